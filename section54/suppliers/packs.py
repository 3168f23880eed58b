"""One folder of evidence per supplier: a page to read, print and file, the same as JSON, and the checksums of both."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crawler.organisations import normalise_name
from section54.suppliers.evidence import (
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    METHOD,
    CheckedSupplier,
    Report,
    environment,
    provenance,
)
from section54.words import LEVEL_MEANINGS, LEVELS

CHECKSUMS = "SHA256SUMS"


def write_packs(
    report: Report, folder: Path, as_dict: Callable[[CheckedSupplier], dict[str, Any]]
) -> list[Path]:
    """Write a pack for every supplier of the report under `folder`; return the pages, in the order of the list."""
    pages = []
    for number, item in enumerate(report.suppliers, start=1):
        pack = folder / f"{number:04}-{slug(item.line.name)}"
        pack.mkdir(parents=True, exist_ok=True)
        page = pack / "evidence.html"
        page.write_text(render_pack(report, item), encoding="utf-8")
        record = {
            "generated_at": report.generated_at,
            "program": f"section54 {report.version}",
            **as_dict(item),
        }
        text = json.dumps(record, indent=2, ensure_ascii=False, default=str)
        (pack / "evidence.json").write_text(text + "\n", encoding="utf-8")
        write_checksums(pack)
        pages.append(page)
    return pages


def write_checksums(pack: Path) -> None:
    """Write the SHA-256 of every file of a pack, in the form that `sha256sum -c` takes."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in _files(pack)]
    (pack / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _files(pack: Path) -> Iterator[Path]:
    yield from sorted(path for path in pack.iterdir() if path.is_file() and path.name != CHECKSUMS)


def slug(name: str) -> str:
    """A file name from a supplier's name: plain letters only, whatever the list holds."""
    plain = re.sub(r"[^a-z0-9]+", "-", normalise_name(name)).strip("-")
    return plain[:40].strip("-") or "supplier"


def render_pack(report: Report, item: CheckedSupplier) -> str:
    """The evidence on one supplier as one page without outside assets."""
    return environment().get_template("pack.html.jinja").render(
        report=report,
        item=item,
        method=METHOD,
        levels=[(LEVELS[code], meaning) for code, meaning in LEVEL_MEANINGS.items()],
        provenance=list(provenance(report, item)),
        coverage_note=COVERAGE_NOTE,
        conduct_note=CONDUCT_NOTE,
    )  # fmt: skip
