"""/openapi.json: the addresses of this site that answer programs, described after OpenAPI 3.1.

Tables, columns and questions are those of the file that is served, their words those of the data dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datasette.utils.asgi import Request, Response

from section54.site import found as site_found
from section54.site import records
from section54.site.check import MAX_SUPPLIERS
from section54.site.dictionary import Column, Table
from section54.site.downloads import OGL
from section54.site.maps import base_of
from section54.site.reconcile import MAX_QUERIES
from section54.site.records import schema_of
from section54.site.respond import as_json
from section54.site.rows import JSON_COLUMNS
from section54.site.server import DATABASE, SiteFacts

Json = dict[str, Any]

VERSION = "1.0.0"
"""Of the description: the first number is raised when an address or a field goes or changes its meaning."""
_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}
SEARCHABLE = ("evidence", "organisations")
"""The tables that ?_search= reads."""


def routes() -> list[tuple[str, Any]]:
    """(pattern, view) pairs for Datasette's register_routes."""
    return [(r"^/openapi\.json$", openapi)]


async def openapi(datasette: Any, request: Request) -> Response:
    """The description of this site."""
    answer = as_json(datasette, {})
    return Response.json(describe(datasette.section54, base_of(request)), headers=answer.headers)


def describe(site: SiteFacts, base: str) -> Json:
    """The description as a JSON object; `base` is the address of the site, without a slash at its end."""
    tables = [table for table in site.dictionary if table.name in site.columns]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Section 54 statements",
            "version": VERSION,
            "summary": "What UK modern slavery statements say, with the sentences behind every finding.",
            "description": "Read-only and without a key. Coverage, not compliance: the six areas are "
            "optional in law, "
            "`none` means that no passage was found. Answers carry an ETag: send it back as If-None-Match "
            "and an "
            "unchanged answer is 304. Too many requests are answered with 429.",
            "license": {"name": "Open Government Licence v3.0 for registry data", "url": OGL},
        },
        "servers": [{"url": base}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": {
            **_record_paths(),
            **_search_paths(),
            **{path: item for table in tables for path, item in _table_paths(table, site).items()},
            **dict(_question_path(name, query) for name, query in site.queries.items()),
            f"/{DATABASE}.json": _sql_path(),
            **_service_paths(),
            **_file_paths(site),
        },
        "components": {
            "schemas": {
                **_record_schemas(site),
                **{
                    _schema_name(table.name): _table_schema(table, site.columns[table.name])
                    for table in tables
                },
            },
            "parameters": _PARAMETERS,
            "responses": _RESPONSES,
        },
    }


_TAGS = {
    "records": "One organisation or statement with everything that is published of it",
    "search": "Organisations by name or number, and sentences",
    "tables": "Every table, filtered by any column",
    "questions": "Named questions, and your own in SQL",
    "services": "Matching lists of names",
    "files": "Bulk downloads and descriptions of the site",
}
_ERROR = {
    "type": "object",
    "required": ["ok", "error", "status"],
    "properties": {
        "ok": {"const": False},
        "error": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": ["string", "null"]},
    },
}
_RESPONSES: Json = {
    "NotModified": {"description": "What you have is what would be sent: your If-None-Match names it."},
    "NotFound": {"description": "There is none.", "content": {"application/json": {"schema": _ERROR}}},
    "BadRequest": {
        "description": "What was asked can't be answered: an unknown column or option, wrong SQL, or longer "
        "than its second.",
        "content": {"application/json": {"schema": _ERROR}},
    },
    "TooMany": {"description": "Too many requests from one address; wait as long as Retry-After says."},
}


_NEVER_WRONG = ("records", "files")
"""What has nothing but a path: it is there or it is not."""


