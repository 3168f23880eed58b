"""Which column of a table is which: what its heading means, confirmed by what its cells hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from section54.suppliers.reading.cells import (
    PLAIN,
    NumberForm,
    is_name,
    is_nothing,
    may_be_thousands,
    number_form,
    read_company_number,
    read_day,
    read_money,
)
from section54.suppliers.reading.headings import Heading, heading

FIELDS = (
    "name", "company_number", "amount", "credit", "currency", "type", "date", "end_date", "reference",
    "category",
    "website", "country", "workforce", "parent",
)  # fmt: skip
"""What a column can be; only `name` must be there. `credit` is the column of credits beside one of debits."""

SAMPLE = 3_000  # rows that are looked at to tell what a column holds
_MOSTLY = 0.5  # of the filled cells: a column holds what most of them are
_FEW = 3  # rows from which a column that never changes tells something
_OWN_NUMBER = 5  # rows of different suppliers with one company number, from which it is the buyer's own

Rows = Sequence[Sequence[str]]


class AmountKind(StrEnum):
    """What the amounts of a list are."""

    SPEND = "spend"
    CONTRACT = "contract value"
    """The value of a contract or award: agreed, not paid."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading and what its cells hold."""

    at: int
    heading: Heading
    cells: tuple[str, ...]
    """The filled ones of the sample."""

    def share(self, holds: Callable[[str], object]) -> float:
        """Return the share of filled cells for which something holds; 0 for a column without any."""
        return sum(bool(holds(cell)) for cell in self.cells) / len(self.cells) if self.cells else 0.0

    @property
    def is_constant(self) -> bool:
        """Whether every row has the same, and there are enough rows for that to mean something."""
        return len(self.cells) >= _FEW and len(set(self.cells)) == 1

    def holds_money(self) -> bool:
        """Tell whether most cells that are not blank, a dash or "N/A" are amounts."""
        said = [cell for cell in self.cells if not is_nothing(cell)]
        form = number_form(said, ";")
        return bool(said) and sum(read_money(cell, form) is not None for cell in said) >= len(said) * _MOSTLY


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table by what they are."""

    name: int
    by_field: Mapping[str, int]
    """Every recognised field, `name` included."""
    name_rest: tuple[int, ...] = ()
    """Columns that hold the rest of a name that is cut."""
    further: tuple[int, ...] = ()
    """Columns with more suppliers of the same row."""
    lot: int | None = None
    kind: AmountKind = AmountKind.SPEND
    factor: Decimal = Decimal(1)
    currency: str | None = None
    """That the heading of the amounts names."""
    form: NumberForm = PLAIN
    doubts: tuple[str, ...] = ()
    """What a person should look at, about money first."""
    notes: tuple[str, ...] = ()
    recognised: int = 0
    """Columns whose heading means something; part of how likely a row is the header."""
    strength: int = 0
    """How surely the column of names is one: 10 for "Supplier", 5 for "Name"."""

    def get(self, name: str) -> int | None:
        """Return the position of a field's column, or None."""
        return self.by_field.get(name)


def table_columns(headings: Sequence[str], rows: Rows) -> list[Column]:
    """Return the columns of a table; `rows` are those below its headings."""
    sample = rows[:SAMPLE]
    if sum(map(bool, headings)) > 1:
        # A row with one cell filled is a title or a remark; it says nothing of its column, unless all
        # rows are so.
        sample = [row for row in sample if sum(map(bool, row)) > 1] or sample
    return [
        Column(at, heading(cell), tuple(row[at] for row in sample if at < len(row) and row[at]))
        for at, cell in enumerate(headings)
    ]


def choose_columns(
    headings: Sequence[str], rows: Rows, wanted: Mapping[str, int], separator: str = ""
) -> Columns | None:
    """Tell the columns of a table, or None where nothing names the supplier.

    `wanted` gives those that a person chose.
    """
    columns = table_columns(headings, rows)
    chosen = _Choice(columns, dict(wanted))
    if not chosen.take_name():
        return None
    chosen.take_amount()
    chosen.take_company_number()
    chosen.take_others()
    return chosen.result(rows, separator)


