"""Who does the work of a step: this machine, or a cluster.

The loops that save and count are the pipeline's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from classifier.assess import Assessment, Reading
from crawler.archive import read_body
from crawler.items import CrawlReport
from db.store import Store
from extraction.text import Text
from extraction.worker import Extractor
from section54 import caches
from section54.crawling import CrawlJob, crawl
from section54.settings import Home

Key = tuple[str, str]
"""A text: sha256 and extractor version."""


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """Where a document lies in the archive."""

    sha256: str
    warc_file: str
    warc_offset: int


class Executor(Protocol):
    """Does what a step hands out. Results come in any order; errors of one document are results."""

    def crawl(self, store: Store, home: Home, job: CrawlJob) -> CrawlReport:
        """Visit the sites of a job. Every visit is saved in `store` when this returns."""

    def texts(self, home: Home, copies: Sequence[StoredCopy]) -> Iterator[Text | str]:
        """Yield the text of each copy, or one line that says why it could not be read from the archive."""

    def assessments(
        self, readings: Iterable[tuple[Key, Reading]], assess: Callable[[Reading], Assessment]
    ) -> Iterator[tuple[Key, Assessment]]:
        """Yield an assessment for each reading; `assess` is how this machine would do it."""


class ThisMachine:
    """Crawls in a child process, reads in two, and assesses in this one."""

    def crawl(self, store: Store, home: Home, job: CrawlJob) -> CrawlReport:
        return crawl(job)

    def texts(self, home: Home, copies: Sequence[StoredCopy]) -> Iterator[Text | str]:
        lost: list[str] = []

        def bodies() -> Iterator[tuple[str, bytes]]:
            for copy in copies:
                try:
                    yield copy.sha256, read_body(home.warc / copy.warc_file, copy.warc_offset, copy.sha256)
                except (OSError, ValueError) as error:
                    lost.append(f"{copy.sha256}: no stored copy in {copy.warc_file}: {error}")

        with Extractor(cache=caches.texts(home)) as extractor:
            for _, text in extractor.extract_many(bodies()):
                yield text
        yield from lost

    def assessments(
        self, readings: Iterable[tuple[Key, Reading]], assess: Callable[[Reading], Assessment]
    ) -> Iterator[tuple[Key, Assessment]]:
        for key, reading in readings:
            yield key, assess(reading)
