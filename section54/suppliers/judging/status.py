"""The status of one supplier, from what is known of it. Pure: no database, no clock, no network.

The status answers "which statement is there, and is it the one expected today?". It is a prompt for a person,
never a verdict: section 54 is enforced by the Secretary of State alone, the registry is voluntary, and a
statement that was not found may well exist. Every negative therefore lists what was tried and what else could
explain it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from domain.dates import long_date
from domain.deadlines import YEAR_MONTHS, add_months, is_current
from domain.public_bodies import public_body
from section54.suppliers.judging.scope import Scope, scope_of, scope_unmatched
from section54.suppliers.judging.supplier_facts import (
    CoverKind,
    FoundAt,
    GroupCover,
    ListingFact,
    RegistryLoaded,
    ScopeWord,
    StatementFact,
    SupplierFacts,
)
from section54.suppliers.judging.timing import Timing, timing_of
from section54.words import OUTCOMES, REASONS, words


class StatusWord(StrEnum):
    """The ladder of statuses."""

    FOUND_CURRENT = "found_current"
    FOUND_OLDER = "found_older"
    COVERED_BY_GROUP = "covered_by_group"
    NOT_YET_EXPECTED = "not_yet_expected"
    COULD_NOT_CHECK = "could_not_check"
    NOT_FOUND = "not_found"
    SCOPE_UNLIKELY = "scope_unlikely"
    NEEDS_REVIEW = "needs_review"


STATUS_LABELS = {
    StatusWord.FOUND_CURRENT: "Current statement found",
    StatusWord.FOUND_OLDER: "Older statement found",
    StatusWord.COVERED_BY_GROUP: "Covered by a group statement",
    StatusWord.NOT_YET_EXPECTED: "Not yet expected",
    StatusWord.COULD_NOT_CHECK: "Could not check",
    StatusWord.NOT_FOUND: "Not found after the checks listed",
    StatusWord.SCOPE_UNLIKELY: "No statement known; probably outside section 54",
    StatusWord.NEEDS_REVIEW: "A person should look",
}

SAME_YEAR = timedelta(days=31)
"""Year ends of one financial year as a document and a registry entry give it: days of a 52-week year, a slip
of a month."""


class Cause(StrEnum):
    """Why a supplier could not be checked, by what a person can do about it."""

    LISTED_UNREAD = "listed_unread"
    """The registry lists a statement that was not read: read it, or let the crawl fetch it."""
    UNREADABLE = "unreadable"
    """A document was found and could not be read: open it."""
    REFUSED = "refused"
    """The website did not answer or did not let us in: look by hand."""
    NOT_LOOKED = "not_looked"
    """Nobody has looked, or not since the statement was expected: look."""
    UNKNOWN = "unknown"
    """No organisation of this name is known: add its number or website."""


CAUSE_LABELS = {
    Cause.LISTED_UNREAD: "The registry lists a statement that was not read yet",
    Cause.UNREADABLE: "A document was found and could not be read",
    Cause.REFUSED: "The website did not answer, or did not let us look",
    Cause.NOT_LOOKED: "Nobody has looked since the statement was expected",
    Cause.UNKNOWN: "No organisation of this name is known here",
}

TO_DO = (
    StatusWord.NEEDS_REVIEW,
    StatusWord.COULD_NOT_CHECK,
    StatusWord.NOT_FOUND,
    StatusWord.FOUND_OLDER,
    StatusWord.NOT_YET_EXPECTED,
    StatusWord.FOUND_CURRENT,
    StatusWord.COVERED_BY_GROUP,
    StatusWord.SCOPE_UNLIKELY,
)
"""Statuses in order of what a person must do."""

NEGATIVE = frozenset(
    {StatusWord.FOUND_OLDER, StatusWord.COULD_NOT_CHECK, StatusWord.NOT_FOUND, StatusWord.SCOPE_UNLIKELY}
)
"""Statuses that must show what was tried and which reasons remain possible."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was looked at or for, and what came of it."""

    at: str | None
    """UTC, ISO 8601."""
    what: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Status:
    """The status of one supplier, with everything needed to defend it."""

    status: StatusWord
    label: str
    reasons: tuple[str, ...]
    timing: Timing
    scope: Scope
    statement: StatementFact | None = None
    """The statement that the status rests on, own or of the group."""
    cover: GroupCover | None = None
    tried: tuple[Tried, ...] = ()
    """In the order of time."""
    remaining_reasons: tuple[str, ...] = ()
    """For a negative: what else could explain it, from a closed list."""
    cause: Cause | None = None
    """Of COULD_NOT_CHECK: what kind of reason it was; None for every other status."""


