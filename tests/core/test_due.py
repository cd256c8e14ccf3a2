"""When the schedule looks at a user, and what for."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crmsync.core.account import Asked, Connection, Leaving, ResourceState, User, Watch
from crmsync.core.due import (
    HEARD_INTERVAL,
    SILENCE,
    SYNC_INTERVAL,
    done,
    done_of,
    found,
    look,
    queued_again,
    stands,
)
from crmsync.core.model import Resource
from tests.fakes import NOON

BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
SOONEST, LATEST = 0.75 * SYNC_INTERVAL, 1.25 * SYNC_INTERVAL
HOUR = timedelta(hours=1)
HEARING = Watch("channel", NOON + 24 * HOUR, NOON + 20 * HOUR, 0, NOON + HOUR)


def user(**parts: object) -> User:
    connected = Connection("sub", "ann@gmail.example", BOTH, NOON - 24 * HOUR)
    return replace(User("ann", connected, next_due_at=NOON), **parts)  # type: ignore[arg-type]


def asked(look_at: datetime = NOON, turn: int = 0) -> Asked:
    return Asked("import", "i", NOON - HOUR, look_at, turn)


def next_look(of: User) -> timedelta:
    due = look(of, NOON).parts["next_due_at"]
    assert isinstance(due, datetime)
    return due - NOON


def test_both_parts_are_looked_at_once_an_interval() -> None:
    found = look(user(), NOON)
    assert (found.resources, found.asked) == (("calendar", "contacts"), ())
    assert list(found.parts) == ["next_due_at"]
    assert SOONEST <= next_look(user()) < LATEST


def test_users_who_are_due_together_are_not_the_next_time() -> None:
    looks = [next_look(user(uid=f"u{number}")) for number in range(200)]
    assert max(looks) - min(looks) > 0.4 * SYNC_INTERVAL


@pytest.mark.parametrize(
    "rests",
    [
        {"connection": None},
        {"connection": Connection("sub", "a@x", BOTH, NOON, state="dead")},
        {"connection": Connection("sub", "a@x", frozenset(), NOON)},
    ],
)
def test_who_is_not_synced_is_not_looked_at_again(rests: dict[str, object]) -> None:
    found = look(user(**rests), NOON)
    assert (found.resources, found.parts) == ((), {"next_due_at": None})


def test_a_part_that_is_told_to_wait_is_passed_over() -> None:
    waiting = ResourceState(paused_until=NOON + 6 * HOUR)
    found = look(user(contacts=waiting), NOON)
    assert found.resources == ("calendar",)
    assert next_look(user(contacts=waiting)) < LATEST


def test_who_waits_for_long_is_looked_at_when_the_wait_is_over() -> None:
    until = ResourceState(paused_until=NOON + 6 * HOUR)
    waiting = user(contacts=until, calendar=replace(until, paused_until=NOON + 7 * HOUR))
    assert look(waiting, NOON).resources == ()
    assert timedelta() <= next_look(waiting) - 6 * HOUR < timedelta(minutes=5)
    over = look(replace(waiting, next_due_at=NOON + 6 * HOUR), NOON + 6 * HOUR)
    assert over.resources == ("contacts",)


def test_a_short_wait_is_no_reason_to_look_sooner() -> None:
    short = ResourceState(paused_until=NOON + timedelta(minutes=1))
    assert next_look(user(contacts=short, calendar=short)) >= SOONEST


def test_a_calendar_whose_changes_are_announced_may_rest() -> None:
    heard = ResourceState(watch=HEARING)
    assert look(user(calendar=heard), NOON).resources == ("contacts",)
    due = look(user(calendar=replace(heard, watch=replace(HEARING, poll_at=NOON))), NOON)
    assert due.resources == ("calendar", "contacts")
    assert due.parts["calendar"].watch.poll_at - NOON > 0.7 * HEARD_INTERVAL


@pytest.mark.parametrize(
    "owed",
    [
        {"requested_at": NOON - HOUR},
        {"decided_at": NOON - HOUR},
        {"phase": "pushing"},
        {"leaving": Leaving("old", "keep")},
    ],
)
def test_a_calendar_with_something_to_do_never_rests(owed: dict[str, object]) -> None:
    heard = replace(ResourceState(watch=HEARING), **owed)  # type: ignore[arg-type]
    assert look(user(calendar=heard), NOON).resources == ("calendar", "contacts")


class TestAsked:
    """What the user asked for, until it is done."""

    def test_a_job_that_was_silent_for_long_is_queued_with_its_next_turn(self) -> None:
        found = look(user(asked=(asked(),)), NOON)
        assert [(each.id, each.turn) for each in found.asked] == [("i", 1)]
        assert found.parts["asked"] == found.asked
        assert found.parts["next_due_at"] == found.asked[0].look_at == NOON + SILENCE

    def test_one_that_is_alive_is_left_alone_and_looked_at_again_in_time(self) -> None:
        alive = user(asked=(asked(NOON + timedelta(minutes=1)),))
        found = look(alive, NOON)
        assert (found.asked, "asked" in found.parts) == ((), False)
        assert next_look(alive) == timedelta(minutes=1)

    def test_it_is_found_without_a_connection(self) -> None:
        gone = user(connection=None, asked=(asked(),))
        assert look(gone, NOON).resources == ()
        assert len(look(gone, NOON).asked) == 1
        assert next_look(gone) == SILENCE

    def test_one_that_never_ends_is_queued_more_and_more_rarely(self) -> None:
        waits: list[timedelta] = []
        each = asked()
        for _ in range(9):
            again = queued_again(each, each.look_at)
            waits.append(again.look_at - each.look_at)
            each = again
        assert waits[:3] == [SILENCE, 2 * SILENCE, 4 * SILENCE]
        assert waits[-1] == waits[-2] < timedelta(hours=6)

    def test_standing_brings_the_schedule_in_time(self) -> None:
        soon = asked(NOON + SILENCE)
        assert stands(user(next_due_at=NOON + HOUR), soon) == {"asked": (soon,), "next_due_at": soon.look_at}
        assert stands(user(next_due_at=None), soon)["next_due_at"] == soon.look_at
        assert stands(user(), soon)["next_due_at"] == NOON

    def test_of_each_kind_one_stands(self) -> None:
        undo = replace(asked(), kind="undo")
        newer = replace(asked(), id="j")
        assert stands(user(asked=(asked(), undo)), newer)["asked"] == (undo, newer)

    def test_what_is_done_stands_no_more_and_brings_nobody_without_a_connection(self) -> None:
        assert done(user(asked=(asked(),)), "import", "i") == {"asked": (), "next_due_at": NOON}
        gone = user(connection=None, asked=(asked(),))
        assert done(gone, "import", "i") == {"asked": (), "next_due_at": None}
        assert done(gone, "import", "another") == {}
        assert found(gone, "undo", "i") is None

    def test_only_what_the_job_found_is_done(self) -> None:
        before, newer = user(asked=(asked(),)), user(asked=(replace(asked(), id="j"),))
        assert done_of(newer, before, "import") is None
        assert done_of(before, before, "import") == done(before, "import", "i")
        assert done_of(before, before, "undo") is None
