"""What a check writes beside its report: evidence per supplier, the panel summary, risk tiers, PDF."""

import base64
import csv
import hashlib
import json
import re
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from test_evidence import REPORT

from section54.cli import cli
from section54.pictures import MarkedPage, Picture, Pictures
from section54.suppliers.checking import supplier_as_dict
from section54.suppliers.judging.risk import STARTER_TABLE, RiskTableError, Tier, read_risk_table, tier_of
from section54.suppliers.reading.lists import SupplierLine
from section54.suppliers.report import printing
from section54.suppliers.report.contents import CONDUCT_NOTE, CheckReport
from section54.suppliers.report.packs import write_packs
from section54.suppliers.report.panel import tiers, tiers_by_status, write_panel

WITHHELD = "Quentin Madeupname"


def table(tmp_path: Path, *rows: str):
    path = tmp_path / "tiers.csv"
    path.write_text("field,pattern,tier,reason,source\n" + "\n".join(rows) + "\n")
    return read_risk_table(path)


def line(name: str = "Larkfield", **known) -> SupplierLine:
    return SupplierLine(name, None, Decimal(5), (2,), **known)


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> list[Path]:
    return write_packs(REPORT, tmp_path_factory.mktemp("report") / "packs", supplier_as_dict)


# --- packs


def test_every_supplier_has_a_folder_that_is_named_safely(packs):
    names = [page.parent.name for page in packs]

    assert len(names) == len(REPORT.suppliers)
    assert names[:2] == ["0001-larkfield-catering-limited", "0002-bracken-and-thorne-llp"]
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+", name) for name in names)


def test_a_pack_stands_alone_with_all_that_defends_it(packs):
    page = packs[0].read_text("utf-8")

    for text in (
        "https://larkfield.example/modern-slavery-2026.pdf",
        "20 November 2026, 09:30 UTC",
        "3f" * 32,
        "We audited 42 laundries in 2025.",
        "Page 3",
        "No passage found (measured recall 81%)",
        "Could not be told:",
        "ruleset s54-2015, model uk_msa_s54 1.0",
        "Declared",
        "https://registry.example/aa/2026",
        CONDUCT_NOTE,
        "To be filled in by the officer.",
    ):
        assert text in page, text
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!https?://|#)', page)


def test_a_negative_pack_says_what_was_tried_and_what_else_could_explain_it(packs):
    page = packs[1].read_text("utf-8")

    assert "https://bracken.example/modern-slavery" in page
    assert "What else could explain it" in page


def test_names_of_individuals_are_in_no_file_of_a_pack(packs):
    for path in packs[0].parent.iterdir():
        assert WITHHELD not in path.read_text("utf-8")


def test_hostile_names_are_text(packs):
    assert all("<script>alert" not in page.read_text("utf-8") for page in packs)
    assert all("<img" not in page.read_text("utf-8") for page in packs)


def test_the_checksums_are_those_of_the_files(packs):
    folder = packs[0].parent
    lines = dict(reversed(text.split("  ")) for text in (folder / "SHA256SUMS").read_text().splitlines())

    assert set(lines) == {"evidence.html", "evidence.json"}
    assert lines["evidence.html"] == hashlib.sha256(packs[0].read_bytes()).hexdigest()
    assert json.loads((folder / "evidence.json").read_text("utf-8"))["status"] == "found_current"


def test_the_record_holds_what_the_page_says(packs):
    record = json.loads((packs[0].parent / "evidence.json").read_text("utf-8"))

    assert record["timing"]["explanation"] in packs[0].read_text("utf-8")
    assert record["registry"][0]["summary_url"] == "https://registry.example/aa/2026"
    assert "cover" in record


def test_no_pdf_of_an_earlier_check_stands_in_a_pack(tmp_path):
    (page, *_) = write_packs(REPORT, tmp_path / "packs", supplier_as_dict)
    page.with_suffix(".pdf").write_bytes(b"%PDF-1.7 of last month")

    write_packs(REPORT, tmp_path / "packs", supplier_as_dict)

    assert not page.with_suffix(".pdf").exists()
    assert "pdf" not in (page.parent / "SHA256SUMS").read_text()


