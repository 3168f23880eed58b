"""PDF to contents: PDFium looks at every page, pdfplumber or OCR reads those that matter."""

from __future__ import annotations

import io
import logging
import re
import statistics
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pdfplumber
import pypdfium2
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from extraction import layout, ocr, tables
from extraction.contents import Block, Contents, Page, UnreadableError, Word, clean
from extraction.triage import Look, PageKind, look_at, pages_that_matter
from extraction.vocabulary import known_share

logger = logging.getLogger(__name__)

MAX_PAGES = 5_000
"""Longer files are directories or bombs; PDFium alone would take ten seconds and more."""
MAX_OCR_PAGES = 60
"""About two minutes on one core; a statement that was scanned has a tenth of that."""

# The settings of the study: the order of the content stream keeps columns apart, and a blank is a gap of 0.15 em.
# pdfplumber's defaults glue every word of Google Docs files and interleave columns.
_WORD_SETTINGS = {"use_text_flow": True, "x_tolerance_ratio": 0.15, "return_chars": True}
_BOLD = re.compile(r"bold|black|heavy|semib|demi", re.IGNORECASE)
# A text layer of fewer known words is garbage.
_LEGIBLE = 0.6


@dataclass(slots=True)
class _ReadPage:
    """One page on the way: its words, and how they were found."""

    look: Look
    method: str
    words: list[Word] = field(default_factory=list)
    warning: str | None = None

    @property
    def confidence(self) -> float | None:
        return round(ocr.mean_confidence(self.words), 1) if self.method == "ocr" and self.words else None


def read_pdf(
    body: bytes, *, pages: Collection[int] | None = None, use_ocr: bool = True, deadline: float | None = None
) -> Contents:
    """Return the contents of a PDF that begins with %PDF-.

    `pages` names the pages to read, from 1; None reads those that matter. Once `deadline` (of time.monotonic)
    has passed no further page is begun: the rest are unread, with a warning. Raises UnreadableError.
    """
    with _opened(body) as document:
        looks = _look_at_all(document)
        wanted = pages_that_matter(looks) if pages is None else set(pages)
        reader = _PageReader(body, document, wanted, use_ocr, deadline)
        read = [reader.read(look) for look in looks]
        metadata = _metadata(document)
    blocks, texts, furniture = _assembled(read)
    metadata["furniture"] = furniture
    scanned = sum(page.method == "ocr" for page in read)
    return Contents(
        method="ocr" if scanned > sum(page.method == "text_layer" for page in read) else "pdf",
        pages=[
            Page(page.look.number, page.method, page.confidence, texts[page.look.number]) for page in read
        ],
        blocks=blocks,
        metadata=metadata,
        warnings=_warnings(read, wanted),
    )


