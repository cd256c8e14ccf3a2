"""What takes place on some days: single appointments, occurrences of series, exceptions in their place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from crmsync.core.calendar.recurrence import UnusableRule, end_of, occurrence_key, starts
from crmsync.core.model import AllDay, Appointment, Moment, Stored


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` up to but without `end`, as they begin in `zone`."""

    first: date
    end: date
    zone: tzinfo

    def starts_at(self, moment: Moment) -> datetime:
        """When a moment comes, in UTC; a day begins at midnight in the zone."""
        if isinstance(moment, AllDay):
            return self.midnight(moment.date)
        return moment.at.astimezone(UTC)

    def midnight(self, day: date) -> datetime:
        """When a day begins, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def overlap(self, start: Moment, end: Moment) -> bool:
        """Whether anything from start to end is on these days; what lasts no time is where it starts."""
        if isinstance(start, AllDay) and isinstance(end, AllDay):
            return start.date < self.end and end.date > self.first
        since, until = self.starts_at(start), self.starts_at(end)
        first, last = self.midnight(self.first), self.midnight(self.end)
        return since < last and (until > first or since >= first)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One line of an agenda.

    record: the appointment, the series or the exception. series_id and original_start: of an occurrence of a
    series, also of an exception.
    """

    record: Stored[Appointment]
    start: Moment
    end: Moment
    series_id: str | None = None
    original_start: Moment | None = None


class Position(NamedTuple):
    """Where an occurrence stands in an agenda: by start, whole days first, then by id."""

    at: datetime
    timed: bool
    id: str
    key: str


def position(occurrence: Occurrence, days: Days) -> Position:
    """Where the occurrence stands: no two of an agenda stand at the same place."""
    start, original = occurrence.start, occurrence.original_start
    key = "" if original is None else occurrence_key(original)
    return Position(days.starts_at(start), not isinstance(start, AllDay), occurrence.record.id, key)


def agenda(
    records: Sequence[Stored[Appointment]],
    series: Mapping[str, Stored[Appointment]],
    days: Days,
    *,
    cancelled: bool,
    declined: bool = True,
    since: datetime | None = None,
    limit: int,
) -> list[Occurrence]:
    """All that takes place on these days, in order.

    records: whatever may. series: the series of all exceptions among them, where they exist; an exception of
    an archived or unknown series plays no part. cancelled, declined: whether such are listed too. since: no
    occurrence of a series that starts before is needed. limit: occurrences of one series at most.
    """

    def shown(stored: Stored[Appointment]) -> bool:
        return cancelled or stored.value.status != "cancelled"

    alive = {id for id, stored in series.items() if stored.archived_at is None and shown(stored)}
    replaced: dict[str, set[str]] = {}
    for stored in records:
        value = stored.value
        if value.series_id is not None and value.original_start is not None:
            replaced.setdefault(value.series_id, set()).add(occurrence_key(value.original_start))
    found: list[Occurrence] = []
    for stored in records:
        if not shown(stored) or (stored.value.response == "declined" and not declined):
            continue
        if stored.value.recurrence:
            found += _expanded(stored, days, replaced.get(stored.id, set()), since, limit)
        elif stored.value.series_id is None or stored.value.series_id in alive:
            value = stored.value
            found.append(Occurrence(stored, value.start, value.end, value.series_id, value.original_start))
    there = [one for one in found if days.overlap(one.start, one.end)]
    return sorted(there, key=lambda one: position(one, days))


def _expanded(
    stored: Stored[Appointment], days: Days, replaced: set[str], since: datetime | None, limit: int
) -> Iterator[Occurrence]:
    series = stored.value
    length = days.starts_at(series.end) - days.starts_at(series.start)
    first, last = days.midnight(days.first), days.midnight(days.end)
    # A day more: a series of whole days is as long as its days, and one of them may have 25 hours.
    after = max(first - length - timedelta(days=1), since or first - length - timedelta(days=1))
    try:
        moments = starts(series, after.astimezone(days.zone), last.astimezone(days.zone), limit)
    except UnusableRule:
        yield Occurrence(stored, series.start, series.end, stored.id, series.start)
        return
    for at in moments:
        if occurrence_key(at) not in replaced:
            yield Occurrence(stored, at, end_of(series, at), stored.id, at)
