"""Shared fixtures. A test says in its skip what the machine lacks; in CI that is a failure."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from section54 import settings
from section54.system_packages import how_to_install, missing, system_packages

PACKAGES = {package.name: package for package in system_packages()}
MAY_BE_INSTALLED = ("is not installed", "no real data")
"""What the reason of a skip says where the machine lacks something that CI has."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """In CI, fail a test that was skipped for what can be installed."""
    report = yield
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if any(words in reason for words in MAY_BE_INSTALLED):
            report.outcome = "failed"
            report.longrepr = f"{reason} (in CI nothing may be skipped for that reason)"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what the machine lacks, and how to have the skipped tests run."""
    lacking = missing("demo", "test")
    if lacking:
        terminalreporter.section("not installed: tests that need it were skipped")
        for package in lacking:
            terminalreporter.line(f"{package.name}: {package.purpose}")
        terminalreporter.line(f"To have them: {how_to_install(lacking)}")


def installed(name: str) -> str:
    """Return the path of a package's program; skip the test where the package is not installed."""
    found = PACKAGES[name].found()
    if found is None:
        pytest.skip(f"{name} is not installed: {how_to_install([PACKAGES[name]])}")
    return found


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents and labelled sentences."""
    folder = settings.shared_data()
    if not (folder / "sentences").is_dir():
        pytest.skip(f"no real data at {folder}: set SECTION54_DATA")
    return folder


@pytest.fixture(scope="session")
def tesseract() -> str:
    """The tesseract program, with its language data."""
    return installed("tesseract-ocr")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The Chromium program, for pictures of pages and printing."""
    return installed("chromium")


@pytest.fixture(scope="session")
def driven_chromium(chromium: str) -> str:
    """The Chromium program where Playwright can drive it."""
    pytest.importorskip("playwright", reason="Playwright is not installed: pip install 'section54[browser]'")
    installed("libatomic1")
    return chromium


@pytest.fixture(scope="session")
def nginx() -> str:
    return installed("nginx-light")


@pytest.fixture(scope="session")
def pdftotext() -> str:
    return installed("poppler-utils")


@pytest.fixture(scope="session")
def shellcheck() -> str:
    return installed("shellcheck")


@pytest.fixture(scope="session")
def systemd_analyze() -> str:
    return installed("systemd")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes to the collection of whoever runs it."""
    monkeypatch.setenv(settings.DATA_HOME, str(tmp_path_factory.mktemp("home")))
