"""Read the supplier lists that buyers really have: spend files, contract registers, finance exports.

CSV in any usual encoding and separator, XLSX, or Open Contracting releases (JSON). The header row is looked for (title rows stand above it), the
columns are guessed and the guess is returned to be shown. Rows of one supplier are added up. Nothing is dropped
silently: rows that can't be read are rejected with the reason, and rows that name an individual, a redaction or a
total are set aside and never matched.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from openpyxl.utils import get_column_letter

from domain.company_numbers import normalise_company_number
from domain.organisations import NameKey, name_key
from section54.suppliers.reading.files import HEADER_ROWS, FileRow, SupplierListError, Table, clean, read_file
from section54.suppliers.reading.name_keys import AGREES, agreement
from section54.suppliers.reading.set_aside import SetAside, set_aside_row

FIELDS = ("name", "company_number", "amount", "category", "website", "country", "workforce")
"""What a column can be; only `name` must be there."""

_HEADINGS = {
    "name": (
        "supplier name", "supplier", "vendor name", "vendor", "payee name", "payee", "beneficiary name", "beneficiary",
        "contractor name", "contractor", "company name", "organisation name", "recipient name", "recipient",
        "merchant name", "merchant", "creditor name", "creditor", "business name", "organisation", "company", "name",
    ),
    "company_number": (
        "company number", "company no", "company registration number", "company registration no",
        "companies house number", "companies house no", "registration number", "registration no", "company reg no",
        "company reg number", "reg no", "crn", "companynumber", "supplier company number",
    ),
    "amount": (
        "net amount", "net", "amount net", "net value", "total spend", "annual spend", "spend", "amount", "value",
        "total amount", "invoice amount", "payment amount", "amount paid", "transaction amount", "line amount",
        "contract value", "total value", "total", "gross amount", "gross", "cost",
    ),
    "category": (
        "category", "spend category", "category name", "expense type", "expenditure type", "purpose", "description",
        "expenditure category", "procurement category", "service area", "contract title", "purpose of expenditure",
        "purpose of spend", "expenditure purpose", "expense area", "type of expenditure", "spend description",
    ),
    "website": ("website", "web site", "url", "web address", "home page", "homepage"),
    "country": ("country", "supplier country", "country of origin", "country of supply", "country code"),
    "workforce": ("workforce", "workforce type", "labour", "labour type", "type of labour"),
}  # fmt: skip
"""Field to the headings that name it, best first: 'Net' before 'Gross', since VAT is no spend."""


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """One supplier of the list, its rows added up."""

    name: str
    """As first written in the list."""
    company_number: str | None
    """Normalised; None where the list has none."""
    amount: Decimal | None
    """The sum over its rows; None where the list has no amounts or none could be read."""
    rows: tuple[int, ...]
    """FileRow numbers in the file, from 1."""
    category: str | None = None
    """The one that most of its rows have."""
    website: str | None = None
    categories: tuple[str, ...] = ()
    """All of them, most frequent first."""
    country: str | None = None
    workforce: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be read."""

    row: int
    reason: str
    cell: str | None = None
    """The address of the cell, for a workbook."""


@dataclass(frozen=True, slots=True)
class SupplierList:
    """All that one file gave."""

    source: str
    suppliers: tuple[SupplierLine, ...]
    """In the order of their first row."""
    rejected: tuple[RejectedRow, ...]
    set_aside: tuple[SetAside, ...]
    warnings: tuple[str, ...]
    mapping: Mapping[str, str]
    """Field to the heading of the column that it was read from."""
    unused_columns: tuple[str, ...]
    header_row: int
    """0 for a file without one (Open Contracting)."""
    rows: int
    """Rows with anything in them below the header; each is in a supplier, rejected or set aside."""
    format: str
    """In words: "CSV, cp1252, separated by ';'" or "XLSX, sheet 'Payments'", "Open Contracting (OCDS), 12 releases"."""


def read_supplier_list(path: Path, mapping: Mapping[str, str] | None = None) -> SupplierList:
    """Read one supplier list; `mapping` gives headings by field (see FIELDS) where the guess would be wrong.

    "number" is short for "company_number".

    Raises SupplierListError for a file of another kind, without a header that can be understood, or with a
    mapped column that it does not have; OSError where the path can't be read.
    """
    return supplier_list_from(path.read_bytes(), str(path), mapping)


def supplier_list_from(body: bytes, name: str, mapping: Mapping[str, str] | None = None) -> SupplierList:
    """Read a supplier list from memory; `name` stands for it in messages. Raises SupplierListError."""
    wanted = {
        "company_number" if field_name == "number" else field_name: heading
        for field_name, heading in (mapping or {}).items()
    }
    unknown = sorted(set(wanted).difference(FIELDS))
    if unknown:
        raise SupplierListError(f"unknown field {unknown[0]!r}: a column can be {', '.join(FIELDS)}")
    sheets = read_file(name, body)
    found = [(sheet, header) for sheet in sheets if (header := _find_header(sheet.rows, wanted)) is not None]
    if not found:
        raise SupplierListError(_no_header(name, sheets, wanted))
    sheet, header = found[0]
    unread = tuple(
        f"{other.format} looks like a supplier list too and was not read: check it as a file of its own"
        for other, _ in found[1:]
    )
    return _supplier_list(name, replace(sheet, warnings=(*sheet.warnings, *unread)), *header)


