"""The demo web: every host answers, links lead somewhere, files are what they say, inputs are
reproducible.
"""

import csv
import http.client
import io
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import docx
import pypdfium2
import pytest
import yaml
from lxml import html

from demo.loopback import WORKERS, Answer, LoopbackServer, Request
from demo.make_documents import RECIPES, Recipe, build
from demo.markup import parse, plain, to_html
from demo.organisations import (
    COLUMNS,
    FOLDER,
    REGISTRY_YEARS,
    load_organisations,
    registry_csv,
    write_inputs,
)
from demo.server import DemoWeb

EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
BROKEN = (
    "/wp-content/uploads/2024/05/Modern-Slavery-Statement-2023.pdf"  # copperlea's link, broken on purpose
)
MAGIC = {"pdf": b"%PDF-", "scan": b"%PDF-", "docx": b"PK\x03\x04", "html": b"<!doctype html>"}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    with DemoWeb() as running:
        yield running


def fetch(web: DemoWeb, url: str, method: str = "GET", **headers: str) -> Reply:
    """Ask the demo web on loopback for an address of any of its hosts; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    target = quote(parts.path, safe="/%()") + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, headers={"Host": parts.netloc, **names})
    response = connection.getresponse()
    reply = Reply(response.status, dict(response.getheaders()), response.read())
    connection.close()
    return reply


def expected_documents() -> list[dict[str, object]]:
    return [document for row in EXPECTED["organisations"].values() for document in row["documents"]]


def test_every_host_answers_and_is_resolved_to_loopback(web: DemoWeb) -> None:
    replies = {host: fetch(web, web.url(host)).status for host in web.hosts}

    assert len(replies) >= 25
    moved = {host: status for host, status in replies.items() if status != 200}
    assert moved == {"marlbrock.localhost": 301, "lattismere.localhost": 302}
    assert web.resolve() == dict.fromkeys(web.hosts, f"127.0.0.1:{web.port}")
    assert web.allow_hosts() == [f"{host}:{web.port}" for host in web.hosts]


def test_every_organisation_has_a_host_that_is_served(web: DemoWeb) -> None:
    hosts = {organisation.host for organisation in load_organisations()} - {""}

    assert hosts <= set(web.hosts)
    assert set(web.hosts) - hosts == {"registry.localhost", "assets-cdn.localhost", "www.marlbrock.localhost"}


def test_all_links_lead_to_a_page_or_file_but_the_one_that_is_broken_on_purpose(web: DemoWeb) -> None:
    waiting = [web.url(host) for host in web.hosts]
    seen: set[str] = set()
    failed: list[tuple[int, str]] = []

    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        reply = fetch(web, url)
        if reply.status in (301, 302):
            waiting.append(urljoin(url, reply.headers["Location"]))
        elif reply.status != 200:
            failed.append((reply.status, urlsplit(url).path))
        elif reply.headers["Content-Type"].startswith("text/html"):
            tree = html.fromstring(reply.body)
            waiting += [urljoin(url, href).split("#")[0] for href in tree.xpath("//@href")]

    assert failed == [(404, BROKEN)]
    assert {urlsplit(url).port for url in seen} == {web.port}
    assert len(seen) > 120


@pytest.mark.parametrize("document", expected_documents(), ids=lambda document: Path(document["path"]).name)
def test_an_expected_document_is_served_in_its_format(web: DemoWeb, document: dict[str, str]) -> None:
    host, _, path = document["path"].partition("/")

    reply = fetch(web, web.url(host, f"/{path}"))

    assert reply.status == 200
    assert reply.body.startswith(MAGIC[document["format"]])


def test_content_types_are_right_but_for_the_file_host(web: DemoWeb) -> None:
    kinds = {
        document["path"]: fetch(web, web.url(*re.split("(?=/)", document["path"], maxsplit=1))).headers[
            "Content-Type"
        ]
        for document in expected_documents()
    }

    wrong = {path: kind for path, kind in kinds.items() if kind == "application/octet-stream"}
    assert list(wrong) == ["assets-cdn.localhost/torrancleugh/8f31c2/modern-slavery-statement-fy26"]
    assert all(kind == "application/pdf" for path, kind in kinds.items() if path.endswith(".pdf"))
    assert sum(kind.endswith("wordprocessingml.document") for kind in kinds.values()) == 1


def test_a_copy_that_is_current_gets_a_304(web: DemoWeb) -> None:
    url = web.url("calderbeck.localhost", "/files/Calderbeck-Group-Modern-Slavery-Statement-2025.pdf")
    first = fetch(web, url)

    by_tag = fetch(web, url, If_None_Match=f'"other", W/{first.headers["ETag"]}')
    by_date = fetch(web, url, If_Modified_Since=first.headers["Last-Modified"])
    older = fetch(web, url, If_Modified_Since="Thu, 01 Jan 2026 00:00:00 GMT")
    unreadable = fetch(web, url, If_Modified_Since="yesterday")
    other_tag = fetch(web, url, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"])

    assert [by_tag.status, by_date.status] == [304, 304]
    assert by_tag.body == b""
    assert [older.status, unreadable.status, other_tag.status] == [200, 200, 200]


def test_head_gives_the_headers_of_get_without_a_body(web: DemoWeb) -> None:
    url = web.url("osmeadow.localhost", "/about")

    head, got = fetch(web, url, method="HEAD"), fetch(web, url)

    assert head.status == 200
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(got.body))
    assert head.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize(
    "path", ["/site.yaml", "/../server.py", "/..%2f..%2fserver.py", "/.hidden", "//etc/passwd"]
)
def test_files_beside_the_pages_are_not_served(web: DemoWeb, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    connection.request("GET", path, headers={"Host": f"osmeadow.localhost:{web.port}"})

    assert connection.getresponse().status == 404


def test_an_unknown_host_is_refused(web: DemoWeb) -> None:
    assert fetch(web, f"http://elsewhere.localhost:{web.port}/").status == 421


def test_robots_files_allow_forbid_and_fail(web: DemoWeb) -> None:
    def robots(name: str) -> Reply:
        return fetch(web, web.url(f"{name}.localhost", "/robots.txt"))

    assert b"Disallow: /\n" in robots("meresand").body
    assert robots("skelgarth").status == 503
    sitemap = web.url("fennimoor.localhost", "/sitemap.xml")
    assert robots("fennimoor").body.decode() == f"User-agent: *\nDisallow:\n\nSitemap: {sitemap}\n".replace(
        "\n\n", "\n"
    )
    statement = web.url("fennimoor.localhost", "/modern-slavery-transparency-statement")
    assert statement in fetch(web, sitemap).body.decode()
    assert fetch(web, web.url("loomhurst.localhost", "/sitemap.xml")).status == 404


def test_unknown_addresses_are_answered_as_each_site_does(web: DemoWeb) -> None:
    def status_and_text(name: str) -> tuple[int, str]:
        reply = fetch(web, web.url(f"{name}.localhost", "/no-such-page"))
        return reply.status, reply.body.decode()

    assert status_and_text("osmeadow")[0] == 404
    soft = status_and_text("hexapel")
    assert soft[0] == 200
    assert "can&#x27;t find that page" in soft[1]
    assert status_and_text("vantrell") == (200, fetch(web, web.url("vantrell.localhost")).body.decode())


def test_the_script_site_holds_its_statement_in_data_only(web: DemoWeb) -> None:
    page = fetch(web, web.url("vantrell.localhost", "/modern-slavery-statement")).body.decode()
    data = fetch(web, web.url("vantrell.localhost", "/content.json")).body.decode()

    assert "slavery" not in page
    assert data.count("slavery") >= 3


def test_the_consent_page_stands_before_everything_until_the_cookie_is_there(web: DemoWeb) -> None:
    statement = web.url("lattismere.localhost", "/modern-slavery-statement")

    without, accepted = fetch(web, statement), fetch(web, statement, Cookie="a=b; consent=1")

    assert (without.status, without.headers["Location"]) == (302, web.url("lattismere.localhost", "/consent"))
    assert accepted.status == 200


def test_the_server_stops_cleanly_and_frees_its_port() -> None:
    before = set(threading.enumerate())

    with DemoWeb() as web:
        port = web.port
        assert fetch(web, web.url("osmeadow.localhost")).status == 200

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert set(threading.enumerate()) <= before


def test_many_clients_at_once_are_answered_on_few_threads() -> None:
    names: set[str] = set()

    def answer(request: Request) -> Answer:
        names.add(threading.current_thread().name)
        return Answer(200, request.path.encode())

    with LoopbackServer(answer) as server, ThreadPoolExecutor(40) as clients:

        def ask(number: int) -> bytes:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            connection.request("GET", f"/{number}")
            return connection.getresponse().read()

        bodies = list(clients.map(ask, range(200)))

    assert bodies == [f"/{number}".encode() for number in range(200)]
    assert len(names) <= WORKERS


def test_an_error_in_an_answer_becomes_a_500_and_the_server_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/bad":
            raise ValueError("on purpose")
        return Answer(200, b"good")

    with LoopbackServer(answer) as server:
        statuses = []
        for path in ("/bad", "/good"):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            connection.request("GET", path)
            statuses.append(connection.getresponse().status)

    assert statuses == [500, 200]
    assert "no answer for '/bad'" in caplog.text


def registry_rows(year: int, port: int) -> list[dict[str, str]]:
    rows = list(csv.reader(io.StringIO(registry_csv(year, port).decode("utf-8-sig"), newline="")))
    assert {len(row) for row in rows} == {73}
    assert tuple(rows[0]) == COLUMNS
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("year", REGISTRY_YEARS)
def test_the_registry_file_has_the_form_of_the_real_one(web: DemoWeb, year: int) -> None:
    served = fetch(web, web.url("registry.localhost", f"/publicdownloads/StatementSummaries{year}.csv"))

    rows = registry_rows(year, web.port)

    assert served.body == registry_csv(year, web.port)
    assert served.body.startswith(b"\xef\xbb\xbfStatementYear,")
    assert served.body.count(b"\n") == served.body.count(b"\r\n")
    for row in rows:
        assert row["StatementYear"] == str(year)
        day, month, year_of_end = (int(part) for part in row["StatementEndDate"].split("/"))
        assert year == year_of_end + (month > 6), (
            "a registry year is that of the period's end plus six months"
        )
        assert 1 <= day <= 31
        assert re.fullmatch(
            rf"http://registry\.localhost:{web.port}/statement-summary/\w{{8}}/{year}",
            row["StatementSummaryURL"],
        )
        assert row["SectorType"] in ("Private", "Public")
        assert row["GroupSubmission"] in ("Yes", "No")


def test_the_columns_are_those_of_the_real_export(shared_data: Path) -> None:
    export = shared_data / "registry" / "2022-summaries-list.csv"

    with export.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))

    assert tuple(header) == COLUMNS


def test_the_rows_of_a_group_keep_their_parent_and_share_its_statement(web: DemoWeb) -> None:
    rows = [row for row in registry_rows(2026, web.port) if row["GroupSubmission"] == "Yes"]

    assert [(row["OrganisationName"], row["ParentName"]) for row in rows] == [
        ("CALDERBECK GROUP PLC", ""),
        ("CALDERBECK CLEANING SERVICES LIMITED", "CALDERBECK GROUP PLC"),
        ("CALDERBECK SECURITY LIMITED", "CALDERBECK GROUP PLC"),
    ]
    assert len({row["StatementSummaryURL"] for row in rows}) == 1
    assert rows[0]["Policies"].count("\r\n") == 4


def test_the_addresses_in_the_registry_are_served_but_for_the_broken_one(web: DemoWeb) -> None:
    rows = [row for year in REGISTRY_YEARS for row in registry_rows(year, web.port)]
    columns = ("StatementSummaryURL", "StatementURL", "PDFURL")
    addresses = {row[column] for row in rows for column in columns} - {""}

    failed = [address for address in addresses if fetch(web, address).status not in (200, 301)]

    assert failed == [web.url("copperlea.localhost", BROKEN)]
    assert any(" " in address for address in addresses)


def test_blank_declared_answers_stay_blank(web: DemoWeb) -> None:
    rows = {row["OrganisationName"]: row for row in registry_rows(2026, web.port)}

    assert rows["MARLBROCK FLEET LIMITED"]["StatementIncludesGoals"] == ""
    assert rows["MARLBROCK FLEET LIMITED"]["StatementIncludesTraining"] == "No"
    assert rows["TORRANCLEUGH CONSTRUCTION LIMITED"]["StatementIncludesTraining"] == "Yes"


def test_inputs_are_the_same_each_time_and_carry_the_port(tmp_path: Path) -> None:
    first, second = write_inputs(tmp_path / "a", 8054), write_inputs(tmp_path / "b", 8054)

    assert sorted(first) == [
        "public_bodies",
        "registry_2024",
        "registry_2025",
        "registry_2026",
        "suppliers",
        "websites",
    ]
    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in second.items()
    }
    with first["websites"].open(encoding="utf-8", newline="") as file:
        websites = list(csv.DictReader(file))
    assert {urlsplit(row["website"]).port for row in websites} == {8054}
    assert all(row["company_number"] for row in websites)
    with first["public_bodies"].open(encoding="utf-8", newline="") as file:
        assert {row["kind"] for row in csv.DictReader(file)} == {
            "police_commissioner",
            "police_force",
            "council",
        }


def test_company_numbers_are_none_that_a_register_has_issued() -> None:
    numbers = [row.number for row in load_organisations() if row.number]

    assert len(numbers) == len(set(numbers))
    assert [number for number in numbers if not re.fullmatch(r"99\d{6}|(SC|OC|CE)9\d{5}", number)] == [
        "00000100"
    ]


def test_the_supplier_list_has_the_faults_of_a_real_one() -> None:
    with (FOLDER / "suppliers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [row["Supplier Name"] for row in rows]

    assert len(rows) >= 25
    assert len(names) > len(set(names)), "a payee that comes twice"
    assert {"100", "99000801.0", "SC 900702", ""} <= {row["Company No"] for row in rows}
    assert all(float(row["Net Amount"]) > 0 for row in rows)
    assert {row["name"] for row in EXPECTED["suppliers"]} == set(names)


def test_what_is_expected_names_every_organisation_and_only_known_words() -> None:
    areas = {"structure", "policies", "due_diligence", "risk", "effectiveness", "training"}

    assert set(EXPECTED["organisations"]) == {row.id for row in load_organisations()}
    for document in expected_documents():
        covered, not_covered = set(document.get("covered", ())), set(document.get("not_covered", ()))
        assert covered | not_covered <= areas
        assert not covered & not_covered


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.text)
def test_a_built_document_says_what_its_text_says(recipe: Recipe) -> None:
    source = (FOLDER / "texts" / f"{recipe.text}.md").read_text(encoding="utf-8")
    wanted = [
        plain(part)
        for block in parse(source)
        for part in (block.text, *(cell for row in block.rows for cell in row))
    ]

    foot = squeezed(recipe.foot)  # stands in the middle of a paragraph that runs over a page

    found = squeezed(document_text(recipe.path)).replace(foot, "")

    if "scan" in recipe.build.__name__:
        assert found == "", "a scan has no text layer"
    else:
        assert [part for part in wanted if squeezed(part).replace(foot, "") not in found] == []


def document_text(path: Path) -> str:
    if path.suffix == ".docx":
        document = docx.Document(str(path))
        return "\n".join(paragraph.text for paragraph in document.paragraphs)
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def squeezed(text: str) -> str:
    """Return letters and digits only: line ends, hyphens and bullets differ between a text and its
    setting.
    """
    return "".join(re.findall(r"\w+", text))


def test_documents_are_small_enough_to_keep_in_a_repository() -> None:
    files = [path for path in (FOLDER / "web").rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert max(path.stat().st_size for path in files) < 300_000


@pytest.mark.parametrize(
    "name", ["calderbeck-group-2025", "tidewell-2025", "kindlewharf-2026", "thornshire-police-2026"]
)
def test_a_document_is_built_the_same_twice(name: str) -> None:
    recipe = next(recipe for recipe in RECIPES if recipe.text == name)

    assert build(recipe) == build(recipe)


def test_markup_becomes_html_with_text_escaped() -> None:
    source = (
        "# A & B\n\nOne\ntwo\\\nthree **<b>** [here](/x?a=1&b=2)\n\n- first\n- second\n  goes on\n\n| "
        "A | B |\n| 1 | 2 |\n\n<hr>"
    )

    assert to_html(parse(source)).splitlines() == [
        "<h1>A &amp; B</h1>",
        '<p>One two<br>three <strong>&lt;b&gt;</strong> <a href="/x?a=1&amp;b=2">here</a></p>',
        "<ul><li>first</li><li>second goes on</li></ul>",
        '<table><thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
        "<hr>",
    ]
