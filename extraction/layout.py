"""Words on pages to lines, paragraphs and blocks: the same for text layers and OCR.

Words come in the order of the content stream (or of the OCR engine), which on designed pages is the reading
order; sorting by position across a page is what mixes columns. Distances are in points; most thresholds are
relative to the size of the type or the height of a line, because designs differ.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from pathlib import Path

from domain.rulebook import SHARED, load_rules
from extraction.contents import Block, Span, Word
from extraction.vocabulary import join_line_end

_BULLETS = "•●▪◦‣⁃·➢✓■►∙▫‧❖➤✔◆○□➔→\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf06c\uf0a8\uf0e0\uf02d\uf06f\x7f"
_BULLET = re.compile(rf"(?:[{_BULLETS}o\-–—*]|\(cid:\d{{1,3}}\))")
_RULES = load_rules(Path(__file__).parent / "rules" / "printed_pages.yaml", SHARED)
_NUMBER = _RULES["item_label"]
_GOES_ON = _RULES["goes_on"]
_LEADER = re.compile(r"\s?(?:\.\s?){5,}\s?\d*$")
_ENDS_CLAUSE = re.compile(r"[.!?:;][”\"'’)\]]*$")
_ENDS_SENTENCE = re.compile(r"[.!?:][”\"'’)\]]*$")
_BEGINS_SENTENCE = re.compile(r"[“\"‘'(]?[^\W_a-z]")


@dataclass(slots=True)
class Line:
    """Words beside one another with no column gap between them."""

    words: list[Word]
    text: str = ""
    x0: float = 0
    x1: float = 0
    top: float = 0
    bottom: float = 0
    size: float = 0
    bold: bool = False
    colour: str = ""
    font: str = ""
    column_edge: float = 0
    usual_gap: float = 0
    alone: bool = False
    """Whether it is a paragraph of its own, whatever stands around it."""

    def measured(self) -> Line:
        """Fill in what follows from the words; call once all of them are there."""
        self.text = " ".join(word.text for word in self.words)
        self.x0 = min(word.x0 for word in self.words)
        self.x1 = max(word.x1 for word in self.words)
        self.top = min(word.top for word in self.words)
        self.bottom = max(word.bottom for word in self.words)
        letters = sorted((word.size, len(word.text)) for word in self.words)
        self.size = _weighted_median(letters)
        bold = sum(len(word.text) for word in self.words if word.bold)
        self.bold = bold > 0.6 * sum(len(word.text) for word in self.words)
        middle = self.words[len(self.words) // 2]
        self.colour, self.font = middle.colour, middle.font
        return self

    @property
    def height(self) -> float:
        return max(self.bottom - self.top, 1)

    @property
    def page(self) -> int:
        return self.words[0].page

    @property
    def cell(self) -> int | None:
        return self.words[0].cell

    @property
    def recognised(self) -> bool:
        """Whether it comes from OCR, which tells little of style."""
        return self.words[0].confidence is not None

    @property
    def leader(self) -> bool:
        """Whether it is a line of a table of contents, with dots up to the page number."""
        return bool(_LEADER.search(self.text))

    @property
    def bullet(self) -> bool:
        return is_bullet(self.words[0].text)

    @property
    def number(self) -> bool:
        return bool(_NUMBER.fullmatch(self.words[0].text))


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: list[Line] = field(default_factory=list)
    heading: bool = False
    parts: Sequence[Sequence[Line]] = ()
    """Of a row of figures: its label, then each figure behind the heading of its column; else empty."""

    @property
    def item(self) -> bool:
        return self.lines[0].bullet or self.lines[0].number

    @property
    def x0(self) -> float:
        return min(line.x0 for line in self.lines)

    @property
    def x1(self) -> float:
        return max(line.x1 for line in self.lines)

    @property
    def top(self) -> float:
        return min(line.top for line in self.lines)

    @property
    def bottom(self) -> float:
        return max(line.bottom for line in self.lines)

    @property
    def text(self) -> str:
        """Its lines as they stand, without hyphens mended."""
        return " ".join(line.text for line in self.lines)

    @property
    def leading(self) -> float | None:
        """The gap between its first two lines; None while it has one."""
        return self.lines[1].top - self.lines[0].bottom if len(self.lines) > 1 else None

    @property
    def words(self) -> int:
        return sum(len(line.words) for line in self.lines)


def is_bullet(text: str) -> bool:
    return bool(_BULLET.fullmatch(text))


# Lines ------------------------------------------------------------------------------------------------------


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Group words in stream order into visual line segments; a column gap ends a segment."""
    lines: list[Line] = []
    for word in words:
        if lines and _continues_line(lines[-1].words, word):
            lines[-1].words.append(word)
        else:
            lines.append(Line([word]))
    return [_join_spaced_letters(line).measured() for line in lines]


