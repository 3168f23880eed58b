"""Company numbers of Companies House: one spelling for each, and what its register says about the legal
form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.tables import load_table

# Eight digits, or the letters of a register and digits up to eight characters; societies may end in a letter
# ("IP00525R").
_COMPANY_NUMBER = re.compile(r"(?P<prefix>[A-Z]{0,2})(?P<digits>[0-9]{1,8})(?P<suffix>[A-Z]?)")
_EXCEL_DECIMAL = re.compile(r"\.0+$")  # a number column saved as text: "7595434.0"
_MIN_DIGITS = 3  # "00000118" is the shortest known; one or two digits are positions in a list


@dataclass(frozen=True, slots=True)
class RegisteredForm:
    """The legal form of the bodies in a register."""

    name: str
    commercial: bool | None
    """Whether such a body is a body corporate or partnership in the sense of s.54(12); None: it depends."""


def _registers() -> dict[str, RegisteredForm | None]:
    rows = load_table("company_numbers")
    registers: dict[str, RegisteredForm | None] = {}
    for row in rows:
        form = RegisteredForm(row["form"], row.get("commercial")) if "form" in row else None
        registers |= dict.fromkeys(row["prefixes"], form)
    return registers


_REGISTERS = _registers()


def normalise_company_number(raw: str | None) -> str | None:
    """Return the number as Companies House writes it: upper case, padded to eight characters.

    "7595434" gives "07595434" (spreadsheets drop leading zeros), "sc 12345" gives "SC012345". None for a
    blank, a placeholder ("N/A", "00000000"), letters of no register that is known here, or anything
    else that is no company number. The caller keeps the raw text.
    """
    text = _EXCEL_DECIMAL.sub("", re.sub(r"\s+", "", raw or "")).upper()
    match = _COMPANY_NUMBER.fullmatch(text)
    if match is None:
        return None
    prefix, digits, suffix = match.group("prefix", "digits", "suffix")
    width = 8 - len(prefix) - len(suffix)
    significant = digits.lstrip("0")
    fits = len(digits) >= _MIN_DIGITS and len(significant) <= width
    if not significant or not fits or prefix not in _REGISTERS or (suffix and not prefix):
        return None
    return prefix + significant.zfill(width) + suffix


def registered_form(company_number: str | None) -> RegisteredForm | None:
    """Return the legal form by the register of a normalised number; None where the register does not tell
    it.
    """
    if company_number is None:
        return None
    prefix = "".join(char for char in company_number[:2] if char.isalpha())
    return _REGISTERS.get(prefix)
