"""The `section54` command: each subcommand reads its arguments, calls one function and prints."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from section54 import settings

DONE, FAILED, BROKEN_CRAWL = 0, 1, 3  # 2 is Click's own: wrong usage

Command = Callable[..., Any]


class Failed(click.ClickException):
    """An input or a stage failed; what succeeded stays."""

    exit_code = FAILED


def data_options(command: Command) -> Command:
    """Add --home and --db, and hand the command a `settings.Home` as its first argument."""

    @click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the collection. Default: $SECTION54_HOME, else ./data.",
    )
    @click.option(
        "--db",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Working database. Default: HOME/section54.db.",
    )
    @functools.wraps(command)
    def with_home(home: Path | None, db: Path | None, **arguments: Any) -> Any:
        above = click.get_current_context().find_root().params
        return command(settings.home(home or above.get("home"), db or above.get("db")), **arguments)

    return with_home


def network_options(command: Command) -> Command:
    """Add --allow-host, --resolve and --delay, and hand the command a `Network` as `network`."""

    @click.option(
        "--allow-host",
        "allow_hosts",
        multiple=True,
        metavar="HOST:PORT",
        help="Allow this loopback address (tests and demo). Repeatable.",
    )
    @click.option(
        "--resolve",
        multiple=True,
        metavar="NAME=127.0.0.1:PORT",
        help="Take this host name to be at this loopback address (tests and demo). Repeatable.",
    )
    @click.option(
        "--delay",
        type=click.FloatRange(min=0.5),
        default=1.0,
        show_default=True,
        help="Seconds between two requests to one host; raise it for slow sites.",
    )
    @click.option(
        "--browser",
        is_flag=True,
        help="Read pages that only scripts fill with Chromium (section54[browser]).",
    )
    @functools.wraps(command)
    def with_network(
        allow_hosts: tuple[str, ...], resolve: tuple[str, ...], delay: float, browser: bool, **arguments: Any
    ) -> Any:
        from crawler.browser import BrowserMissing, find_program
        from section54.crawling import Network

        if browser:
            try:
                find_program()
            except BrowserMissing as error:
                raise click.UsageError(str(error)) from error
        network = Network(allow_hosts, _pairs(resolve, "--resolve"), delay, browser)
        return command(network=network, **arguments)

    return with_network


def cluster_option(command: Command) -> Command:
    return click.option(
        "--cluster",
        metavar="ADDRESS",
        help='Share the work on Dask: "local" for the cores of this machine, else a scheduler (section54[cluster]).',
    )(command)


def ocr_option(command: Command) -> Command:
    return click.option(
        "--ocr/--no-ocr",
        default=True,
        show_default=True,
        help="Read scanned pages by OCR. Without it they are listed as not read, and nothing is said to be absent.",
    )(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def rubric_option(command: Command) -> Command:
    """The rubric that a command reads by, over the setting of the environment."""
    return click.option(
        "--rubric",
        metavar="ID[/RULESET]",
        help="Read by another rubric of classifier/rubrics, or by a ruleset of one. Default: $SECTION54_RUBRIC, else uk_msa_s54.",
    )(command)


def model_option(command: Command) -> Command:
    """The model that a command reads with; told by the environment, which worker processes inherit."""

    def choose(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value:
            os.environ[settings.MODEL] = value

    return click.option(
        "--model",
        type=click.Choice(["default", settings.QUALITY]),
        expose_value=False,
        callback=choose,
        help="Read with another model: quality is slower and better (section54[quality]). Default: $SECTION54_MODEL, else default.",
    )(command)


def _pairs(values: Iterable[str], option: str) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, equals, target = value.partition("=")
        if not (equals and name and target):
            raise click.UsageError(f"{option} {value}: expected NAME=VALUE")
        pairs[name.strip().lower() if option == "--resolve" else name.strip()] = target.strip()
    return pairs


def column_mapping(values: Iterable[str]) -> dict[str, str]:
    """Field to column from --map options, each with one pair or several between commas."""
    return _pairs((part for text in values for part in re.split(r",(?=\w+=)", text)), "--map")


def show_result(result: Any, as_json: bool, text: str) -> None:
    click.echo(json.dumps(result, indent=2, ensure_ascii=False, default=str) if as_json else text)


def say(message: str) -> None:
    """Progress, on standard error: one line that is written over on a terminal, every fiftieth else."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{message}", err=True, nl=False)
    elif message.rpartition(" of ")[2] == message.split(" ")[1] or message.split(" ")[1].endswith("00"):
        click.echo(message, err=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="section54")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the collection. Default: $SECTION54_HOME, else ./data.",
)
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Working database. Default: HOME/section54.db.",
)
def cli(home: Path | None, db: Path | None) -> None:
    """Collect, read and publish modern slavery statements (Modern Slavery Act 2015, section 54).

    Exit codes: 0 done; 1 an input or a stage failed and is listed; 2 wrong usage; 3 a broken or suspiciously
    small crawl. A site that gave nothing is an outcome, not a failure.
    """


