"""The reconciliation service: names to organisations for OpenRefine and the like, on the matcher of the
supplier check.

After the Reconciliation Service API 0.2 of the W3C's Entity Reconciliation Community Group: manifest,
queries, suggest, properties and data extension. It reads the published file only.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from datasette.utils.asgi import Request, Response

from domain.company_numbers import normalise_company_number
from section54.site.forms import FormError, read_form
from section54.site.names import match_all
from section54.site.respond import not_found, page
from section54.site.search import find_organisations
from section54.site.server import DATABASE
from section54.suppliers.matching.matcher import Match

PATH = "/reconcile"
PREVIEW = f"{PATH}/preview"
"""A page small enough for the frame in which programs show it; see section54.site.guard."""
TYPE = {"id": "organisation", "name": "Organisation"}
MAX_QUERIES = 500
"""Of one request; the manifest says so, and OpenRefine sends ten at a time by itself."""
_SPACE = "https://github.com/section54/section54/blob/main/docs/decisions/0002-organisation-ids.md"
_CORS = {"access-control-allow-origin": "*", "cache-control": "no-store"}
PROPERTIES = {
    "company_number": "Company number",
    "name": "Name",
    "statements": "Statements read here",
    "latest_period_end": "End of the year of the latest statement",
    "latest_statement": "Latest statement (number on this site)",
    "covered": "Areas described in the latest statement",
    "of_areas": "Areas that could be told in the latest statement",
    "visited_at": "Website last visited (UTC)",
}
_NUMBER = frozenset({"company_number", "number", "company number"})
"""Properties of a query that hold a company number."""


def routes() -> list[tuple[str, Any]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    return [
        (rf"^{PATH}$", reconcile),
        (rf"^{PATH}/suggest/entity$", suggest),
        (rf"^{PATH}/suggest/property$", suggest_property),
        (rf"^{PATH}/suggest/type$", suggest_type),
        (rf"^{PATH}/properties$", properties),
        (rf"^{PREVIEW}$", preview),
    ]


class BadQuery(ValueError):
    """The request is no query of this API; the message says what is wrong."""


async def reconcile(datasette: Any, request: Request) -> Response:
    """The manifest, or the answer to `queries` or `extend`."""
    try:
        arguments = (
            (await read_form(request)).fields if request.method == "POST" else dict(request.args._data)
        )
        arguments = {key: value if isinstance(value, str) else value[0] for key, value in arguments.items()}
        if "queries" in arguments:
            answer = partial(answer_queries, site=datasette, queries=_parsed(arguments["queries"]))
        elif "extend" in arguments:
            answer = partial(extend, request=_parsed(arguments["extend"]))
        else:
            return _json(manifest(_base(request)))
        return _json(await datasette.get_database(DATABASE).execute_fn(answer))
    except FormError as error:
        return _json({"error": str(error)}, error.status)
    except BadQuery as error:
        return _json({"error": str(error)}, 400)


def _base(request: Request) -> str:
    return f"{request.scheme}://{request.host}"


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadQuery(f"no JSON: {error.msg} at {error.pos}") from error
    except RecursionError:
        raise BadQuery("no JSON that can be read: it is nested too deeply") from None
    if not isinstance(found, dict):
        raise BadQuery("expected a JSON object")
    return found


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response.json(body, status=status, headers=_CORS)


def manifest(base: str) -> dict[str, Any]:
    """What the service is, with its addresses under `base`."""
    return {
        "versions": ["0.2"],
        "name": "Section 54 statements: organisations",
        "identifierSpace": _SPACE,
        "schemaSpace": _SPACE,
        "defaultTypes": [TYPE],
        "view": {"url": f"{base}/organisation/{{{{id}}}}"},
        "batchSize": MAX_QUERIES,
        "preview": {"url": f"{base}{PREVIEW}?id={{{{id}}}}", "width": 420, "height": 220},
        "suggest": {
            kind: {"service_url": base, "service_path": f"{PATH}/suggest/{kind}"}
            for kind in ("entity", "property", "type")
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": f"{PATH}/properties"},
            "property_settings": [],
        },
    }


# --- queries


def answer_queries(
    connection: sqlite3.Connection, site: Any, queries: Mapping[str, Any]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The candidates of each query by its key.

    `match` is true for what the supplier check matches by itself.
    """
    if len(queries) > MAX_QUERIES:
        raise BadQuery(f"{len(queries)} queries are more than the {MAX_QUERIES} of one request")
    wanted = [_query(key, query) for key, query in queries.items()]
    named = [(name.strip() or _name_of_number(connection, number), number) for name, number, _ in wanted]
    matches = match_all(connection, site, named)
    return {
        key: {"result": _results(match)[:limit]}
        for key, match, (_, _, limit) in zip(queries, matches, wanted, strict=True)
    }


def _query(key: str, query: Any) -> tuple[str, str | None, int]:
    """Name, company number and limit of one query."""
    if not isinstance(query, dict) or not isinstance(query.get("query", ""), str):
        raise BadQuery(f"{key} is no query")
    limit = query.get("limit", 5)
    if not isinstance(limit, int) or limit < 1:
        raise BadQuery(f"{key}: limit {limit!r} is no positive whole number")
    given = query.get("properties") or []
    if not isinstance(given, list):
        raise BadQuery(f"{key}: properties is no list")
    values = [text for one in given if isinstance(one, dict) for text in _numbers_of(one)]
    number = next((value for value in values if normalise_company_number(value)), next(iter(values), None))
    name = query.get("query", "")[:200]
    if not name.strip() and not number:
        raise BadQuery(f"{key}: give a name or a company number")
    return name, number, limit


