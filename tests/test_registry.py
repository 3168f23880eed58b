"""The registry reader: strict about format, silent about nothing."""

import os
from datetime import date
from pathlib import Path

import pytest
from registry_data import HEADER, registry_csv

from crawler.addresses import normal_address
from crawler.registry import (
    IGNORED,
    KNOWN_COLUMNS,
    RegistryFileError,
    download_url,
    read_registry_csv,
)


def test_every_column_of_the_export_is_used_or_ignored_with_a_reason():
    assert len(KNOWN_COLUMNS) == 73
    assert all(IGNORED.values())


def test_a_row_becomes_a_listing():
    file = read_registry_csv(registry_csv({}), "summaries.csv")

    (listing,) = file.listings
    assert listing.organisation == "LARKFIELD CATERING LIMITED"
    assert listing.company_number == "01234567"
    assert listing.registry_year == 2026
    assert (listing.period_start, listing.period_end) == (date(2024, 10, 1), date(2025, 9, 30))
    assert listing.sectors == ("Food and beverages, agriculture and fishing", "Other")
    assert listing.parent is None
    assert listing.row == 2
    assert (file.rejected, file.warnings, file.unknown_columns) == ((), (), ())


def test_a_blank_answer_is_not_a_no():
    row = {
        "StatementIncludesTraining": "",
        "StatementIncludesGoals": "No",
        "NoGoalsReason": "Next year",
        "GroupSubmission": "",
    }

    (listing,) = read_registry_csv(registry_csv(row)).listings

    assert listing.declared["training"] is None
    assert listing.declared["effectiveness"] is False
    assert listing.declared["policies"] is True
    assert listing.declared_reasons == {"effectiveness": "Next year"}
    assert listing.group_submission is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252", "utf-16"])
def test_the_encoding_is_found(encoding):
    file = read_registry_csv(registry_csv({}, encoding=encoding))

    assert file.listings[0].turnover == "£36 million to £60 million"
    assert file.warnings == ()


def test_columns_are_bound_by_header_and_new_ones_reported():
    header = ["Brand", *reversed(HEADER)]

    file = read_registry_csv(registry_csv({"Brand": "x"}, header=header))

    assert file.unknown_columns == ("Brand",)
    assert file.missing_columns == ()
    assert file.ignored_columns == ("NoSocialAudits",)
    assert file.listings[0].organisation == "LARKFIELD CATERING LIMITED"


def test_an_optional_column_may_be_gone_and_is_named():
    file = read_registry_csv(registry_csv({}, header=[name for name in HEADER if name != "PDFURL"]))

    assert file.missing_columns == ("PDFURL",)
    assert file.listings[0].pdf_url is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("1234567", "01234567"), ("sc123456", "SC123456"), ("IP00525R", "IP00525R"), ("", None)],
)
def test_company_numbers_are_padded_and_the_raw_one_kept(raw, expected):
    (listing,) = read_registry_csv(registry_csv({"CompanyNumber": raw})).listings

    assert listing.company_number == expected
    assert listing.company_number_raw == raw


def test_group_rows_keep_their_parent_and_count_as_one_statement():
    child = {
        "OrganisationName": "LARKFIELD LAUNDRY LIMITED",
        "CompanyNumber": "",
        "ParentName": "LARKFIELD CATERING LIMITED",
        "GroupSubmission": "Yes",
    }

    file = read_registry_csv(registry_csv({"GroupSubmission": "Yes"}, child))

    assert [listing.parent for listing in file.listings] == [None, "LARKFIELD CATERING LIMITED"]
    assert file.statements == 1


def test_a_bare_number_for_a_name_takes_the_name_from_the_parent():
    row = {"OrganisationName": "07654321", "ParentName": "BRACKEN FACILITIES LTD"}

    file = read_registry_csv(registry_csv(row))

    assert file.listings[0].organisation == "BRACKEN FACILITIES LTD"
    assert file.warnings == (
        "row 2: OrganisationName is the bare number '07654321'; ParentName is taken as the name",
    )


