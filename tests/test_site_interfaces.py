"""What programs ask of the site: sitemap, robots, llms.txt, OpenAPI, ETags, searches as data, roles, bulk
downloads.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import site_data
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from db.publish import publish, sector_id, statement_id
from section54.site import downloads as site_downloads
from section54.site import maps
from section54.site.downloads import read_downloads, write_downloads
from section54.site.guard import guard
from section54.site.server import FollowingApp, make_datasette

MADE = "2026-11-22T12:00:00Z"
HARBOUR = statement_id(site_data.pdf("2026", site_data.HARBOUR, "").sha256, site_data.HARBOUR)
FOOD = "food-and-beverages-agriculture-and-fishing"
XML = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


class Client:
    """A synchronous client of one site."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.datasette = make_datasette(path, **options)

    def get(self, path: str, **options: Any) -> Any:
        return asyncio.run(self.datasette.client.request("GET", path, **options))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    working = site_data.make_working_database(folder / "working.db")
    publish(working, folder / "section54.db", model_metrics=site_data.METRICS, generated_at=MADE)
    return folder / "section54.db"


@pytest.fixture(scope="module")
def offered(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with bulk downloads beside it."""
    site = tmp_path_factory.mktemp("offered") / "section54.db"
    shutil.copy(published, site)
    write_downloads(site)
    return site


@pytest.fixture(scope="module")
def client(published: Path) -> Client:
    return Client(published, contact="hello@example.org")


@pytest.fixture(scope="module")
def client_of_offered(offered: Path) -> Client:
    return Client(offered)


# --- maps


def test_sitemap_names_every_page_that_is_there(client: Client) -> None:
    response = client.get("/sitemap.xml", headers={"host": "statements.example"})

    found = [entry.text or "" for entry in ElementTree.fromstring(response.text).findall("s:url/s:loc", XML)]
    paths = [address.removeprefix("http://statements.example") for address in found]
    assert response.headers["content-type"].startswith("application/xml")
    assert f"/organisation/{site_data.HARBOUR}" in paths
    assert f"/statement/{HARBOUR}" in paths
    assert {"/sectors", "/years", "/changes", f"/sectors/{FOOD}", "/years/2025", "/years/2026"} <= set(paths)
    assert {path: client.get(path).status_code for path in paths if client.get(path).status_code != 200} == {}


def test_sitemap_of_many_pages_is_an_index_of_parts_that_name_each_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [
        entry.text
        for entry in ElementTree.fromstring(client.get("/sitemap.xml").text).findall("s:url/s:loc", XML)
    ]
    monkeypatch.setattr(maps, "MAX_ADDRESSES", 7)

    index = ElementTree.fromstring(client.get("/sitemap.xml").text).findall("s:sitemap/s:loc", XML)
    parts = [client.get(str(entry.text).removeprefix("http://localhost")).text for entry in index]

    found = [
        entry.text for part in parts for entry in ElementTree.fromstring(part).findall("s:url/s:loc", XML)
    ]
    assert len(index) == -(-len(whole) // 7)
    assert sorted(map(str, found)) == sorted(map(str, whole))
    assert client.get(f"/sitemap-{len(index) + 1}.xml").status_code == 404


def test_robots_lead_to_the_sitemap_and_away_from_tables_and_downloads(client: Client) -> None:
    lines = client.get("/robots.txt", headers={"host": "statements.example"}).text.splitlines()

    assert "Sitemap: http://statements.example/sitemap.xml" in lines
    assert {"Disallow: /section54", "Disallow: /downloads/", "Disallow: /*?"} <= set(lines)


def test_host_name_that_is_none_is_not_repeated(client: Client) -> None:
    text = client.get("/robots.txt", headers={"host": "a.example/<b>"}).text

    assert "a.example" not in text
    assert "Sitemap: http://localhost/sitemap.xml" in text


def test_llms_txt_says_what_the_figures_are_not_and_its_links_lead_somewhere(client: Client) -> None:
    text = client.get("/llms.txt").text

    links = [part.partition(")")[0] for part in text.split("](http://localhost")[1:]]
    assert text.startswith("# Section 54 statements\n\n> ")
    assert "coverage, not compliance" in text
    assert len(links) > 30
    assert {link: client.get(link).status_code for link in links if client.get(link).status_code != 200} == {}


# --- OpenAPI


@pytest.fixture(scope="module")
def described(client_of_offered: Client) -> dict[str, Any]:
    answer = client_of_offered.get("/openapi.json", headers={"host": "statements.example"})
    found: dict[str, Any] = answer.json()
    return found


def test_description_is_valid_openapi(described: dict[str, Any]) -> None:
    validate(described)

    operations = [
        operation["operationId"] for item in described["paths"].values() for operation in item.values()
    ]
    assert len(operations) == len(set(operations)) > 100
    assert described["servers"] == [{"url": "http://statements.example"}]


def answers_of(described: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """An address to ask for each GET of JSON, with the path that describes it."""
    samples = {
        "/organisation/{id}.json": f"/organisation/{site_data.HARBOUR}.json",
        "/statement/{id}.json": f"/statement/{HARBOUR}.json",
        "/sectors/{id}.json": "/sectors/food-and-beverages-agriculture-and-fishing.json",
        "/years/{year}.json": "/years/2026.json",
        "/evidence.json": "/evidence.json?q=audited",
        "/organisations.json": "/organisations.json?q=harbour",
        "/section54.json": "/section54.json?_shape=array&sql=select+1+as+one",
        "/reconcile/suggest/entity": "/reconcile/suggest/entity?prefix=har",
        "/section54/statements/{key}.json": f"/section54/statements/{HARBOUR}.json?_shape=array",
    }
    for path, item in described["paths"].items():
        answer = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/json" in answer and ("{" not in path or path in samples):
            yield samples.get(path, f"{path}?_shape=array&area=policies"), path


def test_answers_are_as_described_and_nothing_in_them_is_not(
    described: dict[str, Any], published: Path
) -> None:
    client = Client(published)

    problems, asked = [], 0
    for address, path in answers_of(described):
        if "/section54/" in address and "statements/" not in address:
            address = address.replace("&area=policies", "") if "one_area" not in address else address
        response = client.get(address)
        schema = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**strict(schema, described), "components": strict_components(described)}
        errors = Draft202012Validator(whole).iter_errors(response.json())
        problems += [f"{address}: {error.json_path} {error.message[:200]}" for error in errors]
        asked += 1
    assert "\n".join(problems) == ""
    assert asked > 45


@pytest.mark.parametrize(
    "path",
    [
        "/sectors/%7F%20.atom",
        "/sectors/%3F.json",
        "/statement/%C2%A4.json",
        "/years/.%C3%9D.json",
        "/organisation/%3F%25.json",
    ],
)
def test_an_escape_in_an_address_is_a_page_that_is_not_there(published: Path, path: str) -> None:
    assert Client(published).get(path).status_code == 404


ODD = ("", "x", "0", "-1", "99999999999999999999", "%00", "%FF", "null", "true", "[", "{}", "'", '"', "~",
"a,b", "%F0%9F%92%A9",
       "a" * 3000)  # fmt: skip
"""What a client may send where another value is described."""


def test_two_questions_at_one_path_have_two_etags() -> None:
    """Servers give the path and what follows its "?" apart; the client of these tests gives them as one."""

    async def page(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"cache-control", b"max-age=600")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def etag_of(query: bytes) -> bytes:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "path": "/search", "raw_path": b"/search",
            "query_string": query, "headers": [(b"host", b"site.example")],
        }  # fmt: skip
        await guard(page, database="section54", version="1")(scope, None, send)  # type: ignore[arg-type]
        return dict(sent[0]["headers"])[b"etag"]

    first, second, again = (asyncio.run(etag_of(query)) for query in (b"q=audit", b"q=tea", b"q=audit"))

    assert first == again != second


@pytest.mark.slow
def test_odd_values_are_answered_as_described(described: dict[str, Any], published: Path) -> None:
    """A bounded run over every operation: each parameter with odd values, the others as they should be."""
    client = Client(published)

    wrong = {}
    for number, (path, item) in enumerate(sorted(described["paths"].items())):
        operation = item.get("get")
        if operation is None or path.startswith("/downloads"):
            continue
        parameters = [_resolved(one, described) for one in operation.get("parameters", [])]
        for place, parameter in enumerate(parameters):
            odd = ODD[(number + place) % len(ODD) :: 5]
            for value in odd:
                address = _filled(path, parameters, parameter["name"], value)
                status = str(client.get(address).status_code)
                if status not in operation["responses"]:
                    wrong[address[:200]] = status
    assert wrong == {}


def _resolved(part: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    found: Any = described
    for step in part.get("$ref", "").removeprefix("#/").split("/"):
        found = found[step] if step else part
    return dict(found)


def _filled(path: str, parameters: list[dict[str, Any]], name: str, value: str) -> str:
    query = []
    for parameter in parameters:
        given = value if parameter["name"] == name else parameter["schema"].get("const", "")
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", given or "x")
        elif parameter["name"] == name or parameter["required"]:
            query.append(f"{parameter['name']}={given}")
    return f"{path}?{'&'.join(query)}"


def strict(schema: Any, described: dict[str, Any]) -> Any:
    """The schema with no properties allowed but those that it names, where it names some."""
    if isinstance(schema, list):
        return [strict(part, described) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value, described) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else closed


def strict_components(described: dict[str, Any]) -> Any:
    return {"schemas": strict(described["components"]["schemas"], described)}


# --- ETags


@pytest.mark.parametrize(
    "path",
    ["/", f"/organisation/{site_data.HARBOUR}", f"/statement/{HARBOUR}.json", "/evidence?q=audited",
    "/sitemap.xml",
     "/openapi.json", "/section54/statements", "/section54/statements.json?_shape=array"],
)  # fmt: skip
def test_what_one_has_is_not_sent_again(client: Client, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})

    assert first.status_code == 200
    assert again.status_code == 304
    assert again.text == ""
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-security-policy" in again.headers


def test_etag_is_of_one_address_and_one_publication(client: Client, published: Path, tmp_path: Path) -> None:
    other = tmp_path / "section54.db"
    shutil.copy(published, other)
    os.utime(other, ns=(1, 1))
    mine = client.get("/method").headers["etag"]

    assert client.get("/data", headers={"if-none-match": mine}).status_code == 200
    assert Client(other).get("/method", headers={"if-none-match": mine}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/nope", "/section54?sql=select+1", "/section54/coverage_by_year", "/check", "/reconcile"]
)
def test_what_may_change_or_is_not_there_has_no_etag(client: Client, path: str) -> None:
    assert "etag" not in client.get(path).headers


# --- searches as data


def test_search_as_json_gives_what_the_page_shows(client: Client) -> None:
    found = client.get("/evidence.json?q=growers&status=planned").json()

    assert (found["total"], found["newest_only"], found["page"]) == (1, False, 1)
    assert found["sentences"][0]["quotation"].startswith("We will measure the share of growers")
    assert found["sentences"][0]["statement_id"] == HARBOUR


def test_search_as_csv(client: Client) -> None:
    response = client.get("/evidence.csv?q=audited")

    (row,) = csv.DictReader(io.StringIO(response.text))
    assert response.headers["content-type"].startswith("text/csv")
    assert row["findings"] == "area:due_diligence;area:risk"
    assert row["page"] == "2"


def test_search_for_organisations_as_json(client: Client) -> None:
    found = client.get("/organisations.json?q=harbour+lane").json()

    assert [row["id"] for row in found["organisations"]] == [site_data.HARBOUR]
    assert client.get("/organisations.json").json()["organisations"] == []


# --- roles


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("pages", "/", 200),
        ("pages", f"/organisation/{site_data.HARBOUR}.json", 200),
        ("pages", "/section54", 404),
        ("pages", "/section54.json?sql=select+1", 404),
        ("pages", "/section54/statements", 404),
        ("pages", "/static/site.css", 200),
        ("data", "/section54", 200),
        ("data", "/section54/statements.csv", 200),
        ("data", "/section54?sql=select+1", 200),
        ("data", "/section54/coverage_by_year", 200),
        ("data", "/static/site.css", 200),
        ("data", "/", 404),
        ("data", "/section54x", 404),
        ("data", "/evidence?q=audited", 404),
        ("data", "/check", 404),
    ],
)
def test_each_role_serves_its_own(published: Path, role: str, path: str, status: int) -> None:
    assert Client(published, role=role).get(path).status_code == status


# --- bulk downloads


def test_nothing_can_be_downloaded_unless_chosen(client: Client) -> None:
    assert client.get("/downloads/latest/datapackage.json").status_code == 404
    assert "/downloads/" not in client.get("/data").text


def test_downloads_hold_every_table_in_every_format(offered: Path) -> None:
    folder = offered.parent / "downloads" / "2026-11-22"
    with closing(sqlite3.connect(offered)) as connection:
        rows = connection.execute(
            "select id, quotation, page, probability from evidence order by id"
        ).fetchall()

    with gzip.open(folder / "evidence.csv.gz", "rt", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(int(row["id"]), row["quotation"]) for row in table] == [row[:2] for row in rows]
    assert [row["page"] for row in table] == ["" if row[2] is None else str(row[2]) for row in rows]
    assert gzip.decompress((folder / "section54.sqlite.gz").read_bytes()) == offered.read_bytes()


def test_parquet_holds_the_same_rows(offered: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: the extra `parquet`")
    with closing(sqlite3.connect(offered)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("select * from statements order by rowid")]

    table = parquet.read_table(offered.parent / "downloads" / "2026-11-22" / "statements.parquet")

    assert table.to_pylist() == rows


def test_checksums_hold_and_name_every_file(offered: Path) -> None:
    folder = offered.parent / "downloads" / "2026-11-22"

    result = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True
    )

    named = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert result.returncode == 0, result.stdout
    assert named == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}


def test_data_package_describes_files_columns_and_licence(offered: Path) -> None:
    folder = offered.parent / "downloads" / "2026-11-22"
    package = json.loads((folder / "datapackage.json").read_text())

    entries = {entry["path"]: entry for entry in package["resources"]}
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    assert (
        "Contains public sector information licensed under the Open Government Licence v3.0."
        in package["description"]
    )
    for path, entry in entries.items():
        body = (folder / path).read_bytes()
        assert entry["bytes"] == len(body)
        assert entry["hash"] == "sha256:" + hashlib.sha256(body).hexdigest()
    fields = {field["name"]: field for field in entries["evidence.csv.gz"]["schema"]["fields"]}
    assert fields["page"]["type"] == "integer"
    assert fields["quotation"]["description"]
    assert entries["area_results.csv.gz"]["schema"]["primaryKey"] == ["statement_id", "area"]


def test_writing_downloads_twice_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    sums = []
    for name in ("a", "b"):
        site = tmp_path / name / "section54.db"
        site.parent.mkdir()
        shutil.copy(published, site)
        sums.append((write_downloads(site) / "SHA256SUMS").read_text())

    assert sums[0] == sums[1]


def test_old_dates_go_and_a_date_is_replaced(published: Path, tmp_path: Path) -> None:
    site = tmp_path / "section54.db"
    shutil.copy(published, site)
    for date in ("2026-08-01", "2026-09-01", "2026-10-01"):
        (tmp_path / "downloads" / date).mkdir(parents=True)

    write_downloads(site)
    write_downloads(site)

    found = read_downloads(site)
    assert found is not None
    assert (found.date, found.older) == ("2026-11-22", ("2026-10-01", "2026-09-01"))
    assert sorted(path.name for path in (tmp_path / "downloads").iterdir()) == [
        "2026-09-01", "2026-10-01", "2026-11-22",
    ]  # fmt: skip


def test_failure_leaves_the_downloads_as_they_were(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "section54.db"
    shutil.copy(published, site)
    folder = write_downloads(site)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(site_downloads, "_database", full)
    with pytest.raises(OSError, match="No space left"):
        write_downloads(site)

    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["2026-11-22"]


def test_parquet_is_left_out_where_pyarrow_is_not_installed(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    site = tmp_path / "section54.db"
    shutil.copy(published, site)

    folder = write_downloads(site)

    found = read_downloads(site)
    assert found is not None and not found.has_parquet
    assert list(folder.glob("*.parquet")) == []


def test_data_page_lists_the_downloads_with_checksums_and_they_can_be_fetched(
    offered: Path, client_of_offered: Client
) -> None:
    client = client_of_offered
    page = client.get("/data").text
    listed = read_downloads(offered)
    assert listed is not None

    for file in listed.files:
        response = client.get(f"/downloads/2026-11-22/{file.name}")
        assert f'href="/downloads/2026-11-22/{file.name}"' in page
        assert file.sha256 in page
        assert hashlib.sha256(response.content).hexdigest() == file.sha256
        assert response.headers["access-control-allow-origin"] == "*"
    assert "Contains public sector information licensed under the Open Government Licence v3.0." in page
    assert (
        client.get("/downloads/latest/README.txt").headers["location"] == "/downloads/2026-11-22/README.txt"
    )


@pytest.mark.parametrize(
    "path",
    ["2026-11-22/..%2f..%2fsection54.db", "2026-11-22/.draft-1", "2026-11-22/none.csv.gz",
    "2026-11-21/README.txt",
     "../section54.db", "..%2fsection54.db"],
)  # fmt: skip
def test_no_other_file_can_be_fetched(client_of_offered: Client, path: str) -> None:
    assert client_of_offered.get(f"/downloads/{path}", follow_redirects=True).status_code in (403, 404)


def test_downloads_written_later_are_taken_up_without_a_restart(published: Path, tmp_path: Path) -> None:
    import httpx

    site = tmp_path / "section54.db"
    shutil.copy(published, site)
    app = FollowingApp(site, lambda: make_datasette(site))

    async def page() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as http:
            return (await http.get("/data")).text

    before = asyncio.run(page())
    write_downloads(site)

    assert "SHA256SUMS" not in before
    assert "/downloads/2026-11-22/SHA256SUMS" in asyncio.run(page())


# --- text that means harm


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def formulas(rows: Iterator[list[str]]) -> list[str]:
    """Cells that a spreadsheet would run: they begin like a formula and are no number."""
    return [
        cell
        for row in rows
        for cell in row
        if cell.startswith(FORMULA_STARTS) and not cell.removeprefix("-").replace(".", "", 1).isdigit()
    ]


def test_no_table_as_csv_holds_a_formula(client: Client) -> None:
    tables = client.datasette.section54.columns

    found = {
        table: formulas(csv.reader(io.StringIO(client.get(f"/section54/{table}.csv?_size=max").text)))
        for table in tables
    }

    assert len(found) > 25
    assert {table: cells for table, cells in found.items() if cells} == {}


def test_search_as_csv_holds_no_formula(client: Client) -> None:
    response = client.get("/evidence.csv?q=HYPERLINK")

    assert "HYPERLINK" in response.text
    assert formulas(csv.reader(io.StringIO(response.text))) == []


def test_no_download_holds_a_formula_or_an_address_of_a_person(offered: Path) -> None:
    folder = offered.parent / "downloads" / "2026-11-22"
    texts = {path.name: gzip.decompress(path.read_bytes()).decode() for path in folder.glob("*.csv.gz")}

    assert {
        name: cells for name, text in texts.items() if (cells := formulas(csv.reader(io.StringIO(text))))
    } == {}
    assert [
        name for name, text in texts.items() if "fairbrother" in text.lower() or "Secret Supplier" in text
    ] == []


@pytest.mark.parametrize(
    "path",
    ["/sitemap.xml", "/changes.atom", f"/organisation/{site_data.HOSTILE_ORGANISATION}.atom",
     f"/sectors/{sector_id(site_data.HOSTILE)}.atom"],
)  # fmt: skip
def test_xml_is_well_formed_and_holds_no_element_of_others(client: Client, path: str) -> None:
    response = client.get(path)

    elements = {element.tag.partition("}")[2] for element in ElementTree.fromstring(response.text).iter()}
    assert response.status_code == 200
    assert elements & {"script", "img", "iframe", "a"} == set()


@pytest.mark.parametrize(
    "path",
    ["/evidence.json?q={}", "/evidence.json?q=slavery&finding={}&status={}&year={}&page={}",
    "/organisations.json?q={}",
     "/organisation/{}.json", "/sectors/{}.json", "/years/{}.json",
     "/section54/evidence.json?_shape=array&finding={}",
     "/section54/one_area.json?_shape=array&area={}", "/reconcile/suggest/entity?prefix={}",
     "/openapi.json?x={}",
     f"/organisation/{site_data.HOSTILE_ORGANISATION}.json"],
)  # fmt: skip
def test_json_is_never_read_as_a_page(client: Client, path: str) -> None:
    response = client.get(path.replace("{}", quote(site_data.HOSTILE, safe="")), follow_redirects=True)

    if response.headers["content-type"].startswith("text/html"):  # an error page
        assert response.status_code == 404
        assert "<script>" not in response.text
    else:
        assert response.headers["content-type"].startswith("application/json")
        json.loads(response.text)
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/llms.txt", "/robots.txt", "/evidence.csv?q=slavery", "/section54/evidence.csv"]
)
def test_text_is_sent_as_text(client: Client, path: str) -> None:
    response = client.get(path, headers={"host": "<script>alert(1)</script>"})

    assert response.headers["content-type"].startswith("text/")
    assert "html" not in response.headers["content-type"]
    assert response.headers["x-content-type-options"] == "nosniff"
