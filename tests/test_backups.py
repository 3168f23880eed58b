"""Copies of a collection, made while it is written to; and commands that look first whether their data is
whole.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import site_data
from click.testing import CliRunner, Result

from crawler.archive import Archive
from db.private import PrivateStore
from db.publish import publish
from db.soundness import fault
from db.store import Store
from section54 import settings, trouble
from section54.backups import make_backup, newest_backup, restore_backup
from section54.cli import cli
from section54.exceptions import InputError
from section54.settings import Home
from section54.site.passwords import add_password


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A collection with a stored document, a supplier list, a password and a published file."""
    home = settings.home(tmp_path / "home")
    home.path.mkdir()
    site_data.make_working_database(home.working_db)
    archive = Archive(home.warc, "run-1", "tests")
    file, offset = archive.resource(
        "https://harbourlane.example/msa.pdf", b"%PDF-1.7 text", "application/pdf"
    )
    archive.close()
    with Store(home.working_db) as store:
        store.db.execute("update documents set warc_file = null, warc_offset = null")
        store.db.execute(
            "update documents set warc_file = ?, warc_offset = ? where rowid = 1", [file, offset]
        )
    PrivateStore(home.private_db).close()
    add_password(home.passwords, "officer", "a password of a test")
    publish(home.working_db, home.site_db, generated_at="2026-11-22T12:00:00Z")
    return home


