"""A fake web of many kinds of site, as data: read by discovery without sockets and by the real crawler on
loopback.
"""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
import os
import pickle
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import quote, urljoin, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from w3lib.url import safe_url_string

from crawler import policy
from crawler.items import (
    Attempt,
    CrawlReport,
    Document,
    HomeLink,
    Judgement,
    Outcome,
    Reason,
    Site,
    Validators,
    Visit,
)
from crawler.options import CrawlOptions
from crawler.pages import FetchError, Page
from crawler.robots import read_robots
from crawler.run import fetch, run
from demo.loopback import Answer, Request

HTML = "text/html; charset=utf-8"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of site and what a visit to it must come to."""

    name: str
    home: str
    outcome: Outcome
    home_link: HomeLink
    documents: tuple[str, ...] = ()
    """Final addresses of the documents, in any order."""
    found_by: str | None = None
    reason: Reason | None = None
    """A reason that must be among the attempts."""
    filed: tuple[str, ...] = ()
    anchor: str | None = None
    region: str | None = None
    does: str = ""
    """What the site does, as the table in docs/crawling.md says it."""

    @property
    def site(self) -> Site:
        return Site(f"name-{self.name}", f"{self.name.title()} Limited", None, self.home, self.filed)


def statement_text(name: str, year: int = 2025) -> str:
    sentences = (
        f"Modern slavery statement of {name} for the financial year ended 31 March {year}.",
        "This statement is made under section 54 of the Modern Slavery Act 2015.",
        "We design and make bicycle lamps, and buy parts from forty suppliers in six countries.",
        "Our procurement team checks each new supplier for slavery risk before the first order.",
        "In the year we visited nine factories and found no sign of modern slavery.",
        "All buyers had two hours of training in how to spot slavery and human trafficking.",
        "We measure the share of suppliers who answered our questions, which was 84 per cent.",
        f"Approved by the board of {name} and signed by a director.",
    )
    return "\n".join(sentences * 2)


def page(body: str, *, title: str = "Page", nav: str = "", footer: str = "", script: str = "") -> Reply:
    head = f"<title>{title}</title>" + (f'<script src="{script}"></script>' if script else "")
    text = (
        f"<!doctype html><html lang=en><head>{head}</head><body><nav>{nav}</nav><main>{body}</main>"
        f"<footer>{footer}</footer></body></html>"
    )
    return Reply(body=text.encode())


def link(href: str, anchor: str) -> str:
    return f'<p><a href="{href}">{anchor}</a></p>'


def home(name: str, *, nav: str = "", footer: str = "", body: str = "") -> Reply:
    prose = "<p>We make lamps for bicycles and have done so since 1931. Come and see us.</p>" * 8
    usual = link("/products", "Products") + link("/contact", "Contact us") + link("/team", "Our people")
    return page(f"<h1>{name}</h1>{prose}{body}", title=name, nav=usual + nav, footer=footer)


def statement_page(name: str, extra: str = "") -> Reply:
    prose = "".join(f"<p>{sentence}</p>" for sentence in statement_text(name).splitlines())
    return page(f"<h1>Modern slavery statement</h1>{prose}{extra}", title="Modern slavery statement")


def statement_pdf(name: str, year: int = 2025) -> bytes:
    return b"%PDF-1.4\n% a stand-in: the test judge reads it as text\n" + statement_text(name, year).encode()


def pdf(name: str, year: int = 2025, content_type: str = PDF) -> Reply:
    return Reply(body=statement_pdf(name, year), content_type=content_type)


def moved(location: str, status: int = 301) -> Reply:
    return Reply(status, headers={"Location": location})


NOT_FOUND = page("<h1>Page not found</h1><p>Sorry, that page does not exist on this site any more.</p>" * 3)
SOFT_404 = Reply(body=NOT_FOUND.body)
SHELL = page('<div id="root">Loading</div>', title="App", script="/app.js")

_STATEMENT_LINK = link("/modern-slavery-statement", "Modern Slavery Statement")
_PDF_LINK = link("/docs/statement.pdf", "Modern Slavery Statement")

WEB: dict[str, dict[str, Reply]] = {
    "direct.test": {
        "/": home("Direct", footer=_STATEMENT_LINK),
        "/modern-slavery-statement": statement_page("Direct"),
    },
    "pdf.test": {"/": home("Pdf", footer=_PDF_LINK), "/docs/statement.pdf": pdf("Pdf")},
    "menu.test": {
        "/": home("Menu", nav=f'<ul class="dropdown" hidden><li>{_STATEMENT_LINK}</li></ul>'),
        "/modern-slavery-statement": statement_page("Menu"),
    },
    "cdn-user.test": {
        "/": home("Cdn", footer=link("http://files.test/9f3/a.bin", "Modern slavery statement"))
    },
    "files.test": {"/9f3/a.bin": pdf("Cdn", content_type="application/octet-stream")},
    "hub.test": {
        "/": home("Hub", footer=link("/modern-slavery", "Modern slavery")),
        "/modern-slavery": page(
            "<h1>Our statements</h1><p>Each year's statement is below.</p>"
            + "".join(link(f"/files/{year}.pdf", f"{year}") for year in range(2020, 2026))
        ),
        **{f"/files/{year}.pdf": pdf("Hub", year) for year in range(2020, 2026)},
    },
    "stub.test": {
        "/": home("Stub", footer=_STATEMENT_LINK),
        "/modern-slavery-statement": page(
            "<h1>Modern slavery statement</h1><p>Please <a href='/get?id=77'>open the document</a>.</p>"
        ),
        "/get?id=77": pdf("Stub"),
    },
    "soft.test": {
        "/": home("Soft", footer=link("/old-modern-slavery", "Modern slavery statement")),
        "*": SOFT_404,
    },
    "softok.test": {
        "/": home("Softok"),
        "/modern-slavery": statement_page("Softok"),
        "*": SOFT_404,
    },
    "sitemap.test": {
        "/": home("Sitemap"),
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow:\nSitemap: http://sitemap.test/maps/index.xml\n"),
        "/maps/index.xml": Reply(
            body=b"<?xml version='1.0'?><sitemapindex><sitemap><loc>http://sitemap.test/maps/pages.xml.gz</loc>"
            b"</sitemap></sitemapindex>",
            content_type="application/xml",
        ),
        "/maps/pages.xml.gz": Reply(
            body=gzip.compress(
                b"<urlset><url><loc>http://sitemap.test/a</loc></url>"
                b"<url><loc>http://sitemap.test/x/modern-slavery-and-human-trafficking</loc></url></urlset>"
            ),
            content_type="application/gzip",
        ),
        "/x/modern-slavery-and-human-trafficking": statement_page("Sitemap"),
    },
    "plainmap.test": {
        "/": home("Plainmap"),
        "/sitemap.xml": Reply(
            body=b"<urlset><url><loc>/reports/slavery-statement-2025</loc></url></urlset>",
            content_type="text/xml",
        ),
        "/reports/slavery-statement-2025": statement_page("Plainmap"),
    },
    "common.test": {"/": home("Common"), "/modern-slavery-statement": statement_page("Common")},
    "legal.test": {
        "/": home("Legal", footer=link("/legal", "Legal") + link("/privacy", "Privacy policy")),
        "/legal": page("<h1>Legal</h1>" + link("/msa-2025.pdf", "Modern Slavery Act statement")),
        "/msa-2025.pdf": pdf("Legal"),
    },
    "terms.test": {
        "/": home("Terms", footer=link("/policies", "Our policies")),
        "/policies": statement_page("Terms"),
    },
    "child.test": {"/": home("Child", footer=link("http://parent.test/slavery", "Modern slavery statement"))},
    "parent.test": {
        "/": home("Parent", footer=link("/slavery", "Modern slavery statement")),
        "/slavery": statement_page("Parent"),
    },
    "daughter.test": {"/": home("Daughter", footer=link("http://parent.test/", "Part of Parent Group"))},
    "shell.test": {"/": SHELL, "*": SHELL},
    "wall.test": {
        "/": moved("/consent?back=/", 302),
        "/consent?back=/": page("<h1>Your privacy</h1><form><button>Accept all cookies</button></form>"),
        "*": moved("/consent?back=/", 302),
    },
    "closed.test": {"/": home("Closed"), "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /\n")},
    "partly.test": {
        "/": home("Partly", footer=_PDF_LINK),
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /docs/\n"),
        "/docs/statement.pdf": pdf("Partly"),
    },
    "robots503.test": {"/": home("Robots"), "/robots.txt": Reply(503, b"later")},
    "gone.test": {"/": Reply(410, b"gone"), "*": Reply(410, b"gone")},
    "forbidden.test": {"/": Reply(403, b"no")},
    "busy.test": {
        "/": home("Busy", footer=_PDF_LINK),
        "/docs/statement.pdf": Reply(503, headers={"Retry-After": "900"}),
    },
    "broken.test": {"/": home("Broken", footer=_STATEMENT_LINK)},
    "tohome.test": {
        "/": home("Tohome", footer=_STATEMENT_LINK),
        "/modern-slavery-statement": moved("/"),
    },
    "old.test": {"/": moved("http://new.test/")},
    "new.test": {
        "/": home("New", footer=_STATEMENT_LINK),
        "/modern-slavery-statement": statement_page("New"),
    },
    "welsh.test": {
        "/": home("Welsh", footer=link("/dogfen/12", "Datganiad Caethwasiaeth Fodern")),
        "/dogfen/12": statement_page("Welsh"),
    },
    "news.test": {
        "/": home(
            "News", body=link("/news/modern-slavery-charity-walk", "Staff walk for modern slavery charity")
        ),
        "/news/modern-slavery-charity-walk": page("<p>We raised money against modern slavery.</p>" * 3),
    },
    "policy.test": {
        "/": home("Policy", footer=link("/anti-slavery-policy", "Anti-slavery policy")),
        "/anti-slavery-policy": page("<h1>Anti-slavery policy</h1><p>We say no to it.</p>" * 3),
    },
    "unread.test": {
        "/": home("Unread", footer=_PDF_LINK),
        "/docs/statement.pdf": Reply(body=b"%PDF-1.4 ENCRYPTED", content_type=PDF),
    },
    "bait.test": {
        "/": home(
            "Bait",
            footer=link("http://127.0.0.1:9/modern-slavery", "Modern slavery statement")
            + link("file:///etc/modern-slavery", "Modern slavery"),
        )
    },
    "two.test": {
        "/": home("Two", footer=link("/statements", "Modern slavery and trafficking")),
        "/statements": page(
            link("/statements/2024", "Statement 2024") + link("/statements/2023", "Statement 2023")
        ),
        "/statements/2024": page("<h1>2024</h1>" + link("/s24.pdf", "Download the statement (PDF)")),
        "/statements/2023": page("<h1>2023</h1>" + link("/s23.pdf", "Download the statement (PDF)")),
        "/s24.pdf": pdf("Two", 2024),
        "/s23.pdf": pdf("Two", 2023),
    },
    "filed.test": {"/": home("Filed"), "/our-2025.pdf": Reply(body=b"%PDF-1.4 a scan", content_type=PDF)},
    "filedgone.test": {"/": home("Filedgone", footer=_PDF_LINK), "/docs/statement.pdf": pdf("Filedgone")},
    "www.only.test": {"/": home("Only", footer=_PDF_LINK), "/docs/statement.pdf": pdf("Only")},
}

KINDS = (
    Kind(
        "direct", "http://direct.test/", Outcome.FOUND, HomeLink.DIRECT,
        ("http://direct.test/modern-slavery-statement",), "home", anchor="Modern Slavery Statement",
        region="footer",
    ),
    Kind("pdf", "http://pdf.test/", Outcome.FOUND, HomeLink.DIRECT, ("http://pdf.test/docs/statement.pdf",),
    "home"),
    Kind(
        "menu", "http://menu.test/", Outcome.FOUND, HomeLink.DIRECT, ("http://menu.test/modern-slavery-statement",),
        "home", region="nav",
    ),
    Kind("cdn", "http://cdn-user.test/", Outcome.FOUND, HomeLink.DIRECT, ("http://files.test/9f3/a.bin",),
    "home"),
    Kind(
        "hub", "http://hub.test/", Outcome.FOUND, HomeLink.DIRECT_TO_HUB,
        tuple(f"http://hub.test/files/{year}.pdf" for year in range(2020, 2026)), "hub",
    ),
    Kind("stub", "http://stub.test/", Outcome.FOUND, HomeLink.DIRECT_TO_HUB, ("http://stub.test/get?id=77",),
    "hub"),
    Kind("two", "http://two.test/", Outcome.FOUND, HomeLink.DIRECT_TO_HUB, ("http://two.test/s23.pdf",
    "http://two.test/s24.pdf"), "hub"),
    Kind("soft", "http://soft.test/", Outcome.NOT_FOUND, HomeLink.BROKEN, reason=Reason.SOFT_404),
    Kind("softok", "http://softok.test/", Outcome.FOUND, HomeLink.NO, ("http://softok.test/modern-slavery",),
    "common_path"),
    Kind(
        "sitemap", "http://sitemap.test/", Outcome.FOUND, HomeLink.NO,
        ("http://sitemap.test/x/modern-slavery-and-human-trafficking",), "sitemap",
    ),
    Kind(
        "plainmap", "http://plainmap.test/", Outcome.FOUND, HomeLink.NO,
        ("http://plainmap.test/reports/slavery-statement-2025",), "sitemap",
    ),
    Kind("common", "http://common.test/", Outcome.FOUND, HomeLink.NO,
    ("http://common.test/modern-slavery-statement",), "common_path"),
    Kind("legal", "http://legal.test/", Outcome.FOUND, HomeLink.VIA_HUB, ("http://legal.test/msa-2025.pdf",),
    "hub", anchor="Legal"),
    Kind("terms", "http://terms.test/", Outcome.FOUND, HomeLink.VIA_HUB, ("http://terms.test/policies",),
    "hub"),
    Kind("child", "http://child.test/", Outcome.FOUND, HomeLink.DIRECT, ("http://parent.test/slavery",),
    "home"),
    Kind("daughter", "http://daughter.test/", Outcome.FOUND, HomeLink.NO, ("http://parent.test/slavery",),
    "hub"),
    Kind("shell", "http://shell.test/", Outcome.NEEDS_BROWSER, HomeLink.UNKNOWN, reason=Reason.NEEDS_BROWSER),
    Kind("wall", "http://wall.test/", Outcome.NEEDS_REVIEW, HomeLink.UNKNOWN, reason=Reason.CONSENT_WALL),
    Kind("closed", "http://closed.test/", Outcome.ROBOTS_DISALLOWED, HomeLink.UNKNOWN, reason=Reason.ROBOTS),
    Kind("partly", "http://partly.test/", Outcome.ROBOTS_DISALLOWED, HomeLink.UNKNOWN, reason=Reason.ROBOTS),
    Kind("robots503", "http://robots503.test/", Outcome.UNREACHABLE, HomeLink.UNKNOWN,
    reason=Reason.ROBOTS_UNREACHABLE),
    Kind("gone", "http://gone.test/", Outcome.UNREACHABLE, HomeLink.UNKNOWN, reason=Reason.NOT_FOUND),
    Kind("forbidden", "http://forbidden.test/", Outcome.UNREACHABLE, HomeLink.UNKNOWN,
    reason=Reason.FORBIDDEN),
    Kind("busy", "http://busy.test/", Outcome.NEEDS_REVIEW, HomeLink.UNKNOWN, reason=Reason.RETRY_LATER),
    Kind("broken", "http://broken.test/", Outcome.NOT_FOUND, HomeLink.BROKEN, reason=Reason.NOT_FOUND),
    Kind("tohome", "http://tohome.test/", Outcome.NOT_FOUND, HomeLink.BROKEN, reason=Reason.SOFT_404),
    Kind("old", "http://old.test/", Outcome.FOUND, HomeLink.DIRECT,
    ("http://new.test/modern-slavery-statement",), "home"),
    Kind("welsh", "http://welsh.test/", Outcome.FOUND, HomeLink.DIRECT, ("http://welsh.test/dogfen/12",),
    "home"),
    Kind("news", "http://news.test/", Outcome.NOT_FOUND, HomeLink.NO),
    Kind("policy", "http://policy.test/", Outcome.NOT_FOUND, HomeLink.UNKNOWN, reason=Reason.NOT_A_STATEMENT),
    Kind("unread", "http://unread.test/", Outcome.NEEDS_REVIEW, HomeLink.UNKNOWN, reason=Reason.UNREADABLE),
    Kind("bait", "http://bait.test/", Outcome.NEEDS_REVIEW, HomeLink.UNKNOWN, reason=Reason.BLOCKED_ADDRESS),
    Kind("nobody", "http://nobody.test/", Outcome.UNREACHABLE, HomeLink.UNKNOWN, reason=Reason.DNS),
    Kind("only", "http://only.test/", Outcome.FOUND, HomeLink.DIRECT,
    ("http://www.only.test/docs/statement.pdf",), "home"),
    Kind(
        "filed", "http://filed.test/", Outcome.FOUND, HomeLink.NO, ("http://filed.test/our-2025.pdf",),
        "filed",
        filed=("http://filed.test/our-2025.pdf",),
    ),
    Kind(
        "filedgone", "http://filedgone.test/", Outcome.FOUND, HomeLink.DIRECT,
        ("http://filedgone.test/docs/statement.pdf",), "home", Reason.NOT_FOUND, ("http://filedgone.test/old.pdf",),
    ),
)  # fmt: skip


def reply_to(host: str, path: str) -> Reply | None:
    """The answer of a host of the fake web; None for a host that does not exist."""
    site = WEB.get(host)
    if site is None:
        return None
    if path in site:
        return site[path]
    if path == "/robots.txt":
        return Reply(404)
    return site.get("*", Reply(404, NOT_FOUND.body))


class DictFetch:
    """The fetch function over the fake web, without sockets: redirects, robots.txt and statuses as the real
    one.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, url: str) -> Page:
        if urlsplit(url).path != "/robots.txt":
            self.asked.append(url)
        return self._get(safe_url_string(url), url, ())

    def _get(self, url: str, asked: str, redirects: tuple[str, ...]) -> Page:
        parts = urlsplit(url)
        if parts.hostname == "127.0.0.1":
            raise FetchError(Reason.BLOCKED_ADDRESS, "an address of a private network")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reply = reply_to(parts.netloc, path)
        if reply is None:
            raise FetchError(Reason.DNS, f"unknown name {parts.netloc}")
        self._check_robots(parts.netloc, url)
        if "Location" in reply.headers:
            if len(redirects) >= 8:
                raise FetchError(Reason.REDIRECT_LOOP)
            return self._get(urljoin(url, reply.headers["Location"]), asked, (*redirects, url))
        if reply.status != 200:
            raise FetchError(_reason(reply), f"HTTP {reply.status}", status=reply.status)
        digest = hashlib.sha256(reply.body).hexdigest()
        return Page(
            asked,
            url,
            200,
            reply.body,
            digest,
            "2026-11-22T09:00:00Z",
            reply.content_type,
            redirects=redirects,
        )

    def _check_robots(self, host: str, url: str) -> None:
        robots = reply_to(host, "/robots.txt")
        if robots is None or url.endswith("/robots.txt"):
            return
        if robots.status >= 500:
            raise FetchError(Reason.ROBOTS_UNREACHABLE, f"robots.txt: HTTP {robots.status}")
        if robots.status == 200 and not read_robots(robots.body).allows(url):
            raise FetchError(Reason.ROBOTS, "robots.txt does not allow it")


