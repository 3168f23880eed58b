"""Sectors and years: coverage over time, how many areas statements describe, what was declared beside what
was found.

All figures come from the summary tables of the published file. Each carries the address of the rows that it
counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Request, Response

from domain.coverage import LEVELS
from section54.site import chart
from section54.site.records import (
    AreaLevels,
    CoverageCell,
    DeclaredCoverage,
    DescribedCount,
    Figures,
    SectorOfYear,
)
from section54.site.respond import as_json, not_found, page, read
from section54.site.server import DATABASE

Row = dict[str, Any]

DESCRIBED = ("described", "substantive")
TOLD = (*DESCRIBED, "mentioned", "none")
"""Levels that count in a share; the other two say that nothing could be told."""
OUTCOMES = (DESCRIBED, ("mentioned",), ("none",), ("unsure", "could_not_check"))
"""How what was found stands beside what was declared: described or more, mentioned, no passage, could not be
told."""
MOST_YEARS = 8
"""Years of a chart and its table, the newest: more do not fit on a telephone. All are in the table behind
them."""

ROUTES = (
    (r"^/sectors$", "sectors"),
    (r"^/sectors/(?P<id>[\w-]+)(?P<json>\.json)?$", "sector"),
    (r"^/years$", "years"),
    (r"^/years/(?P<year>\d{4})(?P<json>\.json)?$", "year"),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which statements a page is about; None stands for all."""

    sector: str | None = None
    year: int | None = None

    def table(self, name: str) -> str:
        return f"sector_{name}" if self.sector else name

    def where(self, year_column: str) -> str:
        conditions = ["1"]
        if self.sector:
            conditions.append("sector_id = :sector")
        if self.year:
            conditions.append(f"{year_column} = :year")
        return " and ".join(conditions)

    @property
    def parameters(self) -> Row:
        return {"sector": self.sector, "year": self.year}


