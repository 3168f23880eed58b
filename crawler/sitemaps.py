"""The addresses in a sitemap, plain or gzip, and the sitemaps named in a robots.txt.

Pure functions over bytes.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from html import unescape
from itertools import islice

from crawler.addresses import absolute

# sitemaps.org allows 50 MB; what we look for is in the first addresses or in a child map.
MAX_BYTES = 20 * 2**20
MAX_ADDRESSES = 50_000  # the limit of the format

# Bounded, and no two parts of it can match the same white space: a map of nothing but spaces took minutes
# otherwise.
_LOCATION = re.compile(rb"<(?:\w+:)?loc>(?:\s*<!\[CDATA\[)?([^<\]]{1,4096})", re.IGNORECASE)
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Sitemap:
    """`is_index` says that the addresses are those of further sitemaps."""

    is_index: bool
    addresses: tuple[str, ...]


def read_sitemap(body: bytes, url: str) -> Sitemap | None:
    """Return the addresses of a sitemap in its order; None for anything else (an error page, say).

    A sitemap is XML, or plain text with one address a line. Addresses that cannot be read are left out. A
    regular expression reads the XML, not a parser: real sitemaps are often not well-formed, and nothing in
    them can then expand.
    """
    text = _unpacked(body)
    head = text[:2_000].lower()
    is_index = b"<sitemapindex" in head
    if not is_index and b"<urlset" not in head:
        return _read_lines(text, url)
    values = (match.group(1).split(None, 1) for match in _LOCATION.finditer(text))
    found = (unescape(words[0].decode("utf-8", "replace")) for words in values if words)
    addresses = (absolute(url, address) for address in islice(found, MAX_ADDRESSES))
    return Sitemap(is_index, tuple(address for address in addresses if address))


def _read_lines(text: bytes, url: str) -> Sitemap | None:
    """A sitemap of plain lines: every line that is not blank is an address."""
    lines = [line.strip() for line in islice(text.splitlines(), MAX_ADDRESSES) if line.strip()]
    if not lines or not all(line.lower().startswith((b"http://", b"https://")) for line in lines):
        return None
    addresses = (absolute(url, line.decode("utf-8", "replace")) for line in lines)
    return Sitemap(False, tuple(address for address in addresses if address))


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_BYTES]
    try:
        return zlib.decompressobj(_GZIP).decompress(body, MAX_BYTES)
    except zlib.error:
        return b""


def sitemaps_of_robots(body: bytes, url: str) -> tuple[str, ...]:
    """Return the addresses of the Sitemap lines of a robots.txt that can be read, in order, each once."""
    lines = (line.partition(b":") for line in body.splitlines())
    named = (
        value.strip().decode("utf-8", "replace")
        for key, _, value in lines
        if key.strip().lower() == b"sitemap"
    )
    addresses = (absolute(url, address) for address in named if address)
    return tuple(dict.fromkeys(address for address in addresses if address))
