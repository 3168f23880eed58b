"""From a supplier list to a report: match, gather the facts, work out each status, write it down."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crawler.items import Site
from crawler.organisations import organisation_id
from db import facts as rows
from db.private import PrivateStore
from db.store import Busy, Store, now
from section54.crawling import CrawlFailed, Network
from section54.evidence import CheckedSupplier, Report, summary, write_report
from section54.facts import supplier_facts
from section54.matching import KnownName, Match, Matcher, MatchKind, NameKind
from section54.pipeline import (
    InputError,
    Progress,
    assess_pending,
    crawl_sites,
    extract_pending,
    model_metrics,
)
from section54.settings import Home
from section54.supplier_list import SupplierLine, SupplierList, SupplierListError, read_supplier_list
from section54.suppliers import Status, SupplierFacts, status_of, status_unmatched

_NAME_KINDS = {"former": NameKind.FORMER, "trading": NameKind.TRADING}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to, and the files that it wrote."""

    report: Report
    files: tuple[Path, ...]
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether rows of the list could not be read or a website could not be crawled."""
        return bool(self.report.source.rejected or self.problems)

    def as_dict(self) -> dict[str, Any]:
        source = self.report.source
        return {
            "source": source.source,
            "generated_at": self.report.generated_at,
            "mapping": dict(source.mapping),
            "suppliers": [_supplier_as_dict(item) for item in self.report.suppliers],
            "set_aside": [asdict(row) for row in source.set_aside],
            "rejected": [asdict(row) for row in source.rejected],
            "warnings": [*source.warnings, *self.problems],
            "summary": [asdict(count) for count in summary(self.report)],
            "files": [str(path) for path in self.files],
        }

    def as_text(self) -> str:
        source = self.report.source
        columns = ", ".join(f"{field} = {heading!r}" for field, heading in source.mapping.items())
        lines = [
            f"{source.source}: {len(self.report.suppliers)} suppliers from {source.rows} rows; columns: {columns}"
        ]
        lines += [f"  {count.suppliers:>4}  {count.label}" for count in summary(self.report)]
        lines += [f"set aside, row {row.row}: {row.reason}" for row in source.set_aside]
        lines += [f"rejected, row {row.row}: {row.reason}" for row in source.rejected]
        lines += [f"note: {warning}" for warning in (*source.warnings, *self.problems)]
        return "\n".join([*lines, *(f"written: {path}" for path in self.files)])


def _supplier_as_dict(item: CheckedSupplier) -> dict[str, Any]:
    return {
        "supplier": item.line.name,
        "company_number": item.line.company_number,
        "rows": list(item.line.rows),
        "amount": item.line.amount,
        "match": {
            "kind": str(item.match.kind),
            "organisation_id": item.match.organisation_id,
            "reason": item.match.reason,
            "candidates": [asdict(candidate) for candidate in item.match.candidates],
        },
        "status": str(item.status.status),
        "label": item.status.label,
        "reasons": list(item.status.reasons),
        "scope": asdict(item.status.scope),
        "statement": _statement_as_dict(item.status),
        "tried": [asdict(tried) for tried in item.status.tried],
        "remaining_reasons": list(item.status.remaining_reasons),
    }


def _statement_as_dict(status: Status) -> dict[str, Any] | None:
    return asdict(status.statement) if status.statement else None


def check_list(
    home: Home,
    path: Path,
    output: Path | None,
    mapping: Mapping[str, str],
    network: Network,
    *,
    crawl_first: bool = False,
    say: Progress,
) -> Checked:
    """Check one supplier list against the collection and write CSV, XLSX and HTML to `output`.

    With `crawl_first` the websites that the list gives are visited before. Raises InputError for a list that
    cannot be read as one, and where there is no collection yet.
    """
    if not home.working_db.exists() and not crawl_first:
        raise InputError(
            f"{home.working_db}: no collection yet; load a registry file and crawl first, or use --crawl"
        )
    try:
        source = read_supplier_list(path, mapping)
    except (SupplierListError, OSError) as error:
        raise InputError(str(error)) from error
    with Store(home.working_db) as store:
        problems = _visit_suppliers(store, home, source, network, say) if crawl_first else ()
        suppliers = tuple(check_suppliers(store, source.suppliers))
    report = Report(suppliers, source, now(), version("section54"))
    folder = output or home.reports / f"{path.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    files = write_report(report, folder)
    _remember(home, path, report)
    return Checked(report, files, problems)


def _visit_suppliers(
    store: Store, home: Home, source: SupplierList, network: Network, say: Progress
) -> tuple[str, ...]:
    """Crawl the websites that the list itself gives; what goes wrong is said in the report."""
    sites = [
        Site(organisation_id(line.name, line.company_number), line.name, line.company_number, line.website)
        for line in source.suppliers
        if line.website
    ]
    if not sites:
        return ("the list gives no websites to visit",)
    store.save_seeds(sites, source="supplier_list")
    try:
        crawled = crawl_sites(store, home, "websites", sites, network, verbose=True)
    except (Busy, CrawlFailed) as error:
        return (f"the websites could not be visited: {error}",)
    extract_pending(store, home, say)
    assess_pending(store, say)
    return crawled.errors


def check_suppliers(store: Store, lines: Sequence[SupplierLine]) -> list[CheckedSupplier]:
    """Match and judge each supplier, in the order of the list."""
    matcher = Matcher(known_names(store))
    recall = recall_by_area()
    matches = matcher.match_all([(line.name, line.company_number) for line in lines])
    return [_checked(store, line, match, recall) for line, match in zip(lines, matches, strict=True)]


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


def recall_by_area() -> dict[str, float | None]:
    """The model's measured recall by area, from its metrics; empty where it was not measured."""
    return {area: figures.get("recall") for area, figures in model_metrics().get("areas", {}).items()}


