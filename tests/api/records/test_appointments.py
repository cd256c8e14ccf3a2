from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.model import AllDay, Appointment, Attendee, Timed
from crmsync.store.ports import CreateRecord
from tests.api.service import Service, refused, said
from tests.scopes import ANN

TIMED: dict[str, Any] = {
    "title": "Viewing",
    "start": {"date_time": "2026-05-04T09:30:00-04:00", "time_zone": "America/Toronto"},
    "end": {"date_time": "2026-05-04T10:30:00-04:00", "time_zone": "America/Toronto"},
}
ALL_DAY: dict[str, Any] = {
    "title": "Open house",
    "start": {"date": "2026-05-04"},
    "end": {"date": "2026-05-06"},
}


def create(service: Service, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = service.call("POST", "/api/appointments", body, **more)
    return said(answer, 201)


def change(service: Service, id: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = service.call("PATCH", f"/api/appointments/{id}", body)
    return said(answer)


def stored(service: Service, made: dict[str, Any]) -> Appointment:
    found = service.store.appointment(ANN, made["id"])
    assert found is not None
    return found.value


class TestTimes:
    def test_a_timed_appointment_keeps_its_instant_and_zone(self, service: Service) -> None:
        made = create(service, TIMED)
        assert (made["start"], made["end"]) == (TIMED["start"], TIMED["end"])
        assert made["time_zone"] == "America/Toronto"

    def test_whole_days_stay_dates(self, service: Service) -> None:
        made = create(service, ALL_DAY)
        assert (made["start"], made["end"], made["time_zone"]) == (ALL_DAY["start"], ALL_DAY["end"], None)
        assert isinstance(stored(service, made).start, AllDay)

    def test_an_offset_of_elsewhere_is_shown_in_the_appointment_s_zone(self, service: Service) -> None:
        utc = {
            "title": "x",
            "start": {"date_time": "2026-05-04T13:30:00Z"},
            "end": {"date_time": "2026-05-04T14:30:00Z"},
            "time_zone": "America/Toronto",
        }
        assert create(service, utc)["start"] == TIMED["start"]

    def test_without_an_offset_it_is_the_zone_s_own_time(self, service: Service) -> None:
        local = {
            "start": {"date_time": "2026-05-04T09:30", "time_zone": "America/Toronto"},
            "end": {"date_time": "2026-05-04T16:30", "time_zone": "Europe/Berlin"},
        }
        made = create(service, local)
        assert made["start"] == TIMED["start"]
        assert made["end"]["date_time"] == "2026-05-04T16:30:00+02:00"

    def test_a_time_that_the_clocks_skip_becomes_a_real_one(self, service: Service) -> None:
        skipped = {
            "start": {"date_time": "2026-03-08T02:30", "time_zone": "America/Toronto"},
            "end": {"date_time": "2026-03-08T04:00", "time_zone": "America/Toronto"},
        }
        assert create(service, skipped)["start"]["date_time"] == "2026-03-08T03:30:00-04:00"

    def test_an_appointment_may_last_no_time_but_not_less(self, service: Service) -> None:
        create(service, {**TIMED, "end": TIMED["start"]})
        earlier = {"date_time": "2026-05-04T09:29:59-04:00", "time_zone": "America/Toronto"}
        error = refused(service, "POST", "/api/appointments", {**TIMED, "end": earlier})
        assert error["field"] == "end"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"end": None}, "end"),
            ({"start": {}}, "start"),
            ({"start": {"date": "2026-05-04", "date_time": "2026-05-04T09:30:00Z"}}, "start"),
            ({"start": {"date": "2026-05-04"}}, "end"),
            ({"start": {"date": "2026-05-04", "time_zone": "UTC"}}, "start.time_zone"),
            ({"start": {"date": "2026-02-30"}}, "start.date"),
            ({"start": {"date": "2026-05-06"}, "end": {"date": "2026-05-06"}}, "end"),
            ({"start": {"date": "0001-01-01"}, "end": {"date": "0001-01-02"}}, "start.date"),
            ({"start": {"date_time": "0001-01-01T00:00:00Z", "time_zone": "UTC"}}, "start.date_time"),
            ({"start": {"date_time": "2026-05-04T09:30:00Z"}}, "start.time_zone"),
            ({"start": {"date_time": "2026-05-04", "time_zone": "UTC"}}, "start.date_time"),
            ({"start": {"date_time": "tomorrow", "time_zone": "UTC"}}, "start.date_time"),
            ({"start": {"date_time": "x" * 41, "time_zone": "UTC"}}, "start.date_time"),
            ({"start": {"date_time": "2026-05-04T09:30:00Z", "time_zone": "Mars/Base"}}, "start.time_zone"),
            (
                {"start": {"date_time": "2026-05-04T09:30:00Z", "time_zone": "../etc/passwd"}},
                "start.time_zone",
            ),
            ({"start": {"date_time": "2026-05-04T09:30:00Z", "time_zone": "America"}}, "start.time_zone"),
            ({"start": {"date_time": "2026-05-04T09:30:00Z", "time_zone": "localtime"}}, "start.time_zone"),
            ({"start": {"date_time": "2026-05-04T09:30:00Z"}, "time_zone": "Nowhere"}, "time_zone"),
        ],
    )
    def test_a_wrong_time_is_refused_by_name(
        self, service: Service, body: dict[str, Any], field: str
    ) -> None:
        assert refused(service, "POST", "/api/appointments", {**TIMED, **body})["field"] == field
        assert service.store.count(ANN, "appointments") == 0

    def test_moving_only_the_start_past_the_end_is_refused(self, service: Service) -> None:
        made = create(service, TIMED)
        later = {"start": {"date_time": "2026-05-04T11:00:00-04:00", "time_zone": "America/Toronto"}}
        assert refused(service, "PATCH", f"/api/appointments/{made['id']}", later)["field"] == "end"

    def test_a_zone_alone_moves_nothing(self, service: Service) -> None:
        made = create(service, TIMED)
        path = f"/api/appointments/{made['id']}"
        assert refused(service, "PATCH", path, {"time_zone": "UTC"})["field"] == "time_zone"

    def test_a_timed_appointment_becomes_a_whole_day_and_back(self, service: Service) -> None:
        made = create(service, TIMED)
        days = {name: ALL_DAY[name] for name in ("start", "end")}
        assert change(service, made["id"], days)["time_zone"] is None
        times = {name: TIMED[name] for name in ("start", "end")}
        assert change(service, made["id"], times)["start"] == TIMED["start"]


