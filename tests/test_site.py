"""The site: what stands on each page, what must never stand on any, and how it behaves towards the
internet.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import urlopen

import pytest
import site_data
from datasette.database import Database

from db.publish import publish, sector_id, statement_id
from section54.settings import ROOT
from section54.site import search
from section54.site.guard import CONTENT_SECURITY_POLICY
from section54.site.search import EvidenceQuery
from section54.site.server import FollowingApp, make_datasette

MADE = "2026-11-22T12:00:00Z"


def statement_of(content: str, organisation: str) -> str:
    return statement_id(site_data.pdf(content, organisation, "").sha256, organisation)


HARBOUR = statement_of("2026", site_data.HARBOUR)
HARBOUR_2025 = statement_of("2025", site_data.HARBOUR)
HOSTILE = statement_of("hostile", site_data.HOSTILE_ORGANISATION)
SCANNED = statement_of("scan", site_data.SCANNED)
ORCHARD = statement_of("orchard", site_data.ORCHARD)
FOOD = "food-and-beverages-agriculture-and-fishing"
HOSTILE_SECTOR = sector_id(site_data.HOSTILE)

PAGES = {
    "/": ["What modern slavery statements say", "Statements read", "not a government service"],
    "/?q=harbour+lane": ["HARBOUR LANE FOODS LIMITED", "3 of 6 areas described, 1 to read yourself"],
    "/?q=nobody+of+this+name": ["No organisation of that name or number is in this collection"],
    f"/organisation/{site_data.HARBOUR}": [
        "Coverage, not compliance",
        "In tests this was wrong in 6 of 24 statements.",
        "The home page links straight to the statement",
        "Statements over time",
        "s.54(5)(a)",
        "msa.pdf#page=2",
        "The page is not there (404 or 410)",
        "sha256",
    ],
    f"/organisation/{site_data.QUAY}": [
        "What else could explain it",
        "That is not a finding about the organisation",
        "Named in the registry entry of the statement".lower(),
        "Statement of HARBOUR LANE FOODS LIMITED, year to 31 March 2026",
        "<strong>does not name it</strong> and does not speak of subsidiaries",
    ],
    f"/organisation/{site_data.POLICE}": ["robots.txt asks us not to fetch it", "Commissioner"],
    f"/organisation/{site_data.SCANNED}": [
        "The file asks for a password.",
        "Pages not read in the latest statement: 1, 2",
    ],
    f"/statement/{HARBOUR}": [
        "Quotations, in reading order",
        "Signed by [name], Chief Executive",
        "statement%202026.pdf",
        "as the text says",
        "stands on its website; the text neither names it nor speaks of subsidiaries",
        "Beside the year before",
        "0 the same, 9 added, 1 removed",
        "with nearly the text of the one before",
    ],
    f"/statement/{HARBOUR}/since/{HARBOUR_2025}": [
        "<strong>Added:</strong> We buy from 212 growers",
        "<strong>Removed:</strong> We train all buyers",
        "not the whole texts",
    ],
    f"/statement/{SCANNED}": ["This document could not be read", "There are none.", "Could not check"],
    f"/statement/{ORCHARD}": [
        "the site's certificate was not valid",
        "We have taken no steps in the financial year.",
    ],
    "/evidence": ["Only sentences that a finding rests on can be searched"],
    "/evidence?q=audited": ["<mark>audited</mark>", "1 sentence for", "msa.pdf#page=2"],
    "/evidence?q=zzqxjv": ["No sentence in this collection holds all these words"],
    "/public-bodies": ["Commissioner (1)", "Public bodies are outside section 54 today"],
    "/sectors": ["Food and beverages, agriculture and fishing", "none told", "Statements read, by sector"],
    f"/sectors/{FOOD}": [
        "Share of statements that describe each area, by year",
        "100% declared",
        "See the query",
    ],
    "/years": ["2 statements whose period is known", "2026: 100% (1 of 1)"],
    "/years/2026": ["Statements by area and level", "Statements of the year by sector"],
    "/changes": [
        "The statement is no longer at its address",
        "The home page leads to the statement in another way",
    ],
    "/changes?kind=new_year&sector=" + FOOD: [
        "with nearly the text of the one before",
        "what is different from the one before",
    ],
    f"/changes?organisation={site_data.HARBOUR}": [
        "Only <a href",
        "New here.",
    ],
    "/changes?before=1": ["None of these were noticed"],
    "/questions": ["Areas declared in the registry with no passage found in the text"],
    "/method": [
        "How good the model is",
        "That is 25% (95% interval 0% to 40%)",
        "could not be measured",
        "0.85",
        "What is looked for",
        "At least 2 sentences",
    ],
    "/data": ["_shape=array", "area_results", "Open Government Licence", "The fact".lower()],
    "/accessibility": ["Web Content Accessibility Guidelines"],
    f"/corrections?about={HARBOUR}": ["hello@example.org", HARBOUR],
    "/section54": ["All tables", "Your own question"],
    "/section54/statements": ["5 rows", "sha256"],
    "/section54/evidence?_search=growers": ["2 rows", "212 growers"],
    f"/section54/statements/{HARBOUR}": [HARBOUR, "Rows that refer to this one"],
    "/section54/declared_not_found": ["Not an error of the organisation", "The query"],
    "/section54/one_area?area=policies": ["Our supplier code bans forced labour"],
    "/section54?sql=select+name+from+organisations": ["6 rows", "Orchard Mill Care LLP"],
}
HOSTILE_PAGES = [
    "/changes",
    "/sectors",
    f"/sectors/{HOSTILE_SECTOR}",
    "/changes?kind=" + quote(site_data.HOSTILE) + "&organisation=" + quote(site_data.HOSTILE),
    "/section54/events",
    "/section54/sectors",
    f"/organisation/{site_data.HOSTILE_ORGANISATION}",
    f"/statement/{HOSTILE}",
    "/?q=hostile",
    "/?q=" + quote(site_data.HOSTILE),
    "/evidence?q=slavery+policy",
    "/evidence?q=" + quote(site_data.HOSTILE),
    "/corrections?about=" + quote(site_data.HOSTILE),
    "/section54/evidence",
    "/section54/organisations",
    "/section54/statements",
    "/section54/declared_answers",
    "/section54/home_links",
    "/section54/one_area?area=" + quote(site_data.HOSTILE),
    "/section54?sql=" + quote("select '" + site_data.HOSTILE.replace("'", "''") + "' as x"),
    "/section54?sql=" + quote("select <script>alert(1)</script>"),
    "/organisation/" + quote(site_data.HOSTILE, safe=""),
]
QUERIES = sorted(
    re.findall(r"(?m)^      (\w+):\n        title:", (ROOT / "web" / "metadata.yml").read_text())
)


class Client:
    """A synchronous client of one site."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.datasette = make_datasette(path, **options)

    def get(self, path: str, method: str = "GET", **options: Any) -> Any:
        return asyncio.run(self.datasette.client.request(method, path, **options))

    def json(self, path: str) -> Any:
        return self.get(path).json()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    working = site_data.make_working_database(folder / "working.db")
    publish(working, folder / "section54.db", model_metrics=site_data.METRICS, generated_at=MADE)
    return folder / "section54.db"


