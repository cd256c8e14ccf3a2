"""Push notifications: channels that watch a calendar, and real HTTP POSTs from a worker of their own."""

from __future__ import annotations

import base64
import hashlib
import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal
from urllib.parse import quote, urlsplit

import requests

from local.google.calendar import errors as refuse
from local.google.clock import Clock
from local.google.json import Body, inner, text

State = Literal["sync", "exists", "not_exists"]

DEFAULT_LIFE = timedelta(days=7)
RETRIED = frozenset({500, 502, 503, 504})
MOST_ATTEMPTS = 6
POST_TIMEOUT = 10.0
_USER_AGENT = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(slots=True)
class Channel:
    """A subscription of one user and OAuth client to the events of one calendar.

    `number` is that of the last message.
    """

    id: str
    address: str
    token: str
    resource_id: str
    resource_uri: str
    expires_at: datetime
    account: str
    client_id: str
    project: str
    calendar_id: str
    number: int = 0
    stopped: bool = False

    def answer(self) -> dict[str, str]:
        """The Channel resource that a watch answers; `expiration` is a text of milliseconds."""
        shown = {
            "kind": "api#channel",
            "id": self.id,
            "resourceId": self.resource_id,
            "resourceUri": self.resource_uri,
            "expiration": str(int(self.expires_at.timestamp() * 1000)),
        }
        return shown | ({"token": self.token} if self.token else {})


