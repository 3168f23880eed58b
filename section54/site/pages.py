"""The site's own pages: read the request, read the records in one go, render one template."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urlencode

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Request, Response

from domain import coverage
from domain.dates import day_of, long_date, long_time
from section54 import words as site_words
from section54.site import chart as site_chart
from section54.site import rows as site_rows
from section54.site import search as site_search
from section54.site.answers import organisation_answer, statement_answer
from section54.site.cells import row_of_answer, row_of_table
from section54.site.names import like
from section54.site.private import difference_of_texts
from section54.site.records import SectorName
from section54.site.respond import as_json, not_found, page, read
from section54.site.search import EvidenceQuery
from section54.site.server import SiteFacts

ROUTES = (
    (r"^/$", "home"),
    (r"^/organisation/(?P<id>[^/.]+)(?P<json>\.json)?$", "organisation"),
    (r"^/statement/(?P<id>[0-9a-f]{12})(?P<json>\.json)?$", "statement"),
    (r"^/statement/(?P<id>[0-9a-f]{12})/since/(?P<older>[0-9a-f]{12})$", "difference"),
    (r"^/evidence$", "evidence"),
    (r"^/public-bodies$", "public_bodies"),
    (r"^/questions$", "questions"),
    (r"^/method$", "method"),
    (r"^/data$", "data"),
    (r"^/accessibility$", "accessibility"),
    (r"^/corrections$", "corrections"),
)


def routes() -> list[tuple[str, Callable[..., Any]]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    return [(pattern, _VIEWS[name]) for pattern, name in ROUTES]


async def home(datasette: Any, request: Request) -> Response:
    text = (request.args.get("q") or "").strip()
    found = await read(datasette, partial(_home, site=datasette, text=text))
    return await page(datasette, request, "home.html", {"q": text[: site_search.MAX_QUERY], **found})


def _home(connection: sqlite3.Connection, site: Any, text: str) -> dict[str, Any]:
    results = site_search.find_organisations(connection, text) if text else None
    alike = site_search.organisations_of(connection, like(connection, site, text)) if results == [] else []
    return {"results": results, "alike": alike, "collection": site_rows.collection(connection)}


async def organisation(datasette: Any, request: Request) -> Response:
    identifier = unquote(request.url_vars["id"])
    record = await read(datasette, partial(site_rows.organisation, identifier=identifier))
    if record is None:
        return await not_found(datasette, request, "There is no organisation of this number or name here.")
    if request.url_vars["json"]:
        return as_json(datasette, record)
    facts: SiteFacts = datasette.section54
    years = site_chart.years_chart(facts.areas, record["statement_list"])
    answer = organisation_answer(record, len(facts.areas))
    context = {"organisation": record, "answer": answer, "years": years}
    return await page(datasette, request, "organisation.html", context)


async def statement(datasette: Any, request: Request) -> Response:
    record = await read(datasette, partial(site_rows.statement, identifier=request.url_vars["id"]))
    if record is None:
        return await _copy(datasette, request)
    if request.url_vars["json"]:
        return as_json(datasette, record)
    answer = statement_answer(record, len(datasette.section54.areas))
    return await page(datasette, request, "statement.html", {"statement": record, "answer": answer})


async def _copy(datasette: Any, request: Request) -> Response:
    """Lead from the copy of a group's statement to that statement."""
    found = await read(datasette, partial(site_rows.published_as, identifier=request.url_vars["id"]))
    if found is None:
        return await not_found(datasette, request, "There is no statement of this number here.")
    return Response.redirect(f"/statement/{found}{request.url_vars['json'] or ''}", status=301)


async def difference(datasette: Any, request: Request) -> Response:
    """What is different between two statements of one organisation: of their quotations, privately of their
    texts.
    """
    newer, older = request.url_vars["id"], request.url_vars["older"]
    statements = await read(datasette, partial(site_rows.pair, newer=newer, older=older))
    if statements is None:
        return await not_found(
            datasette, request, "There are no two statements of one organisation of these numbers here."
        )
    home = datasette.section54.private
    whole = home and difference_of_texts(home, *statements)
    found = whole or await read(datasette, partial(site_rows.differing, newer=newer, older=older))
    context = {"newer": statements[0], "older": statements[1], "difference": found, "whole": bool(whole)}
    return await page(datasette, request, "difference.html", context)


async def evidence(datasette: Any, request: Request) -> Response:
    query = EvidenceQuery.from_arguments({key: request.args[key] for key in request.args})
    (hits, total, more), sectors = await read(datasette, partial(_evidence, query=query))
    pages = {
        "previous": _evidence_url(query, query.page - 1) if query.page > 1 else None,
        "next": _evidence_url(query, query.page + 1) if total > query.page * site_search.PAGE_SIZE else None,
        "first": (query.page - 1) * site_search.PAGE_SIZE + 1,
    }
    context = {"query": query, "hits": hits, "total": total, "more": more, "ranked": site_search.MAX_RANKED}
    criteria = sorted(row["item"] for row in datasette.section54.accuracy if row["kind"] == "criteria")
    return await page(
        datasette, request, "evidence.html", {**context, **pages, "sectors": sectors, "criteria": criteria}
    )


