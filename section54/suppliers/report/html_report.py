"""The report as HTML: pages without scripts or outside assets, to read, print and file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.coverage import LEVELS, STATUSES
from section54.suppliers.judging.status import REMAINING_REASONS, STATUS_LABELS, StatusWord
from section54.suppliers.report.contents import (
    AREA_TITLES,
    CHECK_TITLES,
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    METHOD,
    SOURCE_WORDS,
    CheckedSupplier,
    CheckReport,
    check_words,
    checks_in_order,
    decision_words,
    declared_listing,
    declared_words,
    level_words,
    money_note,
    provenance,
    quotation_words,
    set_aside_by_reason,
    summary,
)
from section54.words import HOME_LINKS, LEVEL_MEANINGS, words

WHOLE_PAGE = (
    500  # suppliers on one page: some 2 MB, which browsers and Chromium's printing take in their stride
)
PART = 250  # suppliers on each page of a longer report

_TEMPLATES = Path(__file__).parent / "templates"


def write_html(report: CheckReport, path: Path) -> tuple[Path, ...]:
    """Write the report as pages without scripts or outside assets; return them, the first at `path`.

    They read without colour, print, and link only to http and https.

    A list of more than WHOLE_PAGE suppliers has a page for each PART of a status beside it, in a folder of
    its name.
    """
    parts = () if len(report.suppliers) <= WHOLE_PAGE else _parts(report, path.stem)
    path.write_text(_render_index(report, parts), encoding="utf-8")
    folder = path.parent / path.stem
    if parts:
        folder.mkdir(exist_ok=True)
    written = [path]
    for number, part in enumerate(parts):
        page = folder / part.name
        page.write_text(_render_part(report, parts, number), encoding="utf-8")
        written.append(page)
    return tuple(written)


@dataclass(frozen=True, slots=True)
class _Part:
    """One page of a long report: suppliers of one status, by name."""

    name: str
    href: str
    title: str
    listed: tuple[tuple[str | None, CheckedSupplier], ...]

    @property
    def first(self) -> str:
        return self.listed[0][1].line.name

    @property
    def last(self) -> str:
        return self.listed[-1][1].line.name


def _parts(report: CheckReport, folder: str) -> tuple[_Part, ...]:
    """The suppliers by status in the order of the ladder, cut into pages."""
    parts = []
    for word in StatusWord:
        listed = sorted(
            (one for one in _listed(report) if one[1].status.status is word),
            key=lambda one: one[1].line.name.casefold(),
        )
        pages = -(-len(listed) // PART)
        for page in range(pages):
            name = f"{word.replace('_', '-')}-{page + 1:02}.html"
            title = STATUS_LABELS[word] + (f", page {page + 1} of {pages}" if pages > 1 else "")
            parts.append(
                _Part(name, f"{folder}/{name}", title, tuple(listed[page * PART : (page + 1) * PART]))
            )
    return tuple(parts)


def _listed(report: CheckReport) -> list[tuple[str | None, CheckedSupplier]]:
    return [(_anchor(number, item), item) for number, item in enumerate(report.suppliers, start=1)]


def _render_part(report: CheckReport, parts: Sequence[_Part], number: int) -> str:
    return environment().get_template("report_part.html.jinja").render(
        report=report,
        part=parts[number],
        before=parts[number - 1] if number else None,
        after=parts[number + 1] if number + 1 < len(parts) else None,
        coverage_note=COVERAGE_NOTE,
        conduct_note=CONDUCT_NOTE,
    )  # fmt: skip


def _render_index(report: CheckReport, parts: Sequence[_Part]) -> str:
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            summary=summary(report),
            listed=[] if parts else _listed(report),
            pages=parts,
            part_size=PART,
            method=METHOD,
            levels=[(LEVELS[code], meaning) for code, meaning in LEVEL_MEANINGS.items()],
            set_aside=set_aside_by_reason(report.source),
            provenance=list(provenance(report)),
            coverage_note=COVERAGE_NOTE,
            conduct_note=CONDUCT_NOTE,
        )
    )


def _anchor(number: int, item: CheckedSupplier) -> str | None:
    """Where the details of a supplier stand; None where nothing was looked for and nobody has to look: that
    is a line.
    """
    looked_for = item.facts is not None and item.facts.collected
    return f"supplier-{number}" if looked_for or item.is_open or item.decisions else None


@cache
def environment() -> Environment:
    """Jinja as everything that a check writes uses it: pages escaped, letters plain, nothing undefined."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(
            disabled_extensions=("txt.jinja",), default=True, default_for_string=True
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=lambda day: f"{day.day} {day:%B %Y}" if day else "not known",
        utc=_utc,
        pounds=lambda amount: "" if amount is None else f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}",
        percent=lambda share: "" if share is None else f"{share:.1%}",
        web=lambda url: url if str(url).lower().startswith(("http://", "https://")) else None,
        in_order=checks_in_order,
        level=level_words,
        checked=check_words,
        quoted=quotation_words,
        mark=lambda code: words(STATUSES, code),
    )
    made.globals.update(
        money_note=money_note,
        area_titles=AREA_TITLES,
        check_titles=CHECK_TITLES,
        decision_words=decision_words,
        source_words=SOURCE_WORDS,
        home_links=HOME_LINKS,
        declared_listing=declared_listing,
        declared_words=declared_words,
        every_reason=REMAINING_REASONS,
    )
    return made


def _utc(moment: str | None) -> str:
    """ "2026-11-22T09:30:00Z" reads 22 November 2026, 09:30 UTC; anything else as it is."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)", moment or "")
    if found is None:
        return moment or "time not known"
    day = date(int(found[1]), int(found[2]), int(found[3]))
    return f"{day.day} {day:%B %Y}, {found[4]} UTC"
