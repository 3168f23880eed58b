"""What stands between the site and the open internet: headers, closed paths, limits on visitors' SQL.

A proxy in front adds rate and body limits (deploy/); nothing here relies on it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from datasette.utils import tilde_decode, tilde_encode
from datasette.utils.asgi import Response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

WHOLE: ContextVar[bool] = ContextVar("WHOLE", default=False)
"""Whether the request under way is for all rows of a named question: as CSV."""
TRUNCATED: ContextVar[list[int]] = ContextVar("TRUNCATED")
"""Where the database notes how many rows it gave when there were more: the header `x-truncated` says so."""

Refusal = Callable[[Scope], Awaitable[Response | None]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""One policy for every page: the templates of Datasette are overridden and carry no script and no inline
style."""
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
CACHE_CONTROL = b"max-age=600"
"""Ten minutes: the file changes once a day at most."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
METHODS = ("GET", "HEAD", "OPTIONS")
FORMS = ("/check", "/reconcile")
"""The pages that take a POST; see section54.site.check and section54.site.reconcile."""

ROLES = ("all", "pages", "data")
"""What a process serves: everything; our own pages, with no SQL of visitors; or tables, named questions and
SQL."""


VISITORS_SQL: ContextVar[str] = ContextVar("VISITORS_SQL", default="")
"""The SQL that the request under way asks to run; empty for every other request. See
server.PublishedDatabase."""


def guard(
    app: App,
    *,
    database: str,
    role: str = "all",
    version: str = "",
    unstable: Collection[str] = (),
    desk: bool = False,
    private: bool = False,
    hosts: Collection[str] = (),
    refusal: Refusal | None = None,
) -> App:
    """Wrap the site: security headers on everything, no writing methods, no page that tells versions or
    paths.

    All of Datasette's own pages and files under /-/ are closed: nothing of ours needs them. Of the tables of
    `database` and of our own pages those stay open that belong to `role`. Answers that may be cached carry an
    ETag made from `version`, and who has them already gets a 304 without their being made again; answers of
    the questions named in `unstable` and of SQL may change with the clock and carry none. With a `desk` its
    pages take forms, and they alone may run our script.

    A `private` site answers by its number, as "localhost" and by the names in `hosts` alone: a page of
    another site could otherwise give its own name our address and read us from a browser here. Nothing of it
    may be kept, or read by other sites. `refusal` gives the answer to a request that holds a mistake.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        at_desk = desk and _is_desk(scope["path"])
        send = _with_headers(send, _policy(scope["path"], at_desk))
        if private:
            send = _kept_by_nobody(send)
        scope = in_usual_encoding(scope, database)
        VISITORS_SQL.set(_sql_of(scope))
        WHOLE.set(scope["path"].endswith(".csv"))
        cut: list[int] = []
        TRUNCATED.set(cut)
        send = _with_truncation(send, cut)
        takes_form = scope["path"] in FORMS or at_desk
        if private and not _is_ours(header(scope, b"host").decode("latin-1"), hosts):
            await refuse(
                send, 421, b"This site has another name: set SECTION54_HOSTS to the names that it has.\n"
            )
        elif scope["method"] not in METHODS and not (scope["method"] == "POST" and takes_form):
            await refuse(send, 405, b"This site can only be read.\n", ((b"allow", b"GET, HEAD, OPTIONS"),))
        elif _is_closed(scope["path"], database, role):
            await refuse(send, 404, b"Not found.\n")
        elif refusal and (answer := await refusal(scope)) is not None:
            await answer.asgi_send(send)
        elif scope["method"] == "POST" or _is_unstable(scope, database, unstable):
            await app(scope, receive, send)
        elif (tag := _tag(scope, version)) in header(scope, b"if-none-match"):
            await _not_modified(send, tag)
        else:
            await app(scope, receive, _with_tag(send, tag))

    return guarded


def _is_closed(path: str, database: str, role: str) -> bool:
    if path.startswith("/-/"):
        return True
    is_data = path.startswith(f"/{database}") and path[len(database) + 1 : len(database) + 2] in (
        "",
        "/",
        ".",
    )
    return (role == "pages" and is_data) or (
        role == "data" and not is_data and not path.startswith("/static/")
    )


def _is_unstable(scope: Scope, database: str, unstable: Collection[str]) -> bool:
    first, _, rest = scope["path"][1:].partition("/")
    if first.partition(".")[0] != database:
        return False
    return bool(_sql_of(scope)) or rest.partition(".")[0] in unstable


def _sql_of(scope: Scope) -> str:
    """The SQL in the address, as Datasette reads it."""
    given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    sql: str = given.get("sql", [""])[0]
    return sql


