"""A page that lost its text is unread and says so; a page without text is blank."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pytest
from extraction_documents import FIRST, SECOND, html, picture, raw_pdf, simple_pdf, stream
from PIL import Image

from extraction import ocr
from extraction.text import OURS, ExtractionError, extract, loss_in_words

LINES = b"BT /F1 11 Tf 72 700 Td 14 TL " + b"".join(
    b"(%s) ' " % line.encode() for line in [FIRST, SECOND, *(f"We audited site {n}." for n in range(40))]
)
PACKED = zlib.compress(LINES + b"ET")
FLATE = b"/Filter/FlateDecode"
IMAGE = b"/Type/XObject/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceGray/Width %d/Height %d"


def pages(content: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """Return a PDF of a sound page and of one with this content object; `more` are objects 7 and on."""
    font = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<<%s%s>>>>"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
            page % (5, font, b""),
            page % (6, font, resources),
            stream(b"BT /F1 11 Tf 72 700 Td (%s) Tj ET" % SECOND.encode()),
            content,
            *more,
        ]
    )


def jpeg_of(text: bytes) -> bytes:
    import pypdfium2

    buffer = io.BytesIO()
    with pypdfium2.PdfDocument(text) as document:
        document[0].render(scale=200 / 72, grayscale=True).to_pil().save(buffer, "JPEG")
    return buffer.getvalue()


def scan(data: bytes) -> bytes:
    size = b"/Width 1654/Height 2339/Filter/DCTDecode"
    return pages(
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
        stream(data, b"/Type/XObject/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceGray" + size),
        resources=b"/XObject<</I 7 0 R>>",
    )


UNPACKED = "its content cannot be unpacked"
CUT = "its content is cut short"
DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut short before any text": (lambda: pages(stream(PACKED[:30], FLATE)), CUT),
    "cut short in the midst of the text": (lambda: pages(stream(PACKED[: len(PACKED) // 2], FLATE)), CUT),
    "overwritten at its beginning": (lambda: pages(stream(b"\x00" * 40 + PACKED[40:], FLATE)), UNPACKED),
    "overwritten further on": (lambda: pages(stream(PACKED[:60] + b"\xff" * 60 + PACKED[120:], FLATE)),
    UNPACKED),
    "packed twice and declared once": (lambda: pages(stream(zlib.compress(PACKED), FLATE)), UNPACKED),
    "declared as another filter": (lambda: pages(stream(PACKED, b"/Filter/ASCII85Decode")), UNPACKED),
    "not declared as packed": (lambda: pages(stream(PACKED)), UNPACKED),
    "declared as packed, and is not": (lambda: pages(stream(LINES + b"ET", FLATE)), UNPACKED),
    "content that is not there": (lambda: pages(b"null"), "its content is missing from the file"),
    "a form that is not there": (lambda: pages(stream(b"q /X Do Q"), resources=b"/XObject<</X 99 0 R>>"),
    "its content is missing from the file"),
    "a form cut short": (lambda: pages(stream(b"q /X Do Q"), stream(PACKED[:30],
    b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]" + FLATE), resources=b"/XObject<</X 7 0 R>>"), CUT),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_page_that_lost_text_is_unread_and_says_why(name: str) -> None:
    make, reason = DAMAGED[name]

    text = extract(make())

    assert text.error is None
    assert text.pages_read == (1,)
    assert (text.pages[1].method, text.pages[1].unread_because) == ("unread", "damaged")
    assert text.warnings == (f"not read: page 2: {reason}",)
    assert loss_in_words(text.metadata) == "Not all pages could be read (page 2: damaged)."
    assert SECOND in [sentence.text for sentence in text.sentences]


def test_what_is_left_of_a_damaged_page_is_kept() -> None:
    text = extract(pages(stream(PACKED[: len(PACKED) // 2], FLATE)))

    assert FIRST in text.pages[1].text


BLANK: dict[str, Callable[[], bytes]] = {
    "no content": lambda: pages(stream(b"")),
    "nothing but state": lambda: pages(stream(b"q 1 0 0 1 0 0 cm 0.5 g Q " * 3)),
    "packed nothing": lambda: pages(stream(zlib.compress(b""), FLATE)),
    "packed, the checksum wrong": lambda: pages(stream(zlib.compress(b"q Q " * 20)[:-4] + b"abcd", FLATE)),
    "a white sheet": lambda: pages(stream(b"1 g 0 0 595 842 re f 0 g")),
    "blanks": lambda: pages(stream(b"BT /F1 11 Tf 72 700 Td (   ) Tj ET")),
    "an empty form": lambda: pages(
        stream(b"q /X Do Q"),
        stream(b"q Q", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
        resources=b"/XObject<</X 7 0 R>>",
    ),
}


@pytest.mark.parametrize("name", BLANK)
def test_a_page_without_text_is_blank(name: str, tesseract: str) -> None:
    text = extract(BLANK[name]())

    assert text.pages[1].method == "blank"
    assert text.pages_read == (1, 2)
    assert text.warnings == ()
    assert loss_in_words(text.metadata) == ""


def test_letters_without_a_map_that_ocr_cannot_see_are_not_read(tesseract: str) -> None:
    font = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/CharProcs<<>>/FirstChar 1"
    font += b"/LastChar 60/Widths[%s]/Encoding<</Type/Encoding/Differences[1]>>>>" % (b"9 " * 60)
    content = b"BT /F9 11 Tf 72 700 Td <%s> Tj ET" % bytes(range(1, 30)).hex().encode()

    text = extract(pages(stream(content), font, resources=b"/Font<</F9 7 0 R>>"))

    assert text.pages_read == (1,)
    assert text.pages[1].unread_because == "damaged"


def test_half_of_a_scan_is_no_whole_page(tesseract: str) -> None:
    whole = jpeg_of(simple_pdf())

    sound, cut = extract(scan(whole)), extract(scan(whole[: len(whole) // 2]))

    assert sound.pages[1].method == "ocr"
    assert cut.pages[1].method == "unread"
    assert cut.warnings == ("not read: page 2: its picture is cut short",)


def test_a_scan_in_strips_needs_ocr() -> None:
    strip = stream(picture().convert("L").tobytes(), IMAGE % (600, 400))
    content = b"".join(b"q 595 0 0 84 0 %d cm /I Do Q " % (84 * n) for n in range(10))

    text = extract(pages(stream(content), strip, resources=b"/XObject<</I 7 0 R>>"), ocr=False)

    assert (text.pages[1].method, text.pages[1].unread_because) == ("unread", "ocr_off")


def test_a_copy_without_tesseract_says_that_it_cannot_read_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "why_unavailable", lambda: "no Tesseract")
    image = Image.new("L", (1654, 2339), 255)
    buffer = io.BytesIO()
    image.save(buffer, "PDF", resolution=200)

    text = extract(buffer.getvalue())

    assert text.error is None
    assert text.lacks_ocr
    assert text.pages[0].unread_because == "no_ocr"
    assert loss_in_words(text.metadata) == (
        "Not all pages could be read (page 1: a scan, and this copy of the program cannot read scans)."
    )
    assert text.warnings == (
        "not read: page 1: a scan, and this copy of the program cannot read scans: no Tesseract",
    )


@pytest.mark.parametrize(
    "body",
    [b"<p>" * 60_000, b"<div>" * 600 + b"x"],
    ids=["too many elements", "too deep"],
)
def test_a_page_beyond_our_bounds_is_our_failure(body: bytes) -> None:
    error = extract(html("") + body).error

    assert error is not None
    assert error.is_ours
    assert error.kind in OURS
    assert "we do not read" in error.message


@pytest.mark.parametrize(("kind", "is_ours"), [("crashed", True), ("empty", False), ("damaged", False)])
def test_errors_tell_whose_they_are(kind: str, is_ours: bool) -> None:
    assert ExtractionError(kind, "").is_ours is is_ours
