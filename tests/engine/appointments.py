"""What the tests of appointments share: a weekly series, and people who change its occurrences."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crmsync.core.account import GoogleEvents
from crmsync.core.calendar.series import exception_of
from crmsync.core.model import Appointment, Stored, Timed
from crmsync.core.pair.ids import exception_id
from crmsync.store.ports import PutUser
from tests.stage import Stage

TORONTO = ZoneInfo("America/Toronto")


def timed(day: int, hour: int) -> Timed:
    return Timed(datetime(2026, 3, day, hour, tzinfo=TORONTO), "America/Toronto")


WEEKLY = Appointment(
    title="Coaching", start=timed(10, 9), end=timed(10, 10), recurrence=("RRULE:FREQ=WEEKLY;COUNT=8",)
)
SECOND, THIRD = timed(17, 9), timed(24, 9)


def shown(at: Timed) -> dict[str, str]:
    return {"dateTime": at.at.isoformat(), "timeZone": at.time_zone}


DENTIST = {
    "summary": "Dentist",
    "description": "Root canal",
    "location": "Main St",
    "start": shown(timed(10, 9)),
    "end": shown(timed(10, 10)),
}


def synced(stage: Stage) -> str:
    """The series on both sides; answers its event id."""
    stage.add("s", WEEKLY)
    stage.sync("calendar")
    [event] = stage.events()
    return str(event["id"])


def exceptions(stage: Stage, series: str = "s") -> list[Stored[Appointment]]:
    return [it for it in stage.store.exceptions(stage.scope, [series], None, 100) if it.archived_at is None]


def occurrences(stage: Stage, event_id: str) -> dict[str, dict[str, Any]]:
    """Google's occurrences that take place, by original start (UTC)."""
    items = stage.calendar.instances("primary", event_id, maxResults=50)["items"]
    return {
        datetime.fromisoformat(item["originalStartTime"]["dateTime"]).astimezone(UTC).strftime("%m-%d"): item
        for item in items
        if item["status"] != "cancelled"
    }


def rests(stage: Stage) -> None:
    """Two more jobs find nothing to write."""
    stage.later(3700)
    stage.sync("calendar")
    stage.later(3700)
    stage.sync("calendar")
    stage.meter.reset()
    stage.later(60)
    stage.sync("calendar")
    assert (stage.meter.used().writes, stage.meter.used().deletes) == (0, 0)


def make(stage: Stage, at: Timed, series: str = "s", **changes: Any) -> str:
    """A person changes one occurrence in the CRM."""
    id = exception_id(stage.deps.canon("CA"), series, at)
    stage.add(id, replace(exception_of(stage.appointment(series).value, series, at), **changes))
    return id


def wants(stage: Stage, wish: GoogleEvents) -> None:
    """A person says what the CRM is to have of events born at Google."""
    user = stage.store.user(stage.scope)
    assert user is not None
    settings = replace(user.settings, google_events=wish)
    stage.store.commit(stage.scope, [PutUser({"settings": settings})])
    stage.later()


def records(stage: Stage) -> list[Stored[Appointment]]:
    """Appointments that are not archived."""
    found = stage.store.changed(stage.scope, "appointments", None, None, 100)
    return [stored for stored in found if stored.archived_at is None]


def born(stage: Stage, **changes: Any) -> str:
    """A person adds a visit to the dentist on the phone; answers its event id."""
    return str(stage.calendar.phone_create({**DENTIST, **changes})["id"])
