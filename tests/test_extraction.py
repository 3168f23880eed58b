"""What extract() makes of documents: PDF, scans, HTML, DOCX, and of files that are none of these."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import docx
import pypdf
import pytest
from extraction_documents import (
    FIRST,
    PROSE,
    SECOND,
    THIRD,
    deep_page_tree,
    docx_bomb,
    docx_with,
    double_flate_bomb,
    encrypted,
    flate_bomb,
    html,
    huge_image,
    huge_page,
    nested_arrays,
    page_pdf,
    page_tree_loop,
    pdf,
    picture,
    prose,
    scan_of,
    simple_docx,
    simple_pdf,
    stream,
    together,
    wrapped,
    zip_of,
)
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction import ocr
from extraction.contents import Word
from extraction.text import ERROR_KINDS, Text, extract, failed, text_as_json

needs_ocr = pytest.mark.usefixtures("tesseract")


def texts(text: Text, kind: str | None = None) -> list[str]:
    return [sentence.text for sentence in text.sentences if kind in (None, sentence.kind)]


# PDF --------------------------------------------------------------------------------------------------------


def test_a_pdf_gives_whole_sentences_with_their_heading_and_boxes() -> None:
    text = extract(simple_pdf())

    assert text.error is None
    assert text.content_type == "application/pdf"
    assert text.method == "pdf"
    assert text.language == "en"
    assert texts(text) == ["Our supply chains", FIRST, SECOND, THIRD]
    assert {sentence.heading for sentence in text.sentences[1:]} == {"Our supply chains"}
    heading = text.sentences[0]
    assert heading.kind == "heading"
    (box,) = heading.boxes
    assert box.page == 1
    assert box.x0 == pytest.approx(72, abs=1)
    assert box.top < 80 < box.bottom  # the baseline was set 80 points from the top
    assert len(text.sentences[1].boxes) == 2
    assert text.pages[0].method == "text_layer"
    assert FIRST in text.pages[0].text


def test_columns_are_not_mixed() -> None:
    left = prose(PROSE, x=50, width=220)
    right = prose(
        "The second column begins here. It has its own sentences, and they stay whole.", x=310, width=220
    )

    text = extract(pdf(together(left, right)))

    assert texts(text) == [
        FIRST,
        SECOND,
        THIRD,
        "The second column begins here.",
        "It has its own sentences, and they stay whole.",
    ]


def test_a_sentence_goes_on_in_the_next_column_and_over_a_page_break() -> None:
    first = "We visited every packing house in the valley and asked the people who work there in the season"
    second = "about their wages, their papers and their beds."
    third = "Each of them could speak without a manager in the room, and each was told that the answers would"
    fourth = "not be passed on to anyone. We heard no complaint."

    text = extract(
        pdf(
            together(
                prose(first, x=50, top=600, width=200), prose(second + " " + third, x=310, top=100, width=200)
            ),
            prose(fourth, x=50, top=100, width=200),
        )
    )

    assert texts(text) == [
        f"{first} {second}",
        f"{third} not be passed on to anyone.",
        "We heard no complaint.",
    ]
    assert {box.page for box in text.sentences[1].boxes} == {1, 2}
    assert text.sentences[1].page == 1


def test_words_drawn_without_blanks_between_them_are_told_apart() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        x = 72.0
        for word in SECOND.split():
            canvas.drawString(x, 700, word)  # as Google Docs does: each word placed, no blank drawn
            x += canvas.stringWidth(word, "Helvetica", 11) + 2.8

    assert texts(extract(pdf(draw))) == [SECOND]


def test_list_items_lose_their_bullet_and_keep_their_number() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 740, "Our suppliers must:")
        for index, item in enumerate(("pay wages in full", "keep no passports", "charge no fees")):
            canvas.drawString(72, 720 - 16 * index, "•")
            canvas.drawString(90, 720 - 16 * index, item)
        canvas.drawString(72, 650, "1.")
        canvas.drawString(90, 650, "The first numbered step is an audit.")

    text = extract(pdf(draw))

    assert texts(text, "list_item") == [
        "pay wages in full",
        "keep no passports",
        "charge no fees",
        "1. The first numbered step is an audit.",
    ]


def test_hyphens_at_line_ends_are_mended() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        lines = (
            "The programme was imple-",
            "mented with zero-",
            "tolerance for fees and for withheld papers.",
        )
        for index, line in enumerate(lines):
            canvas.drawString(72, 700 - 14 * index, line)

    assert texts(extract(pdf(draw))) == [
        "The programme was implemented with zero-tolerance for fees and for withheld papers."
    ]


def test_turned_text_and_text_outside_the_crop_box_are_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((50, 50, 545, 800))
        canvas.drawString(60, 20, "Printer's mark outside the page")
        prose()(canvas)
        canvas.rotate(90)
        canvas.drawString(300, -530, "SIDE TAB")

    text = extract(pdf(draw))

    assert texts(text) == [FIRST, SECOND, THIRD]
    assert text.sentences[0].boxes[0].x0 == pytest.approx(72 - 50, abs=1)  # counted from what is shown
    assert text.sentences[0].boxes[0].top == pytest.approx(100 - 42 - 9, abs=3)


def test_letter_spaced_capitals_are_joined_to_words() -> None:
    def draw(canvas: Canvas) -> None:
        writer = canvas.beginText(72, 760)
        writer.setFont("Helvetica-Bold", 16)
        writer.setCharSpace(6)
        writer.textLine("DUE DILIGENCE")
        canvas.drawText(writer)
        prose()(canvas)

    assert texts(extract(pdf(draw)), "heading") == ["DUE DILIGENCE"]


def test_ruled_tables_come_cell_by_cell() -> None:
    rows = [
        ("Country", "What we found there"),
        ("Spain", "Two packing houses kept the passports of their pickers."),
    ]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.grid([72, 200, 340], [700, 640, 580])
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                for line, part in enumerate(wrapped(canvas, cell, "Helvetica", 10, 120)):
                    canvas.drawString([78, 206][column], 685 - 60 * row - 12 * line, part)

    text = extract(pdf(draw))

    assert texts(text, "cell") == ["Country", "What we found there", "Spain", rows[1][1]]


def test_a_table_of_contents_gives_entries_without_dots() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 700, "Our supply chains " + "." * 60 + " 4")
        canvas.drawString(72, 686, "Due diligence " + ". " * 40 + "11")

    text = extract(pdf(draw))

    assert [(s.kind, s.text) for s in text.sentences] == [
        ("cell", "Our supply chains 4"),
        ("cell", "Due diligence 11"),
    ]


def test_the_log_of_a_signing_service_is_left_out() -> None:
    def log(canvas: Canvas) -> None:
        lines = (
            "Audit Trail", "Document ID", "00f1c2", "Sent for signature to B. Example (b@example.org)",
            "Viewed by B. Example (b@example.org)", "IP: 192.0.2.1", "Signed by B. Example (b@example.org)",
        )  # fmt: skip
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 20 * number, line)

    text = extract(pdf(prose(), log))

    assert texts(text) == [FIRST, SECOND, THIRD]
    assert "example.org" not in json.dumps(text_as_json(text))


def test_a_heading_in_another_font_and_a_list_without_bullets_stand_apart() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Italic", 11)
        canvas.drawString(72, 742, "Going concern")
        prose(top=114)(canvas)
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(("We pay on time", "We listen", "We act with care")):
            canvas.drawString(72, 640 - 14 * number, line)

    text = extract(pdf(draw))

    assert [(s.kind, s.text) for s in text.sentences] == [
        ("heading", "Going concern"),
        ("sentence", FIRST),
        ("sentence", SECOND),
        ("sentence", THIRD),
        ("sentence", "We pay on time"),
        ("sentence", "We listen"),
        ("sentence", "We act with care"),
    ]


def test_bold_names_below_one_another_are_headings_of_their_own() -> None:
    def draw(canvas: Canvas) -> None:
        prose()(canvas)
        canvas.setFont("Helvetica-Bold", 11)
        for number, line in enumerate(("Trust", "Partnership", "Civil liberties")):
            canvas.drawString(72, 640 - 20 * number, line)
        canvas.drawString(72, 540, "A heading of so many words that it needs two,")
        canvas.drawString(72, 526, "With a capital letter")

    assert texts(extract(pdf(draw)), "heading") == [
        "Trust",
        "Partnership",
        "Civil liberties",
        "A heading of so many words that it needs two, With a capital letter",
    ]


def test_a_line_that_ends_in_a_bold_address_goes_on_with_its_sentence() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        canvas.drawString(
            72, 700, "We report on each of these goals every year in the spring. The current Report and"
        )
        canvas.drawString(72, 686, "Plan are at ")
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(
            72 + canvas.stringWidth("Plan are at ", "Helvetica", 11),
            686,
            "www.example.org of the company in its own words there.",
        )
        prose(top=300)(canvas)

    text = extract(pdf(draw))

    assert texts(text, "heading") == []
    assert (
        texts(text)[1]
        == "The current Report and Plan are at www.example.org of the company in its own words there."
    )


def test_type_too_small_to_read_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        prose()(canvas)
        canvas.setFont("Helvetica", 1)
        canvas.drawString(72, 500, "anchor-63ec12c0 slavery slavery slavery")

    assert texts(extract(pdf(draw))) == [FIRST, SECOND, THIRD]


def test_a_page_of_more_characters_than_a_page_holds_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extraction.pdf._MAX_CHARACTERS", 100)

    text = extract(pdf(prose(PROSE), prose("We audited our suppliers.")))

    assert texts(text) == ["We audited our suppliers."]
    characters = len("".join(PROSE.split()))
    assert text.warnings == (f"not read: page 1: has {characters} characters, more than 100",)


def test_figures_are_cells_with_their_labels_even_without_rules() -> None:
    def draw(canvas: Canvas) -> None:
        for row, (label, figure) in enumerate((("Audits carried out", "14"), ("Workers repaid", "1,204"))):
            canvas.drawString(72, 700 - 30 * row, label)
            canvas.drawString(400, 700 - 30 * row, figure)

    text = extract(pdf(draw))

    assert texts(text, "cell") == ["Audits carried out: 14", "Workers repaid: 1,204"]


def test_control_and_direction_characters_do_not_reach_the_text() -> None:
    text = extract(
        html("<p>We pay\u200b all work\u00aders\u202e in full.\u202c\x07 The ﬁrst audit was ﬁne.</p>")
    )

    assert texts(text) == ["We pay all workers in full.", "The first audit was fine."]


def test_title_and_producer_are_kept_and_the_author_is_not() -> None:
    text = extract(pdf(prose(), title="Statement 2024"))

    assert text.metadata["title"] == "Statement 2024"
    assert "ReportLab" in str(text.metadata["producer"])
    assert "anonymous" not in json.dumps(text_as_json(text))  # ReportLab's author


def test_a_long_report_is_read_where_it_names_the_subject_and_around_it() -> None:
    pages = [
        prose(f"Chapter {number} is about turnover and dividends of the year.") for number in range(1, 41)
    ]
    pages[19] = prose("Our modern slavery statement follows on this page and the next.")

    text = extract(pdf(*pages))

    assert text.pages_read == (1, 2, 19, 20, 21)
    assert [page.method for page in text.pages].count("unread") == 35
    assert "not read: 35 of 40 pages do not name the subject" in text.warnings


def test_pages_can_be_chosen() -> None:
    text = extract(pdf(prose(FIRST), prose(SECOND), prose(THIRD)), pages=[2])

    assert texts(text) == [SECOND]
    assert text.pages_read == (2,)


def test_no_page_is_begun_after_the_time_is_up() -> None:
    text = extract(pdf(prose(FIRST), prose(SECOND)), seconds=-1)

    assert text.error is None
    assert text.pages_read == ()
    assert text.warnings == ("not read: pages 1, 2: time ran out before this page",)


# Scans ------------------------------------------------------------------------------------------------------


@needs_ocr
@pytest.mark.parametrize("angle", [0.0, 1.5])
def test_a_scan_gives_sentences_headings_and_confidence(angle: float) -> None:
    text = extract(scan_of(simple_pdf(), angle=angle))

    assert text.error is None
    assert text.method == "ocr"
    assert texts(text) == ["Our supply chains", FIRST, SECOND, THIRD]
    assert text.sentences[0].kind == "heading"
    assert {sentence.source for sentence in text.sentences} == {"ocr"}
    assert all(sentence.confidence and sentence.confidence > 80 for sentence in text.sentences)
    assert text.pages[0].confidence and text.pages[0].confidence > 85
    assert text.sentences[0].boxes[0].x0 == pytest.approx(72, abs=15)


@needs_ocr
def test_boxes_of_a_scan_lie_where_those_of_its_original_do() -> None:
    original = extract(simple_pdf()).sentences
    scanned = extract(scan_of(simple_pdf())).sentences

    for before, after in zip(original, scanned, strict=True):
        for box, other in zip(before.boxes, after.boxes, strict=True):
            assert dataclasses.astuple(other) == pytest.approx(dataclasses.astuple(box), abs=4)


@needs_ocr
def test_a_stamp_on_a_scan_does_not_pass_for_its_text() -> None:
    def draw(canvas: Canvas) -> None:
        image = scan_image(simple_pdf())
        canvas.drawImage(image, 0, 0, *A4)
        canvas.drawString(72, 10, "Envelope ID: 0000-1111-2222-3333, sent by a signing service, page 1 of 1")

    text = extract(pdf(draw))

    assert text.pages[0].method == "ocr"
    assert SECOND in texts(text)


@needs_ocr
def test_a_scan_that_is_cut_into_strips_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        whole = page_image(simple_pdf())
        strips = 8
        for number in range(strips):
            top, bottom = (round(whole.height * part / strips) for part in (number, number + 1))
            strip = ImageReader(whole.crop((0, top, whole.width, bottom)))
            height = A4[1] / strips
            canvas.drawImage(strip, 0, A4[1] - height * (number + 1), A4[0], height)

    text = extract(pdf(draw))

    assert text.pages[0].method == "ocr"
    assert THIRD in texts(text)


def test_a_good_hidden_ocr_layer_is_read_as_it_is() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawImage(scan_image(simple_pdf()), 0, 0, *A4)
        writer = canvas.beginText(72, A4[1] - 100)
        writer.setTextRenderMode(3)
        for line in wrapped(canvas, PROSE, "Helvetica", 11, 380):
            writer.textLine(line)
        canvas.drawText(writer)

    text = extract(pdf(draw))

    assert text.pages[0].method == "text_layer"
    assert texts(text) == [FIRST, SECOND, THIRD]
    assert text.warnings == ("read from the OCR layer that the scan came with: page 1",)


@needs_ocr
def test_a_text_layer_of_unknown_words_is_read_by_ocr() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawImage(scan_image(simple_pdf()), 0, 0, *A4)
        garbage = "".join(chr((ord(c) - 97 + 3) % 26 + 97) if c.islower() else c for c in PROSE)
        writer = canvas.beginText(72, 700)
        writer.setTextRenderMode(3)
        writer.textLine(garbage)
        canvas.drawText(writer)

    text = extract(pdf(draw))

    assert text.pages[0].method == "ocr"
    assert FIRST in texts(text)


@needs_ocr
def test_a_page_that_is_only_a_picture_is_blank_and_not_poorly_legible() -> None:
    def photograph(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(picture()), 60, 200, 480, 400)

    text = extract(pdf(photograph, prose()))

    assert [page.method for page in text.pages] == ["blank", "text_layer"]
    assert text.warnings == ()


@needs_ocr
def test_shapes_that_are_read_as_letters_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def scraps(_image: Image.Image, _dpi: int, number: int) -> list[Word]:
        return [
            Word(text, number, 100.0, 100.0 + 20 * row, 110.0, 110.0 + 20 * row, 10.0, confidence=70.0)
            for row, text in enumerate(("ii", "l|", "oO"))
        ]

    monkeypatch.setattr(ocr, "_recognise", scraps)

    text = extract(pdf(lambda canvas: canvas.drawImage(ImageReader(picture()), 60, 200, 480, 400), prose()))

    assert [page.method for page in text.pages] == ["blank", "text_layer"]
    assert {sentence.page for sentence in text.sentences} == {2}


def test_without_ocr_a_scanned_page_is_unread_and_says_so() -> None:
    scan = pypdf.PdfWriter(clone_from=io.BytesIO(simple_pdf()))
    scan.append(io.BytesIO(scan_of(simple_pdf())))
    buffer = io.BytesIO()
    scan.write(buffer)

    text = extract(buffer.getvalue(), ocr=False)

    assert text.error is None
    assert text.pages_read == (1,)
    assert text.pages[1].method == "unread"
    assert text.warnings == ("not read: page 2: needs OCR, which is switched off",)


def test_where_tesseract_has_no_data_the_pages_are_unread_with_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr, "tessdata_folder", lambda: None)

    text = extract(scan_of(simple_pdf()))

    assert text.error is None
    assert text.sentences == ()
    assert text.pages_read == ()
    assert text.warnings[0].startswith(
        "not read: page 1: a scan, and this copy of the program cannot read scans: no English Tesseract data"
    )


@needs_ocr
def test_pytesseract_takes_over_where_tesserocr_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "tesserocr", None)

    text = extract(scan_of(simple_pdf()))

    assert texts(text) == ["Our supply chains", FIRST, SECOND, THIRD]
    assert text.pages[0].confidence and text.pages[0].confidence > 85


def scan_image(body: bytes) -> ImageReader:
    return ImageReader(page_image(body))


def page_image(body: bytes) -> Image.Image:
    import pypdfium2

    with pypdfium2.PdfDocument(body) as document:
        return document[0].render(scale=200 / 72).to_pil()


# HTML -------------------------------------------------------------------------------------------------------


def test_html_keeps_headings_lists_and_cells_and_drops_navigation_and_footer() -> None:
    page = html(
        "<nav><a href=/>Home</a> <a href=/shop>Shop</a></nav><div class=cookie-banner>We use cookies. "
        "Accept</div>"
        f"<main><h1>Our statement</h1><p>{PROSE}</p><h2>Steps</h2><ul><li>Audits <b>twice</b> a year</li>"
        "<li>Training</li></ul><table><tr><th>Country</th><th>Sites</th></tr><tr><td>Spain</td><td>12</td></tr>"
        "</table></main><footer>Larkfield Foods Limited is registered in England and Wales No. "
        "01234567</footer>"
    )

    text = extract(page)

    assert [(s.kind, s.text) for s in text.sentences] == [
        ("heading", "Our statement"),
        ("sentence", FIRST),
        ("sentence", SECOND),
        ("sentence", THIRD),
        ("heading", "Steps"),
        ("list_item", "Audits twice a year"),
        ("list_item", "Training"),
        ("cell", "Country"),
        ("cell", "Sites"),
        ("cell", "Spain: Sites 12"),
    ]
    assert text.sentences[-1].heading == "Steps"
    assert text.sentences[0].boxes == ()
    assert text.pages[0].method == "markup"
    assert text.metadata["company_number"] == "01234567"
    assert text.metadata["registered_name"] == "Larkfield Foods Limited"


def test_an_element_with_most_of_the_words_is_never_dropped() -> None:
    text = extract(html(f"<header class=menu><nav>{'<p>' + PROSE + '</p>'}</nav></header><p>Short.</p>"))

    assert SECOND in texts(text)


@pytest.mark.parametrize(("share", "is_kept"), [(0.30, False), (0.38, False), (0.42, True), (0.60, True)])
def test_an_element_goes_by_its_tag_only_while_it_holds_under_two_fifths_of_the_words(
    share: float, is_kept: bool
) -> None:
    of_aside = round(200 * share)
    text = extract(html(f"<p>{'audit ' * (200 - of_aside)}</p><aside><p>{'repay ' * of_aside}</p></aside>"))

    assert any("repay" in line for line in texts(text)) is is_kept


@pytest.mark.parametrize(
    "page",
    [
        "<section class=hero><h1>Our statement</h1><p>Last updated: March "
        f"2025</p></section><article><p>{PROSE}</p></article>",
        f"<header><a href=/>Home</a><h1>Our statement</h1></header><main><p>{PROSE}</p></main>",
    ],
)
def test_the_title_of_a_page_is_kept_where_it_stands_above_the_main_part(page: str) -> None:
    text = extract(html(page))

    assert texts(text, "heading") == ["Our statement"]
    assert texts(text)[-3:] == [FIRST, SECOND, THIRD]
    assert text.sentences[-1].heading == "Our statement"
    assert ("Last updated: March 2025" in texts(text)) == ("Last" in page)


def test_a_name_at_the_top_is_no_title_where_the_main_part_has_its_own() -> None:
    text = extract(
        html(f"<header><h1>Larkfield</h1></header><main><h1>Our statement</h1><p>{PROSE}</p></main>")
    )

    assert texts(text, "heading") == ["Our statement"]


def test_text_around_nested_blocks_stays_apart_and_in_order() -> None:
    text = extract(
        html("<div>Before the list <ul><li>one item<ul><li>nested item</li></ul></li></ul> after it</div>")
    )

    assert texts(text) == ["Before the list", "one item", "nested item", "after it"]


def test_a_bold_first_line_is_a_heading() -> None:
    text = extract(html(f"<p><strong>Due diligence</strong><br>{PROSE}</p>"))

    assert texts(text, "heading") == ["Due diligence"]
    assert text.sentences[1].text == FIRST


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<p>Caethwasiaeth fodern yng Ngwynedd – tŷ a dŵr</p>".encode(), "Caethwasiaeth fodern yng Ngwynedd "
                                                                         "– tŷ a dŵr"),
        ("<p>Café at £5, “quoted”</p>".encode("cp1252"), "Café at £5, “quoted”"),
        ("<meta charset=iso-8859-1><p>Café at £5, “quoted”</p>".encode("cp1252"), "Café at £5, “quoted”"),
        ("<meta charset=iso-8859-1><p>Café at £5</p>".encode(), "Café at £5"),  # declared wrongly
        ("<html><p>Tŷ</p></html>".encode("utf-16"), "Tŷ"),
        ('<?xml version="1.0" encoding="iso-8859-15"?><html><p>5 €</p></html>'.encode("iso-8859-15"), "5 €"),
        ("<meta charset=no-such-set><p>Caf\xe9</p>".encode("cp1252"), "Café"),
    ],
)  # fmt: skip
def test_the_character_set_is_found_from_the_bytes(raw: bytes, expected: str) -> None:
    assert texts(extract(raw)) == [expected]


def test_a_stub_page_gives_its_links() -> None:
    page = html(
        "<main><h1>Modern slavery</h1><p><a href='/files/statement-2024.pdf?v=2'>Our statement</a></p>"
        "<p><a href='/media/123/get'>Download the 2023 statement</a> <a "
        "href='/contact'>Contact</a></p></main>"
    )

    text = extract(page)

    assert text.metadata["links"] == ["/files/statement-2024.pdf?v=2", "/media/123/get"]
    assert any(warning.startswith("stub page: ") for warning in text.warnings)


def test_a_page_built_by_scripts_is_empty_and_says_why() -> None:
    text = extract(html("<div id=root></div><script src=app.js></script>", title="App"))

    assert text.error is not None
    assert text.error.kind == "empty"
    assert "JavaScript shell" in text.error.message


def test_a_consent_wall_gives_a_warning() -> None:
    text = extract(html("<h1>Before you continue</h1><p>We use cookies. Accept all cookies to go on.</p>"))

    assert any(warning.startswith("consent wall") for warning in text.warnings)


def test_an_error_page_is_no_document() -> None:
    text = extract(
        html("<h1>Not Found</h1><p>The requested address was not found here.</p>", title="404 Not Found")
    )

    assert text.error is not None
    assert (text.error.kind, text.sentences) == ("not_a_document", ())


def test_a_page_about_errors_is_no_error_page() -> None:
    text = extract(html(f"<h1>Errors we found</h1><p>{PROSE * 5}</p>", title="Page not found by auditors"))

    assert text.error is None


# DOCX -------------------------------------------------------------------------------------------------------


def test_docx_comes_in_reading_order_with_tables_by_cell() -> None:
    text = extract(simple_docx())

    assert text.method == "docx"
    assert [(s.kind, s.text) for s in text.sentences] == [
        ("heading", "Our supply chains"),
        ("sentence", FIRST),
        ("sentence", SECOND),
        ("sentence", THIRD),
        ("list_item", "Training for buyers"),
        ("cell", "Country"),
        ("cell", "Suppliers"),
        ("cell", "Spain: Suppliers 12"),
        ("sentence", "This statement was approved by the board on 3 March 2025."),
    ]
    assert text.metadata["title"] == "Modern slavery statement 2024"
    assert text.metadata["registered_name"] == "Larkfield Foods Limited"
    assert text.metadata["company_number"] == "00123456"
    assert "A. Person" not in json.dumps(text_as_json(text))


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def test_docx_insertions_and_content_controls_count_and_deletions_do_not() -> None:
    document = (
        f'<w:document xmlns:w="{W}"><w:body>'
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Inside a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t xml:space='preserve'>We </w:t></w:r><w:ins><w:r><w:t>did</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText> not</w:delText></w:r></w:del><w:r><w:t xml:space='preserve'> "
        "pay.</w:t></w:r></w:p>"
        "</w:body></w:document>"
    )

    assert texts(extract(docx_with(document.encode()))) == ["Inside a control.", "We did pay."]


def test_docx_never_reads_other_files() -> None:
    document = (
        '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>Name: &x;.</w:t></w:r></w:p></w:body></w:document>'
    )

    text = extract(docx_with(document.encode()))

    assert Path("/etc/hostname").read_text().strip() not in json.dumps(text_as_json(text))


# Files that are none of these, or bad ones ------------------------------------------------------------------


def entity_bomb() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return docx_with(
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "ha">{levels}]>'
        f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>'.encode()  # noqa: E501
    )


# Made when their test runs: some take a second.
BAD_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", "empty"),
    "only NUL": (lambda: b"\x00" * 5000, "empty"),
    "blank page": (lambda: pdf(lambda canvas: None), "empty"),
    "HTML without text": (lambda: html("<img src=a.png>"), "empty"),
    "PDF head and garbage": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20, "damaged"),
    "PDF cut in half": (lambda: simple_pdf()[:700], "damaged"),
    "page tree that loops": (lambda: page_tree_loop(), "damaged"),
    "page tree 3,000 deep": (lambda: deep_page_tree(), "damaged"),
    "PDF with a password": (lambda: encrypted(simple_pdf(), user="secret"), "encrypted"),
    "Flate bomb of 400 MB": (lambda: flate_bomb(), "too_large"),
    "Flate bomb packed twice": (lambda: double_flate_bomb(), "too_large"),
    "60 MB and more": (lambda: b"%PDF-1.7" + b" " * 61_000_000, "too_large"),
    "DOCX bomb": (lambda: docx_bomb(), "too_large"),
    "DOCX of 60,000 paragraphs": (lambda: docx_with(f'<w:document xmlns:w="{W}"><w:body>{"<w:p/>" * 60_000}</w:body></w:document>'.encode()), "too_large"),  # noqa: E501
    "DOCX cut short": (lambda: simple_docx()[:-200], "damaged"),
    "DOCX without a document": (lambda: zip_of(word__styles_xml=b"<a/>"), "damaged"),
    "DOCX with broken XML": (lambda: docx_with(b"<w:document"), "damaged"),
    "entity bomb": (lambda: entity_bomb(), "damaged"),
    "div 200,000 deep": (lambda: b"<html><body>" + b"<div>" * 200_000 + b"x" + b"</div>" * 200_000,
    "too_large"),
    "q 200,000 deep": (lambda: b"<html><body>" + b"<q>" * 200_000 + b"x", "too_large"),
    "100,000 paragraphs": (lambda: b"<html><body>" + b"<p>a b c</p>" * 100_000, "too_large"),
    "12 MB of HTML": (lambda: b"<html><body>" + b"<p>a b c</p>" * 1_000_000, "too_large"),
    "PNG": (lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "not_a_document"),
    "GIF": (lambda: b"GIF89a" + b"\x01" * 50, "not_a_document"),
    "gzip": (lambda: b"\x1f\x8b\x08" + b"\x01" * 50, "not_a_document"),
    "ZIP": (lambda: zip_of(a_txt=b"a"), "not_a_document"),
    "CSV": (lambda: b"name,year,url\na,1,b\nc,2,d\ne,3,f\n", "not_a_document"),
    "JSON": (lambda: b'{"error": "not found"}', "not_a_document"),
    "XML": (lambda: b'<?xml version="1.0"?><feed><entry/></feed>', "not_a_document"),
    "program": (lambda: b"MZ\x90\x00" + b"\x01" * 50, "not_a_document"),
    "noise": (lambda: bytes(range(256)) * 40, "not_a_document"),
    "RTF": (lambda: b"{\\rtf1 Hello}", "unsupported"),
    "DOC": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "unsupported"),
    "ODT": (lambda: zip_of(mimetype=b"application/vnd.oasis.opendocument.text", content_xml=b"<a/>"),
    "unsupported"),
    "XLSX": (lambda: zip_of(xl__workbook_xml=b"<a/>"), "unsupported"),
    "plain text": (lambda: b"We audited fourteen of our suppliers.\n", "unsupported"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_give_an_error_of_their_kind_and_never_raise(name: str) -> None:
    make, kind = BAD_FILES[name]
    body = make()
    began = time.process_time()

    text = extract(body)

    assert text.error is not None
    assert text.error.kind == kind
    assert text.error.kind in ERROR_KINDS
    assert text.error.message[0].islower()
    assert text.sentences == ()
    assert text.pages == ()
    assert time.process_time() - began < 20


SOUND_ODDITIES = {
    "owner password only": encrypted(simple_pdf(), user=""),
    "HTTP header before the PDF": b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + simple_pdf(),
    "byte order mark before the PDF": b"\xef\xbb\xbf" + simple_pdf(),
    "bytes after the PDF": simple_pdf() + b"\x00" * 500 + b"<html>",
    "HTML inside quotes before it": b"\n\n<!-- saved -->" + html(f"<h1>Our supply chains</h1><p>{PROSE}</p>"),
    "notice before the HTML": b"Warning: something in line 3<br>"
    + html(f"<h1>Our supply chains</h1><p>{PROSE}</p>"),
}


@pytest.mark.parametrize("name", SOUND_ODDITIES)
def test_odd_but_sound_files_are_read(name: str) -> None:
    text = extract(SOUND_ODDITIES[name])

    assert text.error is None
    assert SECOND in texts(text)


def test_html_served_as_pdf_is_read_as_html_with_a_warning() -> None:
    text = extract(html(f"<p>{PROSE}</p>"), known_type="application/pdf")

    assert text.content_type == "text/html"
    assert texts(text) == [FIRST, SECOND, THIRD]
    assert "served as application/pdf, but it is text/html" in text.warnings


def test_the_type_that_the_server_gave_decides_where_bytes_do_not() -> None:
    fragment = b"<b>We audited fourteen suppliers.</b>"

    assert extract(fragment, known_type="text/html; charset=utf-8").content_type == "text/html"
    assert extract(fragment).content_type == "application/xml"


def test_a_page_of_html_that_mentions_pdf_is_html() -> None:
    assert extract(html("<p>A file begins with %PDF-1.7 as a rule.</p>")).content_type == "text/html"


def test_nested_arrays_and_huge_images_do_no_harm() -> None:
    assert extract(nested_arrays()).error.kind == "empty"  # type: ignore[union-attr]
    assert extract(huge_image(), ocr=False).error is None


@needs_ocr
def test_a_page_too_large_to_be_drawn_for_ocr_is_refused() -> None:
    text = extract(huge_page())

    assert text.error is not None
    assert text.error.kind == "too_large"


@needs_ocr
def test_one_broken_page_does_not_cost_the_others() -> None:
    body = pdf(prose(FIRST), prose(SECOND))
    broken = body.replace(b"/Type /Page\n", b"/Type /Pagx\n", 1)

    text = extract(broken)

    assert text.error is None
    assert SECOND in texts(text)


@needs_ocr
def test_a_page_that_breaks_pdfplumber_is_read_by_ocr() -> None:
    broken = simple_pdf().replace(
        b"/MediaBox [ 0 0 595.2756 841.8898 ]", b"/MediaBox 7 /CropBox [0 0 595 842]     "
    )
    assert b"/MediaBox 7" in broken

    text = extract(broken)

    assert text.error is None
    assert text.pages[0].method == "ocr"
    assert SECOND in texts(text)


def test_the_language_is_told() -> None:
    welsh = (
        "Mae'r datganiad hwn yn cael ei wneud o dan adran 54 o Ddeddf Caethwasiaeth Fodern 2015. Mae ein "
        "cwmni wedi "
        "ymrwymo i atal caethwasiaeth fodern yn ein cadwyni cyflenwi ac i hyfforddi ein staff bob blwyddyn."
    )

    assert extract(html(f"<p>{welsh}</p>")).language == "cy"
    assert extract(html(f"<p>{PROSE}</p>")).language == "en"
    assert extract(html("<p>Too short to tell.</p>")).language is None


def test_a_welsh_text_layer_is_not_taken_for_garbage() -> None:
    welsh = (
        "Mae ein cyngor wedi ymrwymo i atal caethwasiaeth fodern yn ein cadwyni cyflenwi. Mae pob aelod o "
        "staff "
        "wedi cael hyfforddiant, ac nid ydym wedi dod o hyd i unrhyw achos hyd yn hyn."
    )

    text = extract(pdf(prose(welsh)), ocr=False)

    assert text.pages[0].method == "text_layer"
    assert text.language == "cy"


@pytest.mark.parametrize(
    ("line", "name", "number"),
    [
        ("Larkfield Foods Limited is registered in England (No. 123456).", "Larkfield Foods "
                                                                           "Limited", "00123456"),
        ("Registered in Scotland. Company number SC123456", None, "SC123456"),
        ("Company Registration No: 01234567. VAT No. 987654321", None, "01234567"),
        ("Brook & Vale LLP is a limited liability partnership registered in England and Wales OC "
         "301234", "Brook & Vale LLP", "OC301234"),
        ("Larkfield Foods Ltd, 2 Mill Road, Lowmere. Company number "
         "01234567", "Larkfield Foods Ltd", "01234567"),
        ("A Swedish firm, corporate registration no. 556859-5416", None, None),
        ("Telephone 01234567 or registered office 12 High Street", None, None),
    ],
)  # fmt: skip
def test_registered_name_and_number(line: str, name: str | None, number: str | None) -> None:
    text = extract(html(f"<p>{line}</p>"))

    assert text.metadata.get("registered_name") == name
    assert text.metadata.get("company_number") == number


def test_a_result_is_json_of_the_agreed_shape() -> None:
    document = json.loads(json.dumps(text_as_json(extract(simple_pdf()))))

    assert list(document) == ["pages", "sentences", "metadata", "warnings", "error"]
    assert list(document["pages"][0]) == ["number", "method", "confidence", "text", "unread_because"]
    assert list(document["sentences"][0]) == [
        "position", "page", "boxes", "heading", "text", "source", "confidence",
    ]  # fmt: skip
    assert list(document["sentences"][0]["boxes"][0]) == ["page", "x0", "top", "x1", "bottom"]
    assert document["metadata"]["content_type"] == "application/pdf"
    assert document["metadata"]["method"] == "pdf"
    assert document["metadata"]["language"] == "en"
    assert len(document["metadata"]["sha256"]) == 64
    assert document["error"] is None


@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_an_error_of_any_kind_has_the_same_shape(kind: str) -> None:
    document = json.loads(json.dumps(text_as_json(failed(b"%PDF-", kind, "what went wrong"))))

    assert list(document) == ["pages", "sentences", "metadata", "warnings", "error"]
    assert (document["pages"], document["sentences"], document["warnings"]) == ([], [], [])
    assert document["error"] == {"kind": kind, "message": "what went wrong"}
    assert document["metadata"]["sha256"] == hashlib.sha256(b"%PDF-").hexdigest()


def test_english_and_welsh_side_by_side_are_both_told() -> None:
    welsh = "Mae ein cyngor wedi ymrwymo i atal caethwasiaeth fodern yn ein cadwyni cyflenwi bob blwyddyn."

    text = extract(html(f"<p>{PROSE}</p><p>{welsh}</p>"))

    assert text.metadata["languages"] == ["en", "cy"]
    assert "languages" not in extract(html(f"<p>{PROSE}</p>")).metadata
    assert "languages" not in extract(html(f"<p>{welsh} {welsh}</p>")).metadata


@needs_ocr
def test_a_scan_fed_sideways_and_turned_by_the_scanner_is_read_as_shown() -> None:
    scanned = pypdf.PdfWriter(clone_from=io.BytesIO(scan_of(simple_pdf(), angle=90, expand=True)))
    scanned.pages[0].rotate(90)
    buffer = io.BytesIO()
    scanned.write(buffer)

    text = extract(buffer.getvalue())

    assert texts(text) == ["Our supply chains", FIRST, SECOND, THIRD]
    assert text.sentences[0].boxes[0].x0 == pytest.approx(72, abs=4)


def test_text_without_a_unicode_map_is_still_read() -> None:
    content = stream(b"BT /F1 11 Tf 72 700 Td (We audited fourteen of our suppliers in 2024.) Tj ET")

    assert texts(extract(page_pdf(content))) == ["We audited fourteen of our suppliers in 2024."]


def test_a_docx_made_by_hand_opens() -> None:
    document = docx.Document(io.BytesIO(simple_docx()))

    assert document.paragraphs  # the maker makes what Word can read
