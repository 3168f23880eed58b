"""What the database knows of one organisation, as rows: read by the supplier check and by `section54
show`.
"""

from __future__ import annotations

from typing import Any

from db.store import Store

Row = dict[str, Any]


def known_names(store: Store) -> list[Row]:
    """Every name by which an organisation is known: organisation_id, name, kind (registry, websites ...),
    company_number.
    """
    return store.rows(
        """
        select n.organisation_id, n.name, n.kind, o.company_number
        from organisation_names n join organisations o on o.id = n.organisation_id
        order by n.organisation_id, n.name
        """
    )


def organisation_names(store: Store) -> dict[str, str]:
    """The name of every organisation by its id."""
    return {row["id"]: row["name"] for row in store.rows("select id, name from organisations")}


def organisation(store: Store, organisation_id: str) -> Row | None:
    rows = store.rows("select * from organisations where id = ?", [organisation_id])
    return rows[0] if rows else None


def statements(store: Store, organisation_id: str) -> list[Row]:
    """The organisation's documents that read as statements or were filed as such, newest period first.

    `filed_at` says where in the registry the document was filed: statement_url, pdf_url, or None.
    """
    return store.rows(
        """
        select s.*, (
            select case when max(r.pdf_url = x.url) then 'pdf_url' else 'statement_url' end
            from snapshots x join registry_statements r
              on r.organisation_id = x.organisation_id and x.url in (r.pdf_url, r.statement_url)
            where x.organisation_id = s.organisation_id and x.sha256 = s.sha256
            having count(*) > 0
          ) as filed_at, (
            select max(r.period_end) from snapshots x join registry_statements r
              on r.organisation_id = x.organisation_id and x.url in (r.pdf_url, r.statement_url)
            where x.organisation_id = s.organisation_id and x.sha256 = s.sha256
          ) as filed_period_end
        from statements s
        where s.organisation_id = ?
        order by coalesce(s.period_end, '') desc, s.last_fetched_at desc, s.sha256
        """,
        [organisation_id],
    )


def listings(store: Store, organisation_id: str) -> list[Row]:
    """The registry rows of an organisation, newest registry year first."""
    return store.rows(
        """
        select r.registry_year, l.name, l.parent, l.sector_type, l.withdrawn_at, r.*
        from listings l join registry_statements r on r.summary_url = l.summary_url
        where l.organisation_id = ?
        order by r.registry_year desc, r.period_end desc
        """,
        [organisation_id],
    )


def declared(store: Store, summary_url: str) -> list[Row]:
    return store.rows("select * from declared_answers where summary_url = ?", [summary_url])


def group_statements(store: Store, organisation_id: str) -> list[Row]:
    """Statements of other organisations that the registry files for this one, with the document where it was
    read.

    `listed` says whether the registry still does.
    """
    return store.rows(
        """
        select c.*, o.name as parent_name, s.sha256 is not null as read_as_statement, exists (
            select 1 from listings l
            where l.summary_url = c.summary_url and l.organisation_id = c.organisation_id
              and l.withdrawn_at is null
          ) as listed
        from covered_by c
        join organisations o on o.id = c.filed_by
        left join statements s on s.organisation_id = c.filed_by and s.sha256 = c.sha256
        where c.organisation_id = ? and c.filed_by <> ?
        order by c.period_end desc
        """,
        [organisation_id, organisation_id],
    )


def others_with(store: Store, sha256: str, organisation_id: str) -> list[Row]:
    """Other organisations whose statement is the same document, first found first."""
    return store.rows(
        """
        select s.*, o.name from statements s join organisations o on o.id = s.organisation_id
        where s.sha256 = ? and s.organisation_id <> ?
        order by s.first_fetched_at, s.organisation_id
        """,
        [sha256, organisation_id],
    )


def area_results(store: Store, assessment_id: int) -> list[Row]:
    """The six areas, in the order in which they were stored: that of the Act."""
    return store.rows(
        """
        select * from area_results where assessment_id = ?
        order by case area when 'structure' then 1 when 'policies' then 2 when 'due_diligence' then 3
          when 'risk' then 4 when 'effectiveness' then 5 else 6 end
        """,
        [assessment_id],
    )


def checks(store: Store, assessment_id: int) -> list[Row]:
    return store.rows("select * from checks where assessment_id = ?", [assessment_id])


def evidence(store: Store, assessment_id: int) -> list[Row]:
    """The sentences behind an assessment, in reading order; `finding` is "area:...", "check:..." or
    "period".
    """
    return store.rows(
        """
        select e.finding, e.probability, e.criteria, e.status, e.specific, e.because,
          s.position, s.page, s.text, s.heading, s.boxes
        from evidence e join sentences s on s.id = e.sentence_id
        where e.assessment_id = ?
        order by e.finding, s.position
        """,
        [assessment_id],
    )


def sentence_texts(store: Store, sha256: str) -> list[str]:
    """The sentences of a document in reading order, by the newest extractor that read it."""
    found = store.rows(
        """
        select text from sentences where sha256 = ? and extractor_version = (
          select extractor_version from texts where sha256 = ? order by extracted_at desc limit 1)
        order by position
        """,
        [sha256, sha256],
    )
    return [row["text"] for row in found]


def last_visits(store: Store, organisation_id: str) -> list[Row]:
    """The newest visit of each spider to this organisation, newest first."""
    return store.rows(
        """
        select * from visits v
        where v.organisation_id = ? and v.id = (
          select max(w.id) from visits w where w.organisation_id = v.organisation_id and w.spider = v.spider)
        order by v.id desc
        """,
        [organisation_id],
    )


def attempts(store: Store, visit_id: int) -> list[Row]:
    return store.rows("select * from attempts where visit_id = ? order by id", [visit_id])


def registry_files(store: Store) -> list[Row]:
    return store.rows("select * from registry_files order by loaded_at desc")
