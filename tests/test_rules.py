"""Every rule of every file is proved by its examples."""

from pathlib import Path

import pytest
from rule_proofs import failed_examples, unproved_alternatives

from domain.rulebook import SHARED, Rule, RuleError, load_rules

ROOT = Path(__file__).parents[1]
FILES = sorted(path for path in ROOT.glob("*/**/rules/*.yaml") if ".venv" not in path.parts)


def proofs() -> list[tuple[str, Rule, dict[str, Rule]]]:
    every = []
    for path in FILES:
        file = load_rules(path) if path == SHARED else load_rules(path, SHARED)
        words = dict(load_rules(SHARED).words) | dict(file.words)
        for rule in [*file.words.values(), *file.rules.values()]:
            every.append((f"{path.relative_to(ROOT)}: {rule.id}", rule, words))
    return every


PROOFS = proofs()


@pytest.mark.parametrize(("name", "rule", "words"), PROOFS, ids=[name for name, _, _ in PROOFS])
def test_examples_prove_the_rule(name, rule, words):
    assert not failed_examples(rule), f"{name}: examples that do not hold"
    assert not unproved_alternatives(rule, words), f"{name}: alternatives that no `yes` example needs"


@pytest.mark.parametrize(("name", "rule", "words"), PROOFS, ids=[name for name, _, _ in PROOFS])
def test_a_rule_says_what_it_means(name, rule, words):
    assert rule.yes, f"{name}: has no `yes` example"
    if rule.id not in words:
        assert rule.says.strip().endswith("."), f"{name}: `says` is a sentence"


def written(tmp_path, text):
    path = tmp_path / "made.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_alternative_without_an_example_is_told(tmp_path):
    file = load_rules(
        written(
            tmp_path,
            """
words:
  body: {any_of: [board, council], yes: [the board, the council]}
rules:
  approved: {says: It was approved., pattern: 'approved by (the|our) {body}', yes: [approved by the board]}
""",
        )
    )

    assert unproved_alternatives(file.rules["approved"], file.words) == ["alternative 2 of 2: our"]
    assert not unproved_alternatives(file.words["body"], {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rules: {a: {says: A., pattern: '(', yes: [b]}}",
            "made.yaml, a: missing ), unterminated subpattern at position 0",
        ),
        (
            "rules: {a: {says: A., pattern: '{unknown}', yes: [b]}}",
            "made.yaml, a: no words are called 'unknown'",
        ),
        ("rules: {a: {says: A., patern: b}}", "made.yaml, a: unknown key 'patern'"),
        ("rules: {a: {says: A., yes: [b]}}", "made.yaml, a: needs either 'any_of' or 'pattern'"),
        (
            "rules: {a: {says: A., pattern: b, yes: {c: d}}}",
            "made.yaml, a: expected a list of texts",
        ),
        (
            "rules: {a: {says: A., pattern: b, match: end}}",
            "made.yaml, a: 'match' is 'end'; expected one of anywhere, start, whole",
        ),
        ("- a", "made.yaml: expected 'words:' and 'rules:', and 'about:' if it needs an introduction"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, message):
    with pytest.raises(RuleError) as caught:
        load_rules(written(tmp_path, text))
    assert str(caught.value) == message
