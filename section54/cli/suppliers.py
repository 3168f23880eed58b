"""Commands around a supplier list: check, decisions, Companies House, risk tiers, letters."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from section54 import settings
from section54.cli.options import (
    FAILED,
    Failed,
    cli,
    column_mapping,
    data_options,
    json_option,
    make_ready,
    network_options,
    say,
    show_result,
    today,
)
from section54.exceptions import InputError


@cli.command()
@click.argument("suppliers", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the CSV, XLSX and HTML. Default: HOME/reports/NAME-DATE.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Say which column is which, such as amount='Net Amount'; kept for the next file with these "
    "headings. Fields: name, "
    "company_number, amount, credit, currency, type, date, end_date, reference, category, website, country, "
    "workforce, "
    "parent. Repeatable, or several with commas.",
)
@click.option("--crawl", "crawl_first", is_flag=True, help="First visit the websites that the list gives.")
@click.option(
    "--risk",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your table of risk tiers (CSV; `section54 risk table` writes one to start from).",
)
@click.option("--packs", is_flag=True, help="Write a folder of evidence per supplier too.")
@click.option(
    "--pictures",
    is_flag=True,
    help="With --packs: show the pages of stored PDF files with the evidence marked. They show names; keep "
    "them private.",
)
@click.option("--pdf", is_flag=True, help="Print each page as PDF too, where Chromium is installed.")
@click.option("--summary", is_flag=True, help="Print a text for an e-mail instead of the usual lines.")
@network_options
@data_options
@json_option
def check(
    home: settings.Home,
    suppliers: tuple[Path, ...],
    output: Path | None,
    mapping: tuple[str, ...],
    crawl_first: bool,
    risk: Path | None,
    packs: bool,
    pictures: bool,
    pdf: bool,
    summary: bool,
    network: Any,
    as_json: bool,
) -> None:
    """Match a supplier list to organisations and report each one's status with reasons.

    A list is CSV, XLSX, XLS, ODS, an HTML table or Open Contracting JSON. Several files, and folders and ZIP
    files of them, are one list. Nothing leaves this machine. Ambiguous names are listed as candidates, never
    matched silently. What is doubtful about amounts and columns is said first.

    \b
    Example:
      section54 check suppliers.xlsx --map name="Supplier Name" --map amount="Net Amount"
      section54 check april.csv may.csv june.xlsx
      section54 check spend.csv --risk our-tiers.csv --packs --pictures --pdf
    """
    from section54.suppliers import checking
    from section54.suppliers.report.email import as_email

    if pictures and not packs:
        raise click.UsageError("--pictures stand in the packs: give --packs too")
    columns = column_mapping(mapping)
    make_ready(home)
    try:
        outcome = checking.check_list(
            home, list(suppliers), output, columns, network,
            crawl_first=crawl_first, risk=risk, packs=packs, pictures=pictures, pdf=pdf, today=today(),
            say=say,
        )  # fmt: skip
    except InputError as error:
        raise Failed(str(error)) from error
    text = as_email(outcome.report) if summary else outcome.as_text()
    show_result(outcome.as_dict(), as_json, text)
    if outcome.failed:
        sys.exit(FAILED)


@cli.group()
def decide() -> None:
    """Decide what the matcher leaves open; decisions are kept and applied each time a list is checked."""


def _decision_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --number, --reason, --by and --anyway."""
    for option in (
        click.option("--anyway", is_flag=True, help="Decide on a supplier that no checked list holds."),
        click.option("--by", help="Who decides; best a role or initials. It stands in every output."),
        click.option("--reason", default="", help="Why, in a sentence. It stands in every output."),
        click.option("--number", help="The company number that the list gives for this supplier."),
    ):
        command = option(command)
    return command


def _decide(home: settings.Home, as_json: bool, **decision: Any) -> None:
    from section54.suppliers.deciding import recording

    try:
        decided = recording.decide(home, **decision)
    except InputError as error:
        raise Failed(str(error)) from error
    show_result(asdict(decided), as_json, recording.as_text(decided))


@decide.command("confirm")
@click.argument("supplier")
@_decision_options
@data_options
@json_option
def decide_confirm(home: settings.Home, as_json: bool, **decision: Any) -> None:
    """Confirm the organisation that the last check matched to this supplier.

    \b
    Example:
      section54 decide confirm "Quernmore Tiles" --reason "invoice of 3 May" --by "contracts team"
    """
    _decide(home, as_json, how="confirm", organisation=None, **decision)


