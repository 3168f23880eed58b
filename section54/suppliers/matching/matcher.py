"""Find the organisation that a supplier's name and number mean. Pure: records in, records out.

In this order, and the first that answers wins:

1. The company number. If the names then have little in common, the match asks for review.
2. The same name, spelled differently at most: case, punctuation, "&" and "and", Ltd and Limited, a leading
   "The". The legal ending stays: Summit Limited and Summit PLC are two companies. Former and trading names
   likewise.
3. Candidates for a person to choose from: the same name apart from its ending, other spellings, a name cut
   off. They are never taken automatically, however high their score.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from rapidfuzz import fuzz
from scipy import sparse

from domain.company_numbers import normalise_company_number
from domain.organisations import NameKey, name_key, split_trading_name
from domain.public_bodies import PublicBody, in_full, public_body
from section54.suppliers.reading.name_keys import AGREES, agreement
from section54.suppliers.reading.people import is_word_of_business

MAX_CANDIDATES = 5  # more is no help to a person; the benchmark's recall hardly rises after three
MIN_SCORE = (
    75.0  # at 72 the benchmark finds 0.1 % more and one stranger more for every 40 names that are in no index
)
NEIGHBOURS = 40  # names scored one by one for each supplier, nearest by shared trigrams
CUT_LENGTH = 24  # finance systems cut names at 25, 30, 32, 35 or 40 characters; a shorter name was not cut
COMMON_SHARE = 0.005  # a word in one name of 200 tells no company from another
COMMON_NAMES = 5  # ... nor in a small index a word that five names share
SMALL = 5_000  # names: in a smaller index a brand of many companies looks like a common word
WEAK = 80.0  # a like spelling below it is offered only where nothing better is
SAME_BODY = 96.0  # public bodies of one kind and place: near certain, and still a person's choice
CHUNK = 256  # suppliers per matrix product: bounds memory to some 30 MB whatever the length of the list


NAMED_AS_PARENT = "the list names it as the parent: its statement may cover the supplier"
_HOLDS_ALL = "one name holds all the words of the other"


class NameKind(StrEnum):
    """What a known name is to its organisation."""

    LEGAL = "legal"
    FORMER = "former"
    TRADING = "trading"


@dataclass(frozen=True, slots=True)
class KnownName:
    """One name of one organisation; an organisation may have several."""

    organisation_id: str
    name: str
    kind: NameKind = NameKind.LEGAL
    company_number: str | None = None
    """Normalised (see domain.company_numbers); None where it has none or it is not known."""


class MatchKind(StrEnum):
    """How a supplier was matched.

    DECIDED is a person's, CANDIDATES are for one; the others but NONE are automatic.
    """

    DECIDED = "decided"
    NUMBER = "number"
    EXACT_NAME = "exact_name"
    FORMER_NAME = "former_name"
    TRADING_NAME = "trading_name"
    CANDIDATES = "candidates"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that the supplier may be."""

    organisation_id: str
    name: str
    score: float
    """0 to 100; an order of likelihood, no probability."""
    reason: str
    company_number: str | None = None

    @property
    def is_group(self) -> bool:
        """Whether it may be the supplier's group: by its name, or because the list names it as the parent."""
        return self.reason == NAMED_AS_PARENT or self.shares_all_words

    @property
    def shares_all_words(self) -> bool:
        """Whether it was offered because one name holds all the words of the other, as names of a group
        do.
        """
        return self.reason.startswith(_HOLDS_ALL)


@dataclass(frozen=True, slots=True)
class Match:
    """What the matcher says of one supplier."""

    kind: MatchKind
    organisation_id: str | None
    """None for candidates and none: a person decides."""
    candidates: tuple[Candidate, ...]
    """Likeliest first. For an automatic match the organisation itself, and behind it others that may be its
    group."""
    reason: str
    needs_review: bool = False
    """Automatic, but something does not fit (the number agrees and the names differ): a person should
    look."""


