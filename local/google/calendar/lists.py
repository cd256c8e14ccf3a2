"""The list of an account's calendars, in pages and by sync token."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.google.calendar import errors as refuse
from local.google.calendar.store import ROLES, Calendar

DEFAULT_PAGE = 100
LARGEST_PAGE = 250


def list_calendars(
    calendars: Iterable[Calendar], params: Mapping[str, Any], *, version: int, epoch: int
) -> dict[str, Any]:
    """The answer of `calendarList.list`: pages of up to 250 entries, a sync token on the last (FACTS 3.4)."""
    token = params.get("syncToken")
    since = _list_version(token, epoch) if token else -1
    if token and ("minAccessRole" in params or params.get("showDeleted") is False):
        raise refuse.not_with_sync_token("minAccessRole" if "minAccessRole" in params else "showDeleted")
    least = ROLES.index(params.get("minAccessRole", ROLES[0]))
    wanted = [
        calendar
        for calendar in calendars
        if calendar.list_version > since
        and ROLES.index(calendar.access_role) >= least
        and (token or params.get("showDeleted") or not calendar.deleted)
        and (token or params.get("showHidden") or not calendar.hidden)
    ]
    size = min(params.get("maxResults", DEFAULT_PAGE), LARGEST_PAGE)
    start = int(params["pageToken"]) if str(params.get("pageToken", "")).isdigit() else 0
    if params.get("pageToken") and not str(params["pageToken"]).isdigit():
        raise refuse.invalid("Invalid page token value.", location="pageToken")
    answer: dict[str, Any] = {
        "kind": "calendar#calendarList",
        "etag": f'"p{version:08x}{epoch:x}"',
        "items": [calendar.entry() for calendar in wanted[start : start + size]],
    }
    if start + size < len(wanted):
        return answer | {"nextPageToken": str(start + size)}
    sync = base64.urlsafe_b64encode(json.dumps(["list", epoch, version]).encode()).decode().rstrip("=")
    return answer | {"nextSyncToken": sync}


def _list_version(token: str, epoch: int) -> int:
    try:
        kind, born_in, version = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError) as error:
        raise refuse.invalid("Invalid sync token value.", location="syncToken") from error
    if kind != "list" or born_in != epoch:
        raise refuse.full_sync_required()
    return int(version)