def routes() -> list[tuple[str, Callable[..., Any]]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    views = {"sectors": sectors, "sector": sector, "years": years, "year": year}
    return [(pattern, views[name]) for pattern, name in ROUTES]


# --- pages


async def sectors(datasette: Any, request: Request) -> Response:
    found = await read(datasette, read_sectors)
    bars = chart.bars_chart([(row["name"], row["statements"]) for row in found], "Statements read, by sector")
    return await page(datasette, request, "sectors.html", {"sectors": found, "chart": bars})


async def sector(datasette: Any, request: Request) -> Response:
    identifier = request.url_vars["id"]
    record = await read(datasette, partial(read_sector, identifier=identifier))
    if record is None:
        return await not_found(datasette, request, "No organisation here is of a sector of this name.")
    if request.url_vars["json"]:
        return as_json(datasette, record)
    return await page(datasette, request, "sector.html", {"sector": record, **_charts(datasette, record)})


async def years(datasette: Any, request: Request) -> Response:
    record = await read(datasette, partial(figures, scope=Scope()))
    return await page(datasette, request, "years.html", {"figures": record, **_charts(datasette, record)})


async def year(datasette: Any, request: Request) -> Response:
    number = int(request.url_vars["year"])
    record = await read(datasette, partial(read_year, year=number))
    if record is None:
        return await not_found(datasette, request, f"No statement here is for a year that ended in {number}.")
    if request.url_vars["json"]:
        return as_json(datasette, record)
    return await page(datasette, request, "year.html", {"figures": record, **_charts(datasette, record)})


def _charts(datasette: Any, record: Row) -> Row:
    titles = {row["id"]: row["title"] for row in datasette.section54.areas}
    coverage = [
        (titles[row["area"]], [(cell["year"], cell["described"], cell["told"]) for cell in row["cells"]])
        for row in record["coverage"]
    ]
    declared = [
        (titles[row["area"]], row["declared"], row["described"], row["told"]) for row in record["declared"]
    ]
    return {
        "time_chart": chart.time_chart(coverage),
        "declared_chart": chart.declared_chart(declared),
        "distribution_chart": chart.distribution_chart(
            [
                (row["covered"], row["statements"])
                for row in record["distribution"]
                if row["covered"] is not None
            ]
        ),
    }


# --- records


def read_sectors(connection: sqlite3.Connection) -> list[Row]:
    """The sectors by name, each with its share of statements that describe each area, over all years."""
    rows = connection.execute(
        "select sector_id, area, level, sum(statements) as n from sector_area_summary group by 1, 2, 3"
    )
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for sector_id, area, level, statements in rows:
        counts.setdefault(sector_id, {}).setdefault(area, {})[level] = statements
    return [
        {**dict(row), "areas": {area: _share(found) for area, found in counts.get(row["id"], {}).items()}}
        for row in connection.execute("select id, name, organisations, statements from sectors order by name")
    ]


def read_sector(connection: sqlite3.Connection, identifier: str) -> Row | None:
    """One sector with its figures; None where there is none of this id."""
    row = connection.execute("select * from sectors where id = ?", [identifier]).fetchone()
    return None if row is None else {**dict(row), **figures(connection, Scope(sector=identifier))}


def read_year(connection: sqlite3.Connection, year: int) -> Row | None:
    """One year with its figures and those of its sectors; None where no statement is for it."""
    record = figures(connection, Scope(year=year))
    if not record["statements"]:
        return None
    return {
        **record,
        "year": year,
        "levels": _levels(connection, Scope(year=year)),
        "sectors": _sectors_of(connection, year),
    }


def figures(connection: sqlite3.Connection, scope: Scope) -> Figures:
    """Coverage by area and year, the number of areas described, and what was declared beside what was
    found.
    """
    coverage = _by_area_and_year(connection, scope)
    shown = sorted({year for year, _ in coverage})[-MOST_YEARS:]
    totals = _totals(connection, scope)
    return {
        "shown_years": shown,
        "years": [{"year": year, "statements": totals[year]} for year in sorted(totals, reverse=True)],
        "statements": sum(totals.values()),
        "coverage": [
            {
                "area": area,
                "cells": [_cell(scope, year, area, coverage.get((year, area), {})) for year in shown],
            }
            for area in _areas(connection)
        ] if shown else [],
        "distribution": _distribution(connection, scope),
        "declared": _declared(connection, scope),
    }  # fmt: skip


def _areas(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("select id from areas order by position")]


def _share(counts: dict[str, int]) -> Row:
    return {
        "described": sum(counts.get(level, 0) for level in DESCRIBED),
        "told": sum(counts.get(level, 0) for level in TOLD),
    }


def _by_area_and_year(connection: sqlite3.Connection, scope: Scope) -> dict[tuple[int, str], dict[str, int]]:
    found: dict[tuple[int, str], dict[str, int]] = {}
    for year, area, level, statements in connection.execute(
        # Names of tables and columns are our own.
        f"select year, area, level, statements from {scope.table('area_summary')} "  # noqa: S608
        f"where {scope.where('year')}",
        scope.parameters,
    ):
        found.setdefault((year, area), {})[level] = statements
    return found


def _cell(scope: Scope, year: int, area: str, counts: dict[str, int]) -> CoverageCell:
    share = _share(counts)
    return {
        "year": year,
        "described": share["described"],
        "told": share["told"],
        "described_href": _area_href(scope, year, area, DESCRIBED),
        "told_href": _area_href(scope, year, area, TOLD),
    }


def _levels(connection: sqlite3.Connection, scope: Scope) -> list[AreaLevels]:
    """Statements of a year by area and level."""
    found = _by_area_and_year(connection, scope)
    return [
        {
            "area": area,
            "counts": [
                {
                    "level": level,
                    "statements": counts.get(level, 0),
                    "href": _area_href(scope, year, area, (level,)),
                }
                for level in LEVELS
            ],
        }
        for (year, area), counts in sorted(
            found.items(), key=lambda item: _areas(connection).index(item[0][1])
        )
    ]  # fmt: skip


def _totals(connection: sqlite3.Connection, scope: Scope) -> dict[int, int]:
    """Statements by year."""
    rows = connection.execute(
        f"""
        select year, sum(statements) from {scope.table("coverage_summary")}
          where {scope.where("year")} group by year
        """,  # noqa: S608
        scope.parameters,
    )
    return dict(rows)


def _distribution(connection: sqlite3.Connection, scope: Scope) -> list[DescribedCount]:
    """Statements by how many areas they describe, 0 to 6; last, with None, those of which nothing could be
    told.
    """
    rows = connection.execute(
        f"""
        select iif(of_areas = 0, null, covered), sum(statements) from {scope.table("coverage_summary")}
        where {scope.where("year")} group by 1
        """,  # noqa: S608
        scope.parameters,
    )
    counts = dict(rows)
    return [
        {"covered": covered, "statements": counts.get(covered, 0), "href": _described_href(scope, covered)}
        for covered in [*range(7), None]
        if counts
    ]


def _declared(connection: sqlite3.Connection, scope: Scope) -> list[DeclaredCoverage]:
    """For each area: the entries compared, how many declare it, how many texts describe it, and both crossed.

    `told` leaves out texts of which nothing could be told; `described` is of those.
    """
    found: dict[str, dict[tuple[str, str], int]] = {}
    for area, declared, level, comparisons in connection.execute(
        f"""
        select area, declared, found, sum(comparisons) from {scope.table("declared_summary")}
        where {scope.where("registry_year")} group by 1, 2, 3
        """,  # noqa: S608
        scope.parameters,
    ):
        found.setdefault(area, {})[declared, level] = comparisons
    return [_declared_row(scope, area, found[area]) for area in _areas(connection) if area in found]


def _declared_row(scope: Scope, area: str, counts: dict[tuple[str, str], int]) -> DeclaredCoverage:
    def count(answers: Collection[str], levels: Collection[str]) -> int:
        return sum(n for (answer, level), n in counts.items() if answer in answers and level in levels)

    answers = ("yes", "no", "not_answered")
    return {
        "area": area,
        "declared": count(("yes",), TOLD),
        "described": count(answers, DESCRIBED),
        "told": count(answers, TOLD),
        "crossed": [
            {
                "answer": answer,
                "found": [
                    {
                        "comparisons": count((answer,), levels),
                        "href": _declared_href(scope, area, answer, levels),
                    }
                    for levels in OUTCOMES
                ],
            }
            for answer in answers
        ],
    }  # fmt: skip


def _sectors_of(connection: sqlite3.Connection, year: int) -> list[SectorOfYear]:
    """Sectors with statements for a year, by name."""
    rows = connection.execute(
        """
        select s.id, s.name, sum(c.statements) as statements
        from sector_coverage_summary c join sectors s on s.id = c.sector_id
        where c.year = ? group by s.id order by s.name
        """,
        [year],
    )
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "statements": row["statements"],
            "href": _address("figure_sector_described", sector=row["id"], year=year, covered=""),
        }
        for row in rows
    ]


