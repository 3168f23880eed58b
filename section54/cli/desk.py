"""The command that opens the desk."""

from __future__ import annotations

import threading
import webbrowser
from typing import Any

import click

from section54 import settings
from section54.cli.options import Failed, cli, data_options, json_option, network_options, show_result
from section54.exceptions import InputError


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8005, show_default=True)
@click.option("--open/--no-open", "open_browser", default=True, show_default=True, help="Open the browser.")
@network_options
@data_options
@json_option
def desk(home: settings.Home, port: int, open_browser: bool, network: Any, as_json: bool) -> None:
    """Open the desk: check supplier lists, choose matches and write papers in the browser, on this machine.

    Lists, decisions and results stay in HOME/private.db. The desk listens on this machine alone.

    \b
    Example:
      section54 desk
      section54 --home data/demo desk
    """
    from section54.desk.opening import prepare
    from section54.site.server import serve as serve_site

    try:
        prepare(home)
    except InputError as error:
        raise Failed(str(error)) from error
    address = f"http://127.0.0.1:{port}/desk"
    show_result({"url": address}, as_json, f"The desk: {address}   (stop with Ctrl-C)")
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    try:
        serve_site(home.site_db, "127.0.0.1", port, private=home, desk=network)
    except ValueError as error:
        raise Failed(str(error)) from error
