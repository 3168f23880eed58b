"""docs/data-dictionary.md names every table and column that there is, and none that is not."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.publish import publish
from db.store import Store
from section54.site.dictionary import PUBLISHED, WORKING, Table, read_dictionary

_AS_IN = re.compile(r"Columns as in `(\w+)`")
# Made by sqlite-utils, FTS5 and ANALYZE, not by us.
_NOT_OURS = re.compile(r"_sqlite_migrations|sqlite_.*|.*_fts(_.*)?")


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("schemas")
    Store(folder / "working.db").close()
    publish(folder / "working.db", folder / "site.db", generated_at="2026-11-22T12:00:00Z")
    return {PUBLISHED: folder / "site.db", WORKING: folder / "working.db"}


def schema(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [
            row[0]
            for row in connection.execute("select name from sqlite_master where type in ('table', 'view')")
        ]
        return {
            name: [row[1] for row in connection.execute(f"pragma table_xinfo('{name}')")]
            for name in names
            if not _NOT_OURS.fullmatch(name)
        }


def described(part: str) -> dict[str, list[str]]:
    tables: dict[str, Table] = {table.name: table for table in read_dictionary() if table.part == part}
    columns = {name: list(table.columns) for name, table in tables.items()}
    for name, table in tables.items():
        if same := _AS_IN.search(table.description):
            columns[name] = columns[same[1]]
    return columns


@pytest.mark.parametrize("part", [PUBLISHED, WORKING])
def test_every_table_is_described(databases: dict[str, Path], part: str) -> None:
    assert sorted(described(part)) == sorted(schema(databases[part]))


@pytest.mark.parametrize("part", [PUBLISHED, WORKING])
def test_every_column_is_described_in_the_order_of_the_table(databases: dict[str, Path], part: str) -> None:
    real = schema(databases[part])

    assert {name: columns for name, columns in described(part).items() if columns != real[name]} == {}


def test_every_table_says_what_a_row_is() -> None:
    assert [table.name for table in read_dictionary() if not table.description] == []
