"""What people type into a search, as a query of the full-text index.

    audit training              both words occur
    audit OR inspection         one of them occurs; OR joins its two neighbours
    slavery NOT policy          the second does not occur; -policy means the same
    "due diligence"             these words, one after the other
    audit NEAR training         at most ten words between them
    whistle-blowing             whistleblowing and whistle blowing too, and the other way round

Operators are in capitals, in a text that is not all capitals. Everything else is words: a pasted sentence
finds itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_CHARACTERS = 5_000
"""Of a text that is looked at: more than any sentence has."""
MAX_WORDS = 60
"""Words that must occur: with the first sixty of a sentence nobody misses it, and each costs a look at the
index."""
NEAR = 10
"""Words that may stand between two with NEAR."""
MAX_RESPELT = 12
"""Words of a search whose other spellings are looked for; longer texts are pasted, and written as they are
written."""
_MIN_PART = 4
"""Letters of each part of a word that may be written in two: of shorter ones there are too many."""
_PREFIXES = ("sub", "non", "pre", "anti", "self", "inter", "multi", "co", "e")
"""Shorter first parts of words that are written with and without a hyphen: sub-contractor, e-learning."""
_TOKEN = re.compile(r'"([^"]*)"?|(\S+)')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Part:
    """A word, a phrase or an operator, as it was typed."""

    text: str
    quoted: bool

    def is_operator(self, name: str) -> bool:
        return not self.quoted and self.text == name


def full_text_query(text: str) -> str | None:
    """The query for what was typed; None where there is nothing to look for."""
    parts = [_Part(a or b, bool(a)) for a, b in _TOKEN.findall(text[:MAX_CHARACTERS])]
    if text.isupper():
        parts = [_Part(part.text.lower(), part.quoted) for part in parts]
    wanted, unwanted = _sorted_out(parts, respell=len(parts) <= MAX_RESPELT)
    if not wanted:
        return None
    query = " AND ".join(wanted[:MAX_WORDS])
    return f"({query}) NOT ({' OR '.join(unwanted[:MAX_WORDS])})" if unwanted else query


def _sorted_out(parts: Sequence[_Part], respell: bool) -> tuple[list[str], list[str]]:
    """What must occur and what must not, as expressions."""
    wanted: list[list[str]] = []
    unwanted: list[str] = []
    joined = negated = False
    for part, following in zip(parts, [*parts, None][1:], strict=True):
        if part.is_operator("OR"):
            joined = bool(wanted)
        elif part.is_operator("NOT"):
            negated = True
        elif part.is_operator("AND") or (part.is_operator("NEAR") and following is not None and wanted):
            joined = False
        elif expression := _expression(part, respell):
            if negated or (not part.quoted and part.text.startswith("-") and len(part.text) > 1):
                unwanted.append(expression)
            elif joined:
                wanted[-1].append(expression)
            else:
                wanted.append([expression])
            joined = negated = False
    return [*map(_one_of, wanted), *_near(parts)], unwanted


def _one_of(expressions: Sequence[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"({' OR '.join(expressions[:MAX_WORDS])})"


def _near(parts: Sequence[_Part]) -> list[str]:
    """An expression for each "a NEAR b": the words themselves are asked for already."""
    found = []
    for before, operator, after in zip(parts, parts[1:], parts[2:], strict=False):
        if (
            operator.is_operator("NEAR")
            and (words := _phrase(before.text))
            and (others := _phrase(after.text))
        ):
            found.append(f"NEAR({words} {others}, {NEAR})")
    return found


def _phrase(text: str) -> str:
    words = " ".join(_WORD.findall(text))
    return f'"{words}"' if words else ""


def _expression(part: _Part, respell: bool) -> str:
    """A word or phrase with its other spellings; empty where it holds no letter or digit."""
    words = _WORD.findall(part.text)
    if not words:
        return ""
    spellings = [" ".join(words)]
    if not respell or part.quoted:
        pass
    elif len(words) == 2 and "-" in part.text.strip("-"):
        spellings.append("".join(words))
    elif len(words) == 1:
        spellings += _in_two(words[0])
    return _one_of([f'"{one}"' for one in spellings])


def _in_two(word: str) -> list[str]:
    """The ways in which a long word may be written in two."""
    ends = set(range(_MIN_PART, len(word) - _MIN_PART + 1))
    ends |= {
        len(one) for one in _PREFIXES if word.lower().startswith(one) and len(word) >= len(one) + _MIN_PART
    }
    return [f"{word[:end]} {word[end:]}" for end in sorted(ends)]
