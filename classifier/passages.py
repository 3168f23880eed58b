"""What a passage is worth as evidence: whether it holds details that can be checked, or is no sentence at
all.
"""

from __future__ import annotations

import re
from pathlib import Path

from classifier.status import is_item
from domain.rulebook import SHARED, load_rules

_FOLDER = Path(__file__).parent / "rules"
_SPECIFIC = load_rules(_FOLDER / "specificity.yaml", SHARED)
_SUBJECT = load_rules(_FOLDER / "subject.yaml", SHARED)
_HEADINGS = load_rules(_FOLDER / "headings.yaml", SHARED)
_FURNITURE = load_rules(_FOLDER / "furniture.yaml", SHARED)

DETAILS = {
    "number": "a number",
    "date": "a date",
    "frequency": "a frequency",
    "standard_or_body": "a named standard or body",
    "place": "a place",
    "way_of_measuring": "how the effect is measured",
}
# These count only together: who was trained or how, and who or what is at risk.
PAIRED = {
    ("trained", "whole_group_or_form"): "who was trained, or how",
    ("at_risk", "group_or_trade"): "who or what is at risk",
}
_NO_DETAILS = ("legal_number", "address_number", "about")


def details_in(text: str) -> tuple[str, ...]:
    """Return which kinds of checkable detail a sentence holds: the documented measure of specificity.

    Numbers, dates, frequencies, named standards or bodies, places other than the United Kingdom as a whole,
    who was trained or in which form, and the group of workers or the trade that is at risk, and by what the
    effect is measured. Numbers of laws, sections, pages, telephones and addresses are left out.
    """
    for rule in _NO_DETAILS:
        text = _SPECIFIC[rule].sub(" ", text)
    found = [name for rule, name in DETAILS.items() if _SPECIFIC[rule].search(text)]
    found += [name for rules, name in PAIRED.items() if all(_SPECIFIC[rule].search(text) for rule in rules)]
    return tuple(found)


def is_furniture(text: str) -> bool:
    """Say whether a line is no evidence whatever the model thinks: contents, page numbers, addresses, site
    chrome.
    """
    words = re.findall(r"[A-Za-z]{2,}", text)
    if len(words) < 2 or _FURNITURE["contents_line"].search(text) or _FURNITURE["page_line"].match(text):
        return True
    # An address or telephone line has few words besides, or no verb; a sentence that holds a link has both.
    contacts = len(_FURNITURE["contact"].findall(text))
    if contacts and (contacts >= 3 or not _FURNITURE["verb"].search(text)) and len(words) < 30:
        return True
    return len(words) < 15 and bool(_FURNITURE["site_chrome"].search(text))


# What the words of a sentence must speak of to count for an area.
_WORDS = {
    "policies": "policy_word",
    "due_diligence": "diligence_word",
    "risk": "risk_word",
    "training": "training_word",
}
# Companies run other risks, give other training and measure other things too.
_NEED_SUBJECT = frozenset({"risk", "effectiveness", "training"})


def is_about(area: str, text: str, heading: str | None = None, paragraph: str = "") -> bool:
    """Say whether a sentence speaks of an area and has its subject; True for areas that ask for nothing.

    Training, risk and effectiveness must be about slavery, labour rights or the conduct of the supply chain:
    in the sentence itself, else in its heading or in `paragraph`, the sentences around it under the same
    heading. Effectiveness besides needs a measure or a result.
    """
    if area in _WORDS:
        # An item of a list need not say again what the heading or the sentence above it says.
        said = f"{text} {heading or ''} {paragraph}" if is_item(text) else text
        under = area == "training" and _is_under(area, heading)
        if not (under or _finds(_WORDS[area], said)):
            return False
    if area == "effectiveness" and not _measures(text, heading):
        return False
    return area not in _NEED_SUBJECT or _has_subject(area, text, heading, paragraph)


def _measures(text: str, heading: str | None) -> bool:
    if _finds("background", text):
        return False
    if _finds("measure", text) or _finds("result", text):
        return True
    # "Completion of supplier audits" below "Our performance indicators"
    return is_item(text) and _is_under("effectiveness", heading) and not _finds("only_reviewed", text)


def _has_subject(area: str, text: str, heading: str | None, paragraph: str) -> bool:
    if _finds("slavery", text):
        return True
    if _finds("other_subject", text):
        return False
    chain_counts = area != "training"
    if chain_counts and (_finds("supply_chain", text) or _finds("workers", text)):
        return True
    if _is_under(area, heading) or (heading and not _finds("title", heading) and _finds("slavery", heading)):
        return True
    return _finds("slavery", paragraph) or (chain_counts and _finds("supply_chain", paragraph))


def _finds(rule: str, text: str) -> bool:
    return _SUBJECT[rule].search(text) is not None


def _is_under(area: str, heading: str | None) -> bool:
    """Say whether a heading names the area itself, as "Training" does."""
    return heading is not None and _HEADINGS[area].search(heading) is not None
