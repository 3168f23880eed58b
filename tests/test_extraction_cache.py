"""What was read or drawn before is kept on disk: bounded, by version, and never what may differ the next
time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from extraction_documents import encrypted, html, scan_of, simple_docx, simple_pdf, tounicode_bomb

import extraction.text
from extraction.cache import DiskCache, TextCache
from extraction.text import Text, extract, failed
from extraction.worker import Extractor

SHA = "0f" * 32


@pytest.fixture
def cache(tmp_path: Path) -> TextCache:
    return TextCache(tmp_path / "texts", 10_000_000)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Extractor, TextCache]]:
    kept = TextCache(tmp_path_factory.mktemp("cache"), 10_000_000)
    with Extractor(workers=1, cache=kept) as extractor:
        yield extractor, kept


@pytest.mark.parametrize(
    "make",
    [simple_pdf, simple_docx, lambda: html("<p>Tŷ a dŵr.</p>"), lambda: encrypted(simple_pdf(), user="x")],
)
def test_a_text_comes_back_as_it_was(cache: TextCache, make: type[bytes]) -> None:
    text = extract(make())

    cache.put(text, "")

    assert cache.get(text.sha256, "") == text


def test_another_version_or_other_options_miss(cache: TextCache, monkeypatch: pytest.MonkeyPatch) -> None:
    text = extract(simple_pdf())
    cache.put(text, "ocr")

    assert cache.get(text.sha256, "no ocr") is None
    monkeypatch.setattr(extraction.text, "EXTRACTOR_VERSION", "next")
    assert cache.get(text.sha256, "ocr") is None


def test_what_may_differ_the_next_time_is_not_kept(cache: TextCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extraction.ocr.tessdata_folder", lambda: None)
    passing: list[Text] = [
        failed(b"1", "timeout", "it took too long"),
        failed(b"2", "crashed", "it ended"),
        extract(scan_of(simple_pdf())),
        extract(simple_pdf(), seconds=-1),
    ]
    for text in passing:
        cache.put(text, "")

    assert cache.size() == (0, 0)


def test_a_spoilt_file_is_a_miss(cache: TextCache, tmp_path: Path) -> None:
    text = extract(simple_pdf())
    cache.put(text, "")
    (file,) = (tmp_path / "texts").glob("*/*")
    file.write_bytes(b"not what was written")

    assert cache.get(text.sha256, "") is None


def test_an_extractor_reads_the_same_bytes_once(
    shared: tuple[Extractor, TextCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor, kept = shared
    body = simple_pdf()
    first = extractor.submit(body).result(timeout=240)
    extractor.submit(html("<p>Another one.</p>")).result(timeout=240)  # until then the first one is kept
    monkeypatch.setattr(extractor, "_queued", None)  # no process is asked again

    assert extractor.submit(body).result(timeout=1) == first
    assert kept.get(first.sha256, "[null, true]") == first


def test_an_extractor_keeps_no_timeout(shared: tuple[Extractor, TextCache]) -> None:
    extractor, kept = shared
    text = extractor.submit(tounicode_bomb(), timeout=2).result(timeout=240)

    assert text.error is not None and text.error.kind == "timeout"
    assert kept.get(text.sha256, "[null, true]") is None


def test_the_files_used_least_lately_go_first(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", 10_000)
    for number in range(9):
        cache.put(SHA, str(number), bytes(1000))
        os.utime(
            next(path for path in (tmp_path / "cache").glob("*/*") if path.stat().st_mtime > 1e9),
            (number, number),
        )
    assert cache.get(SHA, "0") is not None  # used now

    cache.put(SHA, "9", bytes(900))
    cache.put(SHA, "10", bytes(900))

    assert cache.size()[1] <= 9_000
    assert cache.get(SHA, "0") is not None
    assert cache.get(SHA, "10") is not None
    assert cache.get(SHA, "1") is None


def test_what_is_too_large_for_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", 10_000)

    cache.put(SHA, "x", bytes(1001))

    assert cache.get(SHA, "x") is None


def test_a_document_is_dropped_with_all_that_is_kept_of_it(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", 10_000)
    cache.put(SHA, "a", b"a")
    cache.put(SHA, "b", b"b")
    cache.put("1e" * 32, "a", b"other")

    assert cache.drop(SHA) == 2
    assert cache.size() == (1, 5)


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = DiskCache(tmp_path / "file" / "cache", 10_000)

    cache.put(SHA, "a", b"a")

    assert cache.get(SHA, "a") is None
    assert "nothing kept in the cache" in caplog.text


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    DiskCache(tmp_path / "cache", 10_000).put(SHA, "a", b"a")

    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
