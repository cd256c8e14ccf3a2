"""Pythons of the peers: a virtual environment each, as they ask for other libraries than ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from bench.google import ROOT


def python_with(name: str, *packages: str) -> Path:
    """The Python of `.cache/bench-<name>`, with these packages; made at the first run, which needs PyPI."""
    place = ROOT / ".cache" / f"bench-{name}"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True, stdout=sys.stderr)
    return python
