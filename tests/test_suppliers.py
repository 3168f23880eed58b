"""Supplier lists in; scope and status out, with reasons."""

import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from domain.deadlines import add_months
from section54 import settings
from section54.suppliers.deciding.column_choices import read_with_choices
from section54.suppliers.judging.scope import legal_basis, scope_of
from section54.suppliers.judging.status import StatusWord, status_of, status_open, status_unmatched
from section54.suppliers.judging.supplier_facts import (
    AttemptFact,
    CoverKind,
    FoundAt,
    GroupCover,
    ListingFact,
    Quotation,
    RegistryLoaded,
    ScopeWord,
    StatementFact,
    SupplierFacts,
    VisitFact,
)
from section54.suppliers.judging.timing import timing_of
from section54.suppliers.reading.lists import SupplierListError, read_supplier_list, read_supplier_lists

TODAY = date(2026, 11, 22)


# --- reading lists


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, *rows: list[object], title: str = "Payments") -> Path:
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_repeated_payees_are_added_up_and_the_mapping_is_shown(tmp_path):
    path = write(
        tmp_path / "spend.csv",
        "Date,Supplier Name,Net Amount (£),Expense Type\n"
        '01/04/2026,LARKFIELD CATERING LTD,"1,000.50",Catering\n'
        "02/04/2026,Bracken Facilities LLP,200,Cleaning\n"
        "03/04/2026,Larkfield Catering Limited,(100.50),Catering\n",
    )

    found = read_supplier_list(path)

    assert [(line.name, line.amount, line.rows) for line in found.suppliers] == [
        ("LARKFIELD CATERING LTD", Decimal("900.00"), (2, 4)),
        ("Bracken Facilities LLP", Decimal("200"), (3,)),
    ]
    assert found.mapping == {
        "name": "Supplier Name", "amount": "Net Amount (£)", "date": "Date", "category": "Expense Type",
    }  # fmt: skip
    assert found.unused_columns == ()
    larkfield = found.suppliers[0]
    assert (larkfield.payments, larkfield.first_day, larkfield.last_day) == (
        2,
        date(2026, 4, 1),
        date(2026, 4, 3),
    )
    assert found.suppliers[0].category == "Catering"
    assert found.rows == 3


