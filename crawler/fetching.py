"""Fetch one address through Scrapy's downloader: the `fetch` that discovery is given in a real crawl."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.failures import reason_of
from crawler.items import Reason, State, Validators
from crawler.middlewares import Robots
from crawler.pages import FetchError, Page, Trace
from domain.dates import stamp

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_REASON_BY_STATUS = {
    401: Reason.FORBIDDEN,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    410: Reason.NOT_FOUND,
    429: Reason.RETRY_LATER,
    451: Reason.FORBIDDEN,
}


class Fetcher:
    """Fetches for all sites of a run.

    Addresses that several sites start with (the statement of a group) are fetched once: `starts` gives each
    as often as there are sites that start with it, and `release` lets go of it for one site.
    """

    def __init__(
        self,
        crawler: Crawler,
        state: State | None,
        starts: Iterable[str] = (),
        forgotten: frozenset[str] = frozenset(),
    ) -> None:
        self._crawler = crawler
        self._forgotten = forgotten
        self._state = state
        self._users = Counter({url: count for url, count in Counter(starts).items() if count > 1})
        self._kept: dict[str, asyncio.Future[Page]] = {}

    async def fetch(self, url: str, jar: str) -> Page:
        """Fetch one address after redirects; `jar` names the cookie jar. Raises FetchError."""
        if url.endswith("/robots.txt") and urlsplit(url).path == "/robots.txt":
            return await self._robots(url)
        if url not in self._users:
            return await self._download(url, jar)
        if url not in self._kept:
            self._kept[url] = asyncio.ensure_future(self._download(url, jar))
        return await asyncio.shield(self._kept[url])

    def delay_of(self, url: str) -> float:
        """Seconds to leave between two requests to the host of an address."""
        asked = self._robots_middleware().crawl_delays.get(urlsplit(url).hostname or "", 0.0)
        return max(asked, self._crawler.settings.getfloat("DOWNLOAD_DELAY"))

    async def is_allowed(self, url: str) -> bool:
        """Whether robots.txt lets us fetch an address."""
        rules = await self._robots_middleware().rules(url)
        return rules.refusal is None and rules.file.allows(url)

    def release(self, starts: Iterable[str], jar: str) -> None:
        """Let go of what was held for a site: its cookies, and its starting addresses once no other site
        waits.
        """
        for url in starts:
            self._users[url] -= 1
            if self._users[url] <= 0:
                del self._users[url]
                self._kept.pop(url, None)
        cookies = self._crawler.get_downloader_middleware(CookiesMiddleware)
        if cookies is not None:
            cookies.jars.pop(jar, None)

    def abandon(self) -> None:
        """Give up what is still being fetched for several sites at once: the run is stopping."""
        for download in self._kept.values():
            download.cancel()
        self._robots_middleware().abandon()

    def _robots_middleware(self) -> Robots:
        middleware = self._crawler.get_downloader_middleware(Robots)
        assert middleware is not None
        return middleware

    async def _robots(self, url: str) -> Page:
        """The robots.txt as the middleware read it: asked for once."""
        rules = await self._robots_middleware().rules(url)
        if rules.refusal is not None:
            raise FetchError(rules.refusal.reason, rules.refusal.detail)
        body = rules.body
        return Page(url, url, 200, body, hashlib.sha256(body).hexdigest(), stamp(), "text/plain")

    async def _download(self, url: str, jar: str) -> Page:
        known = self._state.validators(url) if self._state else None
        response, trace = await self._request(url, jar, known)
        if response.status == 304 and known is not None:
            body = self._state.body(known.sha256) if self._state and response.url == known.final_url else None
            if body is not None and hashlib.sha256(body).hexdigest() == known.sha256:
                return _stored_page(url, known, body, response, trace)
            # The stored copy is gone, or the address leads elsewhere now: what has not changed there is
            # another document.
            response, trace = await self._request(url, jar, None)
        page = _page(url, response, trace)
        if page.sha256 in self._forgotten:
            raise FetchError(Reason.FORGOTTEN, f"sha256 {page.sha256}", status=page.status)
        return page

    async def _request(self, url: str, jar: str, known: Validators | None) -> tuple[Response, Trace]:
        trace = Trace()
        meta = {"trace": trace, "cookiejar": jar}
        headers: dict[str, str] = {}
        if known is not None:
            meta["refers_to"] = (known.final_url, known.fetched_at)
            headers = {
                name: value
                for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
                if value
            }
        try:
            request = Request(url, callback=NO_CALLBACK, dont_filter=True, headers=headers, meta=meta)
        except ValueError:
            raise FetchError(Reason.BLOCKED_ADDRESS, f"not a web address: {url}") from None
        try:
            return await self._crawler.engine.download_async(request), trace
        except Exception as error:
            reason, detail = reason_of(error)
            raise _failure(reason, detail, trace) from error


def _failure(reason: Reason, detail: str, trace: Trace) -> FetchError:
    return FetchError(
        reason, detail, status=trace.status, warc_file=trace.warc_file, warc_offset=trace.warc_offset
    )


def _page(url: str, response: Response, trace: Trace) -> Page:
    if not 200 <= response.status < 300:
        reason = _REASON_BY_STATUS.get(response.status, Reason.HTTP_ERROR)
        if response.status == 503 and "Retry-After" in response.headers:
            reason = Reason.RETRY_LATER
        if _leads_off_the_web(response):
            reason = Reason.BLOCKED_ADDRESS
        raise _failure(reason, _status_detail(response), trace)
    return Page(
        url=url,
        final_url=response.url,
        status=response.status,
        body=response.body,
        sha256=hashlib.sha256(response.body).hexdigest(),
        fetched_at=stamp(),
        header_type=_header(response, "Content-Type") or "",
        etag=_header(response, "ETag"),
        last_modified=_header(response, "Last-Modified"),
        redirects=_redirects(response),
        tls=trace.tls,
        warc_file=trace.body_file,
        warc_offset=trace.body_offset,
    )


def _stored_page(url: str, known: Validators, body: bytes, response: Response, trace: Trace) -> Page:
    """A 304: the stored copy. It has no WARC place of its own in this run: the record holds no body."""
    return Page(
        url=url,
        final_url=known.final_url,
        status=304,
        body=body,
        sha256=known.sha256,
        fetched_at=stamp(),
        header_type=known.content_type,
        etag=_header(response, "ETag") or known.etag,
        last_modified=_header(response, "Last-Modified") or known.last_modified,
        redirects=_redirects(response),
        tls=trace.tls,
        not_modified=True,
    )


def _leads_off_the_web(response: Response) -> bool:
    """A redirect that Scrapy does not follow: to file:, data: and the like."""
    scheme = _SCHEME.match(_header(response, "Location") or "")
    return 300 <= response.status < 400 and scheme is not None and scheme[1].lower() not in ("http", "https")


def _status_detail(response: Response) -> str:
    location = _header(response, "Location")
    return f"HTTP {response.status}" + (f", sent to {location}" if location else "")


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _redirects(response: Response) -> tuple[str, ...]:
    return tuple(response.request.meta.get("redirect_urls", ())) if response.request is not None else ()
