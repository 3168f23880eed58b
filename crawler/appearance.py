"""What a page is, by its looks: a wall that asks for consent, a shell that scripts fill, an error page in disguise."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.addresses import split_address
from crawler.pages import Page, parse_html, visible_text

_SIMILAR = (
    0.6  # of four-word sequences in common: error pages of one site differ in the address that they repeat
)
_JS_MAX_TEXT = 400  # characters: a page that needs scripts shows a spinner and a notice
_JS_MAX_LINKS = 5
_CONSENT_PATH = re.compile(
    r"(^|[/._-])(consent|cookie[-_]?(wall|consent|check|accept)|accept[-_]?cookies|gdpr)", re.IGNORECASE
)


def is_consent_wall(page: Page) -> bool:
    """Whether a page asks for consent before it shows anything: the server sent us there from another address."""
    path = split_address(page.final_url).path
    return path != split_address(page.url).path and bool(_CONSENT_PATH.search(path))


def needs_browser(tree: HtmlElement) -> bool:
    """Whether a page is an empty shell that scripts fill."""
    if not tree.xpath("//script[@src]"):
        return False
    links = sum(1 for element in tree.iter("a") if element.get("href"))
    return links < _JS_MAX_LINKS and len(visible_text(tree)) < _JS_MAX_TEXT


def are_similar(page: Page, other: Page) -> bool:
    """Whether two pages say the same but for a few words (Jaccard similarity of four-word sequences)."""
    if page.sha256 == other.sha256:
        return True
    first, second = _shingles(page), _shingles(other)
    return bool(first and second) and len(first & second) / len(first | second) > _SIMILAR


def _shingles(page: Page, size: int = 4) -> set[tuple[str, ...]]:
    tree = parse_html(page)
    words = re.findall(r"\w+", visible_text(tree).lower()) if tree is not None else []
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}
