"""Scoring of links: which lead to the statement, which to a hub, and which only look like it."""

import json
from pathlib import Path

import pytest
from lxml import html

from crawler import links
from crawler.links import (
    CANDIDATE_SCORE,
    SITEMAP_SCORE,
    STRONG_SCORE,
    find_year,
    page_links,
    same_site,
    score_link,
)

STATEMENTS = (
    ("/modern-slavery-statement", "Modern Slavery Statement"),
    ("/docs/12345", "Modern slavery and human trafficking"),
    ("/about/12", "Anti-slavery statement"),
    ("/c/7", "Transparency in supply chains statement"),
    ("/x", "UK MSA statement"),
    ("/dogfennau/12", "Datganiad Caethwasiaeth Fodern"),
    ("/dogfennau/13", "Caethwasiaeth a masnachu pobl"),
    ("/Modern%20Slavery%20Act%20Statement%202024.pdf", ""),
    ("/modern%2520slavery.pdf", ""),
    ("/wp-content/uploads/2024/03/MSA-Statement.pdf", ""),
    ("/media/1234/modernslaverystatement2023.pdf", ""),
    ("/section-54-statement", "Section 54"),
)

OTHERS = (
    ("/products", "Products"),
    ("/privacy", "Privacy policy"),
    ("/legal", "Legal"),
    ("https://www.legislation.gov.uk/ukpga/2015/30/contents", "Modern Slavery Act 2015"),
    ("https://www.modernslaveryhelpline.org/", "Modern Slavery Helpline"),
    ("https://twitter.com/share?text=modern-slavery", "Share"),
    ("/statement-of-accounts", "Statement of accounts"),
    ("/training/spotting-exploitation", "Training courses"),
    ("/supplier-code-of-conduct", "Supplier code of conduct"),
)


@pytest.mark.parametrize(("url", "anchor"), STATEMENTS)
def test_links_to_statements_are_candidates(url: str, anchor: str) -> None:
    score, reasons = score_link(f"https://example.org{url}", anchor)

    assert score >= CANDIDATE_SCORE, reasons


@pytest.mark.parametrize(("url", "anchor"), STATEMENTS[:2])
def test_plain_footer_links_are_strong(url: str, anchor: str) -> None:
    assert score_link(f"https://example.org{url}", anchor, region="footer")[0] >= STRONG_SCORE


@pytest.mark.parametrize(("url", "anchor"), OTHERS)
def test_other_links_are_not(url: str, anchor: str) -> None:
    full = url if ":" in url else f"https://example.org{url}"

    assert score_link(full, anchor)[0] < CANDIDATE_SCORE


def test_other_regimes_news_and_training_score_lower() -> None:
    plain, _ = score_link("https://example.org/modern-slavery-statement", "Modern slavery statement")

    for url, anchor in (
        ("https://example.org/au/modern-slavery-statement", "Australian modern slavery statement"),
        ("https://example.org/news/modern-slavery-statement", "Modern slavery statement"),
        (
            "https://example.org/modern-slavery-statement",
            "Modern slavery training for victims' helpline staff",
        ),
    ):
        assert score_link(url, anchor)[0] < plain


def test_a_host_named_after_slavery_says_nothing_of_its_pages() -> None:
    assert score_link("https://slavery-charity.example/donate", "Donate")[0] < SITEMAP_SCORE


def test_an_address_in_a_sitemap_needs_no_anchor() -> None:
    assert score_link("https://example.org/msa")[0] >= SITEMAP_SCORE
    assert score_link("https://example.org/lamps/statement-lamp")[0] < SITEMAP_SCORE


def test_the_page_of_a_department_may_link_to_its_own_site() -> None:
    url = "https://www.gov.uk/government/publications/modern-slavery-statement"

    assert score_link(url, "Modern slavery statement")[0] < CANDIDATE_SCORE
    assert score_link(url, "Modern slavery statement", own_site=True)[0] >= STRONG_SCORE


