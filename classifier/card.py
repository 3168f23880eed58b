"""The model card: what metrics.json says, for a reader."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.corpus import SILVER
from classifier.model import Model
from domain.rubric import load_rubric

CARD, PLOT = "README.md", "calibration.svg"
READER = 0.765  # of the annotators of uk_silver.csv on kept-back statements, as the README of the data says
WEAK = 0.55  # F1 under this is named among what the model is bad at

NAMES = {"aims9": "**Mean of the nine AIMSCheck criteria (aims9)**", "s54": "**Mean of the measures (s54)**"}


def write_card(model_dir: Path) -> None:
    """Write README.md and calibration.svg of a model folder from its metrics.json and model.json."""
    metrics = json.loads((model_dir / "metrics.json").read_text(encoding="utf-8"))
    (model_dir / CARD).write_text(render_card(metrics, Model.load(model_dir)), encoding="utf-8")
    (model_dir / PLOT).write_text(render_plot(metrics["calibration"]["bands"]), encoding="utf-8")


def render_card(metrics: Mapping[str, Any], model: Model) -> str:
    """Return the card as Markdown."""
    rubric = load_rubric(metrics["rubric"])
    parts = (
        _introduction(metrics, model, rubric.title),
        _figures(metrics),
        _peer(metrics),
        _untaught(metrics),
        _bad_at(metrics),
        _calibration(metrics["calibration"]),
        _statements(metrics),
        _limits(),
    )
    return "\n".join(parts)


def _introduction(metrics: Mapping[str, Any], model: Model, title: str) -> str:
    vocabulary = model.vocabulary
    return f"""# Model card: {metrics["rubric"]}{", quality" if model.encoder else ""}

Written by `section54 evaluate` from metrics.json; do not edit.

Reads sentences of modern slavery statements ({title}) and says which of {len(model.criteria)} criteria each shows, with a calibrated
probability. One logistic regression per criterion (scikit-learn to train, numpy and scipy to run) over
{len(vocabulary.terms):,} words and word pairs, {len(vocabulary.grams):,} letter n-grams, the neighbouring sentences, 100 words of context on
either side, and named patterns. Version: `{model.name}`.

**Data.** Project AIMS (Mila and QUT), CC BY 4.0: the gold test set of AIMS.au, AIMS.ca, and half of AIMS.uk; Bora et al.,
ICLR 2025 and ACL 2025. 9,861 sentences of 125 statements with expert labels (`expert_*`). The split of measures
(`measure_*`) was labelled by language-model annotators reading under a written guideline, not by lawyers. The UK
sentences were labelled twice by annotators of one kind, so their agreement flatters; AU and CA once. The files hold no
sentence: only words and pairs that at least three statements use, none of them a personal name (a word must occur in
lower case somewhere, or stand on a list of places and institutions in `classifier/vocabulary.py`).
{_silver(model)}{_ENCODER if model.encoder else ""}"""  # noqa: E501


def _silver(model: Model) -> str:
    silver = model.facts.get("learnt_from", {}).get(SILVER)
    if not silver:
        return ""
    return f"""
