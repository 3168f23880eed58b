"""Real crawls of the fake web on loopback, each in a process of its own."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy import Request as ScrapyRequest
from scrapy.http import Response
from scrapy.settings import Settings
from site_kinds import ALL_KINDS
from webs import (
    KINDS,
    WEB,
    ChildSetup,
    FileSink,
    HttpsServer,
    MemoryState,
    TestAuthority,
    answer_from_web,
    crawl_in_child,
    crawl_with_strict_judge,
    fetch_in_child,
    fetch_trusting,
    in_child,
    options_for,
    send_result,
    statement_pdf,
    wait_until,
)

from crawler.archive import read_body
from crawler.failures import RefusedError
from crawler.items import Attempt, CrawlReport, Document, HomeLink, Outcome, Reason, Site, Validators, Visit
from crawler.middlewares import Politeness, retry_after
from demo.loopback import Answer, LoopbackServer, Request

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole_crawl(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[CrawlReport, dict[str, Visit], Path]]:
    """One crawl of all kinds of site, read by several tests."""
    folder = tmp_path_factory.mktemp("crawl")
    sink = FileSink(folder)
    with LoopbackServer(answer_from_web) as server:
        options = options_for(folder, server.port)
        report = crawl_in_child("websites", [kind.site for kind in ALL_KINDS], options, sink)
    yield report, sink.visits(), folder / "warc"


def test_a_real_crawl_comes_to_the_same_as_discovery_alone(whole_crawl: tuple) -> None:
    report, visits, _ = whole_crawl

    for kind in ALL_KINDS:
        visit = visits[kind.site.organisation_id]
        log = "\n".join(f"{a.reason} {a.url} {a.detail}" for a in visit.attempts)
        assert (visit.outcome, visit.home_link) == (kind.outcome, kind.home_link), f"{kind.name}\n{log}"
        assert sorted(d.final_url for d in visit.documents) == sorted(kind.documents), f"{kind.name}\n{log}"
        assert kind.reason is None or kind.reason in {a.reason for a in visit.attempts}, f"{kind.name}\n{log}"
    assert report.errors == ()
    assert report.finish_reason == "finished"
    assert report.outcomes == dict(Counter(str(kind.outcome) for kind in ALL_KINDS))
    assert (report.sites, report.found) == (
        len(ALL_KINDS),
        sum(kind.outcome is Outcome.FOUND for kind in ALL_KINDS),
    )


def test_every_document_can_be_read_back_from_the_archive(whole_crawl: tuple) -> None:
    _, visits, warc = whole_crawl

    documents = [document for visit in visits.values() for document in visit.documents]

    assert len(documents) >= 20
    for document in documents:
        assert document.warc_file is not None
        assert document.warc_offset is not None
        body = read_body(warc / document.warc_file, document.warc_offset)
        assert hashlib.sha256(body).hexdigest() == document.sha256


def test_every_answer_is_in_the_archive_and_the_archive_is_sound(whole_crawl: tuple) -> None:
    _, visits, warc = whole_crawl
    (file,) = warc.iterdir()

    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout
    assert "digest pass" in check.stdout
    answered = [a for visit in visits.values() for a in visit.attempts if a.status is not None]
    assert answered
    assert all(attempt.warc_file == file.name for attempt in answered)


def test_the_home_page_that_was_read_is_evidence(whole_crawl: tuple) -> None:
    _, visits, warc = whole_crawl

    visit = visits["name-broken"]
    home = next(attempt for attempt in visit.attempts if attempt.reason is Reason.LINKS_ONLY)

    assert visit.home_link is HomeLink.BROKEN
    assert visit.home_link_url == "http://broken.test/modern-slavery-statement"
    assert home.warc_file is not None
    assert home.warc_offset is not None
    body = read_body(warc / home.warc_file, home.warc_offset)
    assert hashlib.sha256(body).hexdigest() == visit.home_sha256
    assert b"Modern Slavery Statement" in body


def test_we_say_who_we_are_and_never_ask_a_host_twice_at_once(tmp_path: Path) -> None:
    agents: set[str] = set()
    active: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def answer(request: Request) -> Answer:
        agents.add(request.headers["user-agent"])
        active[request.host] += 1
        most[request.host] = max(most[request.host], active[request.host])
        try:
            return answer_from_web(request)
        finally:
            active[request.host] -= 1

    sites = [kind.site for kind in KINDS if kind.name in ("hub", "child", "daughter", "cdn")]
    with LoopbackServer(answer) as server:
        crawl_in_child("websites", sites, options_for(tmp_path, server.port), FileSink(tmp_path))

    (agent,) = agents
    assert agent.startswith("section-fifty-four/")
    assert agent.endswith("+https://example.org/bot)")
    assert set(most.values()) == {1}


def test_a_bare_domain_is_tried_with_https_first(tmp_path: Path) -> None:
    site = Site("name-direct", "Direct Limited", None, "direct.test")

    with LoopbackServer(answer_from_web) as server:
        options = options_for(tmp_path, server.port)
        crawl_in_child("websites", [site], options, FileSink(tmp_path))

    visit = FileSink(tmp_path).visits()["name-direct"]
    assert visit.outcome is Outcome.FOUND
    assert next((a.url, a.reason) for a in visit.attempts) == ("https://direct.test/", Reason.TLS)
    assert visit.home_url == "http://direct.test/"


def test_the_statement_of_a_group_is_fetched_once(tmp_path: Path) -> None:
    asked: Counter[str] = Counter()

    def answer(request: Request) -> Answer:
        asked[f"{request.host}{request.path}"] += 1
        return answer_from_web(request)

    filed = ("http://pdf.test/docs/statement.pdf",)
    sites = [Site(f"name-{number}", f"Company {number}", None, None, filed) for number in range(12)]
    with LoopbackServer(answer) as server:
        report = crawl_in_child("registry", sites, options_for(tmp_path, server.port), FileSink(tmp_path))

    visits = FileSink(tmp_path).visits().values()
    assert report.found == 12
    assert {visit.documents[0].found_by for visit in visits} == {"registry"}
    assert {visit.home_link for visit in visits} == {HomeLink.DIRECT}
    assert len({visit.documents[0].warc_offset for visit in visits}) == 1
    assert asked == {"pdf.test/robots.txt": 1, "pdf.test/docs/statement.pdf": 1, "pdf.test/": 1}


def test_a_filed_home_page_is_searched_like_a_website(tmp_path: Path) -> None:
    site = Site("name-direct", "Direct Limited", None, None, ("http://direct.test",))

    with LoopbackServer(answer_from_web) as server:
        crawl_in_child("registry", [site], options_for(tmp_path, server.port), FileSink(tmp_path))

    visit = FileSink(tmp_path).visits()["name-direct"]
    assert visit.documents[0].found_by == "home"
    assert visit.documents[0].url == "http://direct.test/modern-slavery-statement"


def test_what_is_known_is_asked_for_conditionally(tmp_path: Path) -> None:
    url, body = "http://pdf.test/docs/statement.pdf", statement_pdf("Pdf")
    digest = hashlib.sha256(body).hexdigest()
    etag = f'"{digest[:20]}"'  # as the test server makes them
    known = Validators(etag, None, digest, "application/pdf", url, "2026-01-02T03:04:05Z")
    gone = "http://filedgone.test/docs/statement.pdf"
    other = hashlib.sha256(statement_pdf("Filedgone")).hexdigest()
    lost = Validators(f'"{other[:20]}"', None, other, "application/pdf", gone, "2026-01-02T03:04:05Z")
    state = MemoryState({url: (known, body), gone: (lost, b"not the stored copy")})
    sites = [kind.site for kind in KINDS if kind.name in ("pdf", "filedgone")]

    with LoopbackServer(answer_from_web) as server:
        options = options_for(tmp_path, server.port)
        crawl_in_child("websites", sites, options, FileSink(tmp_path), state)

    visits = FileSink(tmp_path).visits()
    (kept,), (again,) = visits["name-pdf"].documents, visits["name-filedgone"].documents
    assert (kept.not_modified, kept.status, kept.body, kept.sha256) == (True, 304, body, digest)
    assert (kept.warc_file, kept.warc_offset) == (None, None)
    assert (again.not_modified, again.status) == (False, 200)


def test_not_modified_at_another_address_is_not_the_stored_copy(tmp_path: Path) -> None:
    """ "/latest" led to last year's file and leads to this year's, which is older than our copy of the other
    one.
    """
    old, new = statement_pdf("Pdf", 2025), statement_pdf("Pdf", 2026)
    url, digest = "http://latest.test/latest", hashlib.sha256(old).hexdigest()
    known = Validators(
        None,
        "Thu, 01 Jan 2026 00:00:00 GMT",
        digest,
        "application/pdf",
        "http://latest.test/2025.pdf",
        "2026-01-02T03:04:05Z",
    )

    def answer(request: Request) -> Answer:
        if request.path == "/latest":
            return Answer(302, headers={"Location": "/2026.pdf"})
        if request.path == "/2026.pdf":
            return (
                Answer(304) if "if-modified-since" in request.headers else Answer(200, new, "application/pdf")
            )
        return Answer(404)

    site = Site("name-latest", "Pdf Limited", None, None, (url,))
    with LoopbackServer(answer) as server:
        options = options_for(tmp_path, server.port, ["latest.test"])
        crawl_in_child("registry", [site], options, FileSink(tmp_path), MemoryState({url: (known, old)}))

    (document,) = FileSink(tmp_path).visits()["name-latest"].documents
    assert (document.final_url, document.body) == ("http://latest.test/2026.pdf", new)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_robots_file_that_cannot_be_read_is_no_empty_one(tmp_path: Path, status: int) -> None:
    with LoopbackServer(lambda request: Answer(status)) as server:
        fetched = fetch_in_child(
            ["http://direct.test/robots.txt"], options_for(tmp_path, server.port, delay=0.0)
        )

    assert fetched.reasons == ["robots_unreachable"]


def test_of_a_long_robots_file_the_beginning_counts(tmp_path: Path) -> None:
    robots = b"User-agent: section-fifty-four\nDisallow: /private\n" + b"# filler\n" * 300_000

    def answer(request: Request) -> Answer:
        return Answer(200, robots if request.path == "/robots.txt" else b"<p>hello</p>")

    urls = ["http://direct.test/private", "http://direct.test/public"]
    with LoopbackServer(answer) as server:
        fetched = fetch_in_child(urls, options_for(tmp_path, server.port))

    assert fetched.reasons == ["robots", "document"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("\xb2", None), ("-1", None), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)],
)
def test_what_a_server_asks_to_wait(value: str, seconds: float | None) -> None:
    assert (
        retry_after(Response("http://a.example/", headers={"Retry-After": value.encode("latin-1")}))
        == seconds
    )


def test_a_date_without_a_zone_is_utc_on_any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    when = (datetime.now(UTC) + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S")

    waited = retry_after(Response("http://a.example/", headers={"Retry-After": when}))

    monkeypatch.undo()
    time.tzset()
    assert waited is not None
    assert 90 < waited <= 100


def test_crawl_delay_and_retry_after_are_kept(tmp_path: Path) -> None:
    asked: list[tuple[str, float]] = []

    def answer(request: Request) -> Answer:
        asked.append((request.host + request.path, datetime.now(UTC).timestamp()))
        if request.path == "/robots.txt" and request.host == "slow.test":
            return Answer(200, b"User-agent: *\nCrawl-delay: 4\n", "text/plain")
        if request.host == "later.test" and [path for path, _ in asked].count("later.test/") == 1:
            return Answer(429, headers={"Retry-After": "4"})
        return Answer(200, b"<p>hello</p>")

    urls = ["http://slow.test/a", "http://slow.test/b", "http://later.test/"]
    with LoopbackServer(answer) as server:
        fetched = fetch_in_child(urls, options_for(tmp_path, server.port, ("slow.test", "later.test")))

    slow = [when for path, when in asked if path.startswith("slow.test")]
    later = [when for path, when in asked if path == "later.test/"]
    assert fetched.reasons == ["document"] * 3
    # Of 4 s: on a busy machine a request arrives some tenths late, and the next one seems to follow sooner.
    assert min(second - first for first, second in pairwise(slow)) >= 0.9 * 4
    assert later[1] - later[0] >= 0.9 * 4


def test_a_host_that_asks_to_wait_again_and_again_is_left_for_a_later_run() -> None:
    """Though each wait alone is short enough."""
    limits = Settings({"RETRY_AFTER_MAX": 0.5, "RETRY_AFTER_TOTAL_MAX": 0.03})
    middleware = Politeness(SimpleNamespace(settings=limits, engine=_Engine()))  # type: ignore[arg-type]
    request, busy = ScrapyRequest("http://busy.test/"), Response("http://busy.test/", status=503)

    async def asked_again() -> int:
        for times in range(10):
            try:
                await middleware.process_response(request, busy)
            except RefusedError as error:
                assert error.reason is Reason.RETRY_LATER
                return times
        return 10

    assert asyncio.run(asked_again()) == 3


class _Engine:
    """An engine whose downloader leaves 2 ms between two requests: waits of 10 ms for an answer of 503."""

    downloader = SimpleNamespace(slots={"": SimpleNamespace(delay=0.002)})


def test_a_crawl_delay_that_we_do_not_wait_for_means_no(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        return Answer(200, b"User-agent: *\nCrawl-delay: 600\n", "text/plain")

    with LoopbackServer(answer) as server:
        fetched = fetch_in_child(["http://direct.test/"], options_for(tmp_path, server.port))

    (attempt,) = fetched.results
    assert isinstance(attempt, Attempt)
    assert attempt.reason is Reason.ROBOTS
    assert "600 s" in attempt.detail


def test_redirects_are_followed_and_kept_and_loops_end(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        if request.host == "loop.test" and request.path != "/robots.txt":
            return Answer(302, headers={"Location": f"/{len(request.path)}{request.path}"})
        return answer_from_web(request)

    urls = ["http://old.test/", "http://loop.test/x"]
    with LoopbackServer(answer) as server:
        fetched = fetch_in_child(urls, options_for(tmp_path, server.port, (*WEB, "loop.test")), archive=True)

    document, attempt = fetched.results
    assert isinstance(document, Document)
    assert (document.final_url, document.redirects) == ("http://new.test/", ("http://old.test/",))
    assert isinstance(attempt, Attempt)
    assert (attempt.reason, attempt.status) == (Reason.REDIRECT_LOOP, 302)
    assert attempt.warc_file is not None


# --- interruptions


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_the_run_and_what_was_saved_stays(tmp_path: Path, number: signal.Signals) -> None:
    def answer(request: Request) -> Answer:
        if request.host == "direct.test":
            release.wait(30)
        return answer_from_web(request)

    release = threading.Event()
    sink = FileSink(tmp_path)
    sites = [kind.site for kind in KINDS if kind.name in ("pdf", "hub", "direct")]
    receiver, sender = get_context("spawn").Pipe(duplex=False)
    with LoopbackServer(answer) as server:
        arguments = ("websites", sites, options_for(tmp_path, server.port), sink, MemoryState(), ChildSetup())
        child = get_context("spawn").Process(target=send_result, args=(sender, arguments))
        child.start()
        try:
            wait_until(lambda: len(sink.visits()) == 2, 20)
            assert child.pid is not None
            os.kill(child.pid, number)
            report = receiver.recv() if number is signal.SIGTERM and receiver.poll(15) else None
        finally:
            release.set()
            child.join(10)
            child.kill()

    if number is signal.SIGTERM:
        assert report is not None, "the crawl did not end"
        assert (report.finish_reason, report.sites, report.errors) == ("shutdown", 2, ())
    assert set(sink.visits()) == {"name-pdf", "name-hub"}
    (warc,) = (tmp_path / "warc").iterdir()
    for visit in sink.visits().values():
        for document in visit.documents:
            assert hashlib.sha256(read_body(warc, document.warc_offset or 0)).hexdigest() == document.sha256


def test_a_sink_that_fails_ends_the_run_with_its_error(tmp_path: Path) -> None:
    sites = [kind.site for kind in KINDS if kind.name in ("pdf", "direct")]

    with LoopbackServer(answer_from_web) as server, pytest.raises(OSError, match="the disk is full"):
        crawl_in_child("websites", sites, options_for(tmp_path, server.port), FileSink(tmp_path, "name-pdf"))


def test_a_fault_in_one_visit_is_counted_and_the_others_go_on(tmp_path: Path) -> None:
    sites = [kind.site for kind in KINDS if kind.name in ("pdf", "direct")]
    faulty = Site("name-faulty", "Faulty Limited", None, "http://hub.test/")

    with LoopbackServer(answer_from_web) as server:
        options = options_for(tmp_path, server.port)
        report = in_child(crawl_with_strict_judge, [*sites, faulty], options, FileSink(tmp_path))

    assert isinstance(report, CrawlReport)
    assert report.finish_reason == "finished"
    assert report.sites == 2
    assert report.errors == ("name-faulty: LookupError: a fault of the judge",)


def test_an_unknown_spider_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no spider 'webs'; there are: public_bodies, registry, websites"):
        crawl_in_child("webs", [], options_for(tmp_path), FileSink(tmp_path))


# --- certificates


def test_a_certificate_is_verified_and_an_invalid_one_is_recorded(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path)
    good, bad = authority.certificate("good.test"), authority.certificate("other.test")

    with HttpsServer(good, b"<p>safe</p>") as first, HttpsServer(bad, b"<p>safe</p>") as second:
        resolve = {"good.test": f"127.0.0.1:{first.port}", "bad.test": f"127.0.0.1:{second.port}"}
        options = options_for(tmp_path, resolve=resolve)
        fetched = in_child(
            fetch_trusting, authority.path, ["https://good.test/", "https://bad.test/"], options
        )

    assert isinstance(fetched, list)
    assert [document.tls for document in fetched] == ["verified", "invalid"]
    assert [document.body for document in fetched] == [b"<p>safe</p>"] * 2
