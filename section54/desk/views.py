"""The pages of the desk: an officer's lists, results, matches and papers. Only a private instance has them.

Every page works without a script. Forms are taken from our own pages only, and each change is put on the log.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from datasette.utils.asgi import Request, Response

from db.desk import DeskStore
from section54.desk import results, single, work
from section54.desk.columns import FIELD_TITLES, mapping_of, preview
from section54.desk.results import Filter
from section54.exceptions import InputError
from section54.settings import Home
from section54.site.forms import FormError, cross_site, read_form
from section54.site.respond import PRIVATE
from section54.suppliers.deciding import recording
from section54.suppliers.deciding.resolving import decision_of
from section54.suppliers.reading.lists import SupplierListError, supplier_list_from
from section54.suppliers.report import letters

MAX_UPLOAD = 20_000_000
"""Bytes of one upload: a year of a large buyer's payments is 8 MB."""
PAGE_SIZE = 100
NAME_COOKIE = "section54_desk_name"
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
    (_LIST + r"/papers$", "papers"),
    (_LIST + r"/papers/(?P<file>.+)$", "paper"),
    (_SUPPLIER + r"$", "supplier"),
    (_SUPPLIER + r"/pack\.zip$", "pack"),
    (_SUPPLIER + r"/letter\.docx$", "letter"),
)


class Gone(LookupError):
    """There is no such list, supplier or paper; the message says which."""


class NotTaken(Exception):
    """A form that can't be taken; the message says why, `status` is the answer's."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def routes(is_desk: bool) -> list[tuple[str, Callable[..., Any]]]:
    """(pattern, view) pairs for Datasette's register_routes; none where this instance has no desk."""
    return [] if not is_desk else [(pattern, partial(_answer, _VIEWS[name])) for pattern, name in ROUTES]


class Visit:
    """One request to the desk: what was asked, by whom, and the collection that it is about."""

    def __init__(self, datasette: Any, request: Request) -> None:
        self.datasette, self.request = datasette, request
        self.home: Home = datasette.section54.private
        self.today = work.moment().date()
        self.fields: dict[str, str] = {}
        self.files: dict[str, tuple[str, bytes]] = {}

    @property
    def who(self) -> str:
        """Who is at work: the name that was logged in with, else the one that was typed in; "" before that."""
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


async def _answer(view: View, datasette: Any, request: Request) -> Response:
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
    visit.fields, visit.files = form.fields, form.files
    if not visit.who and visit.request.path != "/desk/name":
        raise NotTaken("Say who you are first: decisions are kept with a name. Use 'Your name' at the top.")


async def _in_thread(step: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, partial(step, *arguments))


def _go(address: str) -> Response:
    return Response.redirect(address, status=303, headers=PRIVATE)


# --- lists


async def lists(visit: Visit) -> Response:
    """All lists; with a form, a new one."""
    if visit.is_form:
        number = await _in_thread(_added, visit)
        return _go(f"/desk/lists/{number}/columns")
    return await visit.page(
        "desk_lists.html", lists=await _in_thread(_lists, visit), max_mb=MAX_UPLOAD // 1_000_000
    )


def _lists(visit: Visit) -> list[dict[str, Any]]:
    with visit.desk() as desk:
        found = desk.lists()
        for one in found:
            records = desk.suppliers(one["check_id"]) if one["check_id"] else []
            one["groups"] = results.groups(records)
            one["to_do"] = sum(
                group.suppliers for group in one["groups"] if group.status in results.ORDER[:3]
            )
            job = desk.newest_job(one["id"])
            one["job"] = work.state_of(job, work.moment()) if job else None
    return found


def _added(visit: Visit) -> int:
    name, body = visit.files.get("file", ("", b""))
    text = visit.fields.get("text", "").strip()
    if not body and not text:
        raise NotTaken("Choose a file, or paste names, one a line.")
    if not body:
        name, body = "pasted names.csv", _as_list(text)
    file_name = Path(name).name or "list"
    try:
        preview(file_name, body, {})
    except SupplierListError as error:
        raise NotTaken(str(error)) from error
    with visit.desk() as desk:
        title = visit.fields.get("title", "").strip()[:120] or file_name
        number = desk.add_list(title, [(file_name, body)], visit.who)
        desk.note(visit.who, f"added the list {title}", number)
    return number


