"""Registry CSV files of organisations that do not exist, in the format of the government's export."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from crawler.registry import DECLARED, KNOWN_COLUMNS

HEADER = sorted(KNOWN_COLUMNS)
SUMMARY = "https://registry.example/statement-summary/{}/2026"
ROW = {
    "StatementYear": "2026",
    "OrganisationName": "LARKFIELD CATERING LIMITED",
    "SectorType": "Private",
    "CompanyNumber": "01234567",
    "LastUpdated": "03/02/2026",
    "GroupSubmission": "No",
    "StatementURL": "https://larkfield.example/modern-slavery",
    "StatementSummaryURL": SUMMARY.format("aaaaaaaa"),
    "StatementStartDate": "01/10/2024",
    "StatementEndDate": "30/09/2025",
    "DateApproved": "15/01/2026",
    "OrganisationSectors": "Food and beverages, agriculture and fishing\r\nOther",
    "Turnover": "£36 million to £60 million",
    **{answer: "Yes" for answer, _ in DECLARED.values()},
}


def registry_csv(*rows: dict[str, str], header: list[str] = HEADER, encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(ROW | row for row in rows)
    return text.getvalue().encode(encoding)


def write_registry(path: Path, *rows: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(registry_csv(*rows))
    return path
