"""Virtual environments that hold exactly what requirements files pin, each package checked against its hash.

Of the standard library alone: the Python that makes an environment has no packages yet.
"""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.progress import Unready, say, step

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".installed"


def tools() -> "Environment":
    """The environment of what looks after the packages: uv and pip-audit. Raises Unready."""
    own = Environment(ROOT / ".cache" / "tools")
    own.hold(ROOT / "requirements-tools.txt")
    return own


class Environment:
    """One virtual environment."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where it is, or is to be made."""
        self.folder = folder
        self.python = folder / "bin" / "python"

    def hold(self, *pins: Path, alone: Sequence[Path] = ()) -> None:
        """Install what the files pin, unless that is done already. Raises Unready.

        alone: files that are installed after the others and without dependencies.
        """
        if not self._runs():
            self._make()
        wanted = hashlib.sha256(b"".join(file.read_bytes() for file in (*pins, *alone))).hexdigest()
        stamp = self.folder / STAMP
        if stamp.exists() and stamp.read_text() == wanted:
            return
        for file in pins:
            self._install(file)
        for file in alone:
            self._install(file, "--no-deps")
        stamp.write_text(wanted)

    def _runs(self) -> bool:
        """Whether its own Python works; it does not when the Python it was made from has gone."""
        try:
            pip = subprocess.run([self.python, "-m", "pip", "--version"], capture_output=True)
        except OSError:
            return False
        return pip.returncode == 0

    def _make(self) -> None:
        with step(f"making {self.folder.name}"):
            made = subprocess.run(
                [sys.executable, "-m", "venv", "--clear", self.folder], capture_output=True, text=True
            )
        if made.returncode:
            raise Unready(
                f"{sys.executable} cannot make a virtual environment: install its venv module "
                "(Debian: apt-get install python3-venv)"
            )

    def _install(self, pins: Path, *options: str) -> None:
        say(f"installing {pins.name} into {self.folder.name}")
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", *options]
        pip += ["--require-hashes", "--requirement", str(pins)]
        with step("still installing"):
            done = subprocess.run(
                pip, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        if done.returncode:
            errors = [line for line in done.stdout.splitlines() if line.startswith("ERROR")]
            say("\n".join(errors or done.stdout.splitlines()[-5:]), sys.stderr)
            raise Unready(
                "the packages could not be installed: see pip's message above. Where it is the network, "
                "HTTPS_PROXY names a proxy and PIP_INDEX_URL another index; then try again"
            )
