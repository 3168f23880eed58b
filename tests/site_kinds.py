"""Further kinds of site for the fake web of `webs`: what each does, its pages, and what a visit must come to.

Written as data, so that one more kind is one more entry. All organisations are made up.
"""

from __future__ import annotations

from collections.abc import Mapping

from webs import (
    KINDS,
    NOT_FOUND,
    PDF,
    WEB,
    Kind,
    Reply,
    home,
    link,
    moved,
    page,
    pdf,
    statement_page,
    statement_text,
)

from crawler.items import HomeLink, Outcome

FOUND, NONE = Outcome.FOUND, Outcome.NOT_FOUND
REVIEW, BROWSER, UNCHECKED = Outcome.NEEDS_REVIEW, Outcome.NEEDS_BROWSER, Outcome.COULD_NOT_CHECK
DIRECT, TO_HUB, VIA_HUB = HomeLink.DIRECT, HomeLink.DIRECT_TO_HUB, HomeLink.VIA_HUB
NO, BROKEN, UNKNOWN = HomeLink.NO, HomeLink.BROKEN, HomeLink.UNKNOWN

MORE: list[Kind] = []


def kind(
    name: str,
    does: str,
    outcome: Outcome,
    home_link: HomeLink,
    pages: Mapping[str, Reply],
    *documents: str,
    start: str = "/",
) -> None:
    """Add a kind of site at NAME.test; `documents` are the paths or addresses that must be found."""
    WEB[f"{name}.test"] = dict(pages)
    found = tuple(path if "://" in path else f"http://{name}.test{path}" for path in documents)
    MORE.append(Kind(name, f"http://{name}.test{start}", outcome, home_link, found, does=does))


def bare(body: str, title: str = "Page", status: int = 200) -> Reply:
    """A page with nothing but this."""
    text = f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return Reply(status, text.encode())


def whole_site(name: str, footer: str = "", body: str = "", **more: str) -> Reply:
    """A home page with products, prose and a footer of its own, as most have."""
    usual = link("/privacy", "Privacy policy") + link("/contact", "Contact us")
    return home(name, footer=usual + footer, body=body, **more)


TEXT = "".join(f"<p>{sentence}</p>" for sentence in statement_text("Quernmore").splitlines())
SCRIPT = "<script>addEventListener('load', start)</script>"
LEGAL = link("/legal", "Legal notices")
MSS = link("/mss", "Modern slavery statement")

# --- a success that is not the site

