"""The rows of a table as entries: a name and what was paid, or why the row is neither."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from openpyxl.utils import get_column_letter

from domain.organisations import name_key
from domain.rulebook import SHARED, load_rules
from section54.suppliers.reading.cells import (
    is_nothing,
    read_company_number,
    read_day,
    read_money,
)
from section54.suppliers.reading.columns import AmountKind
from section54.suppliers.reading.headings import currency_in, heading
from section54.suppliers.reading.rows import FileRow
from section54.suppliers.reading.set_aside import SetAside, set_aside_row
from section54.suppliers.reading.supplier_names import plain_name, separate_names
from section54.suppliers.reading.tables import SupplierTable, is_header_again, records_of

_LINES = load_rules(Path(__file__).parent / "rules" / "lines.yaml", SHARED)
_LEAST_GROUPS = 4  # rows from which names that stand alone are a pattern
_SENTENCE = 60  # characters; a cell that stands alone below the table and is longer is a remark
_STRUCTURED = re.compile(r"\[([^\[\]]*)\]")
POUNDS = "GBP"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be read."""

    row: int
    reason: str
    cell: str | None = None
    """The address of the cell, for a workbook."""
    amount: Decimal | None = None
    """What the row would have added in pounds, where that can be read."""


@dataclass(slots=True)
class Entry:
    """One row of a list that names a supplier, or one of the suppliers that it names."""

    row: FileRow
    name: str
    written: str
    """The cell as the list has it."""
    number: str | None = None
    amount: Decimal | None = None
    """In pounds; None where there is none or it can't be divided among several suppliers."""
    undivided: Decimal | None = None
    """In pounds, for the row's suppliers together."""
    foreign: tuple[str, Decimal] | None = None
    """A currency other than pounds, and the amount in it."""
    marked: bool = False
    """Whether the cell of the amount has a sign of its own."""
    document: str = ""
    """The kind of document, as the list writes it."""
    day: date | None = None
    end: date | None = None
    reference: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    """Category, website, country, workforce and parent, where the list has them."""
    paid: bool = True
    """Whether the row is a payment, and no contract."""


@dataclass(slots=True)
class TableRead:
    """What the rows of one table gave."""

    table: SupplierTable
    entries: list[Entry] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    totals: list[Decimal] = field(default_factory=list)
    """What the rows of totals say, in the order of the file."""
    unreadable: list[str] = field(default_factory=list)
    """Amounts that could not be read, a message each."""
    mended: list[int] = field(default_factory=list)
    """Rows whose amount was cut at a comma and put together."""
    rows: int = 0
    cores: set[str] = field(default_factory=set)
    """The suppliers so far, by what two spellings of a name share."""
    last_total: int = 0
    """The row of the last total."""


def read_rows(table: SupplierTable) -> TableRead:
    """Read the rows of a table."""
    read = TableRead(table)
    rows = records_of(table)
    last_paid = _last_with_amount(rows, table)
    group = ""
    others = _other_records(rows, table)
    grouped = _names_head_groups(rows[: last_paid + 1], table)
    for index, row in enumerate(rows):
        read.rows += 1
        whole = _with_whole_amount(row, read)
        reader = _Row(read, whole, index > last_paid, index == len(rows) - 1)
        title = (
            index + 1 < len(rows)
            and sum(map(bool, row.cells)) == 1
            and is_header_again(rows[index + 1], table)
        )
        if index in others:
            reader.aside("another kind of record, not a supplier", "")
            continue
        if title or row.number in table.titles:
            reader.aside("a title or a unit within the table, not a supplier", "")
            continue
        if grouped:
            name = row.cells[table.columns.name] if table.columns.name < len(row.cells) else ""
            group = name or group
            reader.group = group
            if name and not reader.has_amount():
                continue  # the name alone; its amounts follow
        reader.take()
    if grouped:
        read.doubts.append("names stand alone above their amounts: each amount is added to the name above it")
    _say_nameless(read)
    return read


def _other_records(rows: Sequence[FileRow], table: SupplierTable) -> frozenset[int]:
    """Rows of other kinds of record than that with the amounts, where a column says the kind of each row."""
    kind, amount = table.columns.get("type"), table.columns.get("amount")
    if kind is None or amount is None or "record" not in " ".join(heading(table.headings[kind]).words):
        return frozenset()
    by_kind: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        by_kind[row.cells[kind] if kind < len(row.cells) else ""].append(index)
    with_money = {
        name: sum(
            amount < len(rows[at].cells) and read_money(rows[at].cells[amount]) is not None for at in places
        )
        for name, places in by_kind.items()
    }
    if not any(with_money.values()):
        return frozenset()
    return frozenset(at for name, places in by_kind.items() if not with_money[name] for at in places)