def run(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home.path), *arguments])


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def content(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


# --- copies


def test_a_copy_brings_everything_back(home: Home, tmp_path: Path) -> None:
    before = content(home.working_db), content(home.private_db), home.site_db.read_bytes()

    made = run(home, "backup", str(tmp_path / "copies"))
    back = settings.home(tmp_path / "back")
    restored = run(back, "restore", str(tmp_path / "copies"))

    assert (made.exit_code, restored.exit_code) == (0, 0), made.output + restored.output
    assert (content(back.working_db), content(back.private_db), back.site_db.read_bytes()) == before
    assert back.passwords.read_text() == home.passwords.read_text()
    assert [path.read_bytes() for path in sorted(back.warc.iterdir())] == [
        path.read_bytes() for path in sorted(home.warc.iterdir())
    ]
    assert "lost" not in made.output and "not in the WARC files" not in made.output


def test_a_copy_has_what_a_copy_of_the_file_lacks(home: Home, tmp_path: Path) -> None:
    """What was written last stands in the write-ahead log while the collection is open."""
    with Store(home.working_db) as store:
        store.db.execute("pragma wal_autocheckpoint = 0")
        store.start_run("run-late", "crawl")
        plain = tmp_path / "plain.db"
        plain.write_bytes(home.working_db.read_bytes())

        made = make_backup(home, tmp_path / "copies")

    late = "select count(*) from runs where id = 'run-late'"
    assert rows(plain, late) == [(0,)]
    assert rows(made.folder / "collection" / "section54.db", late) == [(1,)]


def test_a_copy_made_under_a_writer_is_whole(home: Home, tmp_path: Path) -> None:
    writer = f"""
from db.store import Store
from pathlib import Path
store = Store(Path({str(home.working_db)!r}))
n = 0
while True:
    with store.transaction():
        for _ in range(5):
            n += 1
            store.start_run(f"w-{{n}}", "crawl")
"""
    with subprocess.Popen([sys.executable, "-c", writer], cwd=settings.ROOT) as process:
        try:
            while not rows(home.working_db, "select 1 from runs where id = 'w-5'"):
                time.sleep(0.05)
            copies = [make_backup(home, tmp_path / f"copies-{n}") for n in range(3)]
        finally:
            process.kill()

    for made in copies:
        path = made.folder / "collection" / "section54.db"
        assert fault(path, thorough=True) is None
        assert int(rows(path, "select count(*) from runs where id like 'w-%'")[0][0]) % 5 == 0  # type: ignore[call-overload]


def test_the_private_part_lies_apart_and_is_nobody_elses(home: Home, tmp_path: Path) -> None:
    made = make_backup(home, tmp_path / "copies")

    private = made.folder / "private"
    assert sorted(path.name for path in private.iterdir()) == ["passwords", "private.db"]
    assert private.stat().st_mode & 0o077 == 0
    assert (private / "private.db").stat().st_mode & 0o077 == 0
    assert not list((made.folder / "collection").rglob("private*"))


def test_warc_files_that_stayed_take_no_room_again(home: Home, tmp_path: Path) -> None:
    first = make_backup(home, tmp_path / "copies")
    time.sleep(1.1)  # a copy is named by its second
    second = make_backup(home, tmp_path / "copies")

    (one,), (two,) = (list((made.folder / "collection" / "warc").iterdir()) for made in (first, second))
    assert first.folder != second.folder == newest_backup(tmp_path / "copies")
    assert one.stat().st_ino == two.stat().st_ino


def test_a_copy_that_was_changed_is_not_brought_back(home: Home, tmp_path: Path) -> None:
    made = make_backup(home, tmp_path / "copies")
    (warc,) = (made.folder / "collection" / "warc").iterdir()
    warc.write_bytes(warc.read_bytes()[:-1])
    back = settings.home(tmp_path / "back")

    with pytest.raises(InputError, match="missing or not as it was copied; nothing was brought back"):
        restore_backup(made.folder, back)

    assert not back.path.exists()


def test_a_collection_that_is_there_is_moved_and_not_mixed(home: Home, tmp_path: Path) -> None:
    made = make_backup(home, tmp_path / "copies")
    before = content(home.working_db)
    with Store(home.working_db) as store:
        store.start_run("run-after", "crawl")
        home.working_db.with_name("section54.db-wal").write_bytes(b"the log of another file")

    refused = run(home, "restore", str(made.folder))
    replaced = run(home, "restore", str(made.folder), "--replace")

    assert refused.exit_code == 1
    assert "holds a collection already" in refused.output
    assert replaced.exit_code == 0, replaced.output
    assert content(home.working_db) == before
    (aside,) = home.path.glob("replaced-*")
    assert {path.name for path in aside.iterdir()} >= {
        "section54.db",
        "private.db",
        "warc",
        "site",
        "passwords",
    }


def test_a_killed_backup_leaves_the_copies_before_it(home: Home, tmp_path: Path) -> None:
    first = make_backup(home, tmp_path / "copies")
    (home.warc / "large.warc.gz").write_bytes(os.urandom(30_000_000))
    command = [sys.executable, "-c", "from section54.cli import cli; cli()", "--home", str(home.path),
    "backup", str(tmp_path / "copies")]  # fmt: skip
    with subprocess.Popen(command, cwd=settings.ROOT, stdout=subprocess.DEVNULL) as process:
        while not list((tmp_path / "copies").glob(".draft-*")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)

    assert newest_backup(tmp_path / "copies") == first.folder
    make_backup(home, tmp_path / "others")
    time.sleep(1.1)
    again = make_backup(home, tmp_path / "copies")
    assert newest_backup(tmp_path / "copies") == again.folder
    assert not list((tmp_path / "copies").glob(".draft-*"))


def test_documents_that_the_warc_files_lack_are_told(home: Home, tmp_path: Path) -> None:
    for path in home.warc.iterdir():
        path.unlink()

    made = run(home, "backup", str(tmp_path / "copies"))

    assert "1 of 1 stored documents are not in the WARC files" in made.output


def test_the_list_of_a_copy_cannot_name_files_elsewhere(home: Home, tmp_path: Path) -> None:
    made = make_backup(home, tmp_path / "copies")
    manifest = made.folder / "manifest.json"
    found = json.loads(manifest.read_text())
    outside = tmp_path / "copies" / "outside"
    outside.write_text("x")
    found["files"] = {"collection/../../outside": {"bytes": 1,
    "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}}  # fmt: skip
    manifest.write_text(json.dumps(found))

    with pytest.raises(InputError, match="no file of a collection"):
        restore_backup(made.folder, settings.home(tmp_path / "back"))


# --- damage


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database, but as long as one would be " * 200)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def scratched(path: Path) -> None:
    body = bytearray(path.read_bytes())
    for start in range(8_192, len(body), 4_096):
        body[start : start + 64] = b"\xff" * 64
    path.write_bytes(bytes(body))


DAMAGE = (emptied, overwritten, cut, scratched)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_seen(home: Home, damage: Callable[[Path], None]) -> None:
    assert fault(home.working_db) is None

    damage(home.working_db)

    assert fault(home.working_db)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("database", ["working_db", "private_db"])
@pytest.mark.parametrize(
    "command", [["publish"], ["monitor", "--no-update"], ["check", "list.csv"], ["doctor"], ["update"]]
)
def test_commands_look_first_and_say_what_is_damaged(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
    database: str,
    command: list[str],
) -> None:
    if database == "private_db" and damage is scratched:
        pytest.skip("it has no page that could be scratched without the first")
    (tmp_path / "list.csv").write_text("Supplier\nHarbour Lane Foods Limited\n")
    monkeypatch.chdir(tmp_path)
    path = getattr(home, database)
    damage(path)
    before = path.read_bytes()

    result = run(home, *command)

    assert result.exit_code == 1, result.output
    assert str(path) in result.output
    assert "section54 restore FOLDER" in result.output
    assert "Traceback" not in result.output
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "command", [["publish"], ["monitor", "--no-update"], ["check", "list.csv"], ["update"]]
)
def test_a_working_database_that_is_gone_is_no_empty_collection(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "list.csv").write_text("Supplier\nHarbour Lane Foods Limited\n")
    monkeypatch.chdir(tmp_path)
    for path in home.path.glob("section54.db*"):
        path.unlink()

    result = run(home, *command)

    assert result.exit_code == 1
    assert f"{home.working_db} is missing, though {home.warc} is there" in result.output
    assert not home.working_db.exists()


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_published_file_is_replaced(home: Home, damage: Callable[[Path], None]) -> None:
    damage(home.site_db)
    told = run(home, "doctor")

    published = run(home, "publish")

    assert "run `section54 publish`" in told.output
    assert published.exit_code == 0, published.output
    assert fault(home.site_db, thorough=True) is None


def test_references_that_lead_nowhere_are_not_published(home: Home) -> None:
    before = home.site_db.read_bytes()
    with closing(sqlite3.connect(home.working_db)) as connection:
        connection.execute("delete from documents where sha256 = (select sha256 from texts limit 1)")
        connection.commit()

    result = run(home, "publish")

    assert result.exit_code == 1
    assert "references that lead to no row" in result.output
    assert home.site_db.read_bytes() == before


def test_what_a_killed_publication_left_is_cleared(home: Home) -> None:
    dead, alive = (
        home.site_db.with_name(f"section54.db.draft-{number}") for number in (2**22 + 1, os.getppid())
    )
    for path in (dead, alive):
        path.write_bytes(b"half a file")

    assert run(home, "publish").exit_code == 0
    assert not dead.exists()
    assert alive.exists()


def test_fewer_statements_are_published_where_that_is_allowed(home: Home) -> None:
    with closing(sqlite3.connect(home.working_db)) as connection:
        connection.execute(
            "delete from snapshots where organisation_id in (?, ?)", [site_data.HARBOUR, site_data.QUAY]
        )
        connection.commit()

    refused, allowed = run(home, "publish"), run(home, "publish", "--allow-shrink")

    assert (refused.exit_code, allowed.exit_code) == (1, 0)
    assert "fewer than 80% of them" in refused.output


# --- what the machine refuses


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (sqlite3.OperationalError("database is locked"), "another command is writing"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "may not be written to"),
        (sqlite3.OperationalError("unable to open database file"), "rights of its folder"),
        (sqlite3.DatabaseError("database disk image is malformed"), "is damaged"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/data/x.warc.gz"),
            "/data/x.warc.gz: the disk is full",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/data/x"), "/data/x: the disk can only be read"),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "/data: this user has no right to it"),
    ],
)
def test_what_the_machine_refuses_is_a_sentence(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("section54.pipeline.publish_site", fail)

    result = run(home, "publish")

    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_fault_of_the_program_stays_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trouble.in_words(sqlite3.OperationalError("no such column: x")) is None
    assert trouble.in_words(ValueError("x")) is None