# --- registry


@cli.group()
def registry() -> None:
    """Read the government registry's CSV files."""


@registry.command("load")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--year",
    "years",
    type=click.IntRange(2015, 2100),
    multiple=True,
    help="Download the registry's file of this registry year. Repeatable: the newest file is thin, load two years.",
)
@click.option("--base-url", help="Another address of the registry's downloads, such as a test server.")
@click.option(
    "--accept-withdrawals",
    is_flag=True,
    help="Take a file for whole though it lacks many entries that are known: they were withdrawn, you have looked.",
)
@network_options
@data_options
@json_option
def registry_load(
    home: settings.Home,
    file: Path | None,
    years: tuple[int, ...],
    base_url: str | None,
    accept_withdrawals: bool,
    network: Any,
    as_json: bool,
) -> None:
    """Load registry CSV files: from FILE, or of --year from the registry.

    Entries that came, changed or went since the last load of the same year are kept as events. A file that is older,
    or lacks many entries, withdraws none of them.

    \b
    Example:
      section54 registry load StatementSummaries2025.csv
      section54 registry load --year 2025 --year 2026
    """
    from db.store import Store
    from section54 import pipeline

    if bool(file) == bool(years):
        raise click.UsageError("give either FILE or --year")
    loaded, failures = [], []
    with Store(home.working_db) as store:
        loads = (
            [lambda: pipeline.load_registry_file(store, file, accept_withdrawals=accept_withdrawals)]
            if file
            else [
                functools.partial(
                    pipeline.load_registry_year,
                    store,
                    home,
                    year,
                    base_url,
                    network,
                    accept_withdrawals=accept_withdrawals,
                )
                for year in years
            ]
        )
        for load in loads:
            try:
                loaded.append(load())
            except pipeline.InputError as error:
                failures.append(str(error))
    rejected = [row for result in loaded for row in result["rejected"]]
    if loaded:
        total = _sum_of(loaded)
        show_result(total, as_json, _registry_text(total))
    for failure in failures:
        click.echo(f"Error: {failure}", err=True)
    if failures or rejected:
        sys.exit(FAILED)


def _sum_of(loaded: list[dict[str, Any]]) -> dict[str, Any]:
    if len(loaded) == 1:
        return loaded[0]
    return {
        **{
            key: sum(result[key] for result in loaded)
            for key in ("listings", "statements", "organisations", "events")
        },
        "unknown_columns": sorted({column for result in loaded for column in result["unknown_columns"]}),
        "missing_columns": sorted({column for result in loaded for column in result["missing_columns"]}),
        "warnings": [f"{result['source']}: {warning}" for result in loaded for warning in result["warnings"]],
        "rejected": [{"source": result["source"], **row} for result in loaded for row in result["rejected"]],
        "source": [result["source"] for result in loaded],
    }


def _registry_text(result: Mapping[str, Any]) -> str:
    lines = [
        f"{result['listings']} listings of {result['statements']} statements by {result['organisations']} organisations"
    ]
    if result["events"]:
        lines.append(
            f"{result['events']} entries new, changed or withdrawn since the last load (table events)"
        )
    if result["unknown_columns"]:
        lines.append(f"unknown columns, kept out: {', '.join(result['unknown_columns'])}")
    if result["missing_columns"]:
        lines.append(f"columns that the file lacks: {', '.join(result['missing_columns'])}")
    lines += [f"note: {warning}" for warning in result["warnings"]]
    lines += [f"row {row['row']} rejected: {row['reason']}" for row in result["rejected"]]
    return "\n".join(lines)


# --- crawl, extract, assess, publish, update


@cli.command()
@click.argument("spider", type=click.Choice(["registry", "websites", "public_bodies"]))
@click.option(
    "--seeds",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV with the columns organisation, company_number, website.",
)
@click.option(
    "--url",
    "urls",
    multiple=True,
    help="One address to visit: a home page (registry: a statement). Repeatable.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Visit at most this many organisations.")
