"""The schema of the working database, as numbered steps: append only, never edit one that has landed.

Times are UTC, ISO 8601 with a Z; dates are ISO 8601; JSON columns hold arrays or objects. The public
interface are the views of db/views.py; every column is described in docs/data-dictionary.md, which a test
compares with this.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler.addresses import normal_address

migrations = Migrations("section54")


def _run(db: Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m001_organisations_and_registry(db: Database) -> None:
    _run(
        db,
        """
        create table runs (
          id text primary key,
          command text not null,
          started_at text not null,
          finished_at text,
          finish_reason text,
          report text
        ) strict;

        create table organisations (
          id text primary key,
          name text not null,
          company_number text,
          kind text,
          sector_type text,
          website text,
          source text not null,
          source_date text,
          first_seen text not null,
          last_seen text not null
        ) strict;
        create unique index organisations_company_number on organisations (company_number)
          where company_number is not null;

        create table organisation_names (
          organisation_id text not null references organisations (id),
          name text not null,
          kind text not null,
          source text not null,
          first_seen text not null,
          last_seen text not null,
          primary key (organisation_id, name, kind)
        ) strict, without rowid;

        create table registry_files (
          sha256 text primary key,
          name text not null,
          loaded_at text not null,
          registry_years text not null,
          listings integer not null,
          statements integer not null,
          rejected text not null,
          unknown_columns text not null
        ) strict;

        create table registry_statements (
          summary_url text primary key,
          registry_year integer not null,
          organisation_id text not null references organisations (id),
          statement_url text,
          pdf_url text,
          period_start text,
          period_end text,
          date_approved text,
          last_updated text,
          approver text,
          email text,
          turnover text,
          sectors text not null,
          years_producing text,
          group_submission integer,
          details text not null,
          registry_file text not null references registry_files (sha256),
          first_seen text not null,
          last_seen text not null
        ) strict;
        create index registry_statements_organisation on registry_statements (organisation_id);

        create table declared_answers (
          summary_url text not null references registry_statements (summary_url),
          area text not null,
          answer integer,
          reason text,
          primary key (summary_url, area)
        ) strict, without rowid;

        create table listings (
          id integer primary key,
          summary_url text not null references registry_statements (summary_url),
          organisation_id text not null references organisations (id),
          name text not null,
          parent text,
          company_number_raw text not null,
          address text,
          sector_type text,
          registry_file text not null references registry_files (sha256),
          file_row integer not null,
          first_seen text not null,
          last_seen text not null,
          unique (summary_url, organisation_id, name)
        ) strict;
        create index listings_organisation on listings (organisation_id);
        """,
    )


@migrations()
def m002_crawl(db: Database) -> None:
    _run(
        db,
        """
        create table visits (
          id integer primary key,
          run_id text not null references runs (id),
          spider text not null,
          organisation_id text not null references organisations (id),
          outcome text not null,
          home_link text not null,
          home_url text,
          home_sha256 text,
          home_link_url text,
          home_link_anchor text,
          home_link_region text,
          requests integer not null,
          notes text not null,
          started_at text not null,
          finished_at text not null
        ) strict;
        create index visits_organisation on visits (organisation_id, finished_at);

        create table documents (
          sha256 text primary key,
          content_type text not null,
          bytes integer not null,
          warc_file text,
          warc_offset integer,
          first_seen text not null,
          last_seen text not null
        ) strict;

        create table snapshots (
          id integer primary key,
          visit_id integer not null references visits (id),
          organisation_id text not null references organisations (id),
          sha256 text not null references documents (sha256),
          url text not null,
          final_url text not null,
          fetched_at text not null,
          status integer not null,
          found_by text not null,
          found_on text,
          anchor text,
          etag text,
          last_modified text,
          redirects text not null,
          tls text not null,
          warc_file text,
          warc_offset integer,
          not_modified integer not null,
          probability real
        ) strict;
        create index snapshots_organisation on snapshots (organisation_id);
        create index snapshots_sha256 on snapshots (sha256);
        create index snapshots_url on snapshots (url, fetched_at);

        create table attempts (
          id integer primary key,
          visit_id integer not null references visits (id),
          organisation_id text not null references organisations (id),
          url text not null,
          reason text not null,
          detail text not null,
          attempted_at text not null,
          status integer,
          found_by text not null,
          warc_file text,
          warc_offset integer
        ) strict;
        create index attempts_organisation on attempts (organisation_id, attempted_at);

        create table leases (
          name text primary key,
          holder text not null,
          expires_at text not null
        ) strict;
        """,
    )


@migrations()
def m003_texts_and_assessments(db: Database) -> None:
    _run(
        db,
        """
        create table current_versions (
          stage text primary key,
          version text not null
        ) strict;

        create table texts (
          sha256 text not null references documents (sha256),
          extractor_version text not null,
          content_type text not null,
          method text not null,
          pages integer not null,
          pages_read text not null,
          low_confidence integer not null,
          words integer not null,
          language text,
          title text,
          metadata text not null,
          warnings text not null,
          error_kind text,
          error_message text,
          extracted_at text not null,
          primary key (sha256, extractor_version)
        ) strict, without rowid;

        create table sentences (
          id integer primary key,
          sha256 text not null references documents (sha256),
          extractor_version text not null,
          position integer not null,
          text text not null,
          page integer not null,
          heading text,
          kind text not null,
          source text not null,
          confidence real,
          boxes text not null,
          unique (sha256, extractor_version, position)
        ) strict;

        create table assessments (
          id integer primary key,
          sha256 text not null references documents (sha256),
          extractor_version text not null,
          rubric text not null,
          ruleset text not null,
          model text not null,
          kind text not null,
          statement_probability real not null,
          period_start text,
          period_end text,
          covered integer not null,
          of_areas integer not null,
          warnings text not null,
          assessed_at text not null,
          unique (sha256, extractor_version, rubric, model)
        ) strict;

        create table area_results (
          assessment_id integer not null references assessments (id) on delete cascade,
          area text not null,
          level text not null,
          probability real not null,
          reason text not null,
          primary key (assessment_id, area)
        ) strict, without rowid;

        create table checks (
          assessment_id integer not null references assessments (id) on delete cascade,
          check_id text not null,
          value text not null,
          reason text not null,
          detail text,
          primary key (assessment_id, check_id)
        ) strict, without rowid;

        create table evidence (
          id integer primary key,
          assessment_id integer not null references assessments (id) on delete cascade,
          finding text not null,
          sentence_id integer not null references sentences (id),
          probability real not null,
          criteria text not null,
          status text not null,
          specific integer not null,
          because text not null,
          unique (assessment_id, finding, sentence_id)
        ) strict;
        """,
    )


@migrations()
def m004_events(db: Database) -> None:
    _run(
        db,
        """
        create table events (
          id integer primary key,
          organisation_id text not null references organisations (id),
          kind text not null,
          happened_at text not null,
          noticed_at text not null,
          visit_id integer references visits (id),
          url text,
          sha256 text,
          previous_url text,
          previous_sha256 text,
          similarity real,
          period_end text,
          due_on text,
          detail text not null
        ) strict;
        create index events_organisation on events (organisation_id, noticed_at);
        create index events_noticed on events (noticed_at);
        create unique index events_due on events (organisation_id, kind, due_on) where due_on is not null;

        alter table visits add column compared_at text;
        create index visits_run on visits (run_id, organisation_id);

        alter table runs add column scope text;

        create table tombstones (
          sha256 text primary key,
          forgotten_at text not null,
          reason text not null,
          bytes integer not null,
          content_type text not null,
          urls text not null
        ) strict;
        """,
    )


@migrations()
def m005_leases_end_with_their_process(db: Database) -> None:
    _run(
        db,
        """
        drop table leases;

        create table leases (
          name text primary key,
          holder text not null,
          started_at text not null
        ) strict;
        """,
    )


@migrations()
def m006_withdrawn_registry_entries(db: Database) -> None:
    """When a load first showed that the registry lists the organisation there no longer; empty while it
    does.
    """
    db.execute("alter table listings add column withdrawn_at text")


@migrations()
def m007_text_signatures(db: Database) -> None:
    _run(
        db,
        """
        create table text_signatures (
          sha256 text not null references documents (sha256),
          extractor_version text not null,
          signature blob not null,
          primary key (sha256, extractor_version)
        ) strict, without rowid;
        create index events_shared on events (previous_sha256) where kind = 'shared_text';
        """,
    )


@migrations()
def m008_filed_addresses_as_they_are_fetched(db: Database) -> None:
    """The registry's addresses as the crawler writes them, so that what was fetched from them is known to be
    filed.
    """
    for column in ("statement_url", "pdf_url"):
        rows = db.execute(f"select summary_url, {column} from registry_statements where {column} is not null")  # noqa: S608
        changed = [(normal_address(url), key) for key, url in rows.fetchall() if normal_address(url) != url]
        for row in changed:
            db.execute(f"update registry_statements set {column} = ? where summary_url = ?", row)  # noqa: S608
