"""Transactions, and a database brought up to date as it is opened, while others may be opening it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from domain import machine


def bring_up_to_date(
    db: Database,
    path: Path,
    migrations: Migrations,
    *,
    wal: bool = False,
    views: Mapping[str, str] | None = None,
) -> None:
    """Apply the migrations that are pending and make the views, once, however many processes open the file at
    a time.

    SQLite alone does not see to that: two that find the same migration pending both run it, and the second
    one fails. All that is to be done is one transaction, so that a kill leaves the old schema or the new one,
    and no reader finds a view gone; where nothing is to be done, nobody who writes is waited for.
    """
    with machine.locked(path.with_name(f".{path.name}.opening.lock")):
        if wal:
            db.execute("pragma journal_mode = wal")
        migrations.ensure_migrations_table(db)
        stale = _stale(db, views or {})
        if stale or migrations.pending(db):
            with transaction(db):
                migrations.apply(db)
                for name, sql in stale.items():
                    db.create_view(name, sql, replace=True)


def _stale(db: Database, views: Mapping[str, str]) -> dict[str, str]:
    """The views that are not there, or are there with other SQL."""
    made = dict(db.execute("select name, sql from sqlite_master where type = 'view'").fetchall())
    return {
        name: sql for name, sql in views.items() if not made.get(name, "").endswith(f" AS {sql}".rstrip())
    }


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """One transaction that may write: it waits for other writers as it begins, and never in the middle."""
    db.execute("begin immediate")
    try:
        yield
    except BaseException:
        db.execute("rollback")
        raise
    db.execute("commit")
