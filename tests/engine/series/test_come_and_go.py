"""Series that come and go: whatever is done to one and undone, on either side, both sides show the same
occurrences after the next sync, with the edits and cancellations that nobody took back.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import GoogleEvents
from crmsync.core.model import Appointment, Timed
from crmsync.core.pair.ids import exception_id
from tests.both_calendars import alike, linked_alike
from tests.engine.appointments import SECOND, THIRD, make, rests, shown, timed, wants
from tests.machine.calendar_people import Planner, turned
from tests.machine.crashes import Fuse
from tests.machine.people import Witness
from tests.stage import Stage

RULE = "RRULE:FREQ=WEEKLY;COUNT=12"
OTHER_RULE = "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=12"
START = timed(10, 9)
SERIES = Appointment("Coaching", START, timed(10, 10), recurrence=(RULE,))
LATER = {"start": timed(10, 10), "end": timed(10, 11)}
DAY = dict(zip(("start", "end"), turned(timed(10, 9)), strict=True))
Step = Callable[[Stage], None]


def planner(stage: Stage) -> Planner:
    return Planner(stage, Witness())


def series(stage: Stage) -> Any:
    (found,) = (it for it in planner(stage).all() if it.value.series_id is None)
    return found


def event(stage: Stage) -> str:
    events = stage.calendar.calendar("primary").events.values()
    (found,) = (it.id for it in events if it.series_id is None)
    return str(found)


def crm(**changes: Any) -> Step:
    """A PATCH of the series, which takes its exceptions along as the API does it."""
    return lambda stage: planner(stage).change(series(stage), lambda value: replace(value, **changes))


def phone(**changes: Any) -> Step:
    return lambda stage: stage.calendar.phone_edit(event(stage), changes)


def times(start: Any, end: Any) -> dict[str, Any]:
    return {"start": shown(start), "end": shown(end)}


def archives(stage: Stage) -> None:
    at_hand = planner(stage)
    at_hand.archives([stored.id for stored in at_hand.living()].index(series(stage).id))


def ends(stage: Stage) -> None:
    stage.calendar.phone_end_series(stage.calendar.instance_id(event(stage), SECOND.at))


def both(*steps: Step) -> Step:
    def act(stage: Stage) -> None:
        for step in steps:
            step(stage)
            stage.later(1)

    return act


PHONE_MOVES, PHONE_MOVES_BACK = (
    phone(**times(timed(10, 10), timed(10, 11))),
    phone(**times(timed(10, 9), timed(10, 10))),
)


def phone_deletes(stage: Stage) -> None:
    stage.calendar.phone_delete(event(stage))


def phone_restores(stage: Stage) -> None:
    stage.calendar.phone_restore(event(stage))


WAYS: dict[str, tuple[Step, Step]] = {
    "repeat_off_and_on": (crm(recurrence=()), crm(recurrence=(RULE,))),
    "moved here": (crm(**LATER), crm(start=SERIES.start, end=SERIES.end)),
    "another rule here": (crm(recurrence=(OTHER_RULE,)), crm(recurrence=(RULE,))),
    "whole days here": (crm(**DAY), crm(start=SERIES.start, end=SERIES.end)),
    "archived here": (archives, lambda stage: planner(stage).restores(0)),
    "repeat off and on there": (phone(recurrence=[]), phone(recurrence=[RULE])),
    "series_moved_there_and_back_at_google": (PHONE_MOVES, PHONE_MOVES_BACK),
    "another rule there": (phone(recurrence=[OTHER_RULE]), phone(recurrence=[RULE])),
    "ended there": (ends, phone(recurrence=[RULE])),
    "deleted there": (phone_deletes, phone_restores),
    "deleted, restored and moved there": (both(phone_deletes, phone_restores, PHONE_MOVES), PHONE_MOVES_BACK),
    "moved, deleted, restored there": (
        both(PHONE_MOVES, phone_deletes),
        both(phone_restores, PHONE_MOVES_BACK),
    ),
}
WAYS_ACROSS: dict[str, tuple[Step, Step]] = {
    "moved here, back there": (crm(**LATER), PHONE_MOVES_BACK),
    "moved there, back here": (PHONE_MOVES, crm(start=SERIES.start, end=SERIES.end)),
    "off here, on there": (crm(recurrence=()), phone(recurrence=[RULE])),
    "off there, on here": (phone(recurrence=[]), crm(recurrence=(RULE,))),
}


def made_here(stage: Stage) -> None:
    """The series with its exceptions is the CRM's: the second was edited, the third cancelled."""
    stage.add("s", SERIES)
    make(stage, SECOND, title="Special")
    make(stage, THIRD, status="cancelled")
    stage.sync("calendar")


