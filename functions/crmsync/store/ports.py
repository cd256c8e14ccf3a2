"""What the engine and the API may ask of the store: typed records in, typed records out.

Two layers. `Documents` (`crmsync.store.documents.port`) is a tiny document database with exactly the
Firestore semantics that the sync relies on; it has two adapters (`firestore`, `memory`) that one contract
suite holds together. `Store` speaks of users, links and candidates; it is written once, over `Documents`.
Paths and field names are known to this room alone.

Consistency: every commit is atomic. A commit under a `Guard` is refused with `Superseded` when another job of
the same resource committed since the guard was read (the fence), whatever else was written to the user
document meanwhile.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, overload

from crmsync.core.account import Grant, ImportRounds, ImportRun, OAuthState, Offer, PushChannel, User
from crmsync.core.consent.addresses import Withdrawal
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.doubles import Double
from crmsync.core.erasure import Erasure
from crmsync.core.journal import Conflict, Hold, JournalEntry, Side
from crmsync.core.json_types import JsonObject
from crmsync.core.model import Appointment, Contact, Resource, Stored
from crmsync.core.scope import Scope
from crmsync.core.sheet.alike import Ticked
from crmsync.core.state import Candidate, Intent, Link
from crmsync.store.deadlines import CALL_SECONDS
from crmsync.store.errors import (
    Conflicted,
    InvalidPosition,
    InvalidWrite,
    StoreError,
    StoreUnavailable,
    Superseded,
    TooLarge,
)
from crmsync.store.writes import (
    AddConsent,
    AddEvidence,
    AddJournal,
    AnyStored,
    Committed,
    CreateRecord,
    DropCandidate,
    DropConflict,
    DropConsent,
    DropDouble,
    DropHold,
    DropIntent,
    DropLink,
    DropOffer,
    FreeAddresses,
    Guard,
    Kind,
    PutCandidate,
    PutConflict,
    PutDouble,
    PutErasure,
    PutGrant,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutRecord,
    PutUser,
    Withdraw,
    Write,
)

__all__ = [
    "ADDRESSES_AT_ONCE",
    "COMMIT_BYTES",
    "LONGEST_COMMIT",
    "SERIES_AT_ONCE",
    "AddConsent",
    "AddEvidence",
    "AddJournal",
    "AnyStored",
    "CandidateQuery",
    "Committed",
    "Conflicted",
    "CreateRecord",
    "DropCandidate",
    "DropConflict",
    "DropConsent",
    "DropDouble",
    "DropHold",
    "DropIntent",
    "DropLink",
    "DropOffer",
    "FreeAddresses",
    "Guard",
    "InvalidPosition",
    "InvalidWrite",
    "KeptRecord",
    "Kind",
    "PutCandidate",
    "PutConflict",
    "PutDouble",
    "PutErasure",
    "PutGrant",
    "PutHold",
    "PutImport",
    "PutIntent",
    "PutLink",
    "PutRecord",
    "PutUser",
    "SheetFilter",
    "SheetRows",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Superseded",
    "TooLarge",
    "Withdraw",
    "Write",
]

LONGEST_COMMIT = timedelta(seconds=CALL_SECONDS)
"""From a record's server time until it shows, at most: the one is given when a commit begins, and the other
comes when that has ended.
"""


SERIES_AT_ONCE = 30
"""The exceptions of so many series may be asked for together (as many as a query may name)."""

ADDRESSES_AT_ONCE = 30
"""The carriers of so many addresses may be asked for together."""

COMMIT_BYTES = 8 * 1024 * 1024
"""So much, as `Store.size` counts, goes into a commit beside the user document and the rows of the sheet."""

SheetFilter = Literal["has_email", "has_phone", "possible_duplicate", "selected", "undecided", "withdrawn"]


@dataclass(frozen=True, slots=True)
class CandidateQuery:
    """Which candidates. tab: "open" (undecided), "declined", "imported".

    filters: all of them must hold. "undecided" lets rows through for which nothing was picked, "withdrawn"
    those that carry an address for which consent was withdrawn. label: a label's name; label_ids: Google's
    ids of those that are called so. q: words; a row matches when each begins a word of its name,
    organisation, e-mails or phone numbers. order: by name, or by the time of the last change at Google,
    newest first; then by key. fate: instead of filters and label, ticked rows that this will happen to
    (`crmsync.store.sheet.rows`).
    """

    tab: Literal["open", "declined", "imported"]
    filters: frozenset[SheetFilter] = frozenset()
    label: str | None = None
    q: str = ""
    order: Literal["name", "recent"] = "name"
    fate: str | None = None
    label_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetRows:
    """A page of the sheet. following: the next position, None at the end. total: how many rows the query lets
    through. selected: open rows that are ticked, whatever is asked for. newest: the highest round that open
    rows have, 0 without any.
    """

    rows: Sequence[Candidate]
    following: str | None
    total: int
    selected: int
    newest: int


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A document among a user's records, as it is kept.

    record: None when it cannot be read as one. more: fields that are neither a record's nor the store's own,
    which a host CRM has put there; all of them, when there is no record.
    """

    id: str
    record: AnyStored | None
    more: JsonObject


