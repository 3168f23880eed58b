"""The small CSV tables that people fill in (decisions, risk tiers), and what makes any CSV safe to open."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class SheetError(ValueError):
    """A table that can't be taken; the message names file, row and value."""


def without_control(text: str) -> str:
    """The text without what neither XML nor a spreadsheet takes."""
    return _CONTROL.sub("", text)


def looks_like_formula(text: str) -> bool:
    return text.lstrip(" ").startswith(_FORMULA_STARTS)


def defused(text: str) -> str:
    """Text that a spreadsheet will not run as a formula when it opens a CSV: an apostrophe before = + - @ and the like."""
    plain = without_control(text)
    return f"'{plain}" if looks_like_formula(plain) else plain


def read_sheet(
    path: Path, columns: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV table as (row number, cells by column), cells as they were before `defused`.

    Columns that are not there are blank; others than `columns`, and rows without anything in `columns`, are passed over.
    Raises SheetError for a table without the columns `needed`, of another encoding, or that is no CSV; OSError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [cell.strip().lower() for cell in next(reader, [])]
            lacking = [name for name in needed if name not in header]
            if lacking:
                raise SheetError(f"{path} has no column {lacking[0]!r}; it needs {', '.join(columns)}")
            for number, cells in enumerate(reader, start=2):
                found = dict(zip(header, cells, strict=False))
                row = {name: _as_written(found.get(name, "")) for name in columns}
                if any(row.values()):
                    yield number, row
    except UnicodeDecodeError as error:
        raise SheetError(f"{path} is not UTF-8: save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise SheetError(f"{path} can't be read as CSV: {error}") from error


def _as_written(cell: str) -> str:
    plain = cell.strip()
    return plain[1:] if plain.startswith("'") and looks_like_formula(plain[1:]) else plain