def test_a_browser_that_writes_nothing_prints_nothing(tmp_path, monkeypatch):
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nexit 0\n")
    idle.chmod(0o755)
    monkeypatch.setattr(printing, "chromium", lambda: str(idle))
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.7 of last month")

    with pytest.raises(printing.NoPrinter):
        printing.print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


def test_pictures_stand_in_the_page_and_nowhere_else(tmp_path):
    png = b"\x89PNG\r\n\x1a\n made up"
    marked = MarkedPage("3f" * 32, 3, (), (7, 9))
    asked = []

    def draw(sha256: str) -> Pictures:
        asked.append(sha256)
        return Pictures((Picture(marked, png),), ("Page 4 is not shown: it is <b>broken</b>.",))

    pages = write_packs(REPORT, tmp_path / "packs", supplier_as_dict, draw)

    page = pages[0].read_text("utf-8")
    assert asked[0] == "3f" * 32
    assert f"data:image/png;base64,{base64.b64encode(png).decode()}" in page
    assert "img-src data:" in page
    assert 'alt="Page 3 of the stored statement, 2 sentences marked' in page
    assert "Names of individuals are not taken out of pictures" in page
    assert "&lt;b&gt;broken" in page
    assert {path.name for path in pages[0].parent.iterdir()} == {
        "evidence.html",
        "evidence.json",
        "SHA256SUMS",
    }
    record = json.loads((pages[0].parent / "evidence.json").read_text("utf-8"))
    assert record["pictures"] == [{"page": 3, "sentences": [7, 9], "sha256": hashlib.sha256(png).hexdigest()}]


def test_without_pictures_a_page_may_show_none(packs):
    assert "img-src" not in packs[0].read_text("utf-8")


def test_pictures_need_packs():
    result = CliRunner().invoke(cli, ["check", "list.csv", "--pictures"])

    assert result.exit_code == 2
    assert "give --packs too" in result.output


# --- risk tiers


def test_the_highest_tier_that_applies_wins_and_all_reasons_are_kept(tmp_path):
    rules = table(
        tmp_path,
        "category,clean*,medium,shifts,",
        "country,Ruritania,high,no inspections,our own view",
        "workforce,agency,low,,",
    )
    found = tier_of(
        line(categories=("Office cleaning",), country="Ruritania", workforce="Agency staff"), rules
    )

    assert found.tier is Tier.HIGH
    assert found.reasons[0] == "country 'Ruritania': no inspections (our own view)"
    assert len(found.reasons) == 3


@pytest.mark.parametrize(
    ("pattern", "text", "applies"),
    [
        ("clean*", "Cleaning services", True),
        ("clean", "Cleaning services", False),
        ("PPE", "ppe and gloves", True),
        ("PPE", "Copper", False),
        ("laundry|dry clean*", "Dry cleaning", True),
        ("C++ (training)", "c++ (Training)", True),
    ],
)
def test_patterns_are_whole_words(tmp_path, pattern, text, applies):
    found = tier_of(line(category=text), table(tmp_path, f'category,"{pattern}",high,,'))

    assert (found.tier is Tier.HIGH) is applies


def test_no_line_that_applies_is_no_tier_and_not_a_low_one(tmp_path):
    found = tier_of(line(category="Pencils"), table(tmp_path, "category,laundry,high,,"))

    assert found.tier is None
    assert found.words == "No tier: no line of the buyer's table applies"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("colour,red,high,,", "row 2: field 'colour'"),
        ("category,red,extreme,,", "row 2: tier 'extreme'"),
        ("category,*,high,,", "row 2: the pattern is empty"),
        (",,,,\n\ncategory,*,high,,", "row 4: the pattern is empty"),
    ],
)
def test_a_table_that_cannot_be_used_names_row_and_value(tmp_path, row, message):
    with pytest.raises(RiskTableError, match=re.escape(message)):
        table(tmp_path, row)


