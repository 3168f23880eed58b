"""Titles and roles of people.

The words stand in rules/shared.yaml: {title}, {role_director} and their like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.rulebook import SHARED, load_rules

_PREFIX = "role_"
_WORDS = load_rules(SHARED).words

ROLES: Mapping[str, re.Pattern[str]] = {
    rule.says or name.removeprefix(_PREFIX).replace("_", " "): rule.pattern
    for name, rule in _WORDS.items()
    if name.startswith(_PREFIX)
}
"""Roles by what a report calls them. The first that a text has is the one that it names."""

SENIOR = frozenset(ROLES) - {"head of a department", "secretary", "owner", "vice president", "member"}
"""Directors and their equals by law."""

ROLE = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in ROLES.values()), re.IGNORECASE)
"""Any role."""


def role_in(text: str) -> str | None:
    """Return what a report calls the role that a text names; None where it names none."""
    return next((name for name, pattern in ROLES.items() if pattern.search(text)), None)
