"""Organisations: their ids, what two spellings of a name share, and whether a text names one.

Ids have two shapes: "gb-coh-01234567" for a number of Companies House (lower case, eight characters) and
"name-example-holdings-limited" for an organisation without one. Both are stable: they may be stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.company_numbers import normalise_company_number
from domain.legal_forms import split_form
from domain.tables import load_table

_QUOTES = re.compile(r"['’`´\"“”]")
_PLC = re.compile(r"\bp\.?\s*l\.?\s*c\b|\bpublic limited company\b")
_SHORTENED = {"ltd": "limited", "co": "company", "corp": "corporation", "inc": "incorporated"}
_TRADING_AS = re.compile(
    r"\s*[\s(,-](?:t\s?/\s?as?|t\.a\.|trading\s+as|d\s?/\s?b\s?/\s?a|formerly(?:\s+known\s+as)?|f\s?/\s?k\s?/\s?a)"
    r"[\s:.]+",
    re.IGNORECASE,
)

_WORDS = load_table("names")
_COMMON = frozenset(_WORDS["common"])
_BODIES = frozenset(_WORDS["bodies"])
_EVERYDAY = frozenset(_WORDS["everyday"])
_SHORT = 2  # letters of a word that is part of too many texts to look for it whatever its case
_BETWEEN = 2  # other words that may stand between two words of a name: "Quernmore (Kendal) Tiles"
_NEAR = (
    8  # words between the name of a place and the kind of body: "commissioner for the whole county of Kent"
)


@dataclass(frozen=True, slots=True)
class NameKey:
    """A name without its accidents: `core` is what it is called, `form` the class of its legal form."""

    core: str
    form: str
    """Empty where the name has no legal form."""


def organisation_id(name: str, company_number: str | None = None) -> str:
    """Return the id of an organisation: by company number where it has a valid one, else by normalised name.

    Raises ValueError when there is neither a company number nor a name with a letter or digit in it.
    """
    number = normalise_company_number(company_number)
    if number is not None:
        return f"gb-coh-{number.lower()}"
    slug = normalise_name(name).replace(" ", "-").replace("_", "-")
    if not slug.strip("-"):
        raise ValueError(f"an organisation needs a name or a company number, got name {name!r}")
    return f"name-{slug}"


def normalise_name(name: str) -> str:
    """Return a name in the form that two spellings of it share: lower case, plain letters, single spaces.

    "&" is read as "and", "Ltd" as "limited"; accents, quotes and punctuation go. The legal form stays: Acme
    LLP is not Acme Limited.
    """
    text = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = _PLC.sub("plc", _QUOTES.sub("", text))
    return " ".join(_SHORTENED.get(word, word) for word in re.findall(r"\w+", text))


def name_key(name: str) -> NameKey:
    """Return what two spellings of one name share.

    The rules follow those by which Companies House tells "the same name" (SI 2015/17, schedule 3: case,
    punctuation, "and", accents), except that the legal form counts.
    """
    text = " ".join(_join_initials(normalise_name(name).split())).removeprefix("the ")
    return NameKey(*split_form(text))


def split_trading_name(name: str) -> tuple[str, str | None]:
    """Split "X Ltd T/A Y" (or "formerly") into X Ltd and Y; the second is None where there is none."""
    parts = _TRADING_AS.split(name, maxsplit=1)
    if len(parts) == 2 and parts[0].strip() and parts[1].strip(" )"):
        return parts[0].strip(), parts[1].strip(" )")
    return name, None


def _join_initials(words: Sequence[str]) -> Iterator[str]:
    """ "j p morgan" gives "jp morgan": J.P., J P and JP are one spelling."""
    for single, run in groupby(words, key=lambda word: len(word) == 1 and word.isalpha()):
        letters_or_words = list(run)
        yield from ["".join(letters_or_words)] if single else letters_or_words


def names_organisation(text: str, organisation: str) -> bool | None:
    """Tell whether `text` names `organisation`, in whole words, legal form and common words aside.

    The name's own words follow one another, with at most two others between them ("Quernmore (Kendal)
    Tiles"). A council, university or police body is named by its place only beside a word for such a body:
    "Kent" alone names none of them. A name of short words only ("BT plc") must be written in capitals or as
    it is given. None where the name has no word of its own to look for ("Group Services Limited", "IT
    Limited").
    """
    core = name_key(organisation).core.split()
    own = [word for word in core if word not in _COMMON and len(word) > _SHORT]
    if not own:
        return _names_short(text, organisation, [word for word in core if word not in _COMMON])
    plain = normalise_name(text)
    gap = rf"(?: \w+){{0,{_BETWEEN}}} "
    found = re.finditer(rf"\b{gap.join(map(re.escape, own))}\b", plain)
    bodies = _BODIES.intersection(core)
    if not bodies:
        return next(found, None) is not None
    return any(bodies.intersection(_words_near(plain, match)) for match in found)


def _words_near(plain: str, match: re.Match[str]) -> list[str]:
    return (
        plain[: match.start()].split()[-_NEAR:]
        + plain[match.start() :].split()[: _NEAR + len(match[0].split())]
    )


def _names_short(text: str, organisation: str, words: Sequence[str]) -> bool | None:
    if not words or _EVERYDAY.issuperset(words):
        return None
    written = [word for word in re.findall(r"\w+", organisation) if word.casefold() in words]
    spellings = {
        r"\W+(?:\w+\W+)?".join(map(re.escape, some)) for some in (written, [word.upper() for word in written])
    }
    return any(re.search(rf"\b{one}\b", text) is not None for one in spellings if one)