def test_a_row_without_a_number_joins_the_numbered_supplier_of_its_name(tmp_path):
    path = write(
        tmp_path / "s.csv",
        "Supplier,Company number,Amount\nLarkfield Ltd,,5\nLarkfield Limited,1234567,10\nLarkfield LLP,,1\n",
    )

    found = read_supplier_list(path)

    assert [(line.name, line.company_number, line.amount) for line in found.suppliers] == [
        ("Larkfield Limited", "01234567", Decimal(15)),
        ("Larkfield LLP", None, Decimal(1)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found(tmp_path, encoding, separator):
    rows = [["Supplier", "Amount £"], ["Café Ynys Ltd", "12.50"], ["Bracken LLP", "3"]]
    path = write(tmp_path / "s.csv", "\r\n".join(separator.join(row) for row in rows) + "\r\n", encoding)

    found = read_supplier_list(path)

    assert [(line.name, line.amount) for line in found.suppliers] == [
        ("Café Ynys Ltd", Decimal("12.50")),
        ("Bracken LLP", Decimal(3)),
    ]


def test_hidden_characters_in_cells_are_taken_out(tmp_path):
    path = write(
        tmp_path / "s.csv", "\ufeffSupplier\u200b,Amount\n\ufeffLarkfield\u00a0Ltd\u200b,1\nLarkfield Ltd,2\n"
    )

    (line,) = read_supplier_list(path).suppliers

    assert (line.name, line.amount) == ("Larkfield Ltd", Decimal(3))


def test_a_list_of_names_alone_is_a_supplier_list(tmp_path):
    found = read_supplier_list(write(tmp_path / "s.csv", "Supplier\nLarkfield Ltd\nBracken LLP\n"))

    assert [line.name for line in found.suppliers] == ["Larkfield Ltd", "Bracken LLP"]
    assert all(line.amount is None for line in found.suppliers)


def test_a_mapping_overrides_the_guess(tmp_path):
    path = write(tmp_path / "s.csv", "Supplier,Paid to,Gross,Net of VAT\nA,Larkfield Ltd,12,10\n")

    found = read_supplier_list(path, {"name": "paid to", "amount": "Gross"})

    assert (found.suppliers[0].name, found.suppliers[0].amount) == ("Larkfield Ltd", Decimal(12))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            {"name": "Payee"},
            "has no row with the column 'Payee' (name); its first row reads: Supplier, Amount",
        ),
        ({"colour": "Supplier"}, "unknown field 'colour': a column can be name, company_number"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(tmp_path, mapping, message):
    path = write(tmp_path / "s.csv", "Supplier,Amount\nLarkfield Ltd,1\n")

    with pytest.raises(SupplierListError) as error:
        read_supplier_list(path, mapping)

    assert message in str(error.value)


def test_bad_rows_are_rejected_or_warned_of_with_their_number(tmp_path):
    path = write(
        tmp_path / "s.csv",
        "Supplier,Company number,Amount\n"
        ",01234567,5\n"
        "Larkfield Ltd,01234567,ten\n"
        "Bracken, Thorne LLP,OC300001,5\n"
        'Calder Ltd,pending,"1.234,56"\n'
        "Dunmore Ltd\n",
    )

    found = read_supplier_list(path)

    assert [(row.row, row.reason) for row in found.rejected] == [
        (4, "4 cells where the header has 3: a separator or quotation mark is out of place"),
    ]
    assert found.warnings == (
        "amounts are written with a decimal comma: '1.234,56' is read as 1234.56",
        "1 row has no name, with £5.00: set aside; where a name stands only on the first row of its group, "
        "fill it down",
        "row 3: amount 'ten' can't be read; left out of the spend",
        "row 5: 'pending' is not recognised as a company number; matched by name only",
        "row 6: the row ends before its amount and company_number",
    )
    assert found.doubts == found.warnings[:3]
    assert [line.name for line in found.suppliers] == ["Larkfield Ltd", "Calder Ltd", "Dunmore Ltd"]
    assert [(row.row, row.reason, row.amount) for row in found.set_aside] == [
        (2, "no name in the column 'Supplier'", Decimal(5))
    ]
    assert found.rows == len(found.suppliers) + len(found.rejected) + len(found.set_aside)


@pytest.mark.parametrize(
    "rows",
    [
        '"Larkfield Ltd,5,Food\nBracken LLP,6,Food\nCalder Ltd,7,Food\n',
        'Larkfield Ltd,5,"Food\nBracken LLP,6,Food\nCalder Ltd,7,5" pipe\n',
        'Larkfield Ltd,"5\nBracken LLP,6,Food\n',
    ],
)
def test_rows_behind_a_quotation_mark_that_is_not_closed_are_not_lost_silently(tmp_path, rows):
    found = read_supplier_list(
        write(tmp_path / "s.csv", f"Supplier,Amount,Category\nDunmore Ltd,1,Food\n{rows}")
    )

    assert [line.name for line in found.suppliers] == ["Dunmore Ltd"]
    assert [row.row for row in found.rejected] == [3]
    assert f"reaches over {len(rows.splitlines())} lines of the file" in found.rejected[0].reason


def test_a_cell_over_several_lines_is_a_cell(tmp_path):
    text = (
        'Supplier,Amount,Category\nLarkfield Ltd,5,"Food, drink\nand the like,\nserved hot"\nBracken '
        "LLP,6,Food\n"
    )

    found = read_supplier_list(write(tmp_path / "s.csv", text))

    assert [line.category for line in found.suppliers] == ["Food, drink and the like, served hot", "Food"]
    assert found.rejected == ()


def test_a_supplier_with_the_number_of_another_is_not_added_to_it(tmp_path):
    path = write(
        tmp_path / "s.csv",
        "Supplier,Company number,Amount\nLarkfield Catering Ltd,1234567,5\nBracken Facilities LLP,1234567,7\n"
        "LARKFIELD CATERNG,1234567,1\nLarkfield Caterng,,2\n",
    )

    found = read_supplier_list(path)

    assert [(line.name, line.amount, line.rows) for line in found.suppliers] == [
        ("Larkfield Catering Ltd", Decimal(8), (2, 4, 5)),
        ("Bracken Facilities LLP", Decimal(7), (3,)),
    ]
    assert found.warnings == (
        "row 3: 'Bracken Facilities LLP' has the company number of 'Larkfield Catering Ltd' in row 2, "
        "01234567, and "
        "another name: the two were not added up",
    )


@pytest.mark.parametrize(
    ("written", "amount"),
    [("(-12.50)", "-12.50"), ("-12.50-", "-12.50"), ("£12.50 CR", "-12.50"), ("£1,012.50", "1012.50")],
)
def test_a_credit_is_a_credit_however_it_is_marked(tmp_path, written, amount):
    found = read_supplier_list(write(tmp_path / "s.csv", f"Supplier;Amount\nLarkfield Ltd;{written}\n"))

    assert found.suppliers[0].amount == Decimal(amount)


def test_the_dash_that_a_spreadsheet_shows_for_nothing_is_no_amount(tmp_path):
    found = read_supplier_list(write(tmp_path / "s.csv", "Supplier,Amount\nLarkfield Ltd, £ - \n"))

    assert (found.suppliers[0].amount, found.warnings) == (None, ())


def test_a_mapping_takes_the_heading_as_it_is_written_first(tmp_path):
    path = write(tmp_path / "s.csv", "Supplier,Amount (£),Amount ($),\nLarkfield Ltd,12,10,x\n")

    assert read_supplier_list(path, {"amount": "Amount (£)"}).suppliers[0].amount == Decimal(12)
    assert read_supplier_list(path, {"amount": "Amount ($)"}).suppliers[0].foreign == (("USD", Decimal(10)),)
    with pytest.raises(SupplierListError, match="has no row with the column"):
        read_supplier_list(path, {"amount": "€"})


def test_no_character_of_a_list_hides_another_or_breaks_a_file(tmp_path):
    path = write(tmp_path / "s.csv", "Supplier,Amount\nLark\u202efield\u2066 Ltd\u0085,1\n")

    assert read_supplier_list(path).suppliers[0].name == "Larkfield Ltd"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("REDACTED PERSONAL DATA", "redacted"),
        ("__", "no letter or digit"),
        ("xxxxx", "redacted"),
        ("Name withheld", "redacted"),
        ("Grand Total", "a total"),
        ("Sundry suppliers", "a collective entry"),
        ("Mrs J Madeupname", "looks like an individual"),
        ("MR JOHN MADEUPNAME", "looks like an individual"),
        ("Madeupname, J (Ms)", "looks like an individual"),
        ("Cllr Jane Madeupname", "looks like an individual"),
        ("-", "no letter or digit"),
    ],
)
def test_individuals_redactions_and_totals_are_set_aside(tmp_path, name, reason):
    path = write(tmp_path / "s.csv", f"Supplier\tAmount\n{name}\t5\nLarkfield Ltd\t1\n")

    found = read_supplier_list(path)

    assert [line.name for line in found.suppliers] == ["Larkfield Ltd"]
    assert found.set_aside[0].row == 2
    assert found.set_aside[0].reason.startswith(reason)
    if "individual" in reason:
        assert found.set_aside[0].shown == ""


