"""Supplier names to organisations: automatic only where nothing but spelling differs."""

import pytest

from domain.organisations import name_key, split_trading_name
from section54.suppliers.matching.matcher import MAX_CANDIDATES, WEAK, KnownName, Matcher, MatchKind, NameKind

NAMES = [
    KnownName("larkfield", "LARKFIELD CATERING LIMITED", company_number="01234567"),
    KnownName("larkfield", "LARKFIELD FOODS LIMITED", NameKind.FORMER, "01234567"),
    KnownName("larkfield", "Lark & Co", NameKind.TRADING, "01234567"),
    KnownName("summit-plc", "SUMMIT ALDERSGATE PROPERTY GROUP PLC", company_number="00000777"),
    KnownName("bracken", "THE BRACKEN & THORNE PARTNERSHIP LLP", company_number="OC300001"),
    KnownName("jp", "J.P. Mallory (UK) Ltd", company_number="SC123456"),
    KnownName("twin-a", "TWIN PEAKS CLEANING LIMITED"),
    KnownName("twin-b", "TWIN PEAKS CLEANING LTD"),
    KnownName(
        "long", "NORTHERN COUNTIES PROTECTIVE CLOTHING AND UNIFORMS LIMITED", company_number="05555555"
    ),
]
MATCHER = Matcher(NAMES)


@pytest.mark.parametrize(
    ("name", "organisation"),
    [
        ("Larkfield Catering Ltd.", "larkfield"),
        ("larkfield catering LIMITED", "larkfield"),
        ("The Larkfield Catering Limited", "larkfield"),
        ("Bracken and Thorne Partnership L.L.P.", "bracken"),
        ("JP Mallory UK Limited", "jp"),
        ("Summit Aldersgate Property Group P.L.C.", "summit-plc"),
        ("Summit Aldersgate Property Group Public Limited Company", "summit-plc"),
        ("Larkfield Catering Cyf", "larkfield"),
    ],
)
def test_another_spelling_of_the_name_is_an_automatic_match(name, organisation):
    match = MATCHER.match(name)

    assert (match.kind, match.organisation_id) == (MatchKind.EXACT_NAME, organisation)
    assert match.reason == "same name and legal ending"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Larkfield Foods Ltd", MatchKind.FORMER_NAME),
        ("LARK AND CO", MatchKind.TRADING_NAME),
    ],
)
def test_former_and_trading_names_are_matched_and_named_as_such(name, kind):
    match = MATCHER.match(name)

    assert (match.kind, match.organisation_id) == (kind, "larkfield")


@pytest.mark.parametrize(
    ("name", "organisation", "reason"),
    [
        ("Larkfield Catering PLC", "larkfield", "same name apart from the ending (PLC and LIMITED)"),
        ("Larkfield Catering", "larkfield", "same name apart from the ending (none and LIMITED)"),
        ("Lark field Catering Ltd", "larkfield", "same letters, other spaces"),
        ("Catering Larkfield Ltd", "larkfield", "same words in another order"),
        (
            "Northern Counties Protective C",
            "long",
            "begins with the same 30 characters; the name may have been cut off",
        ),
        ("Larkfeild Catering Ltd", "larkfield", "like spelling (94 of 100)"),
    ],
)
def test_anything_more_is_a_candidate_with_its_reason(name, organisation, reason):
    match = MATCHER.match(name)

    assert match.kind is MatchKind.CANDIDATES
    assert match.organisation_id is None
    assert match.candidates[0].organisation_id == organisation
    assert match.candidates[0].reason == reason
    assert match.candidates[0].score < 100


def test_names_that_share_all_but_their_suffix_words_are_not_the_same():
    match = MATCHER.match("Summit Aldersgate Property Holdings Limited")

    assert match.kind is MatchKind.CANDIDATES
    assert match.candidates[0].organisation_id == "summit-plc"


def test_the_company_number_decides_before_the_name():
    match = MATCHER.match("Larkfield Catering Services Ltd", "1234567")

    assert (match.kind, match.organisation_id) == (MatchKind.NUMBER, "larkfield")
    assert not match.needs_review
    assert match.reason == "same company number, 01234567"


def test_a_number_whose_name_is_quite_another_asks_for_review():
    match = MATCHER.match("Zephyr Motors", "01234567")

    assert (match.kind, match.organisation_id, match.needs_review) == (MatchKind.NUMBER, "larkfield", True)
    assert "the list says 'Zephyr Motors', the number belongs to 'LARKFIELD" in match.reason


def test_the_former_name_agrees_with_the_number_too():
    assert not MATCHER.match("LARKFIELD FOODS", "01234567").needs_review


