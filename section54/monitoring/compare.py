"""The step after assessing: compare each visit with what was known before it, and write what changed as
events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from db import events
from db.facts import statements
from db.store import Store
from domain.dates import day_of, stamp
from section54.monitoring.changes import (
    Change,
    HomePage,
    Version,
    document_changes,
    due_change,
    found_again,
    home_link_change,
    removals,
    unreachable_change,
)
from section54.monitoring.shared_text import compare_texts

Row = Mapping[str, Any]


def compare_pending(store: Store, say: Callable[[str], None], today: date) -> int:
    """Compare every visit that is due for it and write its events; return how many events there are of it.

    From a broken crawl only what was found is taken: nothing that it did not find is called gone or out of
    reach. `today` is the day for what is due.
    """
    visits = events.visits_to_compare(store)
    before = store.value("select count(*) from events")
    for done, visit in enumerate(visits, start=1):
        changes = changes_of_visit(store, visit)
        events.save_events(
            store, visit["id"], (_row(change, visit["organisation_id"], visit) for change in changes)
        )
        say(f"compare {done} of {len(visits)}")
    compare_texts(store, say)
    save_due(store, today)
    return int(store.value("select count(*) from events")) - int(before)


def save_due(store: Store, today: date) -> None:
    """Write what is due soon or overdue today; what is written already stays as it is.

    Nobody is called overdue who has a document that may be the statement: one whose year is not known, or
    that could not be read.
    """
    due = []
    for row in events.years_known(store, today.isoformat()):
        change = due_change(day_of(row["period_end"]), day_of(row["looked_on"]), today)
        if change is not None and not (
            change.kind == "overdue" and _may_be_there(store, row["organisation_id"])
        ):
            due.append(_row(change, row["organisation_id"], None))
    events.save_due_events(store, due)


def _may_be_there(store: Store, organisation: str) -> bool:
    return any(
        row["error_message"] is not None or not (row["period_end"] or row["filed_period_end"])
        for row in statements(store, organisation)
    )


def changes_of_visit(store: Store, visit: Row) -> list[Change]:
    """What a visit showed that was not so before, documents first."""
    organisation, number = visit["organisation_id"], visit["id"]
    snapshots = events.statement_snapshots(store, organisation, number)
    before = _last_by_address(row for row in snapshots if row["visit_id"] < number)
    fetched = _last_by_address(row for row in snapshots if row["visit_id"] == number)
    looks = {} if visit["broken"] else _looks(store, organisation, number, before)
    gone = {url for url, rows in looks.items() if rows[-1]["visit_id"] == number}
    known = [_version(store, row) for row in before.values()] if gone or _differ(before, fetched) else []
    present = [_version(store, row) for row in fetched.values()] if gone or _differ(before, fetched) else []
    changes = document_changes(known, present, gone)
    elsewhere = {change.previous_url for change in changes}
    told = events.removed_at(store, organisation)
    changes += [
        found_again(_version(store, row))
        for url, row in fetched.items()
        if url in before and told.get(url, 0) > before[url]["visit_id"]
    ]
    lost = [
        version
        for version in known
        if version.url in gone - elsewhere and told.get(version.url, 0) < before[version.url]["visit_id"]
    ]
    changes += removals(lost, present, {version.url: _days(looks[version.url]) for version in lost})
    return changes if visit["broken"] else changes + _changes_of_site(store, visit)


def _last_by_address(snapshots: Iterable[Row]) -> dict[str, Row]:
    return {row["url"]: row for row in snapshots}


def _differ(before: Mapping[str, Row], fetched: Mapping[str, Row]) -> bool:
    """Whether a visit fetched any bytes that were not at that address the last time."""
    return any(url not in before or before[url]["sha256"] != row["sha256"] for url, row in fetched.items())


def _looks(store: Store, organisation: str, visit: int, before: Mapping[str, Row]) -> dict[str, list[Row]]:
    """For each known address, the looks that found nothing there since it was last there."""
    looks: dict[str, list[Row]] = {}
    for row in events.failed_looks(store, organisation, visit):
        known = before.get(row["url"])
        if known is not None and row["visit_id"] > known["visit_id"]:
            looks.setdefault(row["url"], []).append(row)
    return looks


def _days(looks: Iterable[Row]) -> list[tuple[date, str]]:
    return [(date.fromisoformat(row["attempted_at"][:10]), row["reason"]) for row in looks]


def _version(store: Store, row: Row) -> Version:
    return Version(
        url=row["url"],
        sha256=row["sha256"],
        text=events.text_of(store, row["sha256"], row["extractor_version"]),
        period_end=day_of(row["period_end"]),
        signatory=events.sentences_of_finding(store, row["assessment_id"], "check:signed"),
        linked=row["found_by"] != "known",
    )


def _changes_of_site(store: Store, visit: Row) -> list[Change]:
    home_page = events.last_home_page(store, visit)
    last = events.visit_before(store, visit)
    changes = (
        home_link_change(_home_page(home_page) if home_page else None, _home_page(visit))
        if visit["spider"] != "registry"
        else None,
        unreachable_change(
            last["outcome"] if last else None, visit["outcome"], events.first_fault(store, visit["id"])
        ),
    )
    return [change for change in changes if change is not None]


def _home_page(visit: Row) -> HomePage:
    return HomePage(visit["home_url"], visit["home_link"], visit["home_link_anchor"])


def _row(change: Change, organisation: str, visit: Row | None) -> dict[str, Any]:
    noticed = stamp()
    return {
        "organisation_id": organisation,
        "happened_at": visit["finished_at"] if visit else noticed,
        "noticed_at": noticed,
        "visit_id": visit["id"] if visit else None,
        **asdict(change),
        "period_end": change.period_end.isoformat() if change.period_end else None,
        "due_on": change.due_on.isoformat() if change.due_on else None,
    }
