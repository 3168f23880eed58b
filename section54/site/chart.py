"""The charts as SVG, drawn on the server: no script, no inline style, read out by their description.

Levels show as the number of filled blocks and in words, never by colour alone; the same figures stand in a
table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from domain.coverage import LEVELS

_BLOCKS = {"none": 0, "mentioned": 1, "described": 2, "substantive": 3}
_WIDTH, _ROW, _BLOCK, _GAP = 340, 48, 58, 4
_MOST_COLUMNS = 6
_SCALE = 1.3
"""Text of 13 units shows as 17 px on a wide screen, and as 11 px still on one of 320 px."""


def years_chart(areas: Sequence[Mapping[str, Any]], statements: Sequence[Mapping[str, Any]]) -> Markup:
    """Levels by area (rows) and statement (columns, oldest left), at most six; empty for fewer than two."""
    columns = [row for row in reversed(statements) if row["period_end"]][-_MOST_COLUMNS:]
    if len(columns) < 2:
        return Markup("")
    step, left, top = 40, 96, 24
    said, parts = [], []
    for column, row in enumerate(columns):
        x = left + column * step
        parts.append(_text(x + 15, 14, row["period_end"][:4], "axis", anchor="middle"))
        for line, area in enumerate(areas):
            level = row["areas"][area["id"]]["level"]
            parts += _stack(x, top + line * 34, level)
            said.append(f"{row['period_end'][:4]} {area['title']}: {LEVELS[level]}")
    for line, area in enumerate(areas):
        parts.append(_text(0, top + line * 34 + 20, _SHORT.get(area["id"], area["title"]), "axis"))
    size = (left + step * len(columns), top + 34 * len(areas))
    return _svg("years", *size, "Coverage of the six areas over time", "; ".join(said), parts)


_SHORT = {"structure": "Structure", "due_diligence": "Due diligence", "risk": "Risk"}


def _stack(x: int, top: int, level: str) -> list[Markup]:
    filled = _BLOCKS.get(level)
    if filled is None:
        return [_text(x + 15, top + 20, "?" if level == "unsure" else "–", "level", anchor="middle")]
    return [
        Markup('<rect class="{}" x="{}" y="{}" width="28" height="8"/>').format(
            "filled" if 2 - number < filled else "empty", x + 1, top + number * 10
        )
        for number in range(3)
    ]


def _text(x: int, y: int, text: str, kind: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )


def _svg(kind: str, width: int, height: int, title: str, description: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart chart-{kind}" viewBox="0 0 {width} {height}" width="{shown}" role="img" '
        'aria-labelledby="chart-{kind}-title chart-{kind}-desc" xmlns="http://www.w3.org/2000/svg">'
        '<title id="chart-{kind}-title">{title}</title><desc '
        'id="chart-{kind}-desc">{description}</desc>{body}</svg>'
    ).format(
        kind=kind,
        width=width,
        height=height,
        shown=round(width * _SCALE),
        title=title,
        description=description,
        body=Markup("").join(escape(part) for part in parts),
    )


# --- figures of many statements

_BAR_WIDTH, _BAR_HEIGHT = 34, 56


def time_chart(areas: Sequence[tuple[str, Sequence[tuple[int, int, int]]]]) -> Markup:
    """Small columns: an area a row, a year a column, its height the share of statements that describe the
    area.

    Each area has (year, describing, of so many); a year of which nothing could be told shows a dash. Empty
    without years.
    """
    if not areas or not areas[0][1]:
        return Markup("")
    row, said, parts = _BAR_HEIGHT + 72, [], []
    for line, (title, cells) in enumerate(areas):
        top = line * row
        parts.append(_text(0, top + 15, title, "title"))
        for column, (year, described, told) in enumerate(cells):
            x = column * (_BAR_WIDTH + 8)
            parts += _column(x, top + 40, _share(described, told), _percent(described, told), str(year))
            said.append(f"{title} {year}: {_percent(described, told)} ({described} of {told})")
    width = max(_WIDTH, len(areas[0][1]) * (_BAR_WIDTH + 8))
    title = "Share of statements that describe each area, by year"
    return _svg("time", width, row * len(areas), title, "; ".join(said), parts)


def distribution_chart(counts: Sequence[tuple[int, int]]) -> Markup:
    """Columns: how many statements describe no area, one, and so on. Empty without statements."""
    most = max((number for _, number in counts), default=0)
    if not most:
        return Markup("")
    parts = []
    for column, (areas, number) in enumerate(counts):
        parts += _column(column * (_BAR_WIDTH + 12), 22, number / most, f"{number:,}", str(areas))
    said = "; ".join(f"{areas} areas: {number} statements" for areas, number in counts)
    parts.append(_text(0, _BAR_HEIGHT + 62, "Number of areas described", "axis"))
    return _svg(
        "distribution", _WIDTH, _BAR_HEIGHT + 70, "Statements by how many areas they describe", said, parts
    )


def declared_chart(areas: Sequence[tuple[str, int, int, int]]) -> Markup:
    """Two bars an area: the share of registry entries that declare it (outlined), and of texts that describe
    it (filled).

    Each area has (title, declaring, describing, of so many). Empty without areas.
    """
    if not areas:
        return Markup("")
    row, said, parts = 72, [], []
    for line, (title, declared, described, told) in enumerate(areas):
        top = line * row
        parts.append(_text(0, top + 15, title, "title"))
        parts += _bar(top + 22, _share(declared, told), f"{_percent(declared, told)} declared", "outlined")
        parts += _bar(top + 44, _share(described, told), f"{_percent(described, told)} described", "filled")
        said.append(
            f"{title}: declared {_percent(declared, told)}, described {_percent(described, told)} of {told}"
        )
    title = "Areas declared in the registry, and described in the text"
    return _svg("declared", _WIDTH, row * len(areas), title, "; ".join(said), parts)


def bars_chart(rows: Sequence[tuple[str, int]], title: str) -> Markup:
    """One bar a row, its length the number, its name above it. Empty where all numbers are 0."""
    most = max((number for _, number in rows), default=0)
    if not most:
        return Markup("")
    parts = []
    for line, (name, number) in enumerate(rows):
        short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"
        parts.append(_text(0, line * 42 + 15, short, "axis"))
        parts += _bar(line * 42 + 20, number / most, f"{number:,}", "filled")
    said = "; ".join(f"{name}: {number}" for name, number in rows)
    return _svg("bars", _WIDTH, 42 * len(rows), title, said, parts)


_LONGEST_NAME = 46
"""Characters that fit above a bar; the whole name stands in the table."""
_LONGEST_BAR = 190


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _column(x: int, top: int, share: float | None, above: str, below: str) -> list[Markup]:
    height = round((share or 0) * _BAR_HEIGHT)
    middle = x + _BAR_WIDTH // 2
    parts = [
        _text(middle, top + _BAR_HEIGHT - height - 5, above, "axis", anchor="middle"),
        _text(middle, top + _BAR_HEIGHT + 16, below, "axis", anchor="middle"),
        _rect("base", x, top + _BAR_HEIGHT, _BAR_WIDTH, 1),
    ]
    return (
        parts if not height else [*parts, _rect("filled", x, top + _BAR_HEIGHT - height, _BAR_WIDTH, height)]
    )


def _bar(top: int, share: float | None, said: str, kind: str) -> list[Markup]:
    length = round((share or 0) * _LONGEST_BAR)
    text = _text(length + 8, top + 13, said, "axis")
    return [_rect("base", 0, top, 1, 16), text] if not length else [_rect(kind, 1, top, length, 16), text]


def _rect(kind: str, x: int, y: int, width: int, height: int) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(kind, x, y, width, height)
