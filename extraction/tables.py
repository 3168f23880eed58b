"""Ruled tables on a page: which cell holds a word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.contents import Word

# The least table, of two by two cells, has three rules each way; charts have thousands of paths, and the
# search is quadratic in them.
_MIN_RULES, _MAX_RULES = 4, 1_500
# Tables of Word are drawn as filled rectangles this thin.
_THIN = 2.5


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of all tables on one page, as boxes (x0, top, x1, bottom), row by row."""

    cells: tuple[tuple[float, float, float, float], ...]
    tops: tuple[float, ...]

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the number of the cell at a point; None outside tables."""
        for number in range(bisect_right(self.tops, y) - 1, -1, -1):
            x0, top, x1, bottom = self.cells[number]
            if x0 <= x <= x1 and top <= y <= bottom:
                return number
        return None


def find_cells(page: Any, drawn: Iterable[Mapping[str, Any]]) -> Grid:
    """Return the cells of tables with at least two rows and two columns on a page of pdfplumber.

    `drawn` holds its lines and rectangles, as pdfplumber describes them.
    """
    rules = [item for item in drawn if item["object_type"] == "line" or _is_drawn(item)]
    if not _MIN_RULES <= len(rules) <= _MAX_RULES:
        return Grid((), ())
    settings = {
        "vertical_strategy": "explicit",
        "horizontal_strategy": "explicit",
        "explicit_vertical_lines": rules,
        "explicit_horizontal_lines": rules,
    }
    cells: list[tuple[float, float, float, float]] = []
    for table in page.find_tables(settings):
        rows = [[cell for cell in row.cells if cell] for row in table.rows]
        if sum(len(row) >= 2 for row in rows) >= 2:
            cells.extend(cell for row in rows for cell in row)
    cells.sort(key=lambda cell: (round(cell[1]), cell[0]))
    return Grid(tuple(cells), tuple(cell[1] for cell in cells))


def _is_drawn(rect: Mapping[str, Any]) -> bool:
    """Whether a rectangle shows a border or is a rule itself: Word lays unseen ones behind runs of text."""
    return bool(rect.get("stroke")) or min(rect["width"], rect["height"]) <= _THIN


def in_cell_order(words: Sequence[Word]) -> list[Word]:
    """Return the words, those of each table row by row, cell by cell, where the table's first word stood."""
    ordered: list[Word] = []
    run: list[Word] = []
    for word in words:
        if word.cell is None:
            ordered.extend(sorted(run, key=lambda w: w.cell or 0))
            run = []
            ordered.append(word)
        else:
            run.append(word)
    return [*ordered, *sorted(run, key=lambda w: w.cell or 0)]
