"""What programs ask of a site: where its pages are (sitemap.xml, robots.txt, llms.txt) and its bulk
downloads.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from datasette.utils.asgi import AsgiFileDownload, Request, Response

from section54.site.downloads import SQLITE, SUMS, file_at
from section54.site.respond import cache, is_private, not_found, read
from section54.site.server import DATABASE, SiteFacts

MAX_ADDRESSES = 50_000
"""Of one sitemap, by the sitemap protocol; beyond that there is an index of several."""
OWN_PAGES = (
    "/",
    "/evidence",
    "/sectors",
    "/years",
    "/public-bodies",
    "/changes",
    "/questions",
    "/method",
    "/data",
    "/accessibility",
    "/corrections",
)
_XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_TYPES = {
    ".gz": "application/gzip",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".txt": "text/plain; charset=utf-8",
}


def routes() -> list[tuple[str, Any]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    return [
        (r"^/sitemap(?:-(?P<number>[1-9]\d{0,3}))?\.xml$", sitemap),
        (r"^/robots\.txt$", robots),
        (r"^/llms\.txt$", llms),
        (r"^/downloads/(?P<date>\d{4}-\d{2}-\d{2}|latest)/(?P<name>[A-Za-z0-9_.-]+)$", download),
    ]


def base_of(request: Request) -> str:
    """The address of this site as the visitor sees it; a host name that is none gives "localhost"."""
    host = request.host if _HOST.fullmatch(request.host or "") else "localhost"
    return f"{request.scheme}://{host}"


# --- for search engines


async def sitemap(datasette: Any, request: Request) -> Response:
    """/sitemap.xml: every page, or the index of /sitemap-1.xml and so on where there are too many for one."""
    number = request.url_vars.get("number")
    own = await read(datasette, _own_pages)
    count = len(own) + sum(int(datasette.section54.meta[name]) for name in ("organisations", "statements"))
    parts = -(-count // MAX_ADDRESSES)
    if is_private(datasette) or (number and int(number) > parts):
        return await not_found(datasette, request, "There is no such sitemap.")
    base = base_of(request)
    if parts > 1 and number is None:
        text = _index(base, parts, datasette.section54.meta["generated_at"])
    else:
        first = (int(number or 1) - 1) * MAX_ADDRESSES
        text = _urlset(base, await read(datasette, partial(_addresses, own=own, first=first)))
    return Response(text, headers=cache(datasette), content_type="application/xml; charset=utf-8")


def _own_pages(connection: sqlite3.Connection) -> list[str]:
    """The paths of our own pages, and of the page of each sector and year."""
    rows = connection.execute(
        """
        select * from (select '/sectors/' || id from sectors order by id)
        union all
        select * from (select distinct '/years/' || year from coverage_summary order by year)
        """
    )
    return [*OWN_PAGES, *(row[0] for row in rows)]


def _addresses(connection: sqlite3.Connection, own: Sequence[str], first: int) -> list[tuple[str, str]]:
    """Path and date of the last change of MAX_ADDRESSES pages from number `first`: `own`, organisations,
    statements.
    """
    made = connection.execute("select value from meta where key = 'generated_at'").fetchone()[0][:10]
    shown = [(path, made) for path in own[first : first + MAX_ADDRESSES]]
    rows = connection.execute(
        """
        select * from (
          select '/organisation/' || id, substr(coalesce(visited_at, :made), 1, 10)
            from organisations order by rowid)
        union all
        select * from (
          select '/statement/' || id, substr(assessed_at, 1, 10) from statements order by rowid)
        limit :limit offset :offset
        """,
        {
            "made": made,
            "limit": MAX_ADDRESSES - len(shown),
            "offset": max(0, first - len(own)),
        },
    )
    return shown + [(row[0], row[1]) for row in rows]


def _urlset(base: str, addresses: list[tuple[str, str]]) -> str:
    start = escape(base)
    entries = "".join(
        [f"<url><loc>{start}{escape(path)}</loc><lastmod>{day}</lastmod></url>\n" for path, day in addresses]
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_XMLNS}">\n{entries}</urlset>\n'


def _index(base: str, parts: int, made: str) -> str:
    entries = "".join(
        f"<sitemap><loc>{escape(base)}/sitemap-{part}.xml</loc><lastmod>{made[:10]}</lastmod></sitemap>\n"
        for part in range(1, parts + 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{_XMLNS}">\n{entries}</sitemapindex>\n'
    )


async def robots(datasette: Any, request: Request) -> Response:
    """Pages may be indexed; tables, facets and searches may not: crawlers that try every combination stop a
    site.
    """
    if is_private(datasette):
        return Response.text("User-agent: *\nDisallow: /\n", headers=cache(datasette))
    text = f"""User-agent: *
