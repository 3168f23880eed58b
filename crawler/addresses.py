"""Addresses before anything is fetched: what a home page is, where to look for one, and one way to write
each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit, urlunsplit

from crawler.items import Site

_HOST = re.compile(r"[\w-]+(\.[\w-]+)+\.?(:\d+)?")  # filed "addresses" include "see our website"
_HOME_PATH = re.compile(r"/?((index|default|home)(\.\w{2,5})?/?)?", re.IGNORECASE)


def split_address(url: str) -> SplitResult:
    """Return the parts of an address; only a path where it cannot be read, so that fetching it is refused."""
    try:
        return urlsplit(url.strip())
    except ValueError:
        return SplitResult("", "", url.strip(), "", "")


def normal_address(url: str) -> str:
    """Return one address written one way: without fragment, with a path. Paths keep their case."""
    parts = split_address(url)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query, ""))


def absolute(base: str, href: str) -> str | None:
    """Return an http or https address without its fragment; None for all else and for what cannot be read."""
    try:
        url = urldefrag(urljoin(base, href.strip()))[0]
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def with_scheme(url: str) -> str:
    return url if "://" in url else f"https://{url}"


def is_home_page(url: str) -> bool:
    """Whether an address is just a site: 8 % of the registry's statement addresses are."""
    parts = split_address(url if "//" in url else f"//{url}")
    is_site = bool(_HOST.fullmatch(parts.netloc)) and not parts.query
    return is_site and bool(_HOME_PATH.fullmatch(parts.path))


def home_of(site: Site) -> str | None:
    """Return the home page to start from: the given one, a filed home page, or that of a filed address's
    host.

    None where there is nothing but files on third-party hosts (storage, delivery networks, the registry
    itself).
    """
    if site.home_url:
        return site.home_url
    filed = [with_scheme(url) for url in site.statement_urls]
    for url in (*filter(is_home_page, filed), *filed):
        host = split_address(url).hostname or ""
        if host and not _is_third_party(host):
            return url if is_home_page(url) else urljoin(url, "/")
    return None


@cache
def _third_party_hosts() -> tuple[str, ...]:
    raw = json.loads((Path(__file__).parent / "data" / "third_party_hosts.json").read_text(encoding="utf-8"))
    return tuple(raw["hosts"])


def _is_third_party(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in _third_party_hosts())


def home_addresses(start: str) -> tuple[str, ...]:
    """Return the addresses to try for a home page, in order.

    As given first, https for a bare domain; then the other scheme; then both with or without "www.".
    """
    scheme, _, rest = start.strip().rpartition("://")
    host, _, path = rest.partition("/")
    schemes = ("http", "https") if scheme.lower() == "http" else ("https", "http")
    if ":" in host:  # a port of its own: there is no other place to look
        return tuple(f"{protocol}://{host}/{path}" for protocol in schemes[: 1 if scheme else 2])
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    return tuple(f"{protocol}://{name}/{path}" for name in (host, twin) for protocol in schemes)


def is_part_of_larger_site(home: str) -> bool:
    """Whether a home page is a page of someone else's site, as www.gov.uk/government/organisations/... is.

    One path segment may be a language; two are a place in a larger site.
    """
    return len([segment for segment in split_address(with_scheme(home)).path.split("/") if segment]) > 1


def starting_addresses(sites: Iterable[Site]) -> Iterator[str]:
    """Yield the addresses that visits to these sites start with, each once per site."""
    for site in sites:
        start = home_of(site)
        home = {normal_address(home_addresses(start)[0])} if start is not None else set()
        filed = {normal_address(with_scheme(url)) for url in site.statement_urls if not is_home_page(url)}
        yield from home | filed
