"""Every kind of page in a real browser: axe-core, 320 pixels, doubled text, the keyboard alone, paper.

Needs Chromium and axe-core (`axe-playwright-python`); what the browser asks for goes to loopback alone.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import site_data
import uvicorn

from crawler.options import CrawlOptions
from db.publish import publish, statement_id
from section54 import settings
from section54.monitoring.difference import Sentence
from section54.monitoring.digest import Digest, Entry, as_html
from section54.settings import Home
from section54.site.downloads import write_downloads
from section54.site.server import make_datasette
from section54.suppliers.checking import check_list

pytestmark = pytest.mark.slow

HARBOUR = statement_id(site_data.pdf("2026", "", "").sha256, site_data.HARBOUR)
HARBOUR_2025 = statement_id(site_data.pdf("2025", "", "").sha256, site_data.HARBOUR)
HOSTILE = statement_id(site_data.pdf("hostile", "", "").sha256, site_data.HOSTILE_ORGANISATION)
SCANNED = statement_id(site_data.pdf("scan", "", "").sha256, site_data.SCANNED)
FOOD = "food-and-beverages-agriculture-and-fishing"
PAGES = (
    "/",
    "/?q=harbour",
    "/?q=nobody+of+this+name",
    f"/organisation/{site_data.HARBOUR}",
    f"/organisation/{site_data.QUAY}",
    f"/organisation/{site_data.POLICE}",
    f"/statement/{HARBOUR}",
    f"/statement/{SCANNED}",
    f"/statement/{HOSTILE}",
    f"/statement/{HARBOUR}/since/{HARBOUR_2025}",
    "/evidence",
    "/evidence?q=growers",
    "/sectors",
    f"/sectors/{FOOD}",
    "/years",
    "/years/2026",
    "/public-bodies",
    "/changes",
    "/changes?kind=new_year",
    "/questions",
    "/method",
    "/data",
    "/accessibility",
    "/corrections",
    "/check",
    "/nope",
    "/section54",
    "/section54/statements",
    "/section54/statements?year=2026&_facet=kind&words__gt=0",
    "/section54/evidence?_search=growers",
    f"/section54/statements/{HARBOUR}",
    "/section54/declared_not_found",
    "/section54/one_area?area=policies",
    "/section54?sql=select+name+from+organisations",
    "/section54?sql=select+nonsense",
)
CHECKED = "/check with results"
PRIVATE = f"private /statement/{HARBOUR}/text"
FILES = ("report.html", "panel.html", "digest.html", "pack.html")
EVERYTHING = (*PAGES, CHECKED, PRIVATE, *FILES)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SUPPLIERS = (
    "supplier,company number,amount\nHarbour Lane Foods Ltd,1234567,100\nQuay Street Bakeries "
    "Limited,7654321,50\nTarn & Fell,,9\nNobody,,1\n"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = settings.home(tmp_path_factory.mktemp("home"))
    site_data.make_working_database(home.working_db)
    publish(home.working_db, home.site_db, model_metrics=site_data.METRICS)
    write_downloads(home.site_db)
    return home


@pytest.fixture(scope="module")
def files(home: Home) -> dict[str, Path]:
    """The documents that are made for a buyer, by kind."""
    source = home.path / "suppliers.csv"
    source.write_text(SUPPLIERS, encoding="utf-8")
    folder = home.reports / "suppliers"
    check_list(
        home, [source], folder, {}, CrawlOptions(), packs=True, today=date(2026, 11, 22), say=lambda _: None
    )
    entry = Entry("event/1", "revised", "The text has changed", site_data.HARBOUR, "Harbour Lane", ("HARBOUR",
    ), "It has changed.",
                  "2026-06-10T09:30:00Z", url="https://harbourlane.example/",
                  differences=(Sentence("+", "New."), Sentence("-", "Old.")))  # fmt: skip
    digest = folder / "digest.html"
    digest.write_text(
        as_html(Digest("Catering", "2026-06-01T00:00:00Z", "2026-06-11T00:00:00Z", (entry,), ("An alarm.",))),
        encoding="utf-8",
    )
    found = {name: next(path for path in folder.rglob("*.html") if path.name == name) for name in FILES[:3]}
    packs = [path for path in folder.rglob("*.html") if path.parent != folder]
    return {**found, "pack.html": sorted(packs)[0]}


def _serve(app: Any) -> tuple[str, uvicorn.Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}", server


@pytest.fixture(scope="module")
def sites(home: Home) -> Iterator[dict[str, str]]:
    """The addresses of the public site and of a private instance."""
    served = {
        "public": _serve(make_datasette(home.site_db, contact="hello@example.org").app()),
        "private": _serve(make_datasette(home.site_db, private=home).app()),
    }
    yield {name: address for name, (address, _) in served.items()}
    for _, server in served.values():
        server.should_exit = True


@pytest.fixture(scope="module")
def browser(driven_chromium: str) -> Iterator[Any]:
    pytest.importorskip(
        "axe_playwright_python", reason="axe-core is not installed: pip install axe-playwright-python"
    )
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=driven_chromium, args=["--no-sandbox"]) as launched,
    ):
        yield launched


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that scripts of ours may look at; those of the site itself are none, and none are let run."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def show(page: Any, name: str, sites: dict[str, str], files: dict[str, Path]) -> None:
    if name in files:
        page.goto(files[name].as_uri())
    elif name == CHECKED:
        page.goto(f"{sites['public']}/check")
        page.fill("#text", SUPPLIERS)
        page.get_by_role("button", name="Check", exact=True).click()
        page.wait_for_selector("#results")
    elif name.startswith("private "):
        page.goto(sites["private"] + name.removeprefix("private "))
    else:
        page.goto(sites["public"] + name)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@pytest.mark.parametrize("name", EVERYTHING)
def test_axe_finds_no_violation(page: Any, name: str, sites: dict[str, str], files: dict[str, Path]) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    show(page, name, sites, files)
    page.evaluate(AXE_SCRIPT)
    result = page.evaluate(f"axe.run(document, {json.dumps(RULES)})")

    assert [
        (rule["id"], [node["target"] for node in rule["nodes"]][:5], rule["nodes"][0]["failureSummary"])
        for rule in result["violations"]
    ] == []
    assert len(result["passes"]) > 10


_TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = (node) => node && (getComputedStyle(node).overflowX === 'auto' || scrolls(node.parentElement));
  const hidden = (node) => node && (getComputedStyle(node).clipPath !== 'none' || hidden(node.parentElement));
  return [...document.querySelectorAll('body *')]
    .filter((node) => node.getBoundingClientRect().right > wide + 1 && !scrolls(node) && !hidden(node))
    .map((node) => node.tagName + '.' + node.className).slice(0, 5)
    .concat(document.documentElement.scrollWidth > wide + 1 ? ['the page scrolls sideways'] : []);
}"""  # noqa: E501


