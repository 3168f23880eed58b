"""What of the margins of pages is furniture, and what is text that may not be lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from extraction_documents import FIRST, SECOND, THIRD, pdf, prose, together
from reportlab.pdfgen.canvas import Canvas

from extraction.text import Text, extract


def texts(text: Text, page: int | None = None) -> list[str]:
    return [sentence.text for sentence in text.sentences if page in (None, sentence.page)]


ACT = "This statement is made under section 54 of the Modern Slavery Act 2015."


def statement_of(
    company: str, *, top: float = 40, size: float = 11, with_head: bool = False
) -> Callable[[Canvas], None]:
    """Return a page with the statement of one company of a group: all of them begin alike."""
    parts = [
        prose("Modern slavery statement", top=top, size=16, font="Helvetica-Bold"),
        prose(f"{ACT} {FIRST}", top=top + 30, size=size),
        prose("Checks", top=top + 70, font="Helvetica-Bold", size=size),
        prose(SECOND, top=top + 90, size=size),
        prose(f"The board of {company} approved it.", top=top + 150, size=size),
        prose("Chair", top=815, size=size),
    ]
    if with_head:
        parts.append(prose("Group policies", top=15, size=8))
    return together(*parts)


@pytest.mark.parametrize("top", [40, 60, 100])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_statements_that_begin_alike_lose_nothing(top: float, count: int) -> None:
    companies = [f"{name} Limited" for name in ("Ash", "Beech", "Cedar", "Elm", "Fir", "Holly", "Oak", "Yew")]

    text = extract(pdf(*(statement_of(company, top=top) for company in companies[:count])))

    for page, company in enumerate(companies[:count], start=1):
        assert texts(text, page) == [
            "Modern slavery statement",
            ACT,
            FIRST,
            "Checks",
            SECOND,
            f"The board of {company} approved it.",
            "Chair",
        ]
    assert text.metadata["furniture"] == []


def test_pages_that_begin_alike_still_lose_the_heads_of_the_whole_file() -> None:
    others = [
        together(prose(f"{THIRD} {word}", top=300), prose("Group policies", top=15, size=8))
        for word in ("One.", "Two.", "Three.")
    ]

    text = extract(pdf(*(statement_of(name, with_head=True) for name in ("Ash", "Beech")), *others))

    assert "Group policies" not in texts(text)
    assert texts(text).count(ACT) == 2


@pytest.mark.parametrize("sentence", [ACT, "We treat everybody who works for us fairly."])
def test_a_sentence_at_the_head_of_every_page_is_text(sentence: str) -> None:
    pages = [together(prose(sentence, top=50), prose(body, top=300)) for body in (FIRST, SECOND)]

    text = extract(pdf(*pages))

    assert texts(text).count(sentence) == 2


@pytest.mark.parametrize(
    "foot",
    [
        "Larkfield Limited is registered in England and Wales as number 01234567.",
        "This policy is uncontrolled when it is printed or copied by anybody.",
        "Larkfield Foods - Statement For The Year Ended 31 March 2024",
    ],
)
def test_an_imprint_at_the_foot_is_furniture_and_its_facts_are_kept(foot: str) -> None:
    pages = [together(prose(f"{FIRST} {word}", top=300), prose(foot, top=810)) for word in ("One.", "Two.")]

    text = extract(pdf(*pages))

    assert foot not in texts(text)
    assert text.metadata["furniture"] == [foot]


def test_small_type_at_the_foot_is_furniture_though_it_is_a_sentence() -> None:
    foot = "This statement is also there in Welsh, and in large type."
    pages = [
        together(prose(f"{FIRST} {word}", top=300), prose(foot, top=810, size=8)) for word in ("One.", "Two.")
    ]

    text = extract(pdf(*pages))

    assert text.metadata["furniture"] == [foot]


def test_furniture_goes_to_metadata_and_names_the_company() -> None:
    def with_feet(number: int, body: str) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, 810, "Larkfield Foods – Modern slavery statement 2024")
            canvas.drawString(
                72, 30, "Larkfield Foods Limited. Registered in England and Wales, company number 123456 "
            )
            canvas.drawRightString(540, 30, f"Page {number} of 2")
            prose(body)(canvas)

        return draw

    text = extract(pdf(with_feet(1, FIRST), with_feet(2, SECOND)))

    assert texts(text) == [FIRST, SECOND]
    assert text.metadata["furniture"] == [
        "Larkfield Foods – Modern slavery statement 2024",
        "Larkfield Foods Limited. Registered in England and Wales, company number 123456",
    ]
    assert text.metadata["company_number"] == "00123456"


@pytest.mark.parametrize(
    ("pages", "with_foot", "is_furniture"), [(6, 2, True), (7, 2, False), (7, 3, True), (2, 1, False)]
)
def test_a_foot_is_furniture_where_enough_pages_repeat_it(
    pages: int, with_foot: int, is_furniture: bool
) -> None:
    def draw(number: int) -> Callable[[Canvas], None]:
        def page(canvas: Canvas) -> None:
            prose(f"Chapter {'abcdefg'[number]}. {FIRST}", top=400)(canvas)
            if number < with_foot:
                canvas.drawString(72, 30, "Larkfield Foods – Statement")

        return page

    text = extract(pdf(*(draw(number) for number in range(pages))))

    assert ("Larkfield Foods – Statement" in texts(text)) is not is_furniture
    assert text.metadata["furniture"] == (["Larkfield Foods – Statement"] if is_furniture else [])


def test_a_line_that_counts_pages_is_no_page_number() -> None:
    def page(canvas: Canvas) -> None:
        prose()(canvas)
        canvas.drawString(72, 30, "3 pages")

    text = extract(pdf(page, prose(SECOND)))

    assert "3 pages" in texts(text)
