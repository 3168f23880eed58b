"""The labelled sentences that the model learns from, read strictly, and our own label codes that correct
them.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.rubric import CRITERIA, LABELS

CORPORA = ("au", "ca", "uk_dev")
SILVER = "uk_silver"
"""The corpus that language-model annotators labelled: learnt from where the file is there, never scored."""
UNLABELLED = "unlabelled"
"""The corpus of statements that nobody labelled, where an encoder learns from them too."""
UNUSED_LABELS = ("measure_other",)
# Labels that annotators were asked for in some countries only, since only the law there asks for it:
# elsewhere their absence says nothing. (Two sentences of one UK statement carry the first all the same.)
ASKED_IN = {"expert_reporting_entity": ("au",), "expert_consultation": ("au",)}
COLUMNS = ("id", "corpus", "statement_id", "position", "sentence", "sha1")
LABEL_COLUMNS = ("corpus", "statement", "position", "sha1", "codes", "annotator")


class CorpusError(ValueError):
    """A file of labelled sentences or label codes can't be used; the message names file, row and value."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled sentences in document order; parallel arrays because the model works on whole columns."""

    ids: tuple[str, ...]
    corpora: tuple[str, ...]
    statements: tuple[str, ...]
    positions: tuple[int, ...]
    sentences: tuple[str, ...]
    labels: NDArray[np.int8]
    """One row per sentence, one column per criterion."""
    sha256: dict[str, str]
    """File name to the sha256 of its bytes: which labels a model saw."""
    criteria: tuple[str, ...] = CRITERIA
    home: str = "uk"
    """The country whose statements weigh most and are measured on."""

    def asked(self, criterion: str) -> NDArray[np.bool_]:
        """Mark the sentences whose annotators were asked for a criterion."""
        countries = ASKED_IN.get(criterion)
        return np.array([countries is None or name in countries for name in self.corpora], np.bool_)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many sentences and statements there are of each corpus."""
        of = {name: [i for i, one in enumerate(self.corpora) if one == name] for name in set(self.corpora)}
        return {
            name: {"sentences": len(rows), "statements": len({self.statements[i] for i in rows})}
            for name, rows in sorted(of.items())
        }

    def select(self, rows: NDArray[np.int64]) -> Corpus:
        """Return the given rows only, in the given order."""
        return Corpus(
            tuple(self.ids[i] for i in rows),
            tuple(self.corpora[i] for i in rows),
            tuple(self.statements[i] for i in rows),
            tuple(self.positions[i] for i in rows),
            tuple(self.sentences[i] for i in rows),
            self.labels[rows],
            self.sha256,
            self.criteria,
            self.home,
        )


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Sentences of statements without labels, in document order; parallel."""

    sentences: tuple[str, ...]
    statements: tuple[str, ...]


def read_corpus(
    data_dir: Path,
    labels_path: Path | None = None,
    criteria: Sequence[str] = CRITERIA,
    home: str = "uk",
) -> Corpus:
    """Read au.csv, ca.csv and uk_dev.csv of `data_dir`/sentences, and our label codes where the file exists.

    uk_silver.csv is read after them where it is there: not everybody can get it.
    `criteria` are the columns of the labels wanted (of LABELS), `home` the country that matters most.

    Raises CorpusError for an absent file or column, an unknown column, a row whose sha1 is not that of its
    sentence, a label other than 0 or 1, and positions that do not rise within a statement.
    """
    rows: list[dict[str, str]] = []
    sha256 = {}
    for name in (*CORPORA, SILVER):
        path = data_dir / "sentences" / f"{name}.csv"
        if name == SILVER and not path.is_file():
            continue
        if not path.is_file():
            raise CorpusError(
                f"{path}: not found; the folder of the labelled sentences holds {', '.join(CORPORA)} (.csv)"
            )
        sha256[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.extend(_read_sentences(path))
    labels = np.array([[int(row[criterion]) for criterion in criteria] for row in rows], np.int8)
    if labels_path is not None and labels_path.is_file():
        sha256[f"labels/{labels_path.name}"] = hashlib.sha256(labels_path.read_bytes()).hexdigest()
        apply_labels(labels_path, rows, labels, criteria)
    return Corpus(
        ids=tuple(row["id"] for row in rows),
        corpora=tuple(row["corpus"] for row in rows),
        statements=tuple(f"{row['corpus']}/{row['statement_id']}" for row in rows),
        positions=tuple(int(row["position"]) for row in rows),
        sentences=tuple(row["sentence"] for row in rows),
        labels=labels,
        sha256=sha256,
        criteria=tuple(criteria),
        home=home,
    )


def apply_labels(
    path: Path,
    rows: Sequence[dict[str, str]],
    labels: NDArray[np.int8],
    criteria: Sequence[str] = CRITERIA,
) -> int:
    """Replace the labels of the sentences that `path` names; returns how many.

    `codes` is the whole list of criteria that hold, separated by spaces, empty for none. The key is corpus,
    statement, position and sha1 together, since short sentences and their hashes repeat.
    """
    places = {(r["corpus"], r["statement_id"], r["position"], r["sha1"]): i for i, r in enumerate(rows)}
    count = 0
    for number, row in _rows(path, LABEL_COLUMNS):
        key = (row["corpus"], row["statement"], row["position"], row["sha1"])
        if key not in places:
            raise CorpusError(f"{path} row {number}: no such sentence in the corpora: {'/'.join(key)}")
        codes = row["codes"].split()
        unknown = [code for code in codes if code not in LABELS]
        if unknown:
            raise CorpusError(f"{path} row {number}: unknown code {unknown[0]!r}")
        labels[places[key]] = [criterion in codes for criterion in criteria]
        count += 1
    return count


def _read_sentences(path: Path) -> Iterator[dict[str, str]]:
    last: tuple[str, int] = ("", -1)
    for number, row in _rows(path, (*COLUMNS, *LABELS, *UNUSED_LABELS)):
        if hashlib.sha1(row["sentence"].encode(), usedforsecurity=False).hexdigest() != row["sha1"]:
            raise CorpusError(f"{path} row {number}: sha1 is not that of the sentence (id {row['id']})")
        for criterion in LABELS:
            if row[criterion] not in ("0", "1"):
                raise CorpusError(f"{path} row {number}: {criterion} is {row[criterion]!r}, not 0 or 1")
        if not row["position"].isdigit():
            raise CorpusError(f"{path} row {number}: position {row['position']!r} is not a number")
        place = (row["statement_id"], int(row["position"]))
        if place[0] == last[0] and place[1] <= last[1]:
            raise CorpusError(
                f"{path} row {number}: position {place[1]} after {last[1]}: not in document order"
            )
        last = place
        yield row


def _rows(path: Path, expected: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, row), the header being row 1; the columns must be the expected ones, in any
    order.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, strict=True)
        columns = reader.fieldnames or []
        for absent in [name for name in expected if name not in columns]:
            raise CorpusError(f"{path}: no column {absent!r}")
        for unknown in [name for name in columns if name not in expected]:
            raise CorpusError(f"{path}: unknown column {unknown!r}")
        for number, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise CorpusError(f"{path} row {number}: not {len(columns)} cells")
            yield number, row
