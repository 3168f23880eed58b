"""Headers, closed paths and limits on SQL."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from datasette import hookimpl

from section54 import settings
from section54.site import guard as site_guard
from section54.site import mistakes
from section54.site.server import DATABASE
from section54.site.sql_policy import confine_ours


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    if not hasattr(datasette, "section54"):
        return lambda app: app
    site = datasette.section54
    return lambda app: site_guard.guard(
        app,
        database=DATABASE,
        role=site.role,
        version=site.version,
        unstable=site.queries,
        desk=site.desk is not None,
        private=site.private is not None,
        hosts=settings.hosts(),
        refusal=partial(mistakes.refusal, datasette, database=DATABASE),
    )


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    if database == DATABASE:
        confine_ours(conn)
