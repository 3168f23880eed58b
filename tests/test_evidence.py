"""The report of a supplier check: safe to open, plain in its words, whole in its sources."""

import csv
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from markupsafe import escape
from openpyxl import load_workbook

from crawler.items import AREAS
from domain.rubric import load_rubric
from domain.safetext import defused
from section54.suppliers.checking import write_report
from section54.suppliers.judging.status import (
    REMAINING_REASONS,
    STATUS_LABELS,
    TO_DO,
    status_of,
    status_open,
    status_unmatched,
)
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
    StatementFact,
    SupplierFacts,
    VisitFact,
)
from section54.suppliers.matching.matcher import Candidate, Match, MatchKind
from section54.suppliers.reading.lists import RejectedRow, SupplierLine, SupplierList
from section54.suppliers.reading.set_aside import SetAside
from section54.suppliers.report import contents, html_report
from section54.suppliers.report.contents import (
    CheckedSupplier,
    CheckReport,
    summary,
)
from section54.suppliers.report.html_report import write_html
from section54.suppliers.report.panel import write_panel

TODAY = date(2026, 11, 22)
LEVELS = ("substantive", "described", "mentioned", "none", "unsure", "could_not_check")
STATEMENT = StatementFact(
    url="https://larkfield.example/modern-slavery-2026.pdf",
    sha256="3f" * 32,
    fetched_at="2026-11-20T09:30:00Z",
    source=FoundAt.OWN_SITE,
    period_start=date(2025, 4, 1),
    period_end=date(2026, 3, 31),
    period_source="document",
    areas=tuple(
        AreaFinding(
            area,
            level,
            f"Reason for {level}.",
            (
                Quotation("We audited 42 laundries in 2025.", 3, "done"),
                Quotation("=2+2 is <b>bold</b>.", 4, "planned"),
            )
            if level in {"substantive", "described", "mentioned"}
            else (),
            0.81,
        )
        for area, level in zip(AREAS, LEVELS, strict=True)
    ),
    checks=(
        CheckFinding(
            "approved",
            "yes",
            "The board is named.",
            "board",
            (Quotation("Approved by the board on 1 May 2026.", 6),),
        ),
        CheckFinding(
            "signed",
            "yes",
            "A name and a title.",
            "director",
            (Quotation("Signed: Quentin Madeupname, Director", 6),),
        ),
        CheckFinding("no_steps", "no", "No such passage."),
    ),
    covered=2,
    of=4,
    pages=6,
    pages_read=6,
    ruleset="s54-2015",
    model="uk_msa_s54 1.0",
    warnings=("Page 5 was read by OCR.",),
)
LISTING = ListingFact(
    registry_year=2026,
    organisation="LARKFIELD CATERING LIMITED",
    summary_url="https://registry.example/aa/2026",
    statement_url=STATEMENT.url,
    pdf_url=None,
    period_start=date(2025, 4, 1),
    period_end=date(2026, 3, 31),
    last_updated=None,
    parent=None,
    group_submission=False,
    turnover="£36 million to £60 million",
    sector_type="Private",
    declared={
        "structure": True,
        "policies": True,
        "due_diligence": True,
        "risk": True,
        "effectiveness": False,
    },
)
REGISTRY = (RegistryLoaded(2026, "2026-11-19T08:00:00Z"),)
VISIT = VisitFact("not_found", "2026-11-20T09:35:00Z", "https://bracken.example/", "no")


def supplier(
    name: str, facts: SupplierFacts, *, amount: str | None = "1000", row: int = 2
) -> CheckedSupplier:
    candidate = Candidate(
        facts.organisation_id, facts.name, 100.0, "same name and legal ending", facts.company_number
    )
    match = Match(MatchKind.EXACT_NAME, facts.organisation_id, (candidate,), candidate.reason)
    line = SupplierLine(name, facts.company_number, Decimal(amount) if amount else None, (row,), "Catering")
    return CheckedSupplier(line, match, status_of(facts, TODAY), facts)


def unmatched(name: str, *candidates: Candidate, row: int) -> CheckedSupplier:
    kind = MatchKind.CANDIDATES if candidates else MatchKind.NONE
    match = Match(kind, None, candidates, "not the same name")
    line = SupplierLine(name, None, Decimal(50), (row,))
    status = (status_open if candidates else status_unmatched)(match.reason)
    return CheckedSupplier(line, match, status)