@pytest.fixture(scope="module")
def client(published: Path) -> Client:
    return Client(published, contact="hello@example.org")


class Elements(HTMLParser):
    """Start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


# --- what is there


@pytest.mark.parametrize(("path", "expected"), PAGES.items())
def test_page_says(client: Client, path: str, expected: list[str]) -> None:
    response = client.get(path)

    text = unescape(response.text)
    assert response.status_code == 200
    assert [words for words in expected if words not in text and words not in response.text] == []


@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole_html_with_one_heading_of_the_first_level(client: Client, path: str) -> None:
    elements = Elements(client.get(path).text).found

    tags = [tag for tag, _ in elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert ("html", {"lang": "en-GB"}) in elements
    assert tags.count("h1") == 1 and tags.count("main") == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


@pytest.mark.parametrize("path", PAGES)
def test_every_control_has_a_label_and_every_id_is_its_own(client: Client, path: str) -> None:
    elements = Elements(client.get(path).text).found

    labelled = {attributes.get("for") for tag, attributes in elements if tag == "label"}
    controls = [
        attributes.get("id")
        for tag, attributes in elements
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden"
    ]
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert [control for control in controls if control not in labelled] == []
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_links_within_the_site_lead_somewhere(client: Client, path: str) -> None:
    elements = Elements(client.get(path).text).found
    hrefs = {str(attributes["href"]) for tag, attributes in elements if tag == "a" and "href" in attributes}

    own = {urljoin(path, href) for href in hrefs if not urlsplit(href).scheme and not href.startswith("#")}
    assert {link: client.get(link).status_code for link in own if client.get(link).status_code != 200} == {}


@pytest.mark.parametrize("path", ["/sectors/" + FOOD, "/years", "/years/2025", "/years/2026"])
def test_every_figure_counts_the_rows_that_it_leads_to(client: Client, path: str) -> None:
    text = client.get(path).text

    figures = re.findall(r'href="(/section54/(?:figure|statements|declared)[^"]*)">([\d,]+)<', text)
    assert len(figures) > 5
    for href, number in figures:
        address = unescape(href)
        name, _, query = address.partition("?")
        rows = client.json(f"{name}.json?{query}&_shape=array&_size=max")
        assert len(rows) == int(number.replace(",", "")), address


def test_period_that_a_rule_found_has_no_probability(client: Client) -> None:
    record = client.json(f"/statement/{HARBOUR}.json")
    text = client.get(f"/statement/{HARBOUR}").text

    period = next(row for row in record["evidence"] if row["findings"] == ["period"])
    assert period["probability"] is None
    assert "probability 0%" not in text
    # Those on the areas alone: approval and signature are read by rules.
    of_areas = sum(code.startswith("area:") for row in record["evidence"] for code in row["findings"])
    assert text.count(" 91%</span>") == of_areas > 0


def test_copy_of_a_group_statement_leads_to_that_of_the_group(client: Client) -> None:
    copy = statement_of("2026", site_data.QUAY)

    for suffix in ("", ".json"):
        response = client.get(f"/statement/{copy}{suffix}")
        assert response.status_code == 301
        assert response.headers["location"] == f"/statement/{HARBOUR}{suffix}"


@pytest.mark.parametrize("name", QUERIES)
def test_named_question_runs_and_has_a_title(client: Client, name: str) -> None:
    response = client.get(f"/section54/{name}.json?_shape=array&area=policies")

    assert response.status_code == 200
    assert isinstance(response.json(), list)
    assert client.datasette.section54.queries[name]["description"]


def test_there_are_a_dozen_questions() -> None:
    assert len(QUERIES) >= 12


def test_statement_has_its_areas_once_as_a_table(client: Client) -> None:
    text = client.get(f"/statement/{HARBOUR}").text

    assert text.count("<caption>The six areas in this statement</caption>") == 1
    assert "<svg" not in text


def test_pages_answer_in_their_first_line(client: Client) -> None:
    organisation = client.get(f"/organisation/{site_data.HARBOUR}").text
    statement = client.get(f"/statement/{HARBOUR}").text

    for text in (organisation, statement):
        lead = text[text.index("<h1>") : text.index("</p>", text.index("<h1>"))]
        assert "It describes 3 of 6 areas; 1 to read yourself." in lead


def test_each_area_shows_the_probability_of_its_own_finding(client: Client) -> None:
    record = client.get(f"/organisation/{site_data.HARBOUR}.json").json()
    several = [one for one in record["latest"]["evidence"] if len(one["by_finding"]) > 1]

    assert several
    for area, quoted in record["highlights"].items():
        for shown in quoted["shown"]:
            own = shown["by_finding"][f"area:{area}"]
            assert (shown["probability"], shown["because"]) == (own["probability"], own["because"])


def test_level_is_said_in_words_everywhere(client: Client) -> None:
    text = client.get(f"/statement/{HARBOUR}").text

    for words in ("Substantive", "Described", "Mentioned", "No passage found", "Unsure"):
        assert words in text
    assert "missing" not in text.lower()
    assert "complian" not in text.replace("Coverage, not compliance", "").replace("complies with any law", "")


def test_quotations_stand_in_reading_order(client: Client) -> None:
    text = client.get(f"/statement/{HARBOUR}").text

    assert re.findall(r'id="s(\d+)"', text) == ["0", "1", "2", "3", "4", "5", "6", "7", "8"]


def test_declared_answers_are_not_set_beside_another_years_statement(client: Client) -> None:
    record = client.json(f"/organisation/{site_data.HARBOUR}.json")

    assert [entry["statement_id"] for entry in record["declared_and_found"]] == [HARBOUR]


@pytest.fixture(scope="module")
def poisoned(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A site over a file whose addresses are no web addresses: somebody wrote it with another program."""
    copy = tmp_path_factory.mktemp("poisoned") / "section54.db"
    copy.write_bytes(published.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        columns = connection.execute(
            """
            select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
            where m.type = 'table' and (c.name like '%url' or c.name in ('website', 'found_on')) and not c.pk
            """
        ).fetchall()
        for number, (table, column) in enumerate(columns):
            scheme = ("javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "vbscript:x")[
                number % 4
            ]
            connection.execute(f"update {table} set {column} = ?", [scheme])
        connection.commit()
    return Client(copy)


@pytest.mark.parametrize("path", PAGES)
def test_no_link_has_another_scheme_than_the_web(poisoned: Client, path: str) -> None:
    elements = Elements(poisoned.get(path).text).found

    links = [attributes.get("href") or attributes.get("src") or "" for _, attributes in elements]
    assert {urlsplit(link.strip()).scheme for link in links} <= {"", "http", "https"}


# --- as data


def test_organisation_as_json(client: Client) -> None:
    record = client.json(f"/organisation/{site_data.HARBOUR}.json")

    assert record["ok"] is True
    assert record["generated_at"] == MADE
    assert record["company_number"] == "01234567"
    assert record["latest"]["id"] == HARBOUR
    assert record["latest"]["areas"]["risk"]["level"] == "mentioned"
    assert record["latest"]["evidence"][0]["boxes"] == [[1, 72.0, 100.0, 520.0, 112.0]]
    assert [row["id"] for row in record["statement_list"]] == [HARBOUR, HARBOUR_2025]
    assert record["home_link"]["home_link"] == "direct"


def test_statement_as_json(client: Client) -> None:
    record = client.json(f"/statement/{HARBOUR}.json")

    assert record["sha256"] == site_data.pdf("2026", "", "").sha256
    assert record["checks"]["signed"] == {
        "value": "yes",
        "detail": "chief executive",
        "reason": "Reason for signed.",
    }
    assert record["evidence"][3]["findings"] == ["area:due_diligence", "area:risk"]
    assert record["evidence"][4]["status"] == "denied"
    assert {row["found_by"] for row in record["snapshots"]} == {"registry", "home"}


@pytest.mark.parametrize(
    "path",
    [
        "/organisation/nobody",
        "/organisation/nobody.json",
        "/statement/000000000000",
        "/nope",
        "/sectors/nobody",
        "/sectors/nobody.json",
        "/sectors/nobody.atom",
        "/organisation/nobody.atom",
        "/years/1999",
        f"/statement/{HARBOUR}/since/{ORCHARD}",
    ],
)
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    if path.endswith(".json"):
        assert response.json()["ok"] is False
    else:
        assert "Search for an organisation" in response.text


def test_table_as_csv_and_json_array(client: Client) -> None:
    csv = client.get("/section54/evidence.csv?_size=max").text.splitlines()
    rows = client.json("/section54/statements.json?_shape=array")

    assert csv[0].startswith("id,statement_id,finding,quotation,page")
    assert len(csv) == 17
    assert {row["id"] for row in rows} >= {HARBOUR, HOSTILE}


@pytest.mark.parametrize("order", ["", "&_sort=words", "&_sort_desc=year", "&_sort_desc=pages"])
def test_whole_table_as_csv_has_every_row_once(published: Path, order: str) -> None:
    paged = Client(published, overrides={"max_returned_rows": 2})

    csv = paged.get(f"/section54/statements.csv?_stream=on&_size=max{order}").text.splitlines()

    ids = [line.partition(",")[0] for line in csv[1:]]
    assert len(ids) == len(set(ids)) == 5


def test_no_cell_of_a_csv_begins_like_a_formula(client: Client) -> None:
    import csv

    for table in ("evidence", "organisations", "declared_answers", "statements", "home_links"):
        rows = csv.reader(client.get(f"/section54/{table}.csv?_size=max").text.splitlines())
        assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))] == []


