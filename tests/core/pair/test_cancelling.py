"""The decision table of cancelled occurrences, row by row, and what tells records and links apart."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crmsync.core.calendar.occurrences import continues, family, is_exception_key, series_key, takes_place
from crmsync.core.model import Appointment, Timed
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Rules, Seen
from crmsync.core.state import Base, Link

CANON = Canon(bytes(range(32)), "CA")
AT = Timed(datetime(2026, 3, 17, 9, tzinfo=UTC), "UTC")
END = Timed(datetime(2026, 3, 17, 10, tzinfo=UTC), "UTC")
PLAIN = Appointment("Coaching", AT, END, location="Room 1", series_id="s", original_start=AT)
EDITED = replace(PLAIN, title="Special")
ELSEWHERE = replace(PLAIN, location="Room 2")
OFF = replace(PLAIN, status="cancelled")
RULES = Rules()


def seen(value: Appointment) -> Seen[Appointment]:
    return Seen(value, CANON.project(value))


def link(agreed: Appointment = PLAIN) -> Link:
    projection = CANON.project(agreed)
    rtime = datetime(2026, 1, 1, tzinfo=UTC)
    return Link("k@a", "calendar", "c", "primary", "e", "1", rtime, Base(projection, projection))


@pytest.mark.parametrize(
    ("agreed", "local", "remote", "action", "row"),
    [
        (PLAIN, PLAIN, OFF, Action.UPDATE_LOCAL, "=/x"),
        (PLAIN, EDITED, OFF, Action.UPDATE_REMOTE, "~/x"),
        (PLAIN, OFF, PLAIN, Action.UPDATE_REMOTE, "x/="),
        (PLAIN, OFF, None, Action.UPDATE_REMOTE, "x/="),
        (PLAIN, OFF, ELSEWHERE, Action.RESTORE_LOCAL, "x/~"),
        (PLAIN, OFF, OFF, Action.REFRESH, "x/x"),
        (OFF, OFF, OFF, Action.NOTHING, "x/x"),
        (OFF, OFF, None, Action.NOTHING, "=/="),
        (OFF, OFF, ELSEWHERE, Action.RESTORE_LOCAL, "x/~"),
        (OFF, EDITED, None, Action.UPDATE_REMOTE, "~/="),
        (OFF, EDITED, OFF, Action.UPDATE_REMOTE, "~/="),
        (PLAIN, EDITED, ELSEWHERE, Action.UPDATE_BOTH, "~/~"),
    ],
)
def test_the_table(
    agreed: Appointment, local: Appointment, remote: Appointment | None, action: Action, row: str
) -> None:
    there = None if remote is None else seen(remote)
    decision = decide(link(agreed), seen(local), there, CANON, RULES)
    assert (decision.action, decision.row) == (action, row)


def test_a_cancellation_at_google_changes_the_status_alone() -> None:
    decision = decide(link(), seen(PLAIN), seen(replace(OFF, title="", location="")), CANON, RULES)
    assert decision.value == OFF
    assert decision.local_fields == {"status"}


def test_an_edit_that_beats_a_cancellation_is_sent_whole_for_google_may_hold_nothing() -> None:
    decision = decide(link(), seen(EDITED), seen(OFF), CANON, RULES)
    assert {"title", "location", "when", "status"} <= decision.remote_fields


def test_a_restored_occurrence_keeps_what_was_typed_before_it_was_cancelled_here() -> None:
    decision = decide(link(), seen(replace(OFF, title="Special")), seen(ELSEWHERE), CANON, RULES)
    assert decision.value == replace(PLAIN, title="Special", location="Room 2")
    assert decision.remote_fields == {"title"}


def test_what_a_cancelled_occurrence_holds_does_not_count() -> None:
    assert CANON.project(OFF) == CANON.project(Appointment("", AT, AT, status="cancelled", series_id="s"))


def test_families_of_split_series() -> None:
    assert family("abc_R20260324T130000") == family("abc") == "abc"
    assert family("abc_R20260324") == "abc"
    assert continues("abc_R20260324T130000Z")
    assert not continues("abc_20260324T130000Z")


def test_keys_of_exceptions_name_their_series() -> None:
    assert is_exception_key("d-abc@2026-03-17")
    assert series_key("d-abc@2026-03-17") == series_key("d-abc") == "d-abc"


def test_an_exception_goes_with_its_occurrence() -> None:
    weekly = replace(PLAIN, series_id=None, original_start=None, recurrence=("RRULE:FREQ=WEEKLY;COUNT=2",))
    assert takes_place(weekly, PLAIN)
    assert not takes_place(replace(weekly, recurrence=()), PLAIN)
    later = Timed(datetime(2026, 4, 7, 9, tzinfo=UTC), "UTC")
    assert not takes_place(weekly, replace(PLAIN, original_start=later))
