"""Building the published file: what is in it, what must not be, and that a refusal leaves the old one."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import site_data

from db import redact
from db.checks import PublishRefused
from db.copies import Reach, maker, reach
from db.publish import particulars_path, publish, statement_id
from db.redact import clean_url, redact_quotation, redact_sentence
from domain.rulebook import SHARED, load_rules
from section54.settings import ROOT

MADE = "2026-11-22T12:00:00Z"


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_data.make_working_database(tmp_path_factory.mktemp("working") / "section54.db")


@pytest.fixture(scope="module")
def published(working: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site") / "section54.db"
    publish(working, site, model_metrics=site_data.METRICS, generated_at=MADE)
    return site


def rows(path: Path, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, parameters)]


def all_text(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def test_report_names_file_counts_and_hash(working: Path, tmp_path: Path) -> None:
    site = tmp_path / "site" / "section54.db"

    report = publish(working, site, generated_at=MADE)

    assert report.path == site
    assert report.counts["organisations"] == 6
    assert report.counts["statements"] == 5
    written = json.loads(particulars_path(site).read_text())
    assert written == {
        "generated_at": MADE,
        "sha256": report.sha256,
        "bytes": site.stat().st_size,
        "tables": dict(report.counts),
    }


def test_publishing_twice_gives_the_same_bytes(working: Path, tmp_path: Path) -> None:
    first = publish(working, tmp_path / "a.db", generated_at=MADE)
    second = publish(working, tmp_path / "b.db", generated_at=MADE)

    assert first.sha256 == second.sha256


def test_no_personal_data_anywhere_in_the_file(published: Path) -> None:
    text = all_text(published)

    assert "@harbourlane.example" not in text
    assert "Fairbrother" not in text
    assert "7946 0000" not in text
    assert "1 Harbour Lane" not in text
    assert "Signed by [name], Chief Executive, [e-mail address], [telephone number]" in text


def test_organisation_known_from_a_seed_list_alone_is_left_out(published: Path) -> None:
    assert "Secret Supplier" not in all_text(published)


def test_only_sentences_of_evidence_are_published(published: Path, working: Path) -> None:
    kept = {
        row["position"]
        for row in rows(published, "select position from evidence where statement_id = ?", harbour_id())
    }

    assert kept == {0, 1, 2, 3, 4, 5, 6, 7, 8}
    assert "full_text" not in all_text(published)


def harbour_id() -> str:
    return statement_id(site_data.pdf("2026", site_data.HARBOUR, "").sha256, site_data.HARBOUR)


def test_newer_statements_have_sentences_with_higher_ids(published: Path) -> None:
    found = rows(
        published,
        "select min(id) as low, max(id) as high, year from evidence where year is not null group by year",
    )

    assert [row["year"] for row in found] == [2025, 2026]
    assert found[0]["high"] < found[1]["low"]


def test_text_that_begins_like_a_formula_is_defused(published: Path) -> None:
    starts = {row["quotation"][:2] for row in rows(published, "select quotation from evidence")}

    assert "'=" in starts
    assert not any(start[0] in "=+-@" for start in starts)


def test_control_and_direction_characters_are_gone(published: Path) -> None:
    text = all_text(published)

    assert "Direction is hidden and marked here" in text


def test_group_row_leads_to_the_statement_of_its_parent(published: Path) -> None:
    found = rows(
        published,
        "select * from statement_organisations where organisation_id = ? and summary_url is not null order "
        "by same_period",
        site_data.QUAY,
    )

    assert [(row["statement_id"], row["same_period"]) for row in found] == [
        (statement_id(site_data.pdf("2025", "", "").sha256, site_data.HARBOUR), "no"),
        (harbour_id(), "yes"),
    ]
    assert {row["filed_by"] for row in found} == {site_data.HARBOUR}


def test_group_statement_on_the_website_of_a_subsidiary_is_published_as_the_groups(published: Path) -> None:
    sha256 = site_data.pdf("2026", "", "").sha256

    assert rows(published, "select 1 from statements where organisation_id = ?", site_data.QUAY) == []
    assert rows(published, "select * from statement_copies") == [
        {
            "id": statement_id(sha256, site_data.QUAY),
            "statement_id": harbour_id(),
            "organisation_id": site_data.QUAY,
        }
    ]
    found = rows(
        published,
        "select statement_id, filed_by, how from statement_organisations where organisation_id = ? and "
        "summary_url is null",
        site_data.QUAY,
    )
    assert found == [
        {"statement_id": harbour_id(), "filed_by": site_data.HARBOUR, "how": "same_website"},
    ]
    assert {"url": "https://quaystreet.example/group-statement.pdf"} in rows(
        published, "select url from snapshots where statement_id = ?", harbour_id()
    )


def test_document_that_the_registry_files_under_an_organisation_is_its_own() -> None:
    text = "This is the statement of Harbour Lane Foods Limited."
    others = [{"id": site_data.HARBOUR, "name": "HARBOUR LANE FOODS LIMITED"}]

    assert maker(text, "Quay Street Bakeries Limited", False, others) == others[0]
    assert maker(text, "Quay Street Bakeries Limited", True, others) is None
    assert (
        maker(f"{text} It covers Quay Street Bakeries.", "Quay Street Bakeries Limited", False, others)
        is None
    )
    assert maker("This is our statement.", "Quay Street Bakeries Limited", False, others) is None
    assert maker("", "Quay Street Bakeries Limited", False, others) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This statement is made on behalf of Harbour Lane and its subsidiaries.", Reach.GENERAL_TERMS),
        ("We have twelve subsidiaries.", Reach.SAME_WEBSITE),
    ],
)
def test_general_terms_are_no_mere_mention(text: str, expected: Reach) -> None:
    assert reach([text]) is expected


def test_sectors_are_those_of_the_newest_entry(published: Path) -> None:
    food = "food-and-beverages-agriculture-and-fishing"

    assert {"sector_id": food} in rows(
        published, "select sector_id from organisation_sectors where organisation_id = ?", site_data.HARBOUR
    )
    assert rows(published, "select organisations, statements from sectors where id = ?", food) == [
        {"organisations": 3, "statements": 3}
    ]
    assert rows(
        published,
        "select year, covered, of_areas, statements from sector_coverage_summary where sector_id = ? order "
        "by year",
        food,
    ) == [
        {"year": 2025, "covered": 1, "of_areas": 6, "statements": 1},
        {"year": 2026, "covered": 3, "of_areas": 5, "statements": 1},
    ]


def test_changes_lead_to_their_statements_and_expectations_are_left_out(published: Path) -> None:
    found = rows(
        published,
        "select kind, statement_id, previous_statement_id from events where organisation_id = ? order by "
        "rowid",
        site_data.HARBOUR,
    )

    old = statement_id(site_data.pdf("2025", "", "").sha256, site_data.HARBOUR)
    assert found == [
        {"kind": "new", "statement_id": old, "previous_statement_id": None},
        {"kind": "new_year", "statement_id": harbour_id(), "previous_statement_id": old},
    ]


def test_declared_beside_found_says_whether_it_is_the_same_period(published: Path) -> None:
    found = rows(published, "select * from declared_and_found where statement_id = ?", harbour_id())

    by_area = {row["area"]: (row["declared"], row["found"], row["same_period"]) for row in found}
    assert by_area["risk"] == ("yes", "mentioned", "yes")
    assert by_area["effectiveness"] == ("no", "unsure", "yes")
    assert by_area["training"] == ("not_answered", "none", "yes")


def test_address_that_is_no_web_address_is_not_published(published: Path) -> None:
    assert rows(published, "select 1 from registry_statements where statement_url like 'javascript%'") == []
    assert rows(published, "select 1 from home_links where link_url like 'javascript%'") == []


def test_figures_of_the_model_are_published(published: Path) -> None:
    found = rows(
        published, "select measure, value from model_accuracy where kind = 'absence' and item = 'training'"
    )
    approval = rows(published, "select measure, value from model_accuracy where item = 'expert_approval'")

    assert {row["measure"]: row["value"] for row in found} == {
        "true_absences": 12,
        "said": 24,
        "wrong": 6,
        "wrong_share": 0.25,
        "low": 0.0,
        "high": 0.4,
    }
    assert {row["measure"] for row in approval} == {"precision", "recall", "f1", "positives"}


def test_figures_that_could_not_be_measured_are_left_out(published: Path) -> None:
    found = rows(published, "select measure from model_accuracy where item = 'structure' order by measure")

    assert [row["measure"] for row in found] == ["said", "true_absences"]


def test_figures_of_the_model_that_ships_are_read(working: Path, tmp_path: Path) -> None:
    path = ROOT / "models" / "uk_msa_s54" / "metrics.json"
    if not path.exists():
        pytest.skip(f"{path} is not there: the model was not evaluated")

    publish(working, tmp_path / "site.db", model_metrics=json.loads(path.read_text()))

    kinds = {row["kind"]: row["items"] for row in rows(
        tmp_path / "site.db",
        "select kind, count(distinct item) as items from model_accuracy group by kind")}  # fmt: skip
    assert kinds["absence"] == 6
    assert kinds["criteria"] == 18  # measure_negative has too few positives to be scored


def test_refusal_leaves_the_old_file(working: Path, tmp_path: Path) -> None:
    site = tmp_path / "section54.db"
    publish(working, site, generated_at=MADE)
    before = site.read_bytes()
    broken = tmp_path / "working" / "broken.db"
    broken.parent.mkdir()
    with closing(sqlite3.connect(broken)) as target, closing(sqlite3.connect(working)) as source:
        source.backup(target)
        target.execute("update area_results set level = 'excellent' where area = 'risk'")
        target.commit()

    with pytest.raises(PublishRefused) as refused:
        publish(broken, site, generated_at="2026-11-23T12:00:00Z")

    assert "each area has one of the level words: does not hold (5)" in str(refused.value)
    assert site.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["section54.db", "section54.json", "working"]


def test_far_fewer_statements_than_last_time_are_refused_unless_allowed(
    working: Path, tmp_path: Path
) -> None:
    site = tmp_path / "section54.db"
    publish(working, site, generated_at=MADE)
    fewer = tmp_path / "fewer.db"
    with closing(sqlite3.connect(fewer)) as target, closing(sqlite3.connect(working)) as source:
        source.backup(target)
        target.execute(
            "delete from snapshots where organisation_id in (?, ?)", [site_data.HARBOUR, site_data.QUAY]
        )
        target.commit()

    with pytest.raises(
        PublishRefused, match="3 statements where 5 were published last: fewer than 80% of them"
    ):
        publish(fewer, site, generated_at=MADE)

    assert publish(fewer, site, generated_at=MADE, allow_shrink=True).counts["statements"] == 3


def test_empty_working_database_can_be_published(tmp_path: Path) -> None:
    from db.store import Store

    Store(tmp_path / "working.db").close()

    report = publish(tmp_path / "working.db", tmp_path / "site.db", generated_at=MADE)

    assert report.counts["statements"] == 0
    assert report.counts["areas"] == 6


def test_no_working_database_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no working database at"):
        publish(tmp_path / "none.db", tmp_path / "site.db")


ORGANISATION = "Harbour Lane Foods Limited"


@pytest.mark.parametrize(
    ("written", "published_as"),
    [
        ("Signed by Jane Q. Doe, Chief Executive Officer, on 3 March 2026", "Signed by [name], Chief "
                                                                            "Executive Officer, on 3 March "
                                                                            "2026"),
        ("JANE DOE Group Chief Executive", "[name] Group Chief Executive"),
        ("Doe Company Secretary", "[name] Company Secretary"),
        ("Jane D", "[name]"),
        ("Signed: Doe", "Signed: [name]"),
        ("Name: Jane Doe Position: Director", "Name: [name] Position: Director"),
        ("Approved by Sir Tom van der Berg", "Approved by Sir [name]"),
        ("J. R. O'Neill-Smith CEO", "[name] CEO"),
        ("Jane Doe Director Harbour Lane Foods Limited", "[name] Director Harbour Lane Foods Limited"),
        ("Approved by the board of Harbour Lane Foods on 3 March", "Approved by the board of Harbour Lane "
                                                                   "Foods on 3 March"),
        ("Ann Mary Bell Quernmore plc", "[name] plc"),
        ("Approved by the board of Northern Tide plc", "Approved by the board of Northern Tide plc"),
        ("Approved by the Board of Directors in June 2026", "Approved by the Board of Directors in June "
                                                            "2026"),
        ("Designated Member of the LLP", "Designated Member of the LLP"),
        ("Due Diligence and Key Performance Indicators", "Due Diligence and Key Performance Indicators"),
        ("Approved by the Senior Leadership Team", "Approved by the Senior Leadership Team"),
    ],
)  # fmt: skip
def test_names_in_quotations_on_approval_and_signature(written: str, published_as: str) -> None:
    assert redact_quotation(written, ORGANISATION, signatory=True) == published_as


@pytest.mark.parametrize(
    ("written", "published_as"),
    [
        ("Our Head of Sustainability, Ann Example, leads this.", "Our Head of Sustainability, [name], leads "
                                                                 "this."),
        ("Ann Example (Procurement Director) trains buyers.", "[name] (Procurement Director) trains buyers."),
        ("Questions go to Dr Ann Example.", "Questions go to Dr [name]."),
        ("Write to ann.example@harbour.example or +44 (0)20 7946 0000.", "Write to [e-mail address] or "
                                                                         "[telephone number]."),
        ("Call 020 7946 0000.", "Call [telephone number]."),
        ("Our helpline is 0800 123 4567 or +44 800 123 4567.", "Our helpline is 0800 123 4567 or +44 800 123 "
                                                               "4567."),
        ("Speak to Ann Example (ann@harbour.example).", "Speak to [name] ([e-mail address])."),
        ("We audited sites in Spain, Morocco and Kenya in 2024 and 2025.", "We audited sites in Spain, "
                                                                           "Morocco and Kenya in 2024 and "
                                                                           "2025."),
        ("Spend was £1,200,000 in 2024, 1,300,000 in 2025.", "Spend was £1,200,000 in 2024, 1,300,000 in "
                                                             "2025."),
        ("In West Yorkshire, Director level staff are trained.", "In West Yorkshire, Director level staff "
                                                                 "are trained."),
        ("Modern Slavery Act, Section 54", "Modern Slavery Act, Section 54"),
        ("• - we audit", "we audit"),
        ("=1+1", "'=1+1"),
        ("-10% on last year", "'-10% on last year"),
        ("a\u202eb\x00c\u200bd\ne", "abcd e"),
    ],
)  # fmt: skip
def test_contacts_names_beside_roles_and_formulas_in_other_quotations(
    written: str, published_as: str
) -> None:
    assert redact_quotation(written, ORGANISATION, signatory=False) == published_as


def test_sentences_that_are_let_through_unread_are_those_that_no_rule_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inserted = [
        *map(chr, range(0x2100)),
        "  ",
        "Ann Example, Buyer",
        "Dr Example",
        "Ann Example, Director",
        *load_rules(SHARED).words["written_title"].alternatives,
    ]
    texts = [
        text.format(one)
        for one in inserted
        for text in (
            "{0}We train buyers.",
            "We train{0} buyers.",
            "We train {0} Example.",
            "We train buyers{0}",
            "{0}",
        )
    ]
    found = [redact_sentence(text) for text in texts]

    monkeypatch.setattr(redact, "_is_harmless", lambda text: False)

    assert found == [redact_sentence(text) for text in texts]
    assert found != texts


@pytest.mark.parametrize(
    ("address", "published_as"),
    [
        ("https://a.example/b c.pdf", "https://a.example/b%20c.pdf"),
        ("HTTP://A.example/", "HTTP://A.example/"),
        ("javascript:alert(1)", None),
        ("mailto:ann@a.example", None),
        ("https://a.example/?to=ann@a.example", "https://a.example/?to=[e-mail address]"),
        (" https://a.example/\x00 ", "https://a.example/"),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_published(address: str | None, published_as: str | None) -> None:
    assert clean_url(address) == published_as
