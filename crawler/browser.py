"""Pages that only scripts fill, read with Chromium: the optional last resort, always behind a guarding proxy.

A browser resolves names and opens connections by itself, past the guard of resolver.py. So it is started with
no way out but a forward proxy in this process, which applies the same address policy to every connection. A
page that tried to reach a loopback service made 10 hits without the proxy, 3 with requests filtered in the
browser, none with it.

One snapshot proves no absence. A page counts as settled when it was watched for `LOOK_SECONDS`, was still at
the end, and nothing that its scripts asked for was kept back; else nothing is said to be absent from it.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import logging
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crawler import snapshot
from crawler.appearance import has_scripts, needs_browser
from crawler.archive import Archive
from crawler.guard_proxy import USER, GuardProxy
from crawler.items import Reason
from crawler.links import page_links, same_site
from crawler.pages import FetchError, Page, parse_html
from crawler.policy import AddressPolicy
from domain import machine
from domain.dates import stamp

logger = logging.getLogger(__name__)

LANES = 2  # pages at once: a page holds some hundred MB, and mostly waits
RENDER_SECONDS = 60.0  # for all that is done with one page
LOOK_SECONDS = 25.0  # watched before anything is called absent: footers that come after 20 s were seen
STILL_SECONDS = 3.0
NAMED_SECONDS = 1.0  # still for, once something names the statement
CLICK_SECONDS = 3.0
CLOSE_SECONDS = 5.0
PAGES_OF_A_BROWSER = 25  # then it is started again: 3.1 GB were seen after hundreds of pages
MAX_DOM_BYTES = 5 * 2**20  # real pages have 93 KB at the median
_NOT_LOADED = frozenset({"image", "media", "font"})  # not needed to read: saves the site's bandwidth and ours
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--proxy-bypass-list=<-loopback>",  # loopback goes through the proxy too, which refuses it
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # no name is resolved but by the proxy
    # Without it a script sent 94 datagrams past the proxy; the flag with "force" in its name is passed over
    # today.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--disable-dev-shm-usage",
    "--renderer-process-limit=2",
    "--js-flags=--max-old-space-size=512",
)


class BrowserMissing(Exception):
    """Playwright or Chromium is not installed, or may not run here; the message says what to do."""


def find_program(*, sandbox: bool = True) -> str:
    """Return the path of Chromium; raise BrowserMissing without it, without Playwright, or as root with a
    sandbox.
    """
    machine.need_unix("--browser")
    try:
        import playwright.async_api  # noqa: F401
    except ImportError:
        raise BrowserMissing("--browser needs Playwright: pip install 'section54[browser]'") from None
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise BrowserMissing("--browser needs Chromium: apt install chromium")
    if sandbox and machine.is_root():
        raise BrowserMissing(
            "--browser as root: Chromium has no sandbox then. Run it as another user; or set "
            "SECTION54_NO_SANDBOX=1, "
            "where this machine holds nothing that a hostile page may have"
        )
    return program


@dataclass(slots=True)
class Watched:
    """A page while it is looked at."""

    tab: Any
    url: str
    found: list[tuple[str, str]] = field(default_factory=list)
    """Addresses that clicks led to, with the words that were clicked."""
    parts: list[str] = field(default_factory=list)
    """What the page's own source does not show: shadow roots, frames, what a click opened."""
    kept_back: bool = False
    """Whether robots.txt kept something from its scripts."""