kind(
    "challenge",
    "asks whether we are a person",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Checking your browser</h1><p>Please wait while we verify you are human.</p>" + SCRIPT,
            "Just a moment...",
        ),
        "*": bare("<h1>Checking your browser</h1><p>Please wait.</p>" + SCRIPT, "Just a moment..."),
    },
)
kind(
    "denied",
    "says access denied as a success",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Access Denied</h1><p>You don't have permission to access this server.</p>", "Access Denied"
        ),
    },
)
kind("emptybody", "answers with nothing", REVIEW, UNKNOWN, {"/": Reply(200, b"")})
kind("blankpage", "answers with a page without content", REVIEW, UNKNOWN, {"/": bare("", "")})
kind(
    "maintenance",
    "is closed for maintenance",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>We'll be back soon</h1><p>Our site is undergoing scheduled maintenance.</p>", "Quernmore"
        ),
    },
)
kind(
    "comingsoon",
    "says that it comes soon",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Quernmore Tiles</h1><p>Our new website is coming soon. Call us on 01632 960000.</p>",
            "Quernmore",
        ),
    },
)
kind(
    "parked",
    "is a parked name",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>parked.test</h1><p>This domain is for sale.</p>" + link("/a", "Roof tiles") * 8,
            "parked.test",
        ),
        "*": bare(
            "<h1>parked.test</h1><p>This domain is for sale.</p>" + link("/a", "Roof tiles") * 8,
            "parked.test",
        ),
    },
)
kind(
    "expired",
    "has expired",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<p>This domain has expired. If you are the domain owner, please renew it.</p>", "expired.test"
        ),
    },
)
kind(
    "suspended",
    "was suspended by its host",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Account Suspended</h1><p>Contact your hosting provider for more information.</p>",
            "Account Suspended",
        ),
    },
)
kind(
    "nginx",
    "shows the default page of its server",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is installed.</p>",
            "Welcome to nginx!",
        ),
    },
)
kind(
    "apache",
    "shows the long default page of its server",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Apache2 Debian Default Page</h1>"
            + "<p>It works. The configuration layout is as follows.</p>" * 60,
            "Apache2 Debian Default Page: It works",
        ),
    },
)
kind(
    "index",
    "lists its folder",
    REVIEW,
    UNKNOWN,
    {
        "/": bare("<h1>Index of /</h1><pre>" + "<a href='cgi-bin/'>cgi-bin/</a>" + "</pre>", "Index of /"),
    },
)
kind(
    "unconfigured",
    "says that no site is set up",
    REVIEW,
    UNKNOWN,
    {
        "/": bare("<h1>There is no website configured at this address</h1>", "404"),
    },
)
kind(
    "login",
    "asks who we are",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<form method=post><input name=u><input type=password name=p><button>Log in</button></form>",
            "Portal",
        ),
    },
)
kind(
    "sentlogin",
    "sends everybody to a page that asks who we are",
    REVIEW,
    UNKNOWN,
    {
        "/": moved("/account/login?next=/", 302),
        "/account/login?next=/": bare(
            "<h1>Sign in</h1><form method=post><input type=password></form>", "Sign in"
        ),
        "*": moved("/account/login?next=/", 302),
    },
)
kind(
    "consentpage",
    "asks for consent without sending us elsewhere",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Before you continue</h1><p>We use cookies.</p><form method=post><button>Accept all "
            "cookies</button></form>",
            "Quernmore",
        ),
        "*": bare(
            "<h1>Before you continue</h1><p>We use cookies.</p><form method=post><button>Accept all "
            "cookies</button></form>",
            "Quernmore",
        ),
    },
)
kind(
    "agegate",
    "asks for an age",
    REVIEW,
    UNKNOWN,
    {
        "/": bare(
            "<h1>Brewery</h1><p>Are you over 18?</p><form "
            "method=post><button>Yes</button><button>No</button></form>",
            "Brewery",
        ),
    },
)
kind(
    "bucket",
    "is a storage service that refuses",
    REVIEW,
    UNKNOWN,
    {
        "/": Reply(
            200,
            b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
            "application/xml",
        ),
    },
)
kind(
    "bucketlist",
    "is a storage service that lists files",
    REVIEW,
    UNKNOWN,
    {
        "/": Reply(
            200,
            b"<?xml version='1.0'?><ListBucketResult><Name>site</Name></ListBucketResult>",
            "application/xml",
        ),
    },
)
kind(
    "onepage",
    "answers every address with one page",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Onepage"),
        "*": whole_site("Onepage"),
        "/robots.txt": Reply(404),
    },
)
kind(
    "jsonhome",
    "answers with data instead of a page",
    REVIEW,
    UNKNOWN,
    {
        "/": Reply(200, b'{"status": "ok"}', "application/json"),
    },
)
kind("textpage", "answers with plain text", REVIEW, UNKNOWN, {"/": Reply(200, b"OK\n", "text/plain")})
kind(
    "imagehome",
    "answers with a picture",
    REVIEW,
    UNKNOWN,
    {
        "/": Reply(200, b"\x89PNG\r\n\x1a\n" + b"0" * 500, "image/png"),
    },
)

# --- refused on the way

for status, words in (
    (403, "refuses"),
    (429, "is asked too often for"),
    (500, "breaks over"),
    (503, "cannot serve"),
):
    kind(
        f"hub{status}",
        f"{words} its legal page ({status})",
        UNCHECKED,
        UNKNOWN,
        {
            "/": whole_site("Hub", LEGAL),
            "/legal": Reply(status, b"no"),
        },
    )
    kind(
        f"map{status}",
        f"{words} its sitemap ({status})",
        UNCHECKED,
        NO,
        {
            "/": whole_site("Map"),
            "/sitemap.xml": Reply(status, b"no"),
        },
    )
    kind(
        f"path{status}",
        f"{words} a common address ({status})",
        UNCHECKED,
        NO,
        {
            "/": whole_site("Path"),
            "/modern-slavery": Reply(status, b"no"),
        },
    )
    kind(
        f"link{status}",
        f"{words} the page behind the link ({status})",
        REVIEW,
        UNKNOWN,
        {
            "/": whole_site("Link", MSS),
            "/mss": Reply(status, b"no"),
        },
    )
