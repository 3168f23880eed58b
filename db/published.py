"""The schema of the published file, and the SQL that fills it from the working database (attached as `work`).

Read-only once built, so: keys and indexes for the questions that the pages ask, FTS5 for the two searches,
summary tables for what would else scan everything. evidence.search_tags are words that no text holds, so that
a search can be narrowed in the search index itself; they are worked out, not stored. Rows of statements are
inserted oldest first: newer statements have higher rowids, and so have their sentences, which lets a search
stop at the newest matches.
"""

from __future__ import annotations

SCHEMA = """
    create table meta (
      key text primary key,
      value text not null
    ) strict, without rowid;

    create table areas (
      id text primary key,
      position integer not null,
      provision text not null,
      title text not null,
      question text not null,
      law text not null,
      guidance text not null,
      voluntary text not null,
      counts text not null,
      does_not_count text not null
    ) strict, without rowid;

    create table levels (
      id text primary key,
      position integer not null,
      meaning text not null
    ) strict, without rowid;

    create table check_rules (
      id text primary key,
      position integer not null,
      layer text not null,
      provision text not null,
      title text not null,
      question text not null,
      rule text not null
    ) strict, without rowid;

    create table rulesets (
      id text primary key,
      title text not null,
      status text not null,
      applies_from text,
      note text not null
    ) strict, without rowid;

    create table model_accuracy (
      kind text not null,
      item text not null,
      measure text not null,
      value real not null,
      primary key (kind, item, measure)
    ) strict, without rowid;

    create table organisations (
      id text primary key,
      name text not null,
      company_number text,
      kind text,
      sector_type text,
      website text,
      source text not null,
      statements integer not null default 0,
      latest_statement_id text references statements (id),
      latest_period_end text,
      listings integer not null default 0,
      visited_at text,
      visit_outcome text,
      requests integer,
      search_names text not null
    ) strict;

    create table organisation_names (
      organisation_id text not null references organisations (id),
      name text not null,
      kind text not null,
      primary key (organisation_id, name, kind)
    ) strict, without rowid;

    create table statements (
      id text primary key,
      organisation_id text not null references organisations (id),
      url text,
      final_url text,
      sha256 text not null,
      content_type text not null,
      bytes integer not null,
      first_fetched_at text not null,
      last_fetched_at text not null,
      found_by text not null,
      tls text not null,
      kind text not null,
      statement_probability real not null,
      period_start text,
      period_end text,
      period_source text,
      year integer,
      covered integer not null,
      of_areas integer not null,
      method text not null,
      pages integer not null,
      pages_read integer not null,
      pages_unread text not null,
      low_confidence integer not null,
      words integer not null,
      language text,
      error text,
      warnings text not null,
      rubric text not null,
      ruleset text not null,
      model text not null,
      extractor_version text not null,
      assessed_at text not null
    ) strict;

    create table area_results (
      statement_id text not null references statements (id),
      area text not null references areas (id),
      level text not null references levels (id),
      probability real not null,
      reason text not null,
      primary key (statement_id, area)
    ) strict, without rowid;

    create table checks (
      statement_id text not null references statements (id),
      check_id text not null,
      value text not null,
      detail text,
      reason text not null,
      primary key (statement_id, check_id)
    ) strict, without rowid;

    create table evidence (
      id integer primary key,
      statement_id text not null references statements (id),
      finding text not null,
      quotation text not null,
      page integer,
      heading text,
      status text not null,
      probability real,
      criteria text not null,
      specific integer not null,
      because text not null,
      position integer not null,
      boxes text not null,
      source text not null,
      confidence real,
      year integer,
      search_tags text generated always as (
        'finding_' || replace(finding, ':', '_') || ' status_' || status || ' year_' || coalesce(year,
          'unknown')
        || coalesce(replace(replace(replace(nullif(criteria, '[]'), '["', ' criterion_'), '", "',
          ' criterion_'),
          '"]', ''), '')
      ) virtual
    ) strict;

    create table snapshots (
      id integer primary key,
      statement_id text not null references statements (id),
      url text,
      final_url text,
      fetched_at text not null,
      found_by text not null,
      found_on text,
      status integer not null,
      tls text not null,
      not_modified integer not null
    ) strict;

    create table registry_files (
      sha256 text primary key,
      name text not null,
      loaded_at text not null,
      registry_years text not null,
      listings integer not null,
      statements integer not null
    ) strict, without rowid;

    create table registry_statements (
      summary_url text primary key,
      organisation_id text not null references organisations (id),
      registry_year integer not null,
      statement_url text,
      pdf_url text,
      period_start text,
      period_end text,
      date_approved text,
      last_updated text,
      turnover text,
      sectors text not null,
      years_producing text,
      group_submission integer
    ) strict;

    create table declared_answers (
      summary_url text not null references registry_statements (summary_url),
      area text not null references areas (id),
      answer text not null,
      reason text,
      primary key (summary_url, area)
    ) strict, without rowid;

    create table listings (
      id integer primary key,
      summary_url text not null references registry_statements (summary_url),
      organisation_id text not null references organisations (id),
      registry_year integer not null,
      name text not null,
      parent text,
      sector_type text,
      company_number_raw text not null
    ) strict;

    create table statement_organisations (
      id integer primary key,
      organisation_id text not null references organisations (id),
      statement_id text references statements (id),
      filed_by text references organisations (id),
      how text not null,
      name text not null,
      parent text,
      registry_year integer,
      summary_url text references registry_statements (summary_url),
      same_period text not null
    ) strict;

    create table statement_copies (
      id text primary key,
      statement_id text not null references statements (id),
      organisation_id text not null references organisations (id)
    ) strict, without rowid;

    create table declared_and_found (
      summary_url text not null references registry_statements (summary_url),
      area text not null references areas (id),
      statement_id text not null references statements (id),
      organisation_id text not null references organisations (id),
      registry_year integer not null,
      declared text not null,
      declared_reason text,
      found text not null,
      found_reason text not null,
      same_period text not null,
      primary key (summary_url, area, statement_id)
    ) strict, without rowid;

    create table home_links (
      organisation_id text primary key references organisations (id),
      home_link text not null,
      home_url text,
      link_url text,
      link_text text,
      region text,
      checked_at text not null
    ) strict, without rowid;

    create table attempt_counts (
      organisation_id text not null references organisations (id),
      reason text not null,
      attempts integer not null,
      first_at text not null,
      last_at text not null,
      primary key (organisation_id, reason)
    ) strict, without rowid;

    create table events (
      id text primary key,
      organisation_id text not null references organisations (id),
      kind text not null,
      happened_at text not null,
      noticed_at text not null,
      statement_id text references statements (id),
      previous_statement_id text references statements (id),
      url text,
      previous_url text,
      similarity real,
      period_end text,
      detail text not null
    ) strict;

    create table sectors (
      id text primary key,
      name text not null,
      organisations integer not null default 0,
      statements integer not null default 0
    ) strict, without rowid;

    create table organisation_sectors (
      organisation_id text not null references organisations (id),
      sector_id text not null references sectors (id),
      primary key (sector_id, organisation_id)
    ) strict, without rowid;

    create table area_summary (
      year integer not null,
      area text not null references areas (id),
      level text not null,
      statements integer not null,
      primary key (year, area, level)
    ) strict, without rowid;

    create table declared_summary (
      registry_year integer not null,
      area text not null references areas (id),
      declared text not null,
      found text not null,
      comparisons integer not null,
      primary key (registry_year, area, declared, found)
    ) strict, without rowid;

    create table coverage_summary (
      year integer not null,
      covered integer not null,
      of_areas integer not null,
      statements integer not null,
      primary key (year, covered, of_areas)
    ) strict, without rowid;

    create table sector_area_summary (
      sector_id text not null references sectors (id),
      year integer not null,
      area text not null references areas (id),
      level text not null,
      statements integer not null,
      primary key (sector_id, year, area, level)
    ) strict, without rowid;

    create table sector_declared_summary (
      sector_id text not null references sectors (id),
      registry_year integer not null,
      area text not null references areas (id),
      declared text not null,
      found text not null,
      comparisons integer not null,
      primary key (sector_id, registry_year, area, declared, found)
    ) strict, without rowid;

    create table sector_coverage_summary (
      sector_id text not null references sectors (id),
      year integer not null,
      covered integer not null,
      of_areas integer not null,
      statements integer not null,
      primary key (sector_id, year, covered, of_areas)
    ) strict, without rowid;
"""

