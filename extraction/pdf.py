"""PDF to contents: PDFium looks at every page, pdfplumber or OCR reads those that matter."""

from __future__ import annotations

import re
import statistics
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2

from domain import machine
from domain.rulebook import SHARED, load_rules
from extraction import layout, signatures
from extraction.contents import (
    ADEQUATE_CONFIDENCE,
    DAMAGED,
    NO_OCR,
    NO_TIME,
    OCR_OFF,
    OFF_SUBJECT,
    TOO_LARGE,
    Block,
    Contents,
    OcrUnavailableError,
    Page,
    UnreadableError,
    Word,
    clean,
)
from extraction.figurerows import join_figures
from extraction.furniture import remove_furniture
from extraction.textlayer import TextLayer
from extraction.triage import Look, PageKind, image_dpi, look_at, pages_that_matter
from extraction.vocabulary import known_share

MAX_PAGES = 5_000
"""Longer files are directories or bombs; PDFium alone would take ten seconds and more."""
MAX_OCR_PAGES = 60
"""About two minutes on one core; a statement that was scanned has a tenth of that."""

# An A4 page at 600 dpi in colour has 104 MB; PDFium and pdfminer hold a stream unpacked several times over.
_MAX_INFLATED = 300_000_000
_CHUNK = 1 << 20
_STREAM = re.compile(rb"(/Filter[^>]{0,200}/Fl(?:ateDecode)?[^>]{0,300}>>)\s{0,4}stream\r?\n", re.DOTALL)

# An A4 page set solid in type of 4 points has 30,000; pdfplumber takes a second for as many.
_MAX_CHARACTERS = 200_000
# A text layer of fewer known words is garbage.
_LEGIBLE = 0.6


@dataclass(slots=True)
class _ReadPage:
    """One page on the way: its words, and how they were found."""

    look: Look
    method: str
    words: list[Word] = field(default_factory=list)
    unread_because: str = ""
    """A code of contents.py."""
    reason: str = ""
    """The same for a reader; empty for pages that were not to be read."""

    @property
    def confidence(self) -> float | None:
        confidences = [word.confidence for word in self.words if word.confidence is not None]
        return round(statistics.fmean(confidences), 1) if confidences else None


def read_pdf(
    body: bytes, *, pages: Collection[int] | None = None, use_ocr: bool = True, deadline: float | None = None
) -> Contents:
    """Return the contents of a PDF that begins with %PDF-.

    `pages` names the pages to read, from 1; None reads those that matter. Once `deadline` (of
    machine.cpu_clock) has passed no further page is begun: the rest are unread, with a warning. Raises
    UnreadableError.
    """
    with _opened(body) as document:
        looks = _look_at_all(document)
        wanted = pages_that_matter(looks) if pages is None else set(pages)
        reader = _PageReader(body, document, wanted, use_ocr, deadline)
        read = [reader.read(look) for look in looks]
        _refuse_if_nothing_read(read)
        metadata = _metadata(document)
    blocks, texts, furniture = _assembled(read)
    metadata["furniture"] = furniture
    scanned = sum(page.method == "ocr" for page in read)
    return Contents(
        method="ocr" if scanned > sum(page.method == "text_layer" for page in read) else "pdf",
        pages=[
            Page(page.look.number, page.method, page.confidence, texts[page.look.number], page.unread_because)
            for page in read
        ],
        blocks=blocks,
        metadata=metadata,
        warnings=_warnings(read),
    )


def _refuse_if_nothing_read(read: Sequence[_ReadPage]) -> None:
    """Where every page to be read is broken or too large, so is the file. Pages that lack OCR are not."""
    tried = [page for page in read if page.unread_because != OFF_SUBJECT]
    hopeless = [page for page in tried if page.unread_because in (DAMAGED, TOO_LARGE) and not page.words]
    if tried and len(hopeless) == len(tried):
        first = hopeless[0]
        raise UnreadableError(
            first.unread_because, f"no page can be read: page {first.look.number}: {first.reason}"
        )


@contextmanager
def _opened(body: bytes) -> Iterator[pypdfium2.PdfDocument]:
    _refuse_bombs(body)
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


