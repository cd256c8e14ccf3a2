"""gcal_sync against the simulated Google: what it calls, and what it saves, in the same harness as ours.

It has no batch and no queue: an event is added by one call, and all that is known is saved after each sync.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import aiohttp
from gcal_sync.api import GoogleCalendarService
from gcal_sync.auth import AbstractAuth
from gcal_sync.model import DateOrDatetime, Event
from gcal_sync.store import CalendarStore
from gcal_sync.sync import CalendarEventSyncManager

from bench.measure import Cost, measured
from bench.rows import Row, cost_data, pages
from bench.setup import RESOURCES, Setup
from crmsync.gateway.endpoints import RESOURCE_SCOPES
from crmsync.gateway.events import PAGE_SIZE

PUSHED = 100
_START = datetime(2040, 3, 5, 14, tzinfo=UTC)


class _Auth(AbstractAuth):
    def __init__(self, session: aiohttp.ClientSession, origin: str, token: str) -> None:
        super().__init__(session, f"{origin}/calendar/v3")
        self._token = token

    async def async_get_access_token(self) -> str:
        return self._token

    async def request(self, method: str, url: str, **kwargs: Any) -> aiohttp.ClientResponse:
        """Reads every answer to its end: the peer leaves those of its writes unread, and a connection whose
        answer nobody has read is never released.
        """
        answer = await super().request(method, url, **kwargs)
        await answer.read()
        return answer


class _Store(CalendarStore):
    """Keeps JSON, as its users keep a file; counts what is saved."""

    def __init__(self) -> None:
        self._text = "{}"
        self.saved = 0

    async def async_load(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self._text)
        return loaded

    async def async_save(self, data: dict[str, Any]) -> None:
        self._text = json.dumps(data)
        self.saved += len(self._text.encode())


def rows(setup: Setup, size: int) -> list[Row]:
    """It pushes 100 events one by one, pulls `size`, idles, and adds one."""
    email = f"gcal-sync-{size}@gmail.example"
    setup.full_calendar(email, size).close()
    scopes = [RESOURCE_SCOPES[resource] for resource in RESOURCES]
    _, refresh = setup.google.open_account(email, scopes)
    return asyncio.run(_walk(setup, setup.google.access_token(refresh), size))


async def _walk(setup: Setup, token: str, size: int) -> list[Row]:
    async with aiohttp.ClientSession() as session:
        api = GoogleCalendarService(_Auth(session, setup.google.origin, token))
        store = _Store()
        manager = CalendarEventSyncManager(api, "primary", store)

        async def add(count: int) -> None:
            for number in range(count):
                await manager.store_service.async_add_event(_event(number))

        return [
            await _row(setup, store, "first pull", size, f"{pages(size, PAGE_SIZE)}", manager.run),
            await _row(setup, store, "idle", size, "1", manager.run),
            await _row(setup, store, "first push", PUSHED, f"{pages(PUSHED, 50)}", lambda: add(PUSHED)),
            await _row(setup, store, "one event → Google", size, "1", lambda: add(1)),
        ]


async def _row(
    setup: Setup, store: _Store, scenario: str, size: int, floor: str, work: Callable[[], Awaitable[None]]
) -> Row:
    store.saved = 0
    with measured(setup.google) as cost:
        await work()
    return Row(
        f"gcal_sync {version('gcal-sync')}: {scenario}",
        size,
        f"{cost.calls} calls{_saved(store)}; {_took(cost)}",
        f"floor: {floor}",
        None,
        cost_data(cost) | {"saved": store.saved},
    )


def _saved(store: _Store) -> str:
    return f", {store.saved / 1e6:.2f} MB saved" if store.saved else ""


def _took(cost: Cost) -> str:
    return f"{cost.seconds:.1f} s"


def _event(number: int) -> Event:
    start = _START + timedelta(hours=number)
    return Event(
        summary=f"Showing {number}",
        start=DateOrDatetime(date_time=start, timezone="UTC"),
        end=DateOrDatetime(date_time=start + timedelta(hours=1), timezone="UTC"),
    )
