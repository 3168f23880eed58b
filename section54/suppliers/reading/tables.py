"""Where the tables of suppliers stand in a sheet.

Every row of the first hundred is tried as the header, and the best wins. A header may take two rows, stand
below banners and notes, come again further down, and be followed by a table of another shape. Tables may
stand side by side. What the cells below hold decides as much as the headings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from domain.rulebook import SHARED, load_rules
from domain.safetext import one_line
from section54.suppliers.reading.cells import is_code, is_name, read_day, read_money
from section54.suppliers.reading.columns import Columns, choose_columns, with_unit_above
from section54.suppliers.reading.headings import currency_in, heading, unit_in
from section54.suppliers.reading.rows import FileRow, Table

HEADER_ROWS = 100  # notes and data dictionaries above real tables end well before
_LEAST_SCORE = 1.0  # a row below it has more of data than of headings
_BELOW = 400  # rows below a header that are looked at to judge it
_LINES = load_rules(Path(__file__).parent / "rules" / "lines.yaml", SHARED)
# A cell without one of these can be no heading of suppliers: saves reading every name of a long list
# as a heading.
_MAY_HEAD = re.compile(
    r"suppl|vend|pay|paid|bene|contract|provid|credit|merchant|recip|award|bidder|tender|compan|organi|busin|firm|name|"
    r"entity|trader|label|seller|consult|cyfl|talai|derb|cwmni|enw|party|ltd name",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\W*(?:fy)?\s*(?:19|20)\d\d(?:\s?[/-]\s?\d{2,4})?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SupplierTable:
    """One table of suppliers within a sheet."""

    sheet: Table
    headings: tuple[str, ...]
    header_row: int
    """In the file, from 1; 0 where the list has none."""
    columns: Columns
    body: tuple[FileRow, ...]
    score: float
    notes: tuple[str, ...] = ()
    titles: tuple[int, ...] = ()
    """Rows of the body that only name the table below them, or the unit of the amounts."""

    @property
    def shape(self) -> tuple[str, ...]:
        """What two tables of one list share: their headings, without accidents."""
        return tuple(" ".join(heading(cell).words[:1]) for cell in self.headings if cell)


@dataclass(frozen=True, slots=True)
class _Header:
    """A row, or two, that may be the header."""

    first: int
    """Index of its first row in the sheet."""
    last: int
    cells: tuple[str, ...]


def find_tables(sheet: Table, wanted: Mapping[str, str]) -> list[SupplierTable]:
    """Return the tables of suppliers of a sheet in their order; empty where there is none.

    `wanted` are the headings that a person chose, by field.
    """
    best = _best_header(sheet, wanted)
    if best is None:
        listed = _names_only(sheet) if not wanted else None
        return [listed] if listed else []
    found = _side_by_side(sheet, best, wanted)
    return [part for table in found for part in _one_below_the_other(table, wanted)]


# --- the header


def _best_header(sheet: Table, wanted: Mapping[str, str]) -> tuple[_Header, Columns, float] | None:
    best: tuple[_Header, Columns, float] | None = None
    for header in _headers(sheet.rows, wanted):
        judged = _judge(sheet, header, wanted)
        if (
            judged is not None
            and (wanted or judged[1] >= _LEAST_SCORE)
            and (best is None or judged[1] > best[2] + 0.01)
        ):
            best = (header, *judged)
    return best


def _headers(rows: Sequence[FileRow], wanted: Mapping[str, str]) -> list[_Header]:
    found = []
    for index, row in enumerate(rows[:HEADER_ROWS]):
        below = rows[index + 1].cells if index + 1 < len(rows) else ()
        for header in (
            _Header(index, index, row.cells),
            _Header(index, index + 1, _joined(row.cells, below)),
        ):
            if (header.last == index or any(below)) and (wanted or any(map(_MAY_HEAD.search, header.cells))):
                found.append(header)
    return found


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Two rows of headings as one; a merged heading holds for the blank cells to its right."""
    spread = ""
    joined = []
    for index, cell in enumerate(lower):
        spread = (upper[index] if index < len(upper) else "") or spread
        joined.append(f"{spread} {cell}".strip() if cell else (upper[index] if index < len(upper) else ""))
    return tuple(joined)


def _judge(sheet: Table, header: _Header, wanted: Mapping[str, str]) -> tuple[Columns, float] | None:
    chosen = _wanted_columns(header.cells, wanted)
    if chosen is None:
        return None
    if not wanted and sum(bool(heading(cell).words) for cell in header.cells) == 0:
        return None
    below = [row.cells for row in sheet.rows[header.last + 1 : header.last + 1 + _BELOW] if any(row.cells)]
    columns = choose_columns(header.cells, below, chosen, sheet.separator)
    if columns is None:
        return None
    return columns, _score(header, columns, below)


