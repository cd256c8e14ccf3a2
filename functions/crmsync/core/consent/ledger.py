"""The ledger of consent: one entry for each change, kept as evidence of who recorded what, when and where."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from crmsync.core.encoding import consent_as_json
from crmsync.core.json_types import JsonObject
from crmsync.core.model import Consent

Origin = Literal["api", "import", "undo", "merge", "host"]
HOST = "host"
"""Who recorded a consent that the host CRM wrote without saying who did."""


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """One change of a contact's consent. Entries are never changed.

    by: the user, or `HOST`. origin: the API, an import, an undo, a merge of two contacts, or the host CRM
    past us. before: None for a contact that is new, or whose consent was not known.
    """

    id: str
    contact: str
    at: datetime
    by: str
    origin: Origin
    before: JsonObject | None
    after: JsonObject

    @property
    def revokes(self) -> bool:
        """Whether consent was withdrawn by this very change."""
        before = self.before or {}
        return self.after.get("status") == "revoked" != before.get("status")


def entry(
    id: str, contact: str, before: Consent | None, after: Consent, at: datetime, by: str, origin: Origin
) -> ConsentEntry | None:
    """The entry for a change; None when nothing changed but who recorded it. Until something else is said of
    it, a contact has no consent: that alone is no change.
    """
    was = _unsigned(before) if before is not None else Consent()
    if was == _unsigned(after):
        return None
    known = None if before is None else consent_as_json(before)
    return ConsentEntry(id, contact, at, by, origin, known, consent_as_json(after))


def _unsigned(consent: Consent) -> Consent:
    return replace(consent, recorded_by="")
