"""What the pages show of a check: who needs a person first, counts and spend as one picture, one sentence a
supplier.

Works on the records that a check keeps (see section54.suppliers.checking.supplier_as_dict); pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from domain.dates import long_date
from section54.suppliers.judging.status import CAUSE_LABELS, TO_DO

Record = Mapping[str, Any]

ORDER = tuple(str(word) for word in TO_DO)
"""Statuses in order of what a person must do."""

TITLES = {
    "needs_review": "Choose the organisation",
    "could_not_check": "Could not check",
    "not_found": "Not found after the checks listed",
    "found_older": "Older statement found",
    "not_yet_expected": "Not yet expected",
    "found_current": "Up-to-date statement found",
    "covered_by_group": "Covered by a group's statement",
    "scope_unlikely": "Probably outside section 54",
}
WHAT_TO_DO = {
    "needs_review": "You choose which organisation each one is. Until then nothing is said of them.",
    "could_not_check": "Nobody could look, or what we saw could not be read. This says nothing about the "
    "supplier.",
    "not_found": "We looked and found none. There may be one all the same: look yourself before you ask.",
    "found_older": "A statement was found, and guidance expects a newer one. Look for it, or ask.",
    "not_yet_expected": "Guidance does not expect the next statement yet.",
    "found_current": "There is a statement for the newest year that guidance expects.",
    "covered_by_group": "A parent's statement covers them, by name or in general terms.",
    "scope_unlikely": "Section 54 probably does not apply to them. A statement would be voluntary.",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asked to see of a result."""

    status: str = ""
    text: str = ""
    sort: str = "to_do"
    """to_do (what a person must do, then spend), spend, or name."""
    page: int = 1

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Filter:
        """Read the filter from a page's address; what it does not know is left out."""
        status, sort, page = (
            arguments.get("status", ""),
            arguments.get("sort", ""),
            arguments.get("page", "1"),
        )
        return cls(
            status if status in ORDER else "",
            arguments.get("q", "").strip()[:200],
            sort if sort in ("spend", "name") else "to_do",
            max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """The arguments of a page's address with this filter and these changes."""
        values = {"status": self.status, "q": self.text, "sort": self.sort, "page": "1"} | changes
        plain = {"sort": "to_do", "page": "1", "status": "", "q": ""}
        return {key: str(value) for key, value in values.items() if str(value) != plain[key]}


@dataclass(frozen=True, slots=True)
class Group:
    """The suppliers of one status."""

    status: str
    suppliers: int
    amount: Decimal | None
    """None where the list has no amounts."""
    causes: tuple[tuple[str, int], ...] = ()
    """Of "could not check": the kinds of reason in words, and how many suppliers each has."""

    @property
    def title(self) -> str:
        return TITLES[self.status]

    @property
    def to_do(self) -> str:
        return WHAT_TO_DO[self.status]


def amount_of(record: Record) -> Decimal | None:
    """The spend with a supplier, as the list has it."""
    return None if record["amount"] is None else Decimal(str(record["amount"]))


def groups(records: Sequence[Record]) -> list[Group]:
    """Suppliers and spend by status, in order of what a person must do; statuses of nobody are left out."""
    has_amounts = any(record["amount"] is not None for record in records)
    found = []
    for status in ORDER:
        members = [record for record in records if record["status"] == status]
        total = sum((amount_of(record) or Decimal(0) for record in members), Decimal(0))
        if members:
            amount = total if has_amounts else None
            found.append(Group(status, len(members), amount, tuple(_causes(members))))
    return found


def _causes(members: Sequence[Record]) -> Iterator[tuple[str, int]]:
    for cause, words in CAUSE_LABELS.items():
        number = sum(record.get("cause") == cause for record in members)
        if number:
            yield words, number


def chosen(records: Iterable[Record], wanted: Filter) -> list[Record]:
    """The records that a filter lets through, in its order."""
    words = wanted.text.casefold().split()
    kept = [
        record
        for record in records
        if (not wanted.status or record["status"] == wanted.status)
        and all(word in _searched(record) for word in words)
    ]
    spend = {record["position"]: -(amount_of(record) or Decimal(0)) for record in kept}
    by_sort = {
        "to_do": lambda record: (
            ORDER.index(record["status"]),
            spend[record["position"]],
            record["position"],
        ),
        "spend": lambda record: (spend[record["position"]], record["position"]),
        "name": lambda record: (record["supplier"].casefold(), record["position"]),
    }
    return sorted(kept, key=by_sort[wanted.sort])


def _searched(record: Record) -> str:
    names = [
        record["supplier"],
        record["company_number"] or "",
        *(one["name"] for one in candidates_of(record)),
    ]
    return " ".join(names).casefold()


def candidates_of(record: Record) -> list[Mapping[str, Any]]:
    """The organisations that were offered, likeliest first; of a sure match the organisation itself."""
    return list(record["match"]["candidates"])


def is_open(record: Record) -> bool:
    """Whether a person has to choose or confirm the organisation."""
    return bool(record["status"] == "needs_review")


def organisation_of(record: Record) -> Mapping[str, Any] | None:
    """The organisation that a supplier was matched to (organisation_id, name, company_number); None while
    open.
    """
    if is_open(record) or record["match"]["organisation_id"] is None:
        return None
    return next(iter(candidates_of(record)), None)


def sentence(record: Record) -> str:
    """What was found, on one line."""
    statement = record["statement"]
    if statement and record["status"] in (
        "found_current",
        "found_older",
        "covered_by_group",
        "not_yet_expected",
    ):
        year = (
            f"for the year to {day(statement['period_end'])}"
            if statement["period_end"]
            else "of an unknown year"
        )
        by = f" of {record['cover']['by']['name']}" if record["cover"] else ""
        return f"Statement{by} {year}. {areas_words(statement)}"
    return str(record["reasons"][0]) if record["reasons"] else ""


def likeness(score: float) -> str:
    """How alike two names are, in words; the score of the matcher goes from 0 to 100."""
    return "very close" if score >= 95 else "close" if score >= 88 else "some" if score >= 80 else "weak"


def areas_words(statement: Mapping[str, Any]) -> str:
    """How many of the areas the statement describes, and how many a person should read; never only a part of
    them.
    """
    levels = [area["level"] for area in statement["areas"]]
    if not levels:
        return "It was not assessed."
    described = sum(level in ("described", "substantive") for level in levels)
    unread = sum(level in ("unsure", "could_not_check") for level in levels)
    told = f"It describes {described} of {len(levels)} areas"
    return f"{told}; {unread} to read yourself." if unread else f"{told}."


def day(value: str | None) -> str:
    """An ISO date or time in words; "not known" for None."""
    return "not known" if not value else long_date(date.fromisoformat(value[:10]))


def money(amount: Decimal | None) -> str:
    """An amount in pounds, in full; a dash where there is none."""
    if amount is None:
        return "–"
    return f"-£{-amount:,.0f}" if amount < 0 else f"£{amount:,.0f}"


def changes(before: Sequence[Record], after: Sequence[Record]) -> list[dict[str, Any]]:
    """What is different from an earlier check of the list: suppliers that are new, gone, or of another
    status.
    """
    earlier = {_key(record): record for record in before}
    later = {_key(record): record for record in after}
    found = []
    for key, record in later.items():
        known = earlier.get(key)
        if known is None:
            found.append({"supplier": record["supplier"], "was": None, "now": TITLES[record["status"]]})
        elif known["status"] != record["status"]:
            was = TITLES[known["status"]]
            found.append({"supplier": record["supplier"], "was": was, "now": TITLES[record["status"]]})
    gone = [record for key, record in earlier.items() if key not in later]
    return found + [{"supplier": one["supplier"], "was": TITLES[one["status"]], "now": None} for one in gone]


def _key(record: Record) -> tuple[str, str | None]:
    return record["supplier"].casefold(), record["company_number"]


# --- the picture


def swatch(status: str) -> Markup:
    """The pattern of a result in the picture, to stand beside its name."""
    return Markup(
        '<svg class="chart parts swatch" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">'
        '<rect class="{fill}" width="16" height="16"/></svg>'
    ).format(fill=_FILLS[status])


_FILLS = {
    "needs_review": "to-do", "could_not_check": "unknown", "not_found": "to-do-light", "found_older": "older",
    "not_yet_expected": "plain", "found_current": "found", "covered_by_group": "found-light",
    "scope_unlikely": "plain",
}  # fmt: skip
_WIDTH, _HEIGHT, _GAP, _LABEL = 720, 26, 8, 90


def picture(found: Sequence[Group]) -> Markup:
    """Counts and spend by status as two bars of parts, drawn as SVG; the table beside it says the same in
    figures.
    """
    bars = [("Suppliers", [Decimal(group.suppliers) for group in found])]
    if any(group.amount is not None for group in found):
        bars.append(("Spend", [max(group.amount or Decimal(0), Decimal(0)) for group in found]))
    height = len(bars) * (_HEIGHT + _GAP)
    rows = [
        _bar(title, values, found, number * (_HEIGHT + _GAP)) for number, (title, values) in enumerate(bars)
    ]
    said = "; ".join(f"{group.title}: {group.suppliers}" for group in found)
    return Markup(
        '<svg class="chart parts" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img">'
        "<title>Suppliers and spend by result</title><desc>{said}</desc>{rows}</svg>"
    ).format(w=_WIDTH, h=height, said=said, rows=Markup("").join(rows))


def _bar(title: str, values: Sequence[Decimal], found: Sequence[Group], top: int) -> Markup:
    total = sum(values) or Decimal(1)
    parts = [Markup('<text x="0" y="{y}">{title}</text>').format(y=top + 18, title=title)]
    left = float(_LABEL)
    for group, value in zip(found, values, strict=True):
        width = float(value / total) * (_WIDTH - _LABEL)
        parts.append(
            Markup('<rect class="{fill}" x="{x:.1f}" y="{y}" width="{w:.1f}" height="{h}"/>').format(
                fill=_FILLS[group.status], x=left, y=top, w=max(width - 1, 0), h=_HEIGHT
            )
        )
        left += width
    return Markup("").join(parts)
