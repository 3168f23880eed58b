"""Public bodies by the names that buyers give them."""

import pytest

from domain.public_bodies import PublicBody, in_full, public_body
from section54.suppliers.judging.status import StatusWord, status_unmatched
from section54.suppliers.matching.matcher import KnownName, Matcher, MatchKind


@pytest.mark.parametrize(
    ("names", "body"),
    [
        (
            ("London Borough of Fellbeck", "LB Fellbeck", "Fellbeck Council", "FELLBECK BOROUGH "
                                                                              "COUNCIL", "Fellbeck MBC"),
            PublicBody("council", "fellbeck"),
        ),
        (
            ("Thornshire OPCC", "pcc thornshire", "Police & Crime Commissioner for Thornshire",
             "Office of the Police and Crime Commissioner for Thornshire", "Police, Fire and Crime "
                                                                           "Commissioner Thornshire"),
            PublicBody("commissioner", "thornshire"),
        ),
        (("Thornshire Police", "Chief Constable of Thornshire", "Thornshire Constabulary"),
        PublicBody("police", "thornshire")),
        (("HMRC", "HM Revenue & Customs", "H M Revenue and Customs"),
        PublicBody("department", "hm revenue and customs")),
        (("NHS Fellbeck CCG", "Fellbeck NHS Foundation Trust"), PublicBody("health", "fellbeck")),
        (("Fellbeck FRS", "Fellbeck Fire and Rescue Service"), PublicBody("fire", "fellbeck")),
    ],
)  # fmt: skip
def test_spellings_of_one_body_are_one(names, body):
    assert {public_body(name) for name in names} == {body}


@pytest.mark.parametrize(
    "name",
    [
        "Fellbeck Council Services Ltd",
        "Police Federation of Fellbeck",
        "City Plumbing",
        "Home Office Furniture",
        "Boots",
    ],
)
def test_other_names_are_no_public_bodies(name):
    assert public_body(name) is None


def test_a_known_body_is_offered_under_any_of_its_names():
    known = [
        KnownName("name-fellbeck", "Fellbeck Borough Council"),
        KnownName("name-other", "Otterfell Council"),
    ]

    match = Matcher(known).match("London Borough of Fellbeck")

    assert match.kind is MatchKind.CANDIDATES
    assert [one.organisation_id for one in match.candidates] == ["name-fellbeck"]
    assert match.candidates[0].reason == "a public body of the same kind and place"


def test_an_unknown_public_body_is_outside_section_54():
    status = status_unmatched("no organisation of this or a like name is known", "Otterfell Borough Council")

    assert status.status is StatusWord.SCOPE_UNLIKELY
    assert status.reasons[0].startswith("By its name it is a public body.")


def test_abbreviations_are_read_in_full():
    assert in_full("BT") == "british telecommunications"
    assert in_full("Fellbeck Ltd") == "fellbeck limited"
    match = Matcher([KnownName("gb-coh-99000009", "British Telecommunications PLC")]).match("BT")
    assert [one.organisation_id for one in match.candidates] == ["gb-coh-99000009"]
