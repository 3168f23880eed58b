"""How fast, in how much memory and how well the Companies House file is loaded and searched.

The file is generated, column for column as Companies House publishes it; its names are made up and say much
about time and memory, and about how often a stranger meets a like name, little about real recall.

    python benchmarks/companies.py                # 1,000,000 companies
    python benchmarks/companies.py --rows 5500000 # the size of the real file
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in (ROOT / "tests", ROOT):  # ROOT first: benchmarks/extraction.py must not hide the package
    sys.path.insert(0, str(folder))

import matching as damage  # noqa: E402 - benchmarks/ is no package
from company_data import HEADER, company_row  # noqa: E402

from section54.suppliers.matching.companies_house import Companies, load_companies  # noqa: E402

SEED = 54
ASKED = 1_000  # names of each kind
FIRST = [
    "Ash",
    "Bal",
    "Cor",
    "Dun",
    "El",
    "Fen",
    "Gar",
    "Hal",
    "In",
    "Jar",
    "Kel",
    "Lor",
    "Mel",
    "Nor",
    "Os",
    "Pen",
    "Quor",
    "Rav",
    "Sel",
    "Thor",
    "Ul",
    "Ven",
    "Wal",
    "Yar",
    "Zel",
]
MIDDLE = ["", *["a", "en", "ing", "er", "or", "ul", "am", "es", "al"]]
LAST = [
    "by",
    "ton",
    "ham",
    "wick",
    "ford",
    "den",
    "ley",
    "worth",
    "stead",
    "mere",
    "dale",
    "cott",
    "combe",
    "shaw",
    "gate",
    "bury",
    "field",
    "croft",
    "well",
    "thorpe",
]
PERSONAL = [
    "Adam",
    "Bella",
    "Carl",
    "Dora",
    "Evan",
    "Faye",
    "Glen",
    "Hope",
    "Ivan",
    "Jade",
    "Kurt",
    "Lena",
    "Mark",
    "Nora",
    "Owen",
    "Pia",
    "Rolf",
    "Sara",
    "Toby",
    "Vera",
]
RARE_TRADE = (
    "",
    *[
        "Metal",
        "Soft",
        "Hydro",
        "Agri",
        "Eco",
        "Opti",
        "Termi",
        "Cryo",
        "Vita",
        "Nano",
        "Aero",
        "Digi",
        "Terra",
        "Luma",
        "Poly",
    ],
)
COMMON = [
    "Premier",
    "Elite",
    "Global",
    "First",
    "Direct",
    "Prime",
    "Smart",
    "Total",
    "National",
    "United",
    "City",
    "Royal",
    "Green",
    "Blue",
    "Star",
    "Alpha",
]
TRADES = [
    "Tiles",
    "Linen",
    "Rigging",
    "Motors",
    "Bakery",
    "Paper",
    "Doors",
    "Timber",
    "Fencing",
    "Cables",
    "Plumbing",
    "Roofing",
    "Cleaning",
    "Security",
    "Catering",
    "Logistics",
    "Properties",
    "Consulting",
    "Services",
    "Solutions",
    "Holdings",
    "Group",
    "Engineering",
    "Electrical",
    "Transport",
    "Care",
    "Estates",
    "Developments",
]
FORMS = ("LIMITED", "LIMITED", "LIMITED", "LTD", "LLP", "PLC")


def names(count: int, rng: random.Random) -> Iterator[str]:
    """Two thirds with a place or surname of their own, a third of common words and a given name."""

    def own() -> str:
        return f"{rng.choice(FIRST)}{rng.choice(MIDDLE)}{rng.choice(LAST)}"

    def trade() -> str:
        rare = rng.choice(RARE_TRADE)
        return f"{rare}{rng.choice(TRADES).lower()}" if rare else rng.choice(TRADES)

    for _ in range(count):
        if rng.random() < 1 / 3:
            given = f"{rng.choice(PERSONAL)}{rng.choice(MIDDLE)}{rng.choice(('', *LAST))}"
            parts = [rng.choice(COMMON), given, trade(), trade()]
        else:
            parts = [own(), *rng.sample([rng.choice(PERSONAL), trade(), trade()], 2)]
        yield f"{' '.join(parts)} {rng.choice(FORMS)}".upper()


def write_file(path: Path, count: int) -> None:
    rng = random.Random(SEED)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(HEADER) + "\r\n")
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        for number, name in enumerate(names(count, rng), start=1):
            former = [f"{name.split()[0]} FORMER {number % 977} LIMITED"] if number % 12 == 0 else []
            writer.writerow(company_row(f"{number:08}", name, *former))


def load(file: Path, target: Path) -> dict[str, float]:
    """Load in a process of its own, so that the memory is that of loading."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--load", str(file), str(target)],
        check=True,
        capture_output=True,
        text=True,
    )
    return {"seconds": round(time.perf_counter() - started, 1), **json.loads(done.stdout)}


def load_here(file: Path, target: Path) -> None:
    load_companies(file, target)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {"cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1), "peak_mb": usage.ru_maxrss // 1024}
        )
    )


RULES: dict[str, Callable[[str, random.Random], str | None]] = {
    "typing error": damage.typing_error,
    "two typing errors": damage.two_typing_errors,
    "word dropped": damage.word_dropped,
    "reordered": damage.reordered,
    "cut at 30": damage.cut_at_30,
    "place added": damage.place_added,
}


def search(target: Path, count: int) -> dict[str, object]:
    """Share of damaged names whose company is among the five candidates, by rule, and of strangers with a
    candidate.
    """
    rng = random.Random(SEED + 1)
    everyone = list(names(count, random.Random(SEED)))
    figures: dict[str, object] = {}
    seconds: list[float] = []
    with Companies(target) as companies:
        for rule, change in RULES.items():
            found = asked = 0
            while asked < ASKED // len(RULES):
                name = rng.choice(everyone)
                changed = change(name, rng)
                if changed is None or companies.named(changed):
                    continue
                asked += 1
                started = time.process_time()
                like = companies.like(changed) or [
                    one for one in companies.beginning(changed) if len(changed) >= 24
                ]
                seconds.append(time.process_time() - started)
                offered = {getattr(one, "named", one).company.name for one in like}
                found += name in offered
            figures[rule] = round(found / asked, 3)
        strangers = [
            f"{rng.choice(_STRANGE)}{rng.choice(LAST)} {rng.choice(TRADES)} Ltd" for _ in range(ASKED)
        ]
        scores = [max((one.score for one in companies.like(name)), default=0.0) for name in strangers]
    figures["strangers with a candidate"] = {
        floor: round(sum(score >= floor for score in scores) / ASKED, 3) for floor in (80, 85, 90)
    }
    seconds.sort()
    figures["cpu_ms_median"] = round(1000 * seconds[len(seconds) // 2], 1)
    figures["cpu_ms_p95"] = round(1000 * seconds[int(0.95 * len(seconds))], 1)
    return figures


_STRANGE = ["Brock", "Crum", "Drax", "Flim", "Gorm", "Hesk", "Klee", "Prang", "Skir", "Twem", "Vrun", "Wrox"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--load", nargs=2, type=Path, metavar=("FILE", "TARGET"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        load_here(*arguments.load)
        return
    with tempfile.TemporaryDirectory() as folder:
        file, target = Path(folder) / "BasicCompanyData-2026-11-01.csv", Path(folder) / "companies.db"
        write_file(file, arguments.rows)
        loaded = load(file, target)
        figures = {
            "rows": arguments.rows,
            "load": loaded,
            "file_mb": target.stat().st_size // 2**20,
            "search": search(target, arguments.rows),
        }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
