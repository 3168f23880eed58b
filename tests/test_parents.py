"""A parent that the list names is offered as the group, and is never a match."""

from section54.suppliers.matching.matcher import KnownName, Matcher, MatchKind, with_parent

NAMES = [
    KnownName("gb-coh-99000201", "Hollowmere Group plc"),
    KnownName("gb-coh-99000202", "Brackwater Schools Catering Limited"),
]


def test_the_parent_of_an_unknown_supplier_is_offered():
    matcher = Matcher(NAMES)

    found = with_parent(matcher.match("Larkfell Traffic Ltd"), matcher.match("Hollowmere Group plc"))

    assert found.kind is MatchKind.CANDIDATES
    assert found.organisation_id is None
    assert [one.name for one in found.candidates] == ["Hollowmere Group plc"]
    assert "the list names it as the parent" in found.reason


def test_the_parent_of_a_known_supplier_stands_behind_it():
    matcher = Matcher(NAMES)

    found = with_parent(
        matcher.match("Brackwater Schools Catering Ltd"), matcher.match("Hollowmere Group plc")
    )

    assert found.organisation_id == "gb-coh-99000202"
    assert [one.organisation_id for one in found.candidates] == ["gb-coh-99000202", "gb-coh-99000201"]


def test_a_parent_that_is_not_sure_is_not_offered():
    matcher = Matcher(NAMES)
    match = matcher.match("Larkfell Traffic Ltd")

    assert with_parent(match, matcher.match("Holowmere Grp")) == match
    assert with_parent(match, matcher.match("Nobody Holdings plc")) == match