def _as_list(text: str) -> bytes:
    """Pasted text as a list: with headings as it is, else every line is a name."""
    try:
        supplier_list_from(text.encode(), "the pasted list")
    except SupplierListError:
        lines = (line.strip().replace('"', '""') for line in text.splitlines() if line.strip())
        return "\n".join(["supplier", *(f'"{line}"' for line in lines)]).encode()
    return text.encode()


async def columns(visit: Visit) -> Response:
    """How the columns were understood; with a form, change them or start the check."""
    found = await _in_thread(visit.find_list)
    if visit.is_form:
        await _in_thread(_start_check, visit)
        return _go(f"/desk/lists/{visit.list_id}")
    read = await _in_thread(_preview, visit, found)
    return await visit.page("desk_columns.html", list=found, preview=read)


def _preview(visit: Visit, found: Mapping[str, Any]) -> Any:
    with visit.desk() as desk:
        files = desk.files(visit.list_id)
    return preview(files[0][0], files[0][1], found["mapping"])


def _start_check(visit: Visit) -> None:
    mapping = mapping_of(visit.fields)
    with visit.desk() as desk:
        (name, body), *_ = desk.files(visit.list_id)
    try:
        supplier_list_from(body, name, mapping)
    except SupplierListError as error:
        raise NotTaken(str(error)) from error
    with visit.desk() as desk:
        desk.set_mapping(visit.list_id, mapping)
    work.start(visit.home, visit.datasette.section54.desk, visit.list_id, "check", visit.who)


async def stop(visit: Visit) -> Response:
    """Stop the work that is under way for a list."""
    if visit.is_form:
        with visit.desk() as desk:
            job = desk.newest_job(visit.list_id)
            if job and job["ended_at"] is None:
                desk.ask_to_stop(job["id"])
                desk.note(visit.who, "stopped the work on the list", visit.list_id)
    return _go(f"/desk/lists/{visit.list_id}")


async def remove(visit: Visit) -> Response:
    """Ask once more, then take a list off the desk."""
    found = await _in_thread(visit.find_list)
    if not visit.is_form:
        return await visit.page("desk_remove.html", list=found)
    with visit.desk() as desk:
        desk.remove_list(visit.list_id)
        desk.note(visit.who, f"removed the list {found['name']}", visit.list_id)
    return _go("/desk")


# --- the result


async def result(visit: Visit) -> Response:
    """The result of the newest check, or how far the work is."""
    found, job, records, earlier = await _in_thread(_result, visit)
    if job and job["state"] in ("waiting", "running") and job["kind"] == "check":
        return await visit.page("desk_progress.html", list=found, job=job)
    if found["check_id"] is None:
        return await visit.page("desk_progress.html", list=found, job=job)
    wanted = Filter.of({key: visit.request.args[key] for key in visit.request.args})
    shown = results.chosen(records, wanted)
    pages = -(-len(shown) // PAGE_SIZE)
    groups = results.groups(records)
    return await visit.page(
        "desk_result.html",
        list=found,
        job=job,
        groups=groups,
        picture=results.picture(groups),
        total=len(records),
        shown=shown[(wanted.page - 1) * PAGE_SIZE : wanted.page * PAGE_SIZE],
        matching=len(shown),
        pages=pages,
        filter=wanted,
        address=lambda **changes: "?" + urlencode(wanted.address(**changes)),
        open=sum(results.is_open(record) for record in records),
        changes=results.changes(earlier, records) if earlier else [],
    )


def _result(
    visit: Visit,
) -> tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]], list[dict[str, Any]]]:
    found = visit.find_list()
    with visit.desk() as desk:
        job = desk.newest_job(visit.list_id)
        records = desk.suppliers(found["check_id"]) if found["check_id"] else []
        before = [check["id"] for check in desk.checks_of(visit.list_id)][1:2]
        earlier = desk.suppliers(before[0]) if before else []
    return found, work.state_of(job, work.moment()) if job else None, records, earlier


# --- matching


async def match(visit: Visit) -> Response:
    """The next supplier whose organisation a person has to choose; with a form, the choice."""
    if visit.is_form:
        after = await _in_thread(_decided, visit)
        return _go(f"/desk/lists/{visit.list_id}/match?" + urlencode({"after": after}))
    found, _, records, _ = await _in_thread(_result, visit)
    waiting = [one for one in results.chosen(records, Filter()) if results.is_open(one)]
    after = visit.request.args.get("after", "")
    skipped = {
        int(number) for number in visit.request.args.get("skipped", "").split(",") if number.isdecimal()
    }
    left = [one for one in waiting if one["position"] not in skipped]
    last = await _in_thread(_last_decision, visit, after)
    return await visit.page(
        "desk_match.html",
        list=found,
        record=next(iter(left), None),
        left=len(waiting),
        skipped=sorted(skipped),
        last=last,
    )


