"""What the heading of a column means, before anybody looks at the cells below it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from domain.rulebook import load_rules

_RULES = load_rules(Path(__file__).parent / "rules" / "headings.yaml")

# Words that people misspell in headings; another word is read as one of these when it is nearly the same.
_SPELLED = (
    "beneficiary", "beneficiaries", "supplier", "suppliers", "vendor", "contractor", "contractors",
    "provider",
    "creditor", "merchant", "recipient", "amount", "amounts", "expenditure", "payment", "organisation",
    "company",
    "currency", "description", "category", "transaction",
)  # fmt: skip
# At 90 "benificiary" and "suplier" are mended, and "contract" is not taken for "contractor".
_NEARLY = 90.0
_LEAST_LETTERS = 6  # shorter words are too near to other words
_LONGEST = 90  # characters; a longer cell is a sentence, not a heading
CURRENCIES = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY"}
_CODES = [
    "GBP",
    "EUR",
    "USD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "JPY",
    "CAD",
    "AUD",
    "NZD",
    "CNY",
    "INR",
    "AED",
    "ZAR",
    "HKD",
    "SGD",
    "CZK",
    "HUF",
    "TRY",
]
_CURRENCY_WORDS = {"euro": "EUR", "euros": "EUR", "dollars": "USD", "sterling": "GBP", "pounds": "GBP"}
_CURRENCY = re.compile(
    rf"[£€$¥]|(?<![a-z])(?:{'|'.join(_CODES)})(?![a-z])|(?<![a-z])(?:{'|'.join(_CURRENCY_WORDS)})(?![a-z])",
    re.IGNORECASE,
)
_UNITS = (
    ("0.01", re.compile(r"\bpence\b|\(p\)", re.IGNORECASE)),
    ("1000000", re.compile(r"£ ?'?(?:m|mn|mln)\b|\bmillions?\b|(?<![0-9])'?0{3},?0{3}'?s?\b", re.IGNORECASE)),
    (
        "1000",
        re.compile(
            r"[£€$] ?'?k\b|(?<![a-z])k[£€]|\(k\)|\bthousands?\b|£?(?<![0-9,])'?,?0{3}'?s?\b", re.IGNORECASE
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading, taken apart. A heading in two languages has the words of both."""

    written: str
    words: tuple[str, ...]
    """Its readings in plain words: whole, without brackets, and each of two languages."""
    currency: str | None
    """An ISO 4217 code; None where the heading names no currency."""
    factor: Decimal
    """What its numbers are multiplied by to give pounds: 1,000 for "£k", 0.01 for pence, else 1."""

    def means(self, rule: str) -> bool:
        """Tell whether one of the readings is what a rule of rules/headings.yaml says."""
        return any(_RULES.rules[rule].holds(text) for text in self.words)

    @property
    def is_amount(self) -> bool:
        """Whether the heading names a sum of money."""
        if not self.words:  # "£" or "£000" alone
            return len(self.written) <= 8 and (self.currency is not None or self.factor != 1)
        return any(_names_money(text) for text in self.words) and not self.means("vat")

    @property
    def is_other_party(self) -> bool:
        """Whether the heading is about the buyer, an officer, a losing bidder or a parent."""
        return self.means("somebody_else")


def _names_money(text: str) -> bool:
    if not _RULES.rules["amount"].holds(text):
        return False
    return not _RULES.rules["no_amount"].holds(text) or _RULES.rules["money_attribute"].holds(text)


@lru_cache(maxsize=4096)
def heading(cell: str) -> Heading:
    """Take one heading apart."""
    if len(cell) > _LONGEST:
        return Heading(cell, (), None, Decimal(1))
    text = html.unescape(cell).replace("_", " ")
    readings = dict.fromkeys(filter(None, map(_plain, _readings(text))))
    return Heading(cell, tuple(readings), currency_in(text), unit_in(text))


def _readings(text: str) -> Iterator[str]:
    """The heading as it is, without what stands in brackets, and its halves around a slash."""
    yield text
    outside = re.sub(r"[(\[{][^)\]}]*[)\]}]", " ", text)
    yield outside
    yield from re.split(r"\s+[|–-]\s+|\s*/+\s*", outside)


def _plain(text: str) -> str:
    """The heading in lower-case words: "SupplierName" and "supplier_name" give "supplier name"."""
    if "/" in text and " " not in text:  # a path of Open Contracting: awards/0/suppliers/0/name
        text = " ".join(part for part in text.split("/") if part and not part.isdigit())
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z]{3})(?=[0-9])", " ", text)
    text = unicodedata.normalize("NFKD", _CURRENCY.sub(" ", text)).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub(r"['’`]s\b", "s", text)
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’`]", "", text))
    words = [part for word in words for part in _taken_apart(word)]
    return " ".join(_spelled(word) for word in words if not re.fullmatch(r"k|0{3,}s?", word))


# Words that exports glue together in headings: VENDORLEGALNAME, netamount.
_GLUED = re.compile(
    "supplier|vendor|vend|payee|beneficiary|contractor|provider|creditor|merchant|recipient|company|organisation|"
    "legal|trading|full|name|number|code|id|invoice|inv|payment|transaction|trans|line|document|doc|total|net|gross|"
    "amount|amt|value|spend|paid|date|type|currency|curr|category|description|vat|tax|contract|award|account"
)
_VEND = {"vend": "vendor", "inv": "invoice", "trans": "transaction", "curr": "currency"}


@lru_cache(maxsize=4096)
def _taken_apart(word: str) -> tuple[str, ...]:
    """The words that one is glued of, if it is made of nothing else; else itself."""
    parts = _GLUED.findall(word)
    if len(parts) < 2 or "".join(parts) != word:
        return (word,)
    return tuple(_VEND.get(part, part) for part in parts)


@lru_cache(maxsize=4096)
def _spelled(word: str) -> str:
    if len(word) < _LEAST_LETTERS or word in _SPELLED:
        return word
    found = process.extractOne(word, _SPELLED, scorer=fuzz.ratio, score_cutoff=_NEARLY)
    return found[0] if found and word[:2] == found[0][:2] else word


def currency_in(text: str) -> str | None:
    """Return the code of the currency that a heading or a line names; None for none or for several."""
    found = {_code(one) for one in _CURRENCY.findall(text)}
    return found.pop() if len(found) == 1 else None


def without_currency(text: str) -> str:
    """Return the text without signs, codes and names of currencies."""
    return _CURRENCY.sub("", text)


def _code(word: str) -> str:
    return CURRENCIES.get(word) or _CURRENCY_WORDS.get(word.casefold()) or word.upper()


def unit_in(text: str) -> Decimal:
    """Return 1,000 for "£k" and "£000", 1,000,000 for "£m", 0.01 for pence, else 1."""
    return next((Decimal(factor) for factor, pattern in _UNITS if pattern.search(text)), Decimal(1))
