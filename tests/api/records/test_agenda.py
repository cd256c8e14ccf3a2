"""GET /api/agenda: what takes place on some days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmsync.api.records import agenda
from crmsync.core.model import Appointment, Timed
from crmsync.store.ports import CreateRecord
from tests.api.records.test_series import DAYS, MONDAYS, at, create, except_
from tests.api.service import Service, refused, said
from tests.scopes import ANN

TORONTO = "America/Toronto"


def items(service: Service, first: str, end: str, zone: str = TORONTO, **query: Any) -> list[dict[str, Any]]:
    found = []
    token = None
    for _ in range(9):
        sent = {"from": first, "to": end, "time_zone": zone, **query}
        answer = service.call(
            "GET", "/api/agenda", query_string=sent | ({"page_token": token} if token else {})
        )
        found += said(answer)["items"]
        token = said(answer)["next_page_token"]
        if token is None:
            return found
    raise AssertionError("the agenda has no end")


def titles(service: Service, first: str, end: str, zone: str = TORONTO, **query: Any) -> list[str]:
    return [item["title"] for item in items(service, first, end, zone, **query)]


def test_an_item_says_what_it_is_part_of(service: Service) -> None:
    series = create(service, {**MONDAYS, "status": "tentative", "busy": False})
    changed = except_(service, series, at("05-11T09:30"), title="Special", visibility="private")
    plain = create(service, {**MONDAYS, "recurrence": [], "title": "Once"})
    first, second, special = items(service, "2026-05-04", "2026-05-12")
    if first["appointment_id"] == plain["id"]:
        first, second = second, first
    assert first == {
        "appointment_id": series["id"],
        "series_id": series["id"],
        "original_start": at("05-04T09:30"),
        "start": at("05-04T09:30"),
        "end": at("05-04T10:00"),
        "title": "Stand-up",
        "location": "Room 2",
        "busy": False,
        "visibility": "default",
        "status": "tentative",
        "organizer": None,
        "response": None,
        "recurring": True,
        "exception": False,
        "sync": {"state": "none", "problem": None, "message": None, "names": []},
    }
    assert (second["series_id"], second["original_start"], second["recurring"]) == (None, None, False)
    assert (special["appointment_id"], special["series_id"]) == (changed["id"], series["id"])
    assert (special["exception"], special["visibility"]) == (True, "private")


def test_what_began_before_the_range_is_found_and_what_ended_is_not(service: Service) -> None:
    def whole(title: str, first: str, end: str) -> None:
        create(service, {"title": title, "start": {"date": first}, "end": {"date": end}})

    whole("years", "2019-01-01", "2030-01-01")
    whole("months", "2026-02-01", "2026-05-05")
    whole("over", "2026-05-03", "2026-05-04")
    whole("to come", "2026-05-06", "2026-05-07")
    whole("there", "2026-05-05", "2026-05-06")
    assert titles(service, "2026-05-04", "2026-05-06") == ["years", "months", "there"]


def test_days_begin_where_the_user_is_but_whole_days_are_the_same_everywhere(service: Service) -> None:
    late = {"start": at("05-04T22:00"), "end": at("05-04T23:00")}
    create(service, {"title": "late", **late})
    create(service, {"title": "whole", "start": {"date": "2026-05-04"}, "end": {"date": "2026-05-05"}})
    assert titles(service, "2026-05-04", "2026-05-05") == ["whole", "late"]
    for zone, fourth, fifth in (
        ("Pacific/Kiritimati", ["whole"], ["late"]),
        ("Pacific/Pago_Pago", ["whole", "late"], []),
    ):
        assert titles(service, "2026-05-04", "2026-05-05", zone) == fourth
        assert titles(service, "2026-05-05", "2026-05-06", zone) == fifth


def test_without_a_zone_it_is_the_user_s_own(service: Service) -> None:
    service.call("PATCH", "/api/settings", {"time_zone": "Asia/Tokyo"})
    create(service, {"title": "late", "start": at("05-04T22:00"), "end": at("05-04T23:00")})
    answer = service.call("GET", "/api/agenda?from=2026-05-05&to=2026-05-06")
    assert len(said(answer)["items"]) == 1


def test_an_exception_stands_where_it_was_moved_to_and_not_where_it_was(service: Service) -> None:
    series = create(service, MONDAYS)
    except_(service, series, at("05-11T09:30"), title="moved", start=at("09-11T09:30"), end=at("09-11T10:00"))
    assert titles(service, "2026-05-11", "2026-05-12") == []
    # The series is over by then, and still known to be alive.
    assert titles(service, "2026-09-11", "2026-09-12") == ["moved"]
    service.call("DELETE", f"/api/appointments/{series['id']}")
    assert titles(service, "2026-09-11", "2026-09-12") == []


def test_cancelled_ones_are_listed_when_they_are_asked_for(service: Service) -> None:
    create(service, {**MONDAYS, "title": "off", "status": "cancelled", "recurrence": []})
    series = create(service, MONDAYS)
    except_(service, series, at("05-11T09:30"), title="skipped", status="cancelled")
    range_ = ("2026-05-04", "2026-05-12")
    assert titles(service, *range_) == ["Stand-up"]
    assert sorted(titles(service, *range_, cancelled="true")) == ["Stand-up", "off", "skipped"]


def test_what_lasts_no_time_is_where_it_starts(service: Service) -> None:
    create(service, {"title": "midnight", "start": at("05-05T00:00"), "end": at("05-05T00:00")})
    assert titles(service, "2026-05-05", "2026-05-06") == ["midnight"]
    assert titles(service, "2026-05-04", "2026-05-05") == []


def test_a_series_keeps_its_hour_when_the_clocks_change(service: Service) -> None:
    create(service, {**MONDAYS, "recurrence": ["RRULE:FREQ=WEEKLY"]})
    found = [item["start"]["date_time"] for item in items(service, "2026-10-26", "2026-11-03")]
    assert found == ["2026-10-26T09:30:00-04:00", "2026-11-02T09:30:00-05:00"]


def test_a_rule_that_nobody_can_follow_shows_its_first_day(service: Service) -> None:
    start = Timed(datetime(2026, 5, 4, 13, 30, tzinfo=UTC), "UTC")
    odd = Appointment("odd", start, start, recurrence=("RRULE:FREQ=HOURLY",))
    service.store.commit(ANN, [CreateRecord("appointments", "a1", odd)])
    assert titles(service, "2026-05-01", "2026-06-01") == ["odd"]
    assert titles(service, "2026-06-01", "2026-07-01") == []


def test_a_year_of_many_series_comes_in_pages_each_item_once(service: Service) -> None:
    for number in range(3):
        create(service, {**MONDAYS, "title": f"s{number}", "recurrence": ["RRULE:FREQ=DAILY"]})
    create(service, {**DAYS, "title": "long", "start": {"date": "2026-01-01"}, "end": {"date": "2026-03-01"}})
    whole = items(service, "2026-05-04", "2026-08-12")
    assert len(whole) == 3 * 100 + 5
    assert items(service, "2026-05-04", "2026-08-12", page_size=70) == whole
    assert len(items(service, "2026-05-04", "2027-05-05", page_size=2000)) > 1095


def test_it_reads_what_may_be_on_these_days_and_no_more(service: Service) -> None:
    for number in range(40):
        day = (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(weeks=number)).date()
        moments = {"start": {"date": str(day)}, "end": {"date": str(day + timedelta(days=1))}}
        create(service, {"title": "past", **moments})
    create(service, MONDAYS)
    service.meter.reset()
    assert len(items(service, "2026-05-04", "2026-05-11")) == 1
    assert service.meter.used().reads <= 3


def test_a_range_with_too_many_records_is_answered_month_by_month(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "MOST_READ", 5)
    monkeypatch.setattr(agenda, "MOST_IN_A_MONTH", 12)
    for month in (5, 6, 7):
        for day in (1, 2, 30):
            moments = {
                "start": {"date": f"2026-0{month}-{day:02d}"},
                "end": {"date": f"2026-0{month + 1}-03"},
            }
            create(service, {"title": f"{month}/{day}", **moments})
    assert titles(service, "2026-05-01", "2026-08-01") == [
        *("5/1", "5/2", "5/30", "6/1", "6/2", "6/30", "7/1", "7/2", "7/30")
    ]
    monkeypatch.setattr(agenda, "MOST_IN_A_MONTH", 5)
    answer = service.call("GET", f"/api/agenda?from=2026-05-01&to=2026-08-01&time_zone={TORONTO}")
    assert said(answer, 413)["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("to=2026-05-05", "from"),
        ("from=2026-05-05", "to"),
        ("from=2026-05-05&to=2026-05-05", "to"),
        ("from=2026-05-05&to=2027-05-07", "to"),
        ("from=5 May&to=2026-05-06", "from"),
        ("from=0001-01-01&to=0001-01-02", "from"),
        ("from=2026-05-05&to=2026-05-06&time_zone=Mars/Base", "time_zone"),
        ("from=2026-05-05&to=2026-05-06&cancelled=yes", "cancelled"),
        ("from=2026-05-05&to=2026-05-06&page_size=2001", "page_size"),
        ("from=2026-05-05&to=2026-05-06&page_token=x", "page_token"),
        ("from=2026-05-05&to=2026-05-06&q=x", "q"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(service: Service, query: str, field: str) -> None:
    assert refused(service, "GET", f"/api/agenda?{query}")["field"] == field


@pytest.mark.parametrize(
    "other",
    [{"from": "2026-05-02"}, {"to": "2026-06-02"}, {"time_zone": "America/Vancouver"}, {"cancelled": "true"}],
)
def test_a_page_token_goes_on_with_its_own_agenda_only(service: Service, other: dict[str, str]) -> None:
    create(service, MONDAYS)
    asked = {"from": "2026-05-01", "to": "2026-06-01", "time_zone": TORONTO, "page_size": "2"}
    page = said(service.call("GET", "/api/agenda", query_string=asked))
    asked["page_token"] = page["next_page_token"]
    assert len(said(service.call("GET", "/api/agenda", query_string=asked))["items"]) == 2
    error = said(service.call("GET", "/api/agenda", query_string=asked | other), 400)["error"]
    assert error["field"] == "page_token"


def test_nobody_sees_another_s_agenda(service: Service) -> None:
    create(service, MONDAYS)
    answer = service.call("GET", "/api/agenda?from=2026-05-01&to=2026-06-01", user="bob")
    assert said(answer)["items"] == []
