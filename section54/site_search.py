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
"""Ranking costs time per hit (0.4 s for 200,000): only the newest so many are ranked, and the page says so."""
PAGE_SIZE = 25
MAX_ORGANISATIONS = 50
MAX_QUERY = 200
"""Characters of a query that are looked at; nobody types more."""
_LEGAL_FORMS = frozenset(["limited", "plc", "llp", "lp", "company", "corporation", "incorporated", "the"])
# Marks around a hit. Control characters are stripped when publishing, so no text can hold them.
_OPEN, _CLOSE = "\x02", "\x03"
FINDING_TAGS = re.compile(r"(?:area|check)_[a-z_]+|period")
STATUSES = ("done", "planned", "denied")


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """What a visitor asked for; unknown values of the filters are dropped when it is made."""

    text: str
    finding: str = ""
    status: str = ""
    year: str = ""
    page: int = 1

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> EvidenceQuery:
        """Read the query string of /evidence."""
        finding = arguments.get("finding") or ""
        status = arguments.get("status") or ""
        year = arguments.get("year") or ""
        page = arguments.get("page") or "1"
        return cls(
            text=(arguments.get("q") or "").strip()[:MAX_QUERY],
            finding=finding if FINDING_TAGS.fullmatch(finding) else "",
            status=status if status in STATUSES else "",
            year=year if re.fullmatch(r"\d{4}", year) else "",
            page=int(page) if re.fullmatch(r"[1-9]\d?", page) else 1,
        )

    @property
    def match(self) -> str | None:
        """The FTS5 query: every word or "quoted phrase" must occur; None where there is no word to look for."""
        phrases = [" ".join(re.findall(r"\w+", a or b)) for a, b in re.findall(r'"([^"]*)"|(\S+)', self.text)]
        words = [f'quotation : "{phrase}"' for phrase in phrases if phrase]
        if not words:
            return None
        tags = (("finding", self.finding), ("status", self.status), ("year", self.year))
        return " AND ".join(words + [f'search_tags : "{name}_{value}"' for name, value in tags if value])


def find_evidence(connection: sqlite3.Connection, query: EvidenceQuery) -> tuple[list[Row], int, bool]:
    """One page of hits, best first, their number, and whether there are more than were ranked.

    A sentence that several findings rest on counts once. `marked` holds the quotation with the hits marked.
    """
    if query.match is None:
        return [], 0, False
    hits = connection.execute(_HITS, {"match": query.match, "most": MAX_RANKED}).fetchall()
    sentences: dict[tuple[str, int], tuple[float, list[int]]] = {}
    for row in hits:
        _, ids = sentences.setdefault((row["statement_id"], row["position"]), (row["rank"], []))
        ids.append(row["id"])
    ordered = sorted(sentences.values(), key=lambda item: (item[0], -item[1][0]))
    shown = ordered[(query.page - 1) * PAGE_SIZE : query.page * PAGE_SIZE]
    return [_hit(connection, query.match, ids) for _, ids in shown], len(ordered), len(hits) == MAX_RANKED


_HITS = """
    with newest as materialized (
      select rowid as id, rank from evidence_fts where evidence_fts match :match order by rowid desc limit :most)
    select n.id, n.rank, e.statement_id, e.position from newest n join evidence e on e.id = n.id
"""


def _hit(connection: sqlite3.Connection, match: str, ids: list[int]) -> Row:
    row = connection.execute(_HIT, [_OPEN, _CLOSE, match, ids[0]]).fetchone()
    marks = ", ".join("?" * len(ids))
    findings = connection.execute(
        f"select distinct finding from evidence where id in ({marks}) order by finding",  # noqa: S608 - marks only
        ids,
    )
    return {**dict(row), "marked": mark(row["marked"]), "findings": [finding[0] for finding in findings]}


_HIT = """
    select e.id, e.statement_id, e.position, e.quotation, e.page, e.heading, e.status, e.probability, e.year,
      s.final_url, s.content_type, s.method, s.period_end, o.id as organisation_id, o.name,
      highlight(evidence_fts, 0, ?, ?) as marked
    from evidence_fts f
    join evidence e on e.id = f.rowid
    join statements s on s.id = e.statement_id
    join organisations o on o.id = s.organisation_id
    where evidence_fts match ? and f.rowid = ?
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
