"""What a worker's process does in test_worker.py: a module, so that it can be started."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

from extraction import worker


def serve_until_grown(connection: Connection) -> None:
    """Serve with so low a limit that any file takes too much memory."""
    worker._MAX_RESIDENT = 1
    worker._serve_files(connection)


def wait(body: bytes, *, seconds: float) -> str:
    """Take time by the clock and none of the processor's, as a file does on a machine that is busy with other
    work.
    """
    time.sleep(seconds)
    return "done"
