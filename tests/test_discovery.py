"""Discovery over a fake web of many kinds of site, without sockets."""

import asyncio
import gzip
import re
import time
from pathlib import Path

import pytest
from site_kinds import ALL_KINDS
from webs import KINDS, WEB, DictFetch, Kind, Reply, WordJudge, statement_page

from crawler.addresses import home_addresses, home_of, is_home_page
from crawler.discovery import discover
from crawler.items import HomeLink, Judgement, Outcome, Reason, Site, Visit
from crawler.pages import FetchError, Page
from crawler.sitemaps import Sitemap, read_sitemap, sitemaps_of_robots


def visit(kind: Kind, budget: int = 25) -> Visit:
    return asyncio.run(discover(kind.site, DictFetch(), WordJudge(), spider="websites", budget=budget))


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.name)
def test_each_kind_of_site_comes_to_its_outcome(kind: Kind) -> None:
    result = visit(kind)

    log = "\n".join(f"{a.reason} {a.url} {a.detail}" for a in result.attempts)
    assert result.outcome is kind.outcome, log
    assert result.home_link is kind.home_link, log
    assert sorted(document.final_url for document in result.documents) == sorted(kind.documents), log
    assert kind.found_by is None or {document.found_by for document in result.documents} == {kind.found_by}
    assert kind.reason is None or kind.reason in {attempt.reason for attempt in result.attempts}, log
    assert kind.anchor is None or result.home_link_anchor == kind.anchor
    assert kind.region is None or result.home_link_region == kind.region


def test_the_table_in_the_documents_lists_every_kind_and_its_outcome() -> None:
    text = (Path(__file__).parent.parent / "docs" / "crawling.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| (\w+) \| (\w+) \|$", text, re.MULTILINE)

    assert rows == [(kind.name, str(kind.outcome), str(kind.home_link)) for kind in ALL_KINDS]


def test_all_kinds_together_are_quick_and_ask_for_little() -> None:
    start = time.process_time()

    requests = [visit(kind).requests for kind in ALL_KINDS]

    assert time.process_time() - start < 8
    assert sum(requests) / len(requests) < 9


def test_every_fetch_is_a_document_or_an_attempt_and_none_is_made_twice() -> None:
    for kind in ALL_KINDS:
        fetch = DictFetch()

        result = asyncio.run(discover(kind.site, fetch, WordJudge(), spider="websites"))

        told = {document.url for document in result.documents} | {attempt.url for attempt in result.attempts}
        assert set(fetch.asked) <= told, kind.name
        assert len(fetch.asked) == len(set(fetch.asked)) == result.requests, kind.name


@pytest.mark.parametrize("budget", [0, 1, 2, 5])
def test_the_budget_holds_and_what_it_left_out_is_told(budget: int) -> None:
    kind = next(kind for kind in KINDS if kind.name == "hub")
    fetch = DictFetch()

    result = asyncio.run(discover(kind.site, fetch, WordJudge(), spider="websites", budget=budget))

    assert len(fetch.asked) == result.requests == budget
    left = [attempt.url for attempt in result.attempts if attempt.reason is Reason.BUDGET]
    assert len(left) >= 1
    assert result.outcome is not Outcome.NOT_FOUND


def test_a_hub_gives_the_newest_year_first() -> None:
    kind = next(kind for kind in KINDS if kind.name == "hub")

    result = visit(kind, budget=4)

    assert [document.final_url for document in result.documents] == [
        "http://hub.test/files/2025.pdf",
        "http://hub.test/files/2024.pdf",
    ]


def test_a_document_says_how_it_was_found() -> None:
    result = visit(next(kind for kind in KINDS if kind.name == "legal"))

    (document,) = result.documents
    assert document.found_on == "http://legal.test/legal"
    assert document.anchor == "Modern Slavery Act statement"
    assert document.content_type == "application/pdf"
    assert document.probability == 0.97
    assert result.home_url == "http://legal.test/"
    assert result.home_link_url == "http://legal.test/legal"
    assert result.site.organisation_id == document.organisation_id


