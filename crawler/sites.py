"""Read seed lists: who to visit, and where."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from crawler.items import Site
from domain.company_numbers import normalise_company_number
from domain.organisations import organisation_id

REQUIRED = ("organisation", "company_number", "website")
IGNORED = ("source", "source_date")
"""Kept in the list for its readers: where a row is from, and when that was checked."""

MakeId = Callable[[str, str | None], str]


def load_seeds(path: Path, make_id: MakeId = organisation_id) -> list[Site]:
    """Return the sites of a CSV with at least the columns organisation, company_number and website, in its
    order.

    `website` is a home page or a bare domain; `company_number` may be blank. UTF-8, with or without a
    byte-order mark. Raises ValueError with file and row for a missing column, a blank or unusable website, a
    blank organisation, a row of the wrong length or another encoding. Row 1 is the header.
    """
    rows = _read(path)
    header = [name.strip().lower() for name in next(rows, (0, []))[1]]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise ValueError(
            f"{path}: no column {', '.join(missing)} in the header (found: {', '.join(header) or 'none'})"
        )
    return [_site(path, number, header, cells, make_id) for number, cells in rows if any(cells)]


def _read(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise ValueError(f"{path}, row {row}: not UTF-8 text (save the list as CSV UTF-8)") from None
    if "\0" in text:
        raise ValueError(f"{path}: not a CSV file")
    for number, cells in enumerate(csv.reader(text.splitlines(keepends=True)), start=1):
        yield number, [cell.strip() for cell in cells]


def _site(path: Path, number: int, header: list[str], cells: list[str], make_id: MakeId) -> Site:
    where = f"{path}, row {number}"
    if len(cells) != len(header):
        raise ValueError(f"{where}: {len(cells)} fields where the header has {len(header)}")
    row = dict(zip(header, cells, strict=True))
    if not row["organisation"]:
        raise ValueError(f"{where}: no organisation")
    if not row["website"]:
        raise ValueError(f"{where}: no website for {row['organisation']}")
    company_number = normalise_company_number(row["company_number"])
    if row["company_number"] and company_number is None:
        raise ValueError(f"{where}: {row['company_number']!r} is not a company number")
    return Site(
        organisation_id=make_id(row["organisation"], company_number),
        name=row["organisation"],
        company_number=company_number,
        home_url=_home_url(where, row["website"]),
        kind=row.get("kind") or None,
    )


def _home_url(where: str, website: str) -> str:
    try:
        parts = urlsplit(website if "://" in website else f"//{website}")
        usable = parts.scheme in ("", "http", "https") and bool(parts.hostname) and " " not in website
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{where}: {website!r} is not a web address")
    return website
