from crawler.source import Source
from crawler.spider import StatementSpider


class registry(StatementSpider):  # noqa: N801 (file = class = name)
    """The statements that organisations filed with the government's registry: their addresses and hosted
    PDFs.
    """

    name = "registry"
    filed_as = "registry"
    source = Source(
        publisher="Home Office, Modern Slavery Statement Registry",
        licence="Open Government Licence v3.0 for the registry's data; the statements are their authors' "
        "copyright",
        url="https://modern-slavery-statement-registry.service.gov.uk/",
        caveats=(
            "The registry is voluntary: absence from it says nothing.",
            "One in twelve filed addresses is a home page; it is searched like a website.",
            "A group files one statement for many organisations; it is fetched once.",
        ),
    )