def status_of(facts: SupplierFacts, today: date) -> Status:
    """Work out the status of a supplier that was matched to an organisation, for sure or by a person."""
    facts = _with_plausible_periods(facts, today)
    timing = timing_of(facts, today)
    scope = scope_of(facts)
    decision = _decide(facts, timing, scope, today)
    negative = decision.status in NEGATIVE
    return Status(
        status=decision.status,
        label=_label(decision),
        reasons=decision.reasons,
        timing=timing,
        scope=scope,
        statement=decision.statement,
        cover=decision.cover,
        tried=_tried(facts),
        remaining_reasons=tuple(_remaining(facts, timing, scope)) if negative else (),
        cause=_cause(facts) if decision.status is StatusWord.COULD_NOT_CHECK else None,
    )


def _cause(facts: SupplierFacts) -> Cause:
    if any(statement.error is not None for statement in facts.statements):
        return Cause.UNREADABLE
    if _standing(facts):
        return Cause.LISTED_UNREAD
    if facts.collected and facts.visit is not None and facts.visit.outcome in _VISITS:
        return Cause.REFUSED
    return Cause.NOT_LOOKED


def with_possible_groups(status: Status, names: Sequence[str]) -> Status:
    """The status with the organisations that may be the supplier's group, where it has no statement of its
    own.

    Nothing but the names speaks for it, so the status stays as it is.
    """
    if not names or status.status not in (
        StatusWord.COULD_NOT_CHECK,
        StatusWord.NOT_FOUND,
        StatusWord.SCOPE_UNLIKELY,
    ):
        return status
    text = f"By its name it may belong to {' or '.join(names)}: see whether that statement covers it."
    return replace(status, reasons=(*status.reasons, text))


def status_open(reason: str, name: str = "") -> Status:
    """The status of a supplier whose organisation a person has to choose or confirm: nothing of any of them
    is its own.

    `reason` says why, `name` is what the list calls it.
    """
    return _without_facts(StatusWord.NEEDS_REVIEW, (_sentence(reason), _CHOOSE), name)


def status_unmatched(reason: str, name: str = "") -> Status:
    """The status of a supplier that no organisation is like; `name` is what the list calls it."""
    if public_body(name) is not None:
        return _without_facts(StatusWord.SCOPE_UNLIKELY, (_PUBLIC_BODY, _NOT_LOOKED), name)
    status = _without_facts(StatusWord.COULD_NOT_CHECK, (_sentence(reason), _NOT_LOOKED), name)
    return replace(status, remaining_reasons=REMAINING_REASONS, cause=Cause.UNKNOWN)


_PUBLIC_BODY = (
    "By its name it is a public body. Section 54 does not ask public bodies for a statement; "
    "many publish one voluntarily."
)


_CHOOSE = "Choose the right organisation, or none of them."
_NOT_LOOKED = "Nothing was looked for. Add the company number or the website and check again."


def _without_facts(word: StatusWord, reasons: tuple[str, ...], name: str) -> Status:
    timing = Timing(None, None, None, None, None, False, "No financial year end is known.")
    return Status(word, STATUS_LABELS[word], reasons, timing, scope_unmatched(name))


def _with_plausible_periods(facts: SupplierFacts, today: date) -> SupplierFacts:
    """Forget a period that ends more than a year from now: it was misread, and would count as current for
    years.
    """
    latest = add_months(today, YEAR_MONTHS)

    def plausible(statement: StatementFact) -> StatementFact:
        if statement.period_end is None or statement.period_end <= latest:
            return statement
        warning = (
            f"The year read in it, to {long_date(statement.period_end)}, is not plausible and was left out."
        )
        return replace(
            statement,
            period_start=None,
            period_end=None,
            period_source=None,
            warnings=(*statement.warnings, warning),
        )

    return replace(
        facts,
        statements=tuple(plausible(statement) for statement in facts.statements),
        listings=tuple(
            replace(row, period_start=None, period_end=None)
            if row.period_end and row.period_end > latest
            else row
            for row in facts.listings
        ),
        group=tuple(replace(cover, statement=plausible(cover.statement)) for cover in facts.group),
    )


