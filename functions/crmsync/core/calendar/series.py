"""What happens to a series and its exceptions when one of them changes: an occurrence becomes an exception, a
series is cut in two, exceptions follow their series or go with their occurrence, as Google Calendar does it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crmsync.core.calendar.recurrence import end_of, is_occurrence, occurrence_key, starts
from crmsync.core.fields import APPOINTMENT_FIELDS
from crmsync.core.model import AllDay, Appointment, Moment, Stored, Timed

FOLLOWED = (
    *(field.name for field in APPOINTMENT_FIELDS if field.unit != "when"),
    "contact_ids",
    "notify_guests",
)
"""Fields in which an exception that says nothing of its own says what its series says."""

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MOST = 100_000
"""Above the largest COUNT that a rule may have."""


def occurrence_at(series: Appointment, moment: Moment) -> Moment | None:
    """The start of the occurrence that `moment` names, in the series' own zone; None when there is none.

    Raises UnusableRule.
    """
    if not is_occurrence(series, moment):
        return None
    if isinstance(moment, AllDay):
        return moment
    at = moment.at.replace(microsecond=0)
    return starts(series, at, at + _SECOND, 1)[0]


def first_of(series: Appointment) -> Moment | None:
    """The start of the first occurrence; None when the lines leave none. Raises UnusableRule."""
    return next(iter(starts(series, _FIRST, _LAST, 1)), None)


def may_begin_at(series: Appointment, at: Moment) -> bool:
    """Whether a series may be cut before the occurrence at `at`: a mere RDATE beside a rule would
    start its rule on the wrong day. Raises UnusableRule.
    """
    rules = tuple(line for line in series.recurrence if line.upper().startswith("RRULE"))
    return not rules or is_occurrence(replace(series, recurrence=rules), at)


def exception_of(series: Appointment, series_id: str, at: Moment) -> Appointment:
    """The occurrence at `at` as a record of its own, for changes to be made to."""
    return replace(
        series,
        start=at,
        end=end_of(series, at),
        recurrence=(),
        series_id=series_id,
        original_start=at,
    )


class Consequence(NamedTuple):
    """What becomes of an exception: what it says from now on, and whether it goes into the archive (True) or
    comes out of it (False).
    """

    value: Appointment
    archived: bool | None


def consequence(
    before: Appointment, after: Appointment, exception: Stored[Appointment]
) -> Consequence | None:
    """What a change of a series does to one of its exceptions, archived ones too; None when nothing.

    It goes with its occurrence and comes back with it: a series may cease to repeat, be moved, end earlier,
    and all of that may be undone. Raises UnusableRule.
    """
    there = _has(after, exception.value)
    gone = exception.archived_at is not None
    if gone and (not there or _has(before, exception.value)):
        return None
    if not there:
        return Consequence(exception.value, archived=True)
    value = _followed(before, after, exception.value)
    if gone:
        return Consequence(value, archived=False)
    return None if value == exception.value else Consequence(value, archived=None)


def follow(before: Appointment, after: Appointment, exception: Appointment) -> Appointment | None:
    """The exception once its series has become `after`; None when the series no longer takes place then.

    What it has in common with the series as it was follows, what is its own stays. Raises UnusableRule.
    """
    return _followed(before, after, exception) if _has(after, exception) else None


def _has(series: Appointment, exception: Appointment) -> bool:
    """Whether the series has the occurrence that an exception stands for. Raises UnusableRule."""
    at = exception.original_start
    return at is not None and bool(series.recurrence) and is_occurrence(series, at)


def _followed(before: Appointment, after: Appointment, exception: Appointment) -> Appointment:
    at = exception.original_start
    changes = {
        name: getattr(after, name)
        for name in FOLLOWED
        if getattr(after, name) != getattr(before, name) == getattr(exception, name)
    }
    alike = at is not None and type(before.start) is type(at)
    if at is not None and alike and _same(exception.start, at) and _same(exception.end, end_of(before, at)):
        changes |= {"end": end_of(after, at)}
    return replace(exception, **changes)


def lines_before(series: Appointment, at: Moment) -> tuple[str, ...]:
    """The lines of the series when it ends before the occurrence at `at`: its rules get an UNTIL.

    Raises UnusableRule.
    """

    def ended(head: str, value: str) -> str:
        parts = [part for part in value.split(";") if not part.upper().startswith(("COUNT=", "UNTIL="))]
        return f"{head}:{';'.join([*parts, f'UNTIL={_until(at)}'])}"

    return _lines(series, ended, lambda moment: _key(moment) < _key(at))


def lines_from(series: Appointment, at: Moment) -> tuple[str, ...]:
    """The lines of the series that begins with the occurrence at `at`: a COUNT is less by what came before.

    Raises UnusableRule.
    """

    def lowered(head: str, value: str) -> str:
        parts = value.split(";")
        for position, part in enumerate(parts):
            if part.upper().startswith("COUNT="):
                alone = replace(series, recurrence=(f"RRULE:{value}",))
                gone = len(starts(alone, _FIRST, _instant(at), _MOST))
                parts[position] = f"COUNT={max(1, int(part[6:]) - gone)}"
        return f"{head}:{';'.join(parts)}"

    return _lines(series, lowered, lambda moment: _key(moment) >= _key(at))


def _lines(
    series: Appointment, rule: Callable[[str, str], str], kept: Callable[[Moment], bool]
) -> tuple[str, ...]:
    lines = []
    for line in series.recurrence:
        head, _, value = line.partition(":")
        kind = head.partition(";")[0].upper()
        if kind in ("RRULE", "EXRULE"):
            lines.append(rule(head, value))
            continue
        parameters = head[len(kind) :]
        values = [text for text in value.split(",") if kept(_date(series, parameters, text))]
        if values:
            lines.append(f"{head}:{','.join(values)}")
    return tuple(lines)


def _date(series: Appointment, parameters: str, text: str) -> Moment:
    """The moment that one value of an RDATE or EXDATE line means."""
    alone = replace(series, recurrence=(f"RDATE{parameters}:{text}",))
    found = [it for it in starts(alone, _FIRST, _LAST, 2) if not _same(it, series.start)]
    return found[0] if found else series.start


def _until(at: Moment) -> str:
    if isinstance(at, AllDay):
        return (at.date - timedelta(days=1)).strftime("%Y%m%d")
    return (at.at.astimezone(UTC) - _SECOND).strftime("%Y%m%dT%H%M%SZ")


def _instant(at: Moment) -> datetime:
    if isinstance(at, Timed):
        return at.at
    return datetime(at.date.year, at.date.month, at.date.day, tzinfo=UTC)


def _key(moment: Moment) -> str:
    return occurrence_key(moment)


def _same(one: Moment, other: Moment) -> bool:
    return type(one) is type(other) and _key(one) == _key(other)