def _refuse_bombs(body: bytes) -> None:
    """Refuse a stream that inflates beyond bounds before PDFium tries, which ends the process when memory is
    out.

    Deflate shrinks by 1,032 times at most, so only streams of some size can, and those packed twice.
    """
    for match in _STREAM.finditer(body):
        end = body.find(b"endstream", match.end())
        packed = memoryview(body)[match.end() : end if end > 0 else len(body)]
        twice = match.group(1).count(b"/Fl") > 1
        if len(packed) * 1_032 > _MAX_INFLATED or twice:
            inflated = _inflated_size(packed, twice)
            if inflated > _MAX_INFLATED:
                raise UnreadableError(
                    "too_large", f"a part of the PDF unpacks to more than {_MAX_INFLATED / 1e6:.0f} MB"
                )


def _inflated_size(packed: memoryview, twice: bool) -> int:
    """Return the size of deflated data when unpacked, counting no further than the bound."""
    outer, inner = zlib.decompressobj(), zlib.decompressobj()
    size = 0
    try:
        data: bytes | memoryview = packed
        while size <= _MAX_INFLATED and (data or outer.unconsumed_tail) and not outer.eof:
            chunk = outer.decompress(data or outer.unconsumed_tail, _CHUNK)
            data = outer.unconsumed_tail
            if not chunk:
                break
            size += _drained(inner, chunk) if twice else len(chunk)
    except zlib.error:  # encrypted, or not deflated: the library will say
        pass
    return size


def _drained(inner: Any, chunk: bytes) -> int:
    size = 0
    while chunk and size <= _MAX_INFLATED:
        size += len(inner.decompress(chunk, _CHUNK))
        chunk = inner.unconsumed_tail
    return size


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
        on_subject=False,
        text_objects=1,  # so that pdfplumber tries
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
        self._layer = TextLayer(body, len(document))

    def read(self, look: Look) -> _ReadPage:
        if look.number not in self._wanted:
            return _ReadPage(look, "unread", unread_because=OFF_SUBJECT)
        if self._deadline is not None and machine.cpu_clock() > self._deadline:
            return _unread(look, NO_TIME, "time ran out before this page")
        if look.characters > _MAX_CHARACTERS:
            reason = f"has {look.characters} characters, more than {_MAX_CHARACTERS}"
            return _unread(look, TOO_LARGE, reason)
        is_blank = look.kind == PageKind.BLANK
        damage = self._layer.damage(look.number, looks_blank=is_blank)
        if is_blank:
            return _unread(look, DAMAGED, damage) if damage else _ReadPage(look, "blank")
        words: list[Word] = []
        if look.kind not in (PageKind.SCAN, PageKind.BAD_HIDDEN):
            words = self._layer.words(look.number)
            if look.kind != PageKind.STAMPED and _is_legible(words):
                if damage:
                    return _unread(look, DAMAGED, damage, words)
                return _ReadPage(look, "text_layer", words)
        read = self._read_image(look, words)
        return _unread(look, DAMAGED, damage, read.words) if damage and read.method != "unread" else read

    def _read_image(self, look: Look, layer: list[Word]) -> _ReadPage:
        """Read a page by OCR; `layer` holds the words of its text layer, which did not do."""
        # A stamp is no reading of the page, but text.
        stamp = layer if look.kind == PageKind.STAMPED else []
        try:
            words = self._recognise(look)
        except OcrUnavailableError as error:
            return _unread(
                look, NO_OCR, f"a scan, and this copy of the program cannot read scans: {error}", stamp
            )
        except UnreadableError as problem:
            return _unread(look, problem.kind, problem.message, stamp)
        if stamp and len(words) <= len(stamp):
            return _ReadPage(look, "text_layer", stamp)
        if words:
            damage = self._layer.picture_damage(look.number)
            return _unread(look, DAMAGED, damage, words) if damage else _ReadPage(look, "ocr", words)
        if layer or look.characters:
            return _unread(look, DAMAGED, "has letters that stand for no known characters, and OCR sees none")
        damage = self._layer.picture_damage(look.number)
        return _unread(look, DAMAGED, damage) if damage else _ReadPage(look, "blank")

    def _recognise(self, look: Look) -> list[Word]:
        if not self._use_ocr:
            raise UnreadableError(OCR_OFF, "needs OCR, which is switched off")
        if self._ocr_pages >= MAX_OCR_PAGES:
            raise UnreadableError(
                TOO_LARGE, f"needs OCR, which reads {MAX_OCR_PAGES} pages of a file at most"
            )
        self._ocr_pages += 1
        from extraction import ocr  # only scans need Tesseract and numpy: most workers never load them

        try:
            page = self._document[look.number - 1]
        except pypdfium2.PdfiumError as error:
            raise UnreadableError(DAMAGED, "is broken") from error
        try:
            return ocr.read_page(page, image_dpi(page), look.number)
        finally:
            page.close()


