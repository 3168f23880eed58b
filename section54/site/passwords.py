"""Passwords of a private instance: kept as hashes, asked for on every address, and not to be guessed by
trying.

HTTP basic authentication, which browsers and programs know. It sends the password with each request, so serve
it over TLS only.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from section54.site.guard import App, Receive, Scope, Send, header, refuse

MIN_LENGTH = 12
"""Characters of a password: shorter ones are found by trying, wherever a copy of the hashes is."""
MAX_TRIES = 10
"""Wrong passwords in WINDOW for the whole instance; whoever was let in before goes on. Behind a proxy all
come from one address, so addresses are not told apart."""
WINDOW = 60.0
"""Seconds."""
MAX_KNOWN = 1000
"""Names with their passwords that are remembered as right, so that each costs one hash and not one a
request."""
_NAME = re.compile(r"[\w.@-]{1,64}")
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""16 MB and a twentieth of a second a try, as OWASP asks of scrypt at least."""


def add_password(path: Path, name: str, password: str) -> None:
    """Set the password of a name in the file, readable by its owner alone.

    Raises ValueError for one that is weak.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: use up to 64 letters, digits and . @ - _")
    if len(password) < MIN_LENGTH:
        raise ValueError(f"the password is too short: use {MIN_LENGTH} characters or more")
    entries = read_passwords(path) if path.exists() else {}
    salt = secrets.token_bytes(16)
    stored = f"scrypt${salt.hex()}${_hash(password, salt).hex()}"
    lines = [f"{known}:{entry}\n" for known, entry in {**entries, name: stored}.items()]
    draft = path.with_name(f".{path.name}.draft-{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("".join(lines), encoding="utf-8")
    draft.replace(path)


def read_passwords(path: Path) -> dict[str, str]:
    """The hashes by name. Raises ValueError where the file has another form."""
    entries = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        name, _, stored = line.partition(":")
        if not _NAME.fullmatch(name) or not re.fullmatch(r"scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}", stored):
            raise ValueError(
                f"{path}, line {number}: expected a name and a hash; run `section54 password NAME`"
            )
        entries[name] = stored
    return entries


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=64_000_000, dklen=32
    )


def _is_right(entries: Mapping[str, str], name: str, password: str) -> bool:
    """Whether this is the password of the name; as slow for a name that is not there."""
    _, salt, expected = entries.get(name, f"scrypt${'0' * 32}${'0' * 64}").split("$")
    return hmac.compare_digest(_hash(password, bytes.fromhex(salt)), bytes.fromhex(expected))


class PasswordGate:
    """An ASGI app that lets through who knows a password, and answers everybody else with 401 or 429."""

    def __init__(self, app: App, entries: Mapping[str, str]) -> None:
        self._app = app
        self._entries = entries
        self._key = secrets.token_bytes(32)
        self._known: set[bytes] = set()
        self._wrong: deque[float] = deque()
        # One try after the other, so that guessing never takes more than one core from the readers.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        given = header(scope, b"authorization")
        if await self._lets_in(given):
            await self._app(scope, receive, send)
        elif self._is_tired():
            later = ((b"retry-after", b"60"), (b"cache-control", b"no-store"))
            await refuse(send, 429, b"Too many wrong passwords. Try again in a minute.\n", later)
        else:
            ask = (
                (b"www-authenticate", b'Basic realm="section54", charset="UTF-8"'),
                (b"cache-control", b"no-store"),
            )
            await refuse(send, 401, b"This instance asks for a name and a password.\n", ask)

    async def _lets_in(self, given: bytes) -> bool:
        if not given:
            return False
        mark = hmac.digest(self._key, given, "sha256")
        if mark in self._known:
            return True
        credentials = _credentials(given)
        if credentials is None or self._is_tired():
            return False
        self._wrong.append(time.monotonic())  # counted before it is known to be wrong: many may ask at once
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self._thread, _is_right, self._entries, *credentials):
            return False
        self._wrong.pop()
        if len(self._known) < MAX_KNOWN:
            self._known.add(mark)
        return True

    def _is_tired(self) -> bool:
        while self._wrong and self._wrong[0] < time.monotonic() - WINDOW:
            self._wrong.popleft()
        return len(self._wrong) >= MAX_TRIES


def _credentials(given: bytes) -> tuple[str, str] | None:
    """Name and password of an Authorization header; None for one of another kind."""
    kind, _, coded = given.partition(b" ")
    if kind.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None
