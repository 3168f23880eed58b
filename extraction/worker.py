"""Extraction in processes that a file may hang, fill or kill without harm to the rest."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import queue
import signal
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self, TypeVar

from domain import machine
from domain.filetypes import sniff
from extraction.cache import TextCache
from extraction.contents import UnreadableError
from extraction.sentences import Box
from extraction.text import Text, extract, failed

logger = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)

TIMEOUT = 180.0
"""Seconds for one file: 60 pages of OCR take about two minutes on a busy core; all else takes a few."""
PICTURE_TIMEOUT = 20.0
"""Seconds to draw one page: a page of text takes 0.1, one of maps and photographs two."""
# Address space, not memory used: OCR of an A4 page peaks at 160 MB, pdfplumber at 60 MB, libraries map the
# rest.
_MAX_ADDRESS_SPACE = 1_500_000_000
# A process that has grown beyond this is replaced: what libraries leak and fragment comes to an end with it.
_MAX_RESIDENT = 400_000_000
# And one that has read so many files, where memory cannot be measured. A start costs as much as reading ten
# pages: after every 50 files it took a tenth of all the time. Memory is flat over 2,000 files.
_MAX_FILES = 500
# A worker that hangs in native code after its program was killed is ended by the kernel after this much more
# CPU.
_CPU_GRACE = 30
# A file's seconds are processor time. Beside other work it may take so many times longer by the clock; one
# that waits for ever, and uses none, ends then.
_BUSY = 4
# A process starts within a second; on a machine so busy that it takes a minute nothing would get done.
_START_SECONDS = 60
# What a machine lacks for another process it may have again in a moment.
_BEFORE_NEXT_START = 1.0
_PROCESSES = machine.spawning()


class Extractor:
    """A pool of extraction workers. Use as a context manager; leaving it ends the workers, whatever they do.

        with Extractor(workers=2) as extractor:
            text = extractor.submit(body).result()
            for key, text in extractor.extract_many(documents):
                ...

    Each worker has its own process and pipe, so that killing one cannot lose the file of another. Processes
    start with the first files. Submitting is safe from any thread; in asyncio and Scrapy await
    asyncio.wrap_future(extractor.submit(body)).

    With a `cache`, bytes that this version has read before are not read again.
    """

    def __init__(self, workers: int = 2, *, ocr: bool = True, cache: TextCache | None = None) -> None:
        self._cache = cache
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._ocr = ocr
        self._workers = [_Worker(self._jobs) for _ in range(workers)]
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; files not done yet get an error of kind 'crashed'."""
        with self._lock:
            self._closed = True
        with suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job:
                    job.fail("crashed", "reading was stopped before the file was begun")
        for _ in self._workers:
            self._jobs.put(None)
        for worker in self._workers:
            worker.stop()

    def submit(self, body: bytes, *, known_type: str | None = None, timeout: float = TIMEOUT) -> Future[Text]:
        """Return a future of the text; bad content never raises, it gives a Text with `error`.

        `timeout` counts in seconds of processor time of the worker that takes the file. Cancelling the future
        ends the work on it. Raises RuntimeError once the extractor is closed.
        """
        options = json.dumps([known_type, self._ocr])
        if self._cache and (kept := self._cache.get(hashlib.sha256(body).hexdigest(), options)):
            done: Future[Text] = Future()
            done.set_result(kept)
            return done
        # Most of the time goes to pages; the rest is for opening the file and for the page in hand.
        task = functools.partial(extract, known_type=known_type, ocr=self._ocr, seconds=0.75 * timeout)

        def failure(kind: str, message: str) -> Text:
            # The head tells the type well enough; the whole of a hostile archive is not opened in this
            # process.
            return failed(body, kind, message, sniff(body[:65_536]))

        future = self._queued(_Job(body, task, timeout, failure))
        future.add_done_callback(functools.partial(self._keep, options=options))
        return future

    def _keep(self, future: Future[Text], options: str) -> None:
        if self._cache and not future.cancelled():
            self._cache.put(future.result(), options)

    def picture(
        self, body: bytes, page: int, boxes: Iterable[Box] = (), *, timeout: float = PICTURE_TIMEOUT
    ) -> Future[bytes]:
        """Return a future of a page of a PDF as PNG, with those of the boxes that lie on it marked in yellow.

        `page` counts from 1. The result raises UnreadableError where the page cannot be drawn.
        """
        task = functools.partial(_picture, page=page, boxes=tuple(boxes))
        return self._queued(_Job(body, task, timeout, UnreadableError))

    def work(
        self,
        body: bytes,
        task: Callable[[bytes], object],
        *,
        timeout: float,
        failure: Callable[[str, str], object],
    ) -> Future[Any]:
        """Return a future of what another task makes of a file. The task is sent by name: a function of a
        module.

        `failure` makes the result of kind and message where the process was killed over the file.
        """
        return self._queued(_Job(body, task, timeout, failure))

    def _queued(self, job: _Job) -> Future[Any]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the extractor is closed")
            for worker in self._workers:
                worker.start()
            self._jobs.put(job)
        return job.future

    def extract_many(
        self, documents: Iterable[tuple[Key, bytes]], *, timeout: float = TIMEOUT
    ) -> Iterator[tuple[Key, Text]]:
        """Yield key and text of each document as they get done, not in order.

        Reads ahead by two documents a worker, so that any number of them needs bounded memory.
        """
        pending: dict[Future[Text], Key] = {}
        for key, body in documents:
            pending[self.submit(body, timeout=timeout)] = key
            if len(pending) >= 2 * len(self._workers):
                yield from _finished(pending)
        while pending:
            yield from _finished(pending)


