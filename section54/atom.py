"""Atom feeds (RFC 4287): records in, bytes out. Whatever the texts hold, the XML is well formed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
EPOCH = "1970-01-01T00:00:00Z"
"""`updated` of a feed in which nothing has happened yet: RFC 4287 asks for one."""
_ATOM = "http://www.w3.org/2005/Atom"
ElementTree.register_namespace("", _ATOM)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    id: str
    """Stable and the same everywhere; see urn()."""
    title: str
    updated: str
    """UTC, ISO 8601."""
    summary: str
    link: str | None = None
    """Left out unless it is http or https."""


@dataclass(frozen=True, slots=True)
class Feed:
    id: str
    title: str
    subtitle: str
    updated: str
    self_link: str | None = None
    """Where the feed is; None for one in a file."""
    page: str | None = None
    """The page that says the same to people."""


def write_feed(feed: Feed, entries: Iterable[FeedEntry]) -> bytes:
    """The feed as XML, its entries in the order given."""
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _sub(root, "id", feed.id)
    _sub(root, "title", feed.title)
    _sub(root, "subtitle", feed.subtitle)
    _sub(root, "updated", feed.updated)
    _sub(_sub(root, "author"), "name", "section54")
    _link(root, feed.self_link, "self", MEDIA_TYPE.partition(";")[0])
    _link(root, feed.page, "alternate", "text/html")
    for entry in entries:
        found = _sub(root, "entry")
        _sub(found, "id", entry.id)
        _sub(found, "title", entry.title)
        _sub(found, "updated", entry.updated)
        _link(found, entry.link, "alternate")
        _sub(found, "summary", entry.summary).set("type", "text")
    ElementTree.indent(root)
    feed_bytes: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return feed_bytes


def urn(name: str) -> str:
    """The same name always gives the same id."""
    return uuid5(NAMESPACE_URL, f"section54:{name}").urn


def _link(parent: ElementTree.Element, href: str | None, rel: str, media_type: str | None = None) -> None:
    if href is None or not href.lower().startswith(("http://", "https://")):
        return
    link = _sub(parent, "link")
    link.set("href", _xml_text(href))
    link.set("rel", rel)
    if media_type:
        link.set("type", media_type)


def _sub(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    found = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}")
    found.text = _xml_text(text) if text is not None else None
    return found


def _xml_text(text: str) -> str:
    """Without the characters that XML can't hold; statements come from anywhere."""
    return "".join(
        char
        for char in text
        if char in "\t\n"
        or (char >= "\x20" and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff")
    )
