"""What is not the text of a web page: menus, footers, banners, badges.

Rules, not a main-text library: those lose headings and list items. Nothing goes that holds two fifths of the
words, and nothing by its name or its words alone that is long or bears a signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from domain.rulebook import SHARED, load_rules
from extraction.contents import clean

_RULES = load_rules(Path(__file__).parent / "rules" / "web_pages.yaml", SHARED)
_NOISE = _RULES["noise_by_name"]
_FOOTER = _RULES["footer_by_name"]
_NOISE_ROLE = _RULES["noise_by_role"]
_CHROME = _RULES["chrome"]
_SIGNED = _RULES["signed"]

_DROPPED = (
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "button",
    "dialog", "input", "textarea", "canvas", "audio", "video", "map",
)  # fmt: skip
# Never removed: an element with 40 % of the words. Unclosed tags put whole statements inside a <header>.
_SAFE_SHARE = 0.4
# Class names lie ("share-of-voice", "social-value"): by name alone only small parts go.
_NOISE_WORDS = 120
# Pieces of a badge or a menu are no longer.
_WORDS_OF_PIECE = 8
# Different words of menus and badges that a part of the page has at least.
_FEWEST_CHROME = 2
# Or this share of its pieces is nothing else.
_SHARE_OF_CHROME = 0.6


def remove_noise(soup: BeautifulSoup) -> list[str]:
    """Take out what is not the text of a page; return the lines of its footers, which may name its owner."""
    for tag in soup(_DROPPED):
        tag.decompose()
    noise = _Noise(soup)
    for tag in soup.find_all(["nav", "footer", "aside", "form"]):
        noise.remove(tag, is_footer=tag.name == "footer")
    for tag in soup.find_all("header"):
        if not tag.decomposed and (not tag.find_parent(["main", "article"]) or tag.find("nav")):
            noise.remove(tag)
    for tag in soup.find_all(role=_NOISE_ROLE):
        noise.remove(tag, is_footer=tag.get("role") == "contentinfo")
    for tag in soup.find_all(True):
        if not tag.decomposed and noise.words(tag) < _NOISE_WORDS:
            names = _names(tag)
            if _FOOTER.search(names) and not _SIGNED.search(tag.get_text(" ")):
                noise.remove(tag, is_footer=True)
            elif _NOISE.search(names):
                noise.remove(tag)
    for tag in soup.find_all(["ul", "ol", "div", "p", "section", "table"]):
        if not tag.decomposed and _is_link_list(noise.counts[id(tag)]):
            tag.decompose()
    for tag in soup.find_all(["div", "section", "ul", "table"]):
        if not tag.decomposed and noise.words(tag) < _NOISE_WORDS and _is_chrome(tag):
            noise.remove(tag, is_footer=True)
    return noise.footer[:50]


class _Noise:
    """Takes elements out of a page, and keeps the lines of those that are footers."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self.counts = _counts(soup)
        self.footer: list[str] = []
        self._total = max(self.words(soup.body) if soup.body else len(soup.get_text(" ").split()), 1)

    def words(self, tag: Tag) -> int:
        return self.counts[id(tag)].words

    def remove(self, tag: Tag, *, is_footer: bool = False) -> None:
        if tag.decomposed or self.words(tag) >= _SAFE_SHARE * self._total:
            return
        if is_footer:
            self.footer.extend(line for line in _pieces(tag) if len(line) > 3)
        tag.decompose()


def _pieces(tag: Tag) -> Iterator[str]:
    return (line for line in map(clean, tag.get_text("\n").splitlines()) if line)


def _names(tag: Tag) -> str:
    """Return the id and the classes of an element; those of the whole page and its text say nothing."""
    if tag.name in ("html", "body", "main", "article"):
        return ""
    names = [tag.get("id"), *(tag.get_attribute_list("class"))]
    return " ".join(str(name) for name in names if name)


def _is_chrome(tag: Tag) -> bool:
    """Whether a part of the page holds only short pieces, among them words of menus, footers and badges.

    One sentence, a heading of the page or the words of a signature make it text.
    """
    pieces = list(_pieces(tag))
    if len(pieces) < 2 or any(_is_sentence(piece) for piece in pieces):
        return False
    found = [match[0].lower() for match in map(_CHROME.search, pieces) if match]
    enough = len(set(found)) >= _FEWEST_CHROME and len(found) >= _SHARE_OF_CHROME * len(pieces)
    many = len(set(found)) >= 2 * _FEWEST_CHROME
    return (enough or many) and tag.find("h1") is None and not _SIGNED.search(" ".join(pieces))


def _is_sentence(piece: str) -> bool:
    return len(piece.split()) > _WORDS_OF_PIECE or bool(re.search(r"\w{3}[.:;]$", piece))


@dataclass(slots=True)
class _Count:
    """What an element holds, all levels down."""

    words: int = 0
    linked: int = 0
    """Words inside links."""
    links: int = 0


def _counts(soup: BeautifulSoup) -> dict[int, _Count]:
    """Return the counts of all elements by identity, in one walk: one at every rule would be quadratic."""
    counts: dict[int, _Count] = {}
    running = _Count()
    opened: list[tuple[Tag, _Count]] = []
    links_open = 0

    def close() -> None:
        nonlocal links_open
        tag, at_start = opened.pop()
        links_open -= tag.name == "a"
        counts[id(tag)] = _Count(
            running.words - at_start.words, running.linked - at_start.linked, running.links - at_start.links
        )

    for node in soup.descendants:
        while opened and opened[-1][0] is not node.parent:
            close()
        if isinstance(node, Tag):
            opened.append((node, replace(running)))
            running.links += node.name == "a"
            links_open += node.name == "a"
        elif not isinstance(node, PreformattedString):
            words = len(str(node).split())
            running.words += words
            running.linked += words if links_open else 0
    while opened:
        close()
    return counts


def _is_link_list(count: _Count) -> bool:
    """Whether a short part is hardly more than links: menus without a <nav>, tag clouds, related pages."""
    return 0 < count.words < 60 and count.linked > 0.75 * count.words and count.links >= 3
