"""What is told before work begins: a taken port, a full disk, missing OCR, a machine that lacks something."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_data
from click.testing import CliRunner, Result

from db.publish import publish
from extraction import ocr
from section54 import settings
from section54.cli import cli
from section54.site.server import make_datasette
from section54.system_packages import LIST, SystemPackage, how_to_install, system_packages

Usage = namedtuple("Usage", "total used free")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_taken_port_is_told_before_anything_is_done(tmp_path: Path, taken: int, command: str) -> None:
    result = run(command, "--home", tmp_path / "new", "--port", str(taken))

    assert result.exit_code == 1
    assert f"port {taken} of 127.0.0.1 cannot be opened" in result.stderr
    assert f"Choose another: section54 {command} --port " in result.stderr
    assert not (tmp_path / "new").exists()


def test_address_of_another_machine_is_refused_in_a_sentence(tmp_path: Path) -> None:
    result = run("demo", "--home", tmp_path, "--host", "not-a-name.invalid")

    assert result.exit_code == 1
    assert "not-a-name.invalid is no address of this machine" in result.stderr


@pytest.mark.parametrize("arguments", [("demo", "--no-serve"), ("update",)])
def test_full_disk_is_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 10**12, 12 * 2**20))

    result = run(*arguments, "--home", tmp_path / "new")

    assert result.exit_code == 1
    assert f"the disk of {tmp_path} has 12 MB free" in result.stderr
    assert "--home FOLDER" in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "told"), [("statement.pdf", True), ("statement.html", False), ("statement.docx", False)]
)
def test_missing_ocr_is_told_where_a_file_may_be_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: bool
) -> None:
    monkeypatch.setattr(ocr, "why_unavailable", lambda: "the program is not installed")

    result = run("scan", tmp_path / name, "--home", tmp_path)

    assert ("There is no OCR" in result.stderr) is told
    assert ("sudo apt-get install tesseract-ocr" in result.stderr) is told


def test_doctor_fails_where_something_needed_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ocr.why_unavailable() or run("doctor", "--home", tmp_path).exit_code == 0
    monkeypatch.setattr(ocr, "why_unavailable", lambda: "the program is not installed")

    result = run("doctor", "--home", tmp_path)

    assert result.exit_code == 1
    assert "MISSING  tesseract-ocr" in result.stdout


def test_doctor_knows_where_the_demo_is(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    (demo / settings.DEMO_MARKER).touch()

    findings = json.loads(run("doctor", "--home", tmp_path, "--json").stdout)

    (collection,) = [item for item in findings if item["what"] == "collection"]
    assert f"section54 serve --home {demo}" in collection["cost"]


@pytest.mark.parametrize("fictional", [True, False])
def test_every_page_of_the_demo_says_that_its_organisations_are_fictional(
    tmp_path: Path, fictional: bool
) -> None:
    site = tmp_path / "site" / "section54.db"
    publish(
        site_data.make_working_database(tmp_path / "working.db"),
        site,
        model_metrics=site_data.METRICS,
        generated_at="2026-11-22T12:00:00Z",
    )
    if fictional:
        (tmp_path / settings.DEMO_MARKER).touch()
    datasette = make_datasette(site)

    async def pages() -> list[str]:
        paths = ("/", f"/organisation/{site_data.HARBOUR}", "/section54/areas", "/method", "/nothing-here")
        return [(await datasette.client.get(path)).text for path in paths]

    told = ["all organisations and statements here are fictional" in page for page in asyncio.run(pages())]

    assert told == [fictional] * 5


# --- the list of system packages


def test_list_is_as_plain_as_the_shell_script_that_reads_it() -> None:
    text = LIST.read_text(encoding="utf-8")

    assert '"' not in text
    assert {len(row) for row in csv.reader(text.splitlines())} == {4}
    assert {item.needed_by for item in system_packages()} == {"setup", "demo", "test"}
    assert {item.check.partition(":")[0] for item in system_packages()} == {"program", "library", "module"}


def test_package_is_found_by_what_it_brings(tmp_path: Path) -> None:
    here = SystemPackage("python", "module:csv", "setup", "runs this test")
    absent = SystemPackage("nothing", "program:no-such-program", "test", "does nothing")

    assert (here.found(), absent.found()) == ("csv", None)
    assert how_to_install([here, absent]) == "sudo apt-get install python nothing"


def test_readme_names_what_both_commands_need_first() -> None:
    readme = (settings.ROOT / "README.md").read_text(encoding="utf-8")

    first = [item for item in system_packages() if item.needed_by == "setup"]
    assert f"\n{how_to_install(first)}\n" in readme