@click.option("--due", is_flag=True, help="Only those whose next visit is due, the longest overdue first.")
@click.option("--fresh", is_flag=True, help="Begin anew where a stopped run of the same would go on.")
@cluster_option
@network_options
@data_options
@json_option
def crawl(
    home: settings.Home,
    spider: str,
    seeds: Path | None,
    urls: tuple[str, ...],
    limit: int | None,
    due: bool,
    fresh: bool,
    cluster: str | None,
    network: Any,
    as_json: bool,
) -> None:
    """Visit sites and keep the statements found, with every attempt, as evidence.

    registry: the statement addresses and hosted PDFs of the loaded listings. websites: from a home page to the
    statement. public_bodies: the seed list of police, councils, NHS and the like.

    A run that was stopped or killed goes on with the sites it did not visit when the same is asked for again
    within three days.

    \b
    Example:
      section54 crawl registry
      section54 crawl websites --seeds suppliers-websites.csv
      section54 crawl websites --url https://www.example.org/
      section54 crawl websites --due
    """
    from db.store import Store
    from section54 import pipeline

    with Store(home.working_db) as store:
        report = _crawl(
            store, home, spider, seeds, urls, limit, network, due=due, fresh=fresh, cluster=cluster
        )
        if due and report.sites == 0 and not report.errors:
            show_result(asdict(report), as_json, f"{spider}: no visit is due")
            return
        broken = pipeline.why_broken(store, report)
        compared = pipeline.compared_with_last(store, report)
        result = {**asdict(report), "broken": broken, "compared_with_last": compared}
        show_result(result, as_json, _crawl_text(report, compared))
    if broken:
        click.echo(f"Error: {broken}", err=True)
        sys.exit(BROKEN_CRAWL)


def _crawl(
    store: Any,
    home: settings.Home,
    spider: str,
    seeds: Path | None,
    urls: tuple[str, ...],
    limit: int | None,
    network: Any,
    *,
    due: bool,
    fresh: bool,
    cluster: str | None,
) -> Any:
    from db.store import Busy
    from section54 import pipeline
    from section54.crawling import CrawlFailed

    try:
        sites = pipeline.choose_sites(store, spider, seeds, urls, None if due else limit)
        if due:
            sites = pipeline.due_sites(store, spider, sites)[:limit]
        scope = pipeline.scope_of(seeds=seeds, urls=urls, limit=limit, due=due)
        if cluster is None:
            return pipeline.crawl_sites(
                store, home, spider, sites, network, scope=scope, fresh=fresh, verbose=True
            )
        from section54 import cluster as clusters

        with clusters.connected(cluster) as client:
            return clusters.crawl_sites(
                store, home, spider, sites, network, client, scope=scope, fresh=fresh, say=say
            )
    except (pipeline.InputError, Busy) as error:
        raise Failed(str(error)) from error
    except CrawlFailed as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BROKEN_CRAWL)


def _crawl_text(report: Any, compared: Mapping[str, tuple[int | None, int]]) -> str:
    lines = [
        f"{report.spider}: {report.sites} sites visited, {report.found} with a statement, in {report.seconds:.0f} s",
        f"  {'':<20} {'last run':>9} {'this run':>9}",
    ]
    for name, (before, now) in compared.items():
        lines.append(f"  {name.replace('_', ' '):<20} {'-' if before is None else before:>9} {now:>9}")
    return "\n".join(lines)


@cli.command()
@cluster_option
@data_options
@json_option
def extract(home: settings.Home, cluster: str | None, as_json: bool) -> None:
    """Extract the text of every stored document that has none of this extractor version.

    \b
    Example:
      section54 extract
    """
    from db.store import Store
    from section54 import pipeline

    try:
        with Store(home.working_db) as store:
            if cluster is None:
                report = pipeline.extract_pending(store, home, say)
            else:
                from section54 import cluster as clusters

                with clusters.connected(cluster) as client:
                    report = clusters.extract_pending(store, home, client, say)
    except pipeline.InputError as error:
        raise Failed(str(error)) from error
    _finish_stage(report, as_json)


