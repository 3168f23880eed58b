"""What is read of a content stream is what pdfminer and pdfplumber read of it, however it is written."""

from __future__ import annotations

import io
import random
from typing import Any

import pdfplumber
import pytest
from extraction_documents import page_pdf, pdf, prose, simple_pdf, stream
from reportlab.pdfgen.canvas import Canvas

from extraction.contents import clean
from extraction.contentstream import read_content
from extraction.textlayer import TextLayer

SHOWN = b"BT /F1 12 Tf 72 700 Td "

STREAMS = {
    "strings": rb"(plain) Tj (an \(escaped\) one) Tj (a (nested) one) Tj (back\\slash) Tj (\101\1012\7x) Tj",
    "escapes of lines": b"(one\\\r\ntwo) Tj (three\\\nfour) Tj (five\\zsix) Tj (se\rven) Tj (tab\\t) Tj",
    "octal of more than a byte": rb"(\777) Tj (after) Tj",
    "hexadecimal": b"<48 65\n6C6c6F> Tj <486> Tj <> Tj <48656C6C6F>Tj<<48>>Tj (after) Tj",
    "arrays": b"[(spa)-50(ced)-300.5<6F7574>.5] TJ[]TJ[(one)[(in)](another)]TJ [(a)/N(b)] TJ (after) Tj",
    "numbers": b"+12 0 Td -.5 -0. Td 1.2.3 4 Td 5-6 Td --7 8 Td 1e3 2 Td (x) Tj 00012 3. Td (y) Tj",
    "a number of five thousand digits": b"1" * 5_000 + b" 0 Td (x) Tj 0." + b"3" * 5_000 + b" 0 Td (y) Tj",
    "names": b"/F#31 14 Tf (hash) Tj /F1 14 Tf (plain) Tj /Missing 9 Tf (missing) Tj /\xff\xfe 9 Tf (odd) Tj",
    "comments": b"(one) Tj % (not this) Tj\r(two) Tj %\n(three) Tj",
    "white space": b"(one)\x00Tj\x0c(two)\x0bTj\x00\x00(three)Tj(four)Tj",
    "marked content": b"/Span <</ActualText (x) /MCID 0>> BDC (marked) Tj EMC /A <</B [1 2 <</C true>>]>> "
    b"BDC EMC",
    "quotation marks": b"14 TL (one) Tj (two) ' 3 1 (three) \" T* (four) Tj",
    "booleans and procedures": b"true false null { 1 2 add } (x) Tj } ] >> (y) Tj",
    "unknown operators": b"(x) Tj 1 2 3 nonsense (y) Tj sc scn 1 0 0 rg (red) Tj /Cs1 cs .2 scn (z) Tj",
    "spacing": b"3 Tc 9 Tw 80 Tz 4 Ts (a b c) Tj [(d e)-100(f)] TJ 0 Tc 100 Tz -12 Tz (mirrored) Tj",
    "turned": b"0 1 -1 0 300 300 Tm (up) Tj .7 .7 -.7 .7 99 99 Tm (askew) Tj -1 0 0 -1 200 200 Tm (round) Tj",
    "an inline image": b"ET q 9 0 0 9 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID (Tj) EI Q BT /F1 9 Tf (after) Tj",
    "two inline images": b"ET BI /W 1 /H 1 ID x EI BI /W 1 /H 1 /F /A85 ID 5sdq,~> EI BT /F1 9 Tf (after) Tj",
    "rules": b"ET 10 10 m 90 10 l S 10 10 50 40 re f 1 1 m 2 2 3 3 4 4 c S 5 5 m 9 5 l 9 9 l 5 9 l h S "
    b"1 1 m 9 1 l h S 1 1 m 9 1 l 9 9 l 1 1 l h S 10 20 m 90 20 l 10 30 m 90 30 l 1 2 3 4 re S BT",
    "an end in the midst": b"(one) Tj (two",
    "an end in an array": b"(one) Tj [(two) 3 (",
}


def both(body: bytes) -> tuple[Any, Any]:
    """Return characters and rules of the first page as pdfplumber and as we read them; or each one's
    exception.
    """
    page = pdfplumber.open(io.BytesIO(body)).pages[0]
    return _outcome(lambda: _as_pdfplumber_reads(page)), _outcome(lambda: _as_we_read(page))


def _outcome(read: Any) -> Any:
    try:
        return read()
    except Exception as error:
        return type(error.args[0]) if error.args and isinstance(error.args[0], Exception) else type(error)


def _as_pdfplumber_reads(page: Any) -> tuple[list[Any], list[Any]]:
    characters = [
        (c["text"], c["x0"], c["top"], c["x1"], c["bottom"], c["size"], c["upright"], c["fontname"])
        for c in page.chars
    ]
    return characters, sorted((r["x0"], r["top"], r["x1"], r["bottom"]) for r in page.lines + page.rects)


