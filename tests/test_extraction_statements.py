"""Several statements in one file: told apart by year and company, and the newest is read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from extraction_documents import FIRST, SECOND, THIRD, html

from extraction.statements import chosen_sentences
from extraction.text import Text, extract
from section54.reader import reading_of

BODY = f"{FIRST} {SECOND} {THIRD}"


def statement(title: str, opening: str, body: str = BODY) -> str:
    return f"<h2>{title}</h2><p>{opening}</p><h3>What we did</h3><p>{body}</p>"


def read(*statements: str) -> Text:
    return extract(html("<h1>Our reports</h1>" + "".join(statements)))


def told(text: Text) -> list[tuple[int | None, str | None, bool]]:
    found = text.metadata.get("statements", [])
    assert isinstance(found, list)
    return [(part["year"], part["owner"], part["is_chosen"]) for part in found]


ACT = "This statement is made under section 54 of the Modern Slavery Act 2015"


@pytest.mark.parametrize(
    ("titles", "openings", "years"),
    [
        (["Modern slavery statement 2022", "Modern slavery statement 2024", "Modern slavery statement "
                                                                            "2023"], [ACT] * 3,
                                                                            [2022, 2024, 2023]),
        (["Anti-slavery statement 2023/24", "Anti-slavery statement 2022/23"], [ACT] * 2, [2024, 2023]),
        (["Statement on modern slavery"] * 2, [f"{ACT} for the year ended 31 March "
                                               f"{year}." for year in (2023, 2024)], [2023, 2024]),
        (["Statement for the year to 31 March 2024", "Statement for the year to 31 March "
                                                     "2023"], [ACT] * 2, [2024, 2023]),
        (["2021 statement", "2022 statement"], [ACT] * 2, [2021, 2022]),
    ],
)  # fmt: skip
def test_the_newest_of_several_years_is_read(
    titles: Sequence[str], openings: Sequence[str], years: Sequence[int]
) -> None:
    bodies = [f"{BODY} We wrote this in {year}." for year in years]

    text = read(*map(statement, titles, openings, bodies))

    assert [(year, chosen) for year, _, chosen in told(text)] == [
        (year, year == max(years)) for year in years
    ]
    said = [sentence.text for sentence in reading_of(text).sentences]
    assert [f"We wrote this in {year}." in said for year in years] == [year == max(years) for year in years]
    assert f"only the newest was read, of {max(years)}" in text.warnings[-1]
    # All of them stay in the text, with their positions.
    assert all(f"We wrote this in {year}." in text.pages[0].text for year in years)


def test_statements_of_several_companies_are_read_together() -> None:
    companies = ["Ash Limited", "Beech Limited"]
    parts = [
        statement("Modern slavery statement", f"{ACT} by {name} for the year ended 31 March 2024.")
        for name in companies
    ]

    text = read(*parts)

    assert told(text) == [(2024, name, True) for name in companies]
    assert chosen_sentences(text.sentences) == list(text.sentences)
    assert text.warnings == (
        "several statements: the file holds 2 statements (Ash Limited, 2024; Beech Limited, 2024), which "
        "were read together",
    )


@pytest.mark.parametrize(
    "parts",
    [
        [statement("Modern slavery statement 2024", ACT)],
        [statement("Modern slavery statement", ACT), "<h2>Modern slavery statement</h2><p>We train our "
                                                     "buyers.</p>"],
        [statement("Modern slavery statement 2024", ACT), statement("Progress since our 2023 statement on "
                                                                    "modern slavery", ACT)],
        [statement("Modern slavery statement 2024", ACT), "<h2>Modern slavery statement 2023</h2><p>Download "
                                                          "it.</p>"],
        [statement("Modern slavery statement 2024", ACT), statement("Our 2023 audits", ACT)],
        [statement("Modern slavery statement", ACT), statement("Modern slavery "
                                                               "statement", "We also do more.")],
        [statement("Modern slavery statement 2024", ACT), statement("Approval of the modern slavery "
                                                                    "statement 2023", ACT)],
    ],
)  # fmt: skip
def test_one_statement_is_one(parts: Sequence[str]) -> None:
    text = read(*parts)

    assert told(text) == []
    assert chosen_sentences(text.sentences) == list(text.sentences)
    assert text.warnings == ()
