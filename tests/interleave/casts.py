"""Who may be in an order: jobs of every kind, people on both sides, the clock; how things stand before."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from crmsync.core.model import Resource
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.account import connect
from crmsync.engine.deps import Deps
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.engine.payload import about_sync
from crmsync.store.ports import CandidateQuery
from tests.interleave.hub import Actor
from tests.interleave.people import AtContacts, AtTheCalendar, People, World
from tests.interleave.ports import CLOCK, deps_of

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
    filled: list[tuple[str, str]] = field(default_factory=list)
    queued: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the preparation has queued, by kind of job: what a job in the cast is told."""

    def told(self, reason: str, resource: Resource | None = None) -> dict[str, Any]:
        """What a sync is told that belongs to the connection as it is at the beginning."""
        user = self.world.stage.store.user(self.world.stage.scope)
        assert user is not None
        return about_sync(user, resource or self.resource, reason)


BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
NEEDS_BOTH = frozenset(("other job", "tick 1", "tick 2"))
NEEDS_CONTACTS = frozenset(("import", "undo"))


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
    if start == "busy":
        people.crm_types(stage.deps, "ada", people.pending, "before1x")
        people.phone_types("bo", people.field, "before2x")
    it.queued = {task.job: task.payload for task in stage.queue.tasks}
    stage.queue.tasks.clear()
    stage.later()


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


def job(it: Play, name: str, kind: str, payload: Mapping[str, Any]) -> Actor:
    """A delivered job; one that raises or dies is delivered again."""
    deps = deps_of(it.world.stage, it.world.hub, name, it.filled)
    queue = it.world.stage.queue
    return Actor(name, lambda: jobs.run(deps, kind, payload), again=lambda: queue.enqueue(kind, payload))


def request(it: Play, name: str, work: Callable[[Deps], object]) -> Actor:
    """A request that the API answers."""
    deps = deps_of(it.world.stage, it.world.hub, name, it.filled)
    return Actor(name, lambda: work(deps))


def person(name: str, work: Callable[[], object], *, blinded: bool = True) -> Actor:
    """A person at the phone, who does one thing."""
    return Actor(name, work, blinded=blinded)


def _sync(name: str, reason: str) -> Callable[[Play], Actor]:
    return lambda it: job(it, name, "sync", it.told(reason))


def _types(name: str, id: str, field: str | None = None) -> Callable[[Play], Actor]:
    text = f"{name.replace(' ', '')}9x"
    return lambda it: request(
        it, name, lambda deps: it.people.crm_types(deps, id, field or it.people.field, text)
    )


def _phone_types(name: str, id: str) -> Callable[[Play], Actor]:
    text = f"{name.replace(' ', '')}9x"
    return lambda it: person(name, lambda: it.people.phone_types(id, it.people.field, text))


def _clock(it: Play) -> Actor:
    def passes() -> None:
        it.world.hub.writes(CLOCK)
        it.world.stage.clock.advance(LEASE_RUNS_OUT)

    return Actor("clock", passes)


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


CAST: Mapping[str, Callable[[Play], Actor]] = {
    "job 1": _sync("job 1", "schedule"),
    "job 2": _sync("job 2", "manual"),
    "job 3": _sync("job 3", "change"),
    "crm": _types("crm", "ada"),
    "crm on bo": _types("crm on bo", "bo"),
    "crm archives": lambda it: request(it, "crm archives", lambda deps: it.people.crm_archives(deps, "bo")),
    "crm adds": lambda it: request(it, "crm adds", lambda deps: it.people.crm_adds(deps, "dee")),
    "phone": _phone_types("phone", "ada"),
    "phone on bo": _phone_types("phone on bo", "bo"),
    "phone deletes": lambda it: person("phone deletes", lambda: it.people.phone_deletes("ada")),
    "phone adds": lambda it: person("phone adds", lambda: it.people.phone_adds("zoe")),
    "clock": _clock,
    "other job": _other,
    "import": _queued("import"),
    "undo": _queued("undo"),
    "disconnect": _disconnect,
    "tick 1": _tick("tick 1"),
    "tick 2": _tick("tick 2"),
}
