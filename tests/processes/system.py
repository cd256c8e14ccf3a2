"""The whole system as processes: functions, queue, simulated Google and store, one process each."""

import os
import secrets
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

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
from local.runner import CLIENT

ROOT = Path(__file__).resolve().parent.parent.parent
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
PHONE = ("phone.apps.googleusercontent.example", "phone-secret")
"""The OAuth client of what stands for people's phones."""
PATH = f"{ROOT / 'functions'}:{ROOT}"
PATIENCE = 60.0
LEASH, GRACE = ROOT / "local" / "leash.py", "5"


class Processes:
    """From entering to leaving the context; the functions can be killed at any moment between.

    url: origin of the functions. google: origin of Google. deps: the engine's ports in this process, over the
    same store and Google, to look at both sides.
    """

    url: str
    google: str
    deps: Deps
    _functions: "subprocess.Popen[str]"
    _standby: "subprocess.Popen[str]"
    _output: IO[str]

    def __init__(self, users: tuple[str, ...], scale: float, log: Path) -> None:
        """scale: leases and doubts last so many times less than they do. log: of the functions."""
        self.users = users
        self.kills = 0
        self._scale = scale
        self._log = log
        self._parts = ExitStack()
        self._project = f"crm-google-sync-{secrets.token_hex(4)}"

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            self._start(parts)
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def kill(self) -> None:
        """The functions are gone in the midst of whatever they do; another process takes over."""
        self._functions.kill()
        self._functions.wait()
        self.kills += 1
        self._functions = self._take_over()
        self._await_answer()

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
        emulator = parts.enter_context(Emulator.start())
        google = self._program(parts, "local.google", "--port", "0", "--seed", "empty", leash=True)
        [self.google] = _ready(google)
        queue = self._program(parts, "tests.processes.queue", self._project, *self.users)
        self.queue, tasks_address = _ready(queue)
        self._listener = parts.enter_context(ports.listen())
        self.url = f"http://{ports.HOST}:{ports.port_of(self._listener)}"
        identity = Identity(self.queue, environment.AUDIENCE, ())
        values = environment.variables(
            project=self._project,
            origin=self.url,
            embed_origins=(self.url,),
            identity=identity,
            tasks_address=tasks_address,
            google_origin=self.google,
            client=CLIENT,
            firestore_host=emulator.host,
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
        log = parts.enter_context(self._log.open("w", encoding="utf-8"))
        self._output = log
        self._standby = self._load()
        parts.callback(lambda: _end(self._standby))
        self._functions = self._take_over()
        parts.callback(lambda: _end(self._functions))
        self._await_answer()

    def _program(
        self, parts: ExitStack, module: str, *words: str, leash: bool = False
    ) -> subprocess.Popen[str]:
        """leash: for what does not end by itself when its starter has gone."""
        held = [sys.executable, "-I", "-S", str(LEASH), GRACE] if leash else []
        program = subprocess.Popen(
            [*held, sys.executable, "-m", module, *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": PATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        parts.callback(_end, program)
        return program

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
        functions = self._standby
        stdin = functions.stdin
        assert stdin is not None
        stdin.write("serve\n")
        stdin.flush()
        self._standby = self._load()
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
