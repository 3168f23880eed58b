"""Sets a text as DOCX or PDF in the ways that statements are found in: typed, designed, exported and scanned.

The same text gives the same bytes with the same libraries. Needs reportlab (the test extra), and LibreOffice
Writer for `word_pdf`; nothing that runs the demo imports this module.
"""

from __future__ import annotations

import io
import random
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import pypdfium2
from docx.shared import Pt
from PIL import Image, ImageDraw
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    ListFlowable,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Table,
)

from demo.markup import Block, plain

MADE = datetime(
    2026, 6, 1, 9, tzinfo=UTC
)  # written into every file, so that the same text gives the same bytes
SCAN_DPI = 200  # what an office scanner gives by default; a black-and-white page of text is then about 60 KB
WIDTH, HEIGHT = A4
MARGIN, FOOT, GAP = 22 * mm, 20 * mm, 8 * mm


def word(blocks: Sequence[Block], foot: str = "") -> bytes:
    """Return a DOCX with real headings, lists and tables."""
    document = docx.Document()
    document.styles["Normal"].font.name = "Liberation Sans"
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.created = document.core_properties.modified = MADE
    document.core_properties.author = ""
    document.sections[0].footer.paragraphs[0].text = foot
    for block in blocks:
        _add_to_word(document, block)
    out = io.BytesIO()
    document.save(out)
    return _same_dates(out.getvalue())


def word_pdf(blocks: Sequence[Block], foot: str = "") -> bytes:
    """Return the PDF that a word processor makes of the DOCX.

    Raises CalledProcessError if LibreOffice fails.
    """
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "statement.docx")
        source.write_bytes(word(blocks, foot))
        command = ["soffice", f"-env:UserInstallation=file://{name}/profile", "--headless"]
        command += ["--convert-to", "pdf:writer_pdf_Export", "--outdir", name, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)  # noqa: S603  (made above)
        return _same_stamps(source.with_suffix(".pdf").read_bytes())


def one_column_pdf(blocks: Sequence[Block], foot: str = "") -> bytes:
    """Return a plain PDF with a running foot and page numbers."""
    frame = Frame(MARGIN, FOOT, WIDTH - 2 * MARGIN, HEIGHT - 2 * FOOT, 0, 0, 0, 0)
    page = PageTemplate("page", [frame], onPage=_running_foot(foot))
    return _pdf(blocks, [page], list(_flow(blocks, 10.5, frame.width)))


def two_column_pdf(blocks: Sequence[Block], foot: str = "") -> bytes:
    """Return a designed PDF: a title across the first page, then two justified columns."""
    column, body, title = (WIDTH - 2 * MARGIN - GAP) / 2, HEIGHT - 2 * FOOT, 34 * mm

    def columns(height: float) -> list[Frame]:
        return [Frame(MARGIN + n * (column + GAP), FOOT, column, height, 0, 0, 0, 0) for n in (0, 1)]

    head = Frame(MARGIN, FOOT + body - title, WIDTH - 2 * MARGIN, title, 0, 0, 0, 0)
    first = PageTemplate("first", [head, *columns(body - title)], onPage=_running_foot(foot))
    later = PageTemplate("later", columns(body), onPage=_running_foot(foot))
    heading = Paragraph(_inline(blocks[0].text), _heading_style(20))
    text = _flow(blocks[1:], 9, column, TA_JUSTIFY)
    return _pdf(blocks, [first, later], [heading, FrameBreak(), NextPageTemplate("later"), *text])


def scan_pdf(blocks: Sequence[Block], foot: str = "") -> bytes:
    """Return black-and-white page images without a text layer: printed, laid slightly askew, a little
    dirty.
    """
    printed = pypdfium2.PdfDocument(one_column_pdf(blocks, foot))
    dirt = random.Random(54)  # noqa: S311  (seeded: the same specks every time)
    images = [page.render(scale=SCAN_DPI / 72, grayscale=True).to_pil() for page in printed]
    pages = [_scanned(image, angle, dirt) for image, angle in zip(images, (0.4, -0.3, 0.2), strict=False)]
    out, made = io.BytesIO(), MADE.timetuple()
    pages[0].save(
        out,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=SCAN_DPI,
        creationDate=made,
        modDate=made,
    )
    return out.getvalue()


