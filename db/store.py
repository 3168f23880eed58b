"""The working database: everything that is written or read as rows goes through `Store`.

One connection per process, WAL mode, so that a crawl may write while a person looks. Each public method that
writes is one transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlite_utils import Database

from classifier.assess import Assessment, Evidence
from crawler.items import AREAS, Attempt, Document, Listing, Site, Validators, Visit
from db.migrations import migrations
from db.opening import bring_up_to_date, transaction
from db.registry_changes import STANDING, RegistryChanges, by_key, older_entries, registry_changes
from db.views import VIEWS
from domain import machine
from domain.dates import days_ago, stamp
from domain.organisations import organisation_id
from extraction.sentences import Box, Sentence
from extraction.text import Text

RECHECKED_DAYS = 14
"""A statement that was removed is looked for again for so long: rechecks fall 3 and 10 days after (design
study)."""


class Busy(Exception):
    """Another run holds the lease; the message says which and since when."""


class Store:
    """Open the working database at `path`, bringing its schema up to date."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.db = Database(sqlite3.connect(path, timeout=30, isolation_level=None))
        self.db.conn.row_factory = sqlite3.Row
        self.db.execute("pragma foreign_keys = on")
        self.db.execute("pragma synchronous = normal")
        bring_up_to_date(self.db, path, migrations, wal=True, views=VIEWS)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.db.conn.close()

    def transaction(self) -> AbstractContextManager[None]:
        return transaction(self.db)

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        return [dict(row) for row in self.db.execute(sql, parameters)]

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        row = self.db.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    # --- runs and leases

    def start_run(self, run_id: str, command: str, scope: str | None = None) -> None:
        """Note a run; one that is there already is going on: it is unfinished again."""
        self.db.execute(
            """
            insert into runs (id, command, scope, started_at) values (?, ?, ?, ?)
            on conflict (id) do update set finished_at = null, finish_reason = null, report = null
            """,
            [run_id, command, scope, stamp()],
        )

    def finish_run(self, run_id: str, reason: str, report: Mapping[str, Any]) -> None:
        self.db.execute(
            "update runs set finished_at = ?, finish_reason = ?, report = ? where id = ?",
            [stamp(), reason, json.dumps(report), run_id],
        )

    @contextmanager
    def lease(self, name: str, holder: str) -> Iterator[None]:
        """Hold `name` for this run, so that two crawls cannot double the load on a site; raise Busy where it
        is held.

        The lock is on a file beside the database: the system lets go of it when the process ends, however it
        ends. The row only says who holds it.
        """
        lock = self.path.with_name(f".{self.path.name}.{name}.lock")
        with ExitStack() as holding:
            try:
                holding.enter_context(machine.locked(lock, wait=False))
            except machine.LockHeld:
                held = self.rows("select holder, started_at from leases where name = ?", [name])
                who = f"run {held[0]['holder']} is at work since {held[0]['started_at']}" if held else "held"
                raise Busy(f"{name}: {who}") from None
            self._insert("leases", {"name": name, "holder": holder, "started_at": stamp()}, replace=True)
            try:
                yield
            finally:
                self.db.execute("delete from leases where name = ? and holder = ?", [name, holder])

    # --- registry and seeds

    def save_registry(
        self,
        listings: Sequence[Listing],
        *,
        name: str,
        sha256: str,
        rejected: Sequence[Mapping[str, Any]],
        unknown_columns: Sequence[str],
        accept_withdrawals: bool = False,
    ) -> dict[str, Any]:
        """Store the listings of one registry file; loading a file again changes nothing but `last_seen`.

        A row's organisation is made or found by its company number, else by its normalised name. The
        statement belongs to the row without a parent (to its first row where every row names a parent). An
        entry that is known in a newer state keeps it. What the file changed is written as events
        (db.registry_changes); `warnings` of the result say which entries the file lacks without being called
        withdrawn.
        """
        seen = stamp()
        heads = _heads(listings)
        years = json.dumps(sorted({listing.registry_year for listing in listings}))
        with self.transaction():
            before = by_key(self.rows(STANDING, [years]))
            known = {row["id"] for row in self.rows("select id from organisations")}
            older = older_entries(before, listings)
            new_rejections = max(0, len(rejected) - self._last_rejected(years, sha256))
            self._upsert(
                "registry_files",
                {
                    "sha256": sha256,
                    "name": name,
                    "loaded_at": seen,
                    "registry_years": years,
                    "listings": len(listings),
                    "statements": len(heads),
                    "rejected": json.dumps(list(rejected)),
                    "unknown_columns": json.dumps(list(unknown_columns)),
                },
                key=("sha256",),
            )
            for listing in listings:
                self._save_organisation_of(listing, seen)
            for listing in heads.values():
                if listing.summary_url not in older:
                    self._save_registry_statement(listing, sha256, seen)
            for listing in listings:
                self._save_listing(listing, sha256, seen)
            changes = registry_changes(
                before,
                by_key(self.rows(STANDING, [years])),
                listings,
                known_organisations=known,
                new_rejections=new_rejections,
                loaded_at=seen,
                accept_withdrawals=accept_withdrawals,
            )
            self._save_registry_changes(changes, seen)
        return {
            "listings": len(listings),
            "statements": len(heads),
            "organisations": len({organisation_id(x.organisation, x.company_number) for x in listings}),
            "events": len(changes.events),
            "warnings": list(changes.warnings),
        }

    def _last_rejected(self, years: str, sha256: str) -> int:
        """How many rows of the last file of these years could not be read; 0 where there was none."""
        found = self.value(
            "select json_array_length(rejected) from registry_files where registry_years = ? and sha256 <> ?"
            " order by loaded_at desc limit 1",
            [years, sha256],
        )
        return int(found or 0)

    def _save_registry_changes(self, changes: RegistryChanges, seen: str) -> None:
        for event in changes.events:
            self._insert("events", event)
        for keys, withdrawn_at in ((changes.withdrawn, seen), (changes.back, None)):
            for summary_url, identifier in keys:
                self.db.execute(
                    "update listings set withdrawn_at = ? where summary_url = ? and organisation_id = ?",
                    [withdrawn_at, summary_url, identifier],
                )

    def _save_organisation_of(self, listing: Listing, seen: str) -> None:
        identifier = organisation_id(listing.organisation, listing.company_number)
        self._save_organisation(
            identifier,
            listing.organisation,
            listing.company_number,
            sector_type=listing.sector_type,
            source="registry",
            seen=seen,
        )

    def _save_organisation(
        self,
        identifier: str,
        name: str,
        company_number: str | None,
        *,
        source: str,
        seen: str,
        sector_type: str | None = None,
        website: str | None = None,
        kind: str | None = None,
        source_date: str | None = None,
    ) -> None:
        self.db.execute(
            """
            insert into organisations
              (id, name, company_number, kind, sector_type, website, source, source_date, first_seen,
                last_seen)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (id) do update set last_seen = excluded.last_seen,
              kind = coalesce(excluded.kind, kind), sector_type = coalesce(excluded.sector_type, sector_type),
              website = coalesce(excluded.website, website)
            """,
            [identifier, name, company_number, kind, sector_type, website, source, source_date, seen, seen],
        )
        self._save_name(identifier, name, source, source, seen)

    def _save_name(self, identifier: str, name: str, kind: str, source: str, seen: str) -> None:
        self.db.execute(
            """
            insert into organisation_names (organisation_id, name, kind, source, first_seen, last_seen)
            values (?, ?, ?, ?, ?, ?)
            on conflict (organisation_id, name, kind) do update set last_seen = excluded.last_seen
            """,
            [identifier, name, kind, source, seen, seen],
        )

    def _save_registry_statement(self, listing: Listing, registry_file: str, seen: str) -> None:
        row = {
            "summary_url": listing.summary_url,
            "registry_year": listing.registry_year,
            "organisation_id": organisation_id(listing.organisation, listing.company_number),
            "statement_url": listing.statement_url,
            "pdf_url": listing.pdf_url,
            "period_start": _iso(listing.period_start),
            "period_end": _iso(listing.period_end),
            "date_approved": _iso(listing.date_approved),
            "last_updated": _iso(listing.last_updated),
            "approver": listing.approver,
            "email": listing.email,
            "turnover": listing.turnover,
            "sectors": json.dumps(listing.sectors),
            "years_producing": listing.years_producing,
            "group_submission": None if listing.group_submission is None else int(listing.group_submission),
            "details": json.dumps(dict(listing.details)),
            "registry_file": registry_file,
            "first_seen": seen,
            "last_seen": seen,
        }
        self._upsert("registry_statements", row, key=("summary_url",), keep=("first_seen",))
        for area in AREAS:
            answer = listing.declared.get(area)
            declared = {
                "summary_url": listing.summary_url,
                "area": area,
                "answer": None if answer is None else int(answer),
                "reason": listing.declared_reasons.get(area),
            }
            self._upsert("declared_answers", declared, key=("summary_url", "area"))

    def _save_listing(self, listing: Listing, registry_file: str, seen: str) -> None:
        row = {
            "summary_url": listing.summary_url,
            "organisation_id": organisation_id(listing.organisation, listing.company_number),
            "name": listing.organisation,
            "parent": listing.parent,
            "company_number_raw": listing.company_number_raw,
            "address": listing.address,
            "sector_type": listing.sector_type,
            "registry_file": registry_file,
            "file_row": listing.row,
            "first_seen": seen,
            "last_seen": seen,
        }
        self._upsert("listings", row, key=("summary_url", "organisation_id", "name"), keep=("first_seen",))

    def save_seeds(self, sites: Iterable[Site], *, source: str) -> None:
        """Make the organisations of a seed list known."""
        seen = stamp()
        with self.transaction():
            for site in sites:
                self._save_organisation(
                    site.organisation_id,
                    site.name,
                    site.company_number,
                    source=source,
                    seen=seen,
                    website=site.home_url,
                    kind=site.kind,
                )

    def registry_sites(self, limit: int | None = None) -> list[Site]:
        """One site per organisation that filed a statement, with its addresses, newest year first.

        The hosted PDF stands before the organisation's own address: it is the document that was filed.
        """
        rows = self.rows(
            """
            select r.organisation_id, o.name, o.company_number, r.statement_url, r.pdf_url
            from registry_statements r join organisations o on o.id = r.organisation_id
            order by o.name, r.organisation_id, r.registry_year desc, r.period_end desc
            """
        )
        sites: dict[str, tuple[dict[str, Any], list[str]]] = {}
        for row in rows:
            _, urls = sites.setdefault(row["organisation_id"], (row, []))
            urls += [url for url in (row["pdf_url"], row["statement_url"]) if url and url not in urls]
        found = [
            Site(identifier, row["name"], row["company_number"], None, tuple(urls))
            for identifier, (row, urls) in sites.items()
            if urls
        ]
        return found[:limit]

    def website_sites(self, limit: int | None = None) -> list[Site]:
        """The organisations whose website is known and that are not known to be public bodies."""
        return self._sites("website is not null and kind is null", limit)

    def public_body_sites(self, limit: int | None = None) -> list[Site]:
        return self._sites("website is not null and kind is not null", limit)

    def _sites(self, where: str, limit: int | None) -> list[Site]:
        rows = self.rows(
            # `where` is fixed text
            f"select id, name, company_number, website from organisations where {where} "  # noqa: S608
            "order by name, id limit ?",
            [-1 if limit is None else limit],
        )
        sites = [Site(row["id"], row["name"], row["company_number"], row["website"]) for row in rows]
        return self.with_known_addresses(sites)

    def with_known_addresses(self, sites: Sequence[Site]) -> list[Site]:
        """The sites with the addresses where earlier visits found their statements."""
        known = self._known_addresses() if sites else {}
        return [replace(site, known_urls=tuple(known.get(site.organisation_id, ()))) for site in sites]

    def _known_addresses(self) -> dict[str, list[str]]:
        """Where the spiders that start at a home page found statements, by organisation, newest period first.

        Left out is what a later event says has moved, or was removed so long ago that the last recheck is
        over.
        """
        over = days_ago(RECHECKED_DAYS)
        rows = self.rows(
            """
            with known as (
              select s.organisation_id, s.url, max(s.visit_id) as visit_id,
                max(coalesce(a.period_end, '')) as period_end
              from snapshots s
              join visits v on v.id = s.visit_id
              join latest_assessments a on a.sha256 = s.sha256
              where v.spider <> 'registry' and a.kind in ('statement', 'annual_report')
              group by s.organisation_id, s.url)
            select k.organisation_id, k.url from known k
            where not exists (
              select 1 from events e
              where e.organisation_id = k.organisation_id and e.previous_url = k.url
                and e.visit_id > k.visit_id
                and (e.url <> e.previous_url or (e.kind = 'removed' and e.noticed_at < ?)))
            order by k.organisation_id, k.period_end desc, k.url
            """,
            [over],
        )
        known: dict[str, list[str]] = {}
        for row in rows:
            known.setdefault(row["organisation_id"], []).append(row["url"])
        return known

    # --- crawl: the crawler's Sink and State, for one run

    def save_visit(self, run_id: str, visit: Visit) -> None:
        with self.transaction():
            self._save_site(visit.site, visit.spider)
            visit_id = self._insert(
                "visits",
                {
                    "run_id": run_id,
                    "spider": visit.spider,
                    "organisation_id": visit.site.organisation_id,
                    "outcome": str(visit.outcome),
                    "home_link": str(visit.home_link),
                    "home_url": visit.home_url,
                    "home_sha256": visit.home_sha256,
                    "home_link_url": visit.home_link_url,
                    "home_link_anchor": visit.home_link_anchor,
                    "home_link_region": visit.home_link_region,
                    "requests": visit.requests,
                    "notes": json.dumps(visit.notes),
                    "started_at": visit.started_at,
                    "finished_at": visit.finished_at,
                },
            )
            for document in visit.documents:
                self._save_document(visit_id, document)
            for attempt in visit.attempts:
                self._save_attempt(visit_id, attempt)

    def _save_site(self, site: Site, spider: str) -> None:
        """A site that came from the command line or from a link may be of an organisation not yet known."""
        self._save_organisation(
            site.organisation_id,
            site.name,
            site.company_number,
            source=spider,
            seen=stamp(),
            website=site.home_url,
        )

    def _save_document(self, visit_id: int, document: Document) -> None:
        """The place of the newest copy is kept: a file may be fetched again because the older one is gone or
        damaged.
        """
        self.db.execute(
            """
            insert into documents (sha256, content_type, bytes, warc_file, warc_offset, first_seen, last_seen)
            values (?, ?, ?, ?, ?, ?, ?)
            on conflict (sha256) do update set last_seen = excluded.last_seen,
              warc_file = coalesce(excluded.warc_file, warc_file),
                warc_offset = coalesce(excluded.warc_offset, warc_offset)
            """,
            [
                document.sha256,
                document.content_type,
                len(document.body),
                document.warc_file,
                document.warc_offset,
                document.fetched_at,
                document.fetched_at,
            ],
        )
        self._insert(
            "snapshots",
            {
                "visit_id": visit_id,
                "organisation_id": document.organisation_id,
                "sha256": document.sha256,
                "url": document.url,
                "final_url": document.final_url,
                "fetched_at": document.fetched_at,
                "status": document.status,
                "found_by": document.found_by,
                "found_on": document.found_on,
                "anchor": document.anchor,
                "etag": document.etag,
                "last_modified": document.last_modified,
                "redirects": json.dumps(document.redirects),
                "tls": document.tls,
                "warc_file": document.warc_file,
                "warc_offset": document.warc_offset,
                "not_modified": int(document.not_modified),
                "probability": document.probability,
            },
        )

    def _save_attempt(self, visit_id: int, attempt: Attempt) -> None:
        self._insert(
            "attempts",
            {
                "visit_id": visit_id,
                "organisation_id": attempt.organisation_id,
                "url": attempt.url,
                "reason": str(attempt.reason),
                "detail": attempt.detail,
                "attempted_at": attempt.attempted_at,
                "status": attempt.status,
                "found_by": attempt.found_by,
                "warc_file": attempt.warc_file,
                "warc_offset": attempt.warc_offset,
            },
        )

    def validators(self, url: str) -> Validators | None:
        rows = self.rows(
            """
            select s.etag, s.last_modified, s.sha256, d.content_type, s.final_url, s.fetched_at
            from snapshots s join documents d on d.sha256 = s.sha256
            where s.url = ? order by s.fetched_at desc, s.id desc limit 1
            """,
            [url],
        )
        return Validators(**rows[0]) if rows else None

    def stored_copy(self, sha256: str) -> tuple[str, int] | None:
        """The WARC file and offset of the full record of a document, or None."""
        rows = self.rows(
            "select warc_file, warc_offset from documents where sha256 = ? and warc_file is not null",
            [sha256],
        )
        return (rows[0]["warc_file"], rows[0]["warc_offset"]) if rows else None

    def forgotten(self) -> frozenset[str]:
        """The sha256 of the documents that were deleted on request."""
        return frozenset(row["sha256"] for row in self.rows("select sha256 from tombstones"))

    # --- texts

    def set_current_versions(self, **versions: str) -> None:
        """Say which extractor, rubric ("id ruleset") and model are current; work of others is pending
        again.
        """
        with self.transaction():
            for stage, version in versions.items():
                self._insert("current_versions", {"stage": stage, "version": version}, replace=True)

    def pending_documents(self) -> list[dict[str, Any]]:
        return self.rows("select * from pending_documents")

    def save_text(self, text: Text) -> None:
        """Store a text.

        One of the same bytes by the same extractor stays as it was, and so does what was said of it.

        But one that could not be read gives way to one that could: its assessment goes, so that it is pending
        again.
        """
        key = [text.sha256, text.version]
        of_this = "where sha256 = ? and extractor_version = ?"
        with self.transaction():
            known = self.rows(f"select error_kind from texts {of_this}", key)  # noqa: S608 - fixed text
            if known and (known[0]["error_kind"] is None or text.error is not None):
                return
            for table in ("assessments", "sentences", "texts"):
                self.db.execute(f"delete from {table} {of_this}", key)  # noqa: S608 - our names
            self._insert("texts", _text_row(text))
            for sentence in text.sentences:
                self._insert("sentences", _sentence_row(text, sentence))

    def pending_texts(self) -> list[dict[str, Any]]:
        return self.rows("select * from pending_texts")

    def sentences(self, sha256: str, extractor_version: str) -> list[Sentence]:
        """The sentences of one text, in reading order."""
        rows = self.rows(
            "select * from sentences where sha256 = ? and extractor_version = ? order by position",
            [sha256, extractor_version],
        )
        return [_sentence(row) for row in rows]

    def only_organisation_of(self, sha256: str) -> str | None:
        """The name of the organisation that a document was found for; None where there are several, or
        none.
        """
        rows = self.rows(
            "select distinct o.name from snapshots s join organisations o on o.id = s.organisation_id "
            "where s.sha256 = ? limit 2",
            [sha256],
        )
        return rows[0]["name"] if len(rows) == 1 else None

    # --- assessments

    def save_assessment(self, sha256: str, extractor_version: str, assessment: Assessment) -> None:
        """Store an assessment, replacing one of the same document by the same versions."""
        with self.transaction():
            self.db.execute(
                "delete from assessments where sha256 = ? and extractor_version = ? and rubric = ? and "
                "model = ?",
                [sha256, extractor_version, assessment.rubric, assessment.model],
            )
            identifier = self._insert("assessments", _assessment_row(sha256, extractor_version, assessment))
            sentence_ids = {
                row["position"]: row["id"]
                for row in self.rows(
                    "select id, position from sentences where sha256 = ? and extractor_version = ?",
                    [sha256, extractor_version],
                )
            }
            for area in assessment.areas:
                self._insert(
                    "area_results",
                    {
                        "assessment_id": identifier,
                        "area": area.area,
                        "level": area.level,
                        "probability": area.probability,
                        "reason": area.reason,
                    },
                )
                self._save_evidence(identifier, f"area:{area.area}", area.evidence, sentence_ids)
            for check in assessment.checks:
                self._insert(
                    "checks",
                    {
                        "assessment_id": identifier,
                        "check_id": check.check,
                        "value": check.value,
                        "reason": check.reason,
                        "detail": check.detail,
                    },
                )
                self._save_evidence(identifier, f"check:{check.check}", check.evidence, sentence_ids)
            self._save_evidence(identifier, "period", assessment.period.evidence, sentence_ids)

    def _save_evidence(
        self, assessment_id: int, finding: str, evidence: Iterable[Evidence], sentence_ids: Mapping[int, int]
    ) -> None:
        for item in evidence:
            row = {
                "assessment_id": assessment_id,
                "finding": finding,
                "sentence_id": sentence_ids[item.position],
                "probability": item.probability,
                "criteria": json.dumps(item.criteria),
                "status": item.status,
                "specific": int(item.specific),
                "because": json.dumps(item.because),
            }
            self._upsert("evidence", row, key=("assessment_id", "finding", "sentence_id"))

    # --- rows in

    def _insert(self, table: str, row: Mapping[str, Any], *, replace: bool = False) -> int:
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        verb = "insert or replace" if replace else "insert"
        sql = f"{verb} into {table} ({columns}) values ({marks})"
        return int(self.db.execute(sql, list(row.values())).lastrowid or 0)

    def _upsert(
        self, table: str, row: Mapping[str, Any], *, key: Sequence[str], keep: Sequence[str] = ()
    ) -> None:
        changed = ", ".join(f"{name} = excluded.{name}" for name in row if name not in (*key, *keep))
        self.db.execute(
            f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))}) "  # noqa: S608 - our names
            f"on conflict ({', '.join(key)}) do update set {changed}",
            list(row.values()),
        )