class Browser:
    """Chromium behind the proxy, started when it is needed, and again when it has died or grown."""

    def __init__(
        self,
        launch: Callable[[], Awaitable[Chromium]],
        policy: AddressPolicy,
        archive: Archive,
        user_agent: str,
        delay_of: Callable[[str], float],
        allowed: Callable[[str], Awaitable[bool]],
    ) -> None:
        """`allowed` says whether robots.txt lets us fetch an address, `delay_of` how long a host is left
        alone.
        """
        self._launch = launch
        self._policy = policy
        self._archive = archive
        self._user_agent = user_agent
        self._delay_of = delay_of
        self._allowed = allowed
        self._lanes = asyncio.Semaphore(LANES)
        self._starting = asyncio.Lock()
        self._chromium: Chromium | None = None

    async def filled(self, page: Page, *, is_home: bool = False) -> Page:
        """Return a page as scripts fill it, where that may show more; else as it is.

        Asked for shells, for links that only a script follows, and for a home page with scripts that shows no
        link to a statement. What is returned is the document as it stood after the scripts ran, archived as a
        resource of its own.
        """
        if not _may_hide_something(page, is_home=is_home):
            return page
        await asyncio.sleep(self._delay_of(page.final_url))  # the same host has just answered the crawler
        async with self._lanes:
            return await self._render(page)

    async def _render(self, page: Page) -> Page:
        try:
            async with asyncio.timeout(RENDER_SECONDS):
                chromium = await self._running()
                final_url, text, settled = await self._read(chromium, page.final_url)
        except Exception as error:
            logger.info("no page from the browser at %r: %r", page.final_url, error)
            return replace(page, settled=False)  # what the crawler got itself, and nothing is absent from it
        return self._kept(page, final_url, text, settled)

    def _kept(self, page: Page, final_url: str, text: str, settled: bool) -> Page:
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
            fetched_at=stamp(), header_type="text/html; charset=utf-8", redirects=page.redirects,
            tls=page.tls,
            warc_file=file, warc_offset=offset, settled=settled,
        )  # fmt: skip

    async def _running(self) -> Chromium:
        """Chromium, started where there is none, where it has died, and where it has read enough."""
        async with self._starting:
            now = self._chromium
            if now is not None and (
                not now.is_connected or (now.pages >= PAGES_OF_A_BROWSER and not now.in_use)
            ):
                await self.stop()
            if self._chromium is None:
                self._chromium = await self._launch()
            return self._chromium

    async def stop(self) -> None:
        chromium, self._chromium = self._chromium, None
        if chromium is not None:
            await chromium.stop()

    async def _read(self, chromium: Chromium, url: str) -> tuple[str, str, bool]:
        async with chromium.context(self._user_agent) as context:
            tab = await context.new_page()
            watched = Watched(tab, url)
            await self._prepare(context, watched)
            await tab.goto(url, wait_until="domcontentloaded", timeout=RENDER_SECONDS * 1000)
            settled = await _watch(tab)
            await _read_parts(watched)
            final_url, text = tab.url, await tab.content()
            await _open_what_names_the_statement(watched)
            return final_url, _whole(text, watched), settled and not watched.kept_back

    async def _prepare(self, context: Any, watched: Watched) -> None:
        async def pass_on(route: Any) -> None:
            request = route.request
            asks = request.resource_type == "document" or same_site(request.url, watched.url)
            if request.resource_type in _NOT_LOADED:
                await route.abort()
            elif asks and not await self._allowed(request.url):
                watched.kept_back = True
                await route.abort()
            else:
                await route.continue_()

        def note(url: str) -> None:
            if url.startswith(("http:", "https:")):
                watched.found.append((url, ""))

        await context.add_init_script(snapshot.OPEN_SHADOWS)
        await context.route("**/*", pass_on)
        watched.tab.on("popup", lambda popup: note(popup.url))
        watched.tab.on("download", lambda download: note(download.url))
        watched.tab.on("response", lambda response: note(response.url) if _is_pdf(response) else None)


def _is_pdf(response: Any) -> bool:
    return "application/pdf" in response.headers.get("content-type", "")


def _may_hide_something(page: Page, *, is_home: bool) -> bool:
    tree = parse_html(page) if page.is_html else None
    if tree is None or not has_scripts(tree):
        return False
    if needs_browser(tree):
        return True
    links = page_links(tree, page.final_url)
    return not links.statements and (is_home or bool(links.blind))


async def _watch(tab: Any) -> bool:
    """Look at a page until something names the statement, or until it may be said that nothing does.

    Returns whether the page was still in the end.
    """
    started = still_since = time.monotonic()
    shape = ""
    while True:
        seen = await tab.evaluate(snapshot.LOOK)
        now = time.monotonic()
        if seen["shape"] != shape:
            shape, still_since = seen["shape"], now
        still = now - still_since
        if seen["names"] and still >= NAMED_SECONDS:
            return True
        if now - started >= LOOK_SECONDS:
            return still >= STILL_SECONDS
        await asyncio.sleep(0.25)


