"""HTML to contents: BeautifulSoup rules that keep headings and list items, with a safety net.

Rules, not a main-text library: those lose headings and list items, and for 'is this section present?' a lost
heading costs more than a line of navigation too much.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, NavigableString, Tag, XMLParsedAsHTMLWarning
from bs4.element import PreformattedString

from extraction.contents import Block, Contents, Page, UnreadableError, clean

MAX_BYTES = 10_000_000
"""The largest page of the study has 0.6 MB; ten times that still parses in a second or two."""
_MAX_DEPTH = 400
"""Pages made by editors nest 30 deep; parsers and tree walks slow down with depth squared."""

_DROPPED = (
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "button", "dialog",
    "input", "textarea", "canvas", "audio", "video", "map",
)  # fmt: skip
_NOISE = re.compile(
    r"cookie|consent|breadcrumb|\bmenu|navbar|sidebar|share|social|newsletter|subscribe|popup|modal|skip-link"
    r"|related-|comments?\b",
    re.IGNORECASE,
)
_NOISE_ROLE = re.compile(r"navigation|banner|contentinfo|search|dialog", re.IGNORECASE)
# Never removed: an element with 40 % of the words. Unclosed tags put whole statements inside a <header>.
_SAFE_SHARE = 0.4
# Class names lie ("share-of-voice", "social-value"): by name alone only small parts go.
_NOISE_WORDS = 120

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "nav",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip

# Words under which a page that links to documents, or is built by scripts, has no statement of its own.
_STUB_WORDS = 150
_SHELL_WORDS = 30
_DOCUMENT_LINK = re.compile(r"\.(?:pdf|docx?|odt|rtf)(?:$|[?#])", re.IGNORECASE)
# Content systems serve documents from addresses without an ending: then the words of the link tell.
_DOCUMENT_ANCHOR = re.compile(
    r"\bpdf\b|\bword\s+document\b|\b(?:download|read|view|open|see)\b.{0,60}\b(?:statement|policy|report|document)\b",
    re.IGNORECASE,
)
_ERROR_PAGE = re.compile(
    r"\b(?:error\s+)?(?:40[0134]|410|50[0234])\b.{0,40}(?:not\s+found|forbidden|denied|error|unavailable|gateway)"
    r"|^\W*(?:page\s+(?:was\s+|could\s+)?not\s+(?:be\s+)?found|not\s+found|access\s+denied|forbidden"
    r"|service\s+unavailable|internal\s+server\s+error|bad\s+gateway)\b|^\W*(?:error\s+)?40[34]\b"
    r"|(?:page|file)\s+(?:you\s+\w+\s+\w+\s+\w*\s*)?(?:cannot|can't|could\s+not|couldn't)\s+be\s+found",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"(?:accept|agree|allow|reject|manage)\s+(?:to\s+)?(?:all\s+|our\s+|the\s+use\s+of\s+)?cookies"
    r"|before\s+you\s+continue|cookie\s+(?:consent|preferences|settings)|we\s+(?:and\s+our\s+partners\s+)?use\s+cookies",
    re.IGNORECASE,
)
_BOT_CHECK = re.compile(
    r"checking\s+your\s+browser|verify\s+(?:that\s+)?you\s+are\s+(?:a\s+)?human|enable\s+javascript\s+and\s+cookies"
    r"|just\s+a\s+moment|attention\s+required",
    re.IGNORECASE,
)


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
    furniture = _remove_noise(soup)
    blocks = list(_blocks(_main_element(soup)))
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


def _parsed(body: bytes) -> BeautifulSoup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        if _depth(body) > _MAX_DEPTH:
            raise UnreadableError("damaged", f"the page nests elements more than {_MAX_DEPTH} deep")
        soup = BeautifulSoup(body, "lxml")
    for tag in soup(["script", "noscript"]):
        if tag.name == "noscript" and not tag.get_text(strip=True):
            tag.decompose()
    return soup


def _depth(body: bytes) -> int:
    """Return roughly how deep block elements nest, without building a tree: unclosed <p> and <li> don't count."""
    depth = deepest = 0
    for match in re.finditer(
        rb"<(/?)(?:div|span|section|article|ul|ol|table|blockquote|b|i|em|font)\b", body, re.I
    ):
        depth = max(0, depth + (-1 if match.group(1) else 1))
        deepest = max(deepest, depth)
    return deepest


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
        if _DOCUMENT_LINK.search(address) or _DOCUMENT_ANCHOR.search(text):
            found[address[:2000]] = None
    return list(found)


@dataclass(slots=True)
class _Counts:
    """Words inside each element, by identity; counted once, because counting again at every rule is quadratic."""

    words: dict[int, int] = field(default_factory=dict)
    linked: dict[int, int] = field(default_factory=dict)
    links: dict[int, int] = field(default_factory=dict)

    def of(self, tag: Tag) -> int:
        return self.words.get(id(tag), 0)


def _count(soup: BeautifulSoup) -> _Counts:
    counts = _Counts()
    for string in soup.find_all(string=True):
        if isinstance(string, PreformattedString):
            continue
        words = len(string.split())
        parents = list(string.parents) if words else []
        in_link = any(parent.name == "a" for parent in parents)
        for parent in parents:
            counts.words[id(parent)] = counts.words.get(id(parent), 0) + words
            if in_link:
                counts.linked[id(parent)] = counts.linked.get(id(parent), 0) + words
    for link in soup.find_all("a"):
        for parent in link.parents:
            counts.links[id(parent)] = counts.links.get(id(parent), 0) + 1
    return counts


