"""The wheel: all that the application needs is inside, and it works in an empty folder far from any
checkout.
"""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from section54.settings import ROOT

pytestmark = pytest.mark.slow

PACKAGES = ("classifier", "crawler", "db", "demo", "domain", "extraction", "models", "section54", "web")
BY_PRODUCTS = shutil.ignore_patterns("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what a wheel is made of, so that the checkout stays clean."""
    source = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=BY_PRODUCTS)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment: the wheel, over the packages of the environment that runs the
    tests.
    """
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / "python")
    pip("--python", python, "install", "--no-deps", "--no-index", str(wheel))
    # What a .pth file adds is searched, and .pth files in it (our own checkout) are not read. Python reads
    # such a file in the encoding of the locale, which may know ASCII alone.
    find = [python, "-c", "import sysconfig; print(ascii(sysconfig.get_path('purelib')))"]
    own = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()
    borrowed = f"import sys; sys.path.append({sysconfig.get_path('purelib')!a})\n"
    (Path(ast.literal_eval(own)) / "borrowed.pth").write_text(borrowed, encoding="ascii")
    return programs / "section54"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder but for files with the names of modules that the application uses."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for module in ("db", "socket", "domain", "models"):
        (folder / f"{module}.py").write_text(f"raise SystemExit('the wrong {module}')\n", encoding="utf-8")
    return folder


def pip(*arguments: str) -> None:
    quiet = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quiet, *arguments], check=True)


def clean_environment() -> dict[str, str]:
    """What the test run itself sets would lead back to the checkout."""
    ours = ("PYTHONPATH", "PYTHONSAFEPATH", "SECTION54_HOME", "PYTEST_CURRENT_TEST")
    return {name: value for name, value in os.environ.items() if name not in ours}


def run(command: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(command), *arguments], cwd=folder, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    in_checkout = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert in_wheel == in_checkout | {"docs/data-dictionary.md"}


def test_command_answers(command: Path, elsewhere: Path) -> None:
    assert "Commands:" in run(command, elsewhere, "--help")


def test_statement_is_read(command: Path, elsewhere: Path) -> None:
    page = elsewhere / "statement.html"
    page.write_text(
        "<h1>Modern slavery statement</h1><p>This statement is made under section 54 of the Modern Slavery "
        "Act 2015."
        "</p><p>In 2025 we trained all 340 buyers to recognise the signs of forced labour.</p>",
        encoding="utf-8",
    )

    told = run(command, elsewhere, "scan", str(page))

    assert "trained all 340 buyers" in told


def test_demo_runs_and_its_site_is_served(command: Path, elsewhere: Path) -> None:
    told = run(command, elsewhere, "demo", "--no-serve")

    assert "published:" in told
    with served(command, elsewhere, "--home", "data/demo") as address:
        page = urllib.request.urlopen(address, timeout=60).read().decode()
    assert "What modern slavery statements say" in page


@contextmanager
def served(command: Path, folder: Path, *arguments: str) -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    serve = [str(command), "serve", *arguments, "--port", str(port)]
    with subprocess.Popen(serve, cwd=folder, env=clean_environment()) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until the site answers, or its process has ended."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=60).close()
            return
        except urllib.error.URLError:
            time.sleep(0.5)
    pytest.fail(f"`serve` ended with exit code {process.returncode}")