# --- the rows behind a figure


def _area_href(scope: Scope, year: int, area: str, levels: Sequence[str]) -> str:
    asked = {"year": year, "area": area, "levels": ",".join(levels)}
    if scope.sector:
        return _address("figure_sector_area", sector=scope.sector, **asked)
    return _address("figure_area", **asked)


def _described_href(scope: Scope, covered: int | None) -> str:
    if scope.sector:
        wanted = "none" if covered is None else covered
        return _address("figure_sector_described", sector=scope.sector, year=scope.year or "", covered=wanted)
    told = {"of_areas": 0} if covered is None else {"covered": covered, "of_areas__gt": 0}
    known = {"year": scope.year} if scope.year else {"year__notnull": 1}
    return _address("statements", **known, **told)


def _declared_href(scope: Scope, area: str, answer: str, levels: Iterable[str]) -> str:
    asked = {"area": area, "declared": answer}
    if scope.sector:
        return _address("figure_sector_declared", sector=scope.sector, **asked, found=",".join(levels))
    year = {"registry_year": scope.year} if scope.year else {}
    return _address("declared_and_found", **asked, found__in=",".join(levels), same_period__not="no", **year)


def _address(name: str, **arguments: Any) -> str:
    return f"/{DATABASE}/{name}?{urlencode(arguments)}"