@dataclass(frozen=True, slots=True)
class Notification:
    """One message: where to, and the headers that are all it has."""

    address: str
    headers: Mapping[str, str]
    channel_id: str
    state: State


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: the answer's HTTP status; 0 when nobody answered, -1 when the message was dropped on
    demand.
    """

    notification: Notification
    status: int
    attempt: int


@dataclass(order=True, slots=True)
class _Planned:
    due: float
    order: int
    channel: Channel = field(compare=False)
    notification: Notification = field(compare=False)
    attempt: int = field(compare=False, default=1)


def post(notification: Notification) -> int:
    """POST a notification with an empty body, following no redirect; 0 when there was no answer."""
    try:
        answer = requests.post(
            notification.address,
            data=b"",
            headers={name: value.encode() for name, value in notification.headers.items()},
            timeout=POST_TIMEOUT,
            allow_redirects=False,
        )
    except (requests.RequestException, OSError, ValueError):
        return 0
    return answer.status_code


class PushHub:
    """All channels, and the worker that serves them.

    Safe to use from any thread; never delivers in the caller's.

    Dials for tests and the controls page: `delay` seconds before each message; `drop_next` and
    `duplicate_next` count down; `coalesce` lets a change add no message to a channel that has one waiting;
    `sync_first` makes a watch wait until its sync message was delivered, which then precedes the answer.
    `deliveries` remembers the newest attempts.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        deliver: Callable[[Notification], int] = post,
        timer: Callable[[], float] = time.monotonic,
        background: bool = True,
    ) -> None:
        """`deliver` sends a message and tells the status; without `background` only `deliver_due` does."""
        self.delay = 0.0
        self.drop_next = 0
        self.duplicate_next = 0
        self.coalesce = True
        self.sync_first = False
        self.longest_life = DEFAULT_LIFE
        self.retry_after = 1.0
        self.deliveries: deque[Delivery] = deque(maxlen=10_000)
        self._clock = clock
        self._deliver = deliver
        self._timer = timer
        self._background = background
        self._channels: dict[tuple[str, str], Channel] = {}
        self._used: set[tuple[str, str]] = set()
        self._planned: list[_Planned] = []
        self._made = 0
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None

    def __getstate__(self) -> dict[str, object]:
        """Channels, dials and what is still to be delivered; what was delivered ends with the process."""
        return {**vars(self), "deliveries": deque(maxlen=self.deliveries.maxlen), "_worker": None}

    def channels(self) -> list[Channel]:
        """The live channels, oldest first."""
        with self._changed:
            now = self._clock.now()
            return [c for c in self._channels.values() if not c.stopped and c.expires_at > now]

    def watch(self, body: Body, *, account: str, client_id: str, project: str, calendar_id: str) -> Channel:
        """Open a channel as a watch request's body asks, and send its sync message.

        Raises GoogleError 400 or 401.

        Plain http is allowed for loopback hosts only, a departure from Google, which wants https throughout.
        """
        _check(body)
        channel_id = text(body, "id")
        key = (project, channel_id)
        life = self._life(body)
        resource = hashlib.sha1(f"{account}/{calendar_id}".encode(), usedforsecurity=False).digest()
        channel = Channel(
            id=channel_id,
            address=text(body, "address"),
            token=text(body, "token"),
            resource_id=base64.urlsafe_b64encode(resource).decode().rstrip("="),
            resource_uri=f"https://www.googleapis.com/calendar/v3/calendars/{quote(calendar_id)}/events?alt=json",
            expires_at=self._clock.now() + life,
            account=account,
            client_id=client_id,
            project=project,
            calendar_id=calendar_id,
        )
        with self._changed:
            if key in self._used:
                raise refuse.channel_refused("channelIdNotUnique", f"Channel id {channel_id} not unique")
            self._used.add(key)
            self._channels[key] = channel
            message = self._plan(channel, "sync")
        if self.sync_first and self._background:
            self._await(message)
        return channel

    def stop(self, channel_id: str, resource_id: str, *, account: str, client_id: str, project: str) -> None:
        """End a channel; only the user and client that opened it can. 404 for every other one."""
        with self._changed:
            channel = self._channels.get((project, channel_id))
            mine = channel is not None and (channel.account, channel.client_id) == (account, client_id)
            live = channel is not None and channel.expires_at > self._clock.now() and not channel.stopped
            if channel is None or not mine or not live or channel.resource_id != resource_id:
                raise refuse.channel_not_found(channel_id, project)
            channel.stopped = True

    def changed(self, account: str, calendar_id: str, state: State = "exists") -> None:
        """Something on a calendar changed: plan a message for each live channel on it."""
        with self._changed:
            for channel in self.channels():
                watching = (channel.account, channel.calendar_id) == (account, calendar_id)
                if watching and not (self.coalesce and self._has_news_waiting(channel)):
                    self._plan(channel, state)

    def _has_news_waiting(self, channel: Channel) -> bool:
        """Whether a message other than the first waits for the channel: it tells of a further change too."""
        return any(
            waiting.channel is channel and waiting.notification.state != "sync" for waiting in self._planned
        )

    def _plan(self, channel: Channel, state: State) -> _Planned:
        """Give the channel its next message number, which skips some, and hand the message to the worker."""
        channel.number += 1 if state == "sync" else 1 + (channel.number * 7919 + len(channel.id)) % 1000
        notification = Notification(channel.address, _headers(channel, state), channel.id, state)
        planned = _Planned(self._timer() + self.delay, self._next(), channel, notification)
        self._push(planned)
        return planned

    def _next(self) -> int:
        """Orders messages that are due at the same time."""
        self._made += 1
        return self._made

    def resume(self) -> None:
        """Go on with what another process had planned, at once: its timer has gone with it."""
        with self._changed:
            waiting, self._planned = self._planned, []
            for planned in sorted(waiting):
                planned.due = self._timer()
                self._push(planned)

    def _push(self, planned: _Planned) -> None:
        heapq.heappush(self._planned, planned)
        if self._background and self._worker is None:
            self._worker = threading.Thread(target=self._work, name="push", daemon=True)
            self._worker.start()
        self._changed.notify_all()

    def _await(self, planned: _Planned) -> None:
        def delivered() -> bool:
            return any(done.notification is planned.notification for done in self.deliveries)

        with self._changed:
            self._changed.wait_for(delivered, timeout=POST_TIMEOUT)

    def _work(self) -> None:
        """Deliver until nothing is planned; the next message starts a new worker."""
        while True:
            with self._changed:
                if not self._planned:
                    self._worker = None
                    return
                pause = self._planned[0].due - self._timer()
                if pause > 0:
                    self._changed.wait(pause)
                    continue
            self.deliver_due()

    def deliver_due(self) -> int:
        """Deliver what is due now, one after the other, in this thread; how many messages were sent."""
        sent = 0
        while True:
            with self._changed:
                if not self._planned or self._planned[0].due > self._timer():
                    return sent
                planned = heapq.heappop(self._planned)
                copies = self._copies(planned)
            for _ in range(copies):
                self._attempt(planned)
                sent += 1

    def _copies(self, planned: _Planned) -> int:
        """How often to send a message: not at all on a dead channel or when drops are asked for, twice for a
        duplicate.
        """
        if planned.channel.stopped or planned.channel.expires_at <= self._clock.now():
            return 0
        if planned.attempt == 1 and self.drop_next > 0:
            self.drop_next -= 1
            self._note(Delivery(planned.notification, -1, planned.attempt))
            return 0
        if planned.attempt == 1 and self.duplicate_next > 0:
            self.duplicate_next -= 1
            return 2
        return 1

    def _attempt(self, planned: _Planned) -> None:
        status = self._deliver(planned.notification)
        with self._changed:
            self._note(Delivery(planned.notification, status, planned.attempt))
            if status in RETRIED and planned.attempt < MOST_ATTEMPTS:
                due = self._timer() + self.retry_after * 2 ** (planned.attempt - 1)
                again = _Planned(
                    due, self._next(), planned.channel, planned.notification, planned.attempt + 1
                )
                self._push(again)

    def _note(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._changed.notify_all()

    def wait_for(self, happened: Callable[[PushHub], bool], timeout: float = 5.0) -> bool:
        """Wait until `happened` of this hub is true, looking after every attempt; whether it came true in
        time.
        """
        with self._changed:
            return self._changed.wait_for(lambda: happened(self), timeout)

    def _life(self, body: Body) -> timedelta:
        """The shortest of what is asked for, by date or by seconds, and what is given at most."""
        now, lives = self._clock.now(), [self.longest_life]
        try:
            # The discovery document has an expiration as int64, which may come as a number or as a text.
            expiration, ttl = str(body.get("expiration") or ""), text(inner(body, "params"), "ttl")
            if expiration:
                lives.append(datetime.fromtimestamp(int(expiration) / 1000, UTC) - now)
            if ttl:
                lives.append(timedelta(seconds=int(ttl)))
        except (ValueError, OverflowError, OSError) as error:
            raise refuse.invalid("Invalid channel expiration.") from error
        if min(lives) <= timedelta():
            raise refuse.invalid("Channel expiration lies in the past.")
        return min(lives)


def _check(body: Body) -> None:
    channel_id, token = text(body, "id"), text(body, "token")
    if not channel_id:
        raise refuse.required("Required")
    if len(channel_id) > 64:
        raise refuse.channel_refused("invalid", "Channel id must be at most 64 characters long.")
    if body.get("type") not in ("web_hook", "webhook"):
        raise refuse.channel_refused("push.unknownChannelType", "Unknown channel type.")
    if len(token) > 256:
        raise refuse.channel_refused("push.channelTokenTooLong", "Channel token is too long.")
    if not token.isprintable():
        raise refuse.channel_refused("invalid", "Channel token is not printable.")
    _check_address(text(body, "address"))


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError as error:
        raise refuse.channel_refused("invalid", "Invalid channel address.") from error
    if not loopback and (parts.scheme != "https" or not parts.hostname):
        raise refuse.channel_refused(
            "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address[:200]}"
        )


def _headers(channel: Channel, state: State) -> dict[str, str]:
    """Google's headers, and nothing else says what happened."""
    headers = {
        "Content-Length": "0",
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": _USER_AGENT,
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Expiration": format_datetime(channel.expires_at, usegmt=True),
        "X-Goog-Message-Number": str(channel.number),
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-State": state,
        "X-Goog-Resource-URI": channel.resource_uri,
    }
    return headers | ({"X-Goog-Channel-Token": channel.token} if channel.token else {})