def _continues_line(words: Sequence[Word], word: Word) -> bool:
    last = words[-1]
    if last.cell != word.cell:
        return False
    size = max(last.size, word.size)
    overlap = min(word.bottom, last.bottom) - max(word.top, last.top)
    smaller = min(word.bottom - word.top, last.bottom - last.top)
    if not (abs(word.bottom - last.bottom) < 0.45 * size or overlap > 0.6 * smaller):
        return False
    # After a bullet or number the text may be tabbed far away; between words of a line more than 2.2 em is a
    # gutter between columns. A little backwards is kerning.
    label = len(words) == 1 and (is_bullet(last.text) or _NUMBER.fullmatch(last.text))
    return -0.6 * size < word.x0 - last.x1 < (6 if label else 2.2) * size


def _join_spaced_letters(line: Line) -> Line:
    """Join letter-spaced capitals ("S T A T E M E N T") to words, cut where the gap is wider than usual."""
    words = line.words
    if len(words) < 5 or sum(len(word.text) == 1 and word.text.isalpha() for word in words) < 0.8 * len(
        words
    ):
        return line
    gaps = [b.x0 - a.x1 for a, b in pairwise(words)]
    limit = 1.6 * max(statistics.median(gaps), 0.1)
    groups = [[words[0]]]
    for gap, word in zip(gaps, words[1:], strict=True):
        if gap > limit:
            groups.append([word])
        else:
            groups[-1].append(word)
    return Line([_merged(group) for group in groups])


def _merged(words: Sequence[Word]) -> Word:
    first = words[0]
    return Word(
        text="".join(word.text for word in words),
        page=first.page,
        x0=first.x0,
        top=min(word.top for word in words),
        x1=words[-1].x1,
        bottom=max(word.bottom for word in words),
        size=first.size,
        bold=first.bold,
        colour=first.colour,
        font=first.font,
        confidence=first.confidence,
        cell=first.cell,
        slope=first.slope,
    )


def _weighted_median(values: Sequence[tuple[float, int]]) -> float:
    half = sum(weight for _, weight in values) / 2
    for value, weight in values:
        half -= weight
        if half <= 0:
            return value
    return values[-1][0]


# Paragraphs -------------------------------------------------------------------------------------------------


def paragraphs_of(lines: Sequence[Line], body_size: float) -> list[Paragraph]:
    """Group the lines of one page into paragraphs and mark headings; `body_size` is that of running text."""
    paragraphs: list[Paragraph] = []
    _mark_surroundings(lines)
    for line in lines:
        if paragraphs and not _begins_paragraph(paragraphs[-1], line):
            paragraphs[-1].lines.append(line)
        else:
            paragraphs.append(Paragraph([line]))
    for paragraph, following in zip_longest(paragraphs, paragraphs[1:]):
        paragraph.heading = _is_heading(paragraph, body_size) or _stands_over(paragraph, following)
    return paragraphs


def _mark_surroundings(lines: Sequence[Line]) -> None:
    """Set the usual gap between lines, and how far right each line's column goes.

    That is the furthest that any of the lines around it reach that begin at its left edge.
    """
    gaps = [line.top - above.bottom for above, line in pairwise(lines)]
    # Within a paragraph lines stand closer than their height; what is further apart is none.
    usual = statistics.median(
        [gap for gap, line in zip(gaps, lines, strict=False) if abs(gap) < line.height] or [0]
    )
    for index, line in enumerate(lines):
        line.usual_gap = usual
        near = lines[max(0, index - 6) : index + 7]
        line.column_edge = max(other.x1 for other in near if _in_one_column(line, other))


def _in_one_column(line: Line, other: Line) -> bool:
    """Whether two lines begin at one left edge in type of about one size: a title may be wider than the
    column.
    """
    return abs(other.x0 - line.x0) < 1.5 * line.size and abs(other.size - line.size) < 0.2 * line.size


def _breaks_early(line: Line, following: Line) -> bool:
    """Whether a line ends although the next word would have fitted: a break on purpose, not by wrapping."""
    next_word = following.words[0].x1 - following.words[0].x0
    return line.x1 + next_word + 0.6 * line.size < line.column_edge


