"""Find the modern slavery statements of one organisation, over a function that fetches one address.

`discover` knows nothing of Scrapy or sockets. It goes, within a budget of requests, through

1. the addresses that someone filed as the statement;
2. the home page, and from it the links that name the statement; a page behind such a link that is no
   statement but holds links to some is a hub: all its years are taken;
3. pages where statements are kept (legal, policies, governance ...), linked from menu or footer;
4. the site of the group or parent, one hop away;
5. sitemaps, named in robots.txt or at /sitemap.xml;
6. common paths, after a look at what the site says for an address that cannot exist (soft 404);

and stops at the first of 4 to 6 that gives a statement. In the end it asks again for statements that an
earlier visit found and this one did not come across: whether they are still there. Whatever is fetched ends
as a Document or as an Attempt with a reason. Nothing is called a statement before the judge has read it,
except a file that was filed as one.

A statement is called absent only where everything that should be read was read: each thing that stood in the
way is an `Obstacle`, and decides what is said instead.
"""

from __future__ import annotations

from crawler.further import follow_hubs, look_at_filed, look_at_known, look_further
from crawler.home import follow_home_links, look_at_home
from crawler.items import HomeLink, Judge, Outcome, Reason, Site, Visit
from crawler.pages import Fetch
from crawler.search import Place, Search
from domain.dates import stamp

BUDGET = 25  # requests per organisation: 2 to 6 where there is a statement, about 15 where there is none

_ROBOTS = frozenset({Reason.ROBOTS, Reason.ROBOTS_UNREACHABLE})


async def discover(
    site: Site, fetch: Fetch, judge: Judge, *, spider: str, budget: int = BUDGET, filed_as: str = "filed"
) -> Visit:
    """Visit one organisation and return all that came of it.

    `budget` counts calls of `fetch`. `filed_as` is the `found_by` of documents at `site.statement_urls`.
    The home link is NO only when the home page was really read; UNKNOWN whenever anything stood in the way.
    """
    search = Search(site, fetch, judge, budget)
    started = stamp()
    await look_at_filed(search, filed_as)
    await look_at_home(search)
    if search.home is not None:
        await follow_home_links(search)
        await follow_hubs(search)
        await look_further(search)
        await look_at_known(search)
    return _visit(search, spider, started)


def _visit(search: Search, spider: str, started: str) -> Visit:
    link, home = search.home_link_from, search.home
    return Visit(
        spider=spider,
        site=search.site,
        outcome=_outcome(search),
        home_link=_home_link(search),
        started_at=started,
        finished_at=stamp(),
        documents=tuple(search.documents),
        attempts=tuple(search.attempts),
        home_url=home.page.final_url if home else None,
        home_sha256=home.page.sha256 if home else None,
        home_link_url=link.url if link else None,
        home_link_anchor=link.anchor if link else None,
        home_link_region=link.region if link else None,
        requests=search.requests,
        notes=tuple(search.notes),
    )


def _home_link(search: Search) -> HomeLink:
    """NO is said only where every page that the home page might have led over was read."""
    refused = any(obstacle.place in (Place.HOME, Place.HUB) for obstacle in search.obstacles)
    if search.home_link is HomeLink.NO and refused:
        return HomeLink.UNKNOWN
    return search.home_link


def _outcome(search: Search) -> Outcome:
    """FOUND with any document. NOT_FOUND only where all that should be read was read."""
    if search.documents:
        return Outcome.FOUND
    if search.home is None:
        return _outcome_without_home(search)
    nearest = (Place.HOME, Place.LINK)
    ahead = {obstacle.reason for obstacle in search.obstacles if obstacle.place in nearest}
    beyond = {obstacle.reason for obstacle in search.obstacles if obstacle.place not in nearest}
    if ahead & _ROBOTS:
        return Outcome.ROBOTS_DISALLOWED
    if Reason.READING_FAILED in ahead | beyond:
        return Outcome.COULD_NOT_CHECK
    if ahead - {Reason.NEEDS_BROWSER}:
        return Outcome.NEEDS_REVIEW
    if ahead:
        return Outcome.NEEDS_BROWSER
    return Outcome.COULD_NOT_CHECK if beyond else Outcome.NOT_FOUND


def _outcome_without_home(search: Search) -> Outcome:
    reasons = {obstacle.reason for obstacle in search.obstacles}
    if search.home_error is not None:
        reasons = {search.home_error.reason}
    if Reason.ROBOTS in reasons:
        return Outcome.ROBOTS_DISALLOWED
    if reasons & {Reason.READING_FAILED, Reason.RETRY_LATER}:
        return Outcome.COULD_NOT_CHECK
    if Reason.NEEDS_BROWSER in reasons:
        return Outcome.NEEDS_BROWSER
    if reasons & {Reason.CONSENT_WALL, Reason.NOT_THE_SITE, Reason.DOUBTFUL, Reason.UNREADABLE}:
        return Outcome.NEEDS_REVIEW
    return Outcome.UNREACHABLE if reasons else Outcome.NOT_FOUND
