"""The legal form at the end of a name: Limited, plc, LLP and their like, Welsh ones included.

The words stand in rules/shared.yaml, so that patterns of every stage can use them: {form_limited}, {uk_form},
{legal_form}.
"""

from __future__ import annotations

import re

from domain.rulebook import SHARED, load_rules

_PREFIX = "form_"
_FOREIGN = "foreign"
_WORDS = load_rules(SHARED).words
_ENDING = re.compile(
    r"(?: |^)(?:"
    + "|".join(
        f"(?P<{name.removeprefix(_PREFIX)}>{rule.pattern.pattern})"
        for name, rule in _WORDS.items()
        if name.startswith(_PREFIX)
    )
    + r")$"
)

FORMS = tuple(name for name in _ENDING.groupindex if name != _FOREIGN)
"""The classes that spellings of one legal form share: "limited", "plc", "llp" and so on."""

FORM_WORDS = _WORDS["legal_form"].pattern
"""A legal form anywhere in a text, whatever its case."""


def split_form(name: str) -> tuple[str, str]:
    """Split a normalised name into what it is called and the class of its legal form.

    "quern mill ltd" gives ("quern mill", "limited"). A form of another country is its own class ("gmbh"). The
    class is empty where the name has no legal form, or is nothing else.
    """
    found = _ENDING.search(name)
    if found is None or found.start() == 0:
        return name, ""
    kind = found.lastgroup or ""
    return name[: found.start()], found[0].strip() if kind == _FOREIGN else kind
