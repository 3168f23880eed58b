"""Build the published file from the working database: what everyone may see, in the shape in which it is
asked for.

The published file is separate from the working one, so that the site never waits for a crawl and personal
data, full texts and supplier lists cannot leak: they are never copied. Left out: approver, e-mail address and
postal address of registry rows, sentences that are no evidence, document titles (they often name their
author), organisations known from a seed list alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from db.checks import PUBLISHED, WORKING, PublishRefused, failures, text_assertions
from db.copies import find_copies
from db.published import FILL, PREPARE, SCHEMA
from db.redact import EMAIL, clean, clean_url, redact_quotation, redact_sentence
from db.soundness import fault
from domain.coverage import level_meanings
from domain.dates import stamp
from domain.organisations import normalise_name
from domain.rubric import Rubric, load_rubric

FORMAT = "2"
"""Raised whenever a table or column of the published file changes its meaning."""

MAPPED_BYTES = 2_147_418_112
"""What SQLite maps of a file at most; the rest is read through its cache."""

MIN_SHARE = 0.8
"""A file with fewer than this share of the statements published last is refused: a source has probably
failed."""

_MEASURES = (
    "precision", "recall", "f1", "positives", "sentences", "statements", "agree", "said", "wrong",
    "wrong_share",
    "true_absences", "low", "high",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublishReport:
    path: Path
    counts: Mapping[str, int]
    """Rows by table."""
    generated_at: str
    sha256: str
    """Of the file, so that a copy of it can be checked."""


def publish(
    working: Path,
    site: Path,
    *,
    model_metrics: Mapping[str, Any] | None = None,
    generated_at: str | None = None,
    allow_shrink: bool = False,
) -> PublishReport:
    """Build the published file at `site` from the working database at `working`.

    1. The working database is checked, and while that goes on 2. the file is built beside the old one. 3. It
       is checked.
    4. It takes the old one's place in one step; whoever reads the old one goes on reading it. Beside it lies
       `<name>.json` with
    its sha256 and row counts. `model_metrics` is metrics.json of the model: its recall stands beside every
    'no passage found'. Raises PublishRefused when an assertion fails; the old file then stays as it was.
    """
    made = generated_at or stamp()
    if not working.is_file():
        raise FileNotFoundError(f"no working database at {working}")
    site.parent.mkdir(parents=True, exist_ok=True)
    _clear_drafts(site)
    draft = site.with_name(f"{site.name}.draft-{os.getpid()}")
    try:
        with _open(draft, working) as connection, ThreadPoolExecutor(1) as beside:
            checked = beside.submit(_check_working, working)
            try:
                _build(connection, model_metrics or {}, made)
            finally:
                checked.result()  # what is wrong with the data says more than what it did to the building
            _check_published(connection, None if allow_shrink else site)
            counts = _counts(connection)
            _finish(connection)
        _settle(draft)
        report = PublishReport(site, counts, made, _sha256(draft))
        draft.replace(site)
    finally:
        draft.unlink(missing_ok=True)
    _write_particulars(report)
    return report


def particulars_path(site: Path) -> Path:
    """Where the sha256, size and row counts of the published file are kept."""
    return site.with_suffix(".json")


def _check_working(working: Path) -> None:
    if wrong := fault(working, thorough=True):
        raise PublishRefused([f"{working} {wrong}"])
    with closing(sqlite3.connect(_read_only(working), uri=True)) as connection:
        refused = failures(connection, WORKING)
    if refused:
        raise PublishRefused(refused)


def _check_published(connection: sqlite3.Connection, previous: Path | None) -> None:
    refused = failures(connection, (*PUBLISHED, *text_assertions(connection)))
    refused += _shrunk(connection, previous)
    if refused:
        raise PublishRefused(refused)


def _shrunk(connection: sqlite3.Connection, previous: Path | None) -> list[str]:
    if previous is None or not previous.is_file():
        return []
    try:
        with closing(sqlite3.connect(_read_only(previous), uri=True)) as old:
            before = old.execute("select count(*) from statements").fetchone()[0]
    except sqlite3.DatabaseError:
        return []  # damaged, or of another version: it is replaced
    now = connection.execute("select count(*) from statements").fetchone()[0]
    if now >= MIN_SHARE * before:
        return []
    return [f"{now} statements where {before} were published last: fewer than {MIN_SHARE:.0%} of them"]


def _read_only(path: Path) -> str:
    return f"{path.resolve().as_uri()}?mode=ro"


@contextmanager
def _open(draft: Path, working: Path) -> Iterator[sqlite3.Connection]:
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft.resolve().as_uri(), uri=True, isolation_level=None)) as connection:
        connection.execute(
            "pragma page_size = 16384"
        )  # built in 4 % less time than in pages of 4 KB, and smaller
        connection.execute("pragma journal_mode = off")  # the draft is thrown away when anything fails
        connection.execute("pragma synchronous = off")
        connection.execute(
            "pragma cache_size = -200000"
        )  # 200 MB: indexes and FTS of three million sentences
        connection.execute("pragma temp_store = memory")
        connection.execute("attach database ? as work", [_read_only(working)])
        connection.execute("pragma work.cache_size = -50000")  # of 2 MB by default; for what is not mapped
        # Read in place: a third of the time that reads into a cache take. Nothing cuts the working file
        # short.
        connection.execute(f"pragma work.mmap_size = {MAPPED_BYTES}")
        connection.execute(f"pragma main.mmap_size = {MAPPED_BYTES}")
        _add_functions(connection)
        yield connection


def _build(connection: sqlite3.Connection, metrics: Mapping[str, Any], made: str) -> None:
    connection.execute("begin")  # one moment of the working database, though a crawl may be writing to it
    for sql in filter(str.strip, SCHEMA.split(";\n")):
        connection.execute(sql)
    _fill_rubric(connection, load_rubric())
    for sql in PREPARE:
        connection.execute(sql)
    find_copies(connection)
    for sql in FILL:
        connection.execute(sql)
    _fill_accuracy(connection, metrics)
    _fill_meta(connection, metrics, made)
    connection.execute("commit")


def _finish(connection: sqlite3.Connection) -> None:
    connection.execute("detach database work")
    connection.execute("analyze")  # the planner's figures travel with the file


def _settle(draft: Path) -> None:
    """Wait until the file is on the disk: it was written without."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = [row[0] for row in connection.execute(_TABLES)]
    return {
        table: connection.execute(f'select count(*) from "{table}"').fetchone()[0]  # noqa: S608 - from the schema
        for table in tables
    }


