"""Names of individuals in supplier lists, and the names of companies that look like them."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from section54.suppliers.reading.people import NameOf, name_of
from section54.suppliers.reading.set_aside import set_aside_row

_PLACE = Path(__file__).parents[1] / "benchmarks" / "people.py"
_SPEC = importlib.util.spec_from_file_location("benchmark_of_people", _PLACE)
assert _SPEC is not None and _SPEC.loader is not None
benchmark = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(benchmark)

PEOPLE = (
    "Mrs J Fellbeck", "MR FELLBECK", "Dr Anna Fellbeck", "Dr Fellbeck", "Fellbeck, J (Mrs)",
    "Fellbeck Jane Mr",
    "Mr & Mrs Fellbeck", "Mr A Fellbeck and Mrs B Netherby", "Mr John Paul van der Fell", "Miss Fellbeck",
    "Professor Jane Fellbeck OBE", "Mr Tim Fellbeck KC", "Rev. John Fellbeck", "PC J Fellbeck",
    "Dame Jane Fellbeck",
    "Estate of Jane Fellbeck", "The executors of the late Jane Fellbeck", "Mr. J.P. O'Fell",
    "Ms Jane St John",
    "Prof Dr Jane Fellbeck", "FELLBECK MRS",
)  # fmt: skip
COMPANIES = (
    "Tarnbrook EMS", "Wenning Pumps", "Keerside Alarms", "Leighton Arms", "MS Fellbeck Underwriting",
    "PC Pro Repairs",
    "PC World", "Miss Selfridge", "Mr Kipling", "Dr Martens Airwair", "Fellbeck Dr", "Fellbeck MS",
    "Lord Fell",
    "Estate Direct Lettings", "Fellbeck & Netherby", "Mr Fellbeck Ltd", "Dr J Fellbeck Limited",
    "Sir Fellbeck Academy",
    "Mrs Fellbeck's Bakery", "Mr 24", "Fellbeck Dr & Partners", "Master Builders",
)  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_people_are_set_aside_without_their_names(name: str) -> None:
    aside = set_aside_row(7, name)

    assert aside is not None
    assert aside.reason == "looks like an individual: not matched"
    assert aside.shown == ""


@pytest.mark.parametrize("name", COMPANIES)
def test_companies_that_look_like_people_are_kept(name: str) -> None:
    assert set_aside_row(7, name) is None


@pytest.mark.parametrize("name", ["Jane Fellbeck", "J Fellbeck", "FELLBECK J P", "Fellbeck, Jane"])
def test_names_that_may_be_either_are_kept_and_marked(name: str) -> None:
    assert name_of(name) is NameOf.PERHAPS_PERSON
    assert set_aside_row(7, name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("10005331", "a number, not a name"),
        ("- - -", "no letter or digit in the name"),
        ("#N/A", "no name: the cell says that there is none"),
        ("Refund to private individual", "redacted: the list does not name the supplier"),
        ("Various - Total Expenses", "a collective entry, not one supplier"),
        ("Carried forward", "a total, not a supplier"),
    ],
)
def test_rows_that_name_nobody_are_set_aside_with_the_reason(name: str, reason: str) -> None:
    aside = set_aside_row(7, name)

    assert aside is not None and (aside.reason, aside.shown) == (reason, name)


@pytest.mark.parametrize(
    "name", ["Redacted Ltd", "Confidential Shredding", "Total Gas & Power", "Various Projects Ltd"]
)
def test_companies_with_words_of_redaction_are_kept(name: str) -> None:
    assert set_aside_row(7, name) is None


def test_errors_stay_within_their_bounds(shared_data: Path) -> None:
    chance = random.Random(5454)
    companies, people = benchmark.companies(chance), benchmark.titled(chance)

    kept = sum(set_aside_row(1, name) is None for name in companies) / len(companies)
    aside = sum(set_aside_row(1, name) is not None for name in people) / len(people)

    assert kept >= benchmark.KEPT
    assert aside >= benchmark.SET_ASIDE