# The documents that one registry entry led to: at its own addresses, or linked from the page there
# (found_on).
_FILED = """
    create temp table filed as
    select r.summary_url, r.organisation_id, s.id as statement_id,
      max(case
        when x.url = r.pdf_url then 'yes'
        when s.period_source = 'document' and r.period_end is not null
          then iif(s.period_end = r.period_end, 'yes', 'no')
        else 'not_known'
      end) as same_period  -- the alphabet is the order: no, not_known, yes
    from work.registry_statements r
    join statements s on s.organisation_id = r.organisation_id
    join work.snapshots x on x.organisation_id = s.organisation_id and x.sha256 = s.sha256
      and (x.url in (r.statement_url, r.pdf_url) or x.found_on in (r.statement_url, r.pdf_url))
    group by r.summary_url, s.id
"""

# Left out: expectations of the calendar are no changes; a site out of reach says nothing of its organisation;
# that two texts are alike needs a person's eye.
_PUBLIC_EVENTS = (
    "'new', 'new_year', 'revised', 'cosmetic', 'replaced', 'moved', 'removed', 'found_again', "
    "'home_link_changed', 'registry_new', "
    "'registry_changed', 'registry_withdrawn'"
)

# Evidence of approval or signature: there any name is probably a person's.
_SIGNATORY = """(e.finding in ('check:approved', 'check:signed')
        or instr(e.criteria, '"expert_approval"') or instr(e.criteria, '"expert_signature"'))"""

