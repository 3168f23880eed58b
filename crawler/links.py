"""Score the links of a page: which lead to the modern slavery statement, and which to a page that may hold it.

Pure functions over text; the weights and where they come from are in `data/link_weights.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

from lxml.html import HtmlElement

from crawler.addresses import absolute

CANDIDATE_SCORE = 6.0
"""A link worth fetching. Of 156,254 links on 1,040 pages seven score this much: the content check is cheap."""
STRONG_SCORE = 8.0
"""A link that names the statement so clearly that it may not be ignored when it cannot be read."""
SITEMAP_SCORE = 5.0
"""An address without an anchor: lower, since "/msa" alone scores 5."""

MAX_LINKS = 5_000  # the largest page of 1,040 had 2,215; beyond this it is a trap
_MAX_ANCHOR = 200
_LONG_ANCHOR_WORDS = 14  # headlines and teasers; footer links are short
_TAIL = 0.9  # real statement links without a footer element sit in the last tenth of the page
_HUB_TAIL = 0.8

# One cheap look before any scoring: 16 ms a page becomes 6.6 ms.
_MAYBE_STATEMENT = re.compile(
    r"slav|traffick|aethwas|(?<![a-z])(uk)?(msa|mss|mshts?|ms[\W_]*(act|statement|policy))(?![a-z])"
    r"|transparen|supply[\W_]*chain|s(ection)?[\W_.]*54|tisc(?![a-z])",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"footer|foot-|colophon|site-info|bottom|legal-links|subfoot", re.IGNORECASE)
_NAV = re.compile(r"\bnav|menu|masthead|topbar|site-header", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:20)(1[5-9]|2\d)(?!\d)")  # the Act came into force in 2015
_FILE = re.compile(r"\.(pdf|docx?)(\?|$)", re.IGNORECASE)
_HUB_WORDING = re.compile(r"\b(statement|download|view|read|pdf|report|datganiad)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page. `region` is footer, nav or body; `year` the latest year it names, 2015 to 2029."""

    url: str
    anchor: str
    score: float
    region: str = "body"
    year: int | None = None
    reasons: tuple[str, ...] = ()

    @property
    def penalised(self) -> bool:
        """Whether something speaks against it: a news path, another country's law, a training course."""
        return any(pattern.name in self.reasons for pattern in _weights().penalty)


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The links of one page that matter, each list likeliest first, each address once."""

    statements: tuple[Link, ...]
    hubs: tuple[Link, ...]
    """Links to pages where statements are kept (legal, policies, governance ...), from menus and page ends."""
    group: tuple[Link, ...]
    """Links to another site that call it the group or the parent."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    weight: float
    regex: re.Pattern[str]
    where: str = "address"


@dataclass(frozen=True, slots=True)
class _Weights:
    anchor: tuple[_Pattern, ...]
    anchor_extra: tuple[_Pattern, ...]
    address: tuple[_Pattern, ...]
    penalty: tuple[_Pattern, ...]
    hub: tuple[_Pattern, ...]
    hub_or_group: re.Pattern[str]
    """All of them in one, as a first look at links that do not name the statement."""
    not_a_hub: re.Pattern[str]
    group: re.Pattern[str]
    bonus: Mapping[str, float]
    in_hub: Mapping[str, float]


@cache
def _weights() -> _Weights:
    raw = json.loads((Path(__file__).parent / "data" / "link_weights.json").read_text(encoding="utf-8"))
    return _Weights(
        anchor=_patterns(raw["anchor"]),
        anchor_extra=_patterns(raw["anchor_extra"]),
        address=_patterns(raw["address"]),
        penalty=_patterns(raw["penalty"]),
        hub=_patterns(raw["hub"]),
        hub_or_group=re.compile(
            "|".join([*(row["pattern"] for row in raw["hub"]), raw["group"]]), re.IGNORECASE
        ),
        not_a_hub=re.compile(raw["not_a_hub"], re.IGNORECASE),
        group=re.compile(raw["group"], re.IGNORECASE),
        bonus=raw["bonus"],
        in_hub=raw["in_hub"],
    )


