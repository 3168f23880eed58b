"""Events: what changed between two visits, or with the calendar. Written by `section54.compare`, read by everyone."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from db.store import Store

KINDS = {
    "new": "a statement that was not known before",
    "new_year": "a statement for a later financial year",
    "revised": "the text of a known statement has changed",
    "cosmetic": "a few words of a known statement have changed; no date, signatory or period",
    "replaced": "another document stands where a known statement was",
    "moved": "a known statement is at another address",
    "removed": "a known statement is gone from its address, seen twice and days apart",
    "unreachable": "the site could not be reached, though it could be the time before",
    "home_link_changed": "the home page leads to the statement in another way, or no longer",
    "due_soon": "by guidance the next statement is due within sixty days",
    "overdue": "by guidance the next statement was due, and a visit after that day found none",
}
"""What each kind of event says, for people."""


def events_since(
    store: Store,
    since: str,
    *,
    organisations: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the events noticed after `since` (UTC, ISO 8601, exclusive), oldest first, with `organisation` (the name).

    `organisations` bounds them to these ids, `kinds` to these kinds; None means all, an empty collection none.
    For what came of one run: the events with its visits' ids.
    """
    return store.rows(
        """
        select e.*, o.name as organisation
        from events e join organisations o on o.id = e.organisation_id
        where e.noticed_at > :since
          and (:organisations is null or e.organisation_id in (select value from json_each(:organisations)))
          and (:kinds is null or e.kind in (select value from json_each(:kinds)))
        order by e.noticed_at, e.id
        """,
        {"since": since, "organisations": _json_list(organisations), "kinds": _json_list(kinds)},
    )


def _json_list(values: Collection[str] | None) -> str | None:
    return None if values is None else json.dumps(sorted(values))
