"""Pictures of pages with the evidence marked."""

from __future__ import annotations

import io

import pytest
from extraction_documents import SECOND, html, pdf, prose, simple_pdf
from PIL import Image

from extraction.contents import UnreadableError
from extraction.picture import render_page
from extraction.sentences import Box
from extraction.text import extract


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def is_yellow(colour: tuple[int, ...]) -> bool:
    red, green, blue = colour
    return red > 230 and green > 220 and blue < 200


def test_the_boxes_of_a_sentence_are_marked_where_its_text_is() -> None:
    body = simple_pdf()
    (sentence,) = [s for s in extract(body).sentences if s.text == SECOND]

    picture = opened(render_page(body, 1, sentence.boxes))

    scale = picture.width / 595.3
    for box in sentence.boxes:
        inside = picture.crop([round(v * scale) for v in (box.x0, box.top, box.x1, box.bottom)])
        colours = [colour for _, colour in inside.getcolors(100_000)]
        assert any(is_yellow(colour) for colour in colours)
        assert min(sum(colour) for colour in colours) < 60  # the letters are still dark
    assert not is_yellow(picture.getpixel((5, 5)))


def test_boxes_of_other_pages_are_not_drawn() -> None:
    body = pdf(prose(), prose())

    assert render_page(body, 1, [Box(2, 72, 90, 300, 110)]) == render_page(body, 1)


def test_a_very_large_page_is_rendered_coarsely() -> None:
    body = pdf(prose(), size=(14_000, 14_000))

    picture = opened(render_page(body, 1))

    assert picture.width * picture.height <= 8_100_000


def test_what_cannot_be_shown_is_said() -> None:
    with pytest.raises(IndexError, match="page 3 of a document of 1 pages"):
        render_page(simple_pdf(), 3)
    with pytest.raises(UnreadableError, match="the PDF cannot be opened"):
        render_page(html("<p>x</p>"), 1)
