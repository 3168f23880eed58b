"""What a passage is worth as evidence: whether it holds details that can be checked, or is no sentence at all."""

from __future__ import annotations

import re
from pathlib import Path

from domain.rulebook import SHARED, load_rules

_FOLDER = Path(__file__).parent / "rules"
_SPECIFIC = load_rules(_FOLDER / "specificity.yaml", SHARED)
_FURNITURE = load_rules(_FOLDER / "furniture.yaml", SHARED)

DETAILS = {
    "number": "a number",
    "date": "a date",
    "frequency": "a frequency",
    "standard_or_body": "a named standard or body",
    "place": "a place",
}
_NO_DETAILS = ("legal_number", "address_number", "about")


def details_in(text: str) -> tuple[str, ...]:
    """Return which kinds of checkable detail a sentence holds: the documented measure of specificity.

    Numbers, dates, frequencies, named standards or bodies, and places other than the United Kingdom as a whole;
    numbers of laws, sections, pages, telephones and addresses are left out.
    """
    for rule in _NO_DETAILS:
        text = _SPECIFIC[rule].sub(" ", text)
    return tuple(name for rule, name in DETAILS.items() if _SPECIFIC[rule].search(text))


def is_furniture(text: str) -> bool:
    """Say whether a line is no evidence whatever the model thinks: contents, page numbers, addresses, site chrome."""
    words = re.findall(r"[A-Za-z]{2,}", text)
    if len(words) < 2 or _FURNITURE["contents_line"].search(text) or _FURNITURE["page_line"].match(text):
        return True
    # An address or telephone line has few words besides, or no verb; a sentence that holds a link has both.
    contacts = len(_FURNITURE["contact"].findall(text))
    if contacts and (contacts >= 3 or not _FURNITURE["verb"].search(text)) and len(words) < 30:
        return True
    return len(words) < 15 and bool(_FURNITURE["site_chrome"].search(text))