kind(
    "hubrobots",
    "keeps its legal page closed by robots.txt",
    UNCHECKED,
    UNKNOWN,
    {
        "/": whole_site("Hub", LEGAL),
        "/legal": page("x"),
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /legal\n"),
    },
)
kind(
    "pathrobots",
    "keeps common addresses closed by robots.txt",
    UNCHECKED,
    NO,
    {
        "/": whole_site("Path"),
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /modern\n"),
    },
)
kind(
    "hubwall",
    "puts a challenge before its legal page",
    UNCHECKED,
    UNKNOWN,
    {
        "/": whole_site("Hub", LEGAL),
        "/legal": bare("<h1>Verify you are human</h1>", "Just a moment..."),
    },
)

# --- behind the link is something that cannot be read, or that says it is a statement

kind(
    "linkwall",
    "puts a challenge before the statement",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Link", MSS),
        "/mss": bare("<h1>Verify you are human</h1>", "Just a moment..."),
    },
)
kind(
    "linklogin",
    "asks who we are before the statement",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Link", MSS),
        "/mss": bare("<form method=post><input type=password></form>", "Members"),
    },
)
kind(
    "linkempty",
    "has nothing behind the link",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Link", MSS),
        "/mss": Reply(200, b""),
    },
)
kind(
    "linkimage",
    "has a picture behind the link",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Link", MSS),
        "/mss": Reply(200, b"\x89PNG\r\n\x1a\n" + b"0" * 500, "image/png"),
    },
)
kind(
    "linkshell",
    "has a page behind the link that scripts fill",
    BROWSER,
    UNKNOWN,
    {
        "/": whole_site("Link", MSS),
        "/mss": bare("<div id=root></div><script src=/app.js></script>", "App"),
    },
)
kind(
    "named",
    "has a short page that calls itself the statement",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Named", MSS),
        "/mss": page("<h1>Modern slavery statement</h1><p>We are against it.</p>"),
    },
)
kind(
    "promised",
    "says that its statement will come",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Promised", MSS),
        "/mss": page("<h1>Modern slavery statement</h1><p>It will be published in May.</p>"),
    },
)
kind(
    "damaged",
    "has a damaged file behind the link",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site("Damaged", MSS),
        "/mss": Reply(200, b"%PDF-1.4 ENCRYPTED", PDF),
    },
)
kind(
    "commonnamed",
    "has a short page at a common address that calls itself the statement",
    REVIEW,
    NO,
    {
        "/": whole_site("Named"),
        "/modern-slavery-statement": page("<h1>Modern slavery statement</h1><p>We are against it.</p>"),
    },
)

# --- links as people see them

STATEMENT = {"/mss": statement_page("Quernmore")}


def linked(name: str, does: str, body: str, *, footer: bool = True, target: str = "/mss") -> None:
    """A home page on which people see a link to the statement, in the footer or in the text."""
    first = whole_site(name, body if footer else "", "" if footer else body)
    kind(name, does, FOUND, DIRECT, {"/": first, target: statement_page("Quernmore")}, target)