@dataclass(slots=True)
class _Choice:
    """The columns that are still free, and what was chosen so far."""

    columns: Sequence[Column]
    fields: dict[str, int]
    strength: int = 0
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    basis: str = ""

    def free(self) -> list[Column]:
        taken = set(self.fields.values())
        return [
            one
            for one in self.columns
            if one.at not in taken and (one.heading.words or one.heading.is_amount)
        ]

    # --- the supplier

    def take_name(self) -> bool:
        if "name" in self.fields:
            self.strength = 10
            return True
        ranked = sorted(
            ((score, -one.at, one) for one in self.free() if (score := _name_score(one)) > 0), reverse=True
        )
        if not ranked:
            return False
        best = ranked[0][2]
        self.fields["name"] = best.at
        self.strength = min(10, int(ranked[0][0]))
        rivals = [one for score, _, one in ranked[1:] if score >= ranked[0][0] and _differs(best, one)]
        if rivals and not any(one.heading.means("further_supplier") for one in rivals):
            others = ", ".join(repr(one.heading.written) for one in rivals)
            self.notes.append(
                f"suppliers are read from {best.heading.written!r}; {others} could name them too "
                "(--map name=...)"
            )
        return True

    # --- the amount

    def take_amount(self) -> None:
        if "amount" in self.fields:
            return
        ranked = sorted(
            ((_amount_score(one), -one.at, one) for one in self.free() if _may_be_amount(one)), reverse=True
        )
        ranked = [one for one in ranked if not self._is_score(one[2])]
        debit = next(
            (one for one in self.free() if one.heading.means("debit") and _money_or_blank(one)), None
        )
        credit = next(
            (one for one in self.free() if one.heading.means("credit") and _money_or_blank(one)), None
        )
        if debit is not None and credit is not None and (not ranked or ranked[0][2] is debit):
            self.fields |= {"amount": debit.at, "credit": credit.at}
            self.doubts.append(f"amounts are {debit.heading.written!r} less {credit.heading.written!r}")
            return
        if not ranked:
            self._no_amount()
            return
        best = ranked[0][2]
        self.fields["amount"] = best.at
        self._say_rivals(ranked)

    def _say_rivals(self, ranked: Sequence[tuple[float, int, Column]]) -> None:
        best = ranked[0][2]
        if best.heading.means("gross") and not best.heading.means("net"):
            self.doubts.append(f"amounts are from {best.heading.written!r}, so they include VAT")
        rivals = [one for score, _, one in ranked[1:] if score >= ranked[0][0] and _differs(best, one)]
        if rivals:
            others = " and ".join(repr(one.heading.written) for one in rivals)
            self.doubts.append(
                f"two columns could be the amount: {best.heading.written!r} was read, {others} was not; "
                "say which one with --map amount=HEADING"
            )
        unused = [one for _, _, one in ranked[1:] if one not in rivals]
        if unused:
            names = ", ".join(repr(one.heading.written) for one in unused)
            self.notes.append(f"amounts are from {best.heading.written!r}; not used: {names}")

    def _is_score(self, column: Column) -> bool:
        """Tell whether a bare "Total" adds up columns that are no money, such as scores."""
        if column.heading.words[:1] not in {("total",), ("value",), ("sum",)}:
            return False
        others = [
            one
            for one in self.free()
            if one is not column
            and one.share(read_money) > _MOSTLY
            and not _money_or_time(one)
            and not _named_otherwise(one)
        ]
        # A code or a rank may stand among the numbers: one column may be left out of the sum.
        parts = [others, *([two for two in others if two is not one] for one in others)]
        added = next((some for some in parts if len(some) > 1 and _adds_up(column, some)), None)
        if added is None:
            return False
        self.doubts.append(
            f"the list has no amounts: {column.heading.written!r} adds up "
            f"{', '.join(repr(one.heading.written) for one in added)}, which are scores or counts"
        )
        return True

    def _no_amount(self) -> None:
        if any(text.startswith("the list has no amounts") for text in self.doubts):
            return
        named = [one for one in self.free() if one.heading.is_amount and one.cells]
        if named:
            self.doubts.append(
                f"no amounts were read: {named[0].heading.written!r} holds no numbers, such as "
                f"{named[0].cells[0]!r}"
            )
            return
        numeric = [one for one in self.free() if one.holds_money() and not _is_detail(one)]
        if numeric:
            names = ", ".join(repr(one.heading.written) for one in numeric[:6])
            self.doubts.append(
                f"no column was recognised as the amount, so no supplier has a spend; columns with "
                f"numbers are {names}: say which one with --map amount=HEADING"
            )
        else:
            self.notes.append("the list has no column of amounts")

    # --- the company number

    def take_company_number(self) -> None:
        if "company_number" in self.fields:
            return
        for column in self.free():
            if not column.heading.means("company_number") or column.heading.means("other_number"):
                continue
            valid = column.share(read_company_number)
            names = self.columns[self.fields["name"]]
            if column.is_constant and len(column.cells) >= _OWN_NUMBER <= len(set(names.cells)):
                self.notes.append(
                    f"{column.heading.written!r} is the same in every row, so it is the buyer's own and "
                    f"not used"
                )
            elif len(column.cells) >= _FEW and valid < 0.2:
                self.notes.append(
                    f"{column.heading.written!r} holds no company numbers, such as {column.cells[0]!r}: "
                    f"not used"
                )
            elif column.cells or "company_number" not in self.fields:
                self.fields["company_number"] = column.at
                return

    # --- what else there is

    def take_others(self) -> None:
        names = self.columns[self.fields["name"]]
        picks: list[tuple[str, Callable[[Column], float]]] = [
            ("type", lambda one: one.heading.means("document_type") and bool(one.cells)),
            ("currency", lambda one: self._currency_score(one)),
            ("end_date", lambda one: one.heading.means("end_date") and one.share(read_day) > _MOSTLY),
            ("date", _date_score),
            ("reference", _reference_score),
            ("website", lambda one: one.heading.means("website") and not _one_host(one, names)),
            ("country", lambda one: one.heading.means("country")),
            ("workforce", lambda one: one.heading.means("workforce") and one.share(read_money) < _MOSTLY),
            ("parent", lambda one: one.heading.means("parent") and one.share(is_name) > _MOSTLY),
            ("category", _category_score),
        ]
        for name, score in picks:
            if name in self.fields:
                continue
            ranked = [(value, -one.at) for one in self.free() if (value := float(score(one))) > 0]
            if ranked:
                self.fields[name] = -max(ranked)[1]
        for one in self.free():
            if one.heading.means("website") and _one_host(one, names):
                self.notes.append(
                    f"{one.heading.written!r} has one site for all suppliers, so it is no website of "
                    f"theirs: not used"
                )
            if one.heading.means("deleted") and one.cells:
                self.notes.append(
                    f"{len(one.cells)} rows are marked in {one.heading.written!r} as deleted or blocked; "
                    "they are listed"
                )

    def _currency_score(self, column: Column) -> float:
        """How likely a column holds the currency of the amounts that are read, not of others."""
        if not column.heading.means("currency") or column.share(_is_currency) <= _MOSTLY:
            return 0
        amount = self.fields.get("amount")
        if amount is None:
            return 1
        of_amount = self.columns[amount].heading
        others = any(one.heading.is_amount and one.holds_money() for one in self.free())
        if of_amount.currency is not None and others:
            return 0  # "Amount (GBP)" beside one in the currency of the document
        text, own = " ".join(of_amount.words), " ".join(column.heading.words)
        local = "local" in text or text.endswith(" lc")
        if local and any(word in own for word in ("document", "doc", "invoice", "transaction")):
            return 0
        return 2 if local and "local" in own else 1

    def _form_of(self, cells: Sequence[str], separator: str) -> NumberForm:
        """How the amounts are written; what is unusual is said."""
        form = number_form(cells, separator)
        if form != PLAIN:
            example = next(cell for cell in cells if "," in cell or "." in cell)
            way = "a decimal comma" if form.decimal_comma else "points between thousands"
            found = read_money(example, form)
            read = found.amount if found else "nothing"
            self.doubts.append(f"amounts are written with {way}: {example!r} is read as {read}")
        elif odd := may_be_thousands(cells):
            self.doubts.append(
                f"amounts such as {odd!r} have three digits behind the point: they are read as decimals; "
                "look whether the points stand between thousands"
            )
        return form

    def result(self, rows: Rows, separator: str) -> Columns:
        free = self.free()
        name = self.columns[self.fields["name"]]
        rest = tuple(one.at for one in free if one.heading.means("second_name"))
        further = tuple(
            one.at
            for one in free
            if one.heading.means("further_supplier") and one.at not in rest and one.share(is_name) > _MOSTLY
        )
        if further:
            names = ", ".join(repr(self.columns[at].heading.written) for at in (name.at, *further))
            self.notes.append(f"suppliers are read from several columns: {names}")
        amount = self.fields.get("amount")
        money = self.columns[amount].heading if amount is not None else None
        cells = [row[amount] for row in rows if amount < len(row)] if amount is not None else []
        form = self._form_of(cells, separator)
        lot = next((one.at for one in free if one.heading.means("lot")), None)
        kind = _amount_kind(money, self.columns, self.fields, lot) if money else AmountKind.SPEND
        return Columns(
            name=name.at,
            by_field=dict(self.fields),
            name_rest=rest,
            further=further,
            lot=lot,
            kind=kind,
            factor=money.factor if money else Decimal(1),
            currency=money.currency if money else None,
            form=form,
            doubts=tuple(self.doubts),
            notes=tuple(self.notes),
            recognised=len(self.fields) + sum(_is_detail(one) for one in free),
            strength=self.strength,
        )