class Store(Protocol):
    """Everything the product keeps, per user.

    Reads are by id or by bounded page; nothing loads a whole collection.

    Missing ids are left out of mappings. Pages answer at most `limit` items in a stable order; `after` is
    exclusive.
    """

    # writing
    def commit(
        self,
        scope: Scope,
        writes: Sequence[Write],
        guard: Guard | None = None,
        *,
        expect_user: str | None = None,
    ) -> Committed:
        """Writes all or nothing. Raises Conflicted, Superseded, InvalidWrite, StoreUnavailable.

        expect_user: user document version that must still hold (for changes of connection, rounds, settings).
        """
        ...

    def size(self, scope: Scope, writes: Sequence[Write]) -> int:
        """Bytes that these writes take of a commit. Raises TooLarge when they fit into none, InvalidWrite."""
        ...

    def change_users(self, changes: Sequence[tuple[User, Mapping[str, object]]]) -> Sequence[User]:
        """Replaces parts of several users' documents in one commit, each under the version that was read.

        Answers the users as they then are. Raises Conflicted when any of them has moved, StoreUnavailable.
        """
        ...

    # the user
    def user(self, scope: Scope) -> User | None:
        """The user document."""
        ...

    def due_users(self, now: datetime, limit: int) -> Sequence[User]:
        """Users whose `next_due_at` has come, oldest first."""
        ...

    def accounts(self, scope: Scope) -> Sequence[Scope]:
        """The scopes of all Google accounts of the user, the default one first, whether or not it was ever
        connected.
        """
        ...

    # CRM records
    def contact(self, scope: Scope, id: str) -> Stored[Contact] | None:
        """One contact, archived or not."""
        ...

    def appointment(self, scope: Scope, id: str) -> Stored[Appointment] | None:
        """One appointment, archived or not."""
        ...

    @overload
    def records(
        self, scope: Scope, kind: Literal["contacts"], ids: Sequence[str]
    ) -> Mapping[str, Stored[Contact]]: ...
    @overload
    def records(
        self, scope: Scope, kind: Literal["appointments"], ids: Sequence[str]
    ) -> Mapping[str, Stored[Appointment]]: ...
    @overload
    def records(self, scope: Scope, kind: Kind, ids: Sequence[str]) -> Mapping[str, AnyStored]: ...
    def records(self, scope: Scope, kind: Kind, ids: Sequence[str]) -> Mapping[str, AnyStored]:
        """Several records by id."""
        ...

    def changed(
        self, scope: Scope, kind: Kind, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[AnyStored]:
        """Records with updated_at >= since, archived ones too, ordered by (updated_at, id), strictly after
        `after`.

        Firestore stamps updated_at in milliseconds when a request begins, so a record may become visible
        after a later one: readers that remember a position must look back by LONGEST_COMMIT. Records that a
        host CRM wrote straight into Firestore get the derived fields that `page` needs here; their version
        may move, their updated_at does not.
        """
        ...

    def page(
        self, scope: Scope, kind: Kind, *, archived: bool, after: str | None, limit: int, q: str = ""
    ) -> tuple[Sequence[AnyStored], str | None]:
        """Records for a list page, in the list's own order, and the next `after` (an opaque position, None at
        the end).

        Contacts are ordered by name, appointments by start. A record written straight into Firestore appears
        once `changed` has read it. A search (`q`) may answer fewer than `limit` items and still have a next
        position.
        """
        ...

    def agenda(
        self, scope: Scope, first: date, last: date, after: str | None, limit: int
    ) -> tuple[Sequence[Stored[Appointment]], str | None]:
        """Appointments that may take place on the days from `first` to `last`, by start; pages as in `page`.

        That is, not archived: single ones that overlap these days in any time zone, series that are alive
        then, exceptions that take place or replace an occurrence then. A few more besides, as Firestore is
        asked for whole months: the caller looks closer. The days span two years at most.
        """
        ...

    def exceptions(
        self, scope: Scope, series_ids: Sequence[str], after: str | None, limit: int
    ) -> Sequence[Stored[Appointment]]:
        """Exceptions of these series, cancelled and archived ones too, in id order, strictly after the id
        `after`. From 1 to SERIES_AT_ONCE series may be asked for.
        """
        ...

    def count(self, scope: Scope, kind: Kind, *, archived: bool = False) -> int:
        """How many records there are."""
        ...

    # consent
    def consents(
        self, scope: Scope, contact: str, after: str | None, limit: int
    ) -> tuple[Sequence[ConsentEntry], str | None]:
        """Entries of one contact's ledger of consent, newest first, and the next position."""
        ...

    def all_consents(self, scope: Scope, after: str | None, limit: int) -> Sequence[ConsentEntry]:
        """Entries of all contacts, in id order."""
        ...

    def consents_expiring(
        self, scope: Scope, after_day: date, last_day: date, after: str | None, limit: int
    ) -> tuple[Sequence[Stored[Contact]], str | None]:
        """Contacts whose implied consent expires after one day and up to another, soonest first."""
        ...

    def withdrawn(self, scope: Scope, addresses: Collection[str]) -> Mapping[str, Withdrawal]:
        """Those of these e-mail addresses for which consent was withdrawn, by the address as it was given.

        For one read, whatever their number, up to some thousand withdrawn addresses of the user.
        """
        ...

    def withdrawals(self, scope: Scope) -> Sequence[Withdrawal]:
        """All withdrawn addresses, latest first."""
        ...

    def carriers(
        self, scope: Scope, digests: Sequence[str]
    ) -> Mapping[str, Sequence[tuple[str, Stored[Contact]]]]:
        """The contacts, archived ones too, that carry any of these withdrawn addresses (ADDRESSES_AT_ONCE at
        most), each with the address as it has it, by digest.
        """
        ...

    # links
    def links(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, Link]:
        """Links by key."""
        ...

    def known_links(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, Link]:
        """Links by key, those of contacts that are gone at Google too: all other reads leave these out."""
        ...

    def links_of(self, scope: Scope, resource: Resource, crm_ids: Sequence[str]) -> Mapping[str, Link]:
        """Links by CRM id."""
        ...

    def known_links_of(
        self, scope: Scope, resource: Resource, crm_ids: Sequence[str]
    ) -> tuple[Mapping[str, Link], Mapping[str, Sequence[Link]]]:
        """Links by CRM id, and those of contacts that are gone at Google."""
        ...

    def gone_links_page(self, scope: Scope, after: str | None, limit: int) -> Sequence[Link]:
        """Links of contacts that are gone at Google, in key order."""
        ...

    def links_page(self, scope: Scope, resource: Resource, after: str | None, limit: int) -> Sequence[Link]:
        """All links in key order."""
        ...

    def links_matching(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Link]:
        """Contact links that have any of these match keys."""
        ...

    def count_links(self, scope: Scope, resource: Resource) -> int:
        """How many links there are."""
        ...

    def count_made(self, scope: Scope, resource: Resource, side: Side) -> int:
        """Of how many pairs the sync itself made the record on this side, by an aggregation query."""
        ...

    def quarantined(self, scope: Scope, after: str | None, limit: int) -> Sequence[Link]:
        """Links of records that Google refuses, of both resources, in key order."""
        ...

    def count_quarantined(self, scope: Scope) -> int:
        """How many records Google refuses, by an aggregation query."""
        ...

    # candidates
    def candidates(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, Candidate]:
        """Candidates by key, whatever their status."""
        ...

    def candidates_matching(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that have any of these match keys."""
        ...

    def candidates_about(self, scope: Scope, crm_ids: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that any of these CRM records may be, whether linked or not."""
        ...

    def candidates_joined(self, scope: Scope, crm_ids: Sequence[str]) -> Sequence[Candidate]:
        """Candidates of which the user said that they are any of these CRM records, or that were matched."""
        ...

    def candidates_awaited(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that a CRM record with any of these match keys claims."""
        ...

    def candidates_claimed(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates that hold a claimant back, in key order."""
        ...

    def count_claimed(self, scope: Scope) -> int:
        """How many open candidates hold a claimant back."""
        ...

    def candidates_not_imported(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Candidates of which no CRM record was made, undecided, declined or gone at Google, in key order."""
        ...

    def candidates_selected(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates whose choice is selected, strictly after the key `after`, in an order of the
        store's own: rows that are kept together come together.
        """
        ...

    def count_selected(self, scope: Scope) -> int:
        """How many open candidates are selected."""
        ...

    def candidate_page(
        self, scope: Scope, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> tuple[Sequence[Candidate], str | None]:
        """Rows of the sheet; `after` is an opaque position, the next one is None at the end.

        Whatever is asked for, the rows are read, the list of the directory, and those leaves of it that have
        changed since this process read them; the last page costs what the first does.
        """
        ...

    def sheet_page(
        self, scope: Scope, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> SheetRows:
        """The same, with what the sheet says beside its rows, for the same reads."""
        ...

    def count_candidates(self, scope: Scope, query: CandidateQuery, rounds: ImportRounds) -> int:
        """How many there are; of a whole tab for one read."""
        ...

    def count_each(self, scope: Scope, asked: Sequence[tuple[CandidateQuery, ImportRounds]]) -> Sequence[int]:
        """The counts of several questions, for the reads of one."""
        ...

    def granting(
        self, scope: Scope, rounds: ImportRounds, without: Collection[str] = ()
    ) -> Sequence[tuple[Sequence[str], date | None]]:
        """Of each ticked row that becomes a contact with a consent that says yes: what stands for its
        addresses where they are withdrawn, and the day of the consent where it is proven. For the reads of a
        count. without: keys of rows that are left out.
        """
        ...

    def alike_keys(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[str]:
        """Keys of open candidates that probably have any of these match keys, but for keys that many have.
        For the reads of a count.
        """
        ...

    def ticked_together(
        self, scope: Scope, rounds: ImportRounds
    ) -> Mapping[str, tuple[Ticked, Sequence[str]]]:
        """The ticked rows that ask about another ticked one, or are said to be one with it, and those that
        they mean; each with its fate by itself (`CandidateQuery.fate`). For the reads of a count.
        """
        ...

    # the rest of a user's collections
    def intents(self, scope: Scope) -> Sequence[Intent]:
        """Creates in doubt."""
        ...

    def conflicts(self, scope: Scope, after: str | None, limit: int) -> Sequence[Conflict]:
        """Values that lost a merge, in id order."""
        ...

    def conflict(self, scope: Scope, id: str) -> Conflict | None:
        """One value that lost a merge."""
        ...

    def holds(self, scope: Scope) -> Sequence[Hold]:
        """Deletions that wait."""
        ...

    def doubles(self, scope: Scope, ids: Sequence[str]) -> Mapping[str, Double]:
        """What is remembered of pairs of contacts, by id."""
        ...

    def doubles_of(self, scope: Scope, crm_ids: Sequence[str]) -> Sequence[Double]:
        """What is remembered of pairs to which any of these contacts belongs."""
        ...

    def doubles_in(
        self, scope: Scope, state: Literal["asked", "different", "merged"], after: str | None, limit: int
    ) -> Sequence[Double]:
        """Pairs in this state, in id order."""
        ...

    def doubles_awaited(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Double]:
        """Pairs of which the one that is held back has any of these match keys."""
        ...

    def twice(self, scope: Scope, limit: int) -> Sequence[Candidate]:
        """Google contacts of which there is another one: copies of contacts that are in step, and rows of the
        sheet that are open and likely are the same as another, in key order.
        """
        ...

    def count_doubles(self, scope: Scope) -> int:
        """How many pairs wait for an answer."""
        ...

    def all_doubles(self, scope: Scope, after: str | None, limit: int) -> Sequence[Double]:
        """What is remembered of pairs, in id order."""
        ...

    def appointments_with(
        self, scope: Scope, contact: str, after: str | None, limit: int
    ) -> Sequence[Stored[Appointment]]:
        """Appointments that name a contact, archived ones too, in id order."""
        ...

    def count_conflicts(self, scope: Scope) -> int:
        """How many conflicts there are."""
        ...

    def journal(
        self, scope: Scope, *, crm: str | None, run: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[JournalEntry], str | None]:
        """Journal entries, newest first."""
        ...

    def import_run(self, scope: Scope, id: str) -> ImportRun | None:
        """One import run."""
        ...

    def import_runs(
        self, scope: Scope, since: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[ImportRun], str | None]:
        """Import runs made since then, newest first, and the next position."""
        ...

    # all of it, for an export
    def kept_records(self, scope: Scope, kind: Kind, after: str | None, limit: int) -> Sequence[KeptRecord]:
        """Every document among the records of a kind, whatever its state, in id order: each once, also when
        it changes meanwhile.
        """
        ...

    def all_candidates(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Candidates of every status, in key order."""
        ...

    def all_imports(self, scope: Scope, after: str | None, limit: int) -> Sequence[ImportRun]:
        """Import runs of all times, in id order."""
        ...

    # server-only documents
    def grant(self, scope: Scope) -> Grant | None:
        """The encrypted grant."""
        ...

    def put_grant(self, grant: Grant) -> None:
        """Replaces the grant."""
        ...

    def drop_grant(self, grant: Grant) -> None:
        """Deletes this grant, whatever it is sealed with; absent counts as done, and one that has taken its
        place stays.
        """
        ...

    def reseal_grant(self, grant: Grant, token: str, key: str) -> bool:
        """Replaces what the grant's token is sealed with, and nothing else of it.

        False when it is not the one that is there any more, or is sealed otherwise by now.
        """
        ...

    def grants_under(
        self, keys: Sequence[str], after: str | None, limit: int
    ) -> tuple[Sequence[Grant], str | None]:
        """Grants of all users that are sealed with one of these keys (30 at most), by uid, and the next
        position, None at the end.
        """
        ...

    def count_grants(self, keys: Sequence[str] | None = None) -> int:
        """How many grants of all users are sealed with one of these keys, or how many there are."""
        ...

    def let_go(self, grant: Grant) -> None:
        """Says that this grant is held no more; one that has taken its place stays as it is."""
        ...

    def is_held(self, holder: str) -> bool:
        """Whether any user's grant or offer is of the Google account with this digest, but for what was let
        go.
        """
        ...

    def put_offer(self, offer: Offer) -> None:
        """Stores a grant that no connection holds."""
        ...

    def offer(self, id: str) -> Offer | None:
        """One offer."""
        ...

    def take_offer(self, id: str, now: datetime, until: datetime) -> Offer | None:
        """Takes an offer in one transaction: of two callers one gets it, and nobody once its time is over.

        It stays, for the case that the caller dies, and is revoked then unless a connection holds it.
        """
        ...

    def end_offer(self, id: str, now: datetime) -> Offer | None:
        """Says that an offer whose time is over is held no more; answers it, None while it is not over."""
        ...

    def drop_offer(self, id: str) -> None:
        """Deletes an offer; absent counts as done."""
        ...

    def offers_of(self, scope: Scope) -> Sequence[Offer]:
        """The account's grants that no connection holds."""
        ...

    def offers_due(self, now: datetime, limit: int) -> Sequence[str]:
        """Ids of offers whose time is over, oldest first."""
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

    def oauth_states_of(self, scope: Scope) -> Sequence[OAuthState]:
        """The account's authorization attempts that have not been used up or cleared away."""
        ...

    def open_oauth_states(self, scope: Scope, now: datetime, limit: int) -> Sequence[OAuthState]:
        """The user's attempts that are not over by `now`, for whichever account, the oldest first."""
        ...

    def channel(self, id: str) -> PushChannel | None:
        """A push channel by id."""
        ...

    def put_channel(self, channel: PushChannel) -> None:
        """Stores a push channel."""
        ...

    def name_channel(self, id: str, resource_id: str) -> None:
        """Notes the resource id of a channel that has none yet; no other channel is touched."""
        ...

    def drop_channel(self, id: str) -> None:
        """Deletes a push channel."""
        ...

    def channels_of(self, scope: Scope) -> Sequence[PushChannel]:
        """The user's push channels."""
        ...

    # erasing a user
    def erasure(self, id: str) -> Erasure | None:
        """The record of an erasure."""
        ...

    def erase(self, scope: Scope, erasure: Erasure) -> Iterator[Erasure]:
        """Deletes what is kept of a user, whatever account it is of, but for the user document and offers,
        which go when they are revoked.

        It goes in commits of some hundred documents, each counted in the record, which is answered after
        each. Whoever stops in between, or is told of something that came in behind, calls again; a call that
        answers nothing has found nothing. Raises Conflicted when the record has moved.
        """
        ...

    def end_erasure(self, user: User, erasure: Erasure) -> Erasure:
        """Deletes the user document, and writes and counts that with the record, in one commit.

        Raises Conflicted when either has moved.
        """
        ...

    def found_of(self, scope: Scope) -> Mapping[str, int]:
        """What is kept of a user, by kind; of each place no more is counted than one commit would delete."""
        ...

    def clear_sync_state(self, scope: Scope, generation: int) -> None:
        """Deletes links, candidates, intents, conflicts and holds: another Google account starts afresh.

        Journal and CRM records stay. Takes many commits, each while the user has this generation;
        interrupted, it may be called again. Raises Superseded.
        """
        ...

    def ping(self) -> bool:
        """True when the store answers."""
        ...
