"""Score the links of a page: which lead to the modern slavery statement, and which to a page that may hold
it.

Functions over text and trees. The patterns are rules/links.yaml, their weights and where they come from
`data/link_weights.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from lxml.html import HtmlElement

from crawler.addresses import absolute
from crawler.appearance import PAGE_RULES
from crawler.embedded import document_behind
from domain.rulebook import load_rules

CANDIDATE_SCORE = 6.0
"""A link worth fetching. Of 156,254 links on 1,040 pages seven score this much: the content check is
cheap."""
STRONG_SCORE = 8.0
"""A link that names the statement so clearly that it may not be ignored when it cannot be read."""
SITEMAP_SCORE = 5.0
"""An address without an anchor: lower, since "/msa" alone scores 5."""

MAX_LINKS = 3_000  # the largest page of 1,040 had 2,215; beyond this it is a trap
_MAX_ANCHOR = 200
_LONG_ANCHOR_WORDS = 14  # headlines and teasers; footer links are short
_TAIL = 0.9  # real statement links without a footer element sit in the last tenth of the page
_HUB_TAIL = 0.8

_RULES = load_rules(Path(__file__).parent / "rules" / "links.yaml")
_YEAR = re.compile(r"(?<!\d)(?:20)(1[5-9]|2\d)(?!\d)")  # the Act came into force in 2015
# Hyphens and joiners that are not seen: editors leave them inside words.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# Real pages nest 30 deep. Beyond this an element counts as part of the body: it keeps hostile nesting cheap.
_MAX_ANCESTORS = 40
_MAX_NODES_OF_ANCHOR = 60
_MAX_ADDRESS = 4_096  # characters: servers take 8 KB at most, and patterns take time
_MAX_MARKS = 500  # characters of class and id: real ones have some dozens
_CONTEXT_CHARACTERS = 300
"""The words around a link: a sentence or two. A longer block speaks of many things."""
_BLOCKS = frozenset(
    {"p", "li", "td", "th", "dd", "dt", "div", "section", "article", "figcaption", "label", "header"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# What a person can follow: links, buttons, and what a script makes one; headings say what the links under
# them are about.
_ELEMENTS = (
    "//a | //area | //button | //option[@value] | //h1 | //h2 | //h3 | //h4 | //h5 | //h6"
    " | //*[@onclick] | //*[@role='button' or @role='link'] | //*[@data-href or @data-url or @data-link]"
    " | //*[contains(name(), '-') and (@href or @to or @url or @link)] | //input[@type='submit' or "
    "@type='button']"
)
_ADDRESS_ATTRIBUTES = ("href", "data-href", "data-url", "data-link", "to", "url", "link", "formaction")


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

    @property
    def names_statement(self) -> bool:
        """Whether its own words or its address call what it leads to a statement."""
        said = {"anchor_statement", "address_statement", "anchor_welsh", "anchor_act_in_short"}
        return not self.penalised and not said.isdisjoint(self.reasons)


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The links of one page that matter, each list likeliest first, each address once."""

    statements: tuple[Link, ...]
    hubs: tuple[Link, ...]
    """Links to pages where statements are kept (legal, policies, governance ...), from menus and page
    ends."""
    group: tuple[Link, ...]
    """Links to another site that call it the group or the parent."""
    inner_hubs: tuple[Link, ...] = ()
    """Such links within the text of the page: of use on a hub, too many elsewhere."""
    languages: tuple[Link, ...] = ()
    """Links to the same site for the United Kingdom, or in English."""
    blind: tuple[Link, ...] = ()
    """Links that name the statement and whose address only a script knows; `url` is that of the page."""
    sections: tuple[Link, ...] = ()
    """Links that name the statement and lead to a part of the same page."""
    registry: tuple[Link, ...] = ()
    """Links to an entry of the government's registry of statements."""


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
    bonus: Mapping[str, float]
    in_hub: Mapping[str, float]


