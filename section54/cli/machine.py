"""Commands about this machine: what is installed, and the demo."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click

from section54 import settings
from section54.cli.options import (
    FAILED,
    Failed,
    cli,
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


@cli.command()
@data_options
@json_option
def doctor(home: settings.Home, as_json: bool) -> None:
    """Say what is installed, what is missing and what that costs.

    Exit code 1 where something is missing without which statements cannot be collected, read and shown.

    \b
    Example:
      section54 doctor
    """
    from section54.doctor import examine

    findings = examine(home)
    lines = [
        f"{_state(item):<8} {item.what:<24} {item.found}" + (f"\n         {item.cost}" if item.cost else "")
        for item in findings
    ]
    show_result([asdict(item) for item in findings], as_json, "\n".join(lines))
    if any(item.needed and not item.ok for item in findings):
        sys.exit(FAILED)


def _state(finding: Any) -> str:
    if finding.ok:
        return "ok"
    return "MISSING" if finding.needed else "not here"


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
    """Run everything on a small fictional web on this machine: crawl, read, check a supplier list, publish,
    serve.

    The collection goes to HOME/demo and is made anew each time. Nothing is fetched from outside.

    \b
    Example:
      section54 demo
      section54 demo --no-serve
    """
    from section54 import demonstration
    from section54.preflight import DEMO_MEGABYTES

    make_ready(home, DEMO_MEGABYTES, ocr=True, port=(host, port, "section54 demo") if serve else None)
    try:
        folder = demonstration.fresh_home(home)
    except InputError as error:
        raise Failed(str(error)) from error
    with demonstration.open_web(web_port) as web:
        click.echo(
            f"Demo web on loopback, port {web.port}: {len(web.hosts)} sites of fictional organisations",
            err=True,
        )
        summary = demonstration.run(folder, web, network, today(), say)
        show_result(summary, as_json, demonstration.as_text(folder, summary))
        if serve:
            from section54.site.server import serve as serve_site

            click.echo(f"\nThe site: http://{host}:{port}/   (stop with Ctrl-C)", err=as_json)
            serve_site(folder.site_db, host, port)
    if summary["problems"]:
        sys.exit(FAILED)
