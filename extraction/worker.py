"""Extraction in processes that may hang, run out of memory or be killed by a file without harm to the rest."""

from __future__ import annotations

import logging
import multiprocessing
import resource
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from types import TracebackType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from extraction.sniff import sniff
from extraction.text import Text, extract, failed

logger = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)

TIMEOUT = 180.0
"""Seconds for one file: 60 pages of OCR take about two minutes on a busy core; all else takes a few."""
# Address space, not memory used: OCR of an A4 page peaks at 160 MB, pdfplumber at 60 MB, libraries map the rest.
_MAX_ADDRESS_SPACE = 1_500_000_000
# A fresh process after so many files bounds what libraries leak, at the cost of half a second each time.
_MAX_TASKS = 50
# A worker whose parent is gone and that hangs in native code is ended by the kernel after this much more CPU.
_CPU_GRACE = 30


class Extractor:
    """A pool of extraction workers. Use as a context manager; leaving it ends the workers, whatever they do.

        with Extractor(workers=2) as extractor:
            text = extractor.submit(body).result()
            for key, text in extractor.extract_many(documents):
                ...

    Workers start with the first file. Submitting is safe from any thread; in asyncio and Scrapy await
    asyncio.wrap_future(extractor.submit(body)).
    """

    def __init__(self, workers: int = 2, *, ocr: bool = True) -> None:
        self._workers = workers
        self._ocr = ocr
        self._running: set[Future[Text]] = set()
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=_MAX_TASKS,
            initializer=_limit_memory,
            # fork would copy the locks of the parent's threads (Scrapy has some) in whatever state they are.
            context=multiprocessing.get_context("spawn"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; futures not done yet get an error of kind 'crashed'."""
        for future in list(self._running):
            future.cancel()  # the pool would forget them, and who waits for one would wait for ever
        self._pool.stop()
        self._pool.join()

    def submit(self, body: bytes, *, known_type: str | None = None, timeout: float = TIMEOUT) -> Future[Text]:
        """Return a future of the text; bad content never raises, it gives a Text with `error`.

        `timeout` counts in seconds from when a worker takes the file, not from now. Cancelling the future ends
        the work on it.
        """
        inner = self._pool.schedule(_extract, args=(body, known_type, self._ocr, timeout), timeout=timeout)
        outer: Future[Text] = Future()

        def hand_over(done: Future[Text]) -> None:
            self._running.discard(done)
            if outer.set_running_or_notify_cancel():
                outer.set_result(_outcome(done, body, timeout))

        self._running.add(inner)
        inner.add_done_callback(hand_over)
        outer.add_done_callback(lambda future: inner.cancel() if future.cancelled() else None)
        return outer

    def extract_many(
        self, documents: Iterable[tuple[Key, bytes]], *, timeout: float = TIMEOUT
    ) -> Iterator[tuple[Key, Text]]:
        """Yield key and text of each document as they get done, not in order.

        Reads ahead by two documents a worker, so that any number of them needs bounded memory.
        """
        pending: dict[Future[Text], Key] = {}
        for key, body in documents:
            pending[self.submit(body, timeout=timeout)] = key
            if len(pending) >= 2 * self._workers:
                yield from _finished(pending)
        while pending:
            yield from _finished(pending)


def _finished(pending: dict[Future[Text], Key]) -> Iterator[tuple[Key, Text]]:
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        yield pending.pop(future), future.result()


def _outcome(done: Future[Text], body: bytes, timeout: float) -> Text:
    try:
        return done.result()
    except FutureTimeoutError:
        return _failed(body, "timeout", f"reading the file took more than {timeout:g} seconds")
    except ProcessExpired as error:
        return _failed(
            body, "crashed", f"the program that reads the file was ended by it (exit {error.exitcode})"
        )
    except MemoryError:
        return _failed(body, "too_large", "the file needs more memory than a document should")
    except CancelledError:
        return _failed(body, "crashed", "reading was stopped before the file was done")
    except Exception as error:
        logger.warning("extraction worker failed: %r", error)
        return _failed(body, "crashed", f"the program that reads the file failed ({type(error).__name__})")


def _failed(body: bytes, kind: str, message: str) -> Text:
    # The head tells the type well enough; the whole of a hostile archive is not opened in this process.
    return failed(body, kind, message, sniff(body[:65_536]))


def _limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MAX_ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(_MAX_ADDRESS_SPACE, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort on a crafted file is no cause for a core dump


def _extract(body: bytes, known_type: str | None, ocr: bool, timeout: float) -> Text:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + timeout) + _CPU_GRACE, hard))
    # Most of the time goes to pages; the rest is for opening the file and for the page in hand.
    return extract(body, known_type=known_type, ocr=ocr, seconds=0.75 * timeout)
