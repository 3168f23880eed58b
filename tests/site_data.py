"""A working database of organisations that do not exist, for the tests of publishing and of the site."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from classifier.assess import AreaResult, Assessment, Check, Evidence, Period
from crawler.items import AREAS, Attempt, Document, HomeLink, Listing, Outcome, Reason, Site, Visit
from db.store import Store
from domain.organisations import organisation_id
from extraction.sentences import Box, Sentence
from extraction.text import EXTRACTOR_VERSION, ExtractionError, Page, Text

HOSTILE = "<script>alert('x')</script> \"quoted\" & <img src=x onerror=alert(1)> javascript:alert(1)"
FORMULA = '=HYPERLINK("https://attacker.example","open")'

HARBOUR = organisation_id("HARBOUR LANE FOODS LIMITED", "01234567")
QUAY = organisation_id("Quay Street Bakeries Limited", "07654321")
ORCHARD = organisation_id("Orchard Mill Care LLP", "OC301234")
POLICE_NAME = "Police and Crime Commissioner for Northmere"
POLICE = organisation_id(POLICE_NAME)
HOSTILE_ORGANISATION = organisation_id(f"Hostile {HOSTILE}")
SCANNED = organisation_id("Tarn & Fell Quarries plc", "00345678")

METRICS = {
    "criteria": {
        "expert_approval": {"f1": 0.85, "by_seed": [0.85], "positives": 20, "precision": 0.9, "recall": 0.8}
    },
    "absence": {
        "statements": 90,
        "areas": {
            area: {"true_absences": 12, "said": 24, "wrong": n, "wrong_share": n / 24, "interval": [0.0, 0.4]}
            for n, area in enumerate(AREAS, start=1)
        }
        | {
            "structure": {"true_absences": 1, "said": 2, "wrong": None, "wrong_share": None, "interval": None}
        },
    },
    "status": {"planned": {"sentences": 100, "positives": 9, "precision": 0.6, "recall": None, "f1": 0.7}},
    "peer": {"predictions": "another.csv", "means": {"f1": 0.6}},
}
"""As in metrics.json of a model, with a figure that could not be measured."""

LONG_NAME = (
    "Policies against slavery, forced labour and trafficking in our own business and in our supply chains"
)

HARBOUR_SENTENCES = (
    # text, page, heading, findings
    ("Harbour Lane Foods Limited packs fish and vegetables at four sites in Lowmere and employs 640 people.",
    1,
     "Our business", ("area:structure",)),
    ("We buy from 212 growers in Spain, Morocco and Kenya.", 1, "Our supply chains", ("area:structure",)),
    ("- Our supplier code bans forced labour, and every supplier signed it before 1 March 2025.", 2,
    LONG_NAME,
     ("area:policies",)),
    ("During the year we audited 42 tier-one suppliers and found three cases of withheld wages, all since repaid.", 2,  # noqa: E501
     "Due diligence", ("area:due_diligence", "area:risk")),
    ("We do not use unpaid interns.", 2, "Due diligence", ("area:due_diligence",)),
    ("We will measure the share of growers with a grievance line next year.", 3, "Looking ahead",
     ("area:effectiveness",)),
    ("This statement was approved by the Board of Directors of Harbour Lane Foods Limited on 12 May 2026.", 3,
     "Approval", ("check:approved",)),
    ("Signed by Wilhelmina Fairbrother-Okafor, Chief Executive, w.fairbrother@harbourlane.example, 020 7946 0000", 3,  # noqa: E501
     "Wilhelmina Fairbrother-Okafor", ("check:signed",)),
    ("This statement covers the financial year ended 31 March 2026.", 1, None, ("period",)),
)  # fmt: skip


def make_working_database(path: Path) -> Path:
    """Six organisations: a group with a subsidiary, an LLP, a police body, a scan that could not be read, and
    a hostile one.
    """
    with Store(path) as store:
        store.start_run("run-1", "crawl")
        _save_registry(store)
        store.save_seeds(
            [Site(POLICE, POLICE_NAME, None, "https://northmere-pcc.example/", kind="commissioner")],
            source="public_bodies",
        )
        store.save_seeds(
            [
                Site(
                    organisation_id("Secret Supplier Limited"),
                    "Secret Supplier Limited",
                    None,
                    "https://secret.example/",
                )
            ],
            source="websites",
        )
        _save_harbour(store)
        _save_orchard(store)
        _save_police(store)
        _save_hostile(store)
        _save_scanned(store)
        _save_group_copy(store)
        _save_events(store)
        store.finish_run("run-1", "finished", {})
    return path


def listing(organisation: str, number: str | None, row: int, **changes: object) -> Listing:
    values: dict[str, object] = {
        "registry_year": 2026,
        "organisation": organisation,
        "company_number": number,
        "company_number_raw": number or "",
        "sector_type": "Private",
        "address": "1 Harbour Lane, Lowmere",
        "parent": None,
        "group_submission": True,
        "summary_url": "https://registry.example/statement-summary/aaaa1111/2026",
        "statement_url": "https://harbourlane.example/modern-slavery",
        "pdf_url": "https://registry.example/pdf-published/aaaa1111/2026/statement 2026.pdf",
        "period_start": date(2025, 4, 1),
        "period_end": date(2026, 3, 31),
        "date_approved": date(2026, 5, 12),
        "last_updated": date(2026, 6, 1),
        "approver": "Wilhelmina Fairbrother-Okafor (Chief Executive)",
        "email": "w.fairbrother@harbourlane.example",
        "declared": dict.fromkeys(AREAS, True) | {"training": None, "effectiveness": False},
        "declared_reasons": {"effectiveness": "We are working on it; ask anna@harbourlane.example"},
        "sectors": ("Food and beverages, agriculture and fishing",),
        "turnover": "£100 million to £500 million",
        "years_producing": "1 to 5 years",
        "details": {},
        "row": row,
    }
    return Listing(**(values | changes))  # type: ignore[arg-type]


def _save_registry(store: Store) -> None:
    hostile_summary = "https://registry.example/statement-summary/bbbb2222/2026"
    listings = [
        listing("HARBOUR LANE FOODS LIMITED", "01234567", 2),
        listing("Quay Street Bakeries Limited", "07654321", 3, parent="HARBOUR LANE FOODS LIMITED"),
        listing(
            f"Hostile {HOSTILE}",
            None,
            4,
            group_submission=False,
            summary_url=hostile_summary,
            statement_url="javascript:alert(1)",
            pdf_url=None,
            declared_reasons={"training": FORMULA, "policies": HOSTILE},
            sectors=(HOSTILE, "Food and beverages, agriculture and fishing"),
        ),
    ]
    store.save_registry(listings, name="2026.csv", sha256="f" * 64, rejected=[], unknown_columns=[])


def pdf(text: str, organisation: str, url: str, **changes: object) -> Document:
    body = text.encode()
    values: dict[str, object] = {
        "url": url,
        "final_url": url,
        "organisation_id": organisation,
        "content_type": "application/pdf",
        "body": body,
        "sha256": hashlib.sha256(body).hexdigest(),
        "status": 200,
        "fetched_at": "2026-06-10T09:30:00Z",
        "found_by": "registry",
        "tls": "verified",
        "warc_file": "run-1.warc.gz",
        "warc_offset": 0,
        "probability": 0.97,
    }
    return Document(**(values | changes))  # type: ignore[arg-type]


def visit(site: Site, documents: tuple[Document, ...], **changes: object) -> Visit:
    values: dict[str, object] = {
        "spider": "registry",
        "site": site,
        "outcome": Outcome.FOUND,
        "home_link": HomeLink.UNKNOWN,
        "started_at": "2026-06-10T09:29:50Z",
        "finished_at": "2026-06-10T09:30:10Z",
        "documents": documents,
        "requests": 3,
    }
    return Visit(**(values | changes))  # type: ignore[arg-type]


def text_of(
    document: Document, sentences: tuple[tuple[str, int, str | None], ...], **changes: object
) -> Text:
    is_pdf = document.content_type == "application/pdf"
    pages = max((page for _, page, _ in sentences), default=1)
    values: dict[str, object] = {
        "sha256": document.sha256,
        "content_type": document.content_type,
        "method": "pdf" if is_pdf else "html",
        "pages": tuple(Page(number, "text_layer", None, "") for number in range(1, pages + 1)),
        "sentences": tuple(
            Sentence(
                position=position,
                text=text,
                page=page,
                boxes=(Box(page, 72.0, 100.0 + 14 * position, 520.0, 112.0 + 14 * position),)
                if is_pdf
                else (),
                heading=heading,
                kind="sentence",
                source="text_layer" if is_pdf else "markup",
                confidence=None,
            )
            for position, (text, page, heading) in enumerate(sentences)
        ),
        "language": "en",
        "metadata": {"title": "Draft by Wilhelmina Fairbrother-Okafor"},
        "warnings": (),
        "error": None,
    }
    return Text(**(values | changes))  # type: ignore[arg-type]


def assessment(
    findings: Mapping[str, tuple[Evidence, ...]],
    levels: Mapping[str, str],
    *,
    year: int | None = 2026,
    values: Mapping[str, str] | None = None,
    details: Mapping[str, str] | None = None,
    **changes: object,
) -> Assessment:
    found = {area: levels.get(area, "none") for area in AREAS}
    answers = {"approved": "not_explicit", "signed": "not_explicit", "no_steps": "no"} | dict(values or {})
    fields: dict[str, object] = {
        "rubric": "uk_msa_s54",
        "ruleset": "s54-2015",
        "model": "s54 test 1",
        "kind": "statement",
        "statement_probability": 0.98,
        "areas": tuple(
            AreaResult(area, level, 0.9 if level != "none" else 0.1, f"Reason for {area}: {level}.",
                       findings.get(f"area:{area}", ()))
            for area, level in found.items()
        ),
        "checks": tuple(
            Check(check, value, f"Reason for {check}.", findings.get(f"check:{check}", ()),
            (details or {}).get(check))
            for check, value in answers.items()
        ),
        "period": Period(
            date(year - 1, 4, 1) if year else None, date(year, 3, 31) if year else None,
            findings.get("period", ())
        ),
        "covered": sum(level in ("described", "substantive") for level in found.values()),
        "of": sum(level not in ("unsure", "could_not_check") for level in found.values()),
        "warnings": (),
    }  # fmt: skip
    return Assessment(**(fields | changes))  # type: ignore[arg-type]


def evidence(position: int, finding: str, status: str = "done") -> Evidence:
    criteria = {"check:signed": "expert_signature", "check:approved": "expert_approval"}.get(
        finding, "measure_policies"
    )
    if finding == "period":  # found by a rule
        return Evidence(position, 0.0, (), status, True, ())
    return Evidence(position, 0.91, (criteria,), status, True, ("audited",))


def _save_harbour(store: Store) -> None:
    site = Site(HARBOUR, "HARBOUR LANE FOODS LIMITED", "01234567", "https://harbourlane.example/")
    statuses = {4: "denied", 5: "planned"}
    findings: dict[str, tuple[Evidence, ...]] = {}
    for position, (*_, named) in enumerate(HARBOUR_SENTENCES):
        for finding in named:
            item = evidence(position, finding, statuses.get(position, "done"))
            findings[finding] = (*findings.get(finding, ()), item)
    levels = {
        "structure": "substantive",
        "policies": "described",
        "due_diligence": "substantive",
        "risk": "mentioned",
        "effectiveness": "unsure",
    }
    new = pdf("2026", HARBOUR, "https://registry.example/pdf-published/aaaa1111/2026/statement 2026.pdf")
    old = pdf(
        "2025", HARBOUR, "https://harbourlane.example/modern-slavery", fetched_at="2026-06-10T09:30:05Z"
    )
    store.save_visit("run-1", visit(site, (new, old)))
    home = visit(
        site,
        (pdf("2026", HARBOUR, "https://harbourlane.example/files/msa.pdf", found_by="home",
             found_on="https://harbourlane.example/", fetched_at="2026-06-11T08:00:00Z"),),
        spider="websites",
        home_link=HomeLink.DIRECT,
        home_url="https://harbourlane.example/",
        home_link_url="https://harbourlane.example/files/msa.pdf",
        home_link_anchor="Modern slavery statement",
        home_link_region="footer",
        finished_at="2026-06-11T08:00:05Z",
        attempts=(
            Attempt("https://harbourlane.example/old", HARBOUR, Reason.NOT_FOUND, "2026-06-11T08:00:03Z",
            status=404),
        ),
    )  # fmt: skip
    store.save_visit("run-1", home)
    store.save_text(text_of(new, tuple(row[:3] for row in HARBOUR_SENTENCES)))
    store.save_text(text_of(old, (("We train all buyers on modern slavery every year.", 1, "Training"),)))
    store.save_assessment(
        new.sha256,
        EXTRACTOR_VERSION,
        assessment(
            findings,
            levels,
            values={"approved": "yes", "signed": "yes"},
            details={"approved": "board", "signed": "chief executive"},
        ),
    )
    store.save_assessment(
        old.sha256,
        EXTRACTOR_VERSION,
        assessment({"area:training": (evidence(0, "area:training"),)}, {"training": "described"}, year=2025),
    )


def _save_orchard(store: Store) -> None:
    site = Site(ORCHARD, "Orchard Mill Care LLP", "OC301234", "https://orchardmill.example/")
    page = pdf(
        "orchard", ORCHARD, "https://orchardmill.example/slavery", content_type="text/html", found_by="hub",
        found_on="https://orchardmill.example/about", tls="invalid",
    )  # fmt: skip
    sentences = (
        ("We have taken no steps in the financial year.", 1, None),
        ("We respect human rights.", 1, "Policy"),
    )
    found = {
        "check:no_steps": (evidence(0, "check:no_steps"),),
        "area:policies": (evidence(1, "area:policies"),),
    }
    store.save_visit(
        "run-1",
        visit(
            site,
            (page,),
            spider="websites",
            home_link=HomeLink.VIA_HUB,
            home_url="https://orchardmill.example/",
        ),
    )
    store.save_text(text_of(page, sentences))
    store.save_assessment(
        page.sha256,
        EXTRACTOR_VERSION,
        assessment(found, {"policies": "mentioned"}, year=None, values={"no_steps": "yes"}),
    )


def _save_police(store: Store) -> None:
    site = Site(POLICE, POLICE_NAME, None, "https://northmere-pcc.example/")
    attempt = Attempt(
        "https://northmere-pcc.example/", POLICE, Reason.ROBOTS, "2026-06-10T10:00:00Z", "robots.txt"
    )
    store.save_visit(
        "run-1",
        visit(site, (), spider="public_bodies", outcome=Outcome.ROBOTS_DISALLOWED, attempts=(attempt,)),
    )


def _save_hostile(store: Store) -> None:
    site = Site(HOSTILE_ORGANISATION, f"Hostile {HOSTILE}", None, "https://hostile.example/")
    document = pdf(
        "hostile", HOSTILE_ORGANISATION, "https://hostile.example/a\"><script>alert(2)</script>.pdf",
        found_by="home",
        found_on="javascript:alert(3)", fetched_at="2026-06-12T09:30:00Z",
    )  # fmt: skip
    sentences = (
        (f"Our policy bans slavery {HOSTILE}", 1, HOSTILE),
        (f"{FORMULA} is in our slavery policy", 1, FORMULA),
        ("Direction \u202eis\u2066 hidden\x00 and \x02marked\x03 here in our slavery policy.", 1, None),
    )
    found = {"area:policies": tuple(evidence(position, "area:policies") for position in range(3))}
    store.save_visit(
        "run-1",
        visit(
            site,
            (document,),
            spider="websites",
            home_link=HomeLink.DIRECT,
            home_url="https://hostile.example/",
            home_link_url="javascript:alert(4)",
            home_link_anchor=HOSTILE,
        ),
    )
    store.save_text(text_of(document, sentences, warnings=(HOSTILE,)))
    hostile = assessment(found, {"policies": "described"}, year=None, details={"approved": HOSTILE})
    store.save_assessment(document.sha256, EXTRACTOR_VERSION, hostile)


def _save_scanned(store: Store) -> None:
    site = Site(SCANNED, "Tarn & Fell Quarries plc", "00345678", "https://tarnfell.example/")
    document = pdf("scan", SCANNED, "https://tarnfell.example/statement.pdf", found_by="filed")
    store.save_visit("run-1", visit(site, (document,), spider="websites", home_link=HomeLink.NO,
                                    home_url="https://tarnfell.example/"))  # fmt: skip
    store.save_text(
        text_of(
            document,
            (),
            pages=tuple(Page(number, "unread", None, "") for number in (1, 2)),
            error=ExtractionError("encrypted", "The file asks for a password."),
        )
    )
    store.save_assessment(
        document.sha256,
        EXTRACTOR_VERSION,
        assessment(
            {},
            dict.fromkeys(AREAS, "could_not_check"),
            year=None,
            kind="unreadable",
            values=dict.fromkeys(("approved", "signed", "no_steps"), "could_not_check"),
            warnings=("No page could be read.",),
        ),
    )


def _save_group_copy(store: Store) -> None:
    """The statement of Harbour Lane, which does not name its subsidiary, on the subsidiary's own website."""
    site = Site(QUAY, "Quay Street Bakeries Limited", "07654321", "https://quaystreet.example/")
    copy = pdf(
        "2026", QUAY, "https://quaystreet.example/group-statement.pdf", found_by="home",
        found_on="https://quaystreet.example/", fetched_at="2026-06-13T08:00:00Z",
    )  # fmt: skip
    store.save_visit("run-1", visit(site, (copy,), spider="websites", finished_at="2026-06-13T08:00:05Z"))


