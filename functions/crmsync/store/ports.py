"""What the engine and the API may ask of the store: typed records in, typed records out.

Two layers. `Documents` is a tiny document database with exactly the Firestore semantics that the sync relies on; it has two
adapters (`firestore`, `memory`) that one contract suite holds together. `Store` speaks of users, links and candidates; it is written once,
over `Documents`. Paths and field names are known to this room alone.

Consistency: every commit is atomic. A commit under a `Guard` is refused with `Superseded` when another job of the same resource
committed since the guard was read (the fence), whatever else was written to the user document meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from crmsync.core.account import Grant, ImportRounds, ImportRun, OAuthState, PushChannel, User
from crmsync.core.journal import Conflict, Hold, JournalEntry
from crmsync.core.model import Appointment, Contact, R, Resource, Stored
from crmsync.core.state import Candidate, Intent, Link

Kind = Literal["contacts", "appointments"]


class StoreError(Exception):
    """Any failure of the store."""


class Conflicted(StoreError):
    """A precondition failed: the document changed, exists, or is missing. Nothing of the commit was written. `what` names the first such document's kind and id."""

    def __init__(self, what: str) -> None:
        super().__init__(f"precondition failed: {what}")
        self.what = what


class Superseded(StoreError):
    """The guard's resource moved on: another job committed. Stop; the work is someone else's now."""


class StoreUnavailable(StoreError):
    """The store does not answer; try later."""


# --- writes, as values -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """Creates a CRM record with this id; refused when it exists."""

    kind: Kind
    id: str
    value: Contact | Appointment


@dataclass(frozen=True, slots=True)
class PutRecord:
    """Replaces a CRM record's value. expect: the version that was read (None: must exist). archived: True archives, False restores, None leaves as it is.

    Always bumps `updated_at`, also when the value is the same: that puts the record before the next local pass ("touch").
    """

    kind: Kind
    id: str
    value: Contact | Appointment
    expect: str | None
    archived: bool | None = None


@dataclass(frozen=True, slots=True)
class PutLink:
    """Creates the link (link.version None: refused when the key is taken) or replaces it (refused when it changed since)."""

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
class PutImport:
    """Writes the state of an import run."""

    run: ImportRun


@dataclass(frozen=True, slots=True)
class PutUser:
    """Replaces top-level parts of the user document by name: any of connection, previous_sub, contacts, calendar, rounds, settings, next_due_at. Creates the document if need be.

    Under a guard, the guarded resource's `rev` is set to guard.rev + 1 by the store.
    """

    parts: Mapping[str, Any]


Write = (
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
    | PutImport
    | PutUser
)


@dataclass(frozen=True, slots=True)
class Guard:
    """States what a job's commit relies on: its resource's rev, the connection's `sub`, and optionally the import rounds (for commits that write candidates). `user_version` spares a read when the document did not move."""

    resource: Resource
    rev: int
    sub: str
    user_version: str
    rounds: ImportRounds | None = None


