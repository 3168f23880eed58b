"""Why a download failed: from the exceptions of Scrapy, Twisted and our own components to a `Reason`."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
)

from crawler.handler import HeaderFloodError, TlsError, causes
from crawler.items import Reason
from crawler.resolver import blocked_hosts


class RefusedError(IgnoreRequest):
    """A request that we decline to make, or stop making; never retried."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def reason_of(error: BaseException) -> tuple[Reason, str]:
    """Return why a download failed, and one line of detail."""
    if isinstance(error, RefusedError):
        return error.reason, error.detail
    if isinstance(error, CannotResolveHostError):
        return _reason_of_unresolved(str(error))
    if isinstance(error, DownloadTimeoutError):
        return Reason.TIMEOUT, str(error)
    if isinstance(error, DownloadCancelledError):
        return Reason.TOO_LARGE, str(error)
    if isinstance(error, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(error):
        return Reason.TOO_LARGE, "the answer is too large once decompressed"
    flood = next((cause for cause in causes(error) if isinstance(cause, HeaderFloodError)), None)
    if flood is not None:
        return Reason.TOO_LARGE, str(flood)
    if isinstance(error, TlsError):
        return Reason.TLS, str(error)
    return Reason.CONNECTION, f"{type(error).__name__}: {error}"


def _reason_of_unresolved(message: str) -> tuple[Reason, str]:
    host = message.rpartition(" ")[2].rstrip(".").lower()  # "... no results for hostname lookup: NAME."
    if host in blocked_hosts:
        return Reason.BLOCKED_ADDRESS, f"{host} is at {blocked_hosts[host]}, an address of a private network"
    return Reason.DNS, message
