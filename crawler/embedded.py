"""Documents that a page shows inside itself, or a viewer shows for it: frames, objects, and `?file=`
addresses.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import parse_qsl

from lxml.html import HtmlElement

from crawler.addresses import absolute, split_address

MAX_EMBEDDED = 5
_SHOWN = "//iframe[@src] | //frame[@src] | //embed[@src] | //object[@data] | //iframe[@data-src]"
_VIEWED = ("file", "url", "src", "pdf", "doc", "document", "path")
_DOCUMENT = re.compile(r"\.(pdf|docx?)($|[?#])", re.IGNORECASE)


def document_behind(url: str) -> str:
    """Return the document that a viewer's address names (pdf.js, Google, Office); else the address itself."""
    for name, value in parse_qsl(split_address(url).query)[:20]:
        if name.lower() in _VIEWED and _DOCUMENT.search(value):
            return absolute(url, value) or url
    return url


def embedded_addresses(tree: HtmlElement, page_url: str) -> tuple[str, ...]:
    """Return what a page shows inside itself, in its order, each once."""
    found: list[str] = []
    for element in islice(tree.xpath(_SHOWN), 50):
        written = element.get("src") or element.get("data") or element.get("data-src") or ""
        url = absolute(page_url, written)
        shown = document_behind(url) if url is not None else None
        if shown is not None and shown not in found:
            found.append(shown)
    return tuple(found[:MAX_EMBEDDED])
