"""`python -m section54.shard`: one piece of work of a cluster, in a process of its own.

Started by section54.cluster on a worker: a Twisted reactor cannot be started twice, and what files do to the
process that reads them stays apart from Dask. The piece comes pickled on standard input, its result goes
pickled to standard output; both ends are our own. Standard input stays open as long as the worker lives: when
it closes, this process stops.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.archive import read_body
from crawler.items import CrawlReport, Site, Validators
from crawler.options import CrawlOptions
from db.merge import merge_shard
from db.runs import visited_in
from db.store import Busy, Store
from extraction.text import Text
from extraction.worker import Extractor
from section54.crawling import SECONDS_TO_STOP, StatementJudge, StoreSink, stored_body
from section54.executors import StoredCopy
from section54.settings import Home


@dataclass(frozen=True, slots=True)
class CrawlShard:
    """Some sites of one crawl, with what is known of their addresses."""

    database: Path
    """The shard's own; it is made, or gone on with."""
    spider: str
    sites: tuple[Site, ...]
    options: CrawlOptions
    known: Mapping[str, Validators]
    places: Mapping[str, tuple[str, int]]
    """sha256 to the WARC file and offset of the stored copy."""

    def work(self) -> CrawlReport | None:
        """Visit the sites that this shard has not visited; None when there is none left."""
        from crawler.run import run  # Scrapy is loaded where a crawl runs, and nowhere else

        run_id = self.options.run_id
        with (
            Store(self.database) as store,
            once_the_other_is_gone(store, run_id),
            Extractor(workers=1) as extractor,
        ):
            store.start_run(run_id, f"crawl {self.spider}")
            visited = visited_in(store, run_id)
            left = [site for site in self.sites if site.organisation_id not in visited]
            if not left:
                return None
            judge = StatementJudge(extractor)
            state = _Known(self.known, self.places, self.options.warc_dir)
            return run(self.spider, left, self.options, StoreSink(store, run_id, judge), state, judge)


@contextmanager
def once_the_other_is_gone(store: Store, run_id: str) -> Iterator[None]:
    """Hold the shard's lease: the process of a worker that died may still be saving its last visit."""
    end = time.monotonic() + 2 * SECONDS_TO_STOP
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(store.lease("crawl", f"{run_id} {os.getpid()}"))
                break
            except Busy:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)
        yield


def merge_left_behind(store: Store, home: Home) -> None:
    """Merge the shards of runs that were killed, whether they are gone on with or not, and delete them.

    To be called under the lease of the crawl. Raises Busy while a worker that outlived its run is still at
    one of them.
    """
    for folder in sorted(home.shards.glob("*/")):
        if not store.rows("select 1 from runs where id = ?", [folder.name]):
            continue  # of another database that stood here
        for path in sorted(folder.glob("*.db")):
            with Store(path) as shard, once_the_other_is_gone(shard, folder.name):
                pass
            merge_shard(store, path)
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class _Known:
    """What an earlier crawl saw, without its database."""

    known: Mapping[str, Validators]
    places: Mapping[str, tuple[str, int]]
    warc: Path | None

    def validators(self, url: str) -> Validators | None:
        return self.known.get(url)

    def body(self, sha256: str) -> bytes | None:
        return stored_body(self.warc, self.places.get(sha256), sha256)


@dataclass(frozen=True, slots=True)
class ExtractBatch:
    """Some stored documents to read."""

    warc: Path
    copies: tuple[StoredCopy, ...]

    def work(self) -> list[Text | str]:
        """Return the text of each, or why it could not be read from the archive."""
        bodies, results = [], list[Text | str]()
        for copy in self.copies:
            try:
                body = read_body(self.warc / copy.warc_file, copy.warc_offset, copy.sha256)
                bodies.append((copy.sha256, body))
            except (OSError, ValueError) as error:
                results.append(f"{copy.sha256}: no stored copy in {copy.warc_file}: {error}")
        with Extractor(workers=1) as extractor:
            return results + [text for _, text in extractor.extract_many(bodies)]


def _end_with_worker() -> None:
    """Stop when the worker is gone: the same piece is given to another one then.

    Reads past Python's buffer, whose lock would bring the interpreter down when the process ends before.
    """
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)


def main() -> None:
    piece: Any = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by section54.cluster
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not end up in the result
    threading.Thread(target=_end_with_worker, daemon=True).start()
    result = piece.work()
    if isinstance(result, CrawlReport) and result.finish_reason != "finished":
        sys.exit(f"the shard was stopped: {result.finish_reason}")
    pickle.dump(result, out)
    out.close()
    os._exit(0)  # the thread still waits for the worker


if __name__ == "__main__":
    # Pickled by the name under which others import it.
    from section54 import shard

    shard.main()
