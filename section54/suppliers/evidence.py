"""Write what a supplier check came to: CSV for other tools, XLSX to work in, HTML to read, print and file.

All three say the same. Nothing in them is a verdict: the words are those of coverage, a negative carries what was
tried and what else could explain it, and no approver is named.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from crawler.items import AREAS
from db.redact import redact_quotation
from section54.suppliers.decisions import VERDICT_WORDS, Decision
from section54.suppliers.lists import SupplierLine, SupplierList
from section54.suppliers.matching import Match, MatchKind
from section54.suppliers.risk import RiskTier
from section54.suppliers.scope import SCOPE_LABELS
from section54.suppliers.sheets import defused, looks_like_formula, without_control
from section54.suppliers.status import (
    REMAINING_REASONS,
    STATUS_LABELS,
    AreaFinding,
    CheckFinding,
    ListingFact,
    Quotation,
    Source,
    StatementFact,
    Status,
    StatusWord,
    SupplierFacts,
)
from section54.words import HOME_LINKS, LEVEL_MEANINGS, LEVELS, STATUSES, value, words

AREA_TITLES = {
    "structure": "Structure, business and supply chains (a)",
    "policies": "Policies (b)",
    "due_diligence": "Due diligence (c)",
    "risk": "Risk (d)",
    "effectiveness": "Effectiveness (e)",
    "training": "Training (f)",
}
"""The six areas of s.54(5), with the letter of the Act."""

CHECK_TITLES = {
    "approved": "Approval by the board or equivalent",
    "signed": "Signature by a director or equivalent",
    "no_steps": "Says that no steps were taken (lawful today)",
    "entities_covered": "Names the organisations that it covers (guidance)",
    "earlier_statements": "Points to earlier statements (guidance)",
    "language": "Language (guidance)",
}
"""What the Act asks for first, then what guidance does."""
SOURCE_WORDS = {
    Source.OWN_SITE: "its own website",
    Source.REGISTRY: "the address filed with the government registry",
    Source.HOSTED_PDF: "the copy hosted by the government registry",
    Source.GROUP: "the parent or group",
}
MATCH_WORDS = {
    MatchKind.DECIDED: "Matched by a person's decision",
    MatchKind.NUMBER: "Matched by company number",
    MatchKind.EXACT_NAME: "Matched by name",
    MatchKind.FORMER_NAME: "Matched by former name",
    MatchKind.TRADING_NAME: "Matched by trading name",
    MatchKind.CANDIDATES: "Not matched: candidates to choose from",
    MatchKind.NONE: "Not matched",
}
COVERAGE_NOTE = "Coverage, not compliance."
CONDUCT_NOTE = "The presence or absence of a statement proves nothing about conduct."
METHOD = (
    "Suppliers are matched by company number first, then by exact name, former name or trading name. Similar names "
    "are only ever offered as candidates: a person decides.",
    "A statement counts as current until guidance expects the next one: six months after the end of the following "
    "financial year. The Act itself sets no deadline.",
    "The six areas of section 54(5) are optional in law: a statement may include them. Levels describe how much was "
    "found, sentence by sentence, by a trained model; every level shows the sentences that it rests on.",
    "'No passage found' means that every page was read and no sentence was recognised. The share of such passages "
    "that the model recognises is shown beside it where it was measured (recall).",
    "Answers under 'declared' are the organisation's own, as filed with the government registry, checked by nobody. "
    "A blank one is 'not answered', not 'no'. An entry in the registry is voluntary.",
    "Whether a statement is expected of an organisation (scope) is a separate question, answered with the evidence "
    "at hand. The organisation itself decides in law whether section 54 applies to it.",
    "Only the Secretary of State can enforce section 54. This check prompts a person's own look and decides nothing.",
)

WHOLE_PAGE = (
    500  # suppliers on one page: some 2 MB, which browsers and Chromium's printing take in their stride
)
PART = 250  # suppliers on each page of a longer report

_TEMPLATES = Path(__file__).parent / "templates"
_CELL_LIMIT = 32_767  # characters that Excel takes in a cell


@dataclass(frozen=True, slots=True)
class CheckedSupplier:
    """One supplier of the list with all that was found out."""

    line: SupplierLine
    match: Match
    status: Status
    facts: SupplierFacts | None = None
    """None where no organisation was matched, or the match is one that a person should confirm."""
    decisions: tuple[Decision, ...] = ()
    """What a person decided about this supplier, oldest first."""
    risk: RiskTier | None = None
    """The buyer's own tier; None where no table was given."""

    @property
    def is_open(self) -> bool:
        """Whether a person has to choose or confirm the organisation."""
        return self.match.kind is MatchKind.CANDIDATES or self.match.needs_review

    @property
    def match_words(self) -> str:
        words = MATCH_WORDS[self.match.kind]
        return f"{words}, to be confirmed" if self.match.needs_review else words


