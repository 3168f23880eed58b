"""Damage to the pages of a PDF that readers pass over in silence.

PDFium and pdfminer give what they can of a broken page, which may be nothing. A page that lost its text must
not count as blank, because a blank page counts as read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any

from pdfminer.ascii85 import ascii85decode, asciihexdecode
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import (
    LITERALS_ASCII85_DECODE,
    LITERALS_ASCIIHEX_DECODE,
    LITERALS_DCT_DECODE,
    LITERALS_FLATE_DECODE,
    PDFStream,
    resolve1,
)

MISSING = "its content is missing from the file"
UNREADABLE = "its content cannot be unpacked"
CUT_SHORT = "its content is cut short"
LOST_TEXT = "its content shows text that cannot be read"

# Operators of a content stream (ISO 32000-1, annex A), of which any page of some length has several.
_OPERATOR = re.compile(
    rb"(?<![^\s\])>])(?:q|Q|cm|re|f\*?|S|n|W\*?|BT|ET|gs|g|rg|k|m|l|c|h|Do|BMC|BDC|EMC|cs|scn?|w|d|BI|sh)(?![^\s\[(/<])"
)
# A string that is shown: with anything but blanks in it, or glyph numbers.
_SHOWN = re.compile(rb"(?:\(\s*[^\s)][^)]*\)|<\s*[0-9A-Fa-f][0-9A-Fa-f\s]*>)\s*(?:\]\s*TJ|Tj|'|\")|\]\s*TJ")
_DRAWN = re.compile(rb"/([^\s/\[\]()<>{}%]+)\s+Do(?![^\s\[(/<])")
# Shorter content says nothing: "q Q", a blank line.
_SOME = 20
_CHUNK = 1 << 20
# More than any page of text has; what is larger is a map or a bomb, and is looked at so far.
_MOST = 20 << 20
# Forms that show forms that show forms.
_DEEPEST = 4
_END_OF_JPEG = b"\xff\xd9"


def content_damage(page: PDFPage, *, looks_blank: bool) -> str | None:
    """Return what is wrong with the content of a page in words that go on from "page 3:"; None where nothing
    is.

    Must be called before the page is read, which unpacks the streams. Where the page `looks_blank`, its
    content is searched for text that was to be shown. May raise what pdfminer raises on damage.
    """
    contents = [resolve1(part) for part in page.contents]
    if any(not isinstance(part, PDFStream) for part in contents):
        return MISSING
    unpacked = []
    for stream in contents:
        data, damage = _unpacked(stream, keep=True)
        if damage:
            return damage
        unpacked.append(data)
    content = b"\n".join(unpacked)
    return _lost_text(content, resolve1(page.resources), _DEEPEST) if looks_blank else None


def image_damage(page: PDFPage) -> str | None:
    """Return what is wrong with the pictures that a page holds, in the same words; None where nothing is.

    Half of a scan is shown as a whole page of which the rest is grey.
    """
    for picture in _streams(resolve1(page.resources), b"Image"):
        filters = [name for name, _ in picture.get_filters()]
        if filters and filters[-1] in LITERALS_DCT_DECODE:
            data = picture.get_rawdata()
            is_cut = len(filters) == 1 and data is not None and _END_OF_JPEG not in data[-2_000:]
            damage = CUT_SHORT if is_cut and not picture.decipher else None
        else:
            _, damage = _unpacked(picture)
        if damage:
            return damage.replace("content", "picture")
    return None


def _lost_text(content: bytes, resources: Any, depth: int) -> str | None:
    """Tell whether content that shows nothing was to show something."""
    if len(content.strip()) >= _SOME and not _OPERATOR.search(content):
        return UNREADABLE
    if _SHOWN.search(content):
        return LOST_TEXT
    objects = _named(resources, "XObject")
    for name in set(_DRAWN.findall(content)):
        drawn = resolve1(objects.get(name.decode("latin-1")))
        if not isinstance(drawn, PDFStream):
            return MISSING
        if _subtype(drawn) == b"Form" and depth:
            data, damage = _unpacked(drawn)
            damage = damage or _lost_text(data, resolve1(drawn.get("Resources")) or resources, depth - 1)
            if damage:
                return damage
    return None


def _streams(resources: Any, subtype: bytes) -> Iterator[PDFStream]:
    for item in _named(resources, "XObject").values():
        stream = resolve1(item)
        if isinstance(stream, PDFStream) and _subtype(stream) == subtype:
            yield stream


def _named(resources: Any, kind: str) -> dict[str, Any]:
    found = resolve1(resources.get(kind)) if isinstance(resources, dict) else None
    return found if isinstance(found, dict) else {}


def _subtype(stream: PDFStream) -> bytes:
    name = getattr(resolve1(stream.get("Subtype")), "name", b"")
    return name.encode("latin-1") if isinstance(name, str) else bytes(name)


def _unpacked(stream: PDFStream, *, keep: bool = False) -> tuple[bytes, str | None]:
    """Return the beginning of a stream as unpacked so far as that is known, and what is wrong with it.

    Filters but deflate and the two of ASCII are left to pdfminer, which cannot tell whether the data are
    whole.
    """
    packed = stream.get_rawdata()
    # It was unpacked before: another page shares it, and told what is wrong.
    if packed is None:
        return bytes(stream.get_data()), None
    data = packed
    if stream.decipher and stream.objid is not None and stream.genno is not None:
        data = stream.decipher(stream.objid, stream.genno, data, stream.attrs)
    for name, params in stream.get_filters():
        try:
            if name in LITERALS_FLATE_DECODE:
                data, is_whole = _inflated(data)
                if not is_whole:
                    return data, CUT_SHORT
            elif name in LITERALS_ASCII85_DECODE:
                data = ascii85decode(data)
            elif name in LITERALS_ASCIIHEX_DECODE:
                data = asciihexdecode(data)
            else:
                return data, None
        except (zlib.error, ValueError):
            return b"", UNREADABLE
        if params or len(data) >= _MOST:
            return data, None
    if keep:
        stream.data, stream.rawdata = data, None  # as pdfminer keeps it, which then need not unpack it again
    return data, None


def _inflated(packed: bytes) -> tuple[bytes, bool]:
    """Return inflated data, and whether its end was there. Raises zlib.error where it is no deflated data.

    The checksum behind the data, which many writers get wrong, is not looked at.
    """
    # Two bytes of head come first. A bare line end before them is a fault that viewers forgive.
    start = len(packed) - len(packed.lstrip(b"\r\n"))
    if start + 2 <= len(packed) and (packed[start] & 0x0F) == 8:
        packed = packed[start:]
    inflater = zlib.decompressobj(-15)
    data, rest = bytearray(), packed[2:]
    while rest and not inflater.eof and len(data) < _MOST:
        data += inflater.decompress(rest, _CHUNK)
        rest = inflater.unconsumed_tail
    return bytes(data), inflater.eof or len(data) >= _MOST
