"""The sentences that went and came between two texts."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a difference."""

    sign: str
    """+ for one that came, - for one that went."""
    text: str


def difference(before: Sequence[str], after: Sequence[str]) -> list[Sentence]:
    """The sentences that went and came, in reading order; those that differ in spaces or case alone are the same."""
    old, new = ([" ".join(text.casefold().split()) for text in texts] for texts in (before, after))
    found: list[Sentence] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            found += [Sentence("-", text) for text in before[old_from:old_to]]
            found += [Sentence("+", text) for text in after[new_from:new_to]]
    return found
