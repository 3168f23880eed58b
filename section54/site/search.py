"""The two searches of the site: organisations by name or number, and the sentences of evidence."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from crawler.organisations import normalise_company_number, normalise_name

Row = dict[str, Any]

MAX_RANKED = 2000
"""Ranking costs time per hit (10 ms for these): only the newest so many are ranked, and the page says so."""
MAX_OF_SECTORS = 10_000
"""The sector of a sentence is looked up hit by hit (40 ms for these): only the newest so many are asked for theirs."""
AVERAGE_WORDS = 22
"""Words of a sentence of evidence, as found in UK statements; only the order of hits depends on it."""
PAGE_SIZE = 25
MAX_ORGANISATIONS = 50
MAX_QUERY = 200
"""Characters of a query that are looked at; nobody types more."""
_LEGAL_FORMS = frozenset(["limited", "plc", "llp", "lp", "company", "corporation", "incorporated", "the"])
# Marks around a hit. Control characters are stripped when publishing, so no text can hold them.
_OPEN, _CLOSE = "\x02", "\x03"
FINDING_TAGS = re.compile(r"(?:area|check)_[a-z_]+|period")
STATUSES = ("done", "planned", "denied")
CRITERIA = re.compile(r"(?:expert|measure)_[a-z_]+")
SECTORS = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """What a visitor asked for; unknown values of the filters are dropped when it is made."""

    text: str
    finding: str = ""
    status: str = ""
    year: str = ""
    criterion: str = ""
    sector: str = ""
    page: int = 1

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> EvidenceQuery:
        """Read the query string of /evidence."""
        finding = arguments.get("finding") or ""
        status = arguments.get("status") or ""
        year = arguments.get("year") or ""
        criterion = arguments.get("criterion") or ""
        sector = arguments.get("sector") or ""
        page = arguments.get("page") or "1"
        return cls(
            text=(arguments.get("q") or "").strip()[:MAX_QUERY],
            finding=finding if FINDING_TAGS.fullmatch(finding) else "",
            status=status if status in STATUSES else "",
            year=year if re.fullmatch(r"\d{4}", year) else "",
            criterion=criterion if CRITERIA.fullmatch(criterion) else "",
            sector=sector if SECTORS.fullmatch(sector) else "",
            page=int(page) if re.fullmatch(r"[1-9]\d?", page) else 1,
        )

    @property
    def match(self) -> str | None:
        """The FTS5 query: every word or "quoted phrase" must occur; None where there is no word to look for."""
        phrases = [" ".join(re.findall(r"\w+", a or b)) for a, b in re.findall(r'"([^"]*)"|(\S+)', self.text)]
        words = [f'quotation : "{phrase}"' for phrase in phrases if phrase]
        if not words:
            return None
        tags = (
            ("finding", self.finding), ("status", self.status), ("year", self.year), ("criterion", self.criterion),
        )  # fmt: skip
        return " AND ".join(words + [f'search_tags : "{name}_{value}"' for name, value in tags if value])


def find_evidence(connection: sqlite3.Connection, query: EvidenceQuery) -> tuple[list[Row], int, bool]:
    """One page of hits, best first, their number, and whether there are more than were ranked.

    A sentence that several findings rest on counts once. `marked` holds the quotation with the hits marked.
    """
    if query.match is None:
        return [], 0, False
    parameters = {
        "open": _OPEN, "close": _CLOSE, "match": query.match, "most": MAX_RANKED, "sector": query.sector,
        "asked": MAX_OF_SECTORS,
    }  # fmt: skip
    found = connection.execute(_NEWEST_OF_SECTOR if query.sector else _NEWEST, parameters).fetchall()
    more = len(found) == MAX_RANKED
    if query.sector:
        more = more or connection.execute(_AT_LEAST, parameters).fetchone()[0] == MAX_OF_SECTORS
    hits: dict[tuple[str, int], Row] = {}
    for row in found:
        hit = hits.setdefault((row["statement_id"], row["position"]), {**dict(row), "findings": []})
        hit["findings"].append(row["finding"])
    ordered = sorted(hits.values(), key=lambda hit: (-_score(hit["marked"]), -hit["id"]))
    shown = ordered[(query.page - 1) * PAGE_SIZE : query.page * PAGE_SIZE]
    return _with_sources(connection, shown), len(ordered), more


# Not ranked by FTS5's bm25: for the weight of each word that reads every sentence in which the word occurs, 0.2 s for
# a word of most of three million sentences. All words occur in every hit, so that their weights would change little.
_NEWEST = """
    with newest as materialized (
      select rowid as id, highlight(evidence_fts, 0, :open, :close) as marked
      from evidence_fts where evidence_fts match :match order by rowid desc limit :most)
    select n.id, n.marked, e.statement_id, e.position, e.finding from newest n join evidence e on e.id = n.id
