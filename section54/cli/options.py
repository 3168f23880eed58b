"""What the commands share: the root group, options that several take, exit codes, how results and progress
are printed.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from domain import machine
from domain.dates import now
from section54 import settings, trouble
from section54.exceptions import InputError

DONE, FAILED, BROKEN_CRAWL = 0, 1, 3  # 2 is Click's own: wrong usage

Command = Callable[..., Any]


def today() -> date:
    """Return the day that a command works with, in UTC: read once, at the command, and passed on."""
    return now().date()


class Failed(click.ClickException):
    """An input or a stage failed; what succeeded stays."""

    exit_code = FAILED


# Taken before the name of a command and after it.
_home = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the collection. Default: $SECTION54_HOME, else ./data.",
)
_db = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Working database. Default: HOME/section54.db.",
)


class Commands(click.Group):
    """The commands, which tell in a sentence what the machine refuses: a full disk, a locked or damaged
    database.
    """

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (sqlite3.Error, OSError, InputError) as error:
            words = trouble.in_words(error)
            if words is None:
                raise
            raise Failed(words) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="section54")
@_home
@_db
def cli(home: Path | None, db: Path | None) -> None:
    """Collect, read and publish modern slavery statements (Modern Slavery Act 2015, section 54).

    Exit codes: 0 done; 1 an input or a stage failed and is listed; 2 wrong usage; 3 a broken or suspiciously
    small crawl. A site that gave nothing is an outcome, not a failure.
    """


def data_options(command: Command) -> Command:
    """Add --home and --db, and hand the command a `settings.Home` as its first argument."""

    @_home
    @_db
    @functools.wraps(command)
    def with_home(home: Path | None, db: Path | None, **arguments: Any) -> Any:
        above = click.get_current_context().find_root().params
        return command(settings.home(home or above.get("home"), db or above.get("db")), **arguments)

    return with_home


def _on_unix_only(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse an option that was given where the system cannot do it, before any work is done."""
    if value:
        try:
            machine.need_unix(parameter.opts[0])
        except machine.NeedsUnix as error:
            raise click.UsageError(str(error), context) from error
    return value


def network_options(command: Command) -> Command:
    """Add --allow-host, --resolve and --delay, and hand the command a `CrawlOptions` as `network`."""

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
        callback=_on_unix_only,
        help="Read pages that only scripts fill with Chromium (section54[browser]).",
    )
    @functools.wraps(command)
    def with_network(
        allow_hosts: tuple[str, ...], resolve: tuple[str, ...], delay: float, browser: bool, **arguments: Any
    ) -> Any:
        from crawler.browser import BrowserMissing, find_program
        from crawler.options import CrawlOptions

        if browser:
            try:
                find_program(sandbox=settings.browser_sandbox())
            except BrowserMissing as error:
                raise click.UsageError(str(error)) from error
        network = CrawlOptions(
            allow_hosts, _pairs(resolve, "--resolve"), delay, browser, settings.browser_sandbox()
        )
        return command(network=network, **arguments)

    return with_network


def cluster_option(command: Command) -> Command:
    return click.option(
        "--cluster",
        metavar="ADDRESS",
        callback=_on_unix_only,
        help='Share the work on Dask: "local" for the cores of this machine, else a scheduler '
        "(section54[cluster]).",
    )(command)


def ocr_option(command: Command) -> Command:
    return click.option(
        "--ocr/--no-ocr",
        default=True,
        show_default=True,
        help="Read scanned pages by OCR. Without it they are listed as not read, and nothing is said to be "
        "absent.",
    )(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def rubric_option(command: Command) -> Command:
    """The rubric that a command reads by, over the setting of the environment."""
    return click.option(
        "--rubric",
        metavar="ID[/RULESET]",
        help="Read by another rubric of classifier/rubrics, or by a ruleset of one. Default: "
        "$SECTION54_RUBRIC, else uk_msa_s54.",
    )(command)


def model_option(command: Command) -> Command:
    """The model that a command reads with; told by the environment, which worker processes inherit."""

    def choose(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value:
            os.environ[settings.MODEL] = value

    return click.option(
        "--model",
        type=click.Choice([settings.QUALITY, settings.FAST]),
        expose_value=False,
        callback=choose,
        help="The model to read with: fast is some 20 times quicker and reads less well. Default: "
        "$SECTION54_MODEL, else quality.",
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


def make_ready(
    home: settings.Home | None = None,
    megabytes: int = 0,
    *,
    ocr: bool = False,
    port: tuple[str, int, str] | None = None,
) -> None:
    """Fail before the work begins where a port is taken, the disk is full or data is damaged; say so without
    OCR.

    `port` is the host, the port and the command to suggest another port with.
    """
    from section54 import preflight

    try:
        if port:
            preflight.check_port(*port)
        if home:
            preflight.check_disk(home.path, megabytes)
            trouble.look_first(home)
    except (preflight.NotReady, InputError) as error:
        raise Failed(str(error)) from error
    if ocr and (lacking := preflight.missing_ocr()):
        click.echo(f"Note: {lacking}", err=True)


def show_result(result: Any, as_json: bool, text: str) -> None:
    click.echo(json.dumps(result, indent=2, ensure_ascii=False, default=str) if as_json else text)


def say(message: str) -> None:
    """Progress, on standard error: one line that is written over on a terminal, every fiftieth else."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{message}", err=True, nl=False)
    elif message.rpartition(" of ")[2] == message.split(" ")[1] or message.split(" ")[1].endswith("00"):
        click.echo(message, err=True)


def end_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
