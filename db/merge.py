"""Take the visits that a shard of a crawl saved in a database of its own into the working database."""

from __future__ import annotations

from pathlib import Path

from db.store import Store

# In the order of their references; "or ignore" where the working database may know the row already.
_COPIES = (
    """
    insert into organisations select * from shard.organisations where true
    on conflict (id) do update set last_seen = max(last_seen, excluded.last_seen),
      kind = coalesce(excluded.kind, kind), sector_type = coalesce(excluded.sector_type, sector_type),
      website = coalesce(excluded.website, website)
    """,
    """
    insert into organisation_names select * from shard.organisation_names where true
    on conflict (organisation_id, name, kind) do update set last_seen = max(last_seen, excluded.last_seen)
    """,
    """
    insert into documents select * from shard.documents where true
    on conflict (sha256) do update set last_seen = max(last_seen, excluded.last_seen),
      warc_file = coalesce(excluded.warc_file, warc_file),
        warc_offset = coalesce(excluded.warc_offset, warc_offset)
    """,
    # Visits that were merged before are passed over: merging twice is merging once.
    """
    create temp table merged as
    select v.id as old, (select coalesce(max(id), 0)
      from main.visits) + row_number() over (order by v.id) as new
    from shard.visits v
    where not exists (
      select 1 from main.visits m where m.run_id = v.run_id and m.organisation_id = v.organisation_id
        and m.spider = v.spider)
    """,
    """
    insert into visits (id, run_id, spider, organisation_id, outcome, home_link, home_url, home_sha256,
      home_link_url,
      home_link_anchor, home_link_region, requests, notes, started_at, finished_at)
    select m.new, v.run_id, v.spider, v.organisation_id, v.outcome, v.home_link, v.home_url, v.home_sha256,
      v.home_link_url,
      v.home_link_anchor, v.home_link_region, v.requests, v.notes, v.started_at, v.finished_at
    from temp.merged m join shard.visits v on v.id = m.old
    """,
    """
    insert into snapshots (visit_id, organisation_id, sha256, url, final_url, fetched_at, status, found_by,
      found_on, anchor,
      etag, last_modified, redirects, tls, warc_file, warc_offset, not_modified, probability)
    select m.new, s.organisation_id, s.sha256, s.url, s.final_url, s.fetched_at, s.status, s.found_by,
      s.found_on, s.anchor,
      s.etag, s.last_modified, s.redirects, s.tls, s.warc_file, s.warc_offset, s.not_modified, s.probability
    from temp.merged m join shard.snapshots s on s.visit_id = m.old order by s.id
    """,
    """
    insert into attempts (visit_id, organisation_id, url, reason, detail, attempted_at, status, found_by,
      warc_file, warc_offset)
    select m.new, a.organisation_id, a.url, a.reason, a.detail, a.attempted_at, a.status, a.found_by,
      a.warc_file, a.warc_offset
    from temp.merged m join shard.attempts a on a.visit_id = m.old order by a.id
    """,
    """
    insert into sentences (sha256, extractor_version, position, text, page, heading, kind, source,
      confidence, boxes)
    select s.sha256, s.extractor_version, s.position, s.text, s.page, s.heading, s.kind, s.source,
      s.confidence, s.boxes
    from shard.sentences s
    where not exists (
      select 1 from main.texts t where t.sha256 = s.sha256 and t.extractor_version = s.extractor_version)
    order by s.id
    """,
    "insert or ignore into texts select * from shard.texts",
    "drop table temp.merged",
)


def merge_shard(store: Store, shard: Path) -> int:
    """Copy what a shard saved, in one transaction, and return how many visits were new; the run must be
    there.
    """
    store.db.execute("attach database ? as shard", [str(shard)])
    try:
        before = store.value("select count(*) from visits")
        with store.transaction():
            for statement in _COPIES:
                store.db.execute(statement)
        return int(store.value("select count(*) from visits")) - int(before)
    finally:
        store.db.execute("detach database shard")
