"""Cascade step 8, second half: the dates that a text names, each with its role, and who signed it.

The patterns are those of the checks (classifier.periods, classifier.checks), so that a date or a title is
read in one way everywhere; extraction, which knows nothing of them, gives language, title, producer,
registered name and number. Without the model these readings are the words' own: the assessment decides by
more. Names of people are personal data: they stay in the working database and in what is printed of a file on
this machine, and are not published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from classifier.approval import approvals_given, is_of_another_thing, speaks_of_the_statement
from classifier.findings import PLAUSIBLE, Line
from classifier.people import people_in, role_in
from classifier.periods import DATE, SPAN, WEEKS, YEAR_END, FoundPeriod, find_period, parse_date
from classifier.signature import check_signed
from extraction.text import Text

# Longer "sentences" are tables run together; patterns over them cost time and say nothing.
_MAX_CHARACTERS = 1_000
_MAX_DATES = 100
# The date of an approval stands near its verb: "approved by the board of directors of X Limited on ...".
_NEAR_APPROVAL = 200
# The words before a date that say what it is of. The first that matches wins.
_BEFORE = (
    (
        "next_review",
        r"next (?:\w+ )?review(?:ed)?|review (?:is )?due|due for review|to be reviewed|review by",
    ),
    ("review", r"(?:last |date )?review(?:ed)?(?: date)?|date of (?:last )?review|re-?validated"),
    (
        "publication",
        r"(?:re-?)?published|publication(?: date)?|issued?(?: date)?|date of issue|(?:last )?updated|last "
        r"modified|"
        r"version(?: date| of)?|effective(?: date| from)?|posted",
    ),
)
_ROLE_BEFORE = tuple(
    (role, re.compile(rf"\b(?:{words})\b[^.;\d]{{0,30}}$", re.IGNORECASE)) for role, words in _BEFORE
)
# What a document bears as its date: "Date: 3 March 2025", "Modern slavery statement - January 2024".
_OWN_DATE = re.compile(r"^\W*dated?\b[^\d]{0,12}$|\bstatement\b[^.;\d]{0,20}$", re.IGNORECASE)
_SHORT = 12
"""Words of a line that stands by itself, a title or an entry of a table of versions; longer is prose."""
# How far from a signature its date stands: name, title, company and date may each have a line.
_SIGNATURE_REACH = 3


def described(text: Text) -> Text:
    """Return the text with `dates` and, where there is one, `signature` in its metadata.

    dates: {date, role, position, start, end, text} for each date whose role the words around it tell:
    period_start, period_end, approval, signature, publication, review, next_review, or dated (what the
    document bears as its own). `date` is ISO 8601 (a month without a day as "2025-03"), `position` that of
    the sentence, `start` and `end` the characters of it that are quoted as `text`.

    signature: {role, positions, names}; `role` is the title as classifier.checks calls it, `names` are
    quotations like dates, none where a title stands alone. A text that could not be read is returned as it
    is.
    """
    if text.error is not None or not text.sentences:
        return text
    lines = [sentence.text[:_MAX_CHARACTERS] for sentence in text.sentences]
    signature = _signature(lines)
    dates = list(_dates(lines, signature["positions"] if signature else ()))[:_MAX_DATES]
    found = {"dates": dates} | ({"signature": signature} if signature else {})
    return replace(text, metadata={**text.metadata, **found})


def _dates(lines: Sequence[str], signed: Sequence[int]) -> Iterator[dict[str, Any]]:
    period = find_period(lines)
    for position, line in enumerate(lines):
        if not re.search(r"\d", line):
            continue
        of_period = dict(_period_dates(line, period))
        for match in DATE.finditer(line):
            named = _iso(match[0])
            if named is None:
                continue
            role = of_period.get(match.span()) or _role(line, match, position, signed)
            if role is not None:
                yield {"date": named, "role": role, **_quotation(position, match)}


def _period_dates(line: str, period: FoundPeriod | None) -> Iterator[tuple[tuple[int, int], str]]:
    """The spans of a line that hold the first or last day of the period that the statement covers."""
    if period is None:
        return
    for match in SPAN.finditer(line):
        if parse_date(match[1]) == period.start:
            yield match.span(1), "period_start"
        if parse_date(match[2], last_day=True) == period.end:
            yield match.span(2), "period_end"
    for match in (*YEAR_END.finditer(line), *WEEKS.finditer(line)):
        group = match.lastindex or 0  # of the ways to put it, the one that was used
        if parse_date(match[group], last_day=True) == period.end:
            yield match.span(group), "period_end"
        elif parse_date(match[group]) == period.start:  # "the financial year beginning 1 April 2024"
            yield match.span(group), "period_start"


def _role(line: str, match: re.Match[str], position: int, signed: Sequence[int]) -> str | None:
    before = line[max(0, match.start() - 80) : match.start()]
    is_short = len(line.split()) <= _SHORT
    if is_short or speaks_of_the_statement(line):  # else it is an agreement that was updated, or figures
        for role, pattern in _ROLE_BEFORE:
            if pattern.search(before):
                return role
    if _is_approval(line, match):
        return "approval"
    # In a signature block a date stands alone or behind its label; in a sentence nearby it is of something
    # else.
    if is_short and any(abs(position - row) <= _SIGNATURE_REACH for row in signed):
        return "signature"
    return "dated" if is_short and _OWN_DATE.search(before) else None


def _is_approval(line: str, match: re.Match[str]) -> bool:
    if is_of_another_thing(line):
        return False
    return any(
        abs(match.start() - said.end()) <= _NEAR_APPROVAL
        and not re.search(r"[.;]\s", line[said.end() : match.start()])
        for said in approvals_given(line)
    )


def _iso(text: str) -> str | None:
    day: date | None = parse_date(text)
    if day is None:
        return None
    return day.isoformat() if len(re.findall(r"\d+", text)) > 1 else f"{day:%Y-%m}"


def _quotation(position: int, match: re.Match[str]) -> dict[str, Any]:
    return {"position": position, "start": match.start(), "end": match.end(), "text": match[0]}


def _signature(lines: Sequence[str]) -> dict[str, Any] | None:
    """The signature block as check_signed reads it with no model to point to it: by the words at the end
    alone.
    """
    found = check_signed([Line(line, PLAUSIBLE, PLAUSIBLE, False, False) for line in lines])
    role = next(filter(None, (role_in(lines[row]) for row in found.rows)), None)
    if role is None:  # "on behalf of" near the end is no signature without a title
        return None
    rows = sorted(found.rows)
    names = [_quotation(row, match) for row in rows for match in people_in(lines[row])]
    return {"role": role, "positions": rows, "names": names}
