"""`python -m local.lint`, which `script/lint` calls: the checks for which nothing of ours has to run.

With `--fix`, which `script/format` calls, it mends what a tool can mend instead.
"""

import argparse
import sys

from local import node
from local.programs import Program, Stopped, module, run_all, stoppable
from local.progress import Unready, say

# Prettier remembers by content which files are well.
_PRETTIER = ("web", "--cache", "--cache-strategy", "content", "--cache-location", ".cache/prettier")


def checks() -> tuple[Program, ...]:
    """What script/lint runs. Raises Unready when a tool is missing."""
    return (
        module("ruff", "check", "."),
        module("ruff", "format", "--check", "--quiet", "."),
        module("mypy", "functions", "local", "tests", "bench", "script"),
        node.tool("tsc", "--project", "jsconfig.json"),
        node.tool("prettier", "--check", "--log-level", "warn", *_PRETTIER),
    )


def fixes() -> tuple[Program, ...]:
    """What script/format runs. Raises Unready when a tool is missing."""
    return (
        # Of what ruff could mend only the order of imports, which is a matter of form.
        module("ruff", "check", "--select", "I", "--fix", "--quiet", "."),
        module("ruff", "format", "--quiet", "."),
        node.tool("prettier", "--write", "--log-level", "warn", *_PRETTIER),
    )


def main(arguments: list[str]) -> int:
    """Run all checks, or all fixes; 0 when all is well, 1 when not, 2 when a part is missing."""
    parser = argparse.ArgumentParser(prog="script/lint", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fix", action="store_true", help="mend what can be mended (script/format)")
    options = parser.parse_args(arguments)
    try:
        with stoppable():
            well = run_all(fixes() if options.fix else checks())
    except Unready as missing:
        say(str(missing), sys.stderr)
        return 2
    except (Stopped, KeyboardInterrupt):
        return 130
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
