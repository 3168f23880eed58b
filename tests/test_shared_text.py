"""Texts that two organisations share: found among many, told once, never of one house, and shown without
judging.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from db.events import events_since
from db.shared_texts import shared_with
from db.store import Store
from section54.monitoring import shared_text
from section54.monitoring.changes import Version
from section54.monitoring.shared_text import compare_texts, nearest, signature

WORDS = [
    f"{a}{b}"
    for a in ["ba", "be", "bi", "bo", "da", "de", "di", "do", "ka", "ke", "ki", "ko", "ma", "me", "mi", "mo"]
    for b in ["lan", "ter", "nos", "pel"]
]


def sentences(seed: int, count: int = 40) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=12)) for _ in range(count)]


def filled(name: str) -> list[str]:
    """One template, filled in by an organisation: a tenth of its sentences are its own."""
    return [f"{name} says {line}" if at % 10 == 0 else line for at, line in enumerate(sentences(1))]


class Shelf:
    """A store with statements of organisations, one document each."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.store.set_current_versions(extractor="1", rubric="r s", model="m")
        self.store.db["runs"].insert({"id": "run", "command": "crawl", "started_at": "2026-11-01T00:00:00Z"})

    def put(self, organisation: str, lines: list[str], kind: str = "statement") -> str:
        sha256 = f"{len(list(self.store.db['documents'].rows)):064x}"
        db, day = self.store.db, "2026-11-01T00:00:00Z"
        db["organisations"].insert(
            {
                "id": organisation,
                "name": f"{organisation} Limited",
                "source": "x",
                "first_seen": day,
                "last_seen": day,
            },
            ignore=True,
        )
        visit = db["visits"].insert(
            {
                "run_id": "run", "spider": "websites", "organisation_id": organisation, "outcome": "found",
                "home_link": "no",
                "requests": 1, "notes": "[]", "started_at": day, "finished_at": day,
            }
        ).last_pk  # fmt: skip
        db["documents"].insert(
            {"sha256": sha256, "content_type": "text/html", "bytes": 1, "first_seen": day, "last_seen": day}
        )
        url = f"https://{organisation}.example/{sha256[-2:]}"
        db["snapshots"].insert(
            {
                "visit_id": visit, "organisation_id": organisation, "sha256": sha256, "url": url,
                "final_url": url,
                "fetched_at": day, "status": 200, "found_by": "home", "redirects": "[]", "tls": "ok",
                "not_modified": 0,
            }
        )  # fmt: skip
        db["texts"].insert(
            {
                "sha256": sha256, "extractor_version": "1", "content_type": "text/html", "method": "html",
                "pages": 1,
                "pages_read": "[1]", "low_confidence": 0, "words": sum(len(line.split()) for line in lines),
                "metadata": "{}", "warnings": "[]", "extracted_at": day,
            }
        )  # fmt: skip
        db["sentences"].insert_all(
            {
                "sha256": sha256, "extractor_version": "1", "position": at, "text": line, "page": 1,
                "kind": "paragraph",
                "source": "html", "boxes": "[]",
            }
            for at, line in enumerate(lines)
        )  # fmt: skip
        db["assessments"].insert(
            {
                "sha256": sha256, "extractor_version": "1", "rubric": "r", "ruleset": "s", "model": "m",
                "kind": kind,
                "statement_probability": 1.0, "covered": 0, "of_areas": 6, "warnings": "[]",
                "assessed_at": day,
            }
        )  # fmt: skip
        return sha256

    def told(self) -> list[tuple[str, float]]:
        events = events_since(self.store, "", kinds=["shared_text"])
        return [(event["organisation_id"], event["similarity"]) for event in events]

    def compare(self) -> int:
        return compare_texts(self.store, lambda message: None)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "section54.db")


