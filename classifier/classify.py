"""Sentences in a CSV file to decisions and probabilities in another."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from classifier.model import Model

logger = logging.getLogger(__name__)

INPUT_COLUMNS = ("id", "statement_id", "sentence")
# Statements are read together up to this many sentences: enough to keep numpy busy, some 50 MB of matrix.
BATCH = 4_000
# csv refuses cells above 128 KiB by default; a whole statement pasted into one cell should be read, not
# refused.
LONGEST_CELL = 10_000_000


class InputError(ValueError):
    """The sentences can't be read; the message names the file, the row and the reason."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    statement: str
    sentence: str


def classify_csv(input_path: Path, output_path: Path, model: Model) -> int:
    """Read `id, statement_id, sentence` in document order, write decisions and probabilities, return how
    many.

    Other columns, label columns among them, are not read. `statement_id` bounds the context. The output has
    `id`, a 0/1 decision per criterion and its probability as `p_<criterion>`, one row per input row in the
    same order; it is put in place whole, or not at all. A statement whose rows do not stand together is
    logged as a warning. Raises InputError.
    """
    partial = output_path.with_name(output_path.name + ".part")
    count, statements, broken = 0, set(), set()
    last = None
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("id", *model.criteria, *(f"p_{criterion}" for criterion in model.criteria)))
            for batch in _batches(_read(input_path)):
                for statement, _ in groupby(row.statement for row in batch):
                    if statement in statements and statement != last:
                        broken.add(statement)
                    statements.add(statement)
                    last = statement
                writer.writerows(_predict(batch, model))
                count += len(batch)
        partial.replace(output_path)
    finally:
        partial.unlink(missing_ok=True)
    for statement in sorted(broken):
        logger.warning(
            "statement %r: its rows do not stand together; context was cut where they part", statement
        )
    return count


def _predict(batch: list[_Row], model: Model) -> Iterator[list[str]]:
    # A statement that comes back after others is read on its own each time, whatever the batch holds of it.
    runs = [str(n) for n, (_, rows) in enumerate(groupby(batch, key=lambda row: row.statement)) for _ in rows]
    predictions = model.predict([row.sentence for row in batch], runs)
    for row, decisions, probabilities in zip(
        batch, predictions.decisions.tolist(), predictions.probabilities.tolist(), strict=True
    ):
        yield [row.id, *("1" if yes else "0" for yes in decisions), *(f"{p:.6f}" for p in probabilities)]


def _batches(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    """Gather whole statements up to BATCH sentences; one longer statement is a batch of its own."""
    batch: list[_Row] = []
    for _, run in groupby(rows, key=lambda row: row.statement):
        batch.extend(run)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _read(path: Path) -> Iterator[_Row]:
    usual = csv.field_size_limit(LONGEST_CELL)  # one setting for the whole program
    seen: set[str] = set()
    number = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, None)
            places = _places(path, header)
            for number, cells in enumerate(reader, start=2):
                if not cells:  # csv gives an empty list for a blank line, as spreadsheets leave at the end
                    continue
                if len(cells) != len(header or ()):
                    raise InputError(
                        f"{path} row {number}: {len(cells)} cells, but the header has {len(header or ())}"
                    )
                row = _Row(*(cells[place] for place in places))
                if not row.id:
                    raise InputError(f"{path} row {number}: empty id")
                if row.id in seen:
                    raise InputError(f"{path} row {number}: id {row.id!r} occurs twice")
                seen.add(row.id)
                yield row
    except FileNotFoundError as error:
        raise InputError(f"{path}: not found") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} after row {number}: not UTF-8: {error.reason} at byte {error.start}"
        ) from error
    except csv.Error as error:
        raise InputError(f"{path} after row {number}: not readable CSV: {error}") from error
    finally:
        csv.field_size_limit(usual)
    if not seen:
        raise InputError(f"{path}: no rows")


def _places(path: Path, header: list[str] | None) -> tuple[int, ...]:
    if not header:
        raise InputError(f"{path}: empty; the first row must name the columns {', '.join(INPUT_COLUMNS)}")
    for name in INPUT_COLUMNS:
        if header.count(name) != 1:
            problem = "no column" if name not in header else "more than one column"
            raise InputError(f"{path}: {problem} {name!r}; needed are {', '.join(INPUT_COLUMNS)}")
    return tuple(header.index(name) for name in INPUT_COLUMNS)
