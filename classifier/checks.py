"""The checks around section 54(6): approval, signature, no steps, period, entities, earlier statements.

The model points to candidate sentences and patterns decide, by the published rules of the Business & Human Rights
Resource Centre (the texts stand in the rubric). Names of people are read to tell a signature from a bare title and
are never given out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifier.periods import FoundPeriod, find_period

# The model may miss a short sentence that plainly says it: it rules out what lies under this, and above, words decide.
PLAUSIBLE = 0.02
FOREWORD = 0.2
YES, NO, NOT_EXPLICIT, COULD_NOT_CHECK = "yes", "no", "not_explicit", "could_not_check"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with what the model says of it, as the checks need it."""

    text: str
    approval: float
    """Calibrated probability of expert_approval."""
    signature: float
    is_approval: bool
    """The model's decision."""
    is_signature: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one check; `rows` are the sentences that it rests on, the most telling first."""

    value: str
    reason: str
    rows: tuple[int, ...] = ()
    detail: str | None = None


# --- Approval -------------------------------------------------------------------------------------------------------

APPROVES = re.compile(
    r"\b(approv(ed|al|es|ing)|adopted|endorsed|ratified|sign(ed)?[- ]off|signed on behalf of the board)\b",
    re.I,
)
THE_STATEMENT = re.compile(
    r"\b(statement|document|report|policy statement|it (was|has been)|which (was|has been))\b", re.I
)
COMMITTEE = re.compile(r"\b(sub-?)?committee\b(?! of (the )?(directors|trustees|management))", re.I)
BODY = re.compile(
    r"\b(?P<board>boards?\b|directors\b|board of \w+|management board|executive board|supervisory board|trustees|"
    r"governing body|governors|board of management|council\b|cabinet\b|court of directors)|"
    r"\b(?P<members>(the|its|all|designated) members|members of (the )?(llp|partnership)|(the|all) partners|partnership board)\b",
    re.I,
)
ONE_PERSON = re.compile(
    r"(approved|adopted|endorsed|ratified|signed[- ]off)( \w+){0,3} by (\w+ ){0,5}?(our |the |its )?(group |interim )?"
    r"(chief \w+ officer|chief executive|ceo|cfo|coo|managing director|(?<!board of )director\b|chair(man|woman|person)?\b|company secretary|president|"
    r"head of|partner\b)",
    re.I,
)
ON_BEHALF = re.compile(r"on behalf of (the )?(\w+ ){0,2}(board|directors|members)", re.I)
LEADERSHIP = re.compile(
    r"(senior|executive|group) (management|leadership) team|executive (team|committee|group)|management team|leadership team",
    re.I,
)
ELSEWHERE = re.compile(
    r"approved (supplier|contractor|vendor|list)|board approved (polic|code)|polic(y|ies) (is|are|was|were|has been) approved",
    re.I,
)
FUTURE_APPROVAL = re.compile(
    r"\bwill be (\w+ )?(approved|signed|submitted)|(annual|each year|every year).{0,20}approv", re.I
)


def check_approved(lines: Sequence[Line]) -> Finding:
    """Say whether the board, or the members, explicitly approved the statement."""
    candidates = [row for row, line in enumerate(lines) if _speaks_of_approval(line)]
    readings = [(row, *_approver(lines, row)) for row in candidates]
    for value in ("board", "members"):
        rows = tuple(row for row, found, _ in readings if found == value)
        if rows:
            return Finding(YES, f"Says that the {value} approved the statement.", rows[:3], value)
    for found, reason in NOT_THE_BOARD.items():
        rows = tuple(row for row, approver, _ in readings if approver == found)
        if rows:
            return Finding(NO, reason, rows[:3], found)
    if readings:
        rows = tuple(row for row, *_ in readings)[:3]
        return Finding(
            NOT_EXPLICIT, "Speaks of approval without saying that the board or the members gave it.", rows
        )
    return Finding(NO, "No passage found that says that the board or the members approved the statement.")


NOT_THE_BOARD = {
    "committee": "Approved by a committee, which does not count as the board.",
    "one person": "Approved by one person, which does not count as the board.",
    "management": "Approved by a management team, not said to be the board.",
}


def _speaks_of_approval(line: Line) -> bool:
    if not APPROVES.search(line.text) or (ELSEWHERE.search(line.text) and not line.is_approval):
        return False
    return line.is_approval or (line.approval >= PLAUSIBLE and bool(THE_STATEMENT.search(line.text)))


def _approver(lines: Sequence[Line], row: int) -> tuple[str | None, str]:
    """Return who approved ("board", "members", a key of NOT_THE_BOARD, or None) and the text that says so."""
    text = lines[row].text
    match = APPROVES.search(text)
    near = text[max(0, match.start() - 160) : match.end() + 160] if match else text
    body = BODY.search(near)
    if COMMITTEE.search(near) and not re.search(r"\bboard\b", COMMITTEE.sub("", near), re.I):
        return "committee", near
    if ONE_PERSON.search(near) and ON_BEHALF.search(near):
        return (
            None,
            near,
        )  # "approved by the legal director on behalf of the board": who approved is left open
    if body:
        return ("members" if body["members"] else "board"), near
    if ONE_PERSON.search(near):
        return "one person", near
    if LEADERSHIP.search(near):
        return "management", near
    return None, near


# --- Signature ------------------------------------------------------------------------------------------------------

# What the role is called in the result, and how it is written; the first that matches wins.
ROLES: Mapping[str, str] = {
    "designated member": r"designated member",
    "general partner": r"general partner",
    "chief executive": r"chief executive( officer)?|\bceo\b|group chief exec",
    "managing director": r"managing director|\bmd\b",
    "managing partner": r"managing partner|senior partner",
    "chief financial officer": r"chief financial officer|\bcfo\b|finance director|director of finance|financial director",
    "chief operating officer": r"chief operating officer|\bcoo\b|operations director|chief operations officer",
    "chair": r"chair(man|woman|person)?\b",
    "company secretary": r"company secretary|general counsel",
    "vice-chancellor or principal": r"vice[- ]chancellor|\bprincipal\b",
    "president": r"(?<!vice )president",
    "trustee": r"trustee",
    "director": r"director\b",
    "partner": r"\bpartner\b",
    "chief officer": r"chief \w+( \w+)? officer|\bc[a-z]o\b",
    "police and crime commissioner": r"(police and crime|police, fire and crime) commissioner|chief constable",
    "vice president": r"vice president|\b[es]?vp\b",
    "owner": r"\b(owner|proprietor|founder)\b",
    "head of a department": r"head of \w+|\bmanager\b|\blead\b",
    "secretary": r"secretary",
    "member": r"\bmember\b",
}
_ROLES = tuple((name, re.compile(pattern, re.I)) for name, pattern in ROLES.items())
# Directors and their equals by law; the others are shown, and the reason says so.
SENIOR = frozenset(ROLES) - {"head of a department", "secretary", "owner", "vice president", "member"}
ROLE = re.compile("|".join(ROLES.values()), re.I)
SIGNING = re.compile(
    r"\b(signed|signature|for and on behalf|on behalf of|signatory|name:|position:|title:|print name|job title)|/s/|_{5,}|docusign",
    re.I,
)
_GIVEN = r"[A-Z][a-zà-öø-ÿ'’\-]+(?:(?<=-)[A-Z][a-z]+)?"
NAME = re.compile(
    rf"\b(?:(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof(?:essor)?|Rt Hon|Cllr)\.?\s+)?(?:{_GIVEN}|[A-Z]\.?)(?:\s+[A-Z]\.?)*\s+(?:(?:de|van|von|der|Mc|Mac|O['’]|al|bin|du|la)\s?)*"
    rf"[A-Z][A-Za-zà-öø-ÿ'’\-]+\b"
)
NAME_IN_CAPITALS = re.compile(r"\b[A-Z][A-Z'’\-]+(?:\s+[A-Z]\.?)*\s+[A-Z][A-Z'’\-]{2,}\b")
NICKNAME = re.compile(r"\s*\([^)]{2,20}\)\s*")  # "Wilhelmina (Billie) Sorrel"
# Sentences are cut after an initial: "Peregrine W." stands on one line and "Quill, Director" on the next.
CUT_NAME = re.compile(r"\b[A-Z][\w'’\-]+ [A-Z]\.?\W*$")
# Words with a capital in a signature block that are no names of people.
NOT_A_NAME = re.compile(
    r"\b(limited|ltd|plc|llp|group|company|board|directors?|modern|slavery|statement|act|section|chief|executive|officer|managing|financial|"
    r"finance|operating|chair\w*|secretary|president|partner|head|human|resources|trafficking|trust|council|university|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|united|kingdom|signed|signature|name|title|"
    r"position|date|page|policy|supply|chains?|holdings?|services?|international|uk|the|our|this|we|on|for|and|of|behalf|director\w*|"
    r"people|operations|legal|general|counsel|vice|senior|designated|member|trustee|principal|commissioner|police|training|risk|due|"
    r"diligence|home|office|street|road|house|london|hr|global|europe\w*|solutions?|management|manager|commercial|compliance|corporate|sustainability|"
    r"ethical|trading|initiative|labour|code|conduct|whistleblowing|approved|approval|by|all|in|it|to|financial|year|version|reviewed|review|next)\b",
    re.I,
)
COMPANY_FOLLOWS = re.compile(
    r"\s*(&|and sons|(\w+ )?(limited|ltd|plc|llp|group (limited|ltd|plc|holdings)|inc|holdings|trust|council|university)\b)",
    re.I,
)
# A signature block ends a statement, or closes a foreword at its start; in the body a role is only a role.
LAST_LINES = 15
BLOCK = 3  # name, title, company and date may each stand on a line


def check_signed(lines: Sequence[Line]) -> Finding:
    """Say whether a name and a title stand as signatory, and in which role; never the name."""
    blocks = [_block(lines, row) for row in range(len(lines)) if _could_sign(lines, row)]
    full = [block for block in blocks if block.role and block.named]
    if full:
        best = max(full, key=lambda block: (block.role in SENIOR, block.strength))
        reason = f"Carries a name and a title ({best.role})."
        return Finding(YES, reason, best.rows, best.role)
    titled = [block for block in blocks if block.role]
    if titled:
        best = max(titled, key=lambda block: block.strength)
        return Finding(
            NOT_EXPLICIT,
            f"Carries a title ({best.role}), and no name was read beside it.",
            best.rows,
            best.role,
        )
    if blocks:
        best = max(blocks, key=lambda block: block.strength)
        return Finding(
            NOT_EXPLICIT, "Carries a signature or a name, and no title was read beside it.", best.rows
        )
    return Finding(NO, "No passage found with the name and title of a signatory.")


@dataclass(frozen=True, slots=True)
class _Block:
    rows: tuple[int, ...]
    role: str | None
    named: bool
    strength: float


def _could_sign(lines: Sequence[Line], row: int) -> bool:
    line = lines[row]
    if line.is_signature:
        return True
    # At the end of a foreword the model must point to it: the body speaks of directors too.
    least = PLAUSIBLE if row >= len(lines) - LAST_LINES else FOREWORD
    short = len(line.text.split()) <= 25  # longer is prose about directors
    if not short or line.signature < least:
        return False
    if SIGNING.search(line.text):
        return True
    # Name and title stand on one line, or the name on the line above its title.
    above = lines[row - 1].text if row and _belongs(lines[row - 1]) else ""
    return role_in(line.text) is not None and (has_name(line.text) or has_name(above))


def _block(lines: Sequence[Line], row: int) -> _Block:
    """Read the lines around a candidate, as far as they are short or called signatures, as one signature block."""
    rows = [row]
    for step in (-1, 1):
        for other in range(row + step, row + step * (BLOCK + 1), step):
            if not 0 <= other < len(lines) or not _belongs(lines[other]):
                break
            rows.append(other)
    texts = {i: lines[i].text for i in sorted(rows)}
    role = next((found for i in [row, *texts] if (found := role_in(texts[i]))), None)
    telling = tuple(i for i in texts if role_in(texts[i]) or has_name(texts[i]) or i == row)
    return _Block(telling[:4], role, _holds_name(list(texts.values())), lines[row].signature)


def _holds_name(texts: Sequence[str]) -> bool:
    cut = (f"{a} {b}" for a, b in pairwise(texts) if CUT_NAME.search(a))
    return any(map(has_name, (*texts, *cut)))


def _belongs(line: Line) -> bool:
    return (
        line.is_signature
        or line.is_approval
        or (len(line.text.split()) <= 8 and not line.text.rstrip().endswith("."))
    )


# --- Does the role fit the legal form? ------------------------------------------------------------------------------

_MEMBERS = frozenset({"designated member", "member", "partner", "managing partner"})
_GENERAL = frozenset({"general partner"})
# A partnership that is none of the above is signed by a partner.
_FORMS: tuple[tuple[str, re.Pattern[str], frozenset[str], str], ...] = (
    ("a limited liability partnership", re.compile(r"\b(LLP|L\.L\.P\.?|[Ll]imited [Ll]iability [Pp]artnership)\b"),
     _MEMBERS, "a designated member"),
    ("a limited partnership", re.compile(r"\b(LP|[Ll]imited [Pp]artnership)\b"), _GENERAL, "a general partner"),
    ("a company", re.compile(r"\b(Limited|LIMITED|Ltd|LTD|PLC|Plc|plc|CIC)\b"),
     SENIOR - _MEMBERS - _GENERAL, "a director or equivalent"),
)  # fmt: skip


def role_note(role: str, organisation: str | None, lines: Sequence[Line]) -> str:
    """Say by which legal form a role is not the one of s.54(6); empty where it fits, or where no form can be told.

    The form is read from the name of the organisation, else from the legal names in the text, the commonest first.
    """
    form = next((form for form in _FORMS if organisation and form[1].search(organisation)), None)
    if form is None:
        counts = [sum(len(_FORMS[k][1].findall(line.text)) for line in lines) for k in range(len(_FORMS))]
        form = _FORMS[counts.index(max(counts))] if any(counts) else None
    if form is None:
        return "" if role in SENIOR else "The title is not that of a director or the like."
    if role in form[2]:
        return ""
    return f"This reads as {form[0]}, for which the Act names {form[3]}."


def role_in(text: str) -> str | None:
    """Return the role that a line names, or None; "Board of Directors" is no role."""
    text = re.sub(
        r"board of (directors|trustees)|(the|our|by the|its) (directors|partners|members)\b|reports? to the \w+( \w+)?",
        " ",
        text,
        flags=re.I,
    )
    return next((name for name, pattern in _ROLES if pattern.search(text)), None)


def has_name(text: str) -> bool:
    """Say whether a line holds what looks like the name of a person."""
    return next(people_in(text), None) is not None


def people_in(text: str) -> Iterator[re.Match[str]]:
    """Yield matches of what looks like the name of a person, at its place in the line."""
    # A title before a name would join it ("Director Ann Lee"): roles are taken out first, at their length.
    text = NICKNAME.sub(lambda name: " " * len(name[0]), text)
    text = ROLE.sub(lambda role: ";".ljust(len(role[0])), text)
    for pattern in (NAME, NAME_IN_CAPITALS):
        yield from filter(_is_person, pattern.finditer(text))


def _is_person(match: re.Match[str]) -> bool:
    return not NOT_A_NAME.search(match[0]) and not COMPANY_FOLLOWS.match(match.string, match.end())


# --- No steps, entities, earlier statements -------------------------------------------------------------------------

NO_STEPS = re.compile(
    r"\b(has|have|had|did|were|was|is|are)(n['’]t| not) (yet |currently )?(take|taken|taking|undertake|undertaken|carried out|implemented) (any |no )?(such |specific |formal |further )?(steps?|measures|actions?)\b|"
    r"\b(took|taken|takes|taking|undertaken) no (such |specific |formal |particular )?(steps|measures|action)\b|"
    r"\bno (such |specific )?steps (have|has|were|had) (yet )?(been )?taken\b",
    re.I,
)
# "where suppliers have not taken steps, we ..." speaks of others; "no further steps" follows steps.
NOT_OURS = re.compile(
    r"\b(suppliers?|contractors?|they|where|if|should|who|which) (\w+ ){0,3}(has|have|had|did)(n['’]t| not)|further steps",
    re.I,
)


def check_no_steps(lines: Sequence[Line]) -> Finding:
    """Say whether the statement says that no steps were taken (s.54(4)(b)): lawful, and reported neutrally."""
    rows = tuple(
        i for i, line in enumerate(lines) if NO_STEPS.search(line.text) and not NOT_OURS.search(line.text)
    )
    if rows:
        return Finding(YES, "Says that no steps were taken, which section 54(4)(b) allows.", rows[:3])
    return Finding(NO, "No passage says that no steps were taken.")


COVERS = re.compile(
    r"\b(statement|report)\b.{0,80}\b(covers?|applies|applicable|relates|made by|on behalf of|behalf|includes?|in respect of|published by|issued by|is given by|sets (out|down)|outlines|describes|approved by the directors of)\b|\bstatement\b.{0,40}\b(made|given|published|issued|prepared)\b.{0,120}\bby\b|on behalf of (itself|its|the following|all)",
    re.I,
)
LEGAL_NAME = re.compile(
    r"\b[A-Z][\w&'’\-.]*\s+([A-Z][\w&'’\-.]*\s+|\([A-Z][\w. ]{1,20}\)\s+){0,5}(Limited|Ltd|LTD|LIMITED|PLC|plc|Plc|LLP|Llp|Inc|GmbH|CIC)\b"
)
# "Harrow & Finch Limited (“the Company”) is committed to ...", near the opening.
DEFINED = re.compile(r"\(\W*(the|together|collectively|hereafter|hereinafter|we|us|our)\b[^)]{0,60}\)", re.I)
OPENING = 15
# A trading name: "This statement is made by Harrowfinch in accordance with ...".
MADE_BY = re.compile(
    r"\bstatement\b.{0,40}\b(made|given|published|issued|prepared)\b.{0,60}?\bby (?!The\b|Our\b|This\b|Section\b)[A-Z]\w+"
)
GENERAL_GROUP = re.compile(
    r"\b(its|our|their|all|and) (\w+ ){0,3}(subsidiar(y|ies)|group companies|affiliates|associated companies)|\bgroup of companies|members of the group|the following (companies|entities|organisations)|\b(the )?group\b",
    re.I,
)


def check_entities(lines: Sequence[Line]) -> Finding:
    """Say whether the organisations that the statement covers are named, or covered in general terms only."""
    about = [i for i, line in enumerate(lines) if COVERS.search(line.text)]
    named = [i for i in about if LEGAL_NAME.search(lines[i].text)]
    listed = [
        j for i in about for j in range(i + 1, min(len(lines), i + 4)) if LEGAL_NAME.search(lines[j].text)
    ]
    named += [
        i
        for i, line in enumerate(lines[:OPENING])
        if LEGAL_NAME.search(line.text) and DEFINED.search(line.text)
    ]
    if named or listed:
        return Finding(YES, "Names the organisation or organisations that it covers.", (*named, *listed)[:3])
    general = [i for i in about if GENERAL_GROUP.search(lines[i].text)]
    if general:
        return Finding(
            NOT_EXPLICIT,
            "Covers a group in general terms; the organisations are not named.",
            tuple(general)[:3],
        )
    traded = tuple(i for i in about if MADE_BY.search(lines[i].text))
    if traded:
        return Finding(NOT_EXPLICIT, "Names who made it, without a legal form.", traded[:3])
    return Finding(NO, "No passage found that names the organisations covered.")


EARLIER = re.compile(
    r"(previous|earlier|prior|past|last year['’]?s|historic\w*|archived?) (?!in (this|the|our)\b)(\w+ ){0,4}(statements?|(slavery|trafficking|transparency|s54) reports?)\b|(statements?|reports?) (for|from|of) (previous|earlier|prior|past) years?|"
    r"since our (last|previous|first) (\w+ ){0,3}statement|our (second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) (\w+ ){0,4}statement|statement archive",
    re.I,
)


def check_earlier_statements(lines: Sequence[Line]) -> Finding:
    """Say whether the statement points to those of earlier years."""
    rows = tuple(i for i, line in enumerate(lines) if EARLIER.search(line.text))
    if rows:
        return Finding(YES, "Points to an earlier statement.", rows[:3])
    return Finding(NO, "No passage found that points to earlier statements.")


# Two-letter codes of the languages that statements were met in; others are given by their code.
LANGUAGES = {"cy": "Welsh", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian", "nl": "Dutch"}


def check_language(language: str | None) -> Finding:
    """Say whether the statement is in English, which guidance asks for; `language` is what extraction found."""
    if language is None:
        return Finding(COULD_NOT_CHECK, "The text is too short to tell its language.")
    if language == "en":
        return Finding(YES, "The text is in English.", detail="English")
    name = LANGUAGES.get(language, language)
    return Finding(NO, f"The text is in {name}; guidance asks for English, and others besides.", detail=name)


CHECKS: Mapping[str, Callable[[Sequence[Line]], Finding]] = {
    "approved": check_approved,
    "signed": check_signed,
    "no_steps": check_no_steps,
    "entities_covered": check_entities,
    "earlier_statements": check_earlier_statements,
}
"""By the ids that rubrics use; `language` stands beside them, since it is no matter of sentences."""


def check_period(lines: Sequence[Line]) -> FoundPeriod | None:
    """Return the financial year that the statement covers, or None."""
    return find_period([line.text for line in lines])
