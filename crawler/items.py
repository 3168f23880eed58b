"""What the crawler takes in and gives out, and the protocols that its caller fills.

Times are UTC in ISO 8601 ("2026-11-22T09:30:00Z"). The crawler knows no SQL: section54.pipeline injects a
`Sink` and a `State` (the database) and a `Judge` (extraction and classifier, run in worker processes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

AREAS = ("structure", "policies", "due_diligence", "risk", "effectiveness", "training")
"""The six areas of s.54(5)(a) to (f), in the order of the Act."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One row of a registry CSV: one organisation covered by one statement in one registry year.

    Rows of a group share `summary_url`; the parent's own row has `parent` None.
    `declared` holds the organisation's own answers: True, False, or None where it did not answer.
    """

    registry_year: int
    organisation: str
    company_number: str | None
    """Padded to eight characters; None where the row has none."""
    company_number_raw: str
    sector_type: str | None
    address: str | None
    parent: str | None
    group_submission: bool | None
    summary_url: str
    """The registry's page of the statement: its key, shared by all rows of a group."""
    statement_url: str | None
    pdf_url: str | None
    period_start: date | None
    period_end: date | None
    date_approved: date | None
    last_updated: date | None
    approver: str | None
    """Personal data: kept in the working database, never published."""
    email: str | None
    """Personal data: kept in the working database, never published."""
    declared: Mapping[str, bool | None]
    """Area id (see AREAS) to the declared answer."""
    declared_reasons: Mapping[str, str]
    """Area id to the free text beside the answer; areas without a text are left out."""
    sectors: tuple[str, ...]
    turnover: str | None
    years_producing: str | None
    details: Mapping[str, str | tuple[str, ...]]
    """The optional answers by CSV column, blank ones left out; lists are split at line breaks."""
    row: int
    """The number of the row in the file, the header being 1."""


@dataclass(frozen=True, slots=True)
class Site:
    """One unit of crawling: an organisation and where to look for its statement."""

    organisation_id: str
    name: str
    company_number: str | None = None
    home_url: str | None = None
    """Home page or bare domain; None where only statement addresses are known."""
    statement_urls: tuple[str, ...] = ()
    """Addresses that someone filed as the statement (registry rows, hosted PDFs), likeliest first."""
    kind: str | None = None
    """Of a public body: police, commissioner, council, nhs, university, department ...; None where not
    known."""
    known_urls: tuple[str, ...] = ()
    """Where its statements were found before, newest first: asked again where the visit does not come across
    them."""


