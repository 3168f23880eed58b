"""What kind of document each real document is taken for, beside what a person said it is.

    python benchmarks/kinds.py [--data ../shared/data] [--ocr] [--json]

Reads the documents of documents/manifest.csv, all but the synthetic scans. Scans of whole accounts take
minutes of OCR and are left out unless --ocr is given.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # the benchmark extraction.py beside this one would hide the package of that name

from classifier.kind import KINDS, judge_text  # noqa: E402
from extraction.text import extract  # noqa: E402
from section54 import settings  # noqa: E402

Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--ocr", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = settings.shared_data(options.data) / "documents"
    found = [(row, kind_of_file(folder / row["file"])) for row in documents(folder, options.ocr)]
    table = Counter((expected(row), kind) for row, kind in found)
    if options.json:
        print(
            json.dumps([{"expected": e, "found": k, "documents": n} for (e, k), n in sorted(table.items())])
        )
        return
    print_table(table)
    for row, kind in found:
        if (kind == "statement") != (expected(row) == "statement"):
            print(f"{row['file']}: {kind}; the manifest says: {row['s54']}")


def documents(folder: Path, ocr: bool) -> list[Row]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row["file"].startswith("synthetic")]
    return [row for row in rows if ocr or row["kind"] != "scan" or row["s54"] == "yes"]


def expected(row: Row) -> str:
    """The manifest's words in a few groups; a voluntary statement is one, whichever Act it cites."""
    said = row["s54"]
    groups = {
        "yes": "statement",
        "no Act ref": "cites no Act",
        "no (s.54 not cited)": "cites no Act",
        "no (positional": "position, not a statement",
        "no (short note)": "stub or note",
        "stub": "stub or note",
        "no (policy": "policy",
        "no (report/policy": "report or accounts",
        "no (statutory accounts": "report or accounts",
    }
    return next((group for start, group in groups.items() if said.startswith(start)), said)


def kind_of_file(path: Path) -> str:
    if path.suffix == ".txt":
        return judge_text(path.read_text(encoding="utf-8", errors="replace"))[0]
    text = extract(path.read_bytes())
    if text.error is not None:
        return "unreadable"
    return judge_text("\n".join(sentence.text for sentence in text.sentences))[0]


def print_table(table: Counter[tuple[str, str]]) -> None:
    kinds = [kind for kind in (*KINDS, "unreadable") if any(kind == found for _, found in table)]
    groups = sorted({group for group, _ in table})
    print(f"{'manifest':<27}" + "".join(f"{kind:>14}" for kind in kinds))
    for group in groups:
        print(f"{group:<27}" + "".join(f"{table[group, kind] or '':>14}" for kind in kinds))


if __name__ == "__main__":
    main()
