"""Serving a WSGI app on a socket that is already bound, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from waitress import create_server, wasyncore

from local.own_hosts import OwnHosts
from local.ports import HOST, port_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 32
"""Enough for both queues' jobs at their widest and for the people's clicks beside them."""


class WebServer:
    """Serves `app` on `bound` from `start` to `stop`, which closes the socket."""

    def __init__(self, app: WSGIApplication, bound: socket.socket, *, threads: int = THREADS) -> None:
        self.origin = f"http://{HOST}:{port_of(bound)}"
        self._map: dict[int, object] = {}
        self._server = create_server(
            OwnHosts(app, HOST, port_of(bound)),
            map=self._map,
            sockets=[bound],
            threads=threads,
            connection_limit=500,
            ident="local",
            log_socket_errors=False,
        )
        self._thread = threading.Thread(target=self._server.run, name="doors", daemon=True)

    def start(self) -> Self:
        """Begin to accept connections."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection, let requests under way end for a few seconds, and end the threads.

        Stopping twice is harmless.
        """
        if not self._thread.is_alive():
            return
        # Only the loop's own thread can close without racing its select(). Woken by something else it may
        # have closed before the pull is through: then there is nothing left to pull.
        with suppress(OSError):
            self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._map, ignore_all=True))
        self._thread.join()
        self._server.task_dispatcher.shutdown()
