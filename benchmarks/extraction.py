"""Measure extraction on real documents, beside pdfplumber with its defaults in the same run.

    python -m benchmarks.extraction               figures, about ten minutes
    python -m benchmarks.extraction --only NAME   one part: quality, marks, scans, speed, workers or memory
    python -m benchmarks.extraction --all         and a table of every document in the data folder

Needs the folder of real documents (SECTION54_DATA). Speeds are CPU seconds of this process, so that other
work on the machine disturbs them little; read the ratios, not the figures. What is compared is read in turns,
file by file, and the fastest of some rounds counts for either. Two workers can only be timed by the clock: of
that part only the rounds count in which other programs left two cores alone.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import multiprocessing
import os
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pdfplumber
import pypdfium2

from extraction.splitting import split_sentences
from extraction.text import Text, extract
from extraction.worker import Extractor
from section54.settings import shared_data

MARKS = Path(__file__).with_name("extraction_marks.json")
SMALL_PAGES, LARGE_PAGES = 10, 150
MEMORY_FILES = 2_000
WORKER_ROUNDS = 5
# Cores that other programs may keep busy in a round of which the clock is believed.
QUIET = 0.15
_TICKS = os.sysconf("SC_CLK_TCK")
_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True, slots=True)
class Recall:
    """Gold units found whole, word for word."""

    found: int
    of: int

    @property
    def share(self) -> float:
        return self.found / self.of if self.of else 0.0

    def __add__(self, other: Recall) -> Recall:
        return Recall(self.found + other.found, self.of + other.of)

    def __str__(self) -> str:
        return f"{self.share:6.1%} ({self.found} of {self.of})"


@dataclass(frozen=True, slots=True)
class Scan:
    """How well one synthetic scan was read."""

    page: str
    variant: str
    word_f1: float
    confidence: float | None
    whole: Recall


def gold_pages(data: Path) -> list[dict]:
    return json.loads((data / "extraction" / "gold_sentences.json").read_text(encoding="utf-8"))


def fingerprint(text: str) -> str:
    """The SHA-1 of a unit in even spelling: marks of third-party pages are kept without their text."""
    even = unicodedata.normalize("NFKC", text).translate(str.maketrans("’‘“”–—", "''\"\"--"))
    return hashlib.sha1(" ".join(even.split()).lstrip("•*- ").encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """How a page that was marked by eye came out."""

    file: str
    page: int
    sentences: Recall
    headings: Recall
    in_order: Recall
    """Neighbours among the units found that stand in the order of the page."""


def marked_pages(data: Path, kind: str) -> list[MarkedPage]:
    """Read the pages of one kind (pdf or html) that were marked by eye, and hold them against the marks."""
    pages = json.loads(MARKS.read_text(encoding="utf-8"))["pages"]
    return [_marked(data, page) for page in pages if page["file"].startswith(f"{kind}/")]


def _marked(data: Path, marked: dict) -> MarkedPage:
    number = marked["page"]
    body = (data / "documents" / marked["file"]).read_bytes()
    around = [page for page in (number - 1, number, number + 1) if page > 0]
    text = extract(body, pages=around if body.startswith(b"%PDF-") else None)
    units = [s for s in text.sentences if not s.boxes or number in {box.page for box in s.boxes}]
    places = {fingerprint(s.text): index for index, s in reversed(list(enumerate(units)))}
    headings = {fingerprint(s.text) for s in units if s.kind == "heading"}
    wanted = {"text": [], "heading": []}
    for unit, sha1 in marked["units"]:
        wanted[unit].append(sha1)
    order = [places[sha1] for _, sha1 in marked["units"] if sha1 in places]
    pairs = list(pairwise(order))
    return MarkedPage(
        file=Path(marked["file"]).name,
        page=number,
        sentences=Recall(sum(sha1 in places for sha1 in wanted["text"]), len(wanted["text"])),
        headings=Recall(sum(sha1 in headings for sha1 in wanted["heading"]), len(wanted["heading"])),
        in_order=Recall(sum(first <= second for first, second in pairs), len(pairs)),
    )


def normal(text: str) -> str:
    """Blanks evened out, and without the gold's mark of a list item."""
    return " ".join(text.removeprefix("L ").split())


