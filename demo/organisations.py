"""The facts of the demo's organisations, and the files that are made from them: registry CSVs and seed
lists.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

FOLDER = Path(__file__).parent
REGISTRY_HOST = "registry.localhost"
REGISTRY_YEARS = (2024, 2025, 2026)
AREA_COLUMNS = {
    "structure": ("StatementIncludesOrgStructure", "NoOrgStructureReason"),
    "policies": ("StatementIncludesPolicies", "NoPoliciesReason"),
    "risk": ("StatementIncludesRisksAssessment", "NoRiskAssessmentReason"),
    "due_diligence": ("StatementIncludesDueDiligence", "NoDueDiligenceReason"),
    "training": ("StatementIncludesTraining", "NoTrainingReason"),
    "effectiveness": ("StatementIncludesGoals", "NoGoalsReason"),
}
COLUMNS = (
    *("StatementYear", "OrganisationName", "Address", "SectorType", "CompanyNumber", "LastUpdated"),
    *("GroupSubmission", "ParentName", "StatementURL", "EmailAddressNoURL", "StatementSummaryURL"),
    *("StatementStartDate", "StatementEndDate", "ApprovingPerson", "DateApproved"),
    *(column for pair in AREA_COLUMNS.values() for column in pair),
    *("OrganisationSectors", "OtherOrganisationSector", "Turnover", "YearsProducingStatements"),
    *("Policies", "OtherPolicies", "NoPolicies", "Training", "OtherTraining", "NoTraining"),
    *("WorkingConditionsEngagement", "NoEngagement", "SocialAudits", "NoSocialAudits"),
    *("GrievanceMechanisms", "NoGrievanceMechanisms", "OtherMonitoring", "NoRisks"),
    *(
        f"Risk{number}{part}"
        for number in (1, 2, 3)
        for part in (
            "",
            "Area",
            "SupplyChainTier",
            "GroupAffected",
            "OtherGroupAffected",
            "Location",
            "Mitigation",
        )
    ),
    *(
        "ILOIndicatorsInStatement",
        "NoILOIndicatorsInStatement",
        "ILOIndicatorsActions",
        "ILOIndicatorsNoActions",
    ),
    *("DemonstrateProgress", "PDFDate", "PDFURL"),
)
"""The 73 columns of the registry's export, in its order."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """One fictional organisation, as `organisations.yaml` has it."""

    id: str
    name: str
    number: str
    """Company number; empty for public bodies."""
    kind: str
    """company, llp, charity, police_commissioner, police_force or council."""
    host: str
    """Where its site begins, without the port; empty where it has none."""
    shows: str
    """What it is in the demo for."""
    address: tuple[str, ...]
    sectors: tuple[str, ...]
    registry: tuple[Mapping[str, Any], ...] = ()
    source: str = ""
    """For public bodies: where the seed list has it from."""


@dataclass(frozen=True, slots=True)
class RegistryStatement:
    """One statement in the registry, with the organisations that it covers besides the one that filed it."""

    organisation: Organisation
    year: int
    facts: Mapping[str, Any]

    @property
    def summary_path(self) -> str:
        return f"/statement-summary/{self.facts['id']}/{self.year}"

    @property
    def pdf_path(self) -> str:
        """Path of the hosted PDF with its spaces, as the registry writes it; empty where it hosts none."""
        name = self.facts.get("pdf", "")
        return f"/pdf-published/{self.facts['id']}/{self.year}/{name}" if name else ""

    def url(self, port: int) -> str:
        """Return the address that the organisation filed as its statement; empty where it filed none."""
        host, slash, path = self.facts.get("url", "").partition("/")
        return f"http://{host}:{port}{slash}{quote(path)}" if host else ""


@cache
def load_organisations() -> tuple[Organisation, ...]:
    """Return all organisations of the demo. Raises TypeError for a key that no organisation has."""
    rows = yaml.safe_load((FOLDER / "organisations.yaml").read_text(encoding="utf-8"))
    for row in rows:
        for key in ("address", "sectors", "registry"):
            row[key] = tuple(row.get(key, ()))
    return tuple(Organisation(**row) for row in rows)


def registry_statements(year: int) -> Iterator[RegistryStatement]:
    """Give the statements of one registry year, in the order of the organisations."""
    for organisation in load_organisations():
        for facts in organisation.registry:
            if facts["year"] == year:
                yield RegistryStatement(organisation, year, facts)


def find_statement(key: Sequence[str]) -> RegistryStatement | None:
    """Return the statement of a summary page, given the parts of its address (id, year), or None."""
    for year in REGISTRY_YEARS:
        for statement in registry_statements(year):
            if list(key) == [statement.facts["id"], str(year)]:
                return statement
    return None


