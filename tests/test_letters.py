"""Draft letters: only where three things come together, neutral in every word, never sent."""

import re
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from docx import Document
from test_evidence import REPORT, TODAY, VISIT

from section54.cli import cli
from section54.suppliers.deciding.decisions import Decision, Verdict
from section54.suppliers.judging.status import status_of
from section54.suppliers.judging.supplier_facts import ListingFact, ScopeEvidence, ScopeWord
from section54.suppliers.report.letters import Sender, draft, lacking, write_drafts, write_letter

LISTING = ListingFact(
    2025, "BRACKEN & THORNE LLP", "https://registry.example/bb/2025", None, None, None, None, None, None,
    False,
    "£36 million to £60 million", "Private",
)  # fmt: skip
NOT_LISTED = REPORT.suppliers[1]
"""Bracken & Thorne: its site was read and nothing was found."""


def looked(day="2026-11-20"):
    return Decision(
        NOT_LISTED.line.name,
        None,
        Verdict.LOOKED,
        "name-bracken",
        None,
        (),
        "searched",
        None,
        f"{day}T09:00:00Z",
    )


def likely(**changes):

    evidence = (
        ScopeEvidence(ScopeWord.LIKELY, "A person's reading: turnover of £52 million.", "decision on record"),
    )
    facts = replace(NOT_LISTED.facts, scope_evidence=evidence, **changes)
    return replace(NOT_LISTED, facts=facts, status=status_of(facts, TODAY), decisions=(looked(),))


def test_a_draft_says_where_when_and_what_was_seen_and_asks():
    text = draft(likely(), TODAY, Sender("OPCC Rydalshire", "contracts@opcc.example", "A. Officer")).text

    for part in (
        "22 November 2026",
        "Bracken & Thorne LLP (company number OC300001)",
        "20 November 2026, 09:33 UTC: https://bracken.example/modern-slavery: The page is not there",
        "19 November 2026, 08:00 UTC: Government registry, year 2026",
        "20 November 2026: a person on our side looked too",
        "registry is voluntary",
        "whether, in your own view, section 54 applies",
        "by 20 December 2026",
        "contracts@opcc.example",
        "This program sends nothing",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    "word",
    [
        "breach",
        "fail",
        "complian",
        "illegal",
        "unlawful",
        "must",
        "offence",
        "obliged",
        "immediately",
        "missing",
    ],
)
def test_no_draft_accuses_or_presses(word):
    assert not re.search(word, draft(likely(), TODAY, Sender()).text, re.IGNORECASE)


def test_each_of_the_three_conditions_is_needed():
    item = likely()

    assert lacking(item, TODAY) == ()
    assert "no person's own look" in lacking(replace(item, decisions=()), TODAY)[0]
    assert "over 60 days ago" in lacking(replace(item, decisions=(looked("2026-08-01"),)), TODAY)[0]
    assert "not 'likely'" in lacking(replace(NOT_LISTED, decisions=(looked(),)), TODAY)[0]
    found = replace(REPORT.suppliers[0], decisions=(looked(),))
    assert "its status is 'Current statement found'" in lacking(found, TODAY)[0]
    with pytest.raises(ValueError, match="no letter to"):
        draft(NOT_LISTED, TODAY, Sender())


def test_a_statement_listed_in_the_registry_is_no_ground_for_a_letter():
    item = likely(listings=(replace(LISTING, period_end=date(2025, 3, 31)),), visit=VISIT)

    assert "its status is 'Could not check'" in lacking(item, TODAY)[0]


def test_the_docx_says_the_same_as_the_text(tmp_path):
    letter = draft(likely(), TODAY, Sender())
    text, docx = write_letter(letter, tmp_path / "0001-bracken")
    paragraphs = [one.text for one in Document(str(docx)).paragraphs]

    lines = [line.removeprefix("- ") for line in text.read_text("utf-8").splitlines() if line.strip()]
    assert paragraphs == lines
    assert "&amp;" not in letter.text
    assert Document(str(docx)).core_properties.author == ""


def test_a_day_to_answer_by_lies_ahead(tmp_path):
    (tmp_path / "list.csv").write_text("Supplier\nBracken Tiles Ltd\n")
    command = ["letter", str(tmp_path / "list.csv"), "-o", str(tmp_path), "--reply-by", "2020-01-31"]

    result = CliRunner().invoke(cli, command)

    assert result.exit_code == 2
    assert "2020-01-31 is not ahead of today" in result.output


def test_only_suppliers_that_were_not_found_are_named_among_those_without_a_draft(tmp_path):
    results = write_drafts([REPORT.suppliers[0], NOT_LISTED, likely()], tmp_path / "letters", Sender(), TODAY)

    assert [bool(one["files"]) for one in results] == [False, True]
    assert sorted(path.suffix for path in (tmp_path / "letters").iterdir()) == [".docx", ".txt"]
