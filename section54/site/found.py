"""The two searches as data: /evidence.json, /evidence.csv and /organisations.json, with the arguments of
their pages.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import partial
from typing import Any

from datasette.utils.asgi import Request, Response

from section54.site import search as site_search
from section54.site.respond import as_json, cache, is_private, read
from section54.site.search import EvidenceQuery

COLUMNS = (
    "statement_id", "position", "quotation", "page", "heading", "status", "probability", "year", "findings",
    "organisation_id", "name", "period_end", "final_url",
)  # fmt: skip
"""Of one sentence that was found."""


def routes() -> list[tuple[str, Any]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    return [(r"^/evidence\.(?P<format>json|csv)$", evidence), (r"^/organisations\.json$", organisations)]


async def evidence(datasette: Any, request: Request) -> Response:
    """One page of sentences, best first.

    What can't be understood is refused: left out, it would give other sentences.
    """
    arguments = {key: request.args[key] for key in request.args}
    query = EvidenceQuery.from_arguments(arguments)
    if wrong := _not_understood(arguments, query):
        return Response.json({"ok": False, "error": wrong, "status": 400, "title": None}, status=400)
    hits, total, more = await read(datasette, partial(site_search.find_evidence, query=query))
    rows = [{column: hit[column] for column in COLUMNS} for hit in hits]
    if request.url_vars["format"] == "csv":
        return _csv(datasette, rows)
    size = site_search.PAGE_SIZE
    found = {"total": total, "newest_only": more, "page": query.page, "page_size": size, "sentences": rows}
    return as_json(datasette, found)


def _not_understood(arguments: Mapping[str, str], query: EvidenceQuery) -> str | None:
    """What of a question is unknown, in a sentence; None where all of it was understood."""
    read_as = {"q": query.text, **{name: str(getattr(query, name)) for name in site_search.FILTERS}}
    for name, value in arguments.items():
        if name not in read_as:
            return f"There is no {name} here: ask by {', '.join(read_as)}."
        if name != "q" and value and read_as[name] != value:
            return f"{value[:40]!r} is no {name}."
    return None


def _csv(datasette: Any, rows: list[dict[str, Any]]) -> Response:
    """Cells need no defusing: no text of the published file begins like a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(
        [";".join(row[column]) if column == "findings" else row[column] for column in COLUMNS] for row in rows
    )
    headers = cache(datasette) | ({} if is_private(datasette) else {"access-control-allow-origin": "*"})
    return Response(out.getvalue(), headers=headers, content_type="text/csv; charset=utf-8")


async def organisations(datasette: Any, request: Request) -> Response:
    """Organisations of a company number or with these words in a name, at most MAX_ORGANISATIONS."""
    if unknown := [name for name in request.args if name != "q"]:
        wrong = f"There is no {unknown[0]} here: ask by q."
        return Response.json({"ok": False, "error": wrong, "status": 400, "title": None}, status=400)
    text = (request.args.get("q") or "").strip()
    found = await read(datasette, partial(site_search.find_organisations, text=text)) if text else []
    return as_json(datasette, {"organisations": found})
