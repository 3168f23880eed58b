"""How well, how fast and in how much memory supplier names are matched.

Names of the real registry file are damaged by the rules below and mixed with names that are in no index. The
rules were written, and committed, before the matcher was tuned; change them only together with a note of why.
Names made up here to fill the index are labelled "generated": they say something about speed and about false
matches, little about real recall.

    python benchmarks/matching.py              # the figures of docs/method.md
    python benchmarks/matching.py --misses 20  # and what went wrong
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.registry import read_registry_csv
from domain.organisations import organisation_id
from section54.suppliers.matching.matcher import KnownName, Matcher, MatchKind

ORGANISATIONS = 35_000  # the registry named 34,000 organisations in September 2026
SUPPLIERS = 10_000
SEED = 54
DATA = Path(os.environ.get("SECTION54_DATA", Path(__file__).parents[1] / "../shared/data"))

SUFFIX = re.compile(r"\s+(LIMITED|LTD\.?|PLC|P\.L\.C\.|LLP|PUBLIC LIMITED COMPANY)$", re.IGNORECASE)
NEIGHBOURS = {
    "a": "s",
    "e": "r",
    "i": "o",
    "n": "m",
    "o": "p",
    "r": "t",
    "s": "d",
    "t": "y",
    "l": "k",
    "c": "v",
}
KINDS = [
    "Ashdown",
    "Birch",
    "Calder",
    "Dunmore",
    "Elmet",
    "Fenwick",
    "Garrow",
    "Hallam",
    "Ingleby",
    "Jarrow",
    "Kelso",
    "Lorton",
    "Marwood",
    "Norley",
    "Orrell",
    "Penrose",
    "Quorn",
    "Rowan",
    "Selby",
    "Tarrant",
    "Ulver",
    "Varley",
    "Wharfe",
    "Yarrow",
    "Aldwyn",
    "Beckett",
    "Corbin",
    "Draper",
    "Everard",
    "Foxley",
    "Grange",
    "Holt",
    "Ivory",
    "Keld",
    "Langley",
    "Mercer",
    "Nettle",
    "Otter",
    "Pike",
    "Raven",
    "Stroud",
    "Thorne",
    "Vale",
    "Willow",
    "Brook",
    "Castle",
    "Drum",
]
TRADES = [
    "Catering",
    "Cleaning",
    "Security",
    "Vehicles",
    "Uniforms",
    "Laundry",
    "Construction",
    "Facilities",
    "Software",
    "Networks",
    "Logistics",
    "Foods",
    "Training",
    "Consulting",
    "Engineering",
    "Electrical",
    "Plumbing",
    "Fleet",
    "Forensics",
    "Medical",
    "Printing",
    "Recruitment",
    "Storage",
    "Waste",
    "Energy",
    "Solar",
    "Timber",
    "Furniture",
    "Packaging",
    "Telecoms",
    "Recycling",
    "Transport",
    "Estates",
    "Legal",
    "Media",
    "Textiles",
    "Kennels",
]
KINDS_OF_FIRM = ("Services", "Group", "Holdings", "Solutions", "Supplies", "Systems", "UK", "Partners", "")
ENDINGS = ("Limited", "Limited", "Limited", "Ltd", "PLC", "LLP")


@dataclass(frozen=True, slots=True)
class Case:
    """One supplier as it stands in a list, and the organisation that it is (None: in no index)."""

    rule: str
    name: str
    truth: str | None


# --- the damage rules: name in, damaged name out; None where a rule can't be applied to a name


def unchanged(name: str, _: random.Random) -> str | None:
    return name


def title_case(name: str, _: random.Random) -> str | None:
    return name.title()


def other_spelling_of_the_ending(name: str, rng: random.Random) -> str | None:
    ending = SUFFIX.search(name)
    if ending is None:
        return None
    spellings = {
        "limited": ("Ltd", "LTD.", "ltd"),
        "ltd": ("Limited", "LIMITED"),
        "plc": ("P.L.C.", "Public Limited Company"),
        "publiclimitedcompany": ("PLC", "plc"),
        "llp": ("L.L.P.", "llp"),
    }
    key = re.sub(r"[\s.]", "", ending.group(1)).lower()
    return SUFFIX.sub("", name) + " " + rng.choice(spellings[key])


def ampersand(name: str, _: random.Random) -> str | None:
    if "&" in name:
        return name.replace("&", "and")
    return re.sub(r"\band\b", "&", name, flags=re.IGNORECASE) if re.search(r"\band\b", name, re.I) else None


def punctuation(name: str, rng: random.Random) -> str | None:
    if re.search(r"[.'()-]", name):
        return re.sub(r"\s+", " ", re.sub(r"[.'()-]", rng.choice(["", " "]), name)).strip()
    return name.replace(" ", "  ", 1) + "."


def the_in_front(name: str, _: random.Random) -> str | None:
    return name[4:] if name.upper().startswith("THE ") else f"The {name}"


def ending_dropped(name: str, _: random.Random) -> str | None:
    return SUFFIX.sub("", name) if SUFFIX.search(name) else None


def other_ending(name: str, _: random.Random) -> str | None:
    ending = SUFFIX.search(name)
    if ending is None:
        return None
    return SUFFIX.sub("", name) + (" PLC" if ending.group(1).upper().startswith("L") else " LIMITED")


def typing_error(name: str, rng: random.Random) -> str | None:
    body = SUFFIX.sub("", name)
    places = [i for i, char in enumerate(body) if char.isalpha()]
    if len(places) < 5:  # one letter of four is another name
        return None
    at = rng.choice(places)
    kind = rng.choice(["drop", "double", "swap", "neighbour"])
    if kind == "drop":
        damaged = body[:at] + body[at + 1 :]
    elif kind == "double":
        damaged = body[: at + 1] + body[at:]
    elif kind == "swap" and at + 1 < len(body):
        damaged = body[:at] + body[at + 1] + body[at] + body[at + 2 :]
    else:
        damaged = body[:at] + NEIGHBOURS.get(body[at].lower(), "e") + body[at + 1 :]
    return damaged + name[len(body) :]


def two_typing_errors(name: str, rng: random.Random) -> str | None:
    if len(SUFFIX.sub("", name)) < 12:
        return None
    once = typing_error(name, rng)
    return once and typing_error(once, rng)


def word_dropped(name: str, rng: random.Random) -> str | None:
    words = SUFFIX.sub("", name).split()
    if len(words) < 3:
        return None
    words.pop(rng.randrange(1, len(words)))  # nobody drops the first word of a name
    ending = SUFFIX.search(name)
    return " ".join(words) + (ending.group(0) if ending else "")


def reordered(name: str, _: random.Random) -> str | None:
    words = SUFFIX.sub("", name).split()
    if len(words) < 2:
        return None
    ending = SUFFIX.search(name)
    return " ".join([*words[1:], words[0]]) + (ending.group(0) if ending else "")


def cut_at_30(name: str, _: random.Random) -> str | None:
    return name[:30].rstrip() if len(name) > 30 else None


def trading_as(name: str, rng: random.Random) -> str | None:
    return f"{name} {rng.choice(['T/A', 't/a', 'trading as'])} {rng.choice(KINDS)} {rng.choice(TRADES)}"


def place_added(name: str, rng: random.Random) -> str | None:
    return f"{name} ({rng.choice(['Leeds', 'North', 'UK', 'Head Office', 'Cardiff'])})"


RULES: tuple[Callable[[str, random.Random], str | None], ...] = (
    unchanged, title_case, other_spelling_of_the_ending, ampersand, punctuation, the_in_front, ending_dropped,
    other_ending, typing_error, two_typing_errors, word_dropped, reordered, cut_at_30, trading_as,
    place_added,
)  # fmt: skip


# --- the index and the supplier list


def registry_names() -> tuple[dict[str, str], list[str], dict[str, str]]:
    """Organisation id to name, the parent names of group rows, and id to company number, from the real
    file.
    """
    file = read_registry_csv(DATA / "registry" / "2022-summaries-list.csv")
    names: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for listing in file.listings:
        identifier = organisation_id(listing.organisation, listing.company_number)
        names.setdefault(identifier, listing.organisation)
        if listing.company_number:
            numbers[identifier] = listing.company_number
    return names, sorted({listing.parent for listing in file.listings if listing.parent}), numbers


def same_company(name: str) -> str:
    """What two spellings of a made-up name share: case and Ltd for Limited are no other name."""
    return re.sub(r"\bLTD$", "LIMITED", name.upper())


def generated_names(rng: random.Random, seen: set[str]) -> Iterator[str]:
    """Made-up names, without end and none in `seen`; near neighbours of one another, as real names are."""
    while True:
        words = [rng.choice(KINDS)]
        if rng.random() < 0.7:
            words.append(rng.choice(KINDS))
        words += [rng.choice(TRADES), rng.choice(KINDS_OF_FIRM), rng.choice(ENDINGS)]
        name = " ".join(filter(None, words))
        if same_company(name) not in seen:
            seen.add(same_company(name))
            yield name.upper() if rng.random() < 0.7 else name


def damaged(names: dict[str, str], rng: random.Random, label: str) -> Iterator[Case]:
    for rule in RULES:
        for identifier, name in names.items():
            out = rule(name, rng)
            if out:
                yield Case(f"{label}{rule.__name__}", out, identifier)


def cases(
    index: dict[str, str],
    held_out: list[str],
    parents: list[str],
    generated: dict[str, str],
    rng: random.Random,
) -> list[Case]:
    real = list(damaged(index, rng, ""))
    own = {name: identifier for identifier, name in index.items()}
    parent = [Case("true parent name", name, own[name]) for name in parents if name in own]
    unknown = [Case("unknown: in the registry, not in the index", name, None) for name in held_out]
    # Corrected after the first run: the fresh names held 'X LTD' beside 'X LIMITED' of the index (no unknown
    # name), and dropping a word of one generated name often gave another, letter for letter. Generated names
    # are that dense by construction; damaged real names that hit a real one stay in and count as wrong.
    taken = {same_company(name) for name in generated.values()}
    fresh = generated_names(random.Random(SEED + 1), set(taken))
    unknown += [Case("unknown: generated", next(fresh), None) for _ in range(SUPPLIERS // 5 - len(unknown))]
    rng.shuffle(real)
    sample = dict(rng.sample(sorted(generated.items()), 600))
    filler = [
        case
        for case in damaged(sample, rng, "generated: ")
        if same_company(case.name) not in taken - {same_company(sample[case.truth or ""])}
    ]
    rng.shuffle(filler)
    keep = SUPPLIERS - len(parent) - len(unknown)
    chosen = [*parent, *unknown, *real[: keep * 3 // 4]]
    return chosen + filler[: SUPPLIERS - len(chosen)]


# --- the figures


@dataclass(slots=True)
class Tally:
    """What came of the cases of one rule."""

    cases: int = 0
    automatic: int = 0
    wrong: int = 0
    found: int = 0
    """The right organisation, automatically or among the candidates."""


def run(misses: int) -> dict[str, object]:
    rng = random.Random(SEED)
    names, parents, numbers = registry_names()
    held_out = rng.sample(sorted(names), len(names) // 10)
    index = {identifier: name for identifier, name in names.items() if identifier not in set(held_out)}
    fresh = generated_names(rng, set())
    generated = {f"generated-{n}": next(fresh) for n in range(ORGANISATIONS - len(index))}
    suppliers = cases(index, [names[identifier] for identifier in held_out], parents, generated, rng)
    known = [KnownName(i, name, company_number=numbers.get(i)) for i, name in (index | generated).items()]

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    matcher = Matcher(known)
    built = time.perf_counter()
    matches = matcher.match_all([(case.name, None) for case in suppliers])
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    tallies: dict[str, Tally] = {}
    shown = Counter[str]()
    for case, match in zip(suppliers, matches, strict=True):
        tally = tallies.setdefault(case.rule, Tally())
        automatic = match.kind not in {MatchKind.CANDIDATES, MatchKind.NONE}
        found = case.truth is not None and case.truth in {c.organisation_id for c in match.candidates}
        tally.cases += 1
        tally.automatic += automatic
        tally.wrong += automatic and match.organisation_id != case.truth
        tally.found += found
        bad = (automatic and match.organisation_id != case.truth) or (case.truth is not None and not found)
        if bad and shown[case.rule] < misses:
            shown[case.rule] += 1
            best = "; ".join(f"{c.name} {c.score:.0f}" for c in match.candidates[:2])
            print(f"   {case.rule}: {case.name!r} -> {match.kind} [{best}]")

    report(tallies)
    automatic = sum(tally.automatic for tally in tallies.values())
    real = [t for rule, t in tallies.items() if not rule.startswith(("unknown", "generated"))]
    return {
        "organisations": len(known),
        "suppliers": len(suppliers),
        "precision_automatic": 1 - sum(t.wrong for t in tallies.values()) / automatic,
        "recall_with_candidates_real": sum(t.found for t in real) / sum(t.cases for t in real),
        "recall_automatic_real": sum(t.automatic - t.wrong for t in real) / sum(t.cases for t in real),
        "seconds": round(seconds, 1),
        "seconds_to_build": round(built - started, 1),
        "peak_mb": round(peak / 1024),
        "peak_mb_before": round(before / 1024),
    }


def report(tallies: dict[str, Tally]) -> None:
    print(f"{'rule':<45}{'cases':>7}{'automatic':>11}{'wrong':>7}{'found':>8}")
    for rule, tally in sorted(tallies.items()):
        share = "" if rule.startswith("unknown") else f"{tally.found / tally.cases:8.3f}"
        print(f"{rule:<45}{tally.cases:>7}{tally.automatic:>11}{tally.wrong:>7}{share:>8}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--misses", type=int, default=0, help="show this many failures of each rule")
    print(json.dumps(run(parser.parse_args().misses), indent=1))


if __name__ == "__main__":
    main()
