"""The commands as people and schedulers meet them: what they print, what they refuse, how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from registry_data import registry_csv, write_registry

from demo.loopback import Answer, LoopbackServer, Request
from section54.cli import cli

TILES = {"OrganisationName": "Quernmore Tiles Limited", "CompanyNumber": "99000001"}
GROUT = {"OrganisationName": "Quernmore Grout Limited", "CompanyNumber": "99000002"}
STATEMENT = """<!doctype html><html lang="en"><head><title>Modern slavery statement</title></head><body><main>
<h1>Modern slavery statement 2025</h1>
<p>This statement is made under section 54 of the Modern Slavery Act 2015 by Quernmore Tiles Limited for the financial
year ended 31 December 2025.</p>
<h2>Our structure and supply chains</h2>
<p>Quernmore Tiles Limited makes floor tiles in Kendal and employs 412 people. We buy clay from eleven quarries in
England and glaze from four suppliers in Italy and Turkey.</p>
<h2>Due diligence</h2>
<p>In 2025 we audited nine of our suppliers on site and closed 14 of the 17 findings on modern slavery.</p>
<h2>Training</h2>
<p>All 38 buyers and site managers were trained on modern slavery in March 2025.</p>
<p>This statement was approved by the board of directors on 4 March 2026.</p>
<p>Signed: Perpetua Lindqvist-Hale, Managing Director</p>
</main></body></html>"""  # noqa: E501


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def all_commands() -> list[tuple[str, click.Command]]:
    found = []
    for name, command in cli.commands.items():
        subcommands = getattr(command, "commands", None)
        found += (
            [(f"{name} {sub}", item) for sub, item in subcommands.items()]
            if subcommands
            else [(name, command)]
        )
    return found


@pytest.mark.parametrize(
    ("name", "command"), all_commands(), ids=lambda item: item if isinstance(item, str) else ""
)
def test_every_command_has_help_with_an_example_and_json(name: str, command: click.Command) -> None:
    options = {option for parameter in command.params for option in parameter.opts}

    assert command.help
    assert "Example:" in command.help
    assert f"section54 {name}" in command.help
    assert "--json" in options


def test_issue_commands_are_all_there() -> None:
    names = {name for name, _ in all_commands()}

    assert names >= {
        "demo", "registry load", "crawl", "extract", "assess", "publish", "update", "serve", "scan", "text",
        "classify", "check", "show", "train", "evaluate", "doctor",
    }  # fmt: skip


def test_registry_load_counts_listings_statements_and_organisations(tmp_path: Path) -> None:
    file = write_registry(
        tmp_path / "registry.csv",
        TILES,
        {**GROUT, "ParentName": "Quernmore Tiles Limited"},
    )

    result = run("registry", "load", file, "--home", tmp_path, "--json")

    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert (found["listings"], found["statements"], found["organisations"]) == (2, 1, 2)
    assert found["unknown_columns"] == []
    assert found["rejected"] == []


def test_a_ragged_registry_row_is_listed_and_the_rest_is_loaded(tmp_path: Path) -> None:
    file = write_registry(tmp_path / "registry.csv", TILES)
    file.write_bytes(file.read_bytes() + b"2026,Too,Short\r\n")

    result = run("registry", "load", file, "--home", tmp_path)

    assert result.exit_code == 1
    assert "1 listings of 1 statements" in result.output
    assert "row 3 rejected" in result.output


def test_a_file_that_is_no_registry_is_named(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")

    result = run("registry", "load", file, "--home", tmp_path)

    assert result.exit_code == 1
    assert str(file) in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("registry", "load"),
        ("crawl", "nowhere"),
        ("crawl", "websites", "--resolve", "no-equals-sign"),
        ("scan",),
        ("classify", "x.csv"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_scan_goes_on_after_a_bad_input(tmp_path: Path) -> None:
    good, empty, mislabelled = tmp_path / "good.html", tmp_path / "empty.pdf", tmp_path / "page.pdf"
    good.write_text(STATEMENT)
    empty.write_bytes(b"")
    mislabelled.write_text(STATEMENT)

    result = run("scan", "--json", empty, good, tmp_path / "absent.pdf", mislabelled)

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert [item["source"] for item in found] == [
        str(empty),
        str(good),
        str(tmp_path / "absent.pdf"),
        str(mislabelled),
    ]
    assert [item["error"]["kind"] if item["error"] else None for item in found] == [
        "empty",
        None,
        "not_found",
        None,
    ]
    assert found[3]["content_type"] == "text/html"


def test_scan_finds_what_a_statement_says(tmp_path: Path) -> None:
    file = tmp_path / "statement.html"
    file.write_text(STATEMENT)

    result = run("scan", "--json", file)

    (found,) = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["statement"]["value"] == "statement"
    assert found["period"]["end"] == "2025-12-31"
    assert found["checks"]["approved"]["value"] == "yes"
    assert found["checks"]["signed"]["value"] == "yes"
    assert found["checks"]["no_steps"]["value"] == "no"
    assert found["areas"]["training"]["level"] in ("described", "substantive")
    assert "trained on modern slavery" in found["areas"]["training"]["evidence"][0]["text"]
    assert found["coverage"]["of"] <= 6
    assert set(found["areas"]) == {
        "structure",
        "policies",
        "due_diligence",
        "risk",
        "effectiveness",
        "training",
    }


def test_a_failed_input_has_the_same_shape_as_a_good_one(tmp_path: Path) -> None:
    good = tmp_path / "good.html"
    good.write_text(STATEMENT)

    found = json.loads(run("scan", "--json", good, tmp_path / "absent.pdf").stdout)

    assert set(found[1]).issubset(found[0])
    assert set(found[1]["areas"]) == set(found[0]["areas"])
    assert {area["level"] for area in found[1]["areas"].values()} == {"could_not_check"}


def test_scan_of_loopback_is_refused_without_opt_in(tmp_path: Path) -> None:
    result = run("scan", "--json", "http://127.0.0.1:9/", "--home", tmp_path)

    (found,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["error"]["kind"] == "blocked_address"


def test_text_prints_pages(tmp_path: Path) -> None:
    file = tmp_path / "statement.html"
    file.write_text(STATEMENT)

    result = run("text", file)

    assert result.exit_code == 0
    assert "Quernmore Tiles Limited makes floor tiles" in result.output


def test_text_of_a_bad_file_says_why(tmp_path: Path) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"%PDF-1.7\nnothing more")

    result = run("text", file)

    assert result.exit_code == 1
    assert f"{file}: damaged" in result.output


def test_classify_writes_decisions_and_probabilities(tmp_path: Path) -> None:
    sentences = tmp_path / "sentences.csv"
    sentences.write_text(
        "id,statement_id,sentence,expert_approval\n"
        'a,s1,"This statement was approved by the board of directors.",0\n'
        'b,s1,"All buyers received training on modern slavery.",0\n'
    )
    output = tmp_path / "predictions.csv"

    result = run("classify", sentences, "-o", output)

    assert result.exit_code == 0, result.output
    header, first, second = output.read_text().splitlines()
    assert header.startswith("id,")
    assert "expert_approval" in header.split(",")
    assert "p_measure_training" in header.split(",")
    approval = header.split(",").index("expert_approval")
    training = header.split(",").index("measure_training")
    assert (first.split(",")[approval], second.split(",")[training]) == ("1", "1")


def test_classify_names_the_missing_column(tmp_path: Path) -> None:
    sentences = tmp_path / "sentences.csv"
    sentences.write_text("id,text\na,hello\n")

    result = run("classify", sentences, "-o", tmp_path / "out.csv")

    assert result.exit_code == 1
    assert "statement_id" in result.output
    assert str(sentences) in result.output


def test_crawl_of_a_bad_seed_list_names_the_row(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.csv"
    seeds.write_text("organisation,company_number,website\nQuernmore Tiles Limited,99000001,\n")

    result = run("crawl", "websites", "--seeds", seeds, "--home", tmp_path)

    assert result.exit_code == 1
    assert "row 2" in result.output


def test_check_without_a_collection_says_what_to_do(tmp_path: Path) -> None:
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text("Supplier,Amount\nQuernmore Tiles Ltd,5\n")

    result = run("check", suppliers, "--home", tmp_path / "nowhere")

    assert result.exit_code == 1
    assert "load a registry file" in result.output


def test_check_of_a_list_without_a_supplier_column(tmp_path: Path) -> None:
    write_and_load(tmp_path)
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text("colour,size\nred,5\n")

    result = run("check", suppliers, "--home", tmp_path)

    assert result.exit_code == 1
    assert str(suppliers) in result.output


def test_check_writes_its_files_and_keeps_the_list_private(tmp_path: Path) -> None:
    write_and_load(tmp_path)
    suppliers = tmp_path / "suppliers.csv"
    suppliers.write_text("Payee;Total\nQUERNMORE TILES LTD;100.50\nQUERNMORE TILES LTD;9.50\n")

    result = run("check", suppliers, "--home", tmp_path, "--map", "name=Payee,amount=Total", "--json")

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    (supplier,) = found["suppliers"]
    assert supplier["match"]["organisation_id"] == "gb-coh-99000001"
    assert supplier["amount"] == "110.00"
    assert supplier["status"] == "could_not_check"
    assert sorted(Path(path).name for path in found["files"]) == [
        "email.txt",
        "expected.ics",
        "panel.html",
        "panel.svg",
        "report.html",
        "suppliers.csv",
        "suppliers.xlsx",
    ]
    assert (tmp_path / "private.db").stat().st_mode & 0o077 == 0


def test_show_lists_candidates_for_a_near_name(tmp_path: Path) -> None:
    write_and_load(tmp_path)

    exact, near = (
        run("show", "quernmore tiles ltd", "--home", tmp_path),
        run("show", "Quernmore Tile", "--home", tmp_path),
    )

    assert exact.exit_code == 0
    assert "gb-coh-99000001" in exact.output
    assert near.exit_code == 1
    assert "QUERNMORE" in near.output.upper()


def test_publish_without_a_collection_is_an_error(tmp_path: Path) -> None:
    result = run("publish", "--home", tmp_path)

    assert result.exit_code == 1
    assert "no such database" in result.output


def test_home_is_taken_from_before_the_command_too(tmp_path: Path) -> None:
    file = write_registry(tmp_path / "registry.csv", TILES)

    result = run("--home", tmp_path / "here", "registry", "load", file)

    assert result.exit_code == 0
    assert (tmp_path / "here" / "section54.db").exists()


def test_doctor_says_what_is_missing_and_what_that_costs(tmp_path: Path) -> None:
    result = run("doctor", "--home", tmp_path, "--json")

    findings = {item["what"]: item for item in json.loads(result.stdout)}
    assert findings["scrapy"]["ok"]
    assert not findings["collection"]["ok"]
    assert "registry load" in findings["collection"]["cost"]


def write_and_load(home: Path) -> None:
    file = write_registry(home / "registry.csv", TILES)
    assert run("registry", "load", file, "--home", home).exit_code == 0


def test_a_registry_year_is_downloaded_from_the_address_given(tmp_path: Path) -> None:
    body = registry_csv(TILES)

    def answer(request: Request) -> Answer:
        if request.path == "/publicdownloads/StatementSummaries2026.csv":
            return Answer(200, body, "text/csv")
        return Answer(404, b"", "text/plain")

    with LoopbackServer(answer) as server:
        base_url = f"http://127.0.0.1:{server.port}"
        result = run(
            "registry", "load", "--year", "2026", "--base-url", base_url, "--home", tmp_path, "--json"
        )
        absent = run("registry", "load", "--year", "2031", "--base-url", base_url, "--home", tmp_path)

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["listings"] == 1
    assert absent.exit_code == 1
    assert "StatementSummaries2031.csv: not found" in absent.output


def test_scan_fetches_an_address_that_was_opted_in(tmp_path: Path) -> None:
    with LoopbackServer(
        lambda request: Answer(200, STATEMENT.encode(), "text/html; charset=utf-8")
    ) as server:
        result = run(
            "scan", "--json", "http://quernmore.example/ms", "--home", tmp_path,
            "--resolve", f"quernmore.example=127.0.0.1:{server.port}",
        )  # fmt: skip

    (found,) = json.loads(result.stdout)
    assert found["error"] is None
    assert found["source"] == "http://quernmore.example/ms"
    assert found["checks"]["approved"]["value"] == "yes"