@dataclass(frozen=True, slots=True)
class Report:
    """One check of one supplier list."""

    suppliers: tuple[CheckedSupplier, ...]
    source: SupplierList
    generated_at: str
    """UTC, ISO 8601."""
    version: str
    """Of this program."""
    risk_table: str | None = None
    """Name of the buyer's table of risk tiers."""


@dataclass(frozen=True, slots=True)
class StatusCount:
    """One line of the summary."""

    status: StatusWord
    label: str
    suppliers: int
    amount: Decimal | None
    """None where the list has no amounts."""
    share: float | None
    """Of the spend, 0 to 1; None without amounts or where they do not add up to more than nothing."""


def summary(report: Report) -> tuple[StatusCount, ...]:
    """Count suppliers and add up their spend by status, in the order of the ladder; statuses of nobody left out."""
    amounts = [item.line.amount for item in report.suppliers if item.line.amount is not None]
    total = sum(amounts, Decimal(0))
    counts = []
    for word in StatusWord:
        items = [item for item in report.suppliers if item.status.status is word]
        spend = sum((item.line.amount or Decimal(0) for item in items), Decimal(0))
        share = float(spend / total) if total > 0 else None
        if items:
            counts.append(
                StatusCount(word, STATUS_LABELS[word], len(items), spend if amounts else None, share)
            )
    return tuple(counts)


