"""`python -m local.check`, which `script/test` calls: every check of the project, then all tests."""

import os
import signal
import subprocess
import sys
from types import FrameType

from local import chromium
from local.emulator import HOST_VARIABLE, Emulator
from local.progress import Unready, say

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "--quiet", "."),
    ("mypy", "functions", "local", "tests", "bench", "script"),
)

# Tests of one module share a worker, and so what they set up for the module. One worker more than there are
# cores, for a browser test also waits.
TESTS = ("pytest", "-q", "-n", str((os.cpu_count() or 2) + 1), "--dist", "loadscope")


class _Stopped(BaseException):
    """SIGTERM came."""


def run(module: tuple[str, ...], environment: dict[str, str]) -> bool:
    """Run a module of this Python as a program, and end it when we are ended; True when it succeeded."""
    program = subprocess.Popen([sys.executable, "-m", *module], env=environment)
    try:
        return program.wait() == 0
    except BaseException:
        # Ctrl-C at a terminal reaches the program too; SIGTERM does not, and a second one does no harm.
        program.terminate()
        program.wait()
        raise


def main() -> int:
    """Run everything, also after a failure; 0 when all is well, 1 when not, 2 when a part is missing."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Stopped

    signal.signal(signal.SIGTERM, stop)
    try:
        if chromium.find() is None:
            chromium.install()
        # One emulator serves both workers: every test has a Firestore project of its own.
        with Emulator.start() as emulator:
            environment = {**os.environ, HOST_VARIABLE: emulator.host}
            well = True
            for module in (*CHECKS, TESTS):
                say(f"== {' '.join(module)}")
                well = run(module, environment) and well
    except Unready as missing:
        say(str(missing), sys.stderr)
        return 2
    except (_Stopped, KeyboardInterrupt):
        return 130
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