@cli.command()
@cluster_option
@data_options
@model_option
@json_option
def assess(home: settings.Home, cluster: str | None, as_json: bool) -> None:
    """Assess every text that has no assessment by the current rubric and model.

    \b
    Example:
      section54 assess
    """
    from db.store import Store
    from section54 import pipeline

    try:
        with Store(home.working_db) as store:
            if cluster is None:
                report = pipeline.assess_pending(store, say)
            else:
                from section54 import cluster as clusters

                with clusters.connected(cluster) as client:
                    report = clusters.assess_pending(store, client, say)
    except pipeline.InputError as error:
        raise Failed(str(error)) from error
    _finish_stage(report, as_json)


def _finish_stage(report: Any, as_json: bool) -> None:
    _end_progress()
    show_result(
        asdict(report), as_json, f"{report.stage}: {report.done} done, {len(report.failed)} could not be read"
    )
    for failure in report.failed:
        click.echo(f"could not be read: {failure}", err=True)
    if report.failed:
        sys.exit(FAILED)


@cli.command()
@click.option(
    "--downloads",
    is_flag=True,
    help="Also write all that is public as SQLite, CSV and Parquet to HOME/site/downloads/DATE, for everybody to fetch.",
)
@data_options
@json_option
def publish(home: settings.Home, downloads: bool, as_json: bool) -> None:
    """Build the published database HOME/site/section54.db; a failed data check leaves the old one in place.

    \b
    Example:
      section54 publish
      section54 publish --downloads
    """
    from section54.site.downloads import write_downloads

    report = _publish(home)
    folder = write_downloads(home.site_db) if downloads else None
    text = f"published {report.path}" + (f"\ndownloads in {folder}" if folder else "")
    show_result({**asdict(report), "downloads": folder}, as_json, text)


def _publish(home: settings.Home) -> Any:
    from db.checks import PublishRefused
    from section54 import pipeline

    if not home.working_db.exists():
        raise Failed(f"{home.working_db}: no such database; load a registry file or crawl first")
    try:
        return pipeline.publish_site(home)
    except PublishRefused as error:
        raise Failed(str(error)) from error


@cli.command()
@click.option("--limit", type=click.IntRange(min=1), help="Visit at most this many organisations per spider.")
@click.option("--due", is_flag=True, help="Visit only those whose next visit is due.")
@network_options
@data_options
@model_option
@json_option
def update(home: settings.Home, limit: int | None, due: bool, network: Any, as_json: bool) -> None:
    """Do it all: crawl, extract, assess, compare with what was known, check the data, publish. For a schedule.

    \b
    Example:
      section54 update --due
    """
    from section54 import update as steps

    outcome = steps.run_update(home, network, limit, say, due=due)
    _end_progress()
    show_result(outcome.as_dict(), as_json, outcome.as_text())
    for problem in outcome.problems:
        click.echo(f"Error: {problem}", err=True)
    if outcome.exit_code:
        sys.exit(outcome.exit_code)


@cli.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; put a proxy in front before you open it to others.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option(
    "--role",
    type=click.Choice(["all", "pages", "data"]),
    default="all",
    show_default=True,
    help="Behind a proxy run two: 'data' for tables and visitors' SQL, 'pages' for everything else.",
)
@data_options
@json_option
def serve(home: settings.Home, host: str, port: int, role: str, as_json: bool) -> None:
    """Serve the published database as a site.

    With SECTION54_PRIVATE=1 it is a private instance: whole texts, page images and stored copies can be opened too. It
    then listens on this machine alone, unless web/metadata.yml sets up a plugin that asks for a password.

    \b
    Example:
      section54 serve --port 8001
      SECTION54_PRIVATE=1 section54 serve
      section54 serve --role pages --port 8904
    """
    from section54.site.server import serve as serve_site

    if not home.site_db.exists():
        raise Failed(f"{home.site_db}: nothing is published yet; run `section54 publish`")
    address = f"http://{host}:{port}/"
    show_result(
        {"url": address, "database": str(home.site_db)},
        as_json,
        f"Serving {home.site_db} at {address} (stop with Ctrl-C)",
    )
    try:
        serve_site(home.site_db, host, port, role=role, private=home if settings.is_private() else None)
    except ValueError as error:
        raise Failed(str(error)) from error


# --- ad hoc


