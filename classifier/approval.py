"""Did the board approve the statement? The one who approved is the actor nearest to the act of approving."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.findings import NO, NOT_EXPLICIT, PLAUSIBLE, YES, Finding, Line
from classifier.modality import FACT, around, mode_of
from classifier.people import has_name
from domain.rulebook import SHARED, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "approval.yaml", SHARED)

APPROVES = _RULES["approves"]
# In this order: a post may hold the name of a board ("Chair of the Board").
_ACTORS = ("person", "committee", "management", "members", "board")
# Further away an actor belongs to another act.
_NEAR = 160
OPEN, NOT_YET = "open", "not yet"

NOT_THE_BOARD = {
    "committee": "Approved by a committee, which does not count as the board.",
    "person": "Approved by one person, which does not count as the board.",
    "management": "Approved by a management team, not said to be the board.",
}
_DETAILS = {"person": "one person"}


@dataclass(frozen=True, slots=True)
class _Actor:
    kind: str
    start: int
    end: int


def check_approved(lines: Sequence[Line]) -> Finding:
    """Say whether the board, or the members, explicitly approved the statement."""
    readings = [(row, _approver(line.text)) for row, line in enumerate(lines) if speaks_of_approval(line)]

    def rows_of(*kinds: str) -> tuple[int, ...]:
        return tuple(row for row, found in readings if found in kinds)[:3]

    for value in ("board", "members"):
        if rows := rows_of(value):
            return Finding(YES, f"Says that the {value} approved the statement.", rows, value)
    for kind, reason in NOT_THE_BOARD.items():
        if rows := rows_of(kind):
            return Finding(NO, reason, rows, _DETAILS.get(kind, kind))
    if rows := rows_of(OPEN):
        return Finding(
            NOT_EXPLICIT, "Speaks of approval without saying that the board or the members gave it.", rows
        )
    if rows := rows_of(NOT_YET):
        return Finding(
            NOT_EXPLICIT, "Speaks of an approval that must or will be given, not of one given.", rows
        )
    return Finding(NO, "No passage found that says that the board or the members approved the statement.")


def speaks_of_approval(line: Line) -> bool:
    """Say whether a line speaks of the statement's approval, given or not."""
    if not APPROVES.search(line.text) or (is_of_another_thing(line.text) and not line.is_approval):
        return False
    if line.is_approval or _RULES["plainly_approved"].search(line.text):
        return True
    return line.approval >= PLAUSIBLE and _RULES["the_statement"].search(line.text) is not None


def speaks_of_the_statement(text: str) -> bool:
    """Say whether a sentence speaks of the statement, or of "it", as what is approved or reviewed."""
    return _RULES["the_statement"].search(text) is not None


def is_of_another_thing(text: str) -> bool:
    """Say whether what is approved is a supplier, another policy or the like."""
    return _RULES["another_thing"].search(text) is not None


def approvals_given(text: str) -> Iterator[re.Match[str]]:
    """Yield the acts of approval that a text tells as facts."""
    yield from (act for act in APPROVES.finditer(text) if mode_of(text, act) == FACT)


def _approver(text: str) -> str:
    """Return who approved: a kind of actor, OPEN where nobody is named, NOT_YET where no approval was
    given.
    """
    found = {_actor_of(text, act) for act in approvals_given(text)}
    for kind in ("board", "members", "committee", "person", "management", OPEN):
        if kind in found:
            return kind
    return NOT_YET


def _actor_of(text: str, act: re.Match[str]) -> str:
    """Return the kind of the actor nearest to an act of approval, OPEN where none is named."""
    before, after = around(text, act)
    if "board" in act[0].lower():  # "signed on behalf of the board"
        return "board"
    if before.lower().rstrip().endswith("delegated"):
        return OPEN
    end = _RULES["clause_end"].search(after)
    after = after[: end.start() if end else _NEAR][:_NEAR]
    if by := re.search(r"\b(by|from)\b", act[0] + after):
        said = (act[0] + after)[by.end() :]
        return _among(said) or ("person" if has_name(said) else OPEN)
    agents = [actor for actor in _actors(before[-_NEAR:]) if _is_agent(before[-_NEAR:], actor)]
    if agents and (kind := _or_open(agents[-1].kind, before)):
        return kind
    return _among(after) or OPEN


def _among(said: str) -> str | None:
    """Return who approved among those named after the act: the board if it is one of them, else the first."""
    actors = [actor for actor in _actors(said) if _is_agent(said, actor)]
    if not actors:
        return None
    kinds = {actor.kind for actor in actors}
    first = actors[0].kind
    if first == "person" and _RULES["on_behalf"].search(said):
        return OPEN  # "approved by the legal director on behalf of the board": who approved is left open
    return next((kind for kind in ("board", "members") if kind in kinds), first)


def _or_open(kind: str, said: str) -> str:
    return OPEN if kind == "person" and _RULES["on_behalf"].search(said) else kind


def _is_agent(text: str, actor: _Actor) -> bool:
    # "The Council's management team" is no council; "the board's approval" is that of the board.
    owns_another = re.match(r"['’]s?\s+\w", text[actor.end :])
    return owns_another is None and _RULES["no_agent_before"].search(text[: actor.start]) is None


def _actors(text: str) -> list[_Actor]:
    """Return the actors that a text names, in its order; what lies inside another is left out."""
    found: list[_Actor] = []
    for kind in _ACTORS:
        for match in _RULES[kind].finditer(text):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(_Actor(kind, *match.span()))
    return sorted(found, key=lambda actor: actor.start)
