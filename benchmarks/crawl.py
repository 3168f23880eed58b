"""What the crawler costs beside bare Scrapy, how near it comes to the ideal rate, and whether its memory
stays flat.

    python -P benchmarks/crawl.py            # all bounds, about six minutes
    python -P benchmarks/crawl.py --quick    # a tenth of it, without bounds: does it run?

1. CPU time per page, the least of three runs each: the whole crawl (robots.txt, guard, politeness, discovery,
   WARC, database; the content check left out, which runs in other processes) and a bare Scrapy spider
   fetching the same pages. Bounds: 2.0 times on pages of 10 KB, 4.5 times on pages of 140 KB.
2. Requests a second over 160 hosts at one request a second and host. Bound: 95 % of the ideal.
3. Resident memory after each fifth of 5,000 organisations. Bound: the last at most 1.15 times the second.

All on loopback, from a server in a process of its own. CPU times hold on a busy machine; the rate needs an
idle one.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import run as crawler_run
from crawler.items import Judgement, Site, Validators, Visit
from crawler.options import CrawlOptions
from db.store import Store

PAGES = 12  # statements behind the hub of each site: as many as discovery takes
SMALL, LARGE = 10_000, 140_000  # bytes: the design study's fake pages, and the mean of 1,000 real ones
BOUND = {SMALL: 2.0, LARGE: 4.5}
RATE_BOUND, MEMORY_BOUND = 0.95, 1.15
_WORDS = [
    "we",
    "our",
    "the",
    "of",
    "and",
    "in",
    "to",
    "a",
    "for",
    "with",
    "supplier",
    "workers",
    "buy",
    "audit",
    "risk",
    "pay",
    "hours",
    "country",
    "policy",
    "board",
    "year",
    "group",
    "site",
]


# --- the web


@dataclass(frozen=True, slots=True)
class Web:
    """Sites named s0.test, s1.test ... of a home page, a hub and `pages` statements, each of `size` bytes."""

    pages: int
    size: int

    def answer(self, host: str, path: str) -> bytes | None:
        if path == "/":
            links = '<a href="/modern-slavery">Modern slavery statements</a>'
        elif path == "/modern-slavery":
            links = "".join(f'<p><a href="/statement/{n}">Statement {n}</a></p>' for n in range(self.pages))
        elif path.startswith("/statement/"):
            links = ""
        else:
            return None
        return _page(host, path, links, self.size)


def _page(host: str, path: str, links: str, size: int) -> bytes:
    """A page of this size: prose, a menu of forty links and a script, as pages have."""
    menu = "".join(f'<li><a href="/products/{n}/range">Product range {n}</a></li>' for n in range(40))
    head = f"<!doctype html><html><head><title>{host}{path}</title></head><body><ul>{menu}</ul>{links}"
    rest = size - len(head) - 60
    half = rest // 2 if size > SMALL else 0
    return (
        f"{head}<main>{_prose(rest - half)}</main><script>var x = "
        f"'{_prose(half)}';</script>{host}{path}</body></html>"
    ).encode()


@lru_cache
def _prose(size: int) -> str:
    draw = random.Random(54)
    words: list[str] = []
    length = 0
    while length < size:
        word = draw.choice(_WORDS) + (
            "</p><p>" if draw.random() < 0.02 else f"{draw.randrange(99)}" if draw.random() < 0.1 else ""
        )
        words.append(word)
        length += len(word) + 1
    return " ".join(words)


async def _serve(web: Web, sender: Connection) -> None:
    times: list[float] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path, host = _target(head)
                if path == "/times":
                    body: bytes | None = f"{times[0]} {times[-1]} {len(times)}".encode()
                else:
                    times.append(time.monotonic())
                    body = web.answer(host, path)
                status = "200 OK" if body is not None else "404 Not Found"
                kind = "text/plain" if body is None or path == "/times" else "text/html"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: "
                    f"{len(body or b'')}\r\n\r\n".encode()
                    + (body or b"")
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is done
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    sender.send(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


def _target(head: bytes) -> tuple[str, str]:
    lines = head.decode("latin-1").split("\r\n")
    host = next(line[5:].strip() for line in lines if line.lower().startswith("host:"))
    return lines[0].split(" ")[1], host.partition(":")[0]


def _server_main(web: Web, sender: Connection) -> None:
    asyncio.run(_serve(web, sender))


@contextmanager
def served(web: Web) -> Iterator[int]:
    """The port of a server process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_server_main, args=(web, sender), daemon=True)
    process.start()
    try:
        yield receiver.recv()
    finally:
        process.terminate()
        process.join()


# --- the two crawls, each in a process of its own


class YesJudge:
    """The content check is not measured here: every page behind the hub is a statement."""

    async def judge(self, body: bytes, url: str, organisation: str) -> Judgement:
        return Judgement("/statement/" in url, 1.0, "statement" if "/statement/" in url else "other", "")


class NoState:
    def validators(self, url: str) -> Validators | None:
        return None

    def body(self, sha256: str) -> bytes | None:
        return None


