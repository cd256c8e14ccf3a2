"""The folder in which a system keeps what it is to know again at its next start.

system.json   ports, keys, and which Google and store the rest belongs to
store.sqlite  the documents, with `--store file`
export/       the documents, as the Firestore emulator exports them
tasks.sqlite  what is queued
google.sqlite the world of the simulated Google
lock          held by the system that is running
"""

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Self

from local.keys import Keys
from local.progress import Unready

FORMAT = 1
"""Raise it when a later version cannot read what an earlier one has kept."""

_DATABASES = ("store.sqlite", "tasks.sqlite", "google.sqlite")
_FOLDERS = ("export", "export-new", "export-old")


@dataclass(frozen=True, slots=True)
class Origin:
    """What all of the folder belongs to. google: as `--google` names it."""

    google: str
    store: str


@dataclass(frozen=True, slots=True)
class _System:
    """What system.json says.

    port, google_port: 0 until they are known. whole: the first start got to its end.
    """

    origin: Origin
    keys: Keys
    port: int = 0
    google_port: int = 0
    whole: bool = False


class DataDir:
    """An open folder; no other system can open it until it is closed."""

    def __init__(self, path: Path, lock: IO[str], system: _System) -> None:
        self.path = path
        self._lock = lock
        self._system = system

    @classmethod
    def open(cls, path: Path, origin: Origin, *, fresh: bool = False) -> Self:
        """Open or make a folder. fresh: what a system has kept there is deleted before, and nothing else.

        Raises Unready when another system has it, or when what it keeps belongs to another Google or store.
        """
        path = path.absolute()
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (path / "lock").open("a")
        except OSError as problem:
            raise Unready(
                f"{path} cannot be used: {problem.strerror}. Name another folder with --data"
            ) from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(path, lock, _opened(path, origin, fresh))
        except BlockingIOError:
            lock.close()
            raise Unready(
                f"another script/run is using {path}: end it first, or name another folder with --data"
            ) from None
        except BaseException:
            lock.close()
            raise

    def close(self) -> None:
        """Let others have it."""
        self._lock.close()

    @property
    def keys(self) -> Keys:
        """The secrets of the system."""
        return self._system.keys

    @property
    def port(self) -> int:
        """The port of the pages, which Google and queued tasks know; 0 before the first start."""
        return self._system.port

    @property
    def google_port(self) -> int:
        """The port that the simulated Google had last; 0 before the first start."""
        return self._system.google_port

    @property
    def begun(self) -> bool:
        """Whether an earlier start got to its end, so that there is nothing to seed."""
        return self._system.whole

    @property
    def store(self) -> Path:
        """The file of the store's documents."""
        return self.path / "store.sqlite"

    @property
    def tasks(self) -> Path:
        """The file of what is queued."""
        return self.path / "tasks.sqlite"

    @property
    def google(self) -> Path:
        """The file of the simulated Google's world."""
        return self.path / "google.sqlite"

    @property
    def export(self) -> Path:
        """The folder of the emulator's exports."""
        return self.path / "export"

    def finish(self, port: int, google_port: int) -> None:
        """Everything has started, at these ports: from here on all of it is kept."""
        self._system = replace(self._system, port=port, google_port=google_port, whole=True)
        _write(self.path, self._system)


def _opened(path: Path, origin: Origin, fresh: bool) -> _System:
    found = None if fresh else _read(path)
    if found is None or not found.whole:
        _clear(path)
        found = _System(origin, Keys.new())
        _write(path, found)
    elif found.origin != origin:
        was = found.origin
        raise Unready(
            f"{path} was made with --google {was.google} --store {was.store}: run with these, begin anew "
            "with --fresh, or name another folder with --data"
        )
    return found


def _read(path: Path) -> _System | None:
    """What the folder says of itself; None when it says nothing."""
    try:
        text = (path / "system.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        told = json.loads(text)
        if told.pop("format") != FORMAT:
            raise ValueError("another format")
        return _System(**{**told, "origin": Origin(**told["origin"]), "keys": Keys(**told["keys"])})
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Unready(
            f"{path} was written by another version, or is damaged: begin anew with --fresh, or name another "
            "folder with --data"
        ) from problem


def _write(path: Path, system: _System) -> None:
    """Replace system.json as a whole, for the owner's eyes only."""
    new = path / "system.json.new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **asdict(system)}, file, indent=1)
    new.replace(path / "system.json")


def _clear(path: Path) -> None:
    for name in ("system.json", "system.json.new"):
        (path / name).unlink(missing_ok=True)
    for name in _DATABASES:
        for ending in ("", "-wal", "-shm"):
            (path / f"{name}{ending}").unlink(missing_ok=True)
    for name in _FOLDERS:
        shutil.rmtree(path / name, ignore_errors=True)
