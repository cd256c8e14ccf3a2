"""The simulated Google as a server in a thread, for the runner, tests and benchmarks."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

from waitress import create_server, wasyncore

from local.google.app import create_app
from local.google.world import World

THREADS = 24


class GoogleServer:
    """Serves `world` over HTTP on loopback between `start` and `stop`; `origin` is its address.

    A context manager too.
    """

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        """Port 0 takes a free one at `start`."""
        self.world = world
        self._host = host
        self._port = port
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port; a RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the server is not running")
        return f"http://{self._host}:{self._server.effective_port}"

    def start(self) -> GoogleServer:
        """Bind and serve in a thread of its own; raises OSError when the port is taken."""
        self._server = create_server(
            create_app(self.world),
            host=self._host,
            port=self._port,
            threads=THREADS,
            map={},
            ident="ESF",
            log_socket_errors=False,
        )
        self.world.serve_from(self.origin)
        self._thread = threading.Thread(target=self._server.run, name="simulated-google", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and wait until the thread has ended; stopping twice is harmless."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        # Closing from the loop's own thread is the only way that does not race with its select().
        # The loop may wake by itself and close the trigger before it is pulled: then there is nothing to pull.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
        thread.join()
        server.task_dispatcher.shutdown()

    def __enter__(self) -> GoogleServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
