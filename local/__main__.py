"""`python -m local`, which `script/run` calls: the whole system until Ctrl-C."""

import argparse
import os
import signal
import sys
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

from local.environment import Auth
from local.progress import Unready, say
from local.runner import DEFAULT_PORT, LocalSystem, Options

DEFAULT_RESYNC = 300
ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / ".cache" / "run.log"
DATA = ROOT / ".data"


class Ended(BaseException):
    """The person or the system wants the program to end."""


def read_options(arguments: Sequence[str], env: Mapping[str, str] = os.environ) -> tuple[Options, bool]:
    """The options of the command line and the environment, and whether to open a browser.

    Exits with a message if an option is wrong; raises Unready if a variable is.
    """
    parser = argparse.ArgumentParser(prog="script/run", description="CRM Google Sync on this machine.")
    parser.add_argument("--port", type=_port, help=f"default {DEFAULT_PORT}, or that of the data; 0 for any")
    parser.add_argument("--google", default="simulated", metavar="simulated|real|URL")
    parser.add_argument(
        "--store",
        choices=("firestore", "memory", "file"),
        help="default: file with --data, else an emulator, if any, else memory",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep everything there between runs (default with --google real or --store file: .data)",
    )
    parser.add_argument("--fresh", action="store_true", help="delete what DIR keeps, and begin anew")
    parser.add_argument("--seed", choices=("demo", "empty"), help="default: demo, with the real Google empty")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.add_argument(
        "--resync",
        type=int,
        default=DEFAULT_RESYNC,
        metavar="SECONDS",
        help=f"period of the scheduled resync, 0 for none (default {DEFAULT_RESYNC})",
    )
    parser.add_argument("--example", choices=("embed",), help="also a small CRM that embeds the button")
    given = parser.parse_args(arguments)
    auth = Auth.given(env)
    if given.example and auth:
        parser.error("--example has a login of its own: run it without AUTH_ISSUER and its like")
    data = given.data
    if given.store == "memory":
        if data is not None:
            parser.error("--data keeps everything, and --store memory nothing: leave one of them out")
    elif data is None and (given.google == "real" or given.store == "file"):
        data = DATA
    if given.fresh and data is None:
        parser.error("--fresh deletes what --data DIR keeps: name the folder, too")
    options = Options(
        port=given.port,
        google=given.google,
        store=given.store,
        # Made-up contacts have no place in a person's own account.
        seed=given.seed or ("demo" if given.google == "simulated" else "empty"),
        resync_every=timedelta(seconds=given.resync) if given.resync > 0 else None,
        embed_origins=tuple(env.get("EMBED_ORIGINS", "").replace(",", " ").split()),
        auth=auth,
        example=given.example,
        log=LOG,
        data=data,
        fresh=given.fresh,
    )
    return options, not given.no_browser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the first Ctrl-C, SIGTERM or hang-up into `Ended`, and take no further one while parts end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise Ended

    for number in numbers:
        signal.signal(number, end)
    yield


def describe(system: LocalSystem) -> None:
    """Print where everything is, the line with `ready` last."""
    if system.google is not None:
        say(f"  Google Contacts  {system.google_origin}/contacts")
        say(f"  Google Calendar  {system.google_origin}/calendar")
        say(f"  Google's dials   {system.google_origin}/controls")
    if system.data is not None:
        how = "exported each minute and at the end" if system.firestore_host else "kept as it is answered"
        say(f"  data             {system.data.path}, {how}")
    else:
        say(f"  data             {system.firestore_host or 'in memory'}")
    if system.google is None:
        say(f"  redirect URI     {system.url}/oauth/callback, to be registered with the OAuth client")
    if system.options.auth is not None:
        say(f"  sign-in          by {system.options.auth.issuer}; the demo's own users cannot")
    if system.example is not None:
        say(f"  example CRM      {system.example}, sign in as ann with password ann")
    say(f"  log              {LOG.relative_to(LOG.parent.parent)}")
    say("  Ctrl-C ends everything.")
    say(f"ready {system.url}")


def _can_show_pages() -> bool:
    """Whether a window can open: without a screen, a text browser would take over the terminal."""
    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(screen) and sys.stdout.isatty()


def main(arguments: Sequence[str]) -> int:
    """Run until a signal ends it; 0 then, 1 when a part is missing."""
    try:
        options, browser = read_options(arguments)
        with ended_by_signals(), LocalSystem(options) as system:
            describe(system)
            if browser and _can_show_pages():
                webbrowser.open(system.example or system.url)
            while True:
                signal.pause()
    except Unready as missing:
        say(str(missing), sys.stderr)
        return 1
    except Ended:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