# --- search


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("01234567", [site_data.HARBOUR]),
        ("1234567", [site_data.HARBOUR]),
        ("oc301234", [site_data.ORCHARD]),
        ("PCC for Northmere", [site_data.POLICE]),
        ("Harbour Lane Foods Ltd", [site_data.HARBOUR]),
        ("harb", [site_data.HARBOUR]),
        ("Tarn and Fell", [site_data.SCANNED]),
        ("tarn & fell quarries limited", [site_data.SCANNED]),
        ("bakeries quay", [site_data.QUAY]),
        ("99999999", []),
        ('"', []),
        ("* OR a", []),
        ("NEAR(", []),
    ],
)
def test_search_for_an_organisation(client: Client, typed: str, found: list[str]) -> None:
    text = client.get("/?q=" + quote(typed)).text

    results = text[text.index('id="results"') :] if found else text
    results = results[: results.index("What this is")]
    assert re.findall(r'href="/organisation/([^"]+)"', results) == found


@pytest.mark.parametrize(
    ("typed", "like"),
    [
        ("Harbor Laine Foods", site_data.HARBOUR),
        ("Orchard Mil Care", site_data.ORCHARD),
        ("Quay Street Bakery", site_data.QUAY),
    ],
)
def test_names_like_the_one_that_was_typed_are_offered(client: Client, typed: str, like: str) -> None:
    text = client.get("/?q=" + quote(typed)).text

    assert "No organisation of that name or number is in this collection" in text
    assert f'href="/organisation/{like}"' in text[text.index("These names are like it") :]


