"""The outbox: every mail Google would have sent to guests, so that a test can say that nobody was mailed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from local.google.calendar.event import StoredEvent
from local.google.calendar.fields import same_address
from local.google.clock import Clock
from local.google.json import JsonObject, text

Kind = Literal["invitation", "update", "cancellation", "response"]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to the addresses `to`, in lower case, about an event; `response` goes to the organiser."""

    at: datetime
    calendar_id: str
    event_id: str
    kind: Kind
    to: tuple[str, ...]


class Outbox:
    """The mails about the events of one account, oldest first in `mails`. Nothing leaves the simulation."""

    def __init__(self, clock: Clock, me: str) -> None:
        """`me` is the account's own address, which is never mailed."""
        self.mails: list[Mail] = []
        self._clock = clock
        self._me = me

    def announce(
        self, calendar_id: str, event: StoredEvent, before: Sequence[JsonObject], send_updates: str
    ) -> None:
        """Write the mails a change calls for; `before` is the guest list it found, `send_updates` what was
        asked.

        `none`: nobody (the default of the API); `externalOnly`: only guests outside the account's own domain.
        A new guest is invited, one who stays gets an update, one who was taken off a cancellation.
        """
        if send_updates == "none":
            return
        if not event.organized_here:
            self._post(calendar_id, event, "response", {event.organizer["email"].lower()}, send_updates)
            return
        old = guest_addresses(before)
        new = set() if event.cancelled else guest_addresses(event.guests)
        self._post(calendar_id, event, "invitation", new - old, send_updates)
        self._post(calendar_id, event, "update", new & old, send_updates)
        self._post(calendar_id, event, "cancellation", old - new, send_updates)

    def _post(
        self, calendar_id: str, event: StoredEvent, kind: Kind, to: set[str], send_updates: str
    ) -> None:
        domain = self._me.partition("@")[2]
        others = {email for email in to if not same_address(email, self._me)}
        if send_updates == "externalOnly":
            others = {email for email in others if email.partition("@")[2] != domain}
        if others:
            self.mails.append(Mail(self._clock.now(), calendar_id, event.id, kind, tuple(sorted(others))))


def guest_addresses(guests: Iterable[JsonObject]) -> set[str]:
    """The addresses of the people on a guest list, rooms left out, in lower case."""
    return {text(guest, "email").lower() for guest in guests if not guest.get("resource")}
