"""Papers of a check: reports, evidence packs and draft letters, as files to open or to download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datasette.utils.asgi import Response

from section54.desk import single
from section54.desk.visiting import Gone, NotTaken, Visit, in_thread
from section54.site.respond import PRIVATE
from section54.suppliers.report import letters


async def papers(visit: Visit) -> Response:
    """The files of the newest check."""
    found = await in_thread(visit.find_list)
    folder = await in_thread(folder_of, visit, found)
    files = {name: (folder / name).is_file() for name in PAPERS} if folder else {}
    return await visit.page("desk_papers.html", list=found, files=files, papers=PAPERS)


PAPERS = {
    "panel.html": (
        "Panel paper",
        "Counts and spend by result, for a panel or a report. Opens in the browser; print it.",
    ),
    "suppliers.xlsx": ("Workbook", "Every supplier with its result, reasons and areas."),
    "report.html": ("Report", "Every supplier with its evidence, to read in the browser."),
    "email.txt": ("Text for an e-mail", "Totals, and what to look at first."),
    "expected.ics": ("Calendar", "When guidance expects the next statements, for your calendar program."),
    "suppliers.csv": ("Table (CSV)", "One row a supplier, for other programs."),
    "to-decide.csv": ("Sheet to decide on", "The suppliers whose organisation is still to be chosen."),
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def folder_of(visit: Visit, found: Mapping[str, Any]) -> Path | None:
    with visit.desk() as desk:
        check = desk.check(found["check_id"]) if found["check_id"] else None
    return Path(check["folder"]) if check else None


async def paper(visit: Visit) -> Response:
    """One file of the newest check. Reports may lead to further pages beside them."""
    found = await in_thread(visit.find_list)
    folder = await in_thread(folder_of, visit, found)
    path = (folder / visit.request.url_vars["file"]).resolve() if folder else None
    inside = (
        path is not None and folder is not None and path.is_relative_to(folder.resolve()) and path.is_file()
    )
    if not inside or path is None or path.suffix not in _TYPES:
        raise Gone("There is no such paper. Check the list again to write it.")
    body = await in_thread(path.read_bytes)
    shown = path.suffix in (".html", ".svg")
    disposition = "inline" if shown else f"attachment; filename*=UTF-8''{quote(path.name)}"
    headers = {**PRIVATE, "content-disposition": disposition}
    return Response(body, headers=headers, content_type=_TYPES[path.suffix])


async def pack(visit: Visit) -> Response:
    """The evidence on one supplier as a ZIP file."""
    record = await in_thread(visit.record)
    found = await in_thread(visit.find_list)
    folder = await in_thread(folder_of, visit, found)
    body = await in_thread(_zipped, folder, record["position"]) if folder else None
    if body is None:
        raise Gone("The papers of this check are gone. Check the list again to write them.")
    name = f"evidence-{record['position']:04}.zip"
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, content_type="application/zip")


def _zipped(folder: Path, position: int) -> bytes | None:
    place = next(iter(sorted((folder / "packs").glob(f"{position:04}-*"))), None)
    if place is None:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(place.iterdir()):
            archive.write(path, f"{place.name}/{path.name}")
    return out.getvalue()


async def letter(visit: Visit) -> Response:
    """A draft letter, where nothing stands against one."""
    body = await in_thread(_letter, visit)
    headers = {**PRIVATE, "content-disposition": 'attachment; filename="draft-letter.docx"'}
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Response(body, headers=headers, content_type=kind)


def _letter(visit: Visit) -> bytes:
    item = single.checked(visit.home, single.line_of(visit.home, visit.list_id, visit.position), visit.today)
    missing = letters.lacking(item, visit.today)
    if missing:
        raise NotTaken(f"There is no letter yet: {'; '.join(missing)}.")
    return letters.as_docx(letters.draft(item, visit.today, letters.Sender()))
