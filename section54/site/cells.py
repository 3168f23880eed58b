"""What a cell of a table or query page links to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

_STATEMENT = re.compile(r"[0-9a-f]{12}")
_ORGANISATION = re.compile(r"(?:gb-coh-|name-)\S+")


def render(value: object, column: str, table: str | None) -> Markup | None:
    """A link for an id of a statement or an organisation; None leaves the cell as it is."""
    if not isinstance(value, str):
        return None
    is_statement = column.endswith("statement_id") or (column == "id" and table == "statements")
    if is_statement and _STATEMENT.fullmatch(value):
        return _link(f"/statement/{value}", value)
    is_organisation = column in ("organisation_id", "filed_by") or (
        column == "id" and table == "organisations"
    )
    if is_organisation and _ORGANISATION.fullmatch(value):
        return _link(f"/organisation/{quote(value, safe='')}", value)
    return None


def row_of_table(cells: Iterable[Mapping[str, Any]]) -> Markup:
    """A row of a table page, from the cells that Datasette gives to its template; whatever is no Markup is
    escaped.

    A page has 1,500 cells. A template hands on each piece of each cell by itself, which takes several times
    as long.
    """
    html = [f'<td class="type-{escape(cell["value_type"])}">{escape(cell["value"])}</td>' for cell in cells]
    return Markup("".join(html))  # noqa: S704 - escaped


def row_of_answer(values: Iterable[Any]) -> Markup:
    """The same for a row of a query page."""
    return Markup("".join(f"<td>{escape(value)}</td>" for value in values))  # noqa: S704 - escaped


def _link(path: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, text)
