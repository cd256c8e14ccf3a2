"""Evidence of consent that outlives the user: what the law asks a sender to prove, and nothing else.

Canada's anti-spam law (S.C. 2010, c. 23) puts the onus of proving consent on whoever claims to have it
(s. 13), and proceedings may begin up to three years after the regulator has learnt of the matter (s. 23). An
installation that is its users' sender before the law may keep the evidence for that time; see
`KEEP_CONSENT_EVIDENCE`. Names and addresses are not kept: who has an address finds its evidence, and nobody
finds an address in it.
"""

from dataclasses import dataclass
from datetime import datetime

from crmsync.core.consent.ledger import ConsentEntry, Origin
from crmsync.core.json_types import JsonObject

KEPT = ("status", "basis", "obtained_on", "source")
"""What of a consent is evidence. A note may say anything of a person, and is not kept."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry of the ledger of consent, as far as it is about one e-mail address or telephone number.

    id: keyed digest of that address, then one of the entry. sender: that of the user whose contact it was.
    consent: what was recorded then, `KEPT` of it.
    """

    id: str
    sender: str
    at: datetime
    origin: Origin
    consent: JsonObject
    expires_at: datetime


def evidence_of(entry: ConsentEntry, id: str, sender: str, expires_at: datetime) -> Evidence:
    """The evidence that an entry is."""
    consent = {name: entry.after.get(name) for name in KEPT}
    return Evidence(id, sender, entry.at, entry.origin, consent, expires_at)
