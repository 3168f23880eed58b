"""One request to the desk: what was asked, by whom, its form, and how it is answered when it can't be
taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote

from datasette.utils.asgi import Request, Response

from db.desk import DeskStore
from section54.desk import results, single, work
from section54.desk.columns import FIELD_TITLES
from section54.settings import Home
from section54.site.forms import FormError, cross_site, read_form
from section54.site.respond import PRIVATE

MAX_UPLOAD = 20_000_000
"""Bytes of one upload: a year of a large buyer's payments is 8 MB."""
NAME_COOKIE = "section54_desk_name"


class Gone(LookupError):
    """There is no such list, supplier or paper; the message says which."""


class NotTaken(Exception):
    """A form that can't be taken; the message says why, `status` is the answer's."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Visit:
    """One request to the desk: what was asked, by whom, and the collection that it is about."""

    def __init__(self, datasette: Any, request: Request) -> None:
        self.datasette, self.request = datasette, request
        self.home: Home = datasette.section54.private
        self.today = work.moment().date()
        self.fields: dict[str, str] = {}
        self.uploads: list[tuple[str, bytes]] = []

    @property
    def who(self) -> str:
        """Who is at work: the name that was logged in with, else the one that was typed in; "" before
        that.
        """
        actor = self.request.actor or {}
        return str(actor.get("id") or unquote(self.request.cookies.get(NAME_COOKIE, ""))).strip()[:80]

    @property
    def is_form(self) -> bool:
        return bool(self.request.method == "POST")

    @property
    def list_id(self) -> int:
        return int(self.request.url_vars["list"])

    @property
    def position(self) -> int:
        return int(self.request.url_vars["position"])

    @contextmanager
    def desk(self) -> Iterator[DeskStore]:
        with closing(DeskStore(self.home.private_db)) as desk:
            yield desk

    def find_list(self) -> dict[str, Any]:
        """The list that the address names. Raises Gone."""
        with self.desk() as desk:
            found = desk.find_list(self.list_id)
        if found is None:
            raise Gone("There is no such list. It may have been removed.")
        return found

    def record(self) -> dict[str, Any]:
        """The supplier that the address names, as it was checked last. Raises Gone."""
        found = self.find_list()
        with self.desk() as desk:
            record = desk.supplier(found["check_id"], self.position) if found["check_id"] else None
        if record is None:
            raise Gone("There is no such supplier in this list.")
        return record

    async def page(self, template: str, status: int = 200, **context: Any) -> Response:
        given = {"who": self.who, "results": results, "field_titles": FIELD_TITLES, **context}
        body = await self.datasette.render_template(
            template, given, request=self.request, view_name="section54"
        )
        return Response.html(body, status=status, headers=PRIVATE)


View = Callable[[Visit], Awaitable[Response]]


async def answer(view: View, datasette: Any, request: Request) -> Response:
    """Take the form, if there is one, show the page, and say in words what went wrong."""
    visit = Visit(datasette, request)
    try:
        if visit.is_form:
            await _take_form(visit)
        return await view(visit)
    except (Gone, single.NoSuchSupplier) as reason:
        return await visit.page("desk_error.html", 404, title="Not here", error=str(reason))
    except NotTaken as reason:
        return await visit.page(
            "desk_error.html", reason.status, title="That was not done", error=str(reason)
        )


async def _take_form(visit: Visit) -> None:
    if cross_site(visit.request):
        raise NotTaken("This form was sent by a page of another site.", 403)
    try:
        form = await read_form(visit.request, MAX_UPLOAD)
    except FormError as error:
        raise NotTaken(str(error), error.status) from error
    visit.fields, visit.uploads = form.fields, form.uploads
    if not visit.who and visit.request.path != "/desk/name":
        raise NotTaken("Say who you are first: decisions are kept with a name. Use 'Your name' at the top.")


async def in_thread(step: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, partial(step, *arguments))


def go_to(address: str) -> Response:
    return Response.redirect(address, status=303, headers=PRIVATE)
