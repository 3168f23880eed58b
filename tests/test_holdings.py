"""Export of what is kept, and deletion on request, on a real archive of the fake web."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from webs import FileSink, answer_from_web, crawl_in_child, options_for

from crawler.archive import erase, read_body, read_places
from crawler.items import Document, HomeLink, Outcome, Reason, Site, Visit
from db.store import Busy, Store
from demo.loopback import LoopbackServer
from section54 import settings
from section54.cli import cli
from section54.exceptions import InputError
from section54.holdings import MANIFEST, export_organisation, finish_deletions, forget_document
from section54.settings import Home

pytestmark = pytest.mark.slow

SITES = [
    Site("name-hub", "Hub Limited", None, "http://hub.test/"),
    Site("name-direct", "Direct Limited", None, "http://direct.test/"),
    Site("name-broken", "Broken Limited", None, "http://broken.test/"),
]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("crawled")
    sink = FileSink(folder)
    with LoopbackServer(answer_from_web) as server:
        crawl_in_child("websites", SITES, options_for(folder, server.port), sink)
    return folder, sink.visits()


@pytest.fixture
def collection(crawled: tuple[Path, dict], tmp_path: Path) -> Iterator[tuple[Home, Store]]:
    """A collection of its own for each test, with the visits of one crawl."""
    folder, visits = crawled
    home = settings.home(tmp_path)
    home.warc.mkdir(parents=True)
    for file in (folder / "warc").iterdir():
        (home.warc / file.name).write_bytes(file.read_bytes())
    with Store(home.working_db) as store:
        store.start_run("run", "crawl websites")
        for visit in visits.values():
            store.save_visit("run", visit)
        yield home, store


def warcio_check(path: Path) -> None:
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", str(path)], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout


def addresses_in(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [
            record.rec_headers.get_header("WARC-Target-URI")
            for record in ArchiveIterator(file)
            if record.rec_type in ("response", "revisit")
        ]


def one_document(store: Store, organisation: str) -> tuple[str, str]:
    row = store.rows(
        "select sha256, url from snapshots where organisation_id = ? order by url", [organisation]
    )[0]
    return row["sha256"], row["url"]


# --- export


def test_an_export_holds_each_document_once_under_its_sha256(
    collection: tuple[Home, Store], tmp_path: Path
) -> None:
    home, store = collection
    folder = tmp_path / "out"

    result = export_organisation(store, home, "name-hub", folder)

    rows = list(csv.DictReader(io.StringIO((folder / "manifest.csv").read_text(encoding="utf-8"))))
    assert (result.files, result.fetches, result.unread) == (6, 6, ())
    assert tuple(rows[0]) == MANIFEST
    for row in rows:
        assert hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert row["file"] == f"{row['sha256']}.pdf"
        assert row["found_by"] == "hub"
        assert row["fetched_at"].endswith("Z")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(row["file"] for row in rows), "archive.warc.gz", "manifest.csv"]
    )


def test_the_exported_archive_is_sound_and_holds_only_the_organisations_exchanges(
    collection: tuple[Home, Store], tmp_path: Path
) -> None:
    home, store = collection

    result = export_organisation(store, home, "name-hub", tmp_path / "out")

    archive = tmp_path / "out" / "archive.warc.gz"
    warcio_check(archive)
    found = addresses_in(archive)
    assert len(found) == result.records == 8, "home page, hub and six documents"
    assert all(url.startswith("http://hub.test/") for url in found)


def test_an_organisation_without_documents_has_its_attempts_exported(
    collection: tuple[Home, Store], tmp_path: Path
) -> None:
    home, store = collection

    result = export_organisation(store, home, "name-broken", tmp_path / "out")

    assert result.files == 0
    assert "http://broken.test/modern-slavery-statement" in addresses_in(tmp_path / "out" / "archive.warc.gz")


def test_a_cell_that_a_spreadsheet_would_run_is_defused(
    collection: tuple[Home, Store], tmp_path: Path
) -> None:
    home, store = collection
    store.db.execute("update snapshots set anchor = '=cmd()' where organisation_id = 'name-direct'")

    export_organisation(store, home, "name-direct", tmp_path / "out")

    assert ",'=cmd()," in (tmp_path / "out" / "manifest.csv").read_text(encoding="utf-8")


def test_the_export_command_takes_a_name_and_names_what_is_unknown(
    collection: tuple[Home, Store], tmp_path: Path
) -> None:
    home, _ = collection
    arguments = ["--home", str(home.path), "export", "-o", str(tmp_path / "out")]

    done = CliRunner().invoke(cli, [*arguments, "Hub Limited", "--json"])
    unknown = CliRunner().invoke(cli, [*arguments, "Nobody At All"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["files"] == 6
    assert unknown.exit_code == 1
    assert "Nobody At All" in unknown.output


# --- deletion on request


def test_what_is_forgotten_is_gone_and_all_else_stays_where_it_was(collection: tuple[Home, Store]) -> None:
    home, store = collection
    sha256, _ = one_document(store, "name-hub")
    (archive,) = home.warc.iterdir()
    body = read_body(archive, store.stored_copy(sha256)[1])  # type: ignore[index]
    add_text(store, sha256)

    result = forget_document(store, home, sha256, "asked for by its author")

    assert (result.records, result.sentences, result.files) == (1, 2, (archive.name,))
    assert body not in b"".join(every_body(archive))
    warcio_check(archive)
    for row in store.rows("select sha256, warc_offset from documents where sha256 <> ?", [sha256]):
        kept = read_body(archive, row["warc_offset"])
        assert hashlib.sha256(kept).hexdigest() == row["sha256"], "offsets hold"
    assert store.value("select count(*) from texts where sha256 = ?", [sha256]) == 0
    assert store.value("select count(*) from assessments where sha256 = ?", [sha256]) == 0
    assert store.value("select warc_file from snapshots where sha256 = ?", [sha256]) is None
    assert [row for row in store.pending_documents() if row["sha256"] == sha256] == []
    (tombstone,) = store.rows("select * from tombstones")
    assert (tombstone["sha256"], tombstone["reason"]) == (sha256, "asked for by its author")
    assert json.loads(tombstone["urls"]) == ["http://hub.test/files/2020.pdf"]
    assert b"A sentence that nobody should keep" not in b"".join(
        path.read_bytes() for path in home.working_db.parent.glob("section54.db*")
    )


def test_forgetting_twice_changes_nothing_more(collection: tuple[Home, Store], tmp_path: Path) -> None:
    home, store = collection
    sha256, _ = one_document(store, "name-direct")
    forget_document(store, home, sha256, "first")
    before = {path.name: path.read_bytes() for path in home.warc.iterdir()}

    again = forget_document(store, home, sha256, "second")

    assert (again.records, again.sentences) == (0, 0)
    assert {path.name: path.read_bytes() for path in home.warc.iterdir()} == before
    assert store.value("select reason from tombstones") == "first"
    export = export_organisation(store, home, "name-direct", tmp_path / "out")
    assert "deleted on request" in export.unread[0]


def test_the_same_bytes_are_not_taken_in_again(collection: tuple[Home, Store], tmp_path: Path) -> None:
    home, store = collection
    sha256, url = one_document(store, "name-direct")
    forget_document(store, home, sha256, "asked for")
    sink = FileSink(tmp_path)

    with LoopbackServer(answer_from_web) as server:
        options = options_for(tmp_path / "again", server.port, forgotten=store.forgotten())
        crawl_in_child("websites", SITES[1:2], options, sink)

    visit = sink.visits()["name-direct"]
    assert visit.documents == ()
    attempt = next(attempt for attempt in visit.attempts if attempt.url == url)
    assert (attempt.reason, attempt.detail) == (Reason.FORGOTTEN, f"sha256 {sha256}")
    (archive,) = (tmp_path / "again" / "warc").iterdir()
    assert sha256 not in {place.sha256 for place in read_places(archive)}


def test_what_a_killed_cluster_crawl_left_unmerged_is_forgotten_too(collection: tuple[Home, Store]) -> None:
    home, store = collection
    sha256, url = one_document(store, "name-direct")
    file, offset = store.stored_copy(sha256)  # type: ignore[misc]
    time = "2026-11-02T00:00:00Z"
    again = Document(
        url,
        url,
        "name-other",
        "text/html",
        b"",
        sha256,
        200,
        time,
        "home",
        warc_file=file,
        warc_offset=offset,
    )
    site = Site("name-other", "Other Limited", None, "http://other.test/")
    with Store(home.shards / "run" / "a.db") as shard:
        shard.start_run("run", "crawl websites")
        shard.save_visit("run", Visit("websites", site, Outcome.FOUND, HomeLink.DIRECT, time, time, (again,)))
        add_text(shard, sha256)

    result = forget_document(store, home, sha256, "asked for")

    assert result.sentences == 2
    assert not home.shards.exists() or not list(home.shards.iterdir())
    assert store.value("select count(*) from texts where sha256 = ?", [sha256]) == 0
    assert store.stored_copy(sha256) is None
    assert store.value("select count(*) from visits where organisation_id = 'name-other'") == 1


def test_nothing_is_forgotten_while_a_crawl_writes(collection: tuple[Home, Store]) -> None:
    home, store = collection
    sha256, _ = one_document(store, "name-direct")

    with store.lease("crawl", "a crawl"), pytest.raises(Busy, match="a crawl"):
        forget_document(store, home, sha256, "asked for")

    assert store.forgotten() == frozenset()


@pytest.mark.parametrize(("sha256", "message"), [("x" * 64, "not a sha256"), ("a" * 64, "no such document")])
def test_what_is_not_known_cannot_be_forgotten(
    collection: tuple[Home, Store], sha256: str, message: str
) -> None:
    home, store = collection
    with pytest.raises(InputError, match=message):
        forget_document(store, home, sha256, "asked for")


def test_the_forget_command_wants_a_reason(collection: tuple[Home, Store]) -> None:
    home, store = collection
    sha256, _ = one_document(store, "name-direct")
    arguments = ["--home", str(home.path), "forget", sha256]

    assert CliRunner().invoke(cli, arguments).exit_code == 2
    done = CliRunner().invoke(cli, [*arguments, "--reason", "asked for"])
    assert done.exit_code == 0, done.output
    assert "publish again" in done.output
    assert store.forgotten() == {sha256}


def test_a_file_cut_short_by_a_kill_can_be_erased_from(collection: tuple[Home, Store]) -> None:
    home, store = collection
    sha256, _ = one_document(store, "name-direct")
    (archive,) = home.warc.iterdir()
    whole = archive.read_bytes()
    archive.write_bytes(whole[:-20])

    assert erase(archive, sha256) == 1
    assert len(archive.read_bytes()) == len(whole) - 20


def every_body(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [record.content_stream().read() for record in ArchiveIterator(file)]


def add_text(store: Store, sha256: str) -> None:
    store.db.execute(
        "insert into texts values (?, '1', 'text/html', 'html', 1, '[1]', 0, 9, 'en', null, '{}', '[]', "
        "null, null, 'x')",
        [sha256],
    )
    for position in range(2):
        store.db.execute(
            "insert into sentences (sha256, extractor_version, position, text, page, kind, source, boxes) "
            "values (?, '1', ?, 'A sentence that nobody should keep', 1, 'body', 'html', '[]')",
            [sha256, position],
        )
    store.db.execute(
        "insert into assessments (id, sha256, extractor_version, rubric, ruleset, model, kind, "
        "statement_probability, covered, "
        "of_areas, warnings, assessed_at) values (1, ?, '1', 'r', 's', 'm', 'statement', 1, 0, 6, '[]', 'x')",
        [sha256],
    )
    store.db.execute(
        "insert into evidence (assessment_id, finding, sentence_id, probability, criteria, status, specific, "
        "because) "
        "select 1, 'area:policies', id, 1, '[]', 'x', 0, '[]' from sentences"
    )


STEPS = ("section54/holdings.py", "db/forget.py", "crawler/archive.py", "section54/caches.py")


@pytest.mark.parametrize("moment", range(20))
def test_a_deletion_that_was_killed_is_finished_by_the_next_one_or_by_a_crawl(
    collection: tuple[Home, Store], moment: int
) -> None:
    """Killed at each of twenty moments: before each of the first calls that it makes on files and
    database.
    """

    class Killed(BaseException):
        pass

    home, store = collection
    sha256, _ = one_document(store, "name-hub")
    calls = iter(range(1_000))

    def die_at_the_moment(frame: FrameType, event: str, _: object) -> Any:
        if event == "call" and frame.f_code.co_filename.endswith(STEPS) and next(calls) == moment:
            raise Killed
        return None

    sys.settrace(die_at_the_moment)
    try:
        forget_document(store, home, sha256, "asked for")
    except Killed:
        pass
    finally:
        sys.settrace(None)
    (home.warc / ".left.warc.gz.99").write_bytes(b"a copy that a kill left")
    with store.lease("crawl", "the next crawl"):
        finish_deletions(store, home)

    begun = store.rows("select 1 from tombstones where sha256 = ?", [sha256])
    bodies = {place.sha256 for file in home.warc.iterdir() for place in read_places(file)}
    assert not [file.name for file in home.warc.iterdir() if file.name.startswith(".")]
    assert bool(begun) is (sha256 not in bodies)
    assert not list((home.path / "forgetting").glob("*"))
