"""The simulated Google as a server in a thread, for the runner, tests and benchmarks."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from waitress import create_server, wasyncore

from local.google.app import create_app
from local.google.kept import Kept, WorldFile
from local.google.world import World
from local.own_hosts import OwnHosts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 24
IDLE_WAKE = 1.0
"""Seconds after which the idle loop looks around; a connection or `stop` wakes it at once."""


class _Dispatcher(Protocol):
    """The threads of a waitress server."""

    def shutdown(self) -> object:
        """End them, once their requests are answered."""


class _Waitress(Protocol):
    """What is used of a waitress server here; it comes without types."""

    effective_port: int
    task_dispatcher: _Dispatcher

    def pull_trigger(self) -> None:
        """Wake the loop."""


class GoogleServer:
    """Serves `world` over HTTP on loopback between `start` and `stop`; `origin` is its address.

    A context manager too.
    """

    def __init__(
        self, world: World, host: str = "127.0.0.1", port: int = 0, file: WorldFile | None = None
    ) -> None:
        """Port 0 takes a free one at `start`. With a `file` the world is kept there, call by call."""
        self.world = world
        self._file = file
        self._host = host
        self._port = port
        self._server: _Waitress | None = None
        self._map: dict[int, object] = {}
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def origin(self) -> str:
        """Scheme, host and port; a RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the server is not running")
        return f"http://{self._host}:{self._server.effective_port}"

    def start(self) -> GoogleServer:
        """Bind and serve in a thread of its own; raises OSError when the port is taken."""
        # Bound here, because waitress leaves its own socket open when binding fails.
        listener = socket.create_server((self._host, self._port))
        app: WSGIApplication = create_app(self.world)
        if self._file is not None:
            app = Kept(app, self.world, self._file)
        self._server = create_server(
            OwnHosts(app, self._host, listener.getsockname()[1]),
            sockets=[listener],
            threads=THREADS,
            map=self._map,
            ident="ESF",
            log_socket_errors=False,
        )
        self.world.serve_from(self.origin)
        if self._file is not None:
            self._file.keep(self.world)
            self.world.push.resume()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._loop, name="simulated-google", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Wait until the thread has ended and close every connection; stopping twice is harmless."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._stopping.set()
        # Nothing but this method closes the trigger, so that it is surely open here.
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(self._map, ignore_all=True)
        self._server = self._thread = None
        if self._file is not None:
            self._file.keep(self.world)

    def _loop(self) -> None:
        """Serve until told to stop; unlike waitress's own loop, this one can be ended from another thread."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=IDLE_WAKE, map=self._map, count=1)

    def __enter__(self) -> GoogleServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