# --- the ladder


@dataclass(frozen=True, slots=True)
class _Rung:
    status: StatusWord
    reasons: tuple[str, ...]
    statement: StatementFact | None = None
    cover: GroupCover | None = None


def _decide(facts: SupplierFacts, timing: Timing, scope: Scope, today: date) -> _Rung:
    """Go down the ladder; the first rung that holds is the answer."""
    own = _newest([s for s in facts.statements if s.error is None and not s.doubtful])
    cover = _best_cover(facts.group)
    if own is not None and _is_current(own, today):
        return _Rung(
            StatusWord.FOUND_CURRENT, (_found(own), *_unnamed(own), *_later_listing(facts, own)), own
        )
    if cover is not None and _is_current(cover.statement, today):
        older = (
            (f"Its own newest statement found is for the year to {long_date(own.period_end)}.",)
            if own and own.period_end
            else ()
        )
        return _Rung(StatusWord.COVERED_BY_GROUP, (*_covered(facts, cover), *older), cover.statement, cover)
    if own is not None and own.period_end is None:
        return _Rung(StatusWord.NEEDS_REVIEW, (_UNDATED,), own)
    return _older(facts, timing, own, cover, today) or _nothing_found(facts, timing, scope)


def _older(
    facts: SupplierFacts, timing: Timing, own: StatementFact | None, cover: GroupCover | None, today: date
) -> _Rung | None:
    """A statement was found, and it is not the one expected today."""
    newest = _newest([s for s in (own, cover.statement if cover else None) if s is not None])
    if newest is None:
        return None
    reached = cover if newest is not own else None
    if newest.period_end is None:
        text = (
            f"A statement of {reached.parent_name if reached else 'the group'} was found, but the year "
            "that it covers could not be told."
        )
        return _Rung(StatusWord.NEEDS_REVIEW, (text,), newest, reached)
    later = _later_listing(facts, newest)
    reasons = (_found(newest), *_unnamed(newest)) if reached is None else _covered(facts, reached)
    undecided = _perhaps_current(facts, today)
    if undecided is not None:
        return replace(undecided, reasons=(*undecided.reasons, *reasons, *later))
    if later and any(row.period_end and is_current(row.period_end, today) for row in _standing(facts)):
        return _Rung(StatusWord.COULD_NOT_CHECK, (*later, *reasons), newest, reached)
    unread = (_unreadable(s) for s in facts.statements if s.error is not None and _may_be_current(s, today))
    not_looked = (*unread, *_looked_too_early(facts, timing))
    if not_looked:
        return _Rung(StatusWord.COULD_NOT_CHECK, (*not_looked, *reasons, *later), newest, reached)
    gaps = _gaps(facts)
    return _Rung(StatusWord.FOUND_OLDER, (*reasons, timing.explanation, *later, *gaps), newest, reached)


def _perhaps_current(facts: SupplierFacts, today: date) -> _Rung | None:
    """A document beside the older one that may well be the statement expected today: only a person can
    tell.
    """
    readable = [s for s in facts.statements if s.error is None and _may_be_current(s, today)]
    undated = next((s for s in readable if not s.doubtful), None)
    return _Rung(StatusWord.NEEDS_REVIEW, (_UNDATED,), undated) if undated else _not_its_own(facts, today)


def _may_be_current(statement: StatementFact, today: date) -> bool:
    return statement.period_end is None or is_current(statement.period_end, today)


def _not_its_own(facts: SupplierFacts, today: date | None = None) -> _Rung | None:
    """A statement where its own was looked for that may be another's; with `today` only one that may be
    current.
    """

    def counts(statement: StatementFact) -> bool:
        return statement.error is None and (today is None or _may_be_current(statement, today))

    doubtful = next((s for s in facts.statements if s.doubtful and counts(s)), None)
    if doubtful is not None:
        text = (
            "A statement was found where its own was looked for, but the text does not name this "
            "organisation."
        )
        return _Rung(StatusWord.NEEDS_REVIEW, (text,), doubtful)
    hint = next((cover for cover in facts.group if not cover.covers and counts(cover.statement)), None)
    if hint is not None:
        text = (
            f"A statement of {hint.parent_name} stands on the same website. Neither its text nor the "
            "registry says "
            "that it covers this organisation."
        )
        return _Rung(StatusWord.NEEDS_REVIEW, (text,), hint.statement, hint)
    return None


