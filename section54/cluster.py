"""The executor that shares work on a Dask cluster: `--cluster local`, or the address of a scheduler.

A crawl is cut into shards by registrable domain, so that one process alone talks to a site and politeness
holds. Each shard runs in a subprocess of a worker and saves into a database of its own under HOME/shards;
WARC files go straight to HOME/warc, one a process. A worker that dies loses nothing that was saved: its shard
is given to another, which goes on with it. Finished shards are merged here, one transaction each. All workers
must see HOME under the same path.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import tldextract

from classifier.assess import Assessment, Reading
from crawler.items import CrawlReport, Site
from db.merge import merge_shard
from db.store import Store
from extraction.text import EXTRACTOR_VERSION, Text
from section54.crawling import CrawlJob
from section54.exceptions import InputError
from section54.executors import Key, StoredCopy
from section54.pipeline import Progress
from section54.reader import Reader
from section54.settings import Home
from section54.shard import CrawlShard, ExtractBatch

Item = TypeVar("Item")

# A shard takes minutes at a request a second; a worker's death costs the sites in flight of one.
SHARD_SITES = 100
# Documents or texts of one task: seconds of work each.
BATCH = 20
# A worker that was killed is back after seconds, a new machine after a minute or two.
WORKERLESS_SECONDS = 120.0
# A piece that fails so often kills whatever runs it: the run ends and says so.
RETRIES = 3

# The list that comes with the package: nothing is fetched.
_domains = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


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
            f"--cluster: workers have extractor {', '.join(sorted(versions))}, this command "
            f"{EXTRACTOR_VERSION}"
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
                f"--cluster: no worker for {WORKERLESS_SECONDS:.0f} s; what was saved stays, the same "
                "command goes on with the rest"
            )
        else:
            time.sleep(0.2)


def in_subprocess(piece: CrawlShard | ExtractBatch) -> Any:
    """Run one piece of work in a process of its own and return its result; the process ends when this one
    does.
    """
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
    """Cut sites into shards of about `size`; all of one registrable domain come together, in an order that is
    always the same.
    """
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


class Cluster:
    """The executor over the workers of a Dask cluster."""

    def __init__(self, client: Any, say: Progress, shard_sites: int = SHARD_SITES) -> None:
        self._client, self._say, self._shard_sites = client, say, shard_sites

    def crawl(self, store: Store, home: Home, job: CrawlJob) -> CrawlReport:
        """Visit the sites in shards and merge each as it is done.

        Raises Busy while a worker is still at a shard of a run that was killed.
        """
        started = time.monotonic()
        check_workers(self._client)
        folder = home.shards.resolve() / job.options.run_id
        folder.mkdir(parents=True, exist_ok=True)
        shards = _shards(store, folder, job, self._shard_sites)
        futures = {self._send(in_subprocess, shard): shard for shard in shards}
        errors: list[str] = []
        for done, future in enumerate(_as_done(self._client, futures), start=1):
            report = future.result()
            merge_shard(store, futures.pop(future).database)
            # A result that is held is made again when its worker dies: this shard would be crawled a second
            # time.
            future.release()
            errors += report.errors if report is not None else ()
            self._say(f"shard {done} of {len(shards)}")
        shutil.rmtree(folder)
        return CrawlReport.empty(
            job.spider, job.options.run_id, errors=tuple(errors), seconds=time.monotonic() - started
        )

    def texts(self, home: Home, copies: Sequence[StoredCopy]) -> Iterator[Text | str]:
        check_workers(self._client)
        warc = home.warc.resolve()
        batches = [ExtractBatch(warc, tuple(batch)) for batch in _batches(copies)]
        for future in _as_done(self._client, [self._send(in_subprocess, batch) for batch in batches]):
            yield from future.result()
            future.release()

    def assessments(
        self, readings: Iterable[tuple[Key, Reading]], assess: Callable[[Reading], Assessment]
    ) -> Iterator[tuple[Key, Assessment]]:
        check_workers(self._client)
        futures = [self._send(_assess, batch) for batch in _batches(readings)]
        for future in _as_done(self._client, futures):
            yield from future.result()
            future.release()

    def _send(self, function: Callable[[Any], Any], piece: Any) -> Any:
        return self._client.submit(function, piece, retries=RETRIES, pure=False)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch


def _shards(store: Store, folder: Path, job: CrawlJob, size: int) -> list[CrawlShard]:
    options = replace(job.options, warc_dir=(job.options.warc_dir or folder).resolve())
    shards = []
    for sites in shards_of(job.sites, size):
        name = hashlib.sha256("\n".join(site.organisation_id for site in sites).encode()).hexdigest()[:16]
        shards.append(CrawlShard(folder / f"{name}.db", job.spider, sites, options, *_known(store, sites)))
    return shards


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


@lru_cache(1)
def _reader() -> Reader:
    """Loaded once a worker."""
    return Reader.load()


def _assess(readings: Sequence[tuple[Key, Reading]]) -> list[tuple[Key, Assessment]]:
    return [(key, _reader().assess(reading)) for key, reading in readings]
