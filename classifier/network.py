"""The second half of the model: small neural networks over latent topics, for what single words can't say.

Words, neighbours and context are projected onto a few dozen latent topics (a truncated SVD of the training
sentences), so that combinations of topics, place and patterns can be learnt from ten thousand sentences. Alone it is
weaker than the linear half; together they are better than either. Running it takes numpy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.features import BLOCK_WEIGHTS, HAND_NAMES, WORD_BLOCKS, Vocabulary

# Brings each group of inputs to a spread near 1, which the optimiser of the networks expects; own words count more.
SCALE = {"own": 6.0, "letters": 6.0, "previous": 4.0, "next": 4.0, "before": 4.0, "after": 4.0, "hand": 0.3}


@dataclass(frozen=True, slots=True)
class Layers:
    """One network: inputs to a hidden layer (rectified) to one logit per criterion."""

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.maximum(inputs @ self.hidden + self.hidden_bias, 0) @ self.output + self.output_bias


@dataclass(frozen=True, slots=True)
class Network:
    """Projections onto topics, and the networks whose logits are averaged."""

    topics: NDArray[np.float32]
    """Terms x topics; shared by the five word blocks."""
    letter_topics: NDArray[np.float32]
    """Letter n-grams x topics."""
    hand_centre: NDArray[np.float32]
    hand_spread: NDArray[np.float32]
    members: tuple[Layers, ...]

    def scores(self, matrix: sparse.csr_matrix, vocabulary: Vocabulary) -> NDArray[np.float32]:
        """Return one raw score per row of the feature matrix and criterion."""
        inputs = self.inputs(matrix, vocabulary)
        return np.mean([member.logits(inputs) for member in self.members], axis=0, dtype=np.float32)

    def inputs(self, matrix: sparse.csr_matrix, vocabulary: Vocabulary) -> NDArray[np.float32]:
        """Project the rows of the feature matrix onto the topics, hand features standardised beside them."""
        parts = [_projected(matrix, vocabulary, block, self.topics) for block in WORD_BLOCKS]
        parts.append(_projected(matrix, vocabulary, "letters", self.letter_topics))
        hand = matrix[:, vocabulary.block("hand")].toarray()
        parts.append((hand - self.hand_centre) / self.hand_spread * SCALE["hand"])
        return np.hstack(parts).astype(np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything by name, in half precision, as model.npz stores it."""
        arrays = {
            name: getattr(self, name) for name in ("topics", "letter_topics", "hand_centre", "hand_spread")
        }
        for number, member in enumerate(self.members):
            arrays |= {f"net{number}_{name}": getattr(member, name) for name in Layers.__slots__}
        return {name: values.astype(np.float16) for name, values in arrays.items()}


def network_from(arrays: Mapping[str, NDArray[Any]]) -> Network:
    """Build a network from the arrays of model.npz."""
    single = {name: values.astype(np.float32) for name, values in arrays.items()}
    count = sum(name.startswith("net") and name.endswith("_hidden") for name in arrays)
    members = tuple(
        Layers(*(single[f"net{number}_{name}"] for name in Layers.__slots__)) for number in range(count)
    )
    return Network(
        single["topics"], single["letter_topics"], single["hand_centre"], single["hand_spread"], members
    )


def hand_scaling(matrix: sparse.csr_matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean and spread of the hand features; a rare flag's spread is held up so that it can't shout."""
    hand = matrix[:, -len(HAND_NAMES) :].toarray()
    # A tenth of a full flag: flags of under 1 % of the sentences would otherwise reach ten times their size.
    return hand.mean(axis=0), np.maximum(hand.std(axis=0), 0.1 * BLOCK_WEIGHTS["hand"])


def _projected(
    matrix: sparse.csr_matrix, vocabulary: Vocabulary, block: str, topics: NDArray[np.float32]
) -> NDArray[np.float32]:
    return matrix[:, vocabulary.block(block)] @ topics * (SCALE[block] / BLOCK_WEIGHTS[block])
