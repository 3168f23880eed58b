"""Days and times as all stages write them: for people "31 March 2026", for machines ISO 8601 in UTC."""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, date, datetime, timedelta

from domain.rulebook import SHARED, load_rules

MONTHS = tuple(month_name)[1:]
"""January to December."""

_MONTH = load_rules(SHARED).words["month"].pattern
_LETTERS = 3  # that tell each month from every other


def now() -> datetime:
    """Return the time in UTC. Only commands ask for it, and records of when something happened."""
    return datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """Return a time as records keep it, by default now: "2026-11-22T09:30:00Z".

    Such texts sort as times do.
    """
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ago(days: int, moment: datetime | None = None) -> str:
    """Return the stamp of so many days before a time, by default now."""
    return stamp((moment or now()) - timedelta(days=days))


def day_of(text: str | None) -> date | None:
    """Return the day of an ISO date or time; None for None or an empty text.

    Raises ValueError for other texts.
    """
    return date.fromisoformat(text[:10]) if text else None


def long_date(day: date) -> str:
    """Return a day as people write it: 31 March 2026."""
    return f"{day_month(day)} {day.year}"


def day_month(day: date) -> str:
    """Return a day of every year as people write it: 31 March."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def long_time(text: str) -> str:
    """Return a stamp as people write it: "2026-11-22T09:30:00Z" gives 22 November 2026, 09:30 UTC."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return f"{long_date(moment.date())}, {moment:%H:%M} UTC"


def month_number(name: str) -> int | None:
    """Return the number of a month by its English name or abbreviation, whatever its case; None for other
    words.
    """
    if _MONTH.fullmatch(name) is None:
        return None
    start = name[:_LETTERS].capitalize()
    return next(number for number, month in enumerate(MONTHS, start=1) if month.startswith(start))
