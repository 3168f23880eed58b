"""Rows of the database to the facts that a supplier's status rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from db import facts
from db.copies import GENERAL_TERMS, maker
from db.shared_texts import shared_with
from db.store import Store
from domain.organisations import names_organisation
from section54.suppliers.judging.scope import legal_basis
from section54.suppliers.judging.supplier_facts import (
    AreaFinding,
    AttemptFact,
    CheckFinding,
    CoverKind,
    FoundAt,
    GroupCover,
    ListingFact,
    Quotation,
    RegistryLoaded,
    SharedText,
    StatementFact,
    SupplierFacts,
    VisitFact,
)
from section54.suppliers.matching.companies_house import Company


def supplier_facts(
    store: Store,
    organisation_id: str,
    recall: Mapping[str, float | None] | None = None,
    company: Company | None = None,
) -> SupplierFacts:
    """Gather what is known of one organisation; `recall` is the model's measured recall by area.

    `company` is its entry at Companies House, where that is known.

    Raises KeyError for an organisation that is not in the database.
    """
    row = facts.organisation(store, organisation_id)
    if row is None:
        raise KeyError(organisation_id)
    visits = facts.last_visits(store, organisation_id)
    own, shared = _own_and_shared(store, organisation_id, row["name"], recall or {})
    return SupplierFacts(
        organisation_id=organisation_id,
        name=row["name"],
        company_number=row["company_number"],
        statements=own,
        group=(*_covers(store, organisation_id, row["name"], recall or {}), *shared),
        listings=tuple(_listing(store, item) for item in facts.listings(store, organisation_id)),
        attempts=tuple(_attempt(item) for visit in visits for item in facts.attempts(store, visit["id"])),
        visit=_visit(visits),
        registry=tuple(_registry_loaded(store)),
        sector_type=row["sector_type"],
        incorporated_on=company.incorporated_on if company else None,
        year_end=company.accounts_made_up_to if company else None,
        company=company,
    )


def uncollected_facts(
    store: Store, organisation_id: str, name: str, company: Company | None = None
) -> SupplierFacts:
    """What is known of an organisation that is not in the collection: its entry at Companies House, if
    any.
    """
    return SupplierFacts(
        organisation_id=organisation_id,
        name=company.name if company else name,
        company_number=company.number if company else None,
        registry=tuple(_registry_loaded(store)),
        incorporated_on=company.incorporated_on if company else None,
        year_end=company.accounts_made_up_to if company else None,
        company=company,
        collected=False,
    )


def _own_and_shared(
    store: Store, organisation_id: str, name: str, recall: Mapping[str, float | None]
) -> tuple[tuple[StatementFact, ...], tuple[GroupCover, ...]]:
    """Split what was found on the organisation's own site into its own statements and those of its group
    (db.copies).
    """
    own, shared = [], []
    for row in facts.statements(store, organisation_id):
        statement = _statement(store, row, _source(row), recall, name)
        parent = _maker(store, row, name)
        if parent is None:
            own.append(statement)
        else:
            kind, quotation = _how_covered(store, row, name, otherwise=CoverKind.SAME_WEBSITE)
            group = replace(statement, source=FoundAt.GROUP, names_organisation=True)
            shared.append(GroupCover(parent["organisation_id"], parent["name"], kind, group, quotation))
    return tuple(own), tuple(shared)


def _maker(store: Store, row: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    others = facts.others_with(store, row["sha256"], row["organisation_id"])
    if not others:
        return None
    text = "\n".join(s.text for s in store.sentences(row["sha256"], row["extractor_version"]))
    return maker(text, name, row["filed_at"] is not None, others)


def _source(row: Mapping[str, Any]) -> FoundAt:
    if row["filed_at"] == "pdf_url":
        return FoundAt.HOSTED_PDF
    return FoundAt.REGISTRY if row["filed_at"] else FoundAt.OWN_SITE


def _statement(
    store: Store, row: Mapping[str, Any], source: FoundAt, recall: Mapping[str, float | None], name: str
) -> StatementFact:
    quotations = _quotations(facts.evidence(store, row["assessment_id"]))
    sentences = store.sentences(row["sha256"], row["extractor_version"])
    period_end = row["period_end"] or row["filed_period_end"]
    return StatementFact(
        url=row["final_url"],
        sha256=row["sha256"],
        fetched_at=row["last_fetched_at"],
        source=source,
        period_start=_day(row["period_start"]),
        period_end=_day(period_end),
        period_source=None if not period_end else "document" if row["period_end"] else "registry",
        areas=tuple(
            AreaFinding(
                item["area"],
                item["level"],
                item["reason"],
                quotations.get(f"area:{item['area']}", ()),
                recall.get(item["area"]),
            )
            for item in facts.area_results(store, row["assessment_id"])
        ),
        checks=tuple(
            CheckFinding(
                item["check_id"],
                item["value"],
                item["reason"],
                item["detail"],
                quotations.get(f"check:{item['check_id']}", ()),
            )
            for item in facts.checks(store, row["assessment_id"])
        ),
        covered=row["covered"],
        of=row["of_areas"],
        pages=row["pages"],
        pages_read=len(json.loads(row["pages_read"])),
        ruleset=row["ruleset"],
        model=row["model"],
        warnings=(*json.loads(row["text_warnings"]), *json.loads(row["assessment_warnings"])),
        names_organisation=names_organisation("\n".join(s.text for s in sentences), name)
        if sentences
        else None,
        shared=tuple(
            SharedText(item["organisation"], item["url"], item["similarity"], item["noticed_at"])
            for item in shared_with(store, row["sha256"], row["organisation_id"])
        ),
        legal_basis=legal_basis(sentence.text for sentence in sentences),
        error=row["error_message"],
    )


def _quotations(evidence: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Quotation, ...]]:
    """Quotations by finding, in reading order."""
    found: dict[str, tuple[Quotation, ...]] = {}
    for row in evidence:
        page = row["page"] if json.loads(row["boxes"]) else None
        because = tuple(json.loads(row["because"])) if row["finding"].startswith("area:") else ()
        quotation = Quotation(row["text"], page, row["status"], because)
        found[row["finding"]] = (*found.get(row["finding"], ()), quotation)
    return found


def _covers(
    store: Store, organisation_id: str, name: str, recall: Mapping[str, float | None]
) -> Iterable[GroupCover]:
    for row in facts.group_statements(store, organisation_id):
        if not row["read_as_statement"]:
            continue
        parents = [
            item for item in facts.statements(store, row["filed_by"]) if item["sha256"] == row["sha256"]
        ]
        statement = _statement(store, parents[0], FoundAt.GROUP, recall, row["parent_name"])
        why = CoverKind.NAMED_IN_REGISTRY if row["listed"] else CoverKind.SAME_WEBSITE
        kind, quotation = _how_covered(store, parents[0], name, otherwise=why)
        if kind is CoverKind.SAME_WEBSITE:  # the registry listed it once, and the text says nothing of it
            continue
        yield GroupCover(row["filed_by"], row["parent_name"], kind, statement, quotation)


def _how_covered(
    store: Store, parent: Mapping[str, Any], name: str, *, otherwise: CoverKind
) -> tuple[CoverKind, Quotation | None]:
    """How the text reaches the organisation, with the words; `otherwise` is why we looked there at all."""
    general = None
    for sentence in store.sentences(parent["sha256"], parent["extractor_version"]):
        quotation = Quotation(sentence.text, sentence.page if sentence.boxes else None)
        if names_organisation(sentence.text, name):
            return CoverKind.NAMED_IN_TEXT, quotation
        if general is None and GENERAL_TERMS.search(sentence.text):
            general = quotation
    if general is not None and otherwise is CoverKind.SAME_WEBSITE:
        return CoverKind.GENERAL_TERMS, general
    return otherwise, general


def _listing(store: Store, row: Mapping[str, Any]) -> ListingFact:
    answers = {item["area"]: item["answer"] for item in facts.declared(store, row["summary_url"])}
    return ListingFact(
        registry_year=row["registry_year"],
        organisation=row["name"],
        summary_url=row["summary_url"],
        statement_url=row["statement_url"],
        pdf_url=row["pdf_url"],
        period_start=_day(row["period_start"]),
        period_end=_day(row["period_end"]),
        last_updated=_day(row["last_updated"]),
        parent=row["parent"],
        group_submission=None if row["group_submission"] is None else bool(row["group_submission"]),
        turnover=row["turnover"],
        sector_type=row["sector_type"],
        declared={area: None if answer is None else bool(answer) for area, answer in answers.items()},
        withdrawn_at=row["withdrawn_at"],
    )


def _attempt(row: Mapping[str, Any]) -> AttemptFact:
    return AttemptFact(row["url"], row["attempted_at"], row["reason"], row["detail"], row["found_by"])


def _visit(visits: list[dict[str, Any]]) -> VisitFact | None:
    """The newest visit that began at the organisation's own website, else the newest of all."""
    if not visits:
        return None
    row = next((visit for visit in visits if visit["spider"] != "registry"), visits[0])
    return VisitFact(
        row["outcome"], row["finished_at"], row["home_url"], row["home_link"], row["home_link_url"]
    )


def _registry_loaded(store: Store) -> Iterable[RegistryLoaded]:
    for row in facts.registry_files(store):
        for year in json.loads(row["registry_years"]):
            yield RegistryLoaded(year, row["loaded_at"], row["name"])


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
