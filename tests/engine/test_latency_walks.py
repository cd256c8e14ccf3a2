"""Random walks over days in which Google takes its time: people edit on both sides while jobs overlap.

Whatever happened, soon after the last of it both sides agree, nobody is there twice, no lease is left, and
one more job asks Google once and writes nothing. A walk is told by its seed.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Literal

import pytest

from crmsync.core.fields import with_fields
from crmsync.core.model import Appointment, Contact, Email, Resource
from crmsync.engine.requests import request_sync
from crmsync.store.ports import CreateRecord, Kind, PutRecord, PutUser, Write
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import World
from tests.engine.appointments import shown, timed
from tests.machine.calendar_checks import CalendarChecks
from tests.machine.checks import Checks
from tests.machine.crashes import Crash
from tests.machine.in_process import InProcessGoogle
from tests.machine.people import Witness
from tests.quiet import quiet
from tests.stage import START, Stage
from tests.timeline import CALLS, STORE_CALLS, Timeline

Weather = Literal["calm", "faults", "surprises", "deaths"]

MINUTE = 60.0
SOON: dict[Weather, float] = {
    "calm": MINUTE,
    "faults": 16 * MINUTE,
    "surprises": 16 * MINUTE,
    "deaths": 27 * MINUTE,
}
"""Seconds from the last thing that happens until all is done: creates may be in doubt for 15 minutes, and the
lease of a job that died is waited for before.
"""
SPAN = 40.0
"""Seconds in which people act."""
SURPRISES = pytest.mark.unexpected
REDELIVERY = 5.0
LOOKS = 45
"""So often the lease of a job that died is looked at."""
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")
KINDS: dict[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}
TEXTS: dict[Resource, tuple[str, ...]] = {
    "contacts": ("family_name", "notes"),
    "calendar": ("location", "description"),
}
FAULTS = (
    Fault("people.people.*", status=429, reason="RATE_LIMIT_EXCEEDED"),
    Fault("people.people.batch*", "after"),
    Fault("people.people.batchCreate*", "after", drop=True),
    Fault("people.people.connections.*"),
    Fault("calendar.*", status=403, reason="rateLimitExceeded"),
    Fault("calendar.*", "after", drop=True),
    Fault("calendar.events.*"),
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A user with a few contacts and appointments that are in step."""
    with ExitStack() as context:
        context.enter_context(quiet())
        made = Stage(context.enter_context(InProcessGoogle(World(Clock(START)))))
        made.connect()
        for number in range(6):
            name = f"start{number}"
            made.add(f"a{number}", contact(name))
            made.add(f"b{number}", appointment(name, 3 + number))
        for resource in RESOURCES:
            made.sync(resource)
        made.later()
        yield made


def contact(name: str) -> Contact:
    return Contact(given_name=name, emails=(Email(f"{name}@example.com"),))


def appointment(title: str, day: int) -> Appointment:
    return Appointment(title=title, start=timed(day, 9), end=timed(day, 10))


class People:
    """Somebody at the CRM and at the phone, who does what the dice say."""

    def __init__(self, stage: Stage, timeline: Timeline, dice: random.Random) -> None:
        self.stage = stage
        self.timeline = timeline
        self.dice = dice
        self.serial = 0

    def act(self) -> None:
        """One thing, at one side."""
        acts = (self.in_the_crm, self.in_the_crm, self.at_the_phone)
        self.dice.choice(acts)(self.dice.choice(RESOURCES))

    def in_the_crm(self, resource: Resource) -> None:
        """A record is made, edited, archived or restored, and the API asks for a sync."""
        how = self.dice.choices(("add", "edit", "archive", "restore"), (3, 6, 1, 1))[0]
        write = self._added(resource) if how == "add" else self._changed(resource, how)
        if write is not None:
            self.stage.store.commit(self.stage.scope, [write])
            self._ask("change", resource)

    def _added(self, resource: Resource) -> Write:
        name = self._fresh()
        if resource == "contacts":
            return CreateRecord("contacts", name, contact(name))
        return CreateRecord("appointments", name, appointment(name, 1 + self.serial % 28))

    def _changed(self, resource: Resource, how: str) -> Write | None:
        kind = KINDS[resource]
        records: list[Any] = list(self.stage.store.changed(self.stage.scope, kind, None, None, 1000))
        found = [stored for stored in records if (stored.archived_at is not None) == (how == "restore")]
        if not found:
            return None
        stored = self.dice.choice(sorted(found, key=lambda each: each.id))
        if how == "edit":
            value = with_fields(stored.value, {self.dice.choice(TEXTS[resource]): self._fresh()})
            return PutRecord(kind, stored.id, value, None)
        return PutRecord(kind, stored.id, stored.value, None, archived=how == "archive")

    def at_the_phone(self, resource: Resource) -> None:
        """Something is made, edited, deleted or restored; of events Google tells, of contacts not."""
        if resource == "contacts":
            self._contact_at_the_phone()
            if self.dice.random() < 0.5:
                self._ask("manual", resource)
        else:
            self._event_at_the_phone()
            self._ask("push", resource)

    def _contact_at_the_phone(self) -> None:
        how = self.dice.choices(("add", "edit", "delete"), (1, 6, 1))[0]
        book, names = self.stage.book, sorted(self.stage.book.contents())
        if how == "add":
            book.phone_create({"names": [{"givenName": self._fresh()}]})
        elif names and how == "edit":
            book.phone_edit(self.dice.choice(names), {"biographies": [{"value": self._fresh()}]})
        elif names:
            book.phone_delete(self.dice.choice(names))

    def _event_at_the_phone(self) -> None:
        how = self.dice.choices(("add", "edit", "delete", "restore"), (1, 6, 1, 1))[0]
        calendar, events = self.stage.calendar, self.stage.calendar.every_event()
        found = sorted(it["id"] for it in events if (it["status"] == "cancelled") == (how == "restore"))
        if how == "add":
            times = {"start": shown(timed(12, 9)), "end": shown(timed(12, 10))}
            calendar.phone_create({"summary": self._fresh(), **times})
        elif found and how == "edit":
            calendar.phone_edit(self.dice.choice(found), {"location": self._fresh()})
        elif found and how == "delete":
            calendar.phone_delete(self.dice.choice(found))
        elif found:
            calendar.phone_restore(self.dice.choice(found))

    def _ask(self, reason: Any, resource: Resource) -> None:
        request_sync(self.timeline.deps, self.stage.scope, reason, frozenset((resource,)))

    def _fresh(self) -> str:
        self.serial += 1
        return f"word{self.serial}x"


