"""Sentences to coverage: what a statement says on the six areas and on the checks around section 54(6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.checks import CHECKS, LANGUAGES, check_language, check_period, names_the_owner
from classifier.findings import COULD_NOT_CHECK, NO, NOT_EXPLICIT, YES, Line
from classifier.kind import HEADED_REASON, judge_text
from classifier.model import Model, Predictions
from classifier.passages import details_in, is_about, is_furniture
from classifier.periods import find_period
from classifier.public_bodies import approval_of_public_body, public_body
from classifier.signature import role_note
from classifier.status import DENIED, DONE, PLANNED, is_item, status_of
from domain.organisations import names_organisation
from domain.rubric import Area, LevelRules, Rubric
from domain.rulebook import SHARED, load_rules

# Under this mean confidence (0 to 100) of its OCR a sentence is too garbled to say that it shows nothing.
LOWEST_CONFIDENCE = 60.0
# The share of garbled sentences from which "no passage found" is not said of the document.
GARBLED_SHARE = 0.1


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
    loss: str = ""
    """A sentence on the pages that could not be read; empty where none was lost. Pages left out on purpose do
    not count."""
    furniture: Sequence[str] = ()
    """Running heads and feet, or the footer of the page: read for the period and the company, never
    quoted."""
    organisation: str | None = None
    """Under which name the document was looked for; None where that is not known or it belongs to several."""


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
    """That the area is covered at all: that at least one of its sentences is about it."""
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


def assess(reading: Reading, model: Model, rubric: Rubric) -> Assessment:
    """Read one document against a rubric.

    A warning says when the text never names the organisation. Nothing is raised for a bad document: what
    can't be told is `could_not_check`, with the reason in each result.
    """
    sentences = tuple(reading.sentences)
    predictions = model.predict([s.text for s in sentences], ["document"] * len(sentences))
    kind, probability, why = _kind(reading, sentences)
    limit = _limit(reading, sentences, kind)
    document = _Document(sentences, predictions, model.criteria, limit, list(_telling_rows(sentences)))
    areas = tuple(_assess_area(area, rubric.levels, document) for area in rubric.areas)
    period, assumed = _period(document, reading)
    told = [area for area in areas if area.level not in ("unsure", "could_not_check")]
    return Assessment(
        rubric=rubric.id,
        ruleset=rubric.ruleset,
        model=model.name,
        kind=kind,
        statement_probability=probability,
        areas=areas,
        checks=tuple(_check(rule.id, document, reading, rubric) for rule in rubric.checks),
        period=period,
        covered=sum(area.level in ("described", "substantive") for area in told),
        of=len(told),
        warnings=tuple(_warnings(rubric, reading, document, (kind, why), assumed)),
    )


@dataclass(frozen=True, slots=True)
class _Limit:
    """Why something can't be told; `all` when not even what was found may be trusted."""

    reason: str
    all: bool


@dataclass(frozen=True, slots=True)
class _Document:
    sentences: tuple[ReadSentence, ...]
    predictions: Predictions
    criteria: tuple[str, ...]
    """The columns of the predictions."""
    limit: _Limit | None
    telling: list[int]
    """Rows that may be evidence."""

    def columns(self, criteria: Sequence[str]) -> list[int]:
        """Return where criteria stand in the predictions; those that the model does not know are left out."""
        return [self.criteria.index(name) for name in criteria if name in self.criteria]

    @property
    def lines(self) -> tuple[Line, ...]:
        approval, signature = self.columns(("expert_approval", "expert_signature"))
        said, decided = self.predictions.probabilities, self.predictions.decisions
        return tuple(
            Line(
                sentence.text,
                float(said[row, approval]),
                float(said[row, signature]),
                bool(decided[row, approval]),
                bool(decided[row, signature]),
            )
            for row, sentence in enumerate(self.sentences)
        )

    def introduction(self, row: int) -> str:
        """Return the sentence that opens the list of which this row is an item ("We will:"), or nothing."""
        above = row
        while above and self._is_item(above):
            above -= 1
        text = self.sentences[above].text
        return text if above != row and text.rstrip().endswith(":") else ""

    def _is_item(self, row: int) -> bool:
        """Say whether a row is an item of a list, by its mark or, where a PDF has lost it, by what it
        follows.
        """
        if self.sentences[row].kind == "list_item":
            return True
        above = self.sentences[row - 1]
        if above.heading != self.sentences[row].heading or not is_item(self.sentences[row].text):
            return False
        return above.text.rstrip().endswith((":", ";", "; and")) or is_item(above.text)

    def paragraph(self, row: int) -> str:
        """Return the sentences around a row, two before and one after, that stand under the same heading."""
        heading = self.sentences[row].heading
        near = [*self.sentences[max(0, row - 2) : row], *self.sentences[row + 1 : row + 2]]
        return " ".join(one.text for one in near if one.heading == heading and one.kind != "heading")

    def is_about(self, area: str, row: int) -> bool:
        """Say whether a row has the subject that evidence for an area must have."""
        sentence = self.sentences[row]
        return is_about(area, sentence.text, sentence.heading, self.paragraph(row))

    def _said(self, row: int) -> dict[str, float]:
        return dict(zip(self.criteria, self.predictions.probabilities[row].tolist(), strict=True))

    def status(self, row: int) -> str:
        """Say whether a row tells of something done, planned or denied."""
        said = self._said(row)
        return status_of(
            self.sentences[row].text,
            said["measure_future"],
            said["measure_negative"],
            heading=self.sentences[row].heading,
            introduction=self.introduction(row),
        )

    def evidence(self, row: int, criteria: Sequence[str]) -> Evidence:
        """Describe one sentence as evidence for the criteria, the likeliest first."""
        said = self._said(row)
        ranked = tuple(sorted(criteria, key=lambda name: -said[name]))
        return Evidence(
            position=self.sentences[row].position,
            probability=max((said[name] for name in criteria), default=0.0),
            criteria=ranked,
            status=self.status(row),
            specific=bool(details_in(self.sentences[row].text)),
            because=self.predictions.explain(row, ranked[0]) if ranked else (),
        )


