"""Would we expect this organisation to have a statement of its own?

An answer in five words, with its evidence.

The organisation itself decides whether section 54 applies to it; this is what the evidence at hand suggests.
It is kept apart from the status: "likely" says nothing about a statement, and a statement may well be
voluntary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from domain.company_numbers import registered_form
from domain.dates import long_date
from domain.deadlines import YEAR_MONTHS, add_months
from domain.public_bodies import public_body
from domain.rulebook import load_rules
from section54.suppliers.deciding.decisions import Decision, Verdict
from section54.suppliers.judging.supplier_facts import (
    ListingFact,
    ScopeEvidence,
    ScopeWord,
    StatementFact,
    SupplierFacts,
)

_RULES = load_rules(Path(__file__).parent / "rules" / "scope.yaml")

UNDER_THRESHOLD = "Under £36 million"
OVER_THRESHOLD = frozenset(
    {
        "£36 million to £60 million",
        "£60 million to £100 million",
        "£100 million to £500 million",
        "Over £500 million",
    }
)
"""The registry's turnover bands on either side of the amount in SI 2015/1833, reg. 2."""


SCOPE_LABELS = {
    ScopeWord.LIKELY: "A statement of its own is likely to be expected",
    ScopeWord.POSSIBLE: "A statement of its own may be expected",
    ScopeWord.UNLIKELY: "A statement of its own is unlikely to be expected",
    ScopeWord.NOT_COMMERCIAL: "Not a commercial organisation as far as can be seen, so outside section 54 "
    "today",
    ScopeWord.UNKNOWN: "Not known whether a statement of its own is expected",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The answer and all the evidence for it, strongest first."""

    word: ScopeWord
    evidence: tuple[ScopeEvidence, ...]

    @property
    def label(self) -> str:
        return SCOPE_LABELS[self.word]


def legal_basis(sentences: Iterable[str]) -> str | None:
    """Return "voluntary" or "section_54" where a statement says on what footing it is made, else None.

    "Voluntary" wins: a voluntary statement often names the section that does not bind it.
    """
    named = False
    for sentence in sentences:
        if _of_itself(_RULES["voluntary"], sentence):
            return "voluntary"
        named = named or _of_itself(_RULES["section_54"], sentence)
    return "section_54" if named else None


def _of_itself(pattern: re.Pattern[str], sentence: str) -> bool:
    found = pattern.search(sentence)
    return found is not None and not _RULES["of_others"].search(
        sentence, max(0, found.start() - 60), found.end()
    )


def scope_of(facts: SupplierFacts) -> Scope:
    """Weigh the evidence; the first that says anything decides, in the order of its strength."""
    turnover = _turnover(facts)
    own_turnover = [item for item in turnover if item.reading in {ScopeWord.LIKELY, ScopeWord.UNLIKELY}]
    group_turnover = [item for item in turnover if item not in own_turnover]
    evidence = [
        *facts.scope_evidence, *_own_words(facts), *own_turnover, *_accounts(facts), *group_turnover,
        *_public_body(facts),
        *_form(facts),
    ]  # fmt: skip
    word = next(
        (item.reading for item in evidence if item.reading is not ScopeWord.UNKNOWN), ScopeWord.UNKNOWN
    )
    if not evidence:
        return scope_unmatched(facts.name)
    return Scope(word, tuple(evidence))


def scope_unmatched(name: str) -> Scope:
    """What can be said of a supplier of which nothing is known but its name."""
    evidence = public_by_name(name)
    if not evidence:
        text = "There is no company number, registry entry or statement to judge by."
        evidence = [ScopeEvidence(ScopeWord.UNKNOWN, text, "this check")]
    return Scope(evidence[0].reading, tuple(evidence))


def _own_words(facts: SupplierFacts) -> list[ScopeEvidence]:
    """What its newest statement that speaks of it says about the law."""
    own = (statement for statement in facts.statements if statement.names_organisation is not False)
    newest = sorted(own, key=_newest_first)
    for statement in newest:
        if statement.legal_basis == "section_54":
            text = "Its own statement says that it is made under section 54."
            return [ScopeEvidence(ScopeWord.LIKELY, text, statement.url)]
        if statement.legal_basis == "voluntary":
            text = "Its own statement says that it is voluntary."
            return [ScopeEvidence(ScopeWord.UNLIKELY, text, statement.url)]
    return []


def _newest_first(statement: StatementFact) -> tuple[int, str]:
    return (-statement.period_end.toordinal() if statement.period_end else 0, statement.url)


def _turnover(facts: SupplierFacts) -> list[ScopeEvidence]:
    rows = sorted((row for row in facts.listings if row.turnover), key=lambda row: -row.registry_year)
    return [_turnover_evidence(row) for row in rows[:1]]


def _turnover_evidence(row: ListingFact) -> ScopeEvidence:
    where = f"the registry entry for {row.registry_year}, {row.summary_url}"
    if row.turnover == UNDER_THRESHOLD:
        whose = "the whole group that it is part of" if row.parent else "it"
        text = f"The turnover declared for {whose} is under £36 million, so the statement is voluntary."
        return ScopeEvidence(ScopeWord.UNLIKELY, text, where)
    if row.turnover not in OVER_THRESHOLD:
        return ScopeEvidence(ScopeWord.UNKNOWN, f"The turnover declared reads '{row.turnover}'.", where)
    band = row.turnover[0].lower() + row.turnover[1:]
    if row.sector_type == "Public":
        text = f"The budget declared is {band}; public bodies are outside section 54 today."
        return ScopeEvidence(ScopeWord.UNKNOWN, text, where)
    if row.parent:
        text = (
            f"It is listed under {row.parent}, whose group declared a turnover of {band}: that is the "
            "group's "
            "total and says nothing about this organisation alone."
        )
        return ScopeEvidence(ScopeWord.POSSIBLE, text, where)
    return ScopeEvidence(ScopeWord.LIKELY, f"It declared a turnover of {band}.", where)


def _public_body(facts: SupplierFacts) -> list[ScopeEvidence]:
    own_rows = [row for row in facts.listings if row.parent is None]
    public = facts.sector_type == "Public" or any(row.sector_type == "Public" for row in own_rows)
    if not public:
        return []
    if facts.company_number:
        text = (
            "It is recorded as a public body and is a registered company too; a publicly owned company "
            "can be in scope."
        )
        return [ScopeEvidence(ScopeWord.POSSIBLE, text, "sector type, as recorded")]
    text = (
        "It is recorded as a public body. Public bodies are outside section 54 today; many publish "
        "voluntarily."
    )
    return [ScopeEvidence(ScopeWord.NOT_COMMERCIAL, text, "sector type, as recorded")]


NEW_SIZE_LIMITS = date(2025, 4, 6)
"""Financial years that begin on or after this day have the raised size limits of SI 2024/1303."""
_LARGE = (
    ScopeWord.POSSIBLE,
    "which its size or its group asks for; the turnover itself is not in the register",
)
_SMALL = (
    ScopeWord.UNLIKELY,
    "which is open only to companies with a turnover well under £36 million as a rule",
)
_PARENT = ScopeWord.POSSIBLE, "which rests on its parent, so its own turnover is open: look at the group"
_NO_ACCOUNTS = ScopeWord.UNKNOWN, "so there are none to judge its size by"
_ACCOUNTS: Mapping[str, tuple[ScopeWord, str]] = {
    "GROUP": (ScopeWord.POSSIBLE, "as a parent: look up the consolidated turnover"),
    "FULL": _LARGE,
    "INTERIM": _LARGE,
    "AUDIT EXEMPTION SUBSIDIARY": _PARENT,
    "FILING EXEMPTION SUBSIDIARY": _PARENT,
    "SMALL": _SMALL,
    "TOTAL EXEMPTION FULL": _SMALL,
    "TOTAL EXEMPTION SMALL": _SMALL,
    "PARTIAL EXEMPTION": _SMALL,
    "UNAUDITED ABRIDGED": _SMALL,
    "AUDITED ABRIDGED": _SMALL,
    "MICRO ENTITY": (ScopeWord.UNLIKELY, "which is open only to the smallest companies"),
    "DORMANT": (ScopeWord.UNLIKELY, "so it did not trade; look at its group"),
    "NO ACCOUNTS FILED": _NO_ACCOUNTS,
    "ACCOUNTS TYPE NOT AVAILABLE": _NO_ACCOUNTS,
    "INITIAL": _NO_ACCOUNTS,
}
"""How the category of the last accounts reads for s.54; MEDIUM depends on the year, see _medium."""


def _accounts(facts: SupplierFacts) -> list[ScopeEvidence]:
    """The category of the accounts filed last: evidence of size, never of turnover itself."""
    company = facts.company
    if company is None:
        return []
    where = f"Companies House, {company.snapshot}"
    found = []
    category = (company.accounts_category or "").upper()
    made_up = f" made up to {long_date(company.accounts_made_up_to)}" if company.accounts_made_up_to else ""
    reading, words = _medium(company.accounts_made_up_to) if category == "MEDIUM" else _ACCOUNTS.get(
        category, (ScopeWord.UNKNOWN, "a category that says nothing of its size")
    )  # fmt: skip
    if category:
        text = f"Its last accounts{made_up} are filed as {category.lower()}, {words}."
        found.append(ScopeEvidence(reading, text, where))
    if company.status and company.status.lower() != "active":
        text = f"Companies House lists it with the status '{company.status}'."
        found.append(ScopeEvidence(ScopeWord.UNKNOWN, text, where))
    return found


def _medium(made_up_to: date | None) -> tuple[ScopeWord, str]:
    """Until April 2025 'medium' ended at the £36 million of s.54; since then it reaches £54 million."""
    if made_up_to is not None and add_months(made_up_to, -YEAR_MONTHS) + timedelta(days=1) < NEW_SIZE_LIMITS:
        words = (
            "for a year in which that stood for a turnover of up to £36 million, unless its other "
            "figures were small"
        )
        return ScopeWord.UNLIKELY, words
    return (
        ScopeWord.POSSIBLE,
        "which since April 2025 reaches up to a turnover of £54 million, or more in some cases",
    )


def public_by_name(name: str) -> list[ScopeEvidence]:
    """The weakest of evidence, for want of other: a name as only public bodies have, without a company's
    ending.
    """
    if public_body(name) is None:
        return []
    text = (
        "By its name it may be a public body. Public bodies are outside section 54 today; many publish "
        "voluntarily."
    )
    return [ScopeEvidence(ScopeWord.NOT_COMMERCIAL, text, "its name")]


def _form(facts: SupplierFacts) -> list[ScopeEvidence]:
    """Legal form names the class of bodies; it never tells the turnover, so alone it decides nothing."""
    form = registered_form(facts.company_number)
    if form is None:
        return []
    known = "within the class of bodies that the Act names" if form.commercial else "perhaps in business"
    text = f"By its number it is a {form.name}, {known}."
    return [ScopeEvidence(ScopeWord.UNKNOWN, text, f"company number {facts.company_number}")]


# --- what a person said

_READINGS = {Verdict.SCOPE_LIKELY: ScopeWord.LIKELY, Verdict.SCOPE_UNLIKELY: ScopeWord.UNLIKELY}


def on_scope(decisions: Iterable[Decision], organisation_id: str) -> tuple[ScopeEvidence, ...]:
    """What a person said of this organisation's scope, as evidence that goes before any other; empty if
    nothing.
    """
    found = [one for one in decisions if one.verdict in _READINGS and one.organisation_id == organisation_id]
    return tuple(
        ScopeEvidence(_READINGS[one.verdict], f"A person's reading, {one.sentence()}.", "decision on record")
        for one in found[-1:]
    )
