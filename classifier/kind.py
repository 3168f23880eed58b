"""What a document is: a modern slavery statement, or something that only talks of one.

No model, standard library only.

The signs below were chosen by hand and their weights set by reading the few real counter-examples at hand
(policies, notes, annual reports, accounts, and Australian and Canadian statements): too few to train on. A
weight is in log-odds: 1 makes a statement about three times as likely. Figures stand in
models/uk_msa_s54/metrics.json under `kind`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from domain.rulebook import SHARED, load_rules

KINDS = ("statement", "policy", "other_regime", "news", "annual_report", "stub", "other")

# A stub says that there is a statement and points to it. The shortest real statements (no steps taken) have
# about 60.
STUB_WORDS = 120
# The longest of 158 UK statements has 11,626 words (domain notes); a report that holds one is longer still.
REPORT_WORDS = 12_000
# Mentions per 100 words: 158 UK statements lie above 0.4, annual reports with a slavery page under 0.1.
DENSE, SPARSE = 0.4, 0.15

_RULES = load_rules(Path(__file__).parent / "rules" / "kind.yaml", SHARED)


# What only talks of statements: the rule, what is said of the text, and how many different signs it takes.
# Among 320 UK statements none has as many; two signs are enough in a text that has little else (see CROWDED).
_ABOUT_STATEMENTS = (
    ("template", "is a template that nobody has filled in", 3),
    ("job_advert", "reads like a job advert", 3),
    ("letter", "reads like a letter", 2),
    ("how_to", "tells others how to write a statement", 4),
    ("contract", "reads like a contract", 4),
    ("partnership_report", "reports on the work of agencies", 3),
    ("consultation_reply", "answers a consultation", 2),
)
# Signs for each hundred words; the most in a statement is 0.3 with two signs.
CROWDED = 0.8
# What a text is shows at its start; a longer search would double the time.
TELLING_LENGTH = 5_000
# The heading, with what a site prints above it.
HEADING_LENGTH = 250
# That a text is headed as a statement and cites no Act: likelier than not, and for a person to look at.
HEADED = 0.55


@dataclass(frozen=True, slots=True)
class _Signs:
    text: str
    words: int
    mentions: int
    per_hundred: float
    opening: str
    policy: int
    statement: int
    report: int
    news: int
    cites_act: bool
    only_other_regime: bool
    other: str
    """What the text is instead, where it only talks of statements; else empty."""


def judge_text(text: str, title: str | None = None) -> tuple[str, float, str]:
    """Say what a text is: its kind (one of KINDS), the probability that it is a s.54 statement, and why.

    Quick (under 3 ms for a usual statement) and without the model, so that a crawler can ask it of every
    page.
    """
    # Extraction leaves line ends and double spaces inside phrases; lower case is searched twice as fast as
    # "either".
    text = " ".join(text.lower().split())
    signs = _signs(text, (title or "").lower())
    if signs.mentions == 0:
        return _without_slavery(signs)
    score, reasons = _score(signs)
    probability = 1 / (1 + math.exp(-score))
    kind, because = _kind(signs, probability, reasons)
    if kind != "statement":
        # Another kind was found likelier: never call that more likely than not.
        probability = min(probability, 0.5)
    elif probability < 0.5:
        probability = HEADED
    return kind, round(probability, 4), because


def _signs(text: str, title: str) -> _Signs:
    words = len(text.split())
    mentions = len(_RULES["slavery"].findall(text))
    opening = f"{title}\n{text[:600]}"  # a title page and the first sentence
    return _Signs(
        text=text,
        words=words,
        mentions=mentions,
        per_hundred=100 * mentions / max(1, words),
        opening=opening,
        policy=len(_RULES["this_policy"].findall(text)),
        statement=len(_RULES["this_statement"].findall(text)),
        report=len(_RULES["annual_report"].findall(text)),
        news=len(_RULES["news"].findall(text)),
        cites_act=_says(text, "modern_slavery_act") or _says(text, "section_54"),
        only_other_regime=_only_other_regime(text),
        other=_what_else(text[:TELLING_LENGTH], opening),
    )


def _says(text: str, rule: str) -> bool:
    return _RULES[rule].search(text) is not None


def _what_else(text: str, opening: str) -> str:
    """Say what a text is that only talks of statements; empty where it may be one."""
    for rule, what, least in _ABOUT_STATEMENTS:
        found = [match[0] for match in _RULES[rule].finditer(text)]
        different = len(set(found))
        if different >= least or (different >= 2 and 100 * len(found) / len(text.split()) >= CROWDED):
            return what
    # A strategy may hold a statement, and then says so.
    if _says(opening, "strategy_title") and not _says(text, "makes_statement"):
        return "is a strategy, a plan or a guide"
    return ""


def _without_slavery(signs: _Signs) -> tuple[str, float, str]:
    if signs.report >= 3:
        return "annual_report", 0.01, "Reads like an annual report or accounts and does not speak of slavery."
    return "other", 0.01, "Does not speak of slavery or human trafficking."


def _score(signs: _Signs) -> tuple[float, list[str]]:
    """Add up the signs for a statement under section 54; the reasons are the signs that were found."""
    text = signs.text
    weighed = [
        (1.5, _says(signs.opening, "statement_title"), "its opening calls it a statement on slavery"),
        (1.5, _says(text, "modern_slavery_act"), "cites the Modern Slavery Act"),
        (1.0, _says(text, "section_54"), "cites section 54"),
        (1.0, _says(text, "makes_statement"), "says that it is a statement"),
        (0.7, _says(text, "financial_year"), "names a financial year"),
        (0.7, _says(text, "sign_off"), "speaks of approval or signature"),
        (0.7, len(_RULES["steps"].findall(text)) >= 3, "speaks of supply chains and steps taken"),
        (1.0, signs.per_hundred >= DENSE, "is about slavery throughout"),
        (-1.0, not signs.cites_act, "cites no Act"),
        (-2.0, signs.per_hundred < SPARSE, "hardly speaks of slavery"),
        (-1.0, _is_mostly_policy(signs), "speaks of itself as a policy"),
        (-3.0, signs.only_other_regime, "is made under another country's law"),
        # More than all signs for a statement weigh together: a template or an advert may have each of them.
        (-6.0, bool(signs.other), signs.other),
        (-1.5, signs.words < STUB_WORDS, "is very short"),
        (-1.5, signs.words > REPORT_WORDS, "is longer than any statement"),
        (-1.0, signs.report >= 5, "reads like an annual report"),
        (-1.5, signs.news >= 4 and signs.statement == 0, "reads like news"),
    ]
    found = [(weight, reason) for weight, present, reason in weighed if present]
    # -3.1: a text titled as a slavery statement and dense with it needs one more sign, since some cite no
    # Act.
    score = -3.1 + sum(weight for weight, _ in found)
    return score, [reason for _, reason in sorted(found, key=lambda item: -abs(item[0]))]


def _is_mostly_policy(signs: _Signs) -> bool:
    return signs.policy > 2 * signs.statement + 3


def _only_other_regime(text: str) -> bool:
    if _says(text, "act_of_2015") or _says(text, "section_54"):
        return False
    australian = len(_RULES["australian"].findall(text)) > len(_RULES["british"].findall(text))
    return australian or _says(text, "other_regime")


def _kind(signs: _Signs, probability: float, reasons: list[str]) -> tuple[str, str]:
    because = _sentence(reasons)
    if signs.only_other_regime:
        return "other_regime", because
    if signs.other:
        return "other", because
    if _only_points(signs):
        return "stub", "Points to a statement elsewhere, and is none itself."
    if (signs.words > REPORT_WORDS or signs.report >= 5) and signs.per_hundred < SPARSE:
        return "annual_report", because
    if _is_mostly_policy(signs) and not _says(signs.text, "modern_slavery_act"):
        return "policy", because
    if probability >= 0.5:
        return "statement", because
    if _is_headed_as_statement(signs):
        return "statement", HEADED_REASON
    if signs.policy > signs.statement or _says(signs.opening, "policy_title"):
        return "policy", because
    if signs.news >= 3 and signs.statement == 0:
        return "news", because
    return "other", because


HEADED_REASON = (
    "Headed as a modern slavery statement, but names too little of what makes one: a person should look."
)


def _only_points(signs: _Signs) -> bool:
    """Say whether a text only points to a statement elsewhere: a link is seen, and nothing that a statement
    says of itself.
    """
    if signs.statement or not _says(signs.text, "points_to_statement"):
        return False
    steps = len(_RULES["steps"].findall(signs.text))
    return steps < 3 if signs.words < STUB_WORDS else not _says(signs.text, "sign_off") and steps < 8


def _is_headed_as_statement(signs: _Signs) -> bool:
    """Say whether a text is headed as a statement and goes on about slavery, though it cites no Act or is
    short.
    """
    headed = _says(signs.opening[:HEADING_LENGTH], "statement_title")
    return headed and signs.per_hundred >= DENSE and _says(signs.text, "steps") and signs.news < 4


def _sentence(reasons: list[str]) -> str:
    if not reasons:
        return "Mentions slavery, and nothing says that it is a statement."
    text = "; ".join(reasons[:4])
    return text[0].upper() + text[1:] + "."
