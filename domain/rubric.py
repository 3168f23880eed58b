"""The law as data: a rubric names areas, criteria and checks, with their provisions and wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml

CRITERIA = (
    "expert_approval", "expert_signature", "expert_structure", "expert_operations", "expert_supply_chains",
    "expert_risk_description", "expert_risk_mitigation", "expert_remediation", "expert_effectiveness",
    "measure_policies", "measure_governance", "measure_due_diligence", "measure_risk_assessment",
    "measure_training", "measure_grievance", "measure_remedy", "measure_measurement", "measure_future",
    "measure_negative",
)  # fmt: skip
"""Sentence criteria that every model decides: the nine of AIMSCheck (ACL 2025), then our split of
measures."""

FURTHER_LABELS = ("expert_reporting_entity", "expert_consultation")
"""Labels that the corpora hold besides; a model decides those that its rubric names."""
LABELS = (*CRITERIA, *FURTHER_LABELS)

COUNTRIES = ("uk", "au", "ca")
"""Whose statements are labelled."""

T = TypeVar("T")

RUBRICS_DIR = Path(__file__).parents[1] / "classifier" / "rubrics"
LAYERS = ("law", "guidance", "voluntary")
STATUSES = ("law", "guidance", "draft")


class RubricError(ValueError):
    """A rubric file can't be used; the message names the file, the key and the value."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The rules as of a date; `applies_from` is None for a draft."""

    id: str
    title: str
    status: str
    """law, guidance or draft."""
    applies_from: date | None
    areas_mandatory: bool
    registry_required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a substantive account of an area can't do without: one sentence of `any` of these criteria."""

    any: tuple[str, ...]
    missing: str
    """How a report says that it is not there: "nothing on its supply chains"."""


@dataclass(frozen=True, slots=True)
class Area:
    """One area of content, with the criteria whose sentences are its evidence."""

    id: str
    letter: str
    provision: str
    title: str
    question: str
    law: str
    guidance: str
    voluntary: str
    criteria: tuple[str, ...]
    substantive_needs: tuple[Need, ...]
    counts: tuple[str, ...]
    does_not_count: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelRules:
    """From numbers of evidence sentences that are done to a level; the reasons stand in the file."""

    described_sentences: int
    described_or_specific: int
    described_why: str
    substantive_sentences: int
    substantive_specific: int
    substantive_why: str


@dataclass(frozen=True, slots=True)
class Body:
    """Who approves and signs for one legal form (s.54(6))."""

    form: str
    approved_by: str
    signed_by: str


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A yes-or-no question around the areas; `layer` says whether law, guidance or voluntary practice asks
    it.
    """

    id: str
    layer: str
    provision: str
    title: str
    question: str
    rule: str
    criteria: tuple[str, ...]
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """Everything a law asks or suggests that can be read out of a statement."""

    id: str
    title: str
    url: str
    summary: str
    country: str
    """One of COUNTRIES: whose labelled statements weigh most in training, and are the ones that are measured
    on."""
    ruleset: str
    """The ruleset in force for reports: the id of one of `rulesets`."""
    rulesets: tuple[Ruleset, ...]
    levels: LevelRules
    areas: tuple[Area, ...]
    checks: tuple[CheckRule, ...]

    @property
    def rules(self) -> Ruleset:
        """The ruleset in force for reports."""
        return next(rules for rules in self.rulesets if rules.id == self.ruleset)

    @property
    def criteria(self) -> tuple[str, ...]:
        """What its model decides: CRITERIA, and after them the further labels that it names."""
        lists = [area.criteria for area in self.areas] + [check.criteria for check in self.checks]
        named = {name for criteria in lists for name in criteria}
        return (*CRITERIA, *(label for label in FURTHER_LABELS if label in named))

    def area(self, area_id: str) -> Area:
        """Return an area by its id; raises KeyError."""
        return next((area for area in self.areas if area.id == area_id), None) or _unknown("area", area_id)

    def check(self, check_id: str) -> CheckRule:
        """Return a check by its id; raises KeyError."""
        return next((rule for rule in self.checks if rule.id == check_id), None) or _unknown(
            "check", check_id
        )


def load_rubric(name: str = "uk_msa_s54") -> Rubric:
    """Load a rubric of classifier/rubrics by its id, or "id/ruleset" to read under another than its default
    ruleset.
    """
    rubric_id, _, ruleset = name.partition("/")
    path = RUBRICS_DIR / f"{rubric_id}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RUBRICS_DIR.glob("*.yaml")))
        raise RubricError(f"no rubric {rubric_id!r}; there are {known}")
    rubric = read_rubric(path)
    if not ruleset:
        return rubric
    rulesets = [rules.id for rules in rubric.rulesets]
    if ruleset not in rulesets:
        raise RubricError(f"{rubric_id}: no ruleset {ruleset!r}; there are {', '.join(rulesets)}")
    return replace(rubric, ruleset=ruleset)


def read_rubric(path: Path) -> Rubric:
    """Read and check a rubric file; an unknown, absent or mistyped key is a RubricError that names it."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RubricError(f"{path}: not found") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RubricError(f"{path}: not readable YAML: {error}") from error
    rubric = _rubric(_Keys(data, path.name))
    if rubric.id != path.stem:
        raise RubricError(f"{path.name}: id is {rubric.id!r}, not the name of the file")
    if rubric.ruleset not in [rules.id for rules in rubric.rulesets]:
        raise RubricError(f"{path.name}: ruleset: {rubric.ruleset!r} is not one of its rulesets")
    return rubric