def _as_we_read(page: Any) -> tuple[list[Any], list[Any]]:
    drawing = read_content(page.pdf.rsrcmgr, page.page_obj)
    left, top = page.mediabox[:2]
    characters = [
        (c.text, c.x0 + left, page.height - c.y1 + top, c.x1 + left, page.height - c.y0 + top, *c[5:8])
        for c in drawing.characters
    ]
    rules = map(page.process_object, drawing.rules)
    return characters, sorted((r["x0"], r["top"], r["x1"], r["bottom"]) for r in rules)


@pytest.mark.parametrize("content", STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_reads_as_pdfminer_reads_it(content: bytes) -> None:
    theirs, ours = both(page_pdf(stream(SHOWN + content + b" ET")))

    assert ours == theirs


@pytest.mark.parametrize("length", [4_090, 65_530])
@pytest.mark.parametrize("token", [b"(shown by itself)", b"<48656C6C6F>", b"[(an)-20(array)]"])
def test_tokens_across_two_buffers_are_whole(length: int, token: bytes) -> None:
    for shift in range(0, 24, 3):
        padding = b"0 0 Td " * (length // 7) + b" " * shift
        theirs, ours = both(page_pdf(stream(SHOWN + padding + token + b" TJ " + token + b" Tj ET")))

        assert ours == theirs
        assert theirs[0]


def test_streams_of_any_tokens_read_as_pdfminer_reads_them() -> None:
    pieces = [piece for content in STREAMS.values() for piece in content.split(b" ") if len(piece) < 99]
    chance = random.Random(20)
    read = 0
    for _ in range(300):
        soup = b" ".join(chance.choices(pieces, k=12))
        cut = chance.randrange(len(soup))
        theirs, ours = both(page_pdf(stream(SHOWN + b"(x) Tj " + soup[:cut] + soup[cut + 1 :])))

        assert ours == theirs, soup
        read += isinstance(theirs, tuple) and bool(theirs[0])
    assert read > 100


def test_a_form_shown_twice_is_read_twice_and_one_that_shows_itself_once() -> None:
    form = stream(
        b"BT /F1 9 Tf 50 50 Td (in a form) Tj ET /X Do 0 0 9 9 re S",
        b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Matrix[1 0 0 1 20 30]"
        b"/Resources<</XObject<</X 5 0 R>>/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
    )
    body = page_pdf(stream(b"/X Do q 1 0 0 1 100 0 cm /X Do Q"), form, resources=b"/XObject<</X 5 0 R>>")

    theirs, ours = both(body)

    assert ours == theirs
    assert "".join(character[0] for character in ours[0]) == "in a form" * 2
    assert len(ours[1]) == 2


def columns(canvas: Canvas) -> None:
    for column in (72, 310):
        prose(x=column, width=190)(canvas)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(72, 60, "S T A T E M E N T")
    canvas.rotate(90)
    canvas.drawString(100, -30, "turned")


@pytest.mark.parametrize("body", [simple_pdf(), pdf(columns)], ids=["simple", "columns"])
@pytest.mark.parametrize("turn", [0, 90])
def test_words_are_those_of_pdfplumber_by_the_settings_of_the_study(body: bytes, turn: int) -> None:
    if turn:
        body = body.replace(b"/Rotate 0", b"/Rotate %d" % turn)
    page = pdfplumber.open(io.BytesIO(body)).pages[0]
    wanted = page.extract_words(use_text_flow=True, x_tolerance_ratio=0.15, return_chars=True)

    words = TextLayer(body, 1).words(1)

    assert [(w.text, w.x0, w.top, w.x1, w.bottom) for w in words] == [
        (clean(w["text"]), w["x0"], w["top"], w["x1"], w["bottom"]) for w in wanted if w["upright"]
    ]
    assert words or turn  # text that the turning lays on its side is no reading
    assert all(word.page == 1 and 9 < word.size < 31 for word in words)


def test_places_count_from_the_corner_of_what_is_shown() -> None:
    box = b"[-50 -20 545 822]/CropBox[-10 0 500 800]"
    body = page_pdf(stream(b"BT /F1 10 Tf 90 700 Td (Shown) Tj 0 110 Td (hidden) Tj ET"), box=box)

    words = TextLayer(body, 1).words(1)

    assert [word.text for word in words] == ["Shown"]
    assert words[0].x0 == pytest.approx(100)
    assert words[0].bottom == pytest.approx(100, abs=3)


def test_of_other_pages_than_pdfium_finds_none_is_read() -> None:
    assert TextLayer(simple_pdf(), 1).words(1)
    assert TextLayer(simple_pdf(), 2).words(1) == []
