"""Read the bulk CSV of the GOV.UK modern slavery statement registry ("StatementSummaries2022.csv").

One row is one organisation covered by one statement; rows of a group share `StatementSummaryURL`. The reader
is strict: columns are bound by their header and each is used or ignored on purpose, unknown ones are
reported, and a row that can't be read is returned with its reason. A blank answer is None, never False.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from crawler.addresses import normal_address
from crawler.items import Listing
from domain.company_numbers import normalise_company_number
from domain.filetypes import HTML, UNKNOWN, called, sniff
from domain.organisations import normalise_name

DOWNLOAD_BASE = "https://downloads.modern-slavery-statement-registry.service.gov.uk"
"""The host of the bulk files, one per registry year, rewritten every night."""

FIRST_YEAR = 2015  # the Act came into force that year; the registry itself holds years from 2019

DECLARED = {
    "structure": ("StatementIncludesOrgStructure", "NoOrgStructureReason"),
    "policies": ("StatementIncludesPolicies", "NoPoliciesReason"),
    "due_diligence": ("StatementIncludesDueDiligence", "NoDueDiligenceReason"),
    "risk": ("StatementIncludesRisksAssessment", "NoRiskAssessmentReason"),
    "effectiveness": ("StatementIncludesGoals", "NoGoalsReason"),
    "training": ("StatementIncludesTraining", "NoTrainingReason"),
}
"""Area to the columns of its declared answer and of the text beside it, in the order of the Act.

The registry spells "RisksAssessment" once and "RiskAssessment" once; its "Goals" are area (e).
"""

MANDATORY = (
    "StatementYear",
    "OrganisationName",
    "CompanyNumber",
    "ParentName",
    "StatementURL",
    "StatementSummaryURL",
    "StatementStartDate",
    "StatementEndDate",
    *(answer for answer, _ in DECLARED.values()),
)
"""Without one of these the file is refused: it is another file, or the registry has changed its format."""

_FIELDS = (
    *MANDATORY,
    *(reason for _, reason in DECLARED.values()),
    "Address",
    "SectorType",
    "LastUpdated",
    "GroupSubmission",
    "EmailAddressNoURL",
    "ApprovingPerson",
    "DateApproved",
    "OrganisationSectors",
    "Turnover",
    "YearsProducingStatements",
    "PDFURL",
)

_RISK_LISTS = tuple(
    f"Risk{n}{part}" for n in (1, 2, 3) for part in ("SupplyChainTier", "GroupAffected", "Location")
)
LIST_DETAILS = (
    "Policies",
    "Training",
    "WorkingConditionsEngagement",
    "SocialAudits",
    "GrievanceMechanisms",
    "ILOIndicatorsInStatement",
    "ILOIndicatorsActions",
    *_RISK_LISTS,
)
"""Optional answers with several values, one a line. Never split at commas: values contain them."""

TEXT_DETAILS = (
    "OtherOrganisationSector",
    "OtherPolicies",
    "NoPolicies",
    "OtherTraining",
    "NoTraining",
    "NoEngagement",
    "NoGrievanceMechanisms",
    "OtherMonitoring",
    "NoRisks",
    *(f"Risk{n}{part}" for n in (1, 2, 3) for part in ("", "Area", "OtherGroupAffected", "Mitigation")),
    "NoILOIndicatorsInStatement",
    "ILOIndicatorsNoActions",
    "DemonstrateProgress",
    "PDFDate",
)
"""Optional answers with one value, kept as filed. NoRisks defaults to "No": that says nothing about risks."""

IGNORED = {
    "NoSocialAudits": "the registry chooses between 'No' and blank by the list of grievance mechanisms, "
    "so its 'No' may mean that the question was not answered",
}
"""Known columns that are left out on purpose, with the reason."""

KNOWN_COLUMNS = frozenset((*_FIELDS, *LIST_DETAILS, *TEXT_DETAILS, *IGNORED))
"""The 73 columns of the 2022 export."""

TURNOVER_BANDS = (
    "Under £36 million",
    "£36 million to £60 million",
    "£60 million to £100 million",
    "£100 million to £500 million",
    "Over £500 million",
    "Not provided",
)
_YES_NO = {"yes": True, "no": False}
# HTML is told after decoding; what the bytes leave open is read as text.
_MAY_BE_CSV = {"text/csv", "text/plain", HTML, "application/xml", "application/json", UNKNOWN}
_BARE_NUMBER = re.compile(r"[A-Z]{0,2}\d{4,}")
_ROW_START = re.compile(r'"?(?:19|20)\d\d"?,')  # every row begins with its registry year
_LINE_OF_ROW = re.compile(r"^(?:19|20)\d\d,", re.MULTILINE)
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"


class RegistryFileError(ValueError):
    """The file as a whole can't be read as a registry CSV; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that gave no listing."""

    row: int
    """Counted in records, the header being 1: a cell may hold line breaks."""
    reason: str


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """All that one registry CSV gave."""

    source_name: str
    encoding: str
    listings: tuple[Listing, ...]
    """In the order of the file."""
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...]
    """Values that were left out or read in a particular way, one sentence each with the row."""
    unknown_columns: tuple[str, ...]
    """Columns that this reader does not know, so the registry has changed: their values are not kept."""
    missing_columns: tuple[str, ...]
    """Known columns, none of them mandatory, that this file does not have."""
    ignored_columns: tuple[str, ...]
    """Columns of this file that are left out on purpose: see IGNORED."""

    @property
    def statements(self) -> int:
        """The number of statements: rows of a group share one."""
        return len({listing.summary_url for listing in self.listings})


