"""What is known about one user: connection, cursors, leases, progress, import rounds and settings.

`User` is one document. Each resource (contacts, calendar) owns its `ResourceState`; the jobs of one resource
never write the other's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Self

from crmsync.core.departure import Departure, GoogleCopies
from crmsync.core.model import Resource
from crmsync.core.pair.guard import Deleted
from crmsync.core.pair.sharing import EVERYTHING, Sharing, Way, sharing_of, widened
from crmsync.core.scope import DEFAULT_ACCOUNT, DEFAULT_TENANT, Scope

Phase = Literal["idle", "waiting", "pulling", "matching", "pushing"]
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")
GoogleEvents = Literal["off", "busy", "full"]
"""What comes in of events born at Google: nothing, when they take place, or all of them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the user should know.

    `action` names the click that mends it ("reconnect", "allow_calendar", "allow_contacts", "review",
    "settings", "sharing", "resume", "wait") or is empty.
    """

    code: str
    message: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """The connected Google account. `sub` is its key; `scopes` are the parts that were granted.

    allowed_at: when the user came back from Google last. It tells a connection from that of the same account
    before, when nothing else does; None when that is not known. locked: it is dead because no key opened the
    grant, which is kept: it lives again when one does.
    """

    sub: str
    email: str
    scopes: frozenset[Resource]
    since: datetime
    state: Literal["active", "dead"] = "active"
    allowed_at: datetime | None = None
    locked: bool = False

    @property
    def is_tried(self) -> bool:
        """Whether syncs are tried by it: it is alive, or may be again without the user."""
        return self.state == "active" or self.locked


@dataclass(frozen=True, slots=True)
class LocalCursor:
    """How far the CRM's own changes have been looked at: the last record's server time and id.

    settled: whether nothing can come before it any more, which was so long past when it was looked at that
    every commit of that time had ended.
    """

    at: datetime
    id: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the counting of a phase began: when, and with how much done."""

    phase: Phase
    at: datetime
    done: int


@dataclass(frozen=True, slots=True)
class Watch:
    """How changes of the calendar are heard of at once: the open push channel, and when the next is opened.

    channel: its id, None while there is none. due_at: when to open the next one, or to try again; None means
    now. failures: consecutive failed attempts. poll_at: until then the schedule need not look at the calendar
    while the channel is open.
    """

    channel: str | None = None
    expires_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    poll_at: datetime | None = None

    def hears(self, now: datetime) -> bool:
        """Whether a channel is open as far as is known."""
        return self.channel is not None and self.expires_at is not None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Leaving:
    """A calendar that is no longer synced, until its links are dealt with.

    copies: whether what the sync made of one side on the other stays or is taken back.
    """

    calendar_id: str
    copies: Literal["keep", "remove"]


WORDS = 1
"""Counts up when records are found by other words: then all are looked at once, and get them."""


