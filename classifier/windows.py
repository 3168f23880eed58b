"""Statements cut into windows for an encoder: runs of whole sentences, so that each is read with its
neighbours.

Packing whole windows costs about a fifth of reading every sentence with a context of its own. Two passes, the
second with windows shifted by half, give each sentence context on both sides; their scores are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence

WINDOW = 256  # tokens; the encoders were trained on at most so many
LONGEST = 110  # tokens of a sentence that are read: 99 of 100 are shorter
PASSES = (WINDOW, WINDOW // 2)
"""Size of the first window of a statement in each pass; all later ones are WINDOW long."""


def windows(lengths: Sequence[int], statement_ids: Sequence[str], first: int = WINDOW) -> list[list[int]]:
    """Return the row numbers of each window, in the order given; a window never crosses statements.

    `lengths` are tokens per sentence, its closing mark included; one token more opens each window.
    """
    packed: list[list[int]] = []
    room, last = 0, None
    for row, (length, statement) in enumerate(zip(lengths, statement_ids, strict=True)):
        if statement != last:
            packed.append([])
            room, last = first - 1, statement
        elif length > room:
            packed.append([])
            room = WINDOW - 1
        packed[-1].append(row)
        room -= length
    return packed