linked(
    "datahref",
    "keeps the address in an attribute for scripts",
    "<a href='#' data-href='/mss'>Modern slavery statement</a>",
)
linked(
    "onclick",
    "opens the statement by a script that names its address",
    "<button onclick=\"window.location.href='/mss'\">Modern slavery statement</button>",
)
linked(
    "jshref",
    "opens the statement by a script in the address",
    "<a href=\"javascript:window.open('/mss')\">Modern slavery statement</a>",
)
linked(
    "getform", "has a button of a form", "<form action=/mss><button>Modern slavery statement</button></form>"
)
linked(
    "rolelink", "has a box that acts as a link", "<div role=link data-url=/mss>Modern slavery statement</div>"
)
linked(
    "picker",
    "has a list to choose from",
    "<select><option value=''>Policies<option value=/mss>Modern slavery statement</select>",
)
linked(
    "customlink", "has a link element of its own making", "<x-link to=/mss>Modern slavery statement</x-link>"
)
linked("area", "has a map with areas", "<map name=m><area href=/mss alt='Modern slavery statement'></map>")
linked(
    "label", "has an icon with a label", "<a href=/mss aria-label='Modern slavery statement'><svg></svg></a>"
)
linked("picture", "has a picture with a text", "<a href=/mss><img src=x alt='Modern slavery statement'></a>")
linked("titled", "has an icon with a title", "<a href=/mss title='Modern slavery statement'><i></i></a>")
linked("softhyphen", "breaks words by soft hyphens", link("/mss", "Modern slav&shy;ery state&shy;ment"))
linked("capitals", "writes in capitals", link("/mss", "MODERN SLAVERY ACT 2015"))
linked(
    "nested",
    "splits the words of the link",
    link("/mss", "<b>Modern</b> <i>Slavery</i> <span>Statement</span>"),
)
linked(
    "here",
    "links the word here",
    "<p>Our modern slavery statement can be read <a href=/mss>here</a>.</p>",
    footer=False,
)
linked(
    "cards",
    "has a card with a heading and read more",
    "<div><h3>Modern slavery statement</h3><p>What we do.</p><a href=/mss>Read more</a></div>",
    footer=False,
)
linked("noscript", "has the link for readers without scripts", "<noscript>" + MSS + "</noscript>")
linked(
    "spaces",
    "has spaces in the address",
    "<a href='/our mss.html'>Modern slavery statement</a>",
    target="/our%20mss.html",
)
linked("protocol", "leaves the scheme out", "<a href='//protocol.test/mss'>Modern slavery statement</a>")
linked("rights", "calls it a statement under section 54", link("/mss", "Section 54 statement"))
linked(
    "accordion",
    "has the link in a closed part of the page",
    f"<details><summary>Policies</summary>{MSS}</details>",
)
linked(
    "shadow",
    "has the link in a template of the page",
    f"<site-foot><template shadowrootmode=open>{MSS}</template></site-foot>",
)

kind(
    "years",
    "lists years under a heading",
    FOUND,
    DIRECT,
    {
        "/": whole_site(
            "Years",
            "",
            "<h2>Modern slavery statements</h2><ul><li><a href=/a/1>2024</a></li><li><a "
            "href=/a/2>2025</a></li></ul>",
        ),
        "/a/1": pdf("Years", 2024),
        "/a/2": pdf("Years", 2025),
    },
    "/a/1",
    "/a/2",
)
kind(
    "section",
    "has the statement on the home page itself",
    FOUND,
    DIRECT,
    {
        "/": whole_site(
            "Section",
            link("#ms", "Modern slavery statement"),
            f"<section id=ms><h2>Modern slavery statement</h2>{TEXT}</section>",
        ),
    },
    "/",
)
kind(
    "hash",
    "has a link that only a script follows",
    BROWSER,
    UNKNOWN,
    {
        "/": whole_site("Hash", f"<a href='#' class=open>Modern slavery statement</a>{SCRIPT}"),
    },
)
kind(
    "voidhref",
    "has a link with an empty address",
    BROWSER,
    UNKNOWN,
    {
        "/": whole_site("Void", f"<a href=''>Modern slavery statement</a>{SCRIPT}"),
    },
)
kind(
    "jsvoid",
    "has a link to javascript:void(0)",
    BROWSER,
    UNKNOWN,
    {
        "/": whole_site("Void", f"<a href='javascript:void(0)'>Modern slavery statement</a>{SCRIPT}"),
    },
)
kind(
    "blindbutton",
    "has a button without an address",
    BROWSER,
    UNKNOWN,
    {
        "/": whole_site("Button", f"<button id=b>Modern slavery statement</button>{SCRIPT}"),
    },
)
kind(
    "hashroute",
    "has a link to a route of scripts",
    BROWSER,
    UNKNOWN,
    {
        "/": whole_site("Route", f"<a href='#/modern-slavery'>Modern slavery statement</a>{SCRIPT}"),
    },
)
kind(
    "registrylink",
    "links to its entry in the government's registry",
    REVIEW,
    UNKNOWN,
    {
        "/": whole_site(
            "Registry",
            link(
                "https://modern-slavery-statement-registry.service.gov.uk/statement-summary/x/2025",
                "Modern slavery statement",
            ),
        ),
    },
)
kind(
    "emptyfooter",
    "fills its footer by a script",
    BROWSER,
    UNKNOWN,
    {
        "/": home("Footer", footer="<div id=foot-links></div><script src=/foot.js></script>"),
    },
)
kind(
    "customfooter",
    "has a footer element that scripts fill",
    BROWSER,
    UNKNOWN,
    {
        "/": Reply(
            body=home("Footer").body.replace(
                b"<footer></footer>", b"<site-footer></site-footer><script src=/c.js></script>"
            )
        ),
    },
)
kind(
    "noticeapp",
    "is an empty app with a cookie notice",
    BROWSER,
    UNKNOWN,
    {
        "/": bare(
            "<div id=app></div><div class=cookies><p>"
            + "We use cookies to make this site work well for you. " * 12
            + "</p>"
            + link("/c", "Cookie policy")
            + "<button>OK</button></div><script type=module>start()</script>",
            "App",
        ),
    },
)
kind(
    "inlineapp",
    "is an empty app with a script in the page",
    BROWSER,
    UNKNOWN,
    {
        "/": bare("<div id=x></div><script>document.write(atob(data))</script>", "App"),
    },
)

