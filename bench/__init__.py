"""Measurements of the sync against its targets, the bare floor and its peers: `python -m bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functions"))
