"""How far two names of one supplier agree."""

from __future__ import annotations

from rapidfuzz import fuzz

from domain.organisations import name_key, split_trading_name

# token_set_ratio below which a name and the name registered under its number have little in common
AGREES = 60.0


def agreement(name: str, known: str) -> float:
    """How much a name, or either half of "X trading as Y", has of a known one (the core of its key), 0 to
    100.
    """
    spellings = {name_key(part).core for part in (name, *split_trading_name(name)) if part}
    return max(
        max(fuzz.token_set_ratio(known, one), fuzz.ratio(known.replace(" ", ""), one.replace(" ", "")))
        for one in spellings
    )
