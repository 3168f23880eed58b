"""When the next statements are expected by guidance, as a calendar file (RFC 5545)."""

from __future__ import annotations

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from domain.dates import long_date
from section54.suppliers.report.contents import CONDUCT_NOTE, CheckReport


def as_calendar(report: CheckReport) -> bytes:
    """A day-long entry for each supplier whose next statement guidance expects on a known day; none for the
    others.

    An entry keeps its identity from check to check, so that a calendar that reads the file again moves it
    instead of adding a second one.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//section54//{report.version}//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Modern slavery statements expected")
    made = datetime.fromisoformat(report.generated_at)
    for item in report.suppliers:
        timing = item.status.timing
        if item.facts is None or timing.next_expected_by is None:
            continue
        event = Event()
        event.add("uid", f"{item.facts.organisation_id}-{timing.next_expected_by}@section54")
        event.add("dtstamp", made)
        event.add("dtstart", timing.next_expected_by)
        event.add("dtend", timing.next_expected_by + timedelta(days=1))
        year = f" for the year to {long_date(timing.next_year_end)}" if timing.next_year_end else ""
        event.add("summary", f"{item.facts.name}: statement{year} expected")
        event.add("description", f"By guidance, not by law. {timing.explanation} {CONDUCT_NOTE}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