def _heads(listings: Sequence[Listing]) -> dict[str, Listing]:
    """The row of each statement that belongs to the organisation which filed it."""
    heads: dict[str, Listing] = {}
    for listing in listings:
        head = heads.get(listing.summary_url)
        if head is None or (head.parent is not None and listing.parent is None):
            heads[listing.summary_url] = listing
    return heads


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _text_row(text: Text) -> dict[str, Any]:
    title = text.metadata.get("title")
    return {
        "sha256": text.sha256,
        "extractor_version": text.version,
        "content_type": text.content_type,
        "method": text.method,
        "pages": len(text.pages),
        "pages_read": json.dumps(text.pages_read),
        "low_confidence": int(text.low_confidence),
        "words": text.words,
        "language": text.language,
        "title": title if isinstance(title, str) else None,
        "metadata": json.dumps(dict(text.metadata)),
        "warnings": json.dumps(text.warnings),
        "error_kind": text.error.kind if text.error else None,
        "error_message": text.error.message if text.error else None,
        "extracted_at": stamp(),
    }


def _sentence_row(text: Text, sentence: Sentence) -> dict[str, Any]:
    return {
        "sha256": text.sha256,
        "extractor_version": text.version,
        "position": sentence.position,
        "text": sentence.text,
        "page": sentence.page,
        "heading": sentence.heading,
        "kind": sentence.kind,
        "source": sentence.source,
        "confidence": sentence.confidence,
        "boxes": json.dumps([[box.page, box.x0, box.top, box.x1, box.bottom] for box in sentence.boxes]),
    }


def _sentence(row: Mapping[str, Any]) -> Sentence:
    return Sentence(
        position=row["position"],
        text=row["text"],
        page=row["page"],
        boxes=tuple(Box(int(box[0]), *box[1:]) for box in json.loads(row["boxes"])),
        heading=row["heading"],
        kind=row["kind"],
        source=row["source"],
        confidence=row["confidence"],
    )


def _assessment_row(sha256: str, extractor_version: str, assessment: Assessment) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "extractor_version": extractor_version,
        "rubric": assessment.rubric,
        "ruleset": assessment.ruleset,
        "model": assessment.model,
        "kind": assessment.kind,
        "statement_probability": assessment.statement_probability,
        "period_start": _iso(assessment.period.start),
        "period_end": _iso(assessment.period.end),
        "covered": assessment.covered,
        "of_areas": assessment.of,
        "warnings": json.dumps(assessment.warnings),
        "assessed_at": stamp(),
    }
