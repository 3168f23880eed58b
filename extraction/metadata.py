"""Facts about a document that its text gives away: its language, whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from domain.company_numbers import normalise_company_number
from domain.rulebook import SHARED, load_rules
from extraction.sentences import Sentence

# Under twenty words names and headings decide what the language seems to be.
_MIN_WORDS = 20
# Longer "sentences" are tables or worse, and only cost time.
_MAX_CHARACTERS = 3_000

_FOLDER = Path(__file__).parent / "rules"
_COMPANY = load_rules(_FOLDER / "company.yaml", SHARED)
_LANGUAGES = load_rules(_FOLDER / "languages.yaml", SHARED)
_STATED_NUMBER = _COMPANY["stated_number"]
_LEGAL_NAME = _COMPANY["legal_name"]
_REGISTERED_NAME = _COMPANY["registered_name"]
_MAY_STATE = _COMPANY["may_state"]
# As sets, which are quicker to ask than patterns.
_ENGLISH = frozenset(_LANGUAGES.rules["english"].alternatives)
_WELSH = frozenset(_LANGUAGES.rules["welsh"].alternatives)

# "X Limited, 2 Mill Road, Lowmere. Company number 01234567": an address is not longer.
_NEAR_NUMBER = 120
_MOST_WORDS_OF_AN_ADDRESS = 15
_ENGLISH_SHARE = 0.12
_WELSH_SHARE = 0.15
# A sentence of fewer words is too short to tell; a language of a smaller share is a quotation or a name.
_MIN_WORDS_OF_SENTENCE = 6
_SHARE_OF_TEXT = 0.1


def language(sentences: Sequence[Sentence]) -> str | None:
    """Return the ISO 639-1 code of most of the text; None when that is too short to tell."""
    text = " ".join(sentence.text for sentence in sentences if sentence.kind != "heading")
    if len(text.split()) < _MIN_WORDS:
        text = " ".join(sentence.text for sentence in sentences)
    if len(text.split()) < _MIN_WORDS:
        return None
    # 20,000 characters are enough, taken from the middle, where contents lists and addresses are rare.
    middle = max(0, len(text) // 2 - 10_000)
    sample = text[middle : middle + 20_000]
    words = sample.lower().split()
    if sum(word in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words):
        return "en"
    import py3langid  # loading its model takes longer than reading a document, and English needs none

    return str(py3langid.classify(sample)[0])


def languages(sentences: Sequence[Sentence]) -> dict[str, list[str]]:
    """Return `languages`, the most used first, where a text is English and Welsh side by side; else nothing.

    Public bodies of Wales publish both in one file; only the English half is what the classifier was trained
    on.
    """
    words = {"en": 0, "cy": 0}
    for sentence in sentences:
        said = sentence.text[:_MAX_CHARACTERS].lower().split()
        if len(said) < _MIN_WORDS_OF_SENTENCE:
            continue
        if sum(word in _ENGLISH for word in said) >= _ENGLISH_SHARE * len(said):
            words["en"] += len(said)
        elif sum(word in _WELSH for word in said) >= _WELSH_SHARE * len(said):
            words["cy"] += len(said)
    told = sum(words.values())
    found = [code for code, count in words.items() if told and count >= _SHARE_OF_TEXT * told]
    return {"languages": sorted(found, key=lambda code: -words[code])} if len(found) > 1 else {}


def company(sentences: Sequence[Sentence], metadata: Mapping[str, object]) -> dict[str, str]:
    """Return registered_name and company_number where the furniture or the text states them.

    The first statement of each counts, furniture before text: feet name whose document it is, the text may
    name others. A name counts where the words say that it is registered, or where it stands before the
    number. The number is padded to eight characters, as Companies House writes it.
    """
    furniture = metadata.get("furniture")
    lines = [str(line) for line in furniture] if isinstance(furniture, list) else []
    found: dict[str, str] = {}
    for text in _stating(lines, sentences):
        registered = _REGISTERED_NAME.search(text)
        name = registered["name"] if registered else None
        if "company_number" not in found and (match := _STATED_NUMBER.search(text.replace("\n", " "))):
            found["company_number"] = _padded(match["number"])
            name = name or _name_before(text, match.start())
        if "registered_name" not in found and name:
            found["registered_name"] = name.strip(" ,(")
    return found


def _name_before(text: str, end: int) -> str | None:
    """Return the last legal name that ends shortly before a place."""
    near = [m for m in _LEGAL_NAME.finditer(text, 0, end) if end - m.end() <= _NEAR_NUMBER]
    return near[-1][0] if near else None


def _stating(lines: Iterable[str], sentences: Iterable[Sentence]) -> Iterable[str]:
    """Yield the furniture, its lines apart, and the sentences that may say whose document it is."""
    joined = "\n".join(lines)
    if joined:
        yield joined[:_MAX_CHARACTERS]
    above = ""
    for sentence in sentences:
        text = sentence.text[:_MAX_CHARACTERS]
        if _MAY_STATE.search(text):
            # "X Limited, 2 Mill Road, Lowmere." may stand above it; longer sentences are about something
            # else.
            yield f"{above}\n{text}" if len(above.split()) <= _MOST_WORDS_OF_AN_ADDRESS else text
        above = text


def _padded(number: str) -> str:
    plain = re.sub(r"\s", "", number).upper()
    return normalise_company_number(plain) or plain
