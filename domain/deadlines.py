"""By when guidance expects a statement: arithmetic over the ends of financial years.

The Act itself sets no deadline.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

# Statutory guidance: as soon as possible after the end of the year, at most six months.
GUIDANCE_MONTHS = 6
YEAR_MONTHS = 12


def add_months(day: date, months: int) -> date:
    """Add calendar months; the last day of a month stays one (30 June and six months is 31 December)."""
    year, month = divmod(day.year * YEAR_MONTHS + day.month - 1 + months, YEAR_MONTHS)
    last = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def due_on(year_end: date) -> date:
    """Return the day by which the statement for the year after `year_end` is due."""
    return add_months(year_end, YEAR_MONTHS + GUIDANCE_MONTHS)


def is_current(year_end: date, today: date) -> bool:
    """Tell whether the statement for a year is still the newest that is due; its last day is in time."""
    return today <= due_on(year_end)


def expected_year_end(year_end: date, today: date) -> date:
    """Return the end of the newest financial year whose six months are over, by any one year end that is
    known.
    """
    expected = year_end
    while add_months(expected, GUIDANCE_MONTHS) >= today:
        expected = add_months(expected, -YEAR_MONTHS)
    while not is_current(expected, today):
        expected = add_months(expected, YEAR_MONTHS)
    return expected