def _limit(reading: Reading, sentences: Sequence[ReadSentence], kind: str) -> _Limit | None:
    """Return why "no passage found" can't be said, or None when every page was read well."""
    if reading.error:
        return _Limit(f"The document could not be read ({reading.error.replace('_', ' ')}).", all=True)
    if not sentences:
        return _Limit(reading.loss or "No text was found in the document.", all=True)
    if reading.language not in (None, "en"):
        language = LANGUAGES.get(str(reading.language), f"another language ({reading.language})")
        return _Limit(f"The text is in {language}, and the model reads English only.", all=True)
    if kind == "stub":
        return _Limit("This page only points to a statement elsewhere.", all=False)
    unread = reading.pages - len(set(reading.pages_read))
    if unread > 0:
        return _Limit(reading.loss or f"{unread} of {reading.pages} pages were not read.", all=False)
    return _Limit(GARBLED, all=False) if _is_garbled(reading, sentences) else None


GARBLED = "The scan was too poor to be read with confidence."


def _is_garbled(reading: Reading, sentences: Sequence[ReadSentence]) -> bool:
    garbled = sum(s.confidence is not None and s.confidence < LOWEST_CONFIDENCE for s in sentences)
    return reading.low_confidence or garbled > GARBLED_SHARE * len(sentences)


def _kind(reading: Reading, sentences: Sequence[ReadSentence]) -> tuple[str, float, str]:
    if reading.error or not sentences:
        return "unreadable", 0.0, reading.loss
    found = judge_text("\n".join(sentence.text for sentence in sentences))
    if found[0] != "statement" and _is_garbled(reading, sentences):
        # The words that make a statement may be among those that were not read.
        return "unreadable", 0.0, GARBLED
    if found[0] in ("other", "stub") and reading.loss:
        # So may those of the pages that could not be read.
        return "unreadable", 0.0, reading.loss
    return found


# --- Areas
# ----------------------------------------------------------------------------------------------------------


def _assess_area(area: Area, rules: LevelRules, document: _Document) -> AreaResult:
    if document.limit and document.limit.all:
        return AreaResult(area.id, "could_not_check", 0.0, document.limit.reason, ())
    columns = document.columns(area.criteria)
    if not columns:
        return AreaResult(area.id, "could_not_check", 0.0, NOT_LEARNT, ())
    said = _with_headings(area.id, document)[:, columns]
    _drop_other_subjects(area.id, document, said, columns)
    found = [row for row in document.telling if (said[row] >= document.predictions.thresholds[columns]).any()]
    if found and _any_of(said[found]) >= document.predictions.upper[columns].min():
        evidence = _evidence(document, said, found, columns, document.predictions.thresholds)
        level, reason = level_of(area, rules, evidence)
        return AreaResult(area.id, level, _any_of(said[found]), reason, evidence)
    return _not_stated(area, document, said, columns, found)