def test_the_same_name_under_another_number_is_never_automatic():
    match = MATCHER.match("Larkfield Catering Limited", "09999999")

    assert match.kind is MatchKind.CANDIDATES
    assert match.candidates[0].organisation_id == "larkfield"
    assert match.reason == "same name, but its company number is 01234567 and the list says 09999999"


def test_two_organisations_of_one_name_are_candidates():
    match = MATCHER.match("Twin Peaks Cleaning Limited")

    assert match.kind is MatchKind.CANDIDATES
    assert {candidate.organisation_id for candidate in match.candidates} == {"twin-a", "twin-b"}


@pytest.mark.parametrize(
    "name", ["LARKFIELD CATERING LTD T/A Fresh Plate", "Larkfield Catering Limited trading as X"]
)
def test_the_name_before_trading_as_is_matched(name):
    match = MATCHER.match(name)

    assert (match.kind, match.organisation_id) == (MatchKind.EXACT_NAME, "larkfield")
    assert "as far as 'trading as'" in match.reason


def test_the_name_after_trading_as_is_a_candidate_only():
    match = MATCHER.match("Unheard Of Ltd t/a Larkfield Catering Limited")

    assert match.kind is MatchKind.CANDIDATES
    assert match.candidates[0].organisation_id == "larkfield"
    assert "the name before it is not known" in match.candidates[0].reason


@pytest.mark.parametrize("name", ["Zephyr Motors Limited", "", "  ", "£££", "???"])
def test_unknown_and_empty_names_have_no_match(name):
    match = MATCHER.match(name)

    assert (match.kind, match.organisation_id, match.candidates) == (MatchKind.NONE, None, ())


def test_many_are_matched_in_order():
    matches = MATCHER.match_all(
        [("Zephyr Motors", None), ("LARKFIELD CATERING LTD", None), ("x", "OC300001")]
    )

    assert [match.organisation_id for match in matches] == [None, "larkfield", "bracken"]


def test_an_empty_index_matches_nothing():
    assert Matcher([]).match("Larkfield Catering Limited", "01234567").kind is MatchKind.NONE


@pytest.mark.parametrize(
    ("name", "core", "form"),
    [
        ("A.B.C. Foods (UK) Ltd", "abc foods uk", "limited"),
        ("Müller & Söhne GmbH", "muller and sohne", "gmbh"),
        ("O'Hara's Limited Partnership", "oharas", "lp"),
        ("Limited", "limited", ""),
        ("The", "the", ""),
    ],
)
def test_the_key_keeps_the_class_of_the_legal_ending(name, core, form):
    key = name_key(name)

    assert (key.core, key.form) == (core, form)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("X Ltd T/A Y", ("X Ltd", "Y")),
        ("X Ltd (trading as Y)", ("X Ltd", "Y")),
        ("X Ltd formerly known as Y Ltd", ("X Ltd", "Y Ltd")),
        ("TA Instruments", ("TA Instruments", None)),
        ("Data Trading Associates", ("Data Trading Associates", None)),
    ],
)
def test_trading_names_are_split_off(name, parts):
    assert split_trading_name(name) == parts


GROUP = [KnownName(f"gb-coh-9900010{at}", name) for at, name in enumerate(
    ["Keerbeck plc", "Keerbeck Rail Limited", "Keerbeck Water Limited", "Keerbeck Homes Limited",
    "Keerbeck Energy Limited",
     "Keerbeck Group Services Limited", "Otterfell Group plc"]
)]  # fmt: skip


def offered(name):
    return [one.name for one in Matcher(GROUP).match(name).candidates]


def test_a_brand_of_many_companies_is_no_common_word():
    assert "Keerbeck plc" in offered("Keerbeck Online")
    assert "Keerbeck plc" in offered("Keerbeck Technical Facilities Management Ltd")
    assert len(offered("Keerbeck")) == MAX_CANDIDATES


def test_words_of_groups_do_not_hide_the_group():
    assert "Otterfell Group plc" in offered("Otterfell Technical Facilities Management Ltd")
    assert offered("Otterfell Holdings UK") == ["Otterfell Group plc"]


def test_generic_words_offer_nothing():
    assert offered("Group Services UK") == []


def test_weak_spellings_are_offered_only_where_nothing_is_better():
    found = Matcher([*GROUP, KnownName("gb-coh-99000199", "Otterfeld Grooms plc")]).match(
        "Otterfell Grp Tools"
    )

    scores = [one.score for one in found.candidates]
    assert scores and (min(scores) >= WEAK or max(scores) < WEAK)