def _reason(reply: Reply) -> Reason:
    by_status = {
        403: Reason.FORBIDDEN,
        404: Reason.NOT_FOUND,
        410: Reason.NOT_FOUND,
        429: Reason.RETRY_LATER,
        503: Reason.RETRY_LATER,
    }
    return by_status.get(reply.status, Reason.HTTP_ERROR)


class WordJudge:
    """A judge for tests: counts words in the bytes.

    Knows stubs by their one link and encrypted files by their name.
    """

    async def judge(self, body: bytes, url: str, organisation: str) -> Judgement:
        text = body.decode("utf-8", "replace").lower()
        if "encrypted" in text[:40]:
            return Judgement(False, 0.0, "unreadable", "The file is encrypted.")
        if text.count("slavery") >= 5 and "section 54" in text:
            names = organisation.split()[0].lower() in text
            return Judgement(True, 0.97, "statement", "It reads like one.", names)
        links = tuple(part.split("'")[0] for part in text.split("href='")[1:])
        kind = "stub" if links else "other"
        return Judgement(False, 0.02, kind, "It does not read like a statement.", None, links)


class MemoryState:
    """A state over a dict, as if filled by an earlier run."""

    def __init__(self, known: Mapping[str, tuple[Validators, bytes]] | None = None) -> None:
        self._known = dict(known or {})

    def validators(self, url: str) -> Validators | None:
        return self._known[url][0] if url in self._known else None

    def body(self, sha256: str) -> bytes | None:
        return next((body for known, body in self._known.values() if known.sha256 == sha256), None)


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a callable to become true; fail the test after a while."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


