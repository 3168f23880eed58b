"""The buyer's own database: supplier lists and what came of them. Never read by publishing, never served."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from db.store import now

migrations = Migrations("section54-private")


@migrations()
def m001_checked_lists(db: Database) -> None:
    db.execute(
        """
        create table supplier_lists (
          id integer primary key,
          name text not null,
          sha256 text not null,
          mapping text not null,
          rejected text not null,
          set_aside text not null,
          checked_at text not null
        ) strict
        """
    )
    db.execute(
        """
        create table results (
          list_id integer not null references supplier_lists (id),
          position integer not null,
          supplier text not null,
          company_number text,
          amount text,
          match text not null,
          organisation_id text,
          status text not null,
          reasons text not null,
          primary key (list_id, position)
        ) strict, without rowid
        """
    )


class PrivateStore:
    """Open the private database at `path`, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self.db = Database(sqlite3.connect(path, timeout=30, isolation_level=None))
        self.db.execute("pragma foreign_keys = on")
        migrations.apply(self.db)

    def close(self) -> None:
        self.db.conn.close()

    def save_check(
        self,
        *,
        name: str,
        sha256: str,
        mapping: Mapping[str, str],
        rejected: Iterable[Mapping[str, Any]],
        set_aside: Iterable[Mapping[str, Any]],
        results: Iterable[Mapping[str, Any]],
    ) -> int:
        """Keep one check of one list; return its number. `results` rows are named as the columns of `results`."""
        with self.db.conn:
            self.db.execute("begin")
            cursor = self.db.execute(
                "insert into supplier_lists (name, sha256, mapping, rejected, set_aside, checked_at) values (?, ?, ?, ?, ?, ?)",
                [
                    name,
                    sha256,
                    json.dumps(dict(mapping)),
                    json.dumps([dict(row) for row in rejected]),
                    json.dumps([dict(row) for row in set_aside]),
                    now(),
                ],
            )
            list_id = int(cursor.lastrowid or 0)
            for position, row in enumerate(results, start=1):
                self.db.execute(
                    """
                    insert into results
                      (list_id, position, supplier, company_number, amount, match, organisation_id, status, reasons)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        list_id,
                        position,
                        row["supplier"],
                        row["company_number"],
                        row["amount"],
                        row["match"],
                        row["organisation_id"],
                        row["status"],
                        json.dumps(list(row["reasons"])),
                    ],
                )
        return list_id
