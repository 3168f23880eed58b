"""Documents of a group that stand on a subsidiary's own website: whose statement are they?

One document may be found as the statement of several organisations. Where its text does not name one of them,
the registry does not file it under that one, and the text names another that publishes it too, it is that
other's: the website points to the statement of its group. The supplier check and the published file both
follow this.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from domain.organisations import names_organisation


class Reach(StrEnum):
    """How the text of a group statement reaches an organisation that it does not name."""

    GENERAL_TERMS = "general_terms"
    """"... and its subsidiaries": covered, not named."""
    SAME_WEBSITE = "same_website"
    """Not covered by any words: the document merely stands on its website."""


# "on behalf of X and of its other subsidiaries", "applies to all companies in the group". A subsidiary that
# is merely mentioned ("we have 12 subsidiaries") is no such words.
GENERAL_TERMS = re.compile(
    r"\b(on behalf of|appl(y|ies) to|covers?|made (by|for)|given by|extends to)\b[^.;]{0,200}\bsubsidiar(y"
    r"|ies)\b"
    r"|\b(and|all|each) (of )?(its|our|the|their) ([\w']+ ){0,2}subsidiar(y|ies)\b"
    r"|\b(all|other) (group )?(companies|entities|members) (in|of|within) (the|our)( \w+)? group\b",
    re.IGNORECASE,
)


def maker(text: str, name: str, filed: bool, others: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Whose statement a document is that was found for the organisation called `name`; None where it is its
    own.

    `filed` says that the registry files it under that organisation. `others` are those that publish it too,
    with their `name`, first found first; the first that the text names is the maker.
    """
    if filed or not text or names_organisation(text, name) is not False:
        return None
    return next((other for other in others if names_organisation(text, other["name"])), None)


def reach(sentences: Iterable[str]) -> Reach:
    """Whether a group statement covers organisations that it does not name."""
    covers = any(GENERAL_TERMS.search(sentence) for sentence in sentences)
    return Reach.GENERAL_TERMS if covers else Reach.SAME_WEBSITE


def find_copies(connection: sqlite3.Connection) -> None:
    """Move the copies among `temp.work_statements` to `temp.copies`: organisation_id, sha256, made_by,
    how.
    """
    connection.execute(
        "create temp table copies (organisation_id text, sha256 text, made_by text, how text, primary key "
        "(organisation_id, sha256))"
    )
    for sha256, version in connection.execute(_SHARED).fetchall():
        publishers = connection.execute(_PUBLISHERS, [sha256]).fetchall()
        texts = [row[0] for row in connection.execute(_TEXT, [sha256, version])]
        connection.executemany(
            "insert into temp.copies values (?, ?, ?, ?)", _copies(sha256, texts, publishers)
        )
    connection.execute(
        "delete from temp.work_statements where (organisation_id, sha256) in (select organisation_id, sha256 "
        "from temp.copies)"
    )


def _copies(
    sha256: str, texts: list[str], publishers: list[tuple[str, str, int]]
) -> Iterable[tuple[str, str, str, str]]:
    known = [{"id": identifier, "name": name} for identifier, name, _ in publishers]
    for identifier, name, filed in publishers:
        others = (other for other in known if other["id"] != identifier)
        found = maker("\n".join(texts), name, bool(filed), others)
        if found is not None:
            yield identifier, sha256, found["id"], reach(texts)


_SHARED = """
    select sha256, max(extractor_version) from temp.work_statements group by sha256 having count(*) > 1
"""
_PUBLISHERS = """
    select s.organisation_id, o.name, exists (
        select 1 from work.snapshots x join work.registry_statements r
          on r.organisation_id = x.organisation_id and x.url in (r.pdf_url, r.statement_url)
        where x.organisation_id = s.organisation_id and x.sha256 = s.sha256) as filed
    from temp.work_statements s join work.organisations o on o.id = s.organisation_id
    where s.sha256 = ? order by s.first_fetched_at, s.organisation_id
"""
_TEXT = "select text from work.sentences where sha256 = ? and extractor_version = ? order by position"
