"""Find the organisation that a supplier's name and number mean. Pure: records in, records out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NameKind(StrEnum):
    """What a known name is to its organisation."""

    LEGAL = "legal"
    FORMER = "former"
    TRADING = "trading"


@dataclass(frozen=True, slots=True)
class KnownName:
    """One name of one organisation; an organisation may have several."""

    organisation_id: str
    name: str
    kind: NameKind = NameKind.LEGAL
    company_number: str | None = None
    """Normalised (see crawler.organisations); None where it has none or it is not known."""


class MatchKind(StrEnum):
    """How a supplier was matched. The first four are automatic, the fifth is for a person to decide."""

    NUMBER = "number"
    EXACT_NAME = "exact_name"
    FORMER_NAME = "former_name"
    TRADING_NAME = "trading_name"
    CANDIDATES = "candidates"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that the supplier may be."""

    organisation_id: str
    name: str
    score: float
    """0 to 100; an order of likelihood, no probability."""
    reason: str
    company_number: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What the matcher says of one supplier."""

    kind: MatchKind
    organisation_id: str | None
    """None for candidates and none: a person decides."""
    candidates: tuple[Candidate, ...]
    """Likeliest first; for an automatic match the organisation itself."""
    reason: str
    needs_review: bool = False
    """Automatic, but something does not fit (the number agrees and the names differ): a person should look."""
