"""Shared fixtures. What a test needs and the machine lacks is said in the skip; in CI it is a failure."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from section54 import settings


def _lacking(sentence: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{sentence} (in CI nothing may be skipped for that reason)")
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents and labelled sentences."""
    folder = settings.shared_data()
    if not (folder / "sentences").is_dir():
        _lacking(f"no real data at {folder}: set SECTION54_DATA")
    return folder


@pytest.fixture(scope="session")
def tesseract() -> str:
    """The tesseract program, with its language data."""
    program = shutil.which("tesseract")
    if program is None:
        _lacking("tesseract is not installed: apt install tesseract-ocr")
    assert program is not None
    return program


@pytest.fixture(scope="session")
def chromium() -> str:
    """The Chromium program, for pictures of pages."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        _lacking("Chromium is not installed: apt install chromium")
    assert program is not None
    return program


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes to the collection of whoever runs it."""
    monkeypatch.setenv(settings.DATA_HOME, str(tmp_path_factory.mktemp("home")))
