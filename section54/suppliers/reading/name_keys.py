"""What two spellings of one supplier's name share, and how far two names agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz import fuzz

from crawler.organisations import normalise_name

# token_set_ratio below which a name and the name registered under its number have little in common
AGREES = 60.0

_FORMS = {
    "limited": "limited", "ltd": "limited", "cyfyngedig": "limited", "cyf": "limited",
    "plc": "plc", "ccc": "plc",
    "llp": "llp", "pac": "llp",
    "lp": "lp", "unlimited": "unlimited", "cic": "cic", "cio": "cio",
    "incorporated": "inc", "corporation": "corp", "llc": "llc",
    "gmbh": "gmbh", "ag": "ag", "kg": "kg", "bv": "bv", "nv": "nv", "sa": "sa", "sas": "sas", "srl": "srl",
    "spa": "spa", "ab": "ab", "oy": "oy",
}  # fmt: skip
"""Last words that name a legal form, Welsh ones included, to the class that two spellings share."""
_LONG_FORMS = (
    ("public limited company", "plc"),
    ("cwmni cyfyngedig cyhoeddus", "plc"),
    ("limited liability partnership", "llp"),
    ("partneriaeth atebolrwydd cyfyngedig", "llp"),
    ("limited partnership", "lp"),
    ("community interest company", "cic"),
    ("charitable incorporated organisation", "cio"),
)
_TRADING_AS = re.compile(
    r"\s*[\s(,-](?:t\s?/\s?as?|t\.a\.|trading\s+as|d\s?/\s?b\s?/\s?a|formerly(?:\s+known\s+as)?|f\s?/\s?k\s?/\s?a)"
    r"[\s:.]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NameKey:
    """A name without its accidents: `core` is what it is called, `form` the class of its legal ending."""

    core: str
    form: str
    """Empty where the name has no legal ending."""


def name_key(name: str) -> NameKey:
    """Return what two spellings of one name share.

    The rules follow those by which Companies House tells "the same name" (SI 2015/17, schedule 3: case,
    punctuation, "and", accents), except that the legal ending counts.
    """
    text = " ".join(_join_initials(normalise_name(name).split())).removeprefix("the ")
    for long, short in _LONG_FORMS:
        text = f"{text.removesuffix(long)}{short}" if text.endswith(f" {long}") else text
    core, _, last = text.rpartition(" ")
    form = _FORMS.get(last, "")
    return NameKey(core, form) if core and form else NameKey(text, "")


def split_trading_name(name: str) -> tuple[str, str | None]:
    """Split "X Ltd T/A Y" (or "formerly") into X Ltd and Y; the second is None where there is none."""
    parts = _TRADING_AS.split(name, maxsplit=1)
    if len(parts) == 2 and parts[0].strip() and parts[1].strip(" )"):
        return parts[0].strip(), parts[1].strip(" )")
    return name, None


def agreement(name: str, known: str) -> float:
    """How much a name, or either half of "X trading as Y", has of a known one (the core of its key), 0 to 100."""
    spellings = {name_key(part).core for part in (name, *split_trading_name(name)) if part}
    return max(
        max(fuzz.token_set_ratio(known, one), fuzz.ratio(known.replace(" ", ""), one.replace(" ", "")))
        for one in spellings
    )


def _join_initials(words: Sequence[str]) -> Iterator[str]:
    """ "j p morgan" gives "jp morgan": J.P., J P and JP are one spelling."""
    for single, run in groupby(words, key=lambda word: len(word) == 1 and word.isalpha()):
        letters_or_words = list(run)
        yield from ["".join(letters_or_words)] if single else letters_or_words