def _nothing_found(facts: SupplierFacts, timing: Timing, scope: Scope) -> _Rung:
    not_its_own = _not_its_own(facts)
    if not_its_own is not None:
        return not_its_own
    unread = tuple(_unread(facts))
    if unread:
        return _Rung(StatusWord.COULD_NOT_CHECK, unread)
    if scope.word in {ScopeWord.UNLIKELY, ScopeWord.NOT_COMMERCIAL}:
        return _Rung(StatusWord.SCOPE_UNLIKELY, (*_scope_reasons(scope), *_could_not(facts)))
    if timing.expected is None and timing.next_expected_by is not None:
        return _Rung(StatusWord.NOT_YET_EXPECTED, (timing.explanation,))
    could_not = (*_could_not(facts), *_looked_too_early(facts, timing))
    if could_not:
        return _Rung(StatusWord.COULD_NOT_CHECK, could_not)
    return _Rung(StatusWord.NOT_FOUND, tuple(_looked(facts)))


def _newest(statements: list[StatementFact]) -> StatementFact | None:
    """The one with the latest period; of equal ones the own site before the registry's copy, then the latest
    fetch.
    """
    order = list(FoundAt)
    return max(
        statements,
        key=lambda s: (s.period_end or date.min, -order.index(s.source), s.fetched_at),
        default=None,
    )


def _best_cover(group: tuple[GroupCover, ...]) -> GroupCover | None:
    """The surest cover of the newest readable group statement; a shared website is none."""
    order = list(CoverKind)
    usable = [c for c in group if c.covers and c.statement.error is None]
    return max(usable, key=lambda c: (c.statement.period_end or date.min, -order.index(c.kind)), default=None)


def _is_current(statement: StatementFact, today: date) -> bool:
    return statement.period_end is not None and is_current(statement.period_end, today)


# --- reasons in words


_UNDATED = "A statement was found, but the financial year that it covers could not be told: open it and look."
_SOURCES = {
    FoundAt.OWN_SITE: "on its own website",
    FoundAt.REGISTRY: "at the address filed with the government registry",
    FoundAt.HOSTED_PDF: "as the copy that the government registry hosts",
    FoundAt.GROUP: "as a group statement",
}

COVER_WORDS = {
    CoverKind.NAMED_IN_TEXT: "named in the statement's text",
    CoverKind.NAMED_IN_REGISTRY: "named in the registry entry of the group; not named in the text that was "
    "read",
    CoverKind.GENERAL_TERMS: "covered in general terms; not named",
    CoverKind.SAME_WEBSITE: "on the same website only, which is no cover",
}


def _label(decision: _Rung) -> str:
    label = STATUS_LABELS[decision.status]
    if decision.status is StatusWord.COVERED_BY_GROUP and decision.cover is not None:
        named = decision.cover.kind is not CoverKind.GENERAL_TERMS
        return f"{label} ({'named' if named else 'in general terms'})"
    return label


def _found(statement: StatementFact) -> str:
    period = (
        f"for the year to {long_date(statement.period_end)}" if statement.period_end else "of unknown period"
    )
    by = " (period as filed with the registry)" if statement.period_source == "registry" else ""
    return f"A statement {period}{by} was found {_SOURCES[statement.source]}."


def _unnamed(statement: StatementFact) -> tuple[str, ...]:
    if statement.names_organisation is not False:
        return ()
    return ("The text does not name the organisation as it is registered; it was filed as its statement.",)


def _covered(facts: SupplierFacts, cover: GroupCover) -> tuple[str, ...]:
    period = f" for the year to {long_date(cover.statement.period_end)}" if cover.statement.period_end else ""
    text = f"The statement of {cover.parent_name}{period} covers it: {COVER_WORDS[cover.kind]}."
    if cover.kind is CoverKind.GENERAL_TERMS:
        return (text, "Guidance asks group statements to name the organisations that they cover.")
    return (text,)


