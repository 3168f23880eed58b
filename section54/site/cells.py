"""What a cell of a table or query page links to."""

from __future__ import annotations

import re
from urllib.parse import quote

from markupsafe import Markup

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


def _link(path: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, text)
