"""The protocol itself: nothing that is scored was seen, and the quick evaluation repeats the full one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from labelled_corpora import write_corpora, write_silver

import classifier.evaluate as evaluation
from classifier.corpus import Corpus, Unlabelled, read_corpus
from classifier.evaluate import (
    EvaluationError,
    absence_figures,
    evaluate,
    find_scorer,
    outer_folds,
    write_predictions,
)
from classifier.model import Model
from classifier.train import (
    apart_from_home,
    choose_calibration,
    fit,
    fit_calibrated,
    is_silver,
    near_duplicates,
    read_labels,
    without_repeated_silver,
)
from domain.rubric import CRITERIA, load_rubric


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "data"
    write_corpora(folder, statements=6)
    return folder


def fold_of(corpus: Corpus, rows: np.ndarray) -> evaluation._Fold:
    calibration = choose_calibration(corpus, 54, "uk_msa_s54")
    return evaluation._Fold(fit_calibrated(corpus, calibration, 54, "uk_msa_s54"), rows, calibration)


def test_scored_statements_and_their_likes_were_never_trained_on(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import classifier.train as training

    corpus = read_corpus(data)
    known: list[set[str]] = []
    chosen_on: list[set[str]] = []
    pairs: list[tuple[set[str], set[str]]] = []

    def record(inside: Corpus, outside: Corpus, *_: object) -> np.ndarray:
        pairs.append((set(inside.statements), set(outside.statements)))
        return np.zeros(outside.labels.shape, np.float32)

    monkeypatch.setattr(training, "_score", record)
    monkeypatch.setattr(
        evaluation, "calibrate_scores", lambda _, part, *__: chosen_on.append(set(part.statements))
    )
    monkeypatch.setattr(evaluation, "fit_calibrated", lambda part, *_: known.append(set(part.statements)))

    folds = list(outer_folds(corpus, "uk_msa_s54", 54))

    group = near_duplicates(corpus)
    scored = [{corpus.statements[row] for row in fold.rows} for fold in folds]
    for seen, chosen, unseen in zip(known, chosen_on, scored, strict=True):
        assert not {group[name] for name in seen | chosen} & {group[name] for name in unseen}
    for seen, unseen in pairs:
        assert not {group[name] for name in seen} & {group[name] for name in unseen}
    assert len(pairs) == 10
    assert sorted(name for names in scored for name in names) == [f"uk/UK_{n}" for n in range(6)]


def test_what_is_chosen_for_a_fold_comes_of_models_that_saw_neither(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import classifier.train as training

    corpus = read_corpus(data)
    fold = training.assign_folds(corpus, 5, 54)
    held_out: list[set[int]] = []

    def record(inside: Corpus, outside: Corpus, *_: object) -> np.ndarray:
        held_out.append({int(fold[corpus.ids.index(name)]) for name in outside.ids})
        assert not {int(fold[corpus.ids.index(name)]) for name in inside.ids} & held_out[-1]
        return np.full(outside.labels.shape, len(held_out), np.float32)

    monkeypatch.setattr(training, "_score", record)
    scores = training.pair_scores(corpus, fold, 54)

    for number, said in scores.items():
        for other in set(range(5)) - {number}:
            (model,) = set(said[fold == other].ravel().tolist())
            assert held_out[int(model) - 1] == {number, other}
        assert not said[fold == number].any()


def test_everyone_is_scored_once_where_asked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = read_corpus(data)
    monkeypatch.setattr(
        evaluation, "pair_scores", lambda *_: dict.fromkeys(range(5), np.zeros(len(corpus.ids)))
    )
    monkeypatch.setattr(evaluation, "calibrate_scores", lambda *_: None)
    monkeypatch.setattr(evaluation, "fit_calibrated", lambda *_: None)

    rows = np.concatenate([fold.rows for fold in outer_folds(corpus, "uk_msa_s54", 54, everyone=True)])

    assert sorted(rows.tolist()) == list(range(len(corpus.ids)))


def test_inner_folds_score_no_statement_by_a_model_that_saw_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import classifier.train as training

    corpus = read_corpus(data)
    group = near_duplicates(corpus)
    pairs = []

    def record(known, unknown, *_):
        pairs.append((set(known.statements), set(unknown.statements)))
        return np.zeros((len(unknown.ids), len(CRITERIA)), np.float32)

    monkeypatch.setattr(training, "_score", record)
    training.out_of_fold_scores(corpus, 54)

    assert len(pairs) == training.INNER_FOLDS
    for known, unknown in pairs:
        assert not {group[name] for name in known} & {group[name] for name in unknown}


# --- Silver statements


@pytest.fixture
def with_silver(data: Path, tmp_path: Path) -> Path:
    """The same corpora, a silver statement beside them, and a copy of a scored one among the silver ones."""
    folder = tmp_path / "with_silver"
    shutil.copytree(data, folder)
    write_silver(folder, copied=True)
    return folder


def test_silver_copy_of_an_expert_statement_is_left_out(with_silver: Path) -> None:
    everything, kept = read_corpus(with_silver), read_labels("uk_msa_s54", with_silver)

    copy, own = "uk_silver/UK_SILVER_0", "uk_silver/UK_SILVER_90"
    assert {copy, own} <= set(everything.statements)
    assert own in kept.statements and copy not in kept.statements
    assert len(kept.ids) == len(everything.ids) - everything.statements.count(copy)


def test_silver_is_learnt_from_in_every_fold_and_scored_in_none(
    with_silver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import classifier.train as training

    corpus = read_labels("uk_msa_s54", with_silver)
    learnt, scored = [], []

    def record(known: Corpus, unknown: Corpus, *_: object) -> np.ndarray:
        learnt.append(set(known.corpora))
        scored.append(set(unknown.corpora))
        return np.zeros(unknown.labels.shape, np.float32)

    monkeypatch.setattr(training, "_score", record)
    monkeypatch.setattr(evaluation, "fit_calibrated", lambda part, *_: learnt.append(set(part.corpora)))
    rows = [fold.rows for fold in outer_folds(corpus, "uk_msa_s54", 54, everyone=True)]

    assert all("uk_silver" in names for names in learnt)
    assert not any("uk_silver" in names for names in scored)
    assert not is_silver(corpus)[np.concatenate(rows)].any()


def test_silver_never_moves_the_calibration_of_given_scores(
    data: Path, with_silver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import classifier.train as training

    # The same scores for the same sentences: what is calibrated must be the experts' sentences only.
    monkeypatch.setattr(
        training,
        "_score",
        lambda _, unknown, *__: (
            np.array([[len(s) % 7] for s in unknown.sentences], np.float32)
            * np.ones(unknown.labels.shape[1], np.float32)
        ),
    )
    plain = choose_calibration(read_labels("uk_msa_s54", data), 54, "uk_msa_s54")
    more = choose_calibration(read_labels("uk_msa_s54", with_silver), 54, "uk_msa_s54")

    assert all((more.arrays()[name] == values).all() for name, values in plain.arrays().items())


def test_real_silver_shares_little_with_a_scored_statement(shared_data: Path) -> None:
    if not (shared_data / "sentences" / "uk_silver.csv").is_file():
        pytest.skip("uk_silver.csv is not there")
    corpus = read_labels("uk_msa_s54", shared_data)

    silver = {name for name, there in zip(corpus.statements, is_silver(corpus), strict=True) if there}
    group = near_duplicates(corpus)

    expert = {group[name] for name in group if name not in silver}
    assert len(silver) > 140
    assert not {group[name] for name in silver} & expert
    assert without_repeated_silver(corpus).ids == corpus.ids


def test_predictions_hold_each_scored_id_once(data: Path, tmp_path: Path) -> None:
    corpus = read_corpus(data)
    folds = [fold_of(corpus, np.arange(0, 7)), fold_of(corpus, np.arange(7, 14))]

    write_predictions(tmp_path / "p.csv", corpus, folds)

    lines = (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == ["id", *CRITERIA]
    assert [line.split(",")[0] for line in lines[1:]] == list(corpus.ids[:14])


def test_absence_counts_what_was_wrongly_called_absent(data: Path) -> None:
    corpus = read_corpus(data)

    figures = absence_figures(corpus, [fold_of(corpus, np.arange(len(corpus.ids)))], load_rubric())

    # No statement of these corpora speaks of effectiveness; each speaks of training.
    assert figures["statements"] == 18
    assert figures["areas"]["effectiveness"]["true_absences"] == 18
    assert figures["areas"]["training"]["true_absences"] == 0
    assert figures["areas"]["training"]["wrong"] is None


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


def test_encoders_see_no_statement_that_is_scored_nor_its_like(data: Path) -> None:
    corpus = read_corpus(data)
    scored = [s for s, name in zip(corpus.sentences, corpus.corpora, strict=True) if name == "uk"]
    copied = Unlabelled(
        (*scored[:7], "A lone sentence that nobody has labelled."), ("txt/copy",) * 7 + ("txt/new",)
    )

    seen = apart_from_home(corpus, copied)

    group = near_duplicates(corpus)
    held_out = {group[s] for s, name in zip(corpus.statements, corpus.corpora, strict=True) if name == "uk"}
    assert set(seen.corpora) == {"au", "ca", "unlabelled"}
    assert not {group[name] for name in seen.statements if name in group} & held_out
    assert [s for s in seen.statements if s.startswith("txt")] == ["txt/new"]


class Shouting:
    """An encoder that knows the answer: how a mixture is calibrated must follow it."""

    def __init__(self, corpus: Corpus) -> None:
        self._labels = dict(zip(corpus.sentences, corpus.labels, strict=True))

    def scores(self, sentences: Sequence[str], statement_ids: Sequence[str]) -> np.ndarray:
        return np.array([self._labels[text] for text in sentences], np.float32) * 6 - 3


def test_mixture_leans_on_the_better_half(data: Path) -> None:
    corpus = read_corpus(data)

    calibration = choose_calibration(corpus, 54, "uk_msa_s54", encoder=Shouting(corpus))

    assert (calibration.encoder > 0).all()
    assert calibration.encoder[0] * 6 > 1
