"""Pictures of the evidence in stored documents: for `show --picture`, packs and a private instance."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from extraction_documents import FIRST, SECOND, THIRD, form_recursion, html, pdf, prose, simple_pdf
from PIL import Image
from warcio.warcwriter import WARCWriter

from db.store import Store
from extraction.contents import UnreadableError
from extraction.text import Text, extract
from extraction.worker import Extractor
from section54 import caches, holdings, pictures, settings
from section54.settings import Home


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[tuple[Home, Store]]:
    home = settings.home(tmp_path)
    home.warc.mkdir(parents=True)
    with Store(home.working_db) as store:
        yield home, store


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=1) as one:
        yield one


def keep(home: Home, store: Store, body: bytes) -> Text:
    """Store a document and its text as a crawl and `extract` do."""
    text = extract(body)
    with (home.warc / f"{text.sha256}.warc").open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        record = writer.create_warc_record("urn:x", "resource", io.BytesIO(body), len(body))
        writer.write_record(record)
    values = [text.sha256, text.content_type, len(body), f"{text.sha256}.warc", 0, "x", "x"]
    store.db.execute("insert into documents values (?, ?, ?, ?, ?, ?, ?)", values)
    store.save_text(text)
    return text


def assess(store: Store, text: Text, *positions: int) -> None:
    """Let an assessment rest on some sentences."""
    store.db.execute(
        "insert into assessments (sha256, extractor_version, rubric, ruleset, model, kind, "
        "statement_probability, "
        "covered, of_areas, warnings, assessed_at) values (?, ?, 'r', 's', 'm', 'statement', 1, 0, 6, '[]', "
        "'x')",
        [text.sha256, text.version],
    )
    store.db.execute(
        "insert into evidence (assessment_id, finding, sentence_id, probability, criteria, status, specific, "
        "because) "
        "select (select max(id) from assessments), 'area:policies', id, 1, '[]', 'done', 0, '[]' from "
        "sentences "
        "where sha256 = ? and position in (select value from json_each(?))",
        [text.sha256, json.dumps(positions)],
    )


def drawn(store: Store, home: Home, sha256: str, extractor: Extractor | None = None) -> bytes:
    """The first page of a document's evidence."""
    return pictures.draw(store, home, pictures.evidence_pages(store, sha256)[0], extractor=extractor)


