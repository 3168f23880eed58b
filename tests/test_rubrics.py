"""Every rubric file loads strictly, and a mistake in one is an error that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from classifier.checks import CHECKS
from classifier.rubric import CRITERIA, RUBRICS_DIR, RubricError, load_rubric, read_rubric

RUBRICS = sorted(RUBRICS_DIR.glob("*.yaml"))


@pytest.fixture
def rubric_data() -> dict:
    return yaml.safe_load((RUBRICS_DIR / "uk_msa_s54.yaml").read_text(encoding="utf-8"))


def write(tmp_path: Path, data: dict) -> Path:
    path = tmp_path / "uk_msa_s54.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", RUBRICS, ids=lambda path: path.stem)
def test_every_rubric_loads_and_is_complete(path: Path) -> None:
    rubric = read_rubric(path)

    assert rubric.areas
    for area in rubric.areas:
        assert area.question.endswith("?"), area.id
        assert area.counts and area.does_not_count, area.id
        assert all(len(text) > 10 for text in (area.law, area.guidance, area.voluntary)), area.id
        needed = {name for need in area.substantive_needs for name in need.any}
        assert needed <= set(area.criteria), f"{area.id}: a need that its evidence can't meet"
    for check in rubric.checks:
        assert check.id in CHECKS, f"{check.id}: no code answers this check"


def test_the_act_has_six_areas_in_its_own_order() -> None:
    rubric = load_rubric("uk_msa_s54")

    assert [(area.letter, area.id) for area in rubric.areas] == [
        ("a", "structure"),
        ("b", "policies"),
        ("c", "due_diligence"),
        ("d", "risk"),
        ("e", "effectiveness"),
        ("f", "training"),
    ]
    assert [area.provision for area in rubric.areas] == [f"s.54(5)({letter})" for letter in "abcdef"]
    assert [check.id for check in rubric.checks][:3] == ["approved", "signed", "no_steps"]


def test_only_duties_of_the_act_are_called_law() -> None:
    rubric = load_rubric("uk_msa_s54")

    law = {check.id for check in rubric.checks if check.layer == "law"}

    assert law == {"approved", "signed", "no_steps"}


def test_rulesets_are_dated_and_switch_by_one_setting() -> None:
    today, draft = load_rubric("uk_msa_s54"), load_rubric("uk_msa_s54", "bill-2026-draft")

    assert today.ruleset == "s54-2015"
    assert draft.ruleset == "bill-2026-draft"
    by_id = {rules.id: rules for rules in today.rulesets}
    assert not by_id["s54-2015"].areas_mandatory
    assert by_id["bill-2026-draft"].areas_mandatory
    assert by_id["bill-2026-draft"].registry_required
    assert by_id["bill-2026-draft"].applies_from is None
    assert draft.areas == today.areas


def test_unknown_ruleset_names_the_known_ones() -> None:
    with pytest.raises(RubricError, match="no ruleset 'act-2030'; there are s54-2015, guidance-2025-07"):
        load_rubric("uk_msa_s54", "act-2030")


def test_area_and_check_are_found_by_id() -> None:
    rubric = load_rubric()

    assert rubric.area("risk").letter == "d"
    assert rubric.check("signed").provision == "s.54(6)"
    with pytest.raises(KeyError, match="no area 'weather'"):
        rubric.area("weather")


def test_unknown_key_is_an_error_that_names_it(tmp_path: Path, rubric_data: dict) -> None:
    rubric_data["areas"][2]["colour"] = "red"

    with pytest.raises(RubricError, match=r"uk_msa_s54.yaml: areas\[2\]: unknown key 'colour'"):
        read_rubric(write(tmp_path, rubric_data))


def test_absent_key_is_an_error_that_names_it(tmp_path: Path, rubric_data: dict) -> None:
    del rubric_data["areas"][0]["question"]

    with pytest.raises(RubricError, match=r"areas\[0\]: no key 'question'"):
        read_rubric(write(tmp_path, rubric_data))


def test_unknown_criterion_is_an_error_that_names_it(tmp_path: Path, rubric_data: dict) -> None:
    rubric_data["areas"][0]["criteria"].append("expert_weather")

    with pytest.raises(RubricError, match="unknown criterion 'expert_weather'"):
        read_rubric(write(tmp_path, rubric_data))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["levels"]["described"].update(sentences=True), "sentences is True"),
        (lambda data: data["levels"]["described"].update(sentences="two"), "sentences is 'two'"),
        (
            lambda data: data["checks"][0].update(layer="custom"),
            "layer is 'custom', not one of law, guidance",
        ),
        (lambda data: data["areas"].append(data["areas"][0]), "areas: id 'structure' occurs twice"),
        (lambda data: data.update(ruleset="none"), "ruleset: 'none' is not one of its rulesets"),
        (lambda data: data.update(id="other"), "id is 'other', not the name of the file"),
        (lambda data: data["areas"][0].update(criteria=[]), "criteria is empty"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, rubric_data: dict, change, message: str) -> None:
    change(rubric_data)

    with pytest.raises(RubricError, match=message):
        read_rubric(write(tmp_path, rubric_data))


def test_not_yaml_and_not_there(tmp_path: Path) -> None:
    broken = tmp_path / "uk_msa_s54.yaml"
    broken.write_text("id: [", encoding="utf-8")

    with pytest.raises(RubricError, match="not readable YAML"):
        read_rubric(broken)
    with pytest.raises(RubricError, match=r"absent\.yaml: not found"):
        read_rubric(tmp_path / "absent.yaml")


def test_criteria_are_the_nine_of_aimscheck_and_our_measures() -> None:
    assert len(CRITERIA) == len(set(CRITERIA)) == 19
    assert sum(name.startswith("expert_") for name in CRITERIA) == 9