@pytest.mark.parametrize(
    "name",
    ["GDPR Larkfield Ltd", "Personal Data Vault Limited", "Miss Selfridge", "MS Elmet Society",
    "Dr Quorn Foods", "Mr Plumb Ltd", "J Madeupname", "Total Elmet Ltd",
     "Confidential Waste Elmet", "Mr A Taxis", "24/7 Elmet", "Sir Quorn Builders Limited"],
)  # fmt: skip
def test_companies_that_sound_like_people_stay(tmp_path, name):
    found = read_supplier_list(write(tmp_path / "s.csv", f"Supplier\tAmount\n{name}\t5\n"))

    assert [line.name for line in found.suppliers] == [name]


def test_a_workbook_is_read_below_its_title_rows(tmp_path):
    path = workbook(
        tmp_path / "s.xlsx",
        ["Payments over £500, April 2026"],
        [],
        [None, "Supplier", "Company No.", "Value"],
        [None, "Larkfield Ltd", 1234567, 1200.5],
        [None, "Bracken LLP", "OC300001", 3],
    )

    found = read_supplier_list(path)

    assert found.header_row == 3
    assert found.format == "XLSX, sheet 'Payments'"
    assert [(line.company_number, line.amount, line.rows) for line in found.suppliers] == [
        ("01234567", Decimal("1200.5"), (4,)),
        ("OC300001", Decimal(3), (5,)),
    ]


def test_merged_title_cells_do_not_hide_the_header(tmp_path):
    path = tmp_path / "s.xlsx"
    book = Workbook()
    sheet = book.active
    sheet["A1"] = "Supplier"  # a title that is itself a heading
    sheet.merge_cells("A1:C1")
    sheet["A2"], sheet["B2"], sheet["C2"] = "Payee", "Amount", "Date"
    sheet["A3"], sheet["B3"] = "Larkfield Ltd", 5
    book.save(path)

    found = read_supplier_list(path)

    assert (found.header_row, found.suppliers[0].name) == (2, "Larkfield Ltd")


def test_a_formula_without_a_value_is_rejected_with_its_cell(tmp_path):
    path = workbook(
        tmp_path / "s.xlsx",
        ["Supplier", "Amount", "Note"],
        ["Larkfield Ltd", "=1+1", "=2+2"],
        ['=HYPERLINK("http://x")', 5],
        ["Bracken LLP", 5, "=2+2"],
    )  # openpyxl stores no calculated values

    found = read_supplier_list(path)

    assert [line.name for line in found.suppliers] == ["Bracken LLP"]
    assert [(row.row, row.cell) for row in found.rejected] == [(2, "B2"), (3, "A3")]
    assert "formula without a calculated value" in found.rejected[0].reason


