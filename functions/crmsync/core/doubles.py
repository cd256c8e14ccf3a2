"""Two contacts of the CRM that may be one person: what is asked, what was answered, what was merged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Double:
    """A pair of CRM contacts.

    id: follows from the two. crms: their ids, the lesser first. state: asked: nobody has said whether they
    are one; different: they are two; merged: they were one. held: which of the two is not created at Google
    until that is answered. strength, reasons: as in a `Claim`. keys: match keys of the one that is held.
    kept, run, at: which of the two stayed, under which run the journal knows the merge, and when.
    """

    id: str
    crms: tuple[str, ...]
    state: Literal["asked", "different", "merged"] = "asked"
    held: str = ""
    strength: int = 0
    reasons: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    kept: str = ""
    run: str = ""
    at: datetime | None = None
    version: str | None = None

    def other(self, crm: str) -> str:
        """The other one of the two."""
        return next(each for each in self.crms if each != crm)
