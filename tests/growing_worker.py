"""A worker's process in which any file takes too much memory (test_worker.py); a module, so that it can be started."""

from __future__ import annotations

from multiprocessing.connection import Connection

from extraction import worker


def serve_until_grown(connection: Connection) -> None:
    worker._MAX_RESIDENT = 1
    worker._serve_files(connection)
