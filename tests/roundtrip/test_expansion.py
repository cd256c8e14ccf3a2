"""Series take place at the same instants in the CRM, at Google, and for a library that knows neither."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from crmsync.core.model import Appointment, Timed
from tests.core.records import quick
from tests.roundtrip.samples import Sample, appointments, files, samples
from tests.roundtrip.series import google, oracle, ours, series

OTHERWISE = {
    "event_with_recurrence-0": "it takes out dates by their clock time, whatever their zone",
    "issue_157_removes_trailing_semicolon-0": "it adds the start to a rule that does not meet it",
    "issue_75_range_parameter-0": "it ends at the midnight before the day that UNTIL names",
}
"""Where recurring-ical-events differs, on points that RFC 5545 leaves open or decides against it."""

SERIES = [sample for sample in appointments() if sample.value and sample.value.recurrence]


def test_the_samples_are_there_and_most_of_them_are_appointments() -> None:
    assert len(files()) > 250
    assert len(samples()) > 1300
    assert len(appointments()) > 950
    assert len(SERIES) > 200


@pytest.mark.parametrize("sample", SERIES, ids=lambda sample: sample.name)
def test_a_sample_takes_place_at_the_same_instants_on_both_sides(sample: Sample) -> None:
    assert sample.value is not None
    found = ours(sample.value)
    assert found == google(sample.value)
    if sample.name not in OTHERWISE:
        assert found == oracle(sample.value)


@pytest.mark.parametrize(
    ("start", "line"),
    [
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "RRULE:FREQ=DAILY;COUNT=3"),
        (datetime(2026, 3, 7, 7, 30, tzinfo=UTC), "EXDATE;TZID=America/Toronto:20260308T033000"),
        (datetime(2026, 3, 7, 7, 30, tzinfo=UTC), "EXDATE;TZID=America/Toronto:20260308T023000"),
        (datetime(2026, 3, 7, 7, 30, tzinfo=UTC), "EXDATE:20260308T073000Z"),
    ],
)
def test_the_hour_that_comes_twice_and_the_one_that_is_skipped(start: datetime, line: str) -> None:
    at = Timed(start.astimezone(ZoneInfo("America/Toronto")), "America/Toronto")
    lines = (line,) if line.startswith("RRULE") else ("RRULE:FREQ=DAILY;COUNT=4", line)
    value = Appointment("Series", at, at, recurrence=lines)
    assert ours(value) == google(value)
    assert len(ours(value)) == 3


@settings(quick, max_examples=30)
@given(series())
def test_a_generated_series_takes_place_at_the_same_instants_on_both_sides(value: Appointment) -> None:
    found = ours(value)
    assert found == google(value)
    assert found == oracle(value)
