"""The columns that a person chose for a list, kept by the shape of the file and used for the next one of that
shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from db.private import PrivateStore
from section54.settings import Home
from section54.suppliers.reading.lists import SupplierList, read_supplier_lists, shape_of


def read_with_choices(home: Home, paths: Sequence[Path], mapping: Mapping[str, str]) -> SupplierList:
    """Read files or folders as one list, with the columns chosen now, else those chosen for the same headings
    before.

    A choice made now is kept. Raises SupplierListError and OSError.
    """
    if not mapping:
        return read_supplier_lists(paths, remembered=_remembered(home))
    found = read_supplier_lists(paths, mapping)
    if found.headings:
        with closing(PrivateStore(home.private_db)) as private:
            private.save_column_choice(shape_of(found.headings), mapping)
    return found


def _remembered(home: Home) -> dict[tuple[str, ...], dict[str, str]]:
    if not home.private_db.exists():
        return {}
    with closing(PrivateStore(home.private_db)) as private:
        return private.column_choices()
