"""From raw scores to probabilities, decisions and doubt, chosen on scores out of fold only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.corpus import Corpus
from classifier.features import statement_runs
from classifier.model import probabilities_of
from classifier.rubric import CRITERIA, Area

# Shares of the linear and the network half in the mixed log-odds. 0.2 to 0.4 for the network differ by 0.002 in mean
# average precision over all three countries; half and half is worse.
SHARES = (0.7, 0.3)
UPPER = 0.5  # more likely than not: the bound from which a finding is stated without "unsure"
# Positives at which a criterion's own threshold weighs as much as the common one: thresholds of the rare criteria
# (23 to 60 positives in the UK) wander by 0.1 between folds, and 100 to 300 here makes no difference.
STEADY_POSITIVES = 200
COMMON_THRESHOLDS = np.arange(0.15, 0.5, 0.01)
# Of the times that "no passage found" is said: the share that may be wrong. Half of the tenth that is aimed at, since
# the bound is chosen on the very statements that it is counted on.
WRONG_ABSENCES = 0.05


@dataclass(frozen=True, slots=True)
class Calibration:
    """How raw scores become probabilities and decisions."""

    slopes: NDArray[np.float32]
    """Halves of the model x criteria."""
    offsets: NDArray[np.float32]
    """One per criterion, as all that follow."""
    thresholds: NDArray[np.float32]
    lower: NDArray[np.float32]
    upper: NDArray[np.float32]

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        return {name: getattr(self, name) for name in self.__slots__}


def calibrate(
    scores: NDArray[np.float32], corpus: Corpus, importance: NDArray[np.float64], areas: Sequence[Area]
) -> Calibration:
    """Fit curves, thresholds of best F1 and the bounds of doubt; `scores` are rows x halves x criteria."""
    labels = corpus.labels
    curves = [_mixed_curve(scores[:, :, k], labels[:, k], importance) for k in range(labels.shape[1])]
    slopes = np.array([slope for slope, _ in curves], np.float32).T
    offsets = np.array([offset for _, offset in curves], np.float32)
    probabilities = probabilities_of(scores, slopes, offsets)
    thresholds = choose_thresholds(probabilities, labels, importance)
    lower = np.minimum(thresholds, np.float32(absence_bound(probabilities, corpus, areas)))
    return Calibration(slopes, offsets, thresholds, lower, np.full_like(thresholds, UPPER))


def _mixed_curve(
    scores: NDArray[np.float32], labels: NDArray[np.int8], importance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Fit Platt's curve to each half, mix the log-odds by SHARES, and fit the curve of the mixture."""
    slopes, offsets = np.array([_platt(half, labels, importance) for half in scores.T]).T
    shares = np.array(SHARES)
    mixed = (scores * slopes + offsets) @ shares
    slope, offset = _platt(mixed, labels, importance)
    return slope * shares * slopes, slope * float(shares @ offsets) + offset


def _platt(
    scores: NDArray[np.float32], labels: NDArray[np.int8], importance: NDArray[np.float64]
) -> tuple[float, float]:
    if labels.min() == labels.max():
        return 1.0, 0.0
    curve = LogisticRegression(C=1e3).fit(scores[:, None], labels, sample_weight=importance)
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def choose_thresholds(
    probabilities: NDArray[np.float32], labels: NDArray[np.int8], importance: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the threshold of best F1 per criterion, drawn towards a common one where positives are few."""
    positives = labels.sum(axis=0)
    own = [best_threshold(probabilities[:, k], labels[:, k], importance) for k in range(labels.shape[1])]
    means = [
        np.mean([_f1(probabilities[:, k] >= t, labels[:, k], importance) for k in np.flatnonzero(positives)])
        for t in COMMON_THRESHOLDS
    ]
    common = COMMON_THRESHOLDS[int(np.argmax(means))]
    weight = positives / (positives + STEADY_POSITIVES)
    return (weight * np.array(own) + (1 - weight) * common).astype(np.float32)


def _f1(decided: NDArray[np.bool_], labels: NDArray[np.int8], importance: NDArray[np.float64]) -> float:
    hits = (importance * (decided & (labels == 1))).sum()
    return float(2 * hits / ((importance * decided).sum() + (importance * labels).sum()))


def best_threshold(
    probabilities: NDArray[np.floating], labels: NDArray[np.int8], importance: NDArray[np.float64]
) -> float:
    """Return the median of all thresholds whose smoothed F1 is within 0.005 of the best."""
    if not labels.any():
        return UPPER
    order = np.argsort(-probabilities, kind="stable")
    weight, hits = importance[order], importance[order] * labels[order]
    f1 = 2 * np.cumsum(hits) / (np.cumsum(weight) + hits.sum())
    f1 = np.convolve(f1, np.ones(5) / 5, "same")  # five neighbours: one odd sentence does not make a peak
    ranked = np.append(probabilities[order], 0)
    between = (ranked[:-1] + ranked[1:]) / 2  # a threshold stands half way to the next sentence
    return float(np.median(between[f1 >= f1.max() - 0.005]))


def absence_bound(probabilities: NDArray[np.floating], corpus: Corpus, areas: Sequence[Area]) -> float:
    """Return the probability under which "no passage found" is said of an area.

    It is the highest bound at which, pooled over statements and areas, at most WRONG_ABSENCES of the areas whose
    likeliest sentence lies under it do hold a passage by the labels.
    """
    likeliest, present = area_table(probabilities, corpus, areas)
    order = np.argsort(likeliest, axis=None)
    wrong = np.cumsum(present.ravel()[order]) / np.arange(1, order.size + 1)
    good = np.flatnonzero(wrong <= WRONG_ABSENCES)
    # Nothing can be called absent when even the least likely area holds a passage.
    return float(likeliest.ravel()[order][good[-1]]) if good.size else 0.0


def area_table(
    probabilities: NDArray[np.floating], corpus: Corpus, areas: Sequence[Area]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return, per statement and area, the probability of its likeliest sentence and whether a label is there."""
    columns = [[CRITERIA.index(name) for name in area.criteria] for area in areas]
    likeliest, present = [], []
    for rows in statement_runs(corpus.statements):
        likeliest.append([probabilities[rows][:, some].max() for some in columns])
        present.append([corpus.labels[rows][:, some].any() for some in columns])
    return np.array(likeliest, np.float64), np.array(present)
