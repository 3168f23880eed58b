"""What a check is given and what it gives: lines of a document, and a finding."""

from __future__ import annotations

from dataclasses import dataclass

YES, NO, NOT_EXPLICIT, COULD_NOT_CHECK = "yes", "no", "not_explicit", "could_not_check"
# The model may miss a short sentence that plainly says it. Under this it rules a sentence out; above, words
# decide.
PLAUSIBLE = 0.02


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
