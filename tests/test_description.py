"""What a text says of itself: dates with their role, and who signed it."""

from __future__ import annotations

import dataclasses

import pytest
from extraction_documents import PROSE, html

from extraction.text import extract, failed
from section54.description import described

OPENING = "This statement is made by Larkfield Foods Limited for the financial year ended 31 March 2025."


def dates(*lines: str) -> list[tuple[str, str]]:
    text = described(extract(html("".join(f"<p>{line}</p>" for line in lines))))
    return [(one["date"], one["role"]) for one in text.metadata["dates"]]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (OPENING, [("2025-03-31", "period_end")]),
        ("This statement covers 1 April 2024 to 31 March 2025.",
        [("2024-04-01", "period_start"), ("2025-03-31", "period_end")]),
        ("This is our statement for the financial year 31 March 2025.", [("2025-03-31", "period_end")]),
        ("This is our statement for the financial year 1 April 2024.", [("2024-04-01", "period_start")]),
        ("This statement is for the 52 weeks ended 28 June 2025.", [("2025-06-28", "period_end")]),
        ("This statement was approved by the board on 3 March 2025.", [("2025-03-03", "approval")]),
        ("On 3 March 2025 the board of directors approved this statement.", [("2025-03-03", "approval")]),
        ("Published: March 2025", [("2025-03", "publication")]),
        ("Last updated 04/03/2025", [("2025-03-04", "publication")]),
        ("Reviewed: 4 March 2025. Next review: 4 March 2026",
        [("2025-03-04", "review"), ("2026-03-04", "next_review")]),
        ("Date: 3 March 2025", [("2025-03-03", "dated")]),
        ("Modern slavery statement – January 2024", [("2024-01", "dated")]),
        ("We opened a second cannery in Lowmere on 3 March 2019.", []),
        ("Our supplier policy was approved on 3 March 2019 and is on our website.", []),
        ("We bought it under an agreement with the growers that was updated 14 August 2009 in the usual "
         "way.", []),
        ("It fell on 31 June 2025.", []),
    ],
)  # fmt: skip
def test_dates_have_the_role_that_the_words_around_them_tell(
    line: str, expected: list[tuple[str, str]]
) -> None:
    assert dates(line) == expected


def test_a_date_is_quoted_at_its_place() -> None:
    text = described(extract(html(f"<p>{OPENING}</p><p>Approved by the board on 3 March 2025.</p>")))

    for one in text.metadata["dates"]:  # type: ignore[union-attr]
        sentence = text.sentences[one["position"]]
        assert sentence.text[one["start"] : one["end"]] == one["text"]


def test_the_signature_is_read_with_role_names_and_date() -> None:
    lines = (OPENING, PROSE, "Signed:", "Perpetua Lindqvist-Hale", "Managing Director", "4 March 2025")

    text = described(extract(html("".join(f"<p>{line}</p>" for line in lines))))

    signature = text.metadata["signature"]
    assert signature["role"] == "managing director"  # type: ignore[index]
    (name,) = signature["names"]  # type: ignore[index]
    assert name["text"] == "Perpetua Lindqvist-Hale"
    assert text.sentences[name["position"]].text == "Perpetua Lindqvist-Hale"
    assert ("2025-03-04", "signature") in dates(*lines)


def test_without_a_title_there_is_no_signature() -> None:
    text = described(extract(html(f"<p>{PROSE}</p><p>We handle accidents on behalf of insurers.</p>")))

    assert "signature" not in text.metadata


def test_what_was_known_stays_and_an_error_stays_as_it_is() -> None:
    text = extract(html(f"<p>{OPENING}</p>", title="Statement 2025"))

    assert described(text).metadata["title"] == "Statement 2025"
    assert dataclasses.replace(described(text), metadata=text.metadata) == text
    assert described(failed(b"", "empty", "nothing")).metadata == {}


def test_a_line_of_any_length_costs_little() -> None:
    long = "Approved by A " * 100_000 + "on 3 March 2025."

    assert described(extract(html(f"<p>{long}</p>"))).error is None