def _get(
    tag: str, name: str, summary: str, answers: Json, parameters: Sequence[Json] = (), words: str = ""
) -> Json:
    operation = {
        "tags": [tag],
        "operationId": name,
        "summary": summary,
        "responses": {
            **({} if tag in _NEVER_WRONG else {"400": {"$ref": "#/components/responses/BadRequest"}}),
            **answers,
            "429": {"$ref": "#/components/responses/TooMany"},
        },
    }
    return (
        operation
        | ({"parameters": list(parameters)} if parameters else {})
        | ({"description": words} if words else {})
    )


def _ok(schema: Json, kind: str = "application/json") -> Json:
    return {
        "200": {"description": "The answer.", "content": {kind: {"schema": schema}}},
        "304": {"$ref": "#/components/responses/NotModified"},
    }


def _or_none(answers: Json) -> Json:
    return {**answers, "404": {"$ref": "#/components/responses/NotFound"}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _query(name: str, words: str, schema: Json | None = None, required: bool = False) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": words,
        "schema": schema or {"type": "string"},
    }


def _path(name: str, words: str, schema: Json | None = None) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": words,
        "schema": schema or {"type": "string"},
    }


# --- records


def _record_paths() -> Json:
    organisation = _get(
        "records", "organisation", "One organisation", _or_none(_ok(_ref("Organisation"))),
        [_path("id", "gb-coh- and the company number, or name- and the name")],
    )  # fmt: skip
    statement = _get(
        "records", "statement", "One statement", _or_none(_ok(_ref("Statement"))),
        [_path("id", "its twelve characters", {"type": "string", "pattern": "^[0-9a-f]{12}$"})],
    )  # fmt: skip
    sector = _get(
        "records",
        "sector",
        "One sector",
        _or_none(_ok(_ref("Sector"))),
        [_path("id", "as in the table sectors")],
    )
    year = _get(
        "records",
        "year",
        "One year",
        _or_none(_ok(_ref("Year"))),
        [_path("year", "four digits", {"type": "integer"})],
    )
    return {
        "/organisation/{id}.json": {"get": organisation},
        "/statement/{id}.json": {"get": statement},
        "/sectors/{id}.json": {"get": sector},
        "/years/{year}.json": {"get": year},
        **_feed_paths(),
    }


def _feed_paths() -> Json:
    """Atom feeds of changes: of everything, one organisation, one sector."""
    atom = _ok({"type": "string"}, "application/atom+xml")
    of = {
        "/changes.atom": ("changes_feed", "all organisations", []),
        "/organisation/{id}.atom": (
            "organisation_feed",
            "one organisation",
            [_path("id", "of the organisation")],
        ),
        "/sectors/{id}.atom": ("sector_feed", "one sector", [_path("id", "of the sector")]),
    }
    return {
        path: {
            "get": _get("records", name, f"Changes of {whose}, as an Atom feed", _or_none(atom), parameters)
        }
        for path, (name, whose, parameters) in of.items()
    }


_ANY = {"type": "object"}
_TEXTS = _list_of({"type": "string"})


def _record_schemas(site: SiteFacts) -> Json:
    """What one record holds beyond the columns of its table, whose JSON texts are lists here."""
    envelope = {"ok": {"const": True}, "generated_at": {"type": "string", "format": "date-time"}}
    figures = schema_of(records.Figures)["properties"]
    year = {"year": {"type": "integer"}}
    of_year = {"levels": _many(records.AreaLevels), "sectors": _many(records.SectorOfYear)}
    optional = ("latest", "highlights", "year_before", "since_year_before")
    return {
        "Organisation": _schema({**envelope, **_organisation_parts(site)}, optional),
        "Statement": _schema({**envelope, **_statement_parts(site)}, optional),
        "Sector": _schema({**envelope, **_columns(site, "sectors"), **figures}),
        "Year": _schema({**envelope, **year, **figures, **of_year}),
        "FoundSentence": _schema(_found_sentence(site)),
    }


def _in_list(site: SiteFacts) -> Json:
    """A statement with its findings."""
    return {
        **_columns(site, "statements"),
        "areas": schema_of(dict[str, records.AreaFinding]),
        "checks": schema_of(dict[str, records.CheckFinding]),
    }