def _later_listing(facts: SupplierFacts, statement: StatementFact) -> tuple[str, ...]:
    """A registry entry for a later year than that of the statement at hand."""
    later = [
        row
        for row in _standing(facts)
        if row.period_end and statement.period_end and row.period_end - statement.period_end > SAME_YEAR
    ]
    if not later:
        return ()
    row = max(later, key=lambda one: one.period_end or date.min)
    return (
        f"The registry lists a later statement, for the year to {long_date(row.period_end or date.min)}, "
        "that has not been "
        f"read: {row.statement_url or row.pdf_url or row.summary_url}",
    )


def _unread(facts: SupplierFacts) -> Iterator[str]:
    """Statements that exist as far as anyone can tell, and were not read."""
    for statement in facts.statements:
        if statement.error is not None:
            yield _unreadable(statement)
    if not facts.statements and _standing(facts):
        row = max(_standing(facts), key=lambda one: (one.period_end or date.min, one.registry_year))
        whose = f", under {row.parent}" if row.parent else ""
        period = f" for the year to {long_date(row.period_end)}" if row.period_end else ""
        where = row.statement_url or row.pdf_url
        tail = f" at {where}, which has not been read" if where else ", without an address"
        yield f"The registry lists a statement{period}{whose}{tail}."
        yield from _could_not(facts)


def _unreadable(statement: StatementFact) -> str:
    error = _sentence(statement.error or "")
    return f"A document was found {_SOURCES[statement.source]} but could not be read: {error}"


def _looked_too_early(facts: SupplierFacts, timing: Timing) -> Iterator[str]:
    """A look that ended before the statement was expected says nothing about today."""
    if facts.visit is None or timing.expected is None or timing.expected_by is None:
        return
    day = date.fromisoformat(facts.visit.finished_at[:10])
    if day <= timing.expected_by:
        yield (
            f"The last look was on {long_date(day)}. By guidance the statement for the year to "
            f"{long_date(timing.expected)} "
            f"was expected by {long_date(timing.expected_by)}, and nobody has looked since."
        )


def _standing(facts: SupplierFacts) -> list[ListingFact]:
    """The rows that the registry still had when its files were last loaded."""
    return [row for row in facts.listings if row.withdrawn_at is None]


_VISITS = {
    "unreachable": "Its website could not be reached.",
    "robots_disallowed": "Its website asks automated readers not to fetch the pages that were wanted "
    "(robots.txt).",
    "needs_browser": "Its website shows nothing without running its scripts, which this check does not do.",
    "needs_review": "Its website answered with a consent page, or a text that may or may not be its "
    "statement: "
    "a person should look.",
    "could_not_check": "Pages of its website that might have led to a statement could not be read.",
    "found": "A visit found a document that is no longer at hand.",
}

_ROUTINE = frozenset({"not_found", "soft_404", "not_a_statement", "links_only"})
"""Outcomes of a fetch that did look: nothing was there, or not a statement."""


def _could_not(facts: SupplierFacts) -> Iterator[str]:
    """Why the search was not whole.

    An unlucky guess at a common path does not count; a link that failed does.
    """
    if not facts.collected:
        yield (
            "It is not in the collection, so no statement was looked for. Give its website in the list and "
            "check with "
            "--crawl, or look by hand."
        )
        return
    if facts.visit is None:
        yield "Its website has not been looked at."
        return
    if facts.visit.outcome in _VISITS:
        yield _VISITS[facts.visit.outcome]
    elif facts.visit.home_url is None:
        yield "Its home page was not read."
    yield from _failed_links(facts)


def _gaps(facts: SupplierFacts) -> Iterator[str]:
    """What was not seen when only an older statement was found."""
    if facts.visit is None or facts.visit.home_url is None:
        yield "Its own home page has not been read."
    yield from _failed_links(facts)


def _failed_links(facts: SupplierFacts) -> Iterator[str]:
    for attempt in facts.attempts:
        if attempt.reason not in _ROUTINE and attempt.found_by != "common_path":
            yield f"{attempt.url}: {words(REASONS, attempt.reason)}."


def _scope_reasons(scope: Scope) -> Iterator[str]:
    yield f"{scope.label}."
    yield from (item.text for item in scope.evidence if item.reading is scope.word)


def _looked(facts: SupplierFacts) -> Iterator[str]:
    assert facts.visit is not None
    day = long_date(date.fromisoformat(facts.visit.finished_at[:10]))
    yield f"Its website was read on {day} ({facts.visit.home_url}), and no statement was found on it."
    if facts.registry:
        years = ", ".join(str(year) for year in sorted({loaded.registry_year for loaded in facts.registry}))
        yield f"The registry files at hand ({years}) do not list it. The registry is voluntary."
    else:
        yield "No registry file has been loaded, so the registry was not looked at."
    yield "That no statement was found does not show that there is none."


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


