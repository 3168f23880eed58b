"""From a supplier list to a report: match, gather the facts, work out each status, write it down."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crawler.options import CrawlOptions
from db import facts as rows
from db.private import PrivateStore
from db.store import Busy, Store
from domain.company_numbers import normalise_company_number
from domain.dates import now, stamp
from domain.rubric import load_rubric
from extraction.worker import Extractor
from section54 import settings
from section54.crawling import CrawlFailed
from section54.exceptions import InputError
from section54.pictures import evidence_pictures
from section54.pipeline import Progress, assess_pending, crawl_sites, extract_pending
from section54.reader import model_metrics
from section54.settings import Home
from section54.suppliers.deciding.column_choices import read_with_choices
from section54.suppliers.deciding.decisions import Decisions, write_sheet
from section54.suppliers.deciding.resolving import (
    Resolved,
    company_of,
    load_decisions,
    open_companies,
    resolve,
    sites_to_visit,
)
from section54.suppliers.judging.gathering import supplier_facts, uncollected_facts
from section54.suppliers.judging.risk import RiskTableError, read_risk_table, tier_of
from section54.suppliers.judging.scope import on_scope
from section54.suppliers.judging.status import (
    Status,
    status_of,
    status_open,
    status_unmatched,
    with_possible_groups,
)
from section54.suppliers.judging.supplier_facts import Quotation, SupplierFacts
from section54.suppliers.matching.companies_house import Companies
from section54.suppliers.matching.matcher import MatchKind
from section54.suppliers.reading.lists import (
    RejectedRow,
    SetAside,
    SupplierLine,
    SupplierList,
    SupplierListError,
    with_ended_contracts,
)
from section54.suppliers.reading.money_checks import pounds
from section54.suppliers.report.calendar import as_calendar
from section54.suppliers.report.contents import (
    CheckedSupplier,
    CheckReport,
    decision_words,
    quotation_words,
    summary,
)
from section54.suppliers.report.email import as_email
from section54.suppliers.report.html_report import write_html
from section54.suppliers.report.packs import write_checksums, write_packs
from section54.suppliers.report.panel import write_panel
from section54.suppliers.report.printing import NoPrinter, print_pdf
from section54.suppliers.report.table import write_csv
from section54.suppliers.report.workbook import write_xlsx

MOST_ROWS = 20  # row numbers on a line of the terminal; the report has them all


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to, and the files that it wrote."""

    report: CheckReport
    files: tuple[Path, ...]
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether rows of the list could not be read or a website could not be crawled."""
        return bool(self.report.source.rejected or self.problems)

    def as_dict(self) -> dict[str, Any]:
        source = self.report.source
        return {
            "source": source.source,
            "generated_at": self.report.generated_at,
            "mapping": dict(source.mapping),
            "suppliers": [supplier_as_dict(item) for item in self.report.suppliers],
            "set_aside": [asdict(row) for row in source.set_aside],
            "rejected": [asdict(row) for row in source.rejected],
            "look_first": list(self.report.look_first),
            "amounts_are": self.report.money_word.lower(),
            "money": asdict(source.money),
            "warnings": [*source.warnings, *self.problems],
            "summary": [asdict(count) for count in summary(self.report)],
            "files": [str(path) for path in self.files],
        }

    def as_text(self) -> str:
        source = self.report.source
        columns = ", ".join(f"{field} = {heading!r}" for field, heading in source.mapping.items())
        lines = [
            f"{source.source}: {len(self.report.suppliers)} suppliers from {source.rows} rows; columns: "
            f"{columns}"
        ]
        lines += [f"look first: {text}" for text in source.doubts]
        lines += [source.money.sentence] if source.money.sentence else []
        lines += [f"  {count.suppliers:>4}  {count.label}" for count in summary(self.report)]
        lines += _set_aside_lines(source)
        lines += _rejected_lines(source)
        lines += [f"note: {warning}" for warning in (*source.warnings[len(source.doubts) :], *self.problems)]
        pages = [path for path in self.files if path.parent == self.files[0].parent / "report"]
        lines += [f"written: {path}" for path in self.files if path not in pages]
        if pages:
            lines.append(f"written: {pages[0].parent} ({len(pages)} files)")
        return "\n".join(lines)


def _set_aside_lines(source: SupplierList) -> list[str]:
    """One line for each reason, with its rows and the money that stands in them."""
    by_reason: dict[str, list[SetAside]] = {}
    for one in source.set_aside:
        by_reason.setdefault(one.reason, []).append(one)
    return [f"set aside, {_rows_and_money(rows)}: {reason}" for reason, rows in by_reason.items()]


def _rejected_lines(source: SupplierList) -> list[str]:
    by_reason: dict[str, list[RejectedRow]] = {}
    for one in source.rejected:
        by_reason.setdefault(one.reason, []).append(one)
    return [f"rejected, {_rows_and_money(rows)}: {reason}" for reason, rows in by_reason.items()]


def _rows_and_money(rows: Sequence[SetAside] | Sequence[RejectedRow]) -> str:
    money = sum((one.amount or Decimal(0) for one in rows), Decimal(0))
    count = f" ({len(rows)} rows)" if len(rows) > MOST_ROWS else ""
    shown = _first_rows([one.row for one in rows])
    return f"row{'s' if len(rows) > 1 else ''} {shown}{count}{f', {pounds(money)}' if money else ''}"


def _first_rows(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:MOST_ROWS]))
    return f"{shown} and {len(numbers) - MOST_ROWS} more" if len(numbers) > MOST_ROWS else shown


def supplier_as_dict(item: CheckedSupplier) -> dict[str, Any]:
    """One supplier for JSON, without the names of individuals in quotations."""
    return {
        "supplier": item.line.name,
        "company_number": item.line.company_number,
        "rows": list(item.line.rows),
        "amount": item.line.amount,
        "written": item.line.written,
        "files": list(item.line.files),
        "payments": item.line.payments,
        "first_payment": item.line.first_day,
        "last_payment": item.line.last_day,
        "contract_ends": item.line.contract_ends,
        "undivided": item.line.undivided,
        "other_currencies": dict(item.line.foreign),
        "list_parent": item.line.parent,
        "match": {
            "kind": str(item.match.kind),
            "organisation_id": item.match.organisation_id,
            "reason": item.match.reason,
            "candidates": [asdict(candidate) for candidate in item.match.candidates],
        },
        "decisions": [decision_words(one) for one in item.decisions],
        "status": str(item.status.status),
        "label": item.status.label,
        "cause": str(item.status.cause) if item.status.cause else None,
        "reasons": list(item.status.reasons),
        "home_link": item.facts.visit.home_link if item.facts and item.facts.visit else None,
        "scope": asdict(item.status.scope),
        "timing": asdict(item.status.timing),
        "statement": _statement_as_dict(item),
        "cover": _cover_as_dict(item),
        "registry": [asdict(row) for row in item.facts.listings] if item.facts else [],
        "tried": [asdict(tried) for tried in item.status.tried],
        "remaining_reasons": list(item.status.remaining_reasons),
        "risk": {"tier": item.risk.tier, "reasons": list(item.risk.reasons)} if item.risk else None,
    }


def _statement_as_dict(item: CheckedSupplier) -> dict[str, Any] | None:
    statement = item.status.statement
    if statement is None:
        return None
    name = _known_as(item)
    found = asdict(statement)
    for finding in (*found["areas"], *found["checks"]):
        for quotation in finding["quotations"]:
            plain = Quotation(quotation["text"], quotation["page"])
            quotation["text"] = quotation_words(plain, name, check=finding.get("check"))
    return found


def _cover_as_dict(item: CheckedSupplier) -> dict[str, Any] | None:
    """How a group's statement reaches this supplier; the statement itself is given beside it."""
    cover = item.status.cover
    if cover is None:
        return None
    words = quotation_words(cover.quotation, _known_as(item)) if cover.quotation else None
    page = cover.quotation.page if cover.quotation else None
    parent = {"organisation_id": cover.parent_id, "name": cover.parent_name}
    return {"by": parent, "kind": str(cover.kind), "quotation": words, "page": page}


