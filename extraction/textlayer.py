"""The words of a PDF's text layer, in the order of the content stream."""

from __future__ import annotations

import io
import logging
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from extraction import tables
from extraction.contents import UnreadableError, Word, clean
from extraction.contentstream import Character, read_content
from extraction.damage import UNREADABLE, content_damage, image_damage

logger = logging.getLogger(__name__)

# The settings of the study, as of pdfplumber's extract_words(use_text_flow=True, x_tolerance_ratio=0.15): the
# order of the content stream keeps columns apart, and a blank is a gap of 0.15 em. Its defaults glue every
# word of Google Docs files and interleave columns.
_GAP = 0.15
# In points: what stands higher or lower is on another line, or raised like the mark of a footnote.
_OTHER_LINE = 3
_BOLD = re.compile(r"bold|black|heavy|semib|demi", re.IGNORECASE)
# Type that nobody can read: anchors and words for search engines, often in white.
_SMALLEST = 2.0


class TextLayer:
    """The pages of a file in pdfplumber, opened once, when first asked for."""

    def __init__(self, body: bytes, count: int) -> None:
        """`count` is the number of pages that PDFium finds."""
        self._body = body
        self._count = count
        self._pages: list[Any] | None = None

    def words(self, number: int) -> list[Word]:
        """Return the words of a page in stream order; none where pdfminer cannot read it.

        Raises MemoryError, and UnreadableError for a file that is encrypted.
        """
        try:
            return self._words(number)
        except PdfminerException as error:
            cause = error.args[0] if error.args else error
            if isinstance(cause, MemoryError):
                raise MemoryError from error
            if isinstance(cause, PDFPasswordIncorrect):
                raise UnreadableError("encrypted", "the PDF is protected by a password") from error
            logger.debug("pdfplumber cannot read page %d: %r", number, cause)
            return []
        except MemoryError:
            raise
        except Exception as error:
            # Boxes of words, fonts without widths: what damage does to pdfminer costs a page, which OCR may
            # read.
            logger.debug("pdfminer cannot read page %d: %r", number, error)
            return []

    def damage(self, number: int, *, looks_blank: bool) -> str | None:
        """Return what is wrong with the content of a page, before it is read; None where nothing is.

        Where pdfminer cannot tell, a page that `looks_blank` has something wrong with it, and any other has
        not.
        """
        try:
            page = self._page(number)
            if page is not None:
                return content_damage(page.page_obj, looks_blank=looks_blank)
        except MemoryError:
            raise
        except Exception as error:
            logger.debug("pdfminer cannot read the content of page %d: %r", number, error)
        return UNREADABLE if looks_blank else None

    def picture_damage(self, number: int) -> str | None:
        """Return what is wrong with the pictures on a page; None where nothing is, or where pdfminer cannot
        tell.
        """
        try:
            page = self._page(number)
            return None if page is None else image_damage(page.page_obj)
        except MemoryError:
            raise
        except Exception as error:
            logger.debug("pdfminer cannot read the pictures of page %d: %r", number, error)
            return None

    def _words(self, number: int) -> list[Word]:
        page = self._page(number)
        return [] if page is None else _words_of(page)

    def _page(self, number: int) -> Any | None:
        if self._pages is None:
            self._pages = []  # and so it stays if the file does not open
            pages = pdfplumber.open(io.BytesIO(self._body)).pages
            # In a damaged file the two libraries may find different pages: numbers would name the wrong ones.
            self._pages = pages if len(pages) == self._count else []
        return self._pages[number - 1] if self._pages else None


def _words_of(page: Any) -> list[Word]:
    """Return the words that are shown, upright and large enough to be read."""
    drawing = read_content(page.pdf.rsrcmgr, page.page_obj)
    grid = tables.find_cells(page, [page.process_object(rule) for rule in drawing.rules])
    # pdfminer's places are from the lower left corner of the media box, the crop box and ours from the upper
    # left.
    left, above = page.mediabox[:2]
    shown = page.cropbox  # marks of the printer lie outside
    words = []
    for characters in _grouped(drawing.characters):
        text = clean("".join(character.text for character in characters))
        size = _usual_size(characters)
        if not text or size < _SMALLEST:
            continue
        x0 = min(character.x0 for character in characters) + left
        x1 = max(character.x1 for character in characters) + left
        top = page.height - max(character.y1 for character in characters) + above
        bottom = page.height - min(character.y0 for character in characters) + above
        middle, height = (x0 + x1) / 2, (top + bottom) / 2
        if not (shown[0] <= middle <= shown[2] and shown[1] <= height <= shown[3]):
            continue
        main = characters[len(characters) // 2]
        words.append(
            Word(
                text=text,
                page=page.page_number,
                x0=x0 - shown[0],
                top=top - shown[1],
                x1=x1 - shown[0],
                bottom=bottom - shown[1],
                size=size,
                bold=bool(_BOLD.search(main.font)),
                colour=str(main.colour),
                font=main.font,
                cell=grid.cell_at(middle, height),
            )
        )
    return tables.in_cell_order(words)


def _usual_size(characters: Sequence[Character]) -> float:
    first = characters[0].size
    if all(character.size == first for character in characters):
        return first
    return statistics.median(character.size for character in characters)


def _grouped(characters: Iterable[Character]) -> Iterator[list[Character]]:
    """Yield the characters of each word. Turned text (side tabs, watermarks) would come out as one letter a
    line,
    in the midst of others: it only ends the word before."""
    word: list[Character] = []
    for character in characters:
        if not character.upright or not character.text or character.text.isspace():
            if word:
                yield word
            word = []
        elif word and _begins_word(word[-1], character):
            yield word
            word = [character]
        else:
            word.append(character)
    if word:
        yield word


def _begins_word(previous: Character, character: Character) -> bool:
    return (
        not previous.x0 <= character.x0 <= previous.x1 + _GAP * previous.size
        or abs(character.y1 - previous.y1) > _OTHER_LINE
    )
