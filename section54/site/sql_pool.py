"""Visitors' SQL, handed to processes of its own: a question that runs wild costs a process, never the
site.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from datasette.database import QueryInterrupted, Results
from datasette.views.base import DatasetteError

from section54.site.sql_process import read_message, write_message

GRACE = 2.0
"""Seconds beyond the time limit after which a process is killed: one step of SQLite may be long, a sort for
instance."""
IDLE_SECONDS = 60.0
"""Seconds without a question after which a process ends; the next question starts it again in a twentieth of
one."""
MAX_WAITING = 40
"""Questions that wait for a process at most; at a second each, the last of them waits as long as a browser
does."""
MAX_WAIT = 20.0
"""Seconds that a question waits for its turn."""


class SqlPool:
    """Processes over one published file, started with the first questions; they end when they have none for a
    while.
    """

    def __init__(
        self, path: Path, *, processes: int, milliseconds: int, rows: int, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._arguments = [str(path), str(milliseconds), str(rows), str(idle_seconds)]
        self._kill_after = milliseconds / 1000 + GRACE
        self._idle: queue.SimpleQueue[_SqlProcess] = queue.SimpleQueue()
        for _ in range(processes):
            self._idle.put(_SqlProcess(self._arguments))
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="visitors-sql")
        self._waiting = 0

    async def ask(self, sql: str, parameters: Mapping[str, Any]) -> Results:
        """Answer one question.

        Raises QueryInterrupted, sqlite3.OperationalError, or DatasetteError where too many ask.
        """
        if self._waiting >= MAX_WAITING:
            raise _busy()
        self._waiting += 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, self._ask_in_thread, sql, dict(parameters))
        try:
            found = await asyncio.wait_for(future, MAX_WAIT)
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1
        return _results(found, sql, parameters)

    def _ask_in_thread(self, sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        process = self._idle.get()
        try:
            return process.ask({"sql": sql, "parameters": parameters}, self._kill_after)
        finally:
            self._idle.put(process)


def _busy() -> DatasetteError:
    return DatasetteError(
        "Too many questions in SQL are being answered just now. Try again in a minute.", "Busy", status=503
    )


def _results(found: Mapping[str, Any], sql: str, parameters: Mapping[str, Any]) -> Results:
    kind = found.get("kind")
    if kind == "interrupted":
        raise QueryInterrupted(sqlite3.OperationalError("interrupted"), sql, parameters)
    if kind == "too_large":
        raise sqlite3.OperationalError(f"{found['error']}: ask for fewer rows or columns")
    if kind is not None:
        raise sqlite3.OperationalError(found["error"])
    rows: Sequence[tuple[Any, ...]] = [tuple(row) for row in found["rows"]]
    return Results(rows, found["truncated"], [(column,) for column in found["columns"]])


class _SqlProcess:
    """One process, started when it is needed and again when it is gone. Used by one thread at a time."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Answer a question. One whose process is gone, but not for its length, is asked once more.

        The process may have ended while it had nothing to do.
        """
        began = time.monotonic()
        found = self._ask(question, seconds)
        if found is None and time.monotonic() - began < seconds:
            found = self._ask(question, seconds)
        return {"kind": "interrupted"} if found is None else found

    def _ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any] | None:
        """The answer; None where the process ended before it gave one."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            write_message(process.stdin, question)
            found: dict[str, Any] = read_message(process.stdout)
            return found
        except (EOFError, OSError, ValueError):
            self._forget()
            return None
        finally:
            timer.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._forget()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "section54.site.sql_process", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _forget(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()
        self._process = None
