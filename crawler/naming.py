"""Does a text name an organisation?"""

from __future__ import annotations

import re

from crawler.organisations import normalise_name

# Words that many names share: they identify nobody.
_COMMON = frozenset({
    "the", "and", "of", "for", "limited", "plc", "llp", "lp", "cyf", "ccc", "cic", "inc", "company", "group", "holdings",
    "holding", "uk", "united", "kingdom", "services", "service", "international", "trading", "solutions", "council",
    "trust", "university", "police", "commissioner", "crime",
})  # fmt: skip


def names_organisation(text: str, organisation: str) -> bool | None:
    """Tell whether `text` names `organisation`, legal form and common words aside.

    The name's own words must follow one another, at most two others between them ("Quernmore (Kendal) Tiles").
    None where the name has no word of its own to look for (an address as a name, "Group Services Limited").
    """
    words = [word for word in normalise_name(organisation).split() if word not in _COMMON and len(word) > 2]
    if not words:
        return None
    name = r"(?: \w+){0,2} ".join(map(re.escape, words))
    return re.search(rf"\b{name}\b", normalise_name(text)) is not None
