"""One possible statement: fetch it, judge it, and follow its links where it is a hub, a stub or a viewer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin

from lxml.html import HtmlElement

from crawler.addresses import absolute, is_home_page, normal_address
from crawler.appearance import are_similar, calls_itself_statement, headline, obstacle_of, says_not_found
from crawler.embedded import embedded_addresses
from crawler.items import Judgement, Reason
from crawler.links import CANDIDATE_SCORE, Link, page_links
from crawler.pages import Page, parse_html
from crawler.search import Finding, Search, Trail

MAX_HUB_LINKS = 12  # one a year since the Act came into force in 2015
MAX_DEPTH = 2  # hub, page of one year, its PDF


async def check(search: Search, url: str, trail: Trail) -> Finding:
    """Fetch and judge a possible statement, once however often it is linked."""
    key = normal_address(url)
    if key in search.findings:
        return search.findings[key]
    search.findings[key] = Finding.OTHER  # pages that link to one another end here
    page = await search.get(key, trail.found_by)
    if page is None:
        search.findings[key] = _finding_of_error(search, key, trail)
        return search.findings[key]
    final = normal_address(page.final_url)
    if final == key or final not in search.findings:
        search.findings[final] = Finding.OTHER
        search.findings[final] = await _read(search, page, trail)
    search.findings[key] = search.findings[final]
    return search.findings[key]


def _finding_of_error(search: Search, key: str, trail: Trail) -> Finding:
    reason = search.errors[key].reason
    return Finding.BROKEN if reason is Reason.NOT_FOUND else search.uncertain(reason, trail)


async def _read(search: Search, page: Page, trail: Trail) -> Finding:
    """What an answer came to: first what it is by its looks, then what the judge says."""
    if search.home is not None and page.final_url == search.home.page.final_url:
        search.set_aside(page, trail.found_by, Reason.SOFT_404, "leads to the home page")
        return Finding.BROKEN
    tree = parse_html(page) if page.is_html else None
    obstacle = obstacle_of(page, tree)
    if obstacle is not None and obstacle.reason is Reason.CONSENT_WALL:
        return _not_read(search, page, trail, *obstacle)
    if not page.may_be_statement:
        return _not_read(search, page, trail, Reason.UNREADABLE, f"content is {page.content_type}")
    if trail.found_by == "common_path" and await is_soft_404(search, page, tree):
        return _soft_404(search, page, trail)
    judgement = await search.judge.judge(page.body, page.final_url, search.site.name)
    if judgement.is_statement or (trail.filed and page.is_file and judgement.kind != "failed"):
        search.add_document(page, trail, judgement)
        await _follow(search, _links_on(page, tree, judgement, in_hub=False), page, trail)
        return Finding.STATEMENT
    return await _read_on(search, page, tree, trail, judgement)


async def _read_on(
    search: Search, page: Page, tree: HtmlElement | None, trail: Trail, judgement: Judgement
) -> Finding:
    """A page that is no statement: a hub, a stub, an error page in disguise, a wall, or something else."""
    if judgement.kind == "failed":
        return _not_read(search, page, trail, Reason.READING_FAILED, judgement.reason)
    if judgement.kind == "unreadable" and not page.is_html:
        return _not_read(search, page, trail, Reason.UNREADABLE, judgement.reason)
    in_hub = trail.strong and not is_home_page(page.final_url)
    findings = await _follow(search, _links_on(page, tree, judgement, in_hub=in_hub), page, trail)
    if any(finding.is_success for finding in findings):
        search.set_aside(page, trail.found_by, Reason.LINKS_ONLY, "holds links to statements")
        return Finding.LED_TO
    if page.is_html and await is_soft_404(search, page, tree):
        return _soft_404(search, page, trail)
    obstacle = obstacle_of(page, tree)
    if obstacle is not None:
        return _not_read(search, page, trail, *obstacle)
    if judgement.kind == "unreadable":
        return _not_read(search, page, trail, Reason.UNREADABLE, judgement.reason)
    if _is_doubtful(tree, trail, judgement):
        detail = f"calls itself a modern slavery statement: {judgement.reason}"
        return _not_read(search, page, trail, Reason.DOUBTFUL, detail)
    search.set_aside(page, trail.found_by, Reason.NOT_A_STATEMENT, judgement.reason)
    return max((each for each in findings if each is Finding.UNCERTAIN), default=Finding.OTHER)


def _is_doubtful(tree: HtmlElement | None, trail: Trail, judgement: Judgement) -> bool:
    """Whether the page, or the link to it, says that this is the statement, against the judge."""
    if judgement.calls_itself_statement or (tree is not None and calls_itself_statement(headline(tree))):
        return True
    return trail.strong and trail.anchor is not None and calls_itself_statement(trail.anchor)


def _not_read(search: Search, page: Page, trail: Trail, reason: Reason, detail: str) -> Finding:
    search.set_aside(page, trail.found_by, reason, detail)
    doubtful = replace(trail, strong=True) if reason is Reason.DOUBTFUL else trail
    return search.uncertain(reason, doubtful)


def _soft_404(search: Search, page: Page, trail: Trail) -> Finding:
    search.set_aside(page, trail.found_by, Reason.SOFT_404, "an error page sent as a success")
    return Finding.BROKEN


def _links_on(page: Page, tree: HtmlElement | None, judgement: Judgement, *, in_hub: bool) -> list[Link]:
    """The links of a page to further statements: scored ones, what it shows inside itself, what the judge
    saw.
    """
    if tree is None:
        return []
    links = list(page_links(tree, page.final_url, in_hub=in_hub).statements)
    embedded = embedded_addresses(tree, page.final_url) if in_hub else ()
    seen = (absolute(page.final_url, address) for address in judgement.links)
    known = {normal_address(link.url) for link in links}
    for url in (*embedded, *seen):
        if url is not None and normal_address(url) not in known:
            known.add(normal_address(url))
            links.append(Link(url, "", CANDIDATE_SCORE))
    return links


async def _follow(search: Search, links: Sequence[Link], page: Page, trail: Trail) -> list[Finding]:
    if trail.depth >= MAX_DEPTH:
        return []
    known = [link for link in links if normal_address(link.url) in search.findings]
    fresh = [link for link in links if normal_address(link.url) not in search.findings][:MAX_HUB_LINKS]
    findings = [search.findings[normal_address(link.url)] for link in known]
    found_by = trail.found_by if trail.found_by in ("sitemap", "common_path") else "hub"
    for link in fresh:
        further = Trail(
            found_by, page.final_url, link.anchor or None, strong=trail.strong, depth=trail.depth + 1
        )
        findings.append(await check(search, link.url, further))
    return findings


# --- pages that say that there is nothing


async def is_soft_404(search: Search, page: Page, tree: HtmlElement | None) -> bool:
    """Whether a page sent as a success says that there is nothing at its address."""
    if tree is not None and says_not_found(tree):
        return True
    answer = await answer_to_nonsense(search, page.final_url)
    return answer is not None and are_similar(page, answer)


async def answer_to_nonsense(search: Search, url: str) -> Page | None:
    """What the site of `url` says for an address that cannot exist: None when it is "not found", as it should
    be.
    """
    nonsense = urljoin(url, f"/zz-{hashlib.sha256(url.encode()).hexdigest()[:8]}")
    origin = urljoin(url, "/")
    if origin not in search.not_found_pages:
        page = await search.get(nonsense, "common_path")
        search.not_found_pages[origin] = page
        if page is not None:
            search.set_aside(page, "common_path", Reason.SOFT_404, "asked for an address that cannot exist")
            search.notes.append(f"{origin} sends error pages as successes")
    return search.not_found_pages[origin]
