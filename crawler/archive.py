"""The evidence: every answer as it came over the wire, in WARC 1.1 files (ISO 28500:2017).

One new file per process and run, never appended to; a killed run leaves a file that can be read up to its
last whole record. Scrapy does not keep the order and case of header names, the reason phrase and the transfer
encoding, so headers are as Scrapy read them (the file says so); bodies are exact and carry sha256 digests.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import uuid
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.pages import Trace
from domain.dates import now, stamp
from domain.filetypes import is_packed

if TYPE_CHECKING:  # readers of the archive need no Scrapy
    from scrapy import Request
    from scrapy.http import Response

ROTATE_BYTES = 2**30  # tools that copy or replay a WARC file want it in handy pieces
# What is unpacked of a body that is read back: three times what a crawl takes, so every document fits.
# Answers that were refused for their size are in the archive too, as they came, and some are made to unpack
# without end.
MAX_UNPACKED_BYTES = 100 * 2**20
BODIES_KEPT = 10_000  # digests held to tell a repeated body
_LEVEL_TEXT = 6  # zlib's default: 9 costs half as much again for 0.1 % of size
_LEVEL_PACKED = 0  # PDF and DOCX are compressed already: level 6 takes 20 ms a file and saves a tenth
DRAFTS = ".*.warc.gz.*"
"""Names of the files that `erase` works on: what a kill leaves of them is of no use to anybody."""
_GZIP_HEAD = b"\x1f\x8b\x08\x10\0\0\0\0\x02\xff"  # RFC 1952: deflate, with a comment (FLG bit 4), no time
_PROFILE_304 = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class _GzipMember:
    """One gzip member per record, as the format asks, at a level of our choice (warcio always takes 9)."""

    def __init__(self, file: BinaryIO, level: int) -> None:
        self._file = file
        self._compressor = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS + 16)

    def write(self, data: bytes) -> None:
        self._file.write(self._compressor.compress(data))

    def flush(self) -> None:
        """Called by warcio at the end of a record."""
        self._file.write(self._compressor.flush())


class _Writer(WARCWriter):
    def __init__(self) -> None:
        super().__init__(None, gzip=False, warc_version="1.1")

    def _create_digester(self) -> Digester:
        return Digester("sha256")

    def write(self, file: BinaryIO, record: Any, level: int = _LEVEL_TEXT) -> None:
        self._write_warc_record(_GzipMember(file, level), record)


class Archive:
    """Writes what was fetched.

    `name` of a file is relative to the folder, so that the folder can be moved.
    """

    def __init__(
        self,
        folder: Path,
        run_id: str,
        user_agent: str,
        *,
        rotate_bytes: int = ROTATE_BYTES,
        forgotten: frozenset[str] = frozenset(),
    ) -> None:
        """`forgotten` holds the sha256 of bodies, as readers see them, that are not to be written."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stem = f"{run_id}-{os.getpid()}"
        self._user_agent = user_agent
        self._rotate_bytes = rotate_bytes
        self.forgotten = forgotten
        self._writer = _Writer()
        self._serial = 0
        # digest -> file, offset, address, date; bodies repeat within a site or a group, which come close
        # together
        self._bodies: OrderedDict[str, tuple[str, int, str, str]] = OrderedDict()
        self._open()

    def _open(self) -> None:
        self._file = self._new_file()
        info = {
            "software": "section54 crawler (Scrapy, warcio)",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": "obey",
            "http-header-user-agent": self._user_agent,
            "description": "Header names, their order, the reason phrase and the transfer encoding are as "
            "Scrapy "
            "gives them; bodies are as sent.",
        }
        self._writer.write(self._file, self._writer.create_warcinfo_record(self.name, info))

    def _new_file(self) -> BinaryIO:
        """Open the next file that is not there yet: in a container a resumed run may get the same process id
        again.
        """
        while True:
            self.name = f"{self._stem}-{self._serial:05d}.warc.gz"
            self._serial += 1
            with suppress(FileExistsError):
                return (self._folder / self.name).open("xb", buffering=2**18)

    def record(self, request: Request, response: Response, refers_to: tuple[str, str] | None = None) -> Trace:
        """Write one exchange and return where it lies; `refers_to` is address and date of the copy behind a
        304.

        A body that this run archived before is written as a revisit; `body_file` and `body_offset` then point
        to the first, whole record. A forgotten body leaves no record.
        """
        if self.forgotten and _sha256_of(response.body, _encodings_of(response)) in self.forgotten:
            return Trace(status=response.status)
        if self._file.tell() > self._rotate_bytes:
            self.sync()
            self._file.close()
            self._open()
        date = now().isoformat(timespec="microseconds").replace("+00:00", "Z")
        place = Trace(status=response.status, warc_file=self.name, warc_offset=self._file.tell())
        digest = _digest(response.body)
        known = self._bodies.get(digest) if response.body else None
        record = self._response_record(response, date, digest, known, refers_to)
        level = _LEVEL_PACKED if is_packed(response.body) and not known else _LEVEL_TEXT
        self._writer.write(self._file, record, level)
        self._writer.write(self._file, self._request_record(request, record, date))
        if known:
            place.body_file, place.body_offset = known[0], known[1]
        else:
            place.body_file, place.body_offset = place.warc_file, place.warc_offset
            if response.body and response.status != 304:
                self._bodies[digest] = (self.name, place.warc_offset or 0, response.url, date)
                if len(self._bodies) > BODIES_KEPT:
                    self._bodies.popitem(last=False)
        return place

    def resource(self, url: str, body: bytes, content_type: str) -> tuple[str, int]:
        """Write what was made here of an answer (a page as scripts filled it) and return its file and
        offset.
        """
        place = (self.name, self._file.tell())
        record = self._writer.create_warc_record(
            url,
            "resource",
            payload=BytesIO(body),
            length=len(body),
            warc_content_type=content_type,
            warc_headers_dict={"WARC-Payload-Digest": _digest(body)},
        )
        self._writer.write(self._file, record, _LEVEL_TEXT)
        return place

    def _response_record(
        self,
        response: Response,
        date: str,
        digest: str,
        known: tuple[str, int, str, str] | None,
        refers_to: tuple[str, str] | None,
    ) -> Any:
        extra = {"WARC-Date": date}
        if response.ip_address is not None:
            extra["WARC-IP-Address"] = str(response.ip_address)
        head = StatusAndHeaders(f"{response.status} ", _headers(response), protocol="HTTP/1.1")
        if response.status == 304 and refers_to:
            # Without the 304's headers: with them, replay tools show an empty page (pywb 2.10).
            extra |= {
                "WARC-Profile": _PROFILE_304,
                "WARC-Refers-To-Target-URI": refers_to[0],
                "WARC-Refers-To-Date": refers_to[1],
            }
            return self._writer.create_warc_record(response.url, "revisit", warc_headers_dict=extra)
        if known:
            return self._writer.create_revisit_record(
                response.url, digest, known[2], known[3], http_headers=head, warc_headers_dict=extra
            )
        extra["WARC-Payload-Digest"] = digest
        return self._writer.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.body),
            length=len(response.body),
            http_headers=head,
            warc_headers_dict=extra,
        )

    def _request_record(self, request: Request, answer: Any, date: str) -> Any:
        parts = urlsplit(request.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = StatusAndHeaders(
            f"{request.method} {path} HTTP/1.1",
            [("Host", parts.netloc), *_headers(request)],
            is_http_request=True,
        )
        concurrent = {
            "WARC-Date": date,
            "WARC-Concurrent-To": answer.rec_headers.get_header("WARC-Record-ID"),
        }
        return self._writer.create_warc_record(
            request.url, "request", http_headers=head, warc_headers_dict=concurrent
        )

    def sync(self) -> None:
        """Make all that was written safe on disk: before a database row may point to it."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if not self._file.closed:
            self.sync()
            self._file.close()


def _encodings_of(response: Response) -> list[bytes]:
    return list(response.headers.getlist("Content-Encoding"))


def _sha256_of(body: bytes, encodings: list[bytes]) -> str | None:
    """The sha256 of a body as readers see it; None where they see none: it cannot be unpacked, or is too
    large then.
    """
    try:
        return hashlib.sha256(_decoded(body, encodings)).hexdigest()
    except ValueError:
        return None


def _digest(body: bytes) -> str:
    digester = Digester("sha256")
    digester.update(body)
    return str(digester)


def _headers(message: Request | Response) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in message.headers.items()
        for value in values
    ]


def read_body(warc_path: Path, offset: int, sha256: str | None = None) -> bytes:
    """Return the body of the record at an offset, decompressed as the crawler did, so that its sha256 is the
    same.

    Raises OSError for a file that cannot be opened, and ValueError when no response with a body starts there,
    when the record is damaged, and when its body is another one than that of the `sha256`.
    """
    with Path(warc_path).open("rb") as file:
        file.seek(offset)
        try:
            body = _body_of(next(iter(ArchiveIterator(file)), None))
        except (ArchiveLoadFailed, EOFError, zlib.error) as error:
            raise ValueError(f"{warc_path}: the record at offset {offset} is damaged: {error}") from error
        except ValueError as error:
            raise ValueError(f"{warc_path}: {error} at offset {offset}, not a response") from error
    if sha256 is not None and hashlib.sha256(body).hexdigest() != sha256:
        raise ValueError(
            f"{warc_path}: the body at offset {offset} is not that of sha256 {sha256}: it is damaged"
        )
    return body


def _body_of(record: Any) -> bytes:
    """The body of a record as readers see it; raise ValueError for a record that has none."""
    if record is not None and record.rec_type == "resource":
        return bytes(record.raw_stream.read())
    if record is None or record.rec_type != "response" or record.http_headers is None:
        raise ValueError("nothing" if record is None else f"a {record.rec_type} record")
    return _decoded(record.raw_stream.read(), _encodings(record))


@dataclass(frozen=True, slots=True)
class Place:
    """A record in a WARC file."""

    offset: int
    length: int
    """Of its gzip member, in bytes."""
    sha256: str | None
    """Of the body as readers see it; None for a record that is no response with a body that can be read."""


def read_places(warc_path: Path) -> Iterator[Place]:
    """Yield the records of a file in order; a last one that a kill cut short is left out."""
    with Path(warc_path).open("rb") as file:
        records = ArchiveIterator(file)
        with suppress(ArchiveLoadFailed, EOFError):
            for record in records:
                digest = _sha256_of_record(record)  # first: asking for the place reads over the body
                yield Place(records.get_record_offset(), records.get_record_length(), digest)


def copy_records(folder: Path, places: Iterable[tuple[str, int]], target: Path) -> int:
    """Copy exchanges byte for byte into one new WARC file: each answer, named by file and offset, and its
    request.

    Returns how many answers were copied; a file that is not there is passed over.
    """
    copied = 0
    with target.open("wb") as out:
        for name, group in groupby(sorted(set(places)), key=lambda place: place[0]):
            if not (folder / name).exists():
                continue
            with (folder / name).open("rb") as source:
                for _, offset in group:
                    copied += _copy_exchange(source, offset, out)
    return copied


def _copy_exchange(source: BinaryIO, offset: int, out: BinaryIO) -> int:
    """Copy the answer at an offset and the request that follows it; return 0 when no answer is there (any
    more).
    """
    source.seek(offset)
    records = ArchiveIterator(source)
    end = offset
    answer = None
    with suppress(ArchiveLoadFailed, EOFError):
        for record in records:
            if answer is None and record.rec_type not in ("response", "revisit", "resource"):
                return 0
            if answer is not None and record.rec_type != "request":
                break
            end += records.get_record_length()
            if answer is not None:
                break
            answer = record
    source.seek(offset)
    out.write(source.read(end - offset))
    return 1 if answer is not None else 0


def _sha256_of_record(record: Any) -> str | None:
    if record.rec_type == "resource":
        return hashlib.sha256(record.raw_stream.read()).hexdigest()
    if record.rec_type != "response" or record.http_headers is None:
        return None
    return _sha256_of(record.raw_stream.read(), _encodings(record))


def erase(warc_path: Path, sha256: str) -> int:
    """Put a note in the place of every response with this body and return how many there were.

    The note's gzip member is as long as the record was (its comment field is filled up), so that every other
    record stays where it was and offsets kept elsewhere hold. The file is replaced as a whole: a kill leaves
    the old one or the new one.
    """
    places = [place for place in read_places(warc_path) if place.sha256 == sha256]
    if not places:
        return 0
    draft = warc_path.with_name(f".{warc_path.name}.{os.getpid()}")
    try:
        shutil.copyfile(warc_path, draft)
        with draft.open("r+b") as file:
            for place in places:
                file.seek(place.offset)
                file.write(_note(place.length))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(warc_path)
    finally:
        draft.unlink(missing_ok=True)
    return len(places)


def _note(length: int) -> bytes:
    """A gzip member of exactly this length that holds a WARC record saying that another was deleted."""
    text = b"software: section54 crawler\r\nnote: a record stood here that was deleted on request\r\n"
    head = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\n"
        f"WARC-Date: {stamp()}\r\nContent-Type: application/warc-fields\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    record = head.encode() + text + b"\r\n\r\n"
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = compressor.compress(record) + compressor.flush()
    tail = zlib.crc32(record).to_bytes(4, "little") + len(record).to_bytes(4, "little")
    spare = length - len(_GZIP_HEAD) - 1 - len(packed) - len(tail)
    if spare < 0:
        raise ValueError(f"a record of {length} bytes is too short for a note")
    return _GZIP_HEAD + b" " * spare + b"\0" + packed + tail


def _encodings(record: Any) -> list[bytes]:
    return [
        value.encode("latin-1")
        for name, value in record.http_headers.headers
        if name.lower() == "content-encoding"
    ]


def _decoded(body: bytes, encodings: list[bytes]) -> bytes:
    """Undo content encodings with Scrapy's own functions: other readers differ on truncated streams.

    Raises ValueError for a body that is not encoded as it says, or that is too large once it is unpacked.
    """
    from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware

    to_decode, _ = HttpCompressionMiddleware._split_encodings(encodings)
    try:
        for encoding in to_decode:
            body = HttpCompressionMiddleware._decode(body, encoding, MAX_UNPACKED_BYTES)
    except (OSError, EOFError, struct.error, zlib.error) as error:
        raise ValueError(f"a body that cannot be unpacked ({error})") from error
    return body
