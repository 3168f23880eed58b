"""The check and the reconciliation service on the site: bounded, stored nowhere, on the matcher of the
command.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import site_data

from db.publish import publish
from section54.site import check as site_check
from section54.site import upload as site_upload
from section54.site.server import make_datasette

TODAY = date(2026, 11, 22)
SAME = {"sec-fetch-site": "same-origin"}
PASTED = 'Harbour Lane Foods Ltd\nQuay Street Bakery\nNobody & Co <b>"Ltd"</b>\n'


class Client:
    def __init__(self, path: Path) -> None:
        self.datasette = make_datasette(path, today=lambda: TODAY)

    def post(self, path: str, **options: Any) -> Any:
        return asyncio.run(self.datasette.client.post(path, **options))

    def get(self, path: str) -> Any:
        return asyncio.run(self.datasette.client.get(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    working = site_data.make_working_database(folder / "working.db")
    publish(
        working, folder / "section54.db", model_metrics=site_data.METRICS, generated_at="2026-11-22T12:00:00Z"
    )
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    yield Client(folder / "section54.db")


def rows_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


# --- the page


def test_the_form_is_labelled_and_needs_no_script(client: Client) -> None:
    page = client.get("/check").text

    assert '<label for="file">' in page
    assert '<label for="text">' in page
    assert "<script" not in page


def test_pasted_names_are_matched_and_candidates_offered(client: Client) -> None:
    response = client.post("/check", data={"text": PASTED}, headers=SAME)

    assert response.status_code == 200
    assert f'<a href="/organisation/{site_data.HARBOUR}">' in response.text
    assert "A statement, for the newest year that guidance expects, was read here." in response.text
    assert "Year to 31 March 2026</a>: 3 of 5 areas described" in response.text
    assert "Choose the organisation that it is." in response.text
    assert "Not in this collection. That says nothing about the supplier" in response.text
    assert "&lt;b&gt;" in response.text
    assert "<b>" not in response.text


def test_a_group_statement_that_covers_the_supplier_is_named(client: Client) -> None:
    (row,) = rows_of(client.post("/check", data={"text": "Quay Street Bakeries Limited", "format": "csv"}))

    assert row["found"].startswith("A statement of HARBOUR LANE FOODS LIMITED that covers it")
    assert row["period_end"] == "2026-03-31"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_read_by_its_columns(client: Client, kind: str) -> None:
    rows = [
        ["Payee", "Company number", "Net amount"],
        ["HARBOUR LANE", "1234567", "12.50"],
        ["Mr John Smith", "", "5"],
    ]
    body = io.BytesIO()
    if kind == "csv":
        body.write("\n".join(",".join(row) for row in rows).encode("cp1252"))
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(body)

    response = client.post("/check", files={"file": (f"spend.{kind}", body.getvalue())}, headers=SAME)

    assert response.status_code == 200
    assert "Matched by company number" in response.text
    assert "1 set aside" in response.text
    assert "John Smith" not in response.text


def test_the_download_is_csv_that_runs_nothing(client: Client) -> None:
    response = client.post(
        "/check", data={"text": "supplier\nQuay Street Bakeries Limited\n=cmd()\n", "format": "csv"}
    )
    rows = rows_of(response)

    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    assert rows[0]["organisation_id"] == site_data.QUAY
    assert rows[1]["supplier"] == "'=cmd()"


def test_the_answer_can_be_sent_again_for_the_download(client: Client) -> None:
    page = client.post("/check", data={"text": PASTED}, headers=SAME).text
    from html import unescape

    hidden = unescape(page.split('name="text" value="', 1)[1].split('">', 1)[0])
    rows = rows_of(client.post("/check", data={"text": hidden, "format": "csv"}, headers=SAME))

    assert [row["supplier"] for row in rows] == PASTED.splitlines()


def test_nothing_is_stored_or_kept(
    client: Client,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    response = client.post(
        "/check", files={"file": ("a.csv", b"Supplier\nSecretive Supplies Ltd\n" * 500)}, headers=SAME
    )

    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert not list(tmp_path.iterdir())
    assert "Secretive" not in caplog.text


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    {"origin": "https://attacker.example"}, {"origin": "null"}],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.post("/check", data={"text": PASTED}, headers=headers).status_code == 403


def test_a_form_of_this_site_is_taken_where_the_browser_names_its_origin(client: Client) -> None:
    assert (
        client.post("/check", data={"text": PASTED}, headers={"origin": "http://localhost"}).status_code
        == 200
    )


def test_too_much_is_refused_before_it_is_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    large = client.post("/check", data={"text": "x" * 1_000_001}, headers=SAME)
    monkeypatch.setattr(site_check, "MAX_SUPPLIERS", 2)
    many = client.post("/check", data={"text": "One Ltd\nTwo Ltd\nThree Ltd"}, headers=SAME)

    assert large.status_code == 413
    assert many.status_code == 400
    assert "3 suppliers are more than the 2" in many.text


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ({"data": {"text": ""}}, 400, "is empty"),
        ({"files": {"file": ("a.pdf", b"%PDF-1.7")}}, 400, "a.pdf is a PDF"),
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 415, "Send a form."),
        (
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data"}},
            400,
            "The form could not be read.",
        ),
    ],
)
def test_what_cannot_be_read_is_answered_in_words(
    client: Client, options: dict[str, Any], status: int, message: str
) -> None:
    response = client.post("/check", **options)

    assert response.status_code == status
    assert message in response.text


def workbook(sheet: str, shared: str = "") -> bytes:
    """A workbook of one sheet, written as XML: what no program would write."""
    body = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Supplier"])
    book.save(body)
    made = io.BytesIO()
    with zipfile.ZipFile(body) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = f'<worksheet xmlns="{SHEETS}"><sheetData>{sheet}</sheetData></worksheet>'.encode()
            if name != "xl/sharedStrings.xml":
                target.writestr(name, content)
        target.writestr("xl/sharedStrings.xml", f'<sst xmlns="{SHEETS}"><si><t>{shared}</t></si></sst>')
    return made.getvalue()


SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADING = '<row r="1"><c r="A1" t="inlineStr"><is><t>Supplier</t></is></c></row>'
FAR_CELL = HEADING + '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Far Ltd</t></is></c></row>'
SHARED = HEADING + '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (workbook(FAR_CELL), "500000 rows|save the sheet of suppliers alone"),
        (workbook(SHARED, "x" * 21_000_000), "unpacks to more than 20 MB"),
    ],
)
def test_small_files_that_grow_are_refused_while_pages_go_on(
    client: Client, body: bytes, message: str
) -> None:
    async def both() -> tuple[Any, float, float]:
        gaps = [0.0]

        async def beat() -> None:
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.01)
                gaps.append(time.monotonic() - before)

        beating = asyncio.ensure_future(beat())
        began = time.monotonic()
        response = await client.datasette.client.post(
            "/check", files={"file": ("a.xlsx", body)}, headers=SAME
        )
        beating.cancel()
        return response, max(gaps), time.monotonic() - began

    response, longest_gap, took = asyncio.run(both())

    assert response.status_code == 400
    assert re.search(message, response.text)
    # A second of grace: a machine at work holds everybody up.
    assert longest_gap < 1 + took / 3


def test_a_name_that_is_too_long_is_a_rejected_row(client: Client) -> None:
    rows = f"Supplier\nQuay Street Bakeries Limited\n{'x' * 600} Ltd\n"

    response = client.post("/check", data={"text": rows}, headers=SAME)

    assert response.status_code == 200
    assert "1 rejected: row 3 (the name has 604 letters)" in response.text


def test_a_list_that_takes_too_long_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_upload, "SECONDS", 0.0)

    response = client.post("/check", data={"text": "One Ltd\n" * 20_000}, headers=SAME)

    assert response.status_code == 400
    assert "save the sheet of suppliers alone, as CSV" in response.text


# --- reconciliation


def test_the_manifest_names_what_the_service_can_do(client: Client) -> None:
    response = client.get("/reconcile")
    found = response.json()

    assert found["versions"] == ["0.2"]
    assert {"name", "identifierSpace", "schemaSpace", "defaultTypes", "suggest", "extend"} <= set(found)
    assert found["view"]["url"].endswith("/organisation/{{id}}")
    assert response.headers["access-control-allow-origin"] == "*"


def test_queries_give_the_matcher_s_answers(client: Client) -> None:
    queries = {
        "q0": {"query": "harbour lane foods ltd", "type": "organisation"},
        "q1": {"query": "Quay Street Bakery", "limit": 1},
        "q2": {"query": "Nothing Like It"},
        "q3": {"query": "Harbour Lane", "properties": [{"pid": "company_number", "v": "1234567"}]},
    }
    found = client.post("/reconcile", data={"queries": json.dumps(queries)}).json()

    (sure,) = found["q0"]["result"]
    assert (sure["id"], sure["match"], sure["type"][0]["id"]) == (site_data.HARBOUR, True, "organisation")
    (like,) = found["q1"]["result"]
    assert (like["id"], like["match"]) == (site_data.QUAY, False)
    assert 0 < like["score"] < 100
    assert found["q2"] == {"result": []}
    assert found["q3"]["result"][0]["match"] is True


@pytest.mark.parametrize(
    "value",
    ["01234567", "1234567", ["01234567"], ["", "no number", "01234567"],
    {"id": "01234567", "name": "01234567"},
     [{"id": "1234567"}], {"str": "01234567"}],
)  # fmt: skip
@pytest.mark.parametrize("name", [{}, {"query": ""}, {"query": " "}])
def test_a_number_without_a_name_is_enough(client: Client, value: object, name: dict[str, str]) -> None:
    queries = {"q0": {**name, "properties": [{"pid": "company_number", "v": value}]}}

    found = client.post("/reconcile", data={"queries": json.dumps(queries)}).json()

    assert [(one["id"], one["match"]) for one in found["q0"]["result"]] == [(site_data.HARBOUR, True)]


def test_a_number_of_an_organisation_with_another_name_is_for_a_person(client: Client) -> None:
    query = {"query": "Quernmore Tiles", "properties": [{"pid": "company_number", "v": "01234567"}]}

    found = client.post("/reconcile", data={"queries": json.dumps({"q0": query})}).json()

    assert [(one["id"], one["match"]) for one in found["q0"]["result"]] == [(site_data.HARBOUR, False)]


@pytest.mark.parametrize("name", [".", "?", "&", "---", "Ltd", "\u200b", "x" * 5000, "\ud800"])
@pytest.mark.parametrize("number", ["01234567", "99999999", "", "no number"])
def test_odd_names_with_a_number_are_answered(client: Client, name: str, number: str) -> None:
    queries = {"q0": {"query": name, "properties": [{"pid": "company_number", "v": number}]}}

    response = client.post("/reconcile", data={"queries": json.dumps(queries)})

    assert response.status_code == 200
    assert isinstance(response.json()["q0"]["result"], list)


def test_a_number_that_is_not_here_has_no_candidate(client: Client) -> None:
    queries = {"q0": {"properties": [{"pid": "company_number", "v": "99999999"}]}}

    assert client.post("/reconcile", data={"queries": json.dumps(queries)}).json() == {"q0": {"result": []}}


def test_suggestions_go_on_from_a_place(client: Client) -> None:
    whole = client.get("/reconcile/suggest/entity?prefix=h").json()["result"]
    rest = client.get("/reconcile/suggest/entity?prefix=h&cursor=1").json()["result"]

    assert len(whole) > 1
    assert rest == whole[1:]
    assert client.get("/reconcile/suggest/entity?prefix=h&cursor=x").status_code == 400


def test_every_service_of_the_manifest_answers(client: Client) -> None:
    manifest = client.get("/reconcile").json()

    for kind, words in {"entity": "harb", "property": "comp", "type": "org"}.items():
        service = manifest["suggest"][kind]
        found = client.get(f"{service['service_path']}?prefix={words}").json()
        assert found["result"][0]["id"]
    proposals = client.get(
        manifest["extend"]["propose_properties"]["service_path"] + "?type=organisation&limit=2"
    ).json()
    assert (proposals["type"], proposals["limit"], len(proposals["properties"])) == ("organisation", 2, 2)


def test_a_preview_may_stand_in_a_frame_of_another_site(client: Client) -> None:
    address = client.get("/reconcile").json()["preview"]["url"].replace("{{id}}", site_data.HARBOUR)
    address = address.removeprefix("http://localhost")
    shown = client.get(address)

    assert shown.status_code == 200
    assert "HARBOUR LANE FOODS LIMITED" in shown.text
    assert "frame-ancestors *" in shown.headers["content-security-policy"]
    assert "x-frame-options" not in shown.headers
    assert client.get("/reconcile/preview?id=nobody").status_code == 404
    assert client.get("/").headers["x-frame-options"] == "DENY"


def test_queries_may_come_by_get_too(client: Client) -> None:
    found = client.get('/reconcile?queries={"q0":{"query":"Quay Street Bakeries Limited"}}').json()

    assert found["q0"]["result"][0]["id"] == site_data.QUAY


def test_data_are_added_to_organisations(client: Client) -> None:
    asked = {
        "ids": [site_data.HARBOUR, "name-unknown"],
        "properties": [{"id": "company_number"}, {"id": "covered"}],
    }
    found = client.post("/reconcile", data={"extend": json.dumps(asked)}).json()

    assert [one["id"] for one in found["meta"]] == ["company_number", "covered"]
    assert found["rows"][site_data.HARBOUR] == {
        "company_number": [{"str": "01234567"}],
        "covered": [{"int": 3}],
    }
    assert found["rows"]["name-unknown"] == {"company_number": [], "covered": []}


def test_what_can_be_added_is_listed_and_names_are_suggested(client: Client) -> None:
    listed = client.get("/reconcile/properties?type=organisation").json()
    suggested = client.get("/reconcile/suggest/entity?prefix=harb").json()

    assert {"id": "company_number", "name": "Company number"} in listed["properties"]
    assert site_data.HARBOUR in [one["id"] for one in suggested["result"]]
    assert client.get("/reconcile/suggest/entity?prefix=").json() == {"result": []}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"queries": "{"}, "no JSON"),
        ({"queries": "[]"}, "expected a JSON object"),
        ({"queries": '{"q0": 5}'}, "q0 is no query"),
        ({"queries": '{"q0": {}}'}, "q0: give a name or a company number"),
        ({"queries": '{"q0": {"query": "x", "properties": 5}}'}, "q0: properties is no list"),
        ({"queries": "[" * 100_000}, "nested too deeply"),
        ({"queries": '{"q0": {"query": "x", "limit": 0}}'}, "limit 0"),
        ({"extend": '{"ids": []}'}, "extend needs ids and properties"),
        ({"extend": '{"ids": ["a"], "properties": [{"id": "colour"}]}'}, "no property 'colour'"),
    ],
)
def test_a_bad_request_says_what_is_wrong(client: Client, data: dict[str, str], message: str) -> None:
    response = client.post("/reconcile", data=data)

    assert response.status_code == 400
    assert message in response.json()["error"]
