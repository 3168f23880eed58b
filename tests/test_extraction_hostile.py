"""Files that attack: each ends in text or in an error kind within its bound, and the next file is read.

What crashes or hangs libraries by itself stands in test_extraction.py and test_worker.py too; here every file
goes through one worker, one after the other, as files from the web do. The fuzzer at the end changes sound
files at random.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from extraction_documents import (
    PROSE,
    SECOND,
    docx_with,
    encrypted,
    form_explosion,
    html,
    page_pdf,
    prose,
    raw_pdf,
    scan_of,
    simple_docx,
    simple_pdf,
    stream,
    zip_of,
)
from extraction_documents import pdf as made_pdf

from extraction.text import ERROR_KINDS, Text, text_as_json
from extraction.worker import Extractor
from section54.cli import cli

TIMEOUT = 30
"""Seconds of processor time for a file here; the slowest takes five."""
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SECRET = "53c7e7-only-on-this-machine"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=1) as one:
        yield one


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of this machine that no document may bring into its text."""
    path = tmp_path_factory.mktemp("secret") / "secret.txt"
    path.write_text(SECRET)
    return path


# The files --------------------------------------------------------------------------------------------------


def word(paragraphs: str, doctype: str = "") -> bytes:
    xml = (
        f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{W}"><w:body>{paragraphs}</w:body></w:document>'
    )
    return docx_with(xml.encode())


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docx_plus(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO(simple_docx())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there already
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def lying_zip() -> bytes:
    """A DOCX whose directory gives a small size for a part that unpacks to 100 MB."""
    body = docx_with(b"<w:document>" + b" " * 15_000_000 + b"</w:document>")
    return body.replace((15_000_025).to_bytes(4, "little"), (500).to_bytes(4, "little"))


def method_99() -> bytes:
    """A DOCX packed by a method that zipfile does not know."""
    body = bytearray(simple_docx())
    at = body.find(b"PK\x01\x02")
    while at >= 0:
        body[at + 10 : at + 12] = (99).to_bytes(2, "little")
        at = body.find(b"PK\x01\x02", at + 4)
    return bytes(body)


def flagged_encrypted() -> bytes:
    body = bytearray(simple_docx())
    at = body.find(b"PK\x01\x02")
    while at >= 0:
        body[at + 8] |= 1
        at = body.find(b"PK\x01\x02", at + 4)
    return bytes(body)


def zip_in_zip(levels: int = 30) -> bytes:
    body = simple_docx()
    for _ in range(levels):
        body = zip_of(word__document_xml=body)
    return body


def xml_bomb(kind: str) -> str:
    if kind == "quadratic":
        return f'<!DOCTYPE d [<!ENTITY a "{"a" * 50_000}">]>'
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE d [<!ENTITY e0 "ha">{levels}]>'


def type3_recursion() -> bytes:
    glyph = stream(b"9 0 d0 BT /F3 9 Tf (a) Tj ET")
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/CharProcs<</a 7 0 "
        b"R>>/FirstChar 97"
        b"/LastChar 97/Widths[9]/Encoding<</Type/Encoding/Differences[97/a]>>/Resources<</Font<</F3 6 0 "
        b"R>>>>>>"
    )
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F3 6 0 R>>>>>>"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page,
            stream(b"BT /F3 9 Tf 72 700 Td (aaaa) Tj ET"), b"null", font, glyph,
        ]
    )  # fmt: skip


def pattern_recursion() -> bytes:
    pattern = stream(
        b"/Pattern cs /P scn 0 0 999 999 re f",
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .01/YStep .01/Resources<</Pattern<</P "
        b"5 0 R>>>>",
    )
    return page_pdf(
        stream(b"/Pattern cs /P scn 0 0 595 842 re f"), pattern, resources=b"/Pattern<</P 5 0 R>>"
    )


def image(filters: bytes, data: bytes, width: int = 900, height: int = 900) -> bytes:
    extra = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter%s" % (  # noqa: E501
        width, height, filters,
    )  # fmt: skip
    return page_pdf(
        stream(b"595 0 0 842 0 0 cm /I Do"), stream(data, extra), resources=b"/XObject<</I 5 0 R>>"
    )


