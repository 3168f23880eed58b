"""What a person decided about the matches of a supplier list, kept and applied the next time.

A decision is about a supplier as the list writes it, not about one list: it holds for every later list with
that supplier. It never changes what was found out, only which organisation a supplier is taken to be. Pure:
the records come from db.private.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from domain.company_numbers import normalise_company_number
from domain.dates import stamp
from domain.organisations import name_key, organisation_id
from domain.safetext import defused
from section54.suppliers.matching.matcher import Candidate, Match, MatchKind
from section54.suppliers.reading.name_keys import AGREES, agreement
from section54.suppliers.reading.sheets import SheetError, read_sheet


class Verdict(StrEnum):
    """What a person decided."""

    SAME = "same"
    """The supplier is this organisation: a match confirmed, or a candidate chosen."""
    NOT_SAME = "not_same"
    """The supplier is not this organisation; others stay open."""
    NONE = "none"
    """The supplier is none of the organisations that were offered then; a new candidate is offered again."""
    LOOKED = "looked"
    """The person looked for the statement themselves and found none: what a letter needs."""
    SCOPE_LIKELY = "scope_likely"
    """The person has evidence, such as the turnover in its accounts, that a statement of its own may be
    expected."""
    SCOPE_UNLIKELY = "scope_unlikely"


_REFUSALS = frozenset({Verdict.NOT_SAME, Verdict.NONE})
_ON_SCOPE = frozenset({Verdict.SCOPE_LIKELY, Verdict.SCOPE_UNLIKELY})

VERDICT_WORDS = {
    Verdict.SAME: "is this organisation",
    Verdict.NOT_SAME: "is not this organisation",
    Verdict.NONE: "is none of the organisations offered",
    Verdict.LOOKED: "a person looked for the statement and found none",
    Verdict.SCOPE_LIKELY: "is likely to be within section 54 on a person's reading",
    Verdict.SCOPE_UNLIKELY: "is unlikely to be within section 54 on a person's reading",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, as kept."""

    supplier: str
    """As the list writes it."""
    company_number: str | None
    """Of the list, normalised; None where the list gives none."""
    verdict: Verdict
    organisation_id: str | None
    """None for NONE."""
    organisation: str | None
    offered: tuple[str, ...]
    """For NONE: the organisations that were turned down."""
    reason: str
    decided_by: str | None
    """Free text, best a role; None where it was not given."""
    decided_at: str
    """UTC, ISO 8601."""
    id: int | None = None

    def sentence(self) -> str:
        """The decision in words, as every output shows it."""
        by = f" by {self.decided_by}" if self.decided_by else " by a person"
        day = _long_date(date.fromisoformat(self.decided_at[:10]))
        return f"decided{by} on {day}{': ' + self.reason if self.reason else ''}"


def _long_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