# --- what was tried


# An address that nobody has, asked for to learn how the site answers for a page that is not there: no look
# for anything.
_PROBE = re.compile(r"/zz-[0-9a-f]{8}$")


def _tried(facts: SupplierFacts) -> tuple[Tried, ...]:
    looked = [
        *(_registry_lookup(facts, loaded) for loaded in facts.registry),
        *(Tried(s.fetched_at, s.url, s.error or "read") for s in facts.statements),
        *(
            Tried(c.statement.fetched_at, c.statement.url, f"read: statement of {c.parent_name}")
            for c in facts.group
        ),
        *(Tried(a.at, a.url, words(REASONS, a.reason)) for a in facts.attempts if not _PROBE.search(a.url)),
    ]
    if facts.visit is not None:
        home = facts.visit.home_url or "home page"
        outcome = words(OUTCOMES, facts.visit.outcome)
        looked.append(
            Tried(facts.visit.finished_at, home, f"visit finished: {outcome[:1].lower()}{outcome[1:]}")
        )
    return tuple(sorted(dict.fromkeys(looked), key=lambda one: one.at or ""))


def _registry_lookup(facts: SupplierFacts, loaded: RegistryLoaded) -> Tried:
    rows = [row for row in facts.listings if row.registry_year == loaded.registry_year]
    by = "company number and name" if facts.company_number else "name"
    standing = [row for row in rows if row.withdrawn_at is None]
    found = f"{len(standing)} row{'s' if len(standing) > 1 else ''}" if standing else "not listed"
    if rows and not standing:
        found = f"not listed; an earlier file of this year had {len(rows)} row{'s' if len(rows) > 1 else ''}"
    return Tried(loaded.loaded_at, f"Government registry, year {loaded.registry_year}, by {by}", found)


# --- what else could explain a negative: a closed list


_REMAINING = {
    1: "It may be outside section 54: turnover under £36 million, not a commercial organisation, or no UK "
    "business.",
    2: "It may be covered by a group statement under another name or on another website.",
    3: "A statement may not be due yet. The Act itself sets no deadline; six months after the year end is "
    "guidance.",
    4: "It may have no website: then the duty is to give a copy to anyone who asks in writing, within 30 "
    "days.",
    5: "It may have published without an entry in the registry, which is voluntary.",
    6: "It may be on the registry under a former name, its parent, or a number in place of the name.",
    7: "The link may be drawn by a script, inside a menu, behind a cookie notice, or under another name.",
    8: "The site may have refused or not answered us, which says nothing about the statement.",
    9: "The document may be a scan, an image, encrypted or a flip-book that could not be read.",
    10: "We may have matched the wrong company: a similar name, or a predecessor.",
    11: "The statement may be in Welsh or another language, or inside an annual report.",
    12: "It may have been taken down to be replaced, with the new one pending.",
    13: "Our reading may have missed it.",
    14: "The organisation may have none.",
}


REMAINING_REASONS = tuple(_REMAINING.values())


def _remaining(facts: SupplierFacts, timing: Timing, scope: Scope) -> Iterator[str]:
    """The reasons that the facts do not rule out, in the order of the list."""
    home_read = facts.visit is not None and facts.visit.home_url is not None
    reasons = {attempt.reason for attempt in facts.attempts}
    listed = any(
        row.period_end is None or timing.expected is None or row.period_end >= timing.expected
        for row in _standing(facts)
    )
    ruled_out = {
        1: scope.word is ScopeWord.LIKELY,
        3: timing.expected is not None and not timing.in_window,
        4: home_read,
        5: listed,
        6: listed,
        8: home_read and not (reasons - _ROUTINE),
        9: home_read and not reasons & {"unreadable", "not_a_statement", "needs_browser", "too_large"}
        and not any(statement.error for statement in facts.statements),
        10: facts.company_number is not None and bool(facts.listings or facts.statements),
        14: bool(facts.statements or facts.listings),
    }  # fmt: skip
    yield from (text for number, text in _REMAINING.items() if not ruled_out.get(number, False))
