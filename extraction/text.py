"""Bytes to text: the numbered cascade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from extraction.sentences import Sentence

EXTRACTOR_VERSION = "1"
"""Raised whenever the text that comes out may differ: texts of another version are pending again."""

ERROR_KINDS = ("encrypted", "damaged", "not_a_document", "unsupported", "too_large", "timeout", "crashed", "empty")


@dataclass(frozen=True, slots=True)
class ExtractionError:
    """Why no text came out. `kind` is one of ERROR_KINDS; `message` one plain sentence."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read. `method` is text_layer, ocr, markup, blank, or unread (left out on purpose)."""

    number: int
    method: str
    confidence: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """What one file gave. Where `error` is set there are no sentences, and nothing may be concluded from that."""

    sha256: str
    content_type: str
    """As sniffed from the bytes."""
    method: str
    """pdf, html, docx or ocr (most pages read by OCR)."""
    pages: tuple[Page, ...]
    sentences: tuple[Sentence, ...]
    language: str | None
    """ISO 639-1 code of most of the text; None when too short to tell."""
    metadata: Mapping[str, object]
    """JSON-able: title, producer, author is left out, furniture (running heads and feet), links (addresses of
    linked documents for HTML), registered_name, company_number, dates: where found."""
    warnings: tuple[str, ...]
    error: ExtractionError | None
    version: str = EXTRACTOR_VERSION

    @property
    def pages_read(self) -> tuple[int, ...]:
        """Numbers of the pages that were read (blank pages count as read)."""
        return tuple(page.number for page in self.pages if page.method != "unread")

    @property
    def words(self) -> int:
        return sum(len(sentence.text.split()) for sentence in self.sentences)
