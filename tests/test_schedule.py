"""What is due for a visit, and in which order."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.items import Attempt, CrawlReport, Document, HomeLink, Outcome, Reason, Site, Visit
from db.events import gone_since
from db.store import Store
from section54.pipeline import compared_with_last
from section54.schedule import LastSeen, due_sites, next_visit

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LastSeen(), date.min),
        (LastSeen(TODAY), TODAY + timedelta(30)),
        (LastSeen(TODAY, reached=False), TODAY + timedelta(7)),
        # The year to 30 June 2026 is due on 31 December 2026: its season began on 1 November.
        (LastSeen(TODAY, period_end=date(2025, 6, 30)), TODAY + timedelta(7)),
        # The year to 31 December 2026 is due on 30 June 2027.
        (LastSeen(TODAY, period_end=date(2025, 12, 31)), TODAY + timedelta(30)),
        (LastSeen(TODAY, period_end=date(2026, 6, 30)), TODAY + timedelta(30)),
        (LastSeen(TODAY, gone_since=TODAY), TODAY + timedelta(3)),
        (LastSeen(TODAY, gone_since=TODAY - timedelta(3)), TODAY + timedelta(7)),
        (LastSeen(TODAY, gone_since=TODAY - timedelta(10)), TODAY + timedelta(30)),
    ],
    ids=["never", "month", "unreachable", "season", "half a year early", "filed", "gone", "gone once more",
    "gone for good"],
)  # fmt: skip
def test_the_next_visit(seen: LastSeen, expected: date) -> None:
    assert next_visit(seen, TODAY) == expected


def visit(store: Store, name: str, days_ago: int, *, found: str = "", gone: str = "") -> None:
    time = f"{TODAY - timedelta(days_ago)}T09:00:00Z"
    run = f"{name}-{days_ago}"
    store.start_run(run, "crawl websites")
    site = Site(f"name-{name}", name.title(), None, f"http://{name}.test/")
    documents = (
        Document(found, found, site.organisation_id, "text/html", b"x", "a" * 64, 200, time, "home"),
    )
    attempts = (Attempt(gone, site.organisation_id, Reason.NOT_FOUND, time),)
    store.save_visit(run, Visit(
        "websites", site, Outcome.FOUND, HomeLink.DIRECT, time, time, documents if found else (),
        attempts if gone else (),
    ))  # fmt: skip


def test_what_is_due_comes_in_order_of_how_long_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path / "section54.db")
    visit(store, "alder", 29)
    visit(store, "birch", 31)
    visit(store, "cedar", 45)
    visit(store, "elder", 20, found="http://elder.test/s")
    visit(store, "elder", 3, gone="http://elder.test/s")
    store.save_seeds([Site("name-new", "Zoe", None, "http://zoe.test/")], source="websites")

    due = due_sites(store, "websites", store.website_sites(), TODAY)

    assert [site.name for site in due] == ["Zoe", "Cedar", "Birch", "Elder"]
    assert len(due_sites(store, "registry", store.website_sites(), TODAY)) == 5, (
        "each spider has its own round"
    )


def test_what_went_last_is_looked_for_again_though_another_is_gone_for_long(tmp_path: Path) -> None:
    store = Store(tmp_path / "section54.db")
    for page, seen, gone in (("old", 300, 200), ("new", 20, 3)):
        visit(store, "elder", seen, found=f"http://elder.test/{page}")
        visit(store, "elder", gone, gone=f"http://elder.test/{page}")

    assert gone_since(store) == {"name-elder": str(TODAY - timedelta(3))}


def test_the_report_stands_beside_that_of_the_last_run(tmp_path: Path) -> None:
    store = Store(tmp_path / "section54.db")
    store.start_run("before", "crawl websites")
    store.finish_run(
        "before",
        "finished",
        {"sites": 9, "requests": 40, "documents": 5, "outcomes": {"found": 4, "unreachable": 5}},
    )
    report = CrawlReport("websites", "now", 9, 7, {"found": 7, "not_found": 2}, 44, 8, 3, (), "finished", 1.0)

    assert compared_with_last(store, report) == {
        "documents": (5, 8), "found": (4, 7), "not_found": (0, 2), "requests": (40, 44), "sites": (9, 9),
        "unreachable": (5, 0),
    }  # fmt: skip
    first = CrawlReport("registry", "now", 1, 1, {"found": 1}, 2, 1, 0, (), "finished", 1.0)
    assert compared_with_last(store, first)["found"] == (None, 1)
