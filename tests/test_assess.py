"""From sentences to levels and checks, on statements of organisations that do not exist, with the shipped
model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from classifier.assess import Assessment, Evidence, Reading, assess, level_of
from classifier.model import Model
from classifier.passages import details_in, is_furniture
from classifier.status import status_of
from domain.rubric import CRITERIA, Rubric, load_rubric

MODEL = Path(__file__).parent.parent / "models" / "uk_msa_s54"

GOOD = """\
Modern slavery and human trafficking statement
This statement is made under section 54 of the Modern Slavery Act 2015 by Harrow & Finch Limited for the year ended 31 March 2025.
Harrow & Finch Limited is a family-owned company with 640 employees at four bakeries in Kent.
We bake and supply bread and cakes to 210 shops and three supermarkets across the south of England.
Our supply chain includes nine flour mills in England and two importers of dried fruit from Turkey and Greece.
We also buy cleaning and agency labour services from six suppliers.
Our Modern Slavery Policy prohibits forced labour, child labour and the charging of recruitment fees.
Our Supplier Code of Conduct requires suppliers to pay the living wage and to let workers leave freely.
The Whistleblowing Policy was revised in May 2024 and follows the ETI Base Code.
Every supplier signs our Ethical Trading Policy before its first order.
New suppliers complete a questionnaire on Sedex before we sign a contract with them.
In the year we audited 38 supplier sites in Turkey and Greece, and 12 of them twice.
Our contracts let us visit a site without notice and terminate where forced labour is not put right.
We check the right to work of every agency worker and interview 50 of them each year.
Workers and suppliers can raise concerns in confidence through a free whistleblowing helpline.
We assessed the risk of modern slavery of our 310 suppliers by country and product in June 2024.
We consider that the highest risk of modern slavery lies in dried fruit from Turkey, where migrant families harvest.
There is also a risk of exploitation among agency workers who clean our bakeries at night.
High risk suppliers are reviewed every quarter against our risk register.
All 58 buyers completed training on the signs of modern slavery in March 2025.
New starters receive modern slavery awareness training at induction.
We measure the effectiveness of our steps by key performance indicators.
In the year 96% of buyers completed the training, compared with 81% last year.
36 of 38 audits were closed within 60 days, against our target of 90%.
This statement was approved by the board of directors of Harrow & Finch Limited on 4 June 2025.
Signed
Morwenna Tressider
Chief Executive Officer"""  # noqa: E501

THIN = """\
Modern slavery statement
This statement is made under section 54(1) of the Modern Slavery Act 2015.
Modern slavery is a crime and a violation of fundamental human rights.
We are committed to acting ethically and with integrity in all our business dealings."""


@dataclass(frozen=True)
class Said:
    """A sentence as extraction gives it."""

    position: int
    text: str
    page: int = 1
    heading: str | None = None
    kind: str = "sentence"
    confidence: float | None = None


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(MODEL)


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return load_rubric("uk_msa_s54")


def reading(text: str, **changes: object) -> Reading:
    lines = text.strip().splitlines()
    given: dict = {
        "sentences": [Said(position, line) for position, line in enumerate(lines)],
        "pages": 1,
        "pages_read": (1,),
        "low_confidence": False,
        "language": "en",
        "error": None,
    }
    return Reading(**(given | changes))


def levels(assessment: Assessment) -> dict[str, str]:
    return {area.area: area.level for area in assessment.areas}


def checks(assessment: Assessment) -> dict[str, str]:
    return {check.check: check.value for check in assessment.checks}


# --- Whole statements
# -----------------------------------------------------------------------------------------------


def test_good_statement_is_covered_throughout(model: Model, rubric: Rubric) -> None:
    assessment = assess(reading(GOOD, organisation="Harrow & Finch Ltd"), model, rubric)

    assert list(levels(assessment)) == [
        "structure",
        "policies",
        "due_diligence",
        "risk",
        "effectiveness",
        "training",
    ]
    assert set(levels(assessment).values()) <= {"described", "substantive"}
    assert levels(assessment)["due_diligence"] == "substantive"
    assert (assessment.covered, assessment.of) == (6, 6)
    assert checks(assessment) == {
        "approved": "yes",
        "signed": "yes",
        "no_steps": "no",
        "entities_covered": "yes",
        "earlier_statements": "no",
        "language": "yes",
    }
    assert (assessment.period.start, assessment.period.end) == (date(2024, 4, 1), date(2025, 3, 31))
    assert assessment.kind == "statement" and assessment.statement_probability > 0.9
    assert assessment.warnings == ()
    assert (assessment.rubric, assessment.ruleset, assessment.model) == ("uk_msa_s54", "s54-2015", model.name)


def test_evidence_points_to_sentences_in_order_with_reasons(model: Model, rubric: Rubric) -> None:
    assessment = assess(reading(GOOD), model, rubric)

    for area in assessment.areas:
        positions = [item.position for item in area.evidence]
        assert positions == sorted(set(positions))
        assert area.probability >= max(item.probability for item in area.evidence) - 1e-6
        for item in area.evidence:
            assert item.criteria and item.because
            assert set(item.criteria) <= set(rubric.area(area.area).criteria)
    training = next(area for area in assessment.areas if area.area == "training")
    assert 19 in [item.position for item in training.evidence]
    assert next(item for item in training.evidence if item.position == 19).specific


def test_words_that_carried_a_decision_are_never_a_name(model: Model, rubric: Rubric) -> None:
    assessment = assess(reading(GOOD), model, rubric)

    told = [item for part in (*assessment.areas, *assessment.checks) for item in part.evidence]
    words = " ".join(reason for item in told for reason in item.because).lower()

    assert words
    assert "tressider" not in words and "morwenna" not in words


def test_signed_gives_the_role_and_never_the_name(model: Model, rubric: Rubric) -> None:
    assessment = assess(reading(GOOD), model, rubric)

    signed = next(check for check in assessment.checks if check.check == "signed")

    assert signed.detail == "chief executive"
    assert "Tressider" not in signed.reason


def test_thin_statement_gives_no_passage_found(model: Model, rubric: Rubric) -> None:
    assessment = assess(reading(THIN), model, rubric)

    assert levels(assessment)["training"] == "none"
    assert levels(assessment)["effectiveness"] == "none"
    training = next(area for area in assessment.areas if area.area == "training")
    assert training.reason == "No passage found."
    assert training.evidence == ()
    assert assessment.covered == 0


# --- What can't be told
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pages": 3, "pages_read": (1, 3)}, "1 of 3 pages were not read"),
        ({"low_confidence": True}, "scan was too poor"),
    ],
)
def test_nothing_is_called_absent_when_not_all_was_read(
    model: Model, rubric: Rubric, changes: dict, reason: str
) -> None:
    assessment = assess(reading(THIN, **changes), model, rubric)

    assert "none" not in levels(assessment).values()
    training = next(area for area in assessment.areas if area.area == "training")
    assert training.level == "could_not_check"
    assert reason in training.reason
    assert checks(assessment)["signed"] == "could_not_check"
    assert any(reason in warning for warning in assessment.warnings)
    assert assessment.of == sum(
        level not in ("unsure", "could_not_check") for level in levels(assessment).values()
    )


def test_garbled_sentences_hold_back_absence_too(model: Model, rubric: Rubric) -> None:
    garbled = [Said(i, line, confidence=35.0) for i, line in enumerate(THIN.splitlines())]

    assessment = assess(reading(THIN, sentences=garbled), model, rubric)

    assert "none" not in levels(assessment).values()


def test_what_was_found_stands_although_a_page_was_not_read(model: Model, rubric: Rubric) -> None:
    assessment = assess(reading(GOOD, pages=2), model, rubric)

    assert levels(assessment)["training"] in ("described", "substantive")
    assert checks(assessment)["approved"] == "yes"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"language": "cy"}, "The text is in Welsh"),
        ({"sentences": [], "error": "encrypted"}, "could not be read (encrypted)"),
        ({"sentences": []}, "No text was found"),
    ],
)
def test_nothing_is_told_of_what_the_model_can_not_read(
    model: Model, rubric: Rubric, changes: dict, reason: str
) -> None:
    assessment = assess(reading(GOOD, **changes), model, rubric)

    assert set(levels(assessment).values()) == {"could_not_check"}
    found = checks(assessment)
    # In what language a text is can be told without reading it.
    assert found.pop("language") == ("no" if "language" in changes else "could_not_check")
    assert set(found.values()) == {"could_not_check"}
    assert all(reason in area.reason for area in assessment.areas)
    assert (assessment.covered, assessment.of) == (0, 0)
    assert (assessment.period.start, assessment.period.end) == (None, None)


def test_page_that_points_elsewhere_says_nothing_of_the_statement(model: Model, rubric: Rubric) -> None:
    assessment = assess(
        reading("Our modern slavery statement\nDownload our full statement as a PDF."), model, rubric
    )

    assert assessment.kind == "stub"
    assert set(levels(assessment).values()) == {"could_not_check"}
    assert checks(assessment)["approved"] == "could_not_check"
    assert assessment.warnings == ("This page only points to a statement elsewhere.",)


def test_kind_of_an_unreadable_document(model: Model, rubric: Rubric) -> None:
    assert assess(reading("", sentences=[], error="damaged"), model, rubric).kind == "unreadable"


# --- Fairness
# -------------------------------------------------------------------------------------------------------

ORDER = ["none", "unsure", "mentioned", "described", "substantive"]


@pytest.mark.parametrize(
    "incident",
    [
        "During the year we found two cases of debt bondage at a fruit packing supplier in Turkey.",
        "One instance of forced labour was reported through our helpline and the workers were repaid their "
        "fees.",
        "An audit found that four migrant workers had their passports withheld by an agency.",
        "We have not prevented a case of bonded labour at a mill, and we ended that contract.",
        "A worker was not paid for three months by our subcontractor, which we put right in May.",
        "We failed to detect child labour on a farm that supplies us.",
        "No action had been taken by the agency when excessive overtime was reported to us.",
        "The police rescued six victims of trafficking from a house that belongs to a supplier's gangmaster.",
    ],
)
def test_disclosing_an_incident_never_lowers_a_level(model: Model, rubric: Rubric, incident: str) -> None:
    before = levels(assess(reading(GOOD), model, rubric))

    for place in (8, 14, 20):
        lines = GOOD.splitlines()
        lines.insert(place, incident)
        after = levels(assess(reading("\n".join(lines)), model, rubric))
        for area, level in before.items():
            assert ORDER.index(after[area]) >= ORDER.index(level), (
                f"{area} fell from {level} to {after[area]}"
            )


@pytest.mark.parametrize("status", ["done", "planned", "denied"])
@pytest.mark.parametrize("specific", [False, True])
def test_no_sentence_lowers_a_level_whatever_it_is_taken_for(
    rubric: Rubric, status: str, specific: bool
) -> None:
    """An incident may be read as done, planned or denied, for any criterion: by the rules no level can
    fall.
    """
    pools = [
        [],
        [item()],
        [item(specific=True)],
        [item(), item()],
        [item(specific=True)] * 2 + [item()] * 2,
        [item("planned")],
        [item("denied")],
    ]
    for area in rubric.areas:
        for pool in pools:
            evidence = [replace(one, criteria=(area.criteria[0],)) for one in pool]
            for criterion in area.criteria:
                more = [*evidence, item(status, specific, criterion)]
                before = level_of(area, rubric.levels, evidence)[0] if evidence else "none"
                assert ORDER.index(level_of(area, rubric.levels, more)[0]) >= ORDER.index(before)


def test_saying_that_nothing_was_found_is_not_denied() -> None:
    assert status_of("No incidents of modern slavery were reported in the year.", 0.0, 0.1) == "done"


def test_heading_alone_is_no_evidence(model: Model, rubric: Rubric) -> None:
    lines = [*THIN.splitlines(), "Training on modern slavery for all staff and suppliers"]
    said = [
        Said(i, line, kind="heading" if i == len(lines) - 1 else "sentence") for i, line in enumerate(lines)
    ]

    assessment = assess(reading("", sentences=said), model, rubric)

    training = next(area for area in assessment.areas if area.area == "training")
    assert training.level in ("none", "unsure")
    assert len(lines) - 1 not in [item.position for item in training.evidence]


# --- Areas of many small signs
# --------------------------------------------------------------------------------------


class Saying:
    """A model that gives every sentence the same probability of showing measure_training, and shows nothing
    else.
    """

    name, criteria = "saying", CRITERIA

    def __init__(self, probability: float, threshold: float = 0.3, lower: float = 0.1) -> None:
        self._said = probability
        self._bounds = (threshold, lower)

    def predict(self, sentences: Sequence[str], statement_ids: Sequence[str]) -> Any:
        said = np.full((len(sentences), len(CRITERIA)), 0.001, np.float32)
        said[:, CRITERIA.index("measure_training")] = self._said
        threshold, lower = (np.full(len(CRITERIA), bound, np.float32) for bound in self._bounds)
        return SimpleNamespace(
            probabilities=said,
            decisions=said >= threshold,
            thresholds=threshold,
            lower=lower,
            upper=np.full(len(CRITERIA), 0.5, np.float32),
            explain=lambda *_: (),
        )


def training_level(said: float, sentences: Sequence[Said], rubric: Rubric) -> str:
    assessment = assess(reading("", sentences=sentences), Saying(said), rubric)  # type: ignore[arg-type]
    return levels(assessment)["training"]


@pytest.mark.parametrize(
    ("said", "count", "stated"), [(0.4, 1, False), (0.4, 2, True), (0.31, 2, True), (0.2, 4, False)]
)
def test_sentences_that_are_each_rather_likely_are_sure_together(
    said: float, count: int, stated: bool, rubric: Rubric
) -> None:
    sentences = [Said(n, f"In May we trained {n + 20} of our buyers on slavery.") for n in range(count)]

    assert training_level(said, sentences, rubric) == ("described" if stated else "unsure")


@pytest.mark.parametrize(
    ("heading", "level"),
    [("Training", "described"), ("Raising awareness", "described"), ("Our sites", "unsure")],
)
def test_heading_that_names_an_area_settles_a_doubt(heading: str, level: str, rubric: Rubric) -> None:
    texts = (
        "Sixty-two managers came to a session on forced labour in May.",
        "It was given by the police for 40 staff.",
    )
    sentences = [Said(n, text, heading=heading) for n, text in enumerate(texts)]

    assert training_level(0.2, sentences, rubric) == level


def test_heading_makes_no_evidence_of_a_sentence_about_nothing(rubric: Rubric) -> None:
    assert training_level(0.01, [Said(0, "Lunch was served.", heading="Training")], rubric) == "none"


def test_repeated_sentence_counts_once(model: Model, rubric: Rubric) -> None:
    once = "All buyers completed training on the signs of modern slavery."
    said = [Said(i, line) for i, line in enumerate([*THIN.splitlines(), once, once, once.upper()])]

    assessment = assess(reading("", sentences=said), model, rubric)

    training = next(area for area in assessment.areas if area.area == "training")
    assert len(training.evidence) == 1


def test_text_that_names_another_organisation_is_warned_of(model: Model, rubric: Rubric) -> None:
    named = assess(reading(GOOD, organisation="HARROW AND FINCH LTD"), model, rubric)
    other = assess(reading(GOOD, organisation="Castle Quarry plc"), model, rubric)

    assert named.warnings == ()
    assert other.warnings == ("The text does not name Castle Quarry plc.",)


def test_policy_is_assessed_and_says_that_it_is_one(model: Model, rubric: Rubric) -> None:
    policy = (
        "Anti-slavery policy\nThis policy applies to all employees.\nYou must report any suspicion of "
        "slavery to your manager.\n"
        "Employees must follow this policy and a breach of this policy leads to dismissal.\nThe policy owner "
        "is the HR team.\n"
        "All staff receive training on modern slavery every year.\n"
        + "This policy is reviewed each year.\n"
        * 2
    )

    assessment = assess(reading(policy), model, rubric)

    assert assessment.kind == "policy"
    assert any("does not look like a statement" in warning for warning in assessment.warnings)
    assert levels(assessment)["training"] != "could_not_check"


# --- Levels by rule
# -------------------------------------------------------------------------------------------------


def item(
    status: str = "done", specific: bool = False, criterion: str = "measure_training", position: int = 0
) -> Evidence:
    return Evidence(position, 0.9, (criterion,), status, specific)


@pytest.mark.parametrize(
    ("evidence", "level"),
    [
        ([item()], "mentioned"),
        ([item(specific=True)], "described"),
        ([item(), item()], "described"),
        ([item()] * 4, "described"),
        ([item(specific=True)] * 2 + [item()] * 2, "substantive"),
        ([item("planned", True)] * 5, "mentioned"),
        ([item("denied")], "mentioned"),
        ([item("planned")] * 3 + [item(), item()], "described"),
    ],
)
def test_level_follows_number_specificity_and_status(
    rubric: Rubric, evidence: list[Evidence], level: str
) -> None:
    assert level_of(rubric.area("training"), rubric.levels, evidence)[0] == level


def test_level_says_why(rubric: Rubric) -> None:
    _, reason = level_of(
        rubric.area("training"), rubric.levels, [item(specific=True), item("planned"), item("denied")]
    )

    assert (
        reason
        == "1 sentence on what is done, 1 with concrete details, 1 planned, 1 denied; substantive takes 4 "
        "and 2."
    )


def test_denied_only_says_so(rubric: Rubric) -> None:
    _, reason = level_of(rubric.area("training"), rubric.levels, [item("denied")])

    assert reason.endswith("says that it is not done.")


def test_more_evidence_never_lowers_a_level(rubric: Rubric) -> None:
    evidence: list[Evidence] = []
    last = 0
    for addition in (
        item(),
        item(specific=True),
        item("denied"),
        item(),
        item("planned"),
        item(specific=True),
    ):
        evidence.append(addition)
        now = ORDER.index(level_of(rubric.area("training"), rubric.levels, evidence)[0])
        assert now >= last
        last = now


def test_risk_needs_both_halves_to_be_substantive(rubric: Rubric) -> None:
    half = [item(specific=True, criterion="measure_risk_assessment")] * 5

    level, reason = level_of(rubric.area("risk"), rubric.levels, half)

    assert level == "described"
    assert reason.endswith("nothing on where the risk lies.")


# --- Sentences
# ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "p_future", "status"),
    [
        ("We trained 58 buyers in March.", 0.05, "done"),
        ("We plan to introduce training for buyers.", 0.15, "planned"),
        ("In the next financial year we will train our drivers.", 0.15, "planned"),
        ("Training will be rolled out to all depots.", 0.12, "planned"),
        ("We will terminate contracts with suppliers that use forced labour.", 0.3, "done"),
        ("We will continue to audit our mills.", 0.3, "done"),
        ("Audits of twelve more mills", 0.7, "planned"),
        ("We are developing a course for our drivers.", 0.1, "planned"),
        ("Extend the audits to mills abroad", 0.2, "planned"),
        ("If an audit finds a breach, we will agree a plan with the mill.", 0.2, "done"),
        ("As planned, we audited twelve mills and will publish the results.", 0.1, "done"),
        ("The policy is reviewed every year.", 0.1, "done"),
        ("We have not provided training on modern slavery.", 0.05, "denied"),
        ("No training was provided in the year.", 0.05, "denied"),
        ("There were no reported cases of slavery.", 0.05, "done"),
    ],
)
def test_status(text: str, p_future: float, status: str) -> None:
    assert status_of(text, p_future, 0.1) == status


@pytest.mark.parametrize(
    ("above", "status"),
    [
        ({}, "done"),
        ({"introduction": "In the coming year we will:"}, "planned"),
        ({"introduction": "In the year we have:"}, "done"),
        ({"introduction": "Our suppliers provide:"}, "done"),
        ({"introduction": "To identify and reduce risk, we:"}, "done"),
        ({"heading": "4. Next steps"}, "planned"),
        ({"heading": "Our priorities for the year ahead"}, "planned"),
        ({"heading": "Steps taken in the year"}, "done"),
    ],
)
def test_status_by_what_stands_above(above: dict[str, str], status: str) -> None:
    assert status_of("Audits of the twelve mills in Kent.", 0.2, 0.01, **above) == status


def test_an_item_with_a_clause_of_its_own_speaks_for_itself() -> None:
    text = "Audits: we visit each of the twelve mills in Kent."
    assert status_of(text, 0.1, 0.01, introduction="We will hold to these principles:") == "done"


def test_items_of_a_planned_list_are_planned(model: Model, rubric: Rubric) -> None:
    plans = [
        "Audits of all 38 supplier sites in Turkey and Greece.",
        "Training on modern slavery for all 58 buyers.",
    ]
    lines = [*GOOD.splitlines()[:6], "In the next financial year we will carry out:"]
    said = [Said(at, text) for at, text in enumerate(lines)]
    said += [Said(len(lines) + at, text, kind="list_item") for at, text in enumerate(plans)]
    result = assess(replace(reading("x"), sentences=said), model, rubric)
    statuses = {item.position: item.status for area in result.areas for item in area.evidence}
    assert {statuses[len(lines)], statuses[len(lines) + 1]} == {"planned"}


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("We audited 38 sites.", ("a number",)),
        ("Training is given annually.", ("a frequency",)),
        ("The code was revised in May 2024.", ("a date",)),
        ("Suppliers join Sedex.", ("a named standard or body",)),
        ("Our fruit comes from Turkey.", ("a place",)),
        ("We are committed to high standards.", ()),
        ("This follows section 54 of the Modern Slavery Act 2015.", ()),
        ("See https://harrowfinch.example/2024/report for more.", ()),
        ("We trained c.600 workers.", ("a number",)),
        ("Write to Harrow & Finch, 12 Mill Road, Lowmere LO1 2AB.", ()),
        ("We audited 12 mills on Mill Road.", ("a number",)),
    ],
)
def test_details_are_what_a_reader_could_check(text: str, details: tuple[str, ...]) -> None:
    assert details_in(text) == details


@pytest.mark.parametrize(
    "text",
    [
        "Training .............. 7",
        "Contents",
        "Page 2 of 9",
        "12",
        "Harrow House, 1 Mill Lane, Deal CT14 0AA Tel: 01304 496 0000",
        "www.harrowfinch.example",
        "© 2025 Harrow & Finch. All rights reserved.",
        "We use cookies to improve your experience.",
    ],
)
def test_furniture_is_no_evidence(text: str) -> None:
    assert is_furniture(text)


@pytest.mark.parametrize(
    "text",
    [
        "Staff can report concerns by email to speakup@harrowfinch.example or on the helpline.",
        "Our registered office is at 1 Mill Lane, Deal CT14 0AA and we employ 640 people.",
        "All 58 buyers completed training in March.",
        "Our policy can be read at https://harrowfinch.example/policy by every supplier.",
    ],
)
def test_sentences_with_addresses_are_kept(text: str) -> None:
    assert not is_furniture(text)


# --- Running heads and feet


def test_a_running_foot_gives_period_and_company_where_the_text_gives_none(
    model: Model, rubric: Rubric
) -> None:
    said = "This statement is made under section 54 of the Modern Slavery Act 2015.\nWe audit our suppliers."
    foot = ("Harrow Mills Limited - statement for the year ended 31 March 2024", "Site made by Finch Limited")

    without = assess(reading(said), model, rubric)
    found = assess(reading(said, furniture=foot), model, rubric)

    assert (without.period.end, checks(without)["entities_covered"]) == (None, "not_explicit")
    assert (found.period.start, found.period.end) == (date(2023, 4, 1), date(2024, 3, 31))
    assert checks(found)["entities_covered"] == "yes"


def test_what_the_text_says_goes_before_its_running_feet(model: Model, rubric: Rubric) -> None:
    said = (
        "This statement is made under section 54 for the year ended 31 March 2024.\nWe audit our suppliers."
    )

    found = assess(reading(said, furniture=("Report for the year ended 31 March 2021",)), model, rubric)

    assert found.period.end == date(2024, 3, 31)


def test_who_made_the_site_is_not_whose_statement_it_is(model: Model, rubric: Rubric) -> None:
    said = "This statement is made under section 54 of the Modern Slavery Act 2015.\nWe audit our suppliers."

    found = assess(reading(said, furniture=("Site made by Finch Limited",)), model, rubric)

    assert checks(found)["entities_covered"] == "not_explicit"


# --- Pages that could not be read


LOSS = "Not all pages could be read (page 2: damaged)."


@pytest.mark.parametrize(
    ("said", "kind"),
    [("We sell bread in forty shops.\nThey are open at nine.", "unreadable"), (GOOD, "statement")],
    ids=["what is left says nothing", "what is left is a statement"],
)
def test_a_lost_page_leaves_open_what_a_text_is(model: Model, rubric: Rubric, said: str, kind: str) -> None:
    found = assess(reading(said, pages=2, loss=LOSS), model, rubric)

    assert found.kind == kind
    assert LOSS in found.warnings


def test_the_reason_of_a_file_without_any_page_read_is_our_own(model: Model, rubric: Rubric) -> None:
    loss = "Not all pages could be read (page 1: a scan, and this copy of the program cannot read scans)."

    found = assess(reading("", sentences=(), pages_read=(), loss=loss), model, rubric)

    assert found.kind == "unreadable"
    assert {area.reason for area in found.areas} == {loss}


# --- Public bodies
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("organisation", "approval", "value", "reason"),
    [
        ("Fernshire County Council", "", "no", "No passage found that says who approved it. In a council"),
        (
            "The Fernshire Police and Crime Commissioner",
            "",
            "no",
            "the commissioner approves, who has no board",
        ),
        (
            "The Fernshire Police and Crime Commissioner",
            "This statement was approved by the Police and Crime Commissioner on 4 May 2025.",
            "yes",
            "Says that the commissioner approved the statement.",
        ),
        (
            "Fernshire Police",
            "The Chief Constable approved this statement.",
            "yes",
            "the chief constable approved",
        ),
        (
            "Fernshire County Council",
            "This statement was approved by the Council's Chief Executive on 4 May 2025.",
            "no",
            "Section 54(6) does not bind it.",
        ),
        ("Harrow & Finch Ltd", "", "no", "the board or the members approved the statement."),
    ],
)
def test_who_approves_for_a_public_body(
    model: Model, rubric: Rubric, organisation: str, approval: str, value: str, reason: str
) -> None:
    said = f"{THIN}\n{approval}" if approval else THIN
    assessment = assess(reading(said, organisation=organisation), model, rubric)
    approved = next(check for check in assessment.checks if check.check == "approved")

    assert approved.value == value
    assert reason in approved.reason
    assert ("54(6)" in approved.reason) == (organisation != "Harrow & Finch Ltd")
