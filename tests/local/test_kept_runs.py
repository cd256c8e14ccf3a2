"""`--data`: what one run has answered is there in the next."""

import uuid
from pathlib import Path

import pytest
import requests

from local import ports, runner
from local.data_dir import DataDir, Origin
from local.google.world import World
from local.progress import Unready
from local.runner import LocalSystem, Options

BOOK = {"account": "ann@gmail.example", "persons": [{"names": [{"givenName": "Zoë"}]}]}


def contacts(system: LocalSystem, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{system.url}/api/contacts", headers=headers, timeout=20)
    assert answer.status_code == 200
    return int(answer.json()["total"])


def test_a_next_run_goes_on_where_the_last_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "new_world", lambda seed: World())
    options = Options(port=None, store=None, seed="demo", data=tmp_path)
    monkeypatch.setattr(runner, "DEFAULT_PORT", ports.free_port())
    with LocalSystem(options) as first:
        token = first.identity.user_token("ann")
        before = contacts(first, token)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        body = {"given_name": "Bao"}
        assert requests.post(f"{first.url}/api/contacts", json=body, headers=headers, timeout=20).ok
        account = {"email": "ann@gmail.example"}
        assert requests.post(f"{first.google_origin}/_control/accounts", json=account, timeout=20).ok
        assert requests.post(f"{first.google_origin}/_control/contacts/create-all", json=BOOK, timeout=20).ok
        url, google = first.url, first.google_origin
    with LocalSystem(options) as second:
        assert (second.url, second.google_origin) == (url, google)
        # Whoever was signed in still is, and the demo was written once.
        assert contacts(second, token) == before + 1
        assert second.google is not None
        assert len(second.google.account("ann@gmail.example").people) == 1
    with ports.listen(int(url.rpartition(":")[2])), pytest.raises(Unready, match=r"is taken, and .* belongs"):
        LocalSystem(options).start()
    another = Options(port=ports.free_port(), store=None, data=tmp_path)
    with pytest.raises(Unready, match=r"belongs to port \d+, .*--port \d+, begin anew with --fresh"):
        LocalSystem(another).start()


def test_real_google_is_not_moved_to_another_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLIENT_ID", "client")
    monkeypatch.setenv("GOOGLE_CLIENT_SECRET", "secret")
    with ports.listen() as taken:
        port = ports.port_of(taken)
        options = Options(port=port, google="real", store=None, seed="empty", data=tmp_path)
        with pytest.raises(Unready, match=rf"port {port} is taken, and Google sends people back to that one"):
            LocalSystem(options).start()


@pytest.mark.parametrize("name", ["store.sqlite", "tasks.sqlite", "google.sqlite"])
def test_a_damaged_file_is_told_in_one_line_with_a_way_out(tmp_path: Path, name: str) -> None:
    options = Options(store=None, seed="empty", data=tmp_path)
    DataDir.open(tmp_path, Origin("simulated", "file")).close()
    data = DataDir.open(tmp_path, Origin("simulated", "file"))
    data.finish(ports.free_port(), 0)
    data.close()
    (tmp_path / name).write_bytes(b"no database, for sure" * 100)
    with pytest.raises(
        Unready, match=r"keeps cannot be read .*not a database.*begin anew with --fresh"
    ) as told:
        LocalSystem(options).start()
    assert "\n" not in str(told.value)
