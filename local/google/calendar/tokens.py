"""Page tokens and sync tokens: what they hold, and when they are refused."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from local.google.calendar import errors as refuse
from local.google.calendar.store import Calendar
from local.google.json import Params, text

NOT_WITH_SYNC_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
SHAPING = ("singleEvents", "eventTypes", "showHiddenInvitations")
"""Parameters that must be those of the first listing; a token of another listing is refused, where Google
leaves the outcome undefined.
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a token holds.

    `until`: the calendar's version when the listing began; `since`: where a delta begins, -1 in a full
    listing; `at`: how far the pages have come; `query`: a digest of what was asked; `born`: POSIX seconds.
    """

    kind: str
    calendar: str
    epoch: int
    until: int
    query: str
    born: float
    since: int = -1
    at: int = 0

    def token(self) -> str:
        """This cursor as an opaque text."""
        values = [getattr(self, spec.name) for spec in fields(self)]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def begin(calendar: Calendar, params: Params, now: datetime, token_life: timedelta | None) -> Cursor:
    """Where a request goes on: at its page token, at its sync token, or at the beginning."""
    query = digest(params, sorted(set(params) - {"pageToken", "maxResults", "fields", "alt", "prettyPrint"}))
    sync: Cursor | None = None
    sync_given, page_given = text(params, "syncToken"), text(params, "pageToken")
    if sync_given:
        sync = _read_token(sync_given, "sync", calendar, "Invalid sync token value.", "syncToken")
        too_old = token_life is not None and now.timestamp() - sync.born > token_life.total_seconds()
        if sync.epoch != calendar.epoch or sync.until > calendar.version or too_old:
            raise refuse.full_sync_required()
        if sync.query != digest(params, SHAPING):
            raise refuse.invalid(
                "The sync token belongs to a request with other parameters.", location="syncToken"
            )
    if page_given:
        page = _read_token(page_given, "page", calendar, "Invalid page token value.", "pageToken")
        if page.query != query:
            raise refuse.invalid("Invalid page token value.", location="pageToken")
        return page
    since = sync.until if sync else -1
    return Cursor("page", calendar.id, calendar.epoch, calendar.version, query, now.timestamp(), since)


def _read_token(token: str, kind: str, calendar: Calendar, message: str, location: str) -> Cursor:
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        cursor = Cursor(*values)
    except (ValueError, TypeError) as error:
        raise refuse.invalid(message, location=location) from error
    if cursor.kind != kind or cursor.calendar != calendar.id or cursor.token() != token.rstrip("="):
        raise refuse.invalid(message, location=location)
    return cursor


def page_token(cursor: Cursor, at: int) -> str:
    """The token of the page after `cursor` that begins at `at`."""
    return replace(cursor, kind="page", at=at).token()


def sync_token(cursor: Cursor, shape: str, now: datetime) -> str:
    """The token for what changes after the listing of `cursor` began."""
    return Cursor(
        "sync", cursor.calendar, cursor.epoch, cursor.until, shape, now.timestamp(), cursor.until
    ).token()


def digest(params: Params, names: Iterable[str]) -> str:
    """A short digest of those of the named parameters that are given."""
    asked = {name: params[name] for name in names if params.get(name)}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
