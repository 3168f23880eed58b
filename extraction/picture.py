"""The picture of a page with a sentence marked on it: evidence that can be looked at."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pypdfium2
from PIL import Image, ImageChops, ImageDraw

from domain.filetypes import without_preamble
from extraction.contents import UnreadableError
from extraction.sentences import Box

# 110 dpi: an A4 page is 910 by 1,290 pixels, sharp on a screen and about 150 kB.
_DPI = 110
_MAX_PIXELS = 8_000_000
# Black text on this yellow has a contrast of 17 to 1.
_MARKER = (255, 240, 130)
_MARGIN = 1.5  # points around a box, so that letters do not touch its edge


def render_page(body: bytes, page: int, boxes: Iterable[Box] = ()) -> bytes:
    """Return a page of a PDF as PNG, with those of the boxes that lie on it marked in yellow.

    `page` counts from 1. Large pages are rendered more coarsely. Raises UnreadableError where the file cannot
    be opened, and IndexError for a page that it does not have. Runs in this process, which a hostile file can
    hang or end: worker.Extractor.picture runs it in one that can be.
    """
    try:
        document = pypdfium2.PdfDocument(without_preamble(body))
    except pypdfium2.PdfiumError as error:
        raise UnreadableError("damaged", "the PDF cannot be opened") from error
    with document:
        if not 1 <= page <= len(document):
            raise IndexError(f"page {page} of a document of {len(document)} pages")
        shown = document[page - 1]
        width, height = shown.get_size()
        if not (width > 0 and height > 0):
            raise UnreadableError("damaged", f"page {page} has no size")
        scale = min(_DPI / 72, (_MAX_PIXELS / max(width * height, 1)) ** 0.5)
        picture = shown.render(scale=scale).to_pil().convert("RGB")
    return _as_png(_marked(picture, [box for box in boxes if box.page == page], scale))


def _marked(picture: Image.Image, boxes: Iterable[Box], scale: float) -> Image.Image:
    marks = Image.new("RGB", picture.size, "white")
    draw = ImageDraw.Draw(marks)
    for box in boxes:
        corners = (box.x0 - _MARGIN, box.top - _MARGIN, box.x1 + _MARGIN, box.bottom + _MARGIN)
        draw.rectangle([round(corner * scale) for corner in corners], fill=_MARKER)
    return ImageChops.multiply(picture, marks)  # as ink does: paper takes the colour, black stays black


def _as_png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # 64 colours hold a page of text and the marker, at a third of the size.
    picture.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
