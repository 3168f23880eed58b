"""Copies of a whole collection: made while commands run, checked, and brought back.

FOLDER/2026-11-28T12-15-00Z/
  collection/   section54.db, companies.db, warc/, site/: what was collected, and what is published
  private/      private.db, passwords: supplier lists, decisions, hashes; keep it apart, readable by few
  manifest.json every file with its size and sha256
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from db.soundness import copy_database, fault
from domain.dates import stamp
from section54.exceptions import InputError
from section54.settings import Home

MANIFEST = "manifest.json"
COLLECTION, PRIVATE = "collection", "private"


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made or brought back."""

    folder: Path
    files: int
    bytes: int
    documents: int
    """Stored copies that were looked for in the WARC files."""
    lost: int
    """Stored copies whose record is not in the WARC files: the collection lacked it before."""


def make_backup(home: Home, folder: Path) -> Backup:
    """Copy the collection into a new dated folder. Raises InputError where a database is damaged or missing.

    Databases are copied first: what they name in the WARC files is there already, and stays.
    """
    if not home.working_db.exists():
        raise InputError(f"{home.working_db}: there is no collection here")
    folder.mkdir(parents=True, exist_ok=True)
    _clear_drafts(folder)
    name = stamp().replace(":", "-")
    draft = folder / f".draft-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / COLLECTION).mkdir(parents=True)
    (draft / PRIVATE).mkdir(mode=0o700)
    before = newest_backup(folder)
    try:
        for source, target in _databases(home):
            _copy_checked(source, draft / target)
        for source in _other_files(home):
            _copy_file(source, draft / _place(home, source), before and before / _place(home, source))
        _write_manifest(draft)
        documents, lost = _look_for_documents(
            draft / COLLECTION / "section54.db", draft / COLLECTION / "warc"
        )
        draft.rename(folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    files = _listed(folder / name)
    return Backup(folder / name, len(files), sum(size for size, _ in files.values()), documents, lost)


def restore_backup(source: Path, home: Home, *, replace: bool = False) -> Backup:
    """Bring a copy back into a home; `source` is a dated folder, or the folder of several: then the newest.

    Raises InputError where a file of the copy is missing or is not as it was, and where the home has a
    collection already; with `replace` that is moved into HOME/replaced-TIME first.
    """
    source = source if (source / MANIFEST).is_file() else newest_backup(source) or source
    if not (source / MANIFEST).is_file():
        raise InputError(f"{source}: no copy that `section54 backup` made")
    files = _listed(source)
    for name, (size, sha256) in files.items():
        path = source / name
        if not path.is_file() or path.stat().st_size != size or _sha256(path) != sha256:
            raise InputError(f"{path}: missing or not as it was copied; nothing was brought back")
    if _is_taken(home):
        if not replace:
            raise InputError(
                f"{home.path} holds a collection already: choose another --home, or --replace it"
            )
        _move_away(home)
    for name in files:
        target = _home_of(name, home)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.draft-{os.getpid()}")
        shutil.copy2(source / name, draft)
        draft.replace(target)
    documents, lost = _look_for_documents(home.working_db, home.warc)
    return Backup(source, len(files), sum(size for size, _ in files.values()), documents, lost)


def newest_backup(folder: Path) -> Path | None:
    """The newest whole copy in a folder; None where there is none."""
    return max((path.parent for path in folder.glob(f"[0-9]*/{MANIFEST}")), default=None)


# --- what belongs to a collection


def _databases(home: Home) -> Iterator[tuple[Path, str]]:
    """The databases that are there, with their places in a copy."""
    places = {
        home.working_db: f"{COLLECTION}/section54.db",
        home.companies_db: f"{COLLECTION}/companies.db",
        home.private_db: f"{PRIVATE}/private.db",
    }
    return ((path, place) for path, place in places.items() if path.exists())


def _other_files(home: Home) -> Iterator[Path]:
    """WARC files, the published file with its particulars, and passwords.

    Reports and caches can be made again.
    """
    yield from sorted(path for path in home.warc.rglob("*") if path.is_file())
    yield from (
        path for path in (home.site_db, home.site_db.with_suffix(".json"), home.passwords) if path.is_file()
    )


def _place(home: Home, path: Path) -> str:
    if path == home.passwords:
        return f"{PRIVATE}/{path.name}"
    return f"{COLLECTION}/{path.relative_to(home.path).as_posix()}"


def _home_of(name: str, home: Home) -> Path:
    part, _, rest = name.partition("/")
    if part not in (COLLECTION, PRIVATE) or ".." in Path(rest).parts:
        raise InputError(f"{name}: no file of a collection")
    return home.working_db if rest == "section54.db" else home.path / rest


def _is_taken(home: Home) -> bool:
    return home.working_db.exists() or home.private_db.exists()


def _move_away(home: Home) -> None:
    """Move the collection aside, with the logs of its databases: they belong to no other file."""
    aside = home.path / f"replaced-{stamp().replace(':', '-')}"
    aside.mkdir()
    databases = [home.working_db, home.private_db, home.companies_db]
    logs = [path.with_name(f"{path.name}{end}") for path in databases for end in ("-wal", "-shm", "-journal")]
    for path in (*databases, *logs, home.warc, home.site_db.parent, home.passwords):
        if path.exists():
            path.rename(aside / path.name)


# --- copying and checking


def _copy_checked(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        copy_database(source, target)
        wrong = fault(target, thorough=True)
    except sqlite3.DatabaseError as error:
        wrong = f"can't be copied ({error})"
    if wrong:
        raise InputError(f"{source} {wrong}: nothing was copied")
    shutil.copymode(source, target)


def _copy_file(source: Path, target: Path, before: Path | None) -> None:
    """Copy a file; one that the copy before has unchanged takes no room again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    now = source.stat()
    if before is not None and before.is_file():
        then = before.stat()
        if (then.st_size, then.st_mtime_ns) == (now.st_size, now.st_mtime_ns):
            try:
                target.hardlink_to(before)
                return
            except OSError:
                pass  # a file system without hard links
    shutil.copy2(source, target)


def _write_manifest(folder: Path) -> None:
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {"made_at": stamp(), "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _listed(folder: Path) -> Mapping[str, tuple[int, str]]:
    """The files of a copy with their sizes and checksums. Raises InputError."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {name: (entry["bytes"], entry["sha256"]) for name, entry in manifest["files"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / MANIFEST}: can't be read ({error})") from error


def _look_for_documents(working: Path, warc: Path) -> tuple[int, int]:
    """How many stored copies the database names, and how many of them lie beyond the end of their file or in
    none.
    """
    sizes = {path.name: path.stat().st_size for path in warc.rglob("*") if path.is_file()}
    with closing(sqlite3.connect(f"{working.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        named = connection.execute(
            "select warc_file, warc_offset from documents where warc_file is not null"
        ).fetchall()
    return len(named), sum(offset >= sizes.get(Path(file).name, 0) for file, offset in named)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clear_drafts(folder: Path) -> None:
    """Take away what backups left behind that were killed."""
    for draft in folder.glob(".draft-*"):
        shutil.rmtree(draft, ignore_errors=True)
