"""How many shapes of supplier lists are read fully right, and how many go wrong without a word.

    python -P benchmarks/columns.py [ID ...]

The shapes are in column_shapes.yaml, each with its truth. A shape is right when its suppliers, amounts and
company numbers are the true ones and all that must be said is said. It is wrong in silence when it is not
right and nothing was said that a person would look at. Bounds: at least 95 % right, none wrong in silence.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook

from section54.suppliers.reading.lists import SupplierList, SupplierListError, supplier_list_from

RIGHT = 0.95
SHAPES = Path(__file__).with_name("column_shapes.yaml")
_ENCODINGS = {"utf-16-be", "utf-16-le", "cp850", "cp1252", "mac_roman"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one shape."""

    id: str
    faults: tuple[str, ...]
    silent: bool
    """Whether it is wrong and nothing was said that a person would look at."""


def shapes() -> list[dict[str, Any]]:
    """Return the shapes with their truth; every value is text."""
    return list(yaml.load(SHAPES.read_text(encoding="utf-8"), yaml.BaseLoader))


def file_of(shape: dict[str, Any]) -> tuple[str, bytes]:
    """Return the file of a shape: its name and its bytes."""
    kind = shape.get("as", "")
    text = shape.get("text", "").replace("{60}", "".join(f"Note {n},of the report\n" for n in range(60)))
    if kind in {"xlsx", "ods"}:
        return f"list.{kind}", (_xlsx if kind == "xlsx" else _ods)(shape)
    if kind == "docx":
        return "list.docx", _zip({"word/document.xml": "<w:document/>"})
    if kind == "gzip":
        return "list.csv.gz", gzip.compress(text.encode())
    encoding = kind if kind in _ENCODINGS else "utf-8"
    return shape.get("file", "list.csv"), text.encode(encoding)


def _xlsx(shape: dict[str, Any]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in shape["sheets"].items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([_value(cell) for cell in row])
        if "merge" in shape:
            sheet.merge_cells(shape["merge"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _value(cell: str) -> object:
    return None if cell == "" else float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else cell


def _ods(shape: dict[str, Any]) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    tables = ""
    for title, rows in shape["sheets"].items():
        cells = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        tables += f'<table:table table:name="{title}">{cells}</table:table>'
    content = (
        f'<office:document-content xmlns:office="{office}office:1.0" xmlns:table="{office}table:1.0" '
        f'xmlns:text="{office}text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{office}manifest:1.0"/>'
    return _zip({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_cell(cell: str) -> str:
    if re.fullmatch(r"\d+(\.\d+)?", cell):
        return (
            '<table:table-cell office:value-type="float" '
            f'office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
        )
    return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'


def _zip(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def judge(shape: dict[str, Any]) -> Outcome:
    """Read the file of a shape and compare what came of it with the truth."""
    name, body = file_of(shape)
    try:
        found = supplier_list_from(body, name)
    except SupplierListError as error:
        refused = shape.get("refused")
        right = "or_refused" in shape or (refused is not None and re.search(refused, str(error)))
        return Outcome(shape["id"], () if right else (f"refused: {error}",), False)
    if "refused" in shape:
        return Outcome(shape["id"], ("was not refused",), not found.doubts)
    faults = tuple(_faults(shape, found))
    # Amounts that are not the true ones are no fault where the doubt about them is said, if the truth allows
    # it.
    if "or_said_only" in shape and not _unsaid(shape, found):
        faults = tuple(fault for fault in faults if not fault.startswith("amounts"))
    return Outcome(shape["id"], faults, bool(faults) and not found.doubts)


def _faults(shape: dict[str, Any], found: SupplierList) -> list[str]:
    truth = {name: None if amount == "null" else Decimal(amount) for name, amount in shape["is"].items()}
    truth |= dict.fromkeys(shape.get("extra", []))
    got = {line.name: line.amount for line in found.suppliers}
    faults = []
    if set(got) != set(truth):
        faults.append(f"suppliers are {sorted(got)}")
    elif got != truth:
        faults.append(f"amounts are { {name: str(amount) for name, amount in got.items()} }")
    numbers = {line.name: line.company_number for line in found.suppliers}
    for name, number in shape.get("numbers", {}).items():
        if numbers.get(name) != (None if number == "null" else number):
            faults.append(f"the number of {name} is {numbers.get(name)}")
    if "aside" in shape and len(found.set_aside) != int(shape["aside"]):
        faults.append(f"set aside are {[(one.row, one.reason) for one in found.set_aside]}")
    return faults + [f"not said: {pattern}" for pattern in _unsaid(shape, found)]


def _unsaid(shape: dict[str, Any], found: SupplierList) -> list[str]:
    said = "\n".join(found.warnings)
    return [pattern for pattern in shape.get("said", []) if not re.search(pattern, said, re.IGNORECASE)]


def main(wanted: list[str]) -> int:
    """Print the faults and the figures; 0 when they are within bounds."""
    outcomes = [judge(shape) for shape in shapes() if not wanted or shape["id"] in wanted]
    wrong = [one for one in outcomes if one.faults]
    for one in wrong:
        print(f"{one.id}{' IN SILENCE' if one.silent else ''}: {'; '.join(one.faults)}")
    silent = sum(one.silent for one in outcomes)
    right = len(outcomes) - len(wrong)
    print(
        f"{len(outcomes)} shapes: {right} fully right ({right / len(outcomes):.1%}), {silent} wrong in "
        "silence"
    )
    return 0 if right >= RIGHT * len(outcomes) and not silent else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
