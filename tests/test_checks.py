"""Approval, signature, no steps, period and the rest, by the published rules."""

from __future__ import annotations

from datetime import date

import pytest

from classifier.approval import check_approved
from classifier.checks import check_earlier_statements, check_entities, check_language, check_no_steps
from classifier.findings import Line
from classifier.periods import MONTH_ASSUMED, find_period, parse_date
from classifier.signature import check_signed, role_note


def approval_line(text: str) -> Line:
    return Line(text, approval=0.9, signature=0.05, is_approval=True, is_signature=False)


def signature_line(text: str) -> Line:
    return Line(text, approval=0.05, signature=0.9, is_approval=False, is_signature=True)


def plain_line(text: str) -> Line:
    return Line(text, approval=0.001, signature=0.01, is_approval=False, is_signature=False)


BODY = [plain_line("We buy flour from nine mills in England and audit each of them every two years.")] * 20


@pytest.mark.parametrize(
    ("text", "value", "detail"),
    [
        ("This statement was approved by the Board of Directors on 4 May 2025.", "yes", "board"),
        ("The Board of Trustees has approved this statement.", "yes", "board"),
        ("Approved by the board: 12 June 2024", "yes", "board"),
        ("This statement was approved by the members of the LLP on 1 July 2025.", "yes", "members"),
        ("It has been approved by the governing body of the college.", "yes", "board"),
        ("This statement was approved by the Audit and Risk Committee.", "no", "committee"),
        ("This statement was approved by our Managing Director.", "no", "one person"),
        ("This statement has been approved by the senior management team.", "no", "management"),
        ("Approved by the Legal Director on behalf of the Board on 3 March 2025.", "not_explicit", None),
        ("This statement has been approved and will be reviewed each year.", "not_explicit", None),
    ],
)
def test_approval_by_the_published_rules(text: str, value: str, detail: str | None) -> None:
    finding = check_approved([*BODY, approval_line(text)])

    assert (finding.value, finding.detail) == (value, detail)
    assert finding.rows == (len(BODY),)


def test_board_outweighs_a_committee_that_looked_at_it_first() -> None:
    text = (
        "The Audit Committee reviewed this statement and the Board of Directors approved it on 3 March 2025."
    )

    assert check_approved([approval_line(text)]).value == "yes"


def test_silence_on_approval_is_no_passage_found() -> None:
    finding = check_approved(BODY)

    assert finding.value == "no"
    assert finding.reason.startswith("No passage found")
    assert finding.rows == ()


def test_approved_suppliers_are_no_approval() -> None:
    line = Line("Only mills on our approved supplier list may deliver.", 0.05, 0.0, False, False)

    assert check_approved([line]).value == "no"


@pytest.mark.parametrize(
    ("lines", "value", "detail"),
    [
        (["Signed", "Morwenna Tressider", "Chief Executive Officer"], "yes", "chief executive"),
        (
            ["Tobias Okonjo-Lund, Managing Director, Harrow & Finch Ltd, 4 May 2025"],
            "yes",
            "managing director",
        ),
        (["ANWEN PROBERT", "Designated Member"], "yes", "designated member"),
        (["Dr Idris Vellacott", "Vice-Chancellor"], "yes", "vice-chancellor or principal"),
        (["For and on behalf of the Board", "Chief Executive Officer"], "not_explicit", "chief executive"),
        (["Signed: ______________________"], "not_explicit", None),
    ],
)
def test_signature_takes_a_name_and_a_title(lines: list[str], value: str, detail: str | None) -> None:
    finding = check_signed([*BODY, *map(signature_line, lines)])

    assert (finding.value, finding.detail) == (value, detail)


def test_reason_for_a_signature_never_holds_the_name() -> None:
    finding = check_signed([*BODY, signature_line("Morwenna Tressider"), signature_line("Finance Director")])

    assert finding.value == "yes"
    assert "Tressider" not in finding.reason + str(finding.detail)


@pytest.mark.parametrize(
    "lines",
    [
        ["Peregrine W", "Quill, Director"],  # sentences are cut after an initial
        ["Wilhelmina (Billie) Sorrel, Managing Director"],
        ["Ching-Hua Sorrel", "Finance Director"],
    ],
)
def test_names_in_odd_forms_are_names(lines: list[str]) -> None:
    assert check_signed([*BODY, *map(signature_line, lines)]).value == "yes"


def test_signature_under_a_foreword_is_found_where_the_model_points_to_it() -> None:
    foreword = Line("Morwenna Tressider, Chair", 0.01, 0.3, False, False)
    mention = Line("Morwenna Tressider, Chair", 0.01, 0.05, False, False)

    assert check_signed([*BODY, foreword, *BODY]).value == "yes"
    assert check_signed([*BODY, mention, *BODY]).value == "no"


