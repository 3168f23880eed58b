"""Fact, or duty, possibility, plan, condition, law, custom, and what others do: one reading for all checks.

A word such as "approved" or "no steps taken" is an act. What stands before and after it in its sentence says
whether the act is told as a fact.
"""

from __future__ import annotations

import re
from pathlib import Path

from domain.rulebook import SHARED, load_rules

FACT, REQUIRED, POSSIBLE, PLANNED, CONDITION, LAW, OTHERS, CUSTOM, DENIED = (
    "fact",
    "required",
    "possible",
    "planned",
    "condition",
    "law",
    "others",
    "custom",
    "denied",
)

_RULES = load_rules(Path(__file__).parent / "rules" / "modality.yaml", SHARED)
# The first that is found decides: the law's own words hold duties and cases of their own.
_BEFORE = (
    (LAW, "law_says"),
    (REQUIRED, "must"),
    (PLANNED, "will"),
    (DENIED, "denied"),
    (POSSIBLE, "may"),
    (CONDITION, "case"),
)
_SENTENCE_END = re.compile(r"[.;:!?]\s+(?=[A-Z(“\"])")
# Longer than any sentence that speaks of approval; a table run together may be thousands.
_REACH = 240


def mode_of(text: str, act: re.Match[str]) -> str:
    """Say how a text tells of an act that was found in it: FACT or one of the other modes.

    The mode is read from the sentence around the act, since a text may hold more than one. Whether others are
    the ones who act is a question of its own: `is_of_others`.
    """
    before, after = around(text, act)
    for mode, rule in _BEFORE:
        if _RULES[rule].search(before):
            return mode
    if _RULES["will_after"].match(after):
        return PLANNED
    if _RULES["habit_after"].match(after) and (
        _RULES["present_before"].search(before) or act[0].lower().endswith("es")
    ):
        return CUSTOM
    return FACT


def is_of_others(text: str, act: re.Match[str]) -> bool:
    """Say whether suppliers or others than the organisation are the ones who act."""
    return _RULES["others"].search(around(text, act)[0]) is not None


def around(text: str, act: re.Match[str]) -> tuple[str, str]:
    """Return the words of the act's own sentence before and after it."""
    before = text[max(0, act.start() - _REACH) : act.start()]
    after = text[act.end() : act.end() + _REACH]
    ends = list(_SENTENCE_END.finditer(before))
    end = _SENTENCE_END.search(after)
    return before[ends[-1].end() :] if ends else before, after[: end.start()] if end else after
