"""`python -m local.check`, which `script/test` calls: every check of the project, then all tests."""

import os
import sys

from local import chromium, lint
from local.emulator import HOST_VARIABLE, Emulator
from local.programs import Stopped, module, run_all, stoppable
from local.progress import Unready, say

FLOOR = 97
"""Percent of the lines and branches of `functions` that the tests must reach: so many they did reach when it
was laid. To be raised with them.
"""

# Tests of one module share a worker, and so what they set up for the module. One worker more than there are
# cores, for a browser test also waits. In which order they come, `tests/conftest.py` says.
_WORKERS = ("-n", str((os.cpu_count() or 2) + 1), "--dist", "loadscope", "--no-loadscope-reorder")
_COVERAGE = ("--cov=functions", "--cov-report=", f"--cov-fail-under={FLOOR}")
TESTS = module("pytest", "-q", *_WORKERS, *_COVERAGE)


def main() -> int:
    """Run everything, also after a failure; 0 when all is well, 1 when not, 2 when a part is missing."""
    try:
        with stoppable():
            if chromium.find() is None:
                chromium.install()
            # One emulator serves both workers: every test has a Firestore project of its own.
            with Emulator.start() as emulator:
                well = run_all((*lint.checks(), TESTS), {**os.environ, HOST_VARIABLE: emulator.host})
    except Unready as missing:
        say(str(missing), sys.stderr)
        return 2
    except (Stopped, KeyboardInterrupt):
        return 130
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
