"""The events of one Google calendar, as the engine's `Remote[Appointment]`.

Observations are keyed by the bare event id, which the engine prefixes with a digest of the calendar's id.
Inserts carry an id of ours, so that repeating one is met by 409 instead of a double. Updates are merge
patches under If-Match: a patch costs three units of quota where get and update cost two, but it needs no read
before it and keeps by nature what Google adds and we do not model. Several calls travel as one HTTP batch,
each with its own outcome; nothing of a batch is sent twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from crmsync import logs
from crmsync.core.errors import NotFound, Refused, SyncError
from crmsync.core.model import AllDay, Appointment, Moment
from crmsync.core.quarantine import INTERNAL
from crmsync.core.state import Link, Observation
from crmsync.engine.ports import New, Occurrence, Page, Update
from crmsync.gateway.client import BATCH_SIZE, Client, is_general, resource, service
from crmsync.gateway.errors import Attempt, malformed
from crmsync.gateway.event import BUSY_TYPES, DEFAULT_TYPE, EVENT_SHAPE, changed_event, new_event, seen
from crmsync.gateway.quota import PATCH_UNITS
from crmsync.gateway.wire import Request, WireBody

Outcome = Observation[Appointment] | SyncError

PAGE_SIZE = 2500
TYPES = [DEFAULT_TYPE, *BUSY_TYPES]
"""Birthdays and working locations take nobody's time. A listing goes on with the types that it began with, so
all are asked for, whatever the user wants of Google's events.
"""
_TAKE_TIME = frozenset(TYPES)
_LIST_FIELDS = f"nextPageToken,nextSyncToken,timeZone,accessRole,items({EVENT_SHAPE})"
_INSTANCE_FIELDS = f"timeZone,items({EVENT_SHAPE})"
_MUTATION = Attempt(mutates=True)
_ANSWER = frozenset({"response"})
"""Of the user's own answer nobody is mailed."""


