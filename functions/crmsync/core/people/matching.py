"""Which CRM contact and which Google contact are the same person, before either is created a second time.

A CRM contact *claims* a candidate with which it shares an e-mail address, or a telephone number and the name.
Claims are decided only when all are known (`resolve`): one claims one, and nothing contradicts it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crmsync.core.model import Contact
from crmsync.core.pair.canon import Canon
from crmsync.core.state import Candidate, Claim
from crmsync.core.text.forms import email, folded
from crmsync.core.text.names import names_agree
from crmsync.core.text.titles import NO_NAME, full_name, title_of

Reason = Literal["email", "phone_and_name"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What follows from all claims.

    links: pairs of candidate and CRM id that are certainly one person. ambiguous: CRM id -> keys of the
    candidates it may be; such a record is held back from the push until the user decides.
    """

    links: tuple[tuple[Candidate, str], ...]
    ambiguous: Mapping[str, tuple[str, ...]]


def claims(
    contact_id: str, contact: Contact, match_keys: Iterable[str], candidates: Iterable[Candidate]
) -> dict[str, Claim]:
    """The claims of one unlinked CRM contact, by candidate key.

    match_keys: those of the contact. candidates: any that might share one; only open ones that the user has
    not called a different person are claimed.
    """
    wanted = frozenset(match_keys)
    return {
        candidate.key: _claim(contact_id, contact, candidate)
        for candidate in candidates
        if candidate.status == "open"
        and contact_id not in candidate.distinct
        and not wanted.isdisjoint(candidate.match_keys)
    }


def linked_claim(crm_id: str, contact: Contact, candidate: Candidate, canon: Canon) -> Claim | None:
    """The claim of a CRM contact that is linked already, for the sheet's hint "Possible duplicate of …"; else
    None.
    """
    if crm_id in candidate.distinct or frozenset(canon.match_keys(contact)).isdisjoint(candidate.match_keys):
        return None
    return _claim(crm_id, contact, candidate)


def resolve(candidates: Sequence[Candidate]) -> Resolution:
    """Decides all claims at once.

    candidates: every candidate that is claimed, because a claim is certain only when nothing else competes:
    exactly one CRM record and exactly one candidate claim each other, the names agree, no linked record may
    be the same person, and no undo has parted them.
    """
    claimed = {c.key: _standing(c) for c in candidates if c.status == "open"}
    claimants: dict[str, list[str]] = {}
    for key, standing in claimed.items():
        for claim in standing:
            claimants.setdefault(claim.crm, []).append(key)
    links: list[tuple[Candidate, str]] = []
    linked: set[str] = set()
    for candidate in candidates:
        standing = claimed.get(candidate.key, ())
        if len(standing) != 1 or _linked_elsewhere(candidate):
            continue
        (claim,) = standing
        if claim.agrees and len(claimants[claim.crm]) == 1 and claim.crm not in candidate.parted:
            links.append((candidate, claim.crm))
            linked.add(claim.crm)
    ambiguous = {crm: tuple(sorted(keys)) for crm, keys in claimants.items() if crm not in linked}
    return Resolution(tuple(links), ambiguous)


def _standing(candidate: Candidate) -> tuple[Claim, ...]:
    return tuple(claim for claim in candidate.claims if claim.crm not in candidate.distinct)


def _linked_elsewhere(candidate: Candidate) -> bool:
    match = candidate.linked_match
    return match is not None and match.crm not in candidate.distinct


def _claim(crm_id: str, contact: Contact, candidate: Candidate) -> Claim:
    return Claim(
        crm=crm_id,
        name=title_of(contact),
        reason=_reason(contact, candidate),
        agrees=names_agree(full_name(contact), _person_name(candidate)),
    )


def _reason(contact: Contact, candidate: Candidate) -> Reason:
    theirs = {email(address) for address in candidate.emails}
    return "email" if any(email(e.value) in theirs for e in contact.emails) else "phone_and_name"


def _person_name(candidate: Candidate) -> str:
    """The candidate's name; nothing when the sheet shows an organisation, address or number instead."""
    shown = folded(candidate.name)
    stand_ins = (NO_NAME, candidate.organization, *candidate.emails, *candidate.phones)
    return "" if any(shown == folded(text) for text in stand_ins) else candidate.name
