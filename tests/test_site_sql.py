"""Visitors' SQL: what it may call, how long and how large it may be, and that the site outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import site_data
from datasette.database import QueryInterrupted

from db.publish import publish
from section54.site.server import make_datasette
from section54.site.sql_policy import VISITORS_LIMITS, confine_ours, confine_visitors
from section54.site.sql_pool import SqlPool
from section54.site.sql_process import MAX_ANSWER, open_file

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
LONGEST = VISITORS_LIMITS[sqlite3.SQLITE_LIMIT_LENGTH] * 4 // 10
LONG_TEXT = f"""
    (with recursive b(s) as (
      select '0000000000' union all select s || s from b where length(s) <= {LONGEST // 2})
    select s from b order by length(s) desc limit 1)
"""
"""A table of one text, nearly as long as a text may be."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sql")
    working = site_data.make_working_database(folder / "working.db")
    publish(working, folder / "section54.db", generated_at="2026-11-22T12:00:00Z")
    return folder / "section54.db"


def ask(datasette: Any, sql: str, shape: str = "array") -> Any:
    return datasette.client.get(f"/section54.json?{urlencode({'_shape': shape, 'sql': sql})}")


@pytest.mark.parametrize(
    "sql",
    [
        "select name, count(*) over (order by name) from organisations",
        "select json_extract(value, '$') from statements, json_each(pages_unread)",
        "select highlight(evidence_fts, 0, '[', ']') from evidence_fts where evidence_fts match 'growers'",
        "with named as (select 1 as x) select count(*) from named",
        "select date('2026-03-31', '+6 months'), julianday('2026-03-31'), trim('xax', 'x'), ltrim(' a')",
        "select name from sqlite_master",
        "select group_concat(name, '; ') from organisations where name like '%foods%'",
        "select a.level, total(a.probability) from area_results a group by 1 having count(*) > 0",
    ],
)
def test_questions_about_the_data_are_answered(published: Path, sql: str) -> None:
    response = asyncio.run(ask(make_datasette(published), sql))

    assert response.status_code == 200
    assert response.json()


@pytest.mark.parametrize(
    "sql",
    [
        "select hex(fts3_tokenizer('simple'))",
        "select hex(fts3_tokenizer('simple', x'4141414141414141'))",
        "select token from fts3tokenize where input = 'x'",
        "select count(*) from fts3tokenize",
        "select load_extension('x')",
        "select length(printf('%.*c', 200000000, 'x'))",
        "select format('%d', 1)",
        "select hex(zeroblob(1))",
        "select hex(randomblob(1))",
        "select json_patch('{}', '{}')",
        "select sqlite_version()",
        "select * from dbstat",
        "select count(*) from sqlite_stmt",
        "select * from pragma_table_info('statements')",
        "select count(*) from pragma_compile_options",
    ],
)
@pytest.mark.parametrize("role", ["all", "data"])
def test_calls_beyond_the_data_are_refused(published: Path, sql: str, role: str) -> None:
    response = asyncio.run(ask(make_datasette(published, role=role), sql))

    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize(
    "sql",
    [
        "select hex(fts3_tokenizer('simple'))",
        "select token from fts3tokenize where input = 'x'",
        "select load_extension('x')",
        "attach database ':memory:' as other",
        "create temp table other (x)",
        "pragma writable_schema = on",
        "select * from pragma_database_list",
    ],
)
@pytest.mark.parametrize("confine", [confine_ours, confine_visitors])
def test_no_connection_may_call_them(published: Path, confine: Any, sql: str) -> None:
    with closing(sqlite3.connect(published)) as connection:
        confine(connection)

        with pytest.raises(sqlite3.Error):
            connection.execute(sql).fetchall()


@pytest.mark.parametrize("sql", ["pragma table_info(statements)", "pragma schema_version"])
def test_visitors_may_ask_no_pragma_and_datasette_may(published: Path, sql: str) -> None:
    with closing(sqlite3.connect(published)) as ours, closing(sqlite3.connect(published)) as visitors:
        confine_ours(ours)
        confine_visitors(visitors)

        assert ours.execute(sql).fetchall()
        with pytest.raises(sqlite3.Error):
            visitors.execute(sql).fetchall()


@pytest.mark.parametrize(
    "call",
    [
        "instr(s, substr(s, 1, length(s) / 2) || '1')",
        "length(replace(s, substr(s, 1, length(s) / 2) || '1', ''))",
        "length(trim(s, replace(s, '0', '1') || '0'))",
        "s like '%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%1'",
        "s glob '*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*1'",
        "json_valid('[' || replace(s, '0', '0,') || '0]')",
        "length(json_object('a', s))",
        "length(hex(s))",
    ],
)
def test_no_single_call_takes_long(published: Path, call: str) -> None:
    with closing(open_file(published)) as connection:
        started = time.process_time()

        connection.execute(f"select {call} from {LONG_TEXT}").fetchall()

        assert time.process_time() - started < 0.5


def test_an_answer_has_a_largest_size(published: Path) -> None:
    rows = 2 * MAX_ANSWER // LONGEST
    sql = f"""
        with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
        select s || i from n, {LONG_TEXT}
    """

    response = asyncio.run(ask(make_datasette(published), sql))

    assert response.status_code == 400
    assert response.json()["error"] == "the answer is larger than 5 MB: ask for fewer rows or columns"


def test_longer_answers_are_cut_and_say_so(published: Path) -> None:
    few = make_datasette(published, overrides={"max_returned_rows": 2})

    found = asyncio.run(ask(few, "select id from statements", "objects")).json()

    assert len(found["rows"]) == 2
    assert found["truncated"] is True


def test_bytes_and_empty_cells_arrive_as_they_are(published: Path) -> None:
    found = asyncio.run(ask(make_datasette(published), "select x'00ff' as b, null as n, 1.5 as r, 'ä' as t"))

    assert found.json() == [{"b": {"$base64": True, "encoded": "AP8="}, "n": None, "r": 1.5, "t": "ä"}]


def test_pages_answer_while_many_endless_questions_run(published: Path) -> None:
    async def both() -> tuple[int, int]:
        site = make_datasette(published)
        questions = [asyncio.ensure_future(ask(site, f"{ENDLESS} -- {number}")) for number in range(16)]
        await asyncio.sleep(0.1)
        for path in (
            "/",
            "/evidence?q=growers",
            "/section54/statements",
            f"/organisation/{site_data.HARBOUR}",
        ):
            assert (await site.client.get(path)).status_code == 200
        open_when_pages_were_there = sum(not question.done() for question in questions)
        answers = await asyncio.gather(*questions)
        assert {answer.status_code for answer in answers} == {400}
        return open_when_pages_were_there, len(answers)

    still_open, asked = asyncio.run(both())

    assert still_open > asked / 2


def test_a_process_that_dies_is_replaced(published: Path) -> None:
    async def killed() -> list[int]:
        site = make_datasette(published)
        await ask(site, "select 1")
        for process in children_of(os.getpid()):
            os.kill(process, signal.SIGKILL)
        return [(await ask(site, f"select {number}")).status_code for number in range(4)]

    assert asyncio.run(killed()) == [200] * 4


def test_a_question_that_does_not_end_is_killed(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("section54.site.sql_pool.GRACE", 0.5)
    pool = SqlPool(published, processes=1, milliseconds=1000, rows=10)

    async def stopped() -> int:
        question = asyncio.ensure_future(pool.ask(ENDLESS, {}))
        while not children_of(os.getpid()):
            await asyncio.sleep(0.01)
        for process in children_of(os.getpid()):
            os.kill(process, signal.SIGSTOP)  # like one long step of SQLite: it looks at no clock
        with pytest.raises(QueryInterrupted):
            await question
        return int((await pool.ask("select 42", {})).single_value())

    assert asyncio.run(stopped()) == 42


def children_of(parent: int) -> list[int]:
    """The processes that answer SQL for this one."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z" and b"sql_process" in command:
            found.append(int(status.parent.name))
    return found


def test_a_process_without_questions_ends_and_is_started_again(published: Path) -> None:
    before = set(children_of(os.getpid()))
    pool = SqlPool(published, processes=1, milliseconds=1000, rows=10, idle_seconds=0.1)

    async def asked() -> tuple[int, int]:
        first = (await pool.ask("select 1", {})).single_value()
        while set(children_of(os.getpid())) - before:
            await asyncio.sleep(0.05)
        return first, (await pool.ask("select 2", {})).single_value()

    assert asyncio.run(asked()) == (1, 2)
