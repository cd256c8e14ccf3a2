"""A door must start fast: what takes long to import is imported where it is used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"

HEAVY = (
    "google.cloud.firestore",
    "google.cloud.tasks",
    "googleapiclient",
    "phonenumbers",
    "rapidfuzz",
    "nicknames",
    "anyascii",
    "grpc",
    "icalendar",
    "requests",
)


@pytest.fixture(scope="module")
def imported() -> frozenset[str]:
    """The modules that importing main loads into a fresh interpreter."""
    program = "import json, sys; import main; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=FUNCTIONS, capture_output=True, check=True, text=True, timeout=60
    )
    return frozenset(json.loads(done.stdout))


@pytest.mark.parametrize("package", HEAVY)
def test_importing_the_doors_does_not_load(package: str, imported: frozenset[str]) -> None:
    loaded = [name for name in imported if name == package or name.startswith(f"{package}.")]
    assert loaded == []


def test_importing_the_doors_loads_the_doors(imported: frozenset[str]) -> None:
    assert {"crmsync.api.doors", "crmsync.compose", "flask", "pydantic"} <= imported
