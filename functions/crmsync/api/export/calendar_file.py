"""Appointments as an iCalendar file: events that other programs show when they take place here.

A series is one event with its rules; an exception has the same UID and names the occurrence that it replaces,
and a cancelled occurrence is a date on which the series does not take place.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmsync.api.export.lines import line, parameter, plain, verbatim
from crmsync.core.calendar.recurrence import occurrence_key
from crmsync.core.calendar.standard import Standard
from crmsync.core.model import AllDay, Appointment, Attendee, Moment, Reminder, Stored, Timed

PRODUCT = "-//CRM Google Sync//Export//EN"
_ANSWERS = {
    "needsAction": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
}


class CalendarFile:
    """One file, written event by event. A zone is described before the first event that needs it.

    email: of the person whose calendar it is, for reminders that come by e-mail; "" when that is not known.
    """

    def __init__(self, email: str) -> None:
        self._email = email
        self._described = {"UTC"}

    def begin(self) -> bytes:
        """What stands before the events."""
        head = (("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN"))
        return b"".join(verbatim(*each) for each in head)

    def end(self) -> bytes:
        """What stands behind them."""
        return verbatim("END", "VCALENDAR")

    def single(self, stored: Stored[Appointment]) -> bytes:
        """An appointment that does not repeat."""
        return self._event(stored, stored.id, stored.value.start, stored.value.end, ())

    def series(self, stored: Stored[Appointment], rules: Standard) -> bytes:
        """A series."""
        return self._event(stored, stored.id, rules.start, rules.end, _rules(rules))

    def exception(self, stored: Stored[Appointment], series: Stored[Appointment]) -> bytes:
        """An occurrence that is not as its series says."""
        replaced = stored.value.original_start
        assert replaced is not None
        if isinstance(replaced, Timed) and isinstance(series.value.start, Timed):
            replaced = Timed(replaced.at, series.value.start.time_zone)
        lines = (_moment("RECURRENCE-ID", replaced),)
        return self._event(stored, series.id, stored.value.start, stored.value.end, lines)

    def _event(
        self, stored: Stored[Appointment], uid: str, start: Moment, end: Moment, when: Sequence[bytes]
    ) -> bytes:
        value = stored.value
        texts = (("SUMMARY", value.title), ("LOCATION", value.location), ("DESCRIPTION", value.description))
        lines = [
            verbatim("BEGIN", "VEVENT"),
            line("UID", uid),
            verbatim("DTSTAMP", _utc(stored.updated_at)),
            verbatim("CREATED", _utc(stored.created_at)),
            verbatim("LAST-MODIFIED", _utc(stored.updated_at)),
            _moment("DTSTART", start),
            # An event without an end is as short as one can be; one that ends where it starts is none.
            *([_moment("DTEND", end)] if occurrence_key(end) > occurrence_key(start) else []),
            *when,
            *(line(name, text) for name, text in texts if text),
            verbatim("STATUS", value.status.upper()),
            verbatim("TRANSP", "OPAQUE" if value.busy else "TRANSPARENT"),
            verbatim("CLASS", "PRIVATE" if value.visibility == "private" else "PUBLIC"),
            *(_guest(guest) for guest in value.attendees),
            *(each for reminder in value.reminders or () for each in self._alarm(value, reminder)),
            verbatim("END", "VEVENT"),
        ]
        return b"".join([*self._zones(value, start, end), *lines])

    def _zones(self, value: Appointment, *moments: Moment) -> Iterator[bytes]:
        """The zones that have not been described yet."""
        for moment in (*moments, value.start, value.original_start):
            zone = _zone(moment) if isinstance(moment, Timed) else None
            if zone is not None and zone.key not in self._described:
                self._described.add(zone.key)
                from icalendar import Timezone

                yield Timezone.from_tzid(zone.key).to_ical()

    def _alarm(self, value: Appointment, reminder: Reminder) -> Iterator[bytes]:
        by_email = reminder.method == "email" and self._email
        yield verbatim("BEGIN", "VALARM")
        yield verbatim("ACTION", "EMAIL" if by_email else "DISPLAY")
        yield verbatim("TRIGGER", f"-PT{reminder.minutes}M")
        yield line("DESCRIPTION", value.title)
        if by_email:
            yield line("SUMMARY", value.title)
            yield verbatim("ATTENDEE", f"mailto:{_address(self._email)}")
        yield verbatim("END", "VALARM")


def _rules(rules: Standard) -> list[bytes]:
    dates = (("RDATE", rules.more), ("EXDATE", rules.fewer))
    return [
        *(verbatim(kind, value) for kind, value in rules.rules),
        *(_moment(name, moment) for name, moments in dates for moment in moments),
    ]


def _moment(name: str, moment: Moment) -> bytes:
    if isinstance(moment, AllDay):
        return verbatim(f"{name};VALUE=DATE", _day(moment.date))
    zone = _zone(moment)
    local = moment.at.astimezone(zone or UTC)
    # A clock that is set back shows an hour twice, and would be read as the first time.
    if zone is None or local.fold:
        return verbatim(name, _utc(local))
    return verbatim(f"{name};TZID={zone.key}", f"{_day(local.date())}T{local:%H%M%S}")


def _zone(moment: Timed) -> ZoneInfo | None:
    """The zone of a moment; None for UTC, and where nobody knows it."""
    try:
        zone = ZoneInfo(moment.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return None if zone.key in ("UTC", "Etc/UTC") else zone


def _day(day: date) -> str:
    return f"{day.year:04}{day:%m%d}"


def _utc(at: datetime) -> str:
    return occurrence_key(Timed(at, "UTC"))


def _guest(guest: Attendee) -> bytes:
    name = parameter("CN", guest.name) if guest.name else ""
    answer = f";PARTSTAT={_ANSWERS[guest.response]}" if guest.response in _ANSWERS else ""
    return verbatim(f"ATTENDEE{name}{answer}", f"mailto:{_address(guest.email)}")


def _address(email: str) -> str:
    """An address in a line whose value is not escaped."""
    return plain(email).replace("\n", "")
