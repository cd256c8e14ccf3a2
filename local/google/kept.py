"""The world in a SQLite file: the simulated Google forgets nothing that it has answered, however it ends.

After each call that may have changed something the world is pickled, before the call is answered: contacts,
which are many, one by one as they change, and all the rest as one. Nobody but the owner of the machine may
write to the file, as nobody but the owner may write to the code.
"""

from __future__ import annotations

import io
import pickle
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.google.calendar.event import StoredEvent
from local.google.oauth import keys
from local.google.people.record import Version
from local.google.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FORMAT = 1
"""Raise it when what is kept is made of other classes, or they of other attributes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS world (format INTEGER NOT NULL, state BLOB NOT NULL, signing TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contacts (key TEXT PRIMARY KEY, version BLOB NOT NULL) WITHOUT ROWID;
"""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_ASKING = "/o/"
"""Where Google gives out a code though it is only asked: who has allowed everything is sent straight back."""

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())
_CACHED: Mapping[str, Callable[[], object]] = {"_json": dict, "cache": dict, "_series": type(None)}
"""What records can make anew, by the name of the attribute: they begin without."""


class Unreadable(Exception):
    """The file holds a world that this version cannot read."""


class WorldFile:
    """One world, kept whole. Safe to use from any thread of one process."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.executescript(_SCHEMA)
        self._there = {key for (key,) in self._file.execute("SELECT key FROM contacts")}

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()

    def read(self) -> World | None:
        """The world that was kept last, with the key of its ID tokens; None when there is none.

        Raises Unreadable.
        """
        row = self._file.execute("SELECT format, state, signing FROM world").fetchone()
        if row is None:
            return None
        try:
            if row[0] != FORMAT:
                raise Unreadable(f"format {row[0]}")
            contacts = dict(self._file.execute("SELECT key, version FROM contacts"))
            world = _Reader(io.BytesIO(row[1]), contacts).load()
            keys.adopt(row[2])
        except (
            pickle.UnpicklingError,
            AttributeError,
            ImportError,
            KeyError,
            TypeError,
            ValueError,
        ) as problem:
            raise Unreadable(str(problem)) from problem
        assert isinstance(world, World)
        return world

    def keep(self, world: World) -> None:
        """Keep the world as it is now."""
        with self._lock:
            with world.lock:
                state = io.BytesIO()
                writer = _Writer(state)
                writer.dump(world)
            fresh = [(key, _pickled(writer.met[key])) for key in writer.met.keys() - self._there]
            gone = [(key,) for key in self._there - writer.met.keys()]
            with self._file:
                self._file.execute("BEGIN")
                self._file.executemany("INSERT OR REPLACE INTO contacts VALUES (?, ?)", fresh)
                self._file.executemany("DELETE FROM contacts WHERE key = ?", gone)
                self._file.execute("DELETE FROM world")
                row = (FORMAT, state.getvalue(), keys.signing_key().pem())
                self._file.execute("INSERT INTO world VALUES (?, ?, ?)", row)
            self._there = set(writer.met)


class Kept:
    """`app` over a world that is kept before anything is answered that may have changed it."""

    def __init__(self, app: WSGIApplication, world: World, file: WorldFile) -> None:
        self._app = app
        self._world = world
        self._file = file

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            return self._app(environ, start_response)
        finally:
            if environ["REQUEST_METHOD"] not in _READS or environ["PATH_INFO"].startswith(_ASKING):
                self._file.keep(self._world)


class _Plain(pickle.Pickler):
    """Without what is made anew: locks, and what was rendered."""

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, (Version, StoredEvent)):
            make, made_of, (_, slots) = _reduced(thing)
            empty = {name: kind() for name, kind in _CACHED.items() if name in slots}
            return make, made_of, (None, {**slots, **empty})
        if isinstance(thing, _LOCK):
            return threading.Lock, ()
        if isinstance(thing, _RLOCK):
            return threading.RLock, ()
        if isinstance(thing, threading.Condition):
            return threading.Condition, ()
        return NotImplemented


class _Writer(_Plain):
    """Leaves contacts to their own rows, and tells which it has met. A contact is replaced, never changed."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.met: dict[str, Version] = {}

    def persistent_id(self, thing: object) -> str | None:
        if type(thing) is not Version:
            return None
        key = f"{thing.owner}/{thing.number}/{thing.seq}/{thing.visible_from.timestamp()}"
        self.met[key] = thing
        return key


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, contacts: dict[str, bytes]) -> None:
        super().__init__(file)
        self._contacts = contacts
        self._made: dict[str, Version] = {}

    def persistent_load(self, key: str) -> Version:
        if key not in self._made:
            self._made[key] = pickle.loads(self._contacts[key])
        return self._made[key]


def _reduced(thing: Any) -> Any:
    """How the language takes a record of slots apart: who makes it, of what, and its attributes."""
    return thing.__reduce_ex__(5)[:3]


def _pickled(version: Version) -> bytes:
    file = io.BytesIO()
    _Plain(file, protocol=5).dump(version)
    return file.getvalue()
