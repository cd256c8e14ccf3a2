"""Recurrence lines in parts: what may stand in them, and what their dates and times mean to the series they
belong to.

A series lives on the wall clock of its start's zone; one of whole days knows no zone. Text that is no usable
line raises `UnusableRule`, except in `canonical`, which only compares.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmsync.core.calendar import zones
from crmsync.core.model import AllDay, Moment, Timed
from crmsync.core.text.forms import plain

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
_IMPLIED = {("INTERVAL", "1"), ("WKST", "MO")}
_ONE_VALUE = ("BYSECOND", "BYMINUTE")

_SHAPE = "Write RRULE:…, EXRULE:…, RDATE:… or EXDATE:… as in RFC 5545."
BAD_RULE = "This recurrence rule cannot be followed."
NO_RULE = "Exceptions need a rule to be exceptions from."
_BAD_DATES = "These dates cannot be read."
_NO_ZONE = "The time zone of the start is unknown."


class UnusableRule(ValueError):
    """Recurrence lines that cannot be followed.

    `position` is the line's index; the message is for a person.
    """

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Line:
    """One recurrence line: RRULE, EXRULE, RDATE or EXDATE, its TZID, and what stands behind the colon."""

    kind: str
    zone: str | None
    value: str


def occurrence_key(moment: Moment) -> str:
    """The canonical form of an original start, in order of time: `20260504`, or the instant as
    `20260504T133000Z`.
    """
    if isinstance(moment, AllDay):
        return moment.date.isoformat().replace("-", "")
    at = moment.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return at.isoformat().replace("-", "").replace(":", "") + "Z"


class Wall:
    """The wall clock of a series: `local` is what it shows at the start, `zone` its zone, None for whole
    days.
    """

    def __init__(self, start: Moment) -> None:
        """Raises UnusableRule when the start's zone is unknown."""
        self.start = start
        self.zone = _zone(start.time_zone, 0, _NO_ZONE) if isinstance(start, Timed) else None
        self.local = self._naive(start)

    def _naive(self, start: Moment) -> datetime:
        if isinstance(start, AllDay):
            return datetime.combine(start.date, time())
        return start.at.astimezone(self.zone).replace(tzinfo=None, microsecond=0, fold=0)

    def moment(self, local: datetime) -> Moment:
        """The occurrence whose clock shows `local`."""
        if self.zone is None:
            return AllDay(local.date())
        if local == self.local:
            return self.start
        return self.timed(local.replace(tzinfo=self.zone))

    def timed(self, at: datetime) -> Timed:
        """An instant, as this clock shows it."""
        # By way of UTC, so that a local time which the clocks skip becomes a real one.
        return Timed(at.astimezone(UTC).astimezone(self.zone), str(self.zone))

    def moments(self, position: int, line: Line) -> list[Moment]:
        """The values of RDATE or EXDATE. For a timed series a bare date means its own time on that day."""
        try:
            return [self._date(text, line.zone) for text in line.value.split(",")]
        except (ValueError, OverflowError):
            raise UnusableRule(position, _BAD_DATES) from None

    def _date(self, text: str, zone: str | None) -> Moment:
        day, clock, utc = _read_date(text)
        if self.zone is None:
            return AllDay(day)
        if clock is None:
            return self.moment(datetime.combine(day, self.local.time()))
        if utc:
            return self.timed(datetime.combine(day, clock, UTC))
        if zone is not None:
            return self.timed(datetime.combine(day, clock, zones.zone(zone)))
        return self.moment(datetime.combine(day, clock))

    def until(self, text: str) -> datetime:
        """The last local time that an UNTIL allows; a bare date allows the whole of that day.

        Raises ValueError.
        """
        day, clock, utc = _read_date(text)
        if self.zone is None:
            return datetime.combine(day, time())
        if clock is None:
            return datetime.combine(day, time(23, 59, 59))
        local = datetime.combine(day, clock)
        return local.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None, fold=0) if utc else local