@cache
def _weights() -> _Weights:
    raw = json.loads((Path(__file__).parent / "data" / "link_weights.json").read_text(encoding="utf-8"))
    patterns = {
        group: tuple(
            _Pattern(name, row["weight"], _RULES[name], row.get("where", "address"))
            for name, row in raw[group].items()
        )
        for group in ("anchor", "anchor_extra", "address", "penalty", "hub")
    }
    return _Weights(**patterns, bonus=raw["bonus"], in_hub=raw["in_hub"])


def may_score(text: str) -> bool:
    """A cheap first look at an address or an anchor: False when `score_link` would find nothing in it."""
    return bool(_RULES["first_look"].search(text))


def score_link(
    url: str,
    anchor: str = "",
    *,
    region: str = "body",
    position: float | None = None,
    in_hub: bool = False,
    own_site: bool = False,
    context: str = "",
) -> tuple[float, tuple[str, ...]]:
    """Return how likely a link leads to the statement, with the names of the patterns that said so.

    `position` is where the link stands among the page's links, 0 to 1. `in_hub` is for links on a page that
    was itself reached by a link to the statement: there a bare "2021" or "Download" counts. `own_site` is for
    links within one site: a department's page on www.gov.uk may link to www.gov.uk. `context` holds the words
    around a link whose own say nothing ("here").
    """
    weights = _weights()
    plain = unquote(unquote(url))
    hits = [*_anchor_hits(f"{anchor} {context}", weights), *_matching(weights.address, _path_of(plain))]
    hits += [hit for hit in weights.penalty if _penalised(hit, plain, anchor, own_site)]
    score = sum(hit.weight for hit in hits)
    reasons = [hit.name for hit in hits]
    if in_hub:
        score, reasons = (
            score + _in_hub_bonus(plain, anchor, weights.in_hub),
            [*reasons, "on_hub"],
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
    file = bonus["file"] if _RULES["document_file"].search(_path_of(url)) else 0.0
    wording = bonus["wording"] if _RULES["hub_wording"].search(anchor) else 0.0
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
    if _RULES["document_file"].search(_path_of(url)):
        total += bonus["file"]
    return total


def find_year(url: str, anchor: str) -> int | None:
    """Return the latest year from 2015 on in the anchor, else in the file name; upload folders do not
    count.
    """
    for text in (anchor, unquote(urlsplit(url).path.rsplit("/", 1)[-1]) if "[" not in url else ""):
        years = [int(match.group(0)) for match in _YEAR.finditer(text)]
        if years:
            return max(years)
    return None


def page_links(tree: HtmlElement, page_url: str, *, in_hub: bool = False) -> PageLinks:
    """Return the links of a parsed page that lead to a statement, to a hub, to the group or to another
    language.

    Fragments are cut off; addresses that are not http or https are left out.
    """
    found = _Collector(page_url, absolute(page_url, _base_href(tree)) or page_url, in_hub)
    elements = tree.xpath(_ELEMENTS)[:MAX_LINKS]
    ids = {element.get("id") or element.get("name") for element in tree.xpath("//*[@id or @name]")}
    heading = ""
    for index, element in enumerate(elements):
        if element.tag in _HEADINGS:
            heading = _own_text(element)
            if not element.get("onclick"):
                continue
        found.take(element, heading, index / len(elements), ids)
    for element in tree.xpath("//link[@hreflang and @href]"):
        found.take_alternate(element)
    return found.links()


class _Collector:
    """Sorts the links of one page."""

    def __init__(self, page_url: str, base: str, in_hub: bool) -> None:
        self._page_url, self._base, self._in_hub = page_url, base, in_hub
        self._own = urldefrag(page_url)[0]
        self._kinds: dict[str, dict[str, Link]] = {
            kind: {}
            for kind in (
                "statements",
                "hubs",
                "group",
                "inner_hubs",
                "languages",
                "blind",
                "sections",
                "registry",
            )
        }

    def links(self) -> PageLinks:
        return PageLinks(**{kind: _ranked(links) for kind, links in self._kinds.items()})

    def take(self, element: HtmlElement, heading: str, position: float, ids: set[str | None]) -> None:
        text, href = _anchor_text(element), _address_of(element)
        context = _context(element, heading) if _RULES["generic_words"].fullmatch(text) else ""
        blob = f"{text} {href} {context}".replace("_", " ")
        maybe = self._in_hub or may_score(blob)
        if not maybe and not _of_interest(blob):
            return
        url = absolute(self._base, href) if href and not href.startswith("#") else None
        url = document_behind(url) if url is not None else None
        place = (_region(element), position)
        if url is None or url == self._own:
            self._take_without_address(text, href, place, ids)
        elif maybe:
            self._take_statement(url, text, context, place)
        else:
            self._take_other(url, href, text, place)
        if url is not None and _host(url) != _host(self._page_url) and _RULES["group"].search(text):
            self._keep("group", Link(url, text, 1.0, place[0]))

    def _keep(self, kind: str, link: Link, at_least: float = 0.0) -> None:
        _keep_best(self._kinds[kind], link, at_least)

    def _take_statement(self, url: str, text: str, context: str, place: tuple[str, float]) -> None:
        region, position = place
        score, reasons = score_link(
            url,
            text,
            region=region,
            position=position,
            in_hub=self._in_hub and region == "body",
            own_site=same_site(url, self._page_url),
            context=context,
        )
        link = Link(url, text, score, region, find_year(url, text), reasons)
        self._keep("statements", link, CANDIDATE_SCORE)
        if _RULES["registry_entry"].search(url):
            self._keep("registry", link, at_least=-100.0)

    def _take_other(self, url: str, href: str, text: str, place: tuple[str, float]) -> None:
        region, position = place
        hub = _hub_weight(href, text)
        if hub:
            link = Link(url, text, hub, region, find_year(url, text))
            self._keep("hubs" if region != "body" or position > _HUB_TAIL else "inner_hubs", link)
        if _RULES["language_home"].fullmatch(text):
            self._keep("languages", Link(url, text, 1.0, region))

    def _take_without_address(
        self, text: str, href: str, place: tuple[str, float], ids: set[str | None]
    ) -> None:
        """A link that a script follows, or one to a part of this page."""
        score, reasons = score_link("", text, region=place[0], position=place[1])
        if score < STRONG_SCORE:
            return
        part = unquote(urldefrag(href)[1]) if "#" in href else ""
        link = Link(self._page_url, text, score, place[0], reasons=reasons)
        self._keep("sections" if part and part in ids else "blind", link)

    def take_alternate(self, element: HtmlElement) -> None:
        language = (element.get("hreflang") or "").strip().lower()
        url = absolute(self._base, element.get("href") or "")
        if url is not None and url != self._own and language in _LANGUAGES:
            self._keep("languages", Link(url, f"hreflang {language}", _LANGUAGES[language]))


# The British page first, then any English one.
_LANGUAGES = {"en-gb": 3.0, "en-uk": 3.0, "en": 2.0}


def _of_interest(blob: str) -> bool:
    """Whether a link that does not name the statement may be of use: a hub, the group, another language."""
    if any(_RULES[name].search(blob) for name in ("hub_likely", "hub_possible", "hub_at_last", "group")):
        return True
    return len(blob) < 200 and bool(_LANGUAGE_WORD.search(blob))


_LANGUAGE_WORD = re.compile(r"\b(uk|gb|en|english|england|britain|kingdom)\b", re.IGNORECASE)


def _address_of(element: HtmlElement) -> str:
    """The address that an element leads to, as written; empty where only a script knows it."""
    for name in _ADDRESS_ATTRIBUTES:
        value = (element.get(name) or "").strip()
        if 0 < len(value) <= _MAX_ADDRESS and not value.lower().startswith("javascript:") and value != "#":
            return value
    if element.tag == "option":
        value = (element.get("value") or "").strip()
        return value if len(value) <= _MAX_ADDRESS and value.startswith(("/", "http:", "https:")) else ""
    for name in ("onclick", "href"):
        opened = PAGE_RULES["script_opens"].search((element.get(name) or "")[:_MAX_ADDRESS])
        if opened:
            return opened[1]
    return _action_of(element)


def _action_of(element: HtmlElement) -> str:
    """The address of the form that a button sends."""
    if element.tag not in ("button", "input"):
        return ""
    form = next((each for each in islice(element.iterancestors(), 5) if each.tag == "form"), None)
    return (form.get("action") or "").strip() if form is not None and _sends_nothing(form) else ""


def _sends_nothing(form: HtmlElement) -> bool:
    """Whether a form asks only for the page at its address: by GET, with no field to fill in."""
    by_get = (form.get("method") or "get").lower() == "get"
    return by_get and not form.xpath(".//input[not(@type='submit' or @type='button' or @type='hidden')]")


def _base_href(tree: HtmlElement) -> str:
    element = next(tree.iter("base"), None)
    return (element.get("href") or "").strip() if element is not None else ""


def _own_text(element: HtmlElement, limit: int = _MAX_ANCHOR) -> str:
    """The first words inside an element, white space folded; hostile nesting is read up to a bound."""
    parts: list[str] = []
    for node in islice(element.iter(), _MAX_NODES_OF_ANCHOR):
        if isinstance(node.tag, str):
            parts.append(node.text or "")
        if node is not element:
            parts.append(node.tail or "")
    return _folded("".join(parts))[:limit]


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", _UNSEEN.sub("", text[: 4 * _MAX_ANCHOR])).strip()


def _anchor_text(element: HtmlElement) -> str:
    """The text of a link with its title and label; for a picture its alternative text."""
    own = _own_text(element)
    if not own:
        pictures = islice(element.iter("img", "area", "input"), 5)
        own = _folded(" ".join(each.get("alt") or each.get("value") or "" for each in pictures))
    words: list[str] = []
    for part in (own, element.get("title") or "", element.get("aria-label") or ""):
        folded = _folded(part)
        if folded and folded not in words:
            words.append(folded)
    return " ".join(words)[:_MAX_ANCHOR]


def _context(element: HtmlElement, heading: str) -> str:
    """The words around a link that says no more than "here" or "2024": its sentence, else the heading
    above.
    """
    for ancestor in islice(element.iterancestors(), 6):
        if ancestor.tag in _BLOCKS:
            around = (
                _beside(ancestor) + _own_text(ancestor, _CONTEXT_CHARACTERS)
                if len(ancestor) < _MAX_NODES_OF_ANCHOR
                else ""
            )
            if may_score(around) and len(around) < _CONTEXT_CHARACTERS:
                return around
            break
    return heading


def _beside(block: HtmlElement) -> str:
    """What stands before a cell of a table, or before the text of a term: it names what the cell holds."""
    before = block.getprevious() if block.tag in ("td", "th", "dd") else None
    return f"{_own_text(before)} " if before is not None and isinstance(before.tag, str) else ""


def _region(element: HtmlElement) -> str:
    """footer wins over nav: a footer often holds a nav element of its own."""
    region = "body"
    for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS):
        if not isinstance(ancestor.tag, str) or ancestor.tag in ("body", "html"):
            continue  # themes put words like "has-footer" on the body
        marks = f"{(ancestor.get('class') or '')[:_MAX_MARKS]} {(ancestor.get('id') or '')[:_MAX_MARKS]}"
        role = ancestor.get("role")
        if ancestor.tag == "footer" or role == "contentinfo" or _RULES["footer"].search(marks):
            return "footer"
        in_menu = ancestor.tag in ("nav", "header") or role in ("navigation", "menu", "banner")
        if in_menu or _RULES["navigation"].search(marks):
            region = "nav"
    return region


def _hub_weight(href: str, text: str) -> float:
    words = f"{text} | {re.sub(r'[-/_.]', ' ', _path_of(href))}"
    weights = _weights()
    if _RULES["not_a_hub"].search(words):
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
