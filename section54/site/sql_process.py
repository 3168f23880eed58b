"""The process in which visitors' SQL runs: it may be killed at any moment without harm to the site.

It is started by section54.site.sql_pool as `python -P -m section54.site.sql_process FILE MILLISECONDS ROWS
IDLE`, reads one question a message from its standard input and writes one answer a message to its standard
output. A message is its length in four bytes and then JSON.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import struct
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from domain import machine
from section54.site.sql_policy import confine_visitors

MAX_ANSWER = 5_000_000
"""Bytes of the values of one answer. 60 rows of long texts took 850 MB of the server's memory."""
MAX_ADDRESS_SPACE = 700_000_000
"""Bytes that this process may map: Python takes 100 MB, a sort of the longest rows some 200 more."""
NICENESS = 10
"""Pages go first: on a busy machine a question waits for them, never they for it."""
_STEPS_BETWEEN_LOOKS = 1000
"""Steps of SQLite between two looks at the clock: a millisecond at most."""


class AnswerTooLarge(Exception):
    """The values of the answer are more than MAX_ANSWER bytes."""


def read_message(stream: IO[bytes]) -> Any:
    """Return the next message. Raises EOFError where the other side has gone."""
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError
    body = stream.read(struct.unpack("!I", head)[0])
    return json.loads(body, object_hook=_bytes_again)


def write_message(stream: IO[bytes], message: Any) -> None:
    body = json.dumps(message, default=_as_base64).encode()
    stream.write(struct.pack("!I", len(body)) + body)
    stream.flush()


def _as_base64(value: bytes) -> dict[str, str]:
    return {"$bytes": base64.b64encode(value).decode()}


def _bytes_again(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["$bytes"]) if found.keys() == {"$bytes"} else found


def answer(
    connection: sqlite3.Connection,
    question: Mapping[str, Any],
    *,
    milliseconds: int,
    rows: int,
) -> dict[str, Any]:
    """Answer {sql, parameters} within the time: {columns, rows, truncated}, or {error, kind}."""
    deadline = time.monotonic() + milliseconds / 1000
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
    try:
        cursor = connection.execute(question["sql"], question["parameters"])
        found = _bounded(cursor, rows + 1)
    except AnswerTooLarge:
        return {"kind": "too_large", "error": f"the answer is larger than {MAX_ANSWER // 1_000_000} MB"}
    except MemoryError:
        return {"kind": "too_large", "error": "the question needs more memory than it may have"}
    except (sqlite3.Error, sqlite3.Warning) as error:
        kind = "interrupted" if error.args == ("interrupted",) else "sql"
        return {"kind": kind, "error": str(error)}
    finally:
        connection.set_progress_handler(None, 0)
    columns = [column[0] for column in cursor.description or ()]
    return {"columns": columns, "rows": found[:rows], "truncated": len(found) > rows}


def _bounded(cursor: sqlite3.Cursor, most: int) -> list[Sequence[Any]]:
    """Return the first `most` rows. Raises AnswerTooLarge."""
    found: list[Sequence[Any]] = []
    size = 0
    for row in cursor:
        found.append(row)
        size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
        if size > MAX_ANSWER:
            raise AnswerTooLarge
        if len(found) == most:
            break
    return found


def open_file(path: Path) -> sqlite3.Connection:
    """Open the published file as visitors see it."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda raw: str(raw, "utf-8", "replace")
    confine_visitors(connection)
    return connection


def _limit_process() -> None:
    """Take little memory and give way to the pages, where the system can be told so."""
    machine.limit_memory(MAX_ADDRESS_SPACE)
    with suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(NICENESS)


def _next_question(idle_seconds: float) -> Any:
    """Wait for a question; end the process where none comes: another publication may have taken this one's
    place.
    """
    timer = threading.Timer(idle_seconds, os._exit, [0])
    timer.daemon = True
    timer.start()
    try:
        return read_message(sys.stdin.buffer)
    finally:
        timer.cancel()


def main(path: str, milliseconds: int, rows: int, idle_seconds: float) -> None:
    """Answer questions until the site closes the pipe or has none for a while."""
    _limit_process()
    connection = open_file(Path(path))
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            question = _next_question(idle_seconds)
            write_message(
                sys.stdout.buffer, answer(connection, question, milliseconds=milliseconds, rows=rows)
            )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