def make_report() -> CheckReport:
    larkfield = SupplierFacts(
        "gb-coh-01234567", "LARKFIELD CATERING LIMITED", "01234567", (STATEMENT,), listings=(LISTING,),
        registry=REGISTRY,
        visit=VisitFact("found", "2026-11-20T09:35:00Z", "https://larkfield.example/", "direct"),
    )  # fmt: skip
    bracken = SupplierFacts(
        "name-bracken", "Bracken & Thorne LLP", "OC300001", registry=REGISTRY, visit=VISIT,
        attempts=(AttemptFact("https://bracken.example/modern-slavery", "2026-11-20T09:33:00Z", "not_found",
        "", "common_path"),),
    )  # fmt: skip
    cover = GroupCover(
        "name-group", "LARKFIELD GROUP PLC", CoverKind.GENERAL_TERMS, replace(STATEMENT,
        source=FoundAt.GROUP),
        Quotation("This statement covers us and our subsidiaries.", 1),
    )  # fmt: skip
    child = SupplierFacts("name-child", "LARKFIELD LAUNDRY LIMITED", None, group=(cover,), registry=REGISTRY)
    hostile = replace(bracken, name='<script>alert("x")</script>', organisation_id="name-hostile")
    suppliers = (
        supplier("Larkfield Catering Ltd", larkfield, amount="12000.50"),
        supplier("Bracken & Thorne LLP", bracken, row=3),
        supplier("Larkfield Laundry", child, row=4),
        unmatched(
            "Calder Foods",
            Candidate("x", "CALDER FOODS PLC", 99.0, "same name apart from the ending (none and PLC)"),
            row=5,
        ),
        unmatched('=HYPERLINK("http://evil.example")', row=6),
        supplier("<img src=x onerror=alert(1)>", hostile, row=7, amount="-20"),
    )
    source = SupplierList(
        source="/somewhere/private/spend.csv",
        suppliers=tuple(item.line for item in suppliers),
        rejected=(RejectedRow(9, "no name in the column 'Supplier'"),),
        set_aside=(SetAside(8, "looks like an individual", ""), SetAside(10, "redacted", "REDACTED")),
        warnings=("row 3: amount 'ten' can't be read; left out of the spend",),
        mapping={"name": "Supplier", "amount": "Net"},
        unused_columns=("Date",),
        header_row=1,
        rows=9,
        format="CSV, utf-8, separated by ','",
    )
    return CheckReport(suppliers, source, "2026-11-22T10:00:00Z", "0.1.0")


def page_of(report):
    """Return the one page that a short report is written to."""
    with TemporaryDirectory() as folder:
        (page,) = write_html(report, Path(folder) / "report.html")
        return page.read_text("utf-8")


REPORT = make_report()
HTML = page_of(REPORT)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "new"
    return {path.suffix: path for path in write_report(REPORT, folder)}


def test_the_summary_counts_suppliers_and_spend_in_the_order_of_the_ladder():
    counts = summary(REPORT)

    assert [(str(line.status), line.suppliers) for line in counts] == [
        ("found_current", 1), ("covered_by_group", 1), ("could_not_check", 1), ("not_found", 2),
        ("needs_review", 1),
    ]  # fmt: skip
    assert counts[0].amount == Decimal("12000.50")
    assert sum(line.share or 0 for line in counts) == pytest.approx(1)


def test_without_amounts_the_summary_has_no_spend():
    line = replace(REPORT.suppliers[0].line, amount=None)
    report = replace(REPORT, suppliers=(replace(REPORT.suppliers[0], line=line),))

    assert summary(report)[0].amount is None
    assert "Share of spend" not in page_of(report)


# --- CSV and XLSX


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-x", "@SUM(A1)", "\tx", "\r=1", "  =1", "|cmd"])
def test_formulas_are_defused(text):
    assert defused(text).startswith("'")


@pytest.mark.parametrize("text", ["Larkfield", "a=b", "", "1-2"])
def test_plain_text_is_left_alone(text):
    assert defused(text) == text


