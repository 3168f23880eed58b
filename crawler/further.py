"""Beyond the links of the home page: pages of policies, the group's site, sitemaps, common addresses, what
was known.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

from crawler.addresses import (
    home_of,
    is_home_page,
    is_part_of_larger_site,
    normal_address,
    split_address,
    with_scheme,
)
from crawler.appearance import are_similar, obstacle_of
from crawler.candidates import MAX_DEPTH, answer_to_nonsense, check
from crawler.items import HomeLink, Reason
from crawler.links import SITEMAP_SCORE, STRONG_SCORE, Link, may_score, page_links, same_site, score_link
from crawler.pages import FetchError, Page, parse_html
from crawler.search import Place, Search, Trail
from crawler.sitemaps import read_sitemap, sitemaps_of_robots
from domain.rulebook import load_rules

MAX_HUBS = 4
MAX_HUBS_FOR_HOME_LINK = 2  # a statement is known already: only how the home page leads to it is asked
MAX_LINKS_OF_A_HUB_PAGE = 4
MAX_HUB_STEPS = 2  # about us, then policies
MAX_FURTHER_HUBS = 1  # of each hub: its likeliest
LIKELY_HUB = 3.0  # the weight of legal, policies, governance: of less likely pages there are too many
MAX_SITEMAPS = 4
MAX_SITEMAP_LINKS = 5
MAX_KNOWN = 6  # the newest years: conditional requests, which mostly come to a 304

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
_SLAVERY = re.compile(rb"slavery", re.IGNORECASE)
_RULES = load_rules(Path(__file__).parent / "rules" / "links.yaml")


async def look_at_filed(search: Search, filed_as: str) -> None:
    """Check the addresses that someone filed as the statement."""
    for url in search.site.statement_urls:
        if not is_home_page(url):
            await check(search, with_scheme(url), Trail(filed_as, filed=True))


async def look_at_known(search: Search) -> None:
    """Ask again for statements that an earlier visit found and this one did not come across."""
    for url in search.site.known_urls[:MAX_KNOWN]:
        await check(search, url, Trail("known", strong=False, depth=MAX_DEPTH))


async def follow_hubs(search: Search) -> None:
    """Read the pages where statements are kept, until one leads to a statement."""
    assert search.home is not None
    if search.home_link not in (HomeLink.NO, HomeLink.BROKEN) and search.documents:
        return
    limit = MAX_HUBS_FOR_HOME_LINK if search.documents else MAX_HUBS
    for hub in search.home.links.hubs[:limit]:
        if await _follow_hub(search, hub, steps=MAX_HUB_STEPS):
            if search.home_link in (HomeLink.NO, HomeLink.UNKNOWN):
                search.home_link, search.home_link_from = HomeLink.VIA_HUB, hub
            return


async def _follow_hub(search: Search, hub: Link, steps: int) -> bool:
    """Whether a page of policies leads to a statement, itself or by a further such page that it links to."""
    if normal_address(hub.url) in search.findings or normal_address(hub.url) in search.pages:
        return False
    page = await search.get(hub.url, "hub")
    if page is None:
        search.obstruct_where_refused(Place.HUB, hub.url)
        return False
    if await _read_hub(search, page, hub):
        return True
    for further in _further_hubs(search, page) if steps > 1 else ():
        if await _follow_hub(search, further, steps - 1):
            return True
    return False


def _further_hubs(search: Search, page: Page) -> list[Link]:
    """Pages of policies that a page of policies links to, and the home page does not: about us, then
    policies.
    """
    assert search.home is not None
    tree = parse_html(page) if page.is_html else None
    if tree is None:
        return []
    links, known = page_links(tree, page.final_url), {link.url for link in search.home.links.hubs}
    hubs = sorted((*links.inner_hubs, *links.hubs), key=lambda link: -link.score)
    likely = [link for link in hubs if link.score >= LIKELY_HUB and link.url not in known]
    return [link for link in likely if same_site(link.url, page.final_url)][:MAX_FURTHER_HUBS]


async def _read_hub(search: Search, page: Page, hub: Link) -> bool:
    """Whether a page of policies leads to a statement, or is one."""
    tree = parse_html(page) if page.is_html else None
    links = page_links(tree, page.final_url).statements if tree is not None else ()
    findings = [
        await check(
            search,
            link.url,
            Trail("hub", page.final_url, link.anchor, strong=link.score >= STRONG_SCORE),
        )
        for link in links[:MAX_LINKS_OF_A_HUB_PAGE]
    ]
    if any(finding.is_success for finding in findings):
        search.set_aside(page, "hub", Reason.LINKS_ONLY, f"{hub.anchor}: holds links to statements")
        return True
    if len(_SLAVERY.findall(page.body)) >= _SLAVERY_ON_PAGE or page.is_file:
        home = search.home.page.final_url if search.home else None
        finding = await check(search, page.url, Trail("hub", home, hub.anchor, strong=False))
        return finding.is_success
    obstacle = obstacle_of(page, tree)
    if obstacle is not None:
        search.set_aside(page, "hub", *obstacle)
        search.obstruct(Place.HUB, obstacle.reason)
        return False
    search.set_aside(page, "hub", Reason.LINKS_ONLY, f"{hub.anchor}: no link to a statement")
    return False


async def look_further(search: Search) -> None:
    """Look at the group's site, at sitemaps and at common addresses, and stop where a statement is found."""
    steps = [_look_at_group, _look_at_sitemaps, _try_common_paths]
    if is_part_of_larger_site(home_of(search.site) or ""):
        steps = steps[:1]  # the rest would find the statements of others
        search.notes.append("part of a larger site: its sitemaps and common paths were left out")
    for step in steps:
        if search.documents:
            return
        await step(search)


