"""Rows of figures in tables: each figure stays with what it measures.

"87%" in a cell says nothing by itself. A row with a label and figures becomes one piece of text with the
headings of its columns: "Partner audits completed: Target 100%; Outcome 87%". Rows of words stay cell by
cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag

from domain.rulebook import SHARED, load_rules
from extraction.contents import clean

_MONTH = load_rules(SHARED)["month"].pattern
# A figure with its unit: "87%", "£3.2m", "12 of 14". More words are prose that names a figure.
_WORDS_OF_FIGURE = 4
# A label or a heading; longer cells are prose.
_WORDS_OF_LABEL = 25
_FIGURE = re.compile(r"[^\w]*\d[\d.,/–-]*\s*(?:%|[a-z]{1,7}\b.*)?|n/?a|nil|none|[–-]", re.IGNORECASE)
_NUMBER = re.compile(r"\d")
_YEAR = re.compile(r"FY\s?\d\d(?:\d\d)?|(?:19|20)\d\d(?:\s?[/–-]\s?(?:\d\d)?\d\d)?", re.IGNORECASE)
# A date beside a name is a signature, not a measure.
_DATE = re.compile(rf"\b(?:{_MONTH})\b|\d[/.-]\d{{1,2}}[/.-]\d", re.IGNORECASE)
# Wider or longer than any table that people read; hostile pages have more.
_MOST_COLUMNS, _MOST_ROWS = 30, 1_000
_JOINED = "data-joined"


def joined_rows(rows: Sequence[Sequence[str]]) -> list[list[str] | None]:
    """Return for each row the texts that take the place of its cells; None for a row whose cells stay as they
    are.

    The first row gives the headings if it holds no figures but years. Cells of prose beside figures stay by
    themselves.
    """
    if not rows or max(map(len, rows)) < 2:
        return [None] * len(rows)
    headings = rows[0] if len(rows) > 1 and is_heading_row(rows[0]) else ()
    first = 1 if headings else 0
    return [None] * first + [_joined(row, headings) for row in rows[first:]]


def is_heading_row(row: Sequence[str]) -> bool:
    return all(not _is_figure(cell) or _YEAR.fullmatch(cell) for cell in row[1:]) and any(row[1:])


def _is_figure(cell: str) -> bool:
    return bool(_FIGURE.fullmatch(cell)) and len(cell.split()) <= _WORDS_OF_FIGURE and not _DATE.search(cell)


def is_row_of_figures(row: Sequence[str]) -> bool:
    """Tell whether a row has a label and at least one figure."""
    label, values = row[0] if row else "", row[1:]
    if not any(character.isalpha() for character in label) or len(label.split()) > _WORDS_OF_LABEL:
        return False
    return any(_is_figure(value) and _NUMBER.search(value) for value in values)


def is_prose(cell: str) -> bool:
    """Tell whether a cell beside figures is too long to be one, so that it stands by itself."""
    return not _is_figure(cell) and len(cell.split()) > _WORDS_OF_LABEL // 2


def _joined(row: Sequence[str], headings: Sequence[str]) -> list[str] | None:
    if not is_row_of_figures(row):
        return None
    label, values = row[0], row[1:]
    parts, prose = [], []
    for column, value in enumerate(values, start=1):
        if not value:
            continue
        if is_prose(value):
            prose.append(value)
            continue
        heading = headings[column] if column < len(headings) else ""
        parts.append(f"{heading.rstrip(': ')} {value}".strip())
    return [f"{label.rstrip(': ')}: {'; '.join(parts)}", *prose]


def join_rows(soup: BeautifulSoup) -> None:
    """Put one cell in the place of those of each row of figures, in all tables of a page that hold data."""
    for table in soup.find_all("table"):
        rows = table.find_all("tr")
        if len(rows) > _MOST_ROWS or table.find(["table", "h1", "h2", "h3", "ul", "ol"]) is not None:
            continue
        cells = [[clean(cell.get_text(" ")) for cell in _cells(row)] for row in rows]
        if (
            max(map(len, cells), default=0) > _MOST_COLUMNS
            or table.find(colspan=True)
            or table.find(rowspan=True)
        ):
            continue
        for row, texts in zip(rows, joined_rows(cells), strict=True):
            if texts is not None:
                row.clear()
                row.extend(_new_cells(soup, texts))


def _cells(row: Tag) -> list[Tag]:
    return row.find_all(["td", "th"], recursive=False)


def _new_cells(soup: BeautifulSoup, texts: Sequence[str]) -> Iterator[Tag]:
    for text in texts:
        yield soup.new_tag("td", attrs={_JOINED: "yes"}, string=text)


def is_joined(cell: Tag) -> bool:
    """Tell whether a cell was put in the place of those of its row."""
    return cell.has_attr(_JOINED)