def test_links_of_a_page_come_likeliest_first_with_anchor_and_region() -> None:
    tree = html.fromstring(
        """<html><body class="has-footer"><nav><a href="/reports">Reports</a>
        <a href="/esg/modern-slavery#top" aria-label="Modern slavery">ESG</a></nav>
        <main><a href="/privacy-policy">Privacy policy</a><a href="#modern-slavery">Modern slavery</a>
        <a href="/img"><img alt="Anti-slavery logo" src="x"></a></main>
        <div id="site-footer"><ul class="nav"><li><a href="../legal">Legal</a></li>
        <li><a href=" /modern-slavery-statement-2024.pdf " title="PDF">Modern
          Slavery Statement 2024</a></li>
        <li><a href="https://www.group.example/">Part of Group plc</a></li></ul></div></body></html>"""
    )

    found = page_links(tree, "https://www.example.org/en/")

    assert [(link.url, link.region) for link in found.statements] == [
        ("https://www.example.org/modern-slavery-statement-2024.pdf", "footer"),
        ("https://www.example.org/esg/modern-slavery", "nav"),
        ("https://www.example.org/img", "body"),
    ]
    assert found.statements[0].anchor == "Modern Slavery Statement 2024 PDF"
    assert found.statements[0].year == 2024
    assert [link.url for link in found.hubs] == [
        "https://www.example.org/legal",
        "https://www.example.org/reports",
    ]
    assert [link.url for link in found.group] == ["https://www.group.example/"]


def test_a_page_of_policies_in_the_text_counts_only_near_the_end_of_the_page() -> None:
    """Pages without a footer element link to their policies at the end; a blog links to some in the
    middle.
    """
    middle = "<a href='/policies'>Policies</a>" + "<a href='/p'>Products</a>" * 9
    end = "<a href='/p'>Products</a>" * 9 + "<a href='/policies'>Policies</a>"

    found = [
        page_links(html.fromstring(f"<body>{body}</body>"), "https://example.org/").hubs
        for body in (middle, end)
    ]

    assert [[link.url for link in hubs] for hubs in found] == [[], ["https://example.org/policies"]]


def test_each_address_comes_once_with_its_best_score() -> None:
    tree = html.fromstring(
        "<body><a href='/ms'>modern slavery</a><footer><a href='/ms'>Modern slavery "
        "statement</a></footer></body>"
    )

    (link,) = page_links(tree, "https://example.org/").statements

    assert (link.anchor, link.region) == ("Modern slavery statement", "footer")


def test_on_a_hub_a_year_or_a_download_is_enough_in_the_body_only() -> None:
    tree = html.fromstring(
        "<body><main><a href='/f/1.pdf'>2021</a><a href='/f/2'>Lamps</a><a "
        "href='/f/3.pdf'>Download</a></main>"
        "<footer><a href='/f/4.pdf'>2020</a></footer></body>"
    )

    on_hub = page_links(tree, "https://example.org/modern-slavery", in_hub=True).statements
    elsewhere = page_links(tree, "https://example.org/modern-slavery").statements

    assert [link.url for link in on_hub] == ["https://example.org/f/1.pdf"]
    assert elsewhere == ()


def test_a_base_that_cannot_be_read_is_passed_over() -> None:
    tree = html.fromstring(
        "<html><head><base href='http://[x'></head><body><a href='/s'>Modern slavery</a></body></html>"
    )

    assert [link.url for link in page_links(tree, "https://example.org/a/").statements] == [
        "https://example.org/s"
    ]


def test_broken_links_of_a_page_do_no_harm() -> None:
    tree = html.fromstring(
        "<body><a href='http://[::1'>Modern slavery</a><a href='javascript:slavery()'>Slavery</a>"
        "<a href='http://'>Modern slavery</a><a href='tel:slavery'>x</a></body>"
    )

    assert page_links(tree, "https://example.org/").statements == ()


@pytest.mark.parametrize(
    ("url", "anchor", "year"),
    [
        ("/s.pdf", "Statement 2019 to 2020", 2020),
        ("/ms-statement-2021-22.pdf", "Modern slavery", 2021),
        ("/wp-content/uploads/2022/01/statement.pdf", "", None),
        ("/s.pdf", "Founded in 1931, part 20251", None),
    ],
)
def test_the_year_of_a_link(url: str, anchor: str, year: int | None) -> None:
    assert find_year(f"https://example.org{url}", anchor) == year


def test_subdomains_and_www_are_one_site() -> None:
    assert same_site("https://www.example.org/a", "http://example.org/")
    assert same_site("https://cdn.example.org/a", "https://www.example.org/")
    assert not same_site("https://example.com/", "https://example.org/")
    assert not same_site("https://notexample.org/", "https://example.org/")


def test_the_weights_are_data_with_a_source_and_every_pattern_is_reached_by_the_first_look() -> None:
    """A pattern that the prefilter does not let through would never count."""
    raw = json.loads((Path(links.__file__).parent / "data" / "link_weights.json").read_text())

    assert raw["source"]
    for anchor in (
        "modern day slavery",
        "anti-slavery",
        "chaethwasiaeth",
        "human trafficking",
        "MSA act",
        "s.54",
    ):
        tree = html.fromstring(f"<body><footer><a href='/x'>{anchor}</a></footer></body>")
        assert page_links(tree, "https://example.org/").statements, anchor
