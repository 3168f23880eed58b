"""Decisions of the officer: kept with date and reason, applied the next time, shown, exported, read again."""

import csv
import json

import pytest
from click.testing import CliRunner
from registry_data import write_registry

from db.store import Store
from section54 import settings
from section54.cli import cli
from section54.suppliers.deciding.decisions import (
    Decision,
    Decisions,
    DecisionsError,
    Verdict,
    apply,
    read_decisions,
)
from section54.suppliers.deciding.resolving import sites_to_visit
from section54.suppliers.matching.matcher import Candidate, Match, MatchKind
from section54.suppliers.reading.lists import read_supplier_list

TILES = {"OrganisationName": "Quernmore Tiles Limited", "CompanyNumber": "99000001"}
GROUT = {"OrganisationName": "Quernmore Grout Limited", "CompanyNumber": "99000002"}
OFFERED = (
    Candidate("a", "Quernmore Tiles Limited", 97, "like"),
    Candidate("b", "Quernmore Grout Limited", 90, "like"),
)
OPEN = Match(MatchKind.CANDIDATES, None, OFFERED, "not the same name")
NAMES = {"a": "Quernmore Tiles Limited", "b": "Quernmore Grout Limited"}


def decision(
    verdict, organisation=None, at="2026-11-01T09:00:00Z", offered=(), supplier="Quernmore", number=None
):
    return Decision(
        supplier, number, verdict, organisation, NAMES.get(organisation), offered, "seen", "J.S.", at
    )


def test_the_organisation_chosen_is_the_match_and_says_who_and_why():
    match = apply(OPEN, [decision(Verdict.SAME, "b")], NAMES)

    assert (match.kind, match.organisation_id, match.needs_review) == (MatchKind.DECIDED, "b", False)
    assert match.reason == "decided by J.S. on 1 November 2026: seen"


def test_a_rejected_organisation_is_offered_no_more():
    automatic = Match(MatchKind.EXACT_NAME, "a", OFFERED[:1], "same name")

    assert [
        one.organisation_id for one in apply(OPEN, [decision(Verdict.NOT_SAME, "a")], NAMES).candidates
    ] == ["b"]
    assert apply(automatic, [decision(Verdict.NOT_SAME, "a")], NAMES).kind is MatchKind.NONE


def test_none_of_them_lets_a_new_candidate_through():
    none = decision(Verdict.NONE, offered=("a",))

    assert [one.organisation_id for one in apply(OPEN, [none], NAMES).candidates] == ["b"]


def test_a_later_decision_outweighs_an_earlier_one():
    first, second = decision(Verdict.SAME, "a"), decision(Verdict.NOT_SAME, "a", at="2026-11-02T09:00:00Z")

    assert apply(OPEN, [first, second], NAMES).organisation_id is None
    assert apply(OPEN, [second, first], NAMES).organisation_id == "a"


def test_a_decision_holds_for_other_spellings_and_not_for_another_number():
    decisions = Decisions([decision(Verdict.SAME, "a", supplier="Quernmore Ltd", number="99000009")])

    assert decisions.of("QUERNMORE LIMITED", None)
    assert decisions.of("Quernmore Trading (UK) Ltd", "99000009")
    assert not decisions.of("QUERNMORE LIMITED", "99000001")
    assert not decisions.of("QUERNMORE PLC", None)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Quernmore,,perhaps,a", "row 2: verdict 'perhaps' is none of"),
        ("Quernmore,,same,", "row 2: the verdict 'same' needs something in 'organisation_id'"),
        (",,same,a", "row 2: no supplier"),
        (",,,\n\nQuernmore,,perhaps,a", "row 4: verdict 'perhaps' is none of"),
        (
            "Quernmore,,same,Quernmore Tiles Limited",
            "row 2: organisation_id 'Quernmore Tiles Limited' is no id",
        ),
        ("Quernmore,,scope_likely,gb-coh-99000001", "row 2: the verdict 'scope_likely' needs its evidence"),
        ("Quernmore,,looked,gb-coh-99000001,in May", "row 2: decided_at 'in May' is no ISO 8601 time"),
        ("Quernmore,,looked,gb-coh-99000001,2062-01-01", "row 2: decided_at '2062-01-01' lies in the future"),
        ("Quernmore,," + "x" * 200_000, "can't be read as CSV"),
    ],
)
def test_a_sheet_that_cannot_be_taken_names_row_and_value(tmp_path, row, message):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"supplier,company_number,verdict,organisation_id,decided_at\n{row}\n")

    with pytest.raises(DecisionsError, match=message):
        read_decisions(sheet, "2026-11-01T09:00:00Z")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("20261101T0930", "2026-11-01T09:30:00Z"),
        ("2026-07-01T09:30:00+01:00", "2026-07-01T08:30:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("", "2026-11-02T09:00:00Z"),
    ],
)
def test_times_of_a_sheet_are_kept_in_one_form(tmp_path, written, kept):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        f"Supplier,Verdict,Organisation_ID,decided_at\nQuernmore,Same,GB-COH-99000001,{written}\n"
    )

    (one,) = read_decisions(sheet, "2026-11-02T09:00:00Z")

    assert (one.decided_at, one.organisation_id) == (kept, "gb-coh-99000001")
    assert one.sentence().startswith("decided by a person on 1 ") or not written


