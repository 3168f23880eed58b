"""What is looked at before work begins, so that nobody waits for a failure: a port that is taken, a full
disk, missing OCR.

Each is told in a sentence with the command that helps.
"""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

DEMO_MEGABYTES = 200
"""The demo's collection has 15 MB; SQLite and the crawl's archive need room beside it."""
CRAWL_MEGABYTES = 500
"""A statement has 1 MB at the median, and a site that goes on is archived with each page: below this a crawl
soon stops."""


class NotReady(Exception):
    """The work would fail; the message says why and what helps."""


def check_port(host: str, port: int, command: str) -> None:
    """Raise NotReady where somebody listens at `port` already.

    `command` is what the user typed, without the port.
    """
    try:
        _bind(host, port)
    except PermissionError:
        raise NotReady(
            f"port {port} may not be opened by this user. Choose one above 1023: {command} --port 8001"
        ) from None
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise NotReady(f"{host} is no address of this machine: {command} --host 127.0.0.1") from None
        raise NotReady(
            f"port {port} of {host} cannot be opened ({error.strerror}). Choose another: {command} --port "
            f"{_free(host)}"
        ) from None


def _bind(host: str, port: int) -> int:
    """Open the port for a moment as a server would; return its number, which differs for port 0."""
    family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)
        return int(server.getsockname()[1])


def _free(host: str) -> int:
    try:
        return _bind(host, 0)
    except OSError:
        return 0


def check_disk(folder: Path, megabytes: int) -> None:
    """Raise NotReady where the disk of `folder`, which need not exist yet, has less room than that."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free // 2**20
    if free < megabytes:
        raise NotReady(
            f"the disk of {there} has {free} MB free, {megabytes} MB are needed. Make room, or choose "
            "another place: --home FOLDER"
        )


def missing_ocr() -> str | None:
    """Say what cannot be read for want of OCR and how to get it; None where it is there."""
    from extraction.ocr import why_unavailable

    reason = why_unavailable()
    if reason is None:
        return None
    return (
        f'There is no OCR: {reason}. Pages that are scans will be reported as "could not check". '
        "To have them read: sudo apt-get install tesseract-ocr"
    )
