"""What is kept under HOME/cache to save time: texts and pictures. May be deleted at any time."""

from __future__ import annotations

from extraction.cache import DiskCache, TextCache
from section54.settings import Home

MAX_TEXTS = 300_000_000
"""Bytes of texts kept on disk: some 15,000 statements."""
MAX_PICTURES = 500_000_000
"""Bytes of pictures kept on disk: some 3,000 pages."""


def texts(home: Home) -> TextCache:
    return TextCache(home.cache / "texts", MAX_TEXTS)


def pictures(home: Home) -> DiskCache:
    return DiskCache(home.cache / "pictures", MAX_PICTURES)


def drop(home: Home, sha256: str) -> None:
    """Delete what is kept of a document: it was deleted on request."""
    texts(home).drop(sha256)
    pictures(home).drop(sha256)


def described(home: Home) -> str:
    """How much is kept, in words."""
    (count, of_texts), (pages, of_pictures) = texts(home).size(), pictures(home).size()
    return (
        f"{home.cache}: {count} texts ({of_texts / 1e6:.1f} MB), {pages} pictures "
        f"({of_pictures / 1e6:.1f} MB)"
    )