def test_a_document_that_does_not_name_the_organisation_is_noted() -> None:
    result = visit(next(kind for kind in KINDS if kind.name == "child"))

    assert result.notes == ("http://parent.test/slavery does not name Child Limited",)


def test_a_filed_file_is_kept_and_a_filed_page_must_be_a_statement() -> None:
    filed = ("http://filed.test/our-2025.pdf", "http://news.test/news/modern-slavery-charity-walk")
    site = Site("name-filed", "Filed Limited", None, "http://filed.test/", filed)

    result = asyncio.run(discover(site, DictFetch(), WordJudge(), spider="registry", filed_as="registry"))

    (document,) = result.documents
    assert (document.url, document.found_by, document.probability) == (filed[0], "registry", 0.02)
    assert (filed[1], Reason.NOT_A_STATEMENT) in {(a.url, a.reason) for a in result.attempts}


@pytest.mark.parametrize(
    ("reason", "asked"), [(Reason.TIMEOUT, 4), (Reason.RETRY_LATER, 2), (Reason.NOT_FOUND, 12)]
)
def test_a_host_that_does_not_answer_is_left_for_a_later_run(reason: Reason, asked: int) -> None:
    class Silent(DictFetch):
        async def __call__(self, url: str) -> Page:
            page = await super().__call__(url)
            if not url.endswith("nothing.test/"):
                raise FetchError(reason, "why")
            return page

        def _get(self, url: str, asked: str, redirects: tuple[str, ...]) -> Page:
            return super()._get("http://nothing.test/", asked, redirects)

    fetch = Silent()
    site = Site("name-nothing", "Nothing Limited", None, "http://nothing.test/")

    result = asyncio.run(discover(site, fetch, WordJudge(), spider="websites"))

    assert len(fetch.asked) == result.requests == asked
    expected = Outcome.NOT_FOUND if reason is Reason.NOT_FOUND else Outcome.COULD_NOT_CHECK
    assert result.outcome is expected


def test_an_address_that_failed_for_a_while_is_never_not_found() -> None:
    site = Site("name-busy", "Busy Limited", None, None, ("http://busy.test/docs/statement.pdf",))

    result = asyncio.run(discover(site, DictFetch(), WordJudge(), spider="registry"))

    assert result.outcome is Outcome.COULD_NOT_CHECK
    assert result.home_link is HomeLink.UNKNOWN


@pytest.mark.parametrize(
    "filed", ["http://[::1/s.pdf", "http:/https://a.example/s.pdf", "see our website", "mailto:x@y.example"]
)
def test_a_filed_address_that_is_none_is_an_attempt(filed: str) -> None:
    class Refusing(DictFetch):
        async def __call__(self, url: str) -> Page:
            if url.startswith("http://direct.test"):
                return await DictFetch.__call__(self, url)
            raise FetchError(Reason.BLOCKED_ADDRESS, "not a web address")

    site = Site("name-direct", "Direct Limited", None, "http://direct.test/", (filed,))

    result = asyncio.run(discover(site, Refusing(), WordJudge(), spider="registry"))

    assert result.outcome is Outcome.FOUND
    assert result.attempts[0].reason is Reason.BLOCKED_ADDRESS


def test_a_filed_address_without_a_scheme_is_tried() -> None:
    fetch = DictFetch()
    site = Site("name-filed", "Filed Limited", None, None, ("filed.test/our-2025.pdf",))

    asyncio.run(discover(site, fetch, WordJudge(), spider="registry"))

    assert fetch.asked[0] == "https://filed.test/our-2025.pdf"


