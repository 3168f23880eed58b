"""Draft letters to suppliers whose statement was not found.

The tool never sends; an officer reads, signs and sends.

Three things must come together before there is a draft: the status "not found after the checks listed", a
scope of "likely", and a person's own look on record (`section54 decide looked`). Everything else gives no
letter, whatever the buyer asks for: absence is close to a coin toss, not a finding.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from docx import Document
from docx.shared import Pt

from domain.dates import long_date
from section54.suppliers.deciding.decisions import Decision, looked
from section54.suppliers.judging.status import StatusWord
from section54.suppliers.judging.supplier_facts import ScopeWord
from section54.suppliers.report.contents import CheckedSupplier
from section54.suppliers.report.html_report import environment
from section54.suppliers.report.packs import slug

REPLY_DAYS = 28  # four weeks: enough to find who is in charge, and no pressure
LOOKED_DAYS = 60  # a person's look that is older says little about today
MOST_LOOKS = 12  # lines of the letter; the evidence pack has them all


@dataclass(frozen=True, slots=True)
class Sender:
    """What only the buyer can fill in; blanks stay blanks in square brackets."""

    office: str = "[Your office and address]"
    contact: str = "[Your contact for corrections]"
    signatory: str = "[Name and role]"


@dataclass(frozen=True, slots=True)
class Letter:
    """One draft."""

    supplier: str
    text: str


def lacking(item: CheckedSupplier, today: date) -> tuple[str, ...]:
    """What stands between this supplier and a draft, in sentences; empty where nothing does."""
    found = []
    if item.status.status is not StatusWord.NOT_FOUND:
        found.append(f"its status is '{item.status.label}', not 'Not found after the checks listed'")
    if item.status.scope.word is not ScopeWord.LIKELY:
        found.append(
            f"its scope is '{item.status.scope.word}', not 'likely': section54 decide scope, once you have "
            "read its accounts"
        )
    look = _look(item)
    if look is None:
        found.append("no person's own look is on record: section54 decide looked")
    elif date.fromisoformat(look.decided_at[:10]) < today - timedelta(days=LOOKED_DAYS):
        found.append(
            f"the person's look on record is of {look.decided_at[:10]}, over {LOOKED_DAYS} days ago: look "
            "again"
        )
    return tuple(found)


def _look(item: CheckedSupplier) -> Decision | None:
    return looked(item.decisions, item.facts.organisation_id) if item.facts else None


def draft(item: CheckedSupplier, today: date, sender: Sender, reply_by: date | None = None) -> Letter:
    """Write the draft for a supplier that lacks nothing. Raises ValueError for one that does."""
    missing = lacking(item, today)
    look = _look(item)
    if missing or look is None or item.facts is None:
        raise ValueError(f"no letter to {item.line.name}: {'; '.join(missing)}")
    tried = item.status.tried
    text = environment().get_template("letter.txt.jinja").render(
        sender=sender.office,
        contact=sender.contact,
        signatory=sender.signatory,
        organisation=item.facts.name,
        company_number=item.facts.company_number,
        today=long_date(today),
        reply_by=long_date(reply_by or today + timedelta(days=REPLY_DAYS)),
        looked_on=long_date(date.fromisoformat(look.decided_at[:10])),
        tried=tried[:MOST_LOOKS],
        more_tried=max(0, len(tried) - MOST_LOOKS),
    )  # fmt: skip
    return Letter(item.line.name, text)


def write_drafts(
    items: Iterable[CheckedSupplier],
    folder: Path,
    sender: Sender,
    today: date,
    reply_by: date | None = None,
    *,
    every: bool = False,
) -> list[dict[str, Any]]:
    """Write a draft for each supplier that lacks nothing, and say what the others lack.

    Of those others only the ones that were not found are named, or all of them with `every`.
    """
    results: list[dict[str, Any]] = []
    for number, item in enumerate(items, start=1):
        missing = lacking(item, today)
        files: tuple[Path, ...] = ()
        if not missing:
            folder.mkdir(parents=True, exist_ok=True)
            files = write_letter(
                draft(item, today, sender, reply_by), folder / f"{number:04}-{slug(item.line.name)}"
            )
        elif not every and item.status.status is not StatusWord.NOT_FOUND:
            continue
        results.append(
            {"supplier": item.line.name, "lacking": list(missing), "files": [str(path) for path in files]}
        )
    return results


def as_text(results: Iterable[Mapping[str, Any]]) -> str:
    lines = [
        f"{one['supplier']}: "
        + (f"no draft: {'; '.join(one['lacking'])}" if one["lacking"] else ", ".join(one["files"]))
        for one in results
    ]
    return "\n".join(lines) or "no supplier of this list was not found, so there is nothing to write"


def write_letter(letter: Letter, path: Path) -> tuple[Path, Path]:
    """Write a draft as text and as DOCX beside one another; `path` is without ending."""
    text, document = path.with_name(f"{path.name}.txt"), path.with_name(f"{path.name}.docx")
    text.write_text(letter.text, encoding="utf-8")
    document.write_bytes(as_docx(letter))
    return text, document


def as_docx(letter: Letter) -> bytes:
    """A draft as a Word document."""
    document = Document()
    document.core_properties.title = "Draft letter: modern slavery statement"
    document.core_properties.author = ""
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(11)
    subject = "Modern slavery statement: a request for information"
    for block in re.split(r"\n\s*\n", letter.text.strip()):
        for line in block.splitlines():
            if line.startswith("- "):
                document.add_paragraph(line[2:], style="List Bullet")
            else:
                document.add_paragraph().add_run(line).bold = line == subject or line.startswith("DRAFT")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
