"""The whole system on one machine: starts every part, wires them by environment variables, ends all of them.

`LocalSystem` is what `script/run`, the browser tests and the benchmarks use. The functions read their
settings from the environment of the process, as when deployed, so a process has one system at a time.
"""

import os
import secrets
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests

from crmsync import compose
from crmsync.settings import SettingsError
from crmsync.store.ports import Store
from local import demo, doors, environment, ports
from local.emulator import Emulator
from local.google.seed.accounts import new_world
from local.google.server import GoogleServer
from local.google.world import World
from local.identity import Identity
from local.logfile import logged_to
from local.progress import Unready, say, step
from local.scheduler import Scheduler
from local.tasks.cloud_tasks import CloudTasks
from local.web_server import WebServer

CLIENT = ("crm-google-sync.apps.googleusercontent.example", "local-client-secret")
"""Id and secret of the OAuth client that the simulated Google knows us by."""

READY_TIMEOUT = 30.0

# Together with the people's clicks no more than the threads of the web server.
_WIDTH = {environment.INTERACTIVE: 12, environment.SCHEDULED: 6}


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    port: the one wished for, 0 for any. google: "simulated", "real", or an origin that serves all of Google's
    paths. store: None takes a Firestore emulator if there is one, else memory. resync_every: None leaves the
    scheduler off. embed_origins: host pages that may embed the button, besides our own. log: a file for the
    functions' log lines instead of standard output.
    """

    port: int = 0
    google: str = "simulated"
    store: Literal["firestore", "memory"] | None = "firestore"
    seed: Literal["demo", "empty"] = "demo"
    resync_every: timedelta | None = None
    embed_origins: tuple[str, ...] = ()
    log: Path | None = None


class LocalSystem:
    """The running system, from `start` to `stop` or as a context manager.

    url: origin of pages and functions. google: the world of the simulated Google, None for another Google.
    google_origin: where Google answers, None for the real one. tasks, identity, scheduler: the parts of these
    names. project: the Firestore project, a new one for each system, so that several can share an emulator.
    """

    url: str
    google: World | None = None
    google_origin: str | None
    tasks: CloudTasks
    identity: Identity
    scheduler: Scheduler

    _one: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, options: Options | None = None, *, emulator: Emulator | None = None) -> None:
        """With `emulator` the system uses a running one, and leaves it running."""
        self.options = options or Options()
        self.project = f"crm-google-sync-{secrets.token_hex(4)}"
        self._emulator = emulator
        self._parts = ExitStack()

    @property
    def store(self) -> Store:
        """The store that the functions use."""
        return compose.surroundings().deps.store

    @property
    def firestore_host(self) -> str | None:
        """Where the Firestore emulator answers; None when the data is kept in this process."""
        return self._emulator.host if self._emulator else None

    def start(self) -> Self:
        """Start every part, and return when all of them answer. Raises Unready, leaving nothing behind."""
        if not self._one.acquire(blocking=False):
            raise RuntimeError("a process has one LocalSystem at a time: its settings are the environment's")
        with ExitStack() as parts:
            parts.callback(self._one.release)
            self._start(parts)
            self._parts = parts.pop_all()
        return self

    def stop(self) -> None:
        """End every part in the reverse order of their start; stopping twice is harmless."""
        self._parts.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, parts: ExitStack) -> None:
        bound = _take_port(self.options.port)
        parts.callback(bound.close)
        self.url = f"http://{ports.HOST}:{ports.port_of(bound)}"
        self.identity = Identity(self.url, environment.AUDIENCE, demo.USERS)
        self._start_store(parts)
        self._start_google(parts)
        self._start_tasks(parts)
        self._configure(parts)
        self._seed()
        with step("opening the doors"):
            image_origins = [self.google_origin] if self.google_origin else []
            policy = doors.content_security_policy(image_origins, self.options.embed_origins)
            app = doors.Doors(
                {**doors.functions(), "/local": self.identity.pages()}, rest=doors.pages(policy)
            )
            parts.callback(WebServer(app, bound).start().stop)
            self._await_answer()
        # Before the doors in the order of ending: what it sends still finds them open.
        parts.callback(self.tasks.stop)
        self._start_scheduler(parts)

    def _start_store(self, parts: ExitStack) -> None:
        if self.options.store == "memory" or self._emulator is not None:
            return
        try:
            self._emulator = Emulator.start()
        except Unready as missing:
            if self.options.store == "firestore":
                raise
            say(f"{missing}. Going on with --store memory: the data ends with this process.")
            return
        parts.callback(self._emulator.stop)

    def _start_google(self, parts: ExitStack) -> None:
        if self.options.google == "real":
            self.google_origin = None
        elif self.options.google != "simulated":
            self.google_origin = _origin(self.options.google)
        else:
            with step("starting the simulated Google"):
                self.google = new_world(self.options.seed)
                self.google.register_client(*CLIENT, [f"{self.url}/oauth/callback"])
                server = GoogleServer(self.google).start()
            parts.callback(server.stop)
            self.google_origin = server.origin

    def _client(self) -> tuple[str, str]:
        """The OAuth client: our own at the simulated Google, else the one that the environment names."""
        if self.google is not None:
            return CLIENT
        client_id = os.environ.get("GOOGLE_CLIENT_ID", "")
        client_secret = os.environ.get("GOOGLE_CLIENT_SECRET", "")
        if not (client_id and client_secret):
            raise Unready(
                f"--google {self.options.google} needs GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET of an "
                f"OAuth client with the redirect URI {self.url}/oauth/callback (README: how to get one)"
            )
        return client_id, client_secret

    def _start_tasks(self, parts: ExitStack) -> None:
        self.tasks = CloudTasks(self.identity.service_token).start()
        parts.callback(self.tasks.stop)
        for name, width in _WIDTH.items():
            self.tasks.create_queue(environment.queue(self.project, name), concurrency=width)

    def _configure(self, parts: ExitStack) -> None:
        """Set the environment and have the functions read it now, so that a bad value is told at once."""
        values = environment.variables(
            project=self.project,
            origin=self.url,
            embed_origins=(self.url, *self.options.embed_origins),
            identity=self.identity,
            tasks_address=self.tasks.address,
            google_origin=self.google_origin,
            client=self._client(),
            firestore_host=self.firestore_host,
        )
        parts.enter_context(environment.applied(values))
        compose.use(None)
        parts.callback(compose.use, None)
        try:
            compose.surroundings()
        except SettingsError as wrong:
            raise Unready(str(wrong)) from wrong
        if self.options.log is not None:
            parts.enter_context(logged_to(self.options.log))

    def _seed(self) -> None:
        if self.options.seed == "demo":
            with step("writing the demo data"):
                demo.seed(self.store, datetime.now(ZoneInfo(demo.ZONE)).date())

    def _start_scheduler(self, parts: ExitStack) -> None:
        self.scheduler = Scheduler(
            f"{self.url}/scheduled/resync",
            lambda: self.identity.service_token(environment.CALLER, self.url),
            self.options.resync_every or timedelta(0),
        )
        if self.options.resync_every:
            self.scheduler.start()
            parts.callback(self.scheduler.stop)

    def _await_answer(self) -> None:
        """Wait until the doors answer that the store does, and Google's keys can be had."""
        deadline = time.monotonic() + READY_TIMEOUT
        wanted = [f"{self.url}/api/health"]
        if self.google is not None:
            wanted.append(f"{self.google_origin}/oauth2/v3/certs")
        for url in wanted:
            while (problem := _problem(url)) is not None:
                if time.monotonic() > deadline:
                    raise Unready(f"{url} does not answer as it should: {problem}")
                time.sleep(0.1)


def _problem(url: str) -> str | None:
    try:
        answer = requests.get(url, timeout=5)
    except requests.RequestException as failure:
        return type(failure).__name__
    return None if answer.status_code == 200 else f"status {answer.status_code}"


def _take_port(wished: int) -> socket.socket:
    try:
        bound = ports.listen_from(wished) if wished else ports.listen()
    except OSError as taken:
        raise Unready(f"{taken}: choose another with --port") from taken
    if wished and ports.port_of(bound) != wished:
        say(f"port {wished} is taken, using {ports.port_of(bound)}")
    return bound


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise Unready(
            f"--google takes simulated, real or an origin such as http://127.0.0.1:8090, not {address}"
        )
    return f"{parts.scheme}://{parts.netloc}"
