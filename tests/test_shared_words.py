"""What every stage knows of people, days and texts of others."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from domain.dates import day_month, day_of, days_ago, long_date, long_time, month_number, now, stamp
from domain.people import ROLE, ROLES, SENIOR, role_in
from domain.safetext import (
    as_written,
    defused,
    for_a_log,
    looks_like_formula,
    one_line,
    visible,
    without_control,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Group Chief Executive Officer", "chief executive"),
        ("Finance Director", "chief financial officer"),
        ("Director", "director"),
        ("Directorate", None),
        ("Chief People Officer", "chief officer"),
        ("Vice-Chancellor", "vice-chancellor or principal"),
        ("Vice President, Legal", "vice president"),
        ("Chair of the Board", "chair"),
        ("Head of Procurement", "head of a department"),
        ("Cook", None),
    ],
)
def test_a_role_is_told_by_its_name(text: str, role: str | None) -> None:
    assert role_in(text) == role
    assert (ROLE.search(text) is not None) == (role is not None)


def test_senior_roles_are_roles() -> None:
    assert set(ROLES) > SENIOR
    assert "head of a department" not in SENIOR


def test_days_as_people_write_them() -> None:
    assert long_date(date(2026, 3, 1)) == "1 March 2026"
    assert day_month(date(2026, 12, 31)) == "31 December"
    assert long_time("2026-11-22T09:30:00Z") == "22 November 2026, 09:30 UTC"
    assert long_time("2026-11-22T00:30:00+01:00") == "21 November 2026, 23:30 UTC"


def test_stamps_are_utc_and_sort_as_times_do() -> None:
    west = datetime(2026, 3, 1, 7, 0, tzinfo=timezone(timedelta(hours=-5)))

    assert stamp(NOON) == stamp(west) == "2026-03-01T12:00:00Z"
    assert days_ago(1, NOON) == "2026-02-28T12:00:00Z" < stamp(NOON)
    assert stamp() >= stamp(now() - timedelta(seconds=1))


def test_days_are_read_from_records() -> None:
    assert day_of("2026-03-01T12:00:00Z") == day_of("2026-03-01") == date(2026, 3, 1)
    assert day_of(None) is None
    assert day_of("") is None
    with pytest.raises(ValueError, match="Invalid isoformat"):
        day_of("1 March")


@pytest.mark.parametrize(
    ("name", "number"), [("January", 1), ("sept", 9), ("MAY", 5), ("Jun", 6), ("Maybe", None)]
)
def test_months_are_known_by_name(name: str, number: int | None) -> None:
    assert month_number(name) == number


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@sum", "\t=1", " =1", "|cmd"])
def test_what_a_spreadsheet_would_run_is_defused_and_comes_back(text: str) -> None:
    assert looks_like_formula(text)
    assert defused(text) == f"'{text}"
    assert as_written(defused(text)) == text


@pytest.mark.parametrize("text", ["Quern & Sons", "'quoted'", "1 = 1", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert defused(text) == text
    assert as_written(text) == text


def test_what_nobody_sees_goes() -> None:
    assert without_control("a\x00b\x85\tc\n\ud800") == "ab\tc\n"
    assert visible("pay\u202eyap\u200b so\u00adft\ufeff") == "payyap soft"
    assert one_line(" a\x85b\x1c c\u00a0d\u2028e\x00f ") == "a b c d ef"


def test_a_log_shows_a_text_on_one_line() -> None:
    assert for_a_log("a\r\nb\x1b[31m\u202e\tc") == "a b [31m c"
    assert len(for_a_log("x" * 1000)) == 300