linked(
    "tablerow",
    "names the statement in one cell and links in the next",
    "<table><tr><td>Modern slavery statement</td><td><a href=/mss>View</a></td></tr></table>",
    footer=False,
)
linked(
    "termlist",
    "names the statement as a term and links below it",
    "<dl><dt>Modern slavery statement</dt><dd><a href=/mss>PDF (1.2 MB)</a></dd></dl>",
)
kind(
    "outage",
    "says in a few words that it does not work",
    REVIEW,
    UNKNOWN,
    {"/": bare("<h1>Sorry!</h1><p>We are working on our website. Please check back later.</p>", "Quernmore")},
)
kind(
    "database",
    "shows an error of its database as a success",
    REVIEW,
    UNKNOWN,
    {"/": bare("<h1>Error establishing a database connection</h1>", "Database Error")},
)
kind(
    "yearhub",
    "lists statements by year on its page of governance",
    FOUND,
    VIA_HUB,
    {
        "/": whole_site("Year", link("/governance", "Governance")),
        "/governance": page(
            "<h2>Modern slavery</h2><a href=/f/1>2024/25 statement</a> <a href=/f/2>2023/24 statement</a>"
        ),
        "/f/1": pdf("Year", 2025),
        "/f/2": pdf("Year", 2024),
    },
    "/f/1",
    "/f/2",
)

# --- the last step

