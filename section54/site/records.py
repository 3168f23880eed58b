"""The parts of the site's records, typed: what the readers give, the pages show, and /openapi.json describes.

Columns of whole tables are described by the data dictionary; here stands what is put together from several.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, TypedDict, Union, get_args, get_origin, get_type_hints, is_typeddict

Json = dict[str, Any]


class AreaFinding(TypedDict):
    """What a statement says on one area."""

    level: str
    probability: float
    reason: str


class CheckFinding(TypedDict):
    """The answer to one check."""

    value: str
    detail: str | None
    reason: str


class OneFinding(TypedDict):
    """What a sentence is to one of the findings that rest on it."""

    probability: float | None
    because: list[str]
    criteria: list[str]
    specific: int


class Sentence(TypedDict):
    """A quotation with the findings that rest on it."""

    position: int
    quotation: str
    page: int | None
    heading: str | None
    status: str
    probability: float | None
    criteria: list[str]
    specific: int
    because: list[str]
    boxes: list[list[float]]
    source: str
    confidence: float | None
    findings: list[str]
    by_finding: dict[str, OneFinding]


class Highlights(TypedDict):
    """The sentences of an area of which the model is surest, and how many more there are."""

    shown: list[Sentence]
    more: int


class Snapshot(TypedDict):
    """One fetch of a document."""

    url: str | None
    final_url: str | None
    fetched_at: str
    found_by: str
    found_on: str | None
    status: int
    tls: str
    not_modified: int


class StatementLine(TypedDict):
    """A statement in a list of those of one organisation."""

    id: str
    period_start: str | None
    period_end: str | None
    covered: int
    of_areas: int


class StatementVersion(TypedDict):
    """One of several documents for the same year."""

    id: str
    kind: str
    content_type: str
    url: str | None
    final_url: str | None
    first_fetched_at: str
    last_fetched_at: str
    words: int
    covered: int
    of_areas: int


class StatementOrganisation(TypedDict):
    """An organisation that a statement covers, and how that is known."""

    organisation_id: str
    name: str
    how: str
    parent: str | None
    registry_year: int | None
    summary_url: str | None
    same_period: str


class OrganisationName(TypedDict):
    """An organisation by its id, name and number."""

    id: str
    name: str
    company_number: str | None


class FoundOrganisation(TypedDict):
    """An organisation that a search found, with its latest statement."""

    id: str
    name: str
    company_number: str | None
    kind: str | None
    sector_type: str | None
    statements: int
    listings: int
    period_end: str | None
    covered: int | None
    of_areas: int | None


class DifferenceLine(TypedDict):
    """A sentence that came (+) or went (-)."""

    sign: Literal["+", "-"]
    text: str


class Difference(TypedDict):
    """What is different between two texts: sentences, how many more, and how many stayed the same."""

    sentences: list[DifferenceLine]
    more: int
    same: int


class Change(TypedDict):
    """A change at an organisation; `number` is its place among all."""

    number: int
    id: str
    organisation_id: str
    kind: str
    happened_at: str
    noticed_at: str
    statement_id: str | None
    previous_statement_id: str | None
    url: str | None
    previous_url: str | None
    similarity: float | None
    period_end: str | None
    detail: str
    organisation: str
    made_by: str | None
    title: str


class DeclaredArea(TypedDict):
    """One answer of a registry entry beside what was found."""

    area: str
    declared: str
    declared_reason: str | None
    found: str | None
    found_reason: str | None


class DeclaredEntry(TypedDict):
    """A registry entry with its six answers beside what was found in the statement of the same period."""

    summary_url: str
    registry_year: int
    period_end: str | None
    statement_id: str | None
    same_period: str
    areas: list[DeclaredArea]


class ListingLine(TypedDict):
    """A row of the registry that names the organisation."""

    registry_year: int
    name: str
    parent: str | None
    summary_url: str
    filed_by: str
    statement_url: str | None
    pdf_url: str | None
    period_start: str | None
    period_end: str | None
    date_approved: str | None
    last_updated: str | None
    turnover: str | None
    sectors: list[str]


class CoveringStatement(TypedDict):
    """A statement of another organisation that covers this one."""

    statement_id: str | None
    filed_by: str
    filed_by_name: str
    how: str
    registry_year: int | None
    summary_url: str | None
    same_period: str
    period_end: str | None
    covered: int | None
    of_areas: int | None


class SectorName(TypedDict):
    """A sector of an organisation."""

    id: str
    name: str


class AttemptCount(TypedDict):
    """How often something could not be fetched, and why."""

    reason: str
    attempts: int
    first_at: str
    last_at: str


class YearCount(TypedDict):
    """Statements by the year in which their period ends."""

    year: int
    statements: int


class CoverageCell(TypedDict):
    """How many statements of a year describe an area, of how many that could be told; with the rows behind
    both.
    """

    year: int
    described: int
    told: int
    described_href: str
    told_href: str


class AreaCoverage(TypedDict):
    """An area by year."""

    area: str
    cells: list[CoverageCell]


class DescribedCount(TypedDict):
    """Statements by how many areas they describe; None stands for those of which nothing could be told."""

    covered: int | None
    statements: int
    href: str


class Comparisons(TypedDict):
    """A number of comparisons and the rows behind it."""

    comparisons: int
    href: str


class DeclaredAnswer(TypedDict):
    """An answer with what was found: described or more, mentioned, no passage, could not be told."""

    answer: str
    found: list[Comparisons]


class DeclaredCoverage(TypedDict):
    """An area as registry entries declare it, beside what was found."""

    area: str
    declared: int
    described: int
    told: int
    crossed: list[DeclaredAnswer]


class LevelCount(TypedDict):
    """Statements at one level and the rows behind the number."""

    level: str
    statements: int
    href: str


class AreaLevels(TypedDict):
    """An area by level."""

    area: str
    counts: list[LevelCount]


class SectorOfYear(TypedDict):
    """A sector with its statements of a year."""

    id: str
    name: str
    statements: int
    href: str


class Figures(TypedDict):
    """What the statements of a sector, a year or all say."""

    shown_years: list[int]
    years: list[YearCount]
    statements: int
    coverage: list[AreaCoverage]
    distribution: list[DescribedCount]
    declared: list[DeclaredCoverage]


_SIMPLE: dict[object, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}


def schema_of(kind: Any) -> Json:
    """The JSON schema of a type: a TypedDict, a list, a dict with texts for keys, a union, a simple type."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        described = {"description": kind.__doc__} if kind.__doc__ else {}
        properties = {name: schema_of(of) for name, of in hints.items()}
        return {"type": "object", "required": list(hints), "properties": properties, **described}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in arguments]}
    raise TypeError(f"no schema for {kind!r}")