@decide.command("choose")
@click.argument("supplier")
@click.argument("organisation")
@_decision_options
@data_options
@json_option
def decide_choose(home: settings.Home, as_json: bool, **decision: Any) -> None:
    """Choose the ORGANISATION (id, company number or name) that this supplier is.

    \b
    Example:
      section54 decide choose "Quernmore Tiles" 99000001 --reason "number on the contract"
    """
    _decide(home, as_json, how="choose", **decision)


@decide.command("reject")
@click.argument("supplier")
@click.argument("organisation")
@_decision_options
@data_options
@json_option
def decide_reject(home: settings.Home, as_json: bool, **decision: Any) -> None:
    """Say that this supplier is not ORGANISATION; others stay open.

    \b
    Example:
      section54 decide reject "Quernmore Tiles" 99000002 --reason "another company"
    """
    _decide(home, as_json, how="reject", **decision)


@decide.command("none")
@click.argument("supplier")
@_decision_options
@data_options
@json_option
def decide_none(home: settings.Home, as_json: bool, **decision: Any) -> None:
    """Say that this supplier is none of the organisations that the last check offered.

    \b
    Example:
      section54 decide none "Quernmore Tiles" --reason "a sole trader"
    """
    _decide(home, as_json, how="none", organisation=None, **decision)


@decide.command("looked")
@click.argument("supplier")
@_decision_options
@data_options
@json_option
def decide_looked(home: settings.Home, as_json: bool, **decision: Any) -> None:
    """Put on record that a person looked for this supplier's statement and found none; a letter needs that.

    \b
    Example:
      section54 decide looked "Quernmore Tiles" --reason "website, registry and group searched by hand" --by "J.S."
    """  # noqa: E501
    _decide(home, as_json, how="looked", organisation=None, **decision)


@decide.command("scope")
@click.argument("supplier")
@click.argument("reading", type=click.Choice(["likely", "unlikely"]))
@_decision_options
@data_options
@json_option
def decide_scope(home: settings.Home, reading: str, as_json: bool, **decision: Any) -> None:
    """Put on record whether this supplier is likely to be within section 54, by evidence that you have read.

    Turnover in the filed accounts, its subsidiaries' included, is what counts; say which in --reason.

    \b
    Example:
      section54 decide scope "Quernmore Tiles" likely --reason "turnover of £52 million, accounts to 31 March 2026"
    """  # noqa: E501
    if not decision["reason"]:
        raise click.UsageError("a reading of scope needs its evidence: --reason")
    _decide(home, as_json, how=reading, organisation=None, **decision)


@decide.command("list")
@click.option("--all", "withdrawn", is_flag=True, help="Those that were taken back too.")
@data_options
@json_option
def decide_list(home: settings.Home, withdrawn: bool, as_json: bool) -> None:
    """List the decisions on record.

    \b
    Example:
      section54 decide list
    """
    from section54.suppliers.deciding import recording

    rows = recording.on_record(home, withdrawn=withdrawn)
    show_result(rows, as_json, recording.rows_as_text(rows))


@decide.command("withdraw")
@click.argument("number", type=int)
@data_options
@json_option
def decide_withdraw(home: settings.Home, number: int, as_json: bool) -> None:
    """Take decision NUMBER back (see `decide list`); it stays on record as withdrawn.

    \b
    Example:
      section54 decide withdraw 3
    """
    from section54.suppliers.deciding import recording

    if not recording.withdraw(home, number):
        raise Failed(f"there is no decision {number} that stands; see `section54 decide list`")
    show_result({"withdrawn": number}, as_json, f"decision {number} withdrawn")


@decide.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_options
@json_option
def decide_export(home: settings.Home, file: Path, as_json: bool) -> None:
    """Write the decisions that stand to a CSV FILE that `decide import` reads.

    \b
    Example:
      section54 decide export decisions.csv
    """
    from section54.suppliers.deciding import recording

    count = recording.export(home, file)
    show_result({"decisions": count, "file": str(file)}, as_json, f"{count} decisions written: {file}")


@decide.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--by", help="Who decided, for rows that do not say.")
@data_options
@json_option
def decide_import(home: settings.Home, file: Path, by: str | None, as_json: bool) -> None:
    """Read decisions from a CSV FILE: an export, or the sheet to-decide.csv that `check` writes, filled in.

    Verdicts: same, not_same, none (of those in the column offered), looked,
    scope_likely, scope_unlikely. Rows without a verdict are passed over.

    \b
    Example:
      section54 decide import data/reports/spend-20261122-093000/to-decide.csv --by "contracts team"
    """
    from section54.suppliers.deciding import recording
    from section54.suppliers.deciding.decisions import DecisionsError

    try:
        count, new = recording.import_file(home, file, by)
    except DecisionsError as error:
        raise Failed(str(error)) from error
    result = {"decisions": count, "new": new, "file": str(file)}
    show_result(result, as_json, f"{count} decisions read, {new} of them new: {file}")