@dataclass(frozen=True, slots=True)
class ResourceState:
    """Where the sync of one resource stands.

    rev: counts every commit of this resource's jobs; a commit states the rev it read, so a zombie or twin is
    refused (the fence). lease_until / lease_by: who may write to Google now. sync_token, full_at: Google's
    cursor and the time of its full listing. page_token, listing_full: continuation of a listing that spans
    jobs. local: continuation of the CRM's changes. requested_at: set by a click or login, cleared by the job
    that answers it. decided_at: set when the user decides a hold, cleared by the job that carries it out.
    last_synced_at: when a sync last came to its end; None while none ever has. changed_at: when a job last
    committed anything. deferred: how many records the last pass left for later.
    marked: whether links may carry the mark of a departure (`Link.leaving`).
    retry_at: when the first of the records that were set aside is tried again; None without any.
    failures: consecutive jobs that failed. deleted: what the sync deleted lately, for the guard. pace: since
    when the phase has been counted, for the estimate (`core.shown.pace`). paused_until: until when no job
    tries, because of a back-off (`failures` is above 0) or because Google has asked for it. calendar_id,
    watch, leaving: which calendar is synced, how its changes are heard of, and which was synced before, until
    that is wound up (calendar only).
    """

    rev: int = 0
    lease_until: datetime | None = None
    lease_by: str | None = None
    sync_token: str | None = None
    full_at: datetime | None = None
    page_token: str | None = None
    listing_full: bool = False
    local: LocalCursor | None = None
    phase: Phase = "idle"
    done: int = 0
    total: int | None = None
    pace: Pace | None = None
    paused_until: datetime | None = None
    requested_at: datetime | None = None
    decided_at: datetime | None = None
    retry_at: datetime | None = None
    last_synced_at: datetime | None = None
    changed_at: datetime | None = None
    deferred: int = 0
    failures: int = 0
    deleted: tuple[Deleted, ...] = ()
    problem: Problem | None = None
    calendar_id: str = "primary"
    words: int = 0
    """By which rules records were last made to be found; see `WORDS`."""
    label_names: Mapping[str, str] = field(default_factory=dict)
    """What the labels are called, by Google's ids, that contacts offered to the user have carried; of
    contacts only.
    """
    watch: Watch = Watch()
    leaving: Leaving | None = None
    marked: bool = False
    events: GoogleEvents = "off"
    """What is certain to have been brought in of the events born at Google."""


@dataclass(frozen=True, slots=True)
class ImportRounds:
    """Rounds of the import sheet.

    New candidates get `presented` + 1; opening the sheet presents them; Done closes up to what was presented.

    running: the id of the import now at work, or None.
    """

    presented: int = 0
    closed: int = 0
    running: str | None = None

    @property
    def incoming(self) -> int:
        """The round that a candidate found now belongs to."""
        return self.presented + 1


AskedKind = Literal["import", "undo", "disconnect", "forget", "erase"]
"""What a user may ask for that a job of its own carries out; the word is the job's name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that the user asked for, until it is done: a task may be lost, this is not.

    Of each kind one stands at most. id: of the import, the departure or the erasure in question. look_at:
    when its job counts as gone, unless the job has said by then that it is at work. turn: how often the job
    was queued anew; a job that names an older turn stops. google_copies: what becomes of copies (of an
    erasure). ends: from when on no wait holds it back, nor is it tried more and more rarely; None for what
    has no such time.
    """

    kind: AskedKind
    id: str
    since: datetime
    look_at: datetime
    turn: int = 0
    google_copies: GoogleCopies = "keep"
    ends: datetime | None = None

    def until(self, stall: "Stall | None") -> datetime | None:
        """Until when its job does not try, for what it met before; None when nothing holds it back."""
        until = None if stall is None else stall.until
        return until if until is None or self.ends is None else min(until, self.ends)


REGIONS_KEPT = 5
"""So many regions that a user has had are remembered."""


