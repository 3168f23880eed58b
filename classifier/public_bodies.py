"""Public bodies: who approves a statement for their kind, since section 54(6) does not bind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from classifier.findings import NO, YES, Finding, Line
from domain.legal_forms import FORM_WORDS
from domain.rulebook import SHARED, Rule, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "public_bodies.yaml", SHARED).rules

# A statement names its organisation in its title and first sentences; further down it names customers too.
OPENING = 6
NOT_BOUND = "Section 54(6) does not bind it."
# For these one person holds the office that approves.
_OFFICES = {"commissioner": "commissioner", "police_force": "chief constable"}


def public_body(organisation: str | None, lines: Sequence[Line]) -> Rule | None:
    """Return the kind of public body whose statement this is, by its name, else by the opening; None for
    others.
    """
    text = organisation or "\n".join(line.text for line in lines[:OPENING])
    if FORM_WORDS.search(text):
        return None
    return next((rule for rule in _RULES.values() if rule.holds(text)), None)


def approval_of_public_body(finding: Finding, body: Rule, lines: Sequence[Line]) -> Finding:
    """Read what was found on approval as it stands for a public body, and say who approves for its kind."""
    office = _OFFICES.get(body.id)
    said = " ".join(lines[row].text for row in finding.rows).lower()
    if finding.detail == "one person" and office and office in said:
        return Finding(
            YES, f"Says that the {office} approved the statement. {NOT_BOUND}", finding.rows, office
        )
    if finding.value == YES:
        return finding
    if finding.value == NO and not finding.rows:
        return replace(finding, reason=f"No passage found that says who approved it. {body.says} {NOT_BOUND}")
    return replace(finding, reason=f"{finding.reason} {body.says} {NOT_BOUND}")
