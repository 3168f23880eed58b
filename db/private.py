"""The buyer's own database: supplier lists and what came of them. Never read by publishing, never served."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from db.opening import bring_up_to_date
from domain.dates import stamp

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


@migrations()
def m002_decisions(db: Database) -> None:
    """Decisions are never changed: a later one outweighs an earlier one, and a withdrawn one stays on
    record.
    """
    db.execute(
        """
        create table decisions (
          id integer primary key,
          supplier text not null,
          company_number text,
          verdict text not null check (verdict in ('same', 'not_same', 'none', 'looked', 'scope_likely',
            'scope_unlikely')),
          organisation_id text,
          organisation text,
          offered text not null,
          reason text not null,
          decided_by text,
          decided_at text not null,
          withdrawn_at text
        ) strict
        """
    )
    db.execute("alter table results add column candidates text not null default '[]'")


@migrations()
def m003_watch_lists(db: Database) -> None:
    """What is watched for whom, how far the digests have told, and the registry entries that they have told
    of.
    """
    db.execute(
        """
        create table watch_lists (
          name text primary key,
          source text not null,
          suppliers text not null,
          created_at text not null,
          digest_since text not null,
          told text not null
        ) strict
        """
    )
    db.execute(
        """
        create table registry_seen (
          organisation_id text primary key,
          entries text not null,
          seen_at text not null
        ) strict
        """
    )


@migrations()
def m004_marks_by_event(db: Database) -> None:
    """Digests tell by the number of the last event told of; changes of the registry are events too since
    then.

    A list from before is told by `digest_since` once more: its `told_event` is empty.
    """
    db.execute("alter table watch_lists add column told_event integer")
    db.execute("alter table watch_lists add column alarms_told text not null default '[]'")
    db.execute("drop table registry_seen")


@migrations()
def m005_desk(db: Database) -> None:
    """What the desk keeps: lists as they were uploaded, checks of them, work under way, and who did what."""
    db.execute(
        """
        create table desk_lists (
          id integer primary key,
          name text not null,
          mapping text not null default '{}',
          added_by text not null,
          added_at text not null,
          watched_event integer,
          removed_at text
        ) strict
        """
    )
    db.execute(
        """
        create table desk_files (
          list_id integer not null references desk_lists (id),
          position integer not null,
          name text not null,
          body blob not null,
          primary key (list_id, position)
        ) strict
        """
    )
    db.execute(
        """
        create table desk_jobs (
          id integer primary key,
          list_id integer not null references desk_lists (id),
          kind text not null check (kind in ('check', 'look')),
          subject text,
          state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed',
            'stopped')),
          progress text not null default '',
          message text,
          started_by text not null,
          started_at text not null,
          seen_at text not null,
          stop_asked integer not null default 0,
          ended_at text
        ) strict
        """
    )
    db.execute(
        """
        create table desk_checks (
          id integer primary key,
          list_id integer not null references desk_lists (id),
          summary text not null,
          folder text not null,
          checked_by text not null,
          checked_at text not null
        ) strict
        """
    )
    db.execute(
        """
        create table desk_suppliers (
          check_id integer not null references desk_checks (id),
          position integer not null,
          record text not null,
          primary key (check_id, position)
        ) strict, without rowid
        """
    )
    db.execute(
        """
        create table desk_log (
          id integer primary key,
          at text not null,
          who text not null,
          what text not null,
          list_id integer
        ) strict
        """
    )


@migrations()
def m006_column_choices(db: Database) -> None:
    """The columns that a person chose with --map, by the headings of the file."""
    db.execute(
        """
        create table column_choices (
          shape text primary key,
          mapping text not null,
          chosen_at text not null
        ) strict
        """
    )


class PrivateStore:
    """Open the private database at `path`, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)  # one that was copied or restored may have come with the rights of other files
        self.db = Database(sqlite3.connect(path, timeout=30, isolation_level=None))
        self.db.execute("pragma foreign_keys = on")
        bring_up_to_date(self.db, path, migrations)

    def close(self) -> None:
        self.db.conn.close()

    def save_column_choice(self, shape: Sequence[str], mapping: Mapping[str, str]) -> None:
        """Keep the columns that a person chose for files with these headings, in place of an older choice."""
        self.db.execute(
            "insert or replace into column_choices (shape, mapping, chosen_at) values (?, ?, ?)",
            [json.dumps(list(shape)), json.dumps(dict(mapping)), stamp()],
        )

    def column_choices(self) -> dict[tuple[str, ...], dict[str, str]]:
        """Return the columns that were chosen, heading by field, by the headings of the file."""
        rows = self.db.execute("select shape, mapping from column_choices").fetchall()
        return {tuple(json.loads(shape)): json.loads(mapping) for shape, mapping in rows}

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
        """Keep one check of one list; return its number.

        `results` rows are named as the columns of `results`.
        """
        with self.db.conn:
            self.db.execute("begin immediate")
            cursor = self.db.execute(
                "insert into supplier_lists (name, sha256, mapping, rejected, set_aside, checked_at) values "
                "(?, ?, ?, ?, ?, ?)",
                [
                    name,
                    sha256,
                    json.dumps(dict(mapping)),
                    json.dumps([dict(row) for row in rejected]),
                    json.dumps([dict(row) for row in set_aside]),
                    stamp(),
                ],
            )
            list_id = int(cursor.lastrowid or 0)
            for position, row in enumerate(results, start=1):
                self.db.execute(
                    """
                    insert into results
                      (list_id, position, supplier, company_number, amount, match, organisation_id, status,
                        reasons,
                       candidates)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
                        json.dumps(list(row["candidates"])),
                    ],
                )
        return list_id

    # --- decisions

    def save_decisions(self, decisions: Iterable[Mapping[str, Any]]) -> list[int]:
        """Keep decisions (rows named as the columns); one that is on record word for word is not kept
        twice.
        """
        numbers = []
        with self.db.conn:
            self.db.execute("begin immediate")
            for row in decisions:
                values = [
                    row["supplier"], row["company_number"], row["verdict"], row["organisation_id"],
                    row["organisation"],
                    json.dumps(list(row["offered"])), row["reason"], row["decided_by"], row["decided_at"],
                ]  # fmt: skip
                known = self.db.execute(
                    """
                    select id from decisions where supplier is ? and company_number is ? and verdict is ?
                      and organisation_id is ? and organisation is ? and offered is ? and reason is ?
                      and decided_by is ? and decided_at is ? and withdrawn_at is null
                    """,
                    values,
                ).fetchone()
                numbers.append(known[0] if known else self._insert_decision(values))
        return numbers

    def _insert_decision(self, values: Sequence[Any]) -> int:
        cursor = self.db.execute(
            """
            insert into decisions (supplier, company_number, verdict, organisation_id, organisation, offered,
              reason,
              decided_by, decided_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            values,
        )
        return int(cursor.lastrowid or 0)

    def decisions(self, *, withdrawn: bool = False) -> list[dict[str, Any]]:
        """The decisions that stand, oldest first; with `withdrawn` those that were taken back too."""
        where = "" if withdrawn else "where withdrawn_at is null"
        rows = list(self.db.query(f"select * from decisions {where} order by decided_at, id"))  # noqa: S608
        return [{**row, "offered": tuple(json.loads(row["offered"]))} for row in rows]

    def withdraw(self, number: int) -> bool:
        """Take a decision back; False where there is none of this number that stands."""
        with self.db.conn:
            cursor = self.db.execute(
                "update decisions set withdrawn_at = ? where id = ? and withdrawn_at is null",
                [stamp(), number],
            )
        return bool(cursor.rowcount)

    def last_results(self, supplier: str) -> list[dict[str, Any]]:
        """What the newest check that held this supplier found, one row per position of the list."""
        rows = self.db.query(
            """
            select r.*, l.name as list_name, l.checked_at from results r
              join supplier_lists l on l.id = r.list_id
            where lower(r.supplier) = lower(?) and r.list_id = (
              select max(list_id) from results where lower(supplier) = lower(?))
            order by r.position
            """,
            [supplier, supplier],
        )
        return [{**row, "candidates": json.loads(row["candidates"])} for row in rows]

    # --- watch lists

    def save_watch_list(
        self, name: str, source: str, suppliers: Sequence[tuple[str, str | None]], told_event: int
    ) -> None:
        """Keep a watch list of (name, company number) pairs, told of until this event. One of this name is
        replaced; its mark stays."""
        self.db.execute(
            """
            insert into watch_lists (name, source, suppliers, created_at, digest_since, told, told_event)
            values (?, ?, ?, ?, ?, '[]', ?)
            on conflict (name) do update set source = excluded.source, suppliers = excluded.suppliers
            """,
            [name, source, json.dumps([list(one) for one in suppliers]), stamp(), stamp(), told_event],
        )

    def watch_lists(self) -> list[dict[str, Any]]:
        """All watch lists by name.

        `suppliers` are (name, company number) pairs, `told` ids of entries after the mark, `alarms_told` the
        alarms that stood at the last run.
        """
        return [
            {
                **row,
                "suppliers": [(name, number) for name, number in json.loads(row["suppliers"])],
                "told": json.loads(row["told"]),
                "alarms_told": json.loads(row["alarms_told"]),
            }
            for row in self.db.query("select * from watch_lists order by name")
        ]

    def drop_watch_list(self, name: str) -> bool:
        """Forget a watch list; False where there is none of this name."""
        return bool(self.db.execute("delete from watch_lists where name = ?", [name]).rowcount)

    def move_digest_mark(
        self, name: str, since: str, told_event: int | None, told: Sequence[str], alarms: Sequence[str]
    ) -> None:
        """Note that what was noticed until `since`, the events until `told_event`, has been told, and
        after them the entries of the ids `told`; `alarms` are those that stand."""
        self.db.execute(
            "update watch_lists set digest_since = ?, told_event = ?, told = ?, alarms_told = ? where "
            "name = ?",
            [since, told_event, json.dumps(list(told)), json.dumps(list(alarms)), name],
        )
