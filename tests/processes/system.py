"""The whole system as processes: functions, queue, simulated Google and store, one process each."""

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self
from urllib.parse import urlsplit

import requests

from crmsync import compose
from crmsync.core.account import Connection, Grant
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.gateway.endpoints import IDENTITY_SCOPES, RESOURCE_SCOPES
from crmsync.store.ports import PutUser
from local import environment, ports
from local.emulator import Emulator
from local.identity import Identity
from local.keys import Keys
from local.runner import CLIENT

ROOT = Path(__file__).resolve().parent.parent.parent
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
PHONE = ("phone.apps.googleusercontent.example", "phone-secret")
"""The OAuth client of what stands for people's phones."""
PATH = f"{ROOT / 'functions'}:{ROOT}"
PATIENCE = 60.0
LEASH, GRACE = ROOT / "local" / "leash.py", "5"


Part = Literal["functions", "queue", "google"]
PARTS: tuple[Part, ...] = ("functions", "queue", "google")


class Processes:
    """From entering to leaving the context; any part but the store can be killed at any moment between.

    url: origin of the functions. google: origin of Google. deps: the engine's ports in this process, over the
    same store and Google, to look at both sides. line: held by whoever is on the phone; Google is killed in
    the midst of the jobs' calls, but between those of people, who could not tell whether they got through.
    """

    url: str
    google: str
    deps: Deps
    _functions: "subprocess.Popen[str]"
    _queue: "subprocess.Popen[str]"
    _google: "subprocess.Popen[str]"
    _standby: "subprocess.Popen[str] | None"
    _output: IO[str]

    def __init__(
        self,
        users: tuple[str, ...],
        scale: float,
        folder: Path,
        *,
        emulator: bool = True,
        standby: bool = True,
    ) -> None:
        """scale: leases and doubts last so many times less than they do. folder: for the functions' log and
        for what the parts keep. Without the emulator the store is a file there. standby: a process of the
        functions is loaded while another one serves, for those that are killed every second.
        """
        self.users = users
        self.kills = 0
        self.log = folder / "log"
        self.line = threading.Lock()
        self._scale = scale
        self._folder = folder
        self._with_emulator = emulator
        self._with_standby = standby
        self._parts = ExitStack()
        self._keys = Keys.new()

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            self._start(parts)
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def kill(self, part: Part = "functions") -> None:
        """It is gone in the midst of whatever it does; another process takes over."""
        self.kills += 1
        if part == "functions":
            _kill(self._functions)
            self._functions = self._take_over()
            self._await_answer()
        elif part == "queue":
            _kill(self._queue)
            self._queue = self._start_queue()
            _ready(self._queue)
        else:
            with self.line:
                _kill(self._google)
                self._google = self._start_google(str(urlsplit(self.google).port))
                _ready(self._google)

    def _await_answer(self) -> None:
        """The call waits at the socket until somebody serves it."""
        requests.get(f"{self.url}/api/health", timeout=PATIENCE).raise_for_status()

    def rest(self, timeout: float, within: float) -> str | None:
        """Waits until no task runs or is due within so many seconds; else answers what is left."""
        waited = {"timeout": str(timeout), "within": str(within)}
        answer = requests.get(f"{self.queue}/queue/idle", waited, timeout=timeout + PATIENCE)
        return None if answer.status_code == 200 else str(answer.json()["left"])

    def deliveries(self) -> dict[str, int]:
        """How many jobs were delivered, and how many of them broke off."""
        answer: dict[str, int] = requests.get(f"{self.queue}/queue/deliveries", timeout=PATIENCE).json()
        return answer

    def token(self, user: str) -> str:
        """An ID token of a user, as of somebody who has signed in."""
        answer = requests.post(f"{self.queue}/local/sign-in", json={"user": user}, timeout=PATIENCE)
        return str(answer.json()["id_token"])

    def phone(self, user: str) -> str:
        """An access token of a user's phone."""
        refresh = self._permission(user, *PHONE)
        data = {"grant_type": "refresh_token", "refresh_token": refresh}
        data |= {"client_id": PHONE[0], "client_secret": PHONE[1]}
        answer = requests.post(f"{self.google}/token", data, timeout=PATIENCE)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def control(self, path: str, **body: object) -> dict[str, str]:
        """A dial of the simulated Google."""
        answer = requests.post(f"{self.google}/_control/{path}", json=body, timeout=PATIENCE)
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found

    # --- inside ---

    def _start(self, parts: ExitStack) -> None:
        emulator = parts.enter_context(Emulator.start()) if self._with_emulator else None
        (self._folder / "keys.json").write_text(json.dumps(asdict(self._keys)))
        self._google = self._start_google("0")
        parts.callback(lambda: _end(self._google))
        [self.google] = _ready(self._google)
        self._queue_ports = ("0", "0")
        self._queue = self._start_queue()
        parts.callback(lambda: _end(self._queue))
        self.queue, tasks_address = _ready(self._queue)
        self._queue_ports = (self.queue.rpartition(":")[2], tasks_address.rpartition(":")[2])
        self._listener = parts.enter_context(ports.listen())
        self.url = f"http://{ports.HOST}:{ports.port_of(self._listener)}"
        identity = Identity(self.queue, environment.AUDIENCE, (), self._keys)
        values = environment.variables(
            keys=self._keys,
            origin=self.url,
            embed_origins=(self.url,),
            identity=identity,
            tasks_address=tasks_address,
            google_origin=self.google,
            client=CLIENT,
            firestore_host=emulator.host if emulator else None,
            store_file=None if emulator else self._folder / "store.sqlite",
        )
        parts.enter_context(environment.applied(values))
        compose.use(None)
        parts.callback(compose.use, None)
        self.deps = compose.surroundings().deps
        self.control(
            "apps",
            client_id=CLIENT[0],
            client_secret=CLIENT[1],
            redirect_uris=[f"{self.url}/oauth/callback"],
        )
        self.control("apps", client_id=PHONE[0], client_secret=PHONE[1])
        log = parts.enter_context(self.log.open("w", encoding="utf-8"))
        self._output = log
        self._standby = self._load() if self._with_standby else None
        parts.callback(lambda: _end(self._standby) if self._standby else None)
        self._functions = self._take_over()
        parts.callback(lambda: _end(self._functions))
        self._await_answer()

    def _start_google(self, port: str) -> subprocess.Popen[str]:
        file = str(self._folder / "google.sqlite")
        words = ("--port", port, "--seed", "empty", "--file", file)
        # It does not end by itself when its starter has gone.
        return _program([sys.executable, "-I", "-S", str(LEASH), GRACE], "local.google", *words)

    def _start_queue(self) -> subprocess.Popen[str]:
        return _program([], "tests.processes.queue", str(self._folder), *self._queue_ports, *self.users)

    def _load(self) -> subprocess.Popen[str]:
        """A process of the functions that stands by."""
        listener = self._listener.fileno()
        return subprocess.Popen(
            [sys.executable, "-m", "tests.processes.functions", str(listener), str(self._scale)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": PATH},
            pass_fds=(listener,),
            stdin=subprocess.PIPE,
            stdout=self._output,
            text=True,
        )

    def _take_over(self) -> subprocess.Popen[str]:
        """The process that stood by begins to serve, and another one stands by."""
        functions = self._standby or self._load()
        stdin = functions.stdin
        assert stdin is not None
        stdin.write("serve\n")
        stdin.flush()
        self._standby = self._load() if self._with_standby else None
        return functions

    def connect(self, user: str) -> None:
        """The user has an account at Google, has allowed everything, and a first sync is asked for."""
        account = self.control("accounts", email=f"{user}@gmail.example")
        vault, scope = self.deps.vault, Scope.of(user)
        refresh = vault.seal(self._permission(user, *CLIENT))
        self.deps.store.put_grant(Grant(user, account["sub"], refresh, BOTH, key=vault.key))
        now = self.deps.clock.now()
        connection = Connection(account["sub"], account["email"], BOTH, now, allowed_at=now)
        parts = {"connection": connection, "previous_sub": account["sub"], "next_due_at": now}
        self.deps.store.commit(scope, [PutUser(parts)])
        request_sync(self.deps, scope, "connect")

    def _permission(self, user: str, client_id: str, _: str) -> str:
        scopes = [*IDENTITY_SCOPES, *RESOURCE_SCOPES.values()]
        return self.control(
            "permissions", account=f"{user}@gmail.example", client_id=client_id, scopes=list(scopes)
        )["refresh_token"]


def _program(before: list[str], module: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": PATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _kill(program: subprocess.Popen[str]) -> None:
    """Kills a program, and waits until it is gone. On a leash it goes with it, by the kernel's hand."""
    program.kill()
    program.wait()
    if program.stdout is not None:
        # Ends when the last process that holds it has gone.
        program.stdout.read()
        program.stdout.close()
    assert program.stdin is not None
    program.stdin.close()


def _ready(program: subprocess.Popen[str]) -> list[str]:
    """What a program says behind `ready`, once it is."""
    assert program.stdout is not None
    line = program.stdout.readline().split()
    assert line[:1] == ["ready"], f"{program.args!r} did not start: {line}"
    return line[1:]


def _end(program: subprocess.Popen[str]) -> None:
    """Ends a program that was started here, and waits until it is gone."""
    assert program.stdin is not None
    with suppress(BrokenPipeError):
        program.stdin.close()
    try:
        program.wait(0.2)
    except subprocess.TimeoutExpired:
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
    if program.stdout is not None:
        program.stdout.close()
