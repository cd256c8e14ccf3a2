"""A plugin of pytest for the runs in a working copy; in a folder of its own, which is put on their path.

MUTATION_ORDER names a JSON file. When it holds {"limits": {test: seconds}}, just these tests run, in that
order, and one that takes longer ends the program with TIMED_OUT. When it is empty, all tests run, and how
long each took that passed is written to it.
"""

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

TIMED_OUT = 99
ORDER_VARIABLE = "MUTATION_ORDER"


def pytest_configure(config: pytest.Config) -> None:
    """Choose between the two, and make Hypothesis do the same each time."""
    # The same examples each time; and a failure is enough as it is: no time goes into a smaller one.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutation", derandomize=True, database=None, phases=phases)
    hypothesis.settings.load_profile("mutation")
    order = Path(os.environ[ORDER_VARIABLE])
    if hasattr(config, "workerinput"):
        return
    limits = json.loads(order.read_text("utf-8")).get("limits")
    config.pluginmanager.register(Clock(order) if limits is None else InOrder(limits))


class InOrder:
    """Runs the tests of a list in its order, each within its time."""

    def __init__(self, limits: Mapping[str, float]) -> None:
        """`limits` names the tests and their seconds."""
        self._limits = dict(limits)
        self._rank = {test: rank for rank, test in enumerate(limits)}
        for rank, (test, limit) in enumerate(limits.items()):
            # The values that a test is run with may come from the code, and so their names from the mutant.
            self._rank.setdefault(_name(test), rank)
            self._limits[_name(test)] = max(limit, self._limits.get(_name(test), 0))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out and sort."""
        known = {item.nodeid for item in items} & self._rank.keys()
        named = {_name(test) for test in known}

        def rank(item: pytest.Item) -> int | None:
            if item.nodeid in self._rank:
                return self._rank[item.nodeid]
            return None if _name(item.nodeid) in named else self._rank.get(_name(item.nodeid))

        ranked = [(place, item) for item in items if (place := rank(item)) is not None]
        items[:] = [item for _, item in sorted(ranked, key=lambda each: each[0])]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Watch the time."""
        # A mutant may spin where no exception gets through, so the whole program ends.
        limit = self._limits.get(item.nodeid) or self._limits[_name(item.nodeid)]
        timer = threading.Timer(limit, os._exit, (TIMED_OUT,))
        timer.daemon = True
        timer.start()
        try:
            return (yield)
        finally:
            timer.cancel()


class Clock:
    """Adds up how long each test took, with what it had set up."""

    def __init__(self, order: Path) -> None:
        """`order` is the file to write."""
        self._order = order
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one phase of a test."""
        self._seconds[report.nodeid] += report.duration
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        passed = {test: took for test, took in self._seconds.items() if test not in self._failed}
        self._order.write_text(json.dumps({"passed": passed, "failed": sorted(self._failed)}), "utf-8")


def _name(test: str) -> str:
    return test.partition("[")[0]
