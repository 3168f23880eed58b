"""What a private instance shows beyond the published file: whole texts with the evidence in place, page
images, stored copies.

All of it is the copyright of the organisations that made the statements, names and signatures included. These
routes exist only where the site was started as a private instance; it reads the working collection and writes
nothing to it but the cache of pictures.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from datasette.utils.asgi import Request, Response

from crawler.archive import read_body
from db.store import Store
from section54.holdings import SUFFIXES
from section54.pictures import NoPicture, draw, evidence_pages
from section54.settings import Home
from section54.site import rows as site_rows
from section54.site.records import Difference, Sentence
from section54.site.respond import PRIVATE, not_found, page, read
from section54.site.threads import in_thread

Row = dict[str, Any]

_STATEMENT = r"^/statement/(?P<id>[0-9a-f]{12})"
ROUTES = (
    (_STATEMENT + r"/text$", "text"),
    (_STATEMENT + r"/pages/(?P<page>[1-9]\d{0,3})\.png$", "picture"),
    (_STATEMENT + r"/document$", "document"),
)
_DRAWING = threading.Lock()
"""One picture at a time: each takes a process of its own."""


def routes(private: Home | None) -> list[tuple[str, Callable[..., Any]]]:
    """(pattern, view) pairs for Datasette's register_routes; none in public."""
    views = {"text": text, "picture": picture, "document": document}
    return [] if private is None else [(pattern, views[name]) for pattern, name in ROUTES]


async def text(datasette: Any, request: Request) -> Response:
    """The whole text of a statement, page by page, with the evidence highlighted in place."""
    record = await read(datasette, partial(site_rows.statement, identifier=request.url_vars["id"]))
    if record is None:
        return await not_found(datasette, request, "There is no statement of this number here.")
    home: Home = datasette.section54.private
    sentences = await in_thread(partial(whole_text, home, record["sha256"], record["extractor_version"]))
    pictured = await in_thread(partial(_pictured, home, record["sha256"]))
    pages = by_page(sentences, record["evidence"], has_pages=record["method"] in ("pdf", "ocr"))
    return await page(
        datasette, request, "text.html", {"statement": record, "pages": pages, "pictured": pictured}
    )


async def picture(datasette: Any, request: Request) -> Response:
    """A page of the document as PNG, with the boxes of the evidence on it."""
    sha256 = await _document_of(datasette, request)
    if sha256 is None:
        return await not_found(datasette, request, "There is no statement of this number here.")
    home: Home = datasette.section54.private
    try:
        body = await in_thread(partial(_draw, home, sha256, int(request.url_vars["page"])))
    except NoPicture as reason:
        return await not_found(datasette, request, f"There is no picture of this page: {reason}.")
    return _bytes(body, "image/png", {})


async def document(datasette: Any, request: Request) -> Response:
    """The stored copy, byte for byte, as a download: nothing of it may run on our pages."""
    sha256 = await _document_of(datasette, request)
    found = await in_thread(partial(_stored, datasette.section54.private, sha256)) if sha256 else None
    if not found:
        return await not_found(datasette, request, "There is no stored copy of this document.")
    body, content_type = found
    name = f"{sha256}{SUFFIXES.get(content_type, '.bin')}"
    return _bytes(body, content_type, {"content-disposition": f'attachment; filename="{name}"'})


def whole_text(home: Home, sha256: str, extractor_version: str) -> list[Row]:
    """The sentences of a document in reading order, as they were when it was published; empty where it is
    gone.
    """
    with closing(sqlite3.connect(f"{home.working_db.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(
            """
            select position, text, page, kind from sentences where sha256 = ?
              and extractor_version = ? order by position
            """,
            [sha256, extractor_version],
        )
        return [dict(row) for row in rows]


def difference_of_texts(home: Home, newer: Mapping[str, Any], older: Mapping[str, Any]) -> Difference | None:
    """The sentences that came and went between the whole texts of two statements; None where one is gone."""
    before, after = (
        [row["text"] for row in whole_text(home, one["sha256"], one["extractor_version"])]
        for one in (older, newer)
    )
    return site_rows.difference_record(before, after) if before and after else None


def by_page(sentences: Sequence[Row], evidence: Sequence[Sentence], *, has_pages: bool) -> list[Row]:
    """The sentences by page, each with the `evidence` that it is, or None.

    One page without a number for a web page.
    """
    found = {row["position"]: row for row in evidence}
    pages: dict[int | None, list[Row]] = {}
    for sentence in sentences:
        number = sentence["page"] if has_pages else None
        pages.setdefault(number, []).append({**sentence, "evidence": found.get(sentence["position"])})
    return [{"number": number, "sentences": rows} for number, rows in pages.items()]


async def _document_of(datasette: Any, request: Request) -> str | None:
    def find(connection: sqlite3.Connection) -> str | None:
        row = connection.execute(
            "select sha256 from statements where id = ?", [request.url_vars["id"]]
        ).fetchone()
        return row["sha256"] if row else None

    sha256: str | None = await read(datasette, find)
    return sha256


def _pictured(home: Home, sha256: str) -> set[int]:
    with Store(home.working_db) as store:
        return {marked.page for marked in evidence_pages(store, sha256)}


def _draw(home: Home, sha256: str, number: int) -> bytes:
    with _DRAWING, Store(home.working_db) as store:
        for marked in evidence_pages(store, sha256):
            if marked.page == number:
                return draw(store, home, marked)
    raise NoPicture("no passage was found on it, or the document is no PDF")


def _stored(home: Home, sha256: str) -> tuple[bytes, str] | None:
    """The bytes of a document and their type; None where they were not kept or cannot be read."""
    with Store(home.working_db) as store:
        place = store.stored_copy(sha256)
        content_type = store.value("select content_type from documents where sha256 = ?", [sha256])
    if place is None:
        return None
    try:
        return read_body(home.warc / place[0], place[1]), content_type
    except (OSError, ValueError):
        return None


def _bytes(body: bytes, content_type: str, headers: Mapping[str, str]) -> Response:
    return Response(body, headers={**PRIVATE, **headers}, content_type=content_type)
