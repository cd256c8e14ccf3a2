"""Meetings that somebody else has invited the user to: whose they are, and what the user answers."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.account import GoogleEvents
from crmsync.core.calendar.invitations import is_busy
from crmsync.core.model import Appointment, Organizer, Response, Stored
from tests.engine.appointments import (
    DENTIST,
    SECOND,
    exceptions,
    make,
    occurrences,
    records,
    rests,
    synced,
    wants,
)
from tests.stage import Stage

BO = {"email": "bo@example.com", "displayName": "Bo"}
WEEKLY: dict[str, Any] = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}


def invited(stage: Stage, wish: GoogleEvents = "full", **event: Any) -> tuple[str, Stored[Appointment]]:
    """Bo's meeting is in step; answers its event id, and the record."""
    wants(stage, wish)
    id = stage.calendar.guest_invites(BO, {**DENTIST, **event})["id"]
    stage.sync("calendar")
    [record] = records(stage)
    return str(id), record


def answers(stage: Stage, id: str, response: Response) -> None:
    stage.edit(id, replace(stage.appointment(id).value, response=response))
    stage.sync("calendar")


def own_answer(stage: Stage, event_id: str) -> str:
    guests = stage.calendar.get("primary", event_id)["attendees"]
    (mine,) = (guest for guest in guests if guest.get("self"))
    return str(mine["responseStatus"])


def says(stage: Stage, event_id: str, response: str) -> None:
    """The user answers on the phone."""
    stage.calendar.guest_answers(event_id, stage.account.email, response)
    stage.later()
    stage.sync("calendar")


def test_an_invitation_says_whose_it_is_and_what_was_answered(stage: Stage) -> None:
    event_id, record = invited(stage)
    assert record.value.organizer == Organizer("bo@example.com", "Bo")
    assert record.value.response == "needs_action"
    says(stage, event_id, "tentative")
    assert stage.appointment(record.id).value.response == "tentative"
    rests(stage)


def test_an_answer_goes_to_google_and_nobody_is_mailed(stage: Stage) -> None:
    event_id, record = invited(stage, attendees=[{"email": "cy@example.com", "responseStatus": "accepted"}])
    stage.edit(record.id, replace(record.value, response="accepted", notify_guests=True))
    stage.sync("calendar")
    event = stage.calendar.get("primary", event_id)
    assert own_answer(stage, event_id) == "accepted"
    assert [guest["email"] for guest in event["attendees"]] == [
        "cy@example.com",
        stage.account.email,
        BO["email"],
    ]
    assert stage.calendar.outbox.mails == []
    rests(stage)
    mine = next(it for it in stage.appointment(record.id).value.attendees if it.email == stage.account.email)
    assert mine.response == "accepted", "it comes back among the guests"


def test_an_answer_to_one_occurrence_leaves_the_others(stage: Stage) -> None:
    event_id, record = invited(stage, **WEEKLY)
    answers(stage, record.id, "accepted")
    one = make(stage, SECOND, record.id, response="declined")
    stage.sync("calendar")
    assert own_answer(stage, event_id) == "accepted"
    found = occurrences(stage, event_id)
    assert own_answer(stage, found["03-17"]["id"]) == "declined"
    assert own_answer(stage, found["03-24"]["id"]) == "accepted"
    assert not is_busy(stage.appointment(one).value)
    rests(stage)


@pytest.mark.parametrize("wish", ["full", "busy"])
def test_declined_invitation(stage: Stage, wish: GoogleEvents) -> None:
    """Of an event, and of one occurrence: it does not count as busy, and the answer is known."""
    event_id, record = invited(stage, wish, **WEEKLY)
    says(stage, stage.calendar.instance_id(event_id, SECOND.at), "declined")
    [one] = exceptions(stage, record.id)
    assert (is_busy(one.value), one.value.response) == (False, "declined")
    assert is_busy(stage.appointment(record.id).value)
    says(stage, event_id, "declined")
    assert not is_busy(stage.appointment(record.id).value)
    rests(stage)


def test_what_was_declined_before_is_no_busy_time(stage: Stage) -> None:
    wants(stage, "busy")
    id = stage.calendar.guest_invites(BO, DENTIST)["id"]
    says(stage, id, "declined")
    assert records(stage) == []
    says(stage, id, "accepted")
    assert [is_busy(it.value) for it in records(stage)] == [True]


def test_both_answer_and_the_crm_wins(stage: Stage) -> None:
    event_id, record = invited(stage)
    stage.calendar.guest_answers(event_id, stage.account.email, "declined")
    answers(stage, record.id, "accepted")
    assert own_answer(stage, event_id) == "accepted"
    [conflict] = stage.store.conflicts(stage.scope, None, 10)
    assert (conflict.field, conflict.lost) == ("response", "declined")


def test_a_list_of_guests_that_google_cuts_short_does_not_keep_an_answer_back(stage: Stage) -> None:
    guests = [{"email": f"guest{n}@example.com"} for n in range(5)]
    stage.calendar.show_guests(2)
    event_id, record = invited(stage, attendees=guests)
    answers(stage, record.id, "accepted")
    stage.calendar.show_guests(0)
    assert own_answer(stage, event_id) == "accepted"
    assert len(stage.calendar.get("primary", event_id)["attendees"]) == 7


def test_the_users_own_meeting_is_no_invitation(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.phone_edit(
        event_id, {"attendees": [{"email": stage.account.email, "responseStatus": "accepted"}]}
    )
    stage.later()
    stage.sync("calendar")
    value = stage.appointment("s").value
    assert (value.organizer, value.response) == (None, None)


def test_an_invitation_that_is_made_anew_becomes_the_users_own(stage: Stage) -> None:
    """Edited here while its organiser called it off: edit beats delete."""
    event_id, record = invited(stage)
    stage.calendar.phone_delete(event_id)
    stage.edit(record.id, replace(record.value, title="Mine"))
    stage.sync("calendar")
    stage.later()
    stage.sync("calendar")
    value = stage.appointment(record.id).value
    assert (value.title, value.organizer) == ("Mine", None)
    rests(stage)
