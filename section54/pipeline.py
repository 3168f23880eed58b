"""The composition root: crawl, extract, assess, publish. Each step works off what the one before it saved.

Every step may be stopped and run again: it goes on with what is pending and does nothing when nothing is.
Errors in one document never stop a run: they are stored with the document and counted in the report.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from classifier.assess import Reading
from crawler.addresses import split_address
from crawler.items import Attempt, CrawlReport, Site
from crawler.options import CrawlOptions, new_run_id
from crawler.registry import RegistryFile, download_url, read_registry_csv
from crawler.sites import load_seeds
from db.publish import PublishReport, publish
from db.runs import found_again, report_before, totals, unfinished_run, visited_in, visits_with_failed_reading
from db.store import Store
from domain.dates import stamp
from domain.organisations import organisation_id
from extraction.statements import chosen_sentences
from extraction.text import EXTRACTOR_VERSION, loss_in_words
from section54 import settings
from section54.crawling import CrawlJob, fetch
from section54.description import described
from section54.exceptions import InputError
from section54.executors import Executor, StoredCopy, ThisMachine
from section54.holdings import finish_deletions
from section54.reader import Reader, model_metrics
from section54.settings import Home
from section54.shard import merge_left_behind

Progress = Callable[[str], None]

FEW = 3
"""So many sites do not fail together by chance."""

FAILED_READING = 10
"""One site in so many: a hostile file kills its own reader only, a machine without memory kills them all."""

BUILT_IN = ("registry", "websites", "public_bodies")
"""The spiders whose sites the database knows; all others bring their own."""


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one step did: how many were done, and what failed with the reason."""

    stage: str
    done: int
    failed: tuple[str, ...]


# --- registry


def load_registry_file(store: Store, path: Path, *, accept_withdrawals: bool = False) -> dict[str, Any]:
    """Read one registry CSV into the database; raise InputError when it is no registry file."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    return _save_registry(store, body, str(path), accept_withdrawals)


def load_registry_year(
    store: Store,
    home: Home,
    year: int,
    base_url: str | None,
    options: CrawlOptions,
    *,
    accept_withdrawals: bool = False,
) -> dict[str, Any]:
    """Download the registry's file of one year and read it in. An address given as `base_url` is opted in."""
    url = download_url(year, base_url) if base_url else download_url(year)
    allowed = (*options.allow_hosts, _host_port(base_url)) if base_url else options.allow_hosts
    for_run = replace(options, allow_hosts=allowed).for_run(
        new_run_id("registry"), home.warc, settings.CONTACT
    )
    (result,) = fetch([url], for_run)
    if isinstance(result, Attempt):
        raise InputError(f"{url}: {result.reason.replace('_', ' ')} {result.detail}".strip())
    return _save_registry(store, result.body, url, accept_withdrawals)


