"""What all pages of the site share: read the records in one go, answer as a page or as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Request, Response

from section54.site.server import DATABASE

CACHE = {"cache-control": "max-age=600"}
PRIVATE = {"cache-control": "private, no-store"}
"""Of everything that a private instance says: nobody between it and its reader may keep it."""
TIME_LIMIT_MS = 5000
"""For all reads of one of our pages together: a net, since the slowest takes 40 ms of a national
collection, but the clock runs on while a busy machine makes it wait."""
_CORS = {"access-control-allow-origin": "*"}


async def read(datasette: Any, reader: Callable[[sqlite3.Connection], Any]) -> Any:
    """Run all reads of a page in one thread, under one time limit."""

    def in_thread(connection: sqlite3.Connection) -> Any:
        with sqlite_timelimit(connection, TIME_LIMIT_MS):
            try:
                return reader(connection)
            except sqlite3.OperationalError as error:
                if error.args == ("interrupted",):
                    raise QueryInterrupted(error, "", {}) from error
                raise

    return await datasette.get_database(DATABASE).execute_fn(in_thread)


async def page(
    datasette: Any, request: Request, template: str, context: dict[str, Any], status: int = 200
) -> Response:
    body = await datasette.render_template(template, context, request=request, view_name="section54")
    return Response.html(body, status=status, headers=cache(datasette) if status == 200 else {})


async def not_found(datasette: Any, request: Request, message: str) -> Response:
    if request.url_vars.get("json"):
        return Response.json({"ok": False, "error": message, "status": 404}, status=404)
    context = {"status": 404, "title": "Page not found", "error": message}
    return await page(datasette, request, "error.html", context, status=404)


def as_json(datasette: Any, record: dict[str, Any]) -> Response:
    """A record with the time of the data; other sites may read it unless this instance is private."""
    meta = datasette.section54.meta
    headers = cache(datasette) if is_private(datasette) else CACHE | _CORS
    return Response.json({"ok": True, "generated_at": meta["generated_at"], **record}, headers=headers)


def cache(datasette: Any) -> dict[str, str]:
    return PRIVATE if is_private(datasette) else CACHE


def is_private(datasette: Any) -> bool:
    return datasette.section54.private is not None