def write_report(report: Report, folder: Path) -> tuple[Path, ...]:
    """Write suppliers.csv, suppliers.xlsx and report.html into `folder`, which is made if need be; return all files."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = (folder / "suppliers.csv", folder / "suppliers.xlsx")
    for path, write in zip(tables, (write_csv, write_xlsx), strict=True):
        write(report, path)
    return (*tables, *write_html(report, folder / "report.html"))


def _statements(report: Report) -> Iterator[StatementFact]:
    return (item.status.statement for item in report.suppliers if item.status.statement is not None)


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({one for one in values if one}))


# --- one row per supplier


def _statement(item: CheckedSupplier) -> StatementFact | None:
    return item.status.statement


def _of_statement(read: Callable[[StatementFact], object]) -> Callable[[CheckedSupplier], object]:
    return lambda item: read(item.status.statement) if item.status.statement is not None else None


def _level(area: str) -> Callable[[CheckedSupplier], object]:
    def read(item: CheckedSupplier) -> object:
        statement = _statement(item)
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
        statement = _statement(item)
        found = next((one for one in statement.checks if one.check == check), None) if statement else None
        return value(check, found.value) if found else None

    return read


def _organisation(item: CheckedSupplier) -> str | None:
    return item.facts.name if item.facts else None


def _candidates(item: CheckedSupplier) -> str:
    if not item.is_open:
        return ""
    return "; ".join(
        f"{one.name} ({one.company_number or 'no number'}): {one.reason}" for one in item.match.candidates
    )


def _tried(item: CheckedSupplier) -> str:
    return "; ".join(f"{one.at or 'time not known'} {one.what}: {one.outcome}" for one in item.status.tried)


def decision_words(decision: Decision) -> str:
    """One decision in words: "is this organisation (Larkfield Limited), decided by ... on ...: reason"."""
    about = f" ({decision.organisation})" if decision.organisation else ""
    return f"{VERDICT_WORDS[decision.verdict]}{about}, {decision.sentence()}"


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    heading: str
    width: int
    read: Callable[[CheckedSupplier], object]


_COLUMNS = (
    _Column("supplier", "Supplier in the list", 36, lambda item: item.line.name),
    _Column("list_company_number", "Company number in the list", 14, lambda item: item.line.company_number),
    _Column("spend_gbp", "Spend (£)", 14, lambda item: item.line.amount),
    _Column("rows", "Rows of the list", 12, lambda item: ", ".join(map(str, item.line.rows))),
    _Column("category", "Category in the list", 20, lambda item: item.line.category),
    _Column("status", "Status", 30, lambda item: item.status.label),
    _Column("reasons", "Why", 60, lambda item: " ".join(item.status.reasons)),
    _Column("match", "Match", 26, lambda item: item.match_words),
    _Column("match_reason", "Why this match", 40, lambda item: item.match.reason),
    _Column("organisation", "Organisation", 36, _organisation),
    _Column("company_number", "Company number", 14, lambda item: item.facts and item.facts.company_number),
    _Column("candidates", "Candidates", 40, _candidates),
    _Column(
        "decisions",
        "Decisions on record",
        40,
        lambda item: "; ".join(decision_words(one) for one in item.decisions),
    ),
    _Column("scope", "Statement of its own expected?", 30, lambda item: SCOPE_LABELS[item.status.scope.word]),
    _Column(
        "scope_evidence",
        "Evidence on scope",
        50,
        lambda item: " ".join(one.text for one in item.status.scope.evidence),
    ),
    _Column("statement_url", "Statement", 50, _of_statement(lambda one: one.url)),
    _Column("statement_source", "Found at", 26, _of_statement(lambda one: SOURCE_WORDS[one.source])),
    _Column("period_start", "Period from", 12, _of_statement(lambda one: one.period_start)),
    _Column("period_end", "Period to", 12, _of_statement(lambda one: one.period_end)),
    _Column("fetched_at", "Fetched (UTC)", 20, _of_statement(lambda one: one.fetched_at)),
    _Column("sha256", "SHA-256 of the document", 30, _of_statement(lambda one: one.sha256)),
    _Column("expected_year_end", "Year end expected today", 14, lambda item: item.status.timing.expected),
    _Column(
        "next_expected_by",
        "Next one expected by, by guidance",
        14,
        lambda item: item.status.timing.next_expected_by,
    ),
    _Column("timing", "Timing, by guidance", 50, lambda item: item.status.timing.explanation),
    *(_Column(name, CHECK_TITLES[name], 16, _check(name)) for name in ("approved", "signed", "no_steps")),
    *(_Column(f"found_{area}", f"Found: {AREA_TITLES[area]}", 18, _level(area)) for area in AREAS),
    *(_Column(f"declared_{area}", f"Declared: {AREA_TITLES[area]}", 14, _declared(area)) for area in AREAS),
    _Column("covered", "Areas covered", 10, _of_statement(lambda one: one.covered)),
    _Column("of", "Areas that could be told", 10, _of_statement(lambda one: one.of)),
    _Column(
        "shared_text",
        "Text largely that of another organisation",
        40,
        _of_statement(lambda one: "; ".join(f"{x.share:.0%}: {x.organisation}, {x.url}" for x in one.shared)),
    ),
    _Column("warnings", "Warnings", 40, _of_statement(lambda one: " ".join(one.warnings))),
    _Column(
        "risk_tier", "Risk tier, by the buyer's own table", 18, lambda item: item.risk and item.risk.words
    ),
    _Column("risk_reasons", "Why this tier", 40, lambda item: item.risk and "; ".join(item.risk.reasons)),
    _Column("tried", "What was tried, and when (UTC)", 60, _tried),
    _Column(
        "remaining_reasons",
        "What else could explain it",
        60,
        lambda item: " ".join(item.status.remaining_reasons),
    ),
    _Column("ruleset", "Ruleset", 16, _of_statement(lambda one: one.ruleset)),
    _Column("model", "Model", 20, _of_statement(lambda one: one.model)),
)


_OVERVIEW = {
    "supplier": 30, "spend_gbp": 14, "status": 24, "reasons": 54, "organisation": 28, "scope": 24, "period_end": 12,
    "risk_tier": 14,
}  # fmt: skip
"""The columns that fit across a sheet of paper, with their widths; all else is in the sheet Suppliers."""


def _overview(report: Report) -> list[_Column]:
    """The columns of the sheet to print; those that hold nothing for this list are left out."""
    empty = {
        "spend_gbp": all(item.line.amount is None for item in report.suppliers),
        "risk_tier": report.risk_table is None,
    }
    return [
        replace(column, width=_OVERVIEW[column.key])
        for column in _COLUMNS
        if column.key in _OVERVIEW and not empty.get(column.key, False)
    ]


def level_words(finding: AreaFinding) -> str:
    """The level in words; beside 'no passage found' the share of such passages that the model recognises."""
    level = words(LEVELS, finding.level)
    if finding.level != "none" or finding.recall is None:
        return level
    return f"{level} (measured recall {finding.recall:.0%})"


def declared_words(listing: ListingFact, area: str) -> str:
    """The organisation's own answer; a blank one is not a No."""
    answer = listing.declared.get(area)
    return "Not answered" if answer is None else "Yes" if answer else "No"


