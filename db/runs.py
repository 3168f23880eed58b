"""Runs of a crawl: which one to go on with, what it has done, and what the last one came to."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from db.store import Store
from domain.dates import days_ago

RESUMED_DAYS = 3
"""An unfinished run that is older is left as it is: what it saw is no longer today's web."""

COMPARED_DAYS = 60
"""A crawl is compared with visits of so many days: two rounds of monthly visits, and then what is found is
the new usual."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run came to, over all processes that worked on it."""

    sites: int
    outcomes: dict[str, int]
    requests: int
    documents: int
    attempts: int


def unfinished_run(store: Store, command: str, scope: str) -> str | None:
    """Return the id of the newest run of this command and scope if it was stopped or killed lately, else
    None.
    """
    oldest = days_ago(RESUMED_DAYS)
    rows = store.rows(
        """
        select id, finish_reason from runs
        where command = ? and scope = ? and started_at > ?
        order by started_at desc, rowid desc limit 1
        """,
        [command, scope, oldest],
    )
    return rows[0]["id"] if rows and rows[0]["finish_reason"] != "finished" else None


def visited_in(store: Store, run_id: str) -> set[str]:
    """Return the ids of the organisations whose visit in this run is saved."""
    return {
        row["organisation_id"]
        for row in store.rows("select organisation_id from visits where run_id = ?", [run_id])
    }


def totals(store: Store, run_id: str) -> Totals:
    visits = store.rows("select outcome, requests from visits where run_id = ?", [run_id])
    counts = store.rows(
        """
        select (select count(*) from snapshots where visit_id in (select id from visits
          where run_id = :run)) as documents,
          (select count(*) from attempts where visit_id in (select id from visits
            where run_id = :run)) as attempts
        """,
        {"run": run_id},
    )[0]
    outcomes = Counter(visit["outcome"] for visit in visits)
    return Totals(
        sites=len(visits),
        outcomes=dict(sorted(outcomes.items())),
        requests=sum(visit["requests"] for visit in visits),
        documents=counts["documents"],
        attempts=counts["attempts"],
    )


def found_again(store: Store, run_id: str) -> tuple[int, int]:
    """Of the organisations that a run visited, how many gave a statement at their last visit, and how many of
    them did now.

    The last visit is that of the same spider in another crawl that was not broken, within COMPARED_DAYS.
    """
    oldest = days_ago(COMPARED_DAYS)
    (row,) = store.rows(
        """
        select count(*) as before, coalesce(sum(v.outcome = 'found'), 0) as now from visits v
        where v.run_id = :run and 'found' = (
          select p.outcome from visits p join runs r on r.id = p.run_id
          where p.organisation_id = v.organisation_id and p.spider = v.spider and p.id < v.id
            and p.run_id <> v.run_id
            and p.finished_at > :oldest and (r.report is null or json_extract(r.report, '$.broken') is null)
          order by p.id desc limit 1)
        """,
        {"run": run_id, "oldest": oldest},
    )
    return row["before"], row["now"]


def visits_with_failed_reading(store: Store, run_id: str) -> int:
    """How many visits of a run met a page or file that our own process failed to read."""
    return int(
        store.value(
            """
            select count(distinct a.visit_id) from attempts a join visits v on v.id = a.visit_id
            where v.run_id = ? and a.reason = 'reading_failed'
            """,
            [run_id],
        )
        or 0
    )


def report_before(store: Store, command: str, run_id: str) -> dict[str, Any] | None:
    """Return the report of the last finished run of a command before this one, or None."""
    rows = store.rows(
        """
        select report from runs where command = ? and finish_reason = 'finished' and id <> ?
        order by started_at desc, rowid desc limit 1
        """,
        [command, run_id],
    )
    return json.loads(rows[0]["report"]) if rows else None
