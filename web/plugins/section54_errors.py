"""Error pages in plain words."""

from typing import Any

from datasette import hookimpl

from section54.site import pages as site_pages


@hookimpl(tryfirst=True)
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    return (
        site_pages.error_response(datasette, request, exception) if hasattr(datasette, "section54") else None
    )