def test_the_csv_has_one_row_per_supplier_and_runs_nothing(files):
    with files[".csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 6
    first = rows[0]
    assert first["status"] == "Current statement found"
    assert first["spend_gbp"] == "12000.50"
    assert first["sha256"] == STATEMENT.sha256
    assert first["found_risk"] == "No passage found (measured recall 81%)"
    assert (first["declared_training"], first["declared_effectiveness"]) == ("Not answered", "No")
    assert first["signed"] == "Yes"
    assert rows[4]["supplier"].startswith("'=HYPERLINK")
    assert rows[5]["spend_gbp"] == "-20"
    assert not any(cell.startswith(("=", "+", "@", "\t")) for row in rows for cell in row.values())


def test_the_workbook_has_its_sheets_filters_and_frozen_headers(files):
    book = load_workbook(files[".xlsx"])

    assert book.sheetnames == ["Overview", "Suppliers", "Evidence", "Set aside", "Method"]
    sheet = book["Suppliers"]
    assert (sheet.freeze_panes, sheet.max_row) == ("B2", 7)
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width > 20


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(files):
    book = load_workbook(files[".xlsx"])

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    formula_like = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=")]
    assert formula_like
    assert all(cell.quotePrefix for cell in formula_like)


def test_numbers_and_dates_of_the_workbook_are_typed(files):
    sheet = load_workbook(files[".xlsx"])["Suppliers"]
    columns = {cell.value: cell.column for cell in sheet[1]}

    row = next(cells[0].row for cells in sheet.iter_rows() if cells[0].value == "Larkfield Catering Ltd")
    assert sheet.cell(row, columns["Spend (£)"]).value == pytest.approx(12000.5)
    assert sheet.cell(row, columns["Period to"]).value.date() == date(2026, 3, 31)


def test_the_workbook_is_in_order_of_what_a_person_must_do(files):
    sheet = load_workbook(files[".xlsx"])["Suppliers"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    labels = [sheet.cell(row, columns["Status"]).value for row in range(2, sheet.max_row + 1)]
    order = [STATUS_LABELS[word] for word in TO_DO]

    places = [next(at for at, label in enumerate(order) if text.startswith(label)) for text in labels]
    assert places == sorted(places)


def test_the_evidence_sheet_holds_each_quotation_with_page_and_hash(files):
    sheet = load_workbook(files[".xlsx"])["Evidence"]
    rows = [
        dict(zip([cell.value for cell in sheet[1]], row, strict=True))
        for row in sheet.iter_rows(2, values_only=True)
    ]

    quoted = next(row for row in rows if row["Quotation"] == "We audited 42 laundries in 2025.")
    assert (quoted["Page"], quoted["SHA-256 of the document"]) == (3, STATEMENT.sha256)
    assert quoted["Done, planned or denied"] == "Done"
    assert quoted["Declared in the registry"] == "Yes"
    assert any(row["Finding"] == "Cover by the group" for row in rows)


def test_names_of_individuals_are_withheld_everywhere(files):
    texts = [
        HTML,
        files[".csv"].read_text(encoding="utf-8-sig"),
        " ".join(
            str(value)
            for sheet in load_workbook(files[".xlsx"])
            for row in sheet.iter_rows(values_only=True)
            for value in row
        ),
    ]

    assert all("Madeupname" not in text for text in texts)
    assert "(name withheld)" in texts[0]
    assert "[name]" in texts[0]
    assert all("/somewhere/private" not in text for text in texts)


# --- HTML


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(HTML)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


PAGE = Page()


def test_what_was_crawled_is_escaped():
    assert "<script" not in HTML
    assert "&lt;script&gt;" in HTML
    assert "<img" not in HTML
    assert "=2+2 is &lt;b&gt;bold&lt;/b&gt;." in HTML


def test_the_page_needs_nothing_from_outside():
    loading = [
        attrs for tag, attrs in PAGE.tags if tag in {"script", "link", "img", "iframe", "object", "source"}
    ]

    assert loading == []
    assert "@import" not in HTML
    assert "url(" not in HTML


def test_links_lead_to_the_web_or_into_the_page():
    targets = [attrs["href"] or "" for tag, attrs in PAGE.tags if tag == "a"]
    ids = {attrs["id"] for _, attrs in PAGE.tags if "id" in attrs}

    assert all(target.startswith(("https://", "http://", "#")) for target in targets)
    assert {target[1:] for target in targets if target.startswith("#")} <= ids


def test_a_script_address_is_shown_and_not_linked():
    statement = replace(STATEMENT, url="javascript:alert(1)")
    facts = replace(REPORT.suppliers[0].facts, statements=(statement,))

    page = page_of(replace(REPORT, suppliers=(supplier("Larkfield", facts),)))

    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_the_page_is_built_for_assistive_technology():
    headings = [int(tag[1]) for tag, _ in PAGE.tags if re.fullmatch("h[1-6]", tag)]
    tables = sum(tag == "table" for tag, _ in PAGE.tags)
    ids = [attrs["id"] for _, attrs in PAGE.tags if "id" in attrs]

    assert ("html", {"lang": "en-GB"}) in PAGE.tags
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert sum(tag == "caption" for tag, _ in PAGE.tags) == tables
    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in PAGE.tags if tag == "th")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "text",
    [
        "Coverage, not compliance.",
        "The presence or absence of a statement proves nothing about conduct.",
        "22 November 2026, 10:00 UTC",
        "ruleset s54-2015, model uk_msa_s54 1.0",
        "1 April 2025 to 31 March 2026",
        "Page 3; done",
        "No passage found (measured recall 81%)",
        "Could not be told:",
        "Not answered",
        "Page 5 was read by OCR.",
        "covered in general terms; not named",
        "This statement covers us and our subsidiaries.",
        "That no statement was found does not show that there is none.",
        "The page is not there (404 or 410)",
        "It may be covered by a group statement under another name",
        "same name apart from the ending (none and PLC)",
        "row 3: amount &#39;ten&#39; can&#39;t be read",
        "name from &#39;Supplier&#39;",
    ],
)
def test_the_page_says(text):
    assert text in HTML


