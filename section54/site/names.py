"""The matcher over the names of the published file, made once per file and shared by the check and
reconciliation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from section54.suppliers.matching.matcher import KnownName, Match, Matcher, NameKind

_KINDS = {"former": NameKind.FORMER, "trading": NameKind.TRADING}


def matcher(connection: sqlite3.Connection) -> Matcher:
    """A matcher over every name of the file; some two seconds for 35,000."""
    rows = connection.execute(
        """
        select n.organisation_id, n.name, n.kind, o.company_number
        from organisation_names n join organisations o on o.id = n.organisation_id
        order by n.organisation_id, n.name
        """
    )
    return Matcher(
        KnownName(
            row["organisation_id"],
            row["name"],
            _KINDS.get(row["kind"], NameKind.LEGAL),
            row["company_number"],
        )
        for row in rows
    )


def match_all(
    connection: sqlite3.Connection, site: Any, suppliers: Sequence[tuple[str, str | None]]
) -> list[Match]:
    """Match (name, company number) pairs with the matcher of `site`, an object that keeps it."""
    if getattr(site, "section54_matcher", None) is None:
        site.section54_matcher = matcher(connection)
    found: list[Match] = site.section54_matcher.match_all(suppliers)
    return found


def like(connection: sqlite3.Connection, site: Any, text: str) -> list[str]:
    """The ids of organisations whose names are like a text, likeliest first: for typing errors and shortened
    words.
    """
    (match,) = match_all(connection, site, [(text, None)])
    return [candidate.organisation_id for candidate in match.candidates]