def _patterns(rows: list[dict[str, Any]]) -> tuple[_Pattern, ...]:
    return tuple(
        _Pattern(
            row.get("name", ""),
            row["weight"],
            re.compile(row["pattern"], re.IGNORECASE),
            row.get("where", "address"),
        )
        for row in rows
    )


def may_score(text: str) -> bool:
    """A cheap first look at an address or an anchor: False when `score_link` would find nothing in it."""
    return bool(_MAYBE_STATEMENT.search(text))


def score_link(
    url: str,
    anchor: str = "",
    *,
    region: str = "body",
    position: float | None = None,
    in_hub: bool = False,
    own_site: bool = False,
) -> tuple[float, tuple[str, ...]]:
    """Return how likely a link leads to the statement, with the names of the patterns that said so.

    `position` is where the link stands among the page's links, 0 to 1. `in_hub` is for links on a page that was
    itself reached by a link to the statement: there a bare "2021" or "Download" counts. `own_site` is for links
    within one site: a department's page on www.gov.uk may link to www.gov.uk.
    """
    weights = _weights()
    plain = unquote(unquote(url))
    hits = [*_anchor_hits(anchor, weights), *_matching(weights.address, _path_of(plain))]
    hits += [hit for hit in weights.penalty if _penalised(hit, plain, anchor, own_site)]
    score = sum(hit.weight for hit in hits)
    reasons = [hit.name for hit in hits]
    if in_hub:
        score, reasons = (
            score + _in_hub_bonus(plain, anchor, weights.in_hub),
            [*reasons, "on a statement hub"],
        )
    if score > 0:
        score += _place_bonus(plain, anchor, region, position, weights.bonus)
    return score, tuple(reasons)


def _anchor_hits(anchor: str, weights: _Weights) -> list[_Pattern]:
    """Of the patterns that name the statement only the best counts; the extra words are added."""
    best = max(_matching(weights.anchor, anchor), key=lambda hit: hit.weight, default=None)
    return [*([best] if best else []), *_matching(weights.anchor_extra, anchor)]


def _matching(patterns: tuple[_Pattern, ...], text: str) -> list[_Pattern]:
    return [pattern for pattern in patterns if pattern.regex.search(text)]


def _penalised(pattern: _Pattern, url: str, anchor: str, own_site: bool) -> bool:
    if pattern.where == "other_site":
        return not own_site and bool(pattern.regex.search(url))
    in_address = pattern.where in ("address", "both") and pattern.regex.search(url)
    in_anchor = pattern.where in ("anchor", "both") and pattern.regex.search(anchor)
    return bool(in_address or in_anchor)


