"""The archive: WARC files that other tools read, and bodies that come back byte for byte."""

import gzip
import hashlib
import zlib
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawler.archive import MAX_UNPACKED_BYTES, Archive, erase, read_body

AGENT = "section54/1 (+https://example.org/bot)"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path, "run", AGENT)


def response(body: bytes, url: str = "http://example.org/a", status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url, status, named, body)


def records(path: Path) -> list[tuple[str, str | None]]:
    with path.open("rb") as file:
        return [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI")) for r in ArchiveIterator(file)]


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"<p>plain</p>", None),
        (b"%PDF-1.7 packed already", None),
        (gzip.compress(b"<p>zipped</p>"), "gzip"),
        (zlib.compress(b"<p>deflated</p>"), "deflate"),
        (gzip.compress(gzip.compress(b"<p>twice</p>")), "gzip, gzip"),
        (gzip.compress(b"<p>cut short</p>" * 500)[:-9], "gzip"),
        (b"", None),
    ],
    ids=["plain", "a PDF", "gzip", "deflate", "gzip twice", "cut short", "empty"],
)
def test_a_body_is_read_back_as_the_crawler_saw_it(
    archive: Archive, tmp_path: Path, body: bytes, encoding: str | None
) -> None:
    headers = {"Content_Encoding": encoding} if encoding else {}
    place = archive.record(Request("http://example.org/a"), response(body, **headers))
    archive.close()

    read = read_body(tmp_path / archive.name, place.body_offset or 0)

    plain = {
        None: body,
        "gzip": b"<p>zipped</p>",
        "deflate": b"<p>deflated</p>",
        "gzip, gzip": b"<p>twice</p>",
    }
    assert read == plain[encoding] or ((b"<p>cut short</p>" * 500).startswith(read) and len(read) > 100)


def test_a_record_holds_the_exchange(archive: Archive, tmp_path: Path) -> None:
    request = Request("http://example.org/a?b=1", headers={"User-Agent": AGENT})
    archive.record(request, response(b"<p>hello</p>", request.url, Content_Type="text/html", ETag='"1"'))
    archive.close()

    with (tmp_path / archive.name).open("rb") as file:
        info, answer, question = [
            (r.rec_headers, r.http_headers, r.content_stream().read()) for r in ArchiveIterator(file)
        ]

    assert b"WARC File Format 1.1" in info[2]
    assert AGENT.encode() in info[2]
    assert answer[1].get_header("ETag") == '"1"'
    assert answer[1].get_statuscode() == "200"
    assert answer[0].get_header("WARC-Payload-Digest").startswith("sha256:")
    assert question[1].statusline.startswith("GET /a?b=1 HTTP/1.1") or question[1].protocol == "GET"
    assert question[0].get_header("WARC-Concurrent-To") == answer[0].get_header("WARC-Record-ID")


def test_the_same_body_is_stored_once_and_points_to_the_whole_record(
    archive: Archive, tmp_path: Path
) -> None:
    body = b"<p>the statement of the group</p>"
    first = archive.record(Request("http://a.example/"), response(body, "http://a.example/"))
    second = archive.record(Request("http://b.example/"), response(body, "http://b.example/"))
    archive.close()

    assert [kind for kind, _ in records(tmp_path / archive.name)] == [
        "warcinfo", "response", "request", "revisit", "request",
    ]  # fmt: skip
    assert second.warc_offset != first.warc_offset
    assert second.body_offset == first.warc_offset
    assert read_body(tmp_path / archive.name, second.body_offset or 0) == body
    with pytest.raises(ValueError, match="a revisit record at offset"):
        read_body(tmp_path / archive.name, second.warc_offset or 0)