def packed(data: bytes, filters: bytes = b"/FlateDecode", extra: bytes = b"") -> bytes:
    return page_pdf(stream(zlib.compress(data, 9), b"/Filter" + filters + extra))


def with_objects(*more: bytes, catalog: bytes = b"") -> bytes:
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 "
        b"R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
    )
    text = stream(b"BT /F1 11 Tf 72 700 Td (We audited fourteen of our suppliers in the past year.) Tj ET")
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page,
            text,
            *more,
        ]
    )


def boxed(box: bytes) -> bytes:
    return page_pdf(stream(b"BT /F1 11 Tf 72 700 Td (We audited our suppliers.) Tj ET"), box=box)


TEXT = b"BT /F1 11 Tf 72 700 Td (We audited our suppliers in the past year.) Tj ET "

HOSTILE: dict[str, Callable[[], bytes]] = {
    # PDF: structure
    "forms that draw 2 to the 25": lambda: form_explosion(),
    "Type 3 font that shows itself": type3_recursion,
    "pattern that paints itself": pattern_recursion,
    "outline that loops": lambda: with_objects(
        b"<</Type/Outlines/First 6 0 R/Last 6 0 R/Count 1>>",
        b"<</Title(a)/Parent 5 0 R/Next 6 0 R/First 6 0 R>>",
        catalog=b"/Outlines 5 0 R",
    ),
    "page tree that counts backwards": lambda: simple_pdf().replace(b"/Count 1", b"/Count -9"),
    "two billion pages": lambda: simple_pdf().replace(b"/Count 1", b"/Count 2147483647"),
    "table of two billion objects": lambda: with_objects().replace(b"/Size", b"/Size 2000000000 %"),
    "Prev that points to itself": lambda: with_objects().replace(b"/Root", b"/Prev 9 /Root"),
    "startxref beyond the end": lambda: with_objects()[:-30] + b"startxref\n999999999999999999999\n%%EOF",
    "contents of 200,000 parts": lambda: page_pdf(b"[" + b"5 0 R " * 200_000 + b"]", stream(b"q Q ")),
    "100,000 saved states": lambda: packed(b"q " * 100_000 + TEXT),
    "50,000 fonts set": lambda: packed(b"BT " + b"/F1 9 Tf " * 50_000 + b"(a) Tj ET"),
    "numbers of 100,000 digits": lambda: packed(b"9" * 100_000 + b" 0 0 1 0 0 cm " + TEXT),
    "text a million miles away": lambda: packed(b"BT /F1 1e9 Tf 1e30 -1e30 Td (far) Tj ET " + TEXT),
    "matrix of zeros": lambda: packed(b"0 0 0 0 0 0 cm " + TEXT),
    "string of 3 MB": lambda: packed(b"BT /F1 9 Tf 9 9 Td (" + b"a" * 3_000_000 + b") Tj ET"),
    "inline image of 4 billion pixels": lambda: packed(b"BI /W 65535 /H 65535 /BPC 8 /CS /RGB ID " + b"\x00" * 99 + b" EI " + TEXT),  # noqa: E501
    "predictor of two billion columns": lambda: packed(TEXT,
    extra=b"/DecodeParms<</Predictor 12/Columns 2000000000>>"),
    "JPEG 2000 of noise": lambda: image(b"/JPXDecode", bytes(range(256)) * 40),
    "JBIG2 of noise": lambda: image(b"/JBIG2Decode", bytes(range(256)) * 40),
    "CCITT of noise": lambda: image(b"/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>",
    b"\xaa" * 9_000),
    "JPEG cut short": lambda: image(b"/DCTDecode", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 500),
    "LZW bomb": lambda: page_pdf(stream(b"\x80\x0b\x60\x50" * 90_000, b"/Filter/LZWDecode")),
    "run length bomb": lambda: page_pdf(stream(b"\x81 " * 900_000, b"/Filter/RunLengthDecode")),
    "sixty filters": lambda: page_pdf(stream(b"78>" * 9, b"/Filter[" + b"/ASCIIHexDecode" * 60 + b"]")),
    "page of no size": lambda: boxed(b"[0 0 0 0]"),
    "page inside out": lambda: boxed(b"[595 842 0 0]"),
    "page of words": lambda: boxed(b"[/a (b) null true]"),
    "user unit of a million": lambda: simple_pdf().replace(b"/Rotate 0", b"/UserUnit 1000000 /Rotate 0"),
    "page turned by 37 degrees": lambda: simple_pdf().replace(b"/Rotate 0", b"/Rotate 37"),
    "script that runs when opened": lambda: with_objects(
        b"<</S/JavaScript/JS(app.alert\\(1\\);while\\(1\\);)>>", catalog=b"/OpenAction 5 0 R"
    ),
    "program that starts when opened": lambda: with_objects(
        b"<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>", catalog=b"/OpenAction 5 0 R"
    ),
    "another file inside": lambda: with_objects(
        stream(b"MZ" * 5_000, b"/Type/EmbeddedFile"), b"<</Type/Filespec/F(a.exe)/EF<</F 5 0 R>>>>",
        catalog=b"/Names<</EmbeddedFiles<</Names[(a.exe) 6 0 R]>>>>",
    ),
    "password and garbage": lambda: encrypted(simple_pdf(), user="x").replace(b"/U ", b"/Q "),
    "font program of noise": lambda: with_objects(stream(bytes(range(256)) * 200)).replace(
        b"/BaseFont/Helvetica",
        b"/BaseFont/X/FontDescriptor<</Type/FontDescriptor/FontName/X/Flags 4/FontFile2 5 0 R>>"
    ),
    "two documents in one file": lambda: simple_pdf() + simple_pdf(),
    # HTML
    "tables 3,000 deep": lambda: html("<table><tr><td>" * 3_000 + "x"),
    "lists 300 deep": lambda: html("<ul><li>We audit" * 300),
    "60,000 attributes": lambda: html("<p " + " ".join(f"a{n}=1" for n in range(60_000)) + f">{PROSE}</p>"),
    "attribute of 9 MB": lambda: html(f"<p title='{'a' * 9_000_000}'>{PROSE}</p>"),
    "1 MB of <": lambda: b"<html><body>" + b"<" * 1_000_000,
    "comment without end": lambda: html("<p>We audit.</p><!-- " + "a" * 5_000_000),
    "script without end": lambda: html("<p>We audit.</p><script>" + "a()" * 1_000_000),
    "a million entities": lambda: html("<p>" + "&amp;" * 1_000_000 + "</p>"),
    "unknown entities": lambda: html("<p>We &bogus; audit &#x110000; &#0; &#xd800; &#99999999999;.</p>"),
    "cell over a billion columns": lambda: html(f"<table><tr><td colspan=999999999 rowspan=999999999>{PROSE}</td></tr></table>"),  # noqa: E501
    "word of a million letters": lambda: html("<p>" + "a" * 1_000_000 + "</p>"),
    "300,000 full stops": lambda: html("<p>" + "a. " * 300_000 + "</p>"),
    "300,000 capitals": lambda: html("<p>" + "Aa " * 300_000 + " Limited is registered in England No. 1</p>"),
    "20,000 links": lambda: html("".join(f"<a href=/{n}.pdf>Our statement</a> " for n in range(20_000))),
    "20,000 headings": lambda: html("<h1>a</h1>" * 20_000),
    "picture inside of 8 MB": lambda: html(f"<img src='data:image/png;base64,{'A' * 8_000_000}'><p>{PROSE}</p>"),  # noqa: E501
    "scalable picture with elements of its own": lambda: html("<svg>" + "<g><text>We audit.</text>" * 3_000 + "</svg>"),  # noqa: E501
    "frames that open files": lambda: html(f"<iframe src='file:///etc/passwd'></iframe><object data='file:///etc/passwd'></object><p>{PROSE}</p>"),
    "conditional comments": lambda: html("<!--[if IE]><p>Never shown.</p><![endif]--><![CDATA[ x ]]><?php echo 1 ?>" + PROSE),  # noqa: E501
    "only closing tags": lambda: b"<html>" + b"</div></p></td>" * 200_000,
    "body in body": lambda: html("<html><body>" * 400 + PROSE),
    # DOCX
    "path that climbs": lambda: docx_plus({"../../../tmp/climbed.txt": b"x", "/etc/climbed": b"y"}),
    "6,000 members": lambda: docx_plus({f"word/media/{n}.bin": b"" for n in range(6_000)}),
    "same name twice": lambda: docx_plus({"word/document.xml": b"<w:document/>"}),
    "directory that lies": lying_zip,
    "unknown compression": method_99,
    "flagged as encrypted": flagged_encrypted,
    "ZIP in ZIP thirty times": zip_in_zip,
    "quadratic entities": lambda: word(paragraph("&a;" * 4_000), xml_bomb("quadratic")),
    "billion laughs": lambda: word(paragraph("&e9;"), xml_bomb("laughs")),
    "tables 2,000 deep in Word": lambda: word("<w:tbl><w:tr><w:tc>" * 2_000 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 2_000),  # noqa: E501
    "200,000 paragraphs in Word": lambda: word(paragraph("a") * 200_000),
    "a paragraph of 100,000 runs": lambda: word("<w:p>" + "<w:r><w:t>a </w:t></w:r>" * 100_000 + "</w:p>"),
    "Word in UTF-16": lambda: docx_with(f'<?xml version="1.0" encoding="utf-16"?><w:document xmlns:w="{W}"><w:body>{paragraph(SECOND)}</w:body></w:document>'.encode("utf-16")),  # noqa: E501
    "Word with a macro": lambda: docx_plus({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 500}),
    "Word without content types": lambda: zip_of(word__document_xml=b"<w:document/>"),
    "styles of 15 MB": lambda: docx_plus({"word/styles2.xml": b" " * 15_000_000}),
    # Polyglots
    "PDF inside a comment of HTML": lambda: b"<!doctype html><!--" + simple_pdf() + b"-->" + html(f"<p>{PROSE}</p>"),  # noqa: E501
    "HTML whose first line is of a PDF": lambda: b"%PDF-1.7\n" + html(f"<p>{PROSE}</p>"),
    "GIF and PDF": lambda: b"GIF89a" + b"\x01" * 100 + simple_pdf(),
    "PDF and ZIP": lambda: simple_pdf() + simple_docx(),
    "ZIP behind a page": lambda: html(f"<p>{PROSE}</p>") + simple_docx(),
    "program and PDF": lambda: b"MZ" + b"\x00" * 500 + simple_pdf(),
    "%PDF- just within reach": lambda: b" " * 1_023 + simple_pdf(),
    "%PDF- just out of reach": lambda: b" " * 1_100 + simple_pdf(),
    "page packed by gzip": lambda: gzip.compress(html(f"<p>{PROSE}</p>")),
    # Encodings and characters
    "UTF-32": lambda: html(f"<p>{PROSE}</p>").decode().encode("utf-32"),
    "UTF-16 without a mark": lambda: html(f"<p>{PROSE}</p>").decode().encode("utf-16-be"),
    "UTF-16 of odd length": lambda: html(f"<p>{PROSE}</p>").decode().encode("utf-16")[:-1],
    "UTF-7": lambda: b'<html><meta charset="utf-7"><p>+ADw-script+AD4- We audit.</p></html>',
    "EBCDIC": lambda: html(f"<p>{PROSE}</p>").decode().encode("cp500"),
    "declared as Shift JIS, and not": lambda: html(f"<p>{PROSE} £5 – “so”</p>",
    head="<meta charset=shift_jis>").decode().encode("cp1252"),
    "declared as a codec that is none": lambda: html(f"<p>{PROSE}\xff</p>",
    head="<meta charset=base64>").decode().encode("latin-1"),
    "overlong and lone": lambda: html("<p>We audit \xc0\xaf \xed\xa0\x80 \xf8\x88\x80\x80 them.</p>").decode().encode("latin-1"),  # noqa: E501
    "two marks of order": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + html(f"<p>{PROSE}</p>"),
    "NUL between letters": lambda: html("<p>" + "\x00".join(PROSE) + "</p>"),
    "right to left": lambda: html(f"<p>\u202e{PROSE}\u202c \u2067evil\u2069 \u061c\u200f</p>"),
    "marks on marks": lambda: html("<p>We audit" + "\u0301" * 200_000 + " them.</p>"),
    "ligature of eighteen letters": lambda: html("<p>" + "\ufdfa" * 20_000 + "</p>"),
    "tag characters": lambda: html("<p>We audit" + "".join(chr(0xE0000 + ord(c)) for c in "evil text") + ".</p>"),  # noqa: E501
    "private use and no characters": lambda: html("<p>We \ue000\uf8ff\uffff\ufdd0 audit.</p>"),
    "control characters": lambda: html("<p>We\x1b[31m audit\x07\x08 \x9b31m them.</p>"),
    "control characters in a PDF": lambda: packed(b"BT /F1 11 Tf 72 700 Td (We\\033[31m audit\\007 them all.) Tj ET"),  # noqa: E501
    "control characters in the title": lambda: made_pdf(prose(), title="State\u202ement\x07\u200b 2024"),
    "formula": lambda: html("<p>=HYPERLINK(\"http://evil.example\",\"x\") says it.</p><p>@SUM(1+1)*cmd|' /C calc'!A0</p>"),  # noqa: E501
    "scan turned upside down": lambda: scan_of(simple_pdf(), dpi=100, angle=180),
}  # fmt: skip

