"""Recognised words of a scan to words with the type they were set in, so that the one layout code reads both.

A text layer says where lines stand, how large and how bold they are; of a scan that has to be measured: how
crooked it is, each line's baseline and size, the thickness of its strokes, and which scraps are bullets.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from PIL import Image

from extraction.contents import Word, clean

# Of the size of the type, in common text faces: height of capitals and ascenders, of t and dotted letters, of
# other small letters; and how much of a line lies above and below the baseline.
_ASCENT, _T_HEIGHT, _X_HEIGHT = 0.72, 0.64, 0.5
_ABOVE, _BELOW = 0.78, 0.22
_DESCENDERS = re.compile(r"[gjpqyQ,;()\[\]_@/|{}$]")
_ASCENDERS = re.compile(r"[A-Zbdfhkl0-9ŵŷâêîôû]")
# Sizes of lines are measured to within about 18 %: lines closer than that are of one size.
_SAME_SIZE = 0.18
# Bold strokes are 1.4 to 1.8 times as thick as regular ones; noise moves a line's mean by a tenth.
_BOLD = 1.2
# What Tesseract makes of bullets: marks that begin no line of prose, and letters that may.
_MISREAD_BULLET = re.compile(r"[•●▪◦‣·■►✓¢©®°«»*+~>¥e]")
_DOUBTFUL_BULLET = re.compile(r"[oO0=@§–-]")


class Cell(NamedTuple):
    """One recognised word, in pixels; words of one line share `line`."""

    line: int
    text: str
    confidence: float
    x0: float
    top: float
    x1: float
    bottom: float


class _Line(NamedTuple):
    """A line as if the page had been scanned straight, in pixels."""

    cells: list[Cell]
    baseline: float
    size: float
    stroke: float
    """Mean thickness of its strokes, as if it were of the page's usual size; 0 where it could not be
    measured.
    """


def words_of(cells: Iterable[Cell], image: Image.Image, dpi: int, page: int) -> list[Word]:
    """Return the cells as words in points, in the order given; words of a line share top, bottom and size."""
    rows = [
        [cell for cell in row if clean(cell.text)] for _, row in groupby(cells, key=lambda cell: cell.line)
    ]
    rows = [row for row in rows if row]
    if not rows:
        return []
    slope = _page_slope(rows)
    dark = np.asarray(image) < _threshold(image)
    lines = _levelled([_measured(row, slope, dark) for row in rows])
    strokes = [line.stroke for line in lines for _ in line.cells if line.stroke]
    bold_from = _BOLD * statistics.median(strokes) if strokes else float("inf")
    return [word for line in lines for word in _line_words(line, slope, bold_from, scale=72 / dpi, page=page)]


def _page_slope(rows: Sequence[Sequence[Cell]]) -> float:
    """Return how far lines sink per pixel to the right: the median over lines long enough to tell."""
    slopes = []
    for row in rows:
        first, last = row[0], row[-1]
        if len(row) >= 4 and last.x0 - first.x0 > 200:
            slopes.append((last.top + last.bottom - first.top - first.bottom) / 2 / (last.x0 - first.x0))
    return statistics.median(slopes) if slopes else 0.0


def _measured(row: list[Cell], slope: float, dark: np.ndarray) -> _Line:
    extents = [_straight_extent(cell, slope) for cell in row]
    lettered = [
        (cell, top, bottom)
        for cell, (top, bottom) in zip(row, extents, strict=True)
        if any(character.isalnum() for character in cell.text)
    ] or [(cell, top, bottom) for cell, (top, bottom) in zip(row, extents, strict=True)]
    on_line = [bottom for cell, _, bottom in lettered if not _DESCENDERS.search(cell.text)]
    if on_line:
        baseline = statistics.median(on_line)
    else:
        deepest = statistics.median(bottom for _, _, bottom in lettered)
        baseline = deepest - _BELOW / (_ASCENT + _BELOW) * (deepest - min(top for _, top, _ in lettered))
    # The median over words: one box that a speck of dirt makes too high must not count.
    size = statistics.median((baseline - top) / _height_share(cell.text) for cell, top, _ in lettered)
    return _Line(row, baseline, max(size, 1.0), _stroke(row, dark))


def _height_share(text: str) -> float:
    """Return how high the highest letter of a word stands, as a share of the size of its type."""
    if _ASCENDERS.search(text):
        return _ASCENT
    return _T_HEIGHT if re.search("[tij]", text) else _X_HEIGHT


def _levelled(lines: Sequence[_Line]) -> list[_Line]:
    """Give lines of nearly one size the same: that of the line before, else the usual one of the page."""
    usual = statistics.median(line.size for line in lines for _ in line.cells)
    levelled: list[_Line] = []
    for line in lines:
        before = levelled[-1].size if levelled else usual
        size = next((s for s in (before, usual) if abs(line.size - s) < _SAME_SIZE * s), line.size)
        levelled.append(line._replace(size=size, stroke=line.stroke * usual / max(size, usual)))
    return levelled


def _straight_extent(cell: Cell, slope: float) -> tuple[float, float]:
    """Return top and bottom of a word on a straight page: on a crooked one its box is higher by its rise."""
    middle = slope * (cell.x0 + cell.x1) / 2
    rise = min(abs(slope) * (cell.x1 - cell.x0), cell.bottom - cell.top - 1) / 2
    return cell.top - middle + rise, cell.bottom - middle - rise


def _threshold(image: Image.Image) -> float:
    """Return the grey between paper and ink: halfway between their usual values."""
    histogram = image.histogram()
    total = sum(histogram)
    paper = _percentile(histogram, 0.5 * total)  # most of a page is paper
    ink = _percentile(histogram, 0.02 * total)
    return (paper + ink) / 2 + 0.5


def _percentile(histogram: Sequence[int], rank: float) -> int:
    for grey, count in enumerate(histogram):
        rank -= count
        if rank <= 0:
            return grey
    return len(histogram) - 1


def _stroke(row: Sequence[Cell], dark: np.ndarray) -> float:
    """Return the mean length of the runs of ink along the rows of pixels: the thickness of strokes."""
    ink = runs = 0
    for cell in row:
        box = dark[int(cell.top) : int(cell.bottom), int(cell.x0) : int(cell.x1)]
        if box.shape[0] < 3 or box.shape[1] < 3:
            continue
        ink += int(np.count_nonzero(box))
        runs += int(np.count_nonzero(box[:, 1:] & ~box[:, :-1])) + int(np.count_nonzero(box[:, 0]))
    return ink / runs if runs else 0.0


def _line_words(line: _Line, slope: float, bold_from: float, scale: float, page: int) -> Iterable[Word]:
    for index, cell in enumerate(line.cells):
        yield Word(
            text="•" if index == 0 and _is_bullet(line) else clean(cell.text),
            page=page,
            x0=(cell.x0 + slope * line.baseline) * scale,
            top=(line.baseline - _ABOVE * line.size) * scale,
            x1=(cell.x1 + slope * line.baseline) * scale,
            bottom=(line.baseline + _BELOW * line.size) * scale,
            size=line.size * scale,
            bold=line.stroke > bold_from,
            confidence=cell.confidence,
            slope=slope,
        )


def _is_bullet(line: _Line) -> bool:
    """Whether a line begins with what a bullet is misread as; a letter only if set apart from the text."""
    if len(line.cells) < 2:
        return False
    first, second = line.cells[:2]
    mark = first.text.strip()
    apart = second.x0 - first.x1 > 0.55 * line.size
    return bool(_MISREAD_BULLET.fullmatch(mark) or (apart and _DOUBTFUL_BULLET.fullmatch(mark)))
