"""A job that dies before or after any of its effects: once left to rest, the end is as if none had died.

For each scenario the k-th effect of its jobs is the last thing that happens, for every k there is. What is
delivered again afterwards may repeat work; nobody is there twice and nothing is missing in the end.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Contact, Email, Phone
from crmsync.core.state import Choice
from crmsync.engine.imports import importing, sheet
from crmsync.store.ports import CandidateQuery
from local.google.clock import Clock
from local.google.world import World
from tests.machine.checks import Checks
from tests.machine.crashes import Crash, Fuse
from tests.machine.in_process import InProcessGoogle
from tests.machine.people import Witness
from tests.stage import START, Stage

ANN = Contact(given_name="Ann", emails=(Email("ann@example.com", "work"),), phones=(Phone("416-555-0100"),))
BEN = Contact(given_name="Ben", emails=(Email("ben@example.com"),))
CEM = Contact(given_name="Cem", emails=(Email("cem@example.com"),))
MOST_EFFECTS = 40


def person(given: str) -> dict[str, Any]:
    return {"names": [{"givenName": given}], "emailAddresses": [{"value": f"{given.lower()}@example.com"}]}


def name_of(stage: Stage, given: str) -> str:
    [found] = stage.persons_named(given)
    return str(found["resourceName"])


def first_sync_with_creates_and_matches(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.add("ben", BEN)
    stage.book.phone_create(person("Ann"))
    stage.book.phone_create(person("Zoe"))


def linked(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.add("ben", BEN)
    stage.sync()
    stage.later(3600)


def an_edit_on_each_side(stage: Stage) -> None:
    linked(stage)
    stage.edit("ann", replace(ANN, job_title="Lawyer"))
    stage.book.phone_edit(name_of(stage, "Ben"), {"nicknames": [{"value": "Benny"}]})


def edits_of_one_record_that_collide(stage: Stage) -> None:
    linked(stage)
    stage.book.phone_edit(name_of(stage, "Ann"), {"nicknames": [{"value": "Annie"}]})
    stage.edit("ann", replace(ANN, nickname="Nan", job_title="Lawyer"))


def a_deletion_on_each_side(stage: Stage) -> None:
    linked(stage)
    stage.add("cem", CEM)
    stage.sync()
    stage.later(3600)
    stage.edit("ann", ANN, archived=True)
    stage.book.phone_delete(name_of(stage, "Ben"))


def a_recreation_at_google(stage: Stage) -> None:
    linked(stage)
    stage.book.phone_delete(name_of(stage, "Ben"))
    stage.edit("ben", replace(BEN, nickname="Benny"))


def a_restoration_in_the_crm(stage: Stage) -> None:
    linked(stage)
    stage.book.phone_edit(name_of(stage, "Ben"), {"nicknames": [{"value": "Benny"}]})
    stage.edit("ben", BEN, archived=True)


def an_import(stage: Stage) -> None:
    for given in ("Ada", "Bo", "Zoe"):
        stage.book.phone_create(person(given))
    stage.add("ann", ANN)
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    chosen = [row.key for row in rows if row.name != "Zoe"]
    sheet.save(stage.deps, stage.scope, {key: lambda _: Choice(selected=True) for key in chosen})
    importing.start(stage.deps, stage.scope, "done", None)


def a_merge_of_two_linked_contacts(stage: Stage) -> None:
    linked(stage)
    stage.book.phone_merge(name_of(stage, "Ann"), name_of(stage, "Ben"))


def a_merge_into_a_stranger(stage: Stage) -> None:
    linked(stage)
    stage.book.phone_create(person("Zoe"))
    stage.sync()
    stage.book.phone_merge(name_of(stage, "Zoe"), name_of(stage, "Ben"))


SCENARIOS: tuple[Callable[[Stage], None], ...] = (
    first_sync_with_creates_and_matches,
    an_edit_on_each_side,
    edits_of_one_record_that_collide,
    a_deletion_on_each_side,
    a_recreation_at_google,
    a_restoration_in_the_crm,
    an_import,
    a_merge_of_two_linked_contacts,
    a_merge_into_a_stranger,
)


@contextmanager
def prepared(scenario: Callable[[Stage], None]) -> Iterator[Stage]:
    with InProcessGoogle(World(Clock(START))) as google:
        stage = Stage(google)
        stage.connect(frozenset(("contacts",)))
        scenario(stage)
        yield stage


def rest(stage: Stage) -> dict[str, Any]:
    """The end state, comparable: what people see on both sides, and what the sync knows of it."""
    for _ in range(3):
        stage.later(20 * 60)
        stage.sync()
    checks = Checks(stage)
    checks.everything(Witness(), 0)
    held = ("names", "emailAddresses", "phoneNumbers", "nicknames", "organizations", "clientData")
    people = [
        {field: [_plain(item) for item in person.get(field, ())] for field in held}
        for person in checks.persons
    ]
    return {
        "google": sorted(people, key=str),
        "crm": {id: (stored.value, stored.archived_at is not None) for id, stored in checks.records.items()},
        "links": sorted((link.crm, link.state, link.base) for link in checks.links),
        "sheet": sorted((row.name, row.status, row.crm or "") for row in checks.candidates()),
        "conflicts": sorted(
            (c.crm, c.field, str(c.lost)) for c in stage.store.conflicts(stage.scope, None, 99)
        ),
    }


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "metadata"}


def until_it_survives(stage: Stage, effect: int, *, after: bool) -> bool:
    """Runs a job that dies at this effect; False when it has no such effect."""
    fuse = Fuse()
    stage.fuse(fuse)
    fuse.set(effect, after=after)
    try:
        stage.sync()
    except Crash:
        return True
    finally:
        fuse.clear()
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_dying_at_any_effect_changes_nothing_in_the_end(
    scenario: Callable[[Stage], None], after: bool
) -> None:
    with prepared(scenario) as stage:
        expected = rest(stage)
    for effect in range(MOST_EFFECTS):
        with prepared(scenario) as stage:
            died = until_it_survives(stage, effect, after=after)
            assert rest(stage) == expected, f"died at effect {effect}"
        if not died:
            assert effect > 0, "the scenario has an effect to die at"
            return
    raise AssertionError("the job never survives")
