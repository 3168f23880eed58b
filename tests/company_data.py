"""BasicCompanyData files of companies that do not exist, column for column as Companies House publishes them.

The odd spaces in front of some column names are the file's own (its header line of 2026, as users of it
record it).
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

HEADER = [
    "CompanyName", " CompanyNumber", "RegAddress.CareOf", "RegAddress.POBox", "RegAddress.AddressLine1",
    " RegAddress.AddressLine2", "RegAddress.PostTown", "RegAddress.County", "RegAddress.Country",
    "RegAddress.PostCode",
    "CompanyCategory", "CompanyStatus", "CountryOfOrigin", "DissolutionDate", "IncorporationDate",
    "Accounts.AccountRefDay", "Accounts.AccountRefMonth", "Accounts.NextDueDate", "Accounts.LastMadeUpDate",
    "Accounts.AccountCategory", "Returns.NextDueDate", "Returns.LastMadeUpDate", "Mortgages.NumMortCharges",
    "Mortgages.NumMortOutstanding", "Mortgages.NumMortPartSatisfied", "Mortgages.NumMortSatisfied",
    "SICCode.SicText_1", "SICCode.SicText_2", "SICCode.SicText_3", "SICCode.SicText_4",
    "LimitedPartnerships.NumGenPartners", "LimitedPartnerships.NumLimPartners", "URI",
    "PreviousName_1.CONDATE", " PreviousName_1.CompanyName", " PreviousName_2.CONDATE",
    " PreviousName_2.CompanyName",
    *(
        name
        for index in range(3, 11)
        for name in (f"PreviousName_{index}.CONDATE", f" PreviousName_{index}.CompanyName")
    ),
    "ConfStmtNextDueDate", " ConfStmtLastMadeUpDate",
]  # fmt: skip
ROW = {
    "CompanyCategory": "Private Limited Company",
    "CompanyStatus": "Active",
    "CountryOfOrigin": "United Kingdom",
    "IncorporationDate": "03/02/1994",
    "Accounts.AccountRefDay": "31",
    "Accounts.AccountRefMonth": "3",
    "Accounts.LastMadeUpDate": "31/03/2026",
    "Accounts.AccountCategory": "FULL",
    "SICCode.SicText_1": "23310 - Manufacture of ceramic tiles and flags",
}


def company_row(number: str, name: str, *former: str, **columns: str) -> list[str]:
    """One record; columns are named as in the file, with _ for a dot where Python needs it."""
    row = ROW | {
        "CompanyName": name,
        "CompanyNumber": number,
        "URI": f"http://business.data.gov.uk/id/company/{number}",
    }
    row |= {f"PreviousName_{index}.CompanyName": one for index, one in enumerate(former, start=1)}
    row |= {column.replace("Accounts_", "Accounts."): value for column, value in columns.items()}
    return [row.get(column.strip(), "") for column in HEADER]


def companies_csv(*rows: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    text.write(",".join(HEADER) + "\r\n")  # the header line is the one without quotation marks
    writer.writerows(rows)
    return text.getvalue().encode()


def write_companies(path: Path, *rows: list[str]) -> Path:
    path.write_bytes(companies_csv(*rows))
    return path
