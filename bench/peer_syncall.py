"""syncall against the simulated Google: what its calendar side and its synchroniser call.

Its command wants Taskwarrior on the other side; here a list in memory stands there, for what it calls at
Google does not depend on it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.measure import measured
from bench.peer_python import python_with
from bench.rows import Row, cost_data, pages
from bench.setup import Setup
from crmsync.gateway.client import BATCH_SIZE
from crmsync.gateway.events import PAGE_SIZE

VERSION = "1.8.8"
PUSHED = 100
SCOPE = "https://www.googleapis.com/auth/calendar"
_DRIVER = Path(__file__).with_name("peer_syncall_driver.py")


class _Peer:
    """A process of the peer, with settings and memory of its own."""

    def __init__(self, setup: Setup, python: Path, email: str, folder: Path) -> None:
        _, refresh = setup.google.open_account(email, [SCOPE])
        token = setup.google.access_token(refresh)
        folder.mkdir()
        self._process = subprocess.Popen(
            [python, "-P", _DRIVER, setup.google.origin, token, email],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "NO_PROXY": "127.0.0.1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def does(self, command: str) -> int:
        """Has it done; answers how many appointments are on the side in memory."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"syncall ended at {command!r}")
        return int(answer)


def rows(setup: Setup, size: int) -> list[Row]:
    """It pushes 100 events one by one, idles and sends an edit; then pulls `size` into another account."""
    python = python_with("syncall", f"syncall[google]=={VERSION}")
    with _peer(setup, python, f"syncall-push-{size}@gmail.example") as peer:
        peer.does(f"add {PUSHED}")
        found = [_row(setup, peer, "first push", PUSHED, f"{pages(PUSHED, BATCH_SIZE)}", PUSHED)]
        found.append(_row(setup, peer, "idle", PUSHED, "1", PUSHED))
        peer.does("edit")
        found.append(_row(setup, peer, "one event → Google", PUSHED, "1", PUSHED))
    email = f"syncall-pull-{size}@gmail.example"
    setup.full_calendar(email, size).close()
    with _peer(setup, python, email) as peer:
        least = f"{pages(size, PAGE_SIZE)}"
        found.append(_row(setup, peer, "first pull", size, least, size))
        found.append(_row(setup, peer, "idle", size, "1", size))
    return found


@contextmanager
def _peer(setup: Setup, python: Path, email: str) -> Iterator[_Peer]:
    with (
        tempfile.TemporaryDirectory() as name,
        _Peer(setup, python, email, Path(name) / "home") as peer,
    ):
        yield peer


def _row(setup: Setup, peer: _Peer, scenario: str, size: int, floor: str, known: int) -> Row:
    with measured(setup.google) as cost:
        assert peer.does("sync") == known
    return Row(
        f"syncall {VERSION}: {scenario}",
        size,
        f"{cost.calls} calls; {cost.seconds:.1f} s",
        f"floor: {floor}",
        None,
        cost_data(cost),
    )