# --- the header


def _find_header(rows: Sequence[FileRow], wanted: Mapping[str, str]) -> tuple[int, dict[str, int]] | None:
    """The index of the header row and the column of each field, or None."""
    for index, row in enumerate(rows[:HEADER_ROWS]):
        columns = _columns(row.cells, wanted)
        # A title such as "Supplier payments" is alone in its row; a list of names only has one column throughout.
        alone = sum(map(bool, row.cells)) == 1 and any(
            len(list(filter(None, other.cells))) > 1 for other in rows
        )
        if columns is not None and not alone:
            return index, columns
    return None


def _columns(cells: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int] | None:
    headings = [_heading(cell) for cell in cells]
    columns: dict[str, int] = {}
    for name, heading in wanted.items():
        at = _column_named(heading, cells, headings)
        if at is None:
            return None
        columns[name] = at
    for name in FIELDS:
        free = [
            alias
            for alias in _HEADINGS[name]
            if alias in headings and headings.index(alias) not in columns.values()
        ]
        if name not in columns and free:
            columns[name] = headings.index(free[0])
    return columns if "name" in columns else None


def _column_named(wanted: str, cells: Sequence[str], headings: Sequence[str]) -> int | None:
    """The column with this heading as it is written, else without its accidents."""
    if clean(wanted) in cells:
        return cells.index(clean(wanted))
    plain = _heading(wanted)
    return headings.index(plain) if plain and plain in headings else None


def _heading(cell: str) -> str:
    """A heading without case, punctuation, currency and unit: "Net Amount (£)" gives "net amount"."""
    text = re.sub(r"\((?:£|gbp|ex\.? ?vat|excl?\.? ?vat|net of vat)[^)]*\)", " ", cell.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"\b(?:gbp)\b|£", " ", text)))


def _no_header(path: str, sheets: Sequence[Table], wanted: Mapping[str, str]) -> str:
    seen = next((row.cells for sheet in sheets for row in sheet.rows if any(row.cells)), ())
    shown = ", ".join(filter(None, seen[:8]))
    if wanted:
        columns = ", ".join(f"{heading!r} ({name})" for name, heading in wanted.items())
        return f"{path} has no row with the column{'s' if len(wanted) > 1 else ''} {columns}; its first row reads: {shown}"
    return f"{path} has no column that names the supplier; say which one with name=HEADING; its first row reads: {shown}"


# --- rows to suppliers


@dataclass(slots=True)
class _Tally:
    """One supplier while its rows are added up."""

    name: str
    number: str | None
    amount: Decimal | None = None
    rows: list[int] = field(default_factory=list)
    categories: Counter[str] = field(default_factory=Counter)
    website: str | None = None
    country: str | None = None
    workforce: str | None = None

    def take(self, other: _Tally) -> None:
        self.rows = sorted(self.rows + other.rows)
        self.categories.update(other.categories)
        self.website = self.website or other.website
        self.country = self.country or other.country
        self.workforce = self.workforce or other.workforce
        if other.amount is not None:
            self.amount = (self.amount or Decimal(0)) + other.amount

    def line(self) -> SupplierLine:
        categories = tuple(name for name, _ in self.categories.most_common())
        return SupplierLine(
            self.name, self.number, self.amount, tuple(self.rows), next(iter(categories), None), self.website,
            categories, self.country, self.workforce,
        )  # fmt: skip


def _supplier_list(path: str, sheet: Table, header: int, columns: Mapping[str, int]) -> SupplierList:
    headings = sheet.rows[header].cells
    body = [row for row in sheet.rows[header + 1 :] if any(row.cells) or row.problems]
    tallies: dict[tuple[NameKey, str | None], _Tally] = {}
    rejected: list[RejectedRow] = []
    set_aside: list[SetAside] = []
    warnings = list(sheet.warnings)
    for row in body:
        problem = _row_problem(row, headings, columns, sheet.workbook)
        if problem is not None:
            rejected.append(problem)
            continue
        name = row.cells[columns["name"]]
        aside = set_aside_row(row.number, name)
        if aside is not None:
            set_aside.append(aside)
            continue
        _add(tallies, row, columns, warnings)
    return SupplierList(
        source=path,
        suppliers=tuple(tally.line() for tally in _joined(tallies.values(), warnings)),
        rejected=tuple(rejected),
        set_aside=tuple(set_aside),
        warnings=tuple(warnings),
        mapping={name: headings[index] for name, index in columns.items()},
        unused_columns=tuple(cell for at, cell in enumerate(headings) if cell and at not in columns.values()),
        header_row=sheet.rows[header].number,
        rows=len(body),
        format=sheet.format,
    )


