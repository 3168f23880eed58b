"""The Companies House snapshot of live companies (BasicCompanyData) as an indexed file beside the collection.

Free of charge from Companies House as a CSV of 2.5 GB, whole or in parts, zipped. It gives what supplier
lists lack: numbers for names, former names, legal form and status, and the category of the last accounts,
from which something follows for scope and timing. Only live companies are in it: a name that is not there
says nothing.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from domain.company_numbers import normalise_company_number
from domain.dates import stamp
from domain.organisations import NameKey, name_key
from section54.suppliers.matching.matcher import COMMON_NAMES, COMMON_SHARE, CUT_LENGTH, likeness

BATCH = 20_000  # rows per transaction: some 10 MB in memory, and at most that much work lost to a kill
FORMER_NAMES = 10
LIKE_SCORE = 85.0  # of strangers to 200,000 generated names 7 % met a like one at this score, 39 % at 80
BLOCK = 400  # names of one beginning or pair of words that are compared with a supplier's
RARE = 1_000  # a word in at most so many names leads to all of them by itself
SLIP_SCORES = {0: 98.0, 1: 94.0, 2: 88.0}  # by letters changed, left out, added or swapped with the next
SLIP_LENGTH = 8  # letters of a name for each such slip: in shorter ones it makes another name
COMPARED = 20  # of a block, the nearest by letters, which are then scored in full
_NEEDED = ("CompanyName", "CompanyNumber", "CompanyStatus", "Accounts.AccountCategory")
_ONE_PART = re.compile(r"part\d+_(\d+)", re.IGNORECASE)
_DATED = re.compile(r"(20\d\d)-?([01]\d)-?([0-3]\d)")

_SCHEMA = """
create table source (name text not null, bytes integer not null, position integer not null,
  rows_read integer not null,
  rejected text not null, loaded_at text);
create table companies (number text primary key, name text not null, category text, status text, country text,
  incorporated_on text, year_end_day integer, year_end_month integer, accounts_made_up_to text,
  accounts_category text, sic text not null) strict, without rowid;
create table names (core text not null, form text not null, number text not null, former text) strict;
"""

_WORDS = """
drop table if exists word_counts;
drop table if exists words;
drop table if exists common_words;
create virtual table words using fts5 (core, content = '', detail = none, columnsize = 0,
  tokenize = 'unicode61');
insert into words (rowid, core) select rowid, core from names;
create virtual table word_counts using fts5vocab (words, row);
create table common_words (word text primary key) strict, without rowid;
"""


class CompaniesError(ValueError):
    """The file can't be loaded; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Company:
    """One company as the snapshot has it."""

    number: str
    """Normalised (see domain.company_numbers)."""
    name: str
    category: str | None
    """Legal form in the register's words."""
    status: str | None
    incorporated_on: date | None
    year_end_day: int | None
    year_end_month: int | None
    """The accounting reference date, which has no year."""
    accounts_made_up_to: date | None
    accounts_category: str | None
    """GROUP, FULL, MEDIUM, SMALL and so on, as filed last."""
    sic: tuple[str, ...]
    snapshot: str
    """Name of the file that it was read from."""
    loaded_at: str


@dataclass(frozen=True, slots=True)
class NamedCompany:
    """A company that has, or had, a name."""

    company: Company
    name: str
    former: bool
    same_form: bool
    """Whether the legal ending agrees too."""


