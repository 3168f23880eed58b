"""From sentences to features, from labels to a model, and from a CSV file to decisions."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from labelled_corpora import TEMPLATES, write_corpora

from classifier.classify import InputError, classify_csv
from classifier.corpus import LABEL_COLUMNS, Corpus, CorpusError, read_corpus
from classifier.features import (
    HAND_NAMES,
    WORD_BLOCKS,
    Featuriser,
    Vocabulary,
    grams_of,
    heading_in,
    prepare,
    words_of,
)
from classifier.model import Model, ModelError
from classifier.train import assign_folds, best_threshold, fit, near_duplicates, train
from classifier.vocabulary import common_words, fit_vocabulary
from domain.rubric import CRITERIA


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_corpora(folder)
    return folder


@pytest.fixture(scope="session")
def small_model(corpora: Path) -> Model:
    """A model of the fictional corpora: quick to train, and as real as the shipped one."""
    return fit(read_corpus(corpora), 54, "uk_msa_s54")


def edit_csv(path: Path, change) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


# --- Features
# -------------------------------------------------------------------------------------------------------


def flat_vocabulary(terms: tuple[str, ...], grams: tuple[str, ...] = ()) -> Vocabulary:
    idf = {block: np.ones(len(terms), np.float32) for block in WORD_BLOCKS}
    return Vocabulary(terms, grams, idf | {"letters": np.ones(len(grams), np.float32)})


def test_words_lose_case_and_numbers() -> None:
    assert words_of("In 2024 we trained 58 Buyers.") == ["in", "#year", "we", "trained", "#number", "buyers"]


def test_letter_grams_are_padded_and_hide_digits() -> None:
    assert grams_of("to") == [" to", "to ", " to "]
    assert " 00" in grams_of("31")


def test_context_never_crosses_statements() -> None:
    featuriser = Featuriser(flat_vocabulary(("audit", "bread")))

    together = featuriser.matrix(["audit", "bread"], ["A", "A"]).toarray()
    apart = featuriser.matrix(["audit", "bread"], ["A", "B"]).toarray()

    previous, before = featuriser.vocabulary.block("previous"), featuriser.vocabulary.block("before")
    assert together[1, previous].tolist() == pytest.approx([0.4, 0])
    assert together[1, before].tolist() == pytest.approx([0.4, 0])
    assert not apart[1, previous].any() and not apart[1, before].any()


def test_rows_keep_their_order_when_statements_interleave() -> None:
    featuriser = Featuriser(flat_vocabulary(("audit", "bread", "flour")))

    mixed = featuriser.matrix(["audit", "flour", "bread"], ["A", "B", "A"]).toarray()
    plain = featuriser.matrix(["audit", "bread", "flour"], ["A", "A", "B"]).toarray()

    assert np.array_equal(mixed, plain[[0, 2, 1]])


def test_context_reaches_a_hundred_words_and_no_further() -> None:
    featuriser = Featuriser(flat_vocabulary(("audit",)))
    filler = "word " * 99

    near = featuriser.matrix([f"audit {filler}", "end"], ["A", "A"]).toarray()
    far = featuriser.matrix([f"audit {filler} word", "end"], ["A", "A"]).toarray()

    before = featuriser.vocabulary.block("before")
    assert near[1, before].any() and not far[1, before].any()


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sentences but 1 statement ids"):
        Featuriser(flat_vocabulary(("audit",))).matrix(["a", "b"], ["A"])


def test_no_sentences_give_no_rows() -> None:
    featuriser = Featuriser(flat_vocabulary(("audit",)))

    assert featuriser.matrix([], []).shape == (0, featuriser.vocabulary.width)


def test_hand_features_name_what_they_see() -> None:
    row = prepare(("We trained 58 buyers.", "Signed: ________"))
    seen = [[name for name, value in zip(HAND_NAMES, hand, strict=True) if value] for hand in row.hand]

    assert "speaks of training" in seen[0]
    assert "states a number" in seen[0]
    assert "begins as a signature" in seen[1]
    assert "last sentence" in seen[1]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Training and awareness", "Training and awareness"),
        ("OUR SUPPLY CHAINS We buy flour from nine mills.", "OUR SUPPLY CHAINS "),
        ("We train our buyers each year in March and September at both sites.", None),
        ("we train", None),
    ],
)
def test_headings_are_seen_alone_and_run_in(text: str, heading: str | None) -> None:
    assert heading_in(text) == heading


def test_vocabulary_keeps_terms_of_three_statements_and_no_names() -> None:
    sentences = [
        "Tressider trains buyers",
        "Tressider trains mills",
        "Tressider trains bakers",
        "Rare words here",
    ]

    vocabulary = fit_vocabulary(sentences, ["A", "B", "C", "D"])[0].vocabulary

    assert vocabulary.terms == ("trains",)
    assert not any("tress" in gram for gram in vocabulary.grams)


def test_word_is_common_once_written_in_lower_case() -> None:
    common = common_words(["Flour from Tressider", "we buy flour", "made in China"])

    assert {"flour", "china"} <= common
    assert "tressider" not in common


# --- Corpus
# ---------------------------------------------------------------------------------------------------------


def test_corpus_is_read_in_order_with_fingerprints(corpora: Path) -> None:
    corpus = read_corpus(corpora)

    assert len(corpus.ids) == 3 * 4 * len(TEMPLATES)
    assert corpus.statements[0] == "au/AU_0"
    assert corpus.labels[:, CRITERIA.index("measure_training")].sum() == 12
    assert (
        corpus.sha256["uk_dev.csv"]
        == hashlib.sha256((corpora / "sentences" / "uk_dev.csv").read_bytes()).hexdigest()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[0].__setitem__(1, "korpus"), r"au.csv: no column 'corpus'"),
        (lambda rows: [row.append("x") for row in rows], r"au.csv: unknown column 'x'"),
        (lambda rows: rows[3].pop(), r"au.csv row 4: not \d+ cells"),
        (
            lambda rows: rows[3].__setitem__(4, "Another sentence."),
            r"au.csv row 4: sha1 is not that of the sentence",
        ),
        (lambda rows: rows[3].__setitem__(5, "yes"), r"au.csv row 4: expert_approval is 'yes', not 0 or 1"),
        (
            lambda rows: rows[3].__setitem__(3, "0"),
            r"au.csv row 4: position 0 after 1: not in document order",
        ),
        (lambda rows: rows[3].__setitem__(3, "first"), r"au.csv row 4: position 'first' is not a number"),
    ],
)
def test_bad_corpus_is_refused_by_row(tmp_path: Path, change, message: str) -> None:
    write_corpora(tmp_path)
    edit_csv(tmp_path / "sentences" / "au.csv", change)

    with pytest.raises(CorpusError, match=message):
        read_corpus(tmp_path)


def test_absent_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"au.csv: not found"):
        read_corpus(tmp_path)


def write_labels(path: Path, row: dict[str, str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, LABEL_COLUMNS)
        writer.writeheader()
        writer.writerow(row)


def label_row(corpora: Path, codes: str) -> dict[str, str]:
    corpus = read_corpus(corpora)
    sha1 = hashlib.sha1(corpus.sentences[0].encode()).hexdigest()
    return {
        "corpus": "au",
        "statement": "AU_0",
        "position": "0",
        "sha1": sha1,
        "codes": codes,
        "annotator": "test",
    }


def test_label_codes_replace_those_of_one_sentence(corpora: Path, tmp_path: Path) -> None:
    write_labels(tmp_path / "labels.csv", label_row(corpora, "measure_future measure_training"))

    corpus = read_corpus(corpora, tmp_path / "labels.csv")

    assert [name for name, yes in zip(CRITERIA, corpus.labels[0], strict=True) if yes] == [
        "measure_training",
        "measure_future",
    ]
    assert "labels/labels.csv" in corpus.sha256


def test_label_codes_are_strict(corpora: Path, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"

    write_labels(path, label_row(corpora, "measure_weather"))
    with pytest.raises(CorpusError, match="row 2: unknown code 'measure_weather'"):
        read_corpus(corpora, path)
    write_labels(path, label_row(corpora, "measure_future") | {"sha1": "0" * 40})
    with pytest.raises(CorpusError, match="row 2: no such sentence"):
        read_corpus(corpora, path)


# --- Training
# -------------------------------------------------------------------------------------------------------


def test_model_learns_and_explains(small_model: Model) -> None:
    sentences = ["We trained 12 drivers in Ely to spot the signs of slavery.", "The weather in Ely was kind."]

    predictions = small_model.predict(sentences, ["X", "X"])

    training = CRITERIA.index("measure_training")
    assert predictions.probabilities.shape == (2, len(CRITERIA))
    assert predictions.probabilities.dtype == np.float32
    assert predictions.probabilities[0, training] > predictions.probabilities[1, training]
    assert predictions.decisions[:, training].tolist() == [True, False]
    assert any("train" in reason for reason in predictions.explain(0, "measure_training"))


def test_training_twice_gives_the_same_model_and_file(corpora: Path, tmp_path: Path) -> None:
    first = train("uk_msa_s54", corpora, tmp_path / "a")
    second = train("uk_msa_s54", corpora, tmp_path / "b")

    assert first.name == second.name
    assert (tmp_path / "a/model.npz").read_bytes() == (tmp_path / "b/model.npz").read_bytes()


def test_saved_model_predicts_as_the_trained_one(small_model: Model, tmp_path: Path) -> None:
    small_model.save(tmp_path)

    loaded = Model.load(tmp_path)

    sentences = ["We audited nine suppliers.", "The board of directors approved this statement."]
    before, after = (model.predict(sentences, ["A", "A"]) for model in (small_model, loaded))
    assert loaded.name == small_model.name
    assert np.array_equal(before.probabilities, after.probabilities)


def test_model_files_run_no_code(small_model: Model, tmp_path: Path) -> None:
    small_model.save(tmp_path)

    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        kinds = {arrays[name].dtype.kind for name in arrays.files}

    assert kinds <= {"f", "u"}


def test_absent_damaged_and_outdated_models_are_refused(small_model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not found"):
        Model.load(tmp_path)
    small_model.save(tmp_path)
    (tmp_path / "model.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(ModelError, match="damaged"):
        Model.load(tmp_path)
    small_model.save(tmp_path)
    facts = (tmp_path / "model.json").read_text(encoding="utf-8")
    (tmp_path / "model.json").write_text(facts.replace('"format": 1', '"format": 0'), encoding="utf-8")
    with pytest.raises(ModelError, match="another version"):
        Model.load(tmp_path)


def test_folds_keep_statements_and_near_duplicates_together(corpora: Path) -> None:
    corpus = read_corpus(corpora)
    copied = [row for row, name in enumerate(corpus.statements) if name == "uk/UK_0"]
    twice = corpus.select(np.array([*range(len(corpus.ids)), *copied]))
    names = (*corpus.statements, *["uk/UK_9"] * len(copied))
    twice = Corpus(twice.ids, twice.corpora, names, twice.positions, twice.sentences, twice.labels, {})

    group, fold = near_duplicates(twice), assign_folds(twice, 3, 54)

    assert group["uk/UK_9"] == group["uk/UK_0"]
    assert fold[copied[0]] == fold[-1]
    assert all(len({f for f, s in zip(fold, names, strict=True) if s == name}) == 1 for name in set(names))


def test_every_fold_has_every_country(corpora: Path) -> None:
    corpus = read_corpus(corpora)

    fold = assign_folds(corpus, 4, 54)

    for number in range(4):
        assert {corpus.corpora[row] for row in np.flatnonzero(fold == number)} == {"au", "ca", "uk"}


def test_best_threshold_lies_between_the_best_found_and_half_of_the_best_f1() -> None:
    probabilities = np.linspace(0, 1, 100)
    parted = (probabilities > 0.8).astype(np.int8)

    threshold = best_threshold(probabilities, parted, np.ones(100))

    # What parts them lies at 0.8; theory says half of an F1 of (almost) 1.
    assert 0.6 < threshold < 0.68


def test_best_threshold_is_low_where_little_can_be_told() -> None:
    random = np.random.default_rng(54)
    probabilities = random.uniform(0, 0.3, 2_000)
    labels = (random.uniform(size=2_000) < probabilities).astype(np.int8)

    assert best_threshold(probabilities, labels, np.ones(2_000)) < 0.2


# --- classify
# -------------------------------------------------------------------------------------------------------


def write_input(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read_output(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_classify_writes_a_decision_and_a_probability_per_criterion(
    small_model: Model, tmp_path: Path
) -> None:
    source = write_input(
        tmp_path / "in.csv",
        "id,statement_id,sentence\n1,S1,We trained 12 drivers in Ely to spot slavery.\n2,S1,Kind weather.\n",
    )

    done = classify_csv(source, tmp_path / "out.csv", small_model)

    rows = read_output(tmp_path / "out.csv")
    assert done == 2
    assert [row["id"] for row in rows] == ["1", "2"]
    assert list(rows[0]) == ["id", *CRITERIA, *(f"p_{name}" for name in CRITERIA)]
    assert all(rows[0][name] in ("0", "1") and 0 <= float(rows[0][f"p_{name}"]) <= 1 for name in CRITERIA)
    assert rows[0]["measure_training"] == "1"


def test_classify_reads_no_label_columns(small_model: Model, tmp_path: Path) -> None:
    plain = write_input(
        tmp_path / "a.csv", "id,statement_id,sentence\n1,S,We audited nine mills.\n2,S,Kind weather.\n"
    )
    labelled = write_input(
        tmp_path / "b.csv",
        "measure_training,id,sentence,expert_approval,statement_id\n"
        "1,1,We audited nine mills.,1,S\nrubbish,2,Kind weather.,,S\n",
    )

    classify_csv(plain, tmp_path / "a.out", small_model)
    classify_csv(labelled, tmp_path / "b.out", small_model)

    assert (tmp_path / "a.out").read_bytes() == (tmp_path / "b.out").read_bytes()


def test_classify_in_batches_is_the_same(
    small_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{i},S{i // 5},We audited {i} mills and trained {i} bakers.\n" for i in range(40))
    source = write_input(tmp_path / "in.csv", "id,statement_id,sentence\n" + lines)
    classify_csv(source, tmp_path / "whole.csv", small_model)
    monkeypatch.setattr("classifier.classify.BATCH", 7)

    classify_csv(source, tmp_path / "batches.csv", small_model)

    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "batches.csv").read_bytes()


def test_classify_warns_when_a_statement_is_torn_apart(
    small_model: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = write_input(tmp_path / "in.csv", "id,statement_id,sentence\n1,A,One.\n2,B,Two.\n3,A,Three.\n")

    assert classify_csv(source, tmp_path / "out.csv", small_model) == 3
    assert "statement 'A': its rows do not stand together" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "in.csv: empty"),
        ("id,sentence\n1,x\n", "in.csv: no column 'statement_id'"),
        ("id,statement_id,sentence,id\n1,S,x,1\n", "in.csv: more than one column 'id'"),
        ("id,statement_id,sentence\n", "in.csv: no rows"),
        ("id,statement_id,sentence\n1,S,x\n2,S\n", "in.csv row 3: 2 cells, but the header has 3"),
        ("id,statement_id,sentence\n1,S,x\n1,S,y\n", "in.csv row 3: id '1' occurs twice"),
        ("id,statement_id,sentence\n,S,x\n", "in.csv row 2: empty id"),
        ('id,statement_id,sentence\n1,S,"x\n', "in.csv after row 1: not readable CSV"),
    ],
)
def test_classify_names_the_row_of_bad_input(
    small_model: Model, tmp_path: Path, text: str, message: str
) -> None:
    source = write_input(tmp_path / "in.csv", text)

    with pytest.raises(InputError, match=message):
        classify_csv(source, tmp_path / "out.csv", small_model)
    assert not list(tmp_path.glob("out.csv*"))


def test_classify_refuses_another_encoding(small_model: Model, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("id,statement_id,sentence\n1,S,£5 for caf\xe9\n".encode("latin-1"))

    with pytest.raises(InputError, match=r"in\.csv after row 1: not UTF-8"):
        classify_csv(tmp_path / "in.csv", tmp_path / "out.csv", small_model)


def test_classify_leaves_an_earlier_result_when_it_fails(small_model: Model, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("kept", encoding="utf-8")
    source = write_input(tmp_path / "in.csv", "id,statement_id,sentence\n1,S\n")

    with pytest.raises(InputError):
        classify_csv(source, tmp_path / "out.csv", small_model)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "kept"
