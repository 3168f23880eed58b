"""Extraction in worker processes: files that crash, hang or fill memory cost one file each."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from extraction_documents import (
    SECOND,
    encrypted,
    form_recursion,
    html,
    many_operators,
    simple_docx,
    simple_pdf,
    tounicode_bomb,
)
from growing_worker import serve_until_grown, wait

from extraction import worker
from extraction.worker import Extractor

SYSTEM = worker._PROCESSES
PAGE = html(f"<p>{SECOND}</p>")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=1) as one:
        yield one


def test_a_file_is_read_in_another_process(extractor: Extractor) -> None:
    text = extractor.submit(simple_pdf()).result(timeout=240)

    assert text.error is None
    assert SECOND in [sentence.text for sentence in text.sentences]


def test_a_file_that_takes_too_long_is_ended_and_the_next_one_is_read(extractor: Extractor) -> None:
    text = extractor.submit(tounicode_bomb(), timeout=3).result(timeout=240)

    assert text.error is not None
    assert text.error.kind == "timeout"
    assert text.error.message == "reading the file took more than 3 seconds"
    assert text.content_type == "application/pdf"
    assert len(text.sha256) == 64
    assert extractor.submit(PAGE).result(timeout=240).error is None


@pytest.mark.slow
@pytest.mark.parametrize("make", [form_recursion, many_operators])
def test_a_file_that_ends_its_process_is_reported_and_the_next_one_is_read(
    extractor: Extractor, make: type[bytes]
) -> None:
    text = extractor.submit(make(), timeout=150).result(timeout=200)  # a busy machine takes a minute

    assert text.error is not None
    assert text.error.kind in ("crashed", "too_large")
    assert extractor.submit(PAGE).result(timeout=240).error is None


def test_what_the_server_said_reaches_the_worker(extractor: Extractor) -> None:
    text = extractor.submit(PAGE, known_type="application/pdf").result(timeout=240)

    assert "served as application/pdf, but it is text/html" in text.warnings


def test_many_documents_come_back_with_their_keys(extractor: Extractor) -> None:
    documents = [
        ("pdf", simple_pdf()),
        ("secret", encrypted(simple_pdf(), user="x")),
        ("page", PAGE),
        ("docx", simple_docx()),
        ("nothing", b""),
    ]

    results = dict(extractor.extract_many(documents))

    assert {key: text.error.kind if text.error else text.method for key, text in results.items()} == {
        "pdf": "pdf",
        "secret": "encrypted",
        "page": "html",
        "docx": "docx",
        "nothing": "empty",
    }


def test_only_a_few_documents_are_held_at_a_time(extractor: Extractor) -> None:
    taken = 0

    def documents() -> Iterator[tuple[int, bytes]]:
        nonlocal taken
        for number in range(20):
            taken += 1
            yield number, PAGE

    ahead = []
    for done, _ in enumerate(extractor.extract_many(documents()), start=1):
        ahead.append(taken - done)

    assert len(ahead) == 20
    assert max(ahead) <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the processor time of another process")
@pytest.mark.parametrize(("seconds", "result"), [(3, "done"), (60, "timeout")])
def test_time_of_a_file_is_processor_time_within_bounds(
    extractor: Extractor, seconds: float, result: str
) -> None:
    job = worker._Job(b"", functools.partial(wait, seconds=seconds), 2, lambda kind, message: kind)

    assert extractor._queued(job).result(timeout=240) == result


def test_futures_can_be_awaited(extractor: Extractor) -> None:
    async def read_two() -> list[str]:
        futures = [asyncio.wrap_future(extractor.submit(body)) for body in (PAGE, simple_pdf())]
        return [text.method for text in await asyncio.gather(*futures)]

    assert asyncio.run(read_two()) == ["html", "pdf"]


def test_a_cancelled_file_ends_its_work(extractor: Extractor) -> None:
    future: Future = extractor.submit(tounicode_bomb(), timeout=120)
    time.sleep(1)

    assert future.cancel()
    with pytest.raises(CancelledError):
        future.result(timeout=5)
    assert extractor.submit(PAGE).result(timeout=100).error is None  # the file before it would take 120


def test_a_file_cancelled_while_its_process_starts_holds_up_no_other() -> None:
    with Extractor(workers=1) as extractor:
        future = extractor.submit(tounicode_bomb(), timeout=120)
        time.sleep(0.05)

        assert future.cancel()
        assert extractor.submit(PAGE).result(timeout=240).error is None


def test_workers_that_were_killed_while_idle_are_replaced() -> None:
    with Extractor(workers=2) as extractor:
        assert extractor.submit(PAGE).result(timeout=240).error is None

        for process in multiprocessing.active_children():
            process.kill()
            process.join()

        assert [extractor.submit(PAGE).result(timeout=240).error for _ in range(3)] == [None, None, None]


def test_a_worker_that_has_grown_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_serve_files", serve_until_grown)
    others = set(multiprocessing.active_children())  # of other tests
    with Extractor(workers=1) as grown:
        processes = set()
        for _ in range(3):
            assert grown.submit(PAGE).result(timeout=240).error is None
            processes.update(set(multiprocessing.active_children()) - others)
            wait_for_end_of(processes)

    assert len(processes) == 3


def wait_for_end_of(processes: set[BaseProcess]) -> None:
    deadline = time.monotonic() + 60
    while any(process.is_alive() for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(process.is_alive() for process in processes)


def test_a_closed_extractor_takes_no_more_files() -> None:
    extractor = Extractor(workers=1)
    extractor.close()

    with pytest.raises(RuntimeError, match="the extractor is closed"):
        extractor.submit(PAGE)


def test_leaving_the_extractor_ends_a_worker_that_hangs() -> None:
    with Extractor(workers=1) as extractor:
        future = extractor.submit(tounicode_bomb(), timeout=300)
        time.sleep(2)

    text = future.result(timeout=5)
    assert text.error is not None
    assert text.error.kind == "crashed"


def test_a_program_that_forgets_to_close_still_ends(tmp_path: Path) -> None:
    script = tmp_path / "forgets.py"
    script.write_text(
        "import sys, time\n"
        "from extraction.worker import Extractor\n"
        "if __name__ == '__main__':\n"
        "    extractor = Extractor(workers=1)\n"
        "    extractor.submit(open(sys.argv[1], 'rb').read(), timeout=300)\n"
        "    time.sleep(2)\n"
    )
    document = tmp_path / "hangs.pdf"
    document.write_bytes(tounicode_bomb())

    done = subprocess.run(
        [sys.executable, script, document],
        cwd=Path(__file__).parents[1],
        timeout=240,
        check=False,  # the file would take 300
    )

    assert done.returncode == 0


@pytest.mark.slow
def test_a_worker_whose_program_was_killed_does_not_live_on(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "from extraction.worker import Extractor\n"
        "if __name__ == '__main__':\n"
        "    extractor = Extractor(workers=1)\n"
        "    print(extractor.submit(b'<html><p>Ready to go.</p>').result().method, flush=True)\n"
        "    children = open(f'/proc/self/task/{os.getpid()}/children').read().split()\n"
        "    import glob\n"
        "    for task in glob.glob('/proc/self/task/*/children'):\n"
        "        children += open(task).read().split()\n"
        "    print(*sorted(set(children)), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run(
        [sys.executable, script],
        cwd=Path(__file__).parents[1],
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )

    method, workers = done.stdout.splitlines()
    assert method == "html"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in workers.split()):
        time.sleep(0.2)
    assert not [pid for pid in workers.split() if is_running(pid)]


def is_running(pid: str) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


class Refusing:
    """Stands in for the maker of processes where the system refuses some of them."""

    def __init__(self, refusals: int, error: Exception) -> None:
        self.refusals = refusals
        self._error = error

    def Pipe(self) -> object:  # noqa: N802 - as multiprocessing has it
        return SYSTEM.Pipe()

    def Process(self, **options: object) -> object:  # noqa: N802
        process = SYSTEM.Process(**options)
        if self.refusals:
            self.refusals -= 1

            def refuse() -> None:
                raise self._error

            process.start = refuse
        return process


@pytest.mark.parametrize(
    "error", [BlockingIOError(11, "Resource temporarily unavailable"), OSError(24, "Too many open files")]
)
@pytest.mark.parametrize(("refusals", "kinds"), [(1, [None, None]), (2, ["no_worker", None])])
def test_a_worker_that_cannot_start_costs_one_file_at_most(
    monkeypatch: pytest.MonkeyPatch, error: Exception, refusals: int, kinds: list[str | None]
) -> None:
    monkeypatch.setattr(worker, "_BEFORE_NEXT_START", 0)
    monkeypatch.setattr(worker, "_PROCESSES", Refusing(refusals, error))

    with Extractor(workers=1) as extractor:
        texts = [extractor.submit(simple_pdf()).result(timeout=60) for _ in range(2)]

    assert [text.error.kind if text.error else None for text in texts] == kinds
    failed = texts[0].error
    assert failed is None or (failed.is_ours and str(error) in failed.message)


def test_a_failure_of_any_kind_in_a_worker_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, job: object) -> None:
        monkeypatch.undo()
        raise ValueError("nobody thought of it")

    monkeypatch.setattr(worker._Worker, "_read", fail)

    with Extractor(workers=1) as extractor:
        first, second = (extractor.submit(simple_pdf()).result(timeout=60) for _ in range(2))

    assert first.error is not None
    assert first.error.kind == "crashed"
    assert second.error is None
