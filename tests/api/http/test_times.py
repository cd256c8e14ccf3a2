"""How the API writes the times that the server made."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crmsync.api.http.times import instant


@pytest.fixture
def machine_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def test_an_instant_is_told_in_utc_whatever_zone_it_was_kept_in() -> None:
    montreal = timezone(timedelta(hours=-4))
    assert instant(datetime(2026, 5, 4, 9, 30, tzinfo=montreal)) == "2026-05-04T13:30:00Z"
    assert instant(datetime(2026, 5, 4, 9, 30, tzinfo=UTC)) == "2026-05-04T09:30:00Z"
    assert instant(None) is None


def test_an_instant_does_not_depend_on_the_zone_of_the_machine(machine_in_tokyo: None) -> None:
    assert instant(datetime(2026, 5, 4, 9, 30, tzinfo=UTC)) == "2026-05-04T09:30:00Z"