@contextmanager
def _opened(body: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableError("encrypted", "the PDF is protected by a password") from error
        raise UnreadableError("damaged", f"the PDF cannot be opened ({_first_line(error)})") from error
    try:
        if len(document) > MAX_PAGES:
            raise UnreadableError("too_large", f"the PDF has {len(document)} pages, more than {MAX_PAGES}")
        if not len(document):
            raise UnreadableError("damaged", "the PDF has no pages")
        yield document
    finally:
        document.close()


def _look_at_all(document: pypdfium2.PdfDocument) -> list[Look]:
    looks = []
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:  # a broken page object: the others may be sound
            looks.append(_unseen(index + 1))
            continue
        try:
            looks.append(look_at(page, index + 1))
        finally:
            page.close()
    return looks


def _unseen(number: int) -> Look:
    return Look(
        number=number,
        width=0,
        height=0,
        characters=0,
        known=None,
        junk=0,
        image=0,
        dpi=None,
        paths=0,
        invisible=0,
        text_objects=1,  # so that pdfplumber tries
        on_subject=False,
    )


class _PageReader:
    """Reads pages one after the other with the cheapest means that gives legible words."""

    def __init__(
        self,
        body: bytes,
        document: pypdfium2.PdfDocument,
        wanted: Collection[int],
        use_ocr: bool,
        deadline: float | None,
    ) -> None:
        self._document = document
        self._wanted = wanted
        self._use_ocr = use_ocr
        self._deadline = deadline
        self._ocr_pages = 0
        self._plumber = _PlumberPages(body, wanted)

    def read(self, look: Look) -> _ReadPage:
        if look.number not in self._wanted:
            return _ReadPage(look, "unread")
        if look.kind == PageKind.BLANK:
            return _ReadPage(look, "blank")
        if self._deadline is not None and time.monotonic() > self._deadline:
            return _ReadPage(look, "unread", warning="time ran out before this page")
        words: list[Word] = []
        if look.kind not in (PageKind.SCAN, PageKind.BAD_HIDDEN):
            words = self._plumber.words(look.number)
            if look.kind != PageKind.STAMPED and _is_legible(words):
                return _ReadPage(look, "text_layer", words)
        return self._read_image(look, words)

    def _read_image(self, look: Look, layer: list[Word]) -> _ReadPage:
        """Read a page by OCR; `layer` holds the words of its text layer, which did not do."""
        if not self._use_ocr:
            return _without_ocr(look, layer, "OCR is switched off")
        if self._ocr_pages >= MAX_OCR_PAGES:
            return _without_ocr(look, layer, f"only {MAX_OCR_PAGES} pages of a file are read by OCR")
        self._ocr_pages += 1
        try:
            words = self._recognise(look)
        except ocr.OcrUnavailableError as error:
            return _without_ocr(look, layer, f"OCR is not available: {error}")
        if look.kind == PageKind.STAMPED and len(words) <= len(layer):
            return _ReadPage(look, "text_layer", layer)
        if words:
            return _ReadPage(look, "ocr", words)
        return _ReadPage(look, "text_layer" if layer else "blank", layer)

    def _recognise(self, look: Look) -> list[Word]:
        page = self._document[look.number - 1]
        try:
            return ocr.read_page(page, look.number, look.dpi)
        finally:
            page.close()


def _without_ocr(look: Look, layer: list[Word], reason: str) -> _ReadPage:
    """A page that needs OCR and gets none is unread, even if a stamp on it is text."""
    stamp = layer if look.kind == PageKind.STAMPED else []
    return _ReadPage(look, "unread", stamp, warning=f"is an image, and {reason}")


def _is_legible(words: Sequence[Word]) -> bool:
    text = " ".join(word.text for word in words)
    if not words or text.count("(cid:") > 0.1 * len(words):
        return False
    known = known_share(text)
    return known is None or known >= _LEGIBLE


class _PlumberPages:
    """The pages of a file in pdfplumber, opened once, when first asked for."""

    def __init__(self, body: bytes, wanted: Collection[int]) -> None:
        self._body = body
        self._wanted = sorted(wanted)
        self._pages: dict[int, Any] | None = None

    def words(self, number: int) -> list[Word]:
        """Return the words of a page in stream order; none where pdfplumber cannot read it."""
        try:
            return self._words(number)
        except PdfminerException as error:
            cause = error.args[0] if error.args else error
            if isinstance(cause, MemoryError):
                raise MemoryError from error
            if isinstance(cause, PDFPasswordIncorrect):
                raise UnreadableError("encrypted", "the PDF is protected by a password") from error
            logger.debug("pdfplumber cannot read page %d: %r", number, cause)
            return []

    def _words(self, number: int) -> list[Word]:
        if self._pages is None:
            self._pages = {}  # and so it stays if the file does not open
            pdf = pdfplumber.open(io.BytesIO(self._body), pages=self._wanted)
            self._pages = {page.page_number: page for page in pdf.pages}
        page = self._pages.get(number)
        if page is None:
            return []
        try:
            return _words_of(page)
        finally:
            page.close()  # without it memory grows by 2.3 MB a page


def _words_of(page: Any) -> list[Word]:
    left, top, right, bottom = page.cropbox  # what is shown; marks of the printer lie outside
    grid = tables.find_cells(page)
    words = []
    for raw in page.extract_words(**_WORD_SETTINGS):
        text = clean(raw["text"])
        middle, height = (raw["x0"] + raw["x1"]) / 2, (raw["top"] + raw["bottom"]) / 2
        # Turned text (side tabs, watermarks) comes out as one letter a line, in the midst of others.
        if (
            not text
            or not raw.get("upright", True)
            or not (left <= middle <= right and top <= height <= bottom)
        ):
            continue
        chars = raw["chars"]
        main = chars[len(chars) // 2]
        words.append(
            Word(
                text=text,
                page=page.page_number,
                x0=raw["x0"] - left,
                top=raw["top"] - top,
                x1=raw["x1"] - left,
                bottom=raw["bottom"] - top,
                size=statistics.median(char["size"] for char in chars),
                bold=bool(_BOLD.search(main["fontname"])),
                colour=str(main.get("non_stroking_color")),
                cell=grid.cell_at(middle, height),
            )
        )
    return tables.in_cell_order(words)


def _assembled(read: Sequence[_ReadPage]) -> tuple[list[Block], dict[int, str], list[str]]:
    """Return the blocks, the text of each page, and the furniture."""
    lines = [layout.lines_of(page.words) for page in read]
    bodies, furniture = layout.remove_furniture(lines, [page.look.height for page in read])
    usual = layout.body_size(line for page in bodies for line in page)
    paragraphs = []
    for page in bodies:
        # A page of few words (a cover) has no running text of its own to compare headings with.
        own = layout.body_size(page) if sum(len(line.words) for line in page) >= 40 else usual
        paragraphs.append(layout.paragraphs_of(page, own))
    sources = ["ocr" if page.method == "ocr" else "text_layer" for page in read]
    texts = {}
    for item, own_paragraphs, source in zip(read, paragraphs, sources, strict=True):
        alone = layout.blocks_of([own_paragraphs], [source])
        texts[item.look.number] = "\n".join(block.text for block in alone)
    return layout.blocks_of(paragraphs, sources), texts, furniture


def _metadata(document: pypdfium2.PdfDocument) -> dict[str, object]:
    """Return title and producer; the author is a person and left out."""
    info = document.get_metadata_dict(skip_empty=True)
    producers = [clean(info[key]) for key in ("Creator", "Producer") if info.get(key)]
    metadata: dict[str, object] = {}
    if clean(info.get("Title", "")):
        metadata["title"] = clean(info["Title"])[:300]
    if producers:
        metadata["producer"] = " / ".join(dict.fromkeys(producers))[:300]
    return metadata


def _warnings(read: Sequence[_ReadPage], wanted: Collection[int]) -> list[str]:
    warnings = []
    by_reason: dict[str, list[int]] = {}
    for page in read:
        if page.warning:
            by_reason.setdefault(page.warning, []).append(page.look.number)
    for reason, numbers in by_reason.items():
        warnings.append(f"{_pages(numbers)} {reason}; not read")
    left_out = [page.look.number for page in read if page.look.number not in wanted]
    if left_out:
        warnings.append(f"{len(left_out)} of {len(read)} pages do not name the subject and were not read")
    poor = [
        p.look.number for p in read if p.confidence is not None and p.confidence < ocr.ADEQUATE_CONFIDENCE
    ]
    if poor:
        warnings.append(f"{_pages(poor)} poorly legible (OCR confidence under {ocr.ADEQUATE_CONFIDENCE:.0f})")
    hidden = [page.look.number for page in read if page.look.kind == PageKind.HIDDEN and page.words]
    if hidden:
        warnings.append(f"{_pages(hidden)} read from the OCR layer that the scan came with")
    return warnings


def _pages(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"page {numbers[0]}"
    shown = ", ".join(map(str, numbers[:10])) + (" and more" if len(numbers) > 10 else "")
    return f"pages {shown}"


def _first_line(error: Exception) -> str:
    return clean(str(error).splitlines()[0] if str(error) else type(error).__name__)[:200]