# --- scores: nothing is 0, more is likelier


def _name_score(column: Column) -> float:
    """Return how likely a column holds the suppliers' names."""
    head = column.heading
    strong = head.means("supplier")
    if not strong and (not head.means("company") or head.is_other_party or _is_detail(column)):
        return 0
    if column.cells and column.share(is_name) < _MOSTLY:
        return 0
    if head.means("second_name") or (not strong and head.means("further_supplier")):
        return 0
    base = 10.0 if strong else 5.0 if "name" in head.words else 6.0
    if strong and head.means("further_supplier"):
        base -= 1.5
    if strong and any("name" in text for text in head.words):
        base += 0.5
    if any(word in text.split() for text in head.words for word in ("raw", "original")):
        base -= 0.2  # the same names put right stand beside them
    # A buyer is the same in every row, a supplier is not.
    return base - (4 if column.is_constant and not strong else 0)


def _differs(one: Column, other: Column) -> bool:
    return one.cells != other.cells


def _may_be_amount(column: Column) -> bool:
    money = column.holds_money() or (bool(column.cells) and all(map(is_nothing, column.cells)))
    return column.heading.is_amount and money and not column.heading.means("company_number")


def _money_or_blank(column: Column) -> bool:
    return not column.cells or column.holds_money()


_SURE = {"net": 4.0, "gross": -2.0, "yearly": -2.0, "bound": -5.0}


