"""What a report of a check holds and the words for it; written down by columns, workbook and pages.

Nothing in them is a verdict: the words are those of coverage, a negative carries what was tried and what else
could explain it, and no approver is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from db.redact import redact_quotation
from domain.coverage import ANSWERS, LEVELS, check_value
from domain.rubric import LAYERS, load_rubric
from section54.suppliers.deciding.decisions import VERDICT_WORDS, Decision
from section54.suppliers.judging.risk import RiskTier
from section54.suppliers.judging.status import STATUS_LABELS, TO_DO, Status, StatusWord
from section54.suppliers.judging.supplier_facts import (
    AreaFinding,
    CheckFinding,
    FoundAt,
    ListingFact,
    Quotation,
    SupplierFacts,
)
from section54.suppliers.matching.matcher import Match, MatchKind
from section54.suppliers.reading.lists import SupplierLine, SupplierList
from section54.words import words

_RUBRIC = load_rubric()
AREA_TITLES = {area.id: f"{area.title} ({area.letter})" for area in _RUBRIC.areas}
"""The areas, with the letter of the Act."""

CHECK_TITLES = {
    rule.id: rule.title if rule.layer == "law" else f"{rule.title} ({rule.layer})"
    for layer in LAYERS
    for rule in _RUBRIC.checks
    if rule.layer == layer
}
"""What the Act asks for first, then what guidance does."""
SOURCE_WORDS = {
    FoundAt.OWN_SITE: "its own website",
    FoundAt.REGISTRY: "the address filed with the government registry",
    FoundAt.HOSTED_PDF: "the copy hosted by the government registry",
    FoundAt.GROUP: "the parent or group",
}
MATCH_WORDS = {
    MatchKind.DECIDED: "Matched by a person's decision",
    MatchKind.NUMBER: "Matched by company number",
    MatchKind.EXACT_NAME: "Matched by name",
    MatchKind.FORMER_NAME: "Matched by former name",
    MatchKind.TRADING_NAME: "Matched by trading name",
    MatchKind.CANDIDATES: "Not matched: candidates to choose from",
    MatchKind.NONE: "Not matched",
}
COVERAGE_NOTE = "Coverage, not compliance."
CONDUCT_NOTE = "The presence or absence of a statement proves nothing about conduct."
METHOD = (
    "Suppliers are matched by company number first, then by exact name, former name or trading name. Similar "
    "names "
    "are only ever offered as candidates: a person decides.",
    "A statement counts as current until guidance expects the next one: six months after the end of the "
    "following "
    "financial year. The Act itself sets no deadline.",
    "The six areas of section 54(5) are optional in law: a statement may include them. Levels describe how "
    "much was "
    "found, sentence by sentence, by a trained model; every level shows the sentences that it rests on.",
    "'No passage found' means that every page was read and no sentence was recognised. The share of such "
    "passages "
    "that the model recognises is shown beside it where it was measured (recall).",
    "Answers under 'declared' are the organisation's own, as filed with the government registry, checked by "
    "nobody. "
    "A blank one is 'not answered', not 'no'. An entry in the registry is voluntary.",
    "Whether a statement is expected of an organisation (scope) is a separate question, answered with the "
    "evidence "
    "at hand. The organisation itself decides in law whether section 54 applies to it.",
    "Only the Secretary of State can enforce section 54. This check prompts a person's own look and decides "
    "nothing.",
)


@dataclass(frozen=True, slots=True)
class CheckedSupplier:
    """One supplier of the list with all that was found out."""

    line: SupplierLine
    match: Match
    status: Status
    facts: SupplierFacts | None = None
    """None where no organisation was matched, or the match is one that a person should confirm."""
    decisions: tuple[Decision, ...] = ()
    """What a person decided about this supplier, oldest first."""
    risk: RiskTier | None = None
    """The buyer's own tier; None where no table was given."""

    @property
    def is_open(self) -> bool:
        """Whether a person has to choose or confirm the organisation."""
        return self.match.kind is MatchKind.CANDIDATES or self.match.needs_review

    @property
    def match_words(self) -> str:
        words = MATCH_WORDS[self.match.kind]
        return f"{words}, to be confirmed" if self.match.needs_review else words


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One check of one supplier list."""

    suppliers: tuple[CheckedSupplier, ...]
    source: SupplierList
    generated_at: str
    """UTC, ISO 8601."""
    version: str
    """Of this program."""
    risk_table: str | None = None
    """Name of the buyer's table of risk tiers."""
    is_demo: bool = False
    """Whether the collection is the demo's, whose organisations do not exist."""

    @property
    def money_word(self) -> str:
        """What the amounts of the list are: "Spend", or "Contract value", which is no spend."""
        return self.source.money.kind.value.capitalize()

    @property
    def look_first(self) -> tuple[str, ...]:
        """What stands above every output: doubts about the list, and where its money stands."""
        return (*self.source.doubts, *filter(None, [self.source.money.sentence]))


def in_order_of_work(suppliers: Iterable[CheckedSupplier]) -> list[CheckedSupplier]:
    """The suppliers in order of what a person must do, then of spend, then of the list."""
    order = {word: at for at, word in enumerate(TO_DO)}
    return sorted(suppliers, key=lambda item: (order[item.status.status], -(item.line.amount or Decimal(0))))


@dataclass(frozen=True, slots=True)
class StatusCount:
    """One line of the summary."""

    status: StatusWord
    label: str
    suppliers: int
    amount: Decimal | None
    """None where the list has no amounts."""
    share: float | None
    """Of the spend, 0 to 1; None without amounts or where they do not add up to more than nothing."""


