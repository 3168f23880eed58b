"""Cells of table and query pages that lead to the page of an organisation or a statement."""

from typing import Any

from datasette import hookimpl

from section54.site.cells import render


@hookimpl
def render_cell(value: Any, column: str, table: str | None, datasette: Any) -> Any:
    return render(value, column, table) if hasattr(datasette, "section54") else None
