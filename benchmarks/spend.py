"""A spend file with the traps of real ones, to walk through a check as an officer does.

The names come from a registry file that you give (as data, nothing of it is kept here) and from the made-up
ones below.

    python benchmarks/spend.py ../shared/data/registry/2022-summaries-list.csv spend.csv --rows 300
    section54 check spend.csv --packs --pdf

Every trap is written at least once; TRAPS says what each is. The file is that of a finance system: Windows
encoding, semicolons, a preamble, a total at the end.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.registry import read_registry_csv

SEED = 54
HEADER = (
    "Body",
    "Transaction Date",
    "Beneficiary",
    "Company Reg No",
    "Purpose of Expenditure",
    "Net Amount (£)",
    "Ref",
)
PREAMBLE = (
    ("Office of the Police and Crime Commissioner for Garrowshire",),
    ("Expenditure over £500", "", "", "", "", "", "October 2026"),
    (),
)
CATEGORIES = (
    "Uniform and PPE",
    "Cleaning of premises",
    "Agency staff",
    "ICT hardware",
    "Catering",
    "Vehicle parts",
    "Legal fees",
)
INDIVIDUALS = ("Mr Q Madeupname", "Mrs Perpetua Alsomade", "Dr. Ignatia Notreal", "MISS O INVENTED")
REDACTED = ("REDACTED", "Name withheld", "[redacted - personal data]", "Redacted: s.40(2)", "XXXXXXXX")
UNKNOWN = (
    "Zebulon Quernstones Limited", "Vellacott Bunting & Pennants Ltd", "Tumbledown Kennels",
    "Oswaldtwirl Locksmiths LLP",
    "Nibthwaite Aerial Rigging Limited", "Muncaster Paper Lanterns Ltd", "Lanty Slee Distillers Limited",
)  # fmt: skip
PUBLIC = (
    "Garrowshire County Council",
    "HM Revenue and Customs",
    "Garrowshire NHS Foundation Trust",
    "Chief Constable of Garrowshire",
)
ACCIDENTS = (
    "=cmd|' /C calc'!A0",
    "+44 Plumbing Ltd",
    "@Home Carpets Limited",
    "<b>Bold & Sons</b> Ltd",
    "Quay\nLine Break Ltd",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, and the trap that it is."""

    trap: str
    name: str
    amount: str
    number: str = ""
    category: str = "Catering"


Damage = Callable[[str, random.Random], str]


def _cut(name: str, _: random.Random) -> str:
    return f"{name} AND SUBSIDIARY UNDERTAKINGS"[:30]


def _typed(name: str, rng: random.Random) -> str:
    at = rng.randrange(2, max(3, len(name) - 3))
    return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]


def _short_ending(name: str, _: random.Random) -> str:
    return name.upper().replace("LIMITED", "LTD").title()


def _no_ending(name: str, _: random.Random) -> str:
    return name.upper().removesuffix(" LIMITED").removesuffix(" LTD").removesuffix(" PLC")


def _other_ending(name: str, rng: random.Random) -> str:
    return f"{_no_ending(name, rng)} (HOLDINGS) PLC"


def _trading_as(name: str, _: random.Random) -> str:
    return f"{name} T/A Harbour Lights"


def _reordered(name: str, _: random.Random) -> str:
    first, *rest = name.split()
    return f"{' '.join(rest)}, {first}" if rest else name


def _dropped(name: str, _: random.Random) -> str:
    words = name.split()
    return " ".join([*words[:1], *words[2:]]) if len(words) > 2 else name


def _ampersand(name: str, _: random.Random) -> str:
    return name.upper().replace(" AND ", " & ")


DAMAGES: dict[str, Damage] = {
    "as registered": lambda name, _: name,
    "upper case": lambda name, _: name.upper(),
    "Ltd for Limited": _short_ending,
    "ending left out": _no_ending,
    "another ending": _other_ending,
    "typing error": _typed,
    "cut at 30 characters": _cut,
    "trading as": _trading_as,
    "reordered": _reordered,
    "word dropped": _dropped,
    "ampersand": _ampersand,
    "spaces": lambda name, _: f"  {name.replace(' ', '  ')} ",
}

