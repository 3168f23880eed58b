"""What a document is: statement, policy, another country's report, stub, or something else."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from classifier.kind import HEADED_REASON, KINDS, judge_text

STATEMENT = """Modern Slavery and Human Trafficking Statement
This statement is made under section 54(1) of the Modern Slavery Act 2015 and sets out the steps that Harrow & Finch
Limited has taken in the financial year ended 31 March 2025 to keep slavery out of its business and supply chains.
We buy flour from nine mills. Our suppliers sign our code. Our due diligence covers every mill that supplies us.
Staff can use our whistleblowing line. We train our buyers each year and measure what they learn, and we review the
results with our suppliers and report them to the board in spring, so that we can change what does not work.
We found no case of modern slavery in the year. Our suppliers were asked twice, in spring and in autumn, about wages,
hours and recruitment fees, and four of them were visited without notice by our own buyers.
This statement was approved by the board of directors on 4 June 2025. Signed, the Chief Executive."""  # noqa: E501
POLICY = (
    """Anti-slavery policy. This policy applies to all employees and agency workers. You must read this policy.
Employees must report slavery to the policy owner. A breach of this policy may lead to dismissal. The policy review
date is June. You must not ignore signs of forced labour. This policy does not form part of a contract. """  # noqa: E501
    * 3
)
AUSTRALIAN = (
    """Modern Slavery Statement. This statement is made under the Modern Slavery Act 2018 (Cth) by the reporting
entity Wattle Bread Pty Ltd, ABN 12 345 678 901. Our mandatory criteria are set out below. Modern slavery risk in our
supply chains is assessed each year. """  # noqa: E501
    * 4
)
CANADIAN = (
    """This report is made under the Fighting Against Forced Labour and Child Labour in Supply Chains Act by Maple
Flour Inc. It describes the risk of forced labour in our supply chain and the steps taken to prevent it. """  # noqa: E501
    * 4
)
NEWS = (
    """Bakers fined over forced labour. Posted on 3 May 2025. The judge said that the case was grave, according to
court papers. A spokesman said the workers lived in a barn. Police told the News that slavery is growing. Read more in
our news pages. """  # noqa: E501
    * 3
)
STUB = "Modern slavery statement. Read our modern slavery statement here. Download PDF."
REPORT = (
    "Annual report and accounts. Consolidated statements. Balance sheet. Independent auditor. Cash flow. "
    "Profit and loss. "
    + "Revenue grew in all regions and the directors are pleased with the outlook for bread. " * 900
    + "We published our modern slavery statement."
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (STATEMENT, "statement"),
        (POLICY, "policy"),
        (AUSTRALIAN, "other_regime"),
        (CANADIAN, "other_regime"),
        (NEWS, "news"),
        (STUB, "stub"),
        (REPORT, "annual_report"),
        ("We bake bread in Kent.", "other"),
        ("", "other"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    found, probability, reason = judge_text(text)

    assert found == kind
    assert kind in KINDS
    assert (probability > 0.5) == (kind == "statement")
    assert reason.endswith(".")


def test_joint_statement_under_two_laws_is_a_statement_here() -> None:
    text = STATEMENT + " It is also made under the Modern Slavery Act 2018 (Cth) for our reporting entities."

    assert judge_text(text)[0] == "statement"


def test_statement_of_a_few_lines_that_no_steps_were_taken_is_a_statement() -> None:
    text = (
        "Modern slavery statement. This statement is made under section 54(4)(b) of the Modern Slavery Act "
        "2015. Harrow "
        "& Finch Limited has taken no steps in the financial year ended 31 March 2025 to ensure that slavery "
        "is not "
        "taking place in its supply chains or business. Approved by the board of directors, June 2025."
    )

    assert judge_text(text)[0] == "statement"


def test_page_headed_as_a_statement_that_cites_no_act_is_one_to_look_at() -> None:
    page = (
        "Modern Slavery Statement. At Harrow & Finch we are dedicated to keeping slavery out of our supply "
        "chains. Our "
        "suppliers pass due diligence before they deliver, and our suppliers know that we do not tolerate "
        "forced labour. " * 6
    )
    kind, probability, reason = judge_text(page)

    assert (kind, reason) == ("statement", HEADED_REASON)
    assert 0.5 < probability < 0.6
    assert judge_text(page + " This statement is made under the Modern Slavery Act 2015.")[1] > 0.8


def test_article_about_a_statement_is_news_though_it_names_the_act() -> None:
    article = (
        "Baker puts its modern slavery statement online. Posted on 3 May 2025. Harrow & Finch said that "
        "the Modern Slavery Act 2015 asks bakers to look for forced labour. A spokeswoman told us more. "
        "Share this story. "
        + "The bakery stands by the river and has sold bread, cakes and pies to the town since the war. "
        * 6
    )

    kind, probability, _ = judge_text(article)

    assert kind == "news"
    assert probability < 0.5


def test_title_counts_as_the_opening() -> None:
    bare = STATEMENT.split("\n", 1)[1]

    assert judge_text(bare, "Modern slavery statement")[1] >= judge_text(bare)[1]


def test_line_ends_inside_phrases_do_not_hide_them() -> None:
    broken = STATEMENT.replace(" ", "\n")

    assert judge_text(broken)[:2] == judge_text(STATEMENT)[:2]


def test_judge_is_quick_and_needs_no_numbers_library() -> None:
    judge_text(STATEMENT)
    begun = time.process_time()
    for _ in range(20):
        judge_text(STATEMENT)
    # A loaded machine takes under 1 ms for 200 words; 20 ms would hold up a crawl.
    assert (time.process_time() - begun) / 20 < 0.02

    code = "import sys, classifier.kind; print({'numpy', 'sklearn', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_statements_and_other_countries_reports_of_the_corpora(shared_data: Path) -> None:
    found: dict[str, list[str]] = {}
    for corpus in ("uk_dev", "au", "ca"):
        statements = defaultdict(list)
        with (shared_data / "sentences" / f"{corpus}.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                statements[row["statement_id"]].append(row["sentence"])
        found[corpus] = [judge_text("\n".join(sentences))[0] for sentences in statements.values()]

    assert found["uk_dev"].count("statement") >= 24
    # AU and CA statements may also be made under the UK Act, or never cite the law that they follow.
    assert found["au"].count("other_regime") >= 30
    assert found["ca"].count("other_regime") >= 38


def test_texts_of_the_registry_are_statements(shared_data: Path) -> None:
    with (shared_data / "documents" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("txt/") and row["s54"] == "yes"]

    texts = [
        (shared_data / "documents" / row["file"]).read_text(encoding="utf-8", errors="replace")
        for row in rows
    ]
    kinds = [judge_text(text)[0] for text in texts if len(text.split()) >= 60]

    assert kinds.count("statement") >= 0.97 * len(kinds)
