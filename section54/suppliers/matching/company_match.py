"""Suppliers through the Companies House snapshot: to the number of their name, and from there to an
organisation.

Asked only where the collection itself gave no sure answer. An equal name of a live company is a match as sure
as one in the collection: Companies House refuses a second company of the same name (SI 2015/17, schedule 3).
A former name is free to be taken by another company, so it counts only where no live company bears it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.organisations import name_key, organisation_id, split_trading_name
from section54.suppliers.matching.companies_house import Companies, Company, NamedCompany
from section54.suppliers.matching.matcher import CUT_LENGTH, MAX_CANDIDATES, Candidate, Match, MatchKind
from section54.suppliers.reading.name_keys import AGREES, agreement


def with_companies(
    name: str, number: str | None, match: Match, companies: Companies, known: Mapping[str, str]
) -> Match:
    """The match with what the snapshot adds; `known` gives the names of the collection's organisations by id.

    A sure match stays as it is, but for a former or trading name that a live company bears. The result may
    name an organisation that is not in the collection.
    """
    if match.organisation_id is not None and not match.needs_review:
        return _held_against_bearers(name, match, companies) if match.kind in _PASSING_NAMES else match
    if number is not None:
        return _by_number(name, number, match, companies, known)
    return _by_name(name, match, companies, known)


_PASSING_NAMES = frozenset({MatchKind.FORMER_NAME, MatchKind.TRADING_NAME})


def _held_against_bearers(name: str, match: Match, companies: Companies) -> Match:
    """A match by a name that its organisation no longer has, or never registered: not sure where another
    company has it.
    """
    legal, _ = split_trading_name(name)
    bearers = [
        one
        for one in companies.named(legal)
        if one.same_form and not one.former and _identifier(one.company) != match.organisation_id
    ]
    if not bearers:
        return match
    company = bearers[0].company
    reason = f"{match.reason}, but {company.name} ({company.number}) has this name now (Companies House)"
    candidates = (*_candidates(bearers, name_key(legal).core), *match.candidates)
    return Match(MatchKind.CANDIDATES, None, candidates[:MAX_CANDIDATES], reason)


def _by_number(name: str, number: str, match: Match, companies: Companies, known: Mapping[str, str]) -> Match:
    company = companies.company(number)
    if company is None:
        return match
    if match.kind is MatchKind.NUMBER:  # the names differ: a former name explains it
        former = [one for one in companies.named(name) if one.company.number == number]
        if former and match.organisation_id is not None:
            reason = (
                f"same company number, {number}; the list uses its former name {former[0].name!r} "
                "(Companies House)"
            )
            return _match(MatchKind.NUMBER, match.organisation_id, company, reason, known)
        return match
    names = {company.name, *(one.name for one in companies.named(name) if one.company.number == number)}
    agrees = not name.strip() or any(agreement(name, name_key(one).core) >= AGREES for one in names)
    reason = f"same company number, {number}, at Companies House"
    if not agrees:
        reason += f", but the names differ: the list says {name!r}, the number belongs to {company.name!r}"
    return _match(MatchKind.NUMBER, _identifier(company), company, reason, known, needs_review=not agrees)


def _by_name(name: str, match: Match, companies: Companies, known: Mapping[str, str]) -> Match:
    legal, _ = split_trading_name(name)
    found = companies.named(legal)
    present = [one for one in found if one.same_form and not one.former]
    if len(present) == 1 and not _has_namesakes(match, legal):
        return _sure(present[0], match, known)
    former = [one for one in found if one.same_form and one.former]
    numbers = {one.company.number for one in former}
    if not present and len(numbers) == 1 and not _has_namesakes(match, legal):
        return _sure(former[0], match, known)
    if not found and len(legal) >= CUT_LENGTH:
        found = companies.beginning(legal)
    if not found:
        return _with_like_names(name, match, companies)
    return _with_candidates(match, _candidates(found, name_key(legal).core))


def _with_like_names(name: str, match: Match, companies: Companies) -> Match:
    """What is only like the name, of either half of "X trading as Y": candidates, whatever their score."""
    like = [one for part in split_trading_name(name) if part for one in companies.like(part)]
    if not like and match.kind is MatchKind.NONE:
        reason = f"{match.reason}, nor a live company of this name in {companies.snapshot} (Companies House)"
        return replace(match, reason=reason)
    return _with_candidates(
        match,
        [
            Candidate(
                _identifier(one.named.company), one.named.company.name, one.score,
                f"{one.reason}, at Companies House", one.named.company.number,
            )
            for one in like
        ],
    )  # fmt: skip


def _has_namesakes(match: Match, name: str) -> bool:
    """Whether the collection has several organisations of this very name: then no number can be chosen for
    it.
    """
    return sum(name_key(one.name) == name_key(name) for one in match.candidates) > 1


def _sure(one: NamedCompany, match: Match, known: Mapping[str, str]) -> Match:
    """The company of this name, and behind it the organisations of the collection that may be its group."""
    company = one.company
    kind = MatchKind.FORMER_NAME if one.former else MatchKind.EXACT_NAME
    reason = f"same name and legal ending at Companies House, number {company.number}"
    if one.former:
        reason = f"former name of {company.name} ({company.number}) at Companies House"
    found = _match(kind, _identifier(company), company, reason, known)
    groups = [other for other in match.candidates if other.is_group]
    return replace(found, candidates=(*found.candidates, *groups))


def _candidates(found: list[NamedCompany], core: str) -> list[Candidate]:
    return [
        Candidate(
            _identifier(one.company), one.company.name, 95.0, _candidate_reason(one, core), one.company.number
        )
        for one in found
    ]


def _with_candidates(match: Match, found: list[Candidate]) -> Match:
    offered = {one.organisation_id for one in match.candidates}
    more: dict[str, Candidate] = {}
    for one in found:
        if one.organisation_id not in offered:
            more.setdefault(one.organisation_id, one)
    if not more or match.organisation_id is not None:
        return match
    candidates = tuple(sorted((*match.candidates, *more.values()), key=lambda one: -one.score))[
        :MAX_CANDIDATES
    ]
    best = candidates[0]
    reason = f"not the same name; likeliest {best.name}: {best.reason}"
    return Match(MatchKind.CANDIDATES, None, candidates, reason)


def _candidate_reason(one: NamedCompany, core: str) -> str:
    if name_key(one.name).core != core:
        return (
            f"begins with the same {len(core)} characters at Companies House; the name may have been cut off"
        )
    if one.former:
        return f"had the name {one.name!r} (Companies House)"
    ending = "" if one.same_form else " apart from the ending"
    return f"same name at Companies House{ending}"


def _match(
    kind: MatchKind,
    identifier: str,
    company: Company,
    reason: str,
    known: Mapping[str, str],
    *,
    needs_review: bool = False,
) -> Match:
    candidate = Candidate(identifier, known.get(identifier, company.name), 100.0, reason, company.number)
    return Match(kind, identifier, (candidate,), reason, needs_review)


def _identifier(company: Company) -> str:
    return organisation_id(company.name, company.number)
