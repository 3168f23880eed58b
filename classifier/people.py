"""Names and roles of people in a line. Names tell a signature from a bare title, and are never given out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from domain import people
from domain.rulebook import SHARED, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "signature.yaml", SHARED)
_SHAPES = (_RULES["name"], _RULES["name_in_capitals"])
# Where a line or its part ends. Roles and dates are replaced by a semicolon.
_NOTHING_MORE = re.compile(r"[\s,.()–—-]*(?:$|;)")
_NOTHING_BEFORE = re.compile(r"(?:^|;|:|\bby|\bsigned)[\s,()–—-]*$", re.IGNORECASE)


def role_in(text: str) -> str | None:
    """Return the role that a line names, or None; "Board of Directors" is no role."""
    return people.role_in(_RULES["no_role"].sub(" ", text))


def has_name(text: str) -> bool:
    """Say whether a line holds what looks like the name of a person."""
    return next(people_in(text), None) is not None


def people_in(text: str) -> Iterator[re.Match[str]]:
    """Yield matches of what looks like the name of a person, at its place in the line."""
    text = _RULES["nickname"].sub(lambda name: " " * len(name[0]), text)
    # A title before a name would join it ("Director Ann Lee"): roles and dates are taken out first, at their
    # length.
    for pattern in (_RULES["date_beside"], people.ROLE):
        text = pattern.sub(lambda found: ";".ljust(len(found[0])), text)
    for shape in _SHAPES:
        yield from filter(_is_person, shape.finditer(text))


def _is_person(match: re.Match[str]) -> bool:
    if _RULES["no_name"].search(match[0]) or _RULES["company_follows"].match(match.string, match.end()):
        return False
    words = match[0].split()
    if not _RULES["surname_or_word"].search(words[-1]):
        return True
    # "Ian Page, Chief Executive" is a person; "Mill Street" in "12 Mill Street, Lowmere" is none.
    return (
        _NOTHING_BEFORE.search(match.string[: match.start()]) is not None
        and _NOTHING_MORE.match(match.string, match.end()) is not None
    )