FILL = (
    # Organisations: those with a statement, a registry row, or on the list of public bodies. One that is
    # known from a seed list alone is left out: a buyer's list is private, and nothing was found that could be
    # shown.
    """
    insert into organisations (id, name, company_number, kind, sector_type, website, source, search_names)
    select o.id, clean(o.name), o.company_number, clean(o.kind), clean(o.sector_type), clean_url(o.website),
      clean(o.source), ''
    from work.organisations o
    where o.source = 'public_bodies' or o.kind is not null
      or exists (select 1 from work.listings l where l.organisation_id = o.id)
      or exists (select 1 from work.registry_statements r where r.organisation_id = o.id)
      or exists (select 1 from temp.work_statements s where s.organisation_id = o.id)
      or exists (select 1 from temp.copies c where c.organisation_id = o.id)
    order by o.name, o.id
    """,
    """
    insert or ignore into organisation_names
    select n.organisation_id, clean(n.name), n.kind
    from work.organisation_names n join organisations o on o.id = n.organisation_id
    """,
    """
    update organisations set search_names = (
      select group_concat(distinct searchable(n.name)) from organisation_names n
        where n.organisation_id = organisations.id)
    where exists (select 1 from organisation_names n where n.organisation_id = organisations.id)
    """,
    # Statements, oldest first. The period in the document goes before the one that was filed.
    """
    insert into statements
    select statement_id(s.sha256, s.organisation_id), s.organisation_id, clean_url(x.url),
      clean_url(x.final_url),
      s.sha256, d.content_type, d.bytes, s.first_fetched_at, s.last_fetched_at, s.found_by, s.tls, s.kind,
      s.statement_probability,
      iif(s.period_end is null, f.period_start, s.period_start) as period_start,
      coalesce(s.period_end, f.period_end) as period_end,
      case when s.period_end is not null then 'document' when f.period_end is not null then 'registry' end,
      cast(substr(coalesce(s.period_end, f.period_end), 1, 4) as integer),
      s.covered, s.of_areas, s.method, s.pages, json_array_length(s.pages_read),
      pages_unread(s.pages, s.pages_read), s.low_confidence, s.words, s.language, clean(s.error_message),
      warnings(s.text_warnings, s.assessment_warnings), s.rubric, s.ruleset, s.model, s.extractor_version,
      s.assessed_at
    from temp.work_statements s
    join work.documents d on d.sha256 = s.sha256
    join work.snapshots x on x.id = (
      select max(y.id) from work.snapshots y where y.organisation_id = s.organisation_id
        and y.sha256 = s.sha256)
    left join temp.filed_periods f on f.organisation_id = s.organisation_id and f.sha256 = s.sha256
    order by coalesce(s.period_end, f.period_end, substr(s.first_fetched_at, 1, 10)), s.first_fetched_at, 1
    """,
    "create index statements_organisation on statements (organisation_id, period_end)",
    "create index statements_year on statements (year, covered)",
    "create index statements_period_end on statements (period_end)",
    "create index statements_sha256 on statements (sha256)",
    "create index statements_kind on statements (kind)",
    "create index statements_method on statements (method)",
    """
    insert into area_results
    select s.id, r.area, r.level, r.probability, clean(r.reason)
    from statements s
    join temp.work_statements w on w.organisation_id = s.organisation_id and w.sha256 = s.sha256
    join work.area_results r on r.assessment_id = w.assessment_id
    """,
    "create index area_results_area on area_results (area, level)",
    """
    insert into checks
    select s.id, c.check_id, c.value, clean(c.detail), clean(c.reason)
    from statements s
    join temp.work_statements w on w.organisation_id = s.organisation_id and w.sha256 = s.sha256
    join work.checks c on c.assessment_id = w.assessment_id
    """,
    "create index checks_value on checks (check_id, value)",
    # cross join: keep this order of the loops, so that sentences of newer statements get higher ids without a
    # sort. The words behind a decision on approval or signature may be parts of a name: they are left out.
    f"""
    insert into evidence (statement_id, finding, quotation, page, heading, status, probability, criteria,
      specific,
      because, position, boxes, source, confidence, year)
    select s.id, e.finding, iif({_SIGNATORY}, signatory(q.text, o.name), quotation(q.text)),
      iif(s.method in ('html', 'docx'), null, q.page),
      iif({_SIGNATORY}, signatory(q.heading, o.name), heading(q.heading)), e.status,
        iif(e.criteria = '[]', null, e.probability), e.criteria, e.specific,
      iif({_SIGNATORY}, '[]', e.because), q.position, q.boxes, q.source, q.confidence, s.year
    from statements s
    cross join organisations o on o.id = s.organisation_id
    cross join temp.work_statements w on w.organisation_id = s.organisation_id and w.sha256 = s.sha256
    cross join work.evidence e on e.assessment_id = w.assessment_id
    cross join work.sentences q on q.id = e.sentence_id
    order by s.rowid
    """,  # noqa: S608 - our own text
    "create index evidence_statement on evidence (statement_id, position)",
    """
    insert into snapshots
    select x.id, s.id, clean_url(x.url), clean_url(x.final_url), x.fetched_at, x.found_by,
      clean_url(x.found_on),
      x.status, x.tls, x.not_modified
    from statements s join work.snapshots x on x.organisation_id = s.organisation_id and x.sha256 = s.sha256
    union all
    select x.id, statement_id(c.sha256, c.made_by), clean_url(x.url), clean_url(x.final_url), x.fetched_at,
      x.found_by,
      clean_url(x.found_on), x.status, x.tls, x.not_modified
    from temp.copies c join work.snapshots x on x.organisation_id = c.organisation_id and x.sha256 = c.sha256
    order by 1
    """,
    "create index snapshots_statement on snapshots (statement_id)",
    """
    insert into registry_files
    select sha256, clean(name), loaded_at, registry_years, listings, statements from work.registry_files
    """,
    """
    insert into registry_statements
    select r.summary_url, r.organisation_id, r.registry_year, clean_url(r.statement_url),
      clean_url(r.pdf_url),
      r.period_start, r.period_end, r.date_approved, r.last_updated, clean(r.turnover), clean(r.sectors),
      clean(r.years_producing), r.group_submission
    from work.registry_statements r
    order by r.registry_year, r.summary_url
    """,
    "create index registry_statements_organisation on registry_statements (organisation_id, registry_year)",
    """
    insert into declared_answers
    select d.summary_url, d.area, case d.answer when 1 then 'yes' when 0 then 'no' else 'not_answered' end,
      clean(d.reason)
    from work.declared_answers d
    """,
    """
    insert into listings
    select l.id, l.summary_url, l.organisation_id, r.registry_year, clean(l.name), clean(l.parent),
      clean(l.sector_type),
      clean(l.company_number_raw)
    from work.listings l join work.registry_statements r on r.summary_url = l.summary_url
    order by l.id
    """,
    "create index listings_organisation on listings (organisation_id, registry_year)",
    "create index listings_summary_url on listings (summary_url)",
    _FILED,
    """
    insert into statement_organisations
      (organisation_id, statement_id, filed_by, how, name, parent, registry_year, summary_url, same_period)
    select s.organisation_id, s.id, null, 'own', o.name, null, null, null, 'yes'
    from statements s join organisations o on o.id = s.organisation_id
    union all
    select l.organisation_id, f.statement_id, r.organisation_id, 'named_in_registry', l.name, l.parent,
      l.registry_year, l.summary_url, coalesce(f.same_period, 'not_known')
    from listings l
    join registry_statements r on r.summary_url = l.summary_url and r.organisation_id <> l.organisation_id
    left join temp.filed f on f.summary_url = r.summary_url
    union all
    select c.organisation_id, statement_id(c.sha256, c.made_by), c.made_by, c.how, o.name, null, null, null,
      'yes'
    from temp.copies c join organisations o on o.id = c.organisation_id
    order by 2, 1, 8
    """,
    """
    insert into statement_copies
    select statement_id(sha256, organisation_id), statement_id(sha256, made_by), organisation_id
      from temp.copies
    """,
    "create index statement_organisations_organisation on statement_organisations (organisation_id)",
    "create index statement_organisations_statement on statement_organisations (statement_id)",
    """
    insert into declared_and_found
    select d.summary_url, d.area, f.statement_id, f.organisation_id, r.registry_year, d.answer, d.reason,
      a.level,
      a.reason, f.same_period
    from temp.filed f
    join registry_statements r on r.summary_url = f.summary_url
    join declared_answers d on d.summary_url = f.summary_url
    join area_results a on a.statement_id = f.statement_id and a.area = d.area
    """,
    "create index declared_and_found_organisation on declared_and_found (organisation_id)",
    "create index declared_and_found_statement on declared_and_found (statement_id)",
    "create index declared_and_found_declared on declared_and_found (declared, found)",
    """
    insert into home_links
    select h.organisation_id, h.home_link, clean_url(h.home_url), clean_url(h.home_link_url),
      clean(h.home_link_anchor), h.home_link_region, h.finished_at
    from work.latest_home_links h join organisations o on o.id = h.organisation_id
    """,
    # Of the newest visit only: what was tried long ago says nothing of today.
    """
    insert into attempt_counts
    select a.organisation_id, a.reason, count(*), min(a.attempted_at), max(a.attempted_at)
    from work.latest_visits v
    join organisations o on o.id = v.organisation_id
    join work.attempts a on a.organisation_id = v.organisation_id and a.visit_id = v.id
    group by a.organisation_id, a.reason
    """,
    """
    update organisations set visited_at = v.finished_at, visit_outcome = v.outcome, requests = v.requests
    from work.latest_visits v where v.organisation_id = organisations.id
    """,
    """
    update organisations set
      statements = (select count(*) from statements s where s.organisation_id = organisations.id),
      listings = (select count(*) from listings l where l.organisation_id = organisations.id),
      (latest_statement_id, latest_period_end) = (
        select s.id, s.period_end from statements s where s.organisation_id = organisations.id
        order by s.period_end is null, s.period_end desc, s.rowid desc limit 1)
    """,
    """
    insert into area_summary
    select s.year, a.area, a.level, count(*)
    from statements s join area_results a on a.statement_id = s.id
    where s.year is not null
    group by s.year, a.area, a.level
    """,
    """
    insert into declared_summary
    select registry_year, area, declared, found, count(*)
    from declared_and_found where same_period <> 'no'
    group by registry_year, area, declared, found
    """,
    """
    insert into coverage_summary
    select year, covered, of_areas, count(*) from statements where year is not null group by 1, 2, 3
    """,
    """
    insert into sectors (id, name)
    select sector_id(value), min(value) from registry_statements, json_each(sectors)
    where sector_id(value) <> '' group by 1
    """,
    # The newest entry that an organisation filed says what it does; else the newest that names it.
    """
    insert or ignore into organisation_sectors
    with entries as (
      select organisation_id, registry_year, summary_url, 1 as filed from registry_statements
      union
      select organisation_id, registry_year, summary_url, 0 from listings),
    ranked as (
      select organisation_id, summary_url,
        row_number() over (partition by organisation_id order by filed desc, registry_year desc,
          summary_url) as place
      from entries)
    select e.organisation_id, sector_id(j.value)
    from ranked e join registry_statements r on r.summary_url = e.summary_url, json_each(r.sectors) j
    where e.place = 1 and sector_id(j.value) <> ''
    """,
    "create index organisation_sectors_organisation on organisation_sectors (organisation_id)",
    """
    update sectors set organisations = n.organisations, statements = n.statements
    from (
      select c.sector_id, count(*) as organisations, sum(o.statements) as statements
      from organisation_sectors c join organisations o on o.id = c.organisation_id group by c.sector_id) n
    where n.sector_id = sectors.id
    """,
    """
    insert into sector_area_summary
    select c.sector_id, s.year, a.area, a.level, count(*)
    from statements s
    join organisation_sectors c on c.organisation_id = s.organisation_id
    join area_results a on a.statement_id = s.id
    where s.year is not null
    group by 1, 2, 3, 4
    """,
    """
    insert into sector_declared_summary
    select c.sector_id, d.registry_year, d.area, d.declared, d.found, count(*)
    from declared_and_found d join organisation_sectors c on c.organisation_id = d.organisation_id
    where d.same_period <> 'no'
    group by 1, 2, 3, 4, 5
    """,
    """
    insert into sector_coverage_summary
    select c.sector_id, s.year, s.covered, s.of_areas, count(*)
    from statements s join organisation_sectors c on c.organisation_id = s.organisation_id
    where s.year is not null
    group by 1, 2, 3, 4
    """,
    # Oldest first, so that a page of the newest needs no sort.
    f"""
    insert or ignore into events
    select event_id(e.organisation_id, e.kind, e.happened_at, e.url, coalesce(e.sha256, e.previous_sha256)),
      e.organisation_id, e.kind, e.happened_at, e.noticed_at, coalesce(s.id, sc.statement_id),
        coalesce(p.id, pc.statement_id),
      clean_url(e.url), clean_url(e.previous_url), e.similarity, e.period_end, clean(e.detail)
    from work.events e
    join organisations o on o.id = e.organisation_id
    left join statements s on s.sha256 = e.sha256 and s.organisation_id = e.organisation_id
    left join statements p on p.sha256 = e.previous_sha256 and p.organisation_id = e.organisation_id
    left join statement_copies sc on sc.id = statement_id(e.sha256, e.organisation_id)
    left join statement_copies pc on pc.id = statement_id(e.previous_sha256, e.organisation_id)
    where e.kind in ({_PUBLIC_EVENTS})
    order by e.noticed_at, e.id
    """,  # noqa: S608 - our own words
    "create index events_organisation on events (organisation_id)",
    "create index events_kind on events (kind)",
    "create index events_statement on events (statement_id)",
    "create index events_previous_statement on events (previous_statement_id)",
    "create index organisations_company_number on organisations (company_number)",
    "create index organisations_kind on organisations (kind, name)",
    "create index organisations_name on organisations (name)",
    # Datasette finds a search table only where its SQL says content="..." in double quotes.
    """
    create virtual table evidence_fts using fts5 (
      quotation, search_tags, tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'",
      content="evidence", content_rowid="id")
    """,
    # Pieces of 8 MB, which a processor's cache holds, merged once, in the end. One piece of 256 MB takes a
    # fifth longer, and pieces of 32 MB that are merged as they come twice as long. Afterwards the settings
    # are what they are by default.
    "insert into evidence_fts (evidence_fts, rank) values ('hashsize', 8000000)",
    "insert into evidence_fts (evidence_fts, rank) values ('automerge', 0)",
    "insert into evidence_fts (evidence_fts, rank) values ('crisismerge', 1000)",
    "insert into evidence_fts (rowid, quotation, search_tags) select id, quotation, search_tags from "
    "evidence",
    "insert into evidence_fts (evidence_fts) values ('optimize')",
    "insert into evidence_fts (evidence_fts, rank) values ('hashsize', 1048576)",
    "insert into evidence_fts (evidence_fts, rank) values ('automerge', 4)",
    "insert into evidence_fts (evidence_fts, rank) values ('crisismerge', 16)",
    """
    create virtual table organisations_fts using fts5 (
      search_names, company_number, tokenize="unicode61 remove_diacritics 2", prefix="2 3 4",
      content="organisations")
    """,
    """
    insert into organisations_fts (rowid, search_names, company_number)
    select rowid, search_names, company_number from organisations
    """,
    "insert into organisations_fts (organisations_fts) values ('optimize')",
)

# Copied out of the views once: each is read several times below.
PREPARE = (
    "create temp table work_statements as select * from work.statements",
    "create index temp.work_statements_key on work_statements (organisation_id, sha256)",
    """
    create temp table filed_periods as
    select x.organisation_id, x.sha256, max(r.period_start) as period_start, max(r.period_end) as period_end
    from work.snapshots x join work.registry_statements r on r.organisation_id = x.organisation_id
      and (x.url in (r.statement_url, r.pdf_url) or x.found_on in (r.statement_url, r.pdf_url))
    where r.period_end is not null
    group by x.organisation_id, x.sha256
    """,
    "create index temp.filed_periods_key on filed_periods (organisation_id, sha256)",
)
