"""Sentence splitting, and the assembly of blocks to sentences with headings and boxes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from extraction.contents import Block, Span, Word
from extraction.sentences import Box, assemble, line_boxes
from extraction.splitting import split_sentences
from extraction.vocabulary import join_line_end, known_share

DATA = Path(os.environ.get("SECTION54_DATA", Path(__file__).parents[2] / "shared" / "data"))
SPLITS = DATA / "extraction" / "sentence_splits.txt"

# "|" stands where a sentence ends inside the paragraph.
PARAGRAPHS = [
    "Larkfield Foods Ltd. and Brook Dairies Ltd. share one policy.|Both are part of the group.",
    "This is made under s.54 of the Act, see s. 54(1), and covers 2024.",
    "Turnover exceeds £36m.|We employ 400 people.",
    "The Forced Labour Convention (No. 29) applies.|So does No. 105.",
    "Registered in England No. 1234567.|VAT number GB123456789.",
    "We buy fruit, e.g. apples, and nuts, i.e. almonds.",
    "We have depots in the U.K. and the U.S.|We plan one in Canada.",
    "Did we find any cases?|No.|We keep looking.",
    "Dr. B. Example signed it on behalf of the board.",
    "See https://www.example.org/modern-slavery.|Call 0800 000 000.",
    "The total was approx. £12m in FY24.|It rose in FY25.",
    "In Jan. 2024 we trained buyers.|In Sept. 2024 we trained drivers.",
    "1. The board met.|It approved the statement.",
    "(See the annex.)|All sites are covered.",
    "Suppliers must not: use forced labour; retain passports; or charge fees.|We check this.",
    "As the Act says, “slavery” has a meaning.|“We adopt it,” said the chair.",
    "Each year we report what we found to the board of Larkfield Foods plc.|Responsibility lies with its "
    "chair.",
    "Larkfield Foods Ltd. Modern Slavery Statement",
    "Larkfield Foods Ltd. 2 Mill Road is our address.",
    "Larkfield Foods Ltd. (‘Larkfield’) makes this statement.",
    "The group is led by Larkfield Manufacturing Pty. Ltd. from Lowmere.",
    "Sales rose to £3m (inc. VAT) in 2024.",
    "A.|We have trained our buyers.",
    "Q.|Where did you look?",
    "A. Marlow signed it.",
    "Ref No. Version No. Date",
    "See our report (pg. 58) for more.",
    "We act in the UK. 1",
    "Structure ............ 3",
    "We train buyers.|• Audits are made each year.|– We publish results.",
    "We train buyers.|•We publish results.",
    "We do two things.|(a) We audit.|(b) we train.|iv) We publish.",
    "Turnover fell.|£3m was lost.|80% of it came back.",
]


def cut(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in split_sentences(text)]


@pytest.mark.parametrize("marked", PARAGRAPHS)
def test_split_of_tricky_paragraphs(marked: str) -> None:
    assert cut(marked.replace("|", " ")) == marked.split("|")


def test_a_forgotten_blank_after_a_full_stop_still_ends_a_sentence() -> None:
    assert cut("We checked before it.We then paid. See node.Example at www.Example.org.Uk now.")[:2] == [
        "We checked before it.",
        "We then paid.",
    ]


def test_an_abbreviation_that_needs_a_sequel_does_not_end_a_sentence() -> None:
    assert cut("Ref. MSA/1 was approved by Prof. Example.") == ["Ref. MSA/1 was approved by Prof. Example."]


@pytest.mark.parametrize(
    "part", ["Mr. Example of Larkfield etc. and http://a.b/cd.Ef gh.Ij Ended. ", ".", ". “", "a.) ", "No. "]
)
def test_splitting_takes_linear_time(part: str) -> None:
    text = f"We began. It ended.{part * 200_000}"

    assert len(split_sentences(text)) > 1  # a quadratic splitter would not come back


@pytest.mark.skipif(not SPLITS.is_file(), reason=f"{SPLITS} is not there: labelled paragraphs are kept apart")
def test_splits_of_real_paragraphs() -> None:
    paragraphs = [line for line in SPLITS.read_text(encoding="utf-8").splitlines() if line]

    right = sum(
        cut(line.replace("¦", " ")) == [part.strip() for part in line.split("¦")] for line in paragraphs
    )

    assert right == len(paragraphs) == 35


def word(text: str, x0: float, top: float, page: int = 1, confidence: float | None = None) -> Word:
    return Word(text, page, x0, top, x0 + 10 * len(text), top + 10, 10, confidence=confidence)


def test_assembly_gives_positions_headings_and_kinds() -> None:
    blocks = [
        Block("heading", "Our policies", 1, "markup"),
        Block("paragraph", "We have a policy. It is public.", 1, "markup"),
        Block("paragraph", "_____ •", 1, "markup"),
        Block("heading", "Training", 2, "markup"),
        Block("list_item", "Buyers are trained.", 2, "markup"),
    ]

    result = assemble(blocks)

    assert [(s.position, s.kind, s.text, s.heading, s.page) for s in result] == [
        (0, "heading", "Our policies", None, 1),
        (1, "sentence", "We have a policy.", "Our policies", 1),
        (2, "sentence", "It is public.", "Our policies", 1),
        (3, "heading", "Training", "Our policies", 2),
        (4, "list_item", "Buyers are trained.", "Training", 2),
    ]


def test_a_sentence_has_one_box_per_line_and_page_and_its_mean_confidence() -> None:
    words = [
        word("One", 50, 700, confidence=90),
        word("two", 100, 700, confidence=80),
        word("three", 50, 714, confidence=70),
        word("four.", 50, 60, page=2, confidence=100),
    ]
    starts = [0, 4, 8, 14]
    spans = tuple(Span(s, s + len(w.text), w) for s, w in zip(starts, words, strict=True))

    (sentence,) = assemble([Block("paragraph", "One two three four.", 1, "ocr", spans)])

    assert sentence.boxes == (
        Box(1, 50, 700, 130, 710),
        Box(1, 50, 714, 100, 724),
        Box(2, 50, 60, 100, 70),
    )
    assert sentence.confidence == 85
    assert sentence.page == 1


def test_boxes_follow_the_slope_of_a_crooked_scan() -> None:
    crooked = Word("far", 1, x0=400, top=100, x1=430, bottom=110, size=10, slope=0.05)

    assert line_boxes([crooked]) == (Box(1, 394.5, 119.7, 424.5, 131.2),)


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("imple-", "mented", "implemented"),
        ("organi-", "sation.", "organisation."),
        ("zero-", "tolerance", "zero-tolerance"),
        ("non-", "public", "non-public"),
        ("anti-", "slavery", "anti-slavery"),
        ("2024-", "based", "2024-based"),
    ],
)
def test_hyphens_at_line_ends_go_only_where_the_joined_word_is_known(
    before: str, after: str, joined: str
) -> None:
    assert join_line_end(before, after) == joined


def test_known_share_tells_text_from_garbage() -> None:
    english = "We audited fourteen of our suppliers and found two cases of withheld passports"
    welsh = (
        "Mae ein cyngor wedi ymrwymo i atal caethwasiaeth fodern yn ein cadwyni cyflenwi ac mae ein "
        "staff wedi"
    )
    shifted = "Zh dxglwhg irxuwhhq ri rxu vxssolhuv dqg irxqg wzr fdvhv ri zlwkkhog sdvvsruwv"

    assert known_share(english) > 0.95
    assert known_share(welsh) == 1.0
    assert known_share(shifted) < 0.3
    assert known_share("Too short") is None


def test_a_mark_that_is_part_of_a_name_ends_no_sentence() -> None:
    lines = (
        "Askme! is a membership body.",
        "Where Askme! buys, it asks. The magazine Askme! Monthly is printed in Lowmere.",
        "Who reads Askme! The members do. Stop! We mean it.",
    )

    sentences = assemble([Block("paragraph", line, 1, "markup") for line in lines])

    assert [sentence.text for sentence in sentences] == [
        "Askme! is a membership body.",
        "Where Askme! buys, it asks.",
        "The magazine Askme! Monthly is printed in Lowmere.",
        "Who reads Askme!",
        "The members do.",
        "Stop!",
        "We mean it.",
    ]


def test_a_name_before_its_legal_form_and_in_brackets_is_known() -> None:
    lines = (
        "The revenue of Askme! Limited has grown. We publish magazines (Askme! Garden, Kitchen and Roads) "
        "ourselves.",
        "Askme! Limited is registered in England. Do you agree? Most members do. However Askme! Legal grew "
        "too.",
    )

    sentences = assemble([Block("paragraph", line, 1, "markup") for line in lines])

    assert [sentence.text for sentence in sentences] == [
        "The revenue of Askme! Limited has grown.",
        "We publish magazines (Askme! Garden, Kitchen and Roads) ourselves.",
        "Askme! Limited is registered in England.",
        "Do you agree?",
        "Most members do.",
        "However Askme! Legal grew too.",
    ]
