"""The whole system on one machine: starts every part, wires them by environment variables, ends all of them.

`LocalSystem` is what `script/run`, the browser tests and the benchmarks use. The functions read their
settings from the environment of the process, as when deployed, so a process has one system at a time.
"""

import os
import socket
import sqlite3
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
from crmsync.store.errors import StoreUnavailable
from crmsync.store.ports import Store
from examples.embed import crm
from local import demo, doors, environment, home, ports
from local.data_dir import DataDir, Origin
from local.emulator import Emulator
from local.environment import Auth
from local.exports import Exports, newest
from local.google.kept import Unreadable, WorldFile
from local.google.seed.accounts import new_world
from local.google.server import GoogleServer
from local.google.world import World
from local.identity import Identity
from local.keys import Keys
from local.logfile import logged_to
from local.progress import Unready, say, step
from local.scheduler import Scheduler
from local.tasks.cloud_tasks import CloudTasks
from local.web_server import WebServer

CLIENT = ("crm-google-sync.apps.googleusercontent.example", "local-client-secret")
"""Id and secret of the OAuth client that the simulated Google knows us by."""

DEFAULT_PORT = 8080
EXAMPLE_PORT = 8090

READY_TIMEOUT = 30.0

# Together with the people's clicks no more than the threads of the web server.
_WIDTH = {environment.INTERACTIVE: 12, environment.SCHEDULED: 6}


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    port: the one wished for, 0 for any, None for that of the data, else DEFAULT_PORT. google: "simulated",
    "real", or an origin that serves all of Google's paths. store: None takes a file where there is `data`,
    else a Firestore emulator if there is one, else memory. resync_every: None leaves the scheduler off.
    embed_origins: host pages that may embed the button, besides our own. auth: whose ID tokens of people are
    taken; None for those of the demo's own users. example: what of `examples/` runs beside it. log: a file
    for the functions' log lines instead of standard output. data: the folder that keeps everything between
    runs; without one each run begins anew. fresh: what the folder keeps is deleted first.
    """

    port: int | None = 0
    google: str = "simulated"
    store: Literal["firestore", "memory", "file"] | None = "firestore"
    seed: Literal["demo", "empty"] = "demo"
    resync_every: timedelta | None = None
    embed_origins: tuple[str, ...] = ()
    auth: Auth | None = None
    example: Literal["embed"] | None = None
    log: Path | None = None
    data: Path | None = None
    fresh: bool = False


class LocalSystem:
    """The running system, from `start` to `stop` or as a context manager.

    url: origin of pages and functions. google: the world of the simulated Google, None for another Google.
    google_origin: where Google answers, None for the real one. tasks, identity, scheduler: the parts of these
    names. example: where the example CRM answers, if it was asked for. keys: its secrets, and the Firestore
    project. data: the folder that keeps everything, if any.
    """

    url: str
    google: World | None = None
    google_origin: str | None
    tasks: CloudTasks
    identity: Identity
    scheduler: Scheduler
    keys: Keys
    data: DataDir | None = None
    example: str | None = None

    _one: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, options: Options | None = None, *, emulator: Emulator | None = None) -> None:
        """With `emulator` the system uses a running one, and leaves it running."""
        self.options = options or Options()
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
            try:
                self._start(parts)
            except (sqlite3.Error, StoreUnavailable) as broken:
                if self.data is None:
                    raise
                raise Unready(
                    f"what {self.options.data} keeps cannot be read or written ({broken}): see whether the "
                    "disk is full or the folder somebody else's; if it is damaged, begin anew with --fresh"
                ) from broken
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
        self._open_data(parts)
        bound = self._take_port()
        parts.callback(bound.close)
        self.url = f"http://{ports.HOST}:{ports.port_of(bound)}"
        self._auth, self._embed_origins = self.options.auth, self.options.embed_origins
        self._start_example(parts)
        # With another issuer nobody could use what they are given here.
        users = demo.USERS if self._auth is None else ()
        self.identity = Identity(self.url, environment.AUDIENCE, users, self.keys)
        self._start_store(parts)
        self._start_google(parts)
        self._start_tasks(parts)
        self._configure(parts)
        self._seed()
        if self.data is not None:
            google = self.google_origin if self.google is not None else None
            self.data.finish(ports.port_of(bound), urlsplit(google or "").port or 0)
        with step("opening the doors"):
            image_origins = [self.google_origin] if self.google_origin else []
            policy = doors.content_security_policy(image_origins, self._embed_origins)
            app = doors.Doors(
                {**doors.functions(), "/local": self.identity.pages()},
                rest=doors.pages(policy, home=home.page(os.environ), demo=self._auth is None),
            )
            parts.callback(WebServer(app, bound).start().stop)
            self._await_answer()
        # Before the doors in the order of ending: what it sends still finds them open.
        parts.callback(self.tasks.stop)
        self._start_scheduler(parts)

    def _start_example(self, parts: ExitStack) -> None:
        if self.options.example is None:
            return
        try:
            bound = ports.listen_from(EXAMPLE_PORT) if self.options.port != 0 else ports.listen()
        except OSError as taken:
            raise Unready(f"{taken} for the example: end a program that has one of them") from taken
        parts.callback(bound.close)
        self.example = origin = f"http://{ports.HOST}:{ports.port_of(bound)}"
        self._auth = Auth(origin, crm.AUDIENCE, f"{origin}/jwks")
        self._embed_origins = (*self._embed_origins, origin)
        parts.callback(WebServer(crm.create_app(origin, self.url), bound, threads=4).start().stop)

    def _open_data(self, parts: ExitStack) -> None:
        if self.options.data is None:
            self.data, self.keys = None, Keys.new()
            return
        origin = Origin(self.options.google, self._store)
        self.data = DataDir.open(self.options.data, origin, fresh=self.options.fresh)
        parts.callback(self.data.close)
        self.keys = self.data.keys

    @property
    def _store(self) -> str:
        """What keeps the documents, as far as the options say."""
        return self.options.store or ("file" if self.options.data else "any")

    @property
    def _store_file(self) -> Path | None:
        return self.data.store if self.data is not None and self._store == "file" else None

    def _take_port(self) -> socket.socket:
        """The port that is wished for; another one only where nobody has been told of it."""
        wished, before = self.options.port, self.data.port if self.data else 0
        if before and wished not in (None, 0, before):
            raise Unready(
                f"{self.options.data} belongs to port {before}, which queued tasks and Google know: run with "
                f"--port {before}, begin anew with --fresh, or name another folder with --data"
            )
        port = before or (DEFAULT_PORT if wished is None else wished)
        try:
            if before or self.options.google != "simulated":
                return ports.listen(port)
            bound = ports.listen_from(port) if port else ports.listen()
        except OSError as taken:
            raise Unready(self._port_is_taken(port, before, taken)) from taken
        if port and ports.port_of(bound) != port:
            say(f"port {port} is taken, using {ports.port_of(bound)}")
        return bound

    def _port_is_taken(self, port: int, before: int, taken: OSError) -> str:
        if before:
            return (
                f"port {port} is taken, and {self.options.data} belongs to it: end the program that has it, "
                "or name another folder with --data"
            )
        if self.options.google != "simulated":
            return (
                f"port {port} is taken, and Google sends people back to that one alone: end the program that "
                f"has it, or choose another with --port and register http://{ports.HOST}:PORT/oauth/callback"
            )
        return f"{taken}: choose another with --port"

    def _start_store(self, parts: ExitStack) -> None:
        if self._store in ("memory", "file") or self._emulator is not None:
            return
        export = newest(self.data.export) if self.data else None
        try:
            self._emulator = Emulator.start(alone=self.data is not None, export=export)
        except Unready as missing:
            if self.options.store == "firestore":
                raise
            say(f"{missing}. Going on with --store memory: the data ends with this process.")
            return
        parts.callback(self._emulator.stop)
        if self.data is not None:
            exports = Exports(self._emulator, self.keys.project, self.data.export).start()
            parts.callback(exports.stop)

    def _start_google(self, parts: ExitStack) -> None:
        if self.options.google == "real":
            self.google_origin = None
        elif self.options.google != "simulated":
            self.google_origin = _origin(self.options.google)
        else:
            with step("starting the simulated Google"):
                self._start_simulated(parts)

    def _start_simulated(self, parts: ExitStack) -> None:
        file: WorldFile | None = None
        port = 0
        if self.data is not None:
            file = WorldFile(self.data.google)
            parts.callback(file.close)
            port = self.data.google_port
        try:
            kept = file.read() if file is not None else None
        except Unreadable as problem:
            raise Unready(
                f"{self.options.data} holds a simulated Google of another version: begin anew with --fresh, "
                "or name another folder with --data"
            ) from problem
        self.google = kept or new_world(self.options.seed)
        self.google.register_client(*CLIENT, [f"{self.url}/oauth/callback"])
        # Its pages may be open in a browser, and addresses of photos begin with it; but any port will do.
        server = GoogleServer(self.google, port=ports.free_from(port), file=file).start()
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
        file = None if self.data is None else self.data.tasks
        self.tasks = CloudTasks(self.identity.service_token, file=file).start()
        parts.callback(self.tasks.stop)
        # What another run has left is sent from here on, and waits at the doors until they open.
        for name, width in _WIDTH.items():
            self.tasks.create_queue(environment.queue(self.keys.project, name), concurrency=width)

    def _configure(self, parts: ExitStack) -> None:
        """Set the environment and have the functions read it now, so that a bad value is told at once."""
        values = environment.variables(
            keys=self.keys,
            origin=self.url,
            embed_origins=(self.url, *self._embed_origins),
            identity=self.identity,
            auth=self._auth,
            tasks_address=self.tasks.address,
            google_origin=self.google_origin,
            client=self._client(),
            firestore_host=self.firestore_host,
            store_file=self._store_file,
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
        if self.options.seed == "demo" and not (self.data and self.data.begun):
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


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise Unready(
            f"--google takes simulated, real or an origin such as http://127.0.0.1:8090, not {address}"
        )
    return f"{parts.scheme}://{parts.netloc}"