def test_a_304_is_a_revisit_of_the_stored_copy(archive: Archive, tmp_path: Path) -> None:
    archive.record(
        Request("http://a.example/"),
        response(b"", "http://a.example/", 304),
        ("http://a.example/", "2026-01-02T03:04:05Z"),
    )
    archive.close()

    with (tmp_path / archive.name).open("rb") as file:
        revisit = [r.rec_headers for r in ArchiveIterator(file) if r.rec_type == "revisit"]
    assert [r.get_header("WARC-Refers-To-Date") for r in revisit] == ["2026-01-02T03:04:05Z"]
    assert revisit[0].get_header("WARC-Profile").endswith("server-not-modified")


def test_the_file_passes_the_checker_of_warcio(archive: Archive, tmp_path: Path) -> None:
    for number, body in enumerate([b"<p>a</p>", b"%PDF-1.7", b"<p>a</p>", b""]):
        archive.record(Request(f"http://a.example/{number}"), response(body, f"http://a.example/{number}"))
    archive.close()

    class Command:
        inputs = (str(tmp_path / archive.name),)
        verbose = False

    assert Checker(Command()).process_all() == 0


def test_what_was_synced_can_be_read_while_the_file_is_open(archive: Archive, tmp_path: Path) -> None:
    place = archive.record(Request("http://a.example/"), response(b"<p>early</p>"))

    archive.sync()

    assert read_body(tmp_path / archive.name, place.warc_offset or 0) == b"<p>early</p>"


def test_a_new_file_is_begun_at_the_size_limit(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "run", AGENT, rotate_bytes=2_000)
    places = [
        archive.record(
            Request("http://a.example/"), response(hashlib.sha512(bytes([n])).hexdigest().encode() * 8)
        )
        for n in range(8)
    ]
    archive.close()

    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) > 1
    assert {place.warc_file for place in places} <= set(files)
    for number, place in enumerate(places):
        expected = hashlib.sha512(bytes([number])).hexdigest().encode() * 8
        assert read_body(tmp_path / (place.body_file or ""), place.body_offset or 0) == expected


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    first, second = Archive(tmp_path, "run", AGENT), Archive(tmp_path, "run", AGENT)
    first.close()
    second.close()

    assert first.name != second.name


@pytest.mark.parametrize(
    "body",
    [b"not gzip at all", b"\x1f\x8b\x08\0\0", gzip.compress(b"\0" * (MAX_UNPACKED_BYTES + 1))],
    ids=["not gzip", "a damaged head", "a bomb"],
)
def test_a_body_that_cannot_be_unpacked_stops_neither_archive_nor_erasure(
    tmp_path: Path, body: bytes
) -> None:
    wanted = b"<p>to be forgotten</p>"
    archive = Archive(tmp_path, "run", AGENT, forgotten=frozenset({"0" * 64}))
    broken = archive.record(Request("http://a.example/"), response(body, Content_Encoding="gzip"))
    archive.record(Request("http://b.example/"), response(wanted, "http://b.example/"))
    archive.close()

    assert erase(tmp_path / archive.name, hashlib.sha256(wanted).hexdigest()) == 1
    with pytest.raises(ValueError, match=r"unpacked|exceed"):
        read_body(tmp_path / archive.name, broken.warc_offset or 0)


def test_a_damaged_record_is_an_error_and_never_another_body(archive: Archive, tmp_path: Path) -> None:
    body = hashlib.sha512(b"x").hexdigest().encode() * 50
    place = archive.record(Request("http://a.example/"), response(body))
    archive.close()
    path, offset = tmp_path / archive.name, place.warc_offset or 0
    whole = path.read_bytes()

    for damaged in (
        whole[: offset + 300],
        whole[: offset + 100] + b"\0" * 300 + whole[offset + 400 :],
        whole[:offset],
    ):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=str(offset)):
            read_body(path, offset, hashlib.sha256(body).hexdigest())


def test_an_offset_with_nothing_there_is_an_error(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    path = tmp_path / archive.name

    with pytest.raises(ValueError, match="a warcinfo record at offset 0, not a response"):
        read_body(path, 0)
    with pytest.raises(ValueError, match="nothing at offset"):
        read_body(path, path.stat().st_size)
