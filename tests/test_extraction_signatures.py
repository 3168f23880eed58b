"""Signatories side by side are read one after the other; tables and columns of prose keep their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from extraction_documents import pdf, prose, together
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from extraction.text import extract

LEFT, RIGHT = 72, 320
LAST_OF_PROSE = "Both were put right within a month, and the workers were repaid in full."


def rows(
    *lines: Sequence[str], top: float = 300, lead: float = 16, centred: bool = False
) -> Callable[[Canvas], None]:
    """Return a function that sets lines row by row, as word processors write them."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(lines):
            for x, text in zip((LEFT, RIGHT), line, strict=False):
                place = canvas.drawCentredString if centred else canvas.drawString
                place(x + 90 * centred, A4[1] - top - number * lead, text)

    return draw


def read(*draws: Callable[[Canvas], None]) -> list[str]:
    """Return the sentences below the prose that stands above."""
    texts = [sentence.text for sentence in extract(pdf(together(prose(), *draws))).sentences]
    return texts[texts.index(LAST_OF_PROSE) + 1 :]


NAMES = ("Jane Marlow", "Peter Oakes")


@pytest.mark.parametrize("centred", [False, True])
def test_each_signatory_keeps_title_and_date(centred: bool) -> None:
    titles, dates = ("Chief Executive", "Chair of the Board"), ("12 March 2025", "14 March 2025")

    found = read(rows(NAMES, titles, dates, centred=centred))

    assert found == [
        "Jane Marlow",
        "Chief Executive",
        "12 March 2025",
        "Peter Oakes",
        "Chair of the Board",
        "14 March 2025",
    ]


def test_labels_tell_a_signature_block_too_and_ink_needs_room() -> None:
    found = read(
        rows(("Signed:", "Signed:")),
        rows(("Name: Jane Marlow", "Name: Peter Oakes"), top=350),
        rows(("Date:", "Date:"), top=366),
    )

    assert found == ["Signed:", "Name: Jane Marlow", "Date:", "Signed:", "Name: Peter Oakes", "Date:"]


def test_a_line_that_only_one_of_them_has_goes_with_them() -> None:
    found = read(rows(NAMES, ("Director", "Director"), ("12 March 2025",)))

    assert found == ["Jane Marlow", "Director", "12 March 2025", "Peter Oakes", "Director"]


def test_what_follows_the_block_stays_behind_it() -> None:
    found = read(
        rows(NAMES, ("Director", "Secretary")), prose("We review this statement every year.", top=360)
    )

    assert found == [
        "Jane Marlow",
        "Director",
        "Peter Oakes",
        "Secretary",
        "We review this statement every year.",
    ]


@pytest.mark.parametrize(
    "table",
    [
        [("Year", "Audits"), ("2023", "14 of our suppliers"), ("2024", "19 of our suppliers")],
        [
            ("Role", "Duty"),
            ("Director of Procurement", "Owns the policy"),
            ("Chief Executive", "Approves it"),
        ],
    ],
)
def test_a_table_without_rules_stays_row_by_row(table: list[tuple[str, str]]) -> None:
    assert read(rows(*table)) == [cell for row in table for cell in row]


def test_one_signatory_and_one_row_stay_as_they_are() -> None:
    assert read(rows(("Jane Marlow",), ("Director",))) == ["Jane Marlow", "Director"]
    assert read(rows(("Director", "Secretary"))) == ["Director", "Secretary"]
