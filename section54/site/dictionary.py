"""docs/data-dictionary.md as data: the one description of every table and column, for the site and for its
test.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from section54.settings import ROOT

PATH = ROOT / "docs" / "data-dictionary.md"
PUBLISHED, WORKING = "Published file", "Working database"
_TABLE = re.compile(r"^### `(\w+)`$")
_COLUMN = re.compile(r"^\| `(\w+)` \| (.+) \|$")


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view: what a row is, and what each column holds."""

    name: str
    part: str
    """PUBLISHED or WORKING."""
    description: str
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a published table, as its schema has it."""

    name: str
    type: str
    """TEXT, INTEGER or REAL: the tables are strict."""
    nullable: bool
    key: int
    """Place in the primary key, from 1; 0 where it is no part of it."""
    worked_out: bool
    """True where it is made from other columns and not stored."""


def columns_of(connection: sqlite3.Connection) -> dict[str, tuple[Column, ...]]:
    """The columns of every table of a published file in their order, without search indexes."""
    columns: dict[str, list[Column]] = {}
    for table, name, kind, required, key, worked_out in connection.execute(
        """
        select m.name, c.name, c.type, c."notnull", c.pk, c.hidden > 1
        from sqlite_master m join pragma_table_xinfo(m.name) c
        where m.type = 'table' and m.sql not like 'create virtual table%'
          and m.name not like 'sqlite\\_%' escape '\\'
          and m.name not like '%\\_fts\\_%' escape '\\'
        order by m.name, c.cid
        """
    ):
        columns.setdefault(table, []).append(
            Column(name, kind, not required and not key, key, bool(worked_out))
        )
    return {table: tuple(found) for table, found in columns.items()}


def read_dictionary(path: Path = PATH) -> list[Table]:
    """Read the dictionary: "## <part>", "### `table`", a paragraph, and a table of "| `column` | words |"
    rows.
    """
    tables: list[Table] = []
    part = ""
    words: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "## "]:
        heading = _TABLE.match(line)
        column = _COLUMN.match(line)
        if tables and (heading or line.startswith("## ")) and not tables[-1].description:
            tables[-1] = Table(tables[-1].name, tables[-1].part, " ".join(words), tables[-1].columns)
        if line.startswith("## "):
            part, words = line[3:].strip(), []
        elif heading:
            tables.append(Table(heading[1], part, "", {}))
            words = []
        elif column and tables:
            tables[-1].columns[column[1]] = column[2]
        elif line.strip() and not line.startswith("|"):
            words.append(line.strip())
    return tables
