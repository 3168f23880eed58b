"""The financial year that a statement says it covers."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from domain.dates import month_number
from domain.rulebook import SHARED, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "period.yaml", SHARED)
DATE, SPAN, YEAR_END, WEEKS = (_RULES[rule] for rule in ("date_in_text", "span", "year_end", "weeks"))

# A first statement or a changed year end: registry periods run from 337 to 568 days.
SHORTEST, LONGEST = 300, 600
# A statement may cover two years; a longer span is that of a strategy, and must be said of the statement.
LONGEST_SAID = 1_100
# 31 March is the commonest year end of UK companies and that of public bodies. For a single year the latest
# possible end is taken: it never makes a statement look older than it is.
SPLIT_ASSUMED = "The statement names a financial year without dates; 1 April to 31 March is assumed."
MONTH_ASSUMED = "The statement names the month in which its year ends; the last day of it is assumed."
SINGLE_ASSUMED = (
    "The statement names a financial year without dates; its latest possible end, 31 December, is assumed."
)


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A period and the row of the sentence that states it."""

    row: int
    start: date
    end: date
    weight: float
    """How surely this is the period of the statement; compares candidates, no probability."""
    assumed: str | None = None
    """What was assumed where the sentence names years without days; None when it gives the dates."""


def find_period(sentences: Sequence[str]) -> FoundPeriod | None:
    """Return the period that a statement covers, or None.

    Reads "year ended 31 March 2024", "1 April 2023 to 31 March 2024", "2023-04-01 to 2024-03-31", "financial
    year 2023/24", "FY23" and "financial year 2023". Years without days take a customary or the latest
    possible year end, and say so in `assumed`. Among several the one nearest the opening, and stated most
    fully, wins.
    """
    found = [
        candidate
        for row, text in enumerate(sentences)
        for candidate in _candidates(row, text, len(sentences))
    ]
    return max(found, key=lambda candidate: (candidate.weight, -candidate.row), default=None)


def _candidates(row: int, text: str, count: int) -> Iterator[FoundPeriod]:
    base = _standing(row, text, count)
    dated = [*_spans(row, text, base), *_ends(row, text, base), *_starts(row, text, base)]
    yield from dated
    if _RULES["about_the_statement"].search(text) and not dated:
        for match in _RULES["end_alone"].finditer(text):
            if end := parse_date(match[1], last_day=True):
                yield FoundPeriod(row, year_before(end), end, base + 1.5, _month_assumed(match, 1))
    if _RULES["about_a_period"].search(text):
        yield from _years(row, text, base)


def _spans(row: int, text: str, base: float) -> Iterator[FoundPeriod]:
    """Yield "1 April 2023 to 31 March 2024" and the like."""
    said = _RULES["about_the_statement"].search(text) or _RULES["names_a_year"].search(text)
    for match in SPAN.finditer(text):
        end = parse_date(match[2], last_day=True)
        start = parse_date(match[1]) or (_day_in_year_before(match[1], end) if end else None)
        if start and end and SHORTEST <= (end - start).days <= (LONGEST_SAID if said else LONGEST):
            yield FoundPeriod(row, start, end, base + 3, _month_assumed(match, 2))


def _ends(row: int, text: str, base: float) -> Iterator[FoundPeriod]:
    """Yield "year ended 31 March 2024" and "53 weeks to 3 February 2024"."""
    for match in YEAR_END.finditer(text):
        end = parse_date(match[1] or match[2], last_day=True)
        if end and match[2] and end.day == 1:
            # "The financial year 1 April 2024": no year ends on a first, it begins.
            end = end.replace(year=end.year + 1) - timedelta(days=1)
        if end:
            yield FoundPeriod(
                row, year_before(end), end, base + 2.5, _month_assumed(match, match.lastindex or 1)
            )
    for match in WEEKS.finditer(text):
        end = parse_date(match[2], last_day=True)
        if end:
            yield FoundPeriod(row, end - timedelta(weeks=int(match[1])) + timedelta(days=1), end, base + 2.5)


def _starts(row: int, text: str, base: float) -> Iterator[FoundPeriod]:
    """Yield "year starting 1 April 2023", where no last day is told."""
    for match in _RULES["year_start"].finditer(text):
        start = parse_date(match[1])
        # 29 February begins no year.
        if start and (start.month, start.day) != (2, 29):
            end = start.replace(year=start.year + 1) - timedelta(days=1)
            yield FoundPeriod(row, start, end, base + 2)


def _years(row: int, text: str, base: float) -> Iterator[FoundPeriod]:
    """Yield years without days: "2023/24", "financial year 2023"."""
    for match in _RULES["split_year"].finditer(text):
        first, second = _year(match[1]), _year(match[2])
        if second - first == 1:
            yield FoundPeriod(row, date(first, 4, 1), date(second, 3, 31), base + 1, SPLIT_ASSUMED)
    for match in _RULES["single_year"].finditer(text):
        year = _year(next(group for group in match.groups() if group))
        assumed = None if "calendar" in match[0].lower() else SINGLE_ASSUMED
        yield FoundPeriod(row, date(year, 1, 1), date(year, 12, 31), base + 0.8, assumed)


def _month_assumed(match: re.Match[str], group: int) -> str | None:
    """Say that a day was assumed where the last date is only a month and its year; "the end of March" is a
    day.
    """
    is_month = len(re.findall(r"\d+", match[group])) == 1
    return MONTH_ASSUMED if is_month and "end of" not in match[0].lower() else None


def _standing(row: int, text: str, count: int) -> float:
    """How likely a sentence is to state the statement's own period: near the top or the end, about itself."""
    score = 1.0 if row < 12 else 0.5 if row >= count - 8 else 0.0
    if _RULES["about_the_statement"].search(text):
        score += 1
    if _RULES["names_a_year"].search(text):
        score += 0.5
    return score - (1.5 if _RULES["looks_elsewhere"].search(text) else 0)


def parse_date(text: str, last_day: bool = False) -> date | None:
    """Read one date; a month without a day is its first day, or its last with `last_day`; None when
    impossible.
    """
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b|[,]|\bof\b", " ", text.lower())
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = next(filter(None, map(month_number, re.findall(r"[a-z]+", text))), None)
    try:
        if month and len(numbers) == 2:
            day, year = sorted(numbers)
            return date(year, month, day)
        if month and len(numbers) == 1 and numbers[0] > 31:
            return date(numbers[0], month, monthrange(numbers[0], month)[1] if last_day else 1)
        if len(numbers) == 3:
            year, month, day = numbers if numbers[0] > 31 else reversed(numbers)
            return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
    return None


def year_before(end: date) -> date:
    """Return the first day of the twelve months that end on `end`."""
    following = end + timedelta(days=1)
    # 1 March follows 28 or 29 February: the year before has that day too, so replace() can't fail on the
    # first.
    return following.replace(
        year=following.year - 1, day=min(following.day, 28) if following.month == 2 else following.day
    )


def _day_in_year_before(text: str, end: date) -> date | None:
    """Complete "1 April" or "April" in "1 April to 31 March 2024" with the last such day before the end."""
    match = _RULES["day_month"].search(text) or _RULES["month_day"].search(text)
    if not match:
        return None
    for year in (end.year, end.year - 1):
        candidate = parse_date(f"{match['day'] or 1} {match['month']} {year}")
        if candidate and candidate < end:
            return candidate
    return None


def _year(text: str) -> int:
    number = int(re.sub(r"\D", "", text))
    return number + 2000 if number < 100 else number