def _add_to_word(document: Any, block: Block) -> None:
    match block.kind:
        case "heading":
            document.add_heading(plain(block.text), block.level - 1)
        case "list":
            for (item,) in block.rows:
                document.add_paragraph(plain(item), style="List Bullet")
        case "table":
            table = document.add_table(len(block.rows), len(block.rows[0]), style="Table Grid")
            for row, cells in enumerate(block.rows):
                for column, cell in enumerate(cells):
                    table.cell(row, column).text = plain(cell)
            document.add_paragraph()
        case _:
            document.add_paragraph(plain(block.text))


def _same_dates(archive: bytes) -> bytes:
    """Return a ZIP file with the same members, each dated MADE."""
    out, when = io.BytesIO(), MADE.timetuple()[:6]
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, when), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _same_stamps(pdf: bytes) -> bytes:
    """Return LibreOffice's PDF with the moment and the identifiers of its making replaced, length by
    length.
    """
    pdf = re.sub(rb"(/CreationDate\(D:)\d{14}", MADE.strftime(r"\g<1>%Y%m%d%H%M%S").encode(), pdf)
    return re.sub(rb"(/ID *\[.*?\]|/DocChecksum */\w+)", _zeroed, pdf, flags=re.DOTALL)


def _zeroed(stamp: re.Match[bytes]) -> bytes:
    return re.sub(rb"[0-9A-F]{32}", b"0" * 32, stamp[0])


def _pdf(blocks: Sequence[Block], pages: list[PageTemplate], flow: list[Flowable]) -> bytes:
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title=plain(blocks[0].text), lang="en-GB", invariant=1)
    document.addPageTemplates(pages)
    document.build(flow)
    return out.getvalue()


def _running_foot(text: str) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(MARGIN, FOOT / 2, text)
        canvas.drawRightString(WIDTH - MARGIN, FOOT / 2, str(document.page))

    return draw


def _flow(blocks: Sequence[Block], size: float, width: float, alignment: int = TA_LEFT) -> Iterator[Flowable]:
    body = ParagraphStyle(
        "Body",
        fontName="Helvetica",
        fontSize=size,
        leading=size * 1.35,
        spaceAfter=size * 0.7,
        alignment=alignment,
    )
    cell = ParagraphStyle(
        "Cell", parent=body, fontSize=size - 1, leading=size * 1.15, spaceAfter=0, alignment=TA_LEFT
    )
    for block in blocks:
        match block.kind:
            case "heading":
                yield Paragraph(
                    _inline(block.text), _heading_style(size * (1.75 if block.level == 1 else 1.2))
                )
            case "list":
                items = [Paragraph(_inline(item), body) for (item,) in block.rows]
                yield ListFlowable(items, bulletType="bullet", start="•", leftIndent=12)
            case "table":
                yield KeepTogether([_table(block.rows, cell, width), Paragraph("", body)])
            case _:
                yield Paragraph(_inline(block.text), body)


def _heading_style(size: float) -> ParagraphStyle:
    return ParagraphStyle(
        "Heading",
        fontName="Helvetica-Bold",
        fontSize=size,
        leading=size * 1.25,
        spaceBefore=size * 0.5,
        spaceAfter=size * 0.35,
        keepWithNext=1,
        textColor=HexColor("#1d3c4c"),
    )


def _table(rows: Sequence[Sequence[str]], cell: ParagraphStyle, width: float) -> Table:
    cells = [[Paragraph(_inline(text), cell) for text in row] for row in rows]
    first = 0.4 if len(rows[0]) > 3 else 1 / len(rows[0])  # the first column holds words, the others figures
    widths = [width * first] + [width * (1 - first) / (len(rows[0]) - 1)] * (len(rows[0]) - 1)
    lines = [("GRID", (0, 0), (-1, -1), 0.4, HexColor("#8a979f")), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table(cells, widths, style=lines, repeatRows=1)


def _inline(text: str) -> str:
    return escape(plain(text)).replace("\n", "<br/>")


def _scanned(page: Image.Image, angle: float, dirt: random.Random) -> Image.Image:
    """Return one printed page as a scanner sees it: turned by `angle` degrees, with specks and a shadow at
    the edge.
    """
    turned = page.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    draw = ImageDraw.Draw(turned)
    for _ in range(350):
        x, y = dirt.randrange(turned.width), dirt.randrange(turned.height)
        draw.rectangle((x, y, x + dirt.randrange(2), y + dirt.randrange(2)), fill=dirt.choice((0, 0, 255)))
    draw.line((3, 0, 5, turned.height), fill=0, width=2)
    return turned.point(lambda value: 255 if value > 150 else 0, mode="1")
