"""What each kind of document holds: the record itself and what is derived from it for queries.

Records are laid out flat, as in the API, as a host CRM may read and write them. Derived fields (`sort`,
`archived`, `tokens`, …) are the server's own; `docs/data.md` lists them all.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from crmsync.core.account import Grant
from crmsync.core.consent.addresses import digest_of
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.consent.validity import expires_on
from crmsync.core.doubles import Double
from crmsync.core.encoding import consent_as_json
from crmsync.core.erasure import Erasure
from crmsync.core.journal import Change, JournalEntry
from crmsync.core.model import AllDay, Appointment, Contact, Moment, R, Record, Stored
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Intent, Link
from crmsync.core.text.digest import Digester, unkeyed
from crmsync.core.text.titles import called
from crmsync.store.documents.limits import DOCUMENT_BYTES, document_size
from crmsync.store.documents.port import Document, Fields, Put, Value
from crmsync.store.encoding import paths, periods, search
from crmsync.store.encoding.codec import D, Unreadable, decode, encode, plain_time
from crmsync.store.writes import Kind

JOURNAL_KEPT = timedelta(days=30)
"""How long journal entries are kept; Firestore's TTL policy deletes them after `expires_at`."""

CLASS_OF: Mapping[Kind, type[Any]] = {"contacts": Contact, "appointments": Appointment}
"""The class of a kind's records. Where a kind is known at run time only, so is the class."""

GONE = "contacts-gone"
"""The stored resource of links of contacts that are deleted at Google."""

_SORT_CHARACTERS = 200
_STAND_INS = frozenset(("job_title", "address", "note", "url", "birthday"))
"""What a contact without name, organisation, e-mail and number may be called by, and is found by then."""
_BEFORE_ID = "\x01"
_NAMELESS = "\uffff"
_LINK_KNOWN = frozenset({"key", "version"})
_ID_AND_VERSION = frozenset({"id", "version"})
_JOURNAL_BYTES = DOCUMENT_BYTES - 8192


def unique_sort(text: str, id: str) -> str:
    """A text to order by that is unique, so that a position in a list is one value and ties are broken by id.

    Bounded, as Firestore compares only the first 1,500 bytes of an indexed text.
    """
    return f"{text[:_SORT_CHARACTERS]}{_BEFORE_ID}{id[:500]}"


# --- CRM records


def record_data(
    id: str, value: Record, archived: bool | None, digest: Digester = unkeyed
) -> dict[str, Value]:
    """A record's fields and derived fields; `archived` None leaves that one out."""
    data = encode(value) | derived(id, value, digest)
    return data if archived is None else data | {"archived": archived}


def derived(id: str, value: Record, digest: Digester) -> dict[str, Value]:
    """What a list page and a search need of a record. digest: of e-mail addresses."""
    if isinstance(value, Contact):
        expiry = expires_on(value.consent)
        return {
            "sort": unique_sort(_contact_name(value), id),
            "tokens": search.beginnings(contact_words(value)),
            "consent_expires_on": None if expiry is None else expiry.isoformat(),
            "consent_known": {**consent_as_json(value.consent)},
            "email_digests": [*email_digests(value, digest)],
        }
    return {
        "sort": unique_sort(_instant(value.start), id),
        "tokens": search.beginnings(appointment_words(value)),
        "periods": periods.of_appointment(value),
    }


def email_digests(contact: Contact, digest: Digester) -> tuple[str, ...]:
    """What stands for the contact's e-mail addresses, each once."""
    found = (digest_of(item.value, digest) for item in contact.emails)
    return tuple(dict.fromkeys(each for each in found if each))


def record_words(value: Record) -> list[str]:
    """The words by which a record is found."""
    return contact_words(value) if isinstance(value, Contact) else appointment_words(value)


