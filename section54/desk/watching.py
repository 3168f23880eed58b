"""A list on watch: what has changed at its suppliers since somebody looked."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from db.events import last_event
from db.store import Store
from section54.desk.visiting import NotTaken, Visit, go_to, in_thread
from section54.monitoring.watch import news


async def watch(visit: Visit) -> Response:
    """Put the list on watch from now on, take it off, or note that the changes have been seen."""
    if visit.is_form:
        await in_thread(_set_watch, visit)
    return go_to(f"/desk/lists/{visit.list_id}/changes")


def _set_watch(visit: Visit) -> None:
    found = visit.find_list()
    wanted = visit.fields.get("watch", "")
    words = {"on": "put the list on watch", "off": "took the list off watch", "seen": "has seen the changes"}
    if wanted not in words:
        raise NotTaken("Say whether to watch the list or not.")
    with Store(visit.home.working_db) as store, visit.desk() as desk:
        desk.set_watch(found["id"], None if wanted == "off" else last_event(store))
        desk.note(visit.who, words[wanted], found["id"])


async def changes(visit: Visit) -> Response:
    """What has changed at the suppliers of a watched list, by supplier, with the differences of the texts."""
    found, entries = await in_thread(_changes, visit)
    return await visit.page("desk_changes.html", list=found, entries=entries)


def _changes(visit: Visit) -> tuple[dict[str, Any], list[Any]]:
    found = visit.find_list()
    if found["watched_event"] is None or found["check_id"] is None:
        return found, []
    with visit.desk() as desk:
        records = desk.suppliers(found["check_id"])
    suppliers = [(record["supplier"], record["company_number"]) for record in records]
    with Store(visit.home.working_db) as store:
        return found, news(store, visit.home, suppliers, found["watched_event"])
