"""The site: each page, what must stand on it, and what must never."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import site_data

from db.publish import publish, statement_id
from section54.site import make_datasette

MADE = "2026-11-22T12:00:00Z"
HARBOUR = statement_id(site_data.pdf("2026", site_data.HARBOUR, "").sha256, site_data.HARBOUR)


class Client:
    """A synchronous client of one site."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.datasette = make_datasette(path, **options)

    def get(self, path: str, method: str = "GET", **options: Any) -> Any:
        return asyncio.run(self.datasette.client.request(method, path, **options))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    working = site_data.make_working_database(folder / "working.db")
    publish(working, folder / "section54.db", model_metrics=site_data.METRICS, generated_at=MADE)
    return folder / "section54.db"


@pytest.fixture(scope="module")
def client(published: Path) -> Client:
    return Client(published)


PAGES = {
    "/": "What modern slavery statements say",
    "/?q=harbour+lane": "HARBOUR LANE FOODS LIMITED",
    f"/organisation/{site_data.HARBOUR}": "Coverage, not compliance",
    f"/statement/{HARBOUR}": "Quotations, in reading order",
    "/evidence?q=audited": "<mark>audited</mark>",
    "/public-bodies": "Commissioner (1)",
    "/questions": "Areas declared in the registry with no passage found in the text",
    "/method": "How good the model is",
    "/data": "Data",
    "/accessibility": "there is none",
    "/corrections": "Corrections",
    "/section54": "All tables",
    "/section54/statements": "5 rows",
    f"/section54/statements/{HARBOUR}": HARBOUR,
    "/section54?sql=select+name+from+organisations": "6 rows",
}


@pytest.mark.parametrize(("path", "expected"), PAGES.items())
def test_page(client: Client, path: str, expected: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert expected in response.text
    assert '<html lang="en-GB">' in response.text
