"""The addresses of the desk. Only a private instance has them.

Every page works without a script. Forms are taken from our own pages only, and each change is put on the log.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from datasette.utils.asgi import Response

from section54.desk.choosing import match, supplier
from section54.desk.lists import columns, lists, remove, result, stop
from section54.desk.papers import letter, pack, paper, papers
from section54.desk.visiting import NAME_COOKIE, NotTaken, View, Visit, answer, go_to, in_thread
from section54.desk.watching import changes, watch

YEAR = 365 * 24 * 3600

_LIST = r"^/desk/lists/(?P<list>\d{1,9})"
_SUPPLIER = _LIST + r"/suppliers/(?P<position>\d{1,7})"
ROUTES = (
    (r"^/desk$", "lists"),
    (r"^/desk/name$", "name"),
    (r"^/desk/log$", "log"),
    (_LIST + r"$", "result"),
    (_LIST + r"/columns$", "columns"),
    (_LIST + r"/stop$", "stop"),
    (_LIST + r"/remove$", "remove"),
    (_LIST + r"/match$", "match"),
    (_LIST + r"/watch$", "watch"),
    (_LIST + r"/changes$", "changes"),
    (_LIST + r"/papers$", "papers"),
    (_LIST + r"/papers/(?P<file>.+)$", "paper"),
    (_SUPPLIER + r"$", "supplier"),
    (_SUPPLIER + r"/pack\.zip$", "pack"),
    (_SUPPLIER + r"/letter\.docx$", "letter"),
)


def routes(is_desk: bool) -> list[tuple[str, Callable[..., Any]]]:
    """(pattern, view) pairs for Datasette's register_routes; none where this instance has no desk."""
    return [] if not is_desk else [(pattern, partial(answer, _VIEWS[name])) for pattern, name in ROUTES]


async def name(visit: Visit) -> Response:
    """Say who is at work, where nobody has to log in."""
    if not visit.is_form:
        return await visit.page("desk_name.html")
    wanted = visit.fields.get("name", "").strip()[:80]
    if not wanted:
        raise NotTaken("Give your name or your role.")
    response = go_to("/desk")
    response.set_cookie(NAME_COOKIE, quote(wanted), max_age=YEAR, httponly=True, samesite="strict")
    return response


async def log(visit: Visit) -> Response:
    """Who did what, newest first."""

    def entries() -> list[dict[str, Any]]:
        with visit.desk() as desk:
            return desk.log()

    return await visit.page("desk_log.html", entries=await in_thread(entries))


_VIEWS: dict[str, View] = {
    "lists": lists, "columns": columns, "stop": stop, "remove": remove, "result": result, "match": match,
    "supplier": supplier, "papers": papers, "watch": watch, "changes": changes, "paper": paper, "pack": pack,
    "letter": letter, "name": name, "log": log,
}  # fmt: skip