def _evidence(connection: sqlite3.Connection, query: EvidenceQuery) -> tuple[Any, list[SectorName]]:
    return site_search.find_evidence(connection, query), site_rows.sectors(connection)


def _evidence_url(query: EvidenceQuery, number: int) -> str:
    arguments = {
        "q": query.text, "finding": query.finding, "status": query.status, "year": query.year,
        "criterion": query.criterion, "sector": query.sector,
    }  # fmt: skip
    return "/evidence?" + urlencode({k: v for k, v in arguments.items() if v} | {"page": number})


async def public_bodies(datasette: Any, request: Request) -> Response:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for body in await read(datasette, site_rows.public_bodies):
        kinds.setdefault(body["kind"], []).append(body)
    return await page(datasette, request, "public_bodies.html", {"kinds": kinds})


def _plain(template: str) -> Callable[..., Any]:
    async def view(datasette: Any, request: Request) -> Response:
        return await page(datasette, request, template, {})

    return view


def error_response(datasette: Any, request: Request, exception: Exception) -> Any:
    """The page or JSON for an error: Datasette's own words where they are plain text, ours where they are
    HTML.

    A fault of ours (500) is told in full on the console only.
    """
    interrupted = isinstance(exception, QueryInterrupted)
    status = 400 if interrupted else getattr(exception, "status", None) or 500
    message = str(getattr(exception, "message", None) or (exception.args[0] if exception.args else ""))
    if interrupted or getattr(exception, "message_is_html", False) or message.startswith("<p>"):
        message = (
            "This took longer than the time that one question has. Ask for less: add a filter or a limit."
        )
    if status == 500:
        message = "This is our fault, and it has been noted."
    context = {"status": status, "title": getattr(exception, "title", None), "error": message}
    if request.path.endswith(".json"):
        return Response.json({"ok": False, **context}, status=status)
    return page(datasette, request, "error.html", context, status=status)


_VIEWS: dict[str, Callable[..., Any]] = {
    "home": home,
    "organisation": organisation,
    "statement": statement,
    "difference": difference,
    "evidence": evidence,
    "public_bodies": public_bodies,
    "questions": _plain("questions.html"),
    "method": _plain("method.html"),
    "data": _plain("data.html"),
    "accessibility": _plain("accessibility.html"),
    "corrections": _plain("corrections.html"),
}


# --- for the templates


def template_filters() -> dict[str, Callable[..., Any]]:
    """Filters for Jinja: words for codes, dates, links into sources."""
    tables = {
        "level": coverage.LEVELS,
        "status": coverage.STATUSES,
        "answer": coverage.ANSWERS,
        "home_link": site_words.HOME_LINKS,
        "outcome": site_words.OUTCOMES,
        "reason": site_words.REASONS,
        "found_by": site_words.FOUND_BY,
        "cover": site_words.COVER,
        "kind": site_words.KINDS,
        "method": site_words.METHODS,
        "same_period": site_words.SAME_PERIOD,
    }
    named = {f"{name}_words": partial(site_words.words, table) for name, table in tables.items()}
    return named | {
        "body_kind": site_words.body_kind,
        "check_value": lambda code, check: coverage.check_value(check, code),
        "finding_words": site_words.finding,
        "criterion_words": criterion_words,
        "how_sure_of_absence": site_words.how_sure_of_absence,
        "found_by_list": found_by_list,
        "day": day,
        "moment": moment,
        "percent": lambda value: f"{value:.0%}",
        "thousands": lambda value: f"{value:,}",
        "path_part": lambda value: quote(str(value), safe=""),
        "at_page": at_page,
        "web_address": web_address,
        "short_hash": lambda value: str(value)[:12],
        "row_of_table": row_of_table,
        "row_of_answer": row_of_answer,
    }


def day(value: str | None) -> str:
    """An ISO date or time as 31 March 2026; "not known" for None."""
    return long_date(found) if (found := day_of(value)) else "not known"


def moment(value: str | None) -> str:
    """An ISO time as 10 June 2026, 09:30 UTC."""
    return long_time(value) if value else "not known"


def criterion_words(code: str) -> str:
    """ "measure_training" reads "Training"; who labelled its examples stands behind it where two criteria
    share a name.
    """
    kind, _, name = code.partition("_")
    return f"{name.replace('_', ' ').capitalize()} ({'experts' if kind == 'expert' else 'measure'})"


def found_by_list(value: str) -> str:
    """The ways in which a document was found, in words."""
    return "; ".join(site_words.words(site_words.FOUND_BY, code) for code in value.split(","))


def web_address(url: str | None) -> str:
    """The address for a link: anything but http and https leads nowhere, whatever the published file
    holds.
    """
    return url if url is not None and url.lower().startswith(("http://", "https://")) else "#"


def at_page(url: str | None, page: int | None, content_type: str = "application/pdf") -> str:
    """The address of a PDF at a page, as browsers understand it; the address alone for anything else."""
    address = web_address(url)
    if address == "#" or page is None or content_type != "application/pdf":
        return address
    return f"{urldefrag(address).url}#page={page}"
