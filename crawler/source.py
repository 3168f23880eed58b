"""What a spider's source is: who publishes it, on what terms, and what to know before relying on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Kept on each spider as `source`; shown with the data."""

    publisher: str
    licence: str
    url: str
    caveats: tuple[str, ...]
