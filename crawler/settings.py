"""Scrapy settings, each with its reason.

`crawler.run` adds what differs by run: contact, bounds, opted-in hosts.
"""

from pathlib import Path

BOT_NAME = "section54"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
TEMPLATES_DIR = str(Path(__file__).parent / "templates")  # scrapy genspider -t statement NAME URL

# What `scrapy crawl NAME` reads pages with: a context manager that gives a crawler.items.Judge. A name, since
# the crawler imports neither extraction nor classifier; `section54 crawl NAME` hands its spider a judge
# directly.
STATEMENT_JUDGE = "section54.crawling.open_judge"

# --- who we are
# run.py adds version and contact address. robots.PRODUCT is the name that a robots.txt may know us by.
USER_AGENT = "section-fifty-four (section54, modern slavery statement scanner)"

# --- politeness
ROBOTSTXT_OBEY = (
    True  # obeyed by middlewares.Robots, which follows RFC 9309; Scrapy's own is switched off below
)
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # one at a time per host
DOWNLOAD_DELAY = 1.0  # council and charity sites share small hosts
DOWNLOAD_DELAY_JITTER = 0.3  # so that many sites on one address are not asked in step
AUTOTHROTTLE_ENABLED = (
    False  # slows down on latency but not on 429 and 503, which middlewares.Politeness does
)
CRAWL_DELAY_MAX = 60.0  # seconds; a site that asks for more is left alone, not crawled faster than it asks
RETRY_AFTER_MAX = 120.0  # seconds; longer is recorded as "retry later"
RETRY_AFTER_TOTAL_MAX = 300.0  # seconds of waiting for one host in a run; then it is left for a later run
RETRY_TIMES = 2
# Timeouts are left out: 30 s of silence is an answer, and three of them would hold a worker for minutes.
# Unknown names too: the resolver has asked more than one server.
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.DownloadConnectionRefusedError",
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.ResponseDataLossError",
    "twisted.internet.error.ConnectionDone",
    "twisted.internet.error.ConnectError",
    "twisted.internet.error.ConnectionLost",
]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # every failure is an Attempt in the database
COOKIES_ENABLED = True  # one jar per organisation: sites that set a cookie and redirect loop without it

# --- throughput
SITES_IN_FLIGHT = 256  # organisations visited at once; at one request a second each they mostly wait
CONCURRENT_REQUESTS = (
    256  # requests that wait for their delay count too: 16 made 160 hosts take 33 s instead of 5
)
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 100_000_000  # for the same reason
REACTOR_THREADPOOL_MAXSIZE = 20  # threads that resolve names
DNS_TIMEOUT = 10

# --- bounds
DOWNLOAD_TIMEOUT = 30.0  # seconds for the whole answer, headers and body
DOWNLOAD_MAXSIZE = 30 * 2**20  # of 101 real PDFs the largest had 9 MB; also caps decompression
DOWNLOAD_WARNSIZE = 0  # the bound is enough
REDIRECT_MAX_TIMES = 8
METAREFRESH_MAXDELAY = 5
MEMUSAGE_LIMIT_MB = 1500
MEMUSAGE_CHECK_INTERVAL_SECONDS = 5  # the default of 60 s misses bursts

# --- safety
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardResolver"
GUARD_ALLOW_HOSTS: list[str] = []  # HOST:PORT that may be loopback; from the command line only
GUARD_RESOLVE: dict[str, str] = {}  # NAME -> 127.0.0.1:PORT; from the command line only
DOWNLOAD_VERIFY_CERTIFICATES = (
    True  # an invalid one is fetched all the same and recorded (handler.TracingHandler)
)
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.TracingHandler",
    "https": "crawler.handler.TracingHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
TELNETCONSOLE_ENABLED = False  # both open a port that runs code, on by default in Scrapy 2.19
REMOTE_CONTROL_ENABLED = False
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.UrlPolicy": 40,  # before robots (100): sees redirects, retries and robots.txt too
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # statements lie on other domains
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.Robots": 100,
    "crawler.middlewares.Politeness": 551,  # before retry (550) on the way back
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "crawler.middlewares.MetaRefresh": 580,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.middlewares.Redirect": 600,
    "crawler.middlewares.ArchiveMiddleware": 895,  # raw bytes: before decompression (590)
}
HTTPPROXY_ENABLED = False  # a proxy from the environment would bypass the guard
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/pdf,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.9,cy;q=0.5",  # English first, Welsh before anything else
    "Accept-Encoding": "gzip, deflate",  # what every WARC reader can undo
}

# --- reporting
LOG_LEVEL = "WARNING"
STATS_DUMP = False  # run.py returns a report
EXTENSIONS = {"scrapy.extensions.logstats.LogStats": None}
"""LogStats counts pages and items of callbacks, which this crawler does not use."""
