"""Commands for a schedule: watch lists, monitor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from domain import machine
from section54 import settings
from section54.cli.options import (
    Failed,
    cli,
    column_mapping,
    data_options,
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
def watch() -> None:
    """Keep lists of suppliers whose changes `section54 monitor` tells."""


@watch.command("add")
@click.argument("suppliers", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--name", help="Name of the watch list. Default: the file's name without its ending.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="As for `section54 check`.")
@data_options
@json_option
def watch_add(
    home: settings.Home, suppliers: Path, name: str | None, mapping: tuple[str, ...], as_json: bool
) -> None:
    """Watch the suppliers of a list (CSV, XLSX, Open Contracting JSON); a list of the same name is replaced.

    \b
    Example:
      section54 watch add suppliers.xlsx --name "tier 1"
    """
    from section54.monitoring import watch as monitoring

    try:
        found = monitoring.watch(home, suppliers, name or suppliers.stem, column_mapping(mapping))
    except InputError as error:
        raise Failed(str(error)) from error
    text = (
        f"watching {found['name']!r}: {found['suppliers']} suppliers, {found['organisations']} of them "
        "matched to "
        f"organisations of the collection, {found['websites']} with a website to crawl; {found['set_aside']} "
        "rows set "
        f"aside, {found['rejected']} rejected"
    )
    show_result(found, as_json, "\n".join([text, *found["websites_left_out"]]))


@watch.command("list")
@data_options
@json_option
def watch_list(home: settings.Home, as_json: bool) -> None:
    """List the watch lists and how far their digests have told.

    \b
    Example:
      section54 watch list
    """
    from section54.monitoring import watch as monitoring

    lists = monitoring.watch_lists(home)
    lines = [
        f"{one['name']}: {one['suppliers']} suppliers of {one['source']}, told until {one['digest_since']}"
        for one in lists
    ]
    show_result(lists, as_json, "\n".join(lines) or "nothing is watched yet: section54 watch add")


@watch.command("remove")
@click.argument("name")
@data_options
@json_option
def watch_remove(home: settings.Home, name: str, as_json: bool) -> None:
    """Forget a watch list; its digests stay.

    \b
    Example:
      section54 watch remove "tier 1"
    """
    from section54.monitoring import watch as monitoring

    if not monitoring.unwatch(home, name):
        raise Failed(f"there is no watch list {name!r}; see `section54 watch list`")
    show_result({"removed": name}, as_json, f"{name!r} is watched no more")


@cli.command()
@click.option("--list", "names", multiple=True, help="Only this watch list. Repeatable.")
@click.option("--no-update", is_flag=True, help="Look only at what is stored already; nothing is fetched.")
@click.option("--limit", type=click.IntRange(min=1), help="Visit at most this many organisations per spider.")
@click.option(
    "--accept-removals", is_flag=True, help="List what an alarm held back as gone, once you have looked."
)
@network_options
@data_options
@model_option
@json_option
def monitor(
    home: settings.Home,
    names: tuple[str, ...],
    no_update: bool,
    limit: int | None,
    accept_removals: bool,
    network: Any,
    as_json: bool,
) -> None:
    """Visit who is due and tell what changed for each watch list; for a schedule. Silent where nothing did.

    Each digest is printed and written to HOME/digests/NAME as text, HTML and JSON, with a feed (Atom). A
    crawl that found far less than the one before is an alarm (exit code 3), and nothing is then called gone.

    \b
    Example:
      section54 monitor
      section54 monitor --no-update --list "tier 1"
    """
    from section54.monitoring import watch as monitoring

    def give_out(outcome: monitoring.Monitored) -> None:
        if as_json or outcome.digests:
            show_result(outcome.as_dict(), as_json, outcome.as_text())

    make_ready(home)
    home.path.mkdir(parents=True, exist_ok=True)
    try:
        with machine.locked(home.path / ".monitor.lock", wait=False):
            outcome = monitoring.monitor(
                home,
                network,
                say,
                today=today(),
                names=names,
                update=not no_update,
                limit=limit,
                accept_removals=accept_removals,
                tell=give_out,
            )
    except machine.LockHeld:
        raise Failed("another `section54 monitor` is at work on this collection") from None
    except InputError as error:
        raise Failed(str(error)) from error
    for problem in outcome.problems:
        click.echo(f"Error: {problem}", err=True)
    if outcome.exit_code:
        sys.exit(outcome.exit_code)
