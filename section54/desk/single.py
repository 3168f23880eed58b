"""One supplier of a list again: after a decision, or after a look at its website."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import Any

from crawler.options import CrawlOptions
from db.desk import DeskStore
from db.store import Store
from section54.pipeline import Progress, assess_pending, crawl_sites, extract_pending
from section54.settings import Home
from section54.suppliers.checking import check_suppliers, supplier_as_dict
from section54.suppliers.deciding.resolving import load_decisions, open_companies
from section54.suppliers.reading.lists import SupplierLine, supplier_list_of
from section54.suppliers.report.contents import CheckedSupplier


class NoSuchSupplier(LookupError):
    """The list, or the supplier in it, is gone."""


def line_of(home: Home, list_id: int, position: int) -> SupplierLine:
    """The supplier at a position (from 1) of a list as it was checked last. Raises NoSuchSupplier."""
    with closing(DeskStore(home.private_db)) as desk:
        found = desk.find_list(list_id)
        files = desk.files(list_id)
    if found is None or not files:
        raise NoSuchSupplier("This list was removed.")
    suppliers = supplier_list_of(files, found["mapping"]).suppliers
    if not 1 <= position <= len(suppliers):
        raise NoSuchSupplier("The list has no supplier at this place.")
    return suppliers[position - 1]


def checked(home: Home, line: SupplierLine, today: date) -> CheckedSupplier:
    """One supplier checked against the collection as it is now, with the decisions on record."""
    with Store(home.working_db) as store, open_companies(home) as companies:
        return check_suppliers(store, [line], today, load_decisions(home), companies)[0]


def check_again(home: Home, list_id: int, position: int, today: date) -> dict[str, Any]:
    """Check one supplier again and keep the result in place of the earlier one; return its record."""
    record = supplier_as_dict(checked(home, line_of(home, list_id, position), today))
    with closing(DeskStore(home.private_db)) as desk:
        found = desk.find_list(list_id)
        if found is not None and found["check_id"] is not None:
            desk.replace_supplier(found["check_id"], position, record)
    return record


def visit(home: Home, list_id: int, position: int, network: CrawlOptions, today: date, say: Progress) -> str:
    """Visit the website of the organisation that a supplier is, and read what was found; return a sentence on
    it.

    Raises ValueError where no organisation is chosen yet, or no website is known.
    """
    item = checked(home, line_of(home, list_id, position), today)
    wanted = item.match.organisation_id
    if wanted is None or item.match.needs_review:
        raise ValueError("choose the organisation first: then its website can be looked at")
    with Store(home.working_db) as store:
        known = [*store.website_sites(None), *store.registry_sites(None), *store.public_body_sites(None)]
        site = next((one for one in known if one.organisation_id == wanted), None)
        if site is None and item.line.website:
            raise ValueError("add the list's websites first: check the list with its websites")
        if site is None:
            raise ValueError("no website or registry entry of this organisation is known here")
        say(f"looking at {site.home_url or site.statement_urls[0]}")
        report = crawl_sites(store, home, "websites", [site], network)
        extract_pending(store, home, say)
        assess_pending(store, say)
    return "The website was looked at." if not report.errors else f"The look ended early: {report.errors[0]}"
