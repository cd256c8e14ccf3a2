"""By what the store finds who may be the same person: digests, so that it learns nothing of anybody."""

from crmsync.core.model import Contact
from crmsync.core.pair.canon import Canon
from crmsync.core.people.assignment import keys
from crmsync.core.people.evidence import Evidence, prepare

MATCH_KEYS = 30
"""At most so many match keys a contact: what one Firestore query may ask for."""


def match_keys(canon: Canon, contact: Contact) -> tuple[str, ...]:
    """The match keys of a contact, the surest first."""
    return keys_of(canon, prepare(contact, canon.region))


def keys_of(canon: Canon, evidence: Evidence) -> tuple[str, ...]:
    """The same of one who is prepared already."""
    digests = dict.fromkeys(canon.digest(*key) for key in keys(evidence))
    return tuple(digests)[:MATCH_KEYS]
