"""Bytes to text: the numbered cascade."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from domain import filetypes, machine
from extraction import metadata as facts
from extraction.contents import (
    ADEQUATE_CONFIDENCE,
    DAMAGED,
    NO_OCR,
    NO_TIME,
    OCR_OFF,
    OFF_SUBJECT,
    TOO_LARGE,
    Contents,
    Page,
    UnreadableError,
    refusal,
)
from extraction.sentences import Sentence, assemble
from extraction.statements import as_metadata, statements_in, warning_of

logger = logging.getLogger(__name__)

EXTRACTOR_VERSION = "7"
"""Raised whenever the text that comes out may differ: texts of another version are pending again."""

ERROR_KINDS = (
    "encrypted",
    "damaged",
    "not_a_document",
    "unsupported",
    "too_large",
    "timeout",
    "crashed",
    "no_worker",
    "empty",
)

OURS = frozenset(["unsupported", "too_large", "timeout", "crashed", "no_worker"])
"""Kinds of errors that lie with this program: what it does not read, its bounds, its processes. The file may
be sound.
"""

PASSING_ERRORS = frozenset(["timeout", "crashed", "no_worker"])
"""Kinds of errors that another try may not give."""

MAX_BYTES = 60_000_000
"""The largest annual report met has 24 MB; larger files are mostly photographs or bombs."""


@dataclass(frozen=True, slots=True)
class ExtractionError:
    """Why no text came out. `kind` is one of ERROR_KINDS; `message` one plain sentence."""

    kind: str
    message: str

    @property
    def is_ours(self) -> bool:
        """Whether the reason lies with this program, so that nothing may be said about the file."""
        return self.kind in OURS


@dataclass(frozen=True, slots=True)
class Text:
    """What one file gave. Where `error` is set there are no sentences, and nothing may be concluded from
    that.
    """

    sha256: str
    content_type: str
    """As sniffed from the bytes."""
    method: str
    """pdf, html, docx or ocr (most pages read by OCR); empty where there is an error."""
    pages: tuple[Page, ...]
    sentences: tuple[Sentence, ...]
    language: str | None
    """ISO 639-1 code of most of the text; None when too short to tell."""
    metadata: Mapping[str, object]
    """JSON-able, each where found: title, producer (the author is left out: a person), furniture (running
    heads and feet), links (addresses of linked documents, for HTML), registered_name, company_number,
    languages (where there is
    more than one). section54.description adds dates and signature."""
    warnings: tuple[str, ...]
    error: ExtractionError | None
    version: str = EXTRACTOR_VERSION

    @property
    def pages_read(self) -> tuple[int, ...]:
        """Numbers of the pages that were read (blank pages count as read)."""
        return tuple(page.number for page in self.pages if page.method != "unread")

    @property
    def low_confidence(self) -> bool:
        """Whether any page was read by OCR so poorly that nothing may be said to be absent."""
        return any(
            page.confidence is not None and page.confidence < ADEQUATE_CONFIDENCE for page in self.pages
        )

    @property
    def lacks_ocr(self) -> bool:
        """Whether pages are unread because this copy of the program has no Tesseract to read scans with."""
        return any(page.unread_because == NO_OCR for page in self.pages)

    @property
    def furniture(self) -> tuple[str, ...]:
        """Running heads and feet, or the lines of the footer of a page."""
        found = self.metadata.get("furniture", ())
        return tuple(map(str, found)) if isinstance(found, list | tuple) else ()

    @property
    def words(self) -> int:
        return sum(len(sentence.text.split()) for sentence in self.sentences)


def extract(
    body: bytes,
    *,
    known_type: str | None = None,
    pages: Collection[int] | None = None,
    ocr: bool = True,
    seconds: float | None = None,
) -> Text:
    """Return the text of a file; never raises for bad content, which is an `error` of the result.

    `known_type` is the media type that the server gave; it is trusted only where the bytes do not tell.
    `pages` names the pages of a PDF to read, from 1; None reads short files whole and of long ones those that
    matter. Without `ocr`, pages that need it are unread. After `seconds` of processor time no further page is
    begun.

    Runs in this process, so a hostile file can still hang or kill it: worker.Extractor runs it in one that
    can be ended. Not safe in threads (PDFium is not).
    """
    deadline = None if seconds is None else machine.cpu_clock() + seconds
    content_type = "application/octet-stream"
    try:
        # 1. Sniff the type from the bytes, within bounds.
        _check_size(body)
        content_type = filetypes.sniff(body, known_type)
        # 2. to 6. Read it with the reader of its type.
        contents = _read(body, content_type, pages, ocr, deadline)
        # 7. and 8. One assembly of sentences for all of them, and what they say of the document.
        return _text(body, content_type, contents, known_type)
    except UnreadableError as error:
        return failed(body, error.kind, error.message, content_type)
    except MemoryError:
        return failed(
            body, "too_large", "the file needs more memory than this program gives to one file", content_type
        )
    except Exception as error:
        # Readers meet damage that nobody has thought of: one bad file costs one file.
        logger.warning("extraction failed on %s: %r", content_type, error, exc_info=True)
        reason = f"the file cannot be read ({type(error).__name__})"
        return failed(body, "damaged", reason, content_type)


def failed(body: bytes, kind: str, message: str, content_type: str = "application/octet-stream") -> Text:
    """Return the result for a file that gives no text."""
    return Text(
        sha256=hashlib.sha256(body).hexdigest(),
        content_type=content_type,
        method="",
        pages=(),
        sentences=(),
        language=None,
        metadata={},
        warnings=(),
        error=ExtractionError(kind, message),
    )


def _check_size(body: bytes) -> None:
    if not body.strip(b"\x00 \t\r\n"):
        raise UnreadableError("empty", "the file is empty")
    if len(body) > MAX_BYTES:
        size, limit = len(body) / 1e6, MAX_BYTES / 1e6
        raise UnreadableError(
            "too_large", f"the file has {size:.0f} MB, more than the {limit:.0f} MB that are read"
        )


def _read(
    body: bytes, content_type: str, pages: Collection[int] | None, ocr: bool, deadline: float | None
) -> Contents:
    """Readers are imported when first needed: a worker that meets no PDF never loads PDFium."""
    if content_type == filetypes.PDF:
        from extraction.pdf import read_pdf

        return read_pdf(filetypes.without_preamble(body), pages=pages, use_ocr=ocr, deadline=deadline)
    if content_type == filetypes.HTML:
        from extraction.html import read_html

        return read_html(body)
    if content_type == filetypes.DOCX:
        from extraction.docx import read_docx

        return read_docx(body)
    raise refusal(content_type)


def _text(body: bytes, content_type: str, contents: Contents, known_type: str | None) -> Text:
    sentences = assemble(contents.blocks)
    warnings = list(contents.warnings)
    said = (known_type or "").split(";")[0].strip().lower()
    if said in (filetypes.PDF, filetypes.HTML, filetypes.DOCX) and said != content_type:
        warnings.append(f"served as {said}, but it is {content_type}")
    if not sentences and all(page.method != "unread" for page in contents.pages):
        raise UnreadableError("empty", _why_empty(warnings))
    unread = _lost_pages(contents.pages)
    statements = statements_in(sentences)
    if statements:
        warnings.append(warning_of(statements))
    return Text(
        sha256=hashlib.sha256(body).hexdigest(),
        content_type=content_type,
        method=contents.method,
        pages=tuple(contents.pages),
        sentences=sentences,
        language=facts.language(sentences),
        metadata={
            **contents.metadata,
            **facts.company(sentences, contents.metadata),
            **facts.languages(sentences),
            **({"unread": unread} if unread else {}),
            **({"statements": as_metadata(statements)} if statements else {}),
        },
        warnings=tuple(warnings),
        error=None,
    )


def _lost_pages(pages: Sequence[Page]) -> dict[str, list[int]]:
    """Return the numbers of the pages that could not be read by the reason; those left out on purpose do not
    count.
    """
    lost: dict[str, list[int]] = {}
    for page in pages:
        if page.unread_because and page.unread_because != OFF_SUBJECT:
            lost.setdefault(page.unread_because, []).append(page.number)
    return lost


_LOST_IN_WORDS = {
    NO_OCR: "a scan, and this copy of the program cannot read scans",
    OCR_OFF: "a scan, and OCR is switched off",
    NO_TIME: "time ran out",
    DAMAGED: "damaged",
    TOO_LARGE: "beyond the bounds of the program",
}


def loss_in_words(metadata: Mapping[str, object]) -> str:
    """Return a sentence on the pages that could not be read, from the metadata of a text; empty where none
    was lost.
    """
    unread = metadata.get("unread")
    if not isinstance(unread, Mapping) or not unread:
        return ""
    parts = [
        f"page {', '.join(map(str, numbers[:5]))}{' and more' if len(numbers) > 5 else ''}: "
        f"{_LOST_IN_WORDS[because]}"
        for because, numbers in unread.items()
    ]
    return f"Not all pages could be read ({'; '.join(parts)})."


def _why_empty(warnings: list[str]) -> str:
    return "; ".join(["no text was found in the file", *warnings])


def text_as_json(text: Text) -> dict[str, object]:
    """Return the result as plain data, in the shape of `section54 text --json` (docs/extraction.md).

    It is the same with and without an error; then there are neither pages nor sentences.
    """
    return {
        "pages": [asdict(page) for page in text.pages],
        "sentences": [_sentence_as_json(sentence) for sentence in text.sentences],
        "metadata": {
            "sha256": text.sha256,
            "content_type": text.content_type,
            "method": text.method,
            "language": text.language,
            "extractor_version": text.version,
            **text.metadata,
        },
        "warnings": list(text.warnings),
        "error": asdict(text.error) if text.error else None,
    }


def _sentence_as_json(sentence: Sentence) -> dict[str, object]:
    return {
        "position": sentence.position,
        "page": sentence.page,
        "boxes": [asdict(box) for box in sentence.boxes],
        "heading": sentence.heading,
        "text": sentence.text,
        "source": sentence.source,
        "confidence": sentence.confidence,
    }
