"""`section54 demo`: the whole product on a small fictional web, by the same functions as the real one."""

from __future__ import annotations

import shutil
from typing import Any

from db.store import Store
from demo.server import DemoWeb, write_inputs
from section54 import checking, pipeline, settings
from section54.crawling import Network
from section54.pipeline import Progress
from section54.settings import Home
from section54.update import run_update

MARKER = ".section54-demo"
"""Stands in a folder that the demo made and may make anew."""

REGISTRY_YEARS = (2024, 2025, 2026)


def fresh_home(home: Home) -> Home:
    """An empty folder for the demo; raise InputError rather than delete what the demo did not make."""
    folder = home.path / "demo"
    if folder.exists() and not (folder / MARKER).exists():
        raise pipeline.InputError(f"{folder}: exists and was not made by the demo; choose another --home")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("Made anew by each `section54 demo`.\n", encoding="utf-8")
    return settings.home(folder)


def run_demo_steps(home: Home, web: DemoWeb, say: Progress) -> dict[str, Any]:
    """Load the demo registry, crawl the demo web, read, publish and check the demo supplier list."""
    inputs = home.path / "inputs"
    write_inputs(inputs, web.port)
    network = Network(allow_hosts=tuple(web.allow_hosts()), resolve=web.resolve())
    with Store(home.working_db) as store:
        registry = [
            pipeline.load_registry_year(store, home, year, f"http://registry.localhost:{web.port}", network)
            for year in web.registry_years
        ]
        for spider in ("websites", "public_bodies"):
            pipeline.choose_sites(store, spider, inputs / f"{spider}.csv", (), None)
    update = run_update(home, network, None, say)
    check = checking.check_list(
        home, inputs / "suppliers.csv", home.reports / "suppliers", {}, network, say=say
    )
    return {
        "registry": registry,
        "update": update.as_dict(),
        "check": check.as_dict(),
        "problems": update.problems,
    }
