"""When an organisation is next worth a visit.

From 689 registry rows: statements are approved a median 152 days after the year end and filed a median 178
days after it, so new ones come in a season around the day that guidance names, and hardly between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crawler.items import Site
from db.events import gone_since, last_visits_of, years_known
from db.store import Store
from domain.dates import day_of
from domain.deadlines import due_on

MONTHLY, WEEKLY = 30, 7
SEASON = 60  # days before and after the due date in which a visit a week is worth it
RECHECKS = (3, 10)  # days after a known statement was first not at its address: gone, or a site under repair?


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What is known of an organisation's visits by one spider."""

    visited_on: date | None = None
    """None where this spider never visited it."""
    reached: bool = True
    """Whether the last visit reached the site."""
    period_end: date | None = None
    """The end of the newest financial year that a statement is known for."""
    gone_since: date | None = None
    """When a known statement was first not at its address; None while all are there."""


def next_visit(seen: LastSeen, today: date) -> date:
    """Return the day from which the next visit is due; a day in the past where it is overdue."""
    if seen.visited_on is None:
        return date.min
    days = WEEKLY if _in_season(seen.period_end, today) or not seen.reached else MONTHLY
    regular = seen.visited_on + timedelta(days=days)
    return min([regular, *_rechecks(seen.gone_since, seen.visited_on)])


def _in_season(period_end: date | None, today: date) -> bool:
    return period_end is not None and abs((due_on(period_end) - today).days) <= SEASON


def _rechecks(gone_since: date | None, visited_on: date) -> list[date]:
    if gone_since is None:
        return []
    days = (gone_since + timedelta(days=after) for after in RECHECKS)
    return [day for day in days if day > visited_on]


def due_sites(store: Store, spider: str, sites: Sequence[Site], today: date) -> list[Site]:
    """Those of the sites whose next visit is due today, the longest overdue first, never visited ones before
    all.
    """
    last, gone = last_visits_of(store, spider), gone_since(store)
    ends = {row["organisation_id"]: row["period_end"] for row in years_known(store, today.isoformat())}

    def due(site: Site) -> date:
        visit = last.get(site.organisation_id)
        return next_visit(
            LastSeen(
                visited_on=day_of(visit["visited_on"] if visit else None),
                reached=visit is None or visit["outcome"] != "unreachable",
                period_end=day_of(ends.get(site.organisation_id)),
                gone_since=day_of(gone.get(site.organisation_id)),
            ),
            today,
        )

    waiting = [(due(site), number, site) for number, site in enumerate(sites)]
    return [site for when, _, site in sorted(waiting, key=lambda item: item[:2]) if when <= today]