def _finished(pending: dict[Future[Text], Key]) -> Iterator[tuple[Key, Text]]:
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        yield pending.pop(future), future.result()


@dataclass(eq=False, slots=True)
class _Job:
    """One file on its way. Its future stays pending, and so can be cancelled, until the result is there."""

    body: bytes
    task: Callable[[bytes], object]
    """What the process does with it; sent there by name, so a function of a module or a partial of one."""
    timeout: float
    failure: Callable[[str, str], object]
    """Makes the result of kind and message where the process gives none."""
    future: Future[Any] = field(default_factory=Future)

    def settle(self, result: object) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        if isinstance(result, UnreadableError):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)

    def fail(self, kind: str, message: str) -> None:
        self.settle(self.failure(kind, message))


class _NotStartedError(Exception):
    """No process could be started: the system refuses another one, or has no descriptors or memory left."""


class _Worker:
    """A thread that hands files to one process after the other, and the process that it has now."""

    def __init__(self, jobs: queue.SimpleQueue[_Job | None]) -> None:
        self._jobs = jobs
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._files = 0
        self._stopped = False

    def start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """End the process at once and the thread with it."""
        self._stopped = True
        self._kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.future.cancelled():
                continue
            job.future.add_done_callback(lambda future: self._kill() if future.cancelled() else None)
            try:
                job.settle(self._read(job))
            except TimeoutError:
                self._kill()
                job.fail("timeout", f"reading the file took more than {job.timeout:g} seconds")
            except _NotStartedError as error:
                self._retire()
                job.fail("no_worker", f"no program could be started to read the file ({error})")
            except (EOFError, OSError):
                job.fail("crashed", self._why_ended())
            except Exception as error:
                # Whatever it is, it costs one file: a thread that ended would leave the others waiting for
                # ever.
                logger.warning("a worker failed: %r", error, exc_info=True)
                self._retire()
                job.fail("crashed", f"the program that reads the file failed ({type(error).__name__})")
        self._retire()

    def _read(self, job: _Job) -> object:
        """Return what the process makes of the file; EOFError or OSError tell that it ended over it."""
        try:
            connection = self._hand_over(job)
        except (EOFError, OSError, _NotStartedError) as error:
            self._retire()
            if job.future.cancelled() or self._stopped:  # which ended it while it was starting
                raise
            if isinstance(error, _NotStartedError):
                time.sleep(_BEFORE_NEXT_START)
            # It ended while it had nothing to do (the kernel kills when memory is short): not this file's
            # fault.
            connection = self._hand_over(job)
        if job.future.cancelled():  # before there was a process to end
            self._kill()
        if not self._answers(connection, job.timeout):
            raise TimeoutError
        self._files += 1
        return connection.recv()

    def _answers(self, connection: Connection, seconds: float) -> bool:
        """Wait for an answer while the process has used less processor time than `seconds`.

        Where the system does not tell that time, the clock counts.
        """
        assert self._process is not None
        assert self._process.pid is not None
        pid, began = self._process.pid, time.monotonic()
        at_first = machine.cpu_seconds(pid)
        while True:
            by_clock = time.monotonic() - began
            now = machine.cpu_seconds(pid)
            used = by_clock if at_first is None or now is None else now - at_first
            left = min(seconds - used, _BUSY * seconds - by_clock)
            if left <= 0:
                return connection.poll()
            if connection.poll(max(left, 0.05)):
                return True

    def _hand_over(self, job: _Job) -> Connection:
        connection = self._ready_connection()
        connection.send((job.body, job.task, job.timeout))
        connection.recv()  # it says that it has taken the file
        return connection

    def _ready_connection(self) -> Connection:
        """Return the pipe to a process that is alive and has not read too many files."""
        if self._process is not None and (self._files >= _MAX_FILES or not self._process.is_alive()):
            self._retire()
        if self._process is None:
            try:
                self._start_process()
            except (EOFError, OSError, RuntimeError, MemoryError) as error:
                raise _NotStartedError(str(error) or type(error).__name__) from error
        assert self._connection is not None
        return self._connection

    def _start_process(self) -> None:
        self._connection, theirs = _PROCESSES.Pipe()
        process = _PROCESSES.Process(target=_serve_files, args=(theirs,), daemon=True)
        try:
            process.start()
        finally:
            theirs.close()
        self._process = process
        self._files = 0
        if self._stopped or not self._connection.poll(_START_SECONDS):
            self._kill()
        self._connection.recv()  # it says that it has started

    def _why_ended(self) -> str:
        if self._stopped:
            return "reading was stopped before the file was done"
        process = self._process
        if process is not None:
            process.join(5)
        exit_code = process.exitcode if process else None
        self._retire()
        return f"the program that reads the file was ended by it (exit {exit_code})"

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.pid is not None:
            process.kill()
            process.join()

    def _retire(self) -> None:
        """Let the process end by itself: it does when its pipe is closed."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.join(5)
            self._kill()
        self._process = self._connection = None


# In the worker's process ------------------------------------------------------------------------------------


def _serve_files(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the program decides
    machine.limit_memory(_MAX_ADDRESS_SPACE)
    connection.send("started")
    with suppress(EOFError, BrokenPipeError):  # the program has closed its end, or is gone
        while True:
            body, task, timeout = connection.recv()
            connection.send("taken")
            machine.limit_cpu(timeout + _CPU_GRACE)
            connection.send(task(body))
            if machine.resident_bytes() > _MAX_RESIDENT:
                # The program finds the pipe closed when it has the next file, and starts another process.
                return


def _picture(body: bytes, *, page: int, boxes: tuple[Box, ...]) -> bytes | UnreadableError:
    from extraction.picture import render_page  # Pillow is loaded when first needed

    try:
        return render_page(body, page, boxes)
    except UnreadableError as error:
        return error
    except MemoryError:
        return UnreadableError("too_large", f"page {page} needs more memory than a page should")
    except Exception as error:  # one bad page costs one picture, whatever PDFium finds in it
        logger.warning("page %d cannot be drawn: %r", page, error)
        return UnreadableError("damaged", f"page {page} cannot be drawn ({error})")