def test_hidden_sheets_and_sheets_without_a_header_are_passed_over(tmp_path):
    path = tmp_path / "s.xlsx"
    book = Workbook()
    book.active.title = "Notes"
    book.active.append(["Read me"])
    hidden = book.create_sheet("Old")
    hidden.append(["Supplier"])
    hidden.append(["Stale Ltd"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Live").append(["Supplier"])
    book["Live"].append(["Larkfield Ltd"])
    book.save(path)

    found = read_supplier_list(path)

    assert (found.format, found.suppliers[0].name) == ("XLSX, sheet 'Live'", "Larkfield Ltd")


def test_sheets_of_one_shape_are_one_list_and_others_are_told_of(tmp_path):
    path = tmp_path / "s.xlsx"
    book = Workbook()
    book.active.title = "April"
    for title, headings in {
        "April": ["Supplier", "Amount"], "May": ["Supplier", "Amount"], "Notes": ["Made by finance"],
        "Cards": ["Merchant", "Total spend"],
    }.items():  # fmt: skip
        sheet = book["April"] if title == "April" else book.create_sheet(title)
        sheet.append(headings)
        sheet.append(["Larkfield Ltd", 0.1 + 0.2])
    book.save(path)

    found = read_supplier_list(path)

    assert [(line.amount, line.rows) for line in found.suppliers] == [(Decimal("0.6"), (2, 2))]
    assert found.format == "XLSX, sheet 'April'; XLSX, sheet 'May'"
    assert found.doubts == (
        "XLSX, sheet 'Cards' looks like a supplier list too and was not read: check it as a file of its own",
    )


@pytest.mark.parametrize(
    ("part", "damaged"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet <row>"),
        ("xl/workbook.xml", b"<workbook"),
        ("xl/styles.xml", b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><colour/></styleSheet'),
    ],
)  # fmt: skip
def test_a_damaged_workbook_is_refused(tmp_path, part, damaged):
    whole = workbook(tmp_path / "whole.xlsx", ["Supplier"], ["Larkfield Ltd"])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "s.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, damaged if name == part else old.read(name))

    with pytest.raises(SupplierListError, match="is no readable XLSX workbook"):
        read_supplier_list(tmp_path / "s.xlsx")


def test_a_name_with_a_number_sign_is_no_error_of_a_workbook(tmp_path):
    path = workbook(tmp_path / "s.xlsx", ["Supplier"], ["#LARKFIELD LTD"], ["#N/A"])

    found = read_supplier_list(path)

    assert [line.name for line in found.suppliers] == ["#LARKFIELD LTD"]
    assert found.rejected[0].reason == "cell A3 holds the error #N/A"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (b"PK\x03\x04 not a zip", "is no readable XLSX workbook"),
        (
            b"\xd0\xcf\x11\xe0rest",
            "is an old Excel workbook (.xls) or one with a password: save it as XLSX or CSV first",
        ),
        (b"%PDF-1.7", "is a PDF: save it as XLSX or CSV first"),
        (b"<!DOCTYPE html><p>Sorry", "is a web page, no CSV"),
        (b"Colour,Size\nred,2\n", "has no column that names the supplier; say which one"),
        (bytes(range(256)) * 20, "is a binary file, no CSV"),
    ],
)
def test_other_files_are_refused_in_one_line_with_their_name(tmp_path, body, message):
    path = tmp_path / "list.csv"
    path.write_bytes(body)

    with pytest.raises(SupplierListError) as error:
        read_supplier_list(path)

    assert str(error.value).startswith(f"{path} {message}")
    assert "\n" not in str(error.value)


# --- which year is expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 6, 30), 6, date(2025, 12, 31)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2025, 3, 31), 6, date(2025, 9, 30)),
        (date(2025, 4, 5), 6, date(2025, 10, 5)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 2, 28), -12, date(2024, 2, 29)),
        (date(2025, 8, 30), 6, date(2026, 2, 28)),
    ],
)
def test_months_keep_the_end_of_the_month(day, months, expected):
    assert add_months(day, months) == expected


def statement(end: date | None = date(2026, 3, 31), **changes: object) -> StatementFact:
    base = StatementFact(
        url="https://larkfield.example/statement.pdf",
        sha256="a" * 64,
        fetched_at="2026-11-20T09:00:00Z",
        source=FoundAt.OWN_SITE,
        period_start=None,
        period_end=end,
        period_source="document" if end else None,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def listing(**changes: object) -> ListingFact:
    base = ListingFact(
        registry_year=2026,
        organisation="LARKFIELD CATERING LIMITED",
        summary_url="https://registry.example/aa/2026",
        statement_url="https://larkfield.example/statement.pdf",
        pdf_url=None,
        period_start=None,
        period_end=date(2026, 3, 31),
        last_updated=None,
        parent=None,
        group_submission=False,
        turnover="£36 million to £60 million",
        sector_type="Private",
        declared={"training": True},
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> SupplierFacts:
    base = SupplierFacts("larkfield", "LARKFIELD CATERING LIMITED", "01234567")
    return replace(base, **changes)  # type: ignore[arg-type]


VISITED = VisitFact("not_found", "2026-11-20T09:05:00Z", "https://larkfield.example/")
LOOKED = facts(visit=VISITED, registry=(RegistryLoaded(2026, "2026-11-19T08:00:00Z"),))


def test_the_expected_year_is_the_newest_whose_six_months_are_over():
    timing = timing_of(facts(statements=(statement(date(2023, 3, 31)),)), TODAY)

    assert (timing.expected, timing.expected_by) == (date(2026, 3, 31), date(2026, 9, 30))
    assert (timing.next_year_end, timing.next_expected_by) == (date(2027, 3, 31), date(2027, 9, 30))
    assert not timing.in_window
    assert "by 30 September 2026" in timing.explanation


def test_the_six_month_window_is_shown():
    timing = timing_of(facts(year_end=date(2026, 6, 30)), TODAY)

    assert timing.expected == date(2025, 6, 30)
    assert timing.in_window
    assert timing.next_expected_by == date(2026, 12, 31)


def test_the_last_day_of_the_six_months_is_still_in_time():
    known = facts(year_end=date(2026, 3, 31), statements=(statement(date(2025, 3, 31)),))

    assert timing_of(known, date(2026, 9, 30)).expected == date(2025, 3, 31)
    assert status_of(known, date(2026, 9, 30)).status is StatusWord.FOUND_CURRENT
    assert timing_of(known, date(2026, 10, 1)).expected == date(2026, 3, 31)
    assert status_of(known, date(2026, 10, 1)).status is StatusWord.FOUND_OLDER


def test_the_year_of_a_statement_that_may_be_anothers_is_not_its_year():
    doubtful = statement(date(2025, 12, 31), names_organisation=False)
    known = facts(statements=(doubtful,), group=(cover(CoverKind.SAME_WEBSITE, date(2025, 6, 30)),))

    assert timing_of(known, TODAY).year_end is None


def test_without_a_year_end_nothing_is_expected():
    timing = timing_of(facts(), TODAY)

    assert (timing.expected, timing.explanation) == (None, "No financial year end is known.")


# --- the ladder


def test_a_current_statement():
    status = status_of(facts(statements=(statement(), statement(date(2025, 3, 31)))), TODAY)

    assert status.status is StatusWord.FOUND_CURRENT
    assert status.statement == statement()
    assert status.reasons[0] == "A statement for the year to 31 March 2026 was found on its own website."
    assert status.remaining_reasons == ()


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (date(2025, 5, 31), StatusWord.FOUND_CURRENT),
        (date(2025, 5, 22), StatusWord.FOUND_CURRENT),
        (date(2025, 5, 21), StatusWord.FOUND_OLDER),
    ],
)
def test_current_until_guidance_expects_the_next_one(end, expected):
    assert status_of(facts(statements=(statement(end),)), TODAY).status is expected


