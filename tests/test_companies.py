"""The Companies House snapshot: loaded whole, or where it stopped; read for names, scope and timing."""

import sqlite3
import zipfile
from contextlib import closing
from datetime import date

import pytest
from company_data import HEADER, companies_csv, company_row, write_companies

from section54.suppliers.judging.scope import scope_of
from section54.suppliers.judging.status import StatusWord, status_of
from section54.suppliers.judging.supplier_facts import ScopeWord, SupplierFacts
from section54.suppliers.matching import companies_house as loading
from section54.suppliers.matching.companies_house import Companies, CompaniesError, load_companies
from section54.suppliers.matching.company_match import with_companies
from section54.suppliers.matching.matcher import KnownName, Matcher, MatchKind, NameKind

TODAY = date(2026, 11, 22)
ROWS = (
    company_row("99000001", "QUERNMORE TILES LIMITED", "QUERNMORE FLOORS LIMITED",
    "KENDAL CLAY COMPANY LIMITED"),
    company_row("99000002", "QUERNMORE GROUT LTD", Accounts_AccountCategory="MICRO ENTITY"),
    company_row("99000003", "SUMMIT ALBION PLC", Accounts_AccountCategory="GROUP"),
    company_row("99000004", "SUMMIT ALBION LIMITED", CompanyStatus="Liquidation"),
    company_row("SC900005", "KENDAL CLAY COMPANY LIMITED", "ULLOCK FORMER LIMITED"),
    company_row("99000006", "LONGSLEDDALE REGIONAL FACILITIES MANAGEMENT LIMITED"),
)  # fmt: skip


@pytest.fixture
def snapshot(tmp_path):
    source = write_companies(tmp_path / "BasicCompanyData-2026-11-01.csv", *ROWS)
    load_companies(source, tmp_path / "companies.db")
    with Companies(tmp_path / "companies.db") as companies:
        yield companies


def test_a_company_is_read_whole_though_headings_begin_with_spaces(snapshot):
    company = snapshot.company("99000001")

    assert len(HEADER) == 55
    assert (company.name, company.status, company.accounts_category) == (
        "QUERNMORE TILES LIMITED",
        "Active",
        "FULL",
    )
    assert (company.incorporated_on, company.accounts_made_up_to) == (date(1994, 2, 3), date(2026, 3, 31))
    assert (company.year_end_day, company.year_end_month) == (31, 3)
    assert company.sic == ("23310 - Manufacture of ceramic tiles and flags",)
    assert company.snapshot == "BasicCompanyData-2026-11-01.csv (of 2026-11-01)"


def test_a_zip_is_read_as_it_is_and_blank_lines_are_passed_over(tmp_path):
    archive = tmp_path / "BasicCompanyDataAsOneFile.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("part1.csv", companies_csv(*ROWS[:2]) + b"\r\n")
        zipped.writestr("part2.csv", companies_csv(*ROWS[2:]))

    report = load_companies(archive, tmp_path / "companies.db")

    assert (report.companies, report.former_names, report.rejected) == (6, 3, ())


def test_a_load_that_was_killed_goes_on_where_it_stopped(tmp_path, monkeypatch):
    source, target = write_companies(tmp_path / "companies.csv", *ROWS), tmp_path / "companies.db"
    monkeypatch.setattr(loading, "BATCH", 2)
    stored = loading._store

    def killed(db, batch, number, rejected):
        if number > 4:
            raise KeyboardInterrupt
        stored(db, batch, number, rejected)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(loading, "_store", killed)
        load_companies(source, target)
    assert not target.exists()
    report = load_companies(source, target)

    assert report.resumed_at == 4
    assert report.companies == 6
    with closing(sqlite3.connect(target)) as db:
        assert db.execute("select count(*) from names").fetchone() == (9,)


def test_another_file_starts_anew_and_the_old_one_serves_until_then(tmp_path):
    target = tmp_path / "companies.db"
    load_companies(write_companies(tmp_path / "october.csv", *ROWS), target)
    load_companies(write_companies(tmp_path / "november.csv", ROWS[0]), target)

    with Companies(target) as companies:
        assert companies.company("99000001") is not None
        assert companies.company("99000002") is None


