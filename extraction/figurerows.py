"""Rows of figures on a printed page, with or without rules around them: each becomes one paragraph.

Word processors write a table row by row, so cells of a row follow one another from left to right at one
height. Tables that are written column by column stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from extraction.layout import Line, Paragraph
from extraction.tablerows import is_heading_row, is_prose, is_row_of_figures

# One row alone may be chance: a heading beside a page number.
_FEWEST_ROWS = 2
# The next row of a table is no further below than so many heights of its line.
_ROOM = 4


def join_figures(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return the paragraphs of a page, those of each row of figures as one; all else keeps its order."""
    joined: list[Paragraph] = []
    for table in _tables(_rows(paragraphs)):
        figures = [is_row_of_figures(_texts(row)) for row in table]
        headings: Sequence[Paragraph] = ()
        if sum(figures) >= _FEWEST_ROWS:
            above = figures.index(True) - 1
            headings = table[above] if above >= 0 and is_heading_row(_texts(table[above])) else ()
        for row, is_figures in zip(table, figures, strict=True):
            joined.extend(_joined(row, headings) if is_figures and sum(figures) >= _FEWEST_ROWS else row)
    return joined


def _rows(paragraphs: Sequence[Paragraph]) -> list[list[Paragraph]]:
    """Group paragraphs that follow one another from left to right at one height."""
    rows: list[list[Paragraph]] = []
    for paragraph in paragraphs:
        if rows and _beside(rows[-1][-1], paragraph):
            rows[-1].append(paragraph)
        else:
            rows.append([paragraph])
    return rows


def _beside(left: Paragraph, right: Paragraph) -> bool:
    if any(line.alone for line in (*left.lines, *right.lines)):
        return False
    overlap = min(left.bottom, right.bottom) - max(left.top, right.top)
    return right.x0 > left.x1 and overlap > 0.5 * min(left.bottom - left.top, right.bottom - right.top)


def _tables(rows: Sequence[list[Paragraph]]) -> list[list[list[Paragraph]]]:
    """Group rows of two cells and more that stand below one another; a row of one cell stands by itself."""
    tables: list[list[list[Paragraph]]] = []
    for row in rows:
        above = tables[-1][-1] if tables else []
        if len(row) > 1 and len(above) > 1 and _follows(above, row):
            tables[-1].append(row)
        else:
            tables.append([row])
    return tables


def _follows(above: Sequence[Paragraph], row: Sequence[Paragraph]) -> bool:
    gap = min(p.top for p in row) - max(p.bottom for p in above)
    height = row[0].lines[0].height
    return -height < gap < _ROOM * height and abs(above[0].x0 - row[0].x0) < row[0].lines[0].size


def _texts(row: Sequence[Paragraph]) -> list[str]:
    return [paragraph.text for paragraph in row]


def _joined(row: Sequence[Paragraph], headings: Sequence[Paragraph]) -> list[Paragraph]:
    parts: list[Sequence[Line]] = [row[0].lines]
    prose: list[Paragraph] = []
    for cell in row[1:]:
        if is_prose(cell.text):
            prose.append(cell)
        else:
            parts.append([*_heading_over(cell, headings), *cell.lines])
    own = [line for cell in row if cell not in prose for line in cell.lines]
    return [Paragraph(own, parts=parts), *prose]


def _heading_over(cell: Paragraph, headings: Sequence[Paragraph]) -> Sequence[Line]:
    """Return the lines of the heading whose column holds the middle of a cell, or overlaps with it most."""
    shared = [(min(cell.x1, over.x1) - max(cell.x0, over.x0), over) for over in headings[1:] or headings]
    width, best = max(shared, key=lambda item: item[0], default=(0.0, None))
    return best.lines if best is not None and width > 0 else ()
