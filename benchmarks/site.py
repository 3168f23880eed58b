"""How fast the site is at national scale: build a working database, publish it, time every kind of page.

    python -P benchmarks/site.py                          # 20,000 organisations, 120,000 statements, 3,000,000 sentences
    python -P benchmarks/site.py --organisations 2000  # a tenth, in a minute or two

Prints the size and time of publishing, then for each page the CPU time of the server and the wall time
(median and 95th percentile of 50 warm requests, each for another organisation, statement or word), and how
many times faster that is than the nearest page of a plain Datasette over the working database. What takes
longer than its bound is marked and named again at the end; the bounds are for the full scale on a machine
that is not busy. In the end the site is started as deploy/ has it, two processes, and the organisation page
is timed while eight clients run heavy SQL in the other one (and in the same one, for comparison).
"""  # noqa: E501

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import json
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

from datasette.app import Datasette

from crawler.items import AREAS
from db.publish import publish
from db.store import Store
from section54.site.downloads import write_downloads
from section54.site.server import make_datasette

STATEMENTS_EACH, SENTENCES_EACH = 6, 25
REQUESTS = 50
LEVELS = ("none", "mentioned", "described", "substantive", "unsure")
SECTORS = (
    "Construction", "Food and beverages", "Retail", "Technology", "Health care", "Education", "Transport",
    "Energy",
    "Finance", "Charities", "Public sector", "Textiles", "Hospitality", "Chemicals", "Media", "Mining",
)  # fmt: skip
MAX_PUBLISHING, MAX_OWN, MAX_OTHER, MAX_LONG = 90.0, 15.0, 70.0, 150.0
"""Bounds: seconds that one who publishes waits; milliseconds for the page of an organisation or a
statement, for any other, and for a sitemap of 50,000 addresses or an answer of 1,000 rows."""
DAY = "2026-06-10T09:30:00Z"


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    address: Callable[[random.Random], str]
    """On our site, for one draw of an organisation, statement or word."""
    plain: Callable[[random.Random], str] | None
    """The nearest thing that a plain Datasette over the working database has; None where there is none."""
    bound: float = MAX_OTHER
    """Milliseconds of CPU."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--organisations", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="keep the databases here and use them again next time")
    parser.add_argument(
        "--downloads", action="store_true", help="write and time the bulk downloads too (minutes)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        working = folder / f"working-{arguments.organisations}.db"
        if not working.exists():
            timed("working database made", lambda: make_working(working, arguments.organisations))
        site = folder / "section54.db"
        started = time.monotonic()
        report = timed("published", lambda: publish(working, site, allow_shrink=True))
        over = ["publishing"] if time.monotonic() - started > MAX_PUBLISHING else []
        print(f"  {site.stat().st_size / 1e6:,.0f} MB;", json.dumps(dict(report.counts)))
        if arguments.downloads:
            timed("bulk downloads written", lambda: write_downloads(site))
        over += asyncio.run(measure(site, working, arguments.organisations))
        measure_processes(site, arguments.organisations)
        print(f"over their bounds: {', '.join(over) or 'none'}")


def timed(what: str, step: Callable[[], Any]) -> Any:
    started, cpu = time.monotonic(), time.process_time()
    result = step()
    print(f"{what}: {time.monotonic() - started:.1f} s ({time.process_time() - cpu:.1f} s CPU)", flush=True)
    return result


# --- the working database


def make_working(path: Path, organisations: int) -> None:
    """Fill a working database with made-up organisations, straight in SQL: the store's checks would take
    hours.
    """
    draw = random.Random(54)
    pool = list(sentence_pool(draw))
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma synchronous = off")
        connection.execute("begin")
        insert(connection, "runs", [("r", "crawl", DAY, DAY, "finished", "{}")])
        insert(connection, "registry_files", [("f", "f.csv", DAY, "[2026]", 0, 0, "[]", "[]")])
        insert(connection, "organisations", organisation_rows(organisations, draw))
        insert(connection, "organisation_names", name_rows(organisations))
        insert(connection, "visits", visit_rows(organisations))
        statements = organisations * STATEMENTS_EACH
        insert(
            connection,
            "documents",
            ((sha(n), "application/pdf", 9, None, None, DAY, DAY) for n in range(statements)),
        )
        insert(connection, "snapshots", map(snapshot_row, range(statements)))
        insert(connection, "texts", map(text_row, range(statements)))
        insert(connection, "assessments", (assessment_row(n, draw) for n in range(statements)))
        insert(connection, "area_results", area_rows(statements, draw))
        insert(connection, "checks", check_rows(statements))
        insert(connection, "sentences", sentence_rows(statements, pool, draw))
        insert(connection, "evidence", evidence_rows(statements, draw))
        insert(connection, "registry_statements", map(registry_row, range(organisations)))
        insert(
            connection,
            "declared_answers",
            ((summary(n), area, 1, None) for n in range(organisations) for area in AREAS),
        )
        insert(connection, "listings", map(listing_row, range(organisations)))
        insert(connection, "events", event_rows(organisations))
        connection.execute("commit")


def insert(connection: sqlite3.Connection, table: str, rows: Any) -> None:
    """The values are those of the table's first columns: migrations add columns at the end."""
    rows = iter(rows)
    first = next(rows)
    columns = [row[1] for row in connection.execute(f"pragma table_info({table})")][: len(first)]
    marks = ", ".join("?" * len(first))
    connection.executemany(
        f"insert into {table} ({', '.join(columns)}) values ({marks})", itertools.chain([first], rows)
    )


