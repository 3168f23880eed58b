"""Pages that only scripts fill, read with Chromium: the optional last resort, always behind a guarding proxy.

A browser resolves names and opens connections by itself, past the guard of resolver.py. So it is started with no way out
but a forward proxy in this process, which holds every connection to the same address policy: a page that tried to
reach a loopback service made 10 hits without the proxy, 3 with requests filtered in the browser, none with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from crawler.appearance import needs_browser
from crawler.archive import Archive
from crawler.items import Reason
from crawler.pages import FetchError, Page, parse_html
from crawler.policy import AddressPolicy
from domain import machine
from domain.dates import stamp

RENDER_SECONDS = 30.0  # for a page to load and settle; what was there before is lost with it
SETTLE_SECONDS = 5.0  # for the network to be quiet; pages that poll never are, and are read as they stand
MAX_DOM_BYTES = 5 * 2**20  # real pages have 93 KB at the median
MAX_PROXIED_BYTES = 50 * 2**20  # of one connection
HEAD_SECONDS = 15.0
_NOT_LOADED = frozenset({"image", "media", "font"})  # not needed to read: saves the site's bandwidth and ours
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--proxy-bypass-list=<-loopback>",  # loopback goes through the proxy too, which refuses it
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # no name is resolved but by the proxy
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class BrowserMissing(Exception):
    """Playwright or Chromium is not installed; the message says how to get it."""


def find_program() -> str:
    """Return the path of Chromium; raise BrowserMissing without it or without Playwright."""
    try:
        import playwright.async_api  # noqa: F401
    except ImportError:
        raise BrowserMissing("--browser needs Playwright: pip install 'section54[browser]'") from None
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise BrowserMissing("--browser needs Chromium: apt install chromium")
    return program


class GuardProxy:
    """A forward proxy on loopback that connects only to what the address policy allows.

    A name is resolved once, and the connection goes to the very address that was checked.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._connections: set[asyncio.Task[None]] = set()
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
        url = f"https://{target}/" if method == "CONNECT" else target
        place = await self._place(url)
        if place is None:
            self.refused[urlsplit(url).netloc] += 1
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(*place), HEAD_SECONDS)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                far_writer.write(_request(head, method, url))
            await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
        finally:
            far_writer.close()

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


def _request(head: bytes, method: str, url: str) -> bytes:
    """The request as the site itself gets it: without the proxy's part, and the last one of its connection."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = head.rstrip(b"\r\n").split(b"\r\n")[1:]
    kept = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join(
        [f"{method} {path} HTTP/1.1".encode("latin-1"), *kept, b"Connection: close", b"", b""]
    )


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    left = MAX_PROXIED_BYTES
    with suppress(ConnectionError):
        while left > 0 and (data := await reader.read(min(left, 2**16))):
            left -= len(data)
            writer.write(data)
            await writer.drain()
    writer.close()


class Browser:
    """Chromium behind the proxy; reads one page at a time."""

    def __init__(
        self,
        browser: Any,
        policy: AddressPolicy,
        archive: Archive,
        user_agent: str,
        delay_of: Callable[[str], float],
    ) -> None:
        self._browser = browser
        self._policy = policy
        self._archive = archive
        self._user_agent = user_agent
        self._delay_of = delay_of
        self._turn = asyncio.Lock()

    async def filled(self, page: Page) -> Page:
        """Return a page as scripts fill it, when it is an empty shell and the browser gets further; else as it is.

        What is returned is the document as it stood after the scripts ran, archived as a resource of its own.
        """
        tree = parse_html(page) if page.is_html else None
        if tree is None or not needs_browser(tree):
            return page
        async with self._turn:
            await asyncio.sleep(self._delay_of(page.final_url))  # the same host has just answered the crawler
            return await self._render(page)

    async def _render(self, page: Page) -> Page:
        context = await self._browser.new_context(
            user_agent=self._user_agent, service_workers="block", accept_downloads=False, locale="en-GB"
        )
        try:
            async with asyncio.timeout(RENDER_SECONDS):
                final_url, text = await self._read(context, page.final_url)
        except Exception as error:
            if not _is_browser_error(error):
                raise
            return page  # the shell itself is the answer: it is reported as needing a browser
        finally:
            await context.close()
        body = text.encode("utf-8", "replace")
        if len(body) > MAX_DOM_BYTES:
            raise FetchError(Reason.TOO_LARGE, "the page is too large once scripts have filled it")
        if self._policy.refuse_url(final_url) is not None:
            raise FetchError(Reason.BLOCKED_ADDRESS, f"a script went to {final_url}")
        sha256 = hashlib.sha256(body).hexdigest()
        if sha256 in self._archive.forgotten:
            raise FetchError(Reason.FORGOTTEN, f"sha256 {sha256}", status=page.status)
        file, offset = self._archive.resource(final_url, body, "text/html; charset=utf-8")
        return Page(
            url=page.url, final_url=final_url, status=page.status, body=body, sha256=sha256,
            fetched_at=stamp(), header_type="text/html; charset=utf-8", redirects=page.redirects, tls=page.tls,
            warc_file=file, warc_offset=offset,
        )  # fmt: skip

    async def _read(self, context: Any, url: str) -> tuple[str, str]:
        from playwright.async_api import TimeoutError as Late

        tab = await context.new_page()
        await tab.route("**/*", _load_what_is_read)
        await tab.goto(url, wait_until="domcontentloaded", timeout=RENDER_SECONDS * 1000)
        with suppress(Late):
            await tab.wait_for_load_state("networkidle", timeout=SETTLE_SECONDS * 1000)
        return tab.url, await tab.content()


async def _load_what_is_read(route: Any) -> None:
    if route.request.resource_type in _NOT_LOADED:
        await route.abort()
    else:
        await route.continue_()


def _is_browser_error(error: Exception) -> bool:
    from playwright.async_api import Error

    return isinstance(error, (Error, TimeoutError))


@asynccontextmanager
async def open_browser(
    program: str, policy: AddressPolicy, archive: Archive, user_agent: str, delay_of: Callable[[str], float]
) -> AsyncIterator[Browser]:
    """Start Chromium with no way out but the guarding proxy, and end both."""
    from playwright.async_api import async_playwright

    proxy = GuardProxy(policy)
    port = await proxy.start()
    flags = [*_FLAGS, *(["--no-sandbox"] if machine.is_root() else [])]  # Chromium as root has no sandbox
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program, args=flags, proxy={"server": f"http://127.0.0.1:{port}"}
            )
            try:
                yield Browser(browser, policy, archive, user_agent, delay_of)
            finally:
                await browser.close()
    finally:
        await proxy.stop()