def _names_head_groups(rows: Sequence[FileRow], table: SupplierTable) -> bool:
    """Tell whether each name stands in a row of its own, with rows of amounts without a name below it."""
    name, amount = table.columns.name, table.columns.get("amount")
    if amount is None or len(rows) < _LEAST_GROUPS:
        return False
    named = [row for row in rows if name < len(row.cells) and row.cells[name]]
    others = [row for row in rows if not (name < len(row.cells) and row.cells[name])]
    bare = [row for row in named if not (amount < len(row.cells) and read_money(row.cells[amount]))]
    paid = [row for row in others if amount < len(row.cells) and read_money(row.cells[amount])]
    return (
        len(bare) > 1
        and len(bare) >= len(named) - 1
        and len(paid) >= len(others) * 0.9
        and len(paid) >= len(bare)
    )


def _say_nameless(read: TableRead) -> None:
    """Say how much money stands in rows without a name."""
    nameless = [one for one in read.set_aside if one.reason.startswith("no name in the column")]
    money = sum((one.amount or Decimal(0) for one in nameless), Decimal(0))
    if money:
        read.doubts.append(
            f"{len(nameless)} row{'s have' if len(nameless) > 1 else ' has'} no name, with "
            f"£{money:,.2f}: set aside; "
            "where a name stands only on the first row of its group, fill it down"
        )


def _last_with_amount(rows: Sequence[FileRow], table: SupplierTable) -> int:
    at = table.columns.get("amount")
    if at is None:
        return len(rows)
    return max(
        (index for index, row in enumerate(rows) if at < len(row.cells) and read_money(row.cells[at])),
        default=-1,
    )


def _with_whole_amount(row: FileRow, read: TableRead) -> FileRow:
    """The row with its amount whole where "1,250.50" stands without quotation marks and so in two cells."""
    at, headings = read.table.columns.get("amount"), read.table.headings
    if at is None or read.table.sheet.separator != ",":
        return row
    cells = list(row.cells)
    while at + 1 < len(cells) and _is_cut(cells, at, headings):
        cells[at] += f",{cells[at + 1]}"
        cells.pop(at + 1)
    if len(cells) == len(row.cells):
        return row
    read.mended.append(row.number)
    return FileRow(row.number, tuple(cells), row.problems, row.further_lines, row.lines, row.merged)


def _is_cut(cells: Sequence[str], at: int, headings: Sequence[str]) -> bool:
    spare = len(cells) > len(headings) or (at + 1 < len(headings) and not headings[at + 1])
    head = re.fullmatch(r"[-(£]*\d{1,3}(?:,\d{3})*", cells[at])
    return spare and head is not None and re.fullmatch(r"\d{3}(?:\.\d+)?\)?", cells[at + 1]) is not None


