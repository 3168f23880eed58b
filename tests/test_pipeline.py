"""Steps that work off what is stored: pending work, idempotence, and telling a broken crawl from a quiet
one.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.items import Attempt, CrawlReport, Document, HomeLink, Outcome, Reason, Site, Visit
from crawler.options import CrawlOptions
from db.events import visits_to_compare
from db.runs import COMPARED_DAYS, found_again
from db.store import Busy, Store
from domain.dates import stamp
from extraction.sentences import Sentence
from extraction.text import ExtractionError, Text
from extraction.text import failed as failed_text
from section54 import pipeline, settings
from section54.crawling import CrawlFailed, CrawlJob, judgement_of, stored_body
from section54.exceptions import InputError
from section54.executors import ThisMachine


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


@pytest.mark.parametrize(
    ("failed", "sites", "broken"), [(0, 3, False), (1, 1, True), (1, 12, False), (2, 12, True)]
)
def test_reading_that_fails_here_at_a_tenth_of_the_sites_breaks_a_crawl(
    store: Store, failed: int, sites: int, broken: bool
) -> None:
    time = "2026-11-01T00:00:00Z"
    store.start_run("run", "crawl websites")
    for number in range(sites):
        reason = Reason.READING_FAILED if number < failed else Reason.NOT_A_STATEMENT
        organisation = f"name-s{number}"
        attempt = Attempt(f"http://s{number}.test/mss", organisation, reason, time)
        site = Site(organisation, f"S{number}", None, f"http://s{number}.test/")
        visit = Visit(
            "websites", site, Outcome.COULD_NOT_CHECK, HomeLink.UNKNOWN, time, time, attempts=(attempt,)
        )
        store.save_visit("run", visit)

    said = pipeline.why_broken(store, report(0, sites, run_id="run"))

    assert (said is not None) is broken
    assert said is None or said.startswith("reading failed on this machine")


@pytest.mark.parametrize(
    ("kind", "judged"),
    [("crashed", "failed"), ("timeout", "failed"), ("encrypted", "unreadable"), ("too_large", "unreadable")],
)
def test_a_failure_of_ours_is_not_told_as_the_files(kind: str, judged: str) -> None:
    judgement = judgement_of(failed_text(b"%PDF-1.7", kind, "why"), "Quernmore Tiles Limited")

    assert (judgement.is_statement, judgement.kind, judgement.reason) == (False, judged, "why")


def crawl_of(
    store: Store, number: int, found: range, *not_found: range, day: datetime | None = None
) -> str | None:
    """Save a crawl of sites by number, end it, and return why it was broken."""
    time = (day or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    run_id = f"run-{number}"
    store.start_run(run_id, "crawl websites")
    outcomes = dict.fromkeys(found, Outcome.FOUND) | {
        n: Outcome.NOT_FOUND for part in not_found for n in part
    }
    for site, outcome in outcomes.items():
        visited = Site(f"name-s{site}", f"S{site}", None, f"http://s{site}.test/")
        store.save_visit(run_id, Visit("websites", visited, outcome, HomeLink.UNKNOWN, time, time))
    done = report(len(found), len(outcomes), run_id=run_id)
    broken = pipeline.why_broken(store, done)
    store.finish_run(run_id, "finished", {**asdict(done), "broken": broken})
    return broken


def test_far_less_than_last_time_is_an_alarm_until_it_is_mended(store: Store) -> None:
    assert crawl_of(store, 1, range(20), range(20, 30)) is None

    assert "of 20 sites" in (crawl_of(store, 2, range(9), range(9, 30)) or "")
    assert "of 20 sites" in (crawl_of(store, 3, range(9), range(9, 30)) or ""), "a broken crawl is no measure"
    assert crawl_of(store, 4, range(10), range(10, 30)) is None
    assert crawl_of(store, 5, range(10), range(10, 30)) is None, "what was not broken is the new measure"


def test_other_sites_and_few_sites_are_no_alarm(store: Store) -> None:
    assert crawl_of(store, 1, range(20)) is None

    assert crawl_of(store, 2, range(0), range(100, 130)) is None, "these never gave a statement"
    assert crawl_of(store, 3, range(0), range(2)) is None, "two statements may well go on one day"


def test_after_two_months_what_is_found_is_the_new_usual(store: Store) -> None:
    crawl_of(store, 1, range(20), day=datetime.now(UTC) - timedelta(days=COMPARED_DAYS + 1))

    assert crawl_of(store, 2, range(0), range(20)) is None


@pytest.mark.parametrize(
    ("error", "broken"),
    [(CrawlFailed("exit code -9"), True), (MemoryError(), True), (KeyboardInterrupt(), False)],
)
def test_a_crawl_that_failed_is_broken_and_one_that_was_stopped_is_not(
    store: Store, tmp_path: Path, error: BaseException, broken: bool
) -> None:
    class Failing(ThisMachine):
        def crawl(self, store: Store, home: settings.Home, job: CrawlJob) -> CrawlReport:
            time = "2026-11-01T00:00:00Z"
            visit = Visit("websites", job.sites[0], Outcome.NOT_FOUND, HomeLink.NO, time, time)
            store.save_visit(job.options.run_id, visit)
            raise error

    sites = [Site("name-a", "A", None, "http://a.test/"), Site("name-b", "B", None, "http://b.test/")]

    with pytest.raises(type(error)):
        pipeline.crawl_sites(
            store, settings.home(tmp_path), "websites", sites, CrawlOptions(), executor=Failing()
        )

    (visit,) = visits_to_compare(store)
    assert bool(visit["broken"]) is broken


@pytest.fixture
def assessed(store: Store) -> Store:
    """A document that could not be read the first time, and was assessed as such."""
    store.db.execute(
        "insert into documents values ('aa', 'text/html', 5, null, null, '2026-01-01', '2026-01-01')"
    )
    store.set_current_versions(extractor="1", rubric="r s", model="m")
    store.save_text(text_of())
    assess(store)
    return store


def text_of(*sentences: str) -> Text:
    """A text of these sentences; without any one that could not be read in time."""
    said = tuple(
        Sentence(n, words, 1, (), None, "sentence", "markup", None) for n, words in enumerate(sentences)
    )
    error = None if said else ExtractionError("timeout", "It took too long.")
    return Text("aa", "text/html", "html", (), said, "en", {}, (), error, "1")


def assess(store: Store) -> None:
    store.db.execute(
        "insert into assessments (sha256, extractor_version, rubric, ruleset, model, kind, "
        "statement_probability, covered, "
        "of_areas, warnings, assessed_at) values ('aa', '1', 'r', 's', 'm', 'statement', 1, 0, 6, '[]', 'x')"
    )


def test_a_file_that_could_not_be_read_once_is_assessed_anew_when_it_can(assessed: Store) -> None:
    assert assessed.pending_texts() == []

    assessed.save_text(text_of("One.", "Two."))

    assert [row["error_kind"] for row in assessed.pending_texts()] == [None]
    assert [sentence.text for sentence in assessed.sentences("aa", "1")] == ["One.", "Two."]


def test_a_text_that_was_read_stays_as_it_was_assessed(assessed: Store) -> None:
    assessed.save_text(text_of("One.", "Two."))
    assess(assessed)

    for other in (text_of(), text_of("Other.")):
        assessed.save_text(other)

    assert assessed.pending_texts() == []
    assert [sentence.text for sentence in assessed.sentences("aa", "1")] == ["One.", "Two."]
    assert assessed.value("select error_kind from texts") is None


def test_the_newest_copy_of_a_document_is_the_one_that_is_read(store: Store) -> None:
    site = Site("name-a", "A", None, "http://a.test/")
    for number, place in enumerate([("1.warc.gz", 1), ("2.warc.gz", 2), (None, None)]):
        time = f"2026-11-0{number + 1}T00:00:00Z"
        document = Document(
            "http://a.test/s", "http://a.test/s", "name-a", "text/html", b"a", "aa", 200, time, "home",
            warc_file=place[0], warc_offset=place[1], not_modified=place[0] is None,
        )  # fmt: skip
        store.start_run(f"run-{number}", "crawl websites")
        store.save_visit(
            f"run-{number}", Visit("websites", site, Outcome.FOUND, HomeLink.DIRECT, time, time, (document,))
        )

    assert store.stored_copy("aa") == ("2.warc.gz", 2), "the older one may be gone, and a 304 brings none"


def test_a_statement_stands_at_the_address_of_its_last_fetch(assessed: Store) -> None:
    """Not at one that sorts last, nor at the address of one fetch and the end of another's redirects."""
    site = Site("name-a", "A", None, "http://a.test/")
    fetches = [("z-old", "z-old", "verified"), ("new", "cdn.pdf", "invalid")]
    for number, (url, final_url, tls) in enumerate(fetches, start=1):
        time = f"2026-11-0{number}T00:00:00Z"
        document = Document(
            f"http://a.test/{url}", f"http://a.test/{final_url}", "name-a", "text/html", b"a", "aa", 200,
            time, "home",
            tls=tls,
        )  # fmt: skip
        assessed.start_run(f"run-{number}", "crawl websites")
        assessed.save_visit(
            f"run-{number}", Visit("websites", site, Outcome.FOUND, HomeLink.DIRECT, time, time, (document,))
        )

    (statement,) = assessed.rows(
        "select url, final_url, tls, first_fetched_at, last_fetched_at from statements"
    )

    assert tuple(statement.values()) == (
        "http://a.test/new", "http://a.test/cdn.pdf", "invalid", "2026-11-01T00:00:00Z",
        "2026-11-02T00:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "probability", "counts"),
    [
        ("annual_report", 0.5, True),
        ("annual_report", 0.4, False),
        ("policy", 0.9, False),
        ("statement", 0.55, True),
    ],
)
def test_a_report_is_a_statement_only_where_it_is_likely_to_hold_one(
    assessed: Store, kind: str, probability: float, counts: bool
) -> None:
    assessed.db.execute("update assessments set kind = ?, statement_probability = ?", [kind, probability])
    time, url = "2026-11-01T00:00:00Z", "http://a.test/s"
    document = Document(url, url, "name-a", "text/html", b"a", "aa", 200, time, "home")
    site = Site("name-a", "A", None, "http://a.test/")
    assessed.start_run("run", "crawl websites")
    visit = Visit("websites", site, Outcome.FOUND, HomeLink.DIRECT, time, time, (document,))
    assessed.save_visit("run", visit)

    assert bool(assessed.rows("select url from statements")) is counts


