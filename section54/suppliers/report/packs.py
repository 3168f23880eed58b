"""One folder of evidence per supplier: a page to read, print and file, the same as JSON, and the checksums of
both.

With pictures, the page also shows the pages of the stored statement with the quoted sentences marked, inside
the file itself. They show what was published, names and signatures included: packs stay with the buyer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from domain.coverage import LEVELS
from domain.organisations import normalise_name
from section54.pictures import Pictures
from section54.suppliers.report.contents import (
    CONDUCT_NOTE,
    COVERAGE_NOTE,
    METHOD,
    CheckedSupplier,
    CheckReport,
    provenance,
)
from section54.suppliers.report.html_report import environment
from section54.words import LEVEL_MEANINGS

CHECKSUMS = "SHA256SUMS"
Draw = Callable[[str], Pictures]
"""Gives the pictures of the evidence in a document, by its sha256."""


def write_packs(
    report: CheckReport,
    folder: Path,
    as_dict: Callable[[CheckedSupplier], dict[str, Any]],
    draw: Draw | None = None,
) -> list[Path]:
    """Write a pack for every supplier of the report under `folder`; return the pages, in the order of the
    list.

    Without `draw` there are no pictures in them.
    """
    pages = []
    for number, item in enumerate(report.suppliers, start=1):
        pack = folder / f"{number:04}-{slug(item.line.name)}"
        pack.mkdir(parents=True, exist_ok=True)
        page = pack / "evidence.html"
        page.with_suffix(".pdf").unlink(missing_ok=True)  # printed from the page of an earlier check
        statement = item.status.statement
        pictures = draw(statement.sha256) if draw and statement else None
        page.write_text(render_pack(report, item, pictures), encoding="utf-8")
        record = {
            "generated_at": report.generated_at,
            "program": f"section54 {report.version}",
            **as_dict(item),
            **_record_of(pictures),
        }
        text = json.dumps(record, indent=2, ensure_ascii=False, default=str)
        (pack / "evidence.json").write_text(text + "\n", encoding="utf-8")
        write_checksums(pack)
        pages.append(page)
    return pages


def _record_of(pictures: Pictures | None) -> dict[str, Any]:
    """Which pages are shown; the pictures themselves are in the page."""
    if pictures is None:
        return {}
    shown = [
        {
            "page": one.marked.page,
            "sentences": one.marked.positions,
            "sha256": hashlib.sha256(one.png).hexdigest(),
        }
        for one in pictures.drawn
    ]
    return {"pictures": shown, "pictures_left_out": pictures.notes}


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


def render_pack(report: CheckReport, item: CheckedSupplier, pictures: Pictures | None = None) -> str:
    """The evidence on one supplier as one page without outside assets; pictures stand in it as data."""
    return environment().get_template("pack.html.jinja").render(
        report=report,
        item=item,
        method=METHOD,
        levels=[(LEVELS[code], meaning) for code, meaning in LEVEL_MEANINGS.items()],
        provenance=list(provenance(report, item)),
        pictures=pictures,
        data_of=lambda png: base64.b64encode(png).decode("ascii"),
        coverage_note=COVERAGE_NOTE,
        conduct_note=CONDUCT_NOTE,
    )  # fmt: skip
