"""Tables in HTML and in the XML of Excel 2003, which portals and report writers save under the name .xls."""

from __future__ import annotations

import re

from lxml import etree, html

from section54.suppliers.reading.rows import SupplierListError, Table, make_row

_MARKUP = re.compile(rb"\s*(?:<!doctype html|<html|<table|<\?xml|<workbook|<meta|<head|<body)", re.IGNORECASE)
_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


def is_markup(body: bytes) -> bool:
    """Tell whether a file begins as HTML or XML."""
    return _MARKUP.match(body.removeprefix(b"\xef\xbb\xbf")[:400]) is not None


def read_markup(path: str, body: bytes) -> list[Table]:
    """Read the tables of a file. Raises SupplierListError where it has none."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text[:4000] and not re.match(
        rb"\s*<html", text, re.I
    ):
        return _read_spreadsheet_xml(path, text)
    if re.match(rb"\s*<\?xml", text) and not re.search(rb"<(?:html|table)\b", text[:4000], re.I):
        raise SupplierListError(f"{path} is XML, no table: export it as CSV or XLSX")
    return _read_html(path, text)


def _read_html(path: str, body: bytes) -> list[Table]:
    try:
        page = html.document_fromstring(
            body, parser=html.HTMLParser(huge_tree=False, encoding=_encoding(body))
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise SupplierListError(f"{path} is a web page, no CSV: was an error page downloaded?") from error
    tables = []
    for number, table in enumerate(page.iter("table"), start=1):
        if table.find(".//table") is not None:  # a table for the layout of the page
            continue
        rows = tuple(
            make_row(at, [_html_text(cell) for cell in row if cell.tag in {"td", "th"}])
            for at, row in enumerate(table.iter("tr"), start=1)
        )
        tables.append(Table(rows, f"HTML, table {number}", True))
    if not tables:
        raise SupplierListError(f"{path} is a web page, no CSV: was an error page downloaded?")
    return tables


def _encoding(body: bytes) -> str | None:
    """UTF-8 where the page is that; None lets the page itself say."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _html_text(cell: html.HtmlElement) -> str:
    for line_break in cell.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return str(cell.text_content())


def _read_spreadsheet_xml(path: str, body: bytes) -> list[Table]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        book = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SupplierListError(
            f"{path} is a damaged XML spreadsheet: save it as XLSX or CSV first"
        ) from error
    tables = []
    for sheet in book.iter(f"{_SHEET}Worksheet"):
        rows = tuple(
            make_row(at, _spreadsheet_cells(row))
            for at, row in enumerate(sheet.iter(f"{_SHEET}Row"), start=1)
        )
        tables.append(Table(rows, f"XML spreadsheet, sheet {sheet.get(f'{_SHEET}Name', '')!r}", True))
    return tables


def _spreadsheet_cells(row: etree._Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_SHEET}Cell"):
        at = cell.get(f"{_SHEET}Index")  # cells in between are blank
        if at is not None and at.isdigit():
            cells += [""] * min(max(0, int(at) - 1 - len(cells)), 1_000)
        data = cell.find(f"{_SHEET}Data")
        cells.append("" if data is None else "".join(map(str, data.itertext())))
    return cells