class Matcher:
    """An index over known names. Building takes about 2 s for 35,000 names; matching keeps no state.

    `common` are words that tell no company from another, where a larger register than these names could say
    (see Companies.common_words).
    """

    def __init__(self, names: Iterable[KnownName], common: AbstractSet[str] | None = None) -> None:
        self._names = [name for name in names if name_key(name.name).core]
        self._keys = [name_key(name.name) for name in self._names]
        self._by_number: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[NameKey, list[int]] = defaultdict(list)
        for index, (name, key) in enumerate(zip(self._names, self._keys, strict=True)):
            self._by_key[key].append(index)
            if name.company_number:
                self._by_number[name.company_number].append(index)
        self._common = common or _common_words([key.core for key in self._keys])
        self._by_body: dict[PublicBody, list[int]] = defaultdict(list)
        for index, known in enumerate(self._names):
            if (body := public_body(known.name)) is not None and body.place:
                self._by_body[body].append(index)
        self._trigrams = _TrigramIndex([key.core for key in self._keys])

    def match(self, name: str, company_number: str | None = None) -> Match:
        """Match one supplier; for more than a few use match_all, which is many times faster."""
        return self.match_all([(name, company_number)])[0]

    def match_all(self, suppliers: Sequence[tuple[str, str | None]]) -> list[Match]:
        """Match (name, company number or None) pairs; the result is in their order."""
        exact = [self._exact(name, normalise_company_number(number)) for name, number in suppliers]
        open_names = list(
            dict.fromkeys(name for (name, _), match in zip(suppliers, exact, strict=True) if match is None)
        )
        fuzzy = dict(zip(open_names, self._candidates_of(open_names), strict=True))
        return [match or _choice(fuzzy[name]) for (name, _), match in zip(suppliers, exact, strict=True)]

    # --- numbers and equal names

    def _exact(self, name: str, number: str | None) -> Match | None:
        if number and number in self._by_number:
            return self._by_company_number(name, number)
        match = self._by_name(name, number)
        legal, trading = split_trading_name(name)
        if match is not None or trading is None:
            return match
        before = self._by_name(legal, number)
        if before is not None:
            return replace(before, reason=f"{before.reason}, as far as 'trading as' or the like")
        return self._as_candidates_only(trading, number)

    def _by_company_number(self, name: str, number: str) -> Match:
        indexes = self._by_number[number]
        organisations = {self._names[index].organisation_id for index in indexes}
        if len(organisations) > 1:
            reason = f"company number {number} stands with {len(organisations)} organisations"
            return Match(MatchKind.CANDIDATES, None, self._listed(indexes, reason), reason)
        best = max(indexes, key=lambda index: agreement(name, self._keys[index].core))
        known = self._names[best]
        reason = f"same company number, {number}"
        agrees = not name.strip() or agreement(name, self._keys[best].core) >= AGREES
        if not agrees:
            reason += f", but the names differ: the list says {name!r}, the number belongs to {known.name!r}"
        candidate = Candidate(known.organisation_id, known.name, 100.0, reason, number)
        return Match(MatchKind.NUMBER, known.organisation_id, (candidate,), reason, needs_review=not agrees)

    def _by_name(self, name: str, number: str | None) -> Match | None:
        indexes = self._by_key.get(name_key(name))
        if not indexes:
            return None
        organisations = {self._names[index].organisation_id for index in indexes}
        if len(organisations) > 1:
            reason = f"{len(organisations)} organisations have this name"
            return Match(MatchKind.CANDIDATES, None, self._listed(indexes, reason), reason)
        known = min((self._names[index] for index in indexes), key=lambda one: list(NameKind).index(one.kind))
        if number and known.company_number and number != known.company_number:
            reason = f"same name, but its company number is {known.company_number} and the list says {number}"
            return Match(MatchKind.CANDIDATES, None, self._listed(indexes, reason), reason)
        kind, reason = _NAME_MATCHES[known.kind]
        candidate = Candidate(known.organisation_id, known.name, 100.0, reason, known.company_number)
        return Match(kind, known.organisation_id, (candidate,), reason)

    def _as_candidates_only(self, trading_name: str, number: str | None) -> Match | None:
        """Y of "X trading as Y" where X is not known: another company may be called Y, so never automatic."""
        match = self._by_name(trading_name, number)
        if match is None:
            return None
        reason = f"the name after 'trading as' agrees, {trading_name!r}; the name before it is not known"
        indexes = self._by_key[name_key(trading_name)]
        return Match(MatchKind.CANDIDATES, None, self._listed(indexes, reason), reason)

    def _listed(self, indexes: Iterable[int], reason: str) -> tuple[Candidate, ...]:
        found: dict[str, Candidate] = {}
        for index in indexes:
            known = self._names[index]
            candidate = Candidate(known.organisation_id, known.name, 99.0, reason, known.company_number)
            found.setdefault(known.organisation_id, candidate)
        return tuple(found.values())

    # --- like names

    def _candidates_of(self, names: Sequence[str]) -> Iterator[tuple[Candidate, ...]]:
        """The candidates of each name, likeliest first; both halves of "X trading as Y" are looked for."""
        spellings = [[in_full(part) for part in split_trading_name(name) if part] for name in names]
        flat = [(name_key(part), len(part) >= CUT_LENGTH) for parts in spellings for part in parts]
        near = iter(self._trigrams.nearest([key.core for key, _ in flat]))
        keys = iter(flat)
        for name, parts in zip(names, spellings, strict=True):
            best: dict[str, Candidate] = {}
            for _ in parts:
                key, may_be_cut = next(keys)
                for index in next(near):
                    _keep_better(best, self._scored(key, may_be_cut, int(index)))
            for candidate in self._same_body(name):
                _keep_better(best, candidate)
            ordered = sorted(best.values(), key=lambda one: (-one.score, one.name))
            strong = [one for one in ordered if one.score >= WEAK]
            yield tuple((strong or ordered)[:MAX_CANDIDATES])

    def _same_body(self, name: str) -> Iterator[Candidate]:
        """Public bodies of the kind and place that a name means, however either is written."""
        body = public_body(name)
        for index in self._by_body.get(body, ()) if body else ():
            known = self._names[index]
            reason = "a public body of the same kind and place"
            yield Candidate(known.organisation_id, known.name, SAME_BODY, reason, known.company_number)

    def _scored(self, key: NameKey, may_be_cut: bool, index: int) -> Candidate:
        known = self._names[index]
        score, reason = likeness(key, self._keys[index], self._common, may_be_cut=may_be_cut)
        if known.kind is not NameKind.LEGAL:
            reason += f" ({known.kind} name)"
        return Candidate(known.organisation_id, known.name, round(score, 1), reason, known.company_number)