def _last_decision(visit: Visit, number: str) -> dict[str, Any] | None:
    """The decision that was made last, to be taken back."""
    if not number.isdecimal():
        return None
    rows = [row for row in recording.on_record(visit.home) if row["id"] == int(number)]
    return {"id": rows[0]["id"], "text": recording.as_text(decision_of(rows[0]))} if rows else None


_CHOICES = {"same": "choose", "not_same": "reject", "none": "none", "confirm": "confirm"}


def _decided(visit: Visit) -> str:
    """Keep the decision of a form, or take one back, and check the supplier again; return the decision's number."""
    undo = visit.fields.get("undo", "")
    if undo:
        return _taken_back(visit, undo)
    position = visit.fields.get("position", "")
    if not position.isdecimal():
        raise NotTaken("The form does not say which supplier it is about.")
    with visit.desk() as desk:
        found = desk.find_list(visit.list_id)
        record = desk.supplier(found["check_id"], int(position)) if found and found["check_id"] else None
    if record is None:
        raise Gone("There is no such supplier in this list.")
    _decide(visit, record, visit.fields.get("choice", ""), visit.fields.get("organisation") or None)
    newest = max(row["id"] for row in recording.on_record(visit.home))
    return str(newest)


def _decide(visit: Visit, record: Mapping[str, Any], choice: str, organisation: str | None) -> None:
    how = _CHOICES.get(choice) or (choice if choice in ("looked", "likely", "unlikely") else None)
    if how is None:
        raise NotTaken("Choose one of the organisations, or none of them.")
    try:
        decision = recording.decide(
            visit.home,
            how,
            record["supplier"],
            organisation,
            record["company_number"],
            visit.fields.get("reason", ""),
            visit.who,
        )
    except InputError as error:
        raise NotTaken(str(error)) from error
    with visit.desk() as desk:
        desk.note(visit.who, recording.as_text(decision), visit.list_id)
    single.check_again(visit.home, visit.list_id, record["position"], visit.today)


def _taken_back(visit: Visit, number: str) -> str:
    if not number.isdecimal() or not recording.withdraw(visit.home, int(number)):
        raise NotTaken("That decision is not on record any more.")
    with visit.desk() as desk:
        desk.note(visit.who, f"took back decision {number}", visit.list_id)
        found = desk.find_list(visit.list_id)
        records = desk.suppliers(found["check_id"]) if found and found["check_id"] else []
    row = next(row for row in recording.on_record(visit.home, withdrawn=True) if row["id"] == int(number))
    for record in records:
        if record["supplier"] == row["supplier"]:
            single.check_again(visit.home, visit.list_id, record["position"], visit.today)
    return ""


# --- one supplier


async def supplier(visit: Visit) -> Response:
    """All that is known of one supplier; with a form, a decision about it or a look at its website."""
    if visit.is_form:
        await _in_thread(_act, visit)
        return _go(visit.request.path)
    found, job, records, _ = await _in_thread(_result, visit)
    record = next((one for one in records if one["position"] == visit.position), None)
    if record is None:
        raise Gone("There is no such supplier in this list.")
    order = [one["position"] for one in results.chosen(records, Filter())]
    at = order.index(visit.position)
    return await visit.page(
        "desk_supplier.html",
        list=found,
        job=job if job and job["kind"] == "look" and job["subject"] == str(visit.position) else None,
        record=record,
        organisation=results.organisation_of(record),
        following=order[at + 1] if at + 1 < len(order) else None,
    )


def _act(visit: Visit) -> None:
    record = visit.record()
    choice = visit.fields.get("choice", "")
    if choice == "look":
        work.start(
            visit.home, visit.datasette.section54.desk, visit.list_id, "look", visit.who, str(visit.position)
        )
        return
    if choice in ("looked", "likely", "unlikely") and not visit.fields.get("reason", "").strip():
        raise NotTaken("Say what you saw, and where: others have to be able to follow it.")
    _decide(visit, record, choice, visit.fields.get("organisation") or None)


# --- papers


