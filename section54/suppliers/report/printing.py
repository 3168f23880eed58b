"""Pages to PDF by headless Chromium, where one is installed. The pages run no script and load nothing."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from domain import machine

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
TIMEOUT = 120  # seconds a page; one of 2,000 suppliers takes some 20


class NoPrinter(Exception):
    """There is no Chromium to print with, or it failed; the message says which."""


def chromium() -> str | None:
    """The path of the browser that prints, or None."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def print_pdf(page: Path, pdf: Path) -> Path:
    """Print an HTML file to `pdf`. Raises NoPrinter."""
    browser = chromium()
    if browser is None:
        raise NoPrinter("no PDF was made: Chromium is not installed")
    pdf.unlink(missing_ok=True)  # an older one would pass for what Chromium has not written
    with tempfile.TemporaryDirectory(prefix="section54-print-") as profile:
        arguments = [
            browser, "--headless", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
            "--no-first-run", "--no-pdf-header-footer", f"--user-data-dir={profile}",
            f"--print-to-pdf={pdf.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        if machine.is_root():
            arguments.insert(1, "--no-sandbox")  # Chromium refuses its sandbox to root, as in a container
        try:
            done = subprocess.run(arguments, capture_output=True, timeout=TIMEOUT, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise NoPrinter(f"no PDF was made of {page}: Chromium did not end within {TIMEOUT} s") from error
    if done.returncode or not pdf.is_file():
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise NoPrinter(f"no PDF was made of {page}: Chromium says {last[0]!r}")
    return pdf