@dataclass(frozen=True, slots=True)
class LikeCompany:
    """A company whose present or former name is like one that was asked for: for a person to choose, never a
    match.
    """

    named: NamedCompany
    score: float
    """0 to 100, as of section54.suppliers.matching."""
    reason: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of loading one file."""

    source: str
    companies: int
    former_names: int
    rejected: tuple[str, ...]
    """At most the first hundred, each with its row."""
    resumed_at: int
    """Rows that an earlier, unfinished load had already stored."""
    path: Path


# --- loading


def load_companies(file: Path, target: Path, say: Callable[[str], None] = lambda message: None) -> LoadReport:
    """Stream a BasicCompanyData file (CSV, or a zip with CSV files) into the SQLite file `target`.

    The new file takes the place of the old one when it is whole. A load that was cut short goes on where it
    stopped when it is started again with the same file. Raises CompaniesError for a file of another kind, and
    for one part of several: the others would take its place one after the other.
    """
    part_of = _ONE_PART.search(file.name)
    if part_of is not None and part_of[1] != "1":
        raise CompaniesError(
            f"{file} is one of {part_of[1]} parts: load the file of all companies (AsOneFile), or put the "
            "CSV files of all "
            "parts into one zip"
        )
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    size = file.stat().st_size
    if part.exists() and not _same_source(part, file.name, size):
        part.unlink()
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        resumed_at = _prepare(db, file.name, size)
        rejected = _read_into(db, file, resumed_at, say)
        say("indexing the names")
        _finish(db)
        counts = [
            db.execute(sql).fetchone()[0]
            for sql in (
                "select count(*) from companies",
                "select count(*) from names where former is not null",
            )
        ]
    part.replace(target)
    return LoadReport(file.name, counts[0], counts[1], tuple(rejected), resumed_at, target)


def _same_source(part: Path, name: str, size: int) -> bool:
    try:
        with closing(sqlite3.connect(part)) as db:
            return bool(db.execute("select name, bytes from source").fetchone() == (name, size))
    except sqlite3.DatabaseError:
        return False


def _prepare(db: sqlite3.Connection, name: str, size: int) -> int:
    """Make the tables, or return how many rows an unfinished load has stored.

    Nothing else reads this file yet.
    """
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    if not db.execute("select 1 from sqlite_master where name = 'source'").fetchone():
        for statement in _SCHEMA.strip().split(";\n"):
            db.execute(statement)
        db.execute("insert into source values (?, ?, 0, 0, '[]', null)", [name, size])
    return int(db.execute("select rows_read from source").fetchone()[0])


def _read_into(db: sqlite3.Connection, file: Path, skip: int, say: Callable[[str], None]) -> list[str]:
    rejected: list[str] = json.loads(db.execute("select rejected from source").fetchone()[0])
    batch: list[_SnapshotRow] = []
    number = 0
    for number, row in enumerate(_rows(file), start=1):
        if number <= skip:
            continue
        parsed = _parsed(row)
        if parsed is None:
            rejected = [*rejected, f"record {number}: no company name or number"][:100]
        else:
            batch.append(parsed)
        if number % BATCH == 0:
            _store(db, batch, number, rejected)
            batch = []
            say(f"companies {number:,} rows")
    _store(db, batch, number, rejected)
    return rejected


@dataclass(frozen=True, slots=True)
class _SnapshotRow:
    company: tuple[object, ...]
    names: tuple[tuple[str, str, str, str | None], ...]


def _store(
    db: sqlite3.Connection, batch: Sequence[_SnapshotRow], number: int, rejected: Sequence[str]
) -> None:
    db.execute("begin immediate")
    db.executemany(
        "insert or replace into companies values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row.company for row in batch],
    )
    db.executemany("insert into names values (?, ?, ?, ?)", [name for row in batch for name in row.names])
    db.execute("update source set rows_read = ?, rejected = ?", [number, json.dumps(list(rejected))])
    db.execute("commit")


def _finish(db: sqlite3.Connection) -> None:
    db.execute("create index if not exists names_core on names (core)")
    _index_words(db)
    db.execute("update source set loaded_at = ?", [stamp()])
    db.execute("pragma journal_mode = delete")  # one file that can be moved and opened read-only


def _index_words(db: sqlite3.Connection) -> None:
    """The words of the names, each leading to the names that have it, and those that tell no company from
    another.
    """
    for statement in _WORDS.strip().split(";\n"):
        db.execute(statement)
    names = db.execute("select count(*) from names").fetchone()[0]
    least = max(COMMON_NAMES, COMMON_SHARE * names)
    db.execute("insert into common_words select term from word_counts where doc >= ?", [least])


@contextmanager
def _texts(file: Path) -> Iterator[Iterator[IO[str]]]:
    if not zipfile.is_zipfile(file):
        if file.suffix.lower() == ".zip":
            raise CompaniesError(f"{file} is no whole zip file: fetch it again")
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            yield iter((text,))
        return
    try:
        with zipfile.ZipFile(file) as archive:
            names = sorted(name for name in archive.namelist() if name.lower().endswith(".csv"))
            if not names:
                raise CompaniesError(f"{file} holds no CSV file")
            yield (
                io.TextIOWrapper(archive.open(name), encoding="utf-8-sig", errors="replace", newline="")
                for name in names
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise CompaniesError(f"{file} can't be unpacked: {error}") from error


def _rows(file: Path) -> Iterator[dict[str, str]]:
    """The records by column. Header names come with leading spaces in the real file; blank lines come too."""
    with _texts(file) as texts:
        for text in texts:
            reader = csv.reader(text)
            try:
                header = [cell.strip() for cell in next(reader, [])]
                lacking = [column for column in _NEEDED if column not in header]
                if lacking:
                    raise CompaniesError(
                        f"{file} is no BasicCompanyData file: it has no column {lacking[0]!r}"
                    )
                yield from (dict(zip(header, cells, strict=False)) for cells in reader if cells)
            except csv.Error as error:
                raise CompaniesError(f"{file}, line {reader.line_num}: {error}") from error


def _parsed(row: Mapping[str, str]) -> _SnapshotRow | None:
    def cell(column: str) -> str | None:
        return " ".join(row.get(column, "").split()) or None

    number, name = normalise_company_number(cell("CompanyNumber")), cell("CompanyName")
    if number is None or name is None:
        return None
    sic = [code for index in range(1, 5) if (code := cell(f"SICCode.SicText_{index}"))]
    company = (
        number, name, cell("CompanyCategory"), cell("CompanyStatus"), cell("CountryOfOrigin"),
        _iso(cell("IncorporationDate")), _int(cell("Accounts.AccountRefDay")),
        _int(cell("Accounts.AccountRefMonth")),
        _iso(cell("Accounts.LastMadeUpDate")), cell("Accounts.AccountCategory"), json.dumps(sic),
    )  # fmt: skip
    former = (cell(f"PreviousName_{index}.CompanyName") for index in range(1, FORMER_NAMES + 1))
    names = [_named(name, number, None), *(_named(one, number, one) for one in former if one)]
    return _SnapshotRow(company, tuple(names))


def _named(name: str, number: str, former: str | None) -> tuple[str, str, str, str | None]:
    key = name_key(name)
    return (key.core, key.form, number, former)


def _iso(text: str | None) -> str | None:
    """A date as the file writes it, dd/mm/yyyy; None for a blank or an impossible one."""
    if text is None or text[2:3] != "/":
        return None
    try:
        return date(
            int(text[6:]), int(text[3:5]), int(text[:2])
        ).isoformat()  # strptime takes a fifth of the load
    except ValueError:
        return None


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


# --- reading


class Companies:
    """The loaded snapshot, read-only. Raises CompaniesError where `path` is no such file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        self._db.row_factory = sqlite3.Row
        try:
            self._source = dict(
                self._db.execute("select * from source where loaded_at is not null").fetchone() or {}
            )
            self._common = self._common_words()
            if not self._source:
                raise sqlite3.DatabaseError("no file was loaded into it to the end")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise CompaniesError(f"{path} is no file made by `section54 companies load`: {error}") from error

    def __enter__(self) -> Companies:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @property
    def snapshot(self) -> str:
        """The file that was loaded, with its date where its name gives one."""
        found = _DATED.search(self._source["name"])
        return f"{self._source['name']}" + (f" (of {'-'.join(found.groups())})" if found else "")

    def company(self, number: str) -> Company | None:
        """The company of a normalised number."""
        row = self._db.execute("select * from companies where number = ?", [number]).fetchone()
        return None if row is None else self._company(row)

    def named(self, name: str) -> list[NamedCompany]:
        """The companies that have or had this name, legal ending aside; present names and equal endings
        first.
        """
        key = name_key(name)
        rows = self._db.execute(
            """
            select c.*, n.form as named_form, n.former from names n join companies c on c.number = n.number
            where n.core = ? order by n.form <> ?, n.former is not null, n.number limit 50
            """,
            [key.core, key.form],
        )
        found = [
            NamedCompany(self._company(row), row["former"] or row["name"], row["former"] is not None,
            row["named_form"] == key.form)
            for row in rows
        ]  # fmt: skip
        return sorted(found, key=lambda one: (not one.same_form, one.former, one.company.number))

    def beginning(self, name: str, limit: int = 5) -> list[NamedCompany]:
        """The companies whose present or former name begins with this one, which a system may have cut
        off.
        """
        core = name_key(name).core
        rows = self._db.execute(
            """
            select c.*, n.former from names n join companies c on c.number = n.number
            where n.core > ? and n.core < ? order by n.core, n.number limit ?
            """,
            [core, core + "\U0010ffff", limit],
        )
        return [
            NamedCompany(self._company(row), row["former"] or row["name"], row["former"] is not None, False)
            for row in rows
        ]

    def like(self, name: str, limit: int = 5) -> list[LikeCompany]:
        """The companies whose present or former name is spelled much like this one, likeliest first, each
        only once.

        Looked for among the names that begin with the same half, and those that share a rare word or the two
        rarest: some thousand of five million. None below LIKE_SCORE, and none from a file that was loaded
        before there was this search.
        """
        key = name_key(name)
        if self._common is None or not key.core:
            return []
        rows = self._block(key.core)
        cores = {number: row["core"] for number, row in rows.items()}
        nearest = process.extract(key.core, cores, scorer=fuzz.token_sort_ratio, limit=COMPARED)
        found: dict[str, LikeCompany] = {}
        for _, _, number in nearest:
            one = self._scored(key, rows[number], may_be_cut=len(name) >= CUT_LENGTH)
            known = found.get(one.named.company.number)
            if one.score >= LIKE_SCORE and (known is None or known.score < one.score):
                found[one.named.company.number] = one
        order = sorted(
            found.values(), key=lambda one: (-one.score, one.named.former, one.named.company.number)
        )
        return order[:limit]

    def _scored(self, key: NameKey, row: sqlite3.Row, *, may_be_cut: bool) -> LikeCompany:
        known = NameKey(row["core"], row["named_form"])
        score, reason = likeness(key, known, self._common or frozenset(), may_be_cut=may_be_cut)
        slips = OSA.distance(key.core.replace(" ", ""), known.core.replace(" ", ""), score_cutoff=2)
        if slips <= 2 and len(key.core) >= SLIP_LENGTH * slips and score < SLIP_SCORES[slips]:
            score, reason = SLIP_SCORES[slips], f"{slips} typing error{'s' if slips > 1 else ''} apart"
        company = self._company(row)
        former = row["former"] is not None
        named = NamedCompany(company, row["former"] or company.name, former, known.form == key.form)
        return LikeCompany(named, round(score, 1), f"{reason}{' (former name)' if former else ''}")

    def _block(self, core: str) -> dict[int, sqlite3.Row]:
        """The names to compare with, by their number."""
        half = core[: max(4, -(-len(core) // 2))]
        numbers = [
            row[0]
            for row in self._db.execute(
                "select rowid from names where core >= ? and core < ? limit ?",
                [half, half + "\U0010ffff", BLOCK],
            )
        ]
        for query, most in self._word_queries(core):
            found = self._db.execute("select rowid from words where words match ? limit ?", [query, most])
            numbers += [row[0] for row in found]
        rows = self._db.execute(
            """
            select n.rowid as name_number, n.core, n.form as named_form, n.former, c.*
            from names n join companies c on c.number = n.number
            where n.rowid in (select value from json_each(?))
            """,
            [json.dumps(sorted(set(numbers)))],
        )
        return {row["name_number"]: row for row in rows}

    @property
    def common_words(self) -> frozenset[str] | None:
        """The words that tell no company from another, by all names of the register; None where they were not
        counted.
        """
        return self._common

    def _word_queries(self, core: str) -> list[tuple[str, int]]:
        """What to look for by words, with the most rows to take: each rare word, else the two rarest
        together.
        """
        counted = []
        for word in dict.fromkeys(core.split()):
            row = self._db.execute("select doc from word_counts where term = ?", [word]).fetchone()
            if row:
                counted.append((row[0], word))
        counted.sort()
        rare = [(f'"{word}"', RARE) for count, word in counted if count <= RARE][:3]
        pair = " AND ".join(f'"{word}"' for _, word in counted[:2])
        return rare or ([(pair, BLOCK)] if len(counted) > 1 else [])

    def _common_words(self) -> frozenset[str] | None:
        """The words that tell no company from another; None for a file that was loaded without an index of
        words.
        """
        made = self._db.execute("select 1 from sqlite_master where name = 'common_words'").fetchone()
        if made is None:
            return None
        return frozenset(row[0] for row in self._db.execute("select word from common_words"))

    def _company(self, row: sqlite3.Row) -> Company:
        return Company(
            number=row["number"],
            name=row["name"],
            category=row["category"],
            status=row["status"],
            incorporated_on=_day(row["incorporated_on"]),
            year_end_day=row["year_end_day"],
            year_end_month=row["year_end_month"],
            accounts_made_up_to=_day(row["accounts_made_up_to"]),
            accounts_category=row["accounts_category"],
            sic=tuple(json.loads(row["sic"])),
            snapshot=self.snapshot,
            loaded_at=self._source["loaded_at"],
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