@pytest.mark.parametrize(
    ("role", "organisation", "note"),
    [
        ("director", "Harrow & Finch Ltd", ""),
        ("chief executive", "Harrow & Finch plc", ""),
        ("designated member", "Harrow Finch LLP", ""),
        ("partner", "Harrow Finch LLP", ""),
        ("director", "Harrow Finch LLP", "a limited liability partnership, for which the Act names a "
                                         "designated member"),
        ("director", "Harrow Finch LP", "a limited partnership, for which the Act names a general partner"),
        ("partner", "Harrow & Finch Limited", "a company, for which the Act names a director or equivalent"),
        ("head of a department", "Harrow & Finch Ltd", "a company, for which the Act names a director"),
        ("head of a department", "Borough of Harrowfinch", "not that of a director or the like"),
        ("director", None, ""),
    ],
)  # fmt: skip
def test_role_is_held_against_the_legal_form(role: str, organisation: str | None, note: str) -> None:
    found = role_note(role, organisation, BODY)

    assert note in found
    assert bool(found) == bool(note)


def test_legal_form_is_read_from_the_text_where_the_name_says_none() -> None:
    lines = [plain_line("This statement is made by Harrow Finch LLP and Harrow Finch Services Limited, with "
                        "Harrow Finch LLP as the parent.")]  # fmt: skip

    assert "limited liability partnership" in role_note("director", None, lines)


@pytest.mark.parametrize(
    ("language", "value", "detail"),
    [("en", "yes", "English"), ("cy", "no", "Welsh"), ("pt", "no", "pt"), (None, "could_not_check", None)],
)
def test_language(language: str | None, value: str, detail: str | None) -> None:
    finding = check_language(language)

    assert (finding.value, finding.detail) == (value, detail)


def test_no_signature_is_no_passage_found() -> None:
    finding = check_signed(BODY)

    assert finding.value == "no"
    assert finding.reason.startswith("No passage found")


@pytest.mark.parametrize(
    "text",
    [
        "Harrow & Finch Ltd has not taken any steps during the financial year to address modern slavery.",
        "In the year no such steps were taken.",
        "The company took no steps in 2024.",
        "In accordance with section 54(4)(b) of the Act, Quern Mill Limited states that it took no steps.",
    ],
)
def test_no_steps_is_found_when_said(text: str) -> None:
    finding = check_no_steps([plain_line(text)])

    assert finding.value == "yes"
    assert "54(4)(b)" in finding.reason


@pytest.mark.parametrize(
    "text",
    [
        "Where suppliers have not taken steps to improve, we end the contract.",
        "We have taken the following steps.",
        "No further steps were taken after the audit was closed.",
    ],
)
def test_no_steps_is_not_read_into_other_sentences(text: str) -> None:
    assert check_no_steps([plain_line(text)]).value == "no"


def test_entities_named_or_general() -> None:
    named = plain_line("This statement covers Harrow & Finch Limited and Finch Mills Limited.")
    described = plain_line("This statement sets out the steps of Harrow & Finch plc against modern slavery.")
    defined = plain_line(
        "Harrow & Finch Limited (“the Company”) is committed to keeping slavery out of its mills."
    )
    traded = plain_line("This statement is made by Harrowfinch in accordance with the Act.")
    general = plain_line("This statement covers the company and its subsidiaries.")

    assert check_entities([named]).value == "yes"
    assert check_entities([described]).value == "yes"
    assert check_entities([defined]).value == "yes"
    assert check_entities([traded]).value == "not_explicit"
    assert check_entities([general]).value == "not_explicit"
    assert check_entities(BODY).value == "not_explicit"


def test_earlier_statements() -> None:
    line = plain_line("Our previous statements can be read on our website.")

    assert check_earlier_statements([line]).value == "yes"
    assert check_earlier_statements(BODY).value == "no"


