"""What is known of one organisation when its status is worked out: records, without any judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from section54.suppliers.matching.companies_house import Company


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of a statement that a finding rests on."""

    text: str
    page: int | None
    """From 1; None for a web page."""
    status: str | None = None
    """done, planned or denied; None where that does not apply."""
    because: tuple[str, ...] = ()
    """The words and features that carried the model's decision on an area, strongest first."""


@dataclass(frozen=True, slots=True)
class AreaFinding:
    """What one statement says on one of the six areas of s.54(5)."""

    area: str
    level: str
    """none, mentioned, described, substantive, unsure or could_not_check."""
    reason: str
    quotations: tuple[Quotation, ...] = ()
    recall: float | None = None
    """The model's measured recall for this area, 0 to 1; shown beside every 'no passage found'."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """approved, signed or no_steps, as found in the text."""

    check: str
    value: str
    """yes, no, not_explicit or could_not_check."""
    reason: str
    detail: str | None = None
    """A role or a body, never a name."""
    quotations: tuple[Quotation, ...] = ()


class FoundAt(StrEnum):
    """Where a statement was found."""

    OWN_SITE = "own_site"
    REGISTRY = "registry"
    """At the address filed with the registry."""
    HOSTED_PDF = "hosted_pdf"
    """The copy that the registry hosts."""
    GROUP = "group"
    """A statement of the parent or group."""


@dataclass(frozen=True, slots=True)
class SharedText:
    """Another organisation's statement that is largely the same text.

    It lowers nothing and explains nothing.
    """

    organisation: str
    url: str | None
    share: float
    """Of the runs of five words in either text, those that are in both, 0.5 to 1."""
    noticed_at: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class StatementFact:
    """One document that was fetched as a statement, and what was read in it."""

    url: str
    sha256: str
    fetched_at: str
    """UTC, ISO 8601."""
    source: FoundAt
    period_start: date | None
    period_end: date | None
    period_source: str | None
    """document or registry; None where the period is not known."""
    areas: tuple[AreaFinding, ...] = ()
    checks: tuple[CheckFinding, ...] = ()
    covered: int | None = None
    of: int | None = None
    pages: int | None = None
    pages_read: int | None = None
    ruleset: str | None = None
    model: str | None = None
    warnings: tuple[str, ...] = ()
    names_organisation: bool | None = None
    """False where the text was read and does not name the organisation; None where that could not be told."""
    legal_basis: str | None = None
    """section_54 or voluntary, where its own words say so (see judging.scope.legal_basis); else None."""
    shared: tuple[SharedText, ...] = ()
    """Statements of other organisations with largely this text, the most alike first."""
    error: str | None = None
    """Why it could not be read, in a sentence; then there are no findings, and nothing follows from that."""

    @property
    def doubtful(self) -> bool:
        """Whether it may be another organisation's: found on a website, and the text does not name this one.

        What the organisation itself filed with the registry is its own, whatever name the text uses.
        """
        return self.names_organisation is False and self.source is FoundAt.OWN_SITE


@dataclass(frozen=True, slots=True)
class ListingFact:
    """One row of the registry for this organisation."""

    registry_year: int
    organisation: str
    summary_url: str
    statement_url: str | None
    pdf_url: str | None
    period_start: date | None
    period_end: date | None
    last_updated: date | None
    parent: str | None
    """The parent of the group row; None on the organisation's own row."""
    group_submission: bool | None
    turnover: str | None
    """The band as filed. On a child row it is the total of the whole group."""
    sector_type: str | None
    declared: Mapping[str, bool | None] = field(default_factory=dict)
    """Area to the organisation's own answer; None where it did not answer."""
    withdrawn_at: str | None = None
    """UTC, ISO 8601: when a file was loaded that has the row no longer; None while the registry lists it."""


class CoverKind(StrEnum):
    """How a group statement reaches a subsidiary, surest first."""

    NAMED_IN_TEXT = "named_in_text"
    NAMED_IN_REGISTRY = "named_in_registry"
    GENERAL_TERMS = "general_terms"
    """"... and its subsidiaries": covered, not named."""
    SAME_WEBSITE = "same_website"
    """Not cover: only a hint that a person should follow."""


@dataclass(frozen=True, slots=True)
class GroupCover:
    """A parent's statement that may cover this organisation."""

    parent_id: str
    parent_name: str
    kind: CoverKind
    statement: StatementFact
    quotation: Quotation | None = None
    """The words that name it or that cover subsidiaries; None for registry rows and a shared website."""

    @property
    def covers(self) -> bool:
        return self.kind is not CoverKind.SAME_WEBSITE


@dataclass(frozen=True, slots=True)
class AttemptFact:
    """A fetch that gave no document."""

    url: str
    at: str
    """UTC, ISO 8601."""
    reason: str
    """A value of crawler.items.Reason."""
    detail: str = ""
    found_by: str = ""
    """registry, home, hub, sitemap, common_path or filed."""


@dataclass(frozen=True, slots=True)
class VisitFact:
    """The last visit to the organisation's website."""

    outcome: str
    """A value of crawler.items.Outcome."""
    finished_at: str
    home_url: str | None
    """The home page that was really read; None when it was not."""
    home_link: str = "unknown"
    """A value of crawler.items.HomeLink, for s.54(7)."""
    home_link_url: str | None = None


@dataclass(frozen=True, slots=True)
class RegistryLoaded:
    """A registry file in which the organisation was looked for."""

    registry_year: int
    loaded_at: str
    source: str = ""


class ScopeWord(StrEnum):
    """How likely a statement of its own is expected."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    NOT_COMMERCIAL = "not_commercial"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ScopeEvidence:
    """One piece of evidence and how it is read."""

    reading: ScopeWord
    text: str
    """One sentence."""
    source: str
    """Where it stands: an address or a register."""


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """All that is known of one organisation when its status is worked out."""

    organisation_id: str
    name: str
    company_number: str | None
    statements: tuple[StatementFact, ...] = ()
    """Its own, any order; group statements belong in `group`."""
    group: tuple[GroupCover, ...] = ()
    listings: tuple[ListingFact, ...] = ()
    attempts: tuple[AttemptFact, ...] = ()
    """Of the last visit."""
    visit: VisitFact | None = None
    """None when nobody has looked yet."""
    registry: tuple[RegistryLoaded, ...] = ()
    sector_type: str | None = None
    """Private or Public, where known from elsewhere than the registry rows."""
    incorporated_on: date | None = None
    year_end: date | None = None
    """Any known end of a financial year from outside the statements (last accounts at Companies House)."""
    company: Company | None = None
    """The entry in the Companies House snapshot, where one is loaded and has it."""
    scope_evidence: tuple[ScopeEvidence, ...] = ()
    """From outside the collection: a person's own reading, which goes before any other."""
    collected: bool = True
    """False for a company known from Companies House or a decision only: nothing was ever looked for."""
