"""`python -m local.lint`, which `script/lint` calls: the checks for which nothing of ours has to run.

With `--fix`, which `script/format` calls, it mends what a tool can mend instead.
"""

import argparse
import sys

from local.programs import Stopped, module, run_all, stoppable

CHECKS = (
    module("ruff", "check", "."),
    module("ruff", "format", "--check", "--quiet", "."),
    module("mypy", "functions", "local", "tests", "bench", "script"),
)

FIXES = (
    # Of what ruff could mend only the order of imports, which is a matter of form.
    module("ruff", "check", "--select", "I", "--fix", "--quiet", "."),
    module("ruff", "format", "--quiet", "."),
)


def main(arguments: list[str]) -> int:
    """Run all checks, or all fixes; 0 when all is well."""
    parser = argparse.ArgumentParser(prog="script/lint", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fix", action="store_true", help="mend what can be mended (script/format)")
    options = parser.parse_args(arguments)
    try:
        with stoppable():
            well = run_all(FIXES if options.fix else CHECKS)
    except (Stopped, KeyboardInterrupt):
        return 130
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
