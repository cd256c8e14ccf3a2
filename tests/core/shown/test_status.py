from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Connection, Pace, Problem, ResourceState, User
from crmsync.core.model import Resource
from crmsync.core.shown.status import Headline, Progress, label_and_state
from tests.core.records import NOON

IDLE = ResourceState(last_synced_at=NOON)
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
CONNECTED = User("ann", Connection("sub", "ann@gmail.example", BOTH, NOON), contacts=IDLE, calendar=IDLE)
WAIT = Problem("rate_limited", "Google asks us to wait.", "wait")
BROKEN = Problem("misconfigured", "Google refuses the sync.")


def shown(user: User, waiting: int = 0, conflicts: int = 0, holds: int = 0) -> Headline:
    return label_and_state(user, waiting, conflicts, holds)


def contacts(**changes: Any) -> User:
    return replace(CONNECTED, contacts=replace(IDLE, **changes))


def granted(*scopes: Resource, state: Any = "active") -> User:
    connection = Connection("sub", "ann@gmail.example", frozenset(scopes), NOON, state)
    return replace(CONNECTED, connection=connection)


def test_disconnected() -> None:
    assert shown(User("ann"), waiting=3, holds=1) == Headline("disconnected", "Enable Google Sync", None, ())


def test_complete() -> None:
    assert shown(CONNECTED) == Headline("complete", "Complete", None, ())


def test_contacts_found() -> None:
    found = shown(CONNECTED, waiting=12)
    assert (found.state, found.label) == ("contacts_found", "New Contacts Found (12)")


@pytest.mark.parametrize(
    ("user", "progress", "label"),
    [
        (
            replace(CONNECTED, contacts=ResourceState(), calendar=ResourceState()),
            Progress("waiting", 0, None),
            "Waiting…",
        ),
        (contacts(requested_at=NOON), Progress("waiting", 0, None), "Waiting…"),
        (contacts(phase="pulling", done=50), Progress("pulling", 50, None), "Reading from Google…"),
        (
            contacts(phase="pushing", done=50, total=200),
            Progress("pushing", 50, 200),
            "Sending to Google: 50 of 200",
        ),
        (
            contacts(phase="pushing", done=250, total=200),
            Progress("pushing", 250, 250),
            "Sending to Google: 250 of 250",
        ),
        (contacts(phase="matching", done=0, total=0), Progress("matching", 0, 0), "Comparing…"),
        (contacts(phase="waiting", problem=WAIT), Progress("waiting", 0, None), "Waiting…"),
        (
            replace(
                CONNECTED,
                contacts=replace(IDLE, phase="waiting", done=10, total=100),
                calendar=replace(IDLE, phase="pushing", done=5, total=20),
            ),
            Progress("pushing", 15, 120),
            "Sending to Google: 15 of 120",
        ),
    ],
)
def test_syncing_shows_the_progress_of_both_resources(user: User, progress: Progress, label: str) -> None:
    found = shown(user, waiting=5, holds=1)
    assert (found.state, found.progress, found.label) == ("syncing", progress, label)


def test_what_is_left_is_told_by_the_resource_that_takes_longest() -> None:
    def going(done: int, total: int | None = 1000) -> ResourceState:
        pace = Pace("pushing", NOON - timedelta(seconds=100), 0)
        return replace(IDLE, phase="pushing", done=done, total=total, pace=pace, changed_at=NOON)

    def left(contacts: ResourceState, calendar: ResourceState) -> timedelta | None:
        progress = shown(replace(CONNECTED, contacts=contacts, calendar=calendar)).progress
        return progress.left if progress else None

    assert left(going(500), going(200)) == timedelta(seconds=400)
    assert left(going(500), IDLE) == timedelta(seconds=100)
    assert left(going(500), going(200, total=None)) is None


def test_a_dead_grant_comes_before_everything_with_the_click_that_mends_it() -> None:
    user = replace(granted("contacts", state="dead"), contacts=replace(IDLE, phase="pushing"))
    found = shown(user, waiting=5)
    assert (found.state, found.label, found.progress) == ("attention", "Action needed", None)
    assert found.problems[0].action == "reconnect"


def test_held_deletions_need_the_user() -> None:
    found = shown(CONNECTED, waiting=5, holds=2)
    assert (found.state, found.label) == ("attention", "Action needed")
    assert found.problems == (
        Problem("deletions_held", "2 sets of deletions wait for your decision.", "review"),
    )


def test_a_part_that_was_not_allowed_is_told_but_the_rest_is_complete() -> None:
    found = shown(granted("contacts"))
    assert found.state == "complete"
    assert [problem.action for problem in found.problems] == ["allow_calendar"]
    assert shown(granted("calendar"), waiting=1).state == "contacts_found"


def test_a_part_that_was_not_allowed_is_not_waited_for() -> None:
    user = replace(granted("contacts"), calendar=ResourceState(phase="pulling"))
    assert shown(user).state == "complete"


def test_a_problem_that_does_not_pass_needs_the_user_and_is_no_endless_progress() -> None:
    user = contacts(problem=BROKEN, requested_at=NOON, phase="pushing")
    found = shown(user)
    assert (found.state, found.problems) == ("attention", (BROKEN,))


def test_a_wait_that_passes_is_told_and_needs_nobody() -> None:
    found = shown(contacts(problem=WAIT))
    assert (found.state, found.problems) == ("complete", (WAIT,))


def test_conflicts_are_offered_and_not_urgent() -> None:
    found = shown(CONNECTED, waiting=1, conflicts=2)
    assert found.state == "contacts_found"
    assert [problem.code for problem in found.problems] == ["conflicts"]


def test_one_problem_of_both_resources_is_told_once_urgent_ones_first() -> None:
    user = replace(CONNECTED, contacts=replace(IDLE, problem=WAIT), calendar=replace(IDLE, problem=WAIT))
    assert shown(user, holds=1).problems == (
        Problem("deletions_held", "A deletion waits for your decision.", "review"),
        WAIT,
    )


def test_records_that_google_does_not_take_need_the_user() -> None:
    found = label_and_state(CONNECTED, waiting=2, conflicts=0, holds=0, refused=1)
    assert (found.state, found.label) == ("attention", "Action needed")
    assert found.problems == (Problem("records_refused", "A record could not be sent to Google.", "review"),)