def event(organisation: str, kind: str, **changes: object) -> dict[str, object]:
    """A row of the table of events."""
    return {
        "organisation_id": organisation,
        "kind": kind,
        "happened_at": "2026-06-12T09:30:10Z",
        "noticed_at": "2026-06-12T10:00:00Z",
        "detail": "Something has changed.",
    } | changes


def _save_events(store: Store) -> None:
    new, old = pdf("2026", HARBOUR, "").sha256, pdf("2025", HARBOUR, "").sha256
    store.db["events"].insert_all(
        [
            event(HARBOUR, "new", sha256=old, url="https://harbourlane.example/modern-slavery",
                  period_end="2025-03-31", happened_at="2026-06-10T09:30:10Z",
                  noticed_at="2026-06-10T10:00:00Z",
                  detail="A statement for the year to 31 March 2025 that was not known before."),
            event(HARBOUR, "new_year", sha256=new, previous_sha256=old, similarity=0.91,
            period_end="2026-03-31",
                  url="https://harbourlane.example/files/msa.pdf", previous_url="https://harbourlane.example/modern-slavery",
                  detail="A statement for the year to 31 March 2026. 91% of its text is that of the statement before it."),  # noqa: E501
            event(HARBOUR, "overdue", due_on="2026-09-30", detail="By guidance it was due; none was found."),
            event(HOSTILE_ORGANISATION, "home_link_changed", url="javascript:alert(5)",
            detail=f"Now (“{HOSTILE}”)."),
            event(HOSTILE_ORGANISATION, "removed", previous_url='https://hostile.example/"><script>alert(6)</script>',
                  previous_sha256="0" * 64, noticed_at="2026-06-14T10:00:00Z",
                  happened_at="2026-06-14T09:30:10Z",
                  detail=FORMULA),
        ],
        alter=False,
    )  # fmt: skip
