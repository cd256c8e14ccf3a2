"""When a series takes place: its RRULE, EXRULE, RDATE and EXDATE lines (RFC 5545, as far as Google Calendar
takes it), expanded by python-dateutil.

Rules run on the wall clock of the start's own zone, so that 9 o'clock stays 9 o'clock when the clocks change;
a local time that the clocks skip is read with the offset before the change. Days stay days and meet no zone.
Occurrences are told apart by `occurrence_key`, which survives every move: a UTC instant, or a date.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from crmsync.core.calendar.rules import (
    BAD_RULE,
    NO_RULE,
    Line,
    UnusableRule,
    Wall,
    occurrence_key,
    parse,
    rule_parts,
)
from crmsync.core.model import AllDay, Appointment, Moment, Timed

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

__all__ = ("UnusableRule", "end_of", "is_occurrence", "occurrence_key", "problem", "starts")


def problem(lines: Sequence[str], start: Moment) -> tuple[int, str] | None:
    """The first line that is wrong and what is wrong with it; None when all are good.

    start: of the first event. A rule that never takes place is wrong too: looking for its next date would
    not end.
    """
    if not lines:
        return None
    try:
        _Series(lines, start)
    except UnusableRule as error:
        return error.position, str(error)
    return None


def starts(appointment: Appointment, after: datetime, before: datetime, limit: int) -> list[Moment]:
    """The original starts in [after, before), in order, at most `limit`; those of a single appointment are
    its own.

    after, before: timezone-aware. A day begins at midnight in their zones. Exceptions are records of their
    own and play no part here; EXDATE lines do. Raises UnusableRule.
    """
    until = before.astimezone(UTC)
    return list(
        islice(takewhile(lambda it: _at(it, before) < until, _from(appointment, after, before)), limit)
    )


def is_occurrence(appointment: Appointment, moment: Moment) -> bool:
    """Whether the series takes place at `moment` by its lines alone. Raises UnusableRule."""
    if isinstance(moment, AllDay) != isinstance(appointment.start, AllDay):
        return False
    at = _at(moment, datetime.min.replace(tzinfo=UTC)).replace(microsecond=0)
    return bool(starts(appointment, at, at + timedelta(seconds=1), 1))


def end_of(appointment: Appointment, start: Moment) -> Moment:
    """The end of the occurrence that starts at `start`: each lasts exactly as long as the first."""
    match appointment.start, appointment.end, start:
        case AllDay(first), AllDay(end), AllDay(day):
            return AllDay(day + (end - first))
        case Timed(first_at), Timed(end_at), Timed(at, zone):
            # By way of UTC: on one clock Python would add wall-clock time.
            length = end_at.astimezone(UTC) - first_at.astimezone(UTC)
            return Timed((at.astimezone(UTC) + length).astimezone(at.tzinfo), zone)
    raise ValueError("days with days, times with times")


def _from(appointment: Appointment, after: datetime, before: datetime) -> Iterator[Moment]:
    if not appointment.recurrence:
        found: Iterable[Moment] = (appointment.start,)
    else:
        found = _Series(appointment.recurrence, appointment.start).starts(after, before)
    since = after.astimezone(UTC)
    return (it for it in found if _at(it, after) >= since)


def _at(moment: Moment, like: datetime) -> datetime:
    """The instant in UTC; a day begins at midnight in the zone of `like`."""
    at = datetime.combine(moment.date, time(), like.tzinfo) if isinstance(moment, AllDay) else moment.at
    return at.astimezone(UTC)


class _Series:
    """Recurrence lines, checked and parsed."""

    def __init__(self, lines: Sequence[str], start: Moment) -> None:
        self._wall = Wall(start)
        self._rules: list[rrule | rruleset] = []
        self._not_rules: list[rrule | rruleset] = []
        self._dates: list[Moment] = []
        self._not_keys: set[str] = set()
        for position, text in enumerate(lines):
            self._add(position, parse(position, text))
        if not self._rules and not self._dates:
            raise UnusableRule(0, NO_RULE)
        if not self._rules:
            self._dates.append(start)

    def _add(self, position: int, line: Line) -> None:
        match line.kind:
            case "RRULE":
                self._rules.append(self._rule(position, line.value))
            case "EXRULE":
                self._not_rules.append(self._rule(position, line.value))
            case "RDATE":
                self._dates += self._wall.moments(position, line)
            case _:
                self._not_keys |= {occurrence_key(moment) for moment in self._wall.moments(position, line)}

    def starts(self, after: datetime, before: datetime) -> Iterator[Moment]:
        """The occurrences in order: all from `after` up to `before`, and perhaps some beside these.

        Nothing later is looked at: a series may leave out all that its rules give.
        """
        span = self._local(after, -1), self._local(before, 1)
        streams = [self._run(rule, *span) for rule in self._rules]
        streams.append(iter(sorted(self._dates, key=occurrence_key)))
        excluded = merge(*(self._run(rule, *span) for rule in self._not_rules), key=occurrence_key)
        gone, last = next(excluded, None), ""
        for moment in merge(*streams, key=occurrence_key):
            key = occurrence_key(moment)
            while gone is not None and occurrence_key(gone) < key:
                gone = next(excluded, None)
            if key != last and key not in self._not_keys and (gone is None or occurrence_key(gone) != key):
                yield moment
            last = key

    def _local(self, at: datetime, days: int) -> datetime:
        """So many days from an instant on the series' own clock."""
        try:
            return at.astimezone(self._wall.zone or at.tzinfo).replace(tzinfo=None) + timedelta(days=days)
        except OverflowError:
            return datetime.min if days < 0 else datetime.max

    def _run(self, rule: "rrule | rruleset", floor: datetime, ceiling: datetime) -> Iterator[Moment]:
        for local in rule:
            if local > ceiling:
                return
            if local >= floor:
                try:
                    yield self._wall.moment(local)
                except OverflowError:  # the last hours of the year 9999
                    return

    def _rule(self, position: int, value: str) -> "rrule | rruleset":
        parts = rule_parts(position, value.upper())
        try:
            if "UNTIL" in parts:
                until = self._wall.until(parts["UNTIL"])
                parts["UNTIL"] = until.isoformat().replace("-", "").replace(":", "")
            found = _expand(parts, self._wall.local)
            unbounded = {name: text for name, text in parts.items() if name not in ("COUNT", "UNTIL")}
            if next(iter(_expand(unbounded, _late(self._wall.local))), None) is not None:
                return found
        except (ValueError, TypeError, OverflowError):
            pass
        raise UnusableRule(position, BAD_RULE)


def _expand(parts: Mapping[str, str], start: datetime) -> "rrule | rruleset":
    # Here and not above: most calls of the functions meet no series, and python-dateutil costs their start.
    from dateutil.rrule import rrulestr

    return rrulestr(
        ";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start, ignoretz=True
    )


def _late(start: datetime) -> datetime:
    """The same day of a like year (weekdays, leap years) just before the last that Python knows.

    A rule which never takes place keeps python-dateutil busy up to the year 9999. From here that is one or
    two rounds of 28 years, after which weekdays and leap years repeat.
    """
    first = start.replace(month=1, day=1).weekday()
    leap = start.year % 4
    like = (year for year in range(9943, 9971) if year % 4 == leap and date(year, 1, 1).weekday() == first)
    return start.replace(year=next(like))