@dataclass(frozen=True, slots=True)
class UserSettings:
    """Choices of one user.

    push_…, pull_…: whether anything goes to Google, and comes from there. owners: field -> side that wins a
    conflict (absent: the CRM). region: for phone numbers without a country code (ISO 3166). first_region:
    what it was before it was first changed, else "". earlier_regions: what it has been, the last first. ways:
    choice of `pair.sharing` -> which way it goes (absent: both). ways_chosen: whether the user has chosen
    them, or a connection has begun with them. opened, switches: as `Sharing` has them. show_declined: whether
    the agenda lists invitations that the user has declined.
    """

    push_contacts: bool = True
    push_appointments: bool = True
    google_events: GoogleEvents = "off"
    preview_first: bool = False
    region: str = "CA"
    time_zone: str = "America/Toronto"
    owners: Mapping[str, Literal["crm", "google"]] = field(default_factory=dict)
    first_region: str = ""
    earlier_regions: tuple[str, ...] = ()
    ways: Mapping[str, Way] = field(default_factory=dict)
    ways_chosen: bool = False
    opened: Mapping[str, int] = field(default_factory=dict)
    switches: int = 0
    pull_contacts: bool = True
    pull_appointments: bool = True
    show_declined: bool = True
    paused: Mapping[Resource, datetime] = field(default_factory=dict)
    """Since when the user has paused what is not synced for now."""

    def sharing(self, resource: Resource) -> Sharing:
        """Which fields of the resource go which way."""
        takes = self.pull_contacts if resource == "contacts" else self.pull_appointments
        if takes and not (self.ways or self.switches):
            return EVERYTHING
        return sharing_of(self.ways, resource, takes=takes, opened=self.opened, count=self.switches)

    def pushes(self, resource: Resource) -> bool:
        """Whether anything of the resource goes to Google."""
        return self.push_contacts if resource == "contacts" else self.push_appointments

    @property
    def events(self) -> GoogleEvents:
        """What is wanted of the events born at Google."""
        return self.google_events if self.pull_appointments else "off"

    def base_region(self, remembered: str) -> str:
        """The region with which a link's base was made. remembered: what the link says of it, "" in links
        that are older than that memory, which all come from before the first change.
        """
        return remembered or self.first_region or self.region

    def changed(self, given: Mapping[str, Any]) -> "UserSettings":
        """With other choices. The first region is remembered for the bases that were made with it, the others
        for the numbers by which linked records are known; and which fields go a way again that they did not.
        """
        after = replace(self, **given)
        if after.region != self.region:
            earlier = tuple(dict.fromkeys((self.region, *self.earlier_regions)))[:REGIONS_KEPT]
            first = self.first_region or self.region
            after = replace(after, first_region=first, earlier_regions=earlier)
        if "ways" in given:
            after = replace(after, ways_chosen=True)
        opened = [
            name
            for resource in RESOURCES
            for name in widened(self.sharing(resource), after.sharing(resource), resource)
        ]
        if not opened:
            return after
        count = self.switches + 1
        return replace(after, opened={**self.opened, **dict.fromkeys(opened, count)}, switches=count)

    @property
    def other_regions(self) -> tuple[str, ...]:
        """The regions besides today's that links may be of."""
        known = dict.fromkeys((*self.earlier_regions, *([self.first_region] if self.first_region else [])))
        return tuple(region for region in known if region != self.region)


@dataclass(frozen=True, slots=True)
class Stall:
    """A job other than a sync that did not get through.

    failures: in a row. until: when the next one is queued for, and so no other tries before.
    """

    failures: int = 0
    until: datetime | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class User:
    """One CRM user, as far as one Google account of theirs is concerned.

    previous_sub: the account last connected, kept after a disconnect so that the same one resumes its links.
    generation: counts connects and disconnects; what is queued for one names it, and ends when it is another.
    stalls: what other jobs than syncs wait for, by kind of job.
    departure: the account that is being left, or was with something to tell of it.
    asked: what the user asked for and is not done yet. next_due_at: when the schedule looks at the user; None
    while there is nothing that it could do. erasing: the id of the erasure that is under way; from then on
    nothing else is done for the user, and nothing written.
    """

    uid: str
    connection: Connection | None = None
    previous_sub: str | None = None
    contacts: ResourceState = ResourceState()
    calendar: ResourceState = ResourceState()
    rounds: ImportRounds = ImportRounds()
    settings: UserSettings = UserSettings()
    departure: Departure | None = None
    asked: tuple[Asked, ...] = ()
    next_due_at: datetime | None = None
    generation: int = 0
    stalls: Mapping[str, Stall] = field(default_factory=dict)
    erasing: str | None = None
    version: str | None = None
    tenant: str = DEFAULT_TENANT
    account: str = DEFAULT_ACCOUNT

    @classmethod
    def unknown(cls, scope: Scope) -> Self:
        """A user of whom nothing is kept yet."""
        return cls(scope.uid, tenant=scope.tenant, account=scope.account)

    @property
    def scope(self) -> Scope:
        """What the store is asked with for this user."""
        return Scope(self.tenant, self.uid, self.account)

    @property
    def synced(self) -> frozenset[Resource]:
        """What is allowed, and not paused."""
        return self.connection.scopes - self.settings.paused.keys() if self.connection else frozenset()

    def resource(self, resource: Resource) -> ResourceState:
        """The state of one resource."""
        return self.contacts if resource == "contacts" else self.calendar


