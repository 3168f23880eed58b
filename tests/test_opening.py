"""Opening a database: brought up to date once, by whoever comes first, and without waiting where that is
done.
"""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from registry_data import registry_csv
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler.registry import read_registry_csv
from db.opening import bring_up_to_date
from db.private import PrivateStore
from db.store import Store
from db.views import VIEWS

PROCESSES = 8


def together(open_one: type[Store] | type[PrivateStore], path: Path) -> None:
    """Open a database at the same moment from several threads, each with its connection, as processes do."""
    ready = threading.Barrier(PROCESSES)

    def one(_: int) -> None:
        ready.wait()
        open_one(path).close()

    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(one, range(PROCESSES)))


@pytest.mark.parametrize("kind", [Store, PrivateStore])
def test_a_new_database_is_made_once_by_many_at_a_time(
    kind: type[Store] | type[PrivateStore], tmp_path: Path
) -> None:
    for number in range(5):
        together(kind, tmp_path / f"{number}.db")


def test_an_older_database_is_brought_up_to_date_by_many_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Store(path) as store:
        store.db.execute("drop view statements")
        store.db.execute("drop view covered_by")
        store.db.execute("create view covered_by as select 1 as old")
        store.db.execute("drop table text_signatures")
        store.db.execute("drop index events_shared")
        store.db.execute("delete from _sqlite_migrations where name = 'm007_text_signatures'")

    together(Store, path)

    with Store(path) as store:
        assert store.value("select count(*) from text_signatures") == 0
        assert set(VIEWS) <= {
            row["name"] for row in store.rows("select name from sqlite_master where type = 'view'")
        }
        assert store.rows("select * from covered_by") == []


def test_addresses_that_were_filed_before_are_written_as_they_are_fetched(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    csv = read_registry_csv(registry_csv({"CompanyNumber": ""}))
    load = {"name": "x.csv", "sha256": "aa", "rejected": (), "unknown_columns": ()}
    with Store(path) as store:
        store.save_registry(csv.listings, **load)
        store.db.execute(
            "update registry_statements set statement_url = 'https://LARKFIELD.example/modern-slavery#top'"
        )
        store.db.execute("delete from _sqlite_migrations where name like 'm008%'")

    with Store(path) as store:
        assert store.value("select statement_url from registry_statements") == csv.listings[0].statement_url
        again = store.save_registry(csv.listings, **load)
        assert again["events"] == 0, "another way to write an address is no change"


def test_nobody_who_writes_is_waited_for_where_nothing_is_to_be_done(tmp_path: Path) -> None:
    path = tmp_path / "section54.db"
    Store(path).close()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("begin immediate")

    with Store(path) as store:
        assert store.value("select count(*) from visits") == 0

    writer.close()


def test_what_is_pending_is_done_whole_or_not_at_all(tmp_path: Path) -> None:
    steps = Migrations("steps")

    @steps()
    def first(db: Database) -> None:
        db.execute("create table first (id integer)")

    @steps()
    def second(db: Database) -> None:
        raise RuntimeError("killed here")

    db = Database(sqlite3.connect(tmp_path / "x.db", isolation_level=None))

    with pytest.raises(RuntimeError, match="killed here"):
        bring_up_to_date(db, tmp_path / "x.db", steps)

    assert "first" not in db.table_names()


def test_the_private_database_is_its_owners_alone_however_it_came(tmp_path: Path) -> None:
    path = tmp_path / "private.db"
    PrivateStore(path).close()
    path.chmod(0o644)

    PrivateStore(path).close()

    assert path.stat().st_mode & 0o777 == 0o600
