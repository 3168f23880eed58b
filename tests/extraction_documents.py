"""Makes the documents that the extraction tests read: sound ones, odd ones and hostile ones.

All text is about organisations that do not exist.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence

import docx
import pypdf
import pypdfium2
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

FIRST = "Larkfield Foods Limited supplies chilled meals to hospitals and schools across the north of England."
SECOND = "We audited fourteen of our suppliers in 2024 and found two cases of withheld passports."
THIRD = "Both were put right within a month, and the workers were repaid in full."
PROSE = f"{FIRST} {SECOND} {THIRD}"


def pdf(*draw_pages: Callable[[Canvas], None], title: str = "", size: tuple[float, float] = A4) -> bytes:
    """Return a PDF with one page per function; each draws on the canvas it is given."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size)
    canvas.setTitle(title or "untitled")
    for draw in draw_pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def prose(
    text: str = PROSE,
    *,
    x: float = 72,
    top: float = 100,
    width: float = 380,
    font: str = "Helvetica",
    size: float = 11,
    leading: float = 14,
) -> Callable[[Canvas], None]:
    """Return a function that sets text in wrapped lines; `top` counts from the top of an A4 page."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        y = A4[1] - top
        for line in wrapped(canvas, text, font, size, width):
            canvas.drawString(x, y, line)
            y -= leading

    return draw


def wrapped(canvas: Canvas, text: str, font: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and canvas.stringWidth(longer, font, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def together(*draws: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        for one in draws:
            one(canvas)

    return draw


def simple_pdf() -> bytes:
    return pdf(together(prose("Our supply chains", top=80, font="Helvetica-Bold", size=14), prose()))


def scan_of(body: bytes, *, dpi: int = 200, angle: float = 0.0, expand: bool = False) -> bytes:
    """Return the PDF as page images only, as a scanner makes it, turned by `angle` degrees."""
    images = []
    with pypdfium2.PdfDocument(body) as document:
        for page in document:
            image = page.render(scale=dpi / 72, grayscale=True).to_pil()
            images.append(
                image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255, expand=expand)
            )
    buffer = io.BytesIO()
    images[0].save(buffer, "PDF", resolution=dpi, save_all=True, append_images=images[1:])
    return buffer.getvalue()


def picture(draw_text: str = "") -> Image.Image:
    """Return a coloured picture without letters, or with the one given."""
    image = Image.linear_gradient("L").resize((600, 400)).convert("RGB")
    if draw_text:
        ImageDraw.Draw(image).text((20, 180), draw_text, fill="black", font=ImageFont.load_default(40))
    return image


def encrypted(body: bytes, *, user: str, owner: str = "owner") -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(body))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def raw_pdf(objects: Sequence[bytes], root: int = 1) -> bytes:
    """Return a PDF of hand-written objects, numbered from 1; each is what stands between obj and endobj."""
    parts = [b"%PDF-1.7\n"]
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = sum(map(len, parts))
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts.extend(b"%010d 00000 n \n" % offset for offset in offsets)
    parts.append(
        b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    )
    return b"".join(parts)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), extra, content)


def page_pdf(
    content_object: bytes, *more: bytes, resources: bytes = b"", box: bytes = b"[0 0 595 842]"
) -> bytes:
    """Return a PDF of one page whose content stream is object 4; `more` are objects 5 and on."""
    font = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 4 0 R/Resources<<%s%s>>>>"
            % (box, font, resources),
            content_object,
            *more,
        ]
    )


def flate_bomb(megabytes: int = 400) -> bytes:
    """Return a page whose content inflates to so many megabytes of blanks."""
    packer = zlib.compressobj(9)
    block = b" " * 1_000_000
    packed = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    return page_pdf(stream(packed, b"/Filter/FlateDecode"))


def double_flate_bomb(megabytes: int = 400) -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return page_pdf(stream(zlib.compress(packed, 9), b"/Filter[/FlateDecode/FlateDecode]"))


def form_recursion() -> bytes:
    """Return a page with a form that draws itself."""
    form = stream(
        b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"
    )
    return page_pdf(stream(b"/X Do"), form, resources=b"/XObject<</X 5 0 R>>")


def form_explosion(levels: int = 25) -> bytes:
    """Return a page whose forms each draw the next one twice: 2 to the power of `levels` drawings."""
    forms = []
    for level in range(levels):
        content = b"/X Do /X Do" if level < levels - 1 else b"BT /F1 9 Tf (x) Tj ET"
        resources = b"<</XObject<</X %d 0 R>>>>" % (6 + level)
        forms.append(stream(content, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources" + resources))
    return page_pdf(stream(b"/X Do"), *forms, resources=b"/XObject<</X 5 0 R>>")


def many_operators(count: int = 3_000_000) -> bytes:
    packed = zlib.compress(b"BT /F1 9 Tf " + b"(a) Tj " * count + b"ET", 9)
    return page_pdf(stream(packed, b"/Filter/FlateDecode"))


def page_tree_loop() -> bytes:
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>"])


def deep_page_tree(depth: int = 3_000) -> bytes:
    nodes = [
        b"<</Type/Pages/Kids[%d 0 R]/Count 1%s>>" % (n + 3, b"/Parent %d 0 R" % (n + 1) if n else b"")
        for n in range(depth)
    ]
    page = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]>>" % (depth + 1)
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, page])


def nested_arrays(depth: int = 100_000) -> bytes:
    return page_pdf(stream(b"q Q"), b"[" * depth + b"]" * depth)


def huge_image() -> bytes:
    """Return a page with an image of 31,000 by 31,000 pixels: all white, so a few bytes."""
    extra = (
        b"/Type/XObject/Subtype/Image/Width 31000/Height 31000/BitsPerComponent 1/ColorSpace/DeviceGray"
        b"/Filter/FlateDecode"
    )
    pixels = zlib.compress(b"\xff" * (31_000 * 3_875), 9)
    return page_pdf(
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"), stream(pixels, extra), resources=b"/XObject<</I 5 0 R>>"
    )


def huge_page() -> bytes:
    """Return a page of 9,999,999 points with lines drawn on it, which ask for OCR."""
    return page_pdf(stream(b"0 0 m 9 9 l S " * 400), box=b"[0 0 9999999 9999999]")


def tounicode_bomb() -> bytes:
    """Return a page with a font whose ToUnicode map has a range of 268 million codes."""
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00000000><ffffffff> "
        b"endcodespacerange 1 beginbfrange <00000000><0fffffff><0041> endbfrange endcmap end"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 5 0 R>>"
    content = stream(b"BT /F2 12 Tf 72 700 Td (We audited fourteen suppliers.) Tj ET")
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F2 6 0 "
            b"R>>>>>>",
            content,
            stream(cmap),
            font,
        ]
    )


def simple_docx() -> bytes:
    document = docx.Document()
    document.core_properties.title = "Modern slavery statement 2024"
    document.core_properties.author = "A. Person"
    document.sections[0].footer.paragraphs[
        0
    ].text = "Larkfield Foods Limited is registered in England and Wales, company number 0123456"
    document.add_heading("Our supply chains", level=1)
    document.add_paragraph(PROSE)
    document.add_paragraph("Training for buyers", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Country", "Suppliers", "Spain", "12"), strict=True):
        cell.text = text
    document.add_paragraph("This statement was approved by the board on 3 March 2025.")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def zip_of(**members: bytes) -> bytes:
    """Return a ZIP file; double underscores in names stand for slashes, single ones before the ending for
    dots.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


def docx_with(document_xml: bytes) -> bytes:
    """Return a DOCX whose word/document.xml is the one given."""
    source = zipfile.ZipFile(io.BytesIO(simple_docx()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.infolist():
            replaced = member.filename == "word/document.xml"
            archive.writestr(member.filename, document_xml if replaced else source.read(member))
    return buffer.getvalue()


def docx_bomb(megabytes: int = 400) -> bytes:
    return docx_with(b"<w:document>" + b" " * (megabytes * 1_000_000) + b"</w:document>")


def html(body: str, *, title: str = "Modern slavery statement", head: str = "") -> bytes:
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    ).encode()
