"""Whether an evidence sentence tells of something done, planned, or said to be absent."""

from __future__ import annotations

import math
from pathlib import Path

from domain.rulebook import SHARED, load_rules

DONE, PLANNED, DENIED = "done", "planned", "denied"

_RULES = load_rules(Path(__file__).parent / "rules" / "status.yaml", SHARED)

# How a clause tells of the future, with its weight in log-odds beside what the model says of measure_future.
# Fitted by logistic regression over the evidence sentences of the Australian and Canadian statements and
# rounded; the weights hold on either country alone. The UK statements were not looked at.
TENSE = {
    "own_plan": 1.0,
    "any_plan": 1.0,
    "under_way": 2.0,
    "time_ahead": 1.0,
    "case_that_may_come": -1.0,
    "was_done": -1.0,
    "to_have_done": 3.0,
}
WILL = 1.0
# An item of a list of things to do: "Extend the audits to ...".
TO_DO = 1.5
# The labelled corpora keep no headings: the weight is that of the strongest words.
UNDER_A_PLANNING_HEADING = 2.0
# On the same sentences F1 is flat from -1 to 0.25; without any sign it means that the model gives 38 % or
# more.
PLANNED_FROM = -0.5
# measure_negative has too few examples (79 of 9,861 sentences) to decide alone: words must agree, or it be
# near sure.
DENIED_SURE, DENIED_WITH_WORDS = 0.6, 0.02


def status_of(
    text: str, p_future: float, p_negative: float, *, heading: str | None = None, introduction: str = ""
) -> str:
    """Say whether a sentence tells of something done, planned, or denied.

    The probabilities are the model's view on measure_future and measure_negative: it reads the sentences
    around. `heading` is the nearest one above; `introduction` the sentence that opens the list of which this
    is an item, or empty. A disclosed incident, or that none was found, counts as done.
    """
    if _is_denied(text, p_negative):
        return DENIED
    tense = _tense(text)
    # "In the next year we will:" goes for each item, but for one that is a sentence of its own.
    if _tense(introduction) > 0 and tense >= 0 and is_item(text):
        return PLANNED
    is_to_do = _RULES["to_do_item"].match(text) is not None
    # A section called "Future developments" may tell of the past too.
    below_plans = tense >= 0 and _RULES["planning_heading"].match(heading or "") is not None
    if is_to_do and below_plans:
        return PLANNED
    likely = min(max(p_future, 1e-6), 1 - 1e-6)
    weight = math.log(likely / (1 - likely)) + tense
    weight += (TO_DO if is_to_do else 0) + (UNDER_A_PLANNING_HEADING if below_plans else 0)
    return PLANNED if weight >= PLANNED_FROM else DONE


def is_item(text: str) -> bool:
    """Say whether a text reads as an item of a list, not as a sentence of its own."""
    return _RULES["own_clause"].search(text) is None or _RULES["indicator_item"].match(text) is not None


def _is_denied(text: str, p_negative: float) -> bool:
    """Say whether a measure is said not to be there. To disclose a risk, or a case, is no denial."""
    if _RULES["incident"].search(text) or _RULES["discloses_risk"].search(text):
        return False
    return p_negative >= (DENIED_WITH_WORDS if _RULES["absent"].search(text) else DENIED_SURE)


def _tense(text: str) -> float:
    weight = sum(weight for rule, weight in TENSE.items() if _RULES[rule].search(text))
    # "We will not tolerate" and "we will end contracts with those who" are standing rules.
    will = _RULES["will"].search(_RULES["standing_rule"].sub(" ", text))
    return weight + (WILL if will else 0)
