"""Crawl, extract and assess on a Dask cluster: `--cluster local`, or the address of a scheduler.

A crawl is cut into shards by registrable domain, so that one process alone talks to a site and politeness holds. Each
shard runs in a subprocess of a worker and saves into a database of its own under HOME/shards; WARC files go straight to HOME/warc,
one a process. A worker that dies loses nothing that was saved: its shard is given to another, which goes on with it. Finished
shards are merged here, one transaction each. All workers must see HOME under the same path.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import tldextract

from classifier.assess import Assessment, Reading
from crawler.items import Site
from crawler.run import CrawlReport
from db.merge import merge_shard
from db.runs import unfinished_run, visited_in
from db.store import Store
from extraction.text import EXTRACTOR_VERSION
from section54 import pipeline, settings
from section54.crawling import Network
from section54.description import described
from section54.pipeline import InputError, Progress, Reader, StageReport
from section54.settings import Home
from section54.shard import CrawlShard, ExtractBatch, merge_left_behind

SHARD_SITES = (
    100  # a shard takes minutes at a request a second; a worker's death costs the sites in flight of one
)
BATCH = 20  # documents or texts of one task: seconds of work each
WORKERLESS_SECONDS = (
    120.0  # a worker that was killed is back after seconds, a new machine after a minute or two
)
RETRIES = 3  # a piece that fails so often kills whatever runs it: the run ends and says so

_domains = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None
)  # the list that comes with it: nothing is fetched


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A Dask client: of a cluster on this machine for "local", else of the scheduler at the address.

    Raises InputError where Dask is not installed or the scheduler cannot be reached.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise InputError("--cluster needs Dask: pip install 'section54[cluster]'") from None
    if address == "local":
        with (
            LocalCluster(
                threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(f"--cluster {address}: {error}") from error
    with client:
        yield client


def check_workers(client: Any) -> None:
    """Raise InputError where a worker cannot import this package, or has another version of it.

    Dask drops a worker that cannot unpack what it is sent, and then waits for others that never come.
    """
    try:
        versions = set(client.run(_extractor_version).values())
    except Exception as error:  # Dask hands on whatever the worker raised, under another type
        raise InputError(f"--cluster: a worker cannot run section54: {error}") from error
    if versions - {EXTRACTOR_VERSION}:
        raise InputError(
            f"--cluster: workers have extractor {', '.join(sorted(versions))}, this command {EXTRACTOR_VERSION}"
        )


def _extractor_version() -> str:
    return EXTRACTOR_VERSION


def _as_done(client: Any, futures: Iterable[Any]) -> Iterator[Any]:
    """Yield futures as they are done; raise InputError when no worker is left and none comes."""
    from distributed import as_completed

    waiting, at_work = as_completed(list(futures)), time.monotonic()
    while not waiting.is_empty():
        if waiting.has_ready() or client.nthreads():
            at_work = time.monotonic()
        if waiting.has_ready():
            yield next(waiting)
        elif time.monotonic() - at_work > WORKERLESS_SECONDS:
            raise InputError(
                f"--cluster: no worker for {WORKERLESS_SECONDS:.0f} s; what was saved stays, the same command goes on with the rest"
            )
        else:
            time.sleep(0.2)


def in_subprocess(piece: CrawlShard | ExtractBatch) -> Any:
    """Run one piece of work in a process of its own and return its result; the process ends when this one does."""
    command = [sys.executable, "-P", "-m", "section54.shard"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(piece, process.stdin)
    process.stdin.flush()  # and left open: its end tells the process that this one is gone
    result = process.stdout.read()
    process.stdin.close()
    if process.wait() != 0 or not result:
        raise RuntimeError(f"a piece of work ended with exit code {process.returncode}")
    return pickle.loads(result)  # noqa: S301 - written by section54.shard


# --- crawl


def shards_of(sites: Sequence[Site], size: int = SHARD_SITES) -> list[tuple[Site, ...]]:
    """Cut sites into shards of about `size`; all of one registrable domain come together, in an order that is always the same."""
    domains: dict[str, list[Site]] = {}
    for site in sites:
        domains.setdefault(domain_of(site), []).append(site)
    shards: list[list[Site]] = []
    for domain in sorted(domains, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        if not shards or len(shards[-1]) >= size:
            shards.append([])
        shards[-1] += domains[domain]
    return [tuple(shard) for shard in shards]


def domain_of(site: Site) -> str:
    """The registrable domain where a visit starts (example.co.uk); the host itself where it has none."""
    url = site.home_url or next(iter(site.statement_urls), "")
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    return _domains(host).top_domain_under_public_suffix or host


def crawl_sites(
    store: Store,
    home: Home,
    spider: str,
    sites: Sequence[Site],
    network: Network,
    client: Any,
    *,
    scope: str | None = None,
    fresh: bool = False,
    size: int = SHARD_SITES,
    say: Progress,
) -> CrawlReport:
    """As `pipeline.crawl_sites`, over the workers of a cluster.

    Raises Busy, too, while a worker is still at a shard of a run that was killed.
    """
    started = time.monotonic()
    command = f"crawl {spider}"
    resumed = None if fresh or scope is None else unfinished_run(store, command, scope)
    run_id = resumed or pipeline.new_run_id(spider)
    with store.lease("crawl", run_id):
        store.start_run(run_id, command, scope)
        merge_left_behind(store, home)
        folder = home.shards.resolve() / run_id
        folder.mkdir(parents=True, exist_ok=True)
        visited = visited_in(store, run_id)
        left = [site for site in sites if site.organisation_id not in visited]
        try:
            errors = _run_shards(store, home, spider, left, network, client, run_id, size, say)
        except BaseException as error:
            pipeline.end_early(store, spider, run_id, error)
            raise
        seconds = time.monotonic() - started
        report = replace(pipeline.empty_report(spider, run_id), errors=errors, seconds=seconds)
        report = pipeline.whole_run(store, report)
        store.finish_run(
            run_id, report.finish_reason, {**asdict(report), "broken": pipeline.why_broken(store, report)}
        )
        shutil.rmtree(folder)
    return report


def _run_shards(
    store: Store, home: Home, spider: str, sites: Sequence[Site], network: Network, client: Any, run_id: str, size: int, say: Progress
) -> tuple[str, ...]:  # fmt: skip
    check_workers(client)
    options = replace(
        network.options(home.warc.resolve(), run_id, settings.CONTACT), forgotten=store.forgotten()
    )
    folder = home.shards.resolve() / run_id
    pieces = {}
    for shard in shards_of(sites, size):
        name = hashlib.sha256("\n".join(site.organisation_id for site in shard).encode()).hexdigest()[:16]
        known, places = _known(store, shard)
        piece = CrawlShard(folder / f"{name}.db", spider, shard, options, known, places)
        pieces[client.submit(in_subprocess, piece, retries=RETRIES, pure=False)] = piece
    total = len(pieces)
    errors: list[str] = []
    for done, future in enumerate(_as_done(client, pieces), start=1):
        report = future.result()
        merge_shard(store, pieces.pop(future).database)
        # A result that is held is made again when its worker dies: this shard would be crawled anew once its folder is gone.
        future.release()
        errors += report.errors if report is not None else ()
        say(f"shard {done} of {total}")
    return tuple(errors)


def _known(store: Store, sites: Sequence[Site]) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
    """What earlier visits to these organisations saw, for conditional requests."""
    identifiers = json.dumps([site.organisation_id for site in sites])
    urls = store.rows(
        "select distinct url from snapshots where organisation_id in (select value from json_each(?))",
        [identifiers],
    )
    known = {row["url"]: store.validators(row["url"]) for row in urls}
    places = {item.sha256: store.stored_copy(item.sha256) for item in known.values() if item}
    return known, {sha256: place for sha256, place in places.items() if place}


# --- extract and assess


def extract_pending(store: Store, home: Home, client: Any, say: Progress) -> StageReport:
    """As `pipeline.extract_pending`, over the workers of a cluster."""
    check_workers(client)
    store.set_current_versions(extractor=EXTRACTOR_VERSION)
    pending = [row for row in store.pending_documents() if row["warc_file"]]
    pieces = [
        ExtractBatch(
            home.warc.resolve(),
            tuple((row["sha256"], row["warc_file"], row["warc_offset"]) for row in pending[at : at + BATCH]),
        )
        for at in range(0, len(pending), BATCH)
    ]
    failed: list[str] = []
    done = 0
    for future in _as_done(
        client, [client.submit(in_subprocess, piece, retries=RETRIES, pure=False) for piece in pieces]
    ):
        texts, unread = future.result()
        failed += unread
        for text in texts:
            store.save_text(described(text))
            done += 1
            if text.error is not None:
                failed.append(f"{text.sha256}: {text.error.kind}: {text.error.message}")
        future.release()
        say(f"extract {done} of {len(pending)}")
    return StageReport("extract", done, tuple(failed))


def assess_pending(store: Store, client: Any, say: Progress) -> StageReport:
    """As `pipeline.assess_pending`, over the workers of a cluster."""
    check_workers(client)
    reader = Reader.load()
    pipeline.set_reader(store, reader)
    pending = store.pending_texts()
    batches = {}
    for at in range(0, len(pending), BATCH):
        rows = pending[at : at + BATCH]
        readings = [pipeline.reading_of_row(store, row) for row in rows]
        batches[client.submit(_assess, readings, retries=RETRIES, pure=False)] = rows
    done = 0
    for future in _as_done(client, batches):
        for row, assessment in zip(batches.pop(future), future.result(), strict=True):
            store.save_assessment(row["sha256"], row["extractor_version"], assessment)
            done += 1
        future.release()
        say(f"assess {done} of {len(pending)}")
    return StageReport("assess", done, ())


@lru_cache(1)
def _reader() -> Reader:
    """Loaded once a worker."""
    return Reader.load()


def _assess(readings: Sequence[Reading]) -> list[Assessment]:
    return [_reader().assess(reading) for reading in readings]
