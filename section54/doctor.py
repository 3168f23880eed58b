"""What is installed, what is missing, and what that costs."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from db.soundness import fault
from section54 import caches, preflight, settings
from section54.system_packages import SystemPackage, how_to_install, system_packages


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    found: str
    """The version or place, or "not installed"."""
    cost: str
    """What does not work without it and what helps; empty where all is well."""
    needed: bool = False
    """Whether statements cannot be collected, read and shown without it."""


def examine(home: settings.Home) -> list[Finding]:
    """Look at the machine, the model and the data, in the order in which they are needed."""
    return [
        _package("scrapy", "nothing can be collected"),
        _package("pdfplumber", "PDF files cannot be read"),
        _package("scipy", "nothing can be assessed"),
        _package("datasette", "the site cannot be served"),
        _package("scikit-learn", "no model can be trained or measured", needed=False),
        _package("tesserocr", "OCR runs by the slower pytesseract", needed=False),
        _ocr(),
        *(_system_package(item) for item in system_packages() if item.needed_by == "test"),
        _model(),
        _disk(home),
        _collection(home),
        Finding("cache", True, caches.described(home), ""),
        _private(home),
        _place("published site", home.site_db, "nothing to serve yet: run `section54 publish`"),
        _place(
            "labelled sentences",
            settings.shared_data() / "sentences",
            "the model cannot be trained or measured: set SECTION54_DATA",
        ),
    ]


def _package(name: str, cost: str, *, needed: bool = True) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name), "", needed)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", cost, needed)


def _system_package(item: SystemPackage) -> Finding:
    found = item.found()
    if found:
        return Finding(item.name, True, found, "")
    return Finding(item.name, False, "not installed", f"{item.purpose}: {how_to_install([item])}")


def _ocr() -> Finding:
    from extraction.ocr import tessdata_folder

    lacking = preflight.missing_ocr()
    return Finding(
        "tesseract-ocr", not lacking, str(tessdata_folder() or "not installed"), lacking or "", True
    )


def _model() -> Finding:
    folder = settings.model_folder()
    trained = (folder / "metrics.json").exists()
    cost = "" if trained else "nothing can be assessed: run `section54 train`"
    return Finding("model", trained, str(folder), cost, True)


def _disk(home: settings.Home) -> Finding:
    try:
        preflight.check_disk(home.path, preflight.CRAWL_MEGABYTES)
    except preflight.NotReady as error:
        return Finding("disk", False, "full", str(error), True)
    return Finding("disk", True, f"more than {preflight.CRAWL_MEGABYTES} MB free", "")


def _collection(home: settings.Home) -> Finding:
    demo = settings.home(home.path / "demo")
    if not home.working_db.exists() and demo.is_demo:
        cost = f"only the demo's is there, in {demo.path}: `section54 serve --home {demo.path}` shows it"
        return Finding("collection", False, f"not at {home.working_db}", cost)
    what = "collection of the demo" if home.is_demo else "collection"
    return _place(
        what, home.working_db, "there is no data yet: begin with `section54 demo` or `registry load`"
    )


def _private(home: settings.Home) -> Finding:
    if home.private_db.exists():
        return _place("supplier lists", home.private_db, "")
    return Finding("supplier lists", True, "none yet", "")


def _place(what: str, path: Path, cost: str) -> Finding:
    if path.exists() and path.suffix == ".db" and (wrong := fault(path)):
        way_out = (
            "run `section54 publish`"
            if path.parent.name == "site"
            else "`section54 restore FOLDER --replace`"
        )
        return Finding(what, False, f"{path} {wrong}", f"it can't be used: {way_out}", needed=True)
    if path.exists():
        return Finding(what, True, str(path), "")
    return Finding(what, False, f"not at {path}", cost)
