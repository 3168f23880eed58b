"""The name of a supplier as its cell has it, without what stands around it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from domain.rulebook import load_rules

_ROOT = Path(__file__).parents[3]
_RULES = load_rules(
    Path(__file__).parent / "rules" / "names.yaml", _ROOT / "domain" / "rules" / "shared.yaml"
)


@lru_cache(maxsize=65_536)
def plain_name(cell: str, lines: tuple[str, ...] = ()) -> str:
    """Return the name without codes, remarks, bullets, order numbers and an address; the cell itself if
    nothing is left.

    `lines` are the lines of the cell where it has several: the name may stand above its address.
    """
    text = _without_address(cell, lines)
    text = _unescaped(text)
    for rule in ("bullet", "card_processor", "code_before", "remark", "remark", "code_after", "card_order"):
        shorter = _RULES[rule].sub(" ", text, count=1).strip(" -–:|,;*") if _applies(rule, text) else text
        text = shorter if re.search(r"[^\W\d_]{2}|[^\W\d_]\W[^\W\d_]", shorter) else text
    return " ".join(text.split()) or cell


def _applies(rule: str, text: str) -> bool:
    return _RULES.rules[rule].holds(text)


def _unescaped(text: str) -> str:
    """The text without the marks of HTML, which exports and web pages leave in it."""
    if "&" in text and ";" in text:
        text = html.unescape(html.unescape(text))
    return text.replace("\xa0", " ").strip()


def _without_address(cell: str, lines: Sequence[str]) -> str:
    if len(lines) > 1 and _RULES["company_like"].search(lines[0]):
        return lines[0]
    found = _RULES["name_before_address"].match(cell)
    return found[0] if found else cell


@lru_cache(maxsize=65_536)
def separate_names(cell: str, lines: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the suppliers that one cell names, one where nothing says that there are several.

    A semicolon, an upright line or a line break parts them, if at least two of the parts end with a legal
    form; a comma, a slash or "and" if all of them do.
    """
    if len(lines) > 1 and sum(bool(_RULES["company_like"].search(line)) for line in lines) > 1:
        return tuple(line for line in lines if line.strip())
    unescaped = _unescaped(cell)
    parts = [part for part in _RULES["joint"].split(unescaped) if part.strip()]
    like_companies = sum(bool(_RULES["company_like"].search(part)) for part in parts)
    if like_companies > 1:
        return tuple(parts)
    parts = [part for part in _RULES["joint_loosely"].split(unescaped) if part.strip()]
    every = len(parts) > 1 and all(_RULES["company_like"].search(part) for part in parts)
    return tuple(parts) if every else (cell,)
