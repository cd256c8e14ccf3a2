"""`python -m local.pin`, which `script/pin` calls: pins what the requirements*.in ask for.

Each requirements*.txt names all that its .in brings, with the hashes of all files. What is pinned stays, but
for what `--upgrade` or `--upgrade-package NAME` names.
"""

import sys
from pathlib import Path

from local.packages import ROOT, tools
from local.programs import Program, Stopped, run_all, stoppable
from local.progress import Unready, say

ALONE = {"requirements-oracle.in"}
"""What is installed without what it would bring."""


def _pinned(uv: tuple[str, ...], asked: Path, arguments: list[str]) -> Program:
    # Extras stay named, or pip does not know their hashes.
    how = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-strip-extras")
    told = ("--quiet", "--no-emit-index-url", "--custom-compile-command", "script/pin")
    alone = ("--no-deps",) if asked.name in ALONE else ()
    names = ("--output-file", asked.with_suffix(".txt").name, asked.name)
    return Program(f"pinning {asked.name}", (*uv, "pip", "compile", *how, *told, *alone, *arguments, *names))


def main(arguments: list[str]) -> int:
    """Pin everything; 0 when all is pinned, 1 when not, 2 when uv is missing."""
    try:
        with stoppable():
            uv = (str(tools().python), "-m", "uv")
            well = run_all(_pinned(uv, asked, arguments) for asked in sorted(ROOT.glob("requirements*.in")))
    except Unready as missing:
        say(str(missing), sys.stderr)
        return 2
    except (Stopped, KeyboardInterrupt):
        return 130
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
