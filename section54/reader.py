"""Reading one text by a rubric: the rubric with the model that serves it, and what was measured of that
model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from classifier.assess import Assessment, Reading, assess
from classifier.model import Model
from domain.rubric import Rubric, load_rubric
from extraction.statements import chosen_sentences
from extraction.text import Text, loss_in_words
from section54 import settings
from section54.exceptions import InputError


@dataclass(frozen=True, slots=True)
class Reader:
    """A rubric and the model that reads by it."""

    rubric: Rubric
    model: Model

    @classmethod
    def load(cls, name: str | None = None) -> Reader:
        """Load the rubric `name` ("id" or "id/ruleset"; default: that of the settings) and the model that
        serves it.

        A rubric without a model of its own is served by that of the default rubric, which knows most of its
        criteria; areas that it does not know could not be checked. Raises InputError.
        """
        name = settings.rubric(name)
        try:
            rubric = load_rubric(name)
            own = settings.model_folder(rubric.id)
            return cls(rubric, Model.load(own if own.is_dir() else settings.model_folder()))
        except (OSError, ValueError) as error:
            raise InputError(f"rubric {name}: {error}") from error

    def assess(self, reading: Reading) -> Assessment:
        """Return what a text says, by this rubric."""
        return assess(reading, self.model, self.rubric)


def reading_of(text: Text) -> Reading:
    """Return a text as the classifier takes it."""
    return Reading(
        sentences=chosen_sentences(text.sentences),
        pages=len(text.pages),
        pages_read=text.pages_read,
        low_confidence=text.low_confidence,
        language=text.language,
        error=text.error.kind if text.error else None,
        loss=loss_in_words(text.metadata),
        furniture=text.furniture,
    )


def model_metrics(rubric: str = settings.DEFAULT_RUBRIC) -> dict[str, Any]:
    """Return what was measured of the model, for pages and reports; empty when it was never evaluated."""
    path = settings.model_folder(rubric) / "metrics.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
