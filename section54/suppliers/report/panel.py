"""The summary for a panel or an annual report: counts and spend by status and by risk tier, a chart and the
method.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from markupsafe import Markup

from section54.suppliers.judging.risk import TIER_WORDS, Tier
from section54.suppliers.judging.status import StatusWord
from section54.suppliers.report.contents import (
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    METHOD,
    CheckedSupplier,
    CheckReport,
    StatusCount,
    provenance,
    spend_of,
    summary,
)
from section54.suppliers.report.html_report import environment

CURRENT = frozenset({StatusWord.FOUND_CURRENT, StatusWord.COVERED_BY_GROUP})
_WIDTH, _LABEL, _BAR, _ROW = 720, 330, 270, 30


@dataclass(frozen=True, slots=True)
class TierCount:
    """One line of the summary by risk tier."""

    label: str
    suppliers: int
    amount: Decimal | None
    share: float | None
    found: int
    """Of these suppliers, those with a current statement, their own or their group's."""


def tiers(report: CheckReport) -> tuple[TierCount, ...]:
    """Count suppliers and spend by the buyer's tier, highest first; empty where no table was given."""
    counts = []
    for label, items in _by_tier(report):
        found = sum(item.status.status in CURRENT for item in items)
        counts.append(TierCount(label, len(items), *spend_of(items, report.suppliers), found))
    return tuple(counts)


def tiers_by_status(report: CheckReport) -> tuple[tuple[str, StatusCount], ...]:
    """For each of the buyer's tiers, highest first, its suppliers and spend by status; shares are of the
    tier's own spend.
    """
    return tuple(
        (label, line)
        for label, items in _by_tier(report)
        for line in summary(replace(report, suppliers=items))
    )


def _by_tier(report: CheckReport) -> Iterator[tuple[str, tuple[CheckedSupplier, ...]]]:
    """The suppliers of each tier that has any, highest first, those without one last; nothing without a
    table.
    """
    for tier in (*Tier, None):
        items = tuple(item for item in report.suppliers if item.risk and item.risk.tier is tier)
        if items:
            yield TIER_WORDS[tier] if tier else "No tier", items


def chart(title: str, bars: Sequence[tuple[str, int]]) -> Markup:
    """Horizontal bars with their numbers, as SVG: read out by its description, told apart without colour."""
    most = max((count for _, count in bars), default=0) or 1
    height = _ROW * len(bars) + 8
    said = "; ".join(f"{label}: {count}" for label, count in bars)
    parts = [_bar(label, count, most, number * _ROW) for number, (label, count) in enumerate(bars)]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'font-family="Liberation Sans, Arial, sans-serif" font-size="14">\n'
        "<title>{title}</title>\n<desc>{said}</desc>\n{parts}\n</svg>\n"
    ).format(w=_WIDTH, h=height, title=title, said=said, parts=Markup("\n").join(parts))


def _bar(label: str, count: int, most: int, top: int) -> Markup:
    return Markup(
        '<text x="{x}" y="{y}" text-anchor="end" fill="#1b1f24">{label}</text>'
        '<rect x="{left}" y="{top}" width="{width}" height="18" fill="#1d3557"/>'
        '<text x="{after}" y="{y}" fill="#1b1f24">{count}</text>'
    ).format(
        x=_LABEL, y=top + 20, label=label, left=_LABEL + 10, top=top + 6, width=max(1,
        round(_BAR * count / most)),
        after=_LABEL + 18 + max(1, round(_BAR * count / most)), count=count,
    )  # fmt: skip


def write_panel(report: CheckReport, folder: Path) -> tuple[Path, ...]:
    """Write panel.html and the chart by itself, panel.svg, into `folder`."""
    by_status = summary(report)
    drawn = chart("Suppliers by status", [(line.label, line.suppliers) for line in by_status])
    page = environment().get_template("panel.html.jinja").render(
        report=report,
        summary=by_status,
        tiers=tiers(report),
        tiers_by_status=tiers_by_status(report),
        risk_table=report.risk_table,
        chart=drawn,
        method=METHOD,
        provenance=list(provenance(report)),
        coverage_note=COVERAGE_NOTE,
        conduct_note=CONDUCT_NOTE,
    )  # fmt: skip
    paths = (folder / "panel.html", folder / "panel.svg")
    for path, text in zip(paths, (page, str(drawn)), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths
