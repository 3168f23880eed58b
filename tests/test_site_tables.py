"""Tables of the site: every walk of every table in every order has every row once, as pages, JSON and CSV."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import site_data
from datasette.utils import tilde_encode

from db.publish import publish
from section54.site.dictionary import columns_of
from section54.site.server import make_datasette

SIZE = 3
"""Rows of a page in these tests: small, so that rows with equal values stand on several pages."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    working = site_data.make_working_database(folder / "working.db")
    publish(
        working, folder / "section54.db", model_metrics=site_data.METRICS, generated_at="2026-11-22T12:00:00Z"
    )
    return folder / "section54.db"


@pytest.fixture(scope="module")
def site(published: Path) -> Any:
    return make_datasette(published, overrides={"max_returned_rows": 20})


def get(site: Any, path: str, **options: Any) -> Any:
    return asyncio.run(site.client.get(path, **options))


def rows_in(published: Path, table: str) -> int:
    with closing(sqlite3.connect(published)) as connection:
        return int(connection.execute(f'select count(*) from "{table}"').fetchone()[0])


def tables(published: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(published)) as connection:
        return {table: [one.name for one in columns] for table, columns in columns_of(connection).items()}


def walked(site: Any, path: str) -> Iterator[Any]:
    """The answers of a walk from the first page to the last."""

    async def walk() -> list[Any]:
        answers, following = [], path
        while following:
            answers.append(await site.client.get(following))
            assert answers[-1].status_code == 200, answers[-1].text[:300]
            following = _next(answers[-1])
            assert len(answers) < 200, "the walk does not end"
        return answers

    return iter(asyncio.run(walk()))


def _next(answer: Any) -> str:
    if answer.headers["content-type"].startswith("text/html"):
        found = re.search(r'href="([^"]*_next=[^"]*)" rel="next"', answer.text)
        address = unescape(found[1]) if found else ""
    else:
        found = re.search(r'<([^>]*)>; rel="next"', answer.headers.get("link", ""))
        address = found[1] if found else ""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if address else ""


TABLES = ("statements", "organisations", "evidence", "events", "declared_and_found", "home_links",
"snapshots", "area_results",
          "checks", "listings", "statement_organisations", "registry_statements", "model_accuracy",
          "area_summary")  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("order", ["_sort", "_sort_desc"])
def test_a_walk_in_every_order_has_every_row_once(site: Any, published: Path, table: str, order: str) -> None:
    expected = rows_in(published, table)
    assert expected

    wrong = {}
    for column in tables(published)[table]:
        answers = walked(site, f"/section54/{table}.json?_shape=array&_size={SIZE}&{order}={column}")
        found = [tuple(map(str, row.values())) for answer in answers for row in answer.json()]
        if (len(found), len(set(found))) != (expected, expected):
            wrong[column] = (len(found), len(set(found)), expected)

    assert wrong == {}


@pytest.mark.parametrize(
    "order", ["_sort=period_end", "_sort_desc=period_end", "_sort=kind", "_sort_desc=low_confidence"]
)
def test_a_walk_over_pages_has_every_row_once(site: Any, published: Path, order: str) -> None:
    answers = walked(site, f"/section54/statements?_size=2&{order}")

    found = [
        key
        for answer in answers
        for key in re.findall(r'<tr>\s*<td[^>]*><a href="[^"]*">([0-9a-f]{12})</a>', answer.text)
    ]
    assert len(found) == len(set(found)) == rows_in(published, "statements")


@pytest.mark.parametrize("order", ["", "&_sort=year", "&_sort_desc=period_start", "&_sort=tls"])
def test_a_csv_of_all_rows_keeps_the_order_asked_for(site: Any, published: Path, order: str) -> None:
    text = get(site, f"/section54/statements.csv?_stream=on&_size=max{order}").text

    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["id"] for row in rows}) == len(rows) == rows_in(published, "statements")
    if "_sort=year" in order:
        assert [row["year"] for row in rows] == sorted(row["year"] for row in rows)


def test_facets_stand_on_the_first_page_and_lead_there(site: Any) -> None:
    first, second, *_ = walked(site, "/section54/evidence?_size=5&_facet=finding&_sort=position")

    facets = re.findall(r'<li><a href="([^"]*)" rel="nofollow">', first.text)
    assert facets
    assert not [link for link in facets if "_next" in link]
    assert "Values with their counts stand on" in second.text
    assert 'class="facets"' not in second.text


