"""The state of one visit: what was asked for, what came of it, and what stood in the way.

The steps of a visit (`home`, `candidates`, `further`) are functions that take it; `discovery` says their
order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from crawler.addresses import normal_address, split_address
from crawler.items import Attempt, Document, HomeLink, Judge, Judgement, Reason, Site
from crawler.links import Link, PageLinks
from crawler.pages import Fetch, FetchError, Page, attempt_at, attempt_of, document_of

# A host that does not answer so often within a visit is left for a later run: at 30 s a time it costs a
# minute and a half. One that asks us to come back later is left at once, after the waiting that
# middlewares.Politeness does.
PATIENCE = 3
_SILENCE = {Reason.TIMEOUT: 1, Reason.RETRY_LATER: PATIENCE}


class Finding(IntEnum):
    """What a link to a possible statement came to, the better the higher."""

    OTHER = 0
    """Read, and neither a statement nor on the way to one."""
    BROKEN = 1
    UNCERTAIN = 2
    """Could not be read, or a person should look: nothing may be concluded."""
    LED_TO = 3
    """No statement itself, but linked to one."""
    STATEMENT = 4

    @property
    def is_success(self) -> bool:
        return self >= Finding.LED_TO


class Place(Enum):
    """Where something stood in the way. It decides what may be said of the visit."""

    HOME = "home"
    """The home page: how it links to the statement is not known."""
    LINK = "link"
    """A link that names the statement."""
    HUB = "hub"
    """A page of policies that the home page links to: it might lead to the statement."""
    BEYOND = "beyond"
    """A sitemap or a common address: the home page does not lead there."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that could not be read, though a statement might be behind it."""

    place: Place
    reason: Reason


@dataclass(frozen=True, slots=True)
class Trail:
    """How we found an address."""

    found_by: str
    found_on: str | None = None
    anchor: str | None = None
    filed: bool = False
    strong: bool = True
    """The link itself names modern slavery, so the links on its page are read in that light."""
    depth: int = 0


@dataclass(slots=True)
class Home:
    """The home page as it was read."""

    page: Page
    links: PageLinks
    obstacle: Reason | None = None
    """Why its links do not tell whether there is a statement: a wall, or content that only scripts make."""


@dataclass(slots=True)
class Search:
    """One visit so far."""

    site: Site
    fetch: Fetch
    judge: Judge
    budget: int
    requests: int = 0
    documents: list[Document] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    errors: dict[str, FetchError] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    obstacles: list[Obstacle] = field(default_factory=list)
    home: Home | None = None
    home_error: FetchError | None = None
    home_link: HomeLink = HomeLink.UNKNOWN
    home_link_from: Link | None = None
    _silent: Counter[str] = field(default_factory=Counter)
    """By host: how much patience it has cost."""
    _silence: Reason = Reason.TIMEOUT
    not_found_pages: dict[str, Page | None] = field(default_factory=dict)
    """By origin: what it says for an address that cannot exist; None where that is an error, as it should
    be."""

    async def get(self, url: str, found_by: str) -> Page | None:
        """Fetch an address once; None when that failed, with the reason recorded."""
        key = normal_address(url)
        if key in self.pages:
            return self.pages[key]
        if key in self.errors:
            return None
        if self.requests >= self.budget:
            self._fail(key, found_by, FetchError(Reason.BUDGET, f"after {self.budget} requests"))
            return None
        host = split_address(key).hostname or ""
        if self._silent[host] >= PATIENCE:
            self._fail(key, found_by, FetchError(self._silence, f"not asked: {host} did not answer before"))
            return None
        self.requests += 1
        try:
            page = await self.fetch(key)
        except FetchError as error:
            self._fail(key, found_by, error)
            if error.reason in _SILENCE:
                self._silent[host] += _SILENCE[error.reason]
                self._silence = error.reason
            return None
        self.pages[key] = page
        self.pages.setdefault(normal_address(page.final_url), page)
        return page

    def error_at(self, url: str) -> FetchError | None:
        """Why an address that was asked for gave no page."""
        return self.errors.get(normal_address(url))

    def _fail(self, url: str, found_by: str, error: FetchError) -> None:
        self.errors[url] = error
        self.attempts.append(attempt_of(url, self.site.organisation_id, found_by, error))

    def set_aside(self, page: Page, found_by: str, reason: Reason, detail: str) -> None:
        """Record a page that was read and is no document."""
        self.attempts.append(attempt_at(page, self.site.organisation_id, found_by, reason, detail))

    def obstruct(self, place: Place, reason: Reason) -> None:
        """Record that something stood in the way, so that nothing is called absent."""
        self.obstacles.append(Obstacle(place, reason))

    def obstruct_where_refused(self, place: Place, url: str) -> None:
        """Record that a page was refused.

        An address with nothing there tells something, a refusal does not.
        """
        error = self.error_at(url)
        if error is not None and error.reason is not Reason.NOT_FOUND:
            self.obstruct(place, error.reason)

    def uncertain(self, reason: Reason, trail: Trail) -> Finding:
        """The finding of a link whose page tells nothing."""
        if trail.strong:
            self.obstruct(Place.LINK, reason)
        if trail.found_by == "hub":
            self.obstruct(Place.HUB, reason)
        elif not trail.strong and trail.found_by in ("sitemap", "common_path"):
            self.obstruct(Place.BEYOND, reason)
        return Finding.UNCERTAIN

    def add_document(self, page: Page, trail: Trail, judgement: Judgement) -> None:
        """Keep a page or file as a statement, once however many addresses it has."""
        if any(document.sha256 == page.sha256 for document in self.documents):
            return
        if judgement.names_organisation is False:
            self.notes.append(f"{page.final_url} does not name {self.site.name}")
        self.documents.append(
            document_of(
                page,
                self.site.organisation_id,
                trail.found_by,
                found_on=trail.found_on,
                anchor=trail.anchor,
                probability=judgement.probability,
            )
        )
