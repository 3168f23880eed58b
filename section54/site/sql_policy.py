"""What SQL may do on the site: the functions, tables and lengths that a connection accepts.

Two kinds of connection read the published file. Our own pages and Datasette's tables use one, visitors' SQL
uses another in a process of its own (section54.site.sql_process). Both get the same list of functions;
visitors get shorter values and no pragma.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

_NAMES = """
    abs avg bm25 ceil ceiling char coalesce concat concat_ws count cume_dist current_date current_time
    current_timestamp date datetime dense_rank escape_fts exp first_value floor glob group_concat hex highlight ifnull
    iif instr json json_array json_array_length json_each json_extract json_group_array json_group_object json_insert
    json_object json_quote json_remove json_replace json_set json_tree json_type json_valid julianday lag last_value
    lead length like ln log log10 log2 lower ltrim match max min mod nth_value ntile nullif octet_length percent_rank
    pow power quote random rank replace round row_number rtrim sign snippet sqrt strftime string_agg substr substring
    sum time timediff total trim trunc typeof unicode unixepoch upper -> ->>
"""  # noqa: E501
FUNCTIONS = frozenset(_NAMES.split())
"""What a question about the data needs.

Left out on purpose: `fts3_tokenizer` calls an address of the visitor's choice, `load_extension` loads code,
`printf` and `format` work on for as long as the width that they are given says, `json_patch` compares every
key with every other one, `zeroblob` and `randomblob` only make long values, `sqlite_*` tell of the server.
"""
TABLE_FUNCTIONS = frozenset(["json_each", "json_tree"])
"""Virtual tables that need no table of their own in the file. Full-text tables of the file are read too."""
PRAGMAS = frozenset(
    ["table_info", "table_xinfo", "foreign_key_list", "index_list", "index_info", "schema_version"]
)
"""Those that Datasette reads the schema with. None of them changes anything."""

_CONFIGURATION = {"DEFENSIVE": True, "ENABLE_FTS3_TOKENIZER": False, "ENABLE_LOAD_EXTENSION": False}

OUR_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 2_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
# SQLite looks at the clock between steps, not within one call of a function. The slowest calls take time by
# the square of the length: instr() of 100,000 characters takes 0.1 s. The longest row that we publish has
# some 30,000.
VISITORS_LIMITS = OUR_LIMITS | {
    sqlite3.SQLITE_LIMIT_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
}

_QUOTED_OR_SPACE = re.compile(r'\s+|(".*?")')
Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def confine_ours(connection: sqlite3.Connection) -> None:
    """Confine a connection of our pages and of Datasette's tables."""
    _confine(connection, OUR_LIMITS, PRAGMAS)


def confine_visitors(connection: sqlite3.Connection) -> None:
    """Confine a connection on which visitors' own SQL runs."""
    # SQLite's own trim() compares every character with every other one: 24,000 by 24,000 took seconds.
    for name, strip in (("trim", str.strip), ("ltrim", str.lstrip), ("rtrim", str.rstrip)):
        connection.create_function(name, 2, _trimmed(strip), deterministic=True)
    connection.create_function("escape_fts", 1, escape_fts, deterministic=True)
    _confine(connection, VISITORS_LIMITS, frozenset())


def _trimmed(strip: Callable[[str, str], str]) -> Callable[[object, object], str | None]:
    def trimmed(text: object, characters: object) -> str | None:
        return None if text is None or characters is None else strip(str(text), str(characters))

    return trimmed


def escape_fts(words: object) -> str:
    """Words as a full-text query that looks for them as they stand: the SQL behind a searched table page
    calls this.
    """
    text = str(words or "")
    parts = _QUOTED_OR_SPACE.split(text + '"' if text.count('"') % 2 else text)
    return " ".join(part if part.startswith('"') else f'"{part}"' for part in parts if part and part != '""')


def _confine(connection: sqlite3.Connection, limits: dict[int, int], pragmas: frozenset[str]) -> None:
    for limit, value in limits.items():
        connection.setlimit(limit, value)
    # From Python 3.12 on SQLite itself can be told too; before, the authorizer below is what refuses.
    if hasattr(connection, "setconfig"):
        for name, value in _CONFIGURATION.items():
            connection.setconfig(getattr(sqlite3, f"SQLITE_DBCONFIG_{name}"), value)
    connection.set_authorizer(_authorizer(connection, pragmas))


def _authorizer(connection: sqlite3.Connection, pragmas: frozenset[str]) -> Authorizer:
    """Return the check that SQLite asks as it prepares a statement: what is not on a list is refused."""
    tables = {str(row[0]).lower() for row in connection.execute("select name from sqlite_master")}
    _open_virtual_tables(connection)
    tables |= TABLE_FUNCTIONS | {"sqlite_master", "sqlite_schema"}
    modules = {str(row[0]).lower() for row in connection.execute("pragma module_list")} - TABLE_FUNCTIONS

    def may_read(table: str, column: str) -> bool:
        if table in tables:
            return True
        # A name without a column may be that of a subquery ("with c as ..."), which has no entry in the
        # schema.
        return not column and table not in modules and not table.startswith("pragma_")

    def authorize(
        action: int, first: str | None, second: str | None, database: str | None, trigger: str | None
    ) -> int:
        name = (first or "").lower()
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and may_read(name, second or ""):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and (name in pragmas or name == "data_version"):  # asked by FTS5
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and name == "database_list" and pragmas:
            return sqlite3.SQLITE_IGNORE  # Datasette asks; the answer would tell where the file lies
        return sqlite3.SQLITE_DENY

    return authorize


def _open_virtual_tables(connection: sqlite3.Connection) -> None:
    """Open the virtual tables that may be read: opening one takes rights that nobody has afterwards."""
    in_file = connection.execute(
        "select name from sqlite_master where type = 'table' and sql like 'create virtual table%'"
    )
    for name in [*(row[0] for row in in_file), *TABLE_FUNCTIONS]:
        connection.execute(f'select * from "{name}" limit 0')  # noqa: S608 - names of the schema