def contact_words(contact: Contact) -> list[str]:
    """Words of names, organisation, e-mail addresses and telephone numbers."""
    names = (contact.given_name, contact.family_name, contact.nickname, contact.middle_name)
    by, title = called(contact)
    return [
        *search.words(*names, most=6),
        *search.joined(*names),
        *search.words(contact.organization, most=6),
        *search.words(title if by in _STAND_INS else ""),
        *search.words(*(email.value for email in contact.emails[:4]), most=6),
        *search.phone_words(phone.value for phone in contact.phones),
        *search.joined(contact.organization),
    ]


def appointment_words(appointment: Appointment) -> list[str]:
    """Words of title and place."""
    return search.words(appointment.title, appointment.location)


def stored_record(cls: type[R], document: Document, version: str | None = None) -> Stored[R]:
    """A record from its document. Raises Unreadable."""
    data = document.data
    archived_at = data.get("archived_at")
    if archived_at is not None and not isinstance(archived_at, datetime):
        raise Unreadable("archived_at")
    return Stored(
        id=paths.original(document.id),
        value=decode(cls, data),
        version=version or document.version,
        created_at=_time(data.get("created_at"), document.created_at),
        updated_at=_time(data.get("updated_at"), document.updated_at),
        archived_at=None if archived_at is None else plain_time(archived_at),
    )


def missing_derived(stored: Stored[R], data: Fields, digest: Digester) -> dict[str, Value]:
    """Derived fields that the document lacks or has wrong: someone wrote it past this store."""
    right = derived(stored.id, stored.value, digest) | {"archived": stored.archived_at is not None}
    return {field: value for field, value in right.items() if data.get(field) != value}


def _time(value: Value, otherwise: datetime) -> datetime:
    return plain_time(value if isinstance(value, datetime) else otherwise)


def _contact_name(contact: Contact) -> str:
    """By what a person looks for a contact: family name first, else whatever there is."""
    name = " ".join(
        part for part in (contact.family_name, contact.given_name, contact.middle_name) if part.strip()
    )
    by, title = called(contact)
    first = name.strip() or ("" if by in ("name", "nothing") else title)
    return " ".join(search.fold(first).split()) or _NAMELESS


def _instant(moment: Moment) -> str:
    at = datetime.combine(moment.date, time(), UTC) if isinstance(moment, AllDay) else moment.at
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


# --- links, candidates, intents


def link_data(link: Link) -> dict[str, Value]:
    """A link's document. One that is no pair any more has a resource of its own, so that no query for pairs
    finds it.
    """
    data = encode(link, _LINK_KNOWN)
    return data | {"resource": GONE} if link.state == "gone" else data


def link_from(document: Document) -> Link:
    """A link from its document."""
    known: dict[str, object] = {"key": paths.original(document.id), "version": document.version}
    if document.data.get("resource") != GONE:
        return decode(Link, document.data, **known)
    data = {**document.data, "resource": "contacts"}
    if data.get("gone_at") is not None:
        # By the clock that the record's own times are of, which the same commit has written.
        known["gone_at"] = plain_time(document.updated_at)
    return decode(Link, data, **known)


def candidate_data(candidate: Candidate) -> dict[str, Value]:
    """A candidate's document. What the sheet orders, filters and searches by is in its directory."""
    known = (*candidate.claims, *candidate.linked, *((candidate.was,) if candidate.was else ()))
    crms = {claim.crm for claim in known} | ({candidate.crm} if candidate.crm else set())
    keys = {key for claim in candidate.claims for key in claim.keys}
    return encode(candidate, _LINK_KNOWN) | {
        "claimed": any(claim.strength for claim in candidate.claims),
        "about": [*sorted(crms)],
        "awaited_by": [*sorted(keys)],
    }


def candidate_from(document: Document) -> Candidate:
    """A candidate from its document."""
    return decode(Candidate, document.data, key=paths.original(document.id), version=document.version)


def intent_data(intent: Intent) -> dict[str, Value]:
    """An intent's document."""
    return encode(intent, _ID_AND_VERSION)