**Silver labels.** {silver["sentences"]:,} sentences of {silver["statements"]} further UK statements (2016 to 2022), with both kinds of labels. Language-model
annotators gave them, after learning the experts' conventions from the UK statements that are measured on here, and read
each once; that may flatter the figures a little. They are learnt from and never scored, and no statement among them shares more than a quarter of its text with one that
is scored. The texts come from WikiRate's collection for Project AIMS and from a public collection of 2022.
"""  # noqa: E501


_ENCODER = """
**Encoder.** The scores of a small transformer are added to those of the linear model before they are calibrated. It is
all-MiniLM-L6-v2 (22 million parameters, Sentence Transformers, Apache 2.0), its six layers tuned by us, in 8 bits (ONNX).
Its teacher, all-mpnet-base-v2 (110 million, Apache 2.0; not shipped), learnt from the Australian and Canadian labels and said
of 10,721 sentences of 100 unlabelled UK statements of 2022 how likely each criterion is; the student learnt from both, and then went on
with the silver labels. No expert's UK label reached either, nor a statement that repeats most of a labelled UK one: experts' UK labels
come in by the linear half and the calibration, made again for each fold. The words given as reasons are those of the linear half.
"""  # noqa: E501


def _figures(metrics: Mapping[str, Any]) -> str:
    seeds = metrics["seeds"]
    rows = [
        "| criterion | F1 | 95 % interval | precision | recall | positives | Brier |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in NAMES:
        row = metrics["means"][name]
        rows.append(
            f"| {NAMES[name]} | **{row['f1']:.3f}** | {row['low']:.3f} to {row['high']:.3f} | | | | |"
        )
    brier = metrics["calibration"]["brier"]
    for name, row in metrics["criteria"].items():
        rows.append(
            f"| {name} | {row['f1']:.3f} | {row['low']:.3f} to {row['high']:.3f} | "
            f"{_number(row['precision'])} "
            f"| {_number(row['recall'])} | {row['positives']} | {brier[name]:.4f} |"
        )
    by_seed = "; ".join(
        f"{name} {', '.join(f'{value:.3f}' for value in metrics['means'][name]['by_seed'])}" for name in NAMES
    )
    country = load_rubric(metrics["rubric"]).country.upper()
    return f"""## Figures

{metrics["protocol"]}

{metrics["statements"]} {country} statements, {metrics["sentences"]:,} sentences. F1 is the mean over {len(seeds)} seeds ({by_seed}); intervals, precision and
recall are those of the first, by bootstrap over statements. With so few statements differences under 0.02 mean
nothing.

{chr(10).join(rows)}

`measure_negative` has too few positives among them to be scored.
"""  # noqa: E501


def _peer(metrics: Mapping[str, Any]) -> str:
    peer = metrics["peer"]
    if "aims9" not in peer:
        return ""
    ours, theirs = metrics["means"]["aims9"], peer["aims9"]
    return f"""## Beside the published model

The authors' fine-tuned Llama 3.2 3B, without context, at its own threshold of 0.5, on the same sentences:
aims9 {theirs["f1"]:.3f} ({theirs["low"]:.3f} to {theirs["high"]:.3f}); this model {ours["f1"]:.3f} ({ours["low"]:.3f} to {ours["high"]:.3f}).

## What a careful reader reaches

A careful reader agrees with these experts at a mean F1 of {READER} over the nine: measured on 25 other UK statements, with
the annotators of the silver labels as readers. Much more is not to be had from any model, and what is missing from 1 is
judgement about single sentences more often than error.
"""  # noqa: E501


def _untaught(metrics: Mapping[str, Any]) -> str:
    if "untaught" not in metrics:
        return ""
    with_it, without = metrics["means"], metrics["untaught"]
    rows = [f"| {name} | {without[name]['f1']:.3f} | {with_it[name]['by_seed'][0]:.3f} |" for name in NAMES]
    return f"""## What the teacher brings

The same recipe without teacher and without unlabelled statements, on the same folds of the first seed:

| | without | with |
|---|---|---|
{chr(10).join(rows)}
"""


def _bad_at(metrics: Mapping[str, Any]) -> str:
    weak = [f"{name} ({row['f1']:.2f})" for name, row in metrics["criteria"].items() if row["f1"] < WEAK]
    absence = metrics["absence"]["pooled"]
    return f"""## What it is bad at

- Criteria with F1 under {WEAK}: {", ".join(weak) or "none"}. Effectiveness is the weakest area in every study.
- Fragments: lists and table cells mean little without the line above them, and are often missed.
- "No passage found": out of fold over {_countries(metrics)} it was said {absence["said"]} times for an area of a statement, and was
  wrong {absence["wrong"]} times by the labels{_interval(absence)}. A person should look before anything is concluded from it.
