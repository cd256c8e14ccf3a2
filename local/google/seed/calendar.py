"""Demo calendars: a working week around the day they are planted, with everything a sync can stumble over.

The content is the same in every run; its dates follow the clock, so that the agenda is never empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict

from local.google.calendar.book import CalendarBook
from local.google.calendar.time import zone_of

HOLIDAYS = "en.canadian#holiday@group.v.calendar.google.com"
ZONE = "America/Toronto"
SHOWINGS = (
    "Showing: 12 Maple Street",
    "Listing appointment",
    "Home inspection",
    "Coffee with a lender",
    "Offer presentation",
    "Open house planning",
    "Final walk-through",
    "Staging visit",
)
SHOWN_BIRTHDAYS = 12
PLACES = ("12 Maple Street, Guelph", "44 Elm Avenue, Kitchener", "Café du Marché", "Office, room 2", "")


class Times(TypedDict):
    """When an event begins and ends."""

    start: dict[str, str]
    end: dict[str, str]


@dataclass(frozen=True, slots=True)
class Birthday:
    """A contact, by its resource name, and the day of its birthday."""

    resource_name: str
    name: str
    month: int
    day: int


def plant_calendars(book: CalendarBook, *, seed: int, people: Sequence[Birthday] = ()) -> None:
    """Fill an account's empty calendars; `seed` tells accounts apart, `people` are contacts with a birthday.

    Timed, all-day and multi-day events, a weekly series with an edited, a moved and a cancelled occurrence, a
    monthly one, a birthday, an event from mail, focus time, a working location, an invitation from somebody
    else, a conference, other programs' extended properties, a second calendar of one's own and one that can
    only be read.
    """
    today = book.clock.now().astimezone(zone_of(ZONE)).date()
    monday = today - timedelta(days=today.weekday())
    with book.lock:
        _plant_working_days(book, monday, seed)
        _plant_series(book, monday, seed)
        _plant_days(book, monday)
        _plant_special(book, monday, people)
        _plant_other_calendars(book, monday)


def timed(day: date, hour: int, minute: int, minutes: int, zone: str = ZONE) -> Times:
    """Start and end of a timed event, on the wall clock of `zone`."""
    start = datetime(day.year, day.month, day.day, hour, minute)
    end = start + timedelta(minutes=minutes)
    return {
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
    }


def whole_days(first: date, days: int) -> Times:
    """Start and exclusive end of an all-day event."""
    return {
        "start": {"date": first.isoformat()},
        "end": {"date": (first + timedelta(days=days)).isoformat()},
    }


def _plant_working_days(book: CalendarBook, monday: date, seed: int) -> None:
    """Two or three appointments on each working day of nine weeks."""
    for week in range(-4, 5):
        for weekday in range(5):
            day = monday + timedelta(weeks=week, days=weekday)
            number = (week + 4) * 5 + weekday
            for slot in range(2 + (number + seed) % 2):
                what = SHOWINGS[(number * 3 + slot * 5 + seed) % len(SHOWINGS)]
                where = PLACES[(number + slot + seed) % len(PLACES)]
                times = timed(day, 9 + slot * 3, 15 * ((number + slot) % 3), 45 + 15 * (slot % 2))
                book.phone_create({"summary": what, "location": where, **times})


def _plant_series(book: CalendarBook, monday: date, seed: int) -> None:
    first = monday - timedelta(weeks=4)
    weekly = book.phone_create(
        {
            "summary": "Team meeting",
            "description": "Numbers of the week<br>New listings",
            "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO"],
            **timed(first, 8, 30, 30),
        }
    )
    at = _starts(book, weekly["id"])
    book.phone_edit(at(5), {"summary": "Team meeting (with the mortgage broker)"})
    book.phone_move_instance(at(6), **timed(first + timedelta(weeks=6, days=1), 13, 0, 30))
    book.phone_cancel_instance(at(7))
    book.phone_create(
        {
            "summary": "Desk fees",
            "recurrence": ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"],
            **whole_days(_last_of_month(first), 1),
        }
    )
    stand_up = book.phone_create(
        {
            "summary": "Morning call",
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=20"],
            **timed(monday - timedelta(weeks=1), 8, seed % 2 * 10, 10),
        }
    )
    later = _starts(book, stand_up["id"])(9)
    book.phone_split_series(later, {"summary": "Morning call (new dial-in)"})


def _plant_days(book: CalendarBook, monday: date) -> None:
    book.phone_create(
        {"summary": "Day off", "transparency": "opaque", **whole_days(monday + timedelta(4), 1)}
    )
    book.phone_create(
        {
            "summary": "Realtors’ conference",
            "location": "Montréal",
            **whole_days(monday + timedelta(days=9), 3),
        }
    )
    book.phone_create(
        {
            "summary": "Night bus to Ottawa",
            **timed(monday + timedelta(days=11), 22, 30, 480, "America/Halifax"),
        }
    )
    book.phone_create(
        {
            "summary": "Call with Kathmandu",
            "visibility": "private",
            "reminders": {"useDefault": False, "overrides": [{"method": "email", "minutes": 1440}]},
            **timed(monday + timedelta(days=2), 7, 45, 30, "Asia/Kathmandu"),
        }
    )
    book.phone_create(
        {
            "summary": "Dentist",
            "transparency": "transparent",
            "colorId": "5",
            "extendedProperties": {
                "private": {"otherSyncTool": "a1b2c3"},
                "shared": {"bookingPage": "https://booking.example/d/42"},
            },
            **timed(monday + timedelta(days=3), 16, 0, 60),
        }
    )


def _plant_special(book: CalendarBook, monday: date, people: Sequence[Birthday]) -> None:
    for contact in people[:SHOWN_BIRTHDAYS]:
        book.phone_create(
            {
                "summary": f"{contact.name}’s birthday",
                "eventType": "birthday",
                "birthdayProperties": {"type": "birthday", "contact": contact.resource_name},
                "recurrence": ["RRULE:FREQ=YEARLY"],
                **whole_days(date(2024, contact.month, contact.day), 1),
            }
        )
    book.phone_create(
        {
            "summary": "Flight to Halifax",
            "eventType": "fromGmail",
            "source": {"title": "Your booking", "url": "https://air.example/booking"},
            **timed(monday + timedelta(days=8), 11, 20, 130),
        }
    )
    book.phone_create(
        {
            "summary": "Focus time",
            "eventType": "focusTime",
            "focusTimeProperties": {"autoDeclineMode": "declineNone"},
            **timed(monday + timedelta(days=1), 13, 0, 120),
        }
    )
    book.phone_create(
        {
            "summary": "Home",
            "eventType": "workingLocation",
            "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}},
            **whole_days(monday + timedelta(days=2), 1),
        }
    )
    book.guest_invites(
        {"email": "broker@lending.example", "displayName": "Lending Broker"},
        {"summary": "Rates and renewals", **timed(monday + timedelta(days=4), 10, 0, 60)},
    )
    book.phone_create(
        {
            "summary": "Video tour",
            "attendees": [
                {"email": "buyer@example.com"},
                {"email": book.email, "responseStatus": "accepted"},
            ],
            "conferenceData": {
                "createRequest": {
                    "requestId": "demo-tour",
                    "conferenceSolutionKey": {"type": "hangoutsMeet"},
                }
            },
            **timed(monday + timedelta(days=7), 15, 0, 45),
        }
    )


def _plant_other_calendars(book: CalendarBook, monday: date) -> None:
    book.add_calendar(HOLIDAYS, summary="Holidays in Canada", access_role="reader", default_reminders=())
    for name, month, day in (("New Year’s Day", 1, 1), ("Canada Day", 7, 1), ("Christmas Day", 12, 25)):
        first = date(monday.year, month, day)
        book.phone_create(
            {"summary": name, "visibility": "public", "transparency": "transparent", **whole_days(first, 1)},
            HOLIDAYS,
        )
    family = f"family.{book.email.partition('@')[0]}@group.calendar.google.com"
    book.add_calendar(family, summary="Family", time_zone=ZONE)
    book.phone_create({"summary": "Swimming", **timed(monday + timedelta(days=5), 10, 0, 60)}, family)


def _starts(book: CalendarBook, series_id: str) -> Callable[[int], str]:
    """The id of the n-th occurrence of a series, counted from 0."""
    items = book.instances("primary", series_id, maxResults=60)["items"]
    return lambda number: str(items[number]["id"])


def _last_of_month(day: date) -> date:
    following = day.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)
