"""A private instance: whole texts, page images and stored copies; and that none of it is on the public
one.
"""

from __future__ import annotations

import asyncio
import base64
import io
import re
import threading
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import site_data
from click.testing import CliRunner
from reportlab.pdfgen.canvas import Canvas

from crawler.archive import Archive
from db.publish import publish, statement_id
from db.store import Store
from section54 import settings
from section54.cli import cli
from section54.settings import Home
from section54.site import server
from section54.site.passwords import PasswordGate, add_password, read_passwords
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
            "select sha256, extractor_version, 99, ?, 3, 'sentence', 'text_layer', '[]' from texts where "
            "sha256 = ?",
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


def get(site: Any, path: str, **options: Any) -> Any:
    return asyncio.run(site.client.get(path, **options))


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

    assert f"<strong>Added:</strong> {UNMARKED}" in text
    assert "The whole texts are compared" in text


@pytest.mark.parametrize(
    "path",
    ["/", f"/statement/{HARBOUR}", f"/statement/{HARBOUR}.json", "/reconcile",
    "/reconcile/suggest/entity?prefix=h",
     "/section54/statements", "/section54/statements.json?_shape=array", "/section54/statements.csv",
     "/evidence.csv?q=x",
     "/nope", *PRIVATE_PATHS],
)  # fmt: skip
def test_nobody_between_may_keep_a_private_page_or_read_it_from_another_site(private: Any, path: str) -> None:
    response = get(private, path)

    assert response.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in response.headers
    if response.headers["content-type"].startswith("text/html"):
        assert "Private instance" in response.text


def test_private_instance_is_not_opened_to_others_without_a_password(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(server.uvicorn, "run", lambda app, **_: served.append(app))

    with pytest.raises(ValueError, match=r"does not listen on 0\.0\.0\.0 without a password"):
        server.serve(home.site_db, "0.0.0.0", private=home)
    server.serve(home.site_db, "0.0.0.0", private=None)
    server.serve(home.site_db, "127.0.0.1", private=home)
    home.passwords.write_text("officer:pbkdf2$whatever\n")
    with pytest.raises(ValueError, match="line 1: expected a name and a hash"):
        server.serve(home.site_db, "0.0.0.0", private=home)
    home.passwords.unlink()
    add_password(home.passwords, "officer", PASSWORD)
    server.serve(home.site_db, "0.0.0.0", private=home)
    home.passwords.unlink()

    assert len(served) == 3
    assert isinstance(served[-1], PasswordGate)


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8001", 200), ("localhost", 200), ("[::1]:8001", 200), ("192.168.1.5", 200),
    ("desk.council.example", 200),
     ("DESK.council.example:443", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
     ("localhost.evil.example", 421),
     ("", 421), ("a@127.0.0.1", 421)],
)  # fmt: skip
def test_a_private_instance_answers_to_its_own_names_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch, host: str, status: int
) -> None:
    monkeypatch.setenv(settings.HOSTS, "statements.council.example, desk.council.example")
    private = make_datasette(home.site_db, private=home)

    assert get(private, f"/statement/{HARBOUR}/text", headers={"host": host}).status_code == status


def test_a_public_instance_answers_to_any_name(home: Home) -> None:
    assert get(make_datasette(home.site_db), "/", headers={"host": "any.example"}).status_code == 200


# --- passwords

PASSWORD = "correct horse battery"


@pytest.fixture
def gate(tmp_path: Path) -> PasswordGate:
    add_password(tmp_path / "passwords", "officer", PASSWORD)
    return PasswordGate(hello, read_passwords(tmp_path / "passwords"))


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def ask(gate: PasswordGate, name: str = "", password: str = "", header: bytes | None = None) -> int:
    """The status of the answer to a request with this name and password."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    given = header if header is not None else b"Basic " + base64.b64encode(f"{name}:{password}".encode())
    headers = [(b"authorization", given)] if name or header is not None else []
    await gate({"type": "http", "method": "GET", "path": "/", "headers": headers}, None, send)  # type: ignore[arg-type]
    return int(sent[0]["status"])


def test_who_knows_the_password_is_let_in(gate: PasswordGate) -> None:
    async def asked() -> list[int]:
        return [
            await ask(gate),
            await ask(gate, "officer", "wrong"),
            await ask(gate, "nobody", PASSWORD),
            await ask(gate, header=b"Bearer abc"),
            await ask(gate, header=b"Basic !!"),
            await ask(gate, "officer", PASSWORD),
        ]

    assert asyncio.run(asked()) == [401, 401, 401, 401, 401, 200]


def test_guesses_are_limited_and_who_was_let_in_goes_on(gate: PasswordGate) -> None:
    async def asked() -> tuple[list[int], int, int]:
        await ask(gate, "officer", PASSWORD)
        guesses = await asyncio.gather(*(ask(gate, "officer", f"guess {n}") for n in range(40)))
        return guesses, await ask(gate, "officer", PASSWORD), await ask(gate, "new", PASSWORD)

    guesses, known, new = asyncio.run(asked())

    assert guesses.count(429) >= 30
    assert (known, new) == (200, 429)


def test_guesses_are_allowed_again_after_a_while(gate: PasswordGate, monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked() -> int:
        await asyncio.gather(*(ask(gate, "officer", f"guess {n}") for n in range(20)))
        monkeypatch.setattr("section54.site.passwords.WINDOW", -1.0)
        return await ask(gate, "officer", PASSWORD)

    assert asyncio.run(asked()) == 200


def test_a_password_is_hashed_once_and_outside_of_the_event_loop(
    gate: PasswordGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(
        "section54.site.passwords._is_right",
        lambda *_: bool(hashed.append(threading.current_thread().name)) or True,
    )

    async def asked() -> None:
        for _ in range(5):
            await ask(gate, "officer", PASSWORD)

    asyncio.run(asked())

    assert len(hashed) == 1
    assert hashed[0].startswith("passwords")


def test_passwords_are_kept_as_hashes_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    for name in ("officer", "clerk", "officer"):
        add_password(file, name, f"{PASSWORD} of {name}")

    assert PASSWORD not in file.read_text()
    assert list(read_passwords(file)) == ["officer", "clerk"]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "password"), [("officer", "short"), ("a:b", PASSWORD), ("", PASSWORD)])
def test_weak_passwords_and_odd_names_are_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(ValueError, match=r"too short|is no name"):
        add_password(tmp_path / "passwords", name, password)


def test_the_command_sets_a_password(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["password", "officer", "--password", PASSWORD, "--home", str(tmp_path)])
    weak = CliRunner().invoke(cli, ["password", "officer", "--password", "short", "--home", str(tmp_path)])

    assert result.exit_code == 0, result.output
    assert list(read_passwords(tmp_path / "passwords")) == ["officer"]
    assert "too short" in weak.output
    assert weak.exit_code != 0


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("yes", True), ("", False), ("0", False), ("no", False)]
)
def test_one_setting_makes_it_private(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv(settings.PRIVATE, value)

    assert settings.is_private() is expected
