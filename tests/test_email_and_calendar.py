"""The text for an e-mail and the calendar that a check writes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import site_data
from click.testing import CliRunner
from icalendar import Calendar

from section54 import settings
from section54.cli import cli, suppliers
from section54.settings import Home
from section54.suppliers.judging.status import CAUSE_LABELS, TO_DO, Cause, StatusWord

LIST = (
    "Supplier,Net Amount\nNobody of This Name Ltd,900\nHarbour Lane Foods Limited,50\nOtterfell Borough "
    "Council,20\n"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    # What is undecided depends on the day: later on a newer statement is expected.
    monkeypatch.setattr(suppliers, "today", lambda: date(2026, 11, 22))
    home = settings.home(tmp_path / "home")
    site_data.make_working_database(home.working_db)
    return home


def check(home: Home, tmp_path: Path, *options: str) -> str:
    path = tmp_path / "spend.csv"
    path.write_text(LIST, encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["--home", str(home.path), "check", str(path), "-o", str(tmp_path / "out"), *options]
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_email_says_what_to_look_at_first_and_what_it_holds(home: Home, tmp_path: Path) -> None:
    text = check(home, tmp_path, "--summary")

    assert "3 suppliers were checked on" in text
    assert "- The registry lists" not in text
    assert f"- {CAUSE_LABELS[Cause.UNKNOWN]}: 1" in text
    assert "Look at these first; they hold 100% of the spend with the 1 undecided suppliers:" in text
    assert "- Nobody of This Name Ltd, £900: could not check." in text
    assert "Coverage, not compliance." in text
    assert (tmp_path / "out" / "email.txt").read_text("utf-8").strip() == text.strip()


def test_causes_are_told_apart(home: Home, tmp_path: Path) -> None:
    found = {one["supplier"]: one for one in json.loads(check(home, tmp_path, "--json"))["suppliers"]}

    assert found["Nobody of This Name Ltd"]["cause"] == "unknown"
    assert found["Otterfell Borough Council"]["status"] == "scope_unlikely"
    assert found["Otterfell Borough Council"]["cause"] is None
    assert set(CAUSE_LABELS) == set(Cause)
    assert set(TO_DO) == set(StatusWord)


def test_the_calendar_keeps_its_entries_from_check_to_check(home: Home, tmp_path: Path) -> None:
    check(home, tmp_path)
    path = tmp_path / "out" / "expected.ics"
    first = list(Calendar.from_ical(path.read_bytes()).walk("vevent"))
    check(home, tmp_path)
    second = list(Calendar.from_ical(path.read_bytes()).walk("vevent"))

    assert len(first) == 1
    assert "HARBOUR LANE FOODS LIMITED: statement for the year to" in str(first[0]["summary"])
    assert isinstance(first[0].decoded("dtstart"), date)
    assert first[0]["uid"] == second[0]["uid"]
    assert "By guidance, not by law." in str(first[0]["description"])
