"""The supplier check and the reconciliation service: the only pages that take a POST, and they store
nothing.
"""

from collections.abc import Mapping
from typing import Any

from datasette import hookimpl

from section54.site import check as site_check
from section54.site import reconcile


@hookimpl
def register_routes(datasette: Any) -> list[Any]:
    return [*site_check.routes(), *reconcile.routes()] if hasattr(datasette, "section54") else []


@hookimpl
def skip_csrf(scope: Mapping[str, Any]) -> bool:
    # There is no session to abuse: no cookies are set. The check page refuses forms of other sites by itself.
    return scope["path"] in {site_check.PATH, reconcile.PATH}
