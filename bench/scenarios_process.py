"""What a process of ours needs: decisions a second, memory, the time to start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import decide
from bench.rows import Row

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = 1_000, 50_000
_SAME = 1.1
"""Two peaks count as the same up to this factor: an allocator never gives back all it took."""
_TRIES = 3


def decisions() -> Row:
    """How many records a second are decided."""
    decided, projected = decide.rates(decide.RECORDS)
    slowest = min(decided.values())
    return Row(
        "decide()",
        decide.RECORDS,
        f"{slowest:,.0f} records/s in the slowest case, {max(decided.values()):,.0f} in a storm",
        "≥ 20,000 records/s",
        slowest >= decide.TARGET,
        {"decide": decided, "project": projected},
    )


def memory(small: int = SMALL, large: int = LARGE) -> Row:
    """Peak memory of a first job with few and with many contacts on both sides."""
    few, many = _peak(small), _peak(large)
    return Row(
        "memory of a job",
        large,
        f"{few['peak'] / 2**20:.1f} MB at {small:,}, {many['peak'] / 2**20:.1f} MB at {large:,} "
        f"({few['before'] / 2**20:.1f} MB before the job)",
        "the same for 1,000 and 50,000 contacts",
        many["peak"] <= _SAME * few["peak"],
        {"small": few, "large": many},
    )


def cold_start() -> Row:
    """Imports of the module that holds the doors, in a fresh interpreter; the best of some tries."""
    seconds = min(_import_seconds() for _ in range(_TRIES))
    return Row(
        "cold start of a public door",
        0,
        f"{seconds:.2f} s of imports",
        "≤ 1 s of imports (importtime)",
        seconds <= 1.0,
        {"seconds": seconds},
    )


def _peak(size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory", str(size)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _import_seconds() -> float:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import main"],
        cwd=ROOT / "functions",
        capture_output=True,
        text=True,
        check=True,
    )
    # "import time:  self [us] | cumulative | name", the last line being the module asked for.
    microseconds = done.stderr.strip().splitlines()[-1].split("|")[1]
    return int(microseconds) / 1e6
