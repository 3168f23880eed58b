"""Whether a SQLite file is whole: looked at before it is worked with, copied or published."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

_MAGIC = b"SQLite format 3\0"
# SQLite 3.40 says so of sound tables without rowid whose key has another order than their columns.
_FALSE_ALARM = "NULL value in "
QUICKLY_CHECKED = 50_000_000
"""Bytes of a file whose pages are all looked at before each command; a second takes some 200 MB."""


def fault(path: Path, *, thorough: bool = False) -> str | None:
    """Say what is wrong with a database that is there, to stand behind its name; None where it is whole.

    Every page of a small file is looked at, and with `thorough` every page of any file and every reference
    too.
    """
    size = path.stat().st_size
    if size == 0:
        return "is empty (0 bytes)"
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_MAGIC):
        return "is no SQLite database"
    if (expected := _bytes_expected(head)) > size and not path.with_name(f"{path.name}-wal").exists():
        return f"is cut short: {size:,} of {expected:,} bytes are there"
    try:
        return _fault_inside(path, thorough or size <= QUICKLY_CHECKED, thorough)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return None  # somebody works with it
        return f"can't be read ({error})"
    except sqlite3.DatabaseError as error:
        return f"is damaged ({error})"


def _bytes_expected(head: bytes) -> int:
    """The size of the file after its header; 0 where the header does not say."""
    page_size = struct.unpack(">H", head[16:18])[0]
    changed, pages, valid_for = struct.unpack(">I", head[24:28])[0], *struct.unpack(">I60xI", head[28:96])
    return (65536 if page_size == 1 else page_size) * pages if changed == valid_for else 0


def _fault_inside(path: Path, look_at_pages: bool, look_at_references: bool) -> str | None:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        connection.execute("select count(*) from sqlite_master").fetchone()
        if look_at_pages:
            for (found,) in connection.execute("pragma quick_check(100)"):
                if found != "ok" and not found.startswith(_FALSE_ALARM):
                    return f"is damaged ({' '.join(str(found).split())})"
        if look_at_references:
            broken = connection.execute("select count(*) from pragma_foreign_key_check").fetchone()[0]
            if broken:
                return f"has {broken:,} references that lead to no row"
    return None


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as of one moment, while others may be writing to it.

    A copy of the file alone lacks what is still in its write-ahead log.
    """
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("pragma journal_mode = delete")