def _unread(look: Look, because: str, reason: str, words: list[Word] | None = None) -> _ReadPage:
    """Return a page that cannot be read, or not as a whole; `reason` goes on from "not read: page 3:"."""
    return _ReadPage(look, "unread", words or [], because, reason)


def _is_legible(words: Sequence[Word]) -> bool:
    # "(cid:127)" by itself is a bullet of a font without names for its glyphs; several in a word are its
    # letters.
    unmapped = sum(word.text.count("(cid:") > 1 for word in words)
    if not words or unmapped > 0.1 * len(words):
        return False
    known = known_share(" ".join(word.text for word in words))
    return known is None or known >= _LEGIBLE


def _assembled(read: Sequence[_ReadPage]) -> tuple[list[Block], dict[int, str], list[str]]:
    """Return the blocks, the text of each page, and the furniture."""
    lines = [layout.lines_of(page.words) for page in read]
    bodies, furniture = remove_furniture(lines, [page.look.height for page in read])
    usual = layout.body_size(line for page in bodies for line in page)
    paragraphs = []
    for page in bodies:
        # A page of few words (a cover) has no running text of its own to compare headings with.
        own = layout.body_size(page) if sum(len(line.words) for line in page) >= 40 else usual
        paragraphs.append(
            []
            if _is_signing_record(page)
            else join_figures(layout.paragraphs_of(signatures.apart(page), own))
        )
    sources = ["ocr" if page.method == "ocr" else "text_layer" for page in read]
    texts = {}
    for item, own_paragraphs, source in zip(read, paragraphs, sources, strict=True):
        alone = layout.blocks_of([own_paragraphs], [source])
        texts[item.look.number] = "\n".join(block.text for block in alone)
    return layout.blocks_of(paragraphs, sources), texts, furniture


_SIGNING_RECORD = load_rules(Path(__file__).parent / "rules" / "printed_pages.yaml", SHARED)["signing_record"]


def _is_signing_record(lines: Sequence[layout.Line]) -> bool:
    """Whether a page is the log that an e-signature service appends: no statement, but personal data."""
    text = "\n".join(line.text for line in lines)[:5_000]
    return len({match.group().lower() for match in _SIGNING_RECORD.finditer(text)}) >= 4


def _metadata(document: pypdfium2.PdfDocument) -> dict[str, object]:
    """Return title and producer; the author is a person and left out, and the creator may be one."""
    info = document.get_metadata_dict(skip_empty=True)
    metadata: dict[str, object] = {}
    if clean(info.get("Title", "")):
        metadata["title"] = clean(info["Title"])[:300]
    if clean(info.get("Producer", "")):
        metadata["producer"] = clean(info["Producer"])[:300]
    return metadata


def _warnings(read: Sequence[_ReadPage]) -> list[str]:
    by_problem: dict[str, list[int]] = {}
    for page in read:
        if page.reason:
            by_problem.setdefault(page.reason, []).append(page.look.number)
    warnings = [f"not read: {_pages(numbers)}: {message}" for message, numbers in by_problem.items()]
    left_out = [page.look.number for page in read if page.unread_because == OFF_SUBJECT]
    if left_out:
        warnings.append(f"not read: {len(left_out)} of {len(read)} pages do not name the subject")
    poor = [p.look.number for p in read if p.confidence is not None and p.confidence < ADEQUATE_CONFIDENCE]
    if poor:
        warnings.append(f"poorly legible: {_pages(poor)}: OCR confidence under {ADEQUATE_CONFIDENCE:.0f}")
    hidden = [page.look.number for page in read if page.look.kind == PageKind.HIDDEN and page.words]
    if hidden:
        warnings.append(f"read from the OCR layer that the scan came with: {_pages(hidden)}")
    return warnings


def _pages(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"page {numbers[0]}"
    shown = ", ".join(map(str, numbers[:10])) + (" and more" if len(numbers) > 10 else "")
    return f"pages {shown}"


def _first_line(error: Exception) -> str:
    return clean(str(error).splitlines()[0] if str(error) else type(error).__name__)[:200]
