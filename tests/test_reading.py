"""Fact told from law, plan and hearsay: short texts of organisations that do not exist, with the right
answers.
"""

from __future__ import annotations

import pytest

from classifier.approval import check_approved
from classifier.checks import check_entities, check_no_steps
from classifier.findings import Line
from classifier.kind import judge_text
from classifier.passages import details_in, is_about
from classifier.signature import check_signed
from classifier.status import status_of


def line(text: str, approval: float = 0.9, signature: float = 0.05) -> Line:
    return Line(text, approval, signature, approval >= 0.5, signature >= 0.5)


PROSE = [
    line("We buy flour from nine mills in England and audit each of them every two years.", 0.001, 0.001)
] * 20

# --- Approval
# -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The statement must be approved by the Board of Directors.",
        "This statement will be presented to the Board for approval in July.",
        "It is to be approved by the trustees in May.",
        "The statement should be approved by the board and signed by a director.",
        "Under the Modern Slavery Act the statement requires the approval of the board.",
        "Once approved by the board, the statement will be published.",
        "The board may approve this statement in spring; approval is pending.",
        "The statement has not yet been approved by the board.",
        "Cabinet is asked to endorse the statement; approval by Full Council is needed.",
        "The Act says that a statement is approved by the board of directors.",
        "An organisation's statement has to be approved by its board.",
        "This statement is approved by the board each year.",
        "Board approval will be sought in June.",
    ],
)
def test_a_duty_a_plan_or_a_custom_is_no_approval(text: str) -> None:
    assert check_approved([*PROSE, line(text)]).value == "not_explicit"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("This statement was approved by the Council's Chief Executive on 4 May 2024.", "one person"),
        ("This statement was approved by the Chair of the Board of Trustees.", "one person"),
        ("Approved by the Cabinet Member for Finance.", "one person"),
        ("This statement was approved by the Leader of the Council.", "one person"),
        ("The Chief Executive of the Trust has approved this statement.", "one person"),
        ("This statement has been approved by Morwenna Tressider, Chairman of Harrow & Finch.", "one person"),
        (
            "Under powers delegated by the trustees, the Finance Director approved this statement.",
            "one person",
        ),
        ("This statement was approved by the Senior Management Team of the Council.", "management"),
        ("This statement has been approved by the Council’s Senior Leadership Team.", "management"),
        ("The Executive Team approved this statement in May.", "management"),
        ("This statement was approved by the Procurement Project Board.", "committee"),
        ("This statement was approved by the Audit Committee of the Board.", "committee"),
        ("The anti-slavery steering group approved this statement.", "committee"),
    ],
)
def test_the_actor_nearest_to_the_act_is_who_approved(text: str, detail: str) -> None:
    finding = check_approved([*PROSE, line(text)])

    assert (finding.value, finding.detail) == ("no", detail)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (
            "The statement was agreed by the University Council and signed off by the Vice-Chancellor.",
            "board",
        ),
        (
            "This statement has been approved by the Council of Fernshire College, who will review it.",
            "board",
        ),
        ("The Audit Committee reviewed it and the trustees approved this statement on 3 March.", "board"),
        ("The Directors of Harrow & Finch plc approved this statement on 4 May 2019.", "board"),
        ("It was approved by the boards of Harrow Limited, Finch Limited and Quill Limited.", "board"),
        ("This statement was approved by the Chief Executive and the Board of Directors.", "board"),
        ("It was submitted to the board for approval and was approved on 4 May by the board.", "board"),
        ("The statement, which must be published each year, was approved by the board.", "board"),
        ("The directors have endorsed this policy, which is signed on behalf of the Board.", "board"),
        ("Board approval was received on 27 April 2022 for this statement.", "board"),
        ("This statement was approved by the board members of Harrow Limited.", "board"),
        ("This statement was approved by the members of Harrow Finch LLP.", "members"),
        ("The board of directors of Harrow Facilities Management Limited approved this statement.", "board"),
    ],
)
def test_the_board_approved(text: str, detail: str) -> None:
    finding = check_approved([*PROSE, line(text)])

    assert (finding.value, finding.detail) == ("yes", detail)