def _keep_better(best: dict[str, Candidate], candidate: Candidate) -> None:
    known = best.get(candidate.organisation_id)
    if candidate.score >= MIN_SCORE and (known is None or candidate.score > known.score):
        best[candidate.organisation_id] = candidate


_NAME_MATCHES = {
    NameKind.LEGAL: (MatchKind.EXACT_NAME, "same name and legal ending"),
    NameKind.FORMER: (MatchKind.FORMER_NAME, "same as a former name of the organisation"),
    NameKind.TRADING: (MatchKind.TRADING_NAME, "same as a trading name of the organisation"),
}


def _choice(candidates: tuple[Candidate, ...]) -> Match:
    if not candidates:
        return Match(MatchKind.NONE, None, (), "no organisation of this or a like name is known")
    best = candidates[0]
    return Match(
        MatchKind.CANDIDATES, None, candidates, f"not the same name; likeliest {best.name}: {best.reason}"
    )


def with_parent(match: Match, parent: Match) -> Match:
    """The match of a supplier with the parent that the list names, where that is surely one organisation."""
    if (
        parent.organisation_id is None
        or parent.needs_review
        or parent.organisation_id == match.organisation_id
    ):
        return match
    group = replace(parent.candidates[0], score=WEAK, reason=NAMED_AS_PARENT)
    others = tuple(one for one in match.candidates if one.organisation_id != group.organisation_id)
    if match.organisation_id is not None:
        return replace(match, candidates=(*others, group))
    reason = match.reason if others else f"its own name is not known; {group.name}: {NAMED_AS_PARENT}"
    return Match(MatchKind.CANDIDATES, None, (*others[: MAX_CANDIDATES - 1], group), reason)


def likeness(
    key: NameKey, known: NameKey, common: AbstractSet[str], *, may_be_cut: bool
) -> tuple[float, str]:
    """Score two names from 0 to 100 and say in words what they share."""
    if key.core == known.core:
        return 99.0, f"same name apart from the ending ({_ending(key)} and {_ending(known)})"
    whole, other = key.core.replace(" ", ""), known.core.replace(" ", "")
    if whole == other:
        return 98.0, "same letters, other spaces"
    if may_be_cut and f"{other}{known.form}".startswith(whole):
        return 96.0, f"begins with the same {len(key.core)} characters; the name may have been cut off"
    words, known_words = key.core.split(), known.core.split()
    if sorted(words) == sorted(known_words):
        return 97.0, "same words in another order"
    spelling = _spelling(key, known, common)
    own, others = set(words) - _OF_GROUPS or set(words), set(known_words) - _OF_GROUPS or set(known_words)
    shared = own & others
    if shared - common and shared in (own, others):
        share = len("".join(shared)) / max(len("".join(own)), len("".join(others)))
        contained = WEAK + 15 * share
        if contained >= spelling:
            return contained, f"{_HOLDS_ALL} ({', '.join(sorted(shared))})"
    return spelling, f"like spelling ({spelling:.0f} of 100)"


