"""Run a crawl in this process: the one way in for the application.

A Twisted reactor cannot be started twice, so a process can call `run` or `fetch` once.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.archive import Archive
from crawler.fetching import Fetcher
from crawler.items import Attempt, Document, Judge, Sink, Site, State, Visit
from crawler.pages import FetchError, attempt_of, document_of
from crawler.resolver import AddressPolicy
from crawler.sites import load_seeds
from crawler.spider import Job, StatementSpider, Tally

__all__ = ["CrawlOptions", "CrawlReport", "fetch", "load_seeds", "run"]

PARALLEL_FETCHES = 8  # `fetch` is for a handful of addresses that a person named


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """What differs by run. Raises ValueError for an opt-in that is not loopback or not of the form."""

    warc_dir: Path
    run_id: str
    user_agent_contact: str
    """Where those who run a site can read about us and complain: a URL or an e-mail address."""
    allow_hosts: tuple[str, ...] = ()
    """HOST:PORT that may be a loopback address."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """NAME -> "127.0.0.1:PORT": connect there, whatever port the URL has."""
    delay: float = 1.0
    """Seconds between two requests to a host; opted-in hosts are asked without delay."""
    budget: int = 25
    """Requests per organisation."""
    timeout: float = 30.0
    """Seconds for one whole answer."""
    max_bytes: int = 30 * 2**20
    """Of one answer, also after decompression."""
    forgotten: frozenset[str] = frozenset()
    """sha256 of bodies that were deleted on request: neither archived nor read when they come again."""
    browser: str | None = None
    """Path of Chromium, for pages that only scripts fill; None leaves them as needing a browser."""
    log_level: str = "WARNING"
    progress: Callable[[Visit], None] | None = None

    def __post_init__(self) -> None:
        AddressPolicy.of(self.allow_hosts, self.resolve)

    @property
    def user_agent(self) -> str:
        return f"section54/{_version()} (+{self.user_agent_contact})"


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a run came to. `sites` counts the visits that were saved."""

    spider: str
    run_id: str
    sites: int
    found: int
    outcomes: dict[str, int]
    requests: int
    documents: int
    attempts: int
    errors: tuple[str, ...]
    """Faults of the crawler itself, by organisation: Scrapy ends "finished" even when every visit failed."""
    finish_reason: str
    """finished, or shutdown after SIGINT or SIGTERM."""
    seconds: float


def run(
    spider: str, sites: Iterable[Site], options: CrawlOptions, sink: Sink, state: State, judge: Judge
) -> CrawlReport:
    """Visit the sites with one spider and return the report; blocks until all are done or a signal comes.

    On SIGINT or SIGTERM the visits in flight are given up; what was saved stays. With no sites the spider's own
    seed list is used. Raises ValueError for an unknown spider, and whatever the sink raised.
    """
    started = time.monotonic()
    process = AsyncCrawlerProcess(build_settings(options))
    try:
        spider_class = process.spider_loader.load(spider)
    except KeyError:
        known = ", ".join(process.spider_loader.list())
        raise ValueError(f"no spider {spider!r}; there are: {known}") from None
    assert issubclass(spider_class, StatementSpider)
    archive = Archive(options.warc_dir, options.run_id, options.user_agent, forgotten=options.forgotten)
    job = Job(
        sites=tuple(sites) or spider_class.default_sites(),
        sink=sink,
        state=state,
        judge=judge,
        archive=archive,
        budget=options.budget,
        forgotten=options.forgotten,
        browser=options.browser,
        progress=options.progress,
    )
    crawler = process.create_crawler(spider_class)
    try:
        _block(process, crawler, job=job)
    finally:
        archive.close()
    tally: Tally = crawler.spider.tally  # type: ignore[union-attr]
    if tally.sink_error is not None:
        raise tally.sink_error
    return _report(spider, options.run_id, crawler, tally, time.monotonic() - started)


