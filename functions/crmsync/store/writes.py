"""A commit as a value: one dataclass for each kind of write, the guard it relies on, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from crmsync.core.account import Grant, ImportRounds, ImportRun, User
from crmsync.core.consent.evidence import Evidence
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.doubles import Double
from crmsync.core.erasure import Erasure
from crmsync.core.journal import Conflict, Hold, JournalEntry
from crmsync.core.model import Record, Resource, Stored
from crmsync.core.state import Candidate, Intent, Link

Kind = Literal["contacts", "appointments"]

AnyStored = Stored[Any]
"""A record of a kind that is known at run time only. Whoever knows it says which by the type they give it."""


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """Creates a CRM record with this id; refused when it exists."""

    kind: Kind
    id: str
    value: Record


@dataclass(frozen=True, slots=True)
class PutRecord:
    """Replaces a CRM record's value.

    expect: the version that was read (None: must exist). archived: True archives, False restores, None leaves
    as it is. Always bumps `updated_at`, also when the value is the same: that puts the record before the next
    local pass ("touch").
    """

    kind: Kind
    id: str
    value: Record
    expect: str | None
    archived: bool | None = None


@dataclass(frozen=True, slots=True)
class PutLink:
    """Creates a link (version None; refused when its key is taken) or replaces it (refused when it moved)."""

    link: Link


@dataclass(frozen=True, slots=True)
class DropLink:
    """Deletes a link; absent counts as done."""

    key: str


@dataclass(frozen=True, slots=True)
class PutCandidate:
    """Creates (version None) or replaces a candidate, under its version."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class DropCandidate:
    """Deletes a candidate; absent counts as done."""

    key: str


@dataclass(frozen=True, slots=True)
class PutIntent:
    """Creates an intent; refused when it exists."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class DropIntent:
    """Deletes an intent; absent counts as done."""

    id: str


@dataclass(frozen=True, slots=True)
class AddJournal:
    """Writes one journal document for the whole commit."""

    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class PutConflict:
    """Writes a conflict under its derived id; writing it again changes nothing of substance."""

    conflict: Conflict


@dataclass(frozen=True, slots=True)
class DropConflict:
    """Deletes a conflict; absent counts as done."""

    id: str


@dataclass(frozen=True, slots=True)
class PutHold:
    """Writes a hold under its id."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class DropHold:
    """Deletes a hold; absent counts as done."""

    id: str


@dataclass(frozen=True, slots=True)
class PutDouble:
    """Creates what is remembered of two contacts (version None) or replaces it, under its version."""

    double: Double


@dataclass(frozen=True, slots=True)
class DropDouble:
    """Deletes what is remembered of two contacts; absent counts as done."""

    id: str


@dataclass(frozen=True, slots=True)
class PutImport:
    """Writes the state of an import run."""

    run: ImportRun


@dataclass(frozen=True, slots=True)
class AddConsent:
    """Writes an entry of the ledger of consent, beside the change of the contact. One that revokes withdraws
    the addresses that the contact has then.
    """

    entry: ConsentEntry


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Withdraws consent for addresses, as of a time: those of a list. What a contact's consent withdraws
    follows from the writes of the contact and of its entry.
    """

    addresses: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FreeAddresses:
    """Frees addresses for a contact whose new evidence, of the day of their withdrawal, was stated then;
    written with its entry. An address that was withdrawn since stays so.
    """

    contact: str
    addresses: tuple[str, ...]
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class DropConsent:
    """Deletes an entry of the ledger of consent, when its user is erased; absent counts as done."""

    id: str


@dataclass(frozen=True, slots=True)
class PutGrant:
    """Replaces the grant of the account, together with what says that it is connected by it."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class DropOffer:
    """Deletes an offer, together with what says what became of its grant; absent counts as done."""

    id: str


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """Writes evidence of consent that outlives the user."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class PutErasure:
    """Creates (version None) or replaces the record of an erasure, under its version."""

    erasure: Erasure


@dataclass(frozen=True, slots=True)
class PutUser:
    """Replaces top-level parts of the user document by name, and leaves the others alone.

    Parts: connection, previous_sub, contacts, calendar, rounds, settings, departure, asked, next_due_at,
    generation, stalls, erasing. Creates the document if need be. Under a guard, the guarded resource's `rev`
    is set to guard.rev + 1 by the store, and the other resource's state must not be among the parts. At most
    one PutUser a commit.
    """

    parts: Mapping[str, object]


OwnedWrite = (
    CreateRecord
    | PutRecord
    | PutLink
    | DropLink
    | PutCandidate
    | DropCandidate
    | PutIntent
    | DropIntent
    | AddJournal
    | PutConflict
    | DropConflict
    | PutHold
    | DropHold
    | PutDouble
    | DropDouble
    | PutImport
    | AddConsent
    | Withdraw
    | FreeAddresses
    | DropConsent
    | AddEvidence
    | PutErasure
    | PutGrant
    | DropOffer
)
"""What is kept beside the user document, each in a document of its own."""
Write = OwnedWrite | PutUser


@dataclass(frozen=True, slots=True)
class Guard:
    """What a job's commit relies on: its resource's rev, the connection's `sub` and generation, optionally
    the rounds.

    rounds is for commits that write candidates. user_version spares a read when the user document did not
    move. When it did move, but not in what the guard names, the commit goes through: what others changed
    meanwhile in parts that this commit replaces is kept in the guarded resource's state (a click on Sync
    now), and is a `Conflicted` elsewhere.
    """

    resource: Resource
    rev: int
    sub: str
    user_version: str
    rounds: ImportRounds | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did.

    user: the user document as it now is (with its new version), when the commit wrote it. versions: new
    versions of written records and links by id or key.
    """

    user: User | None
    versions: Mapping[str, str]
