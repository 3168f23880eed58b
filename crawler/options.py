"""How to crawl: the one record of a crawl's options, from the command line to the spider."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

from crawler.policy import AddressPolicy
from crawler.robots import PRODUCT
from domain.dates import now


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """What the operator chose, and with `for_run` what belongs to one run.

    Nothing here comes from a site. Raises ValueError for an opt-in that is not loopback or not of the form.
    """

    allow_hosts: tuple[str, ...] = ()
    """HOST:PORT that may be a loopback address."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """NAME -> "127.0.0.1:PORT": connect there, whatever port the URL has."""
    delay: float = 1.0
    """Seconds between two requests to a host; opted-in hosts are asked without delay."""
    browser: bool = False
    """Read pages that only scripts fill with Chromium; else they are reported as needing a browser."""
    sandbox: bool = True
    """Whether Chromium runs in its sandbox; without one only where the operator opted in by the
    environment."""
    budget: int = 25
    """Requests per organisation."""
    timeout: float = 30.0
    """Seconds for one whole answer."""
    max_bytes: int = 30 * 2**20
    """Of one answer, also after decompression."""
    log_level: str = "WARNING"
    run_id: str = ""
    warc_dir: Path | None = None
    """Where the archive of the run goes; None keeps none."""
    contact: str = ""
    """Where those who run a site can read about us and complain: a URL or an e-mail address."""
    forgotten: frozenset[str] = frozenset()
    """sha256 of bodies that were deleted on request: neither archived nor read when they come again."""

    def __post_init__(self) -> None:
        AddressPolicy.of(self.allow_hosts, self.resolve)

    def for_run(
        self, run_id: str, warc_dir: Path, contact: str, forgotten: frozenset[str] = frozenset()
    ) -> Self:
        """These options for one run, which has an archive."""
        return replace(self, run_id=run_id, warc_dir=warc_dir, contact=contact, forgotten=forgotten)

    @property
    def user_agent(self) -> str:
        """As RFC 9309 asks: our product token, then version and contact."""
        return f"{PRODUCT}/{_version()} (section54; +{self.contact})"


def new_run_id(command: str) -> str:
    """Return a name for a run that no other has: its time in UTC, the command, and some letters."""
    return f"{now():%Y%m%dT%H%M%SZ}-{command}-{secrets.token_hex(3)}"


def _version() -> str:
    try:
        return version("section54")
    except PackageNotFoundError:
        return "0"