def _organisation_parts(site: SiteFacts) -> Json:
    with_sentences = {
        **_in_list(site),
        "evidence": _many(records.Sentence),
        "snapshots": _many(records.Snapshot),
    }
    statement = _schema(with_sentences, ("evidence", "snapshots"))
    link = _schema(_columns(site, "home_links"))
    return {
        **_columns(site, "organisations", leave=("search_names",)),
        "other_names": _TEXTS,
        "statement_list": _list_of(statement),
        "latest": {
            **_or_null(statement),
            "description": "The newest of the list, with `evidence` and `snapshots`.",
        },
        "highlights": {
            **schema_of(dict[str, records.Highlights]),
            "description": "By area, the sentences of which the model is surest.",
        },
        "declared_and_found": _many(records.DeclaredEntry),
        "listing_list": _many(records.ListingLine),
        "covered_by": _many(records.CoveringStatement),
        "home_link": _or_null(link),
        "attempts": _many(records.AttemptCount),
        "sectors": _many(records.SectorName),
        "changes": _many(records.Change),
    }


def _statement_parts(site: SiteFacts) -> Json:
    return {
        **_in_list(site),
        "organisation": schema_of(records.OrganisationName),
        "evidence": _many(records.Sentence),
        "snapshots": _many(records.Snapshot),
        "organisations": _many(records.StatementOrganisation),
        "other_statements": _many(records.StatementLine),
        "versions": _many(records.StatementVersion),
        "year_before": _or_null(schema_of(records.StatementLine)),
        "since_year_before": _or_null(schema_of(records.Difference)),
        "changes": _many(records.Change),
        "declared_and_found": _list_of(_schema(_columns(site, "declared_and_found"))),
    }


def _many(kind: type) -> Json:
    return _list_of(schema_of(kind))


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _found_sentence(site: SiteFacts) -> Json:
    known = {**_columns(site, "organisations"), **_columns(site, "statements"), **_columns(site, "evidence")}
    return {name: _TEXTS if name == "findings" else known[name] for name in site_found.COLUMNS}


def _object(**properties: Json) -> Json:
    return _schema(properties)


def _schema(properties: Json, optional: Iterable[str] = ()) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _columns(site: SiteFacts, table: str, leave: Iterable[str] = ()) -> Json:
    """The columns of a table as they stand in a record, where texts that hold JSON are read."""
    meanings = next(entry.columns for entry in site.dictionary if entry.name == table)
    return {
        column.name: {"type": "array", "description": meanings.get(column.name, "")}
        if column.name in JSON_COLUMNS
        else _column(column, meanings)
        for column in site.columns[table]
        if column.name not in leave and not column.worked_out
    }


# --- tables


def _schema_name(table: str) -> str:
    return f"{table}_row"


def _table_schema(table: Table, columns: Sequence[Column]) -> Json:
    properties = {column.name: _column(column, table.columns) for column in columns}
    return _schema(properties) | {"description": table.description}


def _column(column: Column, meanings: Mapping[str, str]) -> Json:
    kind = _TYPES[column.type]
    return {"type": [kind, "null"] if column.nullable else kind, "description": meanings.get(column.name, "")}


def _table_paths(table: Table, site: SiteFacts) -> Json:
    columns = site.columns[table.name]
    name, path = table.name, f"/{DATABASE}/{table.name}"
    row = _ref(_schema_name(name))
    narrowed = _PAGING + ([_parameter("search")] if name in SEARCHABLE else [])
    whole = f"{table.description} The header Link names the next page."
    rows, text, one = _ok(_list_of(row)), _ok({"type": "string"}, "text/csv"), _or_none(_ok(_list_of(row)))
    shape, key = _parameter("shape"), _path("key", _key_words(columns))
    return {
        f"{path}.json": {
            "get": _get("tables", f"list_{name}", f"Rows of {name}", rows, [shape, *narrowed], whole)
        },
        f"{path}.csv": {
            "get": _get(
                "tables", f"csv_{name}", f"Rows of {name} as CSV", text, [_parameter("stream"), *narrowed]
            )
        },
        f"{path}/{{key}}.json": {
            "get": _get("tables", f"row_{name}", f"One row of {name}", one, [key, shape])
        },
    }


