"""Compare what the scanner says of whole documents with what careful readers found in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

AREAS = ("structure", "policies", "due_diligence", "risk", "effectiveness", "training")


def compared(truth: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (field, wanted, got) of one document: `truth` as data/README.md names it, `found` as `scan
    --json` gives it.

    Fields in the truth's `doubt` are left out: two careful readers might differ there.
    """
    for field, key, wanted, got in _fields(truth, found):
        if key not in truth["doubt"]:
            yield field, wanted, got


def _fields(truth: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    yield "statement or not", "kind", truth["kind"] == "statement", found["statement"]["value"] == "statement"
    checks = {name: check["value"] for name, check in found["checks"].items()}
    if truth["approved"] != "unclear":
        yield "approved", "approved", truth["approved"] == "board", checks["approved"] == "yes"
    if truth["signed"] in ("name_and_title", "none"):
        yield "signed", "signed", truth["signed"] == "name_and_title", checks["signed"] == "yes"
    yield "no steps", "no_steps", truth["no_steps"], checks["no_steps"] == "yes"
    yield "entities told", "entities", truth["entities"] != "none", checks["entities_covered"] != "no"
    if truth["period_end"]:
        yield "period end", "period_end", truth["period_end"], found["period"]["end"]
    elif not truth["period_words"]:
        yield "no period told", "period_end", None, found["period"]["end"]
    for area in AREAS:
        wanted, got = truth["areas"][area], found["areas"][area]["level"]
        key = f"areas.{area}"
        yield f"area covered: {area}", key, wanted == "described", got in ("described", "substantive")
        there = got not in ("none", "could_not_check")
        yield f"area there at all: {area}", key, wanted in ("described", "mentioned"), there


def shares(pairs: Iterator[tuple[str, Any, Any]]) -> dict[str, float]:
    """Return the share that is right of each field."""
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for field, wanted, got in pairs:
        counts[field][wanted == got] += 1
    return {field: count[True] / count.total() for field, count in counts.items()}
