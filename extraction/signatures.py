"""Signature blocks set side by side: one signatory after the other.

Word processors write two signatories row by row, both names and then both titles: read so, nobody can tell
who signed as what, or when.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domain.rulebook import SHARED, load_rules
from extraction.layout import Line

_RULES = load_rules(Path(__file__).parent / "rules" / "signatories.yaml", SHARED)
_SIGNATORY = _RULES["signatory"]
_MOST_WORDS = 8
_MOST_SIGNATORIES = 3
# Ink needs room: up to so many heights of a line between two rows.
_ROOM = 5
# A row of one of them alone stands no further from the row above than lines do.
_CLOSE = 1.2


def apart(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of one page with those of signatories side by side in the order of signatories, each
    alone.

    Such a block is two rows or more of short lines in the same two or three columns, of which one row has a
    title or a label in every column. All else keeps its order.
    """
    rows = _rows(lines)
    ordered: list[Line] = []
    index = 0
    while index < len(rows):
        block = _block(rows[index:])
        if not block:
            ordered.extend(rows[index])
            index += 1
            continue
        for line in (line for column in zip(*block, strict=True) for line in column if line):
            line.alone = True
            ordered.append(line)
        index += len(block)
    return ordered


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that follow one another from left to right at one height."""
    rows: list[list[Line]] = []
    for line in lines:
        if rows and _beside(rows[-1][-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _beside(left: Line, right: Line) -> bool:
    overlap = min(left.bottom, right.bottom) - max(left.top, right.top)
    return right.x0 > left.x1 and overlap > 0.5 * min(left.height, right.height)


def _block(rows: Sequence[Sequence[Line]]) -> list[list[Line | None]]:
    """Return the block that begins with the first row, a line or None for each column; empty if there is
    none.
    """
    columns = rows[0]
    if not 2 <= len(columns) <= _MOST_SIGNATORIES:
        return []
    block: list[list[Line | None]] = []
    above = columns
    for row in rows:
        placed = _in_columns(row, columns, above)
        if placed is None:
            break
        block.append(placed)
        above = row
    titled = any(all(line and _SIGNATORY.search(line.text) for line in row) for row in block)
    return block if titled and len(block) > 1 else []


def _in_columns(
    row: Sequence[Line], columns: Sequence[Line], above: Sequence[Line]
) -> list[Line | None] | None:
    """Return each column's line of a row, or None where the row is no part of the block."""
    gap, room = row[0].top - above[0].bottom, _ROOM if len(row) > 1 else _CLOSE
    if row is not above and not -0.5 * row[0].height < gap <= room * row[0].height:
        return None
    if any(line.cell is not None or len(line.words) > _MOST_WORDS for line in row):
        return None
    placed = [next((line for line in row if _stands_under(line, column)), None) for column in columns]
    return placed if sum(line is not None for line in placed) == len(row) else None


def _stands_under(line: Line, column: Line) -> bool:
    """Whether a line begins where the column's first one does, or has its middle where that has it."""
    middles = abs(line.x0 + line.x1 - column.x0 - column.x1) / 2
    return min(abs(line.x0 - column.x0), middles) < line.size
