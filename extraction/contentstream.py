"""Characters and rules of a PDF page: pdfminer's reading of its content stream, at twice to three times the
speed.

pdfminer takes tokens from the stream byte class by byte class and makes an object with two dozen attributes
of each character. Here one regular expression takes the tokens that nearly all of a stream consists of, and a
character keeps what is asked of it. Everything else (fonts, graphics state, inline images, odd tokens) is
left to pdfminer, and what comes out is the same: tests/test_extraction_contentstream.py holds the two
together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import LTChar, LTItem, LTLine, LTPage, LTRect
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFContentParser, PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import stream_value
from pdfminer.psexceptions import PSEOF
from pdfminer.psparser import ESC_STRING, KEYWORD_ARRAY_BEGIN, KEYWORD_ARRAY_END, KWD, LIT, PSKeyword
from pdfminer.utils import apply_matrix_rect


class Character(NamedTuple):
    """One character in the coordinates of pdfminer: points from the bottom left corner of the media box."""

    text: str
    """Several letters for a ligature, `(cid:1)` for a glyph without a name, or empty."""
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    upright: bool
    font: str
    colour: object
    """The fill colour as the stream gives it: a number or a tuple of them."""


class Drawing(NamedTuple):
    """What is drawn on a page, in the order of its content stream; pictures and curves left out."""

    characters: Sequence[Character]
    rules: Sequence[LTItem]
    """Straight lines and rectangles."""


def read_content(resources: PDFResourceManager, page: PDFPage) -> Drawing:
    """Return the characters and rules of a page, those of the forms that it shows included.

    Raises what pdfminer raises on damage, which may be any exception.
    """
    collector = _Collector(resources)
    _Interpreter(resources, collector).process_page(page)
    return Drawing(collector.characters, collector.rules)


# Tokens -----------------------------------------------------------------------------------------------------

_END = rb"#/%\[\]()<>{}\s"
# Each is taken only where its end is in the buffer. Quantifiers are possessive: none ever backtracks.
_TOKEN = re.compile(
    rb"[\s\x00]*+(?:"
    rb"([+-]?\d{1,15}+(?=[^\d.]))"  # 1: whole number
    rb"|([+-]?(?:\d++\.\d*+|\.\d++)(?=\D))"  # 2: decimal
    rb"|([A-Za-z][^" + _END + rb"]*+(?=.))"  # 3: operator
    rb"|\(([^()\\]*+(?:\\.[^()\\]*+)*+)\)"  # 4: string without brackets in it
    rb"|<([0-9A-Fa-f\s]*+)>(?=[^>])"  # 5: hexadecimal string
    rb"|/([^" + _END + rb"]*+)(?=[^#])"  # 6: name
    rb"|(\[)|(\]))",  # 7 and 8: array
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|\r\n|(.))", re.DOTALL)
_BOOLEANS = {b"true": True, b"false": False}
_INLINE_IMAGE = (b"BI", b"ID")


class _Parser(PDFContentParser):
    """Reads simple objects by one expression; leaves the rest, and all that is inside them, to pdfminer."""

    # Tokens across buffers go the slow way; but an inline image makes pdfminer fill the buffer anew.
    BUFSIZ = 65_536

    def nextobject(self) -> Any:
        if not (self.context or self.results or self.eof):
            found = self._simple_object()
            if found is not None:
                return 0, found  # only those of inline images are asked where they stand
        return super().nextobject()

    def _simple_object(self) -> Any:
        start = self.charpos
        token = self._simple_token()
        if token is not KEYWORD_ARRAY_BEGIN:
            return token
        items: list[Any] = []
        while (token := self._simple_token()) is not KEYWORD_ARRAY_END:
            if token is None or isinstance(token, PSKeyword):
                self.charpos = start
                return None
            items.append(token)
        return items

    def _simple_token(self) -> Any:
        """Take and return the next token; None, and nothing taken, where it is not a simple one."""
        match = _TOKEN.match(self.buf, self.charpos)
        if match is None:
            return None
        kind = match.lastindex
        assert kind is not None
        token = _DECODERS[kind](match[kind])
        if token is not None:
            self.charpos = match.end()
        return token


def _decoded_operator(raw: bytes) -> PSKeyword | bool | None:
    if raw in _INLINE_IMAGE:
        return None
    return _BOOLEANS[raw] if raw in _BOOLEANS else KWD(raw)


def _decoded_string(raw: bytes) -> bytes | None:
    if b"\\" not in raw:
        return raw
    try:
        return _ESCAPE.sub(_unescaped, raw)
    except ValueError:  # an octal number of more than a byte: as pdfminer sees fit
        return None


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes((int(match[1], 8),))
    code = ESC_STRING.get(match[2]) if match[2] else None
    return b"" if code is None else bytes((code,))


def _decoded_hexadecimal(raw: bytes) -> bytes | None:
    digits = b"".join(raw.split())
    return bytes.fromhex(digits.decode("ascii")) if len(digits) % 2 == 0 else None


def _decoded_name(raw: bytes) -> object:
    try:
        return LIT(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return LIT(raw)


_DECODERS: Sequence[Callable[[bytes], Any]] = (
    lambda raw: None,
    int,
    float,
    _decoded_operator,
    _decoded_string,
    _decoded_hexadecimal,
    _decoded_name,
    lambda raw: KEYWORD_ARRAY_BEGIN,
    lambda raw: KEYWORD_ARRAY_END,
)


# Operators --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1_024)  # there are 73; a damaged stream may have any number of others
def _operator(name: bytes) -> tuple[Callable[..., None], int] | None:
    """Return pdfminer's method for an operator and how many arguments it takes; None for an unknown one."""
    said = name.decode("utf-8", "ignore").replace("*", "_a").replace('"', "_w").replace("'", "_q")
    method = getattr(PDFPageInterpreter, f"do_{said}", None)
    return (method, method.__code__.co_argcount - 1) if method else None


