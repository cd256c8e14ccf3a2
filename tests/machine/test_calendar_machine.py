"""Seeded walks of the calendar machine; `script/soak --machine calendar` runs many more."""

import pytest

from tests.machine.calendar_machine import CalendarMachine
from tests.machine.soak import walk


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.timeout(240)
def test_people_google_and_dying_jobs_do_their_worst_to_appointments(seed: int) -> None:
    walk(10, seed, steps=14, machine=CalendarMachine)
