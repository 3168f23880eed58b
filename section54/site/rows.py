"""Rows of the published file to the records behind the pages and the JSON: plain SQL on a read-only
connection.

Each function is called in a thread of Datasette with the connection whose rows are sqlite3.Row. What they
return can be written as JSON as it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from domain.organisations import normalise_name
from section54.monitoring.changes import NEXT_YEAR_DAYS
from section54.monitoring.difference import difference
from section54.monitoring.digest import title_of
from section54.site import records

Row = dict[str, Any]

MAX_STATEMENTS = 40
"""Statements listed on an organisation's page; the rest are behind a link to the table."""
MAX_HIGHLIGHTS = 3
"""Sentences of an area on an organisation's page: enough to see what it is about; all are on the
statement's."""
MAX_COVERED = 200
"""Organisations listed as covered by a statement; the largest group of the 2022 registry file has 59."""
MAX_CHANGES = 20
MAX_DIFFERENCE = 40
"""Sentences of a difference on a statement's page; the whole has a page of its own."""
JSON_COLUMNS = (
    "pages_unread",
    "warnings",
    "criteria",
    "because",
    "boxes",
    "sectors",
    "registry_years",
    "counts",
    "does_not_count",
)


def meta(connection: sqlite3.Connection) -> dict[str, str]:
    return {row["key"]: row["value"] for row in connection.execute("select key, value from meta")}


def areas(connection: sqlite3.Connection) -> list[Row]:
    """The six areas in the order of the Act, each with what was measured of the model on it (`measured`)."""
    measured: dict[str, dict[str, float]] = {}
    for row in connection.execute("select * from model_accuracy where kind in ('areas', 'absence')"):
        measured.setdefault(row["item"], {})[row["measure"]] = row["value"]
    return [
        {**row, "measured": measured.get(row["id"], {})}
        for row in _rows(connection, "select * from areas order by position")
    ]


def levels(connection: sqlite3.Connection) -> dict[str, str]:
    """What makes each level, fullest first."""
    return {
        row["id"]: row["meaning"]
        for row in connection.execute("select id, meaning from levels order by position")
    }


def check_rules(connection: sqlite3.Connection) -> list[Row]:
    return _rows(connection, "select * from check_rules order by position")


def rulesets(connection: sqlite3.Connection) -> list[Row]:
    return _rows(connection, "select * from rulesets order by applies_from is null, applies_from")


def accuracy(connection: sqlite3.Connection) -> list[Row]:
    """Measured accuracy by kind and item, one row each."""
    items: dict[tuple[str, str], Row] = {}
    for row in connection.execute("select * from model_accuracy order by kind, item"):
        item = items.setdefault((row["kind"], row["item"]), {"kind": row["kind"], "item": row["item"]})
        item[row["measure"]] = row["value"]
    return list(items.values())


def organisation(connection: sqlite3.Connection, identifier: str) -> Row | None:
    """All that is published of one organisation; None when there is none of this id.

    Statements newest first.
    """
    found = _rows(connection, "select * from organisations where id = ?", [identifier])
    if not found:
        return None
    record = found[0]
    record.pop("search_names")
    record["other_names"] = _other_names(connection, record)
    statements = _rows(
        connection,
        """
        select * from statements where organisation_id = ?
        order by period_end is null, period_end desc, rowid desc limit ?
        """,
        [identifier, MAX_STATEMENTS],
    )
    _add_findings(connection, statements)
    record["statement_list"] = statements
    latest = next((item for item in statements if item["id"] == record["latest_statement_id"]), None)
    record["latest"] = latest
    if latest is not None:
        latest["evidence"] = evidence(connection, latest["id"])
        record["highlights"] = {
            area: _highlights(latest["evidence"], f"area:{area}") for area in latest["areas"]
        }
        latest["snapshots"] = snapshots(connection, latest["id"])
    record["declared_and_found"] = _declared_and_found(connection, identifier)
    record["listing_list"] = _listings(connection, identifier)
    record["covered_by"] = _covered_by(connection, identifier)
    record["sectors"] = _rows(
        connection,
        """
        select s.id, s.name from organisation_sectors c join sectors s on s.id = c.sector_id
        where c.organisation_id = ? order by s.name
        """,
        [identifier],
    )
    record["changes"] = _changes_of_organisation(connection, identifier)
    record["home_link"] = _first(connection, "select * from home_links where organisation_id = ?", identifier)
    record["attempts"] = _rows(
        connection,
        "select reason, attempts, first_at, last_at from attempt_counts where organisation_id = ? order by "
        "reason",
        [identifier],
    )
    return record