_TABLES = """
    select name from sqlite_master
    where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name not like '%\\_fts%' escape '\\'
    order by name
"""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clear_drafts(site: Path) -> None:
    """Take away what publications left behind that were killed."""
    for draft in site.parent.glob(f"{site.name}.draft-*"):
        if not _is_running(draft.suffix.partition("-")[2]):
            draft.unlink(missing_ok=True)


def _is_running(process: str) -> bool:
    """Whether a process of this number may be at work; True where the system can't be asked."""
    return not Path("/proc").is_dir() or Path("/proc", process).exists()


def _write_particulars(report: PublishReport) -> None:
    particulars = {
        "generated_at": report.generated_at,
        "sha256": report.sha256,
        "bytes": report.path.stat().st_size,
        "tables": report.counts,
    }
    target = particulars_path(report.path)
    draft = target.with_name(f"{target.name}.draft-{os.getpid()}")
    draft.write_text(json.dumps(particulars, indent=2) + "\n", encoding="utf-8")
    draft.replace(target)


# --- what SQL cannot say


def statement_id(sha256: str, organisation_id: str) -> str:
    """The id of one document as the statement of one organisation: twelve characters, the same at each
    publishing.
    """
    return hashlib.sha256(f"{sha256} {organisation_id}".encode()).hexdigest()[:12]


def sector_id(name: str) -> str:
    """A sector as part of an address: "Food and beverages" gives food-and-beverages; empty without a letter
    or digit.
    """
    return "-".join(normalise_name(name).split())


def event_id(*parts: str | None) -> str:
    """The id of a change: sixteen characters made from what it says, the same at each publishing."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _statement_id(sha256: str | None, organisation_id: str) -> str | None:
    return None if sha256 is None else statement_id(sha256, organisation_id)


def _add_functions(connection: sqlite3.Connection) -> None:
    functions: dict[str, tuple[int, Callable[..., Any]]] = {
        "clean": (1, _remembered(clean)),
        "clean_url": (1, _remembered(clean_url)),
        "has_email": (1, lambda text: EMAIL.search(text) is not None),
        "searchable": (1, normalise_name),
        "statement_id": (2, _statement_id),
        "sector_id": (1, sector_id),
        "event_id": (5, event_id),
        "quotation": (1, redact_sentence),
        "signatory": (2, _signatory),
        "heading": (1, _remembered(_heading)),
        "pages_unread": (2, _remembered(_pages_unread)),
        "warnings": (2, _remembered(_warnings)),
    }
    for name, (arguments, function) in functions.items():
        connection.create_function(name, arguments, function, deterministic=True)


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its last thousand answers at hand: for what is the same in many rows that follow each
    other.

    A heading stands above many sentences, reasons are worded from few patterns, most documents were read
    whole.
    """
    return lru_cache(maxsize=1000)(function)


def _signatory(text: str | None, organisation: str) -> str | None:
    return None if text is None else redact_quotation(text, organisation, signatory=True)


def _heading(text: str | None) -> str | None:
    return None if text is None else redact_sentence(text)


def _pages_unread(pages: int, pages_read: str) -> str:
    return json.dumps(sorted(set(range(1, pages + 1)) - set(json.loads(pages_read))))


def _warnings(*lists: str) -> str:
    found = [clean(str(warning)) for text in lists for warning in json.loads(text)]
    return json.dumps(list(dict.fromkeys(found)), ensure_ascii=False)


# --- tables that do not come from the working database


def _fill_rubric(connection: sqlite3.Connection, rubric: Rubric) -> None:
    """What was asked of the statements, in the words in which it was asked."""
    _insert(
        connection,
        "areas",
        [
            (area.id, position, area.provision, area.title, area.question, area.law, area.guidance,
            area.voluntary,
             json.dumps(area.counts, ensure_ascii=False), json.dumps(area.does_not_count, ensure_ascii=False))
            for position, area in enumerate(rubric.areas, start=1)
        ],
    )  # fmt: skip
    _insert(
        connection,
        "levels",
        [
            (level, position, meaning)
            for position, (level, meaning) in enumerate(level_meanings(rubric.levels).items(), start=1)
        ],
    )
    _insert(
        connection,
        "check_rules",
        [
            (rule.id, position, rule.layer, rule.provision, rule.title, rule.question, rule.rule)
            for position, rule in enumerate(rubric.checks, start=1)
        ],
    )
    _insert(
        connection,
        "rulesets",
        [
            (
                rules.id,
                rules.title,
                rules.status,
                rules.applies_from and rules.applies_from.isoformat(),
                rules.note,
            )
            for rules in rubric.rulesets
        ],
    )


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({marks})", rows)  # noqa: S608 - our own names


def _fill_accuracy(connection: sqlite3.Connection, metrics: Mapping[str, Any]) -> None:
    """The figures of metrics.json that a reader can use, one a row; figures that are None were not
    measurable.
    """
    kinds = {kind: metrics.get(kind, {}) for kind in ("areas", "criteria", "checks", "status")}
    kinds["absence"] = metrics.get("absence", {}).get("areas", {})
    rows = [
        (kind, item, measure, float(value))
        for kind, items in kinds.items()
        for item, figures in items.items()
        for measure, value in _with_interval(figures).items()
        if measure in _MEASURES and value is not None
    ]
    _insert(connection, "model_accuracy", rows)


def _with_interval(figures: Mapping[str, Any]) -> dict[str, Any]:
    low, high = figures.get("interval") or (None, None)
    return {**figures, "low": low, "high": high}


def _fill_meta(connection: sqlite3.Connection, metrics: Mapping[str, Any], made: str) -> None:
    versions = {
        column: ", ".join(
            row[0]
            for row in connection.execute(f"select distinct {column} from statements order by 1")  # noqa: S608
        )
        for column in ("rubric", "ruleset", "model", "extractor_version")
    }
    totals = connection.execute(
        """
        select (select count(*) from organisations) as organisations,
          (select count(*) from statements) as statements,
          (select count(*) from evidence) as quotations, (select count(*) from listings) as listings,
          coalesce((select max(last_fetched_at) from statements), '') as last_fetched_at
        """
    )
    names = [column[0] for column in totals.description]
    meta = {
        "format": FORMAT,
        "generated_at": made,
        **versions,
        **dict(zip(names, map(str, totals.fetchone()), strict=True)),
        "licence_registry": "Open Government Licence v3.0: contains public sector information from the "
        "GOV.UK Modern "
        "Slavery Statement Registry",
        "licence_quotations": "Quotations remain the copyright of the organisations that made the statements",
        "licence_findings": "Findings may be used freely with a link to this site",
    }
    _insert(connection, "meta", list(meta.items()))