class Events:
    """One calendar of one user, on one thread. Implements `crmsync.engine.ports.Calendar`."""

    create_size = BATCH_SIZE
    update_size = BATCH_SIZE
    delete_size = BATCH_SIZE
    read_size = BATCH_SIZE

    def __init__(
        self, root: str, client: Client, calendar_id: str, window_start: datetime | None = None
    ) -> None:
        """`root`: the Calendar API's address, with a trailing slash.

        `window_start` bounds only a listing without a sync token.
        """
        self._api = service("calendar.v3", root)
        self._events = resource("calendar.v3", root, "events")
        self._client = client
        self._calendar = calendar_id
        self._window_start = window_start
        self._role = ""
        """The user's role on the calendar, as the last page of a listing told it."""

    def list_page(
        self, sync_token: str | None, page_token: str | None, *, resumes: bool = True
    ) -> Page[Appointment]:
        """One page of up to 2,500: single events, series and exceptions, of the types that take time.

        Google gives a sync token with every listing, whether it `resumes` or not, and counts none of them
        apart. `maxAttendees` is never sent, here or elsewhere: it would cut lists of guests.

        `showDeleted` is never sent: a delta has deletions anyway, and a full listing without it still has the
        cancelled occurrences of living series. `timeMin` is refused with a sync token, which remembers it.
        """
        since = self._window_start if sync_token is None else None
        request = self._events.list(
            calendarId=self._calendar,
            eventTypes=TYPES,
            singleEvents=False,
            maxResults=PAGE_SIZE,
            timeMin=since.isoformat() if since else None,
            syncToken=sync_token,
            pageToken=page_token,
            fields=_LIST_FIELDS,
            prettyPrint=False,
        )
        attempt = Attempt(cursor=bool(sync_token or page_token))
        answer = self._client.call(request, attempt, {"calendar": 1})
        self._role = answer.get("accessRole") or self._role
        page = Page(
            items=tuple(self._observed(answer.get("items") or (), answer.get("timeZone"))),
            next_page_token=answer.get("nextPageToken"),
            next_sync_token=answer.get("nextSyncToken"),
        )
        if page.next_page_token is None and page.next_sync_token is None:
            raise malformed(attempt)
        return page

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, Observation[Appointment]]:
        """Direct reads by event id; an event that never existed is absent, a deleted one says so."""
        parts = {
            event_id: self._events.get(
                calendarId=self._calendar, eventId=event_id, fields=EVENT_SHAPE, prettyPrint=False
            )
            for event_id in remote_ids
        }
        found: dict[str, Observation[Appointment]] = {}
        for event_id, outcome in self._send(parts, Attempt()).items():
            if isinstance(outcome, NotFound):
                continue
            if isinstance(outcome, SyncError):
                raise outcome
            found[event_id] = self._seen_as(outcome, keep_raw=True)
        return found

    def occurrences(self, wanted: Sequence[Occurrence]) -> Mapping[Occurrence, Outcome]:
        """Occurrences by their series and original start, whatever their ids and wherever they were moved.

        Untouched ones are read as the exceptions they may become; cancelled ones say so. A series that is
        gone has none.
        """
        parts = {
            str(place): self._events.instances(
                calendarId=self._calendar,
                eventId=item.series,
                originalStart=_original_start(item.original_start),
                showDeleted=True,
                fields=_INSTANCE_FIELDS,
                prettyPrint=False,
            )
            for place, item in enumerate(wanted)
        }
        found: dict[Occurrence, Outcome] = {}
        for place, answer in self._send(parts, Attempt()).items():
            if isinstance(answer, NotFound):
                continue
            if isinstance(answer, SyncError):
                found[wanted[int(place)]] = answer
                continue
            for event in answer.get("items") or ():
                zone = answer.get("timeZone")
                found[wanted[int(place)]] = self._seen_as(event, zone, keep_raw=True)
        return found

    def create(self, items: Sequence[New[Appointment]]) -> Mapping[str, Outcome]:
        """Inserts events under the ids of `New.id`; an id that is taken is AlreadyThere for its item."""
        outcomes: dict[str, Outcome] = {}
        parts: dict[str, Request] = {}
        for item in items:
            with _refusing(item.crm, item.crm, outcomes):
                parts[item.crm] = self._insert(item)
        return outcomes | self._seen(self._send(parts, _MUTATION))

    def update(self, items: Sequence[Update[Appointment]]) -> Mapping[str, Outcome]:
        """Patches the changed fields under the event's etag (that of `raw` when it is given)."""
        outcomes: dict[str, Outcome] = {}
        parts: dict[str, Request] = {}
        for item in items:
            with _refusing(item.link.key, item.link.crm, outcomes):
                parts[item.link.key] = self._patch(item)
        return outcomes | self._seen(self._send(parts, _MUTATION, PATCH_UNITS))

    def delete(self, links: Sequence[Link], *, notify: bool = False) -> Mapping[str, SyncError | None]:
        """Deletes events that have not changed since their etag; one that is gone counts as deleted.

        A transient failure of any of them is raised: repeating the others is harmless.
        """
        parts = {}
        for link in links:
            request = self._events.delete(
                calendarId=self._calendar, eventId=link.remote_id, sendUpdates=_updates(notify)
            )
            parts[link.key] = _if_match(request, link.etag)
        outcomes: dict[str, SyncError | None] = {}
        for key, outcome in self._send(parts, _MUTATION).items():
            if isinstance(outcome, SyncError) and is_general(outcome):
                raise outcome
            failed = isinstance(outcome, SyncError) and not isinstance(outcome, NotFound)
            outcomes[key] = outcome if failed and isinstance(outcome, SyncError) else None
        return outcomes

    def _insert(self, item: New[Appointment]) -> Request:
        return self._events.insert(
            calendarId=self._calendar,
            body=new_event(item.value, item.crm, item.id),
            sendUpdates=_updates(item.notify),
            fields=EVENT_SHAPE,
            prettyPrint=False,
        )

    def _patch(self, item: Update[Appointment]) -> Request:
        request = self._events.patch(
            calendarId=self._calendar,
            eventId=item.link.remote_id,
            body=changed_event(item.value, item.fields, item.raw),
            sendUpdates=_updates(item.notify and not item.fields <= _ANSWER),
            fields=EVENT_SHAPE,
            prettyPrint=False,
        )
        return _if_match(request, item.raw["etag"] if item.raw is not None else item.link.etag)

    def _send(
        self, parts: Mapping[str, Request], attempt: Attempt, units: int = 1
    ) -> dict[str, WireBody | SyncError]:
        if not parts:
            return {}
        return self._client.batch(self._api, parts, attempt, {"calendar": units * len(parts)})

    def _seen(self, outcomes: Mapping[str, WireBody | SyncError]) -> dict[str, Outcome]:
        return {
            name: outcome if isinstance(outcome, SyncError) else self._seen_as(outcome)
            for name, outcome in outcomes.items()
        }

    def _seen_as(
        self, event: WireBody, zone: str | None = None, *, keep_raw: bool = False
    ) -> Observation[Appointment]:
        return seen(event, self._calendar, zone, role=self._role, keep_raw=keep_raw)

    def _observed(self, events: Sequence[WireBody], zone: str | None) -> Iterator[Observation[Appointment]]:
        for event in events:
            if event.get("eventType", DEFAULT_TYPE) not in _TAKE_TIME:
                continue  # not asked for, but it came
            yield self._seen_as(event, zone)


@contextmanager
def _refusing(key: str, record: str, outcomes: dict[str, Outcome]) -> Iterator[None]:
    """A record whose request cannot be built: its outcome says so, and no other's."""
    try:
        yield
    except Refused as refusal:
        outcomes[key] = refusal
    except Exception as error:
        logs.failure("unwritable event", error, record=record)
        outcomes[key] = Refused(INTERNAL)


def _updates(notify: bool) -> str:
    """Whom Google mails: nobody, unless the user asked for it on this very appointment."""
    return "all" if notify else "none"


def _original_start(moment: Moment) -> str:
    if isinstance(moment, AllDay):
        return moment.date.isoformat()
    return moment.at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def _if_match(request: Request, etag: str) -> Request:
    if etag:
        request.headers["If-Match"] = etag
    return request
