"""Commands that keep a collection safe: copies, and bringing them back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from section54 import settings
from section54.cli.options import Failed, cli, data_options, json_option, show_result
from section54.exceptions import InputError

_FOLDER = click.Path(path_type=Path, file_okay=False)


@cli.command()
@click.argument("folder", type=_FOLDER)
@data_options
@json_option
def backup(home: settings.Home, folder: Path, as_json: bool) -> None:
    """Copy the collection into a new dated folder in FOLDER, also while other commands run.

    The copy is checked. Supplier lists, decisions and passwords lie in its folder private/: keep that apart.
    WARC files that did not change since the last copy take no room again.

    \b
    Example:
      section54 backup /srv/backups/section54
    """
    from section54.backups import make_backup

    try:
        made = make_backup(home, folder)
    except InputError as error:
        raise Failed(str(error)) from error
    lost = (
        f"; {made.lost} of {made.documents} stored documents are not in the WARC files" if made.lost else ""
    )
    show_result(
        asdict(made), as_json, f"{made.folder}: {made.files} files, {made.bytes / 1e6:,.1f} MB, checked{lost}"
    )


@cli.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--replace", is_flag=True, help="Move a collection that is there into HOME/replaced-TIME first."
)
@data_options
@json_option
def restore(home: settings.Home, folder: Path, replace: bool, as_json: bool) -> None:
    """Bring a copy back into HOME.

    FOLDER is one that `section54 backup` made, or that of several: then the newest.

    Every file is compared with its checksum first. Stop other commands and the site before.

    \b
    Example:
      section54 restore /srv/backups/section54 --home data
    """
    from section54.backups import restore_backup

    try:
        found = restore_backup(folder, home, replace=replace)
    except InputError as error:
        raise Failed(str(error)) from error
    show_result(asdict(found), as_json, f"{found.folder} is back in {home.path}: {found.files} files")