def test_an_older_statement_says_which_year_is_expected_and_what_may_explain_it():
    status = status_of(replace(LOOKED, statements=(statement(date(2024, 3, 31)),)), TODAY)

    assert status.status is StatusWord.FOUND_OLDER
    assert "the statement for the year to 31 March 2026 is expected by now" in status.reasons[1]
    assert any("taken down to be replaced" in reason for reason in status.remaining_reasons)
    assert not any("may have none" in reason for reason in status.remaining_reasons)


def test_a_later_registry_entry_that_was_not_read_is_could_not_check_not_older():
    status = status_of(facts(statements=(statement(date(2024, 3, 31)),), listings=(listing(),)), TODAY)

    assert status.status is StatusWord.COULD_NOT_CHECK
    assert "The registry lists a later statement, for the year to 31 March 2026" in status.reasons[0]


def test_a_registry_entry_of_the_same_year_is_no_later_statement():
    known = replace(
        LOOKED, statements=(statement(date(2026, 3, 30)),), listings=(listing(period_end=date(2026, 4, 4)),)
    )

    assert len(status_of(known, TODAY).reasons) == 1


def test_a_registry_entry_for_a_year_that_cannot_be_is_no_later_statement():
    known = replace(LOOKED, statements=(statement(),), listings=(listing(period_end=date(9999, 12, 31)),))

    assert status_of(known, TODAY).reasons == (
        "A statement for the year to 31 March 2026 was found on its own website.",
    )


OLDER = statement(date(2024, 3, 31))


@pytest.mark.parametrize(
    ("beside", "word", "words"),
    [
        ({"statements": (OLDER, statement(None))}, StatusWord.NEEDS_REVIEW, "could not be told"),
        (
            {"statements": (OLDER, statement(names_organisation=False))},
            StatusWord.NEEDS_REVIEW,
            "does not name this organisation",
        ),
        (
            {"statements": (OLDER, statement(None, error="the PDF is encrypted"))},
            StatusWord.COULD_NOT_CHECK,
            "The PDF is encrypted.",
        ),
    ],
)
def test_an_older_statement_is_not_called_the_newest_beside_one_that_may_be_newer(beside, word, words):
    status = status_of(replace(LOOKED, **beside), TODAY)

    assert status.status is word
    assert words in status.reasons[0]
    assert "A statement for the year to 31 March 2024 was found" in status.reasons[1]


def test_nor_beside_a_statement_of_a_group_on_the_same_website():
    known = replace(LOOKED, statements=(OLDER,), group=(cover(CoverKind.SAME_WEBSITE),))

    assert status_of(known, TODAY).status is StatusWord.NEEDS_REVIEW


@pytest.mark.parametrize(
    "beside",
    [
        statement(date(2023, 3, 31), names_organisation=False),
        statement(date(2023, 3, 31), error="the PDF is encrypted"),
    ],
)
def test_what_is_older_still_changes_nothing(beside):
    status = status_of(replace(LOOKED, statements=(OLDER, beside)), TODAY)

    assert status.status is StatusWord.FOUND_OLDER


def test_a_look_before_the_statement_was_expected_says_nothing_about_today():
    early = VisitFact("found", "2026-09-30T09:05:00Z", "https://larkfield.example/")
    accounts = date(2026, 3, 31)

    for known in (facts(statements=(OLDER,)), facts(year_end=accounts)):
        status = status_of(replace(known, visit=replace(early, outcome="not_found")), TODAY)
        assert status.status is StatusWord.COULD_NOT_CHECK
        assert "The last look was on 30 September 2026." in status.reasons[0]
        assert "nobody has looked since" in status.reasons[0]


def test_an_older_statement_says_what_was_not_seen():
    failed = AttemptFact("https://larkfield.example/ms", "2026-11-20T09:01:00Z", "timeout", found_by="home")

    assert status_of(facts(statements=(OLDER,)), TODAY).reasons[-1] == "Its own home page has not been read."
    reasons = status_of(replace(LOOKED, statements=(OLDER,), attempts=(failed,)), TODAY).reasons
    assert reasons[-1] == "https://larkfield.example/ms: No answer in time."


def test_an_old_registry_entry_does_not_rule_out_that_this_years_was_published_without_one():
    known = replace(LOOKED, statements=(OLDER,), listings=(listing(period_end=date(2024, 3, 31)),))

    assert any("without an entry in the registry" in one for one in status_of(known, TODAY).remaining_reasons)


