"""Menus, footers and badges in plain parts of a page are no text; signatures and lists are."""

from __future__ import annotations

import pytest
from extraction_documents import PROSE, html

from extraction.text import extract

SIGNATURE = ["Kim Oller", "Chair", "For and on behalf of Larkfield Foods Limited"]


def page(rest: str) -> bytes:
    body = f"<div><h1>Our statement</h1><p>{PROSE} {PROSE} {PROSE}</p>"
    return html(f"{body}{''.join(f'<p>{line}</p>' for line in SIGNATURE)}</div>{rest}")


def last_lines(rest: str, count: int) -> list[str]:
    return [sentence.text for sentence in extract(page(rest)).sentences][-count:]


@pytest.mark.parametrize(
    "rest",
    [
        "<div><p>Join our newsletter</p><p>Your address</p><p>Submit</p><p>Tiles</p><p>Taps</p><p>Contact "
        "us</p></div>",
        "<div><div>Living Wage Employer</div><div>ISO 9001</div></div>",
        "<div class=site-footer><p>Larkfield Foods Limited, 2 Mill Road, Lowmere</p><p>Opening hours: nine "
        "to five</p></div>",
        "<div id=colophon><span>Made in Lowmere</span></div>",
        "<section><div>★★★★★</div><div>Trustpilot</div><div>Rated by 200 people</div></section>",
        "<div><div><p>Home</p></div><div><p>About us</p></div><div><p>© Larkfield Foods</p></div></div>",
    ],
    ids=["newsletter", "badges", "footer by class", "footer by id", "stars", "menu"],
)
def test_what_stands_below_the_signature_is_furniture(rest: str) -> None:
    assert last_lines(rest, 3) == SIGNATURE


def test_a_footer_in_a_plain_part_gives_the_company() -> None:
    text = extract(
        page("<div class=footer-bottom><p>Larkfield Foods Limited, company number 01234567</p></div>")
    )

    assert text.metadata["company_number"] == "01234567"
    assert text.metadata["registered_name"] == "Larkfield Foods Limited"


@pytest.mark.parametrize(
    "kept",
    [
        ["Ash Limited", "Beech Limited", "Cedar Limited"],
        ["Signed: Kim Oller", "Contact", "Press"],
        ["Contact us", "Write to us about this statement at any time, and we will answer."],
        ["Our awards", "Our news:", "Our press:"],
        ["Vietnam", "Turkey", "Home", "India", "China"],
    ],
    ids=["companies", "signature", "prose", "items of a sentence", "one word only"],
)
def test_lists_signatures_and_prose_are_kept(kept: list[str]) -> None:
    rest = "<div>" + "".join(f"<p>{line}</p>" for line in kept) + "</div>"

    assert last_lines(rest, len(kept)) == kept


def test_a_footer_by_its_name_that_is_signed_is_text() -> None:
    rest = "<div class=statement-footer><p>Signed on behalf of the board</p></div>"

    assert last_lines(rest, 1) == ["Signed on behalf of the board"]