def intent_from(document: Document) -> Intent:
    """An intent from its document."""
    return decode(Intent, document.data, id=paths.original(document.id), version=document.version)


def double_data(double: Double) -> dict[str, Value]:
    """The document of what is remembered of two contacts."""
    return encode(double, _ID_AND_VERSION)


def double_from(document: Document) -> Double:
    """What is remembered of two contacts, from its document."""
    return decode(Double, document.data, id=paths.original(document.id), version=document.version)


def identified(cls: type[D], document: Document, name: str = "id") -> D:
    """Any other dataclass from its document; the field `name` is the document's id."""
    return decode(cls, document.data, **{name: paths.original(document.id)})


# --- journal


_GRANTED_TO = frozenset(("tenant", "uid", "account"))


def grant_data(grant: Grant) -> dict[str, Value]:
    """A grant's document; whose it is follows from its path."""
    return encode(grant, _GRANTED_TO)


def grant_from(scope: Scope, document: Document) -> Grant:
    """The grant of an account. Raises Unreadable."""
    return decode(Grant, document.data, tenant=scope.tenant, uid=scope.uid, account=scope.account)


def erasure_data(erasure: Erasure) -> dict[str, Value]:
    """The document of the record of an erasure."""
    return encode(erasure, _ID_AND_VERSION)


def erasure_from(document: Document) -> Erasure:
    """The record of an erasure from its document."""
    return decode(Erasure, document.data, id=paths.original(document.id), version=document.version)


def consent_write(scope: Scope, made: ConsentEntry) -> Put:
    """The write of an entry of the ledger of consent; the same when it is made again."""
    return Put(paths.document(scope, paths.CONSENTS, made.id), encode(made, frozenset({"id"})))


def journal_documents(entry: JournalEntry, rev: int) -> list[tuple[str, dict[str, Value]]]:
    """Ids and data of a journal entry: one document, or several when it would be above Firestore's 1 MiB.
    Of a single change that is above it, the journal keeps the fact, and of its values those that fit.

    Ids sort in the order of commits of one instant (`rev`), and are the same when the same entry is written
    again.
    """
    parts = _journal_parts(entry)
    digest = hashlib.blake2b(
        json.dumps([entry.run, entry.at.isoformat(), parts], default=repr).encode(),
        digest_size=8,
    ).hexdigest()
    return [(f"{rev:012d}-{digest}-{n:03d}", part) for n, part in enumerate(parts)]


def _journal_parts(entry: JournalEntry) -> list[dict[str, Value]]:
    part = _journal_part(entry, entry.changes)
    if document_size("users/u/journal/j", part) <= _JOURNAL_BYTES:
        return [part]
    if len(entry.changes) == 1:
        shorter = _shortened(entry.changes[0])
        return [part] if shorter is None else _journal_parts(replace(entry, changes=(shorter,)))
    middle = len(entry.changes) // 2
    halves = (entry.changes[:middle], entry.changes[middle:])
    return [part for half in halves for part in _journal_parts(replace(entry, changes=half))]


def _shortened(change: Change) -> Change | None:
    """A change whose values fit into no document, with less of them: rather what was than what is there to be
    read still. None when it has no values.
    """
    if change.before is not None and change.after is not None:
        return replace(change, after=None)
    if change.before is not None or change.after is not None:
        return replace(change, before=None, after=None)
    return None


def _journal_part(entry: JournalEntry, changes: Sequence[Change]) -> dict[str, Value]:
    derived: dict[str, Value] = {
        "crms": [*sorted({change.crm for change in changes if change.crm is not None})],
        "expires_at": entry.at + JOURNAL_KEPT,
    }
    return encode(replace(entry, changes=tuple(changes))) | derived


def journal_from(document: Document) -> JournalEntry:
    """A journal entry from its document."""
    return decode(JournalEntry, document.data)
