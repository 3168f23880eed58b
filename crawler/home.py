"""The home page: whether it was really read, and how it leads to the statement."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement

from crawler.addresses import home_addresses, home_of, normal_address, split_address
from crawler.appearance import Obstacle, obstacle_of, script_redirect, scripts_fill_its_foot
from crawler.candidates import check
from crawler.embedded import embedded_addresses
from crawler.items import HomeLink, Reason
from crawler.links import STRONG_SCORE, Link, PageLinks, page_links, same_site
from crawler.pages import Page, parse_html, visible_text
from crawler.search import Finding, Home, Place, Search, Trail

MAX_HOME_LINKS = 6
MAX_DOORS = 2  # splash page, choice of a country: each leads one step on
_FEW_WORDS = 400  # characters: an error, an outage, a notice; a home page has links, or something to say
_SLAVERY_ON_HOME = 5  # a home page that says "slavery" this often may hold the statement itself
_NEXT_ADDRESS = frozenset({Reason.DNS, Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT, Reason.NOT_FOUND})


async def look_at_home(search: Search) -> None:
    """Fetch the home page, at the addresses where it may be, and read its links."""
    start = home_of(search.site)
    if start is None:
        return
    dead: set[str] = set()
    for url in home_addresses(start):
        host = split_address(url).hostname or ""
        if host in dead:
            continue
        page = await search.get(url, "home")
        if page is not None:
            search.home_error = None
            if not same_site(page.final_url, start if "//" in start else f"//{start}"):
                search.notes.append(f"the home page moved to {page.final_url}")
            await _read_home(search, page, MAX_DOORS)
            return
        error = search.errors[normal_address(url)]
        # The variant with www. may just not exist: that is not why the site failed.
        if search.home_error is None or error.reason not in (Reason.DNS, Reason.BLOCKED_ADDRESS):
            search.home_error = error
        if error.reason is Reason.DNS:
            dead.add(host)
        elif error.reason not in _NEXT_ADDRESS:
            return


async def _read_home(search: Search, page: Page, doors: int) -> None:
    """Read the links of a home page; go on through a splash page or a choice of countries."""
    tree = parse_html(page) if page.is_html else None
    links = page_links(tree, page.final_url) if tree is not None else PageLinks((), (), ())
    obstacle = obstacle_of(page, tree) or _unread_part(page, tree, links)
    search.home = Home(page, links, obstacle.reason if obstacle is not None else None)
    reason, detail = obstacle or (Reason.LINKS_ONLY, "home page, read for its links")
    search.set_aside(page, "home", reason, detail)
    inside = None if links.statements or doors == 0 or tree is None else _way_inside(page, tree, links)
    if inside is not None and normal_address(inside) not in search.pages:
        behind = await search.get(inside, "home")
        if behind is not None and same_site(behind.final_url, page.final_url):
            await _read_home(search, behind, doors - 1)


def _unread_part(page: Page, tree: HtmlElement | None, links: PageLinks) -> Obstacle | None:
    """Why the links that were seen may not be all, or do not tell where they lead."""
    if tree is None:
        return Obstacle(Reason.NOT_THE_SITE, f"the home page is no web page: {page.content_type}")
    if links.statements:
        return None
    if not tree.xpath("//a[@href] | //area | //frame | //iframe") and len(visible_text(tree)) < _FEW_WORDS:
        return Obstacle(Reason.NOT_THE_SITE, "a few words, and no link that leads on")
    if links.blind:
        return Obstacle(Reason.NEEDS_BROWSER, f"a script follows the link {links.blind[0].anchor!r}")
    if links.registry:
        return Obstacle(Reason.DOUBTFUL, "the home page links to an entry of the government's registry")
    if scripts_fill_its_foot(tree):
        return Obstacle(Reason.NEEDS_BROWSER, "scripts fill the foot of the home page")
    return None


def _way_inside(page: Page, tree: HtmlElement, links: PageLinks) -> str | None:
    """Where a page that is only a door leads: a script's address, its frames, or the site for the United
    Kingdom.
    """
    redirect = script_redirect(page, tree)
    if redirect is not None:
        return redirect
    if tree.xpath("//frameset"):
        own = [url for url in embedded_addresses(tree, page.final_url) if same_site(url, page.final_url)]
        return own[-1] if own else None
    return links.languages[0].url if links.languages else None


async def follow_home_links(search: Search) -> None:
    """Check the links of the home page that name the statement, and settle the home-page link from them."""
    assert search.home is not None
    home = search.home
    checked: list[tuple[Finding, Link]] = []
    for link in home.links.statements[:MAX_HOME_LINKS]:
        strong = link.score >= STRONG_SCORE
        trail = Trail("home", home.page.final_url, link.anchor, strong=strong)
        checked.append((await check(search, link.url, trail), link))
    if not any(finding.is_success for finding, _ in checked) and await _holds_statement(search, home):
        search.home_link = HomeLink.DIRECT
        search.home_link_from = next(iter(home.links.sections), None)
        return
    _settle_home_link(search, checked)


async def _holds_statement(search: Search, home: Home) -> bool:
    """Whether the statement stands on the home page itself, in a section or a dialogue."""
    mentions = home.page.body.lower().count(b"slavery")
    if not home.page.is_html or mentions < _SLAVERY_ON_HOME:
        return False
    judgement = await search.judge.judge(home.page.body, home.page.final_url, search.site.name)
    if judgement.is_statement:
        search.add_document(home.page, Trail("home", home.page.final_url), judgement)
    elif home.links.sections or judgement.calls_itself_statement:
        home.obstacle = home.obstacle or Reason.DOUBTFUL
    return judgement.is_statement


def _settle_home_link(search: Search, checked: Sequence[tuple[Finding, Link]]) -> None:
    """Take the best success; without one, what became of the likeliest link."""
    for wanted, value in (
        (Finding.STATEMENT, HomeLink.DIRECT),
        (Finding.LED_TO, HomeLink.DIRECT_TO_HUB),
    ):
        for finding, link in checked:
            if finding is wanted:
                search.home_link, search.home_link_from = value, link
                return
    for finding, link in checked:
        if finding is Finding.BROKEN:
            search.home_link, search.home_link_from = HomeLink.BROKEN, link
            return
        if finding is Finding.UNCERTAIN or (link.score >= STRONG_SCORE and not link.penalised):
            search.home_link_from = link
            return  # UNKNOWN: there is such a link, but what is behind it was not read as a statement
    assert search.home is not None
    if search.home.obstacle is None:
        search.home_link = HomeLink.NO
    else:
        search.obstruct(Place.HOME, search.home.obstacle)
        search.home_link_from = next(iter((*search.home.links.blind, *search.home.links.registry)), None)
