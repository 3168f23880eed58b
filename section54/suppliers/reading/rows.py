"""Rows of cells, as every kind of file gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.safetext import one_line

MAX_ROWS = 500_000  # some 20 times the largest yearly spend file seen; a bound on memory, not a judgement


class SupplierListError(ValueError):
    """The file as a whole can't be read as a supplier list; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of the file; hidden and control characters are taken out of its cells."""

    number: int
    """In the file or sheet, from 1."""
    cells: tuple[str, ...]
    problems: Mapping[int, str] = field(default_factory=dict)
    """Column index to what is wrong with the cell."""
    further_lines: tuple[int, ...] = ()
    """Of a CSV row over several lines: how many cells each line after the first would have by itself."""
    lines: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Column index to the lines of a cell that has several."""
    merged: Mapping[int, str] = field(default_factory=dict)
    """Column index to the text of the merged cell that the row shares with rows above it."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a sheet, with what it is in words."""

    rows: tuple[FileRow, ...]
    format: str
    workbook: bool
    warnings: tuple[str, ...] = ()
    separator: str = ""
    """Between the cells of a text file; "" for other files."""
    file: str = ""
    """The name of the file within an archive or of several; "" for the only file."""
    doubts: tuple[str, ...] = ()
    """What a person should look at first."""


_SEVERAL_LINES = re.compile(r"\r\n?|\n|_x000[aAdD]_")


def make_row(number: int, cells: list[str], **more: object) -> FileRow:
    """Make a row of cells as the file has them; the lines of a cell over several are kept beside it."""
    lines = {
        at: tuple(filter(None, map(one_line, _SEVERAL_LINES.split(cell))))
        for at, cell in enumerate(cells)
        if "\n" in cell or "\r" in cell or "_x000" in cell
    }
    several = {at: parts for at, parts in lines.items() if len(parts) > 1}
    return FileRow(number, tuple(one_line(cell) for cell in cells), lines=several, **more)  # type: ignore[arg-type]
