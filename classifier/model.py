"""The sentence model at run time: plain arrays and JSON, no code inside; numpy and scipy, onnxruntime for an
encoder.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.encoder import LAYER, Encoder, EncoderError
from classifier.features import HAND_NAMES, SHAPE, WORD_BLOCKS, Featuriser, Vocabulary, words_of
from domain.rubric import CRITERIA, LABELS

FORMAT = 1
"""Raised when the files change shape or features.py changes what a column means: older models are refused."""

ARRAYS, FACTS = "model.npz", "model.json"


class ModelError(ValueError):
    """A model can't be loaded; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the model says of each sentence; rows as given, columns as the model's `criteria`."""

    probabilities: NDArray[np.float32]
    """Calibrated."""
    decisions: NDArray[np.bool_]
    """Probability at or above the threshold of the criterion (chosen for the best F1 on training folds)."""
    unsure: NDArray[np.bool_]
    """Too likely to say no, not likely enough to say yes: between the model's two bounds."""
    thresholds: NDArray[np.float32]
    lower: NDArray[np.float32]
    upper: NDArray[np.float32]
    """The upper bound per criterion: an area is stated without doubt when its sentences together reach it."""
    _sentences: Sequence[str] = field(repr=False)
    _rows: sparse.csr_matrix = field(repr=False)
    _model: Model = field(repr=False)

    def explain(self, row: int, criterion: str, count: int = 4) -> tuple[str, ...]:
        """Return the words and features that spoke most for `criterion` in a sentence, strongest first.

        Words of the sentence stand in quotation marks; "nearby" marks words of the neighbouring sentences.
        """
        weights = self._model.weights[:, self._model.criteria.index(criterion)]
        vector = self._rows[row]
        pulls = vector.data * weights[vector.indices]
        return self._model.reasons(self._sentences[row], vector.indices, pulls, count)