def body_size(lines: Iterable[Line]) -> float:
    """Return the size of most of the words; 0 where there are none."""
    sizes = sorted((line.size, len(line.words)) for line in lines)
    return _weighted_median(sizes) if sizes else 0


def _begins_paragraph(paragraph: Paragraph, line: Line) -> bool:
    previous = paragraph.lines[-1]
    if line.bullet or line.cell != previous.cell or previous.leader or line.alone or previous.alone:
        return True
    if previous.bullet and len(previous.words) == 1:  # a bullet set apart from its text
        return False
    gap = line.top - previous.bottom
    lead = previous.height
    open_end = not _ENDS_CLAUSE.search(previous.text)
    same_size = abs(line.size - previous.size) < 0.12 * previous.size
    same_style = same_size and line.bold == previous.bold
    overlap = min(line.x1, previous.x1) - max(line.x0, previous.x0)
    if line.number and (not open_end or previous.bold or line.bold or gap > 0.5 * lead):
        return True
    if line.top < previous.top - lead:  # jumped up: the next column
        return not (open_end and same_style and re.match(r"[a-z(]", line.text) and not previous.bold)
    if gap > 0.75 * lead:  # goes on over a wide gap only within a sentence
        return not (open_end and same_style and gap < 1.2 * lead and re.match(r"[a-z]", line.text))
    if not same_style:
        # It goes on if bold begins or ends in mid-sentence, or further on in the line (an address).
        goes_on = re.match(r"[a-z(,;]", line.text) or (
            line.words[0].bold == previous.words[-1].bold and not _breaks_early(previous, line)
        )
        return not (same_size and open_end and goes_on and overlap > 0)
    if overlap <= 0 or _begins_after_break(paragraph, line, gap):
        return True
    if line.colour != previous.colour and previous.bold and line.bold:  # a heading and a sub-heading
        return True
    return not open_end and _looks_finished(paragraph, line, gap)


def _begins_after_break(paragraph: Paragraph, line: Line, gap: float) -> bool:
    """Whether a line in the style of the one above begins a paragraph because that one was broken on purpose.

    So stand a heading over its paragraph, and a list without bullets; larger or bold type breaks where it
    looks well.
    """
    previous = paragraph.lines[-1]
    if not (_BEGINS_SENTENCE.match(line.text) and _breaks_early(previous, line)):
        return False
    lone = len(paragraph.lines) == 1 and not _GOES_ON.search(previous.text)
    much = previous.x1 - previous.x0 < 0.6 * (previous.column_edge - previous.x0)
    if lone and (line.recognised or (much and not previous.bold)):
        return True
    # Bold names below one another, each a heading: lines of one heading stand no further apart than others.
    if lone and much and gap > line.usual_gap + 0.3 * previous.height:
        return True
    is_open = not _ENDS_CLAUSE.search(previous.text)
    return previous.text.endswith(":") or (line.recognised and (not is_open or _is_wider(paragraph, gap)))


def _looks_finished(paragraph: Paragraph, line: Line, gap: float) -> bool:
    """Whether a closed sentence also ends its paragraph: short last line, indent after it, or a wider gap."""
    previous = paragraph.lines[-1]
    if len(paragraph.lines) > 1:
        width = max(paragraph.x1, line.x1) - min(paragraph.x0, line.x0)
        short = previous.x1 < paragraph.x1 - 0.25 * width
    else:
        width = max(previous.x1, line.x1) - min(previous.x0, line.x0)
        short = previous.x1 < line.x1 - 0.35 * width
    indented = line.x0 - previous.x0 > 0.6 * line.size and not previous.bullet and not previous.number
    return short or indented or _is_wider(paragraph, gap)


def _is_wider(paragraph: Paragraph, gap: float) -> bool:
    """Whether a gap is wider than that of the paragraph's first lines, or than usual where it has one."""
    previous = paragraph.lines[-1]
    # Measured baselines of a scan are exact to a twentieth of a line; boxes of a text layer vary with the
    # fonts.
    margin = 0.2 if previous.recognised else 0.35
    leading = previous.usual_gap if paragraph.leading is None else paragraph.leading
    return gap > leading + margin * previous.height


def _stands_over(paragraph: Paragraph, following: Paragraph | None) -> bool:
    """Whether a short line heads the paragraph right below it, in a scan even if it looks no different."""
    if following is None or len(paragraph.lines) > 1 or paragraph.item or paragraph.words > 10:
        return False
    line, below = paragraph.lines[0], following.lines[0]
    if not _has_word(line.text):
        return False
    looks_alike = line.font == below.font and not line.recognised
    if looks_alike or following.words < 6 or below.bullet or line.cell is not None:
        return False
    attached = 0 <= below.top - line.bottom < 0.5 * line.height
    return attached and bool(_BEGINS_SENTENCE.match(line.text)) and not re.search(r"[.,;:]$", line.text)


