"""The base of all spiders: visits organisations side by side and saves each visit as it ends."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import scrapy
from scrapy.exceptions import CloseSpider
from scrapy.utils.misc import load_object

from crawler.addresses import home_addresses, home_of, normal_address, starting_addresses
from crawler.archive import Archive
from crawler.browser import Browser, open_browser
from crawler.discovery import discover
from crawler.fetching import Fetcher
from crawler.items import Judge, Sink, Site, State, Validators, Visit
from crawler.options import CrawlOptions
from crawler.pages import Page
from crawler.resolver import policy_of
from crawler.source import Source

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What a run came to so far."""

    visits: int = 0
    requests: int = 0
    documents: int = 0
    attempts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    sink_error: Exception | None = None

    def add(self, visit: Visit) -> None:
        self.visits += 1
        self.requests += visit.requests
        self.documents += len(visit.documents)
        self.attempts += len(visit.attempts)
        self.outcomes[str(visit.outcome)] += 1


@dataclass(frozen=True, slots=True)
class Job:
    """What a run gives its spider: where to go, how, and what to work with."""

    sites: Sequence[Site]
    options: CrawlOptions
    sink: Sink
    state: State
    judge: Judge
    archive: Archive | None
    progress: Callable[[Visit], None] | None = None


class StatementSpider(scrapy.Spider):
    """Visits sites with `discovery.discover`.

    A spider of its own sets `name`, `source` and, if need be, `sites`.

    A fault in one visit is logged and counted, and the others go on. A fault in the sink ends the run: what
    cannot be saved must not look crawled.
    """

    source: ClassVar[Source]
    filed_as: ClassVar[str] = "filed"
    """The `found_by` of documents at addresses that came with the site."""

    def __init__(self, job: Job | None = None, **kwargs: Any) -> None:
        """Without a `job` (`scrapy crawl`) the spider visits its own sites and yields what came of each."""
        super().__init__(**kwargs)
        self.job = job
        self.archive = job.archive if job is not None else None
        self.tally = Tally()

    @classmethod
    def default_sites(cls) -> Sequence[Site]:
        """The sites to visit when the caller names none."""
        return ()

    async def start(self) -> AsyncIterator[Any]:
        if self.job is not None:
            await self._visit_all(self.job)
            return
        with load_object(self.settings["STATEMENT_JUDGE"])() as judge:
            feed = _Feed()
            job = Job(self.default_sites(), CrawlOptions(), feed, _Nothing(), judge, None)
            visits = asyncio.ensure_future(self._visit_all(job))
            visits.add_done_callback(lambda _: feed.end())
            try:
                async for visit in feed:
                    yield summary_of(visit)
                await visits
            finally:
                visits.cancel()

    async def _visit_all(self, job: Job) -> None:
        # Sites of one group come side by side, so that what they share is held for a short time only.
        sites = sorted(job.sites, key=lambda site: site.statement_urls)
        fetcher = Fetcher(self.crawler, job.state, starting_addresses(sites), job.options.forgotten)
        queue = iter(sites)
        in_flight = min(len(sites), self.crawler.settings.getint("SITES_IN_FLIGHT"))
        async with self._browser(job, fetcher) as browser:
            work = (self._work(job, queue, fetcher, browser) for _ in range(in_flight))
            workers = [asyncio.ensure_future(each) for each in work]
            try:
                await asyncio.gather(*workers)
            finally:  # stopped by a signal: what is in flight is given up, what is saved stays
                for worker in workers:
                    worker.cancel()
                fetcher.abandon()
                await asyncio.gather(*workers, return_exceptions=True)

    def _browser(self, job: Job, fetcher: Fetcher) -> AbstractAsyncContextManager[Browser | None]:
        if not job.options.browser or job.archive is None:
            return nullcontext()
        settings = self.crawler.settings
        return open_browser(
            policy_of(settings),
            job.archive,
            settings["USER_AGENT"],
            fetcher.delay_of,
            fetcher.is_allowed,
            sandbox=job.options.sandbox,
        )

    async def _work(self, job: Job, queue: Iterator[Site], fetcher: Fetcher, browser: Browser | None) -> None:
        for site in queue:
            try:
                visit = await self._visit(job, site, fetcher, browser)
            except Exception as error:
                self._count_error(site, error)
                continue
            self._save(job, visit)

    async def _visit(self, job: Job, site: Site, fetcher: Fetcher, browser: Browser | None) -> Visit:
        rendered: list[str] = []
        start = home_of(site)
        homes = {normal_address(url) for url in home_addresses(start)} if start is not None else set()

        async def fetch(url: str) -> Page:
            page = await fetcher.fetch(url, site.organisation_id)
            if browser is None:
                return page
            filled = await browser.filled(page, is_home=normal_address(url) in homes)
            if filled.sha256 != page.sha256:
                rendered.append(f"{page.url} was read with a browser")
            return filled

        try:
            visit = await discover(
                site, fetch, job.judge, spider=self.name, budget=job.options.budget, filed_as=self.filed_as
            )
        finally:
            fetcher.release(starting_addresses([site]), site.organisation_id)
        return replace(visit, notes=(*visit.notes, *rendered)) if rendered else visit

    def _count_error(self, site: Site, error: Exception) -> None:
        logger.error("visit to %r failed", site.organisation_id, exc_info=error)
        self.crawler.stats.inc_value("spider_exceptions/count")
        self.tally.errors.append(f"{site.organisation_id}: {type(error).__name__}: {error}")

    def _save(self, job: Job, visit: Visit) -> None:
        try:
            if job.archive is not None:
                job.archive.sync()  # a row may only point to what is safe on disk
            job.sink.save(visit)
        except Exception as error:
            self.tally.sink_error = error
            raise CloseSpider("sink_failed") from error
        self.tally.add(visit)
        if job.progress is not None:
            job.progress(visit)


class _Feed:
    """A sink that hands visits on, in the order in which they ended."""

    def __init__(self) -> None:
        self._visits: asyncio.Queue[Visit | None] = asyncio.Queue()

    def save(self, visit: Visit) -> None:
        self._visits.put_nowait(visit)

    def end(self) -> None:
        self._visits.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Visit]:
        while (visit := await self._visits.get()) is not None:
            yield visit


class _Nothing:
    """A state in which nothing was seen before."""

    def validators(self, url: str) -> Validators | None:
        return None

    def body(self, sha256: str) -> bytes | None:
        return None


def summary_of(visit: Visit) -> dict[str, Any]:
    """What came of a visit as one line of a feed: without the documents' bytes."""
    site, seen = visit.site, asdict(replace(visit, documents=(), attempts=()))
    documents = [asdict(replace(document, body=b"")) for document in visit.documents]
    for document in documents:
        del document["body"]
    return {
        "organisation_id": site.organisation_id,
        "name": site.name,
        **{key: value for key, value in seen.items() if key not in ("site", "documents", "attempts")},
        "documents": documents,
        "attempts": [asdict(attempt) for attempt in visit.attempts],
    }
