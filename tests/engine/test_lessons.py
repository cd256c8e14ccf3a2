"""What went wrong elsewhere with duplicates, deletions and merges, and does not here.

Each test is named after what it prevents; the number is that of the complaint in the collection the project
started from. Recurrence, all-day dates, guests and notifications are tested with the calendar.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.engine import jobs
from crmsync.engine.account import connect
from crmsync.engine.pull import contacts
from crmsync.engine.status import standings
from crmsync.gateway import people
from crmsync.store.documents.port import Delete
from crmsync.store.ports import PutLink
from local.google.faults import Fault
from tests.engine.lessons import (
    ANN,
    archived,
    contact,
    mutations,
    person,
    phone_edit,
    tick_all,
    with_ann,
    with_many,
)
from tests.machine.crashes import Fuse
from tests.stage import Stage

# --- duplicates


def test_1_running_again_and_again_inserts_nobody_again(stage: Stage) -> None:
    with_many(stage, 3)
    for _ in range(15):
        stage.later(900)
        stage.sync()
    assert len(stage.persons()) == 3
    assert stage.store.count(stage.scope, "contacts") == 3


def test_2_our_own_writes_do_not_come_back_as_changes(stage: Stage) -> None:
    with_ann(stage)
    stage.edit("ann", replace(ANN, nickname="Annie"))
    stage.sync()
    stage.world.controls.forget_calls()
    version = stage.contact("ann").version
    for _ in range(5):
        stage.later(900)
        stage.sync()
    assert mutations(stage) == 0
    assert stage.contact("ann").version == version


def test_5_disconnecting_and_connecting_again_doubles_nobody(stage: Stage) -> None:
    with_many(stage, 3)
    stage.book.phone_create({"names": [{"givenName": "Zoe"}]})
    stage.sync()
    tick_all(stage)
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")
    stage.run()
    stage.later(3600)
    stage.connect()
    stage.sync()
    assert len(stage.persons()) == 4
    assert stage.store.count(stage.scope, "contacts") == 4
    assert stage.candidates() == []


def test_6_contacts_that_both_sides_have_already_are_not_doubled_on_connecting(stage: Stage) -> None:
    for n in range(40):
        stage.add(f"c{n}", contact(n))
        stage.book.phone_create(person(n))
    stage.sync()
    assert len(stage.persons()) == 40
    assert stage.candidates() == []


def test_7_links_of_another_version_recreate_nobody(stage: Stage) -> None:
    with_many(stage, 3)
    for link in stage.store.links_page(stage.scope, "contacts", None, 100):
        stage.store.commit(stage.scope, [PutLink(replace(link, canon_version=link.canon_version - 1))])
    stage.world.controls.forget_calls()
    stage.book.report_all_changed()
    stage.sync()
    stage.edit("c0", replace(contact(0), nickname="Nan"))
    stage.sync()
    assert len(stage.persons()) == 3
    assert mutations(stage) == 1, "the edit alone"


def test_8_what_was_imported_is_not_sent_back(stage: Stage) -> None:
    stage.book.phone_create(person(1))
    stage.sync()
    stage.world.controls.forget_calls()
    tick_all(stage)
    stage.later(3600)
    stage.sync()
    assert mutations(stage) == 0
    assert len(stage.persons()) == 1


def test_9_google_contacts_are_not_poured_into_the_crm(stage: Stage) -> None:
    for n in range(5):
        stage.book.phone_create(person(n))
    with_ann(stage)
    stage.book.report_all_changed()
    stage.sync()
    assert stage.store.count(stage.scope, "contacts") == 1


# --- deletions


def test_10_a_listing_in_many_pages_is_not_taken_for_a_short_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PAGE_SIZE", 5)
    with_many(stage)
    stage.book.expire_sync_tokens()
    stage.sync()
    assert archived(stage) == []


def test_10_a_listing_that_breaks_off_deletes_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE_SIZE", 5)
    with_many(stage)
    stage.book.expire_sync_tokens()
    # The refused delta, and the first page, come; then Google is out for a while.
    stage.world.controls.plan(Fault("people.people.connections.list", skip=2, times=4))
    stage.sync()
    assert archived(stage) == []
    assert len(stage.persons()) == 12


def test_10_a_contact_that_a_listing_passes_over_is_looked_for_before_it_counts_as_deleted(
    stage: Stage,
) -> None:
    stage.book.lag(240)
    with_ann(stage)
    stage.book.lag(240)
    stage.add("ben", contact(2))
    stage.sync()
    stage.book.expire_sync_tokens()
    stage.sync()
    assert archived(stage) == [], "Ben is at Google already, the listing does not show him yet"
    assert len(stage.persons()) == 2


def test_11_an_emptied_crm_does_not_empty_google(stage: Stage) -> None:
    with_many(stage)
    stage.meter.commit([Delete(f"users/{stage.uid}/contacts/c{n}") for n in range(12)])
    stage.sync()
    stage.book.expire_sync_tokens()
    stage.sync()
    assert len(stage.persons()) == 12


def test_11_archiving_everybody_stops_and_asks(stage: Stage) -> None:
    with_many(stage)
    for n in range(12):
        stage.edit(f"c{n}", contact(n), archived=True)
    stage.sync()
    assert len(stage.persons()) == 12
    [hold] = stage.store.holds(stage.scope)
    assert (hold.side, len(hold.items)) == ("google", 12)


def test_11_an_emptied_google_does_not_empty_the_crm(stage: Stage) -> None:
    with_many(stage, 3)
    for found in stage.persons():
        stage.book.phone_delete(found["resourceName"])
    stage.book.expire_sync_tokens()
    stage.later()
    stage.sync()
    assert archived(stage) == []
    [hold] = stage.store.holds(stage.scope)
    assert (hold.reason, len(hold.items)) == ("empty_listing", 3)


def test_12_a_contact_just_created_is_not_deleted_by_the_second_run(stage: Stage) -> None:
    stage.book.lag(240)
    stage.add("ann", ANN)
    stage.sync()
    stage.sync()
    assert len(stage.persons()) == 1
    assert archived(stage) == []


def test_13_what_is_created_during_a_run_survives_it(stage: Stage) -> None:
    with_ann(stage)
    stage.edit("ann", replace(ANN, nickname="Annie"))

    def meanwhile(_: object) -> None:
        stage.add("ben", contact(2))
        stage.book.phone_create(person(3))

    fuse = Fuse()
    stage.fuse(fuse)
    fuse.set(1, after=False, event=meanwhile)
    stage.sync()
    stage.later()
    stage.sync()
    assert fuse.blown == 1
    assert archived(stage) == []
    assert sorted(p["names"][0]["givenName"] for p in stage.persons()) == ["Ann", "Ann2", "Ann3"]


def test_15_an_expired_token_is_no_empty_success_and_removals_are_found(stage: Stage) -> None:
    with_many(stage)
    stage.book.phone_delete(stage.persons_named("Ann5")[0]["resourceName"])
    stage.book.expire_sync_tokens()
    stage.later()
    stage.sync()
    assert archived(stage) == ["c5"]


@pytest.mark.parametrize("side", ["crm", "phone"])
def test_16_a_deleted_contact_does_not_come_back(stage: Stage, side: str) -> None:
    with_many(stage, 3)
    if side == "crm":
        stage.edit("c1", contact(1), archived=True)
    else:
        stage.book.phone_delete(stage.persons_named("Ann1")[0]["resourceName"])
        stage.later()
    for _ in range(3):
        stage.sync()
        stage.book.expire_sync_tokens()
        stage.later(3600)
    assert archived(stage) == ["c1"]
    assert len(stage.persons()) == 2
    assert stage.candidates() == []


def test_17_disconnecting_keeps_everything_unless_asked(stage: Stage) -> None:
    with_many(stage, 3)
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")
    stage.run()
    assert len(stage.persons()) == 3
    assert archived(stage) == []


@pytest.mark.unexpected
def test_a_record_that_a_page_showed_and_nobody_decided_stops_the_job_before_the_cursor(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a change to the code ever lose one: better a sync that fails than one that forgets."""
    with_many(stage, 2)
    user = stage.store.user(stage.scope)
    assert user is not None
    token = user.contacts.sync_token
    phone_edit(stage, stage.persons_named("Ann1")[0]["resourceName"], {"nicknames": [{"value": "Nan"}]})
    with monkeypatch.context() as broken:
        broken.setattr(contacts, "absorb_linked", lambda run, pairs, effects: set())
        jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    after = stage.store.user(stage.scope)
    assert after is not None
    assert after.contacts.sync_token == token
    stage.run()
    assert stage.contact("c1").value.nickname == "Nan", "the job comes back, and nothing was lost"


