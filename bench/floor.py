"""The bare floor client: our HTTP library, Google's batches, the fewest calls, nothing remembered.

What it takes is what Google and the network take; everything above it is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from crmsync.gateway.client import BATCH_SIZE, service
from crmsync.gateway.event import EVENT_SHAPE
from crmsync.gateway.events import PAGE_SIZE as EVENTS_PAGE
from crmsync.gateway.people import PAGE_SIZE, People
from crmsync.gateway.person_shape import CONTACT_SOURCE, PERSON_SHAPE, READ_MASK
from crmsync.gateway.transport import Transport

_LIST_FIELDS = f"nextPageToken,nextSyncToken,totalItems,connections({PERSON_SHAPE})"
_EVENT_FIELDS = f"nextPageToken,nextSyncToken,timeZone,items({EVENT_SHAPE})"
_CREATE_FIELDS = f"createdPeople(status,person({PERSON_SHAPE}))"


class Floor:
    """People and Calendar, called as barely as one can, with our masks and over one kept connection."""

    def __init__(self, origin: str, token: str) -> None:
        self._origin = origin
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["authorization"] = f"Bearer {token}"
        self._transport = Transport(lambda _: token)

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

    def push(self, persons: Sequence[dict[str, Any]]) -> None:
        """Creates contacts by batches."""
        for start in range(0, len(persons), People.create_size):
            batch = persons[start : start + People.create_size]
            body = {
                "contacts": [{"contactPerson": person} for person in batch],
                "readMask": READ_MASK,
                "sources": [CONTACT_SOURCE],
            }
            query = {"fields": _CREATE_FIELDS, "prettyPrint": "false"}
            self._call("POST", "v1/people:batchCreateContacts", query, body)

    def pull(self, sync_token: str | None = None) -> str:
        """Lists everything, or what changed; answers the next sync token."""
        query = {
            "personFields": READ_MASK,
            "sources": CONTACT_SOURCE,
            "pageSize": str(PAGE_SIZE),
            "requestSyncToken": "true",
            "fields": _LIST_FIELDS,
            "prettyPrint": "false",
        }
        if sync_token is not None:
            query["syncToken"] = sync_token
        while True:
            answer = self._call("GET", "v1/people/me/connections", query)
            if "nextPageToken" not in answer:
                return str(answer["nextSyncToken"])
            query["pageToken"] = answer["nextPageToken"]

    def rename(self, person: Mapping[str, Any], given: str) -> dict[str, Any]:
        """Updates one contact that was just read; answers it as it then is."""
        body = {"etag": person["etag"], "metadata": person["metadata"], "names": [{"givenName": given}]}
        query = {"updatePersonFields": "names", "personFields": READ_MASK, "fields": PERSON_SHAPE}
        return self._call("PATCH", f"v1/{person['resourceName']}:updateContact", query, body)

    def create_one(self, person: Mapping[str, Any]) -> dict[str, Any]:
        """Creates one contact."""
        query = {"personFields": READ_MASK, "fields": PERSON_SHAPE}
        return self._call("POST", "v1/people:createContact", query, dict(person))

    def events(self, sync_token: str | None = None) -> str:
        """Lists the primary calendar's events, or what changed; answers the next sync token."""
        query = {"maxResults": str(EVENTS_PAGE), "fields": _EVENT_FIELDS, "prettyPrint": "false"}
        if sync_token is not None:
            query["syncToken"] = sync_token
        while True:
            answer = self._call("GET", "calendar/v3/calendars/primary/events", query)
            if "nextPageToken" not in answer:
                return str(answer["nextSyncToken"])
            query["pageToken"] = answer["nextPageToken"]

    def push_events(self, events: Sequence[dict[str, Any]]) -> None:
        """Creates events by HTTP batches, made and read by google-api-python-client."""
        api = service("calendar.v3", f"{self._origin}/")
        calendar = api.events()
        for start in range(0, len(events), BATCH_SIZE):
            batch = api.new_batch_http_request(callback=_must_succeed)
            for event in events[start : start + BATCH_SIZE]:
                batch.add(
                    calendar.insert(
                        calendarId="primary",
                        body=event,
                        sendUpdates="none",
                        fields=EVENT_SHAPE,
                        prettyPrint=False,
                    )
                )
            batch.execute(http=self._transport)

    def _call(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = self._session.request(
            method, f"{self._origin}/{path}", params=dict(query), json=body, timeout=120
        )
        answer.raise_for_status()
        read: dict[str, Any] = answer.json()
        return read


def _must_succeed(request_id: str, answer: Any, error: Exception | None) -> None:
    if error is not None:
        raise error
