"""Evidence that can be looked at: the page of a stored PDF with the sentences marked that a finding rests on.

A picture shows the page as it was published, names and signatures included: for the working collection, packs
that stay with the buyer, and a private instance. Nothing here is part of the published file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from crawler.archive import read_body
from db.store import Store
from extraction.contents import UnreadableError
from extraction.sentences import Box
from extraction.worker import Extractor
from section54 import caches
from section54.settings import Home

_DRAWN_AS = "1"
"""Raised when a page would be drawn differently: pictures of before are no longer found."""


class NoPicture(Exception):
    """There is nothing to show; the message says why in one plain sentence."""


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A page of a stored document, and what is to be marked on it."""

    sha256: str
    page: int
    """From 1."""
    boxes: tuple[Box, ...]
    positions: tuple[int, ...]
    """Of the sentences, in reading order."""


def evidence_pages(store: Store, sha256: str) -> list[MarkedPage]:
    """The pages of a document that hold the evidence of its newest assessment, each with all of it marked, in
    order.

    Empty for what is no PDF, and for a document without evidence.
    """
    rows = store.rows(
        """
        select distinct s.sha256, s.position, s.boxes
        from latest_assessments a join evidence e on e.assessment_id = a.id
          join sentences s on s.id = e.sentence_id
        where a.sha256 = ? order by s.position
        """,
        [sha256],
    )
    return _marked(rows)


def draw(store: Store, home: Home, marked: MarkedPage, *, extractor: Extractor | None = None) -> bytes:
    """Return a marked page as PNG, from the cache where it was drawn before. Raises NoPicture.

    It is drawn in a worker process, within bounds of time, memory and pixels. A caller that needs many gives
    its own `extractor`; without one a process is started for a picture that is not kept yet, which takes half
    a second.
    """
    cache = caches.pictures(home)
    key = json.dumps([_DRAWN_AS, marked.page, [astuple(box) for box in marked.boxes]])
    kept = cache.get(marked.sha256, key)
    if kept is not None:
        return kept
    body = _stored_body(store, home, marked.sha256)
    try:
        with _used(extractor) as drawing:
            picture = drawing.picture(body, marked.page, marked.boxes).result()
    except UnreadableError as error:
        raise NoPicture(error.message) from error
    cache.put(marked.sha256, key, picture)
    return picture


@contextmanager
def _used(extractor: Extractor | None) -> Iterator[Extractor]:
    if extractor is not None:
        yield extractor
        return
    with Extractor(workers=1) as own:
        yield own


def _stored_body(store: Store, home: Home, sha256: str) -> bytes:
    place = store.stored_copy(sha256)
    if place is None:
        raise NoPicture("there is no stored copy of the document")
    try:
        return read_body(home.warc / place[0], place[1])
    except (OSError, ValueError) as error:
        raise NoPicture(f"the stored copy cannot be read: {error}") from error


def _marked(rows: Iterable[dict[str, Any]]) -> list[MarkedPage]:
    """Group the boxes of sentences by page; a sentence over a page break is marked on both."""
    boxes: dict[int, list[Box]] = {}
    positions: dict[int, dict[int, None]] = {}
    sha256 = ""
    for row in rows:
        sha256 = row["sha256"]
        for page, *corners in json.loads(row["boxes"]):
            boxes.setdefault(page, []).append(Box(page, *corners))
            positions.setdefault(page, {})[row["position"]] = None
    return [MarkedPage(sha256, page, tuple(boxes[page]), tuple(positions[page])) for page in sorted(boxes)]


# --- all pages of evidence of a document

MAX_PAGES = 12
"""Of one document in a pack: the evidence of a statement lies on two to six."""
MAX_BYTES = 6_000_000
"""Of one document in a pack: a page of text has 0.1 to 0.2 MB, one full of photographs 1 MB."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of a stored document as PNG, with the evidence on it marked."""

    marked: MarkedPage
    png: bytes


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pages of evidence of one document, as many as the bounds allow."""

    drawn: tuple[Picture, ...]
    notes: tuple[str, ...] = ()
    """What is not shown and why, one plain sentence each."""


def evidence_pictures(store: Store, home: Home, sha256: str, *, extractor: Extractor) -> Pictures:
    """Draw the pages of `evidence_pages`, the first MAX_PAGES of them and no more than MAX_BYTES in all."""
    pages = evidence_pages(store, sha256)
    drawn: list[Picture] = []
    notes: list[str] = []
    size = 0
    for marked in pages:
        if len(drawn) == MAX_PAGES or size > MAX_BYTES:
            notes.append(f"{len(pages) - len(drawn)} more pages of evidence are not shown as pictures.")
            break
        try:
            picture = Picture(marked, draw(store, home, marked, extractor=extractor))
        except NoPicture as reason:
            notes.append(f"Page {marked.page} is not shown: {reason}.")
            continue
        drawn.append(picture)
        size += len(picture.png)
    if not pages:
        notes.append("There are no pictures: the document is no PDF, or no passage was found in it.")
    return Pictures(tuple(drawn), tuple(notes))


def write_pictures(home: Home, documents: Iterable[str], folder: Path) -> tuple[list[Path], list[str]]:
    """Write the pages of evidence of some documents, by sha256, to `folder` as PNG; return the files and the
    notes.

    Files are named by the first twelve digits of the sha256 and the page.
    """
    files: list[Path] = []
    notes: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    with Store(home.working_db) as store, Extractor(workers=1) as extractor:
        for sha256 in dict.fromkeys(documents):
            found = evidence_pictures(store, home, sha256, extractor=extractor)
            notes += [f"{sha256[:12]}: {note}" for note in found.notes]
            for picture in found.drawn:
                path = folder / f"{sha256[:12]}-p{picture.marked.page:03}.png"
                path.write_bytes(picture.png)
                files.append(path)
    return files, notes