def _drop_other_subjects(
    area: str, document: _Document, said: NDArray[np.float64], columns: list[int]
) -> None:
    """Take out the sentences that are about something else, or, for effectiveness, about plans and nothing
    more.
    """
    lower, thresholds = document.predictions.lower[columns], document.predictions.thresholds[columns]
    likely = [row for row in document.telling if (said[row] >= lower).any()]
    said[[row for row in likely if not document.is_about(area, row)]] = 0.0
    # A plan to measure is neither a measure nor a result.
    if area == EFFECTIVENESS:
        found = [row for row in likely if (said[row] >= thresholds).any()]
        if all(document.status(row) == PLANNED for row in found or likely):
            said[likely] = 0.0


def _not_stated(
    area: Area, document: _Document, said: NDArray[np.float64], columns: list[int], found: list[int]
) -> AreaResult:
    """Return unsure, could not check or none, for an area that no sentence surely speaks of."""
    probability = float(said[document.telling].max(initial=0.0))
    lower = document.predictions.lower
    doubtful = [row for row in document.telling if (said[row] >= lower[columns]).any()]
    if doubtful:
        likeliest = found or sorted(sorted(doubtful, key=lambda row: -said[row].max())[:MAYBE])
        maybe = _evidence(document, said, likeliest, columns, lower)
        return AreaResult(
            area.id, "unsure", probability, "Only passages that may or may not be about this.", maybe
        )
    limit = document.limit.reason if document.limit else ""
    limit = limit or (NOT_ALL_LEARNT if len(columns) < len(area.criteria) else "")
    if limit:
        return AreaResult(area.id, "could_not_check", probability, f"No passage found, but: {limit}", ())
    return AreaResult(area.id, "none", probability, "No passage found.", ())


def _any_of(probabilities: NDArray[np.float64]) -> float:
    """Return how likely at least one of some sentences (rows) shows a criterion (columns) of an area.

    Two sentences that are each rather likely tell more than one: where this is half and more, and no sentence
    alone is, the labels agree in 30 of 32 areas of the Australian, Canadian, UK and silver statements; below
    it in half.
    """
    return 1 - float(np.prod(1 - probabilities.max(axis=1, initial=0)))


_HEADINGS = load_rules(Path(__file__).parent / "rules" / "headings.yaml", SHARED)
# The model was trained on texts that have lost most of their headings. In the UK and silver statements, where
# a line names an area, sentences below it that were said to be about the area 2 times in 10 were 4 to 7 times
# in 10.
HEADING = 1.1

EFFECTIVENESS = "effectiveness"
NOT_LEARNT = "The model at hand never learnt to recognise this area."
NOT_ALL_LEARNT = "the model at hand never learnt to recognise all of this area."
MAYBE = 3  # doubtful passages shown where nothing surer was found: enough for a reader to decide by eye


def _evidence(
    document: _Document,
    said: NDArray[np.float64],
    rows: Sequence[int],
    columns: Sequence[int],
    bounds: NDArray[np.float32],
) -> tuple[Evidence, ...]:
    """Describe rows as evidence for those criteria of an area that are said at or above their bound."""
    return tuple(
        document.evidence(
            row,
            [document.criteria[k] for k, value in zip(columns, said[row], strict=True) if value >= bounds[k]],
        )
        for row in rows
    )


def _with_headings(area: str, document: _Document) -> NDArray[np.float64]:
    """Return the probabilities, raised in log-odds for sentences below a heading that names the area."""
    said = document.predictions.probabilities.astype(np.float64)
    if area in _HEADINGS.rules:
        names = _HEADINGS[area].search
        rows = [row for row, one in enumerate(document.sentences) if one.heading and names(one.heading)]
        odds = said[rows] / (1 - said[rows]).clip(1e-6) * np.exp(HEADING)
        said[rows] = odds / (1 + odds)
    return said


def _telling_rows(sentences: Sequence[ReadSentence]) -> Iterator[int]:
    """Yield the rows that may be evidence: no headings, no contents, addresses or site chrome, no repeats."""
    seen: set[str] = set()
    for row, sentence in enumerate(sentences):
        text = re.sub(r"\W+", " ", sentence.text).strip().lower()
        if sentence.kind == "heading" or text in seen or is_furniture(sentence.text):
            continue
        seen.add(text)
        yield row


def level_of(area: Area, rules: LevelRules, evidence: Sequence[Evidence]) -> tuple[str, str]:
    """Return the level that the evidence gives an area, and one sentence that says why.

    Only sentences about things done count; plans and denials are reported and never lower what was done.
    """
    done = [item for item in evidence if item.status == DONE]
    specific = sum(item.specific for item in done)
    account = _account(evidence, len(done), specific)
    if not done:
        denied = any(item.status == DENIED for item in evidence)
        return (
            "mentioned",
            f"{account}; {'says that it is not done' if denied else 'nothing said to be done yet'}.",
        )
    if len(done) < rules.described_sentences and specific < rules.described_or_specific:
        return "mentioned", f"{account}; one vague sentence only names the topic."
    if len(done) < rules.substantive_sentences or specific < rules.substantive_specific:
        return (
            "described",
            f"{account}; substantive takes {rules.substantive_sentences} and {rules.substantive_specific}.",
        )
    shown = {criterion for item in done for criterion in item.criteria}
    for need in area.substantive_needs:
        if not shown.intersection(need.any):
            return "described", f"{account}, but {need.missing}."
    return "substantive", f"{account}."


def _account(evidence: Sequence[Evidence], done: int, specific: int) -> str:
    planned = sum(item.status == PLANNED for item in evidence)
    denied = sum(item.status == DENIED for item in evidence)
    text = f"{_count(done, 'sentence')} on what is done, {specific} with concrete details"
    text += f", {planned} planned" if planned else ""
    return text + (f", {denied} denied" if denied else "")


def _count(number: int, noun: str) -> str:
    return f"{number or 'No'} {noun}{'' if number == 1 else 's'}"


# --- Checks, period, warnings
# ---------------------------------------------------------------------------------------


def _check(check_id: str, document: _Document, reading: Reading, rubric: Rubric) -> Check:
    if check_id == "language" and document.sentences:
        found = check_language(reading.language)
        return Check(check_id, found.value, found.reason, (), found.detail)
    if document.limit and document.limit.all:
        return Check(check_id, COULD_NOT_CHECK, document.limit.reason, ())
    lines = document.lines
    finding = CHECKS[check_id](lines)
    if (
        check_id == "entities_covered"
        and finding.value == NOT_EXPLICIT
        and names_the_owner(reading.furniture)
    ):
        return Check(check_id, YES, "The running heads or feet name the company whose statement it is.", ())
    # Who approves and which legal forms sign are matters of the Act of the United Kingdom.
    if check_id == "approved" and rubric.country == "uk":
        body = public_body(reading.organisation, lines)
        finding = approval_of_public_body(finding, body, lines) if body else finding
    if finding.value == NO and not finding.rows and document.limit:
        return Check(check_id, COULD_NOT_CHECK, f"{finding.reason} But: {document.limit.reason}", ())
    criteria = {"approved": ["expert_approval"], "signed": ["expert_signature"]}.get(check_id, [])
    evidence = tuple(document.evidence(row, criteria) for row in sorted(finding.rows))
    reason = finding.reason
    # The legal forms are those of section 54(6).
    if check_id == "signed" and finding.value == YES and finding.detail and rubric.country == "uk":
        reason = f"{reason} {role_note(finding.detail, reading.organisation, lines)}".strip()
    return Check(check_id, finding.value, reason, evidence, finding.detail)


def _period(document: _Document, reading: Reading) -> tuple[Period, str | None]:
    if document.limit and document.limit.all:
        return Period(None, None, ()), None
    found = check_period(document.lines)
    if found is None:
        # What stands in the margin of every page has no sentence to point to.
        found = find_period(reading.furniture)
        return (
            (Period(found.start, found.end, ()), found.assumed) if found else (Period(None, None, ()), None)
        )
    return Period(found.start, found.end, (document.evidence(found.row, []),)), found.assumed


def _warnings(
    rubric: Rubric,
    reading: Reading,
    document: _Document,
    judged: tuple[str, str],
    assumed: str | None,
) -> Iterator[str]:
    kind, why = judged
    if rubric.rules.status == "draft":
        yield f"Read under rules that are a draft and not law: {rubric.rules.title}."
    if document.limit:
        yield document.limit.reason
    if assumed:
        yield assumed
    # Kinds are told apart for the United Kingdom: to another country's rubric its own statements are another
    # regime's.
    expected = ("statement",) if rubric.country == "uk" else ("statement", "other_regime")
    if why == HEADED_REASON:
        yield why
    if kind not in (*expected, "stub", "unreadable"):
        yield (
            f"This does not look like a statement under the {rubric.title} (kind: "
            f"{kind.replace('_', ' ')}). {why}"
        )
    text = " ".join(sentence.text for sentence in reading.sentences)
    wanted = reading.organisation
    if wanted and document.sentences and names_organisation(text, wanted) is False:
        yield f"The text does not name {wanted}."
