"""Sentences to coverage: what a statement says on the six areas and on the checks around section 54(6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class ReadSentence(Protocol):
    """What assess() needs of a sentence; extraction.sentences.Sentence fits."""

    @property
    def position(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def page(self) -> int: ...
    @property
    def heading(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def confidence(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One document as read, without what the classifier has no use for."""

    sentences: Sequence[ReadSentence]
    pages: int
    pages_read: Sequence[int]
    low_confidence: bool
    """OCR too poor for 'no passage found'."""
    language: str | None
    error: str | None
    """An extraction error kind, or None."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence that a finding rests on."""

    position: int
    """Of the sentence in the document."""
    probability: float
    """Calibrated; the highest of `criteria`."""
    criteria: tuple[str, ...]
    status: str
    """done, planned or denied."""
    specific: bool
    """Holds numbers, names, places, dates or frequencies."""
    because: tuple[str, ...] = ()
    """The words and features that carried the decision, strongest first."""


@dataclass(frozen=True, slots=True)
class AreaResult:
    """What the statement says on one area of s.54(5)."""

    area: str
    level: str
    """none, mentioned, described, substantive, unsure or could_not_check."""
    probability: float
    """That the area is covered at all (highest calibrated probability among its sentences)."""
    reason: str
    """One plain sentence: why this level."""
    evidence: tuple[Evidence, ...]
    """In document order."""


@dataclass(frozen=True, slots=True)
class Check:
    """approved, signed, no_steps and the like: s.54(6) and around it."""

    check: str
    value: str
    """yes, no, not_explicit or could_not_check."""
    reason: str
    evidence: tuple[Evidence, ...]
    detail: str | None = None
    """A role ("director", "designated member") for signed, the body ("board") for approved; never a name."""


@dataclass(frozen=True, slots=True)
class Period:
    """The financial year that the statement says it covers."""

    start: date | None
    end: date | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One document read against one rubric by one model."""

    rubric: str
    ruleset: str
    model: str
    """Name and version of the model, as in models/<rubric>/metrics.json."""
    kind: str
    """statement, policy, other_regime, news, annual_report, stub, other, or unreadable."""
    statement_probability: float
    areas: tuple[AreaResult, ...]
    """All six, in the order of the Act."""
    checks: tuple[Check, ...]
    """approved, signed, no_steps, in this order, then others that the rubric names."""
    period: Period
    covered: int
    """Areas described or substantive."""
    of: int
    """Areas that could be told: six less unsure and could_not_check."""
    warnings: tuple[str, ...]
