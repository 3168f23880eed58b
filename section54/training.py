"""What training needs of the other stages: statements without labels, cut into sentences as the extractor
cuts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus import Unlabelled
from classifier.model import Model
from extraction.splitting import split_sentences

# These files have lost their lines: two and more spaces, or the sign of a bullet, are what is left of a new
# paragraph.
PARAGRAPH = re.compile(r"\s{2,}|[\uf0b7•▪]")


def train_quality(
    rubric: str, data: Path, folder: Path, seed: int, jobs: int, *, taught: bool = True
) -> Model:
    """Train the quality model on the labelled data and on documents/txt, and write it into `folder`.

    Raises ValueError with what is absent.
    """
    try:
        from classifier.distil import train_quality as train_both
    except ImportError as error:
        raise ValueError(
            f"training the quality model needs {error.name}: pip install 'section54[train]'"
        ) from error
    unlabelled = read_unlabelled(data / "documents" / "txt")
    return train_both(rubric, data, unlabelled, folder, seed, jobs, taught=taught)


def read_unlabelled(folder: Path) -> Unlabelled:
    """Read the statements (*.txt) of a folder in the order of their names; pieces of a single word are left
    out.

    Raises FileNotFoundError when there are none.
    """
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no statements (*.txt) without labels there to learn from")
    found = [
        (sentence, f"{folder.name}/{path.name}")
        for path in paths
        for sentence in _sentences(path.read_text(encoding="utf-8", errors="replace"))
    ]
    sentences, statements = zip(*found, strict=True)
    return Unlabelled(sentences, statements)


def _sentences(text: str) -> Iterator[str]:
    for part in PARAGRAPH.split(text):
        paragraph = " ".join(part.split())
        for start, end in split_sentences(paragraph) if paragraph else ():
            sentence = paragraph[start:end].strip()
            if len(sentence.split()) > 1 and any(letter.isalpha() for letter in sentence):
                yield sentence
