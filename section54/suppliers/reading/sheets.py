"""The small CSV tables that people fill in: decisions and risk tiers."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from domain.safetext import as_written


class SheetError(ValueError):
    """A table that can't be taken; the message names file, row and value."""


def read_sheet(
    path: Path, columns: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV table as (row number, cells by column), cells as they were before `defused`.

    Columns that are not there are blank; others than `columns`, and rows without anything in `columns`, are
    passed over. Raises SheetError for a table without the columns `needed`, of another encoding, or that is
    no CSV; OSError.
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
                row = {name: as_written(found.get(name, "")) for name in columns}
                if any(row.values()):
                    yield number, row
    except UnicodeDecodeError as error:
        raise SheetError(f"{path} is not UTF-8: save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise SheetError(f"{path} can't be read as CSV: {error}") from error
