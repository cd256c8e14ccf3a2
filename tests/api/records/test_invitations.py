"""Meetings of other people over HTTP: what of them may be changed, and what the agenda says."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Appointment, Organizer
from crmsync.store.ports import CreateRecord
from tests.api.records.test_agenda import items
from tests.api.records.test_series import at
from tests.api.service import Service, refused, said
from tests.engine.appointments import WEEKLY
from tests.scopes import ANN

BO = {"email": "bo@example.com", "name": "Bo", "guests_may_edit": False}
DAYS = ("2026-03-09", "2026-03-20")
PATH = "/api/appointments/m"


@pytest.fixture
def meeting(service: Service) -> Appointment:
    """Bo's weekly meeting, which Ann has not answered."""
    value = replace(WEEKLY, organizer=Organizer("bo@example.com", "Bo"), response="needs_action")
    service.store.commit(ANN, [CreateRecord("appointments", "m", value)])
    return value


@pytest.mark.usefixtures("meeting")
def test_it_is_answered_and_says_whose_it_is(service: Service) -> None:
    answer = said(service.call("PATCH", PATH, {"response": "accepted"}))
    assert (answer["response"], answer["organizer"]) == ("accepted", BO)


@pytest.mark.usefixtures("meeting")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Mine"}, "title"),
        ({"start": {"date_time": "2026-03-10T11:00", "time_zone": "America/Toronto"}}, "end"),
        ({"recurrence": []}, "recurrence"),
        ({"response": None}, "response"),
    ],
)
def test_what_is_the_organizers_is_not_changed(service: Service, changes: dict[str, Any], field: str) -> None:
    assert refused(service, "PATCH", PATH, changes)["field"] == field


@pytest.mark.usefixtures("meeting")
@pytest.mark.parametrize("way", ["split", "end"])
def test_its_series_is_not_cut(service: Service, way: str) -> None:
    body = {"original_start": at("03-17T09:00")}
    assert refused(service, "POST", f"{PATH}/{way}", body)["field"] == "organizer"


@pytest.mark.usefixtures("meeting")
def test_one_occurrence_is_answered_or_left_out(service: Service) -> None:
    one = {"series_id": "m", "original_start": at("03-17T09:00")}
    declined = said(service.call("POST", "/api/appointments", {**one, "response": "declined"}), 201)
    assert declined["response"] == "declined"
    again = {"series_id": "m", "original_start": at("03-10T09:00"), "status": "cancelled"}
    assert said(service.call("POST", "/api/appointments", again), 201)["status"] == "cancelled"
    assert [(item["start"], item["busy"]) for item in items(service, *DAYS)] == [(at("03-17T09:00"), False)]


@pytest.mark.usefixtures("meeting")
def test_declined_ones_are_listed_unless_the_user_leaves_them_out(service: Service) -> None:
    said(service.call("PATCH", PATH, {"response": "declined"}))
    shown = items(service, *DAYS)
    assert [(it["response"], it["busy"], it["organizer"]["name"]) for it in shown] == [
        ("declined", False, "Bo")
    ] * 2
    said(service.call("PATCH", "/api/settings", {"show_declined": False}))
    assert items(service, *DAYS) == []


def test_what_is_no_invitation_has_no_answer(service: Service) -> None:
    service.store.commit(ANN, [CreateRecord("appointments", "m", WEEKLY)])
    assert refused(service, "PATCH", PATH, {"response": "accepted"})["field"] == "response"
