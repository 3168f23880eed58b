"""Sentences in document order to a sparse matrix: words, letter n-grams, neighbours, context and field
patterns.

Each block of columns is a TF-IDF space of its own, scaled to unit length and then by BLOCK_WEIGHTS:

1. own: words and word pairs of the sentence
2. letters: 3 to 5 letters within words, which carries over spelling, inflection and broken lines
3. previous, next: words and pairs of the neighbouring sentences
4. before, after: words and pairs of the 100 words on either side (AIMSCheck, ACL 2025, found that span best)
5. hand: shape, place in the document, and the named patterns of `patterns.py`

Neighbours never cross from one statement into another. Nothing here needs scikit-learn, and letter n-grams
and word patterns are worked out once for each distinct word, so the transform runs at several thousand
sentences a second.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.patterns import PHRASES, SECTIONS, WORDS

CONTEXT_WORDS = 100
WORD_BLOCKS = ("own", "previous", "next", "before", "after")
# Own words count fully, context less: measured by the study behind the first model; 0.3 keeps 100-odd flags
# from outweighing a unit-length vector of words.
BLOCK_WEIGHTS = {
    "own": 1.0,
    "letters": 1.0,
    "previous": 0.4,
    "next": 0.4,
    "before": 0.4,
    "after": 0.4,
    "hand": 0.3,
}

WORD = re.compile(r"[#\w]+")
CHUNK = re.compile(r"\S+")
HEADING_IN_CAPITALS = re.compile(r"^\W*((?:[A-Z][A-Z&,'’\-]+\W+){2,})[A-Z]")
YEAR = re.compile(r"(19|20)\d\d")
DIGIT = re.compile(r"\d")

SHAPE = (
    "place in the document", "first sentence", "second or third sentence", "fourth to eighth sentence",
    "last sentence", "one from the end", "two from the end", "three to five from the end",
    "six to ten from the end",
    "length of the document", "length", "very short", "short", "long", "very long", "capitals",
    "words with a capital",
    "digits", "ends with a full stop", "distance from the heading", "looks like a heading",
)  # fmt: skip
HAND_NAMES = (
    *SHAPE,
    *(name for name, _ in WORDS),
    *(name for name, *_ in PHRASES),
    *(name for name, _ in SECTIONS),
)
WORD_CACHE_LIMIT = 60_000  # distinct words remembered before starting over, so that memory stays flat


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms that the model knows, with their weight by rarity (idf), one per block for word terms."""

    terms: tuple[str, ...]
    """Words and pairs of words (joined by a space), lower case, years as #year and other numbers as
    #number."""
    grams: tuple[str, ...]
    idf: Mapping[str, NDArray[np.float32]]
    """Block to one value per term (word blocks) or per gram (`letters`)."""

    @property
    def width(self) -> int:
        """Columns of the matrix."""
        return len(WORD_BLOCKS) * len(self.terms) + len(self.grams) + len(HAND_NAMES)

    def block(self, name: str) -> slice:
        """Columns of a block."""
        count = len(self.terms)
        if name == "letters":
            start = len(WORD_BLOCKS) * count
            return slice(start, start + len(self.grams))
        if name == "hand":
            return slice(self.width - len(HAND_NAMES), self.width)
        start = WORD_BLOCKS.index(name) * count
        return slice(start, start + count)


def words_of(text: str) -> list[str]:
    """Split into lower-case words; years become #year and other numbers #number, so that no date is
    learnt.
    """
    return [normalise_word(word) for word in WORD.findall(text.lower())]


def normalise_word(word: str) -> str:
    if word.isdigit():
        return "#year" if len(word) == 4 and YEAR.fullmatch(word) else "#number"
    return word


def grams_of(chunk: str) -> list[str]:
    """Return the 3- to 5-letter n-grams of one lower-case, space-free chunk, padded with spaces; digits
    become 0.
    """
    padded = f" {DIGIT.sub('0', chunk)} "
    if len(padded) <= 3:
        return [padded]
    return [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]