def registry_csv(year: int, port: int) -> bytes:
    """Return the registry's export of one year: UTF-8 with BOM, CRLF, lists by line breaks inside a cell."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for statement in registry_statements(year):
        writer.writerows(_rows(statement, port))
    return out.getvalue().encode("utf-8-sig")


def write_inputs(folder: Path, port: int) -> dict[str, Path]:
    """Write what a user would bring, with the port of the running demo web, and return the paths by name.

    Names: registry_2024 and so on, websites, public_bodies, suppliers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {f"registry_{year}": folder / f"StatementSummaries{year}.csv" for year in REGISTRY_YEARS}
    for year in REGISTRY_YEARS:
        paths[f"registry_{year}"].write_bytes(registry_csv(year, port))
    paths["websites"] = folder / "websites.csv"
    paths["websites"].write_bytes(_websites_csv(port))
    paths["public_bodies"] = folder / "public_bodies.csv"
    paths["public_bodies"].write_bytes(_public_bodies_csv(port))
    paths["suppliers"] = folder / "suppliers.csv"
    shutil.copyfile(FOLDER / "suppliers.csv", paths["suppliers"])
    return paths


PUBLIC_KINDS = ("police_commissioner", "police_force", "council")


def _websites_csv(port: int) -> bytes:
    rows = [
        [row.name, row.number, f"http://{row.host}:{port}/"]
        for row in load_organisations()
        if row.host and row.kind not in PUBLIC_KINDS
    ]
    return _csv([["organisation", "company_number", "website"], *rows])


def _public_bodies_csv(port: int) -> bytes:
    header = ["organisation", "company_number", "website", "kind", "source", "source_date"]
    rows = [
        [row.name, row.number, f"http://{row.host}:{port}/", row.kind, row.source, "2026-11-02"]
        for row in load_organisations()
        if row.kind in PUBLIC_KINDS
    ]
    return _csv([header, *rows])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _rows(statement: RegistryStatement, port: int) -> Iterator[dict[str, str]]:
    """Give the parent's row, then one per organisation covered: the statement's own columns are repeated on
    each.
    """
    parent = statement.organisation
    common = _statement_columns(statement, port)
    own = {"OrganisationName": parent.name.upper(), "CompanyNumber": parent.number, "ParentName": ""}
    yield {**common, **own, "Address": "\r\n".join(parent.address)}
    for child in statement.facts.get("group", ()):
        named = {"OrganisationName": child["name"].upper(), "CompanyNumber": child.get("number", "")}
        yield {
            **common,
            **named,
            "ParentName": parent.name.upper(),
            "Address": "\r\n".join(child.get("address", ())),
        }


def _statement_columns(statement: RegistryStatement, port: int) -> dict[str, str]:
    facts = statement.facts
    registry = f"http://{REGISTRY_HOST}:{port}"
    start, end = facts["period"]
    columns = {
        "StatementYear": str(statement.year),
        "SectorType": "Public" if statement.organisation.kind in PUBLIC_KINDS else "Private",
        "LastUpdated": _day(facts["updated"]),
        "GroupSubmission": "Yes" if facts.get("group") else "No",
        "StatementURL": statement.url(port),
        "EmailAddressNoURL": facts.get("email", ""),
        "StatementSummaryURL": registry + statement.summary_path,
        "StatementStartDate": _day(start),
        "StatementEndDate": _day(end),
        "ApprovingPerson": facts["approver"],
        "DateApproved": _day(facts["approved"]),
        "OrganisationSectors": "\r\n".join(statement.organisation.sectors),
        "Turnover": facts["turnover"],
        "YearsProducingStatements": facts["years"],
        "NoRisks": "No",
        "PDFDate": f"{facts['updated'].isoformat()}T10:14:07" if statement.pdf_path else "",
        "PDFURL": registry + statement.pdf_path if statement.pdf_path else "",
    }
    return {**columns, **_declared(facts), **_details(facts.get("details", {}))}


def _declared(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the six declared answers; an area that the facts leave out stays blank: not answered."""
    cells = {}
    for area, (answer, reason) in AREA_COLUMNS.items():
        value = facts["declared"].get(area)
        cells[answer] = {True: "Yes", False: "No", None: ""}[value]
        cells[reason] = facts.get("reasons", {}).get(area, "")
    return cells


def _details(details: Mapping[str, Any]) -> dict[str, str]:
    unknown = set(details) - set(COLUMNS)
    if unknown:
        raise ValueError(f"no such registry column in organisations.yaml: {sorted(unknown)}")
    return {
        name: "\r\n".join(value) if isinstance(value, list) else str(value) for name, value in details.items()
    }


def _day(value: date) -> str:
    return value.strftime("%d/%m/%Y")
