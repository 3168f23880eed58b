"""Bulk downloads of what is published, in a dated folder: SQLite, CSV and Parquet, with checksums and a data
package.

Written by `section54 publish --downloads` and by nothing else, so that no database can be downloaded unless
somebody chose so. The folder is filled beside its place and moved there in one step.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from section54.site.dictionary import PUBLISHED, Column, Table, columns_of, read_dictionary

KEPT = 3
"""Dated folders that stay: who follows a link of last week still finds the file; each is about a gigabyte."""
BATCH = 50_000
"""Rows held in memory at a time, some 50 MB of evidence; a row group of Parquet."""
SQLITE, README, SUMS, PACKAGE = "section54.sqlite.gz", "README.txt", "SHA256SUMS", "datapackage.json"
OGL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0."
"""The words that the licence asks for."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_JSON_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a dated folder; `sha256` is that of the file as it is downloaded."""

    name: str
    bytes: int
    sha256: str
    holds: str
    """In words, such as "evidence as CSV"."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """The newest dated folder, and the dates of the older ones, newest first."""

    date: str
    files: tuple[File, ...]
    older: tuple[str, ...]
    has_parquet: bool


def downloads_folder(site_db: Path) -> Path:
    """Where the dated folders of the published file lie."""
    return site_db.parent / "downloads"


# --- reading


def read_downloads(site_db: Path) -> Downloads | None:
    """What can be downloaded; None where nobody chose to offer it."""
    folder = downloads_folder(site_db)
    dates = _dates(folder)
    if not dates:
        return None
    package = json.loads((folder / dates[0] / PACKAGE).read_text(encoding="utf-8"))
    files = tuple(
        File(entry["path"], entry["bytes"], entry["hash"].partition(":")[2], entry["title"])
        for entry in package["resources"]
    )
    parquet = any(file.name.endswith(".parquet") for file in files)
    return Downloads(dates[0], files, tuple(dates[1:]), parquet)


def _dates(folder: Path) -> list[str]:
    """Newest first."""
    if not folder.is_dir():
        return []
    return sorted((path.name for path in folder.iterdir() if _DATE.fullmatch(path.name)), reverse=True)


def file_at(site_db: Path, date: str, name: str) -> Path | None:
    """The file of this name in the folder of this date ("latest" for the newest); None where there is
    none.
    """
    folder = downloads_folder(site_db)
    if date == "latest":
        date = next(iter(_dates(folder)), "")
    if not (_DATE.fullmatch(date) and _NAME.fullmatch(name)):
        return None
    path = folder / date / name
    return path if path.is_file() else None


# --- writing


def write_downloads(site_db: Path) -> Path:
    """Write the dated folder of the published file `site_db` and return it; the oldest beyond KEPT go.

    The date is that of the publication; its folder is replaced where it is there already. Parquet is left out
    where pyarrow is not installed (pip install section54[parquet]).
    """
    folder = downloads_folder(site_db)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".draft-{os.getpid()}"
    draft.mkdir()
    publication = folder / f".publication-{os.getpid()}"
    publication.hardlink_to(site_db)  # it stays this one, though a new one may take its place meanwhile
    try:
        with closing(
            sqlite3.connect(f"{publication.resolve().as_uri()}?immutable=1", uri=True)
        ) as connection:
            meta = dict(connection.execute("select key, value from meta"))
            resources = [*_tables(connection, draft), _database(publication, draft)]
        _write_json(draft / PACKAGE, _package(meta, resources))
        (draft / README).write_text(_readme(meta, resources), encoding="utf-8")
        _write_sums(draft)
        target: Path = folder / meta["generated_at"][:10]
        _open_to_everybody(draft)
        _take_place(draft, target)
    finally:
        publication.unlink()
        shutil.rmtree(draft, ignore_errors=True)
    for date in _dates(folder)[KEPT:]:
        shutil.rmtree(folder / date)
    return target


def _open_to_everybody(draft: Path) -> None:
    """Let a web server of another user send the files, whatever the umask: they are for everybody.

    The folder of the published file can be gone through by others, and not be listed.
    """
    for path in draft.iterdir():
        path.chmod(0o644)
    draft.chmod(0o755)
    draft.parent.chmod(0o755)
    site = draft.parent.parent
    site.chmod(site.stat().st_mode | 0o011)


def _take_place(draft: Path, target: Path) -> None:
    old = draft.with_name(f"{draft.name}-old")
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _tables(connection: sqlite3.Connection, folder: Path) -> Iterator[dict[str, Any]]:
    """Write each table that the dictionary describes, and describe its files."""
    columns = columns_of(connection)
    for table in read_dictionary():
        if table.part != PUBLISHED or table.name not in columns:
            continue
        fields = [column for column in columns[table.name] if not column.worked_out]
        formats = _write_table(connection, table.name, fields, folder)
        for path, words in formats.items():
            schema = {"schema": _schema(table, fields)}
            yield _resource(path, f"{table.name} as {words}", table.description) | schema


class _Sink(Protocol):
    def write(self, rows: Sequence[Sequence[Any]]) -> None: ...
    def close(self) -> None: ...


def _write_table(
    connection: sqlite3.Connection, table: str, columns: Sequence[Column], folder: Path
) -> dict[Path, str]:
    """Write the table in each format, reading it once; the paths with the name of their format."""
    paths = {folder / f"{table}.csv.gz": "CSV"}
    names = ", ".join(f'"{column.name}"' for column in columns)
    with ExitStack() as open_files:
        sinks: list[_Sink] = [_Csv(folder / f"{table}.csv.gz", columns)]
        if _has_parquet():
            paths[folder / f"{table}.parquet"] = "Parquet"
            sinks.append(_Parquet(folder / f"{table}.parquet", columns))
        for sink in sinks:
            open_files.callback(sink.close)
        rows = connection.execute(f'select {names} from "{table}"')  # noqa: S608 - names of the schema
        while batch := rows.fetchmany(BATCH):
            for sink in sinks:
                sink.write(batch)
    return paths


class _Csv:
    """Gzipped CSV after RFC 4180, UTF-8; the same rows give the same bytes."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._raw = path.open("wb")
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, compresslevel=6, mtime=0)
        self._text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
        self._writer = csv.writer(self._text)
        self._writer.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._writer.writerows(rows)

    def close(self) -> None:
        self._text.close()
        self._raw.close()


