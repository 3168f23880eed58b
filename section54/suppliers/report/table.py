"""One row per supplier: the columns of the table, and the table as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from crawler.items import AREAS
from domain.coverage import check_value
from domain.safetext import defused
from section54.suppliers.judging.scope import SCOPE_LABELS
from section54.suppliers.judging.supplier_facts import (
    StatementFact,
)
from section54.suppliers.report.contents import (
    AREA_TITLES,
    CHECK_TITLES,
    SOURCE_WORDS,
    CheckedSupplier,
    CheckReport,
    decision_words,
    declared_listing,
    declared_words,
    level_words,
    money_note,
)


def _of_statement(read: Callable[[StatementFact], object]) -> Callable[[CheckedSupplier], object]:
    return lambda item: read(item.status.statement) if item.status.statement is not None else None


def _level(area: str) -> Callable[[CheckedSupplier], object]:
    def read(item: CheckedSupplier) -> object:
        statement = item.status.statement
        found = next((one for one in statement.areas if one.area == area), None) if statement else None
        return level_words(found) if found else None

    return read


def _declared(area: str) -> Callable[[CheckedSupplier], object]:
    def read(item: CheckedSupplier) -> object:
        listing = declared_listing(item)
        return declared_words(listing, area) if listing else None

    return read


def _check(check: str) -> Callable[[CheckedSupplier], object]:
    def read(item: CheckedSupplier) -> object:
        statement = item.status.statement
        found = next((one for one in statement.checks if one.check == check), None) if statement else None
        return check_value(check, found.value) if found else None

    return read


def organisation_name(item: CheckedSupplier) -> str | None:
    return item.facts.name if item.facts else None


def _candidates(item: CheckedSupplier) -> str:
    if not item.is_open:
        return ""
    return "; ".join(
        f"{one.name} ({one.company_number or 'no number'}): {one.reason}" for one in item.match.candidates
    )


def _tried(item: CheckedSupplier) -> str:
    return "; ".join(f"{one.at or 'time not known'} {one.what}: {one.outcome}" for one in item.status.tried)


@dataclass(frozen=True, slots=True)
class ReportColumn:
    key: str
    heading: str
    width: int
    read: Callable[[CheckedSupplier], object]


COLUMNS = (
    ReportColumn("supplier", "Supplier in the list", 36, lambda item: item.line.name),
    ReportColumn(
        "list_company_number", "Company number in the list", 14, lambda item: item.line.company_number
    ),
    ReportColumn("spend_gbp", "Spend (£)", 14, lambda item: item.line.amount),
    ReportColumn("money_note", "Money not in the amount", 24, lambda item: money_note(item.line)),
    ReportColumn("payments", "Payments", 10, lambda item: item.line.payments or None),
    ReportColumn("first_payment", "First payment", 12, lambda item: item.line.first_day),
    ReportColumn("last_payment", "Last payment", 12, lambda item: item.line.last_day),
    ReportColumn("contract_ends", "Contract ends", 12, lambda item: item.line.contract_ends),
    ReportColumn("list_parent", "Parent in the list", 28, lambda item: item.line.parent),
    ReportColumn("written", "As the list writes it", 30, lambda item: item.line.written),
    ReportColumn("rows", "Rows of the list", 12, lambda item: ", ".join(map(str, item.line.rows))),
    ReportColumn("list_files", "Files or sheets of the list", 24, lambda item: "; ".join(item.line.files)),
    ReportColumn("category", "Category in the list", 20, lambda item: item.line.category),
    ReportColumn("status", "Status", 30, lambda item: item.status.label),
    ReportColumn("reasons", "Why", 60, lambda item: " ".join(item.status.reasons)),
    ReportColumn("match", "Match", 26, lambda item: item.match_words),
    ReportColumn("match_reason", "Why this match", 40, lambda item: item.match.reason),
    ReportColumn("organisation", "Organisation", 36, organisation_name),
    ReportColumn(
        "company_number", "Company number", 14, lambda item: item.facts and item.facts.company_number
    ),
    ReportColumn("candidates", "Candidates", 40, _candidates),
    ReportColumn(
        "decisions",
        "Decisions on record",
        40,
        lambda item: "; ".join(decision_words(one) for one in item.decisions),
    ),
    ReportColumn(
        "scope", "Statement of its own expected?", 30, lambda item: SCOPE_LABELS[item.status.scope.word]
    ),
    ReportColumn(
        "scope_evidence",
        "Evidence on scope",
        50,
        lambda item: " ".join(one.text for one in item.status.scope.evidence),
    ),
    ReportColumn("statement_url", "Statement", 50, _of_statement(lambda one: one.url)),
    ReportColumn("statement_source", "Found at", 26, _of_statement(lambda one: SOURCE_WORDS[one.source])),
    ReportColumn("period_start", "Period from", 12, _of_statement(lambda one: one.period_start)),
    ReportColumn("period_end", "Period to", 12, _of_statement(lambda one: one.period_end)),
    ReportColumn("fetched_at", "Fetched (UTC)", 20, _of_statement(lambda one: one.fetched_at)),
    ReportColumn("sha256", "SHA-256 of the document", 30, _of_statement(lambda one: one.sha256)),
    ReportColumn(
        "expected_year_end", "Year end expected today", 14, lambda item: item.status.timing.expected
    ),
    ReportColumn(
        "next_expected_by",
        "Next one expected by, by guidance",
        14,
        lambda item: item.status.timing.next_expected_by,
    ),
    ReportColumn("timing", "Timing, by guidance", 50, lambda item: item.status.timing.explanation),
    *(
        ReportColumn(name, CHECK_TITLES[name], 16, _check(name))
        for name in ("approved", "signed", "no_steps")
    ),
    *(ReportColumn(f"found_{area}", f"Found: {AREA_TITLES[area]}", 18, _level(area)) for area in AREAS),
    *(
        ReportColumn(f"declared_{area}", f"Declared: {AREA_TITLES[area]}", 14, _declared(area))
        for area in AREAS
    ),
    ReportColumn("covered", "Areas covered", 10, _of_statement(lambda one: one.covered)),
    ReportColumn("of", "Areas that could be told", 10, _of_statement(lambda one: one.of)),
    ReportColumn(
        "shared_text",
        "Text largely that of another organisation",
        40,
        _of_statement(lambda one: "; ".join(f"{x.share:.0%}: {x.organisation}, {x.url}" for x in one.shared)),
    ),
    ReportColumn("warnings", "Warnings", 40, _of_statement(lambda one: " ".join(one.warnings))),
    ReportColumn(
        "risk_tier", "Risk tier, by the buyer's own table", 18, lambda item: item.risk and item.risk.words
    ),
    ReportColumn(
        "risk_reasons", "Why this tier", 40, lambda item: item.risk and "; ".join(item.risk.reasons)
    ),
    ReportColumn("tried", "What was tried, and when (UTC)", 60, _tried),
    ReportColumn(
        "remaining_reasons",
        "What else could explain it",
        60,
        lambda item: " ".join(item.status.remaining_reasons),
    ),
    ReportColumn("ruleset", "Ruleset", 16, _of_statement(lambda one: one.ruleset)),
    ReportColumn("model", "Model", 20, _of_statement(lambda one: one.model)),
)


_OVERVIEW = {
    "supplier": 30, "spend_gbp": 14, "status": 24, "reasons": 54, "organisation": 28, "scope": 24,
    "period_end": 12,
    "risk_tier": 14,
}  # fmt: skip
"""The columns that fit across a sheet of paper, with their widths; all else is in the sheet Suppliers."""


def overview_columns(report: CheckReport) -> list[ReportColumn]:
    """The columns of the sheet to print; those that hold nothing for this list are left out."""
    empty = {
        "spend_gbp": all(item.line.amount is None for item in report.suppliers),
        "risk_tier": report.risk_table is None,
    }
    return [
        replace(column, width=_OVERVIEW[column.key])
        for column in columns_of(report)
        if column.key in _OVERVIEW and not empty.get(column.key, False)
    ]


def columns_of(report: CheckReport) -> list[ReportColumn]:
    """Return the columns for one list: the amounts are called what they are, spend or contract value."""
    heading = f"{report.money_word} (£)"
    return [replace(one, heading=heading) if one.key == "spend_gbp" else one for one in COLUMNS]


def write_csv(report: CheckReport, path: Path) -> None:
    """Write one row per supplier. UTF-8 with a byte-order mark, as Excel needs to see the pound sign."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(column.key for column in COLUMNS), "amounts_are", "about_the_list"])
        about = " ".join(report.source.doubts)
        for item in report.suppliers:
            cells = [_csv_cell(column.read(item)) for column in COLUMNS]
            writer.writerow([*cells, report.money_word.lower(), defused(about)])
            about = ""  # once, in the first row


def _csv_cell(read: object) -> str:
    if read is None:
        return ""
    if isinstance(read, date):
        return read.isoformat()
    return str(read) if isinstance(read, Decimal | int | float) else defused(str(read))
