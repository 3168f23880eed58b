"""Every rubric file loads strictly, and a mistake in one is an error that names file and key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from labelled_corpora import write_corpora

from classifier.checks import CHECKS
from classifier.model import Model
from classifier.train import area_table, is_home, read_labels, train
from domain.rubric import CRITERIA, RUBRICS_DIR, RubricError, load_rubric, read_rubric
from section54 import settings
from section54.cli import cli
from section54.exceptions import InputError
from section54.pipeline import set_reader
from section54.reader import Reader

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
        assert check.id in (*CHECKS, "language"), f"{check.id}: no code answers this check"


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
    today, draft = load_rubric("uk_msa_s54"), load_rubric("uk_msa_s54/bill-2026-draft")

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
        load_rubric("uk_msa_s54/act-2030")


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


# --- Another rubric, another ruleset: by one setting, without Python
# --------------------------------------------------

AUSTRALIAN = """<!doctype html><html lang="en"><head><title>Modern slavery statement</title></head><body><main>
<h1>Modern slavery statement 2025</h1>
<p>This statement is made under the Modern Slavery Act 2018 (Cth) by the reporting entity Wattle Bread Pty Ltd,
ABN 12 345 678 901, for the reporting period ended 30 June 2025.</p>
<p>Wattle Bread has 420 employees at three bakeries in Victoria and belongs to Banksia Foods Limited.</p>
<p>Our supply chain begins with 60 farms in the Mallee that supply grain, and two makers of packaging in Malaysia.</p>
<p>We sent a questionnaire to 85 suppliers and audited the nine that scored worst on forced labour.</p>
<p>We consulted the directors of our subsidiary Banksia Mills Pty Ltd, who wrote parts of this statement with us.</p>
<p>This statement was approved by the board of Wattle Bread Pty Ltd on 3 November 2025.</p>
</main></body></html>"""  # noqa: E501


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    file = tmp_path / "statement.html"
    file.write_text(AUSTRALIAN, encoding="utf-8")
    return file


def scanned(*arguments: str | Path) -> dict:
    result = CliRunner().invoke(cli, ["scan", "--json", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)[0]


def test_scan_reads_by_another_rubric(statement: Path) -> None:
    found = scanned(statement, "--rubric", "au_msa_s16")

    assert list(found["areas"]) == [
        "reporting_entity", "structure", "risks", "actions", "effectiveness", "consultation",
    ]  # fmt: skip
    assert list(found["checks"]) == ["approved", "signed"]
    assert found["rubric"]["id"] == "au_msa_s16" and found["rubric"]["areas_mandatory"]
    assert found["areas"]["structure"]["level"] in ("described", "substantive")
    assert found["checks"]["approved"]["value"] == "yes"
    assert not any("does not look like" in note for note in found["warnings"])


def test_area_that_the_model_never_learnt_could_not_be_checked(statement: Path) -> None:
    found = scanned(statement, "--rubric", "au_msa_s16")

    for area in ("reporting_entity", "consultation"):
        if Model.load(settings.model_folder()).criteria == CRITERIA:
            assert found["areas"][area]["level"] == "could_not_check"
            assert "never learnt" in found["areas"][area]["reason"]
    assert found["coverage"]["of"] <= 4


def test_failed_input_names_the_areas_of_the_rubric(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli, ["scan", "--json", str(tmp_path / "absent.pdf"), "--rubric", "au_msa_s16"]
    )

    (found,) = json.loads(result.stdout)
    assert set(found["areas"]) == {area.id for area in load_rubric("au_msa_s16").areas}
    assert {area["level"] for area in found["areas"].values()} == {"could_not_check"}


def test_model_of_a_rubric_learns_the_labels_that_it_names(
    tmp_path: Path, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpora(tmp_path)
    train("au_msa_s16", tmp_path, tmp_path / "models" / "au_msa_s16")
    monkeypatch.setattr(settings, "model_folder", lambda rubric="uk_msa_s54": tmp_path / "models" / rubric)

    reader = Reader.load("au_msa_s16")

    assert reader.model.criteria == (*CRITERIA, "expert_reporting_entity", "expert_consultation")
    found = scanned(statement, "--rubric", "au_msa_s16")
    assert found["rubric"]["model"] == reader.model.name
    assert "never learnt" not in found["areas"]["consultation"]["reason"]


def test_model_of_another_rubric_serves_whoever_knows_its_criteria(tmp_path: Path) -> None:
    write_corpora(tmp_path)
    model = train("au_msa_s16", tmp_path, tmp_path / "model")

    assert set(load_rubric("uk_msa_s54").criteria) <= set(model.criteria)
    assert Model.load(tmp_path / "model").criteria == model.criteria


def test_draft_ruleset_is_switched_by_option_or_environment_and_says_that_it_is_one(
    statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = scanned(statement)
    by_option = scanned(statement, "--rubric", "uk_msa_s54/bill-2026-draft")
    monkeypatch.setenv(settings.RUBRIC, "uk_msa_s54/bill-2026-draft")
    by_environment = scanned(statement)

    assert by_option == by_environment
    assert not today["rubric"]["areas_mandatory"] and not today["rubric"]["registry_required"]
    assert by_option["rubric"]["areas_mandatory"] and by_option["rubric"]["registry_required"]
    assert by_option["rubric"]["status"] == "draft"
    assert any("draft and not law" in note for note in by_option["warnings"])
    assert not any("draft" in note for note in today["warnings"])
    # What was found is the same: only what is asked of it changes.
    assert by_option["areas"] == today["areas"] and by_option["checks"] == today["checks"]


def test_unknown_rubric_names_the_known_ones() -> None:
    with pytest.raises(RubricError, match="no rubric 'fr_vigilance'; there are au_msa_s16, uk_msa_s54"):
        load_rubric("fr_vigilance")
    with pytest.raises(InputError, match=r"no rubric '\.\.'; there are"):
        Reader.load("../secrets")


def test_collection_is_not_read_by_another_law() -> None:
    with pytest.raises(InputError, match="a collection is read by uk_msa_s54"):
        set_reader(None, Reader.load("au_msa_s16"))  # type: ignore[arg-type] - refused before the store is touched


def test_country_must_be_one_whose_statements_are_labelled(tmp_path: Path, rubric_data: dict) -> None:
    rubric_data["country"] = "fr"

    with pytest.raises(RubricError, match="country is 'fr', not one of uk, au, ca"):
        read_rubric(write(tmp_path, rubric_data))


def test_rubrics_of_other_countries_are_measured_on_their_own_statements(tmp_path: Path) -> None:
    write_corpora(tmp_path)

    corpus = read_labels("au_msa_s16", tmp_path)

    home = is_home(corpus)
    assert {name for name, here in zip(corpus.corpora, home, strict=True) if here} == {"au"}
    asked = corpus.asked("expert_consultation")
    assert {name for name, here in zip(corpus.corpora, asked, strict=True) if here} == {"au"}
    assert corpus.asked("expert_approval").all()
    assert corpus.labels.shape[1] == len(CRITERIA) + 2


def test_area_that_only_some_annotators_were_asked_for_is_no_absence_elsewhere(tmp_path: Path) -> None:
    write_corpora(tmp_path)
    corpus = read_labels("au_msa_s16", tmp_path)

    likeliest, _ = area_table(np.full(corpus.labels.shape, 0.5), corpus, load_rubric("au_msa_s16").areas)

    places = [area.id for area in load_rubric("au_msa_s16").areas]
    assert (
        np.isnan(likeliest[:, places.index("consultation")]).sum() == 8
    )  # four Canadian, four UK statements
    assert not np.isnan(likeliest[:, places.index("structure")]).any()