def test_the_estimate_is_near_the_share_of_runs() -> None:
    lines = sentences(7, 200)
    for kept in (200, 150, 100, 20):
        one, other = (
            Version("", "a", "\n".join(lines)),
            Version("", "b", "\n".join([*lines[:kept], *sentences(8, 200 - kept)])),
        )
        share = shared_text.similarity(one, other)
        estimate = (signature(one.runs) == signature(other.runs)).mean()
        assert share is not None
        assert abs(estimate - share) < 0.13


def test_a_filled_in_template_is_told_once(shelf: Shelf) -> None:
    first = shelf.put("ullock", filled("Ullock"))
    for number in range(20):
        shelf.put(f"other{number}", sentences(100 + number))
    second = shelf.put("tarn", filled("Tarn"))

    assert shelf.compare() == 1
    assert shelf.compare() == 0
    ((organisation, share),) = shelf.told()
    assert organisation in {"ullock", "tarn"}
    assert 0.5 <= share < 1
    (of_first,) = shared_with(shelf.store, first, "ullock")
    (of_second,) = shared_with(shelf.store, second, "tarn")
    assert (of_first["organisation"], of_second["organisation"]) == ("tarn Limited", "ullock Limited")


def test_a_later_text_is_held_against_those_that_are_there(shelf: Shelf) -> None:
    shelf.put("ullock", filled("Ullock"))
    assert shelf.compare() == 0
    shelf.put("tarn", filled("Tarn"))

    assert shelf.compare() == 1
    assert shelf.told()[0][0] == "tarn"


def test_years_of_one_organisation_and_texts_of_one_group_are_not_told(shelf: Shelf) -> None:
    shelf.put("ullock", filled("Ullock"))
    shelf.put("ullock", filled("Ullock again"))
    shelf.put("child", filled("Child"))
    day = "2026-11-01T00:00:00Z"
    shelf.store.db["registry_files"].insert(
        {
            "sha256": "f", "name": "x", "loaded_at": day, "registry_years": "[2026]", "listings": 2,
            "statements": 1,
            "rejected": "[]", "unknown_columns": "[]",
        }
    )  # fmt: skip
    shelf.store.db["registry_statements"].insert(
        {
            "summary_url": "https://r.example/1", "registry_year": 2026, "organisation_id": "ullock",
            "sectors": "[]",
            "details": "{}", "registry_file": "f", "first_seen": day, "last_seen": day,
        }
    )  # fmt: skip
    for number, name in enumerate(("ullock", "child")):
        shelf.store.db["listings"].insert(
            {
                "summary_url": "https://r.example/1", "organisation_id": name, "name": name,
                "company_number_raw": "",
                "registry_file": "f", "file_row": number, "first_seen": day, "last_seen": day,
            }
        )  # fmt: skip

    assert shelf.compare() == 0


@pytest.mark.parametrize("kind", ["policy", "statement"])
def test_short_texts_and_other_documents_are_left_out(shelf: Shelf, kind: str) -> None:
    lines = filled("Ullock") if kind == "policy" else sentences(1, 5)
    shelf.put("ullock", lines, kind)
    shelf.put("tarn", lines, kind)

    assert shelf.compare() == 0


def test_of_a_template_in_wide_use_five_are_told(shelf: Shelf) -> None:
    for number in range(9):
        shelf.put(f"user{number}", filled(f"User{number}"))
    shelf.compare()
    shelf.put("late", filled("Late"))
    shelf.compare()

    assert sum(organisation == "late" for organisation, _ in shelf.told()) == shared_text.MOST


def test_the_words_of_the_event_judge_nothing(shelf: Shelf) -> None:
    shelf.put("ullock", filled("Ullock"))
    shelf.put("tarn", filled("Tarn"))
    shelf.compare()

    (event,) = events_since(shelf.store, "", kinds=["shared_text"])
    assert "says nothing about what is done" in event["detail"]
    assert not any(
        word in event["detail"].lower() for word in ("copied", "plagiar", "recycl", "boilerplate", "fail")
    )


def test_the_nearest_is_never_the_text_itself() -> None:
    table = np.zeros((3, shared_text.NUMBERS), dtype=np.uint32)

    assert nearest(table, 1) == [0, 2]