def test_a_pasted_sentence_of_any_length_finds_itself(client: Client, published: Path) -> None:
    with closing(sqlite3.connect(published)) as connection:
        quotations = [row[0] for row in connection.execute("select distinct quotation from evidence")]

    assert len(quotations) > 8
    for quotation in quotations:
        for pasted in (quotation, f"\u201c{quotation}\u201d ", f"{quotation} " * 9):
            found = client.json("/evidence.json?q=" + quote(pasted))
            assert quotation in [row["quotation"] for row in found["sentences"]], pasted


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/evidence.json?q=audit&statuses=done", "There is no statuses here"),
        ("/evidence.csv?q=audit&status=finished", "'finished' is no status."),
        ("/evidence.json?q=audit&year=26", "'26' is no year."),
        ("/evidence.json?q=audit&page=0", "'0' is no page."),
        ("/organisations.json?name=harbour", "There is no name here: ask by q."),
    ],
)
def test_a_search_as_data_refuses_what_it_does_not_know(client: Client, path: str, says: str) -> None:
    response = client.get(path)

    assert response.status_code == 400
    assert response.json()["ok"] is False
    assert says in response.json()["error"]


@pytest.mark.parametrize(
    ("arguments", "total"),
    [
        ("q=audit", 1),
        ("q=supplier+audited", 1),
        ("q=%22tier-one+suppliers%22", 1),
        ("q=%22suppliers+tier-one%22", 0),
        ("q=growers", 2),
        ("q=growers&status=planned", 1),
        ("q=growers&status=done", 1),
        ("q=growers&status=denied", 0),
        (f"q=growers&sector={FOOD}&status=done", 1),
        ("q=growers&finding=area_structure", 1),
        ("q=slavery&year=2025", 1),
        ("q=slavery&year=1999", 0),
        ("q=growers&criterion=measure_policies", 2),
        ("q=growers&criterion=measure_training", 0),
        (f"q=growers&sector={FOOD}", 2),
        ("q=growers&sector=another", 0),
        (f"q=slavery&sector={FOOD}&year=2025", 1),
        ("q=finding_area_structure", 0),
        ("q=zzqxjv", 0),
        ("q=audit*+OR+zzqxjv", 1),
        ("q=audited+OR+growers", 3),
        ("q=zzqxjv+OR+growers+spain", 1),
        ("q=growers+NOT+spain", 1),
        ("q=growers+-spain", 1),
        ("q=audited+NEAR+wages", 1),
        ("q=audited+NEAR+repaid", 0),
        ("q=who+NEAR", 0),
        ("q=GROWERS+NOT+ZZQXJV", 0),
        ("q=super+visor+OR+growers", 0),
        ("q=tier-one", 1),
        ("q=%22tierone%22", 0),
        ("q=quotation:audit", 0),
    ],
)
def test_search_for_sentences(client: Client, arguments: str, total: int) -> None:
    text = client.get(f"/evidence?{arguments}").text

    assert f"{total} sentence{'' if total == 1 else 's'} for" in text
    assert text.count("<blockquote>") == total