def download_url(year: int, base_url: str = DOWNLOAD_BASE) -> str:
    """Return the address of the bulk file of one registry year (the year in which a statement was due)."""
    if year < FIRST_YEAR:
        raise ValueError(f"there is no registry year {year}: section 54 begins with {FIRST_YEAR}")
    return f"{base_url.rstrip('/')}/publicdownloads/StatementSummaries{year}.csv"


def read_registry_csv(source: Path | bytes, source_name: str | None = None) -> RegistryFile:
    """Read one registry CSV, given as a path or as bytes.

    Raises RegistryFileError for a file that is empty, no CSV, or lacks a mandatory column, and OSError when
    the path can't be read. A bad row is rejected with its reason; a bad value in an optional column is left
    out with a warning.
    """
    name = source_name or (str(source) if isinstance(source, Path) else "registry CSV")
    text, encoding = _decode(source if isinstance(source, bytes) else source.read_bytes(), name)
    records = _records(list(io.StringIO(text, newline="")), name)
    header = _header(next(records, None), name)

    reader = _RowReader(header)
    listings: list[Listing] = []
    rejected: list[Rejected] = []
    for number, record in enumerate(records, start=2):
        try:
            listings.append(reader.listing(number, record))
        except _RowError as error:
            rejected.append(Rejected(number, str(error)))
    if not listings and not rejected:
        raise RegistryFileError(f"{name} has a header and no rows")
    return RegistryFile(
        source_name=name,
        encoding=encoding,
        listings=tuple(listings),
        rejected=tuple(rejected),
        warnings=tuple(reader.warnings),
        unknown_columns=tuple(column for column in header if column not in KNOWN_COLUMNS),
        missing_columns=tuple(sorted(KNOWN_COLUMNS.difference(header))),
        ignored_columns=tuple(column for column in header if column in IGNORED),
    )


