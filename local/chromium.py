"""Chromium for the browser tests: finding one, and getting one when there is none.

`python -m local.chromium` prints the path of a Chromium, after installing it when need be.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.progress import Unready, gist, say, step

PACKAGE = "chromium-headless-shell"
"""Debian's package of the shell."""

PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""The shell comes first: the same engine without the windows around it takes half the processor time."""

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How the tests start it: without a screen, and without any call of its own to the outside."""

_WAY_OUT = (
    f"install it by hand (Debian: apt-get install {PACKAGE}; "
    "elsewhere: python -m playwright install chromium)"
)


def find(environment: Mapping[str, str] = os.environ) -> Path | None:
    """A Chromium on the path, else Playwright's own; None when there is neither."""
    for program in PROGRAMS:
        if found := shutil.which(program, path=environment.get("PATH")):
            return Path(found)
    return _playwrights_own()


def _playwrights_own() -> Path | None:
    # Playwright knows where it would put its browser, but tells only inside a running driver.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def install() -> Path:
    """Get a Chromium: Debian's package when we may install it, else Playwright's own. Raises Unready."""
    if shutil.which("apt-get") and _may_be_root():
        debian = f"apt-get update -q && apt-get install -y -q --no-install-recommends {PACKAGE}"
        if _run("Debian's chromium", [*_as_root(), "sh", "-c", debian]) and (found := find()):
            return found
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if _run("Playwright's Chromium", playwright) and (found := find()):
        return found
    raise Unready(f"Chromium was not found and could not be installed: {_WAY_OUT}")


def _run(what: str, command: list[str]) -> bool:
    with step(f"installing {what}", out=sys.stderr):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        say(f"{what} could not be installed: {gist(f'{done.stderr}{done.stdout}')}", sys.stderr)
    return done.returncode == 0


def _may_be_root() -> bool:
    if os.geteuid() == 0:
        return True
    sudo = shutil.which("sudo")
    return sudo is not None and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0


def _as_root() -> list[str]:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    return [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]


def main() -> int:
    """Print the path of a Chromium; installs one when there is none."""
    try:
        print(find() or install())
    except Unready as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
