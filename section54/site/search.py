"""The two searches of the site: organisations by name or number, and the sentences of evidence."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from markupsafe import Markup, escape

from domain.company_numbers import normalise_company_number
from domain.legal_forms import FORM_WORDS
from domain.organisations import normalise_name
from section54.site.query_words import MAX_CHARACTERS, full_text_query
from section54.site.records import FoundOrganisation

Row = dict[str, Any]
_Hit = tuple[float, int, str, list[str]]
"""Score, id of the sentence, the sentence with its hits marked, its findings."""

MAX_RANKED = 2000
"""Ranking costs time per hit (10 ms for these): only the newest so many are ranked, and the page says so."""
MAX_OF_SECTORS = 10_000
"""The sector of a sentence is looked up hit by hit (40 ms for these): only the newest so many are asked for
theirs."""
AVERAGE_WORDS = 22
"""Words of a sentence of evidence, as found in UK statements; only the order of hits depends on it."""
PAGE_SIZE = 25
MAX_ORGANISATIONS = 50
MAX_QUERY = 200
"""Characters of a name that are looked at; the longest at Companies House has 160."""
# As people shorten the names of bodies; `normalise_name` knows those of companies.
_ABBREVIATIONS = {
    "assoc": "association", "bros": "brothers", "cncl": "council", "fdn": "foundation", "govt": "government",
    "hosp": "hospital", "inst": "institute", "intl": "international", "mgmt": "management",
    "mfg": "manufacturing",
    "natl": "national", "pcc": "police and crime commissioner", "soc": "society", "svcs": "services",
    "univ": "university",
}  # fmt: skip
_LEFT_OUT = frozenset(["company", "the"])  # beside legal forms
# Marks around a hit. Control characters are stripped when publishing, so no text can hold them.
_OPEN, _CLOSE = "\x02", "\x03"
FINDING_TAGS = re.compile(r"(?:area|check)_[a-z_]+|period")
STATUSES = ("done", "planned", "denied")
FILTERS = ("finding", "status", "year", "criterion", "sector", "page")
"""What a search for sentences may be narrowed by, as in the address."""
USUAL_STATUS = "done"
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
            text=(arguments.get("q") or "").strip()[:MAX_CHARACTERS],
            finding=finding if FINDING_TAGS.fullmatch(finding) else "",
            status=status if status in STATUSES else "",
            year=year if re.fullmatch(r"\d{4}", year) else "",
            criterion=criterion if CRITERIA.fullmatch(criterion) else "",
            sector=sector if SECTORS.fullmatch(sector) else "",
            page=int(page) if re.fullmatch(r"[1-9]\d?", page) else 1,
        )

    @property
    def match(self) -> str | None:
        """The FTS5 query (section54.site.query_words); None where there is no word to look for.

        The usual status is not in it (see `usual_status`).
        """
        words = full_text_query(self.text)
        if words is None:
            return None
        tags = (
            ("finding", self.finding), ("year", self.year), ("criterion", self.criterion),
            ("status", "" if self.usual_status else self.status),
        )  # fmt: skip
        asked = [f"quotation : ({words})"]
        return " AND ".join(asked + [f'search_tags : "{name}_{value}"' for name, value in tags if value])

    @property
    def usual_status(self) -> str:
        """The status asked for where most sentences have it, else empty.

        Then it is told row by row: to read a list of most sentences of the index takes longer (15 ms of three
        million).
        """
        return self.status if self.status == USUAL_STATUS else ""


def find_evidence(connection: sqlite3.Connection, query: EvidenceQuery) -> tuple[list[Row], int, bool]:
    """One page of hits, best first, their number, and whether there are more than were ranked.

    A sentence that several findings rest on counts once. `marked` holds the quotation with the hits marked.
    """
    if query.match is None:
        return [], 0, False
    oldest = _oldest_asked(connection, query.match) if query.sector else 0
    parameters = {
        "open": _OPEN, "close": _CLOSE, "match": query.match, "most": MAX_RANKED, "sector": query.sector,
        "oldest": oldest, "status": query.usual_status,
    }  # fmt: skip
    cursor = connection.cursor()
    cursor.row_factory = None  # plain tuples: there may be thousands
    found = cursor.execute(
        _NEWEST.format(of_sector=_OF_SECTOR if query.sector else ""), parameters
    ).fetchall()
    hits = _best_first(found)
    shown = hits[(query.page - 1) * PAGE_SIZE : query.page * PAGE_SIZE]
    return _with_sources(connection, shown), len(hits), len(found) == MAX_RANKED or oldest > 0


def _oldest_asked(connection: sqlite3.Connection, match: str) -> int:
    """The id of the oldest sentence that is asked for its sector; 0 where there are fewer than
    MAX_OF_SECTORS.
    """
    found = connection.execute(_OLDEST_ASKED, {"match": match, "asked": MAX_OF_SECTORS}).fetchone()
    return found[0] if found else 0


def _best_first(found: Iterable[tuple[int, str, str, int, str]]) -> list[_Hit]:
    """One hit a sentence, from rows of (id, marked, statement_id, position, finding)."""
    hits: dict[tuple[str, int], _Hit] = {}
    for identifier, marked, statement_id, position, finding in found:
        hit = hits.get((statement_id, position))
        if hit is None:
            hits[statement_id, position] = (_score(marked), identifier, marked, [finding])
        else:
            hit[3].append(finding)
    return sorted(hits.values(), key=lambda hit: hit[:2], reverse=True)


# Not ranked by FTS5's bm25: for the weight of each word that reads every sentence in which the word occurs,
# 0.2 s for a word of most of three million sentences. All words occur in every hit, so that their weights
# would change little. cross join: keep this order of the loops, so that it stops at the newest hits and sorts
# nothing.
_NEWEST = """
    select e.id, highlight(evidence_fts, 0, :open, :close), e.statement_id, e.position, e.finding
    from evidence_fts cross join evidence e on e.id = evidence_fts.rowid
    where evidence_fts match :match and evidence_fts.rowid >= :oldest
      and :status in ('', e.status) {of_sector}
    order by evidence_fts.rowid desc limit :most
