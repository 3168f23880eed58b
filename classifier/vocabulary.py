"""Which terms a model may know: used by at least three statements, and never a personal name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.features import Featuriser, Prepared, Vocabulary, grams_of, prepare, statement_runs

# A term of fewer statements could single one out: its words would stand in a public file.
MIN_STATEMENTS = 3
CASED_WORD = re.compile(r"\w+")

# Words that corpora write with a capital only and that are no personal names: places, standards,
# institutions.
ALLOWED_NAMES = frozenset(
    ["africa", "african", "american", "america", "americas", "asia", "asian", "asean", "australia",
    "australian", "australia's", "austria", "bangladesh", "belgium", "brazil", "british", "britain",
    "bulgaria", "cambodia", "canada", "canadian", "chile", "china", "chinese", "colombia", "croatia", "czech",
    "denmark", "dubai", "egypt", "emea", "emirates", "england", "english", "eu", "europe", "european",
    "finland", "france", "french", "german", "germany", "ghana", "global", "greece", "hong", "hungary",
    "iceland", "india", "indian", "indonesia", "indonesian", "ireland", "irish", "israel", "italian", "italy",
    "ivory", "japan", "japanese", "kenya", "kingdom", "korea", "kong", "london", "luxembourg", "malaysia",
    "malaysian", "malta", "mauritius", "mexico", "middle", "morocco", "myanmar", "nepal", "netherlands",
    "norway", "oceania", "ontario", "pacific", "pakistan", "pakistani", "philippines", "poland", "polish",
    "portugal", "qatar", "romania", "russia", "russian", "saudi", "scotland", "scottish", "serbia",
    "singapore", "slovakia", "slovenia", "spain", "spanish", "sri", "lanka", "sweden", "swedish", "swiss",
    "switzerland", "taiwan", "tanzania", "thailand", "thai", "tunisia", "turkey", "turkish", "uae", "uk",
    "ukraine", "uighur", "uyghur", "usa", "vietnam", "vietnamese", "wales", "welsh", "xinjiang", "zealand",
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "aml", "bhrrc", "brcgs",
    "bsci", "ceo", "cfo", "cips", "coo", "crm", "csr", "cso", "dbs", "docusign", "ecovadis", "esg", "eti",
    "ets", "fairtrade", "fla", "fpic", "fsc", "fy", "glaa", "gdpr", "gla", "grc", "gri", "hmrc", "hr", "hse",
    "iasc", "icti", "ifc", "ilo", "iom", "iso", "issb", "kpi", "kpis", "llp", "loi", "ltd", "mcr", "msa",
    "msat", "ndas", "nhs", "ngo", "ngos", "oecd", "oh", "ohs", "osh", "plc", "ppe", "ppn", "pmi", "pty", "qa",
    "qhse", "rba", "rspo", "rmi", "sa8000", "saq", "saqs", "sdg", "sdgs", "sedex", "smeta", "slavefree",
    "smes", "sri", "tisc", "tiscreport", "ukas", "un", "unglobal", "unglobalcompact", "ungc", "ungp", "ungps",
    "undhr", "udhr", "unicef", "unseen", "usb", "walk", "whs", "wrap", "wrc", "amfori", "achilles", "avetta",
    "constructionline", "safecontractor", "ecosourcing", "informed365", "intertek", "sgs", "acas", "citb", "crs", "commonwealth", "parliament", "parliamentary", "crimestoppers", "navex", "safecall", "speakup", "ethicspoint", "convercent", "expolink"]  # noqa: E501
) - {"kevin", "walk", "sri"}  # fmt: skip


def fit_vocabulary(
    sentences: Sequence[str],
    statement_ids: Sequence[str],
    prepared: Callable[[tuple[str, ...]], Prepared] = prepare,
) -> tuple[Featuriser, sparse.csr_matrix]:
    """Collect the terms and letter n-grams of training sentences; return their featuriser and their matrix.

    A word counts as a possible personal name, and stays out, when the corpora never write it in lower case
    and it is not in ALLOWED_NAMES; pairs and letter n-grams are taken from the remaining words only.
    """
    common = common_words(sentences)
    terms: Counter[str] = Counter()
    grams: Counter[str] = Counter()
    for rows in statement_runs(statement_ids):
        statement = prepared(tuple(sentences[row] for row in rows))
        terms.update({term for words in statement.words for term in _terms(words, common)})
        chunks = {chunk for sentence in statement.chunks for chunk in sentence}
        grams.update({gram for chunk in chunks if _is_common(chunk, common) for gram in grams_of(chunk)})
    bare = Vocabulary(_frequent(terms), _frequent(grams), {})
    counts, hand = Featuriser(bare, prepared).counts(sentences, statement_ids)
    vocabulary = Vocabulary(bare.terms, bare.grams, {name: _idf(block) for name, block in counts.items()})
    featuriser = Featuriser(vocabulary, prepared)
    return featuriser, featuriser.weigh(counts, hand)


def common_words(sentences: Iterable[str]) -> frozenset[str]:
    """Return the words that occur somewhere in lower case, those of ALLOWED_NAMES, and the number marks."""
    seen = {word for text in sentences for word in CASED_WORD.findall(text) if word == word.lower()}
    return frozenset({word for word in seen if not word.isdigit()} | ALLOWED_NAMES | {"#year", "#number"})


def _terms(words: Sequence[str], common: frozenset[str]) -> Iterator[str]:
    yield from (word for word in words if word in common)
    yield from (f"{a} {b}" for a, b in pairwise(words) if a in common and b in common)


def _is_common(chunk: str, common: frozenset[str]) -> bool:
    return all(word in common or word.isdigit() for word in CASED_WORD.findall(chunk))


def _frequent(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(term for term, count in counts.items() if count >= MIN_STATEMENTS))


def _idf(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Smoothed inverse document frequency, a sentence (or its neighbourhood) being the document.

    Rounded as the model file stores it, so that a model trained and a model loaded are the same.
    """
    present = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + counts.shape[0]) / (1 + present)) + 1
    rounded: NDArray[np.float32] = idf.astype(np.float16).astype(np.float32)
    return rounded
