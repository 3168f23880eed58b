"""Public bodies by their names, as buyers write them: which kind of body of which place a name means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domain.organisations import name_key, normalise_name
from domain.rulebook import load_rules
from domain.tables import load_table

_RULES = load_rules(Path(__file__).parent / "rules" / "public_bodies.yaml")
_SHORT = load_table("abbreviations")


@dataclass(frozen=True, slots=True)
class PublicBody:
    """What two spellings of one public body share."""

    kind: str
    """commissioner, police, fire, health, council or department."""
    place: str
    """Its place in lower case; of a department its whole name. Empty where the name has no place."""


def public_body(name: str) -> PublicBody | None:
    """Return which public body a name means, or None where the name is no such body's.

    A name with the legal form of a company is a company's, whoever owns it. It is weak evidence: a name
    alone.
    """
    key = name_key(in_full(name))
    plain = key.core
    if key.form:
        return None
    for kind in _RULES.rules:
        if _RULES[kind].search(plain):
            return PublicBody(kind, plain if kind == "department" else _place(plain))
    return None


def in_full(name: str) -> str:
    """Return a name levelled, and in full where it is a known abbreviation: HMRC is HM Revenue and
    Customs.
    """
    plain = normalise_name(name).removeprefix("the ")
    return str(_SHORT.get(plain, plain))


def _place(plain: str) -> str:
    return " ".join(word for word in plain.split() if not _RULES["not_the_place"].fullmatch(word))