async def papers(visit: Visit) -> Response:
    """The files of the newest check."""
    found = await _in_thread(visit.find_list)
    folder = await _in_thread(_folder, visit, found)
    files = {name: (folder / name).is_file() for name in PAPERS} if folder else {}
    return await visit.page("desk_papers.html", list=found, files=files, papers=PAPERS)


PAPERS = {
    "panel.html": (
        "Panel paper",
        "Counts and spend by result, for a panel or a report. Opens in the browser; print it.",
    ),
    "suppliers.xlsx": ("Workbook", "Every supplier with its result, reasons and areas."),
    "report.html": ("Report", "Every supplier with its evidence, to read in the browser."),
    "email.txt": ("Text for an e-mail", "Totals, and what to look at first."),
    "expected.ics": ("Calendar", "When guidance expects the next statements, for your calendar program."),
    "suppliers.csv": ("Table (CSV)", "One row a supplier, for other programs."),
    "to-decide.csv": ("Sheet to decide on", "The suppliers whose organisation is still to be chosen."),
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _folder(visit: Visit, found: Mapping[str, Any]) -> Path | None:
    with visit.desk() as desk:
        check = desk.check(found["check_id"]) if found["check_id"] else None
    return Path(check["folder"]) if check else None


async def paper(visit: Visit) -> Response:
    """One file of the newest check. Reports may lead to further pages beside them."""
    found = await _in_thread(visit.find_list)
    folder = await _in_thread(_folder, visit, found)
    path = (folder / visit.request.url_vars["file"]).resolve() if folder else None
    inside = (
        path is not None and folder is not None and path.is_relative_to(folder.resolve()) and path.is_file()
    )
    if not inside or path is None or path.suffix not in _TYPES:
        raise Gone("There is no such paper. Check the list again to write it.")
    body = await _in_thread(path.read_bytes)
    shown = path.suffix in (".html", ".svg")
    disposition = "inline" if shown else f"attachment; filename*=UTF-8''{quote(path.name)}"
    headers = {**PRIVATE, "content-disposition": disposition}
    return Response(body, headers=headers, content_type=_TYPES[path.suffix])


async def pack(visit: Visit) -> Response:
    """The evidence on one supplier as a ZIP file."""
    record = await _in_thread(visit.record)
    found = await _in_thread(visit.find_list)
    folder = await _in_thread(_folder, visit, found)
    body = await _in_thread(_zipped, folder, record["position"]) if folder else None
    if body is None:
        raise Gone("The papers of this check are gone. Check the list again to write them.")
    name = f"evidence-{record['position']:04}.zip"
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, content_type="application/zip")


def _zipped(folder: Path, position: int) -> bytes | None:
    place = next(iter(sorted((folder / "packs").glob(f"{position:04}-*"))), None)
    if place is None:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(place.iterdir()):
            archive.write(path, f"{place.name}/{path.name}")
    return out.getvalue()


async def letter(visit: Visit) -> Response:
    """A draft letter, where nothing stands against one."""
    body = await _in_thread(_letter, visit)
    headers = {**PRIVATE, "content-disposition": 'attachment; filename="draft-letter.docx"'}
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Response(body, headers=headers, content_type=kind)


def _letter(visit: Visit) -> bytes:
    item = single.checked(visit.home, single.line_of(visit.home, visit.list_id, visit.position), visit.today)
    missing = letters.lacking(item, visit.today)
    if missing:
        raise NotTaken(f"There is no letter yet: {'; '.join(missing)}.")
    return letters.as_docx(letters.draft(item, visit.today, letters.Sender()))


# --- who, and what was done


async def name(visit: Visit) -> Response:
    """Say who is at work, where nobody has to log in."""
    if not visit.is_form:
        return await visit.page("desk_name.html")
    wanted = visit.fields.get("name", "").strip()[:80]
    if not wanted:
        raise NotTaken("Give your name or your role.")
    response = _go("/desk")
    response.set_cookie(NAME_COOKIE, quote(wanted), max_age=YEAR, httponly=True, samesite="strict")
    return response


async def log(visit: Visit) -> Response:
    """Who did what, newest first."""

    def entries() -> list[dict[str, Any]]:
        with visit.desk() as desk:
            return desk.log()

    return await visit.page("desk_log.html", entries=await _in_thread(entries))


_VIEWS: dict[str, View] = {
    "lists": lists, "columns": columns, "stop": stop, "remove": remove, "result": result, "match": match,
    "supplier": supplier, "papers": papers, "paper": paper, "pack": pack, "letter": letter, "name": name, "log": log,
}  # fmt: skip
