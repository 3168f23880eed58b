"""The buyer's own risk tier of a supplier: what is bought, where it comes from, who does the work.

It comes from a table that the buyer edits, and from nothing else: a statement, or none, never moves it, and
it never moves a status. PPN 02/23 and PPN 009 sort contracts like this; they do not bind policing bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from section54.suppliers.reading.lists import SupplierLine
from section54.suppliers.reading.sheets import SheetError, read_sheet

STARTER_TABLE = Path(__file__).with_name("risk_starter.csv")
"""Categories that policing bodies buy, each marked with what the tier rests on: a start to edit, no
finding."""

COLUMNS = ("field", "pattern", "tier", "reason", "source")
FIELDS = ("category", "country", "workforce", "supplier")


class Tier(StrEnum):
    """Highest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


TIER_WORDS = {Tier.HIGH: "Higher", Tier.MEDIUM: "Medium", Tier.LOW: "Lower"}
NO_TIER = "No tier: no line of the buyer's table applies"


class RiskTableError(ValueError):
    """A table that can't be used; the message names file, row and value."""


@dataclass(frozen=True, slots=True)
class RiskRule:
    """One line of the buyer's table."""

    field: str
    pattern: re.Pattern[str]
    text: str
    """The pattern as written."""
    tier: Tier
    reason: str
    source: str
    row: int


@dataclass(frozen=True, slots=True)
class RiskTable:
    """The rules of one file, in its order."""

    name: str
    rules: tuple[RiskRule, ...]


@dataclass(frozen=True, slots=True)
class RiskTier:
    """The tier of one supplier with the lines that apply; a line of a lower tier begins with its tier."""

    tier: Tier | None
    """The highest of those that apply; None where none does, which says nothing about risk."""
    reasons: tuple[str, ...]

    @property
    def words(self) -> str:
        return TIER_WORDS[self.tier] if self.tier else NO_TIER


def read_risk_table(path: Path) -> RiskTable:
    """Read a table with the columns field, pattern, tier, reason and source (the last two may be blank).

    `pattern` is looked for as whole words without regard to case; | stands between alternatives and * for the
    rest of a word. Raises RiskTableError, OSError.
    """
    try:
        rules = tuple(
            _rule(f"{path}, row {number}", row, number)
            for number, row in read_sheet(path, COLUMNS, COLUMNS[:3])
        )
    except SheetError as error:
        raise RiskTableError(str(error)) from error
    if not rules:
        raise RiskTableError(f"{path} has no rows")
    return RiskTable(path.name, rules)


def _rule(where: str, cells: Mapping[str, str], number: int) -> RiskRule:
    if cells["field"].lower() not in FIELDS:
        raise RiskTableError(f"{where}: field {cells['field']!r} is none of {', '.join(FIELDS)}")
    if cells["tier"].lower() not in set(Tier):
        raise RiskTableError(f"{where}: tier {cells['tier']!r} is none of {', '.join(Tier)}")
    if not cells["pattern"].strip("|* "):
        raise RiskTableError(f"{where}: the pattern is empty")
    return RiskRule(
        cells["field"].lower(),
        _pattern(cells["pattern"]),
        cells["pattern"],
        Tier(cells["tier"].lower()),
        cells["reason"],
        cells["source"],
        number,
    )


def _pattern(text: str) -> re.Pattern[str]:
    words = (part.strip() for part in text.split("|"))
    alternatives = (re.escape(word).replace(r"\*", r"\w*") for word in words if word.strip("*"))
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def tier_of(line: SupplierLine, table: RiskTable) -> RiskTier:
    """The tier of a supplier by its categories, country, workforce and name in the list."""
    values: Mapping[str, Iterable[str]] = {
        "category": line.categories or ((line.category,) if line.category else ()),
        "country": (line.country,) if line.country else (),
        "workforce": (line.workforce,) if line.workforce else (),
        "supplier": (line.name,),
    }
    found = [(rule, text) for rule in table.rules for text in values[rule.field] if rule.pattern.search(text)]
    if not found:
        return RiskTier(None, ())
    order = list(Tier)
    found.sort(key=lambda one: order.index(one[0].tier))
    highest = found[0][0].tier
    reasons = dict.fromkeys(
        ("" if rule.tier is highest else f"{TIER_WORDS[rule.tier]}: ")
        + f"{rule.field} {text!r}"
        + (f": {rule.reason}" if rule.reason else "")
        + (f" ({rule.source})" if rule.source else "")
        for rule, text in found
    )
    return RiskTier(highest, tuple(reasons))
