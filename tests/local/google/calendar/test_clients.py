"""Real clients, unchanged, each through its whole flow: google-api-python-client and gcal_sync."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from gcal_sync.api import GoogleCalendarService, ListEventsRequest, Range, SyncEventsRequest
from gcal_sync.auth import AbstractAuth
from gcal_sync.model import DateOrDatetime, Event
from gcal_sync.store import InMemoryCalendarStore
from gcal_sync.sync import CalendarEventSyncManager, CalendarListSyncManager
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from local.google.server import GoogleServer
from tests.local.google.calendar.stage import ANN, Stage, timed, weekly
from tests.threads import in_own_thread


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def server(stage: Stage) -> Iterator[GoogleServer]:
    with GoogleServer(stage.world) as running:
        yield running


@pytest.fixture
def service(stage: Stage, server: GoogleServer) -> Iterator[Any]:
    with build(
        "calendar",
        "v3",
        credentials=Credentials(stage.token),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": f"{server.origin}/calendar/v3/"},
        static_discovery=True,
    ) as built:
        yield built


def test_googles_own_client_walks_calendars_events_series_and_sync(service: Any, stage: Stage) -> None:
    calendars = service.calendarList().list().execute()["items"]
    assert [entry["id"] for entry in calendars] == [ANN]
    events = service.events()
    single = events.insert(
        calendarId="primary", body=timed("2026-03-05T09:00:00", "2026-03-05T10:00:00")
    ).execute()
    series = events.insert(calendarId="primary", body=weekly()).execute()
    request, pages = events.list(calendarId="primary", maxResults=1), []
    while request is not None:
        pages.append(request.execute())
        request = events.list_next(request, pages[-1])
    assert [page["items"][0]["id"] for page in pages] == [single["id"], series["id"]]
    instances = events.instances(calendarId="primary", eventId=series["id"]).execute()["items"]
    third = instances[2] | {"summary": "Edited"}
    events.update(calendarId="primary", eventId=third["id"], body=third).execute()
    events.delete(calendarId="primary", eventId=single["id"]).execute()
    delta = events.list(calendarId="primary", syncToken=pages[-1]["nextSyncToken"]).execute()
    assert {(e["id"], e["status"]) for e in delta["items"]} == {
        (third["id"], "confirmed"),
        (single["id"], "cancelled"),
    }
    stage.book.expire_sync_tokens()
    with pytest.raises(HttpError) as caught:
        events.list(calendarId="primary", syncToken=delta["nextSyncToken"]).execute()
    assert caught.value.status_code == 410


def test_googles_own_client_sends_if_match_and_batches(service: Any, server: GoogleServer) -> None:
    stale = service.events().insert(calendarId="primary", body=weekly()).execute()
    service.events().patch(calendarId="primary", eventId=stale["id"], body={"summary": "New"}).execute()
    update = service.events().update(calendarId="primary", eventId=stale["id"], body=weekly())
    update.headers["If-Match"] = stale["etag"]
    with pytest.raises(HttpError) as caught:
        update.execute()
    assert caught.value.status_code == 412
    outcome: dict[str, Any] = {}
    batch = service.new_batch_http_request()
    batch._batch_uri = f"{server.origin}/batch/calendar/v3"
    for number in range(50):
        body = timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", id=f"event{number // 2:02}")
        batch.add(
            service.events().insert(calendarId="primary", body=body),
            callback=lambda key, answer, error: outcome.setdefault(key, error or answer),
        )
    batch.execute()
    refused = [error for error in outcome.values() if isinstance(error, HttpError)]
    assert len(outcome) == 50
    assert [error.status_code for error in refused] == [409] * 25


def test_googles_own_client_watches_and_stops(service: Any, stage: Stage) -> None:
    body = {"id": "channel-1", "type": "web_hook", "address": "https://crm.example/hooks", "token": "t"}
    channel = service.events().watch(calendarId="primary", body=body).execute()
    assert channel["kind"] == "api#channel"
    stop = {"id": channel["id"], "resourceId": channel["resourceId"]}
    assert service.channels().stop(body=stop).execute() == ""
    with pytest.raises(HttpError) as caught:
        service.channels().stop(body=stop).execute()
    assert caught.value.status_code == 404


class TokenAuth(AbstractAuth):
    """gcal_sync's way of being given a bearer token."""

    def __init__(self, session: aiohttp.ClientSession, origin: str, token: str) -> None:
        super().__init__(session, f"{origin}/calendar/v3")
        self._token = token

    async def async_get_access_token(self) -> str:
        return self._token


def test_gcal_sync_lists_syncs_edits_and_survives_an_expired_token(
    stage: Stage, server: GoogleServer
) -> None:
    stage.book.phone_create(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", summary="One"))
    mondays = stage.book.phone_create(weekly(summary="Mondays"))
    third = stage.book.instance_id(mondays["id"], "2026-03-16T09:00:00-04:00")
    stage.book.phone_cancel_instance(third)
    in_own_thread(lambda: asyncio.run(_walk_with_gcal_sync(stage, server.origin)))


async def _walk_with_gcal_sync(stage: Stage, origin: str) -> None:
    async with aiohttp.ClientSession() as session:
        api = GoogleCalendarService(TokenAuth(session, origin, stage.token))
        lists = CalendarListSyncManager(api)
        await lists.run()
        await lists.run()
        assert [c.id for c in (await lists.store_service.async_list_calendars()).calendars] == [ANN]
        assert (await api.async_get_calendar("primary")).timezone == "America/Toronto"
        manager = CalendarEventSyncManager(api, "primary", InMemoryCalendarStore())
        await manager.run()
        assert await _titles(manager) == ["Mondays", "One"] + ["Mondays"] * 6
        await _edit(api, manager)
        stage.book.expire_sync_tokens()
        await manager.run()
        assert await _titles(manager) == ["Mondays", "Added", "One"] + ["Mondays"] * 4


async def _edit(api: GoogleCalendarService, manager: CalendarEventSyncManager) -> None:
    """Add an event, cancel one Monday, end the series after another, and read it all back."""
    start, end = datetime(2026, 3, 4, 14, tzinfo=UTC), datetime(2026, 3, 4, 15, tzinfo=UTC)
    added = Event(
        summary="Added",
        start=DateOrDatetime(date_time=start, timezone="UTC"),
        end=DateOrDatetime(date_time=end, timezone="UTC"),
    )
    store = manager.store_service
    await store.async_add_event(added)
    await manager.run()
    mondays = [event async for event in _mondays(manager)]
    await store.async_delete_event(mondays[2].ical_uuid or "", mondays[2].id)
    await store.async_delete_event(mondays[4].ical_uuid or "", mondays[4].id, Range.NONE)
    await manager.run()
    listed = await api.async_list_events(ListEventsRequest(calendar_id="primary", start_time=start))
    found = [event.summary async for page in listed for event in page.items]
    assert found == ["Added", "One"] + ["Mondays"] * 4
    window = SyncEventsRequest(calendar_id="primary", start_time=start)
    windowed = CalendarEventSyncManager(api, request_template=window, store=InMemoryCalendarStore())
    await windowed.run()
    await windowed.run()


async def _mondays(manager: CalendarEventSyncManager) -> Any:
    timeline = await manager.store_service.async_get_timeline()
    for event in timeline:
        if event.summary == "Mondays":
            yield event


async def _titles(manager: CalendarEventSyncManager) -> list[str]:
    return [event.summary for event in await manager.store_service.async_get_timeline()]
