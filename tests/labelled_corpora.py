"""Labelled sentences of organisations that do not exist, in the shape of the real corpora."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from classifier.corpus import UNUSED_LABELS
from domain.rubric import CRITERIA, LABELS

# Made up for these tests; each has one criterion that it shows.
TEMPLATES = {
    "expert_operations": "We bake bread for {n} shops in {place} and deliver it every morning.",
    "expert_supply_chains": "Our supply chain begins with {n} mills near {place} that supply flour to us.",
    "measure_policies": "Our code of conduct forbids forced labour at all {n} sites in {place}.",
    "measure_due_diligence": "We audited {n} suppliers near {place} and checked their contracts with workers.",
    "measure_training": "We trained {n} colleagues in {place} to spot the signs of slavery.",
    "expert_approval": "The board of directors approved this statement after its meeting {n} in {place}.",
    "none": "The harvest festival in {place} drew {n} visitors and the weather was kind.",
}
PLACES = ("Kent", "Leeds", "Powys", "Fife", "Derry", "Truro", "Ely", "Deal", "Ryde", "Hythe", "Wick", "Bude")


def write_corpora(folder: Path, statements: int = 4) -> None:
    """Write sentences/au.csv, ca.csv and uk_dev.csv of fictional, labelled sentences."""
    folder = folder / "sentences"
    folder.mkdir(parents=True, exist_ok=True)
    columns = ["id", "corpus", "statement_id", "position", "sentence", *LABELS, *UNUSED_LABELS, "sha1"]
    for part, (name, corpus) in enumerate((("au", "au"), ("ca", "ca"), ("uk_dev", "uk"))):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for s in range(statements):
                for position, (criterion, template) in enumerate(TEMPLATES.items()):
                    number = 7 * s + 11 * part + position
                    text = template.format(n=number, place=PLACES[(s + 4 * part) % len(PLACES)])
                    row = (
                        dict.fromkeys(columns, "0") | {criterion: "1"}
                        if criterion in CRITERIA
                        else dict.fromkeys(columns, "0")
                    )
                    row |= {
                        "id": f"{corpus}{s}{position}",
                        "corpus": corpus,
                        "statement_id": f"{corpus.upper()}_{s}",
                        "position": str(position),
                        "sentence": text,
                        "sha1": hashlib.sha1(text.encode()).hexdigest(),
                    }
                    writer.writerow(row)