def _zone(name: str, position: int, complaint: str) -> ZoneInfo:
    try:
        return zones.zone(name)
    except ValueError:
        raise UnusableRule(position, complaint) from None


def parse(position: int, text: str) -> Line:
    """A line in parts. Raises UnusableRule, which names `position`."""
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
    return Line(kind, parameters.get("TZID"), value)


def _read_date(text: str) -> tuple[date, time | None, bool]:
    found = _DATE.fullmatch(text.upper())
    if found is None:
        raise ValueError("neither a date nor a time")
    day = datetime.strptime(found[1], "%Y%m%d").date()
    return day, datetime.strptime(found[2], "%H%M%S").time() if found[2] else None, bool(found[3])


def rule_parts(position: int, value: str) -> dict[str, str]:
    """The parts of a rule, once each and within the bounds that keep its expansion short.

    Raises UnusableRule.
    """
    pairs = [part.partition("=") for part in value.split(";")]
    found = {name: given for name, _, given in pairs}
    sound = (
        _RULE.fullmatch(value) is not None
        and len(found) == len(pairs)
        and found.keys() <= _NAMES
        and found.get("FREQ") in FREQUENCIES
        and not {"COUNT", "UNTIL"} <= found.keys()
        and all(_COUNTER.fullmatch(found.get(name, "1")) for name in ("INTERVAL", "COUNT"))
        and not any("," in found.get(name, "") for name in _ONE_VALUE)
        and all(_within(found[name], most) for name, most in _LIMITS.items() if name in found)
    )
    if not sound:
        raise UnusableRule(position, BAD_RULE)
    return found


def _within(values: str, most: int) -> bool:
    return all(
        re.fullmatch(r"[+-]?\d{1,3}", item) and 1 <= abs(int(item)) <= most for item in values.split(",")
    )


def canonical(lines: Sequence[str], start: Moment) -> str:
    """What counts of recurrence lines when two are compared.

    Not their order or case, nor how dates are spread over lines and zones, nor which form of UNTIL names the
    last day, nor what is implied; the first event is the appointment's own.
    """
    dates: dict[str, set[str]] = {}
    rules: set[str] = set()
    try:
        wall = Wall(start)
    except UnusableRule:
        return "\n".join(sorted({plain(line).upper() for line in lines}))
    for text in lines:
        text = plain(text)
        if text.upper().startswith(("DTSTART", "DTEND", "DURATION")):
            continue
        try:
            line = parse(0, text)
            if line.kind in ("RDATE", "EXDATE"):
                keys = {occurrence_key(moment) for moment in wall.moments(0, line)}
                dates.setdefault(line.kind, set()).update(keys)
            else:
                rules.add(f"{line.kind}:{_canonical_rule(rule_parts(0, line.value.upper()), wall)}")
        except (UnusableRule, ValueError, OverflowError):
            rules.add(text.upper())
    return "\n".join(sorted(rules - {""} | {f"{kind}:{_listed(keys)}" for kind, keys in dates.items()}))


def _canonical_rule(given: dict[str, str], wall: Wall) -> str:
    found = {name: _listed(_number(item) for item in value.split(",")) for name, value in given.items()}
    if "UNTIL" in given:
        until = wall.until(given["UNTIL"])
        if not found.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND"}:
            # One occurrence a day at most: only the last day counts, however its end is written.
            early = until.time() < wall.local.time()
            until = datetime.combine(until.date() - timedelta(days=early), time())
        found["UNTIL"] = until.isoformat()
    return ";".join(
        sorted(f"{name}={value}" for name, value in found.items() if (name, value) not in _IMPLIED)
    )


def _number(text: str) -> str:
    return str(int(text)) if re.fullmatch(r"[+-]?\d{1,5}", text) else text


def _listed(items: Iterable[str]) -> str:
    return ",".join(sorted(set(items)))
