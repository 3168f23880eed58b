# ruff: noqa: S608 - SQL is put together from names and words of this module and of the schema only
"""Data assertions: what must hold in the working database before publishing, and in the published file before
it is shown.

Each is one SQL query that gives one number, and the range in which it must lie. Queries on the published file
may read the working database as `work`, the statements that were taken from it as `temp.work_statements`, and
call has_email(text).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.items import AREAS
from domain.coverage import CHECK_VALUES, LEVELS

PRIVATE_COLUMNS = ("approver", "email", "address", "supplier")
"""No table of the published file may have a column of such a name."""


class PublishRefused(Exception):
    """A data assertion failed: nothing was published. `failures` says which, one sentence each."""

    def __init__(self, failures: Iterable[str]) -> None:
        self.failures = tuple(failures)
        super().__init__("not published: " + "; ".join(self.failures))


@dataclass(frozen=True, slots=True)
class Assertion:
    """`name` says what holds; `sql` gives the number that shows it, by default of rows that break it."""

    name: str
    sql: str
    min: float | None = None
    max: float | None = 0


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


WORKING = (
    Assertion(
        "each assessment has its six areas",
        f"""
        select count(*) from assessments a where {len(AREAS)} <> (
          select count(*) from area_results r where r.assessment_id = a.id and r.area in ({_words(AREAS)}))
        """,
    ),
    Assertion(
        "each area has one of the level words",
        f"select count(*) from area_results where level not in ({_words(LEVELS)})",
    ),
    Assertion(
        "each check has one of the value words",
        f"select count(*) from checks where value not in ({_words(CHECK_VALUES)})",
    ),
    Assertion(
        "no more areas are covered than could be told",
        "select count(*) from assessments where covered < 0 or covered > of_areas or of_areas > 6",
    ),
    Assertion(
        "the areas counted as covered are those described or substantive",
        """
        select count(*) from assessments a where covered <> (
          select count(*) from area_results r where r.assessment_id = a.id
            and r.level in ('described', 'substantive'))
        """,
    ),
    Assertion(
        "'no passage found' is said only where every page was read well",
        """
        select count(*) from area_results r
        join assessments a on a.id = r.assessment_id
        join texts t on t.sha256 = a.sha256 and t.extractor_version = a.extractor_version
        where r.level = 'none'
          and (t.low_confidence or t.error_kind is not null or json_array_length(t.pages_read) < t.pages)
        """,
    ),
    Assertion(
        "an area with a passage has its sentence",
        """
        select count(*) from area_results r
        where r.level in ('mentioned', 'described', 'substantive') and not exists (
          select 1 from evidence e where e.assessment_id = r.assessment_id and e.finding = 'area:' || r.area)
        """,
    ),
    Assertion(
        "probabilities lie between 0 and 1",
        """
        select (select count(*) from evidence where probability not between 0 and 1)
          + (select count(*) from area_results where probability not between 0 and 1)
          + (select count(*) from assessments where statement_probability not between 0 and 1)
        """,
    ),
    Assertion(
        "periods do not end before they start",
        """
        select (select count(*) from assessments where period_end < period_start)
          + (select count(*) from texts where pages < 0 or words < 0)
        """,
    ),
    Assertion(
        "each sentence of evidence has words and a page",
        """
        select count(*) from evidence e join sentences s on s.id = e.sentence_id
        where trim(s.text) = '' or s.page < 1
        """,
    ),
)

PUBLISHED = (
    Assertion("every reference leads to a row", "select count(*) from pragma_foreign_key_check"),
    Assertion(
        "every statement of the working database is there",
        "select abs((select count(*) from statements) - (select count(*) from temp.work_statements))",
    ),
    Assertion(
        "every sentence of evidence is there",
        """
        select abs((select count(*) from evidence) - (
          select count(*) from temp.work_statements s
            join work.evidence e on e.assessment_id = s.assessment_id))
        """,
    ),
    Assertion(
        "every statement has its six areas",
        f"""
        select count(*) from statements s where {len(AREAS)} <> (
          select count(*) from area_results a where a.statement_id = s.id and a.level in ({_words(LEVELS)}))
        """,
    ),
    Assertion(
        "no more areas are covered than could be told",
        "select count(*) from statements where covered > of_areas or of_areas > 6",
    ),
    Assertion(
        "every sentence of evidence has its words, and its page where the document has pages",
        """
        select count(*) from evidence e
        where e.quotation = '' or ((e.page is null or e.page < 1) and exists (
          select 1 from statements s where s.id = e.statement_id and s.method in ('pdf', 'ocr')))
        """,
    ),
    Assertion(
        "the newest statement has the sentences with the highest numbers",
        """
        select count(*) from (
          select max(id) as highest from evidence) where highest is not null and (
            select statement_id from evidence where id = highest) is not (
              select s.id from statements s where exists (select 1 from evidence e
                where e.statement_id = s.id)
              order by s.rowid desc limit 1)
        """,
    ),
    Assertion(
        "every sentence can be searched",
        "select abs((select count(*) from evidence) - (select count(*) from evidence_fts_docsize))",
    ),
    Assertion(
        "searching for a sentence that is there finds it",
        """
        select (select count(*) from evidence) = 0 or exists (
          select 1 from evidence_fts where evidence_fts match coalesce((
            select 'quotation : "' || replace(quotation, '"', ' ') || '"' from evidence
              order by id desc limit 1), 'x'))
        """,
        min=1,
        max=1,
    ),
    Assertion(
        "searching for words that are nowhere finds nothing",
        "select count(*) from evidence_fts where evidence_fts match '\"zzqxjv nonsense zzqxjv\"'",
    ),
    Assertion(
        "the site recognises its search tables",
        """
        select count(*) from sqlite_master
        where sql like '%using fts5%content="evidence"%' or sql like '%using fts5%content="organisations"%'
        """,
        min=2,
        max=2,
    ),
    Assertion(
        "no column for personal data",
        f"""
        select count(*) from sqlite_master m join pragma_table_info(m.name) c
        where m.type = 'table' and c.name in ({_words(PRIVATE_COLUMNS)})
        """,
    ),
    Assertion(
        "addresses are http or https",
        """
        select count(*) from statements where final_url not like 'http://%' and final_url not like 'https://%'
        """,
    ),
)


def text_assertions(connection: sqlite3.Connection) -> list[Assertion]:
    """No e-mail address or spreadsheet formula in any text of the published file.

    One assertion and one scan a table; the tables are read from the file itself, so that none is forgotten. A
    column that leads to another table is left out: every reference leads to a row, and what is in that is
    looked at there.
    """
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(
        """
        select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
        where m.type = 'table' and m.sql not like 'create virtual table%'
          and m.name not like '%\\_fts\\_%' escape '\\'
          and c.type = 'TEXT' and c.name not in (select "from" from pragma_foreign_key_list(m.name))
        """
    ):
        columns.setdefault(table, []).append(f'"{column}"')
    return [
        Assertion(
            f"{table} holds no e-mail address and no formula",
            f'select count(*) from "{table}" where {" or ".join(map(_is_unsafe, names))}',
        )
        for table, names in columns.items()
    ]


def _is_unsafe(column: str) -> str:
    # What begins with one of the four comes before 'A': the comparison spares most texts the cut. GLOB looks
    # for a character faster than instr().
    return (
        f"({column} glob '*@*' and has_email({column})) "
        f"or ({column} < 'A' and substr({column}, 1, 1) in ('=', '+', '-', '@'))"
    )


def failures(connection: sqlite3.Connection, assertions: Iterable[Assertion]) -> list[str]:
    """What does not hold, one sentence each with the number found."""
    found = []
    for assertion in assertions:
        value = connection.execute(assertion.sql).fetchone()[0]
        if (assertion.min is not None and value < assertion.min) or (
            assertion.max is not None and value > assertion.max
        ):
            found.append(f"{assertion.name}: does not hold ({value:g})")
    return found