class _Keys:
    """A mapping that is popped empty: what was not asked for is reported by `done`."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise RubricError(f"{where}: not a mapping of keys to values")
        self._left: dict[str, Any] = {str(key): value for key, value in data.items()}
        self.where = where

    def take(self, key: str, kind: type | tuple[type, ...]) -> Any:
        if key not in self._left:
            raise RubricError(f"{self.where}: no key {key!r}")
        value = self._left.pop(key)
        # bool is an int to Python, but `sentences: true` is a mistake.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise RubricError(f"{self.where}: {key} is {value!r}, which is not of the kind asked for")
        return value.strip() if isinstance(value, str) else value

    def text(self, key: str) -> str:
        return str(self.take(key, str))

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list)
        if not all(isinstance(value, str) for value in values):
            raise RubricError(f"{self.where}: {key} holds something other than text")
        return tuple(values)

    def criteria(self, key: str) -> tuple[str, ...]:
        values = self.texts(key)
        for value in values:
            if value not in LABELS:
                raise RubricError(f"{self.where}: {key}: unknown criterion {value!r}")
        return values

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise RubricError(f"{self.where}: {key} is {value!r}, not one of {', '.join(choices)}")
        return value

    def items(self, key: str, build: Callable[[_Keys], T]) -> tuple[T, ...]:
        values = self.take(key, list)
        return tuple(build(_Keys(value, f"{self.where}: {key}[{i}]")) for i, value in enumerate(values))

    def child(self, key: str) -> _Keys:
        return _Keys(self.take(key, dict), f"{self.where}: {key}")

    def done(self) -> None:
        for key in self._left:
            raise RubricError(f"{self.where}: unknown key {key!r}")


def _rubric(keys: _Keys) -> Rubric:
    rubric = Rubric(
        id=keys.text("id"),
        title=keys.text("title"),
        url=keys.text("url"),
        summary=keys.text("summary"),
        country=keys.choice("country", COUNTRIES),
        ruleset=keys.text("ruleset"),
        rulesets=keys.items("rulesets", _ruleset),
        levels=_levels(keys.child("levels")),
        areas=keys.items("areas", _area),
        checks=keys.items("checks", _check),
    )
    keys.done()
    _refuse_repeats(keys.where, "areas", [area.id for area in rubric.areas])
    _refuse_repeats(keys.where, "checks", [check.id for check in rubric.checks])
    _refuse_repeats(keys.where, "rulesets", [rules.id for rules in rubric.rulesets])
    return rubric


def _ruleset(keys: _Keys) -> Ruleset:
    rules = Ruleset(
        id=keys.text("id"),
        title=keys.text("title"),
        status=keys.choice("status", STATUSES),
        applies_from=keys.take("applies_from", (date, type(None))),
        areas_mandatory=keys.take("areas_mandatory", bool),
        registry_required=keys.take("registry_required", bool),
        note=keys.text("note"),
    )
    keys.done()
    return rules


def _levels(keys: _Keys) -> LevelRules:
    described, substantive = keys.child("described"), keys.child("substantive")
    rules = LevelRules(
        described_sentences=described.take("sentences", int),
        described_or_specific=described.take("or_specific", int),
        described_why=described.text("why"),
        substantive_sentences=substantive.take("sentences", int),
        substantive_specific=substantive.take("specific", int),
        substantive_why=substantive.text("why"),
    )
    for part in (described, substantive, keys):
        part.done()
    return rules


def _area(keys: _Keys) -> Area:
    area = Area(
        id=keys.text("id"),
        letter=keys.text("letter"),
        provision=keys.text("provision"),
        title=keys.text("title"),
        question=keys.text("question"),
        law=keys.text("law"),
        guidance=keys.text("guidance"),
        voluntary=keys.text("voluntary"),
        criteria=keys.criteria("criteria"),
        substantive_needs=keys.items("substantive_needs", _need),
        counts=keys.texts("counts"),
        does_not_count=keys.texts("does_not_count"),
    )
    keys.done()
    if not area.criteria:
        raise RubricError(f"{keys.where}: criteria is empty: nothing could be evidence of the area")
    return area


def _need(keys: _Keys) -> Need:
    need = Need(any=keys.criteria("any"), missing=keys.text("missing"))
    keys.done()
    return need


def _check(keys: _Keys) -> CheckRule:
    rule = CheckRule(
        id=keys.text("id"),
        layer=keys.choice("layer", LAYERS),
        provision=keys.text("provision"),
        title=keys.text("title"),
        question=keys.text("question"),
        rule=keys.text("rule"),
        criteria=keys.criteria("criteria"),
        bodies=keys.items("bodies", _body),
    )
    keys.done()
    return rule


def _body(keys: _Keys) -> Body:
    body = Body(keys.text("form"), keys.text("approved_by"), keys.text("signed_by"))
    keys.done()
    return body


def _refuse_repeats(where: str, key: str, ids: list[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise RubricError(f"{where}: {key}: id {name!r} occurs twice")


def _unknown(what: str, name: str) -> NoReturn:
    raise KeyError(f"no {what} {name!r}")
