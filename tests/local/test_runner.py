"""The whole system: what comes up, what it answers, and that nothing of it is left."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from local import ports
from local.emulator import HOST_VARIABLE, Emulator
from local.runner import LocalSystem, Options

ROOT = Path(__file__).resolve().parent.parent.parent
MEMORY = Options(store="memory", seed="empty")


@pytest.fixture(scope="module")
def system() -> Iterator[LocalSystem]:
    with LocalSystem(Options(store="memory", seed="demo")) as running:
        yield running


def get(system: LocalSystem, path: str, token: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(system.url + path, headers=headers, timeout=20)


def test_every_part_answers_when_it_is_ready(system: LocalSystem) -> None:
    assert get(system, "/api/health").json()["store"] is True
    assert get(system, "/").headers["Content-Type"].startswith("text/html")
    assert requests.get(f"{system.google_origin}/oauth2/v3/certs", timeout=20).json()["keys"]
    assert ports.answers(system.tasks.address)
    assert len(system.tasks.queues) == 2


def test_a_demo_user_signs_in_and_sees_their_own_contacts(system: LocalSystem) -> None:
    signed_in = requests.post(f"{system.url}/local/sign-in", json={"user": "ann"}, timeout=20).json()
    mine = get(system, "/api/contacts", signed_in["id_token"]).json()
    others = get(system, "/api/contacts", system.identity.user_token("bob")).json()
    assert mine["total"] > 0
    assert mine["items"] != others["items"]


def test_a_stranger_is_refused(system: LocalSystem) -> None:
    assert get(system, "/api/contacts").status_code == 401
    assert get(system, "/api/contacts", system.identity.service_token("x", system.url)).status_code == 401


def test_a_users_token_does_not_open_the_services_doors(system: LocalSystem) -> None:
    for path in ("/tasks/sync", "/scheduled/resync"):
        token = system.identity.user_token("ann")
        answer = requests.post(system.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        assert answer.status_code == 401


def test_the_scheduler_is_let_in(system: LocalSystem) -> None:
    status = system.scheduler.tick()
    assert status is not None
    assert 200 <= status < 300


def test_there_is_one_system_at_a_time_in_a_process(system: LocalSystem) -> None:
    with pytest.raises(RuntimeError, match="one LocalSystem"):
        LocalSystem(MEMORY).start()


def test_the_pages_may_be_framed_by_the_named_hosts_only(system: LocalSystem) -> None:
    assert get(system, "/").headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


# --- by whatever name it is called ---

FOREIGN = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "127.0.0.1",
    "localhost:1",
    "",
)


def raw(origin: str, path: str, host: str | None, *lines: str) -> tuple[int, str]:
    """Status and body of a request with this Host header, or without one."""
    port = int(origin.rpartition(":")[2])
    named = [] if host is None else [f"Host: {host.format(port=port)}"]
    with socket.create_connection((ports.HOST, port), 20) as sent:
        sent.sendall(
            "\r\n".join([f"GET {path} HTTP/1.1", *named, *lines, "Connection: close", "", ""]).encode()
        )
        with sent.makefile("rb") as answer:
            head, _, body = answer.read().decode().partition("\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("host", [*FOREIGN, None])
def test_nothing_here_answers_to_a_foreign_name(system: LocalSystem, host: str | None) -> None:
    assert system.google_origin is not None
    for origin, paths in (
        (system.url, ("/", "/api/health", "/local/users", "/oauth/callback", "/tasks/sync")),
        (system.google_origin, ("/contacts", "/oauth2/v3/certs", "/v1/people/me", "/controls")),
    ):
        for path in paths:
            status, body = raw(origin, path, host)
            assert (status, "answers to 127.0.0.1:" in body) == (421, True), path


def test_a_socket_is_opened_for_no_foreign_name_either(system: LocalSystem) -> None:
    wanted = (
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    assert raw(system.url, "/", "evil.example", *wanted)[0] == 421


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}"])
def test_everything_answers_to_the_names_of_this_machine(system: LocalSystem, host: str) -> None:
    assert system.google_origin is not None
    assert raw(system.url, "/api/health", host)[0] == 200
    assert raw(system.google_origin, "/oauth2/v3/certs", host)[0] == 200


# --- as a program ---


HONOURED = {"AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL", "EMBED_ORIGINS"}
"""Variables that a system in this process sets for itself, and that one beside it would take for its own."""


@contextmanager
def program(*options: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m local` with these options, killed at the end if it still runs."""
    running = subprocess.Popen(
        [sys.executable, "-m", "local", "--no-browser", "--seed", "empty", *options],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in HONOURED},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        assert running.stdout is not None
        running.stdout.close()
        running.wait(20)