@cli.command()
@click.argument("inputs", nargs=-1, required=True, metavar="FILE_OR_URL...")
@rubric_option
@ocr_option
@network_options
@data_options
@model_option
@json_option
def scan(
    home: settings.Home, inputs: tuple[str, ...], rubric: str | None, ocr: bool, network: Any, as_json: bool
) -> None:
    """Read single files or addresses and show what they say.

    \b
    Example:
      section54 scan statement.pdf https://www.example.org/modern-slavery
      section54 scan statement.pdf --rubric uk_msa_s54/bill-2026-draft
    """
    from section54 import pipeline
    from section54 import scan as scanning

    try:
        reader = pipeline.Reader.load(rubric)
    except pipeline.InputError as error:
        raise Failed(str(error)) from error
    results = []
    for result in scanning.scan(inputs, reader, home, network, ocr=ocr):
        results.append(result)
        if not as_json:
            click.echo(scanning.as_table([result]))
    if as_json:
        show_result(results, True, "")
    if any(result["error"] for result in results):
        sys.exit(FAILED)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@ocr_option
@data_options
@json_option
def text(home: settings.Home, file: Path, ocr: bool, as_json: bool) -> None:
    """Print the text of a file by page, as the classifier would read it.

    With --json also every sentence with its place on the page, and what the text says of itself: dates with their
    role, signature, registered name and number, language. docs/extraction.md describes the fields.

    \b
    Example:
      section54 text statement.pdf
      section54 text statement.pdf --json
    """
    from extraction.text import text_as_json
    from extraction.worker import Extractor
    from section54 import caches
    from section54.description import described

    try:
        body = file.read_bytes()
    except OSError as error:
        raise Failed(f"{file}: {error.strerror or error}") from error
    with Extractor(workers=1, ocr=ocr, cache=caches.texts(home)) as extractor:
        found = described(extractor.submit(body).result())
    pages = "\n\n".join(f"--- page {page.number} ({page.method})\n{page.text}" for page in found.pages)
    if found.error is None or as_json:
        show_result(text_as_json(found), as_json, pages)
    if found.error is not None:
        raise Failed(f"{file}: {found.error.kind}: {found.error.message}")


@cli.command()
@click.argument("sentences", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where the predictions go (CSV).",
)
@rubric_option
@model_option
@json_option
def classify(sentences: Path, output: Path, rubric: str | None, as_json: bool) -> None:
    """Decide every criterion for each sentence of a CSV with the columns id, statement_id, sentence.

    Sentences must be in document order; statement_id bounds the context. Other columns are ignored.

    \b
    Example:
      section54 classify sentences.csv -o predictions.csv
    """
    from classifier.classify import classify_csv
    from section54 import pipeline

    try:
        count = classify_csv(sentences, output, pipeline.Reader.load(rubric).model)
    except (pipeline.InputError, ValueError, OSError) as error:
        raise Failed(str(error)) from error
    show_result(
        {"sentences": count, "output": str(output)}, as_json, f"{count} sentences classified: {output}"
    )


@cli.command()
@click.argument("suppliers", type=click.Path(path_type=Path, dir_okay=False))
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
    help="Say which column is which: name, company_number, amount, category, website, country, workforce. Repeatable, or several with commas.",
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
    help="With --packs: show the pages of stored PDF files with the evidence marked. They show names; keep them private.",
)
@click.option("--pdf", is_flag=True, help="Print each page as PDF too, where Chromium is installed.")
@network_options
@data_options
@json_option
def check(
    home: settings.Home,
    suppliers: Path,
    output: Path | None,
    mapping: tuple[str, ...],
    crawl_first: bool,
    risk: Path | None,
    packs: bool,
    pictures: bool,
    pdf: bool,
    network: Any,
    as_json: bool,
) -> None:
    """Match a supplier list (CSV, XLSX, Open Contracting JSON) to organisations and report each one's status with reasons.

    Nothing leaves this machine. Ambiguous names are listed as candidates, never matched silently.

    \b
    Example:
      section54 check suppliers.xlsx --map name="Supplier Name" --map amount="Net Amount"
      section54 check spend.csv --risk our-tiers.csv --packs --pictures --pdf
    """
    from section54.pipeline import InputError
    from section54.suppliers import checking

    if pictures and not packs:
        raise click.UsageError("--pictures stand in the packs: give --packs too")
    columns = column_mapping(mapping)
    try:
        outcome = checking.check_list(
            home, suppliers, output, columns, network,
            crawl_first=crawl_first, risk=risk, packs=packs, pictures=pictures, pdf=pdf, say=say,
        )  # fmt: skip
    except InputError as error:
        raise Failed(str(error)) from error
    show_result(outcome.as_dict(), as_json, outcome.as_text())
    if outcome.failed:
        sys.exit(FAILED)


