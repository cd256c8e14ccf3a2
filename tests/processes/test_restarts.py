"""Functions, queue and simulated Google are killed, and the next process knows what the last has answered.

`script/soak --restarts` does so for longer, while people go on and in the midst of the jobs' calls to Google.
"""

from pathlib import Path

import pytest

from tests.processes.compare import compare
from tests.processes.hurry import hurried
from tests.processes.soak import connected
from tests.processes.system import Processes

SCALE = 100.0
"""A killed job's lease is over after six seconds, and what it was about to create in doubt for nine."""
PATIENCE = 120.0


@pytest.mark.timeout(400)
def test_nothing_that_was_answered_is_lost_with_a_process(tmp_path: Path) -> None:
    with (
        Processes(("ann",), SCALE, tmp_path, emulator=False, standby=False) as system,
        hurried(SCALE),
    ):
        ann = connected(system, "ann", 1)
        # A job that finds nobody at Google waits for a minute, which is left to the soak.
        assert system.rest(PATIENCE, 1) is None
        ann.adds_on_the_phone()
        ann.adds_on_the_phone()
        system.kill("google")
        ann.clicks()
        assert system.rest(PATIENCE, 1) is None
        # From here on nobody clicks: only what is queued brings it to Google. One job is there, others wait.
        system.control("latency", seconds=0.2)
        for part in ("functions", "queue"):
            for _ in range(3):
                ann.adds_a_contact()
                ann.adds_an_appointment()
            system.kill(part)
        assert system.rest(PATIENCE, 5) is None
        found = compare(system.deps, ann)
        assert (found.all, found.records >= 12) == ([], True)
