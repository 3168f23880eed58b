"""Sentences with their place in the document."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.contents import Block, Span, Word

try:
    import blingfire
except (ImportError, OSError):  # its binary is for x86-64 only, and unmaintained since 2021
    blingfire = None

logger = logging.getLogger(__name__)


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


# Abbreviations that are followed by a name, number or reference, so never end a sentence.
_LEADING = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "mx",
        "dr",
        "prof",
        "rev",
        "hon",
        "sir",
        "messrs",
        "st",
        "ref",
        "refs",
        "v",
        "vs",
        "e.g",
        "i.e",
        "cf",
        "cl",
        "para",
        "paras",
        "sch",
        "art",
        "reg",
        "regs",
        "s",
        "ss",
        "sec",
        "p",
        "pp",
        "fig",
        "ch",
        "vol",
        "approx",
        "incl",
        "c",
        "al",
    ]
)
# Abbreviations that may end one: they do so only before a word that commonly begins a sentence.
_TRAILING = frozenset(
    [
        "ltd",
        "plc",
        "inc",
        "co",
        "corp",
        "llp",
        "bros",
        "dept",
        "est",
        "etc",
        "p.a",
        "u.k",
        "u.s",
        "u.s.a",
        "e.t.i",
        "s.a",
        "s.p.a",
        "p.l.c",
        "b.v",
        "n.v",
        "g.m.b.h",
        "a.g",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
    ]
)
_STARTERS = frozenset(
    [
        "the",
        "this",
        "these",
        "those",
        "we",
        "our",
        "it",
        "its",
        "they",
        "their",
        "he",
        "she",
        "you",
        "in",
        "on",
        "as",
        "at",
        "to",
        "for",
        "all",
        "each",
        "every",
        "any",
        "both",
        "if",
        "when",
        "where",
        "while",
        "since",
        "during",
        "there",
        "such",
        "under",
        "with",
        "following",
        "a",
        "an",
        "no",
        "vat",
        "registered",
        "details",
    ]
)
_BOUNDARY = re.compile(r"(?P<stop>[.!?]+)(?P<close>[\"'”’)\]]*)\s+(?=[\"'“‘(\[]*[^\W_a-z])")
_LABEL = re.compile(r"\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-z]|[ivx]{1,4})[.)]")
_OPEN_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:Ref|Prof|v|Rev|Hon|Sch|Regs|cl|paras)\.$")
# A blank forgotten after the full stop: "before it.We then".
_GLUED_STOP = re.compile(r"(?<=[a-z]{2})[.!?](?=[A-Z][a-z]+[\s,])")


# "Which? can make", "Yahoo! is", "Which? Limited": a mark within a sentence, so part of a name.
_NAME_WITH_MARK = re.compile(
    r"\b([A-Z]\w+[?!])\s+(?=[a-z]|(?:Limited|Ltd|PLC|LLP|Inc|Group|Cyf|Cyfyngedig)\b)"
)
# Once may be a slip of the pen.
_TIMES_A_NAME = 2


def names_with_marks(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of a document that end in a question or exclamation mark, which ends no sentence."""
    counts = Counter(name for text in texts for name in _NAME_WITH_MARK.findall(text))
    return frozenset(name for name, count in counts.items() if count >= _TIMES_A_NAME)


def split_sentences(text: str, names: frozenset[str] = frozenset()) -> list[tuple[int, int]]:
    """Return start and end of each sentence in one paragraph of clean text, in order.

    `names` end in a mark that ends no sentence. Uses blingfire, mended where it is known to fail; without it a
    splitter of our own. Lists, headings and table cells must be apart already: flattened structure is what misleads
    any splitter.
    """
    spans: list[tuple[int, int]] = []
    for start, end in _split_by_blingfire(text) if blingfire else _split_by_rules(text):
        before = text[spans[-1][0] : spans[-1][1]] if spans else ""
        if spans and (
            _never_ends(before) or (names and _ends_in_name(before, text[start : start + 40], names))
        ):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [part for start, end in spans for part in _split_glued(text, start, end)]


def _split_by_blingfire(text: str) -> list[tuple[int, int]]:
    _, offsets = blingfire.text_to_sentences_and_offsets(text)
    return [(start, end) for start, end in offsets] or [(0, len(text))]


def _split_by_rules(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        # Windows, not the whole of both sides: copying those for every full stop would be quadratic.
        before = text[max(start, match.start() - 40) : match.start()]
        after = text[match.end() : match.end() + 40]
        if match["stop"] == "." and not match["close"] and not _ends_sentence(before, after):
            continue
        spans.append((start, match.end("close")))
        start = match.end()
    spans.append((start, len(text)))
    return spans


def _ends_sentence(before: str, after: str) -> bool:
    """Whether a single full stop between the two ends a sentence, and not just an abbreviation."""
    last = before.rsplit(maxsplit=1)[-1].lstrip("(\"'“‘[").lower() if before.strip() else ""
    following = re.match(r"[\"'“‘(\[]*([\w’']+)", after)
    word = following.group(1).lower() if following else ""
    if last in ("no", "nos"):  # a number follows, or it is the answer to a question
        return not after[:1].isdigit()
    if last in _LEADING or (len(last) == 1 and last.isalpha()):
        return False
    if last in _TRAILING or re.fullmatch(r"(?:[a-z]\.)+[a-z]", last):
        return word in _STARTERS or bool(re.match(r"[“\"‘(\[]", after))
    return True


def _never_ends(sentence: str) -> bool:
    """Whether what a splitter took for a sentence is the number of an item, or ends in an open abbreviation."""
    if len(sentence) < 8 and _LABEL.fullmatch(sentence.strip()):
        return True
    return bool(_OPEN_ABBREVIATION.search(sentence[-10:]))


def _ends_in_name(sentence: str, following: str, names: frozenset[str]) -> bool:
    """Whether the mark at the end of what a splitter took for a sentence is that of a name, and it goes on."""
    last = sentence[-40:].split()[-1:]
    first = re.match(r"[\w’']+", following)
    return (
        bool(last)
        and last[0].lstrip("([\"'“‘") in names
        and not (first and first.group().lower() in _STARTERS)
    )


def _split_glued(text: str, start: int, end: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    for match in _GLUED_STOP.finditer(text, start, end):
        token = text[max(start, match.start() - 100) : match.start()].split(" ")[-1]
        if re.search(r"[@/]|www", token):
            continue
        parts.append((start, match.end()))
        start = match.end()
    return [*parts, (start, end)]


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