# --- merged contacts


def merged(stage: Stage, *, told: bool) -> None:
    """Ann0 takes over Ann1 at Google. A full listing does not tell of merges as a delta does."""
    kept, gone = (stage.persons_named(f"Ann{n}")[0]["resourceName"] for n in (0, 1))
    stage.book.phone_merge(kept, gone)
    if not told:
        stage.book.expire_sync_tokens()
    stage.later()
    stage.sync()


@pytest.mark.parametrize("told", [True, False], ids=["delta", "full listing"])
def test_18_merging_two_contacts_at_google_loses_no_history(stage: Stage, told: bool) -> None:
    with_many(stage, 3)
    merged(stage, told=told)
    assert archived(stage) == []
    assert {e.value.lower() for e in stage.contact("c0").value.emails} == {"a0@example.com", "a1@example.com"}
    assert stage.contact("c1").value == contact(1)


@pytest.mark.parametrize("told", [True, False], ids=["delta", "full listing"])
def test_18_the_record_of_a_contact_merged_away_is_not_created_again(stage: Stage, told: bool) -> None:
    with_many(stage, 3)
    merged(stage, told=told)
    stage.edit("c1", replace(contact(1), nickname="Nan"))
    stage.sync()
    assert len(stage.persons()) == 2
    user = stage.store.user(stage.scope)
    assert user is not None
    standing = standings(stage.deps, user, "contacts", [stage.contact("c1")])
    assert standing["c1"].state == "detached"
    entries, _ = stage.store.journal(stage.scope, crm="c1", run=None, after=None, limit=50)
    assert "merged at Google" in {change.why for entry in entries for change in entry.changes}


