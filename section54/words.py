"""The words that the pages use for the codes in the database.

Codes stay in JSON and CSV; people read these.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.coverage import LEVELS, STATUSES, level_meanings
from domain.rubric import load_rubric

__all__ = ["LEVELS", "STATUSES"]  # for the templates, with the tables of this module

LEVEL_MEANINGS = level_meanings(load_rubric().levels)
"""What makes each level, by the rubric of this version; published files carry their own."""

HOME_LINKS = {
    "direct": "The home page links straight to the statement",
    "direct_to_hub": "The home page links to a page on modern slavery that leads to the statement",
    "via_hub": "The statement is reached over a page that the home page links to under another name",
    "broken": "The home page has a link to the statement that did not open",
    "no": "No link was found on the home page as we read it, without running its scripts",
    "unknown": "Could not check: the home page was not read",
}

OUTCOMES = {
    "found": "A document was found",
    "not_found": "No statement was found at the addresses that were tried",
    "unreachable": "The website could not be reached",
    "robots_disallowed": "Could not check: the website asks automated readers to stay away",
    "needs_browser": "Could not check: the website needs a browser",
    "needs_review": "Could not check: a person should look",
    "could_not_check": "Could not check: pages that might have led to it could not be read",
}

REASONS = {
    "robots": "The website's robots.txt asks us not to fetch it",
    "robots_unreachable": "The website's robots.txt could not be read",
    "blocked_address": "The address is not a public one",
    "timeout": "No answer in time",
    "too_large": "Larger than we read",
    "dns": "The name was not found",
    "connection": "No connection",
    "tls": "The certificate is not valid",
    "not_found": "The page is not there (404 or 410)",
    "forbidden": "The website refused us",
    "retry_later": "The website asked us to come back later",
    "http_error": "The website answered with an error",
    "redirect_loop": "Redirected in a circle",
    "budget": "Not fetched: the limit for one visit was reached",
    "links_only": "Read for the links on it, not as a statement",
    "not_a_statement": "Read, and not a modern slavery statement",
    "soft_404": "The page says that it is not there",
    "consent_wall": "The page asks for consent first",
    "needs_browser": "The page needs a browser",
    "not_the_site": "The answer was not the page that was asked for",
    "doubtful": "Calls itself a modern slavery statement, and was not taken for one",
    "unreadable": "The file could not be read",
    "reading_failed": "Our own failure: reading it did not end well here",
    "forgotten": "Deleted here on request, and not kept again",
}

FOUND_BY = {
    "registry": "address filed in the registry",
    "home": "link on the home page",
    "hub": "link on a page about policies or modern slavery",
    "sitemap": "the website's sitemap",
    "common_path": "an address that many organisations use",
    "filed": "an address that was given to us",
    "known": "an address where it was found before",
}

COVER = {
    "own": "Its own statement",
    "named_in_text": "Named in the statement",
    "named_in_registry": "Named in the registry entry of the statement",
    "general_terms": "Covered in general terms, not named",
    "same_website": "On its website; the text neither names it nor speaks of subsidiaries",
}

KINDS = {
    "statement": "Modern slavery statement",
    "annual_report": "Statement inside an annual report",
    "policy": "Reads as a policy rather than a statement",
    "other_regime": "Reads as a statement under another country's law",
    "unreadable": "Could not be read",
}

METHODS = {
    "pdf": "text of the PDF file",
    "ocr": "optical character recognition of page images",
    "html": "web page",
    "docx": "Word document",
}

SAME_PERIOD = {
    "yes": "same period",
    "no": "another period",
    "not_known": "period not known: the address may by now hold another year's statement",
}


def words(table: Mapping[str, str], code: str | None) -> str:
    """The words for a code; a code without words (a new one) reads as itself, with spaces."""
    return "" if code is None else table.get(code, code.replace("_", " "))


def body_kind(kind: str) -> str:
    """A kind of public body as a heading: "police_and_crime_commissioner" reads "Police and crime
    commissioner".
    """
    return kind.replace("_", " ").capitalize()


def how_sure_of_absence(measured: Mapping[str, float]) -> str:
    """How often the model is wrong when it finds no passage, as measured; said wherever that is said."""
    if measured.get("said") and "wrong" in measured:
        return f"In tests this was wrong in {measured['wrong']:.0f} of {measured['said']:.0f} statements."
    if "recall" in measured:
        return f"In tests the model finds {measured['recall']:.0%} of the statements that cover this area."
    return "How often this is wrong could not be measured: too few statements of the test leave the area out."


def finding(code: str, titles: Mapping[str, str]) -> str:
    """What a sentence is evidence of: "area:policies" reads as the title of the area."""
    return titles.get(code) or words({}, code.partition(":")[2] or code).capitalize()
