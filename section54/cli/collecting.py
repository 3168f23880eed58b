"""Commands that collect and publish: registry, crawl, extract, assess, publish, update, serve."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from section54 import settings
from section54.cli.options import (
    BROKEN_CRAWL,
    FAILED,
    Failed,
    cli,
    cluster_option,
    data_options,
    end_progress,
    json_option,
    make_ready,
    model_option,
    network_options,
    say,
    show_result,
    today,
)
from section54.exceptions import InputError


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
    help="Download the registry's file of this registry year. Repeatable: the newest file is thin, load two "
    "years.",
)
@click.option("--base-url", help="Another address of the registry's downloads, such as a test server.")
@click.option(
    "--accept-withdrawals",
    is_flag=True,
    help="Take a file for whole though it lacks many entries that are known: they were withdrawn, you have "
    "looked.",
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

    Entries that came, changed or went since the last load of the same year are kept as events. A file that is
    older, or lacks many entries, withdraws none of them.

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
        loads: list[Callable[[], dict[str, Any]]] = (
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
            except InputError as error:
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
        f"{result['listings']} listings of {result['statements']} statements by {result['organisations']} "
        "organisations"
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


class _Spider(click.ParamType[str]):
    """A spider by its name, as Scrapy's loader knows it."""

    name = "spider"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from crawler.run import load_spider

        try:
            load_spider(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


@contextmanager
def _executor(cluster: str | None) -> Iterator[Any]:
    """The cluster that was asked for; None for this machine."""
    if cluster is None:
        yield None
        return
    from section54 import cluster as clusters

    with clusters.connected(cluster) as client:
        yield clusters.Cluster(client, say)


@cli.command()
@click.argument("spider", type=_Spider())
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
@click.option("--fresh", is_flag=True, help="Start again where a stopped run of the same would go on.")
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

    registry: the statement addresses and hosted PDFs of the loaded listings. websites: from a home page to
    the statement. public_bodies: the seed list of police, councils, NHS and the like. A spider of your own
    (docs/add-a-source.md): the sites that it names.

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
    from section54.schedule import due_sites

    try:
        sites = pipeline.choose_sites(store, spider, seeds, urls, None if due else limit)
        if due:
            sites = due_sites(store, spider, sites, today())[:limit]
        scope = pipeline.scope_of(seeds=seeds, urls=urls, limit=limit, due=due)
        with _executor(cluster) as executor:
            return pipeline.crawl_sites(
                store,
                home,
                spider,
                sites,
                network,
                scope=scope,
                fresh=fresh,
                verbose=cluster is None,
                executor=executor,
            )
    except (InputError, Busy) as error:
        raise Failed(str(error)) from error
    except CrawlFailed as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BROKEN_CRAWL)


def _crawl_text(report: Any, compared: Mapping[str, tuple[int | None, int]]) -> str:
    lines = [
        f"{report.spider}: {report.sites} sites visited, {report.found} with a statement, in "
        f"{report.seconds:.0f} s",
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

    make_ready(ocr=True)
    try:
        with Store(home.working_db) as store, _executor(cluster) as executor:
            report = pipeline.extract_pending(store, home, say, executor)
    except InputError as error:
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
        with Store(home.working_db) as store, _executor(cluster) as executor:
            report = pipeline.assess_pending(store, say, executor=executor)
    except InputError as error:
        raise Failed(str(error)) from error
    _finish_stage(report, as_json)


def _finish_stage(report: Any, as_json: bool) -> None:
    end_progress()
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
    help="Also write all that is public as SQLite, CSV and Parquet to HOME/site/downloads/DATE, for "
    "everybody to fetch.",
)
@click.option(
    "--allow-shrink",
    is_flag=True,
    help="Publish although a fifth or more of the statements is gone since the last time.",
)
@data_options
@json_option
def publish(home: settings.Home, downloads: bool, allow_shrink: bool, as_json: bool) -> None:
    """Build the published database HOME/site/section54.db; a failed data check leaves the old one in place.

    A published file that is damaged is replaced.

    \b
    Example:
      section54 publish
      section54 publish --downloads
    """
    from section54.site.downloads import write_downloads

    report = _publish(home, allow_shrink)
    folder = write_downloads(home.site_db) if downloads else None
    text = f"published {report.path}" + (f"\ndownloads in {folder}" if folder else "")
    show_result({**asdict(report), "downloads": folder}, as_json, text)


def _publish(home: settings.Home, allow_shrink: bool = False) -> Any:
    from db.checks import PublishRefused
    from section54 import pipeline

    make_ready(home)
    if not home.working_db.exists():
        raise Failed(f"{home.working_db}: no such database; load a registry file or crawl first")
    try:
        return pipeline.publish_site(home, allow_shrink=allow_shrink)
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
    """Do it all: crawl, extract, assess, compare with what was known, check the data, publish.

    For a schedule.

    \b
    Example:
      section54 update --due
    """
    from section54 import update as steps
    from section54.preflight import CRAWL_MEGABYTES

    make_ready(home, CRAWL_MEGABYTES, ocr=True)
    outcome = steps.run_update(home, network, limit, say, today=today(), due=due)
    end_progress()
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

    With SECTION54_PRIVATE=1 it is a private instance: whole texts, page images and stored copies can be
    opened too. It then listens on this machine alone, until you set a password with `section54 password`.

    \b
    Example:
      section54 serve --port 8001
      SECTION54_PRIVATE=1 section54 serve
      section54 serve --role pages --port 8904
    """
    from section54.site.server import serve as serve_site

    make_ready(port=(host, port, "section54 serve"))
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


@cli.command()
@click.argument("name")
@click.password_option(help="Asked for twice where it is not given; a terminal does not show it.")
@data_options
@json_option
def password(home: settings.Home, name: str, password: str, as_json: bool) -> None:
    """Set the password of a person who may use the private instance.

    Its hash is kept in HOME/passwords. The instance takes it up when it is started again.

    \b
    Example:
      section54 password officer
    """
    from section54.site.passwords import add_password

    home.path.mkdir(parents=True, exist_ok=True)
    try:
        add_password(home.passwords, name, password)
    except ValueError as error:
        raise Failed(str(error)) from error
    show_result(
        {"name": name, "file": str(home.passwords)}, as_json, f"{name} can now open the private instance."
    )
