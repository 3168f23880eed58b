"""Commands on what is at hand: files, addresses, sentences, one organisation, what is kept of it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
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
    ocr_option,
    rubric_option,
    show_result,
    today,
)
from section54.exceptions import InputError

NEVER_SCANS = (".html", ".htm", ".docx", ".txt")
"""Ends of the names of files that hold no picture of a page."""


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
    from section54 import scan as scanning
    from section54.reader import Reader

    try:
        reader = Reader.load(rubric)
    except InputError as error:
        raise Failed(str(error)) from error
    make_ready(ocr=ocr and not all(name.lower().endswith(NEVER_SCANS) for name in inputs))
    results = []
    for result in scanning.scan(inputs, reader, home, network, today(), ocr=ocr):
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

    With --json also every sentence with its place on the page, and what the text says of itself: dates with
    their role, signature, registered name and number, language. docs/extraction.md describes the fields.

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
    from section54.reader import Reader

    try:
        count = classify_csv(sentences, output, Reader.load(rubric).model)
    except (InputError, ValueError, OSError) as error:
        raise Failed(str(error)) from error
    show_result(
        {"sentences": count, "output": str(output)}, as_json, f"{count} sentences classified: {output}"
    )


@cli.command()
@click.argument("organisation")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the pages of its stored PDF files with the evidence marked to FOLDER, as PNG. They show "
    "names; keep them private.",
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
    from section54.suppliers import checking

    try:
        found = checking.show_organisation(home, organisation, today())
    except InputError as error:
        raise Failed(str(error)) from error
    result, lines = found.as_dict(), [found.as_text()]
    if picture is not None:
        documents = [statement.sha256 for statement in found.facts.statements]
        files, notes = pictures.write_pictures(home, documents, picture)
        result = {**result, "pictures": {"files": [str(file) for file in files], "left_out": notes}}
        lines += [f"written: {file}" for file in files] + [f"note: {note}" for note in notes]
    show_result(result, as_json, "\n".join(lines))


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
    """Write what is kept of one organisation, by id, company number or name, as plain files named by their
    sha256.

    manifest.csv says of each where and when it was fetched and how it was found. archive.warc.gz holds every
    exchange with its sites, for any WARC tool.

    \b
    Example:
      section54 export 01234567 -o evidence/
    """
    from db.store import Store
    from section54 import holdings
    from section54.suppliers import checking

    if not home.working_db.exists():
        raise Failed(f"{home.working_db}: no collection yet")
    try:
        with Store(home.working_db) as store:
            identifier = checking.find_organisation(store, organisation)
            result = holdings.export_organisation(store, home, identifier, output)
    except InputError as error:
        raise Failed(str(error)) from error
    text = (
        f"{result.organisation}: {result.files} files, {result.fetches} fetches and {result.records} "
        f"exchanges in {output}"
    )
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
    """  # noqa: E501
    from db.store import Busy, Store
    from section54 import holdings

    if not home.working_db.exists():
        raise Failed(f"{home.working_db}: no collection yet")
    try:
        with Store(home.working_db) as store:
            result = holdings.forget_document(store, home, sha256, reason)
    except (InputError, Busy) as error:
        raise Failed(str(error)) from error
    text = (
        f"forgotten: {result.sentences} sentences and {result.records} records in {len(result.files)} WARC "
        "files; "
        "publish again"
    )
    show_result(asdict(result), as_json, text)