"""


# The same of one sector. The plus keeps the search index from looking each sentence up anew.
_NEWEST_OF_SECTOR = """
    with matched as materialized (
      select rowid as id from evidence_fts where evidence_fts match :match order by rowid desc limit :asked),
    kept as materialized (
      select m.id from matched m cross join evidence e on e.id = m.id cross join statements s on s.id = e.statement_id
      where exists (
        select 1 from organisation_sectors c where c.sector_id = :sector and c.organisation_id = s.organisation_id)
      order by m.id desc limit :most),
    newest as materialized (
      select rowid as id, highlight(evidence_fts, 0, :open, :close) as marked
      from evidence_fts
      where evidence_fts match :match and rowid >= (select min(id) from kept) and +rowid in (select id from kept))
    select n.id, n.marked, e.statement_id, e.position, e.finding from newest n join evidence e on e.id = n.id
"""
_AT_LEAST = "select count(*) from (select 1 from evidence_fts where evidence_fts match :match limit :asked)"


def _score(marked: str) -> float:
    """How much of a sentence is what was looked for: BM25 with the usual k1 = 1.2 and b = 0.75, one weight for all."""
    hits, words = marked.count(_OPEN), marked.count(" ") + 1
    return hits / (hits + 1.2 * (0.25 + 0.75 * words / AVERAGE_WORDS))


def _with_sources(connection: sqlite3.Connection, hits: list[Row]) -> list[Row]:
    marks = ", ".join("?" * len(hits))
    sources = {
        row["id"]: dict(row)
        for row in connection.execute(_SOURCES.format(marks=marks), [hit["id"] for hit in hits])
    }
    return [
        {**sources[hit["id"]], "marked": mark(hit["marked"]), "findings": sorted(set(hit["findings"]))}
        for hit in hits
    ]


_SOURCES = """
    select e.id, e.statement_id, e.position, e.quotation, e.page, e.heading, e.status, e.probability, e.year,
      s.final_url, s.content_type, s.method, s.period_end, o.id as organisation_id, o.name
    from evidence e
    join statements s on s.id = e.statement_id
    join organisations o on o.id = s.organisation_id
    where e.id in ({marks})
"""


def mark(text: str) -> Markup:
    """Escape the text first, then turn the marks into <mark>: safe for whatever the text holds."""
    return Markup(str(escape(text)).replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>"))  # noqa: S704 - escaped


def find_organisations(connection: sqlite3.Connection, text: str) -> list[Row]:
    """Organisations of this company number, else whose names hold these words (the last may be begun only).

    Where no name holds all of them, legal forms ("Limited", "plc") are left out and it is tried again.
    """
    text = text.strip()[:MAX_QUERY]
    number = normalise_company_number(text)
    if number is not None:
        found = _organisations(connection, "o.company_number = :match", number)
        if found:
            return found
    words = normalise_name(text).split()
    for some in (words, [word for word in words if word not in _LEGAL_FORMS]):
        if some:
            phrases = [f'"{word}"' for word in some[:-1]] + [f'"{some[-1]}"*']
            found = _organisations(connection, _BY_NAME, "search_names : (" + " AND ".join(phrases) + ")")
            if found:
                return found
    return []


_BY_NAME = "o.rowid in (select rowid from organisations_fts where organisations_fts match :match limit 2000)"


def _organisations(connection: sqlite3.Connection, where: str, match: str) -> list[Row]:
    rows = connection.execute(
        f"""
        select o.id, o.name, o.company_number, o.kind, o.sector_type, o.statements, o.listings, s.period_end,
          s.covered, s.of_areas
        from organisations o left join statements s on s.id = o.latest_statement_id
        where {where}
        order by length(o.name), o.name limit :most
        """,  # noqa: S608 - one of two fixed conditions
        {"match": match, "most": MAX_ORGANISATIONS},
    )
    return [dict(row) for row in rows]
