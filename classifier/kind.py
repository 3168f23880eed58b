"""What a document is: a modern slavery statement, or something that only talks of one. No model, standard library only.

The signs below were chosen by hand and their weights set by reading the few real counter-examples at hand (policies,
notes, annual reports, accounts, and Australian and Canadian statements): too few to train on. A weight is in log-odds:
1 makes a statement about three times as likely. Figures stand in models/uk_msa_s54/metrics.json under `kind`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from domain.rulebook import SHARED, load_rules

KINDS = ("statement", "policy", "other_regime", "news", "annual_report", "stub", "other")

# A stub says that there is a statement and links to it. The shortest real statements (no steps taken) have about 60.
STUB_WORDS = 120
# The longest of 158 UK statements has 11,626 words (domain notes); a report that holds one is longer still.
REPORT_WORDS = 12_000
# Mentions per 100 words: 158 UK statements lie above 0.4, annual reports with a slavery page under 0.1.
DENSE, SPARSE = 0.4, 0.15

_RULES = load_rules(Path(__file__).parent / "rules" / "kind.yaml", SHARED)


@dataclass(frozen=True, slots=True)
class _Signs:
    words: int
    mentions: int
    per_hundred: float
    opening: str
    policy: int
    statement: int
    report: int
    news: int


def judge_text(text: str, title: str | None = None) -> tuple[str, float, str]:
    """Say what a text is: its kind (one of KINDS), the probability that it is a s.54 statement, and why.

    Quick (under 2 ms for a usual statement) and without the model, so that a crawler can ask it of every page.
    """
    # Extraction leaves line ends and double spaces inside phrases; lower case is searched twice as fast as "either".
    text = " ".join(text.lower().split())
    signs = _signs(text, (title or "").lower())
    if signs.mentions == 0:
        return _without_slavery(signs)
    score, reasons = _score(text, signs)
    probability = 1 / (1 + math.exp(-score))
    kind, because = _kind(text, signs, probability, reasons)
    if kind != "statement":
        probability = min(
            probability, 0.5
        )  # another kind was found likelier: never call that more likely than not
    return kind, round(probability, 4), because


def _signs(text: str, title: str) -> _Signs:
    words = len(text.split())
    mentions = len(_RULES["slavery"].findall(text))
    return _Signs(
        words=words,
        mentions=mentions,
        per_hundred=100 * mentions / max(1, words),
        opening=f"{title}\n{text[:600]}",  # a title page and the first sentence
        policy=len(_RULES["this_policy"].findall(text)),
        statement=len(_RULES["this_statement"].findall(text)),
        report=len(_RULES["annual_report"].findall(text)),
        news=len(_RULES["news"].findall(text)),
    )


def _without_slavery(signs: _Signs) -> tuple[str, float, str]:
    if signs.report >= 3:
        return "annual_report", 0.01, "Reads like an annual report or accounts and does not speak of slavery."
    return "other", 0.01, "Does not speak of slavery or human trafficking."


def _score(text: str, signs: _Signs) -> tuple[float, list[str]]:
    """Add up the signs for a statement under section 54; the reasons are the signs that were found."""
    weighed = [
        (
            1.5,
            bool(_RULES["statement_title"].search(signs.opening)),
            "its opening calls it a statement on slavery",
        ),
        (1.5, bool(_RULES["modern_slavery_act"].search(text)), "cites the Modern Slavery Act"),
        (1.0, bool(_RULES["section_54"].search(text)), "cites section 54"),
        (1.0, bool(_RULES["makes_statement"].search(text)), "says that it is a statement"),
        (0.7, bool(_RULES["financial_year"].search(text)), "names a financial year"),
        (0.7, bool(_RULES["sign_off"].search(text)), "speaks of approval or signature"),
        (0.7, len(_RULES["steps"].findall(text)) >= 3, "speaks of supply chains and steps taken"),
        (1.0, signs.per_hundred >= DENSE, "is about slavery throughout"),
        (
            -1.0,
            not (_RULES["modern_slavery_act"].search(text) or _RULES["section_54"].search(text)),
            "cites no Act",
        ),
        (-2.0, signs.per_hundred < SPARSE, "hardly speaks of slavery"),
        (-1.0, signs.policy > 2 * signs.statement + 3, "speaks of itself as a policy"),
        (-3.0, _only_other_regime(text), "is made under another country's law"),
        (-1.5, signs.words < STUB_WORDS, "is very short"),
        (-1.5, signs.words > REPORT_WORDS, "is longer than any statement"),
        (-1.0, signs.report >= 5, "reads like an annual report"),
        (-1.5, signs.news >= 4 and signs.statement == 0, "reads like news"),
    ]
    found = [(weight, reason) for weight, present, reason in weighed if present]
    # -3.1: a text titled as a slavery statement and dense with it needs one more sign, since some cite no Act.
    return -3.1 + sum(weight for weight, _ in found), [
        reason for _, reason in sorted(found, key=lambda f: -abs(f[0]))
    ]


def _only_other_regime(text: str) -> bool:
    if _RULES["act_of_2015"].search(text) or _RULES["section_54"].search(text):
        return False
    australian = len(_RULES["australian"].findall(text)) > len(_RULES["british"].findall(text))
    return australian or bool(_RULES["other_regime"].search(text))


def _kind(text: str, signs: _Signs, probability: float, reasons: list[str]) -> tuple[str, str]:
    because = _sentence(reasons)
    if _only_other_regime(text):
        return "other_regime", because
    if (
        signs.words < STUB_WORDS
        and _RULES["points_elsewhere"].search(text)
        and not _RULES["steps"].search(text.replace("supply chain", ""))
    ):
        return "stub", "Very short, and points to a document elsewhere."
    if (signs.words > REPORT_WORDS or signs.report >= 5) and signs.per_hundred < SPARSE:
        return "annual_report", because
    if signs.policy > 2 * signs.statement + 3 and not _RULES["modern_slavery_act"].search(text):
        return "policy", because
    if probability >= 0.5:
        return "statement", because
    if signs.policy > signs.statement or _RULES["policy_title"].search(signs.opening):
        return "policy", because
    if signs.news >= 3 and signs.statement == 0:
        return "news", because
    if signs.words < STUB_WORDS:
        return "stub", because
    return "other", because


def _sentence(reasons: list[str]) -> str:
    if not reasons:
        return "Mentions slavery, and nothing says that it is a statement."
    text = "; ".join(reasons[:4])
    return text[0].upper() + text[1:] + "."