kind(
    "download",
    "has a download link without a telling address",
    FOUND,
    TO_HUB,
    {
        "/": whole_site("Download", MSS),
        "/get/77": pdf("Download"),
        "/mss": page(
            "<h1>Modern slavery statement</h1><p>Our statement for the year.</p><a href=/get/77>Download</a>"
        ),
    },
    "/get/77",
)
kind(
    "downloadform",
    "has a download form",
    FOUND,
    TO_HUB,
    {
        "/": whole_site("Download", MSS),
        "/get": pdf("Download"),
        "/mss": page("<h1>Modern slavery statement</h1><form action=/get><button>Download</button></form>"),
    },
    "/get",
)
kind(
    "framed",
    "shows the PDF in a frame",
    FOUND,
    TO_HUB,
    {
        "/": whole_site("Framed", MSS),
        "/x/9": pdf("Framed"),
        "/mss": page("<h1>Modern slavery statement</h1><iframe src=/x/9></iframe>"),
    },
    "/x/9",
)
kind(
    "objected",
    "shows the PDF as an object",
    FOUND,
    TO_HUB,
    {
        "/": whole_site("Object", MSS),
        "/x/9": pdf("Object"),
        "/mss": page("<h1>Modern slavery statement</h1><object data=/x/9></object>"),
    },
    "/x/9",
)
kind(
    "pdfjs",
    "links to a viewer in its own pages",
    FOUND,
    DIRECT,
    {
        "/": whole_site("Viewer", link("/web/viewer.html?file=/d/s.pdf", "Modern slavery statement")),
        "/d/s.pdf": pdf("Viewer"),
    },
    "/d/s.pdf",
)
kind(
    "googleviewer",
    "shows the PDF in a viewer of others",
    FOUND,
    TO_HUB,
    {
        "/": whole_site("Viewer", MSS),
        "/d/s.pdf": pdf("Viewer"),
        "/mss": page(
            "<h1>Modern slavery statement</h1><iframe src='https://docs.google.com/viewer?url=http://googleviewer.test/d/s.pdf'></iframe>"
        ),
    },
    "/d/s.pdf",
)
kind(
    "framepage",
    "shows the statement as a page in a frame",
    FOUND,
    TO_HUB,
    {
        "/": whole_site("Frame", MSS),
        "/inner": statement_page("Frame"),
        "/mss": page("<h1>Modern slavery statement</h1><iframe src=/inner></iframe>"),
    },
    "/inner",
)
kind(
    "frameset",
    "is a set of frames",
    FOUND,
    DIRECT,
    {
        "/": Reply(body=b"<html><frameset><frame src=/top><frame src=/main></frameset></html>"),
        "/top": page("<p>Quernmore</p>"),
        "/main": whole_site("Frameset", MSS),
        "/mss": statement_page("Frameset"),
    },
    "/mss",
)
kind(
    "splash",
    "has a first page that a script leaves",
    FOUND,
    DIRECT,
    {
        "/": bare("<script>window.location.replace('/home')</script>", "Quernmore"),
        "/home": whole_site("Splash", MSS),
        "/mss": statement_page("Splash"),
    },
    "/mss",
)
kind(
    "chooser",
    "asks for a country",
    FOUND,
    DIRECT,
    {
        "/": bare(
            "<h1>Choose your country</h1>" + link("/de", "Deutschland") + link("/uk", "United Kingdom"),
            "Quernmore",
        ),
        "/uk": whole_site("Chooser", MSS),
        "/mss": statement_page("Chooser"),
        "/de": page("<p>Hallo</p>"),
    },
    "/mss",
)
kind(
    "hreflang",
    "is in German, with a page for the United Kingdom",
    FOUND,
    DIRECT,
    {
        "/": Reply(
            body=b"<html><head><link rel=alternate hreflang=en-gb href=/en-gb></head><body>"
            + b"<p>Wir machen Ziegel.</p>" * 20
            + b"<a href=/impressum>Impressum</a></body></html>"
        ),
        "/en-gb": whole_site("Hreflang", MSS),
        "/mss": statement_page("Hreflang"),
    },
    "/mss",
)
kind(
    "twohubs",
    "keeps policies under about us",
    FOUND,
    VIA_HUB,
    {
        "/": whole_site("About", link("/about", "About us")),
        "/about": page("<p>Who we are.</p>" + link("/about/policies", "Policies")),
        "/about/policies": page(link("/d/ms.pdf", "Modern slavery statement")),
        "/d/ms.pdf": pdf("About"),
    },
    "/d/ms.pdf",
)
kind(
    "aboutpage",
    "links to the statement from its page about us",
    FOUND,
    VIA_HUB,
    {
        "/": whole_site("About", link("/about", "About us")),
        "/about": page("<p>Who we are.</p>" + MSS),
        "/mss": statement_page("About"),
    },
    "/mss",
)
kind(
    "corporate",
    "has a corporate site on a name of its own",
    FOUND,
    NO,
    {
        "/": whole_site("Corporate", link("http://corp.corporate.test/", "Corporate site")),
    },
    "http://corp.corporate.test/mss",
)
WEB["corp.corporate.test"] = {"/": whole_site("Corporate", MSS), "/mss": statement_page("Corporate")}
kind(
    "textmap",
    "has a sitemap of plain lines",
    FOUND,
    NO,
    {
        "/": whole_site("Textmap"),
        "/robots.txt": Reply(body=b"Sitemap: http://textmap.test/sitemap.txt\n"),
        "/sitemap.txt": Reply(
            200, b"http://textmap.test/\nhttp://textmap.test/x/modern-slavery-statement\n", "text/plain"
        ),
        "/x/modern-slavery-statement": statement_page("Textmap"),
    },
    "/x/modern-slavery-statement",
)
kind(
    "redirected",
    "sends the link on to the file of this year",
    FOUND,
    DIRECT,
    {
        "/": whole_site("Redirected", MSS),
        "/mss": moved("/f/2025.pdf", 302),
        "/f/2025.pdf": pdf("Redirected"),
    },
    "/f/2025.pdf",
)
kind(
    "pathhome",
    "has its home page below a path",
    FOUND,
    DIRECT,
    {
        "/": Reply(404),
        "/en/": whole_site("Path", link("modern-slavery", "Modern slavery statement")),
        "/en/modern-slavery": statement_page("Path"),
    },
    "/en/modern-slavery",
    start="/en/",
)

