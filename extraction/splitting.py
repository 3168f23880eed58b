"""One paragraph of text to sentences, alike on every machine.

The words and patterns that decide are data, with examples: extraction/rules/sentences.yaml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.rulebook import SHARED, load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "sentences.yaml", SHARED)
_MAY_END = _RULES["may_end"]
_NEVER_ENDS_BEFORE = _RULES["never_ends_before"]
_SELDOM_ENDS = _RULES["seldom_ends"]
_COMPANY = _RULES["company"]
_BEGINS_SENTENCE = _RULES["begins_sentence"]
_LABEL = _RULES["label"]
_ANSWER = _RULES["answer"]
_FORGOTTEN_BLANK = _RULES["forgotten_blank"]
_INSIDE_ADDRESS = _RULES["inside_address"]
_NAME_WITH_MARK = _RULES["name_with_mark"]

_FIRST_WORD = re.compile(r"[\"'“‘(\[]*([\w’']+)")
# A footnote's mark behind the last full stop: it is no sentence.
_FOOTNOTE = re.compile(r"\d{1,3}\W*")
# How much of either side of a full stop is looked at. The whole of both would take quadratic time.
_NEAR = 40
# Once may be a slip of the pen.
_TIMES_A_NAME = 2
# Characters of a name with its legal form; a sentence that ends with one is longer.
_LONGEST_NAME = 60
# The longest label is "12.12.12.".
_LONGEST_LABEL = 10


def names_with_marks(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of a document that end in a question or exclamation mark, which ends no sentence."""
    counts = Counter(name for text in texts for name in _NAME_WITH_MARK.findall(text))
    return frozenset(name for name, count in counts.items() if count >= _TIMES_A_NAME)


def split_sentences(text: str, names: frozenset[str] = frozenset()) -> list[tuple[int, int]]:
    """Return start and end of each sentence in one paragraph of clean text, in order.

    `names` end in a mark that ends no sentence. Lists, headings and table cells must be apart already:
    flattened structure is what misleads any splitter.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _MAY_END.finditer(text):
        if _ends(text, start, match, names):
            spans.append((start, match.end("close")))
            start = match.end()
    spans.append((start, len(text)))
    return [part for start, end in spans for part in _cut_where_blank_is_forgotten(text, start, end)]


def _ends(text: str, start: int, match: re.Match[str], names: frozenset[str]) -> bool:
    """Tell whether the sentence that begins at `start` ends with the mark that was matched."""
    before = text[max(start, match.start() - _NEAR) : match.end("close")]
    after = text[match.end() : match.end() + _NEAR]
    if match.end() - start < _LONGEST_LABEL and _LABEL.fullmatch(before.strip()):
        return False
    if _FOOTNOTE.fullmatch(after):
        return False
    if start == 0 and match.start() == 1 and _ANSWER.match(text):
        return bool(_BEGINS_SENTENCE.fullmatch(_first_word(after)))
    if match["stop"] == "." and not match["close"]:
        return _full_stop_ends(before[:-1], after, is_prose=match.start() - start > _LONGEST_NAME)
    return not (names and _goes_on_after_name(before, after, names))


def _full_stop_ends(before: str, after: str, *, is_prose: bool) -> bool:
    """Tell whether a single full stop between the two ends a sentence, and not just an abbreviation."""
    token = before.rsplit(maxsplit=1)[-1].lower() if before.strip() else ""
    last = token.lstrip("(\"'“‘[")
    begins = bool(_BEGINS_SENTENCE.fullmatch(_first_word(after)))
    # Short for number, unless it is the answer to a question.
    if last in ("no", "nos"):
        return begins or before.strip() == "No"
    if _NEVER_ENDS_BEFORE.fullmatch(last) or (len(last) == 1 and last.isalpha()):
        return False
    if _SELDOM_ENDS.fullmatch(last):
        # Behind a bracket it is no end either: "(inc. VAT)".
        return token == last and (begins or after[0] in '“"‘')
    # A name alone goes on with a title or an address: "Larkfield Ltd. Modern Slavery Statement".
    return begins or (is_prose and after[0].isalpha()) or not _COMPANY.fullmatch(last)


def _first_word(text: str) -> str:
    match = _FIRST_WORD.match(text)
    return match[1].lower() if match else ""


def _goes_on_after_name(before: str, after: str, names: frozenset[str]) -> bool:
    """Tell whether the mark is that of a name, and the sentence goes on behind it."""
    last = before.split()[-1].lstrip("([\"'“‘")
    return last in names and not _BEGINS_SENTENCE.fullmatch(_first_word(after))


def _cut_where_blank_is_forgotten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _FORGOTTEN_BLANK.finditer(text, start, end):
        token = text[max(start, match.start() - 100) : match.start()].split(" ")[-1]
        if not _INSIDE_ADDRESS.search(token):
            yield start, match.end()
            start = match.end()
    yield start, end
