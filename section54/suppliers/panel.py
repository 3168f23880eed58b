"""The summary for a panel or an annual report: counts and spend by status and by risk tier, a chart and the method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from markupsafe import Markup

from section54.suppliers.evidence import (
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    METHOD,
    Report,
    provenance,
    summary,
)
from section54.suppliers.pages import environment
from section54.suppliers.risk import TIER_WORDS, Tier

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


def tiers(report: Report) -> tuple[TierCount, ...]:
    """Count suppliers and spend by the buyer's tier, highest first; empty where no table was given."""
    if not any(item.risk for item in report.suppliers):
        return ()
    amounts = [item.line.amount for item in report.suppliers if item.line.amount is not None]
    total = sum(amounts, Decimal(0))
    counts = []
    for tier in (*Tier, None):
        items = [item for item in report.suppliers if item.risk and item.risk.tier is tier]
        spend = sum((item.line.amount or Decimal(0) for item in items), Decimal(0))
        found = sum(item.status.status in {"found_current", "covered_by_group"} for item in items)
        if items:
            label = TIER_WORDS[tier] if tier else "No tier"
            share = float(spend / total) if total > 0 else None
            counts.append(TierCount(label, len(items), spend if amounts else None, share, found))
    return tuple(counts)


@dataclass(frozen=True, slots=True)
class TierStatus:
    """One line of the table of tier by status: where the spend of a tier sits."""

    tier: str
    status: str
    suppliers: int
    amount: Decimal | None
    share: float | None
    """Of the tier's own spend, 0 to 1; None without amounts."""


def tiers_by_status(report: Report) -> tuple[TierStatus, ...]:
    """For each of the buyer's tiers, highest first, its suppliers and spend by status, in the order of the ladder."""
    lines = []
    for tier in (*Tier, None) if any(item.risk for item in report.suppliers) else ():
        items = tuple(item for item in report.suppliers if item.risk and item.risk.tier is tier)
        label = TIER_WORDS[tier] if tier else "No tier"
        for line in summary(replace(report, suppliers=items)):
            lines.append(TierStatus(label, line.label, line.suppliers, line.amount, line.share))
    return tuple(lines)


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
        x=_LABEL, y=top + 20, label=label, left=_LABEL + 10, top=top + 6, width=max(1, round(_BAR * count / most)),
        after=_LABEL + 18 + max(1, round(_BAR * count / most)), count=count,
    )  # fmt: skip


def write_panel(report: Report, folder: Path) -> tuple[Path, ...]:
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