def _other_names(connection: sqlite3.Connection, record: Row) -> list[str]:
    """Names that differ from the first by more than spelling."""
    names = connection.execute(
        "select distinct name from organisation_names where organisation_id = ? order by name", [record["id"]]
    )
    others = {normalise_name(row["name"]): row["name"] for row in names}
    others.pop(normalise_name(record["name"]), None)
    return list(others.values())


def _highlights(sentences: Sequence[records.Sentence], finding: str) -> records.Highlights:
    """The sentences behind a finding of which the model is surest, in reading order, and how many more there
    are.
    """
    behind = [
        cast(records.Sentence, {**row, **row["by_finding"][finding]})
        for row in sentences
        if finding in row["findings"]
    ]
    surest = sorted(behind, key=lambda row: row["probability"] or 0, reverse=True)[:MAX_HIGHLIGHTS]
    return {"shown": sorted(surest, key=lambda row: row["position"]), "more": len(behind) - len(surest)}


def statement(connection: sqlite3.Connection, identifier: str) -> Row | None:
    """One statement with its findings, its quotations in reading order and where it was fetched from."""
    found = _rows(connection, "select * from statements where id = ?", [identifier])
    if not found:
        return None
    _add_findings(connection, found)
    record = found[0]
    record["organisation"] = _first(
        connection,
        "select id, name, company_number from organisations where id = ?",
        record["organisation_id"],
    )
    record["evidence"] = evidence(connection, identifier)
    record["snapshots"] = snapshots(connection, identifier)
    record["organisations"] = _rows(
        connection,
        """
        select organisation_id, name, how, parent, registry_year, summary_url, same_period
        from statement_organisations where statement_id = ? order by how desc, name limit ?
        """,
        [identifier, MAX_COVERED],
    )
    record["other_statements"] = _rows(
        connection,
        """
        select id, period_start, period_end, covered, of_areas from statements
        where organisation_id = ? and id <> ? order by period_end is null, period_end desc, rowid desc limit ?
        """,
        [record["organisation_id"], identifier, MAX_STATEMENTS],
    )
    record["versions"] = _versions(connection, record)
    record["year_before"] = _year_before(connection, record)
    if record["year_before"]:
        before = record["year_before"]["id"]
        record["since_year_before"] = differing(connection, identifier, before, MAX_DIFFERENCE)
    record["changes"] = _changes_of_statement(connection, identifier)
    record["declared_and_found"] = _rows(
        connection,
        """
        select d.* from declared_and_found d join areas a on a.id = d.area
        where d.statement_id = ? order by d.registry_year desc, a.position
        """,
        [identifier],
    )
    return record


def published_as(connection: sqlite3.Connection, identifier: str) -> str | None:
    """The statement as which the copy on another organisation's website is published; None for an unknown
    id.
    """
    found = _first(connection, "select statement_id from statement_copies where id = ?", identifier)
    return found["statement_id"] if found else None


def _versions(connection: sqlite3.Connection, record: Row) -> list[records.StatementVersion]:
    """Every document of the organisation for the same year, last fetched first; empty for one, or an unknown
    year.
    """
    rows = _rows(
        connection,
        """
        select id, kind, content_type, url, final_url, first_fetched_at, last_fetched_at, words, covered,
          of_areas
        from statements where organisation_id = ? and period_end = ? order by last_fetched_at desc, rowid desc
        """,
        [record["organisation_id"], record["period_end"]],
    )
    return cast("list[records.StatementVersion]", rows if len(rows) > 1 else [])


def _year_before(connection: sqlite3.Connection, record: Row) -> records.StatementLine | None:
    """The organisation's newest statement for an earlier year; None where there is none or the year is not
    known.
    """
    rows = _rows(
        connection,
        """
        select id, period_start, period_end, covered, of_areas from statements
        where organisation_id = ? and period_end <= date(?, ?) order by period_end desc,
          last_fetched_at desc limit 1
        """,
        [record["organisation_id"], record["period_end"], f"-{NEXT_YEAR_DAYS} days"],
    )
    return cast(records.StatementLine, rows[0]) if rows else None


CHANGES = """
    select e.rowid as number, e.*, o.name as organisation, m.name as made_by
    from events e
    join organisations o on o.id = e.organisation_id
    left join statements s on s.id = coalesce(e.statement_id, e.previous_statement_id)
    left join organisations m on m.id = s.organisation_id and m.id <> e.organisation_id
"""
"""Changes with `made_by`, the name of another organisation whose statement it is."""


def change(row: Mapping[str, Any]) -> records.Change:
    """A change with its title; where it is about a group's statement on this organisation's website, that is
    said.
    """
    found = {**dict(row), "title": title_of(row["kind"], row["similarity"])}
    if row["made_by"]:
        found["detail"] += f" It is the statement of {row['made_by']}, on the website of this organisation."
    return cast(records.Change, found)


