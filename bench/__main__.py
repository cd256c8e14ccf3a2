"""`python -m bench contacts` (`calendar`, `identity`): measures every row of the targets and prints them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench import (
    peer_gcal,
    peer_syncall,
    peer_vdirsyncer,
    scenarios_events,
    scenarios_fleet,
    scenarios_process,
    scenarios_pull,
    scenarios_push,
    scenarios_sheet,
    table,
)
from bench.google import ROOT
from bench.rows import Row
from bench.setup import Setup, set_up

SIZES = (1_000, 10_000)
SHEET = 2.5
"""The sheet is measured at this many times the largest size: 25,000 rows, the most that Google keeps."""
Scenario = tuple[str, Callable[[], list[Row]]]
PEERS = {"contacts": ("vdirsyncer",), "calendar": ("gcal_sync", "syncall")}
"""Measured when asked for: some are installed first."""
PARTS = {
    "contacts": ("push", "pull", "sheet", "fleet", "process", *PEERS["contacts"]),
    "calendar": ("push", "pull", "quota", *PEERS["calendar"]),
}
"""By what is measured."""


def main(arguments: list[str]) -> int:
    """Runs what was asked for."""
    if arguments[:1] == ["identity"]:
        from bench.identity import runner

        return runner.main(arguments[1:])
    options = _options(arguments)
    rows: list[Row] = []
    with set_up(options.store, options.latency) as setup:
        scenarios = _scenarios if options.what == "contacts" else _calendar
        for scenario in scenarios(setup, options):
            rows += _measured(scenario)
    for scenario in _alone(options):
        rows += _measured(scenario)
    print(table.markdown(rows))
    print()
    print(table.summary(rows))
    print(", ".join(f"{name}: {value}" for name, value in table.machine().items()))
    table.save(options.json, {name: str(value) for name, value in vars(options).items()}, rows)
    return 0


def _measured(scenario: Scenario) -> list[Row]:
    """The rows of one scenario, told as they come: a long run that is broken off has not been in vain."""
    name, measure = scenario
    print(f"… {name}", file=sys.stderr, flush=True)
    rows = measure()
    for row in rows:
        print(f"  {row.scenario}: {row.ours} [{row.verdict}]", file=sys.stderr, flush=True)
    return rows


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the sync.")
    parser.add_argument("what", choices=tuple(PARTS), help="which part of the targets")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="numbers of records (1000,10000)")
    parser.add_argument("--latency", type=float, default=0.150, help="seconds a call to Google takes (0.150)")
    parser.add_argument("--store", choices=("firestore", "memory"), default="firestore")
    every = "; ".join(f"{what}: {','.join(parts)}" for what, parts in PARTS.items())
    parser.add_argument("--only", type=lambda text: tuple(text.split(",")), help=f"some parts of {every}")
    parser.add_argument("--peers", action="store_true", help="also measure peers, installed in .cache/")
    parser.add_argument("--json", type=Path, help="where the details go (.cache/bench-….json)")
    options = parser.parse_args(arguments)
    parts, peers = PARTS[options.what], PEERS[options.what]
    options.only = options.only or tuple(part for part in parts if part not in peers)
    options.only += peers if options.peers else ()
    if unknown := set(options.only) - set(parts):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    options.json = options.json or ROOT / ".cache" / f"bench-{options.what}.json"
    return options


def _scenarios(setup: Setup, options: argparse.Namespace) -> Iterator[Scenario]:
    sizes, largest = options.sizes, max(options.sizes)
    for size in sizes:
        if "push" in options.only:
            yield f"push {size:,}", lambda size=size: scenarios_push.push(setup, size)  # type: ignore[misc]
        if "pull" in options.only:
            yield f"pull {size:,}", lambda size=size: scenarios_pull.pull(setup, size)  # type: ignore[misc]
    if "sheet" in options.only:
        rows = round(SHEET * largest)
        yield f"sheet of {rows:,}", lambda: scenarios_sheet.full_sheet(setup, rows)
    if "fleet" in options.only:
        yield f"fleet of {largest:,}", lambda: [scenarios_fleet.tick(setup, largest)]


def _calendar(setup: Setup, options: argparse.Namespace) -> Iterator[Scenario]:
    for size in options.sizes:
        if "push" in options.only:
            yield f"events pushed {size:,}", partial(scenarios_events.push, setup, size)
        if "pull" in options.only:
            yield f"events pulled {size:,}", partial(scenarios_events.pull, setup, size)
    if "gcal_sync" in options.only:
        yield "gcal_sync", partial(peer_gcal.rows, setup, min(options.sizes))
    if "syncall" in options.only:
        yield "syncall", partial(peer_syncall.rows, setup, min(options.sizes))
    if "quota" in options.only:
        # Last: it moves Google's clock.
        for size in options.sizes:
            yield f"events under quota {size:,}", partial(scenarios_events.under_quota, setup, size)


def _alone(options: argparse.Namespace) -> Iterator[Scenario]:
    """What needs neither Google nor a database."""
    if options.what == "calendar":
        return
    if "process" in options.only:
        yield "decisions", lambda: [scenarios_process.decisions()]
        yield "cold start", lambda: [scenarios_process.cold_start()]
        yield "memory", lambda: [scenarios_process.memory()]
    if "vdirsyncer" in options.only:
        yield "vdirsyncer", lambda: peer_vdirsyncer.rows(options.latency)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) for part in text.split(","))
    if not all(size > 0 for size in sizes):
        raise argparse.ArgumentTypeError("sizes are positive numbers")
    return sizes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
