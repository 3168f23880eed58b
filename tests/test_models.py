"""Every model that is shipped: small, quick to load, without names, and as good as its card says."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from classifier.card import render_card, render_plot
from classifier.evaluate import MEANS, wilson
from classifier.model import Model
from domain.rubric import CRITERIA, RUBRICS_DIR
from section54 import settings

ROOT = Path(__file__).parent.parent / "models"
MODELS = sorted(path.parent for path in ROOT.rglob("model.npz"))
# What the project promises of its models for section 54, whatever was recorded last.
PROMISED = {
    "uk_msa_s54": {"aims9": 0.68, "s54": 0.66},
    "uk_msa_s54/quality": {"aims9": 0.72, "s54": 0.69},
}
LARGEST = {False: 12_000_000, True: 40_000_000}  # bytes, without and with an encoder
LOADED = ("model.npz", "model.json", "encoder.onnx", "tokenizer.json")

# Common given names and surnames that are no English words: a signature's words must never be learnt.
PERSONAL_NAMES = frozenset(
    [
        "aaron",
        "adam",
        "adrian",
        "alan",
        "albert",
        "alex",
        "alexander",
        "alice",
        "alison",
        "amanda",
        "andrew",
        "angela",
        "ann",
        "anna",
        "anne",
        "anthony",
        "barbara",
        "benjamin",
        "brian",
        "carol",
        "caroline",
        "catherine",
        "charles",
        "charlotte",
        "chris",
        "christian",
        "christine",
        "christopher",
        "claire",
        "colin",
        "craig",
        "daniel",
        "david",
        "deborah",
        "derek",
        "diana",
        "donald",
        "dorothy",
        "douglas",
        "edward",
        "elizabeth",
        "emily",
        "emma",
        "eric",
        "fiona",
        "francis",
        "gareth",
        "gary",
        "geoffrey",
        "george",
        "gordon",
        "graham",
        "gregory",
        "hannah",
        "harry",
        "helen",
        "henry",
        "howard",
        "hugh",
        "ian",
        "jack",
        "jacob",
        "james",
        "jane",
        "janet",
        "jason",
        "jennifer",
        "jeremy",
        "jessica",
        "joanna",
        "john",
        "jonathan",
        "joseph",
        "joshua",
        "julia",
        "julian",
        "julie",
        "karen",
        "katherine",
        "kathleen",
        "keith",
        "kenneth",
        "kevin",
        "laura",
        "lawrence",
        "leonard",
        "linda",
        "louise",
        "lucy",
        "malcolm",
        "margaret",
        "maria",
        "marion",
        "martin",
        "mary",
        "matthew",
        "michael",
        "michelle",
        "mohammed",
        "muhammad",
        "nancy",
        "natalie",
        "neil",
        "nicholas",
        "nicola",
        "nigel",
        "oliver",
        "pamela",
        "patricia",
        "patrick",
        "paul",
        "peter",
        "philip",
        "phillip",
        "rachel",
        "ralph",
        "raymond",
        "rebecca",
        "richard",
        "robert",
        "roger",
        "ronald",
        "ruth",
        "samuel",
        "sandra",
        "sarah",
        "sharon",
        "sheila",
        "simon",
        "sophie",
        "stephanie",
        "stephen",
        "steven",
        "stewart",
        "stuart",
        "susan",
        "suzanne",
        "terence",
        "teresa",
        "thomas",
        "timothy",
        "tony",
        "tracey",
        "trevor",
        "victoria",
        "vincent",
        "vivian",
        "walter",
        "wendy",
        "william",
        "yvonne",
        "adams",
        "ahmed",
        "allen",
        "anderson",
        "bailey",
        "bennett",
        "campbell",
        "clarke",
        "davies",
        "davis",
        "edwards",
        "evans",
        "gibson",
        "graham",
        "griffiths",
        "hamilton",
        "harris",
        "harrison",
        "henderson",
        "hughes",
        "hussain",
        "jackson",
        "jenkins",
        "johnson",
        "johnston",
        "jones",
        "kelly",
        "kennedy",
        "khan",
        "lewis",
        "lloyd",
        "macdonald",
        "marshall",
        "mcdonald",
        "mitchell",
        "morgan",
        "morris",
        "morrison",
        "murphy",
        "murray",
        "nelson",
        "patel",
        "phillips",
        "powell",
        "reynolds",
        "richards",
        "richardson",
        "roberts",
        "robertson",
        "robinson",
        "rogers",
        "russell",
        "shah",
        "simpson",
        "singh",
        "smith",
        "stevens",
        "stewart",
        "sullivan",
        "thompson",
        "thomson",
        "watson",
        "wilkinson",
        "williams",
        "williamson",
        "wilson",
        "wright",
    ]
)


@pytest.fixture(params=MODELS, ids=lambda path: path.relative_to(ROOT).as_posix())
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_there_is_a_model_for_the_default_rubric() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in MODELS} >= set(PROMISED)


def test_the_model_that_reads_best_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.MODEL, raising=False)
    best = read_json(settings.model_folder() / "metrics.json")["means"]
    other = read_json(settings.model_folder(model=settings.FAST) / "metrics.json")["means"]

    assert settings.model_folder(model=settings.FAST) != settings.model_folder()
    assert all(best[name]["f1"] > other[name]["f1"] for name in MEANS)


@pytest.mark.parametrize(
    ("named", "place"), [("fast", "uk_msa_s54"), ("quality", "quality"), (None, "quality")]
)
def test_model_is_chosen_by_the_environment(
    named: str | None, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(settings.MODEL, raising=False)
    if named:
        monkeypatch.setenv(settings.MODEL, named)

    assert settings.model_folder().name == place


def test_rubric_with_a_fast_model_only_is_read_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.MODEL, raising=False)
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    (tmp_path / "models" / "au_msa_s16").mkdir(parents=True)

    assert settings.model_folder("au_msa_s16") == tmp_path / "models" / "au_msa_s16"


def test_model_is_small_and_loads_in_under_a_second(folder: Path) -> None:
    begun = time.process_time()  # its own work: tests that run beside it do not count
    model = Model.load(folder)

    assert time.process_time() - begun < 1
    size = sum((folder / name).stat().st_size for name in LOADED if (folder / name).exists())
    assert size <= LARGEST[model.encoder is not None]


def test_model_belongs_to_a_rubric_and_names_its_data(folder: Path) -> None:
    model = Model.load(folder)

    rubric = folder.relative_to(ROOT).parts[0]
    assert (RUBRICS_DIR / f"{rubric}.yaml").is_file()
    assert model.facts["rubric"] == rubric
    assert set(model.facts["labels_sha256"]) >= {"au.csv", "ca.csv", "uk_dev.csv"}
    assert model.name.startswith(rubric)


def test_bounds_of_doubt_are_in_order(folder: Path) -> None:
    model = Model.load(folder)

    assert (model.lower > 0).all() and (model.lower <= model.thresholds).all()
    assert (model.thresholds < 1).all() and (model.lower < model.upper).all()


def test_vocabulary_holds_no_personal_names(folder: Path) -> None:
    words = {word for term in Model.load(folder).vocabulary.terms for word in term.split()}

    assert not words & PERSONAL_NAMES


def test_vocabulary_holds_no_long_run_of_letters_of_a_name(folder: Path) -> None:
    # A name of five letters and more would stand whole, with its spaces, among the n-grams of at most five
    # letters only in pieces; those of three and four could stand whole.
    whole = {gram.strip() for gram in Model.load(folder).vocabulary.grams if gram[0] == gram[-1] == " "}

    assert not whole & PERSONAL_NAMES


def test_metrics_were_measured_on_the_data_that_the_model_saw(folder: Path) -> None:
    assert read_json(folder / "metrics.json")["data_sha256"] == Model.load(folder).facts["labels_sha256"]


def test_card_and_plot_are_those_of_the_metrics(folder: Path) -> None:
    metrics = read_json(folder / "metrics.json")

    assert (folder / "README.md").read_text(encoding="utf-8") == render_card(metrics, Model.load(folder))
    assert (folder / "calibration.svg").read_text(encoding="utf-8") == render_plot(
        metrics["calibration"]["bands"]
    )


def test_recorded_figures_keep_the_promise(folder: Path) -> None:
    metrics = read_json(folder / "metrics.json")

    promised = PROMISED.get(folder.relative_to(ROOT).as_posix(), {})
    for name in MEANS:
        assert metrics["means"][name]["f1"] >= promised.get(name, 0)
        assert metrics["means"][name]["low"] < metrics["means"][name]["f1"] < metrics["means"][name]["high"]
        assert len(metrics["means"][name]["by_seed"]) == len(metrics["seeds"]) >= 3


def test_peer_is_scored_beside_us(folder: Path) -> None:
    metrics = read_json(folder / "metrics.json")

    # The authors' Llama 3.2 3B has 0.67 over all UK statements; on this half it must be near.
    assert 0.55 < metrics["peer"]["aims9"]["f1"] < 0.8


def test_absence_is_seldom_wrong_and_rare_areas_are_not_measured(folder: Path) -> None:
    absence = read_json(folder / "metrics.json")["absence"]

    assert absence["pooled"]["said"] > 0
    for row in absence["areas"].values():
        assert (row["wrong"] is None) == (row["true_absences"] < 20)


def test_criteria_all_have_a_calibrated_probability(folder: Path) -> None:
    calibration = read_json(folder / "metrics.json")["calibration"]

    assert set(calibration["brier"]) == set(CRITERIA)
    better = [calibration["brier"][name] < calibration["brier_of_base_rate"][name] for name in CRITERIA[:-1]]
    assert all(better), "a probability that is worse than always saying the base rate"


def test_model_finds_real_approvals(shared_data: Path) -> None:
    import csv

    model = Model.load(MODELS[0].parent / "uk_msa_s54")
    with (shared_data / "sentences" / "uk_dev.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    predictions = model.predict([row["sentence"] for row in rows], [row["statement_id"] for row in rows])

    truth = np.array([row["expert_approval"] == "1" for row in rows])
    found = predictions.decisions[:, CRITERIA.index("expert_approval")]
    # It was trained on these: anything less says that features or files broke.
    assert (found & truth).sum() >= 0.9 * truth.sum()


def test_wilson_interval() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(1, 10) == (0.018, 0.404)
