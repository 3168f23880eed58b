"""Texts of others, made safe to show: without control characters, and without what a spreadsheet would
run.
"""

from __future__ import annotations

import re

# What neither XML nor a spreadsheet takes, halves of characters among them.
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff"
# What nobody sees, or what shows another text than is there: soft hyphens, zero-width and direction
# characters, interlinear notes, tags.
_UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_CONTROL_RUN = re.compile(f"[{_CONTROL}]")
_INVISIBLE = re.compile(f"[{_CONTROL}{_UNSEEN}]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|")


def without_control(text: str) -> str:
    """Return the text without control characters; tabs and ends of lines stay."""
    return _CONTROL_RUN.sub("", text)


def visible(text: str) -> str:
    """Return the text without what can't be seen or what hides its true order; tabs and ends of lines
    stay.
    """
    return _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """Return the visible text on one line, with single spaces."""
    spaced = " ".join(text.split())  # some control characters are white space: they part words
    return " ".join(visible(spaced).split())


def looks_like_formula(text: str) -> bool:
    """Tell whether a spreadsheet may run the text as a formula when it opens a CSV file."""
    return text.lstrip(" ").startswith(_FORMULA_STARTS)


def defused(text: str) -> str:
    """Return the text for a cell of a CSV file: an apostrophe stands before what a spreadsheet would run."""
    plain = without_control(text)
    return f"'{plain}" if looks_like_formula(plain) else plain


def as_written(cell: str) -> str:
    """Return the text that `defused` was given, from a cell of a CSV file; spaces around it are gone."""
    plain = cell.strip()
    return plain[1:] if plain.startswith("'") and looks_like_formula(plain[1:]) else plain


def for_a_log(text: str, most: int = 300) -> str:
    """Return a text from outside as a log may show it: printable, on one line, at most so many characters."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 2 * most])
    return " ".join(printable.split())[:most]
