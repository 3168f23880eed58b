"""The protocol itself: nothing that is scored was seen, and the quick evaluation repeats the full one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from labelled_corpora import write_corpora

import classifier.evaluate as evaluation
from classifier.calibration import Calibration
from classifier.corpus import Corpus, read_corpus
from classifier.evaluate import (
    OUTER_FOLDS,
    EvaluationError,
    absence_figures,
    evaluate,
    find_scorer,
    outer_folds,
    outer_splits,
    write_predictions,
)
from classifier.folds import near_duplicates
from classifier.model import Model
from classifier.rubric import CRITERIA, load_rubric
from classifier.train import fit, fit_calibrated, out_of_fold_scores


@pytest.fixture(autouse=True)
def _small_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol is tested here, not the figures: fewer topics and passes train ten times faster."""
    monkeypatch.setattr("classifier.train.TOPICS", 4)
    monkeypatch.setattr("classifier.train.HIDDEN", 8)
    monkeypatch.setattr("classifier.train.PASSES", 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "data"
    write_corpora(folder, statements=6)
    return folder


def flat_calibration() -> Calibration:
    ones = np.ones(len(CRITERIA), np.float32)
    return Calibration(np.ones((2, len(CRITERIA)), np.float32), 0 * ones, ones / 2, ones / 10, ones / 2)


def test_scored_statements_and_their_likes_are_never_trained_on(data: Path) -> None:
    corpus = read_corpus(data)
    group = near_duplicates(corpus)

    splits = list(outer_splits(corpus, 54))

    for inside, outside in splits:
        known, scored = ({group[corpus.statements[row]] for row in rows} for rows in (inside, outside))
        assert not known & scored
    every = [row for _, outside in splits for row in outside]
    assert sorted(every) == [row for row, name in enumerate(corpus.corpora) if name == "uk"]


def test_model_of_a_fold_is_trained_on_its_own_side_only(data: Path) -> None:
    corpus = read_corpus(data)

    inside, outside = next(outer_splits(corpus, 54))
    fold = outer_folds(corpus, "uk_msa_s54", 54, calibrations=[flat_calibration()] * OUTER_FOLDS)[0]

    again = fit_calibrated(corpus.select(inside), flat_calibration(), 54, "uk_msa_s54")
    assert fold.rows.tolist() == outside.tolist()
    assert fold.model.name == again.name


def test_inner_folds_score_no_statement_by_a_model_that_saw_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import classifier.train as training

    corpus = read_corpus(data)
    group = near_duplicates(corpus)
    pairs = []

    class Recorder:
        def __init__(self, known: set[str]) -> None:
            self.known = known

        def scores(self, unknown: Corpus) -> np.ndarray:
            pairs.append((self.known, set(unknown.statements)))
            return np.zeros((len(unknown.ids), 2, len(CRITERIA)), np.float32)

    monkeypatch.setattr(training, "fit_parts", lambda part, *_: Recorder(set(part.statements)))
    training.out_of_fold_scores(corpus, 54)

    assert len(pairs) == training.INNER_FOLDS
    for known, unknown in pairs:
        assert not {group[name] for name in known} & {group[name] for name in unknown}


def test_predictions_hold_each_scored_id_once(data: Path, tmp_path: Path) -> None:
    corpus = read_corpus(data)
    model = fit(corpus, 54, "uk_msa_s54")
    folds = [evaluation._Fold(model, np.arange(0, 7)), evaluation._Fold(model, np.arange(7, 14))]

    write_predictions(tmp_path / "p.csv", corpus, folds)

    lines = (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == ["id", *CRITERIA]
    assert [line.split(",")[0] for line in lines[1:]] == list(corpus.ids[:14])


def test_absence_counts_what_was_wrongly_called_absent(data: Path) -> None:
    corpus = read_corpus(data)

    figures = absence_figures(corpus, out_of_fold_scores(corpus, 54), load_rubric(), 54)

    # No statement of these corpora speaks of effectiveness; each speaks of training.
    assert figures["statements"] == 18
    assert figures["areas"]["effectiveness"]["true_absences"] == 18
    assert figures["areas"]["training"]["true_absences"] == 0
    assert figures["areas"]["training"]["wrong"] is None
    assert figures["pooled"]["said"] >= 18


def test_scorer_is_said_to_be_absent(data: Path) -> None:
    with pytest.raises(EvaluationError, match=r"score_sentences\.py: not found"):
        find_scorer(data)


@pytest.mark.slow
def test_quick_evaluation_repeats_the_full_one_and_sees_a_fall(
    data: Path, tmp_path: Path, shared_data: Path
) -> None:
    home = tmp_path / "data"
    shutil.copytree(data, home)
    shutil.copytree(shared_data.parent / "tools", tmp_path / "tools")
    folder = tmp_path / "model"
    fit(read_corpus(home), 54, "uk_msa_s54").save(folder)

    full = evaluate("uk_msa_s54", home, folder, seeds=(54,))
    quick = evaluate("uk_msa_s54", home, folder, quick=True)

    assert (folder / "README.md").is_file()
    assert quick["failures"] == []
    assert quick["means"]["aims9"]["f1"] == full["means"]["aims9"]["by_seed"][0]
    recorded = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    recorded["means"]["s54"]["by_seed"][0] = 1.0
    (folder / "metrics.json").write_text(json.dumps(recorded), encoding="utf-8")
    assert "s54" in evaluate("uk_msa_s54", home, folder, quick=True)["failures"][0]
    assert Model.load(folder).name in (folder / "README.md").read_text(encoding="utf-8")


def test_quick_evaluation_needs_a_recorded_one(data: Path, tmp_path: Path, shared_data: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    shutil.copytree(shared_data.parent / "tools", tmp_path / "tools")

    with pytest.raises(EvaluationError, match=r"metrics.json: not found; run the full evaluation first"):
        evaluate("uk_msa_s54", tmp_path / "data", tmp_path / "absent", quick=True)
