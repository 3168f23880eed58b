"""`section54 monitor`: bring the collection up to date, then say per watch list what changed. Silent where nothing did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.items import Site
from crawler.organisations import organisation_id
from db import facts as rows
from db.events import events_since
from db.private import PrivateStore
from db.store import Store, now
from section54.crawling import Network
from section54.monitoring.digest import (
    MEANINGFUL,
    TITLES,
    Digest,
    Entry,
    Sentence,
    as_atom,
    as_html,
    as_json,
    as_text,
    difference,
    title_of,
)
from section54.pipeline import InputError, Progress
from section54.settings import Home
from section54.suppliers.checking import known_names, load_decisions, open_companies
from section54.suppliers.company_match import with_companies
from section54.suppliers.decisions import apply
from section54.suppliers.lists import SupplierListError, read_supplier_list
from section54.suppliers.matching import Matcher
from section54.update import BROKEN_CRAWL, DONE, run_update

WAVE = 0.2  # of the watched organisations gone in one run: more likely our fault than theirs
WAVE_LEAST = 5  # in a short list a fifth is one or two, and those do happen
FEED_DIGESTS = 50  # the newest that the feed holds
RELATED = 0.5  # two texts that share less are different documents: their difference is both of them
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")


# --- watch lists


def watch(home: Home, path: Path, name: str, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Keep the suppliers of a list as a watch list, in place of an older one of this name; return its counts.

    Digests begin with what changes from now on. Websites that the list gives are added to those that are crawled.
    Raises InputError.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} can't name a watch list: use letters, digits, spaces, '.', '-' and '_'")
    try:
        source = read_supplier_list(path, mapping)
    except (SupplierListError, OSError) as error:
        raise InputError(str(error)) from error
    with closing(PrivateStore(home.private_db)) as private:
        private.save_watch_list(
            name, path.name, [(line.name, line.company_number) for line in source.suppliers]
        )
    with Store(home.working_db) as store:
        sites = [
            Site(
                organisation_id(line.name, line.company_number), line.name, line.company_number, line.website
            )
            for line in source.suppliers
            if line.website
        ]
        store.save_seeds(sites, source="supplier_list")
        watched = _watched(store, home, [(line.name, line.company_number) for line in source.suppliers])
        _remember_registry(store, home, watched)
    return {
        "name": name,
        "suppliers": len(source.suppliers),
        "organisations": len(watched),
        "websites": len(sites),
        "rejected": len(source.rejected),
        "set_aside": len(source.set_aside),
    }


def _watched(
    store: Store, home: Home, suppliers: Sequence[tuple[str, str | None]]
) -> dict[str, tuple[str, ...]]:
    """The organisations of the collection that the suppliers are, each with their names in the list.

    Matched anew each time, so that decisions and new organisations take effect.
    """
    names = rows.organisation_names(store)
    decisions = load_decisions(home)
    found: dict[str, list[str]] = {}
    with open_companies(home) as companies:
        matches = Matcher(known_names(store)).match_all(suppliers)
        for (name, number), match in zip(suppliers, matches, strict=True):
            if companies is not None:
                match = with_companies(name, number, match, companies, names)
            match = apply(match, decisions.of(name, number), names)
            if match.organisation_id in names and not match.needs_review:
                found.setdefault(str(match.organisation_id), []).append(name)
    return {identifier: tuple(suppliers) for identifier, suppliers in found.items()}


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
    network: Network,
    say: Progress,
    *,
    names: Sequence[str] = (),
    update: bool = True,
    limit: int | None = None,
    accept_removals: bool = False,
) -> Monitored:
    """Visit who is due, and write a digest for each watch list (or those of `names`) to HOME/digests/NAME.

    Without `update` only what is already stored is looked at. `accept_removals` tells even a wave of statements that
    are gone, once a person has looked. Raises InputError where a watch list does not exist.
    """
    with closing(PrivateStore(home.private_db)) as private:
        lists = private.watch_lists()
    unknown = sorted(set(names).difference(one["name"] for one in lists))
    if unknown:
        raise InputError(f"there is no watch list {unknown[0]!r}; see `section54 watch list`")
    problems: tuple[str, ...] = ()
    exit_code = DONE
    if update:
        outcome = run_update(home, network, limit, say, due=True)
        problems, exit_code = tuple(outcome.problems), outcome.exit_code
    digests, files = [], []
    with Store(home.working_db) as store:
        for one in lists:
            if names and one["name"] not in names:
                continue
            digest = _digest(store, home, one, _alarms(problems, exit_code), accept_removals)
            if digest.alarms:
                exit_code = BROKEN_CRAWL
            if not digest.empty:
                digests.append(digest)
                files += _write(digest, home.digests / _folder(one["name"]))
            _done(store, home, one, digest)
    return Monitored(tuple(digests), tuple(files), problems, exit_code)


def _alarms(problems: Sequence[str], exit_code: int) -> tuple[str, ...]:
    return (
        tuple(problem for problem in problems if problem.startswith("crawl "))
        if exit_code == BROKEN_CRAWL
        else ()
    )


def _digest(
    store: Store, home: Home, watch_list: Mapping[str, Any], alarms: tuple[str, ...], accept_removals: bool
) -> Digest:
    watched = _watched(store, home, watch_list["suppliers"])
    since = watch_list["digest_since"]
    found = events_since(store, since, organisations=list(watched), kinds=MEANINGFUL)
    removed = [event for event in found if event["kind"] == "removed"]
    if len(removed) >= max(WAVE_LEAST, WAVE * len(watched)) and not accept_removals:
        alarms = (
            *alarms,
            f"{len(removed)} of {len(watched)} watched organisations would be reported as 'no longer at its address' in one run. "
            "That is more likely a fault of the crawl: look at some of them. If they are gone indeed, `section54 monitor --accept-removals` lists them.",
        )
    if alarms:
        found = [event for event in found if event["kind"] not in {"removed", "overdue"}]
    names = rows.organisation_names(store)
    entries = [_entry(store, event, watched[event["organisation_id"]]) for event in found]
    entries += _registry_entries(store, home, watched, names)
    untold = tuple(entry for entry in entries if entry.id not in watch_list["told"])
    return Digest(watch_list["name"], since, now(), untold, alarms)


def _entry(store: Store, event: Mapping[str, Any], suppliers: tuple[str, ...]) -> Entry:
    differences: tuple[Sentence, ...] = ()
    more = 0
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


# --- the registry


_REGISTRY_FIELDS = {
    "statement_url": "address of the statement",
    "pdf_url": "hosted PDF",
    "period_start": "start of the period",
    "period_end": "end of the period",
    "turnover": "turnover",
    "last_updated": "date of the last update",
}


def _registry_entries(
    store: Store, home: Home, watched: Mapping[str, tuple[str, ...]], names: Mapping[str, str]
) -> Iterator[Entry]:
    """Entries of the registry that are new or differ from those at the last digest; none for a newly watched one."""
    with closing(PrivateStore(home.private_db)) as private:
        seen = private.registry_seen(list(watched))
    for identifier, suppliers in watched.items():
        if identifier not in seen:
            continue
        for url, entry in _registry(store, identifier).items():
            before = seen[identifier].get(url)
            if before == entry:
                continue
            kind = "registry_new" if before is None else "registry_changed"
            changed = [
                words for key, words in _REGISTRY_FIELDS.items() if before and before.get(key) != entry[key]
            ]
            if before and before.get("answers") != entry["answers"]:
                changed.append("answers on the six areas")
            detail = (
                f"Registry year {entry['registry_year']}."
                if before is None
                else f"Changed: {', '.join(changed) or 'details'}."
            )
            yield Entry(
                f"registry/{url}/{entry['last_updated'] or entry['period_end']}", kind, TITLES[kind], identifier,
                names[identifier], suppliers, detail, now(), url, period_end=entry["period_end"],
            )  # fmt: skip


def _registry(store: Store, identifier: str) -> dict[str, dict[str, Any]]:
    """The registry entries of an organisation by their address, with what is compared."""
    return {
        row["summary_url"]: {
            "registry_year": row["registry_year"],
            **{key: row[key] for key in _REGISTRY_FIELDS},
            "answers": {one["area"]: one["answer"] for one in rows.declared(store, row["summary_url"])},
        }
        for row in rows.listings(store, identifier)
    }


def _remember_registry(store: Store, home: Home, identifiers: Iterable[str]) -> None:
    seen = {identifier: _registry(store, identifier) for identifier in identifiers}
    with closing(PrivateStore(home.private_db)) as private:
        private.save_registry_seen(seen)


# --- files


def _write(digest: Digest, folder: Path) -> list[Path]:
    """Write the digest in three forms, and the feed of the newest digests."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"digest-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    files = []
    for ending, render in (("txt", as_text), ("html", as_html), ("json", as_json)):
        path = folder / f"{name}.{ending}"
        path.write_text(render(digest), encoding="utf-8")
        files.append(path)
    older = sorted(folder.glob("digest-*.json"), reverse=True)[:FEED_DIGESTS]
    feed = folder / "feed.atom"
    feed.write_bytes(as_atom(digest.watch_list, [json.loads(path.read_text("utf-8")) for path in older]))
    return [*files, feed]


def _folder(name: str) -> str:
    return name.strip().replace(" ", "-").lower()


def _done(store: Store, home: Home, watch_list: Mapping[str, Any], digest: Digest) -> None:
    """Move the mark on: what was told is not told again, what was held back by an alarm is."""
    _remember_registry(store, home, _watched(store, home, watch_list["suppliers"]))
    since, told = watch_list["digest_since"], [*watch_list["told"], *(entry.id for entry in digest.entries)]
    if not digest.alarms:
        since, told = max(store.value("select max(noticed_at) from events") or "", since), []
    with closing(PrivateStore(home.private_db)) as private:
        private.move_digest_mark(watch_list["name"], since, told)


def watch_lists(home: Home) -> list[dict[str, Any]]:
    """The watch lists with their counts."""
    if not home.private_db.exists():
        return []
    with closing(PrivateStore(home.private_db)) as private:
        return [{**one, "suppliers": len(one["suppliers"])} for one in private.watch_lists()]


def unwatch(home: Home, name: str) -> bool:
    with closing(PrivateStore(home.private_db)) as private:
        return private.drop_watch_list(name)
