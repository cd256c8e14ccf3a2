"""Radicale behind a counter and a latency, run by the peer's Python.

peer_vdirsyncer_server.py PORT LATENCY FOLDER
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from radicale import Application, config


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def main(port: int, latency: float, folder: str) -> None:
    """Serves until terminated."""
    configuration = config.load()
    configuration.update(
        {"storage": {"filesystem_folder": folder}, "auth": {"type": "none"}, "logging": {"level": "error"}},
        "bench",
        privileged=True,
    )
    inner = Application(configuration)
    counted: Counter[str] = Counter()

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/.count":
            told = json.dumps(counted).encode()
            counted.clear()
            start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(told)))])
            return [told]
        counted[environ["REQUEST_METHOD"]] += 1
        time.sleep(latency)
        answer: Iterable[bytes] = inner(environ, start)
        return answer

    with make_server("127.0.0.1", port, application, _Server, _Quiet) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
