"""A crawl over a Dask cluster: cut by domain, merged once, and whole though a worker is killed in the
middle.
"""

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
from crawler.items import Document, HomeLink, Outcome, Site, Visit
from crawler.options import CrawlOptions
from db.merge import merge_shard
from db.store import Busy, Store
from demo.loopback import Answer, LoopbackServer, Request
from extraction.text import EXTRACTOR_VERSION
from section54 import cluster, pipeline, settings
from section54.exceptions import InputError
from section54.shard import merge_left_behind


def test_sites_of_one_registrable_domain_stay_together() -> None:
    sites = [
        Site(f"name-{number}", f"N{number}", None, f"http://{host}/")
        for number, host in enumerate(
            ["www.alpha.co.uk", "shop.alpha.co.uk", "beta.org", "https.beta.org", "gamma.police.uk",
            "delta.police.uk", "eps.com"]
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
    assert [row["organisation_id"] for row in main.rows("select organisation_id from visits order by id")] == [  # noqa: E501
        "name-s1", "name-s2", "name-s3",
    ]  # fmt: skip


def test_merging_brings_what_was_seen_last_and_the_newest_copy(tmp_path: Path) -> None:
    main, shard = Store(tmp_path / "main.db"), Store(tmp_path / "shard.db")
    for number, store in enumerate((main, shard), start=1):
        store.start_run(f"run-{number}", "crawl websites")
        time, place = f"2026-11-0{number}T00:00:00Z", (f"{number}.warc.gz", number)
        document = Document(
            "http://s1.test/a", "http://s1.test/a", "name-s1", "text/html", b"a", "aa", 200, time, "home",
            warc_file=place[0], warc_offset=place[1],
        )  # fmt: skip
        store.save_visit(
            f"run-{number}",
            Visit("websites", site(1), Outcome.FOUND, HomeLink.DIRECT, time, time, (document,)),
        )
        for table in ("organisations", "organisation_names"):
            store.db.execute(f"update {table} set last_seen = ?", [time])
    shard.close()
    main.start_run("run-2", "crawl websites")

    merge_shard(main, tmp_path / "shard.db")

    assert main.stored_copy("aa") == ("2.warc.gz", 2)
    for table in ("organisations", "organisation_names", "documents"):
        assert main.value(f"select last_seen from {table}") == "2026-11-02T00:00:00Z", table


def test_what_a_killed_run_left_behind_is_merged_though_nobody_goes_on_with_it(tmp_path: Path) -> None:
    home, time = settings.home(tmp_path), "2026-11-01T00:00:00Z"
    with Store(home.working_db) as store:
        store.start_run("killed", "crawl websites")
        for run in ("killed", "of-another-database"):
            with Store(home.shards / run / "a.db") as shard:
                shard.start_run(run, "crawl websites")
                shard.save_visit(run, Visit("websites", site(1), Outcome.NOT_FOUND, HomeLink.NO, time, time))

        with (
            Store(home.shards / "killed" / "a.db") as at_work,
            at_work.lease("crawl", "an orphan"),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr("section54.shard.SECONDS_TO_STOP", 0.1)
            with pytest.raises(Busy, match="an orphan"):
                merge_left_behind(store, home)
        merge_left_behind(store, home)

        assert [row["run_id"] for row in store.rows("select run_id from visits")] == ["killed"]
    assert [folder.name for folder in home.shards.iterdir()] == ["of-another-database"]


def test_a_scheduler_that_is_not_there_is_named() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'section54[cluster]'")
    with pytest.raises(InputError, match="--cluster nowhere://x"), cluster.connected("nowhere://x"):
        pass


class Workers:
    """A cluster as `check_workers` asks it."""

    def __init__(self, answer: dict[str, str] | Exception) -> None:
        self.answer = answer

    def run(self, function: object) -> dict[str, str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (ImportError("No module named 'section54'"), "No module named"),
        ({"a": EXTRACTOR_VERSION, "b": "0"}, "extractor 0"),
    ],
)
def test_workers_that_cannot_do_the_work_are_told_before_it_is_sent(
    answer: dict[str, str] | Exception, message: str
) -> None:
    cluster.check_workers(Workers({"a": EXTRACTOR_VERSION}))

    with pytest.raises(InputError, match=message):
        cluster.check_workers(Workers(answer))


def test_a_cluster_that_all_workers_have_left_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    distributed = pytest.importorskip(
        "distributed", reason="Dask is not installed: pip install 'section54[cluster]'"
    )
    monkeypatch.setattr(cluster, "WORKERLESS_SECONDS", 0.5)

    with (
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as local,
        distributed.Client(local) as client,
        pytest.raises(InputError, match="no worker"),
    ):
        list(cluster._as_done(client, [client.submit(len, "abc")]))


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

    def is_let_go_of(message: str) -> None:
        """A result that is held is made again when its worker dies, even after the end of the run."""
        done, total = map(int, message.removeprefix("shard ").split(" of "))
        wait_until(lambda: len(client.futures) == total - done)

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
        options = CrawlOptions(
            resolve={f"s{number}.test": f"127.0.0.1:{server.port}" for number in range(24)}
        )
        executor = cluster.Cluster(client, is_let_go_of, shard_sites=8)
        report = pipeline.crawl_sites(store, home, "websites", sites, options, executor=executor)
        killer.join()
        stage = pipeline.extract_pending(store, home, lambda message: None, executor)
        visits = Counter(row["organisation_id"] for row in store.rows("select organisation_id from visits"))
        snapshots = store.rows("select sha256, warc_file, warc_offset from snapshots")

    assert (report.sites, report.finish_reason, report.errors) == (24, "finished", ())
    assert visits == {item.organisation_id: 1 for item in sites}
    assert stage.failed == ()
    for row in snapshots:
        body = read_body(home.warc / row["warc_file"], row["warc_offset"])
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
    assert not (home.path / "shards" / report.run_id).exists()
