"""Wherever an unexpected error meets one record, all others arrive, and that one heals."""

from contextlib import ExitStack
from typing import Any, Literal
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from crmsync.core import fields
from crmsync.core.model import Appointment, Contact, Resource
from crmsync.core.pair.canon import Canon
from crmsync.core.people import match_keys, matching
from crmsync.core.sheet import candidates as sheet_candidates
from crmsync.engine.pairs import absorb
from crmsync.engine.push import creates, deletes, sorting, updates
from crmsync.gateway import event as event_shape
from crmsync.gateway import events as events_door
from crmsync.gateway import people as people_door
from crmsync.gateway import people_update, person
from local.google.clock import Clock
from local.google.world import World
from tests.engine.appointments import timed
from tests.machine.in_process import InProcessGoogle
from tests.quiet import quiet
from tests.stage import START, Stage

POISON = "poison"
MANY = 5
Action = Literal[
    "nothing", "edit here", "edit there", "archive here", "delete there", "add here", "add there"
]
ACTIONS: tuple[Action, ...] = (
    "nothing",
    "edit here",
    "edit there",
    "archive here",
    "delete there",
    "add here",
)
COMMON: tuple[tuple[Any, str], ...] = (
    (Canon, "project"),
    (absorb, "decide"),
    (absorb, "write_pair"),
    (sorting, "decide"),
    (sorting, "crm_side"),
    (updates, "_asked"),
    (updates, "unheard"),
    (updates, "absorb_pair"),
    (creates, "new_link"),
    (deletes, "decide"),
    (fields, "as_json"),
)
PLACES: dict[Resource, tuple[tuple[Any, str], ...]] = {
    "contacts": (
        *COMMON,
        (person, "contact_of"),
        (person, "rich_fields"),
        (people_door, "new_person"),
        (people_update, "changed_person"),
        (matching, "prepare"),
        (match_keys, "prepare"),
        (sheet_candidates, "facts_of"),
    ),
    "calendar": (
        *COMMON,
        (event_shape, "appointment_of"),
        (events_door, "new_event"),
        (events_door, "changed_event"),
    ),
}
PLANS = st.lists(st.sampled_from(ACTIONS), min_size=MANY, max_size=MANY)


class Poison:
    """What raises for everything that carries the word."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.struck = 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        if any(POISON in repr(each) for each in (*given, *named.values())):
            self.struck += 1
            raise OverflowError("date value out of range")
        return self.real(*given, **named)


class Walk:
    """Records on both sides, of which one carries the word from some moment on."""

    def __init__(self, stage: Stage, resource: Resource, victim: int, plan: list[Action]) -> None:
        self.stage, self.resource, self.victim, self.plan = stage, resource, victim, plan
        self.wanted: dict[str, str] = {}
        for n, action in enumerate(plan):
            if action != "add here":
                stage.add(f"r{n}", self.record(n, "old"))
        stage.sync(resource)
        stage.later(3600)

    def record(self, n: int, word: str) -> Any:
        text = f"{word} {n}"
        if self.resource == "contacts":
            return Contact(given_name=f"Ann{n}", notes=text)
        return Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10), description=text)

    def act(self) -> None:
        """What people do. The word comes with the victim's edit, whoever makes it."""
        for n, action in enumerate(self.plan):
            word = POISON if n == self.victim else "new"
            match action:
                case "edit here":
                    self.stage.edit(f"r{n}", self.record(n, word))
                case "edit there":
                    self.phone(n, {"text": f"{word} {n}"})
                case "archive here":
                    self.stage.edit(f"r{n}", self.record(n, word), archived=True)
                case "delete there":
                    self.phone(n, None)
                case "add here":
                    self.stage.add(f"r{n}", self.record(n, word))
            gone = action in ("archive here", "delete there")
            if not gone:
                self.wanted[f"r{n}"] = f"old {n}" if action == "nothing" else f"{word} {n}"

    def phone(self, n: int, change: dict[str, str] | None) -> None:
        stage = self.stage
        if self.resource == "contacts":
            [found] = stage.persons_named(f"Ann{n}")
            name = found["resourceName"]
            if change is None:
                stage.book.phone_delete(name)
            else:
                stage.book.phone_edit(name, {"biographies": [{"value": change["text"]}]})
        else:
            [event] = [each for each in stage.events() if each["summary"] == f"Viewing {n}"]
            if change is None:
                stage.calendar.phone_delete(event["id"])
            else:
                stage.calendar.phone_edit(event["id"], {"description": change["text"]})
        stage.later()

    def here(self) -> dict[str, str]:
        kind: Any = "contacts" if self.resource == "contacts" else "appointments"
        found = self.stage.store.changed(self.stage.scope, kind, None, None, 50)
        return {each.id: text_of(each.value) for each in found if each.archived_at is None}

    def there(self) -> dict[str, str]:
        if self.resource == "contacts":
            return {
                f"r{each['names'][0]['givenName'][3:]}": each["biographies"][0]["value"]
                for each in self.stage.persons()
            }
        return {f"r{each['summary'][8:]}": each["description"] for each in self.stage.events()}

    def without_victim(self, texts: dict[str, str]) -> dict[str, str]:
        return {id: text for id, text in texts.items() if id != f"r{self.victim}"}

    def asides(self) -> set[str]:
        return {link.crm for link in self.stage.store.quarantined(self.stage.scope, None, 50)}


def text_of(value: Any) -> str:
    return str(value.notes if isinstance(value, Contact) else value.description)


def poisoned(stack: ExitStack, place: tuple[Any, str]) -> Poison:
    owner, name = place
    found = Poison(getattr(owner, name))
    if isinstance(owner, type):
        stack.enter_context(patch.object(owner, name, lambda *given, **named: found(*given, **named)))
    else:
        stack.enter_context(patch.object(owner, name, found))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Resource, tuple[Any, str], int, list[Action], bool]:
    resource: Resource = draw(st.sampled_from(("contacts", "calendar")))
    place = draw(st.sampled_from(PLACES[resource]))
    victim = draw(st.integers(0, MANY - 1))
    plan = draw(PLANS)
    plan[victim] = draw(st.sampled_from(("edit here", "edit there", "add here", "archive here")))
    return resource, place, victim, plan, draw(st.booleans())


@settings(max_examples=60, deadline=None)
@given(cases())
def test_all_others_arrive_and_the_one_heals(
    case: tuple[Resource, tuple[Any, str], int, list[Action], bool],
) -> None:
    resource, place, victim, plan, by_time = case
    with quiet(), InProcessGoogle(World(Clock(START))) as google:
        stage = Stage(google)
        stage.connect()
        walk = Walk(stage, resource, victim, plan)
        walk.act()
        with ExitStack() as stack:
            poisoned(stack, place)
            stage.sync(resource)
            stage.later(60)
            stage.sync(resource)
            others = walk.without_victim(walk.wanted)
            assert walk.without_victim(walk.here()) == others
            assert walk.without_victim(walk.there()) == others
            assert walk.asides() <= {f"r{victim}"}
        if by_time or plan[victim] == "archive here":
            for hours in (1, 2, 12):
                stage.later(hours * 3600)
                stage.sync(resource)
        else:
            stage.edit(f"r{victim}", walk.record(victim, "better"))
            walk.wanted[f"r{victim}"] = f"better {victim}"
            stage.sync(resource)
        assert walk.here() == walk.wanted
        assert walk.there() == walk.wanted
        assert walk.asides() == set()
        stage.later(8 * 3600)
        stage.sync(resource)
        stage.meter.reset()
        stage.later(60)
        stage.sync(resource)
        assert stage.meter.used().writes == 0
