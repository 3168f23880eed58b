"""Entries of a list added up to suppliers: one number or one name is one supplier."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.organisations import NameKey, name_key
from section54.suppliers.reading.entries import Entry
from section54.suppliers.reading.name_keys import AGREES, agreement


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """One supplier of the list, its rows added up."""

    name: str
    """As first written in the list, without codes and remarks."""
    company_number: str | None
    """Normalised; None where the list has none."""
    amount: Decimal | None
    """In pounds, the sum over its rows; None where the list has no amounts or none could be read."""
    rows: tuple[int, ...]
    """Row numbers in the file, from 1."""
    category: str | None = None
    """The one that most of its rows have."""
    website: str | None = None
    categories: tuple[str, ...] = ()
    """All of them, most frequent first."""
    country: str | None = None
    workforce: str | None = None
    written: str | None = None
    """The cell as first written, where something was taken off for the name."""
    parent: str | None = None
    """The parent or group that the list gives: a candidate, no match."""
    undivided: Decimal | None = None
    """In pounds, the values that it shares with other suppliers; they are in no amount."""
    foreign: tuple[tuple[str, Decimal], ...] = ()
    """Currencies other than pounds, with the amount in each."""
    payments: int = 0
    """Rows with an amount."""
    first_day: date | None = None
    last_day: date | None = None
    """The period of its payments, where the list has their days."""
    contract_ends: date | None = None
    """The latest end of its contracts, where the list gives it."""
    files: tuple[str, ...] = ()
    """For a list of several files or sheets: those that name it."""


@dataclass(slots=True)
class _Tally:
    """One supplier while its rows are added up."""

    name: str
    number: str | None
    written: str
    amount: Decimal | None = None
    undivided: Decimal | None = None
    foreign: dict[str, Decimal] = field(default_factory=dict)
    payments: int = 0
    order: int = 0
    rows: list[int] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    days: list[date] = field(default_factory=list)
    ends: date | None = None
    categories: Counter[str] = field(default_factory=Counter)
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, entry: Entry, file: str) -> None:
        self.rows.append(entry.row.number)
        self.files.setdefault(file)
        self.amount = _sum(self.amount, entry.amount)
        self.undivided = _sum(self.undivided, entry.undivided)
        self.payments += entry.paid and (entry.amount is not None or entry.foreign is not None)
        if entry.foreign is not None:
            currency, amount = entry.foreign
            self.foreign[currency] = self.foreign.get(currency, Decimal(0)) + amount
        self._span([entry.day] if entry.day else [])
        self.ends = max(filter(None, (self.ends, entry.end)), default=None)
        self._describe(entry.texts)

    def take(self, other: _Tally) -> None:
        self.rows = [*self.rows, *other.rows]
        self.files |= other.files
        self.order = min(self.order, other.order)
        self.amount = _sum(self.amount, other.amount)
        self.undivided = _sum(self.undivided, other.undivided)
        self.payments += other.payments
        for currency, amount in other.foreign.items():
            self.foreign[currency] = self.foreign.get(currency, Decimal(0)) + amount
        self._span(other.days)
        self.ends = max(filter(None, (self.ends, other.ends)), default=None)
        self.categories.update(other.categories)
        self.texts = {**other.texts, **self.texts}

    def _span(self, days: list[date]) -> None:
        together = [*self.days, *days]
        self.days = [min(together), max(together)] if together else []

    def _describe(self, texts: dict[str, str]) -> None:
        if texts.get("category"):
            self.categories[texts["category"]] += 1
        for name, text in texts.items():
            if name != "category":
                self.texts.setdefault(name, text)

    def line(self) -> SupplierLine:
        categories = tuple(name for name, _ in self.categories.most_common())
        named = [file for file in self.files if file]
        first, last = (self.days[0], self.days[-1]) if self.days else (None, None)
        return SupplierLine(
            self.name, self.number, self.amount, tuple(sorted(self.rows) if not named else self.rows),
            next(iter(categories), None), self.texts.get("website"), categories, self.texts.get("country"),
            self.texts.get("workforce"), self.written if self.written != self.name else None,
            self.texts.get("parent"),
            self.undivided, tuple(self.foreign.items()), self.payments, first, last, self.ends,
            tuple(named),
        )  # fmt: skip


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


def add_up(entries: Iterable[tuple[Entry, str]], notes: list[str]) -> tuple[SupplierLine, ...]:
    """Add up entries, each with the name of its file; what could not be joined is said in `notes`.

    The suppliers are in the order of their first entry.
    """
    tallies: dict[tuple[NameKey, str | None], _Tally] = {}
    keys: dict[str, NameKey] = {}
    for order, (entry, file) in enumerate(entries):
        if entry.name not in keys:
            keys[entry.name] = name_key(entry.name)
        key = (keys[entry.name], entry.number)
        tally = tallies.setdefault(key, _Tally(entry.name, entry.number, entry.written, order=order))
        tally.add(entry, file)
    return tuple(tally.line() for tally in _joined(tallies.values(), notes))


def _joined(tallies: Collection[_Tally], notes: list[str]) -> list[_Tally]:
    """Join spellings of one numbered supplier, and entries without a number to the one numbered supplier of
    their name.
    """
    kept: list[_Tally] = []
    by_number: dict[str, list[_Tally]] = defaultdict(list)
    by_name: dict[NameKey, list[_Tally]] = defaultdict(list)
    for tally in [one for one in tallies if one.number]:
        known = by_number[tally.number or ""]
        same = next((one for one in known if _same_supplier(one, tally)), None)
        if same is None:
            notes += [_same_number(tally, known[0])] if known else []
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
    return sorted(kept, key=lambda tally: tally.order)


def _same_supplier(one: _Tally, other: _Tally) -> bool:
    return agreement(other.name, name_key(one.name).core) >= AGREES


def _same_number(tally: _Tally, first: _Tally) -> str:
    return (
        f"row {tally.rows[0]}: {tally.name!r} has the company number of {first.name!r} in row "
        f"{first.rows[0]}, "
        f"{tally.number}, and another name: the two were not added up"
    )
