"""A quick look at every page with PDFium: what is on it, and does it matter?

PDFium reads 270 to 680 pages a second, pdfplumber 14 to 18; so PDFium decides which pages are worth reading
and which need OCR. Its own text is not kept: it joins words at line-end hyphens and glues some table figures.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from operator import itemgetter
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from domain.rulebook import SHARED, load_rules
from extraction.vocabulary import known_share

SHORT_FILE = 30
"""Pages up to which a file is read whole: statements have 1 to 20; annual reports begin at about 40."""

_RULES = load_rules(Path(__file__).parent / "rules" / "subject.yaml", SHARED)
_SUBJECT = _RULES["subject"]
_STEM = _RULES["stem"]
# Characters that text layers have for want of a map to Unicode; \x02 is a line-end hyphen.
_JUNK = re.compile("[\ufffd\ue000-\uf8ff\x00-\x01\x03-\x08\x0e-\x1f]")
# Under 50 characters a page holds at most a page number or a stamp.
_FEW_CHARACTERS = 50
# Scans of letters carry a stamp of an e-signature or archive system in text: up to about this long.
_STAMP_CHARACTERS = 250
# Of a page without text: smaller images are logos and ornaments, fewer paths are rules and frames. Letters
# drawn as outlines have a path each, so a line of them has more.
_SOME_IMAGE = 0.15
_DRAWN_LETTERS = 40
# Less than this share of known words is garbage.
_LEGIBLE = 0.6
# Characters asked how they are drawn: an OCR layer hides all of a page, so that a few of them tell.
_SAMPLE = 16
# A sampled page has under 2,000 objects; a map or a bomb has millions, and looking at all of them gains
# nothing.
_MAX_OBJECTS = 20_000


class PageKind(StrEnum):
    BLANK = "blank"
    TEXT = "text"
    SCAN = "scan"
    """No text layer, but an image or drawn letters: needs OCR."""
    STAMPED = "stamped"
    """A page-wide image with a little text: OCR unless that finds no more."""
    GARBAGE = "garbage"
    """A text layer of unknown words: pdfplumber may read it where PDFium cannot; else OCR."""
    HIDDEN = "hidden"
    """A scan with an invisible OCR layer of known words, good enough to read."""
    BAD_HIDDEN = "bad_hidden"
    """A scan whose invisible OCR layer is poor: OCR again."""


@dataclass(frozen=True, slots=True)
class Look:
    """What PDFium sees on one page."""

    number: int
    width: float
    height: float
    """In points, as shown (cropped and turned)."""
    characters: int
    """Other than white space."""
    known: float | None
    """Share of known words; None under ten words."""
    junk: float
    """Share of characters from private use areas and the like."""
    on_subject: bool
    image: float = 0
    """Share of the page that its largest image covers; this and what follows only where the text does not
    tell.
    """
    images: float = 0
    """Shares of all its images together: some scanners cut a page into strips."""
    paths: int = 0
    invisible: float = 0
    """Share of text objects drawn in invisible ink (render mode 3), as OCR layers are."""
    text_objects: int = 0

    @property
    def kind(self) -> PageKind:
        if self.characters < _FEW_CHARACTERS:
            if self.images > _SOME_IMAGE or self.paths > _DRAWN_LETTERS:
                return PageKind.SCAN
            # Fonts without a usable map give PDFium no characters where pdfplumber still reads some.
            return PageKind.TEXT if self.text_objects or self.characters else PageKind.BLANK
        if self.known is not None and self.known < _LEGIBLE:
            return PageKind.GARBAGE
        if self.known is None and self.junk > 0.05:
            return PageKind.GARBAGE
        if self.invisible > 0.8 and self.image > 0.6:
            # 0.88: clean OCR reaches 0.95 and more; the limit is a guess, no truly bad layer was at hand.
            return PageKind.HIDDEN if (self.known or 0) >= 0.88 else PageKind.BAD_HIDDEN
        if self.image > 0.6 and self.characters < _STAMP_CHARACTERS:
            return PageKind.STAMPED
        return PageKind.TEXT


def look_at(page: pypdfium2.PdfPage, number: int) -> Look:
    """Return what is on a page; `number` counts from 1."""
    width, height = page.get_size()
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_bounded()
        characters = len("".join(text.split()))
        look = Look(
            number=number,
            width=width,
            height=height,
            characters=characters,
            known=known_share(text),
            junk=len(_JUNK.findall(text)) / max(characters, 1),
            on_subject=_names_subject(text),
        )
        if _tells_by_text(look) and _is_in_ink(textpage):
            return look
    finally:
        textpage.close()
    return _with_objects(look, page)


def _names_subject(text: str) -> bool:
    lowered = text.lower()
    return bool(_STEM.search(lowered) and _SUBJECT.search(lowered))


def _tells_by_text(look: Look) -> bool:
    """Whether nothing but invisible ink could make the page another kind than its text does.

    Walking through all objects takes as long as all else together on pages of charts.
    """
    return look.characters >= _STAMP_CHARACTERS and look.known is not None


def _is_in_ink(textpage: pypdfium2.PdfTextPage) -> bool:
    """Whether at least half of some characters, spread over the page, are drawn so that they are seen."""
    count = textpage.count_chars()
    step = max(1, count // _SAMPLE)
    items = (pdfium.FPDFText_GetTextObject(textpage.raw, index) for index in range(step // 2, count, step))
    modes = [pdfium.FPDFTextObj_GetTextRenderMode(item) for item in items if item]
    hidden = modes.count(pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
    return bool(modes) and hidden <= len(modes) / 2


def _with_objects(look: Look, page: pypdfium2.PdfPage) -> Look:
    """Return the look with what is told by the objects on the page: images, paths, shown and hidden text."""
    share = total = 0.0
    paths = shown = hidden = 0
    for item in _objects(page):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            own = _measure_image(item, look.width, look.height)[0]
            share, total = max(share, own), total + own
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetTextRenderMode(item.raw) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                hidden += 1
            else:
                shown += 1
    return replace(
        look,
        image=share,
        images=total,
        paths=paths,
        invisible=hidden / max(shown + hidden, 1),
        text_objects=shown + hidden,
    )


def image_dpi(page: pypdfium2.PdfPage) -> float | None:
    """Return the resolution of the page's largest image; None without one."""
    width, height = page.get_size()
    images = (item for item in _objects(page) if item.type == pdfium.FPDF_PAGEOBJ_IMAGE)
    measured = [_measure_image(item, width, height) for item in images]
    share, dpi = max(measured, key=itemgetter(0), default=(0.0, None))
    return dpi if share else None


