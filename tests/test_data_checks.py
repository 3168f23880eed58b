"""Data assertions: each one holds on good data and is broken by the fault that it is there for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import site_data

from db.checks import PUBLISHED, WORKING, Assertion, PublishRefused, failures, text_assertions
from db.copies import find_copies
from db.publish import publish
from db.redact import EMAIL


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_data.make_working_database(tmp_path_factory.mktemp("working") / "section54.db")


@pytest.fixture
def copy(working: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the working database in memory, to be damaged."""
    with closing(sqlite3.connect(":memory:")) as target, closing(sqlite3.connect(working)) as source:
        source.backup(target)
        yield target


@pytest.fixture
def site(working: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A published file to be damaged, with the statements it was made from as its checks see them."""
    publish(working, tmp_path / "site.db", model_metrics=site_data.METRICS)
    with closing(sqlite3.connect(tmp_path / "site.db", isolation_level=None)) as connection:
        connection.create_function("has_email", 1, lambda text: EMAIL.search(text) is not None)
        connection.execute("attach database ? as work", [str(working)])
        connection.execute("create temp table work_statements as select * from work.statements")
        find_copies(connection)
        yield connection


def names(assertions: tuple[Assertion, ...]) -> list[str]:
    return [assertion.name for assertion in assertions]


def test_good_data_passes(copy: sqlite3.Connection, site: sqlite3.Connection) -> None:
    assert failures(copy, WORKING) == []
    assert failures(site, (*PUBLISHED, *text_assertions(site))) == []


WORKING_FAULTS = {
    "each assessment has its six areas": "delete from area_results where area = 'risk' and assessment_id = 1",
    "each area has one of the level words": "update area_results set level = 'good'",
    "each check has one of the value words": "update checks set value = 'maybe'",
    "no more areas are covered than could be told": "update assessments set covered = 7",
    "the areas counted as covered are those described or substantive": "update assessments set covered = "
    "covered + 1",
    "'no passage found' is said only where every page was read well": "update texts set low_confidence = 1",
    "an area with a passage has its sentence": "delete from evidence where finding = 'area:policies'",
    "probabilities lie between 0 and 1": "update evidence set probability = 1.5",
    "periods do not end before they start": "update assessments set period_end = '2001-01-01'",
    "each sentence of evidence has words and a page": "update sentences set text = ' '",
}
PUBLISHED_FAULTS = {
    "every reference leads to a row": "delete from organisations where id like 'gb-coh-0123%'",
    "every statement of the working database is there": "delete from statements where year = 2025",
    "every sentence of evidence is there": "delete from evidence where id = 1",
    "every statement has its six areas": "delete from area_results where area = 'risk'",
    "no more areas are covered than could be told": "update statements set covered = 7",
    "every sentence of evidence has its words, and its page where the document has pages": "update evidence "
    "set page = null",
    "the newest statement has the sentences with the highest numbers": "update evidence set id = id + 1000 "
    "where year = 2025",
    "every sentence can be searched": "insert into evidence_fts (evidence_fts) values ('delete-all')",
    "searching for a sentence that is there finds it": "insert into evidence_fts (evidence_fts) values "
    "('delete-all')",
    "searching for words that are nowhere finds nothing": (
        "insert into evidence_fts (rowid, quotation) values (9999, 'zzqxjv nonsense zzqxjv')"
    ),
    "the site recognises its search tables": "drop table organisations_fts",
    "no column for personal data": "alter table statements add column approver text",
    "addresses are http or https": "update statements set final_url = 'javascript:alert(1)'",
}
TEXT_FAULTS = {
    "evidence": "update evidence set quotation = 'write to ann@a.example' where id = 1",
    "organisations": "update organisations set name = '=1+1' where id = 'gb-coh-01234567'",
    "area_results": "update area_results set reason = '-1'",
}


@pytest.mark.parametrize(("name", "fault"), WORKING_FAULTS.items())
def test_fault_in_the_working_database_is_seen(copy: sqlite3.Connection, name: str, fault: str) -> None:
    copy.execute(fault)

    assert any(failure.startswith(f"{name}: does not hold") for failure in failures(copy, WORKING))


@pytest.mark.parametrize(("name", "fault"), PUBLISHED_FAULTS.items())
def test_fault_in_the_published_file_is_seen(site: sqlite3.Connection, name: str, fault: str) -> None:
    site.execute(fault)

    assert any(failure.startswith(f"{name}: does not hold") for failure in failures(site, PUBLISHED))


@pytest.mark.parametrize(("table", "fault"), TEXT_FAULTS.items())
def test_unsafe_text_in_the_published_file_is_seen(site: sqlite3.Connection, table: str, fault: str) -> None:
    site.execute(fault)

    assert any(
        failure.startswith(f"{table} holds no e-mail address and no formula")
        for failure in failures(site, text_assertions(site))
    )


def test_every_assertion_has_a_fault_that_breaks_it() -> None:
    assert set(names(WORKING)) == set(WORKING_FAULTS)
    assert set(names(PUBLISHED)) == set(PUBLISHED_FAULTS)


def test_text_assertions_cover_every_table(site: sqlite3.Connection) -> None:
    covered = {assertion.name.split()[0] for assertion in text_assertions(site)}

    assert covered >= {
        "organisations",
        "statements",
        "evidence",
        "declared_answers",
        "home_links",
        "snapshots",
    }


def test_refusal_lists_every_failure() -> None:
    refused = PublishRefused(["first", "second"])

    assert refused.failures == ("first", "second")
    assert str(refused) == "not published: first; second"
