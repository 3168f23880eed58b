"""What programs ask for: sitemap, robots.txt, llms.txt, the OpenAPI description, searches as data,
downloads.
"""

from typing import Any

from datasette import hookimpl

from section54.site import found, maps, openapi


@hookimpl
def register_routes(datasette: Any) -> list[Any]:
    return [*maps.routes(), *openapi.routes(), *found.routes()] if hasattr(datasette, "section54") else []