def test_records_without_a_number_are_rejected_with_their_place(tmp_path):
    source = write_companies(tmp_path / "companies.csv", ROWS[0], company_row("", "NUMBERLESS LIMITED"))

    report = load_companies(source, tmp_path / "companies.db")

    assert report.companies == 1
    assert report.rejected == ("record 2: no company name or number",)


def test_another_kind_of_file_is_refused_by_name(tmp_path):
    source = tmp_path / "spend.csv"
    source.write_text("Supplier,Amount\nQuernmore,5\n")

    with pytest.raises(CompaniesError, match=r"spend\.csv is no BasicCompanyData file"):
        load_companies(source, tmp_path / "companies.db")


def test_a_damaged_zip_is_refused(tmp_path):
    archive = tmp_path / "BasicCompanyDataAsOneFile.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("all.csv", companies_csv(*ROWS * 50))
    whole = archive.read_bytes()

    for damaged, message in (
        (whole[:400] + b"xxxx" + whole[404:], "can't be unpacked"),
        (whole[:-30], "is no whole zip"),
    ):
        archive.write_bytes(damaged)
        with pytest.raises(CompaniesError, match=message):
            load_companies(archive, tmp_path / "companies.db")


def test_one_part_of_seven_does_not_take_the_place_of_all(tmp_path):
    whole = write_companies(tmp_path / "BasicCompanyData-2026-11-01-part1_1.csv", *ROWS)
    part = write_companies(tmp_path / "BasicCompanyData-2026-11-01-part1_7.csv", *ROWS[:1])

    load_companies(whole, tmp_path / "companies.db")
    with pytest.raises(CompaniesError, match="is one of 7 parts"):
        load_companies(part, tmp_path / "companies.db")

    with Companies(tmp_path / "companies.db") as companies:
        assert companies.company("99000002") is not None


def test_an_empty_file_of_companies_is_none(tmp_path):
    load_companies(write_companies(tmp_path / "companies.csv", *ROWS), tmp_path / "companies.db")
    with closing(sqlite3.connect(tmp_path / "companies.db")) as db:
        db.execute("delete from source")
        db.commit()

    with pytest.raises(CompaniesError, match="is no file made by"):
        Companies(tmp_path / "companies.db")


# --- matching


KNOWN = [KnownName("gb-coh-99000001", "Quernmore Tiles Limited", company_number="99000001")]
NAMES = {"gb-coh-99000001": "Quernmore Tiles Limited"}


def matched(snapshot, name, number=None):
    return with_companies(name, number, Matcher(KNOWN).match(name, number), snapshot, NAMES)


def test_a_former_name_leads_to_the_organisation_of_the_collection(snapshot):
    match = matched(snapshot, "Quernmore Floors Ltd")

    assert (match.kind, match.organisation_id) == (MatchKind.FORMER_NAME, "gb-coh-99000001")
    assert "former name of QUERNMORE TILES LIMITED" in match.reason


def test_a_former_name_that_another_company_bears_now_is_that_company(snapshot):
    match = matched(snapshot, "Kendal Clay Company Limited")

    assert (match.kind, match.organisation_id) == (MatchKind.EXACT_NAME, "gb-coh-sc900005")


@pytest.mark.parametrize("kind", [NameKind.FORMER, NameKind.TRADING])
def test_a_passing_name_of_an_organisation_that_a_live_company_bears_is_open(snapshot, kind):
    names = (*KNOWN, KnownName("gb-coh-99000001", "Quernmore Grout Ltd", kind, "99000001"))
    plain = Matcher(names).match("Quernmore Grout Limited")

    match = with_companies("Quernmore Grout Limited", None, plain, snapshot, NAMES)

    assert plain.organisation_id == "gb-coh-99000001"
    assert (match.kind, match.organisation_id) == (MatchKind.CANDIDATES, None)
    assert [one.organisation_id for one in match.candidates] == ["gb-coh-99000002", "gb-coh-99000001"]
    assert "QUERNMORE GROUT LTD (99000002) has this name now" in match.reason