def test_a_damaged_copy_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(b"\x1f\x8b nothing that unpacks")

    assert stored_body(tmp_path, ("x.warc.gz", 0), "aa") is None
    assert stored_body(tmp_path, ("gone.warc.gz", 0), "aa") is None
    assert stored_body(tmp_path, None, "aa") is None


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


def test_a_statement_found_before_is_asked_for_again_however_its_site_was_chosen(
    assessed: Store, tmp_path: Path
) -> None:
    time, url = "2026-11-01T00:00:00Z", "http://quernmore.example/statement"
    (site,) = pipeline.choose_sites(assessed, "websites", None, ("http://quernmore.example/",), None)
    document = Document(url, url, site.organisation_id, "text/html", b"a", "aa", 200, time, "home")
    assessed.start_run("run", "crawl websites")
    visit = Visit("websites", site, Outcome.FOUND, HomeLink.DIRECT, time, time, (document,))
    assessed.save_visit("run", visit)
    seeds = tmp_path / "seeds.csv"
    seeds.write_text("organisation,company_number,website\nquernmore.example,,http://quernmore.example/\n")

    by_address = pipeline.choose_sites(assessed, "websites", None, ("http://quernmore.example/",), None)
    by_list = pipeline.choose_sites(assessed, "websites", seeds, (), None)

    assert [one.known_urls for one in (*by_address, *by_list)] == [(url,), (url,)]


