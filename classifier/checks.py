"""The checks around section 54(6): approval, signature, no steps, period, entities, earlier statements.

The model points to candidate sentences and rules decide (classifier/rules), by the published rules of the
Business & Human Rights Resource Centre (the texts stand in the rubric). Names of people are read to tell a
signature from a bare title and are never given out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from classifier.approval import check_approved
from classifier.findings import COULD_NOT_CHECK, NO, NOT_EXPLICIT, YES, Finding, Line
from classifier.modality import FACT, is_of_others, mode_of
from classifier.periods import FoundPeriod, find_period
from classifier.signature import check_signed
from domain.rulebook import SHARED, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "checks.yaml", SHARED)

# Who the organisation is often stands in its first sentences: "Harrow & Finch Limited (“the Company”) is
# ...".
OPENING = 15
# A list of the organisations covered follows the sentence that opens it.
LISTED_BELOW = 3


def check_no_steps(lines: Sequence[Line]) -> Finding:
    """Say whether the statement says that no steps were taken (s.54(4)(b)): lawful, and reported neutrally.

    What the Act allows, what suppliers did not do, and what would follow if no steps were taken are no such
    words.
    """
    rows = tuple(row for row, line in enumerate(lines) if _says_no_steps(line.text))
    if rows:
        return Finding(YES, "Says that no steps were taken, which section 54(4)(b) allows.", rows[:3])
    return Finding(NO, "No passage says that no steps were taken.")


def _says_no_steps(text: str) -> bool:
    return any(
        mode_of(text, act) == FACT and not is_of_others(text, act)
        for act in _RULES["no_steps"].finditer(text)
    )


def check_entities(lines: Sequence[Line]) -> Finding:
    """Say whether the organisations that the statement covers are named, or covered in general terms only.

    The value is never NO: a statement is always somebody's, and where no name was found it is not explicit.
    """
    about = [row for row, line in enumerate(lines) if _RULES["entity_scope"].search(line.text)]
    below = [other for row in about for other in range(row + 1, min(len(lines), row + 1 + LISTED_BELOW))]
    named = [row for row in about if _names_somebody(lines[row].text)]
    named += [row for row in below if _RULES["legal_name"].search(lines[row].text)]
    named += [
        row
        for row, line in enumerate(lines[:OPENING])
        if _names_somebody(line.text) and _RULES["defined"].search(line.text)
    ]
    if named:
        return Finding(YES, "Names the organisation or organisations that it covers.", tuple(named[:3]))
    for rule, reason in _NOT_NAMED.items():
        if rows := tuple(row for row in about if _RULES[rule].search(lines[row].text)):
            return Finding(NOT_EXPLICIT, reason, rows[:3])
    return Finding(NOT_EXPLICIT, "No passage found that names the organisations covered.")


def names_the_owner(furniture: Sequence[str]) -> bool:
    """Tell whether a running head or foot names the company whose document it is."""
    return any(
        _RULES["legal_name"].search(line) and _RULES["of_the_owner"].search(line) for line in furniture
    )


_NOT_NAMED = {
    "general_group": "Covers a group in general terms; the organisations are not named.",
    "made_by": "Names who made it, without a legal form.",
}


def _names_somebody(text: str) -> bool:
    return any(_RULES[rule].search(text) for rule in ("legal_name", "body_name"))


def check_earlier_statements(lines: Sequence[Line]) -> Finding:
    """Say whether the statement points to those of earlier years."""
    rows = tuple(row for row, line in enumerate(lines) if _RULES["earlier_statement"].search(line.text))
    if rows:
        return Finding(YES, "Points to an earlier statement.", rows[:3])
    return Finding(NO, "No passage found that points to earlier statements.")


# Two-letter codes of the languages that statements were met in; others are given by their code.
LANGUAGES = {"cy": "Welsh", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian", "nl": "Dutch"}


def check_language(language: str | None) -> Finding:
    """Say whether the statement is in English, which guidance asks for; `language` is what extraction
    found.
    """
    if language is None:
        return Finding(COULD_NOT_CHECK, "The text is too short to tell its language.")
    if language == "en":
        return Finding(YES, "The text is in English.", detail="English")
    name = LANGUAGES.get(language, language)
    return Finding(NO, f"The text is in {name}; guidance asks for English, and others besides.", detail=name)


CHECKS: Mapping[str, Callable[[Sequence[Line]], Finding]] = {
    "approved": check_approved,
    "signed": check_signed,
    "no_steps": check_no_steps,
    "entities_covered": check_entities,
    "earlier_statements": check_earlier_statements,
}
"""By the ids that rubrics use; `language` stands beside them, since it is no matter of sentences."""


def check_period(lines: Sequence[Line]) -> FoundPeriod | None:
    """Return the financial year that the statement covers, or None."""
    return find_period([line.text for line in lines])