def summary(report: CheckReport) -> tuple[StatusCount, ...]:
    """Count suppliers and add up their spend by status, in the order of the ladder; statuses of nobody left
    out.
    """
    counts = []
    for word in StatusWord:
        items = [item for item in report.suppliers if item.status.status is word]
        if items:
            counts.append(
                StatusCount(word, STATUS_LABELS[word], len(items), *spend_of(items, report.suppliers))
            )
    return tuple(counts)


def spend_of(
    items: Iterable[CheckedSupplier], everyone: Sequence[CheckedSupplier]
) -> tuple[Decimal | None, float | None]:
    """The spend with some suppliers of a list, and its share of the spend with all of them; see StatusCount
    for None.
    """
    if all(item.line.amount is None for item in everyone):
        return None, None
    spend, total = (
        sum((item.line.amount or Decimal(0) for item in group), Decimal(0)) for group in (items, everyone)
    )
    return spend, float(spend / total) if total > 0 else None


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({one for one in values if one}))


def decision_words(decision: Decision) -> str:
    """One decision in words: "is this organisation (Larkfield Limited), decided by ... on ...: reason"."""
    about = f" ({decision.organisation})" if decision.organisation else ""
    return f"{VERDICT_WORDS[decision.verdict]}{about}, {decision.sentence()}"


def level_words(finding: AreaFinding) -> str:
    """The level in words; beside 'no passage found' the share of such passages that the model recognises."""
    level = words(LEVELS, finding.level)
    if finding.level != "none" or finding.recall is None:
        return level
    return f"{level} (measured recall {finding.recall:.0%})"


def declared_words(listing: ListingFact, area: str) -> str:
    """The organisation's own answer; a blank one is not a No."""
    answer = listing.declared.get(area)
    return ANSWERS["not_answered" if answer is None else "yes" if answer else "no"]


def declared_listing(item: CheckedSupplier) -> ListingFact | None:
    """The registry row to compare with the statement: the one of the same period, else the newest; none
    withdrawn.
    """
    listings = [row for row in item.facts.listings if row.withdrawn_at is None] if item.facts else []
    if not listings:
        return None
    statement = item.status.statement
    same = [row for row in listings if statement and row.period_end == statement.period_end]
    return max(same or listings, key=lambda row: (row.period_end or date.min, row.registry_year))


def quotation_words(quotation: Quotation, organisation: str, *, check: str | None = None) -> str:
    """The quotation without the names of individuals; more is taken out where a signatory is spoken of."""
    return redact_quotation(quotation.text, organisation, signatory=check in {"approved", "signed"})


def checks_in_order(checks: Iterable[CheckFinding]) -> list[CheckFinding]:
    """The checks as CHECK_TITLES has them; those of a rubric that it does not know at the end."""
    order = list(CHECK_TITLES)
    return sorted(checks, key=lambda one: order.index(one.check) if one.check in order else len(order))


def check_words(check: CheckFinding) -> str:
    """The outcome of a check in words, with the role or body where one was found."""
    result = check_value(check.check, check.value)
    return f"{result} ({check.detail})" if check.detail else result


def provenance(report: CheckReport, item: CheckedSupplier | None = None) -> Iterator[tuple[str, str]]:
    """Where the report, or the evidence on one supplier of it, comes from, as pairs of title and text."""
    source = report.source
    items = report.suppliers if item is None else (item,)
    statements = [one.status.statement for one in items if one.status.statement is not None]
    snapshots = _distinct(one.facts.company.snapshot for one in items if one.facts and one.facts.company)
    yield "Generated (UTC)", report.generated_at
    yield "Program", f"section54 {report.version}"
    yield (
        "Ruleset",
        ", ".join(_distinct(one.ruleset for one in statements)) or "none: no statement was assessed",
    )
    yield "Model", ", ".join(_distinct(one.model for one in statements)) or "none: no statement was assessed"
    if snapshots:
        yield "Companies House", ", ".join(snapshots)
    if report.risk_table:
        yield "Risk tiers", f"the buyer's table {report.risk_table}"
    header = f", header in row {source.header_row}" if source.header_row else ""
    yield "Supplier list", f"{list_name(source)} ({source.format}{header})"
    columns = "; ".join(f"{name} from '{heading}'" for name, heading in source.mapping.items())
    yield "Columns read", columns
    yield "Columns not used", ", ".join(source.unused_columns) or "none"
    yield (
        "Rows",
        f"{source.rows} read: {len(source.suppliers)} suppliers, {len(source.set_aside)} rows set aside, "
        f"{len(source.rejected)} rejected",
    )
    if source.money.sentence:
        yield "Money of the list", source.money.sentence
    for doubt in source.doubts:
        yield "Look at this first", doubt


def list_name(source: SupplierList) -> str:
    """Return the names of the files of a list, without their folders."""
    return ", ".join(Path(one).name for one in source.source.split(", "))


def money_note(line: SupplierLine) -> str:
    """What is to be known of a supplier's money beside its amount: shares, other currencies; "" for
    nothing.
    """
    parts = [f"shares {line.undivided:,.2f} pounds with other suppliers"] if line.undivided else []
    parts += [f"{amount:,.2f} {currency} besides" for currency, amount in line.foreign]
    return "; ".join(parts)


def set_aside_by_reason(source: SupplierList) -> list[tuple[tuple[str, str], list[int]]]:
    """Row numbers by reason and what may be shown, in the order of their first row."""
    found: dict[tuple[str, str], list[int]] = {}
    for aside in source.set_aside:
        found.setdefault((aside.reason, aside.shown), []).append(aside.row)
    return list(found.items())
