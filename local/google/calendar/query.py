"""Listing events: filters, pages, and the sync tokens that tell what changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from local.google.calendar import errors as refuse
from local.google.calendar.event import StoredEvent
from local.google.calendar.store import Calendar
from local.google.calendar.time import EventTime, is_zone, read_instant
from local.google.calendar.tokens import (
    NOT_WITH_SYNC_TOKEN,
    SHAPING,
    Cursor,
    begin,
    digest,
    page_token,
    sync_token,
)
from local.google.json import Params, flag, inner, number, text, texts

DEFAULT_PAGE = 250
LARGEST_PAGE = 2500
OLDEST_UPDATED_MIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of events; one of the two tokens, or neither when no sync can continue the listing."""

    events: list[StoredEvent]
    next_page_token: str | None
    next_sync_token: str | None
    bare: bool

    def tokens(self) -> dict[str, str]:
        """The tokens under the names an answer gives them."""
        pairs = (("nextPageToken", self.next_page_token), ("nextSyncToken", self.next_sync_token))
        return {name: token for name, token in pairs if token}


def list_events(
    calendar: Calendar,
    params: Params,
    now: datetime,
    *,
    token_life: timedelta | None = None,
) -> Page:
    """One page of `events.list` for typed query parameters under Google's names.

    A sync token of the first listing, with or without timeMin and timeMax, stays good for every change of the
    calendar, inside that window or not. Raises GoogleError 400 for what may not go together and 410 for a
    token or an updatedMin that is too old (`token_life`, 30 days).
    """
    _check(params, now)
    size = min(number(params, "maxResults", DEFAULT_PAGE), LARGEST_PAGE)
    cursor = begin(calendar, params, now, token_life)
    bare = cursor.since >= 0 and not params.get("showDeleted")
    if cursor.since >= 0:
        found = _delta_page(calendar, params, cursor, size)
    elif _stays_in_order(params):
        found = _ordered_page(calendar, params, cursor, size)
    else:
        found = _page(_matching(calendar, params), cursor, size)
    events, at = found
    if at is not None:
        return Page(events, page_token(cursor, at), None, bare)
    if any(name in params for name in NOT_WITH_SYNC_TOKEN if name not in ("timeMin", "timeMax")):
        return Page(events, None, None, bare)
    return Page(events, None, sync_token(cursor, digest(params, SHAPING), now), bare)


def list_instances(calendar: Calendar, master: StoredEvent, params: Params, now: datetime) -> Page:
    """One page of `events.instances`: the occurrences of a series by start, or a single event."""
    _check(params, now)
    size = min(number(params, "maxResults", DEFAULT_PAGE), LARGEST_PAGE)
    query = {**params, "eventId": master.id}
    cursor = begin(calendar, query, now, None)
    window = _Window.of(calendar, params)
    if params.get("originalStart"):
        instances = _original(calendar, master, text(params, "originalStart"))
    else:
        instances = calendar.instances(master, window.before) if master.is_master else iter([master])
    wanted = [
        event
        for event in instances
        if (params.get("showDeleted") or not event.cancelled) and window.holds(event)
    ]
    events, at = _page(sorted(wanted, key=lambda event: _moment(calendar, event)), cursor, size)
    if at is not None:
        return Page(events, page_token(cursor, at), None, False)
    return Page(events, None, None, False)


def _check(params: Params, now: datetime) -> None:
    zone = text(params, "timeZone")
    if zone and not is_zone(zone):
        raise refuse.invalid("Invalid time zone.", location="timeZone")
    if params.get("syncToken"):
        _check_beside_token(params)
    if params.get("orderBy") == "startTime" and not params.get("singleEvents"):
        raise refuse.invalid(
            "The requested ordering is not available for the particular query.", location="orderBy"
        )
    for name in ("privateExtendedProperty", "sharedExtendedProperty"):
        if any("=" not in pair for pair in texts(params, name)):
            raise refuse.invalid("Bad Request", location=name)
    _check_times(params, now)


def _check_beside_token(params: Params) -> None:
    """Refuse what may not come with a sync token."""
    for name in NOT_WITH_SYNC_TOKEN:
        if name in params:
            raise refuse.not_with_sync_token(name)
    if params.get("showDeleted") is False:
        raise refuse.not_with_sync_token("showDeleted")


def _check_times(params: Params, now: datetime) -> None:
    updated = _instant(params, "updatedMin")
    if updated and updated < now - OLDEST_UPDATED_MIN:
        raise refuse.updated_min_too_long_ago()
    low, high = _instant(params, "timeMin"), _instant(params, "timeMax")
    if low and high and low >= high:
        raise refuse.empty_time_range()


def _instant(params: Params, name: str) -> datetime | None:
    given = text(params, name)
    return read_instant(given, name) if given else None


def _stays_in_order(params: Params) -> bool:
    """Whether the listing follows the order of creation, which never changes: pages go on by position."""
    return not params.get("singleEvents") and not params.get("orderBy")


def _ordered_page(
    calendar: Calendar, params: Params, cursor: Cursor, size: int
) -> tuple[list[StoredEvent], int | None]:
    wanted = _Filter.of(calendar, params)
    events: list[StoredEvent] = []
    order = calendar.order
    for place in range(cursor.at, len(order)):
        event = calendar.events[order[place]]
        if wanted(event):
            if len(events) == size:
                return events, place
            events.append(event)
    return events, None