def test_an_address_without_a_host_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="no address"):
        pipeline.choose_sites(store, "websites", None, ("http:///nothing",), None)
    with pytest.raises(InputError, match="no address"):
        pipeline.choose_sites(store, "websites", None, ("http://[bad/",), None)


def test_a_document_without_its_stored_copy_is_listed_and_the_rest_goes_on(
    store: Store, tmp_path: Path
) -> None:
    home = settings.home(tmp_path)
    store.db.execute(
        "insert into documents values ('aa', 'application/pdf', 5, 'gone.warc.gz', 0, '2026-01-01', "
        "'2026-01-01')"
    )

    stage = pipeline.extract_pending(store, home, lambda message: None)

    assert stage.done == 0
    assert "no stored copy in gone.warc.gz" in stage.failed[0]


def test_an_archive_is_readable_after_the_run(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "run", "section54/test")
    archive.close()

    assert list(tmp_path.glob("*.warc.gz"))


def test_a_text_that_could_not_be_read_again_keeps_what_was_first_said_of_it(assessed: Store) -> None:
    again = replace(text_of(), error=ExtractionError("crashed", "The program ended."))

    assessed.save_text(again)

    assert assessed.value("select error_kind from texts") == "timeout"
    assert assessed.value("select count(*) from assessments") == 1


def test_a_second_visit_of_one_run_is_not_compared_with_the_first(store: Store) -> None:
    store.start_run("run-1", "crawl")
    site = Site("name-a", "A", None, "http://a.test/")
    time = stamp()
    for outcome in (Outcome.FOUND, Outcome.NOT_FOUND):
        store.save_visit("run-1", Visit("websites", site, outcome, HomeLink.NO, time, time))

    assert found_again(store, "run-1") == (0, 0)