@pytest.mark.parametrize(
    "text",
    [
        "Our Supplier Code was approved by the board in 2021.",
        "We have adopted an anti-slavery policy which has been approved by our Board of Directors.",
        "Every supplier passes a supplier approval process led by the board.",
    ],
)
def test_the_approval_of_something_else_is_none_of_the_statement(text: str) -> None:
    assert check_approved([*PROSE, line(text, approval=0.1)]).value == "no"


# --- Signature
# ------------------------------------------------------------------------------------------------------

FOOTER = [
    "Join our newsletter",
    "Bathrooms",
    "Kitchens",
    "Taps",
    "Showers",
    "Delivery",
    "Returns",
    "Careers",
] * 3


def signed(*texts: str, signature: float = 0.1) -> str:
    return check_signed([*PROSE, *(line(text, 0.05, signature) for text in texts)]).value


@pytest.mark.parametrize(
    "texts",
    [
        ("Ian Page, Chief Executive Officer, 30 April 2024",),
        ("Theresa May", "Managing Director"),
        ("June Carter, Director",),
        ("Alan Street", "Finance Director"),
        ("12 May 2024 Ann Lee, Director",),
        ("Kevin Ollery", "Chairman", "For and on behalf of Tapwell and Sons Limited"),
        ("Kevin Ollery", "Tapwell and Sons Limited", "Chairman"),
        ("Perpetua Quill", "Chief Legal and Compliance Officer"),
        ("Perpetua Quill", "Leader of the Council"),
        ("This statement was signed on its behalf by Perpetua Quill, Chief Executive, in May.",),
        ("Approved by the board on 4 May 2025 Perpetua Quill, Chief Executive",),
    ],
)
def test_name_and_title_are_a_signature(texts: tuple[str, ...]) -> None:
    assert signed(*texts) == "yes"


def test_signature_above_a_long_footer_is_found() -> None:
    block = [
        "This statement was approved by the board of directors on 25 April 2024.",
        "Kevin Ollery",
        "Chairman",
    ]

    assert check_signed([*PROSE, *(line(text, 0.05, 0.1) for text in (*block, *FOOTER))]).value == "yes"


@pytest.mark.parametrize(
    "texts",
    [
        ("Chief Executive Officer", "Head of Sales", "Branch Network"),
        (
            "Key Responsibility Structure:",
            "Chief Executive Officer",
            "Head of Retail Sales",
            "Branch Network",
        ),
        ("Managing Director", "Finance Director", "Operations Director", "Head of People"),
        ("12 Mill Street, Lowmere", "Company Secretary"),
        ("The statement must be signed by a director.",),
        ("Harrow Finch Limited", "Director"),
    ],
)
def test_charts_addresses_and_companies_are_no_signature(texts: tuple[str, ...]) -> None:
    assert signed(*texts) != "yes"


# --- No steps
# -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The Act allows an organisation to state that no steps have been taken.",
        "Section 54 lets a business say that it has taken no steps.",
        "An organisation may state that it has taken no such steps.",
        "If the company has not taken any steps, it must say so.",
        "Suppliers that have not taken steps are asked why.",
        "Companies must state that no steps have been taken.",
        "We work with suppliers who have taken no measures so far.",
    ],
)
def test_what_the_law_allows_or_others_left_undone_is_not_no_steps(text: str) -> None:
    assert check_no_steps([line(text)]).value == "no"


@pytest.mark.parametrize(
    "text",
    [
        "In the year Harrow & Finch Limited has not taken any steps to address slavery.",
        "No such steps have been taken.",
        "We took no steps in the financial year.",
        "We state that we have taken no steps this year.",
    ],
)
def test_no_steps_said_of_oneself_is_found(text: str) -> None:
    assert check_no_steps([line(text)]).value == "yes"


# --- Entities
# -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "It covers Harrow Limited and Finch Limited.",
        "The entities covered are Harrow Limited, Finch Limited and Quill LLP.",
        "This policy applies to Harrow Buses Limited, Finch Coaches Limited and Quill Travel Limited.",
        "This constitutes Harrow Limited's slavery and human trafficking statement.",
        "Fernshire County Council publishes this statement under section 54.",
        "This statement covers the University of Lowmere.",
        "This statement is made on behalf of Fernshire NHS Foundation Trust.",
        "This statement is made by the Lowmere Housing Association.",
    ],
)
def test_entities_that_are_named(text: str) -> None:
    assert check_entities([line(text)]).value == "yes"


