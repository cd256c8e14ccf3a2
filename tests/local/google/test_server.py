"""The server as a process and a thread: it starts on a free port, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from local.google.clock import Clock
from local.google.seed.accounts import new_world
from local.google.server import GoogleServer
from local.google.world import World

ROOT = Path(__file__).parents[3]


def test_the_server_ends_with_open_connections_and_frees_its_port() -> None:
    with GoogleServer(World(Clock())) as server, requests.Session() as keep_alive:
        origin = server.origin
        assert keep_alive.get(f"{origin}/oauth2/v3/certs").status_code == 200
        server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        assert server.origin
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{origin}/oauth2/v3/certs")
    assert not [thread for thread in threading.enumerate() if thread.name == "simulated-google"]


def test_a_taken_port_is_an_error() -> None:
    with GoogleServer(World(Clock())) as server:
        port = int(server.origin.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            GoogleServer(World(Clock()), port=port).start()


def test_photos_are_addressed_at_the_servers_origin() -> None:
    world = new_world("demo")
    with GoogleServer(world) as server:
        people = world.accounts()[0].people
        urls = [people.person(each.resource_name, ["photos"])["photos"][0]["url"] for each in people]
        assert all(url.startswith(f"{server.origin}/photos/") for url in urls)
        late = world.add_account("late@example.com").people
        name = late.phone_create({"names": [{"givenName": "Ann"}]})
        assert late.person(name, ["photos"])["photos"][0]["url"].startswith(server.origin)


def test_the_module_runs_alone_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "local.google", "--port", "0", "--seed", "empty"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:")
        assert requests.get(line.split()[1] + "/oauth2/v1/certs").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