@pytest.mark.parametrize(
    "text",
    [
        "Our mills are described earlier in this statement.",
        "Drivers are screened for prior adverse news reports.",
    ],
)
def test_earlier_in_this_statement_is_no_earlier_statement(text: str) -> None:
    assert check_earlier_statements([plain_line(text)]).value == "no"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("This statement is made for the year ended 31 March 2024.", date(2023, 4, 1), date(2024, 3, 31)),
        ("It covers our financial year ending 31st December 2022.", date(2022, 1, 1), date(2022, 12, 31)),
        ("Our financial year ran from 1 April 2023 to 31 March 2024.", date(2023, 4, 1), date(2024, 3, 31)),
        ("Reporting period: 2023-04-01 to 2024-03-31", date(2023, 4, 1), date(2024, 3, 31)),
        ("This statement covers 1 April to 31 March 2024.", date(2023, 4, 1), date(2024, 3, 31)),
        ("Statement for the financial year 01/07/2022 - 30/06/2023", date(2022, 7, 1), date(2023, 6, 30)),
        ("For the 12 months to 30 June 2023", date(2022, 7, 1), date(2023, 6, 30)),
        ("For the financial year ended 29 February 2024", date(2023, 3, 1), date(2024, 2, 29)),
        ("For the 53 weeks ended 3 February 2024, our financial year", date(2023, 1, 29), date(2024, 2, 3)),
        ("For the fiscal year ended March 31, 2024", date(2023, 4, 1), date(2024, 3, 31)),
        ("It covers January 1, 2023, to December 31, 2023.", date(2023, 1, 1), date(2023, 12, 31)),
        ("Financial reporting year: January 1- to December 31, 2023", date(2023, 1, 1), date(2023, 12, 31)),
        (
            "It covers the financial year 1 January 2023 to 31 December2023.",
            date(2023, 1, 1),
            date(2023, 12, 31),
        ),
        (
            "In the reporting period 1st January 2023 through to 31st December 2023 we",
            date(2023, 1, 1),
            date(2023, 12, 31),
        ),
        (
            "It relates to actions during the financial year 1st April 2023.",
            date(2023, 4, 1),
            date(2024, 3, 31),
        ),
        ("Progress made in the last year to the end of January 2023", date(2022, 2, 1), date(2023, 1, 31)),
        (
            "Last updated 6 May 2024 in respect of financial year 31 March 2024",
            date(2023, 4, 1),
            date(2024, 3, 31),
        ),
        (
            "This statement is for the financial year starting 1 April 2023.",
            date(2023, 4, 1),
            date(2024, 3, 31),
        ),
        ("Our statement for the year that began on 1 July 2022", date(2022, 7, 1), date(2023, 6, 30)),
        ("This statement covers 1 January 2022 to 31 December 2023.", date(2022, 1, 1), date(2023, 12, 31)),
        ("This statement covers the 12 months up to 30 June 2023.", date(2022, 7, 1), date(2023, 6, 30)),
        (
            "The financial year starting 1 September 2022 and ending 31 August 2023",
            date(2022, 9, 1),
            date(2023, 8, 31),
        ),
    ],
)
def test_period_with_dates(text: str, start: date, end: date) -> None:
    found = find_period(["Modern slavery statement", text])

    assert found is not None
    assert (found.start, found.end, found.row) == (start, end, 1)
    assert found.assumed is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (
            "This statement is for the year from July 2023 until June 2024.",
            date(2023, 7, 1),
            date(2024, 6, 30),
        ),
        ("Statement for January through December 2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("This statement covers the year ended March 2024.", date(2023, 4, 1), date(2024, 3, 31)),
    ],
)
def test_year_that_ends_in_a_month_ends_on_its_last_day_and_says_so(
    text: str, start: date, end: date
) -> None:
    found = find_period([text])

    assert found is not None
    assert (found.start, found.end, found.assumed) == (start, end, MONTH_ASSUMED)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Modern slavery statement for the financial year 2023/24", date(2023, 4, 1), date(2024, 3, 31)),
        ("Our modern slavery statement, FY23-24", date(2023, 4, 1), date(2024, 3, 31)),
        ("This statement is for the financial year 2023.", date(2023, 1, 1), date(2023, 12, 31)),
        ("Our modern slavery statement for the year 2023", date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_period_without_dates_says_what_it_assumes(text: str, start: date, end: date) -> None:
    found = find_period([text])

    assert found is not None
    assert (found.start, found.end) == (start, end)
    assert found.assumed and "assumed" in found.assumed


def test_period_of_the_statement_outweighs_other_years() -> None:
    sentences = [
        "This statement covers the year ended 31 March 2024.",
        "In the previous year ended 31 March 2023 we audited nine mills.",
        "In the next financial year to 31 March 2025 we plan to audit twelve.",
    ]

    found = find_period(sentences)

    assert found is not None
    assert found.end == date(2024, 3, 31)


def test_a_year_that_a_sentence_looks_back_on_is_not_that_of_the_statement() -> None:
    found = find_period(
        [
            "In the previous year ended 31 March 2023 we audited nine mills.",
            "In the year ended 31 March 2024 we audited twelve.",
        ]
    )

    assert found is not None
    assert found.end == date(2024, 3, 31)


def test_years_of_a_plan_are_no_financial_year() -> None:
    assert find_period(["Modern slavery statement and plan, financial years 2021/24"]) is None


@pytest.mark.parametrize("years", [(2024, 2025), (2025, 2024)])
def test_of_two_periods_stated_alike_the_one_nearest_the_opening_counts(years: tuple[int, int]) -> None:
    first, second = (f"This statement covers the year ended 31 March {year}." for year in years)

    found = find_period([first, "We bake bread in Kent.", second])

    assert found is not None
    assert (found.row, found.end) == (0, date(years[0], 3, 31))


@pytest.mark.parametrize("text", ["31 February 2024", "45/13/2024", "spring 2024", "2024"])
def test_impossible_dates_are_none(text: str) -> None:
    assert parse_date(text) is None


def test_no_period_is_none() -> None:
    assert (
        find_period(["The Modern Slavery Act 2015 requires a statement.", "We were founded in 1962."]) is None
    )
