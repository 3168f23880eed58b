"""Events: what changed between two visits, or with the calendar.

Written by `section54.compare`, read by everyone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from db.runs import RESUMED_DAYS
from db.store import Store
from domain.dates import days_ago, stamp

KINDS = {
    "new": "a statement that was not known before",
    "new_year": "a statement for a later financial year",
    "revised": "the text of a known statement has changed",
    "cosmetic": "a few words of a known statement have changed; no date, signatory or period",
    "replaced": "another document stands where a known statement was",
    "moved": "a known statement is at another address",
    "removed": "a known statement is gone from its address, seen twice and days apart",
    "found_again": "a known statement that was told as gone is at its address again",
    "unreachable": "the site could not be reached, though it could be the time before",
    "home_link_changed": "the home page leads to the statement in another way, or no longer",
    "due_soon": "by guidance the next statement is due within sixty days",
    "overdue": "by guidance the next statement was due, and a visit after that day found none",
    "registry_new": "an entry in the registry that was not known before",
    "registry_changed": "an entry in the registry has changed, or is there again",
    "registry_withdrawn": "an entry that was in the registry is not in a later file of it",
    "shared_text": "the text is largely that of another organisation's statement",
}
"""What each kind of event says, for people."""


def events_since(
    store: Store,
    since: str,
    *,
    after: int = 0,
    organisations: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the events noticed after `since` (UTC, ISO 8601, exclusive), oldest first, with `organisation`
    (the name).

    `after` is the id of the last event that is known already: surer than a time, of which a second may hold
    many. `organisations` bounds them to these ids, `kinds` to these kinds; None means all, an empty
    collection none. For what came of one run: the events with its visits' ids.
    """
    return store.rows(
        """
        select e.*, o.name as organisation
        from events e join organisations o on o.id = e.organisation_id
        where e.noticed_at > :since and e.id > :after
          and (:organisations is null or e.organisation_id in (select value from json_each(:organisations)))
          and (:kinds is null or e.kind in (select value from json_each(:kinds)))
        order by e.noticed_at, e.id
        """,
        {
            "since": since,
            "after": after,
            "organisations": _json_list(organisations),
            "kinds": _json_list(kinds),
        },
    )


def last_event(store: Store) -> int:
    """The id of the newest event; 0 where there is none."""
    return int(store.value("select max(id) from events") or 0)


def _json_list(values: Collection[str] | None) -> str | None:
    return None if values is None else json.dumps(sorted(values))


# --- what the comparison works on


def visits_to_compare(store: Store) -> list[dict[str, Any]]:
    """Visits that no comparison has seen, oldest first, with `broken`: whether nothing may be concluded from
    absence.

    Visits of a run that is still unfinished wait for its end, those whose documents are yet to be read for
    that. A run that was never finished counts as broken once it is too old to go on.
    """
    oldest = days_ago(RESUMED_DAYS)
    return store.rows(
        """
        select v.*, r.report is null or json_extract(r.report, '$.broken') is not null as broken
        from visits v join runs r on r.id = v.run_id
        where v.compared_at is null and (r.report is not null or r.started_at < ?)
          and not exists (
            select 1 from snapshots s where s.visit_id = v.id
              and (s.sha256 in (select sha256 from pending_documents)
                or s.sha256 in (select sha256 from pending_texts)))
        order by v.id
        """,
        [oldest],
    )


def statement_snapshots(store: Store, organisation_id: str, until_visit: int) -> list[dict[str, Any]]:
    """What was fetched as a statement of an organisation up to a visit, oldest first."""
    return store.rows(
        """
        select s.visit_id, s.url, s.sha256, s.found_by, s.fetched_at, a.id as assessment_id,
          a.extractor_version, a.period_end
        from snapshots s join latest_assessments a on a.sha256 = s.sha256
        where s.organisation_id = ? and s.visit_id <= ?
          and (a.kind in ('statement', 'annual_report')
            or (s.found_by in ('registry', 'filed') and a.kind in ('policy', 'other_regime', 'unreadable')))
        order by s.visit_id, s.id
        """,
        [organisation_id, until_visit],
    )


def failed_looks(store: Store, organisation_id: str, until_visit: int) -> list[dict[str, Any]]:
    """Attempts up to a visit that found no statement at an address, outside of broken crawls, oldest
    first.
    """
    return store.rows(
        """
        select a.visit_id, a.url, a.reason, a.attempted_at
        from attempts a join visits v on v.id = a.visit_id join runs r on r.id = v.run_id
        where a.organisation_id = ? and a.visit_id <= ?
          and a.reason in ('not_found', 'soft_404', 'not_a_statement', 'links_only')
          and r.report is not null and json_extract(r.report, '$.broken') is null
        order by a.visit_id, a.id
        """,
        [organisation_id, until_visit],
    )


def visit_before(store: Store, visit: Mapping[str, Any]) -> dict[str, Any] | None:
    """The last visit of the same spider to the same organisation before this one, broken crawls left out."""
    rows = store.rows(
        """
        select v.* from visits v join runs r on r.id = v.run_id
        where v.organisation_id = ? and v.spider = ? and v.id < ?
          and (r.report is null or json_extract(r.report, '$.broken') is null)
        order by v.id desc limit 1
        """,
        [visit["organisation_id"], visit["spider"], visit["id"]],
    )
    return rows[0] if rows else None