class _Parquet:
    """Parquet with zstd: text as string, whole numbers as int64, others as double."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        import pyarrow
        import pyarrow.parquet

        types = {"TEXT": pyarrow.string(), "INTEGER": pyarrow.int64(), "REAL": pyarrow.float64()}
        self._arrow = pyarrow
        self._schema = pyarrow.schema(
            [pyarrow.field(column.name, types[column.type], column.nullable) for column in columns]
        )
        self._writer = pyarrow.parquet.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [
            self._arrow.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_batch(self._arrow.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


def _has_parquet() -> bool:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        return False
    return True


def _database(publication: Path, folder: Path) -> dict[str, Any]:
    """The published file itself, gzipped: the site runs on it unchanged."""
    path = folder / SQLITE
    with (
        publication.open("rb") as file,
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as packed,
    ):
        shutil.copyfileobj(file, packed, 1 << 20)
    words = "All tables with their indexes and the search index, as one SQLite database"
    return _resource(path, "all tables as SQLite", words)


# --- describing


def _resource(path: Path, title: str, description: str) -> dict[str, Any]:
    form, _, packed = path.name.partition(".")[2].partition(".")
    described = {
        "name": path.name.replace(".", "-").replace("_", "-"),
        "path": path.name,
        "title": title,
        "description": description,
        "format": form,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{_sha256(path)}",
    }
    return (
        described
        | ({"compression": "gz"} if packed else {})
        | ({"encoding": "utf-8"} if form == "csv" else {})
    )


def _schema(table: Table, columns: Sequence[Column]) -> dict[str, Any]:
    """In the words of the Table Schema standard; an empty cell of a CSV is "not there"."""
    fields = [
        {
            "name": column.name,
            "type": _JSON_TYPES[column.type],
            "description": table.columns.get(column.name, ""),
            **({} if column.nullable else {"constraints": {"required": True}}),
        }
        for column in columns
    ]
    key = [column.name for column in sorted(columns, key=lambda column: column.key) if column.key]
    return {"fields": fields, "missingValues": [""]} | ({"primaryKey": key} if key else {})


def _package(meta: Mapping[str, str], resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "name": "section54",
        "title": "What modern slavery statements say: section 54 of the Modern Slavery Act 2015",
        "description": f"{ATTRIBUTION} {meta['licence_quotations']}. {meta['licence_findings']}. "
        "Coverage, not compliance: the six areas are optional in law.",
        "created": meta["generated_at"],
        "version": meta["format"],
        "licenses": [{"name": "OGL-UK-3.0", "title": meta["licence_registry"], "path": OGL}],
        "sources": [
            {
                "title": "GOV.UK Modern Slavery Statement Registry",
                "path": "https://modern-slavery-statement-registry.service.gov.uk/",
            },
            {"title": "The websites of the organisations; each row names its address"},
        ],
        "resources": list(resources),
    }


def _readme(meta: Mapping[str, str], resources: Sequence[Mapping[str, Any]]) -> str:
    files = "\n".join(f"{entry['path']:40} {entry['title']}" for entry in resources)
    return f"""What modern slavery statements say, as of {meta["generated_at"]} (format {meta["format"]})

{ATTRIBUTION}
{meta["licence_quotations"]}.
{meta["licence_findings"]}.

Coverage, not compliance: the six areas are optional in law, and "none" means that no passage was found.
{PACKAGE} describes every table and column. Check what you fetched with: sha256sum -c --ignore-missing {SUMS}

{files}
"""


def _write_sums(folder: Path) -> None:
    """In the form that sha256sum -c reads."""
    lines = [f"{_sha256(path)}  {path.name}" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