def test_a_page_of_a_larger_site_is_not_searched_beyond_its_links() -> None:
    fetch = DictFetch()
    site = Site("name-office", "Office of Lamps", None, "http://common.test/government/office-of-lamps")
    WEB["common.test"]["/government/office-of-lamps"] = WEB["common.test"]["/"]

    result = asyncio.run(discover(site, fetch, WordJudge(), spider="public_bodies"))

    assert (result.outcome, result.home_link) == (Outcome.NOT_FOUND, HomeLink.NO)
    assert fetch.asked == ["http://common.test/government/office-of-lamps"]
    assert result.notes == ("part of a larger site: its sitemaps and common paths were left out",)


def test_a_sitemap_that_sites_share_gives_nobody_the_statement_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = b"<urlset><url><loc>http://direct.test/modern-slavery-statement</loc></url></urlset>"
    pages = {"/": WEB["common.test"]["/"], "/sitemap.xml": Reply(200, shared, "text/xml")}
    monkeypatch.setitem(WEB, "tenant.test", pages)
    site = Site("name-tenant", "Tenant Limited", None, "http://tenant.test/")

    result = asyncio.run(discover(site, DictFetch(), WordJudge(), spider="websites"))

    assert (result.outcome, result.documents) == (Outcome.NOT_FOUND, ())


def test_a_known_statement_that_nothing_links_to_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEB, "unlinked.test", {"/2024": statement_page("Direct", "<p>That was 2024.</p>")})
    known = (
        "http://unlinked.test/2024",
        "http://direct.test/modern-slavery-statement",
        "http://direct.test/gone",
    )
    site = Site("name-direct", "Direct Limited", None, "http://direct.test/", known_urls=known)
    fetch = DictFetch()

    result = asyncio.run(discover(site, fetch, WordJudge(), spider="websites"))

    assert [(document.url, document.found_by) for document in result.documents] == [
        ("http://direct.test/modern-slavery-statement", "home"),
        ("http://unlinked.test/2024", "known"),
    ]
    assert fetch.asked.count("http://direct.test/modern-slavery-statement") == 1
    assert [(a.url, a.reason) for a in result.attempts if a.found_by == "known"] == [
        ("http://direct.test/gone", Reason.NOT_FOUND)
    ]


@pytest.mark.parametrize(
    ("judged", "reason", "outcome"),
    [
        ("failed", Reason.READING_FAILED, Outcome.COULD_NOT_CHECK),
        ("unreadable", Reason.UNREADABLE, Outcome.NEEDS_REVIEW),
    ],
)
@pytest.mark.parametrize("name", ["direct", "pdf", "legal", "sitemap", "terms"])
def test_what_could_not_be_read_is_never_absent(
    name: str, judged: str, reason: Reason, outcome: Outcome
) -> None:
    class Helpless(WordJudge):
        async def judge(self, body: bytes, url: str, organisation: str) -> Judgement:
            return Judgement(False, 0.0, judged, "why")

    site = next(kind.site for kind in KINDS if kind.name == name)

    result = asyncio.run(discover(site, DictFetch(), Helpless(), spider="websites"))

    assert reason in {attempt.reason for attempt in result.attempts}
    assert result.outcome in (outcome, Outcome.COULD_NOT_CHECK)
    assert not result.documents


def test_a_fault_of_the_judge_is_not_swallowed() -> None:
    class Faulty(WordJudge):
        async def judge(self, body: bytes, url: str, organisation: str) -> Judgement:
            raise LookupError(url)

    with pytest.raises(LookupError):
        asyncio.run(discover(KINDS[0].site, DictFetch(), Faulty(), spider="websites"))


@pytest.mark.parametrize(
    ("start", "addresses"),
    [
        (
            "example.org",
            ("https://example.org/", "http://example.org/", "https://www.example.org/", "http://www.example.org/"),
        ),
        (
            "http://www.example.org/en",
            (
                "http://www.example.org/en", "https://www.example.org/en",
                "http://example.org/en", "https://example.org/en",
            ),
        ),
        ("http://example.org:8080", ("http://example.org:8080/",)),
        ("example.localhost:8080/x", ("https://example.localhost:8080/x", "http://example.localhost:8080/x")),
    ],
)  # fmt: skip
def test_the_addresses_tried_for_a_home_page(start: str, addresses: tuple[str, ...]) -> None:
    assert home_addresses(start) == addresses