def _decode(body: bytes, name: str) -> tuple[str, str]:
    """The text and its encoding.

    The registry writes UTF-8 with a byte-order mark; Excel saves cp1252 or UTF-16.
    """
    if not body.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise RegistryFileError(f"{name} is empty")
    kind = sniff(body)
    if kind not in _MAY_BE_CSV:
        raise RegistryFileError(f"{name} is {called(kind)}, not a CSV file: export or save it as CSV first")
    encoding = _encoding(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise RegistryFileError(f"{name} can't be decoded as {encoding}: {error.reason}") from error
    if text.lstrip().startswith("<"):
        raise RegistryFileError(f"{name} is a web page, not a CSV file: was an error page downloaded?")
    if "Â£" in text:
        raise RegistryFileError(
            f"{name} holds 'Â£' for '£': it was opened and saved in the wrong encoding; download it again"
        )
    return text, encoding


def _encoding(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"  # what Excel writes for "CSV (Comma delimited)" on a British computer
    return "utf-8-sig"


@dataclass(frozen=True, slots=True)
class _Record:
    cells: list[str]
    first_line: int
    last_line: int
    swallowed: bool
    """Whether one of its cells holds other rows."""


def _records(lines: list[str], name: str) -> Iterator[_Record]:
    """Split lines into records; after a broken one go on at the next line that begins like a row.

    The registry does not double quotes inside a cell, so an opening quote may swallow the rows below it up to
    the next quote. Such a record has the wrong number of cells, or the right one where the same column holds
    both quotes, and then the answers of two organisations. Its rows are read again one by one.
    """
    start, width = 0, 0
    while start < len(lines):
        reader = csv.reader(lines[index] for index in range(start, len(lines)))
        offset, previous = start, 0
        start = len(lines)
        try:
            for cells in reader:
                first, last = offset + previous + 1, offset + reader.line_num
                previous = reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                width = width or len(cells)
                swallowed = _holds_a_row(cells)
                yield _Record(cells, first, last, swallowed)
                broken = swallowed or len(cells) != width
                resume = _swallowed_row(lines, range(first, last)) if broken else None
                if resume is not None:
                    start = resume
                    break
        except csv.Error as error:
            raise RegistryFileError(
                f"{name} can't be read as CSV after line {offset + previous}: {error}"
            ) from error


def _holds_a_row(cells: list[str]) -> bool:
    """Whether one cell holds the cells of another row up to its own column: as many as an unclosed quote
    there swallows.
    """
    for column, cell in enumerate(cells):
        rows = [match.start() for match in _LINE_OF_ROW.finditer(cell)] if "\n" in cell else []
        if rows and cell.count(",", rows[-1]) == column:
            return True
    return False


def _swallowed_row(lines: list[str], inside: range) -> int | None:
    """The index of the first line inside a broken record that looks like the beginning of a row."""
    return next((index for index in inside if _ROW_START.match(lines[index])), None)


def _header(record: _Record | None, name: str) -> list[str]:
    cells = [cell.strip() for cell in record.cells] if record else []
    missing = [column for column in MANDATORY if column not in cells]
    if missing:
        raise RegistryFileError(
            f"{name} is not a registry CSV: it lacks the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}; its first row begins {', '.join(cells[:5])!r}"
        )
    repeated = [column for column, count in Counter(cells).items() if count > 1]
    if repeated:
        raise RegistryFileError(f"{name} has the column {', '.join(repeated)} more than once")
    return cells


class _RowError(ValueError):
    """A row can't become a listing."""


class _RowReader:
    """Turns records into listings and collects warnings on the way."""

    def __init__(self, header: list[str]) -> None:
        self.header = header
        self.warnings: list[str] = []
        self._row = 0

    def listing(self, number: int, record: _Record) -> Listing:
        self._row = number
        if len(record.cells) != len(self.header):
            raise _RowError(
                f"{len(record.cells)} cells where the header has {len(self.header)} "
                f"({_lines(record)}): a quotation mark or comma is out of place"
            )
        if record.swallowed:
            raise _RowError(f"a cell holds other rows ({_lines(record)}): a quotation mark is not closed")
        row = dict(zip(self.header, (cell.strip() for cell in record.cells), strict=True))
        cell = _cells(row)
        organisation, parent = self._names(cell("OrganisationName"), cell("ParentName"))
        number_raw = cell("CompanyNumber")
        return Listing(
            registry_year=_year(cell("StatementYear")),
            organisation=organisation,
            company_number=self._company_number(number_raw),
            company_number_raw=number_raw,
            sector_type=cell("SectorType") or None,
            address=cell("Address") or None,
            parent=parent,
            group_submission=self._yes_no("GroupSubmission", cell("GroupSubmission")),
            summary_url=_summary_url(cell("StatementSummaryURL")),
            statement_url=self._url("StatementURL", cell("StatementURL")),
            pdf_url=self._url("PDFURL", cell("PDFURL")),
            period_start=self._date("StatementStartDate", cell("StatementStartDate")),
            period_end=self._date("StatementEndDate", cell("StatementEndDate")),
            date_approved=self._date("DateApproved", cell("DateApproved")),
            last_updated=self._date("LastUpdated", cell("LastUpdated")),
            approver=cell("ApprovingPerson") or None,
            email=cell("EmailAddressNoURL") or None,
            declared={area: self._yes_no(answer, cell(answer)) for area, (answer, _) in DECLARED.items()},
            declared_reasons={area: cell(text) for area, (_, text) in DECLARED.items() if cell(text)},
            sectors=_values(cell("OrganisationSectors")),
            turnover=self._turnover(cell("Turnover")),
            years_producing=cell("YearsProducingStatements") or None,
            details=_details(row),
            row=number,
        )

    def _names(self, name: str, parent: str) -> tuple[str, str | None]:
        """The organisation and its parent; some rows hold a bare number for a name and the name as the
        parent.
        """
        name = name.strip('"').strip()
        if not normalise_name(name):
            raise _RowError(
                f"OrganisationName {name!r} has no letter or digit" if name else "no OrganisationName"
            )
        if not _BARE_NUMBER.fullmatch(name):
            return name, parent or None
        if not parent:
            raise _RowError(f"OrganisationName is the bare number {name!r} and there is no ParentName")
        self._warn(f"OrganisationName is the bare number {name!r}; ParentName is taken as the name")
        return parent, parent

    def _company_number(self, raw: str) -> str | None:
        number = normalise_company_number(raw)
        if raw and number is None:
            self._warn(
                f"CompanyNumber {raw!r} is not recognised as a company number; kept as filed, "
                "not used to match"
            )
        return number

    def _yes_no(self, column: str, value: str) -> bool | None:
        if value and value.casefold() not in _YES_NO:
            self._warn(f"{column} {value!r} is neither Yes nor No; read as not answered")
        return _YES_NO.get(value.casefold())

    def _date(self, column: str, value: str) -> date | None:
        if not value:
            return None
        try:
            return datetime.strptime(value, "%d/%m/%Y").date()
        except ValueError:
            self._warn(f"{column} {value!r} is no date of the form dd/mm/yyyy; left out")
            return None

    def _url(self, column: str, value: str) -> str | None:
        if not value:
            return None
        if not _is_web_address(value):
            self._warn(f"{column} {value!r} is no web address; left out")
            return None
        # Hosted PDFs are filed with the spaces of their file names. What was fetched is found again by its
        # address, so that it is written here as the crawler writes it: one in 160 is filed with a fragment.
        return normal_address(quote(value, safe=_URL_SAFE))

    def _turnover(self, value: str) -> str | None:
        if value and value not in TURNOVER_BANDS:
            self._warn(f"Turnover {value!r} is no band of the registry; kept as filed")
        return value or None

    def _warn(self, message: str) -> None:
        self.warnings.append(f"row {self._row}: {message}")


def _cells(row: Mapping[str, str]) -> Callable[[str], str]:
    return lambda column: row.get(column, "")


def _lines(record: _Record) -> str:
    if record.first_line == record.last_line:
        return f"line {record.first_line}"
    return f"lines {record.first_line} to {record.last_line}"


def _year(value: str) -> int:
    if not re.fullmatch(r"20\d\d", value) or int(value) < FIRST_YEAR:
        raise _RowError(f"StatementYear {value!r} is no registry year")
    return int(value)


def _summary_url(value: str) -> str:
    if not _is_web_address(value):
        raise _RowError(
            f"StatementSummaryURL {value!r} is no web address, so the row belongs to no statement"
        )
    return value


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _values(cell: str) -> tuple[str, ...]:
    return tuple(value for line in cell.splitlines() if (value := line.strip()))


def _details(row: Mapping[str, str]) -> dict[str, str | tuple[str, ...]]:
    lists = {column: values for column in LIST_DETAILS if (values := _values(row.get(column, "")))}
    texts = {column: value for column in TEXT_DETAILS if (value := row.get(column, ""))}
    return lists | texts