class _Row:
    """One row while it is read."""

    group = ""
    """The name above the row, where names stand alone above their amounts."""

    def __init__(self, read: TableRead, row: FileRow, after_amounts: bool, last: bool) -> None:
        self.read, self.row, self.after_amounts, self.last = read, row, after_amounts, last
        self.columns, self.headings = read.table.columns, read.table.headings

    def cell(self, name: str) -> str:
        at = self.columns.get(name)
        return self.row.cells[at] if at is not None and at < len(self.row.cells) else ""

    def has_amount(self) -> bool:
        """Tell whether the row has an amount."""
        return read_money(self.cell("amount"), self.columns.form) is not None

    def take(self) -> None:
        if is_header_again(self.row, self.read.table):
            self.aside("the headings again", "")
            return
        problem = self._problem()
        if problem is not None:
            self.read.rejected.append(problem)
            return
        written, lines = self._written_name()
        aside = self._no_supplier(written)
        if aside is not None:
            self.aside(*aside)
            return
        found = self._several(written, lines) or [(plain_name(written, lines), written, None)]
        kept = []
        for name, cell, number in found:
            reason = _why_aside(name)
            if reason is not None:
                self.aside(reason.reason, reason.shown, share=len(found) == 1)
            else:
                kept.append((name, cell, number))
        self._add(kept, alone=len(found) == 1)

    # --- the name

    def _written_name(self) -> tuple[str, tuple[str, ...]]:
        at = self.columns.name
        cell = self.row.cells[at] if at < len(self.row.cells) else ""
        if not cell:
            total = any(_LINES.rules["total_word"].holds(one) for one in self.row.cells if one)
            return self.row.merged.get(at, "" if total else self.group), ()
        parts = [self.row.cells[one] for one in self.columns.name_rest if one < len(self.row.cells)]
        return " ".join([cell, *filter(None, parts)]), self.row.lines.get(at, ())

    def _several(self, written: str, lines: tuple[str, ...]) -> list[tuple[str, str, str | None]]:
        """The suppliers of the row with their own numbers, where it names several or gives records."""
        written_heading = self.headings[self.columns.name]
        if _STRUCTURED.search(written_heading) and "|" in written_heading:
            return _records(written_heading, written)
        names = [*separate_names(written, lines)]
        for at in self.columns.further:
            if at < len(self.row.cells) and self.row.cells[at]:
                names += separate_names(self.row.cells[at], self.row.lines.get(at, ()))
        return [(plain_name(name), name, None) for name in names] if len(names) > 1 else []

    def _no_supplier(self, name: str) -> tuple[str, str] | None:
        """Why the row names no supplier, with what may be shown of it; None where it may name one."""
        filled = [cell for cell in self.row.cells if cell]
        if not name:
            total = next(
                (cell for cell in filled if _LINES.rules["total_word"].holds(cell) or cell == "*"), None
            )
            if total is not None:
                return "a total, not a supplier", total
            if self.last and self._is_sum(self.read.entries):
                return "a total, not a supplier", ""
            return f"no name in the column {self.headings[self.columns.name]!r}", ""
        if _LINES.rules["carried"].holds(name):
            return "a sum carried from page to page, not a supplier", name
        if self._is_subtotal(name):
            return "a total, not a supplier", name
        alone = len(filled) == 1
        remark = _LINES.rules["footer"].holds(name)
        long = self.after_amounts and (len(name) > _SENTENCE or name.endswith((".", ":")))
        if (
            alone
            and len(self.headings) > 1
            and (remark or (long and not name.casefold().endswith(("ltd.", "co.", "inc."))))
        ):
            return "a remark of the report, not a supplier", name
        if alone and len(self.headings) == 1 and remark:
            return "a remark of the report, not a supplier", name
        return None

    def _is_subtotal(self, name: str) -> bool:
        found = _LINES["total_of_name"].fullmatch(name)
        if found is None:
            return False
        of = name_key(found["of"] or found["for"] or "").core
        if of in self.read.cores:
            return True
        # A total of a category: its amount is the sum of the rows since the last total.
        since = [one for one in self.read.entries if one.row.number > self.read.last_total]
        return len(since) > 1 and self._is_sum(since)

    def _is_sum(self, entries: Sequence[Entry]) -> bool:
        found = read_money(self.cell("amount"), self.columns.form)
        amounts = [one.amount for one in entries if one.amount is not None]
        return found is not None and len(amounts) > 1 and found.amount * self.columns.factor == sum(amounts)

    # --- the money

    def _money(self) -> tuple[Decimal | None, tuple[str, Decimal] | None, bool]:
        """The amount in pounds, or in another currency; whether it has a sign of its own."""
        cell = self.cell("amount")
        found = read_money(cell, self.columns.form)
        credit = (
            read_money(self.cell("credit"), self.columns.form) if "credit" in self.columns.by_field else None
        )
        if found is None and credit is None:
            if not is_nothing(cell):
                shown = f"row {self.row.number}: amount {cell!r} can't be read; left out of the spend"
                self.read.unreadable.append(shown)
            return None, None, False
        value = (found.amount if found else Decimal(0)) - (credit.amount if credit else Decimal(0))
        currency = (
            (found and found.currency)
            or currency_in(self.cell("currency"))
            or self.columns.currency
            or POUNDS
        )
        value *= self.columns.factor
        if currency != POUNDS:
            return None, (currency, value), bool(found and found.marked)
        return value, None, bool(found and found.marked)

    def _total(self) -> None:
        found = read_money(self.cell("amount"), self.columns.form)
        if found is not None:
            self.read.totals.append(found.amount * self.columns.factor)

    def _pounds(self) -> Decimal | None:
        found = read_money(self.cell("amount"), self.columns.form)
        return found.amount * self.columns.factor if found and found.currency in (None, POUNDS) else None

    # --- what becomes of the row

    def aside(self, reason: str, shown: str, share: bool = True) -> None:
        """Set the row aside; `share` says whether its money is set aside with it."""
        if reason.startswith("a total"):
            self._total()
            self.read.last_total = self.row.number
        amount = (
            self._pounds() if share and not reason.startswith(("a total", "a sum", "the headings")) else None
        )
        self.read.set_aside.append(SetAside(self.row.number, reason, shown, amount))

    def _add(self, found: Sequence[tuple[str, str, str | None]], *, alone: bool) -> None:
        if not found:
            return
        self._say_short()
        number = read_company_number(self.cell("company_number"))
        if self.cell("company_number") and number is None and not is_nothing(self.cell("company_number")):
            self.read.notes.append(
                f"row {self.row.number}: {self.cell('company_number')!r} is not recognised as a "
                "company number; matched by name only"
            )
        amount, foreign, marked = self._money()
        texts = {
            name: self.cell(name)
            for name in ("category", "website", "country", "workforce", "parent")
            if self.cell(name)
        }
        paid = self.columns.kind is AmountKind.SPEND
        for name, written, own in found:
            self.read.cores.add(_core(name))
            self.read.entries.append(
                Entry(
                    self.row, name, written, own or (number if alone else None),
                    amount if alone else None, None if alone else amount, foreign if alone else None, marked,
                    self.cell("type"), read_day(self.cell("date")) if paid else None,
                    read_day(self.cell("end_date")),
                    self.cell("reference"), texts, paid,
                )
            )  # fmt: skip
        if not alone and amount is not None:
            self.read.doubts.append(
                f"row {self.row.number} names {len(found)} suppliers together: its £{amount:,.2f} is "
                f"not divided "
                "among them and is in no supplier's amount"
            )

    def _say_short(self) -> None:
        absent = [name for name, at in self.columns.by_field.items() if at >= len(self.row.cells)]
        if absent and not self.read.table.sheet.workbook:
            self.read.notes.append(f"row {self.row.number}: the row ends before its {' and '.join(absent)}")

    def _problem(self) -> RejectedRow | None:
        for at in (self.columns.name, *(self.columns.by_field.values())):
            if at in self.row.problems:
                cell = f"{get_column_letter(at + 1)}{self.row.number}"
                return RejectedRow(
                    self.row.number, f"cell {cell} {self.row.problems[at]}", cell, self._pounds()
                )
        if self.row.further_lines and _swallowed(self.row, len(self.headings)):
            reason = (
                f"it reaches over {len(self.row.further_lines) + 1} lines of the file, which were not "
                f"read: a quotation "
                "mark is not closed or stands within a cell"
            )
            return RejectedRow(self.row.number, reason)
        if not self.read.table.sheet.workbook and any(self.row.cells[len(self.headings) :]):
            reason = (
                f"{len(self.row.cells)} cells where the header has {len(self.headings)}: a separator or "
                f"quotation mark is "
                "out of place"
            )
            return RejectedRow(self.row.number, reason)
        return None