def gold_recall(data: Path) -> tuple[Recall, Recall]:
    """Recall of whole sentences and of headings on the gold pages, read with their neighbours as in a
    document.

    The units of the gold that the page shows to be cut in mid-sentence, after a name that ends in a question
    mark, are not wanted: no reader should find them. In their place the whole sentences of that page are.
    """
    marks = json.loads(MARKS.read_text(encoding="utf-8"))
    sentences = headings = Recall(0, 0)
    for gold in gold_pages(data):
        number = gold["page"]
        around = [page for page in (number - 1, number, number + 1) if page > 0]
        text = extract((data / "documents" / gold["file"]).read_bytes(), pages=around)
        on_page = [s for s in text.sentences if number in {box.page for box in s.boxes}]
        found = {normal(s.text) for s in on_page}
        as_heading = {normal(s.text) for s in on_page if s.kind == "heading"}
        sentences += _recall(
            [s for s in gold["sentences"] if fingerprint(normal(s)) not in marks["cut"]], found
        )
        whole = marks["in_place_of_cut"].get(gold["name"], [])
        sentences += Recall(len(set(whole) & {fingerprint(s) for s in found}), len(whole))
        headings += _recall(gold["headings"], as_heading)
    return sentences, headings


def plain_recall(data: Path, text_of_page: Callable[[bytes, int], str]) -> Recall:
    """Recall of whole sentences from the plain text of a page, its lines joined and then split."""
    total = Recall(0, 0)
    for gold in gold_pages(data):
        text = " ".join(text_of_page((data / "documents" / gold["file"]).read_bytes(), gold["page"]).split())
        found = {normal(text[start:end]) for start, end in split_sentences(text)} if text else set()
        total += _recall(gold["sentences"], found)
    return total


def _recall(wanted: Iterable[str], found: set[str]) -> Recall:
    wanted = list(wanted)
    return Recall(sum(normal(unit) in found for unit in wanted), len(wanted))


def plumber_default(body: bytes, page: int) -> str:
    with pdfplumber.open(io.BytesIO(body), pages=[page]) as pdf:
        return pdf.pages[0].extract_text() or ""


def pdfium_text(body: bytes, page: int) -> str:
    with pypdfium2.PdfDocument(body) as document:
        return document[page - 1].get_textpage().get_text_bounded()


def pdfminer_text(body: bytes, page: int) -> str:
    from pdfminer.high_level import extract_text

    return extract_text(io.BytesIO(body), page_numbers=[page - 1])


def split_recall(data: Path) -> Recall:
    """Paragraphs of the labelled list that are split exactly."""
    lines = (data / "extraction" / "sentence_splits.txt").read_text(encoding="utf-8").splitlines()
    right = 0
    for line in filter(None, lines):
        text = line.replace("¦", " ")
        cut = [text[start:end].strip() for start, end in split_sentences(text)]
        right += cut == [part.strip() for part in line.split("¦")]
    return Recall(right, len(list(filter(None, lines))))


def scans(data: Path) -> list[Scan]:
    """Synthetic scans of gold pages against the text layer of the page that they were made from."""
    results = []
    for gold in gold_pages(data):
        original = extract((data / "documents" / gold["file"]).read_bytes(), pages=[gold["page"]])
        wanted = Counter(_words(original))
        for path in sorted((data / "documents" / "synthetic").glob(f"{gold['name']}__*.pdf")):
            text = extract(path.read_bytes())
            found = Counter(_words(text))
            shared = sum((wanted & found).values())
            whole = _recall(map(_even, gold["sentences"]), {_even(s.text) for s in text.sentences})
            f1 = 2 * shared / (sum(wanted.values()) + sum(found.values()))
            confidence = text.pages[0].confidence
            results.append(Scan(gold["name"], path.stem.split("__")[1], f1, confidence, whole))
    return results


def _even(text: str) -> str:
    return normal(text).replace("’", "'").replace("–", "-")


def _words(text: Text) -> list[str]:
    return [word for s in text.sentences for word in _WORD.findall(_even(s.text).lower())]


def born_digital(data: Path, wanted: Callable[[int], bool]) -> list[bytes]:
    """The bodies of PDFs with a text layer whose number of pages is wanted."""
    with (data / "documents" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "born-digital"]
    paths = [data / "documents" / row["file"] for row in rows if wanted(int(row["pages"]))]
    return [path.read_bytes() for path in paths if path.is_file()]


def seconds(works: Sequence[Callable[[bytes], object]], bodies: Sequence[bytes], rounds: int) -> list[float]:
    """CPU seconds of each kind of work over the bodies: for each body the fastest of some rounds, taken in
    turns.
    """
    totals = [0.0] * len(works)
    for body in bodies:
        times = [[cpu_seconds(work, body) for work in works] for _ in range(rounds)]
        totals = [total + min(own) for total, own in zip(totals, zip(*times, strict=True), strict=True)]
    return totals


