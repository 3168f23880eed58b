"""DOCX to contents, by python-docx and the XML beneath it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

from extraction.contents import Block, Contents, Page, UnreadableError, clean
from extraction.tablerows import joined_rows

# A statement with pictures unzips to a few MB. The text part is parsed to a tree of about ten times its size.
_MAX_UNZIPPED = 200_000_000
_MAX_PART = 20_000_000
_MAX_MEMBERS = 5_000
# About 500 pages; each takes a millisecond at the worst.
_MAX_PARAGRAPHS = 20_000

_P, _T, _TAB, _BR, _CR, _NO_BREAK = (
    qn(f"w:{name}") for name in ("p", "t", "tab", "br", "cr", "noBreakHyphen")
)
_TBL, _TR, _TC = qn("w:tbl"), qn("w:tr"), qn("w:tc")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read_docx(body: bytes) -> Contents:
    """Return the blocks of a DOCX in reading order, tables by cell; deleted text is left out.

    Walks the paragraphs of the XML, because iter_inner_content() passes over content controls, tracked
    insertions and text boxes. Running heads and feet go to metadata as furniture. Raises UnreadableError.
    """
    _check_archive(body)
    try:
        document = docx.Document(io.BytesIO(body))
    except (KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError, OSError, RuntimeError) as error:
        raise UnreadableError("damaged", f"the DOCX cannot be opened ({clean(str(error))[:150]})") from error
    blocks = list(_blocks(document))
    metadata: dict[str, object] = {"furniture": _furniture(document)}
    if clean(document.core_properties.title or ""):
        metadata["title"] = clean(document.core_properties.title)[:300]
    return Contents(
        method="docx",
        pages=[Page(1, "markup", None, "\n".join(block.text for block in blocks))],
        blocks=blocks,
        metadata=metadata,
    )


def _check_archive(body: bytes) -> None:
    """Refuse zip bombs by what the directory says: zipfile never reads more of a member than that."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError) as error:
        # zipfile tells methods of compression and versions that it does not know by a kind of RuntimeError.
        raise UnreadableError(
            "damaged", f"the DOCX is not a sound ZIP file ({clean(str(error))[:150]})"
        ) from error
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableError("encrypted", "the DOCX is protected by a password")
    if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNZIPPED:
        raise UnreadableError("too_large", f"the DOCX unzips to more than {_MAX_UNZIPPED / 1e6:.0f} MB")
    if any(member.file_size > _MAX_PART for member in members if member.filename.endswith((".xml", ".rels"))):
        raise UnreadableError(
            "too_large", f"a part of the DOCX unzips to more than {_MAX_PART / 1e6:.0f} MB of XML"
        )


def _blocks(document: Any) -> Iterator[Block]:
    paragraphs = list(document.element.body.iter(_P))
    if len(paragraphs) > _MAX_PARAGRAPHS:
        raise UnreadableError("too_large", f"the DOCX has more than {_MAX_PARAGRAPHS} paragraphs")
    rows = _rows_of_figures(document.element.body)
    for element in paragraphs:
        if any(ancestor.tag == _FALLBACK for ancestor in element.iterancestors()):
            continue  # the same text box again, for older programs
        if element in rows:
            yield from (Block("cell", text, 1, "markup") for text in rows[element])
            continue
        text = clean(_text(element))
        if not any(character.isalnum() for character in text):
            continue
        paragraph = Paragraph(element, document)
        kind = _kind(paragraph, text)
        if kind == "list_item":
            text = re.sub(r"^[•●▪◦‣·■►✓✔–-]\s+", "", text)
        yield Block(kind, text, 1, "markup")


def _rows_of_figures(body: Any) -> dict[Any, list[str]]:
    """Return what takes the place of each paragraph in rows of figures: the row for the first, nothing for
    others.
    """
    found: dict[Any, list[str]] = {}
    for table in body.iter(_TBL):
        cells = [row.findall(_TC) for row in table.findall(_TR)]
        if any(cell.find(f".//{_TBL}") is not None for row in cells for cell in row):
            continue
        texts = [[clean(" ".join(_text(p) for p in cell.iter(_P))) for cell in row] for row in cells]
        for row, joined in zip(cells, joined_rows(texts), strict=True):
            if joined is not None:
                inside = [paragraph for cell in row for paragraph in cell.iter(_P)]
                found |= {paragraph: [] for paragraph in inside} | {inside[0]: joined}
    return found


def _text(element: Any) -> str:
    """Return the text of a paragraph, tabs and breaks as blanks, without the text boxes anchored in it."""
    parts = []
    for node in element.iter(_T, _TAB, _BR, _CR, _NO_BREAK):
        if next(node.iterancestors(_P), None) is element and node.getparent().tag != qn("w:tabs"):
            parts.append(node.text or "" if node.tag == _T else "-" if node.tag == _NO_BREAK else " ")
    return "".join(parts)


def _kind(paragraph: Paragraph, text: str) -> str:
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    if style.startswith(("heading", "title", "subtitle")) or _outline_level(paragraph) is not None:
        return "heading"
    if next(paragraph._p.iterancestors(qn("w:tc")), None) is not None:
        return "cell"
    if _is_numbered(paragraph) or style.startswith("list") or re.match(r"[•●▪◦‣·■►✓✔]\s", text):
        return "heading" if _is_bold_heading(paragraph, text) else "list_item"
    return "heading" if _is_bold_heading(paragraph, text) else "paragraph"


def _outline_level(paragraph: Paragraph) -> int | None:
    levels = paragraph._p.xpath("./w:pPr/w:outlineLvl/@w:val")
    return int(levels[0]) if levels and levels[0].isdigit() and int(levels[0]) < 9 else None  # 9 is body text


def _is_numbered(paragraph: Paragraph) -> bool:
    return bool(paragraph._p.xpath("./w:pPr/w:numPr"))


def _is_bold_heading(paragraph: Paragraph, text: str) -> bool:
    """Whether a short paragraph is bold as a whole: a heading that its author did not mark as one."""
    if len(text.split()) > 16 or re.search(r"[.;,]$", text):
        return False
    runs = [run for run in paragraph.runs if run.text.strip()]
    return bool(runs) and all(run.bold for run in runs)


def _furniture(document: Any) -> list[str]:
    lines: dict[str, None] = {}
    for section in document.sections:
        for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            for element in part._element.iter(_P):
                text = clean(_text(element))
                if len(text) > 3:
                    lines[text] = None
    return list(lines)[:50]