Allow: /$
Allow: /organisation/
Allow: /statement/
Disallow: /{DATABASE}
Disallow: /downloads/
Disallow: /check
Disallow: /*?
Sitemap: {base_of(request)}/sitemap.xml
"""
    return Response.text(text, headers=cache(datasette))


# --- for language models


async def llms(datasette: Any, request: Request) -> Response:
    """/llms.txt: what this is, what it is not, and where everything can be had as data."""
    return Response.text(_llms(datasette.section54, base_of(request)), headers=cache(datasette))


def _llms(site: SiteFacts, base: str) -> str:
    tables = "\n".join(
        f"- [{table.name}]({base}/{DATABASE}/{table.name}.json?_shape=array): {table.description}"
        for table in site.dictionary
    )
    questions = "\n".join(
        f"- [{query['title']}]({base}/{DATABASE}/{name}.json?_shape=array)"
        for name, query in site.queries.items()
    )
    bulk = f"\n- [Bulk downloads]({base}/data#downloads): SQLite, CSV and Parquet" if site.downloads else ""
    return f"""# Section 54 statements

> What UK modern slavery statements (Modern Slavery Act 2015, section 54) say about six areas, read out of the
> documents by a program: {site.meta["statements"]} statements of {site.meta["organisations"]} organisations, as of
> {site.meta["generated_at"]}. Every finding names the sentences that it rests on, their page and their source.

Say this with every figure: it is coverage, not compliance. The six areas are optional in law. "none" means that no
passage was found, "could_not_check" that pages could not be read, "unsure" that a person should read it. None of them
is a finding about the organisation, and neither a statement nor its absence shows whether there is slavery anywhere.
Quote a sentence with its page and its address, and give the address of the page here.

## Pages

- [Method and accuracy]({base}/method): what is looked for and how often the model is wrong
- [Search sentences]({base}/evidence): add ?q= and words
- [Data and licence]({base}/data): how to get everything, the dictionary, the licence{bulk}
- [Corrections]({base}/corrections): how to report an error

## As data

- [OpenAPI description]({base}/openapi.json)
- One organisation: {base}/organisation/gb-coh-01234567.json
- One statement: {base}/statement/ and its twelve characters, then .json
- Search: {base}/evidence.json?q=audit and {base}/organisations.json?q=foods
- Names to organisations (Reconciliation Service API): {base}/reconcile
- Any table: put .json?_shape=array or .csv behind its address and filter by any column, as in ?year=2025

## Tables

{tables}

## Named questions

{questions}
"""  # noqa: E501


# --- downloads


async def download(datasette: Any, request: Request) -> Any:
    """One file of a dated folder; "latest" stands for the newest."""
    date, name = request.url_vars["date"], request.url_vars["name"]
    site: SiteFacts = datasette.section54
    path = None if is_private(datasette) else file_at(site.site_db, date, name)
    if path is None:
        return await not_found(
            datasette, request, "There is no such download. The data page lists what there is."
        )
    if date == "latest":
        headers = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
        return Response(
            "", status=302, headers=headers | {"location": f"/downloads/{path.parent.name}/{name}"}
        )
    kind = _TYPES.get(
        path.suffix, "text/plain; charset=utf-8" if name == SUMS else "application/octet-stream"
    )
    saved = f"section54-{date}.sqlite.gz" if name == SQLITE else name
    headers = {**cache(datasette), "access-control-allow-origin": "*"}
    return AsgiFileDownload(str(path), filename=saved, content_type=kind, headers=headers)
