"""docs/data-dictionary.md names every table and column that there is, and none that is not."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import site_data

from db.publish import publish
from db.store import Store
from section54.site.dictionary import PUBLISHED, WORKING, Column, Table, columns_of, read_dictionary

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


# --- what stands in the columns


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    working = site_data.make_working_database(folder / "working.db")
    publish(working, folder / "site.db", model_metrics=site_data.METRICS, generated_at="2026-11-22T12:00:00Z")
    return folder / "site.db"


def columns_with_words(path: Path) -> list[tuple[str, Column, str]]:
    words = {table.name: table.columns for table in read_dictionary() if table.part == PUBLISHED}
    with closing(sqlite3.connect(path)) as connection:
        found = columns_of(connection)
    return [(table, one, words[table][one.name]) for table, columns in found.items() for one in columns]


def test_a_column_that_may_be_empty_says_when(filled: Path) -> None:
    silent = [
        f"{table}.{column.name}"
        for table, column, words in columns_with_words(filled)
        if column.nullable and not column.worked_out and not re.search(r"\b(empty|where|none)\b", words, re.I)
    ]

    assert silent == []


# Codes that another table lists, and texts of others.
_LISTED_ELSEWHERE = {("check_rules", "id"), ("checks", "check_id"), ("model_accuracy", "item")}


def test_a_column_of_codes_lists_them(filled: Path) -> None:
    missing = {}
    with closing(sqlite3.connect(filled)) as connection:
        for table, column, words in columns_with_words(filled):
            if column.type != "TEXT" or (table, column.name) in _LISTED_ELSEWHERE:
                continue
            values = connection.execute(f'select distinct "{column.name}" from "{table}" limit 12').fetchall()
            codes = [row[0] for row in values if row[0] is not None]
            is_code = 1 < len(codes) < 9 and all(re.fullmatch(r"[a-z_]+", code) for code in codes)
            if is_code and (unnamed := [code for code in codes if code not in words]):
                missing[f"{table}.{column.name}"] = unnamed

    assert missing == {}