# --- the commands


def run(home, *arguments):
    result = CliRunner().invoke(cli, [*map(str, arguments), "--home", str(home)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def check(home, tmp_path, name="QUERNMORE TILE"):
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text(f"Supplier,Amount\n{name},5\n")
    return json.loads(run(home, "check", suppliers, "-o", tmp_path / "report", "--json"))["suppliers"][0]


@pytest.fixture
def home(tmp_path):
    run(tmp_path / "home", "registry", "load", write_registry(tmp_path / "registry.csv", TILES, GROUT))
    return tmp_path / "home"


def test_what_is_decided_about_a_wrong_number_says_nothing_of_its_owner(home, tmp_path):
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text(
        "Supplier,Company number\nQuernmore Tiles Ltd,99000001\nWrong Name Bakery,99000001\n"
    )

    def checked():
        found = json.loads(run(home, "check", suppliers, "-o", tmp_path / "report", "--json"))
        return [(one["match"]["kind"], one["match"]["organisation_id"]) for one in found["suppliers"]]

    checked()
    run(home, "decide", "choose", "Wrong Name Bakery", "99000002", "--reason", "number on the invoice")
    assert checked() == [("number", "gb-coh-99000001"), ("decided", "gb-coh-99000002")]
    run(home, "decide", "reject", "Wrong Name Bakery", "99000001")
    run(home, "decide", "reject", "Wrong Name Bakery", "99000002")
    assert [kind for kind, _ in checked()] == ["number", "none"]


def test_a_confirmed_number_holds_for_every_name_that_a_list_gives_it():
    own = decision(Verdict.SAME, "gb-coh-99000001", supplier="Old Name", number="99000001")

    assert Decisions([own]).of("Quite Another", "99000001")


def test_a_choice_is_applied_and_shown_the_next_time(home, tmp_path):
    before = check(home, tmp_path)
    run(
        home, "decide", "choose", "Quernmore Tile", "99000001", "--reason", "=on the contract", "--by", "J.S."
    )
    after = check(home, tmp_path)

    assert (before["match"]["kind"], after["match"]["kind"]) == ("candidates", "decided")
    assert after["match"]["organisation_id"] == "gb-coh-99000001"
    for name in ("suppliers.csv", "report.html"):
        assert "decided by J.S." in (tmp_path / "report" / name).read_text("utf-8-sig")


def test_the_sheet_of_open_choices_is_filled_in_and_read(home, tmp_path):
    check(home, tmp_path)
    sheet = tmp_path / "report" / "to-decide.csv"
    rows = list(csv.DictReader(sheet.open(encoding="utf-8-sig")))
    assert {row["verdict"] for row in rows} == {""}
    chosen = next(row for row in rows if row["organisation_id"] == "gb-coh-99000001")
    chosen["verdict"] = "same"
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)

    run(home, "decide", "import", sheet, "--by", "contracts team")

    assert check(home, tmp_path)["match"]["organisation_id"] == "gb-coh-99000001"


def test_a_sheet_that_was_filled_in_is_not_written_over(home, tmp_path):
    check(home, tmp_path)
    sheet = tmp_path / "report" / "to-decide.csv"
    sheet.write_text(sheet.read_text("utf-8-sig").replace(",,gb-coh", ",same,gb-coh", 1))
    filled = sheet.read_bytes()

    check(home, tmp_path)

    (kept,) = (tmp_path / "report").glob("to-decide-before-*.csv")
    assert kept.read_bytes() == filled
    assert sheet.read_bytes() != filled


def test_nothing_of_an_organisation_is_the_suppliers_before_a_person_has_confirmed_the_match(home, tmp_path):
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text("Supplier,Company number\nWrong Name Bakery,99000001\n")

    def checked():
        run(home, "check", suppliers, "-o", tmp_path / "report")
        return json.loads(run(home, "check", suppliers, "-o", tmp_path / "report", "--json"))["suppliers"][0]

    before = checked()
    assert (before["status"], before["scope"]["word"]) == ("needs_review", "unknown")
    assert (before["registry"], before["tried"], before["timing"]["year_end"]) == ([], [], None)
    (row,) = csv.DictReader((tmp_path / "report" / "suppliers.csv").open(encoding="utf-8-sig"))
    assert (row["organisation"], row["match"]) == ("", "Matched by company number, to be confirmed")
    assert "Quernmore Tiles Limited (99000001)" in row["candidates"]

    run(home, "decide", "confirm", "Wrong Name Bakery", "--reason", "renamed")
    assert checked()["registry"] != []


def test_none_confirm_and_looked_speak_of_the_last_check(home, tmp_path):
    check(home, tmp_path)
    run(home, "decide", "none", "QUERNMORE TILE", "--reason", "a sole trader")
    assert check(home, tmp_path)["match"]["kind"] == "none"

    check(home, tmp_path, "Quernmore Tiles Ltd")
    run(home, "decide", "confirm", "Quernmore Tiles Ltd")
    run(home, "decide", "looked", "Quernmore Tiles Ltd", "--reason", "searched by hand")
    found = check(home, tmp_path, "Quernmore Tiles Ltd")
    assert found["match"]["kind"] == "decided"
    assert any("a person looked for the statement" in one for one in found["decisions"])


def test_decisions_travel_and_are_not_kept_twice(home, tmp_path):
    run(home, "decide", "choose", "Quernmore Tile", "99000001", "--anyway", "--reason", "=cmd()")
    run(home, "decide", "export", tmp_path / "decisions.csv")
    run(home, "decide", "import", tmp_path / "decisions.csv")
    run(tmp_path / "other", "decide", "import", tmp_path / "decisions.csv")

    assert "'=cmd()" in (tmp_path / "decisions.csv").read_text("utf-8-sig")
    assert len(json.loads(run(home, "decide", "list", "--json"))) == 1
    assert json.loads(run(tmp_path / "other", "decide", "list", "--json"))[0]["reason"] == "=cmd()"


def test_a_withdrawn_decision_counts_no_more_and_stays_on_record(home, tmp_path):
    run(home, "decide", "choose", "Quernmore Tile", "99000001", "--anyway")
    run(home, "decide", "withdraw", 1)

    assert check(home, tmp_path)["match"]["kind"] == "candidates"
    assert run(home, "decide", "list") == "no decisions on record\n"
    assert "withdrawn" in run(home, "decide", "list", "--all")


def test_a_decision_on_an_unknown_supplier_or_organisation_says_what_is_wrong(home):
    def refused(*arguments):
        return CliRunner().invoke(cli, [*arguments, "--home", str(home)])

    assert "no checked list has the supplier" in refused("decide", "confirm", "Nobody").output
    assert "is no organisation of the collection" in refused("decide", "choose", "X", "Nobody Limited").output


def test_a_persons_reading_of_scope_goes_before_any_other_evidence(home, tmp_path):
    check(home, tmp_path, "Quernmore Tiles Ltd")
    run(home, "decide", "scope", "Quernmore Tiles Ltd", "unlikely", "--reason", "turnover of £4 million")
    found = check(home, tmp_path, "Quernmore Tiles Ltd")
    assert (
        "Quernmore Tiles Ltd: is unlikely to be within section 54 on a person's reading "
        "(Quernmore Tiles Limited, gb-coh-99000001); decided by a person on"
    ) in run(home, "decide", "list")
    unfounded = CliRunner().invoke(
        cli, ["decide", "scope", "Quernmore Tiles Ltd", "likely", "--home", str(home)]
    )

    assert found["scope"]["word"] == "unlikely"
    assert "turnover of £4 million" in found["scope"]["evidence"][0]["text"]
    assert unfounded.exit_code == 2


# --- websites that a list gives


def sites(home, tmp_path, *rows):
    path = tmp_path / "sites.csv"
    path.write_text("Supplier,Company number,Website\n" + "\n".join(rows) + "\n")
    with Store(home / "section54.db") as store:
        return sites_to_visit(store, settings.home(home), read_supplier_list(path).suppliers)


def test_a_website_is_visited_for_the_organisation_that_the_supplier_is(home, tmp_path):
    found, left_out = sites(
        home, tmp_path, "QUERNMORE TILES LTD,,quernmore.example", "Unknown Ltd,,u.example"
    )

    assert [(one.organisation_id, one.name, one.company_number) for one in found] == [
        ("gb-coh-99000001", "Quernmore Tiles Limited", "99000001"),
        ("name-unknown-limited", "Unknown Ltd", None),
    ]
    assert left_out == ()


def test_a_visit_makes_no_second_organisation_of_the_name(home, tmp_path):
    found, _ = sites(home, tmp_path, "QUERNMORE TILES LTD,,quernmore.example")
    with Store(home / "section54.db") as store:
        store.save_seeds(found, source="supplier_list")

    assert check(home, tmp_path, "Quernmore Tiles Ltd")["match"]["kind"] == "exact_name"


def test_what_is_no_web_address_or_no_sure_match_is_not_visited_and_said(home, tmp_path):
    found, left_out = sites(
        home,
        tmp_path,
        "Unknown Ltd,,n/a",
        "Ullock Ale,,javascript:alert(1)",
        "Bakery,99000001,bakery.example",
    )

    assert found == []
    assert left_out[0] == "Unknown Ltd: 'n/a' is no web address and was not visited"
    assert "but the names differ" in left_out[2]


SHEET = "supplier,company_number,verdict,organisation_id,organisation,offered,reason,decided_by,decided_at\n"


def test_a_sheet_with_two_answers_for_one_supplier_is_refused_with_both_rows(home, tmp_path):
    sheet = tmp_path / "to-decide.csv"
    rows = (
        "Quernmore Tile,,same,gb-coh-99000001,One Limited,,,,\nQUERNMORE TILE,,same,gb-coh-99000002,Two "
        "Limited,,,,\n"
    )
    sheet.write_text(SHEET + rows, encoding="utf-8")

    result = CliRunner().invoke(cli, ["decide", "import", str(sheet), "--home", str(home)])

    assert result.exit_code == 1
    assert "rows 2 and 3: two answers for 'QUERNMORE TILE'" in result.output
    assert run(home, "decide", "list") == "no decisions on record\n"


def test_a_sheet_that_is_imported_twice_changes_nothing(home, tmp_path):
    sheet = tmp_path / "to-decide.csv"
    sheet.write_text(SHEET + "Quernmore Tile,,same,gb-coh-99000001,One Limited,,,J.S.,\n", encoding="utf-8")

    first = json.loads(run(home, "decide", "import", sheet, "--json"))
    second = json.loads(run(home, "decide", "import", sheet, "--json"))

    assert (first["new"], second["new"]) == (1, 0)
    assert len(json.loads(run(home, "decide", "list", "--json"))) == 1


def test_a_supplier_of_no_list_is_decided_only_when_asked_for(home):
    result = CliRunner().invoke(
        cli, ["decide", "choose", "Never Listed Ltd", "99000001", "--home", str(home)]
    )

    assert result.exit_code == 1
    assert "use --anyway" in result.output
    run(home, "decide", "choose", "Never Listed Ltd", "99000001", "--anyway")
