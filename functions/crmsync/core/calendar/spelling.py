"""Recurrence lines in the one spelling that Google follows: dates of a timed series are times in its zone,
those of whole days are dates, and so is the last day of a rule.

What a person or a host CRM wrote stays as it is in the CRM; both spellings compare as equal.
"""

from collections.abc import Sequence
from datetime import UTC

from crmsync.core.calendar.rules import Line, UnusableRule, Wall, parse, rule_parts
from crmsync.core.model import AllDay, Moment, Timed

_TIME, _DAY = "%Y%m%dT%H%M%S", "%Y%m%d"


def spelled(lines: Sequence[str], start: Moment) -> tuple[str, ...]:
    """The lines as Google takes them; those that nobody can follow, and those that are so already, stay."""
    try:
        wall = Wall(start)
    except UnusableRule:
        return tuple(lines)
    return tuple(_line(position, text, wall) for position, text in enumerate(lines))


def followed(lines: Sequence[str], start: Moment) -> tuple[str, ...]:
    """The lines of an event of Google's without what Google does not follow: bare dates of a timed series."""
    if isinstance(start, AllDay):
        return tuple(lines)
    return tuple(text for line in lines if (text := _without_bare_dates(line)))


def _line(position: int, text: str, wall: Wall) -> str:
    try:
        line = parse(position, text)
        if line.kind in ("RDATE", "EXDATE"):
            return text if _is_plain(line, wall) else _dates(line, wall.moments(position, line))
        return _rule(position, line, text, wall)
    except (UnusableRule, ValueError, OverflowError):
        return text


def _is_plain(line: Line, wall: Wall) -> bool:
    """Whether its values are of the kind that the series is of, and no zone's but one of IANA."""
    days = ["T" not in value.upper() for value in line.value.split(",")]
    if wall.zone is None:
        return all(days)
    return not any(days) and (line.zone is None or "/" in line.zone or line.zone == "UTC")


def _dates(line: Line, moments: Sequence[Moment]) -> str:
    if isinstance(moments[0], AllDay):
        values = [moment.date.strftime(_DAY) for moment in moments if isinstance(moment, AllDay)]
        return f"{line.kind};VALUE=DATE:{','.join(values)}"
    times = [moment for moment in moments if isinstance(moment, Timed)]
    values = [moment.at.strftime(_TIME) for moment in times]
    return f"{line.kind};TZID={times[0].time_zone}:{','.join(values)}"


def _rule(position: int, line: Line, text: str, wall: Wall) -> str:
    until = rule_parts(position, line.value.upper()).get("UNTIL")
    if until is None or (until.endswith("Z") if wall.zone is not None else len(until) == 8):
        return text
    last = wall.until(until)
    if wall.zone is None:
        said = last.strftime(_DAY)
    else:
        said = last.replace(tzinfo=wall.zone).astimezone(UTC).strftime(f"{_TIME}Z")
    head = text.partition(":")[0]
    parts = (part for part in line.value.split(";"))
    return f"{head}:{';'.join(f'UNTIL={said}' if p.upper().startswith('UNTIL=') else p for p in parts)}"


def _without_bare_dates(text: str) -> str | None:
    try:
        line = parse(0, text)
    except UnusableRule:
        return text
    if line.kind not in ("RDATE", "EXDATE"):
        return text
    values = line.value.split(",")
    times = [value for value in values if "T" in value.upper()]
    if len(times) == len(values):
        return text
    return f"{text.partition(':')[0]}:{','.join(times)}" if times else None