def test_the_starter_table_says_what_each_tier_rests_on():
    rules = read_risk_table(STARTER_TABLE).rules

    assert all(rule.reason and rule.source for rule in rules)
    assert {"high", "medium"} == {str(rule.tier) for rule in rules}
    assert sum("our inference" in rule.source for rule in rules) >= 8


def test_the_tier_moves_no_status_and_has_columns_of_its_own(tmp_path):
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text("Supplier,Category\nUllock Laundry Ltd,Laundry\n")
    run = CliRunner().invoke
    home = str(tmp_path / "home")
    assert run(cli, ["risk", "table", str(tmp_path / "tiers.csv")]).exit_code == 0
    from registry_data import write_registry

    registry = write_registry(tmp_path / "registry.csv", {"OrganisationName": "Ullock Laundry Limited"})
    run(cli, ["registry", "load", str(registry), "--home", home])
    rows = []
    for number, options in enumerate(([], ["--risk", str(tmp_path / "tiers.csv"), "--packs"])):
        folder = tmp_path / str(number)
        result = run(cli, ["check", str(suppliers), "--home", home, "-o", str(folder), *options])
        assert result.exit_code == 0, result.output
        rows += csv.DictReader((folder / "suppliers.csv").open(encoding="utf-8-sig"))

    assert [row["risk_tier"] for row in rows] == ["", "Higher"]
    assert rows[0]["status"] == rows[1]["status"]
    assert (tmp_path / "1" / "packs" / "0001-ullock-laundry-limited" / "evidence.html").is_file()
    assert "tiers.csv" in (tmp_path / "1" / "panel.html").read_text("utf-8")


# --- the panel summary


def with_tiers(tmp_path) -> CheckReport:
    rules = table(tmp_path, "category,catering,high,,")
    suppliers = tuple(replace(item, risk=tier_of(item.line, rules)) for item in REPORT.suppliers)
    return replace(REPORT, suppliers=suppliers, risk_table="tiers.csv")


def test_tiers_are_counted_with_their_spend(tmp_path):
    counts = tiers(with_tiers(tmp_path))

    assert next((count.label, count.suppliers) for count in counts) == ("Higher", 4)
    assert sum(count.suppliers for count in counts) == len(REPORT.suppliers)
    assert sum(count.share for count in counts) == pytest.approx(1)
    assert tiers(REPORT) == ()


def test_the_panel_names_no_supplier_and_its_chart_reads_without_eyes(tmp_path):
    page, drawn = write_panel(with_tiers(tmp_path), tmp_path)
    root = ElementTree.parse(drawn).getroot()
    text = page.read_text("utf-8")

    assert "Larkfield" not in text
    assert "Bracken" not in text
    assert "must not be added" in text
    assert root.get("role") == "img"
    assert "Current statement found: 1" in root.find("{*}desc").text


# --- PDF


def test_without_chromium_the_check_says_so_and_writes_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "chromium", lambda: None)

    with pytest.raises(printing.NoPrinter, match="Chromium is not installed"):
        printing.print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


@pytest.mark.slow
@pytest.mark.usefixtures("chromium")
def test_a_pack_prints(packs, tmp_path, pdftotext):
    pdf = printing.print_pdf(packs[0], tmp_path / "evidence.pdf")
    text = subprocess.run([pdftotext, "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout

    assert "Larkfield Catering Ltd" in text
    assert "No passage found" in text
    assert "81%" in text


def test_the_spend_of_each_tier_is_told_by_status(tmp_path):
    report = with_tiers(tmp_path)
    lines = tiers_by_status(report)
    higher = [line for tier, line in lines if tier == "Higher"]

    assert sum(line.suppliers for _, line in lines) == len(report.suppliers)
    assert sum(line.share for line in higher) == pytest.approx(1)
    assert tiers_by_status(REPORT) == ()
    write_panel(report, tmp_path)
    assert "Share of the tier's spend" in (tmp_path / "panel.html").read_text("utf-8").replace("&#39;", "'")
