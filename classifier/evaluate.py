"""Measure the model by the one honest protocol, and write down what came out.

Full evaluation, for each seed: five folds over the statements of the rubric's country, the UK for section 54
(near-duplicates together), those of the other two countries and all silver statements added to the training
side of each; calibration, thresholds and bounds are chosen on the other four folds only, each scored by a
model that saw neither it nor the fold that is measured. The decisions are scored by the project's one scorer,
a script beside the data. Statement-level figures (checks, levels, status, "no passage found") come from the
same models on the same folds.

Quick evaluation trains the five models of the first seed again and takes the calibration that the full
evaluation stored for each fold: with unchanged code and data it gives the recorded figures to the last digit,
so that a change for the worse shows within two minutes.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.assess import Assessment, Reading, assess
from classifier.card import write_card
from classifier.corpus import Corpus
from classifier.encoder import Encoder
from classifier.features import statement_runs
from classifier.model import ARRAYS, Model
from classifier.train import (
    SILVER_FOLD,
    Calibration,
    area_table,
    assign_folds,
    calibrate_scores,
    fit_calibrated,
    is_home,
    near_duplicates,
    pair_scores,
    read_labels,
)
from domain.rubric import CRITERIA, Rubric, load_rubric

OUTER_FOLDS = 5
SEEDS = (54, 55, 56)
SLACK = (
    0.02  # a fall below the recorded figure that chance explains: 25 statements give a standard error of 0.02
)
MEANS = ("aims9", "s54")
SCORER = "score_sentences.py"
GOLD = {"uk": "uk_dev.csv", "au": "au.csv", "ca": "ca.csv"}
PEER = "uk_dev_llama32_3b.csv"
RARE_ABSENCES = 20  # fewer true absences than this measure nothing


class EvaluationError(ValueError):
    """The evaluation can't be run; the message says what is absent."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """One outer fold: a model, and the rows of the corpus that it never saw."""

    model: Model
    rows: NDArray[np.int64]
    calibration: Calibration


def evaluate(
    rubric_id: str,
    data_dir: Path,
    model_dir: Path,
    *,
    quick: bool = False,
    seeds: Sequence[int] = SEEDS,
    jobs: int = 1,
    untaught: Path | None = None,
) -> dict[str, Any]:
    """Evaluate by cross-validation; returns the figures.

    The full evaluation writes metrics.json, folds.json and the model card into `model_dir`. The quick one
    writes nothing and adds `failures`: a sentence for each mean that fell below the recorded figure by more
    than SLACK. `data_dir` holds sentences/; the scorer lies beside it, in ../tools. `untaught` is the folder
    of a quality model that had no teacher, scored on the same folds to tell what the teacher brings.
    """
    corpus = read_labels(rubric_id, data_dir)
    scorer = find_scorer(data_dir)
    if quick:
        return _quick(rubric_id, corpus, data_dir, model_dir, scorer, jobs)
    rubric = load_rubric(rubric_id)
    encoder = load_encoder(model_dir)
    pairs = [pair_scores(corpus, assign_folds(corpus, OUTER_FOLDS, seed), seed, jobs) for seed in seeds]
    runs = [
        list(outer_folds(corpus, rubric_id, seed, jobs, pairs=said, encoder=encoder))
        for seed, said in zip(seeds, pairs, strict=True)
    ]
    scored = [score(scorer, corpus, folds, data_dir) for folds in runs]
    # An encoder has seen the labels of the other countries: there only the statements of the home country are
    # unseen.
    everyone = (
        runs[0]
        if encoder
        else list(outer_folds(corpus, rubric_id, seeds[0], jobs, pairs=pairs[0], everyone=True))
    )
    metrics = {
        "rubric": rubric_id,
        "protocol": " ".join((__doc__ or "").split("\n\n")[1].split()),
        "seeds": list(seeds),
        "data_sha256": corpus.sha256,
        "sentences": int(is_home(corpus).sum()),
        "statements": len({s for s, home in zip(corpus.statements, is_home(corpus), strict=True) if home}),
        "means": {name: _mean_row(name, scored) for name in MEANS},
        "criteria": {name: _mean_row(name, scored) for name in CRITERIA if name in scored[0]["ours"]},
        "peer": {"predictions": PEER, **scored[0]["peer"]},
        "calibration": calibration_figures(corpus, runs[0]),
        "status": status_figures(corpus, runs[0], rubric),
        "checks": check_figures(corpus, runs[0], rubric),
        "levels": level_figures(corpus, runs[0], rubric),
        "absence": absence_figures(corpus, everyone, rubric),
    }
    if untaught:
        bare = outer_folds(corpus, rubric_id, seeds[0], jobs, pairs=pairs[0], encoder=load_encoder(untaught))
        ours = score(scorer, corpus, list(bare), data_dir)["ours"]
        metrics["untaught"] = {name: ours[name] for name in MEANS}
    model_dir.mkdir(parents=True, exist_ok=True)
    _write_json(model_dir / "metrics.json", metrics)
    _write_json(model_dir / "folds.json", [_fold_calibration(fold.calibration) for fold in runs[0]])
    write_card(model_dir)
    return metrics


