"""Reads the small part of Markdown that the demo's pages and documents are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

INLINE = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|\[(?P<label>[^\]]*)\]\((?P<href>[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text. `kind` is heading, paragraph, list, table or html (passed through as it is)."""

    kind: str
    text: str = ""
    """Lines of one paragraph are separated by a line break where the source line ends with a backslash."""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = field(default=())
    """List items (one cell each) or table rows, the first being the header."""


def parse(source: str) -> tuple[Block, ...]:
    """Return the blocks of a text: # headings, - lists, | tables |, paragraphs, and lines that begin with
    <.
    """
    chunks = re.split(r"\n\s*\n", source.strip())
    return tuple(_block(chunk.strip("\n")) for chunk in chunks if chunk.strip())


def to_html(blocks: Iterable[Block]) -> str:
    """Return the blocks as HTML, text escaped."""
    return "\n".join(_html(block) for block in blocks)


def plain(text: str) -> str:
    """Return a block's text without its inline marks."""
    return INLINE.sub(lambda match: match["bold"] or match["label"], text)


def _block(chunk: str) -> Block:
    if chunk.startswith("<"):
        return Block("html", chunk)
    if heading := re.match(r"(#{1,4}) +(.+)$", chunk):
        return Block("heading", heading[2].strip(), level=len(heading[1]))
    if chunk.startswith("- "):
        items = re.split(r"(?m)^- ", chunk)[1:]
        return Block("list", rows=tuple((_joined(item),) for item in items))
    if chunk.startswith("|"):
        rows = (line.strip().strip("|").split("|") for line in chunk.splitlines())
        return Block("table", rows=tuple(tuple(cell.strip() for cell in row) for row in rows))
    return Block("paragraph", _joined(chunk))


def _joined(chunk: str) -> str:
    lines = [line.strip() for line in chunk.splitlines()]
    return " ".join(lines).replace("\\ ", "\n")


def _html(block: Block) -> str:
    match block.kind:
        case "html":
            return block.text
        case "heading":
            return f"<h{block.level}>{_inline(block.text)}</h{block.level}>"
        case "list":
            return "<ul>" + "".join(f"<li>{_inline(item)}</li>" for (item,) in block.rows) + "</ul>"
        case "table":
            return _table(block.rows)
        case _:
            return f"<p>{_inline(block.text)}</p>"


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str) -> str:
    parts, end = [], 0
    for match in INLINE.finditer(text):
        parts.append(escape(text[end : match.start()]))
        if match["bold"]:
            parts.append(f"<strong>{escape(match['bold'])}</strong>")
        else:
            parts.append(f'<a href="{escape(match["href"])}">{escape(match["label"])}</a>')
        end = match.end()
    parts.append(escape(text[end:]))
    return "".join(parts).replace("\n", "<br>")
