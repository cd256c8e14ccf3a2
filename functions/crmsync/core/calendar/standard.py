"""A series as RFC 5545 has it, for other calendar programs to expand: the same occurrences, with nothing left
to their reading of the rules.

The first event is one of the rule's own, UNTIL is a day or a UTC instant, and dates are the series' own
times, whatever zone or form they were written in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crmsync.core.calendar.recurrence import end_of, is_occurrence, starts
from crmsync.core.calendar.rules import NO_RULE, UnusableRule, Wall, occurrence_key, parse, rule_parts
from crmsync.core.model import AllDay, Appointment, Moment

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MOST = 2000
"""Years of a daily series."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A series.

    start, end: of its first event. rules: RRULE and EXRULE with their values. more, fewer: what RDATE and
    EXDATE name besides.
    """

    start: Moment
    end: Moment
    rules: tuple[tuple[str, str], ...]
    more: tuple[Moment, ...]
    fewer: tuple[Moment, ...]


def standard(series: Appointment, cancelled: Iterable[Moment] = ()) -> Standard | None:
    """The series without the occurrences that were cancelled; None when no date is left for it to begin on.

    Raises UnusableRule.
    """
    wall = Wall(series.start)
    rules: list[tuple[str, str]] = []
    more: list[Moment] = []
    fewer: list[Moment] = []
    for position, text in enumerate(series.recurrence):
        line = parse(position, text)
        if line.kind in ("RRULE", "EXRULE"):
            rules.append((line.kind, _rule(position, line.value.upper(), wall)))
        else:
            (more if line.kind == "RDATE" else fewer).extend(wall.moments(position, line))
    for moment in cancelled:
        if isinstance(moment, AllDay) == (wall.zone is None):
            fewer.append(moment if isinstance(moment, AllDay) else wall.timed(moment.at))
    if any(kind == "EXRULE" for kind, _ in rules):
        fewer += _excluded(series)
    start = _first(series, rules, more)
    if start is None:
        return None
    if not is_occurrence(replace(series, recurrence=_additive(series)), start):
        # More than one rule, and none of them meets the start: no date may take its place.
        fewer.append(start)
    return Standard(start, end_of(series, start), tuple(rules), _each_once(more), _each_once(fewer))


def _first(series: Appointment, rules: list[tuple[str, str]], more: Sequence[Moment]) -> Moment | None:
    """Where the series begins. A start that no line names is no occurrence for us; for others it may be."""
    additive = replace(series, recurrence=_additive(series))
    if is_occurrence(additive, series.start):
        return series.start
    ruled = [position for position, (kind, _) in enumerate(rules) if kind == "RRULE"]
    if len(ruled) > 1:
        return series.start
    rule = replace(series, recurrence=tuple(it for it in additive.recurrence if _kind(it) == "RRULE"))
    found = next(iter(starts(rule, _FIRST, _LAST, 1)), None)
    if found is None:
        # The rule ends before it begins: the dates are all there is.
        del rules[ruled[0]]
        return min(more, key=occurrence_key, default=None)
    return found


def _excluded(series: Appointment) -> list[Moment]:
    """The first dates that the series loses: not every program follows an EXRULE."""
    left = {occurrence_key(moment) for moment in starts(series, _FIRST, _LAST, _MOST)}
    ruled = starts(replace(series, recurrence=_additive(series)), _FIRST, _LAST, _MOST)
    return [moment for moment in ruled if occurrence_key(moment) not in left]


def _additive(series: Appointment) -> tuple[str, ...]:
    """The lines that add occurrences."""
    lines = tuple(it for it in series.recurrence if _kind(it) in ("RRULE", "RDATE"))
    if not lines:
        raise UnusableRule(0, NO_RULE)
    return lines


def _kind(line: str) -> str:
    return line.partition(":")[0].partition(";")[0].upper()


def _rule(position: int, value: str, wall: Wall) -> str:
    parts = rule_parts(position, value)
    if "UNTIL" in parts:
        until = wall.until(parts["UNTIL"])
        try:
            last = AllDay(until.date()) if wall.zone is None else wall.timed(until.replace(tzinfo=wall.zone))
            parts["UNTIL"] = occurrence_key(last)
        except OverflowError:  # the last hours of the year 9999
            del parts["UNTIL"]
    return ";".join(f"{name}={text}" for name, text in parts.items())


def _each_once(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    found = {occurrence_key(moment): moment for moment in moments}
    return tuple(found[key] for key in sorted(found))
