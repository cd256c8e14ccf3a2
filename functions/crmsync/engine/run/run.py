"""The context of one job of one user and one resource: who, what, by which rules, and when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol

from crmsync.core.account import ResourceState, User
from crmsync.core.journal import Hold
from crmsync.core.model import R, Resource, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.plan import Decision, Rules, Seen
from crmsync.core.pair.sharing import Sharing
from crmsync.core.pair.sides import shown_side
from crmsync.core.scope import Scope
from crmsync.core.state import Link, Observation
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.run.echoes import Echoes
from crmsync.engine.run.lease import refuse_late
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.run.pending import Effects, Pending
from crmsync.store.ports import Kind, PutRecord, Store, Write


class Dependants(Protocol[R]):
    """What hangs on a record besides its pair: exceptions on their series, older events on an appointment."""

    def seen(self, run: "Run[R]", link: Link, observation: Observation[R], value: R) -> Seen[R]:
        """Google's side of a pair, as much of it as the link lets the CRM know. value: what was observed."""
        ...

    def is_wanted_whole(self, run: "Run[R]", link: Link, observation: Observation[R]) -> bool:
        """Whether the CRM is to know more of the record than the link has let it know."""
        ...

    def absorb_shadow(
        self,
        run: "Run[R]",
        link: Link,
        stored: Stored[R] | None,
        observation: Observation[R],
        remote: Seen[R],
        effects: Effects[R],
    ) -> None:
        """Follows what Google shows of a record of which the CRM knows a part only."""
        ...

    def others(self, run: "Run[R]", links: Sequence[Link]) -> Mapping[str, Observation[R]]:
        """Records at Google that stand for the same CRM records as these links do, and live, by CRM id."""
        ...

    def rules(self, run: "Run[R]", observation: Observation[R]) -> Rules:
        """How conflicts are settled when this one gets a link."""
        ...

    def as_local(self, run: "Run[R]", link: Link, value: R) -> R:
        """What Google shows, as a record of the CRM."""
        ...

    def over(self, run: "Run[R]", link: Link, *, by_google: bool) -> Write:
        """The pair is no more, for Google's record is gone: what becomes of its link. by_google: it was
        deleted there; else for the sake of one that was archived here.
        """
        ...

    def taken(self, run: "Run[R]", observation: Observation[R]) -> Sequence[Write]:
        """One of the `others` has the link now: what waited beside it is over."""
        ...

    def gone_there(self, run: "Run[R]", link: Link) -> Sequence[Write]:
        """Google no longer has the record: neither what hangs on it."""
        ...

    def archived(self, run: "Run[R]", link: Link) -> Pending:
        """The record goes into the archive: so does what hangs on it."""
        ...

    def made_again(self, run: "Run[R]", link: Link) -> Sequence[Write]:
        """The record will be made at Google once more: what hangs on it follows."""
        ...

    def linked_again(self, run: "Run[R]", stored: Stored[R], value: R) -> Sequence[Write]:
        """The record has a link once more: what hangs on it comes before the next local pass, and out of the
        archive with it. stored: the record as it was; value: as it is now.
        """
        ...

    def come_out(self, run: "Run[R]", link: Link, crm: str, value: R) -> tuple[Sequence[Write], bool]:
        """The record was set aside and is no longer: what hangs on it comes before the next local pass. And
        whether what hangs on it at Google may have gone unseen, so that the next job must list everything.
        link: as it was.
        """
        ...

    def come_back(self, run: "Run[R]", link: Link, value: R) -> Sequence[Write] | None:
        """The record comes out of the archive: what hangs on it does too. None when nothing can. value: as it
        is now.
        """
        ...

    def moved(
        self, run: "Run[R]", link: Link, stored: Stored[R], decision: Decision[R]
    ) -> tuple[Pending, bool]:
        """Fields of the record change here: what hangs on it goes and comes back with its time. And whether
        Google has the last word against a move of the CRM's, so that the next job must list everything.
        stored: the record as it was.
        """
        ...


class Side(Protocol[R]):
    """One of the two resources of one user: its names, its keys, its settings."""

    @property
    def resource(self) -> Resource:
        """What Google calls it."""
        ...

    @property
    def kind(self) -> Kind:
        """The CRM collection that belongs to it."""
        ...

    def key_of(self, observation: Observation[R]) -> str:
        """The link key of an observed record."""
        ...

    @property
    def may_be_merged(self) -> bool:
        """Whether a record that is gone may live on in another one, of which only a listing tells."""
        ...

    @property
    def deletes_blindly(self) -> bool:
        """Whether Google takes no etag with a deletion: an edit since the last look would go unseen."""
        ...

    @property
    def dependants(self) -> Dependants[R]:
        """What hangs on its records."""
        ...

    def match_keys(self, value: R) -> tuple[str, ...]:
        """Digests by which duplicates are found; none for appointments."""
        ...


