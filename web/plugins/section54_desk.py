"""The desk: only where the site was started as one."""

from collections.abc import Mapping
from typing import Any

from datasette import hookimpl

from section54.desk import views


@hookimpl
def register_routes(datasette: Any) -> list[Any]:
    site = getattr(datasette, "section54", None)
    return views.routes(site is not None and site.desk is not None)


@hookimpl
def skip_csrf(scope: Mapping[str, Any]) -> bool:
    # The desk takes forms of its own pages alone (section54.site.forms.cross_site), uploads included.
    path: str = scope["path"]
    return path == "/desk" or path.startswith("/desk/")
