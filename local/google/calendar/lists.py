"""The list of an account's calendars, in pages and by sync token."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator

from local.google.calendar import errors as refuse
from local.google.calendar.store import ROLES, Calendar
from local.google.json import JsonObject, Params, flag, number, text

DEFAULT_PAGE = 100
LARGEST_PAGE = 250


def list_calendars(calendars: Iterable[Calendar], params: Params, *, version: int, epoch: int) -> JsonObject:
    """The answer of `calendarList.list`: pages of up to 250 entries, a sync token on the last."""
    token = text(params, "syncToken")
    since = _list_version(token, epoch) if token else -1
    if token and ("minAccessRole" in params or params.get("showDeleted") is False):
        raise refuse.not_with_sync_token("minAccessRole" if "minAccessRole" in params else "showDeleted")
    wanted = [calendar for calendar in _asked(calendars, params) if calendar.list_version > since]
    size = min(number(params, "maxResults", DEFAULT_PAGE), LARGEST_PAGE)
    start = _start(text(params, "pageToken"))
    answer: JsonObject = {
        "kind": "calendar#calendarList",
        "etag": f'"p{version:08x}{epoch:x}"',
        "items": [calendar.entry() for calendar in wanted[start : start + size]],
    }
    if start + size < len(wanted):
        return answer | {"nextPageToken": str(start + size)}
    sync = base64.urlsafe_b64encode(json.dumps(["list", epoch, version]).encode()).decode().rstrip("=")
    return answer | {"nextSyncToken": sync}


def _asked(calendars: Iterable[Calendar], params: Params) -> Iterator[Calendar]:
    """The calendars with enough access; deleted and hidden ones when asked for, and to who has a token."""
    least = ROLES.index(text(params, "minAccessRole", ROLES[0]))
    token = bool(params.get("syncToken"))
    deleted, hidden = (token or flag(params, name) for name in ("showDeleted", "showHidden"))
    for calendar in calendars:
        shown = (deleted or not calendar.deleted) and (hidden or not calendar.hidden)
        if shown and ROLES.index(calendar.access_role) >= least:
            yield calendar


def _start(page_token: str) -> int:
    if page_token and not page_token.isdigit():
        raise refuse.invalid("Invalid page token value.", location="pageToken")
    return int(page_token or 0)


def _list_version(token: str, epoch: int) -> int:
    try:
        kind, born_in, version = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError) as error:
        raise refuse.invalid("Invalid sync token value.", location="syncToken") from error
    if kind != "list" or born_in != epoch:
        raise refuse.full_sync_required()
    return int(version)