MAY_END_THE_PROCESS = {
    "forms that draw 2 to the 25",
    "pattern that paints itself",
    "Type 3 font that shows itself",
    "string of 3 MB",
}
"""These hang or end PDFium or pdfminer themselves: there the answer may be timeout or crashed."""


def check(text: Text) -> None:
    """What holds of every result, whatever was read."""
    document = json.dumps(text_as_json(text), ensure_ascii=False)
    assert json.loads(document)["metadata"]["sha256"] == text.sha256
    if text.error is not None:
        assert text.error.kind in ERROR_KINDS
        assert text.error.message
        assert (text.pages, text.sentences) == ((), ())
    for sentence in text.sentences:
        assert sentence.text == sentence.text.strip() != ""
        assert not [
            c
            for c in sentence.text
            if unicodedata.category(c) in ("Cc", "Cs")
            or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ]
    for value in (text.metadata.get("title"), text.metadata.get("producer")):
        assert value is None or not [
            c for c in str(value) if unicodedata.category(c) == "Cc" or c == "\u202e"
        ]


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 90


@pytest.mark.slow
@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_text_or_an_error_kind(extractor: Extractor, name: str) -> None:
    body = HOSTILE[name]()

    text = extractor.submit(body, timeout=TIMEOUT).result(timeout=4 * TIMEOUT + 120)

    check(text)
    if name not in MAY_END_THE_PROCESS:
        assert text.error is None or text.error.kind not in ("crashed", "timeout"), text.error
    alive = extractor.submit(html(f"<p>{SECOND}</p>")).result(timeout=240)
    assert [sentence.text for sentence in alive.sentences] == [SECOND]


