"""Take personal data out of text before it is published, and make it safe to open in a spreadsheet.

The patterns and words stand in rules/redaction.yaml with their examples. They apply in this order
(docs/data-dictionary.md says the same to the reader):

1. Everywhere: e-mail addresses become [e-mail address], telephone numbers [telephone number], but for
   helplines.
2. Everywhere: a name behind a courtesy title ("Dame ..."), beside a role ("..., Chief Executive") or before
   an address that was taken out becomes [name].
3. In quotations on approval or signature: every run of two or more name-like words becomes [name], unless it
   is part of the organisation's own name, ends in a word of legal form or consists of words of the trade
   ("Board", "Modern Slavery"). Here the rule would rather take out a place name than leave a person in.

Limits: a first name alone, a name written in lower case, and a name in running text with neither title nor
role beside it are not recognised. Roles stay: who signs as what is the point of section 54(6).
"""

from __future__ import annotations

import re
from pathlib import Path

from domain.rulebook import SHARED, load_rules
from domain.safetext import looks_like_formula, one_line, visible

_FILE = load_rules(Path(__file__).parent / "rules" / "redaction.yaml", SHARED)
EMAIL = _FILE["email"]
_PHONE, _HELPLINE = _FILE["telephone"], _FILE["helpline"]
# No telephone number has fewer.
_FEWEST_DIGITS = 9
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_SPACE = re.compile(r"\s+")
_BULLET = _FILE["list_bullet"]


def _listed(rule: str) -> frozenset[str]:
    return frozenset(_FILE.rules[rule].alternatives)


_ROLES, _FORMS, _PLACES = (_listed(f"kept_{kind}_word") for kind in ("role", "form", "place"))
_KEPT = _ROLES | _FORMS | _listed("kept_trade_word")
# "Northern Tide Energy plc" is a body. Before more words than these a person's name may stand.
_MOST_WORDS_OF_A_BODY = 3
_TITLED_NAME, _NAME_BEFORE_CONTACT = _FILE["titled_name"], _FILE["name_before_contact"]
_NAME_BEFORE_ROLE, _NAME_AFTER_ROLE = _FILE["name_before_role"], _FILE["name_after_role"]
_SIGNED_BY, _SURNAME_FIRST = _FILE["signed_by"], _FILE["surname_first"]
_WORD_NEXT = re.compile(r"\W?(\w+)")
_RUN = _FILE["name"]
# Looked for first, since they cost a tenth of what follows.
_ANY_TITLE = load_rules(SHARED)["written_title"].search
_ANY_ROLE = _FILE["role_noun"].search
# Letters of English and the punctuation within sentences, behind a letter: nothing in it is a control
# character, a part of an address or of a number, or what a spreadsheet would take for a formula. True of
# three in four sentences.
_PLAIN_LETTERS = re.compile(r"[A-Za-z][A-Za-z ,.;:()'/%&’‘“”£–-]*").fullmatch


def clean(text: str | None) -> str | None:
    """Strip control and direction characters, join white space, redact contact details, defuse formulas.

    A leading list bullet goes; text that still begins with = + - @ gets an apostrophe in front, since Excel
    and Calc run such cells of a CSV file as formulas. For every published column that holds someone else's
    words.
    """
    if text is None:
        return None
    return _defuse(_contacts(_plain(text)))


def clean_url(url: str | None) -> str | None:
    """An http or https address without spaces, control characters or an e-mail address; None for anything
    else.
    """
    if url is None:
        return None
    # Of white space only the space is printable.
    is_plain = url.isprintable() and " " not in url
    plain = url if is_plain else _SPACE.sub("%20", visible(url).strip())
    if not plain.lower().startswith(("http://", "https://")):
        return None
    return EMAIL.sub("[e-mail address]", plain) if "@" in plain else plain


def redact_quotation(text: str, organisation: str, *, signatory: bool) -> str:
    """Return a quotation as it may be published.

    `signatory` says that it is evidence of approval or signature, where any name is probably a person's.
    """
    if not signatory:
        return redact_sentence(text)
    return _defuse(_names(_beside_titles_and_roles(_contacts(_plain(text))), organisation))


def redact_sentence(text: str) -> str:
    """Return a quotation that is no evidence of approval or signature as it may be published."""
    if _is_harmless(text):
        return text
    return _defuse(_beside_titles_and_roles(_contacts(_plain(text))))


