"""Which terms a model may know: used by at least three statements, and never a personal name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.features import (
    CHUNK,
    WORD_BLOCKS,
    Featuriser,
    Vocabulary,
    count_matrix,
    grams_of,
    statement_runs,
    words_of,
)

# A term of fewer statements could single one out: its words would stand in a public file.
MIN_STATEMENTS = 3
CASED_WORD = re.compile(r"\w+")

# Words that corpora write with a capital only and that are no personal names: places, standards, institutions.
ALLOWED_NAMES = frozenset(
    ["africa", "african", "american", "america", "americas", "asia", "asian", "asean", "australia", "australian", "australia's", "austria", "bangladesh", "belgium", "brazil", "british", "britain", "bulgaria", "cambodia", "canada", "canadian", "chile", "china", "chinese", "colombia", "croatia", "czech", "denmark", "dubai", "egypt", "emea", "emirates", "england", "english", "eu", "europe", "european", "finland", "france", "french", "german", "germany", "ghana", "global", "greece", "hong", "hungary", "iceland", "india", "indian", "indonesia", "indonesian", "ireland", "irish", "israel", "italian", "italy", "ivory", "japan", "japanese", "kenya", "kingdom", "korea", "kong", "london", "luxembourg", "malaysia", "malaysian", "malta", "mauritius", "mexico", "middle", "morocco", "myanmar", "nepal", "netherlands", "norway", "oceania", "ontario", "pacific", "pakistan", "pakistani", "philippines", "poland", "polish", "portugal", "qatar", "romania", "russia", "russian", "saudi", "scotland", "scottish", "serbia", "singapore", "slovakia", "slovenia", "spain", "spanish", "sri", "lanka", "sweden", "swedish", "swiss", "switzerland", "taiwan", "tanzania", "thailand", "thai", "tunisia", "turkey", "turkish", "uae", "uk", "ukraine", "uighur", "uyghur", "usa", "vietnam", "vietnamese", "wales", "welsh", "xinjiang", "zealand", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "aml", "bhrrc", "brcgs", "bsci", "ceo", "cfo", "cips", "coo", "crm", "csr", "cso", "dbs", "docusign", "ecovadis", "esg", "eti", "ets", "fairtrade", "fla", "fpic", "fsc", "fy", "glaa", "gdpr", "gla", "grc", "gri", "hmrc", "hr", "hse", "iasc", "icti", "ifc", "ilo", "iom", "iso", "issb", "kpi", "kpis", "llp", "loi", "ltd", "mcr", "msa", "msat", "ndas", "nhs", "ngo", "ngos", "oecd", "oh", "ohs", "osh", "plc", "ppe", "ppn", "pmi", "pty", "qa", "qhse", "rba", "rspo", "rmi", "sa8000", "saq", "saqs", "sdg", "sdgs", "sedex", "smeta", "slavefree", "smes", "sri", "tisc", "tiscreport", "ukas", "un", "unglobal", "unglobalcompact", "ungc", "ungp", "ungps", "undhr", "udhr", "unicef", "unseen", "usb", "walk", "whs", "wrap", "wrc", "amfori", "achilles", "avetta", "constructionline", "safecontractor", "ecosourcing", "informed365", "intertek", "sgs", "acas", "citb", "crs", "commonwealth", "parliament", "parliamentary", "crimestoppers", "kevin", "navex", "safecall", "speakup", "ethicspoint", "convercent", "expolink"]
) - {"kevin", "walk", "sri"}  # fmt: skip


def build_vocabulary(sentences: Sequence[str], statement_ids: Sequence[str]) -> Vocabulary:
    """Collect the terms and letter n-grams of the training sentences and weigh them by rarity.

    A word counts as a possible personal name, and stays out, when the corpora never write it in lower case and it
    is not in ALLOWED_NAMES; pairs and letter n-grams are taken from the remaining words only.
    """
    common = common_words(sentences)
    terms: Counter[str] = Counter()
    grams: Counter[str] = Counter()
    for rows in statement_runs(statement_ids):
        texts = [sentences[row] for row in rows]
        terms.update({term for text in texts for term in _terms(text, common)})
        grams.update({gram for text in texts for gram in _grams(text, common)})
    kept_terms, kept_grams = _frequent(terms), _frequent(grams)
    return Vocabulary(kept_terms, kept_grams, _idf(kept_terms, kept_grams, sentences, statement_ids))


def common_words(sentences: Iterable[str]) -> frozenset[str]:
    """Return the words that occur somewhere in lower case, those of ALLOWED_NAMES, and the number marks."""
    seen = {word for text in sentences for word in CASED_WORD.findall(text) if word == word.lower()}
    return frozenset({word for word in seen if not word.isdigit()} | ALLOWED_NAMES | {"#year", "#number"})


def _terms(text: str, common: frozenset[str]) -> Iterable[str]:
    words = words_of(text)
    yield from (word for word in words if word in common)
    yield from (f"{a} {b}" for a, b in pairwise(words) if a in common and b in common)


def _grams(text: str, common: frozenset[str]) -> Iterable[str]:
    for chunk in CHUNK.findall(text.lower()):
        words = CASED_WORD.findall(chunk)
        if all(word in common or word.isdigit() for word in words):
            yield from grams_of(chunk)


def _frequent(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(term for term, count in counts.items() if count >= MIN_STATEMENTS))


def _idf(
    terms: tuple[str, ...], grams: tuple[str, ...], sentences: Sequence[str], statement_ids: Sequence[str]
) -> Mapping[str, NDArray[np.float32]]:
    """Smoothed inverse document frequency, a sentence (or its neighbourhood) being the document."""
    bare = Vocabulary(terms, grams, {})
    _, blocks, _ = Featuriser(bare).bags(sentences, statement_ids)
    widths = {name: len(terms) for name in WORD_BLOCKS} | {"letters": len(grams)}
    idf = {}
    for name, bags in blocks.items():
        present = np.bincount(count_matrix(bags, widths[name]).indices, minlength=widths[name])
        idf[name] = (np.log((1 + len(bags)) / (1 + present)) + 1).astype(np.float32)
    return idf
