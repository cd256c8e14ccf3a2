"""Loopback ports: taking one, finding a free one, and asking whether something answers there."""

import socket
from contextlib import closing

HOST = "127.0.0.1"
"""Everything local listens here and nowhere else."""


def listen(port: int = 0) -> socket.socket:
    """A socket that listens on `port` of loopback (0: any free one). Raises OSError when it is taken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Without it a port stays shut for a minute after a run, and every restart would move to another.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen(128)
    except BaseException:
        bound.close()
        raise
    return bound


def listen_from(port: int, tries: int = 100) -> socket.socket:
    """A socket on `port` or the next free one above it. Raises OSError when `tries` in a row are taken."""
    last = min(port + tries, 65536) - 1
    for candidate in range(port, last + 1):
        try:
            return listen(candidate)
        except OSError:
            continue
    raise OSError(f"no free port from {port} to {last}")


def free_port() -> int:
    """A port that was free a moment ago, for programs that can only be told a number."""
    with closing(listen()) as probe:
        return port_of(probe)


def free_from(wished: int) -> int:
    """`wished` if it is free, else 0, which stands for any."""
    try:
        listen(wished).close()
    except OSError:
        return 0
    return wished


def port_of(bound: socket.socket) -> int:
    """The number of the port that a socket is bound to."""
    return int(bound.getsockname()[1])


def answers(address: str, timeout: float = 0.5) -> bool:
    """Whether something accepts connections at `host:port`."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout).close()
    except (OSError, ValueError):
        return False
    return True
