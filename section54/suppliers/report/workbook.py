"""The report as an XLSX workbook: an overview to print, the whole table, the evidence, what was set aside,
the method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from domain.coverage import STATUSES
from domain.safetext import looks_like_formula, without_control
from section54.suppliers.judging.supplier_facts import (
    Quotation,
    StatementFact,
)
from section54.suppliers.reading.lists import SupplierList
from section54.suppliers.report.contents import (
    AREA_TITLES,
    CHECK_TITLES,
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    METHOD,
    SOURCE_WORDS,
    CheckedSupplier,
    CheckReport,
    check_words,
    checks_in_order,
    declared_listing,
    declared_words,
    in_order_of_work,
    level_words,
    provenance,
    quotation_words,
)
from section54.suppliers.report.table import columns_of, organisation_name, overview_columns
from section54.words import words

_CELL_LIMIT = 32_767  # characters that Excel takes in a cell
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


def write_xlsx(report: CheckReport, path: Path) -> None:
    """Write the sheets Look first (doubts about the list, if any), Overview (to print), Suppliers, Evidence
    and so on.

    No cell is a formula or a live link.
    """
    book = Workbook(write_only=True)
    book.properties.title = "Supplier check: modern slavery statements"
    book.properties.creator = f"section54 {report.version}"
    if report.source.doubts:
        first = [["Doubt", text] for text in report.source.doubts] + [["Money", report.source.money.sentence]]
        _sheet(
            book,
            "Look first",
            (("", 12), ("Before you use the amounts", 120)),
            first,
            len(first),
            filters=False,
        )
    overview = overview_columns(report)
    _sheet(
        book,
        "Overview",
        [(column.heading, column.width) for column in overview],
        ([column.read(item) for column in overview] for item in in_order_of_work(report.suppliers)),
        len(report.suppliers),
        frozen_columns=1,
    )
    columns = columns_of(report)
    headings = [(column.heading, column.width) for column in columns]
    rows = ([column.read(item) for column in columns] for item in in_order_of_work(report.suppliers))
    _sheet(book, "Suppliers", headings, rows, len(report.suppliers), frozen_columns=1, pages_wide=8)
    evidence = list(_evidence_rows(report))
    _sheet(book, "Evidence", _EVIDENCE_HEADINGS, evidence, len(evidence), frozen_columns=1, pages_wide=3)
    aside = list(_aside_rows(report.source))
    _sheet(
        book,
        "Set aside",
        (("Row", 8), ("What", 18), ("Shown", 40), ("Reason", 80), ("Amount (£)", 14)),
        aside,
        len(aside),
    )
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
    """A4 across, so many pages wide; the head stands on every page, and beside it the first column where it
    is frozen.
    """
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
    """Points for the tallest cell, at most _MAX_LINES lines: LibreOffice does not grow rows to wrapped text
    by itself.
    """
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


def _evidence_rows(report: CheckReport) -> Iterator[list[object]]:
    for item in report.suppliers:
        statement = item.status.statement
        if statement is None:
            continue
        start = [item.line.name, organisation_name(item)]
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
    name = organisation_name(item) or item.line.name
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
        yield [aside.row, "Set aside", aside.shown or "(name withheld)", aside.reason, aside.amount]
    for rejected in source.rejected:
        yield [rejected.row, "Rejected", rejected.cell, rejected.reason, rejected.amount]
    for warning in source.warnings:
        yield [None, "Warning", None, warning, None]


def _method_rows(report: CheckReport) -> Iterator[list[object]]:
    yield ["Read first", f"{COVERAGE_NOTE} {CONDUCT_NOTE}"]
    for line in METHOD:
        yield ["Method", line]
    for title, text in provenance(report):
        yield [title, text]
