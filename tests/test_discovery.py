"""Discovery over a fake web of many kinds of site, without sockets."""

import asyncio
import time

import pytest
from webs import KINDS, WEB, DictFetch, Kind, WordJudge

from crawler.discovery import discover, home_addresses, home_of, is_home_page
from crawler.items import HomeLink, Outcome, Reason, Site, Visit


def visit(kind: Kind, budget: int = 25) -> Visit:
    return asyncio.run(discover(kind.site, DictFetch(), WordJudge(), spider="websites", budget=budget))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_of_site_comes_to_its_outcome(kind: Kind) -> None:
    result = visit(kind)

    log = "\n".join(f"{a.reason} {a.url} {a.detail}" for a in result.attempts)
    assert result.outcome is kind.outcome, log
    assert result.home_link is kind.home_link, log
    assert sorted(document.final_url for document in result.documents) == sorted(kind.documents), log
    assert not kind.documents or {document.found_by for document in result.documents} == {kind.found_by}
    assert kind.reason is None or kind.reason in {attempt.reason for attempt in result.attempts}, log
    assert kind.anchor is None or result.home_link_anchor == kind.anchor
    assert kind.region is None or result.home_link_region == kind.region
