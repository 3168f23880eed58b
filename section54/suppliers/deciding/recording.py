"""Put a person's decisions on record, list them, take them out and in. `decisions` says what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from db import facts as rows
from db.private import PrivateStore
from db.store import Store
from domain.company_numbers import normalise_company_number
from domain.dates import stamp
from section54.exceptions import InputError
from section54.settings import Home
from section54.suppliers.deciding.decisions import (
    VERDICT_WORDS,
    Decision,
    Verdict,
    read_decisions,
    supplier_key,
    write_decisions,
)
from section54.suppliers.deciding.resolving import company_of, decision_of, known_names, open_companies
from section54.suppliers.matching.matcher import Matcher

_VERDICTS = {
    "confirm": Verdict.SAME,
    "choose": Verdict.SAME,
    "reject": Verdict.NOT_SAME,
    "none": Verdict.NONE,
    "looked": Verdict.LOOKED,
    "likely": Verdict.SCOPE_LIKELY,
    "unlikely": Verdict.SCOPE_UNLIKELY,
}


def decide(
    home: Home,
    how: str,
    supplier: str,
    organisation: str | None,
    number: str | None = None,
    reason: str = "",
    by: str | None = None,
    anyway: bool = False,
) -> Decision:
    """Keep one decision; `how` is confirm, choose, reject, none, looked, likely or unlikely (the last two on
    scope).

    Without `organisation` it is about what the last check of a list with this supplier said. Raises
    InputError where there is none, or nothing to decide on; `anyway` keeps a decision on a supplier that no
    checked list holds.
    """
    if number is not None and normalise_company_number(number) is None:
        raise InputError(f"{number!r} is not recognised as a company number")
    with closing(PrivateStore(home.private_db)) as private:
        last = _last(private, supplier, normalise_company_number(number))
        identifier, name = _chosen(home, how, supplier, organisation, last)
        if last is None and not anyway:
            raise InputError(
                f"no checked list has the supplier {supplier!r}, written like this: check the list first, or "
                "use --anyway"
            )
        decision = Decision(
            supplier=last["supplier"] if last else supplier,
            company_number=normalise_company_number(number) or (last or {}).get("company_number"),
            verdict=_VERDICTS[how],
            organisation_id=identifier,
            organisation=name,
            offered=tuple(one[0] for one in last["candidates"]) if last and how == "none" else (),
            reason=reason.strip(),
            decided_by=(by or "").strip() or None,
            decided_at=stamp(),
        )
        private.save_decisions([_row(decision)])
    return decision


def _last(private: PrivateStore, supplier: str, number: str | None) -> dict[str, Any] | None:
    """What the last check with this supplier said of it."""
    found = [
        row
        for row in private.last_results(supplier)
        if number is None or row["company_number"] in {None, number}
    ]
    if len({row["company_number"] for row in found}) > 1:
        numbers = ", ".join(str(row["company_number"]) for row in found)
        raise InputError(
            f"the list has {supplier!r} with several company numbers ({numbers}): say which with --number"
        )
    return found[0] if found else None


def _chosen(
    home: Home, how: str, supplier: str, organisation: str | None, last: Mapping[str, Any] | None
) -> tuple[str | None, str | None]:
    if organisation is not None:
        return _organisation(home, organisation)
    if last is None:
        raise InputError(f"no checked list has the supplier {supplier!r}: name the organisation")
    if how == "none":
        if not last["candidates"]:
            raise InputError(f"the last check offered no organisation for {supplier!r}")
        return None, None
    if last["organisation_id"] is None:
        raise InputError(
            f"the last check matched {supplier!r} to no organisation: use `section54 decide choose` first"
        )
    return last["organisation_id"], next(
        (name for one, name in last["candidates"] if one == last["organisation_id"]), None
    )


def _organisation(home: Home, wanted: str) -> tuple[str, str]:
    """The id and name of an organisation of the collection or of the Companies House snapshot."""
    names: dict[str, str] = {}
    match = None
    if home.working_db.exists():
        with Store(home.working_db) as store:
            names = rows.organisation_names(store)
            match = Matcher(known_names(store)).match(wanted, wanted).organisation_id
    if wanted in names or match is not None:
        identifier = wanted if wanted in names else str(match)
        return identifier, names[identifier]
    with open_companies(home) as companies:
        number = normalise_company_number(wanted)
        company = company_of(companies, f"gb-coh-{number.lower()}" if number else "name-", wanted)
    if company is None:
        raise InputError(
            f"{wanted!r} is no organisation of the collection (id, company number or name) and no company of "
            "a loaded "
            "Companies House file"
        )
    return f"gb-coh-{company.number.lower()}", company.name


def _row(decision: Decision) -> dict[str, Any]:
    row = asdict(decision)
    del row["id"]
    return {**row, "verdict": str(decision.verdict)}


def as_text(decision: Decision) -> str:
    named = ", ".join(filter(None, (decision.organisation, decision.organisation_id)))
    about = f" ({named})" if named else ""
    return f"{decision.supplier}: {VERDICT_WORDS[decision.verdict]}{about}; {decision.sentence()}"


def on_record(home: Home, *, withdrawn: bool = False) -> list[dict[str, Any]]:
    """The decisions as rows, oldest first."""
    if not home.private_db.exists():
        return []
    with closing(PrivateStore(home.private_db)) as private:
        return private.decisions(withdrawn=withdrawn)


def rows_as_text(found: Iterable[Mapping[str, Any]]) -> str:
    lines = [
        f"{row['id']:>4}  {as_text(decision_of(row))}"
        + (f" (withdrawn {row['withdrawn_at']})" if row["withdrawn_at"] else "")
        for row in found
    ]
    return "\n".join(lines) or "no decisions on record"


def withdraw(home: Home, number: int) -> bool:
    with closing(PrivateStore(home.private_db)) as private:
        return private.withdraw(number)


def export(home: Home, path: Path) -> int:
    """Write the decisions that stand to `path`; return how many."""
    decisions = [decision_of(row) for row in on_record(home)]
    write_decisions(decisions, path)
    return len(decisions)


def import_file(home: Home, path: Path, by: str | None = None) -> tuple[int, int]:
    """Keep the decisions of a sheet, all or none; return how many it holds, and how many of them are new.

    A row without a time that says what is on record already is not new: a sheet that is imported twice
    changes nothing. Raises DecisionsError.
    """
    now = stamp()
    decisions = read_decisions(path, now, by)
    known = {_said(decision_of(row)) for row in on_record(home)}
    new = [one for one in decisions if one.decided_at != now or _said(one) not in known]
    with closing(PrivateStore(home.private_db)) as private:
        before = len(private.decisions())
        private.save_decisions(_row(one) for one in new)
        return len(decisions), len(private.decisions()) - before


def _said(one: Decision) -> tuple[Any, ...]:
    """What a decision says, whenever it was made."""
    supplier = supplier_key(one.supplier)
    return (
        supplier,
        one.company_number,
        one.verdict,
        one.organisation_id,
        one.offered,
        one.reason,
        one.decided_by,
    )