@pytest.mark.parametrize("told", [True, False], ids=["delta", "full listing"])
def test_18_a_contact_merged_into_a_stranger_keeps_its_record(stage: Stage, told: bool) -> None:
    with_many(stage, 2)
    stranger = {"names": [{"givenName": "Ann0"}], "phoneNumbers": [{"value": "416-555-0100"}]}
    kept = stage.book.phone_create(stranger)
    stage.sync()
    stage.book.phone_merge(kept, stage.persons_named("Ann1")[0]["resourceName"])
    if not told:
        stage.book.expire_sync_tokens()
    stage.later()
    stage.sync()
    assert archived(stage) == []
    assert stage.candidates() == []
    assert stage.contact("c1").value.phones[0].value == "416-555-0100"
    stage.edit("c1", replace(stage.contact("c1").value, nickname="Nan"))
    stage.sync()
    assert stage.book.contents()[kept]["nicknames"][0]["value"] == "Nan"


def test_18_an_edit_moments_after_a_merge_does_not_undo_it(stage: Stage) -> None:
    """The merged contact is not found, and the listing, which lags, does not tell yet why."""
    with_many(stage, 3)
    kept, gone = (stage.persons_named(f"Ann{n}")[0]["resourceName"] for n in (0, 1))
    stage.book.lag(240)
    stage.book.phone_merge(kept, gone)
    stage.edit("c1", replace(contact(1), nickname="Nan"))
    stage.sync()
    stage.later(300)
    stage.sync()
    assert len(stage.persons()) == 2
    assert archived(stage) == []


def test_an_edit_moments_after_a_deletion_at_google_brings_the_contact_back(stage: Stage) -> None:
    """The same, but nobody took over: edit beats delete, as soon as the listing has told."""
    with_many(stage, 3)
    stage.book.lag(240)
    stage.book.phone_delete(stage.persons_named("Ann1")[0]["resourceName"])
    stage.edit("c1", replace(contact(1), nickname="Nan"))
    stage.sync()
    assert stage.persons_named("Ann1")[0]["nicknames"][0]["value"] == "Nan"
    assert len(stage.persons()) == 3


def test_a_contact_that_no_listing_tells_of_is_waited_for_no_longer_than_for_a_create(
    stage: Stage,
) -> None:
    with_many(stage, 2)
    stage.book.lag(10_000)
    stage.book.phone_delete(stage.persons_named("Ann1")[0]["resourceName"])
    stage.edit("c1", replace(contact(1), nickname="Nan"))
    before = stage.clock.now()
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    stage.run(100)
    assert timedelta(minutes=15) <= stage.clock.now() - before < timedelta(minutes=17)
    assert len(stage.persons_named("Ann1")) == 1
