"""What a document is: a modern slavery statement, or something that only talks of one. No model, standard library only.

The signs below were chosen by hand and their weights set by reading the few real counter-examples at hand (policies,
notes, annual reports, accounts, and Australian and Canadian statements): too few to train on. A weight is in log-odds:
1 makes a statement about three times as likely. Figures stand in models/uk_msa_s54/metrics.json under `kind`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("statement", "policy", "other_regime", "news", "annual_report", "stub", "other")

# A stub says that there is a statement and links to it. The shortest real statements (no steps taken) have about 60.
STUB_WORDS = 120
# The longest of 158 UK statements has 11,626 words (domain notes); a report that holds one is longer still.
REPORT_WORDS = 12_000
# Mentions per 100 words: 158 UK statements lie above 0.4, annual reports with a slavery page under 0.1.
DENSE, SPARSE = 0.4, 0.15

SLAVERY = re.compile(
    r"modern slavery|slavery|human[- ]trafficking|forced (and |or )?(compulsory |child )?labour|servitude"
)
UK_ACT = re.compile(
    r"modern slavery act,? ?\(?2015|modern slavery act\b(?!,? ?\(?2018|[^.]{0,20}\((cth|nsw))|\buk modern slavery|msa 2015"
)
# Signs of an Australian company; they tell only where they outnumber those of the United Kingdom.
AUSTRALIAN = re.compile(r"\babn\b|\bacn\b|\bpty\b|\baustralian? ")
BRITISH = re.compile(r"\buk\b|united kingdom|england|scotland|\bwales\b|british|\bact,? ?\(?2015")
ACT_OF_2015 = re.compile(r"modern slavery act,? ?\(?2015|\buk modern slavery act")
SECTION_54 = re.compile(r"\b(section|sec\.?|s\.?) ?54\b|part 6 of the modern slavery")
OTHER_REGIME = re.compile(
    r"modern slavery act,? ?\(?2018|modern slavery act[^.]{0,20}\((cth|nsw)|fighting against forced labour|supply chains act|"
    r"\bbill s-211|reporting entit(y|ies)|mandatory (reporting )?criteri|australian border force|norwegian transparency act|"
    r"lieferkettensorgfalt|california transparency"
)
STATEMENT_TITLE = re.compile(
    r"(slavery|trafficking|s(ection|\.)? ?54).{0,60}statement|statement.{0,40}(slavery|trafficking)|transparency statement"
)
POLICY_TITLE = re.compile(r"(slavery|trafficking).{0,40}polic(y|ies)|policy statement")
MAKES_STATEMENT = re.compile(
    r"this (\w+ ){0,4}statement (is|has been|was|sets out|covers|constitutes|describes|relates|applies|made|explains|outlines)"
    r"|(our|constitutes|following is the|makes this|publish(es|ing)? this) (\w+ ){0,5}statement|statement (is )?(made|published) (pursuant|under|in accordance|in compliance)"
)
PERIOD = re.compile(
    r"financial year|year (ended|ending|end)|reporting period|fy ?\d\d|20\d\d ?[/–-] ?(20)?\d\d|during 20\d\d"
)
SIGN_OFF = re.compile(
    r"approved by|signed (by|on behalf|for)|for and on behalf of|\bsigned\b|managing director|chief executive|board of directors"
)
STEPS = re.compile(
    r"supply chains?|due diligence|our suppliers|whistle-?blow|steps (we have |it has |that have been )?take|taken steps"
)
THIS_POLICY = re.compile(
    r"\b(this|the) policy\b|policy (owner|review date|applies to)|breach of this|you must|employees must|must not"
)
THIS_STATEMENT = re.compile(r"\bthis (\w+ ){0,4}statement\b")
NEWS = re.compile(
    r"\b(said|told|according to|spokes(man|woman|person)|published on|read more|share this (article|story)|minutes? read|posted (on|by)|news)\b"
)
REPORT = re.compile(
    r"annual report|consolidated (financial )?statements?|balance sheet|independent auditor|directors['’] report|profit and loss|"
    r"notes to the (financial )?(statements|accounts)|cash flow"
)
POINTER = re.compile(
    r"\b(download|view|pdf)\b|click here|\bread (our|the)\b|available (here|at|on)|can be found|see our|full statement"
)


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


def kind_of(sentences: Iterable[str], title: str | None = None) -> tuple[str, float]:
    """Return the kind of a document and the probability that it is a statement, from its sentences in order."""
    kind, probability, _ = judge_text("\n".join(sentences), title)
    return kind, probability


def _signs(text: str, title: str) -> _Signs:
    words = len(text.split())
    mentions = len(SLAVERY.findall(text))
    return _Signs(
        words=words,
        mentions=mentions,
        per_hundred=100 * mentions / max(1, words),
        opening=f"{title}\n{text[:600]}",  # a title page and the first sentence
        policy=len(THIS_POLICY.findall(text)),
        statement=len(THIS_STATEMENT.findall(text)),
        report=len(REPORT.findall(text)),
        news=len(NEWS.findall(text)),
    )


def _without_slavery(signs: _Signs) -> tuple[str, float, str]:
    if signs.report >= 3:
        return "annual_report", 0.01, "Reads like an annual report or accounts and does not speak of slavery."
    return "other", 0.01, "Does not speak of slavery or human trafficking."


def _score(text: str, signs: _Signs) -> tuple[float, list[str]]:
    """Add up the signs for a statement under section 54; the reasons are the signs that were found."""
    weighed = [
        (1.5, bool(STATEMENT_TITLE.search(signs.opening)), "its opening calls it a statement on slavery"),
        (1.5, bool(UK_ACT.search(text)), "cites the Modern Slavery Act"),
        (1.0, bool(SECTION_54.search(text)), "cites section 54"),
        (1.0, bool(MAKES_STATEMENT.search(text)), "says that it is a statement"),
        (0.7, bool(PERIOD.search(text)), "names a financial year"),
        (0.7, bool(SIGN_OFF.search(text)), "speaks of approval or signature"),
        (0.7, len(STEPS.findall(text)) >= 3, "speaks of supply chains and steps taken"),
        (1.0, signs.per_hundred >= DENSE, "is about slavery throughout"),
        (-1.0, not (UK_ACT.search(text) or SECTION_54.search(text)), "cites no Act"),
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
    if ACT_OF_2015.search(text) or SECTION_54.search(text):
        return False
    australian = len(AUSTRALIAN.findall(text)) > len(BRITISH.findall(text))
    return australian or bool(OTHER_REGIME.search(text))


def _kind(text: str, signs: _Signs, probability: float, reasons: list[str]) -> tuple[str, str]:
    because = _sentence(reasons)
    if _only_other_regime(text):
        return "other_regime", because
    if (
        signs.words < STUB_WORDS
        and POINTER.search(text)
        and not STEPS.search(text.replace("supply chain", ""))
    ):
        return "stub", "Very short, and points to a document elsewhere."
    if (signs.words > REPORT_WORDS or signs.report >= 5) and signs.per_hundred < SPARSE:
        return "annual_report", because
    if signs.policy > 2 * signs.statement + 3 and not UK_ACT.search(text):
        return "policy", because
    if probability >= 0.5:
        return "statement", because
    if signs.policy > signs.statement or POLICY_TITLE.search(signs.opening):
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
