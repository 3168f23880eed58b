"""Changes as a page and as Atom feeds: bounded, filtered, well formed whatever the texts hold."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import site_data

from db.publish import publish, sector_id, statement_id
from db.store import Store
from section54.atom import Feed, FeedEntry, urn, write_feed
from section54.site import changes
from section54.site.server import make_datasette

ATOM = "{http://www.w3.org/2005/Atom}"
FOOD = "food-and-beverages-agriculture-and-fishing"
HARBOUR = statement_id(site_data.pdf("2026", "", "").sha256, site_data.HARBOUR)
FEEDS = [
    "/changes.atom",
    "/changes.atom?kind=removed",
    f"/sectors/{FOOD}.atom",
    f"/sectors/{sector_id(site_data.HOSTILE)}.atom",
    f"/organisation/{site_data.HARBOUR}.atom",
    f"/organisation/{site_data.SCANNED}.atom",
    f"/changes.atom?organisation={site_data.HARBOUR}&organisation={site_data.ORCHARD}",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("site")
    working = site_data.make_working_database(folder / "working.db")
    publish(working, folder / "site.db", generated_at="2026-11-22T12:00:00Z")
    return make_datasette(folder / "site.db")


def get(site: Any, path: str) -> Any:
    return asyncio.run(site.client.get(path))


def feed_of(site: Any, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(get(site, path).content)


def texts(parent: ElementTree.Element, name: str) -> list[str]:
    return [found.text or "" for found in parent.findall(f"{ATOM}{name}")]


@pytest.mark.parametrize("path", FEEDS)
def test_feed_is_what_rfc_4287_asks_for(site: Any, path: str) -> None:
    response = get(site, path)
    feed = ElementTree.fromstring(response.content)

    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (text,) = texts(element, name)
            assert text
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", texts(element, "id")[0])
        datetime.fromisoformat(texts(element, "updated")[0])
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://localhost{path}"
    assert links["alternate"].startswith("http://localhost/changes")
    assert feed.findall(f"{ATOM}author/{ATOM}name")


def test_entries_are_newest_first_and_lead_to_the_statement(site: Any) -> None:
    feed = feed_of(site, f"/organisation/{site_data.HARBOUR}.atom")

    entries = feed.findall(f"{ATOM}entry")
    days = [texts(entry, "updated")[0] for entry in entries]
    assert days == sorted(days, reverse=True)
    assert texts(feed, "updated") == days[:1]
    assert entries[0].find(f"{ATOM}link").get("href") == f"http://localhost/statement/{HARBOUR}"
    assert texts(entries[0], "title") == [
        "HARBOUR LANE FOODS LIMITED: A statement for a later financial year, with nearly the text of the one "
        "before"
    ]


def test_entry_keeps_its_id_in_every_feed_and_at_every_publishing(site: Any, tmp_path: Path) -> None:
    working = site_data.make_working_database(tmp_path / "working.db")
    publish(working, tmp_path / "site.db", generated_at="2026-11-23T12:00:00Z")
    again = make_datasette(tmp_path / "site.db")

    ids = [
        {text for entry in feed_of(one, path).findall(f"{ATOM}entry") for text in texts(entry, "id")}
        for one, path in (
            (site, "/changes.atom"),
            (again, "/changes.atom"),
            (site, f"/organisation/{site_data.HARBOUR}.atom"),
        )
    ]
    assert ids[0] == ids[1]
    assert ids[2] < ids[0]


def test_hostile_text_is_text_in_a_feed(site: Any) -> None:
    response = get(site, "/changes.atom")
    feed = ElementTree.fromstring(response.content)

    assert "<script>" not in response.text and "<img" not in response.text
    assert any(
        "<script>alert" in text for entry in feed.findall(f"{ATOM}entry") for text in texts(entry, "title")
    )
    assert not any("javascript:" in str(link.get("href")) for link in feed.iter(f"{ATOM}link"))
    assert {element.get("type") for element in feed.iter(f"{ATOM}summary")} == {"text"}


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\ufffe", "\ud800", "\x1b"])
def test_characters_that_xml_cannot_hold_are_left_out(char: str) -> None:
    entry = FeedEntry(urn("x"), f"A{char}B", "2026-01-01T00:00:00Z", f"C{char}D", f"https://a.example/{char}")

    feed = ElementTree.fromstring(
        write_feed(Feed(urn("f"), f"T{char}", "S", "2026-01-01T00:00:00Z"), [entry])
    )

    assert texts(feed.find(f"{ATOM}entry"), "title") == ["AB"]
    assert texts(feed.find(f"{ATOM}entry"), "summary") == ["CD"]


def test_change_about_a_group_statement_says_whose_it_is(tmp_path: Path) -> None:
    working = site_data.make_working_database(tmp_path / "working.db")
    sha256 = site_data.pdf("2026", "", "").sha256
    with Store(working) as store:
        store.db["events"].insert(
            site_data.event(site_data.QUAY, "new", sha256=sha256, url="https://quaystreet.example/s.pdf")
        )
    publish(working, tmp_path / "site.db")
    site = make_datasette(tmp_path / "site.db")

    for path in (f"/organisation/{site_data.QUAY}", "/changes", f"/organisation/{site_data.QUAY}.atom"):
        assert (
            "It is the statement of HARBOUR LANE FOODS LIMITED, on the website of this"
            in get(site, path).text
        )


def test_feed_of_nothing_is_404(site: Any) -> None:
    assert get(site, "/changes.atom?organisation=nobody").status_code == 404


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("", ["removed", "home_link_changed", "new_year", "new"]),
        ("kind=new", ["new"]),
        ("kind=nonsense", ["removed", "home_link_changed", "new_year", "new"]),
        (f"sector={FOOD}&kind=new_year", ["new_year"]),
        ("sector=nonsense", []),
        (f"organisation={site_data.ORCHARD}", []),
    ],
)
def test_changes_can_be_narrowed(site: Any, asked: str, kinds: list[str]) -> None:
    text = get(site, f"/changes?{asked}").text

    titles = re.findall(r"<td><strong>(.*?)\.</strong>", text)
    assert len(titles) == len(kinds)
    for kind, title in zip(kinds, titles, strict=True):
        assert title.startswith("New here" if kind == "new" else changes.KINDS[kind])


def test_expectations_of_the_calendar_are_no_changes(site: Any) -> None:
    assert "By guidance it was due" not in get(site, "/changes").text


def test_pages_follow_one_another_without_loss(tmp_path: Path) -> None:
    working = site_data.make_working_database(tmp_path / "working.db")
    with Store(working) as store:
        store.db["events"].insert_all(
            site_data.event(site_data.ORCHARD, "revised", url=f"https://orchardmill.example/{number}",
            detail=f"Change {number}.",
                            noticed_at=f"2026-07-01T10:{number // 60:02}:{number % 60:02}Z")
            for number in range(120)
        )  # fmt: skip
    publish(working, tmp_path / "site.db")
    many = make_datasette(tmp_path / "site.db")
    path: str | None = f"/changes?organisation={site_data.ORCHARD}"
    seen: list[int] = []

    while path:
        text = get(many, path).text
        seen += [int(number) for number in re.findall(r"Change (\d+)\.", text)]
        found = re.search(r'href="([^"]+)" rel="next"', text)
        path = found[1].replace("&amp;", "&") if found else None

    assert seen == list(range(119, -1, -1))
    assert (
        len(feed_of(many, f"/organisation/{site_data.ORCHARD}.atom").findall(f"{ATOM}entry"))
        == changes.FEED_ENTRIES
    )
