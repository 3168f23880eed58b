"""What a hostile page costs the process that crawls: its links, its looks and its text, in processor time."""

from __future__ import annotations

import time

import pytest

from crawler.appearance import (
    are_similar,
    obstacle_of,
    says_not_found,
    script_redirect,
    scripts_fill_its_foot,
)
from crawler.links import page_links
from crawler.pages import MAX_PARSED_BYTES, Page, decoded, parse_html

SECONDS = 1.0
"""Of processor time for one look: a crawl visits 256 sites at once, and all of them wait."""

HOSTILE = {
    "links without an end": b"<a href=/x>slavery " * 150_000,
    "list items without an end": b"<li><a href=/modern-slavery>here</a>" * 80_000,
    "deep nesting around links": b"<div class=x>" * 250
    + b"<a href='/x'>Modern slavery statement</a>" * 20_000,
    "nesting without an end": b"<div>" * 500_000,
    "formatting without an end": b"<b><a href=/x>modern slavery</a>" * 90_000,
    "an encoding that no browser knows": b"<meta charset=punycode>" + b"a\xff" * 1_400_000,
    "bytes that are no text": b"<p>" + b"\xff" * 3_000_000,
    "a declaration without an end": b"<?xml " + b" " * 3_000_000,
    "attributes without an end": b"<a " + b" ".join(b"a%d=1" % number for number in range(300_000)) + b">",
    "an address without an end": b"<a href='" + b"%25" * 900_000 + b"'>Modern slavery statement</a>",
    "a title without an end": b"<title>" + b"page slavery, " * 200_000 + b"</title>",
    "scripts without an end": b"<script>location" + b" " * 100_000 + b"</script>" * 20_000,
    "own elements without an end": b"<script src=x></script>" + b"<x-y>" * 400_000,
    "footers without an end": b"<script src=x></script>" + b"<div class=footer>" * 150_000,
    "choices without an end": b"<select>" + b"<option value=/slavery>Modern slavery" * 60_000,
}


def hostile(name: str) -> Page:
    body = HOSTILE[name][:MAX_PARSED_BYTES]
    return Page("http://a.test/", "http://a.test/", 200, body, name, "2026-11-01T00:00:00Z", "text/html")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_costs_the_crawl_more_than_a_second(name: str) -> None:
    page = hostile(name)
    start = time.process_time()

    tree = parse_html(page)
    if tree is not None:
        page_links(tree, page.final_url)
        obstacle_of(page, tree)
        scripts_fill_its_foot(tree)
        script_redirect(page, tree)
        says_not_found(tree)
        are_similar(page, hostile("nesting without an end"))

    # Twice the bound: this is all that is done with a page in a visit, and processors differ.
    assert time.process_time() - start < 2 * SECONDS


@pytest.mark.parametrize(
    ("body", "header", "text"),
    [
        (b"\xef\xbb\xbfM\xc3\xb4r", "", "Môr"),
        (b"M\xf4r", "text/html; charset=iso-8859-1", "Môr"),
        (b"<meta charset=windows-1252>M\xf4r", "", "<meta charset=windows-1252>Môr"),
        ("Môr".encode("utf-16"), "", "Môr"),
        (b"M\xc3\xb4r\xff", "", "Môr\ufffd"),
        (b"<meta charset=punycode>Mr-jja", "", "<meta charset=punycode>Mr-jja"),
    ],
)
def test_the_encoding_of_a_page_is_one_of_the_web(body: bytes, header: str, text: str) -> None:
    assert decoded(body, header) == text