def _is_harmless(text: str) -> bool:
    """Whether no rule can change the text, told in a third of the time that it takes to apply them."""
    return (
        _PLAIN_LETTERS(text) is not None
        and _ANY_TITLE(text) is None
        and _ANY_ROLE(text) is None
        and "  " not in text
        and text[-1] != " "
    )


def _plain(text: str) -> str:
    if not text.isprintable():  # most text is, and the test costs a tenth of the search
        return one_line(text)
    if "  " not in text and text[:1] != " " != text[-1:]:  # of white space only the space is printable
        return text
    return " ".join(text.split())


def _contacts(text: str) -> str:
    if "@" in text:
        text = EMAIL.sub("[e-mail address]", text)
    # Counting digits costs a tenth of the search.
    if len(text.encode(errors="replace").translate(None, _NO_DIGITS)) >= _FEWEST_DIGITS:
        text = _PHONE.sub(_without_number, text)
    return text


def _without_number(match: re.Match[str]) -> str:
    return match[0] if _HELPLINE.match(match[0]) else "[telephone number]"


def _defuse(text: str) -> str:
    if text[:1].isalnum():
        return text
    text = _BULLET.sub("", text)
    return f"'{text}" if looks_like_formula(text) else text


def _beside_titles_and_roles(text: str) -> str:
    if text[1:].islower():  # no name without a capital letter
        return text
    if "[" in text:
        text = _NAME_BEFORE_CONTACT.sub(lambda match: _person(match[1]), text)
    if _ANY_TITLE(text):
        text = _TITLED_NAME.sub(lambda match: f"{match[1]} [name]", text)
    if _ANY_ROLE(text):
        text = _NAME_BEFORE_ROLE.sub(lambda match: _person(match[1]), text)
        text = _NAME_AFTER_ROLE.sub(lambda match: match[1] + _person(match[2]), text)
    return text


def _person(run: str) -> str:
    """The run as [name] where it reads as a person's: two to four words, none of them a word of the trade."""
    words = run.split()
    is_person = 2 <= len(words) <= 4 and not any(_bare(word) in _KEPT for word in words)
    return "[name]" if is_person else run


def _names(text: str, organisation: str) -> str:
    text = _SURNAME_FIRST.sub(lambda match: match[1] if _bare(match[1]) in _KEPT else "[name]", text)
    text = _SIGNED_BY.sub(
        lambda match: match[1] + _without_names(match[2], match.end(2), text, organisation, 1), text
    )
    return _RUN.sub(lambda match: _without_names(match[0], match.end(), text, organisation, 2), text)


def _without_names(run: str, end: int, text: str, organisation: str, least: int) -> str:
    """Replace the stretches of `run` between words of the trade that have at least `least` words."""
    parts: list[str] = []
    stretch: list[str] = []
    words = run.split()
    for word, follows in zip(words, [*map(_bare, words[1:]), _next_word(text, end)], strict=True):
        bare = _bare(word)
        if bare in _FORMS and follows not in _ROLES:
            parts += [*_as_body(stretch), word]
            stretch = []
        elif bare in _KEPT:
            parts += [*_as_name(stretch, organisation, least), word]
            stretch = []
        else:
            stretch.append(word)
    is_body = _next_word(text, end) in _FORMS  # "... Energy plc": a legal form in lower case ends the run
    return " ".join([*parts, *(_as_body(stretch) if is_body else _as_name(stretch, organisation, least))])


def _as_body(stretch: list[str]) -> list[str]:
    """The words before a legal form: a body's name, unless so many that a person's may stand in front of
    it.
    """
    return (
        stretch
        if sum(_bare(word) not in _PLACES for word in stretch) <= _MOST_WORDS_OF_A_BODY
        else ["[name]"]
    )


def _as_name(stretch: list[str], organisation: str, least: int) -> list[str]:
    name = [word for word in stretch if _bare(word) not in _PLACES]
    if len(name) < least or " ".join(name).casefold() in organisation.casefold():
        return stretch
    return ["[name]"]


def _next_word(text: str, end: int) -> str:
    match = _WORD_NEXT.match(text, end)
    return match[1].casefold() if match else ""


def _bare(word: str) -> str:
    return word.strip(".,;:'’").casefold()