"""


_OF_SECTOR = """
    and exists (
      select 1 from statements s join organisation_sectors c on c.organisation_id = s.organisation_id
      where s.id = e.statement_id and c.sector_id = :sector)
"""
_OLDEST_ASKED = """
    select rowid from evidence_fts where evidence_fts match :match
      order by rowid desc limit 1 offset :asked - 1
"""


def _score(marked: str) -> float:
    """How much of a sentence is what was looked for: BM25 with the usual k1 = 1.2 and b = 0.75, one weight
    for all.
    """
    hits, words = marked.count(_OPEN), marked.count(" ") + 1
    return hits / (hits + 1.2 * (0.25 + 0.75 * words / AVERAGE_WORDS))


def _with_sources(connection: sqlite3.Connection, hits: list[_Hit]) -> list[Row]:
    marks = ", ".join("?" * len(hits))
    sources = {
        row["id"]: dict(row)
        for row in connection.execute(
            _SOURCES.format(marks=marks), [identifier for _, identifier, *_ in hits]
        )
    }
    return [
        {**sources[identifier], "marked": mark(marked), "findings": sorted(set(findings))}
        for _, identifier, marked, findings in hits
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


def find_organisations(connection: sqlite3.Connection, text: str) -> list[FoundOrganisation]:
    """Organisations of this company number, else whose names hold these words (the last may be begun only).

    Where no name holds all of them, legal forms ("Limited", "plc") are left out and it is tried again. Usual
    abbreviations stand for their words.
    """
    text = text.strip()[:MAX_QUERY]
    number = normalise_company_number(text)
    if number is not None:
        found = _organisations(connection, "o.company_number = :match", number)
        if found:
            return found
    words = " ".join(_ABBREVIATIONS.get(word, word) for word in normalise_name(text).split()).split()
    for some in (words, [word for word in words if word not in _LEFT_OUT and not FORM_WORDS.fullmatch(word)]):
        if some:
            phrases = [f'"{word}"' for word in some[:-1]] + [f'"{some[-1]}"*']
            found = _organisations(connection, _BY_NAME, "search_names : (" + " AND ".join(phrases) + ")")
            if found:
                return found
    return []


def organisations_of(connection: sqlite3.Connection, identifiers: Sequence[str]) -> list[FoundOrganisation]:
    """The organisations of these ids, in their order, as `find_organisations` gives them."""
    where = "o.id in (select value from json_each(:match))"
    found = {row["id"]: row for row in _organisations(connection, where, json.dumps(list(identifiers)))}
    return [found[one] for one in identifiers if one in found]


_BY_NAME = "o.rowid in (select rowid from organisations_fts where organisations_fts match :match limit 2000)"


def _organisations(connection: sqlite3.Connection, where: str, match: str) -> list[FoundOrganisation]:
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
    return cast("list[FoundOrganisation]", [dict(row) for row in rows])
