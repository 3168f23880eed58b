"""Walks all spiders: naming, what is said of the source, and the politeness that none may lower."""

import csv
import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler
from webs import answer_from_web, options_for

from crawler import spiders
from crawler.middlewares import Redirect, Robots, retry_after
from crawler.run import build_settings
from crawler.sites import load_seeds
from crawler.spider import StatementSpider
from crawler.spiders.public_bodies import SEEDS
from demo.loopback import LoopbackServer

NAMES = [module.name for module in pkgutil.iter_modules(spiders.__path__)]


def spider_named(name: str) -> type[StatementSpider]:
    found = getattr(importlib.import_module(f"crawler.spiders.{name}"), name)
    assert isinstance(found, type)
    assert issubclass(found, StatementSpider)
    return found


def test_there_are_the_spiders_that_the_command_line_names() -> None:
    assert {"registry", "websites", "public_bodies"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_file_class_and_name_are_one(name: str) -> None:
    spider = spider_named(name)

    assert spider.name == name
    assert spider.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_the_source_is_told_whole(name: str) -> None:
    source = spider_named(name).source

    assert source.publisher
    assert source.licence
    assert source.url.startswith("https://")
    assert source.caveats
    assert all(caveat.endswith(".") for caveat in source.caveats)


@pytest.mark.parametrize("name", NAMES)
def test_no_spider_lowers_the_politeness(name: str) -> None:
    settings = Settings()
    settings.setmodule("crawler.settings")

    spider_named(name).update_settings(settings)

    assert settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getfloat("DOWNLOAD_DELAY") >= 1.0
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1


def test_the_settings_of_a_run_keep_guard_and_politeness(tmp_path: Path) -> None:
    settings = build_settings(options_for(tmp_path, 8054, ["demo.test"]))

    middlewares = settings.getwithbase("DOWNLOADER_MIDDLEWARES")
    priorities = {str(name).rpartition(".")[2]: priority for name, priority in middlewares.items()}
    assert settings["TWISTED_DNS_RESOLVER"] == "crawler.resolver.GuardResolver"
    assert priorities["RobotsTxtMiddleware"] is None
    assert (
        priorities["UrlPolicy"]
        < priorities["Robots"]
        < priorities["RetryMiddleware"]
        < priorities["Politeness"]
    )
    assert priorities["HttpCompressionMiddleware"] < priorities["Redirect"] < priorities["ArchiveMiddleware"]
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")
    assert not settings.getbool("HTTPPROXY_ENABLED")
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
    assert settings.getdict("DOWNLOAD_HANDLERS")["file"] is None
    assert settings.getfloat("DOWNLOAD_DELAY") == 1.0
    assert settings.getdict("DOWNLOAD_SLOTS") == {"demo.test": {"concurrency": 1, "delay": 0, "jitter": 0}}
    assert re.fullmatch(
        r"section-fifty-four/\S+ \(section54; \+https://example\.org/bot\)", settings["USER_AGENT"]
    )


def test_robots_rules_are_read_for_our_name(tmp_path: Path) -> None:
    class Crawler:
        settings = build_settings(options_for(tmp_path))

    robots = Robots(Crawler())  # type: ignore[arg-type]
    body = (
        b"User-agent: *\nDisallow: /\n\nUser-agent: section-fifty-four/1.0\nDisallow: "
        b"/private\nCrawl-delay: 2.5\n"
    )

    rules = robots._parse(body, "example.org")

    assert rules.refusal is None
    assert rules.file.allows("https://example.org/a")
    assert not rules.file.allows("https://example.org/private")
    assert robots.crawl_delays == {"example.org": 2.5}


def test_a_redirect_to_another_host_takes_that_hosts_slot(tmp_path: Path) -> None:
    redirect = Redirect.from_crawler(get_crawler(settings_dict={}))
    request = Request("http://a.example/", meta={"download_slot": "a.example"})

    followed = [
        redirect.process_response(request, Response("http://a.example/", 302, {"Location": location}))
        for location in ("http://b.example/", "https://a.example/x")
    ]

    assert [type(each) for each in followed] == [Request, Request]
    assert [each.meta.get("download_slot") for each in followed] == [None, "a.example"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0", 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None), (None, None)],
)
def test_retry_after_is_read_as_seconds_or_date(value: str | None, seconds: float | None) -> None:
    response = Response("http://a.example/", 429, {"Retry-After": value} if value else {})

    assert retry_after(response) == seconds


@pytest.mark.slow
def test_a_spider_from_the_template_runs_with_a_database_and_without(tmp_path: Path) -> None:
    """The page docs/add-a-source.md, step by step, on a site of the fake web."""
    root = Path(spiders.__path__[0]).parents[1]
    shutil.copytree(root / "crawler", tmp_path / "crawler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "scrapy.cfg", tmp_path)

    def run(*command: object) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "scrapy", "genspider", "-t", "statement", "port_office", "http://direct.test/")
    with LoopbackServer(answer_from_web) as server:
        place = f"127.0.0.1:{server.port}"
        resolve, delay = f'GUARD_RESOLVE={{"direct.test": "{place}"}}', "DOWNLOAD_DELAY=0"
        run("-m", "scrapy", "crawl", "port_office", "-O", "out.jsonl", "-s", resolve, "-s", delay)
        options = ("--home", tmp_path / "home", "--resolve", f"direct.test={place}", "--json")
        report = json.loads(
            run("-c", "from section54.cli import cli; cli()", "crawl", "port_office", *options)
        )

    (line,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert "port_office" in run("-m", "scrapy", "list")
    assert (line["outcome"], line["name"], line["home_link"]) == ("found", "direct.test", "direct")
    assert [document["url"] for document in line["documents"]] == [
        "http://direct.test/modern-slavery-statement"
    ]
    assert (report["spider"], report["found"]) == ("port_office", 1)


def test_the_seed_list_of_public_bodies_is_sound() -> None:
    sites = load_seeds(SEEDS)
    with SEEDS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert len(sites) == len(rows) >= 60
    assert len({site.organisation_id for site in sites}) == len(sites)
    assert all(row["source"] and re.fullmatch(r"\d{4}-\d\d-\d\d", row["source_date"]) for row in rows)
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == {
        "police_force", "police_and_crime_commissioner", "council", "nhs_body", "university", "department",
    }  # fmt: skip
    assert min(kinds.values()) >= 9
