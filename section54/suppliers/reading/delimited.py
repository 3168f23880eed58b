"""Text files of rows: CSV in any usual encoding, separator and quoting, printed lists, and plain lists of
names.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from section54.suppliers.reading.rows import MAX_ROWS, FileRow, SupplierListError, Table, make_row

_SEPARATORS = ",;\t|"
_SAMPLE_ROWS = 60  # rows that tell the separator
_RULED = re.compile(r"[\s|+=_-]+")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
# What British files hold beside ASCII; a wrong encoding shows other characters in their place.
_EXPECTED = frozenset("£€éèêëáàâäãóòôöõúùûüíìîïçñýÉÈÁÀÓÖÜÍÇÑŵŷŴŶ–—‘’“”•…°½¼®©™§ß")
_NULS = 2  # a NUL or two is an accident of an export; more is a binary file


def read_delimited(path: str, body: bytes) -> Table:
    """Read a text file into rows. Raises SupplierListError for a binary file or one that is no table."""
    encoding = _encoding(body)
    if body.count(b"\0") > _NULS and not encoding.startswith("utf-16"):
        raise SupplierListError(f"{path} is a binary file, no CSV")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise SupplierListError(f"{path} can't be decoded as {encoding}: {error.reason}") from error
    text, notes = _mended(text.replace("\0", ""))
    said = _SEP_LINE.match(text.lstrip("\ufeff"))
    separator = said[1] if said else _separator(text)
    rows = tuple(_rows(path, text, separator))
    if not said and _is_list_of_lines(text, rows):
        separator, rows = (
            "",
            tuple(make_row(at, [line]) for at, line in enumerate(text.splitlines(), start=1)),
        )
    shown = {"\t": "separated by tab", "": "one name a line"}.get(separator, f"separated by {separator!r}")
    return Table(rows, f"CSV, {encoding.removesuffix('-sig')}, {shown}", False, notes, separator)


def _rows(path: str, text: str, separator: str) -> Iterator[FileRow]:
    lines = list(io.StringIO(text, newline=""))
    quoting = _quoting(text)
    reader = csv.reader(lines, delimiter=separator, **quoting)
    first = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise SupplierListError(f"{path} has more than {MAX_ROWS} rows")
            alone = (csv.reader([line], delimiter=separator) for line in lines[first + 1 : reader.line_num])
            further = tuple(sum(map(len, one)) for one in alone)
            ruled = separator == "|" and all(_RULED.fullmatch(cell) for cell in cells if cell.strip())
            yield make_row(number, [] if ruled else cells, further_lines=further)
            first = reader.line_num
    except csv.Error as error:
        raise SupplierListError(f"{path} can't be read as CSV at line {reader.line_num}: {error}") from error


def _quoting(text: str) -> dict[str, Any]:
    """How the file quotes: doubled quotation marks, marks behind a backslash, or single ones."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    if (
        lines
        and sum(line.startswith("'") and line.rstrip().endswith("'") for line in lines) > len(lines) * 0.8
    ):
        return {"quotechar": "'"}
    if '\\"' in text and '""' not in text:
        return {"escapechar": "\\", "doublequote": False}
    return {}


def _is_list_of_lines(text: str, rows: tuple[FileRow, ...]) -> bool:
    """Tell whether a file is a list of names with commas in some: its first line has one cell and no
    quotation mark.
    """
    filled = [row for row in rows if any(row.cells)]
    widths = {len(row.cells) for row in filled}
    first = len(filled[0].cells) if filled else 0
    mostly = Counter(len(row.cells) for row in filled).most_common(1)
    return first == 1 and len(widths) > 1 and '"' not in text and bool(mostly) and mostly[0][0] == 1


# --- encodings


def _encoding(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = body[:400]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) // 2:  # every second byte, without a mark
            return encoding
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return max(("cp1252", "cp850", "mac_roman"), key=lambda encoding: _likeness(body, encoding))
    return "utf-8-sig"


def _likeness(body: bytes, encoding: str) -> float:
    """Return how British a text looks in an encoding: cp1252 of Windows, cp850 of DOS or that of old Macs."""
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return float("-inf")
    beyond = [char for char in text if ord(char) > 127]
    return sum(1 if char in _EXPECTED else -1 for char in beyond)


def _mended(text: str) -> tuple[str, tuple[str, ...]]:
    """The text, mended where UTF-8 was once read as cp1252 and saved again: "CafÃ©" is "Café"."""
    twice = re.compile("[ÂÃâ][\u0080-\u00bf€™“”‘’–—œžŸ‚„†‡ˆ‰Š‹Œ]")
    if not twice.search(text):
        return text, ()
    mended = "".join(
        _mended_line(line) if twice.search(line) else line for line in text.splitlines(keepends=True)
    )
    note = "some letters were saved in UTF-8 twice ('Ã©' for 'é') and were put right"
    return mended, (note,) if mended != text else ()


def _mended_line(line: str) -> str:
    try:
        return line.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return line


def _separator(text: str) -> str:
    """The separator that splits most of the first rows into the same number of cells; the comma where none
    does.
    """
    quoting = _quoting(text)

    def evenness(separator: str) -> tuple[int, int]:
        sample = csv.reader(io.StringIO(text[:40_000], newline=""), delimiter=separator, **quoting)
        try:
            widths = [len(row) for row, _ in zip(sample, range(_SAMPLE_ROWS), strict=False) if len(row) > 1]
        except csv.Error:
            return (0, 0)
        if not widths:
            return (0, 0)
        width, rows = Counter(widths).most_common(1)[0]
        return (rows, width)

    return max(_SEPARATORS, key=evenness)
