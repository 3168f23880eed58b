"""Text from page images with Tesseract: in this process by tesserocr, else by pytesseract."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageFilter

from extraction.contents import OcrUnavailableError, UnreadableError, Word
from extraction.scanlines import Cell, words_of
from extraction.vocabulary import KNOWN_ZIPF, zipf

# Four threads of OpenMP on two cores make a page take 13 to 18 s instead of 1.6 s. Must be set before the
# library is loaded; Debian's tesseract binary, which pytesseract starts, inherits it.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

try:
    import tesserocr

    # Leptonica writes to stderr about odd boxes in images, which are no fault.
    tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
except ImportError:  # wheels exist for Linux on x86-64 only
    tesserocr = None

# Scans are recognised at their own resolution: enlarging noisy ones costs 3 to 5 points of F1. Below 150 dpi
# letters get too small, above 300 only the time grows.
_MIN_DPI, _MAX_DPI = 150, 300
# Of drawn letters without an image: as good as 300 and a third faster.
_DEFAULT_DPI = 200
# An A4 page at 300 dpi has 8.7 million; A2 posters still pass. Larger pages are rendered more coarsely.
_MAX_PIXELS = 40_000_000
# Clean scans reach 93 and more; under 90 a median filter may take out noise.
_RETRY_CONFIDENCE = 90.0
# Signatures came out at 37 to 59, words of the worst pages at 50 and more.
_SCRIBBLE_CONFIDENCE = 60.0

_TESSDATA_FOLDERS = (
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


@lru_cache(maxsize=1)
def tessdata_folder() -> Path | None:
    """Return the folder that holds eng.traineddata; None where there is none.

    TESSDATA_PREFIX may name it or the folder above it; after that the places of the known packagers.
    """
    prefix = os.environ.get("TESSDATA_PREFIX")
    named = [Path(prefix), Path(prefix) / "tessdata"] if prefix else []
    debian = sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)  # by version
    for folder in [*named, *debian, *map(Path, _TESSDATA_FOLDERS)]:
        if (folder / "eng.traineddata").is_file():
            return folder
    return None


def why_unavailable() -> str | None:
    """Return why OCR cannot be done on this machine; None if it can."""
    if tessdata_folder() is None:
        return (
            "no English Tesseract data was found (Debian: apt install tesseract-ocr; or set TESSDATA_PREFIX)"
        )
    if tesserocr is None and not _tesseract_binary():
        return "neither the Python package tesserocr nor the program tesseract is installed"
    return None


@lru_cache(maxsize=1)
def _tesseract_binary() -> bool:
    import pytesseract

    try:
        pytesseract.get_tesseract_version()
    except (pytesseract.TesseractNotFoundError, SystemExit):
        return False
    return True


def read_page(page: pypdfium2.PdfPage, native_dpi: float | None, number: int) -> list[Word]:
    """Return the words of a page image in reading order, with confidences; empty for a picture without text.

    `native_dpi` is the resolution of the page's largest image; None where its letters are drawn. Raises
    OcrUnavailableError, and UnreadableError for a page too large to render.
    """
    reason = why_unavailable()
    if reason:
        raise OcrUnavailableError(reason)
    dpi = _suitable_dpi(page, native_dpi)
    image = _render(page, dpi)
    words = _recognise(image, dpi, number)
    if words and _mean_confidence(words) < _RETRY_CONFIDENCE:
        again = _recognise(image.filter(ImageFilter.MedianFilter(3)), dpi, number)
        if again and _mean_confidence(again) > _mean_confidence(words):
            words = again
    return [] if _is_picture(words) else _without_scribbles(words)


def _mean_confidence(words: list[Word]) -> float:
    return statistics.fmean(word.confidence or 0.0 for word in words)


def _is_picture(words: list[Word]) -> bool:
    """Whether Tesseract saw shapes rather than text: a few doubtful scraps of one or two letters."""
    sure = [w for w in words if (w.confidence or 0) >= 60 and sum(c.isalpha() for c in w.text) >= 3]
    return len(sure) < 3 and len(words) < 30


def _without_scribbles(words: list[Word]) -> list[Word]:
    """Leave out lines that Tesseract doubts and that hold no word: signatures, ornaments read as letters."""
    kept: list[Word] = []
    for _, group in groupby(words, key=lambda word: (word.top, word.bottom)):
        line = list(group)
        if _mean_confidence(line) >= _SCRIBBLE_CONFIDENCE or any(_is_long_known(word.text) for word in line):
            kept.extend(line)
    return kept


def _is_long_known(text: str) -> bool:
    letters = "".join(character for character in text.lower() if character.isalpha())
    return len(letters) >= 4 and zipf(letters) >= KNOWN_ZIPF


def _suitable_dpi(page: pypdfium2.PdfPage, native_dpi: float | None) -> int:
    dpi = _DEFAULT_DPI if native_dpi is None else round(min(max(native_dpi, _MIN_DPI), _MAX_DPI))
    width, height = page.get_size()
    pixels = width * height * (dpi / 72) ** 2
    if pixels > _MAX_PIXELS:
        dpi = int(dpi * (_MAX_PIXELS / pixels) ** 0.5)
    if dpi < 20:  # a page of ten metres: no letter would be left
        raise UnreadableError("too_large", f"measures {width:.0f} by {height:.0f} points")
    return dpi


def _render(page: pypdfium2.PdfPage, dpi: int) -> Image.Image:
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    try:
        image: Image.Image = bitmap.to_pil().copy()
        return image
    finally:
        bitmap.close()


def _recognise(image: Image.Image, dpi: int, number: int) -> list[Word]:
    cells = _tesserocr_cells(image, dpi) if tesserocr else _pytesseract_cells(image, dpi)
    return words_of(cells, image, dpi, number)


@lru_cache(maxsize=1)
def _engine() -> Any:
    return tesserocr.PyTessBaseAPI(
        path=f"{tessdata_folder()}/", lang="eng", psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
    )


def _tesserocr_cells(image: Image.Image, dpi: int) -> Iterator[Cell]:
    engine = _engine()
    level = tesserocr.RIL.WORD
    engine.SetImage(image)
    engine.SetSourceResolution(dpi)
    try:
        engine.Recognize()
        iterator = engine.GetIterator()
        line = 0
        for item in tesserocr.iterate_level(iterator, level) if iterator else ():
            line += item.IsAtBeginningOf(tesserocr.RIL.TEXTLINE)
            if not item.Empty(level):
                yield Cell(line, item.GetUTF8Text(level), item.Confidence(level), *item.BoundingBox(level))
    finally:
        engine.Clear()


def _pytesseract_cells(image: Image.Image, dpi: int) -> Iterator[Cell]:
    import pytesseract

    data = pytesseract.image_to_data(
        image,
        lang="eng",
        config=f'--oem 1 --psm 3 --dpi {dpi} --tessdata-dir "{tessdata_folder()}"',
        output_type=pytesseract.Output.DICT,
    )
    line = 0
    for level, text, confidence, left, top, width, height in zip(
        *(data[key] for key in ("level", "text", "conf", "left", "top", "width", "height")), strict=True
    ):
        line += level == 4  # a line; its words, of level 5, follow
        if level == 5:
            yield Cell(line, text, float(confidence), left, top, left + width, top + height)
