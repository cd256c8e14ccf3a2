"""`python -m tests.processes.functions FD SCALE`: the functions as a process that can be killed.

It listens on a socket that its starter made and keeps, so that calls wait while one process follows another.
It begins to serve at the first line on its standard input, and ends when that closes: a process can stand by,
loaded, for the one that is about to be killed.
"""

import socket
import sys

from crmsync import compose
from local import doors
from local.web_server import WebServer
from tests.processes.hurry import hurried


def main(listener: int, scale: float) -> None:
    """Loads everything, waits for its turn, serves until told to end, or killed."""
    app = doors.Doors(doors.functions(), rest=doors.pages("default-src 'self'"))
    compose.surroundings()
    if not sys.stdin.readline():
        return
    with hurried(scale), socket.socket(fileno=listener) as bound:
        server = WebServer(app, bound).start()
        sys.stdin.read()
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
