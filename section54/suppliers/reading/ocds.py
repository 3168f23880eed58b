"""Awards of Open Contracting (OCDS) releases, as Contracts Finder and Find a Tender publish them, as supplier
rows.

Release packages, record packages, single releases and JSON lines. The releases of one process are merged
field by field in the order of their dates, as the standard's merge routine does: an update without suppliers
leaves them as they are. (`ocdsmerge`, the reference, fetches its schema from the network or needs it shipped;
only a few fields are read here, and lists of objects with ids are all that they need.) The value of a
contract goes before that of its award, since amendments change it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from section54.suppliers.reading.cells import read_company_number

HEADINGS = (
    "supplier", "company number", "contract value", "currency", "category", "website", "country",
    "contract reference", "end date",
)  # fmt: skip
"""The columns that an award gives, under names that the reader of supplier lists knows."""

_STOPPED = frozenset({"cancelled", "unsuccessful", "pending"})
"""Awards that gave nobody a contract; OCDS 1.1, codelist awardStatus."""
_COMPANIES_HOUSE = frozenset({"GB-COH", "COH", "UK-COH", "GB_COH", "COMPANIES_HOUSE", "COMPANIES HOUSE"})
_REGISTER = re.compile(r"company-information\.service\.gov\.uk/company/([A-Za-z0-9]{6,8})")
_ZEROS = re.compile(r'"(?:\\.|[^"\\])*"|(?<![\w.])0+(?=\d)')
_MOST_SAID = 10  # awards named in messages of one kind; the others are counted


class OcdsError(ValueError):
    """The file holds no releases; the message says what it holds."""


@dataclass(frozen=True, slots=True)
class Awards:
    """The awards of one file."""

    rows: tuple[tuple[str, ...], ...]
    """One per award and supplier, in the order of HEADINGS."""
    warnings: tuple[str, ...]
    format: str
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _File:
    """What was found in a file besides its awards."""

    releases: list[Mapping[str, Any]] = field(default_factory=list)
    compiled: list[Mapping[str, Any]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    links: int = 0
    """Records that only say where their releases are."""


def is_json(body: bytes) -> bool:
    """Whether a file may hold releases: a JSON object or an array of objects."""
    start = _decoded(body[:4_000]).lstrip()[:400]
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip().startswith(("{", "]")))


def read_awards(body: bytes) -> Awards:
    """Read the awards of a file. Raises OcdsError."""
    file = _File()
    try:
        for document in _documents(_decoded(body), file):
            _collect(document, file)
    except RecursionError as error:
        raise OcdsError("is nested too deeply for Open Contracting releases") from error
    count = len(file.releases) + len(file.compiled)
    if not count:
        links = f", only links to those of {file.links} records: fetch the releases" if file.links else ""
        raise OcdsError(f"is JSON without Open Contracting releases{links}")
    rows = [row for release in _processes(file) for row in _rows(release, file)]
    if file.links:
        file.doubts.append(f"{file.links} records hold only links to their releases: these were not read")
    if not rows:
        file.doubts.append(f"none of the {count} releases has an award with a supplier")
    return Awards(
        tuple(rows),
        _few(file.notes, "awards"),
        f"Open Contracting (OCDS), {count} releases",
        _few(file.doubts, "awards"),
    )


def _few(messages: Sequence[str], what: str) -> tuple[str, ...]:
    if len(messages) <= 3 * _MOST_SAID:
        return tuple(messages)
    return (*messages[: 3 * _MOST_SAID], f"... and {len(messages) - 3 * _MOST_SAID} more messages on {what}")


# --- from bytes to releases


def _decoded(body: bytes) -> str:
    """The text in the encoding of its mark or zeros, else UTF-8, else that of Windows."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    for encoding, zeros in (("utf-16-le", body[1:400:2]), ("utf-16-be", body[0:400:2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) // 2:
            return body.decode(encoding, errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _documents(text: str, file: _File) -> Iterator[Any]:
    try:
        yield _loaded(text)
        return
    except json.JSONDecodeError as error:
        problem = f"{error.msg} in line {error.lineno}"
    except ValueError as error:  # a number of thousands of digits
        raise OcdsError(f"is no JSON that can be read: {error}") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    read = []
    for number, line in lines:
        try:
            read.append(_loaded(line))
        except ValueError:
            file.doubts.append(f"line {number} is no JSON: its releases are left out")
    if not any(isinstance(one, dict) for one in read):
        raise OcdsError(f"is no JSON: {problem}")
    yield from read


def _loaded(text: str) -> Any:
    """JSON, with numbers such as 000 mended, which some publishers write."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return json.loads(_ZEROS.sub(lambda found: found[0] if found[0].startswith('"') else "", text))


def _collect(document: Any, file: _File) -> None:
    if isinstance(document, list):
        for one in document:
            _collect(one, file)
    elif isinstance(document, dict):
        if _dict(document, "links").get("next"):
            file.doubts.append(
                "this is one page of several: its links.next says that more follow, which were not read"
            )
        if "releases" in document and ("records" not in document) and "compiledRelease" not in document:
            _collect_releases(_dicts(document, "releases"), file)
        elif "records" in document:
            for record in _dicts(document, "records"):
                _collect_record(record, file)
        elif "compiledRelease" in document:
            _collect_record(document, file)
        elif "ocid" in document:
            file.releases.append(document)
        else:  # an answer of an interface, with its releases under "results", "data" or the like
            for value in document.values():
                if isinstance(value, list) and any(isinstance(one, dict) for one in value):
                    _collect(value, file)


def _collect_record(record: Mapping[str, Any], file: _File) -> None:
    compiled = _dict(record, "compiledRelease")
    if compiled:
        file.compiled.append({"ocid": record.get("ocid"), **compiled})
    else:
        _collect_releases(_dicts(record, "releases"), file)


def _collect_releases(releases: Sequence[Mapping[str, Any]], file: _File) -> None:
    whole = [one for one in releases if "ocid" in one]
    file.links += bool(releases) and not whole
    file.releases += whole


# --- one release for each process


def _processes(file: _File) -> Iterator[Mapping[str, Any]]:
    """The compiled release of each process, in the order of the file."""
    yield from file.compiled
    done = {str(one.get("ocid")) for one in file.compiled}
    by_process: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for release in file.releases:
        by_process[str(release.get("ocid"))].append(release)
    for ocid, releases in by_process.items():
        if ocid in done:
            continue
        compiled: dict[str, Any] = {}
        for release in sorted(releases, key=lambda one: _instant(one.get("date"))):
            _merge(compiled, release)
        yield compiled


def _instant(value: Any) -> datetime:
    """A date as an instant, so that 00:30+01:00 is before 23:45Z of the day before; the beginning of time for
    none.
    """
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def _merge(into: dict[str, Any], newer: Mapping[str, Any]) -> None:
    """Take every field of a newer release; null removes one, objects and lists of objects with ids are
    merged.
    """
    for key, value in newer.items():
        old = into.get(key)
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            merged = dict(old) if isinstance(old, dict) else {}
            _merge(merged, value)
            into[key] = merged
        elif (
            isinstance(value, list) and _all_have_ids(value) and isinstance(old, list) and _all_have_ids(old)
        ):
            into[key] = _merged_lists(old, value)
        else:
            into[key] = value


def _all_have_ids(items: Sequence[Any]) -> bool:
    return all(isinstance(one, dict) and one.get("id") is not None for one in items)


def _merged_lists(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    by_id: dict[str, dict[str, Any]] = {str(one["id"]): dict(one) for one in old}
    for one in new:
        _merge(by_id.setdefault(str(one["id"]), {}), one)
    return list(by_id.values())


# --- one row for each award and supplier


def _rows(release: Mapping[str, Any], file: _File) -> Iterator[tuple[str, ...]]:
    for award in _dicts(release, "awards"):
        suppliers = _dicts(award, "suppliers")
        where = f"award {award.get('id') or release.get('ocid')}"
        status = str(award.get("status", "")).lower()
        if status in _STOPPED:
            names = ", ".join(str(one.get("name")) for one in suppliers) or "nobody"
            file.notes.append(f"{where} to {names} is {status}: not counted")
            continue
        contracts = _contracts(release, award)
        amount, currency = _value(where, award, contracts, file)
        reference = f"{release.get('ocid')} {award.get('id', '')}".strip()
        for supplier in suppliers:
            yield _row(release, supplier, (amount, currency, reference, _end(award, contracts)))


def _row(
    release: Mapping[str, Any], supplier: Mapping[str, Any], of_award: tuple[str, str, str, str]
) -> tuple[str, ...]:
    amount, currency, reference, end = of_award
    party = _party(release, supplier)
    name = supplier.get("name") or party.get("name") or _dict(party, "identifier").get("legalName") or ""
    details, address = _dict(party, "details"), _dict(party, "address")
    return (
        str(name), _company_number(supplier, party), amount, currency, _category(release),
        str(details.get("url") or ""),
        str(address.get("countryName") or ""), reference, end,
    )  # fmt: skip


def _contracts(release: Mapping[str, Any], award: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The contracts of an award that were not cancelled."""
    return [
        one
        for one in _dicts(release, "contracts")
        if str(one.get("awardID")) == str(award.get("id"))
        and str(one.get("status", "")).lower() != "cancelled"
    ]


def _value(
    where: str, award: Mapping[str, Any], contracts: Sequence[Mapping[str, Any]], file: _File
) -> tuple[str, str]:
    """The value and its currency: of the contracts where they have one, else of the award; "" for none."""
    own = _amount(_dict(award, "value"))
    of_contracts = [found for one in contracts if (found := _amount(_dict(one, "value")))]
    found = own
    if of_contracts and len({currency for _, currency, _ in of_contracts}) == 1:
        total = sum((amount for amount, _, _ in of_contracts), Decimal(0))
        found = (total, of_contracts[0][1], any(gross for _, _, gross in of_contracts))
        if own is not None and own[0] != total:
            file.notes.append(
                f"{where}: the contract is worth {total:,f}, as signed or amended; the award said {own[0]:,f}"
            )
    if found is None:
        return "", ""
    amount, currency, gross = found
    if gross:
        file.doubts.append(f"{where}: only a gross value is given, {amount:,f}, so it includes VAT")
    if amount == 0:
        file.doubts.append(f"{where}: its value is 0, which stands for 'not given': left out")
        return "", ""
    return str(amount), currency


def _amount(value: Mapping[str, Any]) -> tuple[Decimal, str, bool] | None:
    """Amount, currency and whether it includes VAT."""
    for key, gross in (("amount", False), ("amountGross", True)):
        written = value.get(key)
        if isinstance(written, int | float | str) and not isinstance(written, bool):
            try:
                amount = Decimal(str(written))
            except ArithmeticError:
                continue
            if amount.is_finite():
                # The currency is left out by publishers that know no other.
                return amount, str(value.get("currency") or "GBP"), gross
    return None


def _end(award: Mapping[str, Any], contracts: Sequence[Mapping[str, Any]]) -> str:
    ends = [
        str(end)
        for one in (*contracts, award)
        if (end := _dict(one, "period" if one in contracts else "contractPeriod").get("endDate"))
    ]
    return max(ends, default="")[:10]


def _party(release: Mapping[str, Any], supplier: Mapping[str, Any]) -> Mapping[str, Any]:
    """The full entry of a supplier among the parties; the reference itself where there is none (OCDS 1.0)."""
    parties = (party for party in _dicts(release, "parties") if party.get("id") == supplier.get("id"))
    return next(parties, supplier)


def _company_number(supplier: Mapping[str, Any], party: Mapping[str, Any]) -> str:
    for source in (party, supplier):
        for one in (_dict(source, "identifier"), *_dicts(source, "additionalIdentifiers")):
            if str(one.get("scheme", "")).upper().strip() in _COMPANIES_HOUSE and one.get("id"):
                return _without_scheme(str(one["id"]))
            register = _REGISTER.search(str(one.get("uri") or one.get("id") or ""))
            if register and read_company_number(register[1]):
                return register[1]
    reference = str(party.get("id") or supplier.get("id") or "")
    return _without_scheme(reference) if reference.startswith("GB-COH-") else ""


def _without_scheme(identifier: str) -> str:
    return re.sub(r"^(?:GB-)?COH[-: ]?", "", identifier.strip(), flags=re.IGNORECASE)


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


def _dicts(source: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = source.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
