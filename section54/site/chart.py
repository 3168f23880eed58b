"""The chart of the six areas as SVG, drawn on the server: no script, no inline style, read out by its description.

Levels show as the number of filled blocks and in words, never by colour alone; the same figures stand in a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from section54.words import LEVELS

_BLOCKS = {"none": 0, "mentioned": 1, "described": 2, "substantive": 3}
_WIDTH, _ROW, _BLOCK, _GAP = 340, 48, 58, 4
_MOST_COLUMNS = 6
_SCALE = 1.3
"""Text of 13 units shows as 17 px on a wide screen, and as 11 px still on one of 320 px."""


def areas_chart(
    areas: Sequence[Mapping[str, Any]], results: Mapping[str, Mapping[str, Any]], name: str
) -> Markup:
    """One row an area: its title, three blocks of which the level fills none to three, and the level in words."""
    rows = [(area["title"], results[area["id"]]["level"]) for area in areas if area["id"] in results]
    height = _ROW * len(rows)
    said = "; ".join(f"{title}: {LEVELS[level]}" for title, level in rows)
    parts = [_row(title, level, number * _ROW) for number, (title, level) in enumerate(rows)]
    return _svg("areas", _WIDTH, height, f"Coverage of the six areas in {name}", said, parts)


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


def _row(title: str, level: str, top: int) -> Markup:
    track = _blocks(level, top + 22)
    word = _text(3 * (_BLOCK + _GAP) + 8, top + 35, LEVELS[level], "level")
    return _text(0, top + 15, title, "title") + track + word


def _blocks(level: str, top: int) -> Markup:
    filled = _BLOCKS.get(level)
    kind = "unknown" if filled is None else "empty"
    return Markup("").join(
        Markup('<rect class="{}" x="{}" y="{}" width="{}" height="16"/>').format(
            "filled" if filled is not None and number < filled else kind,
            number * (_BLOCK + _GAP) + 1,
            top,
            _BLOCK,
        )
        for number in range(3)
    )


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
        '<title id="chart-{kind}-title">{title}</title><desc id="chart-{kind}-desc">{description}</desc>{body}</svg>'
    ).format(
        kind=kind,
        width=width,
        height=height,
        shown=round(width * _SCALE),
        title=title,
        description=description,
        body=Markup("").join(escape(part) for part in parts),
    )
