"""Whole statements are read as careful readers read them, at least as often as the floors say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import yaml
from whole_documents import compared, shares

from extraction.worker import Extractor
from section54.reader import Reader
from section54.scan import result

FLOORS = Path(__file__).parents[1] / "models" / "uk_msa_s54" / "documents.yaml"


def truth_of_three() -> dict:
    return {
        "kind": "statement", "approved": "board", "signed": "none", "no_steps": False, "entities": "named",
        "period_end": "2024-03-31", "period_words": "the year ended 31 March 2024", "doubt": ["signed",
        "areas.risk"],
        "areas": dict.fromkeys(("structure", "policies", "due_diligence", "risk", "effectiveness",
        "training"), "described"),
    }  # fmt: skip


def test_comparison_leaves_doubt_out_and_counts_what_is_right() -> None:
    found = {
        "statement": {"value": "statement"},
        "checks": {name: {"value": "no"} for name in ("approved", "signed", "no_steps", "entities_covered")},
        "period": {"end": "2024-03-31"},
        "areas": {area: {"level": "none"} for area in truth_of_three()["areas"]},
    }

    right = shares(compared(truth_of_three(), found))

    assert right["statement or not"] == right["period end"] == right["no steps"] == 1.0
    assert right["approved"] == right["entities told"] == right["area covered: training"] == 0.0
    assert "signed" not in right and "area covered: risk" not in right


def test_whole_documents_reach_their_floors(shared_data: Path) -> None:
    folder = shared_data / "documents" / "whole"
    truths = [
        json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines() if line
    ]
    reader = Reader.load()
    pairs = []
    with Extractor() as extractor:
        texts = [extractor.submit((folder / f"{truth['id']}.pdf").read_bytes()) for truth in truths]
        for truth, text in zip(truths, texts, strict=True):
            pairs += compared(truth, result(truth["id"], text.result(), reader, date(2026, 1, 1)))

    right = shares(iter(pairs))
    floors = yaml.safe_load(FLOORS.read_text(encoding="utf-8"))["floors"]

    assert {field: share for field, share in right.items() if share < floors.get(field, 0)} == {}
    assert set(floors) <= set(right)
