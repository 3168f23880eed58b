"""What counts as a change between two visits, and what does not: over documents, then over a database of
visits.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from crawler.items import Attempt, Document, HomeLink, Outcome, Reason, Site, Visit
from db.events import KINDS, events_since, visits_to_compare
from db.store import Store
from domain.deadlines import due_on
from section54.monitoring.changes import (
    Change,
    HomePage,
    Version,
    document_changes,
    due_change,
    home_link_change,
    removals,
    similarity,
    unreachable_change,
)
from section54.monitoring.compare import compare_pending, save_due

SENTENCES = [
    f"In the year we looked at supplier group {number} and asked {number + 7} of its workers about pay, "
    "hours and papers."
    for number in range(40)
]
HERE, THERE = "http://tiles.test/statement", "http://tiles.test/new/statement.pdf"


def statement(year: int, *, sentences: list[str] = SENTENCES, extra: str = "") -> str:
    head = f"This statement is for the financial year ended 31 March {year}."
    return "\n".join([head, *sentences, f"Approved by the board on 4 June {year}.", extra])


def version(
    text: str,
    year: int | None = 2025,
    *,
    url: str = HERE,
    signatory: str = "Signed: A. Director",
    linked: bool = True,
) -> Version:
    digest = hashlib.sha256(text.encode()).hexdigest()
    end = date(year, 3, 31) if year else None
    return Version(url, digest, text, end, signatory, linked)


OLD = version(statement(2025))


def kinds(changes: list[Change]) -> list[str]:
    return [change.kind for change in changes]


def one(before: list[Version], now: list[Version], gone: set[str] | None = None) -> Change:
    (change,) = document_changes(before, now, gone or set())
    return change


# --- documents


def test_the_same_bytes_are_no_change() -> None:
    assert document_changes([OLD], [OLD], set()) == []


def test_line_breaks_case_and_full_width_letters_are_no_change() -> None:
    other = version(statement(2025).replace("\n", "  \n").upper().replace("A", "Ａ"))

    assert other.sha256 != OLD.sha256
    assert document_changes([OLD], [other], set()) == []


def test_one_word_in_a_long_text_is_cosmetic() -> None:
    change = one([OLD], [version(statement(2025) + "\nThank you")])

    assert (change.kind, change.url, change.previous_sha256) == ("cosmetic", HERE, OLD.sha256)
    assert change.similarity is not None
    assert change.similarity >= 0.98


@pytest.mark.parametrize(
    "other",
    [
        version(statement(2025).replace("on 4 June 2025", "on 5 June 2025")),
        version(statement(2025) + "\nThank you", signatory="Signed: B. Director"),
        version(
            statement(2025, sentences=[*SENTENCES[:30], *["We also planted a tree and painted a wall."] * 3])
        ),
    ],
    ids=["another date", "another signatory", "sentences exchanged"],
)
def test_more_than_that_is_revised(other: Version) -> None:
    assert one([OLD], [other]).kind == "revised"


def test_last_years_text_with_the_years_raised_is_a_new_year() -> None:
    change = one([OLD], [version(statement(2026), 2026)])

    assert change.kind == "new_year"
    assert change.similarity is not None
    assert change.similarity > 0.95, "nearly all of it is recycled"
    assert "31 March 2026" in change.detail
    assert f"{change.similarity:.0%}" in change.detail


def test_another_text_of_the_same_year_is_replaced() -> None:
    assert (
        one([OLD], [version("Wholly other words about a wholly different matter. " * 9)]).kind == "replaced"
    )


def test_a_text_that_could_not_be_read_is_compared_by_its_bytes() -> None:
    scan, other = version("", None), Version(HERE, "f" * 64)

    assert document_changes([scan], [scan], set()) == []
    change = one([scan], [other])
    assert (change.kind, change.similarity) == ("replaced", None)


def test_a_first_visit_finds_new_statements_and_counts_a_page_and_its_pdf_once() -> None:
    page, pdf = OLD, version(statement(2025, extra="Page 1 of 4"), url=THERE)
    older = version(statement(2024, sentences=SENTENCES[:9]), 2024, url="http://tiles.test/2024")

    changes = document_changes([], [page, pdf, older], set())

    assert kinds(changes) == ["new", "new"]
    assert [change.period_end for change in changes] == [date(2024, 3, 31), date(2025, 3, 31)]


def test_the_same_text_elsewhere_has_moved_only_when_its_old_address_is_empty() -> None:
    elsewhere = version(statement(2025), url=THERE)

    assert document_changes([OLD], [elsewhere], set()) == [], "that it was not asked for says nothing"
    assert document_changes([OLD], [OLD, elsewhere], set()) == []
    change = one([OLD], [elsewhere], {HERE})
    assert (change.kind, change.previous_url, change.url) == ("moved", HERE, THERE)


def test_a_page_turned_into_a_pdf_has_moved() -> None:
    pdf = version(statement(2025) + "\nPage one", url=THERE)

    assert one([OLD], [pdf], {HERE}).kind == "moved"
    assert document_changes([OLD], [OLD, pdf], set()) == [], "beside the page it is a copy"


def test_an_edited_version_beside_an_unlinked_old_one_is_revised() -> None:
    edited = version(statement(2025, sentences=SENTENCES[:30]), url=THERE)
    unlinked = version(statement(2025), linked=False)

    change = one([OLD], [unlinked, edited])
    assert (change.kind, change.previous_url, change.url) == ("revised", HERE, THERE)


def test_a_new_year_at_a_new_address_is_compared_with_the_year_before() -> None:
    older = version(statement(2024, sentences=SENTENCES[:5]), 2024, url="http://tiles.test/2024")
    change = one([older, OLD], [older, OLD, version(statement(2026), 2026, url=THERE)])

    assert (change.kind, change.previous_url) == ("new_year", HERE)


def test_an_address_that_turns_to_the_next_year_while_the_old_one_is_filed_away() -> None:
    filed = version(statement(2025), url="http://tiles.test/archive/2025")

    changes = document_changes([OLD], [version(statement(2026), 2026), filed], set())

    assert kinds(changes) == ["moved", "new_year"]


def test_an_older_statement_that_comes_to_light_is_new() -> None:
    older = version(statement(2023, sentences=SENTENCES[:9]), 2023, url=THERE)

    assert kinds(document_changes([OLD], [OLD, older], set())) == ["new"]


def test_a_corrected_year_end_is_no_new_year() -> None:
    corrected = Version(
        HERE, "c" * 64, statement(2025).replace("31 March", "29 March"), date(2025, 3, 29), "x"
    )

    assert one([OLD], [corrected]).kind == "revised"


def test_similarity_is_that_of_runs_of_five_words() -> None:
    assert similarity(version("a b c d e f"), version("a b c d e g")) == round(1 / 3, 4)
    assert similarity(version("a b"), version("a b")) == 1.0
    assert similarity(version(""), version("a b")) is None


# --- what is gone


@pytest.mark.parametrize(
    ("days", "removed"),
    [([], False), ([1], False), ([1, 1], False), ([1, 3], False), ([1, 4], True), ([1, 2, 9], True)],
)
def test_removed_takes_two_looks_three_days_apart(days: list[int], removed: bool) -> None:
    looks = {HERE: [(date(2026, 11, day), "not_found") for day in days]}

    assert bool(removals([OLD], [], looks)) is removed


def test_a_statement_that_stands_elsewhere_is_not_removed() -> None:
    looks = {HERE: [(date(2026, 11, 1), "not_found"), (date(2026, 11, 9), "not_found")]}

    assert removals([OLD], [version(statement(2025), url=THERE)], looks) == []
    (change,) = removals([OLD], [], looks)
    assert "1 November 2026" in change.detail
    assert "9 November 2026 (not found)" in change.detail


# --- the site and the calendar


def test_the_home_page_link_changes_between_what_was_read_both_times() -> None:
    direct, none = HomePage("http://a.test/", "direct", "Modern slavery"), HomePage("http://a.test/", "no")

    change = home_link_change(direct, none)
    assert change is not None
    assert change.detail == "The home page linked to the statement; now it had no link to a statement."
    assert home_link_change(direct, direct) is None
    assert home_link_change(None, none) is None
    assert home_link_change(direct, HomePage(None, "unknown")) is None
    assert home_link_change(HomePage(None, "unknown"), direct) is None


def test_out_of_reach_is_said_once() -> None:
    assert unreachable_change("found", "unreachable", "dns") is not None
    assert unreachable_change("unreachable", "unreachable", "dns") is None
    assert unreachable_change(None, "unreachable", "dns") is None
    assert unreachable_change("found", "robots_disallowed", "robots") is None


def test_due_is_six_months_after_the_next_year_end() -> None:
    assert due_on(date(2025, 3, 31)) == date(2026, 9, 30)
    assert due_on(date(2024, 12, 31)) == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("today", "looked_on", "kind"),
    [
        (date(2026, 7, 31), date(2026, 7, 1), None),
        (date(2026, 8, 1), date(2026, 7, 1), "due_soon"),
        (date(2026, 9, 30), date(2026, 9, 30), "due_soon"),
        (date(2026, 10, 1), date(2026, 9, 30), None),
        (date(2026, 10, 2), date(2026, 10, 1), "overdue"),
        (date(2026, 10, 2), None, None),
    ],
)
def test_overdue_takes_a_look_after_the_day(today: date, looked_on: date | None, kind: str | None) -> None:
    change = due_change(date(2025, 3, 31), looked_on, today)

    assert (change.kind if change else None) == kind
    assert due_change(None, looked_on, today) is None


# --- over a database of visits


class Past:
    """Visits to one organisation, each in a run of its own; their documents are read and assessed at once."""

    site = Site("name-tiles", "Tiles Limited", None, "http://tiles.test/")

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs = 0

    def visit(
        self, day: int, *documents: str, gone: tuple[str, ...] = (), outcome: Outcome = Outcome.FOUND,
        broken: str | None = None, home_link: HomeLink = HomeLink.DIRECT, finished: bool = True,
        end: str = "2025-03-31",
    ) -> list[str]:  # fmt: skip
        """Save a visit of a day in November 2026, compare it, and return the kinds of its events."""
        self.runs += 1
        run = f"run-{self.runs}"
        time = f"2026-11-{day:02}T09:00:00Z"
        self.store.start_run(run, "crawl websites")
        self.store.save_visit(run, Visit(
            "websites", self.site, outcome, home_link, time, time,
            tuple(self.document(url, time) for url in documents),
            tuple(Attempt(url, self.site.organisation_id, Reason.NOT_FOUND, time) for url in gone),
            "http://tiles.test/",
        ))  # fmt: skip
        for url in documents:
            self.read(url, end)
        if finished:
            self.store.finish_run(run, "finished", {"broken": broken})
        before = len(events_since(self.store, ""))
        compare_pending(self.store, lambda message: None, today=date(2026, 11, day))
        return [event["kind"] for event in events_since(self.store, "")[before:]]

    def document(self, url: str, time: str) -> Document:
        body = url.encode()
        return Document(
            url,
            url,
            self.site.organisation_id,
            "text/html",
            body,
            hashlib.sha256(body).hexdigest(),
            200,
            time,
            "home",
        )

    def read(self, url: str, end: str) -> None:
        digest = hashlib.sha256(url.encode()).hexdigest()
        self.store.db.execute(
            "insert or ignore into texts values (?, '1', 'text/html', 'html', 1, '[1]', 0, 9, 'en', null, "
            "'{}', '[]', null, null, 'x')",
            [digest],
        )
        self.store.db.execute(
            "insert or ignore into sentences (sha256, extractor_version, position, text, page, kind, source, "
            "boxes) "
            "values (?, '1', 0, ?, 1, 'body', 'html', '[]')",
            [digest, f"{url} " * 9],
        )
        self.store.db.execute(
            "insert or ignore into assessments (sha256, extractor_version, rubric, ruleset, model, kind, "
            "statement_probability, "
            "period_end, covered, of_areas, warnings, assessed_at) values (?, '1', 'r', 's', 'm', "
            "'statement', 1, ?, 0, 6, '[]', 'x')",
            [digest, end],
        )


@pytest.fixture
def past(tmp_path: Path) -> Past:
    store = Store(tmp_path / "section54.db")
    store.set_current_versions(extractor="1", rubric="r s", model="m")
    return Past(store)


def test_every_kind_of_event_is_described() -> None:
    assert set(KINDS) == {
        "new", "new_year", "revised", "cosmetic", "replaced", "moved", "removed", "found_again",
        "unreachable", "home_link_changed",
        "due_soon", "overdue", "registry_new", "registry_changed", "registry_withdrawn", "shared_text",
    }  # fmt: skip


def test_a_visit_is_compared_once(past: Past) -> None:
    assert past.visit(1, HERE) == ["new", "overdue"]
    assert visits_to_compare(past.store) == []
    assert past.visit(2, HERE) == []


def test_removed_is_said_once_and_again_after_it_was_back(past: Past) -> None:
    past.visit(1, HERE)

    assert past.visit(2, gone=(HERE,)) == []
    assert past.visit(6, gone=(HERE,)) == ["removed"]
    assert past.visit(9, gone=(HERE,)) == []
    assert past.visit(10, HERE) == ["found_again"], "what was told as gone must not stand"
    assert past.visit(11, HERE) == []
    assert past.visit(12, gone=(HERE,)) == []
    assert past.visit(20, gone=(HERE,)) == ["removed"]


def test_nothing_is_gone_in_a_broken_crawl(past: Past) -> None:
    past.visit(1, HERE)

    broken = "none of 3 sites could be reached"
    assert past.visit(2, gone=(HERE,), broken=broken) == []
    assert past.visit(9, gone=(HERE,), broken=broken, outcome=Outcome.UNREACHABLE) == []
    assert past.visit(10, gone=(HERE,)) == [], "the looks of broken crawls do not count"
    assert past.visit(11, THERE, broken=broken) == ["new"], "what was found was found"
    assert past.visit(14, THERE, gone=(HERE,)) == ["removed"]


def test_out_of_reach_and_the_home_page(past: Past) -> None:
    past.visit(1, HERE)

    assert past.visit(2, outcome=Outcome.UNREACHABLE, home_link=HomeLink.UNKNOWN) == ["unreachable"]
    assert past.visit(3, outcome=Outcome.UNREACHABLE, home_link=HomeLink.UNKNOWN) == []
    assert past.visit(4, HERE, home_link=HomeLink.BROKEN) == ["home_link_changed"], "compared over the gap"


def test_visits_of_an_unfinished_run_wait(past: Past) -> None:
    assert past.visit(1, HERE, finished=False) == []
    assert visits_to_compare(past.store) == []

    past.store.finish_run("run-1", "finished", {"broken": None})
    assert [visit["id"] for visit in visits_to_compare(past.store)] == [1]


def test_visits_whose_documents_are_not_read_yet_wait(past: Past) -> None:
    past.store.set_current_versions(extractor="2", rubric="r s", model="m")

    assert past.visit(1, HERE, end="2026-03-31") == []
    assert past.store.value("select count(*) from visits where compared_at is null") == 1


def test_nobody_is_overdue_who_has_a_statement_of_unknown_year(past: Past) -> None:
    assert past.visit(1, HERE, end="2025-03-31") == ["new", "overdue"]
    past.visit(2, HERE, THERE)
    past.store.db.execute("delete from events where kind = 'overdue'")
    past.store.db.execute("update assessments set period_end = null where id = 2")

    save_due(past.store, date(2026, 11, 3))

    assert events_since(past.store, "", kinds=["overdue"]) == []


def test_due_events_are_written_once(past: Past) -> None:
    past.visit(1, HERE, end="2025-06-30")

    for day in (20, 21):
        save_due(past.store, date(2026, 12, day))
    save_due(past.store, date(2027, 1, 20))

    events = events_since(past.store, "", kinds=["due_soon", "overdue"])
    assert [(event["kind"], event["due_on"], event["period_end"]) for event in events] == [
        ("due_soon", "2026-12-31", "2026-06-30")
    ], "nobody looked after the day, so nothing is said to be overdue"


def test_events_are_read_by_time_organisation_and_kind(past: Past) -> None:
    past.visit(1, HERE, end="2026-03-31")
    past.store.db.execute("update events set noticed_at = '2026-11-01T10:00:00Z'")

    assert [event["organisation"] for event in events_since(past.store, "")] == ["Tiles Limited"]
    assert events_since(past.store, "2026-11-01T10:00:00Z") == []
    assert events_since(past.store, "", organisations=[]) == []
    assert events_since(past.store, "", organisations=["name-tiles"], kinds=["new"]) != []
    assert events_since(past.store, "", kinds=["moved"]) == []


def test_known_addresses_are_asked_again_until_they_have_moved_or_are_long_gone(past: Past) -> None:
    past.visit(1, HERE, THERE, end="2026-03-31")
    (site,) = past.store.website_sites()
    assert site.known_urls == tuple(sorted((HERE, THERE)))

    past.visit(2, THERE, gone=(HERE,), end="2026-03-31")
    past.visit(9, THERE, gone=(HERE,), end="2026-03-31")
    assert past.store.website_sites()[0].known_urls == tuple(sorted((HERE, THERE)))
    past.store.db.execute("update events set noticed_at = '2020-01-01T00:00:00Z' where kind = 'removed'")
    assert past.store.website_sites()[0].known_urls == (THERE,)
