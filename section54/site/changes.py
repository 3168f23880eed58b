"""What changed at the organisations, newest first, as a page and as Atom feeds: of all, a sector, an
organisation, a list.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlencode

from datasette.utils.asgi import Request, Response

from section54.atom import EPOCH, MEDIA_TYPE, Feed, FeedEntry, urn, write_feed
from section54.monitoring.digest import TITLES
from section54.site.records import Change
from section54.site.respond import cache, not_found, page, read
from section54.site.rows import CHANGES, change
from section54.suppliers.report.contents import CONDUCT_NOTE, COVERAGE_NOTE

Row = dict[str, Any]

KINDS = {
    kind: TITLES[kind]
    for kind in (
        "new", "new_year", "revised", "cosmetic", "replaced", "moved", "removed", "found_again",
        "home_link_changed", "registry_new",
        "registry_changed", "registry_withdrawn",
    )
}  # fmt: skip
"""Kinds that are published, with their titles."""
PAGE_SIZE = 50
FEED_ENTRIES = 50
MAX_FOLLOWED = 100
"""Organisations of one feed by their ids; a longer or a private list is for `section54 watch`."""

ROUTES = (
    (r"^/changes$", "changes"),
    (r"^/changes\.atom$", "feed"),
    (r"^/sectors/(?P<sector>[\w-]+)\.atom$", "feed"),
    (r"^/organisation/(?P<organisation>[^/.]+)\.atom$", "feed"),
)


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """Which changes; empty stands for all. Unknown kinds are dropped when it is made."""

    kind: str = ""
    sector: str = ""
    organisations: tuple[str, ...] = ()
    before: int | None = None
    """Only those with a lower number: what follows on the next page."""

    @classmethod
    def from_request(cls, request: Request) -> ChangesQuery:
        kind = request.args.get("kind") or ""
        sector = request.url_vars.get("sector") or request.args.get("sector") or ""
        one = request.url_vars.get("organisation")
        organisations = [unquote(one)] if one else request.args.getlist("organisation")
        before = request.args.get("before") or ""
        return cls(
            kind=kind if kind in KINDS else "",
            sector=sector if re.fullmatch(r"[\w-]+", sector) else "",
            organisations=tuple(organisations[:MAX_FOLLOWED]),
            before=int(before) if re.fullmatch(r"[1-9]\d{0,11}", before) else None,
        )

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """As in the address, without `before`."""
        single = [(name, value) for name, value in (("kind", self.kind), ("sector", self.sector)) if value]
        return [*single, *(("organisation", one) for one in self.organisations)]


def routes() -> list[tuple[str, Callable[..., Any]]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    views = {"changes": changes, "feed": feed}
    return [(pattern, views[name]) for pattern, name in ROUTES]


async def changes(datasette: Any, request: Request) -> Response:
    query = ChangesQuery.from_request(request)
    record = await read(datasette, partial(_changes, query=query))
    older = None
    if len(record["changes"]) > PAGE_SIZE:
        record["changes"].pop()
        older = _address("/changes", [*query.arguments, ("before", record["changes"][-1]["number"])])
    context = {
        "query": query,
        "kinds": KINDS,
        "older": older,
        "feed": _address("/changes.atom", query.arguments),
    }
    return await page(datasette, request, "changes.html", {**record, **context})


def _changes(connection: sqlite3.Connection, query: ChangesQuery) -> Row:
    return {
        "changes": find_changes(connection, query, PAGE_SIZE + 1),
        "sectors": connection.execute("select id, name from sectors order by name").fetchall(),
        "followed": _names(connection, query.organisations),
    }


def find_changes(connection: sqlite3.Connection, query: ChangesQuery, most: int) -> list[Change]:
    """The newest changes that were asked for, each with `number` (its place), `organisation` (the name) and
    `title`.
    """
    conditions = {
        "e.rowid < :before": query.before,
        "e.kind = :kind": query.kind,
        "e.organisation_id in (select organisation_id from organisation_sectors where sector_id = "
        ":sector)": query.sector,
        "e.organisation_id in (select value from json_each(:organisations))": query.organisations,
    }
    where = " and ".join(["1", *(condition for condition, wanted in conditions.items() if wanted)])
    rows = connection.execute(
        f"{CHANGES} where {where} order by e.rowid desc limit :most",
        {
            "before": query.before,
            "kind": query.kind,
            "sector": query.sector,
            "organisations": _json(query.organisations),
            "most": most,
        },
    )
    return [change(row) for row in rows]


def _names(connection: sqlite3.Connection, organisations: Sequence[str]) -> list[Row]:
    rows = connection.execute(
        "select id, name from organisations where id in (select value from json_each(?)) order by name",
        [_json(organisations)],
    )
    return [dict(row) for row in rows]


# --- feeds


async def feed(datasette: Any, request: Request) -> Response:
    query = replace(ChangesQuery.from_request(request), before=None)
    record = await read(datasette, partial(_feed, query=query))
    if record is None:
        return await not_found(datasette, request, "There is no organisation or sector of this name here.")
    path = request.path + (f"?{request.query_string}" if request.query_string else "")
    body = write_feed(
        Feed(
            id=urn(f"feed{_address('/changes.atom', query.arguments)}"),
            title=f"Modern slavery statements: {record['name']}",
            subtitle=f"{COVERAGE_NOTE} {CONDUCT_NOTE}",
            updated=record["changes"][0]["noticed_at"] if record["changes"] else EPOCH,
            self_link=datasette.absolute_url(request, path),
            page=datasette.absolute_url(request, _address("/changes", query.arguments)),
        ),
        (
            _entry(change, lambda target: datasette.absolute_url(request, target))
            for change in record["changes"]
        ),
    )
    return Response(body.decode(), headers=cache(datasette), content_type=MEDIA_TYPE)


def _feed(connection: sqlite3.Connection, query: ChangesQuery) -> Row | None:
    """The changes of a feed and its name; None where it is of something that is not here."""
    name = "all changes"
    if query.sector:
        row = connection.execute("select name from sectors where id = ?", [query.sector]).fetchone()
        if row is None:
            return None
        name = row["name"]
    if query.organisations:
        found = [row["name"] for row in _names(connection, query.organisations)]
        if not found:
            return None
        name = "; ".join(found)
    return {"name": name, "changes": find_changes(connection, query, FEED_ENTRIES)}


def _entry(change: Change, absolute: Callable[[str], str]) -> FeedEntry:
    path = f"/organisation/{quote(change['organisation_id'], safe='')}"
    if change["statement_id"]:
        path = f"/statement/{change['statement_id']}"
    return FeedEntry(
        id=urn(f"event/{change['id']}"),
        title=f"{change['organisation']}: {change['title']}",
        updated=change["noticed_at"],
        summary=change["detail"],
        link=absolute(path),
    )


def _address(path: str, arguments: Sequence[tuple[str, Any]]) -> str:
    return f"{path}?{urlencode(arguments)}" if arguments else path


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values))
