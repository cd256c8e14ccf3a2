"""Many large records at once: what is too large for one commit is carried out in parts (`large_records`)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crmsync.core.model import Contact, Stored
from crmsync.core.state import Choice
from crmsync.engine.account import connect
from crmsync.engine.imports import importing, sheet
from crmsync.engine.review import approvals
from crmsync.store.ports import CandidateQuery
from local.google.clock import Clock
from local.google.world import World
from tests.engine.limits import WatchedDocuments
from tests.engine.push.effects import Moments, one_job
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage


@pytest.fixture
def world() -> World:
    return World(Clock(START))


@pytest.fixture
def watched(world: World) -> WatchedDocuments:
    return WatchedDocuments(world.clock)


@pytest.fixture
def stage(world: World, watched: WatchedDocuments) -> Iterator[Stage]:
    """A connected user whose commits are watched."""
    with InProcessGoogle(world) as google:
        made = Stage(google, documents=watched)
        made.connect()
        yield made


def contacts(stage: Stage) -> list[Stored[Contact]]:
    return list(stage.store.changed(stage.scope, "contacts", None, None, 500))


def on_phone(stage: Stage, number: int, notes: str) -> None:
    for n in range(number):
        stage.book.phone_create({"names": [{"givenName": f"P{n}"}], "biographies": [{"value": notes}]})


def imported(stage: Stage, number: int, notes: str) -> str:
    """Imports so many contacts from the phone; answers the import's id."""
    on_phone(stage, number, notes)
    stage.sync()
    user = stage.store.user(stage.scope)
    assert user is not None
    rows, _ = stage.store.candidate_page(stage.scope, CandidateQuery("open"), user.rounds, None, 500)
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    import_id = importing.start(stage.deps, stage.scope, "revisit", None)
    stage.run()
    return import_id


def test_large_records_deleted_at_google_leave_the_crm_when_the_hold_is_applied(
    stage: Stage, watched: WatchedDocuments
) -> None:
    for n in range(110):
        stage.add(f"c{n}", Contact(given_name=f"C{n}", notes="x" * 60_000))
    stage.sync()
    for name in list(stage.book.contents()):
        stage.book.phone_delete(name)
    stage.later()
    stage.sync()
    [hold] = stage.store.holds(stage.scope)
    before = watched.refused
    approvals.choose(stage.deps, stage.scope, hold.id, "apply", hold.digest)
    stage.run()
    assert watched.refused == before + 1, "the first try alone"
    assert all(stored.archived_at is not None for stored in contacts(stage))
    assert stage.store.count_links(stage.scope, "contacts") == 0
    assert stage.store.holds(stage.scope) == []


def test_large_records_that_were_imported_are_archived_with_a_disconnect(
    stage: Stage, watched: WatchedDocuments
) -> None:
    imported(stage, 120, "x" * 100_000)
    assert len(contacts(stage)) == 120
    before = watched.refused
    connect.disconnect(stage.deps, stage.scope, "keep", "archive")
    stage.run()
    assert watched.refused == before + 1
    assert all(stored.archived_at is not None for stored in contacts(stage))
    assert stage.store.grant(stage.scope) is None, "and the grant is revoked"


def test_large_records_whose_etags_have_all_moved_are_merged_and_sent(
    stage: Stage, watched: WatchedDocuments
) -> None:
    for n in range(150):
        stage.add(f"c{n}", Contact(given_name=f"C{n}", notes="x" * 90_000))
    stage.sync()
    stage.later()
    for n in range(150):
        stage.edit(f"c{n}", replace(stage.contact(f"c{n}").value, notes="y" * 90_000))
    left = [True]

    def happen(effect: str) -> None:
        if effect == "update …" and left:
            left.pop()
            for name in list(stage.book.contents()):
                stage.book.phone_edit(name, {"nicknames": [{"value": "Moved"}]})
            stage.later(1)

    stage.fuse(Moments(happen))
    before = watched.refused
    one_job(stage)
    assert not left
    assert watched.refused == before + 2, "what was merged, and what was sent then"
    stage.run()
    assert {(it.value.nickname, it.value.notes) for it in contacts(stage)} == {("Moved", "y" * 90_000)}
    told = {(p["nicknames"][0]["value"], p["biographies"][0]["value"]) for p in stage.persons()}
    assert told == {("Moved", "y" * 90_000)}