def _known_as(item: CheckedSupplier) -> str:
    return item.facts.name if item.facts else item.line.name


def check_list(
    home: Home,
    paths: Sequence[Path],
    output: Path | None,
    mapping: Mapping[str, str],
    network: CrawlOptions,
    *,
    crawl_first: bool = False,
    risk: Path | None = None,
    packs: bool = False,
    pictures: bool = False,
    pdf: bool = False,
    today: date,
    say: Progress,
) -> Checked:
    """Check a supplier list against the collection and write CSV, XLSX, HTML and the panel summary to
    `output`.

    Several files, and folders and archives of them, are one list. Columns in `mapping` are kept for the next
    file with the same headings.

    With `crawl_first` the websites that the list gives are visited before. `risk` is the buyer's table of
    risk tiers; `packs` writes a folder of evidence per supplier, with `pictures` of its pages, `pdf` each
    page as PDF too. Raises InputError for a list or table that cannot be read as one, and where there is no
    collection yet.
    """
    if not home.working_db.exists() and not crawl_first:
        raise InputError(
            f"{home.working_db}: no collection yet; load a registry file and crawl first, or use --crawl"
        )
    try:
        source = read_with_choices(home, paths, mapping)
        table = read_risk_table(risk) if risk else None
    except (SupplierListError, RiskTableError, OSError) as error:
        raise InputError(str(error)) from error
    with Store(home.working_db) as store:
        problems = _visit_suppliers(store, home, source, network, say) if crawl_first else ()
        with_decisions = load_decisions(home)
        with open_companies(home) as companies:
            suppliers = tuple(check_suppliers(store, source.suppliers, today, with_decisions, companies))
    source = with_ended_contracts(source, today)
    if table is not None:
        suppliers = tuple(replace(item, risk=tier_of(item.line, table)) for item in suppliers)
    risk_table = table.name if table else None
    report = CheckReport(suppliers, source, stamp(), version("section54"), risk_table, is_demo=home.is_demo)
    folder = output or home.reports / f"{_name_of(paths)}-{now():%Y%m%d-%H%M%S}"
    files = [*write_report(report, folder), *write_panel(report, folder), *_sheet_to_decide(report, folder)]
    pages = [file for file in files if file.suffix == ".html"]
    if packs:
        pages += _write_packs(home, report, folder / "packs", pictures=pictures)
        files.append(folder / "packs")
    if pdf:
        problems = (*problems, *_print(pages, files, say))
    _remember(home, _name_of(paths), source.sha256, report)
    return Checked(report, tuple(files), problems)


