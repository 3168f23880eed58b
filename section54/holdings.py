"""What is kept of an organisation, taken out as plain files; and a document deleted on request."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.archive import DRAFTS, copy_records, erase, read_body
from db import forget
from db.store import Store
from domain.safetext import defused
from section54 import caches
from section54.exceptions import InputError
from section54.settings import Home
from section54.shard import merge_left_behind

SUFFIXES = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""Names of exported files are a sha256 and one of these, or .bin: nothing that a site says becomes part of a
name."""

MANIFEST = (
    "url", "final_url", "fetched_at", "status", "sha256", "file", "content_type", "bytes", "found_by",
    "found_on", "anchor",
    "etag", "last_modified", "redirects", "tls", "not_modified", "spider", "run_id", "warc_file",
    "warc_offset", "note",
)  # fmt: skip
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Exported:
    folder: Path
    organisation: str
    fetches: int
    """Rows of the manifest."""
    files: int
    records: int
    """Exchanges in the WARC file."""
    unread: tuple[str, ...]
    """Documents whose stored copy could not be read, with the reason."""


def export_organisation(store: Store, home: Home, organisation_id: str, folder: Path) -> Exported:
    """Write every document of an organisation to `folder`, named by its sha256, with manifest.csv and a WARC
    file.

    manifest.csv has one row a fetch, oldest first; the WARC file holds every exchange of its visits, failed
    ones included, as it was archived. Files that are there already are left as they are when they are the
    same.
    """
    rows = store.rows("select name from organisations where id = ?", [organisation_id])
    folder.mkdir(parents=True, exist_ok=True)
    fetches = _fetches(store, organisation_id)
    notes: dict[str, str] = {}
    for row in {row["sha256"]: row for row in fetches}.values():
        notes[row["sha256"]] = _write_document(home, folder, row)
    written = {sha256 for sha256, note in notes.items() if not note}
    _write_manifest(folder / "manifest.csv", fetches, notes)
    places = _places(store, organisation_id)
    records = copy_records(home.warc, places, folder / "archive.warc.gz")
    return Exported(
        folder=folder,
        organisation=rows[0]["name"],
        fetches=len(fetches),
        files=len(written),
        records=records,
        unread=tuple(f"{sha256}: {note}" for sha256, note in notes.items() if note),
    )


def _fetches(store: Store, organisation_id: str) -> list[dict[str, Any]]:
    return store.rows(
        """
        select s.*, d.content_type, d.bytes, d.warc_file as body_file, d.warc_offset as body_offset,
          v.spider, v.run_id,
          t.forgotten_at
        from snapshots s join documents d on d.sha256 = s.sha256 join visits v on v.id = s.visit_id
        left join tombstones t on t.sha256 = s.sha256
        where s.organisation_id = ? order by s.fetched_at, s.id
        """,
        [organisation_id],
    )


def _name(row: dict[str, Any]) -> str:
    return str(row["sha256"]) + SUFFIXES.get(row["content_type"], ".bin")


def _write_document(home: Home, folder: Path, row: dict[str, Any]) -> str:
    """Write one file and return an empty string, or why it could not be written."""
    if row["forgotten_at"]:
        return f"deleted on request on {row['forgotten_at'][:10]}"
    if row["body_file"] is None:
        return "no stored copy"
    try:
        body = read_body(home.warc / row["body_file"], row["body_offset"], row["sha256"])
    except (OSError, ValueError) as error:
        return f"the stored copy cannot be read: {error}"
    (folder / _name(row)).write_bytes(body)
    return ""


def _write_manifest(path: Path, fetches: Iterable[dict[str, Any]], notes: dict[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(MANIFEST)
        for row in fetches:
            note = notes[row["sha256"]]
            full = {**row, "file": "" if note else _name(row), "note": note}
            full["redirects"] = " ".join(json.loads(row["redirects"]))
            writer.writerow([_cell(full[name]) for name in MANIFEST])


def _cell(value: Any) -> str:
    return "" if value is None else defused(str(value))


def _places(store: Store, organisation_id: str) -> list[tuple[str, int]]:
    """Every archived exchange of the organisation's visits, in order of file and offset."""
    rows = store.rows(
        """
        select warc_file, warc_offset from snapshots where organisation_id = :id and warc_file is not null
        union select warc_file, warc_offset from attempts where organisation_id = :id
          and warc_file is not null
        order by warc_file, warc_offset
        """,
        {"id": organisation_id},
    )
    return [(row["warc_file"], row["warc_offset"]) for row in rows]


# --- deletion on request


@dataclass(frozen=True, slots=True)
class Forgotten:
    sha256: str
    reason: str
    sentences: int
    """Sentences deleted from the database."""
    records: int
    """WARC records replaced by a note."""
    files: tuple[str, ...]
    """WARC files that were rewritten."""


def forget_document(store: Store, home: Home, sha256: str, reason: str) -> Forgotten:
    """Delete a document: its bytes in every WARC file, its text and what was made of it. A tombstone stays.

    A kill half-way leaves a mark, by which the next deletion or crawl finishes it. Raises InputError for
    bytes that are not known, and db.store.Busy while a crawl writes to the archive.
    """
    if not _SHA256.fullmatch(sha256):
        raise InputError(f"{sha256}: not a sha256 (64 digits and letters a to f)")
    if forget.document(store, sha256) is None:
        raise InputError(f"{sha256}: no such document")
    with store.lease("crawl", f"forget {sha256[:12]}"):
        finish_deletions(store, home)
        merge_left_behind(store, home)  # what they know of the document is to be forgotten with it
        return _delete(store, home, sha256, reason)


def finish_deletions(store: Store, home: Home) -> None:
    """Finish what a killed deletion left: copies of archives that it was writing, and the rest of its work.

    To be called under the lease of the crawl.
    """
    for draft in home.warc.glob(DRAFTS):
        draft.unlink(missing_ok=True)
    for mark in sorted(_marks(home).glob("*")):
        if _SHA256.fullmatch(mark.name):
            _delete(store, home, mark.name, mark.read_text(encoding="utf-8"))


def _marks(home: Home) -> Path:
    """The folder with a file for each document that is being deleted."""
    return home.path / "forgetting"


def _delete(store: Store, home: Home, sha256: str, reason: str) -> Forgotten:
    mark = _marks(home) / sha256
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(reason, encoding="utf-8")
    archives = forget.archives_of(store, sha256)
    forget.set_tombstone(store, sha256, reason)
    erased = {name: erase(home.warc / name, sha256) for name in archives if (home.warc / name).exists()}
    sentences = forget.delete_text(store, sha256)
    caches.drop(home, sha256)
    mark.unlink()
    files = tuple(name for name, count in erased.items() if count)
    return Forgotten(sha256, reason, sentences, sum(erased.values()), files)
