"""A crawl that was stopped or killed goes on where it was: nothing lost, at most what was in flight done
again.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from killed_crawl import IN_FLIGHT, SITES, answer, one_life, site
from webs import wait_until

from crawler.archive import read_body
from crawler.items import CrawlReport, HomeLink, Outcome, Site, Visit
from crawler.options import CrawlOptions
from db.runs import totals, unfinished_run
from db.store import Store
from demo.loopback import Answer, LoopbackServer, Request
from domain.dates import days_ago
from section54 import pipeline, settings
from section54.crawling import CrawlJob
from section54.executors import ThisMachine

KILLS = 20


# --- which run goes on


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "section54.db")


class StopAfter(ThisMachine):
    """A crawl that saves its first visits and is stopped; it visits all when `count` is None."""

    def __init__(self, count: int | None, seen: list[list[str]]) -> None:
        self.count, self.seen = count, seen

    def crawl(self, store: Store, home: settings.Home, job: CrawlJob) -> CrawlReport:
        self.seen.append([item.organisation_id for item in job.sites])
        with Store(job.working_db) as own:
            for item in job.sites[: self.count]:
                own.save_visit(
                    job.options.run_id,
                    Visit(
                        job.spider, item, Outcome.NOT_FOUND, HomeLink.NO, "2026-11-01T00:00:00Z",
                        "2026-11-01T00:00:01Z", requests=3,
                    ),
                )  # fmt: skip
        report = CrawlReport.empty(job.spider, job.options.run_id)
        return report if self.count is None else replace(report, finish_reason="shutdown")


def crawl_with(
    store: Store, tmp_path: Path, sites: Sequence[Site], executor: ThisMachine, **options: object
) -> CrawlReport:
    options = {"scope": "{}", "executor": executor, **options}
    return pipeline.crawl_sites(store, settings.home(tmp_path), "websites", sites, CrawlOptions(), **options)  # type: ignore[arg-type]


def test_a_stopped_run_goes_on_with_the_sites_it_did_not_visit(store: Store, tmp_path: Path) -> None:
    seen: list[list[str]] = []
    sites = [site(number) for number in range(5)]

    stopped = crawl_with(store, tmp_path, sites, StopAfter(2, seen))
    whole = crawl_with(store, tmp_path, sites, StopAfter(None, seen))
    again = crawl_with(store, tmp_path, sites, StopAfter(None, seen))

    assert seen == [[item.organisation_id for item in part] for part in (sites, sites[2:], sites)], (
        "a finished run does not go on"
    )
    assert (stopped.sites, whole.sites, whole.outcomes, whole.requests) == (2, 5, {"not_found": 5}, 15)
    assert stopped.run_id == whole.run_id != again.run_id
    assert store.value("select count(*) from runs where finish_reason = 'finished'") == 2


@pytest.mark.parametrize("other", [{"scope": '{"limit": 3}'}, {"scope": None}, {"fresh": True}])
def test_another_crawl_does_not_go_on_with_it(store: Store, tmp_path: Path, other: dict[str, object]) -> None:
    seen: list[list[str]] = []
    sites = [site(number) for number in range(3)]

    first = crawl_with(store, tmp_path, sites, StopAfter(1, seen))
    second = crawl_with(store, tmp_path, sites, StopAfter(1, seen), **other)

    assert first.run_id != second.run_id
    assert seen[0] == seen[1]


def test_a_run_killed_after_its_last_visit_is_only_closed(store: Store, tmp_path: Path) -> None:
    seen: list[list[str]] = []
    sites = [site(number) for number in range(2)]
    crawl_with(store, tmp_path, sites, StopAfter(2, seen))

    report = crawl_with(store, tmp_path, sites, StopAfter(2, seen))

    assert len(seen) == 1, "no process is started for nothing"
    assert (report.finish_reason, report.sites) == ("finished", 2)


@pytest.mark.parametrize(("days", "goes_on"), [(2, True), (4, False), (400, False)])
def test_an_old_unfinished_run_is_left_alone(store: Store, days: int, goes_on: bool) -> None:
    store.start_run("old", "crawl websites", "{}")
    store.db.execute("update runs set started_at = ?", [days_ago(days)])

    assert unfinished_run(store, "crawl websites", "{}") == ("old" if goes_on else None)


def test_the_scope_says_what_was_asked_for() -> None:
    assert pipeline.scope_of() == "{}"
    assert json.loads(pipeline.scope_of(urls=("http://a.test",), limit=4, due=True)) == {
        "urls": ["http://a.test"],
        "limit": 4,
        "due": True,
    }


# --- killed for real


@pytest.mark.slow
def test_killed_at_twenty_random_moments_and_nothing_is_lost(tmp_path: Path) -> None:
    asked: Counter[str] = Counter()

    def count(request: Request) -> Answer:
        asked[f"{request.host}{request.path}"] += 1
        return answer(request)

    moments = random.Random(54)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_crawl", "crawler.spiders.websites", "scrapy.crawler"])
    saved = []
    with LoopbackServer(count) as server:
        for _ in range(KILLS):
            receiver, sender = context.Pipe(duplex=False)
            life = context.Process(target=one_life, args=(sender, tmp_path, server.port))
            life.start()
            assert receiver.poll(30)
            assert receiver.recv() == "crawling"
            # Moments by requests, not by the clock: a busy machine gets as far as an idle one.
            target = asked.total() + moments.randrange(45)
            wait_until(lambda least=target: asked.total() >= least, 30)
            time.sleep(moments.uniform(0, 0.02))
            life.kill()
            life.join()
            with Store(tmp_path / "section54.db") as store:
                saved.append(store.value("select count(*) from visits"))
        receiver, sender = context.Pipe(duplex=False)
        life = context.Process(target=one_life, args=(sender, tmp_path, server.port))
        life.start()
        assert receiver.poll(30)
        assert receiver.recv() == "crawling", "the kills left something to do"
        assert receiver.poll(60)
        report = receiver.recv()
        life.join()

    with Store(tmp_path / "section54.db") as store:
        visits = store.rows("select organisation_id, outcome from visits")
        snapshots = store.rows("select sha256, warc_file, warc_offset from snapshots")
        runs = store.rows("select finish_reason from runs")
    assert len({*saved}) > 3, f"the kills fell while visits were being saved: {saved}"
    assert runs == [{"finish_reason": "finished"}]
    assert Counter(visit["organisation_id"] for visit in visits) == {f"name-s{n}": 1 for n in range(SITES)}
    assert {visit["outcome"] for visit in visits} == {"found"}
    assert (report.sites, report.found, len(snapshots)) == (SITES, SITES, SITES)
    for row in snapshots:
        body = read_body(tmp_path / "warc" / row["warc_file"], row["warc_offset"])
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
    statements = sum(count for path, count in asked.items() if path.endswith("statement"))
    assert statements <= SITES + KILLS * IN_FLIGHT


@pytest.mark.slow
def test_the_crawl_process_ends_with_the_command_that_was_killed(tmp_path: Path) -> None:
    reached = []

    def hang(request: Request) -> Answer:
        reached.append(request.path)
        time.sleep(5)
        return Answer(404)

    with LoopbackServer(hang) as server:
        options = ["--url", "http://s1.test/", "--resolve", f"s1.test=127.0.0.1:{server.port}"]
        command = ["-c", "from section54.cli import cli; cli()", "--home", tmp_path, "crawl", "websites"]
        parent = subprocess.Popen([sys.executable, *command, *options], cwd=settings.ROOT)
        wait_until(lambda: reached, 40)
        children = [int(pid) for pid in children_of(parent.pid)]
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()

        assert children
        wait_until(lambda: not any(alive(pid) for pid in children), 25)

    with Store(tmp_path / "section54.db") as store:
        assert totals(store, store.value("select id from runs")).sites == 0
        assert store.value("select finished_at from runs") is None


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