def in_usual_encoding(scope: Scope, database: str) -> Scope:
    """The request with the key of a row as Datasette wants it, where it came in the encoding of every other
    program.

    "/section54/checks/e34a%2Csigned.json" is that row too: Datasette knows its own encoding alone (~ and two
    digits).
    """
    raw: bytes = scope.get("raw_path") or b""
    path, question, query = raw.partition(b"?")
    segments = path.decode("latin-1").split("/")
    if len(segments) != 4 or segments[1] != database or "%" not in segments[3]:
        return _without_escapes(scope, path.decode("latin-1"), database)
    found = re.fullmatch(r"(.*?)(\.(?:json|csv))?", segments[3])
    assert found is not None
    parts = [tilde_encode(tilde_decode(part)) for part in unquote(found[1]).split(",")]
    segments[3] = ",".join(parts) + (found[2] or "")
    again = "/".join(segments)
    return {**scope, "raw_path": again.encode("latin-1") + question + query, "path": again}


def header(scope: Scope, name: bytes) -> bytes:
    """The first header of this name; empty where there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def _tag(scope: Scope, version: str) -> bytes:
    """Of this address alone, so that only who was given it for this address can show it.

    Weak: a proxy may compress.
    """
    asked = (
        version.encode(), header(scope, b"host"), scope.get("raw_path") or scope["path"].encode(),
        scope["query_string"],
    )  # fmt: skip
    return b'W/"' + hashlib.sha256(b"\0".join(asked)).hexdigest()[:20].encode() + b'"'


async def _not_modified(send: Send, tag: bytes) -> None:
    headers = [(b"etag", tag), (b"cache-control", CACHE_CONTROL)]
    await send({"type": "http.response.start", "status": 304, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _with_tag(send: Send, tag: bytes) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            headers = list(message.get("headers", []))
            cached = next((value for name, value in headers if name.lower() == b"cache-control"), b"")
            tagged = any(name.lower() == b"etag" for name, _ in headers)
            if b"max-age" in cached and b"private" not in cached and not tagged:
                message = {**message, "headers": [*headers, (b"etag", tag)]}
        await send(message)

    return sending


def _is_desk(path: str) -> bool:
    return path == "/desk" or path.startswith("/desk/")


FRAMED = "/reconcile/preview"
"""The one page that other sites may show in a frame: there is nothing on it to press."""


def _policy(path: str, at_desk: bool) -> str:
    """The policy of a page.

    Papers of the desk are whole files with their styles and pictures inside, and run nothing.
    """
    if path == FRAMED:
        return CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    if not at_desk:
        return CONTENT_SECURITY_POLICY
    if "/papers/" in path:
        return (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; "
            "sandbox allow-popups"
        )
    return f"{CONTENT_SECURITY_POLICY}; script-src 'self'"


def _with_headers(send: Send, policy: str) -> Send:
    may_be_framed = "frame-ancestors *" in policy
    kept_headers = [one for one in _HEADERS if not (may_be_framed and one[0] == b"x-frame-options")]
    headers = [(b"content-security-policy", policy.encode()), *kept_headers]
    ours = {name for name, _ in headers}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in ours]
            message = {**message, "headers": [*kept, *headers]}
        await send(message)

    return sending


def _with_truncation(send: Send, cut: list[int]) -> Send:
    """Say in a header that there are more rows: an array of JSON and a CSV have no other place for it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and cut:
            exposed = (b"access-control-expose-headers", b"Link, X-Truncated")
            headers = [one for one in message.get("headers", []) if one[0].lower() != exposed[0]]
            message = {**message, "headers": [*headers, exposed, (b"x-truncated", str(cut[0]).encode())]}
        await send(message)

    return sending


def _is_ours(host: str, hosts: Collection[str]) -> bool:
    """Whether a Host header names this site: by number, as localhost or by one of its names."""
    name = urlsplit(f"//{host}").hostname if _HOST.fullmatch(host) else None
    if name is None:
        return False
    try:
        ip_address(name)
    except ValueError:
        return name == "localhost" or name in hosts
    return True


def _kept_by_nobody(send: Send) -> Send:
    """Tell browsers and proxies to keep nothing, and let no other site read it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [
                (name, value)
                for name, value in message.get("headers", [])
                if name.lower() != b"cache-control" and not name.lower().startswith(b"access-control-")
            ]
            message = {**message, "headers": [*kept, (b"cache-control", b"private, no-store")]}
        await send(message)

    return sending


def _without_escapes(scope: Scope, path: str, database: str) -> Scope:
    """The request as it is, but for our own pages without names in their address: an escape in one is no such
    page.

    Datasette would lead such a request to another address, where there is nothing either.
    """
    if "%" not in path or path.startswith((f"/{database}", "/organisation/", "/-/")):
        return scope
    return {**scope, "raw_path": path.replace("%", "_").encode("latin-1")}


async def refuse(send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Answer in a sentence of plain text."""
    plain = ((b"content-type", b"text/plain; charset=utf-8"), *headers)
    await send({"type": "http.response.start", "status": status, "headers": list(plain)})
    await send({"type": "http.response.body", "body": body})