def test_an_unknown_period_asks_for_a_person():
    status = status_of(facts(statements=(statement(None),)), TODAY)

    assert status.status is StatusWord.NEEDS_REVIEW
    assert "could not be told" in status.reasons[0]


def cover(kind: CoverKind, end: date = date(2026, 3, 31)) -> GroupCover:
    quotation = Quotation("This statement covers Larkfield Catering Limited.", 2)
    return GroupCover("group", "LARKFIELD GROUP PLC", kind, statement(end, source=FoundAt.GROUP), quotation)


@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        (CoverKind.NAMED_IN_TEXT, "Covered by a group statement (named)", "named in the statement's text"),
        (CoverKind.NAMED_IN_REGISTRY, "Covered by a group statement (named)", "named in the registry entry"),
        (
            CoverKind.GENERAL_TERMS,
            "Covered by a group statement (in general terms)",
            "covered in general terms; not named",
        ),
    ],
)
def test_cover_by_a_group_says_how(kind, label, words):
    status = status_of(facts(group=(cover(kind),)), TODAY)

    assert (status.status, status.label) == (StatusWord.COVERED_BY_GROUP, label)
    assert words in status.reasons[0]
    assert status.cover is not None


def test_the_surest_cover_of_the_newest_statement_is_taken():
    group = (
        cover(CoverKind.GENERAL_TERMS),
        cover(CoverKind.NAMED_IN_TEXT),
        cover(CoverKind.NAMED_IN_TEXT, date(2025, 3, 31)),
    )

    status = status_of(facts(group=group), TODAY)

    assert status.cover == group[1]


def test_its_own_current_statement_comes_before_the_group():
    known = facts(statements=(statement(),), group=(cover(CoverKind.NAMED_IN_TEXT),))

    assert status_of(known, TODAY).status is StatusWord.FOUND_CURRENT


def test_an_old_group_statement_is_an_older_statement():
    status = status_of(facts(group=(cover(CoverKind.NAMED_IN_TEXT, date(2024, 3, 31)),)), TODAY)

    assert status.status is StatusWord.FOUND_OLDER
    assert status.cover is not None


def test_the_same_website_is_no_cover():
    status = status_of(replace(LOOKED, group=(cover(CoverKind.SAME_WEBSITE),)), TODAY)

    assert status.status is StatusWord.NEEDS_REVIEW
    assert "Neither its text nor the registry says that it covers this organisation." in status.reasons[0]


def test_a_text_that_does_not_name_the_organisation_asks_for_a_person():
    status = status_of(replace(LOOKED, statements=(statement(names_organisation=False),)), TODAY)

    assert status.status is StatusWord.NEEDS_REVIEW


def test_what_it_filed_with_the_registry_is_its_own_under_whatever_name():
    filed = statement(names_organisation=False, source=FoundAt.REGISTRY)

    status = status_of(facts(statements=(filed,)), TODAY)

    assert status.status is StatusWord.FOUND_CURRENT
    assert "The text does not name the organisation as it is registered" in status.reasons[1]


def test_a_year_in_the_far_future_is_not_believed():
    status = status_of(facts(statements=(statement(date(2031, 3, 31)),)), TODAY)

    assert status.status is StatusWord.NEEDS_REVIEW
    assert status.statement is not None
    assert "31 March 2031, is not plausible" in status.statement.warnings[0]


def test_a_document_that_could_not_be_read_is_could_not_check():
    status = status_of(replace(LOOKED, statements=(statement(error="the PDF is encrypted"),)), TODAY)

    assert status.status is StatusWord.COULD_NOT_CHECK
    assert status.reasons[0].endswith("could not be read: The PDF is encrypted.")
    assert any("scan, an image, encrypted" in reason for reason in status.remaining_reasons)


def test_a_registry_entry_whose_document_was_not_read_is_could_not_check():
    status = status_of(facts(listings=(listing(),)), TODAY)

    assert status.status is StatusWord.COULD_NOT_CHECK
    assert status.reasons[0] == (
        "The registry lists a statement for the year to 31 March 2026 at "
        "https://larkfield.example/statement.pdf, "
        "which has not been read."
    )


def test_nobody_looked_is_could_not_check():
    status = status_of(facts(), TODAY)

    assert status.status is StatusWord.COULD_NOT_CHECK
    assert status.reasons == ("Its website has not been looked at.",)


@pytest.mark.parametrize("outcome", ["unreachable", "robots_disallowed", "needs_browser", "needs_review"])
def test_a_site_that_could_not_be_read_is_could_not_check(outcome):
    known = replace(LOOKED, visit=VisitFact(outcome, "2026-11-20T09:05:00Z", None))

    assert status_of(known, TODAY).status is StatusWord.COULD_NOT_CHECK


def test_a_link_that_failed_is_could_not_check():
    failed = AttemptFact(
        "https://larkfield.example/slavery", "2026-11-20T09:01:00Z", "timeout", found_by="home"
    )

    status = status_of(replace(LOOKED, attempts=(failed,)), TODAY)

    assert status.status is StatusWord.COULD_NOT_CHECK
    assert status.reasons == ("https://larkfield.example/slavery: No answer in time.",)


