"""HTML to contents: BeautifulSoup rules that keep headings and list items, with a safety net.

Rules, not a main-text library: those lose headings and list items, and for 'is this section present?' a lost
heading costs more than a line of navigation too much.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from bs4.element import PageElement, PreformattedString

from domain.rulebook import SHARED, load_rules
from extraction.contents import Block, Contents, Page, UnreadableError, clean
from extraction.tablerows import is_joined, join_rows
from extraction.webnoise import remove_noise

MAX_BYTES = 10_000_000
"""The largest page of the study has 0.6 MB; ten times that still parses in a second or two."""
_MAX_DEPTH = 500
"""Pages made by editors nest 30 deep, unclosed tags add some dozens; time grows with the depth squared."""
_MAX_ELEMENTS = 50_000
"""The largest page of the study has 4,000; so many take about ten seconds."""

_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)

_RULES = load_rules(Path(__file__).parent / "rules" / "web_pages.yaml", SHARED)
_DOCUMENT_ADDRESS = _RULES["document_address"]
_DOCUMENT_LINK_TEXT = _RULES["document_link_text"]
_ERROR_PAGE = _RULES["error_page"]
_CONSENT = _RULES["consent_wall"]
_BOT_CHECK = _RULES["bot_check"]
# A title with a date and a line below it; more is a part of the page by itself.
_BANNER_WORDS = 60

_BULLET = re.compile(r"^[•●▪◦‣·■►✓✔–-]\s+")
_ENDS = re.compile(r"[.!?:;]$")

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend",
    "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
}  # fmt: skip

# Words under which a page that links to documents, or is built by scripts, has no statement of its own.
_STUB_WORDS = 150
_SHELL_WORDS = 30


def read_html(body: bytes) -> Contents:
    """Return the blocks of a page without navigation and footers; its character set is found from the bytes.

    metadata holds the title, the addresses of linked documents as written (`links`), and the removed footer
    (`furniture`). Warnings tell a stub page, a JavaScript shell and a consent wall. Raises UnreadableError.
    """
    if len(body) > MAX_BYTES:
        raise UnreadableError(
            "too_large", f"the page has {len(body) / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f} MB"
        )
    soup = _parsed(body)
    title = clean(soup.title.get_text(" ")) if soup.title else ""
    links = _document_links(soup)
    scripts = len(soup.find_all("script"))
    said_without_script = " ".join(clean(tag.get_text(" ")) for tag in soup.find_all("noscript"))
    everything = clean((soup.body or soup).get_text(" "))
    heading = soup.h1
    heading_text = clean(heading.get_text(" ")) if heading else ""
    furniture = remove_noise(soup)
    join_rows(soup)
    main = _main_element(soup)
    blocks = [*_lead(heading, heading_text, main), *_blocks(main)]
    words = sum(len(block.text.split()) for block in blocks)
    _refuse_error_page(title, blocks, words)
    metadata: dict[str, object] = {"furniture": furniture, "links": [link for link in links if link]}
    if title:
        metadata["title"] = title[:300]
    text = "\n".join(block.text for block in blocks)
    return Contents(
        method="html",
        pages=[Page(1, "markup", None, text)],
        blocks=blocks,
        metadata=metadata,
        warnings=_warnings(words, links, scripts, f"{everything} {said_without_script}"),
    )


class _BoundedSoup(BeautifulSoup):
    """A soup that is refused while it is built if later its tree could hardly be walked."""

    _elements = 0

    def pushTag(self, tag: Tag) -> None:  # noqa: N802  (named so by BeautifulSoup)
        super().pushTag(tag)
        self._elements += 1
        if len(self.tagStack) > _MAX_DEPTH:
            raise UnreadableError(
                "too_large", f"the page nests elements more than {_MAX_DEPTH} deep, which we do not read"
            )
        if self._elements > _MAX_ELEMENTS:
            raise UnreadableError(
                "too_large", f"the page has more than {_MAX_ELEMENTS} elements, which we do not read"
            )


def _parsed(body: bytes) -> BeautifulSoup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return _BoundedSoup(_decoded(body), "lxml")


def _decoded(body: bytes) -> str:
    """Decode by mark, then UTF-8 where it fits (chance does not make valid UTF-8), then as declared.

    Not left to BeautifulSoup: its guess by letter frequency made Japanese of an English page with one odd
    mark.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if body[:2] in (b"<\x00", b"\x00<"):
        return body.decode("utf-16-le" if body[1] == 0 else "utf-16-be", "replace")
    declared = _CHARSET.search(body[:4096])
    names = ["utf-8", declared.group(1).decode("ascii") if declared else "cp1252"]
    for name in names:
        # Browsers read Latin-1 as Windows-1252, which has the curly quotes.
        name = "cp1252" if name.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii") else name
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8" if names[1].lower() == "utf-8" else "cp1252", "replace")