def _score(header: _Header, columns: Columns, below: Sequence[Sequence[str]]) -> float:
    """Return how likely a row is the header: what its headings mean, less what no heading would be."""
    score = (
        columns.strength + 6.0 * ("amount" in columns.by_field) + 3.0 * ("company_number" in columns.by_field)
    )
    score += columns.recognised
    filled = [cell for cell in header.cells if cell]
    score -= 4.0 * sum(map(_is_data, filled)) + 4.0 * sum(
        read_money(cell) is not None and not _YEAR.fullmatch(cell) for cell in filled
    )
    score -= 3.0 * sum(len(cell) > 90 for cell in filled) + 6.0 * sum(map(_is_company, filled))
    if header.last != header.first:
        score -= 0.5
    at = columns.name
    names = [row[at] for row in below if at < len(row) and row[at]]
    if not names:
        score -= 4.0
    again = sum(row[at] == header.cells[at] and row != header.cells for row in below if at < len(row))
    score -= 3.0 * min(again, 2)
    if len(filled) == 1 and any(sum(map(bool, row)) > 1 for row in below):
        score -= 8.0  # a title such as "Supplier" stands alone above a table of several columns
    return score


def _is_data(cell: str) -> bool:
    """Tell whether a cell of a header is a figure, a day or a code, as only rows of data have."""
    if _YEAR.fullmatch(cell):
        return False
    return (
        read_money(cell) is not None
        or read_day(cell) is not None
        or (is_code(cell) and " " not in cell and len(cell) > 5)
    )


def _wanted_columns(cells: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int] | None:
    """The columns with the headings that a person chose; None where one is not there."""
    columns = {}
    for name, written in wanted.items():
        at = _column_named(written, cells)
        if at is None:
            return None
        columns[name] = at
    return columns


def _column_named(wanted: str, cells: Sequence[str]) -> int | None:
    """The column with this heading as it is written, else without its accidents."""
    if one_line(wanted) in cells:
        return list(cells).index(one_line(wanted))
    plain = heading(wanted).words[:1]
    return next((at for at, cell in enumerate(cells) if plain and heading(cell).words[:1] == plain), None)


# --- from the header to the tables


def _side_by_side(
    sheet: Table, best: tuple[_Header, Columns, float], wanted: Mapping[str, str]
) -> list[SupplierTable]:
    header, columns, score = best
    body = tuple(row for row in sheet.rows[header.last + 1 :] if any(row.cells) or row.problems)
    number = sheet.rows[header.last].number
    starts = _repeated(header.cells)
    if len(starts) < 2:
        columns = (
            choose_columns(
                header.cells,
                [row.cells for row in body],
                _wanted_columns(header.cells, wanted) or {},
                sheet.separator,
            )
            or columns
        )
        columns = with_unit_above(columns, *_above(sheet.rows[: header.first]))
        table = SupplierTable(sheet, header.cells, number, columns, body, score, _typed(header, body))
        return [_with_unit_below(table)]
    tables: list[SupplierTable] = []
    for start, end in zip(starts, [*starts[1:], len(header.cells)], strict=True):
        cells = header.cells[start:end]
        rows = tuple(
            replace(
                row,
                cells=row.cells[start:end],
                problems={at - start: what for at, what in row.problems.items() if start <= at < end},
            )
            for row in body
            if any(row.cells[start:end])
        )
        chosen = choose_columns(cells, [row.cells for row in rows], {}, sheet.separator)
        if chosen is not None:
            note = (f"{len(starts)} tables stand beside one another under row {number}; all are read",)
            tables.append(
                SupplierTable(sheet, cells, number, chosen, rows, score, note if not tables else ())
            )
    return tables


def _repeated(cells: Sequence[str]) -> list[int]:
    """Where each of several tables side by side starts: their headings are the same, in the same order."""
    filled = [(at, cell) for at, cell in enumerate(cells) if cell]
    texts = [cell.casefold() for _, cell in filled]
    for count in range(6, 1, -1):
        width = len(texts) // count
        if width > 1 and width * count == len(texts) and texts == texts[:width] * count:
            return [filled[width * part][0] for part in range(count)]
    return []


def _above(rows: Sequence[FileRow]) -> tuple[Decimal, str | None]:
    """The unit and the currency that the lines above a table give for all its figures."""
    for row in rows:
        for cell in filter(None, row.cells):
            if _LINES.rules["unit_line"].holds(cell) and len(cell) < 120 and _says_unit(cell):
                return unit_in(cell), currency_in(cell)
    return Decimal(1), None


def _with_unit_below(table: SupplierTable) -> SupplierTable:
    """The table with the unit that a row directly below its header gives, such as "£000" under "Value"."""
    at = table.columns.get("amount")
    if at is None or not table.body:
        return table
    row = table.body[0]
    cell = row.cells[at] if at < len(row.cells) else ""
    name = row.cells[table.columns.name] if table.columns.name < len(row.cells) else ""
    if name or not cell or not (_says_unit(cell) or (currency_in(cell) and read_money(cell) is None)):
        return table
    columns = with_unit_above(table.columns, unit_in(cell), currency_in(cell))
    return replace(table, columns=columns, titles=(*table.titles, row.number))


