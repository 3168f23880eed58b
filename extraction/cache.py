"""Results kept on disk, so that the same bytes are read and drawn once: bounded, and safe to delete at any
time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
import zlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import extraction.text
from extraction.contents import NO_OCR, NO_TIME, Page
from extraction.sentences import Box, Sentence
from extraction.text import PASSING_ERRORS, ExtractionError, Text

logger = logging.getLogger(__name__)

# What is pruned at a time: down to this share of the bound, so that not every further file prunes again.
_PRUNED_TO = 0.9


class DiskCache:
    """Bytes in files under one folder, by the sha256 of a document and a key: those used least lately go
    first.

    Several threads and processes may share a folder: files are renamed into place, never read half written.
    The bound is on the size of all files; each process counts what it adds itself, so that several at work
    may pass it for a while by what they add. A disk that is full or read-only costs the cache, never the
    work: it is logged.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._size: int | None = None  # not known before the first file is added
        self._lock = threading.Lock()

    def get(self, sha256: str, key: str) -> bytes | None:
        """Return what was kept for a document under a key, or None."""
        path = self._path(sha256, key)
        try:
            data = path.read_bytes()
            os.utime(path)  # used now: it goes last
        except OSError:
            return None
        return data

    def put(self, sha256: str, key: str, data: bytes) -> None:
        """Keep the data; what is larger than a tenth of the bound is not kept."""
        if len(data) > self._max_bytes // 10:
            return
        path = self._path(sha256, key)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # texts hold names of people
            path.parent.mkdir(exist_ok=True)
            _write_whole(path, data)
            with self._lock:
                self._size = self._measured() if self._size is None else self._size + len(data)
                if self._size > self._max_bytes:
                    self._size = self._pruned()
        except OSError as error:
            logger.warning("nothing kept in the cache %s: %s", self._folder, error)

    def drop(self, sha256: str) -> int:
        """Delete all that is kept of a document; return how many files that were."""
        kept = list((self._folder / sha256[:2]).glob(f"{sha256}-*"))
        for path in kept:
            path.unlink(missing_ok=True)
        return len(kept)

    def size(self) -> tuple[int, int]:
        """Return the number of files and their bytes."""
        sizes = [size for _, size, _ in self._files()]
        return len(sizes), sum(sizes)

    def _path(self, sha256: str, key: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size and path of every file."""
        files = []
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):  # another process prunes at the same time
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        return files

    def _measured(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _pruned(self) -> int:
        files = sorted(self._files())
        size = sum(size for _, size, _ in files)
        for _, of_file, path in files:
            if size <= _PRUNED_TO * self._max_bytes:
                break
            path.unlink(missing_ok=True)
            size -= of_file
        return size


def _write_whole(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


# --- texts

# What passes by itself: a page unread for want of time or of Tesseract may be read the next time.
_PASSING = (NO_TIME, NO_OCR)


class TextCache:
    """Texts by the sha256 of their bytes, the extractor version and the options that they were read with.

    Only what the bytes decide is kept: no timeout, crash, or page left out for want of time or of Tesseract.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._files = DiskCache(folder, max_bytes)

    def get(self, sha256: str, options: str) -> Text | None:
        """Return the text that this version read from the bytes with these options, or None."""
        data = self._files.get(sha256, _key(options))
        if data is None:
            return None
        try:
            return _text(json.loads(zlib.decompress(data)))
        except (zlib.error, ValueError, TypeError, KeyError) as error:
            logger.warning("a text in the cache cannot be read, and is made anew: %s", error)
            return None

    def put(self, text: Text, options: str) -> None:
        if _is_lasting(text):
            record = json.dumps(asdict(text), ensure_ascii=False, separators=(",", ":"))
            self._files.put(text.sha256, _key(options), zlib.compress(record.encode()))

    def drop(self, sha256: str) -> int:
        """Delete what is kept of a document; return how many files that were."""
        return self._files.drop(sha256)

    def size(self) -> tuple[int, int]:
        """Return the number of texts and their bytes on disk."""
        return self._files.size()


def _key(options: str) -> str:
    return f"{extraction.text.EXTRACTOR_VERSION} {options}"


def _is_lasting(text: Text) -> bool:
    if text.error is not None and text.error.kind in PASSING_ERRORS:
        return False
    return not any(page.unread_because in _PASSING for page in text.pages)


def _text(record: dict[str, Any]) -> Text:
    return Text(
        **{
            **record,
            "pages": tuple(Page(**page) for page in record["pages"]),
            "sentences": tuple(
                Sentence(**{**sentence, "boxes": tuple(Box(**box) for box in sentence["boxes"])})
                for sentence in record["sentences"]
            ),
            "warnings": tuple(record["warnings"]),
            "error": ExtractionError(**record["error"]) if record["error"] else None,
        }
    )
