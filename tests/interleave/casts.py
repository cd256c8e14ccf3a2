"""Who may be in an order: jobs of every kind, people on both sides, the clock; how things stand before."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

from crmsync.core.account import User
from crmsync.core.journal import Hold
from crmsync.core.model import Resource
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.account import connect, webhook
from crmsync.engine.deps import Deps
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.engine.payload import about_sync
from crmsync.engine.review import approvals
from crmsync.store.documents.port import Documents
from crmsync.store.ports import CandidateQuery
from tests.interleave.hub import Actor
from tests.interleave.people import AtContacts, AtTheCalendar, People, World
from tests.interleave.ports import CLOCK, HubGoogle, deps_of
from tests.stage import Stage

LEASE_RUNS_OUT = timedelta(seconds=700)

Start = Literal["at rest", "busy", "first"]
"""at rest: both sides agree. busy: somebody has typed on each side, and nothing has been synced since. first:
nothing has ever been synced.
"""


@dataclass(slots=True)
class Play:
    """One order as its actors see it."""

    world: World
    resource: Resource
    people: People
    resources: frozenset[Resource]
    user: User | None = None
    """The user as they are at the beginning."""
    queued: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the preparation has queued, by kind of job: what a job in the cast is told."""
    hold: Hold | None = None
    """What waits for the user's decision."""

    def told(self, reason: str, resource: Resource | None = None) -> dict[str, Any]:
        """What a sync is told that belongs to the connection as it is at the beginning."""
        assert self.user is not None
        return about_sync(self.user, resource or self.resource, reason)


BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
NEEDS_BOTH = frozenset(("other job", "tick 1", "tick 2"))
NEEDS_CONTACTS = frozenset(("import", "undo"))
NEEDS_PUSH = frozenset(("webhook",))
NEEDS_A_HOLD = frozenset(("agrees", "declines"))


def stage_of(google: HubGoogle, documents: Documents, cast: Collection[str]) -> Stage:
    """The stage for a cast: Google announces changes of the calendar where somebody is there to be told."""
    if not NEEDS_PUSH & set(cast):
        return Stage(google, documents=documents)
    stage = Stage(google, documents=documents, push=True)
    stage.deps = replace(stage.deps, webhook_address="https://crm.example/hooks/calendar")
    return stage


def play(world: World, resource: Resource, cast: Collection[str]) -> Play:
    """The play of one resource, before anything has happened."""
    people = AtContacts(world) if resource == "contacts" else AtTheCalendar(world)
    both = NEEDS_BOTH & set(cast) or (resource == "calendar" and NEEDS_CONTACTS & set(cast))
    return Play(world, resource, people, BOTH if both else frozenset((resource,)))


def prepare(it: Play, start: Start, cast: Collection[str]) -> None:
    """Brings the stage to how things stand before the order, and to what the cast must find."""
    people, stage = it.people, it.world.stage
    stage.connect(it.resources)
    names = ("ada", "bo") if start == "first" else ("ada", "bo", "cem")
    for name in names:
        stage.add(name, people.value(name))
    if start == "first":
        people.add("zoe")
    else:
        stage.sync(it.resource)
        stage.later(3600)
    if "other job" in cast:
        (AtTheCalendar if it.resource == "contacts" else AtContacts)(it.world).crm_adds(stage.deps, "eva")
    if NEEDS_CONTACTS & set(cast):
        _prepare_import(it, undone="undo" in cast)
    if NEEDS_A_HOLD & set(cast):
        _prepare_hold(it)
    if start == "busy":
        people.crm_types(stage.deps, "ada", people.pending, "before1x")
        people.phone_types("bo", people.field, "before2x")
    it.queued = {task.job: task.payload for task in stage.queue.tasks}
    stage.queue.tasks.clear()
    stage.later()
    it.user = stage.store.user(stage.scope)