# --- mistakes


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/section54.json?_shape=array", "Give a question in SQL"),
        ("/section54.csv", "Give a question in SQL"),
        ("/section54.csv?sql=", "Give a question in SQL"),
        ("/section54.csv?sql=+", "Give a question in SQL"),
        ("/section54.json?_shape=array&sql=select+1&_timelimit=x", "There is no option _timelimit here."),
        ("/section54/statements.json?_sort=nope", "statements has no column 'nope' for _sort."),
        ("/section54/statements?_sort=nope", "statements has no column &#39;nope&#39; for _sort."),
        ("/section54/statements.csv?_sort_desc=nope", "for _sort_desc."),
        ("/section54/statements.json?_sort=year&_sort_desc=year", "not by both"),
        ("/section54/statements.json?_facet=nope", "for _facet."),
        ("/section54/statements.json?_through=x", "There is no option _through here."),
        ("/section54/statements.json?_through={}", "There is no option _through here."),
        ("/section54/statements.json?_where=1", "There is no option _where here."),
        ("/section54/evidence.json?_search=x&_searchmode=raw", "There is no option _searchmode here."),
        ("/section54/statements.json?_timelimit=x", "There is no option _timelimit here."),
        ("/section54/statements.json?_size=many", "_size is a whole number, or max."),
        ("/section54/statements.json?_facet_size=-1", "_facet_size is a whole number, or max."),
        ("/section54/statements.json?_next=a,b,c", "_next is part of the address of a next page"),
        ("/section54/statements.json?nope=1", "statements has no column"),
        ("/section54/statements.json?year__near=1", "no way to compare it by"),
        ("/section54/evidence.json?id__gt=99999999999999999999999", "id__gt is no number that a column can "
                                                                    "have."),
        ("/section54/evidence.json?page__in=[1,2", "begins like a list in JSON and is none."),
        ("/section54/evidence.json?page__in=[{}]", "is a list of texts and numbers in JSON."),
        ("/section54/evidence.json?page__in=" + "[" * 50_000, "begins like a list in JSON and is none."),
        ("/section54/area_results/abc.json", "A row of area_results is named by statement_id and area"),
        ("/section54/area_results/a,b,c", "A row of area_results is named by statement_id and area"),
    ],
)  # fmt: skip
def test_a_mistake_is_the_clients_and_said_in_a_sentence(site: Any, path: str, says: str) -> None:
    response = get(site, path)

    assert response.status_code == 400
    assert says in response.text
    assert "our fault" not in response.text
    if path.partition("?")[0].endswith(".json"):
        assert response.json()["ok"] is False


@pytest.mark.parametrize("key", ["{0},{1}", "{0}%2C{1}", "{0}%2c{1}"])
def test_a_key_of_two_parts_is_read_in_the_usual_encoding(site: Any, published: Path, key: str) -> None:
    with closing(sqlite3.connect(published)) as connection:
        row = connection.execute("select statement_id, area from area_results limit 1").fetchone()

    response = get(site, f"/section54/area_results/{key.format(*row)}.json?_shape=array")

    assert response.status_code == 200
    assert response.json()[0]["area"] == row[1]


@pytest.mark.parametrize("encode", [tilde_encode, partial(quote, safe="")])
def test_an_address_as_a_key_is_read_in_both_encodings(site: Any, published: Path, encode: Any) -> None:
    with closing(sqlite3.connect(published)) as connection:
        url, area = connection.execute("select summary_url, area from declared_answers limit 1").fetchone()

    response = get(site, f"/section54/declared_answers/{encode(url)},{area}.json?_shape=array")

    assert response.status_code == 200
    assert response.json()[0]["summary_url"] == url


@pytest.mark.parametrize(
    "path",
    [
        "/section54/statements?year=2026&_facet=kind&_size=max&words__gt=5&error__isnull=1&id__in=a,b",
        "/section54/statements.json?_shape=array&year__in=[2025,2026]&url__contains=harbour&_col=id&_sort=year",
        "/section54/statements?_col=id&_sort=year&_size=2",
        "/section54/organisations?_search=harbour&_sort_desc=statements",
        "/section54/coverage_by_year.json?_shape=array&_hide_sql=1",
        "/section54/one_area?area=policies",
        "/section54?sql=select+1",
        "/section54.json",
    ],
)
def test_what_is_right_is_answered(site: Any, path: str) -> None:
    assert get(site, path).status_code == 200


# --- answers that are cut


@pytest.fixture(scope="module")
def narrow(published: Path) -> Any:
    return make_datasette(published, overrides={"max_returned_rows": 3})


@pytest.mark.parametrize(
    "name", ["coverage_by_year", "statements_by_coverage", "home_page_links", "declared_not_found"]
)
def test_a_named_question_is_whole_as_csv(narrow: Any, site: Any, name: str) -> None:
    whole = get(site, f"/section54/{name}.json?_shape=array&_size=max")
    text = get(narrow, f"/section54/{name}.csv")

    assert list(csv.DictReader(io.StringIO(text.text))) == [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in whole.json()
    ]
    assert "x-truncated" not in text.headers


def test_a_named_question_that_is_cut_says_so(narrow: Any) -> None:
    array = get(narrow, "/section54/coverage_by_year.json?_shape=array")
    objects = get(narrow, "/section54/coverage_by_year.json?_shape=objects")

    assert len(array.json()) == 3
    assert array.headers["x-truncated"] == "3"
    assert objects.json()["truncated"] is True
    assert "x-truncated" not in get(narrow, "/section54/no_steps_taken.json?_shape=array").headers


@pytest.mark.parametrize("form", [".json?_shape=array&", ".csv?"])
def test_sql_that_is_cut_says_so(narrow: Any, form: str) -> None:
    response = get(narrow, f"/section54{form}sql=select+area+from+area_results")

    assert response.headers["x-truncated"] == "3"
