"""Workbooks as rows: XLSX, XLSM, XLS and ODS by python-calamine, which reads values and runs nothing.

A workbook is looked at before it is unpacked: one that would unpack to more than is reasonable, or that
claims cells in far corners, is refused, since the reader lays out every cell between the first and the last.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum, load_workbook

from section54.suppliers.reading.rows import MAX_ROWS, FileRow, SupplierListError, Table, make_row

MAX_UNZIPPED = 400_000_000  # bytes; a workbook above it is a decompression bomb or no supplier list
MAX_COLUMNS = 1_000  # the widest export seen has some 250
MAX_CELLS = 20_000_000  # laid out in memory: some 0.6 GB
_NUMBER_DIGITS = 15  # that Excel itself shows: 0.1 + 0.2 is 0.3
_ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#FIELD!")
)
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?)r=\"([A-Z]{1,3})(\d{1,7})\"([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL
)
_ERROR = re.compile(rb"<(?:\w+:)?v[^>]*>(#[^<]*)<")
_WHOLE = re.compile(rb"</(?:\w+:)?(?:worksheet|chartsheet|dialogsheet|macrosheet)>\s*$")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]|<(?:\w+:)?is>")


def read_workbook(path: str, body: bytes) -> list[Table]:
    """Read the visible sheets.

    Values are those that were last calculated; a formula without one is a problem.

    Raises SupplierListError for a workbook that can't be read or is out of bounds.
    """
    kind, formulas = _looked_at(path, body)
    try:
        with load_workbook(io.BytesIO(body)) as book:
            return [
                Table(
                    tuple(_sheet_rows(path, book, name, formulas.get(name, {}))),
                    f"{kind}, sheet {name!r}",
                    True,
                )
                for name in _visible(book)
            ]
    except SupplierListError:
        raise
    except PasswordError as error:
        raise SupplierListError(f"{path} has a password: save it without one first") from error
    except (CalamineError, OSError, ValueError) as error:
        what = (
            "an old Excel workbook (.xls) or one with a password: save it as XLSX or CSV first, without a "
            "password"
            if kind == "XLS"
            else f"no readable {kind} workbook (encrypted, damaged or of another kind)"
        )
        raise SupplierListError(f"{path} is {what}") from error


def _visible(book: CalamineWorkbook) -> Iterator[str]:
    for sheet in book.sheets_metadata:
        if sheet.visible == SheetVisibleEnum.Visible:
            yield sheet.name


def _sheet_rows(
    path: str, book: CalamineWorkbook, name: str, formulas: Mapping[tuple[int, int], str]
) -> Iterator[FileRow]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height > MAX_ROWS:
        raise SupplierListError(f"{path} has more than {MAX_ROWS} rows in sheet {name!r}")
    if sheet.total_height * sheet.total_width > MAX_CELLS:
        raise SupplierListError(f"{path} has cells too far out in sheet {name!r}: no supplier list")
    merged = _merged(sheet)
    above: dict[tuple[int, int], str] = {}
    for number, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        cells = [_cell_text(value) for value in values]
        problems = {at: f"holds the error {cell}" for at, cell in enumerate(cells) if cell in _ERRORS}
        problems |= {
            at: formulas[number, at] for at, cell in enumerate(cells) if not cell and (number, at) in formulas
        }
        shared = {}
        for at, top in merged.get(number - 1, {}).items():
            if top == number - 1:
                above[top, at] = cells[at] if at < len(cells) else ""
            else:
                shared[at] = above.get((top, at), "")
        yield make_row(number, cells, problems=problems, merged=shared)


def _merged(sheet: Any) -> dict[int, dict[int, int]]:
    """Row to column to the row in which its merged cell starts, for cells that are merged downwards."""
    found: dict[int, dict[int, int]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            for row in range(top, min(bottom, top + MAX_ROWS) + 1):
                found.setdefault(row, {})[left] = top
    return found


def _cell_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.{_NUMBER_DIGITS}g}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)


# --- before it is unpacked


def _looked_at(path: str, body: bytes) -> tuple[str, Mapping[str, Mapping[tuple[int, int], str]]]:
    """The kind of workbook, and its formulas without a value by sheet, row and column."""
    if not body.startswith(b"PK"):
        return "XLS", {}
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNZIPPED:
                raise SupplierListError(
                    f"{path} unpacks to more than {MAX_UNZIPPED // 1_000_000} MB: no supplier list"
                )
            if "content.xml" in archive.namelist():
                _look_at_ods(path, archive.read("content.xml"))
                return "ODS", {}
            return "XLSX", _look_at_xlsx(path, archive)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, EOFError, ValueError, OSError) as error:
        if isinstance(error, SupplierListError):
            raise
        raise SupplierListError(
            f"{path} is no readable XLSX workbook (encrypted, damaged or of another kind)"
        ) from error


def _look_at_ods(path: str, content: bytes) -> None:
    """Refuse a file that repeats filled cells without end; blank ones at its edge are no harm."""
    laid_out = 0
    for _, element in ElementTree.iterparse(io.BytesIO(content)):  # noqa: S314 - expat refuses entity bombs
        if element.tag.rpartition("}")[2] != "table-row":
            continue
        cells = [(_repeats(cell, "columns"), len(cell) > 0) for cell in element]
        last = max((at for at, (_, filled) in enumerate(cells, start=1) if filled), default=0)
        laid_out += _repeats(element, "rows") * sum(times for times, _ in cells[:last])
        if laid_out > MAX_CELLS:
            raise SupplierListError(f"{path} repeats its cells without end: no supplier list")
        element.clear()


def _repeats(element: ElementTree.Element, what: str) -> int:
    """How often a row or cell stands in its place."""
    for key, value in element.attrib.items():
        if key.endswith(f"number-{what}-repeated") and value.isdigit():
            return min(int(value), 2_000_000)
    return 1


def _look_at_xlsx(path: str, archive: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], str]]:
    found: dict[str, dict[tuple[int, int], str]] = {}
    for name, part in _sheet_parts(archive).items():
        highest, widest = 0, 0
        lacking: dict[tuple[int, int], str] = {}
        xml = archive.read(part)
        if not _WHOLE.search(xml[-200:]):
            raise ValueError(f"{part} is cut off")
        for before, column, row, after, inside in _CELL.findall(xml):
            at, number = _column_index(column.decode()), int(row)
            highest, widest = max(highest, number), max(widest, at + 1)
            error = _ERROR.search(inside) if b't="e"' in before + after else None
            if error:
                lacking[number, at] = f"holds the error {error[1].decode()}"
            elif inside and _FORMULA.search(inside) and not _VALUE.search(inside):
                lacking[number, at] = (
                    "holds a formula without a calculated value: open the file in Excel or LibreOffice and "
                    "save it"
                )
        if widest > MAX_COLUMNS or highest * widest > MAX_CELLS:
            raise SupplierListError(f"{path} has cells too far out in sheet {name!r}: no supplier list")
        found[name] = lacking
    return found


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The XML part of each sheet by the name of the sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - expat refuses entity bombs
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    parts = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
            target = targets.get(link, "")
            parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    present = set(archive.namelist())
    return {name: part for name, part in parts.items() if part in present}


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