# --- really read, and nothing there

kind("nothing", "has no statement", NONE, NO, {"/": whole_site("Nothing")})
kind(
    "cookiebanner",
    "has a cookie banner and no statement",
    NONE,
    NO,
    {
        "/": whole_site(
            "Banner", "", "<div class=cookie><p>We use cookies.</p><button>Accept all cookies</button></div>"
        ),
    },
)
kind(
    "analytics",
    "counts its visitors by a script and has no statement",
    NONE,
    NO,
    {
        "/": whole_site("Analytics", "<script src=/count.js></script>"),
    },
)
kind(
    "softnothing",
    "sends error pages as successes and has no statement",
    NONE,
    NO,
    {
        "/": whole_site("Soft"),
        "*": Reply(body=NOT_FOUND.body),
        "/robots.txt": Reply(404),
    },
)
kind(
    "tohomeall",
    "sends unknown addresses to its home page and has no statement",
    NONE,
    NO,
    {
        "/": whole_site("Tohome"),
        "*": moved("/", 302),
        "/robots.txt": Reply(404),
        "/products": page("<h1>Products</h1>" + "<p>Lamps of all kinds for all bicycles.</p>" * 10),
    },
)
kind(
    "smallsite",
    "is small, without scripts, and has no statement",
    NONE,
    NO,
    {
        "/": bare(
            "<h1>Quernmore Tiles</h1><p>We make tiles by hand in Kendal, and sell them there. Call 01632 "
            "960000.</p>" + link("/tiles", "Tiles"),
            "Quernmore",
        ),
    },
)
kind(
    "lawlink",
    "links to the Act only",
    NONE,
    NO,
    {
        "/": whole_site(
            "Law", link("https://www.legislation.gov.uk/ukpga/2015/30", "Modern Slavery Act 2015")
        ),
    },
)
kind(
    "helpline",
    "links to a helpline only",
    NONE,
    NO,
    {
        "/": whole_site("Help", link("https://www.modernslaveryhelpline.org/", "Modern Slavery Helpline")),
    },
)
kind(
    "closednews",
    "has news of maintenance and no statement",
    NONE,
    NO,
    {
        "/": whole_site(
            "News",
            "",
            "<p>Our shop is under maintenance until May.</p>"
            + "".join(link(f"/p/{n}", f"Lamp {n}") for n in range(15)),
        ),
    },
)
kind("commented", "has the link in a comment only", NONE, NO, {"/": whole_site("Comment", f"<!-- {MSS} -->")})
kind(
    "deadlink",
    "has a link to a page that says it is not there",
    NONE,
    BROKEN,
    {
        "/": whole_site("Dead", MSS),
        "/mss": page("<h1>Page not found</h1><p>The page you want has moved.</p>", title="Page not found"),
    },
)

ALL_KINDS = (*KINDS, *MORE)
