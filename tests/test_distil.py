"""Training and export of the encoder, with a tiny one of random weights.

Needs section54[train]; skipped without it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from labelled_corpora import write_corpora

from classifier.corpus import Unlabelled, read_corpus
from classifier.encoder import GRAPH, TOKENIZER, Encoder
from classifier.windows import LONGEST, WINDOW, windows


def test_windows_hold_whole_sentences_of_one_statement() -> None:
    lengths, statements = [100, 100, 100, 30, 30], ["a", "a", "a", "b", "b"]

    assert windows(lengths, statements) == [[0, 1], [2], [3, 4]]
    assert windows(lengths, statements, first=WINDOW // 2) == [[0], [1, 2], [3, 4]]
    assert windows([], []) == []


def test_windows_are_never_longer_than_what_is_read() -> None:
    random = np.random.default_rng(1)
    lengths = random.integers(1, LONGEST + 2, 500).tolist()

    packed = windows(lengths, ["s"] * 500)

    assert [row for window in packed for row in window] == list(range(500))
    assert max(1 + sum(lengths[row] for row in window) for window in packed) <= WINDOW


@pytest.fixture
def tiny_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A two-layer BERT of random weights in the place of the packaged encoders."""
    pytest.importorskip("torch", reason="training the encoder needs section54[train]")
    transformers = pytest.importorskip("transformers")
    import classifier.distil as distil
    import classifier.finetune as finetune

    folder = tmp_path / "base"
    folder.mkdir()
    words = [
        "we",
        "trained",
        "audited",
        "our",
        "suppliers",
        "code",
        "of",
        "conduct",
        "forbids",
        "bake",
        "bread",
        "board",
        "directors",
        "approved",
        "the",
        "in",
        "near",
    ]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *words,
        *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
    ]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
    )
    transformers.BertModel(config).save_pretrained(folder)
    monkeypatch.setattr(finetune, "find_base", lambda *_: folder)
    base = finetune.Base(("tiny",), 1, 1e-3)
    monkeypatch.setattr(distil, "TEACHER", base)
    monkeypatch.setattr(distil, "STUDENT", base)


def test_exported_encoder_scores_as_the_trained_one(tiny_base: None, tmp_path: Path) -> None:
    from classifier.finetune import Base, Tuner

    data = tmp_path / "data"
    write_corpora(data)
    corpus = read_corpus(data)
    tuner = Tuner(Base(("tiny",), 1, 1e-3), corpus.sentences, corpus.statements)
    everything = np.ones(len(corpus.ids), bool)
    upper = tuner.tune(everything, corpus.labels.astype(np.float32), 2, 54)

    encoder = Encoder.load(tmp_path / "out", *tuner.export(upper, tmp_path / "out"))

    ours = encoder.scores(corpus.sentences, corpus.statements)
    theirs = tuner.scores(upper, everything)
    assert ours.shape == corpus.labels.shape
    # 8 bits and bfloat16 round differently: the same scores but for that.
    assert np.abs(ours - theirs).max() < 0.15


def test_teacher_is_asked_once(tiny_base: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import classifier.distil as distil

    data = tmp_path / "data"
    write_corpora(data)
    unlabelled = Unlabelled(("We trained our suppliers near the board.", "A stranger."), ("txt/a", "txt/b"))
    asked = []
    teach = distil.teach
    monkeypatch.setattr(distil, "teach", lambda *given: asked.append(1) or teach(*given))

    first = distil.make_encoder(read_corpus(data), unlabelled, tmp_path / "out", 54)
    again = distil.make_encoder(read_corpus(data), unlabelled, tmp_path / "out", 54)

    assert asked == [1]
    assert (tmp_path / "out" / GRAPH).is_file() and (tmp_path / "out" / TOKENIZER).is_file()
    assert all(np.allclose(a, b, atol=0.01) for a, b in zip(first, again, strict=True))
