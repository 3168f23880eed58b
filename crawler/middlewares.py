"""Downloader middlewares: where we may go (address and robots.txt), how fast, and where redirects count."""

from __future__ import annotations

import asyncio
import email.utils
import time
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.datatypes import LocalCache

from crawler import robots
from crawler.archive import Archive
from crawler.failures import RefusedError, reason_of
from crawler.items import Reason
from crawler.pages import Trace
from crawler.policy import AddressPolicy
from crawler.resolver import policy_of
from crawler.robots import RobotsFile

ROBOTS_KEPT = 2_000  # parsed files held in memory; a site's requests come close together
NO_RULES = RobotsFile()
_BACKOFF = 5  # times the delay: what a 429 or 503 without Retry-After is given, doubled at each retry


class UrlPolicy:
    """Refuses addresses by their form, and answers from addresses that the guard did not let through.

    First of all middlewares (40): sees start requests, redirects, retries and robots.txt alike.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> UrlPolicy:
        return cls(policy_of(crawler.settings))

    def process_request(self, request: Request) -> None:
        refusal = self._policy.refuse_url(request.url)
        if refusal is not None:
            raise RefusedError(Reason.BLOCKED_ADDRESS, refusal)

    def process_response(self, request: Request, response: Response) -> Response:
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        peer = response.ip_address
        if peer is None or not self._policy.allows(parts.hostname or "", port, peer):
            raise RefusedError(Reason.BLOCKED_ADDRESS, f"answered by {peer or 'an unknown address'}")
        return response


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What one origin's robots.txt says to us."""

    body: bytes = b""
    file: RobotsFile = NO_RULES
    """Without rules everything is allowed."""
    refusal: RefusedError | None = None
    """Why nothing may be fetched: the file could not be read."""