async def _read_parts(watched: Watched) -> None:
    """Read what the page's own source does not show: shadow roots, and the frames of its own site."""
    watched.parts.append(await watched.tab.evaluate(snapshot.SHADOWS))
    for frame in watched.tab.frames[1:10]:
        if same_site(frame.url, watched.url):
            with suppress(Exception):  # a frame that is gone meanwhile
                inside = await frame.evaluate("() => document.body ? document.body.innerHTML : ''")
                watched.parts.append(f'<section data-part="frame">{inside}</section>')


async def _open_what_names_the_statement(watched: Watched) -> None:
    """Click what names the statement and is no link, and keep what opens: a dialogue, a route of scripts, a
    file.
    """
    for number in range(await watched.tab.evaluate(snapshot.MARK_BLIND)):
        place = watched.tab.locator(f'[data-section54="{number}"]').first
        before = watched.tab.url
        try:
            words = (await place.inner_text(timeout=CLICK_SECONDS * 1000)).strip()
            await place.click(timeout=CLICK_SECONDS * 1000)
            await asyncio.sleep(CLICK_SECONDS)
        except Exception as error:
            logger.info("could not click at %r: %r", watched.url, error)
            continue
        after = watched.tab.url
        if after.partition("#")[0] != before.partition("#")[0]:
            watched.found.append((after, words))
            return
        opened = await watched.tab.evaluate("() => document.body.innerHTML")
        shadows = await watched.tab.evaluate(snapshot.SHADOWS)
        watched.parts.append(f'<section data-part="opened">{opened}{shadows}</section>')


def _whole(text: str, watched: Watched) -> str:
    """The page with what its source does not show behind it, as plain markup that the link finder can
    read.
    """
    names = "Modern slavery"  # the words of a link that a click led to, where it has none
    links = (
        f'<p data-part="clicked"><a href="{html.escape(url)}">{html.escape(words or names)}</a></p>'
        for url, words in dict(watched.found).items()
    )
    return "\n".join([text, *watched.parts, *links])


class Chromium:
    """One running browser with the driver that steers it."""

    def __init__(self, driver: Any, browser: Any) -> None:
        self._driver, self._browser = driver, browser
        self.pages = self.in_use = 0

    @property
    def is_connected(self) -> bool:
        return bool(self._browser.is_connected())

    @asynccontextmanager
    async def context(self, user_agent: str) -> AsyncIterator[Any]:
        """A profile of its own for one page, closed within a bounded time."""
        self.pages += 1
        self.in_use += 1
        context = None
        try:
            context = await self._browser.new_context(
                user_agent=user_agent, service_workers="block", accept_downloads=False, locale="en-GB"
            )
            yield context
        finally:
            self.in_use -= 1
            if context is not None:
                await self._close(context)

    async def _close(self, context: Any) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await context.close()
        except Exception as error:
            logger.info("a page would not close: %r", error)
            self.pages = PAGES_OF_A_BROWSER  # started again at the next page

    async def stop(self) -> None:
        for end in (self._browser.close, self._driver.stop):
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await end()
            except Exception as error:
                logger.info("the browser would not end: %r", error)


@asynccontextmanager
async def open_browser(
    policy: AddressPolicy,
    archive: Archive,
    user_agent: str,
    delay_of: Callable[[str], float],
    allowed: Callable[[str], Awaitable[bool]],
    *,
    sandbox: bool = True,
) -> AsyncIterator[Browser]:
    """Offer Chromium with no way out but the guarding proxy, in a folder of its own, and end all of it."""
    program = find_program(sandbox=sandbox)
    folder = Path(tempfile.mkdtemp(prefix="section54-browser-"))
    proxy = GuardProxy(policy)
    port = await proxy.start()

    async def launch() -> Chromium:
        from playwright.async_api import async_playwright

        driver = await async_playwright().start()
        try:
            browser = await driver.chromium.launch(
                executable_path=program,
                args=list(_FLAGS),
                chromium_sandbox=sandbox,
                env={**os.environ, "TMPDIR": str(folder)},
                proxy={"server": f"http://127.0.0.1:{port}", "username": USER, "password": proxy.token},
            )
        except BaseException:
            await driver.stop()
            raise
        return Chromium(driver, browser)

    browser = Browser(launch, policy, archive, user_agent, delay_of, allowed)
    try:
        yield browser
    finally:
        await browser.stop()
        await proxy.stop()
        shutil.rmtree(folder, ignore_errors=True)
