"""A fetched page or file as discovery sees it, and what can be told from its bytes without reading it as a
document.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree, html
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from crawler.items import Attempt, Document, Reason
from domain.dates import stamp
from domain.filetypes import DOCX, HTML, PDF, sniff
from domain.safetext import for_a_log

# Pages are 93 KB at the median. Parsing runs in the crawl process, so it is bounded.
MAX_PARSED_BYTES = 3 * 2**20
_UNREADABLE_TYPES = ("image/", "video/", "audio/", "font/")


@dataclass(frozen=True, slots=True)
class Page:
    """One successful answer (HTTP 200 to 299, or 304 with the stored copy as `body`)."""

    url: str
    """As asked for."""
    final_url: str
    status: int
    body: bytes = field(repr=False)
    sha256: str
    fetched_at: str
    header_type: str = ""
    """The Content-Type header as sent."""
    etag: str | None = None
    last_modified: str | None = None
    redirects: tuple[str, ...] = ()
    tls: str = "none"
    warc_file: str | None = None
    warc_offset: int | None = None
    not_modified: bool = False
    settled: bool = True
    """Whether what the page shows can be told from `body`: not where a browser saw it change to the end."""

    @property
    def content_type(self) -> str:
        return sniff(self.body, self.header_type)

    @property
    def is_html(self) -> bool:
        return self.content_type == HTML

    @property
    def is_file(self) -> bool:
        """Whether it is a document of pages (PDF or DOCX), not a web page."""
        return self.content_type in (PDF, DOCX)

    @property
    def may_be_statement(self) -> bool:
        """Whether it is worth handing to the judge: everything but pictures, sound, fonts and empty
        answers.
        """
        return bool(self.body) and not self.content_type.startswith(_UNREADABLE_TYPES)


@dataclass(slots=True)
class Trace:
    """What is known of one fetch across its redirects and retries; rides in `request.meta["trace"]`."""

    tls: str = "none"
    """verified, none (plain http), or invalid as soon as one hop had an invalid certificate."""
    status: int | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    body_offset: int | None = None
    """Where the last answer's body lies: another record when the same bytes were archived before in this
    run."""
    body_file: str | None = None


class FetchError(Exception):
    """A fetch that gave no page; raised by the fetch function that `discover` is given."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        status: int | None = None,
        warc_file: str | None = None,
        warc_offset: int | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = for_a_log(detail)
        self.status = status
        self.warc_file = warc_file
        self.warc_offset = warc_offset


Fetch = Callable[[str], Awaitable[Page]]
"""Fetches one address after redirects; raises FetchError."""


def document_of(
    page: Page,
    organisation_id: str,
    found_by: str,
    *,
    found_on: str | None = None,
    anchor: str | None = None,
    probability: float | None = None,
) -> Document:
    return Document(
        url=page.url,
        final_url=page.final_url,
        organisation_id=organisation_id,
        content_type=page.content_type,
        body=page.body,
        sha256=page.sha256,
        status=page.status,
        fetched_at=page.fetched_at,
        found_by=found_by,
        found_on=found_on,
        anchor=anchor,
        etag=page.etag,
        last_modified=page.last_modified,
        redirects=page.redirects,
        tls=page.tls,
        warc_file=page.warc_file,
        warc_offset=page.warc_offset,
        not_modified=page.not_modified,
        probability=probability,
    )


def attempt_of(url: str, organisation_id: str, found_by: str, error: FetchError) -> Attempt:
    """The record of a fetch that failed, now."""
    return Attempt(
        url=url,
        organisation_id=organisation_id,
        reason=error.reason,
        attempted_at=stamp(),
        detail=error.detail,
        status=error.status,
        found_by=found_by,
        warc_file=error.warc_file,
        warc_offset=error.warc_offset,
    )


def attempt_at(page: Page, organisation_id: str, found_by: str, reason: Reason, detail: str) -> Attempt:
    """The record of a page that was read and is no document."""
    return Attempt(
        url=page.url,
        organisation_id=organisation_id,
        reason=reason,
        attempted_at=page.fetched_at,
        detail=for_a_log(detail),
        status=page.status,
        found_by=found_by,
        warc_file=page.warc_file,
        warc_offset=page.warc_offset,
    )


def parse_html(page: Page) -> html.HtmlElement | None:
    """Return the parsed page with the encoding that browsers would use; None when nothing can be parsed.

    `huge_tree` stays off: it lifts libxml2's own limits on depth and size.
    """
    text = decoded(page.body[:MAX_PARSED_BYTES], page.header_type)
    # HTML has no processing instructions. lxml refuses an encoding declaration, and an unclosed one takes it
    # minutes.
    text = text.replace("<?", "< ?")
    if _is_trap(text):
        return None
    try:
        return html.document_fromstring(text, parser=html.HTMLParser(huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


# Real elements have a dozen attributes. The parser compares each with all others of its element.
_MAX_ATTRIBUTES = 500
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{2000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def _is_trap(text: str) -> bool:
    """Whether an element has attributes without end, over which the parser would take minutes."""
    tags = (_QUOTED.sub("", match[0]) for match in _LONG_TAG.finditer(text))
    return any(len(tag.split()) > _MAX_ATTRIBUTES for tag in tags)


def decoded(body: bytes, header_type: str = "") -> str:
    """Return the text of a page: by its byte order mark, the header, its own declaration, else as UTF-8.

    Bytes that are wrong are replaced in one pass. A page may name an encoding of Python's that no browser
    knows, and some of these take time that grows with the square of the length: they are read as UTF-8.
    """
    marked, mark = read_bom(body)
    named = marked or http_content_type_encoding(header_type or None) or html_body_declared_encoding(body)
    encoding = named if named and _OF_THE_WEB.fullmatch(named) else "utf-8"
    return body[len(mark or b"") :].decode(encoding, "replace")


def visible_text(tree: html.HtmlElement, limit: int = 20_000) -> str:
    """Return the first `limit` characters of what a page's body shows, without scripts and styles, white
    space folded.

    Reads 50,000 elements at most: real pages have 4,000, and what a page is shows at its beginning.
    """
    body = next(tree.iter("body"), tree)
    parts: list[str] = []
    hidden = length = 0
    for event, element in islice(etree.iterwalk(body, events=("start", "end")), 100_000):
        unseen = element.tag in _UNSEEN or not isinstance(element.tag, str)
        if event == "start":
            hidden += unseen
            text = element.text
        else:
            hidden -= unseen
            text = element.tail if element is not body else None
        if text and not hidden:
            parts.append(text)
            length += len(text)
            if length > 2 * limit:
                break
    return re.sub(r"\s+", " ", " ".join(parts)).strip()[:limit]


_UNSEEN = frozenset({"script", "style", "noscript", "template"})
# The encodings of the web (https://encoding.spec.whatwg.org/), by the names that Python gives them.
_OF_THE_WEB = re.compile(
    r"ascii|utf-?8|utf-?16(-?(le|be))?|cp(125\d|866|874|932|949)|iso8859-?\d+|latin-?1|koi8-[ru]|mac-(roman|cyrillic)"
    r"|gbk|gb2312|gb18030|big5(hkscs)?|euc[-_](jp|kr)|shift_jis|iso2022_jp",
    re.IGNORECASE,
)