def _document_links(soup: BeautifulSoup) -> list[str]:
    """Return the addresses of the documents that the page links to or embeds, in order, once each.

    An address is empty where the link says that it leads to a document but has none.
    """
    found: dict[str, None] = {}
    for tag in soup.find_all(["a", "iframe", "embed", "object"]):
        address = next((str(tag[name]).strip() for name in ("href", "src", "data") if tag.has_attr(name)), "")
        if address.startswith(("#", "javascript:", "mailto:", "tel:")):
            continue
        text = tag.get_text(" ")[:200] if tag.name == "a" else ""
        if _DOCUMENT_ADDRESS.search(address) or _DOCUMENT_LINK_TEXT.search(text):
            found[address[:2000]] = None
    return list(found)


def _main_element(soup: BeautifulSoup) -> Tag:
    """Return <main> or <article> if it holds half of what is left; else the body."""
    body = soup.body or soup
    total = _words(body)
    for selector in ("main", "[role=main]", "article"):
        candidates = soup.select(selector)
        if candidates:
            largest = max(candidates, key=_words)
            if _words(largest) >= 0.5 * total:
                return largest
    return body


def _lead(heading: Tag | None, text: str, main: Tag) -> list[Block]:
    """Return the page's title and the little that stands with it where the main element has none of its own.

    Many designs set it in a banner above, with the date, or in the header, which was removed as noise.
    """
    if heading is None or not text or main.find("h1") is not None:
        return []
    if heading.decomposed:
        return [Block("heading", text, 1, "markup")]
    banner = heading
    above_main = {id(tag) for tag in main.parents} | {id(main)}
    for parent in heading.parents:
        if id(parent) in above_main or _words(parent) > _BANNER_WORDS:
            break
        banner = parent
    return list(_blocks(banner))


def _words(tag: Tag) -> int:
    return len(tag.get_text(" ").split())


class _Run(NamedTuple):
    """Text of one style; a line break is a run of its own."""

    text: str
    bold: bool


_BREAK = _Run("\n", bold=False)


def _blocks(main: Tag) -> Iterator[Block]:
    """Yield the blocks of an element in document order: text is cut wherever its nearest block element
    changes.
    """
    current: Tag = main
    runs: list[_Run] = []
    for node in main.descendants:
        if isinstance(node, Tag):
            if node.name == "br":
                runs.append(_BREAK)
            elif node.name in _BLOCKS:
                yield from _flushed(current, runs)
                runs, current = [], node
            continue
        if isinstance(node, PreformattedString):  # comments, doctype, CDATA
            continue
        owner, bold = _owner(node, main)
        if owner is not current:
            yield from _flushed(current, runs)
            runs, current = [], owner
        runs.append(_Run(str(node).replace("\n", " "), bold))
    yield from _flushed(current, runs)


