from crawler.source import Source
from crawler.spider import StatementSpider


class websites(StatementSpider):  # noqa: N801 (file = class = name)
    """The websites of organisations, from a home page or domain to the statement."""

    name = "websites"
    source = Source(
        publisher="the organisations themselves",
        licence="the statements are their authors' copyright",
        url="https://www.legislation.gov.uk/ukpga/2015/30/section/54",
        caveats=(
            "A statement behind a form, a script or a consent page is not found and reported as such.",
            "A statement that was not found may exist all the same: the attempts say what was tried.",
        ),
    )
