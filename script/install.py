"""Makes .venv hold exactly what the requirements of development pin; started by script/setup.

The tools that check the pages are installed, too, unless `--to-run` says that nothing is to be checked.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LIST = ROOT / "requirements-dev.txt"
ORACLE = ROOT / "requirements-oracle.txt"
STAMP = VENV / ".installed"

sys.path.insert(0, str(ROOT))

from local import node  # noqa: E402
from local.progress import Unready, say, step  # noqa: E402


def main(arguments: list[str]) -> int:
    """Install what is missing; 0 when everything is there."""
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with open(cache / "setup.lock", "w") as lock:
        with step("waiting for another script/run or script/test to install"):
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not _runs():
                _make_environment()
            wanted = hashlib.sha256(LIST.read_bytes() + ORACLE.read_bytes()).hexdigest()
            if not STAMP.exists() or STAMP.read_text() != wanted:
                _install(LIST)
                _install(ORACLE, "--no-deps")
                STAMP.write_text(wanted)
            if arguments != ["--to-run"] and not node.ready():
                # By the environment's own Python, which has Node.
                return subprocess.run([PYTHON, "-m", "local.node"], cwd=ROOT).returncode
        except Unready as problem:
            say(str(problem), sys.stderr)
            return 1
    return 0


def _runs() -> bool:
    """Whether the environment's own Python works; it does not when the Python it was made from has gone."""
    try:
        return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def _make_environment() -> None:
    with step(f"making {VENV.name}"):
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        raise Unready(
            f"{sys.executable} cannot make a virtual environment: install its venv module "
            "(Debian: apt-get install python3-venv)"
        )


def _install(wanted: Path, *options: str) -> None:
    say(f"installing {wanted.name} into {VENV.name}")
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *options]
    pip += ["--requirement", str(wanted)]
    with step("still installing"):
        done = subprocess.run(
            pip, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if line.startswith("ERROR")]
        say("\n".join(errors or done.stdout.splitlines()[-5:]), sys.stderr)
        raise Unready("the packages could not be installed: see pip's message above, then try again")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
