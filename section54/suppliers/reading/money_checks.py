"""What is checked over all rows of a table before its amounts are added up: signs, contracts, rows that are
there twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

from domain.organisations import name_key
from domain.rulebook import SHARED, load_rules
from section54.suppliers.reading.columns import AmountKind
from section54.suppliers.reading.entries import Entry, TableRead
from section54.suppliers.reading.headings import heading
from section54.suppliers.reading.set_aside import SetAside

_LINES = load_rules(Path(__file__).parent / "rules" / "lines.yaml", SHARED)
_FLAGS = ({"c", "d"}, {"cr", "dr"}, {"h", "s"}, {"credit", "debit"}, {"c", "d", "cr", "dr"})
# Of the amounts that are not nothing: a ledger whose payments are negative has some refunds, which are
# positive.
_MOSTLY_NEGATIVE = 0.7
_FEW = 3
_MOST_SHOWN = 10  # messages of one kind; the others are counted


def check_money(read: TableRead) -> None:
    """Set the signs, count each contract once, and say what is unusual. Changes the entries of the table."""
    _nested(read)
    _ledger_sign(read)
    _credit_notes(read)
    if read.table.columns.kind is AmountKind.CONTRACT:
        _contracts_once(read)
    _twice(read)
    _say_unreadable(read)
    _say_units(read)


def pounds(amount: Decimal) -> str:
    """Return an amount as people write it: £1,250.50, or £1,250 without pence."""
    text = f"{abs(amount):,.2f}".removesuffix(".00")
    return f"{'−' if amount < 0 else ''}£{text}"


def _credit_notes(read: TableRead) -> None:
    """Take away what a column calls a credit, where the amount itself has no sign."""
    credits = [one for one in read.entries if one.amount and _is_credit(one.document, read)]
    if not credits:
        return
    unmarked = [one for one in credits if one.amount is not None and one.amount > 0]
    if len(unmarked) < len(credits):
        return  # the credits that are negative show that the file marks them itself
    total = sum((one.amount or Decimal(0) for one in unmarked), Decimal(0))
    for one in unmarked:
        one.amount = -(one.amount or Decimal(0))
    column = read.table.headings[read.table.columns.by_field["type"]]
    read.doubts.append(
        f"{len(unmarked)} rows are credits by the column {column!r} and have no minus: {pounds(total)} was "
        "taken away"
    )


def _is_credit(document: str, read: TableRead) -> bool:
    text = document.strip().casefold()
    if not _LINES.rules["credit_note"].holds(text):
        return False
    if len(text) > 2 or text in {"cn", "kg"}:
        return True
    # One letter means a credit only where the column holds nothing but the two flags.
    held = {one.document.strip().casefold() for one in read.entries if one.document}
    return any(held <= flags for flags in _FLAGS) and text in {"c", "cr", "h"}


def _ledger_sign(read: TableRead) -> None:
    amounts = [one.amount for one in read.entries if one.amount]
    negative = [amount for amount in amounts if amount < 0]
    if len(amounts) < _FEW or len(negative) <= len(amounts) * _MOSTLY_NEGATIVE:
        return
    for one in read.entries:
        if one.amount is not None:
            one.amount = -one.amount
    read.totals = [-total for total in read.totals]
    read.doubts.append(
        f"{len(negative)} of {len(amounts)} amounts are negative, as in ledgers where payments are: all "
        "signs were turned round"
    )


def _nested(read: TableRead) -> None:
    """Set aside the rows of a pivot table that break down the row above them: their sum is its amount."""
    amounts = [one.amount for one in read.entries]
    if not read.totals or any(amount is None for amount in amounts):
        return
    heads: list[int] = []
    index = 0
    while index < len(amounts):
        heads.append(index)
        left, index = amounts[index] or Decimal(0), index + 1
        while left > 0 and index < len(amounts):
            left, index = left - (amounts[index] or Decimal(0)), index + 1
        if left:
            return
    total = sum((amounts[head] or Decimal(0) for head in heads), Decimal(0))
    if total != read.totals[-1] or len(heads) == len(amounts):
        return
    inner = [one for index, one in enumerate(read.entries) if index not in set(heads)]
    read.entries = [read.entries[index] for index in heads]
    read.set_aside += [
        SetAside(one.row.number, "a part of the row above it, as in a pivot table", one.name) for one in inner
    ]
    read.doubts.append(
        f"{len(inner)} rows break down the rows above them, as in a pivot table: they are not suppliers and "
        "not added"
    )


# --- contracts


def _contracts_once(read: TableRead) -> None:
    """Count the value of a contract once, however many suppliers or lots stand beside it."""
    by_contract: dict[tuple[str, Decimal], list[Entry]] = defaultdict(list)
    for one in read.entries:
        contract = one.reference or _title(one, read)
        if contract and one.amount:
            by_contract[contract, one.amount].append(one)
    said = []
    for (reference, amount), entries in by_contract.items():
        if len(entries) < 2:
            continue
        suppliers = {name_key(one.name) for one in entries}
        shared = len(suppliers) == len(entries) and read.table.columns.lot is None
        for one in entries if shared else entries[1:]:
            one.amount, one.undivided = None, amount if shared else None
        if shared:
            said.append(
                f"contract {reference} stands on {len(entries)} rows, a supplier each, with the same "
                f"{pounds(amount)}: "
                "it is shared, so it is in no supplier's amount"
            )
        else:
            said.append(
                f"the same contract, {reference}, stands on {len(entries)} rows with the same "
                f"{pounds(amount)}: it is "
                f"counted once, with {entries[0].name!r}"
            )
    read.doubts += _counted(said, "contracts stand on several rows with one value")


def _title(entry: Entry, read: TableRead) -> str:
    """The title of a contract, where the list has no references."""
    at = read.table.columns.get("category")
    titled = at is not None and "title" in " ".join(heading(read.table.headings[at]).words)
    return entry.texts.get("category", "") if titled else ""


# --- rows that are there twice


def _twice(read: TableRead) -> None:
    """Say which rows are the same in every column; line items may well be alike, so they stay."""
    counts = Counter(one.row.cells for one in read.entries if one.amount and not one.undivided)
    again = [(cells, count - 1) for cells, count in counts.items() if count > 1]
    if not again:
        return
    amounts = {one.row.cells: one.amount or Decimal(0) for one in read.entries}
    rows = sum(count for _, count in again)
    total = sum((amounts[cells] * count for cells, count in again), Decimal(0))
    detail = len(read.table.headings) > 2
    text = (
        f"{rows} row{'s are' if rows > 1 else ' is'} the same as another in every column, {pounds(total)} "
        "together: "
        "counted, since line items may be alike; look whether the file holds them twice"
    )
    (read.doubts if detail else read.notes).append(text)


# --- what is said


def _say_unreadable(read: TableRead) -> None:
    read.doubts += _counted(read.unreadable, "amounts can't be read and are left out of the spend")
    if read.mended:
        read.doubts.append(
            f"{len(read.mended)} amounts were cut at a comma that is not quoted, such as that of row "
            f"{read.mended[0]}: "
            "they were put together"
        )


def _counted(messages: list[str], what: str) -> list[str]:
    if len(messages) <= _MOST_SHOWN:
        return messages
    return [*messages[:_MOST_SHOWN], f"... and {len(messages) - _MOST_SHOWN} more {what}"]


def _say_units(read: TableRead) -> None:
    columns = read.table.columns
    at = columns.get("amount")
    if at is None:
        return
    written = read.table.headings[at]
    words = {
        Decimal(1000): "thousands of pounds",
        Decimal(1_000_000): "millions of pounds",
        Decimal("0.01"): "pence",
    }
    if columns.factor != 1:
        unit = words[columns.factor]
        read.doubts.append(
            f"amounts in {written!r} are in {unit}: each was multiplied by {columns.factor:,f}"
        )
    foreign: dict[str, Decimal] = defaultdict(Decimal)
    for one in read.entries:
        if one.foreign is not None:
            foreign[one.foreign[0]] += one.foreign[1]
    for currency, total in foreign.items():
        read.doubts.append(
            f"amounts of {total:,.2f} {currency} are not in pounds: they are listed apart and in no spend"
        )
    if columns.kind is AmountKind.CONTRACT:
        read.doubts.append(
            f"{written!r} is contract value, agreed and not paid: it is no spend; annual and whole-life "
            "values differ"
        )
