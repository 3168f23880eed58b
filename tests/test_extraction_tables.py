"""Figures in tables stay with what they measure and with the headings of their columns."""

from __future__ import annotations

import io

import docx
import pytest
from extraction_documents import FIRST, html

from extraction.tablerows import joined_rows
from extraction.text import Text, extract

KPIS = [
    ["Indicator", "Target", "Outcome"],
    ["Partner audits completed", "100%", "87%"],
    ["Workers repaid", "0", "12 of 14"],
]
JOINED = ["Partner audits completed: Target 100%; Outcome 87%", "Workers repaid: Target 0; Outcome 12 of 14"]


def cells(text: Text) -> list[str]:
    return [sentence.text for sentence in text.sentences if sentence.kind == "cell"]


def table(rows: list[list[str]], *, heads: bool = True) -> str:
    made = ""
    for number, row in enumerate(rows):
        tag = "th" if heads and not number else "td"
        made += "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>"
    return f"<table>{made}</table>"


@pytest.mark.parametrize("heads", [True, False])
def test_figures_of_a_web_page_stay_with_their_label_and_headings(heads: bool) -> None:
    text = extract(html(f"<h2>How we measure</h2><p>{FIRST}</p>{table(KPIS, heads=heads)}"))

    assert cells(text) == [*KPIS[0], *JOINED]
    assert text.sentences[-1].heading == "How we measure"


def test_figures_of_a_word_document_stay_with_their_label_and_headings() -> None:
    document = docx.Document()
    document.add_paragraph(FIRST)
    made = document.add_table(rows=3, cols=3)
    for row, texts in zip(made.rows, KPIS, strict=True):
        for cell, value in zip(row.cells, texts, strict=True):
            cell.text = value
    buffer = io.BytesIO()
    document.save(buffer)

    assert cells(extract(buffer.getvalue())) == [*KPIS[0], *JOINED]


@pytest.mark.parametrize(
    ("rows", "joined"),
    [
        (
            [["Year", "2023", "2024"], ["Audits", "14", "19"]],
            [None, ["Audits: 2023 14; 2024 19"]],
        ),
        ([["Audits", "14"], ["Sites", "£3.2m"]], [["Audits: 14"], ["Sites: £3.2m"]]),
        ([["Country", "Risk"], ["Vietnam", "High"]], [None, None]),
        ([["Signed", "Jane Marlow"], ["Date", "as above"]], [None, None]),
        ([["Jane Marlow", "12 March 2024"], ["Peter Oakes", "12/03/2024"]], [None, None]),
        (
            [["KPI", "2024", "Remarks"], ["Buyers trained", "96%", "We trained all that had joined before the end of the year, and one more."]],
            [None, ["Buyers trained: 2024 96%", "We trained all that had joined before the end of the year, and one more."]],
        ),
        ([["KPI", "2023", "2024"], ["Cases", "", "2"], ["Sites", "n/a", "3"]], [None, ["Cases: 2024 2"], ["Sites: 2023 n/a; 2024 3"]]),
        ([["Audits"]], [None]),
        ([], []),
    ],
)  # fmt: skip
def test_rows_of_figures_are_told_from_rows_of_words(
    rows: list[list[str]], joined: list[list[str] | None]
) -> None:
    assert joined_rows(rows) == joined


def test_a_table_that_arranges_the_page_stays_as_it_is() -> None:
    text = extract(
        html(f"<table><tr><td>Menu</td><td><h1>Statement</h1><p>{FIRST}</p><p>2024</p></td></tr></table>")
    )

    assert FIRST in [sentence.text for sentence in text.sentences]
