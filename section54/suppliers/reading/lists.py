"""Read the supplier lists that buyers really have: spend files, contract registers, ledgers, card statements.

Text files, workbooks, web tables, archives of these and Open Contracting releases. The tables are looked for,
their columns told by headings and by what they hold, and the guess is returned to be shown. Rows of one
supplier are added up. Nothing is dropped silently: what can't be read is rejected with the reason, what names
no supplier is set aside with its money, and every doubt about an amount is said first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from section54.suppliers.reading.adding_up import SupplierLine, add_up
from section54.suppliers.reading.columns import FIELDS, AmountKind
from section54.suppliers.reading.entries import RejectedRow, TableRead, read_rows
from section54.suppliers.reading.files import MAX_FILES, read_file
from section54.suppliers.reading.headings import heading
from section54.suppliers.reading.money_checks import check_money, pounds
from section54.suppliers.reading.rows import SupplierListError, Table
from section54.suppliers.reading.set_aside import SetAside
from section54.suppliers.reading.tables import HEADER_ROWS, SupplierTable, find_tables

__all__ = [
    "FIELDS", "AmountKind", "MoneyAccount", "RejectedRow", "SetAside", "SupplierLine", "SupplierList",
    "SupplierListError", "read_supplier_list", "read_supplier_lists", "supplier_list_from",
    "supplier_list_of",
]  # fmt: skip

Remembered = Mapping[tuple[str, ...], Mapping[str, str]]
"""The columns that a person chose before, by the shape of the file (see shape_of)."""


@dataclass(frozen=True, slots=True)
class MoneyAccount:
    """Where the money of a list stands, in pounds."""

    read: Decimal | None = None
    """In the amounts of suppliers; None where the list has no amounts."""
    set_aside: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)
    undivided: Decimal = Decimal(0)
    """In values that several suppliers share."""
    stated: Decimal | None = None
    """The total that the file itself gives; None where it has none."""
    kind: AmountKind = AmountKind.SPEND

    @property
    def sentence(self) -> str:
        """The account in words; "" for a list without amounts."""
        if self.read is None and not (self.set_aside or self.rejected or self.undivided):
            return ""
        parts = [f"{pounds(self.read or Decimal(0))} with suppliers"]
        for amount, words in (
            (self.set_aside, "set aside"),
            (self.rejected, "rejected"),
            (self.undivided, "shared and not divided"),
        ):
            if amount:
                parts.append(f"{pounds(amount)} {words}")
        return f"{self.kind.value.capitalize()}: {', '.join(parts)}."


@dataclass(frozen=True, slots=True)
class SupplierList:
    """All that one list gave, whether one file or several."""

    source: str
    suppliers: tuple[SupplierLine, ...]
    """In the order of their first row."""
    rejected: tuple[RejectedRow, ...]
    set_aside: tuple[SetAside, ...]
    warnings: tuple[str, ...]
    """The doubts, then all else that is worth a word."""
    mapping: Mapping[str, str]
    """Field to the heading of the column that it was read from."""
    unused_columns: tuple[str, ...]
    header_row: int
    """0 for a file without one (Open Contracting)."""
    rows: int
    """Rows with anything in them below the header; each is in a supplier, rejected or set aside."""
    format: str
    """In words: "CSV, cp1252, separated by ';'" or "XLSX, sheet 'Payments'", "Open Contracting (OCDS), 12
    releases"."""
    doubts: tuple[str, ...] = ()
    """What a person should look at before they trust the amounts and names; shown first in every output."""
    money: MoneyAccount = MoneyAccount()
    headings: tuple[str, ...] = ()
    """Of the first table, as its shape is remembered by."""
    sha256: str = ""
    """Of its files, one after the other."""


def read_supplier_list(path: Path, mapping: Mapping[str, str] | None = None) -> SupplierList:
    """Read one supplier list; `mapping` gives headings by field (see FIELDS) where the guess would be wrong.

    "number" is short for "company_number".

    Raises SupplierListError for a file of another kind, without a header that can be understood, or with a
    mapped column that it does not have; OSError where the path can't be read.
    """
    return supplier_list_from(path.read_bytes(), str(path), mapping)


def read_supplier_lists(
    paths: Sequence[Path], mapping: Mapping[str, str] | None = None, remembered: Remembered | None = None
) -> SupplierList:
    """Read several files, or all files of folders, as one list. Raises as read_supplier_list does.

    A file of a folder that is no list is said and passed over; one that was named itself is refused.
    """
    files = [file for path in paths for file in _files_of(path)]
    if len(files) > MAX_FILES:
        raise SupplierListError(f"{len(files)} files are more than the {MAX_FILES} that can be one list")
    if len(files) == 1:
        return supplier_list_of([(str(files[0]), files[0].read_bytes())], mapping, remembered)
    named = set(paths)
    return supplier_list_of(
        [(str(file), file.read_bytes()) for file in files],
        mapping,
        remembered,
        optional=frozenset(str(file) for file in files if file not in named),
    )


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith((".", "~$")))