def _name_of(paths: Sequence[Path]) -> str:
    more = f"-and-{len(paths) - 1}-more" if len(paths) > 1 else ""
    return f"{paths[0].stem}{more}"


def write_report(report: CheckReport, folder: Path) -> tuple[Path, ...]:
    """Write suppliers.csv, suppliers.xlsx and report.html into `folder`, which is made if need be; return all
    files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = (folder / "suppliers.csv", folder / "suppliers.xlsx")
    for path, write in zip(tables, (write_csv, write_xlsx), strict=True):
        write(report, path)
    others = {"email.txt": as_email(report).encode(), "expected.ics": as_calendar(report)}
    for name, body in others.items():
        (folder / name).write_bytes(body)
    return (*tables, *write_html(report, folder / "report.html"), *(folder / name for name in others))


def _write_packs(home: Home, report: CheckReport, folder: Path, *, pictures: bool) -> list[Path]:
    if not pictures:
        return write_packs(report, folder, supplier_as_dict)
    with Store(home.working_db) as store, Extractor(workers=1) as extractor:
        draw = functools.partial(evidence_pictures, store, home, extractor=extractor)
        return write_packs(report, folder, supplier_as_dict, draw)


def check_lines(
    home: Home, paths: Sequence[Path], mapping: Mapping[str, str], today: date
) -> list[CheckedSupplier]:
    """Check a list against the collection as it is, without writing or keeping anything.

    Raises InputError.
    """
    if not home.working_db.exists():
        raise InputError(f"{home.working_db}: no collection yet")
    try:
        source = read_with_choices(home, paths, mapping)
    except (SupplierListError, OSError) as error:
        raise InputError(str(error)) from error
    with Store(home.working_db) as store, open_companies(home) as companies:
        return check_suppliers(store, source.suppliers, today, load_decisions(home), companies)


def _print(pages: Sequence[Path], files: list[Path], say: Progress) -> Iterator[str]:
    """Print every page beside itself; the first one that can't be printed ends it and is said."""
    for number, page in enumerate(pages, start=1):
        try:
            printed = print_pdf(page, page.with_suffix(".pdf"))
        except NoPrinter as error:
            yield str(error)
            return
        if page.name == "evidence.html":
            write_checksums(page.parent)
        else:
            files.append(printed)
        say(f"print {number} of {len(pages)}")