def made_there(stage: Stage, wish: GoogleEvents = "full") -> None:
    """The same, born at Google."""
    wants(stage, wish)
    body = {"summary": "Coaching", "recurrence": [RULE], **times(timed(10, 9), timed(10, 10))}
    id = stage.calendar.phone_create(body)["id"]
    stage.calendar.phone_edit(stage.calendar.instance_id(id, SECOND.at), {"summary": "Special"})
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(id, THIRD.at))
    stage.sync("calendar")


BORN_THERE = ("repeat_off_and_on", "series_moved_there_and_back_at_google", "deleted there")
CASES = [
    *((way, synced, made_here) for way in WAYS for synced in (True, False)),
    *((way, True, made_here) for way in WAYS_ACROSS),
    *((way, synced, made_there) for way in BORN_THERE for synced in (True, False)),
]


@pytest.mark.parametrize(("way", "synced", "born"), CASES)
def test_what_is_done_to_a_series_and_undone_leaves_it_as_it_was(
    stage: Stage, way: str, synced: bool, born: Step
) -> None:
    born(stage)
    before = alike(stage)
    assert len(before) == 11
    done, undone = (WAYS | WAYS_ACROSS)[way]
    stage.later()
    done(stage)
    if synced:
        stage.later()
        stage.sync("calendar")
    stage.later()
    undone(stage)
    stage.later()
    stage.sync("calendar")
    assert alike(stage) == before
    rests(stage)
    stage.calendar.expire_sync_tokens()
    stage.sync("calendar")
    assert alike(stage) == before, "a complete listing changes nothing"


@pytest.mark.parametrize("synced", [True, False])
@pytest.mark.parametrize("way", [way for way in WAYS if way.endswith(("there", "google"))])
def test_busy_copies_of_a_series_show_what_google_shows(stage: Stage, way: str, synced: bool) -> None:
    made_there(stage, "busy")
    for step in WAYS[way]:
        stage.later()
        step(stage)
        if synced:
            stage.later()
            stage.sync("calendar")
    stage.later()
    stage.sync("calendar")
    linked_alike(stage, "primary", stage.store.links_page(stage.scope, "calendar", None, 100))
    rests(stage)


def moves(hours: int) -> Step:
    """On the phone, of the whole series."""

    def act(stage: Stage) -> None:
        start = START.at + timedelta(hours=hours)
        at = Timed(start, START.time_zone)
        stage.calendar.phone_edit(event(stage), times(at, replace(at, at=start + timedelta(hours=1))))

    return act


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("hours", [1, 7 * 24])
@pytest.mark.parametrize("effect", range(3))
def test_orphan_exception(stage: Stage, effect: int, hours: int, after: bool) -> None:
    """The phone moves the series at any moment at which a job confirms an occurrence that was cancelled."""
    made_here(stage)
    fuse = Fuse()
    stage.fuse(fuse)
    stage.later()
    id = exception_id(stage.deps.canon("CA"), "s", THIRD)
    stage.edit(id, replace(stage.appointment(id).value, status="confirmed", title="On after all"))
    fuse.set(effect, after=after, event=lambda _: moves(hours)(stage))
    stage.sync("calendar")
    if not fuse.blown:
        moves(hours)(stage)
    stage.later()
    stage.sync("calendar")
    before = alike(stage)
    rests(stage)
    stage.calendar.expire_sync_tokens()
    stage.sync("calendar")
    assert alike(stage) == before, "a complete listing changes nothing"
