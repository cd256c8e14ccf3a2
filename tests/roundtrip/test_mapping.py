"""The way to Google and back, and from Google and back, changes no field; without an engine."""

from itertools import count

import pytest
from hypothesis import given

from crmsync.core.model import Appointment
from crmsync.gateway.event import appointment_of, new_event
from local.google.calendar.book import CalendarBook
from local.google.clock import Clock
from tests.core.records import CANON, quick
from tests.roundtrip.samples import appointments
from tests.roundtrip.series import series
from tests.stage import START

ZONE = "America/Toronto"
_numbers = count()


@pytest.fixture(scope="module")
def book() -> CalendarBook:
    return CalendarBook(Clock(START), time_zone=ZONE)


def there_and_back(book: CalendarBook, value: Appointment) -> Appointment:
    """What Google shows of an appointment that was sent to it."""
    event_id = f"event{next(_numbers):06}"
    book.insert("primary", new_event(value, "crm", event_id))
    return appointment_of(book.get("primary", event_id), ZONE)


def same_both_ways(book: CalendarBook, value: Appointment, name: str = "") -> None:
    there = there_and_back(book, value)
    assert CANON.project(there) == CANON.project(value), name
    assert there_and_back(book, there) == there, name


def test_the_samples_go_both_ways_unchanged(book: CalendarBook) -> None:
    for sample in appointments():
        assert sample.value is not None
        same_both_ways(book, sample.value, sample.name)


@quick
@given(series())
def test_a_generated_series_goes_both_ways_unchanged(book: CalendarBook, value: Appointment) -> None:
    same_both_ways(book, value)