def test_names_with_digits_are_names():
    (listing,) = read_registry_csv(registry_csv({"OrganisationName": "24 SEVEN 1000 LTD"})).listings

    assert listing.organisation == "24 SEVEN 1000 LTD"


def test_spaces_in_hosted_addresses_are_escaped():
    row = {"PDFURL": "https://files.example/pdf-published/aa/2026/Our Statement 2025 (final).pdf"}

    (listing,) = read_registry_csv(registry_csv(row)).listings

    assert (
        listing.pdf_url == "https://files.example/pdf-published/aa/2026/Our%20Statement%202025%20(final).pdf"
    )


def test_addresses_are_written_as_the_crawler_writes_them():
    row = {
        "StatementURL": "https://WWW.Larkfield.example/Legal#modern-slavery",
        "PDFURL": "https://larkfield.example",
    }

    (listing,) = read_registry_csv(registry_csv(row)).listings

    assert (
        listing.statement_url == normal_address(row["StatementURL"]) == "https://www.larkfield.example/Legal"
    )
    assert listing.pdf_url == "https://larkfield.example/"


@pytest.mark.parametrize(
    ("row", "warning"),
    [
        (
            {"DateApproved": "2026-01-15"},
            "row 2: DateApproved '2026-01-15' is no date of the form dd/mm/yyyy; left out",
        ),
        (
            {"StatementURL": "see our site"},
            "row 2: StatementURL 'see our site' is no web address; left out",
        ),
        (
            {"StatementIncludesTraining": "Perhaps"},
            "row 2: StatementIncludesTraining 'Perhaps' is neither Yes nor No; read as not answered",
        ),
        ({"Turnover": "£5"}, "row 2: Turnover '£5' is no band of the registry; kept as filed"),
        (
            {"CompanyNumber": "pending"},
            "row 2: CompanyNumber 'pending' is not recognised as a company number; "
            "kept as filed, not used to match",
        ),
    ],
)
def test_a_bad_optional_value_is_a_warning_with_its_row(row, warning):
    file = read_registry_csv(registry_csv(row))

    assert file.warnings == (warning,)
    assert len(file.listings) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"OrganisationName": ""}, "no OrganisationName"),
        ({"OrganisationName": "---", "CompanyNumber": ""}, "OrganisationName '---' has no letter or digit"),
        ({"StatementYear": "26"}, "StatementYear '26' is no registry year"),
        ({"StatementSummaryURL": ""}, "StatementSummaryURL '' is no web address"),
        (
            {"OrganisationName": "01234567"},
            "OrganisationName is the bare number '01234567' and there is no ParentName",
        ),
    ],
)
def test_a_row_without_its_key_is_rejected_with_the_reason(row, reason):
    file = read_registry_csv(registry_csv(row, {}))

    assert len(file.listings) == 1
    assert file.rejected[0].row == 2
    assert file.rejected[0].reason.startswith(reason)


def test_rows_with_too_few_or_too_many_cells_are_rejected_by_row():
    good = registry_csv({}, {}).decode("utf-8-sig")
    head, rest = good.split("\r\n", 1)
    ragged = f"{head}\r\n2026,short\r\n{rest}"

    file = read_registry_csv(ragged.encode())

    assert len(file.listings) == 2
    assert [row.row for row in file.rejected] == [2]
    assert "2 cells where the header has 73 (line 2)" in file.rejected[0].reason


def test_an_unclosed_quote_does_not_swallow_the_rows_below():
    header = ["StatementYear", *(name for name in HEADER if name != "StatementYear")]
    names = [{"OrganisationName": f"FIRM {x} LIMITED", "OrganisationSectors": "Other"} for x in "ABCD"]
    broken = (
        registry_csv(*names, header=header).decode("utf-8-sig").replace("FIRM B LIMITED", '"FIRM B LIMITED')
    )

    file = read_registry_csv(broken.encode())

    assert [listing.organisation for listing in file.listings] == [f"FIRM {x} LIMITED" for x in "ACD"]
    assert [row.row for row in file.rejected] == [3]
    assert "(lines 3 to 5)" in file.rejected[0].reason


