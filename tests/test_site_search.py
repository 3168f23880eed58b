"""What people type into a search, and the query of the index that it becomes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from section54.site.query_words import MAX_WORDS, full_text_query

SENTENCES = (
    "Our whistleblowing line is open to all",
    "A whistle-blowing policy is in place",
    "The whistle was blown",
    "Sub-contractors are audited each year by an outside firm of inspectors who visit at night and then "
    "train buyers",
    "Subcontractors sign our code",
    "We do not tolerate forced labour",
    "Training and audit",
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("whistleblowing", {0, 1}),
        ("whistle-blowing", {0, 1}),
        ("whistle blowing", {1}),
        ('"whistleblowing"', {0}),
        ("subcontractors", {3, 4}),
        ("sub-contractors", {3, 4}),
        ("audited OR training", {3, 6}),
        ("training OR code", {3, 4, 6}),
        ("whistle NOT blown", {1}),
        ("subcontractors -code", {3}),
        ("audit NEAR training", {6}),
        ("audited NEAR buyers", set()),
        ("audited AND buyers", {3}),
        ("not tolerate", {5}),
        ("WE DO NOT TOLERATE FORCED LABOUR", {5}),
        ('"forced labour', {5}),
        ("the OR", {2}),
        ("NEAR audit", set()),
        ("(audit)", {3, 6}),
        ("audit*", {3, 6}),
        ("text : audit", set()),
    ],
)
def test_what_is_typed_finds(typed: str, found: set[int]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create virtual table s using fts5 (text, tokenize='porter unicode61')")
        connection.executemany("insert into s (rowid, text) values (?, ?)", enumerate(SENTENCES))

        query = full_text_query(typed)
        rows = connection.execute("select rowid from s where s match ?", [f"text : ({query})"]).fetchall()

    assert {row[0] for row in rows} == found


@pytest.mark.parametrize("typed", ["", " ", "-", "...", '""', "NOT audit", "-audit", "\x00"])
def test_nothing_to_look_for_is_no_query(typed: str) -> None:
    assert full_text_query(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["audit " * 2000, "organisational-responsibility " * 500, "a OR " * 900 + "b", "x NEAR " * 500,
    "NOT a " * 400 + "b",
     '"' * 999, "OR OR OR NOT NOT NEAR AND", "\u201cquoted\u201d", "x" * 5000],
)  # fmt: skip
def test_whatever_is_typed_is_a_query_that_the_index_takes(typed: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create virtual table s using fts5 (text, tags, tokenize='porter unicode61')")

        query = full_text_query(typed)

        if query is not None:
            connection.execute(
                "select rowid from s where s match ?", [f'text : ({query}) AND tags : "x"']
            ).fetchall()


def test_a_long_text_is_looked_for_by_its_first_words() -> None:
    query = full_text_query(" ".join(f"word{n}" for n in range(500)))

    assert query is not None
    assert query.count(" AND ") == MAX_WORDS - 1
