"""`section54 update`: crawl what is known, extract, assess, compare, check the data, publish; for a
schedule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from crawler.items import CrawlReport
from crawler.options import CrawlOptions
from db.checks import PublishRefused
from db.publish import PublishReport
from db.store import Busy, Store
from section54.crawling import CrawlFailed
from section54.monitoring.compare import compare_pending
from section54.pipeline import (
    Progress,
    StageReport,
    assess_pending,
    crawl_sites,
    extract_pending,
    publish_site,
    scope_of,
    sites_of,
    why_broken,
)
from section54.pipeline import spiders as all_spiders
from section54.reader import Reader
from section54.schedule import due_sites
from section54.settings import Home

DONE, FAILED, BROKEN_CRAWL = 0, 1, 3


@dataclass(slots=True)
class Update:
    """What came of each step; later steps run even where a crawl was broken: they work off what is stored."""

    crawls: list[CrawlReport] = field(default_factory=list)
    stages: list[StageReport] = field(default_factory=list)
    events: int = 0
    published: PublishReport | None = None
    problems: list[str] = field(default_factory=list)
    exit_code: int = DONE

    def failed(self, problems: Iterable[str], exit_code: int) -> None:
        for problem in problems:
            self.problems.append(problem)
            self.exit_code = max(self.exit_code, exit_code)

    def as_dict(self) -> dict[str, Any]:
        return {
            "crawls": [asdict(report) for report in self.crawls],
            "stages": [asdict(report) for report in self.stages],
            "events": self.events,
            "published": asdict(self.published) if self.published else None,
            "problems": self.problems,
        }

    def as_text(self) -> str:
        lines = [f"crawl {r.spider}: {r.sites} sites, {r.found} with a statement" for r in self.crawls]
        lines += [
            f"{stage.stage}: {stage.done} done, {len(stage.failed)} could not be read"
            for stage in self.stages
        ]
        lines.append(f"events: {self.events}")
        if self.published:
            lines.append(f"published {self.published.path}")
        return "\n".join(lines)


def run_update(
    home: Home,
    network: CrawlOptions,
    limit: int | None,
    say: Progress,
    spiders: Iterable[str] | None = None,
    *,
    today: date,
    due: bool = False,
) -> Update:
    """Run every step on what the database knows, or on what is `due` of it; a spider without sites is left
    out.
    """
    update = Update()
    reader = Reader.load()
    with Store(home.working_db) as store:
        for spider in all_spiders() if spiders is None else spiders:
            _crawl(update, store, home, spider, network, limit, today if due else None)
        for stage in (extract_pending(store, home, say), assess_pending(store, say, reader)):
            update.stages.append(stage)
            update.failed((f"{stage.stage}: {failure}" for failure in stage.failed), FAILED)
        update.events = compare_pending(store, say, today)
    try:
        update.published = publish_site(home)
    except PublishRefused as error:
        update.failed([str(error)], FAILED)
    return update


def _crawl(
    update: Update,
    store: Store,
    home: Home,
    spider: str,
    network: CrawlOptions,
    limit: int | None,
    due_today: date | None,
) -> None:
    """Crawl the sites of a spider; those that are due on a day where one is given."""
    if due_today is None:
        sites = sites_of(store, spider, limit)
    else:
        sites = due_sites(store, spider, sites_of(store, spider, None), due_today)[:limit]
    if not sites:
        return
    scope = scope_of(limit=limit, due=due_today is not None)
    try:
        report = crawl_sites(store, home, spider, sites, network, scope=scope, verbose=True)
    except (Busy, CrawlFailed) as error:
        update.failed([f"crawl {spider}: {error}"], BROKEN_CRAWL)
        return
    update.crawls.append(report)
    broken = why_broken(store, report)
    update.failed([f"crawl {spider}: {broken}"] if broken else [], BROKEN_CRAWL)