def walk(
    stage: Stage, timeline: Timeline, dice: random.Random, weather: Weather, calls: Sequence[str]
) -> int:
    """Lets the day pass; answers how many things happened on it. calls: those that may fail, or kill."""
    people, controls = People(stage, timeline, dice), stage.world.controls
    times = sorted(dice.uniform(0, SPAN) for _ in range(dice.randint(3, 30)))
    for at in times:
        timeline.at(at, people.act)

    def strikes() -> None:
        if weather == "faults":
            controls.plan(replace(dice.choice(FAULTS)))
        else:
            timeline.fail(dice.choice(calls), Crash() if weather == "deaths" else ZeroDivisionError())

    for _ in range(dice.randint(1, 3) if weather != "calm" else 0):
        timeline.at(dice.uniform(0, times[-1]), strikes)

    def ends() -> None:
        """The schedule looks at both once more; what has not struck by now does not."""
        controls.clear_faults()
        timeline.failures.clear()
        for resource in RESOURCES:
            payload = {"uid": stage.uid, "resource": resource, "reason": "schedule"}
            stage.queue.enqueue("sync", payload)

    timeline.at(times[-1], ends)
    timeline.run(5_000)
    assert timeline.elapsed - times[-1] < SOON[weather]
    return len(times)


def is_at_rest(stage: Stage, resource: Resource) -> None:
    """Nobody holds a lease, and one more job asks Google once and writes nothing."""
    user = stage.store.user(stage.scope)
    assert user is not None
    until = user.resource(resource).lease_until
    assert until is None or until <= stage.clock.now()
    stage.later(10 * MINUTE)
    stage.sync(resource)
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync(resource)
    assert (len(stage.world.controls.calls()), stage.meter.used().writes) == (1, 0)


def agree_soon(stage: Stage, weather: Weather, seed: int, *, store: float | None = None) -> None:
    """A day, told by its seed, and what holds at its end. store: the most seconds of a call to the store."""
    dice = random.Random(f"{weather} {seed}" + (f" {store}" if store else ""))
    user = stage.store.user(stage.scope)
    assert user is not None
    settings = replace(user.settings, google_events="full" if seed % 2 else "off")
    stage.store.commit(stage.scope, [PutUser({"settings": settings})])
    slowest = dice.choice((0.4, 1.0, 2.0, 5.0))
    timeline = Timeline(
        stage,
        lambda _: dice.uniform(0.2, slowest),
        store=None if store is None else lambda _: dice.uniform(0.0, store),
        redelivery=REDELIVERY,
    )
    happened = walk(stage, timeline, dice, weather, CALLS if store is None else (*CALLS, *STORE_CALLS))
    assert len(timeline.deliveries) < 20 + 3 * happened + (2 * LOOKS if weather == "deaths" else 0)
    nobody = Witness()
    contacts, calendar = Checks(stage), CalendarChecks(stage)
    for checks in (contacts, calendar):
        checks.pairs_agree()
        checks.nobody_is_forgotten()
        checks.nothing_is_left_at_work()
    contacts.nobody_is_there_twice(nobody)
    calendar.nobody_is_there_twice()
    titles = [event["summary"] for event in stage.events()]
    assert len(titles) == len(set(titles))
    for resource in RESOURCES:
        is_at_rest(stage, resource)


@pytest.mark.parametrize(
    ("weather", "seed"),
    [
        *(("calm", seed) for seed in range(12)),
        *(("faults", seed) for seed in range(6)),
        *(pytest.param("surprises", seed, marks=SURPRISES) for seed in range(4)),
        *(("deaths", seed) for seed in range(4)),
    ],
)
def test_both_sides_agree_soon_after_the_last_edit(stage: Stage, weather: Weather, seed: int) -> None:
    agree_soon(stage, weather, seed)


@pytest.mark.parametrize("store", [0.3, 2.0])
@pytest.mark.parametrize(
    ("weather", "seed"),
    [
        *(("calm", seed) for seed in range(6)),
        *(("faults", seed) for seed in range(4)),
        *(pytest.param("surprises", seed, marks=SURPRISES) for seed in range(4)),
        *(("deaths", seed) for seed in range(4)),
    ],
)
def test_both_sides_agree_though_the_store_takes_its_time_too(
    stage: Stage, weather: Weather, seed: int, store: float
) -> None:
    """Jobs meet between a read and the commit that follows from it, and may die right after a commit."""
    agree_soon(stage, weather, seed, store=store)
