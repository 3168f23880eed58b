"""What the machine refuses (a full disk, a locked or damaged database, no rights) in a sentence, with what
helps.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from db.soundness import fault
from section54.exceptions import InputError
from section54.settings import Home

_SQLITE = {
    "locked": "another command is writing to this collection. Wait for it, then run this again",
    "disk is full": "the disk is full. Make room, then run this again: what was saved before stays",
    "readonly database": "this collection may not be written to. Run the command as the user who owns it",
    "unable to open database file": "a database of this collection can't be opened: look at the rights of "
    "its folder",
    "disk I/O error": "the disk failed while it was read or written. What was saved before stays",
    "malformed": "a database of this collection is damaged. `section54 doctor` says which",
    "not a database": "a file of this collection is no database. `section54 doctor` says which",
}
_SYSTEM = {
    errno.ENOSPC: "the disk is full. Make room, then run this again: what was saved before stays",
    errno.EDQUOT: "your share of the disk is full. Make room, then run this again: what was saved before "
    "stays",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "this user has no right to it",
    errno.EPERM: "this user has no right to it",
}


def in_words(error: BaseException) -> str | None:
    """The sentence for an error that is the machine's or the collection's; None for a fault of the
    program.
    """
    if isinstance(error, sqlite3.Error):
        return next((words for part, words in _SQLITE.items() if part in str(error)), None)
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        return f"{error.filename or 'the collection'}: {_SYSTEM[error.errno]}"
    return str(error) if isinstance(error, InputError) else None


def look_first(home: Home) -> None:
    """Raise InputError where data of this collection is damaged or gone, before a command makes it worse."""
    for path, way_out in _databases(home).items():
        if path.exists() and (wrong := fault(path)):
            raise InputError(f"{path} {wrong}: {way_out}")
    if not home.working_db.exists() and (what := _left_behind(home)):
        raise InputError(
            f"{home.working_db} is missing, though {what} is there: bring back a copy with `section54 "
            "restore FOLDER`"
        )


def _databases(home: Home) -> dict[Path, str]:
    restore = "bring back a copy with `section54 restore FOLDER --replace`"
    return {
        home.working_db: restore,
        home.private_db: restore,
        home.companies_db: "delete it and run `section54 companies load` again",
    }


def _left_behind(home: Home) -> str | None:
    """What shows that there was a collection here."""
    if home.warc.is_dir() and any(home.warc.iterdir()):
        return str(home.warc)
    return str(home.site_db) if home.site_db.exists() else None
