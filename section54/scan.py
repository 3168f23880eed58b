"""Read single files and addresses: extract, assess, and give the result as one JSON object per input."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from classifier.assess import Assessment, Check, Evidence
from crawler.items import Attempt
from crawler.options import CrawlOptions, new_run_id
from domain.coverage import LEVELS, check_value
from domain.dates import long_date
from domain.deadlines import expected_year_end
from domain.rubric import Rubric
from extraction.sentences import Sentence
from extraction.text import Text
from extraction.worker import Extractor
from section54 import caches, settings
from section54.reader import Reader, reading_of

Result = dict[str, Any]
Failure = tuple[str, str]
"""Kind and message."""
Fetched = tuple[bytes | None, Failure | None]

WINDOW = 4
"""Files that are read ahead of the one that is shown, so that both workers of the extractor are busy."""

MAX_BYTES = 60 * 2**20
"""A file beyond this is refused before it is read: the largest real statement of the study was 12 MB."""


def scan(
    inputs: Sequence[str],
    reader: Reader,
    home: settings.Home,
    network: CrawlOptions,
    today: date,
    *,
    ocr: bool = True,
) -> Iterator[Result]:
    """Yield one result per input, in order, in the shape of `section54 scan --json` (see docs/scan.md).

    An input that could not be read gives a result with `error`; the others go on. Without `ocr`, pages that
    need it are unread, with a warning. Bytes that were read before come from the cache.
    """
    fetched = _fetch_addresses([item for item in inputs if is_address(item)], home, network)
    with Extractor(ocr=ocr, cache=caches.texts(home)) as extractor:
        ahead: deque[tuple[str, Future[Text] | Failure]] = deque()
        for source in inputs:
            body, failure = fetched[source] if is_address(source) else _read_file(Path(source))
            ahead.append((source, failure or extractor.submit(body or b"")))
            if len(ahead) > WINDOW:
                yield _settle(*ahead.popleft(), reader, today)
        while ahead:
            yield _settle(*ahead.popleft(), reader, today)


def _settle(source: str, outcome: Future[Text] | Failure, reader: Reader, today: date) -> Result:
    if isinstance(outcome, Future):
        return result(source, outcome.result(), reader, today)
    return failed(source, reader.rubric, *outcome)


def is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _fetch_addresses(
    urls: Sequence[str], home: settings.Home, network: CrawlOptions
) -> Mapping[str, Fetched]:
    if not urls:
        return {}
    from section54.crawling import CrawlFailed, fetch  # the crawler is loaded where an address is given

    options = network.for_run(new_run_id("scan"), home.warc, settings.CONTACT)
    try:
        results = fetch(urls, options)
    except CrawlFailed as error:
        return {url: (None, ("crawl_failed", str(error))) for url in urls}
    return {
        url: (None, (str(item.reason), _why(item))) if isinstance(item, Attempt) else (item.body, None)
        for url, item in zip(urls, results, strict=True)
    }


def _why(attempt: Attempt) -> str:
    words = f"could not be fetched: {str(attempt.reason).replace('_', ' ')}"
    return f"{words} ({attempt.detail})" if attempt.detail else words


def _read_file(path: Path) -> Fetched:
    try:
        size = path.stat().st_size
        if path.is_dir():
            return None, ("not_a_document", "is a folder; give the files in it")
        if size > MAX_BYTES:
            return None, ("too_large", f"{size} bytes; the limit is {MAX_BYTES}")
        return path.read_bytes(), None
    except OSError as error:
        return None, (
            "not_found" if isinstance(error, FileNotFoundError) else "unreadable",
            str(error.strerror),
        )


def failed(source: str, rubric: Rubric, kind: str, message: str) -> Result:
    """The result of an input that never came to be read: every finding could not be checked."""
    return {
        "source": source,
        "sha256": None,
        "content_type": None,
        "method": None,
        "pages": 0,
        "pages_read": 0,
        "words": 0,
        "sentences": 0,
        "statements": [],
        "language": None,
        "statement": {"value": None, "probability": None},
        "period": {"start": None, "end": None, "expected": _NO_YEAR, "evidence": []},
        "checks": {rule.id: {"value": "could_not_check", "evidence": []} for rule in rubric.checks},
        "areas": {
            area.id: {"level": "could_not_check", "probability": None, "evidence": []}
            for area in rubric.areas
        },
        "coverage": {"covered": 0, "of": 0},
        "warnings": [],
        "error": {"kind": kind, "message": message},
    }


def result(source: str, text: Text, reader: Reader, today: date) -> Result:
    """The result of one extracted text; `error` is set where extraction gave none."""
    if text.error is not None:
        found = failed(source, reader.rubric, text.error.kind, text.error.message)
    else:
        found = _found(source, text, reader.assess(reading_of(text)), reader.rubric, today)
    return {
        **found,
        "sha256": text.sha256,
        "content_type": text.content_type,
        "method": text.method,
        "pages": len(text.pages),
        "pages_read": len(text.pages_read),
        "words": text.words,
        "sentences": len(text.sentences),
        "statements": text.metadata.get("statements", []),
        "language": text.language,
        "warnings": [*text.warnings, *found["warnings"]],
    }


def _found(source: str, text: Text, assessment: Assessment, rubric: Rubric, today: date) -> Result:
    sentences = {sentence.position: sentence for sentence in text.sentences}
    period = assessment.period
    return {
        "source": source,
        "statement": {"value": assessment.kind, "probability": round(assessment.statement_probability, 4)},
        "period": {
            "start": period.start.isoformat() if period.start else None,
            "end": period.end.isoformat() if period.end else None,
            "expected": _expected(period.end, today),
            "evidence": [_quotation(sentences[item.position]) for item in period.evidence],
        },
        "checks": {check.check: _check(check, sentences) for check in assessment.checks},
        "areas": {
            area.area: {
                "level": area.level,
                "probability": round(area.probability, 4),
                "reason": area.reason,
                "evidence": [_evidence(item, sentences[item.position]) for item in area.evidence],
            }
            for area in assessment.areas
        },
        "coverage": {"covered": assessment.covered, "of": assessment.of},
        "rubric": {
            "id": assessment.rubric,
            "ruleset": assessment.ruleset,
            "title": rubric.rules.title,
            "status": rubric.rules.status,
            "areas_mandatory": rubric.rules.areas_mandatory,
            "registry_required": rubric.rules.registry_required,
            "model": assessment.model,
        },
        "warnings": list(assessment.warnings),
        "error": None,
    }


_NO_YEAR = {"value": "could_not_check", "reason": "No financial year was found."}


def _expected(end: date | None, today: date) -> Result:
    """Say whether guidance expects a later year's statement by today, going by the year end that the
    statement names.
    """
    if end is None:
        return _NO_YEAR
    newest = expected_year_end(end, today)
    if end >= newest:
        return {"value": "yes", "reason": "By guidance no later year's statement is expected yet."}
    return {"value": "no", "reason": f"By guidance the one for the year to {long_date(newest)} is expected."}


def _check(check: Check, sentences: Mapping[int, Sentence]) -> Result:
    return {
        "value": check.value,
        "reason": check.reason,
        "detail": check.detail,
        "evidence": [_quotation(sentences[item.position]) for item in check.evidence],
    }


def _quotation(sentence: Sentence) -> Result:
    return {"page": sentence.page, "text": sentence.text}


def _evidence(evidence: Evidence, sentence: Sentence) -> Result:
    return {
        "page": sentence.page,
        "boxes": [asdict(box) for box in sentence.boxes],
        "text": sentence.text,
        "heading": sentence.heading,
        "criteria": list(evidence.criteria),
        "probability": round(evidence.probability, 4),
        "status": evidence.status,
        "specific": evidence.specific,
        "because": list(evidence.because),
    }


def as_table(results: Iterable[Result]) -> str:
    """The results as lines for a terminal."""
    return "\n".join(line for item in results for line in (*_lines(item), ""))


def _lines(item: Result) -> Iterator[str]:
    yield item["source"]
    if item["error"]:
        yield f"  could not check: {item['error']['kind']}: {item['error']['message']}"
        return
    yield (
        f"  {item['statement']['value'].replace('_', ' ')} (probability "
        f"{item['statement']['probability']:.2f}), "
        f"{item['words']} words, {item['pages_read']} of {item['pages']} pages read, {item['method']}"
    )
    rules = item["rubric"]
    areas = "mandatory" if rules["areas_mandatory"] else "optional"
    yield f"  rules: {rules['title']} ({rules['status']}; the areas are {areas})"
    period = item["period"]
    dates = f"{period['start'] or '?'} to {period['end'] or '?'}"
    yield from _row("period", dates, period["expected"]["reason"], period["evidence"])
    for name, check in item["checks"].items():
        yield from _row(name, check_value(name, check["value"]).lower(), check["reason"], check["evidence"])
    for name, area in item["areas"].items():
        yield from _row(name, LEVELS[area["level"]].lower(), area["reason"], area["evidence"])
    yield f"  coverage            {item['coverage']['covered']} of {item['coverage']['of']} areas"
    for warning in item["warnings"]:
        yield f"  note: {warning}"


def _row(name: str, value: str, reason: str, evidence: Sequence[Result]) -> Iterator[str]:
    """What was found and why; under it the likeliest passage, and the words in it that carried the
    decision.
    """
    yield f"  {name.replace('_', ' '):<19} {value:<16} {reason}"
    if not evidence:
        return
    best = max(evidence, key=lambda item: item.get("probability", 0))
    text = best["text"] if len(best["text"]) <= WIDTH else best["text"][: WIDTH - 1] + "…"
    more = f" (+{len(evidence) - 1})" if len(evidence) > 1 else ""
    yield f"{'':<22}p{best['page']}: {text}{more}"
    if best.get("because"):
        yield f"{'':<22}because of: {', '.join(best['because'])}"


WIDTH = 90  # of a quotation in the table; the whole of it is in the JSON
