"""The encoder of the quality model at run time: a small transformer in ONNX, 8-bit, without torch.

Each sentence is the mean of its tokens in the last layer, read within a window of its statement; a linear
layer turns that into one score per criterion. onnxruntime and tokenizers are loaded with it, since the fast
model needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.windows import LONGEST, PASSES, windows

GRAPH, TOKENIZER = "encoder.onnx", "tokenizer.json"
LAYER = ("encoder_weights", "encoder_intercepts")
OPENS, CLOSES = "[CLS]", "[SEP]"
BATCH = 8  # windows a call: more save nothing on a CPU


class EncoderError(ValueError):
    """An encoder can't be loaded; the message says why and what to do."""


class Encoder:
    """Scores sentences by a transformer; `weights` are hidden size x criteria."""

    def __init__(
        self, session: Any, tokenizer: Any, weights: NDArray[np.float32], intercepts: NDArray[np.float32]
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.layer = (weights, intercepts)
        self._opens, self._closes = (tokenizer.token_to_id(name) for name in (OPENS, CLOSES))

    @classmethod
    def load(
        cls, folder: Path, weights: NDArray[np.float32], intercepts: NDArray[np.float32], threads: int = 1
    ) -> Encoder:
        """Load encoder.onnx and tokenizer.json; raises EncoderError when they or the extra are not there.

        One thread by default: documents are read side by side in processes, and threads would fight for the
        cores.
        """
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderError(
                f"the quality model needs {error.name}, which is not installed; --model fast reads without it"
            ) from error
        for name in (GRAPH, TOKENIZER):
            if not (folder / name).is_file():
                raise EncoderError(f"{folder / name}: not found; `section54 train --model quality` makes it")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(
                str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # both libraries raise classes of their own, and plain Exception
            raise EncoderError(f"{folder}: damaged encoder: {error}") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(session, tokenizer, weights, intercepts)

    def scores(self, sentences: Sequence[str], statement_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per sentence, one column per criterion; rows of a statement in document order."""
        tokens = self._tokens(sentences)
        lengths = [len(ids) for ids in tokens]
        weights, intercepts = self.layer
        means = np.zeros((len(sentences), weights.shape[0]), np.float32)
        for first in PASSES:
            for batch in _batches(windows(lengths, statement_ids, first), lengths):
                self._read(batch, tokens, means)
        return (means / np.float32(len(PASSES)) @ weights + intercepts).astype(np.float32)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the linear layer by the names that model.npz gives it."""
        return dict(zip(LAYER, self.layer, strict=True))

    def scaled(self, scale: NDArray[np.float32]) -> Encoder:
        """Return the same encoder with its scores multiplied, one factor per criterion."""
        weights, intercepts = self.layer
        return Encoder(self._session, self._tokenizer, weights * scale, intercepts * scale)

    def _tokens(self, sentences: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(list(sentences), add_special_tokens=False)
        return [[*one.ids[:LONGEST], self._closes] for one in encoded]

    def _read(self, batch: list[list[int]], tokens: Sequence[list[int]], means: NDArray[np.float32]) -> None:
        """Add the mean of each sentence of the batch to its row of `means`."""
        rows = [[self._opens, *(token for row in window for token in tokens[row])] for window in batch]
        longest = max(len(row) for row in rows)
        ids = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros_like(ids)
        for line, row in enumerate(rows):
            ids[line, : len(row)] = row
            mask[line, : len(row)] = 1
        (hidden,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        for line, window in enumerate(batch):
            ends = 1 + np.cumsum([len(tokens[row]) for row in window])
            starts = np.concatenate(([1], ends[:-1]))
            sums = np.add.reduceat(hidden[line, : ends[-1]], starts, axis=0)
            means[window] += sums / (ends - starts)[:, None]


def _batches(packed: list[list[int]], lengths: Sequence[int]) -> Iterator[list[list[int]]]:
    """Yield windows of like length together, so that little is padded."""
    ordered = sorted(packed, key=lambda window: sum(lengths[row] for row in window))
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