def test_two_unclosed_quotes_in_one_column_do_not_make_one_row_of_two():
    header = [
        "StatementYear",
        "StatementSummaryURL",
        *(n for n in HEADER if n not in ("StatementYear", "StatementSummaryURL")),
    ]
    names = [{"OrganisationName": f"FIRM {x} LIMITED", "OrganisationSectors": "Other"} for x in "ABCDE"]
    broken = registry_csv(*names, header=header).decode("utf-8-sig")
    for name in ("FIRM A LIMITED", "FIRM C LIMITED"):
        broken = broken.replace(name, f'"{name}')

    file = read_registry_csv(broken.encode())

    assert [listing.organisation for listing in file.listings] == [
        "FIRM B LIMITED",
        "FIRM D LIMITED",
        "FIRM E LIMITED",
    ]
    assert [row.row for row in file.rejected] == [2, 4]


def test_a_year_at_the_beginning_of_a_line_of_an_answer_is_no_row():
    header = ["StatementYear", *(name for name in HEADER if name != "StatementYear")]
    row = {
        "OtherTraining": "We trained buyers.\r\n2025, as in 2024, all of them.",
        "OrganisationSectors": "Other",
    }

    file = read_registry_csv(registry_csv(row, {}, header=header))

    assert len(file.listings) == 2
    assert file.rejected == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "x.csv is empty"),
        (b"\xef\xbb\xbf \r\n", "x.csv is empty"),
        (b"PK\x03\x04rest", "x.csv is a ZIP archive, not a CSV file"),
        (b"%PDF-1.7 rest", "x.csv is a PDF, not a CSV file"),
        (b"<!DOCTYPE html><title>Sorry</title>", "x.csv is a web page, not a CSV file"),
        (
            b"Supplier,Amount\r\nLarkfield,10\r\n",
            "x.csv is not a registry CSV: it lacks the columns StatementYear",
        ),
        (registry_csv(), "x.csv has a header and no rows"),
        (registry_csv({}, header=[*HEADER, "Address"]), "x.csv has the column Address more than once"),
        (registry_csv({}).replace("£".encode(), "Â£".encode()), "x.csv holds 'Â£' for '£'"),
    ],
)
def test_another_file_is_refused_with_its_name_and_what_is_wrong(body, message):
    with pytest.raises(RegistryFileError) as error:
        read_registry_csv(body, "x.csv")

    assert str(error.value).startswith(message)


def test_one_missing_mandatory_column_is_named():
    body = registry_csv({}, header=[name for name in HEADER if name != "StatementEndDate"])

    with pytest.raises(RegistryFileError, match="lacks the column StatementEndDate;"):
        read_registry_csv(body, "x.csv")


def test_the_download_address_is_made_from_year_and_base():
    assert download_url(2026, "http://127.0.0.1:8001/") == (
        "http://127.0.0.1:8001/publicdownloads/StatementSummaries2026.csv"
    )
    assert download_url(2025).startswith(
        "https://downloads.modern-slavery-statement-registry.service.gov.uk/"
    )
    with pytest.raises(ValueError, match="no registry year 1999"):
        download_url(1999)


def test_the_real_export_gives_every_row():
    data = Path(os.environ.get("SECTION54_DATA", Path(__file__).parents[1] / "../shared/data"))
    path = data / "registry" / "2022-summaries-list.csv"
    if not path.exists():
        pytest.skip(f"the real registry file is not here: {path} (set SECTION54_DATA)")

    file = read_registry_csv(path)

    assert (len(file.listings), file.statements) == (689, 248)
    assert (file.rejected, file.unknown_columns, file.missing_columns) == ((), (), ())
    assert all(len(listing.company_number) == 8 for listing in file.listings if listing.company_number)