@pytest.mark.parametrize("kind", ["docx", "xhtml", "docx relation"])
def test_no_document_reads_a_file_of_this_machine(extractor: Extractor, secret: Path, kind: str) -> None:
    doctype = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    relations = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'attachedTemplate" Target="{secret.as_uri()}" TargetMode="External"/></Relationships>'
    )
    body = {
        "docx": lambda: word(paragraph("Secret: &x;."), doctype),
        "xhtml": lambda: (
            f'<?xml version="1.0"?>{doctype}<html><body><p>Secret: &x;.</p></body></html>'.encode()
        ),
        "docx relation": lambda: docx_plus({"word/_rels/settings.xml.rels": relations.encode()}),
    }[kind]()

    text = extractor.submit(body).result(timeout=240)

    assert SECRET not in json.dumps(text_as_json(text))


@pytest.mark.parametrize(
    "name",
    ["-rf.pdf", "a b;$(touch pwned)`x`.pdf", "..%2f..%2fetc.pdf", "\u202efdp.exe", "zeile\nzwei.pdf",
    "ŷ" * 80 + ".pdf", "no ending"],
)  # fmt: skip
def test_names_of_files_mean_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / name).write_bytes(html(f"<p>{SECOND}</p>"))
    monkeypatch.chdir(folder)

    done = CliRunner().invoke(cli, ["text", "--json", "--", name], catch_exceptions=False)

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["sentences"][0]["text"] == SECOND
    assert sorted(path.name for path in folder.iterdir()) == [name]