def test_search_of_a_sector_asks_the_newest_only_and_says_so(
    client: Client, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_OF_SECTORS", 1)

    found = client.json(f"/evidence.json?q=growers&sector={FOOD}")

    with closing(sqlite3.connect(published)) as connection:
        newest = connection.execute(
            "select quotation from evidence where quotation like '%growers%' order by id desc limit 1"
        ).fetchone()
    assert (found["total"], found["newest_only"]) == (1, True)
    assert [one["quotation"] for one in found["sentences"]] == [*newest]


def test_sentence_that_two_findings_rest_on_is_one_hit_with_both(client: Client) -> None:
    text = client.get("/evidence?q=audited").text

    assert '<span class="tag">Due diligence</span> <span class="tag">Risk</span>' in text


@pytest.mark.parametrize("text", ["", '""', "—", "  "])
def test_query_without_words_is_no_query(text: str) -> None:
    assert EvidenceQuery(text).match is None


def test_unknown_filters_are_dropped() -> None:
    query = EvidenceQuery.from_arguments(
        {
            "q": "a",
            "finding": 'x" OR "b',
            "status": "maybe",
            "year": "20",
            "page": "-1",
            "criterion": 'a" OR "b',
            "sector": "x' or 1",
        }
    )

    assert query == EvidenceQuery("a")


def test_search_of_a_table_for_nonsense_finds_nothing(client: Client) -> None:
    assert client.json("/section54/evidence.json?_shape=array&_search=zzqxjv") == []
    assert client.json("/section54/organisations.json?_shape=array&_search=zzqxjv") == []


# --- what must never be there


@pytest.mark.parametrize("path", HOSTILE_PAGES)
def test_hostile_text_is_text(client: Client, path: str) -> None:
    elements = Elements(client.get(path).text).found

    assert [tag for tag, _ in elements if tag in ("script", "iframe", "object", "style")] == []
    assert [attributes for tag, attributes in elements if tag == "img"] == []
    assert [
        name for _, attributes in elements for name in attributes if name.startswith("on") or name == "style"
    ] == []
    links = [
        str(attributes.get(name, "")) for _, attributes in elements for name in ("href", "src", "action")
    ]
    assert [
        link for link in links if link.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
    ] == []


@pytest.mark.parametrize("path", [*PAGES, *HOSTILE_PAGES])
def test_no_personal_data_on_any_page(client: Client, path: str) -> None:
    text = client.get(path).text

    assert re.findall(r"[\w.]+@(?:harbourlane|northmere)[\w.]+", text) == []
    assert "Fairbrother" not in text
    assert "Secret Supplier" not in text


@pytest.mark.parametrize(
    "path", [*PAGES, *HOSTILE_PAGES, "/static/site.css", "/-/versions", "/section54/evidence.csv", "/nope"]
)
def test_security_headers_stand_on_everything_and_no_cookie_is_set(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_fetched_from_elsewhere(client: Client, path: str) -> None:
    elements = Elements(client.get(path).text).found

    fetched = [attributes.get("src") for _, attributes in elements if attributes.get("src")]
    fetched += [link["href"] for tag, link in elements if tag == "link" and link.get("rel") != "alternate"]
    assert [url for url in fetched if urlsplit(str(url)).netloc] == []
    assert (
        "@import" not in client.get("/static/site.css").text
        and "url(" not in client.get("/static/site.css").text
    )


@pytest.mark.parametrize(
    "path",
    ["/-/versions", "/-/versions.json", "/-/plugins", "/-/databases.json", "/-/threads", "/-/settings",
    "/-/metadata",
     "/-/actor.json", "/-/allow-debug", "/-/logout", "/-/static/app.css"],
)  # fmt: skip
def test_pages_that_tell_versions_or_paths_are_closed(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_site_can_only_be_read(client: Client, method: str) -> None:
    assert client.get("/", method=method).status_code == 405


def test_sql_of_visitors_cannot_learn_where_the_file_lies(client: Client, published: Path) -> None:
    for sql in ("select * from pragma_database_list", "select file from pragma_database_list()"):
        response = client.get("/section54.json?_shape=array&sql=" + quote(sql))
        assert str(published.parent) not in response.text


@pytest.mark.parametrize(
    "sql",
    [
        "select hex(randomblob(150000000))",
        "select replace(hex(zeroblob(5000000)), '0', 'abcdefgh')",
        "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n",
        "attach database '/tmp/x.db' as x",
        "select load_extension('x')",
    ],
)
def test_heavy_or_foreign_sql_is_stopped(client: Client, sql: str) -> None:
    started = time.monotonic()

    response = client.get("/section54.json?sql=" + quote(sql))

    assert response.status_code == 400
    assert time.monotonic() - started < 8  # one second of SQL; the rest is a busy machine


def test_robots_keep_crawlers_from_tables_and_searches(client: Client) -> None:
    lines = client.get("/robots.txt").text.splitlines()

    assert "Disallow: /section54" in lines
    assert "Disallow: /*?" in lines


def test_database_file_cannot_be_downloaded(client: Client) -> None:
    assert client.get("/section54.db").status_code == 403


def test_sql_can_be_closed_while_pages_and_questions_stay(published: Path) -> None:
    closed = Client(published, allow_sql=False)

    assert closed.get("/section54?sql=select+1").status_code == 403
    assert closed.get("/section54/statements").status_code == 200
    assert closed.get("/section54/coverage_by_year").status_code == 200
    assert closed.get(f"/organisation/{site_data.HARBOUR}").status_code == 200


# --- opening, and following new publications


def test_no_file_and_a_foreign_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing is published at"):
        make_datasette(tmp_path / "none.db")
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("create table x (y)")
    with pytest.raises(
        ValueError,
        match=r"was not published by this version \(no such table: meta\); run `section54 publish`",
    ):
        make_datasette(tmp_path / "other.db")


def test_file_of_another_format_is_said(published: Path, tmp_path: Path) -> None:
    copy = tmp_path / "section54.db"
    copy.write_bytes(published.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("update meta set value = '0' where key = 'format'")
        connection.commit()

    with pytest.raises(ValueError, match="has format 0, this version reads 2; run `section54 publish`"):
        make_datasette(copy)


def test_fault_of_ours_is_a_page_without_its_particulars(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("section54.site.rows.public_bodies", fail)

    response = client.get("/public-bodies")

    assert response.status_code == 500
    assert "Something went wrong" in response.text
    assert "secret detail" not in response.text
    assert "secret detail" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_query_that_takes_too_long_is_said_in_plain_words(client: Client, suffix: str) -> None:
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"

    response = client.get(f"/section54{suffix}?sql=" + quote(sql))

    assert response.status_code == 400
    assert "This took longer than the time that one question has" in response.text
    assert "<textarea" not in response.text and "<script" not in response.text


def test_search_that_takes_too_long_is_said_in_plain_words(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(connection: sqlite3.Connection, query: EvidenceQuery) -> None:
        connection.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
        )

    monkeypatch.setattr("section54.site.search.find_evidence", endless)

    response = client.get("/evidence?q=audit")

    assert response.status_code == 400
    assert "This took longer than the time that one question has" in response.text


def test_shorter_sentences_with_more_of_the_words_come_first(client: Client) -> None:
    text = client.get("/evidence?q=growers").text

    assert re.findall(r"<blockquote><p>(.*?)</p>", text) == [
        "We buy from 212 <mark>growers</mark> in Spain, Morocco and Kenya.",
        "We will measure the share of <mark>growers</mark> with a grievance line next year.",
    ]


def test_row_counts_come_from_publishing(published: Path) -> None:
    datasette = make_datasette(published)

    assert datasette.inspect_data["section54"]["tables"]["statements"] == {"count": 5}
    assert datasette.databases["section54"].is_mutable is False


def test_facets_of_a_whole_table_are_counted_once_and_those_of_a_filter_each_time(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(published)
    counted = []
    execute = Database.execute

    async def executed(self: Database, sql: str, *arguments: Any, **options: Any) -> Any:
        if "as count" in sql:
            counted.append(sql)
        return await execute(self, sql, *arguments, **options)

    monkeypatch.setattr(Database, "execute", executed)
    first, again = (client.get("/section54/statements").text for _ in range(2))
    after_whole = len(counted)
    of_year, of_next = (client.get(f"/section54/statements?year={year}").text for year in (2025, 2026))

    assert first == again
    assert after_whole == 3  # year, kind, method
    assert len(counted) == 9
    assert "<h3>kind</h3>" in first and "<h3>kind</h3>" in of_year
    assert len({first, of_year, of_next}) == 3


def test_particulars_of_another_file_are_not_believed(published: Path, tmp_path: Path) -> None:
    copy = tmp_path / "section54.db"
    copy.write_bytes(published.read_bytes())
    (tmp_path / "section54.json").write_text(json.dumps({"bytes": 1, "sha256": "x", "tables": {}}))

    datasette = make_datasette(copy)

    assert datasette.inspect_data is None
    assert datasette.section54.particulars == {}


def test_new_publication_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    working = site_data.make_working_database(tmp_path / "working.db")
    site = tmp_path / "site.db"
    publish(working, site, generated_at=MADE)
    made: list[Any] = []

    def make() -> Any:
        made.append(make_datasette(site))
        return made[-1]

    app = FollowingApp(site, make)
    asyncio.run(_request(app, "/"))
    publish(working, site, generated_at="2026-11-23T08:00:00Z")

    text = asyncio.run(_request(app, "/"))

    assert len(made) == 2
    assert "23 November 2026" in text


def test_file_that_cannot_be_served_is_said_and_the_old_one_stays(
    tmp_path: Path, published: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = tmp_path / "site.db"
    site.write_bytes(published.read_bytes())
    app = FollowingApp(site, lambda: make_datasette(site))
    asyncio.run(_request(app, "/public-bodies"))
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database at all, but long enough to look at" * 100)
    broken.replace(site)

    text = asyncio.run(_request(app, "/public-bodies"))

    assert "Commissioner (1)" in text
    assert "the new file cannot be served, going on with the old one" in caplog.text


def test_a_file_that_is_written_over_in_place_costs_no_more_than_its_requests(
    tmp_path: Path, published: Path
) -> None:
    site = tmp_path / "site.db"
    whole = published.read_bytes()
    site.write_bytes(whole)
    app = FollowingApp(site, lambda: make_datasette(site))
    asyncio.run(_request(app, "/evidence?q=growers"))

    site.write_bytes(whole[: len(whole) // 3])  # `cp` under way
    for path in ("/evidence?q=audited", f"/statement/{HARBOUR}", "/section54/evidence"):
        asyncio.run(_request(app, path))
    site.write_bytes(whole)

    assert "<mark>growers</mark>" in asyncio.run(_request(app, "/evidence?q=growers"))


async def _request(app: FollowingApp, path: str) -> str:
    import httpx

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as http:
        return (await http.get(path)).text


@pytest.fixture
def server(published: Path) -> Iterator[str]:
    port = 18_741
    code = (
        "from pathlib import Path; from section54.site.server import serve; "
        f"serve(Path({str(published)!r}), port={port})"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.slow
def test_served_over_http(server: str) -> None:
    for _ in range(60):
        try:
            with urlopen(server + "/") as response:
                assert b"What modern slavery statements say" in response.read()
                assert "server" not in {name.lower() for name in response.headers}
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail("the server did not answer within 30 seconds")
