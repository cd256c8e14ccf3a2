"""How things stand: for the button (`status`), and for single records (`standings`)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crmsync.core.account import User
from crmsync.core.calendar.occurrences import is_called_off
from crmsync.core.departure import Departure
from crmsync.core.model import R, Resource, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.sharing import Sharing
from crmsync.core.scope import Scope
from crmsync.core.shown.status import Headline, is_at_work, label_and_state
from crmsync.core.shown.waits import TWICE, WHO_IS_WHO
from crmsync.core.state import CANON_VERSION, Intent, Link
from crmsync.core.text.titles import title_of
from crmsync.engine.deps import Deps
from crmsync.engine.users import user_of
from crmsync.store.ports import CandidateQuery

RecordState = Literal["none", "pending", "waiting", "synced", "detached", "quarantined"]


@dataclass(frozen=True, slots=True)
class Status:
    """How the sync of one user stands.

    waiting: undecided rows of the import sheet. holds: those not decided yet. refused: records that Google
    does not take. doubles: pairs of contacts of which nobody has said whether they are one person, so that
    one of them is not sent.

    The counts are 0 while a sync is at work: they are taken when it rests or waits, so that the button may
    ask often.
    """

    headline: Headline
    email: str | None
    granted: frozenset[Resource]
    waiting: int
    conflicts: int
    holds: int
    refused: int
    doubles: int
    ended_at: Mapping[Resource, datetime | None]
    """When a sync of each resource that is granted last came to its end."""
    departure: Departure | None
    """The account that is being left, or was with something to tell of it."""
    paused_at: Mapping[Resource, datetime]
    """Since when the user has paused what is not synced for now."""
    changed_at: datetime | None
    """When the sync last wrote anything: what came in since then is worth loading."""

    @property
    def last_synced_at(self) -> datetime | None:
        """When syncs of all that is granted had last come to their end; None while one never has."""
        times = list(self.ended_at.values())
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None


def status(deps: Deps, scope: Scope, user: User | None = None) -> Status:
    """How the sync stands: one read while it is at work, a few more when it rests or waits.

    user: their document, when it is at hand.
    """
    user = user or user_of(deps, scope)
    connection = user.connection
    granted: frozenset[Resource] = connection.scopes if connection else frozenset()
    waiting = asking = conflicts = holds = refused = doubles = 0
    doubts: Sequence[Intent] = ()
    if connection is not None and not is_at_work(user):
        waiting = deps.store.count_candidates(scope, CandidateQuery("open"), user.rounds)
        asking = deps.store.count_claimed(scope) if waiting else 0
        conflicts = deps.store.count_conflicts(scope)
        holds = sum(hold.choice is None for hold in deps.store.holds(scope))
        refused = deps.store.count_quarantined(scope)
        doubles = deps.store.count_doubles(scope) if "contacts" in granted else 0
        doubts = deps.store.intents(scope) if "contacts" in granted else ()
    return Status(
        headline=label_and_state(user, waiting, conflicts, holds, refused, doubts, asking, doubles),
        email=connection.email if connection else None,
        granted=granted,
        waiting=waiting,
        conflicts=conflicts,
        holds=holds,
        refused=refused,
        doubles=doubles,
        ended_at={name: user.resource(name).last_synced_at for name in sorted(granted)},
        departure=user.departure,
        paused_at=user.settings.paused,
        changed_at=_last_changed(user, granted),
    )


def _last_changed(user: User, granted: frozenset[Resource]) -> datetime | None:
    """When a sync of what is granted last committed anything."""
    times = [user.resource(resource).changed_at for resource in granted]
    return max((time for time in times if time is not None), default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one record stands.

    none: not part of a sync. pending: Google does not have it as it is, yet. detached: the user parted them.
    quarantined: Google refuses it, for the reason in `problem`; tried again when it changes. waiting: the
    user has to say first whether it is one of those at Google that `names` names.
    """

    state: RecordState
    problem: str | None = None
    names: tuple[str, ...] = ()


def standings(
    deps: Deps, user: User, resource: Resource, items: Sequence[Stored[R]]
) -> Mapping[str, Standing]:
    """Where each of these records stands, by id.

    It follows from comparing content with the link's digests, as in the sync itself.
    """
    connected = user.connection is not None and resource in user.connection.scopes
    settings = user.settings
    pushed, sharing = settings.pushes(resource), settings.sharing(resource)
    links = deps.store.links_of(user.scope, resource, [item.id for item in items]) if items else {}
    new = [item.id for item in items if item.id not in links and not _is_gone(item)]
    wanted = new if connected and pushed else []
    waiting = _waiting(deps, user, wanted) if resource == "contacts" else {}
    unlinked = {id: waiting.get(id, Standing("pending")) for id in wanted}
    return {
        item.id: _linked(deps.canon(settings.base_region(link.region)), sharing, item, link, connected)
        if (link := links.get(item.id)) is not None
        else unlinked.get(item.id, Standing("none"))
        for item in items
    }


def _waiting(deps: Deps, user: User, crms: Sequence[str]) -> Mapping[str, Standing]:
    """Those of the records that are held back, for they may be at Google already."""
    names: dict[str, list[str]] = defaultdict(list)
    for row in deps.store.candidates_about(user.scope, crms) if crms else ():
        for claim in row.claims:
            if claim.strength:
                names[claim.crm].append(row.name)
    asked = {crm: Standing("waiting", WHO_IS_WHO, tuple(sorted(of))) for crm, of in names.items()}
    return {**_twice(deps, user, crms), **asked}


def _twice(deps: Deps, user: User, crms: Sequence[str]) -> Mapping[str, Standing]:
    """Those of the records that are held back, for they may be in the CRM already."""
    doubles = deps.store.doubles_of(user.scope, crms) if crms else ()
    held = [each for each in doubles if each.state == "asked" and each.held in {*crms}]
    others = sorted({each.other(each.held) for each in held})
    records = deps.store.records(user.scope, "contacts", others) if others else {}
    names: dict[str, list[str]] = defaultdict(list)
    for each in held:
        if (stored := records.get(each.other(each.held))) is not None:
            names[each.held].append(title_of(stored.value))
    return {crm: Standing("waiting", TWICE, tuple(sorted(of))) for crm, of in names.items()}


def _linked(canon: Canon, sharing: Sharing, item: Stored[R], link: Link, connected: bool) -> Standing:
    if link.state == "quarantined":
        return Standing("quarantined", link.problem)
    if link.is_silent:
        return Standing("detached")
    if not connected:
        return Standing("none")
    if link.shadow:
        return Standing("synced")
    as_agreed = link.canon_version == CANON_VERSION and not sharing.told(link, canon.project(item.value))
    return Standing("synced" if as_agreed and not _is_gone(item) else "pending")


def _is_gone(item: Stored[R]) -> bool:
    return item.archived_at is not None or is_called_off(item.value)
