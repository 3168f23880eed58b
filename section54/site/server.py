"""The site: Datasette over the published file, with pages of its own, and a server that follows new
publications.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.database import Database, Results
from datasette.utils import parse_metadata, sqlite_timelimit
from datasette.version import __version__ as datasette_version

from db.publish import FORMAT, particulars_path
from domain.dates import now
from section54 import settings
from section54.site import rows as site_rows
from section54.site.dictionary import PUBLISHED, Column, Table, columns_of, read_dictionary
from section54.site.downloads import Downloads, downloads_folder, read_downloads
from section54.site.guard import TRUNCATED, VISITORS_SQL, WHOLE, App, Receive, Scope, Send
from section54.site.paging import in_full_order
from section54.site.passwords import PasswordGate, read_passwords
from section54.site.sql_pool import SqlPool

log = logging.getLogger(__name__)

DATABASE = "section54"

SETTINGS: Mapping[str, Any] = {
    "suggest_facets": False,  # asks every column of a table three ways: 1.4 s of a table page of 120,000 rows
    "default_page_size": 50,  # half the HTML of the default; nobody reads 100 rows
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 1000,  # of a visitor's query; our own pages have a limit of their own
    "facet_time_limit_ms": 300,
    "num_sql_threads": 8,  # readers of pages; questions in SQL have processes of their own
    "max_csv_mb": 100,  # a CSV is cut there, and the data page says so; 120,000 statements are 46 MB
    "default_cache_ttl": 600,  # seconds; the file changes once a day at most
    # 1 GB for whoever follows the link; the file is offered as a dated download instead
    "allow_download": False,
}

CACHE_KILOBYTES = 8_000
"""Of each of the connections: a search touches some thousand pages of 16 KB, and the system keeps the rest at
hand."""
SQL_PROCESSES = 2
"""Questions of visitors in SQL that run at a time; the others wait for their turn."""
QUESTION_TIME_MS = 10_000
"""For all rows of a named question as CSV; of a national collection the longest takes two seconds."""
MAX_ROWS_OF_CSV = 500_000
"""A bound on memory: four times the statements of a national collection."""
MAX_FACETS = 200
"""Facets whose counts are remembered, of thirty values each unless more are asked for; all that pages show by
default are 16."""

ROLE_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "all": {},
    "pages": {"default_allow_sql": False},
    "data": {},
}
"""What differs by role: see section54.site.guard.ROLES."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What every page may say, read once when the site starts."""

    meta: Mapping[str, str]
    areas: tuple[Mapping[str, Any], ...]
    levels: Mapping[str, str]
    """What makes each level, fullest first."""
    check_rules: tuple[Mapping[str, Any], ...]
    rulesets: tuple[Mapping[str, Any], ...]
    accuracy: tuple[Mapping[str, Any], ...]
    queries: Mapping[str, Mapping[str, str]]
    """The named questions of web/metadata.yml."""
    dictionary: tuple[Table, ...]
    columns: Mapping[str, tuple[Column, ...]]
    """Those of each table of the file."""
    site_db: Path
    particulars: Mapping[str, Any]
    """sha256, bytes and row counts of the file; empty where they are not at hand."""
    downloads: Downloads | None
    """None where none were chosen to be offered."""
    contact: str | None
    role: str
    """One of section54.site.guard.ROLES."""
    today: Callable[[], date]
    """The day on which a page is asked for: a site runs for months."""
    fictional: bool
    """Whether this is the demo, whose organisations do not exist."""
    version: str
    """Another one whenever a page may look different: another publication, other code, other settings."""
    desk: Any = None
    """How the desk looks at websites (crawler.options.CrawlOptions); None where this instance has no desk."""
    private: settings.Home | None = None
    """The collection, where this instance shows whole texts, page images and stored copies; None in
    public."""

    @property
    def titles(self) -> dict[str, str]:
        """Titles of areas and checks by finding code: "area:policies"."""
        areas = {f"area:{row['id']}": str(row["title"]) for row in self.areas}
        return (
            areas
            | {f"check:{row['id']}": str(row["title"]) for row in self.check_rules}
            | {"period": "Period"}
        )


class PublishedSite(Datasette):
    """Datasette with the facts of the site: set first, since its constructor already asks the plugins for
    routes.
    """

    def __init__(self, facts: SiteFacts, **options: Any) -> None:
        self.section54 = facts
        super().__init__(**options)
        (name,) = self.databases.keys() - {"_internal"}
        path = self.databases[name].path
        self.remove_database(name)
        # The file may have any name, the addresses of the site may not.
        self.add_database(PublishedDatabase(self, path=path, is_mutable=False), name=DATABASE)


