"""Shapes of supplier lists, each with its truth: benchmarks/column_shapes.yaml."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

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
