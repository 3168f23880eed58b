"""A crawl over a small fake web in a process that a test kills: importable by that process."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from webs import WordJudge, home, link, statement_page

from crawler import run as crawler_run
from crawler import settings as crawler_settings
from crawler.items import CrawlReport, Site, Visit
from crawler.options import CrawlOptions
from db.store import Store
from demo.loopback import Answer, Request
from section54 import pipeline, settings
from section54.crawling import CrawlJob, StoreState
from section54.executors import ThisMachine

SITES = 150
IN_FLIGHT = 8


def site(number: int) -> Site:
    return Site(f"name-s{number}", f"S{number} Limited", None, f"http://s{number}.test/")


def answer(request: Request) -> Answer:
    name = request.host.removesuffix(".test")
    if request.path == "/":
        body = home(name, footer=link("/modern-slavery-statement", "Modern slavery statement")).body
    elif request.path == "/modern-slavery-statement":
        body = statement_page(name).body
    else:
        return Answer(404)
    return Answer(200, body)


def one_life(sender: Connection, folder: Path, port: int) -> None:
    """A process that crawls until it is done or killed."""

    class CrawlHere(ThisMachine):
        def crawl(self, store: Store, home: settings.Home, job: CrawlJob) -> CrawlReport:
            crawler_settings.SITES_IN_FLIGHT = IN_FLIGHT
            sender.send("crawling")
            with Store(job.working_db) as own:
                state = StoreState(own, job.options.warc_dir)
                return crawler_run.run(
                    job.spider, job.sites, job.options, SaveVisits(own, job), state, WordJudge()
                )

    sites = [site(number) for number in range(SITES)]
    options = CrawlOptions(resolve={f"s{number}.test": f"127.0.0.1:{port}" for number in range(SITES)})
    with Store(folder / "section54.db") as store:
        report = pipeline.crawl_sites(
            store, settings.home(folder), "websites", sites, options, scope="{}", executor=CrawlHere()
        )
    sender.send(report)


class SaveVisits:
    def __init__(self, store: Store, job: CrawlJob) -> None:
        self.store, self.run_id = store, job.options.run_id

    def save(self, visit: Visit) -> None:
        self.store.save_visit(self.run_id, visit)
