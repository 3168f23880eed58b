"""Sentences with their place in the document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from the top left corner; one per line of a sentence."""

    page: int
    """Counted from 1."""
    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, heading, list item or table cell, in reading order."""

    position: int
    """Counted from 0 over the whole document."""
    text: str
    page: int
    """The page on which it begins, from 1; HTML and DOCX have one page."""
    boxes: tuple[Box, ...]
    """Empty for HTML and DOCX; on two pages where the sentence runs over a page break."""
    heading: str | None
    """The nearest heading above; None before the first."""
    kind: str
    """sentence, heading, list_item or cell."""
    source: str
    """text_layer, ocr or markup."""
    confidence: float | None
    """Mean OCR word confidence, 0 to 100; None for a text layer or markup."""
