"""Makes .venv hold exactly what the requirements of development pin; started by script/setup.

The tools that check the pages are installed, too, unless `--to-run` says that nothing is to be checked.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

sys.path.insert(0, str(ROOT))

from local import node  # noqa: E402
from local.packages import Environment  # noqa: E402
from local.progress import Unready, say, step  # noqa: E402


def main(arguments: list[str]) -> int:
    """Install what is missing; 0 when everything is there."""
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    ours = Environment(ROOT / ".venv")
    with open(cache / "setup.lock", "w") as lock:
        with step("waiting for another script/run or script/test to install"):
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            ours.hold(ROOT / "requirements-dev.txt", alone=[ROOT / "requirements-oracle.txt"])
        except Unready as problem:
            say(str(problem), sys.stderr)
            return 1
        if arguments == ["--to-run"] or node.ready():
            return 0
        # By the environment's own Python, which has Node.
        return subprocess.run([ours.python, "-m", "local.node"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
