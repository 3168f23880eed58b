"""What a robots.txt allows: RFC 9309, with lines and paths matched as google/robotstxt does.

A parser of our own, for two reasons. Libraries match user agents by parts of names. And their patterns become
regular expressions, on which a hostile file can spend minutes; here a pattern takes time by its length and
the path's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlsplit

PRODUCT = "section-fifty-four"
"""The name that a robots.txt knows us by: RFC 9309, section 2.2.1, allows letters, "_" and "-"."""

MAX_BYTES = 500 * 1024  # RFC 9309, section 2.5: at least so much counts
_MAX_LINE = 16_664  # as google/robotstxt: eight times the longest address of old browsers
_NAME = re.compile(r"[A-Za-z_-]*")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_DISALLOW = ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")
_AGENT = ("user-agent", "useragent", "user agent")


class _Rule(NamedTuple):
    allow: bool
    pattern: str


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """The rules of one file that hold for us."""

    rules: tuple[_Rule, ...] = ()
    crawl_delay: float = 0.0
    """Seconds between requests that the file asks us for; 0 where it asks for none."""

    def allows(self, url: str) -> bool:
        """Whether an address may be fetched.

        The longest pattern decides, and of two of one length the one that allows.
        """
        path = _path_of(url)
        longest = {True: 0, False: 0}
        for rule in self.rules:
            if len(rule.pattern) > longest[rule.allow] and _matches(rule, path):
                longest[rule.allow] = len(rule.pattern)
        return longest[False] <= longest[True]


def read_robots(body: bytes, token: str = PRODUCT) -> RobotsFile:
    """Read the rules for one product token: those of its own groups, else those for everybody."""
    own, everybody = _Group(), _Group()
    to_own = to_everybody = closed = False
    for key, value in _lines(body):
        if key.startswith(_AGENT):
            if closed:
                to_own = to_everybody = closed = False
            to_everybody |= value[:1] == "*" and not value[1:2].strip()
            to_own |= _NAME.match(value)[0].lower() == token.lower()  # type: ignore[index]  # matches always
            own.named |= to_own
            continue
        group = own if to_own else everybody if to_everybody else None
        if key.startswith(("allow", *_DISALLOW)):
            closed = closed or group is not None
            if group is not None:
                group.rules.append(_Rule(key.startswith("allow"), _escaped(value)))
        elif key == "crawl-delay" and group is not None:
            group.delay = max(group.delay, _seconds(value))
    chosen = own if own.named else everybody
    return RobotsFile(tuple(chosen.rules), chosen.delay)


class _Group:
    def __init__(self) -> None:
        self.rules: list[_Rule] = []
        self.delay = 0.0
        self.named = False


def _lines(body: bytes) -> list[tuple[str, str]]:
    """Key in lower case and value of each line that has both; a blank may stand for the colon."""
    text = body[:MAX_BYTES]
    for mark in (b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"):
        if text.startswith(mark):
            text = text[len(mark) :]
            break
    pairs = []
    for raw in re.split(rb"\r\n|\r|\n", text):
        line = raw[:_MAX_LINE].partition(b"#")[0].strip().decode("utf-8", "surrogateescape")
        key, colon, value = line.partition(":")
        if not colon:
            words = line.split()
            key, value = words if len(words) == 2 else ("", "")
        if key.strip():
            pairs.append((key.strip().lower(), value.strip()))
    return pairs


def _seconds(value: str) -> float:
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value) else 0.0


def _escaped(pattern: str) -> str:
    """A pattern as addresses are written: escapes in capitals, all that is not ASCII escaped."""
    upper = _ESCAPE.sub(lambda match: match[0].upper(), pattern)
    return "".join(
        char if char.isascii() else quote(char.encode("utf-8", "surrogateescape")) for char in upper
    )


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _escaped(path)


def _matches(rule: _Rule, path: str) -> bool:
    if _fits(rule.pattern, path):
        return True
    # "Allow: /index.html" speaks of the folder too.
    folder, slash, page = rule.pattern.rpartition("/")
    return rule.allow and bool(slash) and page.startswith("index.htm") and _fits(f"{folder}/$", path)


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says; "*" stands for anything, "$" at the end for the end."""
    to_end = pattern.endswith("$")
    first, *parts = (pattern[:-1] if to_end else pattern).split("*")
    if not path.startswith(first):
        return False
    if not parts:
        return not to_end or path == first
    at = len(first)
    for part in parts[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    last = parts[-1]
    return path.endswith(last) and len(path) - len(last) >= at if to_end else path.find(last, at) >= 0