def cpu_seconds(work: Callable[[bytes], object], body: bytes) -> float:
    began = time.process_time()
    work(body)
    return time.process_time() - began


def plumber_all_pages(body: bytes) -> None:
    with pdfplumber.open(io.BytesIO(body)) as pdf:
        for page in pdf.pages:
            page.extract_text()
            page.close()


@dataclass(frozen=True, slots=True)
class PoolRun:
    """How long a pool of workers took over the same files."""

    workers: int
    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of CPU that the workers' processes used."""
    others: float
    """Cores that other programs kept busy meanwhile, on average."""


def pool_run(bodies: Sequence[bytes], workers: int) -> PoolRun:
    """Read the files with so many workers, whose processes have started and have read a few before.

    No process is renewed meanwhile, as long as there are fewer files than that takes.
    """
    with Extractor(workers=workers) as extractor:
        list(extractor.extract_many(enumerate(bodies[: 4 * workers])))
        processes = [process.pid for process in multiprocessing.active_children()]
        used, own, busy, began = (
            _cpu_used(processes),
            time.process_time(),
            _cpu_of_machine(),
            time.monotonic(),
        )
        list(extractor.extract_many(enumerate(bodies)))
        wall = time.monotonic() - began
        cpu, own, busy = _cpu_used(processes) - used, time.process_time() - own, _cpu_of_machine() - busy
        if processes != [process.pid for process in multiprocessing.active_children()]:
            raise RuntimeError("a process was renewed while it was timed: take fewer files")
        return PoolRun(workers, wall, cpu, max(0.0, busy - cpu - own) / wall)


def _cpu_used(processes: Iterable[int | None]) -> float:
    """CPU seconds that living processes have used, as Linux tells them (in hundredths)."""
    lines = (Path(f"/proc/{process}/stat").read_text(encoding="ascii") for process in processes)
    fields = [line.rpartition(")")[2].split() for line in lines]
    return sum(int(user) + int(system) for user, system in (f[11:13] for f in fields)) / _TICKS


