"""Who signed the statement, by a name and a title that stand together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from classifier.approval import speaks_of_approval
from classifier.findings import NO, NOT_EXPLICIT, PLAUSIBLE, YES, Finding, Line
from classifier.modality import FACT, mode_of
from classifier.passages import is_furniture
from classifier.people import has_name, people_in, role_in
from domain.people import SENIOR
from domain.rulebook import SHARED, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "signature.yaml", SHARED)

# At the end of a foreword the model must point to a signature: the body speaks of directors too.
FOREWORD = 0.2
# A signature block ends a statement, or closes a foreword at its start; in the body a role is only a role.
LAST_LINES = 15
# It follows the words on approval within a few lines: "approved by the board", name, title, company, date.
AFTER_APPROVAL = 6
# Name, title, company and date may each stand on a line.
BLOCK = 3
# A line that is longer is prose about directors.
LONGEST = 25
# More people with roles in one block, and nobody said to sign: a list of the board.
SIGNATORIES = 2
# An organisation is named again and again, a signatory once or twice.
NAMED_AGAIN = 4


@dataclass(frozen=True, slots=True)
class _Block:
    rows: tuple[int, ...]
    role: str | None
    named: bool
    strength: float


def check_signed(lines: Sequence[Line]) -> Finding:
    """Say whether a name and a title stand as signatory, and in which role; never the name."""
    near_end = _closing_rows(lines)
    blocks = [_block(lines, row) for row in range(len(lines)) if _could_sign(lines, row, row in near_end)]
    blocks += [
        _Block((row,), role, True, line.signature)
        for row, line in enumerate(lines)
        if (role := _signed_in_prose(line, row in near_end))
    ]
    full = [block for block in blocks if block.role and block.named]
    if full:
        best = max(full, key=lambda block: (block.role in SENIOR, block.strength))
        return Finding(YES, f"Carries a name and a title ({best.role}).", best.rows, best.role)
    titled = [block for block in blocks if block.role]
    if titled:
        best = max(titled, key=lambda block: block.strength)
        reason = f"Carries a title ({best.role}), and no name was read beside it."
        return Finding(NOT_EXPLICIT, reason, best.rows, best.role)
    if blocks:
        best = max(blocks, key=lambda block: block.strength)
        reason = "Carries a signature or a name, and no title was read beside it."
        return Finding(NOT_EXPLICIT, reason, best.rows)
    return Finding(NO, "No passage found with the name and title of a signatory.")


def _closing_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Return the rows where a signature may stand: the last ones, also above a website's footer, and after
    approval.
    """
    rows = set(range(max(0, len(lines) - LAST_LINES), len(lines)))
    prose = [row for row, line in enumerate(lines) if _is_prose(line.text)]
    if prose:
        rows |= set(range(max(0, prose[-1] - LAST_LINES), min(len(lines), prose[-1] + AFTER_APPROVAL)))
    for row, line in enumerate(lines):
        if line.is_approval or speaks_of_approval(line):
            rows |= set(range(row, row + AFTER_APPROVAL))
    return frozenset(rows)


def _is_prose(text: str) -> bool:
    return len(text.split()) >= 8 and text.rstrip().endswith((".", ":")) and not is_furniture(text)


def _could_sign(lines: Sequence[Line], row: int, near_end: bool) -> bool:
    line = lines[row]
    if line.is_signature:
        return True
    if len(line.text.split()) > LONGEST or line.signature < (PLAUSIBLE if near_end else FOREWORD):
        return False
    if any(mode_of(line.text, act) == FACT for act in _RULES["signing"].finditer(line.text)):
        return True
    # Name and title stand on one line, or the name one or two lines above its title.
    above = [lines[i].text for i in range(max(0, row - 2), row) if _belongs(lines[i])]
    return role_in(line.text) is not None and any(map(has_name, (line.text, *above)))