@cli.group()
def companies() -> None:
    """Read the Companies House snapshot of live companies."""


@companies.command("load")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@data_options
@json_option
def companies_load(home: settings.Home, file: Path, as_json: bool) -> None:
    """Load a BasicCompanyData FILE (CSV or zip) into HOME/companies.db.

    `check` then finds numbers and former names in it, and judges scope and timing by the last accounts. A
    load that was cut short goes on where it stopped.

    \b
    Example:
      section54 companies load BasicCompanyDataAsOneFile-2026-11-01.zip
    """
    from section54.suppliers.matching.companies_house import CompaniesError, load_companies

    try:
        report = load_companies(file, home.companies_db, say)
    except (CompaniesError, OSError) as error:
        raise Failed(str(error)) from error
    text = f"{report.companies:,} companies with {report.former_names:,} former names: {report.path}"
    show_result(asdict(report), as_json, "\n".join([text, *(f"rejected, {one}" for one in report.rejected)]))
    if report.rejected:
        sys.exit(FAILED)


@cli.group()
def risk() -> None:
    """Keep your own table of risk tiers, for `section54 check --risk`."""


@risk.command("table")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def risk_table(file: Path, as_json: bool) -> None:
    """Write a table of risk tiers to FILE, to start from: yours to edit, and used by `check --risk`.

    It holds categories that policing bodies buy; each line says whether its tier rests on a source or on our
    inference.

    \b
    Example:
      section54 risk table our-tiers.csv
    """
    from section54.suppliers.judging.risk import STARTER_TABLE, read_risk_table

    try:
        with file.open("xb") as target:
            target.write(STARTER_TABLE.read_bytes())
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}") from error
    count = len(read_risk_table(file).rules)
    show_result({"rules": count, "file": str(file)}, as_json, f"{count} lines to edit: {file}")


def _day_ahead(context: click.Context, parameter: click.Parameter, value: datetime | None) -> date | None:
    if value is not None and value.date() <= today():
        raise click.BadParameter(f"{value:%Y-%m-%d} is not ahead of today")
    return value.date() if value else None


@cli.command()
@click.argument("suppliers", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the drafts.",
)
@click.option(
    "--supplier", "names", multiple=True, help="Only this supplier, as the list writes it. Repeatable."
)
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="As for `section54 check`.")
@click.option("--office", help="Who writes: your office and address.")
@click.option("--contact", help="Where corrections go: a mailbox, not a person.")
@click.option("--signatory", help="Who signs: name and role.")
@click.option(
    "--reply-by",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day_ahead,
    help="Day to answer by. Default: in four weeks.",
)
@data_options
@json_option
def letter(
    home: settings.Home,
    suppliers: Path,
    output: Path,
    names: tuple[str, ...],
    mapping: tuple[str, ...],
    office: str | None,
    contact: str | None,
    signatory: str | None,
    reply_by: date | None,
    as_json: bool,
) -> None:
    """Draft neutral letters (DOCX and text) to suppliers of a list whose statement was not found.

    Sends nothing.

    A draft needs all three: not found after the checks listed, likely in scope, and a person's own look on
    record (`section54 decide looked`). Suppliers that were not found and lack something are listed with what
    they lack.

    \b
    Example:
      section54 letter suppliers.csv -o letters --contact procurement@example.org
    """
    from section54.suppliers.checking import check_lines
    from section54.suppliers.report import letters

    try:
        items = check_lines(home, [suppliers], column_mapping(mapping), today())
    except InputError as error:
        raise Failed(str(error)) from error
    unknown = sorted(set(names).difference(item.line.name for item in items))
    if unknown:
        raise Failed(f"{suppliers} has no supplier {unknown[0]!r}, written like this")
    wanted = [item for item in items if not names or item.line.name in names]
    given = {"office": office, "contact": contact, "signatory": signatory}
    sender = letters.Sender(**{key: value for key, value in given.items() if value})
    results = letters.write_drafts(wanted, output, sender, today(), reply_by, every=bool(names))
    show_result(results, as_json, letters.as_text(results))
