"""What one cell of a supplier list holds: money, a day, a company number, a name, a code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from domain.company_numbers import normalise_company_number
from section54.suppliers.reading.headings import currency_in, without_currency

_CACHED = 65_536  # different cells of one kind in a long list
_BARE = re.compile(r"-?\d{1,15}(?:\.\d+)?")
# Commas stand between thousands only: "1.234,56" is refused, not read as 1.23.
_NUMBER = re.compile(r"(?=.*\d)[-+]?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d*)?")
_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d{1,2})?")
_POINTS_BETWEEN_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+")
_MINUS = re.compile(r"[−‒–—]")  # as printed; finance systems write "-"
_SIGNS = re.compile(r"\(.*\)|.*-|.*cr", re.IGNORECASE)
_NOTHING = re.compile(
    r"[£€$\s–—-]*|n\s?/\s?a|nil|none|null|#n/a|tbc|not (?:known|available|applicable)", re.IGNORECASE
)
_DATES = (
    "%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y",
    "%d-%b-%y",
    "%Y/%m/%d", "%Y%m%d", "%b-%y", "%b %Y", "%B %Y",
)  # fmt: skip
_YEARS = range(1990, 2070)  # days outside are numbers that look like days


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as one cell gives it."""

    amount: Decimal
    currency: str | None
    """The code of the currency that the cell itself names."""
    marked: bool = False
    """Whether the cell marks it as a credit, by a minus, brackets or CR."""


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How a column writes its numbers, told from all its cells."""

    decimal_comma: bool = False
    """1.250,50 is one thousand two hundred and fifty and a half."""
    points_between_thousands: bool = False
    """1.250 is one thousand two hundred and fifty."""


PLAIN = NumberForm()


def read_money(text: str, form: NumberForm = PLAIN) -> Money | None:
    """Read an amount as finance systems write it: "£1,234.50", "(12.00)", "12.00-", "12.00 CR", "EUR 5".

    None where the cell is no number. Nothing is guessed: "1.234,56" is None unless the column writes its
    numbers so.
    """
    if _BARE.fullmatch(text):  # most amounts of most files; saves looking for currencies and signs
        bare = Decimal(text)
        if not form.points_between_thousands:
            return Money(bare, None, bare < 0)
    currency = currency_in(text)
    plain = re.sub(r"\s", "", _MINUS.sub("-", without_currency(text) if currency else text))
    negative = bool(_SIGNS.fullmatch(plain))
    plain = re.sub(r"(?i)^\(|\)$|-$|cr$|dr$", "", plain)
    value = _decimal(plain, form)
    if value is None:
        return None
    return Money(-abs(value) if negative else value, currency, negative or value < 0)


def _decimal(text: str, form: NumberForm) -> Decimal | None:
    if form.points_between_thousands and _POINTS_BETWEEN_THOUSANDS.fullmatch(text):
        return Decimal(text.replace(".", ""))
    if form.decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def number_form(cells: Sequence[str], separator: str) -> NumberForm:
    """Tell how a column writes its numbers; `separator` is the one of the file, "" for a workbook.

    A comma before two last digits is a decimal comma where no cell has a point there. Points before three
    digits are thousands only in a file that is separated by semicolons, as continental settings write it.
    """
    digits = [re.sub(r"[^0-9.,]", "", cell) for cell in cells if re.search(r"\d", cell)]
    commas = [one for one in digits if re.search(r",\d{1,2}$", one)]
    points = [one for one in digits if "." in one]
    decimal_points = [one for one in points if re.search(r"\.\d{1,2}$|\.\d{4,}$", one)]
    if commas and not decimal_points:
        return NumberForm(decimal_comma=True)
    if separator == ";" and points and not decimal_points and not [one for one in digits if "," in one]:
        return NumberForm(points_between_thousands=True)
    return PLAIN


def may_be_thousands(cells: Sequence[str]) -> str | None:
    """Return an amount such as "1.250" where every point of a column stands before three digits, or None."""
    points = [cell for cell in cells if "." in cell]
    three = [cell for cell in points if re.fullmatch(r"\D*\d{1,3}(?:\.\d{3})+\D*", cell)]
    return three[0] if len(three) > 1 and len(three) == len(points) else None


def is_nothing(text: str) -> bool:
    """Tell whether a cell says that there is no figure: blank, a dash, "N/A", "nil"."""
    return _NOTHING.fullmatch(text.strip()) is not None


@lru_cache(maxsize=_CACHED)
def read_day(text: str) -> date | None:
    """Read a day in the forms that British finance systems write, day before month; None for anything
    else.
    """
    plain = text.strip().split("T")[0]
    plain = re.sub(r" \d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?$", "", plain)
    if not 5 <= len(plain) <= 18 or not re.search(r"\d", plain):
        return None
    for form in _DATES:
        try:
            day = datetime.strptime(plain, form).date()
        except ValueError:
            continue
        return day if day.year in _YEARS else None
    return None


_NUMBER_REMARK = re.compile(r"\((?:england|scotland|wales|northern ireland|uk|ni)[^)]*\)", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(
    r"(?:(?:uk )?(?:company|companies house|co|reg|registered|registration|crn|ch)[. ]*)*(?:no|number|nr|num"
    r"|ref)?[.: #]*",
    re.IGNORECASE,
)


@lru_cache(maxsize=_CACHED)
def read_company_number(text: str) -> str | None:
    """Read a company number in the forms that lists have: ="02345678", '03456789, "Co.

    No. 04567890", 1234567.0.

    None for anything that is no single number of Companies House.
    """
    plain = _NUMBER_REMARK.sub("", text).strip().strip("=\"'‘’` /").strip()
    return normalise_company_number(plain) or normalise_company_number(_NUMBER_BEFORE.sub("", plain, count=1))


@lru_cache(maxsize=_CACHED)
def is_code(text: str) -> bool:
    """Tell whether a cell is a code and no name: digits, or letters and digits without a word of letters."""
    if not re.search(r"\d", text):
        return False
    return (
        not re.search(r"[^\W\d_]{3,}", text)
        or re.fullmatch(r"[A-Z]{1,6}[-_/ ]?\d{3,}[\w-]*", text) is not None
    )


@lru_cache(maxsize=_CACHED)
def is_name(text: str) -> bool:
    """Tell whether a cell may be the name of an organisation or a person."""
    return (
        len(re.findall(r"[^\W\d_]", text)) > 1
        and not is_code(text)
        and not is_address(text)
        and read_day(text) is None
    )


def is_address(text: str) -> bool:
    """Tell whether a cell is the address of a web page or a mailbox."""
    return re.match(r"\s*(?:https?://|www\.)\S+\s*$|\s*\S+@\S+\.\S+\s*$", text, re.IGNORECASE) is not None
