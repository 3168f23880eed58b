"""Views of the working database: its public interface, made anew where their SQL has changed.

The pending_* views are the work lists of the stages: a document is pending while it has no text of the
extractor version in `current_versions`, a text while it has no assessment of the rubric and model named
there.
"""

from __future__ import annotations

VIEWS = {
    "pending_documents": """
        select d.sha256, d.content_type, d.bytes, d.warc_file, d.warc_offset
        from documents d
        where not exists (
          select 1 from texts t join current_versions v on v.stage = 'extractor'
            and v.version = t.extractor_version
          where t.sha256 = d.sha256)
          and d.sha256 not in (select sha256 from tombstones)
        order by d.first_seen, d.sha256
    """,
    "pending_texts": """
        select t.sha256, t.extractor_version, t.pages, t.pages_read, t.low_confidence, t.language,
          t.error_kind, t.metadata
        from texts t
        join current_versions e on e.stage = 'extractor' and e.version = t.extractor_version
        where not exists (
          select 1 from assessments a
          join current_versions r on r.stage = 'rubric' and r.version = a.rubric || ' ' || a.ruleset
          join current_versions m on m.stage = 'model' and m.version = a.model
          where a.sha256 = t.sha256 and a.extractor_version = t.extractor_version)
        order by t.extracted_at, t.sha256
    """,
    # The newest assessment of each document: by the current versions once they have run, until then the last
    # one.
    "latest_assessments": """
        select a.* from assessments a
        where a.id = (select max(b.id) from assessments b where b.sha256 = a.sha256)
    """,
    "latest_visits": """
        select v.* from visits v
        where v.id = (select max(w.id) from visits w where w.organisation_id = v.organisation_id)
    """,
    # The home page is looked at by the spiders that start there; a registry visit says nothing of it.
    "latest_home_links": """
        select v.* from visits v
        where v.id = (
          select max(w.id) from visits w
          where w.organisation_id = v.organisation_id and w.spider <> 'registry' and w.home_url is not null)
    """,
    # One row per organisation and document that reads as a statement, or that was filed as one in the
    # registry. Address and TLS are those of the last fetch: SQLite takes columns beside a single max() from
    # the row that has it, so that there may be no second min() or max() here.
    "statements": """
        select s.organisation_id, s.sha256, s.url, s.final_url, (
            select min(f.fetched_at) from snapshots f where f.sha256 = s.sha256
              and f.organisation_id = s.organisation_id
          ) as first_fetched_at, max(s.fetched_at) as last_fetched_at,
          group_concat(distinct s.found_by) as found_by, s.tls,
          a.id as assessment_id, a.kind, a.statement_probability, a.period_start, a.period_end,
          a.covered, a.of_areas, a.rubric, a.ruleset, a.model, a.assessed_at,
          t.method, t.pages, t.pages_read, t.low_confidence, t.words, t.language, t.title, t.error_kind,
            t.error_message,
          t.warnings as text_warnings, a.warnings as assessment_warnings, t.extractor_version
        from snapshots s
        join latest_assessments a on a.sha256 = s.sha256
        join texts t on t.sha256 = a.sha256 and t.extractor_version = a.extractor_version
        where a.kind = 'statement' or (a.kind = 'annual_report' and a.statement_probability >= 0.5)
          or (s.found_by in ('registry', 'filed') and a.kind in ('policy', 'other_regime', 'unreadable'))
        group by s.organisation_id, s.sha256
    """,
    # Who is covered by a statement filed in the registry, each with the document that was fetched from its
    # addresses.
    "covered_by": """
        select distinct l.organisation_id, l.name, l.parent, r.organisation_id as filed_by, r.registry_year,
          r.summary_url, r.period_start, r.period_end, s.sha256
        from listings l
        join registry_statements r on r.summary_url = l.summary_url
        left join snapshots s on s.organisation_id = r.organisation_id
          and s.url in (r.statement_url, r.pdf_url)
    """,
    "declared_and_found": """
        select r.organisation_id, r.registry_year, r.summary_url, d.area, d.answer as declared,
          d.reason as declared_reason,
          x.level as found, x.reason as found_reason, a.sha256
        from registry_statements r
        join declared_answers d on d.summary_url = r.summary_url
        join snapshots s on s.organisation_id = r.organisation_id and s.url in (r.statement_url, r.pdf_url)
        join latest_assessments a on a.sha256 = s.sha256
        join area_results x on x.assessment_id = a.id and x.area = d.area
        group by r.summary_url, d.area, a.sha256
    """,
}
