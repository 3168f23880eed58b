"""Which statements may stand on which side of a split: whole ones, near-duplicates together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from classifier.corpus import Corpus
from classifier.features import statement_runs, words_of

NEAR_DUPLICATE = (
    0.5  # share of the shorter statement's 8-word runs: templates reach 0.5, strangers stay under 0.1
)


def assign_folds(corpus: Corpus, folds: int, seed: int) -> NDArray[np.int64]:
    """Give each sentence a fold: whole statements, near-duplicates together, each country spread evenly."""
    group_of = near_duplicates(corpus)
    country = dict(zip(corpus.statements, corpus.corpora, strict=True))
    random = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for name in sorted(set(corpus.corpora)):
        groups = sorted({group_of[statement] for statement in country if country[statement] == name})
        for place, group in enumerate(random.permutation(groups)):
            fold_of.setdefault(str(group), place % folds)
    return np.array([fold_of[group_of[statement]] for statement in corpus.statements])


def near_duplicates(corpus: Corpus) -> dict[str, str]:
    """Return the group of each statement: the first, by name, of those that share most of their text with it."""
    runs = {}
    for rows in statement_runs(corpus.statements):
        words = words_of(" ".join(corpus.sentences[row] for row in rows))
        runs[corpus.statements[rows[0]]] = {hash(tuple(words[i : i + 8])) for i in range(len(words) - 7)}
    group = {statement: statement for statement in runs}
    for a, b in combinations(sorted(runs), 2):
        shared, shorter = len(runs[a] & runs[b]), max(1, min(len(runs[a]), len(runs[b])))
        if shared / shorter >= NEAR_DUPLICATE:
            old, new = group[b], group[a]
            group = {statement: new if root == old else root for statement, root in group.items()}
    return group


def is_uk(corpus: Corpus) -> NDArray[np.bool_]:
    """Mark the sentences of UK statements."""
    return np.array([name == "uk" for name in corpus.corpora])
