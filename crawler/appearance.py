"""What a page is by its looks: the page that was asked for, a wall before it, a shell that scripts fill, an
error page.

A server sends all of these as a success. What cannot be read tells nothing: no page here may make a statement
absent.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from lxml.html import HtmlElement

from crawler.addresses import absolute, normal_address, split_address
from crawler.items import Reason
from crawler.pages import Page, parse_html, visible_text
from domain.rulebook import load_rules

PAGE_RULES = load_rules(Path(__file__).parent / "rules" / "pages.yaml")

# Of four-word sequences in common: error pages of one site differ in the address that they repeat.
_SIMILAR = 0.6
# Characters and links of a page that needs scripts: it shows a spinner and a notice.
_SHELL_TEXT = 400
_SHELL_LINKS = 5
# A cookie notice beside an empty root element has some links of its own.
_SHELL_LINKS_WITH_NOTICE = 15
# A wall has a heading, a paragraph and a button. Server default pages are longer, and known by their titles.
_WALL_TEXT = 1_500
_WALL_LINKS = 15
_CONSENT_TEXT = 800
_CONSENT_LINKS = 5
# Fewer characters than a sentence: nobody's home page.
_NOTHING = 40
_MAX_COMPARED = 50_000
_ROOTS = "//*[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='main' or @id='application']"
_FOOTERS = (
    "//footer | //*[@role='contentinfo'] | //*[contains(@id, 'footer') or contains(@class, 'footer')]"
    "[not(self::body or self::html)]"
)
_WALLS = {
    "wall_challenge": "the page asks whether we are a person",
    "wall_maintenance": "the site says that it is closed for work or not open yet",
    "wall_parked": "the name is parked, for sale or expired",
    "wall_default": "the server answers with its default page",
    "wall_storage": "a storage service answers, not a website",
}


class Obstacle(NamedTuple):
    """Why a page tells nothing about what was asked for, and one line that says so."""

    reason: Reason
    detail: str


def obstacle_of(page: Page, tree: HtmlElement | None) -> Obstacle | None:
    """Return why a page that came as a success is not what was asked for; None for a page that can be
    judged.
    """
    moved = split_address(page.final_url).path != split_address(page.url).path
    if moved and PAGE_RULES["consent_address"].search(page.final_url):
        return Obstacle(Reason.CONSENT_WALL, f"sent to {page.final_url}")
    if moved and PAGE_RULES["login_address"].search(split_address(page.final_url).path):
        return Obstacle(Reason.NOT_THE_SITE, f"sent to {page.final_url}, which asks who we are")
    if not page.body.strip():
        return Obstacle(Reason.NOT_THE_SITE, "the answer is empty")
    if PAGE_RULES["wall_storage"].search(page.body[:2_000].decode("utf-8", "replace")):
        return Obstacle(Reason.NOT_THE_SITE, _WALLS["wall_storage"])
    found = _obstacle_of_tree(tree) if tree is not None else None
    if found is None and not page.settled:
        return Obstacle(Reason.NEEDS_BROWSER, "scripts went on changing the page, or could not be followed")
    return found


def _obstacle_of_tree(tree: HtmlElement) -> Obstacle | None:
    text, head = visible_text(tree), headline(tree)
    links = sum(1 for element in tree.iter("a") if element.get("href"))
    wall = _wall(f"{head} {text} {_without_scripts(tree)}" if len(text) < _WALL_TEXT else head, links)
    if wall is not None:
        return wall
    if links < _WALL_LINKS and len(text) < _WALL_TEXT and tree.xpath("//input[@type='password']"):
        return Obstacle(Reason.NOT_THE_SITE, "the page asks who we are")
    if links < _CONSENT_LINKS and len(text) < _CONSENT_TEXT:
        if PAGE_RULES["wall_login"].search(f"{head} {text}"):
            return Obstacle(Reason.NOT_THE_SITE, "the page asks who we are")
        if PAGE_RULES["wall_consent"].search(f"{head} {text}") and tree.xpath("//button | //form | //a"):
            return Obstacle(Reason.CONSENT_WALL, "the page asks for consent, an age or a country first")
    if needs_browser(tree):
        return Obstacle(Reason.NEEDS_BROWSER, "the page is built by scripts")
    if len(text) < _NOTHING and not links and not tree.xpath("//frame | //iframe | //img | //area"):
        return Obstacle(Reason.NOT_THE_SITE, "there is hardly anything on the page")
    return None


def _wall(text: str, links: int) -> Obstacle | None:
    if links >= _WALL_LINKS:
        return None
    for rule, detail in _WALLS.items():
        if PAGE_RULES[rule].search(text):
            return Obstacle(Reason.NOT_THE_SITE, detail)
    return None


def _without_scripts(tree: HtmlElement) -> str:
    return " ".join(element.text_content()[:500] for element in islice(tree.iter("noscript"), 3))


def headline(tree: HtmlElement) -> str:
    """The title and the first headings of a page: what it calls itself."""
    parts = [element.text_content()[:300] for element in islice(tree.iter("title", "h1"), 4)]
    return re.sub(r"\s+", " ", " ".join(parts)).strip()


def calls_itself_statement(text: str) -> bool:
    """Whether a title, heading or opening names what it stands on a modern slavery statement."""
    return bool(PAGE_RULES["names_itself"].search(text))


def says_not_found(tree: HtmlElement) -> bool:
    """Whether a page says that there is nothing at its address."""
    head = headline(tree)
    return bool(PAGE_RULES["not_found_words"].search(head)) and len(visible_text(tree)) < 2 * _WALL_TEXT


def needs_browser(tree: HtmlElement) -> bool:
    """Whether a page is an empty shell that scripts fill."""
    if not has_scripts(tree):
        return False
    links = sum(1 for element in tree.iter("a") if element.get("href"))
    if links < _SHELL_LINKS and len(visible_text(tree)) < _SHELL_TEXT:
        return True
    return links < _SHELL_LINKS_WITH_NOTICE and any(_is_empty(root) for root in tree.xpath(_ROOTS))


def has_scripts(tree: HtmlElement) -> bool:
    """Whether scripts may change a page; data in script elements does not count."""
    for script in tree.iter("script"):
        kind = (script.get("type") or "").lower()
        if "json" not in kind and (script.get("src") or (script.text or "").strip()):
            return True
    return False


def _is_empty(element: HtmlElement) -> bool:
    """Whether an element holds no link and hardly a word; looked at up to a bound."""
    nodes = list(islice(element.iter(), 200))
    if len(nodes) == 200 or any(node.tag in ("a", "area") and node.get("href") for node in nodes):
        return False
    shown = (
        node.text or "" for node in nodes if isinstance(node.tag, str) and node.tag not in ("script", "style")
    )
    return len("".join(shown).strip()) < _NOTHING


def scripts_fill_its_foot(tree: HtmlElement) -> bool:
    """Whether the foot of a page, where most statements are linked, is one that only scripts fill.

    Its footers are empty, or it has none and holds empty elements of the site's own making.
    """
    if not has_scripts(tree):
        return False
    footers = list(islice(tree.xpath(_FOOTERS), 50))
    if footers:
        return all(_is_empty(footer) for footer in footers)
    own = (element for element in tree.iter() if isinstance(element.tag, str) and "-" in element.tag)
    return any(_is_empty(element) for element in islice(own, 100))


def script_redirect(page: Page, tree: HtmlElement) -> str | None:
    """The address to which a script of a page without content sends its reader."""
    if len(visible_text(tree)) >= _SHELL_TEXT:
        return None
    for script in islice(tree.iter("script"), 20):
        named = PAGE_RULES["script_location"].search((script.text or "")[:5_000])
        url = absolute(page.final_url, named[1]) if named else None
        if url is not None and normal_address(url) != normal_address(page.final_url):
            return url
    return None


def are_similar(page: Page, other: Page) -> bool:
    """Whether two pages say the same but for a few words (Jaccard similarity of four-word sequences)."""
    if page.sha256 == other.sha256:
        return True
    first, second = _shingles(page), _shingles(other)
    return bool(first and second) and len(first & second) / len(first | second) > _SIMILAR


def _shingles(page: Page, size: int = 4) -> set[tuple[str, ...]]:
    tree = parse_html(page)
    words = re.findall(r"\w+", visible_text(tree, _MAX_COMPARED).lower()) if tree is not None else []
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}