def sentence_pool(draw: random.Random, sentences: int = 50_000, words: int = 40_000) -> Iterator[str]:
    """Sentences of 8 to 30 words whose frequencies fall as in language, with words that tests search for.

    Two in three have a capital within, and three in a hundred nine digits or more, as in UK statements: both
    cost time when names and telephone numbers are looked for.
    """
    common = ["suppliers", "slavery", "training", "audit", "policy", "we", "our", "the", "and", "of"]
    vocabulary = common + [word(n) for n in range(words)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    chosen = iter(draw.choices(vocabulary, weights, k=sentences * 30))
    for _ in range(sentences):
        made = list(itertools.islice(chosen, draw.randint(8, 30)))
        if draw.random() < 0.64:
            made[draw.randrange(1, len(made))] = "Fictional"
        if draw.random() < 0.03:
            made.append("1,250,000 in 2025")
        yield made[0].capitalize() + " " + " ".join(made[1:]) + "."


def word(number: int) -> str:
    """A word of two-letter syllables that reads like none of English: "bobebo"."""
    syllables = ""
    for _ in range(3):
        number, index = divmod(number, 85)
        syllables += "bcdfghjklmnprstvz"[index // 5] + "aeiou"[index % 5]
    return syllables


def sha(number: int) -> str:
    return f"{number:064x}"


def organisation(number: int) -> str:
    return f"gb-coh-{number:08d}"


def statement_url(number: int) -> str:
    return f"https://www{number // STATEMENTS_EACH}.example/statement-{number % STATEMENTS_EACH}.pdf"


def summary(number: int) -> str:
    return f"https://registry.example/statement-summary/{number}/2026"


def organisation_rows(count: int, draw: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        kind = "council" if n % 50 == 0 else None
        yield (organisation(n), name(n), f"{n:08d}", kind, draw.choice(["Private", "Public"]),
               f"https://www{n}.example/", "registry", None, DAY, DAY)  # fmt: skip


def name(number: int) -> str:
    return f"Fictional {('Foods', 'Steel', 'Care', 'Logistics')[number % 4]} {number} Limited"


def name_rows(count: int) -> Iterator[tuple[Any, ...]]:
    return ((organisation(n), name(n), "registry", "registry", DAY, DAY) for n in range(count))


def visit_rows(count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        yield (n + 1, "r", "websites", organisation(n), "found", "direct", f"https://www{n}.example/", None,
               statement_url(n * STATEMENTS_EACH), "Modern slavery", "footer", 9, "[]", DAY, DAY)  # fmt: skip


def snapshot_row(n: int) -> tuple[Any, ...]:
    number = n // STATEMENTS_EACH
    url = statement_url(n)
    return (n + 1, number + 1, organisation(number), sha(n), url, url, DAY, 200, "home", None, None, None,
    None, "[]",
            "verified", None, None, 0, 0.9)  # fmt: skip


def text_row(n: int) -> tuple[Any, ...]:
    return (
        sha(n),
        "1",
        "application/pdf",
        "pdf",
        4,
        "[1, 2, 3, 4]",
        0,
        900,
        "en",
        None,
        "{}",
        "[]",
        None,
        None,
        DAY,
    )


def assessment_row(n: int, draw: random.Random) -> tuple[Any, ...]:
    year = 2026 - n % STATEMENTS_EACH
    return (n + 1, sha(n), "1", "uk_msa_s54", "s54-2015", "benchmark", "statement", 0.9, f"{year - 1}-04-01",
            f"{year}-03-31", 3, 5, "[]", DAY)  # fmt: skip


def area_rows(count: int, draw: random.Random) -> Iterator[tuple[Any, ...]]:
    levels = ("described", "substantive", "described", "none", "unsure", "mentioned")
    return (
        (n + 1, area, level, 0.5, "A reason.")
        for n in range(count)
        for area, level in zip(AREAS, levels, strict=True)
    )


def check_rows(count: int) -> Iterator[tuple[Any, ...]]:
    checks = (("approved", "yes"), ("signed", "not_explicit"), ("no_steps", "no"))
    return ((n + 1, check, value, "A reason.", None) for n in range(count) for check, value in checks)


def sentence_rows(count: int, pool: list[str], draw: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        for position in range(SENTENCES_EACH):
            page = 1 + position // 7
            box = f"[[{page}, 72.0, {100 + position}.0, 520.0, {112 + position}.0]]"
            yield (n * SENTENCES_EACH + position + 1, sha(n), "1", position, draw.choice(pool), page,
            "A heading",
                   "sentence", "text_layer", None, box)  # fmt: skip


def evidence_rows(count: int, draw: random.Random) -> Iterator[tuple[Any, ...]]:
    findings = [
        f"area:{area}" for area in ("structure", "policies", "due_diligence", "training", "effectiveness")
    ]
    for n in range(count):
        for position in range(SENTENCES_EACH):
            number = n * SENTENCES_EACH + position + 1
            yield (number, n + 1, findings[position % 5], number, draw.random(), '["measure_policies"]',
                   draw.choice(("done", "done", "done", "planned")), 1, '["audit"]')  # fmt: skip


def registry_row(n: int) -> tuple[Any, ...]:
    return (summary(n), 2026, organisation(n), statement_url(n * STATEMENTS_EACH), None, "2025-04-01",
    "2026-03-31",
            "2026-05-12", "2026-06-01", None, None, "Over £500 million",
            json.dumps([SECTORS[n % len(SECTORS)]]), None, 0, "{}", "f", DAY, DAY)  # fmt: skip


def listing_row(n: int) -> tuple[Any, ...]:
    return (n + 1, summary(n), organisation(n), name(n), None, f"{n:08d}", None, "Private", "f", n, DAY, DAY)


def event_rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Three changes of each organisation: its first statement, the next year's, and a revision of that."""
    number = itertools.count(1)
    for n in range(count):
        old, new = n * STATEMENTS_EACH + 1, n * STATEMENTS_EACH
        for kind, now, before in (("new", old, None), ("new_year", new, old), ("revised", new, new)):
            previous = (None, None) if before is None else (statement_url(before), sha(before))
            yield (next(number), organisation(n), kind, DAY, DAY, n + 1, statement_url(now), sha(now),
            *previous,
                   0.9, "2026-03-31", None, "What changed, in a sentence.")  # fmt: skip


# --- the pages


def pages(organisations: int, statements: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[Page]:
    """`pairs` are statements of one organisation for two years, the newer one first."""
    any_organisation: Callable[[random.Random], int] = lambda draw: draw.randrange(organisations)  # noqa: E731
    any_word: Callable[[random.Random], str] = lambda draw: word(draw.randrange(3000))  # noqa: E731
    work = "working"
    return [
        Page("home", lambda _: "/", lambda _: "/"),
        Page("search for an organisation", lambda d: f"/?q=fictional+steel+{any_organisation(d)}",
             lambda d: f"/{work}/organisations?name__contains=Steel+{any_organisation(d)}"),
        Page("organisation", lambda d: f"/organisation/{organisation(any_organisation(d))}",
             lambda d: f"/{work}/snapshots?organisation_id={organisation(any_organisation(d))}", MAX_OWN),
        Page("organisation as JSON", lambda d: f"/organisation/{organisation(any_organisation(d))}.json",
        None, MAX_OWN),
        Page("feed of an organisation", lambda d: f"/organisation/{organisation(any_organisation(d))}.atom",
        None),
        Page("statement", lambda d: f"/statement/{d.choice(statements)}",
             lambda d: f"/{work}/evidence?assessment_id={1 + d.randrange(len(statements))}", MAX_OWN),
        Page("difference to the year before", lambda d: "/statement/{}/since/{}".format(*d.choice(pairs)),
        None),
        Page("search sentences, a word", lambda d: f"/evidence?q={any_word(d)}",
             lambda d: f"/{work}/sentences?text__contains={any_word(d)}"),
        Page("search sentences, in most of them", lambda _: "/evidence?q=suppliers",
             lambda _: f"/{work}/sentences?text__contains=suppliers"),
        Page("search sentences, two words and a filter",
             lambda d: f"/evidence?q=suppliers+{any_word(d)}&finding=area_training&status=done", None),
        Page("search sentences of a sector", lambda d: f"/evidence?q={any_word(d)}&sector=construction",
        None),
        Page("search sentences of a sector, in most", lambda _: "/evidence?q=suppliers&sector=construction",
        None),
        Page("public bodies", lambda _: "/public-bodies", None),
        Page("sectors", lambda _: "/sectors", None),
        Page("sector", lambda _: "/sectors/construction", None),
        Page("years", lambda _: "/years", None),
        Page("year", lambda d: f"/years/{2021 + d.randrange(6)}", None),
        Page("changes", lambda _: "/changes",
             lambda _: f"/{work}/events?_sort_desc=noticed_at"),
        Page("changes of a kind in a sector", lambda _: "/changes?kind=revised&sector=construction", None),
        Page("feed of a sector", lambda _: "/sectors/construction.atom", None),
        Page("search sentences as JSON", lambda d: f"/evidence.json?q={any_word(d)}", None),
        Page("first sitemap", lambda _: "/sitemap-1.xml", None, MAX_LONG),
        Page("table with three facets", lambda _: "/section54/statements",
             lambda _: f"/{work}/assessments?_facet=period_end&_facet=kind&_facet=covered"),
        Page("table search", lambda d: f"/section54/evidence?_search={any_word(d)}",
             lambda d: f"/{work}/sentences?text__contains={any_word(d)}"),
        Page("question: coverage by year", lambda _: "/section54/coverage_by_year",
             lambda _: f"/{work}?sql=select+period_end,area,level,count(*)+from+assessments+a+join+area_results+r+on+r.assessment_id=a.id+group+by+1,2,3"),  # noqa: E501
        Page("question: by coverage (1,000 rows)", lambda _: "/section54/statements_by_coverage", None,
        MAX_LONG),
        Page("row as JSON", lambda d: f"/section54/statements/{d.choice(statements)}.json", None),
    ]  # fmt: skip


PAIRS = """
    select id, before from (
      select id, lag(id) over (partition by organisation_id order by period_end) as before from statements)
    where before is not null order by id
"""


async def measure(site: Path, working: Path, organisations: int) -> list[str]:
    """Print the figures of each page; returns the names of those over their bounds."""
    with closing(sqlite3.connect(site)) as connection:
        statements = [row[0] for row in connection.execute("select id from statements order by rowid")]
        pairs = connection.execute(PAIRS).fetchall()
    ours = make_datasette(site)
    plain = Datasette([str(working)], settings={"sql_time_limit_ms": 60_000})
    plain_name = working.stem
    over = []
    print(
        f"{'page':42} {'CPU ms':>8} {'bound':>6} {'p50 ms':>8} {'p95 ms':>8} {'plain CPU':>10} {'ratio':>7}"
    )
    for page in pages(organisations, statements, pairs):
        cpu, walls = await time_page(ours, page.address, REQUESTS)
        if cpu > page.bound:
            over.append(page.name)
        bound = f"{page.bound:.0f}{'!' if cpu > page.bound else ' '}"
        line = (
            f"{page.name:42} {cpu:8.1f} {bound:>6} {statistics.median(walls):8.1f} "
            f"{sorted(walls)[int(len(walls) * 0.95)]:8.1f}"
        )
        if page.plain is not None:
            plain_address = page.plain
            addressed = lambda draw, find=plain_address: find(draw).replace("/working", f"/{plain_name}", 1)  # noqa: E731
            slow, _ = await time_page(plain, addressed, 3)
            line += f" {slow:10.1f} {slow / cpu:6.1f}x"
        print(line, flush=True)
    return over


async def time_page(
    datasette: Any, address: Callable[[random.Random], str], requests: int
) -> tuple[float, list[float]]:
    """Mean CPU milliseconds of this process per request, and the wall milliseconds of each."""
    draw = random.Random(1)
    for _ in range(2):
        await checked(datasette, address(draw))
    gc.collect()
    walls = []
    cpu = time.process_time()
    for _ in range(requests):
        started = time.perf_counter()
        await checked(datasette, address(draw))
        walls.append((time.perf_counter() - started) * 1000)
    return (time.process_time() - cpu) * 1000 / requests, walls


async def checked(datasette: Any, address: str) -> Any:
    response = await datasette.client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code} {response.text[:300]}")
    return response


# --- two processes, as behind the proxy


HEAVY = "select count(*) from evidence where quotation like '%zq%'"
"""Reads every sentence: what stops a site that runs it beside its pages."""
CLIENTS = 8


def measure_processes(site: Path, organisations: int) -> None:
    """The organisation page while eight clients run heavy SQL, and the memory of the process that writes a
    CSV.
    """
    with serving(site, "pages") as pages, serving(site, "data") as data:
        print(f"{'organisation page, ' + str(CLIENTS) + ' clients of heavy SQL in':42}   p50 ms   p95 ms")
        print_latency("  nobody", pages.address, None, organisations)
        print_latency("  the other process", pages.address, data.address, organisations)
        measure_csv(data)
    with serving(site, "all") as both:
        print_latency("  the same process", both.address, both.address, organisations)


@dataclass(frozen=True, slots=True)
class Server:
    address: str
    pid: int

    def resident_mb(self) -> float:
        """Memory of its own in use now, without the pages of the file that it has mapped; NaN where none
        tells.
        """
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return float("nan")
        return int(status.split("RssAnon:")[1].split()[0]) / 1000


@contextmanager
def serving(site: Path, role: str) -> Iterator[Server]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    code = (
        "from pathlib import Path; from section54.site.server import serve; "
        f"serve(Path({str(site)!r}), port={port}, role={role!r})"
    )
    nice = ["nice", "-n", "10"] if role == "data" else []  # as deploy/section54-data.service has it
    with subprocess.Popen([*nice, sys.executable, "-c", code]) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/static/site.css")
            yield Server(address, process.pid)
        finally:
            process.terminate()


def wait_for(address: str) -> None:
    for _ in range(1200):
        with contextlib.suppress(OSError), urlopen(address):
            return
        time.sleep(0.25)
    raise RuntimeError(f"{address} did not answer within five minutes")


def print_latency(name: str, pages: str, heavy: str | None, organisations: int) -> None:
    with threads_of_sql(heavy):
        draw = random.Random(1)
        walls = []
        for _ in range(REQUESTS):
            address = f"{pages}/organisation/{organisation(draw.randrange(organisations))}"
            started = time.perf_counter()
            urlopen(address).read()
            walls.append((time.perf_counter() - started) * 1000)
    print(
        f"{name:42} {statistics.median(walls):8.1f} {sorted(walls)[int(len(walls) * 0.95)]:8.1f}", flush=True
    )


@contextmanager
def threads_of_sql(address: str | None) -> Iterator[None]:
    """Clients that ask one heavy question after the other, each another one so that nothing is remembered."""
    if address is None:
        yield
        return
    stop = threading.Event()

    def ask(client: int) -> None:
        for turn in itertools.count():
            if stop.is_set():
                return
            sql = quote(HEAVY.replace("zq", f"zq{client}x{turn}"))
            with contextlib.suppress(HTTPError):  # 400: longer than its second
                urlopen(f"{address}/section54.json?sql={sql}").read()

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def measure_csv(data: Server) -> None:
    """All statements as CSV, read as it comes: rows, time, and the most memory that the server took for
    it.
    """
    before, most, rows, size = data.resident_mb(), 0.0, -1, 0
    started = time.monotonic()
    with urlopen(f"{data.address}/section54/statements.csv?_stream=on&_size=max") as response:
        while chunk := response.read(1 << 18):
            rows, size = rows + chunk.count(b"\n"), size + len(chunk)
            most = max(most, data.resident_mb())
    print(
        f"all statements as CSV: {rows:,} rows, {size / 1e6:.1f} MB in {time.monotonic() - started:.1f} s; "
        f"server {before:.0f} MB before, {most:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
