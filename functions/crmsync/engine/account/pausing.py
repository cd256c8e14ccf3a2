"""Pausing: what the user does not want to be synced for now, and when it goes on."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from crmsync.core.account import User, UserSettings
from crmsync.core.errors import SyncError
from crmsync.core.model import Resource
from crmsync.engine.account import channels
from crmsync.engine.deps import Deps
from crmsync.engine.sessions import open_session


def chosen(before: UserSettings, wanted: Mapping[Resource, bool], now: datetime) -> dict[Resource, datetime]:
    """Since when what is paused, with these choices; a pause that goes on began when it did."""
    paused = dict(before.paused)
    for resource, on in wanted.items():
        if on:
            paused.setdefault(resource, now)
        else:
            paused.pop(resource, None)
    return paused


def goes_on(user: User, settings: UserSettings, now: datetime) -> dict[str, Any]:
    """The parts of the user document by which the schedule looks again at who has resumed something."""
    resumed = user.settings.paused.keys() - settings.paused.keys()
    return {"next_due_at": now} if resumed and user.connection is not None else {}


def fall_silent(deps: Deps, user: User) -> None:
    """Stops the push channels of a calendar that is paused. One that Google does not stop tells in vain, and
    ends by itself.
    """
    if "calendar" in user.settings.paused and user.connection is not None:
        with suppress(SyncError):
            channels.close_all(deps, user.scope, open_session(deps, user))
