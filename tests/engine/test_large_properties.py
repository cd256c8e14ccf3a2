"""Up to 200 records of up to 400 KB through each way that commits: all of them arrive, no commit is above
Firestore's limits, and what belongs together is committed together.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmsync.core.account import User
from crmsync.core.model import Appointment, Stored
from crmsync.engine.account import calendars, connect
from crmsync.engine.imports import undoing
from crmsync.engine.review import approvals
from crmsync.engine.users import change_user
from local.google.clock import Clock
from local.google.world import World
from tests.engine.appointments import shown, timed, wants
from tests.engine.limits import WatchedDocuments
from tests.engine.test_large_records import contacts, imported
from tests.machine.in_process import InProcessGoogle
from tests.quiet import quiet
from tests.stage import START, Stage

# Counting lines makes it three times as slow, and finds none that other tests do not reach.
pytestmark = pytest.mark.no_cover

KB = 1000
OF_THE_API = 398 * KB
"""The largest record that the API takes, with its other fields."""
OF_GOOGLE = 120 * KB
"""Near to the largest contact that Google takes."""
AT_ONCE = 16_000 * KB
"""So much in all: two commits, and as many again for the journal."""
PARTED = 15_500 * KB
"""That much fits into no commit on any of the ways."""
WORK = "work@group.calendar.google.com"
TIMES = {"start": shown(timed(10, 9)), "end": shown(timed(10, 10))}

Sizes = list[int]
Way = Callable[[Stage, Sizes], None]


def _bounded(sizes: Sizes) -> Sizes:
    """As many of them, from the first, as are not too much for a test."""
    total, kept = 0, []
    for size in sizes:
        total += size
        if total > AT_ONCE:
            break
        kept.append(size)
    return kept


def sizes(most: int) -> st.SearchStrategy[Sizes]:
    """How large records are: a few sizes, as often as not alike."""
    few = st.sampled_from([0, 10 * KB, most // 4, most])
    alike = st.builds(lambda size, number: [size] * number, few, st.integers(12, 200))
    return st.one_of(alike, st.lists(few, min_size=12, max_size=60)).map(_bounded)


@contextmanager
def stage_of() -> Iterator[tuple[Stage, WatchedDocuments]]:
    world = World(Clock(START))
    documents = WatchedDocuments(world.clock)
    with InProcessGoogle(world) as google, quiet():
        stage = Stage(google, documents=documents)
        stage.connect()
        stage.calendar.add_calendar(WORK, summary="Work")
        yield stage, documents


def text(size: int, letter: str = "x") -> str:
    return letter * size


def viewing(n: int, size: int) -> Appointment:
    return Appointment(f"V{n}", timed(10, 9), timed(10, 10), description=text(size))


def appointments(stage: Stage) -> list[Stored[Appointment]]:
    return list(stage.store.changed(stage.scope, "appointments", None, None, 500))


def descriptions(stage: Stage, calendar_id: str = "primary") -> Sizes:
    living = (e for e in stage.calendar.every_event(calendar_id) if e["status"] != "cancelled")
    return sorted(len(event.get("description", "")) for event in living)


def living(stage: Stage) -> Sizes:
    return sorted(len(it.value.description) for it in appointments(stage) if it.archived_at is None)


def push(stage: Stage, sizes: Sizes) -> None:
    for n, size in enumerate(sizes):
        stage.add(f"v{n}", viewing(n, size))
    stage.sync("calendar")
    assert descriptions(stage) == sorted(sizes)
    for n in range(len(sizes)):
        stage.edit(f"v{n}", replace(viewing(n, sizes[n]), location="Room"), archived=bool(n % 4))
    stage.sync("calendar")
    for hold in stage.store.holds(stage.scope):
        approvals.choose(stage.deps, stage.scope, hold.id, "apply", hold.digest)
    stage.run()
    assert descriptions(stage) == sorted(sizes[::4])


def pull(stage: Stage, sizes: Sizes) -> None:
    brought_in(stage, sizes)
    assert living(stage) == sorted(sizes)
    for event in stage.events():
        description = event.get("description", "").replace("x", "y")
        stage.calendar.phone_edit(event["id"], {"description": description, "location": "Moved"})
    stage.later()
    stage.sync("calendar")
    assert {it.value.location for it in appointments(stage)} == {"Moved"}
    assert {it.value.description[:1] for it in appointments(stage)} <= {"", "y"}


def brought_in(stage: Stage, sizes: Sizes) -> None:
    """Events born at Google, which the CRM has whole."""
    wants(stage, "full")
    for n, size in enumerate(sizes):
        stage.calendar.phone_create({"summary": f"V{n}", "description": text(size), **TIMES})
    stage.later()
    stage.sync("calendar")


def hold(stage: Stage, sizes: Sizes) -> None:
    for n, size in enumerate(sizes):
        stage.add(f"v{n}", viewing(n, size))
    stage.sync("calendar")
    for event in stage.events():
        stage.calendar.phone_delete(event["id"])
    stage.later()
    stage.sync("calendar")
    [held] = stage.store.holds(stage.scope)
    approvals.choose(stage.deps, stage.scope, held.id, "apply", held.digest)
    stage.run()
    assert living(stage) == []
    assert stage.store.count_links(stage.scope, "calendar") == 0


def disconnect(stage: Stage, sizes: Sizes) -> None:
    brought_in(stage, sizes)
    connect.disconnect(stage.deps, stage.scope, "keep", "archive")
    stage.run()
    assert living(stage) == []
    assert stage.store.grant(stage.scope) is None


def change_of_calendar(stage: Stage, sizes: Sizes) -> None:
    brought_in(stage, sizes)
    for n, size in enumerate(sizes):
        stage.add(f"v{n}", viewing(n, size))
    stage.sync("calendar")
    now = stage.clock.now()

    def switched(user: User) -> dict[str, Any]:
        return {"calendar": calendars.chosen(user.calendar, WORK, "remove", now)}

    change_user(stage.deps, stage.scope, switched)
    stage.sync("calendar")
    assert living(stage) == sorted(sizes), "what came from the calendar that was left is in the archive"
    assert descriptions(stage, WORK) == sorted(sizes)


def import_(stage: Stage, sizes: Sizes) -> str:
    import_id = ""
    for size in sorted(set(sizes)):
        import_id = imported(stage, sizes.count(size), text(size))
    assert sorted(len(it.value.notes) for it in contacts(stage)) == sorted(sizes)
    return import_id


def undo(stage: Stage, sizes: Sizes) -> None:
    import_id = import_(stage, [sizes[-1]] * len(sizes))
    undoing.start(stage.deps, stage.scope, import_id)
    stage.run()
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    assert (run.undo, run.undone, run.kept) == ("done", len(sizes), ())
    assert all(it.archived_at is not None for it in contacts(stage))


def held(way: Callable[[Stage, Sizes], Any], sizes: Sizes) -> None:
    """Takes records of these sizes through a way. The documents look at each commit."""
    with stage_of() as (stage, documents):
        way(stage, sizes)
    assert documents.refused or sum(sizes) < PARTED


few = settings(max_examples=2, deadline=None)


@few
@given(sizes(OF_THE_API))
@example([OF_THE_API] * 40)
@pytest.mark.parametrize("way", [push, pull, hold, disconnect, change_of_calendar])
def test_appointments_of_any_size_arrive(way: Way, sizes: Sizes) -> None:
    held(way, sizes)


@few
@given(sizes(OF_GOOGLE))
@example([OF_GOOGLE] * 130)
@pytest.mark.parametrize("way", [import_, undo])
def test_contacts_of_any_size_are_imported_and_leave_again(way: Way, sizes: Sizes) -> None:
    held(way, sizes)
