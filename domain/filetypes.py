"""What a file is, from its bytes: names and headers are wrong too often."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from domain.tables import load_table

PDF = "application/pdf"
HTML = "text/html"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ZIP = "application/zip"
UNKNOWN = "application/octet-stream"

_ROWS = load_table("filetypes")
_MAGIC: tuple[tuple[bytes, str], ...] = tuple(
    (row["starts"].encode("latin-1"), row["type"]) for row in _ROWS if "starts" in row
)
_CALLED: Mapping[str, str] = {row["type"]: row["called"] for row in _ROWS}
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED = (
    b"%PDF-", *_ZIP_STARTS, *(row["starts"].encode("latin-1") for row in _ROWS if row.get("packed")),
)  # fmt: skip
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|link|script|div|p|h[1-6]|section|article|main|table|ul|span)\b",
    re.IGNORECASE,
)
# Software that prints a notice before the page still gives a page; further in, it is a text about HTML.
_MARKUP_WITHIN = 4_096


def without_preamble(body: bytes) -> bytes:
    """Return the body from %PDF- on, where that is found within the first 1,024 bytes; else the body as it
    is.

    Captured HTTP headers, blank lines and byte order marks before it make pdfminer refuse the file.
    """
    start = body.find(b"%PDF-", 0, 1024 + 5)
    return body[start:] if start > 0 else body


def sniff(body: bytes, known_type: str | None = None) -> str:
    """Return the media type: application/pdf, text/html, the DOCX type, or another one.

    `known_type` (what the server said) decides only where the bytes do not: a fragment of HTML without a tag
    that is typical. Unknown bytes are application/octet-stream, readable ones text/plain.
    """
    if _is_pdf(body):
        return PDF
    if body.startswith(_ZIP_STARTS):
        return _sniff_zip(body)
    for magic, media_type in _MAGIC:
        if body.startswith(magic):
            return media_type
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    head = _as_text(body[: _MARKUP_WITHIN * 4])
    if head is None:
        return UNKNOWN
    return _sniff_text(head, known_type)


def _is_pdf(body: bytes) -> bool:
    start = body.find(b"%PDF-", 0, 1024 + 5)
    if start < 0:
        return False
    # A page of HTML that talks about PDF begins with a tag and has no end of file mark.
    return start == 0 or not _MARKUP.match(body.lstrip()) or b"%%EOF" in body


def _sniff_zip(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = set(archive.namelist()[:10_000])
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError):
        # zipfile tells methods of compression that it does not know by a kind of RuntimeError. A DOCX cut
        # short comes here too: its directory is at the end.
        return DOCX if b"word/" in body[:100_000] else ZIP
    if "word/document.xml" in names:
        return DOCX
    for folder, media_type in (
        ("xl/", XLSX),
        ("ppt/", PPTX),
        ("word/", DOCX),
    ):
        if any(name.startswith(folder) for name in names):
            return media_type
    return kind.decode("ascii", "replace").strip() or ZIP


def _as_text(head: bytes) -> bytes | None:
    """Return the head as ASCII-compatible bytes; None if it is no text."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace").encode()
    sample = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if sample[:2] in (b"<\x00", b"\x00<"):  # UTF-16 without a mark
        return sample.replace(b"\x00", b"")
    controls = sum(byte < 9 or 13 < byte < 27 for byte in sample)
    return sample if controls <= 0.02 * len(sample) else None


def _sniff_text(head: bytes, known_type: str | None) -> str:
    if _MARKUP.search(head[:_MARKUP_WITHIN]):
        return HTML
    said = (known_type or "").split(";")[0].strip().lower()
    if said in (HTML, "application/xhtml+xml") and re.search(rb"<[a-z!]", head, re.IGNORECASE):
        return HTML
    if head.startswith(b"<?xml") or re.match(rb"<[a-z]+[\s:>]", head, re.IGNORECASE):
        return "application/xml"
    if head[:1] in (b"{", b"[") and said != "text/plain":
        return "application/json"
    return "text/csv" if _is_csv(head, said) else "text/plain"


def _is_csv(head: bytes, said: str) -> bool:
    if said == "text/csv":
        return True
    lines = head.splitlines()[:-1][:10]
    counts = {line.count(b",") for line in lines} - {0}
    return len(lines) >= 3 and len(counts) == 1 and min(counts) >= 2


def called(media_type: str) -> str:
    """Return how a message says what a file is: "an image", "a PDF".

    A type that is not known says its own name.
    """
    return _CALLED.get(media_type, f"a document of type {media_type[:100]}")


def is_known(media_type: str) -> bool:
    """Tell whether the type has a name here."""
    return media_type in _CALLED


def is_packed(body: bytes) -> bool:
    """Tell whether the bytes are compressed already: compressing them again costs time and saves nothing."""
    return body.startswith(_PACKED)
