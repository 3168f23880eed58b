"""Bodies of POST requests to the site: bounded, and read without writing anything to disk."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import python_multipart
from datasette.utils.asgi import Request
from python_multipart.exceptions import FormParserError

from section54.site.threads import in_thread

MAX_BODY = 1_000_000
"""Bytes: some 20,000 rows of a spend file. The parser keeps files of up to 1 MiB in memory, so none reaches a
disk."""


class FormError(Exception):
    """The request can't be taken; `status` is the answer's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and files of a form; of several of one name the last."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """File name and content by field."""
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    """File name and content of every file with something in it, in the order of the form."""


async def read_form(request: Request, most: int = MAX_BODY) -> Form:
    """Read the form of a POST request of at most `most` bytes.

    Raises FormError for one that is too large or of another kind.
    """
    body = await _body(request, most)
    return await in_thread(partial(_form, request.headers.get("content-type", ""), body))


def _form(content_type: str, body: bytes) -> Form:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
        except ValueError as error:
            raise FormError(400, "The form could not be read.") from error
        return Form(dict(pairs))
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    raise FormError(415, "Send a form.")


async def _body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is too large, whatever its length was said to be."""
    body = bytearray()
    more = True
    while more:
        message: dict[str, Any] = await request.receive()
        if message["type"] == "http.disconnect":
            raise FormError(400, "The connection ended before the form did.")
        body += message.get("body", b"")
        if len(body) > most:
            raise FormError(413, f"That is more than {most // 1000:,} kB, the most that this page takes.")
        more = message.get("more_body", False)
    return bytes(body)


def _multipart(content_type: str, body: bytes) -> Form:
    form = Form()

    def on_field(part: Any) -> None:
        form.fields[_name(part.field_name)] = (part.value or b"").decode("utf-8", errors="replace")

    def on_file(part: Any) -> None:
        part.file_object.seek(0)
        name, content = _name(part.file_name), part.file_object.read()
        form.files[_name(part.field_name)] = (name, content)
        if content:
            form.uploads.append((name, content))

    try:
        headers = {"Content-Type": content_type.encode("latin-1"), "Content-Length": str(len(body)).encode()}
        python_multipart.parse_form(headers, io.BytesIO(body), on_field, on_file)
    except (FormParserError, ValueError) as error:
        raise FormError(400, "The form could not be read.") from error
    return form


def _name(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", errors="replace")


def cross_site(request: Request) -> bool:
    """Whether a page of another site sent this form: then it is no visitor's own doing.

    Browsers say so (Sec-Fetch-Site, else Origin); a program that says neither acts for itself.
    """
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host", "")
