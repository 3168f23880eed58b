"""robots.txt: the cases that google/robotstxt publishes, as far as they apply, and our own name in them."""

from __future__ import annotations

import re
import time

import pytest

from crawler.robots import MAX_BYTES, PRODUCT, read_robots


def allowed(text: str | bytes, token: str, url: str) -> bool:
    body = text.encode() if isinstance(text, str) else text
    return read_robots(body, token).allows(url)


def test_our_name_is_one_that_the_standard_allows() -> None:
    assert re.fullmatch(r"[A-Za-z_-]+", PRODUCT)


GROUPS = """allow: /foo/bar/

user-agent: FooBot
disallow: /
allow: /x/
user-agent: BarBot
disallow: /
allow: /y/


allow: /w/
user-agent: BazBot

user-agent: FooBot
allow: /z/
disallow: /
"""


@pytest.mark.parametrize(
    ("text", "token", "path", "expected"),
    [
        # An empty file, no agent, no path
        ("", "FooBot", "/", True),
        ("user-agent: FooBot\ndisallow: /\n", "", "/", True),
        # Lines: keys and values, with a blank for the colon; others are passed over
        ("user-agent: FooBot\ndisallow: /\n", "FooBot", "/x/y", False),
        ("foo: FooBot\nbar: /\n", "FooBot", "/x/y", True),
        ("user-agent FooBot\ndisallow /\n", "FooBot", "/x/y", False),
        # Groups
        (GROUPS, "FooBot", "/x/b", True),
        (GROUPS, "FooBot", "/z/d", True),
        (GROUPS, "FooBot", "/y/c", False),
        (GROUPS, "BarBot", "/y/c", True),
        (GROUPS, "BarBot", "/w/a", True),
        (GROUPS, "BarBot", "/z/d", False),
        (GROUPS, "BazBot", "/z/d", True),
        (GROUPS, "FooBot", "/foo/bar/", False),
        (GROUPS, "BarBot", "/foo/bar/", False),
        (GROUPS, "BazBot", "/foo/bar/", False),
        # Other lines do not end a group
        ("User-agent: BarBot\nSitemap: https://foo.bar/sitemap\nUser-agent: "
         "*\nDisallow: /\n", "FooBot", "/", False),
        ("User-agent: FooBot\nSitemap: https://foo.bar/sitemap\nUser-agent: "
         "*\nDisallow: /\n", "FooBot", "/", False),
        ("User-agent: FooBot\nInvalid-Unknown-Line: unknown\nUser-agent: "
         "*\nDisallow: /\n", "FooBot", "/", False),
        # Case of keys and names
        ("USER-AGENT: FooBot\nALLOW: /x/\nDISALLOW: /\n", "FooBot", "/x/y", True),
        ("uSeR-aGeNt: FooBot\nAlLoW: /x/\ndIsAlLoW: /\n", "FooBot", "/a/b", False),
        ("User-Agent: FOO BAR\nAllow: /x/\nDisallow: /\n", "foo", "/x/y", True),
        ("User-Agent: foo bar\nAllow: /x/\nDisallow: /\n", "Foo", "/a/b", False),
        # A name ends where letters, "_" and "-" end
        ("User-Agent: *\nDisallow: /\nUser-Agent: Foo Bar\nAllow: /x/\nDisallow: /\n", "Foo", "/x/y", True),
        ("User-agent: FooBot/1.0\nDisallow: /\n", "FooBot", "/x", False),
        ("User-agent: FooBotter\nDisallow: /\n", "FooBot", "/x", True),
        ("User-agent: Foo\nDisallow: /\n", "FooBot", "/x", True),
        # Everybody's group, and its own before it
        ("user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n", "FooBot", "/x/y", False),
        ("user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n", "BarBot", "/x/y", True),
        ("user-agent: * baz\ndisallow: /\n", "FooBot", "/x", False),
        ("user-agent: *baz\ndisallow: /\n", "FooBot", "/x", True),
        ("user-agent: FooBot\nallow: /\nuser-agent: BarBot\ndisallow: /\n", "QuxBot", "/x/y", True),
        # Case of paths
        ("user-agent: FooBot\ndisallow: /x/\n", "FooBot", "/x/y", False),
        ("user-agent: FooBot\ndisallow: /X/\n", "FooBot", "/x/y", True),
        # The longest match
        ("user-agent: FooBot\ndisallow: /x/page.html\nallow: /x/\n", "FooBot", "/x/page.html", False),
        ("user-agent: FooBot\nallow: /x/page.html\ndisallow: /x/\n", "FooBot", "/x/page.html", True),
        ("user-agent: FooBot\nallow: /x/page.html\ndisallow: /x/\n", "FooBot", "/x/", False),
        ("user-agent: FooBot\ndisallow: \nallow: \n", "FooBot", "/x/page.html", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /\n", "FooBot", "/x/page.html", True),
        ("user-agent: FooBot\ndisallow: /x\nallow: /x/\n", "FooBot", "/x", False),
        ("user-agent: FooBot\ndisallow: /x\nallow: /x/\n", "FooBot", "/x/", True),
        ("user-agent: FooBot\ndisallow: /x/page.html\nallow: /x/page.html\n", "FooBot", "/x/page.html", True),
        ("user-agent: FooBot\nallow: /page\ndisallow: /*.html\n", "FooBot", "/page.html", False),
        ("user-agent: FooBot\nallow: /page\ndisallow: /*.html\n", "FooBot", "/page", True),
        ("user-agent: FooBot\nallow: /x/page.\ndisallow: /*.html\n", "FooBot", "/x/page.html", True),
        ("user-agent: *\ndisallow: /x/\nuser-agent: FooBot\ndisallow: /y/\n", "FooBot", "/x/page", True),
        ("user-agent: *\ndisallow: /x/\nuser-agent: FooBot\ndisallow: /y/\n", "FooBot", "/y/page", False),
        # How addresses are written
        ("User-agent: FooBot\nDisallow: /\nAllow: /foo/bar?qux=taz&baz=http://foo.bar?tar&par\n", "FooBot",
         "/foo/bar?qux=taz&baz=http://foo.bar?tar&par", True),
        ("User-agent: FooBot\nDisallow: /\nAllow: /foo/bar/ツ\n", "FooBot", "/foo/bar/%E3%83%84", True),
        ("User-agent: FooBot\nDisallow: /\nAllow: "
         "/foo/bar/%E3%83%84\n", "FooBot", "/foo/bar/%E3%83%84", True),
        ("User-agent: FooBot\nDisallow: /\nAllow: /foo/bar/%62%61%7A\n", "FooBot", "/foo/bar/baz", False),
        ("User-agent: FooBot\nDisallow: /\nAllow: "
         "/foo/bar/%62%61%7A\n", "FooBot", "/foo/bar/%62%61%7A", True),
        # Special characters
        ("User-agent: FooBot\nDisallow: /foo/bar/quz\nAllow: /foo/*/qux\n", "FooBot", "/foo/bar/quz", False),
        ("User-agent: FooBot\nDisallow: /foo/bar/quz\nAllow: /foo/*/qux\n", "FooBot", "/foo//quz", True),
        ("User-agent: FooBot\nDisallow: /foo/bar$\nAllow: /foo/bar/qux\n", "FooBot", "/foo/bar", False),
        ("User-agent: FooBot\nDisallow: /foo/bar$\nAllow: /foo/bar/qux\n", "FooBot", "/foo/bar/baz", True),
        ("User-agent: FooBot\n# Disallow: /\nDisallow: /foo/quz#qux\nAllow: /\n", "FooBot", "/foo/bar", True),
        ("User-agent: FooBot\n# Disallow: /\nDisallow: "
         "/foo/quz#qux\nAllow: /\n", "FooBot", "/foo/quz", False),
        # index.html is its folder
        ("User-Agent: *\nAllow: /allowed-slash/index.html\nDisallow: /\n", "foobot", "/allowed-slash/", True),
        ("User-Agent: *\nAllow: "
         "/allowed-slash/index.html\nDisallow: /\n", "foobot", "/allowed-slash/index.htm", False),
        ("User-Agent: *\nAllow: /allowed-slash/index.html\nDisallow: /\n", "foobot", "/anyother-url", False),
        # The examples of the documentation
        ("user-agent: FooBot\ndisallow: /\nallow: /fish\n", "FooBot", "/fish.html", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /fish\n", "FooBot", "/Fish.asp", False),
        ("user-agent: FooBot\ndisallow: /\nallow: /fish*\n", "FooBot", "/fishheads/yummy.html", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /fish/\n", "FooBot", "/fish", False),
        ("user-agent: FooBot\ndisallow: /\nallow: /*.php\n", "FooBot", "/folder/any.php.file.html", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /*.php$\n", "FooBot", "/filename.php?parameters", False),
        ("user-agent: FooBot\ndisallow: /\nallow: /*.php$\n", "FooBot", "/folder/filename.php", True),
        ("user-agent: FooBot\ndisallow: /\nallow: /fish*.php\n", "FooBot",
        "/fishheads/catfish.php?parameters", True),
        ("user-agent: FooBot\nallow: /p\ndisallow: /\n", "FooBot", "/page", True),
        ("user-agent: FooBot\nallow: /folder\ndisallow: /folder\n", "FooBot", "/folder/page", True),
        ("user-agent: FooBot\nallow: /$\ndisallow: /\n", "FooBot", "/", True),
        ("user-agent: FooBot\nallow: /$\ndisallow: /\n", "FooBot", "/page.html", False),
        # Line ends and marks
        ("User-Agent: foo\rAllow: /some/path\rUser-Agent: bar\r\rDisallow: /\r", "bar", "/x", False),
        (b"\xef\xbb\xbfUser-Agent: foo\nDisallow: /\n", "foo", "/x", False),
        (b"\xef\xbbUser-Agent: foo\nDisallow: /\n", "foo", "/x", False),
        (b"\xef\x11\xbfUser-Agent: foo\nDisallow: /\n", "foo", "/x", True),
        # Common slips of the pen
        ("useragent: FooBot\ndissallow: /\n", "FooBot", "/x", False),
    ],
)  # fmt: skip
def test_the_published_cases(text: str | bytes, token: str, path: str, expected: bool) -> None:
    assert allowed(text, token, f"http://foo.bar{path}") is expected


def test_the_first_500_kib_of_a_long_file_count() -> None:
    filler = b"# " + b"x" * 98 + b"\n"
    before = filler * (MAX_BYTES // len(filler) - 1)
    rule = f"\nUser-agent: {PRODUCT}\nDisallow: /private\n".encode()

    assert not read_robots(rule + before * 2).allows("http://a.example/private")
    assert not read_robots(before[: -len(rule)] + rule + before).allows("http://a.example/private")
    assert read_robots(before * 2 + rule).allows("http://a.example/private")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (f"User-agent: *\nCrawl-delay: 9\n\nUser-agent: {PRODUCT}/2.0\nDisallow: /x\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 9", 9.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: other\nCrawl-delay: 9", 0.0),
    ],
)
def test_the_delay_that_is_asked_of_us(text: str, seconds: float) -> None:
    assert read_robots(text.encode()).crawl_delay == seconds


def test_a_hostile_pattern_takes_no_time() -> None:
    rules = read_robots(b"User-agent: *\n" + b"Disallow: /" + b"*a" * 2_000 + b"$\n" * 20)
    start = time.process_time()

    assert rules.allows("http://a.example/" + "a" * 1_900 + "b")

    assert time.process_time() - start < 0.5


def test_of_several_crawl_delays_the_longest_is_kept() -> None:
    assert read_robots(b"User-agent: *\nCrawl-delay: 10\nCrawl-delay: 2\n").crawl_delay == 10