@lru_cache(maxsize=65_536)
def _core(name: str) -> str:
    return name_key(name).core


@lru_cache(maxsize=65_536)
def _why_aside(name: str) -> SetAside | None:
    """Why a name is set aside, without its row: one name stands on many rows."""
    return set_aside_row(0, name)


def _swallowed(row: FileRow, columns: int) -> bool:
    """Whether a cell over several lines holds other rows: most of its lines are rows by themselves."""
    between = row.further_lines[:-1]  # the last one may end in the middle of a row
    rows = sum(cells == columns for cells in between)
    return len(row.cells) != columns or (columns > 1 and rows > len(between) / 2)


def _records(structure: str, cell: str) -> list[tuple[str, str, str | None]]:
    """The suppliers of a cell that gives a record of each: [Name|Address|Ref type|Number]."""
    parts = _STRUCTURED.findall(structure)[0].casefold().replace("_", " ").split("|")
    found = []
    for record in _STRUCTURED.findall(cell):
        values = dict(zip(parts, (value.strip() for value in record.split("|")), strict=False))
        name = values.get("name") or next(iter(values.values()), "")
        of_companies_house = "companies_house" in values.get("ref type", "").casefold().replace(" ", "_")
        number = read_company_number(values.get("ref number", "")) if of_companies_house else None
        if name:
            found.append((plain_name(name), name, number))
    return found
