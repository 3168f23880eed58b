"""How often a company is taken for a person, and a person for a company, in the names of supplier lists.

    python -P benchmarks/people.py

Companies: the real names of the registry file and names made to look like people's (titles and initials
within them, endings such as -ms, EMS, PC, Arms, Films). People: names made of titles, forenames, initials,
surnames, qualifications and couples, in the orders that finance systems write. The names are made with a
fixed seed; none was used to write the rules. Bounds: at least 99.5 % of companies kept, 98 % of titled people
set aside.
"""

from __future__ import annotations

import csv
import random
import sys

from section54 import settings
from section54.suppliers.reading.people import NameOf, name_of
from section54.suppliers.reading.set_aside import set_aside_row

KEPT, SET_ASIDE = 0.995, 0.98
SURNAMES = (
    "Abara", "Achterberg", "Baines", "Bexwell", "Caddick", "Chowdhury", "De Vries", "Drabble", "Eastoe",
    "Fairbrass",
    "Garrick-Jones", "Gilchrist", "Hallam", "Hussain", "Iqbal", "Jellicoe", "Kaur", "Kowalczyk", "Lockhart",
    "MacAulay",
    "McGinty", "Nwosu", "O'Dowd", "Okonjo", "Patel", "Pemberton", "Quigley", "Rafferty", "Sandhu", "St John",
    "Thistlewood", "Underhill", "van der Berg", "Wainwright", "Yeoman", "Zielinska",
)  # fmt: skip
FORENAMES = (
    "Aisha", "Alan", "Bronwen", "Colin", "Deirdre", "Ewan", "Farida", "Graham", "Hilary", "Imran", "Joan",
    "Kwame",
    "Leila", "Marek", "Nadia", "Owen", "Priya", "Ruth", "Siobhan", "Tomasz", "Uma", "Vikram", "Wendy",
    "Yusuf",
)  # fmt: skip
TITLES = ("Mr", "Mrs", "Miss", "Ms", "Mx", "Dr", "Prof", "Professor", "Rev", "Cllr", "Mr.", "Mrs.", "Dr.")
QUALIFICATIONS = ("", "", "", " QC", " KC", " OBE", " MBE", " PhD", " FRCS", " (deceased)", " Esq")
STEMS = (
    "Abbotsmere", "Brackhurst", "Calderwen", "Dunsop", "Eskmere", "Fellgate", "Gressin", "Hodderby",
    "Irtholme",
    "Keerdale", "Lunecrag", "Mintwater", "Netherbeck", "Otterfell", "Pendlemoor", "Quernfold", "Ribbleton",
)  # fmt: skip
ENDINGS = (
    "Ems", "EMS", "PMS", "PC", "Arms", "Films", "Farms", "Alarms", "Teams", "Dr", "Pumps", "UPS", "GPS",
    "Lamps",
    "Systems", "& Sons", "Brothers", "MS", "Forms", "Rooms", "Items", "Charms", "Problems Solved", "Mr Clean",
    "Miss",
    "PS", "HMS", "SMS", "BMS", "RMS",
)  # fmt: skip
FRONTS = (
    "MS {} Underwriting", "PC {} Repairs", "Dr {} Laboratories", "Mr {} Windows", "Miss {} Boutique Ltd",
    "{} & {} Solicitors", "{} and {} LLP", "Lord {} Hotel", "The {} Arms", "St {} School", "J {} & Sons Ltd",
    "{} {} Limited", "DR {} Consulting", "Prof {} Training", "Sir {} Academy", "PS {} Marketing",
    "{} Dr Surgery",
)  # fmt: skip


def companies(chance: random.Random) -> list[str]:
    """Names of companies: those of the registry file, and made ones that hold what people's names hold."""
    path = settings.shared_data() / "registry" / "2022-summaries-list.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = {
            value
            for row in csv.DictReader(file)
            for key, value in row.items()
            if key == "OrganisationName" and value
        }
    names |= {f"{stem} {ending}" for stem in STEMS for ending in ENDINGS}
    names |= {front.format(chance.choice(STEMS), chance.choice(STEMS)) for front in FRONTS for _ in range(20)}
    return sorted(names)


def titled(chance: random.Random) -> list[str]:
    """Names of people with a title, in the orders and cases of finance systems."""
    made = []
    for _ in range(4000):
        title, first, last = chance.choice(TITLES), chance.choice(FORENAMES), chance.choice(SURNAMES)
        initials = chance.choice(
            (first[0], f"{first[0]}.", f"{first[0]} {chance.choice('ABCDEFGHJKLMNPRSTW')}", first)
        )
        other = f"{chance.choice(TITLES[:4])} {chance.choice(FORENAMES)[0]}"
        name = chance.choice(
            (
                f"{title} {initials} {last}", f"{title} {first} {last}",
                f"{title} {first} {chance.choice(FORENAMES)} {last}",
                f"{last}, {initials} ({title})", f"{last} {first} {title}", f"{last}, {first} {title}",
                f"Mr & Mrs {last}",
                f"{title} {initials} {last} & {other} {last}",
                f"{title} {initials} {last}{chance.choice(QUALIFICATIONS)}",
                f"Estate of {first} {last}", f"The Late {first} {last}", f"{title} {last}",
            )
        )  # fmt: skip
        made.append(chance.choice((name, name, name.upper())))
    return made


def untitled(chance: random.Random) -> list[str]:
    """Names that may be a person's or a sole trader's: kept, and marked."""
    return [f"{chance.choice(FORENAMES)} {chance.choice(SURNAMES)}" for _ in range(500)]


def main() -> int:
    chance = random.Random(54)
    real, people, either = companies(chance), titled(chance), untitled(chance)
    lost = [name for name in real if set_aside_row(1, name) is not None]
    listed = [name for name in people if set_aside_row(1, name) is None]
    marked = sum(name_of(name) is NameOf.PERHAPS_PERSON for name in either)
    gone = sum(set_aside_row(1, name) is not None for name in either)
    kept, aside = 1 - len(lost) / len(real), 1 - len(listed) / len(people)
    print(f"companies kept          {kept:8.2%} of {len(real)} (at least {KEPT:.1%})   lost: {lost[:12]}")
    print(
        f"titled people set aside {aside:8.2%} of {len(people)} (at least {SET_ASIDE:.1%})   listed: "
        f"{listed[:12]}"
    )
    print(
        f"untitled names          {marked / len(either):8.2%} of {len(either)} marked, {gone} set aside "
        "(none may be)"
    )
    return 0 if kept >= KEPT and aside >= SET_ASIDE and not gone else 1


if __name__ == "__main__":
    sys.exit(main())