def _visit_suppliers(
    store: Store, home: Home, source: SupplierList, network: CrawlOptions, say: Progress
) -> tuple[str, ...]:
    """Crawl the websites that the list itself gives; what goes wrong is said in the report."""
    sites, left_out = sites_to_visit(store, home, source.suppliers)
    if not sites:
        return (*left_out, "the list gives no websites to visit")
    store.save_seeds(sites, source="supplier_list")
    try:
        crawled = crawl_sites(store, home, "websites", sites, network, verbose=True)
    except (Busy, CrawlFailed) as error:
        return (*left_out, f"the websites could not be visited: {error}")
    extract_pending(store, home, say)
    assess_pending(store, say)
    return (*left_out, *crawled.errors)


def check_suppliers(
    store: Store,
    lines: Sequence[SupplierLine],
    today: date,
    decisions: Decisions | None = None,
    companies: Companies | None = None,
) -> list[CheckedSupplier]:
    """Match and judge each supplier, in the order of the list; a person's decision outweighs the matcher."""
    pairs = [(line.name, line.company_number) for line in lines]
    resolved = resolve(store, pairs, decisions or Decisions(), companies, [line.parent for line in lines])
    judge = _Judge(store, recall_by_area(), rows.organisation_names(store), companies, today)
    return [judge.supplier(line, found) for line, found in zip(lines, resolved, strict=True)]


def recall_by_area() -> dict[str, float | None]:
    """The share of an area's labelled sentences that the model recognised, pooled over the area's criteria.

    Out of fold over the UK statements, from metrics.json; None for an area where it was not measured.
    """
    measured = model_metrics().get("criteria", {})
    return {
        area.id: _pooled_recall([measured[name] for name in area.criteria if name in measured])
        for area in load_rubric(settings.DEFAULT_RUBRIC).areas
    }


def _pooled_recall(figures: Sequence[Mapping[str, Any]]) -> float | None:
    positives = sum(row["positives"] for row in figures)
    return sum(row["recall"] * row["positives"] for row in figures) / positives if positives else None


@dataclass(frozen=True, slots=True)
class _Judge:
    """All that one supplier is judged by."""

    store: Store
    recall: Mapping[str, float | None]
    names: Mapping[str, str]
    """Of the organisations in the collection, by id."""
    companies: Companies | None
    today: date

    def supplier(self, line: SupplierLine, resolved: Resolved) -> CheckedSupplier:
        match, decided = resolved.match, resolved.decisions
        if match.organisation_id is None or match.needs_review:
            status = (status_open if match.candidates else status_unmatched)(match.reason, line.name)
            return CheckedSupplier(line, match, status, None, decided)
        found = self.facts(match.organisation_id, match.candidates[0].name)
        found = replace(found, scope_evidence=on_scope(decided, found.organisation_id))
        status = with_possible_groups(
            status_of(found, self.today), [one.name for one in match.candidates[1:]]
        )
        return CheckedSupplier(line, match, status, found, decided)

    def facts(self, identifier: str, name: str) -> SupplierFacts:
        company = company_of(self.companies, identifier, name)
        if identifier in self.names:
            return supplier_facts(self.store, identifier, self.recall, company)
        return uncollected_facts(self.store, identifier, name, company)


def _sheet_to_decide(report: CheckReport, folder: Path) -> tuple[Path, ...]:
    """A sheet with every open choice, most spend first, for `section54 decide import`; none where nothing is
    open.
    """
    open_items = [item for item in report.suppliers if item.is_open]
    if not open_items:
        return ()
    open_items.sort(key=lambda item: item.line.amount or 0, reverse=True)
    choices = (
        (item.line.name, item.line.company_number, str(item.line.amount or ""), item.match.candidates)
        for item in open_items
    )
    path = folder / "to-decide.csv"
    if path.exists():  # in a folder of one's own choosing: a person may have filled it in
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        path.rename(path.with_name(f"to-decide-before-{made:%Y%m%d-%H%M%S}.csv"))
    write_sheet(choices, path)
    return (path,)


