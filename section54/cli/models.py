"""Commands that train and measure the models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from section54 import settings
from section54.cli.options import (
    Failed,
    cli,
    json_option,
    model_option,
    show_result,
)


@cli.command()
@click.argument("rubric", default=settings.DEFAULT_RUBRIC)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of labelled data. Default: $SECTION54_DATA, else ../shared/data.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the model goes. Default: models/RUBRIC, or models/RUBRIC/quality.",
)
@click.option("--seed", type=int, default=54, show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="Processes; one per core is quickest.",
)
@click.option(
    "--no-teacher",
    is_flag=True,
    help="Quality model: learn from labels only, to measure what the teacher brings.",
)
@click.option(
    "--model",
    type=click.Choice([settings.FAST, settings.QUALITY]),
    default=settings.FAST,
    show_default=True,
    help="The model to train.",
)
@json_option
def train(
    rubric: str,
    data: Path | None,
    output: Path | None,
    seed: int,
    jobs: int,
    no_teacher: bool,
    model: str,
    as_json: bool,
) -> None:
    """Train the model of a rubric from labelled sentences; measure it afterwards with `section54 evaluate`.

    The quality model takes some two hours of one core, and needs section54[train].

    \b
    Example:
      section54 train uk_msa_s54
      section54 train --model quality
    """
    from classifier.train import train as train_fast
    from section54.training import train_quality

    folder = output or settings.model_folder(rubric, model)
    labelled = _labelled(data)
    try:
        if model == settings.QUALITY:
            trained = train_quality(rubric, labelled, folder, seed, jobs, taught=not no_teacher)
        else:
            trained = train_fast(rubric, labelled, folder, seed, jobs)
    except (ValueError, OSError) as error:
        raise Failed(str(error)) from error
    show_result({"model": trained.name, "output": str(folder)}, as_json, f"{trained.name}: {folder}")


@cli.command()
@click.argument("rubric", default=settings.DEFAULT_RUBRIC)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of labelled data. Default: $SECTION54_DATA, else ../shared/data.",
)
@click.option("--quick", is_flag=True, help="Compare with the recorded figures and write nothing: for CI.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="Processes; one per core is quickest.",
)
@click.option(
    "--untaught",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A quality model made with --no-teacher: scored beside, for what the teacher brings.",
)
@model_option
@json_option
def evaluate(
    rubric: str, data: Path | None, quick: bool, jobs: int, untaught: Path | None, as_json: bool
) -> None:
    """Measure the training recipe by cross-validation over statements; write the metrics and the model card.

    With --quick nothing is written: the figures are held against the recorded ones, and a fall is a failure.

    \b
    Example:
      section54 evaluate
      section54 evaluate --quick
    """
    from classifier.evaluate import evaluate as evaluate_model

    try:
        metrics = evaluate_model(
            rubric,
            _labelled(data),
            settings.model_folder(rubric),
            quick=quick,
            jobs=jobs,
            untaught=untaught,
        )
    except (ValueError, OSError) as error:
        raise Failed(str(error)) from error
    show_result(metrics, as_json, _metrics_text(metrics))
    if metrics.get("failures"):
        raise Failed("; ".join(metrics["failures"]))


def _labelled(data: Path | None) -> Path:
    folder = settings.shared_data(data)
    if not (folder / "sentences").is_dir():
        raise Failed(f"{folder / 'sentences'}: no labelled sentences there; set SECTION54_DATA or --data")
    return folder


def _metrics_text(metrics: Mapping[str, Any]) -> str:
    rows = {**metrics["criteria"], **metrics["means"]}
    return "\n".join(
        f"{name:<28} F1 {row['f1']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" for name, row in rows.items()
    )
