"""What the examples of a rule prove: every alternative of its pattern, however deep, is needed by a `yes`
example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count
from re import _compiler, _parser  # type: ignore[attr-defined]  # no public way leads to a parsed pattern
from typing import Any

from domain.rulebook import Rule, joined


def failed_examples(rule: Rule) -> list[str]:
    """Return the `yes` examples that do not hold, and the `no` examples that do."""
    wrong = [f"yes: {text!r}" for text in rule.yes if not rule.holds(text)]
    return wrong + [f"no: {text!r}" for text in rule.no if rule.holds(text)]


def unproved_alternatives(rule: Rule, words: Mapping[str, Rule]) -> list[str]:
    """Return the alternatives that could be deleted from the rule with every `yes` example still true.

    Alternatives inside shared words are proved by the words' own examples, so they are left out here. Each is
    named by where it stands: "2 of 3 in (board|council|trustees)".
    """
    uses = count()
    source = joined(rule.alternatives, lambda word: f"(?P<shared_{next(uses)}>{words[word].pattern.pattern})")
    flags = rule.pattern.flags & re.IGNORECASE
    tree = _parser.parse(source, flags)
    shared = {number for name, number in tree.state.groupdict.items() if name.startswith("shared_")}
    unproved = []
    for branches, index in list(_branches(tree, shared)):
        removed = branches.pop(index)
        _forget_widths(tree)
        smaller = _compiler.compile(tree, flags)
        if all(_holds(smaller, rule.match, text) for text in rule.yes):
            unproved.append(f"alternative {index + 1} of {len(branches) + 1}: {_shown(removed, flags)}")
        branches.insert(index, removed)
    return unproved


def _holds(pattern: re.Pattern[str], match: str, text: str) -> bool:
    return {"anywhere": pattern.search, "start": pattern.match, "whole": pattern.fullmatch}[match](
        text
    ) is not None


def _branches(tree: Any, shared: set[int]) -> Iterator[tuple[list[Any], int]]:
    """Yield (list of alternatives, index) for each alternative of each choice in a parsed pattern."""
    for operator, value in tree:
        if operator is _parser.BRANCH:
            yield from ((value[1], index) for index in range(len(value[1])))
        if operator is _parser.SUBPATTERN and value[0] in shared:
            continue
        for part in _parts(value):
            yield from _branches(part, shared)


def _forget_widths(tree: Any) -> None:
    """Make a changed pattern measure itself again: with the lengths of the old one it refuses texts that
    fit.
    """
    tree.width = None
    for _, value in tree:
        for part in _parts(value):
            _forget_widths(part)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _parts(item)


def _shown(tree: Any, flags: int) -> str:
    """Return roughly what an alternative matches: its literal characters in order."""
    shown = ""
    for operator, value in tree:
        if operator is _parser.LITERAL:
            shown += chr(value)
        else:
            shown += "".join(_shown(part, flags) for part in _parts(value)) or "…"
    return shown
