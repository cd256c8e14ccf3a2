"""When a series takes place: its RRULE, EXRULE, RDATE and EXDATE lines (RFC 5545, as far as Google Calendar
takes it), expanded by python-dateutil.

Rules run on the wall clock of the start's own zone, so that 9 o'clock stays 9 o'clock when the clocks change;
a local time that the clocks skip is read with the offset before the change. Days stay days and meet no zone.
Occurrences are told apart by `occurrence_key`, which survives every move: a UTC instant, or a date.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmsync.core.model import AllDay, Appointment, Moment, Timed

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))

_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z0-9-]+=[^:;\r\n]*)*):([^\s]+)", re.IGNORECASE)
_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(?:;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
_DATE = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_COUNTER = re.compile(r"0*[1-9]\d{0,4}", re.ASCII)
_LIMITS = {
    "BYMONTH": 12,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYSETPOS": 366,
}
_NAMES = {"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "WKST", *_LIMITS}
_ONE_VALUE = ("BYSECOND", "BYMINUTE")

_SHAPE = "Write RRULE:…, EXRULE:…, RDATE:… or EXDATE:… as in RFC 5545."
_BAD_RULE = "This recurrence rule cannot be followed."
_BAD_DATES = "These dates cannot be read."
_NO_RULE = "Exceptions need a rule to be exceptions from."
_NO_ZONE = "The time zone of the start is unknown."


class UnusableRule(ValueError):
    """Recurrence lines that cannot be followed.

    `position` is the line's index; the message is for a person.
    """

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


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
    return list(islice(takewhile(lambda it: _at(it, before) < until, _from(appointment, after)), limit))


def is_occurrence(appointment: Appointment, moment: Moment) -> bool:
    """Whether the series takes place at `moment` by its lines alone. Raises UnusableRule."""
    if isinstance(moment, AllDay) != isinstance(appointment.start, AllDay):
        return False
    at = _at(moment, datetime.min.replace(tzinfo=UTC)).replace(microsecond=0)
    return bool(starts(appointment, at, at + timedelta(seconds=1), 1))


def occurrence_key(moment: Moment) -> str:
    """The canonical form of an original start, in order of time: `20260504`, or the instant as
    `20260504T133000Z`.
    """
    if isinstance(moment, AllDay):
        return moment.date.isoformat().replace("-", "")
    at = moment.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return at.isoformat().replace("-", "").replace(":", "") + "Z"


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


def _from(appointment: Appointment, after: datetime) -> Iterator[Moment]:
    if not appointment.recurrence:
        found: Iterable[Moment] = (appointment.start,)
    else:
        found = _Series(appointment.recurrence, appointment.start).starts(after)
    since = after.astimezone(UTC)
    return (it for it in found if _at(it, after) >= since)


def _at(moment: Moment, like: datetime) -> datetime:
    """The instant in UTC; a day begins at midnight in the zone of `like`."""
    at = datetime.combine(moment.date, time(), like.tzinfo) if isinstance(moment, AllDay) else moment.at
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    zone: str | None
    value: str


class _Series:
    """Recurrence lines, checked and parsed."""

    def __init__(self, lines: Sequence[str], start: Moment) -> None:
        self._start = start
        self._zone = _zone(start.time_zone, 0, _NO_ZONE) if isinstance(start, Timed) else None
        self._local = _naive(start)
        self._rules: list[rrule | rruleset] = []
        self._not_rules: list[rrule | rruleset] = []
        self._dates: list[Moment] = []
        self._not_keys: set[str] = set()
        for position, text in enumerate(lines):
            self._add(position, _parse(position, text))
        if not self._rules and not self._dates:
            raise UnusableRule(0, _NO_RULE)
        if not self._rules:
            self._dates.append(start)

    def _add(self, position: int, line: _Line) -> None:
        match line.kind:
            case "RRULE":
                self._rules.append(self._rule(position, line.value))
            case "EXRULE":
                self._not_rules.append(self._rule(position, line.value))
            case "RDATE":
                self._dates += self._moments(position, line)
            case _:
                self._not_keys |= {occurrence_key(moment) for moment in self._moments(position, line)}

    def starts(self, after: datetime) -> Iterator[Moment]:
        """The occurrences in order: all from `after` on, and perhaps some before it."""
        try:
            floor = after.astimezone(self._zone or after.tzinfo).replace(tzinfo=None) - timedelta(days=1)
        except OverflowError:
            floor = datetime.min
        streams = [self._run(rule, floor) for rule in self._rules]
        streams.append(iter(sorted(self._dates, key=occurrence_key)))
        excluded = merge(*(self._run(rule, floor) for rule in self._not_rules), key=occurrence_key)
        gone, last = next(excluded, None), ""
        for moment in merge(*streams, key=occurrence_key):
            key = occurrence_key(moment)
            while gone is not None and occurrence_key(gone) < key:
                gone = next(excluded, None)
            if key != last and key not in self._not_keys and (gone is None or occurrence_key(gone) != key):
                yield moment
            last = key

    def _run(self, rule: "rrule | rruleset", floor: datetime) -> Iterator[Moment]:
        for local in rule:
            if local >= floor:
                try:
                    yield self._moment(local)
                except OverflowError:  # the last hours of the year 9999
                    return

    def _moment(self, local: datetime) -> Moment:
        """The occurrence whose clock shows `local`."""
        if self._zone is None:
            return AllDay(local.date())
        if local == self._local:
            return self._start
        return self._timed(local.replace(tzinfo=self._zone))

    def _timed(self, at: datetime) -> Timed:
        # By way of UTC, so that a local time which the clocks skip becomes a real one.
        return Timed(at.astimezone(UTC).astimezone(self._zone), str(self._zone))

    def _moments(self, position: int, line: _Line) -> list[Moment]:
        try:
            return [self._date(position, text, line.zone) for text in line.value.split(",")]
        except (ValueError, OverflowError) as error:
            if isinstance(error, UnusableRule):
                raise
            raise UnusableRule(position, _BAD_DATES) from None

    def _date(self, position: int, text: str, zone: str | None) -> Moment:
        """A value of RDATE or EXDATE. For a timed series a bare date means its own time on that day."""
        day, clock, utc = _read_date(text)
        if self._zone is None:
            return AllDay(day)
        if clock is None:
            return self._moment(datetime.combine(day, self._local.time()))
        if utc:
            return self._timed(datetime.combine(day, clock, UTC))
        if zone is not None:
            return self._timed(datetime.combine(day, clock, _zone(zone, position, _BAD_DATES)))
        return self._moment(datetime.combine(day, clock))

    def _rule(self, position: int, value: str) -> "rrule | rruleset":
        parts = _parts(position, value.upper())
        try:
            if "UNTIL" in parts:
                parts["UNTIL"] = self._until(parts["UNTIL"])
            found = _expand(parts, self._local)
            unbounded = {name: text for name, text in parts.items() if name not in ("COUNT", "UNTIL")}
            if next(iter(_expand(unbounded, _late(self._local))), None) is not None:
                return found
        except (ValueError, TypeError, OverflowError):
            pass
        raise UnusableRule(position, _BAD_RULE)

    def _until(self, text: str) -> str:
        """The last local time that an UNTIL allows; a bare date allows the whole of that day."""
        day, clock, utc = _read_date(text)
        if self._zone is None:
            local = datetime.combine(day, time())
        elif clock is None:
            local = datetime.combine(day, time(23, 59, 59))
        else:
            local = datetime.combine(day, clock)
            local = local.replace(tzinfo=UTC).astimezone(self._zone).replace(tzinfo=None) if utc else local
        return local.strftime("%Y%m%dT%H%M%S")


def _naive(moment: Moment) -> datetime:
    if isinstance(moment, AllDay):
        return datetime.combine(moment.date, time())
    return moment.at.astimezone(_zone(moment.time_zone, 0, _NO_ZONE)).replace(
        tzinfo=None, microsecond=0, fold=0
    )


def _zone(name: str, position: int, complaint: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableRule(position, complaint) from None


def _parse(position: int, text: str) -> _Line:
    found = _LINE.fullmatch(text)
    if found is None:
        raise UnusableRule(position, _SHAPE)
    kind, value = found[1].upper(), found[3]
    parameters = dict(pair.split("=", 1) for pair in found[2].split(";")[1:])
    parameters = {name.upper(): given.strip('"') for name, given in parameters.items()}
    if parameters.get("VALUE", "DATE").upper() not in ("DATE", "DATE-TIME"):
        raise UnusableRule(position, _SHAPE)
    if kind in ("RDATE", "EXDATE") and not all(_DATE.fullmatch(part.upper()) for part in value.split(",")):
        raise UnusableRule(position, _SHAPE)
    return _Line(kind, parameters.get("TZID"), value)


def _read_date(text: str) -> tuple[date, time | None, bool]:
    found = _DATE.fullmatch(text.upper())
    if found is None:
        raise ValueError("neither a date nor a time")
    day = datetime.strptime(found[1], "%Y%m%d").date()
    return day, datetime.strptime(found[2], "%H%M%S").time() if found[2] else None, bool(found[3])


def _parts(position: int, value: str) -> dict[str, str]:
    """The parts of a rule, once each and within the bounds that keep its expansion short."""
    pairs = [part.partition("=") for part in value.split(";")]
    parts = {name: given for name, _, given in pairs}
    sound = (
        _RULE.fullmatch(value) is not None
        and len(parts) == len(pairs)
        and parts.keys() <= _NAMES
        and parts.get("FREQ") in FREQUENCIES
        and not {"COUNT", "UNTIL"} <= parts.keys()
        and all(_COUNTER.fullmatch(parts.get(name, "1")) for name in ("INTERVAL", "COUNT"))
        and not any("," in parts.get(name, "") for name in _ONE_VALUE)
        and all(_within(parts[name], most) for name, most in _LIMITS.items() if name in parts)
    )
    if not sound:
        raise UnusableRule(position, _BAD_RULE)
    return parts


def _within(values: str, most: int) -> bool:
    return all(
        re.fullmatch(r"[+-]?\d{1,3}", item) and 1 <= abs(int(item)) <= most for item in values.split(",")
    )


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
