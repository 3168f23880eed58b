"""The supplier check as a page of the site: paste or upload a list, see what is published of each, download
it.

A list is read and answered in one request. It is not written to a file, a database or a log, and the answer
may not be kept by browser or proxy. The full check (status, scope, decisions, packs) is `section54 check`, on
one's own machine.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from datasette.utils.asgi import Request, Response
from markupsafe import Markup

from domain.deadlines import is_current
from domain.safetext import defused
from section54.site.forms import MAX_BODY, Form, FormError, cross_site, read_form
from section54.site.names import match_all
from section54.site.server import DATABASE
from section54.site.threads import in_thread
from section54.site.upload import PASTED, read_list
from section54.suppliers.matching.matcher import Match
from section54.suppliers.reading.lists import SupplierLine, SupplierList, SupplierListError
from section54.suppliers.report.contents import MATCH_WORDS

MAX_SUPPLIERS = 2000
"""Of one request: a second or two of the server's time; a longer list is for `section54 check`."""
PATH = "/check"
_PRIVATE = {"cache-control": "no-store"}
NOT_HERE = "That says nothing about the supplier: see below."


def routes() -> list[tuple[str, Any]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    return [(rf"^{PATH}$", check)]


@dataclass(frozen=True, slots=True)
class CheckedSupplier:
    """One supplier with what the published file has of it."""

    supplier: str
    company_number: str | None
    match: str
    reason: str
    organisation_id: str | None
    organisation: str | None
    candidates: tuple[tuple[str, str, str], ...]
    """Id, name and reason of each."""
    found: str
    """What is here, in a sentence."""
    statement_id: str | None
    period_end: str | None
    covered: int | None
    of_areas: int | None


async def check(datasette: Any, request: Request) -> Response:
    """Show the form, or the answer to one."""
    if request.method != "POST":
        return await _page(datasette, request, {"text": "", "results": None, "error": None})
    if cross_site(request):
        return await _refused(datasette, request, 403, "This form was sent by a page of another site.", "")
    try:
        form = await read_form(request)
    except FormError as error:
        return await _refused(datasette, request, error.status, str(error), "")
    text = form.fields.get("text", "")
    try:
        source = await _list_of(form)
    except SupplierListError as error:
        return await _refused(datasette, request, 400, str(error), text)
    rows = await datasette.get_database(DATABASE).execute_fn(
        partial(look_up, site=datasette, lines=source.suppliers, today=datasette.section54.today())
    )
    if form.fields.get("format") == "csv":
        return await in_thread(partial(_download, rows))
    results = await in_thread(partial(_results, datasette.jinja_env, rows, source))
    return await _page(datasette, request, {"text": "", "results": results, "error": None})


async def _list_of(form: Form) -> SupplierList:
    """The list of a form. Raises SupplierListError."""
    name, body = form.files.get("file", ("", b""))
    if not body:
        name, body = PASTED, form.fields.get("text", "").encode()
    source = await read_list(name or "the file", body)
    if len(source.suppliers) > MAX_SUPPLIERS:
        raise SupplierListError(
            f"{len(source.suppliers):,} suppliers are more than the {MAX_SUPPLIERS:,} that this page takes."
        )
    return source


def _results(environment: Any, rows: Sequence[CheckedSupplier], source: SupplierList) -> Markup:
    """The table of the answer, made outside of the event loop: that of 2,000 suppliers takes a third of a
    second.
    """
    template = environment.get_template("_check_results.html")
    return Markup(template.render(rows=rows, source=source, text=_as_text(source)))  # noqa: S704 - from a template


def _as_text(source: SupplierList) -> str:
    """The suppliers as a list that can be sent again for the download; nothing else of the file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["supplier", "company number"])
    writer.writerows([line.name, line.company_number or ""] for line in source.suppliers)
    return out.getvalue()


def look_up(
    connection: sqlite3.Connection, site: Any, lines: Sequence[SupplierLine], today: date
) -> list[CheckedSupplier]:
    """Match the suppliers and say what the published file has of each."""
    matches = match_all(connection, site, [(line.name, line.company_number) for line in lines])
    return [_row(connection, line, match, today) for line, match in zip(lines, matches, strict=True)]


def _row(connection: sqlite3.Connection, line: SupplierLine, match: Match, today: date) -> CheckedSupplier:
    found = _organisation(connection, match.organisation_id) if match.organisation_id else None
    statement = _statement(connection, found) if found else None
    return CheckedSupplier(
        supplier=line.name,
        company_number=line.company_number,
        match=MATCH_WORDS[match.kind] + (": check it" if match.needs_review else ""),
        reason=match.reason,
        organisation_id=found["id"] if found else None,
        organisation=found["name"] if found else None,
        candidates=tuple((one.organisation_id, one.name, one.reason) for one in match.candidates)
        if found is None
        else (),
        found=_sentence(found, statement, bool(match.candidates), today),
        statement_id=statement["id"] if statement else None,
        period_end=statement["period_end"] if statement else None,
        covered=statement["covered"] if statement else None,
        of_areas=statement["of_areas"] if statement else None,
    )


def _organisation(connection: sqlite3.Connection, identifier: str) -> dict[str, Any] | None:
    row = connection.execute("select * from organisations where id = ?", [identifier]).fetchone()
    return dict(row) if row else None


def _statement(connection: sqlite3.Connection, organisation: dict[str, Any]) -> dict[str, Any] | None:
    """The newest statement of its own or of another organisation that covers it; `how` says which."""
    row = connection.execute(
        """
        select * from (
        select s.id, s.period_end, s.covered, s.of_areas, 'own' as how, null as filed_by
        from statements s where s.id = :latest
        union all
        select s.id, s.period_end, s.covered, s.of_areas, c.how, o.name
        from statement_organisations c
        join statements s on s.id = c.statement_id
        join organisations o on o.id = c.filed_by
        where c.organisation_id = :id and c.how <> 'own')
        order by period_end is null, period_end desc,
          case how when 'own' then 1 when 'named_in_registry' then 2 when 'general_terms' then 3 else 4 end
        limit 1
        """,
        {"latest": organisation["latest_statement_id"], "id": organisation["id"]},
    ).fetchone()
    return dict(row) if row else None


_WHOSE = {
    "own": "A statement",
    "named_in_registry": "A statement of {filed_by} that covers it",
    "general_terms": "A statement of {filed_by} that covers subsidiaries and does not name it",
    "same_website": "A statement of {filed_by}, which stands on its website and does not name it",
}
"""By how it is reached; filled with the columns of the statement."""


def _sentence(
    organisation: dict[str, Any] | None, statement: dict[str, Any] | None, open_choice: bool, today: date
) -> str:
    if organisation is None:
        return "Choose the organisation that it is." if open_choice else f"Not in this collection. {NOT_HERE}"
    if statement is None:
        listed = " It is listed in the registry." if organisation["listings"] else ""
        return f"No statement of it was read here.{listed} {NOT_HERE}"
    whose = _WHOSE[statement["how"]].format(**statement)
    if not statement["period_end"]:
        return f"{whose} was read here; its year is not known."
    end = date.fromisoformat(statement["period_end"])
    return f"{whose}, {'for the newest year that guidance expects' if is_current(end, today) else 'for an earlier year'}, was read here."  # noqa: E501


_COLUMNS = (
    "supplier", "company_number", "match", "reason", "organisation_id", "organisation", "candidates", "found",
    "period_end", "covered", "of_areas", "statement",
)  # fmt: skip


def _download(rows: Sequence[CheckedSupplier]) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        values = {name: getattr(row, name, None) for name in _COLUMNS[:-1]}
        values["candidates"] = "; ".join(
            f"{name} ({identifier}): {reason}" for identifier, name, reason in row.candidates
        )
        values["statement"] = f"/statement/{row.statement_id}" if row.statement_id else None
        writer.writerow(["" if value is None else defused(str(value)) for value in values.values()])
    headers = {**_PRIVATE, "content-disposition": 'attachment; filename="supplier-check.csv"'}
    return Response("\ufeff" + out.getvalue(), headers=headers, content_type="text/csv; charset=utf-8")


async def _refused(datasette: Any, request: Request, status: int, error: str, text: str) -> Response:
    return await _page(datasette, request, {"text": text, "results": None, "error": error}, status)


async def _page(datasette: Any, request: Request, context: dict[str, Any], status: int = 200) -> Response:
    limits = {"max_suppliers": MAX_SUPPLIERS, "max_kilobytes": MAX_BODY // 1000}
    body = await datasette.render_template(
        "check.html", {**context, **limits}, request=request, view_name="section54"
    )
    return Response.html(body, status=status, headers=_PRIVATE)