class PublishedDatabase(Database):
    """The published file.

    It is not mapped into memory: a file that somebody overwrites in place would then kill the process.
    Visitors' SQL runs in processes of its own. The counts of a facet over a whole table are taken once: 10 ms
    of 120,000 rows, 100 ms of 720,000.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._facets: dict[str, Any] = {}
        self._visitors = SqlPool(
            Path(self.path),
            processes=SQL_PROCESSES,
            milliseconds=self.ds.sql_time_limit_ms,
            rows=self.ds.max_returned_rows,
        )

    def connect(self, write: bool = False) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().connect(write)
        connection.execute(f"pragma cache_size = -{CACHE_KILOBYTES}")
        return connection

    async def execute(self, sql: str, params: Any = None, *arguments: Any, **options: Any) -> Any:
        asked = VISITORS_SQL.get().strip().rstrip(";").strip()
        if asked and asked in sql:
            return _noted(await self._visitors.ask(sql, params or {}))
        if WHOLE.get() and sql in self._questions:
            return await self._all_rows(sql, params)
        sql = in_full_order(sql, self.ds.section54.columns)
        if params or not _counts_whole_table(sql, options):
            found = await super().execute(sql, params, *arguments, **options)
            return _noted(found) if sql in self._questions else found
        if sql not in self._facets:
            found = await super().execute(sql, params, *arguments, **options)
            if len(self._facets) >= MAX_FACETS:
                del self._facets[next(iter(self._facets))]
            self._facets[sql] = found
        return self._facets[sql]

    @property
    def _questions(self) -> frozenset[str]:
        return frozenset(query["sql"] for query in self.ds.section54.queries.values())

    async def _all_rows(self, sql: str, params: Any) -> Results:
        """All rows of a named question: they are ours, so they have more time than a visitor's."""

        def read(connection: sqlite3.Connection) -> Results:
            with sqlite_timelimit(connection, QUESTION_TIME_MS):
                cursor = connection.execute(sql, params or {})
                return Results(cursor.fetchmany(MAX_ROWS_OF_CSV), False, cursor.description)

        found: Results = await self.execute_fn(read)
        return found


def _noted(found: Results) -> Results:
    """Note for the header that there are more rows than these."""
    if found.truncated:
        TRUNCATED.get([]).append(len(found.rows))
    return found


def _counts_whole_table(sql: str, options: Mapping[str, Any]) -> bool:
    """Whether this is Datasette's query for a facet with no filter: its only condition is that there is a
    value.
    """
    is_facet = options.get("truncate") is False and options.get("custom_time_limit") is not None
    return is_facet and sql.count("where ") == 1


def today_in_utc() -> date:
    return now().date()


def make_datasette(
    site_db: Path,
    *,
    config_dir: Path = settings.WEB,
    contact: str | None = settings.CONTACT,
    allow_sql: bool = True,
    role: str = "all",
    overrides: Mapping[str, Any] | None = None,
    private: settings.Home | None = None,
    desk: Any = None,
    today: Callable[[], date] = today_in_utc,
) -> Datasette:
    """The site over the published file `site_db`, opened as immutable: never overwrite it, replace it.

    `contact` is where corrections go. `allow_sql` opens SQL to visitors, within the limits of
    section54.site.guard; without it tables, pages and the named questions stay. `role` is one of its ROLES:
    behind a proxy, SQL of visitors has a process of its own. `overrides` are Datasette settings. `private` is
    the collection whose whole texts, page images and stored copies a private instance shows: never give it
    for an open site. `desk` gives a private instance the pages of the desk; it says how they look at
    websites. Raises FileNotFoundError where there is no such file, ValueError where it is no published file.
    """
    if not site_db.is_file():
        raise FileNotFoundError(f"nothing is published at {site_db}")
    _quiet_errors()
    dictionary = tuple(table for table in read_dictionary() if table.part == PUBLISHED)
    metadata = _metadata(config_dir, dictionary)
    particulars = _particulars(site_db)
    queries = metadata["databases"][DATABASE]["queries"]
    return PublishedSite(
        _read_facts(
            site_db, config_dir, queries, dictionary, particulars, contact, role, private, desk, today
        ),
        files=[],
        immutables=[str(site_db)],
        config_dir=config_dir,
        metadata=metadata,
        inspect_data=_inspect_data(site_db, particulars),
        settings={**SETTINGS, "default_allow_sql": allow_sql, **ROLE_SETTINGS[role], **(overrides or {})},
        **_configuration(metadata),
        cors=private is None,  # other sites may read the JSON: nothing is private and there are no cookies
    )


def serve(site_db: Path, host: str = "127.0.0.1", port: int = 8001, **options: Any) -> None:
    """Serve the site until it is stopped; a new publication of the file is taken up with the next request.

    `options` are those of make_datasette. A private instance asks for a password where its collection has
    any. Raises ValueError where it would listen to other machines without, or where the passwords can't be
    read.
    """
    app: App = FollowingApp(site_db, lambda: make_datasette(site_db, **options))
    home: settings.Home | None = options.get("private")
    if home is not None and home.passwords.is_file():
        app = PasswordGate(app, read_passwords(home.passwords))
    elif home is not None and host not in LOOPBACK:
        raise ValueError(
            f"a private instance does not listen on {host} without a password: "
            "set one with `section54 password NAME`, or listen on 127.0.0.1"
        )
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, lifespan="off")


LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Addresses that no other machine reaches."""


class FollowingApp:
    """An ASGI app over a file that is replaced now and then: made again when the file or its downloads are
    others.

    Requests under way finish on the old file, which stays open as long as they need it.
    """

    def __init__(self, site_db: Path, make: Callable[[], Datasette]) -> None:
        self._site_db = site_db
        self._make = make
        self._app: App = make().app()  # first: it says in words what is wrong with the file
        self._seen = self._stamp()

    def _stamp(self) -> tuple[int, ...]:
        status = self._site_db.stat()
        downloads = downloads_folder(self._site_db)
        offered = downloads.stat().st_mtime_ns if downloads.is_dir() else 0
        return status.st_ino, status.st_mtime_ns, offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._follow()
        await self._app(scope, receive, send)

    def _follow(self) -> None:
        try:
            stamp = self._stamp()
        except FileNotFoundError:
            return  # removed: go on with the one that is open
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._app = self._make().app()
        except (ValueError, OSError) as error:
            log.warning("the new file cannot be served, going on with the old one: %s", error)


def _quiet_errors() -> None:
    """Keep Datasette from printing each error of a visitor (a mistyped query) with all local variables.

    It does so where rich is installed: slow, and it writes what strangers send raw into the log. Imported
    here since this module of Datasette must be loaded by its plugin manager, not before it.
    """
    from datasette import handle_exception

    handle_exception.rich = None


def _configuration(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Datasette 1.0 reads queries and facets from what it calls configuration; 0.65 knows metadata alone."""
    if datasette_version.startswith("0."):
        return {}
    return {
        "config": {"databases": copy.deepcopy(metadata["databases"])}
    }  # Datasette changes what it is given


def _metadata(config_dir: Path, dictionary: tuple[Table, ...]) -> dict[str, Any]:
    """web/metadata.yml with the descriptions of tables and columns of the data dictionary."""
    metadata: dict[str, Any] = parse_metadata((config_dir / "metadata.yml").read_text(encoding="utf-8"))
    tables = metadata["databases"][DATABASE].setdefault("tables", {})
    for table in dictionary:
        entry = tables.setdefault(table.name, {})
        entry.setdefault("description", table.description)
        entry.setdefault("columns", table.columns)
    return metadata


def _particulars(site_db: Path) -> dict[str, Any]:
    """What publishing wrote beside the file; empty where it is of another file (a copy, or one being
    replaced).
    """
    path = particulars_path(site_db)
    if not path.is_file():
        return {}
    particulars: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return particulars if particulars.get("bytes") == site_db.stat().st_size else {}


def _inspect_data(site_db: Path, particulars: Mapping[str, Any]) -> dict[str, Any] | None:
    """Row counts and hash in the form of `datasette inspect`, so that starting does not read the whole
    file.
    """
    if not particulars:
        return None
    tables = {name: {"count": count} for name, count in particulars["tables"].items()}
    entry = {
        "hash": particulars["sha256"],
        "size": particulars["bytes"],
        "file": site_db.name,
        "tables": tables,
    }
    return {DATABASE: entry}


def _version(site_db: Path, *parts: Any) -> str:
    """A hash of what pages are made of: code and templates, `parts`, and which file it is."""
    status = site_db.stat()
    made_of = hashlib.sha256(repr((status.st_size, status.st_mtime_ns, *parts)).encode())
    for folder in (settings.WEB, settings.ROOT / "section54"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".py", ".html", ".yml", ".css"):
                made_of.update(path.read_bytes())
    return made_of.hexdigest()


def _read_facts(
    site_db: Path,
    config_dir: Path,
    queries: Mapping[str, Mapping[str, str]],
    dictionary: tuple[Table, ...],
    particulars: Mapping[str, Any],
    contact: str | None,
    role: str,
    private: settings.Home | None,
    desk: Any,
    today: Callable[[], date],
) -> SiteFacts:
    downloads = None if private else read_downloads(site_db)
    with closing(sqlite3.connect(f"{site_db.resolve().as_uri()}?immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            meta = site_rows.meta(connection)
            if meta.get("format") != FORMAT:
                raise ValueError(
                    f"{site_db} has format {meta.get('format')}, this version reads {FORMAT}; run `section54 "
                    "publish`"
                )
            return SiteFacts(
                meta=meta,
                areas=tuple(site_rows.areas(connection)),
                levels=site_rows.levels(connection),
                check_rules=tuple(site_rows.check_rules(connection)),
                rulesets=tuple(site_rows.rulesets(connection)),
                accuracy=tuple(site_rows.accuracy(connection)),
                queries=queries,
                dictionary=dictionary,
                columns=columns_of(connection),
                site_db=site_db,
                particulars=particulars,
                downloads=downloads,
                contact=contact,
                role=role,
                today=today,
                fictional=settings.home(site_db.parent.parent).is_demo,
                version=_version(site_db, config_dir, particulars, contact, private, downloads),
                private=private,
                desk=desk,
            )
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"{site_db} was not published by this version ({error}); run `section54 publish`"
            ) from error