def supplier_list_from(body: bytes, name: str, mapping: Mapping[str, str] | None = None) -> SupplierList:
    """Read a supplier list from memory; `name` stands for it in messages. Raises SupplierListError."""
    return supplier_list_of([(name, body)], mapping)


def supplier_list_of(
    bodies: Sequence[tuple[str, bytes]],
    mapping: Mapping[str, str] | None = None,
    remembered: Remembered | None = None,
    optional: frozenset[str] = frozenset(),
) -> SupplierList:
    """Read the files (name and bytes) of one list. `remembered` gives columns that a person chose before.

    A file that is no list is refused with SupplierListError, or said where its name is in `optional`.
    """
    reader = _Reader(_fields(mapping or {}), remembered or {})
    found: list[SupplierTable] = []
    for name, body in bodies:
        try:
            found += reader.tables_of(name, read_file(name, body), several=len(bodies) > 1)
        except SupplierListError as error:
            if name not in optional:
                raise
            reader.doubts.append(f"not read: {error}")
    if not found:
        raise SupplierListError(f"{bodies[0][0] if bodies else 'the folder'} has no supplier list")
    digest = hashlib.sha256(b"".join(body for _, body in bodies)).hexdigest()
    return replace(_supplier_list(", ".join(name for name, _ in bodies), found, reader), sha256=digest)


def _fields(mapping: Mapping[str, str]) -> dict[str, str]:
    wanted = {"company_number" if name == "number" else name: heading for name, heading in mapping.items()}
    unknown = sorted(set(wanted).difference(FIELDS))
    if unknown:
        raise SupplierListError(f"unknown field {unknown[0]!r}: a column can be {', '.join(FIELDS)}")
    return wanted


# --- which tables are the list


@dataclass(slots=True)
class _Reader:
    """The columns that are wanted, and what is to be said of the files so far."""

    wanted: Mapping[str, str]
    remembered: Remembered
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tables_of(self, name: str, sheets: Sequence[Table], *, several: bool) -> list[SupplierTable]:
        """Return the tables of one file, or of each file of an archive."""
        tables: list[SupplierTable] = []
        for file in dict.fromkeys(sheet.file for sheet in sheets):
            label = f"{name}: {file}" if file else name
            own = [sheet for sheet in sheets if sheet.file == file]
            shown = file or (Path(name).name if several else "")
            tables += [
                replace(table, sheet=replace(table.sheet, file=shown)) for table in self._best(label, own)
            ]
        return tables

    def _best(self, name: str, sheets: Sequence[Table]) -> list[SupplierTable]:
        """The tables of the sheet that is likeliest the list, with those of sheets of the same shape."""
        lists = [(sheet, tables) for sheet in sheets if (tables := self._found(sheet))]
        if not lists:
            raise SupplierListError(_no_header(name, sheets, self.wanted))
        _refuse_flattened(name, sheets)
        best, chosen = max(lists, key=lambda pair: pair[1][0].score)
        shapes = {table.shape for table in chosen}
        kept: list[SupplierTable] = []
        for sheet, tables in lists:
            if sheet is best or any(table.shape in shapes for table in tables):
                kept += tables
            else:
                self._say_unread(sheet, tables[0])
        return kept

    def _say_unread(self, sheet: Table, table: SupplierTable) -> None:
        text = (
            f"{sheet.format} looks like a supplier list too and was not read: check it as a file of its own"
        )
        (self.doubts if table.columns.get("amount") is not None else self.notes).append(text)

    def _found(self, sheet: Table) -> list[SupplierTable]:
        if self.wanted or not self.remembered:
            return find_tables(sheet, self.wanted)
        for row in sheet.rows[:HEADER_ROWS]:
            chosen = self.remembered.get(shape_of(row.cells))
            again = find_tables(sheet, _fields(chosen)) if chosen else []
            if again:
                shown = ", ".join(f"{name} = {heading!r}" for name, heading in (chosen or {}).items())
                self.doubts.append(
                    f"columns as you chose them before for a file with these headings: {shown}"
                )
                return again
        return find_tables(sheet, {})


def _refuse_flattened(name: str, sheets: Sequence[Table]) -> None:
    paths = sum(any(cell == "ocid" for row in sheet.rows[:1] for cell in row.cells) for sheet in sheets)
    if paths > 1:
        raise SupplierListError(
            f"{name} holds Open Contracting releases over {paths} sheets, which belong together: use the "
            "JSON of the releases"
        )


def _no_header(path: str, sheets: Sequence[Table], wanted: Mapping[str, str]) -> str:
    seen = next((row.cells for sheet in sheets for row in sheet.rows if any(row.cells)), ())
    shown = ", ".join(filter(None, seen[:8]))
    if wanted:
        columns = ", ".join(f"{heading!r} ({name})" for name, heading in wanted.items())
        return (
            f"{path} has no row with the column{'s' if len(wanted) > 1 else ''} {columns}; its first row "
            f"reads: {shown}"
        )
    return (
        f"{path} has no column that names the supplier; say which one with name=HEADING; its first row "
        f"reads: {shown}"
    )


# --- from tables to the list