- Other languages: it reads English only, and says so.
- Statements unlike those of 2018 to 2024, and other kinds of documents: never measured there.
"""  # noqa: E501


def _countries(metrics: Mapping[str, Any]) -> str:
    return ", ".join(name.upper() for name in metrics["absence"]["countries"])


def _calibration(calibration: Mapping[str, Any]) -> str:
    rows = ["| said | sentences | came true |", "|---|---|---|"]
    for band in calibration["bands"]:
        if band["sentences"]:
            rows.append(f"| {band['said']:.2f} | {band['sentences']:,} | {band['true']:.2f} |")
    return f"""## Calibration

How often probabilities came true, out of fold, all criteria pooled:

![Probability said against share that came true, in ten bands]({PLOT})

{chr(10).join(rows)}
"""


def _statements(metrics: Mapping[str, Any]) -> str:
    rows = ["| check | statements | agrees with the labels |", "|---|---|---|"]
    for name, row in metrics["checks"].items():
        rows.append(f"| {name} | {row['statements']} | {row['agree']} |")
    levels = [
        "| area | none | unsure | mentioned | described | substantive | could not check | rank correlation |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in metrics["levels"].items():
        counts = " | ".join(str(number) for number in row["levels"].values())
        levels.append(f"| {name} | {counts} | {_number(row['rank_correlation'])} |")
    status = metrics["status"]
    return f"""## Whole statements

Approval and signature against the experts' marks (the patterns were adjusted after reading these statements, which
flatters them):

{chr(10).join(rows)}

Levels by the rules of the rubric, and their rank correlation with the number of sentences that were labelled:

{chr(10).join(levels)}

Planned against `measure_future`: F1 {_number(status["planned"]["f1"])} on {status["planned"]["positives"]} sentences. Denied against `measure_negative`: {status["denied"]["positives"]} sentences, too
few to score.
"""  # noqa: E501


def _limits() -> str:
    return """## Not for

Judging compliance, conduct or breach; ranking or excluding suppliers; anything without a person reading the quoted
sentences. The six areas are optional in law; coverage says what a statement speaks of, not what an organisation does.
"""  # noqa: E501


def render_plot(bands: Sequence[Mapping[str, Any]]) -> str:
    """Return the reliability diagram as SVG: said across, came true upwards, the diagonal is perfect."""
    size, edge = 320, 40

    def at(value: float) -> float:
        return round(edge + value * (size - 2 * edge), 1)

    points = [(at(b["said"]), round(size - at(b["true"]), 1)) for b in bands if b["sentences"]]
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="#1d4f91"/>' for x, y in points)
    line = " ".join(f"{x},{y}" for x, y in points)
    low, high = at(0), at(1)
    ticks = "".join(
        f'<text x="{at(v)}" y="{size - 22}" text-anchor="middle">{v}</text><text x="32" '
        f'y="{size - at(v) + 4}" text-anchor="end">{v}</text>'
        for v in (0, 0.5, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        'role="img" '
        'font-family="sans-serif" font-size="12">'
        "<title>Probability said against share that came true, in ten bands</title>"
        f'<rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="M{low} {size - low}L{high} {size - high}" stroke="#888" stroke-dasharray="4"/>'
        f'<path d="M{low} {size - high}V{size - low}H{high}" fill="none" stroke="#333"/>'
        f'<polyline points="{line}" fill="none" stroke="#1d4f91"/>{dots}{ticks}'
        f'<text x="{size / 2}" y="{size - 6}" text-anchor="middle">said</text>'
        f'<text x="12" y="{size / 2}" text-anchor="middle" transform="rotate(-90 12 {size / 2})">came '
        "true</text></svg>\n"
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _interval(row: Mapping[str, Any]) -> str:
    if not row["interval"]:
        return ""
    low, high = row["interval"]
    return f" ({row['wrong_share']:.0%}; 95 % interval {low:.0%} to {high:.0%})"
