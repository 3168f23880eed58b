"""Find the modern slavery statements of one organisation, over a function that fetches one address.

`discover` knows nothing of Scrapy or sockets. It goes, within a budget of requests, through

1. the addresses that someone filed as the statement;
2. the home page, and from it the links that name the statement; a page behind such a link that is no statement but
   holds links to some is a hub: all its years are taken;
3. pages where statements are kept (legal, policies, governance ...), linked from menu or footer;
4. the site of the group or parent, one hop away;
5. sitemaps, named in robots.txt or at /sitemap.xml;
6. common paths, after a look at what the site says for an address that cannot exist (soft 404);

and stops at the first of 4 to 6 that gives a statement. In the end it asks again for statements that an earlier visit
found and this one did not come across: whether they are still there. Whatever is fetched ends as a Document or as an Attempt with
a reason. Nothing is called a statement before the judge has read it, except a file that was filed as one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from urllib.parse import urljoin

from crawler.addresses import (
    absolute,
    home_addresses,
    home_of,
    is_home_page,
    is_part_of_larger_site,
    normal_address,
    split_address,
    with_scheme,
)
from crawler.appearance import are_similar, is_consent_wall, needs_browser
from crawler.items import Attempt, Document, HomeLink, Judge, Judgement, Outcome, Reason, Site, Visit
from crawler.links import (
    CANDIDATE_SCORE,
    SITEMAP_SCORE,
    STRONG_SCORE,
    Link,
    PageLinks,
    may_score,
    page_links,
    same_site,
    score_link,
)
from crawler.pages import (
    Fetch,
    FetchError,
    Page,
    attempt_at,
    attempt_of,
    document_of,
    parse_html,
    utc_now,
)
from crawler.sitemaps import read_sitemap, sitemaps_of_robots

BUDGET = 25  # requests per organisation: 2 to 6 where there is a statement, about 15 where there is none
MAX_HOME_LINKS = 6
MAX_HUB_LINKS = 12  # one a year since the Act came into force in 2015
MAX_HUBS = 4
MAX_HUBS_FOR_HOME_LINK = 2  # a statement is known already: only how the home page leads to it is asked
MAX_LINKS_OF_A_HUB_PAGE = 4
MAX_SITEMAPS = 4
MAX_SITEMAP_LINKS = 5
MAX_KNOWN = 6  # the newest years: conditional requests, which mostly come to a 304
MAX_DEPTH = 2  # hub, page of one year, its PDF

# Made of the commonest words in 7,412 addresses of statements.
COMMON_PATHS = (
    "/modern-slavery-statement",
    "/modern-slavery",
    "/modern-slavery-act",
    "/modern-slavery-policy",
    "/slavery-statement",
    "/anti-slavery-statement",
    "/modern-slavery-act-statement",
    "/about-us/modern-slavery-statement",
    "/legal/modern-slavery",
)

_SLAVERY_ON_PAGE = 3  # a legal page that says "slavery" this often may hold the statement itself

_SITEMAP_PREFERRED = re.compile(r"page|polic|document|legal|main|static", re.IGNORECASE)
_NEXT_ADDRESS = frozenset({Reason.DNS, Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT, Reason.NOT_FOUND})
_SLAVERY = re.compile(rb"slavery", re.IGNORECASE)


class _Finding(IntEnum):
    """What a link to a possible statement came to."""

    OTHER = 0
    """Read, and neither a statement nor on the way to one."""
    BROKEN = 1
    UNCERTAIN = 2
    """Could not be read: nothing may be concluded."""
    LED_TO = 3
    """No statement itself, but linked to one."""
    STATEMENT = 4


_SUCCESS = (_Finding.STATEMENT, _Finding.LED_TO)


@dataclass(frozen=True, slots=True)
class _Trail:
    """How an address was come by."""

    found_by: str
    found_on: str | None = None
    anchor: str | None = None
    filed: bool = False
    strong: bool = True
    """The link itself names modern slavery, so the links on its page are read in that light."""
    depth: int = 0


async def discover(
    site: Site, fetch: Fetch, judge: Judge, *, spider: str, budget: int = BUDGET, filed_as: str = "filed"
) -> Visit:
    """Visit one organisation and return all that came of it.

    `budget` counts calls of `fetch`. `filed_as` is the `found_by` of documents at `site.statement_urls`.
    The home link is NO only when the home page was really read; UNKNOWN whenever anything stood in the way.
    """
    search = _Search(site, fetch, judge, budget)
    started = utc_now()
    await search.look_at_filed(filed_as)
    await search.look_at_home()
    if search.home is not None:
        await search.follow_home_links()
        await search.follow_hubs()
        await search.look_further()
        await search.look_at_known()
    return search.visit(spider, started)


@dataclass(slots=True)
class _Search:
    """The state of one visit."""

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
    findings: dict[str, _Finding] = field(default_factory=dict)
    unread: list[Reason] = field(default_factory=list)
    """Why clear links to a statement could not be read."""
    home: Page | None = None
    home_error: FetchError | None = None
    home_links: PageLinks = field(default_factory=lambda: PageLinks((), (), ()))
    home_link: HomeLink = HomeLink.UNKNOWN
    home_link_from: Link | None = None
    needs_browser: bool = False
    consent_wall: bool = False
    not_found_pages: dict[str, Page | None] = field(default_factory=dict)
    """By origin: what it says for an address that cannot exist; None where that is an error, as it should be."""

    # --- fetching and recording

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
        self.requests += 1
        try:
            page = await self.fetch(key)
        except FetchError as error:
            self._fail(key, found_by, error)
            return None
        self.pages[key] = page
        self.pages.setdefault(normal_address(page.final_url), page)
        return page

    def _fail(self, url: str, found_by: str, error: FetchError) -> None:
        self.errors[url] = error
        self.attempts.append(attempt_of(url, self.site.organisation_id, found_by, error))

    def _no_document(self, page: Page, found_by: str, reason: Reason, detail: str) -> None:
        self.attempts.append(attempt_at(page, self.site.organisation_id, found_by, reason, detail))

    def _add_document(self, page: Page, trail: _Trail, judgement: Judgement) -> None:
        if any(document.sha256 == page.sha256 for document in self.documents):
            return
        if judgement.names_organisation is False:
            self.notes.append(f"{page.final_url} does not name {self.site.name}")
        document = document_of(
            page,
            self.site.organisation_id,
            trail.found_by,
            found_on=trail.found_on,
            anchor=trail.anchor,
            probability=judgement.probability,
        )
        self.documents.append(document)

    # --- one possible statement

    async def check(self, url: str, trail: _Trail) -> _Finding:
        """Fetch and judge a possible statement, and follow its links where it is a hub or a stub."""
        key = normal_address(url)
        if key in self.findings:
            return self.findings[key]
        self.findings[key] = _Finding.OTHER  # pages that link to one another end here
        page = await self.get(key, trail.found_by)
        if page is None:
            self.findings[key] = self._finding_of_error(key, trail)
            return self.findings[key]
        final = normal_address(page.final_url)
        if final == key or final not in self.findings:
            self.findings[final] = _Finding.OTHER
            self.findings[final] = await self._read(page, trail)
        self.findings[key] = self.findings[final]
        return self.findings[key]

    def _finding_of_error(self, key: str, trail: _Trail) -> _Finding:
        reason = self.errors[key].reason
        if reason is Reason.NOT_FOUND:
            return _Finding.BROKEN
        return self._unread(reason, trail)

    def _unread(self, reason: Reason, trail: _Trail) -> _Finding:
        if trail.strong:
            self.unread.append(reason)
        return _Finding.UNCERTAIN

    async def _read(self, page: Page, trail: _Trail) -> _Finding:
        if self.home is not None and page.final_url == self.home.final_url:
            self._no_document(page, trail.found_by, Reason.SOFT_404, "leads to the home page")
            return _Finding.BROKEN
        if is_consent_wall(page):
            self._no_document(page, trail.found_by, Reason.CONSENT_WALL, f"sent to {page.final_url}")
            return self._unread(Reason.CONSENT_WALL, trail)
        if not page.may_be_statement:
            self._no_document(page, trail.found_by, Reason.NOT_A_STATEMENT, f"content is {page.content_type}")
            return _Finding.OTHER
        if trail.found_by == "common_path" and await self._is_soft_404(page):
            return self._soft_404(page, trail)
        judgement = await self.judge.judge(page.body, page.final_url, self.site.name)
        if judgement.is_statement or (trail.filed and page.is_file):
            self._add_document(page, trail, judgement)
            await self._follow(self._links_on(page, judgement, in_hub=False), page, trail)
            return _Finding.STATEMENT
        return await self._read_on(page, trail, judgement)

    async def _read_on(self, page: Page, trail: _Trail, judgement: Judgement) -> _Finding:
        """A page that is no statement: a hub, a stub, an error page in disguise, or something else."""
        if judgement.kind == "unreadable" and not page.is_html:
            self._no_document(page, trail.found_by, Reason.UNREADABLE, judgement.reason)
            return self._unread(Reason.UNREADABLE, trail)
        in_hub = trail.strong and not is_home_page(page.final_url)
        findings = await self._follow(self._links_on(page, judgement, in_hub=in_hub), page, trail)
        if any(finding in _SUCCESS for finding in findings):
            self._no_document(page, trail.found_by, Reason.LINKS_ONLY, "holds links to statements")
            return _Finding.LED_TO
        if page.is_html and await self._is_soft_404(page):
            return self._soft_404(page, trail)
        tree = parse_html(page) if page.is_html else None
        if tree is not None and needs_browser(tree):
            self._no_document(page, trail.found_by, Reason.NEEDS_BROWSER, "the page is built by scripts")
            return self._unread(Reason.NEEDS_BROWSER, trail)
        self._no_document(page, trail.found_by, Reason.NOT_A_STATEMENT, judgement.reason)
        return max((f for f in findings if f is _Finding.UNCERTAIN), default=_Finding.OTHER)

    def _soft_404(self, page: Page, trail: _Trail) -> _Finding:
        self._no_document(page, trail.found_by, Reason.SOFT_404, "an error page sent as a success")
        return _Finding.BROKEN

    def _links_on(self, page: Page, judgement: Judgement, *, in_hub: bool) -> list[Link]:
        """The links of a page to further statements: the scored ones, then those that the judge saw on a stub."""
        tree = parse_html(page) if page.is_html else None
        scored = page_links(tree, page.final_url, in_hub=in_hub).statements if tree is not None else ()
        seen = (absolute(page.final_url, address) for address in judgement.links)
        stub = [Link(url, "", CANDIDATE_SCORE) for url in seen if url is not None]
        known = {normal_address(link.url) for link in scored}
        return [*scored, *(link for link in stub if normal_address(link.url) not in known)]

    async def _follow(self, links: Sequence[Link], page: Page, trail: _Trail) -> list[_Finding]:
        if trail.depth >= MAX_DEPTH:
            return []
        fresh = [link for link in links if normal_address(link.url) not in self.findings][:MAX_HUB_LINKS]
        known = [
            self.findings[normal_address(link.url)]
            for link in links
            if normal_address(link.url) in self.findings
        ]
        found_by = trail.found_by if trail.found_by in ("sitemap", "common_path") else "hub"
        return known + [
            await self.check(
                link.url,
                _Trail(
                    found_by, page.final_url, link.anchor or None, strong=trail.strong, depth=trail.depth + 1
                ),
            )
            for link in fresh
        ]

    # --- 1. filed addresses

    async def look_at_filed(self, filed_as: str) -> None:
        for url in self.site.statement_urls:
            if not is_home_page(url):
                await self.check(with_scheme(url), _Trail(filed_as, filed=True))

    # --- 2. the home page

    async def look_at_home(self) -> None:
        start = home_of(self.site)
        if start is None:
            return
        dead: set[str] = set()
        for url in home_addresses(start):
            host = split_address(url).hostname or ""
            if host in dead:
                continue
            page = await self.get(url, "home")
            if page is not None:
                self._read_home(page, start)
                return
            error = self.errors[normal_address(url)]
            if self.home_error is None or error.reason not in (Reason.DNS, Reason.BLOCKED_ADDRESS):
                self.home_error = (
                    error  # the www. variant may just not exist: that is not why the site failed
                )
            if error.reason is Reason.DNS:
                dead.add(host)
            elif error.reason not in _NEXT_ADDRESS:
                return

    def _read_home(self, page: Page, start: str) -> None:
        self.home, self.home_error = page, None
        if not same_site(page.final_url, start if "//" in start else f"//{start}"):
            self.notes.append(f"the home page moved to {page.final_url}")
        self.consent_wall = is_consent_wall(page)
        tree = parse_html(page) if page.is_html else None
        if tree is not None:
            self.needs_browser = needs_browser(tree)
            self.home_links = page_links(tree, page.final_url)
        reason, detail = Reason.LINKS_ONLY, "home page, read for its links"
        if self.consent_wall:
            reason, detail = Reason.CONSENT_WALL, f"sent to {page.final_url}"
        elif self.needs_browser:
            reason, detail = Reason.NEEDS_BROWSER, "the home page is built by scripts"
        self._no_document(page, "home", reason, detail)

    async def follow_home_links(self) -> None:
        """Check the links of the home page that name the statement, and settle the home-page link from them."""
        assert self.home is not None
        checked: list[tuple[_Finding, Link]] = []
        for link in self.home_links.statements[:MAX_HOME_LINKS]:
            strong = link.score >= STRONG_SCORE
            trail = _Trail("home", self.home.final_url, link.anchor, strong=strong)
            checked.append((await self.check(link.url, trail), link))
        self._settle_home_link(checked)

    def _settle_home_link(self, checked: Sequence[tuple[_Finding, Link]]) -> None:
        """Take the best success; without one, what became of the likeliest link."""
        for wanted, value in (
            (_Finding.STATEMENT, HomeLink.DIRECT),
            (_Finding.LED_TO, HomeLink.DIRECT_TO_HUB),
        ):
            for finding, link in checked:
                if finding is wanted:
                    self.home_link, self.home_link_from = value, link
                    return
        for finding, link in checked:
            if finding is _Finding.BROKEN:
                self.home_link, self.home_link_from = HomeLink.BROKEN, link
                return
            if finding is _Finding.UNCERTAIN or (link.score >= STRONG_SCORE and not link.penalised):
                self.home_link_from = link
                return  # UNKNOWN: there is such a link, but what is behind it was not read as a statement
        if self.home is not None and self.home.is_html and not self.consent_wall and not self.needs_browser:
            self.home_link = HomeLink.NO

    # --- 3. hubs

    async def follow_hubs(self) -> None:
        """Read the pages where statements are kept, until one leads to a statement."""
        if self.home_link not in (HomeLink.NO, HomeLink.BROKEN) and self.documents:
            return
        limit = MAX_HUBS_FOR_HOME_LINK if self.documents else MAX_HUBS
        for hub in self.home_links.hubs[:limit]:
            if normal_address(hub.url) in self.findings:
                continue
            page = await self.get(hub.url, "hub")
            if page is not None and await self._read_hub(page, hub):
                if self.home_link in (HomeLink.NO, HomeLink.UNKNOWN):
                    self.home_link, self.home_link_from = HomeLink.VIA_HUB, hub
                return

    async def _read_hub(self, page: Page, hub: Link) -> bool:
        tree = parse_html(page) if page.is_html else None
        links = page_links(tree, page.final_url).statements if tree is not None else ()
        trail = _Trail("hub", page.final_url)
        findings = [
            await self.check(
                link.url, _Trail("hub", page.final_url, link.anchor, strong=link.score >= STRONG_SCORE)
            )
            for link in links[:MAX_LINKS_OF_A_HUB_PAGE]
        ]
        if any(finding in _SUCCESS for finding in findings):
            self._no_document(page, "hub", Reason.LINKS_ONLY, f"{hub.anchor}: holds links to statements")
            return True
        if len(_SLAVERY.findall(page.body)) >= _SLAVERY_ON_PAGE or page.is_file:
            home = self.home.final_url if self.home else None
            return (
                await self.check(page.url, _Trail(trail.found_by, home, hub.anchor, strong=False)) in _SUCCESS
            )
        self._no_document(page, "hub", Reason.LINKS_ONLY, f"{hub.anchor}: no link to a statement")
        return False

    # --- 4. to 6.

    async def look_further(self) -> None:
        steps = [self._look_at_group, self._look_at_sitemaps, self._try_common_paths]
        if is_part_of_larger_site(home_of(self.site) or ""):
            steps = steps[:1]  # the rest would find the statements of others
            self.notes.append("part of a larger site: its sitemaps and common paths were left out")
        for step in steps:
            if self.documents:
                return
            await step()

    async def look_at_known(self) -> None:
        for url in self.site.known_urls[:MAX_KNOWN]:
            await self.check(url, _Trail("known", strong=False, depth=MAX_DEPTH))

    async def _look_at_group(self) -> None:
        for link in self.home_links.group[:1]:
            page = await self.get(link.url, "hub")
            tree = parse_html(page) if page is not None and page.is_html else None
            if page is None or tree is None:
                continue
            self._no_document(page, "hub", Reason.LINKS_ONLY, f"{link.anchor}: site of the group")
            for found in page_links(tree, page.final_url).statements[:MAX_LINKS_OF_A_HUB_PAGE]:
                await self.check(found.url, _Trail("hub", page.final_url, found.anchor, strong=False))

    async def _look_at_sitemaps(self) -> None:
        assert self.home is not None
        robots = await self._robots()
        waiting = [*robots, urljoin(self.home.final_url, "/sitemap.xml")]
        seen: set[str] = set()
        scored: dict[str, float] = {}
        while waiting and len(seen) < MAX_SITEMAPS:
            url = waiting.pop(0)
            if url in seen:
                continue
            seen.add(url)
            addresses, further = await self._read_sitemap(url)
            scored.update(
                (address, score_link(address, own_site=True)[0])
                for address in addresses
                if may_score(address)
                and same_site(address, self.home.final_url)  # platforms list the sites of many
            )
            waiting = sorted(further, key=_sitemap_rank) + waiting
        likely = sorted(scored.items(), key=lambda item: -item[1])[:MAX_SITEMAP_LINKS]
        for address, score in likely:
            if score >= SITEMAP_SCORE:
                await self.check(address, _Trail("sitemap", strong=score >= STRONG_SCORE))

    async def _robots(self) -> tuple[str, ...]:
        assert self.home is not None
        url = urljoin(self.home.final_url, "/robots.txt")
        try:
            page = await self.fetch(url)  # read already before the home page: costs no request
        except FetchError:
            return ()
        return sitemaps_of_robots(page.body, url)

    async def _read_sitemap(self, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        page = await self.get(url, "sitemap")
        if page is None:
            return (), ()
        sitemap = read_sitemap(page.body, page.final_url)
        self._no_document(page, "sitemap", Reason.LINKS_ONLY, "sitemap" if sitemap else "not a sitemap")
        if sitemap is None:
            return (), ()
        return ((), sitemap.addresses) if sitemap.is_index else (sitemap.addresses, ())

    async def _try_common_paths(self) -> None:
        assert self.home is not None
        if self.consent_wall:
            return  # every address leads to the wall
        answer = await self._answer_to_nonsense(self.home.final_url)
        if answer is not None and answer.sha256 == self.home.sha256:
            self.notes.append("every address answers with the home page")
            return
        for path in COMMON_PATHS:
            await self.check(urljoin(self.home.final_url, path), _Trail("common_path", strong=False))
            if self.documents:
                return

    async def _answer_to_nonsense(self, url: str) -> Page | None:
        """What the site of `url` says for an address that cannot exist: None when it is "not found", as it should."""
        nonsense = urljoin(url, f"/zz-{hashlib.sha256(url.encode()).hexdigest()[:8]}")
        origin = urljoin(url, "/")
        if origin not in self.not_found_pages:
            page = await self.get(nonsense, "common_path")
            self.not_found_pages[origin] = page
            if page is not None:
                self._no_document(
                    page, "common_path", Reason.SOFT_404, "asked for an address that cannot exist"
                )
                self.notes.append(f"{origin} sends error pages as successes")
        return self.not_found_pages[origin]

    async def _is_soft_404(self, page: Page) -> bool:
        answer = await self._answer_to_nonsense(page.final_url)
        return answer is not None and are_similar(page, answer)

    # --- the result

    def visit(self, spider: str, started: str) -> Visit:
        link = self.home_link_from
        return Visit(
            spider=spider,
            site=self.site,
            outcome=self._outcome(),
            home_link=self.home_link,
            started_at=started,
            finished_at=utc_now(),
            documents=tuple(self.documents),
            attempts=tuple(self.attempts),
            home_url=self.home.final_url if self.home else None,
            home_sha256=self.home.sha256 if self.home else None,
            home_link_url=link.url if link else None,
            home_link_anchor=link.anchor if link else None,
            home_link_region=link.region if link else None,
            requests=self.requests,
            notes=tuple(self.notes),
        )

    def _outcome(self) -> Outcome:
        """FOUND with any document. NOT_FOUND only when what should be read was read."""
        if self.documents:
            return Outcome.FOUND
        if self.home is None:
            return self._outcome_without_home()
        if Reason.ROBOTS in self.unread or Reason.ROBOTS_UNREACHABLE in self.unread:
            return Outcome.ROBOTS_DISALLOWED
        if self.consent_wall or Reason.CONSENT_WALL in self.unread:
            return Outcome.NEEDS_REVIEW
        if self.needs_browser or Reason.NEEDS_BROWSER in self.unread:
            return Outcome.NEEDS_BROWSER
        return Outcome.NEEDS_REVIEW if self.unread else Outcome.NOT_FOUND

    def _outcome_without_home(self) -> Outcome:
        reasons = [self.home_error.reason] if self.home_error else self.unread
        if Reason.ROBOTS in reasons:
            return Outcome.ROBOTS_DISALLOWED
        if Reason.NEEDS_BROWSER in reasons:
            return Outcome.NEEDS_BROWSER
        if Reason.CONSENT_WALL in reasons or Reason.UNREADABLE in reasons:
            return Outcome.NEEDS_REVIEW
        return Outcome.UNREACHABLE if reasons else Outcome.NOT_FOUND


def _sitemap_rank(url: str) -> int:
    return 0 if _SITEMAP_PREFERRED.search(split_address(url).path) else 1
