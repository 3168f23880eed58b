"""Rows that name no supplier: redactions, totals, collective entries and individuals.

Conservative, since a company that is set aside is a company that nobody checks. The words stand in
rules/set_aside.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from domain.rulebook import load_rules
from section54.suppliers.reading.people import NameOf, name_of

_RULES = load_rules(Path(__file__).parent / "rules" / "set_aside.yaml")


_REASONS = {
    "redacted": "redacted: the list does not name the supplier",
    "total": "a total, not a supplier",
    "collective": "a collective entry, not one supplier",
    "placeholder": "no name: the cell says that there is none",
}
"""Rule to the reason that is shown."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was read and is not matched: an individual, a redaction, a total."""

    row: int
    reason: str
    shown: str
    """What may be shown of the name: empty for an individual."""
    amount: Decimal | None = None
    """What the row would have added in pounds; None for a total or where there is none."""


def set_aside_row(row: int, name: str) -> SetAside | None:
    """Return why the row is not matched to an organisation, or None where its name may be a supplier's."""
    has_legal_form = _RULES["legal_ending"].search(name) is not None
    for rule, reason in _REASONS.items():
        if _RULES[rule].fullmatch(name) and not has_legal_form:
            return SetAside(row, reason, name)
    if not re.search(r"[^\W_]", name):
        return SetAside(row, "no letter or digit in the name", name)
    if not re.search(r"[^\W\d_]", name):
        return SetAside(row, "a number, not a name", name)
    if name_of(name) is NameOf.PERSON:
        return SetAside(row, "looks like an individual: not matched", "")
    return None