class Decisions:
    """All decisions that stand, by supplier."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._by_name: dict[str, list[Decision]] = defaultdict(list)
        self._by_number: dict[str, list[Decision]] = defaultdict(list)
        for decision in decisions:
            self._by_name[supplier_key(decision.supplier)].append(decision)
            if decision.company_number:
                self._by_number[decision.company_number].append(decision)

    def of(self, name: str, company_number: str | None) -> tuple[Decision, ...]:
        """The decisions on one supplier, oldest first: of its number, or of its name without another number.

        A number that two suppliers of different names have is wrong for one of them: what was decided about
        the one says nothing of the other.
        """
        numbered = self._by_number.get(company_number, ()) if company_number else ()
        found = [one for one in numbered if _is_about(one, name)]
        for decision in self._by_name.get(supplier_key(name), ()):
            other = company_number and decision.company_number and company_number != decision.company_number
            if not other and decision not in found:
                found.append(decision)
        return tuple(sorted(found, key=lambda one: (one.decided_at, one.id or 0)))


def _is_about(decision: Decision, name: str) -> bool:
    """Whether a decision on a supplier of the same number holds for one of this name."""
    if agreement(name, name_key(decision.supplier).core) >= AGREES:
        return True
    own = decision.organisation_id == organisation_id(name, decision.company_number)
    return own and decision.verdict not in _REFUSALS


def supplier_key(name: str) -> str:
    """What two spellings of one supplier share, the legal ending included."""
    key = name_key(name)
    return f"{key.core}|{key.form}"


def apply(match: Match, decisions: Iterable[Decision], names: Mapping[str, str]) -> Match:
    """The match as the decisions have it; `names` gives the names of known organisations by id."""
    chosen: Decision | None = None
    refused: dict[str, Decision] = {}
    for decision in decisions:
        if decision.verdict is Verdict.SAME:
            chosen = decision
            refused.pop(decision.organisation_id or "", None)
        elif decision.verdict in _REFUSALS:
            turned_down = (
                decision.offered if decision.verdict is Verdict.NONE else (decision.organisation_id,)
            )
            refused.update({one: decision for one in turned_down if one})
            if chosen is not None and (decision.verdict is Verdict.NONE or chosen.organisation_id in refused):
                chosen = None
    if chosen is not None and chosen.organisation_id is not None:
        return _chosen(chosen, chosen.organisation_id, names)
    return _without(match, refused)


def _chosen(decision: Decision, identifier: str, names: Mapping[str, str]) -> Match:
    name = names.get(identifier) or decision.organisation or identifier
    reason = decision.sentence()
    number = identifier.removeprefix("gb-coh-").upper() if identifier.startswith("gb-coh-") else None
    candidate = Candidate(identifier, name, 100.0, reason, number)
    return Match(MatchKind.DECIDED, identifier, (candidate,), reason)


def _without(match: Match, refused: Mapping[str, Decision]) -> Match:
    gone = [one for one in match.candidates if one.organisation_id in refused]
    if not gone:
        return match
    left = tuple(one for one in match.candidates if one.organisation_id not in refused)
    if match.organisation_id is not None and match.organisation_id not in refused:
        return replace(match, candidates=left)
    decision = refused[gone[0].organisation_id]
    words = f"not {gone[0].name}: {decision.sentence()}"
    if left:
        return replace(match, kind=MatchKind.CANDIDATES, organisation_id=None, candidates=left, reason=words)
    return Match(MatchKind.NONE, None, (), words)


def looked(decisions: Iterable[Decision], organisation_id: str) -> Decision | None:
    """The newest record that a person looked for this organisation's statement and found none."""
    found = [
        one for one in decisions if one.verdict is Verdict.LOOKED and one.organisation_id == organisation_id
    ]
    return found[-1] if found else None


# --- a sheet to decide on, out and in again

COLUMNS = (
    "supplier",
    "company_number",
    "verdict",
    "organisation_id",
    "organisation",
    "offered",
    "reason",
    "decided_by",
    "decided_at",
)

COLUMNS_NEEDED = ("supplier", "verdict")
CLOCKS = timedelta(days=1)  # a sheet that was filled in elsewhere may be ahead of this machine's clock
_IDENTIFIER = re.compile(r"gb-coh-[a-z0-9]{8}|name-\S+")  # see domain.company_numbers


class DecisionsError(ValueError):
    """A sheet of decisions that can't be taken; the message names file, row and value."""


def write_decisions(decisions: Iterable[Decision], path: Path) -> None:
    """Write decisions as CSV in the form that read_decisions takes.

    UTF-8 with a byte-order mark, for Excel.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in decisions:
            writer.writerow([defused(text) for text in _row(one)])


def write_sheet(choices: Iterable[tuple[str, str | None, str, Sequence[Candidate]]], path: Path) -> None:
    """Write a sheet to decide on, one row per candidate; read_decisions takes it filled in.

    Each choice is the supplier, its company number, its spend and the candidates. Two columns more than an
    export has say what a person needs for it; reading passes them over.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS[:5], "why_offered", "spend_gbp", *COLUMNS[5:]], restval="")
        writer.writeheader()
        for supplier, number, spend, candidates in choices:
            offered = " ".join(one.organisation_id for one in candidates)
            for one in candidates:
                cells = {
                    "supplier": supplier, "company_number": number or "",
                    "organisation_id": one.organisation_id,
                    "organisation": one.name, "why_offered": one.reason, "spend_gbp": spend,
                    "offered": offered,
                }  # fmt: skip
                writer.writerow(
                    {name: defused(text) if name != "spend_gbp" else text for name, text in cells.items()}
                )


