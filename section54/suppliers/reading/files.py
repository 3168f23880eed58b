"""The file of a supplier list as tables of rows, told by what it holds and not by its name."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import replace

from domain.safetext import one_line
from section54.suppliers.reading.delimited import read_delimited
from section54.suppliers.reading.markup import is_markup, read_markup
from section54.suppliers.reading.ocds import HEADINGS, OcdsError, is_json, read_awards
from section54.suppliers.reading.rows import FileRow, SupplierListError, Table
from section54.suppliers.reading.workbooks import MAX_UNZIPPED, read_workbook

MAX_FILES = 200  # of an archive or a folder that are read as one list
_REFUSED = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a document in RTF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
_SAVE = "save it as XLSX or CSV first, without a password"


def read_file(path: str, body: bytes) -> list[Table]:
    """Return the visible sheets of a workbook, the files of an archive, or the one table that another file
    is.

    Raises SupplierListError for a file of another kind; the message says of which, and what to do.
    """
    if not body.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise SupplierListError(f"{path} is empty")
    for signature, kind in _REFUSED:
        if body.startswith(signature):
            raise SupplierListError(f"{path} is {kind}: {_SAVE}")
    if body.startswith(b"\x1f\x8b"):
        return read_file(path, _unpacked(path, body))
    if body.startswith(b"PK\x03\x04"):
        return _read_zip(path, body)
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        return _read_ole(path, body)
    if is_json(body):
        return [_read_releases(path, body)]
    if is_markup(body):
        return read_markup(path, body)
    return [read_delimited(path, body)]


def _unpacked(path: str, body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            text = file.read(MAX_UNZIPPED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SupplierListError(f"{path} is a damaged gzip file: unpack it first") from error
    if len(text) > MAX_UNZIPPED:
        raise SupplierListError(
            f"{path} unpacks to more than {MAX_UNZIPPED // 1_000_000} MB: no supplier list"
        )
    if text.startswith(b"\x1f\x8b"):
        raise SupplierListError(f"{path} is a gzip file within a gzip file: unpack it first")
    return text


def _read_zip(path: str, body: bytes) -> list[Table]:
    """An office file is a ZIP too: what is inside tells which."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
            office = _office_kind(names, archive)
            if office is not None:
                raise SupplierListError(f"{path} is {office}: {_SAVE}")
            if "content.xml" in names or any(name.startswith("xl/") for name in names):
                return read_workbook(path, body)
            if names == ["mimetype"]:
                raise SupplierListError(f"{path} is an OpenDocument file without content: {_SAVE}")
            return _read_archive(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
        raise SupplierListError(
            f"{path} is no readable XLSX workbook (encrypted, damaged or of another kind)"
        ) from error


def _office_kind(names: list[str], archive: zipfile.ZipFile) -> str | None:
    if any(name.startswith("word/") for name in names):
        return "a Word document (DOCX)"
    if any(name.startswith("ppt/") for name in names):
        return "a presentation (PPTX)"
    if "xl/workbook.bin" in names:
        return "a binary workbook (XLSB)"
    mimetype = archive.read("mimetype")[:100] if "mimetype" in names else b""
    if mimetype and b"spreadsheet" not in mimetype:
        return "an OpenDocument text or another file of no rows"
    return None


def _read_archive(path: str, archive: zipfile.ZipFile) -> list[Table]:
    """The files of an archive as tables; folders and hidden files are passed over."""
    entries = [
        one
        for one in archive.infolist()
        if not one.is_dir() and not one.filename.startswith("__MACOSX") and "/." not in f"/{one.filename}"
    ]
    if len(entries) > MAX_FILES or sum(one.file_size for one in entries) > MAX_UNZIPPED:
        raise SupplierListError(f"{path} holds more files, or larger ones, than a supplier list has")
    tables = []
    for entry in entries:
        inside = archive.read(entry)
        if inside.startswith(b"PK\x03\x04") and not entry.filename.lower().endswith(
            (".xlsx", ".xlsm", ".ods")
        ):
            raise SupplierListError(
                f"{path} holds an archive within an archive, {entry.filename}: unpack it first"
            )
        tables += [
            replace(table, file=entry.filename) for table in read_file(f"{path}: {entry.filename}", inside)
        ]
    if not tables:
        raise SupplierListError(f"{path} is an archive without files")
    return tables


def _read_ole(path: str, body: bytes) -> list[Table]:
    """An old Office file: a workbook (.xls), or a Word document or a message, which are refused."""
    for mark, kind in (
        ("WordDocument", "an old Word document (DOC)"),
        ("__substg1.0", "a message of Outlook"),
    ):
        if mark.encode("utf-16-le") in body:
            raise SupplierListError(f"{path} is {kind}: {_SAVE}")
    if "EncryptedPackage".encode("utf-16-le") in body:
        raise SupplierListError(f"{path} has a password: {_SAVE}")
    return read_workbook(path, body)


def _read_releases(path: str, body: bytes) -> Table:
    try:
        awards = read_awards(body)
    except OcdsError as error:
        raise SupplierListError(f"{path} {error}") from error
    rows = [
        FileRow(number, tuple(one_line(cell) for cell in cells))
        for number, cells in enumerate(awards.rows, start=1)
    ]
    return Table(
        (FileRow(0, HEADINGS), *rows),
        awards.format,
        workbook=False,
        warnings=awards.warnings,
        doubts=awards.doubts,
    )
