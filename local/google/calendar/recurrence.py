"""When a series takes place: RRULE, RDATE, EXDATE and EXRULE lines, expanded by python-dateutil on the wall
clock.

Expansion happens on naive local times in the zone of the series' start, so that 9 o'clock stays 9 o'clock
when the clocks change; every occurrence then lasts exactly as long as the first (RFC 5545 3.8.5.3).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from dateutil.rrule import rrule, rruleset, rrulestr

from local.google.calendar import errors as refuse
from local.google.calendar.time import EventTime, at_local, is_zone, read_time, zone_of
from local.google.json import Body, inner, texts

MOST_OCCURRENCES = 730
"""How many occurrences of a series without end are expanded, counted from its first; as many as Google's page
shows.
"""

_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)", re.IGNORECASE)
_DATE_VALUE = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.IGNORECASE)
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_POSITIVE = ("COUNT", "INTERVAL")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Line:
    """One recurrence line: `kind` in capitals, parameters by name, the value as written."""

    kind: str
    params: tuple[tuple[str, str], ...]
    value: str

    def text(self) -> str:
        return self.kind + "".join(f";{name}={value}" for name, value in self.params) + ":" + self.value

    def with_value(self, value: str) -> _Line:
        return _Line(self.kind, self.params, value)


class Series:
    """The occurrences of one recurring event: `lines` as stored, `start` the time of the first."""

    __slots__ = ("_first", "_gone", "_rules", "_set", "lines", "start")

    def __init__(self, lines: Iterable[str], start: EventTime) -> None:
        """Read and check the lines; raises GoogleError 400 for what Google does not take."""
        self.lines = tuple(lines)
        self.start = start
        self._rules = [_parse_line(line) for line in self.lines]
        self._set = rruleset()
        self._gone: set[EventTime] = set()
        self._first: tuple[EventTime, ...] | None = None
        self._fill()

    def _fill(self) -> None:
        dates = False
        for line in self._rules:
            if line.kind in ("RRULE", "EXRULE"):
                rule = self._rule(line.value)
                if line.kind == "RRULE":
                    self._set.rrule(rule)
                    dates = True
                else:
                    self._set.exrule(rule)
            else:
                add = self._set.rdate if line.kind == "RDATE" else self._set.exdate
                for local in self._followed(line):
                    add(local)
                    if line.kind == "EXDATE":
                        self._gone.add(self._at(local))
        if not dates:
            self._set.rdate(self.start.local())

    def _rule(self, value: str) -> rrule:
        parts = _rule_parts(value)
        if parts.get("FREQ") not in _FREQUENCIES or ("COUNT" in parts and "UNTIL" in parts):
            raise refuse.invalid_recurrence()
        if any(not parts.get(name, "1").isdigit() or int(parts.get(name, "1")) < 1 for name in _POSITIVE):
            raise refuse.invalid_recurrence()
        if "UNTIL" in parts:
            parts["UNTIL"] = self._until(parts["UNTIL"]).strftime("%Y%m%dT%H%M%S")
        try:
            rule = rrulestr(_rule_text(parts), dtstart=self.start.local(), ignoretz=True)
        except (ValueError, TypeError, AttributeError) as error:
            raise refuse.invalid_recurrence() from error
        return cast(rrule, rule)

    def _until(self, text: str) -> datetime:
        """The last local time an UNTIL allows; a bare date allows the whole of that day."""
        local = self._local(text, None)
        if "T" not in text.upper() and not self.start.all_day:
            return datetime.combine(local.date(), time(23, 59, 59))
        return local

    def _dates(self, line: _Line) -> list[datetime]:
        zone = dict(line.params).get("TZID")
        if zone is not None and not is_zone(zone):
            raise refuse.invalid_recurrence()
        return [self._local(text, zone) for text in line.value.split(",")]

    def _followed(self, line: _Line) -> list[datetime]:
        """The dates of a line that are of the series' own kind: a bare one says nothing of a timed series."""
        values = zip(line.value.split(","), self._dates(line), strict=True)
        return [local for text, local in values if self.start.all_day or "T" in text.upper()]

    def _local(self, text: str, zone: str | None) -> datetime:
        """A date value of a line on the series' own wall clock; a bare date at the series' time of day."""
        found = _DATE_VALUE.fullmatch(text.strip())
        if found is None:
            raise refuse.invalid_recurrence()
        try:
            day = datetime.strptime(found[1], "%Y%m%d").date()
            clock = datetime.strptime(found[2], "%H%M%S").time() if found[2] else None
        except ValueError as error:
            raise refuse.invalid_recurrence() from error
        return self._on_the_clock(day, clock, zone, bool(found[3]))

    def _on_the_clock(self, day: date, clock: time | None, zone: str | None, utc: bool) -> datetime:
        if self.start.all_day or clock is None:
            return datetime.combine(day, self.start.local().time())
        local = datetime.combine(day, clock)
        if not utc and zone is None:
            return local
        source = UTC if utc else zone_of(zone or "UTC")
        return local.replace(tzinfo=source).astimezone(zone_of(self.start.zone)).replace(tzinfo=None)

    def __iter__(self) -> Iterator[EventTime]:
        """The starts in order; without end when the rule has none.

        A time that the clocks skip is taken out under either of its names.
        """
        return (at for local in self._set if (at := self._at(local)) not in self._gone)

    def _at(self, local: datetime) -> EventTime:
        """The occurrence whose clock shows `local`; the first keeps its place in an hour that comes twice."""
        return self.start if local == self.start.local() else at_local(local, self.start)

    def first(self) -> tuple[EventTime, ...]:
        """The first starts in order, one more than MOST_OCCURRENCES at most; remembered, since rules can be
        slow.
        """
        if self._first is None:
            self._first = tuple(itertools.islice(iter(self), MOST_OCCURRENCES + 1))
        return self._first

    def bounded(self) -> tuple[EventTime, ...]:
        """The starts in order, at most MOST_OCCURRENCES of them."""
        return self.first()[:MOST_OCCURRENCES]

    def contains(self, start: EventTime) -> bool:
        """Whether the series takes place at `start`, by its rules alone."""
        if start.all_day != self.start.all_day:
            return False
        same = EventTime(start.day, start.instant, self.start.zone)
        if same in self.first() or len(self.first()) <= MOST_OCCURRENCES:
            return same in self.first()
        found = self._set.between(same.local(), same.local(), inc=True)
        return bool(found) and at_local(found[0], self.start) == same and same not in self._gone

    def last(self) -> EventTime | None:
        """The last start; None when the series goes on beyond MOST_OCCURRENCES, or never takes place."""
        return self.first()[-1] if 0 < len(self.first()) <= MOST_OCCURRENCES else None

    def before(self, at: EventTime) -> tuple[str, ...]:
        """The lines of the series that ends before the occurrence at `at`, the way Google's page cuts one."""
        if at.instant is not None:
            until = (at.instant - timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")
        else:
            until = at.later(timedelta(days=-1)).suffix()
        lines = []
        for line in self._rules:
            if line.kind in ("RRULE", "EXRULE"):
                parts = {k: v for k, v in _rule_parts(line.value).items() if k not in ("COUNT", "UNTIL")}
                lines.append(line.with_value(_rule_text(parts | {"UNTIL": until})).text())
            else:
                lines += self._kept(line, lambda local: local < at.local())
        return tuple(lines)

    def onward(self, at: EventTime) -> tuple[str, ...]:
        """The lines of the series that begins with the occurrence at `at`; a COUNT is lowered by what came
        before.
        """
        lines = []
        for line in self._rules:
            if line.kind in ("RRULE", "EXRULE"):
                parts = _rule_parts(line.value)
                if "COUNT" in parts:
                    gone = sum(
                        1 for _ in itertools.takewhile(lambda t: t < at.local(), self._rule(line.value))
                    )
                    parts["COUNT"] = str(max(1, int(parts["COUNT"]) - gone))
                lines.append(line.with_value(_rule_text(parts)).text())
            else:
                lines += self._kept(line, lambda local: local >= at.local())
        return tuple(lines)

    def _kept(self, line: _Line, wanted: Callable[[datetime], bool]) -> list[str]:
        values = [
            text
            for text, local in zip(line.value.split(","), self._dates(line), strict=True)
            if wanted(local)
        ]
        return [line.with_value(",".join(values)).text()] if values else []


@dataclass(frozen=True, slots=True)
class When:
    """When an event takes place: its first start and end, and the recurrence lines of a series."""

    start: EventTime
    end: EventTime
    recurrence: tuple[str, ...]


def read_when(body: Body, calendar_zone: str) -> When:
    """The times of a whole event body. Raises GoogleError 400: absent, unreadable, mixed, ending before they
    begin.
    """
    lines = [line for line in texts(body, "recurrence") if line]
    start = read_time(inner(body, "start"), "start", fallback_zone=calendar_zone, recurring=bool(lines))
    end = read_time(inner(body, "end"), "end", fallback_zone=calendar_zone, recurring=bool(lines))
    if start.all_day != end.all_day:
        raise refuse.mixed_times()
    length = end.since(start)
    if length < timedelta() or (start.all_day and not length):
        raise refuse.empty_time_range()
    return When(start, end, Series(lines, start).lines if lines else ())


def follow_weekday(lines: Iterable[str], old: EventTime, new: EventTime) -> tuple[str, ...]:
    """The lines with the one weekday of a weekly rule replaced, when a person drags the series to another
    weekday.
    """
    before, after = old.local().weekday(), new.local().weekday()
    moved = []
    for text in lines:
        line = _parse_line(text)
        parts = _rule_parts(line.value) if line.kind == "RRULE" else {}
        if before != after and parts.get("FREQ") == "WEEKLY" and parts.get("BYDAY") == _WEEKDAYS[before]:
            line = line.with_value(_rule_text(parts | {"BYDAY": _WEEKDAYS[after]}))
        moved.append(line.text())
    return tuple(moved)


def _parse_line(text: str) -> _Line:
    found = _LINE.fullmatch(text.strip())
    if found is None:
        raise refuse.invalid_recurrence()
    params = []
    for pair in filter(None, found[2].split(";")):
        name, equals, value = pair.partition("=")
        if not equals or (name.upper() not in ("TZID", "VALUE") and not name.upper().startswith("X-")):
            raise refuse.invalid_recurrence()
        params.append((name.upper(), value))
    return _Line(found[1].upper(), tuple(params), found[3].strip())


def _rule_parts(value: str) -> dict[str, str]:
    parts = {}
    for pair in filter(None, value.upper().split(";")):
        name, equals, text = pair.partition("=")
        if not equals or name in parts:
            raise refuse.invalid_recurrence()
        parts[name] = text
    return parts


def _rule_text(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())