@pytest.mark.parametrize(
    ("home", "filed", "expected"),
    [
        ("example.org", ("https://other.example/a.pdf",), "example.org"),
        (None, ("https://a.example/s.pdf", "https://b.example/"), "https://b.example/"),
        (None, ("https://a.example/docs/s.pdf",), "https://a.example/"),
        (
            None,
            ("https://bucket.s3.eu-west-2.amazonaws.com/s.pdf", "https://a.example/x"),
            "https://a.example/",
        ),
        (None, ("https://downloads.modern-slavery-statement-registry.service.gov.uk/x.pdf",), None),
        (None, (), None),
    ],
)
def test_where_the_search_for_a_home_page_starts(
    home: str | None, filed: tuple[str, ...], expected: str | None
) -> None:
    assert home_of(Site("name-a", "A", None, home, filed)) == expected


@pytest.mark.parametrize(
    ("url", "is_home"),
    [
        ("https://example.org", True),
        ("https://example.org/", True),
        ("example.org", True),
        ("https://example.org/index.html", True),
        ("https://example.org/default.aspx", True),
        ("https://example.org/?page=statement", False),
        ("https://example.org/homeware", False),
        ("https://example.org/legal", False),
    ],
)
def test_what_a_home_page_is(url: str, is_home: bool) -> None:
    assert is_home_page(url) is is_home


# --- what can be told from bytes


def test_sitemaps_are_read_however_they_come() -> None:
    plain = b'<?xml version="1.0"?><urlset><url><loc> https://a.example/x?a=1&amp;b=2 </loc></url></urlset>'
    index = b"<sitemapindex xmlns='x'><sitemap><loc><![CDATA[/pages.xml]]></loc></sitemap></sitemapindex>"
    url = "https://a.example/sitemap.xml"

    assert read_sitemap(plain, url) == Sitemap(False, ("https://a.example/x?a=1&b=2",))
    assert read_sitemap(gzip.compress(plain), url) == Sitemap(False, ("https://a.example/x?a=1&b=2",))
    assert read_sitemap(index, url) == Sitemap(True, ("https://a.example/pages.xml",))
    assert read_sitemap(plain[:-20], url) == Sitemap(False, ("https://a.example/x?a=1&b=2",))
    assert read_sitemap(b"<html>not found</html>", url) is None
    assert read_sitemap(b"\x1f\x8bbroken", url) is None


def test_addresses_that_cannot_be_read_are_left_out_of_sitemaps() -> None:
    url, broken = (
        "https://a.example/",
        b"<urlset><loc>http://[bad/</loc><loc> </loc><loc>/good</loc></urlset>",
    )

    assert read_sitemap(broken, url) == Sitemap(False, ("https://a.example/good",))
    assert sitemaps_of_robots(b"Sitemap: http://[bad/\nSitemap: /s.xml", url) == ("https://a.example/s.xml",)


def test_a_sitemap_of_white_space_takes_no_time() -> None:
    start = time.process_time()

    read_sitemap(b"<urlset><loc>" + b" " * 2_000_000 + b"<loc>" + b" " * 2_000_000, "https://a.example/")

    assert time.process_time() - start < 1


def test_a_sitemap_that_unpacks_without_end_is_cut() -> None:
    bomb = gzip.compress(b"<urlset>" + b"<loc>/a</loc>" * 4_000_000)

    sitemap = read_sitemap(bomb, "https://a.example/")

    assert sitemap is not None
    assert len(sitemap.addresses) == 50_000


def test_the_sitemaps_of_a_robots_file() -> None:
    body = b"User-agent: *\nSITEMAP: https://a.example/s.xml\n sitemap : /t.xml\nSitemap:\nSitemap: /t.xml\n"

    assert sitemaps_of_robots(body, "https://a.example/robots.txt") == (
        "https://a.example/s.xml",
        "https://a.example/t.xml",
    )
