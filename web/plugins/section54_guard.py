"""Headers, closed paths and limits on SQL."""

from datasette import hookimpl

from section54.site import guard as site_guard
from section54.site.server import DATABASE


@hookimpl
def asgi_wrapper(datasette):
    return lambda app: site_guard.guard(app) if hasattr(datasette, "section54") else app


@hookimpl
def prepare_connection(conn, database):
    if database == DATABASE:
        site_guard.limit_sql(conn)
