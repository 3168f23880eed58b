"""Rules as data: the words and patterns that decide something a reader sees, with examples that prove them.

A file of rules is YAML. Somebody who does not program can read a rule, add an example and see it checked:

    words:                              # pieces that rules share; write {month} in a pattern to use one
      month:
        any_of: [january, february]
        yes: [January, February]
    rules:
      approved_by_board:
        says: The board approved the statement.
        source: s.54(6)(a)              # the law, guidance or paper that it rests on, where there is one
        any_of:                         # alternatives, each a regular expression; or `pattern:` for a single one
          - approved by (the|our) board
          - (the )?board (has )?approved
        yes: [It was approved by the board., ...]
        no: [It will be put to the board for approval.]

Patterns ignore case unless the entry says `case: matters`. `match: whole` wants the whole text, `match:
start` its beginning; a rule is searched for anywhere otherwise. `tests/test_rules.py` walks every file: all
examples hold, and every alternative of every pattern is needed by at least one `yes` example.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SHARED = Path(__file__).parent / "rules" / "shared.yaml"
"""The words that rules of every stage may use."""

_USE = re.compile(r"\{([a-z][a-z_]*)\}")
_KEYS = {"says", "source", "any_of", "pattern", "case", "match", "yes", "no"}
_MATCH = {"anywhere", "start", "whole"}
# Everything is text to this loader: `yes`, `no` and 2024 too. The C one, ten times faster, is there with
# libyaml.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class RuleError(ValueError):
    """A file of rules is wrong; the message names the file, the rule and the fault."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, compiled.

    `source` is "" where the rule rests on no text of law or guidance. `alternatives` are the patterns as the
    file has them, before shared words are put in. `match` is "anywhere", "start" or "whole".
    """

    id: str
    says: str
    source: str
    alternatives: tuple[str, ...]
    pattern: re.Pattern[str]
    match: str
    yes: tuple[str, ...]
    no: tuple[str, ...]

    def holds(self, text: str) -> bool:
        """Tell whether the rule is true of a text."""
        return self.find(text) is not None

    def find(self, text: str) -> re.Match[str] | None:
        """Return the first place where the rule is true, or None."""
        return _finder(self.pattern, self.match)(text)


def _finder(pattern: re.Pattern[str], match: str) -> Callable[[str], re.Match[str] | None]:
    return {"anywhere": pattern.search, "start": pattern.match, "whole": pattern.fullmatch}[match]


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The rules of one file by their ids, and the shared words that their patterns use."""

    path: Path
    words: Mapping[str, Rule]
    rules: Mapping[str, Rule]

    def __getitem__(self, rule_id: str) -> re.Pattern[str]:
        """Return the compiled pattern of a rule or of shared words. Raises KeyError with the file's name."""
        try:
            return (self.rules.get(rule_id) or self.words[rule_id]).pattern
        except KeyError:
            raise KeyError(f"{self.path.name} has no rule {rule_id!r}") from None


@cache
def load_rules(path: Path, *shared: Path) -> RuleFile:
    """Read and compile a file of rules. Patterns may use its own words and those of the `shared` files.

    Raises RuleError when the file is no valid set of rules.
    """
    known = {name: rule for file in shared for name, rule in load_rules(file).words.items()}
    data = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - makes texts only
    if not isinstance(data, dict) or set(data) - {"words", "rules", "about"}:
        raise RuleError(
            f"{path.name}: expected 'words:' and 'rules:', and 'about:' if it needs an introduction"
        )
    words: dict[str, Rule] = {}
    for name, entry in (data.get("words") or {}).items():
        words[name] = _compile(path, name, entry, known | words)
    rules = {
        name: _compile(path, name, entry, known | words) for name, entry in (data.get("rules") or {}).items()
    }
    return RuleFile(path, words, rules)


def _compile(path: Path, name: str, entry: Any, words: Mapping[str, Rule]) -> Rule:
    where = f"{path.name}, {name}"
    if not isinstance(entry, dict):
        raise RuleError(f"{where}: expected a mapping")
    if unknown := set(entry) - _KEYS:
        raise RuleError(f"{where}: unknown key {sorted(unknown)[0]!r}")
    if ("any_of" in entry) == ("pattern" in entry):
        raise RuleError(f"{where}: needs either 'any_of' or 'pattern'")
    alternatives = _texts(where, entry["any_of"] if "any_of" in entry else [entry["pattern"]])
    match = entry.get("match", "anywhere")
    if match not in _MATCH:
        raise RuleError(f"{where}: 'match' is {match!r}; expected one of {', '.join(sorted(_MATCH))}")
    flags = re.NOFLAG if entry.get("case") == "matters" else re.IGNORECASE
    try:
        pattern = re.compile(joined(alternatives, lambda word: words[word].pattern.pattern), flags)
    except KeyError as error:
        raise RuleError(f"{where}: no words are called {error}") from error
    except re.error as error:
        raise RuleError(f"{where}: {error}") from error
    examples = {key: _texts(where, entry.get(key, [])) for key in ("yes", "no")}
    return Rule(
        name,
        entry.get("says", ""),
        entry.get("source", ""),
        alternatives,
        pattern,
        match,
        examples["yes"],
        examples["no"],
    )


def joined(alternatives: Iterable[str], pattern_of: Callable[[str], str]) -> str:
    """Return the regular expression of a rule: its alternatives, with the pattern of each shared word put
    in.
    """
    parts = [_USE.sub(lambda use: f"(?:{pattern_of(use[1])})", alternative) for alternative in alternatives]
    return parts[0] if len(parts) == 1 else "|".join(f"(?:{part})" for part in parts)


def _texts(where: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RuleError(f"{where}: expected a list of texts")
    return tuple(values)