@dataclass(frozen=True, slots=True)
class Model:
    """One linear model per criterion over a shared vocabulary, with its calibration and thresholds.

    The quality model adds the scores of an encoder to those of the linear one, before they are calibrated.
    """

    name: str
    """Rubric and version, the first digits of a hash of the arrays: "uk_msa_s54 1a2b3c4d"."""
    criteria: tuple[str, ...]
    """What it decides: CRITERIA first, then the further labels that its rubric names."""
    vocabulary: Vocabulary
    weights: NDArray[np.float32]
    """Columns of the feature matrix x `criteria`."""
    intercepts: NDArray[np.float32]
    slopes: NDArray[np.float32]
    offsets: NDArray[np.float32]
    """Platt's calibration: probability = 1 / (1 + exp(-(slope x score + offset)))."""
    thresholds: NDArray[np.float32]
    """Probability from which a sentence counts as showing the criterion."""
    lower: NDArray[np.float32]
    """Probability under which a sentence surely does not; between this and `upper` the model is unsure."""
    upper: NDArray[np.float32]
    facts: Mapping[str, Any]
    """What model.json says besides: rubric, seed, corpora and their hashes."""
    featuriser: Featuriser = field(repr=False, compare=False)
    encoder: Encoder | None = field(default=None, repr=False, compare=False)

    @classmethod
    def load(cls, path: Path | str) -> Model:
        """Load the model of a folder (models/<rubric>); raises ModelError when it is absent, damaged or
        outdated.
        """
        folder = Path(path)
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            with np.load(folder / ARRAYS, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except FileNotFoundError as error:
            raise ModelError(f"{error.filename}: not found; `section54 train` makes it") from error
        except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(f"{folder}: damaged model: {error}") from error
        if (
            not isinstance(facts, dict)
            or facts.get("format") != FORMAT
            or not _are_criteria(facts.get("criteria"))
        ):
            raise ModelError(f"{folder}: made for another version of the program; train it again")
        try:
            model = from_arrays(arrays, facts)
            if not set(LAYER) & set(arrays):
                return model
            return replace(model, encoder=Encoder.load(folder, *(arrays[name] for name in LAYER)))
        except KeyError as error:
            raise ModelError(f"{folder}: damaged model: no {error}") from error
        except EncoderError as error:
            raise ModelError(str(error)) from error

    def save(self, path: Path | str) -> None:
        """Write model.npz and model.json into a folder; the same model gives the same arrays.

        An encoder's graph and tokenizer are not written: they are where they were loaded from.
        """
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        small = {name: getattr(self, name) for name in SMALL_ARRAYS}
        arrays = pack(self.vocabulary, self.weights, small)
        if self.encoder:
            arrays |= self.encoder.arrays()
        np.savez_compressed(folder / ARRAYS, allow_pickle=False, **arrays)
        facts = {"format": FORMAT, "name": self.name, "criteria": list(self.criteria), **self.facts}
        (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")

    def predict(self, sentences: Sequence[str], statement_ids: Sequence[str]) -> Predictions:
        """Read sentences in document order; `statement_ids` (one per sentence) bounds the context."""
        rows = self.featuriser.matrix(sentences, statement_ids)
        scores = rows @ self.weights + self.intercepts
        if self.encoder:
            scores = scores + self.encoder.scores(sentences, statement_ids)
        # Above 80 the exponential overflows float32 and the probability is 0 or 1 anyway.
        logits = np.clip(scores * self.slopes + self.offsets, -80, 80)
        probabilities = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return Predictions(
            probabilities,
            probabilities >= self.thresholds,
            (probabilities >= self.lower) & (probabilities < self.upper),
            self.thresholds,
            self.lower,
            self.upper,
            sentences,
            rows,
            self,
        )

    def reasons(
        self, sentence: str, columns: NDArray[np.int32], pulls: NDArray[np.float32], count: int
    ) -> tuple[str, ...]:
        """Sum the pull of columns by what a reader would call them and return the strongest `count`.

        Only words of the vocabulary are told: the letters of a name may carry a decision, the name is never
        given.
        """
        terms = self.vocabulary.terms
        total: dict[str, float] = defaultdict(float)
        letters, hand = self.vocabulary.block("letters"), self.vocabulary.block("hand")
        parts = [
            (word, f" {word} ")
            for word in dict.fromkeys(words_of(sentence))
            if not word.startswith("#") and self.featuriser.knows(word)
        ]
        for column, pull in zip(columns.tolist(), pulls.tolist(), strict=True):
            if column >= hand.start:
                if column >= hand.start + len(
                    SHAPE
                ):  # length and place move scores, but are no reason to a reader
                    total[HAND_NAMES[column - hand.start]] += pull
            elif column >= letters.start:
                gram = self.vocabulary.grams[column - letters.start]
                # Letters have no meaning to a reader: their pull belongs to the words that hold them.
                holders = [word for word, padded in parts if gram in padded]
                for word in holders:
                    total[f"“{word}”"] += pull / len(holders)
            else:
                block, term = WORD_BLOCKS[column // len(terms)], terms[column % len(terms)]
                total[f"“{term}”" if block == "own" else f"nearby “{term}”"] += pull
        strongest = sorted(total.items(), key=lambda item: -item[1])
        return tuple(name for name, pull in strongest[:count] if pull > 0)


SMALL_ARRAYS = ("intercepts", "slopes", "offsets", "thresholds", "lower", "upper")


def pack(
    vocabulary: Vocabulary, weights: NDArray[np.float32], small: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[Any]]:
    """Return a model as the arrays that model.npz holds; `small` are those of SMALL_ARRAYS.

    Half precision moves no probability by more than 0.01 and halves the file.
    """
    return {
        "weights": weights.astype(np.float16),
        "terms": np.frombuffer("\n".join(vocabulary.terms).encode(), np.uint8),
        "grams": np.frombuffer("\n".join(vocabulary.grams).encode(), np.uint8),
        **{f"idf_{block}": idf.astype(np.float16) for block, idf in vocabulary.idf.items()},
        **{name: small[name] for name in SMALL_ARRAYS},
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Model:
    """Build a model from stored arrays; weights come back as they were stored, in half precision."""
    idf = {name.removeprefix("idf_"): values for name, values in arrays.items() if name.startswith("idf_")}
    vocabulary = Vocabulary(
        _unpacked(arrays["terms"]),
        _unpacked(arrays["grams"]),
        {block: values.astype(np.float32) for block, values in idf.items()},
    )
    weights, criteria = arrays["weights"].astype(np.float32), tuple(facts["criteria"])
    if weights.shape != (vocabulary.width, len(criteria)):
        raise ModelError(f"weights are {weights.shape}, not {(vocabulary.width, len(criteria))}")
    return Model(
        name=str(facts["name"]),
        criteria=criteria,
        vocabulary=vocabulary,
        weights=weights,
        facts={key: value for key, value in facts.items() if key not in ("format", "name", "criteria")},
        featuriser=Featuriser(vocabulary),
        encoder=None,
        **{name: arrays[name].astype(np.float32) for name in SMALL_ARRAYS},
    )


def _are_criteria(names: object) -> bool:
    """Say whether a stored list of criteria is one that this program knows: CRITERIA, then further labels."""
    if not isinstance(names, list) or tuple(names[: len(CRITERIA)]) != CRITERIA:
        return False
    return set(names) <= set(LABELS)


def fingerprint(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return eight hexadecimal digits that change whenever an array does."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:8]


def _unpacked(data: NDArray[np.uint8]) -> tuple[str, ...]:
    text = data.tobytes().decode()
    return tuple(text.split("\n")) if text else ()
