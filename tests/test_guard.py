"""Attacks on the crawler, on loopback: a hit counter on a service that nobody opted in to, and answers that
flood.
"""

import gzip
import ipaddress
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from scrapy import Request as ScrapyRequest
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from twisted.internet.address import IPv4Address
from webs import ChildSetup, FileSink, crawl_in_child, fetch_in_child, options_for

from crawler.failures import RefusedError, reason_of
from crawler.items import Attempt, Reason, Site
from crawler.middlewares import UrlPolicy
from crawler.policy import AddressPolicy, is_public
from crawler.resolver import _PublicAddresses
from demo.loopback import Answer, LoopbackServer, Request

# Of a Teredo address (2001:0::) the last 32 bits, each turned over, are an IPv4 address.
PUBLIC = (
    "93.184.216.34",
    "2606:2800:220:1::1",
    "::ffff:93.184.216.34",
    "2001:0:4136:e378:8000:63bf:a247:27dd",
)
PRIVATE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
    "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "fe80::1%eth0", "not an address", "",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_all_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("https://example.org/a", None),
        ("http://example.org:80/a", None),
        ("https://93.184.216.34/", None),
        ("http://example.org:8080/", "port 8080 is not 80 or 443"),
        ("http://127.0.0.1/", "an address of a private network"),
        ("http://[::1]/", "an address of a private network"),
        ("http://[::ffff:10.0.0.1]/", "an address of a private network"),
        ("http://１２７.0.0.1/", "an address of a private network"),
        ("http://2130706433/", "an IP address in an unusual form"),
        ("http://0x7f.1/", "an IP address in an unusual form"),
        ("http://0177.0.0.1/", "an IP address in an unusual form"),
        ("http://127.1/", "an IP address in an unusual form"),
        ("http://0/", "an IP address in an unusual form"),
        ("http://localhost/", "a name of a private network"),
        ("http://localhost./", "a name of a private network"),
        ("http://db.internal/", "a name of a private network"),
        ("http://intranet/", "a name of a private network"),
        ("http://router/", "a host without a domain"),
        ("http://user@example.org/", "the address holds a user name"),
        ("http://example.org@127.0.0.1/", "the address holds a user name"),
        ("file:///etc/passwd", "scheme file is not http or https"),
        ("data:text/html,hello", "scheme data is not http or https"),
        ("gopher://example.org/", "scheme gopher is not http or https"),
        ("http:///path", "the address has no host"),
        ("http://exa mple.org/", "the host cannot be read"),
        ("https://xn--mr-yka.example/", None),
        ("http://example.org:99999/", "the address cannot be read"),
        ("http://[::1/", "the address cannot be read"),
    ],
)
def test_the_url_policy_names_its_reason(url: str, refusal: str | None) -> None:
    assert AddressPolicy().refuse_url(url) == refusal


def test_loopback_is_opted_in_by_host_and_port_only() -> None:
    policy = AddressPolicy.of(["demo.localhost:8054", "127.0.0.1:8055"], {"shop.test": "127.0.0.1:9000"})

    assert policy.refuse_url("http://demo.localhost:8054/") is None
    assert policy.refuse_url("http://demo.localhost:8055/") is not None
    assert policy.refuse_url("http://127.0.0.1:8055/x") is None
    assert policy.refuse_url("http://127.0.0.1:8054/x") is not None
    assert policy.refuse_url("https://shop.test/") is None
    assert policy.target("shop.test", 443) == ("127.0.0.1", 9000)
    assert policy.target("demo.localhost", 8054) == ("127.0.0.1", 8054)
    assert policy.target("demo.localhost", 80) is None
    assert policy.allows("shop.test", 443, "127.0.0.1")
    assert not policy.allows("shop.test", 443, "10.0.0.1")
    assert not policy.allows("other.test", 443, "127.0.0.1")


