"""What differs between operating systems stays in one module, and every module is imported where Unix's are
missing.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain import machine
from section54.cli import cli
from section54.settings import ROOT

PACKAGES = ("domain", "section54", "crawler", "extraction", "classifier", "db", "demo")

# Only imports made by our own modules find the modules of Unix gone: what other libraries do on
# Windows is their own affair.
ON_WINDOWS = """
import builtins, importlib, sys
unix = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline"}
ours = set(sys.argv[1].split(","))
found = builtins.__import__
def find(name, globals=None, *rest, **named):
    if name in unix and (globals or {}).get("__name__", "").split(".")[0] in ours:
        raise ImportError(f"no module named {name} on Windows")
    return found(name, globals, *rest, **named)
builtins.__import__ = find
for name in sys.argv[2:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:  # training needs an extra
        if error.name not in ("torch", "onnx", "transformers"):
            raise
from domain import machine
assert not machine.UNIX
assert machine.limit_memory(10**9) is machine.limit_cpu(1) is False
assert machine.resident_bytes() == 0
"""


def modules() -> list[str]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return sorted(name.removesuffix(".__init__") for name in names if "templates" not in name)


def test_every_module_is_imported_where_unix_modules_are_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ON_WINDOWS, ",".join(PACKAGES), *modules()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("crawl", "--cluster", "local"), ("update", "--browser")])
def test_option_that_needs_a_unix_says_so_before_it_starts(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "UNIX", False)

    result = CliRunner().invoke(cli, [*arguments])

    assert result.exit_code == 2
    assert f"{arguments[1]} needs Linux or macOS; on Windows, run it in WSL or in Docker" in result.output


def test_lock_is_held_once_and_free_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with machine.locked(lock), pytest.raises(machine.LockHeld), machine.locked(lock, wait=False):
        pass

    with machine.locked(lock, wait=False):
        pass


def test_lock_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from domain import machine\n"
        "machine.locked(pathlib.Path(sys.argv[1])).__enter__()\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], cwd=ROOT, check=False)

    with machine.locked(tmp_path / "lock", wait=False):
        pass


def test_worker_process_takes_no_module_from_the_folder_it_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "socket.py").write_text("raise SystemExit('the wrong socket')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    process = machine.spawning().Process(target=os.getpid)
    process.start()
    process.join()

    assert process.exitcode == 0
    assert machine.spawning() is multiprocessing.get_context("spawn")


def test_reading_needs_no_library_of_training(tmp_path: Path) -> None:
    page = tmp_path / "statement.html"
    page.write_text(
        "<h1>Modern slavery statement</h1><p>In 2025 we trained all 340 buyers to recognise forced "
        "labour.</p>",
        encoding="utf-8",
    )
    absent = "import sys; sys.modules |= dict.fromkeys(('sklearn', 'torch', 'transformers', 'onnx'))"

    done = subprocess.run(
        [sys.executable, "-c", f"{absent}; from section54.cli import cli; cli()", "scan", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "trained all 340 buyers" in done.stdout