def _amount_score(column: Column) -> float:
    """Return how well a column stands for what was spent: net before plain, plain before gross, bounds
    last.
    """
    head = column.heading
    score = 10 + sum(value for rule, value in _SURE.items() if head.means(rule))
    text = " ".join(head.words)
    score += (
        1.0
        if any(word in text for word in ("line", "distribution", "local", " lc", "gbp", "sterling"))
        else 0
    )
    score -= 1.0 if any(word in {"po", "order", "ordered", "requisition"} for word in text.split()) else 0
    score -= 1.0 if any(word in text for word in ("document currency", "doc currency", "foreign")) else 0
    score -= 2.0 if any(word in text for word in ("cumulative", "ytd", "year to date", "to date")) else 0
    score += {None: 0.0, "GBP": 0.5}.get(head.currency, -3.0)
    # A column that is nearly empty is no column of amounts, whatever its heading.
    return score - (6 if not any(read_money(cell) for cell in column.cells) else 0)


def _adds_up(total: Column, parts: Sequence[Column]) -> bool:
    """Tell whether the cells of a column are the sums of those of others."""
    sums = [
        sum((found.amount for cell in cells if (found := read_money(cell))), Decimal(0))
        for cells in zip(*(one.cells for one in parts), strict=False)
    ]
    totals = [found.amount if (found := read_money(cell)) else None for cell in total.cells]
    return bool(sums) and sums == totals[: len(sums)]