class TestFields:
    def test_defaults_and_given_values(self, service: Service) -> None:
        plain = create(service, TIMED)
        assert plain["reminders"] is None
        assert (plain["busy"], plain["visibility"], plain["status"]) == (True, "default", "confirmed")
        assert (plain["notify_guests"], plain["attendees"], plain["contact_ids"]) == (False, [], [])
        given = {
            "description": "<b>bold</b>\nline",
            "location": "1 King St W",
            "reminders": [{"method": "popup", "minutes": 30}, {"method": "email", "minutes": 40_320}],
            "visibility": "private",
            "busy": False,
            "status": "tentative",
            "notify_guests": True,
            "attendees": [{"email": "bob@b.ca", "name": "Bob"}, {"email": "cy@b.ca", "response": "accepted"}],
        }
        full = create(service, {**TIMED, **given})
        assert {name: full[name] for name in given} == given

    def test_no_reminders_are_not_the_calendar_s_reminders(self, service: Service) -> None:
        made = create(service, {**TIMED, "reminders": []})
        assert made["reminders"] == []
        assert change(service, made["id"], {"reminders": None})["reminders"] is None

    def test_a_guest_s_response_is_kept_when_the_caller_does_not_repeat_it(self, service: Service) -> None:
        made = create(service, {**TIMED, "attendees": [{"email": "bob@b.ca", "response": "accepted"}]})
        changed = change(service, made["id"], {"attendees": [{"email": "Bob@b.ca", "name": "Bob"}]})
        assert changed["attendees"] == [{"email": "Bob@b.ca", "name": "Bob", "response": "accepted"}]

    def test_a_guest_from_google_without_a_proper_address_may_stay(self, service: Service) -> None:
        value = stored(service, create(service, TIMED))
        odd = Appointment("x", value.start, value.end, attendees=(Attendee("room 5"),))
        service.store.commit(ANN, [CreateRecord("appointments", "a1", odd)])
        guests = [{"email": "room 5"}, {"email": "bob@b.ca"}]
        assert len(change(service, "a1", {"attendees": guests})["attendees"]) == 2

    def test_contacts_are_the_caller_s_own(self, service: Service) -> None:
        mine = service.call("POST", "/api/contacts", {"given_name": "Ann"}).json
        foreign = service.call("POST", "/api/contacts", {"given_name": "Bob"}, user="bob").json
        assert mine is not None
        assert foreign is not None
        assert create(service, {**TIMED, "contact_ids": [mine["id"]]})["contact_ids"] == [mine["id"]]
        for id in (foreign["id"], "nobody", "a/b"):
            body = {**TIMED, "contact_ids": [mine["id"], id]}
            assert refused(service, "POST", "/api/appointments", body)["field"] == "contact_ids[1]"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"title": "x" * 16_385}, "title"),
            ({"description": "x" * 65_537}, "description"),
            ({"reminders": [{"method": "popup", "minutes": -1}]}, "reminders[0].minutes"),
            ({"reminders": [{"method": "popup", "minutes": 40_321}]}, "reminders[0].minutes"),
            ({"reminders": [{"method": "pigeon", "minutes": 1}]}, "reminders[0].method"),
            ({"reminders": [{"method": "popup", "minutes": 1}] * 6}, "reminders"),
            ({"attendees": [{"email": "bob"}]}, "attendees[0].email"),
            ({"attendees": [{"email": "b@b.ca", "response": "perhaps"}]}, "attendees[0].response"),
            ({"visibility": "public"}, "visibility"),
            ({"busy": "yes"}, "busy"),
            ({"status": "done"}, "status"),
            ({"series_id": "a1"}, "series_id"),
            ({"contact_ids": [""]}, "contact_ids[0]"),
        ],
    )
    def test_a_wrong_value_is_refused_by_name(
        self, service: Service, body: dict[str, Any], field: str
    ) -> None:
        assert refused(service, "POST", "/api/appointments", {**TIMED, **body})["field"] == field


