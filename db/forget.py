"""Deletion on request: what the database held of a document goes, and a tombstone stays."""

from __future__ import annotations

import json
from typing import Any

from db.store import Store
from domain.dates import stamp


def document(store: Store, sha256: str) -> dict[str, Any] | None:
    rows = store.rows("select * from documents where sha256 = ?", [sha256])
    return rows[0] if rows else None


def archives_of(store: Store, sha256: str) -> list[str]:
    """The WARC files that may hold a document's bytes: those with any answer from an address that gave it."""
    rows = store.rows(
        """
        with addresses as (select url from snapshots where sha256 = :sha256 union select final_url
          from snapshots where sha256 = :sha256)
        select warc_file from documents where sha256 = :sha256
        union select warc_file from snapshots where sha256 = :sha256 or url in addresses
          or final_url in addresses
        union select warc_file from attempts where url in addresses
        """,
        {"sha256": sha256},
    )
    return sorted(row["warc_file"] for row in rows if row["warc_file"])


def set_tombstone(store: Store, sha256: str, reason: str) -> None:
    """From now on the document is not stored again. Setting it twice keeps the first time and reason."""
    urls = [
        row["url"]
        for row in store.rows("select distinct url from snapshots where sha256 = ? order by url", [sha256])
    ]
    store.db.execute(
        """
        insert or ignore into tombstones (sha256, forgotten_at, reason, bytes, content_type, urls)
        select sha256, ?, ?, bytes, content_type, ? from documents where sha256 = ?
        """,
        [stamp(), reason, json.dumps(urls), sha256],
    )


def delete_text(store: Store, sha256: str) -> int:
    """Delete a document's text, sentences and assessments, and the way to its bytes; return how many
    sentences went.

    When and where it was fetched stays, as do the events. The space is overwritten, not only marked free.
    """
    store.db.execute("pragma secure_delete = on")
    with store.transaction():
        store.db.execute("delete from assessments where sha256 = ?", [sha256])  # and what hangs on them
        sentences = int(store.db.execute("delete from sentences where sha256 = ?", [sha256]).rowcount)
        store.db.execute("delete from texts where sha256 = ?", [sha256])
        store.db.execute("delete from text_signatures where sha256 = ?", [sha256])
        for table in ("documents", "snapshots"):
            store.db.execute(
                f"update {table} set warc_file = null, warc_offset = null where sha256 = ?",  # noqa: S608 - our names
                [sha256],
            )
    store.db.execute("pragma wal_checkpoint(truncate)")
    store.db.execute("pragma secure_delete = off")
    return sentences
