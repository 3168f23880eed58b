"""What changed for the suppliers of one watch list, as text, HTML, JSON and Atom.

Pure: entries in, documents out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from db.redact import redact_quotation
from section54.atom import EPOCH, Feed, FeedEntry, urn, write_feed
from section54.monitoring.difference import Sentence
from section54.monitoring.difference import difference as difference_of
from section54.suppliers.report.contents import CONDUCT_NOTE, COVERAGE_NOTE
from section54.suppliers.report.html_report import environment

MEANINGFUL = (
    "new", "new_year", "revised", "replaced", "moved", "removed", "found_again", "home_link_changed",
    "overdue", "registry_new",
    "registry_changed", "registry_withdrawn",
)  # fmt: skip
"""Kinds of db.events that are worth a person's time; 'cosmetic', 'unreachable', 'due_soon' and 'shared_text'
are not."""

TITLES = {
    "new": "A statement was found that was not known before",
    "new_year": "A statement for a later financial year",
    "revised": "The text of the statement has changed",
    "cosmetic": "A few words of the statement have changed",
    "replaced": "Another document stands where the statement was",
    "moved": "The statement is at another address",
    "removed": "The statement is no longer at its address",
    "found_again": "The statement is at its address again",
    "home_link_changed": "The home page leads to the statement in another way",
    "overdue": "By guidance a newer statement was due, and none was found",
    "registry_new": "A new entry in the government registry",
    "registry_changed": "The entry in the government registry has changed",
    "registry_withdrawn": "An entry is no longer in the government registry's file",
}
RECYCLED = (
    0.85  # last year's text with the years raised keeps 0.94 (5th percentile 0.872); an edited one less
)
MOST_SENTENCES = 40  # of a difference: more is read in the documents themselves
RUN_NOTE = (
    "Where nothing stands here, nothing that matters was noticed; that does not show that nothing changed."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change at one organisation."""

    id: str
    """Stable: the same change keeps it."""
    kind: str
    title: str
    organisation_id: str
    organisation: str
    suppliers: tuple[str, ...]
    """As the watch list writes them."""
    detail: str
    at: str
    """UTC, ISO 8601: when it was seen."""
    url: str | None = None
    previous_url: str | None = None
    similarity: float | None = None
    period_end: str | None = None
    sha256: str | None = None
    previous_sha256: str | None = None
    differences: tuple[Sentence, ...] = ()
    more_differences: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """All that changed for one watch list since the last digest."""

    watch_list: str
    since: str
    until: str
    entries: tuple[Entry, ...]
    alarms: tuple[str, ...] = ()
    """Why this run is not to be trusted as a whole; nothing is called gone while one stands."""
    alarms_told: bool = False
    """Whether the digest before this one told of the same alarms."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send: no entry, and no alarm that was not told before."""
        return not self.entries and (self.alarms_told or not self.alarms)


def difference(
    before: Sequence[str], after: Sequence[str], organisation: str
) -> tuple[tuple[Sentence, ...], int]:
    """The sentences that went and came between two versions, in reading order, and how many more there are.

    Sentences that differ in spaces or case alone are the same. Names of individuals are taken out.
    """
    found = difference_of(before, after)
    shown = tuple(
        Sentence(one.sign, redact_quotation(one.text, organisation, signatory=True))
        for one in found[:MOST_SENTENCES]
    )
    return shown, max(0, len(found) - MOST_SENTENCES)


def title_of(kind: str, similarity: float | None) -> str:
    """The title of a change; a later year whose text is that of the year before is said to be."""
    if kind == "new_year" and similarity is not None and similarity >= RECYCLED:
        return f"{TITLES[kind]}, with nearly the text of the one before"
    return TITLES[kind]


# --- documents


def as_dict(digest: Digest) -> dict[str, Any]:
    return {**asdict(digest), "note": f"{COVERAGE_NOTE} {CONDUCT_NOTE}"}


def as_json(digest: Digest) -> str:
    return json.dumps(as_dict(digest), indent=2, ensure_ascii=False) + "\n"


def as_text(digest: Digest) -> str:
    """The digest for a terminal or a mail. Its first line is fit for a subject."""
    lines = [_headline(digest), f"{COVERAGE_NOTE} {CONDUCT_NOTE}", ""]
    lines += [f"ALARM: {alarm}" for alarm in digest.alarms]
    for entry in digest.entries:
        suppliers = "; ".join(entry.suppliers)
        lines += ["", f"{entry.organisation} ({suppliers})", f"  {entry.title}", f"  {entry.detail}"]
        lines += [f"  {label}: {url}" for label, url in _addresses(entry)]
        lines += [f"    {one.sign} {one.text}" for one in entry.differences]
        if entry.more_differences:
            lines.append(f"    and {entry.more_differences} more sentences")
    return "\n".join(lines).rstrip() + "\n"


def _headline(digest: Digest) -> str:
    count = len(digest.entries)
    changes = f"{count} change{'' if count == 1 else 's'}"
    alarm = ", with an alarm" if digest.alarms else ""
    return (
        f"Modern slavery statements, {digest.watch_list}: {changes}{alarm} ({digest.since[:10]} to "
        f"{digest.until[:10]})"
    )


def _addresses(entry: Entry) -> list[tuple[str, str]]:
    if entry.kind == "removed":
        return [("it was at", entry.previous_url)] if entry.previous_url else []
    found = [("address", entry.url)] if entry.url else []
    if entry.previous_url and entry.previous_url != entry.url:
        found.append(("before", entry.previous_url))
    return found


def as_html(digest: Digest) -> str:
    """The digest as one page without outside assets."""
    return environment().get_template("digest.html.jinja").render(
        digest=digest, headline=_headline(digest), addresses=_addresses, coverage_note=COVERAGE_NOTE,
        conduct_note=CONDUCT_NOTE, run_note=RUN_NOTE,
    )  # fmt: skip


def as_atom(watch_list: str, digests: Iterable[Mapping[str, Any]]) -> bytes:
    """A feed of the entries of several digests (as dicts), newest first."""
    ordered = sorted(digests, key=lambda one: one["until"], reverse=True)
    feed = Feed(
        id=urn(f"watch/{watch_list}"),
        title=f"Modern slavery statements: {watch_list}",
        subtitle=f"{COVERAGE_NOTE} {CONDUCT_NOTE}",
        updated=ordered[0]["until"] if ordered else EPOCH,
    )
    return write_feed(
        feed, (_atom_entry(watch_list, entry) for digest in ordered for entry in digest["entries"])
    )


def _atom_entry(watch_list: str, entry: Mapping[str, Any]) -> FeedEntry:
    lines = [entry["detail"], *(f"{one['sign']} {one['text']}" for one in entry["differences"])]
    return FeedEntry(
        id=urn(f"watch/{watch_list}/{entry['id']}"),
        title=f"{entry['organisation']}: {entry['title']}",
        updated=entry["at"],
        summary="\n".join(lines),
        link=entry["url"],
    )