@dataclass(frozen=True, slots=True)
class Grant:
    """The encrypted refresh token of one user.

    token: ciphertext; only the vault can read it. holder: keyed digest of `sub`, by which another user of the
    same Google account is known; "" once the grant is about to be revoked. key: the fingerprint of the key
    that the token is sealed with, "" in grants that are older than that memory. id: names the grant whatever
    it is sealed with; "" in older ones.
    """

    uid: str
    sub: str
    token: str
    scopes: frozenset[Resource]
    tenant: str = DEFAULT_TENANT
    account: str = DEFAULT_ACCOUNT
    holder: str = ""
    key: str = ""
    id: str = ""

    @property
    def scope(self) -> Scope:
        """Whose it is."""
        return Scope(self.tenant, self.uid, self.account)

    def is_same(self, other: "Grant") -> bool:
        """Whether both are one grant, whatever it is sealed with."""
        return self.id == other.id and (self.id != "" or self.token == other.token)


@dataclass(frozen=True, slots=True)
class OAuthState:
    """A one-time authorization attempt. binding: digest of the browser cookie. verifier: the PKCE verifier.

    In the store the state is a digest, and the verifier is sealed.
    """

    state: str
    uid: str
    binding: str
    verifier: str
    scopes: frozenset[Resource]
    expires_at: datetime
    tenant: str = DEFAULT_TENANT
    account: str = DEFAULT_ACCOUNT

    @property
    def scope(self) -> Scope:
        """Whose it is."""
        return Scope(self.tenant, self.uid, self.account)


@dataclass(frozen=True, slots=True)
class Offer:
    """A grant that Google gave out and no connection holds (yet): it is taken, or revoked.

    id: a digest of what the person who began knows it by. email: sealed. scopes: what was asked for. until:
    when it is revoked. taken: whether nobody may take it any more. holder: as in `Grant`, "" from when it is
    being revoked.
    """

    id: str
    grant: Grant
    email: str
    scopes: frozenset[Resource]
    until: datetime
    taken: bool = False
    holder: str = ""

    @property
    def scope(self) -> Scope:
        """Whose it is."""
        return self.grant.scope


@dataclass(frozen=True, slots=True)
class PushChannel:
    """A calendar push channel. token_digest: SHA-256 of the channel token, hexadecimal.

    resource_id: None until Google has named it. expires_at: never None once stored; what is past it counts
    for nothing.
    """

    id: str
    uid: str
    calendar_id: str
    resource_id: str | None
    token_digest: str
    expires_at: datetime | None
    tenant: str = DEFAULT_TENANT
    account: str = DEFAULT_ACCOUNT

    @property
    def scope(self) -> Scope:
        """Whose it is."""
        return Scope(self.tenant, self.uid, self.account)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run of the import, and of its undoing.

    failed: rows that could not be imported, with the reason, of `failures` in all. undone: rows that an undo
    opened again. kept: CRM contacts that it left as they are, with the reason.
    """

    id: str
    action: Literal["no_import", "done", "revisit"]
    state: Literal["running", "finished"]
    total: int
    imported: int = 0
    linked: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    created_at: datetime | None = None
    closed: int = 0
    """The closed round when the sheet was finished: rows up to it were declined before, ticked or not."""
    closes: int = 0
    """The closed round as the finish left it; the same as `closed` when it declined nobody."""
    undecided: Literal["later", "new"] = "later"
    """What becomes of ticked rows that ask about somebody and have no answer."""
    after: str | None = None
    """Continuation: the key of the last candidate dealt with."""
    failures: int = 0
    undo: Literal["none", "running", "done"] = "none"
    undone: int = 0
    kept: tuple[tuple[str, str], ...] = ()
    undo_after: str | None = None
    """Continuation of an undo: how far it went through the journal."""
    withdrawn: int = 0
    """Imported contacts whose consent says yes for an address for which it was withdrawn: it stays so."""