TRAPS = (
    *DAMAGES, "repeated payee", "credit note", "company number", "number without its zeros",
    "number of another company",
    "number that is none", "individual", "redacted", "public body", "unknown", "looks like a formula",
    "amount unreadable",
    "amount empty", "name empty", "empty row", "total",
)  # fmt: skip


def rows(registry: Path, count: int, rng: random.Random) -> Iterator[Row]:
    """`count` rows with every trap among them."""
    listings = read_registry_csv(registry.read_bytes(), registry.name).listings
    named = sorted({(item.organisation, item.company_number or "") for item in listings})
    rng.shuffle(named)
    numbered = [one for one in named if one[1]]
    made = [*_with_numbers(numbered, rng), *_without_suppliers(rng)]
    damages = list(DAMAGES.items())
    last: Row | None = None
    for at in range(count - len(made)):
        name, _ = named[at % len(named)]
        trap, damage = damages[at % len(damages)]
        if at % 7 == 6 and last is not None:  # the months of one supplier stand in one file
            made.append(Row("repeated payee", last.name, _amount(rng), category=last.category))
            continue
        last = Row(trap, damage(name, rng), _amount(rng), category=rng.choice(CATEGORIES))
        made.append(last)
    rng.shuffle(made)
    return iter([*made, Row("total", "Grand Total", "1,234,567.89", category="")])


def _with_numbers(numbered: list[tuple[str, str]], rng: random.Random) -> Iterator[Row]:
    for (name, number), (_, other) in zip(numbered[:6], numbered[6:12], strict=False):
        yield Row("company number", name.title(), _amount(rng), number)
        yield Row("number without its zeros", name, _amount(rng), number.lstrip("0"))
        yield Row("number of another company", name, _amount(rng), other)
        yield Row("credit note", name, f"({_amount(rng)})")
    yield Row("number that is none", "Vellacott Bunting & Pennants Ltd", _amount(rng), "TBC")


def _without_suppliers(rng: random.Random) -> Iterator[Row]:
    yield from (Row("individual", name, _amount(rng), category="Expenses") for name in INDIVIDUALS)
    yield from (Row("redacted", name, _amount(rng), category="") for name in REDACTED)
    yield from (Row("public body", name, _amount(rng), category="Rates") for name in PUBLIC)
    yield from (Row("unknown", name, _amount(rng)) for name in UNKNOWN)
    yield from (Row("looks like a formula", name, _amount(rng)) for name in ACCIDENTS)
    yield Row("amount unreadable", "Tumbledown Kennels", "see invoice")
    yield Row("amount empty", "Nibthwaite Aerial Rigging Limited", "")
    yield Row("name empty", "", _amount(rng))
    yield Row("empty row", "", "", category="")


def _amount(rng: random.Random) -> str:
    return rng.choice(("{:,.2f}", "£{:,.2f}", "{:.2f}")).format(rng.uniform(500, 90_000))


def spend_csv(made: list[Row]) -> bytes:
    """The file, as bytes in Windows-1252."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows(PREAMBLE)
    writer.writerow(HEADER)
    for number, row in enumerate(made, start=1):
        if row.trap == "empty row":
            writer.writerow([""] * len(HEADER))
            continue
        day = f"{1 + number % 28:02}/10/2026"
        writer.writerow(("OPCC", day, row.name, row.number, row.category, row.amount, f"{number:06}"))
    return text.getvalue().encode("cp1252", errors="replace")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("registry", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, default=300)
    arguments = parser.parse_args()
    made = list(rows(arguments.registry, arguments.rows, random.Random(SEED)))
    lacking = set(TRAPS) - {row.trap for row in made}
    if lacking:
        parser.error(f"{arguments.rows} rows are too few for every trap: {', '.join(sorted(lacking))}")
    arguments.output.write_bytes(spend_csv(made))
    print(f"{arguments.output}: {len(made)} rows, {len(TRAPS)} traps")


if __name__ == "__main__":
    main()