def _plain(row: RejectedRow | SetAside) -> dict[str, Any]:
    """A row for JSON, its amount as it is written."""
    return {key: str(value) if isinstance(value, Decimal) else value for key, value in asdict(row).items()}


def _remember(home: Home, name: str, sha256: str, report: CheckReport) -> None:
    with closing(PrivateStore(home.private_db)) as private:
        private.save_check(
            name=name,
            sha256=sha256,
            mapping=report.source.mapping,
            rejected=[_plain(row) for row in report.source.rejected],
            set_aside=[_plain(row) for row in report.source.set_aside],
            results=[
                {
                    "supplier": item.line.name,
                    "company_number": item.line.company_number,
                    "amount": None if item.line.amount is None else str(item.line.amount),
                    "match": str(item.match.kind),
                    "organisation_id": item.match.organisation_id,
                    "status": str(item.status.status),
                    "reasons": item.status.reasons,
                    "candidates": [[one.organisation_id, one.name] for one in item.match.candidates],
                }
                for item in report.suppliers
            ],
        )


# --- one organisation


@dataclass(frozen=True, slots=True)
class Shown:
    """One organisation with its status today."""

    facts: SupplierFacts
    status: Status

    def as_dict(self) -> dict[str, Any]:
        return {"organisation": asdict(self.facts), "status": asdict(self.status)}

    def as_text(self) -> str:
        facts, status = self.facts, self.status
        lines = [
            f"{facts.name}  {facts.company_number or 'no company number'}  ({facts.organisation_id})",
            f"{status.label}: {' '.join(status.reasons)}",
            f"scope: {status.scope.word}",
        ]
        for statement in facts.statements:
            lines.append(f"\n{statement.url}  (sha256 {statement.sha256}, fetched {statement.fetched_at})")
            lines.append(f"  period {statement.period_start or '?'} to {statement.period_end or '?'}")
            lines += [f"  {check.check}: {check.value.replace('_', ' ')}" for check in statement.checks]
            for area in statement.areas:
                lines.append(f"  {area.area}: {area.level.replace('_', ' ')}: {area.reason}")
                for quotation in area.quotations:
                    place = f"p{quotation.page}" if quotation.page else "web page"
                    lines.append(f"      {place}: {quotation.text}")
                    lines += (
                        [f"        because of: {', '.join(quotation.because)}"] if quotation.because else []
                    )
        lines += ["", *(f"tried {item.at or ''}: {item.what}: {item.outcome}" for item in status.tried)]
        return "\n".join(lines)


def show_organisation(home: Home, wanted: str, today: date) -> Shown:
    """Find one organisation by id, company number or name; raise InputError with the candidates otherwise.

    A company that the collection knows nothing of is shown from the Companies House snapshot, where one was
    loaded.
    """
    if not home.working_db.exists() and not home.companies_db.exists():
        raise InputError(f"{home.working_db}: no collection yet")
    with Store(home.working_db) as store, open_companies(home) as companies:
        identifier, name = _found(store, companies, wanted)
        judge = _Judge(store, recall_by_area(), rows.organisation_names(store), companies, today)
        found = judge.facts(identifier, name)
    return Shown(found, status_of(found, today))


def find_organisation(store: Store, wanted: str) -> str:
    """The id of an organisation of the collection by its id, company number or name.

    Raises InputError with the candidates otherwise.
    """
    return _found(store, None, wanted)[0]


def _found(store: Store, companies: Companies | None, wanted: str) -> tuple[str, str]:
    names = rows.organisation_names(store)
    if wanted in names:
        return wanted, names[wanted]
    number = normalise_company_number(wanted)
    match = resolve(store, [(wanted, number)], Decisions(), companies)[0].match
    if match.organisation_id is not None:
        return match.organisation_id, match.candidates[0].name
    if match.kind is MatchKind.CANDIDATES:
        offered = "; ".join(f"{item.name} ({item.organisation_id})" for item in match.candidates[:5])
        raise InputError(f"{wanted!r} is not the name of a known organisation; do you mean: {offered}?")
    raise InputError(f"{wanted!r}: no such organisation")