def _row(one: Decision) -> tuple[str, ...]:
    return (
        one.supplier,
        one.company_number or "",
        str(one.verdict),
        one.organisation_id or "",
        one.organisation or "",
        " ".join(one.offered),
        one.reason,
        one.decided_by or "",
        one.decided_at,
    )


def read_decisions(path: Path, decided_at: str, by: str | None = None) -> list[Decision]:
    """Read a sheet of decisions; rows without a verdict are still open and are passed over.

    `decided_at` (UTC, ISO 8601: now) and `by` stand for rows that give none. Raises DecisionsError that names
    file, row and value.
    """
    try:
        found = [
            (number, _decision(f"{path}, row {number}", row, decided_at, by))
            for number, row in read_sheet(path, COLUMNS, COLUMNS_NEEDED)
            if row["verdict"]
        ]
    except SheetError as error:
        raise DecisionsError(str(error)) from error
    _refuse_two_answers(path, found)
    return [decision for _, decision in found]


def _refuse_two_answers(path: Path, found: Sequence[tuple[int, Decision]]) -> None:
    """Refuse a sheet that, at one time, says that a supplier is two organisations, or is one and none of
    them.
    """
    first: dict[tuple[str, str | None, str], tuple[int, Decision]] = {}
    for number, decision in found:
        if decision.verdict not in (Verdict.SAME, Verdict.NONE):
            continue
        key = supplier_key(decision.supplier), decision.company_number, decision.decided_at
        earlier = first.setdefault(key, (number, decision))
        if (earlier[1].verdict, earlier[1].organisation_id) != (decision.verdict, decision.organisation_id):
            raise DecisionsError(
                f"{path}, rows {earlier[0]} and {number}: two answers for {decision.supplier!r}: "
                f"it {_answer(earlier[1])}, and it {_answer(decision)}. Keep one of the rows"
            )


def _answer(decision: Decision) -> str:
    about = f" {decision.organisation or decision.organisation_id}" if decision.organisation_id else ""
    return f"{VERDICT_WORDS[decision.verdict]}{about}"


def _decision(where: str, row: Mapping[str, str], now: str, by: str | None) -> Decision:
    word = row["verdict"].lower().replace(" ", "_")
    if word not in set(Verdict):
        raise DecisionsError(f"{where}: verdict {row['verdict']!r} is none of {', '.join(Verdict)}")
    verdict = Verdict(word)
    if not row["supplier"]:
        raise DecisionsError(f"{where}: no supplier")
    needed = "offered" if verdict is Verdict.NONE else "organisation_id"
    if not row[needed]:
        raise DecisionsError(f"{where}: the verdict {word!r} needs something in {needed!r}")
    if verdict in _ON_SCOPE and not row["reason"]:
        raise DecisionsError(f"{where}: the verdict {word!r} needs its evidence in 'reason'")
    identifiers = row[needed].lower().split()
    odd = next((one for one in identifiers if not _IDENTIFIER.fullmatch(one)), None)
    if odd is not None or (needed == "organisation_id" and len(identifiers) > 1):
        text = f"{where}: {needed} {row[needed]!r} is no id of an organisation, such as gb-coh-01234567"
        raise DecisionsError(text)
    return Decision(
        supplier=row["supplier"],
        company_number=normalise_company_number(row["company_number"]),
        verdict=verdict,
        organisation_id=None if verdict is Verdict.NONE else identifiers[0],
        organisation=row["organisation"] or None,
        offered=tuple(row["offered"].split()),
        reason=row["reason"],
        decided_by=row["decided_by"] or by,
        decided_at=_moment(where, row["decided_at"], now) if row["decided_at"] else now,
    )


def _moment(where: str, text: str, now: str) -> str:
    """A time as every other is kept, so that decisions can be put in order; one without a zone is taken for
    UTC.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise DecisionsError(f"{where}: decided_at {text!r} is no ISO 8601 time") from error
    moment = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    if moment > datetime.fromisoformat(now) + CLOCKS:
        raise DecisionsError(f"{where}: decided_at {text!r} lies in the future")
    return stamp(moment)
