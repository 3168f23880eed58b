"""What every reader (PDF, OCR, HTML, DOCX) gives to the one assembly of sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain import filetypes, safetext


class UnreadableError(Exception):
    """A file that gives no text. `kind` is one of text.ERROR_KINDS, `message` one plain sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)  # both, so that it can be sent from one process to another
        self.kind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message


_NOT_READ_YET = {
    "application/rtf", "application/x-ole-storage", "application/postscript", "text/plain", filetypes.XLSX,
    filetypes.PPTX,
}  # fmt: skip
"""Types that may well hold a statement, but that no reader takes."""


def refusal(media_type: str) -> UnreadableError:
    """Return the error for a type that is not read, with a sentence for the reader."""
    what = f"the file is {filetypes.called(media_type)}"
    if filetypes.is_known(media_type) and media_type not in _NOT_READ_YET:
        return UnreadableError("not_a_document", f"{what}, not a PDF, HTML or DOCX document")
    return UnreadableError("unsupported", f"{what}; only PDF, HTML and DOCX are read")


class OcrUnavailableError(Exception):
    """Tesseract or its English data is not installed; the message says what to install."""


NO_OCR = "no_ocr"
OCR_OFF = "ocr_off"
NO_TIME = "no_time"
DAMAGED = "damaged"
TOO_LARGE = "too_large"
OFF_SUBJECT = "off_subject"
"""Why a page is unread, as programs read it: this copy cannot read scans; OCR is switched off; time ran out;
the page
is damaged; it is beyond our bounds; it is a page of a long file that does not name the subject."""

ADEQUATE_CONFIDENCE = 85.0
"""Of the mean OCR word confidence of a page, 0 to 100. Measured: from 91 on word F1 is 0.96 and more, at 85
to 91
0.9, below that 0.84; nothing may be said to be absent from a page below it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a page, with its place in points from the top left corner of what is shown.

    On a crooked scan the place is as if it were straight, so that lines are level and columns upright; the
    properties `shown_...` give where it is in the picture.
    """

    text: str
    page: int
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    """Of the type, in points; the height of the line for OCR."""
    bold: bool = False
    colour: str = ""
    font: str = ""
    """Name of the font; for OCR, which does not tell it, empty."""
    confidence: float | None = None
    """0 to 100 for OCR; None for a text layer."""
    cell: int | None = None
    """Number of the ruled table cell on the page that holds the word; None outside tables."""
    slope: float = 0.0
    """How far lines sink per point to the right; 0 but for crooked scans."""

    @property
    def shown_x0(self) -> float:
        return self.x0 - self.slope * self.bottom

    @property
    def shown_x1(self) -> float:
        return self.x1 - self.slope * self.bottom

    @property
    def shown_top(self) -> float:
        return self.top + min(self.slope * self.shown_x0, self.slope * self.shown_x1)

    @property
    def shown_bottom(self) -> float:
        return self.bottom + max(self.slope * self.shown_x0, self.slope * self.shown_x1)


@dataclass(frozen=True, slots=True)
class Span:
    """Which characters of a block's text a word stands for."""

    start: int
    end: int
    word: Word


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table cell, in reading order."""

    kind: str
    """paragraph, heading, list_item or cell."""
    text: str
    page: int
    """The page on which it begins, from 1."""
    source: str
    """text_layer, ocr or markup."""
    spans: tuple[Span, ...] = ()
    """Empty for markup."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read. `method` is text_layer, ocr, markup, blank, or unread.

    An unread page may have some text: a stamp on a scan, or what is left of a damaged page.
    """

    number: int
    method: str
    confidence: float | None
    text: str
    unread_because: str = ""
    """For an unread page one of NO_OCR, OCR_OFF, NO_TIME, DAMAGED, TOO_LARGE and OFF_SUBJECT; else empty."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reader found in one file."""

    method: str
    """pdf, html, docx or ocr (most pages read by OCR)."""
    pages: Sequence[Page]
    blocks: Sequence[Block]
    metadata: Mapping[str, object] = field(default_factory=dict)
    warnings: Sequence[str] = ()


def clean(text: str) -> str:
    """Return the text in NFKC, without control and invisible characters, each run of white space one blank.

    A soft hyphen goes too: it marks where a word may break, not that it has a hyphen.
    """
    if text.isascii() and text.isalnum():
        return text
    return " ".join(unicodedata.normalize("NFKC", safetext.visible(text)).split())