# --- Status
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heading", "status"),
    [
        ("We briefed all buyers on modern slavery.", "Future developments", "done"),
        ("raised the topic in a briefing for all employees.", "Future developments", "done"),
        ("All sites have been audited.", "Looking ahead", "done"),
        ("To have completed training by March 2026", None, "planned"),
        ("Train front-line staff to spot trafficking.", "Priority three", "planned"),
        ("Map the supply chain of cotton.", "How?", "planned"),
        ("Extend the audits to growers.", "Next steps", "planned"),
        ("Work with the police on a joint protocol.", "What we will do", "planned"),
        ("We do not have full control over the recruitment process.", "Employment", "done"),
        ("This is an area of risk, as we do not have sight of every tier.", None, "done"),
        ("We do not have a policy on modern slavery.", None, "denied"),
        ("No training was given in the year.", None, "denied"),
        ("We have not audited our suppliers.", None, "denied"),
        ("No incidents were reported.", None, "done"),
    ],
)
def test_status(text: str, heading: str | None, status: str) -> None:
    assert status_of(text, 0.15, 0.05, heading=heading) == status


# --- Subject
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "text", "heading", "paragraph", "about"),
    [
        ("training", "We train candidates to become lorry drivers.", "What we do", "", False),
        ("training", "All staff complete training on the code of conduct.", "Ethics", "", False),
        ("training", "All staff complete fire safety training.", "Training", "", False),
        ("training", "All staff complete training each year.", "Training", "", True),
        ("training", "All buyers complete training on forced labour.", None, "", True),
        ("training", "All staff complete it each year.", None, "We train on modern slavery.", True),
        ("training", "Training is given each year.", None, "It covers the signs of modern slavery.", True),
        (
            "risk",
            "The demand for our services is seasonal; high in spring, low in summer.",
            "Business",
            "",
            False,
        ),
        ("risk", "The board reviews currency and credit risk.", "Risk management", "", False),
        ("risk", "The risk of forced labour is highest in cotton.", None, "", True),
        ("risk", "Temporary staff are a potential area of risk.", "Employment", "", True),
        ("effectiveness", "This statement is reviewed annually.", "Review", "", False),
        ("effectiveness", "It was last reviewed on 12 March 2024.", "Review", "Slavery is a crime.", False),
        ("effectiveness", "Our policies are reviewed each year by the HR team.", "Effectiveness", "", False),
        ("effectiveness", "We have a number of policies against slavery.", None, "", False),
        (
            "effectiveness",
            "The auditors' report holds no material misstatement in 90% of cases.",
            None,
            "",
            False,
        ),
        ("effectiveness", "96% of buyers finished the course on forced labour.", None, "", True),
        ("effectiveness", "We measure the effectiveness of our steps against slavery.", None, "", True),
        ("effectiveness", "Number of supplier sites audited", "KPIs", "", True),
        ("effectiveness", "No cases of modern slavery were reported in the year.", None, "", True),
        ("structure", "We bake bread in Kent.", None, "", True),
    ],
)
def test_evidence_is_about_its_area(
    area: str, text: str, heading: str | None, paragraph: str, about: bool
) -> None:
    assert is_about(area, text, heading, paragraph) is about


def test_who_was_trained_and_who_is_at_risk_are_details() -> None:
    assert "who was trained, or how" in details_in(
        "Training was completed by all employees in our buying team."
    )
    assert "who or what is at risk" in details_in("Agency workers are at risk of exploitation.")
    assert details_in("We train our staff.") == ()


# --- Kind
# -----------------------------------------------------------------------------------------------------------