def until_ready(running: subprocess.Popen[str]) -> list[str]:
    """The lines it prints up to the one with `ready`."""
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line.strip())
        if line.startswith("ready "):
            return lines
    raise AssertionError(f"it ended before it was ready: {lines}")


def addresses(lines: list[str]) -> set[str]:
    return set(re.findall(r"127\.0\.0\.1:\d+", "\n".join(lines)))


def await_silence(found: set[str]) -> None:
    deadline = time.monotonic() + 20
    while any(ports.answers(address) for address in found):
        assert time.monotonic() < deadline, f"something still listens: {found}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_it(number: signal.Signals) -> None:
    with program("--store", "memory", "--port", "0") as running:
        found = addresses(until_ready(running))
        assert all(ports.answers(address) for address in found)
        running.send_signal(number)
        assert running.wait(20) == 0
        await_silence(found)


def test_a_taken_port_is_told_and_the_next_one_used() -> None:
    with (
        ports.listen() as taken,
        program("--store", "memory", "--port", str(ports.port_of(taken))) as running,
    ):
        lines = until_ready(running)
        port = ports.port_of(taken)
        assert any(line.startswith(f"port {port} is taken, using ") for line in lines)
        assert lines[-1] != f"ready http://127.0.0.1:{port}"


def test_even_a_killed_run_leaves_no_emulator_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    with program("--store", "firestore", "--port", "0") as running:
        found = addresses(until_ready(running))
        assert len(found) == 3, "pages, Google, Firestore"
        running.kill()
        running.wait(20)
        await_silence(found)


def test_a_missing_emulator_ends_it_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    with program("--store", "firestore") as running:
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert said.splitlines() == [line for line in said.splitlines() if "no Firestore emulator" in line]


def test_without_an_emulator_it_goes_on_in_memory_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    with program("--port", "0") as running:
        lines = until_ready(running)
    assert "the data ends with this process" in lines[0]
    assert any(line.split() == ["data", "in", "memory"] for line in lines)


def test_stopping_restores_the_environment_and_frees_the_ports(emulator: Emulator) -> None:
    # In a process of its own, as this one may have a system already.
    script = """
import os
from local import ports
from local.emulator import Emulator
from local.runner import LocalSystem, Options
before = dict(os.environ)
system = LocalSystem(Options(seed="empty"), emulator=Emulator(os.environ["FIRESTORE_EMULATOR_HOST"]))
for _ in range(2):
    with system:
        assert os.environ["PUBLIC_URL"] == system.url
        found = {system.url[7:], system.google_origin[7:], system.tasks.address}
    assert dict(os.environ) == before, set(os.environ) ^ set(before)
    assert not any(ports.answers(address) for address in found)
    assert ports.answers(os.environ["FIRESTORE_EMULATOR_HOST"])
    system.stop()
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", script],
        cwd=ROOT,
        env={**os.environ, HOST_VARIABLE: emulator.host},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


def test_each_function_also_starts_alone_under_the_framework(system: LocalSystem) -> None:
    """As in the deployment: one target a process. They inherit the environment that the system has set."""
    asked = {
        "api": ("GET", "/api/health", 200),
        "oauth_callback": ("GET", "/oauth/callback?state=forged&code=x", 410),
        "calendar_webhook": ("POST", "/hooks/calendar", 404),
        "tasks": ("POST", "/tasks/sync", 401),
        "scheduled_resync": ("POST", "/scheduled/resync", 401),
    }
    alone = {target: (ports.free_port(), target) for target in asked}
    with ExitStack() as running:
        for port, target in alone.values():
            running.enter_context(framework(target, port))
        for target, (method, path, status) in asked.items():
            address = f"127.0.0.1:{alone[target][0]}"
            await_answer(address)
            answer = requests.request(method, f"http://{address}{path}", timeout=30)
            assert answer.status_code == status, (target, answer.text)


@contextmanager
def framework(target: str, port: int) -> Iterator[None]:
    program = Path(sys.executable).with_name("functions-framework")
    running = subprocess.Popen(
        [program, "--target", target, "--host", ports.HOST, "--port", str(port)],
        cwd=ROOT / "functions",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        running.terminate()
        running.wait(20)


def await_answer(address: str) -> None:
    deadline = time.monotonic() + 60
    while not ports.answers(address):
        assert time.monotonic() < deadline, f"{address} does not answer"
