"""A crawl over a Dask cluster: cut by domain, merged once, and whole though a worker is killed in the middle."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest
from killed_crawl import answer, site
from webs import wait_until

from crawler.archive import read_body
from crawler.items import HomeLink, Outcome, Site, Visit
from db.merge import merge_shard
from db.store import Store
from demo.loopback import Answer, LoopbackServer, Request
from section54 import cluster, settings
from section54.crawling import Network
from section54.pipeline import InputError


def test_sites_of_one_registrable_domain_stay_together() -> None:
    sites = [
        Site(f"name-{number}", f"N{number}", None, f"http://{host}/")
        for number, host in enumerate(
            ["www.alpha.co.uk", "shop.alpha.co.uk", "beta.org", "https.beta.org", "gamma.police.uk", "delta.police.uk", "eps.com"]
        )
    ]  # fmt: skip

    shards = cluster.shards_of(sites, 2)

    of_domain: dict[str, set[int]] = {}
    for number, shard in enumerate(shards):
        for item in shard:
            of_domain.setdefault(cluster.domain_of(item), set()).add(number)
    assert sorted(of_domain) == ["alpha.co.uk", "beta.org", "delta.police.uk", "eps.com", "gamma.police.uk"]
    assert all(len(numbers) == 1 for numbers in of_domain.values())
    assert sum(map(len, shards)) == len(sites)
    assert shards == cluster.shards_of(list(reversed(sites)), 2) or cluster.shards_of(sites, 2) == shards


def test_a_site_without_a_home_page_is_where_its_statement_is() -> None:
    assert (
        cluster.domain_of(Site("x", "X", None, None, ("https://files.example.co.uk/a.pdf",)))
        == "example.co.uk"
    )
    assert cluster.domain_of(Site("x", "X", None, "127.0.0.1:80")) == "127.0.0.1"


def test_merging_twice_is_merging_once(tmp_path: Path) -> None:
    main, shard = Store(tmp_path / "main.db"), Store(tmp_path / "shard.db")
    for store in (main, shard):
        store.start_run("run", "crawl websites")
    for store, number in ((main, 1), (shard, 2), (shard, 3)):
        time = "2026-11-01T00:00:00Z"
        store.save_visit("run", Visit("websites", site(number), Outcome.NOT_FOUND, HomeLink.NO, time, time))
    shard.close()

    first, second = merge_shard(main, tmp_path / "shard.db"), merge_shard(main, tmp_path / "shard.db")

    assert (first, second) == (2, 0)
    assert [row["organisation_id"] for row in main.rows("select organisation_id from visits order by id")] == [
        "name-s1", "name-s2", "name-s3",
    ]  # fmt: skip


def test_a_scheduler_that_is_not_there_is_named() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'section54[cluster]'")
    with pytest.raises(InputError, match="--cluster nowhere://x"), cluster.connected("nowhere://x"):
        pass


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    distributed = pytest.importorskip(
        "distributed", reason="Dask is not installed: pip install 'section54[cluster]'"
    )
    sites = [site(number) for number in range(24)]
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    def count(request: Request) -> Answer:
        with lock:
            asked[request.host] += 1
        return answer(request)

    def kill_one(client: object) -> None:
        wait_until(lambda: len(asked) >= 3, 60)
        os.kill(next(iter(pids.values())), signal.SIGKILL)

    home = settings.home(tmp_path)
    with (
        LoopbackServer(count) as server,
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as local,
        distributed.Client(local) as client,
        Store(home.working_db) as store,
    ):
        pids = client.run(os.getpid)
        killer = threading.Thread(target=kill_one, args=(client,))
        killer.start()
        network = Network(resolve={f"s{number}.test": f"127.0.0.1:{server.port}" for number in range(24)})
        report = cluster.crawl_sites(
            store, home, "websites", sites, network, client, size=8, say=lambda message: None
        )
        killer.join()
        stage = cluster.extract_pending(store, home, client, lambda message: None)
        visits = Counter(row["organisation_id"] for row in store.rows("select organisation_id from visits"))
        snapshots = store.rows("select sha256, warc_file, warc_offset from snapshots")

    assert (report.sites, report.finish_reason, report.errors) == (24, "finished", ())
    assert visits == {item.organisation_id: 1 for item in sites}
    assert stage.failed == ()
    for row in snapshots:
        body = read_body(home.warc / row["warc_file"], row["warc_offset"])
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
    assert not (home.path / "shards" / report.run_id).exists()