@cli.command()
@click.argument("organisation")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the pages of its stored PDF files with the evidence marked to FOLDER, as PNG. They show names; keep them private.",
)
@data_options
@json_option
def show(home: settings.Home, organisation: str, picture: Path | None, as_json: bool) -> None:
    """Show what is known of one organisation, by id, company number or name.

    \b
    Example:
      section54 show 01234567
      section54 show 01234567 --picture evidence/
    """
    from section54 import pictures
    from section54.pipeline import InputError
    from section54.suppliers import checking

    try:
        found = checking.show_organisation(home, organisation)
    except InputError as error:
        raise Failed(str(error)) from error
    result, lines = found.as_dict(), [found.as_text()]
    if picture is not None:
        documents = [statement.sha256 for statement in found.facts.statements]
        files, notes = pictures.write_pictures(home, documents, picture)
        result = {**result, "pictures": {"files": [str(file) for file in files], "left_out": notes}}
        lines += [f"written: {file}" for file in files] + [f"note: {note}" for note in notes]
    show_result(result, as_json, "\n".join(lines))


# --- what is kept


@cli.command()
@click.argument("organisation")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the files, manifest.csv and archive.warc.gz.",
)
@data_options
@json_option
def export(home: settings.Home, organisation: str, output: Path, as_json: bool) -> None:
    """Write what is kept of one organisation, by id, company number or name, as plain files named by their sha256.

    manifest.csv says of each where and when it was fetched and how it was found. archive.warc.gz holds every exchange with
    its sites, for any WARC tool.

    \b
    Example:
      section54 export 01234567 -o evidence/
    """
    from db.store import Store
    from section54 import holdings
    from section54.pipeline import InputError
    from section54.suppliers import checking

    if not home.working_db.exists():
        raise Failed(f"{home.working_db}: no collection yet")
    try:
        with Store(home.working_db) as store:
            identifier = checking.find_organisation(store, organisation)
            result = holdings.export_organisation(store, home, identifier, output)
    except InputError as error:
        raise Failed(str(error)) from error
    text = f"{result.organisation}: {result.files} files, {result.fetches} fetches and {result.records} exchanges in {output}"
    show_result(asdict(result), as_json, text)
    for problem in result.unread:
        click.echo(f"left out: {problem}", err=True)


@cli.command()
@click.argument("sha256")
@click.option("--reason", required=True, help="Why, for the tombstone: who asked, and when.")
@data_options
@json_option
def forget(home: settings.Home, sha256: str, reason: str, as_json: bool) -> None:
    """Delete a document on request: its bytes, its text and what was made of it. A tombstone stays.

    The same bytes are never kept again. Publish afterwards, so that the site no longer quotes it.

    \b
    Example:
      section54 forget 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --reason "Asked for by its author, 3 May 2026"
    """
    from db.store import Busy, Store
    from section54 import holdings
    from section54.pipeline import InputError

    if not home.working_db.exists():
        raise Failed(f"{home.working_db}: no collection yet")
    try:
        with Store(home.working_db) as store:
            result = holdings.forget_document(store, home, sha256, reason)
    except (InputError, Busy) as error:
        raise Failed(str(error)) from error
    text = (
        f"forgotten: {result.sentences} sentences and {result.records} records in {len(result.files)} WARC files; "
        "publish again"
    )
    show_result(asdict(result), as_json, text)


# --- model


@cli.command()
@click.argument("rubric", default=settings.DEFAULT_RUBRIC)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of labelled data. Default: $SECTION54_DATA, else ../shared/data.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the model goes. Default: models/RUBRIC.",
)
@click.option("--seed", type=int, default=54, show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="Processes; one per core is quickest.",
)
@click.option(
    "--no-teacher",
    is_flag=True,
    help="Quality model: learn from labels only, to measure what the teacher brings.",
)
@model_option
@json_option
def train(
    rubric: str,
    data: Path | None,
    output: Path | None,
    seed: int,
    jobs: int,
    no_teacher: bool,
    as_json: bool,
) -> None:
    """Train the model of a rubric from labelled sentences; measure it afterwards with `section54 evaluate`.

    The quality model takes some two hours of one core, and needs section54[train].

    \b
    Example:
      section54 train uk_msa_s54
      section54 train --model quality
    """
    from section54.training import train as train_model

    folder = output or settings.model_folder(rubric)
    try:
        model = train_model(rubric, _labelled(data), folder, seed, jobs, taught=not no_teacher)
    except (ValueError, OSError) as error:
        raise Failed(str(error)) from error
    show_result({"model": model.name, "output": str(folder)}, as_json, f"{model.name}: {folder}")