def _joined(tallies: Collection[_Tally], warnings: list[str]) -> list[_Tally]:
    """Add up spellings of one numbered supplier, and rows without a number to the one numbered supplier of their name."""
    kept: list[_Tally] = []
    by_number: dict[str, list[_Tally]] = defaultdict(list)
    by_name: dict[NameKey, list[_Tally]] = defaultdict(list)
    for tally in [one for one in tallies if one.number]:
        known = by_number[tally.number or ""]
        same = next((one for one in known if _same_supplier(one, tally)), None)
        if same is None:
            warnings += [_same_number(tally, known[0])] if known else []
            known.append(tally)
            kept.append(tally)
        else:
            same.take(tally)
        by_name[name_key(tally.name)].append(same or tally)
    for tally in [one for one in tallies if not one.number]:
        namesakes = by_name[name_key(tally.name)]
        if len(namesakes) == 1:
            namesakes[0].take(tally)
        else:
            kept.append(tally)
    return sorted(kept, key=lambda tally: tally.rows[0])


def _same_supplier(one: _Tally, other: _Tally) -> bool:
    return agreement(other.name, name_key(one.name).core) >= AGREES


def _same_number(tally: _Tally, first: _Tally) -> str:
    return (
        f"row {tally.rows[0]}: {tally.name!r} has the company number of {first.name!r} in row {first.rows[0]}, "
        f"{tally.number}, and another name: the two were not added up"
    )


def _row_problem(
    row: FileRow, headings: Sequence[str], columns: Mapping[str, int], workbook: bool
) -> RejectedRow | None:
    for index in columns.values():
        if index in row.problems:
            cell = f"{get_column_letter(index + 1)}{row.number}"
            return RejectedRow(row.number, f"cell {cell} {row.problems[index]}", cell)
    if row.further_lines and _swallowed(row, len(headings)):
        reason = (
            f"it reaches over {len(row.further_lines) + 1} lines of the file, which were not read: a quotation mark is not "
            "closed or stands within a cell"
        )
        return RejectedRow(row.number, reason)
    extra = [cell for cell in row.cells[len(headings) :] if cell]
    if extra and not workbook:
        reason = f"{len(row.cells)} cells where the header has {len(headings)}: a separator or quotation mark is out of place"
        return RejectedRow(row.number, reason)
    if columns["name"] >= len(row.cells) or not row.cells[columns["name"]]:
        return RejectedRow(row.number, f"no name in the column {headings[columns['name']]!r}")
    return None


def _swallowed(row: FileRow, columns: int) -> bool:
    """Whether a cell over several lines holds other rows, and no address: most of its lines are rows by themselves."""
    between = row.further_lines[:-1]  # the last one may end in the middle of a row
    rows = sum(cells == columns for cells in between)
    return len(row.cells) != columns or rows > len(between) / 2


def _add(
    tallies: dict[tuple[NameKey, str | None], _Tally],
    row: FileRow,
    columns: Mapping[str, int],
    warnings: list[str],
) -> None:
    def cell(name: str) -> str:
        index = columns.get(name)
        return row.cells[index] if index is not None and index < len(row.cells) else ""

    absent = [name for name, index in columns.items() if index >= len(row.cells)]
    if absent:
        warnings.append(f"row {row.number}: the row ends before its {' and '.join(absent)}")
    number = normalise_company_number(cell("company_number"))
    if cell("company_number") and number is None:
        warnings.append(
            f"row {row.number}: {cell('company_number')!r} is no company number; matched by name only"
        )
    tally = tallies.setdefault((name_key(cell("name")), number), _Tally(cell("name"), number))
    tally.rows.append(row.number)
    tally.website = tally.website or cell("website") or None
    tally.country = tally.country or cell("country") or None
    tally.workforce = tally.workforce or cell("workforce") or None
    if cell("category"):
        tally.categories[cell("category")] += 1
    amount = _amount(cell("amount"))
    if amount is not None:
        tally.amount = (tally.amount or Decimal(0)) + amount
    elif cell("amount").strip("£-– "):
        warnings.append(f"row {row.number}: amount {cell('amount')!r} can't be read; left out of the spend")


# Commas stand between thousands only: "1.234,56" is refused, not read as 1.23.
_NUMBER = re.compile(r"(?=.*\d)[-+]?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d*)?")


def _amount(text: str) -> Decimal | None:
    """An amount in pounds as finance systems write it: "£1,234.50", "(12.00)", "12.00-", "12.00 CR"; None if none."""
    plain = re.sub(r"(?i)[£\s]|gbp", "", text)
    negative = bool(re.fullmatch(r"\(.*\)|.*-|.*cr", plain, re.IGNORECASE))
    plain = re.sub(r"(?i)^\(|\)$|-$|cr$|dr$", "", plain)
    if not _NUMBER.fullmatch(plain):
        return None
    value = Decimal(plain.replace(",", ""))
    return -abs(value) if negative else value
