"""Series over HTTP: exceptions, what becomes of them, and the cut in two."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.service import Service, refused, said
from tests.scopes import ANN

ZONE = "America/Toronto"


def at(text: str) -> dict[str, str]:
    """An hour of Toronto's summer time, as 05-04T09:30."""
    return {"date_time": f"2026-{text}:00-04:00", "time_zone": ZONE}


MONDAYS: dict[str, Any] = {
    "title": "Stand-up",
    "location": "Room 2",
    "start": at("05-04T09:30"),
    "end": at("05-04T10:00"),
    "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"],
}
DAYS: dict[str, Any] = {
    "title": "Open house",
    "start": {"date": "2026-05-04"},
    "end": {"date": "2026-05-06"},
    "recurrence": ["RRULE:FREQ=MONTHLY"],
}


def create(service: Service, body: dict[str, Any], status: int = 201, **more: Any) -> dict[str, Any]:
    return said(service.call("POST", "/api/appointments", body, **more), status)


def change(service: Service, made: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return said(service.call("PATCH", f"/api/appointments/{made['id']}", fields))


def read(service: Service, made: dict[str, Any]) -> dict[str, Any]:
    return said(service.call("GET", f"/api/appointments/{made['id']}"))


def except_(
    service: Service, series: dict[str, Any], original: dict[str, str], **fields: Any
) -> dict[str, Any]:
    return create(service, {"series_id": series["id"], "original_start": original, **fields})


def starts(service: Service, first: str = "2026-05-01", end: str = "2026-07-01") -> list[str]:
    query = f"from={first}&to={end}&time_zone={ZONE}"
    items = said(service.call("GET", f"/api/agenda?{query}"))["items"]
    return [item["start"].get("date") or item["start"]["date_time"][5:16] for item in items]


class TestExceptions:
    def test_an_occurrence_becomes_a_record_like_its_series_but_for_what_is_given(
        self, service: Service
    ) -> None:
        series = create(service, MONDAYS)
        moved = except_(
            service, series, at("05-11T09:30"), start=at("05-12T14:00"), end=at("05-12T14:45"), title="Later"
        )
        assert (moved["series_id"], moved["original_start"]) == (series["id"], at("05-11T09:30"))
        assert (moved["title"], moved["location"], moved["recurrence"]) == ("Later", "Room 2", [])
        assert read(service, moved)["start"] == at("05-12T14:00")
        assert starts(service)[:3] == ["05-04T09:30", "05-12T14:00", "05-18T09:30"]

    def test_without_a_time_of_its_own_it_stays_where_it_was(self, service: Service) -> None:
        series = create(service, DAYS)
        renamed = except_(service, series, {"date": "2026-06-04"}, title="Closed")
        assert (renamed["start"], renamed["end"]) == ({"date": "2026-06-04"}, {"date": "2026-06-06"})

    def test_it_may_be_named_in_any_zone(self, service: Service) -> None:
        series = create(service, MONDAYS)
        utc = {"date_time": "2026-05-11T13:30:00Z", "time_zone": "UTC"}
        assert except_(service, series, utc)["original_start"] == at("05-11T09:30")

    def test_an_occurrence_has_one_exception(self, service: Service) -> None:
        series = create(service, MONDAYS)
        body = {"series_id": series["id"], "original_start": at("05-11T09:30"), "title": "x"}
        headers = {"Idempotency-Key": "k"}
        made = create(service, body, headers=headers)
        assert create(service, body, headers=headers) == made
        error = create(service, {**body, "title": "y"}, 409, headers=headers)["error"]
        assert error["current"] == made
        assert create(service, body, 409)["error"]["current"] == made

    def test_cancelling_and_confirming_an_occurrence(self, service: Service) -> None:
        service.connect()
        series = create(service, MONDAYS)
        gone = except_(service, series, at("05-11T09:30"), status="cancelled")
        assert "05-11T09:30" not in starts(service)
        path = f"/api/appointments/{gone['id']}"
        service.queue.jobs.clear()
        for call, status in (("POST", "confirmed"), ("POST", "confirmed"), ("DELETE", "cancelled")):
            service.clock.advance(timedelta(seconds=2))
            tail = "/restore" if call == "POST" else ""
            answer = said(service.call(call, path + tail))
            assert (answer["status"], answer["archived_at"]) == (status, None)
        assert service.queue.syncs() == [("calendar", "change")] * 2

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"original_start": at("05-12T09:30")}, "original_start"),
            ({"original_start": {"date": "2026-05-11"}}, "original_start"),
            ({"original_start": at("08-03T09:30")}, "original_start"),
            ({"original_start": {}}, "original_start"),
            ({"original_start": None}, "original_start"),
            ({"original_start": {"date_time": "2026-05-11T09:30:00Z"}}, "original_start.time_zone"),
            ({"series_id": None}, "series_id"),
            ({"series_id": "nobody"}, "series_id"),
            ({"series_id": "a/b"}, "series_id"),
            ({"recurrence": ["RRULE:FREQ=DAILY"]}, "recurrence"),
            ({"end": at("05-11T09:00")}, "end"),
        ],
    )
    def test_what_is_no_occurrence_is_refused_by_name(
        self, service: Service, fields: dict[str, Any], field: str
    ) -> None:
        series = create(service, MONDAYS)
        body = {"series_id": series["id"], "original_start": at("05-11T09:30"), **fields}
        assert refused(service, "POST", "/api/appointments", body)["field"] == field
        assert service.store.count(ANN, "appointments") == 1

    def test_only_a_living_series_of_one_s_own_has_occurrences(self, service: Service) -> None:
        single = create(service, {**MONDAYS, "recurrence": []})
        foreign = said(service.call("POST", "/api/appointments", MONDAYS, user="bob"), 201)
        archived = create(service, MONDAYS)
        service.call("DELETE", f"/api/appointments/{archived['id']}")
        for series in (single, foreign, archived):
            body = {"series_id": series["id"], "original_start": at("05-04T09:30")}
            assert refused(service, "POST", "/api/appointments", body)["field"] == "series_id"

    def test_an_occurrence_stays_with_its_series(self, service: Service) -> None:
        series = create(service, MONDAYS)
        made = except_(service, series, at("05-11T09:30"))
        path = f"/api/appointments/{made['id']}"
        for fields in ({"series_id": series["id"]}, {"original_start": at("05-18T09:30")}):
            assert refused(service, "PATCH", path, fields)["field"] == next(iter(fields))