@dataclass(slots=True)
class Memory:
    """What a job looks up once, when it is first needed."""

    labels: Mapping[str, str] | None = None
    """The names of the user's labels at Google, by id."""
    claims_moved: bool = False
    """Whether what Google says has changed claims on rows: another one may be certain by now."""
    has_candidates: bool | None = None
    """Whether any candidate is open."""
    asides: int = 0
    """How many records an unexpected error has met."""
    holds: tuple[Hold, ...] | None = None
    """What is on hold; kept by `crmsync.engine.run.holds`."""
    gone: set[str] = field(default_factory=set)
    """Keys of links whose contacts were found deleted at Google: nobody needs to look for them again."""
    has_doubles: bool | None = None
    """Whether the user is asked about any two contacts of the CRM."""
    looks_at_doubles: bool = True
    """Whether those are still to be looked at, as this job may have changed what is asked."""
    met: dict[str, list[str]] = field(default_factory=dict)
    """Match key -> CRM ids of the contacts without a link that this job has met."""
    bare: frozenset[str] = frozenset()
    """CRM ids that contacts whose creation is in doubt carry bare: an older version asked for them."""


@dataclass(frozen=True, slots=True)
class Run(Generic[R]):
    """One job. What moves while it works is in its ledger, which follows its commits."""

    id: str
    reason: str
    started: datetime
    deps: Deps
    session: GoogleSession
    side: Side[R]
    remote: Remote[R]
    canon: Canon
    ledger: Ledger
    echoes: Echoes[R] = field(default_factory=Echoes)
    memory: Memory = field(default_factory=Memory)

    @property
    def user(self) -> User:
        """The user as the last commit left the document."""
        return self.ledger.user

    @property
    def state(self) -> ResourceState:
        """Where the sync of the resource stands."""
        return self.ledger.state

    @property
    def scope(self) -> Scope:
        """Whose data the store is asked for."""
        return self.ledger.user.scope

    @property
    def store(self) -> Store:
        """The store."""
        return self.deps.store

    @property
    def resource(self) -> Resource:
        """What Google calls it."""
        return self.side.resource

    @property
    def kind(self) -> Kind:
        """The CRM collection that belongs to the resource."""
        return self.side.kind

    @property
    def rules(self) -> Rules:
        """How the user wants conflicts settled."""
        return Rules(self.user.settings.owners, sharing=self.sharing)

    @property
    def sharing(self) -> Sharing:
        """Which fields go which way."""
        return self.user.settings.sharing(self.resource)

    def is_news(self, link: Link, remote: Seen[R], sent: Collection[str] = ()) -> bool:
        """Whether what Google shows of a pair differs from what was agreed, as far as it comes in, or is
        about to be overwritten. sent: fields that are.
        """
        return self.sharing.is_news(link, remote.projection, sent)

    @property
    def pushes(self) -> bool:
        """Whether the user lets this resource be written to Google."""
        return self.user.settings.pushes(self.resource)

    def canon_of(self, link: Link) -> Canon:
        """What makes projections that can be compared with the link's base.

        A number without a country code reads otherwise in another region. So a pair is compared, and merged,
        in the region that its base was made with, whatever the user's is by now: against a base of another
        region everything would look changed on both sides, and what was removed would come back. A base moves
        to the region of today when the two sides are known whole and agree (`effects.renewed`).
        """
        if link.resource == "calendar":
            return self.canon
        region = self.user.settings.base_region(link.region)
        return self.canon if region == self.canon.region else self.deps.canon(region)

    def shown(self, link: Link, observation: Observation[R], value: R) -> Seen[R]:
        """Google's side of a linked pair, comparable with its base. value: what was observed, or a part."""
        return shown_side(self.canon_of(link), link, observation, value)

    def now(self) -> datetime:
        """The current time, UTC."""
        return self.deps.clock.now()

    def check_time(self) -> None:
        """Raises Yield when no new step may be started."""
        refuse_late(self.started, self.now())

    def touch(self, stored: Stored[R]) -> PutRecord:
        """A write that changes nothing but `updated_at`: the record comes before the next local pass."""
        return PutRecord(self.kind, stored.id, stored.value, stored.version)