def _remove_noise(soup: BeautifulSoup) -> list[str]:
    """Take out what is not the text of the page; return the lines of its footer, which may name the company."""
    for tag in soup(_DROPPED):
        tag.decompose()
    counts = _count(soup)
    total = max(counts.of(soup.body or soup), 1)
    footer: list[str] = []

    def remove(tag: Tag) -> None:
        if not tag.decomposed and counts.of(tag) < _SAFE_SHARE * total:
            if tag.name == "footer" or tag.get("role") == "contentinfo":
                footer.extend(line for line in map(clean, tag.get_text("\n").splitlines()) if len(line) > 3)
            tag.decompose()

    for tag in soup.find_all(["nav", "footer", "aside", "form"]):
        remove(tag)
    for tag in soup.find_all("header"):
        if not tag.decomposed and (not tag.find_parent(["main", "article"]) or tag.find("nav")):
            remove(tag)
    for tag in soup.find_all(role=_NOISE_ROLE):
        remove(tag)
    for tag in soup.find_all(True):
        if not tag.decomposed and _is_noise_by_name(tag) and counts.of(tag) < _NOISE_WORDS:
            remove(tag)
    for tag in soup.find_all(["ul", "ol", "div", "p", "section", "table"]):
        if not tag.decomposed and _is_link_list(tag, counts):
            tag.decompose()
    return footer[:50]


def _is_noise_by_name(tag: Tag) -> bool:
    if tag.name in ("html", "body", "main", "article"):
        return False
    names = [tag.get("id"), *(tag.get_attribute_list("class"))]
    return bool(_NOISE.search(" ".join(str(name) for name in names if name)))


def _is_link_list(tag: Tag, counts: _Counts) -> bool:
    """Whether a short part is hardly more than links: menus without a <nav>, tag clouds, related pages."""
    words = counts.of(tag)
    linked, links = counts.linked.get(id(tag), 0), counts.links.get(id(tag), 0)
    return 0 < words < 60 and linked > 0.75 * words and links >= 3


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


def _words(tag: Tag) -> int:
    return len(tag.get_text(" ").split())


def _blocks(main: Tag) -> Iterator[Block]:
    """Yield the blocks of an element in document order: text is cut wherever its nearest block element changes."""
    current: Tag | None = None
    parts: list[str] = []
    for node in main.descendants:
        if isinstance(node, Tag):
            if node.name == "br":
                parts.append("\n")
            elif node.name in _BLOCKS:
                yield from _flushed(current, parts)
                parts, current = [], node
            continue
        if isinstance(node, PreformattedString):  # comments, doctype, CDATA
            continue
        owner = next(tag for tag in node.parents if tag.name in _BLOCKS or tag is main)
        if owner is not current:
            yield from _flushed(current, parts)
            parts, current = [], owner
        parts.append(str(node).replace("\n", " "))
    yield from _flushed(current, parts)


def _flushed(owner: Tag | None, parts: list[str]) -> Iterator[Block]:
    if owner is None or not parts:
        return
    kind = _kind(owner)
    for text in _cut_at_breaks("".join(parts)):
        bare = re.sub(r"^[•●▪◦‣·■►✓✔–-]\s+", "", text)
        made_item = bare != text and kind == "paragraph"
        if kind == "paragraph" and _is_bold_heading(owner, text):
            yield Block("heading", text, 1, "markup")
        elif any(character.isalnum() for character in bare):
            yield Block("list_item" if made_item else kind, bare, 1, "markup")


def _cut_at_breaks(text: str) -> list[str]:
    """Cut at <br> where a paragraph ends; a single one within a sentence is only a line end."""
    lines = [clean(line) for line in text.split("\n")]
    cut: list[str] = []
    joinable = False
    for line in lines:
        if not line:
            joinable = False
        elif (
            joinable and not re.match(r"(?:[•●▪◦‣·■►✓✔–-]|\(?[\dai]{1,3}[.)])\s", line) and line[:1].islower()
        ):
            cut[-1] = f"{cut[-1]} {line}"
        else:
            cut.append(line)
            joinable = True
        if line and re.search(r"[.!?:;]$", line):
            joinable = False
    return cut


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
            return "paragraph" if _is_layout_cell(tag) else "cell"
        if tag.name in ("body", "main", "article", "section"):
            break
    return "paragraph"


def _is_layout_cell(cell: Tag) -> bool:
    """Whether a table only arranges the page: one cell a row, or cells that hold whole sections."""
    row = cell.find_parent("tr")
    alone = row is None or len(row.find_all(["td", "th"], recursive=False)) < 2
    return alone or cell.find(["h1", "h2", "h3", "table"]) is not None


def _is_bold_heading(owner: Tag, text: str) -> bool:
    """Whether a short paragraph is bold as a whole: a heading that its author did not mark as one."""
    if len(text.split()) > 16 or re.search(r"[.;,:]$", text) or not text[:1].isalnum():
        return False
    bold = " ".join(clean(tag.get_text(" ")) for tag in owner.find_all(["b", "strong"]))
    return bool(bold) and clean(bold) == clean(owner.get_text(" "))


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