@pytest.mark.parametrize(
    ("allow", "resolve", "message"),
    [
        (["demo"], {}, "'demo' is not HOST:PORT"),
        (["demo:http"], {}, "'demo:http' is not HOST:PORT"),
        (["demo:70000"], {}, "'demo:70000' is not HOST:PORT"),
        ([], {"a.test": "10.0.0.1:80"}, "only loopback addresses"),
        ([], {"a.test": "93.184.216.34:80"}, "only loopback addresses"),
        ([], {"a.test": "example.org:80"}, "'example.org' is not an IPv4 loopback address"),
        ([], {"a.test": "127.0.0.1"}, "'127.0.0.1' is not HOST:PORT"),
    ],
)
def test_an_opt_in_that_is_not_loopback_is_an_error(
    tmp_path: Path, allow: list[str], resolve: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        options_for(tmp_path, allow_hosts=tuple(allow), resolve=resolve)


@pytest.mark.parametrize(
    ("url", "peer", "refused"),
    [
        ("https://example.org/", "93.184.216.34", False),
        ("https://example.org/", "10.0.0.1", True),
        ("https://example.org/", "127.0.0.1", True),
        ("https://example.org/", "169.254.169.254", True),
        ("https://example.org/", None, True),
        ("https://shop.test/", "127.0.0.1", False),
        ("https://shop.test/", "10.0.0.1", True),
    ],
)
def test_the_address_that_answered_is_checked_too(url: str, peer: str | None, refused: bool) -> None:
    guard = UrlPolicy(AddressPolicy.of([], {"shop.test": "127.0.0.1:9000"}))
    answer = Response(url, ip_address=ipaddress.ip_address(peer) if peer else None)

    try:
        told = guard.process_response(ScrapyRequest(url), answer) is not answer
    except RefusedError as error:
        told = error.reason is Reason.BLOCKED_ADDRESS

    assert told is refused


@pytest.mark.parametrize(
    ("answers", "kept"), [(["10.0.0.1"], []), (["10.0.0.1", "93.184.216.34"], ["93.184.216.34"])]
)
def test_private_answers_of_the_resolver_are_kept_back_and_told(answers: list[str], kept: list[str]) -> None:
    class Receiver:
        def __init__(self) -> None:
            self.got: list[str] = []

        def addressResolved(self, address: IPv4Address) -> None:  # noqa: N802 - Twisted's name
            self.got.append(address.host)

    receiver = Receiver()
    guarded = _PublicAddresses(receiver, f"{len(answers)}.example", 443, AddressPolicy())

    for address in answers:
        guarded.addressResolved(IPv4Address("TCP", address, 443))

    assert receiver.got == kept
    reason, detail = reason_of(
        CannotResolveHostError(f"no results for hostname lookup: {len(answers)}.example.")
    )
    assert (reason, detail.partition(", ")[2]) == (Reason.BLOCKED_ADDRESS, "an address of a private network")


# --- the secret


class Secret:
    """A loopback service that counts who reaches it."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.server = LoopbackServer(self._answer)

    def _answer(self, request: Request) -> Answer:
        self.hits.append(f"{request.host}{request.path}")
        return Answer(200, b"the secret")


@pytest.fixture
def secret() -> Iterator[Secret]:
    service = Secret()
    with service.server:
        yield service


def hostile_addresses(port: int) -> list[str]:
    hosts = (
        "127.0.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "127.1", "0177.0.0.1", "0", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "１２７.０.０.１",
        "127。0。0。1",
        "localhost", "localhost.", "LOCALHOST", "x.localhost", "user@127.0.0.1", "93.184.216.34@127.0.0.1",
        "169.254.169.254", "rebound.example", "inside.example",
    )  # fmt: skip
    return [f"http://{host}:{port}/" for host in hosts]


def hostile_answers(port: int) -> dict[str, Answer]:
    """What a hostile site says: each path is one way to send the crawler to the secret."""
    targets = [
        *hostile_addresses(port),
        f"//127.0.0.1:{port}/",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://127.0.0.1/",
    ]
    redirects = {f"/r{n}": Answer(302, headers={"Location": _header(url)}) for n, url in enumerate(targets)}
    refresh = (
        f'<html><head><meta http-equiv="refresh" content="0; url=http://127.0.0.1:{port}/"></head></html>'
    )
    return redirects | {
        "/refresh": Answer(200, refresh.encode()),
        "/link": Answer(200, headers={"Link": f"<http://127.0.0.1:{port}/>; rel=preload"}),
        "/base": Answer(200, f'<base href="http://127.0.0.1:{port}/">'.encode()),
    }


def _header(url: str) -> str:
    """The address as UTF-8 bytes in a header, as servers send it."""
    return url.encode().decode("latin-1")


@pytest.mark.slow
def test_the_secret_is_reached_by_nobody(tmp_path: Path, secret: Secret) -> None:
    port = secret.server.port
    answers = hostile_answers(port)
    # The port of the secret counts as a web port here, and two names resolve to loopback and to a private
    # network: what is tested is the guard of addresses, not the rule for ports.
    setup = ChildSetup(ports=(port,), names={"rebound.example": "127.0.0.1", "inside.example": "10.0.0.1"})

    with LoopbackServer(lambda request: answers.get(request.path, Answer(404))) as hostile:
        urls = [
            *hostile_addresses(port),
            "file:///etc/passwd",
            "data:text/html,x",
            f"ftp://127.0.0.1:{port}/",
        ]
        urls += [f"http://hostile.test{path}" for path in answers]
        fetched = fetch_in_child(urls, options_for(tmp_path, hostile.port, ["hostile.test"]), setup)

    assert secret.hits == []
    outcomes = dict(zip(urls, fetched.reasons, strict=True))
    harmless = {"http://hostile.test/link": "document", "http://hostile.test/base": "document"}
    assert {url: reason for url, reason in outcomes.items() if reason != "blocked_address"} == harmless


@pytest.mark.slow
def test_the_counter_counts(tmp_path: Path, secret: Secret) -> None:
    """The same fetch with an opt-in reaches the service: the test above can fail."""
    host = f"127.0.0.1:{secret.server.port}"

    fetched = fetch_in_child([f"http://{host}/"], options_for(tmp_path, resolve={}, allow_hosts=(host,)))

    assert fetched.reasons == ["document"]
    assert secret.hits == ["127.0.0.1/robots.txt", "127.0.0.1/"]


@pytest.mark.slow
def test_a_hostile_site_cannot_lead_a_whole_visit_to_the_secret(tmp_path: Path, secret: Secret) -> None:
    inside = f"http://127.0.0.1:{secret.server.port}"
    pages = {
        "/": Answer(
            200,
            f'<base href="{inside}/"><a href="/modern-slavery">Modern slavery statement</a>'
            f'<footer><a href="/legal">Legal</a><a href="{inside}/">Part of Group plc</a></footer>'.encode(),
        ),
        "/sitemap.xml": Answer(200, f"<sitemapindex><loc>{inside}/slavery</loc></sitemapindex>".encode()),
        "/modern-slavery-statement": Answer(302, headers={"Location": f"{inside}/statement"}),
    }

    def answer(request: Request) -> Answer:
        if request.host == "robots.test":
            return Answer(302, headers={"Location": f"{inside}/robots.txt"})
        return pages.get(request.path, Answer(404))

    filed = (f"{inside}/filed.pdf", "http://rebound.example/filed.pdf")
    sites = [
        Site("name-hostile", "Hostile Limited", None, "http://hostile.test/", filed),
        Site("name-robots", "Robots Limited", None, "http://robots.test/"),
    ]
    setup = ChildSetup(ports=(secret.server.port,), names={"rebound.example": "127.0.0.1"})
    with LoopbackServer(answer) as hostile:
        options = options_for(tmp_path, hostile.port, ["hostile.test", "robots.test"])
        report = crawl_in_child("websites", sites, options, FileSink(tmp_path), setup=setup)

    visit = FileSink(tmp_path).visits()["name-hostile"]
    blocked = {a.url for a in visit.attempts if a.reason is Reason.BLOCKED_ADDRESS}
    assert secret.hits == []
    assert report.sites == 2
    assert {
        f"{inside}/modern-slavery",
        f"{inside}/legal",
        f"{inside}/",
        f"{inside}/slavery",
        *filed,
    } <= blocked
    assert "http://hostile.test/modern-slavery-statement" in blocked


# --- floods


class RawServer:
    """Sends bytes as a script says, until it ends or the other side goes."""

    def __init__(self, scripts: dict[str, Callable[[Callable[[bytes], None]], None]]) -> None:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                path = self.rfile.readline().split(b" ")[1].decode()
                while self.rfile.readline().strip():
                    pass
                script = scripts.get(path)
                try:
                    script(self.request.sendall) if script else self.request.sendall(NO_SUCH_PAGE)
                except OSError:
                    closed_early.add(path)

        closed_early: set[str] = set()
        self.closed_early = closed_early
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]

    def __enter__(self) -> "RawServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


NO_SUCH_PAGE = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
Send = Callable[[bytes], None]


@cache
def packed_zeros() -> bytes:
    return gzip.compress(b"\0" * 50_000_000)


def gzip_bomb(send: Send) -> None:
    bomb = packed_zeros()
    send(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)


def double_gzip_bomb(send: Send) -> None:
    bomb = gzip.compress(packed_zeros())
    send(OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)


def endless_chunks(send: Send) -> None:
    send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        send(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def huge_length(send: Send) -> None:
    send(OK + b"Content-Length: 5000000000\r\n\r\n" + b"x" * 1000)
    time.sleep(5)


def header_flood(send: Send) -> None:
    send(OK)
    while True:
        send(b"X-Flood: " + b"y" * 8000 + b"\r\n")


def many_headers(send: Send) -> None:
    send(OK)
    while True:
        send(b"X: y\r\n" * 100)


def slow_body(send: Send) -> None:
    send(OK + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        send(b"x")
        time.sleep(0.1)


def slow_headers(send: Send) -> None:
    for byte in OK * 100:
        send(bytes([byte]))
        time.sleep(0.1)


def deep_nesting(send: Send) -> None:
    body = b"<div>" * 100_000 + b"<a href='/x'>Modern slavery statement</a>"
    send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)


@pytest.mark.slow
def test_floods_end_at_their_bounds(tmp_path: Path) -> None:
    heavy = {
        gzip_bomb: "too_large",
        double_gzip_bomb: "too_large",
        endless_chunks: "too_large",
        huge_length: "too_large",
        header_flood: "too_large",
        many_headers: "too_large",
        deep_nesting: "document",
    }
    slow = {slow_body: "timeout", slow_headers: "timeout"}
    floods = heavy | slow
    # A host each: one host is asked one thing at a time.
    hosts = {flood: f"{flood.__name__.replace('_', '-')}.test" for flood in floods}
    scripts = {f"/{flood.__name__}": flood for flood in floods}

    packed_zeros()  # made before the clock of the first request runs

    with RawServer(scripts) as server:
        # Those that send much meet the bound in bytes, on a busy machine too; those that send little, the
        # clock.
        for group, seconds in ((heavy, 120.0), (slow, 8.0)):
            options = options_for(tmp_path, server.port, hosts.values(), timeout=seconds, max_bytes=2**20)
            fetched = fetch_in_child([f"http://{hosts[flood]}/{flood.__name__}" for flood in group], options)

            details = [result.detail for result in fetched.results if isinstance(result, Attempt)]
            assert dict(zip(group, fetched.reasons, strict=True)) == group, details
            assert fetched.peak_mb < 250
