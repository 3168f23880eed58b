"""The identity of an organisation: one id per company number, else per name.

Shapes: "gb-coh-01234567" for a Companies House number (lower case, eight characters) and
"name-example-holdings-limited" for an organisation without one. Both are stable: they may be stored.
"""

from __future__ import annotations

import re
import unicodedata

# Companies House numbers: eight digits, or a register prefix of one or two letters (SC, NI, OC, R ...) and digits
# up to eight characters; societies may end in a letter ("IP00525R").
_COMPANY_NUMBER = re.compile(r"(?P<prefix>[A-Z]{0,2})(?P<digits>[0-9]{1,8})(?P<suffix>[A-Z]?)")
_EXCEL_DECIMAL = re.compile(r"\.0+$")  # a number column saved as text: "7595434.0"
_MIN_DIGITS = 3  # "00000118" is the shortest that is met; one or two digits are list positions
_LEGAL_FORMS = {"ltd": "limited", "co": "company", "corp": "corporation", "inc": "incorporated"}
_QUOTES = re.compile(r"['’`´\"“”]")


def normalise_company_number(raw: str | None) -> str | None:
    """Return the number as Companies House writes it: upper case, padded to eight characters.

    "7595434" gives "07595434" (spreadsheets drop leading zeros), "sc 12345" gives "SC012345". None for a blank,
    a placeholder ("N/A", "00000000") or anything that is no company number; the caller keeps the raw string.
    """
    text = _EXCEL_DECIMAL.sub("", re.sub(r"\s+", "", raw or "")).upper()
    match = _COMPANY_NUMBER.fullmatch(text)
    if match is None:
        return None
    prefix, digits, suffix = match.group("prefix", "digits", "suffix")
    width = 8 - len(prefix) - len(suffix)
    significant = digits.lstrip("0")
    fits = len(digits) >= _MIN_DIGITS and len(significant) <= width
    if not significant or not fits or (suffix and not prefix):
        return None
    return prefix + significant.zfill(width) + suffix


def normalise_name(name: str) -> str:
    """Return a name in the form that two spellings of it share: lower case, plain letters, single spaces.

    "&" is read as "and", "Ltd" as "limited"; accents, quotes and punctuation go. The legal form stays: Acme LLP
    is not Acme Limited.
    """
    text = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub(r"\bp\.?\s*l\.?\s*c\b", "plc", _QUOTES.sub("", text))
    text = re.sub(r"\bpublic limited company\b", "plc", text)
    words = re.findall(r"\w+", text)
    return " ".join(_LEGAL_FORMS.get(word, word) for word in words)


def organisation_id(name: str, company_number: str | None = None) -> str:
    """Return the id of an organisation: by company number where it has a valid one, else by normalised name.

    Raises ValueError when there is neither a company number nor a name with a letter or digit in it.
    """
    number = normalise_company_number(company_number)
    if number is not None:
        return f"gb-coh-{number.lower()}"
    slug = normalise_name(name).replace(" ", "-").replace("_", "-")
    if not slug.strip("-"):
        raise ValueError(f"an organisation needs a name or a company number, got name {name!r}")
    return f"name-{slug}"