def test_of_several_organisations_of_one_name_none_is_chosen_by_the_snapshot(snapshot):
    names = [
        KnownName("name-quernmore-grout-limited", "Quernmore Grout Limited"),
        KnownName("b", "QUERNMORE GROUT LTD"),
    ]

    match = with_companies(
        "Quernmore Grout Ltd", None, Matcher(names).match("Quernmore Grout Ltd"), snapshot, {}
    )

    assert (match.kind, match.organisation_id) == (MatchKind.CANDIDATES, None)
    assert len(match.candidates) == 3


def test_a_former_name_that_nobody_bears_now_stays_sure(snapshot):
    names = (*KNOWN, KnownName("gb-coh-99000001", "Quernmore Floors Ltd", NameKind.FORMER, "99000001"))
    plain = Matcher(names).match("Quernmore Floors Limited")

    assert with_companies("Quernmore Floors Limited", None, plain, snapshot, NAMES) == plain


def test_the_company_of_the_name_is_found_among_any_number_that_had_it(tmp_path):
    rows = [
        company_row(f"{number:08}", f"OTHER {number} LIMITED", "ULLOCK LIMITED") for number in range(1, 61)
    ]
    source = write_companies(tmp_path / "companies.csv", *rows, company_row("99000077", "ULLOCK LIMITED"))
    load_companies(source, tmp_path / "companies.db")

    with Companies(tmp_path / "companies.db") as companies:
        match = with_companies("Ullock Ltd", None, Matcher([]).match("Ullock Ltd"), companies, {})

    assert (match.kind, match.organisation_id) == (MatchKind.EXACT_NAME, "gb-coh-99000077")


def test_the_exact_name_of_a_live_company_beats_like_names_of_the_collection(snapshot):
    match = matched(snapshot, "QUERNMORE GROUT LIMITED")

    assert (match.kind, match.organisation_id) == (MatchKind.EXACT_NAME, "gb-coh-99000002")


@pytest.mark.parametrize(
    ("name", "offered", "reason"),
    [
        ("Summit Albion", {"gb-coh-99000003", "gb-coh-99000004"}, "apart from the ending"),
        ("LONGSLEDDALE REGIONAL FACILITIES MAN", {"gb-coh-99000006"}, "may have been cut off"),
    ],
)
def test_less_than_the_whole_name_is_a_candidate_only(snapshot, name, offered, reason):
    match = matched(snapshot, name)

    assert match.kind is MatchKind.CANDIDATES
    assert match.organisation_id is None
    assert {one.organisation_id for one in match.candidates} == offered
    assert all(reason in one.reason for one in match.candidates)


def test_a_number_outside_the_collection_is_found_and_held_against_the_name(snapshot):
    sound, odd = matched(snapshot, "Summit Albion Plc", "99000003"), matched(snapshot, "Bakery", "99000003")

    assert (sound.kind, sound.organisation_id, sound.needs_review) == (
        MatchKind.NUMBER,
        "gb-coh-99000003",
        False,
    )
    assert odd.needs_review


def test_a_former_name_explains_a_number_whose_name_differs(snapshot):
    plain = Matcher(KNOWN).match("Kendal Clay Company", "99000001")
    match = with_companies("Kendal Clay Company", "99000001", plain, snapshot, NAMES)

    assert plain.needs_review
    assert not match.needs_review
    assert "former name" in match.reason


