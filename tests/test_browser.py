"""Pages that only scripts fill, read with Chromium; and what a hostile page gets out of it: nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import time
from collections import Counter
from pathlib import Path

import pytest
from webs import FileSink, crawl_in_child, home, options_for, page, statement_page, wait_until

from crawler import browser as browsing
from crawler.archive import read_body, read_places
from crawler.browser import BrowserMissing, find_program
from crawler.guard_proxy import USER, GuardProxy
from crawler.items import HomeLink, Outcome, Site
from crawler.policy import AddressPolicy
from demo.loopback import Answer, LoopbackServer, Request

# --- the proxy alone


def through_proxy(
    policy: AddressPolicy, request: bytes, *, knows_token: bool = True
) -> tuple[bytes, Counter[str]]:
    async def ask() -> tuple[bytes, Counter[str]]:
        proxy = GuardProxy(policy)
        port = await proxy.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        first, rest = request.split(b"\r\n", 1)
        token = base64.b64encode(f"{USER}:{proxy.token}".encode())
        said = b"Proxy-Authorization: Basic " + token + b"\r\n" if knows_token else b""
        writer.write(first + b"\r\n" + said + rest)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        await proxy.stop()
        return answer, proxy.refused

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "a.internal",
    ],
)
@pytest.mark.parametrize(
    "form", ["CONNECT {host}:443 HTTP/1.1\r\n\r\n", "GET http://{host}/x HTTP/1.1\r\n\r\n"]
)
def test_the_proxy_refuses_what_the_crawler_refuses(host: str, form: str) -> None:
    answer, refused = through_proxy(AddressPolicy(), form.format(host=host).encode())

    assert answer.startswith(b"HTTP/1.1 403")
    assert refused.total() == 1


@pytest.mark.parametrize(
    "line", ["CONNECT example.org:22 HTTP/1.1", "GET file:///etc/passwd HTTP/1.1", "GET /relative HTTP/1.1"]
)
def test_the_proxy_refuses_other_ports_and_schemes(line: str) -> None:
    answer, _ = through_proxy(AddressPolicy(), f"{line}\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 403")


def test_the_proxy_hangs_up_on_what_is_no_request() -> None:
    assert through_proxy(AddressPolicy(), b"nonsense\r\n\r\n")[0] == b""


def test_the_proxy_passes_on_what_was_opted_in_without_its_own_headers() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Answer:
        seen.append(request)
        return Answer(200, b"hello", "text/plain")

    with LoopbackServer(answer) as server:
        policy = AddressPolicy.of([], {"shop.test": f"127.0.0.1:{server.port}"})
        request = (
            b"GET http://shop.test/a?b=1 HTTP/1.1\r\nHost: shop.test\r\nProxy-Connection: keep-alive\r\n\r\n"
        )
        said, _ = through_proxy(policy, request)

    assert said.endswith(b"hello")
    assert (seen[0].host, seen[0].path, seen[0].query) == ("shop.test", "/a", "b=1")
    assert "proxy-connection" not in seen[0].headers


def test_the_proxy_serves_nobody_who_does_not_know_its_token() -> None:
    with LoopbackServer(lambda request: Answer(200, b"hello")) as server:
        policy = AddressPolicy.of([], {"shop.test": f"127.0.0.1:{server.port}"})
        said, _ = through_proxy(policy, b"GET http://shop.test/ HTTP/1.1\r\n\r\n", knows_token=False)

    assert said.startswith(b"HTTP/1.1 407")


def test_a_second_request_on_a_connection_is_not_passed_on() -> None:
    seen: list[str] = []

    def answer(request: Request) -> Answer:
        seen.append(request.path)
        return Answer(200, b"hello")

    with LoopbackServer(answer) as server:
        policy = AddressPolicy.of([], {"shop.test": f"127.0.0.1:{server.port}"})
        request = b"GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n"
        through_proxy(policy, request + b"GET http://127.0.0.1:1/b HTTP/1.1\r\nHost: shop.test\r\n\r\n")

    assert seen == ["/a"]


@pytest.mark.parametrize(
    ("root", "sandbox", "refused"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_chromium_runs_as_root_only_where_the_operator_opted_in(
    monkeypatch: pytest.MonkeyPatch, root: bool, sandbox: bool, refused: bool
) -> None:
    pytest.importorskip("playwright")
    monkeypatch.setattr(browsing.machine, "is_root", lambda: root)
    monkeypatch.setattr(browsing.shutil, "which", lambda name: f"/usr/bin/{name}")

    try:
        find_program(sandbox=sandbox)
    except BrowserMissing as error:
        assert refused
        assert "SECTION54_NO_SANDBOX=1" in str(error)
    else:
        assert not refused


# --- with Chromium

SCRIPT = b"""
fetch('/content.json').then(r => r.json()).then(c => {
  document.getElementById('root').innerHTML =
    '<h1>Scripted</h1><p>' + 'We make lamps. '.repeat(40) + '</p>' + c.links.map(l => '<a href="' + l + '">' + l + '</a>').join(' ') +
    '<footer><a href="/modern-slavery-statement">Modern slavery statement</a></footer>';
});
"""  # noqa: E501


@pytest.mark.slow
def test_a_page_that_scripts_fill_is_read_and_archived(tmp_path: Path, driven_chromium: str) -> None:
    asked: list[tuple[str, float]] = []

    def answer(request: Request) -> Answer:
        asked.append((request.path, time.monotonic()))
        if request.path == "/robots.txt":
            return Answer(200, b"User-agent: *\nCrawl-delay: 2\n", "text/plain")
        if request.path == "/":
            return Answer(200, page('<div id="root">Loading</div>', script="/app.js").body)
        if request.path == "/app.js":
            return Answer(200, SCRIPT, "text/javascript")
        if request.path == "/content.json":
            return Answer(200, b'{"links": ["/a", "/b", "/c", "/d", "/e", "/f"]}', "application/json")
        if request.path == "/modern-slavery-statement":
            return Answer(200, statement_page("Scripted").body)
        return Answer(404)

    site = Site("name-scripted", "Scripted Limited", None, "http://scripted.test/")
    with LoopbackServer(answer) as server:
        options = options_for(
            tmp_path, server.port, ["scripted.test"], browser=True, sandbox=False, delay=0.5
        )
        crawl_in_child("websites", [site], options, FileSink(tmp_path))

    first, by_browser = (when for path, when in asked if path == "/")
    assert by_browser - first >= 1.9, "robots.txt asks for 2 s, 0.5 s is what we leave without that"

    visit = FileSink(tmp_path).visits()["name-scripted"]
    assert (visit.outcome, visit.home_link) == (Outcome.FOUND, HomeLink.DIRECT)
    assert [document.url for document in visit.documents] == ["http://scripted.test/modern-slavery-statement"]
    assert visit.notes == ("http://scripted.test/ was read with a browser",)
    home = next(attempt for attempt in visit.attempts if attempt.found_by == "home")
    (archive,) = (tmp_path / "warc").iterdir()
    body = read_body(archive, home.warc_offset or 0)
    assert b"<h1>Scripted</h1>" in body
    assert hashlib.sha256(body).hexdigest() == visit.home_sha256
    assert visit.home_sha256 in {place.sha256 for place in read_places(archive)}


@pytest.mark.slow
def test_a_hostile_page_reaches_nothing_through_the_browser(tmp_path: Path, driven_chromium: str) -> None:
    hits: list[str] = []
    ran: list[str] = []
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.setblocking(False)

    def secret(request: Request) -> Answer:
        hits.append(f"{request.host}{request.path}")
        return Answer(200, b"the secret", headers={"Access-Control-Allow-Origin": "*"})

    with LoopbackServer(secret) as inner, datagrams:
        datagrams.bind(("127.0.0.1", inner.port))
        attack = hostile_script(inner.port)

        def answer(request: Request) -> Answer:
            if request.path == "/":
                return Answer(200, page('<div id="root">Loading</div>', script="/app.js").body)
            if request.path == "/app.js":
                return Answer(200, attack.encode(), "text/javascript")
            if request.path == "/to-secret":
                return Answer(302, headers={"Location": f"http://127.0.0.1:{inner.port}/redirected"})
            if request.path == "/ran":
                ran.append(request.query)
                return Answer(200, b"{}", "application/json")
            return Answer(404)

        site = Site("name-hostile", "Hostile Limited", None, "http://hostile.test/")
        with LoopbackServer(answer) as server:
            options = options_for(
                tmp_path, server.port, ["hostile.test"], browser=True, sandbox=False, delay=0.5
            )
            crawl_in_child("websites", [site], options, FileSink(tmp_path))
            wait_until(lambda: "end" in ran, 5)
        with pytest.raises(BlockingIOError):
            datagrams.recv(1)

    assert "start" in ran
    assert hits == []


SCRIPTED = {
    "footer after 8 s": "setTimeout(() => { document.querySelector('footer').innerHTML = LINK; }, 8000);",
    "shadow root": "document.querySelector('footer').attachShadow({mode: 'closed'}).innerHTML = LINK;",
    "scrolled into view": "addEventListener('scroll', () => { document.querySelector('footer').innerHTML = "
    "LINK; });"
    " document.querySelector('main').style.height = '5000px';",
    "a button that goes there": "const b = document.createElement('button'); b.textContent = 'Modern slavery "
    "statement';"
    " b.addEventListener('click', () => { location = '/mss'; }); document.querySelector('footer').append(b);",
    "a frame": "const f = document.createElement('iframe'); f.src = '/foot'; "
    "document.querySelector('footer').append(f);",
    "a dialogue": "const a = document.createElement('a'); a.href = '#'; a.textContent = 'Modern slavery "
    "statement';"
    " a.addEventListener('click', () => fetch('/mss').then(r => r.text()).then(t => { const s ="
    " document.createElement('section'); s.innerHTML = t; document.querySelector('main').append(s); }));"
    " document.querySelector('footer').append(a);",
    "nothing": "",
    "kept back by robots.txt": "fetch('/private/foot').catch(() => 0);",
}
NOT_FOUND = {
    "nothing": (Outcome.NOT_FOUND, HomeLink.NO),
    "kept back by robots.txt": (Outcome.NEEDS_BROWSER, HomeLink.UNKNOWN),
}


@pytest.mark.slow
def test_what_a_reader_sees_with_scripts_is_seen_and_nothing_else_is_called_absent(
    tmp_path: Path, driven_chromium: str
) -> None:
    link = '<a href="/mss">Modern slavery statement</a>'
    hosts = {f"k{number}.test": name for number, name in enumerate(SCRIPTED)}
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        if request.path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /private\n", "text/plain")
        if request.path == "/":
            script = SCRIPTED[hosts[request.host]].replace("LINK", repr(link))
            usual = "".join(f'<a href="/p/{number}">Lamp {number}</a>' for number in range(9))
            body = home(
                "Scripted", footer="<p>We make lamps in Kendal, and sell them there.</p>" + usual
            ).body
            return Answer(200, body.replace(b"</body>", f"<script>{script}</script></body>".encode()))
        if request.path == "/mss":
            return Answer(200, statement_page("Scripted").body)
        return Answer(200, link.encode()) if request.path == "/foot" else Answer(404)

    sites = [Site(f"name-{host}", "Scripted Limited", None, f"http://{host}/") for host in hosts]
    with LoopbackServer(answer) as server:
        options = options_for(tmp_path, server.port, hosts, browser=True, sandbox=False, delay=0.5)
        crawl_in_child("websites", sites, options, FileSink(tmp_path))

    visits = FileSink(tmp_path).visits()
    came_to = {
        name: (visits[f"name-{host}"].outcome, visits[f"name-{host}"].home_link)
        for host, name in hosts.items()
    }
    assert came_to == {name: NOT_FOUND.get(name, (Outcome.FOUND, HomeLink.DIRECT)) for name in SCRIPTED}
    assert "/private/foot" not in asked


def hostile_script(port: int) -> str:
    """Every way out of a page that a script has, each tried on a loopback service that nobody opted in to."""
    hosts = (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "2130706433",
        "0x7f000001",
        "127.1",
        "x.localhost",
        "[::ffff:127.0.0.1]",
    )
    tries = "".join(
        f"""
        t(() => fetch('http://{host}:{port}/fetch', {{mode: 'no-cors'}}));
        t(() => new WebSocket('ws://{host}:{port}/socket'));
        t(() => {{ const f = document.createElement('iframe'); f.src = 'http://{host}:{port}/frame'; document.body.append(f); }});
        t(() => {{ const s = document.createElement('script'); s.src = 'http://{host}:{port}/script'; document.body.append(s); }});
        t(() => navigator.sendBeacon('http://{host}:{port}/beacon', 'x'));
        t(() => new EventSource('http://{host}:{port}/events'));
        t(() => {{ const l = document.createElement('link'); l.rel = 'prefetch'; l.href = 'http://{host}:{port}/prefetch'; document.head.append(l); }});
        """  # noqa: E501
        for host in hosts
    )
    return f"""
    const t = f => {{ try {{ const r = f(); if (r && r.catch) r.catch(() => 0); }} catch (e) {{}} }};
    fetch('/ran?start');
    {tries}
    t(() => fetch('/to-secret'));
    t(() => {{ const f = document.createElement('iframe'); f.src = '/to-secret'; document.body.append(f); }});
    t(() => navigator.serviceWorker.register('/app.js'));
    t(() => {{ const w = new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.1:{port}/worker')"]))); }});
    t(() => {{ const p = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}]}}); p.createDataChannel('x'); p.createOffer().then(o => p.setLocalDescription(o)); }});
    t(() => {{ const a = document.createElement('a'); a.href = 'http://127.0.0.1:{port}/ping'; a.ping = 'http://127.0.0.1:{port}/pinged'; document.body.append(a); a.target = '_blank'; a.click(); }});
    t(() => window.open('http://127.0.0.1:{port}/popup'));
    setTimeout(() => {{ fetch('/ran?end').finally(() => {{ location = 'http://127.0.0.1:{port}/navigated'; }}); }}, 50);
    """  # noqa: E501
