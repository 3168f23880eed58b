"""`section54 demo`: the whole product on a small fictional web, by the same functions as the real one."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Any

from crawler.options import CrawlOptions
from db.store import Store
from demo.organisations import REGISTRY_YEARS, write_inputs
from demo.server import DemoWeb
from section54 import pipeline, settings
from section54.exceptions import InputError
from section54.pipeline import Progress
from section54.settings import Home
from section54.suppliers import checking
from section54.update import run_update


def fresh_home(home: Home) -> Home:
    """An empty folder for the demo; raise InputError rather than delete what the demo did not make."""
    folder = home.path / "demo"
    if folder.exists() and not settings.home(folder).is_demo:
        raise InputError(f"{folder}: exists and was not made by the demo; choose another --home")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / settings.DEMO_MARKER).write_text(
        "All organisations in this folder are fictional. Each `section54 demo` makes it afresh.\n",
        encoding="utf-8",
    )
    return settings.home(folder)


def run(home: Home, web: DemoWeb, network: CrawlOptions, today: date, say: Progress) -> dict[str, Any]:
    """Load the demo registry, crawl the demo web, read, publish and check the demo supplier list."""
    inputs = home.path / "inputs"
    write_inputs(inputs, web.port)
    network = CrawlOptions(
        allow_hosts=(*network.allow_hosts, *web.allow_hosts()),
        resolve={**(network.resolve or {}), **web.resolve()},
        delay=network.delay,
    )
    with Store(home.working_db) as store:
        registry = [
            pipeline.load_registry_year(store, home, year, f"http://registry.localhost:{web.port}", network)
            for year in REGISTRY_YEARS
        ]
        for spider in ("websites", "public_bodies"):
            pipeline.choose_sites(store, spider, inputs / f"{spider}.csv", (), None)
    update = run_update(home, network, None, say, today=today)
    check = checking.check_list(
        home,
        [inputs / "suppliers.csv"],
        home.reports / "suppliers",
        {},
        network,
        today=today,
        say=say,
    )
    return {
        "registry": registry,
        "update": update.as_dict(),
        "check": check.as_dict(),
        "problems": update.problems,
    }


def open_web(port: int) -> DemoWeb:
    """The demo web at `port`, or at a free port when that one is in use."""
    try:
        return DemoWeb(port)
    except OSError:
        return DemoWeb(0)


def as_text(folder: Home, summary: dict[str, Any]) -> str:
    """What was done and where it lies."""
    listings = sum(loaded["listings"] for loaded in summary["registry"])
    crawls = summary["update"]["crawls"]
    lines = [
        "All organisations are fictional.",
        f"registry: {listings} listings of {len(summary['registry'])} registry years",
        *(
            f"crawl {crawl['spider']}: {crawl['sites']} sites, {crawl['found']} with a statement"
            for crawl in crawls
        ),
        f"check: {len(summary['check']['suppliers'])} suppliers of the demo list",
        *(f"  {count['suppliers']:>3}  {count['label']}" for count in summary["check"]["summary"]),
        *(f"  {path}" for path in summary["check"]["files"]),
        f"published: {folder.site_db}",
        *(f"problem: {problem}" for problem in summary["problems"]),
    ]
    return "\n".join(lines)