def _prepare_import(it: Play, *, undone: bool) -> None:
    """An import that is about to run, or one that is done and about to be undone."""
    stage, scope = it.world.stage, it.world.stage.scope
    AtContacts(it.world).add("yan")
    stage.sync("contacts")
    rows = sheet.page(stage.deps, scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    import_id = importing.start(stage.deps, scope, "done", None)
    if undone:
        stage.run()
        stage.later()
        undoing.start(stage.deps, scope, import_id)


def _prepare_hold(it: Play) -> None:
    """Somebody has cleared who a contact is, at the phone: whether it shall be so here is asked."""
    stage = it.world.stage
    there = AtContacts(it.world).there("cem")
    stage.book.phone_edit(there, {"names": [], "emailAddresses": [], "biographies": [{"value": "who is it"}]})
    stage.later()
    stage.sync("contacts")
    (it.hold,) = stage.store.holds(stage.scope)


def job(it: Play, name: str, kind: str, payload: Mapping[str, Any]) -> Actor:
    """A delivered job; one that raises or dies is delivered again."""
    deps = deps_of(it.world.stage, it.world.hub, name, it.world.filled)
    queue = it.world.stage.queue
    return Actor(name, lambda: jobs.run(deps, kind, payload), again=lambda: queue.enqueue(kind, payload))


def request(it: Play, name: str, work: Callable[[Deps], object]) -> Actor:
    """A request that the API answers."""
    deps = deps_of(it.world.stage, it.world.hub, name, it.world.filled)
    return Actor(name, lambda: work(deps))


def person(it: Play, name: str, work: Callable[[], object], *, blinded: bool = True) -> Actor:
    """A person at the phone, who does one thing; or the clock."""
    return Actor(name, lambda: it.world.hub.at("act", "acts", work), blinded=blinded)


def _sync(name: str, reason: str) -> Callable[[Play], Actor]:
    return lambda it: job(it, name, "sync", it.told(reason))


def _types(name: str, id: str, field: str | None = None) -> Callable[[Play], Actor]:
    text = f"{name.replace(' ', '')}9x"
    return lambda it: request(
        it, name, lambda deps: it.people.crm_types(deps, id, field or it.people.field, text)
    )


def _phone_types(name: str, id: str) -> Callable[[Play], Actor]:
    text = f"{name.replace(' ', '')}9x"
    return lambda it: person(it, name, lambda: it.people.phone_types(id, it.people.field, text))


def _clock(it: Play) -> Actor:
    def passes() -> None:
        it.world.hub.writes(CLOCK)
        it.world.stage.clock.advance(LEASE_RUNS_OUT)

    return person(it, "clock", passes, blinded=False)


def _other(it: Play) -> Actor:
    """A sync of the other resource, which has something to do."""
    resource: Resource = "calendar" if it.resource == "contacts" else "contacts"
    return job(it, "other job", "sync", it.told("schedule", resource))


def _queued(name: str) -> Callable[[Play], Actor]:
    return lambda it: job(it, name, name, it.queued[name])


def _disconnect(it: Play) -> Actor:
    return request(
        it, "disconnect", lambda deps: connect.disconnect(deps, it.world.stage.scope, "keep", "keep")
    )


def _tick(name: str) -> Callable[[Play], Actor]:
    return lambda it: request(it, name, lambda deps: jobs.resync_due(deps, name))


def _click(it: Play) -> Actor:
    scope, resources = it.world.stage.scope, frozenset((it.resource,))
    return request(it, "click", lambda deps: jobs.request_sync(deps, scope, "manual", resources))


def _webhook(it: Play) -> Actor:
    """A message of Google's that something has changed in the calendar."""
    (channel,) = it.world.stage.world.push.channels()
    told = channel.id, channel.resource_id, channel.token, "exists"
    return request(it, "webhook", lambda deps: webhook.notified(deps, *told))


def _decides(name: str, choice: Literal["apply", "discard"]) -> Callable[[Play], Actor]:
    def made(it: Play) -> Actor:
        hold, scope = it.hold, it.world.stage.scope
        assert hold is not None
        return request(it, name, lambda deps: approvals.choose(deps, scope, hold.id, choice, hold.digest))

    return made


def _consents(it: Play) -> Actor:
    """Somebody records that a contact has agreed to be written to, which never leaves the CRM."""
    return request(it, "consents", lambda deps: AtContacts(it.world).crm_consents(deps, "ada", "consents9x"))


CAST: Mapping[str, Callable[[Play], Actor]] = {
    "job 1": _sync("job 1", "schedule"),
    "job 2": _sync("job 2", "manual"),
    "job 1 again": _sync("job 1 again", "schedule"),
    "crm": _types("crm", "ada"),
    "crm on bo": _types("crm on bo", "bo"),
    "crm archives": lambda it: request(it, "crm archives", lambda deps: it.people.crm_archives(deps, "bo")),
    "crm adds": lambda it: request(it, "crm adds", lambda deps: it.people.crm_adds(deps, "dee")),
    "phone": _phone_types("phone", "ada"),
    "phone on bo": _phone_types("phone on bo", "bo"),
    "phone deletes": lambda it: person(it, "phone deletes", lambda: it.people.phone_deletes("ada")),
    "phone adds": lambda it: person(it, "phone adds", lambda: it.people.phone_adds("zoe")),
    "clock": _clock,
    "other job": _other,
    "import": _queued("import"),
    "undo": _queued("undo"),
    "disconnect": _disconnect,
    "tick 1": _tick("tick 1"),
    "tick 2": _tick("tick 2"),
    "click": _click,
    "webhook": _webhook,
    "agrees": _decides("agrees", "apply"),
    "declines": _decides("declines", "discard"),
    "consents": _consents,
}