# --- the same web on loopback, and crawls in processes of their own (a reactor starts once)


def answer_from_web(request: Request) -> Answer:
    reply = reply_to(
        request.host, quote(request.path, safe="/%:") + (f"?{request.query}" if request.query else "")
    )
    if reply is None:
        return Answer(421, b"", "text/plain")
    return Answer(reply.status, reply.body, reply.content_type, reply.headers)


@dataclass(frozen=True, slots=True)
class FileSink:
    """Keeps each visit as a file, so that a test sees what was saved before a crawl was killed."""

    folder: Path
    fail_at: str = ""

    def save(self, visit: Visit) -> None:
        if visit.site.organisation_id == self.fail_at:
            raise OSError("the disk is full")
        draft = self.folder / f"{visit.site.organisation_id}.draft"
        draft.write_bytes(pickle.dumps(visit))
        draft.replace(draft.with_suffix(".pickle"))  # whole at once: a test may look while the crawl writes

    def visits(self) -> dict[str, Visit]:
        paths = self.folder.glob("*.pickle")
        return {path.stem: pickle.loads(path.read_bytes()) for path in paths}


@dataclass(frozen=True, slots=True)
class ChildSetup:
    """What a test changes in the process that crawls."""

    ports: tuple[int, ...] = ()
    """Taken for web ports, so that the address guard is tested and not the port rule."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the system's resolver says: name to IPv4 address."""

    def apply(self) -> None:
        policy.WEB_PORTS = (*policy.WEB_PORTS, *self.ports)
        if self.names:
            socket.gethostbyname = self._look_up  # what Twisted's threaded resolver calls

    def _look_up(self, name: str) -> str:
        if name not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        return self.names[name]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch in a child, with the most memory that the child held."""

    results: list[Document | Attempt]
    peak_mb: int

    @property
    def reasons(self) -> list[str]:
        return [str(result.reason) if isinstance(result, Attempt) else "document" for result in self.results]


def fetch_in_child(
    urls: Sequence[str], options: CrawlOptions, setup: ChildSetup = ChildSetup(), *, archive: bool = False
) -> Fetched:
    result = in_child(_fetch, urls, options, setup, archive)
    assert isinstance(result, Fetched)
    return result


def _fetch(urls: Sequence[str], options: CrawlOptions, setup: ChildSetup, archive: bool) -> Fetched:
    setup.apply()
    results = fetch(urls, options, archive=archive)
    return Fetched(results, _peak_mb())


def _peak_mb() -> int:
    """Peak memory of this program alone: ru_maxrss would carry over the peak of the process that started
    it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def crawl_in_child(
    spider: str,
    sites: Sequence[Site],
    options: CrawlOptions,
    sink: FileSink,
    state: MemoryState | None = None,
    setup: ChildSetup = ChildSetup(),
) -> CrawlReport:
    result = in_child(crawl_here, spider, sites, options, sink, state or MemoryState(), setup)
    assert isinstance(result, CrawlReport)
    return result


