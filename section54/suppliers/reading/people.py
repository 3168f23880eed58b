"""Whether a name in a supplier list is that of an individual.

By rules; `benchmarks/people.py` measures the error.

A person's name in a list of payments is personal data: it is never matched, shown or sent on. A company that
is taken for a person is a company that nobody checks, so a word of business always counts for the company.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from domain.rulebook import load_rules

_WORDS = load_rules(Path(__file__).parent / "rules" / "people.yaml")
_TOKEN = re.compile(r"[^\s,()]+")
# "Mr John Paul van der Fell": more words than that are no name of one person.
_MOST_WORDS = 5


class NameOf(StrEnum):
    """Whose name it is."""

    PERSON = "person"
    """A title, a qualification or an estate says so."""
    PERHAPS_PERSON = "perhaps_person"
    """A forename or initials and a surname, nothing more: a sole trader, a person, or a company of that
    name."""
    ORGANISATION = "organisation"


def name_of(name: str) -> NameOf:
    """Tell whose name it is. Anything that neither a title nor a forename speaks for is an organisation's."""
    estate = _WORDS["estate"].match(name)
    rest = name[estate.end() :] if estate else name
    if _is("known_business", name) or is_word_of_business(rest):
        return NameOf.ORGANISATION
    if estate and len(_tokens(rest)) <= _MOST_WORDS:
        return NameOf.PERSON
    people = re.split(r"\s*(?:&|\+|/|\band\b)\s*", name, flags=re.IGNORECASE)
    if any(map(_is_titled, people)) and all(map(_may_be_half, people)):
        return NameOf.PERSON
    return NameOf.PERHAPS_PERSON if len(people) == 1 and _is_plain_name(name) else NameOf.ORGANISATION


def is_word_of_business(text: str) -> bool:
    """Whether a word, sign or digit in the text is one that names of individuals do not have."""
    return _WORDS["business"].search(text) is not None


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _is(word_list: str, text: str) -> bool:
    return _WORDS[word_list].fullmatch(text.strip()) is not None


def _is_titled(name: str) -> bool:
    """Whether a title stands where titles stand: first ("Mrs J Fell"), or last ("Fell, J (Mrs)", "Fell Jane
    Mr").
    """
    names = _without_qualifications(_tokens(name))
    if not 2 <= len(names) <= _MOST_WORDS + 1:
        return False
    if _is("title", names[0]):
        return _are_names(names[1:])
    if _is("rank", names[0]):
        # "PC World" and "Lord Fell" may be anything; "PC J Fell" and "Dame Jane Fell" are people.
        return (
            len(names) == 3 and _are_names(names[1:]) and (_is_initial(names[1]) or _is("forename", names[1]))
        )
    return _is("title", names[-1]) and _are_names(names[:-1]) and _ends_as_people_do(name, names)


def _ends_as_people_do(name: str, names: Sequence[str]) -> bool:
    """Whether a title at the end is one: "Fell Dr" is a street, "Fell MS" a company; "Fell, J (Dr)" is a
    person.
    """
    if _is("title_alone_at_end", names[-1]):
        return True
    return len(names) > 2 and (
        re.search(r"[,(]", name) is not None
        or any(_is_initial(one) or _is("forename", one) for one in names[:-1])
    )


def _may_be_half(name: str) -> bool:
    """Whether it may be one of "Mr & Mrs Fell": a title alone, a titled name, or a plain one."""
    return _is("title", name) or _is_titled(name) or _is_plain_name(name)


def _without_qualifications(tokens: Sequence[str]) -> list[str]:
    """The tokens without titles and letters that stand beside the name: "Prof Dr", "QC", "OBE",
    "deceased".
    """
    left = [token for at, token in enumerate(tokens) if at == 0 or not _is("qualification", token)]
    while len(left) > 2 and _is("title", left[0]) and (_is("title", left[1]) or _is("rank", left[1])):
        left.pop(1)
    return left


def _are_names(tokens: Sequence[str]) -> bool:
    """Whether the tokens are initials and words of letters, at least one of them a word."""
    return any(map(_is_word, tokens)) and all(_is_word(one) or _is_initial(one) for one in tokens)


def _is_word(token: str) -> bool:
    return re.fullmatch(r"[^\W\d_][^\W\d_'’.-]*(?:['’-][^\W\d_]+)*\.?", token) is not None and len(token) > 1


def _is_initial(token: str) -> bool:
    """ "J", "J.", "J.P." or "JP"."""
    return re.fullmatch(r"(?:[^\W\d_]\.?){1,3}", token) is not None and (token.isupper() or len(token) == 1)


def _is_plain_name(name: str) -> bool:
    """Whether it reads as "Jane Fell", "J Fell", "Fell, Jane" or "FELL J P", with nothing that a company
    would add.
    """
    names = _without_qualifications(_tokens(name))
    if not 2 <= len(names) <= 3 or not _are_names(names):
        return False
    single = [one for one in names if re.fullmatch(r"[^\W\d_]\.?", one)]
    if single:
        return len(single) < len(names)
    return _is("forename", names[0]) or (len(names) == 2 and _is("forename", names[1]))
