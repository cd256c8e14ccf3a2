"""Runs a program that must not outlive its starter: `python leash.py GRACE PROGRAM ARG…`.

The starter holds the other end of this process's standard input. When that closes, by intent or because the
starter was killed, the program is ended: it is asked to, and killed after GRACE seconds. Only the standard
library is imported, so that it starts in a few hundredths of a second.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Have Linux kill this process when the leash itself is killed; other systems have no such call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(program: subprocess.Popen[bytes], ended: threading.Event, grace: float) -> None:
    """End the program and its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGTERM)
    if not ended.wait(grace):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)


def main(grace: float, command: list[str]) -> int:
    """Run `command` until it ends or standard input closes; answer its exit status as a shell does."""
    # The main thread starts the program, as the death signal follows the thread that forked, not the process.
    program = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent
    )

    ended = threading.Event()

    def watch() -> None:
        while os.read(0, 4096):
            pass
        _end(program, ended, grace)

    def terminated(*_: object) -> None:
        # The handler interrupts the main thread's wait and must not wait itself: that would never end.
        threading.Thread(target=_end, args=(program, ended, grace), daemon=True).start()

    signal.signal(signal.SIGTERM, terminated)
    threading.Thread(target=watch, daemon=True).start()
    status = program.wait()
    ended.set()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