def _money_or_time(column: Column) -> bool:
    """Tell whether a heading names money, a year or a month: such columns may add up to spend."""
    words = " ".join(column.heading.words)
    months = (
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "q1",
        "q2",
        "q3",
        "q4",
    )
    return column.heading.is_amount or any(word[:3] in months or word[:2].isdigit() for word in words.split())


def _named_otherwise(column: Column) -> bool:
    return any(
        column.heading.means(rule)
        for rule in ("company_number", "supplier_code", "contract_reference", "date")
    )


_DETAILS = (
    "attribute", "supplier_code", "company_number", "other_number", "date", "vat", "document_type",
    "currency",
    "contract_reference", "lot", "somebody_else", "category", "website", "country", "deleted",
)  # fmt: skip


def _is_detail(column: Column) -> bool:
    """Tell whether a heading means something that is neither the supplier's name nor money."""
    return any(column.heading.means(rule) for rule in _DETAILS)


def _is_currency(cell: str) -> bool:
    return len(cell) <= 8 and heading(cell).currency is not None


def _date_score(column: Column) -> float:
    if not column.heading.means("date") or column.heading.means("end_date"):
        return 0
    if column.share(read_day) <= _MOSTLY:
        return 0
    text = " ".join(column.heading.words)
    return 3 if any(word in text for word in ("paid", "payment", "posting", "transaction")) else 2


def _reference_score(column: Column) -> float:
    if not column.heading.means("contract_reference"):
        return 0
    return 2 if any(word in text for text in column.heading.words for word in ("contract", "ocid")) else 1


def _category_score(column: Column) -> float:
    if not column.heading.means("category") or (
        column.share(read_money) > _MOSTLY and not column.heading.means("amount")
    ):
        return 0
    text = " ".join(column.heading.words)
    return 3 if "categor" in text else 1 if text in {"title", "description", "subjective"} else 2


def _one_host(column: Column, names: Column) -> bool:
    """Tell whether the addresses of several suppliers are different pages of one site."""
    addresses = {cell.casefold() for cell in column.cells if "." in cell}
    hosts = {address.split("://")[-1].split("/")[0].removeprefix("www.") for address in addresses}
    return len(hosts) == 1 and len(addresses) > 1 and len(set(names.cells)) > 1


def _amount_kind(
    money: Heading, columns: Collection[Column], fields: Mapping[str, int], lot: int | None
) -> AmountKind:
    """Tell spend from the values of contracts, by the heading or by what stands beside it."""
    text = " ".join(money.words)
    if any(word in text for word in ("spend", "spent", "paid", "payment", "invoice", "expenditure")):
        return AmountKind.SPEND
    beside = [one for one in columns if one.at != fields.get("amount")]
    of_contracts = sum(
        "contract" in text or "tender" in text or "award" in text
        for one in beside
        for text in one.heading.words[:1]
    )
    ends = any(one.heading.means("end_date") and one.share(read_day) > _MOSTLY for one in beside)
    if money.means("contract_value") or ends or lot is not None or of_contracts > 1:
        return AmountKind.CONTRACT
    dated = "date" in fields
    return AmountKind.CONTRACT if of_contracts and not dated else AmountKind.SPEND


def with_unit_above(columns: Columns, factor: Decimal, currency: str | None) -> Columns:
    """Return the columns with the unit and the currency that a line above the table gives for all figures."""
    return replace(
        columns,
        factor=columns.factor if columns.factor != 1 else factor,
        currency=columns.currency or currency,
    )
