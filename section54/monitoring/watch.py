"""`section54 monitor`: bring the collection up to date, then say per watch list what changed.

Silent where nothing did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from crawler.options import CrawlOptions
from db import facts as rows
from db.events import events_since, last_event
from db.private import PrivateStore
from db.store import Store
from domain.dates import now, stamp
from section54.exceptions import InputError
from section54.monitoring.changes import RELATED
from section54.monitoring.difference import Sentence
from section54.monitoring.digest import (
    MEANINGFUL,
    Digest,
    Entry,
    as_atom,
    as_html,
    as_json,
    as_text,
    difference,
    title_of,
)
from section54.pipeline import Progress
from section54.settings import Home
from section54.suppliers.deciding.column_choices import read_with_choices
from section54.suppliers.deciding.resolving import load_decisions, open_companies, resolve, sites_to_visit
from section54.suppliers.reading.lists import SupplierListError
from section54.update import BROKEN_CRAWL, DONE, FAILED, run_update

WAVE = 0.2  # of the watched organisations gone in one run: more likely our fault than theirs
WAVE_LEAST = 5  # in a short list a fifth is one or two, and those do happen
FEED_DIGESTS = 50  # the newest that the feed holds
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")


# --- watch lists


def watch(home: Home, path: Path, name: str, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Keep the suppliers of a list as a watch list, in place of an older one of this name; return its counts.

    Digests begin with what changes from now on. Websites that the list gives are added to those that are
    crawled. Raises InputError.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} can't name a watch list: use letters, digits, spaces, '.', '-' and '_'")
    try:
        source = read_with_choices(home, [path], mapping)
    except (SupplierListError, OSError) as error:
        raise InputError(str(error)) from error
    namesake = next((one["name"] for one in watch_lists(home) if _clash(one["name"], name)), None)
    if namesake is not None:
        raise InputError(
            f"the watch list {namesake!r} has the folder of digests that {name!r} would have: take another "
            "name"
        )
    suppliers = [(line.name, line.company_number) for line in source.suppliers]
    with Store(home.working_db) as store, closing(PrivateStore(home.private_db)) as private:
        private.save_watch_list(name, path.name, suppliers, last_event(store))
        sites, left_out = sites_to_visit(store, home, source.suppliers)
        store.save_seeds(sites, source="supplier_list")
        watched = _watched(store, home, suppliers)
    return {
        "name": name,
        "suppliers": len(source.suppliers),
        "organisations": len(watched),
        "websites": len(sites),
        "websites_left_out": list(left_out),
        "rejected": len(source.rejected),
        "set_aside": len(source.set_aside),
    }


def _clash(known: str, name: str) -> bool:
    return known != name and _folder(known) == _folder(name)


def _watched(
    store: Store, home: Home, suppliers: Sequence[tuple[str, str | None]]
) -> dict[str, tuple[str, ...]]:
    """The organisations of the collection that the suppliers are, each with their names in the list.

    Matched anew each time, so that decisions and new organisations take effect.
    """
    known = rows.organisation_names(store)
    found: dict[str, list[str]] = {}
    with open_companies(home) as companies:
        resolved = resolve(store, suppliers, load_decisions(home), companies)
    for (name, _), one in zip(suppliers, resolved, strict=True):
        if one.match.organisation_id in known and not one.match.needs_review:
            found.setdefault(one.match.organisation_id or "", []).append(name)
    return {identifier: tuple(names) for identifier, names in found.items()}


def news(store: Store, home: Home, suppliers: Sequence[tuple[str, str | None]], after: int) -> list[Entry]:
    """What happened after an event at the organisations that the suppliers (name, number) are, oldest
    first.
    """
    watched = _watched(store, home, suppliers)
    events = events_since(store, "", after=after, organisations=list(watched), kinds=MEANINGFUL)
    return [_entry(store, event, watched[event["organisation_id"]]) for event in events]


# --- the run


@dataclass(frozen=True, slots=True)
class Monitored:
    """What a run came to: the digests that have something to say, and the files that they were written to."""

    digests: tuple[Digest, ...]
    files: tuple[Path, ...]
    problems: tuple[str, ...]
    exit_code: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "digests": [json.loads(as_json(digest)) for digest in self.digests],
            "files": [str(path) for path in self.files],
            "problems": list(self.problems),
        }

    def as_text(self) -> str:
        """What cron sends on: nothing at all where nothing changed."""
        return "\n".join(as_text(digest) for digest in self.digests)


def monitor(
    home: Home,
    network: CrawlOptions,
    say: Progress,
    *,
    today: date,
    names: Sequence[str] = (),
    update: bool = True,
    limit: int | None = None,
    accept_removals: bool = False,
    tell: Callable[[Monitored], None] = lambda outcome: None,
) -> Monitored:
    """Visit who is due, and write a digest for each watch list (or those of `names`) to HOME/digests/NAME.

    Without `update` only what is already stored is looked at. `accept_removals` tells even a wave of
    statements that are gone, once a person has looked. `tell` gives the digests out: only then are they
    marked as told, so that a run that is stopped before tells them again. What fails for one list costs that
    list and is among the problems. Raises InputError where a watch list does not exist.
    """
    with closing(PrivateStore(home.private_db)) as private:
        lists = private.watch_lists()
    unknown = sorted(set(names).difference(one["name"] for one in lists))
    if unknown:
        raise InputError(f"there is no watch list {unknown[0]!r}; see `section54 watch list`")
    problems: tuple[str, ...] = ()
    exit_code = DONE
    if update:
        outcome = run_update(home, network, limit, say, today=today, due=True)
        problems, exit_code = tuple(outcome.problems), outcome.exit_code
    digests, files, marks = [], [], []
    broken = _crawl_alarms(problems, exit_code if update else DONE)
    with Store(home.working_db) as store:
        for one in lists:
            if names and one["name"] not in names:
                continue
            until = last_event(store)
            try:
                digest, standing = _digest(store, home, one, broken, accept_removals)
                written = [] if digest.empty else _write(digest, home.digests / _folder(one["name"]))
            except (OSError, ValueError, KeyError) as error:
                problems = (*problems, f"watch list {one['name']!r}: {error}; it is told with the next run")
                exit_code = exit_code or FAILED
                continue
            if digest.alarms:
                exit_code = BROKEN_CRAWL
            if not digest.empty:
                digests.append(digest)
                files += written
            marks.append((one, digest, until, standing))
    monitored = Monitored(tuple(digests), tuple(files), problems, exit_code)
    tell(monitored)
    for one, digest, until, standing in marks:
        _done(home, one, digest, until, standing)
    return monitored


@dataclass(frozen=True, slots=True)
class _Alarm:
    """Why a run is not to be trusted as a whole. It is told once, and again when its state is another."""

    state: str
    text: str


def _crawl_alarms(problems: Sequence[str], exit_code: int) -> list[_Alarm]:
    """Those of a broken crawl; its figures differ each day, and are no other state."""
    if exit_code != BROKEN_CRAWL:
        return []
    return [_Alarm(re.sub(r"[\d.,]+", "", one), one) for one in problems if one.startswith("crawl ")]


def _wave_alarm(removed: Sequence[Mapping[str, Any]], gone: int, watched: int) -> _Alarm:
    text = (
        f"{gone} of {watched} watched organisations would be reported as 'no longer at its address' in one "
        "run. "
        "That is more likely a fault of the crawl: look at some of them. If they are gone indeed, `section54 "
        "monitor "
        "--accept-removals` lists them. This stands until then, and is told again only when it changes."
    )
    return _Alarm(f"removed {','.join(str(event['id']) for event in removed)}", text)


def _digest(
    store: Store, home: Home, watch_list: Mapping[str, Any], alarms: Sequence[_Alarm], accept_removals: bool
) -> tuple[Digest, list[str]]:
    """The digest of a watch list, and the states of the alarms that stand."""
    watched = _watched(store, home, watch_list["suppliers"])
    found = _news(store, watch_list, watched)
    removed = [event for event in found if event["kind"] == "removed"]
    gone = len({event["organisation_id"] for event in removed})
    if gone >= max(WAVE_LEAST, WAVE * len(watched)) and not accept_removals:
        alarms = [*alarms, _wave_alarm(removed, gone, len(watched))]
    if alarms:
        found = [event for event in found if event["kind"] not in {"removed", "overdue"}]
    entries = [_entry(store, event, watched[event["organisation_id"]]) for event in found]
    states = sorted(alarm.state for alarm in alarms)
    digest = Digest(
        watch_list["name"],
        watch_list["digest_since"],
        stamp(),
        tuple(entry for entry in entries if entry.id not in watch_list["told"]),
        tuple(alarm.text for alarm in alarms),
        alarms_told=states == watch_list["alarms_told"],
    )
    return digest, states


def _news(
    store: Store, watch_list: Mapping[str, Any], watched: Mapping[str, tuple[str, ...]]
) -> list[dict[str, Any]]:
    """The events after the mark; a list of an earlier version of this program has only the time of it."""
    mark = watch_list["told_event"]
    since = watch_list["digest_since"] if mark is None else ""
    return events_since(store, since, after=mark or 0, organisations=list(watched), kinds=MEANINGFUL)


def _entry(store: Store, event: Mapping[str, Any], suppliers: tuple[str, ...]) -> Entry:
    differences: tuple[Sentence, ...] = ()
    more = 0
    # Two texts that share less are different documents: their difference is both of them.
    if event["kind"] != "moved" and (event["similarity"] or 0) >= RELATED:
        before, after = (rows.sentence_texts(store, event[key]) for key in ("previous_sha256", "sha256"))
        if before and after:
            differences, more = difference(before, after, event["organisation"])
    return Entry(
        id=f"event/{event['id']}",
        kind=event["kind"],
        title=title_of(event["kind"], event["similarity"]),
        organisation_id=event["organisation_id"],
        organisation=event["organisation"],
        suppliers=suppliers,
        detail=event["detail"],
        at=event["happened_at"],
        url=event["url"],
        previous_url=event["previous_url"],
        similarity=event["similarity"],
        period_end=event["period_end"],
        sha256=event["sha256"],
        previous_sha256=event["previous_sha256"],
        differences=differences,
        more_differences=more,
    )


# --- files


def _write(digest: Digest, folder: Path) -> list[Path]:
    """Write the digest in three forms, and the feed of the newest digests."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"digest-{now():%Y%m%dT%H%M%S%fZ}"
    files = []
    for ending, render in (("txt", as_text), ("html", as_html), ("json", as_json)):
        path = folder / f"{name}.{ending}"
        _write_whole(path, render(digest).encode())
        files.append(path)
    older = sorted(folder.glob("digest-*.json"), reverse=True)[:FEED_DIGESTS]
    feed = folder / "feed.atom"
    _write_whole(feed, as_atom(digest.watch_list, [json.loads(path.read_text("utf-8")) for path in older]))
    return [*files, feed]


def _write_whole(path: Path, body: bytes) -> None:
    """Write a file or none: half a digest would stop each later run, which reads it for the feed."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(body)
    part.replace(path)


def _folder(name: str) -> str:
    return name.strip().replace(" ", "-").lower()


def _done(
    home: Home, watch_list: Mapping[str, Any], digest: Digest, until: int, alarms: Sequence[str]
) -> None:
    """Move the mark on: what was told is not told again, what was held back by an alarm is."""
    since, mark, told = watch_list["digest_since"], watch_list["told_event"], watch_list["told"]
    if digest.alarms:
        told = [*told, *(entry.id for entry in digest.entries)]
    else:
        since, mark, told = digest.until, until, []
    with closing(PrivateStore(home.private_db)) as private:
        private.move_digest_mark(watch_list["name"], since, mark, told, alarms)


def watch_lists(home: Home) -> list[dict[str, Any]]:
    """The watch lists with their counts."""
    if not home.private_db.exists():
        return []
    with closing(PrivateStore(home.private_db)) as private:
        return [{**one, "suppliers": len(one["suppliers"])} for one in private.watch_lists()]


def unwatch(home: Home, name: str) -> bool:
    with closing(PrivateStore(home.private_db)) as private:
        return private.drop_watch_list(name)