@pytest.mark.parametrize(
    "word", ["breach of", "non-complian", "failed to", "illegal", "offender", "guilty", "violat"]
)
def test_the_page_accuses_nobody(word):
    assert word not in HTML.lower()


def test_an_empty_list_gives_a_report_too(tmp_path):
    empty = replace(
        REPORT,
        suppliers=(),
        source=replace(REPORT.source, suppliers=(), rejected=(), set_aside=(), warnings=()),
    )

    paths = write_report(empty, tmp_path)

    assert "No supplier was matched" in paths[2].read_text(encoding="utf-8")
    assert load_workbook(paths[1])["Suppliers"].max_row == 1


# --- long lists


@pytest.fixture
def long_report(monkeypatch):
    """The report of six suppliers, as if six were many."""
    monkeypatch.setattr(html_report, "WHOLE_PAGE", 5)
    monkeypatch.setattr(html_report, "PART", 1)
    return REPORT


def test_a_long_list_has_a_page_for_each_part_of_a_status(long_report, tmp_path):
    index, *parts = write_html(long_report, tmp_path / "report.html")
    text = index.read_text(encoding="utf-8")

    assert len(parts) == len(REPORT.suppliers)
    assert re.findall(r'href="(report/[^"]+)"', text) == [f"report/{part.name}" for part in parts]
    assert "<article" not in text
    assert all(part.parent == tmp_path / "report" for part in parts)


def test_every_supplier_of_a_long_list_stands_on_one_part(long_report, tmp_path):
    _, *parts = write_html(long_report, tmp_path / "report.html")
    pages = [part.read_text(encoding="utf-8") for part in parts]

    for item in REPORT.suppliers:
        heading = f'<th scope="row">.*{re.escape(str(escape(item.line.name)))}'
        assert sum(bool(re.search(heading, page)) for page in pages) == 1, item.line.name
    assert all('href="../report.html#method"' in page for page in pages)
    assert all("Coverage, not compliance." in page for page in pages)


def test_a_supplier_that_nobody_looked_for_is_a_line_with_the_closed_list_below(tmp_path):
    company = uncollected("Quernmore Tiles Limited")
    text = page_of(replace(REPORT, suppliers=(company,)))

    assert "<article" not in text
    assert "Suppliers for which nothing was looked for (1)" in text
    assert all(str(escape(reason)) in text for reason in REMAINING_REASONS)


def uncollected(name: str) -> CheckedSupplier:
    found = SupplierFacts("gb-coh-99000001", name, "99000001", collected=False)
    return supplier(name, found)


def test_the_overview_prints_across_one_page_with_its_head_repeated(files):
    sheet = load_workbook(files[".xlsx"])["Overview"]

    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
        "landscape",
        1,
        0,
    )
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"
    assert sum(sheet.column_dimensions[letter].width for letter in "ABCDEFG") < 200


def test_every_check_of_the_rubric_has_a_title_and_the_law_stands_first():
    rubric = load_rubric()
    found = [CheckFinding(rule.id, "yes", "x") for rule in sorted(rubric.checks, key=lambda rule: rule.id)]

    ordered = [
        one.check for one in contents.checks_in_order([*found, CheckFinding("of_another_law", "yes", "x")])
    ]

    assert {rule.id for rule in rubric.checks} <= set(contents.CHECK_TITLES)
    assert ordered == [*contents.CHECK_TITLES, "of_another_law"]


@pytest.mark.parametrize("is_demo", [True, False])
def test_report_of_the_demo_says_that_its_organisations_are_fictional(tmp_path, is_demo):
    report = replace(REPORT, is_demo=is_demo)

    pages = [page_of(report), write_panel(report, tmp_path)[0].read_text("utf-8")]

    assert [("organisations and statements here are fictional" in page) for page in pages] == [is_demo] * 2
