"""The demo web: fictional organisations, their sites and a registry, served on loopback.

Each site is a folder `demo/web/NAME/` for the host NAME.localhost: pages as Markdown or HTML templates, files
sent as they are, and `site.yaml` with what cannot be seen from the files (navigation, redirects, odd
headers). `_shared/` holds what all sites have; `demo/later/` what is different a year on. Run by hand:
`python -m demo.server --port 8054`.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

import jinja2
import yaml

from demo.loopback import Answer, LoopbackServer, Request
from demo.markup import parse, to_html
from demo.organisations import (
    REGISTRY_HOST,
    REGISTRY_YEARS,
    find_statement,
    registry_csv,
)

WEB = Path(__file__).parent / "web"
LATER = Path(__file__).parent / "later"  # what is different a year on, laid over WEB
SHARED = "_shared"  # what every site has: style sheet, privacy notice, contact page
TEMPLATES = "_templates"  # never sent by itself
CONTENT_TYPES = {  # not from the machine's own list, which differs
    ".css": "text/css; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".xml": "application/xml; charset=utf-8",
}
PAGE_SUFFIXES = (
    ".md",
    ".html",
    ".js",
    ".json",
    ".txt",
    ".xml",
    ".css",
)  # rendered; all else is sent as it is
PUBLISHED = date(2026, 6, 1)  # Last-Modified where a site does not say: fixed, since a checkout has no dates


@dataclass(frozen=True, slots=True)
class Link:
    """An item of a navigation bar; `menu` makes it a drop-down, and `href` is then empty."""

    label: str
    href: str = ""
    menu: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """What `site.yaml` says of one host."""

    name: str
    colour: str = "#1d4f5c"
    tagline: str = ""
    lang: str = "en-GB"
    nav: tuple[Link, ...] = ()
    footer: tuple[Link, ...] = ()
    legal: str = ""
    redirects: Mapping[str, str] = field(default_factory=dict)
    content_types: Mapping[str, str] = field(default_factory=dict)
    missing: str = "404"
    """For unknown addresses: 404, `soft` (the not-found page with 200) or `shell` (index.html, as script
    sites do)."""
    consent: str = ""
    """Path of a consent page to which a visitor without the cookie is sent."""
    robots: str = "User-agent: *\nDisallow:\n"
    robots_status: int = 200
    sitemap: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Paths that are there no longer."""
    published: date = PUBLISHED


