"""The list of the user's calendars."""

from crmsync.engine.ports import CalendarEntry
from crmsync.gateway.client import Client
from crmsync.gateway.errors import Attempt
from crmsync.gateway.wire import Collection, WireBody

PAGE_SIZE = 250
_FIELDS = "nextPageToken,items(id,summary,summaryOverride,primary,accessRole)"
_WRITABLE = frozenset(("writer", "owner"))
"""Roles that may write events of every visibility; `writerWithoutPrivateAccess` would refuse private ones."""


def calendars(collection: Collection, client: Client) -> list[CalendarEntry]:
    """All of them, the main one first, then by name. It has the id "primary", as everywhere in the CRM."""
    found: list[CalendarEntry] = []
    token: str | None = None
    while True:
        request = collection.list(maxResults=PAGE_SIZE, pageToken=token, fields=_FIELDS, prettyPrint=False)
        answer = client.call(request, Attempt(), {"calendar": 1})
        found += [_entry(item) for item in answer.get("items") or ()]
        token = answer.get("nextPageToken")
        if token is None:
            return sorted(found, key=lambda entry: (not entry.primary, entry.name.casefold(), entry.id))


def _entry(item: WireBody) -> CalendarEntry:
    primary = item.get("primary") is True
    name = item.get("summaryOverride") or item.get("summary") or item["id"]
    return CalendarEntry(
        "primary" if primary else item["id"], name, primary, item.get("accessRole") in _WRITABLE
    )
