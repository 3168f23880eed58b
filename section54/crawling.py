"""One crawl in a process of its own: a Twisted reactor cannot be started twice, and what a site sends stays
apart.

The child opens the database itself. It gets a picklable `CrawlJob` and sends back the crawler's report.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from classifier.kind import judge_text
from crawler.appearance import calls_itself_statement
from crawler.archive import read_body
from crawler.items import Attempt, CrawlReport, Document, Judgement, Site, Validators, Visit
from crawler.options import CrawlOptions
from db.store import Store
from domain import machine
from domain.organisations import names_organisation
from extraction.text import PASSING_ERRORS, Text
from extraction.worker import Extractor
from section54.description import described

logger = logging.getLogger(__name__)

TEXTS_KEPT = 64
"""Texts held between the judge and the sink: enough for the sites in flight and the groups among them."""

SECONDS_TO_STOP = 20.0
"""What a crawl whose parent is gone has to give up its visits in flight; a drained crawl took 3.2 s (design
study)."""


class CrawlFailed(Exception):
    """The crawl process died or could not start; the message says why."""


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """The order to a crawl process: which sites, how, and where to save. It can be pickled."""

    spider: str
    sites: tuple[Site, ...]
    options: CrawlOptions
    working_db: Path
    verbose: bool = False


def crawl(job: CrawlJob) -> CrawlReport:
    """Run the crawl in a child process and return its report; raise CrawlFailed when the child dies."""
    report: CrawlReport = _in_child(_crawl_child, job)
    return report


def fetch(urls: Sequence[str], options: CrawlOptions) -> list[Document | Attempt]:
    """Fetch single addresses, in order, behind the same guard and politeness as a crawl."""
    found: list[Document | Attempt] = _in_child(_fetch_child, (tuple(urls), options))
    return found


def _in_child(target: Callable[[Any, Connection], None], argument: Any) -> Any:
    context = machine.spawning()
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_report_errors, args=(target, argument, sender), daemon=False)
    child.start()
    sender.close()
    try:
        kind, value = receiver.recv()
    except EOFError:
        child.join()
        raise CrawlFailed(f"the crawl process ended without a report (exit code {child.exitcode})") from None
    except KeyboardInterrupt:
        # The child has had the same signal: it finishes what is in flight and saves it.
        child.join()
        raise
    child.join()
    if kind == "error":
        raise CrawlFailed(value)
    return value


def _report_errors(target: Callable[[Any, Connection], None], argument: Any, sender: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        target(argument, sender)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        sender.send(("error", f"{type(error).__name__}: {error}"))


def _end_with_parent() -> None:
    """Stop when the parent was killed: another run may start then, and both together would double the load on
    sites.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(SECONDS_TO_STOP)
        os._exit(1)


def _crawl_child(job: CrawlJob, sender: Connection) -> None:
    from crawler.run import run  # Scrapy is loaded where a crawl runs, and nowhere else

    with Store(job.working_db) as store, Extractor() as extractor:
        judge = StatementJudge(extractor)
        report = run(
            job.spider,
            job.sites,
            job.options,
            sink=StoreSink(store, job.options.run_id, judge),
            state=StoreState(store, job.options.warc_dir),
            judge=judge,
            progress=_progress(len(job.sites)) if job.verbose else None,
        )
    sender.send(("report", report))


def _fetch_child(argument: tuple[tuple[str, ...], CrawlOptions], sender: Connection) -> None:
    from crawler.run import fetch as fetch_here

    urls, options = argument
    sender.send(("report", fetch_here(urls, options)))


def _progress(sites: int) -> Callable[[Visit], None]:
    """Say each visit as it ends, with its number, on standard error."""
    numbers = itertools.count(1)

    def say(visit: Visit) -> None:
        outcome = str(visit.outcome).replace("_", " ")
        print(f"  {next(numbers)} of {sites}  {visit.site.name}: {outcome}", file=sys.stderr, flush=True)

    return say


