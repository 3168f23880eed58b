"""A private instance: whole texts, page images and stored copies; and that none of it is on the public one."""

from __future__ import annotations

import asyncio
import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import site_data
from reportlab.pdfgen.canvas import Canvas

from crawler.archive import Archive
from db.publish import publish, statement_id
from db.store import Store
from section54 import settings
from section54.settings import Home
from section54.site import server
from section54.site.server import make_datasette

SHA256 = site_data.pdf("2026", "", "").sha256
HARBOUR = statement_id(SHA256, site_data.HARBOUR)
HARBOUR_2025 = statement_id(site_data.pdf("2025", "", "").sha256, site_data.HARBOUR)
ORCHARD = statement_id(site_data.pdf("orchard", "", "").sha256, site_data.ORCHARD)
HOSTILE = statement_id(site_data.pdf("hostile", "", "").sha256, site_data.HOSTILE_ORGANISATION)
UNMARKED = "This sentence is evidence of nothing."
PRIVATE_PATHS = (
    f"/statement/{HARBOUR}/text",
    f"/statement/{HARBOUR}/pages/1.png",
    f"/statement/{HARBOUR}/document",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A collection with one document that was kept, and one sentence in it that no finding rests on."""
    home = settings.home(tmp_path_factory.mktemp("home"))
    site_data.make_working_database(home.working_db)
    archive = Archive(home.warc, "run-1", "tests")
    file, offset = archive.resource("https://harbourlane.example/msa.pdf", _pdf(), "application/pdf")
    archive.close()
    with Store(home.working_db) as store:
        store.db.execute(
            "update documents set warc_file = ?, warc_offset = ? where sha256 = ?", [file, offset, SHA256]
        )
        store.db.execute(
            "insert into sentences (sha256, extractor_version, position, text, page, kind, source, boxes) "
            "select sha256, extractor_version, 99, ?, 3, 'sentence', 'text_layer', '[]' from texts where sha256 = ?",
            [UNMARKED, SHA256],
        )
    publish(home.working_db, home.site_db, generated_at="2026-11-22T12:00:00Z")
    return home


def _pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(3):
        canvas.drawString(72, 700, f"Page {number + 1} of an invented statement")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def private(home: Home) -> Any:
    return make_datasette(home.site_db, private=home)


@pytest.fixture(scope="module")
def public(home: Home) -> Any:
    return make_datasette(home.site_db)


def get(site: Any, path: str) -> Any:
    return asyncio.run(site.client.get(path))


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_public_site_has_no_whole_text_picture_or_copy(public: Any, path: str) -> None:
    assert get(public, path).status_code == 404


@pytest.mark.parametrize("path", [f"/statement/{HARBOUR}", f"/statement/{HARBOUR}/since/{HARBOUR_2025}"])
def test_public_pages_hold_no_sentence_that_is_no_evidence(public: Any, path: str) -> None:
    text = get(public, path).text

    assert UNMARKED not in text
    assert "/text" not in re.findall(r'href="([^"]*)"', text)
    assert "Private instance" not in text


def test_whole_text_has_the_evidence_marked_in_place_and_in_words(private: Any) -> None:
    text = unescape(get(private, f"/statement/{HARBOUR}/text").text)

    assert f"<p>{UNMARKED}</p>" in text
    assert "<mark><strong>Due diligence, Risk:</strong> During the year we audited 42" in text
    assert "<mark><strong>Effectiveness (planned):</strong> We will measure" in text
    assert re.findall(r'<h2 id="page-(\d)"', text) == ["1", "2", "3"]
    assert text.count('<img class="page-image"') == 3


def test_hostile_text_is_text(private: Any) -> None:
    text = get(private, f"/statement/{HOSTILE}/text").text

    assert "<script>" not in text and "<img src=x" not in text
    assert "&lt;script&gt;" in text


def test_web_page_has_no_page_numbers(private: Any) -> None:
    text = get(private, f"/statement/{ORCHARD}/text").text

    assert "<h2>Text</h2>" in text
    assert "page-image" not in text


def test_page_image_is_a_picture(private: Any) -> None:
    response = get(private, f"/statement/{HARBOUR}/pages/1.png")

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("path", [f"/statement/{HARBOUR}/pages/9.png", f"/statement/{ORCHARD}/pages/1.png"])
def test_page_without_evidence_has_no_picture(private: Any, path: str) -> None:
    assert get(private, path).status_code == 404


def test_stored_copy_is_a_download_byte_for_byte(private: Any) -> None:
    response = get(private, f"/statement/{HARBOUR}/document")

    assert response.content.startswith(b"%PDF")
    assert response.headers["content-disposition"] == f'attachment; filename="{SHA256}.pdf"'
    assert response.headers["x-content-type-options"] == "nosniff"
    assert get(private, f"/statement/{ORCHARD}/document").status_code == 404


def test_difference_is_of_the_whole_texts(private: Any) -> None:
    text = unescape(get(private, f"/statement/{HARBOUR}/since/{HARBOUR_2025}").text)

    assert f"<strong>Came:</strong> {UNMARKED}" in text
    assert "The whole texts are compared" in text


@pytest.mark.parametrize("path", ["/", f"/statement/{HARBOUR}", f"/statement/{HARBOUR}.json", *PRIVATE_PATHS])
def test_nobody_between_may_keep_a_private_page_or_read_it_from_another_site(private: Any, path: str) -> None:
    response = get(private, path)

    assert response.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in response.headers
    if response.headers["content-type"].startswith("text/html"):
        assert "Private instance" in response.text


def test_private_instance_is_not_opened_to_others_without_a_password(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served: list[str] = []
    monkeypatch.setattr(server.uvicorn, "run", lambda app, host, **_: served.append(host))

    with pytest.raises(ValueError, match=r"does not listen on 0\.0\.0\.0 without a password"):
        server.serve(home.site_db, "0.0.0.0", private=home)
    server.serve(home.site_db, "0.0.0.0", private=None)
    server.serve(home.site_db, "127.0.0.1", private=home)

    assert served == ["0.0.0.0", "127.0.0.1"]


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("yes", True), ("", False), ("0", False), ("no", False)]
)
def test_one_setting_makes_it_private(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv(settings.PRIVATE, value)

    assert settings.is_private() is expected
