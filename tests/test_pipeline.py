"""Steps that work off what is stored: pending work, idempotence, and telling a broken crawl from a quiet one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.items import HomeLink, Outcome, Site, Visit
from crawler.naming import names_organisation
from crawler.run import CrawlReport
from db.store import Busy, Store
from section54 import pipeline, settings


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "section54.db")


def report(found: int, sites: int, **changes: object) -> CrawlReport:
    values: dict[str, object] = {
        "spider": "websites", "run_id": f"run-{found}-{sites}", "sites": sites, "found": found,
        "outcomes": {"found": found, "not_found": sites - found}, "requests": sites, "documents": found,
        "attempts": 0, "errors": (), "finish_reason": "finished", "seconds": 1.0,
    }  # fmt: skip
    return CrawlReport(**{**values, **changes})  # type: ignore[arg-type]


def remember(store: Store, past: CrawlReport) -> None:
    store.start_run(past.run_id, f"crawl {past.spider}")
    store.finish_run(past.run_id, past.finish_reason, asdict(past))


def test_a_quiet_crawl_is_not_broken(store: Store) -> None:
    assert pipeline.why_broken(store, report(0, 1)) is None


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (report(1, 5, errors=("Alpha: KeyError",)), "1 errors in the crawler"),
        (report(0, 0), "no site to visit"),
        (report(0, 4, outcomes={"unreachable": 4}), "none of 4 sites could be reached"),
        (report(1, 5, finish_reason="memusage_exceeded"), "ended early"),
    ],
)
def test_a_broken_crawl_says_what_is_wrong(store: Store, broken: CrawlReport, words: str) -> None:
    assert words in (pipeline.why_broken(store, broken) or "")


def test_far_less_than_last_time_is_an_alarm(store: Store) -> None:
    remember(store, report(20, 30))

    assert "20" in (pipeline.why_broken(store, report(9, 30)) or "")
    assert pipeline.why_broken(store, report(10, 30)) is None
    assert pipeline.why_broken(store, report(2, 3)) is None, "a smaller list finds less"


def test_two_crawls_do_not_overlap(store: Store) -> None:
    with (
        store.lease("crawl", "first"),
        pytest.raises(Busy, match="run first is at work"),
        store.lease("crawl", "second"),
    ):
        pass

    with store.lease("crawl", "third"):
        pass


def test_a_visit_is_saved_whole_or_not_at_all(store: Store) -> None:
    store.start_run("run", "crawl websites")
    site = Site("name-quernmore-tiles", "Quernmore Tiles", home_url="http://quernmore.example/")
    visit = Visit(
        "websites", site, Outcome.NOT_FOUND, HomeLink.NO, "2026-11-01T00:00:00Z", "2026-11-01T00:00:09Z"
    )

    store.save_visit("run", visit)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.save_visit("no such run", visit)

    assert store.value("select count(*) from visits") == 1
    assert [item.name for item in store.website_sites()] == ["Quernmore Tiles"]


def test_seeds_of_public_bodies_keep_their_kind(store: Store) -> None:
    chosen = pipeline.choose_sites(store, "public_bodies", None, (), 5)

    assert len(chosen) == 5
    assert all(site.kind and site.home_url for site in chosen)
    assert len(store.public_body_sites()) > 40
    assert store.website_sites() == []


def test_an_address_is_enough_to_crawl(store: Store) -> None:
    (home,) = pipeline.choose_sites(store, "websites", None, ("https://www.quernmore.example/",), None)
    (filed,) = pipeline.choose_sites(store, "registry", None, ("https://quernmore.example/ms.pdf",), None)

    assert (home.name, home.home_url) == ("quernmore.example", "https://www.quernmore.example/")
    assert filed.statement_urls == ("https://quernmore.example/ms.pdf",)


def test_an_address_without_a_host_is_refused(store: Store) -> None:
    with pytest.raises(pipeline.InputError, match="no address"):
        pipeline.choose_sites(store, "websites", None, ("http:///nothing",), None)


def test_a_document_without_its_stored_copy_is_listed_and_the_rest_goes_on(
    store: Store, tmp_path: Path
) -> None:
    home = settings.home(tmp_path)
    store.db.execute(
        "insert into documents values ('aa', 'application/pdf', 5, 'gone.warc.gz', 0, '2026-01-01', '2026-01-01')"
    )

    stage = pipeline.extract_pending(store, home, lambda message: None)

    assert stage.done == 0
    assert "no stored copy in gone.warc.gz" in stage.failed[0]


@pytest.mark.parametrize(
    ("text", "organisation", "expected"),
    [
        ("Quernmore Tiles Ltd makes tiles.", "QUERNMORE TILES LIMITED", True),
        ("Quernmore (Kendal) Tiles makes tiles.", "QUERNMORE TILES LIMITED", True),
        ("We lay tiles. They are made at Quernmore.", "QUERNMORE TILES LIMITED", False),
        ("Quernmore Grout makes grout.", "QUERNMORE TILES LIMITED", False),
        ("Anything at all.", "Group Services Limited", None),
    ],
)
def test_naming(text: str, organisation: str, expected: bool | None) -> None:
    assert names_organisation(text, organisation) is expected


def test_an_archive_is_readable_after_the_run(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "run", "section54/test")
    archive.close()

    assert list(tmp_path.glob("*.warc.gz"))
