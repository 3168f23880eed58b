"""Known words: to tell a sound text layer from garbage, and a hyphen of the word from one of the line end."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

from domain.rulebook import SHARED, load_rules

# The list has its source and licence beside it.
_ENGLISH = Path(__file__).parent / "words" / "english.txt.gz"

# Zipf 1.5 is about one use in 30 million words: rarer strings are names, misreadings or garbage. The list
# ends there.
KNOWN_ZIPF = 1.5
# A joined word may be rarer than its parts, but not by more than a factor of 30, or it is a compound
# that happens to be written as one somewhere ("noaction").
_COMPOUND_MARGIN = 1.5
# Below this a part of a word is hardly a word by itself ("imple-").
_PART_ZIPF = 2.0

_TOKEN = re.compile(r"[^\W\d_]{3,}")
# The list knows no Welsh, which is told by its commonest words.
_RULES = load_rules(Path(__file__).parent / "rules" / "languages.yaml", SHARED)
_WELSH = frozenset(_RULES.rules["welsh_of_three_letters"].alternatives)
_WELSH_SHARE = 0.12


@cache
def _frequencies() -> dict[str, float]:
    """Return the Zipf frequencies of English words; read when first needed, which takes 50 ms."""
    found: dict[str, float] = {}
    with gzip.open(_ENGLISH, "rt", encoding="utf-8") as lines:
        for line in lines:
            frequency, *words = line.split()
            found.update(dict.fromkeys(words, float(frequency)))
    return found


def zipf(word: str) -> float:
    """Return the Zipf frequency of an English word in lower case: 0 for an unknown one, about 7 for "the"."""
    return _frequencies().get(word, 0.0)


def known_share(text: str) -> float | None:
    """Return the share of words of three letters and more that are known, 0 to 1; None under ten words.

    English, and Welsh by its commonest words; text in another language counts as unknown.
    """
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    if len(tokens) < 10:
        return None
    welsh = sum(token in _WELSH for token in tokens) / len(tokens)
    if welsh >= _WELSH_SHARE:
        return 1.0
    return sum(zipf(token) >= KNOWN_ZIPF for token in tokens) / len(tokens)


def join_line_end(before: str, after: str) -> str:
    """Join a word that ends in a hyphen at the end of a line with the word that follows.

    Half of the hyphens at line ends belong to the word ("no-tolerance"): the hyphen goes only where the
    joined word is known, or where one of its parts is no word.
    """
    left = re.sub(r".*-", "", before[:-1]).lower()
    match = re.match(r"[^\W\d_']*", after)
    right = match.group().lower() if match else ""
    if not right or not left.isalpha():
        return before + after
    joined = zipf(left + right)
    rarer_part = min(zipf(left), zipf(right))
    is_one_word = joined >= rarer_part - _COMPOUND_MARGIN or rarer_part < _PART_ZIPF
    return before[:-1] + after if joined >= KNOWN_ZIPF and is_one_word else before + after
