"""Texts that two organisations share: their signatures, and the events that tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from db.store import Store

Row = dict[str, Any]


def unsigned_texts(store: Store, least_words: int) -> list[Row]:
    """Statements of at least so many words without a signature, first read first: sha256 and
    extractor_version.
    """
    return store.rows(
        """
        select distinct a.sha256, a.extractor_version
        from latest_assessments a
        join texts t on t.sha256 = a.sha256 and t.extractor_version = a.extractor_version
        where a.kind = 'statement' and t.words >= ?
          and not exists (
            select 1 from text_signatures s where s.sha256 = a.sha256
              and s.extractor_version = a.extractor_version)
        order by t.extracted_at, a.sha256
        """,
        [least_words],
    )


def save_signature(store: Store, sha256: str, extractor_version: str, signature: bytes) -> None:
    with store.transaction():
        store.db.execute(
            "insert or replace into text_signatures values (?, ?, ?)", [sha256, extractor_version, signature]
        )


def signatures(store: Store) -> list[Row]:
    """The signature of each text by the extractor that it was assessed with, in the order of the
    documents.
    """
    return store.rows(
        """
        select s.* from text_signatures s
        join latest_assessments a on a.sha256 = s.sha256 and a.extractor_version = s.extractor_version
        where a.kind = 'statement'
        order by s.sha256
        """
    )


def publishers(store: Store, sha256: str) -> list[Row]:
    """The organisations at which a document was found, first found first: organisation_id, name and url."""
    return store.rows(
        """
        select s.organisation_id, o.name, min(s.final_url) as url, min(s.fetched_at) as first_fetched_at
        from snapshots s join organisations o on o.id = s.organisation_id
        where s.sha256 = ?
        group by s.organisation_id order by first_fetched_at, s.organisation_id
        """,
        [sha256],
    )


def one_group(store: Store, organisations: Iterable[str], others: Iterable[str]) -> bool:
    """Whether the registry lists one of the organisations and one of the others in the same entry."""
    rows = store.rows(
        """
        select 1 from listings l join listings m on m.summary_url = l.summary_url
        where l.organisation_id in (select value from json_each(?))
          and m.organisation_id in (select value from json_each(?))
        limit 1
        """,
        [_json(organisations), _json(others)],
    )
    return bool(rows)


def save_shared(store: Store, events: Iterable[Mapping[str, Any]]) -> int:
    """Write events of the kind shared_text that are not there yet; return how many were new."""
    new = 0
    with store.transaction():
        for event in events:
            told = store.value(
                "select 1 from events where kind = 'shared_text' and sha256 = ? and previous_sha256 = ?",
                [event["sha256"], event["previous_sha256"]],
            )
            if told is None:
                sql = f"insert into events ({', '.join(event)}) values ({', '.join('?' * len(event))})"  # noqa: S608
                store.db.execute(sql, list(event.values()))
                new += 1
    return new


def shared_with(store: Store, sha256: str, organisation_id: str) -> list[Row]:
    """Other organisations whose text is largely that of a document: organisation, url, similarity and
    noticed_at.

    The most alike first; whichever of the two was read first.
    """
    return store.rows(
        """
        select o.name as organisation, x.url, x.similarity, x.noticed_at
        from (
          select previous_sha256 as other, previous_url as url, similarity, noticed_at
          from events where kind = 'shared_text' and sha256 = :sha256
          union all
          select sha256, url, similarity, noticed_at
          from events where kind = 'shared_text' and previous_sha256 = :sha256) x
        join organisations o on o.id = (
          select organisation_id from snapshots where sha256 = x.other order by fetched_at,
            organisation_id limit 1)
        where o.id <> :organisation
        order by x.similarity desc, o.name
        """,
        {"sha256": sha256, "organisation": organisation_id},
    )


def _json(values: Iterable[str]) -> str:
    return json.dumps(list(values))
