"""Lists on the desk: uploaded, their columns looked at, checked, and the result read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from section54.desk import results, work
from section54.desk.columns import mapping_of, preview
from section54.desk.results import Filter
from section54.desk.visiting import MAX_UPLOAD, NotTaken, Visit, go_to, in_thread
from section54.suppliers.reading.lists import SupplierListError, supplier_list_from, supplier_list_of

PAGE_SIZE = 100


async def lists(visit: Visit) -> Response:
    """All lists; with a form, a new one."""
    if visit.is_form:
        number = await in_thread(_added, visit)
        return go_to(f"/desk/lists/{number}/columns")
    return await visit.page(
        "desk_lists.html", lists=await in_thread(_lists, visit), max_mb=MAX_UPLOAD // 1_000_000
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
    text = visit.fields.get("text", "").strip()
    files = [(Path(name).name or "list", body) for name, body in visit.uploads]
    if not files and not text:
        raise NotTaken("Choose a file, or paste names, one a line.")
    if not files:
        files = [("pasted names.csv", _as_list(text))]
    try:
        preview(files, {})
    except SupplierListError as error:
        raise NotTaken(str(error)) from error
    title = visit.fields.get("title", "").strip()[:120] or _title_of(files)
    with visit.desk() as desk:
        number = desk.add_list(title, files, visit.who)
        desk.note(visit.who, f"added the list {title}", number)
    return number


def _title_of(files: Sequence[tuple[str, bytes]]) -> str:
    first = files[0][0]
    return first if len(files) == 1 else f"{first} and {len(files) - 1} more"


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
    found = await in_thread(visit.find_list)
    if visit.is_form:
        await in_thread(_start_check, visit)
        return go_to(f"/desk/lists/{visit.list_id}")
    read = await in_thread(_preview, visit, found)
    return await visit.page("desk_columns.html", list=found, preview=read)


def _preview(visit: Visit, found: Mapping[str, Any]) -> Any:
    with visit.desk() as desk:
        files = desk.files(visit.list_id)
    return preview(files, found["mapping"])


def _start_check(visit: Visit) -> None:
    mapping = mapping_of(visit.fields)
    with visit.desk() as desk:
        files = desk.files(visit.list_id)
    try:
        supplier_list_of(files, mapping)
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
    return go_to(f"/desk/lists/{visit.list_id}")


async def remove(visit: Visit) -> Response:
    """Ask once more, then take a list off the desk."""
    found = await in_thread(visit.find_list)
    if not visit.is_form:
        return await visit.page("desk_remove.html", list=found)
    with visit.desk() as desk:
        desk.remove_list(visit.list_id)
        desk.note(visit.who, f"removed the list {found['name']}", visit.list_id)
    return go_to("/desk")


async def result(visit: Visit) -> Response:
    """The result of the newest check, or how far the work is."""
    found, job, records, earlier = await in_thread(result_of, visit)
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


def result_of(
    visit: Visit,
) -> tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]], list[dict[str, Any]]]:
    found = visit.find_list()
    with visit.desk() as desk:
        job = desk.newest_job(visit.list_id)
        records = desk.suppliers(found["check_id"]) if found["check_id"] else []
        before = [check["id"] for check in desk.checks_of(visit.list_id)][1:2]
        earlier = desk.suppliers(before[0]) if before else []
    return found, work.state_of(job, work.moment()) if job else None, records, earlier