def _is_heading(paragraph: Paragraph, body: float) -> bool:
    first, last = paragraph.lines[0], paragraph.lines[-1]
    if first.cell is not None or len(paragraph.lines) > 3 or paragraph.words > 16:
        return False
    if re.search(r"[.;,]$", last.text) or not any(character.isalpha() for character in first.text):
        return False
    if first.leader:
        return False
    # Sizes of recognised lines are measured to within 18 %.
    larger = first.size > (1.18 if first.recognised else 1.12) * body
    return larger or first.bold or first.text.isupper()


# Blocks -----------------------------------------------------------------------------------------------------


def blocks_of(pages: Sequence[Sequence[Paragraph]], sources: Sequence[str]) -> list[Block]:
    """Return the paragraphs of all pages as blocks; what runs over a page break becomes one block.

    `sources` says per page where its text is from (text_layer or ocr).
    """
    blocks: list[Block] = []
    open_paragraph: Paragraph | None = None
    for paragraphs, source in zip(pages, sources, strict=True):
        for index, paragraph in enumerate(paragraphs):
            if index == 0 and open_paragraph and _runs_over(open_paragraph, paragraph):
                paragraph = Paragraph([*open_paragraph.lines, *paragraph.lines])
                blocks.pop()
            blocks.append(_block(paragraph, source))
            open_paragraph = paragraph
    return blocks


def _runs_over(before: Paragraph, after: Paragraph) -> bool:
    """Whether a paragraph at the end of a page goes on at the top of the next one."""
    end, start = before.lines[-1], after.lines[0]
    if before.heading or after.heading or start.bullet or start.number:
        return False
    if start.page != end.page + 1 or start.cell is not None or end.cell is not None:
        return False
    if _ENDS_SENTENCE.search(end.text) or abs(start.size - end.size) > 0.12 * end.size:
        return False
    return bool(re.match(r"[a-z(]", start.text) or _GOES_ON.search(end.text))


def _block(paragraph: Paragraph, source: str) -> Block:
    text, spans = _row_text(paragraph) if paragraph.parts else _joined_text(paragraph)
    first = paragraph.lines[0]
    if paragraph.parts:
        kind = "cell"
    elif paragraph.heading:
        kind = "heading"
    elif first.cell is not None or paragraph.lines[-1].leader or _is_figure(text):
        kind = "cell"  # of a table without rules, figures at least can be told
    else:
        kind = "list_item" if paragraph.item else "paragraph"
    return Block(kind=kind, text=text, page=first.page, source=source, spans=tuple(spans))


def _row_text(paragraph: Paragraph) -> tuple[str, list[Span]]:
    """Join a row of figures as "Label: Heading figure; Heading figure"."""
    text = ""
    spans: list[Span] = []
    for number, part in enumerate(paragraph.parts):
        for word in (word for line in part for word in line.words):
            text += " " if text else ""
            spans.append(Span(len(text), len(text) + len(word.text), word))
            text += word.text
        text = text.rstrip(":;")
        if number < len(paragraph.parts) - 1:
            text += ":" if number == 0 else ";"
    return text, spans


def _has_word(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{3}", text))


def _is_figure(text: str) -> bool:
    return not _has_word(text) and any(character.isdigit() for character in text)


def _joined_text(paragraph: Paragraph) -> tuple[str, list[Span]]:
    """Join the words with blanks, without the bullet, hyphens of line ends mended."""
    tokens: list[tuple[str, list[Word]]] = []
    entry = paragraph.lines[-1].leader  # of a table of contents: without its dots
    for line_number, line in enumerate(paragraph.lines):
        for word_number, word in enumerate(line.words):
            if line_number == 0 and word_number == 0 and is_bullet(word.text):
                continue
            token = word.text.strip(".") if entry else word.text
            broken = word_number == 0 and tokens and re.search(r"\w-$", tokens[-1][0])
            if broken and re.match(r"[a-z]", token):
                before, words = tokens[-1]
                tokens[-1] = (join_line_end(before, token), [*words, word])
            elif token:
                tokens.append((token, [word]))
    spans: list[Span] = []
    start = 0
    for token, words in tokens:
        spans.extend(Span(start, start + len(token), word) for word in words)
        start += len(token) + 1
    return " ".join(token for token, _ in tokens), spans
