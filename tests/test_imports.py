"""What a module loads when it is imported: reading a file must not wait for the crawler."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("scrapy", "twisted", "warcio", "sqlite_utils", "datasette", "crawler.archive", "section54.suppliers")


@pytest.mark.parametrize(
    ("module", "not_loaded"),
    [
        ("section54.scan", HEAVY),
        ("section54.reader", HEAVY),
        ("section54.cli", (*HEAVY, "numpy", "classifier.model")),
        ("domain.organisations", (*HEAVY, "numpy", "classifier", "extraction", "crawler", "db", "section54")),
    ],
)
def test_a_module_loads_only_what_it_needs(module: str, not_loaded: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*(name for name in {not_loaded!r} if name in sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.split() == []
