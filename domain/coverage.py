"""The words for what is read out of a statement: levels of areas, values of checks, how a sentence speaks of
a measure.

Codes stay in files and databases, people read titles. Areas and checks themselves stand in a rubric
(domain/rubric.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.rubric import LevelRules
from domain.tables import load_table

_TABLE = load_table("coverage")
_SILENCE = "no_steps"
"""The one check whose "no" is an answer: the statement does not say that no steps were taken."""

LEVELS: Mapping[str, str] = {code: row["title"] for code, row in _TABLE["levels"].items()}
"""Titles of the levels of an area, fullest first: the order of every legend."""

CHECK_VALUES: Mapping[str, str] = _TABLE["check_values"]
"""Titles of the values of a check. Show one with `check_value`, which words silence for what it is."""

ANSWERS: Mapping[str, str] = {**CHECK_VALUES, "not_answered": _TABLE["not_answered"]}
"""Titles of what an organisation declared in the registry."""

STATUSES: Mapping[str, str] = _TABLE["statuses"]
"""Titles of how a sentence speaks of a measure."""


def level_meanings(rules: LevelRules) -> dict[str, str]:
    """Return what makes each level by a rubric, in a sentence; fullest level first."""
    numbers = {
        "described": rules.described_sentences,
        "or_specific": rules.described_or_specific,
        "substantive": rules.substantive_sentences,
        "specific": rules.substantive_specific,
    }
    return {code: row["means"].format(**numbers) for code, row in _TABLE["levels"].items()}


def check_value(check: str, value: str) -> str:
    """Return the title of a check's value: silence on approval or signature is "No passage found", not
    "No".
    """
    return CHECK_VALUES[value] if value != "no" or check == _SILENCE else LEVELS["none"]