def yellow(png: bytes) -> int:
    """How many pixels are marked."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(n for n, (r, g, b) in picture.getcolors(1_000_000) if r > 230 and g > 220 and b < 200)


def test_the_sentence_is_marked_on_the_page_of_the_stored_copy(
    collection: tuple[Home, Store], extractor: Extractor
) -> None:
    home, store = collection
    text = keep(home, store, simple_pdf())
    (sentence,) = [s for s in text.sentences if s.text == SECOND]

    assess(store, text, sentence.position)

    png = drawn(store, home, text.sha256, extractor)

    assert png.startswith(b"\x89PNG")
    area = sum((box.x1 - box.x0) * (box.bottom - box.top) for box in sentence.boxes) * (110 / 72) ** 2
    assert 0.5 * area < yellow(png) < 1.6 * area  # the letters are not yellow, the margin is


def test_a_picture_is_drawn_once(
    collection: tuple[Home, Store], extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, store = collection
    text = keep(home, store, simple_pdf())
    assess(store, text, 1)
    first = drawn(store, home, text.sha256, extractor)
    monkeypatch.setattr(extractor, "picture", None)  # not needed again

    assert drawn(store, home, text.sha256, extractor) == first
    assert caches.pictures(home).size()[0] == 1


def test_without_an_extractor_a_process_is_started_for_it(collection: tuple[Home, Store]) -> None:
    home, store = collection
    text = keep(home, store, simple_pdf())
    assess(store, text, 0)

    assert drawn(store, home, text.sha256).startswith(b"\x89PNG")


def test_a_copy_that_is_gone_is_told(collection: tuple[Home, Store], extractor: Extractor) -> None:
    home, store = collection
    gone = keep(home, store, simple_pdf())
    assess(store, gone, 0)
    (home.warc / f"{gone.sha256}.warc").unlink()

    with pytest.raises(pictures.NoPicture, match="the stored copy cannot be read"):
        drawn(store, home, gone.sha256, extractor)


def test_what_is_no_pdf_has_no_pages_to_show(collection: tuple[Home, Store]) -> None:
    home, store = collection
    page = keep(home, store, html(f"<p>{FIRST}</p>"))
    assess(store, page, 0)

    assert pictures.evidence_pages(store, page.sha256) == []


def test_the_evidence_of_an_assessment_comes_page_by_page(collection: tuple[Home, Store]) -> None:
    home, store = collection
    text = keep(home, store, pdf(prose(FIRST), prose("An own sentence on the second page is here.")))
    assess(store, text, 0, 1)

    first, second = pictures.evidence_pages(store, text.sha256)

    assert (first.page, first.positions) == (1, (0,))
    assert (second.page, second.positions) == (2, (1,))
    assert {box.page for box in second.boxes} == {2}
    assert pictures.evidence_pages(store, "0" * 64) == []


def test_pages_of_evidence_are_written_as_files_within_bounds(
    collection: tuple[Home, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, store = collection
    text = keep(home, store, pdf(*map(prose, (FIRST, SECOND, THIRD, "We also trained our buyers."))))
    assess(store, text, *range(len(text.sentences)))
    page = keep(home, store, html(f"<p>{FIRST}</p>"))
    monkeypatch.setattr(pictures, "MAX_PAGES", 3)

    files, notes = pictures.write_pictures(home, [text.sha256, page.sha256], tmp_path / "out")

    assert [file.name for file in files] == [f"{text.sha256[:12]}-p{number:03}.png" for number in (1, 2, 3)]
    assert all(yellow(file.read_bytes()) > 1000 for file in files)
    assert notes == [
        f"{text.sha256[:12]}: 1 more pages of evidence are not shown as pictures.",
        f"{page.sha256[:12]}: There are no pictures: the document is no PDF, or no passage was found in it.",
    ]


def test_a_page_that_cannot_be_drawn_is_said_and_the_others_are_shown(
    collection: tuple[Home, Store], extractor: Extractor
) -> None:
    home, store = collection
    text = keep(home, store, simple_pdf())
    store.db.execute(
        "update sentences set boxes = '[[7, 1, 1, 2, 2]]' where sha256 = ? and position = 1", [text.sha256]
    )
    assess(store, text, 0, 1)

    found = pictures.evidence_pictures(store, home, text.sha256, extractor=extractor)

    assert [one.marked.page for one in found.drawn] == [1]
    assert found.notes == ("Page 7 is not shown: page 7 cannot be drawn (page 7 of a document of 1 pages).",)


def test_what_is_forgotten_is_not_shown_from_the_cache(
    collection: tuple[Home, Store], extractor: Extractor
) -> None:
    home, store = collection
    text = keep(home, store, simple_pdf())
    assess(store, text, 0)
    (marked,) = pictures.evidence_pages(store, text.sha256)
    assert pictures.draw(store, home, marked, extractor=extractor)

    holdings.forget_document(store, home, text.sha256, "asked for by its author")

    with pytest.raises(pictures.NoPicture, match="there is no stored copy"):
        pictures.draw(store, home, marked, extractor=extractor)
    assert caches.pictures(home).size() == (0, 0)


@pytest.mark.slow
def test_a_page_that_ends_its_process_costs_one_picture(extractor: Extractor) -> None:
    with pytest.raises(UnreadableError) as raised:
        extractor.picture(form_recursion(), 1, timeout=60).result(timeout=120)

    assert raised.value.kind in ("crashed", "timeout", "damaged", "too_large")
    assert extractor.picture(simple_pdf(), 1).result(timeout=60).startswith(b"\x89PNG")


def test_a_page_that_is_not_there_is_said(extractor: Extractor) -> None:
    with pytest.raises(UnreadableError, match="page 3 of a document of 1 pages"):
        extractor.picture(simple_pdf(), 3).result(timeout=60)
