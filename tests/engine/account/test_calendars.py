"""Choosing another calendar: what is listed, what moves, and what becomes of the one that is left."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.engine.account import calendars, connect
from crmsync.engine.account.calendars import Copies
from crmsync.engine.status import status
from crmsync.engine.users import change_user
from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.engine.test_appointments import VIEWING
from tests.gateway.simulated import consent
from tests.stage import START, Stage

WORK = "work@group.calendar.google.com"
TIMES = {
    "start": {"dateTime": "2026-03-10T16:00:00-04:00", "timeZone": "America/Toronto"},
    "end": {"dateTime": "2026-03-10T17:00:00-04:00", "timeZone": "America/Toronto"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[GoogleServer]:
    with GoogleServer(World(Clock(START))) as running:
        yield running


@pytest.fixture
def new_stage(server: GoogleServer, request: pytest.FixtureRequest) -> Callable[..., Stage]:
    """A connected user with a second calendar of their own, and one that they can only read."""

    def make(**options: Any) -> Stage:
        name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
        made = Stage(server, f"{name}@gmail.example", **options)
        made.connect()
        made.calendar.add_calendar(WORK, summary="Work")
        made.calendar.add_calendar("holidays", summary="Holidays", access_role="reader")
        return made

    return make


@pytest.fixture
def stage(new_stage: Callable[..., Stage]) -> Stage:
    return new_stage()


def user(stage: Stage) -> User:
    found = stage.store.user(stage.scope)
    assert found is not None
    return found


def allow_list(stage: Stage) -> None:
    """The person lets us see which calendars there are."""
    begun = connect.begin(stage.deps, stage.scope, frozenset(("calendar_list",)), "browser")
    back = consent(begun.url, stage.account.email, allow=())
    connect.complete(stage.deps, state=back["state"], code=back["code"], error=None, binding="browser")
    assert connect.confirm(stage.deps, stage.scope, begun.offer).kind == "connected"
    stage.run()


def choose(stage: Stage, calendar_id: str, copies: Copies = "keep") -> None:
    now = stage.clock.now()

    def switched(current: User) -> dict[str, Any]:
        return {"calendar": calendars.chosen(current.calendar, calendar_id, copies, now)}

    change_user(stage.deps, stage.scope, switched)
    stage.sync("calendar")
    stage.later(3600)
    stage.sync("calendar")


def titles(stage: Stage, calendar_id: str = "primary") -> list[str]:
    events = stage.calendar.every_event(calendar_id)
    return sorted(event["summary"] for event in events if event["status"] != "cancelled")


def appointments(stage: Stage) -> dict[str, bool]:
    """Titles in the CRM, and whether each is archived."""
    found = stage.store.changed(stage.scope, "appointments", None, None, 100)
    return {stored.value.title: stored.archived_at is not None for stored in found}


def brought_in(stage: Stage) -> None:
    """A pair whose CRM record the sync made from an event of Google's."""
    settings = replace(user(stage).settings, google_events="full")
    change_user(stage.deps, stage.scope, lambda current: {"settings": settings})
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    stage.sync("calendar")
    assert appointments(stage) == {"Dentist": False}


def test_the_list_is_asked_for_only_when_it_is_needed_and_keeps_what_was_allowed(stage: Stage) -> None:
    before = user(stage)
    assert calendars.listed(stage.deps, before) is None
    assert calendars.listed(stage.deps, User("nobody")) is None
    allow_list(stage)
    found = calendars.listed(stage.deps, user(stage))
    assert found is not None
    assert [(each.id, each.writable) for each in found] == [
        ("primary", True),
        ("holidays", False),
        (WORK, True),
    ]
    assert before.connection is not None
    now = user(stage).connection
    assert now is not None
    assert (now.scopes, now.since) == (before.connection.scopes, before.connection.since)
    stage.sync("contacts")


@pytest.mark.parametrize("copies", ["keep", "remove"])
def test_appointments_go_to_the_chosen_calendar_once_and_the_old_copies_stay_or_go_as_asked(
    stage: Stage, copies: Copies
) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    choose(stage, WORK, copies)
    assert titles(stage, WORK) == ["Viewing"]
    assert titles(stage) == (["Dentist", "Viewing"] if copies == "keep" else ["Dentist"])
    assert appointments(stage) == {"Viewing": False}
    stage.edit("v", replace(VIEWING, title="Second viewing"))
    stage.sync("calendar")
    assert titles(stage, WORK) == ["Second viewing"]
    assert "Second viewing" not in titles(stage)


