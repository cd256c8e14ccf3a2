"""What Google refuses the whole account or calendar: one problem with its way out, and nothing is lost."""

from dataclasses import replace

import pytest

from crmsync.core.model import Appointment, Contact, Resource
from crmsync.core.shown.closed import PROBLEMS
from crmsync.engine.account import connect
from crmsync.engine.status import standings, status
from crmsync.store.ports import PutUser
from local.google.faults import Fault
from tests.engine.appointments import timed
from tests.stage import Stage

SHARED = "team@group.calendar.example"


def meeting(n: int) -> Appointment:
    return Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10))


@pytest.fixture
def shared(stage: Stage) -> Stage:
    """Two appointments are in step with a calendar that somebody else owns."""
    stage.calendar.add_calendar(SHARED, summary="Team", access_role="writer")
    user = stage.store.user(stage.scope)
    assert user is not None
    stage.store.commit(stage.scope, [PutUser({"calendar": replace(user.calendar, calendar_id=SHARED)})])
    for n in range(2):
        stage.add(f"v{n}", meeting(n))
    stage.sync("calendar")
    assert titles(stage) == ["Viewing 0", "Viewing 1"]
    stage.later(3600)
    return stage


def titles(stage: Stage) -> list[str]:
    events = stage.calendar.every_event(SHARED)
    return sorted(event["summary"] for event in events if event["status"] != "cancelled")


def told(stage: Stage) -> list[tuple[str, str]]:
    return [(each.code, each.action) for each in status(stage.deps, stage.scope).headline.problems]


def states(stage: Stage) -> dict[str, str]:
    user = stage.store.user(stage.scope)
    assert user is not None
    items = [stage.appointment(id) for id in ("v0", "v2")]
    return {id: each.state for id, each in standings(stage.deps, user, "calendar", items).items()}


def change_everything(stage: Stage) -> None:
    """One is edited, one added, one deleted in the CRM."""
    stage.edit("v0", replace(stage.appointment("v0").value, title="Viewing at noon"))
    stage.add("v2", meeting(2))
    stage.edit("v1", stage.appointment("v1").value, archived=True)


def test_calendar_becomes_read_only(shared: Stage) -> None:
    shared.calendar.calendars[SHARED].access_role = "reader"
    change_everything(shared)
    for _ in range(2):
        shared.sync("calendar")
        assert told(shared) == [("calendar_read_only", "settings")], "one message, with its way out"
        assert states(shared) == {"v0": "pending", "v2": "pending"}
        assert shared.store.quarantined(shared.scope, None, 10) == []
        assert shared.appointment("v1").archived_at is not None, "the deletion is not undone"
        shared.later(3600)
    shared.calendar.calendars[SHARED].access_role = "writer"
    shared.sync("calendar")
    assert titles(shared) == ["Viewing 2", "Viewing at noon"]
    assert told(shared) == []
    assert states(shared) == {"v0": "synced", "v2": "synced"}


def test_a_deletion_alone_waits_for_the_right_to_change_the_calendar(shared: Stage) -> None:
    shared.calendar.calendars[SHARED].access_role = "reader"
    shared.edit("v1", shared.appointment("v1").value, archived=True)
    shared.sync("calendar")
    shared.later(3600)
    shared.sync("calendar")
    assert told(shared) == [("calendar_read_only", "settings")]
    shared.calendar.calendars[SHARED].access_role = "writer"
    shared.sync("calendar", "manual")
    assert titles(shared) == ["Viewing 0"]


def test_what_a_read_only_calendar_shows_comes_in_all_the_same(shared: Stage) -> None:
    event = next(each for each in shared.calendar.every_event(SHARED) if each["summary"] == "Viewing 1")
    shared.calendar.calendars[SHARED].access_role = "reader"
    shared.edit("v0", replace(shared.appointment("v0").value, title="Mine"))
    shared.calendar.phone_edit(event["id"], {"summary": "Theirs"}, SHARED)
    shared.sync("calendar")
    assert shared.appointment("v1").value.title == "Theirs"
    assert told(shared) == [("calendar_read_only", "settings")]


@pytest.mark.parametrize(
    ("api", "resource", "reason", "code"),
    [
        ("calendar.events.*", "calendar", "notACalendarUser", "not_a_calendar_user"),
        ("calendar.events.*", "calendar", "accessNotConfigured", "api_disabled"),
        ("calendar.events.*", "calendar", "domainPolicy", "domain_policy"),
        ("people.*", "contacts", "SERVICE_DISABLED", "api_disabled"),
        ("people.*", "contacts", "ORG_RESTRICTION_VIOLATION", "domain_policy"),
    ],
)
def test_a_refusal_of_the_whole_account_is_one_problem_that_goes_when_it_is_over(
    stage: Stage, api: str, resource: Resource, reason: str, code: str
) -> None:
    stage.add("v0", meeting(0))
    stage.add("ann", Contact(given_name="Ann"))
    stage.world.controls.plan(Fault(api, status=403, reason=reason, times=None))
    stage.sync(resource)
    assert told(stage) == [(code, PROBLEMS[code].action)]
    assert stage.store.quarantined(stage.scope, None, 10) == []
    stage.world.controls.clear_faults()
    stage.later(3600)
    stage.sync(resource)
    assert told(stage) == []
    there = stage.events() if resource == "calendar" else stage.persons()
    assert len(there) == 1


def test_a_disconnect_ends_though_the_calendar_takes_nothing_any_more(shared: Stage) -> None:
    shared.calendar.calendars[SHARED].access_role = "reader"
    connect.disconnect(shared.deps, shared.scope, "delete", "keep")
    shared.run()
    assert titles(shared) == ["Viewing 0", "Viewing 1"]
    assert shared.store.grant(shared.scope) is None
