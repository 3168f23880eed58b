"""Rows that name no supplier: redactions, totals, collective entries and individuals.

Conservative, since a company that is set aside is a company that nobody checks. The words stand in
rules/set_aside.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from domain.rulebook import load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "set_aside.yaml")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was read and is not matched: an individual, a redaction, a total."""

    row: int
    reason: str
    shown: str
    """What may be shown of the name: empty for an individual."""


def set_aside_row(row: int, name: str) -> SetAside | None:
    """Return why the row is not matched to an organisation, or None where its name may be a supplier's."""
    if _RULES["redacted"].fullmatch(name) and not _RULES["legal_ending"].search(name):
        return SetAside(row, "redacted: the list does not name the supplier", name)
    if _RULES["total"].fullmatch(name):
        return SetAside(row, "a total, not a supplier", name)
    if _RULES["collective"].fullmatch(name):
        return SetAside(row, "a collective entry, not one supplier", name)
    if not re.search(r"[^\W_]", name):
        return SetAside(row, "no letter or digit in the name", name)
    if not _RULES["business"].search(name) and _RULES["individual"].fullmatch(name):
        reason = "looks like an individual (a title and a name, no word of business): not matched"
        return SetAside(row, reason, "")
    return None