class Sink:
    """The real database, and the memory held after each hundredth visit."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.memory: list[int] = []
        self.visits = 0

    def save(self, visit: Visit) -> None:
        self.store.save_visit("run", visit)
        self.visits += 1
        if self.visits % 100 == 0:
            self.memory.append(resident_mb())


def resident_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 2**20


@dataclass(frozen=True, slots=True)
class Measured:
    cpu: float
    """Seconds of CPU, start-up of the process left out."""
    wall: float
    pages: int
    memory: tuple[int, ...] = ()


def whole(port: int, sites: int, polite: bool) -> Measured:
    """Crawl all sites with everything on but the content check."""
    if polite:
        build = crawler_run.build_settings

        def with_delay(options: CrawlOptions) -> Settings:
            settings = build(options)
            # Loopback hosts are asked without delay: here they are treated as strangers. Jitter would blur
            # the ideal.
            settings.setdict({"DOWNLOAD_SLOTS": {}, "DOWNLOAD_DELAY_JITTER": 0}, priority="cmdline")
            return settings

        crawler_run.build_settings = with_delay
    names = [f"s{number}.test" for number in range(sites)]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "work.db") as store:
        store.start_run("run", "crawl websites")
        sink = Sink(store)
        options = CrawlOptions(
            warc_dir=Path(folder) / "warc", run_id="run", contact="https://example.org/bot",
            resolve=dict.fromkeys(names, f"127.0.0.1:{port}"), log_level="ERROR",
        )  # fmt: skip
        listed = [Site(f"name-{name}", name, None, f"http://{name}/") for name in names]
        start, cpu = time.monotonic(), time.process_time()
        report = crawler_run.run("websites", listed, options, sink, NoState(), YesJudge())
        assert report.found == sites, report
        return Measured(
            time.process_time() - cpu, time.monotonic() - start, report.requests, tuple(sink.memory)
        )


def bare(port: int, sites: int) -> Measured:
    """Fetch the same pages with a spider that does nothing, and settings that do as little."""
    counted = 0
    socket.gethostbyname = lambda name: "127.0.0.1"  # what Scrapy's resolver calls: every name is the server

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> AsyncIterator[Any]:
            for number in range(sites):
                for path in ("/", "/modern-slavery", *(f"/statement/{page}" for page in range(PAGES))):
                    yield scrapy.Request(f"http://s{number}.test:{port}{path}", callback=self.count)

        def count(self, response: Any) -> None:
            nonlocal counted
            counted += 1

    process = AsyncCrawlerProcess(
        {
            "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False,
            "ROBOTSTXT_OBEY": False, "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS": 256, "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        }
    )  # fmt: skip
    start, cpu = time.monotonic(), time.process_time()
    process.crawl(Bare)
    process.start(install_signal_handlers=False)
    assert counted == sites * (PAGES + 2), counted
    return Measured(time.process_time() - cpu, time.monotonic() - start, counted)


def in_child(function: Callable[..., Measured], *arguments: Any) -> Measured:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result(timeout=600)


# --- the measurements


def cpu_ratio(size: int, sites: int, rounds: int) -> bool:
    with served(Web(PAGES, size)) as port:
        plain = min((in_child(bare, port, sites) for _ in range(rounds)), key=lambda run: run.cpu)
        ours = min((in_child(whole, port, sites, False) for _ in range(rounds)), key=lambda run: run.cpu)
    ratio = (ours.cpu / ours.pages) / (plain.cpu / plain.pages)
    print(
        f"{size // 1000:>4} KB pages   bare {1000 * plain.cpu / plain.pages:6.2f} ms CPU a page   whole "
        f"{1000 * ours.cpu / ours.pages:6.2f}   {ratio:.2f} times   (bound {BOUND[size]})",
        flush=True,
    )
    return ratio <= BOUND[size]


def rate(hosts: int, pages: int) -> bool:
    with served(Web(pages, 2_000)) as port:
        in_child(whole, port, hosts, True)
        first, last, requests = asyncio.run(_times(port))
    each = requests / hosts
    share = (each - 1) / (last - first)  # at one request a second and host, n requests take n - 1 seconds
    print(
        f"{hosts} hosts, {each:.0f} requests each at 1 a second: {last - first:.1f} s, {share:.1%} of the "
        "ideal rate   "
        f"(bound {RATE_BOUND:.0%})",
        flush=True,
    )
    return share >= RATE_BOUND


async def _times(port: int) -> tuple[float, float, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /times HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    first, last, requests = (await reader.read(200)).decode().split()
    writer.close()
    return float(first), float(last), int(requests)


def memory(organisations: int) -> bool:
    with served(Web(1, SMALL)) as port:
        run = in_child(whole, port, organisations, False)
    step = len(run.memory) // 5
    fifths = [run.memory[step * fifth - 1] for fifth in range(1, 6)]
    growth = fifths[-1] / fifths[1]
    print(
        f"{organisations} organisations in {run.wall:.0f} s ({1000 * run.cpu / organisations:.0f} ms CPU "
        "each): "
        f"{', '.join(map(str, fifths))} MB after each fifth   (bound {MEMORY_BOUND} times the second)",
        flush=True,
    )
    return growth <= MEMORY_BOUND


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of it, without bounds")
    parser.add_argument("--part", choices=["cpu", "rate", "memory"], help="one of the three alone")
    arguments = parser.parse_args()
    quick, part = arguments.quick, arguments.part
    kept = []
    if part in (None, "cpu"):
        kept.append(cpu_ratio(SMALL, 6 if quick else 60, 1 if quick else 3))
        kept.append(cpu_ratio(LARGE, 3 if quick else 30, 1 if quick else 3))
    if part in (None, "rate"):
        kept.append(rate(16 if quick else 160, 3 if quick else 8))
    if part in (None, "memory"):
        kept.append(memory(500 if quick else 5_000))
    if quick:
        return 0
    print("all bounds are kept" if all(kept) else "a bound is broken")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
