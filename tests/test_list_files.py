"""Files of supplier lists of every kind: what is read, what is refused and how far a file may go."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from section54.suppliers.reading.lists import SupplierListError, supplier_list_from, with_ended_contracts

_SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def ods(rows: str) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<office:document-content xmlns:office="{names}office:1.0" xmlns:table="{names}table:1.0" '
        f'xmlns:text="{names}text:1.0"><office:body><office:spreadsheet><table:table table:name="S">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{names}manifest:1.0"/>'
    return zipped(**{"mimetype": _SPREADSHEET, "content.xml": content, "META-INF/manifest.xml": manifest})


def cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (zipped(**{"word/document.xml": ""}), "is a Word document"),
        (zipped(**{"xl/workbook.bin": ""}), "is a binary workbook"),
        (zipped(**{"ppt/presentation.xml": ""}), "is a presentation"),
        (b"{\\rtf1 Supplier}", "is a document in RTF"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), "is an old Word document"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (b"\x1f\x8bnothing", "is a damaged gzip file"),
        (gzip.compress(gzip.compress(b"Supplier")), "gzip file within a gzip file"),
        (zipped(**{"a.zip": "PK\x03\x04"}), "an archive within an archive"),
        (b"<?xml version='1.0'?><list/>", "is XML, no table"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_is_refused_by_what_it_is(body, message):
    with pytest.raises(SupplierListError) as error:
        supplier_list_from(body, "list")

    assert message in str(error.value)


def test_a_workbook_with_a_cell_in_a_far_corner_is_refused():
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "Supplier", "x"
    out = io.BytesIO()
    book.save(out)

    with pytest.raises(SupplierListError, match="cells too far out"):
        supplier_list_from(out.getvalue(), "list.xlsx")


def test_an_ods_file_may_repeat_blank_cells_but_not_filled_ones_without_end():
    blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    filled = (
        f'<table:table-row table:number-rows-repeated="1000000">{cell("Fell Ltd") * 30}</table:table-row>'
    )
    start = f"<table:table-row>{cell('Supplier')}</table:table-row><table:table-row>{cell('Fell Ltd')}</table:table-row>"  # noqa: E501

    found = supplier_list_from(ods(start + blank), "list.ods")

    assert [line.name for line in found.suppliers] == ["Fell Ltd"]
    with pytest.raises(SupplierListError, match="repeats its cells without end"):
        supplier_list_from(ods(start + filled), "list.ods")


def test_contracts_that_have_ended_are_said():
    text = "Contract No,Supplier,Contract Value,End Date\n1,Fell Ltd,50,31/03/2020\n2,Beck Ltd,9,31/03/2030\n"
    found = supplier_list_from(text.encode(), "list.csv")

    later = with_ended_contracts(found, date(2026, 11, 22))

    assert later.doubts[0].startswith(
        "the contracts of 1 of 2 suppliers with an end date have ended, £50 together"
    )
    assert with_ended_contracts(found, date(2020, 1, 1)) is found
    assert found.money.sentence == "Contract value: £59 with suppliers."


def test_the_account_of_the_money_says_where_it_stands():
    text = "Supplier,Net Amount\nFell Ltd,100\nREDACTED,20\nFell Ltd; Beck Ltd,7\n,3\nTotal,130\n"

    found = supplier_list_from(text.encode(), "list.csv")

    assert found.money.read == Decimal(100)
    assert (found.money.set_aside, found.money.undivided, found.money.stated) == (
        Decimal(23),
        Decimal(7),
        Decimal(130),
    )
    assert found.money.sentence == "Spend: £100 with suppliers, £23 set aside, £7 shared and not divided."
    assert not any("own total" in text for text in found.doubts)