def _numbers_of(given: Mapping[str, Any]) -> list[str]:
    """The texts of a property of a query that holds company numbers: one value or several, as texts or as
    objects.
    """
    if str(given.get("pid", "")).lower() not in _NUMBER:
        return []
    value = given.get("v")
    values = value if isinstance(value, list) else [value]
    return [str(one.get("id", one.get("str", "")) if isinstance(one, dict) else one) for one in values if one]


def _name_of_number(connection: sqlite3.Connection, number: str | None) -> str:
    """The name of the organisation of a company number, for a query without a name; "?" where it is not
    here.
    """
    found = connection.execute(
        "select name from organisations where company_number = ?", [normalise_company_number(number)]
    ).fetchone()
    return str(found["name"]) if found else "?"


def _results(match: Match) -> list[dict[str, Any]]:
    sure = match.organisation_id is not None and not match.needs_review
    return [
        {
            "id": one.organisation_id,
            "name": one.name,
            "description": one.reason,
            "score": one.score,
            "match": sure,
            "type": [TYPE],
        }
        for one in match.candidates
    ]


# --- suggest and extend


async def suggest(datasette: Any, request: Request) -> Response:
    """Organisations whose name begins like `prefix`, for a person who types; from place `cursor` of them
    on.
    """
    prefix, cursor = _asked(request)
    if cursor is None:
        return _json({"error": "cursor is a whole number"}, 400)
    found = (
        await datasette.get_database(DATABASE).execute_fn(partial(find_organisations, text=prefix))
        if prefix
        else []
    )
    return _json({"result": [_suggested(row) for row in found[cursor:]]})


def _asked(request: Request) -> tuple[str, int | None]:
    """Prefix and cursor of a suggestion; None for a cursor that is no whole number."""
    cursor = request.args.get("cursor") or "0"
    return (request.args.get("prefix") or "").strip(), int(cursor) if re.fullmatch(
        r"[0-9]{1,9}", cursor
    ) else None


async def suggest_property(datasette: Any, request: Request) -> Response:
    prefix = _asked(request)[0].casefold()
    listed = [{"id": key, "name": name} for key, name in PROPERTIES.items()]
    return _json({"result": [one for one in listed if one["name"].casefold().startswith(prefix)]})


async def suggest_type(datasette: Any, request: Request) -> Response:
    prefix = _asked(request)[0].casefold()
    return _json({"result": [TYPE] if TYPE["name"].casefold().startswith(prefix) else []})


async def preview(datasette: Any, request: Request) -> Response:
    """What is known of one organisation, in a few lines."""
    asked = request.args.get("id") or ""
    records = await datasette.get_database(DATABASE).execute_fn(partial(_records, ids=[asked]))
    if asked not in records:
        return await not_found(datasette, request, "There is no organisation of this number or name here.")
    return await page(datasette, request, "preview.html", {"organisation": records[asked]})


def _suggested(row: Mapping[str, Any]) -> dict[str, Any]:
    number = row["company_number"]
    return {"id": row["id"], "name": row["name"], "description": f"company number {number}" if number else "",
    "notable": [TYPE]}  # fmt: skip


async def properties(datasette: Any, request: Request) -> Response:
    """What can be added to an organisation."""
    most = request.args.get("limit") or str(len(PROPERTIES))
    if not re.fullmatch(r"[1-9][0-9]{0,8}", most):
        return _json({"error": "limit is a positive whole number"}, 400)
    listed = [{"id": key, "name": name} for key, name in PROPERTIES.items()][: int(most)]
    return _json({"type": request.args.get("type") or TYPE["id"], "limit": int(most), "properties": listed})


def extend(connection: sqlite3.Connection, request: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the properties asked for, by organisation; an organisation that is not here has none."""
    ids, wanted = request.get("ids"), request.get("properties")
    if not isinstance(ids, list) or not isinstance(wanted, list):
        raise BadQuery("extend needs ids and properties")
    if len(ids) > MAX_QUERIES:
        raise BadQuery(f"{len(ids)} ids are more than the {MAX_QUERIES} of one request")
    asked = [str(one.get("id")) for one in wanted if isinstance(one, dict)]
    unknown = [one for one in asked if one not in PROPERTIES]
    if unknown:
        raise BadQuery(f"there is no property {unknown[0]!r}: {', '.join(PROPERTIES)}")
    records = _records(connection, [str(one) for one in ids])
    return {
        "meta": [{"id": one, "name": PROPERTIES[one]} for one in asked],
        "rows": {str(one): {name: _values(records.get(str(one)), name) for name in asked} for one in ids},
    }


def _values(record: Mapping[str, Any] | None, name: str) -> list[dict[str, Any]]:
    value = record[name] if record else None
    if value is None:
        return []
    return [{"int": value} if isinstance(value, int) else {"str": str(value)}]


def _records(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    rows = connection.execute(
        """
        select o.*, o.latest_statement_id as latest_statement, s.covered, s.of_areas
        from organisations o left join statements s on s.id = o.latest_statement_id
        where o.id in (select value from json_each(?))
        """,
        [json.dumps(list(ids))],
    )
    return {row["id"]: dict(row) for row in rows}
