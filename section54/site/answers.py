"""The one line with which a page answers, before anything else: is there a statement, for which year, what
does it say?
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.dates import long_date
from section54.words import OUTCOMES, words

Record = Mapping[str, Any]


def organisation_answer(record: Record, areas: int) -> tuple[str, ...]:
    """The sentences that stand first on an organisation's page; `areas` is how many the rubric has.

    What could not be read or checked is said before anything that follows from it.
    """
    latest = record["latest"]
    if latest is None:
        return _without_statement(record)
    if latest["error"]:
        return (f"A statement was found and could not be read: {latest['error']}", _NOTHING_FOLLOWS)
    link = record["home_link"]["home_link"] if record["home_link"] else "unknown"
    return (
        f"Its newest statement read here is {year_words(latest)}.",
        f"It describes {coverage_words(latest, areas)}.",
        *check_sentences(latest["checks"]),
        _LINKS.get(link, ""),
    )


def statement_answer(record: Record, areas: int) -> tuple[str, ...]:
    """The sentences that stand first on a statement's page."""
    if record["error"]:
        return (f"This document could not be read: {record['error']}", _NOTHING_FOLLOWS)
    return (f"It describes {coverage_words(record, areas)}.", *check_sentences(record["checks"]))


def coverage_words(record: Record, areas: int) -> str:
    """ "4 of 6 areas; 2 to read yourself": always of all areas, never of those alone that could be told."""
    told = record["of_areas"] or 0
    if not told:
        return "areas that could not be told: read it yourself"
    rest = areas - told
    return f"{record['covered']} of {areas} areas" + (f"; {rest} to read yourself" if rest else "")


def year_words(record: Record) -> str:
    """ "for the year to 31 March 2026", or that the year is not known."""
    if not record["period_end"]:
        return "of a year that could not be told"
    return f"for the year to {long_date(date.fromisoformat(record['period_end']))}"


_NOTHING_FOLLOWS = "Nothing follows from that about what it says."
_CHECKS = {
    ("approved", "yes"): "It says who approved it.",
    ("approved", "no"): "No passage on its approval was found.",
    ("approved", "not_explicit"): "It does not say plainly who approved it.",
    ("approved", "could_not_check"): "Its approval could not be checked.",
    ("signed", "yes"): "It is signed.",
    ("signed", "no"): "No signature was found in its text.",
    ("signed", "not_explicit"): "Whether it is signed is not plain from its text.",
    ("signed", "could_not_check"): "Its signature could not be checked.",
    ("no_steps", "yes"): "It says that no steps were taken.",
}
_LINKS = {
    "direct": "The home page links to it.",
    "direct_to_hub": "The home page links to a page that leads to it.",
    "via_hub": "It is reached from the home page over another page.",
    "broken": "The home page has a link to it that did not open.",
    "no": "No link to it was found on the home page.",
    "unknown": "Whether the home page links to it could not be checked.",
}


def check_sentences(checks: Mapping[str, Record]) -> tuple[str, ...]:
    """Approval, signature and 'no steps' in a sentence each; nothing for a check that says nothing of
    note.
    """
    found = ((name, check["value"]) for name, check in checks.items())
    return tuple(_CHECKS[one] for one in found if one in _CHECKS)


def _without_statement(record: Record) -> tuple[str, ...]:
    covered = next((row for row in record["covered_by"] if row["statement_id"]), None)
    if covered is not None and covered["how"] != "same_website":
        return (
            f"No statement of its own was read here. A statement of {covered['filed_by_name']} covers it.",
        )
    if not record["visited_at"]:
        return ("Could not check: nobody has looked at its website yet.",)
    outcome = words(OUTCOMES, record["visit_outcome"])
    return (
        f"{outcome}.",
        "That is not a finding about the organisation: see below what else could explain it.",
    )