class _Interpreter(PDFPageInterpreter):
    """Executes a stream as its parent does, with the parser above and operators looked up once."""

    def execute(self, streams: Sequence[object]) -> None:
        try:
            parser = _Parser(self._not_circular(streams))
        except PSEOF:  # an empty page
            return
        while True:
            try:
                found = parser.nextobject()[1]
            except PSEOF:
                return
            if isinstance(found, PSKeyword):
                self._carry_out(found.name)
            else:
                self.argstack.append(found)

    def _not_circular(self, streams: Sequence[object]) -> list[object]:
        """Return the streams but those that are being executed, which would be executed for ever."""
        self.stream_ids.clear()
        sound: list[object] = []
        for stream in map(stream_value, streams):
            if stream.objid is not None and stream.objid not in self.parent_stream_ids:
                sound.append(stream)
                self.stream_ids.add(stream.objid)
        return sound

    def _carry_out(self, name: Any) -> None:
        operator = _operator(name)
        if operator is None:
            return
        method, count = operator
        if not count:
            method(self)
            return
        arguments = self.argstack[-count:]
        del self.argstack[-count:]
        if len(arguments) == count:
            method(self, *arguments)


# Characters -------------------------------------------------------------------------------------------------


# The shapes of which pdfminer makes lines and rectangles: move, lines, close.
_STRAIGHT = frozenset(["ml", "mlh", "mllh", "mlllh", "mllll", "mllllh"])


class _Collector(PDFLayoutAnalyzer):
    """Gathers characters and rules in one flat list each."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.characters: list[Character] = []
        self.rules: list[LTItem] = []
        self._glyphs: dict[PDFFont, dict[int, tuple[str, float]]] = {}

    def receive_layout(self, ltpage: LTPage) -> None:
        self.rules = [item for item in ltpage if isinstance(item, (LTLine, LTRect))]

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:
        """A form or picture: what it holds goes with the page."""

    def end_figure(self, _: str) -> None:
        pass

    def render_image(self, name: str, stream: Any) -> None:
        pass

    def paint_path(self, gstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:
        shape = "".join(segment[0] for segment in path)
        if shape in _STRAIGHT or shape.count("m") > 1:  # of several, each comes here by itself
            super().paint_path(gstate, stroke, fill, evenodd, path)

    def render_string_horizontal(
        self,
        seq: Any,
        matrix: Any,
        pos: Any,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        charspace: float,
        wordspace: float,
        rise: float,
        dxscale: float,
        ncs: Any,
        graphicstate: Any,
    ) -> Any:
        """As the parent's, with LTChar's arithmetic in place of an object of it."""
        glyphs = self._glyphs.setdefault(font, {})
        a, b, c, d, e, f = matrix
        x, y = pos
        low = font.get_descent() * fontsize + rise
        high = low + fontsize
        level = b == 0 and c == 0
        upright = a * d * scaling > 0 and b * c <= 0
        name, colour = str(font.fontname), graphicstate.ncolor  # the name is bytes in some damaged files
        needs_space = False
        for item in seq:
            if isinstance(item, (int, float)):
                x -= item * dxscale
                needs_space = True
                continue
            if not isinstance(item, bytes):
                continue
            for cid in font.decode(item):
                if needs_space:
                    x += charspace
                glyph = glyphs.get(cid)
                if glyph is None:
                    glyph = glyphs[cid] = self._text_of(font, cid), font.char_width(cid)
                advance = glyph[1] * fontsize * scaling
                left, base = x * a + y * c + e, x * b + y * d + f
                if level:
                    x0, x1 = left, a * advance + left
                    y0, y1 = d * low + base, d * high + base
                    if x1 < x0:
                        x0, x1 = x1, x0
                    if y1 < y0:
                        y0, y1 = y1, y0
                else:
                    x0, y0, x1, y1 = apply_matrix_rect((a, b, c, d, left, base), (0, low, advance, high))
                self.characters.append(Character(glyph[0], x0, y0, x1, y1, y1 - y0, upright, name, colour))
                x += advance
                if cid == 32 and wordspace:
                    x += wordspace
                needs_space = True
        return x, y

    def render_char(
        self,
        matrix: Any,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: Any,
    ) -> float:
        """Only vertical fonts come here."""
        text, width, displacement = self._text_of(font, cid), font.char_width(cid), font.char_disp(cid)
        char = LTChar(matrix, font, fontsize, scaling, rise, text, width, displacement, ncs, graphicstate)
        self.characters.append(
            Character(
                text,
                char.x0,
                char.y0,
                char.x1,
                char.y1,
                char.size,
                char.upright,
                str(font.fontname),
                graphicstate.ncolor,
            )
        )
        return char.adv

    def _text_of(self, font: PDFFont, cid: int) -> str:
        try:
            return font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            return self.handle_undefined_char(font, cid)