class TestSeries:
    def test_exceptions_follow_their_series_in_what_is_not_their_own(self, service: Service) -> None:
        series = create(service, MONDAYS)
        renamed = except_(service, series, at("05-11T09:30"), title="Special")
        moved = except_(service, series, at("05-18T09:30"), start=at("05-19T09:00"), end=at("05-19T09:10"))
        answer = change(service, series, title="Weekly", location="Room 5", end=at("05-04T10:30"))
        assert answer["dropped_exceptions"] == 0
        renamed, moved = read(service, renamed), read(service, moved)
        assert (renamed["title"], renamed["location"]) == ("Special", "Room 5")
        assert (renamed["start"], renamed["end"]) == (at("05-11T09:30"), at("05-11T10:30"))
        assert (moved["title"], moved["end"]) == ("Weekly", at("05-19T09:10"))

    def test_exceptions_whose_occurrence_is_gone_are_dropped_with_the_change(self, service: Service) -> None:
        series = create(service, MONDAYS)
        kept = except_(service, series, at("05-11T09:30"), title="Kept")
        dropped = except_(service, series, at("06-08T09:30"), title="Dropped")
        gone = except_(service, series, at("06-01T09:30"), status="cancelled")
        answer = change(service, series, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        assert answer["dropped_exceptions"] == 1
        assert read(service, kept)["archived_at"] is None
        assert read(service, dropped)["archived_at"] is not None
        assert read(service, gone)["archived_at"] is not None
        assert starts(service) == ["05-04T09:30", "05-11T09:30", "05-18T09:30"]
        error = said(service.call("POST", f"/api/appointments/{dropped['id']}/restore"), 409)["error"]
        assert error["message"] == "The series no longer takes place then."
        again = change(service, series, recurrence=["RRULE:FREQ=WEEKLY"])
        assert again["dropped_exceptions"] == 0
        back, cancelled = read(service, dropped), read(service, gone)
        assert (back["archived_at"], back["title"]) == (None, "Dropped")
        assert (cancelled["archived_at"], cancelled["status"]) == (None, "cancelled")
        assert "06-01T09:30" not in starts(service)

    def test_another_hour_or_no_rule_drops_them_all(self, service: Service) -> None:
        series = create(service, MONDAYS)
        made = except_(service, series, at("05-11T09:30"), title="x")
        later = {"start": at("05-04T10:30"), "end": at("05-04T11:00")}
        assert change(service, series, **later)["dropped_exceptions"] == 1
        assert read(service, made)["archived_at"] is not None
        assert starts(service)[:2] == ["05-04T10:30", "05-11T10:30"]

    def test_a_series_is_archived_and_restored_with_its_exceptions(self, service: Service) -> None:
        series = create(service, MONDAYS)
        dropped = except_(service, series, at("06-08T09:30"), title="x")
        change(service, series, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        service.clock.advance(timedelta(seconds=1))
        made = except_(service, series, at("05-11T09:30"), title="Special")
        path = f"/api/appointments/{series['id']}"
        assert said(service.call("DELETE", path))["archived_at"] is not None
        assert read(service, made)["archived_at"] is not None
        assert starts(service) == []
        service.clock.advance(timedelta(seconds=1))
        said(service.call("POST", f"{path}/restore"))
        assert read(service, made)["archived_at"] is None
        assert read(service, dropped)["archived_at"] is not None
        assert len(starts(service)) == 3


class TestThisAndFollowing:
    def split(
        self, service: Service, series: dict[str, Any], original: dict[str, str], /, **more: Any
    ) -> dict[str, Any]:
        status, headers = more.pop("status", 201), more.pop("headers", None)
        path = f"/api/appointments/{series['id']}/split"
        return said(service.call("POST", path, {"original_start": original, **more}, headers=headers), status)

    def test_the_old_series_ends_and_a_new_one_goes_on(self, service: Service) -> None:
        series = create(service, {**MONDAYS, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]})
        new = self.split(
            service, series, at("05-18T09:30"), start=at("05-18T11:00"), end=at("05-18T12:00"), title="New"
        )
        assert (new["recurrence"], new["location"]) == (["RRULE:FREQ=WEEKLY;COUNT=4"], "Room 2")
        assert read(service, series)["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20260518T132959Z"]
        assert read(service, series)["title"] == "Stand-up"
        assert starts(service) == [
            "05-04T09:30",
            "05-11T09:30",
            "05-18T11:00",
            "05-25T11:00",
            "06-01T11:00",
            "06-08T11:00",
        ]

    def test_exceptions_go_over_where_the_new_series_takes_place(self, service: Service) -> None:
        series = create(service, MONDAYS)
        before = except_(service, series, at("05-11T09:30"), title="Before")
        after = except_(service, series, at("05-25T09:30"), title="After")
        gone = except_(service, series, at("06-01T09:30"), status="cancelled")
        new = self.split(service, series, at("05-18T09:30"), location="Online")
        assert read(service, before)["series_id"] == series["id"]
        assert read(service, after)["archived_at"] is not None
        assert read(service, gone)["archived_at"] is not None
        held = [stored.value for stored in service.store.exceptions(ANN, [new["id"]], None, 9)]
        assert sorted((value.title, value.location, value.status) for value in held) == [
            ("After", "Online", "confirmed"),
            ("Stand-up", "Online", "cancelled"),
        ]
        assert starts(service) == [
            "05-04T09:30",
            "05-11T09:30",
            "05-18T09:30",
            "05-25T09:30",
            "06-08T09:30",
        ]

    def test_at_the_first_occurrence_the_series_itself_is_changed(self, service: Service) -> None:
        series = create(service, MONDAYS)
        answer = self.split(service, series, at("05-04T09:30"), title="All", status=200)
        assert (answer["id"], answer["title"]) == (series["id"], "All")

    def test_a_day_that_was_added_by_itself_begins_no_series(self, service: Service) -> None:
        extra = "RDATE;TZID=America/Toronto:20260520T093000"
        series = create(service, {**MONDAYS, "recurrence": [*MONDAYS["recurrence"], extra]})
        body = {"original_start": at("05-20T09:30")}
        error = refused(service, "POST", f"/api/appointments/{series['id']}/split", body)
        assert error["field"] == "original_start"
        assert (
            error["message"] == "This occurrence was added to the series by itself: start from another one."
        )
        assert read(service, series)["recurrence"] == series["recurrence"]

    def test_a_repeat_with_the_same_key_answers_the_same_series(self, service: Service) -> None:
        series = create(service, MONDAYS)
        headers = {"Idempotency-Key": "k"}
        first = self.split(service, series, at("05-18T09:30"), headers=headers)
        assert self.split(service, series, at("05-18T09:30"), headers=headers) == first
        assert service.store.count(ANN, "appointments") == 2

    def test_another_key_cuts_another_series_off(self, service: Service) -> None:
        series = create(service, MONDAYS)
        late = self.split(service, series, at("06-01T09:30"), headers={"Idempotency-Key": "k"})
        early = self.split(service, series, at("05-18T09:30"), headers={"Idempotency-Key": "l"})
        assert len({series["id"], late["id"], early["id"]}) == 3
        assert service.store.count(ANN, "appointments") == 3

    def test_a_series_ends_before_an_occurrence(self, service: Service) -> None:
        series = create(service, DAYS)
        late = except_(service, series, {"date": "2026-07-04"}, title="x")
        path = f"/api/appointments/{series['id']}/end"
        ended = said(service.call("POST", path, {"original_start": {"date": "2026-06-04"}}))
        assert ended["recurrence"] == ["RRULE:FREQ=MONTHLY;UNTIL=20260603"]
        assert ended["dropped_exceptions"] == 1
        assert read(service, late)["archived_at"] is not None
        assert starts(service, "2026-05-01", "2026-12-01") == ["2026-05-04"]
        over = said(service.call("POST", path, {"original_start": {"date": "2026-05-04"}}))
        assert over["archived_at"] is not None

    def test_what_is_no_series_or_no_occurrence_is_refused(self, service: Service) -> None:
        series, single = create(service, MONDAYS), create(service, {**MONDAYS, "recurrence": []})
        for tail in ("split", "end"):
            path = f"/api/appointments/{series['id']}/{tail}"
            assert refused(service, "POST", path, {})["field"] == "original_start"
            wrong = {"original_start": at("05-05T09:30")}
            assert refused(service, "POST", path, wrong)["field"] == "original_start"
            other = {"original_start": at("05-04T09:30")}
            said(service.call("POST", f"/api/appointments/{single['id']}/{tail}", other), 409)
            said(service.call("POST", path, other, user="bob"), 404)
        body = {"original_start": at("05-11T09:30"), "series_id": series["id"]}
        assert (
            refused(service, "POST", f"/api/appointments/{series['id']}/split", body)["field"] == "series_id"
        )
        stale = {"If-Match": "stale"}
        said(service.call("POST", path, {"original_start": at("05-11T09:30")}, headers=stale), 409)
