"""vdirsyncer in the same harness: what it calls, on a server of the protocol it speaks, at the same latency.

It speaks CardDAV, not Google's People API; radicale is its server here.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.peer_python import python_with
from bench.people import contact
from bench.rows import Row
from local import ports

PACKAGES = ("vdirsyncer==0.21.0", "radicale==3.7.7")
SIZE = 100
_SERVER = Path(__file__).with_name("peer_vdirsyncer_server.py")

_CONFIG = """
[general]
status_path = "{folder}/status/"

[pair contacts]
a = "here"
b = "there"
collections = [["book", "book", "book"]]

[storage here]
type = "filesystem"
path = "{folder}/cards"
fileext = ".vcf"

[storage there]
type = "carddav"
url = "{url}/ann/"
username = "ann"
password = "ann"
"""


def rows(latency: float) -> list[Row]:
    """It pushes 100 contacts, idles, and sends an edit."""
    python = python_with("vdirsyncer", *PACKAGES)
    with tempfile.TemporaryDirectory() as name, _server(python, latency, Path(name)) as url:
        return _vdirsyncer(python, Path(name), url)


@contextmanager
def _server(python: Path, latency: float, folder: Path) -> Iterator[str]:
    port = ports.free_port()
    process = subprocess.Popen([python, _SERVER, str(port), str(latency), str(folder / "dav")])
    url = f"http://{ports.HOST}:{port}"
    try:
        for _ in range(200):
            try:
                _count(url)
                break
            except OSError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _vdirsyncer(python: Path, folder: Path, url: str) -> list[Row]:
    (folder / "config").write_text(_CONFIG.format(folder=folder, url=url), encoding="utf-8")
    cards = folder / "cards" / "book"
    cards.mkdir(parents=True)
    for number in range(SIZE):
        (cards / f"{number}.vcf").write_text(_card(number), encoding="utf-8")
    _run(python, folder, "discover", "contacts", answer="y\n" * 8)
    found = []
    for scenario, floor in (("first push of contacts", "⌈N/200⌉"), ("idle job", "1")):
        _count(url)
        started = time.perf_counter()
        _run(python, folder, "sync")
        seconds, calls = time.perf_counter() - started, _count(url)
        found.append(_row(scenario, floor, calls, seconds))
    edited = cards / "0.vcf"
    edited.write_text(edited.read_text(encoding="utf-8").replace("NOTE:", "NOTE:Edited. "), encoding="utf-8")
    _run(python, folder, "sync")
    found.append(_row("one contact → the other side", "1", _count(url), 0.0))
    return found


def _row(scenario: str, floor: str, calls: dict[str, Any], seconds: float) -> Row:
    took = f"; {seconds:.1f} s" if seconds else ""
    total = sum(calls.values())
    return Row(
        f"vdirsyncer: {scenario}", SIZE, f"{total} calls{took}", f"floor: {floor}", None, {"calls": calls}
    )


def _card(number: int) -> str:
    value = contact(number)
    name = f"{value.given_name} {value.family_name}"
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:c{number}", f"FN:{name}"]
    lines += [
        f"N:{value.family_name};{value.given_name};;;",
        f"EMAIL:{value.emails[0].value}",
        "NOTE:",
        "END:VCARD",
    ]
    return "\r\n".join(lines) + "\r\n"


def _run(python: Path, folder: Path, *command: str, answer: str = "") -> None:
    done = subprocess.run(
        [python, "-m", "vdirsyncer", "-c", folder / "config", *command],
        input=answer,
        text=True,
        capture_output=True,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    if done.returncode:
        raise RuntimeError(f"vdirsyncer {command[0]}: {done.stderr[-500:]}")


def _count(url: str) -> dict[str, Any]:
    """Calls by method since the last time this was asked."""
    with urllib.request.urlopen(f"{url}/.count", timeout=5) as answer:
        counted: dict[str, Any] = json.load(answer)
    return counted
