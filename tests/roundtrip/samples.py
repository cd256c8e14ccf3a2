"""The public .ics samples that icalendar and recurring-ical-events ship, as appointments.

What an appointment cannot hold is left out by name: zones that are not IANA's, events without a start, ends
before starts, mixtures of days and times.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events

from crmsync.api.http import times
from crmsync.core.calendar.occurrences import takes_place
from crmsync.core.calendar.recurrence import occurrence_key, problem
from crmsync.core.model import AllDay, Appointment, Moment, Timed

FLOATING = "America/Toronto"
"""Where events without a zone take place."""

_LINES = ("RRULE", "EXRULE", "RDATE", "EXDATE")


@dataclass(frozen=True, slots=True)
class Sample:
    """One VEVENT: the file it stands in, its number there, and what it says; `why` it is no appointment."""

    file: str
    number: int
    uid: str
    value: Appointment | None
    original_start: Moment | None = None
    why: str = ""

    @property
    def name(self) -> str:
        return f"{self.file}-{self.number}"


@cache
def samples() -> tuple[Sample, ...]:
    """Every VEVENT of every sample that can be parsed."""
    return tuple(found for path in sorted(files()) for found in _events(path))


def files() -> list[Path]:
    """The samples as installed."""
    homes = (Path(str(icalendar.__file__)).parent, Path(str(recurring_ical_events.__file__)).parent)
    return [path for home in homes for path in home.rglob("*.ics")]


@cache
def appointments() -> tuple[Sample, ...]:
    """The samples that are single appointments or series whose rules can be followed."""
    return tuple(it for it in samples() if it.value is not None and it.original_start is None)


def exceptions() -> list[tuple[int, Appointment]]:
    """The samples that stand for one occurrence of a series, each with the place of the series among
    `appointments()`; those whose series has no such occurrence, or is in no sample, are left out.
    """
    series = {(it.file, it.uid): n for n, it in enumerate(appointments()) if it.value and it.value.recurrence}
    found: dict[tuple[int, str], Appointment] = {}
    for sample in samples():
        place = series.get((sample.file, sample.uid))
        if sample.value is None or sample.original_start is None or place is None:
            continue
        value = replace(sample.value, original_start=sample.original_start, recurrence=())
        master = appointments()[place].value
        if master is not None and takes_place(master, value):
            found[place, occurrence_key(sample.original_start)] = value
    return [(place, value) for (place, _), value in found.items()]


def _events(path: Path) -> Iterator[Sample]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # samples of what is guessed at
        try:
            parts = icalendar.Calendar.from_ical(path.read_bytes(), multiple=True)
        except (ValueError, IndexError):
            return
        events = [event for part in parts for event in part.walk("VEVENT")]
        for number, event in enumerate(events):
            uid = str(event.get("UID") or f"{path.stem}-{number}")
            try:
                value, original = _appointment(event), _moment(event.get("RECURRENCE-ID"))
                yield Sample(path.stem, number, uid, value, original)
            except (ValueError, AttributeError, TypeError, KeyError, OverflowError) as error:
                yield Sample(path.stem, number, uid, None, why=f"{type(error).__name__}: {error}")


def _appointment(event: Any) -> Appointment:
    start = _moment(event["DTSTART"])
    assert start is not None
    end = _moment(event.get("DTEND")) or _later(start, event.get("DURATION"))
    if isinstance(start, AllDay) != isinstance(end, AllDay):
        raise ValueError("days with days, times with times")
    lines = tuple(_lines(event))
    wrong = problem(lines, start)
    if wrong is not None:
        raise ValueError(wrong[1])
    if isinstance(start, AllDay) and isinstance(end, AllDay) and end.date <= start.date:
        raise ValueError("ends before it begins")
    if isinstance(start, Timed) and isinstance(end, Timed) and end.at < start.at:
        raise ValueError("ends before it begins")
    return Appointment(
        title=str(event.get("SUMMARY") or ""),
        start=start,
        end=end,
        description=str(event.get("DESCRIPTION") or ""),
        location=str(event.get("LOCATION") or ""),
        recurrence=lines,
        busy=str(event.get("TRANSP") or "").upper() != "TRANSPARENT",
        visibility="private" if str(event.get("CLASS") or "").upper() == "PRIVATE" else "default",
        status="tentative" if str(event.get("STATUS") or "").upper() == "TENTATIVE" else "confirmed",
    )


def _lines(event: Any) -> Iterator[str]:
    for line in event.to_ical().decode().replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if name.partition(";")[0].upper() in _LINES and value:
            yield line


def _moment(value: Any) -> Moment | None:
    if value is None:
        return None
    at = value.dt
    if not isinstance(at, datetime):
        return AllDay(date(at.year, at.month, at.day))
    if at.tzinfo is None:
        return times.timed(at.isoformat(), FLOATING)
    zone = getattr(at.tzinfo, "key", None) or value.params.get("TZID") or "UTC"
    times.zone(zone)
    return times.timed(at.isoformat(), zone)


def _later(start: Moment, duration: Any) -> Moment:
    if isinstance(start, AllDay):
        return AllDay(start.date + (duration.dt if duration else timedelta(days=1)))
    after = start.at.astimezone(UTC) + (duration.dt if duration else timedelta())
    return Timed(after.astimezone(start.at.tzinfo), start.time_zone)
