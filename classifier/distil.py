"""Make the encoder of the quality model: what a large teacher says of unlabelled statements, in a small
student.

1. The teacher (MPNet, 110 million parameters) learns from the Australian and Canadian labels, and says of
   each sentence of the unlabelled UK statements how likely each criterion is.
2. The student (MiniLM, 22 million) learns from the same labels and from what the teacher said.
3. It goes on with the same labels and with those of the silver statements, and is written as ONNX.

No expert's UK label reaches either of them, nor a statement that shares most of its text with a labelled UK
one: whatever fold of the UK statements is scored, neither has seen it. UK labels come in by the linear half
and the calibration, which are made for each fold by itself. A last stage on UK labels did not raise mean
average precision in the study behind this.

Needs the extra `section54[train]`.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus import UNLABELLED, Corpus, Unlabelled
from classifier.encoder import Encoder
from classifier.finetune import POSITIVE_WEIGHT, STUDENT, TEACHER, Tuner
from classifier.model import Model
from classifier.train import apart_from_home, fit, is_silver, read_labels

log = logging.getLogger(__name__)

TEACHER_SAID = "teacher.npz"
TEACHER_EPOCHS = 4
STUDENT_EPOCHS = 7
SILVER_EPOCHS = 3
ELSEWHERE_WEIGHT = 0.5  # of a sentence under another law beside a silver one, as in the linear model


def train_quality(
    rubric_id: str,
    data_dir: Path,
    unlabelled: Unlabelled,
    out_dir: Path,
    seed: int = 54,
    jobs: int = 1,
    *,
    taught: bool = True,
) -> Model:
    """Train encoder and linear model, join them, and write all into `out_dir`.

    Some two hours of one core, most of it the teacher, whose answers are kept (see make_encoder).
    """
    corpus = read_labels(rubric_id, data_dir)
    weights, intercepts = make_encoder(corpus, unlabelled, out_dir, seed, taught=taught)
    model = fit(corpus, seed, rubric_id, jobs, Encoder.load(out_dir, weights, intercepts))
    model.save(out_dir)
    return model


def make_encoder(
    corpus: Corpus, unlabelled: Unlabelled, folder: Path, seed: int, *, taught: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Train teacher and student, and write the student into `folder`; returns its linear layer.

    What the teacher said is kept in `folder` (teacher.npz), so that a run that was stopped goes on after it.
    With `taught` False the unlabelled statements are left out, which measures what they bring.
    """
    seen = apart_from_home(corpus, unlabelled)
    strange = np.array([name == UNLABELLED for name in seen.corpora])
    silver = is_silver(seen)
    targets = seen.labels.astype(np.float32)
    if taught:
        targets[strange] = _remembered(seen, folder / TEACHER_SAID, seed)
    tuner = Tuner(STUDENT, seen.sentences, seen.statements)
    first = ~silver if taught else ~(silver | strange)
    log.info("student: %d sentences first, %d of them unlabelled", first.sum(), (first & strange).sum())
    upper = tuner.tune(first, targets, STUDENT_EPOCHS, seed)
    if silver.any():
        log.info("student: %d silver sentences", silver.sum())
        importance = np.where(silver, 1.0, ELSEWHERE_WEIGHT).astype(np.float32)
        importance /= importance[~strange].mean()
        upper = tuner.tune(~strange, targets, SILVER_EPOCHS, seed, importance=importance, start=upper)
    return tuner.export(upper, folder)


def _remembered(seen: Corpus, path: Path, seed: int) -> NDArray[np.float32]:
    """Return what the teacher says of the unlabelled sentences, from `path` if it was asked the same before.

    Silver sentences are none of its business: it learns from what experts labelled.
    """
    seen = seen.select(np.flatnonzero(~is_silver(seen)))
    strange = np.array([name == UNLABELLED for name in seen.corpora])
    texts = "\n".join((*seen.sentences, str(seed), str(TEACHER_EPOCHS)))
    asked = hashlib.sha256(texts.encode()).hexdigest()
    if path.is_file():
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["asked"]) == asked:
                known: NDArray[np.float32] = stored["said"].astype(np.float32)
                return known
    said = teach(seen, strange, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, asked=np.array(asked), said=said.astype(np.float16))
    return said


def teach(seen: Corpus, strange: NDArray[np.bool_], seed: int) -> NDArray[np.float32]:
    """Train the teacher on the labelled rows; returns the probabilities that it gives to the rows marked
    `strange`.
    """
    tuner = Tuner(TEACHER, seen.sentences, seen.statements)
    log.info("teacher: %d labelled sentences", (~strange).sum())
    upper = tuner.tune(~strange, seen.labels.astype(np.float32), TEACHER_EPOCHS, seed)
    scores = tuner.scores(upper, strange)[strange]
    # The weight of positives makes scores too high by its logarithm; the student's loss weighs them again.
    said: NDArray[np.float32] = (1 / (1 + np.exp(np.log(POSITIVE_WEIGHT) - scores))).astype(np.float32)
    return said
