"""The site's own pages and the words for its templates."""

from typing import Any

from datasette import hookimpl
from jinja2 import Environment

from section54 import words as site_words
from section54.site import changes, overview, private
from section54.site import pages as site_pages


@hookimpl
def register_routes(datasette: Any) -> list[Any]:
    if not hasattr(datasette, "section54"):
        return []
    return [
        *site_pages.routes(),
        *overview.routes(),
        *changes.routes(),
        *private.routes(datasette.section54.private),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    env.filters.update(site_pages.template_filters())


@hookimpl
def extra_template_vars(datasette: Any) -> dict[str, Any]:
    return {"site": getattr(datasette, "section54", None), "words": site_words}
