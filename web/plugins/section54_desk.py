"""The desk: only where the site was started as one."""

from datasette import hookimpl

from section54.desk import views


@hookimpl
def register_routes(datasette):
    site = getattr(datasette, "section54", None)
    return views.routes(site is not None and site.desk is not None)


@hookimpl
def skip_csrf(scope):
    # The desk takes forms of its own pages alone (section54.site.forms.cross_site), uploads included.
    return scope["path"] == "/desk" or scope["path"].startswith("/desk/")