def declared_listing(item: CheckedSupplier) -> ListingFact | None:
    """The registry row to hold against the statement: the one of the same period, else the newest; none withdrawn."""
    listings = [row for row in item.facts.listings if row.withdrawn_at is None] if item.facts else []
    if not listings:
        return None
    statement = item.status.statement
    same = [row for row in listings if statement and row.period_end == statement.period_end]
    return max(same or listings, key=lambda row: (row.period_end or date.min, row.registry_year))


def quotation_words(quotation: Quotation, organisation: str, *, check: str | None = None) -> str:
    """The quotation without the names of individuals; more is taken out where a signatory is spoken of."""
    return redact_quotation(quotation.text, organisation, signatory=check in {"approved", "signed"})


# --- CSV


def write_csv(report: Report, path: Path) -> None:
    """Write one row per supplier. UTF-8 with a byte-order mark, as Excel needs to see the pound sign."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.key for column in _COLUMNS])
        for item in report.suppliers:
            writer.writerow([_csv_cell(column.read(item)) for column in _COLUMNS])


def _csv_cell(read: object) -> str:
    if read is None:
        return ""
    if isinstance(read, date):
        return read.isoformat()
    return str(read) if isinstance(read, Decimal | int | float) else defused(str(read))


# --- XLSX

_HEAD_FONT = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="1D3557")
_RULED = Border(bottom=Side(style="hair", color="747B85"))  # rows are told apart on paper too
_WRAP = Alignment(wrap_text=True, vertical="top")
_LINE_POINTS = 15
_MAX_LINES = 6  # a longer cell is read in the input line; taller rows would hide the others
_EVIDENCE_HEADINGS = (
    ("Supplier in the list", 32),
    ("Organisation", 32),
    ("Finding", 34),
    ("Result", 26),
    ("Why", 44),
    ("Declared in the registry", 16),
    ("Quotation", 80),
    ("Page", 8),
    ("Done, planned or denied", 14),
    ("Statement", 50),
    ("Found at", 26),
    ("Period to", 12),
    ("Fetched (UTC)", 20),
    ("SHA-256 of the document", 30),
    ("Ruleset", 16),
    ("Model", 20),
)


def write_xlsx(report: Report, path: Path) -> None:
    """Write the sheets Overview (to print), Suppliers, Evidence, Set aside and Method.

    No cell is a formula or a live link.
    """
    book = Workbook(write_only=True)
    book.properties.title = "Supplier check: modern slavery statements"
    book.properties.creator = f"section54 {report.version}"
    overview = _overview(report)
    _sheet(
        book,
        "Overview",
        [(column.heading, column.width) for column in overview],
        ([column.read(item) for column in overview] for item in report.suppliers),
        len(report.suppliers),
        frozen_columns=1,
    )
    headings = [(column.heading, column.width) for column in _COLUMNS]
    rows = ([column.read(item) for column in _COLUMNS] for item in report.suppliers)
    _sheet(book, "Suppliers", headings, rows, len(report.suppliers), frozen_columns=1, pages_wide=8)
    evidence = list(_evidence_rows(report))
    _sheet(book, "Evidence", _EVIDENCE_HEADINGS, evidence, len(evidence), frozen_columns=1, pages_wide=3)
    aside = list(_aside_rows(report.source))
    _sheet(book, "Set aside", (("Row", 8), ("What", 18), ("Shown", 40), ("Reason", 90)), aside, len(aside))
    method = list(_method_rows(report))
    _sheet(book, "Method", (("About", 24), ("", 110)), method, len(method), filters=False)
    book.save(path)


def _sheet(
    book: Workbook,
    title: str,
    headings: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[object]],
    count: int,
    *,
    frozen_columns: int = 0,
    filters: bool = True,
    pages_wide: int = 1,
) -> None:
    sheet = book.create_sheet(title)
    _paper(sheet, pages_wide, frozen_columns)
    sheet.freeze_panes = f"{get_column_letter(frozen_columns + 1)}2"
    for index, (_, width) in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    if filters:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{count + 1}"
    sheet.row_dimensions[1].height = 3 * _LINE_POINTS
    sheet.append([_head_cell(sheet, heading) for heading, _ in headings])
    cells = _CellWriter(sheet, ruled=pages_wide == 1)
    widths = [width for _, width in headings]
    for number, row in enumerate(rows, start=2):
        sheet.row_dimensions[number].height = _height(row, widths)
        sheet.append([cells.cell(read) for read in row])


def _paper(sheet: Any, pages_wide: int, frozen_columns: int) -> None:
    """A4 across, so many pages wide; the head stands on every page, and beside it the first column where it is frozen."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_wide, 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.75, footer=0.35)
    sheet.print_title_rows = "1:1"
    if frozen_columns and pages_wide > 1:
        sheet.print_title_cols = f"A:{get_column_letter(frozen_columns)}"
    sheet.oddFooter.left.text = COVERAGE_NOTE
    sheet.oddFooter.right.text = "&A, page &P of &N"