def _objects(page: pypdfium2.PdfPage) -> Iterator[pypdfium2.PdfObject]:
    return islice(page.get_objects(max_depth=4), _MAX_OBJECTS)


def _measure_image(item: pypdfium2.PdfObject, width: float, height: float) -> tuple[float, float | None]:
    try:
        left, bottom, right, top = item.get_bounds()
    except pypdfium2.PdfiumError:
        return 0.0, None
    across = max(0.0, min(right, width) - max(left, 0.0))
    up = max(0.0, min(top, height) - max(bottom, 0.0))
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    resolution = None
    if pdfium.FPDFImageObj_GetImagePixelSize(item.raw, wide, high) and right > left:
        # A turned image has its pixel width along the page's height: the longer side goes with the longer.
        pixels = max(wide.value, high.value)
        resolution = 72 * pixels / max(right - left, top - bottom)
    return across * up / max(width * height, 1.0), resolution


def pages_that_matter(looks: Sequence[Look]) -> set[int]:
    """Return the numbers of the pages to read: all of a short file, else those on the subject and around
    them.

    The first two pages of a long file go with them (they say whose it is), and so do scanned pages, of which
    nothing can be said before OCR.
    """
    if len(looks) <= SHORT_FILE:
        return {look.number for look in looks}
    wanted = {1, 2}
    for look in looks:
        if look.on_subject:
            wanted.update((look.number - 1, look.number, look.number + 1))
        elif look.kind not in (PageKind.TEXT, PageKind.BLANK, PageKind.HIDDEN):
            wanted.add(look.number)
    return {number for number in wanted if 1 <= number <= len(looks)}
