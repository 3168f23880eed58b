"""The columns of an uploaded list as they were understood, with sample rows, for a person to look at and
change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from section54.suppliers.reading.files import read_file
from section54.suppliers.reading.lists import FIELDS, SupplierList, SupplierListError, supplier_list_of

SAMPLE = 5
FIELD_TITLES = {
    "name": "Supplier",
    "company_number": "Company number",
    "amount": "Amount",
    "category": "Category",
    "website": "Website",
    "country": "Country",
    "workforce": "Workforce",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A list before it is checked."""

    source: SupplierList | None
    """None where its columns could not be understood; `problem` says why."""
    problem: str | None
    headings: tuple[str, ...]
    """Of all columns that have one, to choose from."""
    sample: tuple[tuple[str, ...], ...]
    """The first rows below the headings."""

    def field_of(self, heading: str) -> str | None:
        """What a column was understood as; None for one that is not used."""
        mapping = self.source.mapping if self.source else {}
        return next((field for field, one in mapping.items() if one == heading), None)


def preview(files: Sequence[tuple[str, bytes]], mapping: Mapping[str, str]) -> Preview:
    """Read a list as it is mapped now; the sample is of its first file.

    Raises SupplierListError for what is no list.
    """
    sheets = read_file(*files[0])
    try:
        source, problem = supplier_list_of(files, mapping), None
    except SupplierListError as error:
        source, problem = None, str(error)
    sheet = next((one for one in sheets if source and one.format and one.format in source.format), sheets[0])
    wanted = source.header_row if source else next((row.number for row in sheet.rows if any(row.cells)), 0)
    at = next((index for index, row in enumerate(sheet.rows) if row.number == wanted), 0)
    below = [row.cells for row in sheet.rows[at + 1 :] if any(row.cells)][:SAMPLE]
    headings = sheet.rows[at].cells if sheet.rows else ()
    shown = tuple(_fitted(headings, row) for row in below)
    return Preview(source, problem, tuple(filter(None, headings)), shown)


def _fitted(headings: tuple[str, ...], cells: tuple[str, ...]) -> tuple[str, ...]:
    """The cells under the headings that have a name."""
    return tuple(cells[at] if at < len(cells) else "" for at, heading in enumerate(headings) if heading)


def mapping_of(fields: Mapping[str, str]) -> dict[str, str]:
    """The columns that a person chose in the form: heading by field; "" leaves a field out."""
    chosen = {field: fields.get(f"column_{field}", "") for field in FIELDS}
    return {field: heading for field, heading in chosen.items() if heading}