def _height(row: Sequence[object], widths: Sequence[int]) -> int:
    """Points for the tallest cell, at most _MAX_LINES lines: LibreOffice does not grow rows to wrapped text by itself."""
    lines = (-(-len(str(read)) // width) for read, width in zip(row, widths, strict=True) if read is not None)
    return _LINE_POINTS * min(max(lines, default=1) or 1, _MAX_LINES)


def _head_cell(sheet: Any, heading: str) -> Cell:
    cell = WriteOnlyCell(sheet, heading)
    cell.font, cell.fill, cell.alignment = _HEAD_FONT, _HEAD_FILL, _WRAP
    return cell


class _CellWriter:
    """Makes typed cells of one sheet; text is stored as text even where it looks like a formula.

    The styles are worked out once: openpyxl would hash fonts and alignments anew for each of a million cells.
    """

    def __init__(self, sheet: Any, *, ruled: bool) -> None:
        self.sheet, self.ruled = sheet, ruled
        self._styles = {kind: self._style(kind) for kind in ("text", "formula-like", "number", "date")}
        blank: Any = WriteOnlyCell(sheet)
        blank._style = self._styles["text"]
        self._blank = blank

    def _style(self, kind: str) -> Any:
        cell: Any = WriteOnlyCell(self.sheet, "")
        cell.alignment = _WRAP
        if self.ruled:
            cell.border = _RULED
        if kind == "formula-like":
            cell.quotePrefix = True  # stays text when somebody edits the cell
        if kind == "date":
            cell.alignment = Alignment(horizontal="left", vertical="top")
        if kind in {"number", "date"}:
            cell.number_format = "#,##0.00_)" if kind == "number" else "yyyy-mm-dd"
        return cell._style

    def cell(self, read: object) -> Any:
        """A cell of the sheet; for nothing to show None, or on a sheet with ruled lines an empty one."""
        cell: Any
        if read is None or read == "":
            return self._blank if self.ruled else None
        if isinstance(read, int | float | Decimal | date):
            cell = WriteOnlyCell(self.sheet, read)  # type: ignore[arg-type]  # Decimal and date too
            cell._style = self._styles[_number_kind(read)]
            return cell
        text = _cut(without_control(str(read)))
        cell = WriteOnlyCell(self.sheet, text)
        cell.data_type = "s"
        cell._style = self._styles["formula-like" if looks_like_formula(text) else "text"]
        return cell


def _cut(text: str) -> str:
    """What Excel takes in one cell; a cell that is cut says so."""
    said = " ... (cut: whole in suppliers.csv)"
    return text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - len(said)] + said


def _number_kind(read: object) -> str:
    if isinstance(read, date):
        return "date"
    return "number" if isinstance(read, Decimal) else "text"


def _evidence_rows(report: Report) -> Iterator[list[object]]:
    for item in report.suppliers:
        statement = item.status.statement
        if statement is None:
            continue
        start = [item.line.name, _organisation(item)]
        end = [
            statement.url,
            SOURCE_WORDS[statement.source],
            statement.period_end,
            statement.fetched_at,
            statement.sha256,
            statement.ruleset,
            statement.model,
        ]
        for middle in _findings(item, statement):
            yield [*start, *middle, *end]


def _findings(item: CheckedSupplier, statement: StatementFact) -> Iterator[list[object]]:
    """The cells from Finding to Status, one list per quotation, or one without a quotation."""
    name = _organisation(item) or item.line.name
    listing = declared_listing(item)
    if item.status.cover is not None and item.status.cover.quotation is not None:
        yield from _finding_rows(
            "Cover by the group", item.status.label, "", None, (item.status.cover.quotation,), name, None
        )
    for check in checks_in_order(statement.checks):
        title = CHECK_TITLES.get(check.check, check.check)
        yield from _finding_rows(
            title, check_words(check), check.reason, None, check.quotations, name, check.check
        )
    for area in statement.areas:
        declared = declared_words(listing, area.area) if listing else None
        title = AREA_TITLES[area.area]
        yield from _finding_rows(title, level_words(area), area.reason, declared, area.quotations, name, None)


def checks_in_order(checks: Iterable[CheckFinding]) -> list[CheckFinding]:
    """The checks as CHECK_TITLES has them; those of a rubric that it does not know at the end."""
    order = list(CHECK_TITLES)
    return sorted(checks, key=lambda one: order.index(one.check) if one.check in order else len(order))


def check_words(check: CheckFinding) -> str:
    """The outcome of a check in words, with the role or body where one was found."""
    return (
        f"{value(check.check, check.value)} ({check.detail})"
        if check.detail
        else value(check.check, check.value)
    )


def _finding_rows(
    title: str,
    result: str,
    reason: str,
    declared: str | None,
    quotations: Sequence[Quotation],
    organisation: str,
    check: str | None,
) -> Iterator[list[object]]:
    if not quotations:
        yield [title, result, reason, declared, None, None, None]
    for one in quotations:
        quoted = quotation_words(one, organisation, check=check)
        yield [title, result, reason, declared, quoted, one.page, words(STATUSES, one.status)]


def _aside_rows(source: SupplierList) -> Iterator[list[object]]:
    for aside in source.set_aside:
        yield [aside.row, "Set aside", aside.shown or "(name withheld)", aside.reason]
    for rejected in source.rejected:
        yield [rejected.row, "Rejected", rejected.cell, rejected.reason]
    for warning in source.warnings:
        yield [None, "Warning", None, warning]


def _method_rows(report: Report) -> Iterator[list[object]]:
    yield ["Read first", f"{COVERAGE_NOTE} {CONDUCT_NOTE}"]
    for line in METHOD:
        yield ["Method", line]
    for title, text in provenance(report):
        yield [title, text]


def provenance(report: Report, item: CheckedSupplier | None = None) -> Iterator[tuple[str, str]]:
    """Where the report, or the evidence on one supplier of it, comes from, as pairs of title and text."""
    source = report.source
    statements = (
        [item.status.statement]
        if item and item.status.statement
        else []
        if item
        else list(_statements(report))
    )
    snapshots = _distinct(
        one.facts.company.snapshot
        for one in ([item] if item else report.suppliers)
        if one.facts and one.facts.company
    )
    yield "Generated (UTC)", report.generated_at
    yield "Program", f"section54 {report.version}"
    yield (
        "Ruleset",
        ", ".join(_distinct(one.ruleset for one in statements)) or "none: no statement was assessed",
    )
    yield "Model", ", ".join(_distinct(one.model for one in statements)) or "none: no statement was assessed"
    if snapshots:
        yield "Companies House", ", ".join(snapshots)
    if report.risk_table:
        yield "Risk tiers", f"the buyer's table {report.risk_table}"
    header = f", header in row {source.header_row}" if source.header_row else ""
    yield "Supplier list", f"{Path(source.source).name} ({source.format}{header})"
    columns = "; ".join(f"{name} from '{heading}'" for name, heading in source.mapping.items())
    yield "Columns read", columns
    yield "Columns not used", ", ".join(source.unused_columns) or "none"
    yield (
        "Rows",
        f"{source.rows} read: {len(source.suppliers)} suppliers, {len(source.set_aside)} rows set aside, "
        f"{len(source.rejected)} rejected",
    )


# --- HTML


def write_html(report: Report, path: Path) -> tuple[Path, ...]:
    """Write the report as pages without scripts or outside assets; return them, the first at `path`.

    A list of more than WHOLE_PAGE suppliers has a page for each PART of a status beside it, in a folder of its name.
    """
    parts = () if len(report.suppliers) <= WHOLE_PAGE else _parts(report, path.stem)
    path.write_text(_render_index(report, parts), encoding="utf-8")
    folder = path.parent / path.stem
    if parts:
        folder.mkdir(exist_ok=True)
    written = [path]
    for number, part in enumerate(parts):
        page = folder / part.name
        page.write_text(_render_part(report, parts, number), encoding="utf-8")
        written.append(page)
    return tuple(written)


@dataclass(frozen=True, slots=True)
class _Part:
    """One page of a long report: suppliers of one status, by name."""

    name: str
    href: str
    title: str
    listed: tuple[tuple[str | None, CheckedSupplier], ...]

    @property
    def first(self) -> str:
        return self.listed[0][1].line.name

    @property
    def last(self) -> str:
        return self.listed[-1][1].line.name


def _parts(report: Report, folder: str) -> tuple[_Part, ...]:
    """The suppliers by status in the order of the ladder, cut into pages."""
    parts = []
    for word in StatusWord:
        listed = sorted(
            (one for one in _listed(report) if one[1].status.status is word),
            key=lambda one: one[1].line.name.casefold(),
        )
        pages = -(-len(listed) // PART)
        for page in range(pages):
            name = f"{word.replace('_', '-')}-{page + 1:02}.html"
            title = STATUS_LABELS[word] + (f", page {page + 1} of {pages}" if pages > 1 else "")
            parts.append(
                _Part(name, f"{folder}/{name}", title, tuple(listed[page * PART : (page + 1) * PART]))
            )
    return tuple(parts)


def _listed(report: Report) -> list[tuple[str | None, CheckedSupplier]]:
    return [(_anchor(number, item), item) for number, item in enumerate(report.suppliers, start=1)]


def _render_part(report: Report, parts: Sequence[_Part], number: int) -> str:
    return environment().get_template("report_part.html.jinja").render(
        report=report,
        part=parts[number],
        before=parts[number - 1] if number else None,
        after=parts[number + 1] if number + 1 < len(parts) else None,
        coverage_note=COVERAGE_NOTE,
        conduct_note=CONDUCT_NOTE,
    )  # fmt: skip


def render_html(report: Report) -> str:
    """Return the whole report as one page that reads without colour, prints, and links only to http and https."""
    return _render_index(report, ())


def _render_index(report: Report, parts: Sequence[_Part]) -> str:
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            summary=summary(report),
            listed=[] if parts else _listed(report),
            pages=parts,
            part_size=PART,
            method=METHOD,
            levels=[(LEVELS[code], meaning) for code, meaning in LEVEL_MEANINGS.items()],
            set_aside=set_aside_by_reason(report.source),
            provenance=list(provenance(report)),
            coverage_note=COVERAGE_NOTE,
            conduct_note=CONDUCT_NOTE,
        )
    )