def test_not_found_needs_a_home_page_that_was_read_and_lists_what_was_tried():
    guess = AttemptFact(
        "https://larkfield.example/modern-slavery",
        "2026-11-20T09:02:00Z",
        "not_found",
        found_by="common_path",
    )

    status = status_of(replace(LOOKED, attempts=(guess,)), TODAY)

    assert status.status is StatusWord.NOT_FOUND
    assert status.label == "Not found after the checks listed"
    assert [one.at for one in status.tried] == [
        "2026-11-19T08:00:00Z", "2026-11-20T09:02:00Z", "2026-11-20T09:05:00Z",
    ]  # fmt: skip
    assert status.tried[0].outcome == "not listed"
    assert status.reasons[-1] == "That no statement was found does not show that there is none."


def test_what_else_could_explain_it_leaves_out_what_the_facts_rule_out():
    status = status_of(LOOKED, TODAY)

    assert any("group statement" in reason for reason in status.remaining_reasons)
    assert any("may have none" in reason for reason in status.remaining_reasons)
    assert not any("It may have no website" in reason for reason in status.remaining_reasons)
    assert not any("refused or not answered" in reason for reason in status.remaining_reasons)


def test_a_young_company_is_not_yet_expected_to_have_one():
    status = status_of(replace(LOOKED, incorporated_on=date(2025, 9, 1)), TODAY)

    assert status.status is StatusWord.NOT_YET_EXPECTED
    assert "formed on 1 September 2025" in status.reasons[0]


def test_an_organisation_outside_the_act_is_not_called_not_found():
    status = status_of(replace(LOOKED, company_number=None, sector_type="Public"), TODAY)

    assert status.status is StatusWord.SCOPE_UNLIKELY
    assert "Public bodies are outside section 54 today" in " ".join(status.reasons)


def test_an_open_choice_concludes_nothing():
    status = status_open("the names differ")

    assert (status.status, status.scope.word) == (StatusWord.NEEDS_REVIEW, ScopeWord.UNKNOWN)
    assert status.reasons == ("The names differ.", "Choose the right organisation, or none of them.")
    assert (status.timing.expected, status.tried) == (None, ())


def test_unmatched_suppliers():
    assert status_unmatched("unknown").status is StatusWord.COULD_NOT_CHECK
    assert len(status_unmatched("unknown").remaining_reasons) == 14


@pytest.mark.parametrize("word", ["breach", "fail", "non-complian", "illegal", "guilty", "missing"])
def test_no_status_accuses(word):
    everything = [
        status_of(known, TODAY)
        for known in (
            facts(),
            LOOKED,
            facts(listings=(listing(),)),
            facts(statements=(statement(date(2020, 3, 31)),)),
        )
    ]

    text = " ".join(" ".join((one.label, *one.reasons, *one.remaining_reasons)) for one in everything).lower()

    assert word not in text


# --- scope


@pytest.mark.parametrize(
    ("known", "word"),
    [
        (facts(listings=(listing(),)), ScopeWord.LIKELY),
        (facts(listings=(listing(turnover="Under £36 million"),)), ScopeWord.UNLIKELY),
        (facts(listings=(listing(parent="LARKFIELD GROUP PLC"),)), ScopeWord.POSSIBLE),
        (facts(listings=(listing(turnover="Not provided"),)), ScopeWord.UNKNOWN),
        (facts(statements=(statement(legal_basis="section_54"),)), ScopeWord.LIKELY),
        (facts(statements=(statement(legal_basis="voluntary"),), listings=(listing(),)), ScopeWord.UNLIKELY),
        (facts(company_number=None, listings=(listing(sector_type="Public"),)), ScopeWord.NOT_COMMERCIAL),
        (facts(listings=(listing(sector_type="Public"),)), ScopeWord.POSSIBLE),
        (facts(), ScopeWord.UNKNOWN),
        (facts(company_number=None), ScopeWord.UNKNOWN),
    ],
)
def test_scope_is_a_word_with_evidence(known, word):
    scope = scope_of(known)

    assert scope.word is word
    assert scope.evidence
    assert all(item.text.endswith(".") and item.source for item in scope.evidence)


def test_a_child_row_says_nothing_of_the_child():
    scope = scope_of(facts(listings=(listing(parent="LARKFIELD GROUP PLC", turnover="Over £500 million"),)))

    assert "says nothing about this organisation alone" in scope.evidence[0].text