def _changes_of_statement(connection: sqlite3.Connection, statement_id: str) -> list[records.Change]:
    """Changes that led to a statement or away from it, newest first."""
    rows = connection.execute(
        f"""
        {CHANGES} where e.rowid in (
          select rowid from events where statement_id = :id
          union select rowid from events where previous_statement_id = :id)
        order by e.rowid desc limit :most
        """,  # noqa: S608 - our own words
        {"id": statement_id, "most": MAX_CHANGES},
    )
    return [change(row) for row in rows]


def _changes_of_organisation(connection: sqlite3.Connection, identifier: str) -> list[records.Change]:
    rows = connection.execute(
        f"{CHANGES} where e.organisation_id = ? order by e.rowid desc limit ?", [identifier, MAX_CHANGES]
    )
    return [change(row) for row in rows]


def differing(
    connection: sqlite3.Connection, newer: str, older: str, most: int | None = None
) -> records.Difference:
    """The quotations that came and went between two statements: `sentences` (at most `most`), `more` and
    `same`.
    """
    before, after = ([row["quotation"] for row in evidence(connection, one)] for one in (older, newer))
    return difference_record(before, after, most)


def difference_record(
    before: Sequence[str], after: Sequence[str], most: int | None = None
) -> records.Difference:
    """The sentences that came and went between two texts, how many more there are, and how many stayed the
    same.
    """
    found: list[records.DifferenceLine] = [
        {"sign": "+" if one.sign == "+" else "-", "text": one.text} for one in difference(before, after)
    ]
    shown = found if most is None else found[:most]
    same = len(after) - sum(one["sign"] == "+" for one in found)
    return {"sentences": shown, "more": len(found) - len(shown), "same": same}


def pair(connection: sqlite3.Connection, newer: str, older: str) -> tuple[Row, Row] | None:
    """Two statements of one organisation with its name; None where there are none such."""
    found = {
        row["id"]: row
        for row in _rows(
            connection,
            """
            select s.*, o.name from statements s join organisations o on o.id = s.organisation_id
            where s.id in (?, ?)
            """,
            [newer, older],
        )
    }
    if len(found) < 2 or found[newer]["organisation_id"] != found[older]["organisation_id"]:
        return None
    return found[newer], found[older]


_OF_A_FINDING = ("probability", "because", "criteria", "specific")


def evidence(connection: sqlite3.Connection, statement_id: str) -> list[records.Sentence]:
    """The quotations of a statement in reading order, one row a sentence, with the findings that rest on it.

    `by_finding` has what belongs to each finding alone: its probability and reasons are not those of another.

    `probability` is None where no model was asked.
    """
    sentences: dict[int, Row] = {}
    rows = _rows(
        connection,
        """
        select position, quotation, page, heading, status, probability, criteria, specific, because, boxes,
          source,
          confidence, finding
        from evidence where statement_id = ? order by position, id
        """,
        [statement_id],
    )
    for row in rows:
        finding = row.pop("finding")
        sentence = sentences.setdefault(row["position"], {**row, "findings": [], "by_finding": {}})
        sentence["findings"].append(finding)
        sentence["by_finding"][finding] = {name: row[name] for name in _OF_A_FINDING}
        probabilities = (sentence["probability"], row["probability"])
        sentence["probability"] = max((one for one in probabilities if one is not None), default=None)
    return cast("list[records.Sentence]", list(sentences.values()))


def snapshots(connection: sqlite3.Connection, statement_id: str) -> list[records.Snapshot]:
    return cast(
        "list[records.Snapshot]",
        _rows(
            connection,
            """
        select url, final_url, fetched_at, found_by, found_on, status, tls, not_modified
        from snapshots where statement_id = ? order by fetched_at desc, id desc limit 20
        """,
            [statement_id],
        ),
    )


def public_bodies(connection: sqlite3.Connection) -> list[Row]:
    """Public bodies with their latest statement, by kind and name."""
    return _rows(
        connection,
        """
        select o.id, o.name, o.kind, o.website, o.visited_at, o.visit_outcome, s.id as statement_id,
          s.period_end,
          s.covered, s.of_areas
        from organisations o left join statements s on s.id = o.latest_statement_id
        where o.kind is not null order by o.kind, o.name
        """,
    )


def sectors(connection: sqlite3.Connection) -> list[records.SectorName]:
    return cast("list[records.SectorName]", _rows(connection, "select id, name from sectors order by name"))


def collection(connection: sqlite3.Connection) -> Row:
    """What the collection holds, for the home page; its totals stand in meta."""
    return {
        "registry_files": _rows(
            connection,
            "select name, registry_years, listings, statements, loaded_at from registry_files order by "
            "loaded_at desc",
        ),
        "newest": _rows(
            connection,
            """
            select s.id, s.organisation_id, o.name, s.period_end, s.covered, s.of_areas
            from statements s join organisations o on o.id = s.organisation_id
            order by s.rowid desc limit 10
            """,
        ),
        "levels": _levels(connection),
    }