async def _look_at_group(search: Search) -> None:
    assert search.home is not None
    for link in search.home.links.group[:1]:
        page = await search.get(link.url, "hub")
        tree = parse_html(page) if page is not None and page.is_html else None
        if page is None or tree is None:
            continue
        search.set_aside(page, "hub", Reason.LINKS_ONLY, f"{link.anchor}: site of the group")
        for found in page_links(tree, page.final_url).statements[:MAX_LINKS_OF_A_HUB_PAGE]:
            await check(search, found.url, Trail("hub", page.final_url, found.anchor, strong=False))


async def _look_at_sitemaps(search: Search) -> None:
    addresses = await _listed_addresses(search)
    scored = sorted(((score_link(url, own_site=True)[0], url) for url in addresses), reverse=True)
    for score, url in scored[:MAX_SITEMAP_LINKS]:
        if score >= SITEMAP_SCORE:
            await check(search, url, Trail("sitemap", strong=score >= STRONG_SCORE))


async def _listed_addresses(search: Search) -> list[str]:
    """The addresses in the site's sitemaps that may be the statement's. Platforms list the sites of many."""
    assert search.home is not None
    home = search.home.page.final_url
    waiting = [*await _sitemaps_in_robots(search), urljoin(home, "/sitemap.xml")]
    seen: set[str] = set()
    found: dict[str, None] = {}
    while waiting and len(seen) < MAX_SITEMAPS:
        url = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        addresses, further = await _read_sitemap(search, url)
        found |= dict.fromkeys(each for each in addresses if may_score(each) and same_site(each, home))
        waiting = sorted(further, key=_sitemap_rank) + waiting
    return list(found)


def _sitemap_rank(url: str) -> int:
    return 0 if _RULES["sitemap_first"].search(split_address(url).path) else 1


async def _sitemaps_in_robots(search: Search) -> tuple[str, ...]:
    assert search.home is not None
    url = urljoin(search.home.page.final_url, "/robots.txt")
    try:
        page = await search.fetch(url)  # read already before the home page: costs no request
    except FetchError:
        return ()
    return sitemaps_of_robots(page.body, url)


async def _read_sitemap(search: Search, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that a sitemap lists, and the further sitemaps that it names."""
    page = await search.get(url, "sitemap")
    if page is None:
        search.obstruct_where_refused(Place.BEYOND, url)
        return (), ()
    sitemap = read_sitemap(page.body, page.final_url)
    search.set_aside(page, "sitemap", Reason.LINKS_ONLY, "sitemap" if sitemap else "not a sitemap")
    if sitemap is None:
        return (), ()
    return ((), sitemap.addresses) if sitemap.is_index else (sitemap.addresses, ())


async def _try_common_paths(search: Search) -> None:
    assert search.home is not None
    if search.home.obstacle is Reason.CONSENT_WALL:
        return  # every address leads to the wall
    is_shell = search.home.obstacle is Reason.NEEDS_BROWSER
    home = search.home.page
    answer = await answer_to_nonsense(search, home.final_url)
    if answer is not None and are_similar(answer, home):
        search.notes.append("every address answers with the home page")
        if not is_shell and await _is_one_page_for_all(search):
            search.home_link, search.home_link_from = HomeLink.UNKNOWN, None
            search.obstruct(Place.HOME, Reason.NOT_THE_SITE)
        return
    for path in COMMON_PATHS:
        url = urljoin(home.final_url, path)
        await check(search, url, Trail("common_path", strong=False))
        if search.documents:
            return


async def _is_one_page_for_all(search: Search) -> bool:
    """Whether the addresses that the home page links to answer with the home page too: then nothing was
    read.
    """
    assert search.home is not None
    home = search.home.page
    tree = parse_html(home)
    links = (
        (urljoin(home.final_url, each.get("href") or "") for each in tree.iter("a"))
        if tree is not None
        else ()
    )
    own = (
        url for url in links if same_site(url, home.final_url) and not is_home_page(url) and "#" not in url
    )
    for url in own:
        page = await search.get(url, "common_path")
        if page is None:
            return False
        search.set_aside(
            page, "common_path", Reason.LINKS_ONLY, "asked whether every address is the same page"
        )
        return are_similar(page, home)
    return True
