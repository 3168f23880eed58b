"""The whole product on the demo web, held against what a careful reader would say (demo/expected.yaml)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from crawler.options import CrawlOptions
from db.store import Store
from demo.organisations import load_organisations
from demo.server import DemoWeb
from section54 import demonstration, settings
from section54.settings import Home

pytestmark = pytest.mark.slow

EXPECTED: dict[str, Any] = yaml.safe_load(
    (settings.ROOT / "demo" / "expected.yaml").read_text(encoding="utf-8")
)
TODAY = date(2026, 11, 28)
"""The statuses of demo/expected.yaml are those of this day."""
ORGANISATIONS = {organisation.id: organisation for organisation in load_organisations()}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, tesseract: str) -> Iterator[tuple[Home, dict[str, Any]]]:
    home = demonstration.fresh_home(settings.home(tmp_path_factory.mktemp("demo")))
    with DemoWeb(0) as web:
        yield home, demonstration.run(home, web, CrawlOptions(), TODAY, lambda message: None)


@pytest.fixture(scope="module")
def store(demo: tuple[Home, dict[str, Any]]) -> Iterator[Store]:
    with Store(demo[0].working_db) as opened:
        yield opened


def organisation_row(store: Store, key: str) -> dict[str, Any]:
    return store.rows("select * from organisations where lower(name) = ?", [ORGANISATIONS[key].name.lower()])[
        0
    ]


def path_of(url: str) -> str:
    """Host and path, without the port of this run."""
    parts = urlsplit(url)
    return f"{parts.hostname}{unquote(parts.path)}"


def among(value: Any, expected: Any) -> bool:
    return value in expected if isinstance(expected, list) else value == expected


def test_nothing_went_wrong(demo: tuple[Home, dict[str, Any]]) -> None:
    assert demo[1]["problems"] == []


@pytest.mark.parametrize("key", [key for key, item in EXPECTED["organisations"].items() if "outcome" in item])
def test_visit_from_the_home_page(store: Store, key: str) -> None:
    expected = EXPECTED["organisations"][key]
    organisation = organisation_row(store, key)

    visit = store.rows(
        "select * from visits where organisation_id = ? and spider <> 'registry' order by id desc",
        [organisation["id"]],
    )[0]

    assert among(visit["outcome"], expected["outcome"]), visit
    assert among(visit["home_link"], expected["home_link"]), visit


PAIRS = [
    (key, document)
    for key, item in EXPECTED["organisations"].items()
    for document in item.get("documents", ())
]
DOCUMENTS = [pytest.param(*pair, id=f"{pair[0]}-{Path(pair[1]['path']).name}") for pair in PAIRS]


def found_documents(store: Store, key: str) -> dict[str, dict[str, Any]]:
    """What was kept for an organisation, by host and path."""
    rows = store.rows(
        """
        select s.final_url, s.found_by, t.method, t.language, a.*
        from snapshots s join texts t on t.sha256 = s.sha256 join latest_assessments a on a.sha256 = s.sha256
        where s.organisation_id = ?
        """,
        [organisation_row(store, key)["id"]],
    )
    return {path_of(row["final_url"]): row for row in rows}


@pytest.mark.parametrize(("key", "expected"), DOCUMENTS)
def test_document_is_read_as_a_careful_reader_would(store: Store, key: str, expected: dict[str, Any]) -> None:
    found = found_documents(store, key)
    assert expected["path"] in found, sorted(found)
    row = found[expected["path"]]
    wrong = list(differences(store, row, expected))

    assert not wrong, wrong


def differences(store: Store, row: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    methods = {"pdf": "pdf", "scan": "ocr", "html": "html", "docx": "docx"}
    if row["method"] != methods[expected["format"]]:
        yield f"read as {row['method']}, is a {expected['format']}"
    for name in ("kind", "language"):
        if name in expected and not among(row[name], expected[name]):
            yield f"{name} is {row[name]}, expected {expected[name]}"
    for end, day in expected.get("period", {}).items():
        if isinstance(day, date) and row[f"period_{end}"] != day.isoformat():
            yield f"period {end} is {row[f'period_{end}']}, expected {day}"
    checks = {
        item["check_id"]: item["value"]
        for item in store.rows("select * from checks where assessment_id = ?", [row["id"]])
    }
    for name in ("approved", "signed", "no_steps"):
        if name in expected and not among(checks[name], expected[name]):
            yield f"{name} is {checks[name]}, expected {expected[name]}"


def test_levels_agree_with_a_careful_reader(store: Store) -> None:
    """The model is allowed to be unsure, and to err now and then; it may never pass over what is plainly
    there.
    """
    verdicts = [verdict for key, document in PAIRS for verdict in level_verdicts(store, key, document)]
    wrong = [verdict for verdict in verdicts if verdict.startswith("wrong")]
    unsure = [verdict for verdict in verdicts if verdict.startswith("unsure")]

    assert len(verdicts) > 80
    assert not [verdict for verdict in wrong if "is none" in verdict]
    assert len(wrong) <= 0.05 * len(verdicts), wrong
    assert len(unsure) <= 0.15 * len(verdicts), unsure


def level_verdicts(store: Store, key: str, document: dict[str, Any]) -> Iterator[str]:
    row = found_documents(store, key)[document["path"]]
    results = store.rows("select area, level from area_results where assessment_id = ?", [row["id"]])
    levels = {item["area"]: item["level"] for item in results}
    for claim, right in (("covered", True), ("not_covered", False)):
        for area in document.get(claim, ()):
            level = levels[area]
            agrees = (level in ("described", "substantive")) is right
            word = "right" if agrees else "unsure" if level == "unsure" else "wrong"
            yield f"{word}: {key} {document['path']}: {area} is {level}, expected {claim}"


SET_ASIDE = ("MR J TREVANNOCK", "REDACTED PERSONAL DATA")
SUPPLIERS = [item for item in EXPECTED["suppliers"] if item["name"] not in SET_ASIDE]


@pytest.mark.parametrize("expected", SUPPLIERS, ids=lambda item: item["name"])
def test_status_of_supplier(demo: tuple[Home, dict[str, Any]], expected: dict[str, Any]) -> None:
    check = demo[1]["check"]
    found = [item for item in check["suppliers"] if item["supplier"] == expected["name"]]

    assert found
    assert among(found[0]["status"], expected.get("status", found[0]["status"])), found[0]["reasons"]
    assert found[0]["status"] not in expected.get("never", ()), found[0]["reasons"]


def test_individuals_and_redactions_are_set_aside(demo: tuple[Home, dict[str, Any]]) -> None:
    set_aside = demo[1]["check"]["set_aside"]

    assert len(set_aside) == 2
    assert not {item["supplier"] for item in demo[1]["check"]["suppliers"]}.intersection(SET_ASIDE)
