"""The desk: the whole job in a real browser, and what it must not do."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import site_data
import uvicorn

from crawler.options import CrawlOptions
from db.desk import DeskStore
from db.publish import publish
from section54 import settings
from section54.desk import results, views, work
from section54.settings import Home
from section54.site.server import make_datasette

LIST = (
    "Paid to,Ref,Money\nHarbour Lane Foods Ltd,1234567,100.50\nTarn & Fell,,9\nNobody of This Name,,1\n"
    "Quay Street Bakerys Limited,,50\n"
)
FORM = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = settings.home(tmp_path)
    site_data.make_working_database(home.working_db)
    publish(home.working_db, home.site_db, model_metrics=site_data.METRICS)
    return home


def serve(home: Home, **options: Any) -> tuple[str, uvicorn.Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = make_datasette(home.site_db, **options).app()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}", server


@pytest.fixture
def desk(home: Home) -> Iterator[httpx.Client]:
    """A colleague who has said who they are."""
    address, server = serve(home, private=home, desk=CrawlOptions())
    with httpx.Client(base_url=address, headers=FORM, timeout=60) as client:
        client.post("/desk/name", data={"name": "Officer of Thornshire"})
        yield client
    server.should_exit = True


def upload(desk: httpx.Client, text: str = LIST, name: str = "payments.csv") -> str:
    """Upload a list; return its address."""
    answer = desk.post("/desk", files={"file": (name, text.encode())}, data={"title": "Payments"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("/columns")


def checked(desk: httpx.Client, **columns: str) -> str:
    """Upload and check the list; return its address once the result is there."""
    address = upload(desk)
    given = {"column_name": "Paid to", "column_company_number": "Ref", "column_amount": "Money"} | columns
    assert desk.post(f"{address}/columns", data=given).status_code == 303
    ended = time.monotonic() + 240
    while "data-working" in (page := desk.get(address).text) and time.monotonic() < ended:
        time.sleep(0.5)
    assert "Results, in order of what you may have to do" in page, page
    return address


def test_nothing_of_the_desk_is_public(home: Home) -> None:
    for options in ({}, {"private": home}):
        address, server = serve(home, **options)
        with httpx.Client(base_url=address, headers=FORM) as client:
            for pattern, _ in views.ROUTES:
                path = re.sub(r"\(\?P<file>.*?\)", "panel.html", pattern.strip("^$").replace("\\", ""))
                path = re.sub(r"\(\?P<\w+>.*?\)", "1", path)
                assert client.get(path).status_code == 404, path
                assert client.post(path, data={"name": "x"}).status_code in (404, 405), path
            assert "Desk" not in client.get("/").text
        server.should_exit = True


def test_forms_of_other_sites_are_refused(desk: httpx.Client) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        answer = desk.post("/desk", data={"text": "Somebody Ltd"}, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text
    assert "Somebody" not in desk.get("/desk").text


def test_a_form_without_a_name_is_not_taken(home: Home) -> None:
    address, server = serve(home, private=home, desk=CrawlOptions())
    with httpx.Client(base_url=address, headers=FORM) as client:
        answer = client.post("/desk", data={"text": "Somebody Ltd"})
    server.should_exit = True

    assert answer.status_code == 400
    assert "Say who you are first" in answer.text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Choose a file, or paste names, one a line."),
        (b"%PDF-1.7 nothing", "is a PDF"),
    ],
)
def test_what_is_no_list_is_refused_in_words(desk: httpx.Client, body: bytes, message: str) -> None:
    answer = desk.post("/desk", files={"file": ("plan.pdf", body)})

    assert answer.status_code == 400
    assert message in answer.text


def test_pasted_names_need_no_heading(desk: httpx.Client) -> None:
    answer = desk.post("/desk", data={"text": 'Harbour Lane Foods Ltd\nThe "Best" Bakery\n'})
    page = desk.get(answer.headers["location"]).text

    assert "2 suppliers" in page
    assert "The &#34;Best&#34; Bakery" in page


def test_columns_are_asked_for_where_they_were_not_understood(desk: httpx.Client) -> None:
    address = upload(desk, "Lot,Ref\nHarbour Lane Foods Ltd,1\n")
    page = desk.get(f"{address}/columns").text

    assert "The columns could not be understood." in page
    answer = desk.post(f"{address}/columns", data={"column_name": "Nothing like it"})
    assert answer.status_code == 400


@pytest.mark.slow
def test_a_list_is_checked_and_decided_and_its_papers_are_written(desk: httpx.Client, home: Home) -> None:
    address = checked(desk)
    page = desk.get(address).text

    assert "1 of 4 suppliers wait" in page or "2 of 4 suppliers wait" in page
    assert "£101" in page or "£100" in page

    match = desk.get(f"{address}/match").text
    position = re.search(r'name="position" value="(\d+)"', match)
    organisation = re.search(r'name="organisation" value="([^"]+)"', match)
    assert position and organisation
    choice = {
        "position": position[1],
        "organisation": organisation[1],
        "choice": "same",
        "reason": "Seen on the invoice.",
    }
    answer = desk.post(f"{address}/match", data=choice)
    assert answer.status_code == 303
    after = desk.get(answer.headers["location"]).text
    assert "Seen on the invoice." in after and "Officer of Thornshire" in after
    decided = desk.get(f"{address}/suppliers/{position[1]}").text
    assert "Link on its home page" in decided
    assert "decided by Officer of Thornshire" in decided

    undo = re.search(r'name="undo" value="(\d+)"', after)
    assert undo
    desk.post(f"{address}/match", data={"undo": undo[1]})
    assert f'name="position" value="{position[1]}"' in desk.get(f"{address}/match").text

    for name in ("suppliers.xlsx", "suppliers.csv", "panel.html", "report.html"):
        assert desk.get(f"{address}/papers/{name}").status_code == 200, name
    pack = zipfile.ZipFile(io.BytesIO(desk.get(f"{address}/suppliers/1/pack.zip").content))
    assert {Path(name).name for name in pack.namelist()} == {"evidence.html", "evidence.json", "SHA256SUMS"}
    assert "took back decision" in desk.get("/desk/log").text

    desk.post(f"{address}/remove", data={"sure": "yes"})
    assert desk.get(address).status_code == 404
    with closing(DeskStore(home.private_db)) as store:
        assert store.files(1) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["../private.db", "..%2f..%2f..%2fprivate.db", "packs", "/etc/passwd", "%00.html"]
)
def test_papers_stay_inside_their_folder(desk: httpx.Client, path: str) -> None:
    address = checked(desk)

    assert desk.get(f"{address}/papers/{path}").status_code in (400, 404)


def test_a_record_of_what_was_seen_needs_words(desk: httpx.Client, home: Home) -> None:
    address = upload(desk)
    record = {
        "supplier": "Harbour Lane Foods Ltd", "company_number": None, "amount": None, "status": "not_found",
        "match": {"kind": "exact_name", "organisation_id": site_data.HARBOUR, "reason": "", "candidates": []},
    }  # fmt: skip
    with closing(DeskStore(home.private_db)) as store:
        store.save_check_of(1, [record], {}, "nowhere", "somebody")

    answer = desk.post(f"{address}/suppliers/1", data={"choice": "looked", "reason": " "})

    assert answer.status_code == 400
    assert "Say what you saw" in answer.text


def test_several_files_are_one_list(desk: httpx.Client) -> None:
    files = [("file", ("april.csv", LIST.encode())), ("file", ("may.csv", LIST.encode()))]
    answer = desk.post("/desk", files=files)
    page = desk.get(answer.headers["location"]).text

    assert "april.csv and 1 more" in page
    assert "8 rows" in page


def test_a_watched_list_shows_what_changed_until_it_is_seen(desk: httpx.Client, home: Home) -> None:
    address = upload(desk)
    record = {
        "supplier": "Harbour Lane Foods Ltd", "company_number": "01234567", "amount": None,
        "status": "found_current",
        "match": {"kind": "number", "organisation_id": site_data.HARBOUR, "reason": "", "candidates": []},
    }  # fmt: skip
    with closing(DeskStore(home.private_db)) as store:
        store.save_check_of(1, [record], {}, "nowhere", "somebody")
    assert "This list is not on watch" in desk.get(f"{address}/changes").text

    desk.post(f"{address}/watch", data={"watch": "on"})
    assert "Nothing that matters was noticed" in desk.get(f"{address}/changes").text
    with closing(DeskStore(home.private_db)) as store:
        store.set_watch(1, 0)
    page = desk.get(f"{address}/changes").text
    assert "since somebody last looked" in page
    assert "Harbour Lane Foods Ltd:" in page

    desk.post(f"{address}/watch", data={"watch": "seen"})
    assert "Nothing that matters was noticed" in desk.get(f"{address}/changes").text
    desk.post(f"{address}/watch", data={"watch": "off"})
    assert "This list is not on watch" in desk.get(f"{address}/changes").text
    assert "has seen the changes" in desk.get("/desk/log").text


# --- work in the background


def test_work_that_fell_silent_is_told_as_lost(home: Home) -> None:
    with closing(DeskStore(home.private_db)) as store:
        number = store.add_list("Payments", [("a.csv", b"supplier\nA Ltd\n")], "me")
        job = store.job(store.add_job(number, "check", None, "me"))
    assert job is not None
    now = datetime.fromisoformat(job["seen_at"])

    assert work.state_of(job, now + timedelta(seconds=work.SILENT - 1))["state"] == "waiting"
    lost = work.state_of(job, now + timedelta(seconds=work.SILENT + 1))
    assert lost["state"] == "failed"
    assert "ended without a result" in lost["message"]


def test_work_that_is_done_stays_done_however_long_ago_it_was(home: Home) -> None:
    with closing(DeskStore(home.private_db)) as store:
        number = store.add_list("Payments", [("a.csv", b"supplier\nA Ltd\n")], "me")
        job_id = store.add_job(number, "check", None, "me")
        store.end_job(job_id, "done", "1 suppliers checked.")
        job = store.job(job_id)
    assert job is not None

    shown = work.state_of(job, datetime.fromisoformat(job["seen_at"]) + timedelta(days=30))

    assert (shown["state"], shown["message"]) == ("done", "1 suppliers checked.")


def test_failed_work_says_why(home: Home) -> None:
    with closing(DeskStore(home.private_db)) as store:
        number = store.add_list("Payments", [("a.csv", b"colour\nred\n")], "me")
        job_id = store.add_job(number, "check", None, "me")

    with pytest.raises(Exception, match="no column that names the supplier"):
        work.run(home, job_id, CrawlOptions())

    with closing(DeskStore(home.private_db)) as store:
        job = store.job(job_id)
    assert job is not None and job["state"] == "failed"
    assert "no column that names the supplier" in job["message"]


def test_the_first_end_of_work_counts(home: Home) -> None:
    with closing(DeskStore(home.private_db)) as store:
        number = store.add_list("Payments", [("a.csv", b"supplier\nA Ltd\n")], "me")
        job_id = store.add_job(number, "check", None, "me")
        assert not store.beat(job_id, "reading")
        store.ask_to_stop(job_id)
        assert store.beat(job_id, "matching")
        store.end_job(job_id, "stopped", "as asked")
        store.end_job(job_id, "done", "too late")
        job = store.job(job_id)

    assert job is not None and (job["state"], job["message"]) == ("stopped", "as asked")


# --- what a result shows


def made(status: str, position: int = 1, amount: str | None = None, **more: Any) -> dict[str, Any]:
    match = {"kind": "none", "organisation_id": None, "reason": "", "candidates": []}
    name = f"Supplier {position}"
    return {"supplier": name, "company_number": None, "amount": amount, "status": status,
    "position": position,
            "match": match, "reasons": ["A reason."], "statement": None, "cover": None} | more  # fmt: skip


def test_groups_are_in_order_of_what_a_person_must_do() -> None:
    records = [made(status, number, "10") for number, status in enumerate(reversed(results.ORDER), start=1)]

    assert [group.status for group in results.groups(records)] == list(results.ORDER)
    assert set(results.TITLES) == set(results.WHAT_TO_DO) == set(results.ORDER)


def test_credits_are_no_part_of_the_picture_of_spend() -> None:
    records = [made("not_found", 1, "-50"), made("found_current", 2, "100")]

    drawn = str(results.picture(results.groups(records)))

    widths = [
        float(width) for width in re.findall(r'<rect class="[^"]+" x="[^"]+" y="\d+" width="([^"]+)"', drawn)
    ]
    in_suppliers, in_spend = widths[:2], widths[2:]
    assert in_suppliers[0] == in_suppliers[1]
    assert in_spend == [0, pytest.approx(sum(in_suppliers), abs=2)]


def test_a_match_that_a_person_has_to_confirm_is_no_organisation_of_the_supplier_yet() -> None:
    harbour = {"organisation_id": "gb-coh-01234567", "name": "Harbour", "company_number": "01234567"}
    match = {"kind": "number", "organisation_id": "gb-coh-01234567", "reason": "", "candidates": [harbour]}

    assert results.organisation_of(made("needs_review", match=match)) is None
    assert results.organisation_of(made("found_current", match=match)) == harbour


def test_a_list_without_amounts_has_no_spend() -> None:
    assert [group.amount for group in results.groups([made("not_found")])] == [None]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["described", "substantive", "none"], "It describes 2 of 3 areas."),
        (["described", "unsure", "could_not_check"], "It describes 1 of 3 areas; 2 to read yourself."),
        ([], "It was not assessed."),
    ],
)
def test_areas_are_never_counted_over_the_told_ones_alone(levels: list[str], words: str) -> None:
    assert results.areas_words({"areas": [{"level": level} for level in levels]}) == words


def test_changes_name_what_is_new_gone_and_different() -> None:
    before = [made("not_found", 1), made("found_current", 2)]
    after = [made("found_current", 1), made("not_found", 3)]

    found = [(one["supplier"], one["was"], one["now"]) for one in results.changes(before, after)]

    assert found == [
        ("Supplier 1", "Not found after the checks listed", "Up-to-date statement found"),
        ("Supplier 3", None, "Not found after the checks listed"),
        ("Supplier 2", "Up-to-date statement found", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"status": "not_found", "page": "2", "sort": "spend"}, results.Filter("not_found", "", "spend", 2)),
        ({"status": "nonsense", "page": "-1", "sort": "x"}, results.Filter()),
        ({"page": "99999999999"}, results.Filter()),
    ],
)
def test_addresses_of_results_are_read_with_care(arguments: dict[str, str], wanted: results.Filter) -> None:
    assert results.Filter.of(arguments) == wanted


# --- in a browser


@pytest.mark.slow
def test_an_officer_does_the_whole_job_in_a_browser(home: Home, chromium: str) -> None:
    base = pytest.importorskip("axe_playwright_python.base")
    from playwright.sync_api import sync_playwright

    address, server = serve(home, private=home, desk=CrawlOptions())
    source = home.path / "payments.csv"
    source.write_text(LIST, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 375, "height": 800})

        def sound(where: str) -> None:
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), where
            page.evaluate(base.AXE_SCRIPT)
            violations = page.evaluate("axe.run()")["violations"]
            assert not [(one["id"], one["nodes"][0]["html"]) for one in violations], where

        page.goto(f"{address}/desk")
        sound("no lists")
        page.click("text=Say who you are")
        page.fill("#name", "Officer of Thornshire")
        page.click("text=Keep it")
        page.set_input_files("#file", source)
        page.click("button:has-text('Upload')")
        sound("columns")
        page.select_option("#column_name", "Paid to")
        page.select_option("#column_company_number", "Ref")
        page.select_option("#column_amount", "Money")
        page.click("text=Check this list")
        page.wait_for_selector("text=Results, in order of what you may have to do", timeout=240_000)
        sound("result")
        page.click("text=Choose now")
        sound("match")
        page.fill("#reason", "Seen on the invoice.")
        page.keyboard.press("Tab")
        page.keyboard.press("1")
        page.wait_for_selector("text=Kept:")
        assert "Seen on the invoice." in page.content()
        page.goto(f"{address}/desk/lists/1")
        page.click("text=Harbour Lane Foods Ltd")
        sound("supplier")
        with page.expect_download() as download:
            page.click("text=Evidence pack (ZIP)")
        assert download.value.suggested_filename == "evidence-0001.zip"
        page.goto(f"{address}/desk/lists/1/papers")
        sound("papers")
        page.click("text=Panel paper")
        assert "Suppliers by status" in page.content()
        page.goto(f"{address}/desk/log")
        sound("log")
        browser.close()
    server.should_exit = True


def test_names_of_people_at_work_are_kept_with_what_they_did(desk: httpx.Client, home: Home) -> None:
    upload(desk)
    with closing(DeskStore(home.private_db)) as store:
        entries = store.log()

    assert [(one["who"], one["what"]) for one in entries] == [
        ("Officer of Thornshire", "added the list Payments")
    ]
    assert datetime.fromisoformat(entries[0]["at"]) <= datetime.now(UTC)
