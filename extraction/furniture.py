"""Running heads and feet: lines in the margins of pages that are no part of the text.

What is lost here is lost for good, so the text has the benefit of the doubt. A full sentence in the type of
the text is never furniture, and pages that share sentences (one statement for each company of a group) keep
all that they share.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.rulebook import SHARED, load_rules
from extraction.layout import Line, body_size

_RULES = load_rules(Path(__file__).parent / "rules" / "printed_pages.yaml", SHARED)
_PAGE_NUMBER = _RULES["page_number"]
_IMPRINT = _RULES["imprint"]

# Running heads and feet lie in the outer 13 % of a page; lines repeated further in are text.
_MARGIN = 0.13
# Letterheads reach down to a quarter; what stands there on every page is one.
_LETTERHEAD = 0.25
# In points, how far the same line may move from page to page.
_SAME_HEIGHT = 6
# Chance repeats more in files of more pages than this: there a line must stand on three pages.
_FEW_PAGES = 6
# A sentence has so many words at least, of which most are in lower case: "Report of the directors 2024" has
# not.
_FEWEST_WORDS = 6
_LOWER_CASE = 0.6
_ENDS = re.compile(r"[.!?:;][”\"'’)\]]*$")
# Else it goes on in the next line, so it fills most of the width of the text.
_FULL = 0.7
# Imprints are set in smaller type than the text.
_SMALL = 0.92
# One line of prose may be a motto that stands on every page; pages with more in common begin alike.
_LINES_IN_COMMON = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """Where lines of the same text stand."""

    page: int
    top: float


@dataclass(frozen=True, slots=True)
class _Usual:
    """How the text of a file is set."""

    size: float
    """Of the type."""
    width: float
    """Of its widest line."""

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Usual:
        size = body_size(lines)
        of_text = [line for line in lines if abs(line.size - size) <= (1 - _SMALL) * size]
        return cls(size, max((line.x1 - line.x0 for line in of_text), default=0))


def remove_furniture(
    pages: Sequence[Sequence[Line]], heights: Sequence[float]
) -> tuple[list[list[Line]], list[str]]:
    """Return the pages without running heads, feet and page numbers, and those lines once each.

    A line is furniture if it stands in the margin at the same height (within 6 points) with the same text,
    digits apart, on two pages or more (three in files of more than six pages); or further in, as letterheads
    do, on every page.
    """
    places = _places(pages)
    usual = _Usual.of([line for lines in pages for line in lines])
    alike = _pages_alike(pages, heights, places, usual)
    enough = 2 if len(pages) <= _FEW_PAGES else 3
    filled = max(sum(bool(lines) for lines in pages), 2)
    kept: list[list[Line]] = []
    furniture: dict[str, str] = {}
    for number, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        body = []
        for line in lines:
            in_margin = _in_margin(line, height, _MARGIN)
            others = _pages_of(line, places) - alike[number] | {number}
            repeated = len(others) >= (enough if in_margin else filled) and _in_margin(
                line, height, _LETTERHEAD
            )
            if in_margin and _PAGE_NUMBER.fullmatch(line.text):
                continue
            if repeated and not _is_text(line, usual):
                furniture.setdefault(_masked(line.text), line.text)
            else:
                body.append(line)
        kept.append(body)
    return kept, list(furniture.values())


def _places(pages: Sequence[Sequence[Line]]) -> Mapping[str, Sequence[_Place]]:
    places: defaultdict[str, list[_Place]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for line in lines:
            places[_masked(line.text)].append(_Place(number, line.top))
    return places


def _pages_of(line: Line, places: Mapping[str, Sequence[_Place]]) -> set[int]:
    """Return the pages that have a line of the same text at the same height."""
    same = places[_masked(line.text)]
    return {place.page for place in same if abs(place.top - line.top) <= _SAME_HEIGHT}


def _pages_alike(
    pages: Sequence[Sequence[Line]],
    heights: Sequence[float],
    places: Mapping[str, Sequence[_Place]],
    usual: _Usual,
) -> list[set[int]]:
    """Return for each page the others that share sentences with it: statements of several companies, for
    instance.

    Sentences are shared in the text proper, or in the upper margin in its type: what repeats at the foot is
    an imprint.
    """
    alike: list[set[int]] = []
    for number, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        shared: defaultdict[int, int] = defaultdict(int)
        for line in lines:
            if line.top < (1 - _MARGIN) * height and _is_text(line, usual):
                for page in _pages_of(line, places) - {number}:
                    shared[page] += 1
        alike.append({page for page, count in shared.items() if count >= _LINES_IN_COMMON})
    return alike


def _is_text(line: Line, usual: _Usual) -> bool:
    """Whether a line reads as prose in the type of the text, and not as an imprint."""
    words = [word for word in line.text.split() if any(character.isalpha() for character in word)]
    if len(words) < _FEWEST_WORDS or line.size < _SMALL * usual.size:
        return False
    if not _ENDS.search(line.text) and line.x1 - line.x0 < _FULL * usual.width:
        return False
    lower = sum(word.lstrip("(\"'“‘").islower() for word in words)
    return lower >= _LOWER_CASE * len(words) and not _IMPRINT.search(line.text)


def _in_margin(line: Line, height: float, share: float) -> bool:
    return line.bottom < share * height or line.top > (1 - share) * height


def _masked(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold())
