"""What a load of the registry's file changed: entries that came, changed and went, as events.

Pure: rows in, rows out.

The registry's files hold one registry year each and are rewritten every night. An entry that a file lacks may
have been withdrawn; it may as well be that the file is older than the one before it, or a part of it, or that
its row could not be read. Only a file that is none of these is taken for a withdrawal.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crawler.items import AREAS, Listing
from domain.organisations import organisation_id

WAVE_SHARE = 0.02  # of a year's entries gone between two loads: more likely a part of the file
WAVE_LEAST = 3  # ... but in a small year one or two go without that
Key = tuple[str, str]
"""Address of the entry (summary_url) and the organisation that it lists."""

STANDING = """
    select l.summary_url, l.organisation_id, max(l.parent) as parent, min(l.withdrawn_at) as withdrawn_at,
      r.registry_year, r.statement_url, r.pdf_url, r.period_start, r.period_end, r.turnover, r.sectors,
        r.details,
      r.last_updated,
      (select json_group_object(d.area, d.answer) from declared_answers d
        where d.summary_url = r.summary_url) as answers
    from listings l join registry_statements r on r.summary_url = l.summary_url
    where r.registry_year in (select value from json_each(?))
    group by l.summary_url, l.organisation_id
"""
"""The entries of some registry years (a JSON list), one row for each organisation that an entry lists."""

_FIELDS = {
    "statement_url": "address of the statement",
    "pdf_url": "hosted PDF",
    "period_start": "start of the period",
    "period_end": "end of the period",
    "turnover": "turnover",
}
_OTHER_FIELDS = {"sectors": "sectors", "details": "further answers"}
"""Told without their values: they are lists."""
_AREAS = {
    "structure": "structure and supply chains",
    "policies": "policies",
    "due_diligence": "due diligence",
    "risk": "risk",
    "effectiveness": "effectiveness",
    "training": "training",
}


@dataclass(frozen=True, slots=True)
class RegistryChanges:
    """What one file changed."""

    events: tuple[dict[str, Any], ...]
    withdrawn: tuple[Key, ...]
    """Entries that stood and that the file, being whole and not older, lacks."""
    back: tuple[Key, ...]
    """Entries that had been withdrawn and that the file has."""
    warnings: tuple[str, ...]
    """Why entries that the file lacks were not called withdrawn."""


def by_key(rows: Sequence[Mapping[str, Any]]) -> dict[Key, Mapping[str, Any]]:
    return {(row["summary_url"], row["organisation_id"]): row for row in rows}


def older_entries(before: Mapping[Key, Mapping[str, Any]], listings: Sequence[Listing]) -> frozenset[str]:
    """The entries (by summary_url) that the file has in an older state than the one that is known: not to be
    taken.
    """
    known = {url: row["last_updated"] for (url, _), row in before.items()}
    return frozenset(
        listing.summary_url
        for listing in listings
        if listing.last_updated and (known.get(listing.summary_url) or "") > listing.last_updated.isoformat()
    )


def registry_changes(
    before: Mapping[Key, Mapping[str, Any]],
    after: Mapping[Key, Mapping[str, Any]],
    listings: Sequence[Listing],
    *,
    known_organisations: Collection[str],
    new_rejections: int,
    loaded_at: str,
    accept_withdrawals: bool = False,
) -> RegistryChanges:
    """Compare the entries of a file's years as they stood `before` the load and `after` it.

    A new entry is told where its year had been loaded before, or its organisation was known: the first file
    of all tells nothing. `new_rejections` counts rows that could not be read and could be read the last time.
    `accept_withdrawals` takes the file for whole whatever it lacks; an older file is never taken for one.
    """
    present = {
        (listing.summary_url, organisation_id(listing.organisation, listing.company_number))
        for listing in listings
    }
    older = _older_years(before, listings)
    lacking, warnings = _lacking(before, present, older, new_rejections, accept_withdrawals)
    back = tuple(
        key
        for key in sorted(present)
        if key in before and before[key]["withdrawn_at"] and before[key]["registry_year"] not in older
    )
    years = {row["registry_year"] for row in before.values()}
    news = [
        key
        for key in sorted(present)
        if key not in before and (after[key]["registry_year"] in years or key[1] in known_organisations)
    ]
    events = [
        *(_event("registry_new", after[key], _filed(after[key]), loaded_at) for key in news),
        *_changed(before, after, present, set(back), loaded_at),
        *(_event("registry_withdrawn", before[key], _gone(before[key], key, present, loaded_at),
        loaded_at) for key in lacking),
    ]  # fmt: skip
    return RegistryChanges(tuple(events), lacking, back, warnings)


# --- what is gone


def _older_years(before: Mapping[Key, Mapping[str, Any]], listings: Sequence[Listing]) -> set[int]:
    """The years of the file that it has as of an earlier day than what is known, or without any day to tell
    by.
    """
    known: dict[int, str] = {}
    for row in before.values():
        known[row["registry_year"]] = max(known.get(row["registry_year"], ""), row["last_updated"] or "")
    here: dict[int, str] = {}
    for listing in listings:
        day = listing.last_updated.isoformat() if listing.last_updated else ""
        here[listing.registry_year] = max(here.get(listing.registry_year, ""), day)
    return {year for year, day in here.items() if not day or day < known.get(year, "")}


def _lacking(
    before: Mapping[Key, Mapping[str, Any]],
    present: Collection[Key],
    older: Collection[int],
    new_rejections: int,
    accept: bool,
) -> tuple[tuple[Key, ...], tuple[str, ...]]:
    """The entries that may be called withdrawn, and why others may not."""
    standing = {key: row for key, row in before.items() if not row["withdrawn_at"]}
    lacking: dict[int, list[Key]] = {}
    for key in sorted(standing.keys() - set(present)):
        lacking.setdefault(standing[key]["registry_year"], []).append(key)
    totals = Counter(year for _, year in {(key[0], row["registry_year"]) for key, row in standing.items()})
    urls = {url for url, _ in present}
    told: list[Key] = []
    warnings = []
    for year, keys in lacking.items():
        gone = len({url for url, _ in keys if url not in urls})
        why = _why_not(gone, totals[year], year in older, new_rejections, accept)
        if why is None:
            told += keys
        else:
            warnings.append(
                f"registry year {year}: {gone} of {totals[year]} entries known before are not in this file. "
                f"{why}: none of "
                "them is called withdrawn"
            )
    return tuple(told), tuple(warnings)


def _why_not(gone: int, total: int, older: bool, new_rejections: int, accept: bool) -> str | None:
    if older:
        return "The file is older than what is known, or gives no dates of update"
    if accept:
        return None
    if new_rejections:
        return (
            f"{new_rejections} rows of it could not be read and may be these (--accept-withdrawals once "
            "you have looked)"
        )
    if gone > max(WAVE_LEAST, WAVE_SHARE * total) or 2 * gone > total:
        return "It is taken for a part of the registry's file (--accept-withdrawals, if it is whole)"
    return None


def _gone(row: Mapping[str, Any], key: Key, present: Collection[Key], loaded_at: str) -> str:
    day = _day(loaded_at)
    year = row["registry_year"]
    if any(url == key[0] for url, _ in present):
        return (
            f"Registry year {year}: the entry stands, and no longer lists this organisation (file loaded "
            f"on {day})."
        )
    return f"Registry year {year}: the entry is not in the file loaded on {day}. Entries are voluntary."


# --- what came and changed


def _filed(row: Mapping[str, Any]) -> str:
    return f"Registry year {row['registry_year']}" + (f", under {row['parent']}." if row["parent"] else ".")


def _changed(
    before: Mapping[Key, Mapping[str, Any]],
    after: Mapping[Key, Mapping[str, Any]],
    present: Collection[Key],
    back: Collection[Key],
    loaded_at: str,
) -> Iterator[dict[str, Any]]:
    for key in sorted(present):
        if key not in before:
            continue
        changes = list(_differences(before[key], after[key]))
        if key in back:
            changes.insert(0, "it is in the registry's file again")
        if changes:
            detail = f"Registry year {after[key]['registry_year']}. Changed: {'; '.join(changes)}."
            yield _event("registry_changed", after[key], detail, loaded_at)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The fields that differ, with both values where they are short.

    A new date of update alone is no change.
    """
    for name, title in _FIELDS.items():
        if old[name] != new[name]:
            yield f"{title} ({new[name] or 'not given'}; before: {old[name] or 'not given'})"
    said, says = json.loads(old["answers"] or "{}"), json.loads(new["answers"] or "{}")
    for area in AREAS:
        if said.get(area) != says.get(area):
            yield f"declared on {_AREAS[area]} ({_answer(says.get(area))}; before: {_answer(said.get(area))})"
    yield from (title for name, title in _OTHER_FIELDS.items() if old[name] != new[name])


def _answer(answer: int | None) -> str:
    return "not answered" if answer is None else "yes" if answer else "no"


def _event(kind: str, row: Mapping[str, Any], detail: str, loaded_at: str) -> dict[str, Any]:
    return {
        "organisation_id": row["organisation_id"],
        "kind": kind,
        "happened_at": loaded_at,
        "noticed_at": loaded_at,
        "url": row["summary_url"],
        "period_end": row["period_end"],
        "detail": detail,
    }


def _day(moment: str) -> str:
    day = date.fromisoformat(moment[:10])
    return f"{day.day} {day:%B %Y}"
