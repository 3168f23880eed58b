"""Several statements in one file: one for each year on an archive page, or one for each company of a group.

What one of them says must not be taken for what another says. The newest year is read as the statement;
statements of one year belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domain.rulebook import SHARED, load_rules
from extraction.sentences import Sentence

_FOLDER = Path(__file__).parent / "rules"
_RULES = load_rules(_FOLDER / "statements.yaml", SHARED)
_TITLE = _RULES["title"]
_NO_TITLE = _RULES["no_title"]
_GROUND = _RULES["ground"]
_YEAR = _RULES["year"]
_PERIOD = _RULES["period"]
_NAME = load_rules(_FOLDER / "company.yaml", SHARED)["legal_name"]

# A title is a line; a longer one is a sentence about statements.
_WORDS_OF_TITLE = 16
# The shortest statement of the study has 80 words. What is shorter is a link to one, or a cover.
_FEWEST_WORDS = 40
# Whose it is and of which year stands at the beginning.
_OPENING = 12
_MOST_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class StatementPart:
    """One of several statements in a file."""

    title: str
    year: int | None
    """The year in which the period that it covers ends; None where it does not say."""
    owner: str | None
    """The first company that its beginning names; None where it names none."""
    page: int
    start: int
    """Position of its title among the sentences of the file."""
    end: int
    """Position of its last sentence."""
    is_chosen: bool = True
    """Whether it is of the newest year, and so read as the statement."""


def statements_in(sentences: Sequence[Sentence]) -> tuple[StatementPart, ...]:
    """Return the statements that a file holds, in its order; nothing where it holds one or none.

    They are told by their titles. Each has its own words on the Act or on what it covers, and they are of
    different years or of different companies: a title that is repeated on every page makes no statements.
    """
    starts = [row for row, sentence in enumerate(sentences) if _is_title(sentence)]
    if len(starts) < 2:
        return ()
    parts: list[StatementPart] = []
    for start, end in zip(starts, [*starts[1:], len(sentences)], strict=True):
        own = sentences[start:end]
        if _stands_alone(own):
            parts.append(_part(own))
        elif parts:
            parts[-1] = _part(sentences[_row_of(sentences, parts[-1].start) : end])
    return _with_choice(parts) if _differ(parts) else ()


def chosen_sentences(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences without those of older statements in the same file."""
    older = [part for part in statements_in(sentences) if not part.is_chosen]
    return [s for s in sentences if not any(part.start <= s.position <= part.end for part in older)]


def as_metadata(parts: Iterable[StatementPart]) -> list[dict[str, Any]]:
    return [asdict(part) for part in parts]


def warning_of(parts: Sequence[StatementPart]) -> str:
    """Return the warning that tells a reader of several statements."""
    years = len({part.year for part in parts}) == len(parts)
    names = [str(part.year) if years else f"{part.owner}, {part.year or 'no year'}" for part in parts]
    held = f"the file holds {len(parts)} statements ({'; '.join(names)})"
    chosen = [part for part in parts if part.is_chosen]
    if len(chosen) == len(parts):
        return f"several statements: {held}, which were read together"
    return f"several statements: {held}; only the newest was read, of {chosen[0].year}"


def _is_title(sentence: Sentence) -> bool:
    text = sentence.text
    if (
        sentence.kind not in ("heading", "sentence")
        or len(text.split()) > _WORDS_OF_TITLE
        or text.endswith(".")
    ):
        return False
    return bool(_TITLE.search(text)) and not _NO_TITLE.search(text)


def _stands_alone(sentences: Sequence[Sentence]) -> bool:
    words = sum(len(sentence.text.split()) for sentence in sentences[1:])
    opening = sentences[1 : 1 + _OPENING]
    return words >= _FEWEST_WORDS and any(_GROUND.search(s.text[:_MOST_CHARACTERS]) for s in opening)


def _part(sentences: Sequence[Sentence]) -> StatementPart:
    title = sentences[0]
    return StatementPart(
        title=title.text,
        year=_year_of(sentences),
        owner=_owner_of(sentences),
        page=title.page,
        start=title.position,
        end=sentences[-1].position,
    )


def _year_of(sentences: Sequence[Sentence]) -> int | None:
    """Return the year of the title; else that in which the period of the text ends."""
    if found := _YEAR.search(sentences[0].text):
        first, last = found["first"], found["last"] or found["first"]
        return int(last) if len(last) == 4 else int(first[:2] + last)
    periods = (_PERIOD.search(sentence.text[:_MOST_CHARACTERS]) for sentence in sentences)
    return next((int(period["year"]) for period in periods if period), None)


def _owner_of(sentences: Sequence[Sentence]) -> str | None:
    names = (_NAME.search(sentence.text[:_MOST_CHARACTERS]) for sentence in sentences[:_OPENING])
    return next((name[0].strip() for name in names if name), None)


def _differ(parts: Sequence[StatementPart]) -> bool:
    """Whether there are several, and each is of a year or a company of its own."""
    if len(parts) < 2:
        return False
    years = [part.year for part in parts]
    if None not in years and len(set(years)) == len(years):
        return True
    owners = [re.sub(r"\W", "", part.owner or "").casefold() for part in parts]
    return all(owners) and len(set(zip(owners, years, strict=True))) == len(parts)


def _with_choice(parts: Sequence[StatementPart]) -> tuple[StatementPart, ...]:
    newest = max((part.year for part in parts if part.year), default=None)
    return tuple(
        StatementPart(**{**asdict(part), "is_chosen": part.year in (newest, None)}) for part in parts
    )


def _row_of(sentences: Sequence[Sentence], position: int) -> int:
    return next(row for row, sentence in enumerate(sentences) if sentence.position == position)
