"""`--google URL`: the system against a Google that it did not start."""

import os

import pytest
import requests

from local.google.server import GoogleServer
from local.google.world import World
from local.runner import LocalSystem, Options


def test_another_server_of_googles_paths_takes_googles_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLIENT_ID", "client-of-mine")
    monkeypatch.setenv("GOOGLE_CLIENT_SECRET", "secret-of-mine")
    with (
        GoogleServer(World()) as elsewhere,
        LocalSystem(Options(google=elsewhere.origin, store="memory", seed="empty")) as system,
    ):
        elsewhere.world.register_client("client-of-mine", "secret-of-mine", [f"{system.url}/oauth/callback"])
        assert system.google is None
        token = system.identity.user_token("ann")
        answer = requests.post(
            f"{system.url}/api/google/connect",
            json={},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        address = answer.json()["authorization_url"]
        assert address.startswith(f"{elsewhere.origin}/o/oauth2/v2/auth?")
        page = requests.get(address, timeout=20)
        assert page.status_code == 200
        assert "Choose an account" in page.text
    assert os.environ["GOOGLE_CLIENT_ID"] == "client-of-mine"