def _says_unit(cell: str) -> bool:
    return unit_in(cell) != 1 or currency_in(cell) not in (None, "GBP")


def _typed(header: _Header, body: Sequence[FileRow]) -> tuple[str, ...]:
    first = header.cells[0] if header.cells else ""
    kinds = {row.cells[0] for row in body if row.cells and row.cells[0] != first}
    again = sum(bool(row.cells) and row.cells[0] == first and row.cells != header.cells for row in body)
    if not first or not again or not kinds:
        return ()
    return (f"the file holds several kinds of record: only those of {first!r} are read",)


def records_of(table: SupplierTable) -> tuple[FileRow, ...]:
    """Return the rows of the table's own kind where a file holds several kinds of record, else all."""
    if not any(note.startswith("the file holds several kinds") for note in table.notes):
        return table.body
    return tuple(row for row in table.body if row.cells and row.cells[0] == table.headings[0])


def _one_below_the_other(table: SupplierTable, wanted: Mapping[str, str]) -> list[SupplierTable]:
    """The table cut where a row below is the header of a table of another shape."""
    if wanted or records_of(table) is not table.body:
        return [table]
    for index, row in enumerate(table.body):
        if not _may_start_a_table(row, table):
            continue
        below = [one.cells for one in table.body[index + 1 :]]
        columns = choose_columns(row.cells, below[:_BELOW], {}, table.sheet.separator)
        if columns is None or columns.strength < 5 or not below:
            continue
        upper = _with_columns(
            replace(table, body=table.body[:index], titles=_title_above(table.body[:index])), _BELOW
        )
        note = (f"another table starts in row {row.number}; it is read too",)
        lower = replace(
            table,
            headings=row.cells,
            header_row=row.number,
            columns=columns,
            body=table.body[index + 1 :],
            notes=note,
        )
        return [upper, *_one_below_the_other(_with_columns(lower), wanted)]
    return [table]


def _with_columns(table: SupplierTable, rows: int | None = None) -> SupplierTable:
    """The table with its columns told from its own rows."""
    cells = [row.cells for row in table.body[:rows]]
    return replace(
        table, columns=choose_columns(table.headings, cells, {}, table.sheet.separator) or table.columns
    )


def _title_above(body: Sequence[FileRow]) -> tuple[int, ...]:
    """The row directly above the next header with one cell filled: the title of the next table."""
    return (body[-1].number,) if body and sum(map(bool, body[-1].cells)) == 1 else ()


def _may_start_a_table(row: FileRow, table: SupplierTable) -> bool:
    at = table.columns.get("amount")
    if at is not None and at < len(row.cells) and row.cells[at][:1].isdigit():
        return False
    filled = [cell for cell in row.cells if cell]
    if len(filled) < 2 or is_header_again(row, table) or not any(map(_MAY_HEAD.search, filled)):
        return False
    if any(map(_is_data, filled)):
        return False
    heads = [heading(cell) for cell in filled]
    return (
        any(one.means("supplier") or one.means("company") for one in heads)
        and sum(
            one.is_amount or one.means("supplier") or one.means("date") or one.means("category")
            for one in heads
        )
        > 1
    )


def is_header_again(row: FileRow, table: SupplierTable) -> bool:
    """Tell whether a row repeats the headings: that of the name, and of the amount or most others."""
    pairs = [(cell, head) for cell, head in zip(row.cells, table.headings, strict=False) if cell or head]
    same = sum(bool(cell) and cell.casefold() == head.casefold() for cell, head in pairs)
    if not _repeats(row, table, table.columns.name):
        return False
    amount = table.columns.get("amount")
    return (amount is not None and _repeats(row, table, amount)) or same >= max(1, round(len(pairs) * 0.7))


def _repeats(row: FileRow, table: SupplierTable, at: int) -> bool:
    return at < len(row.cells) and row.cells[at].casefold() == table.headings[at].casefold() != ""


# --- a list of names alone


def _names_only(sheet: Table) -> SupplierTable | None:
    """A list of names without a header: one column, most of its cells names."""
    rows = [row for row in sheet.rows if any(row.cells)]
    filled = [[at for at, cell in enumerate(row.cells) if cell] for row in rows]
    if not rows or any(len(one) != 1 for one in filled) or len({one[0] for one in filled}) != 1:
        return None
    at = filled[0][0]
    names = [row.cells[at] for row in rows]
    if sum(map(_is_company, names)) < len(names) * 0.3 or sum(map(is_name, names)) < len(names) * 0.8:
        return None
    notes = ("the file has no header: each line is taken as the name of a supplier",)
    columns = Columns(name=at, by_field={"name": at}, notes=("the list has no column of amounts",))
    return SupplierTable(sheet, ("",) * (at + 1), 0, columns, tuple(rows), 1.0, notes)


def _is_company(name: str) -> bool:
    return _LINES.rules["ends_as_company"].holds(name)
