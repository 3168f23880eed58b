"""Awards of Open Contracting (OCDS) releases, as Contracts Finder and Find a Tender publish them, as supplier rows.

Release packages, record packages, single releases and JSON lines. Of several releases on one award the newest
counts. The value of an award to several suppliers can't be split among them and is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEADINGS = ("supplier", "company number", "contract value", "category", "website", "country")
"""The columns that an award gives, under names that the reader of supplier lists knows."""

_STOPPED = frozenset({"cancelled", "unsuccessful", "pending"})
"""Awards that gave nobody a contract; OCDS 1.1, codelist awardStatus."""


class OcdsError(ValueError):
    """The file holds no releases; the message says what it holds."""


@dataclass(frozen=True, slots=True)
class Awards:
    """The awards of one file."""

    rows: tuple[tuple[str, ...], ...]
    """One per award and supplier, in the order of HEADINGS."""
    warnings: tuple[str, ...]
    format: str


def is_json(body: bytes) -> bool:
    """Whether a file may hold releases: a JSON object or an array of objects."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:400]
    return start.startswith(b"{") or (start.startswith(b"[") and start[1:].lstrip().startswith((b"{", b"]")))


def read_awards(body: bytes) -> Awards:
    """Read the awards of a file. Raises OcdsError."""
    try:
        releases = list(_releases(_documents(body)))
    except RecursionError as error:
        raise OcdsError("is nested too deeply for Open Contracting releases") from error
    if not releases:
        raise OcdsError("is JSON without Open Contracting releases")
    rows: list[tuple[str, ...]] = []
    warnings: list[str] = []
    for release, award in _newest_awards(releases):
        rows += _award_rows(release, award, len(rows), warnings)
    return Awards(tuple(rows), tuple(warnings), f"Open Contracting (OCDS), {len(releases)} releases")


def _documents(body: bytes) -> Iterator[Any]:
    text = body.decode("utf-8-sig", errors="replace")
    try:
        yield json.loads(text)
        return
    except json.JSONDecodeError as error:
        problem = f"{error.msg} in line {error.lineno}"
    except ValueError as error:  # a number of thousands of digits
        raise OcdsError(f"is no JSON that can be read: {error}") from error
    try:  # JSON lines
        yield from [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise OcdsError(f"is no JSON: {problem}") from error


def _releases(documents: Iterator[Any]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        if isinstance(document, list):
            yield from _releases(iter(document))
        elif isinstance(document, dict):
            if "releases" in document:
                yield from _releases(iter(_list(document, "releases")))
            elif "records" in document:
                yield from _releases(iter(_list(document, "records")))
            elif "compiledRelease" in document:
                yield from _releases(iter([document["compiledRelease"]]))
            elif "ocid" in document:
                yield document


def _newest_awards(
    releases: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    newest: dict[tuple[str, str], tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for release in sorted(releases, key=lambda one: str(one.get("date", ""))):
        for number, award in enumerate(_dicts(release, "awards")):
            newest[(str(release.get("ocid")), str(award.get("id", number)))] = (release, award)
    yield from newest.values()


def _award_rows(
    release: Mapping[str, Any], award: Mapping[str, Any], before: int, warnings: list[str]
) -> Iterator[tuple[str, ...]]:
    if str(award.get("status", "")).lower() in _STOPPED:
        return
    suppliers = _dicts(award, "suppliers")
    amount, problem = _value(award, len(suppliers))
    if problem:
        where = f"award {award.get('id') or release.get('ocid')} (row {before + 1})"
        warnings.append(f"{where}: {problem}; its value is left out of the spend")
    category = _category(release)
    for supplier in suppliers:
        party = _party(release, supplier)
        identifier = _dict(party, "identifier")
        name = supplier.get("name") or party.get("name") or identifier.get("legalName") or ""
        details, address = _dict(party, "details"), _dict(party, "address")
        yield (
            str(name), _company_number(supplier, party), amount, category, str(details.get("url") or ""),
            str(address.get("countryName") or ""),
        )  # fmt: skip


def _value(award: Mapping[str, Any], suppliers: int) -> tuple[str, str | None]:
    """The value in pounds, or why there is none to take."""
    value = _dict(award, "value")
    amount = value.get("amount")
    if amount is None:
        return "", None
    currency = value.get("currency") or "GBP"  # left out by publishers that know no other
    if currency != "GBP":
        return "", f"its value is in {currency}"
    if suppliers > 1:
        return "", f"it went to {suppliers} suppliers together"
    return str(amount), None


def _party(release: Mapping[str, Any], supplier: Mapping[str, Any]) -> Mapping[str, Any]:
    """The full entry of a supplier among the parties; the reference itself where there is none (OCDS 1.0)."""
    parties = (party for party in _dicts(release, "parties") if party.get("id") == supplier.get("id"))
    return next(parties, supplier)


def _company_number(supplier: Mapping[str, Any], party: Mapping[str, Any]) -> str:
    for source in (party, supplier):
        for one in (_dict(source, "identifier"), *_dicts(source, "additionalIdentifiers")):
            if str(one.get("scheme", "")).upper() == "GB-COH" and one.get("id"):
                return str(one["id"])
    reference = str(party.get("id") or supplier.get("id") or "")
    return reference.removeprefix("GB-COH-") if reference.startswith("GB-COH-") else ""


def _category(release: Mapping[str, Any]) -> str:
    tender = _dict(release, "tender")
    return str(
        _dict(tender, "classification").get("description")
        or tender.get("mainProcurementCategory")
        or tender.get("title")
        or ""
    )


def _dict(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def _list(source: Mapping[str, Any], key: str) -> list[Any]:
    value = source.get(key)
    return value if isinstance(value, list) else []


def _dicts(source: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [one for one in _list(source, key) if isinstance(one, dict)]
