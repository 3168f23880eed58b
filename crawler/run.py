"""Run a crawl in this process: the one way in for the application.

A Twisted reactor cannot be started twice, so a process can call `run` or `fetch` once.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from crawler.archive import Archive
from crawler.fetching import Fetcher
from crawler.items import Attempt, CrawlReport, Document, Judge, Sink, Site, State, Visit
from crawler.options import CrawlOptions
from crawler.pages import FetchError, attempt_of, document_of
from crawler.policy import AddressPolicy
from crawler.spider import Job, StatementSpider, Tally

PARALLEL_FETCHES = 8  # `fetch` is for a handful of addresses that a person named


def run(
    spider: str,
    sites: Iterable[Site],
    options: CrawlOptions,
    sink: Sink,
    state: State,
    judge: Judge,
    progress: Callable[[Visit], None] | None = None,
) -> CrawlReport:
    """Visit the sites with one spider and return the report; blocks until all are done or a signal comes.

    On SIGINT or SIGTERM the visits in flight are given up; what was saved stays. With no sites the spider's
    own seed list is used. Raises ValueError for an unknown spider, and whatever the sink raised.
    """
    started = time.monotonic()
    spider_class = load_spider(spider)
    process = AsyncCrawlerProcess(build_settings(options))
    assert options.warc_dir is not None
    archive = Archive(options.warc_dir, options.run_id, options.user_agent, forgotten=options.forgotten)
    job = Job(tuple(sites) or spider_class.default_sites(), options, sink, state, judge, archive, progress)
    crawler = process.create_crawler(spider_class)
    try:
        _block(process, crawler, job=job)
    finally:
        archive.close()
    tally: Tally = crawler.spider.tally  # type: ignore[union-attr]
    if tally.sink_error is not None:
        raise tally.sink_error
    return _report(spider, options.run_id, crawler, tally, time.monotonic() - started)


def spider_names() -> tuple[str, ...]:
    """The spiders that Scrapy's loader finds, those that a contributor made among them, in order of name."""
    return tuple(_loader().list())


def load_spider(name: str) -> type[StatementSpider]:
    """Return the class of a spider; raise ValueError with the names that there are."""
    loader = _loader()
    try:
        found = loader.load(name)
    except KeyError:
        raise ValueError(f"no spider {name!r}; there are: {', '.join(loader.list())}") from None
    if not issubclass(found, StatementSpider):
        raise ValueError(f"spider {name!r} is no StatementSpider: start from `scrapy genspider -t statement`")
    spider: type[StatementSpider] = found
    return spider


def _loader() -> Any:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return get_spider_loader(settings)


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
    folder = options.warc_dir if archive else None
    writer = Archive(folder, options.run_id, options.user_agent) if folder else None
    crawler = process.create_crawler(_Addresses)
    try:
        _block(process, crawler, urls=urls, state=state, archive=writer)
    finally:
        if writer is not None:
            writer.close()
    if crawler.stats.get_value("finish_reason") == "shutdown":
        raise KeyboardInterrupt
    results: list[Document | Attempt] = crawler.spider.results  # type: ignore[union-attr]
    return results


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
