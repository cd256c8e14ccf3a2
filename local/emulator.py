"""The Firestore emulator: finding one, starting it as a child, and ending it surely."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from local import ports
from local.progress import Unready, gist, step

HOST_VARIABLE = "FIRESTORE_EMULATOR_HOST"
JAR_VARIABLE = "FIRESTORE_EMULATOR_JAR"

START_TIMEOUT = 60.0
"""Seconds that a slow machine may need to start Java."""

_LEASH = Path(__file__).with_name("leash.py")
_GRACE = "5"
# Named by gcloud's wrapper and by the manifest of the Firebase CLI's jar; gcloud's own jar names none.
_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_WAY_OUT = (
    "get the emulator with `gcloud components install cloud-firestore-emulator` or "
    f"`firebase setup:emulators:firestore`, or set {JAR_VARIABLE}; or run with --store memory"
)


def find_jar(environment: Mapping[str, str] = os.environ, home: Path | None = None) -> Path | None:
    """The jar: of gcloud's component, else the newest of the Firebase CLI, else FIRESTORE_EMULATOR_JAR."""
    candidates = [*_gcloud_jars(environment), *_firebase_jars(home or Path.home())]
    if environment.get(JAR_VARIABLE):
        candidates.append(Path(environment[JAR_VARIABLE]))
    return next((jar for jar in candidates if jar.is_file()), None)


def _gcloud_jars(environment: Mapping[str, str]) -> list[Path]:
    roots = [Path(environment["CLOUDSDK_ROOT_DIR"])] if environment.get("CLOUDSDK_ROOT_DIR") else []
    gcloud = shutil.which("gcloud", path=environment.get("PATH"))
    if gcloud:
        roots.append(Path(gcloud).resolve().parent.parent)
    return [root / "platform" / "cloud-firestore-emulator" / "cloud-firestore-emulator.jar" for root in roots]


def _firebase_jars(home: Path) -> list[Path]:
    def version(jar: Path) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", jar.name)]

    cache = home / ".cache" / "firebase" / "emulators"
    return sorted(cache.glob("cloud-firestore-emulator-v*.jar"), key=version, reverse=True)


def find_java(environment: Mapping[str, str] = os.environ) -> str | None:
    """Java's launcher: that of JAVA_HOME, else the one on the path."""
    if environment.get("JAVA_HOME"):
        launcher = Path(environment["JAVA_HOME"]) / "bin" / "java"
        if launcher.is_file():
            return str(launcher)
    return shutil.which("java", path=environment.get("PATH"))


class Emulator:
    """A Firestore emulator that answers at `host` ("127.0.0.1:PORT"); leaving its context stops it."""

    def __init__(self, host: str, leash: subprocess.Popen[bytes] | None = None) -> None:
        """`leash` is the process that holds our own emulator; None for one that someone else runs."""
        self.host = host
        self._leash = leash

    @classmethod
    def start(
        cls, environment: Mapping[str, str] = os.environ, *, alone: bool = False, export: Path | None = None
    ) -> Self:
        """Use the one that FIRESTORE_EMULATOR_HOST names, else start one on a free port and await its answer.

        alone: it must be one of our own. export: a *.overall_export_metadata, with which it begins.
        Raises Unready when there is none, no Java, or it does not come up.
        """
        if alone and environment.get(HOST_VARIABLE):
            raise Unready(
                f"{HOST_VARIABLE} names an emulator that somebody else runs, and what --data keeps cannot be "
                "put into it: unset the variable, or run with --store file"
            )
        if host := environment.get(HOST_VARIABLE):
            if not _says_ok(host):
                raise Unready(
                    f"nothing answers at {HOST_VARIABLE}={host}: start that emulator or unset the variable"
                )
            return cls(host)
        jar, java = find_jar(environment), find_java(environment)
        if jar is None:
            raise Unready(f"no Firestore emulator was found: {_WAY_OUT}")
        if java is None:
            raise Unready(
                "Java was not found, and the Firestore emulator needs it: install Java 17 or newer "
                "(Debian: apt-get install openjdk-17-jre-headless), or run with --store memory"
            )
        with step("starting the Firestore emulator"):
            return cls._launch(java, jar, export)

    @classmethod
    def _launch(cls, java: str, jar: Path, export: Path | None) -> Self:
        port = ports.free_port()
        command = [java, "-Duser.language=en", "-cp", str(jar), _MAIN_CLASS]
        command += [f"--host={ports.HOST}", f"--port={port}"]
        command += [] if export is None else [f"--seed_from_export={export}"]
        with tempfile.TemporaryFile() as log:
            leash = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), _GRACE, *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C at the terminal is ours to pass on, in our own order.
                start_new_session=True,
            )
            started = cls(f"{ports.HOST}:{port}", leash)
            try:
                started._await_answer(log)
            except BaseException:
                started.stop()
                raise
            return started

    def _await_answer(self, log: IO[bytes]) -> None:
        assert self._leash is not None
        deadline = time.monotonic() + START_TIMEOUT
        while not _says_ok(self.host):
            if self._leash.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                said = gist(log.read().decode(errors="replace"))
                raise Unready(f"the Firestore emulator did not start ({said}): {_WAY_OUT}")
            time.sleep(0.05)

    def clear(self, project: str) -> None:
        """Delete every document of `project`'s default database."""
        url = f"http://{self.host}/emulator/v1/projects/{project}/databases/(default)/documents"
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=30).close()

    def export(self, project: str, folder: Path) -> None:
        """Write every document of `project`'s default database to a new folder. Raises OSError."""
        asked = {
            "database": f"projects/{project}/databases/(default)",
            "export_directory": str(folder.parent),
            "export_name": folder.name,
        }
        url = f"http://{self.host}/emulator/v1/projects/{project}:export"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(asked).encode(), headers, method="POST")
        urllib.request.urlopen(request, timeout=60).close()

    def stop(self) -> None:
        """End the emulator if we started it, and wait until it is gone; further calls do nothing."""
        if self._leash is None:
            return
        assert self._leash.stdin is not None
        self._leash.stdin.close()
        self._leash.wait()
        self._leash = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _says_ok(host: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}/", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError, urllib.error.URLError):
        return False