def _owner(node: PageElement, main: Tag) -> tuple[Tag, bool]:
    """Return the nearest block element above a string, and whether something bold lies between."""
    bold = False
    for parent in node.parents:
        if parent.name in _BLOCKS or parent is main:
            return parent, bold
        bold = bold or parent.name in ("b", "strong")
    return main, bold


def _flushed(owner: Tag, runs: list[_Run]) -> Iterator[Block]:
    if not runs:
        return
    kind = _kind(owner)
    for text, bold in _cut_at_breaks(runs):
        bare = _BULLET.sub("", text)
        if kind == "paragraph" and bold and _may_be_heading(text):
            yield Block("heading", text, 1, "markup")
        elif kind == "paragraph" and bare != text:
            yield Block("list_item", bare, 1, "markup")
        else:
            yield Block(kind, bare if kind == "list_item" else text, 1, "markup")


def _cut_at_breaks(runs: list[_Run]) -> Iterator[tuple[str, bool]]:
    """Yield texts, and whether each is all bold: cut at <br>, unless a sentence goes on in lower case after
    it.
    """
    pending, pending_bold = "", False
    for is_break, group in groupby(runs, key=lambda run: run is _BREAK):
        if is_break:
            if len(list(group)) > 1 and pending:
                yield pending, pending_bold
                pending = ""
            continue
        parts = list(group)
        line = clean("".join(run.text for run in parts))
        bold = all(run.bold for run in parts if run.text.strip())
        if pending and line and line[0].islower() and bold == pending_bold and not _ENDS.search(pending):
            pending = f"{pending} {line}"
        elif line:
            if pending:
                yield pending, pending_bold
            pending, pending_bold = line, bold
    if pending:
        yield pending, pending_bold


def _kind(owner: Tag) -> str:
    for tag in [owner, *owner.parents]:
        if (
            tag.name in _HEADINGS
            or tag.get("role") == "heading"
            or tag.name in ("summary", "legend", "caption")
        ):
            return "heading"
        if tag.name in ("li", "dd"):
            return "list_item"
        if tag.name in ("td", "th"):
            return "paragraph" if _is_layout_cell(tag) and not is_joined(tag) else "cell"
        if tag.name in ("body", "main", "article", "section"):
            break
    return "paragraph"


def _is_layout_cell(cell: Tag) -> bool:
    """Whether a table only arranges the page: one cell a row, or cells that hold whole sections."""
    row = cell.find_parent("tr")
    alone = row is None or len(row.find_all(["td", "th"], recursive=False)) < 2
    return alone or cell.find(["h1", "h2", "h3", "table"]) is not None


def _may_be_heading(text: str) -> bool:
    """Whether a paragraph that is bold as a whole is a heading that its author did not mark as one."""
    return len(text.split()) <= 16 and not re.search(r"[.;,:]$", text) and text[:1].isalnum()


def _refuse_error_page(title: str, blocks: list[Block], words: int) -> None:
    """An error page answered with status 200 is no document, however well it can be read."""
    opening = " ".join(block.text for block in blocks[:2])[:200]
    if words < _STUB_WORDS and (_ERROR_PAGE.search(title) or _ERROR_PAGE.search(opening)):
        raise UnreadableError("not_a_document", f"the page is an error page ({(title or opening)[:80]})")


def _warnings(words: int, links: list[str], scripts: int, everything: str) -> list[str]:
    found = []
    if words < _STUB_WORDS and _BOT_CHECK.search(everything):
        found.append("bot check: the page asks to prove that a person reads it")
    elif words < _STUB_WORDS and _CONSENT.search(everything) and words < 2 * _SHELL_WORDS:
        found.append("consent wall: the page shows little but a request to accept cookies")
    elif words < _SHELL_WORDS and scripts:
        found.append("JavaScript shell: the page is filled in by scripts that need a browser")
    if words < _STUB_WORDS and links:
        found.append(f"stub page: {words} words, and links to {len(links)} documents")
    return found