def _spelling(key: NameKey, known: NameKey, common: AbstractSet[str]) -> float:
    """The mean of the likeness of the whole names and of their distinctive words.

    "Apex Group" and "Acme Group" share most letters and nothing that tells one company from another.
    """
    whole, other = key.core.replace(" ", ""), known.core.replace(" ", "")
    likeness = max(fuzz.token_sort_ratio(key.core, known.core), fuzz.ratio(whole, other))
    if known.form and not key.form:  # a misspelt ending ("LIMTED") is not seen as one
        likeness = max(likeness, fuzz.ratio(whole, other + known.form))
    mine, theirs = _distinctive(key.core, common), _distinctive(known.core, common)
    distinctive = max(
        fuzz.token_sort_ratio(mine, theirs), fuzz.ratio(mine.replace(" ", ""), theirs.replace(" ", ""))
    )
    return (likeness + distinctive) / 2


def _distinctive(core: str, common: AbstractSet[str]) -> str:
    return " ".join(word for word in core.split() if word not in common) or core


def _common_words(cores: Sequence[str]) -> frozenset[str]:
    """The words that stand in so many names (group, holdings, services) that they tell none apart."""
    counts = Counter(word for core in cores for word in set(core.split()))
    least = max(COMMON_NAMES, COMMON_SHARE * len(cores))
    frequent = {word for word, count in counts.items() if count >= least}
    if len(cores) < SMALL:
        frequent = {word for word in frequent if is_word_of_business(word)}
    return frozenset(frequent | _GENERIC)


_OF_GROUPS = frozenset({"group", "groups", "holdings", "holding", "uk", "international", "gb", "europe"})
"""Words that tell a parent from its companies and say nothing of whose they are."""
_GENERIC = _OF_GROUPS | {
    "services",
    "service",
    "solutions",
    "company",
    "limited",
    "management",
    "the",
    "and",
    "of",
}


def _ending(key: NameKey) -> str:
    return key.form.upper() if key.form else "none"


class _TrigramIndex:
    """The names that share most of their rarer three-letter sequences with a query (TF-IDF, cosine).

    Blocks the quadratic comparison: 10,000 names against 35,000 would be 350 million.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._columns: dict[str, int] = {}
        counts = self._matrix(names, grow=True)
        frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        self._weights = np.log1p(max(len(names), 1) / np.maximum(frequency, 1)).astype(np.float32)
        self._index = _unit_rows(counts, self._weights).T.tocsr()

    def nearest(self, names: Sequence[str]) -> Iterator[np.ndarray]:
        """The indexes of at most NEIGHBOURS names, nearest first; empty where nothing is shared."""
        for start in range(0, len(names), CHUNK):
            queries = _unit_rows(self._matrix(names[start : start + CHUNK], grow=False), self._weights)
            shared = (queries @ self._index).tocsr()
            for begin, end in zip(shared.indptr[:-1], shared.indptr[1:], strict=True):
                scores, indexes = shared.data[begin:end], shared.indices[begin:end]
                if len(scores) > NEIGHBOURS:
                    top = np.argpartition(scores, -NEIGHBOURS)[-NEIGHBOURS:]
                    scores, indexes = scores[top], indexes[top]
                yield indexes[np.argsort(-scores, kind="stable")]

    def _matrix(self, names: Sequence[str], *, grow: bool) -> sparse.csr_matrix:
        indices: list[int] = []
        indptr = [0]
        for name in names:
            grams = sorted(_trigrams(name))
            if grow:
                indices += [self._columns.setdefault(gram, len(self._columns)) for gram in grams]
            else:
                indices += [self._columns[gram] for gram in grams if gram in self._columns]
            indptr.append(len(indices))
        data = np.ones(len(indices), dtype=np.float32)
        return sparse.csr_matrix((data, indices, indptr), shape=(len(names), len(self._columns)))


def _trigrams(name: str) -> set[str]:
    return {f" {word} "[at : at + 3] for word in name.split() for at in range(len(word))}


def _unit_rows(counts: sparse.csr_matrix, weights: np.ndarray) -> sparse.csr_matrix:
    weighted = counts.multiply(weights).tocsr()
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.where(norms > 0, norms, 1)) @ weighted).astype(np.float32).tocsr()