def set_aside_by_reason(source: SupplierList) -> list[tuple[tuple[str, str], list[int]]]:
    """Row numbers by reason and what may be shown, in the order of their first row."""
    found: dict[tuple[str, str], list[int]] = {}
    for aside in source.set_aside:
        found.setdefault((aside.reason, aside.shown), []).append(aside.row)
    return list(found.items())


def _anchor(number: int, item: CheckedSupplier) -> str | None:
    """Where the details of a supplier stand; None where nothing was looked for and nobody has to look: that is a line."""
    looked_for = item.facts is not None and item.facts.collected
    return f"supplier-{number}" if looked_for or item.is_open or item.decisions else None


@cache
def environment() -> Environment:
    """Jinja as everything that a check writes uses it: pages escaped, letters plain, nothing undefined."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(
            disabled_extensions=("txt.jinja",), default=True, default_for_string=True
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=lambda day: f"{day.day} {day:%B %Y}" if day else "not known",
        utc=_utc,
        pounds=lambda amount: "" if amount is None else f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}",
        percent=lambda share: "" if share is None else f"{share:.1%}",
        web=lambda url: url if str(url).lower().startswith(("http://", "https://")) else None,
        in_order=checks_in_order,
        level=level_words,
        checked=check_words,
        quoted=quotation_words,
        mark=lambda code: words(STATUSES, code),
    )
    made.globals.update(
        area_titles=AREA_TITLES,
        check_titles=CHECK_TITLES,
        decision_words=decision_words,
        source_words=SOURCE_WORDS,
        home_links=HOME_LINKS,
        declared_listing=declared_listing,
        declared_words=declared_words,
        every_reason=REMAINING_REASONS,
    )
    return made


def _utc(moment: str | None) -> str:
    """ "2026-11-22T09:30:00Z" reads 22 November 2026, 09:30 UTC; anything else as it is."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)", moment or "")
    if found is None:
        return moment or "time not known"
    day = date(int(found[1]), int(found[2]), int(found[3]))
    return f"{day.day} {day:%B %Y}, {found[4]} UTC"