NO_STATEMENTS = {
    "job advert": [
        "Modern Slavery Lead. Salary £41,000 per annum. Fernshire County Council has a vacancy for a lead on modern "  # noqa: E501
        "slavery. You will draft our annual modern slavery statement under section 54 of the Modern Slavery Act 2015, "  # noqa: E501
        "train our suppliers and report to the board of directors. Closing date 3 May. Apply online.",
        "Job title: Human Rights Manager. Full-time. We are looking for a specialist on modern slavery in our supply "  # noqa: E501
        "chains. You will run due diligence on our suppliers and prepare the modern slavery statement for each financial "  # noqa: E501
        "year for approval by the board of directors. Essential criteria: knowledge of the Modern Slavery Act 2015.",  # noqa: E501
    ],
    "how-to article": [
        "How to write a modern slavery statement. If your turnover is over £36 million, section 54 of the Modern Slavery "  # noqa: E501
        "Act 2015 says that your business must publish a statement each financial year. Your statement should be approved "  # noqa: E501
        "by the board of directors and signed by a director. You should describe your supply chains and due diligence.",  # noqa: E501
        "Modern slavery statements: a checklist. Organisations with a turnover of £36 million must publish a slavery and "  # noqa: E501
        "human trafficking statement under the Modern Slavery Act. The statement must be approved by the board. Step 1: "  # noqa: E501
        "map your supply chain. Step 2: assess risk in your supply chains. You need to link to it from your home page.",  # noqa: E501
    ],
    "contract": [
        "Modern slavery. 12.1 The Supplier shall comply with the Modern Slavery Act 2015. 12.2 The Supplier warrants that "  # noqa: E501
        "it was not convicted of slavery or human trafficking. 12.3 The Supplier shall give the Customer an annual "  # noqa: E501
        "statement on the steps it has taken in its supply chains. Breach of this clause is a material breach of this "  # noqa: E501
        "Agreement.",
    ],
    "template": [
        "[Organisation name] Modern Slavery Statement. This statement is made under section 54 of the Modern Slavery Act "  # noqa: E501
        "2015 and sets out the steps that [organisation name] has taken in the financial year ending [date]. Our supply "  # noqa: E501
        "chains: [describe supply chains]. Approved by the board of directors on [insert date]. Signed [name] [role].",  # noqa: E501
    ],
    "letter": [
        "Dear Supplier, We are writing to all our suppliers about the Modern Slavery Act 2015. Section 54 requires us to "  # noqa: E501
        "publish a slavery and human trafficking statement each financial year. Please complete the questionnaire on "  # noqa: E501
        "forced labour in your supply chains. Yours faithfully, Ann Lee, Procurement Director",
    ],
    "strategy": [
        "Fernshire Anti-Slavery Strategy 2023-2026. Our vision is a county without modern slavery. Priority one: prevent. "  # noqa: E501
        "We will train front-line staff to spot human trafficking. Priority two: protect. The council publishes a "  # noqa: E501
        "statement under the Modern Slavery Act 2015. Approved by Cabinet. Supply chains and due diligence follow.",  # noqa: E501
    ],
    "partnership report": [
        "Fernshire Anti-Slavery Partnership annual report 2023. The partnership brings together the police and partner "  # noqa: E501
        "agencies. 41 victims were identified and 36 NRM referrals were made, most for forced labour. The safeguarding "  # noqa: E501
        "board received a report on human trafficking and the Modern Slavery Act 2015.",
    ],
    "consultation reply": [
        "Response to the Home Office consultation on transparency in supply chains. We support the proposals to make the "  # noqa: E501
        "areas of section 54 of the Modern Slavery Act 2015 mandatory. Question 1: yes. Question 2: a slavery statement "  # noqa: E501
        "should be published within six months of the financial year end.",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [text for texts in NO_STATEMENTS.values() for text in texts],
    ids=[kind for kind, texts in NO_STATEMENTS.items() for _ in texts],
)
def test_texts_that_talk_of_statements_are_none(text: str) -> None:
    kind, probability, _ = judge_text(text)

    assert kind == "other"
    assert probability < 0.1


def test_long_landing_page_that_links_to_the_statement_points_to_it() -> None:
    page = (
        "Modern slavery. Harrow & Finch believes that nobody should be forced to work. "
        + "We are proud of our people, and of the mills that supply us, many of them for decades. " * 12
        + "We stand against slavery in all its forms. Read our 2024 modern slavery statement (PDF, 400 KB)."
    )

    assert len(page.split()) > 200
    assert judge_text(page)[0] == "stub"


@pytest.mark.parametrize(
    "text",
    [
        "Modern Slavery Statement. Pinfold Labs Ltd makes software in Leeds. We ask suppliers to follow the "
        "UK Modern "
        "Slavery Act 2015, send each a questionnaire every year and hold a right to audit.",
        "Slavery. We oppose slavery and forced labour, and so do our suppliers.",
    ],
)
def test_short_text_without_a_link_is_no_pointer(text: str) -> None:
    assert judge_text(text)[0] != "stub"