def _levels(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Statements by area and level, over all years with a known period."""
    levels: dict[str, dict[str, int]] = {}
    for row in connection.execute(
        "select area, level, sum(statements) as n from area_summary group by area, level"
    ):
        levels.setdefault(row["area"], {})[row["level"]] = row["n"]
    return levels


def _add_findings(connection: sqlite3.Connection, statements: Sequence[Row]) -> None:
    """Give each statement its six areas and its checks, with one query each for all of them."""
    by_id = {row["id"]: row for row in statements}
    for row in statements:
        row["areas"], row["checks"] = {}, {}
    marks = ", ".join("?" * len(by_id))
    for row in _rows(
        connection,
        f"""
        select r.statement_id, r.area, r.level, r.probability, r.reason
        from area_results r join areas a on a.id = r.area where r.statement_id in ({marks})
          order by a.position
        """,  # noqa: S608 - question marks only
        list(by_id),
    ):
        by_id[row.pop("statement_id")]["areas"][row.pop("area")] = row
    for row in _rows(
        connection,
        f"""
        select c.statement_id, c.check_id, c.value, c.detail, c.reason
        from checks c left join check_rules r on r.id = c.check_id
        where c.statement_id in ({marks}) order by r.position
        """,  # noqa: S608
        list(by_id),
    ):
        by_id[row.pop("statement_id")]["checks"][row.pop("check_id")] = row


def _declared_and_found(connection: sqlite3.Connection, organisation_id: str) -> list[records.DeclaredEntry]:
    """Registry entries of an organisation, newest first, each with its six answers beside what was found."""
    rows = _rows(
        connection,
        """
        select d.summary_url, r.registry_year, r.period_end, d.area, d.answer as declared,
          d.reason as declared_reason,
          f.statement_id, f.found, f.found_reason, coalesce(f.same_period, 'not_known') as same_period
        from registry_statements r
        join declared_answers d on d.summary_url = r.summary_url
        join areas a on a.id = d.area
        left join declared_and_found f on f.summary_url = d.summary_url and f.area = d.area
          and f.same_period <> 'no'
        where r.organisation_id = ?
        order by r.registry_year desc, r.summary_url, f.same_period desc, f.statement_id, a.position
        """,
        [organisation_id],
    )
    entries: dict[tuple[str, str | None], Row] = {}
    for row in rows:
        key = (row["summary_url"], row["statement_id"])
        names = ("summary_url", "registry_year", "period_end", "statement_id", "same_period")
        entry = entries.setdefault(key, {name: row[name] for name in names} | {"areas": []})
        entry["areas"].append({name: value for name, value in row.items() if name not in names})
    return cast("list[records.DeclaredEntry]", list(entries.values()))


def _listings(connection: sqlite3.Connection, organisation_id: str) -> list[records.ListingLine]:
    return cast(
        "list[records.ListingLine]",
        _rows(
            connection,
            """
        select l.registry_year, l.name, l.parent, l.summary_url, r.organisation_id as filed_by,
          r.statement_url,
          r.pdf_url, r.period_start, r.period_end, r.date_approved, r.last_updated, r.turnover, r.sectors
        from listings l join registry_statements r on r.summary_url = l.summary_url
        where l.organisation_id = ? order by l.registry_year desc, r.period_end desc, l.summary_url
        """,
            [organisation_id],
        ),
    )


def _covered_by(connection: sqlite3.Connection, organisation_id: str) -> list[records.CoveringStatement]:
    return cast(
        "list[records.CoveringStatement]",
        _rows(
            connection,
            """
        select c.statement_id, c.filed_by, o.name as filed_by_name, c.how, c.registry_year, c.summary_url,
          c.same_period, s.period_end, s.covered, s.of_areas
        from statement_organisations c
        join organisations o on o.id = c.filed_by
        left join statements s on s.id = c.statement_id
        where c.organisation_id = ? and c.how <> 'own'
        order by c.registry_year desc, s.period_end desc
        """,
            [organisation_id],
        ),
    )


def _first(connection: sqlite3.Connection, sql: str, key: str) -> Row | None:
    rows = _rows(connection, sql, [key])
    return rows[0] if rows else None


def _rows(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[Row]:
    return [_decoded(row) for row in connection.execute(sql, parameters)]


def _decoded(row: Iterable[Any]) -> Row:
    record = dict(row)
    for column in JSON_COLUMNS:
        if column in record:
            record[column] = json.loads(record[column])
    return record