def _quick(
    rubric_id: str, corpus: Corpus, data_dir: Path, model_dir: Path, scorer: Path, jobs: int
) -> dict[str, Any]:
    try:
        recorded = json.loads((model_dir / "metrics.json").read_text(encoding="utf-8"))
        stored = json.loads((model_dir / "folds.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EvaluationError(f"{error.filename}: not found; run the full evaluation first") from error
    seed = recorded["seeds"][0]
    calibrations, encoder = [_calibration(row) for row in stored], load_encoder(model_dir)
    folds = list(outer_folds(corpus, rubric_id, seed, jobs, calibrations=calibrations, encoder=encoder))
    figures = score(scorer, corpus, folds, data_dir)["ours"]
    failures = [
        f"{name} is {figures[name]['f1']:.3f}, recorded {recorded['means'][name]['by_seed'][0]:.3f}: a fall "
        f"of more than {SLACK}"
        for name in MEANS
        if figures[name]["f1"] < recorded["means"][name]["by_seed"][0] - SLACK
    ]
    return {"means": {name: figures[name] for name in MEANS}, "criteria": figures, "failures": failures}


def load_encoder(model_dir: Path) -> Encoder | None:
    """Return the encoder of a quality model's folder; None where the model has none, or no model is there
    yet.
    """
    return Model.load(model_dir).encoder if (model_dir / ARRAYS).is_file() else None


def find_scorer(data_dir: Path) -> Path:
    """Return the path of the scorer, which lies beside the data and not in this project."""
    path = data_dir.resolve().parent / "tools" / SCORER
    if not path.is_file():
        raise EvaluationError(f"{path}: not found; the figures are made by that script only")
    return path


def outer_folds(
    corpus: Corpus,
    rubric_id: str,
    seed: int,
    jobs: int = 1,
    *,
    pairs: Mapping[int, NDArray[np.float32]] | None = None,
    everyone: bool = False,
    calibrations: Sequence[Calibration] | None = None,
    encoder: Encoder | None = None,
) -> Iterator[_Fold]:
    """Train a model per outer fold and yield it with the rows that it never saw.

    Folds are over the statements of the rubric's country, or with `everyone` over all; what is not scored is
    trained on, but for near-duplicates of what is scored. What is chosen for a fold is chosen from `pairs`
    (see pair_scores), or was chosen before: `calibrations`, one per fold.
    """
    fold, home = assign_folds(corpus, OUTER_FOLDS, seed), is_home(corpus)
    scored_rows = np.ones_like(home) if everyone else home
    group = near_duplicates(corpus)
    if pairs is None and calibrations is None:
        pairs = pair_scores(corpus, fold, seed, jobs)
    for number in range(OUTER_FOLDS):
        outside = np.flatnonzero(scored_rows & (fold == number))
        unseen = {group[corpus.statements[row]] for row in outside}
        inside = np.array([row for row, name in enumerate(corpus.statements) if group[name] not in unseen])
        known = corpus.select(inside)
        if calibrations:
            calibration = calibrations[number]
        else:
            assert pairs is not None
            others = np.flatnonzero((fold != number) & (fold != SILVER_FOLD))
            calibration = calibrate_scores(pairs[number][others], corpus.select(others), rubric_id, encoder)
        model = fit_calibrated(known, calibration, seed, rubric_id, jobs, encoder)
        yield _Fold(model, outside, calibration)


# --- Sentences
# ------------------------------------------------------------------------------------------------------


def score(scorer: Path, corpus: Corpus, folds: Sequence[_Fold], data_dir: Path) -> dict[str, Any]:
    """Score the decisions of all folds, and the peer's beside them; returns `ours` and `peer` by
    criterion.
    """
    gold, peer = data_dir / "sentences" / GOLD[corpus.home], data_dir / "sentences" / PEER
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(folder) / "ours.csv"
        write_predictions(ours, corpus, folds)
        command = [sys.executable, str(scorer), str(gold), "--pred", str(ours), "--json"]
        has_peer = corpus.home == "uk" and peer.is_file()
        command += ["--pred", str(peer)] if has_peer else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise EvaluationError(f"{scorer} failed: {done.stderr.strip() or done.stdout.strip()}")
        report = json.loads(done.stdout)
        return {
            "ours": report[str(ours)]["scores"],
            "peer": report[str(peer)]["scores"] if has_peer else {},
        }


def write_predictions(path: Path, corpus: Corpus, folds: Sequence[_Fold]) -> None:
    """Write the id and the 0/1 decision per criterion of each sentence that a fold scored."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", *corpus.criteria))
        for fold in folds:
            part = corpus.select(fold.rows)
            decisions = fold.model.predict(part.sentences, part.statements).decisions
            writer.writerows(
                [name, *row] for name, row in zip(part.ids, decisions.astype(int).tolist(), strict=True)
            )


def _mean_row(name: str, scored: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean F1 over the seeds, with the interval and counts of the first seed."""
    rows = [run["ours"][name] for run in scored]
    by_seed = [row["f1"] for row in rows]
    return {**rows[0], "f1": round(float(np.mean(by_seed)), 4), "by_seed": by_seed}


def calibration_figures(corpus: Corpus, folds: Sequence[_Fold]) -> dict[str, Any]:
    """Return the Brier score per criterion and, pooled, how often ten bands of probability came true."""
    said, truth = _out_of_fold(corpus, folds)
    brier = {
        name: round(float(np.mean((said[:, k] - truth[:, k]) ** 2)), 4)
        for k, name in enumerate(corpus.criteria)
    }
    base = {
        name: round(float(truth[:, k].mean() * (1 - truth[:, k].mean())), 4)
        for k, name in enumerate(corpus.criteria)
    }
    bands = []
    for low in np.arange(0, 1, 0.1):
        inside = (said >= low) & (said < low + 0.1)
        bands.append(
            {
                "from": round(float(low), 1),
                "sentences": int(inside.sum()),
                "said": round(float(said[inside].mean()), 3) if inside.any() else None,
                "true": round(float(truth[inside].mean()), 3) if inside.any() else None,
            }
        )
    return {"brier": brier, "brier_of_base_rate": base, "bands": bands}


def _out_of_fold(corpus: Corpus, folds: Sequence[_Fold]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    said, truth = [], []
    for fold in folds:
        part = corpus.select(fold.rows)
        said.append(fold.model.predict(part.sentences, part.statements).probabilities)
        truth.append(part.labels)
    return np.vstack(said), np.vstack(truth)


# --- Statements
# -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plain:
    """A labelled sentence in the shape that assess() reads."""

    position: int
    text: str
    page: int = 1
    heading: str | None = None
    kind: str = "sentence"
    confidence: float | None = None


def assessments(
    corpus: Corpus, folds: Sequence[_Fold], rubric: Rubric
) -> Iterator[tuple[NDArray[np.int64], Assessment]]:
    """Yield the rows of each scored statement and its assessment by the model that never saw it."""
    for fold in folds:
        names = [corpus.statements[row] for row in fold.rows]
        for places in statement_runs(names):
            rows = fold.rows[places]
            sentences = [_Plain(i, corpus.sentences[row]) for i, row in enumerate(rows)]
            yield rows, assess(Reading(sentences, 1, (1,), False, "en", None), fold.model, rubric)


def check_figures(corpus: Corpus, folds: Sequence[_Fold], rubric: Rubric) -> dict[str, Any]:
    """Compare the checks with the labels: does a statement hold a sentence that the experts marked?"""
    labelled = {"approved": "expert_approval", "signed": "expert_signature"}
    pairs: dict[str, list[tuple[str, bool]]] = {name: [] for name in labelled}
    for rows, assessment in assessments(corpus, folds, rubric):
        for check in assessment.checks:
            if check.check in labelled:
                column = CRITERIA.index(labelled[check.check])
                pairs[check.check].append((check.value, bool(corpus.labels[rows, column].any())))
    return {name: _check_row(values) for name, values in pairs.items()}


def _check_row(pairs: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    values = sorted({value for value, _ in pairs})
    right = sum((value == "yes") == truth for value, truth in pairs)
    return {
        "statements": len(pairs),
        "agree": right,
        "marked": {value: sum(v == value and truth for v, truth in pairs) for value in values},
        "not_marked": {value: sum(v == value and not truth for v, truth in pairs) for value in values},
    }


def status_figures(corpus: Corpus, folds: Sequence[_Fold], rubric: Rubric) -> dict[str, Any]:
    """Compare planned and denied with measure_future and measure_negative, over the evidence sentences."""
    seen: dict[tuple[int, int], str] = {}
    for number, (rows, assessment) in enumerate(assessments(corpus, folds, rubric)):
        for area in assessment.areas:
            if area.level not in ("none", "unsure", "could_not_check"):
                seen.update({(number, int(rows[item.position])): item.status for item in area.evidence})
    figures = {}
    for status, criterion in (("planned", "measure_future"), ("denied", "measure_negative")):
        column = CRITERIA.index(criterion)
        pairs = [(value == status, bool(corpus.labels[row, column])) for (_, row), value in seen.items()]
        figures[status] = _binary(pairs)
    return figures


def _binary(pairs: Sequence[tuple[bool, bool]]) -> dict[str, Any]:
    hits = sum(said and true for said, true in pairs)
    said, true = sum(s for s, _ in pairs), sum(t for _, t in pairs)
    return {
        "sentences": len(pairs),
        "positives": true,
        "precision": round(hits / said, 4) if said else None,
        "recall": round(hits / true, 4) if true else None,
        "f1": round(2 * hits / (said + true), 4) if said + true else None,
    }


LEVEL_ORDER = ("none", "unsure", "mentioned", "described", "substantive")


def level_figures(corpus: Corpus, folds: Sequence[_Fold], rubric: Rubric) -> dict[str, Any]:
    """Return, per area, how levels spread and how they rank with the number of sentences that experts
    marked.
    """
    from scipy.stats import spearmanr

    levels: dict[str, list[str]] = {area.id: [] for area in rubric.areas}
    marked: dict[str, list[int]] = {area.id: [] for area in rubric.areas}
    for rows, assessment in assessments(corpus, folds, rubric):
        for area, result in zip(rubric.areas, assessment.areas, strict=True):
            columns = [corpus.criteria.index(name) for name in area.criteria]
            levels[area.id].append(result.level)
            marked[area.id].append(int(corpus.labels[rows][:, columns].any(axis=1).sum()))
    figures = {}
    for area_id, values in levels.items():
        # What could not be checked has no place in the order of levels.
        told = [
            (LEVEL_ORDER.index(value), count)
            for value, count in zip(values, marked[area_id], strict=True)
            if value in LEVEL_ORDER
        ]
        varied = bool(told) and all(len(set(side)) > 1 for side in zip(*told, strict=True))
        figures[area_id] = {
            "levels": {value: values.count(value) for value in LEVEL_ORDER},
            "rank_correlation": round(float(spearmanr(told).statistic), 3) if varied else None,
        }
    return figures


def absence_figures(corpus: Corpus, folds: Sequence[_Fold], rubric: Rubric) -> dict[str, Any]:
    """Return how often "no passage found" is said and how often it is wrong, over AU, CA and UK, out of fold.

    An area with fewer than RARE_ABSENCES true absences is given as not measurable (`wrong` None).
    """
    said, present, known_by_fold = [], [], []
    for fold in folds:
        part = corpus.select(fold.rows)
        probabilities = fold.model.predict(part.sentences, part.statements).probabilities
        likeliest, found = area_table(probabilities, part, rubric.areas)
        said.append(likeliest < fold.model.lower.min())
        present.append(found)
        known_by_fold.append(~np.isnan(likeliest))
    absent, there, asked = np.vstack(said), np.vstack(present), np.vstack(known_by_fold)
    areas = {}
    for column, area in enumerate(rubric.areas):
        known = asked[:, column]
        measurable = int((~there[known, column]).sum()) >= RARE_ABSENCES
        areas[area.id] = _absence_row(absent[known, column], there[known, column], measurable)
    return {
        "statements": len(absent),
        "countries": sorted({corpus.corpora[row] for fold in folds for row in fold.rows}),
        "pooled": _absence_row(absent[asked], there[asked], True),
        "areas": areas,
    }


def _absence_row(absent: NDArray[np.bool_], there: NDArray[np.bool_], measurable: bool) -> dict[str, Any]:
    said, wrong = int(absent.sum()), int((absent & there).sum())
    low, high = wilson(wrong, said)
    return {
        "true_absences": int((~there).sum()),
        "said": said,
        "wrong": wrong if measurable else None,
        "wrong_share": round(wrong / said, 3) if said and measurable else None,
        "interval": [low, high] if said and measurable else None,
    }


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, hits / count
    middle = share + z * z / (2 * count)
    spread = z * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    scale = 1 + z * z / count
    return round((middle - spread) / scale, 3), round((middle + spread) / scale, 3)


# --- Files
# ----------------------------------------------------------------------------------------------------------


def _fold_calibration(calibration: Calibration) -> dict[str, list[float]]:
    return {name: [round(float(v), 6) for v in values] for name, values in calibration.arrays().items()}


def _calibration(row: Mapping[str, Sequence[float]]) -> Calibration:
    return Calibration(**{name: np.array(row[name], np.float32) for name in Calibration.__slots__})


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
