"""Mistakes in an address of the tables, found before Datasette meets them and told in a sentence.

Datasette 0.65 answers many of them as a fault of its own (500).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from datasette.filters import Filters
from datasette.utils.asgi import Request, Response

from section54.site.dictionary import Column
from section54.site.guard import Scope
from section54.site.respond import page

Arguments = Mapping[str, Sequence[str]]

LARGEST = 2**63 - 1
"""The largest whole number of SQLite."""
_OPTIONS = frozenset(
    """
    _col _nocol _dl _facet _facet_array _facet_date _facet_size _header _json _json_infinity _label _labels
    _next _nl _nocount _nofacet _nosuggest _search _shape _size _sort _sort_by_desc _sort_desc _stream
    _hide_sql _show_sql _blob_column _blob_hash
    """.split()  # noqa: SIM905 - words are easier to read than a list
)
"""What may be asked of tables and questions beside their columns. SQL in `_where` and `_through`, and raw
searches, have no place here: visitors' SQL is bounded at one address."""
_FORM = re.compile(r"_filter_(?:column|op|value)(?:_\d+)?|_search_\w+")
_LOOKUPS = frozenset(key for key, _, _ in Filters([]).lookups())
_NUMERIC = ("gt", "gte", "lt", "lte")
_TABLE = re.compile(r"(?P<name>[^/.]+)(?P<format>\.\w+)?")
_ROW = re.compile(r"(?P<table>[^/.]+)/(?P<key>[^/]+?)(?P<format>\.(?:json|csv|blob))?")


class ClientMistake(Exception):
    """What is wrong with an address, in a sentence."""


async def refusal(datasette: Any, scope: Scope, database: str) -> Response | None:
    """The answer to a request that holds a mistake, as JSON or as a page; None where there is none."""
    try:
        look_for_mistakes(
            scope["path"],
            parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            database,
            datasette.section54.columns,
            datasette.section54.queries,
        )
    except ClientMistake as mistake:
        context = {"status": 400, "title": "This can't be answered", "error": str(mistake)}
        if scope["path"].endswith(".json"):
            return Response.json({"ok": False, **context}, status=400)
        await datasette.invoke_startup()
        return await page(
            datasette, Request({**scope, "csrftoken": str}, None), "error.html", context, status=400
        )
    return None


def look_for_mistakes(
    path: str,
    arguments: Arguments,
    database: str,
    columns: Mapping[str, Sequence[Column]],
    queries: Mapping[str, Any],
) -> None:
    """Raise ClientMistake for the first mistake in an address of the tables.

    Other addresses have none here.
    """
    root, _, rest = path.removeprefix("/").partition("/")
    if root in (f"{database}.json", f"{database}.csv"):
        _look_at_sql(root, arguments)
    if root.partition(".")[0] != database:
        return
    if row := _ROW.fullmatch(rest):
        _look_at_key(row["table"], row["key"], columns)
    _look_at_options(arguments)
    table = _TABLE.fullmatch(rest)
    if table and table["name"] in columns and table["name"] not in queries:
        _look_at_table(table["name"], arguments, columns[table["name"]])


def _look_at_sql(root: str, arguments: Arguments) -> None:
    has_shape = "_shape" in arguments or root.endswith(".csv")
    if has_shape and not "".join(arguments.get("sql", [])).strip():
        raise ClientMistake("Give a question in SQL, as in ?sql=select+1.")


def _look_at_key(table: str, key: str, columns: Mapping[str, Sequence[Column]]) -> None:
    expected = [column.name for column in columns.get(table, ()) if column.key]
    if expected and len(key.split(",")) != len(expected):
        raise ClientMistake(
            f"A row of {table} is named by {' and '.join(expected)}, with commas between them."
        )


def _look_at_options(arguments: Arguments) -> None:
    for name in arguments:
        is_option = name.startswith("_") and "__" not in name
        if is_option and name not in _OPTIONS and not _FORM.fullmatch(name):
            raise ClientMistake(f"There is no option {name} here.")
    for name in ("_facet_size", "_size"):
        for value in arguments.get(name, ()):
            if value and value != "max" and not re.fullmatch(r"[0-9]{1,9}", value):
                raise ClientMistake(f"{name} is a whole number, or max.")


def _look_at_table(table: str, arguments: Arguments, columns: Sequence[Column]) -> None:
    names = {column.name for column in columns}
    order = [name for name in ("_sort", "_sort_desc") if any(arguments.get(name, ()))]
    if len(order) == 2 and "_sort_by_desc" not in arguments:
        raise ClientMistake("Sort by _sort or by _sort_desc, not by both.")
    for option in ("_sort", "_sort_desc", "_facet", "_facet_array", "_facet_date"):
        for name in filter(None, arguments.get(option, ())):
            if name not in names:
                raise ClientMistake(f"{table} has no column {name!r} for {option}.")
    for name, values in arguments.items():
        if not name.startswith("_") or "__" in name:
            _look_at_filter(table, name, values, names)
    key = [column.name for column in columns if column.key]
    for following in filter(None, arguments.get("_next", ())):
        if len(following.split(",")) != len(key) + bool(order):
            raise ClientMistake("_next is part of the address of a next page, and can't be made by hand.")


def _look_at_filter(table: str, name: str, values: Sequence[str], names: set[str]) -> None:
    column, _, lookup = name.rpartition("__")
    if name in names:
        column, lookup = name, "exact"
    if column not in names or lookup not in _LOOKUPS:
        raise ClientMistake(
            f"{table} has no column {column or name!r}, or no way to compare it by {lookup!r}."
        )
    for value in values:
        if lookup in _NUMERIC and value.isdigit() and not _is_number(value):
            raise ClientMistake(f"{name} is no number that a column can have.")
        if lookup in ("in", "notin") and value.startswith("["):
            _look_at_list(name, value)


def _is_number(value: str) -> bool:
    return value.isascii() and len(value) < 20 and int(value) <= LARGEST


def _look_at_list(name: str, value: str) -> None:
    try:
        listed = json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        raise ClientMistake(f"{name} begins like a list in JSON and is none.") from None
    if not isinstance(listed, list) or not all(
        isinstance(one, str | float | None) or _fits(one) for one in listed
    ):
        raise ClientMistake(f"{name} is a list of texts and numbers in JSON.")


def _fits(value: object) -> bool:
    return isinstance(value, int) and abs(value) <= LARGEST