def _cpu_of_machine() -> float:
    """CPU seconds that all cores together have been busy since the start of Linux."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    user, nice, system, _, _, interrupts, soft, stolen = map(int, first.split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) / _TICKS


def memory_run(data: Path, files: int = MEMORY_FILES) -> list[tuple[int, float]]:
    """Files read and resident megabytes of one process, without the pool's renewal of it, every tenth of the
    run.
    """
    folder = data / "documents"
    bodies = born_digital(
        data, lambda pages: pages <= 2
    )  # many files in little time: what leaks, leaks per file
    bodies += [path.read_bytes() for path in [*(folder / "html").iterdir(), *(folder / "docx").iterdir()]]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_read_over_and_over, (bodies, files))


def _read_over_and_over(bodies: Sequence[bytes], files: int) -> list[tuple[int, float]]:
    measured = []
    for number in range(1, files + 1):
        extract(bodies[number % len(bodies)])
        if number % (files // 10) == 0:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            measured.append((number, pages * os.sysconf("SC_PAGE_SIZE") / 1e6))
    return measured


def read_everything(data: Path) -> list[tuple[Path, Text]]:
    folder = data / "documents"
    paths = [
        path for kind in ("pdf", "html", "docx", "synthetic") for path in sorted((folder / kind).iterdir())
    ]
    with Extractor() as extractor:
        bodies = ((path.relative_to(folder), path.read_bytes()) for path in paths)
        return sorted(extractor.extract_many(bodies), key=lambda item: item[0])


def print_quality(data: Path) -> None:
    sentences, headings = gold_recall(data)
    print("Whole sentences on difficult pages")
    print(f"  section54                    {sentences}   headings {headings}")
    for name, reader in (
        ("pdfplumber defaults", plumber_default),
        ("pypdfium2", pdfium_text),
        ("pdfminer.six high level", pdfminer_text),
    ):
        other = plain_recall(data, reader)
        print(f"  {name:<28} {other}   ratio {sentences.share / max(other.share, 0.001):.2f}")
    print(f"Paragraphs split right         {split_recall(data)}")


def print_marks(data: Path) -> None:
    for kind, name in (("pdf", "PDF pages"), ("html", "HTML pages")):
        pages = marked_pages(data, kind)
        print(f"{name} marked by eye: whole sentences, headings, neighbours in order")
        for page in pages:
            print(f"  {page.file[:44]:<44} p{page.page}  {page.sentences}  {page.headings}  {page.in_order}")
        sums = [
            sum(parts, Recall(0, 0))
            for parts in zip(*((p.sentences, p.headings, p.in_order) for p in pages), strict=True)
        ]
        print(f"  {'all':<44}     {sums[0]}  {sums[1]}  {sums[2]}")


def print_scans(data: Path) -> None:
    began = time.process_time()
    results = scans(data)
    print(
        f"Synthetic scans: word F1, mean confidence, whole sentences "
        f"({(time.process_time() - began) / max(len(results), 1):.2f} CPU s a page of OCR)"
    )
    by_variant: Mapping[str, list[Scan]] = {
        variant: [scan for scan in results if scan.variant == variant]
        for variant in sorted({scan.variant for scan in results})
    }
    for variant, group in by_variant.items():
        f1 = statistics.fmean(scan.word_f1 for scan in group)
        confidence = statistics.fmean(scan.confidence or 0 for scan in group)
        whole = sum((scan.whole for scan in group), Recall(0, 0))
        print(f"  {variant:<12} {f1:.4f}   {confidence:.1f}   {whole}")
    print("Confidence against accuracy: pages, mean and least word F1")
    for low, high in pairwise((0, 80, 85, 88, 91, 93, 94.5, 100.1)):
        band = [scan.word_f1 for scan in results if low <= (scan.confidence or 0) < high]
        if band:
            print(
                f"  {low:>5} to {min(high, 100):<5} {len(band):>3}   {statistics.fmean(band):.3f}"
                f"   {min(band):.3f}"
            )


def print_speed(data: Path) -> None:
    small = born_digital(data, lambda pages: pages <= SMALL_PAGES)
    large = born_digital(data, lambda pages: pages >= LARGE_PAGES)
    extract(small[0])  # libraries and word lists are loaded once a process
    for name, bodies, rounds in (("small statements", small, 5), ("reports of 150 pages and more", large, 2)):
        pages = sum(len(extract(body).pages) for body in bodies)
        ours, plain = seconds([extract, plumber_all_pages], bodies, rounds)
        print(
            f"Speed on {name}: {pages / ours:.1f} pages/s, pdfplumber defaults {pages / plain:.1f}: "
            f"ratio {plain / ours:.2f} ({len(bodies)} files, {pages} pages)"
        )


def print_workers(data: Path) -> None:
    # Twenty times over: under ten seconds the end, when one worker waits for the other, would count too much.
    bodies = born_digital(data, lambda pages: pages <= SMALL_PAGES) * 20
    print(f"Two workers over one, by the clock ({len(bodies)} files of up to {SMALL_PAGES} pages, in turns):")
    quiet = []
    for _ in range(WORKER_ROUNDS):
        one, two = pool_run(bodies, 1), pool_run(bodies, 2)
        ratio, others = one.wall / two.wall, max(one.others, two.others)
        print(
            f"  {one.wall:.1f} s over {two.wall:.1f} s: {ratio:.2f}   "
            f"({one.cpu:.1f} and {two.cpu:.1f} CPU s; "
            f"other programs kept up to {others:.2f} cores busy)"
        )
        if others <= QUIET:
            quiet.append(ratio)
    if quiet:
        print(
            f"  median of the rounds on a quiet machine: {statistics.median(quiet):.2f} ({len(quiet)} rounds)"
        )
    else:
        print("  not measured: in every round other programs kept the machine busy")


def print_memory(data: Path) -> None:
    measured = memory_run(data)
    print(f"Resident memory of one process over {MEMORY_FILES} files, MB:")
    print("  " + "  ".join(f"{number}: {size:.0f}" for number, size in measured))


PARTS = {
    "quality": print_quality,
    "marks": print_marks,
    "scans": print_scans,
    "speed": print_speed,
    "workers": print_workers,
    "memory": print_memory,
}


def print_everything(data: Path) -> None:
    for path, text in read_everything(data):
        methods = Counter(page.method for page in text.pages)
        outcome = f"{text.error.kind}: {text.error.message}" if text.error else f"{text.words} words"
        pages = ", ".join(f"{count} {method}" for method, count in methods.items())
        print(f"{path}: {outcome}; {pages}; {'; '.join(text.warnings)}")


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="print this part alone; repeatable")
    parser.add_argument("--all", action="store_true", help="also read every document and print a table")
    options = parser.parse_args(arguments)
    data = shared_data()
    if not (data / "extraction").is_dir():
        sys.exit(f"no real documents at {data}: set SECTION54_DATA")
    for name in options.only or PARTS:
        PARTS[name](data)
    if options.all:
        print_everything(data)


if __name__ == "__main__":
    main()