def _supplier_list(source: str, tables: Sequence[SupplierTable], said: _Reader) -> SupplierList:
    reads = [read_rows(table) for table in tables]
    doubts, notes = _said_of(reads, tables, said)
    labelled = (
        (entry, _label(read.table, tables).removesuffix(": ")) for read in reads for entry in read.entries
    )
    suppliers = add_up(labelled, notes)
    money = _account(reads)
    doubts += _against_total(money)
    doubts = list(dict.fromkeys(doubts))
    first = tables[0]
    return SupplierList(
        source=source,
        suppliers=suppliers,
        rejected=tuple(one for read in reads for one in read.rejected),
        set_aside=tuple(one for read in reads for one in read.set_aside),
        warnings=(*doubts, *dict.fromkeys(notes)),
        mapping={
            name: first.headings[at]
            for name, at in first.columns.by_field.items()
            if first.header_row or first.headings[at]
        },
        unused_columns=_unused(first),
        header_row=first.header_row,
        rows=sum(read.rows for read in reads),
        format="; ".join(dict.fromkeys(_format(table) for table in tables)),
        doubts=tuple(doubts),
        money=money,
        headings=first.headings,
    )


def _said_of(
    reads: Sequence[TableRead], tables: Sequence[SupplierTable], said: _Reader
) -> tuple[list[str], list[str]]:
    """Check the money of all tables; return the doubts and the notes, each with its table."""
    doubts, notes = list(said.doubts), list(said.notes)
    for read in reads:
        check_money(read)
        label, table = _label(read.table, tables), read.table
        doubts += [f"{label}{text}" for text in (*table.sheet.doubts, *table.columns.doubts, *read.doubts)]
        own = (*table.sheet.warnings, *table.notes, *table.columns.notes, *read.notes)
        notes += [f"{label}{text}" for text in own]
    return doubts, notes


def _label(table: SupplierTable, tables: Sequence[SupplierTable]) -> str:
    """What stands before a message about one of several tables; nothing for the only one."""
    if len({(one.sheet.file, one.sheet.format) for one in tables}) < 2:
        return ""
    sheet = table.sheet.format.partition("sheet ")[2]
    return ", ".join(filter(None, (table.sheet.file, f"sheet {sheet}" if sheet else ""))) + ": "


def _format(table: SupplierTable) -> str:
    return f"{table.sheet.file}: {table.sheet.format}" if table.sheet.file else table.sheet.format


def _unused(table: SupplierTable) -> tuple[str, ...]:
    columns = table.columns
    used = {columns.name, *columns.by_field.values(), *columns.name_rest, *columns.further}
    return tuple(cell for at, cell in enumerate(table.headings) if cell and at not in used)


def _account(reads: Iterable[TableRead]) -> MoneyAccount:
    reads = list(reads)
    amounts = [one.amount for read in reads for one in read.entries if one.amount is not None]
    shared = {
        (id(read), one.reference or one.row.number, one.undivided)
        for read in reads
        for one in read.entries
        if one.undivided is not None
    }
    totals = [read.totals[-1] for read in reads if read.totals]
    kinds = [read.table.columns.kind for read in reads if read.table.columns.get("amount") is not None]
    return MoneyAccount(
        read=sum(amounts, Decimal(0)) if amounts else None,
        set_aside=sum((one.amount or Decimal(0) for read in reads for one in read.set_aside), Decimal(0)),
        rejected=sum((one.amount or Decimal(0) for read in reads for one in read.rejected), Decimal(0)),
        undivided=sum((amount for _, _, amount in shared), Decimal(0)),
        stated=sum(totals, Decimal(0)) if totals and len(totals) == len(reads) else None,
        kind=kinds[0] if kinds else AmountKind.SPEND,
    )


def _against_total(money: MoneyAccount) -> list[str]:
    """Compare what was read with the total that the file itself gives."""
    if money.stated is None:
        return []
    read = (money.read or Decimal(0)) + money.set_aside + money.rejected + money.undivided
    if abs(read - money.stated) < 1:
        return []
    return [
        f"the file's own total is {pounds(money.stated)}, and {pounds(read)} were read, "
        f"{pounds(abs(read - money.stated))} {'less' if read < money.stated else 'more'}"
    ]


def with_ended_contracts(source: SupplierList, today: date) -> SupplierList:
    """Return the list with a word about contracts that have ended, first among its doubts."""
    ends = [line for line in source.suppliers if line.contract_ends is not None]
    ended = [line for line in ends if line.contract_ends is not None and line.contract_ends < today]
    if not ended or source.money.kind is not AmountKind.CONTRACT:
        return source
    money = sum((line.amount or Decimal(0) for line in ended), Decimal(0))
    text = (
        f"the contracts of {len(ended)} of {len(ends)} suppliers with an end date have ended, "
        f"{pounds(money)} together: "
        "the column contract_ends says when"
    )
    return replace(source, doubts=(text, *source.doubts), warnings=(text, *source.warnings))


def shape_of(headings: Sequence[str]) -> tuple[str, ...]:
    """Return what two files of one shape share: their headings without accidents, as columns are remembered
    by.
    """
    return tuple(" ".join(heading(cell).words[:1]) for cell in headings if cell)