def crawl_here(
    spider: str,
    sites: Sequence[Site],
    options: CrawlOptions,
    sink: FileSink,
    state: MemoryState,
    setup: ChildSetup,
) -> CrawlReport:
    setup.apply()
    return run(spider, sites, options, sink, state, WordJudge())


def in_child(function: Callable[..., object], *arguments: object) -> object:
    """Call a function in a fresh process; an exception there is raised here."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result(timeout=300)  # generous: the machine may be busy


def options_for(folder: Path, port: int = 9, hosts: Iterable[str] = WEB, **changes: Any) -> CrawlOptions:
    """Options for a crawl of the fake web served at a port."""
    values: dict[str, Any] = {
        "warc_dir": folder / "warc",
        "run_id": "run",
        "contact": "https://example.org/bot",
        "resolve": dict.fromkeys(hosts, f"127.0.0.1:{port}"),
        "log_level": "CRITICAL",
    }
    return CrawlOptions(**values | changes)


def send_result(sender: Connection, arguments: tuple[Any, ...]) -> None:
    """The main function of a crawl process that a test sends signals to."""
    sender.send(crawl_here(*arguments))


def crawl_with_strict_judge(sites: Sequence[Site], options: CrawlOptions, sink: FileSink) -> CrawlReport:
    class StrictJudge(WordJudge):
        async def judge(self, body: bytes, url: str, organisation: str) -> Judgement:
            if organisation.startswith("Faulty"):
                raise LookupError("a fault of the judge")
            return await WordJudge.judge(self, body, url, organisation)

    return run("websites", sites, options, sink, MemoryState(), StrictJudge())


def fetch_trusting(authority: Path, urls: Sequence[str], options: CrawlOptions) -> list[Document | Attempt]:
    """Fetch in a process that trusts one certificate authority."""
    os.environ["SSL_CERT_FILE"] = str(authority)
    return fetch(urls, options)


class HttpsServer:
    """Answers every address with one page over TLS."""

    def __init__(self, certificate: Path, body: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path != "/robots.txt"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body if found else b"")

            def log_message(self, format: str, *args: Any) -> None:
                """Tests need no access log."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class TestAuthority:
    """A certificate authority of our own: its certificate in ca.pem, and certificates with keys that it
    signed.
    """

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name("Test authority")
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.path = folder / "ca.pem"
        self.path.write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    def certificate(self, host: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_common_name(host), key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        path = self._folder / f"{host}.pem"
        path.write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )


def _common_name(value: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, value)])