def _host_port(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _save_registry(store: Store, body: bytes, name: str, accept_withdrawals: bool) -> dict[str, Any]:
    try:
        file: RegistryFile = read_registry_csv(body, name)
    except ValueError as error:
        raise InputError(str(error)) from error
    rejected = [asdict(row) for row in file.rejected]
    counts = store.save_registry(
        file.listings,
        name=name,
        sha256=hashlib.sha256(body).hexdigest(),
        rejected=rejected,
        unknown_columns=file.unknown_columns,
        accept_withdrawals=accept_withdrawals,
    )
    return {
        **counts,
        "unknown_columns": list(file.unknown_columns),
        "missing_columns": list(file.missing_columns),
        "rejected": rejected,
        "warnings": [*file.warnings, *counts["warnings"]],
        "source": name,
    }


# --- crawl


def spiders() -> tuple[str, ...]:
    """The spiders of an update: those of the database first, then what contributors added."""
    from crawler.run import spider_names  # Scrapy is loaded where spiders are asked for

    return (*BUILT_IN, *(name for name in spider_names() if name not in BUILT_IN))


def sites_of(store: Store, spider: str, limit: int | None) -> list[Site]:
    """The sites that are known for a spider, in order of name; of a contributor's spider those that it
    names.
    """
    known = {
        "registry": store.registry_sites,
        "websites": store.website_sites,
        "public_bodies": store.public_body_sites,
    }
    return known[spider](limit) if spider in known else _own_sites(store, spider)[:limit]


def _own_sites(store: Store, spider: str) -> list[Site]:
    from crawler.run import load_spider  # Scrapy is loaded where a spider is asked for

    listed = list(load_spider(spider).default_sites())
    store.save_seeds(listed, source=spider)
    return store.with_known_addresses(listed)


def choose_sites(
    store: Store, spider: str, seeds: Path | None, urls: Sequence[str], limit: int | None
) -> list[Site]:
    """The sites of a seed list or of single addresses, else those that are known, else those that the spider
    names.

    Statements that earlier visits found are asked for again at their address, however the site was chosen.
    Organisations of a seed list are made known to the database. Raises InputError for a list that cannot be
    read.
    """
    if urls:
        return store.with_known_addresses([site_of_address(spider, url) for url in urls][:limit])
    if seeds is None:
        return sites_of(store, spider, limit) or _own_sites(store, spider)[:limit]
    try:
        listed = load_seeds(seeds)
    except (ValueError, OSError) as error:
        raise InputError(str(error)) from error
    store.save_seeds(listed, source=spider)
    return store.with_known_addresses(listed[:limit])


def site_of_address(spider: str, url: str) -> Site:
    """A site known by its address alone: it is named by its host until a list says better."""
    host = split_address(url if "//" in url else f"//{url}").hostname
    if not host:
        raise InputError(f"{url}: no address of a web page")
    name = host.removeprefix("www.")
    if spider == "registry":
        return Site(organisation_id(name), name, statement_urls=(url,))
    return Site(organisation_id(name), name, home_url=url)


def scope_of(
    *, seeds: Path | None = None, urls: Sequence[str] = (), limit: int | None = None, due: bool = False
) -> str:
    """What a crawl was asked to visit: a stopped run goes on when the same is asked for again."""
    asked = {"seeds": str(seeds.resolve()) if seeds else None, "urls": list(urls), "limit": limit, "due": due}
    return json.dumps({name: value for name, value in asked.items() if value})


def crawl_sites(
    store: Store,
    home: Home,
    spider: str,
    sites: Sequence[Site],
    options: CrawlOptions,
    *,
    scope: str | None = None,
    fresh: bool = False,
    verbose: bool = False,
    executor: Executor | None = None,
) -> CrawlReport:
    """Visit the sites with one spider, saving each visit as it ends, and return the report of the whole run.

    A run of the same spider and scope that was stopped or killed in the last days goes on: only the sites
    that it did not visit are visited, unless `fresh` or without a scope. The `executor` does the visits: this
    machine, unless a cluster is given. Raises db.store.Busy while another crawl of this collection is at
    work, and section54.crawling.CrawlFailed when the crawl process dies.
    """
    command = f"crawl {spider}"
    resumed = None if fresh or scope is None else unfinished_run(store, command, scope)
    run_id = resumed or new_run_id(spider)
    with store.lease("crawl", run_id):
        store.start_run(run_id, command, scope)
        finish_deletions(store, home)
        merge_left_behind(store, home)
        visited = visited_in(store, run_id)
        left = tuple(site for site in sites if site.organisation_id not in visited)
        if visited and verbose:
            print(f"going on with run {run_id}: {len(left)} of {len(sites)} sites left", file=sys.stderr)
        for_run = options.for_run(run_id, home.warc, settings.CONTACT, store.forgotten())
        job = CrawlJob(spider, left, for_run, store.path, verbose)
        try:
            part = (
                (executor or ThisMachine()).crawl(store, home, job)
                if left
                else CrawlReport.empty(spider, run_id)
            )
        except BaseException as error:
            end_early(store, spider, run_id, error)
            raise
        report = whole_run(store, part)
        broken = why_broken(store, report)
        store.finish_run(run_id, report.finish_reason, {**asdict(report), "broken": broken})
    return report


def end_early(store: Store, spider: str, run_id: str, error: BaseException) -> None:
    """Note that a run ended with an error: it counts as broken.

    One that a person stopped is judged by what it saw.
    """
    stopped = replace(CrawlReport.empty(spider, run_id), finish_reason="shutdown")
    by_hand = isinstance(error, KeyboardInterrupt)
    broken = (
        why_broken(store, whole_run(store, stopped))
        if by_hand
        else f"the crawl failed: {type(error).__name__}: {error}"
    )
    store.finish_run(run_id, type(error).__name__, {"error": str(error), "broken": broken})


def whole_run(store: Store, part: CrawlReport) -> CrawlReport:
    """The report of the process that ended the run, with the counts of all that worked on it."""
    whole = totals(store, part.run_id)
    return replace(
        part,
        sites=whole.sites,
        found=whole.outcomes.get("found", 0),
        outcomes=whole.outcomes,
        requests=whole.requests,
        documents=whole.documents,
        attempts=whole.attempts,
    )


def compared_with_last(store: Store, report: CrawlReport) -> dict[str, tuple[int | None, int]]:
    """For sites, requests, documents and each outcome: how many in the last finished run of the spider, and
    in this one.
    """
    before = report_before(store, f"crawl {report.spider}", report.run_id)
    counts = {name: getattr(report, name) for name in ("sites", "requests", "documents")} | report.outcomes
    if before is None:
        return {name: (None, count) for name, count in counts.items()}
    then = {name: before[name] for name in ("sites", "requests", "documents")} | before["outcomes"]
    return {name: (then.get(name, 0), counts.get(name, 0)) for name in sorted({*then, *counts})}


def why_broken(store: Store, report: CrawlReport) -> str | None:
    """Tell a broken crawl from a quiet one: a sentence that says what is wrong, or None.

    Sites that gave nothing are an outcome. Broken is: an exception in the crawler, no site at all, reading
    that failed here for a tenth of the sites, nothing reachable among at least three sites, or a statement at
    less than half of those that gave one at their last visit, of which there must be three.
    """
    if report.errors:
        return f"{len(report.errors)} errors in the crawler, first: {report.errors[0]}"
    if report.sites == 0:
        return "there was no site to visit"
    if report.finish_reason not in ("finished", "shutdown"):
        return f"the crawl ended early: {report.finish_reason}"
    if report.sites >= FEW and report.outcomes.get("unreachable", 0) == report.sites:
        return f"none of {report.sites} sites could be reached: is the network there?"
    unread = visits_with_failed_reading(store, report.run_id)
    if unread and unread * FAILED_READING >= report.sites:
        return f"reading failed on this machine at {unread} of {report.sites} sites: is there memory enough?"
    before, now_found = found_again(store, report.run_id)
    if before >= FEW and now_found * 2 < before:
        return f"of {before} sites that gave a statement at their last visit, {now_found} did"
    return None


# --- extract


def extract_pending(store: Store, home: Home, say: Progress, executor: Executor | None = None) -> StageReport:
    """Give every stored document a text of this extractor version."""
    store.set_current_versions(extractor=EXTRACTOR_VERSION)
    pending = store.pending_documents()
    stored = [row for row in pending if row["warc_file"]]
    failed = [f"{row['sha256']}: no stored copy" for row in pending if not row["warc_file"]]
    copies = [StoredCopy(row["sha256"], row["warc_file"], row["warc_offset"]) for row in stored]
    done = 0
    for text in (executor or ThisMachine()).texts(home, copies):
        if isinstance(text, str):
            failed.append(text)
            continue
        store.save_text(described(text))
        done += 1
        if text.error is not None:
            failed.append(f"{text.sha256}: {text.error.kind}: {text.error.message}")
        say(f"extract {done} of {len(copies)}")
    return StageReport("extract", done, tuple(failed))


# --- assess


def assess_pending(
    store: Store, say: Progress, reader: Reader | None = None, executor: Executor | None = None
) -> StageReport:
    """Give every text an assessment by the current rubric and model."""
    reader = reader or Reader.load()
    set_reader(store, reader)
    pending = {(row["sha256"], row["extractor_version"]): row for row in store.pending_texts()}
    readings = ((key, reading_of_row(store, row)) for key, row in pending.items())
    assessed = (executor or ThisMachine()).assessments(readings, reader.assess)
    for done, (key, assessment) in enumerate(assessed, start=1):
        store.save_assessment(*key, assessment)
        say(f"assess {done} of {len(pending)}")
    return StageReport("assess", len(pending), ())


def set_reader(store: Store, reader: Reader) -> None:
    """Make a rubric and model the current ones: what others assessed is pending again.

    Raises InputError for another law's rubric: a collection and its site are about section 54.
    """
    if reader.rubric.id != settings.DEFAULT_RUBRIC:
        raise InputError(
            f"rubric {reader.rubric.id}: a collection is read by {settings.DEFAULT_RUBRIC} and its rulesets; "
            "`section54 scan --rubric` reads files by any rubric"
        )
    store.set_current_versions(
        extractor=EXTRACTOR_VERSION,
        rubric=f"{reader.rubric.id} {reader.rubric.ruleset}",
        model=reader.model.name,
    )


def reading_of_row(store: Store, row: dict[str, Any]) -> Reading:
    """A stored text (a row of pending_texts) as the classifier takes it."""
    metadata = json.loads(row["metadata"] or "{}")
    return Reading(
        sentences=chosen_sentences(store.sentences(row["sha256"], row["extractor_version"])),
        pages=row["pages"],
        pages_read=tuple(json.loads(row["pages_read"])),
        low_confidence=bool(row["low_confidence"]),
        language=row["language"],
        error=row["error_kind"],
        loss=loss_in_words(metadata),
        furniture=tuple(metadata.get("furniture", ())),
        organisation=store.only_organisation_of(row["sha256"]),
    )


# --- publish


def publish_site(home: Home, *, allow_shrink: bool = False) -> PublishReport:
    """Build the published file beside the old one and swap it in; raise db.checks.PublishRefused, the old
    file stays.
    """
    home.site_db.parent.mkdir(parents=True, exist_ok=True)
    return publish(
        home.working_db,
        home.site_db,
        model_metrics=model_metrics(),
        generated_at=stamp(),
        allow_shrink=allow_shrink,
    )
