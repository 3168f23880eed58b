"""What the desk needs before it opens: a collection, and its published file."""

from __future__ import annotations

from db.store import Store
from section54 import pipeline
from section54.settings import Home


def prepare(home: Home) -> None:
    """Make an empty collection where there is none, and publish what was never published.

    Raises InputError.
    """
    if home.site_db.exists():
        return
    with Store(home.working_db):
        pass
    pipeline.publish_site(home)