@pytest.mark.parametrize(
    ("sentence", "basis"),
    [
        ("This statement is made pursuant to section 54(1) of the Modern Slavery Act 2015.", "section_54"),
        ("Although not required by section 54, we publish this statement voluntarily.", "voluntary"),
        ("We are not legally required to publish a statement.", "voluntary"),
        ("Our volunteers read section 12.", None),
        ("It serves as a voluntary statement.", "voluntary"),
        ("Voluntary modern slavery statement 2025", "voluntary"),
        ("This modern slavery statement is voluntary.", "voluntary"),
        ("The Council is not legally obliged to publish a statement.", "voluntary"),
        ("We have voluntarily chosen to publish a modern slavery statement.", "voluntary"),
        ("All work must be voluntary, and workers may report any concern.", None),
        ("This statement sets out that all employment is voluntary.", None),
        ("We work with the voluntary sector and publish what we learn.", None),
        ("Many of our suppliers are not required to publish a statement.", None),
        ("We know that they are not required to make a statement under section 54.", None),
        ("We ask suppliers for their statement where it is required by section 54.", None),
        ("Each supplier that publishes a mandatory or voluntary modern slavery statement is visited.", None),
        ("We have signed the voluntary registry of modern slavery statements.", None),
        ("Staff may voluntarily report what they see.", None),
    ],
)
def test_a_statement_says_on_what_footing_it_is_made(sentence, basis):
    assert legal_basis([sentence]) == basis


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Garrowshire County Council", ScopeWord.NOT_COMMERCIAL),
        ("GARROW AND DISTRICT NHS FOUNDATION TRUST", ScopeWord.NOT_COMMERCIAL),
        ("Police and Crime Commissioner for Garrowshire", ScopeWord.NOT_COMMERCIAL),
        ("Garrowshire County Council Trading Ltd", ScopeWord.UNKNOWN),
        ("Quernmore Tiles", ScopeWord.UNKNOWN),
    ],
)
def test_a_name_as_only_public_bodies_have_is_weak_evidence(name, word):
    scope = status_unmatched("not known", name).scope

    assert scope.word is word
    assert scope.evidence


def test_any_other_evidence_outweighs_the_name():
    declared = listing(turnover="Over £500 million", parent=None)

    assert scope_of(facts(name="Garrow Fire and Rescue", listings=(declared,))).word is ScopeWord.LIKELY


def test_an_address_that_only_tests_the_site_is_no_look_for_a_statement():
    probe, look = (
        AttemptFact(f"https://tiles.example/{path}", "2026-11-20T09:00:00Z", "not_found")
        for path in ("zz-7c27940b", "modern-slavery")
    )
    status = status_of(facts(attempts=(probe, look)), date(2026, 11, 22))

    assert [one.what for one in status.tried] == [look.url]


def test_the_purpose_of_expenditure_is_the_category(tmp_path):
    path = tmp_path / "spend.csv"
    path.write_text("Beneficiary,Purpose of Expenditure,Net Amount (£)\nUllock Laundry Ltd,Laundry,12\n")

    assert read_supplier_list(path).suppliers[0].category == "Laundry"


def test_an_entry_that_the_registry_has_no_longer_is_not_called_listed():
    gone = listing(withdrawn_at="2026-11-20T09:00:00Z")
    loaded = RegistryLoaded(gone.registry_year, "2026-11-20T09:00:00Z")

    status = status_of(facts(listings=(gone,), registry=(loaded,)), date(2026, 11, 22))

    assert not any("The registry lists" in reason for reason in status.reasons)
    assert "not listed; an earlier file of this year had 1 row" in [one.outcome for one in status.tried]


# --- several files as one list, and columns that were chosen before


def test_several_files_a_folder_and_an_archive_are_one_list(tmp_path):
    write(tmp_path / "april.csv", "Supplier,Net Amount\nLarkfield Ltd,5\nBracken LLP,1\n")
    folder = tmp_path / "later"
    folder.mkdir()
    workbook(folder / "may.xlsx", ["Vendor name", "Amount paid"], ["LARKFIELD LIMITED", 7])
    (folder / "notes.pdf").write_bytes(b"%PDF-1.7")
    with zipfile.ZipFile(folder / "june.zip", "w") as archive:
        archive.writestr("june/card.csv", "Merchant;Amount\nBracken LLP;2,50\n")

    found = read_supplier_lists([tmp_path / "april.csv", folder])

    assert [(line.name, line.amount, line.files) for line in found.suppliers] == [
        ("Larkfield Ltd", Decimal(12), ("april.csv", "may.xlsx, sheet 'Payments'")),
        ("Bracken LLP", Decimal("3.50"), ("april.csv", "june/card.csv")),
    ]
    assert any("notes.pdf is a PDF" in doubt for doubt in found.doubts)
    assert any(
        doubt.startswith("june/card.csv: amounts are written with a decimal comma") for doubt in found.doubts
    )


def test_a_file_that_was_named_and_is_no_list_is_refused(tmp_path):
    write(tmp_path / "april.csv", "Supplier,Net Amount\nLarkfield Ltd,5\n")
    write(tmp_path / "sizes.csv", "Colour,Size\nred,2\n")

    with pytest.raises(SupplierListError, match=r"sizes\.csv has no column that names the supplier"):
        read_supplier_lists([tmp_path / "april.csv", tmp_path / "sizes.csv"])


def test_columns_that_were_chosen_are_used_for_the_next_file_of_that_shape(tmp_path):
    home = settings.home(tmp_path / "home")
    april = write(tmp_path / "april.csv", "Firm of ours,Who,How much,Paid value\nX,Larkfield Ltd,5,1\n")
    may = write(tmp_path / "may.csv", "Firm of Ours,WHO,How much,Paid value\nX,Bracken LLP,7,1\n")
    other = write(tmp_path / "other.csv", "Supplier,Amount\nCalder Ltd,3\n")

    read_with_choices(home, [april], {"name": "Who", "amount": "How much"})
    again = read_with_choices(home, [may], {})

    assert [(line.name, line.amount) for line in again.suppliers] == [("Bracken LLP", Decimal(7))]
    assert again.doubts[0].startswith(
        "columns as you chose them before for a file with these headings: name = 'Who'"
    )
    assert read_with_choices(home, [other], {}).doubts == ()
