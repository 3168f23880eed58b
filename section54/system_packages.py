"""The Debian packages that are used beside Python's: what each is for, and whether it is there.

The list is system_packages.csv. `deploy/system-packages.sh` installs from the same file, the README shows it.
"""

from __future__ import annotations

import csv
import ctypes.util
import importlib.util
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("system_packages.csv")
_ELSEWHERE = {"chromium": ("chromium-browser", "google-chrome-stable", "google-chrome")}
"""Other names under which a program may be installed."""
_FOR_ROOT = "/usr/local/sbin:/usr/sbin:/sbin"
"""Debian puts servers there, and does not search there for a user."""


@dataclass(frozen=True, slots=True)
class SystemPackage:
    name: str
    check: str
    """What shows that it is there: "program:NAME", "library:NAME" or "module:NAME" (of Python)."""
    needed_by: str
    """setup, demo or test: the first of the steps that uses it."""
    purpose: str
    """A sentence without its subject: "reads pages that are scans (OCR)"."""

    def found(self) -> str | None:
        """Return where it is, or None."""
        kind, _, name = self.check.partition(":")
        if kind == "program":
            names = (name, *_ELSEWHERE.get(name, ()))
            return next((path for name in names if (path := find_program(name))), None)
        if kind == "library":
            if sys.platform != "linux":  # others bring their own
                return name
            return ctypes.util.find_library(name.removeprefix("lib").partition(".so")[0])
        return name if importlib.util.find_spec(name) else None


def find_program(name: str) -> str | None:
    """Return the path of a program, also of one that Debian keeps from the search path of users."""
    return shutil.which(name) or shutil.which(name, path=_FOR_ROOT)


def system_packages() -> tuple[SystemPackage, ...]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return tuple(
            SystemPackage(row["package"], row["check"], row["needed by"], row["purpose"])
            for row in csv.DictReader(file)
        )


def missing(*steps: str) -> list[SystemPackage]:
    """Return the packages that these steps use and the machine lacks."""
    return [item for item in system_packages() if item.needed_by in steps and not item.found()]


def how_to_install(packages: Iterable[SystemPackage]) -> str:
    """Return the command that installs them on Debian and Ubuntu."""
    return "sudo apt-get install " + " ".join(item.name for item in packages)
