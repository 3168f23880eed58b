"""What a file is, from its bytes: names and headers are wrong too often."""

from __future__ import annotations

import io
import re
import zipfile

from extraction.contents import UnreadableError

PDF = "application/pdf"
HTML = "text/html"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# (first bytes, media type, what it is called)
_MAGIC = (
    (b"{\\rtf", "application/rtf", "an RTF document"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "application/x-ole-storage",
        "an old Office document (DOC, XLS or PPT)",
    ),
    (b"%!PS", "application/postscript", "a PostScript file"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "an image"),
    (b"\xff\xd8\xff", "image/jpeg", "an image"),
    (b"GIF8", "image/gif", "an image"),
    (b"II*\x00", "image/tiff", "an image"),
    (b"MM\x00*", "image/tiff", "an image"),
    (b"BM", "image/bmp", "an image"),
    (b"\x1f\x8b", "application/gzip", "a compressed archive"),
    (b"BZh", "application/x-bzip2", "a compressed archive"),
    (b"\xfd7zXZ\x00", "application/x-xz", "a compressed archive"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "a compressed archive"),
    (b"Rar!\x1a\x07", "application/vnd.rar", "a compressed archive"),
    (b"\x7fELF", "application/x-executable", "a program"),
    (b"MZ", "application/x-msdownload", "a program"),
    (b"wOFF", "font/woff", "a font"),
    (b"wOF2", "font/woff2", "a font"),
)
_UNSUPPORTED = {"application/rtf", "application/x-ole-storage", "application/postscript", "text/plain"}

_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|link|script|div|p|h[1-6]|section|article|main|table|ul|span)\b",
    re.IGNORECASE,
)
# Software that prints a notice before the page still gives a page; further in, it is a text about HTML.
_MARKUP_WITHIN = 4_096


def without_preamble(body: bytes) -> bytes:
    """Return the body from %PDF- on, where that is found within the first 1,024 bytes; else the body as it is.

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
    if body[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _sniff_zip(body)
    for magic, media_type, _ in _MAGIC:
        if body.startswith(magic):
            return media_type
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    head = _as_text(body[: _MARKUP_WITHIN * 4])
    if head is None:
        return "application/octet-stream"
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
        # zipfile tells methods of compression that it does not know by a kind of RuntimeError. A DOCX cut short
        # comes here too: its directory is at the end.
        return DOCX if b"word/" in body[:100_000] else "application/zip"
    if "word/document.xml" in names:
        return DOCX
    for folder, media_type in (
        ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ("word/", DOCX),
    ):
        if any(name.startswith(folder) for name in names):
            return media_type
    return kind.decode("ascii", "replace").strip() or "application/zip"


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


def refusal(media_type: str) -> UnreadableError:
    """Return the error for a type that is not read, with a sentence for the reader."""
    names = {kind: name for _, kind, name in _MAGIC}
    names |= {
        "image/webp": "an image",
        "application/zip": "a ZIP archive",
        "application/json": "JSON data",
        "application/xml": "XML data",
        "text/csv": "a table of comma-separated values",
        "text/plain": "plain text",
        "application/octet-stream": "of an unknown kind",
    }
    if media_type in names and media_type not in _UNSUPPORTED:
        return UnreadableError(
            "not_a_document", f"the file is {names[media_type]}, not a PDF, HTML or DOCX document"
        )
    name = names.get(media_type, f"a document of type {media_type[:100]}")
    return UnreadableError("unsupported", f"the file is {name}; only PDF, HTML and DOCX are read")
