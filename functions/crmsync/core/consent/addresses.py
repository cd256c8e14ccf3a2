"""Consent by e-mail address: what was withdrawn for an address holds whoever's record carries it.

Canada's anti-spam law (S.C. 2010, c. 23) forbids a commercial message *to an electronic address* unless the
person to whom it is sent has consented (s. 6(1)). The wish to get no more of them is given effect without
delay (s. 11(1), (3)), and whoever alleges consent has to prove it (s. 13). So a withdrawal is kept for the
address: a record that is archived, merged or imported later does not bring the address back. Only evidence
that is newer than the withdrawal does, and only for the record that has it.

What is kept of an address is a keyed digest: who has the address finds its withdrawal, and nobody finds an
address in it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from crmsync.core.consent.validity import can_email, grants, is_proven
from crmsync.core.model import Consent, Contact
from crmsync.core.text.digest import Digester, join
from crmsync.core.text.forms import email


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That consent was withdrawn for an address.

    digest: what stands for the address. at: when it was recorded. entry: the entry of the ledger that
    recorded it; "" for what came in a list, or with an address that a revoked record got later. freed:
    records with evidence of the very day of the withdrawal that was stated after it.
    """

    digest: str
    at: datetime
    entry: str = ""
    freed: frozenset[str] = frozenset()


Withdrawals = Mapping[str, Withdrawal]
"""Withdrawals by what they are asked by: the digest, or the address as a record has it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one address of a record. withdrawn: since when it may not be used there, or None."""

    can_email: bool
    withdrawn: datetime | None


def digest_of(address: str, digest: Digester) -> str:
    """What stands for an address, however it is written. "" for one that is blank."""
    canonical = email(address)
    return digest(join(("withdrawn", canonical))) if canonical else ""


def withdrawn(known: Withdrawals, new: Iterable[Withdrawal]) -> dict[str, Withdrawal]:
    """What is known by digest, with new withdrawals: the latest of an address counts, and frees nobody."""
    after = dict(known)
    for each in new:
        before = after.get(each.digest)
        if before is None or (before.at, before.entry) < (each.at, each.entry):
            after[each.digest] = each
    return after


def freed(
    known: Withdrawals, digests: Collection[str], record: str, stated_at: datetime
) -> dict[str, Withdrawal]:
    """What is known, with these addresses freed for a record by evidence that was stated then. What was
    withdrawn since is not.
    """
    after = dict(known)
    for digest in digests:
        found = after.get(digest)
        if found is not None and found.at <= stated_at:
            after[digest] = replace(found, freed=found.freed | {record})
    return after


def is_free(consent: Consent, record: str, withdrawal: Withdrawal, zone: tzinfo) -> bool:
    """Whether a record's consent is newer than a withdrawal: proven, and obtained on a later day, or on that
    day and stated after it. zone: the user's, in which days are counted.
    """
    day = evidence_day(consent)
    if day is None:
        return False
    return is_newer(day, withdrawal, zone) or (
        record in withdrawal.freed and day == withdrawal.at.astimezone(zone).date()
    )


def is_newer(day: date, withdrawal: Withdrawal, zone: tzinfo) -> bool:
    """Whether what was obtained on a day came after a withdrawal, whenever it was stated."""
    return day > withdrawal.at.astimezone(zone).date()


def is_new_evidence(consent: Consent, withdrawal: Withdrawal, zone: tzinfo) -> bool:
    """Whether a consent that is stated now, after a withdrawal, is evidence that the address may be used
    again.
    """
    day = evidence_day(consent)
    return day is not None and day >= withdrawal.at.astimezone(zone).date()


def standing(
    consent: Consent, record: str, withdrawal: Withdrawal | None, today: date, zone: tzinfo
) -> Standing:
    """How it stands with an address of a record on a day: it may be used when the record's consent holds, and
    nobody has withdrawn it since.
    """
    if withdrawal is not None and not is_free(consent, record, withdrawal, zone):
        return Standing(can_email=False, withdrawn=withdrawal.at)
    return Standing(can_email(consent, today), None)


def standings(contact: Contact, record: str, known: Withdrawals, today: date, zone: tzinfo) -> list[Standing]:
    """How it stands with each e-mail address of a record. known: by the address as the record has it."""
    return [standing(contact.consent, record, known.get(item.value), today, zone) for item in contact.emails]


def unmet(
    consent: Consent, addresses: Iterable[str], known: Withdrawals, zone: tzinfo
) -> dict[str, Withdrawal]:
    """Those of these addresses for which a consent says yes though it was withdrawn since, as drafts say it:
    of these nobody knows at what time of the day they were made.
    """
    if not grants(consent):
        return {}
    found = {address: known[address] for address in addresses if address in known}
    return {address: it for address, it in found.items() if not is_free(consent, "", it, zone)}


def evidence_day(consent: Consent) -> date | None:
    """The day of a consent that says yes and can be proven; None for any other."""
    return consent.obtained_on if grants(consent) and is_proven(consent) else None
