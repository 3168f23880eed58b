"""The demo web moved on by a year: the events of it, and none when nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from crawler.options import CrawlOptions
from db.events import events_since
from db.store import Store
from demo.organisations import REGISTRY_YEARS, load_organisations, write_inputs
from demo.server import LATER, DemoWeb
from domain.dates import now
from section54 import pipeline, settings
from section54.settings import Home
from section54.update import Update, run_update

pytestmark = pytest.mark.slow

EXPECTED: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (LATER / "expected.yaml").read_text(encoding="utf-8")
)
NAMES = {organisation.id: organisation.name for organisation in load_organisations()}
# Of the calendar, which depends on the day of the test (see test_changes.py), and of the second registry
# year's load.
LEFT_OUT = ("due_soon", "overdue", "registry_new")


def update(home: Home, web: DemoWeb, spiders: tuple[str, ...] | None = None) -> Update:
    network = CrawlOptions(tuple(web.allow_hosts()), web.resolve())
    return run_update(home, network, None, lambda message: None, spiders, today=now().date())


def load(home: Home, web: DemoWeb) -> None:
    inputs = home.path / "inputs"
    write_inputs(inputs, web.port)
    network = CrawlOptions(tuple(web.allow_hosts()), web.resolve())
    with Store(home.working_db) as store:
        for year in REGISTRY_YEARS:
            address = f"http://registry.localhost:{web.port}"
            pipeline.load_registry_year(store, home, year, address, network)
        for spider in ("websites", "public_bodies"):
            pipeline.choose_sites(store, spider, inputs / f"{spider}.csv", (), None)


def let_days_pass(store: Store, days: int) -> None:
    """Make all that is known as old as if it had been seen `days` earlier."""
    for table, columns in {
        "runs": ("started_at", "finished_at"),
        "visits": ("started_at", "finished_at", "compared_at"),
        "snapshots": ("fetched_at",),
        "attempts": ("attempted_at",),
        "events": ("happened_at", "noticed_at"),
    }.items():
        for column in columns:
            store.db.execute(
                f"update {table} set {column} = strftime('%Y-%m-%dT%H:%M:%SZ', {column}, ?) where {column} "
                "is not null",
                [f"-{days} days"],
            )


def seen(store: Store) -> list[dict[str, Any]]:
    return [event for event in events_since(store, "") if event["kind"] not in LEFT_OUT]


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, tesseract: str
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Four updates: the first, one with nothing changed, one a year later, and one four days after that."""
    home = settings.home(tmp_path_factory.mktemp("events"))
    parts: dict[str, list[dict[str, Any]]] = {}
    known = 0
    with DemoWeb(0) as web:
        port = web.port
        load(home, web)
        for name in ("first", "again"):
            assert update(home, web).problems == []
            known = _take(home, parts, name, known, 365 if name == "again" else 0)
    with DemoWeb(port, later=True) as web:
        assert update(home, web).problems == []
        known = _take(home, parts, "year_later", known, 4)
        assert update(home, web, ("websites",)).problems == []
        _take(home, parts, "days_later", known, 0)
    yield parts


def _take(home: Home, parts: dict[str, list[dict[str, Any]]], name: str, known: int, days: int) -> int:
    with Store(home.working_db) as store:
        events = seen(store)
        parts[name] = events[known:]
        let_days_pass(store, days)
    return len(events)


def described(event: dict[str, Any]) -> tuple[str, str, str | None]:
    parts = urlsplit(event["url"] or "")
    path = f"{parts.hostname}{unquote(parts.path)}" if parts.hostname else None
    return event["organisation"].casefold(), event["kind"], path


def expected(part: str) -> list[tuple[str, str, str | None]]:
    return sorted(
        (NAMES[item["organisation"]].casefold(), item["kind"], item.get("path")) for item in EXPECTED[part]
    )


def test_the_first_look_knows_only_new_statements(story: dict[str, list[dict[str, Any]]]) -> None:
    assert {event["kind"] for event in story["first"]} == {"new"}
    assert len(story["first"]) >= 15


def test_nothing_changed_gives_no_event(story: dict[str, list[dict[str, Any]]]) -> None:
    assert story["again"] == []


def test_a_year_later_gives_exactly_what_has_changed(story: dict[str, list[dict[str, Any]]]) -> None:
    assert sorted(map(described, story["year_later"])) == expected("events")


def test_a_rolled_over_statement_is_a_new_year_with_its_share_of_recycled_text(
    story: dict[str, list[dict[str, Any]]],
) -> None:
    shares = {
        described(event)[2]: event["similarity"]
        for event in story["year_later"]
        if event["kind"] == "new_year"
    }

    for item in EXPECTED["events"]:
        if "recycled" in item:
            assert (shares[item["path"]] >= 0.9) == item["recycled"], shares


def test_removed_is_said_only_after_a_second_look_days_later(story: dict[str, list[dict[str, Any]]]) -> None:
    assert sorted(map(described, story["days_later"])) == expected("days_later")


def test_the_expectations_name_organisations_and_paths_that_are_there() -> None:
    for item in [*EXPECTED["events"], *EXPECTED["days_later"]]:
        assert item["organisation"] in NAMES
        assert Path(LATER / item["organisation"]).is_dir()