class TestRecurrence:
    @pytest.mark.parametrize(
        "lines",
        [
            ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"],
            ["RRULE:FREQ=DAILY;UNTIL=20260601T000000Z"],
            ["RRULE:FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2", "EXDATE;TZID=America/Toronto:20260529T093000"],
            ["RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20270504,20280504"],
            ["RDATE:20260601T093000Z"],
        ],
    )
    def test_rules_that_a_calendar_can_follow_are_kept_to_the_letter(
        self, service: Service, lines: list[str]
    ) -> None:
        made = create(service, {**TIMED, "recurrence": lines})
        assert made["recurrence"] == lines
        assert change(service, made["id"], {"recurrence": []})["recurrence"] == []

    @pytest.mark.parametrize(
        "line",
        [
            "FREQ=DAILY",
            "RRULE:",
            "RRULE:FREQ=HOURLY",
            "RRULE:FREQ=SECONDLY",
            "RRULE:FREQ=DAILY;INTERVAL=0",
            "RRULE:FREQ=DAILY;COUNT=0",
            "RRULE:FREQ=DAILY;COUNT=9999999",
            "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260601T000000Z",
            "RRULE:FREQ=DAILY;FREQ=WEEKLY",
            "RRULE:FREQ=DAILY;BYDAY=XX",
            "RRULE:FREQ=DAILY;UNTIL=tomorrow",
            "RRULE:FREQ=DAILY\r\nATTENDEE:x",
            "EXDATE:20260504T093000",
            "RDATE:soon",
            "DTSTART:20260504T093000Z",
            "RRULE:BYMONTH=1",
            "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        ],
    )
    def test_anything_else_is_refused(self, service: Service, line: str) -> None:
        body = {**TIMED, "recurrence": [line]}
        assert refused(service, "POST", "/api/appointments", body)["field"] == "recurrence[0]"

    @pytest.mark.parametrize(
        "lines",
        [
            ["RRULE:FREQ=DAILY;UNTIL=20260503"],
            ["RRULE:FREQ=DAILY;COUNT=1", "EXDATE;VALUE=DATE:20260504"],
            ["RRULE:FREQ=DAILY", "EXRULE:FREQ=DAILY"],
        ],
    )
    def test_a_series_that_never_takes_place_is_refused(self, service: Service, lines: list[str]) -> None:
        body = {**TIMED, "recurrence": lines}
        assert refused(service, "POST", "/api/appointments", body)["field"] == "recurrence"

    def test_own_answer_refused(self, service: Service) -> None:
        """What the API answers may be sent back, whatever its length."""
        dates = [f"EXDATE;TZID=America/Toronto:202606{day:02}T093000" for day in range(1, 24)]
        made = create(service, {**TIMED, "recurrence": ["RRULE:FREQ=DAILY;COUNT=90", *dates]})
        assert (
            change(service, made["id"], {"recurrence": made["recurrence"]})["recurrence"]
            == made["recurrence"]
        )

    def test_a_limit_is_said_in_our_words(self, service: Service) -> None:
        body = {**TIMED, "recurrence": ["RDATE:20260601T093000Z"] * 1001}
        said = refused(service, "POST", "/api/appointments", body)
        assert (said["field"], said["message"]) == ("recurrence", "At most 1000 of these.")

    def test_a_zone_may_have_a_name_of_windows(self, service: Service) -> None:
        zone = "W. Europe Standard Time"
        times = {"start": {"date_time": "2026-05-04T09:30"}, "end": {"date_time": "2026-05-04T10:00"}}
        made = create(service, {"title": "x", "time_zone": zone, **times})
        assert made["start"] == {"date_time": "2026-05-04T09:30:00+02:00", "time_zone": "Europe/Berlin"}

    def test_a_rule_from_google_may_stay_as_it_is(self, service: Service) -> None:
        value = stored(service, create(service, TIMED))
        assert isinstance(value.start, Timed)
        odd = Appointment("x", value.start, value.end, recurrence=("RRULE:FREQ=HOURLY",))
        service.store.commit(ANN, [CreateRecord("appointments", "a1", odd)])
        assert change(service, "a1", {"title": "y"})["recurrence"] == ["RRULE:FREQ=HOURLY"]


class TestLife:
    def test_pages_are_by_start(self, service: Service) -> None:
        for day in (3, 1, 2):
            days = {"start": {"date": f"2026-05-0{day}"}, "end": {"date": f"2026-05-0{day + 1}"}}
            create(service, {"title": str(day), **days})
        page = service.call("GET", "/api/appointments?page_size=2").json
        assert page is not None
        assert ([item["title"] for item in page["items"]], page["total"]) == (["1", "2"], 3)
        rest = service.call("GET", f"/api/appointments?page_token={page['next_page_token']}").json
        assert rest is not None
        assert [item["title"] for item in rest["items"]] == ["3"]

    def test_a_repeat_with_the_same_key_answers_the_same_record(self, service: Service) -> None:
        headers = {"Idempotency-Key": "k"}
        assert create(service, TIMED, headers=headers) == create(service, TIMED, headers=headers)

    def test_every_change_asks_for_a_sync_of_the_calendar(self, service: Service) -> None:
        service.connect()
        path = f"/api/appointments/{create(service, TIMED)['id']}"
        for method, tail, body in (
            ("PATCH", "", {"title": "x"}),
            ("DELETE", "", None),
            ("POST", "/restore", None),
        ):
            service.clock.advance(timedelta(seconds=2))
            assert service.call(method, path + tail, body).status_code == 200
        assert service.queue.syncs() == [("calendar", "change")] * 4

    def test_who_comes_and_whether_they_are_told_is_the_crm_s_business(self, service: Service) -> None:
        service.connect()
        made = create(service, TIMED)
        service.queue.jobs.clear()
        service.clock.advance(timedelta(seconds=2))
        change(service, made["id"], {"notify_guests": True})
        assert service.queue.jobs == []

    def test_another_user_s_appointment_is_not_found(self, service: Service) -> None:
        made = create(service, TIMED)
        assert service.call("GET", f"/api/appointments/{made['id']}", user="bob").status_code == 404
