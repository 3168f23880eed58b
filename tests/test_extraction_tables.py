"""Figures in tables stay with what they measure and with the headings of their columns."""

from __future__ import annotations

import io

import docx
import pytest
from extraction_documents import FIRST, html, pdf, prose, together
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

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
            [["KPI", "2024", "Remarks"], ["Buyers trained", "96%", "We trained all that had joined before "
                                                                   "the end of the year, and one more."]],
            [None, ["Buyers trained: 2024 96%", "We trained all that had joined before the end of the year, "
                                                "and one more."]],
        ),
        ([["KPI", "2023", "2024"], ["Cases", "", "2"], ["Sites", "n/a", "3"]],
        [None, ["Cases: 2024 2"], ["Sites: 2023 n/a; 2024 3"]]),
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


def printed(rows: list[list[str]], *, ruled: bool, by_column: bool = False) -> bytes:
    """Return a PDF with a table below a paragraph, written row by row or column by column."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        cells = [(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row)]
        for row, column, value in sorted(cells, key=lambda cell: cell[1]) if by_column else cells:
            canvas.drawString(75 + 150 * column, A4[1] - 200 - 20 * row, value)
        if ruled:
            xs = [72 + 150 * column for column in range(len(rows[0]) + 1)]
            canvas.grid(xs, [A4[1] - 185 - 20 * row for row in range(len(rows) + 1)])

    return pdf(together(prose(), draw))


@pytest.mark.parametrize("ruled", [True, False])
def test_figures_of_a_printed_table_stay_with_their_label_and_headings(ruled: bool) -> None:
    text = extract(printed(KPIS, ruled=ruled))

    assert [sentence.text for sentence in text.sentences][-5:] == [*KPIS[0], *JOINED]
    assert cells(text)[-2:] == JOINED
    last = text.sentences[-1]
    assert len(last.boxes) == 5  # the label, two headings and two figures
    assert {box.page for box in last.boxes} == {1}


@pytest.mark.parametrize(
    "rows",
    [
        [["Country", "Risk"], ["Vietnam", "High"], ["Spain", "Low"]],
        [["Jane Marlow", "12 March 2024"], ["Peter Oakes", "14 March 2024"]],
        [["Audits", "14"], ["Made by", "our buyers"]],
    ],
    ids=["words", "dates", "one row of figures"],
)
def test_rows_of_words_on_a_page_stay_cell_by_cell(rows: list[list[str]]) -> None:
    text = extract(printed(rows, ruled=False))

    assert [sentence.text for sentence in text.sentences][3:] == [cell for row in rows for cell in row]


def test_a_table_written_column_by_column_loses_nothing() -> None:
    text = extract(printed(KPIS, ruled=False, by_column=True))

    assert sorted(sentence.text for sentence in text.sentences[3:]) == sorted(c for row in KPIS for c in row)