@pytest.mark.parametrize("name", EVERYTHING)
def test_nothing_is_cut_off_on_a_narrow_screen_or_with_doubled_text(
    page: Any, name: str, sites: dict[str, str], files: dict[str, Path]
) -> None:
    show(page, name, sites, files)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(_TOO_WIDE) == []

    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(_TOO_WIDE) == []


_FOCUSED = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
  return {tag: node.tagName, text: (node.textContent || node.name || '').trim().slice(0, 40),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
}"""
_REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter((node) => node.type !== 'hidden' && node.getClientRects().length).length"""  # noqa: E501
MOST_STEPS = 80


@pytest.mark.parametrize("name", EVERYTHING)
def test_keyboard_reaches_everything_and_shows_where_it_is(
    page: Any, name: str, sites: dict[str, str], files: dict[str, Path]
) -> None:
    show(page, name, sites, files)
    reachable = page.evaluate(_REACHABLE)
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    stops = []

    for _ in range(min(reachable, MOST_STEPS)):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(_FOCUSED))

    assert [stop for stop in stops if stop["tag"] == "BODY"] == []
    assert [stop for stop in stops if not stop["seen"] or not stop["marked"]] == []
    if name not in files:
        assert stops[0]["text"] == "Skip to main content"


@pytest.mark.parametrize("name", EVERYTHING)
def test_paper_holds_the_whole_page_without_its_controls(
    page: Any, name: str, sites: dict[str, str], files: dict[str, Path]
) -> None:
    show(page, name, sites, files)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 less margins, at 96 dots an inch

    assert page.locator(".site-nav, .search, .skip-link, button").locator("visible=true").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 718 + 1
    assert page.evaluate("document.body.innerText.length") > 200


def test_site_works_without_scripts(browser: Any, sites: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(sites["public"])
    page.fill("#q", "harbour lane")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=harbour**")  # the front page may link to the organisation too
    page.get_by_role("link", name="HARBOUR LANE FOODS LIMITED").first.click()
    page.get_by_role("link", name="Every sentence, in reading order").click()

    assert page.get_by_role("heading", name="Quotations, in reading order").is_visible()
    context.close()
