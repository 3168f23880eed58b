"""Which statement should exist today, by guidance: computed from a financial year end and explained in
words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.dates import day_month, long_date
from domain.deadlines import GUIDANCE_MONTHS, YEAR_MONTHS, add_months, due_on, expected_year_end
from section54.suppliers.judging.supplier_facts import SupplierFacts


@dataclass(frozen=True, slots=True)
class Timing:
    """Which statement should exist today, by guidance. There is no deadline in the Act itself."""

    year_end: date | None
    """The latest financial year end that is known."""
    expected: date | None
    """The end of the newest financial year whose six months are over; None where no year end is known."""
    expected_by: date | None
    next_year_end: date | None
    next_expected_by: date | None
    in_window: bool
    """A later financial year has ended, and its six months are not over."""
    explanation: str


def timing_of(facts: SupplierFacts, today: date) -> Timing:
    """Work out which financial year's statement guidance expects to be there today."""
    year_end, source = _latest_year_end(facts, today)
    if year_end is None:
        return _first_year(facts, today)
    expected = expected_year_end(year_end, today)
    following = add_months(expected, YEAR_MONTHS)
    due = due_on(expected)
    in_window = following <= today
    text = (
        f"Financial years end on {day_month(year_end)} ({source}). By guidance the statement for the year to "
        f"{long_date(expected)} is expected by now where section 54 applies: within six months of the year "
        "end, by "
        f"{long_date(add_months(expected, GUIDANCE_MONTHS))}. "
    )
    text += (
        f"The year to {long_date(following)} has ended and is within its six-month window, until "
        f"{long_date(due)}."
        if in_window
        else f"The next one, for the year to {long_date(following)}, is expected by {long_date(due)}."
    )
    young = facts.incorporated_on is not None and expected < facts.incorporated_on
    return Timing(
        year_end=year_end,
        expected=None if young else expected,
        expected_by=None if young else add_months(expected, GUIDANCE_MONTHS),
        next_year_end=following,
        next_expected_by=due,
        in_window=in_window,
        explanation=_first_year(facts, today).explanation if young else text,
    )


def _latest_year_end(facts: SupplierFacts, today: date) -> tuple[date | None, str]:
    """The latest year end known, with where it was read; of equal ones that of its own statement, then of the
    registry.

    Years ending in the future are left out: a period may be misread. So are statements of which it is not
    known that they are its own or cover it: their year may be another organisation's.
    """
    known = [
        *((s.period_end, "as its statement says") for s in facts.statements if not s.doubtful),
        *((row.period_end, "as filed with the registry") for row in facts.listings),
        *(
            (cover.statement.period_end, "as the group statement says")
            for cover in facts.group
            if cover.covers
        ),
    ]
    past = [(day, source) for day, source in known if day is not None and day <= today]
    if past:
        return max(past, key=lambda one: one[0])
    return facts.year_end, "the date of its last accounts at Companies House"


def _first_year(facts: SupplierFacts, today: date) -> Timing:
    """No year end is known, or none has passed since the organisation was formed."""
    if facts.incorporated_on is None:
        return Timing(None, None, None, None, None, False, "No financial year end is known.")
    # The first accounts may cover up to 18 months (Companies Act 2006, s.392(5)): the latest possible first
    # year end.
    first_end = add_months(facts.incorporated_on, 18)
    due = add_months(first_end, GUIDANCE_MONTHS)
    text = (
        f"It was formed on {long_date(facts.incorporated_on)}. Its first financial year may end as late as "
        f"{long_date(first_end)}, so by guidance a first statement may not be expected before "
        f"{long_date(due)}."
    )
    if due < today:
        text = f"It was formed on {long_date(facts.incorporated_on)}; no financial year end is known."
        return Timing(None, None, None, None, None, False, text)
    return Timing(None, None, None, first_end, due, first_end <= today, text)