@pytest.mark.parametrize(
    ("name", "number", "reason"),
    [
        ("Qeurnmore Tiles Limited", "99000001", "typing error"),
        ("QUERNMORE TIELS LTD", "99000001", "typing error"),
        ("Clay Kendal Company Limited", "sc900005", "another order"),
        ("Quernmroe Floors Ltd", "99000001", "former name"),
    ],
)
def test_a_name_that_is_only_like_one_is_a_candidate_with_score_and_reason(snapshot, name, number, reason):
    match = with_companies(name, None, Matcher([]).match(name), snapshot, {})

    assert (match.kind, match.organisation_id) == (MatchKind.CANDIDATES, None)
    best = match.candidates[0]
    assert best.organisation_id == f"gb-coh-{number}"
    assert 85 <= best.score < 100
    assert reason in best.reason
    assert "at Companies House" in best.reason


def test_candidates_of_both_sources_stand_in_one_order(snapshot):
    match = matched(snapshot, "Quernmore Tyles")

    scores = [one.score for one in match.candidates]
    assert scores == sorted(scores, reverse=True)
    assert len({one.organisation_id for one in match.candidates}) == len(match.candidates)


def test_a_file_of_an_earlier_version_serves_without_the_search(tmp_path):
    path = tmp_path / "companies.db"
    load_companies(
        write_companies(tmp_path / "companies.csv", company_row("99000001", "QUERNMORE TILES LTD")), path
    )
    with closing(sqlite3.connect(path)) as db:
        for table in ("word_counts", "words", "common_words"):
            db.execute(f"drop table {table}")
    with Companies(path) as snapshot:
        assert snapshot.like("Quernmore Tyles") == []
        assert snapshot.named("Quernmore Tiles Ltd") != []


def test_a_common_beginning_is_compared_within_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "BLOCK", 3)
    monkeypatch.setattr(loading, "RARE", 3)
    rows = [company_row(f"{number:08}", f"PREMIER CARE {number:03} LIMITED") for number in range(50)]
    load_companies(write_companies(tmp_path / "companies.csv", *rows), tmp_path / "companies.db")
    with Companies(tmp_path / "companies.db") as snapshot:
        assert len(snapshot._block("premier care 049")) <= 7


def test_unknown_names_stay_unknown(snapshot):
    assert matched(snapshot, "Nothing Like It Limited").kind is MatchKind.NONE


# --- scope and timing


def facts(snapshot, number, **known):
    company = snapshot.company(number)
    return SupplierFacts(
        f"gb-coh-{number}", company.name, number, company=company, incorporated_on=company.incorporated_on,
        year_end=company.accounts_made_up_to, **known,
    )  # fmt: skip


def test_the_category_of_the_accounts_is_evidence_on_scope(snapshot):
    micro, group = scope_of(facts(snapshot, "99000002")), scope_of(facts(snapshot, "99000003"))

    assert micro.word is ScopeWord.UNLIKELY
    assert group.word is ScopeWord.POSSIBLE
    assert "31 March 2026" in group.evidence[0].text
    assert "BasicCompanyData-2026-11-01.csv" in group.evidence[0].source


@pytest.mark.parametrize(
    ("made_up_to", "word"),
    [("04/04/2026", ScopeWord.UNLIKELY), ("05/04/2026", ScopeWord.POSSIBLE), ("", ScopeWord.POSSIBLE)],
)
def test_medium_accounts_read_by_the_size_limits_of_their_year(tmp_path, made_up_to, word):
    row = company_row(
        "99000007", "MEDIUM LIMITED", Accounts_AccountCategory="MEDIUM", Accounts_LastMadeUpDate=made_up_to
    )
    load_companies(write_companies(tmp_path / "c.csv", row), tmp_path / "companies.db")
    with Companies(tmp_path / "companies.db") as companies:
        assert scope_of(facts(companies, "99000007")).word is word


def test_a_company_in_liquidation_is_said_to_be(snapshot):
    texts = [one.text for one in scope_of(facts(snapshot, "99000004")).evidence]

    assert any("'Liquidation'" in text for text in texts)


def test_the_year_end_comes_from_the_last_accounts(snapshot):
    status = status_of(facts(snapshot, "99000001"), TODAY)

    assert status.status is StatusWord.COULD_NOT_CHECK
    assert status.timing.expected == date(2026, 3, 31)
    assert "last accounts at Companies House" in status.timing.explanation