class Robots:
    """robots.txt by RFC 9309: rules per origin; 4xx means no rules; 5xx and unreachable mean no crawling.

    Scrapy's own middleware allows everything when the file cannot be read, and keeps one set of rules for
    http and https.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_delay: float = crawler.settings.getfloat("CRAWL_DELAY_MAX")
        self._origins: LocalCache[str, asyncio.Future[RobotsRules]] = LocalCache(ROBOTS_KEPT)
        self.crawl_delays: dict[str, float] = {}
        """Host to the seconds that its robots.txt asks for between requests."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Robots:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.stop_reading, signals.bytes_received)
        return middleware

    def stop_reading(self, data: bytes, request: Request) -> None:
        """Of a robots.txt without end only its beginning is fetched."""
        if request.meta.get("is_robots_txt"):
            request.meta["robots_bytes"] = request.meta.get("robots_bytes", 0) + len(data)
            if request.meta["robots_bytes"] > robots.MAX_BYTES:
                raise StopDownload(fail=False)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("is_robots_txt"):
            return
        rules = await self.rules(request.url)
        if rules.refusal is not None:
            raise RefusedError(rules.refusal.reason, rules.refusal.detail)
        if not rules.file.allows(request.url):
            raise RefusedError(Reason.ROBOTS, "robots.txt does not allow it")

    async def rules(self, url: str) -> RobotsRules:
        """Return the rules of an address's origin, fetching them once."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._origins:
            self._origins[origin] = asyncio.ensure_future(self._fetch(origin, parts.hostname or ""))
        return await asyncio.shield(self._origins[origin])

    def abandon(self) -> None:
        """Give up what is still being fetched: the run is stopping."""
        for future in self._origins.values():
            future.cancel()

    async def _fetch(self, origin: str, host: str) -> RobotsRules:
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            meta={"is_robots_txt": True},
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:
            return RobotsRules(refusal=_unreachable(error))
        if response.status >= 500 or response.status == 429:
            detail = f"robots.txt: HTTP {response.status}"
            return RobotsRules(refusal=RefusedError(Reason.ROBOTS_UNREACHABLE, detail))
        if response.status >= 300:
            return RobotsRules()
        return self._parse(response.body, host)

    def _parse(self, body: bytes, host: str) -> RobotsRules:
        file = robots.read_robots(body)
        delay = file.crawl_delay
        if delay > self._max_delay:
            detail = (
                f"robots.txt asks for {delay:.0f} s between requests, we wait at most {self._max_delay:.0f} s"
            )
            return RobotsRules(body, file, RefusedError(Reason.ROBOTS, detail))
        if delay > 0:
            self.crawl_delays[host] = delay
        return RobotsRules(body, file)


def _unreachable(error: Exception) -> RefusedError:
    """Name the fault itself where the whole host is out of reach, and robots.txt where only that is."""
    reason, detail = reason_of(error)
    host_is_out = reason in (Reason.DNS, Reason.CONNECTION, Reason.TLS, Reason.BLOCKED_ADDRESS)
    return RefusedError(reason if host_is_out else Reason.ROBOTS_UNREACHABLE, f"robots.txt: {detail}")


class Politeness:
    """Keeps Crawl-delay and Retry-After, which Scrapy 2.19 ignores (scrapy#3849, #4424).

    Priority 551: on the way back it comes before the retry middleware (550), which would ask again at once.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._max_wait: float = crawler.settings.getfloat("RETRY_AFTER_MAX")
        self._max_waited: float = crawler.settings.getfloat("RETRY_AFTER_TOTAL_MAX")
        self._not_before: dict[str, float] = {}
        self._waited: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Politeness:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.keep_crawl_delay, signals.request_reached_downloader)
        return middleware

    def keep_crawl_delay(self, request: Request) -> None:
        """Set the delay of the request's slot; Scrapy drops idle slots, so it is set at each request."""
        rules = self._crawler.get_downloader_middleware(Robots)
        slot = self._crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
        delay = rules.crawl_delays.get(urlsplit(request.url).hostname or "") if rules else None
        if slot is not None and delay is not None and slot.delay < delay:
            slot.delay = delay
            slot.jitter = 0.0  # what the site asks for is a floor

    async def process_request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        while (wait := self._not_before.get(host, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(wait)  # and look again: another request may have been told to wait for longer
        self._not_before.pop(host, None)

    async def process_response(self, request: Request, response: Response) -> Response:
        if response.status not in (429, 503):
            return response
        asked = retry_after(response)
        wait = self._backoff(request) if asked is None else asked
        host = urlsplit(request.url).hostname or ""
        waited = self._waited.get(host, 0.0) + wait
        if wait > self._max_wait or waited > self._max_waited:
            detail = f"HTTP {response.status}, asked to come back in {wait:.0f} s"
            raise RefusedError(Reason.RETRY_LATER, detail)
        if wait > 0:
            self._waited[host] = waited
            self._not_before[host] = time.monotonic() + wait
            await asyncio.sleep(wait)
        return response

    def _backoff(self, request: Request) -> float:
        slot = self._crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
        delay = slot.delay if slot is not None else 0.0
        return float(delay * _BACKOFF * 2 ** request.meta.get("retry_times", 0))


def retry_after(response: Response) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date; None without one that can be read."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(
            tzinfo=UTC
        )  # RFC 9110, section 5.6.7: dates are UTC, whatever the zone of this machine is
    return max(0.0, when.timestamp() - time.time())


class _OwnSlot:
    """A redirect to another host takes that host's download slot, with its delay and concurrency.

    Scrapy keeps the first host's slot (scrapy#2141, open since 2016).
    """

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        try:
            followed: Request = super()._redirect(redirected, request, reason)  # type: ignore[misc]
        except IgnoreRequest as error:
            raise RefusedError(Reason.REDIRECT_LOOP, str(error)) from error
        if urlsplit(followed.url).hostname != urlsplit(request.url).hostname:
            followed.meta.pop("download_slot", None)
        return followed


class Redirect(_OwnSlot, RedirectMiddleware):
    """Redirects by status code."""


class MetaRefresh(_OwnSlot, MetaRefreshMiddleware):
    """Redirects by a meta element."""


class ArchiveMiddleware:
    """Archives each answer as received, redirects, robots.txt and retries included.

    Priority 895, before decompression (590): the body must fit its Content-Encoding header.
    """

    def __init__(self, archive: Archive | None) -> None:
        self._archive = archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveMiddleware:
        return cls(getattr(crawler.spider, "archive", None))

    def process_response(self, request: Request, response: Response) -> Response:
        trace: Trace = request.meta.setdefault("trace", Trace())
        trace.status = response.status
        if self._archive is not None:
            place = self._archive.record(request, response, request.meta.get("refers_to"))
            trace.warc_file, trace.warc_offset = place.warc_file, place.warc_offset
            trace.body_file, trace.body_offset = place.body_file, place.body_offset
        return response
