"""Decisions at the desk: which organisation a supplier is, and what a person saw or knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from section54.desk import results, single, work
from section54.desk.lists import result_of
from section54.desk.results import Filter
from section54.desk.visiting import Gone, NotTaken, Visit, go_to, in_thread
from section54.exceptions import InputError
from section54.suppliers.deciding import recording
from section54.suppliers.deciding.resolving import decision_of


async def match(visit: Visit) -> Response:
    """The next supplier whose organisation a person has to choose; with a form, the choice."""
    if visit.is_form:
        after = await in_thread(_decided, visit)
        return go_to(f"/desk/lists/{visit.list_id}/match?" + urlencode({"after": after}))
    found, _, records, _ = await in_thread(result_of, visit)
    waiting = [one for one in results.chosen(records, Filter()) if results.is_open(one)]
    after = visit.request.args.get("after", "")
    skipped = {
        int(number) for number in visit.request.args.get("skipped", "").split(",") if number.isdecimal()
    }
    left = [one for one in waiting if one["position"] not in skipped]
    last = await in_thread(_last_decision, visit, after)
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
    """Keep the decision of a form, or take one back, and check the supplier again; return the decision's
    number.
    """
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


async def supplier(visit: Visit) -> Response:
    """All that is known of one supplier; with a form, a decision about it or a look at its website."""
    if visit.is_form:
        await in_thread(_act, visit)
        return go_to(visit.request.path)
    found, job, records, _ = await in_thread(result_of, visit)
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