def _path_of(url: str) -> str:
    """Path, query and fragment: a host named after slavery (a charity's) says nothing of the page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}#{parts.fragment}"


def _in_hub_bonus(url: str, anchor: str, bonus: Mapping[str, float]) -> float:
    year = bonus["year"] if find_year(url, anchor) else 0.0
    file = bonus["file"] if _FILE.search(_path_of(url)) else 0.0
    wording = bonus["wording"] if _HUB_WORDING.search(anchor) else 0.0
    return year + file + wording


def _place_bonus(
    url: str, anchor: str, region: str, position: float | None, bonus: Mapping[str, float]
) -> float:
    total = 0.0
    if region == "footer":
        total += bonus["footer"]
    elif position is not None and position > _TAIL:
        total += bonus["tail"]
    if len(anchor.split()) > _LONG_ANCHOR_WORDS:
        total += bonus["long_anchor"]
    if _FILE.search(_path_of(url)):
        total += bonus["file"]
    return total


def find_year(url: str, anchor: str) -> int | None:
    """Return the latest year from 2015 on in the anchor, else in the file name; upload folders do not count."""
    for text in (anchor, unquote(urlsplit(url).path.rsplit("/", 1)[-1]) if "[" not in url else ""):
        years = [int(match.group(0)) for match in _YEAR.finditer(text)]
        if years:
            return max(years)
    return None


def page_links(tree: HtmlElement, page_url: str, *, in_hub: bool = False) -> PageLinks:
    """Return the links of a parsed page that lead to a statement, to a hub or to the group.

    Fragments are cut off; links that are not http or https, and links to the page itself, are left out.
    """
    base = absolute(page_url, _base_href(tree)) or page_url
    own, weights = urldefrag(page_url)[0], _weights()
    elements = [element for element in tree.iter("a", "area") if element.get("href")][:MAX_LINKS]
    statements: dict[str, Link] = {}
    hubs: dict[str, Link] = {}
    group: dict[str, Link] = {}
    for index, element in enumerate(elements):
        href, text = element.get("href", "").strip(), _anchor_text(element)
        blob = f"{text} {href}".replace("_", " ")
        maybe = in_hub or may_score(blob)
        if not maybe and not weights.hub_or_group.search(blob):
            continue
        url = absolute(base, href)
        if url is None or url == own:
            continue
        hub_weight = 0.0 if maybe else _hub_weight(href, text)
        of_group = bool(weights.group.search(text))
        region, position, year = _region(element), index / len(elements), find_year(url, text)
        own_site = same_site(url, page_url)
        if maybe:
            hub_words = in_hub and region == "body"
            score, reasons = score_link(
                url, text, region=region, position=position, in_hub=hub_words, own_site=own_site
            )
            _keep_best(statements, Link(url, text, score, region, year, reasons), CANDIDATE_SCORE)
        elif hub_weight and (region != "body" or position > _HUB_TAIL):
            _keep_best(hubs, Link(url, text, hub_weight, region, year))
        if of_group and not own_site:
            _keep_best(group, Link(url, text, 1.0, region, year))
    return PageLinks(_ranked(statements), _ranked(hubs), _ranked(group))


def _base_href(tree: HtmlElement) -> str:
    element = next(tree.iter("base"), None)
    return (element.get("href") or "").strip() if element is not None else ""


def _anchor_text(element: HtmlElement) -> str:
    """The text of a link with its title and label; for a picture its alternative text."""
    own = element.text_content() or " ".join(image.get("alt") or "" for image in element.iter("img"))
    parts = [own, element.get("title") or "", element.get("aria-label") or ""]
    words: list[str] = []
    for part in parts:
        folded = re.sub(r"\s+", " ", part).strip()
        if folded and folded not in words:
            words.append(folded)
    return " ".join(words)[:_MAX_ANCHOR]


def _region(element: HtmlElement) -> str:
    """footer wins over nav: a footer often holds a nav element of its own."""
    region = "body"
    for ancestor in element.iterancestors():
        if not isinstance(ancestor.tag, str) or ancestor.tag in ("body", "html"):
            continue  # themes put words like "has-footer" on the body
        marks = f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"
        role = ancestor.get("role")
        if ancestor.tag == "footer" or role == "contentinfo" or _FOOTER.search(marks):
            return "footer"
        if (
            ancestor.tag in ("nav", "header")
            or role in ("navigation", "menu", "banner")
            or _NAV.search(marks)
        ):
            region = "nav"
    return region


def _hub_weight(href: str, text: str) -> float:
    words = f"{text} | {re.sub(r'[-/_.]', ' ', _path_of(href))}"
    weights = _weights()
    if weights.not_a_hub.search(words):
        return 0.0
    return max((pattern.weight for pattern in _matching(weights.hub, words)), default=0.0)


def _keep_best(links: dict[str, Link], link: Link, at_least: float = 0.0) -> None:
    known = links.get(link.url)
    if link.score >= at_least and (known is None or known.score < link.score):
        links[link.url] = link


def _ranked(links: Mapping[str, Link]) -> tuple[Link, ...]:
    return tuple(sorted(links.values(), key=lambda link: (-link.score, -(link.year or 0))))


def same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one host or one host and its subdomain ("www." aside)."""
    first, second = (_host(address) for address in (url, other))
    return first == second or first.endswith("." + second) or second.endswith("." + first)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
