from dataclasses import replace
from datetime import date

import pytest

from crmsync.core.calendar.invitations import is_busy, is_locked, not_theirs
from crmsync.core.model import AllDay, Appointment, Organizer, Reminder

MINE = Appointment("Viewing", AllDay(date(2026, 7, 1)), AllDay(date(2026, 7, 2)))
INVITED = replace(MINE, organizer=Organizer("bo@example.com"), response="needs_action")
OPEN = replace(INVITED, organizer=Organizer("bo@example.com", guests_may_edit=True))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Mine"}, "title"),
        ({"end": AllDay(date(2026, 7, 3))}, "when"),
        ({"busy": False}, "busy"),
        ({"status": "tentative"}, "status"),
        ({"organizer": None}, "organizer"),
        ({"status": "cancelled"}, None),
        ({"response": "accepted"}, None),
        ({"reminders": (Reminder("popup", 10),)}, None),
        ({"contact_ids": ("ann",)}, None),
    ],
)
def test_a_guest_may_answer_be_reminded_and_stay_away(changes: dict[str, object], field: str | None) -> None:
    assert not_theirs(INVITED, replace(INVITED, **changes)) == field  # type: ignore[arg-type]


@pytest.mark.parametrize("before", [MINE, OPEN])
def test_of_other_appointments_all_may_be_changed(before: Appointment) -> None:
    assert not is_locked(before)
    assert not_theirs(before, replace(before, title="Another", busy=False)) is None


def test_only_what_leaves_the_time_free_or_was_declined_is_not_busy() -> None:
    assert is_busy(INVITED)
    assert not is_busy(replace(INVITED, response="declined"))
    assert not is_busy(replace(MINE, busy=False))