class StatementJudge:
    """Reads what the crawler fetched, in a worker process, and says whether it is a statement."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._texts: OrderedDict[str, Text] = OrderedDict()

    async def judge(self, body: bytes, url: str, organisation: str) -> Judgement:
        """Judge one body; a document that several organisations of a group share is read once."""
        sha256 = hashlib.sha256(body).hexdigest()
        text = self._texts.get(sha256)
        if text is None:
            text = await asyncio.wrap_future(self._extractor.submit(body))
        self._texts[sha256] = text
        self._texts.move_to_end(sha256)
        while len(self._texts) > TEXTS_KEPT:
            self._texts.popitem(last=False)
        return judgement_of(text, organisation)

    def text(self, sha256: str) -> Text | None:
        """The text of a body judged lately, so that a statement is extracted once, not twice."""
        return self._texts.get(sha256)


@contextmanager
def open_judge() -> Iterator[StatementJudge]:
    """A judge with worker processes of its own, for a spider that runs without a database."""
    with Extractor() as extractor:
        yield StatementJudge(extractor)


def judgement_of(text: Text, organisation: str) -> Judgement:
    """What the crawler needs to know of a text: is it a statement, and of whom."""
    if text.error is not None:
        kind = "failed" if text.error.kind in PASSING_ERRORS else "unreadable"
        return Judgement(False, 0.0, kind, text.error.message)
    whole = "\n".join(sentence.text for sentence in text.sentences)
    title = text.metadata.get("title")
    kind, probability, reason = judge_text(whole, title if isinstance(title, str) else None)
    links = text.metadata.get("links") if kind == "stub" else None
    # An annual report counts where a statement stands in it; its own probability says so.
    is_statement = kind == "statement" or (kind == "annual_report" and probability >= 0.5)
    unread = [warning for warning in text.warnings if _UNREAD.match(warning)]
    if not is_statement and unread:
        return Judgement(False, 0.0, "unreadable", "; ".join(unread))
    return Judgement(
        is_statement=is_statement,
        probability=probability,
        kind=kind,
        reason=reason,
        names_organisation=names_organisation(whole, organisation),
        links=tuple(str(link) for link in links) if isinstance(links, (list, tuple)) else (),
        calls_itself_statement=calls_itself_statement(f"{title or ''} {whole[:OPENING]}"),
    )


OPENING = 300
"""Characters at the beginning of a text: its heading and first sentence say what it is."""
# Pages of a long report that do not name the subject are left out on purpose; all others that are unread may
# matter.
_UNREAD = re.compile(r"not read: (?!.*do not name the subject)")


class StoreSink:
    def __init__(self, store: Store, run_id: str, judge: StatementJudge) -> None:
        self._store, self._run_id, self._judge = store, run_id, judge
        self._saved: set[str] = set()

    def save(self, visit: Visit) -> None:
        self._store.save_visit(self._run_id, visit)
        for document in visit.documents:
            text = self._judge.text(document.sha256)
            if text is not None and document.sha256 not in self._saved:
                self._store.save_text(described(text))
                self._saved.add(document.sha256)


class StoreState:
    def __init__(self, store: Store, warc: Path | None) -> None:
        self._store, self._warc = store, warc

    def validators(self, url: str) -> Validators | None:
        return self._store.validators(url)

    def body(self, sha256: str) -> bytes | None:
        return stored_body(self._warc, self._store.stored_copy(sha256), sha256)


def stored_body(warc: Path | None, place: tuple[str, int] | None, sha256: str) -> bytes | None:
    """The stored copy of a document; None when it is gone or damaged: it is fetched again then."""
    if warc is None or place is None:
        return None
    try:
        return read_body(warc / place[0], place[1], sha256)
    except (OSError, ValueError) as error:
        logger.warning("no stored copy of %s: %s", sha256, error)
        return None