def _report(spider: str, run_id: str, crawler: Any, tally: Tally, seconds: float) -> CrawlReport:
    uncounted = crawler.stats.get_value("spider_exceptions/count", 0) - len(tally.errors)
    errors = [*tally.errors, *(["the spider itself failed: see the log"] if uncounted > 0 else [])]
    return CrawlReport(
        spider=spider,
        run_id=run_id,
        sites=tally.visits,
        found=tally.outcomes["found"],
        outcomes=dict(sorted(tally.outcomes.items())),
        requests=tally.requests,
        documents=tally.documents,
        attempts=tally.attempts,
        errors=tuple(errors),
        finish_reason=crawler.stats.get_value("finish_reason", "unknown"),
        seconds=seconds,
    )


def fetch(
    urls: Sequence[str], options: CrawlOptions, state: State | None = None, *, archive: bool = False
) -> list[Document | Attempt]:
    """Fetch single addresses, in order, with the guard, robots.txt and bounds of a crawl.

    An address without a scheme is taken as https. Nothing is judged: any answer 200 to 299 is a Document with
    `found_by` "filed" and no organisation. With `archive` the exchange goes to a WARC file as in a crawl.
    Raises KeyboardInterrupt when a signal stopped it.
    """
    process = AsyncCrawlerProcess(build_settings(options))
    writer = Archive(options.warc_dir, options.run_id, options.user_agent) if archive else None
    crawler = process.create_crawler(_Addresses)
    try:
        _block(process, crawler, urls=urls, state=state, archive=writer)
    finally:
        if writer is not None:
            writer.close()
    if crawler.stats.get_value("finish_reason") == "shutdown":
        raise KeyboardInterrupt
    return crawler.spider.results  # type: ignore[union-attr]


class _Addresses(scrapy.Spider):
    name = "addresses"

    def __init__(self, urls: Sequence[str], state: State | None, archive: Archive | None) -> None:
        super().__init__()
        self.urls = [url if "://" in url else f"https://{url}" for url in urls]
        self.state = state
        self.archive = archive
        self.results: list[Document | Attempt] = []

    async def start(self) -> AsyncIterator[Any]:
        fetcher = Fetcher(self.crawler, self.state, self.urls)
        gate = asyncio.Semaphore(PARALLEL_FETCHES)

        async def one(url: str) -> Document | Attempt:
            async with gate:
                return await _fetch_one(fetcher, url)

        try:
            self.results = list(await asyncio.gather(*map(one, self.urls)))
        finally:
            fetcher.abandon()
        return
        yield  # Scrapy wants a generator


async def _fetch_one(fetcher: Fetcher, url: str) -> Document | Attempt:
    try:
        return document_of(await fetcher.fetch(url, "fetch"), "", "filed")
    except FetchError as error:
        return attempt_of(url, "", "filed", error)


def build_settings(options: CrawlOptions) -> Settings:
    """Return crawler.settings with what this run adds."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    policy = AddressPolicy.of(options.allow_hosts, options.resolve)
    no_delay = {"concurrency": 1, "delay": 0, "jitter": 0}
    settings.setdict(
        {
            "USER_AGENT": options.user_agent,
            "DOWNLOAD_DELAY": options.delay,
            "DOWNLOAD_TIMEOUT": options.timeout,
            "DOWNLOAD_MAXSIZE": options.max_bytes,
            "DOWNLOAD_SLOTS": dict.fromkeys(policy.opted_in_hosts(), no_delay),
            "GUARD_ALLOW_HOSTS": list(options.allow_hosts),
            "GUARD_RESOLVE": dict(options.resolve),
            "LOG_LEVEL": options.log_level,
        },
        priority="cmdline",
    )
    return settings


def _version() -> str:
    try:
        return version("section54")
    except PackageNotFoundError:
        return "0"


def _block(process: AsyncCrawlerProcess, crawler: Any, **arguments: Any) -> None:
    process.crawl(crawler, **arguments)
    main = threading.current_thread() is threading.main_thread()
    with _restored_signals() if main else nullcontext():
        process.start(install_signal_handlers=main)
    if process.bootstrap_failed or crawler.spider is None:
        raise RuntimeError("the crawl could not start: see the log")


@contextmanager
def _restored_signals() -> Iterator[None]:
    """Scrapy leaves its signal handlers behind, which stop a reactor that no longer runs."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
