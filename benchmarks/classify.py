"""Measure the sentence model: sentences per CPU second, memory and load time, beside an encoder where there is one.

    python benchmarks/classify.py [--sentences 20000] [--model models/uk_msa_s54] [--json]

The sentences are the labelled ones (SECTION54_DATA, default ../shared/data), repeated as statements of their own until
there are enough. CPU seconds are those of this process and its threads, so that other jobs on the machine count little.
"""

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
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENCODER_SENTENCES = 200  # an encoder is a hundred times slower: enough to time it


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "uk_msa_s54")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))

    sentences, statements = read_sentences(arguments.sentences)
    figures = measure_model(arguments.model, sentences, statements)
    figures["start_to_first_answer_s"] = measure_cold_start(arguments.model)
    figures["encoder"] = measure_encoder(sentences)
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:28s} {value}")


def read_sentences(count: int) -> tuple[list[str], list[str]]:
    folder = Path(os.environ.get("SECTION54_DATA", ROOT.parent / "shared" / "data")) / "sentences"
    rows = []
    for name in ("au", "ca", "uk_dev"):
        path = folder / f"{name}.csv"
        if not path.is_file():
            sys.exit(f"{path}: not found; set SECTION54_DATA to the folder of the labelled sentences")
        with path.open(newline="", encoding="utf-8") as file:
            rows.extend((row["sentence"], f"{name}/{row['statement_id']}") for row in csv.DictReader(file))
    repeated = [
        (text, f"{statement}/{i // len(rows)}")
        for i in range(count)
        for text, statement in [rows[i % len(rows)]]
    ]
    return [text for text, _ in repeated], [statement for _, statement in repeated]


def measure_model(folder: Path, sentences: list[str], statements: list[str]) -> dict[str, object]:
    from classifier.model import Model

    before = resident_mib()
    begun, wall = time.process_time(), time.perf_counter()
    model = Model.load(folder)
    load_cpu, load_wall = time.process_time() - begun, time.perf_counter() - wall

    begun = time.process_time()
    for start in range(0, len(sentences), 4_000):  # as `section54 classify` does
        model.predict(sentences[start : start + 4_000], statements[start : start + 4_000])
    seconds = time.process_time() - begun
    return {
        "model": model.name,
        "sentences": len(sentences),
        "sentences_per_cpu_second": round(len(sentences) / seconds),
        "load_cpu_s": round(load_cpu, 3),
        "load_wall_s": round(load_wall, 3),
        "size_mb": round(sum(path.stat().st_size for path in folder.glob("model.*")) / 1e6, 2),
        "memory_before_mib": before,
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure_cold_start(folder: Path) -> float:
    """Seconds from starting Python to the first answer."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from classifier.model import Model; "
        f"Model.load({str(folder)!r}).predict(['We trained 58 buyers.'], ['s'])"
    )
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return round(time.perf_counter() - begun, 2)


def measure_encoder(sentences: list[str]) -> object:
    """Time a BERT-size encoder on the same CPU, where sentence-transformers and a packaged MiniLM are installed."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return "absent (sentence-transformers is not installed): no ratio measured"
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(os.environ.get("ENCODER", "all-MiniLM-L6-v2"), device="cpu")
    begun = time.process_time()
    encoder.encode(sentences[:ENCODER_SENTENCES])
    return {"sentences_per_cpu_second": round(ENCODER_SENTENCES / (time.process_time() - begun), 1)}


def resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


if __name__ == "__main__":
    main()