@cli.command()
@click.argument("rubric", default=settings.DEFAULT_RUBRIC)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of labelled data. Default: $SECTION54_DATA, else ../shared/data.",
)
@click.option("--quick", is_flag=True, help="Compare with the recorded figures and write nothing: for CI.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="Processes; one per core is quickest.",
)
@click.option(
    "--untaught",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A quality model made with --no-teacher: scored beside, for what the teacher brings.",
)
@model_option
@json_option
def evaluate(
    rubric: str, data: Path | None, quick: bool, jobs: int, untaught: Path | None, as_json: bool
) -> None:
    """Measure the training recipe by cross-validation over statements; write the metrics and the model card.

    With --quick nothing is written: the figures are held against the recorded ones, and a fall is a failure.

    \b
    Example:
      section54 evaluate
      section54 evaluate --quick
    """
    from classifier.evaluate import evaluate as evaluate_model

    try:
        metrics = evaluate_model(
            rubric,
            _labelled(data),
            settings.model_folder(rubric),
            quick=quick,
            jobs=jobs,
            untaught=untaught,
        )
    except (ValueError, OSError) as error:
        raise Failed(str(error)) from error
    show_result(metrics, as_json, _metrics_text(metrics))
    if metrics.get("failures"):
        raise Failed("; ".join(metrics["failures"]))


def _labelled(data: Path | None) -> Path:
    folder = settings.shared_data(data)
    if not (folder / "sentences").is_dir():
        raise Failed(f"{folder / 'sentences'}: no labelled sentences there; set SECTION54_DATA or --data")
    return folder


def _metrics_text(metrics: Mapping[str, Any]) -> str:
    rows = {**metrics["criteria"], **metrics["means"]}
    return "\n".join(
        f"{name:<28} F1 {row['f1']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" for name, row in rows.items()
    )


@cli.command()
@data_options
@json_option
def doctor(home: settings.Home, as_json: bool) -> None:
    """Say what is installed, what is missing and what that costs.

    \b
    Example:
      section54 doctor
    """
    from section54.doctor import examine

    findings = examine(home)
    lines = [
        f"{'ok     ' if item.ok else 'MISSING'} {item.what:<20} {item.found}"
        + (f"\n          {item.cost}" if item.cost else "")
        for item in findings
    ]
    show_result([asdict(item) for item in findings], as_json, "\n".join(lines))


@cli.command()
@click.option(
    "--serve/--no-serve",
    default=True,
    show_default=True,
    help="Serve the site at the end; --no-serve for CI.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the site listens on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Port of the site."
)
@click.option(
    "--web-port",
    type=click.IntRange(0, 65535),
    default=8054,
    show_default=True,
    help="Port of the demo web; another one is taken when it is in use.",
)
@network_options
@data_options
@model_option
@json_option
def demo(
    home: settings.Home, serve: bool, host: str, port: int, web_port: int, network: Any, as_json: bool
) -> None:
    """Run everything on a small fictional web on this machine: crawl, read, check a supplier list, publish, serve.

    The collection goes to HOME/demo and is made anew each time. Nothing is fetched from outside.

    \b
    Example:
      section54 demo
      section54 demo --no-serve
    """
    from section54 import demonstration
    from section54.pipeline import InputError

    try:
        folder = demonstration.fresh_home(home)
    except InputError as error:
        raise Failed(str(error)) from error
    with demonstration.open_web(web_port) as web:
        click.echo(f"Demo web on loopback, port {web.port}: {len(web.hosts)} fictional sites", err=True)
        summary = demonstration.run(folder, web, network, say)
        show_result(summary, as_json, demonstration.as_text(folder, summary))
        if serve:
            from section54.site.server import serve as serve_site

            click.echo(f"\nThe site: http://{host}:{port}/   (stop with Ctrl-C)", err=as_json)
            serve_site(folder.site_db, host, port)
    if summary["problems"]:
        sys.exit(FAILED)


from section54.suppliers import commands as supplier_commands  # noqa: E402, F401  # registers its commands; needs what stands above