def statement_runs(statement_ids: Sequence[str]) -> list[NDArray[np.int64]]:
    """Return the row numbers of each statement, in the order of the rows."""
    rows: dict[str, list[int]] = {}
    for row, statement in enumerate(statement_ids):
        rows.setdefault(statement, []).append(row)
    return [np.array(numbers) for numbers in rows.values()]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as far as it can be worked out without a vocabulary."""

    words: tuple[tuple[str, ...], ...]
    chunks: tuple[tuple[str, ...], ...]
    """Space-free pieces in lower case, from which letter n-grams are taken."""
    hand: NDArray[np.float32]


def prepare(statement: tuple[str, ...]) -> Prepared:
    """Split and describe the sentences of one statement, in document order."""
    words = tuple(tuple(words_of(text)) for text in statement)
    chunks = tuple(tuple(CHUNK.findall(text.lower())) for text in statement)
    return Prepared(words, chunks, _hand(statement, words))


class Featuriser:
    """Turns sentences into rows for one vocabulary; remembers the n-grams of each distinct word."""

    def __init__(
        self, vocabulary: Vocabulary, prepared: Callable[[tuple[str, ...]], Prepared] = prepare
    ) -> None:
        self.vocabulary = vocabulary
        self._prepared = prepared
        self._term_ids = {term: i for i, term in enumerate(vocabulary.terms)}
        self._gram_ids = {gram: i for i, gram in enumerate(vocabulary.grams)}
        self._grams: dict[str, list[int]] = {}

    def knows(self, word: str) -> bool:
        """Say whether a word is one of the vocabulary, which holds no names of people."""
        return word in self._term_ids

    def matrix(self, sentences: Sequence[str], statement_ids: Sequence[str]) -> sparse.csr_matrix:
        """Return one row per sentence, in the order given; rows of a statement must be in document order."""
        counts, hand = self.counts(sentences, statement_ids)
        return self.weigh(counts, hand)

    def counts(
        self, sentences: Sequence[str], statement_ids: Sequence[str]
    ) -> tuple[dict[str, sparse.csr_matrix], NDArray[np.float32]]:
        """Return the counts of terms per block, and the hand features, both in the order of the rows
        given.
        """
        if len(sentences) != len(statement_ids):
            raise ValueError(f"{len(sentences)} sentences but {len(statement_ids)} statement ids")
        order: list[int] = []
        bags: dict[str, list[list[int]]] = {name: [] for name in (*WORD_BLOCKS, "letters")}
        hand = [np.zeros((0, len(HAND_NAMES)), np.float32)]
        for rows in statement_runs(statement_ids):
            statement = self._prepared(tuple(sentences[row] for row in rows))
            order.extend(rows.tolist())
            self._add_statement(statement, bags)
            hand.append(statement.hand)
        back = np.argsort(order)
        counts = {name: count_matrix(some, self._width(name))[back] for name, some in bags.items()}
        return counts, np.vstack(hand)[back]

    def weigh(self, counts: Mapping[str, sparse.csr_matrix], hand: NDArray[np.float32]) -> sparse.csr_matrix:
        """Turn counts into the matrix: sublinear frequency times idf, unit length, times the weight of the
        block.
        """
        parts = [self._weigh(name, block) for name, block in counts.items()]
        parts.append(sparse.csr_matrix(hand * np.float32(BLOCK_WEIGHTS["hand"])))
        return sparse.hstack(parts, format="csr", dtype=np.float32)

    def _weigh(self, name: str, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        values = (1 + np.log(counts.data)) * self.vocabulary.idf[name][counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        lengths = np.sqrt(np.bincount(rows, values * values, minlength=counts.shape[0]))
        scale = np.divide(BLOCK_WEIGHTS[name], lengths, out=np.zeros_like(lengths), where=lengths > 0)
        data = (values * scale[rows]).astype(np.float32)
        return sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)

    def _width(self, block: str) -> int:
        return len(self.vocabulary.grams if block == "letters" else self.vocabulary.terms)

    def _add_statement(self, statement: Prepared, bags: dict[str, list[list[int]]]) -> None:
        singles: list[int] = []
        pairs: list[
            int
        ] = []  # aligned with singles: the pair that begins at each word, -1 at a sentence's end
        starts = [0]
        for words, chunks in zip(statement.words, statement.chunks, strict=True):
            singles.extend(self._term_ids.get(word, -1) for word in words)
            pairs.extend(self._term_ids.get(f"{a} {b}", -1) for a, b in pairwise(words))
            if words:
                pairs.append(-1)
            starts.append(len(singles))
            bags["letters"].append([gram for chunk in chunks for gram in self._letters(chunk)])
        spans = list(pairwise(starts))
        for i, (start, end) in enumerate(spans):
            bags["own"].append(_bag(singles, pairs, start, end))
            bags["previous"].append(_bag(singles, pairs, *spans[i - 1]) if i else [])
            bags["next"].append(_bag(singles, pairs, *spans[i + 1]) if i + 1 < len(spans) else [])
            bags["before"].append(_bag(singles, pairs, max(0, start - CONTEXT_WORDS), start))
            bags["after"].append(_bag(singles, pairs, end, end + CONTEXT_WORDS))

    def _letters(self, chunk: str) -> list[int]:
        known = self._grams.get(chunk)
        if known is None:
            if len(self._grams) >= WORD_CACHE_LIMIT:
                self._grams.clear()
            ids = (self._gram_ids.get(gram, -1) for gram in grams_of(chunk))
            known = self._grams[chunk] = [gram for gram in ids if gram >= 0]
        return known


def _hand(statement: Sequence[str], words: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    rows = np.zeros((len(statement), len(HAND_NAMES)), np.float32)
    phrases_at = len(SHAPE) + len(WORDS)
    sections_at = phrases_at + len(PHRASES)
    section: tuple[int, ...] = ()
    distance = 0
    for i, text in enumerate(statement):
        heading = heading_in(text)
        section, distance = (section_flags(heading.lower()), 0) if heading else (section, distance + 1)
        row = rows[i]
        row[: len(SHAPE)] = _shape(text, i, len(statement), distance, bool(heading))
        flags = [len(SHAPE) + flag for word in words[i] for flag in word_flags(word)]
        flags += [sections_at + flag for flag in section]
        lower = text.lower()
        flags += [
            phrases_at + flag
            for flag, (_, pattern, cased) in enumerate(PHRASES)
            if pattern.search(text if cased else lower)
        ]
        row[flags] = 1
    return rows


@lru_cache(WORD_CACHE_LIMIT)
def word_flags(word: str) -> tuple[int, ...]:
    """Return the numbers of the word patterns that a normalised word matches."""
    return tuple(flag for flag, (_, pattern) in enumerate(WORDS) if pattern.fullmatch(word))


@lru_cache(2_000)
def section_flags(heading: str) -> tuple[int, ...]:
    """Return the numbers of the section patterns found in a lower-case heading."""
    return tuple(flag for flag, (_, pattern) in enumerate(SECTIONS) if pattern.search(heading))


def heading_in(text: str) -> str | None:
    """Return the heading that a line is, or begins with in capitals, or None.

    Extraction and the labelled corpora leave headings as lines of their own or run them into the next
    sentence.
    """
    merged = HEADING_IN_CAPITALS.match(text)
    if merged:
        return merged[1]
    words = text.split()
    if not 0 < len(words) <= 9 or text.rstrip().endswith((".", ";", ",")):
        return None
    capitals = sum(word[:1].isupper() for word in words)
    # Half the words: "Training and awareness of our staff" is a heading, "we train" is not.
    return text if capitals * 2 >= len(words) or (text[:1].isupper() and len(words) <= 6) else None


def count_matrix(bags: Sequence[Sequence[int]], width: int) -> sparse.csr_matrix:
    """Count the ids of each bag; negative ids (unknown terms) are left out."""
    lengths = np.fromiter((len(bag) for bag in bags), np.int64, len(bags))
    ids = np.fromiter((i for bag in bags for i in bag), np.int64, int(lengths.sum()))
    rows = np.repeat(np.arange(len(bags)), lengths)
    known = ids >= 0
    ones = np.ones(int(known.sum()), np.float32)
    return sparse.coo_matrix((ones, (rows[known], ids[known])), shape=(len(bags), width)).tocsr()


def _bag(singles: Sequence[int], pairs: Sequence[int], start: int, end: int) -> list[int]:
    return [*singles[start:end], *pairs[start : max(start, end - 1)]]


def _shape(text: str, i: int, n: int, distance: int, is_heading: bool) -> list[float]:
    words = text.split()
    count, letters, left = len(words), max(1, len(text)), n - 1 - i
    return [
        i / n, i == 0, 1 <= i <= 2, 3 <= i <= 7,
        left == 0, left == 1, left == 2, 3 <= left <= 5, 6 <= left <= 10,
        math.log1p(n) / 6, math.log1p(count) / 4, count <= 3, 3 < count <= 8, 25 < count <= 45, count > 45,
        sum(map(str.isupper, text)) / letters, sum(word[:1].isupper() for word in words) / max(1, count),
        sum(map(str.isdigit, text)) / letters, text.rstrip().endswith("."), min(distance, 10) / 10,
        is_heading,
    ]  # fmt: skip