class DemoWeb:
    """The demo web as a context manager; `port` 0 takes a free one. `later` shows it as it is a year on."""

    def __init__(self, port: int = 0, root: Path = WEB, *, later: bool = False) -> None:
        self._root = root
        self._layers = (LATER, root) if later else (root,)
        self._server = LoopbackServer(self.answer, port)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(root),
            autoescape=jinja2.select_autoescape(),  # Markdown pages are strings here: to_html() escapes them
            undefined=jinja2.StrictUndefined,
        )
        folders = sorted(path.parent for path in root.glob("*/site.yaml"))
        self._sites = {f"{folder.name}.localhost": self._site(folder) for folder in folders}

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def hosts(self) -> list[str]:
        """Names of all hosts, in order."""
        return list(self._sites)

    def url(self, host: str, path: str = "/") -> str:
        """Return the address of a path on a host, with the port that is served now."""
        return f"http://{host}:{self.port}{path}"

    def resolve(self) -> dict[str, str]:
        """Return where each name is found: NAME to 127.0.0.1:PORT."""
        return dict.fromkeys(self._sites, f"127.0.0.1:{self.port}")

    def allow_hosts(self) -> list[str]:
        """Return the HOST:PORT of each name, which a crawler that refuses loopback must be told to allow."""
        return [f"{host}:{self.port}" for host in self._sites]

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def answer(self, request: Request) -> Answer:
        """Return what a host says to a request; unknown hosts get 421."""
        site = self._sites.get(request.host)
        if site is None:
            return Answer(421, b"no such host", "text/plain; charset=utf-8")
        if request.path == "/robots.txt":
            return self._robots(site, request.host)
        if (
            site.consent
            and request.path != site.consent
            and "consent=1" not in request.headers.get("cookie", "")
        ):
            return _redirect(self.url(request.host, site.consent), 302)
        if request.path in site.redirects:
            return _redirect(site.redirects[request.path], 301)
        if request.path in site.gone:
            return self._missing(site, request.host)
        return self._resource(site, request.host, request.path) or self._missing(site, request.host)

    def _resource(self, site: Site, host: str, path: str) -> Answer | None:
        if host == REGISTRY_HOST and (answer := self._registry(site, path)):
            return answer
        if path == "/sitemap.xml" and site.sitemap:
            return self._page(site, host, self._root / TEMPLATES / "sitemap.xml")
        folders = [layer / host.removesuffix(".localhost") for layer in self._layers] + [self._root / SHARED]
        file = next((found for folder in folders if (found := find_file(folder, path))), None)
        if file is None or (site.missing == "shell" and file.suffix == ".md"):
            return None
        if file.suffix in PAGE_SUFFIXES:
            return self._page(site, host, file)
        return _dated(site, file.read_bytes(), site.content_types.get(path) or CONTENT_TYPES[file.suffix])

    def _registry(self, site: Site, path: str) -> Answer | None:
        for year in REGISTRY_YEARS:
            if path == f"/publicdownloads/StatementSummaries{year}.csv":
                return _dated(site, registry_csv(year, self.port), "text/csv")
        if path.startswith("/statement-summary/") and (statement := find_statement(path.split("/")[2:])):
            page = self._templates.get_template(f"{TEMPLATES}/summary.html")
            body = page.render(
                self._values(site, REGISTRY_HOST),
                statement=statement,
                statement_url=statement.url(self.port),
                title=statement.organisation.name,
            )
            return _dated(site, body.encode())
        return None

    def _page(self, site: Site, host: str, file: Path) -> Answer:
        """Render a page: Markdown goes into the site's frame, every other template is a whole page by
        itself.
        """
        source = file.read_text(encoding="utf-8")
        text = self._templates.from_string(source).render(self._values(site, host))
        if file.suffix == ".md":
            blocks = parse(text)
            title = next((block.text for block in blocks if block.kind == "heading"), site.name)
            frame = self._templates.get_template(f"{TEMPLATES}/frame.html")
            text = frame.render(
                self._values(site, host),
                content=to_html(blocks),
                title=title,
                home=file.name == "index.md",
            )
            return _dated(site, text.encode())
        return _dated(site, text.encode(), CONTENT_TYPES[file.suffix])

    def _site(self, folder: Path) -> Site:
        """Read one `site.yaml`, itself a template. Raises TypeError for a key that no site has.

        That of a later layer names only what is different.
        """
        host = f"{folder.name}.localhost"
        facts: dict[str, Any] = {}
        for layer in reversed(self._layers):
            file = layer / folder.name / "site.yaml"
            source = file.read_text(encoding="utf-8") if file.exists() else "{}"
            facts |= yaml.safe_load(self._templates.from_string(source).render(url=self._url_of(host)))
        for key in ("nav", "footer"):
            facts[key] = tuple(Link(**item) for item in facts.get(key, ()))
        return Site(**facts)

    def _values(self, site: Site, host: str) -> dict[str, Any]:
        return {"site": site, "host": host, "url": self._url_of(host)}

    def _url_of(self, host: str) -> Callable[..., str]:
        """Return the `url(path, name)` of templates: `name` is a host without .localhost, left out for this
        one.
        """
        return lambda path="/", name="": self.url(f"{name}.localhost" if name else host, path)

    def _robots(self, site: Site, host: str) -> Answer:
        if site.robots_status != 200:
            return Answer(site.robots_status)
        sitemap = f"Sitemap: {self.url(host, '/sitemap.xml')}\n" if site.sitemap else ""
        return Answer(200, (site.robots + sitemap).encode(), "text/plain; charset=utf-8")

    def _missing(self, site: Site, host: str) -> Answer:
        if site.missing == "shell":
            return self._page(site, host, self._root / host.removesuffix(".localhost") / "index.html")
        page = self._page(site, host, self._root / TEMPLATES / "not-found.md")
        return page if site.missing == "soft" else Answer(404, page.body, page.content_type)


def find_file(folder: Path, path: str) -> Path | None:
    """Return the file that a path on a site stands for, or None: `/about` is about.md, about.html or
    about/index.md.

    Dot segments, and names that begin with a dot, lead nowhere.
    """
    parts = PurePosixPath(path).parts[1:]
    if any(part.startswith(".") for part in parts):
        return None
    target = folder.joinpath(*parts)
    stem = target.as_posix().rstrip("/")
    candidates = [target, *(Path(f"{stem}{suffix}") for suffix in (".md", ".html"))]
    candidates += [target / "index.md", target / "index.html"]
    return next((file for file in candidates if file.is_file() and file.name != "site.yaml"), None)


def _redirect(target: str, status: int) -> Answer:
    return Answer(status, headers={"Location": target})


def _dated(site: Site, body: bytes, content_type: str = "text/html; charset=utf-8") -> Answer:
    modified = datetime.combine(site.published, clock(9), UTC)
    return Answer(200, body, content_type, last_modified=modified)


def main() -> None:
    """Serve the demo web until interrupted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=8054)
    parser.add_argument("--later", action="store_true", help="as it is a year on")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with DemoWeb(arguments.port, later=arguments.later) as web:
        for host in web.hosts:
            print(web.url(host))
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
