"""Where things live and who we say we are. Environment variables, each with its reason, and nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: models/, web/ and demo/ lie beside the packages."""

DATA_HOME = "SECTION54_HOME"
"""Moves all data away from ./data, for a server or a test."""

SHARED_DATA = "SECTION54_DATA"
"""The labelled sentences and documents for training and measuring; they are third-party and not in git."""

CONTACT = os.environ.get("SECTION54_CONTACT", "https://github.com/section54/section54#contact")
"""Stands in the user agent, so that a site can reach who crawls it: set your own address before a real
crawl."""

PRIVATE = "SECTION54_PRIVATE"
"""Set to 1, `section54 serve` shows whole texts, page images and stored copies too: other people's
copyright, with names in it, so only for those who work with the collection, on this machine or behind a
password."""

HOSTS = "SECTION54_HOSTS"
"""The names under which a private instance is reached, with commas between them. It answers to no other
name: a page of another site could give its name our address, and read us from a browser that can reach it."""

RUBRIC = "SECTION54_RUBRIC"
"""Reads by another rubric, or by a ruleset of one: "uk_msa_s54/bill-2026-draft" for a law that is still a
Bill."""

DEFAULT_RUBRIC = "uk_msa_s54"

MODEL = "SECTION54_MODEL"
"""Which model reads: "quality", which reads best and is the default, or "fast", some 20 times quicker."""

QUALITY, FAST = "quality", "fast"


DEMO_MARKER = ".section54-demo"
"""Stands in the folder of a collection that the demo made: all organisations in it are fictional."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds one collection."""

    path: Path
    working_db: Path

    @property
    def is_demo(self) -> bool:
        """Whether the demo made this collection, and may make it afresh."""
        return (self.path / DEMO_MARKER).exists()

    @property
    def warc(self) -> Path:
        """Evidence: the WARC files of all runs."""
        return self.path / "warc"

    @property
    def site_db(self) -> Path:
        """The published, read-only file."""
        return self.path / "site" / "section54.db"

    @property
    def private_db(self) -> Path:
        """Supplier lists and what came of them; never part of the site."""
        return self.path / "private.db"

    @property
    def passwords(self) -> Path:
        """Names and hashes of passwords of the private instance, where it has any."""
        return self.path / "passwords"

    @property
    def companies_db(self) -> Path:
        """The Companies House snapshot, where one was loaded."""
        return self.path / "companies.db"

    @property
    def cache(self) -> Path:
        """Texts and pictures made before; may be deleted at any time."""
        return self.path / "cache"

    @property
    def shards(self) -> Path:
        """What the workers of a cluster have saved of a crawl, a folder per run, until it is merged."""
        return self.path / "shards"

    @property
    def digests(self) -> Path:
        """What monitoring has to say, a folder per watch list."""
        return self.path / "digests"

    @property
    def reports(self) -> Path:
        return self.path / "reports"


def home(path: Path | None = None, db: Path | None = None) -> Home:
    """The collection at `path`, else at $SECTION54_HOME, else at ./data; `db` moves the working database
    alone.
    """
    folder = path or Path(os.environ.get(DATA_HOME) or "data")
    return Home(folder, db or folder / "section54.db")


def shared_data(path: Path | None = None) -> Path:
    """The folder of labelled sentences and documents: `path`, else $SECTION54_DATA, else ../shared/data."""
    return path or Path(os.environ.get(SHARED_DATA) or ROOT.parent / "shared" / "data")


def is_private() -> bool:
    """Whether the site is to be a private instance."""
    return os.environ.get(PRIVATE, "").strip().lower() not in ("", "0", "no", "false")


def hosts() -> frozenset[str]:
    """The names of a private instance, from $SECTION54_HOSTS, in lower case."""
    return frozenset(name.strip().lower() for name in os.environ.get(HOSTS, "").split(",") if name.strip())


def rubric(name: str | None = None) -> str:
    """The rubric to read by, as "id" or "id/ruleset": `name`, else $SECTION54_RUBRIC, else that of section
    54.
    """
    return name or os.environ.get(RUBRIC) or DEFAULT_RUBRIC


def model_folder(rubric: str = DEFAULT_RUBRIC, model: str | None = None) -> Path:
    """The folder of a rubric's trained model: `model`, else $SECTION54_MODEL, else the one that reads best.

    A rubric may have a fast model only: then that is the one that reads best.
    """
    fast = ROOT / "models" / rubric
    best = fast / QUALITY
    name = model or os.environ.get(MODEL) or (QUALITY if best.is_dir() else FAST)
    return fast if name == FAST else best


WEB = ROOT / "web"


def browser_sandbox() -> bool:
    """Whether Chromium has to run in its sandbox. SECTION54_NO_SANDBOX=1 says that this machine can do
    without: as root there is none, and in some containers."""
    return os.environ.get("SECTION54_NO_SANDBOX") != "1"
