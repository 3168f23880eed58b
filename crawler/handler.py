"""The download handler: Scrapy's, with a bound on response headers and with certificates checked and
recorded.

It leans on private parts of Scrapy's HTTP/1.1 handler (pyproject bounds Scrapy to 2.19.x; tests/test_guard.py
and tests/test_crawl.py hold both behaviours).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from scrapy.http import Response
from service_identity.exceptions import CertificateError, VerificationError

from crawler.pages import Trace

# Scrapy limits a header line (16 KB) but not their sum: 400 MB of headers took 534 MB of memory. Real answers
# stay under 10 KB and 60 lines.
MAX_HEADER_BYTES = 256 * 1024
MAX_HEADER_LINES = 500
# A connection is kept for the next request to its host, due a second or so later. Twisted's 240 s would hold
# one for each of thousands of hosts that are long done.
IDLE_SECONDS = 10


class HeaderFloodError(ValueError):
    """More response headers than any honest server sends."""


class TlsError(Exception):
    """No TLS connection, and not for the certificate: retrying does not help."""


class _BoundedParser(http11._LenientHTTPClientParser):
    header_bytes = 0
    header_lines = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.header_bytes += len(line)
        self.header_lines += 1
        if self.header_bytes > MAX_HEADER_BYTES or self.header_lines > MAX_HEADER_LINES:
            raise HeaderFloodError(
                f"more than {MAX_HEADER_LINES} lines or {MAX_HEADER_BYTES} bytes of headers"
            )
        super().lineReceived(line)


class _BoundedProtocol(http11._LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        deferred = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _BoundedParser  # as Scrapy does: Twisted hard-codes the class
        return deferred


class _BoundedFactory(http11._LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: N802
        return _BoundedProtocol(self._quiescentCallback)


class _BoundedHandler(http11.HTTP11DownloadHandler):
    def __init__(self, crawler: Crawler, *, verify: bool) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory
        self._pool.cachedConnectionTimeout = IDLE_SECONDS
        self._contextFactory._verify_certificates = verify


class TracingHandler:
    """Fetches with the certificate verified; where it is invalid, once more without, and says so in the
    trace.

    Two handlers, each with its own connections: an unverified one is never reused as a verified one.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        self._verified = _BoundedHandler(crawler, verify=True)
        self._unverified = _BoundedHandler(crawler, verify=False)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TracingHandler:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        trace: Trace = request.meta.setdefault("trace", Trace())
        try:
            response = await self._verified.download_request(request)
        except Exception as error:
            if not _is_tls_error(error):
                raise
            if not _is_certificate_error(error):
                raise TlsError("the server does not speak TLS as we do") from error
            trace.tls = "invalid"
            return await self._unverified.download_request(request)
        if trace.tls != "invalid":
            trace.tls = "verified" if urlsplit(request.url).scheme == "https" else "none"
        return response

    async def close(self) -> None:
        await asyncio.gather(self._verified.close(), self._unverified.close())


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and everything that led to it, Twisted's lists of failures included."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause is not None]
        reasons = getattr(current, "reasons", None) or []
        waiting += [failure.value for failure in reasons if isinstance(failure.value, BaseException)]


def _is_tls_error(error: BaseException) -> bool:
    return any(isinstance(cause, (SSL.Error, VerificationError, CertificateError)) for cause in causes(error))


def _is_certificate_error(error: BaseException) -> bool:
    return any(
        isinstance(cause, (VerificationError, CertificateError))
        or (isinstance(cause, SSL.Error) and "certificate" in str(cause))
        for cause in causes(error)
    )