@dataclass(frozen=True, slots=True)
class CandidateQuery:
    """Which candidates. tab: "open" (undecided), "declined", "imported". Order is by `sort`, then key."""

    tab: Literal["open", "declined", "imported"]
    has_email: bool = False
    possible_duplicate: bool = False
    label: str | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did. user: the user document as it now is (with its new version), when the commit wrote it; versions: new versions of written records and links by id or key."""

    user: User | None
    versions: Mapping[str, str]


class Store(Protocol):
    """Everything the product keeps, per user. Reads are by id or by bounded page; nothing loads a whole collection.

    Missing ids are left out of mappings. Pages answer at most `limit` items in a stable order; `after` is exclusive.
    """

    # writing
    def commit(
        self, uid: str, writes: Sequence[Write], guard: Guard | None = None, *, expect_user: str | None = None
    ) -> Committed:
        """Writes all or nothing. Raises Conflicted, Superseded, StoreUnavailable. expect_user: user document version that must still hold (for changes of connection, rounds, settings)."""
        ...

    # the user
    def user(self, uid: str) -> User | None:
        """The user document."""
        ...

    def due_users(self, now: datetime, limit: int) -> Sequence[User]:
        """Connected users whose `next_due_at` has come, oldest first."""
        ...

    # CRM records
    def contact(self, uid: str, id: str) -> Stored[Contact] | None:
        """One contact, archived or not."""
        ...

    def appointment(self, uid: str, id: str) -> Stored[Appointment] | None:
        """One appointment, archived or not."""
        ...

    def records(self, uid: str, kind: Kind, ids: Sequence[str]) -> Mapping[str, Stored[Any]]:
        """Several records by id."""
        ...

    def changed(
        self, uid: str, kind: Kind, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Stored[Any]]:
        """Records with updated_at >= since, archived ones too, ordered by (updated_at, id), strictly after `after`."""
        ...

    def page(
        self, uid: str, kind: Kind, *, archived: bool, after: str | None, limit: int, q: str = ""
    ) -> tuple[Sequence[Stored[Any]], str | None]:
        """Records for a list page, in the list's own order (contacts by name, appointments by start); answers the items and the next `after`."""
        ...

    def count(self, uid: str, kind: Kind, *, archived: bool = False) -> int:
        """How many records there are."""
        ...

    # links
    def links(self, uid: str, keys: Sequence[str]) -> Mapping[str, Link]:
        """Links by key."""
        ...

    def links_of(self, uid: str, resource: Resource, crm_ids: Sequence[str]) -> Mapping[str, Link]:
        """Links by CRM id."""
        ...

    def links_page(self, uid: str, resource: Resource, after: str | None, limit: int) -> Sequence[Link]:
        """All links in key order."""
        ...

    def links_matching(self, uid: str, match_keys: Sequence[str]) -> Sequence[Link]:
        """Contact links that have any of these match keys."""
        ...

    def count_links(self, uid: str, resource: Resource) -> int:
        """How many links there are."""
        ...

    # candidates
    def candidates(self, uid: str, keys: Sequence[str]) -> Mapping[str, Candidate]:
        """Candidates by key, whatever their status."""
        ...

    def candidates_matching(self, uid: str, match_keys: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that have any of these match keys."""
        ...

    def candidates_claimed(self, uid: str, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates with claims, in key order."""
        ...

    def candidates_selected(self, uid: str, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates whose choice is selected, in key order."""
        ...

    def candidate_page(
        self, uid: str, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> tuple[Sequence[Candidate], str | None]:
        """A page of the sheet; `after` is an opaque position. At most limit + 1 documents are read, the last page costs what the first does."""
        ...

    def count_candidates(self, uid: str, query: CandidateQuery, rounds: ImportRounds) -> int:
        """How many there are, by an aggregation query."""
        ...

    # the rest of a user's collections
    def intents(self, uid: str) -> Sequence[Intent]:
        """Creates in doubt."""
        ...

    def conflicts(self, uid: str, after: str | None, limit: int) -> Sequence[Conflict]:
        """Values that lost a merge, in id order."""
        ...

    def holds(self, uid: str) -> Sequence[Hold]:
        """Deletions that wait."""
        ...

    def count_conflicts(self, uid: str) -> int:
        """How many conflicts there are."""
        ...

    def journal(
        self, uid: str, *, crm: str | None, run: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[JournalEntry], str | None]:
        """Journal entries, newest first."""
        ...

    def import_run(self, uid: str, id: str) -> ImportRun | None:
        """One import run."""
        ...

    # server-only documents
    def grant(self, uid: str) -> Grant | None:
        """The encrypted grant."""
        ...

    def put_grant(self, grant: Grant) -> None:
        """Replaces the grant."""
        ...

    def drop_grant(self, uid: str) -> None:
        """Deletes the grant; absent counts as done."""
        ...

    def put_oauth_state(self, state: OAuthState) -> None:
        """Stores an authorization attempt."""
        ...

    def oauth_state(self, state: str) -> OAuthState | None:
        """Reads an attempt without using it up."""
        ...

    def take_oauth_state(self, state: str) -> OAuthState | None:
        """Reads and deletes an attempt in one transaction: of two callers one gets it."""
        ...

    def channel(self, id: str) -> PushChannel | None:
        """A push channel by id."""
        ...

    def put_channel(self, channel: PushChannel) -> None:
        """Stores a push channel."""
        ...

    def drop_channel(self, id: str) -> None:
        """Deletes a push channel."""
        ...

    def channels_of(self, uid: str) -> Sequence[PushChannel]:
        """The user's push channels."""
        ...

    def clear_sync_state(self, uid: str) -> None:
        """Deletes links, candidates, intents, conflicts, holds (not journal, not CRM records): another Google account starts afresh."""
        ...

    def ping(self) -> bool:
        """True when the store answers."""
        ...