def _key_words(columns: Sequence[Column]) -> str:
    key = [column.name for column in sorted(columns, key=lambda column: column.key) if column.key] or [
        "rowid"
    ]
    return f"{', '.join(key)}; commas between parts, each escaped as Datasette does (~ and two hex digits)"


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


_PARAMETERS: Json = {
    "shape": _query("_shape", "the shape that will stay", {"const": "array"}, required=True),
    "stream": _query("_stream", "on: all rows, at most 100 MB", {"const": "on"}),
    "size": _query(
        "_size",
        "rows of one page, at most 1,000; max for as many as there may be",
        {"type": "string", "pattern": "^(max|[1-9][0-9]{0,2}|1000)$"},
    ),
    "sort": _query("_sort", "column to sort by"),
    "sort_desc": _query("_sort_desc", "column to sort by, largest first"),
    "next": _query("_next", "from the address of the next page"),
    "search": _query("_search", "words that must occur"),
    "columns": {
        **_query("columns", "Any column with the value that it must have, as in ?year=2025&method=ocr"),
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "style": "form",
        "explode": True,
    },
}
_PAGING = [_parameter(name) for name in ("size", "sort", "sort_desc", "next", "columns")]


# --- questions


def _question_path(name: str, query: Mapping[str, Any]) -> tuple[str, Json]:
    row = {"type": "object", "description": "One row of the answer, by the names of its columns."}
    given = [
        _query(parameter, "as the question says", required=True) for parameter in _parameters_of(query["sql"])
    ]
    operation = _get(
        "questions",
        f"question_{name}",
        str(query["title"]),
        _ok(_list_of(row)),
        [_parameter("shape"), *given],
        str(query["description"]),
    )
    return f"/{DATABASE}/{name}.json", {"get": operation}


def _parameters_of(sql: str) -> list[str]:
    """The names behind colons outside of quotes."""
    return sorted(set(re.findall(r":([a-z_]+)", re.sub(r"'[^']*'", "", sql))))


def _sql_path() -> Json:
    operation = _get(
        "questions", "sql", "Your own question in SQL",
        {"200": _ok(_list_of(_ANY))["200"], "400": {"$ref": "#/components/responses/BadRequest"}},
        [
            _query("sql", "one SELECT of SQLite, without a semicolon", required=True),
            _parameter("shape"),
        ],
        "A second of time and 1,000 rows. Where the site does not offer it, the answer is 403.",
    )  # fmt: skip
    operation["responses"]["403"] = {"description": "This site does not take SQL."}
    return {"get": operation}


# --- search, services, files


def _search_paths() -> Json:
    words = _query("q", 'words that must all occur; "a phrase" in double quotes', required=True)
    filters = [
        words,
        _query("finding", "area_policies, check_signed and so on"),
        _query("criterion", "measure_training, expert_approval and so on: the items of model_accuracy"),
        _query("sector", "as in the table sectors"),
        _query("status", "of the sentence", {"enum": ["done", "planned", "denied"]}),
        _query("year", "in which the period ends", {"type": "string", "pattern": "^[0-9]{4}$"}),
        _query("page", "from 1", {"type": "integer", "minimum": 1, "maximum": 99}),
    ]
    answer = _object(
        ok={"const": True}, generated_at={"type": "string"}, total={"type": "integer"},
        newest_only={"type": "boolean", "description": "true where there are more than were looked at"},
        page={"type": "integer"}, page_size={"type": "integer"}, sentences=_list_of(_ref("FoundSentence")),
    )  # fmt: skip
    organisations = _object(
        ok={"const": True}, generated_at={"type": "string"}, organisations=_many(records.FoundOrganisation)
    )
    return {
        "/evidence.json": {"get": _get("search", "search_evidence", "Search sentences", _ok(answer),
        filters)},
        "/evidence.csv": {
            "get": _get("search", "search_evidence_csv", "Search sentences, as CSV", _ok({"type": "string"},
            "text/csv"), filters)
        },
        "/organisations.json": {
            "get": _get("search", "search_organisations", "Search organisations", _ok(organisations),
                        [_query("q", "a company number, or words of a name", required=True)])
        },
    }  # fmt: skip


