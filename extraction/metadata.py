"""Facts about a document that its text gives away: its language, whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from extraction.sentences import Sentence

# Under twenty words names and headings decide what the language seems to be.
_MIN_WORDS = 20
# Longer "sentences" are tables or worse, and only cost time.
_MAX_CHARACTERS = 3_000

# Companies House numbers: eight digits, or two letters (SC, NI, OC, ...) and six digits; leading zeros get lost.
_NUMBER = r"(?P<number>(?:[A-Z]{2}\s?\d{6}|\d{6,8}))\b"
_COMPANY_NUMBER = re.compile(
    r"(?:compan(?:y|ies)\s+(?:registration\s+|registered\s+|house\s+)?(?:number|num\.?|no\.?|reg(?:istration)?\.?)"
    r"|registered\s+(?:compan(?:y|ies)\s+)?(?:number|no\.?)"
    r"|registration\s+(?:number|no\.?)"
    r"|registered\s+in\s+(?:england(?:\s*(?:and|&)\s*wales)?|wales|scotland|northern\s+ireland|(?:the\s+)?uk)"
    r"(?:[^.;\n]{0,60}?(?:number|num\.?|no\.?))?"
    rf")\s*[:#(]?\s*{_NUMBER}(?![-/.]?\d)",
    re.IGNORECASE,
)
_SUFFIX = r"(?:Limited|Ltd\.?|PLC|plc|P\.L\.C\.|LLP|CIC|C\.I\.C\.|Cyfyngedig|Cyf\.?)"
_NAME = rf"(?P<name>\b(?:[A-Z0-9][\w&’'().,-]{{0,40}}[^\S\n]+(?:(?:and|of|the|for|&|–|-)[^\S\n]+)*){{1,8}}?{_SUFFIX})(?!\w)"
_LEGAL_NAME = re.compile(_NAME)
# "X Limited, 2 Mill Road, Lowmere. Company number 01234567": an address is not longer.
_NEAR_NUMBER = 120
_MOST_WORDS_OF_AN_ADDRESS = 15
_REGISTERED_NAME = re.compile(
    rf"{_NAME}[,\s(]*(?:is\s+|\(?a\s+company\s+)?(?:a\s+(?:private\s+|limited\s+)*company\s+)?"
    r"(?:is\s+)?(?:registered|incorporated|company\s+(?:number|no|reg))",
)


# The commonest words that English shares with no other language of Europe: a quarter of all words of English
# prose, a tenth of its tables.
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "our",
        "that",
        "with",
        "this",
        "we",
        "are",
        "by",
        "which",
        "their",
        "has",
        "have",
        "from",
        "not",
        "any",
    ]
)
_ENGLISH_SHARE = 0.12
# The same of Welsh, as far as no word of them is common in English.
_WELSH = frozenset(
    [
        "yn",
        "yr",
        "mae",
        "wedi",
        "ein",
        "gan",
        "sydd",
        "ydym",
        "gyda",
        "hwn",
        "hyn",
        "neu",
        "bod",
        "ac",
        "ar",
        "gyfer",
        "ni",
        "rydym",
        "y",
        "i",
        "o",
    ]
)
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

    Public bodies of Wales publish both in one file; only the English half is what the classifier was trained on.
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
    name others. A name counts where the words say that it is registered, or where it stands before the number.
    The number is padded to eight characters, as Companies House writes it.
    """
    furniture = metadata.get("furniture")
    lines = [str(line) for line in furniture] if isinstance(furniture, list) else []
    found: dict[str, str] = {}
    for text in _stating(lines, sentences):
        named = _REGISTERED_NAME.search(text)
        if "company_number" not in found and (match := _COMPANY_NUMBER.search(text.replace("\n", " "))):
            found["company_number"] = _padded(match["number"])
            named = named or _name_before(text, match.start())
        if "registered_name" not in found and named:
            found["registered_name"] = named["name"].strip(" ,(")
    return found


def _name_before(text: str, end: int) -> re.Match[str] | None:
    """Return the last legal name that ends shortly before a place."""
    near = (m for m in _LEGAL_NAME.finditer(text, 0, end) if end - m.end() <= _NEAR_NUMBER)
    return max(near, key=re.Match.end, default=None)


def _stating(lines: Iterable[str], sentences: Iterable[Sentence]) -> Iterable[str]:
    """Yield the furniture, its lines apart, and the sentences that may say whose document it is."""
    joined = "\n".join(lines)
    if joined:
        yield joined[:_MAX_CHARACTERS]
    above = ""
    for sentence in sentences:
        text = sentence.text[:_MAX_CHARACTERS]
        if re.search(r"regist|company\s+n", text, re.IGNORECASE):
            # "X Limited, 2 Mill Road, Lowmere." may stand above it; longer sentences are about something else.
            yield f"{above}\n{text}" if len(above.split()) <= _MOST_WORDS_OF_AN_ADDRESS else text
        above = text


def _padded(number: str) -> str:
    number = re.sub(r"\s", "", number).upper()
    return number.zfill(8) if number.isdigit() else number
