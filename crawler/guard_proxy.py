"""A forward proxy on loopback that connects only to what the address policy allows: Chromium's one way
out.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import socket
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

from crawler.policy import AddressPolicy

MAX_PROXIED_BYTES = 50 * 2**20  # of one connection
HEAD_SECONDS = 15.0
USER = "section54"


class GuardProxy:
    """Checks every request, and passes on one for each connection.

    A name is resolved once, and the connection goes to the very address that was checked. Who does not know
    the `token` gets nothing: other programs on this machine are not to use it.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._connections: set[asyncio.Task[None]] = set()
        self.token = secrets.token_hex(16)
        self.refused: Counter[str] = Counter()
        """HOST:PORT to how often it was refused."""

    async def start(self) -> int:
        """Listen on a free port of 127.0.0.1 and return it."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one side hung up, or sent no request: the connection is of no more use
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if not self._is_ours(head):
            await _answer(
                writer, b"407 Proxy Authentication Required", b'Proxy-Authenticate: Basic realm="p"\r\n'
            )
            return
        url = f"https://{target}/" if method == "CONNECT" else target
        place = await self._place(url)
        if place is None:
            self.refused[urlsplit(url).netloc] += 1
            await _answer(writer, b"403 Forbidden")
            return
        far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(*place), HEAD_SECONDS)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
                return
            far_writer.write(_request(head, method, url))
            # Only this request's own body follows: a second request on the connection would not have been
            # checked.
            await asyncio.gather(
                _pipe(reader, far_writer, _length(head), end=False), _pipe(far_reader, writer)
            )
        finally:
            far_writer.close()

    def _is_ours(self, head: bytes) -> bool:
        expected = b"basic " + base64.b64encode(f"{USER}:{self.token}".encode())
        given = _header(head, b"proxy-authorization")
        return secrets.compare_digest(given[:6].lower() + given[6:], expected)

    async def _place(self, url: str) -> tuple[str, int] | None:
        """The address and port to connect to, or None where the policy refuses."""
        if self._policy.refuse_url(url) is not None:
            return None
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        target = self._policy.target(host, port)
        if target is not None:
            return target
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            return None
        allowed = (str(item[4][0]) for item in found if self._policy.allows(host, port, str(item[4][0])))
        address = next(allowed, None)
        return None if address is None else (address, port)


async def _answer(writer: asyncio.StreamWriter, status: bytes, headers: bytes = b"") -> None:
    writer.write(
        b"HTTP/1.1 " + status + b"\r\n" + headers + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    await writer.drain()


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _length(head: bytes) -> int:
    value = _header(head, b"content-length")
    return int(value) if value.isdigit() else 0


def _request(head: bytes, method: str, url: str) -> bytes:
    """The request as the site itself gets it: without the proxy's part, and the last one of its
    connection.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = head.rstrip(b"\r\n").split(b"\r\n")[1:]
    kept = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
    first = f"{method} {path} HTTP/1.1".encode("latin-1")
    return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


async def _pipe(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    left: int = MAX_PROXIED_BYTES,
    *,
    end: bool = True,
) -> None:
    with suppress(ConnectionError):
        while left > 0 and (data := await reader.read(min(left, 2**16))):
            left -= len(data)
            writer.write(data)
            await writer.drain()
    if end:
        writer.close()
