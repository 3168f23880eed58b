"""Texts that are largely those of another organisation: a template, an adviser's model text, a group's text.

By MinHash over the runs of five words that changes.py compares versions by: of each text 128 numbers are
kept, and the share of them that two texts have in common estimates the share of their runs. A new text is
compared with all numbers at once (5 ms for 35,000 texts, 18 MB), and only the nearest few are compared run by
run. A library with an index of its own (datasketch) would hold the same in some 300 MB of Python objects.

What is found is told to people who read a statement; it lowers no finding and says nothing of what is done.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from db import shared_texts as rows
from db.events import text_of
from db.store import Store
from domain.dates import stamp
from section54.monitoring.changes import RELATED, Version, similarity

NUMBERS = 128  # the estimate is then within 0.09 of the truth, two times in three within 0.045
# half of the runs in common: texts of different organisations have at most 0.189 (see changes.py)
SHARED = RELATED
NEAR = SHARED - 0.15  # an estimate that may still be of a share as high as SHARED
MOST = 5  # others told of one text, the most alike: of a template that hundreds use, five show what it is
LEAST_WORDS = 200  # shorter texts say where the statement is, or that none is due, and are alike by nature
_CHUNK = 4_096  # runs hashed at once: 4 MB

_SEEDS = np.random.default_rng(54)  # part of what is stored: never change it
_FACTORS = _SEEDS.integers(1, 2**63, NUMBERS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_ADDENDS = _SEEDS.integers(0, 2**63, NUMBERS, dtype=np.uint64)


def signature(runs: frozenset[tuple[str, ...]]) -> np.ndarray:
    """The least of each of NUMBERS hashes of the runs, as uint32."""
    hashes = np.fromiter(
        (zlib.crc32(" ".join(run).encode()) for run in runs), dtype=np.uint64, count=len(runs)
    )
    least = np.full(NUMBERS, 2**32 - 1, dtype=np.uint32)
    for start in range(0, len(hashes), _CHUNK):
        mixed = (hashes[start : start + _CHUNK, None] * _FACTORS + _ADDENDS) >> np.uint64(32)
        least = np.minimum(least, mixed.min(axis=0).astype(np.uint32))
    return least


def nearest(table: np.ndarray, at: int) -> list[int]:
    """The rows of a table of signatures that may share half of their runs with the one at `at`, likeliest
    first.
    """
    shares = (table == table[at]).mean(axis=1)
    shares[at] = 0
    order = np.argsort(-shares, kind="stable")[: 2 * MOST]
    return [int(index) for index in order if shares[index] >= NEAR]


def compare_texts(store: Store, say: Callable[[str], None]) -> int:
    """Sign the statements that are new and write an event for each that is largely another organisation's;
    return how many.
    """
    pending = rows.unsigned_texts(store, LEAST_WORDS)
    for done, row in enumerate(pending, start=1):
        version = _version(store, row)
        rows.save_signature(store, row["sha256"], row["extractor_version"], signature(version.runs).tobytes())
        if done % 100 == 0:
            say(f"sign texts {done} of {len(pending)}")
    if not pending:
        return 0
    known = rows.signatures(store)
    table = np.stack([np.frombuffer(row["signature"], dtype=np.uint32) for row in known]) if known else None
    places = {row["sha256"]: at for at, row in enumerate(known)}
    events: list[dict[str, Any]] = []
    for row in pending:
        if table is not None and row["sha256"] in places:
            events += _shared(store, known, table, places[row["sha256"]])
    return rows.save_shared(store, _once(events))


def _shared(
    store: Store, known: Sequence[Mapping[str, Any]], table: np.ndarray, at: int
) -> Iterator[dict[str, Any]]:
    here = rows.publishers(store, known[at]["sha256"])
    version = _version(store, known[at])
    told = 0
    for other in nearest(table, at):
        there = rows.publishers(store, known[other]["sha256"])
        if told == MOST or not here or not there or _one_house(store, here, there):
            continue
        share = similarity(_version(store, known[other]), version)
        if share is not None and share >= SHARED:
            told += 1
            yield _event(known[at]["sha256"], here[0], known[other]["sha256"], there[0], share)


def _one_house(store: Store, here: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]) -> bool:
    """Whether both texts are one organisation's or one group's: years and copies of those are compared
    elsewhere.
    """
    mine, theirs = ({row["organisation_id"] for row in side} for side in (here, there))
    return bool(mine & theirs) or rows.one_group(store, mine, theirs)


def _event(
    sha256: str, here: Mapping[str, Any], other: str, there: Mapping[str, Any], share: float
) -> dict[str, Any]:
    noticed = stamp()
    return {
        "organisation_id": here["organisation_id"],
        "kind": "shared_text",
        "happened_at": noticed,
        "noticed_at": noticed,
        "url": here["url"],
        "sha256": sha256,
        "previous_url": there["url"],
        "previous_sha256": other,
        "similarity": share,
        "detail": f"The text is largely the same as that of {there['name']}: {share:.0%} of the runs of five "
        "words in either "
        "are in both. Model texts are in wide use; it says nothing about what is done.",
    }


def _once(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each pair of texts once, though both are new and each found the other."""
    pairs: dict[frozenset[str], dict[str, Any]] = {}
    for event in events:
        pairs.setdefault(frozenset((event["sha256"], event["previous_sha256"])), event)
    return list(pairs.values())


def _version(store: Store, row: Mapping[str, Any]) -> Version:
    return Version("", row["sha256"], text_of(store, row["sha256"], row["extractor_version"]))
