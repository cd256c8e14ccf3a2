"""`python -m local.lint`, which `script/lint` calls: the checks for which nothing of ours has to run.

With `--fix`, which `script/format` calls, it mends what a tool can mend instead. With `--audit` it also asks
the package index for vulnerabilities that are known of what we pin; that needs the network, and no test does.
"""

import argparse
import sys

from local import node
from local.packages import ROOT, tools
from local.programs import Program, Stopped, module, run_all, stoppable
from local.progress import Unready, say

# Prettier remembers by content which files are well.
_PRETTIER = (
    "web",
    "examples",
    "--cache",
    "--cache-strategy",
    "content",
    "--cache-location",
    ".cache/prettier",
)


def checks() -> tuple[Program, ...]:
    """What script/lint runs. Raises Unready when a tool is missing."""
    return (
        module("ruff", "check", "."),
        module("ruff", "format", "--check", "--quiet", "."),
        module("mypy", "functions", "local", "tests", "bench", "script", "examples"),
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


def audits() -> tuple[Program, ...]:
    """What script/lint --audit asks besides, by pip-audit in an environment of its own. May raise Unready."""
    own = tools()
    # Without --strict, what the index knows nothing of would pass. With hashes nothing is left to resolve.
    asks = (str(own.python), "-m", "pip_audit", "--strict", "--disable-pip", "--require-hashes")
    return tuple(
        Program(f"pip-audit {pins.name}", (*asks, "--progress-spinner", "off", "--requirement", str(pins)))
        for pins in sorted(ROOT.glob("requirements*.txt"))
    )


def main(arguments: list[str]) -> int:
    """Run all checks, or all fixes; 0 when all is well, 1 when not, 2 when a part is missing."""
    parser = argparse.ArgumentParser(prog="script/lint", description=(__doc__ or "").partition("\n")[0])
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--fix", action="store_true", help="mend what can be mended (script/format)")
    instead.add_argument("--audit", action="store_true", help="also ask for known vulnerabilities")
    options = parser.parse_args(arguments)
    try:
        with stoppable():
            programs = fixes() if options.fix else checks()
            if options.audit:
                programs += audits()
            well = run_all(programs)
    except Unready as missing:
        say(str(missing), sys.stderr)
        return 2
    except (Stopped, KeyboardInterrupt):
        return 130
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
