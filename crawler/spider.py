"""The base of all spiders: visits organisations side by side and saves each visit as it ends."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from crawler.addresses import starting_addresses
from crawler.archive import Archive
from crawler.browser import Browser, open_browser
from crawler.discovery import discover
from crawler.fetching import Fetcher
from crawler.items import Judge, Sink, Site, State, Visit
from crawler.pages import Page
from crawler.resolver import AddressPolicy
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
    """What a run gives its spider."""

    sites: Sequence[Site]
    sink: Sink
    state: State
    judge: Judge
    archive: Archive
    budget: int
    forgotten: frozenset[str] = frozenset()
    """sha256 of bodies that were deleted on request."""
    browser: str | None = None
    """Path of Chromium, where pages that only scripts fill are to be read."""
    progress: Callable[[Visit], None] | None = None


class StatementSpider(scrapy.Spider):
    """Visits sites with `discovery.discover`. A spider of its own sets `name`, `source` and, if need be, `sites`.

    A fault in one visit is logged and counted, and the others go on. A fault in the sink ends the run: what cannot
    be saved must not look crawled.
    """

    source: ClassVar[Source]
    filed_as: ClassVar[str] = "filed"
    """The `found_by` of documents at addresses that came with the site."""

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.archive = job.archive
        self.tally = Tally()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> StatementSpider:
        if "job" not in kwargs:
            raise SystemExit(f"{cls.name} needs a database and a judge: run `section54 crawl {cls.name}`")
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def default_sites(cls) -> Sequence[Site]:
        """The sites to visit when the caller names none."""
        return ()

    async def start(self) -> AsyncIterator[Any]:
        await self._visit_all()
        return
        yield  # Scrapy wants a generator; all requests are awaited inside the visits

    async def _visit_all(self) -> None:
        # Sites of one group come side by side, so that what they share is held for a short time only.
        sites = sorted(self.job.sites, key=lambda site: site.statement_urls)
        fetcher = Fetcher(self.crawler, self.job.state, starting_addresses(sites), self.job.forgotten)
        queue = iter(sites)
        in_flight = min(len(sites), self.crawler.settings.getint("SITES_IN_FLIGHT"))
        async with self._browser(fetcher) as browser:
            workers = [asyncio.ensure_future(self._work(queue, fetcher, browser)) for _ in range(in_flight)]
            try:
                await asyncio.gather(*workers)
            finally:  # stopped by a signal: what is in flight is given up, what is saved stays
                for worker in workers:
                    worker.cancel()
                fetcher.abandon()
                await asyncio.gather(*workers, return_exceptions=True)

    def _browser(self, fetcher: Fetcher) -> AbstractAsyncContextManager[Browser | None]:
        if self.job.browser is None:
            return nullcontext()
        settings = self.crawler.settings
        policy = AddressPolicy.from_settings(settings)
        return open_browser(self.job.browser, policy, self.archive, settings["USER_AGENT"], fetcher.delay_of)

    async def _work(self, queue: Iterator[Site], fetcher: Fetcher, browser: Browser | None) -> None:
        for site in queue:
            try:
                visit = await self._visit(site, fetcher, browser)
            except Exception as error:
                self._count_error(site, error)
                continue
            self._save(visit)

    async def _visit(self, site: Site, fetcher: Fetcher, browser: Browser | None) -> Visit:
        rendered: list[str] = []

        async def fetch(url: str) -> Page:
            page = await fetcher.fetch(url, site.organisation_id)
            filled = await browser.filled(page) if browser is not None else page
            if filled is not page:
                rendered.append(f"{page.url} was read with a browser")
            return filled

        try:
            visit = await discover(
                site, fetch, self.job.judge, spider=self.name, budget=self.job.budget, filed_as=self.filed_as
            )
        finally:
            fetcher.release(starting_addresses([site]), site.organisation_id)
        return replace(visit, notes=(*visit.notes, *rendered)) if rendered else visit

    def _count_error(self, site: Site, error: Exception) -> None:
        logger.error("visit to %r failed", site.organisation_id, exc_info=error)
        self.crawler.stats.inc_value("spider_exceptions/count")
        self.tally.errors.append(f"{site.organisation_id}: {type(error).__name__}: {error}")

    def _save(self, visit: Visit) -> None:
        try:
            self.archive.sync()  # a row may only point to what is safe on disk
            self.job.sink.save(visit)
        except Exception as error:
            self.tally.sink_error = error
            raise CloseSpider("sink_failed") from error
        self.tally.add(visit)
        if self.job.progress is not None:
            self.job.progress(visit)
