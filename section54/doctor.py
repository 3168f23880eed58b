"""What is installed, what is missing, and what that costs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from section54 import caches, settings


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    found: str
    """The version or place, or "not installed"."""
    cost: str
    """What does not work without it; empty where all is well."""


def examine(home: settings.Home) -> list[Finding]:
    """Look at the machine, the model and the data, in the order in which they are needed."""
    return [
        _package("scrapy", "nothing can be collected"),
        _package("pdfplumber", "PDF files cannot be read"),
        _package("scikit-learn", "nothing can be assessed"),
        _package("datasette", "the site cannot be served"),
        _package("tesserocr", "OCR runs by the slower pytesseract"),
        _tesseract(),
        _chromium(),
        _model(),
        _folder(
            "labelled sentences",
            settings.shared_data() / "sentences",
            "the model cannot be trained or evaluated",
        ),
        _folder(
            "collection",
            home.working_db,
            "there is no data yet: begin with `section54 demo` or `registry load`",
        ),
        Finding("cache", True, caches.described(home), ""),
        _folder("published site", home.site_db, "nothing to serve yet: run `section54 publish`"),
    ]


def _package(name: str, cost: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name), "")
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", cost)


def _tesseract() -> Finding:
    cost = "pages that are scans cannot be read: they are reported as could not check (apt install tesseract-ocr)"
    program = shutil.which("tesseract")
    if program is None:
        return Finding("tesseract", False, "not installed", cost)
    run = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - found by which()
    languages = run.stdout.split()[-20:]
    english = "eng" in languages
    return Finding("tesseract", english, program, "" if english else cost)


def _chromium() -> Finding:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    cost = "pictures of pages in the tests are skipped (apt install chromium)"
    return Finding("chromium", program is not None, program or "not installed", "" if program else cost)


def _model() -> Finding:
    folder = settings.model_folder()
    trained = (folder / "metrics.json").exists()
    return Finding(
        "model", trained, str(folder), "" if trained else "nothing can be assessed: run `section54 train`"
    )


def _folder(what: str, path: Path, cost: str) -> Finding:
    return Finding(
        what, path.exists(), str(path) if path.exists() else f"not at {path}", "" if path.exists() else cost
    )