def last_home_page(store: Store, visit: Mapping[str, Any]) -> dict[str, Any] | None:
    """The last visit before this one that could tell how the home page leads to the statement, or None."""
    rows = store.rows(
        """
        select v.* from visits v
        where v.organisation_id = ? and v.spider <> 'registry' and v.id < ? and v.home_link <> 'unknown'
        order by v.id desc limit 1
        """,
        [visit["organisation_id"], visit["id"]],
    )
    return rows[0] if rows else None


def years_known(store: Store, today: str) -> list[dict[str, Any]]:
    """For each organisation, the end of the newest financial year that a statement is known for, and the last
    look.

    A statement may be found, filed in the registry, or filed there by another for this organisation. Periods
    that end after `today` (a date) are left out: they may be misread. `looked_on` is the day of the last
    visit that could read what it came for; None without one.
    """
    return store.rows(
        """
        with ends as (
          select s.organisation_id, a.period_end
          from snapshots s join latest_assessments a on a.sha256 = s.sha256
          where a.kind in ('statement', 'annual_report')
          union select organisation_id, period_end from registry_statements
          union select l.organisation_id, r.period_end
            from listings l join registry_statements r on r.summary_url = l.summary_url)
        select e.organisation_id, max(e.period_end) as period_end, (
            select max(substr(v.finished_at, 1, 10)) from visits v join runs r on r.id = v.run_id
            where v.organisation_id = e.organisation_id and v.outcome in ('found', 'not_found')
              and r.report is not null and json_extract(r.report, '$.broken') is null
          ) as looked_on
        from ends e where e.period_end <= ?
        group by e.organisation_id
        """,
        [today],
    )


def removed_at(store: Store, organisation_id: str) -> dict[str, int]:
    """For each address of an organisation that an event says is removed, the last visit that said so."""
    rows = store.rows(
        """
        select previous_url, max(visit_id) as visit_id from events
        where organisation_id = ? and kind = 'removed' group by previous_url
        """,
        [organisation_id],
    )
    return {row["previous_url"]: row["visit_id"] for row in rows}


def first_fault(store: Store, visit_id: int) -> str:
    """The reason of a visit's first failed fetch; empty without one."""
    return store.value("select reason from attempts where visit_id = ? order by id limit 1", [visit_id]) or ""


def text_of(store: Store, sha256: str, extractor_version: str) -> str:
    """The sentences of a document, one a line."""
    rows = store.rows(
        "select text from sentences where sha256 = ? and extractor_version = ? order by position",
        [sha256, extractor_version],
    )
    return "\n".join(row["text"] for row in rows)


def sentences_of_finding(store: Store, assessment_id: int, finding: str) -> str:
    rows = store.rows(
        """
        select s.text from evidence e join sentences s on s.id = e.sentence_id
        where e.assessment_id = ? and e.finding = ? order by s.position
        """,
        [assessment_id, finding],
    )
    return "\n".join(row["text"] for row in rows)


def save_events(store: Store, visit_id: int, events: Iterable[Mapping[str, Any]]) -> None:
    """Write the events of a visit and note that it was compared, in one transaction."""
    with store.transaction():
        for event in events:
            _insert(store, event)
        store.db.execute("update visits set compared_at = ? where id = ?", [stamp(), visit_id])


def save_due_events(store: Store, events: Iterable[Mapping[str, Any]]) -> int:
    """Write events of the calendar that are not there yet; return how many were new."""
    with store.transaction():
        return sum(_insert(store, event) for event in events)


def _insert(store: Store, event: Mapping[str, Any]) -> int:
    # Nothing but a due date that is there already is passed over: "or ignore" would drop a faulty event
    # without a word.
    sql = (
        f"insert into events ({', '.join(event)}) values ({', '.join('?' * len(event))})"  # noqa: S608 - our names
        " on conflict (organisation_id, kind, due_on) where due_on is not null do nothing"
    )
    return int(store.db.execute(sql, list(event.values())).rowcount)


# --- what the schedule works on


def last_visits_of(store: Store, spider: str) -> dict[str, dict[str, Any]]:
    """The last visit of a spider to each organisation: `visited_on` (a date) and `outcome`, by organisation
    id.
    """
    rows = store.rows(
        """
        select v.organisation_id, substr(v.finished_at, 1, 10) as visited_on, v.outcome from visits v
        where v.id in (select max(id) from visits where spider = ? group by organisation_id)
        """,
        [spider],
    )
    return {row["organisation_id"]: row for row in rows}


def gone_since(store: Store) -> dict[str, str]:
    """The day on which a known statement was first not at its address, for organisations where one still is
    not.

    Of several the one that went last: what has been gone for long was looked for again long ago.
    """
    rows = store.rows(
        """
        with seen as (
          select organisation_id, url, max(visit_id) as visit_id from snapshots group by organisation_id,
            url),
        gone as (
          select a.organisation_id, min(substr(a.attempted_at, 1, 10)) as day
          from attempts a join seen on seen.organisation_id = a.organisation_id and seen.url = a.url
          where a.visit_id > seen.visit_id and a.reason in ('not_found', 'soft_404', 'not_a_statement',
            'links_only')
          group by a.organisation_id, a.url)
        select organisation_id, max(day) as day from gone group by organisation_id
        """
    )
    return {row["organisation_id"]: row["day"] for row in rows}
