"""Which organisation each supplier is: the matcher over the collection, the Companies House snapshot, and
what people decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

from crawler.items import Site
from db import facts as rows
from db.private import PrivateStore
from db.store import Store
from domain.organisations import organisation_id
from section54.exceptions import InputError
from section54.settings import Home
from section54.suppliers.deciding.decisions import Decision, Decisions, Verdict, apply
from section54.suppliers.matching.companies_house import Companies, CompaniesError, Company
from section54.suppliers.matching.company_match import with_companies
from section54.suppliers.matching.matcher import KnownName, Match, Matcher, NameKind, with_parent
from section54.suppliers.reading.lists import SupplierLine

_NAME_KINDS = {"former": NameKind.FORMER, "trading": NameKind.TRADING}


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a supplier was matched to, and the decisions on record about it, oldest first."""

    match: Match
    decisions: tuple[Decision, ...]


def resolve(
    store: Store,
    suppliers: Sequence[tuple[str, str | None]],
    decisions: Decisions,
    companies: Companies | None,
    parents: Sequence[str | None] = (),
) -> list[Resolved]:
    """Match (name, company number or None) pairs, in their order; a person's decision outweighs the matcher.

    `parents`, where given, has for each supplier the parent that the list names, or None. A parent is offered
    as the group, and is never a match.
    """
    names = rows.organisation_names(store)
    common = companies.common_words if companies is not None else None
    matcher = Matcher(known_names(store), common)

    def matched(pairs: Sequence[tuple[str, str | None]]) -> list[Match]:
        found = matcher.match_all(pairs)
        if companies is None:
            return found
        return [
            with_companies(*pair, match, companies, names) for pair, match in zip(pairs, found, strict=True)
        ]

    named = list(dict.fromkeys(filter(None, parents)))
    groups = dict(zip(named, matched([(name, None) for name in named]), strict=True))
    found = []
    for (name, number), match, parent in zip_longest(suppliers, matched(suppliers), parents):
        group = groups.get(parent) if parent else None
        decided = decisions.of(name, number)
        offered = with_parent(match, group) if group else match
        found.append(Resolved(apply(offered, decided, names), decided))
    return found


def known_names(store: Store) -> list[KnownName]:
    return [
        KnownName(
            row["organisation_id"],
            row["name"],
            _NAME_KINDS.get(row["kind"], NameKind.LEGAL),
            row["company_number"],
        )
        for row in rows.known_names(store)
    ]


def load_decisions(home: Home) -> Decisions:
    """What people decided about suppliers, from the private database; none where there is no such file."""
    if not home.private_db.exists():
        return Decisions()
    with closing(PrivateStore(home.private_db)) as private:
        return Decisions(decision_of(row) for row in private.decisions())


def decision_of(row: Mapping[str, Any]) -> Decision:
    """A row of the private database as a decision."""
    fields = {key: value for key, value in row.items() if key != "withdrawn_at"}
    return Decision(**{**fields, "verdict": Verdict(row["verdict"])})


@contextmanager
def open_companies(home: Home) -> Iterator[Companies | None]:
    """The Companies House snapshot, or None where none was loaded."""
    if not home.companies_db.exists():
        yield None
        return
    try:
        opened = Companies(home.companies_db)
    except CompaniesError as error:
        raise InputError(str(error)) from error
    with opened as companies:
        yield companies


def company_of(companies: Companies | None, identifier: str, name: str) -> Company | None:
    """The Companies House entry of an organisation: by its number, else by a name that one live company
    bears.
    """
    if companies is None:
        return None
    number = number_in(identifier)
    if number is not None:
        return companies.company(number)
    present = [one.company for one in companies.named(name) if one.same_form and not one.former]
    return present[0] if len(present) == 1 else None


def number_in(identifier: str) -> str | None:
    """The company number that an organisation's id holds (see domain.company_numbers); None where it is of a
    name.
    """
    return identifier.removeprefix("gb-coh-").upper() if identifier.startswith("gb-coh-") else None


# --- websites that a list gives


def sites_to_visit(
    store: Store, home: Home, lines: Iterable[SupplierLine]
) -> tuple[list[Site], tuple[str, ...]]:
    """The websites of a list, each under the organisation that its supplier is; and why others are not
    visited.

    An organisation that is known keeps its name and number: were a visit stored under the spelling of the
    list, there would be two organisations of one name, and the next check could tell neither.
    """
    given = [line for line in lines if line.website]
    with open_companies(home) as companies:
        pairs = [(line.name, line.company_number) for line in given]
        resolved = resolve(store, pairs, load_decisions(home), companies)
    names = rows.organisation_names(store)
    sites, left_out = [], []
    for line, found in zip(given, resolved, strict=True):
        if not _is_web_address(line.website or ""):
            left_out.append(f"{line.name}: {line.website!r} is no web address and was not visited")
        elif found.match.needs_review:
            left_out.append(f"{line.name}: its website was not visited: {found.match.reason}")
        else:
            sites.append(_site(line, found.match.organisation_id, names))
    return sites, tuple(left_out)


def _site(line: SupplierLine, matched: str | None, names: Mapping[str, str]) -> Site:
    identifier = matched or organisation_id(line.name, line.company_number)
    return Site(identifier, names.get(identifier, line.name), number_in(identifier), line.website)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
    except ValueError:
        return False
    return parts.scheme in {"", "http", "https"} and "." in (parts.hostname or "") and " " not in text