# Fuzzing ----------------------------------------------------------------------------------------------------

FUZZ_SECONDS = float(os.environ.get("SECTION54_FUZZ_SECONDS", "20"))
"""Raise it for a long run; files are numbered, so that a finding can be made again."""
_TOKENS = (
    b"<<", b">>", b"[", b"]", b"(", b")", b"/Kids", b"/Parent", b"/Count", b"/Length", b"/Filter/FlateDecode",
    b"obj",
    b"endobj", b"stream\n", b"endstream", b"0 R", b"-1", b"2147483648", b"9" * 40, b"NaN", b"\x00",
    b"\xff\xfe", b"<p>",
    b"</p>", b"<table>", b"<!--", b"]]>", b"&#xd800;", b"PK\x03\x04", b"<w:p>", b"%PDF-", b"%%EOF",
    b"trailer", b"BT",
)  # fmt: skip


def fuzzed(number: int, seeds: list[bytes]) -> bytes:
    """Return file `number`: a sound file with one to twenty changes.

    The same number gives the same changes.
    """
    chance = random.Random(number)
    body = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 20)):
        at = chance.randrange(len(body) or 1)
        length = chance.choice((1, 1, 4, 30, 500))
        match chance.randrange(7):
            case 0:
                body[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del body[at : at + length]
            case 2:
                body[at:at] = chance.choice(_TOKENS)
            case 3:
                body[at:at] = body[at : at + length] * chance.choice((1, 2, 50))
            case 4:
                other = chance.choice(seeds)
                start = chance.randrange(len(other))
                body[at : at + length] = other[start : start + length]
            case 5:
                body[at : at + length] = bytes(chance.randrange(256) for _ in range(length))
            case 6 if chance.random() < 0.1:
                del body[at:]
    return bytes(body)


def seeds() -> list[bytes]:
    return [
        simple_pdf(),
        with_objects(b"<</Type/Outlines>>", catalog=b"/Outlines 5 0 R"),
        packed(TEXT * 20),
        made_pdf(prose(), prose(SECOND)),
        simple_docx(),
        word(paragraph(PROSE) * 5),
        html(
            "<nav>a</nav><main><h1>Our "
            f"statement</h1><p>{PROSE}</p><ul><li>one<li>two</ul></main><footer>b</footer>"
        ),
    ]


def deflated(body: bytes) -> bytes:
    """Changes in packed parts only break the packing: so a DOCX is changed inside, too."""
    return docx_with(body)


@pytest.mark.slow
def test_files_changed_at_random_end_in_text_or_an_error_kind(extractor: Extractor) -> None:
    whole = seeds()
    inside = [zipfile.ZipFile(io.BytesIO(word(paragraph(PROSE) * 5))).read("word/document.xml")]
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + FUZZ_SECONDS
    number = 0
    while time.monotonic() < end:
        body = deflated(fuzzed(number, inside)) if number % 8 == 7 else fuzzed(number, whole)
        text = extractor.submit(body, timeout=10).result(timeout=240)
        try:
            check(text)
        except AssertionError as error:
            raise AssertionError(f"fuzzed file {number}") from error
        outcomes[text.error.kind if text.error else "text"] += 1
        number += 1

    assert extractor.submit(html(f"<p>{SECOND}</p>")).result(timeout=240).error is None
    print(f"\n{number} files: {dict(outcomes)}")
    assert number >= 20
    assert outcomes["text"] > 0
    assert outcomes["crashed"] + outcomes["timeout"] <= 0.02 * number + 1