class HomeLink(StrEnum):
    """How the home page leads to the statement, for s.54(7): a finding, not a verdict."""

    DIRECT = "direct"
    DIRECT_TO_HUB = "direct_to_hub"
    VIA_HUB = "via_hub"
    BROKEN = "broken"
    NO = "no"
    """Only when the home page was really read and holds no such link."""
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a fetch gave no document."""

    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    BLOCKED_ADDRESS = "blocked_address"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    NOT_FOUND = "not_found"
    """HTTP 404 or 410."""
    FORBIDDEN = "forbidden"
    """HTTP 401, 403 or 451."""
    RETRY_LATER = "retry_later"
    """HTTP 429 or 503 with a Retry-After longer than we wait."""
    HTTP_ERROR = "http_error"
    REDIRECT_LOOP = "redirect_loop"
    BUDGET = "budget"
    LINKS_ONLY = "links_only"
    """Read for the links on it (home page, hub, sitemap), not as a statement."""
    NOT_A_STATEMENT = "not_a_statement"
    """Fetched and read, but the content check did not find a statement."""
    SOFT_404 = "soft_404"
    CONSENT_WALL = "consent_wall"
    NEEDS_BROWSER = "needs_browser"
    NOT_THE_SITE = "not_the_site"
    """A success that is not what was asked for: a challenge, maintenance, a parked name, a login, nothing at
    all."""
    DOUBTFUL = "doubtful"
    """Calls itself a modern slavery statement, and was not taken for one: a person should look."""
    UNREADABLE = "unreadable"
    """Fetched, but the text could not be extracted (encrypted, damaged, a scan that this copy cannot read
    ...)."""
    READING_FAILED = "reading_failed"
    """Our own failure: the process that reads was killed, ran out of memory or out of time."""
    FORGOTTEN = "forgotten"
    """Answered with bytes that were deleted here on request: neither kept nor read."""


class Outcome(StrEnum):
    """What one visit to an organisation came to."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"
    ROBOTS_DISALLOWED = "robots_disallowed"
    NEEDS_BROWSER = "needs_browser"
    NEEDS_REVIEW = "needs_review"
    """A consent wall, a page that calls itself a statement, or the like: a person should look."""
    COULD_NOT_CHECK = "could_not_check"
    """Pages that might have led to the statement were refused, or reading failed here: nothing is said."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file or page that was fetched and passed the content check as a statement (or was filed as one)."""

    url: str
    final_url: str
    organisation_id: str
    content_type: str
    """As sniffed from the bytes: application/pdf, text/html, or the DOCX type; else what the server said."""
    body: bytes = field(repr=False)
    sha256: str
    status: int
    fetched_at: str
    found_by: str
    """registry, home, hub, sitemap, common_path, filed (an address given with the seed), or known (found
    there by an earlier visit; this one came across no link to it)."""
    found_on: str | None = None
    """The page that held the link; None for an address that was given."""
    anchor: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    redirects: tuple[str, ...] = ()
    tls: str = "none"
    """verified, invalid (fetched all the same, and said so), or none for plain http."""
    warc_file: str | None = None
    warc_offset: int | None = None
    not_modified: bool = False
    """The server answered 304: `body` is the stored copy."""
    probability: float | None = None
    """The judge's probability that this is a modern slavery statement; None where it was not asked."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A fetch that gave no document, with the reason."""

    url: str
    organisation_id: str
    reason: Reason
    attempted_at: str
    detail: str = ""
    """Made safe for logs: printable characters only, at most 300."""
    status: int | None = None
    found_by: str = ""
    warc_file: str | None = None
    warc_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """All that came of one visit to one organisation; saved whole, in one transaction."""

    spider: str
    site: Site
    outcome: Outcome
    home_link: HomeLink
    started_at: str
    finished_at: str
    documents: tuple[Document, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    home_url: str | None = None
    """The home page that was really read, after redirects."""
    home_sha256: str | None = None
    home_link_url: str | None = None
    home_link_anchor: str | None = None
    home_link_region: str | None = None
    """footer, nav or body."""
    requests: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a run came to. `sites` counts the visits that were saved."""

    spider: str
    run_id: str
    sites: int
    found: int
    outcomes: dict[str, int]
    requests: int
    documents: int
    attempts: int
    errors: tuple[str, ...]
    """Faults of the crawler itself, by organisation: Scrapy ends "finished" even when every visit failed."""
    finish_reason: str
    """finished, or shutdown after SIGINT or SIGTERM."""
    seconds: float

    @classmethod
    def empty(
        cls, spider: str, run_id: str, *, errors: tuple[str, ...] = (), seconds: float = 0.0
    ) -> CrawlReport:
        """The report of a run, or of a part of one, whose visits are counted elsewhere or that had none."""
        return cls(spider, run_id, 0, 0, {}, 0, 0, 0, errors, "finished", seconds)


@dataclass(frozen=True, slots=True)
class Validators:
    """What is known of an address from the last time, for a conditional request."""

    etag: str | None
    last_modified: str | None
    sha256: str
    content_type: str
    final_url: str
    fetched_at: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of a fetched page or file."""

    is_statement: bool
    probability: float
    kind: str
    """statement, policy, other_regime, news, annual_report, stub, other, unreadable, or failed (our own
    failure)."""
    reason: str
    """One plain sentence."""
    names_organisation: bool | None = None
    """Whether the text names the organisation it was looked for under; None when that could not be told."""
    links: tuple[str, ...] = ()
    """For a stub: the addresses of the documents that it points to."""
    calls_itself_statement: bool = False
    """Whether its title or opening says that it is a modern slavery statement."""


class Sink(Protocol):
    """Where finished visits go. Called in the crawl process, once per organisation, WARC flushed first."""

    def save(self, visit: Visit) -> None: ...


class State(Protocol):
    """What was seen before."""

    def validators(self, url: str) -> Validators | None: ...

    def body(self, sha256: str) -> bytes | None:
        """The stored copy, or None when it is gone."""


class Judge(Protocol):
    """Reads a fetched page or file in a worker process and says what it is; never raises for bad content."""

    async def judge(self, body: bytes, url: str, organisation: str) -> Judgement: ...