def _service_paths() -> Json:
    queries = {"type": "string", "description": "JSON: key to {query, limit, properties: [{pid, v}]}"}
    body = {
        "queries": queries,
        "extend": {"type": "string", "description": "JSON: {ids, properties: [{id}]}"},
    }
    post = _get(
        "services",
        "reconcile_queries",
        "Names to organisations",
        {
            "200": _ok(_ANY)["200"],
            "400": {"description": "No query of this service."},
            "413": {"description": "The form is too large."},
            "415": {"description": "The body is no form."},
        },
        words=f"Reconciliation Service API 0.2; at most {MAX_QUERIES} queries a request. Nothing is stored.",
    ) | {
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": body}}
            }
        }
    }
    check = {
        "text": {"type": "string", "description": "CSV or one name a line"},
        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX instead of text"},
        "format": {"const": "csv"},
    }
    listed = _get(
        "services",
        "check",
        "Check a list of suppliers",
        {
            "200": _ok({"type": "string"}, "text/csv")["200"],
            "400": {"description": "The list could not be read."},
            "413": {"description": "The list is too large."},
            "415": {"description": "The body is no form."},
        },
        words=f"At most {MAX_SUPPLIERS:,} suppliers. Nothing is stored. Without format=csv the answer is a "
        "page.",
    ) | {
        "requestBody": {
            "content": {"multipart/form-data": {"schema": {"type": "object", "properties": check}}}
        }
    }
    return {
        "/reconcile": {
            "get": _get("services", "reconcile_manifest", "What the service is", {"200": _ok(_ANY)["200"]}),
            "post": post,
        },
        "/reconcile/suggest/entity": {
            "get": _get("services", "reconcile_suggest", "Names that begin so", {"200": _ok(_ANY)["200"]},
                        [_query("prefix", "the beginning of a name", required=True)])
        },
        "/reconcile/properties": {
            "get": _get("services", "reconcile_properties", "What can be added to a name",
            {"200": _ok(_ANY)["200"]})
        },
        "/check": {"post": listed},
    }  # fmt: skip


def _file_paths(site: SiteFacts) -> Json:
    text = {"type": "string"}
    paths = {
        "/sitemap.xml": ("sitemap", "Addresses of all pages", _ok(text, "application/xml")),
        "/robots.txt": ("robots", "What crawlers are asked to leave", _ok(text, "text/plain")),
        "/llms.txt": ("llms", "What this is, for language models", _ok(text, "text/plain")),
        "/openapi.json": ("openapi", "This description", _ok(_ANY)),
    }
    described: Json = {path: {"get": _get("files", *words)} for path, words in paths.items()}
    if site.downloads is not None:
        names = [file.name for file in site.downloads.files] + [
            "datapackage.json",
            "README.txt",
            "SHA256SUMS",
        ]
        date = _path(
            "date", "of the publication, or latest", {"type": "string", "examples": [site.downloads.date]}
        )
        described["/downloads/{date}/{name}"] = {
            "get": _get("files", "download", "One file of the bulk downloads",
                        _or_none(_ok({"type": "string", "format": "binary"}, "application/octet-stream")
                                 | {"302": {"description": "latest leads to the newest date."}}),
                        [date, _path("name", "the file", {"enum": names})])
        }  # fmt: skip
    return described