def _checked(
    store: Store, line: SupplierLine, match: Match, recall: Mapping[str, float | None]
) -> CheckedSupplier:
    if match.organisation_id is None:
        return CheckedSupplier(line, match, status_unmatched(len(match.candidates), match.reason))
    found = supplier_facts(store, match.organisation_id, recall)
    review = match.reason if match.needs_review else None
    status = status_of(found, datetime.now(UTC).date(), match_review=review)
    return CheckedSupplier(line, match, status, found)


def _remember(home: Home, path: Path, report: Report) -> None:
    with closing(PrivateStore(home.private_db)) as private:
        private.save_check(
            name=path.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            mapping=report.source.mapping,
            rejected=[asdict(row) for row in report.source.rejected],
            set_aside=[asdict(row) for row in report.source.set_aside],
            results=[
                {
                    "supplier": item.line.name,
                    "company_number": item.line.company_number,
                    "amount": None if item.line.amount is None else str(item.line.amount),
                    "match": str(item.match.kind),
                    "organisation_id": item.match.organisation_id,
                    "status": str(item.status.status),
                    "reasons": item.status.reasons,
                }
                for item in report.suppliers
            ],
        )


# --- one organisation


@dataclass(frozen=True, slots=True)
class Shown:
    """One organisation with its status today."""

    facts: SupplierFacts
    status: Status

    def as_dict(self) -> dict[str, Any]:
        return {"organisation": asdict(self.facts), "status": asdict(self.status)}

    def as_text(self) -> str:
        facts, status = self.facts, self.status
        lines = [
            f"{facts.name}  {facts.company_number or 'no company number'}  ({facts.organisation_id})",
            f"{status.label}: {' '.join(status.reasons)}",
            f"scope: {status.scope.word}",
        ]
        for statement in facts.statements:
            lines.append(f"\n{statement.url}  (sha256 {statement.sha256}, fetched {statement.fetched_at})")
            lines.append(f"  period {statement.period_start or '?'} to {statement.period_end or '?'}")
            lines += [f"  {check.check}: {check.value.replace('_', ' ')}" for check in statement.checks]
            for area in statement.areas:
                lines.append(f"  {area.area}: {area.level.replace('_', ' ')}: {area.reason}")
                lines += [f"      p{quotation.page or 1}: {quotation.text}" for quotation in area.quotations]
        lines += ["", *(f"tried {item.at or ''}: {item.what}: {item.outcome}" for item in status.tried)]
        return "\n".join(lines)


def show_organisation(home: Home, wanted: str) -> Shown:
    """Find one organisation by id, company number or name; raise InputError with the candidates otherwise."""
    if not home.working_db.exists():
        raise InputError(f"{home.working_db}: no collection yet")
    with Store(home.working_db) as store:
        identifier = wanted if rows.organisation(store, wanted) else _matched(store, wanted)
        found = supplier_facts(store, identifier, recall_by_area())
    return Shown(found, status_of(found, datetime.now(UTC).date()))


def _matched(store: Store, wanted: str) -> str:
    match = Matcher(known_names(store)).match(wanted, wanted)
    if match.organisation_id is not None:
        return match.organisation_id
    if match.kind is MatchKind.CANDIDATES:
        names = "; ".join(f"{item.name} ({item.organisation_id})" for item in match.candidates[:5])
        raise InputError(f"{wanted!r} is not the name of a known organisation; do you mean: {names}?")
    raise InputError(f"{wanted!r}: no such organisation")
