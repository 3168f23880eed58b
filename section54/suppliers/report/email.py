"""The result of a check as a text for an e-mail: what was checked, what came of it, what to do first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from section54.suppliers.judging.status import CAUSE_LABELS, Cause, StatusWord
from section54.suppliers.reading.money_checks import pounds
from section54.suppliers.report.contents import (
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    CheckedSupplier,
    CheckReport,
    StatusCount,
    in_order_of_work,
    summary,
)

UNDECIDED = frozenset({StatusWord.NEEDS_REVIEW, StatusWord.COULD_NOT_CHECK, StatusWord.NOT_FOUND})
FIRST = 10
"""Suppliers that are named: more are for the workbook."""


def as_email(report: CheckReport) -> str:
    """The text, in plain words and without the names of individuals; it ends with a line break."""
    name = Path(report.source.source).name
    lines = [
        f"Modern slavery statements of our suppliers: {name}",
        "",
        f"{len(report.suppliers)} suppliers were checked on {report.generated_at[:10]}.",
        *report.look_first,
        "",
    ]
    lines += [_count_line(report, count) for count in summary(report)]
    lines += ["", *_causes(report.suppliers), *_first(report), "", COVERAGE_NOTE, CONDUCT_NOTE]
    return "\n".join(lines) + "\n"


def _count_line(report: CheckReport, count: StatusCount) -> str:
    money = "" if count.amount is None else f", {report.money_word.lower()} {pounds(count.amount)}"
    return f"- {count.label}: {count.suppliers}{money}"


def _causes(suppliers: Sequence[CheckedSupplier]) -> Iterator[str]:
    """Why suppliers could not be checked: a line for each cause that there is."""
    found = [(cause, sum(item.status.cause is cause for item in suppliers)) for cause in Cause]
    if any(number for _, number in found):
        yield "Why some could not be checked:"
        yield from (f"- {CAUSE_LABELS[cause]}: {number}" for cause, number in found if number)
        yield ""


def _first(report: CheckReport) -> Iterator[str]:
    """The undecided suppliers with the most spend, and the share of the undecided spend that they hold."""
    undecided = [item for item in in_order_of_work(report.suppliers) if item.status.status in UNDECIDED]
    if not undecided:
        yield "Nothing is left to decide or to look for."
        return
    top = sorted(undecided, key=lambda item: -(item.line.amount or Decimal(0)))[:FIRST]
    yield f"Look at these first{_share(top, undecided, report.money_word.lower())}:"
    for item in top:
        money = "" if item.line.amount is None else f", {pounds(item.line.amount)}"
        yield f"- {item.line.name}{money}: {item.status.label.lower()}. {item.status.reasons[0]}"


def _share(top: Sequence[CheckedSupplier], undecided: Sequence[CheckedSupplier], word: str) -> str:
    whole = sum((item.line.amount or Decimal(0) for item in undecided), Decimal(0))
    if whole <= 0:
        return ""
    part = sum((item.line.amount or Decimal(0) for item in top), Decimal(0))
    return f"; they hold {part / whole:.0%} of the {word} with the {len(undecided)} undecided suppliers"
