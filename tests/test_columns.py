"""Shapes of supplier lists, each with its truth: benchmarks/column_shapes.yaml."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from section54.suppliers.reading.cells import read_day

_PLACE = Path(__file__).parents[1] / "benchmarks" / "columns.py"
_SPEC = importlib.util.spec_from_file_location("benchmark_of_columns", _PLACE)
assert _SPEC is not None and _SPEC.loader is not None
benchmark = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = benchmark  # dataclasses look their module up
_SPEC.loader.exec_module(benchmark)

SHAPES = benchmark.shapes()


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["id"] for shape in SHAPES])
def test_a_shape_is_read_right_and_its_doubts_are_said(shape: dict[str, Any]) -> None:
    outcome = benchmark.judge(shape)

    assert not outcome.faults, "in silence" if outcome.silent else "and said"


def test_the_shapes_are_many_and_each_has_its_own_name() -> None:
    names = [shape["id"] for shape in SHAPES]

    assert len(names) == len(set(names)) >= 120


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("05/04/2026", date(2026, 4, 5)),
        ("20260405", date(2026, 4, 5)),
        ("31/12/2999", None),
        ("10260405", None),
    ],
)
def test_numbers_that_look_like_days_of_another_age_are_none(cell: str, day: date | None) -> None:
    assert read_day(cell) == day
