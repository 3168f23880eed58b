"""The sentences that went and came between two texts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

# of 100, the order of words aside: reworded sentences of the demo's statements keep 62 to 86, others 35 to 45
ALIKE = 60
MOST_PAIRS = 40_000  # of sentences to set beside one another, 0.1 s; more are different documents


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a difference."""

    sign: str
    """+ for one that came, - for one that went."""
    text: str


def difference(before: Sequence[str], after: Sequence[str]) -> list[Sentence]:
    """The sentences that went and came, in reading order; those that differ in spaces or case alone are the
    same.

    A sentence that was reworded stands right behind the one that it replaces.
    """
    old, new = ([" ".join(text.casefold().split()) for text in texts] for texts in (before, after))
    found: list[Sentence] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            found += _replaced(before[old_from:old_to], after[new_from:new_to])
    return found


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Sentence]:
    """All of `before` and `after`, each in its order, but that what is alike stands together."""
    partners = _partners(before, after)
    paired = set(partners.values())
    left = [place for place in range(len(before)) if place not in paired]
    for place, text in enumerate(after):
        until = next(
            (partners[later] for later in range(place, len(after)) if later in partners), len(before)
        )
        while left and left[0] < until:
            yield Sentence("-", before[left.pop(0)])
        if place in partners:
            yield Sentence("-", before[partners[place]])
        yield Sentence("+", text)
    for place in left:
        yield Sentence("-", before[place])


def _partners(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """For places in `after` the place in `before` of the sentence most like it; the likest pairs first, each
    once.
    """
    if not before or not after or len(before) * len(after) > MOST_PAIRS:
        return {}
    alike = process.cdist(after, before, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for flat in np.argsort(-alike, axis=None, kind="stable"):
        new, old = divmod(int(flat), len(before))
        if not alike[new, old]:
            break
        if new not in partners and old not in taken:
            partners[new] = old
            taken.add(old)
    return partners
