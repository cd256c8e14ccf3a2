"""`python -m local.google --port N --seed demo|empty`: the simulated Google alone."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from local.google.kept import WorldFile
from local.google.seed.accounts import new_world
from local.google.server import GoogleServer


def main() -> None:
    """Serve until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m local.google", description="A simulated Google on loopback."
    )
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one (default 8090)")
    parser.add_argument("--seed", choices=("demo", "empty"), default="demo")
    parser.add_argument("--file", type=Path, help="keep the world there, and go on with it")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    file = WorldFile(options.file) if options.file else None
    world = (file.read() if file else None) or new_world(options.seed)
    with GoogleServer(world, port=options.port, file=file) as server:
        print(f"ready {server.origin}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
