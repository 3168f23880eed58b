"""The file of a supplier list as rows of cells: CSV in any usual encoding and separator, XLSX, Open Contracting releases."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook

from section54.suppliers.reading.ocds import HEADINGS, OcdsError, is_json, read_awards

HEADER_ROWS = 30  # title, address and date rows of real spend files end well above
MAX_ROWS = 500_000  # some 20 times the largest yearly spend file seen; a bound on memory, not a judgement
MAX_UNZIPPED = 400_000_000  # bytes; an XLSX above it is a decompression bomb or no supplier list
_SEPARATORS = ",;\t|"


class SupplierListError(ValueError):
    """The file as a whole can't be read as a supplier list; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of the file; hidden and control characters are taken out of its cells."""

    number: int
    """In the file, from 1."""
    cells: tuple[str, ...]
    problems: Mapping[int, str] = field(default_factory=dict)
    """Column index to what is wrong with the cell."""
    further_lines: tuple[int, ...] = ()
    """Of a CSV row over several lines: how many cells each line after the first would have by itself."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a sheet, with what it is in words."""

    rows: tuple[FileRow, ...]
    format: str
    workbook: bool
    warnings: tuple[str, ...] = ()


def read_file(path: str, body: bytes) -> list[Table]:
    """The visible sheets of a workbook, or the one that any other file is. Raises SupplierListError."""
    if not body.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise SupplierListError(f"{path} is empty")
    if is_json(body):
        return [_read_releases(path, body)]
    if body.startswith(b"PK\x03\x04"):
        return _read_workbook(path, body)
    old = "an old Excel workbook (.xls) or one with a password"
    for signature, kind in ((b"\xd0\xcf\x11\xe0", old), (b"%PDF", "a PDF")):
        if body.startswith(signature):
            raise SupplierListError(f"{path} is {kind}: save it as XLSX or CSV first, without a password")
    return [_read_csv(path, body)]


def _read_releases(path: str, body: bytes) -> Table:
    try:
        awards = read_awards(body)
    except OcdsError as error:
        raise SupplierListError(f"{path} {error}") from error
    rows = [
        FileRow(number, tuple(clean(cell) for cell in cells))
        for number, cells in enumerate(awards.rows, start=1)
    ]
    return Table((FileRow(0, HEADINGS), *rows), awards.format, workbook=False, warnings=awards.warnings)


def _read_csv(path: str, body: bytes) -> Table:
    encoding = _encoding(body)
    if b"\0" in body and not encoding.startswith("utf-16"):
        raise SupplierListError(f"{path} is a binary file, no CSV")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise SupplierListError(f"{path} can't be decoded as {encoding}: {error.reason}") from error
    if text.lstrip().lower().startswith(("<!doctype", "<html")):
        raise SupplierListError(f"{path} is a web page, no CSV: was an error page downloaded?")
    separator = _separator(text)
    rows: list[FileRow] = []
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=separator)
    first = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise SupplierListError(f"{path} has more than {MAX_ROWS} rows")
            alone = (csv.reader([line], delimiter=separator) for line in lines[first + 1 : reader.line_num])
            further = tuple(sum(map(len, one)) for one in alone)
            rows.append(FileRow(number, tuple(clean(cell) for cell in cells), further_lines=further))
            first = reader.line_num
    except csv.Error as error:
        raise SupplierListError(f"{path} can't be read as CSV at line {reader.line_num}: {error}") from error
    shown = "tab" if separator == "\t" else repr(separator)
    return Table(tuple(rows), f"CSV, {encoding.removesuffix('-sig')}, separated by {shown}", workbook=False)


def _encoding(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if body[1:400:2].count(0) > len(body[1:400:2]) // 2:  # every second byte: UTF-16 without its mark
        return "utf-16-le"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"  # what Excel saves as CSV on a British computer
    return "utf-8-sig"


def _separator(text: str) -> str:
    """The separator that splits most of the first rows into the same number of cells; the comma where none does."""

    def evenness(separator: str) -> tuple[int, int]:
        sample = csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=separator)
        widths = [len(row) for row, _ in zip(sample, range(HEADER_ROWS), strict=False) if len(row) > 1]
        if not widths:
            return (0, 0)
        width, rows = Counter(widths).most_common(1)[0]
        return (rows, width)

    return max(_SEPARATORS, key=evenness)


def _read_workbook(path: str, body: bytes) -> list[Table]:
    """The visible sheets. Values are those that Excel last calculated; a formula without one is a problem."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            unzipped = sum(entry.file_size for entry in archive.infolist())
        if unzipped > MAX_UNZIPPED:
            raise SupplierListError(
                f"{path} unpacks to more than {MAX_UNZIPPED // 1_000_000} MB: no supplier list"
            )
        values = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(body), read_only=True, data_only=False)
        with closing(values), closing(formulas):
            visible = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
            return [
                Table(
                    tuple(_sheet_rows(path, sheet, formulas[sheet.title])),
                    f"XLSX, sheet {sheet.title!r}",
                    True,
                )
                for sheet in visible
            ]
    except SupplierListError:
        raise
    except (
        Exception
    ) as error:  # openpyxl lets through what its parsers and its own classes raise for a damaged part
        raise SupplierListError(
            f"{path} is no readable XLSX workbook (encrypted, damaged or of another kind)"
        ) from error


def _sheet_rows(path: str, values: Any, formulas: Any) -> Iterator[FileRow]:
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # the size that some exporters write down is wrong
    both = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True)
    for number, (cells, sources) in enumerate(both, start=1):
        if number > MAX_ROWS:
            raise SupplierListError(f"{path} has more than {MAX_ROWS} rows in sheet {values.title!r}")
        problems = {
            index: problem
            for index, (value, source) in enumerate(zip(cells, sources, strict=False))
            if (problem := _cell_problem(value, source))
        }
        yield FileRow(number, tuple(_cell_text(value) for value in cells), problems)


_EXCEL_ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#FIELD!")
)


def _cell_problem(value: object, source: object) -> str | None:
    if value is None and isinstance(source, str) and source.startswith("="):
        return "holds a formula without a calculated value: open the file in Excel or LibreOffice and save it"
    if value in _EXCEL_ERRORS:
        return f"holds the error {value}"
    return None


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):  # to the 15 digits that Excel itself shows: 0.1 + 0.2 is 0.3
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return clean(str(value))


# Zero-width and direction characters, soft hyphens, halves of characters: unseen, or showing another text than is there.
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ud800-\udfff\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u00a0\u2028\u2029]")


def clean(text: str) -> str:
    """Without what can't be seen: byte-order marks in mid-file, zero-width and control characters, hard spaces."""
    return " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", text)).split())
