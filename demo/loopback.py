"""A small threaded HTTP server on loopback with one answer function: the demo web and crawler tests use
it.
"""

from __future__ import annotations

import hashlib
import logging
import socketserver
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

logger = logging.getLogger(__name__)

WORKERS = 16  # one connection each, closed after one answer; a crawler asks every host once at a time
IDLE_SECONDS = 5.0  # browsers open spare connections and send nothing: they must not hold a worker for long


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for.

    `host` has no port and is in lower case, as are the names of headers; `path` is percent-decoded.
    """

    host: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says. A 200 gets an ETag, and is turned into a 304 where the client has it already."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    last_modified: datetime | None = None


class LoopbackServer:
    """Serve `answer(request)` on 127.0.0.1 while the context is open.

    `port` 0 takes a free one; read it from `.port`, also before the context is entered. Requests are answered
    on at most WORKERS threads, so `answer` must be thread-safe. An exception in it is logged and sent as 500.
    """

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _handler(answer))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="loopback")
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._pool.submit(self._serve_one, request, client_address)

    def _serve_one(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError as error:  # the client went away
            logger.debug("connection dropped: %r", error)
        finally:
            self.shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        self._pool.shutdown(wait=True)


def _handler(answer: Callable[[Request], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_SECONDS

        def do_GET(self) -> None:
            self.close_connection = True
            try:
                request = self._request()
                reply = _conditional(answer(request), request.headers)
            except Exception:
                logger.exception("no answer for %r", self.path)
                reply = Answer(500, b"internal error", "text/plain; charset=utf-8")
            self._send(reply)

        def do_HEAD(self) -> None:
            self.do_GET()

        def _request(self) -> Request:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            host = headers.get("host", "").rsplit(":", 1)[0].lower()
            return Request(host, unquote(parts.path), parts.query, headers)

        def _send(self, reply: Answer) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD" and reply.status != HTTPStatus.NOT_MODIFIED:
                self.wfile.write(reply.body)

        def version_string(self) -> str:
            return "demo"

        def log_message(self, format: str, *args: Any) -> None:
            logger.debug(format, *args)

    return Handler


def _conditional(reply: Answer, asked: Mapping[str, str]) -> Answer:
    """Add the validators to a 200, or answer 304 where the client's copy is current (RFC 9110, section
    13).
    """
    if reply.status != HTTPStatus.OK:
        return reply
    headers = {"ETag": f'"{hashlib.sha256(reply.body).hexdigest()[:20]}"', **reply.headers}
    if reply.last_modified:
        headers["Last-Modified"] = format_datetime(reply.last_modified.astimezone(UTC), usegmt=True)
    status = (
        HTTPStatus.NOT_MODIFIED if _is_current(headers["ETag"], reply.last_modified, asked) else reply.status
    )
    return Answer(status, reply.body, reply.content_type, headers)


def _is_current(etag: str, modified: datetime | None, asked: Mapping[str, str]) -> bool:
    if tags := asked.get("if-none-match"):
        return tags.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = asked.get("if-modified-since")
    if not since or modified is None:
        return False
    try:
        return modified <= parsedate_to_datetime(since)
    except (TypeError, ValueError):  # an unreadable date is ignored, as the RFC asks
        return False
