"""What a file is, by its bytes."""

import io
import zipfile

import pytest

from domain.filetypes import DOCX, HTML, PDF, PPTX, UNKNOWN, XLSX, ZIP, called, is_known, is_packed, sniff


def zipped(*names: str, **texts: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in {**dict.fromkeys(names, "<a/>"), **texts}.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # without the time of day
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "said", "expected"),
    [
        (b"%PDF-1.7 x", "application/octet-stream", PDF),
        (b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.7 x", "text/html", PDF),
        (b"<p>A file that begins with %PDF- is a PDF.</p>", None, HTML),
        (b"<!DOCTYPE html><p>x", "application/pdf", HTML),
        (b"\xef\xbb\xbf<html>", None, HTML),
        ("<html>x</html>".encode("utf-16"), None, HTML),
        (b"<custom>x</custom>", "text/html; charset=utf-8", HTML),
        (b"<custom>x</custom>", None, "application/xml"),
        (zipped("word/document.xml"), "application/zip", DOCX),
        (zipped("xl/workbook.xml"), None, XLSX),
        (zipped("ppt/presentation.xml"), None, PPTX),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), None,
        "application/vnd.oasis.opendocument.text"),
        (zipped("notes.txt"), None, ZIP),
        (zipped("word/document.xml")[:60], None, DOCX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "application/pdf", "application/x-ole-storage"),
        (b"\x89PNG\r\n\x1a\nrest", None, "image/png"),
        (b"RIFF\0\0\0\0WEBP", None, "image/webp"),
        (b'{"a": 1}', None, "application/json"),
        (b"a,b,c\n1,2,3\n4,5,6\n7,8,9\n", None, "text/csv"),
        (b"We buy cloth, thread and buttons.\n", "text/csv", "text/csv"),
        (b"We buy cloth, thread and buttons.\n", None, "text/plain"),
        (b"\x00\x01\x02\x03", None, UNKNOWN),
        (b"", None, "text/plain"),
    ],
)  # fmt: skip
def test_the_bytes_tell_what_a_file_is(body: bytes, said: str | None, expected: str) -> None:
    assert sniff(body, said) == expected


def test_what_is_compressed_already_is_known() -> None:
    assert is_packed(b"%PDF-1.4")
    assert is_packed(zipped("a"))
    assert is_packed(b"\xff\xd8\xff\xe0")
    assert not is_packed(b"<html>")


def test_messages_name_a_type() -> None:
    assert called(XLSX) == "an Excel workbook"
    assert called("application/x-odd") == "a document of type application/x-odd"
    assert is_known("image/gif")
    assert not is_known("application/x-odd")