def _block(lines: Sequence[Line], row: int) -> _Block:
    """Read the lines around a candidate, as far as they are short or called signatures, as one signature
    block.
    """
    rows = [row]
    for step in (-1, 1):
        for other in range(row + step, row + step * (BLOCK + 1), step):
            if not 0 <= other < len(lines) or not _belongs(lines[other]):
                break
            rows.append(other)
    texts = {i: lines[i].text for i in sorted(rows)}
    if _is_list_of_people(list(texts.values())):
        return _Block((row,), None, False, 0.0)
    role = next((found for i in [row, *texts] if (found := role_in(texts[i]))), None)
    telling = tuple(i for i in texts if role_in(texts[i]) or has_name(texts[i]) or i == row)
    return _Block(telling[:4], role, _holds_name(lines, list(texts.values())), lines[row].signature)


def _is_list_of_people(texts: Sequence[str]) -> bool:
    """Say whether these are posts of an organisation chart, rather than one or two people who sign."""
    if any(_RULES["signing"].search(text) for text in texts):
        return False
    roles = {role for text in texts if (role := role_in(text))}
    names = {match[0] for text in texts for match in people_in(text)}
    return len(roles) > SIGNATORIES or 1 < len(roles) > len(names)


def _holds_name(lines: Sequence[Line], texts: Sequence[str]) -> bool:
    cut = [f"{a} {b}" for a, b in pairwise(texts) if _RULES["cut_name"].search(a)]
    names = {match[0] for text in (*texts, *cut) for match in people_in(text)}
    return any(sum(name in line.text for line in lines) < NAMED_AGAIN for name in names)


def _belongs(line: Line) -> bool:
    short = len(line.text.split()) <= 8 and not line.text.rstrip().endswith(".")
    return line.is_signature or line.is_approval or short


def _signed_in_prose(line: Line, near_end: bool) -> str | None:
    """Return the role of who signed by the words of a sentence, or None.

    Reads "signed by Ann Lee, Chief Executive", and name and title after a sentence that lost its full stop.
    """
    text = line.text
    for act in _RULES["signed_by"].finditer(text):
        if mode_of(text, act) == FACT and (role := _person_with_role(text[act.end() : act.end() + 90])):
            return role
    speaks = line.is_approval or line.is_signature or (near_end and line.signature >= PLAUSIBLE)
    if speaks and not text.rstrip().endswith((".", ";", ":")):
        return _person_with_role(text[-110:], last=True)
    return None


def _person_with_role(text: str, last: bool = False) -> str | None:
    """Return the role that follows the name of a person at once; with `last` nothing else may follow it."""
    for person in people_in(text):
        after = text[person.end() :]
        if last and len(after.split()) > 8:
            continue
        if re.match(r"[\s,;:–—(-]+\S", after) and (role := role_in(after)):
            return role
    return None


# --- Does the role fit the legal form?
# ------------------------------------------------------------------------------

_MEMBERS = frozenset({"designated member", "member", "partner", "managing partner"})
_GENERAL = frozenset({"general partner"})
# A partnership that is none of the above is signed by a partner.
_FORMS: tuple[tuple[str, re.Pattern[str], frozenset[str], str], ...] = (
    ("a limited liability partnership", _RULES["partnership_form"], _MEMBERS, "a designated member"),
    ("a limited partnership", _RULES["limited_partnership_form"], _GENERAL, "a general partner"),
    ("a company", _RULES["company_form"], SENIOR - _MEMBERS - _GENERAL, "a director or equivalent"),
)


def role_note(role: str, organisation: str | None, lines: Sequence[Line]) -> str:
    """Say by which legal form a role is not the one of s.54(6); empty where it fits, or where no form can be
    told.

    The form is read from the name of the organisation, else from the legal names in the text, the commonest
    first.
    """
    form = next((form for form in _FORMS if organisation and form[1].search(organisation)), None)
    if form is None:
        counts = [sum(len(pattern.findall(line.text)) for line in lines) for _, pattern, _, _ in _FORMS]
        form = _FORMS[counts.index(max(counts))] if any(counts) else None
    if form is None:
        return "" if role in SENIOR else "The title is not that of a director or the like."
    if role in form[2]:
        return ""
    return f"This reads as {form[0]}, for which the Act names {form[3]}."
