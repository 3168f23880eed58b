"""Labelled sentences of organisations that do not exist, in the shape of the real corpora."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path

from classifier.corpus import UNUSED_LABELS
from domain.rubric import CRITERIA, LABELS

# Made up for these tests; each has one criterion that it shows.
TEMPLATES = {
    "expert_operations": "We bake bread for {n} shops in {place} and deliver it every morning.",
    "expert_supply_chains": "Our supply chain begins with {n} mills near {place} that supply flour to us.",
    "measure_policies": "Our code of conduct forbids forced labour at all {n} sites in {place}.",
    "measure_due_diligence": "We audited {n} suppliers near {place} and checked their contracts with "
    "workers.",
    "measure_training": "We trained {n} colleagues in {place} to spot the signs of slavery.",
    "expert_approval": "The board of directors approved this statement after its meeting {n} in {place}.",
    "none": "The harvest festival in {place} drew {n} visitors and the weather was kind.",
}
COLUMNS_WRITTEN = ("id", "corpus", "statement_id", "position", "sentence", *LABELS, *UNUSED_LABELS, "sha1")
PLACES = ("Kent", "Leeds", "Powys", "Fife", "Derry", "Truro", "Ely", "Deal", "Ryde", "Hythe", "Wick", "Bude")


def write_corpora(folder: Path, statements: int = 4) -> None:
    """Write sentences/au.csv, ca.csv and uk_dev.csv of fictional, labelled sentences."""
    for part, (name, corpus) in enumerate((("au", "au"), ("ca", "ca"), ("uk_dev", "uk"))):
        _write(folder, name, [_statement(corpus, s, part) for s in range(statements)])


def write_silver(folder: Path, *, copied: bool = False) -> None:
    """Write sentences/uk_silver.csv: a statement of its own, and with `copied` the first UK statement once
    more.
    """
    parts = [
        _statement(
            "uk_silver", 90, 5, {"measure_training": "Every new starter learns to see the signs of slavery."}
        )
    ]
    parts += [_statement("uk_silver", 0, 2)] if copied else []
    _write(folder, "uk_silver", parts)


def _statement(
    corpus: str, number: int, part: int, templates: Mapping[str, str] = TEMPLATES
) -> list[dict[str, str]]:
    rows = []
    for position, (criterion, template) in enumerate(templates.items()):
        place = PLACES[(number + 4 * part) % len(PLACES)]
        text = template.format(n=7 * number + 11 * part + position, place=place)
        rows.append(
            dict.fromkeys(COLUMNS_WRITTEN, "0")
            | ({criterion: "1"} if criterion in CRITERIA else {})
            | {
                "id": f"{corpus}{number}{position}",
                "corpus": corpus,
                "statement_id": f"{corpus.upper()}_{number}",
                "position": str(position),
                "sentence": text,
                "sha1": hashlib.sha1(text.encode()).hexdigest(),
            }
        )
    return rows


def _write(folder: Path, name: str, statements: list[list[dict[str, str]]]) -> None:
    path = folder / "sentences" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS_WRITTEN)
        writer.writeheader()
        writer.writerows(row for statement in statements for row in statement)
