"""A visitor's list, read in a process of its own: bounded in memory, time and in what it may unpack to."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from dataclasses import replace
from functools import cache, partial

from domain import machine
from extraction.worker import Extractor
from section54.suppliers.reading.lists import RejectedRow, SupplierLine, SupplierList, supplier_list_from
from section54.suppliers.reading.rows import SupplierListError

MAX_UNPACKED = 20_000_000
"""Bytes that a workbook may unpack to: twenty times the largest upload. Real workbooks unpack to five to ten
times."""
MAX_NAME = 500
"""Letters of a supplier's name; the longest at Companies House has 160."""
MAX_MEMORY = 600_000_000
"""Bytes of address space of the process: Python with openpyxl maps 250 MB."""
SECONDS = 10.0
"""For one list: 20,000 rows take one second."""
PASTED = "the pasted list"
_TOO_MUCH = "This page can't read it in its time and memory: save the sheet of suppliers alone, as CSV."


@cache
def reader() -> Extractor:
    """The one process that reads lists, started with the first of them."""
    return Extractor(workers=1)


async def read_list(name: str, body: bytes) -> SupplierList:
    """Read a list in the process.

    Raises SupplierListError, also where the list takes too long or too much memory.
    """
    job = reader().work(body, partial(_read, name=name), timeout=SECONDS, failure=_too_much)
    found = await asyncio.wrap_future(job)
    if isinstance(found, str):
        raise SupplierListError(found)
    assert isinstance(found, SupplierList)
    return found


def _too_much(kind: str, message: str) -> str:
    return _TOO_MUCH


# --- in the process


def _read(body: bytes, *, name: str) -> SupplierList | str:
    """The list, or what is wrong with it."""
    machine.limit_memory(MAX_MEMORY)
    try:
        _refuse_bombs(name, body)
        return _without_long_names(supplier_list_from(_with_heading(body) if name == PASTED else body, name))
    except SupplierListError as error:
        return str(error)
    except (MemoryError, RecursionError):
        return f"{name}: {_TOO_MUCH}"


def _refuse_bombs(name: str, body: bytes) -> None:
    if not body.startswith(b"PK\x03\x04"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return  # the reader says what it is
    if unpacked > MAX_UNPACKED:
        raise SupplierListError(
            f"{name} unpacks to more than {MAX_UNPACKED // 1_000_000} MB: save the sheet of suppliers alone, "
            "as CSV"
        )


def _without_long_names(source: SupplierList) -> SupplierList:
    """The list with what is too long to be a name among its rejected rows."""

    def is_too_long(line: SupplierLine) -> bool:
        return len(line.name) > MAX_NAME

    rejected = [
        RejectedRow(row, f"the name has {len(line.name):,} letters")
        for line in source.suppliers
        if is_too_long(line)
        for row in line.rows
    ]
    kept = tuple(line for line in source.suppliers if not is_too_long(line))
    return replace(source, suppliers=kept, rejected=(*source.rejected, *rejected))


def _with_heading(body: bytes) -> bytes:
    """Pasted names need no heading: without one that names the suppliers every line is a name."""
    text = body.decode("utf-8", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        supplier_list_from(first.encode(), "the first line")
    except SupplierListError:
        lines = (line.strip() for line in text.splitlines() if line.strip())
        out = io.StringIO()
        csv.writer(out).writerows([["supplier"], *([line] for line in lines)])
        return out.getvalue().encode() if first else b""
    return body