def test_going_back_doubles_nothing_and_deletes_nothing(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.add("w", replace(VIEWING, title="Listing"))
    stage.sync("calendar")
    choose(stage, WORK)
    # The person tidies up by hand what was left behind.
    [left] = [event["id"] for event in stage.events() if event["summary"] == "Listing"]
    stage.calendar.phone_delete(left)
    choose(stage, "primary", "remove")
    assert titles(stage) == ["Listing", "Viewing"]
    assert titles(stage, WORK) == []
    assert appointments(stage) == {"Viewing": False, "Listing": False}


def test_what_was_edited_in_the_old_calendar_is_not_removed(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.calendar.phone_edit(stage.events()[0]["id"], {"summary": "Mine"})
    choose(stage, WORK, "remove")
    assert titles(stage) == ["Mine"]
    assert titles(stage, WORK) == ["Viewing"]


def test_what_came_from_the_old_calendar_is_not_sent_to_the_new_one(stage: Stage) -> None:
    brought_in(stage)
    choose(stage, WORK)
    assert (titles(stage), titles(stage, WORK)) == (["Dentist"], [])
    assert appointments(stage) == {"Dentist": False}
    stage.calendar.phone_edit(stage.events()[0]["id"], {"summary": "Dentist, room 2"})
    choose(stage, "primary")
    assert appointments(stage) == {"Dentist, room 2": False}, "it follows again"
    choose(stage, WORK, "remove")
    assert appointments(stage) == {"Dentist, room 2": True}
    assert titles(stage) == ["Dentist, room 2"], "it was never the sync's own"


def test_a_series_moves_with_its_exceptions(stage: Stage) -> None:
    weekly = replace(VIEWING, title="Team", recurrence=("RRULE:FREQ=WEEKLY;COUNT=4",))
    stage.add("s", weekly)
    stage.sync("calendar")
    items = stage.calendar.instances("primary", stage.events()[0]["id"])["items"]
    stage.calendar.phone_edit(items[1]["id"], {"summary": "Team, with the broker"})
    stage.calendar.phone_cancel_instance(items[2]["id"])
    stage.sync("calendar")
    choose(stage, WORK, "remove")
    assert titles(stage) == []
    [master] = [event for event in stage.calendar.every_event(WORK) if "recurrence" in event]
    there = stage.calendar.instances(WORK, master["id"])["items"]
    assert [each["summary"] for each in there if each["status"] != "cancelled"] == [
        "Team",
        "Team, with the broker",
        "Team",
    ]
    choose(stage, "primary", "remove")
    [master] = [event for event in stage.events() if "recurrence" in event]
    here = stage.calendar.instances("primary", master["id"])["items"]
    assert [each["summary"] for each in here if each["status"] != "cancelled"] == [
        "Team",
        "Team, with the broker",
        "Team",
    ]


def brought_in_series(stage: Stage) -> dict[str, str]:
    """A series of Google's with two exceptions, of which one is cancelled; CRM ids by what they are."""
    brought_in(stage)
    event = stage.calendar.phone_create(
        {"summary": "Team", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"], **TIMES}
    )
    items = stage.calendar.instances("primary", event["id"])["items"]
    stage.calendar.phone_edit(items[1]["id"], {"summary": "Team, with the broker"})
    stage.calendar.phone_cancel_instance(items[2]["id"])
    stage.sync("calendar")
    found = list(stage.store.changed(stage.scope, "appointments", None, None, 100))
    kinds = {"cancelled": "cancelled", "confirmed": "moved"}
    ids = {kinds[it.value.status] if it.value.series_id else it.value.title: it.id for it in found}
    assert sorted(ids) == ["Dentist", "Team", "cancelled", "moved"]
    return ids


@pytest.mark.parametrize("page", [30, 1])
@pytest.mark.parametrize("edited", ["Team", "moved", None])
def test_a_series_that_came_from_the_old_calendar_stays_or_goes_with_its_exceptions(
    stage: Stage, edited: str | None, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is edited of one is edited of all: an exception is nothing without its series."""
    monkeypatch.setattr(calendars, "PAGE", page)
    ids = brought_in_series(stage)
    if edited is not None:
        stage.edit(ids[edited], replace(stage.appointment(ids[edited]).value, location="Here"))
    choose(stage, WORK, "remove")
    gone = {kind for kind, id in ids.items() if stage.appointment(id).archived_at is not None}
    assert gone == ({"Dentist"} if edited else {"Dentist", "Team", "cancelled", "moved"})
    assert titles(stage, WORK) == []
    states = {link.state for link in stage.store.links_page(stage.scope, "calendar", None, 10)}
    assert states == ({"detached"} if edited else set())


def test_another_choice_before_the_first_was_carried_out_leaves_the_first_calendar_only(
    stage: Stage,
) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    state = user(stage).calendar
    for calendar_id in (WORK, "primary", WORK):
        state = calendars.chosen(state, calendar_id, "remove", stage.clock.now())
    change_user(stage.deps, stage.scope, lambda current: {"calendar": state})
    stage.sync("calendar")
    assert (titles(stage), titles(stage, WORK)) == ([], ["Viewing"])
    assert user(stage).calendar.leaving is None


def test_the_new_calendar_is_announced_and_the_old_one_no_longer(new_stage: Callable[..., Stage]) -> None:
    stage = new_stage(push=True)
    stage.sync("calendar")
    choose(stage, WORK)
    assert [channel.calendar_id for channel in stage.world.push.channels()] == [WORK]
    assert [channel.calendar_id for channel in stage.store.channels_of(stage.scope)] == [WORK]


def test_a_chosen_calendar_that_is_gone_is_said(stage: Stage) -> None:
    choose(stage, WORK)
    stage.calendar.remove_calendar(WORK)
    stage.sync("calendar")
    found = status(stage.deps, stage.scope).headline
    assert ("calendar_gone", "settings") in [(problem.code, problem.action) for problem in found.problems]
    choose(stage, "primary")
    assert status(stage.deps, stage.scope).headline.problems == ()
