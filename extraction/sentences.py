"""Sentences with their place in the document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.contents import Block, Span, Word
from extraction.splitting import names_with_marks, split_sentences


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


def assemble(blocks: Iterable[Block]) -> tuple[Sentence, ...]:
    """Cut blocks into sentences, each with the heading above it; headings stay whole.

    What holds no letter and no digit (rules, bullets, dots) is left out.
    """
    sentences: list[Sentence] = []
    heading: str | None = None
    blocks = list(blocks)
    names = names_with_marks(block.text for block in blocks)
    for block in blocks:
        if not _has_text(block.text):
            continue
        whole = [(0, len(block.text))]
        for start, end in whole if block.kind == "heading" else split_sentences(block.text, names):
            text = block.text[start:end].strip()
            if _has_text(text):
                sentences.append(_sentence(len(sentences), text, block, start, end, heading))
        if block.kind == "heading":
            heading = block.text
    return tuple(sentences)


def _has_text(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _sentence(position: int, text: str, block: Block, start: int, end: int, heading: str | None) -> Sentence:
    words = _words_between(block.spans, start, end)
    confidences = [word.confidence for word in words if word.confidence is not None]
    return Sentence(
        position=position,
        text=text,
        page=words[0].page if words else block.page,
        boxes=line_boxes(words),
        heading=heading,
        kind="sentence" if block.kind == "paragraph" else block.kind,
        source=block.source,
        confidence=round(sum(confidences) / len(confidences), 1) if confidences else None,
    )


def _words_between(spans: Sequence[Span], start: int, end: int) -> list[Word]:
    return [span.word for span in spans if span.start < end and span.end > start]


def line_boxes(words: Iterable[Word]) -> tuple[Box, ...]:
    """Return one box per line of the words, which come in reading order."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and _on_same_line(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return tuple(
        Box(
            page=line[0].page,
            x0=round(min(word.shown_x0 for word in line), 1),
            top=round(min(word.shown_top for word in line), 1),
            x1=round(max(word.shown_x1 for word in line), 1),
            bottom=round(max(word.shown_bottom for word in line), 1),
        )
        for line in lines
    )


def _on_same_line(previous: Word, word: Word) -> bool:
    if previous.page != word.page or word.x0 < previous.x0:
        return False
    overlap = min(previous.bottom, word.bottom) - max(previous.top, word.top)
    return overlap > 0.5 * min(previous.bottom - previous.top, word.bottom - word.top)
