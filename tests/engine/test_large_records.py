"""Many large records at once: what is too large for one commit is carried out in parts (`large_records`)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crmsync.core.account import UserSettings
from crmsync.core.model import Appointment, Contact, Resource, Stored
from crmsync.core.state import Base, Choice, Claim
from crmsync.engine.account import calendars, connect
from crmsync.engine.imports import importing, sheet
from crmsync.engine.review import approvals
from crmsync.engine.users import change_user
from crmsync.store.documents.limits import DOCUMENT_BYTES, document_size
from crmsync.store.documents.port import Put
from crmsync.store.ports import CandidateQuery, PutCandidate, PutLink
from local.google.clock import Clock
from local.google.world import World
from tests.engine.appointments import SECOND, THIRD, WEEKLY, born, make, records, timed, wants
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
    import_id = importing.start(stage.deps, stage.scope, "revisit", None, "new")
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


def test_a_series_is_archived_with_all_of_its_exceptions_however_many_large_series_there_are(
    stage: Stage, watched: WatchedDocuments
) -> None:
    series = [f"s{n}" for n in range(11)]
    for id in series:
        stage.add(id, replace(WEEKLY, title=id, description="x" * 100_000))
    stage.sync("calendar")
    for id in series:
        for at in (SECOND, THIRD, timed(31, 9)):
            make(stage, at, id, location="Elsewhere", description="y" * 140_000)
    stage.sync("calendar")
    for event in stage.events():
        if "recurrence" in event:
            stage.calendar.phone_delete(event["id"])
    stage.later()
    stage.sync("calendar")
    [hold] = stage.store.holds(stage.scope)
    before, refused = len(watched.commits), watched.refused
    approvals.choose(stage.deps, stage.scope, hold.id, "apply", hold.digest)
    stage.run()
    assert watched.refused > refused
    assert records(stage) == []
    for id in series:
        own = {f"appointments/{it.id}" for it in stage.store.exceptions(stage.scope, [id], None, 9)}
        assert len(own) == 3
        assert [own < written for written in watched.commits[before:] if f"appointments/{id}" in written] == [
            True
        ]


# --- what fits into no commit


def fill(watched: WatchedDocuments, stage: Stage, record: str, field: str) -> None:
    """The host CRM fills a record to the brim: there is no room for what the server derives of it."""
    document = watched.get(f"users/{stage.uid}/{record}")
    assert document is not None
    own = {name: it for name, it in document.data.items() if name not in ("sort", "tokens", "periods")}
    empty = document_size(document.path, {**own, field: ""})
    watched.inner.commit([Put(document.path, {**own, field: "x" * (DOCUMENT_BYTES - empty)})])


def agree(stage: Stage, resource: Resource, id: str, value: Contact | Appointment) -> None:
    """The two sides agree on what the CRM says."""
    link = stage.store.links_of(stage.scope, resource, [id])[id]
    base = Base(stage.deps.canon("CA").project(value), link.base.remote)
    stage.store.commit(stage.scope, [PutLink(replace(link, base=base))])


def test_a_row_that_would_be_too_large_with_its_match_fails_and_the_others_are_imported(
    stage: Stage, watched: WatchedDocuments
) -> None:
    change_user(
        stage.deps, stage.scope, lambda user: {"settings": replace(user.settings, push_contacts=False)}
    )
    stage.add("c1", Contact(given_name="Ann", notes="short"))
    on_phone(stage, 2, "y" * 100_000)
    stage.sync()
    stage.edit("c1", Contact(given_name="Ann", notes="x" * 980_000))
    for row in stage.candidates():
        same = Claim("c1", "Ann") if row.name == "P0" else None
        choice = Choice(selected=True, person="c1" if same else None)
        changed = replace(row, choice=choice, claims=(same,) if same else ())
        stage.store.commit(stage.scope, [PutCandidate(changed)])
    import_id = importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    assert (run.state, run.imported, run.linked, [why for _, why in run.failed]) == (
        "finished",
        1,
        0,
        ["too_large"],
    )
    [row] = stage.candidates()
    assert (row.name, row.problem, row.choice.selected) == ("P0", "too_large", False)


def test_a_record_that_is_full_to_the_brim_keeps_nobody_connected(
    stage: Stage, watched: WatchedDocuments
) -> None:
    imported(stage, 5, "short")
    full, *others = sorted(stored.id for stored in contacts(stage))
    fill(watched, stage, f"contacts/{full}", "notes")
    connect.disconnect(stage.deps, stage.scope, "keep", "archive")
    stage.run()
    assert stage.store.grant(stage.scope) is None
    assert stage.store.count_links(stage.scope, "contacts") == 0
    assert stage.contact(full).archived_at is None
    assert all(stage.contact(other).archived_at is not None for other in others)


def test_a_record_that_is_full_to_the_brim_is_set_aside_when_a_hold_is_applied(
    stage: Stage, watched: WatchedDocuments
) -> None:
    for n in range(12):
        stage.add(f"c{n}", Contact(given_name=f"C{n}"))
    stage.sync()
    for name in list(stage.book.contents()):
        stage.book.phone_delete(name)
    stage.later()
    stage.sync()
    change_user(stage.deps, stage.scope, lambda user: {"settings": UserSettings(push_contacts=False)})
    fill(watched, stage, "contacts/c3", "notes")
    agree(stage, "contacts", "c3", stage.contact("c3").value)
    [hold] = stage.store.holds(stage.scope)
    approvals.choose(stage.deps, stage.scope, hold.id, "apply", hold.digest)
    stage.run()
    assert {stored.id for stored in contacts(stage) if stored.archived_at is None} == {"c3"}
    aside = stage.store.links_of(stage.scope, "contacts", ["c3"])["c3"]
    assert (aside.state, aside.problem) == ("quarantined", "too_large")
    assert stage.store.holds(stage.scope) == []


def test_a_record_that_is_full_to_the_brim_stays_when_its_calendar_is_left(
    stage: Stage, watched: WatchedDocuments
) -> None:
    stage.calendar.add_calendar("work", summary="Work")
    wants(stage, "full")
    for n in range(3):
        born(stage, summary=f"V{n}")
    stage.sync("calendar")
    full, *others = sorted(stored.id for stored in records(stage))
    fill(watched, stage, f"appointments/{full}", "description")
    agree(stage, "calendar", full, stage.appointment(full).value)
    now = stage.clock.now()
    change_user(
        stage.deps,
        stage.scope,
        lambda user: {"calendar": calendars.chosen(user.calendar, "work", "remove", now)},
    )
    stage.sync("calendar")
    assert all(stage.appointment(other).archived_at is not None for other in others)
    assert stage.appointment(full).archived_at is None
    assert stage.store.links_of(stage.scope, "calendar", [full])[full].state == "detached"
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.calendar.leaving is None