def _delta_page(
    calendar: Calendar, params: Params, cursor: Cursor, size: int
) -> tuple[list[StoredEvent], int | None]:
    types, single = texts(params, "eventTypes"), flag(params, "singleEvents")
    after = cursor.since if single else max(cursor.since, cursor.at)
    changed = calendar.changed_since(after, cursor.until)
    wanted = [event for event in changed if not types or event.type in types]
    if single:
        return _page([instance for event in wanted for instance in _expanded(calendar, event)], cursor, size)
    page = wanted[:size]
    return page, page[-1].version if len(wanted) > size else None


def _expanded(calendar: Calendar, event: StoredEvent) -> Iterator[StoredEvent]:
    """A change as a client of single events sees it: all occurrences of a series, cancelled when it is
    deleted.
    """
    if not event.is_master:
        yield event
    else:
        yield from calendar.instances(event)


def _page(events: list[StoredEvent], cursor: Cursor, size: int) -> tuple[list[StoredEvent], int | None]:
    end = cursor.at + size
    return events[cursor.at : end], end if end < len(events) else None


def _matching(calendar: Calendar, params: Params) -> list[StoredEvent]:
    wanted = _Filter.of(calendar, params)
    if params.get("singleEvents"):
        events = [event for event in _singles(calendar, wanted.window.before) if wanted(event)]
    else:
        events = [event for event in calendar.events.values() if wanted(event)]
    if params.get("orderBy") == "startTime":
        events.sort(key=lambda event: (_moment(calendar, event), event.id))
    elif params.get("orderBy") == "updated":
        events.sort(key=lambda event: (event.updated, event.version))
    return events


def _singles(calendar: Calendar, before: datetime | None) -> Iterator[StoredEvent]:
    for event in calendar.events.values():
        if event.is_master:
            yield from calendar.instances(event, before)
        elif event.series_id is None or event.dropped:
            yield event


def _moment(calendar: Calendar, event: StoredEvent) -> datetime:
    return event.start.moment(calendar.time_zone)


def _original(calendar: Calendar, master: StoredEvent, wanted: str) -> Iterator[StoredEvent]:
    """The one occurrence that the rules put at `wanted`, however far off; none when they put none there."""
    try:
        day = date.fromisoformat(wanted) if len(wanted) == 10 else None
    except ValueError as error:
        raise refuse.invalid("Bad Request", location="originalStart") from error
    if day is not None:
        start = EventTime(day=day)
    else:
        start = EventTime(instant=read_instant(wanted, "originalStart"), zone=master.start.zone)
    if master.is_master and master.series.contains(start):
        yield calendar.occurrence(master, start)


@dataclass(frozen=True, slots=True)
class _Window:
    """timeMin filters on the end, timeMax on the start, both exclusive."""

    calendar: Calendar
    after: datetime | None
    before: datetime | None

    @classmethod
    def of(cls, calendar: Calendar, params: Params) -> _Window:
        return cls(calendar, _instant(params, "timeMin"), _instant(params, "timeMax"))

    def holds(self, event: StoredEvent) -> bool:
        if self.before is None and self.after is None:
            return True
        zone = self.calendar.time_zone
        if self.before is not None and event.start.moment(zone) >= self.before:
            return False
        if self.after is None or event.end.moment(zone) > self.after:
            return True
        if not event.is_master:
            return False
        last = event.series.last()
        if last is None:
            return True
        return last.later(event.end.since(event.start)).moment(zone) > self.after


@dataclass(frozen=True, slots=True)
class _Filter:
    """Whether an event belongs into a listing."""

    window: _Window
    show_deleted: bool
    single: bool
    updated_min: datetime | None
    types: list[str]
    ical_uid: str
    words: list[str]
    properties: list[tuple[str, str]]

    @classmethod
    def of(cls, calendar: Calendar, params: Params) -> _Filter:
        return cls(
            _Window.of(calendar, params),
            flag(params, "showDeleted"),
            flag(params, "singleEvents"),
            _instant(params, "updatedMin"),
            texts(params, "eventTypes"),
            text(params, "iCalUID"),
            text(params, "q").casefold().split(),
            [
                (kind, pair)
                for kind in ("private", "shared")
                for pair in texts(params, f"{kind}ExtendedProperty")
            ],
        )

    def __call__(self, event: StoredEvent) -> bool:
        if event.status == "cancelled" and not self._shows_cancelled(event):
            return False
        if self.updated_min is not None and event.updated < self.updated_min:
            return False
        if not self.window.holds(event):
            return False
        return self._says(event)

    def _shows_cancelled(self, event: StoredEvent) -> bool:
        """A cancelled occurrence of a live series is shown: it must be remembered."""
        if self.show_deleted or self.updated_min is not None:
            return True
        return event.series_id is not None and not event.dropped and not self.single

    def _says(self, event: StoredEvent) -> bool:
        if self.types and event.type not in self.types:
            return False
        if self.ical_uid and event.ical_uid != self.ical_uid:
            return False
        if self.words and not _mentions(event, self.words):
            return False
        return all(_has_property(event, kind, pair) for kind, pair in self.properties)


def _mentions(event: StoredEvent, words: Iterable[str]) -> bool:
    parts = [text(event.fields, name) for name in ("summary", "description", "location")]
    for person in (*event.guests, event.organizer):
        parts += [text(person, "displayName"), text(person, "email")]
    said = " ".join(parts).casefold()
    return all(word in said for word in words)


def _has_property(event: StoredEvent, kind: str, pair: str) -> bool:
    name, _, value = pair.partition("=")
    return inner(inner(event.fields, "extendedProperties"), kind).get(name) == value
