from collections.abc import Sequence
from pathlib import Path

from crawler.items import Site
from crawler.sites import load_seeds
from crawler.source import Source
from crawler.spider import StatementSpider

SEEDS = Path(__file__).parents[1] / "seeds" / "public_bodies.csv"


class public_bodies(StatementSpider):  # noqa: N801 (file = class = name)
    """The websites of public bodies: police forces and commissioners, councils, NHS trusts, universities,
    departments.
    """

    name = "public_bodies"
    source = Source(
        publisher="the public bodies themselves",
        licence="mostly Open Government Licence v3.0; see each body's site",
        url="https://www.gov.uk/government/organisations",
        caveats=(
            "The seed list is a sample with source and date in each row, not a register of public bodies.",
            "Public bodies are not bound by section 54; many publish a statement of their own accord.",
        ),
    )

    @classmethod
    def default_sites(cls) -> Sequence[Site]:
        return load_seeds(SEEDS)
