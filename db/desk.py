"""The desk's part of the private database: uploaded lists, checks of them, work under way, and a log of who
did what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from db.private import PrivateStore
from domain.dates import stamp


class DeskStore(PrivateStore):
    """The private database with what the desk keeps in it. Rows are dicts named as the columns."""

    # --- lists

    def add_list(self, name: str, files: Iterable[tuple[str, bytes]], who: str) -> int:
        """Keep an uploaded list, its files in this order; return its number."""
        with self.db.conn:
            self.db.execute("begin immediate")
            cursor = self.db.execute(
                "insert into desk_lists (name, added_by, added_at) values (?, ?, ?)", [name, who, stamp()]
            )
            list_id = int(cursor.lastrowid or 0)
            for position, (file_name, body) in enumerate(files, start=1):
                self.db.execute(
                    "insert into desk_files (list_id, position, name, body) values (?, ?, ?, ?)",
                    [list_id, position, file_name, body],
                )
        return list_id

    def lists(self) -> list[dict[str, Any]]:
        """The lists that were not removed, newest first, each with its newest check (None before the
        first).
        """
        rows = self.db.query(
            """
            select l.*, c.id as check_id, c.checked_at, c.summary from desk_lists l
            left join desk_checks c on c.id = (select max(id) from desk_checks where list_id = l.id)
            where l.removed_at is null order by l.id desc
            """
        )
        return [_with_json(row, "mapping", "summary") for row in rows]

    def find_list(self, list_id: int) -> dict[str, Any] | None:
        """One list with its newest check; None where there is none of this number, or it was removed."""
        return next((row for row in self.lists() if row["id"] == list_id), None)

    def files(self, list_id: int) -> list[tuple[str, bytes]]:
        """The files of a list as they were uploaded: (name, content)."""
        rows = self.db.query(
            "select name, body from desk_files where list_id = ? order by position", [list_id]
        )
        return [(row["name"], bytes(row["body"])) for row in rows]

    def set_mapping(self, list_id: int, mapping: Mapping[str, str]) -> None:
        """Keep the columns that a person chose, heading by field."""
        self.db.execute(
            "update desk_lists set mapping = ? where id = ?", [json.dumps(dict(mapping)), list_id]
        )

    def set_watch(self, list_id: int, event: int | None) -> None:
        """Note the last event that was seen of a watched list; None takes it off watch."""
        self.db.execute("update desk_lists set watched_event = ? where id = ?", [event, list_id])

    def remove_list(self, list_id: int) -> None:
        """Take a list off the desk.

        Its files and results are deleted; decisions stay, since they hold for later lists.
        """
        with self.db.conn:
            self.db.execute("begin immediate")
            self.db.execute("update desk_lists set removed_at = ? where id = ?", [stamp(), list_id])
            self.db.execute("delete from desk_files where list_id = ?", [list_id])
            self.db.execute(
                "delete from desk_suppliers where check_id in (select id from desk_checks where list_id = ?)",
                [list_id],
            )

    # --- checks

    def save_check_of(
        self,
        list_id: int,
        records: Sequence[Mapping[str, Any]],
        summary: Mapping[str, Any],
        folder: str,
        who: str,
    ) -> int:
        """Keep one check of a list, the record of each supplier in the order of the list; return its
        number.
        """
        with self.db.conn:
            self.db.execute("begin immediate")
            cursor = self.db.execute(
                "insert into desk_checks (list_id, summary, folder, checked_by, checked_at) values (?, ?, ?, "
                "?, ?)",
                [list_id, _json(summary), folder, who, stamp()],
            )
            check_id = int(cursor.lastrowid or 0)
            for position, record in enumerate(records, start=1):
                self.db.execute(
                    "insert into desk_suppliers (check_id, position, record) values (?, ?, ?)",
                    [check_id, position, _json(record)],
                )
        return check_id

    def check(self, check_id: int) -> dict[str, Any] | None:
        """One check, without its suppliers."""
        rows = self.db.query("select * from desk_checks where id = ?", [check_id])
        return next((_with_json(row, "summary") for row in rows), None)

    def checks_of(self, list_id: int) -> list[dict[str, Any]]:
        """The checks of a list, newest first."""
        rows = self.db.query("select * from desk_checks where list_id = ? order by id desc", [list_id])
        return [_with_json(row, "summary") for row in rows]

    def suppliers(self, check_id: int) -> list[dict[str, Any]]:
        """The records of a check in the order of the list; `position` counts from 1."""
        rows = self.db.query(
            "select position, record from desk_suppliers where check_id = ? order by position", [check_id]
        )
        return [{"position": row["position"], **json.loads(row["record"])} for row in rows]

    def supplier(self, check_id: int, position: int) -> dict[str, Any] | None:
        """The record of one supplier; None where the check has none at this position."""
        rows = self.db.query(
            "select position, record from desk_suppliers where check_id = ? and position = ?",
            [check_id, position],
        )
        return next(({"position": row["position"], **json.loads(row["record"])} for row in rows), None)

    def replace_supplier(self, check_id: int, position: int, record: Mapping[str, Any]) -> None:
        """Put the record of a supplier that was checked again in place of the earlier one."""
        self.db.execute(
            "update desk_suppliers set record = ? where check_id = ? and position = ?",
            [_json(record), check_id, position],
        )

    # --- work under way

    def add_job(self, list_id: int, kind: str, subject: str | None, who: str) -> int:
        """Put a piece of work on record before its process starts; return its number."""
        cursor = self.db.execute(
            """
            insert into desk_jobs (list_id, kind, subject, started_by, started_at, seen_at) values (?, ?, ?,
              ?, ?, ?)
            """,
            [list_id, kind, subject, who, stamp(), stamp()],
        )
        return int(cursor.lastrowid or 0)

    def job(self, job_id: int) -> dict[str, Any] | None:
        """One piece of work."""
        return next(iter(self.db.query("select * from desk_jobs where id = ?", [job_id])), None)

    def newest_job(self, list_id: int) -> dict[str, Any] | None:
        """The piece of work that was started last for a list."""
        rows = self.db.query("select * from desk_jobs where list_id = ? order by id desc limit 1", [list_id])
        return next(iter(rows), None)

    def beat(self, job_id: int, progress: str) -> bool:
        """Say that the work is alive and how far it is; return whether somebody asked it to stop."""
        self.db.execute(
            "update desk_jobs set state = 'running', progress = ?, seen_at = ? where id = ? and ended_at is "
            "null",
            [progress, stamp(), job_id],
        )
        row = self.job(job_id)
        return row is None or bool(row["stop_asked"]) or row["ended_at"] is not None

    def ask_to_stop(self, job_id: int) -> None:
        """Ask the work to stop; its process does so within a few seconds."""
        self.db.execute("update desk_jobs set stop_asked = 1 where id = ?", [job_id])

    def end_job(self, job_id: int, state: str, message: str | None = None) -> None:
        """Put the end of a piece of work on record: done, failed or stopped. The first end counts."""
        self.db.execute(
            "update desk_jobs set state = ?, message = ?, ended_at = ? where id = ? and ended_at is null",
            [state, message, stamp(), job_id],
        )

    # --- the log

    def note(self, who: str, what: str, list_id: int | None = None) -> None:
        """Put on record who did what."""
        self.db.execute(
            "insert into desk_log (at, who, what, list_id) values (?, ?, ?, ?)", [stamp(), who, what, list_id]
        )

    def log(self, most: int = 500) -> list[dict[str, Any]]:
        """The newest entries of the log first."""
        return list(self.db.query("select * from desk_log order by id desc limit ?", [most]))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _with_json(row: Mapping[str, Any], *columns: str) -> dict[str, Any]:
    read = {name: json.loads(row[name]) if row[name] else {} for name in columns}
    return {**row, **read}
